"""What an LMS has collected comes into the class: the right files of the right people, nothing lost."""

import json
import os
import re
import shutil
import stat
import time
import zipfile
from datetime import datetime, timedelta

import pytest
from traitlets.config import Config

from autograder.__main__ import main
from autograder.classroom import record
from autograder.classroom.course import Course
from autograder.desk.collect import Options, planned, put
from autograder.desk.dates import Date, set_dates
from autograder.lms.roster import read_roster
from tests.classes import CHAPTER, released_class
from tests.lms import archives
from tests.lms.archives import (
    APOSTROPHE,
    COMMA,
    DUE,
    HAS_GROUP,
    IN_GROUP,
    LATE,
    LMSS,
    MISSING,
    NESTED,
    OWN_TIME,
    PYTHON,
    SAME,
    SAME_TOO,
    TWICE,
    TYPED,
    WITH_ATTEMPTS,
    WITH_LOCAL_TIMES,
    WITH_TIMES,
    ZONE,
    forty,
    make,
    tiny,
    write_roster,
    zipped,
)

FILE = f"{CHAPTER}.ipynb"
STUDENTS = forty()
IDS = {student.id for student in STUDENTS}
HANDING_IN = {student.id for student in STUDENTS if student.files}


@pytest.fixture(scope="module")
def template(tmp_path_factory, chapter):
    """A class with the chapter released and due; each test works on a copy."""
    course = released_class(tmp_path_factory.mktemp("collect") / "class", chapter)
    set_dates([Date(CHAPTER, DUE.replace(tzinfo=None))], course)
    return course.folder


@pytest.fixture
def course(template, tmp_path):
    return Course(shutil.copytree(template, tmp_path / "class"))


@pytest.fixture
def collect(course, capsys):
    """Return what runs the verb and returns its status and what it says."""

    def run(*arguments):
        status = main(["--course", str(course.folder), "collect", CHAPTER, *map(str, arguments)])
        return status, "".join(capsys.readouterr())

    return run


def options(lms):
    return ["--timezone", ZONE] if lms in WITH_LOCAL_TIMES else []


def files_of(course, student):
    """Return what lies in a student's folder, path → content."""
    folder = course.folder / "submitted" / student / CHAPTER
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def everything(course):
    """Return all of the class folder but locks and the database."""
    return {
        path.relative_to(course.folder).as_posix(): path.read_bytes()
        for path in course.folder.rglob("*")
        if path.is_file() and path.suffix not in (".lock", ".db")
    }


def collected(course):
    return {path.parent.name for path in course.folder.glob(f"submitted/*/{CHAPTER}")}


def count(said, what):
    """Return the number that the table states."""
    return int(re.search(rf"^{what} +(\d+)$", said, re.M)[1])


@pytest.mark.parametrize("lms", LMSS)
def test_a_class_of_forty_is_taken_whole_by_a_roster(lms, course, collect, tmp_path):
    made = make(lms, tmp_path, STUDENTS)
    roster = write_roster(STUDENTS, tmp_path / "mine.csv")
    more = ["--times", made.gradebook, "--timezone", ZONE] if lms == "moodle" else options(lms)
    status, said = collect(made.archive, "--roster", roster, *more)
    assert (status, count(said, "taken"), count(said, "missing")) == (0, 39, 1), said
    assert f"{MISSING}: Emil Absent" in said
    if lms == "moodle":
        assert count(said, "unrecognised") == 0
    assert collected(course) == IDS - {MISSING}
    for student in STUDENTS:
        ordinary = student.files.keys() == {FILE}
        if ordinary and student.id != TYPED:
            assert files_of(course, student.id).keys() - {"timestamp.txt"} == {FILE}
            assert files_of(course, student.id)[FILE] == student.files[FILE]
    assert files_of(course, NESTED).keys() - {"timestamp.txt"} == {f"hw/{FILE}"}
    assert files_of(course, NESTED)[f"hw/{FILE}"] == tiny(6)
    assert files_of(course, PYTHON).keys() - {"timestamp.txt"} == {f"{CHAPTER}.py"}
    assert files_of(course, IN_GROUP) == files_of(course, HAS_GROUP)
    own = files_of(course, OWN_TIME)
    assert own["timestamp-of-the-student.txt"] == b"2020-01-01 00:00:00 UTC\n"
    timed = lms in WITH_TIMES | {"moodle"}
    assert own.get("timestamp.txt") == (b"2026-10-12 15:00:00 UTC\n" if timed else None)
    late = files_of(course, LATE).get("timestamp.txt")
    assert late == (b"2026-10-14 02:00:00 UTC\n" if timed else None)
    assert count(said, "late") == (1 if timed or lms in ("canvas", "ilias") else 0)
    if timed:
        assert f"{LATE}: 30.0 hours after it was due" in said
    if lms not in ("plain", "ilias", "gradescope"):
        assert any(name.endswith(".html") for name in files_of(course, TYPED))
    before = everything(course)
    status, said = collect(made.archive, "--roster", roster, *more)
    assert (status, count(said, "taken"), count(said, "unchanged")) == (0, 0, 39)
    assert everything(course) == before


