"""What a release holds, what it never holds, and when it is refused."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement

from autograder.chapter import cells
from autograder.chapter.cells import BOOK, ROOT, Chapter, exercise_name, helper_files
from autograder.desk.release import STUDENT_SETUP, ReleaseError, release, student_files
from tests.classes import CHAPTER, notebook_path, released_class
from tests.secrets import secrets_in


@pytest.fixture(scope="module")
def once(chapter, tmp_path_factory):
    """A released class that no test changes."""
    return released_class(tmp_path_factory.mktemp("release") / "class", chapter)


@pytest.fixture(scope="module", params=cells.chapters(), ids=lambda chapter: chapter.name)
def each(request, tmp_path_factory):
    """Each chapter, released into a class that no test changes."""
    return request.param, released_class(tmp_path_factory.mktemp("each") / "class", request.param)


def folder(course, step, chapter=None):
    return course.folder / step / (chapter.name if chapter else CHAPTER)


def read(course, step, chapter=None):
    name = chapter.name if chapter else CHAPTER
    return nbformat.read(folder(course, step, chapter) / f"{name}.ipynb", as_version=4)


def files_in(folder):
    return sorted(file for file in folder.rglob("*") if file.is_file())


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_every_code_cell_of_the_release_is_the_chapters(each):
    chapter, course = each
    assert code(read(course, "release", chapter)) == code(chapter.notebook())


def test_every_demonstration_is_in_the_release_as_it_is_known_while_grading(each):
    chapter, course = each
    known = cells.demonstrations(chapter.name)
    assert known and known <= {source.strip() for source in code(read(course, "release", chapter))}


def test_the_other_cells_of_the_release_are_the_imports_and_the_students_work(each):
    chapter, course = each
    released = [cell for cell in read(course, "release", chapter).cells if cell.cell_type == "code"]
    known = cells.demonstrations(chapter.name)
    first, *others = [cell for cell in released if cell.source.strip() not in known]
    assert first == released[0]
    assert all({"exercise", "test", "carry-over"} & set(cell.metadata.tags) for cell in others)


def test_the_prose_after_an_answer_in_words_is_in_the_release(each):
    """nbgrader empties a whole cell, so that the answer must have a cell of its own."""
    chapter, course = each
    if chapter.is_optional:
        assert cells.written_names(chapter.notebook()) == [], "it asks for nothing in words"
        return
    released = read(course, "release", chapter).cells
    (position,) = [i for i, cell in enumerate(released) if cells.written_name(cell)]
    before, answer, after = released[position - 1 : position + 2]
    assert answer.source == cells.ANSWER_STUB and answer.metadata.nbgrader.solution
    assert "A person reads and marks this answer" in before.source
    following = chapter.text.split(f"\n{cells.ANSWER_STUB}\n\n+++\n")[1].split()
    assert after.source.split()[:3] == following[:3]


def test_the_source_holds_what_whoever_marks_needs(each):
    chapter, course = each
    found = [cell for cell in read(course, "source", chapter).cells if cells.written_name(cell)]
    assert len(found) == (0 if chapter.is_optional else 1)
    for question in found:
        assert "**Model answer.**" in question.source and "**Mark scheme.**" in question.source
        assert question.metadata.nbgrader.points > 0


def test_the_source_holds_the_reference_and_calls_the_hidden_checks(once):
    source = read(once, "source")
    gae = next(cell.source for cell in source.cells if cell.metadata.get("name") == "gae")
    assert "### BEGIN SOLUTION" in gae and "reversed(" in gae.split("### BEGIN SOLUTION")[1]
    test_gae = next(cell.source for cell in source.cells if cell.metadata.get("name") == "test_gae")
    assert "check(gae)" in test_gae.split("### BEGIN HIDDEN TESTS")[1]


def test_the_source_notebook_passes_its_own_hidden_checks(each, tmp_path):
    """Every solution region stands alone, and every hidden check accepts it."""
    chapter, course = each
    exercises = [cell for cell in chapter.notebook().cells if exercise_name(cell) and not cells.is_hunt(cell)]
    names = {name for cell in exercises for name in (exercise_name(cell), f"test_{exercise_name(cell)}")}
    lines = [
        cell.source for cell in read(course, "source", chapter).cells if cell.metadata.get("name") in names
    ]
    script = tmp_path / "source.py"
    imports = "from collections.abc import Callable\nimport numpy as np\nfrom two_state import TwoStateMDP\n"
    script.write_text(imports + "\n\n".join(lines), "utf-8")
    environment = {"PYTHONPATH": f"{ROOT}:{BOOK}", "PATH": ""}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(lines) == 2 * len(exercises) and all("### BEGIN" in line for line in lines)


def test_the_release_holds_no_reference_no_hidden_check_and_no_model_answer(each):
    chapter, course = each
    for file in files_in(folder(course, "release", chapter)):
        assert not secrets_in(file), file


def test_the_search_for_secrets_finds_them_in_the_source(once):
    found = secrets_in(notebook_path(once, "source"))
    marking = "marking of explain_time_limits, paragraph 0"
    assert {"reference of gae", "reference of td_target", marking} <= found


def test_the_release_carries_the_files_that_it_needs(each):
    chapter, course = each
    released = folder(course, "release", chapter)
    helpers = {file.relative_to(BOOK) for file in helper_files(chapter.notebook())}
    assert {file.relative_to(released) for file in files_in(released)} == {
        Path(f"{chapter.name}.ipynb"),
        *helpers,
    }
    assert Path("course.mplstyle") in helpers


def test_the_first_cell_of_a_release_runs_beside_its_files_alone(each, tmp_path):
    chapter, course = each
    shutil.copytree(folder(course, "release", chapter), tmp_path / chapter.name)
    first = code(read(course, "release", chapter))[0]
    command = [sys.executable, "-c", "import sys; sys.path.insert(0, '')\n" + first]
    done = subprocess.run(command, cwd=tmp_path / chapter.name, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_two_releases_of_the_same_source_are_identical(chapter, tmp_path):
    one, two = student_files(chapter, tmp_path / "one"), student_files(chapter, tmp_path / "two")
    names = [file.relative_to(one) for file in files_in(one)]
    assert names == [file.relative_to(two) for file in files_in(two)]
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_cell_ids_come_from_chapter_and_position(each):
    chapter, course = each
    ids = [cell.id for cell in read(course, "release", chapter).cells]
    assert len(set(ids)) == len(ids)
    assert all(identifier.startswith(chapter.name) for identifier in ids)


def test_the_first_cell_says_how_to_set_up_run_check_and_hand_in(once):
    first = read(once, "release").cells[0].source
    assert STUDENT_SETUP in first
    for word in ("Set up", "Run", "Check", "Hand in"):
        assert f"*{word}*" in first
    for file in ("README.md", "book/intro.md"):
        assert STUDENT_SETUP in (ROOT / file).read_text("utf-8")


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_line_that_sets_a_student_up_allows_the_versions_that_grading_uses(python):
    lock = [Requirement(line) for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    here = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    used = {each.name: each.specifier for each in lock if each.marker is None or each.marker.evaluate(here)}
    for wanted in map(Requirement, re.findall(r'"(.+?)"', STUDENT_SETUP)):
        (pin,) = used[wanted.name]
        assert pin.version in wanted.specifier
        lower, upper = sorted(wanted.specifier, key=lambda each: each.operator, reverse=True)
        assert (lower.operator, upper.operator) == (">=", "<")


def test_no_role_is_left_that_jupyterlab_cannot_show(each):
    chapter, course = each
    released = read(course, "release", chapter)
    text = "\n".join(cell.source for cell in released.cells if cell.cell_type == "markdown")
    for role in ("{cite", "{doc}", "{numref}", "{glue", "{download}"):
        assert role not in text, text[text.index(role) - 80 :][:200]


def test_a_release_with_other_cells_is_refused_after_submissions_and_the_old_one_stands(
    submitted, chapter, tmp_path
):
    old = notebook_path(submitted, "release").read_bytes()
    changed = _without_exercise(chapter, "grpo_objective", tmp_path)
    with pytest.raises(ReleaseError, match=r"students have submitted.*grpo_objective"):
        release(changed, submitted)
    assert notebook_path(submitted, "release").read_bytes() == old
    assert not list(submitted.folder.glob(".release-*/"))


def test_a_release_with_other_prose_is_made_after_submissions(submitted, chapter, tmp_path):
    other = tmp_path / chapter.path.name
    other.write_text(chapter.text.replace("## Summary", "## A new summary"), "utf-8")
    release(Chapter(other), submitted)
    assert "## A new summary" in notebook_path(submitted, "release").read_text("utf-8")


def test_a_release_with_other_cells_is_made_before_submissions(released, chapter, tmp_path):
    release(_without_exercise(chapter, "grpo_objective", tmp_path), released)
    names = [cell.metadata.get("name") for cell in read(released, "release").cells]
    assert "gae" in names and "grpo_objective" not in names


def test_a_release_that_nbgrader_cannot_make_leaves_the_old_one(released, chapter, monkeypatch):
    from nbgrader.converters.base import NbGraderException

    old = notebook_path(released, "release").read_bytes()

    def fail(self):
        raise NbGraderException("the disk is full")

    monkeypatch.setattr("autograder.desk.release.GenerateAssignment.start", fail)
    with pytest.raises(ReleaseError, match="the disk is full"):
        release(chapter, released)
    assert notebook_path(released, "release").read_bytes() == old
    assert not list(released.folder.glob(".release-*/"))


def test_an_unknown_chapter_is_refused_in_one_sentence(tmp_path):
    command = [sys.executable, "-m", "autograder", "--course", str(tmp_path), "release", "e9_none"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert (
        done.stderr.startswith("autograder: there is no chapter 'e9_none'") and "Traceback" not in done.stderr
    )


def test_the_notebook_is_valid_and_python(each):
    chapter, course = each
    notebook = read(course, "release", chapter)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert str(ROOT) not in json.dumps(notebook)


def _without_exercise(chapter, name, folder):
    """Write the chapter to `folder` without one exercise and its test."""
    text = chapter.text
    for cell in (name, f"test_{name}"):
        start = text.index(f":name: {cell}\n")
        start = text.rindex("```{code-cell}", 0, start)
        end = text.index("\n```\n", start) + len("\n```\n")
        text = text[:start] + text[end:]
    folder.mkdir(exist_ok=True)
    (folder / chapter.path.name).write_text(text, "utf-8")
    return Chapter(folder / chapter.path.name)
