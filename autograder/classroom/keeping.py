"""What keeps a class folder whole: one writer at a time, whole files, and a sentence where a disk refuses."""

import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

from autograder import CourseError

REFUSED = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG}
"""Why a file cannot be written though nothing is wrong with what was to be written."""
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
"""What a file system says that knows no locks."""


PRIVATE = 0o600
"""What nobody else may read: a file that holds names, answers or marks."""

CHANGES = "release or grading"
"""What only one process does in a class folder at a time; feedback is another task."""


class FolderError(CourseError):
    """A disk or its permissions refuse; the message says what and where."""


@contextmanager
def in_a_sentence(where: object) -> Iterator[None]:
    """Raise `FolderError` for what a disk refuses; `where` is named where the system does not say it."""
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSED and not _no_temporary(error):
            raise
        raise FolderError(
            f"{error.filename or where} cannot be written ({error.strerror}); nothing is half-written, "
            "and the same command goes on when that is mended"
        ) from error


def _no_temporary(error: OSError) -> bool:
    """Tell whether there is no folder for temporary files: Python has tried to write to all of them."""
    return error.errno == errno.ENOENT and "temporary directory" in str(error)


@contextmanager
def alone(folder: Path, task: str) -> Iterator[None]:
    """Do something in a class folder that no other process does there meanwhile, and wait for one that does.

    What the disk refuses meanwhile is one sentence.
    """
    with in_a_sentence(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f".{task.replace(' ', '-')}.lock").open("ab") as file:
            _lock(file, f"waiting until another process has done its {task} in {folder}")
            yield


def _lock(file: IO, said: str) -> None:
    """Lock a file until it is closed, or this process ends in whatever way."""
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in NO_LOCKS:
            return
        if error.errno not in (errno.EACCES, errno.EAGAIN):
            raise
        print(said, file=sys.stderr, flush=True)
        fcntl.lockf(file, fcntl.LOCK_EX)


def write_whole(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Write a file at once: never is there a part of it, and where that fails the old one stands.

    `mode` is what others may do with it, less what the process takes away in any case.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:40]}.new")
    try:
        temporary.unlink(missing_ok=True)
        with open(temporary, "wb", opener=partial(os.open, mode=mode)) as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file with personal data at once, for nobody's eyes but its owner's; the same content stays."""
    content = content.encode() if isinstance(content, str) else content
    with suppress(OSError):
        if path.read_bytes() == content:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:40]}.new")
    try:
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
