"""What `nbgrader export` writes: nbgrader's table with our totals, or an LMS's own table, filled.

The second takes the numbers of `standings`, as everything does that leaves the class folder.
"""

import csv
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import CsvExportPlugin, ExportPlugin
from traitlets import Unicode

from autograder import CourseError
from autograder.chapter.cells import title_of
from autograder.classroom import received
from autograder.classroom.course import Course
from autograder.classroom.gradebook import total, waits_for_a_person
from autograder.classroom.keeping import FolderError, in_a_sentence, write_private, write_whole
from autograder.classroom.standings import Standing, State, people, standings
from autograder.classroom.ungraded import notes
from autograder.judging.explain import number
from autograder.lms.tables import LAYOUTS, Filled, Table, TableError, Whose, fill, whose
from autograder.running.printing import printable, whole

COLUMNS = [
    *["assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"],
    *["raw_score", "late_submission_penalty", "score", "max_score", "state"],
]
"""Those of nbgrader's own table, in its order, and the state: graded, to be marked, or why no score."""
TEXTS = ("last_name", "first_name", "email", "state")
"""The columns that somebody has typed or we say. Ids stay as they are: rows are found again by them."""
FORMULA = re.compile(r"""(^|[\t\r\n,;|"])(?=[^\S\t\r\n]*[=+@\-＝＋－＠]|[\t\r\n])""")
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
        students = gradebook.students
        others = sorted({*self._folders()} - {student.id for student in students})
        for assignment in gradebook.assignments:
            if self.assignment and assignment.name not in self.assignment:
                continue
            for student in students:
                if self._is_asked_for(student.id):
                    yield self._row(gradebook, assignment, student)
            for name in filter(self._is_asked_for, others):
                about = {
                    "assignment": assignment.name,
                    "duedate": assignment.duedate,
                    "student_id": whole(name),
                }
                about |= {"max_score": _number(assignment.max_score)}
                yield about | {"state": self._why_none(assignment.name, name)}

    def _is_asked_for(self, student: str) -> bool:
        return not self.student or student in map(str, self.student)

    def _folders(self) -> list[str]:
        """Return whose folders are in the class: the gradebook does not know who never was graded."""
        course = getattr(self.parent, "coursedir", None)
        return [] if course is None else Course(Path(course.root)).students()

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


@dataclass(frozen=True)
class Export:
    """An LMS's own export, and which of its columns are meant where its names do not say."""

    lms: str
    path: Path
    item: str = ""
    id_column: str = ""


@dataclass(frozen=True)
class FilledExport:
    """The export with our points in it, what is to be said of it, and the numbers of students in the LMS."""

    content: bytes
    said: list[str]
    numbers: Mapping[str, str]


def filled_export(
    course: Course, gradebook: Gradebook, assignment: str, export: Export, students: tuple[str, ...] = ()
) -> FilledExport:
    """Fill an LMS's export with the points of a chapter; of these students only, where some are named.

    Raises `TableError` where it cannot be filled; nothing is written here.
    """
    layout = LAYOUTS.get(export.lms)
    if layout is None:
        raise TableError(f"{export.lms} takes no table of grades; leave the export away")
    table, roster = Table.read(export.path), people(course, gradebook)
    stand = standings(course, gradebook, assignment, roster)
    points = {
        each.student: each.points
        for each in stand.values()
        if each.points is not None and (not students or each.student in students)
    }
    titles = [assignment.casefold(), title_of(assignment).casefold()]
    keys = received.keys(course.folder, assignment, export.lms)
    try:
        found = whose(table, layout, roster, keys, id_column=export.id_column)
        filled = fill(table, layout, found.rows, points, item=export.item, titles=titles)
    except TableError as error:
        raise TableError(f"{export.path}: {error}") from None
    said = [f"{len(filled.graded)} grades in the column {filled.column!r} of {export.path.name}"]
    said += _about_the_highest(filled, stand, points, layout.above)
    said += _about_the_others(filled, found, stand, points)
    return FilledExport(table.content(), said, found.numbers)


