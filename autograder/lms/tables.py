"""An LMS's own table of grades: read as it was exported, written back with nothing but its grades changed."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import CourseError
from autograder.lms.roster import Person, Roster, delimiter_of, text_of


class TableError(CourseError):
    """A table of grades cannot be filled; the message says why and what to do."""


@dataclass
class Table:
    """A table as a file held it: its cells, and how they were written."""

    rows: list[list[str]]
    encoding: str = "utf-8"
    delimiter: str = ","
    end: str = "\n"
    quoted: bool = False

    @classmethod
    def read(cls, path: Path) -> "Table":
        """Read a table; the delimiter, quotes, ends of lines and encoding are those of the file."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise TableError(f"{path} cannot be read ({error.strerror})") from None
        text = text_of(content)
        delimiter = delimiter_of(text)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if not any(rows):
            raise TableError(f"{path} holds no table")
        first = text.lstrip().split("\n", 1)[0]
        return cls(
            rows,
            _encoding(content),
            delimiter,
            "\r\n" if "\r\n" in text else "\n",
            first.startswith('"') and first.count('"') >= 2 * len(rows[0]),
        )

    def content(self) -> bytes:
        """Return the file that holds the table."""
        text = io.StringIO(newline="")
        quoting = csv.QUOTE_ALL if self.quoted else csv.QUOTE_MINIMAL
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.end, quoting=quoting).writerows(
            self.rows
        )
        return text.getvalue().encode(self.encoding)


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


@dataclass(frozen=True)
class Layout:
    """Where an LMS's table has what: patterns for the names of its columns, whatever their case.

    `grade` names the columns of which one takes the points, `ids` those that tell whose a row is (the surest
    first), `name` those that together are a name, `comments` the column that takes words, `header` is the row
    with the names, and rows whose first cell fits `no_student` are nobody's.
    """

    lms: str
    ids: tuple[str, ...]
    grade: str
    name: tuple[str, ...] = ()
    comments: str = r"(?!)"
    header: int = 0
    no_student: str = r"(?!)"
    seen: str = ""


LAYOUTS = {
    each.lms: each
    for each in (
        Layout(
            "canvas",
            ("ID", "SIS Login ID", "SIS User ID"),
            r".+ \(\d+\)",
            ("Student",),
            no_student=r"\s*Points Possible|\s*|Student, Test|.*Student, Test.*",
            seen="the source of Canvas, lib/gradebook_exporter.rb",
        ),
        Layout(
            "moodle",
            ("Email address", "ID number", "Username"),
            r"Grade",
            ("Full name",),
            r"Feedback comments",
            seen="the source of Moodle, mod/assign/feedback/offline",
        ),
        Layout(
            "brightspace",
            ("OrgDefinedId", "Username"),
            r".+ Points Grade(?: <.*>)?",
            seen="D2L's help pages on importing grades",
        ),
        Layout(
            "blackboard",
            ("Username", "Student ID"),
            r".+\[Total Pts: .+\] ?\|\d+",
            ("Last Name", "First Name"),
            r"Feedback to Learner",
            seen="Blackboard's help pages on working offline",
        ),
        Layout(
            "sakai",
            ("ID", "Display ID"),
            r"grade",
            ("Last Name", "First Name"),
            header=2,
            seen="the source of Sakai, AssignmentAction.java",
        ),
        Layout(
            "ilias",
            ("login", "usr_id"),
            r"mark",
            ("lastname", "firstname"),
            r"comment",
            seen="the exercise status file of ILIAS at the university of Erlangen; ILIAS itself imports none",
        ),
    )
}


@dataclass(frozen=True)
class Filled:
    """What was written: who has a grade now, who has none and why, and the rows of people not in class."""

    graded: dict[str, str] = field(default_factory=dict)
    empty: dict[str, str] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)


def fill(
    table: Table,
    layout: Layout,
    roster: Roster,
    points: Mapping[str, float],
    why_none: Mapping[str, str],
    *,
    item: str = "",
    comments: Mapping[str, str] | None = None,
) -> Filled:
    """Put the points of each student of `points` into the table's column for `item`; nothing else changes.

    Who has no points keeps an empty cell, for the reason in `why_none`. Raises `TableError` where the table
    is not of this layout, or it is not clear which column is meant.
    """
    if len(table.rows) <= layout.header:
        raise TableError(f"the table has no row of names where {layout.lms} has one")
    names = [name.strip() for name in table.rows[layout.header]]
    column = _column(names, layout, item)
    words = next((place for place, name in enumerate(names) if _fits(layout.comments, name)), None)
    comma = _decimal_comma(table, layout, column)
    found = Filled()
    for row in table.rows[layout.header + 1 :]:
        if len(row) <= column or re.fullmatch(layout.no_student, row[0]):
            continue
        person = _whose(row, names, layout, roster)
        if person is None:
            found.strangers.append(" ".join(row[place] for place in _places(names, layout.name)) or row[0])
        elif person.id in points:
            row[column] = found.graded[person.id] = _number(points[person.id], comma=comma)
            if words is not None and words < len(row) and comments and person.id in comments:
                row[words] = comments[person.id]
        else:
            row[column] = ""
            found.empty[person.id] = why_none.get(person.id, "handed in nothing")
    return found


def _column(names: Sequence[str], layout: Layout, item: str) -> int:
    fitting = [place for place, name in enumerate(names) if _fits(layout.grade, name)]
    chosen = [place for place in fitting if item.casefold() in names[place].casefold()]
    if len(chosen) == 1:
        return chosen[0]
    there = ", ".join(repr(names[place]) for place in fitting) or "none"
    asked = f" called {item!r}" if item else ""
    raise TableError(
        f"the table has {len(chosen)} columns{asked} that could take the points; "
        f"say with --item which of: {there}"
    )


def _fits(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern, name, re.I) is not None


def _places(names: Sequence[str], wanted: Sequence[str]) -> Iterator[int]:
    lower = [name.casefold() for name in names]
    return (lower.index(name.casefold()) for name in wanted if name.casefold() in lower)


def _whose(row: Sequence[str], names: Sequence[str], layout: Layout, roster: Roster) -> Person | None:
    """Return whose a row is; nobody where two could be meant."""
    called = [row[place].lstrip("#") for place in _places(names, layout.ids) if place < len(row)]
    called.append(" ".join(row[place] for place in _places(names, layout.name) if place < len(row)))
    found = roster.whom(*called)
    return found[0] if len(found) == 1 else None


def _decimal_comma(table: Table, layout: Layout, column: int) -> bool:
    """Tell whether the table writes 7,5 for seven and a half."""
    cells = [cell for row in table.rows[layout.header + 1 :] for cell in row]
    if any(re.fullmatch(r"\d+\.\d+", cell) for cell in cells):
        return False
    return any(re.fullmatch(r"\d+,\d+", cell) for cell in cells) or table.delimiter == ";"


def _number(points: float, *, comma: bool) -> str:
    text = f"{points:.10g}"
    return text.replace(".", ",") if comma else text
