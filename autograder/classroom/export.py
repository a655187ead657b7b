"""What `nbgrader export` writes: nbgrader's table, with our totals and what a number cannot say."""

import csv
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import CsvExportPlugin

from autograder.classroom.gradebook import total, waits_for_a_person
from autograder.classroom.keeping import FolderError, in_a_sentence, write_whole
from autograder.classroom.ungraded import notes

COLUMNS = [
    *["assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"],
    *["raw_score", "late_submission_penalty", "score", "max_score", "state"],
]
"""Those of nbgrader's own table, in its order, and the state: graded, to be marked, or why no score."""
TEXTS = ("last_name", "first_name", "email", "state")
"""The columns that somebody has typed or we say. Ids stay as they are: rows are found again by them."""
FORMULA = re.compile(r"""(^|[\t\r\n,;|"])(?=\s*[=+@\-＝＋－＠]|[\t\r\n])""")
"""Where a spreadsheet would begin a formula: in front, or behind what it may take for the end of a cell."""


class PointsExport(CsvExportPlugin):
    """One row for each assignment and student; who has no grade has no number."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to the file that `--to` names."""
        text = io.StringIO(newline="")
        table = csv.DictWriter(
            text, COLUMNS
        )  # with lines that end in \r\n it quotes a text that holds either
        table.writeheader()
        for row in self._rows(gradebook):
            table.writerow(row | {name: harmless(row[name]) for name in TEXTS if row.get(name)})
        path = Path(self.to or "grades.csv")
        try:
            with in_a_sentence(path):
                if path.exists() and not path.is_file():  # a pipe, or the terminal
                    path.write_text(text.getvalue(), "utf-8")
                else:
                    write_whole(path, text.getvalue())
        except FolderError as error:
            sys.exit(f"the grades are not exported: {error}")

    def _rows(self, gradebook: Gradebook) -> Iterator[dict[str, Any]]:
        for assignment in gradebook.assignments:
            for student in gradebook.students:
                wanted = not self.assignment or assignment.name in self.assignment
                if wanted and (not self.student or student.id in map(str, self.student)):
                    yield self._row(gradebook, assignment, student)

    def _row(self, gradebook: Gradebook, assignment: Assignment, student: Student) -> dict[str, Any]:
        about = {"assignment": assignment.name, "duedate": assignment.duedate, "student_id": student.id}
        about |= {name: getattr(student, name) for name in ("last_name", "first_name", "email")}
        about |= {"max_score": _number(assignment.max_score)}
        try:
            submission = gradebook.find_submission(assignment.name, student.id)
        except MissingEntry:
            return about | {"state": self._why_none(assignment.name, student.id)}
        if self._is_not_graded(assignment.name, student.id):
            return about | {"state": "not graded"}
        penalty = submission.late_submission_penalty or 0
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        return about | {
            "timestamp": submission.timestamp,
            "raw_score": _number(submission.score),
            "late_submission_penalty": _number(penalty),
            "score": _number(total(submission.score, penalty)),
            "state": "to be marked" if any(map(waits_for_a_person, grades)) else "graded",
        }

    def _is_not_graded(self, assignment: str, student: str) -> bool:
        """Tell whether what was handed in last could not be graded, whatever was graded before."""
        course = getattr(self.parent, "coursedir", None)
        return course is not None and bool(notes(Path(course.root), assignment, [student]))

    def _why_none(self, assignment: str, student: str) -> str:
        """Return why somebody has no grade: the class folder, where we know it, says what was handed in."""
        course = getattr(self.parent, "coursedir", None)
        if course is None:
            return "no grade"
        folder = course.format_path(course.submitted_directory, student, assignment)
        return "not graded" if os.path.exists(folder) else "handed in nothing"


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whatever it takes for the end of a cell."""
    return FORMULA.sub(r"\1'", text)


def _number(value: float) -> str:
    return f"{value:.10g}"