def _about_the_highest(
    filled: Filled, stand: Mapping[str, Standing], points: Mapping[str, float], above: str
) -> list[str]:
    ours = {each.most for each in stand.values()}
    if not filled.most or filled.most == ours:
        return []
    theirs = " or ".join(map(number, sorted(filled.most)))
    most = max(filled.most)
    more = [each for each in filled.graded if points.get(each, 0) > most]
    said = f"the export gives {theirs} points at most, and the chapter {' or '.join(map(number, ours))}: "
    said += "nothing is rescaled; put the number right in the LMS"
    if more:
        said += f" ({len(more)} have more{'; ' + above if above else ''})"
    return [said]


def _about_the_others(
    filled: Filled, found: Whose, stand: Mapping[str, Standing], points: Mapping[str, float]
) -> list[str]:
    """Return who has no grade in the table, each with the reason, and who is in one place alone."""
    there = {*found.rows.values()}
    said = []
    for state in (State.WAITING, State.MISSING, State.NOT_GRADED):
        if named := [each for each in stand if each in there and stand[each].state is state]:
            said.append(f"no grade, {state}: {', '.join(map(printable, named))}")
    if kept := filled.kept:
        named = ", ".join(f"{printable(each)} ({printable(old)})" for each, old in sorted(kept.items()))
        said.append(f"kept what the export holds: {named}")
    if absent := [each for each in points if each not in there]:
        said.append(f"graded here but not in the export: {', '.join(map(printable, absent))}")
    if found.strangers:
        said.append(f"in the export but not in the class: {', '.join(map(printable, found.strangers))}")
    return said


class LmsExport(ExportPlugin):
    """A table made from an export, whose columns are named: `nbgrader export --exporter=... --to FILE`."""

    lms = "plain"
    grades = Unicode("", help="The file that the LMS has exported; it stays as it is.").tag(config=True)
    item = Unicode("", help="The column that takes the points, where several could.").tag(config=True)
    id_column = Unicode("", help="The column that tells whose a row is, where none is known.").tag(
        config=True
    )

    def export(self, gradebook: Gradebook) -> None:
        """Write the export, filled, to the file that `--to` names."""
        try:
            for line in self._export(gradebook):
                print(line, file=sys.stderr)
        except CourseError as error:
            sys.exit(f"the grades are not exported: {error}")

    def _export(self, gradebook: Gradebook) -> list[str]:
        directory = getattr(self.parent, "coursedir", None)
        if directory is None:
            raise TableError("the class folder is not known; run it as nbgrader export does")
        if not self.grades:
            raise TableError(
                f"name the file that {self.lms} has exported: --{type(self).__name__}.grades=FILE"
            )
        course = Course(Path(directory.root), directory.db_url)
        export = Export(self.lms, Path(self.grades), self.item, self.id_column)
        students = tuple(map(str, self.student))
        filled = filled_export(course, gradebook, self._assignment(gradebook), export, students)
        path = Path(self.to or f"filled-{export.path.name}")
        if path.exists() and path.samefile(export.path):
            raise TableError(f"{path} is the export itself, which stays as it is; name another with --to")
        with in_a_sentence(path):
            write_private(path, filled.content)
        return [f"wrote {path}, which holds names and grades", *filled.said]

    def _assignment(self, gradebook: Gradebook) -> str:
        names = [str(each) for each in self.assignment] or [each.name for each in gradebook.assignments]
        if len(names) != 1:
            raise TableError(f"say with --assignment which one; there are: {', '.join(names) or 'none'}")
        return names[0]


class CanvasExport(LmsExport):
    """The gradebook of Canvas."""

    lms = "canvas"


class MoodleExport(LmsExport):
    """The grading worksheet of Moodle."""

    lms = "moodle"


class BlackboardExport(LmsExport):
    """The file of Blackboard for working offline."""

    lms = "blackboard"


class BrightspaceExport(LmsExport):
    """The grades of Brightspace."""

    lms = "brightspace"


class SakaiExport(LmsExport):
    """The grades.csv in a download of Sakai."""

    lms = "sakai"


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whatever it takes for the end of a cell."""
    return FORMULA.sub(r"\1'", text)


def _number(value: float) -> str:
    return f"{value:.10g}"
