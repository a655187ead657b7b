"""The example class: expected points, feedback that names what went wrong, pages that ask no other host."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.chapter import cells
from autograder.chapter.cells import chapters, exercise_name, exercise_names, is_hunt, written_names
from autograder.classroom.course import Course
from autograder.desk.report import table
from autograder.example_class import STUDENTS, misconceptions
from autograder.exercises import EXERCISES
from tests.classes import CHAPTER, run_module, scores_of, waits_for_a_person
from tests.desk.site.test_pages import foreign_requests
from tests.expected_points import MISCONCEPTIONS_EARN
from tests.secrets import secrets_in

every_chapter = pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)


def page_of(course, student, chapter):
    page = course.folder / "feedback" / student / chapter.name / f"{chapter.name}.html"
    return page.read_text("utf-8")


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


def exercises_of(chapter):
    return exercise_names(chapter.notebook())


def unfinished_exercises_of(chapter):
    """Return the exercises that an untouched notebook has not attempted: a bug hunt is wrong instead."""
    return [name for cell in chapter.notebook().cells if (name := exercise_name(cell)) and not is_hunt(cell)]


@every_chapter
def test_every_student_has_the_expected_points(example, chapter):
    names, questions = exercises_of(chapter), written_names(chapter.notebook())
    full = {name: EXERCISES[name].points for name in names}
    none = dict.fromkeys(names, 0)
    silent, answered = dict.fromkeys(questions, 0), dict.fromkeys(questions, None)
    wrong = {name: MISCONCEPTIONS_EARN.get(name, 0) for name in names}
    half = {name: full[name] for name in names[: len(names) // 2]}
    assert len(questions) == (0 if chapter.is_optional else 1)
    assert scores_of(example, chapter) == {
        "perfect": full | answered,
        "other-algorithms": full | answered,
        "partly-done": none | half | silent,
        "untouched": none | silent,
        "misconceptions": wrong | silent,
        "broken-file": none | silent,
    }


@every_chapter
def test_those_who_answered_in_words_wait_for_a_person_and_nobody_else_does(example, chapter):
    asked = bool(written_names(chapter.notebook()))
    waiting = {student for student in STUDENTS if waits_for_a_person(example, student, chapter.name)}
    assert waiting == ({"perfect", "other-algorithms"} if asked else set())
    assert ("to be marked by a person" in text_of(page_of(example, "perfect", chapter))) == asked
    assert "to be marked" not in text_of(page_of(example, "untouched", chapter))


@every_chapter
def test_every_misconception_is_named_in_its_exercise(example, chapter):
    page = page_of(example, "misconceptions", chapter)
    wrong = [name for name in exercises_of(chapter) if hasattr(misconceptions, name)]
    assert wrong, "the student of the misconceptions has tried something in every chapter"
    for name in wrong:
        verdict = text_of(page.split(f'id="test_{name}"')[1].split("<section")[0])
        assert "Hint: " in verdict, (name, verdict)


@every_chapter
def test_the_feedback_says_what_was_not_attempted(example, chapter):
    names, unfinished = exercises_of(chapter), unfinished_exercises_of(chapter)
    left = set(names[len(names) // 2 :]) & set(unfinished)
    assert text_of(page_of(example, "untouched", chapter)).count("Not attempted") == len(unfinished)
    assert text_of(page_of(example, "partly-done", chapter)).count("Not attempted") == len(left)


@every_chapter
def test_the_feedback_on_a_broken_file_says_why(example, chapter):
    assert "could not be graded, so it scores 0" in page_of(example, "broken-file", chapter)
    assert "is cut off" in page_of(example, "broken-file", chapter)


@every_chapter
def test_full_points_come_with_no_reproach(example, chapter):
    for student in ("perfect", "other-algorithms"):
        page = page_of(example, student, chapter)
        assert "Hint:" not in page
        assert "wrong" not in re.findall(r'<li class="(\w+)"', page)


@every_chapter
def test_the_feedback_is_headed_by_the_chapters_title(example, chapter):
    title = next(line for line in chapter.text.splitlines() if line.startswith("# ")).removeprefix("# ")
    assert f"<h1>{title}</h1>" in page_of(example, "perfect", chapter)


def test_the_feedback_asks_no_other_host_and_holds_no_script(example):
    for path in (example.folder / "feedback").rglob("*.html"):
        assert foreign_requests(path) == []
        assert "<script" not in path.read_text("utf-8")


@every_chapter
def test_the_feedback_of_somebody_who_knew_nothing_holds_no_reference_and_no_hidden_code(example, chapter):
    for student in ("untouched", "misconceptions", "broken-file"):
        path = example.folder / "feedback" / student / chapter.name / f"{chapter.name}.html"
        handed_in = example.folder / "submitted" / student / chapter.name / f"{chapter.name}.ipynb"
        own = set() if student == "broken-file" else secrets_in(handed_in)  # to descend is to climb wrongly
        secret = ("reference", "case", "marking")
        assert not [name for name in secrets_in(path) - own if name.startswith(secret)]
        assert "autograder.judging.verdict" not in path.read_text("utf-8")


@every_chapter
def test_the_table_shows_every_student_and_exercise(example, chapter):
    shown, names, questions = (
        table(chapter, example),
        exercises_of(chapter),
        written_names(chapter.notebook()),
    )
    for row in (*STUDENTS, "possible", *names, *questions):
        assert row in shown
    total, open_ = sum(EXERCISES[name].points for name in names), r" \?" * len(questions)
    assert re.search(rf"perfect .*{open_} +{total:g}\n", shown)
    assert shown.count("? to be marked by a person, in the formgrader or with mark: 2") == len(questions)


@every_chapter
@pytest.mark.parametrize("student", ["perfect", "other-algorithms"])
def test_right_answers_pass_the_visible_checks(example, student, chapter):
    folder = example.folder / "submitted" / student / chapter.name
    notebook = nbformat.read(folder / f"{chapter.name}.ipynb", as_version=4)
    chosen = [cell.source for cell in notebook.cells if cells.answered_name(cell) or cells.tested_name(cell)]
    imports = "from collections.abc import Callable\nimport numpy as np\n"
    program = imports + "\n\n".join(chosen)
    assert len(chosen) == 2 * len(exercises_of(chapter))
    command = [sys.executable, "-c", "import sys; sys.path.insert(0, '.'); exec(sys.stdin.read())"]
    done = subprocess.run(command, input=program, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.heavy
def test_the_last_chapter_runs_on_the_students_own_functions(example, tmp_path):
    """A student's folder holds a folder for each chapter; nothing of ours is on the path."""
    shutil.copytree(example.folder / "submitted" / "perfect", tmp_path / "mine")
    folder = tmp_path / "mine" / "e3_6_reference"
    notebook = nbformat.read(folder / "e3_6_reference.ipynb", as_version=4)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    client = NotebookClient(notebook, kernel_name="python3", timeout=300)
    client.resources = {"metadata": {"path": str(folder)}}
    client.execute(env=environment)
    fetched = next(cell for cell in notebook.cells if "carry-over" in cell.metadata.get("tags", []))
    assert fetched.outputs == [], "nothing is missing"


@pytest.mark.heavy
def test_plain_nbgrader_gives_the_same_scores_and_feedback_as_our_verbs(example, chapter, tmp_path):
    students = ("misconceptions", "other-algorithms", "partly-done")
    plain = Course(tmp_path / "plain")
    for shared in ("source", "rounds"):
        shutil.copytree(example.folder / shared, plain.folder / shared)
    for student in students:
        shutil.copytree(example.folder / "submitted" / student, plain.folder / "submitted" / student)
    nbgrader(plain, "generate_assignment", CHAPTER)
    nbgrader(plain, "autograde", CHAPTER)
    nbgrader(plain, "generate_feedback", CHAPTER)
    ours = scores_of(example, chapter)
    assert scores_of(plain, chapter) == {student: ours[student] for student in students}
    for student in students:
        page = Path("feedback", student, CHAPTER, f"{CHAPTER}.html")
        assert (plain.folder / page).read_text("utf-8") == (example.folder / page).read_text("utf-8")


def nbgrader(course, verb, *arguments):
    done = run_module("nbgrader", verb, *arguments, f"--CourseDirectory.root={course.folder}")
    assert done.returncode == 0, done.stderr
