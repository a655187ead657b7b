"""Collect: an LMS's download → who handed in what, and when → `submitted/`, the earlier ones → `received/`.

Nothing that was handed in is overwritten: what stood in `submitted/` before is kept, and the same download
again changes nothing.
"""

import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from autograder import CourseError
from autograder.classroom import record
from autograder.classroom.course import Course
from autograder.classroom.gradebook import extensions, released_notebook
from autograder.classroom.keeping import CHANGES, alone, write_whole
from autograder.classroom.names import why_no_folder
from autograder.lms.download import Download, opened
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
from autograder.lms.roster import FILE as ROSTER
from autograder.lms.roster import Called, Person, Roster, RosterError, Row, content, merged, read_rows
from autograder.running.archive import unpacked
from autograder.running.printing import printable
from autograder.running.reading import UnreadableError
from autograder.running.submissions import (
    MOST_FILES,
    TIMESTAMP,
    BadTimestampError,
    LinkedFolderError,
    is_made_by_nobody,
    read,
)

RECEIVED = "received"
"""The folder in the class folder that keeps what was handed in before; `grade` never reads it."""
SET_ASIDE = "timestamp-of-the-student.txt"
"""What a `timestamp.txt` of a student's own is called from then on."""
TYPED = "submission_text.html"
MOST_ZIPS_DEEP = 3
"""How many archives within each other are opened."""
MOST_BYTES_OF_A_PATH, MOST_BYTES_OF_A_NAME = 1000, 255
MOST_METADATA = 200
"""How many megabytes an LMS's own file on a whole class may have."""
FORMS_OF_A_TIME = [
    *["%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%d %B %Y, %I:%M %p", "%d %B %Y, %H:%M"],
    *["%A, %B %d, %Y, %I:%M %p", "%B %d, %Y, %I:%M %p"],
]
"""How Moodle writes a time in English; ISO 8601 is read in any case."""


class CollectError(CourseError):
    """Nothing could be collected; the message says why and what to do."""


class State(StrEnum):
    """What became of a student's hand-in."""

    TAKEN = "taken"
    REPLACED = "replaced an earlier one"
    UNCHANGED = "unchanged"
    TIMED = "only its time is new"
    LEFT = "left as it is"


@dataclass(frozen=True)
class Options:
    """What a person asks for: `lms` is '' where the names shall say it, `attempt` is first or latest."""

    lms: str = ""
    roster: Path | None = None
    times: Path | None = None
    timezone: str = ""
    attempt: str = "latest"
    dry_run: bool = False


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


@dataclass(frozen=True)
class Outcome:
    """What became of one student's hand-in, why, and what is to be said of its files.

    `late` says in words by how much, '' where it is not.
    """

    student: str
    state: State
    late: str = ""
    said: tuple[str, ...] = ()


@dataclass
class Plan:
    """What is to be put where: the hand-in that counts for each student, and what belongs to nobody."""

    course: Course
    assignment: str
    roster: Roster
    is_new_roster: bool
    dry_run: bool
    chosen: dict[str, HandIn] = field(default_factory=dict)
    when: dict[str, datetime | None] = field(default_factory=dict)
    unrecognised: list[tuple[str, str]] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """Who of the roster has handed in nothing, now or before."""
        return [
            each
            for each in self.roster
            if each not in self.chosen and not self.course.has_from(each, self.assignment)
        ]

    @cached_property
    def _due(self) -> tuple[datetime | None, dict[str, datetime]]:
        with self.course.gradebook() as gradebook:
            due = released_notebook(gradebook, self.assignment).assignment.duedate
            return due, extensions(gradebook, self.assignment)

    def late(self, student: str) -> str:
        """Return in words how late a student's hand-in is, '' where it is not."""
        due, until = self._due
        when, limit = self.when[student], until.get(student, due)
        if when is not None and limit is not None:
            hours = (when - limit).total_seconds() / 3600
            return f"{hours:.1f} hours after it was due" if hours > 0 else ""
        return "marked late by the LMS, which costs nothing" if self.chosen[student].late else ""


