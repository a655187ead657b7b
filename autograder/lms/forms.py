"""How each LMS names the files of a download: whose they are, when they came, which attempt they belong to.

Where each form was seen stands in `FORMS` and in docs/lms.md. One that is not there is a pattern in the
settings, `c.Collect.patterns`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from traitlets import Dict, TraitError
from traitlets.config import Configurable

from autograder import CourseError
from autograder.lms.roster import Called
from autograder.running.submissions import MOST_DEPTH, moment

MOST_OF_A_PATH = 300
"""How many characters a path may have to be held against the forms."""
MOST_ABOVE = 5
"""How many folders may lie around all that was handed in, as where a download was packed again."""
METADATA = "submission_metadata.yml"
"""Where Gradescope says who has handed in what."""
FILE, TIME, ABOUT, MEMBERS, OWN = "file", "time", "about", "members", "own"
"""What an entry is: handed in, an LMS's time, its words on an attempt, a group's members, or else its own."""
WHOSE = {"user", "participant", "login", "name"}
"""The groups of a pattern that say whose a file is."""


class FormError(CourseError):
    """A download's names do not say which LMS it is from; the message says what to do."""


NOBODY = Called()


@dataclass(frozen=True)
class Entry:
    """One file of a download.

    `path` is where it lies there, `owner` tells one person's files from another's, `called` is what the LMS
    calls them. `attempt` tells the attempts of one owner apart, `when` is the time that the path states,
    `late` its mark for late work, and `file` where it lies in the hand-in. `key` is what the LMS wants to see
    again on what is given back.
    """

    path: str
    kind: str
    owner: str = ""
    called: Called = NOBODY
    file: str = ""
    attempt: str = ""
    when: datetime | None = None
    late: bool = False
    key: str = ""


def _no_time(_: str) -> None:
    return None


def _one_name(found: Mapping[str, str]) -> Called:
    """Return what the groups of a pattern say as they stand there."""
    login, name = found.get("login", ""), found.get("name", "")
    return Called(
        user=found.get("user", ""),
        participant=found.get("participant", ""),
        logins=(login,) if login else (),
        names=(name,) if name else (),
    )


def _blackboard(found: Mapping[str, str]) -> Called:
    """Return what may be the user's name: it can hold a `_`, and so can the assignment's before it."""
    pieces = found["login"].split("_")
    ends = ["_".join(pieces[place:]) for place in range(1, len(pieces))]
    return Called(logins=tuple(ends))


def _brightspace(found: Mapping[str, str]) -> Called:
    """Return the name, before which a login stands where the organisation has it so."""
    login, _, rest = found["name"].partition(" ")
    if rest and any(each.isdigit() for each in login):
        return Called(user=found["user"], logins=(login,), names=(found["name"], rest))
    return Called(user=found["user"], names=(found["name"],))


def _ilias(found: Mapping[str, str]) -> Called:
    """Return what may be login and name: both can hold a `_`, which stands between them, too."""
    pieces = found["name"].split("_")
    places = range(len(pieces) - 1, 0, -1)
    logins = ("_".join(pieces[place:]) for place in places)
    names = (" ".join(pieces[:place]) for place in places if place > 1)
    return Called(found.get("user", ""), logins=tuple(logins), names=(*names, found["name"]))


@dataclass(frozen=True)
class Form:
    """The names of one LMS's downloads: patterns of which the first that fits a path counts.

    The groups of a pattern say what a part of a path is: `user`, `participant`, `login`, `name` (whose),
    `when`, `late`, `file`, `key`, or that all of it is of one kind (`time`, `about`, `members`). `own` are
    the LMS's own files, which nobody has handed in. Of forms that fit equally well the lower `rank` counts.
    """

    lms: str
    patterns: tuple[str, ...]
    seen: str
    called: Callable[[Mapping[str, str]], Called] = _one_name
    when: Callable[[str], datetime | None] = _no_time
    own: str = r"(?!)"
    rank: int = 1

    def entry(self, path: str) -> Entry | None:
        """Return what a path says, None where it is not of this form."""
        if len(path) > MOST_OF_A_PATH:
            return None
        if re.fullmatch(self.own, path):
            return Entry(path, OWN)
        for pattern in self.patterns:
            if match := re.fullmatch(pattern, path):
                return self._entry(path, {name: text or "" for name, text in match.groupdict().items()})
        return None

    def _entry(self, path: str, found: Mapping[str, str]) -> Entry:
        when = found.get("when", "")
        whose = [found.get(name, "") for name in ("user", "participant", "login")]
        return Entry(
            path=path,
            kind=next((kind for kind in (TIME, ABOUT, MEMBERS) if found.get(kind)), FILE),
            owner=next(filter(None, [*whose, found.get("name", "")]), ""),
            called=self.called(found),
            file=found.get("file", ""),
            attempt=when,
            when=self.when(when) if when else None,
            late=bool(found.get("late")),
            key=found.get("key", ""),
        )


