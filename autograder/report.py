"""Report: the table of points, student by exercise."""

from nbgrader.api import Gradebook

from autograder.cells import Chapter, exercise_name
from autograder.course import Course


def scores(chapter: Chapter, gradebook: Gradebook) -> dict[str, dict[str, float]]:
    """Return the points of every submission for `chapter`: student → exercise → points."""
    found = {}
    for submission in gradebook.assignment_submissions(chapter.name):
        grades = submission.notebooks[0].grades if submission.notebooks else []
        found[submission.student.id] = {
            grade.name.removeprefix("test_"): round(float(grade.score or 0), 6) for grade in grades
        }
    return dict(sorted(found.items()))


def table(chapter: Chapter, course: Course) -> str:
    """Return the table of `chapter` as text: one row per exercise, one column per student."""
    names = [name for cell in chapter.notebook().cells if (name := exercise_name(cell))]
    with course.gradebook() as gradebook:
        by_student = scores(chapter, gradebook)
        notebook = gradebook.find_notebook(chapter.name, chapter.name)
        most = {cell.name.removeprefix("test_"): cell.max_score for cell in notebook.grade_cells}
    columns = {**by_student, "of": most}
    rows = [(name, [f"{column.get(name, 0):g}" for column in columns.values()]) for name in names]
    rows.append(("total", [f"{sum(column.values()):g}" for column in columns.values()]))
    return _aligned(("exercise", list(columns)), rows)


def _aligned(head: tuple[str, list[str]], rows: list[tuple[str, list[str]]]) -> str:
    lines = [head, *rows]
    first = max(len(name) for name, _ in lines)
    widths = [max(len(cells[i]) for _, cells in lines) for i in range(len(head[1]))]
    shown = [
        "  ".join(
            [name.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))]
        )
        for name, cells in lines
    ]
    rule = "-" * len(shown[0])
    return "\n".join([shown[0], rule, *shown[1:-1], rule, shown[-1]])
