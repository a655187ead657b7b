"""Classes for tests to work on: one with a chapter released, what is handed in there, and what came of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from autograder.chapter.cells import ROOT, Chapter
from autograder.classroom.course import Course
from autograder.desk.release import _empty_gradebook, release
from autograder.desk.report import scores

CHAPTER = "e3_5_complete_formulas"
TD_ERRORS = """\
def td_errors(rewards, values, next_values, terminated, gamma):
    return rewards + gamma * next_values * ~terminated - values
"""
TD_TARGET = "def td_target(rewards, next_q, terminated, gamma):\n"


def released_class(folder: Path, chapter: Chapter) -> Course:
    """Make a class in which the chapter is released. The gradebook is a copy: a new one takes seconds."""
    folder.mkdir(parents=True)
    (folder / "gradebook.db").write_bytes(_empty_gradebook())
    release(chapter, Course(folder))
    return Course(folder)


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
    shutil.copytree(notebook_path(course, "release").parent, target.parent)
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


def answer(notebook, before="", after=""):
    cell(notebook, "td_errors").source = before + TD_ERRORS + after


def endless_call(notebook):
    answer(notebook)
    cell(notebook, "td_target").source = TD_TARGET + "    while True:\n        pass"
