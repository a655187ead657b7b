"""An archive that was handed in is opened within bounds, and nothing in it leads out or to a link."""

import io
import stat
import zipfile

import pytest

from autograder.running.archive import MOST_RATIO, unpacked
from autograder.running.reading import UnreadableError
from autograder.running.submissions import MOST_FILES


def packed(files, kind=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_plain_files_come_out_with_their_paths():
    files = {"a.ipynb": b"1", "in/b.py": b"2", "in a folder/é.txt": b"3"}
    assert unpacked(packed(files), "x.zip", 1) == files


def test_paths_that_lead_out_links_devices_and_what_nobody_made_stay_inside():
    files = {
        "good.txt": b"good",
        "../up.txt": b"",
        "/etc/passwd": b"only a name here",
        "a/../../b.txt": b"",
        "C:/x.txt": b"no drive",
        "./dot.txt": b"dot",
        "27:11/x.txt": b"a date",
        "..\\up.txt": b"",
        "in\\good.txt": b"too",
        "__MACOSX/._good.txt": b"",
        "d" + "/d" * 60: b"",
        entry("link", stat.S_IFLNK | 0o777): b"/etc/passwd",
        entry("pipe", stat.S_IFIFO | 0o666): b"",
        entry("device", stat.S_IFCHR | 0o666): b"",
        entry("plain", stat.S_IFREG | 0o644): b"plain",
    }
    assert unpacked(packed(files), "x.zip", 1) == {
        "good.txt": b"good",
        "etc/passwd": b"only a name here",
        "x.txt": b"no drive",
        "dot.txt": b"dot",
        "27_11/x.txt": b"a date",
        "in/good.txt": b"too",
        "plain": b"plain",
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (packed({"zeros": bytes(11_000_000)}), "unpacks to far more than a submission may have"),
        (packed({"stored": b"ab" * 15_000_000}, zipfile.ZIP_STORED), "unpacks to far more"),
        (packed({str(n): bytes(4_000_000) for n in range(3)}), "unpacks to far more"),
        (packed({str(n): b"" for n in range(MOST_FILES + 1)}), f"more than {MOST_FILES:,} files"),
        (packed({"a": b"a" * 100}, zipfile.ZIP_LZMA), "is packed in an unusual way"),
        (packed({"a": b"a" * 100}, zipfile.ZIP_BZIP2), "is packed in an unusual way"),
        (packed({"a": b"a"})[:-20], "cannot be opened (BadZipFile)"),
        (b"PK\x03\x04 and nothing more", "cannot be opened (BadZipFile)"),
        (b"", "cannot be opened (BadZipFile)"),
    ],
    ids=["ratio", "size", "sum", "count", "lzma", "bzip2", "cut off", "no archive", "empty"],
)
def test_what_is_too_much_or_none_is_one_sentence(content, reason):
    with pytest.raises(UnreadableError) as told:
        unpacked(content, "x.zip", 20)
    assert reason in str(told.value) and str(told.value).startswith("The archive x.zip ")


def test_a_password_is_one_sentence():
    content = bytearray(packed({"a": b"a"}, zipfile.ZIP_STORED))
    for place in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[place] |= 1  # the flag that says that the content is encrypted
    with pytest.raises(UnreadableError, match="asks for a password"):
        unpacked(bytes(content), "x.zip", 2)


def test_text_that_packs_well_is_no_bomb():
    text = b"import numpy as np\n" * 50_000
    content = packed({"a.py": text})
    assert len(text) > MOST_RATIO * len(content)
    assert unpacked(content, "x.zip", 1) == {"a.py": text}
