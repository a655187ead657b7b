"""Return: what an LMS takes back. Feedback pages under the names of its download, and its table, filled.

What an LMS does not take lies in a folder for each student, or goes by letters that are written and not sent.
"""

import email.errors
import email.policy
import os
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

from autograder import CourseError
from autograder.chapter.cells import title_of
from autograder.classroom import received
from autograder.classroom.course import MOST_BYTES_OF_A_NAME, Course
from autograder.classroom.export import Export, filled_export
from autograder.classroom.keeping import in_a_sentence, write_private
from autograder.classroom.standings import Standing, State, people, standings
from autograder.judging.explain import number
from autograder.lms.roster import Person, plain
from autograder.lms.tables import LAYOUTS, number_in
from autograder.running.printing import printable

FOLDER = "returned"
"""The folder in the class folder where it is put, a folder for each chapter."""
PLACES = {
    "canvas": "{key}{chapter}.html",
    "moodle": "{key}/{chapter}.html",
    "brightspace": "{key}/{chapter}.html",
    "sakai": "{chapter}/{key}/Feedback Attachment(s)/{chapter}.html",
    "ilias": "multi_feedback_{chapter}/{key}/{chapter}.html",
}
"""Where in a zip the page of a student is looked for, by LMS; `key` is the name of the download."""
OF_PERSONS = {"moodle", "ilias"}
"""Which know a page by the number of a person, and not of a group."""
TAKES = {
    "canvas": "Canvas takes the zip at the assignment: Download Submissions first, then Upload Submissions; "
    "and the table at Grades, Import. It gives no page to who has typed a text and uploaded nothing.",
    "moodle": "Moodle takes the zip at the assignment: Upload multiple feedback files in a zip; and the "
    "worksheet at Upload grading worksheet. Both feedback types have to be on.",
    "brightspace": "Brightspace takes the zip at the assignment: Add Feedback Files; and the table at "
    "Grades, Import.",
    "sakai": "Sakai takes the zip at the assignment: Upload All, with grade file and feedback attachments "
    "ticked; grades.csv is in it where --grades names one. In a Sakai that does not speak English the "
    "folder Feedback Attachment(s) has another name.",
    "ilias": "ILIAS takes the zip at the assignment: Multi-Feedback. It takes no table of marks, unless it "
    "has the patch for status files; there, set `update` to 1 in the rows that count.",
    "blackboard": "Blackboard takes the table at Work Offline, Upload Grades. It takes no pages of many at "
    "once: attach each by hand from its folder, or use --mail.",
    "gradescope": "Gradescope takes neither pages nor a table: give each page by hand from its folder, or "
    "use --mail.",
    "plain": "Each page lies in a folder for its student; --mail writes letters.",
}
"""What each LMS does with what is returned, and what it does not take."""
LMSS = tuple(TAKES)
"""The LMS's that something can be returned to."""
OLD = (1980, 1, 1, 0, 0, 0)
"""The time of all files in a zip, so that the same pages make the same zip."""


class ReturnError(CourseError):
    """Nothing was returned; the message says why and what to do."""


@dataclass(frozen=True)
class Wanted:
    """What is to be returned, of `grades`, `pages` and `mail`, for which LMS, and where it is put."""

    lms: str
    to: Path
    grades: Export | None = None
    pages: bool = False
    mail: bool = False


@dataclass
class _Returned:
    """What is known of a class while it is handed back, and what was said."""

    assignment: str
    course: Course
    stand: Mapping[str, Standing]
    people: Mapping[str, Person]
    keys: Mapping[str, str]
    numbers: Mapping[str, str] = field(default_factory=dict)
    table: bytes = b""
    said: list[str] = field(default_factory=list)

    def page(self, student: str) -> Path:
        return self.course.folder / "feedback" / student / self.assignment / f"{self.assignment}.html"

    def with_folders(self) -> list[str]:
        """Return those whose ids can name a folder; a roster may say any, and one may lead elsewhere."""
        return [each for each in self.stand if each == os.path.basename(each) and each not in ("", ".", "..")]

    def with_pages(self) -> list[str]:
        handed_in = (each for each in self.with_folders() if self.stand[each].state is not State.MISSING)
        return [each for each in handed_in if self.page(each).is_file()]


