"""Report: the table of points, student by exercise."""

from nbgrader.api import Gradebook

from autograder import CourseError
from autograder.cells import Chapter, exercise_names, written_names
from autograder.course import Course
from autograder.preprocessors import waits_for_a_person

TO_BE_MARKED = "?"
"""What stands in the table for an answer in words that nobody has marked yet."""


class ReportError(CourseError):
    """There is nothing to report; the message says why and what to do."""


def scores(chapter: Chapter, gradebook: Gradebook) -> dict[str, dict[str, float | None]]:
    """Return the points of every submission: student → exercise → points, None where nobody has marked it."""
    found = {}
    for submission in gradebook.assignment_submissions(chapter.name):
        grades = submission.notebooks[0].grades if submission.notebooks else []
        found[submission.student.id] = {
            grade.name.removeprefix("test_"): None
            if waits_for_a_person(grade)
            else round(float(grade.score or 0), 6)
            for grade in grades
        }
    return dict(sorted(found.items()))


def table(chapter: Chapter, course: Course) -> str:
    """Return the table of `chapter` as text: one row per student, one numbered column per exercise."""
    names = [*exercise_names(chapter.notebook()), *written_names(chapter.notebook())]
    if reason := course.why_unreleased(chapter.name):
        raise ReportError(reason)
    with course.gradebook() as gradebook:
        notebook = gradebook.find_notebook(chapter.name, chapter.name)
        by_student = scores(chapter, gradebook)
        most = {cell.name.removeprefix("test_"): cell.max_score for cell in notebook.grade_cells}
    rows = [
        [student, *(_shown(points.get(name, 0)) for name in names), f"{sum(filter(None, points.values())):g}"]
        for student, points in {**by_student, "possible": most}.items()
    ]
    columns = [str(number) for number in range(1, len(names) + 1)]
    legend = [f"{number:>3} {name}" for number, name in enumerate(names, start=1)]
    waiting = sum(None in points.values() for points in by_student.values())
    to_do = [f"{TO_BE_MARKED:>3} to be marked by a person, in the formgrader: {waiting}"] if waiting else []
    return "\n".join([*_aligned([["student", *columns, "total"], *rows]), "", *legend, *to_do])


def _shown(points: float | None) -> str:
    return TO_BE_MARKED if points is None else f"{points:g}"


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
