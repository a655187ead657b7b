"""Forget: nothing of a student is left in the class, everything of the others; nothing else is touched."""

import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import MetaData, select

from autograder.__main__ import main
from autograder.classroom import record, ungraded
from autograder.classroom.course import Course
from autograder.desk import forget as forgetting
from autograder.desk.dates import Date, read_when, set_dates
from autograder.desk.forget import ForgetError, forget
from autograder.desk.history import is_known
from autograder.desk.marking import has_ids
from tests import crowd
from tests.classes import CHAPTER, released_class
from tests.classroom.test_record import QUESTION, graded, mark, seen, write

ROSTER = 'id,first_name,last_name\r\nadalove,Ada,"King, Countess"\r\nbobbins,Bob,"O\'Hara"\r\n'


def fill(course: Course) -> Course:
    """Let the class hold something of Ada and of Bob wherever it can hold something."""
    set_dates(
        [
            Date(CHAPTER, read_when("2026-10-01T00:00Z")),
            Date(CHAPTER, read_when("2026-10-08T00:00Z"), "adalove"),
        ],
        course,
    )
    write(course, graded("adalove", 1), graded("bobbins", 2))
    with course.gradebook() as gradebook:
        mark(gradebook, "adalove", 3, "Say why.")
        mark(gradebook, "bobbins", 2, "Good.")
    seen(course)
    for student in ("adalove", "bobbins"):
        for step in forgetting.STEPS:
            path = course.folder / step / student / CHAPTER / f"{CHAPTER}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(f"{{}} of {student}", "utf-8")
            path.chmod(0o444)
        course.choose(CHAPTER, student, "digest", "a.ipynb")
        ungraded.note(course.folder, CHAPTER, student, "two notebooks", told="", advice="")
        forgetting.marking._remember_ids(
            course, CHAPTER, QUESTION, {f"id{student}": forgetting.marking.Given(student, "", None, None)}
        )
    (course.folder / "roster.csv").write_bytes(ROSTER.encode())
    return course


@pytest.fixture(scope="module")
def begun(tmp_path_factory, chapter) -> Course:
    return released_class(tmp_path_factory.mktemp("forget") / "class", chapter)


@pytest.fixture
def course(begun, tmp_path) -> Course:
    return fill(crowd.copy_of(begun, tmp_path / "class"))


def traces(course: Course, student: str) -> list[str]:
    """Return every file in the class folder whose path or content holds a name."""
    found = []
    for folder, _, names in os.walk(course.folder):
        for name in names:
            path = os.path.join(folder, name)
            held = path[len(str(course.folder)) :]
            content = b"" if os.path.islink(path) else Path(path).read_bytes()
            if student in held or student.encode() in content:
                found.append(held)
    return sorted(found)


def rows(course: Course, student: str) -> int:
    """Count the rows of all tables of the gradebook that hold a student's name."""
    count = 0
    with course.gradebook() as gradebook:
        everything = MetaData()
        everything.reflect(gradebook.engine)
        for each in everything.sorted_tables:
            count += sum(student in map(str, row) for row in gradebook.db.execute(select(each)))
    return count


def gradebook_of(course: Course) -> bytes:
    return (course.folder / "gradebook.db").read_bytes()


def test_nothing_is_left_of_somebody_and_all_of_the_others(course):
    assert (
        len(traces(course, "adalove")) >= 10
        and b"Say why." in gradebook_of(course)
        and rows(course, "adalove") >= 6
    )
    before = {path: (course.folder / path[1:]).read_bytes() for path in traces(course, "bobbins")}
    said = list(forget(course, "adalove"))
    assert traces(course, "adalove") == []
    assert rows(course, "adalove") == 0 and not has_ids(course, "adalove")
    assert b"Say why." not in gradebook_of(course), "nor in the free pages of the file"
    assert not is_known(course, "adalove", [])
    told = list(record.entries(course.folder))
    assert [(e["what"], e["student"]) for e in told if not e["student"]] == [
        ("due date", ""),
        ("forgotten", ""),
    ]
    assert told[-1]["who"] and told[-1]["time"]
    unlike = {path for path, content in before.items() if (course.folder / path[1:]).read_bytes() != content}
    assert unlike <= {"/gradebook.db", "/record.jsonl", "/roster.csv", f"/marking/{CHAPTER}/{QUESTION}.json"}
    assert [e["what"] for e in told if e["student"] == "bobbins"] == ["graded", "mark", "comment"]
    assert (course.folder / "roster.csv").read_bytes() == (
        b'id,first_name,last_name\r\nbobbins,Bob,"O\'Hara"\r\n'
    )
    assert "removed submitted/adalove (1 file)" in said and "removed from roster.csv: 1 row" in said
    assert any("1 submissions" in line and "1 extensions" in line for line in said)
    assert any("removed from marking: 1 id " in line for line in said)


