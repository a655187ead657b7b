"""Who could not be graded: every place says so and why, and none shows the points of an earlier hand-in."""

import csv
import os
import re
import shutil
from html import unescape

import nbformat
import pytest
from nbgrader.apps import ExportApp

from autograder.__main__ import main
from autograder.classroom.course import Course
from autograder.classroom.export import PointsExport
from autograder.classroom.ungraded import FOLDER, notes
from autograder.desk.feedback import feedback, outdated_pages, without_pages
from autograder.desk.grade import State, grade
from autograder.desk.report import table
from autograder.pages.page import NOT_GRADED
from tests.classes import CHAPTER, answer, hand_in, notebook_path, released_class


@pytest.fixture(scope="module")
def graded(tmp_path_factory, chapter):
    """A class of two, graded, with their pages."""
    course = released_class(tmp_path_factory.mktemp("graded") / "class", chapter)
    for student in ("ann", "ben"):
        hand_in(course, student, answer)
    list(grade(CHAPTER, course))
    list(feedback(CHAPTER, course))
    return course


@pytest.fixture
def course(graded, tmp_path):
    shutil.copytree(graded.folder, tmp_path / "class")
    return Course(tmp_path / "class")


def has_a_date_that_is_none(course):
    notebook_path(course, "submitted", "ben").with_name("timestamp.txt").write_text("last night")


def is_a_link(course):
    folder = course.folder / "submitted" / "ben"
    shutil.move(folder, course.folder / "elsewhere")
    folder.symlink_to(course.folder / "elsewhere")


def has_two_notebooks(course):
    path = notebook_path(course, "submitted", "ben")
    text = path.read_text("utf-8")
    path.with_name("<i>final.ipynb").write_text(text, "utf-8")
    path.with_name("final-2.ipynb").write_text(text.replace("values", "values "), "utf-8")
    path.unlink()


TROUBLES = {
    has_a_date_that_is_none: (
        "does not hold a date",
        "your instructor puts the date right and grades again.",
    ),
    is_a_link: ("is a link; links are not followed", "Hand in the folder itself"),
    has_two_notebooks: ("everal notebooks could count: ", "Tell your instructor which of these notebooks"),
}


def page_of(course, student):
    return (course.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text("utf-8")


def exported(course):
    app = ExportApp()
    app.coursedir = course.directory()
    path = course.folder / "grades.csv"
    with course.gradebook() as gradebook:
        PointsExport(parent=app, to=str(path)).export(gradebook)
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student_id"]: (row["score"], row["state"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.__name__)
def test_no_place_shows_the_points_of_an_earlier_hand_in_and_all_say_why(course, chapter, trouble):
    why, advice = TROUBLES[trouble]
    before = exported(course)
    assert before["ben"][0] == before["ann"][0] != ""
    trouble(course)
    states = {outcome.student: outcome.state for outcome in grade(CHAPTER, course)}
    assert states == {"ann": State.UNCHANGED, "ben": State.NOT_GRADED}
    shown = table(chapter, course)
    assert re.search("^ann ", shown, re.M) and not re.search("^ben ", shown, re.M)
    assert re.search(
        rf"^handed in but not graded: ben\n    ben: the points of an earlier hand-in do not count: .*{why}",
        shown,
        re.M,
    )
    assert exported(course) == before | {"ben": ("", "not graded")}
    assert outdated_pages(CHAPTER, course) == ["ben"], "it shows the points that were"
    assert len(list(feedback(CHAPTER, course))) == 2
    page = unescape(page_of(course, "ben"))
    assert NOT_GRADED in page and why in page and advice in page
    assert " points</b>" not in page and "Verdict" not in page and "<i>" not in page_of(course, "ben")
    assert str(course.folder) not in page, "where the class lies is no matter of a student's"
    assert " points</b>" in page_of(course, "ann") and outdated_pages(CHAPTER, course) == []


def test_a_folder_whose_name_no_page_can_hold_costs_nobody_the_page(course):
    student = os.fsdecode(b"M\xfcller\x1b")
    shutil.copytree(course.folder / "submitted" / "ben", course.folder / "submitted" / student)
    list(grade(CHAPTER, course))
    assert exported(course)["M\ufffdller\x1b"] == ("", "not graded")
    assert len(list(feedback(CHAPTER, course))) == 3
    page = unescape(page_of(course, student))
    assert "Student: M\ufffdller\ufffd</p>" in page and "your instructor renames the folder" in page
    assert "rename it" not in page, "that is said to the instructor"
    assert " points</b>" in page_of(course, "ann") and outdated_pages(CHAPTER, course) == []


def test_when_it_is_mended_the_points_are_back_everywhere_and_no_code_is_run(course, chapter):
    before, shown = exported(course), table(chapter, course)
    has_a_date_that_is_none(course)
    list(grade(CHAPTER, course))
    list(feedback(CHAPTER, course))
    notebook_path(course, "submitted", "ben").with_name("timestamp.txt").unlink()
    assert {outcome.state for outcome in grade(CHAPTER, course)} == {State.UNCHANGED}
    assert exported(course) == before and table(chapter, course) == shown
    assert outdated_pages(CHAPTER, course) == ["ben"], "it says that there are no points"
    list(feedback(CHAPTER, course))
    assert " points</b>" in page_of(course, "ben") and not list((course.folder / FOLDER / CHAPTER).iterdir())


def test_what_another_program_has_graded_since_is_graded(course):
    has_a_date_that_is_none(course)
    list(grade(CHAPTER, course))
    assert notes(course.folder, CHAPTER).keys() == {"ben"}
    path = notebook_path(course, "autograded", "ben")
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["by"] = "another"
    path.chmod(0o644)
    nbformat.write(notebook, path)
    assert notes(course.folder, CHAPTER) == {} and notes(course.folder, CHAPTER, ["ben"]) == {}


def test_grade_says_which_pages_are_old(course, capsys):
    has_a_date_that_is_none(course)
    hand_in_again = notebook_path(course, "submitted", "ann").with_name("note.txt")
    hand_in_again.write_text("something new", "utf-8")
    assert main(["--course", str(course.folder), "grade", CHAPTER]) == 1
    said = capsys.readouterr().out
    assert (
        "\nfeedback pages that tell of an earlier grading: 2 (ann, ben)\nthe feedback is written by: " in said
    )
    assert main(["--course", str(course.folder), "feedback", CHAPTER]) == 0
    assert main(["--course", str(course.folder), "grade", CHAPTER, "--student", "ann"]) == 0
    assert "earlier grading" not in capsys.readouterr().out


def test_before_anybody_is_graded_report_says_so_and_who_has_handed_in(released, chapter, capsys):
    hand_in(released, "ann", answer)
    assert main(["--course", str(released.folder), "report", CHAPTER]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        f"nothing is graded yet for {CHAPTER}; run: {released.command('grade', CHAPTER)}\n"
    )
    assert "handed in but not graded: ann" in said and "possible" not in said
    notebook_path(released, "submitted", "ann").with_name("timestamp.txt").write_text("last night")
    list(grade(CHAPTER, released))
    assert without_pages(CHAPTER, released) == [] and len(list(feedback(CHAPTER, released))) == 1
    assert NOT_GRADED in page_of(released, "ann"), "also where nobody at all is graded"