@pytest.mark.parametrize("lms", sorted({*LMSS} - {"brightspace"}))
def test_the_lmss_own_export_does_for_a_roster(lms, course, collect, tmp_path):
    made = make(lms, tmp_path, STUDENTS, unpacked=True)
    status, said = collect(made.archive, "--roster", made.gradebook, *options(lms))
    has_groups = lms == "plain"  # no LMS's own table says who is in which
    assert (status, count(said, "unrecognised")) == (0, 0), said
    assert collected(course) == (HANDING_IN | ({IN_GROUP} if has_groups else set()))
    path = course.folder / "roster.csv"
    assert {*read_roster(path)} == IDS and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {*course.roster()} == IDS


def test_two_of_one_name_wait_for_the_number_that_tells_them_apart(course, collect, tmp_path):
    made = make("brightspace", tmp_path, STUDENTS)
    status, said = collect(made.archive, "--roster", made.gradebook, "--timezone", ZONE)
    assert (status, count(said, "taken"), count(said, "unrecognised")) == (0, 36, 2)
    assert f"Anna Schmidt: may be of {SAME} and {SAME_TOO}, who are called alike; write 4009 into" in said
    assert not {SAME, SAME_TOO} & collected(course)
    path = tmp_path / "numbers.csv"
    path.write_text(f"id,lms_user_id\n{SAME},4009\n{SAME_TOO},4010\n")
    status, said = collect(made.archive, "--roster", path, "--timezone", ZONE)
    assert (count(said, "taken"), count(said, "unchanged"), count(said, "unrecognised")) == (2, 36, 0)
    assert files_of(course, SAME_TOO)[FILE] == tiny(9) and files_of(course, SAME)[FILE] == tiny(8)


@pytest.mark.parametrize("lms", sorted({*LMSS} - {"brightspace", "ilias"}))
def test_a_hand_in_of_a_group_counts_for_all_its_members(lms, course, collect, tmp_path):
    made = make(lms, tmp_path, STUDENTS, grouped=True)
    roster = write_roster(STUDENTS, tmp_path / "mine.csv")
    more = ["--times", made.gradebook, "--timezone", ZONE] if lms == "moodle" else options(lms)
    status, said = collect(made.archive, "--roster", roster, *more)
    assert (status, count(said, "taken"), count(said, "unrecognised")) == (0, 39, 0), said
    assert files_of(course, IN_GROUP) == files_of(course, HAS_GROUP)
    assert files_of(course, IN_GROUP)[FILE] == tiny(2)


@pytest.mark.parametrize("lms", ["sakai", "gradescope"])
def test_the_lmss_own_list_of_members_does_without_a_column(lms, course, collect, tmp_path):
    made = make(lms, tmp_path, STUDENTS, grouped=True)
    _, said = collect(made.archive, "--roster", made.gradebook)
    assert count(said, "taken") == 39 and files_of(course, IN_GROUP)[FILE] == tiny(2)


@pytest.mark.parametrize("lms", ["canvas", "blackboard", "sakai", "ilias", "gradescope"])
def test_without_a_roster_the_lmss_own_ids_are_taken(lms, course, collect, tmp_path):
    status, said = collect(make(lms, tmp_path, STUDENTS).archive, *options(lms))
    by_number = lms in ("canvas", "ilias")
    own = {str(s.number) if by_number else s.id for s in STUDENTS if s.files}
    assert (status, collected(course), count(said, "unrecognised")) == (0, own, 0)


