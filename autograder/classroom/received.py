"""What `collect` remembers for `return`: by which key the LMS takes something back for each student."""

import json
from collections.abc import Mapping
from pathlib import Path

from autograder.classroom.keeping import in_a_sentence, write_private

FOLDER = Path("received") / "keys"
"""Where it stands in the class folder, a file for each chapter."""


def keys(folder: Path, assignment: str) -> dict[str, str]:
    """Return by student the name under which their hand-in was downloaded, as far as one is remembered."""
    try:
        said = json.loads(_file(folder, assignment).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {student: key for student, key in said.items() if key}


def remember(folder: Path, assignment: str, new: Mapping[str, str]) -> None:
    """Remember in the class folder under which names the hand-ins that count now were downloaded.

    A student of whom the last download has none (key '') has none from then on; others keep theirs.
    """
    with in_a_sentence(folder):
        path = _file(folder, assignment)
        said = {**keys(folder, assignment), **new}
        content = json.dumps(dict(sorted(said.items())), indent=1, ensure_ascii=True) + "\n"
        write_private(path, content)


def _file(folder: Path, assignment: str) -> Path:
    return folder / FOLDER / f"{assignment}.json"
