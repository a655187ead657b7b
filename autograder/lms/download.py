"""A download of an LMS, a zip or the folder it was unpacked into: read within bounds, links refused."""

import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from autograder import CourseError
from autograder.running.archive import MOST_RATIO, READ_KINDS, WITHOUT_RATIO
from autograder.running.submissions import MOST_DEPTH, is_made_by_nobody, read_file

MOST_ENTRIES = 50_000
"""How many files a download may have; a class of 2,000 with twenty files each has 40,000."""
CANNOT = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""What a damaged archive makes `zipfile` raise."""


class DownloadError(CourseError):
    """A download cannot be read; the message says why."""


class Download(Protocol):
    """What was downloaded: the paths of its files, and of other things why they are not read."""

    path: Path
    paths: list[str]
    refused: dict[str, str]

    def read(self, path: str, megabytes: int) -> bytes | str:
        """Return the content of a file, or why it is not read."""


@contextmanager
def opened(path: Path) -> Iterator[Download]:
    """Open a download. Raises `DownloadError` where it is none, or is built to be too much."""
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise DownloadError(f"there is no {path}") from None
    except CANNOT as error:
        said = getattr(error, "strerror", None) or "it is neither a zip archive nor a folder"
        raise DownloadError(f"{path} cannot be opened: {said}") from None
    with archive:
        yield _Archive(path, archive)


class _Archive:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self._archive = path, archive
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self.refused: dict[str, str] = {}
        entries = [each for each in archive.infolist() if not each.is_dir()]
        _refuse_too_many(path, len(entries))
        size = sum(each.file_size for each in entries)
        if size > max(MOST_RATIO * path.stat().st_size, WITHOUT_RATIO):
            raise DownloadError(
                f"{path} unpacks to more than {MOST_RATIO} times its size, which no download does"
            )
        for entry in entries:
            self._take(entry)
        self.paths = list(self._entries)

    def _take(self, entry: zipfile.ZipInfo) -> None:
        name = _name(entry)
        if is_made_by_nobody_outside(name):
            return
        if reason := _why_not(entry, name):
            self.refused[name] = reason
        elif name in self._entries:
            self.refused[name] = "is there twice; the first counts"
        else:
            self._entries[name] = entry

    def read(self, path: str, megabytes: int) -> bytes | str:
        """Return the content of a file, or why it is not read."""
        entry, most = self._entries[path], megabytes * 1_000_000
        try:
            with self._archive.open(entry) as packed:
                content = packed.read(most + 1)
        except CANNOT as error:
            return f"cannot be unpacked ({type(error).__name__})"
        return content if len(content) <= most else f"has more than {megabytes} megabytes"


def _why_not(entry: zipfile.ZipInfo, name: str) -> str:
    """Return why an entry of an archive is not read, or ''."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link; links are not followed"
    if kind not in (0, stat.S_IFREG):
        return "is not a file"
    if not name:
        return "has no name"
    parts = name.split("/")
    if ".." in parts or name.startswith("/") or name[1:3] == ":/":
        return "leads out of the archive"
    if len(parts) > MOST_DEPTH:
        return f"lies more than {MOST_DEPTH} folders deep"
    if entry.flag_bits & 1:
        return "asks for a password"
    return "" if entry.compress_type in READ_KINDS else "is packed in an unusual way"


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the path of an entry: UTF-8 that is not marked as such is read as such.

    Parts that say nothing are left out: after an empty one, the rest of a path would begin at the root.
    """
    name = entry.filename.replace("\\", "/")
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):  # another code page: the name of a person may be wrong, an id is not
            name = name.encode("cp437").decode("utf-8")
    plain = "/".join(part for part in name.split("/") if part not in ("", "."))
    return unicodedata.normalize("NFC", f"/{plain}" if name.startswith("/") else plain)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._entries: dict[str, Path] = {}
        self.refused: dict[str, str] = {}
        for path in self._walk():
            inside = path.relative_to(folder).as_posix()
            name = unicodedata.normalize("NFC", inside)
            if is_made_by_nobody_outside(name):
                continue
            if path.is_symlink():
                self.refused[name] = "is a link; links are not followed"
            elif _is_not_utf8(name):
                self.refused[name] = (
                    "has a name that is not UTF-8, as after unpacking with the wrong code page"
                )
            elif name in self._entries:
                self.refused[name] = "is there twice; the first counts"
            else:
                self._entries[name] = path
            _refuse_too_many(folder, len(self._entries))
        self.paths = list(self._entries)

    def _walk(self) -> Iterator[Path]:
        for inside, folders, names in os.walk(self.path):
            if len(Path(inside).relative_to(self.path).parts) >= MOST_DEPTH:
                folders.clear()
            links = [name for name in folders if os.path.islink(os.path.join(inside, name))]
            folders.sort()
            yield from (Path(inside, name) for name in sorted([*names, *links]))

    def read(self, path: str, megabytes: int) -> bytes | str:
        """Return the content of a file, or why it is not read."""
        return read_file(self._entries[path], megabytes)


def _is_not_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return True
    return False


def _refuse_too_many(path: Path, count: int) -> None:
    if count > MOST_ENTRIES:
        raise DownloadError(f"{path} holds more than {MOST_ENTRIES:,} files, which no class hands in")


def is_made_by_nobody_outside(path: str) -> bool:
    """Tell whether a program has left a file about; a folder called feedback may be an assignment's."""
    return any(is_made_by_nobody(part) for part in path.split("/") if part != "feedback")
