"""The example class, taken the whole way once; tests that change it work on a copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.chapter.cells import ROOT, Chapter, find_chapter
from autograder.classroom.course import Course
from autograder.desk.release import _empty_gradebook, release
from autograder.desk.report import scores
from autograder.example_class.run import run

CHAPTER = "e3_5_complete_formulas"


@pytest.fixture(scope="session", autouse=True)
def _seeds_that_vanish(tmp_path_factory):
    """Keep the secret seeds of the tests' classes out of the folder of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def chapter() -> Chapter:
    return find_chapter(CHAPTER)


@pytest.fixture(scope="session")
def example(tmp_path_factory) -> Course:
    folder = tmp_path_factory.mktemp("class") / "example"
    assert run(folder) == 0
    return Course(folder)


def released_class(folder: Path, chapter: Chapter) -> Course:
    """Make a class in which the chapter is released. The gradebook is a copy: a new one takes seconds."""
    folder.mkdir(parents=True)
    (folder / "gradebook.db").write_bytes(_empty_gradebook())
    release(chapter, Course(folder))
    return Course(folder)


@pytest.fixture
def released(chapter, tmp_path) -> Course:
    """Return a class folder in which the chapter is released and nobody has submitted."""
    return released_class(tmp_path / "class", chapter)


@pytest.fixture
def submitted(released) -> Course:
    """Return a class folder in which one student has submitted."""
    with released.gradebook() as gradebook:
        gradebook.add_student("somebody")
        gradebook.add_submission(CHAPTER, "somebody")
    return released


def run_module(*arguments: str) -> subprocess.CompletedProcess:
    """Run `python -m ...` from the root, with the commands of this environment on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )


def notebook_path(course: Course, step: str, student: str = "") -> Path:
    return course.folder / step / student / CHAPTER / f"{CHAPTER}.ipynb"


def hand_in(course: Course, student: str, change=lambda notebook: None, *, demonstrations=False) -> Path:
    """Hand in the released notebook after `change(notebook)`, its demonstrations deleted unless wanted."""
    target = notebook_path(course, "submitted", student)
    target.parent.mkdir(parents=True)
    for file in notebook_path(course, "release").parent.iterdir():
        shutil.copy(file, target.parent)
    notebook = nbformat.read(target, as_version=4)
    if not demonstrations:
        imports = next(c for c in notebook.cells if c.cell_type == "code")
        notebook.cells = [c for c in notebook.cells if c is imports or "nbgrader" in c.metadata]
    change(notebook)
    nbformat.write(notebook, target)
    return target


def cell(notebook: nbformat.NotebookNode, grade_id: str) -> nbformat.NotebookNode:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def scores_of(course: Course, chapter: Chapter) -> dict[str, dict[str, float]]:
    with course.gradebook() as gradebook:
        return scores(chapter, gradebook)


def waits_for_a_person(course: Course, student: str, assignment: str = CHAPTER) -> bool:
    with course.gradebook() as gradebook:
        return gradebook.find_submission(assignment, student).needs_manual_grade
