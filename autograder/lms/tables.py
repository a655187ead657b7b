"""An LMS's own table of grades: read as it was exported, written back with nothing but its grades changed.

Every byte of a file outside the cells that are filled stays: encoding, byte-order mark, delimiter, quotes and
ends of lines are those of the export.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import CourseError
from autograder.lms.roster import Person, Roster

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
"""The byte-order marks of the encodings that have one."""
WITHOUT_MARK = ("utf-8", "cp1252", "latin-1")
"""What a file without a mark may be in; the last reads any."""
QUOTED = r'"(?:[^"]|"")*"'
"""A cell between quotation marks."""
EXCUSED = "EX"
"""What Canvas writes for somebody who need not hand in; no points replace it."""


class TableError(CourseError):
    """A table of grades cannot be filled; the message says why and what to do."""


@dataclass
class Table:
    """A table as a file holds it.

    `rows` are its cells as a reader of CSV sees them; `put` changes one of them in the file, too.
    """

    text: str
    delimiter: str
    encoding: str = "utf-8"
    mark: bytes = b""
    rows: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find the cells."""
        self._places: list[list[tuple[int, int]]] = []
        self._new: dict[tuple[int, int], str] = {}
        for row in _cells(self.text, self.delimiter):
            self._places.append(row)
            self.rows.append([_value(self.text[start:end]) for start, end in row])

    @classmethod
    def read(cls, path: Path) -> "Table":
        """Read a table. Raises `TableError` where the file cannot be read or holds none."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise TableError(f"{path} cannot be read ({error.strerror})") from None
        mark, encoding = next(((m, e) for m, e in MARKS if content.startswith(m)), (b"", ""))
        try:
            text, encoding = _decoded(content.removeprefix(mark), encoding)
        except TableError as error:
            raise TableError(f"{path}: {error}") from None
        if "\0" in text:
            raise TableError(f"{path} is no CSV file; export the table as CSV, or save it as CSV")
        if not text.strip():
            raise TableError(f"{path} is empty; export the table again")
        try:
            return cls(text, _delimiter(text), encoding, mark)
        except TableError as error:
            raise TableError(f"{path}: {error}") from None

    def put(self, row: int, column: int, value: str) -> None:
        """Write a cell; it stays between quotation marks where it is, and gets some where it needs them."""
        start, end = self._places[row][column]
        must = re.search(rf'["\r\n{re.escape(self.delimiter)}]', value)
        quoted = must or self.text[start:end].startswith('"')
        self._new[start, end] = '"{}"'.format(value.replace('"', '""')) if quoted else value
        self.rows[row][column] = value

    def without(self, rows: set[int]) -> bytes:
        """Return the file, as it was read, without these rows."""
        starts = [row[0][0] for row in self._places] + [len(self.text)]
        kept = [self.text[starts[row] : starts[row + 1]] for row in range(len(self.rows)) if row not in rows]
        return self.mark + "".join([self.text[: starts[0]], *kept]).encode(self.encoding)

    def content(self) -> bytes:
        """Return the file with what was put into it."""
        parts, here = [], 0
        for (start, end), new in sorted(self._new.items()):
            parts += [self.text[here:start], new]
            here = end
        return self.mark + "".join([*parts, self.text[here:]]).encode(self.encoding)


def _decoded(content: bytes, encoding: str) -> tuple[str, str]:
    for each in [encoding] if encoding else WITHOUT_MARK:
        try:
            return content.decode(each), each
        except UnicodeDecodeError:
            continue
    raise TableError("the file is damaged: its text breaks off within a character; export it again")


def _delimiter(text: str) -> str:
    """Return what separates the columns: what the first lines have most of, outside quotation marks."""
    first = "".join(re.sub(QUOTED, "", text.lstrip("\r\n")).splitlines()[:4])
    return max(",;\t", key=first.count)


def _cells(text: str, delimiter: str) -> Iterator[list[tuple[int, int]]]:
    """Yield for each row where in the text its cells stand."""
    rest = rf"[^{re.escape(delimiter)}\r\n]*"
    cell = re.compile(rf"(?:{QUOTED})?{rest}")
    end_of_line = re.compile(r"\r\n|\r|\n")
    row, here = [], 0
    while True:
        match = cell.match(text, here)
        if text.startswith('"', here) and not re.match(r'"[^"]*"', text[here : match.end()]):
            raise TableError(f"a quotation mark in line {text.count(chr(10), 0, here) + 1} is not closed")
        row.append(match.span())
        here = match.end()
        if text.startswith(delimiter, here):
            here += 1
            continue
        yield row
        row = []
        ended = end_of_line.match(text, here)
        if ended is None or ended.end() == len(text):
            return
        here = ended.end()


def _value(written: str) -> str:
    match = re.match(QUOTED, written)
    return written if match is None else match[0][1:-1].replace('""', '"') + written[match.end() :]


@dataclass(frozen=True)
class Layout:
    """Where an LMS's table has what: names of its columns, whatever their case.

    One of the columns that `grade` fits takes the points. `ids` tell whose a row is, `names` together are a
    name, `number` holds the number that also stands in the names of a download, where `in_key` finds it.
    `place` and `number_place` say where both are if the names of the columns, in the row `header`, are in
    another language. `most` finds the highest points in the name of a column; elsewhere a row (`most_row`) or
    the next column states them, and `above` says what becomes of more. Rows whose first cell fits `nobody`
    are no student's.
    """

    lms: str
    ids: tuple[str, ...]
    grade: str
    names: tuple[str, ...] = ()
    number: str = ""
    in_key: str = r"(?!)"
    number_place: int | None = None
    place: int = -1
    header: int = 0
    most: str = r"(?!)"
    most_row: str = r"(?!)"
    most_is_next: bool = False
    nobody: str = r"(?!)"
    above: str = ""
    seen: str = ""


LAYOUTS = {
    each.lms: each
    for each in (
        Layout(
            "canvas",
            ("SIS Login ID", "SIS User ID", "Integration ID"),
            r".+ \(\d+\)",
            ("Student", "FirstName", "LastName"),
            number="ID",
            in_key=r"(?!.*\banon_)(?!LATE_anon_).*_(\d+)_\d+_$",
            most_row=r"\s*Points Possible\s*",
            nobody=r"\s*Points Possible\s*|\s*|Student, Test",
            seen="the source of Canvas, lib/gradebook_exporter.rb and lib/gradebook_importer.rb",
        ),
        Layout(
            "moodle",
            ("Email address", "ID number", "Username"),
            r"Grade|Bewertung|Note|Calificación|Valutazione|Voto|Nota|Cijfer|Betyg",
            ("Full name",),
            number="Identifier",
            in_key=r".*?_(\d+)_assign\w+$",
            number_place=0,
            most_is_next=True,
            above="Moodle passes such rows over",
            seen="the source of Moodle, mod/assign/feedback/offline; columns from its language packs",
        ),
        Layout(
            "brightspace",
            ("OrgDefinedId", "Username", "Email"),
            r".+ Points Grade(?: <.*>)?",
            ("First Name", "Last Name"),
            most=r"MaxPoints:\s*([\d.,]+)",
            above="Brightspace caps them unless the item can exceed",
            seen="D2L's help pages on importing grades",
        ),
        Layout(
            "blackboard",
            ("Username", "Student ID"),
            r".+\[Total Pts: (?!up to).+\] ?\|\d+",
            ("First Name", "Last Name"),
            most=r"Total Pts:\s*([\d.,]+)",
            seen="Blackboard's help pages on working offline, and public programs that read its files",
        ),
        Layout(
            "sakai",
            ("Display ID",),
            r"grade",
            ("First Name", "Last Name"),
            number="ID",
            in_key=r".*\(([^()]+)\)$",
            number_place=1,
            place=4,
            header=2,
            seen="the source of Sakai, AssignmentAction.java",
        ),
        Layout(
            "ilias",
            ("login",),
            r"mark",
            ("firstname", "lastname"),
            number="usr_id",
            in_key=r".*_(\d+)$",
            seen="the status file of a patch made in Erlangen; ILIAS itself imports no marks",
        ),
        Layout("plain", ("id", "student_id", "email"), r"points|score|grade", ("first_name", "last_name")),
    )
}
"""The tables that are known; those of other LMS's are filled as `plain`, with the columns named."""


