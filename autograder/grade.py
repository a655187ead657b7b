"""Grade: submission → kernel → verdict → gradebook, one student after the other, never stopping the batch."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from nbgrader.utils import is_grade, parse_utc

from autograder import CourseError
from autograder.course import Course, quiet_log
from autograder.preprocessors import UNGRADED


class GradeError(CourseError):
    """Grading could not start; the message says why and what to do."""


class State(StrEnum):
    """What became of a submission."""

    GRADED = "graded"
    UNCHANGED = "graded before, unchanged"
    ZERO = "scored 0"
    NOT_GRADED = "NOT GRADED"
    NOTHING = "handed in nothing"


@dataclass(frozen=True)
class Outcome:
    """What became of one submission, and why, where it is not simply graded."""

    student: str
    state: State
    reason: str = ""

    def __str__(self) -> str:
        """Return the outcome as one line."""
        return f"{self.student}: {self.state}" + (f": {self.reason}" if self.reason else "")


def grade(
    assignment: str, course: Course, student: str = "*", *, force: bool = False, new_round: bool = False
) -> Iterator[Outcome]:
    """Grade the submissions for `assignment` and yield what became of each, in the order of their names.

    A submission whose files are as they were when it was graded in this round is not graded again unless
    `force`; `new_round` begins another round first. Raises `GradeError` where nothing can be graded, and
    `RoundError` where the seed is not here.
    """
    if reason := course.why_unreleased(assignment):
        raise GradeError(reason)
    students = [path for path in sorted(course.folder.glob("submitted/*")) if path.is_dir()]
    chosen = [path / assignment for path in students if student in ("*", path.name)]
    if not any(folder.is_dir() for folder in chosen):
        where = course.folder / "submitted" / ("<student>" if student == "*" else student) / assignment
        raise GradeError(f"there is nothing to grade: no folder {where}")
    if new_round:
        course.new_round(assignment)
    seed = course.round(assignment).digest
    for folder in chosen:
        yield _grade_one(assignment, course, folder, seed, force=force)


def _grade_one(assignment: str, course: Course, folder: Path, seed: str, *, force: bool) -> Outcome:
    student = folder.parent.name
    if not folder.is_dir():
        stray = (
            " (a notebook lies beside, not in, that folder)" if list(folder.parent.glob("*.ipynb")) else ""
        )
        return Outcome(student, State.NOTHING, f"no folder {folder}{stray}")
    record, contents = _record(assignment, course, student), f"{_digest(folder)} {seed}"
    before, _, said = record.read_text("utf-8").partition("\n") if record.is_file() else ("", "", "")
    if not force and before == contents and _graded(assignment, course, student).is_file():
        return Outcome(student, State.UNCHANGED, said)
    record.unlink(missing_ok=True)
    if reason := _bad_timestamp(folder):
        return Outcome(student, State.NOT_GRADED, reason)
    marked = _marked_answers(assignment, course, student)
    copy = second_download(folder, assignment)
    reason = (
        _grade_under_its_name(assignment, course, folder, copy)
        if copy
        else unreadable(folder, assignment) or _autograde(assignment, course, student)
    )
    failed = _grade_as_unreadable(assignment, course, folder, reason) if reason else ""
    if failed:
        return Outcome(student, State.NOT_GRADED, f"{reason} The score 0 could not be recorded: {failed}")
    _keep_marks(assignment, course, student, marked)
    record.write_text(f"{contents}\n{f'{State.ZERO}: {reason}' if reason else ''}", "utf-8")
    said = f"from the notebook {copy.name}" if copy else ""
    return Outcome(student, State.ZERO, reason) if reason else Outcome(student, State.GRADED, said)


def without_number(notebook: Path) -> str:
    """Return a notebook's name without the number of a second download, or of one of Jupyter's copies."""
    return re.sub(r"[ _-]*(\(\d+\)|Copy\d+|\d+)$", "", notebook.stem)


def second_download(folder: Path, assignment: str) -> Path | None:
    """Return the notebook that a browser or Jupyter has given a number, where it is the only one."""
    notebooks = list(folder.glob("*.ipynb"))
    is_copy = len(notebooks) == 1 and notebooks[0].stem != assignment == without_number(notebooks[0])
    return notebooks[0] if is_copy else None


def _grade_under_its_name(assignment: str, course: Course, folder: Path, notebook: Path) -> str:
    """Grade a copy of the folder in which the notebook has its own name; return what went wrong, or ''."""
    with _other_submission(assignment, folder.parent.name) as (place, submitted):
        shutil.copytree(folder, place, symlinks=True, dirs_exist_ok=True)
        (place / notebook.name).rename(place / f"{assignment}.ipynb")
        return unreadable(place, assignment) or _autograde(
            assignment, course, folder.parent.name, submitted_directory=submitted
        )


@contextmanager
def _other_submission(assignment: str, student: str) -> Iterator[tuple[Path, str]]:
    """Make an empty folder to grade instead of a submission; yield it and its submitted directory."""
    with tempfile.TemporaryDirectory() as submitted:
        place = Path(submitted) / student / assignment
        place.mkdir(parents=True)
        yield place, submitted


def _record(assignment: str, course: Course, student: str) -> Path:
    """Return the file that remembers what was graded, with which seed, and why it scored 0."""
    return course.folder / "autograded" / student / f"{assignment}.sha256"


def _graded(assignment: str, course: Course, student: str) -> Path:
    return course.folder / "autograded" / student / assignment / f"{assignment}.ipynb"


def of_another_round(assignment: str, course: Course) -> list[str]:
    """Return the students who are graded, but with other cases than those of the current round."""
    if not course.has_begun(assignment):
        return []
    seed = course.round(assignment).digest
    records = sorted(course.folder.glob(f"autograded/*/{assignment}.sha256"))
    others = [path.parent.name for path in records if seed not in path.read_text("utf-8").partition("\n")[0]]
    return [student for student in others if _seed_of(_graded(assignment, course, student)) != seed]


def _seed_of(notebook: Path) -> str:
    """Return what names the seed that a notebook was graded with; plain nbgrader keeps no other record."""
    if not notebook.is_file():
        return ""
    return nbformat.read(notebook, as_version=4).metadata.get("autograder", {}).get("seed", "")


def _marked_answers(assignment: str, course: Course, student: str) -> dict[str, str]:
    """Return the answers that a person has marked and need not look at again: name → text."""
    path = _graded(assignment, course, student)
    if not path.is_file():
        return {}
    with course.gradebook() as gradebook:
        try:
            grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        except MissingEntry:
            return {}
        done = {each.name for each in grades if each.manual_score is not None and not each.needs_manual_grade}
    return {name: text for name, text in _texts(path).items() if name in done} if done else {}


def _keep_marks(assignment: str, course: Course, student: str, marked: dict[str, str]) -> None:
    """Call a person again only for answers that were changed; nbgrader would for all that were marked."""
    if not marked:
        return
    texts = _texts(_graded(assignment, course, student))
    with course.gradebook() as gradebook:
        for name in (name for name in marked if texts.get(name) == marked[name]):
            gradebook.find_grade(name, assignment, assignment, student).needs_manual_grade = False
        gradebook.db.commit()


def _texts(path: Path) -> dict[str, str]:
    """Return the text of each graded cell of a notebook, by its name."""
    cells = nbformat.read(path, as_version=4).cells
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in cells if is_grade(cell)}


def _digest(folder: Path) -> str:
    """Return a digest of the files that were handed in."""
    found = sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        found.update(file.read_bytes())
    return found.hexdigest()


def _bad_timestamp(folder: Path) -> str:
    """Return what is wrong with nbgrader's timestamp, which is the instructor's file, not the student's."""
    file = folder / "timestamp.txt"
    if not file.is_file():
        return ""
    try:
        parse_utc(file.read_text("utf-8").strip())
    except (ValueError, OverflowError, UnicodeDecodeError):
        return f"{file} does not hold a date; mend or delete it and grade again"
    return ""


