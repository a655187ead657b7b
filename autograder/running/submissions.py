"""Read what was handed in, without trusting it: plain files only, no links, no devices, up to a size."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path

MOST_FILES = 1000
"""How many files a submission may have."""
MOST_DEPTH = 50
"""How deep folders are looked into; Python recurses for each, and a path has an end."""
TIMESTAMP, SECRET = "timestamp.txt", "submission_secret.txt"
"""The file, beside what a student has handed in, in which the instructor's collection says when that was."""
MOST_DATE = 100
"""How many bytes a date may have."""
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?|\d{8}T\d{4}(\d\d([.,]\d+)?)?)"
    r"(Z|[+-]\d\d(:?\d\d)?| UTC)?",
    re.ASCII,
)
"""ISO 8601, with an offset, Z or nothing for UTC, and the form that nbgrader writes."""
CLOCKS_DIFFER, OLD = timedelta(minutes=5), timedelta(days=365)
"""From when on a time is doubtful: so far ahead of this machine's clock, or so long ago."""
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

    `wrong` says why nothing at all can be graded, `digest` names it all. `timestamp` is when it was handed
    in, in UTC, where the instructor's file says so; that file is no part of the submission.
    """

    student: str
    files: dict[str, bytes]
    skipped: dict[str, str]
    wrong: str
    digest: str
    timestamp: datetime | None


class LinkedFolderError(ValueError):
    """A student's folder is a link; the message says where and what to do."""


class BadTimestampError(ValueError):
    """nbgrader's timestamp, which is the instructor's file and not the student's, holds no date."""


def is_made_by_nobody(name: str) -> bool:
    """Tell whether a file or a folder is one that a program leaves about, and nobody hands in."""
    return any(fnmatch(name, pattern) for pattern in MADE_BY_NOBODY)


def is_notebook(path: str) -> bool:
    """Tell whether a file is a notebook by its name."""
    return path.lower().endswith(".ipynb")


def read(folder: Path, megabytes: int) -> HandedIn:
    """Return what lies in `folder`.

    Raises `LinkedFolderError` where the folder around it is a link, `BadTimestampError`, and `OSError` where
    it cannot be read.
    """
    if folder.parent.is_symlink():
        raise LinkedFolderError(
            f"the folder {folder.parent} is a link; links are not followed: put the folder itself there"
        )
    files, skipped = _read_all(folder, megabytes)
    is_link = folder.is_symlink()
    return HandedIn(
        folder.parent.name,
        files,
        skipped,
        f"The folder {folder.name} is a link; links are not followed." if is_link else "",
        _digest(files, skipped),
        None if is_link else _timestamp(folder / TIMESTAMP),
    )


def doubt(timestamp: datetime | None, now: datetime | None = None) -> str:
    """Return a clause that says why a time is hardly the right one, or ''."""
    if timestamp is None:
        return ""
    age = (now or datetime.now(UTC)).replace(tzinfo=None) - timestamp
    if -CLOCKS_DIFFER <= age <= OLD:
        return ""
    when = "in the future" if age < timedelta(0) else "more than a year ago"
    return f"its {TIMESTAMP} says {timestamp:%Y-%m-%d %H:%M} UTC, which is {when}; see that it is yours"


def read_beside(folder: Path, megabytes: int) -> dict[str, bytes]:
    """Return the files of a folder that come along into the sandbox."""
    return beside(_read_all(folder, megabytes)[0])


def read_file(path: Path, megabytes: int) -> bytes | str:
    """Return the content of one file, or why it is not read."""
    content = _plain_content(path, megabytes * 1_000_000)
    return f"cannot be read: it is larger than {megabytes} megabytes" if content is None else content


def read_python(folder: Path, megabytes: int) -> dict[str, bytes]:
    """Return the Python files that lie in a folder itself, as many as a submission may have."""
    files: dict[str, bytes] = {}
    room = megabytes * 1_000_000
    for path in sorted(folder.glob("*.py"))[:MOST_FILES]:
        if isinstance(content := _plain_content(path, room), bytes):
            files[path.name] = content
            room -= len(content)
    return files


def beside(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return those of the files that come along into the sandbox."""
    return {path: content for path, content in files.items() if _comes_along(path)}


def replaced(own: Mapping[str, bytes], courses: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the files of a student in whose place the course's own are taken.

    They differ from it by more than line ends, or one has the name of a folder that the other lies in.
    """
    folders = {folder for path in courses for folder in _above(path)}
    differ = {path for path in own.keys() & courses.keys() if _lines(own[path]) != _lines(courses[path])}
    in_the_way = {path for path in own if path in folders or not courses.keys().isdisjoint(_above(path))}
    return tuple(sorted(differ | in_the_way))


def _above(path: str) -> list[str]:
    return [str(folder) for folder in Path(path).parents]


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
        if inside in (TIMESTAMP, SECRET):
            continue
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


def _timestamp(file: Path) -> datetime | None:
    """Return what the instructor's file says, None where there is none."""
    if not os.path.lexists(file):
        return None
    content = _plain_content(file, MOST_DATE)
    try:
        return moment(content.decode("utf-8-sig").strip())
    except (AttributeError, ValueError, OverflowError):  # no plain short file, no text, no date, no year
        raise BadTimestampError(
            f"{file} does not hold a date; mend or delete it and grade again (a date is written "
            "2026-03-10T10:00:00+01:00, or 2026-03-10 09:00:00 UTC)"
        ) from None


def moment(text: str) -> datetime:
    """Return the moment that a text names, in UTC; raise `ValueError` where it may be another one, too."""
    if not MOMENT.fullmatch(text):
        raise ValueError(text)
    found = datetime.fromisoformat(text.removesuffix(" UTC"))
    try:
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except OverflowError:  # in the year 1 or 9999
        raise ValueError(text) from None
