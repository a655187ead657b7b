"""The record of a class: one line for everything that changed a number, who did it, when and why.

It answers a complaint. Lines are added and never changed; a line that a crash has cut is passed over. Where
somebody is forgotten, their lines go, and one that names nobody is left.
"""

import getpass
import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.classroom.keeping import PRIVATE, alone, write_whole

FILE = "record.jsonl"
"""The file in the class folder, a line of JSON for each entry."""
TASK = "record"
"""What one process does at a time: lines are added at the end of a file that another may be writing anew."""


def stamped(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with what each has: when it was made, and by whom, unless it says so itself."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"time": now, "who": _somebody(), **entry}


def enter(folder: Path, entries: list[Mapping[str, Any]]) -> None:
    """Add entries to the record of the class in `folder`; each says at least `what` and `student`.

    All of them are there afterwards, or, where the disk refuses, none.
    """
    lines = [json.dumps(stamped(entry)) + "\n" for entry in entries]
    if not lines:
        return
    with alone(folder, TASK):
        file = os.open(folder / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, PRIVATE)
        try:
            size = os.fstat(file).st_size
            _append(file, size, _rest_of_a_line(file, size) + "".join(lines).encode())
        finally:
            os.close(file)


def _append(file: int, size: int, content: bytes) -> None:
    try:
        while content:
            content = content[os.write(file, content) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise


def _rest_of_a_line(file: int, size: int) -> bytes:
    """Return the end of line that a crash has left out."""
    return b"" if not size or os.pread(file, 1, size - 1) == b"\n" else b"\n"


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a class in the order in which they were made."""
    return (entry for _, entry in _lines(folder))


def _lines(folder: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
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
            yield line, entry


def write_anew(folder: Path, keeps: Callable[[Mapping[str, Any]], bool], last: Mapping[str, Any]) -> int:
    """Leave of the record the entries that `keeps` keeps, add a `last` one, and return how many are gone."""
    with alone(folder, TASK):
        kept, gone = [], 0
        for line, entry in _lines(folder):
            if keeps(entry):
                kept.append(line + b"\n")
            else:
                gone += 1
        kept.append(json.dumps(stamped(last)).encode() + b"\n")
        write_whole(folder / FILE, b"".join(kept), PRIVATE)
    return gone


def _somebody() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an id without a name, as in a container
        return str(os.getuid())