def unreadable(folder: Path, assignment: str) -> str:
    """Return why the notebook in `folder` cannot be graded, as a sentence for the student, or ''."""
    path = folder / f"{assignment}.ipynb"
    if not path.is_file():
        found = sorted(str(each.relative_to(folder)) for each in folder.rglob("*.ipynb"))
        others = ", ".join(found) or "no notebook at all"
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


def _autograde(assignment: str, course: Course, student: str, **directory: str) -> str:
    """Run nbgrader's autograde for one student; return what went wrong, or ''."""
    chosen = course.directory(assignment_id=assignment, student_id=student, **directory)
    converter = Autograde(coursedir=chosen, config=course.config, log=quiet_log())
    converter.force = True
    try:
        converter.start()
    except Exception as error:  # one student's file must not stop the batch, whatever it does to nbgrader
        return f"The notebook could not be graded ({type(error).__name__})."
    return ""


def _grade_as_unreadable(assignment: str, course: Course, folder: Path, reason: str) -> str:
    """Score 0 in nbgrader's own way, by grading a notebook without answers; return what went wrong, or ''."""
    released = nbformat.read(course.folder / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    with _other_submission(assignment, folder.parent.name) as (place, submitted):
        nbformat.write(_placeholder(released, reason), place / f"{assignment}.ipynb")
        if (folder / "timestamp.txt").is_file():
            shutil.copy(folder / "timestamp.txt", place)
        return _autograde(assignment, course, folder.parent.name, submitted_directory=submitted)


def _placeholder(released: NotebookNode, why: str) -> NotebookNode:
    text = (
        f"**This submission could not be graded, so it scores 0.** {why} "
        "Please open your notebook, run it, save it under its own name, and hand it in again."
    )
    reason = nbformat.v4.new_markdown_cell(text)
    reason["id"] = UNGRADED
    released.cells = [reason, *filter(is_grade, released.cells)]
    return released