@contextmanager
def planned(assignment: str, course: Course, archives: Sequence[Path], options: Options) -> Iterator[Plan]:
    """Open the downloads and find out what counts for whom.

    Raises `CollectError` where that cannot be told, and what the roster and the downloads raise.
    """
    if reason := course.why_unreleased(assignment):
        raise CollectError(reason)
    zone, before = _zone(options.timezone), course.roster()
    rows = read_rows(options.roster) if options.roster else []
    roster = merged(before, rows)
    times = read_rows(options.times) if options.times else []
    known = merged(roster, times, add=False)  # Moodle's numbers stand beside its times
    plan = Plan(course, assignment, roster, {**roster} != {**before}, options.dry_run)
    forms = _forms(course, options.lms)
    with ExitStack() as stack:
        found: list[HandIn] = []
        for place, path in enumerate(archives):
            found += _read(stack.enter_context(opened(path)), place, forms, known, zone, plan.unrecognised)
        _choose(plan, found, known, _times(times, known, zone, options.times), options.attempt)
        yield plan


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):
        raise CollectError(f"there is no time zone {name!r}; one is called like Europe/Berlin") from None


def _forms(course: Course, lms: str) -> Sequence[Form]:
    forms = course.forms()
    chosen = [form for form in forms if lms in ("", form.lms)]
    if not chosen:
        raise CollectError(f"there is no LMS {lms!r}; say one of {', '.join(form.lms for form in forms)}")
    return chosen