def test_moodle_without_a_roster_says_that_one_is_needed(course, collect, tmp_path):
    status, said = collect(make("moodle", tmp_path, STUDENTS).archive)
    assert (status, count(said, "taken"), collected(course)) == (0, 0, set())
    assert "Ada Lovelace: who that is cannot be told without a roster; give one with --roster FILE" in said


@pytest.mark.parametrize("attempt", ["latest", "first"])
@pytest.mark.parametrize("lms", sorted(WITH_ATTEMPTS))
def test_of_several_attempts_the_one_asked_for_counts(lms, attempt, course, collect, tmp_path):
    roster = write_roster(STUDENTS, tmp_path / "mine.csv")
    made = make(lms, tmp_path, STUDENTS)
    collect(made.archive, "--roster", roster, "--timezone", ZONE, "--attempt", attempt)
    found = files_of(course, TWICE)
    day = {"latest": 12, "first": 11}[attempt]
    assert found[FILE] == (tiny(1) if attempt == "latest" else tiny(101))
    assert found["timestamp.txt"] == f"2026-10-{day} 15:00:00 UTC\n".encode()


@pytest.mark.parametrize("lms", sorted(WITH_LOCAL_TIMES))
def test_local_times_are_not_guessed(lms, course, collect, tmp_path):
    made = make(lms, tmp_path, STUDENTS)
    before = everything(course)
    for more, what in [
        ([], "say it with --timezone"),
        (["--timezone", "Europe/Berlinn"], "no time zone 'Eu"),
    ]:
        status, said = collect(made.archive, *more)
        assert status == 1 and what in said and len(said.splitlines()) == 1
    assert everything(course) == before


def student(place, **changes):
    return archives.Student(place, f"s{place}", f"First{place}", f"Last{place}", **changes)


def one(content=b"1", **changes):
    return [student(1, files={FILE: content}, **changes), student(2)]


def test_an_earlier_hand_in_is_kept_and_what_came_later_is_not_replaced(course, collect, tmp_path):
    older, newer, newest = (
        make("sakai", tmp_path / name, one(name.encode(), when=DUE + timedelta(days=day))).archive
        for name, day in [("old", -2), ("new", -1), ("newest", 0)]
    )
    collect(newer)
    status, said = collect(older)
    assert (status, count(said, "left as it is")) == (0, 1) and "was handed in later" in said
    assert files_of(course, "s1")[FILE] == b"new"
    status, said = collect(newest)
    assert count(said, "replaced an earlier one") == count(said, "taken") == 1
    assert "the earlier one is in " in said and f"received/s1/{CHAPTER}/1" in said
    kept = course.folder / "received" / "s1" / CHAPTER
    assert (kept / "1" / FILE).read_bytes() == b"new"
    assert (kept / "1" / "timestamp.txt").read_text() == "2026-10-11 20:00:00 UTC\n"
    collect(older, newest, newer)
    assert files_of(course, "s1")[FILE] == b"newest" and [*kept.iterdir()] == [kept / "1"]


def test_without_times_a_later_download_counts(course, collect, tmp_path):
    first, second = (make("canvas", tmp_path / name, one(name.encode())).archive for name in "ab")
    for _ in range(2):
        collect(first, second)
        assert files_of(course, "4002")[FILE] == b"b"
    assert not (course.folder / "received").exists()
    collect(first)
    assert files_of(course, "4002")[FILE] == b"a"
    assert (course.folder / "received" / "4002" / CHAPTER / "1" / FILE).read_bytes() == b"b"


def test_what_a_person_has_mended_stays_until_something_else_is_handed_in(course, collect, tmp_path):
    archive = make("canvas", tmp_path, one()).archive
    collect(archive)
    path = course.folder / "submitted" / "4002" / CHAPTER / FILE
    path.write_bytes(b"mended")
    _, said = collect(archive)
    assert count(said, "unchanged") == 1 and path.read_bytes() == b"mended"
    collect(make("canvas", tmp_path / "2", one(b"2")).archive)
    assert path.read_bytes() == b"2"
    assert (course.folder / "received" / "4002" / CHAPTER / "1" / FILE).read_bytes() == b"mended"
    shutil.rmtree(path.parent)
    collect(archive)
    assert path.read_bytes() == b"1"


