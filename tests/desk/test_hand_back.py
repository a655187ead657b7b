"""What is returned to an LMS, read back by readers of these tests' own: zipfile, csv and email."""

import csv
import email
import email.policy
import io
import re
import shutil
import zipfile
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps import ExportApp

from autograder.__main__ import LMSS, main
from autograder.classroom import received, record
from autograder.classroom.course import Course
from autograder.classroom.export import Export
from autograder.classroom.ungraded import note
from autograder.desk import hand_back as module
from autograder.desk.hand_back import ReturnError, Wanted, hand_back
from autograder.lms.tables import LAYOUTS, TableError
from tests.classes import CHAPTER, answer, cell, notebook_path, released_class, run_module
from tests.lms import archives
from tests.lms.archives import (
    ACCENTS,
    APOSTROPHE,
    COMMA,
    HAS_GROUP,
    IN_GROUP,
    LATE,
    MISSING,
    NESTED,
    OWN_TIME,
    PYTHON,
    SAME,
    TWICE,
    TYPED,
)

pytestmark = pytest.mark.heavy

CODE, WORDS = "test_td_errors", "explain_time_limits"
STUDENTS = archives.forty()
MARKS = {LATE: 1.5, TWICE: 2.0}
WAITING, NOT_GRADED, NO_ADDRESS = (TYPED, OWN_TIME), (NESTED, COMMA), ACCENTS
NONE = {*WAITING, *NOT_GRADED, MISSING}
POINTS = {s.id: s.place / 4 for s in STUDENTS if s.id not in NONE} | {LATE: 0.5, TWICE: 2.25, PYTHON: 0.0}
"""A quarter of the place in the class; the marks with it, less 1 for being late; and a 0 that is a grade."""
FORMS = {
    "canvas": ("utf-8", ",", 6),
    "moodle": ("utf-8-sig", ",", 5),
    "blackboard": ("utf-16", "\t", 6),
    "brightspace": ("utf-8-sig", ",", 5),
    "sakai": ("utf-8-sig", ",", 4),
    "ilias": ("utf-8", ";", 6),
}
"""Of each LMS's table: encoding, delimiter, and the column of the points, as `archives` makes it."""
PLACES = {
    "canvas": r"[\w-]+_(?P<number>\d+)_\d+_{chapter}\.html",
    "moodle": r"[^/_]+_(?P<participant>\d+)_assignsubmission_(?:file|onlinetext)_?/{chapter}\.html",
    "brightspace": r"(?P<number>\d+)-\d+ - [^/]+ - [^/]+ [AP]M/{chapter}\.html",
    "sakai": r"{chapter}/[^/]+\((?P<id>[^()]+)\)/Feedback Attachment\(s\)/{chapter}\.html",
    "ilias": r"multi_feedback_{chapter}/[^/]+_(?P<number>\d+)/{chapter}\.html",
}
"""Where each LMS looks for a page, and by what it knows whose it is."""


def page(student):
    return f"<!DOCTYPE html><p>the page of {student}</p>"


@pytest.fixture(scope="module")
def forty(tmp_path_factory, chapter):
    """A class of forty, to be collected, whose verdicts stand in the gradebook; two answers are marked."""
    course = released_class(tmp_path_factory.mktemp("forty") / "class", chapter)
    archives.write_roster(STUDENTS, course.folder / "roster.csv")
    text = (course.folder / "roster.csv").read_text("utf-8").replace(f"{NO_ADDRESS}@example.org", "")
    (course.folder / "roster.csv").write_text(text, "utf-8")
    with course.gradebook() as gradebook:
        for student in STUDENTS:
            gradebook.add_student(student.id)
            if student.id in (MISSING, COMMA):  # the second hands in, and nobody has tried yet
                continue
            write_page(course, student.id)
            notebook = gradebook.add_submission(CHAPTER, student.id).notebooks[0]
            for grade in notebook.grades:
                waits = grade.cell.name == WORDS and student.id in {*WAITING, *MARKS}
                grade.auto_score = None if waits else 0
                if grade.cell.name == CODE:
                    grade.auto_score = 0 if student.id == PYTHON else student.place / 4
            notebook.late_submission_penalty = 1 if student.id == LATE else None
        gradebook.db.commit()
        for student, points in MARKS.items():
            notebook = gradebook.find_submission(CHAPTER, student).notebooks[0]
            grade = next(each for each in notebook.grades if each.cell.name == WORDS)
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
    note(course.folder, CHAPTER, NESTED, "its archive cannot be opened", told="", advice="Hand it in again.")
    return course


