"""The files of a hand-in: zips opened within bounds, names that can lie beside each other on every disk."""

import os
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256

from autograder.lms.hand_ins import HandIn
from autograder.running.archive import unpacked
from autograder.running.printing import printable
from autograder.running.reading import UnreadableError
from autograder.running.submissions import MOST_FILES, TIMESTAMP, is_made_by_nobody

SET_ASIDE = "timestamp-of-the-student.txt"
"""What a `timestamp.txt` of a student's own is called from then on."""
TYPED = "submission_text.html"
"""What was typed into Blackboard, as a file."""
MOST_ZIPS_DEEP = 3
"""How many archives within each other are opened."""
MOST_COMPARED = 50
"""How many megabytes of two hand-ins are compared."""
MOST_BYTES_OF_A_PATH, MOST_BYTES_OF_A_NAME = 1000, 255


def files_of(hand_in: HandIn, megabytes: int, released: set[str]) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a hand-in under the names that they get, and what is to be said of them."""
    files, said = _raw_files(hand_in, megabytes)
    if hand_in.lms == "canvas":
        files = _under_their_own_names(files, released, said)
    if hand_in.typed:
        files.setdefault(TYPED, hand_in.typed.encode())
    files = _with_zips_opened(files, megabytes, said)
    return _placed(files, said), said


def are_same(hand_ins: Iterable[HandIn]) -> bool:
    """Tell whether several hand-ins hold the same files."""
    return len({digest_of(_raw_files(each, MOST_COMPARED)[0]) for each in hand_ins}) == 1


def _raw_files(hand_in: HandIn, megabytes: int) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a hand-in as the download holds them, and what is to be said of the others."""
    said: list[str] = []
    files = _Files(said)
    room = megabytes * 1_000_000
    for entry in hand_in.entries:
        if any(map(is_made_by_nobody, entry.file.split("/"))):
            continue
        found = hand_in.download.read(entry.path, megabytes)
        if isinstance(found, bytes) and (len(found) > room or len(files) == MOST_FILES):
            found = f"is left out: all of it has more than {megabytes} megabytes, or {MOST_FILES:,} files"
        if isinstance(found, str):
            said.append(printable(f"{entry.file} {found}"))
        else:
            files.add(entry.file, found)
            room -= len(found)
    return files, said


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return what names these files, with their paths."""
    found = sha256()
    for path, each in sorted(files.items()):
        found.update(f"{path}\0{len(each)}\0".encode("utf-8", "surrogateescape") + each)
    return found.hexdigest()


def _under_their_own_names(
    files: Mapping[str, bytes], released: set[str], said: list[str]
) -> dict[str, bytes]:
    """Return the files without the `-1` that Canvas adds where a name was used in an earlier attempt."""
    found = _Files(said)
    for path, each in files.items():
        stem, dot, suffix = path.rpartition(".")
        bare = f"{re.sub(r'-[0-9]+$', '', stem)}{dot}{suffix}"
        is_meant = bare in released or (suffix == "py" and bare != path)  # no module is called helper-1
        found.add(bare if is_meant and path not in released and bare not in files else path, each)
    return found


def _with_zips_opened(
    files: Mapping[str, bytes], megabytes: int, said: list[str], deep: int = 1
) -> dict[str, bytes]:
    """Return the files with those of archives among them, which lie where the archive lay.

    An archive that cannot be opened within bounds stays as it is.
    """
    found = _Files(said)
    archives = sorted(path for path in files if path.lower().endswith(".zip"))
    for path in files.keys() - {*archives}:
        found.add(path, files[path])
    for path in archives:
        inside = _inside(path, files[path], megabytes - _megabytes(found), said, deep)
        folder = path.rpartition("/")[0]
        for name, each in inside.items():
            found.add(f"{folder}/{name}" if folder and name != path else name, each)
    return found


def _inside(path: str, packed: bytes, megabytes: int, said: list[str], deep: int) -> dict[str, bytes]:
    if deep > MOST_ZIPS_DEEP:
        said.append(printable(f"{path} lies in more than {MOST_ZIPS_DEEP} archives and is not opened"))
        return {path: packed}
    try:
        inside = unpacked(packed, printable(path), max(megabytes, 0))
    except UnreadableError as error:
        said.append(str(error))
        return {path: packed}
    return _with_zips_opened(inside, megabytes, said, deep + 1)


def _megabytes(files: Mapping[str, bytes]) -> int:
    return sum(map(len, files.values())) // 1_000_000


def _placed(files: Mapping[str, bytes], said: list[str]) -> dict[str, bytes]:
    """Return the files under names that every disk can hold beside each other."""
    found = _Files(said)
    for asked, each in sorted(files.items())[:MOST_FILES]:
        # a pattern of the settings may let a path begin anywhere
        path = "/".join(part for part in asked.split("/") if part not in ("", ".", ".."))
        if path.casefold() == TIMESTAMP:
            said.append(f"the student's own {TIMESTAMP} is now {SET_ASIDE}, and tells no time")
            path = SET_ASIDE
        if not path:
            said.append(printable(f"{asked} is left out: it is no name of a file"))
        elif _is_too_long(path) or _is_too_long(found.free(path)):
            said.append(printable(f"{path[:60]}... is left out: its name is too long for a disk"))
        else:
            found.add(path, each)
    if len(files) > MOST_FILES:
        said.append(f"only the first {MOST_FILES:,} of {len(files):,} files are taken")
    return found


def _is_too_long(path: str) -> bool:
    parts = [os.fsencode(part) for part in path.split("/")]
    return max(map(len, parts)) > MOST_BYTES_OF_A_NAME or len(b"/".join(parts)) > MOST_BYTES_OF_A_PATH


class _Files(dict[str, bytes]):
    """Files that can lie beside each other, on a disk that does not tell `A` from `a`, too.

    What has got another name for that is added to `said`.
    """

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said
        self._used: set[str] = set()
        self._folders: set[str] = set()

    def add(self, path: str, content: bytes) -> None:
        """Put a file in, under another name where there is one of its name."""
        asked, path = path, self.free(path)
        self._used.add(path.casefold())
        self._folders |= _above(path)
        self[path] = content
        if path != asked:
            self._said.append(printable(f"{asked} is now {path}, as a name like it is there"))

    def free(self, path: str) -> str:
        """Return the name that a file would get."""
        if self._used & _above(path):
            path = path.replace("/", "_")
        stem, suffix = os.path.splitext(path)
        number = 2
        while not self._is_free(path):
            path = f"{stem} ({number}){suffix}"
            number += 1
        return path

    def _is_free(self, path: str) -> bool:
        return path.casefold() not in self._used and path.casefold() not in self._folders


def _above(path: str) -> set[str]:
    parts = path.casefold().split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts))}