@dataclass(frozen=True)
class Whose:
    """Whose the rows of a table are: row → id, student → number in the LMS, and what nobody is meant by."""

    rows: Mapping[int, str]
    numbers: Mapping[str, str]
    strangers: Sequence[str]


def whose(
    table: Table, layout: Layout, roster: Roster, keys: Mapping[str, str], *, id_column: str = ""
) -> Whose:
    """Find whose each row is, by the roster and by the `keys` under which the hand-ins were downloaded.

    A row is somebody's where everything in it that means anybody means them. Raises `TableError` where the
    table has no column that could tell.
    """
    header = _header(table, layout)
    number = _find(header, layout.number)
    number = layout.number_place if number is None else number
    known = _by_number(keys, layout)
    ids = [_named(header, id_column)] if id_column else _telling(table, layout, roster, known)
    rows, numbers, strangers = {}, {}, []
    for place, row in enumerate(table.rows[layout.header + 1 :], layout.header + 1):
        digits = _number_in(row, number, layout)
        found = _meant(row, ids, _name(header, row, layout) if not id_column else "", roster)
        if digits in known and not id_column:
            found.append({known[digits]})
        meant = set.intersection(*found) if found else set()
        if len(meant) == 1:
            student = meant.pop()
            rows[place] = student
            numbers[student] = digits
        elif any(cell.strip() for cell in row) and not re.fullmatch(layout.nobody, row[0]):
            who = " or ".join(sorted(set.union(*found))) if found else ""
            strangers.append(_shown(row, header, layout) + (f" (could be {who})" if who else ""))
    return Whose(rows, {student: each for student, each in numbers.items() if each}, strangers)


