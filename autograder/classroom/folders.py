"""What a class folder may be called. To nbgrader a path is a pattern, to SQLAlchemy a part of an address."""

import glob
import os
from pathlib import Path
from types import SimpleNamespace

from nbgrader import utils
from nbgrader.apps import api
from nbgrader.converters import base
from nbgrader.coursedir import CourseDirectory
from traitlets.log import get_logger

from autograder import CourseError
from autograder.running.printing import printable


class FolderError(CourseError):
    """A folder that cannot hold a class; the message says why and what to do."""


def usable(folder: Path) -> Path:
    """Return `folder`; raise `FolderError` where no class can be kept in it, before anything is written."""
    try:
        os.path.realpath(folder).encode()
    except UnicodeEncodeError:
        raise FolderError(
            f"the path of the class folder, {os.path.realpath(folder)}, is not UTF-8, and no gradebook can "
            "be kept there; rename what shows as �, or name another folder with --course"
        ) from None
    if os.path.lexists(folder) and not folder.is_dir():
        raise FolderError(f"{folder} is not a folder; name the class folder with --course")
    return folder


def file_url(path: Path) -> str:
    """Return the address of a gradebook that is a file; `%` and `?` would mean something else in it."""
    return f"sqlite:///{path}".replace("%", "%25").replace("?", "%3F")


def left_elsewhere(path: Path) -> Path | None:
    """Return the file that was the gradebook `path` while a `?` still ended an address, if it is left."""
    before, mark, _ = str(path).partition("?")
    return Path(before) if mark and not path.exists() and os.path.isfile(before) else None


def take_folders_as_they_are_called(gradebook: str) -> None:
    """Let nbgrader keep a class in a folder such as `RL [2026]?`, whatever the settings say it is.

    It would take the path for a pattern, and, before `gradebook`, the name of a file, for an address.
    """
    for module in (base, api, utils):
        module.glob = SimpleNamespace(glob=_glob)

    def address(directory: CourseDirectory) -> str:
        return file_url(Path(os.path.abspath(directory.root)) / gradebook)

    CourseDirectory._db_url_default.func = address


def _glob(pattern: str) -> list[str]:
    """Return what matches a pattern whose first folders, as far as they are there, stand for themselves.

    A student's folder whose name nbgrader cannot read is left out, for it would stop there for everybody.
    """
    first = _first_folders(pattern)
    found = glob.glob(glob.escape(first) + pattern[len(first) :])
    unread = {path for path in found if os.path.isdir(path) and not _can_be_read(path[len(first) :])}
    for path in sorted(unread):
        get_logger().warning(
            "%s is left out: nbgrader reads no name that is not UTF-8 or has two lines; our own `grade` "
            "grades it, or says what to do",
            printable(path),
        )
    return [path for path in found if path not in unread]


def _can_be_read(name: str) -> bool:
    return "\n" not in name and name.encode("utf-8", "replace").decode() == name


def _first_folders(pattern: str) -> str:
    """Return the beginning of a pattern that is a folder; a `*` is all students, if one is called so, too."""
    parts = pattern.split(os.sep)
    firsts = (parts[:number] for number in range(len(parts) - 1, 0, -1))
    return next(
        (path for first in firsts if first[-1] != "*" and os.path.isdir(path := os.sep.join(first))), ""
    )
