"""Read what was handed in, without trusting it: plain files only, no links, no devices, up to a size."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path

from nbgrader.utils import parse_utc

MOST_FILES = 1000
"""How many files a submission may have."""
MOST_DEPTH = 50
"""How deep folders are looked into; Python recurses for each, and a path has an end."""
MOST_DATE = 100
"""How many bytes of a date are read."""
MADE_BY_NOBODY = [
    *[".ipynb_checkpoints", ".*-checkpoint.ipynb", "._*", ".~*", "~*", "*.pyc", "__pycache__", ".git"],
    *["__MACOSX", ".DS_Store", "desktop.ini", "Thumbs.db", "@eaDir", "feedback"],
    *[".venv", "venv", "node_modules", ".vscode", ".idea", ".pytest_cache", ".mypy_cache", ".ruff_cache"],
]
"""What programs leave in a folder: it is no part of a submission, and no student."""
LINK, NO_FILE = "is a link; links are not followed", "is not a file"
"""Why something that was handed in is not read."""


@dataclass(frozen=True)
class HandedIn:
    """What one student has handed in: its plain files, and of everything else why it is not read.

    `wrong` says why nothing at all can be graded, `digest` names it all.
    """

    student: str
    files: dict[str, bytes]
    skipped: dict[str, str]
    wrong: str
    digest: str
    timestamp: datetime | None


class BadTimestampError(ValueError):
    """nbgrader's timestamp, which is the instructor's file and not the student's, holds no date."""


def is_made_by_nobody(name: str) -> bool:
    """Tell whether a file or a folder is one that a program leaves about, and nobody hands in."""
    return any(fnmatch(name, pattern) for pattern in MADE_BY_NOBODY)


def is_notebook(path: str) -> bool:
    """Tell whether a file is a notebook by its name."""
    return path.lower().endswith(".ipynb")


def read(folder: Path, megabytes: int) -> HandedIn:
    """Return what lies in `folder`. Raises `BadTimestampError`, and `OSError` where it cannot be read."""
    files, skipped = _read_all(folder, megabytes)
    is_link = folder.is_symlink()
    return HandedIn(
        folder.parent.name,
        files,
        skipped,
        f"The folder {folder.name} is a link; links are not followed." if is_link else "",
        _digest(files, skipped),
        _timestamp(folder, files),
    )


def read_beside(folder: Path, megabytes: int) -> dict[str, bytes]:
    """Return the files of a folder that come along into the sandbox."""
    return beside(_read_all(folder, megabytes)[0])


def beside(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return those of the files that come along into the sandbox."""
    return {path: content for path, content in files.items() if _comes_along(path)}


def replaced(own: Mapping[str, bytes], courses: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the files of a student that differ, by more than line ends, from the course's of that name."""
    both = own.keys() & courses.keys()
    return tuple(sorted(path for path in both if _lines(own[path]) != _lines(courses[path])))


def _lines(content: bytes) -> list[bytes]:
    return content.rstrip().splitlines()


def _comes_along(path: str) -> bool:
    return not is_notebook(path) and not any(part.startswith(".") for part in path.split("/"))


def _read_all(folder: Path, megabytes: int) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the plain files of a folder, and the paths of all that is none, or is too much."""
    if folder.is_symlink():
        return {}, {".": LINK}
    files: dict[str, bytes] = {}
    skipped: dict[str, str] = {}
    room = megabytes * 1_000_000
    for path in _paths(folder):
        inside = str(path.relative_to(folder))
        content = _plain_content(path, room) if len(files) < MOST_FILES else None
        if content is None:
            skipped[inside] = f"cannot be read: the submission is larger than {megabytes} megabytes"
            if len(files) == MOST_FILES:
                skipped[inside] = f"cannot be read: the submission has more than {MOST_FILES:,} files"
        elif isinstance(content, str):
            skipped[inside] = content
        else:
            files[inside] = content
            room -= len(content)
    return files, skipped


def _paths(folder: Path) -> Iterator[Path]:
    """Yield all paths below `folder` that are no folders, the notebooks first, none behind a link."""
    for inside, folders, names in os.walk(folder):
        if len(Path(inside).relative_to(folder).parts) == MOST_DEPTH:
            folders.clear()
        links = [name for name in folders if os.path.islink(os.path.join(inside, name))]
        in_the_way = [name for name in folders if is_notebook(name) and name not in links]
        folders[:] = sorted(name for name in folders if not is_made_by_nobody(name))
        for name in sorted([*names, *links, *in_the_way], key=lambda name: (not is_notebook(name), name)):
            if not is_made_by_nobody(name):
                yield Path(inside, name)


def _plain_content(path: Path, most: int) -> bytes | str | None:
    """Return the content of a plain file, None where it is larger than `most` bytes, or why it is none.

    Never waits for a pipe.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return LINK if path.is_symlink() else NO_FILE
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        return NO_FILE
    with os.fdopen(handle, "rb") as file:
        return file.read(most) if about.st_size <= most else None


def _digest(files: dict[str, bytes], skipped: dict[str, str]) -> str:
    found = sha256("\0".join(sorted(skipped)).encode("utf-8", "surrogateescape"))
    for path, content in sorted(files.items()):
        found.update(f"{path}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        found.update(content)
    return found.hexdigest()


def _timestamp(folder: Path, files: dict[str, bytes]) -> datetime | None:
    if not (content := files.get("timestamp.txt", b"").strip()):
        return None
    try:
        return parse_utc(content[:MOST_DATE].decode("utf-8"))
    except Exception:  # the reader of dates raises much, and takes seconds for a long text
        file = folder / "timestamp.txt"
        raise BadTimestampError(f"{file} does not hold a date; mend or delete it and grade again") from None
