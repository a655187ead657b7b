"""The roster: who is who in a class, and which student an LMS means.

An LMS's own export of grades works as a roster, too: its columns are known by what they are called.
"""

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from autograder import CourseError

FILE = "roster.csv"
"""The roster's name in the class folder."""
COLUMNS_MEANT = {
    "id": ("id",),
    "login": ("sis login id", "username", "login", "display id", "student_id"),
    "lms_user_id": ("lms_user_id", "usr_id", "user_id"),
    "matriculation_number": (
        *("matriculation_number", "sis user id", "student id", "orgdefinedid", "id number", "sid"),
    ),
    "email": ("email", "email address", "e-mail"),
    "first_name": ("first_name", "first name", "firstname"),
    "last_name": ("last_name", "last name", "lastname", "surname"),
    "sorted": ("student",),
    "full": ("full name", "name"),
    "section": ("section", "sections"),
    "group": ("group",),
    "participant": ("identifier",),
    "time": (
        *("time", "timestamp", "submitted_at", "submission time", "submission date"),
        *("last modified (submission)",),
    ),
}
"""What the columns of rosters, and of the LMSs' exports, are called, in small letters."""
NOBODY = re.compile(r"student, ?test|test student|points possible|manual posting.*", re.I)
"""Rows of an export that are no student's."""
SUFFIX = re.compile(r",? (?:[JS]r\.?|I{2,3}|IV)$")
"""What follows a last name and is none."""
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})


class RosterError(CourseError):
    """A roster cannot be read; the message says where and what to do."""


@dataclass(frozen=True)
class Person:
    """One student.

    `id` names the folder in `submitted/`; the next four are nbgrader's own, the last three are ours. Only the
    id has to be there.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    section: str = ""
    group: str = ""
    matriculation_number: str = ""

    @property
    def name(self) -> str:
        """First and last name, or the id where there is neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


COLUMNS = [each.name for each in fields(Person)]
OURS = ("section", "group", "matriculation_number")
"""The columns that a roster need not have; nbgrader reads the others."""


@dataclass(frozen=True)
class Called:
    """What an LMS calls somebody, or a group.

    `user` is its own number for a person, `participant` one that holds for a single assignment; `logins` and
    `names` are what may be meant, the surest first.
    """

    user: str = ""
    participant: str = ""
    logins: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    email: str = ""

    def __str__(self) -> str:
        """Return how a person knows them."""
        known = [*self.names, *self.logins, self.email, self.user, self.participant]
        return next(filter(None, known), "somebody")


@dataclass(frozen=True)
class Row:
    """One row of a roster or an export: whom it is about, Moodle's number, and a time as it stands there.

    `by_id` tells that it is of a roster of ours, in which the id alone says whom it is about.
    """

    person: Person
    participant: str = ""
    time: str = ""
    line: int = 0
    by_id: bool = False


