"""Which names of students no gradebook can hold or nobody can tell apart; the others are graded."""

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from nbgrader.api import Student

from autograder.classroom.commands import renaming
from autograder.running.submissions import is_made_by_nobody

MOST_CHARACTERS = Student.__table__.c.id.type.length
"""How long a student's name may be: PostgreSQL holds nbgrader to it, and a class may move there."""
MOST_BYTES = 255
"""How long the name of a folder may be on Linux and macOS."""


def unusable(folders: Iterable[Path], roster: Iterable[str]) -> dict[str, str]:
    """Return for the names of students' folders, as far as they cannot be used, why and what to do.

    `roster` are the names that the gradebook knows. A name counts as another spelling of a second one if
    nobody can see the difference, as where an accent is a character of its own, or a space stands behind.
    """
    reasons, alike = {}, {}
    for folder in folders:
        if reason := why_not_held(folder):
            reasons[folder.name] = reason
        else:
            alike.setdefault(_as_seen(folder.name), []).append(folder)
    known = set(roster)
    spelt = {_as_seen(name): name for name in known}
    for seen, same in alike.items():
        name = same[0].name
        if len(same) > 1:
            reasons |= dict.fromkeys((folder.name for folder in same), _several(same))
        elif name not in known and seen in spelt:
            reasons[name] = _spelt_otherwise(same[0], spelt[seen])
    return reasons


def why_not_held(folder: Path) -> str:
    """Return '' where a gradebook can hold the name of a student's folder, else why not and what to do."""
    try:
        folder.name.encode()
    except UnicodeEncodeError:
        return (
            f"the name of the folder {folder} is not UTF-8, as after unpacking with the wrong code page, and "
            "no gradebook can hold it; rename it, and grade again"
        )
    if (length := len(folder.name)) > MOST_CHARACTERS:
        return (
            f"the name of the folder {folder} has {length} characters, and a gradebook holds "
            f"{MOST_CHARACTERS}; give it a shorter one, and grade again"
        )
    return ""


def why_no_folder(student: str) -> str:
    """Return '' where a folder for a student can be made under an id, else a clause that says why not."""
    if not student or student.startswith(".") or "/" in student or not student.isprintable():
        return f"{student!a} cannot be the name of a folder"
    if is_made_by_nobody(student):
        return f"{student!a} is what a program calls a folder of its own"
    if len(student.encode()) > MOST_BYTES or len(student) > MOST_CHARACTERS:
        return f"the id {student[:20]!a}... has more than {MOST_CHARACTERS} characters"
    return ""


def _as_seen(name: str) -> str:
    """Return a name without what nobody sees of it."""
    if name.isascii() and name.isprintable() and " " not in name:
        return name
    seen = (each for each in name if unicodedata.category(each) not in {"Cc", "Cf"} or each.isspace())
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())


def _several(folders: Sequence[Path]) -> str:
    called = " and ".join(sorted(ascii(folder.name) for folder in folders))
    return (
        f"there are several folders in {folders[0].parent} whose names look the same, {called}; "
        "keep one, with all that this student has handed in, and grade again"
    )


def _spelt_otherwise(folder: Path, name: str) -> str:
    return (
        f"the gradebook writes this name {name!a}, and the folder {folder} is called {folder.name!a}, which "
        f"only looks the same; rename it, and grade again: {renaming(folder, folder.with_name(name))}"
    )