def write_page(course, student):
    path = course.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html"
    path.parent.mkdir(parents=True)
    path.write_text(page(student), "utf-8")


@pytest.fixture
def course(forty, tmp_path):
    shutil.copytree(forty.folder, tmp_path / "class")
    return Course(tmp_path / "class")


def collected(course, lms, folder):
    """Collect an LMS's download of the class, and return its own table."""
    made = archives.make(lms, folder, STUDENTS)
    zone = ["--timezone", archives.ZONE]
    times = ["--times", str(made.gradebook)] if lms == "moodle" else []  # it tells two of one name apart
    run_verb(course, "collect", CHAPTER, str(made.archive), "--lms", lms, *zone, *times)
    return made.gradebook


def run_verb(course, *arguments):
    assert main(["--course", str(course.folder), *arguments]) == 0


def enter_keys(course, lms, keys):
    """Enter into the record that something was collected under these names."""
    facts = {"what": "collected", "assignment": CHAPTER, "lms": lms}
    record.enter(course.folder, [facts | {"student": each, "key": key} for each, key in keys.items()])


def rows_of(content, lms):
    encoding, delimiter, column = FORMS[lms]
    rows = list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))
    return rows, column


def whose_row(row):
    return next((s.id for s in STUDENTS if {s.id, f"#{s.id}", s.email} & {*row}), None)


def in_zip(path):
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def the_zip(folder):
    (path,) = folder.glob("*.zip")
    return path


@pytest.mark.parametrize("lms", FORMS)
def test_the_grades_come_back_in_the_lms_own_table_and_no_foreign_cell_has_changed(course, tmp_path, lms):
    export = collected(course, lms, tmp_path / "lms")
    before, to = export.read_bytes(), tmp_path / "to"
    said = "\n".join(
        hand_back(CHAPTER, course, Wanted(lms, to, Export(lms, export, item="HW 5" * (lms == "canvas"))))
    )
    after = (to / export.name).read_bytes()
    assert export.read_bytes() == before
    old, column = rows_of(before, lms)
    new, _ = rows_of(after, lms)
    given = {}
    for was, now in zip(old, new, strict=True):
        student = whose_row(was)
        assert now[:column] == was[:column] and now[column + 1 :] == was[column + 1 :]
        if student not in POINTS:
            assert now == was
        else:
            given[student] = now[column]
    assert {student: float(cell.replace(",", ".")) for student, cell in given.items()} == POINTS
    assert given[PYTHON] == "0", "a 0 is a grade"
    assert given["user15"] == ("3,75" if lms == "ilias" else "3.75")
    assert after[:3] == before[:3] and after.count(b"\n") == before.count(b"\n"), "byte-order mark and lines"
    assert after.count(b"\r") == before.count(b"\r")
    assert after.count(b'"') == before.count(b'"'), "what was quoted is, and nothing else"
    assert f"no grade, waits for a mark: {', '.join(sorted(WAITING))}\n" in said
    assert f"no grade, handed in nothing: {MISSING}\n" in said
    assert f"no grade, handed in but not graded: {', '.join(sorted(NOT_GRADED))}\n" in said
    assert "points at most" not in said and "kept" not in said and "not in the" not in said


