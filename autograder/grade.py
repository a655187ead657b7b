"""Grade: submission → kernel → verdict → gradebook, one student after the other, never stopping the batch."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.utils import is_grade

from autograder import CourseError
from autograder.course import Course, quiet_log


class GradeError(CourseError):
    """Grading could not start; the message says why and what to do."""


@dataclass(frozen=True)
class Outcome:
    """What became of one submission; `problem` says why it could not be graded and scored 0, if so."""

    student: str
    problem: str = ""
    skipped: bool = False


def grade(assignment: str, course: Course, student: str = "*", *, force: bool = False) -> Iterator[Outcome]:
    """Grade the submissions for `assignment` and yield what became of each, in the order of their names.

    A submission that was graded before is skipped unless it is newer (nbgrader's timestamps) or `force`.
    Raises `GradeError` where nothing can be graded.
    """
    if not (course.folder / "release" / assignment).is_dir():
        raise GradeError(
            f"{assignment} is not released in {course.folder}; run: python -m autograder release"
        )
    folders = [path for path in course.submissions(assignment) if student in ("*", path.parent.name)]
    if not folders:
        where = course.folder / "submitted" / ("<student>" if student == "*" else student) / assignment
        raise GradeError(f"there is nothing to grade: no folder {where}")
    for folder in folders:
        yield _grade_one(assignment, course, folder, force=force)


def _grade_one(assignment: str, course: Course, folder: Path, *, force: bool) -> Outcome:
    student = folder.parent.name
    graded = course.folder / "autograded" / student / assignment / f"{assignment}.ipynb"
    before = graded.stat().st_mtime_ns if graded.exists() else None
    problem = unreadable(folder, assignment)
    if not problem:
        problem = _autograde(assignment, course, student, force=force)
    if problem:
        _grade_as_unreadable(assignment, course, folder, problem, force=force or not graded.exists())
    skipped = before is not None and graded.exists() and graded.stat().st_mtime_ns == before
    return Outcome(student, problem, skipped)


def unreadable(folder: Path, assignment: str) -> str:
    """Return why the notebook in `folder` cannot be graded, as a sentence for the student, or ''."""
    path = folder / f"{assignment}.ipynb"
    if not path.is_file():
        others = ", ".join(sorted(each.name for each in folder.glob("*.ipynb"))) or "no notebook at all"
        return f"The file {path.name} is missing; what was handed in is: {others}."
    if path.stat().st_size == 0:
        return f"The file {path.name} is empty (0 bytes)."
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat lets through whatever its parser and its converters raise
        why = "it is cut off, or it is another kind of file"
        return f"The file {path.name} is not a readable notebook: {why} ({type(error).__name__})."
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        return f"The notebook {path.name} has no code cells."
    return ""


def _autograde(assignment: str, course: Course, student: str, *, force: bool, **directory: str) -> str:
    """Run nbgrader's autograde for one student; return what went wrong, or ''."""
    chosen = course.directory(assignment_id=assignment, student_id=student, **directory)
    converter = Autograde(coursedir=chosen, config=course.config, log=quiet_log())
    converter.force = force
    try:
        converter.start()
    except Exception as error:  # one student's file must not stop the batch, whatever it does to nbgrader
        return f"The notebook could not be graded ({type(error).__name__})."
    return ""


def _grade_as_unreadable(assignment: str, course: Course, folder: Path, problem: str, *, force: bool) -> None:
    """Score 0 in nbgrader's own way: grade the unfinished exercises in its place, with the reason on top."""
    released = nbformat.read(course.folder / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "submitted" / folder.parent.name / assignment
        place.mkdir(parents=True)
        nbformat.write(_placeholder(released, problem), place / f"{assignment}.ipynb")
        if (folder / "timestamp.txt").is_file():
            shutil.copy(folder / "timestamp.txt", place)
        submitted = str(Path(scratch) / "submitted")
        failed = _autograde(
            assignment, course, folder.parent.name, force=force, submitted_directory=submitted
        )
    if failed:
        raise GradeError(f"{folder.parent.name}: the score 0 could not be recorded. {failed}")


def _placeholder(released: NotebookNode, problem: str) -> NotebookNode:
    text = (
        f"**This submission could not be graded, so it scores 0.** {problem} "
        "Please open your notebook, run it, save it under its own name, and hand it in again."
    )
    reason = nbformat.v4.new_markdown_cell(text)
    released.cells = [reason, *filter(is_grade, released.cells)]
    return released
