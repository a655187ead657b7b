"""Hand-ins: the attempts of people and groups that a download holds, with what the LMS says of each."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from autograder import CourseError
from autograder.lms.download import Download
from autograder.lms.forms import (
    ABOUT,
    FILE,
    MEMBERS,
    METADATA,
    MOST_OF_A_PATH,
    OWN,
    TIME,
    Entry,
    Form,
    FormError,
    blackboard_text,
    gradescope_submissions,
    recognise,
    sakai_members,
    sakai_time,
)
from autograder.lms.roster import Called, Roster, RosterError, Row
from autograder.running.printing import printable

MOST_METADATA = 200
"""How many megabytes an LMS's own file on a whole class may have."""
FORMS_OF_A_TIME = [
    *["%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%d %B %Y, %I:%M %p", "%d %B %Y, %H:%M"],
    *["%A, %B %d, %Y, %I:%M %p", "%B %d, %Y, %I:%M %p"],
]
"""How Moodle writes a time in English; ISO 8601 is read in any case."""


class HandInError(CourseError):
    """A download or a list of times cannot be understood; the message says why and what to do."""


@dataclass(frozen=True)
class HandIn:
    """One attempt of a person or a group, as a download holds it; `place` counts the downloads."""

    download: Download
    place: int
    lms: str
    owner: str
    called: tuple[Called, ...]
    entries: tuple[Entry, ...]
    typed: str = ""
    when: datetime | None = None
    late: bool = False

    @property
    def key(self) -> str:
        """What the LMS wants to see again on what is given back."""
        return next((entry.key for entry in self.entries if entry.key), "")

    def __str__(self) -> str:
        """Return how a person knows it."""
        return printable(" and ".join(map(str, self.called)))


def hand_ins(
    download: Download,
    place: int,
    forms: Sequence[Form],
    roster: Roster,
    zone: ZoneInfo | None,
    unrecognised: list[tuple[str, str]],
) -> list[HandIn]:
    """Return what a download holds; what belongs to nobody is put into `unrecognised`, with the reason."""
    unrecognised += download.refused.items()
    try:
        known = {*roster, *(person.group for person in roster.values() if person.group)}
        found = recognise(download.paths, forms, known)
        people = _submitters(download, found.form)
    except FormError as error:
        raise HandInError(f"{download.path}: {error}") from None
    for path in found.strange:
        is_long = len(path) > MOST_OF_A_PATH
        why = f"its path has more than {MOST_OF_A_PATH} characters" if is_long else "is named otherwise"
        unrecognised.append((path, why))
    if zone is None and any(entry.when and entry.when.tzinfo is None for entry in found.entries):
        raise HandInError(
            f"{download.path} tells local times and not of which zone; say it with --timezone, for example "
            "--timezone Europe/Berlin"
        )
    attempts: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in found.entries:
        if entry.kind != OWN:
            attempts[entry.owner, entry.attempt].append(entry)
    return [_hand_in(download, place, found.form.lms, entries, people, zone) for entries in attempts.values()]


def _submitters(download: Download, form: Form) -> Mapping[str, tuple[list[Called], datetime | None]]:
    """Return who has handed in what, where the LMS says so in a file of its own."""
    if form.lms != "gradescope":
        return {}
    for path in download.paths:
        if PurePosixPath(path).name == METADATA:
            metadata = download.read(path, MOST_METADATA)
            if isinstance(metadata, str):
                raise FormError(f"its {METADATA} {metadata}")
            return gradescope_submissions(metadata)
    raise FormError(f"there is no {METADATA} in it, which says who has handed in what")


def _hand_in(
    download: Download,
    place: int,
    lms: str,
    entries: list[Entry],
    people: Mapping[str, tuple[list[Called], datetime | None]],
    zone: ZoneInfo | None,
) -> HandIn:
    """Return one attempt, with what the LMS's own files beside it say of it."""
    first, typed = entries[0], ""
    called, when = people.get(first.key, ([first.called], _in_utc(first.when, zone)))
    for entry in entries:
        if entry.kind == FILE:
            continue
        text = download.read(entry.path, 1)
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else ""
        if entry.kind == TIME:
            when = sakai_time(text)
        elif entry.kind == MEMBERS:
            called = sakai_members(text) or called
        elif entry.kind == ABOUT:
            said, typed = blackboard_text(text)
            called = [said] if said else called
    files = tuple(entry for entry in entries if entry.kind == FILE)
    late = any(entry.late for entry in entries)
    return HandIn(download, place, lms, first.owner, tuple(called), files, typed, when, late)


def _in_utc(when: datetime | None, zone: ZoneInfo | None) -> datetime | None:
    """Return a time in UTC without a zone, as nbgrader holds it."""
    if when is None:
        return None
    try:
        return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # in the year 1 or 9999
        return None


def times(
    rows: Iterable[Row], roster: Roster, zone: ZoneInfo | None, path: Path | None
) -> dict[str, datetime]:
    """Return when each student has handed in, by an LMS's export of times."""
    found = {}
    for row in rows:
        people = roster.meant(Called(participant=row.participant)) or roster.whom(
            row.person.id, row.person.email, row.person.matriculation_number, row.person.name
        )
        when = _time(row, zone, path)
        if when is not None and len(people) == 1:
            found[people[0].id] = when
    if path and not found:
        raise RosterError(
            f"{path} tells no time of anybody who is known; it needs a column id, and one that is called "
            "time, timestamp, or as the LMS calls it"
        )
    return found


def _time(row: Row, zone: ZoneInfo | None, path: Path | None) -> datetime | None:
    text = re.sub(r" (UTC|[+-]\d\d:?\d\d)$", r"\1", row.time.strip()).replace("UTC", "Z")
    if text in ("", "-"):
        return None
    when = _iso(text) or next(filter(None, (_written(text, form) for form in FORMS_OF_A_TIME)), None)
    if when is None:
        raise RosterError(
            f"{path}, line {row.line}: {row.time[:60]!r} is no time that can be read; ISO 8601 is, and "
            "Moodle's in English"
        )
    if when.tzinfo is None and zone is None:
        raise HandInError(
            f"{path} tells local times and not of which zone; say it with --timezone, for example "
            "--timezone Europe/Berlin"
        )
    return _in_utc(when, zone)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _written(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None
