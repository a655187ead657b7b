"""The record: what changed a number stands in it once, whenever a process is ended or a disk is full."""

import json
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import select
from traitlets.config import Config

from autograder.classroom import entering, record
from autograder.classroom.course import Course
from autograder.classroom.entering import enter_marks
from autograder.classroom.gradebook import MARKS, UNENTERED
from autograder.classroom.keeping import FolderError
from autograder.classroom.writer import Entry, Writer
from autograder.running.task import Graded
from tests import crowd
from tests.classes import CHAPTER, released_class

QUESTION = "explain_time_limits"
CODE = "test_td_errors"


@pytest.fixture(scope="module")
def begun(tmp_path_factory, chapter) -> Course:
    return released_class(tmp_path_factory.mktemp("record") / "class", chapter)


@pytest.fixture
def course(begun, chapter, tmp_path, database_url) -> Course:
    return crowd.copy_of(begun, tmp_path / "class", chapter, database_url)


@pytest.fixture
def in_a_file(begun, tmp_path) -> Course:
    return crowd.copy_of(begun, tmp_path / "class")


def graded(student, points, key="k1", files="f1", rules="r1", seed="s1", reason="", **more) -> Entry:
    """Return a submission to be written: these points for `td_errors`, and an answer that waits."""
    scores = {CODE: points, QUESTION: None}
    found = Graded(student, key, "", scores, frozenset(), {QUESTION: "words"}, reason, "")
    options = {"isolated": True, "timestamp": None, "files": files, "rules": rules} | more
    return Entry(found, seed, **options)


def write(course, *entries, **settings):
    config = course.config.copy()
    config.merge(Config(settings))
    with course.gradebook() as gradebook:
        Writer(gradebook, CHAPTER, config).write(entries)


def said(course) -> list[tuple]:
    return [
        (e["what"], e["student"], e.get("old"), e.get("new"), e["reason"])
        for e in record.entries(course.folder)
    ]


def mark(gradebook, student, points, comment=None, cell=QUESTION, extra=None):
    """Give a mark as the formgrader does."""
    grade = gradebook.find_grade(cell, CHAPTER, CHAPTER, student)
    grade.manual_score, grade.extra_credit, grade.needs_manual_grade = points, extra, False
    if cell == QUESTION:
        gradebook.find_comment(cell, CHAPTER, CHAPTER, student).manual_comment = comment
    gradebook.db.commit()


def seen(course) -> list[tuple]:
    """Look at the marks, and return what that adds to the record."""
    before = len(said(course))
    with course.gradebook() as gradebook:
        enter_marks(gradebook, course.folder, CHAPTER)
    return [each[:4] for each in said(course)[before:]]


def test_each_grading_is_one_line_with_old_and_new_points_and_why(course):
    write(course, graded("ada", 1), graded("bob", 2))
    write(course, graded("ada", 2, "k2", files="f2"))
    write(course, graded("ada", 1.5, "k3", files="f2", rules="r2"))
    write(course, graded("ada", 1.5, "k4", files="f2", rules="r2", seed="s2"))
    write(course, graded("ada", 0, "k4", files="f2", rules="r2", seed="s2", forced=True))
    write(course, graded("bob", 2, "k5", files="f1"))
    write(course, graded("bob", 0, "k6", files="f3", rules="r2", reason="no notebook"))
    assert said(course) == [
        ("graded", "ada", None, 1, "new to the gradebook"),
        ("graded", "bob", None, 2, "new to the gradebook"),
        ("regraded", "ada", 1, 2, "new hand-in"),
        ("regraded", "ada", 2, 1.5, "checks, limits or release changed"),
        ("regraded", "ada", 1.5, 1.5, "new round"),
        ("regraded", "ada", 1.5, 0, "--force"),
        ("regraded", "bob", 2, 2, "another notebook was chosen"),
        ("regraded", "bob", 2, 0, "new hand-in, checks, limits or release changed: no notebook"),
    ]
    (first, *_) = record.entries(course.folder)
    assert abs(datetime.now().astimezone() - datetime.fromisoformat(first["time"])) < timedelta(minutes=2)
    assert first["who"] and first["assignment"] == CHAPTER
    assert stat.S_IMODE((course.folder / record.FILE).stat().st_mode) == 0o600


def test_a_penalty_that_changes_is_a_line_and_one_that_stands_is_none(course):
    """10 % a day of 2 points: 0.2 when it is a day late, 0.4 for two."""
    late = {"LatePolicy": {"rule": "10% per day"}}
    due = datetime(2026, 10, 1)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=due)
    write(course, graded("ada", 2, timestamp=due + timedelta(hours=1)), **late)
    config = course.config.copy()
    config.merge(Config(late))
    with course.gradebook() as gradebook:
        writer = Writer(gradebook, CHAPTER, config)
        writer.update_times({"ada": due + timedelta(hours=2)})
        writer.update_times({"ada": due + timedelta(hours=25)})
        gradebook.update_or_create_assignment(CHAPTER, duedate=due + timedelta(days=9))
    with course.gradebook() as gradebook:
        Writer(gradebook, CHAPTER, config).update_penalties(["bob"])
        Writer(gradebook, CHAPTER, config).update_penalties()
    assert said(course) == [
        ("graded", "ada", None, 1.8, "new to the gradebook"),
        ("penalty", "ada", 1.8, 1.6, "the late penalty is 0.4, it was 0.2"),
        ("penalty", "ada", 1.6, 2, "the late penalty is 0, it was 0.4"),
    ]