def _header(table: Table, layout: Layout) -> list[str]:
    if len(table.rows) <= layout.header:
        raise TableError(f"there is no row with the names of the columns, which {layout.lms} has")
    return [name.strip() for name in table.rows[layout.header]]


def _find(header: Sequence[str], name: str) -> int | None:
    lower = [each.casefold() for each in header]
    return lower.index(name.casefold()) if name and name.casefold() in lower else None


def _named(header: Sequence[str], name: str) -> int:
    found = _find(header, name)
    if found is None:
        raise TableError(f"there is no column {name!r}; there are: {', '.join(map(repr, header))}")
    return found


def _telling(table: Table, layout: Layout, roster: Roster, known: Mapping[str, str]) -> list[int]:
    """Return the columns that tell whose a row is: by their names, else by what stands in them."""
    header = _header(table, layout)
    wanted = [*layout.ids, layout.number]
    found = [place for name in wanted if (place := _find(header, name)) is not None]
    if found or any(_find(header, name) is not None for name in layout.names):
        return found
    rows = table.rows[layout.header + 1 :]
    for place in range(len(header)):  # the names are in another language
        meant = [roster.whom(row[place]) for row in rows if place < len(row)]
        sure = {people[0].id for people in meant if len(people) == 1}
        if len(sure) > 1 and 2 * len(sure) >= min(len(rows), len(roster)):
            found.append(place)
    if not found and not known:
        raise TableError(
            "no column tells whose a row is; say with --id-column which holds the ids, logins or addresses "
            f"of the roster; there are: {', '.join(map(repr, header))}"
        )
    return found


