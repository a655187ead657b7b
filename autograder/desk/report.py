"""Report: the table of points, student by exercise."""

from collections.abc import Mapping
from typing import Any

from nbgrader.api import Gradebook

from autograder import CourseError
from autograder.chapter.cells import Chapter
from autograder.classroom.course import Course
from autograder.classroom.gradebook import Reader, not_isolated
from autograder.judging.explain import number

TO_BE_MARKED = "?"
"""What stands in the table for an answer in words that nobody has marked yet, or that was changed since."""
NEVER_GRADED = "-"
"""What stands for an exercise of which the gradebook holds nothing."""


class ReportError(CourseError):
    """There is nothing to report; the message says why and what to do."""


def scores(chapter: Chapter, gradebook: Gradebook) -> dict[str, dict[str, float | None]]:
    """Return the points of every submission: student → exercise → points, None where nobody has marked it."""
    reader = Reader(gradebook, chapter.name)
    return {
        student: {
            name.removeprefix("test_"): None if cell["waiting"] else round(float(cell["score"]), 6)
            for name, cell in result.cells.items()
            if "score" in cell
        }
        for student, result in _results(reader, reader.students())
    }


def table(chapter: Chapter, course: Course) -> str:
    """Return the table of `chapter` as text: one row per student, one numbered column per exercise."""
    if reason := course.why_unreleased(chapter.name):
        raise ReportError(reason)
    with course.gradebook() as gradebook:
        reader = Reader(gradebook, chapter.name)
        names = _in_order(chapter, reader.most)
        students = reader.students()
        shown = [(student, result) for student, result in _results(reader, students)]
        trusted = not_isolated(gradebook, chapter.name)


def _cell(cell: Mapping[str, Any]) -> str:
    """Return points as the table shows them; an answer that was changed since it was marked shows both."""
    if "score" not in cell:
        return NEVER_GRADED
    points = number(cell["score"])
    return points if not cell["waiting"] else TO_BE_MARKED if not cell["score"] else points + TO_BE_MARKED


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    rule = "-" * len(lines[0])
    return [lines[0], rule, *lines[1:-1], rule, lines[-1]]
