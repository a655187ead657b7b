"""A group hands in once: it is run once, everybody has the points, and a mark is given to one of them."""

import shutil

import pytest

from autograder.classroom import record
from autograder.classroom.course import Course
from autograder.classroom.groups import share_marks
from autograder.desk import grade as desk
from autograder.desk.dates import Date, read_when, set_dates
from autograder.desk.feedback import feedback
from autograder.desk.grade import State, choose_notebook, grade
from autograder.running.workers import here
from tests.classes import CHAPTER, hand_in, released_class

TEAM = ("ann", "ben", "cy")


def answered(notebook):
    words = next(c for c in notebook.cells if "YOUR ANSWER HERE" in c.source)
    words.source = words.source.replace("YOUR ANSWER HERE", "It is unbiased, whatever the baseline.")


@pytest.fixture(scope="module")
def graded(tmp_path_factory, chapter):
    """A class in which a team of three has handed in the same, and dan, who is alone, something like it."""
    course = released_class(tmp_path_factory.mktemp("groups") / "class", chapter)
    (course.folder / "roster.csv").write_text(
        "id,group\nann,Team 1\nben,Team 1\ncy,team 1\ndan,\neve,Team 2\n"
    )
    for student in (*TEAM, "dan"):
        hand_in(course, student, answered)
    asked = []

    def counting(task, shared, tasks, check, seconds):
        return here(task, shared, (asked.append(each.student) or each for each in tasks), check, seconds)

    assert {each.state for each in grade(CHAPTER, course, workers=counting)} == {State.GRADED}
    assert asked == ["ann", "dan"]
    return course.folder


@pytest.fixture
def course(graded, tmp_path):
    return Course(shutil.copytree(graded, tmp_path / "class"))


def question(course):
    with course.gradebook() as gradebook:
        notebook = gradebook.find_notebook(CHAPTER, CHAPTER)
        return next(c.name for c in notebook.grade_cells if c.cell_type == "markdown")


def mark(course, student, score, comment=None, extra=None):
    """Give a mark as the formgrader does."""
    name = question(course)
    with course.gradebook() as gradebook:
        grade_ = gradebook.find_grade(name, CHAPTER, CHAPTER, student)
        grade_.manual_score, grade_.extra_credit, grade_.needs_manual_grade = score, extra, False
        if comment is not None:
            gradebook.find_comment(name, CHAPTER, CHAPTER, student).manual_comment = comment
        gradebook.db.commit()


def marks(course):
    name = question(course)
    with course.gradebook() as gradebook:
        found = {}
        for student in (*TEAM, "dan"):
            each = gradebook.find_grade(name, CHAPTER, CHAPTER, student)
            said = gradebook.find_comment(name, CHAPTER, CHAPTER, student).manual_comment
            found[student] = (each.manual_score, each.extra_credit, said)
        return found


def test_everybody_has_a_notebook_of_their_own_and_the_same_points(course):
    with course.gradebook() as gradebook:
        scores = {s: gradebook.find_submission(CHAPTER, s).score for s in (*TEAM, "dan")}
    assert len(set(scores.values())) == 1
    for student in TEAM:
        assert (course.folder / "autograded" / student / CHAPTER / f"{CHAPTER}.ipynb").is_file()
    assert {each.state for each in grade(CHAPTER, course)} == {State.UNCHANGED}


def test_a_mark_of_one_member_counts_for_all_and_for_nobody_else(course):
    mark(course, "ben", 3, "well said", 0.5)
    outcomes = {each.student: each for each in grade(CHAPTER, course)}
    none = (None, None, None)
    assert marks(course) == dict.fromkeys(TEAM, (3, 0.5, "well said")) | {"dan": none}
    assert {each.points for each in outcomes.values() if each.student != "dan"} == {3.5}
    assert [student for student, each in outcomes.items() if each.waiting] == ["dan"]
    entered = [e for e in record.entries(course.folder) if e["what"] in ("mark", "comment")]
    assert sorted((e["student"], e["what"], e["old"], e["new"]) for e in entered) == [
        (student, what, None, new)
        for student in TEAM
        for what, new in (("comment", "well said"), ("mark", 3.5))
    ], "each once"
    why = {e["student"]: e["reason"] for e in entered}
    assert why["ann"] == why["cy"] == "as ben, who is in the same group, was given it"
    assert share_marks(course, CHAPTER) == []


