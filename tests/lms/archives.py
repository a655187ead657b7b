"""Downloads as each LMS makes them, of a class that is made up: what is handed in, and the LMS's own table.

`forty(...)` is the class, `make(lms, folder, students)` the archive and the table that the LMS exports, and
`write_roster` the roster that an instructor keeps. Written after what docs/lms.md says, with a way of its
own: nothing here uses the code that reads these files.
"""

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LMSS = ("canvas", "moodle", "blackboard", "brightspace", "sakai", "ilias", "gradescope", "plain")
WITH_LOCAL_TIMES = {"blackboard", "brightspace"}
"""Whose downloads tell times without a zone."""
WITH_TIMES = {"sakai", "gradescope"} | WITH_LOCAL_TIMES
WITH_ATTEMPTS = WITH_LOCAL_TIMES
"""Whose downloads hold earlier attempts, too."""
ZONE = "Europe/Berlin"
DUE = datetime(2026, 10, 12, 20, tzinfo=UTC)
"""When it was due: 22 o'clock in Berlin."""
CHAPTER = "e3_5_complete_formulas"
TITLE = "HW 5"
MOST_POINTS = 42


@dataclass(frozen=True)
class Student:
    """One of the class: `id` is the login, `number` the LMS's user id; `place` counts from 0.

    `files` are what counts of what was handed in at `when`, `earlier` an attempt a day before, and `text`
    what was typed into the LMS. Who has no files has handed in nothing; `group` has maybe done it for them.
    """

    place: int
    id: str
    first: str
    last: str
    section: str = ""
    group: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    earlier: Mapping[str, bytes] = field(default_factory=dict)
    when: datetime = DUE - timedelta(hours=5)
    text: str = ""

    @property
    def number(self) -> int:
        return 4001 + self.place

    @property
    def participant(self) -> int:
        """Moodle's number, which holds for one assignment alone."""
        return 7300001 + 7 * self.place

    @property
    def email(self) -> str:
        return f"{self.id}@example.org"

    @property
    def matriculation(self) -> str:
        return f"00{90000 + self.place}"

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def late(self) -> bool:
        return self.when > DUE


@dataclass(frozen=True)
class Made:
    """An LMS's download and its own table of grades."""

    archive: Path
    gradebook: Path


