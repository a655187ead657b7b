"""The record of a class: one line for everything that changed a number, who did it, when and why.

It answers a complaint. Lines are added and never changed; a line that a crash has cut is passed over.
"""

import getpass
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = "record.jsonl"
"""The file in the class folder, a line of JSON for each entry."""


def enter(folder: Path, entries: list[Mapping[str, Any]]) -> None:
    """Add entries to the record of the class in `folder`; each says at least `what` and `student`."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [json.dumps({"time": now, "who": _somebody(), **entry}) + "\n" for entry in entries]
    if not lines:
        return
    file = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, _rest_of_a_line(folder) + "".join(lines).encode())
        os.fsync(file)
    finally:
        os.close(file)


def _rest_of_a_line(folder: Path) -> bytes:
    """Return the end of line that a crash has left out."""
    with (folder / FILE).open("rb") as file:
        file.seek(0, os.SEEK_END)
        if not file.tell():
            return b""
        file.seek(-1, os.SEEK_END)
        return b"" if file.read() == b"\n" else b"\n"


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a class in the order in which they were made."""
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _somebody() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an id without a name, as in a container
        return str(os.getuid())
