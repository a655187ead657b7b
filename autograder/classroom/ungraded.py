"""Who could not be graded at the last try, and why: one small file for each, beside the gradebook.

The gradebook keeps the scores and marks of an earlier grading, for those may count again; until then every
place that states points asks here first.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from autograder.classroom.keeping import write_whole

FOLDER = "not-graded"


@dataclass(frozen=True)
class Note:
    """Why a submission is not graded, and a digest of what was graded before.

    `reason` is for whoever grades; `told` says why to the student, where that is less, and `advice` what
    comes next.
    """

    student: str
    reason: str
    advice: str
    before: str
    told: str = ""


def note(folder: Path, assignment: str, student: str, reason: str, advice: str, *, told: str = "") -> None:
    """Remember in the class folder `folder` that a submission could not be graded.

    `told` is what the student reads in place of the reason, where that is for the instructor.
    """
    said = asdict(Note(student, reason, advice, _graded(folder, assignment, student), told))
    write_whole(_file(folder, assignment, student), json.dumps(said) + "\n")


def clear(folder: Path, assignment: str, student: str) -> None:
    """Forget it: the submission is graded now, or there is none."""
    _file(folder, assignment, student).unlink(missing_ok=True)


def notes(folder: Path, assignment: str, students: Iterable[str] | None = None) -> dict[str, Note]:
    """Return what holds now of all, or of these students; what plain nbgrader has graded since does not."""
    if students is None:
        files = sorted((folder / FOLDER / assignment).glob("*.json"))
    else:
        files = [path for each in students if (path := _file(folder, assignment, each)).is_file()]
    found = [Note(**json.loads(path.read_text("utf-8"))) for path in files]
    return {each.student: each for each in found if each.before == _graded(folder, assignment, each.student)}


def _file(folder: Path, assignment: str, student: str) -> Path:
    """Return where it stands of a student, whose name may be too long or too odd for a file."""
    return folder / FOLDER / assignment / f"{sha256(os.fsencode(student)).hexdigest()[:32]}.json"


def _graded(folder: Path, assignment: str, student: str) -> str:
    path = folder / "autograded" / student / assignment / f"{assignment}.ipynb"
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
