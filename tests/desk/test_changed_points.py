"""What becomes of a class when points or kind of an exercise change after it was released."""

from dataclasses import replace

import pytest

from autograder.__main__ import main
from autograder.chapter.cells import Chapter
from autograder.classroom.course import Course
from autograder.desk.grade import GradeError, State, grade
from autograder.desk.release import release
from autograder.desk.report import table
from autograder.exercises import EXERCISES
from autograder.written import QUESTIONS
from tests import crowd
from tests.classes import CHAPTER, answer, cell, hand_in, released_class

QUESTION = "explain_time_limits"
MARK = 3


@pytest.fixture(scope="module")
def begun(tmp_path_factory, chapter) -> Course:
    """A class in which one student has one function right, worth 2 points, and a mark of 3 of 4 for words."""
    course = released_class(tmp_path_factory.mktemp("changed") / "class", chapter)

    def work(notebook):
        answer(notebook)
        cell(notebook, QUESTION).source = "It bootstraps."

    hand_in(course, "ann", work)
    list(grade(CHAPTER, course))
    crowd.give(course, "ann", QUESTION, MARK, "")
    return course


@pytest.fixture
def course(begun, tmp_path) -> Course:
    return crowd.copy_of(begun, tmp_path / "class")


def worth(monkeypatch, exercise, points):
    monkeypatch.setitem(EXERCISES, exercise, replace(EXERCISES[exercise], points=points))


def refused(course) -> str:
    before = crowd.exact_scores(course)
    with pytest.raises(GradeError) as error:
        list(grade(CHAPTER, course, force=True))
    assert crowd.exact_scores(course) == before and "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("points", [1, 4])
def test_other_points_than_released_are_refused_with_the_ways_out(course, monkeypatch, points):
    worth(monkeypatch, "td_errors", points)
    said = refused(course)
    assert f"(td_errors: 2 points released, {points} now), and some have handed in; either undo" in said
    again = f"python -m autograder --course {course.folder} release {CHAPTER}"
    assert f"release again (`{again}`), and the next grade scores all code" in said
    assert "nothing is rescaled; or release into a new class folder with --course" in said


def test_other_points_of_a_question_in_words_are_refused(course, monkeypatch):
    monkeypatch.setitem(QUESTIONS, QUESTION, replace(QUESTIONS[QUESTION], points=2))
    assert f"({QUESTION}: 4 points released, 2 now)" in refused(course)


def test_an_exercise_that_is_gone_or_of_another_kind_is_refused_by_name(course, monkeypatch):
    monkeypatch.delitem(EXERCISES, "td_errors")
    said = refused(course)
    assert "(td_errors: released, and gone now)" in said and "release again" not in said
    monkeypatch.setitem(QUESTIONS, "td_errors", QUESTIONS[QUESTION])
    assert "(td_errors: answered in code as released, in words now)" in refused(course)


def test_where_nobody_has_handed_in_a_new_release_is_the_way_out(released, chapter, monkeypatch):
    worth(monkeypatch, "td_errors", 1)
    with pytest.raises(GradeError, match=f"nobody has handed in, so release again: .* release {CHAPTER}$"):
        list(grade(CHAPTER, released))
    release(chapter, released)
    hand_in(released, "ann", answer)
    (outcome,) = grade(CHAPTER, released)
    assert (outcome.state, outcome.points) == (State.GRADED, 1)


def test_a_new_release_with_other_points_keeps_marks_rescales_nothing_and_says_so(
    course, monkeypatch, capsys
):
    worth(monkeypatch, "td_errors", 1)
    monkeypatch.setitem(QUESTIONS, QUESTION, replace(QUESTIONS[QUESTION], points=2))
    before = crowd.exact_scores(course)["ann"]
    assert (before["test_td_errors"], before[QUESTION]) == ((2, None, False), (None, MARK, False))
    assert main(["--course", str(course.folder), "release", CHAPTER]) == 0
    said = capsys.readouterr().out
    for clause in ("td_errors: 2 points released, 1 now", f"{QUESTION}: 4 points released, 2 now"):
        assert clause in said
    assert "no score is rescaled" in said
    assert crowd.exact_scores(course)["ann"] == before
    (outcome,) = grade(CHAPTER, course)
    assert outcome.points == 1 + MARK
    after = crowd.exact_scores(course)["ann"]
    assert (after["test_td_errors"], after[QUESTION]) == ((1, None, False), (None, MARK, False))
    assert main(["--course", str(course.folder), "release", CHAPTER]) == 0
    assert "points have changed" not in capsys.readouterr().out


def test_an_exercise_that_the_class_was_not_released_with_is_left_out(tmp_path, chapter):
    """The class has the chapter as it was before an exercise of 3 points was added."""
    course = released_class(tmp_path / "class", without("td_errors", chapter, tmp_path / "book"))
    hand_in(course, "ann")
    (outcome,) = grade(CHAPTER, course)
    assert (outcome.state, outcome.points) == (State.GRADED, 0)
    shown = table(chapter, course)
    assert "td_errors" not in shown and "gae" in shown
    assert f" {42 - EXERCISES['td_errors'].points:g}\n" in shown, "what was possible"


def without(name, chapter, folder) -> Chapter:
    """Write the chapter to `folder` without one exercise and its test."""
    text = chapter.text
    for each in (name, f"test_{name}"):
        start = text.rindex("```{code-cell}", 0, text.index(f":name: {each}\n"))
        end = text.index("\n```\n", start) + len("\n```\n")
        text = text[:start] + text[end:]
    folder.mkdir()
    path = folder / chapter.path.name
    path.write_text(text, "utf-8")
    return Chapter(path)
