"""Feedback: one HTML page per student, from graded notebook and gradebook; it asks no other host."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from nbgrader.converters import GenerateFeedback

from autograder import CourseError
from autograder.classroom import releases
from autograder.classroom.course import Course, quiet_log
from autograder.classroom.entering import enter_marks
from autograder.classroom.gradebook import Reader
from autograder.classroom.groups import share_marks
from autograder.classroom.keeping import alone, write_whole
from autograder.classroom.names import why_not_held
from autograder.classroom.preprocessors import PICTURES, pictures_beside
from autograder.classroom.ungraded import notes
from autograder.desk.grade import graded_notebook
from autograder.pages.page import NOT_GRADED, Layout, Unwritten, make_page, make_ungraded_page
from autograder.running.printing import printable
from autograder.running.submissions import SECRET, TIMESTAMP, read_file
from autograder.running.workers import Failure, Workers, here

CHUNK = 50
"""How many students one look into the gradebook is about."""
PAGE_SECONDS = 120
BEGINNING = 10_000
"""How many bytes of a page hold what it says first; the style sheet before that has half as many."""
OF_THE_EXCHANGE = (TIMESTAMP, SECRET)
"""What `nbgrader release_feedback` looks for beside a page that it hands out through nbgrader's exchange."""
OUTDATED = "feedback-outdated"
"""The folder in the class folder where old pages go that have no successor."""


class FeedbackError(CourseError):
    """Feedback could not be written; the message says why and what to do."""


def students_with_pages(assignment: str, course: Course, student: str = "*") -> list[str]:
    """Return who gets a page: who has a graded notebook, and who could not be graded.

    Raises `FeedbackError` where nobody does.
    """
    course.directory()  # a wrong setting is said before anything that might follow from it
    graded = course.folder.glob(f"autograded/*/{assignment}/{assignment}.ipynb")
    students = {path.parent.parent.name for path in graded} | notes(course.folder, assignment).keys()
    chosen = sorted(name for name in students if student in ("*", name))
    if not chosen:
        what = f"no submission of {printable(student)}" if students else "nothing"
        raise FeedbackError(f"{what} is graded for {assignment}; run: {course.command('grade', assignment)}")
    return chosen


def feedback(
    assignment: str, course: Course, student: str = "*", *, workers: Workers = here
) -> Iterator[Path]:
    """Write the feedback for `assignment` and yield each page.

    Who could not be graded gets a page that says why. Raises `FeedbackError` if nothing is graded, and, when
    all others are written, where one cannot be made. Where there is no new page, an old one is moved out of
    the way: it would tell of other points.
    """
    without: dict[str, str] = {}
    left = dict.fromkeys(students_with_pages(assignment, course, student))
    try:
        share_marks(course, assignment)
        with alone(course.folder, "feedback"), course.gradebook() as gradebook:
            reader = Reader(gradebook, assignment)
            enter_marks(gradebook, course.folder, assignment)
            layout = Layout(assignment, _settings(course), releases.texts(course.folder, assignment))
            for each in notes(course.folder, assignment, list(left)).values():
                reason = _from_the_class_folder(each.told or each.reason, course)
                page = make_ungraded_page(layout, each.student, reason, each.advice)
                yield _write(course, assignment, each.student, page)
                del left[each.student]
            tasks = _unwritten(assignment, course, reader, list(left), without)
            for task, page in workers(make_page, layout, tasks, _check, PAGE_SECONDS):
                if isinstance(page, Failure):
                    without[task.student] = page.reason
                else:
                    written = _write(course, assignment, task.student, page)
                    del left[task.student]
                    yield written
    except CourseError as error:
        raise FeedbackError(f"{error}{_put_away(course, assignment, left)}") from error
    if without:
        named = ", ".join(printable(f"{name} ({why})") for name, why in without.items())
        moved = _put_away(course, assignment, without)
        raise FeedbackError(f"{assignment}: all other pages are written, but none for {named}{moved}")


def _from_the_class_folder(reason: str, course: Course) -> str:
    """Return a sentence without the way to the class folder, which is no matter of a student's."""
    for folder in (course.folder.resolve(), course.folder):
        reason = reason.replace(f"{folder}/", "")
    reason = printable(reason)
    return reason[0].upper() + reason[1:] + ("" if reason.endswith(".") else ".")