class Roster(Mapping[str, Person]):
    """The people of a class by their ids, and by whatever an LMS calls them."""

    def __init__(self, people: Iterable[Person] = (), participants: Mapping[str, str] | None = None) -> None:
        """Keep `people`, each of whom has an id of their own; `participants` are Moodle's numbers → ids."""
        self._people = {person.id: person for person in people}
        self._participants = dict(participants or {})
        self._sure, self._names, self._loose = {}, {}, {}
        for person in self._people.values():
            for called in _sure(person):
                self._sure.setdefault(called, set()).add(person.id)
            for name in _names(person):
                self._names.setdefault(plain(name), set()).add(person.id)
                for loose in _loose(name):
                    self._loose.setdefault(loose, set()).add(person.id)
        self._groups: dict[str, list[Person]] = {}
        for person in sorted(self._people.values(), key=lambda person: person.id):
            if plain(person.group):
                self._groups.setdefault(plain(person.group), []).append(person)
        self._users = {person.lms_user_id: person.id for person in self._people.values()}

    def __getitem__(self, id_: str) -> Person:
        """Return the person with an id."""
        return self._people[id_]

    def __iter__(self) -> Iterator[str]:
        """Yield the ids."""
        return iter(self._people)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._people)

    def whom(self, *called: str) -> list[Person]:
        """Return who may be meant by the first of these names, ids or addresses that means anybody."""
        for each in called:
            if found := self._exactly(each) or self.named(each):
                return found
        return []

    def named(self, name: str) -> list[Person]:
        """Return who may be called so, first as it is written, then as an LMS may have changed it."""
        key = plain(name)
        found = self._names.get(key) or self._loose.get(key) or self._loose.get(plain(_ascii(name)))
        return self._all(found or ()) if key else []

    def meant(self, called: Called) -> list[Person]:
        """Return who may be meant by what an LMS says; the first that means anybody counts."""
        if id_ := self._participants.get(called.participant):
            return [self._people[id_]]
        if found := self._user(called.user) or self._exactly(called.email):
            return found
        for login in called.logins:
            if found := [self._people[login]] if login in self._people else self._exactly(login):
                return found
        for name in called.names:
            if found := self.named(name):
                return found
        return []

    def _user(self, number: str) -> list[Person]:
        """Return who has this number in the LMS; somebody whose number there is another is not meant."""
        if number in self._users and number:
            return [self._people[self._users[number]]]
        person = self._people.get(number)
        return [person] if person and not person.lms_user_id else []

    def _exactly(self, called: str) -> list[Person]:
        return self._all(self._sure.get(called.strip().casefold(), ()) if called.strip() else ())

    def _all(self, ids: Iterable[str]) -> list[Person]:
        return [self._people[id_] for id_ in sorted(ids)]

    def group(self, name: str) -> list[Person]:
        """Return the members of a group, in the order of their ids; of none where it has no name."""
        return self._groups.get(plain(name), [])

    def groups(self) -> list[list[Person]]:
        """Return the groups of more than one, each with its members in the order of their ids."""
        return [members for members in self._groups.values() if len(members) > 1]

    def mates(self, id_: str) -> list[Person]:
        """Return all who hand in together with a student, the student among them, in order."""
        person = self.get(id_)
        return (self.group(person.group) or [person]) if person else []


def _sure(person: Person) -> set[str]:
    """Return what means a person in any case."""
    local = person.email.partition("@")[0]
    sure = [person.id, person.lms_user_id, person.email, local, person.matriculation_number]
    return {each.casefold() for each in sure if each}


def _names(person: Person) -> list[str]:
    first, last = person.first_name, person.last_name
    return [f"{first} {last}", f"{last} {first}"] if first or last else []


def _loose(name: str) -> set[str]:
    """Return a name as an LMS writes it that knows ASCII alone, or German."""
    small = unicodedata.normalize("NFC", name).casefold()
    ways = {plain(_ascii(name)), plain(small.translate(GERMAN)), plain(_underscored(small.translate(GERMAN)))}
    return ways - {""}