@pytest.mark.parametrize("lms", PLACES)
def test_each_page_lies_where_the_lms_looks_for_it_under_a_name_that_was_downloaded(course, tmp_path, lms):
    collected(course, lms, tmp_path / "lms")
    to = tmp_path / "to"
    said = "\n".join(hand_back(CHAPTER, course, Wanted(lms, to, pages=True)))
    downloaded = zipfile.ZipFile(tmp_path / "lms" / f"{lms}-download.zip").namelist()
    found = {}
    for name, content in in_zip(the_zip(to)).items():
        match = re.fullmatch(PLACES[lms].replace("{chapter}", CHAPTER), name)
        assert match, name
        (part, value), *_ = match.groupdict().items()
        (student,) = [s.id for s in STUDENTS if str(getattr(s, part)) == value]
        assert content.decode() == page(student)
        kept = name.removesuffix(f"{CHAPTER}.html").rstrip("/").removesuffix("/Feedback Attachment(s)")
        kept = kept.split("/")[-1]
        assert any(kept in each for each in downloaded) or student == IN_GROUP, name
        found[student] = name
    by_hand = {path.parent.name: path.read_text("utf-8") for path in (to / "pages").rglob("*.html")}
    assert found.keys() | by_hand.keys() == {s.id for s in STUDENTS} - {MISSING, COMMA}
    assert by_hand == ({} if lms == "ilias" else {IN_GROUP: page(IN_GROUP)}), "not named in the download"
    assert f"no page, because nothing is graded: {MISSING}, {COMMA}" in said
    assert (f"{lms} names no place for the pages of: {IN_GROUP};" in said) == bool(by_hand)


@pytest.mark.parametrize("lms", ["blackboard", "gradescope", "plain"])
def test_an_lms_that_takes_no_pages_of_many_says_so_and_they_lie_in_a_folder_each(course, tmp_path, lms):
    collected(course, lms, tmp_path / "lms")
    said = hand_back(CHAPTER, course, Wanted(lms, tmp_path / "to", pages=True))
    found = {path.parent.name: path for path in (tmp_path / "to").rglob("*.html")}
    assert found.keys() == {s.id for s in STUDENTS} - {MISSING, COMMA}
    assert all(path.read_text("utf-8") == page(student) for student, path in found.items())
    assert not list((tmp_path / "to").glob("*.zip"))
    assert said[-1] == module.TAKES[lms]


def test_every_lms_that_can_be_named_is_known(course, tmp_path):
    assert {*LMSS} == {*module.LMSS} == {*archives.LMSS}
    for lms in {*LMSS} - LAYOUTS.keys():
        with pytest.raises(TableError, match="gradescope takes no table of grades"):
            hand_back(CHAPTER, course, Wanted(lms, tmp_path / "to", Export(lms, tmp_path / "x.csv")))


def test_who_was_not_downloaded_gets_the_page_by_hand_or_by_what_the_table_says(course, tmp_path):
    export = collected(course, "moodle", tmp_path / "lms")
    keys = received.keys(course.folder, CHAPTER, "moodle")
    enter_keys(course, "moodle", {SAME: "", APOSTROPHE: "Default group_assignsubmission_file"})
    said = "\n".join(hand_back(CHAPTER, course, Wanted("moodle", tmp_path / "a", pages=True)))
    by_hand = sorted([SAME, APOSTROPHE, IN_GROUP])
    assert f"moodle names no place for the pages of: {', '.join(by_hand)}; " in said
    assert sorted(path.parent.name for path in (tmp_path / "a" / "pages").rglob("*.html")) == by_hand
    wanted = Wanted("moodle", tmp_path / "a", Export("moodle", export), pages=True)
    hand_back(CHAPTER, course, wanted)
    number = next(s.participant for s in STUDENTS if s.id == SAME)
    packed = in_zip(the_zip(tmp_path / "a"))
    assert packed[f"Anna Schmidt_{number}_assignsubmission_file/{CHAPTER}.html"].decode() == page(SAME)
    assert not list((tmp_path / "a" / "pages").rglob("*.html")), "what lay there on the first day is gone"
    assert len(packed) == len(keys) - 1, "all but who is not graded"