def test_a_run_that_was_ended_goes_on(course, collect, tmp_path):
    archive = make("canvas", tmp_path, one()).archive
    rest = course.folder / "submitted" / "4002" / f".{CHAPTER}.new"
    rest.mkdir(parents=True)
    (rest / "half.ipynb").write_bytes(b"half")
    collect(archive)
    assert files_of(course, "4002") == {FILE: b"1"} and not rest.exists()
    (course.folder / "record.jsonl").unlink()
    _, said = collect(archive)
    assert count(said, "unchanged") == 1 and len([*record.entries(course.folder)]) == 1


def test_a_time_that_is_known_later_is_written_and_the_hand_in_stays(course, collect, tmp_path):
    archive = make("canvas", tmp_path, one(when=DUE + timedelta(hours=2))).archive
    _, said = collect(archive)
    assert "s1" not in said and "4002: marked late by the LMS, which costs nothing" in said
    assert files_of(course, "4002") == {FILE: b"1"}
    times = tmp_path / "times.json"
    times.write_text(json.dumps([{"user_id": 4002, "submitted_at": "2026-10-12T22:00:00Z", "x": None}]))
    roster = tmp_path / "r.csv"
    roster.write_text("id,lms_user_id\n4002,4002\n")
    _, said = collect(archive, "--times", times, "--roster", roster)
    assert count(said, "only its time is new") == 1 and count(said, "unchanged") == 0
    assert "4002: 2.0 hours after it was due" in said
    assert files_of(course, "4002")["timestamp.txt"] == b"2026-10-12 22:00:00 UTC\n"
    collect(archive)
    assert files_of(course, "4002")["timestamp.txt"] == b"2026-10-12 22:00:00 UTC\n"


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("id,time\ns1,2026-10-12T10:00:00+02:00\n", datetime(2026, 10, 12, 8)),
        ("id,time\ns1,2026-10-12 10:00:00 UTC\n", datetime(2026, 10, 12, 10)),
        ("id,time\ns1,2026-10-12 10:00\n", datetime(2026, 10, 12, 8)),
        ("id,time\ns1,2026-12-12 10:00\n", datetime(2026, 12, 12, 9)),
        ("Email,Submission Time\ns1@example.org,2026-10-12 10:00:00 -0600\n", datetime(2026, 10, 12, 16)),
        (
            'Full name,Last modified (submission)\nFirst1 Last1,"Monday, 12 October 2026, 10:00 PM"\n',
            datetime(2026, 10, 12, 20),
        ),
    ],
)
def test_times_of_an_export_are_read(text, when, course, collect, tmp_path):
    times = tmp_path / "times.csv"
    times.write_text(text)
    roster = write_roster(one(), tmp_path / "r.csv")
    more = ["--roster", roster, "--times", times, "--timezone", ZONE]
    status, said = collect(make("plain", tmp_path, one()).archive, *more)
    assert status == 0, said
    assert files_of(course, "s1")["timestamp.txt"] == f"{when} UTC\n".encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,time\ns1,tomorrow\n", "line 2: 'tomorrow' is no time that can be read"),
        ("id,time\ns1,2026-10-12 10:00\n", "tells local times and not of which zone; say it with --timezone"),
        ("id,time\nnobody,2026-10-12 10:00Z\n", "tells no time of anybody who is known"),
        ("id,when\ns1,2026-10-12 10:00Z\n", "tells no time of anybody who is known"),
    ],
)
def test_times_that_tell_nothing_are_a_sentence(text, said, course, collect, tmp_path):
    times = tmp_path / "times.csv"
    times.write_text(text)
    roster = write_roster(one(), tmp_path / "r.csv")
    status, told = collect(make("plain", tmp_path, one()).archive, "--roster", roster, "--times", times)
    assert status == 1 and said in told and len(told.splitlines()) == 1
    assert collected(course) == set() and not (course.folder / "roster.csv").exists()


