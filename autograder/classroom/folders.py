"""What a class folder may be called. To nbgrader a path is a pattern, to SQLAlchemy a part of an address."""

import glob
import os
from pathlib import Path
from types import SimpleNamespace

from nbgrader import utils
from nbgrader.apps import api
from nbgrader.converters import base

from autograder import CourseError


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


def take_folders_as_they_are_called() -> None:
    """Let nbgrader look for files in a folder such as `RL [2026]`, which it would take for a pattern."""
    for module in (base, api, utils):
        module.glob = SimpleNamespace(glob=lambda pattern: glob.glob(_as_it_is_called(pattern)))


def _as_it_is_called(pattern: str) -> str:
    """Return a pattern whose first folders, as far as they are there, stand for themselves.

    A `*` at their end stands for all students, even where one of them is called so.
    """
    parts = pattern.split(os.sep)
    for number in range(len(parts) - 1, 0, -1):
        first = os.sep.join(parts[:number])
        if parts[number - 1] != "*" and os.path.isdir(first):
            return glob.escape(first) + pattern[len(first) :]
    return pattern
