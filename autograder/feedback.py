"""Feedback: one HTML page per student, made by nbgrader from the graded notebook; it asks no other host."""

from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from autograder import CourseError
from autograder.course import Course, quiet_log


class FeedbackError(CourseError):
    """Feedback could not be written; the message says why and what to do."""


def feedback(assignment: str, course: Course, student: str = "*") -> Iterator[Path]:
    """Write the feedback for `assignment` and yield each page; `FeedbackError` if nothing is graded."""
    graded = sorted(course.folder.glob(f"autograded/*/{assignment}/{assignment}.ipynb"))
    students = [path.parent.parent.name for path in graded]
    chosen = [name for name in students if student in ("*", name)]
    if not chosen:
        what = f"no submission of {student}" if students else "nothing"
        raise FeedbackError(
            f"{what} is graded for {assignment}; run: python -m autograder grade {assignment}"
        )
    for name in chosen:
        directory = course.directory(assignment_id=assignment, student_id=name)
        converter = GenerateFeedback(coursedir=directory, config=course.config, log=quiet_log())
        try:
            converter.start()
        except NbGraderException as error:
            raise FeedbackError(f"{assignment}, {name}: {error}") from error
        yield course.folder / "feedback" / name / assignment / f"{assignment}.html"


def ungraded(assignment: str, course: Course) -> list[str]:
    """Return the students who have handed in `assignment` and have no grades, so that they get no page."""
    handed_in = {path.parent.name for path in course.folder.glob(f"submitted/*/{assignment}")}
    graded = {path.parent.name for path in course.folder.glob(f"autograded/*/{assignment}")}
    return sorted(handed_in - graded)
