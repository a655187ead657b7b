"""Collect: an LMS's download → who handed in what, and when → `submitted/`, the earlier ones → `received/`.

Nothing that was handed in is overwritten: what stood in `submitted/` before is kept, and the same download
again changes nothing.
"""

import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder import CourseError
from autograder.classroom import record
from autograder.classroom.course import Course
from autograder.classroom.gradebook import extensions, released_notebook
from autograder.classroom.keeping import CHANGES, alone, write_whole
from autograder.classroom.names import why_no_folder
from autograder.lms.download import opened
from autograder.lms.files import are_same, digest_of, files_of
from autograder.lms.forms import Form
from autograder.lms.hand_ins import HandIn, hand_ins, times
from autograder.lms.roster import FILE as ROSTER
from autograder.lms.roster import Called, Person, Roster, content, merged, read_rows
from autograder.running.printing import printable
from autograder.running.submissions import TIMESTAMP, BadTimestampError, LinkedFolderError, read

RECEIVED = "received"
"""The folder in the class folder that keeps what was handed in before; `grade` never reads it."""


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
        when = self.when[student]
        if when is not None and due is not None:
            hours = (when - max(due, until.get(student, due))).total_seconds() / 3600
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
    told = read_rows(options.times) if options.times else []
    known = merged(roster, told, add=False)  # Moodle's numbers stand beside its times
    plan = Plan(course, assignment, roster, {**roster} != {**before}, options.dry_run)
    forms = _forms(course, options.lms)
    with ExitStack() as stack:
        found: list[HandIn] = []
        for place, path in enumerate(archives):
            found += hand_ins(stack.enter_context(opened(path)), place, forms, known, zone, plan.unrecognised)
        _choose(plan, found, known, times(told, known, zone, options.times), options.attempt)
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
    return max(last, key=order) if is_told or are_same(hand_in for hand_in, _ in last) else None


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
            last = (hand_in, *files_of(hand_in, megabytes, released))
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
        self._megabytes, self._digest = megabytes, digest_of(files)

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
