"""Open a zip archive that was handed in, in memory, within bounds: no links, no path that leads out."""

import io
import re
import stat
import zipfile
import zlib

from autograder.running.reading import UnreadableError
from autograder.running.submissions import MOST_DEPTH, MOST_FILES, is_made_by_nobody

MOST_RATIO, WITHOUT_RATIO = 200, 10_000_000
"""How many times larger than the archive its content may be where it has more bytes than the second: what a
notebook shows can be much of the same."""
READ_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How the content may be packed; other ways take memory as an archive likes."""


def unpacked(content: bytes, file: str, megabytes: int) -> dict[str, bytes]:
    """Return the plain files in the archive called `file`. Raises `UnreadableError`."""
    most = min(megabytes * 1_000_000, max(MOST_RATIO * len(content), WITHOUT_RATIO))
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > MOST_FILES:
                raise UnreadableError(f"The archive {file} holds more than {MOST_FILES:,} files.")
            for entry in archive.infolist():
                if path := _path(entry):
                    found[path] = _content(archive, entry, file, most)
                    most -= len(found[path])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableError(
            f"The archive {file} cannot be opened ({type(error).__name__}). Hand in the notebook itself."
        ) from None
    return found


def _path(entry: zipfile.ZipInfo) -> str:
    """Return where a plain file of the archive lies, or '' for what is none, or is to be left out."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    parts = re.sub(r"^[A-Za-z]:", "", entry.filename.replace("\\", "/")).replace(":", "_").split("/")
    parts = [part for part in parts if part not in ("", ".")]
    is_plain = not entry.is_dir() and kind in (0, stat.S_IFREG) and len(parts) <= MOST_DEPTH
    if not is_plain or ".." in parts or any(map(is_made_by_nobody, parts)):
        return ""
    return "/".join(parts)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str, most: int) -> bytes:
    if entry.flag_bits & 1:
        raise UnreadableError(f"The archive {file} asks for a password. Hand in the notebook itself.")
    if entry.compress_type not in READ_KINDS:
        raise UnreadableError(f"The archive {file} is packed in an unusual way. Hand in the notebook itself.")
    with archive.open(entry) as packed:
        content = packed.read(max(most, 0) + 1)
    if len(content) > most:
        raise UnreadableError(f"The archive {file} unpacks to far more than a submission may have.")
    return content