@pytest.mark.parametrize(("lms", "key"), [("canvas", "team7_4003_88020_"), ("sakai", "Team 7 (g-17)")])
def test_a_group_gets_one_page_and_is_named(course, tmp_path, lms, key):
    collected(course, lms, tmp_path / "lms")
    enter_keys(course, lms, dict.fromkeys([HAS_GROUP, IN_GROUP], key))
    said = "\n".join(hand_back(CHAPTER, course, Wanted(lms, tmp_path / "to", pages=True)))
    (name,) = [name for name in in_zip(the_zip(tmp_path / "to")) if key in name]
    assert in_zip(the_zip(tmp_path / "to"))[name].decode() == page(HAS_GROUP)
    assert f"{IN_GROUP} gets the page of {HAS_GROUP}: they handed in as one" in said


@pytest.mark.parametrize(
    ("lms", "key", "number"),
    [
        ("moodle", "Team 7_17_assignsubmission_file", "_{s.participant}_"),
        ("ilias", "Team 17/Chika Sato", "_{s.number}/"),
    ],
)
def test_where_pages_are_for_persons_each_member_of_a_group_gets_one(course, tmp_path, lms, key, number):
    export = collected(course, lms, tmp_path / "lms")
    enter_keys(course, lms, group := dict.fromkeys([HAS_GROUP, IN_GROUP], key))
    hand_back(CHAPTER, course, Wanted(lms, tmp_path / "to", Export(lms, export), pages=True))
    packed = in_zip(the_zip(tmp_path / "to"))
    for student in (s for s in STUDENTS if s.id in group):
        (name,) = [name for name in packed if number.format(s=student) in name]
        assert packed[name].decode() == page(student.id)
    assert not [name for name in packed if key in name], "the LMS knows no group there"


def test_sakai_finds_its_grades_in_the_zip(course, tmp_path):
    export = collected(course, "sakai", tmp_path / "lms")
    hand_back(CHAPTER, course, Wanted("sakai", tmp_path / "to", Export("sakai", export), pages=True))
    packed = in_zip(the_zip(tmp_path / "to"))
    assert packed[f"{CHAPTER}/grades.csv"] == (tmp_path / "to" / export.name).read_bytes()
    parts = [len(name.split("/")) for name in packed if not name.endswith("grades.csv")]
    assert min(parts) > 2, "else Sakai refuses the zip"
    assert not [name for name in packed for word in ("comments", "feedbackText", "timestamp") if word in name]


def test_a_letter_to_each_with_the_page_and_none_is_sent(course, tmp_path):
    collected(course, "gradescope", tmp_path / "lms")
    said = "\n".join(hand_back(CHAPTER, course, Wanted("gradescope", tmp_path / "to", mail=True)))
    found = {}
    for path in (tmp_path / "to" / "mail").iterdir():
        content = path.read_bytes()
        assert b"\n" not in content.replace(b"\r\n", b""), "as RFC 5322 has it"
        letter = email.message_from_bytes(content, policy=email.policy.default)
        (to,) = letter["To"].addresses
        student = next(s for s in STUDENTS if s.email == to.addr_spec)
        assert to.display_name == student.full and path.name == f"{student.id}.eml"
        (attached,) = letter.iter_attachments()
        assert attached.get_filename() == f"{CHAPTER}.html" and attached.get_content() == page(student.id)
        assert letter["Subject"].endswith(": your feedback") and letter["X-Unsent"] == "1"
        found[student.id] = letter.get_body(["plain"]).get_content()
    assert found.keys() == {s.id for s in STUDENTS} - {MISSING, COMMA, NO_ADDRESS}
    assert f"no letter, for want of an address: {NO_ADDRESS}" in said and "none is sent" in said
    assert "You have 2.25 of 42 points." in found[TWICE] and found[TWICE].startswith("Dear Béla Bartók,")
    assert "You have 3.25 of 42 points so far; an answer is still to be marked" in found[TYPED]
    assert "could not be graded yet" in found[NESTED] and "points" not in found[NESTED]