def test_a_mark_that_is_changed_changes_for_all(course):
    mark(course, "ann", 3, "good")
    assert share_marks(course, CHAPTER) == ["ben", "cy"]
    mark(course, "ann", 4, "better")
    assert share_marks(course, CHAPTER) == ["ben", "cy"]
    assert {marks(course)[student] for student in TEAM} == {(4, None, "better")}


def test_a_mark_that_a_person_gave_to_a_member_alone_stays(course):
    mark(course, "ann", 3)
    share_marks(course, CHAPTER)
    mark(course, "cy", 0, "took no part")
    assert share_marks(course, CHAPTER) == ["ann", "ben"]  # the comment alone
    mark(course, "ann", 4, "fine")
    assert share_marks(course, CHAPTER) == ["ben"]
    found = marks(course)
    assert found["ben"] == (4, None, "fine") and found["cy"] == (0, None, "took no part")


def test_who_has_handed_in_something_else_has_marks_of_their_own(course):
    path = course.folder / "submitted" / "cy" / CHAPTER / f"{CHAPTER}.ipynb"
    path.write_text(path.read_text("utf-8").replace("It is unbiased", "It is biased"), "utf-8")
    mark(course, "ann", 3)
    list(grade(CHAPTER, course))
    assert [marks(course)[student][0] for student in TEAM] == [3, 3, None]


def test_who_joins_later_gets_what_the_group_has_and_nothing_is_run(course):
    mark(course, "ann", 3)
    shutil.copytree(course.folder / "submitted" / "ann", course.folder / "submitted" / "eve")
    (course.folder / "roster.csv").write_text("id,group\nann,A\neve,A\n")
    asked = []

    def counting(task, shared, tasks, check, seconds):
        return here(task, shared, (asked.append(each) or each for each in tasks), check, seconds)

    outcomes = {each.student: each for each in grade(CHAPTER, course, workers=counting)}
    assert asked == [] and outcomes["eve"].state is State.GRADED and outcomes["eve"].points == 3


def test_a_late_penalty_follows_the_mark_of_the_group(course):
    course.config.LatePolicy.rule = "50% per day"
    for student in TEAM:
        folder = course.folder / "submitted" / student / CHAPTER
        (folder / "timestamp.txt").write_text("2026-10-12 10:00:00 UTC\n")
    set_dates([Date(CHAPTER, read_when("2026-10-12T00:00Z"))], course)
    mark(course, "ann", 3)
    outcomes = {each.student: each.points for each in grade(CHAPTER, course)}
    assert [outcomes[student] for student in TEAM] == [1.5, 1.5, 1.5]


def test_the_pages_tell_a_mark_that_was_given_since_the_grading(course):
    mark(course, "cy", 3, "well said by you")
    pages = {page.parent.parent.name: page.read_text("utf-8") for page in feedback(CHAPTER, course)}
    assert [student for student in pages if "well said by you" in pages[student]] == [*TEAM]


def test_a_notebook_that_is_chosen_for_one_is_chosen_for_all_who_handed_in_the_same(course):
    for student in TEAM:
        folder = course.folder / "submitted" / student / CHAPTER
        text = (folder / f"{CHAPTER}.ipynb").read_text("utf-8")
        for name in ("one.ipynb", "two.ipynb"):
            (folder / name).write_text(text.replace("unbiased", f"unbiased {name}"), "utf-8")
        (folder / f"{CHAPTER}.ipynb").unlink()
    first = {each.student: each for each in grade(CHAPTER, course)}
    assert {first[student].state for student in TEAM} == {State.NOT_GRADED}
    assert all(f"--student {student}" in first[student].reason for student in TEAM)
    choose_notebook(CHAPTER, course, "ben", "two.ipynb")
    again = {each.student: each for each in grade(CHAPTER, course)}
    assert {again[student].state for student in TEAM} == {State.GRADED}
    assert all("two.ipynb" in again[student].reason for student in TEAM)


def test_without_a_roster_nobody_shares(course):
    (course.folder / "roster.csv").unlink()
    mark(course, "ann", 3)
    assert share_marks(course, CHAPTER) == [] and marks(course)["ben"][0] is None
    assert desk.group_of(course) == {}
