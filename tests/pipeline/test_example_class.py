"""The example class: expected points, feedback that names what went wrong, pages that ask no other host."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cells import ROOT, exercise_name
from autograder.course import Course
from autograder.example_class import STUDENTS, misconceptions
from autograder.exercises import EXERCISES
from autograder.report import table
from tests.pipeline.conftest import CHAPTER, scores_of, waits_for_a_person
from tests.secrets import secrets_in
from tests.site.test_pages import foreign_requests

MISCONCEPTIONS_EARN = {"td_target": 0.4, "td_errors": 0.8, "gae": 2, "grpo_objective": 0.8}
"""What each classic misconception still gets right; every exercise that is not here earns 0."""


def page_of(course, student):
    return (course.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text("utf-8")


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


@pytest.fixture(scope="module")
def names(chapter):
    return [name for cell in chapter.notebook().cells if (name := exercise_name(cell))]


def test_every_student_has_the_expected_points(example, chapter, names):
    full = {name: EXERCISES[name].points for name in names}
    none = dict.fromkeys(names, 0)
    half = names[: len(names) // 2]
    expected = {
        "perfect": full,
        "other-algorithms": full,
        "partly-done": none | {name: full[name] for name in half},
        "untouched": none,
        "misconceptions": none | MISCONCEPTIONS_EARN,
        "broken-file": none,
    }
    assert scores_of(example, chapter) == expected


def test_nobody_waits_for_a_person(example):
    assert not [student for student in STUDENTS if waits_for_a_person(example, student)]


def test_every_misconception_is_named_in_its_exercise(example, names):
    page = page_of(example, "misconceptions")
    for name in names:
        if hasattr(misconceptions, name):
            verdict = text_of(page.split(f'id="test_{name}"')[1].split("<section")[0])
            assert "What to look at: " in verdict, (name, verdict)


def test_the_feedback_says_what_was_not_attempted(example, names):
    assert text_of(page_of(example, "untouched")).count("Not attempted") == len(names)
    assert text_of(page_of(example, "partly-done")).count("Not attempted") == len(names) - len(names) // 2


def test_the_feedback_on_a_broken_file_says_why(example):
    assert "could not be graded, so it scores 0" in page_of(example, "broken-file")
    assert "is not a readable notebook" in page_of(example, "broken-file")


def test_full_points_come_with_no_reproach(example):
    for student in ("perfect", "other-algorithms"):
        assert "What to look at" not in page_of(example, student)
        assert "wrong" not in re.findall(r'<li class="(\w+)"', page_of(example, student))


def test_the_feedback_asks_no_other_host_and_holds_no_script(example):
    for path in (example.folder / "feedback").rglob("*.html"):
        assert foreign_requests(path) == []
        assert "<script" not in path.read_text("utf-8")


def test_the_feedback_of_somebody_who_knew_nothing_holds_no_reference_and_no_hidden_code(example):
    for student in ("untouched", "misconceptions", "broken-file"):
        path = example.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html"
        assert not [name for name in secrets_in(path) if name.startswith(("reference", "case"))]
        assert "autograder.verdict" not in path.read_text("utf-8")


def test_the_table_shows_every_student_and_exercise(example, chapter, names):
    shown = table(chapter, example)
    for row in (*STUDENTS, "possible", *names):
        assert row in shown
    total = sum(EXERCISES[name].points for name in names)
    assert re.search(rf"perfect .* {total:g}\n", shown)


def test_plain_nbgrader_gives_the_same_scores_and_feedback_as_our_verbs(example, chapter, tmp_path):
    students = ("misconceptions", "other-algorithms", "partly-done")
    plain = Course(tmp_path / "plain")
    shutil.copytree(example.folder / "source", plain.folder / "source")
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
    command = [sys.executable, "-m", "nbgrader", verb, *arguments, f"--CourseDirectory.root={course.folder}"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