def _read(
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
        raise CollectError(f"{download.path}: {error}") from None
    for path in found.strange:
        is_long = len(path) > MOST_OF_A_PATH
        why = f"its path has more than {MOST_OF_A_PATH} characters" if is_long else "is named otherwise"
        unrecognised.append((path, why))
    if zone is None and any(entry.when and entry.when.tzinfo is None for entry in found.entries):
        raise CollectError(
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
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)


def _times(
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
        raise CollectError(
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


def _choose(
    plan: Plan, found: Sequence[HandIn], roster: Roster, times: Mapping[str, datetime], attempt: str
) -> None:
    """Put the hand-in that counts for each student into the plan."""
    claims: dict[str, list[tuple[HandIn, datetime | None]]] = defaultdict(list)
    for hand_in in found:
        whose = _whose(hand_in, roster)
        if isinstance(whose, str):
            plan.unrecognised.append((str(hand_in), whose))
            continue
        when = hand_in.when or next((times[each] for each in whose if each in times), None)
        for student in whose:
            claims[student].append((hand_in, when))
    for student, several in claims.items():
        if reason := why_no_folder(student):
            plan.unrecognised.append((str(several[0][0]), reason))
        elif (best := _best(several, attempt)) is None:
            plan.unrecognised.append((student, _undecided(several)))
        else:
            plan.chosen[student], plan.when[student] = best


def _whose(hand_in: HandIn, roster: Roster) -> list[str] | str:
    """Return the ids of all for whom a hand-in counts, who has handed it in first, or why nobody is known."""
    found: list[str] = []
    for called in hand_in.called:
        # a group's name comes before a number, which may be the group's own; a login is first a person's
        group = _group(roster, called.names)
        people = group or roster.meant(called) or (group := _group(roster, called.logins))
        if not roster and (id_ := _own_id(called)):
            found.append(id_)
        elif not people:
            continue
        elif len(people) > 1 and not group:
            ids = " and ".join(person.id for person in people)
            return f"may be of {ids}, who are called alike{_how_to_tell(hand_in.lms, called)}"
        else:
            found += [people[0].id] + [mate.id for mate in roster.mates(people[0].id)]
    if found:
        return list(dict.fromkeys(found))
    if not roster:
        return "who that is cannot be told without a roster; give one with --roster FILE"
    return f"is of nobody in the roster{_how_to_tell(hand_in.lms, hand_in.called[0])}"


def _group(roster: Roster, names: Iterable[str]) -> list[Person]:
    return next(filter(None, map(roster.group, names)), [])


def _own_id(called: Called) -> str:
    """Return what may name a student's folder where there is no roster: an LMS says it each time."""
    login = called.logins[0] if len(called.logins) == 1 else ""
    return called.email.partition("@")[0] or login or called.user


def _how_to_tell(lms: str, called: Called) -> str:
    if called.user:
        return f"; write {called.user} into the column lms_user_id of who it is"
    if lms == "moodle":
        return "; give Moodle's grading worksheet with --times or --roster, which says who that is"
    return ""


def _best(
    several: Sequence[tuple[HandIn, datetime | None]], attempt: str
) -> tuple[HandIn, datetime | None] | None:
    """Return the hand-in that counts, None where that cannot be told.

    By its time where all have one; else a later download counts before an earlier one.
    """
    sign = 1 if attempt == "latest" else -1

    def order(each: tuple[HandIn, datetime | None]) -> tuple[float, int]:
        hand_in, when = each
        return sign * (when.replace(tzinfo=UTC).timestamp() if when else 0.0), sign * hand_in.place

    if all(when for _, when in several):
        return max(several, key=order)
    place = max(sign * hand_in.place for hand_in, _ in several)
    last = [each for each in several if sign * each[0].place == place]
    is_told = all(when for _, when in last) or len({hand_in.owner for hand_in, _ in last}) == 1
    return max(last, key=order) if is_told or _are_same([hand_in for hand_in, _ in last]) else None


def _are_same(hand_ins: Sequence[HandIn]) -> bool:
    return len({_digest(_raw(each, MOST_METADATA)[0]) for each in hand_ins}) == 1


def _undecided(several: Sequence[tuple[HandIn, datetime | None]]) -> str:
    named = " and ".join(sorted({str(hand_in) for hand_in, _ in several}))
    return f"there are several hand-ins, of {named}; which counts is told by times: --times FILE"


def put(plan: Plan) -> Iterator[Outcome]:
    """Put every chosen hand-in into its student's folder, and yield what became of it.

    With `plan.dry_run` nothing is written. Raises `FolderError` where the disk refuses.
    """
    if plan.dry_run:
        yield from _put_all(plan, _last_entries(plan))
        return
    with alone(plan.course.folder, CHANGES):
        if plan.is_new_roster:
            _keep_roster(plan)
        yield from _put_all(plan, _last_entries(plan))


def _keep_roster(plan: Plan) -> None:
    path = plan.course.folder / ROSTER
    is_new = not path.exists()
    write_whole(path, content(plan.roster, path))
    if is_new:
        path.chmod(0o600)


def _last_entries(plan: Plan) -> dict[str, dict]:
    """Return what the record says of each student's last hand-in."""
    return {
        entry["student"]: entry
        for entry in record.entries(plan.course.folder)
        if entry.get("what") == "collected" and entry.get("assignment") == plan.assignment
    }


def _put_all(plan: Plan, entered: Mapping[str, dict]) -> Iterator[Outcome]:
    megabytes = plan.course.limits()["submission_megabytes"]
    released = _released_names(plan)
    last: tuple[HandIn, dict[str, bytes], list[str]] | None = None
    for student in sorted(plan.chosen, key=lambda each: (plan.chosen[each].place, plan.chosen[each].owner)):
        hand_in = plan.chosen[student]
        if last is None or last[0] is not hand_in:  # a group's is read once
            last = (hand_in, *_files(hand_in, megabytes, released))
        yield _Folder(plan, student, last[1], entered.get(student, {}), megabytes).put(last[2])


def _released_names(plan: Plan) -> set[str]:
    folder = plan.course.folder / "release" / plan.assignment
    return {path.name for path in folder.iterdir()} | {f"{plan.assignment}.ipynb"}


class _Folder:
    """A student's folder for an assignment, and what shall be in it."""

    def __init__(
        self, plan: Plan, student: str, files: Mapping[str, bytes], entered: Mapping, megabytes: int
    ) -> None:
        self._plan, self._student, self._files, self._entered = plan, student, files, entered
        self._hand_in, self._when = plan.chosen[student], plan.when[student]
        self._target = plan.course.folder / "submitted" / student / plan.assignment
        self._megabytes, self._digest = megabytes, _digest(files)

    def put(self, said: Iterable[str]) -> Outcome:
        """Put the hand-in there, unless it is there already or what is there counts."""
        late = self._plan.late(self._student)
        if not self._files:
            said = [*said, "nothing of it can be read"]
            return Outcome(self._student, State.LEFT, late, tuple(said))
        state, why = self._state()
        notes = [*said, why] if why else [*said]
        if state in (State.TAKEN, State.REPLACED) and not self._plan.dry_run:
            kept = self._swap()
            notes += [f"the earlier one is in {kept}"] if kept else []
        if state is State.TIMED and not self._plan.dry_run:
            write_whole(self._target / TIMESTAMP, _stamp(self._when))
        if state is not State.LEFT and not self._plan.dry_run:
            self._enter()
        return Outcome(self._student, state, late, tuple(notes))

    def _state(self) -> tuple[State, str]:
        if self._target.is_symlink() or self._target.parent.is_symlink():
            return State.LEFT, f"{self._target} is a link; put the folder itself there"
        if not self._target.exists():
            return State.TAKEN, ""
        if not self._target.is_dir():
            return State.LEFT, f"{self._target} is no folder; move it away"
        try:
            there = read(self._target, self._megabytes)
            before, same = there.timestamp, there.files == self._files and not there.skipped
        except BadTimestampError:
            before, same = None, False
        except (LinkedFolderError, OSError) as error:
            return State.LEFT, str(error)
        if same or self._entered.get("new") == self._digest:  # whoever has mended it since
            return State.TIMED if self._is_new_time(before) else State.UNCHANGED, ""
        return self._state_of_another(before)

    def _state_of_another(self, before: datetime | None) -> tuple[State, str]:
        """Return what becomes of a hand-in where another is there, which was handed in `before`."""
        if before and self._when and _seconds(before) > self._when:
            return State.LEFT, "what is there was handed in later"
        return State.REPLACED, ""

    def _is_new_time(self, before: datetime | None) -> bool:
        """Tell whether it is known now when this was handed in, and was not, or was another time."""
        return self._when is not None and (before is None or _seconds(before) != _seconds(self._when))

    def _swap(self) -> Path | None:
        """Put the files in the place of the folder, and return where that is kept now."""
        new = self._target.with_name(f".{self._target.name}.new")
        shutil.rmtree(new, ignore_errors=True)  # what a run that was ended has left
        files = self._files | ({TIMESTAMP: _stamp(self._when).encode()} if self._when else {})
        for path, each in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(each)
        kept = None
        if self._target.exists():
            kept = self._place_for_the_earlier()
            self._target.rename(kept)
        new.rename(self._target)
        return kept

    def _place_for_the_earlier(self) -> Path:
        folder = self._plan.course.folder / RECEIVED / self._student / self._plan.assignment
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.name) for path in folder.iterdir() if re.fullmatch(r"\d{1,9}", path.name)]
        return folder / str(max(numbers, default=0) + 1)

    def _enter(self) -> None:
        """Enter it into the record, unless that says so already."""
        handed_in = f"{self._when:%Y-%m-%dT%H:%M:%SZ}" if self._when else ""
        facts = {"new": self._digest, "handed_in": handed_in, "lms": self._hand_in.lms}
        facts["key"] = self._hand_in.key
        if any(self._entered.get(name) != value for name, value in facts.items()):
            about = {"what": "collected", "student": self._student, "assignment": self._plan.assignment}
            about |= {"old": self._entered.get("new", ""), "late": self._hand_in.late}
            about["reason"] = printable(f"from {self._hand_in.download.path.name}")
            record.enter(self._plan.course.folder, [about | facts])


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC\n"


def _seconds(when: datetime) -> datetime:
    return when.replace(microsecond=0)


def _digest(files: Mapping[str, bytes]) -> str:
    found = sha256()
    for path, each in sorted(files.items()):
        found.update(f"{path}\0{len(each)}\0".encode("utf-8", "surrogateescape") + each)
    return found.hexdigest()


def _files(hand_in: HandIn, megabytes: int, released: set[str]) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a hand-in under the names that they get, and what is to be said of them."""
    files, said = _raw(hand_in, megabytes)
    if hand_in.lms == "canvas":
        files = _under_their_own_names(files, released, said)
    if hand_in.typed:
        files.setdefault(TYPED, hand_in.typed.encode())
    files = _with_zips_opened(files, megabytes, said)
    return _placed(files, said), said


def _raw(hand_in: HandIn, megabytes: int) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a hand-in as the download holds them, and what is to be said of the others."""
    said: list[str] = []
    files = _Files(said)
    room = megabytes * 1_000_000
    for entry in hand_in.entries:
        if any(map(is_made_by_nobody, entry.file.split("/"))):
            continue
        found = hand_in.download.read(entry.path, megabytes)
        if isinstance(found, bytes) and (len(found) > room or len(files) == MOST_FILES):
            found = f"is left out: all of it has more than {megabytes} megabytes, or {MOST_FILES:,} files"
        if isinstance(found, str):
            said.append(printable(f"{entry.file} {found}"))
        else:
            files.add(entry.file, found)
            room -= len(found)
    return files, said


def _under_their_own_names(
    files: Mapping[str, bytes], released: set[str], said: list[str]
) -> dict[str, bytes]:
    """Return the files without the `-1` that Canvas adds where a name was used in an earlier attempt."""
    found = _Files(said)
    for path, each in files.items():
        stem, dot, suffix = path.rpartition(".")
        bare = f"{re.sub(r'-[0-9]+$', '', stem)}{dot}{suffix}"
        is_meant = bare in released or (suffix == "py" and bare != path)  # no module is called helper-1
        found.add(bare if is_meant and path not in released and bare not in files else path, each)
    return found


def _with_zips_opened(
    files: Mapping[str, bytes], megabytes: int, said: list[str], deep: int = 1
) -> dict[str, bytes]:
    """Return the files with those of archives among them, which lie where the archive lay.

    An archive that cannot be opened within bounds stays as it is.
    """
    found = _Files(said)
    archives = sorted(path for path in files if path.lower().endswith(".zip"))
    for path in files.keys() - {*archives}:
        found.add(path, files[path])
    for path in archives:
        inside = _inside(path, files[path], megabytes - _megabytes(found), said, deep)
        folder = path.rpartition("/")[0]
        for name, each in inside.items():
            found.add(f"{folder}/{name}" if folder and name != path else name, each)
    return found


def _inside(path: str, packed: bytes, megabytes: int, said: list[str], deep: int) -> dict[str, bytes]:
    if deep > MOST_ZIPS_DEEP:
        said.append(printable(f"{path} lies in more than {MOST_ZIPS_DEEP} archives and is not opened"))
        return {path: packed}
    try:
        inside = unpacked(packed, printable(path), max(megabytes, 0))
    except UnreadableError as error:
        said.append(str(error))
        return {path: packed}
    return _with_zips_opened(inside, megabytes, said, deep + 1)


def _megabytes(files: Mapping[str, bytes]) -> int:
    return sum(map(len, files.values())) // 1_000_000


def _placed(files: Mapping[str, bytes], said: list[str]) -> dict[str, bytes]:
    """Return the files under names that every disk can hold beside each other."""
    found = _Files(said)
    for path, each in sorted(files.items())[:MOST_FILES]:
        if path.casefold() == TIMESTAMP:
            said.append(f"the student's own {TIMESTAMP} is now {SET_ASIDE}, and tells no time")
            path = SET_ASIDE
        parts = [os.fsencode(part) for part in path.split("/")]
        if max(map(len, parts)) > MOST_BYTES_OF_A_NAME or len(b"/".join(parts)) > MOST_BYTES_OF_A_PATH:
            said.append(printable(f"{path[:60]}... is left out: its name is too long for a disk"))
        else:
            found.add(path, each)
    if len(files) > MOST_FILES:
        said.append(f"only the first {MOST_FILES:,} of {len(files):,} files are taken")
    return found


class _Files(dict[str, bytes]):
    """Files that can lie beside each other, on a disk that does not tell `A` from `a`, too.

    What has got another name for that is added to `said`.
    """

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said
        self._used: set[str] = set()
        self._folders: set[str] = set()

    def add(self, path: str, content: bytes) -> None:
        """Put a file in, under another name where there is one of its name."""
        asked = path
        if self._used & _above(path):
            path = path.replace("/", "_")
        stem, suffix = os.path.splitext(path)
        number = 2
        while not self._is_free(path):
            path = f"{stem} ({number}){suffix}"
            number += 1
        self._used.add(path.casefold())
        self._folders |= _above(path)
        self[path] = content
        if path != asked:
            self._said.append(printable(f"{asked} is now {path}, as a name like it is there"))

    def _is_free(self, path: str) -> bool:
        return path.casefold() not in self._used and path.casefold() not in self._folders


def _above(path: str) -> set[str]:
    parts = path.casefold().split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts))}


