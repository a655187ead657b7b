"""The roster: who is who in a class, and which student an LMS means."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from autograder import CourseError

FILE = "roster.csv"
"""The roster's name in the class folder."""


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


class Roster(Mapping[str, Person]):
    """The people of a class by their ids, and by whatever an LMS calls them."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        """Keep `people`, each of whom has an id of their own."""
        self._people = {person.id: person for person in people}
        self._known: dict[str, set[str]] = {}
        for person in self._people.values():
            for called in _called(person):
                self._known.setdefault(called, set()).add(person.id)

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
            if found := self._known.get(plain(each)):
                return [self._people[id_] for id_ in sorted(found)]
        return []


def _called(person: Person) -> set[str]:
    """Return everything that an LMS may call a person, as `plain` writes it."""
    first, last = person.first_name, person.last_name
    names = [f"{first} {last}", f"{last} {first}"] if first or last else []
    sure = [person.id, person.lms_user_id, person.email, person.email.partition("@")[0]]
    return {plain(each) for each in [*sure, *names, person.matriculation_number] if plain(each)}


def plain(text: str) -> str:
    """Return a name without what an LMS leaves out of it or writes in another way.

    Case, accents, apostrophes, blanks, commas, hyphens and dots tell nobody apart in a download's names.
    """
    bare = unicodedata.normalize("NFKD", text.casefold()).replace("ß", "ss")
    return re.sub(r"[^\w@]|_", "", "".join(c for c in bare if not unicodedata.combining(c)))


def read_roster(path: Path) -> Roster:
    """Return the roster in a file. Raises `RosterError` where it has no ids, or one twice."""
    rows = rows_of(path)
    if rows and "id" not in rows[0]:
        raise RosterError(
            f"{path} has no column id; a roster has id, first_name, last_name, email and lms_user_id, "
            "and may have section, group and matriculation_number"
        )
    people: dict[str, Person] = {}
    for line, row in enumerate(rows, 2):
        person = Person(**{name: (row.get(name) or "").strip() for name in COLUMNS})
        if not person.id:
            raise RosterError(f"{path}, line {line}: a student has no id")
        if person.id in people:
            raise RosterError(f"{path}, line {line}: the id {person.id!r} is there twice")
        people[person.id] = person
    return Roster(people.values())


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, whatever delimiter and encoding a spreadsheet has left in it."""
    try:
        text = text_of(path.read_bytes())
    except OSError as error:
        raise RosterError(f"{path} cannot be read ({error.strerror})") from None
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))


def text_of(content: bytes) -> str:
    """Return the text of a file by its byte-order mark, else as UTF-8, else as Windows writes it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def delimiter_of(text: str) -> str:
    """Return what separates the columns of a table: what its first line has most of."""
    first = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=first.count)
