"""A class that was begun with an earlier build goes on with this one, over SQLite and PostgreSQL.

`tests/desk/begun/teaching.py` says what is in it. That build gave `td_errors` five cases, of which Cleo has
two right, 0.8 of 2 points; now they are six with 8 shares, of which she has 3 right, 0.75 points.
"""

import csv
import re

import nbformat
import pytest
from traitlets.config import Config

from autograder.__main__ import main
from autograder.classroom.course import Course
from autograder.classroom.export import PointsExport
from autograder.desk.feedback import feedback
from autograder.desk.grade import State, grade
from autograder.desk.report import table
from tests import crowd
from tests.classes import CHAPTER, cell, notebook_path, waits_for_a_person
from tests.classroom.test_gradebook import AnHour
from tests.desk.begun import thaw

pytestmark = pytest.mark.heavy

QUESTION = "explain_time_limits"
EVERYBODY = dict.fromkeys(["ada", "ben", "cleo", "dan", "eve"], State.GRADED) | {"fred": State.ZERO}
BEFORE = {"ada": 41.5, "ben": 7.5, "cleo": 1.8, "dan": 5, "eve": 0, "fred": 0}
"""38 + 3.5 of a person; 2 + 2 + 3 + 2, less three half points; 0.8 + 1; 4 + 1; words alone; half a file."""
NOW = BEFORE | {"cleo": 1.75}
MARKS = {
    ("ada", QUESTION): (None, 3.5, False),
    ("ben", QUESTION): (None, 2, False),
    ("cleo", QUESTION): (0, None, False),
    ("cleo", "test_gae"): (0, 1, False),
    ("dan", QUESTION): (None, 1, True),
    ("eve", QUESTION): (None, None, True),
}
COMMENTS = {
    "ada": ["Nearly."],
    "ben": ["Say why.", "Well done."],
    "cleo": ["The idea is right."],
    "dan": ["And then?"],
}


def as_it_was(folder, database_url, monkeypatch) -> Course:
    """Return the class as it was begun, with its penalty of half a point for each hour that has begun."""
    begun = thaw(folder, database_url)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    begun.config.merge(Config(AssignLatePenalties={"plugin_class": AnHour}))
    return begun


@pytest.fixture
def course(tmp_path, database_url, monkeypatch) -> Course:
    return as_it_was(tmp_path, database_url, monkeypatch)


@pytest.fixture
def in_a_file(tmp_path, monkeypatch) -> Course:
    return as_it_was(tmp_path, "", monkeypatch)


def states(outcomes):
    return {outcome.student: outcome.state for outcome in outcomes}


def assert_marks_stand(course):
    scores = crowd.exact_scores(course)
    assert {where: scores[where[0]][where[1]] for where in MARKS} == MARKS


def totals(course, chapter):
    """Return each one's total as the table, the pages and the export state it, in turn."""
    rows = [line.split() for line in table(chapter, course).splitlines()]
    yield {row[0]: float(row[-1]) for row in rows if row and row[0] in EVERYBODY}
    pages = {path.parent.parent.name: path.read_text("utf-8") for path in feedback(CHAPTER, course)}
    yield {name: float(re.search(r"<b>(\S+) of 42 points</b>", page)[1]) for name, page in pages.items()}
    export = course.folder / "grades.csv"
    with course.gradebook() as gradebook:
        PointsExport(to=str(export)).export(gradebook)
    with export.open() as file:
        rows = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    assert rows.pop("gina") == ""
    yield {student: float(score) for student, score in rows.items()}


def test_what_was_graded_before_is_told_as_it_was(course, chapter):
    assert list(totals(course, chapter)) == [BEFORE] * 3
    assert_marks_stand(course)
    said = table(chapter, course)
    assert "to be marked by a person, in the formgrader or with mark: 2" in said
    assert "handed in nothing: gina" in said


def test_everybody_is_graded_again_once_and_what_a_person_gave_stays(course, chapter):
    assert states(grade(CHAPTER, course)) == EVERYBODY
    outcomes = list(grade(CHAPTER, course))
    assert set(states(outcomes).values()) == {State.UNCHANGED}
    assert {outcome.student: outcome.points for outcome in outcomes} == NOW
    assert {outcome.student for outcome in outcomes if outcome.waiting} == {"dan", "eve"}
    assert list(totals(course, chapter)) == [NOW] * 3
    assert_marks_stand(course)
    assert course.round(CHAPTER).number == 2
    pages = {path.parent.parent.name: path.read_text("utf-8") for path in feedback(CHAPTER, course)}
    for student, comments in COMMENTS.items():
        assert [comment for comment in comments if comment not in pages[student]] == []


def test_a_round_a_time_and_an_answer_that_come_now_count(course, chapter):
    assert states(grade(CHAPTER, course, new_round=True)) == EVERYBODY
    assert course.round(CHAPTER).number == 3
    assert_marks_stand(course)
    notebook_path(course, "submitted", "ben").with_name("timestamp.txt").write_text("2026-03-01T12:00:01Z")
    path = notebook_path(course, "submitted", "ada")
    notebook = nbformat.read(path, as_version=4)
    cell(notebook, QUESTION).source += " And one more thought."
    nbformat.write(notebook, path)
    graded = states(grade(CHAPTER, course))
    assert [student for student, state in graded.items() if state is State.GRADED] == ["ada"]
    assert next(totals(course, chapter)) == NOW | {"ben": 9 - 0.5}
    assert [who for who in EVERYBODY if waits_for_a_person(course, who)] == ["ada", "dan", "eve"]


def test_the_same_words_keep_their_mark_and_what_is_seen_beside_them_counts_from_now_on(in_a_file):
    """The earlier build has remembered the words alone."""
    course = in_a_file
    list(grade(CHAPTER, course))
    path = notebook_path(course, "submitted", "ada")
    notebook = nbformat.read(path, as_version=4)
    where = notebook.cells.index(cell(notebook, QUESTION))
    notebook.cells.insert(where + 1, nbformat.v4.new_markdown_cell("What I forgot above."))
    nbformat.write(notebook, path)
    list(grade(CHAPTER, course, "ada"))
    assert crowd.exact_scores(course)["ada"][QUESTION] == (None, 3.5, True)


def test_a_new_release_and_the_verdicts_of_every_round_are_there(course, chapter, capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_DB_URL", "")  # --db sets it
    command = ["--course", str(course.folder), *(["--db", course.db] if course.db else [])]
    assert main([*command, "release", CHAPTER]) == 0
    list(grade(CHAPTER, course))
    assert_marks_stand(course)
    assert next(totals(course, chapter)) == NOW
    for number in ("1", "2"):
        handed_in = str(notebook_path(course, "submitted", "cleo"))
        assert main([*command, "check", handed_in, "--round", number]) == 0
        assert "\n0.75 of 42 points\n" in capsys.readouterr().out
    assert main([*command, "report", CHAPTER]) == 0
    assert "still graded in an earlier round" not in capsys.readouterr().out


def test_without_the_seed_of_its_round_nothing_is_graded_and_the_sentence_says_which(
    in_a_file, capsys, monkeypatch, tmp_path
):
    course = in_a_file
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "of another machine"))
    before = crowd.exact_scores(course)
    assert main(["--course", str(course.folder), "grade", CHAPTER]) == 1
    said = capsys.readouterr().err
    assert said.startswith("autograder: the secret seed ") and said.count("\n") == 1
    assert (course.folder / "rounds" / CHAPTER / "2").read_text("utf-8").strip() in said
    assert crowd.exact_scores(course) == before