def test_a_dry_run_says_the_same_and_writes_nothing(course, collect, tmp_path):
    made = make("canvas", tmp_path, STUDENTS)
    before = everything(course)
    _, dry = collect(made.archive, "--roster", made.gradebook, "--dry-run")
    assert everything(course) == before and "nothing is written, as --dry-run asks for" in dry
    _, wet = collect(made.archive, "--roster", made.gradebook)
    assert dry.splitlines()[:-1] == wet.splitlines()[:-1]


def test_the_record_says_what_was_collected(course, collect, tmp_path):
    for content in (b"1", b"2", b"2"):
        collect(make("sakai", tmp_path, one(content)).archive)
    first, second = [entry for entry in record.entries(course.folder) if entry["what"] == "collected"]
    assert (first["what"], first["student"], first["assignment"]) == ("collected", "s1", CHAPTER)
    assert first["old"] == "" and first["new"] == second["old"] != second["new"]
    assert first["reason"] == "from sakai-download.zip" and first["handed_in"] == "2026-10-12T15:00:00Z"
    assert (first["lms"], first["key"]) == ("sakai", "Last1, First1(s1)")


def test_members_who_hand_in_different_things_without_times_are_left_alone(course, collect, tmp_path):
    two = [student(place, files={FILE: str(place).encode()}, group="G") for place in (1, 2)]
    roster = write_roster(two, tmp_path / "r.csv")
    _, said = collect(make("canvas", tmp_path, two).archive, "--roster", roster)
    assert collected(course) == set() and "there are several hand-ins, of last1first1 and last2first2" in said
    same = [student(place, files={FILE: b"same"}, group="G") for place in (1, 2)]
    collect(make("canvas", tmp_path, same).archive, "--roster", roster)
    assert collected(course) == {"s1", "s2"}


def test_of_members_who_hand_in_different_things_the_latest_counts_for_all(course, collect, tmp_path):
    two = [
        student(place, files={FILE: str(place).encode()}, group="G", when=DUE - timedelta(hours=place))
        for place in (1, 2, 3)
    ]
    roster = write_roster(two, tmp_path / "r.csv")
    collect(make("sakai", tmp_path, two).archive, "--roster", roster)
    assert [files_of(course, f"s{place}")[FILE] for place in (1, 2, 3)] == [b"1"] * 3


def test_names_that_canvas_has_numbered_are_put_right(course, collect, tmp_path):
    files = {f"{CHAPTER}-2.ipynb": b"n", "helper-1.py": b"h", "week-3.txt": b"w", "a-1.py": b"", "a.py": b"a"}
    collect(make("canvas", tmp_path, [student(1, files=files)]).archive)
    assert {*files_of(course, "4002")} == {FILE, "helper.py", "week-3.txt", "a-1.py", "a.py"}


def test_zips_are_opened_within_bounds_and_what_is_too_much_stays_closed(course, collect, tmp_path):
    deep = zipped({"x.txt": b"deep"})
    for number in range(4):
        deep = zipped({f"in{number}.zip": deep, "x.txt": str(number).encode()})
    bomb = zipped({"zeros": bytes(11_000_000)})
    files = {
        "bomb.zip": bomb,
        "deep.zip": deep,
        "cut.zip": deep[:40],
        FILE: b"1",
        "ok.zip": zipped({"a/b": b"b"}),
    }
    status, said = collect(
        make("plain", tmp_path, [student(1, files=files), student(2, files={"a": b""})]).archive
    )
    found = files_of(course, "s1")
    assert status == 0 and found[FILE] == b"1" and found["a/b"] == b"b" and found["bomb.zip"] == bomb
    assert found["cut.zip"] == deep[:40] and found["x.txt"] == b"3" and found["x (2).txt"] == b"2"
    assert "The archive bomb.zip unpacks to far more" in said and "is not opened" in said
    assert any(name.startswith("in") for name in found)


def test_names_that_differ_in_case_only_lie_beside_each_other(course, collect, tmp_path):
    files = {"A.py": b"1", "a.py": b"2", "TimeStamp.txt": b"3", "d": b"4", "d/e": b"5"}
    _, said = collect(
        make("plain", tmp_path, [student(1, files=files), student(2, files={"a": b""})]).archive
    )
    found = files_of(course, "s1")
    assert found == {
        **{"A.py": b"1", "a (2).py": b"2", "timestamp-of-the-student.txt": b"3", "d": b"4", "d_e": b"5"}
    }
    assert "a.py is now a (2).py, as a name like it is there" in said