@pytest.mark.parametrize(
    "address", ["a@b@c", "ann", "Ann <ann@x.org>", "ann@x.org\nBcc: all@x.org", "é@x.org"]
)
def test_what_is_no_address_gets_no_letter_and_is_named(course, tmp_path, address):
    path = course.folder / "roster.csv"
    path.write_text(path.read_text("utf-8").replace("user20@example.org", f'"{address}"'), "utf-8")
    said = "\n".join(hand_back(CHAPTER, course, Wanted("plain", tmp_path / "to", mail=True)))
    assert f"for want of an address: user20, {NO_ADDRESS}" in said
    assert not (tmp_path / "to" / "mail" / "user20.eml").exists()


@pytest.mark.parametrize("lms", ["canvas", "sakai", "plain"])
def test_returned_again_nothing_changes_and_nobody_else_can_read_it(course, tmp_path, lms):
    export = collected(course, lms, tmp_path / "lms")
    table = None if lms == "plain" else Export(lms, export, item="HW 5" * (lms == "canvas"))
    wanted = Wanted(lms, tmp_path / "to", table, pages=True, mail=True)
    first = hand_back(CHAPTER, course, wanted)
    files = {path: path.read_bytes() for path in (tmp_path / "to").rglob("*") if path.is_file()}
    assert hand_back(CHAPTER, course, wanted) == first
    assert {path: path.read_bytes() for path in (tmp_path / "to").rglob("*") if path.is_file()} == files
    assert {path.stat().st_mode & 0o77 for path in files} == {0}


def test_an_id_that_leads_elsewhere_removes_nothing_there(course, tmp_path):
    kept = [tmp_path / "kept" / f"{CHAPTER}.html", tmp_path / "kept.eml"]
    kept[0].parent.mkdir()
    for path in kept:
        path.write_text("mine", "utf-8")
    with (course.folder / "roster.csv").open("a", encoding="utf-8") as file:
        file.write(f"{tmp_path / 'kept'}\n")
    hand_back(CHAPTER, course, Wanted("plain", tmp_path / "back", pages=True, mail=True))
    assert [path.read_text("utf-8") for path in kept] == ["mine", "mine"]


def test_points_that_the_export_does_not_have_are_said_in_one_sentence(course, tmp_path):
    export = collected(course, "moodle", tmp_path / "lms")
    export.write_text(export.read_text("utf-8-sig").replace(",42.00,", ",9.00,"), "utf-8-sig")
    said = hand_back(CHAPTER, course, Wanted("moodle", tmp_path / "to", Export("moodle", export)))
    (line,) = [line for line in said if "points at most" in line]
    assert line == (
        "the export gives 9 points at most, and the chapter 42: nothing is rescaled; put the number right in "
        "the LMS (3 have more; Moodle passes such rows over)"
    )


def test_strangers_and_who_is_not_in_the_export_are_named_and_old_cells_are_kept(course, tmp_path):
    export = collected(course, "canvas", tmp_path / "lms")
    text = export.read_text("utf-8").replace('"Last20, First20",4021,0090020,user20', '"New, Nina",777,,nina')
    text = text.replace(
        '"Turing, Alan",4014,0090013,turing,B,7.50,,', '"Turing, Alan",4014,0090013,turing,B,7.50,3,'
    )
    export.write_text(text, "utf-8")
    said = hand_back(
        CHAPTER, course, Wanted("canvas", tmp_path / "to", Export("canvas", export, item="HW 5"))
    )
    assert "in the export but not in the class: New, Nina" in said
    assert "graded here but not in the export: user20" in said
    assert "kept what the export holds: turing (3)" in said
    assert '"New, Nina",777,,nina,A,7.50,,' in (tmp_path / "to" / export.name).read_text("utf-8")