def _ascii(text: str) -> str:
    """Return what is left of a text when accents and then all other letters are dropped."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _underscored(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c if c.isascii() else "_" for c in bare)


def plain(text: str) -> str:
    """Return a name without what an LMS leaves out of it or writes in another way.

    Case, accents, apostrophes, blanks, commas, hyphens and dots tell nobody apart in a download's names.
    """
    bare = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w@]|_", "", "".join(c for c in bare if not unicodedata.combining(c)))


def read_roster(path: Path) -> Roster:
    """Return the roster in a file, or in an LMS's export.

    Raises `RosterError` where it has no ids, or one twice.
    """
    return merged(Roster(), read_rows(path))


def merged(roster: Roster, rows: Iterable[Row], *, add: bool = True) -> Roster:
    """Return a roster with these rows put in: who is there already is completed, the others `add`ed.

    A blank cell replaces nothing, and an LMS's export nothing that is known. A row of which it cannot be told
    whom it is about is passed over.
    """
    people, participants = {**roster}, {}
    for row in rows:
        person = row.person
        there = [] if row.by_id else _same(roster, person)
        if len(there) > 1 or not (there or person.id):
            continue
        id_ = there[0].id if there else person.id
        if not add and id_ not in roster:
            continue
        old = people.get(id_, Person(id_))
        said = {name: getattr(person, name) for name in COLUMNS[1:] if getattr(person, name)}
        known = {} if row.by_id else {name: getattr(old, name) for name in said if getattr(old, name)}
        people[id_] = replace(old, **(said | known))
        if row.participant:
            participants[row.participant] = id_
    return Roster(people.values(), roster._participants | participants)


def _same(roster: Roster, person: Person) -> list[Person]:
    """Return who of a roster a person may be: by id, else by address or number, else by name."""
    if person.id in roster:
        return [roster[person.id]]
    for sure in (person.email, person.matriculation_number):
        if found := roster._exactly(sure):
            return found
    if found := roster._user(person.lms_user_id):
        return found
    named = [each for name in _names(person)[:1] for each in roster.named(name)]
    return [each for each in named if not _contradicts(each, person)]


def _contradicts(one: Person, other: Person) -> bool:
    both = ((getattr(one, name), getattr(other, name)) for name in ("email", "lms_user_id"))
    return any(mine and theirs and mine.casefold() != theirs.casefold() for mine, theirs in both)


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a roster, of an LMS's export, or of a list of times; JSON from an LMS's API, too."""
    table = _table(path)
    head, start = _head(table, path)
    is_ours = "id" in map(str.strip, table[start] if table else [])
    rows = []
    for line, cells in enumerate(table[start + 1 :], start + 2):
        said = {name: cells[place].strip() for name, place in head.items() if place < len(cells)}
        if any(cells) and (row := _row(said, line, is_ours=is_ours)):
            rows.append(row)
    return _with_own_ids(rows, path, is_ours=is_ours)


def _table(path: Path) -> list[list[str]]:
    try:
        text = text_of(path.read_bytes())
    except OSError as error:
        raise RosterError(f"{path} cannot be read ({error.strerror})") from None
    if text.lstrip().startswith("["):
        return _from_json(text, path)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
    except csv.Error as error:
        raise RosterError(f"{path} is no table that can be read ({error})") from None


