"""Which notebook of a folder is graded, where it holds those of other chapters and helper files too."""

import json
from functools import cache
from itertools import permutations

import nbformat
import pytest

from autograder.chapter.cells import find_chapter
from autograder.classroom.gradebook import what_was_released
from autograder.desk.release import student_files
from autograder.running.choosing import UndecidedError, choose
from autograder.running.reading import UnreadableError
from tests.classes import released_class

LAST, FIRST = "e3_6_reference", "e3_1_derivatives"
LIMITS = {"most_cells": 5000, "most_characters": 1_000_000, "submission_megabytes": 50}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return released_class(tmp_path_factory.mktemp("choosing") / "class", find_chapter(LAST))


@pytest.fixture(scope="module")
def notebooks(course, tmp_path_factory):
    """Return the empty notebook of the last chapter and of the first, as students got them."""
    earlier = student_files(find_chapter(FIRST), tmp_path_factory.mktemp("files"))
    last = course.folder / "release" / LAST / f"{LAST}.ipynb"
    return last.read_bytes(), (earlier / f"{FIRST}.ipynb").read_bytes()


@cache
def got(course):
    with course.gradebook() as gradebook:
        return what_was_released(gradebook.find_notebook(LAST, LAST), course.folder / "release" / LAST)


def answered(content, number=1.4):
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "quick_td_error":
            cell["source"] = f"def quick_td_error():\n    return {number}"
    return json.dumps(notebook).encode()


def chosen(course, files, skipped=None, asked_for=""):
    return choose(files, skipped or {}, LAST, got(course), LIMITS, asked_for)


@pytest.mark.parametrize("name", [f"{LAST}.ipynb", f"{LAST} (1).ipynb", f"{LAST}-Copy1.ipynb", "mine.ipynb"])
def test_the_last_chapter_is_found_among_those_that_it_needs_beside_it(course, notebooks, name):
    last, first = notebooks
    files = {name: answered(last), f"{FIRST}.ipynb": first, f"{FIRST} (1).ipynb": first, "two_state.py": b""}
    found = chosen(course, files)
    assert found.path == name
    assert found.said == ("" if name == f"{LAST}.ipynb" else f"from the notebook {name}")
    assert set(found.files) == set(files)


def test_files_around_a_notebook_that_lies_deeper_are_seen_from_where_it_lies(course, notebooks):
    files = {"in/X.ipynb": notebooks[0], "in/helper.py": b"1", "in/data/x.csv": b"2", "other.py": b"3"}
    found = chosen(course, files)
    assert {path for path in found.files if path != "X.ipynb"} == {"helper.py", "data/x.csv"}


def test_an_answer_that_contains_another_chapters_function_does_not_make_it_this_chapter(course, notebooks):
    first = notebooks[1].replace(b"# YOUR CODE HERE", b"# quick_td_error ppo_update")
    with pytest.raises(UnreadableError, match=rf"is missing; what was handed in is: {FIRST}.ipynb"):
        chosen(course, {f"{FIRST}.ipynb": first})


def test_of_answers_that_differ_none_is_taken_before_somebody_says_which(course, notebooks):
    files = {"a.ipynb": answered(notebooks[0], 1), "b.ipynb": answered(notebooks[0], 2)}
    with pytest.raises(UndecidedError, match=r"^a\.ipynb, b\.ipynb$"):
        chosen(course, files)
    assert chosen(course, files, asked_for="b.ipynb").path == "b.ipynb"


@pytest.mark.parametrize("order", permutations(["a.ipynb", f"{LAST}.ipynb", f"{LAST} (1).ipynb"]))
def test_the_same_answers_under_several_names_are_taken_under_the_chapters(course, notebooks, order):
    assert chosen(course, dict.fromkeys(order, answered(notebooks[0]))).path == f"{LAST}.ipynb"


def test_jupyters_own_copy_never_stands_against_the_notebook(course, notebooks):
    files = {f"{LAST}-checkpoint.ipynb": answered(notebooks[0], 1), "a.ipynb": answered(notebooks[0], 2)}
    assert chosen(course, files).path == "a.ipynb"


def test_why_the_notebook_of_the_name_was_not_read_is_said_where_no_other_is_there(course):
    with pytest.raises(
        UnreadableError, match=rf"^The file {LAST}\.ipynb is a link; links are not followed\.$"
    ):
        chosen(course, {}, {f"{LAST}.ipynb": "is a link; links are not followed"})


def test_a_notebook_without_one_name_of_the_chapter_is_taken_by_its_own_name_and_by_no_other(course):
    blank = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])).encode()
    assert chosen(course, {f"{LAST}.ipynb": blank}).path == f"{LAST}.ipynb"
    with pytest.raises(UnreadableError, match=r"what was handed in is: mine\.ipynb\. Hand in the notebook"):
        chosen(course, {"mine.ipynb": blank})