def test_nothing_is_written_where_it_cannot_be_done(course, tmp_path):
    export = collected(course, "canvas", tmp_path / "lms")
    wanted = Wanted("canvas", tmp_path / "to", Export("canvas", export), pages=True, mail=True)
    with pytest.raises(
        TableError, match=r"several columns .* --item which of: 'HW 4 \(900\)', 'HW 5 \(901\)'"
    ):
        hand_back(CHAPTER, course, wanted)
    assert not (tmp_path / "to").exists()
    with pytest.raises(ReturnError, match="is where the export lies"):
        hand_back(CHAPTER, course, Wanted("canvas", export.parent, Export("canvas", export, item="HW 5")))
    shutil.rmtree(course.folder / "feedback")
    with pytest.raises(ReturnError, match=r"there is no page to return .* autograder .*feedback"):
        hand_back(CHAPTER, course, Wanted("canvas", tmp_path / "to", pages=True))


def test_without_a_roster_nbgraders_own_list_of_students_says_who_is_who(course, tmp_path):
    export = collected(course, "brightspace", tmp_path / "lms")
    (course.folder / "roster.csv").unlink()
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(
            "user20", first_name="First20", last_name="Last20", email="x@example.org"
        )
    wanted = Wanted("brightspace", tmp_path / "to", Export("brightspace", export), mail=True)
    hand_back(CHAPTER, course, wanted)
    assert [path.name for path in (tmp_path / "to" / "mail").iterdir()] == ["user20.eml"]
    rows, column = rows_of((tmp_path / "to" / export.name).read_bytes(), "brightspace")
    assert next(row for row in rows if "#user20" in row)[column] == "5"


def nbgrader(course, *arguments):
    folder = [f"--CourseDirectory.root={course.folder}", f"--CourseDirectory.db_url={course.db_url}"]
    ExportApp.clear_instance()
    try:
        ExportApp.launch_instance([*arguments, *folder])
    finally:
        ExportApp.clear_instance()


@pytest.mark.parametrize("lms", ["canvas", "moodle", "blackboard", "brightspace", "sakai"])
def test_nbgraders_own_command_fills_the_same_table(course, tmp_path, lms):
    export = collected(course, lms, tmp_path / "lms")
    item = "HW 5" if lms == "canvas" else ""
    hand_back(CHAPTER, course, Wanted(lms, tmp_path / "to", Export(lms, export, item=item)))
    name = f"{lms.title()}Export"
    to = tmp_path / "exported.csv"
    nbgrader(
        course,
        f"--exporter=autograder.classroom.export.{name}",
        f"--to={to}",
        f"--{name}.grades={export}",
        *([f"--{name}.item={item}"] if item else []),
    )
    assert to.read_bytes() == (tmp_path / "to" / export.name).read_bytes()


def test_nbgraders_own_command_as_it_is_typed(course, tmp_path):
    export = collected(course, "moodle", tmp_path / "lms")
    typed = ["export", "--exporter=autograder.classroom.export.MoodleExport", f"--to={tmp_path / 'to.csv'}"]
    where = [f"--CourseDirectory.root={course.folder}", f"--db={course.db_url}"]
    ended = run_module("nbgrader", *typed, *where, f"--MoodleExport.grades={export}", "--assignment", CHAPTER)
    assert ended.returncode == 0, ended.stderr
    assert f"no grade, waits for a mark: {', '.join(sorted(WAITING))}\n" in ended.stderr
    rows, column = rows_of((tmp_path / "to.csv").read_bytes(), "moodle")
    assert {whose_row(row): float(row[column]) for row in rows[1:] if row[column]} == POINTS


def test_nbgraders_own_command_says_what_it_lacks(course, tmp_path):
    lacks = "name the file that canvas has exported: --CanvasExport.grades=FILE"
    with pytest.raises(SystemExit, match=re.escape(lacks)):
        nbgrader(course, "--exporter=autograder.classroom.export.CanvasExport")
    with pytest.raises(SystemExit, match=r"none\.csv cannot be read"):
        nbgrader(
            course,
            "--exporter=autograder.classroom.export.CanvasExport",
            f"--CanvasExport.grades={tmp_path / 'none.csv'}",
        )