def test_a_mark_of_the_formgrader_is_entered_once_when_it_is_next_seen(course):
    write(course, graded("ada", 1), graded("bob", 1))
    assert seen(course) == []
    with course.gradebook() as gradebook:
        mark(gradebook, "ada", 3, "Say why.")
        mark(gradebook, "bob", 1.5, "", cell=CODE)
    assert sorted(seen(course)) == [
        ("comment", "ada", None, "Say why."),
        ("mark", "ada", None, 3),
        ("mark", "bob", None, 1.5),
    ]
    last = list(record.entries(course.folder))[-1]
    assert (last["who"], last["reason"]) == (entering.FORMGRADER, entering.SEEN)
    assert seen(course) == []
    with course.gradebook() as gradebook:
        mark(gradebook, "ada", 4, None, extra=0.5)
        mark(gradebook, "bob", None, cell=CODE)
    assert sorted(seen(course), key=str) == [
        ("comment", "ada", "Say why.", None),
        ("mark", "ada", 3, 4.5),
        ("mark", "bob", 1.5, None),
    ]
    assert seen(course) == []


def test_what_a_full_disk_kept_out_of_the_record_is_entered_by_the_next_command(course, monkeypatch):
    """The scores are in the gradebook by then."""
    write(course, graded("ada", 1))
    before = (course.folder / record.FILE).read_bytes()
    wrote = os.write

    def full(file, content):
        if len(content) > 20:
            return wrote(file, content[:20])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(record.os, "write", full)
        with pytest.raises(FolderError, match="No space left"):
            write(course, graded("ada", 2, "k2", files="f2"))
    assert (course.folder / record.FILE).read_bytes() == before, "all of it or nothing"
    assert seen(course) == [("regraded", "ada", 1, 2)]
    assert seen(course) == []


def test_nothing_is_entered_twice_where_a_process_is_ended_before_it_knows(course, monkeypatch):
    write(course, graded("ada", 1))

    def ended(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(entering, "_chunks", ended)  # the line is written, the gradebook not told
        write(course, graded("ada", 2, "k2", files="f2"))
    assert [each[:4] for each in said(course)][1:] == [("regraded", "ada", 1, 2)]
    assert seen(course) == []
    with course.gradebook() as gradebook:
        assert gradebook.db.execute(select(UNENTERED)).all() == []


def test_a_line_that_a_crash_has_cut_harms_no_other(tmp_path):
    record.enter(tmp_path, [{"what": "graded", "student": "ada"}])
    with (tmp_path / record.FILE).open("ab") as file:
        file.write(b'{"what": "gra')
    record.enter(tmp_path, [{"what": "mark", "student": "bob"}, {"what": "mark", "student": "cy\udcff"}])
    found = [(e["what"], e["student"]) for e in record.entries(tmp_path)]
    assert found == [("graded", "ada"), ("mark", "bob"), ("mark", "cy\udcff")]


def test_a_batch_is_one_append(in_a_file, monkeypatch):
    calls = []
    enter = record.enter
    monkeypatch.setattr(entering.record, "enter", lambda *a: (calls.append(len(a[1])), enter(*a)))
    write(in_a_file, *(graded(f"student-{number}", 1) for number in range(50)))
    assert calls == [50]


def test_a_record_that_cannot_be_written_does_not_keep_anybody_from_reading(in_a_file, monkeypatch):
    write(in_a_file, graded("ada", 1))
    with in_a_file.gradebook() as gradebook:
        mark(gradebook, "ada", 3)

    def refuse(*_):
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch, in_a_file.gradebook() as gradebook:
        patch.setattr(record.os, "write", refuse)
        entering.enter_marks_if_possible(gradebook, in_a_file.folder, CHAPTER)
        assert gradebook.find_grade(QUESTION, CHAPTER, CHAPTER, "ada").manual_score == 3
    assert seen(in_a_file) == [("mark", "ada", None, 3)]


def test_marks_taken_from_a_gradebook_with_its_submissions_are_no_news(in_a_file):
    write(in_a_file, graded("ada", 1))
    with in_a_file.gradebook() as gradebook:
        mark(gradebook, "ada", 3)
    seen(in_a_file)
    with Gradebook(in_a_file.db_url) as gradebook:
        gradebook.remove_submission(CHAPTER, "ada")
    assert seen(in_a_file) == []
    with in_a_file.gradebook() as gradebook:
        assert len(gradebook.db.execute(select(MARKS)).all()) == 1


def test_each_line_is_json_by_itself(in_a_file):
    write(in_a_file, graded("a\nb", 1))
    (line,) = Path(in_a_file.folder / record.FILE).read_text("utf-8").splitlines()
    assert json.loads(line)["student"] == "a\nb"
