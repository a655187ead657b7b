"""Feedback: one HTML page per student, from graded notebook and gradebook; it asks no other host."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters import GenerateFeedback

from autograder import CourseError
from autograder.classroom.course import Course, quiet_log
from autograder.classroom.gradebook import Reader
from autograder.desk.grade import graded_notebook
from autograder.pages.page import Layout, Unwritten, make_page
from autograder.running.workers import Failure, Workers, here

CHUNK = 50
"""How many students one look into the gradebook is about."""
PAGE_SECONDS = 120


class FeedbackError(CourseError):
    """Feedback could not be written; the message says why and what to do."""


def graded_students(assignment: str, course: Course, student: str = "*") -> list[str]:
    """Return who has a graded notebook. Raises `FeedbackError` where nobody has."""
    graded = sorted(course.folder.glob(f"autograded/*/{assignment}/{assignment}.ipynb"))
    students = [path.parent.parent.name for path in graded]
    chosen = [name for name in students if student in ("*", name)]
    if not chosen:
        what = f"no submission of {student}" if students else "nothing"
        raise FeedbackError(
            f"{what} is graded for {assignment}; run: python -m autograder grade {assignment}"
        )
    return chosen


def feedback(
    assignment: str, course: Course, student: str = "*", *, workers: Workers = here
) -> Iterator[Path]:
    """Write the feedback for `assignment` and yield each page.

    Raises `FeedbackError` if nothing is graded, and, when all others are written, where one cannot be made.
    """
    failed = []
    chosen = graded_students(assignment, course, student)
    with course.gradebook() as gradebook:
        reader = Reader(gradebook, assignment)
        layout = Layout(assignment, _settings(course))
        tasks = _unwritten(assignment, course, reader, chosen)
        for task, page in workers(make_page, layout, tasks, _check, PAGE_SECONDS):
            if isinstance(page, Failure):
                failed.append(f"{task.student} ({page.reason})")
            else:
                yield _write(course, assignment, task.student, page)
    if failed:
        raise FeedbackError(f"{assignment}: all other pages are written, but none for {', '.join(failed)}")


def _unwritten(assignment: str, course: Course, reader: Reader, students: list[str]) -> Iterator[Unwritten]:
    for start in range(0, len(students), CHUNK):
        chunk = students[start : start + CHUNK]
        results, keys = reader.results(chunk), reader.keys(chunk)
        for student in chunk:
            content = graded_notebook(assignment, course, student).read_bytes()
            about = _about(content)
            key = about.get("key")  # there is none where plain nbgrader has graded
            if student not in results or (key and key != keys.get(student)):
                raise FeedbackError(
                    f"{student} has a graded notebook, but the gradebook does not know it; "
                    f"run: python -m autograder grade {assignment}"
                )
            seed = course.seed_of(about.get("seed", "")) if course.shows_expected() else None
            yield Unwritten(student, content, results[student], seed)


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
    path = course.folder / "feedback" / student / assignment / f"{assignment}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(page, "utf-8")
    temporary.chmod(0o644)
    os.replace(temporary, path)
    return path


def ungraded(assignment: str, course: Course) -> list[str]:
    """Return the students who have handed in `assignment` and have no grades, so that they get no page."""
    handed_in = {
        each for each in course.students() if (course.folder / "submitted" / each / assignment).exists()
    }
    graded = {path.parent.name for path in course.folder.glob(f"autograded/*/{assignment}")}
    return sorted(handed_in - graded)
