"""When a submission was handed in, as a moment, and which of its files give way to the chapter's."""

from datetime import datetime, timedelta

import pytest

from autograder.running.submissions import BadTimestampError, doubt, read, replaced


def read_at(folder, content):
    """Read a folder in which the instructor's file holds this."""
    folder.mkdir(exist_ok=True)
    (folder / "timestamp.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(folder, 50)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2015-02-02 15:58:23.948203 UTC", datetime(2015, 2, 2, 15, 58, 23, 948203)),
        ("2015-02-02 15:58:23 UTC\n", datetime(2015, 2, 2, 15, 58, 23)),
        ("2026-03-10T10:00:00+01:00", datetime(2026, 3, 10, 9)),
        ("2026-03-10T00:30:00+05:30", datetime(2026, 3, 9, 19)),
        ("2026-03-10T23:00:00-0500", datetime(2026, 3, 11, 4)),
        ("2026-03-10 10:00:00-05", datetime(2026, 3, 10, 15)),
        ("2026-03-10T10:00:00Z", datetime(2026, 3, 10, 10)),
        ("2026-03-10T10:00", datetime(2026, 3, 10, 10)),
        ("2026-03-10T10:00:00,5Z", datetime(2026, 3, 10, 10, 0, 0, 500000)),
        ("20260310T100000Z", datetime(2026, 3, 10, 10)),
        (b"\xef\xbb\xbf2026-03-10 10:00:00\r\n", datetime(2026, 3, 10, 10)),
    ],
)
def test_a_moment_is_read_as_it_is_meant(tmp_path, said, meant):
    assert read_at(tmp_path, said).timestamp == meant


ZONES = [f"2026-03-10 10:00:00 {zone}" for zone in ("CEST", "CET", "PST", "EDT", "IST", "MSK", "GMT", "+01")]
PARTS = ["10:00", "10", "March", "2026", "2026-03", "2026-03-10", "2026-03-10T10", "T10:00", "1773136800"]
OTHERS = [
    "10.03.2026 10:00",
    "10/03/2026 10:00",
    "2026-3-10 10:00",
    "10 March 2026 10:00",
    "2026-03-10x10:00",
]
NONE = ["", " ", "2026-02-29T10:00", "2026-03-10T25:00", "2026-03-10T10:60", "0001-01-01T00:00+01:00"]
TWO = ["2026-03-10T10:00\n2026-03-11T10:00", "2026-03-10T10:00:00Z UTC", "２０２６-03-10T10:00"]
BYTES = [b"\xff\xfe2\x000\x00", b"\0", b"2026-03-10T10:00:00." + b"9" * 200]


@pytest.mark.parametrize("said", [*ZONES, *PARTS, *OTHERS, *NONE, *TWO, *BYTES])
def test_what_is_no_moment_or_may_be_another_one_is_refused_in_one_sentence(tmp_path, said):
    with pytest.raises(
        BadTimestampError, match=r"timestamp\.txt does not hold a date; mend or delete"
    ) as error:
        read_at(tmp_path, said)
    assert "\n" not in str(error.value)


def test_what_is_no_plain_file_is_no_time(tmp_path):
    (tmp_path / "folder" / "timestamp.txt").mkdir(parents=True)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "timestamp.txt").symlink_to(tmp_path / "elsewhere")
    for name in ("folder", "linked"):
        with pytest.raises(BadTimestampError):
            read(tmp_path / name, 50)


def test_the_time_is_found_however_large_the_submission_is(tmp_path):
    (tmp_path / "large.bin").write_bytes(b"0" * 1_000_001)
    found = read_at(tmp_path, "2026-03-10T10:00Z")
    (tmp_path / "large.bin").write_bytes(b"0" * 1_000_000)
    assert read(tmp_path, 1).timestamp == found.timestamp == datetime(2026, 3, 10, 10)


def test_only_the_file_beside_the_notebook_says_when(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "timestamp.txt").write_text("2020-01-01T00:00Z")
    found = read(tmp_path, 50)
    assert found.timestamp is None and "work/timestamp.txt" in found.files


def test_the_time_is_no_part_of_what_was_handed_in(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    without = read(tmp_path, 50)
    early, late = (read_at(tmp_path, f"2026-03-{day}T10:00Z") for day in (10, 11))
    assert without.digest == early.digest == late.digest
    assert early.files == {"note.txt": b"mine"} and early.skipped == {}


def test_a_time_in_the_future_or_years_old_is_doubted_and_no_other():
    now = datetime(2026, 3, 10, 12)
    assert doubt(None, now) == doubt(now, now) == doubt(now - timedelta(days=300), now) == ""
    assert doubt(now + timedelta(minutes=1), now) == "", "two clocks differ by that much"
    assert "says 2026-03-10 13:00 UTC, which is in the future" in doubt(now + timedelta(hours=1), now)
    assert "says 2015-02-02 15:58 UTC, which is more than a year ago" in doubt(
        datetime(2015, 2, 2, 15, 58), now
    )


@pytest.mark.parametrize(
    ("own", "given_way"),
    [
        ({"figures/page.py": b"draws"}, ()),
        ({"figures/page.py": b"draws\r\n", "figures/mine.py": b"", "page.py": b"mine"}, ()),
        ({"figures/page.py": b"mine", "data.json": b"{}"}, ("figures/page.py",)),
        ({"figures": b"a file where the chapter has a folder"}, ("figures",)),
        ({"data.json/mine.txt": b"", "data.json/a/b": b""}, ("data.json/a/b", "data.json/mine.txt")),
        ({"figures.py": b"", "figure": b"", "data.json.bak": b""}, ()),
    ],
)
def test_a_file_that_is_another_or_in_the_way_gives_way_to_the_chapters(own, given_way):
    assert replaced(own, {"figures/page.py": b"draws", "data.json": b"{}"}) == given_way
