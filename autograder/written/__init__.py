"""The questions that are answered in words: points, model answer and mark scheme, one Markdown file for each.

A person marks them in nbgrader's formgrader. The text of the file is what nbgrader's source notebook holds in
place of the answer, so that whoever marks finds it there; a release holds the empty answer cell.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from autograder import CourseError

FORM = re.compile(r"---\npoints: (?P<points>[\d.]+)\n---\n\s*(?P<marking>\*\*Model answer\.\*\*.+)", re.S)


class MarkingError(CourseError):
    """A marking guide is not in its form; the message names the file and the form."""


@dataclass(frozen=True)
class Question:
    """What a person needs to mark one question."""

    points: float
    marking: str


def _read(path: Path) -> Question:
    guide = FORM.fullmatch(path.read_text("utf-8"))
    if guide is None or "**Mark scheme.**" not in guide["marking"]:
        raise MarkingError(
            f"{path}: it must begin with the three lines ---, points: N and ---, "
            "and go on with **Model answer.** and **Mark scheme.**"
        )
    return Question(points=float(guide["points"]), marking=guide["marking"].strip())


QUESTIONS = {path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.md"))}
"""Name of the answer cell → its question."""
