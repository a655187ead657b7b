"""Report: the table of points, student by exercise."""

from nbgrader.api import Gradebook

from autograder import CourseError
from autograder.chapter.cells import Chapter, exercise_names, written_names
from autograder.classroom.course import Course
from autograder.classroom.gradebook import CHUNK, Reader, not_isolated

TO_BE_MARKED = "?"
"""What stands in the table for an answer in words that nobody has marked yet."""


class ReportError(CourseError):
    """There is nothing to report; the message says why and what to do."""


def scores(chapter: Chapter, gradebook: Gradebook) -> dict[str, dict[str, float | None]]:
    """Return the points of every submission: student → exercise → points, None where nobody has marked it."""
    reader = Reader(gradebook, chapter.name)
    students, found = reader.students(), {}
    for start in range(0, len(students), CHUNK):
        for student, result in reader.results(students[start : start + CHUNK]).items():
            found[student] = {
                name.removeprefix("test_"): None if cell["waiting"] else round(float(cell["score"]), 6)
                for name, cell in result.cells.items()
                if "score" in cell
            }
    return dict(sorted(found.items()))


def table(chapter: Chapter, course: Course) -> str:
    """Return the table of `chapter` as text: one row per student, one numbered column per exercise."""
    names = [*exercise_names(chapter.notebook()), *written_names(chapter.notebook())]
    if reason := course.why_unreleased(chapter.name):
        raise ReportError(reason)
    with course.gradebook() as gradebook:
        by_student = scores(chapter, gradebook)
        most = Reader(gradebook, chapter.name).most
        trusted = not_isolated(gradebook, chapter.name)
    possible = {name.removeprefix("test_"): points for name, points in most.items()}
    rows = [
        [student, *(_shown(points.get(name, 0)) for name in names), f"{sum(filter(None, points.values())):g}"]
        for student, points in {**by_student, "possible": possible}.items()
    ]
    columns = [str(number) for number in range(1, len(names) + 1)]
    legend = [f"{number:>3} {name}" for number, name in enumerate(names, start=1)]
    waiting = sum(None in points.values() for points in by_student.values())
    to_do = [f"{TO_BE_MARKED:>3} to be marked by a person, in the formgrader: {waiting}"] if waiting else []
    if trusted:
        to_do.append(f"graded without isolation: {', '.join(trusted)}")
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