def _from_json(text: str, path: Path) -> list[list[str]]:
    try:
        found = json.loads(text)
        names = sorted({name for each in found for name in each})
        return [names, *([str(each.get(name) or "") for name in names] for each in found)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise RosterError(f"{path} begins like JSON and is no list of objects") from None


def _head(table: list[list[str]], path: Path) -> tuple[dict[str, int], int]:
    """Return which column holds what, and the row in which they are named."""
    for start, names in enumerate(table[:4]):
        lower = [name.strip().casefold() for name in names]
        head = {
            what: lower.index(name)
            for what, meant in COLUMNS_MEANT.items()
            for name in reversed(meant)
            if name in lower
        }
        if "id" in head and "id" not in map(str.strip, names):  # `ID`: Canvas's own number, Sakai's login
            head["login" if start else "lms_user_id"] = head.pop("id")
        some = head.keys() & {"login", "lms_user_id", "email", "participant", "full"}
        if "id" in head or (some and len(head) > 1):
            return head, start
    if head := _worksheet(table):
        return head, 0
    raise RosterError(
        f"{path} has no column id; a roster has id, first_name, last_name, email and lms_user_id, and may "
        "have section, group and matriculation_number. An LMS's own export of grades works as well, with "
        "the names of its columns in English"
    )


def _worksheet(table: list[list[str]]) -> dict[str, int]:
    """Return the columns of a Moodle worksheet in another language, by what stands in them."""
    rows = [row for row in table[1:] if any(row)]
    if not rows or not all(len(row) > 3 and re.fullmatch(r"[^\d@]{1,40}\d{1,12}", row[0]) for row in rows):
        return {}
    if 2 * len({row[1] for row in rows}) < len(rows):  # no names but something like a status: it is blind
        return {"participant": 0}
    mail = {place for row in rows for place, cell in enumerate(row) if re.fullmatch(r"[^\s@]+@[^\s@]+", cell)}
    return {"participant": 0, "full": 1} | ({"email": min(mail)} if mail else {})


def _row(said: dict[str, str], line: int, *, is_ours: bool) -> Row | None:
    """Return one row; None for those of an export that are nobody's."""
    first, last = said.get("first_name", ""), said.get("last_name", "")
    name = said.get("sorted", "") or said.get("full", "")
    if NOBODY.fullmatch(name.strip()) or said.get("login", "").endswith("_previewuser"):
        return None
    if not (first or last):
        first, last = _split(name, is_sorted=bool(said.get("sorted")))
    login = said.get("login", "").lstrip("#")
    mail = said.get("email", "") or (login if "@" in login else "")
    number = said.get("matriculation_number", "").lstrip("#")
    user = said.get("lms_user_id", "")
    id_ = said.get("id", "") if is_ours else login or mail.partition("@")[0] or number or user
    if not is_ours and not (id_ or name or said.get("participant")):
        return None
    section, group = said.get("section", ""), said.get("group", "")
    person = Person(id_, first, last, mail, user, section, group, number)
    identifier = re.search(r"(\d{1,12})\s*$", said.get("participant", ""))
    return Row(person, identifier[1] if identifier else "", said.get("time", ""), line, is_ours)


def _split(name: str, *, is_sorted: bool) -> tuple[str, str]:
    """Return first and last name of `Last, First`, or of `First Last` and `First Last, Jr.`."""
    front, suffix = (name, "") if is_sorted else _without_suffix(name)
    if is_sorted or ", " in front:
        last, _, first = front.rpartition(", ")
        return (first, last + suffix) if last else ("", first)
    first, _, last = front.rpartition(" ")
    return first, last + suffix


def _without_suffix(name: str) -> tuple[str, str]:
    found = SUFFIX.search(name)
    return (name[: found.start()], found[0]) if found else (name, "")


def _with_own_ids(rows: list[Row], path: Path, *, is_ours: bool) -> list[Row]:
    """Return the rows with ids that are nobody else's. Raises `RosterError` where a roster has none."""
    count = Counter(row.person.id for row in rows)
    for place, row in enumerate(rows):
        id_ = row.person.id
        if is_ours and not id_:
            raise RosterError(f"{path}, line {row.line}: a student has no id")
        if is_ours and count[id_] > 1 and any(each.person.id == id_ for each in rows[:place]):
            raise RosterError(f"{path}, line {row.line}: the id {id_!r} is there twice")
        if not is_ours and count[id_] > 1 and id_ == row.person.email.partition("@")[0]:
            rows[place] = replace(row, person=replace(row.person, id=row.person.email))
    return rows


def content(roster: Roster, old: Path) -> str:
    """Return `roster` as the text of a file, with whatever other columns the file `old` has."""
    table = _table(old) if old.is_file() else []
    names = [name.strip() for name in table[0]] if table else []
    if table and "id" not in names:
        raise RosterError(
            f"{old} is an LMS's own export, which nothing is added to; move it away, and give it with "
            "--roster first"
        )
    wanted = [name for name in COLUMNS if name not in OURS or any(getattr(p, name) for p in roster.values())]
    names = names + [name for name in wanted if name not in names]
    rows = [dict(zip(names, row, strict=False)) for row in table[1:]]
    kept = {row.get("id", "").strip(): row for row in rows}
    text = io.StringIO(newline="")
    written = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    written.writeheader()
    for person in roster.values():
        facts = {name: getattr(person, name) for name in COLUMNS}
        written.writerow(kept.get(person.id, {}) | facts)
    return text.getvalue()


def text_of(content: bytes) -> str:
    """Return the text of a file by its byte-order mark, else as UTF-8, else as Windows writes it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def delimiter_of(text: str) -> str:
    """Return what separates the columns of a table: what its first line has most of."""
    first = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=first.count)