def test_a_name_that_would_become_too_long_for_a_disk_costs_a_line(course, collect, tmp_path):
    long = "a" * 140
    files = {FILE: b"1", "B" * 255: b"2", "b" * 255: b"3", long: b"4", f"{long}/{'b' * 140}": b"5"}
    status, said = collect(
        make("plain", tmp_path, [student(1, files=files), student(2, files={"a": b""})]).archive
    )
    assert status == 0 and said.count("its name is too long for a disk") == 2
    assert files_of(course, "s1") == {FILE: b"1", "B" * 255: b"2", long: b"4"}


def entry(name, mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def hostile(tmp_path, entries, name="x.zip", **form):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in entries:
            archive.writestr(each, content, **form)
    return path


GOOD = (f"doejane_7_1_{FILE}", b"good")


def test_paths_that_lead_out_links_and_devices_are_named_and_the_rest_is_taken(course, collect, tmp_path):
    archive = hostile(
        tmp_path,
        [
            GOOD,
            ("../../out_8_1_x.ipynb", b""),
            ("/abs_8_1_x.ipynb", b""),
            ("a\\..\\b_8_1_x.ipynb", b""),
            ("C:\\b_8_1_x.ipynb", b""),
            (entry("link_9_1_x.ipynb", stat.S_IFLNK | 0o777), b"/etc/passwd"),
            (entry("dev_9_1_x.ipynb", stat.S_IFCHR | 0o666), b""),
            (entry("fifo_9_1_x.ipynb", stat.S_IFIFO | 0o666), b""),
            ("__MACOSX/._doejane_7_1_x.ipynb", b""),
            (".DS_Store", b""),
            (f"{'a' * 301}_9_1_x.ipynb", b""),
            (f"e_9_1_{'b' * 260}.py", b"kept out"),
        ],
    )
    outside = {path for path in tmp_path.rglob("*") if "class" not in path.parts}
    status, said = collect(archive)
    assert status == 0 and {*files_of(course, "7")} == {FILE} and collected(course) == {"7"}
    assert said.count("leads out of the archive") == 4
    assert said.count("is a link") == 1 and said.count("is not a file") == 2
    assert "its path has more than 300 characters" in said and "its name is too long for a disk" in said
    assert count(said, "unrecognised") == 8
    assert {path for path in tmp_path.rglob("*") if "class" not in path.parts} == outside


def test_an_empty_part_of_a_path_does_not_lead_to_the_root(course, collect, tmp_path):
    outside = tmp_path / "outside.py"
    names = [f"s1/{FILE}", f"s1/{outside}", "s1/.//a.py", "s1/a.py", "s2/x.py", "s2/."]
    status, said = collect(hostile(tmp_path, [(name, name.encode()) for name in names]))
    assert status == 0 and not outside.exists()
    inside = str(outside).lstrip("/")
    assert {*files_of(course, "s1")} == {FILE, inside, "a.py"} and {*files_of(course, "s2")} == {"x.py"}
    assert "a.py: is there twice; the first counts" in said


def test_a_pattern_of_the_settings_cannot_lead_out_either(course, tmp_path):
    course.config.merge(Config(Collect={"patterns": {"own": r"(?P<login>[^/]+)-(?P<file>.+)"}}))
    outside = tmp_path / "outside.py"
    archive = hostile(tmp_path, [(f"s1-{outside}", b"1"), ("s1-x.py", b"2")])
    with planned(CHAPTER, course, [archive], Options()) as plan:
        assert [outcome.student for outcome in put(plan)] == ["s1"]
    assert not outside.exists()
    assert {*files_of(course, "s1")} == {str(outside).lstrip("/"), "x.py"}


def test_a_folder_with_links_and_odd_names_costs_a_sentence_each(course, collect, tmp_path):
    folder = tmp_path / "unpacked"
    for who in ("ann", "ben"):
        (folder / who).mkdir(parents=True)
        (folder / who / FILE).write_bytes(who.encode())
    (folder / "ann" / "link.py").symlink_to("/etc/passwd")
    (folder / "cy").symlink_to("/etc")
    os.mkfifo(folder / "ben" / "pipe.py")
    (folder / "ben" / os.fsdecode(b"caf\xe9.py")).write_bytes(b"")
    status, said = collect(folder)
    assert status == 0 and collected(course) == {"ann", "ben"} and files_of(course, "ben") == {FILE: b"ben"}
    assert said.count("is a link; links are not followed") == 2
    assert "pipe.py is not a file" in said and "caf\ufffd.py: has a name that is not UTF-8" in said


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([(f"doe_{n}_1_x.ipynb", b"") for n in range(100_000)], "more than 50,000 files"),
        ([(f"doe_{n}_1_x.ipynb", bytes(4_000_000)) for n in range(3)], "more than 200 times its size"),
        ([("one.txt", b""), ("two.txt", b"")], "names are those of no LMS that is known"),
        ([], "names are those of no LMS that is known"),
        ([("submission_1/x.ipynb", b"")], r"there is no submission_metadata\.yml in it"),
    ],
    ids=["100,000 entries", "bomb", "no form", "empty", "no metadata"],
)
def test_a_download_that_is_none_or_too_much_costs_a_sentence(entries, said, course, collect, tmp_path):
    status, told = collect(hostile(tmp_path, entries))
    assert status == 1 and re.search(said, told) and len(told.splitlines()) == 1
    assert collected(course) == set()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "neither a zip archive nor a folder"),
        (b"PK\x03\x04 and no more", "neither"),
        (b"Rar!" * 99, "neither"),
        (None, "there is no"),
    ],
)
def test_what_is_no_archive_costs_a_sentence(content, said, course, collect, tmp_path):
    path = tmp_path / "x.zip"
    if content is not None:
        path.write_bytes(content)
    status, told = collect(path)
    assert status == 1 and said in told and len(told.splitlines()) == 1


