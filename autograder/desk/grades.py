"""Grades: one list of all chapters for an exam office, with a grade by a table of boundaries."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from autograder import CourseError
from autograder.classroom.course import Course
from autograder.classroom.export import harmless
from autograder.classroom.keeping import in_a_sentence, write_private
from autograder.classroom.standings import Standing, State, people, standings
from autograder.lms.roster import Person
from autograder.lms.tables import Table
from autograder.running.printing import printable

COLUMNS = ["matriculation_number", "last_name", "first_name", "points", "max", "grade"]
FILE = "exam-office.csv"
"""Where the list is put in the class folder, if no other file is named."""


class GradesError(CourseError):
    """The list cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class Boundary:
    """A grade, and from how many points on it is given; from what share of all points, where `is_share`."""

    least: Fraction
    is_share: bool
    grade: str

    def is_reached(self, points: Fraction, most: Fraction) -> bool:
        """Tell whether so many points of `most` are enough."""
        return points >= (self.least * most / 100 if self.is_share else self.least)

    def of(self, most: Fraction) -> Fraction:
        """Return how many points of `most` it takes."""
        return self.least * most / 100 if self.is_share else self.least


@dataclass(frozen=True)
class Form:
    """How the list is written."""

    delimiter: str = ","
    mark: bool = False
    decimal_comma: bool = False


def read_boundaries(path: Path) -> list[Boundary]:
    """Return the boundaries in a CSV file with the columns from (21, or 50%) and grade.

    Raises `GradesError` with the line of a bad row, and where one begins at no points is missing.
    """
    header, *rows = Table.read(path).rows
    if not {"from", "grade"} <= {*header}:
        raise GradesError(
            f"{path} is no table of boundaries; it has the columns from and grade, as in 50%,4.0 or 21,pass"
        )
    found = []
    for line, cells in enumerate(rows, 2):
        if any(cells[len(header) :]):
            raise GradesError(
                f"{path}, line {line}: the row has more cells than there are columns; a number with a comma "
                "in it has to stand in quotation marks"
            )
        row = dict(zip(header, cells, strict=False))
        text, grade = row.get("from", "").strip(), row.get("grade", "").strip()
        if not (text or grade):
            continue
        match = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(%?)", text)
        if match is None or not grade:
            raise GradesError(f"{path}, line {line}: {text!r} and {grade!r} are no boundary and its grade")
        boundary = Boundary(Fraction(match[1].replace(",", ".")), bool(match[2]), grade)
        if any((boundary.least, boundary.is_share) == (each.least, each.is_share) for each in found):
            raise GradesError(f"{path}, line {line}: there is a grade from {text} already")
        found.append(boundary)
    if all(each.least for each in found):
        raise GradesError(f"{path} has no grade from 0, so that some points would have none; add a row")
    return found


def exam_office(
    course: Course, boundaries: Sequence[Boundary], form: Form, to: Path, chapters: Sequence[str] = ()
) -> list[str]:
    """Write the list for an exam office to a file; return what is to be said of it.

    It sums up the chapters that are named, or all that the gradebook knows. Who waits for a mark in one of
    them, or is not graded there, has no points and no grade, nor has who has handed in nothing at all; who
    has handed in nothing for some of them has none for those.
    """
    with course.gradebook() as gradebook:
        names = list(chapters) or sorted(each.name for each in gradebook.assignments)
        if not names:
            raise GradesError(f"nothing is released in {course.folder}; run: {course.command('release')}")
        roster = people(course, gradebook)
        by_chapter = {name: standings(course, gradebook, name, roster) for name in names}
    most = sum(
        _exact(next(iter(each.values())).most) if each else Fraction(0) for each in by_chapter.values()
    )
    _refuse_two_grades(boundaries, most)
    students = sorted(
        {student for each in by_chapter.values() for student in each}, key=lambda each: _order(each, roster)
    )
    rows, said = [], []
    for student in students:
        theirs = {name: found[student] for name, found in by_chapter.items() if student in found}
        why, points = _summed(theirs, names)
        if why:
            said.append(f"{printable(student)}: {why}")
        rows.append(_row(roster.get(student, Person(student)), points, most, boundaries, form))
    with in_a_sentence(to):
        write_private(to, _written(rows, form))
    graded = sum(bool(row["grade"]) for row in rows)
    first = f"wrote {to}: {len(rows)} students with names and matriculation numbers, {graded} with a grade"
    return [first, f"summed up: {', '.join(names)}", *_without_number(students, roster), *said]


def _refuse_two_grades(boundaries: Iterable[Boundary], most: Fraction) -> None:
    """Raise `GradesError` where a share and a number of points come to the same and not to the same grade."""
    first: dict[Fraction, Boundary] = {}
    for each in boundaries:
        if (other := first.setdefault(each.of(most), each)).grade != each.grade:
            least, all_ = (_number(points, Form()) for points in (each.of(most), most))
            raise GradesError(
                f"from {least} of {all_} points on there are two grades, "
                f"{printable(other.grade)} and {printable(each.grade)}; keep one of these boundaries"
            )


def _exact(points: float) -> Fraction:
    return Fraction(repr(float(points)))


def _order(student: str, roster: Mapping[str, Person]) -> tuple[str, str, str]:
    person = roster.get(student, Person(student))
    return person.last_name.casefold(), person.first_name.casefold(), student


def _summed(theirs: Mapping[str, Standing], names: Sequence[str]) -> tuple[str, Fraction | None]:
    """Return a sentence on what stands in the way or counts nothing, and the sum where there is one."""
    open_ = [
        f"{name} {each.state}"
        for name, each in theirs.items()
        if each.state in (State.WAITING, State.NOT_GRADED)
    ]
    if open_:
        return f"no grade: {'; '.join(open_)}", None
    missing = [name for name in names if name not in theirs or theirs[name].state is State.MISSING]
    if len(missing) == len(names):
        return "no grade: handed in nothing", None
    points = sum((_exact(each.points or 0) for each in theirs.values()), Fraction(0))
    return (f"handed in nothing for {', '.join(missing)}, which counts no points" if missing else ""), points


def _row(
    person: Person, points: Fraction | None, most: Fraction, boundaries: Iterable[Boundary], form: Form
) -> dict[str, str]:
    """Return a row; names are no formulas, the number stays byte for byte."""
    names = {name: harmless(getattr(person, name)) for name in ("last_name", "first_name")}
    row = {"matriculation_number": person.matriculation_number, **names, "max": _number(most, form)}
    if points is None:
        return row | {"points": "", "grade": ""}
    reached = [each for each in boundaries if each.is_reached(points, most)]
    grade = max(reached, key=lambda each: each.of(most)).grade
    return row | {"points": _number(points, form), "grade": _in_form(harmless(grade), form)}


def _number(value: Fraction, form: Form) -> str:
    return _in_form(f"{round(float(value), 6):.10g}", form)


def _in_form(text: str, form: Form) -> str:
    """Return a number, or a grade that is one, with the decimal sign that is asked for."""
    if re.fullmatch(r"\d+[.,]\d+", text):
        return re.sub("[.,]", "," if form.decimal_comma else ".", text)
    return text


def _written(rows: Iterable[Mapping[str, str]], form: Form) -> bytes:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, delimiter=form.delimiter)
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if form.mark else "utf-8")


def _without_number(students: Iterable[str], roster: Mapping[str, Person]) -> list[str]:
    without = [each for each in students if not roster.get(each, Person(each)).matriculation_number]
    if not without:
        return []
    return [f"without a matriculation number in roster.csv: {', '.join(map(printable, without))}"]