def tiny(place: int) -> bytes:
    """Return a notebook of one cell, another for each student."""
    cell = {"cell_type": "code", "source": f"x = {place}", "metadata": {}, "outputs": [], "id": "a"}
    whole = {"cells": [cell | {"execution_count": None}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of these files, the same bytes each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


LATE, TWICE, HAS_GROUP, IN_GROUP, MISSING = "lovelace", "bartok", "sato", "weiss", "absent"
PYTHON, NESTED, ACCENTS, SAME, SAME_TOO = "curie", "noether", "zoe", "schmidt", "schmidt2"
APOSTROPHE, COMMA, OWN_TIME, TYPED = "oneil", "king", "hopper", "turing"
NAMES = [
    (LATE, "Ada", "Lovelace"),
    (TWICE, "Béla", "Bartók"),
    (HAS_GROUP, "Chika", "Sato"),
    (IN_GROUP, "Dieter", "Weiß"),
    (MISSING, "Emil", "Absent"),
    (PYTHON, "Marie", "Curie"),
    (NESTED, "Emmy", "Noether"),
    (ACCENTS, "Zoë", "Müller-Ångström"),
    (SAME, "Anna", "Schmidt"),
    (SAME_TOO, "Anna", "Schmidt"),
    (APOSTROPHE, "Niamh", "O'Neil"),
    (COMMA, "Martin", "King, Jr."),
    (OWN_TIME, "Grace", "Hopper"),
    (TYPED, "Alan", "Turing"),
]


def forty(notebook: Callable[[int], bytes] = tiny, chapter: str = CHAPTER) -> list[Student]:
    """Return a class of forty; `notebook` makes what the student of a place hands in.

    The first are each a case of their own, called by the names above: late by thirty hours, twice, with a
    group and in it, missing, a `.py`, a zip in a zip, accents, two of the same name, an apostrophe, a comma,
    a `timestamp.txt` of the student's own, and a text typed into the LMS beside the notebook.
    """
    file = f"{chapter}.ipynb"
    others = [(f"user{place:02}", f"First{place:02}", f"Last{place:02}") for place in range(len(NAMES), 40)]
    special: dict[str, dict] = {
        LATE: {"when": DUE + timedelta(hours=30)},
        TWICE: {"earlier": {file: notebook(101)}},
        HAS_GROUP: {"group": "Team 7"},
        IN_GROUP: {"group": "Team 7", "files": {}},
        MISSING: {"files": {}},
        PYTHON: {"files": {f"{chapter}.py": b"x = 1\n"}},
        NESTED: {"files": {"work.zip": zipped({"inner.zip": zipped({f"hw/{file}": notebook(6)})})}},
        OWN_TIME: {"files": {file: notebook(12), "timestamp.txt": b"2020-01-01 00:00:00 UTC\n"}},
        TYPED: {"text": "<p>See my notebook.</p>"},
    }
    return [
        Student(
            **{
                "place": place,
                "id": id_,
                "first": first,
                "last": last,
                "section": "AB"[place % 2],
                "files": {file: notebook(place)},
                **special.get(id_, {}),
            }
        )
        for place, (id_, first, last) in enumerate([*NAMES, *others])
    ]


def write_roster(students: Iterable[Student], path: Path) -> Path:
    """Write the roster that an instructor keeps."""
    head = [
        "id",
        "first_name",
        "last_name",
        "email",
        "lms_user_id",
        "section",
        "group",
        "matriculation_number",
    ]
    rows = [[s.id, s.first, s.last, s.email, s.number, s.section, s.group, s.matriculation] for s in students]
    return _csv(path, [head, *rows])


def make(
    lms: str, folder: Path, students: Iterable[Student], *, unpacked: bool = False, grouped: bool = False
) -> Made:
    """Write the download of an LMS, `unpacked` as a folder, and the table that it exports.

    `grouped`: the assignment is one for groups, and the LMS names the group in the place of its members. One
    member, the first who has files, has handed in for all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    students = list(students)
    handing_in = [each for each in students if each.files]
    handing_in = _one_for_each_group(handing_in) if grouped else handing_in
    files = DOWNLOADS[lms](handing_in, students, grouped)
    archive = folder / f"{lms}-download{'' if unpacked else '.zip'}"
    if unpacked:
        for name, content in files.items():
            (archive / name).parent.mkdir(parents=True, exist_ok=True)
            (archive / name).write_bytes(content)
    else:
        archive.write_bytes(zipped(files))
    return Made(archive, TABLES[lms](folder, students))


def _one_for_each_group(students: list[Student]) -> list[Student]:
    seen: set[str] = set()
    found = []
    for student in students:
        if not student.group or student.group not in seen:
            found.append(student)
            seen.add(student.group)
    return found


def _members(student: Student, everybody: list[Student]) -> list[Student]:
    return [each for each in everybody if student.group and each.group == student.group] or [student]


def _called(student: Student, grouped: bool, name: str) -> str:
    return student.group if grouped and student.group else name


def _ascii(text: str) -> str:
    """Return a text as Sakai writes it: accents off, and what is left of it dropped."""
    bare = unicodedata.normalize("NFD", text).replace("–", "-")
    return "".join(c for c in bare if c.isascii() and c != "?")


def _german(text: str) -> str:
    """Return a text as ILIAS writes it."""
    for letter, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        text = text.replace(letter, letters)
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return re.sub(r'[\\/:*?"<>|]', "_", "".join(c if c.isascii() else "_" for c in bare))


def _canvas(handing_in: list[Student], everybody: list[Student], grouped: bool) -> dict[str, bytes]:
    found = {}
    for s in handing_in:
        name = re.sub(r"\W", "", _called(s, grouped, f"{s.last}, {s.first}").lower())
        start = f"{name}{'_LATE' if s.late else ''}_{s.number}"
        for place, (file, content) in enumerate(s.files.items()):
            stem, dot, suffix = file.rpartition(".")
            again = "-1" if s.earlier else ""  # Canvas keeps the names of one student's files apart
            found[f"{start}_{88000 + 10 * s.place + place}_{stem}{again}{dot}{suffix}"] = content
        if s.text:
            found[f"{start}_text.html"] = f"<html><body>{s.text}</body></html>".encode()
    return found


def _moodle(handing_in: list[Student], everybody: list[Student], grouped: bool) -> dict[str, bytes]:
    found = {}
    for s in handing_in:
        is_group = grouped and s.group
        name = re.sub(r"[&<>\"`|':\\/]", "", s.group if is_group else s.full).replace("_", " ")
        start = f"{name}_{17 if is_group else s.participant}_assignsubmission"
        for file, content in s.files.items():
            found[f"{start}_file/{file}"] = content
        if s.text:
            found[f"{start}_onlinetext/onlinetext.html"] = f"<html><body>{s.text}</body></html>".encode()
    return found


def _local(when: datetime, form: str) -> str:
    return when.astimezone(ZoneInfo(ZONE)).strftime(form)


def _blackboard(handing_in: list[Student], everybody: list[Student], grouped: bool) -> dict[str, bytes]:
    found = {}
    for s in handing_in:
        for when, files in [(s.when - timedelta(days=1), s.earlier), (s.when, s.files)]:
            if not files:
                continue
            who = _called(s, grouped, s.id)
            start = f"{TITLE}_{who}_attempt_{_local(when, '%Y-%m-%d-%H-%M-%S')}"
            found |= {f"{start}_{file}": content for file, content in files.items()}
            named = f"Group: {who}" if who != s.id else f"Name: {s.full} ({s.id})"
            text = s.text or "There is no student submission text data for this assignment."
            listed = "".join(f"\tOriginal filename: {each}\n\tFilename: {start}_{each}\n\n" for each in files)
            about = (
                f"{named}\nAssignment: {TITLE}\n"
                f"Date Submitted: {_local(when, '%A, %d %B %Y %H:%M:%S')} o'clock CEST\n"
                f"Current Grade: Needs Grading\n\nSubmission Field:\n{text}\n\nComments:\n"
                f"There are no student comments for this assignment.\n\nFiles:\n{listed}"
            )
            found[f"{start}.txt"] = about.encode()
    return found


def _brightspace(handing_in: list[Student], everybody: list[Student], grouped: bool) -> dict[str, bytes]:
    found = {"index.html": b"<html><body>HW 5</body></html>"}
    for s in handing_in:
        for when, files in [(s.when - timedelta(days=1), s.earlier), (s.when, s.files)]:
            at = _local(when, "%b %d, %Y %I%M %p").replace(" 0", " ")
            start = f"{s.number}-29393 - {_called(s, grouped, s.full)} - {at}"
            found |= {f"{start}/{file}": content for file, content in files.items()}
            if files and s.text:
                found[f"{start}/submission.html"] = s.text.encode()
    return found


def _sakai(handing_in: list[Student], everybody: list[Student], grouped: bool) -> dict[str, bytes]:
    found = {}
    for s in handing_in:
        folder = f"{_ascii(s.last)}, {_ascii(s.first)}({s.id})"
        if grouped and s.group:
            folder = f"{s.group} (g-17)"
            named = [f"{_ascii(m.last)}, {_ascii(m.first)}({m.id})" for m in _members(s, everybody)]
            found[f"{TITLE}/{folder}/members.txt"] = "; ".join(named).encode()
        start = f"{TITLE}/{folder}"
        found[f"{start}/timestamp.txt"] = f"{s.when:%Y-%m-%dT%H:%M:%S}Z".encode()
        found |= {f"{start}/Submission attachment(s)/{file}": content for file, content in s.files.items()}
        if s.text:
            found[f"{start}/{folder}_submissionText.html"] = s.text.encode()
        found[f"{start}/comments.txt"] = b""
    return found


def _ilias(handing_in: list[Student], everybody: list[Student], grouped: bool) -> dict[str, bytes]:
    found = {}
    for s in handing_in:
        folder = f"{_german(s.last)}_{_german(s.first)}_{s.id}_{s.number}"
        if grouped and s.group:
            folder = f"Team 17/{folder}"
        late = "Late Submission - " if s.late else ""
        for file, content in s.files.items():
            found[f"{TITLE}/Submissions/{folder}/{late}{file}"] = content
    return found


def _gradescope(handing_in: list[Student], everybody: list[Student], grouped: bool) -> dict[str, bytes]:
    found, about = {}, ["---"]
    for s in handing_in:
        key = f"submission_{660000 + s.place}"
        found |= {f"assignment_31_export/{key}/{file}": content for file, content in s.files.items()}
        about += [f"{key}:", "  :submitters:"]
        for member in _members(s, everybody) if grouped else [s]:
            name = f'"{member.full}"'
            about += [
                f"  - :name: {name}",
                f"    :sid: '{member.matriculation}'",
                f"    :email: {member.email}",
            ]
        about += [f"  :created_at: {s.when:%Y-%m-%d %H:%M:%S}.123456000 Z", "  :score: 0.0"]
        about += ["  :status: processed", "  :results: !ruby/object:ActiveSupport::HashWithIndifferentAccess"]
        about += ["    tests: []", "  :history: []"]
    return found | {"assignment_31_export/submission_metadata.yml": ("\n".join(about) + "\n").encode()}


def _plain(handing_in: list[Student], everybody: list[Student], grouped: bool) -> dict[str, bytes]:
    return {
        f"{_called(s, grouped, s.id)}/{file}": content
        for s in handing_in
        for file, content in s.files.items()
    }


DOWNLOADS = {
    "canvas": _canvas,
    "moodle": _moodle,
    "blackboard": _blackboard,
    "brightspace": _brightspace,
    "sakai": _sakai,
    "ilias": _ilias,
    "gradescope": _gradescope,
    "plain": _plain,
}


def _csv(path: Path, rows: Iterable[Iterable], encoding: str = "utf-8", **form: object) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, **{"lineterminator": "\n", **form}).writerows(rows)
    return path


def _canvas_table(folder: Path, students: list[Student]) -> Path:
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "HW 4 (900)", f"{TITLE} (901)"]
    head += ["Assignments Current Score", "Final Score"]
    rows = [
        [f"{s.last}, {s.first}", s.number, s.matriculation, s.id, s.section, "7.50", "", "75.00", "75.00"]
        for s in students
    ]
    possible = [
        "    Points Possible",
        "",
        "",
        "",
        "",
        "10.00",
        f"{MOST_POINTS}.00",
        "(read only)",
        "(read only)",
    ]
    test = ["Student, Test", 9999, "", "f00baa", "A and B", "", "", "", ""]
    return _csv(folder / "canvas-gradebook.csv", [head, possible, *rows, test])


def _moodle_table(folder: Path, students: list[Student]) -> Path:
    head = ["Identifier", "Full name", "Email address", "ID number", "Status", "Grade", "Maximum grade"]
    head += [
        "Grade can be changed",
        "Last modified (submission)",
        "Last modified (grade)",
        "Feedback comments",
    ]
    rows = []
    for s in students:
        at = _local(s.when, "%A, %d %B %Y, %I:%M %p") if s.files else "-"
        status = "Submitted for grading" if s.files else "No submission"
        rows.append([f"Participant {s.participant}", s.full, s.email, s.matriculation, status, ""])
        rows[-1] += [f"{MOST_POINTS}.00", "Yes", at, "-", ""]
    return _csv(folder / "moodle-worksheet.csv", [head, *rows], "utf-8-sig")


def _blackboard_table(folder: Path, students: list[Student]) -> Path:
    head = ["Last Name", "First Name", "Username", "Student ID", "Last Access", "Availability"]
    head += [f"{TITLE} [Total Pts: {MOST_POINTS} Score] |1281892"]
    rows = [[s.last, s.first, s.id, s.matriculation, "2026-10-11 10:00:00", "Yes", ""] for s in students]
    form = {"delimiter": "\t", "quoting": csv.QUOTE_ALL, "lineterminator": "\n"}
    return _csv(folder / "blackboard-gradebook.xls", [head, *rows], "utf-16", **form)


def _brightspace_table(folder: Path, students: list[Student]) -> Path:
    head = ["OrgDefinedId", "Username", "Last Name", "First Name", "Email"]
    head += [f"{TITLE} Points Grade <Numeric MaxPoints:{MOST_POINTS}>", "End-of-Line Indicator"]
    rows = [[f"#{s.matriculation}", f"#{s.id}", s.last, s.first, s.email, "", "#"] for s in students]
    return _csv(folder / "brightspace-gradebook.csv", [head, *rows], "utf-8-sig", lineterminator="\r\n")


def _sakai_table(folder: Path, students: list[Student]) -> Path:
    head = ["Display ID", "ID", "Last Name", "First Name", "grade", "Submission date", "Late submission"]
    rows = []
    for s in students:
        at, late = (f"{s.when:%Y-%m-%dT%H:%M:%S}Z", "Late" if s.late else "On time") if s.files else ("", "")
        rows.append([s.id, s.id, s.last, s.first, "", at, late])
    form = {"quoting": csv.QUOTE_ALL}
    every = [[TITLE, "SCORE_GRADE_TYPE"], [""], head, *rows]
    return _csv(folder / "sakai-grades.csv", every, "utf-8-sig", **form)


def _ilias_table(folder: Path, students: list[Student]) -> Path:
    head = ["update", "usr_id", "login", "lastname", "firstname", "status", "mark", "notice", "comment"]
    rows = [["0", s.number, s.id, s.last, s.first, "notgraded", "", "", ""] for s in students]
    return _csv(folder / "ilias-status.csv", [head, *rows], delimiter=";")


def _gradescope_table(folder: Path, students: list[Student]) -> Path:
    head = ["First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status"]
    head += ["Submission ID", "Submission Time", "Lateness (H:M:S)"]
    rows = []
    for s in students:
        at = f"{s.when:%Y-%m-%d %H:%M:%S} +0000" if s.files else ""
        rows.append([s.first, s.last, s.matriculation, s.email, s.section, "", f"{MOST_POINTS}.0"])
        rows[-1] += ["Ungraded" if s.files else "Missing", 660000 + s.place if s.files else "", at, ""]
    return _csv(folder / "gradescope-grades.csv", [head, *rows])


TABLES = {
    "canvas": _canvas_table,
    "moodle": _moodle_table,
    "blackboard": _blackboard_table,
    "brightspace": _brightspace_table,
    "sakai": _sakai_table,
    "ilias": _ilias_table,
    "gradescope": _gradescope_table,
    "plain": lambda folder, students: write_roster(students, folder / "plain-roster.csv"),
}
