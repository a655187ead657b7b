"""Dates: when a chapter is due, and for whom later; penalties follow at once, and nobody is run again."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from sqlalchemy import delete, select

from autograder import CourseError
from autograder.classroom import record
from autograder.classroom.course import Course
from autograder.classroom.gradebook import EXTENSIONS, released_notebook
from autograder.classroom.keeping import CHANGES, alone
from autograder.classroom.writer import Writer
from autograder.lms.roster import delimiter_of, text_of
from autograder.running.printing import printable
from autograder.running.submissions import moment

NEVER = "none"
"""What is said in place of a date where there shall be none."""


class DatesError(CourseError):
    """A date cannot be set; the message says why and what to do."""


@dataclass(frozen=True)
class Date:
    """When `assignment` is due; for `student` alone where one is named, and then `because` says why.

    `when` is in UTC, None where there is no date, or no extension any more.
    """

    assignment: str
    when: datetime | None
    student: str = ""
    because: str = ""

    def __str__(self) -> str:
        """Return the date as one line."""
        due = f"{self.when:%Y-%m-%d %H:%M} UTC" if self.when else "no due date"
        who = f" for {printable(self.student)}" if self.student else ""
        why = f" ({printable(self.because)})" if self.because else ""
        return f"{self.assignment}{who}: {due}{why}"


def read_when(text: str) -> datetime | None:
    """Return the moment that a person has typed, in UTC, None for `none`. Raises `DatesError`."""
    if text.strip().lower() == NEVER:
        return None
    try:
        return moment(text.strip())
    except ValueError:
        raise DatesError(
            f"{text!r} is no date; one is written 2026-12-01T23:59+01:00, or 2026-12-01T22:59Z, "
            f"and {NEVER!r} takes one away"
        ) from None


def read_file(path: Path) -> list[Date]:
    """Return the dates in a CSV file with the columns student_id, assignment and duedate.

    A row without a student is the due date of everybody. Raises `DatesError` with the line of a bad row.
    """
    try:
        text = text_of(path.read_bytes())
    except OSError as error:
        raise DatesError(f"{path} cannot be read ({error.strerror})") from None
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        return _dates(rows, path)
    except csv.Error as error:
        raise DatesError(f"{path}, line {rows.reader.line_num}: this is no CSV ({error})") from None


def _dates(rows: csv.DictReader, path: Path) -> list[Date]:
    if missing := {"student_id", "assignment", "duedate"} - {*(rows.fieldnames or ())}:
        raise DatesError(
            f"{path} has no column {', '.join(sorted(missing))}; it needs student_id, assignment, duedate"
        )
    found: dict[tuple[str, str], Date] = {}
    for row in rows:
        try:
            when = read_when(row["duedate"] or "")
        except DatesError as error:
            raise DatesError(f"{path}, line {rows.line_num}: {error}") from None
        assignment, student = ((row[name] or "").strip() for name in ("assignment", "student_id"))
        if (assignment, student) in found:
            whom = printable(student) or "everybody"
            said = f"there is a date of {printable(assignment)} for {whom} already"
            raise DatesError(f"{path}, line {rows.line_num}: {said}; keep one of the two")
        found[assignment, student] = Date(assignment, when, student, (row.get("because") or "").strip())
    return [*found.values()]


def set_dates(dates: Sequence[Date], course: Course) -> None:
    """Set all of these dates, or, where one cannot be, none; then work the penalties out anew.

    Raises `DatesError` where an extension does not come after the due date, `GradebookError` where a chapter
    is not released.
    """
    with alone(course.folder, CHANGES), course.gradebook() as gradebook:
        rows = {date.assignment: released_notebook(gradebook, date.assignment).assignment for date in dates}
        before = {date: _until(gradebook, date) for date in dates}
        for date in sorted(dates, key=lambda date: date.student != ""):
            _set(gradebook, rows[date.assignment], date)
        gradebook.db.commit()
        record.enter(course.folder, [_entry(date, before[date]) for date in dates])
        for assignment in rows:
            Writer(gradebook, assignment, course.config).update_penalties()


def _set(gradebook: Gradebook, assignment: Assignment, date: Date) -> None:
    if not date.student:
        assignment.duedate = date.when
        return
    here = EXTENSIONS.c.assignment == date.assignment, EXTENSIONS.c.student == date.student
    gradebook.db.execute(delete(EXTENSIONS).where(*here))
    if date.when is None:
        handed_in = select(SubmittedAssignment).where(
            SubmittedAssignment.assignment_id == assignment.id, SubmittedAssignment.student_id == date.student
        )
        for submission in gradebook.db.scalars(handed_in):
            submission.extension = None
        return
    if assignment.duedate is None or date.when <= assignment.duedate:
        due = f"{assignment.duedate:%Y-%m-%d %H:%M} UTC" if assignment.duedate else "no due date"
        raise DatesError(
            f"{date}: an extension has to come after the due date, and {date.assignment} has {due}"
        )
    values = {"assignment": date.assignment, "student": date.student}
    gradebook.db.execute(EXTENSIONS.insert().values(**values, until=date.when, because=date.because))


def _until(gradebook: Gradebook, date: Date) -> datetime | None:
    """Return the date that holds now, where `date` is to hold."""
    if not date.student:
        return released_notebook(gradebook, date.assignment).assignment.duedate
    here = EXTENSIONS.c.assignment == date.assignment, EXTENSIONS.c.student == date.student
    return gradebook.db.scalar(select(EXTENSIONS.c.until).where(*here))


def _entry(date: Date, before: datetime | None) -> dict[str, str]:
    what = "extension" if date.student else "due date"
    facts = {"what": what, "student": date.student, "assignment": date.assignment}
    return facts | {"old": _iso(before), "new": _iso(date.when), "reason": date.because}


def _iso(when: datetime | None) -> str:
    return f"{when.isoformat()}Z" if when else ""


def dates(course: Course) -> list[Date]:
    """Return the due dates of the class, each followed by its extensions, in the order of the due dates."""
    found = []
    with course.gradebook() as gradebook:
        for row in sorted(gradebook.assignments, key=lambda row: (row.duedate or datetime.max, row.name)):
            found.append(Date(row.name, row.duedate))
            extensions = select(EXTENSIONS).where(EXTENSIONS.c.assignment == row.name)
            for each in gradebook.db.execute(extensions.order_by(EXTENSIONS.c.student)):
                found.append(Date(row.name, each.until, each.student, each.because))
    return found