def _by_number(keys: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """Return whom the numbers in downloaded names mean; a group's number means none of its members."""
    found = [(match[1], student) for student, key in keys.items() if (match := re.match(layout.in_key, key))]
    times = Counter(number for number, _ in found)
    return {number: student for number, student in found if times[number] == 1}


def number_in(key: str, layout: Layout) -> str:
    """Return the number of a person, or of a group, in a downloaded name, '' where there is none."""
    match = re.match(layout.in_key, key)
    return match[1] if match else ""


def _number_in(row: Sequence[str], place: int | None, layout: Layout) -> str:
    """Return the number in a cell, which Moodle writes behind a word."""
    if place is None or place >= len(row):
        return ""
    if layout.lms != "moodle":
        return row[place].strip()
    match = re.search(r"(?<!\d)(\d+)\s*$", row[place])
    return match[1] if match else ""


def _meant(row: Sequence[str], ids: Iterable[int], name: str, roster: Roster) -> list[set[str]]:
    """Return for each cell that means anybody whom it may mean; a name counts where it does not decide."""
    called = [row[place].strip().lstrip("#") for place in ids if place < len(row)]
    found = [_ids(roster.whom(each)) for each in [*called, name] if each]
    return [each for each in found if each]


def _ids(people: Iterable[Person]) -> set[str]:
    return {person.id for person in people}


def _name(header: Sequence[str], row: Sequence[str], layout: Layout) -> str:
    places = (_find(header, name) for name in layout.names)
    return " ".join(row[place] for place in places if place is not None and place < len(row))


def _shown(row: Sequence[str], header: Sequence[str], layout: Layout) -> str:
    return _name(header, row, layout).strip() or " ".join(cell for cell in row[:2] if cell.strip()) or "?"


@dataclass(frozen=True)
class Filled:
    """What was put into `column`, by student; `kept` are cells that held something and have no points."""

    column: str
    graded: Mapping[str, str]
    kept: Mapping[str, str]
    most: frozenset[float]


def fill(
    table: Table,
    layout: Layout,
    rows: Mapping[int, str],
    points: Mapping[str, float],
    *,
    item: str = "",
    titles: Sequence[str] = (),
) -> Filled:
    """Put the points of the students whose `rows` these are into the column for `item`; nothing else changes.

    Where no item is named, it is the only column that takes points, or the only one that is called by one of
    `titles`. Who has no points keeps their cell. Raises `TableError` where it is not clear which column is
    meant.
    """
    header = _header(table, layout)
    column = _column(header, layout, item, titles)
    comma = _decimal_comma(table, layout, column)
    graded, kept = {}, {}
    for place, student in rows.items():
        old = table.rows[place][column].strip() if column < len(table.rows[place]) else None
        if old is None:
            raise TableError(f"the row of {student} ends before the column {header[column]!r}")
        if student not in points or old == EXCUSED:
            if old:
                kept[student] = old
            continue
        if _float(old) != points[student]:
            table.put(place, column, _written(points[student], comma=comma))
        graded[student] = table.rows[place][column]
    return Filled(header[column], graded, kept, _most(table, layout, column, rows))


def _column(header: Sequence[str], layout: Layout, item: str, titles: Sequence[str]) -> int:
    fitting = [place for place, name in enumerate(header) if re.fullmatch(layout.grade, name, re.I)]
    if not item and not fitting and 0 <= layout.place < len(header):
        return layout.place
    for called in [[item]] if item else [list(titles), [""]]:
        chosen = _called(header, fitting, called)
        if len(chosen) == 1:
            return chosen[0]
    there = ", ".join(repr(header[place]) for place in fitting or range(len(header)))
    how_many = "several columns" if chosen else "no column"
    asked = f" called {item!r}" if item else ""
    raise TableError(f"{how_many}{asked} could take the points; say with --item which of: {there}")


def _called(header: Sequence[str], fitting: Sequence[int], called: Sequence[str]) -> list[int]:
    """Return the columns of a name: of this very one, else those of the fitting ones that hold it."""
    lower = [each.casefold() for each in called]
    if exact := [place for place, name in enumerate(header) if name.casefold() in lower]:
        return exact
    titles = {place: _title(header[place]) for place in fitting}
    if exact := [place for place, title in titles.items() if title in lower]:
        return exact
    return [place for place in fitting if any(each in header[place].casefold() for each in lower)]


def _title(name: str) -> str:
    """Return the title of an item without what the LMS puts behind it."""
    return re.sub(r" \(\d+\)$| Points Grade.*$|\s*\[Total Pts: .*$", "", name).strip().casefold()


def _float(text: str) -> float | None:
    """Return the number in a cell, whichever decimal sign it has."""
    match = re.fullmatch(r"(\d[\d.,\s]*?)(?:[.,](\d+))?", text.strip())
    return float(re.sub(r"\D", "", match[1]) + f".{match[2] or 0}") if match else None


def _most(table: Table, layout: Layout, column: int, rows: Mapping[int, str]) -> frozenset[float]:
    """Return the highest points that the table itself states for a column."""
    if match := re.search(layout.most, table.rows[layout.header][column]):
        stated = [match[1]]
    elif layout.most_is_next:
        stated = [table.rows[place][column + 1] for place in rows if column + 1 < len(table.rows[place])]
    else:
        stated = [
            row[column]
            for row in table.rows[layout.header + 1 :]
            if column < len(row) and re.fullmatch(layout.most_row, row[0])
        ]
    return frozenset(number for text in stated if (number := _float(text)) is not None)


def _decimal_comma(table: Table, layout: Layout, column: int) -> bool:
    """Tell whether the table writes 7,5 for seven and a half: in this column, else beside it, else at all."""
    rows = table.rows[layout.header + 1 :]
    for places in ((column,), (column + 1,), range(len(table.rows[layout.header]))):
        cells = [row[place].strip() for row in rows for place in places if place < len(row)]
        commas = sum(re.fullmatch(r"[\d.]*\d,\d+", cell) is not None for cell in cells)
        dots = sum(re.fullmatch(r"[\d,]*\d\.\d+", cell) is not None for cell in cells)
        if commas != dots:
            return commas > dots
    return table.delimiter == ";"


def _written(points: float, *, comma: bool) -> str:
    text = f"{points:.10g}"
    return text.replace(".", ",") if comma else text
