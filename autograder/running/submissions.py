"""Read what was handed in, without trusting it: plain files only, no links, no devices, up to a size."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from nbgrader.utils import is_ignored, parse_utc

MOST_FILES = 1000
"""How many files a submission may have."""
MOST_DEPTH = 50
"""How deep folders are looked into; Python recurses for each, and a path has an end."""
MOST_DATE = 100
"""How many bytes of a date are read."""
IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", ".git"]
"""What lies about in a folder and is no part of a submission."""


@dataclass(frozen=True)
class HandedIn:
    """What one student has handed in.

    `notebook` is the content of the notebook that is graded, or `wrong` says why there is none; `copy` is the
    name of a notebook that is graded under the chapter's name, `files` holds the rest, `digest` names it all.
    """

    student: str
    notebook: bytes
    wrong: str
    copy: str
    files: dict[str, bytes]
    digest: str
    timestamp: datetime | None

    @property
    def beside(self) -> dict[str, bytes]:
        """The files that come along into the sandbox."""
        return {path: content for path, content in self.files.items() if _comes_along(path)}


class BadTimestampError(ValueError):
    """nbgrader's timestamp, which is the instructor's file and not the student's, holds no date."""


def without_number(notebook: Path) -> str:
    """Return a notebook's name without the number of a second download, or of one of Jupyter's copies."""
    return re.sub(r"[ _-]*(\(\d+\)|Copy\d+|\d+)$", "", notebook.stem)


def second_download(folder: Path, assignment: str) -> Path | None:
    """Return the notebook that a browser or Jupyter has given a number, where it is the only one."""
    notebooks = list(folder.glob("*.ipynb"))
    is_copy = len(notebooks) == 1 and notebooks[0].stem != assignment == without_number(notebooks[0])
    return notebooks[0] if is_copy else None


def read(folder: Path, assignment: str, megabytes: int) -> HandedIn:
    """Return what lies in `folder`. Raises `BadTimestampError`, and `OSError` where it cannot be read."""
    copy = second_download(folder, assignment)
    name = copy.name if copy else f"{assignment}.ipynb"
    files, skipped = _read_all(folder, megabytes)
    notebook = files.pop(name, b"")
    return HandedIn(
        folder.parent.name,
        notebook,
        "" if notebook else _why_missing(folder, name, [*files, *skipped], skipped, megabytes),
        copy.name if copy else "",
        files,
        _digest({name: notebook, **files}, skipped),
        _timestamp(folder, files),
    )


def read_beside(folder: Path, megabytes: int) -> dict[str, bytes]:
    """Return the files of a folder that come along into the sandbox."""
    files, _ = _read_all(folder, megabytes)
    return {path: content for path, content in files.items() if _comes_along(path)}


def _comes_along(path: str) -> bool:
    return not path.endswith(".ipynb") and not any(part.startswith(".") for part in path.split("/"))


def _read_all(folder: Path, megabytes: int) -> tuple[dict[str, bytes], list[str]]:
    """Return the plain files of a folder, and the paths of all that is none, or is too much."""
    if folder.is_symlink():
        return {}, ["."]
    files, skipped, room = {}, [], megabytes * 1_000_000
    for path in _paths(folder):
        inside = str(path.relative_to(folder))
        content = _plain_content(path, room) if len(files) < MOST_FILES else None
        if content is None:
            skipped.append(inside)
        else:
            files[inside] = content
            room -= len(content)
    return files, skipped


def _paths(folder: Path) -> Iterator[Path]:
    """Yield all paths below `folder` that are no folders, the notebooks first, none behind a link."""
    for inside, folders, names in os.walk(folder):
        if len(Path(inside).relative_to(folder).parts) == MOST_DEPTH:
            folders.clear()
        folders[:] = sorted(name for name in folders if not is_ignored(os.path.join(inside, name), IGNORED))
        links = [name for name in folders if os.path.islink(os.path.join(inside, name))]
        for name in sorted([*names, *links], key=lambda name: (not name.endswith(".ipynb"), name)):
            if not is_ignored(os.path.join(inside, name), IGNORED):
                yield Path(inside, name)


def _plain_content(path: Path, most: int) -> bytes | None:
    """Return the content of a plain file of at most `most` bytes, else None; never waits for a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        return file.read(most) if stat.S_ISREG(about.st_mode) and about.st_size <= most else None


def _why_missing(folder: Path, name: str, paths: list[str], skipped: list[str], megabytes: int) -> str:
    path = folder / name
    if "." in skipped:
        return f"The folder {folder.name} is a link; links are not followed."
    if path.is_symlink():
        return f"The file {name} is a link; links are not followed."
    if path.is_file() and path.stat().st_size == 0:
        return f"The file {name} is empty (0 bytes)."
    if path.is_file():
        return f"The file {name} cannot be read, or the submission is larger than {megabytes} megabytes."
    if os.path.lexists(path):
        return f"{name} is not a file."
    found = sorted(path for path in paths if path.endswith(".ipynb"))
    others = ", ".join(found).encode("utf-8", "replace").decode() or "no notebook at all"
    return f"The file {name} is missing; what was handed in is: {others}."


def _digest(files: dict[str, bytes], skipped: list[str]) -> str:
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