def test_the_command_says_what_it_wrote_and_puts_it_into_the_class(course, tmp_path, capsys):
    export = collected(course, "canvas", tmp_path / "lms")
    arguments = ["--course", str(course.folder), "return", CHAPTER, "--lms", "canvas"]
    capsys.readouterr()
    assert main([*arguments, "--grades", str(export), "--item", "HW 5"]) == 0
    out = capsys.readouterr().out
    path = course.folder / "returned" / CHAPTER / export.name
    assert out.startswith(f"wrote {path}: names and grades, for canvas\n")
    assert Path(path).is_file() and "Canvas takes the zip" in out
    assert main([*arguments, "--grades", str(tmp_path / "none.csv")]) == 1
    assert "none.csv cannot be read" in capsys.readouterr().err


def test_a_name_from_another_lms_is_no_name_for_this_one(course, tmp_path):
    collected(course, "brightspace", tmp_path / "lms")
    said = "\n".join(hand_back(CHAPTER, course, Wanted("canvas", tmp_path / "to", pages=True)))
    assert "canvas names no place for the pages of: " in said and not list((tmp_path / "to").glob("*.zip"))
    enter_keys(course, "canvas", {"user20": "last20first20_4021_88200_"})
    hand_back(CHAPTER, course, Wanted("canvas", tmp_path / "to", pages=True))
    assert [*in_zip(the_zip(tmp_path / "to"))] == [f"last20first20_4021_88200_{CHAPTER}.html"]


def answered(released):
    """Return what makes the notebook of a student: one function right, and the question answered in words."""
    blank = nbformat.read(notebook_path(released, "release"), as_version=4)
    imports = next(each for each in blank.cells if each.cell_type == "code")
    blank.cells = [each for each in blank.cells if each is imports or "nbgrader" in each.metadata]
    answer(blank)

    def notebook(place):
        cell(blank, WORDS).source = f"Because the episode goes on, says number {place}."
        return nbformat.writes(blank).encode()

    return notebook


def test_the_whole_way_on_canvas_with_collecting_grading_marks_and_pages(released, tmp_path, capsys):
    few = [s for s in archives.forty(answered(released)) if s.id in {LATE, TWICE, MISSING, NESTED, TYPED}]
    made = archives.make("canvas", tmp_path / "lms", few)
    roster = archives.write_roster(few, tmp_path / "roster.csv")
    verb = partial(run_verb, released)
    verb("collect", CHAPTER, str(made.archive), "--roster", str(roster))
    verb("grade", CHAPTER, "--workers", "2")
    with released.gradebook() as gradebook:
        for student, points in MARKS.items():
            notebook = gradebook.find_submission(CHAPTER, student).notebooks[0]
            grade = next(each for each in notebook.grades if each.cell.name == WORDS)
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
    capsys.readouterr()
    verb("return", CHAPTER, "--lms", "canvas", "--grades", str(made.gradebook), "--item", "HW 5", "--pages")
    said = capsys.readouterr().out
    assert f"no grade, waits for a mark: {NESTED}, {TYPED}\n" in said
    assert f"no grade, handed in nothing: {MISSING}\n" in said
    to = released.folder / "returned" / CHAPTER
    old, column = rows_of(made.gradebook.read_bytes(), "canvas")
    new, _ = rows_of((to / made.gradebook.name).read_bytes(), "canvas")
    expected = {LATE: "3.5", TWICE: "4"}  # 2 points for the function that is right, and the mark
    for was, now in zip(old, new, strict=True):
        assert now == [*was[:column], expected.get(whose_row(was), was[column]), *was[column + 1 :]]
    downloaded = zipfile.ZipFile(made.archive).namelist()
    packed = in_zip(the_zip(to))
    assert len(packed) == 4
    for student in few:
        names = [name for name in packed if f"_{student.number}_" in name]
        assert len(names) == (student.id != MISSING)
        for name in names:
            assert any(each.startswith(name.removesuffix(f"{CHAPTER}.html")) for each in downloaded)
            text = packed[name].decode()
            assert f"says number {student.place}." in text, "the page of this student, with what they wrote"
            assert "still to be marked by a person" in text or student.id in MARKS
