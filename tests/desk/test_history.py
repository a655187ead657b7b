"""History: what answers a complaint, all of it, in the order in which it was."""

import json
import re
from datetime import datetime

import pytest

from autograder.__main__ import main
from autograder.classroom import record, ungraded
from autograder.classroom.course import Course
from autograder.desk.dates import Date, set_dates
from autograder.desk.history import HistoryError, history
from tests import crowd
from tests.classes import CHAPTER, released_class
from tests.classroom.test_record import QUESTION, graded, mark, write


@pytest.fixture(scope="module")
def begun(tmp_path_factory, chapter) -> Course:
    """A class in which Ada was graded, handed in again, was marked and given more time; Bob was graded."""
    course = released_class(tmp_path_factory.mktemp("history") / "class", chapter)
    due, later = datetime(2026, 10, 1), datetime(2026, 10, 8)
    set_dates([Date(CHAPTER, due), Date(CHAPTER, later, "ada", "ill")], course)
    write(course, graded("ada", 1), graded("bob", 0.5))
    write(course, graded("ada", 2, "k2", files="f2"))
    with course.gradebook() as gradebook:
        mark(gradebook, "ada", 3, "Say why.")
    return course


@pytest.fixture
def course(begun, tmp_path) -> Course:
    return crowd.copy_of(begun, tmp_path / "class")


def lines(found) -> list[str]:
    """Return the lines without time and person, which differ from run to run."""
    return [re.sub(r"^\S+T\S+  | \[[^\]]+\]$", "", line) for line in found.lines()]


def test_all_that_changed_a_number_is_there_in_its_order_and_the_points_of_now(course):
    """2 points of code and 3 of a person make 5 of 42."""
    assert lines(history(course, "ada")) == [
        f"due date {CHAPTER}: nothing → 2026-10-01T00:00:00Z",
        f"extension {CHAPTER}: nothing → 2026-10-08T00:00:00Z; ill",
        f"graded {CHAPTER}: nothing → 1; new to the gradebook",
        f"regraded {CHAPTER}: 1 → 2; new hand-in",
        f"mark {CHAPTER} {QUESTION}: nothing → 3; first seen at this time; it was given before",
        f"comment {CHAPTER} {QUESTION}: nothing → Say why.; first seen at this time; it was given before",
        f"now    {CHAPTER}: 5 of 42 points",
    ]
    assert lines(history(course, "bob", CHAPTER))[1:] == [
        f"graded {CHAPTER}: nothing → 0.5; new to the gradebook",
        f"now    {CHAPTER}: 0.5 of 42 points; an answer waits for a mark",
    ]


def test_each_line_says_when_and_who(course):
    first = history(course, "ada").lines()[2]
    assert re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00  graded ", first)
    assert first.endswith(f" [{next(record.entries(course.folder))['who']}]")
    assert history(course, "ada").lines()[4].endswith("[formgrader]")


def test_what_an_entry_says_besides_is_shown_too(course):
    record.enter(course.folder, [{"what": "collected", "student": "ada", "archive": "all.zip"}])
    assert "collected: archive: all.zip" in lines(history(course, "ada"))


def test_what_was_collected_is_told_without_what_is_empty_and_with_digests_that_can_be_read(course):
    files = "0123456789abcdef" * 4
    about = {"what": "collected", "student": "ada", "late": False, "lms": "moodle"}
    record.enter(course.folder, [about | {"old": "", "new": files, "handed_in": ""}])
    record.enter(course.folder, [about | {"old": files, "new": files, "handed_in": "2026-10-14T02:00:00Z"}])
    said = lines(history(course, "ada"))
    assert "collected: nothing → 01234567; lms: moodle" in said
    assert "collected: the same files, 01234567; lms: moodle; handed_in: 2026-10-14T02:00:00Z" in said


def test_another_chapter_is_another_history(course):
    record.enter(course.folder, [{"what": "graded", "student": "ada", "assignment": "e3_1_derivatives"}])
    assert lines(history(course, "ada", "e3_1_derivatives")) == ["graded e3_1_derivatives"]


def test_who_is_not_graded_has_no_points_but_a_reason(course):
    ungraded.note(course.folder, CHAPTER, "bob", "there are two notebooks", told="", advice="")
    assert lines(history(course, "bob"))[-1] == f"now    {CHAPTER}: not graded (there are two notebooks)"


def test_a_name_that_nobody_has_is_refused_with_the_nearest(course, capsys):
    with pytest.raises(HistoryError, match=r"nobody in .* has the id adda; is it ada"):
        history(course, "adda")
    assert main(["--course", str(course.folder), "history", "adda"]) == 1
    assert "is it ada" in capsys.readouterr().err


def test_the_command_prints_a_line_each_and_json_where_asked(course, capsys):
    assert main(["--course", str(course.folder), "history", "ada", CHAPTER]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 7
    assert main(["--course", str(course.folder), "history", "ada", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["what"] for each in told][2:4] == ["graded", "regraded"]
    assert told[3]["old"] == 1 and told[3]["new"] == 2


def test_a_class_whose_record_is_read_only_tells_its_history(course, monkeypatch):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(record.os, "write", refuse)
    assert len(history(course, "ada").entries) == 4, "all but what the formgrader had"
