"""Due dates, extensions and late policies: penalties follow at once, and nobody is run again."""

import pytest
from traitlets.config import Config

from autograder import __main__ as command_line
from autograder.classroom import record
from autograder.classroom.course import Course
from autograder.classroom.lateness import LatePolicy
from autograder.desk import grade as grading
from autograder.desk.dates import Date, DatesError, dates, read_file, read_when, set_dates
from autograder.desk.grade import grade
from tests.classes import CHAPTER, answer, hand_in, notebook_path, released_class

DUE = read_when("2026-03-01T12:00:00Z")


def handed_in(course, student, when):
    hand_in(course, student, answer)
    notebook_path(course, "submitted", student).with_name("timestamp.txt").write_text(when, "utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory, chapter):
    """A class of two who hand in, half a day and a day and a half after the due date."""
    course = released_class(tmp_path_factory.mktemp("dates") / "course", chapter)
    course.config.merge(Config(LatePolicy={"rule": "10% per day"}))
    handed_in(course, "ada", "2026-03-02T00:00:00Z")
    handed_in(course, "bob", "2026-03-03T00:00:00Z")
    list(grade(CHAPTER, course))
    return course


@pytest.fixture(autouse=True)
def nobody_is_run(course, monkeypatch):
    """No penalty here may take another grading."""
    monkeypatch.setattr(grading, "grade_submission", None)


def penalties(course):
    with course.gradebook() as gradebook:
        rows = gradebook.assignment_submissions(CHAPTER)
        return {row.student_id: (row.score, row.late_submission_penalty) for row in rows}


def lost(course):
    """Return which share of the score each one loses."""
    return {student: round((late or 0) / score, 6) for student, (score, late) in penalties(course).items()}


def test_a_due_date_costs_what_the_rule_says_and_taking_it_away_gives_that_back(course):
    assert lost(course) == {"ada": 0, "bob": 0}
    set_dates([Date(CHAPTER, DUE)], course)
    assert lost(course) == {"ada": 0.1, "bob": 0.2}, "half a day is one begun, a day and a half are two"
    set_dates([Date(CHAPTER, None)], course)
    assert lost(course) == {"ada": 0, "bob": 0}


def test_an_extension_holds_for_one_and_says_why_and_before_anything_is_handed_in(course):
    set_dates([Date(CHAPTER, DUE)], course)
    until = read_when("2026-03-02T12:00:00+00:00")
    set_dates([Date(CHAPTER, until, "bob", "ill"), Date(CHAPTER, until, "eve", "abroad")], course)
    assert lost(course) == {"ada": 0.1, "bob": 0.1}
    assert dates(course) == [
        Date(CHAPTER, DUE),
        Date(CHAPTER, until, "bob", "ill"),
        Date(CHAPTER, until, "eve", "abroad"),
    ]
    list(grade(CHAPTER, course))
    assert lost(course) == {"ada": 0.1, "bob": 0.1}, "grading keeps to it"
    set_dates([Date(CHAPTER, None, "bob"), Date(CHAPTER, None, "eve")], course)
    assert lost(course) == {"ada": 0.1, "bob": 0.2}


def extensions(course):
    """Return what the record says of extensions; what a changed penalty costs stands behind each."""
    return [entry for entry in record.entries(course.folder) if entry["what"] == "extension"]


def test_the_record_says_who_was_given_more_time_and_why(course):
    set_dates([Date(CHAPTER, DUE)], course)
    set_dates([Date(CHAPTER, read_when("2026-03-05T00:00:00Z"), "ada", "ill")], course)
    last = extensions(course)[-1]
    assert last["what"] == "extension" and last["who"] and last["time"]
    assert (last["student"], last["old"], last["new"], last["reason"]) == (
        "ada",
        "",
        "2026-03-05T00:00:00Z",
        "ill",
    )
    set_dates([Date(CHAPTER, None, "ada")], course)
    assert extensions(course)[-1]["old"] == "2026-03-05T00:00:00Z"


def test_a_file_sets_all_of_its_dates_or_none(course, tmp_path):
    file = tmp_path / "dates.csv"
    file.write_text(
        f"student_id,assignment,duedate,because\n,{CHAPTER},2026-03-02T00:00:00Z,\nbob,{CHAPTER},2026-03-09T00:00Z,ill\n"
    )
    set_dates(read_file(file), course)
    assert lost(course) == {"ada": 0, "bob": 0}
    file.write_text(
        f"student_id,assignment,duedate\n,{CHAPTER},2026-03-01T00:00:00Z\nada,{CHAPTER},tomorrow\n"
    )
    with pytest.raises(DatesError, match=r"line 3: 'tomorrow' is no date"):
        read_file(file)
    too_early = [Date(CHAPTER, DUE), Date(CHAPTER, read_when("2026-02-01T00:00:00Z"), "ada")]
    with pytest.raises(DatesError, match="has to come after the due date"):
        set_dates(too_early, course)
    assert lost(course) == {"ada": 0, "bob": 0}, "nothing was set"
    set_dates([Date(CHAPTER, None, "bob"), Date(CHAPTER, DUE)], course)


def test_late_days_are_counted_over_the_chapters_in_the_order_of_their_due_dates(course):
    """bob needs two days of two for this chapter, and the earlier one takes one of them."""
    changed = Course(course.folder, course.db)
    changed.config.merge(Config(LatePolicy={"rule": "10% per day, 2 late days"}))
    set_dates([Date(CHAPTER, DUE)], changed)
    assert lost(changed) == {"ada": 0, "bob": 0}
    with changed.gradebook() as gradebook:
        gradebook.update_or_create_assignment("earlier", duedate="2026-02-01 12:00:00 UTC")
        gradebook.add_notebook("earlier", "earlier")
        gradebook.add_submission("earlier", "bob", timestamp="2026-02-01 13:00:00 UTC")
    list(grade(CHAPTER, changed))
    assert lost(changed) == {"ada": 0, "bob": 0.1}, "an hour late has cost the earlier chapter one late day"
    with changed.gradebook() as gradebook:
        gradebook.remove_assignment("earlier")
    set_dates([Date(CHAPTER, DUE)], course)
    assert lost(course) == {"ada": 0.1, "bob": 0.2}


def test_the_verb_sets_prints_and_refuses(course, capsys, monkeypatch):
    monkeypatch.setattr(LatePolicy.rule, "default_value", "10% per day")
    called = ["--course", str(course.folder), "dates"]
    assert command_line.main([*called, "set", CHAPTER, "2026-03-01T13:00+01:00"]) == 0
    assert (
        command_line.main([*called, "extend", "bob", CHAPTER, "2026-03-04T00:00Z", "--because", "ill"]) == 0
    )
    assert command_line.main(called) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-2:] == [
        f"{CHAPTER}: 2026-03-01 12:00 UTC",
        f"{CHAPTER} for bob: 2026-03-04 00:00 UTC (ill)",
    ]
    assert command_line.main([*called, "set", CHAPTER, "10.03.2026"]) == 1
    assert "'10.03.2026' is no date; one is written" in capsys.readouterr().err
    assert command_line.main([*called, "extend", "bob", CHAPTER, "none"]) == 0
    assert (extensions(course)[-1]["student"], extensions(course)[-1]["new"]) == ("bob", "")


