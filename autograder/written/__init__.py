"""The questions that are answered in words: points, model answer and mark scheme, one Markdown file for each.

A person marks them in nbgrader's formgrader. The text of the file is what nbgrader's source notebook holds in
place of the answer, so that whoever marks finds it there; a release holds the empty answer cell.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from autograder import CourseError

ROOT = Path(__file__).parents[2]
HEAD = (re.compile("---"), re.compile(r"points: (\d+(\.\d+)?)"), re.compile("---"))
"""The first three lines of a marking guide."""
MODEL_ANSWER, MARK_SCHEME = "**Model answer.**", "**Mark scheme.**"


class MarkingError(CourseError, ImportError):
    """A marking guide is not in its form; the message names file, line and form.

    It is an `ImportError`, so that processes that import in advance leave it to the one that speaks.
    """


@dataclass(frozen=True)
class Question:
    """What a person needs to mark one question."""

    points: float
    marking: str


def read(path: Path) -> Question:
    """Return the question of a marking guide. Raises `MarkingError` where that is not in its form."""
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    try:
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise MarkingError(f"{where}, line {line}: the file must be text in UTF-8") from None
    if line := _wrong_line(lines):
        raise MarkingError(
            f"{where}, line {line}: a marking guide begins with the three lines ---, points: N and ---, "
            f"N above 0, and goes on with {MODEL_ANSWER} and {MARK_SCHEME}"
        )
    return Question(points=float(lines[1].removeprefix("points: ")), marking="\n".join(lines[3:]).strip())


def _wrong_line(lines: list[str]) -> int:
    """Return the number of the first line that is not as it should be, 0 where all are."""
    for number, pattern in enumerate(HEAD, 1):
        found = pattern.fullmatch(lines[number - 1]) if len(lines) >= number else None
        if found is None or (found.groups() and not float(found[1])):
            return number
    begin = next((number for number, line in enumerate(lines[3:], 4) if line.strip()), len(lines))
    if not lines[begin - 1].startswith(MODEL_ANSWER) or not "".join(lines[begin - 1 :]).removeprefix(
        MODEL_ANSWER
    ):
        return begin
    return 0 if any(MARK_SCHEME in line for line in lines) else len(lines)


QUESTIONS = {path.stem: read(path) for path in sorted(Path(__file__).parent.glob("*.md"))}
"""Name of the answer cell → its question."""