def test_a_file_that_is_cut_or_locked_costs_its_own_line(course, collect, tmp_path):
    path = hostile(tmp_path, [GOOD, (f"b_8_1_{FILE}", b"flip me" * 9), (f"c_9_1_{FILE}", b"c")])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if "_8_" in info.filename:
                content[info.header_offset + 30 + len(info.filename) + 2] ^= 0xFF
            if "_9_" in info.filename:
                content[content.rfind(info.filename.encode()) - 38] |= 1
    path.write_bytes(content)
    status, said = collect(path)
    assert status == 0 and collected(course) == {"7"}
    assert "asks for a password" in said and "8: " in said and "cannot be unpacked (" in said


def test_names_in_another_encoding_are_read_or_named(course, collect, tmp_path):
    """Without the flag for UTF-8 a name is UTF-8, as macOS packs it, or in a code page that nobody states."""
    utf8, latin = "müllerjörg_8_1_ü.py".encode(), b"m\xfcller_9_1_x.py"
    path = hostile(tmp_path, [GOOD, ("u" * len(utf8), b"u"), ("l" * len(latin), b"l")])
    content = path.read_bytes().replace(b"u" * len(utf8), utf8).replace(b"l" * len(latin), latin)
    path.write_bytes(content)
    status, _ = collect(path)
    assert status == 0 and collected(course) == {"7", "8", "9"} and {*files_of(course, "8")} == {"ü.py"}


def test_names_of_people_that_no_folder_can_have_are_refused(course, collect, tmp_path):
    ids = ["..", ".hidden", "x" * 129, "venv", "a/b", "tab\there"]
    roster = tmp_path / "r.csv"
    rows = "".join(f'"{each}",{number}\n' for number, each in enumerate(ids))
    roster.write_text(f"id,lms_user_id\n{rows}ok,99\n")
    entries = [(f"n_{number}_1_{FILE}", b"x") for number in [*range(len(ids)), 99]]
    status, said = collect(hostile(tmp_path, entries), "--roster", roster)
    assert status == 0 and collected(course) == {"ok"} and count(said, "unrecognised") == len(ids)
    assert [path.name for path in (course.folder / "submitted").iterdir()] == ["ok"]