def table(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    """Return what became of all, with a line for each that a person should know of."""
    by_state: dict[State, list[tuple[str, str]]] = {state: [] for state in State}
    for each in outcomes:
        by_state[each.state].append((each.student, "; ".join(each.said)))
    counted = {state: [row for row in rows if row[1]] for state, rows in by_state.items()}
    late = [(each.student, each.late) for each in outcomes if each.late]
    missing = [(each, plan.roster[each].name) for each in plan.missing]
    taken = len(by_state[State.TAKEN]) + len(by_state[State.REPLACED])
    lines = _section("taken", taken, counted[State.TAKEN]) + _section("late", len(late), late)
    for state in (State.REPLACED, State.UNCHANGED, State.TIMED, State.LEFT):
        rows = by_state if state in (State.REPLACED, State.LEFT) else counted
        lines += _section(state, len(by_state[state]), rows[state])
    lines += _section("unrecognised", len(plan.unrecognised), plan.unrecognised)
    lines += _section("missing", len(missing), missing)
    return "\n".join(lines)


def _section(what: str, count: int, rows: Iterable[tuple[str, str]]) -> list[str]:
    shown = [f"    {who}: {why}" if why else f"    {who}" for who, why in rows]
    return [f"{what:<24}{count:>6}", *map(printable, shown)]