def test_a_gradebook_on_a_server_forgets_too(begun, chapter, tmp_path, postgres):
    course = fill(crowd.copy_of(begun, tmp_path / "class", chapter, postgres.new_database()))
    bobbins = rows(course, "bobbins")
    list(forget(course, "adalove"))
    assert rows(course, "adalove") == 0 and rows(course, "bobbins") == bobbins


@pytest.mark.parametrize("step", ["_from_gradebook", "_remove", "_from_roster"])
def test_ended_in_the_middle_the_same_command_ends_its_work(course, monkeypatch, step):
    def ended(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(forgetting, step, ended)
        list(forget(course, "adalove"))
    list(forget(course, "adalove"))
    assert traces(course, "adalove") == []
    assert rows(course, "adalove") == 0
    with pytest.raises(ForgetError, match=r"nobody in .* has the id adalove"):
        list(forget(course, "adalove"))


def test_a_disk_that_refuses_at_the_record_is_a_sentence_and_loses_nothing_of_others(course, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(record.os, "write", full)
        status = main(["--course", str(course.folder), "forget", "adalove", "--yes"])
    assert status == 1 and (course.folder / "submitted" / "adalove").is_dir(), "nothing was begun"
    with monkeypatch.context() as patch:
        patch.setattr(record, "write_whole", full)
        status = main(["--course", str(course.folder), "forget", "adalove", "--yes"])
    assert status == 1 and {"bobbins", "adalove"} <= {e["student"] for e in record.entries(course.folder)}
    assert main(["--course", str(course.folder), "forget", "adalove", "--yes"]) == 0
    assert {e["student"] for e in record.entries(course.folder)} == {"bobbins", ""}


def test_a_link_goes_and_what_it_leads_to_stays(course, tmp_path):
    outside = tmp_path / "outside"
    (outside / "adalove").mkdir(parents=True)
    (outside / "adalove" / "thesis.txt").write_text("mine", "utf-8")
    shutil.rmtree(course.folder / "submitted" / "adalove")
    (course.folder / "submitted" / "adalove").symlink_to(outside / "adalove")
    (course.folder / "autograded" / "adalove" / "link").symlink_to(outside)
    shutil.rmtree(course.folder / "received")
    (course.folder / "received").symlink_to(outside)
    list(forget(course, "adalove"))
    assert (outside / "adalove" / "thesis.txt").read_text("utf-8") == "mine"
    assert not (course.folder / "submitted" / "adalove").is_symlink()
    assert not (course.folder / "autograded" / "adalove").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../class", "bobbins/..", "/", "ADA", "adalove ", "*", "ad?", "adalove/"]
)
def test_a_name_is_a_name_and_no_path_or_pattern(course, name):
    before = traces(course, "")
    with pytest.raises(ForgetError, match="nobody in"):
        list(forget(course, name))
    assert traces(course, "") == before


@pytest.mark.parametrize(
    "name", ["a/b", "../bobbins", "%", "o'hara; --", "名前", "a\nb", "x" * 120, "\udcff"]
)
def test_whatever_somebody_is_called_they_can_be_forgotten(course, name):
    if name != "\udcff":
        write(course, graded(name, 1))
    if "/" not in name:
        (course.folder / "submitted" / name).mkdir()
    course_files = traces(course, "bobbins")
    list(forget(course, name))
    if name != "\udcff":
        assert rows(course, name) == 0
    assert traces(course, "bobbins") == course_files
    assert name not in os.listdir(course.folder / "submitted")


def test_the_id_has_to_be_typed_again_unless_that_is_said(course, monkeypatch, capsys):
    command = ["--course", str(course.folder), "forget", "adalove"]
    monkeypatch.setattr("builtins.input", lambda _: "bobbins")
    assert main(command) == 1
    assert "nothing was removed" in capsys.readouterr().err and rows(course, "adalove")

    def nobody(_):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    assert main(command) == 1 and rows(course, "adalove")
    monkeypatch.setattr("builtins.input", lambda _: "adalove")
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "removed feedback/adalove" in said and "your backups" in said
    assert main([*command, "--yes"]) == 1
    assert "nobody in" in capsys.readouterr().err


def test_an_lmss_own_export_in_the_place_of_the_roster_forgets_too(course):
    path = course.folder / "roster.csv"
    path.write_text('Student,ID,SIS Login ID\n"King, Ada",1,adalove\n"O\'Hara, Bob",2,bobbins\n', "utf-8")
    list(forget(course, "adalove"))
    assert path.read_text("utf-8") == 'Student,ID,SIS Login ID\n"O\'Hara, Bob",2,bobbins\n'