def _unwritten(
    assignment: str, course: Course, reader: Reader, students: list[str], without: dict[str, str]
) -> Iterator[Unwritten]:
    """Yield the pages to be made; those who cannot have one are put into `without`, with the reason."""
    for start in range(0, len(students), CHUNK):
        chunk = []
        for student in students[start : start + CHUNK]:
            if reason := why_not_held(course.folder / "submitted" / student):
                without[student] = reason
            else:
                chunk.append(student)
        results, keys = reader.results(chunk), reader.keys(chunk)
        for student in chunk:
            try:
                content = graded_notebook(assignment, course, student).read_bytes()
                about = _about(content)
                seed = course.seed_of(about.get("seed", "")) if course.shows_expected() else None
            except (OSError, CourseError) as error:
                without[student] = str(error)
                continue
            key = about.get("key")  # there is none where plain nbgrader has graded
            if student not in results or (key and key != keys.get(student)):
                without[student] = (
                    "there is a graded notebook, but the gradebook does not know it; "
                    f"run: {course.command('grade', assignment)}"
                )
            else:
                beside = _pictures_named(content, graded_notebook(assignment, course, student).parent)
                yield Unwritten(student, content, results[student], seed, beside)


def _pictures_named(notebook: bytes, folder: Path) -> dict[str, dict[str, str]]:
    """Return the pictures beside a notebook that it names; where it names none, nothing is read."""
    if not any(suffix.encode() in notebook.lower() for suffix in PICTURES):
        return {}
    return {path: each for path, each in pictures_beside(folder).items() if _names(notebook, path)}


def _names(notebook: bytes, path: str) -> bool:
    written = json.dumps(path)[1:-1], json.dumps(path, ensure_ascii=False)[1:-1], quote(path)
    return any(each.encode("utf-8", "surrogateescape") in notebook for each in written)


def _put_away(course: Course, assignment: str, students: Iterable[str]) -> str:
    """Move the old pages of these students out of the feedback; return a clause that says so, or ''."""
    moved = []
    for student in students:
        old = _page(course, assignment, student)
        if old.is_file():
            away = course.folder / OUTDATED / student / assignment / old.name
            with suppress(OSError):  # what cannot be written is said already
                away.parent.mkdir(parents=True, exist_ok=True)
                os.replace(old, away)
                moved.append(printable(student))
    return f"; their old pages are now in {course.folder / OUTDATED}: {', '.join(moved)}" if moved else ""


def _about(content: bytes) -> dict:
    """Return what a graded notebook says about its grading; nothing where nobody can read it."""
    try:
        return json.loads(content)["metadata"].get("autograder", {})
    except (ValueError, TypeError, LookupError, AttributeError):
        return {}


def _settings(course: Course) -> str:
    """Return the settings of the exporter, as nbgrader's own command would have them."""
    converter = GenerateFeedback(coursedir=course.directory(), config=course.config, log=quiet_log())
    settings = {name: converter.config[name] for name in ("HTMLExporter", "TemplateExporter", "Exporter")}
    return json.dumps(settings)


def _check(_: Unwritten, page: str) -> None:
    if not page.lstrip().startswith("<!DOCTYPE html>"):
        raise ValueError("a worker has returned what is no page")


def _write(course: Course, assignment: str, student: str, page: str) -> Path:
    """Write a page at once, so that never a part of one is there."""
    path = _page(course, assignment, student)
    write_whole(path, page)
    path.chmod(0o644)
    handed_in = course.folder / "submitted" / student / assignment
    for name in OF_THE_EXCHANGE:
        content = read_file(handed_in / name, 1) if os.path.lexists(handed_in / name) else b""
        if content and isinstance(content, bytes):
            write_whole(path.with_name(name), content)
        else:
            path.with_name(name).unlink(missing_ok=True)
    return path


def _page(course: Course, assignment: str, student: str) -> Path:
    return course.folder / "feedback" / student / assignment / f"{assignment}.html"


def without_pages(assignment: str, course: Course) -> list[str]:
    """Return the students who have handed in `assignment` and get no page: nobody has tried to grade it."""
    handed_in = {each for each in course.students() if course.has_from(each, assignment)}
    graded = {path.parent.name for path in course.folder.glob(f"autograded/*/{assignment}")}
    return sorted(handed_in - graded - notes(course.folder, assignment).keys())


def outdated_pages(assignment: str, course: Course) -> list[str]:
    """Return the students whose page tells of an earlier grading than the last."""
    found = notes(course.folder, assignment).keys()
    old = []
    for page in course.folder.glob(f"feedback/*/{assignment}/{assignment}.html"):
        student = page.parent.parent.name
        graded = graded_notebook(assignment, course, student)
        is_old = graded.is_file() and page.stat().st_mtime_ns < graded.stat().st_mtime_ns
        if is_old or (student in found) != _tells_of_no_grade(page):
            old.append(student)
    return sorted(old)


def _tells_of_no_grade(page: Path) -> bool:
    """Tell whether a page is one of those that say why there is no grade: they begin with it."""
    with page.open("rb") as file:
        return NOT_GRADED.encode() in file.read(BEGINNING)