def hand_back(assignment: str, course: Course, wanted: Wanted) -> list[str]:
    """Write what is wanted into its folder, from the gradebook and the pages there are; return what to say.

    Raises `ReturnError` or `TableError` where it cannot be done, and then nothing is written.
    """
    if wanted.grades and wanted.grades.path.resolve().parent == wanted.to.resolve():
        raise ReturnError(
            f"{wanted.to} is where the export lies, which stays as it is; name another with --to"
        )
    with course.gradebook() as gradebook:
        roster = people(course, gradebook)
        stand = standings(course, gradebook, assignment, roster)
        keys = received.keys(course.folder, assignment, wanted.lms)
        back = _Returned(assignment, course, stand, roster, keys)
        if wanted.grades:
            filled = filled_export(course, gradebook, assignment, wanted.grades)
            back.numbers, back.table = filled.numbers, filled.content
            back.said += filled.said
    if (wanted.pages or wanted.mail) and not back.with_pages():
        raise ReturnError(
            f"there is no page to return for {assignment}; run: {course.command('feedback', assignment)}"
        )
    wrote = []
    with in_a_sentence(wanted.to):
        if wanted.grades:
            write_private(path := wanted.to / wanted.grades.path.name, back.table)
            wrote.append(f"wrote {path}: names and grades, for {wanted.lms}")
        if wanted.pages:
            wrote += _write_pages(back, wanted)
        if wanted.mail:
            wrote += _write_letters(back, wanted.to / "mail")
    return [*wrote, *back.said, *([] if wanted.mail and not wanted.pages else [TAKES[wanted.lms]])]


def _write_pages(back: _Returned, wanted: Wanted) -> list[str]:
    """Write the zip for the LMS, and a folder for each whom it cannot hold; return what was written."""
    keys, shared = _keys(back, wanted.lms)
    wrote, by_hand = [], [each for each in back.with_pages() if each not in keys and each not in shared]
    if keys:
        path = wanted.to / f"{_zip_name(back.assignment, wanted.lms)}.zip"
        table = {f"{back.assignment}/grades.csv": back.table} if wanted.lms == "sakai" and back.table else {}
        names = {PLACES[wanted.lms].format(key=key, chapter=back.assignment): s for s, key in keys.items()}
        _write_zip(path, {name: back.page(student) for name, student in names.items()}, table)
        wrote.append(f"wrote {path}: {_pages(len(keys))}")
    folder = wanted.to / "pages"
    _remove(folder / each / f"{back.assignment}.html" for each in back.with_folders() if each not in by_hand)
    for student in by_hand:
        write_private(folder / student / f"{back.assignment}.html", back.page(student).read_bytes())
    if by_hand:
        wrote.append(f"wrote {folder}: {_pages(len(by_hand))}")
        if wanted.lms in PLACES:
            back.said.append(
                f"{wanted.lms} names no place for the pages of: {', '.join(map(printable, by_hand))}; "
                f"they lie in {folder}, and --mail writes letters"
            )
    for student, other in shared.items():
        back.said.append(f"{printable(student)} gets the page of {printable(other)}: they handed in as one")
    if without := sorted({*back.stand} - {*back.with_pages()}):
        back.said.append(f"no page, because nothing is graded: {', '.join(map(printable, without))}")
    return wrote


def _pages(count: int) -> str:
    return (
        f"the pages of {count} students, with their work"
        if count > 1
        else "one page, with its student's work"
    )


def _zip_name(assignment: str, lms: str) -> str:
    return f"multi_feedback_{assignment}" if lms == "ilias" else f"{assignment}-{lms}-feedback"