@pytest.mark.parametrize(
    "text",
    [
        "student_id;assignment;duedate;because\r\nbob;c;2026-03-02T12:00Z;läuft\r\n".encode("cp1252"),
        "student_id\tassignment\tduedate\tbecause\nbob\tc\t2026-03-02T12:00Z\tläuft\n".encode("utf-16"),
    ],
    ids=["semicolons", "UTF-16"],
)
def test_dates_as_a_spreadsheet_saves_them(tmp_path, text):
    (tmp_path / "dates.csv").write_bytes(text)
    assert read_file(tmp_path / "dates.csv") == [Date("c", read_when("2026-03-02T12:00Z"), "bob", "läuft")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            "bob,c,2026-03-02T12:00Z\nbob,c,2026-03-03T12:00Z\n",
            "line 3: there is a date of c for bob already",
        ),
        (",c,2026-03-02T12:00Z\n,c,none\n", "line 3: there is a date of c for everybody already"),
        ("bob,c,0001-01-01T00:00+14:00\n", "line 2: .* is no date"),
        ("b" * 140_000 + ",c,none\n", "line 2: this is no CSV"),
    ],
)
def test_rows_that_cannot_hold_are_named_with_their_line(tmp_path, rows, said):
    (tmp_path / "dates.csv").write_text("student_id,assignment,duedate\n" + rows, "utf-8")
    with pytest.raises(DatesError, match=said):
        read_file(tmp_path / "dates.csv")


def test_a_due_date_that_moves_past_an_extension_leaves_nobody_less_time_than_the_others(course):
    set_dates([Date(CHAPTER, DUE), Date(CHAPTER, read_when("2026-03-01T13:00Z"), "bob", "ill")], course)
    assert lost(course) == {"ada": 0.1, "bob": 0.2}
    set_dates([Date(CHAPTER, read_when("2026-03-04T00:00Z"))], course)
    assert lost(course) == {"ada": 0, "bob": 0}
    set_dates([Date(CHAPTER, None, "bob"), Date(CHAPTER, None)], course)
