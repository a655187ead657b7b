"""The memory that a run needs does not grow with the class: what is written is not kept."""

import shutil
import tracemalloc

import nbformat
import pytest
from sqlalchemy import delete

from autograder.classroom.course import Course
from autograder.classroom.gradebook import GRADED
from autograder.desk import feedback as pages
from autograder.desk import grade as grading
from autograder.desk.feedback import feedback
from autograder.desk.grade import grade
from autograder.running.task import graded_as
from tests.classes import CHAPTER, hand_in, released_class

FEW, MANY = 20, 120
BATCH = 10
SIZE = 300_000
"""The bytes of each submission; a hundred of them are 30 megabytes."""
ROOM = 6_000_000


@pytest.fixture
def crowds(chapter, tmp_path, monkeypatch) -> dict[int, Course]:
    """Two classes, one much larger; workers return what a run would without one, and batches are small."""
    monkeypatch.setattr(grading, "BATCH", BATCH)
    monkeypatch.setattr(pages, "CHUNK", BATCH)
    monkeypatch.setattr(grading, "grade_submission", without_a_run)
    monkeypatch.setattr(pages, "make_page", lambda _, unwritten: "<!DOCTYPE html>" + "x" * SIZE)
    found = {}
    for count in (FEW, MANY):
        course = found[count] = released_class(tmp_path / str(count), chapter)
        first = hand_in(course, "student").parent
        first.joinpath("data.csv").write_text("1," * (SIZE // 2), "utf-8")
        for number in range(1, count):
            shutil.copytree(first, course.folder / "submitted" / f"student-{number}" / CHAPTER)
    return found


def without_a_run(assignment, submission):
    """Return the notebook as it was handed in, as if everything in it were wrong."""
    notebook = nbformat.reads(submission.files[f"{CHAPTER}.ipynb"].decode("utf-8"), as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "0.0"})]
    about = {"key": submission.key, "seed": assignment.seed_digest, "reason": "", "said": ""}
    notebook.metadata["autograder"] = about
    return graded_as(submission.student, submission.key, notebook, "", "")


def most_memory(run) -> int:
    """Return the most memory that Python held at one time during a run."""
    tracemalloc.start()
    try:
        assert sum(1 for _ in run) > 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def assert_does_not_grow(crowds, run) -> None:
    list(run(crowds[FEW]))  # imports, and caches that are filled once
    few, many = (most_memory(run(crowds[count])) for count in (FEW, MANY))
    assert many < few + ROOM, (few, many)


def grade_as_into_a_new_gradebook(course):
    """Forget what the gradebook knows, so that all of it is written from the graded notebooks."""
    with course.gradebook() as gradebook:
        gradebook.db.execute(delete(GRADED))
        gradebook.db.commit()
    return grade(CHAPTER, course)


@pytest.mark.heavy
def test_a_run_needs_the_memory_of_a_few_submissions(crowds):
    assert_does_not_grow(crowds, lambda course: grade(CHAPTER, course, force=True))
    assert_does_not_grow(crowds, lambda course: grade(CHAPTER, course))
    assert_does_not_grow(crowds, grade_as_into_a_new_gradebook)
    assert_does_not_grow(crowds, lambda course: feedback(CHAPTER, course))