def _keys(back: _Returned, lms: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return by student the name in the zip, and, of those whose name another has, whose page is theirs."""
    keys: dict[str, str] = {}
    shared: dict[str, str] = {}
    if lms not in PLACES:
        return keys, shared
    first: dict[str, str] = {}
    sharing: dict[str, list[str]] = {}
    for student, key in back.keys.items():
        sharing.setdefault(key, []).append(student)
    for student in back.with_pages():
        key = back.keys.get(student, "")
        together = sharing.get(key, [student])
        owner = _owner(back, key, together) if len(together) > 1 else student
        is_of_persons = lms in OF_PERSONS and (owner is None or not number_in(key, LAYOUTS[lms]))
        if not key or is_of_persons or owner not in (None, student):
            key = _made_key(back, student, lms)
        if key and (other := first.setdefault(key, student)) != student:
            shared[student] = other
        elif key:
            keys[student] = key
    return keys, shared


def _owner(back: _Returned, key: str, students: Iterable[str]) -> str | None:
    """Return who of several with one hand-in is named in the name of the download; None where a group is."""
    for student in students:
        person = back.people.get(student, Person(student))
        names = {
            plain(f"{person.first_name}{person.last_name}"),
            plain(f"{person.last_name}{person.first_name}"),
        }
        if any(name and name in plain(key) for name in names) or f"({student})" in key:
            return student
        if person.lms_user_id and key.endswith(f"_{person.lms_user_id}"):
            return student
    return None


def _made_key(back: _Returned, student: str, lms: str) -> str:
    """Return the name that an LMS would give, where all that counts in it is known; else ''."""
    person = back.people.get(student, Person(student))
    if lms == "moodle" and (digits := back.numbers.get(student)):
        return f"{_bare(person.name)}_{digits}_assignsubmission_file"
    if lms == "ilias" and person.lms_user_id.isdigit():
        return f"{_bare(person.last_name)}_{_bare(person.first_name)}_{_bare(student)}_{person.lms_user_id}"
    if lms == "sakai" and (login := back.numbers.get(student)):
        return f"{_bare(person.last_name)}, {_bare(person.first_name)}({login})"
    return ""


def _bare(text: str) -> str:
    """Return a name without what would be taken for a separator."""
    return "".join(each if each.isalnum() or each in " -" else " " for each in text).strip()


def _write_zip(path: Path, pages: Mapping[str, Path], more: Mapping[str, bytes]) -> None:
    """Write a zip at once; the same content makes the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        with (
            os.fdopen(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
        ):
            for name, page in sorted(pages.items()):
                _add(packed, name, page.read_bytes())
            for name, content in more.items():
                _add(packed, name, content)
        os.replace(new, path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    about = zipfile.ZipInfo(name, OLD)
    about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    packed.writestr(about, content)


def _write_letters(back: _Returned, folder: Path) -> list[str]:
    """Write a letter for each student with a page; return what was written."""
    written, without = set(), []
    for student in back.with_pages():
        try:
            letter = _letter(back, student)
        except (ValueError, LookupError, email.errors.MessageError):  # as the parts of an address raise them
            without.append(student)
            continue
        name = _file_name(student)
        write_private(folder / name, letter)
        written.add(name)
    _remove(folder / name for each in back.with_folders() if (name := _file_name(each)) not in written)
    if without:
        back.said.append(f"no letter, for want of an address: {', '.join(map(printable, without))}")
    return [f"wrote {folder}: {len(written)} letters with names, points and pages; none is sent"]


def _remove(paths: Iterable[Path]) -> None:
    """Remove what was returned on an earlier day and tells of other points."""
    for path in paths:
        path.unlink(missing_ok=True)


def _letter(back: _Returned, student: str) -> bytes:
    """Return a letter as a mail program opens it. Raises `ValueError` where there is no address."""
    person = back.people.get(student, Person(student))
    name, title = printable(person.name), title_of(back.assignment)
    if not person.email.strip():
        raise ValueError("no address")
    letter = EmailMessage(policy=email.policy.SMTP)
    letter["To"] = Address(display_name=name, addr_spec=person.email.strip())
    letter["Subject"] = f"{title}: your feedback"
    letter["X-Unsent"] = "1"  # makes some programs open it as a draft
    letter.set_content(f"Dear {name},\n\n{_text(back.stand[student], title)}\n")
    page = back.page(student).read_bytes()
    letter.add_attachment(page, maintype="text", subtype="html", filename=f"{back.assignment}.html")
    letter.set_boundary(f"=_{sha256(page + student.encode()).hexdigest()[:32]}")
    return letter.as_bytes()


def _text(standing: Standing, title: str) -> str:
    points = f"{number(standing.reached)} of {number(standing.most)} points"
    how = {
        State.GRADED: f"You have {points}.",
        State.WAITING: f"You have {points} so far; an answer is still to be marked by a person.",
    }.get(standing.state, "It could not be graded yet; the page says why, and what comes next.")
    return (
        f"attached is the feedback on what you handed in for\n{title}.\n{how}\n\nOpen the page in a browser."
    )


def _file_name(student: str) -> str:
    name = f"{student}.eml"
    if len(os.fsencode(name)) > MOST_BYTES_OF_A_NAME:
        name = f"{sha256(os.fsencode(student)).hexdigest()}.eml"
    return name
