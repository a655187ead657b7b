"""Report: the table of points, student by exercise."""

from collections.abc import Iterator, Mapping
from typing import Any

from nbgrader.api import Gradebook

from autograder import CourseError
from autograder.chapter.cells import Chapter, exercise_names, written_names
from autograder.classroom.course import Course
from autograder.classroom.gradebook import CHUNK, Reader, not_isolated
from autograder.classroom.ungraded import Note, notes
from autograder.judging.explain import number
from autograder.pages.page import Result
from autograder.running.printing import printable

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
        why = notes(course.folder, chapter.name)
        students = [each for each in reader.students() if each not in why]
        shown = [(student, result) for student, result in _results(reader, students)]
        trusted = not_isolated(gradebook, chapter.name)
        absent, ungraded = _without_points(chapter.name, course, students, [*reader.without(), *why])
    is_late = any(result.late_penalty for _, result in shown)
    rows = [["student", *(str(number) for number, _ in enumerate(names, 1)), *["late"] * is_late, "total"]]
    for student, result in shown:
        late = [number(-result.late_penalty or 0)] * is_late
        rows.append([printable(student), *(_cell(result.cells.get(name, {})) for name in names), *late])
        rows[-1].append(number(result.score))
    most = [number(reader.most[name]) for name in names]
    rows.append(["possible", *most, *[""] * is_late, number(sum(reader.most.values()))])
    legend = [f"{place:>3} {name.removeprefix('test_')}" for place, name in enumerate(names, 1)]
    waiting = sum(any(cell.get("waiting") for cell in result.cells.values()) for _, result in shown)
    to_do = [f"{TO_BE_MARKED:>3} to be marked by a person, in the formgrader: {waiting}"] if waiting else []
    to_do += [f"handed in nothing: {', '.join(map(printable, absent))}"] if absent else []
    to_do += [f"handed in but not graded: {', '.join(map(printable, ungraded))}"] if ungraded else []
    to_do += [printable(f"    {each}: {_why(why[each])}") for each in ungraded if each in why]
    to_do += [f"graded without isolation: {', '.join(map(printable, trusted))}"] if trusted else []
    if not shown:
        first = f"nothing is graded yet for {chapter.name}; run: python -m autograder grade {chapter.name}"
        return "\n".join([first, *to_do])
    return "\n".join([*_aligned(rows), "", *legend, *to_do])


def _why(note: Note) -> str:
    """Return why a submission is not graded, and what of an earlier grading does not count."""
    return note.reason + ("; the points of an earlier hand-in do not count" if note.before else "")


def _results(reader: Reader, students: list[str]) -> Iterator[tuple[str, Result]]:
    for start in range(0, len(students), CHUNK):
        yield from sorted(reader.results(students[start : start + CHUNK]).items())


def _in_order(chapter: Chapter, most: Mapping[str, float]) -> list[str]:
    """Return the names that the class was released with, in the chapter's order; then those now gone."""
    notebook = chapter.notebook()
    now = [*(f"test_{name}" for name in exercise_names(notebook)), *written_names(notebook)]
    return [*(name for name in now if name in most), *sorted(most.keys() - {*now})]


def _without_points(
    assignment: str, course: Course, graded: list[str], known: list[str]
) -> tuple[list[str], list[str]]:
    """Return who has handed in nothing, and who has but is not graded."""
    others = sorted({*course.students(), *known} - {*graded})
    handed_in = [each for each in others if course.has_from(each, assignment)]
    return [each for each in others if each not in handed_in], handed_in


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