def _stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return None


def _american(text: str) -> datetime | None:
    """Return a date such as `Oct 12, 2026 1130 AM`: hours and minutes have no sign between them."""
    match = re.fullmatch(r"(\w{3})\w*\.? (\d{1,2}), (\d{4}) (\d{1,2}):?(\d\d) ([AP]M)", text)
    if match is None:
        return None
    month, day, year, hours, minutes, half = match.groups()
    try:
        return datetime.strptime(f"{month} {day} {year} {hours}:{minutes} {half}", "%b %d %Y %I:%M %p")
    except ValueError:
        return None


def _moment_or_stamp(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _stamp(text)


SAKAI = r"(?P<key>(?P<name>[^/]*?) ?\((?P<login>[^()/]+)\))"
FORMS = (
    Form(
        "canvas",
        (
            r"(?P<key>(?P<late>LATE_)?anon_(?P<user>[0-9A-Za-z]+)_\d+_)(?P<file>[^/]+)",
            r"(?P<key>(?P<name>[^/]+?)(?P<late>_LATE)?_(?P<user>\d+)_\d+_)(?P<file>[^/]+)",
            r"(?P<name>[^/]+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>(?:text|link)\.html)",
        ),
        "Canvas's source, lib/content_zipper.rb",
    ),
    Form(
        "moodle",
        (
            r"(?P<key>(?P<name>[^/_]+)(?:_(?P<participant>\d+))?_assignsubmission_[a-z]+_?)/(?P<file>.+)",
            r"(?P<key>(?P<name>[^/_]+)(?:_(?P<participant>\d+))?_assignsubmission_[a-z]+)_(?P<file>[^/]+)",
        ),
        "Moodle's source, mod/assign/classes/downloader.php",
    ),
    Form(
        "blackboard",
        (
            # the first attempt counts: another may stand in the name that a student has given to a file
            r"(?P<key>(?P<login>[^/]+?)_attempt_(?P<when>\d{4}(?:-\d\d){5}))_(?P<file>[^/]+)",
            r"(?P<key>(?P<login>[^/]+?)_attempt_(?P<when>\d{4}(?:-\d\d){5}))(?P<about>\.txt)",
        ),
        "public programs that read its downloads, and the example of nbgrader's zip_collect",
        _blackboard,
        _stamp,
    ),
    Form(
        "brightspace",
        (
            r"(?P<key>(?P<user>\d+)-\d+\s{0,4}-\s{0,4}(?P<name>[^/]+?)\s{0,4}-\s{0,4}"
            r"(?P<when>\w{3,12}\.? \d{1,2}, \d{4} \d{1,2}:?\d\d [AP]M))(?:/| ?- )(?P<file>.+)",
        ),
        "public programs that read its downloads",
        _brightspace,
        _american,
        r"index\.html",
    ),
    Form(
        "sakai",
        (
            SAKAI + r"/(?P<time>timestamp\.txt)",
            SAKAI + r"/(?P<members>members\.txt)",
            SAKAI + r"/[^/]*(?P<file>submissionText\.html)",
            SAKAI + r"/[^/]+/(?P<file>.+)",
            SAKAI + r"_(?P<file>submissionText\.html)",
            SAKAI + r"_[^/_]+_(?P<file>[^/]+)",
        ),
        "Sakai's source, AssignmentServiceImpl.java",
        own=r"grades\.(?:csv|xls)|[^/]+/(?:comments\.txt|feedbackText\.html|Feedback Attachment.*)",
    ),
    Form(
        "gradescope",
        (r"(?P<key>submission_(?P<user>\d+))/(?P<file>.+)",),
        "public programs that read its exports",
        own=re.escape(METADATA),
    ),
    Form(
        "ilias",
        (
            r"(?:Team \d+/)?(?P<key>(?P<name>[^/_]+(?:_[^/_]+)+)_(?P<user>\d+))/"
            r"(?:(?P<late>Late Submission|Versp\w+ Abgabe) - )?(?P<file>.+)",
            r"(?P<key>(?P<team>Team \d+)/(?P<name>[^/]+))/"
            r"(?:(?P<late>Late Submission|Versp\w+ Abgabe) - )?(?P<file>.+)",
        ),
        "ILIAS's source, ilExSubmission, and the archives that ilias2nbgrader is tested on",
        _ilias,
        own=r"[^/]+\.xlsx|Feedback_files/.*",
        rank=2,
    ),
    Form("plain", (r"(?P<key>(?P<login>[^/]+))/(?P<file>.+)",), "a folder for each student, by id", rank=3),
)
"""The forms that are known."""


class Patterns(Dict):
    """A setting: names of LMSs, each with a regular expression for the paths of its downloads."""

    info_text = (
        "a dict of names, each with a regular expression that has the groups (?P<file>...) and at least one "
        "of (?P<user>...), (?P<participant>...), (?P<login>...) and (?P<name>...)"
    )

    def validate(self, obj: Any, value: Any) -> dict[str, str]:
        """Return the patterns; raise `TraitError` where one is none."""
        value = super().validate(obj, value)
        for name, pattern in value.items():
            try:
                groups = re.compile(pattern).groupindex
            except (re.error, TypeError):
                raise TraitError(self.info_text) from None
            if not isinstance(name, str) or "file" not in groups or not WHOSE & groups.keys():
                raise TraitError(self.info_text)
        return value

    def info(self) -> str:
        """Return in words what the setting may be."""
        return self.info_text


class Collect(Configurable):
    """How the download of an LMS is put into the class."""

    patterns = Patterns(
        help="How further LMSs name what was handed in: a name for `--lms`, and a regular expression for a "
        "whole path in the download, in which (?P<file>...) is where the file lies in the hand-in and one of "
        "(?P<user>...) (the LMS's number), (?P<login>...) and (?P<name>...) says whose it is; (?P<when>...) "
        "(as 2026-10-12-11-30-00, or ISO 8601) and (?P<late>...) may be there, too. For example "
        '{"mylms": r"(?P<login>[^/]+)/hw/(?P<file>.+)"}.'
    ).tag(config=True)

    def forms(self) -> tuple[Form, ...]:
        """Return the forms of the settings, then those that are known."""
        said = [
            Form(name, (pattern,), "the settings", when=_moment_or_stamp, rank=0)
            for name, pattern in self.patterns.items()
        ]
        return (*said, *FORMS)


@dataclass(frozen=True)
class Recognised:
    """What a download's names say: its form, its entries, and the paths that say nothing."""

    form: Form
    entries: list[Entry]
    strange: list[str]


def recognise(
    paths: Iterable[str], forms: Sequence[Form] = FORMS, students: Iterable[str] = ()
) -> Recognised:
    """Return what the paths of a download say in the form that most of them have.

    Folders around all of them do not count. `students` are ids: folders that are called like them are a
    class's own. Raises `FormError` where no form fits, or two fit equally well.
    """
    paths, ids = list(paths), {*students}
    found: list[tuple[Form, str, int]] = []
    for above in _above(paths):
        inside = [path[len(above) :] for path in paths]
        for form in forms:
            fits = sum(form.entry(path) is not None for path in inside)
            if fits and (form.lms != "plain" or len(forms) == 1 or _is_class(inside, ids)):
                found.append((form, above, fits))
    if not found:
        raise FormError(
            "its names are those of no LMS that is known; where each student has a folder, name the folders "
            "by id, or put a pattern into c.Collect.patterns"
        )
    # the folders of students come first where some are called by id, and else last
    best, above, fits = min(
        found, key=lambda each: ((each[0].rank == 3) != bool(ids), -each[2], each[0].rank, len(each[1]))
    )
    equal = {form.lms for form, _, count in found if count == fits and form.rank == best.rank}
    if len(equal) > 1:
        raise FormError(f"its names fit {' and '.join(sorted(equal))}; say which with --lms")
    return _recognised(best, above, paths)


def _is_class(paths: Sequence[str], students: set[str]) -> bool:
    """Tell whether these may be the folders of students: some are called by id, if any id is known."""
    tops = {path.split("/")[0] for path in paths if "/" in path}
    return bool(tops & students) if students else len(tops) > 1


def _above(paths: Sequence[str]) -> list[str]:
    """Return what may stand before all paths of a download: nothing, or the folders around it all."""
    found, above = [""], ""
    for _ in range(MOST_ABOVE):
        tops = {path[len(above) :].split("/")[0] for path in paths if "/" in path[len(above) :]}
        if len(tops) != 1 or any("/" not in path[len(above) :] for path in paths):
            break
        above += f"{tops.pop()}/"
        found.append(above)
    return found


def _recognised(form: Form, above: str, paths: Sequence[str]) -> Recognised:
    entries, strange = [], []
    for path in paths:
        entry = form.entry(path[len(above) :])
        if entry is None:
            strange.append(path)
        else:
            entries.append(replace(entry, path=path))
    return Recognised(form, entries, strange)


def sakai_time(text: str) -> datetime | None:
    """Return the time in Sakai's `timestamp.txt`, in UTC: ISO, or digits as versions before 12 write it."""
    text = text.strip()
    try:
        if re.fullmatch(r"\d{14,17}", text):
            return datetime.strptime(text[:14], "%Y%m%d%H%M%S")
        if re.fullmatch(r"\d{13}", text):
            return datetime(1970, 1, 1) + timedelta(milliseconds=int(text))
        return moment(re.sub(r"(\.\d{1,6})\d*", r"\1", text))
    except (ValueError, OverflowError):
        return None


def sakai_members(text: str) -> list[Called]:
    """Return the members of a group in Sakai's `members.txt`: `Doe, Jane(jdoe); ...`."""
    found = re.findall(r"([^;()]{0,200})\(([^()]{1,200})\)", text)
    return [Called(logins=(login.strip(),), names=(name.strip(),)) for name, login in found]


def blackboard_text(text: str) -> tuple[Called | None, str]:
    """Return who wrote, by Blackboard's own `.txt` on an attempt, and what was typed there as HTML, or ''."""
    head, _, rest = text.partition("Submission Field:")
    name = re.search(r"^Name: (.{1,200}) \(([^()\n]{1,200})\)\s*$", head, re.M)
    typed, _, rest = rest.partition("Comments:")
    comment = rest.rpartition("Files:")[0]
    parts = [part.strip() for part in (typed, comment)]
    said = [
        part
        for part in parts
        if part and not part.startswith(("There is no student", "There are no student"))
    ]
    return name and Called(logins=(name[2],), names=(name[1],)), "\n".join(said)


def gradescope_submissions(content: bytes) -> dict[str, tuple[list[Called], datetime | None]]:
    """Return who has handed in each submission, and when, by Gradescope's metadata.

    The file is read as events, and nothing is made of its tags: those are Ruby's, and may name anything.
    """
    found: dict[str, tuple[list[Called], datetime | None]] = {}
    try:
        for submission, facts in _top_level(content):
            people = [
                Called(
                    logins=(each.get("sid", ""),), names=(each.get("name", ""),), email=each.get("email", "")
                )
                for each in facts["submitters"]
            ]
            found[submission] = people, _created(facts["created_at"])
    except (yaml.YAMLError, UnicodeError) as error:
        raise FormError(f"its {METADATA} cannot be read ({' '.join(str(error).split())[:100]})") from None
    return found


def _top_level(content: bytes) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield each submission's name with its submitters and its time, from YAML of any depth."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth, keys, facts, person = 0, {}, {}, {}  # keys: depth → the key whose value comes next
    for event in yaml.parse(content, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:  # libyaml's time grows with its square
                raise FormError(f"its {METADATA} cannot be read (it is more than {MOST_DEPTH} levels deep)")
            if depth == 2:
                facts = {"submitters": [], "created_at": ""}
            elif depth == 4 and keys.get(2) == "submitters":
                person = {}
            keys[depth] = None
        elif isinstance(event, yaml.CollectionEndEvent):
            if depth == 4 and keys.get(2) == "submitters":
                facts["submitters"].append(person)
            if depth == 2 and keys[1]:
                yield keys[1], facts
            depth -= 1
            keys[depth] = None
        elif isinstance(event, yaml.NodeEvent) and depth in (1, 2, 4):
            text = getattr(event, "value", "")
            if keys.get(depth) is None:
                keys[depth] = text.lstrip(":")
                continue
            if depth == 2 and keys[2] == "created_at":
                facts["created_at"] = text
            elif depth == 4 and keys.get(2) == "submitters":
                person[keys[4]] = text
            keys[depth] = None


def _created(text: str) -> datetime | None:
    """Return a time of Gradescope's in UTC: `2026-10-12 11:30:00.123456789 Z`."""
    text = re.sub(r"(\.\d{1,6})\d*", r"\1", text.strip()).replace(" Z", "Z")
    text = re.sub(r" ([+-]\d\d:?\d\d)$", r"\1", text)
    try:
        when = datetime.fromisoformat(text)
        return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else None
    except (ValueError, OverflowError):
        return None