def test_a_link_in_the_class_is_not_followed(course, collect, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (course.folder / "submitted").mkdir(exist_ok=True)
    (course.folder / "submitted" / "7").symlink_to(tmp_path / "elsewhere")
    _, said = collect(hostile(tmp_path, [GOOD]))
    assert count(said, "left as it is") == 1 and "is a link; put the folder itself there" in said
    assert [*(tmp_path / "elsewhere").iterdir()] == []


def test_files_beyond_the_bound_of_a_submission_are_left_out(course, collect, tmp_path, monkeypatch):
    monkeypatch.setattr(Course, "limits", lambda _: {"submission_megabytes": 1})
    files = {
        "a.bin": os.urandom(600_000),
        "b.bin": os.urandom(600_000),
        "c.bin": os.urandom(1_100_000),
        FILE: b"1",
    }
    _, said = collect(
        make("plain", tmp_path, [student(1, files=files), student(2, files={"a": b""})]).archive
    )
    assert {*files_of(course, "s1")} == {"a.bin", FILE}
    assert (
        "b.bin is left out: all of it has more than 1 megabytes" in said and "c.bin has more than 1" in said
    )


def test_a_chapter_that_is_not_released_and_an_lms_that_is_not_known_are_a_sentence(
    course, collect, tmp_path
):
    archive = hostile(tmp_path, [GOOD])
    status, said = collect(archive, "--lms", "canvass")
    assert status == 1 and "there is no LMS 'canvass'; say one of canvas, moodle, blackboard" in said
    shutil.rmtree(course.folder / "release" / CHAPTER)
    status, said = collect(archive)
    assert status == 1 and f"{CHAPTER} is not released" in said


def test_a_thousand_students_are_a_matter_of_seconds(course, collect, tmp_path):
    crowd = [student(place, files={FILE: tiny(place)}, group=f"G{place // 3}") for place in range(999)]
    roster = write_roster(crowd, tmp_path / "r.csv")
    made = make("moodle", tmp_path, crowd[::3])
    began = time.process_time()
    status, said = collect(made.archive, "--roster", roster, "--times", made.gradebook, "--timezone", ZONE)
    assert (status, count(said, "taken")) == (0, 999)
    assert time.process_time() - began < 30


def test_what_is_received_is_not_graded(course, collect, tmp_path):
    for content in (b"1", b"2"):
        collect(make("canvas", tmp_path, one(content)).archive)
    assert course.students() == ["4002"]
    assert (course.folder / "received" / "4002" / CHAPTER / "1" / FILE).read_bytes() == b"1"


def test_names_with_an_apostrophe_and_a_comma_are_told(course, collect, tmp_path):
    some = [each for each in STUDENTS if each.id in (APOSTROPHE, COMMA)]
    roster = tmp_path / "names.csv"
    roster.write_text('id,first_name,last_name\noneil,Niamh,O\'Neil\nking,Martin,"King, Jr."\n')
    for lms in ("canvas", "moodle", "brightspace"):
        _, said = collect(make(lms, tmp_path, some).archive, "--roster", roster, *options(lms))
        assert count(said, "unrecognised") == 0, (lms, said)
    assert collected(course) == {APOSTROPHE, COMMA}


def test_a_group_whose_number_is_somebody_elses_is_known_by_its_name(course, collect, tmp_path):
    two = [student(1, files={FILE: b"group"}, group="A"), student(2, files={FILE: b"two"})]
    roster, times = write_roster(two, tmp_path / "r.csv"), tmp_path / "worksheet.csv"
    times.write_text(
        "Identifier,Full name,Last modified (submission)\n"
        'Participant 17,First2 Last2,"Monday, 12 October 2026, 10:00 PM"\n'
    )
    archive = hostile(tmp_path, [(f"A_17_assignsubmission_file/{FILE}", b"group")])
    collect(archive, "--roster", roster, "--times", times, "--timezone", ZONE)
    assert collected(course) == {"s1"}


def test_a_login_that_is_also_a_groups_name_is_the_persons(course, collect, tmp_path):
    roster = tmp_path / "r.csv"
    roster.write_text("id,group\na,B\nb,A\n")
    collect(hostile(tmp_path, [(f"a/{FILE}", b"of a")]), "--roster", roster)
    assert collected(course) == {"a"}
