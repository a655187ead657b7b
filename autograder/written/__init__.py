"""The questions that are answered in words: points, model answer and mark scheme, one Markdown file for each.

A person marks them in nbgrader's formgrader. The text of the file is what nbgrader's source notebook holds in
place of the answer, so that whoever marks finds it there; a release holds the empty answer cell.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Question:
    """What a person needs to mark one question."""

    points: float
    marking: str


def _read(path: Path) -> Question:
    _, head, marking = path.read_text("utf-8").split("---\n", 2)
    return Question(points=float(head.removeprefix("points:")), marking=marking.strip())


QUESTIONS = {path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.md"))}
"""Name of the answer cell → its question."""
