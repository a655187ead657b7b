"""Feedback: an old page never stays beside a new grade, and nobody's trouble takes a page from others."""

import json
import shutil

import nbformat
import pytest

from autograder.classroom.course import Course
from autograder.desk import feedback as desk
from autograder.desk.feedback import OUTDATED, FeedbackError, feedback
from autograder.desk.grade import grade
from autograder.running.workers import Failure, WorkersError
from tests.classes import CHAPTER, answer, cell, hand_in, notebook_path, released_class
from tests.pages.making import picture, pictures_in

STUDENTS = ("ann", "ben", "cleo")


@pytest.fixture(scope="module")
def graded(tmp_path_factory, chapter):
    """A class of three, graded, each with the page of an earlier grading."""
    course = released_class(tmp_path_factory.mktemp("graded") / "class", chapter)
    for student in STUDENTS:
        hand_in(course, student, answer)
    list(grade(CHAPTER, course))
    for student in STUDENTS:
        path = page_path(course, student)
        path.parent.mkdir(parents=True)
        path.write_text("an old page", "utf-8")
    return course


@pytest.fixture
def course(graded, tmp_path):
    shutil.copytree(graded.folder, tmp_path / "class")
    return Course(tmp_path / "class")


def page_path(course, student, folder="feedback"):
    return course.folder / folder / student / CHAPTER / f"{CHAPTER}.html"


def state(course):
    """Return for each student whether the page is new, and where an old one lies."""
    found = {}
    for student in STUDENTS:
        page, old = page_path(course, student), page_path(course, student, OUTDATED)
        new = "none" if not page.exists() else "old" if page.read_text("utf-8") == "an old page" else "new"
        found[student] = (new, "moved away" if old.exists() else "")
    return found


def failing_for(student):
    def workers(function, common, tasks, check, seconds):
        for task in tasks:
            yield task, Failure("it took too long") if task.student == student else function(common, task)

    return workers


def cannot_be_made(course):
    return failing_for("ben")


def is_gone(course):
    path = notebook_path(course, "autograded", "ben")
    path.unlink()
    path.mkdir()
    return failing_for("nobody")


def is_not_in_the_gradebook(course):
    path = notebook_path(course, "autograded", "ben")
    notebook = json.loads(path.read_text("utf-8"))
    notebook["metadata"]["autograder"]["key"] = "another"
    path.write_text(json.dumps(notebook), "utf-8")
    return failing_for("nobody")


def has_lost_its_seed(course):
    path = notebook_path(course, "autograded", "ben")
    notebook = json.loads(path.read_text("utf-8"))
    notebook["metadata"]["autograder"]["seed"] = "0" * 16
    path.write_text(json.dumps(notebook), "utf-8")
    course.config.GradedCellsOnly.show_expected = True
    return failing_for("nobody")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (cannot_be_made, r"it took too long"),
        (is_gone, r"Is a directory"),
        (
            is_not_in_the_gradebook,
            r"the gradebook does not know it; run: python -m autograder --course .*/class grade",
        ),
        (has_lost_its_seed, r"seed"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_where_no_new_page_can_be_made_the_old_one_is_moved_away_and_that_is_said(course, trouble, said):
    with pytest.raises(
        FeedbackError, match=rf"none for ben \(.*{said}.*; their old pages are now in .*: ben$"
    ):
        list(feedback(CHAPTER, course, workers=trouble(course)))
    assert state(course) == {"ann": ("new", ""), "ben": ("none", "moved away"), "cleo": ("new", "")}
    assert page_path(course, "ben", OUTDATED).read_text("utf-8") == "an old page"


def test_where_all_ends_early_no_old_page_stays_for_those_who_were_not_reached(course):
    def workers(function, common, tasks, check, seconds):
        tasks = iter(tasks)
        task = next(tasks)
        yield task, function(common, task)
        raise WorkersError("the worker processes end before they have done anything")

    with pytest.raises(FeedbackError, match=r"the worker processes end .*; their old pages .*: ben, cleo$"):
        list(feedback(CHAPTER, course, workers=workers))
    assert state(course) == {
        "ann": ("new", ""),
        "ben": ("none", "moved away"),
        "cleo": ("none", "moved away"),
    }


def test_where_there_was_no_old_page_nothing_is_said_of_one(course):
    page_path(course, "ben").unlink()
    with pytest.raises(FeedbackError, match=r"none for ben \(it took too long\)$"):
        list(feedback(CHAPTER, course, workers=failing_for("ben")))
    assert not (course.folder / OUTDATED).exists()


def test_one_students_page_is_written_and_no_others_is_touched(course):
    list(feedback(CHAPTER, course, "ann"))
    assert state(course) == {"ann": ("new", ""), "ben": ("old", ""), "cleo": ("old", "")}


def test_the_next_page_takes_its_place_again(course):
    with pytest.raises(FeedbackError):
        list(feedback(CHAPTER, course, workers=failing_for("ben")))
    assert len(list(feedback(CHAPTER, course))) == 3
    assert {new for new, _ in state(course).values()} == {"new"}


def test_a_worker_that_returns_no_page_is_a_failure(course):
    with pytest.raises(ValueError, match="what is no page"):
        desk._check(None, "<p>half a page")


ANSWER = "![a](plot.png) ![b](my%20plots/loss.png) ![c](../secret.png) ![d](/etc/own.png) ![e](linked.png)"


def shows_pictures(notebook):
    cell(notebook, "explain_time_limits").source = ANSWER
    notebook.cells.append(nbformat.v4.new_markdown_cell("![f](broken.png)"))


def test_a_picture_beside_the_notebook_is_on_the_page_and_no_other_file(chapter, tmp_path):
    course = released_class(tmp_path / "class", chapter)
    folder = hand_in(course, "ann", shows_pictures).parent
    first, second = picture(), picture("jpg")
    (folder / "plot.png").write_bytes(first)
    (folder / "my plots").mkdir()
    (folder / "my plots" / "loss.png").write_bytes(second)
    (folder / "broken.png").write_bytes(b"<script>document.title = 'it ran'</script>")
    (folder / "unused.png").write_bytes(picture(dpi=30))
    for outside in (folder.parent / "secret.png", tmp_path / "own.png"):
        outside.write_bytes(picture(dpi=40))
    (folder / "linked.png").symlink_to(tmp_path / "own.png")
    list(grade(CHAPTER, course))
    (page,) = feedback(CHAPTER, course)
    html = page.read_text("utf-8")
    assert pictures_in(html) == [("image/png", first), ("image/jpeg", second)]
    assert html.count("lies outside the notebook and is not shown") == 3
    assert "cannot be read: it is no PNG" in html and "it ran" not in html


WORDS = "Time limits end an episode early, and the value of the last state must be kept."


def writes_below(notebook):
    place = notebook.cells.index(cell(notebook, "explain_time_limits"))
    notebook.cells.insert(place + 1, nbformat.v4.new_markdown_cell(WORDS))
    notebook.cells.append(nbformat.v4.new_markdown_cell("Thank you for this course."))


def test_words_that_were_found_in_another_cell_stand_once_on_the_page(chapter, tmp_path):
    course = released_class(tmp_path / "class", chapter)
    hand_in(course, "ann", writes_below)
    list(grade(CHAPTER, course))
    (page,) = feedback(CHAPTER, course)
    assert page.read_text("utf-8").count(WORDS) == 1
    assert "This cell was left empty. What follows stands in other cells" in page.read_text("utf-8")
