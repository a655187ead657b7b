"""History: all that the record holds of a student, so that a complaint can be answered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from autograder import CourseError
from autograder.classroom import record
from autograder.classroom.course import Course
from autograder.classroom.entering import enter_marks_if_possible
from autograder.classroom.gradebook import Reader, roster
from autograder.classroom.names import why_not_held
from autograder.classroom.ungraded import notes
from autograder.judging.explain import number
from autograder.lms.roster import FILE, read_roster
from autograder.running.printing import printable

OF_EVERYBODY = {"due date"}
"""What the record says once and holds for everybody."""
SHOWN = {"time", "who", "what", "student", "assignment", "cell", "old", "new", "reason", "id", "files"}
"""The keys of an entry that a line shows in words; of others it shows the name, too."""
DIGEST = re.compile("[0-9a-f]{64}")
"""What the record holds of files; a line shows the beginning, which tells two apart."""

EMPTY = "the record holds nothing of this"


class HistoryError(CourseError):
    """There is no history to tell; the message says why and what to do."""


@dataclass(frozen=True)
class History:
    """The entries of the record about one student, in their order, and what the gradebook says now."""

    entries: list[dict[str, Any]]
    now: list[str]

    def lines(self) -> list[str]:
        """Return it to be read: one line for each entry, and then the points as they are."""
        none = (
            []
            if self.entries
            else ["the record holds nothing; it begins with the first command after it came"]
        )
        return [*map(line, self.entries), *none, *self.now]


def history(course: Course, student: str, assignment: str = "") -> History:
    """Return what the record holds of a student, of one chapter where it is named.

    Marks that were given in the formgrader since are entered first. Raises `HistoryError` where nobody is
    called so.
    """
    found = []
    with course.gradebook() as gradebook:
        for each in gradebook.assignments:
            enter_marks_if_possible(gradebook, course.folder, each.name)
        chapters = [each for each in gradebook.assignments if assignment in ("", each.name)]
        names = [each.name for each in chapters if each.name in {one.name for one in each.notebooks}]
        if not is_known(course, student, roster(gradebook)):
            raise HistoryError(stranger(course, student, roster(gradebook)))
        now = [said for name in names if (said := _standing(course, Reader(gradebook, name), name, student))]
    for entry in record.entries(course.folder):
        is_theirs = student in (entry.get("student"), *entry.get("students", ()))
        is_everybodys = not entry.get("student") and entry.get("what") in OF_EVERYBODY
        if (is_theirs or is_everybodys) and assignment in ("", entry.get("assignment")):
            found.append(entry)
    return History(found, now)


def is_known(course: Course, student: str, gradebook: list[str]) -> bool:
    """Tell whether anybody in the class is called so: in its folders, gradebook, roster or record."""
    if student in course.students() or student in gradebook or student in _people(course):
        return True
    entries = record.entries(course.folder)
    return bool(student) and any(entry.get("student") == student for entry in entries)


def stranger(course: Course, student: str, gradebook: list[str]) -> str:
    """Return the sentence that nobody is called so, and who may be meant."""
    everybody = sorted({*course.students(), *gradebook, *_people(course)})
    alike = get_close_matches(student, everybody, n=3)
    meant = f"; is it {' or '.join(map(printable, alike))}?" if alike else ""
    return f"nobody in {course.folder} has the id {printable(student)}{meant}"


def _people(course: Course) -> list[str]:
    path = course.folder / FILE
    return list(read_roster(path)) if path.is_file() else []


def _standing(course: Course, reader: Reader, assignment: str, student: str) -> str:
    """Return what counts now in a chapter, '' where nothing was handed in."""
    if why_not_held(course.folder / "submitted" / student):
        return ""
    if note := notes(course.folder, assignment, [student]).get(student):
        return f"now    {assignment}: not graded ({note.reason})"
    result = reader.results([student]).get(student)
    if result is None:
        return ""
    late = f", after a late penalty of {number(result.late_penalty)}" if result.late_penalty else ""
    waits = any(cell.get("waiting") for cell in result.cells.values())
    more = "; an answer waits for a mark" if waits else ""
    return f"now    {assignment}: {number(result.score)} of {number(result.max_score)} points{late}{more}"


def line(entry: Mapping[str, Any]) -> str:
    """Return one entry as one line: when, what, old and new, why, and who."""
    where = " ".join(str(entry[key]) for key in ("assignment", "cell") if entry.get(key))
    others = {key: value for key, value in entry.items() if key not in SHOWN}
    more = [f"{key}: {each}" for key, each in others.items() if each is not False and each not in ("", None)]
    said = [_change(entry), str(entry.get("reason") or ""), *more]
    what = f"{entry.get('what', 'changed')} {where}".strip()
    why = "; ".join(each for each in said if each)
    by = f" [{entry.get('who', 'nobody knows')}]"
    return f"{entry.get('time', 'at no known time')}  {what}{': ' if why else ''}{why}{by}"


def _change(entry: Mapping[str, Any]) -> str:
    if "old" not in entry and "new" not in entry:
        return ""
    if entry.get("what") == "collected" and entry.get("old") == entry.get("new"):
        return f"the same files, {_value(entry.get('new'))}"
    old, new = (_value(entry.get(key)) for key in ("old", "new"))
    return f"{old} → {new}"


def _value(value: object) -> str:
    if isinstance(value, str) and DIGEST.fullmatch(value):
        return value[:8]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value) if value not in (None, "") else "nothing"
    return number(float(value))
