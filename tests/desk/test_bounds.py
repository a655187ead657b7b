"""The verbs hold their own processes to bounds: who goes over them is told so, and nobody else notices.

The bounds are lowered by settings, so that modest files go over them.
"""

import inspect
import json
import os
import subprocess
import sys

import nbformat
import pytest

from autograder.chapter.cells import ROOT
from autograder.example_class import perfect
from autograder.exercises import EXERCISES
from tests.classes import CHAPTER, TD_TARGET, answer, cell, hand_in, notebook_path, released_class, scores_of

LOW = {"grader_megabytes": 128, "most_characters": 30_000}
MEMORY = "it takes more than the 128 megabytes of memory that there are to read one"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold the memory")


def autograder(limits, course, *arguments):
    """Run a verb as a person does, with other limits; return its exit status and all it says."""
    engine = [
        sys.executable,
        "-m",
        "tests.hostile.engine",
        json.dumps(limits),
        "--course",
        str(course.folder),
    ]
    done = subprocess.run([*engine, *arguments], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def absurd(notebook):
    """Add a cell of words and one of code that are longer than all others may be together."""
    answer(notebook)
    notebook.cells.insert(1, nbformat.v4.new_code_cell("x = 1\n" + "x = 2\n" * 6_000))
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("My notes.\n" * 4_000))


def nested(notebook):
    answer(notebook)
    body = "    x = 1.0\n    for _ in range(4):\n        x = [x] * 20\n    return x\n"
    cell(notebook, "td_target").source = TD_TARGET + body


def chained(notebook):
    """Answer rightly in a cell that holds a longer chain of names than the grader parses."""
    answer(notebook)
    more = "def unused():\n    import " + ".".join(["a"] * 400)
    cell(notebook, "td_target").source = f"{inspect.getsource(perfect.td_target)}\n\n{more}"


def large(notebook):
    """Attach a file: to read it takes several times its size, and little beside."""
    answer(notebook)
    notebook.cells.append(
        nbformat.v4.new_markdown_cell("x", attachments={"a.bin": {"a/b": "a" * 40_000_000}})
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory, chapter):
    """A class, graded with low bounds, and what was said."""
    course = released_class(tmp_path_factory.mktemp("bounds") / "class", chapter)
    for student, change in {"absurd": absurd, "large": large, "nested": nested, "usual": answer}.items():
        hand_in(course, student, change)
    return course, *autograder(LOW, course, "grade", CHAPTER)


def test_what_cannot_be_read_within_the_bounds_is_not_graded_and_everybody_else_is(graded, chapter):
    course, status, said = graded
    assert status == 1 and f"large: NOT GRADED: {MEMORY}" in said.splitlines()
    assert "3 graded, 1 NOT GRADED" in said and "Traceback" not in said
    found = scores_of(course, chapter)
    assert {name: found[name]["td_errors"] for name in ("absurd", "nested", "usual")} == {
        "absurd": 2,
        "nested": 2,
        "usual": 2,
    }


def test_an_absurd_cell_is_left_out_and_the_page_says_so(graded):
    course = graded[0]
    status, said = autograder(LOW, course, "feedback", CHAPTER, "--student", "absurd")
    assert status == 0, said
    html = (course.folder / "feedback" / "absurd" / CHAPTER / f"{CHAPTER}.html").read_text("utf-8")
    assert "its 6,002 lines are more than a notebook may hold" in html
    assert "… 5,982 lines more are not shown" in html
    assert "its 4,001 lines are more than a notebook may hold" in html and "My notes." in html


def test_a_value_of_lists_in_lists_is_shown_shortened(graded):
    written = notebook_path(graded[0], "autograded", "nested")
    assert written.stat().st_size < 200_000
    assert "20 values with others inside, too many or too deep to be shown" in written.read_text("utf-8")


def test_one_student_alone_is_graded_within_the_same_bounds(graded):
    status, said = autograder(LOW, graded[0], "grade", CHAPTER, "--student", "large")
    assert (status, said.splitlines()[0]) == (1, f"large: NOT GRADED: {MEMORY}")


def test_check_reads_within_the_same_bounds(graded, tmp_path):
    unclear = tmp_path / "mine.ipynb"
    unclear.write_bytes(notebook_path(graded[0], "submitted", "large").read_bytes())
    for name in (unclear, notebook_path(graded[0], "submitted", "large")):
        status, said = autograder(LOW, graded[0], "check", str(name))
        assert status == 1 and said.splitlines()[-1].endswith(MEMORY), said
        assert said.splitlines()[-1].startswith("autograder: ")


@pytest.mark.heavy
def test_a_page_is_made_within_the_same_bounds_and_without_it_the_others_are(graded, chapter, tmp_path):
    course = released_class(tmp_path / "class", chapter)
    for student, change in {"large": large, "usual": answer}.items():
        hand_in(course, student, change)
    assert autograder({}, course, "grade", CHAPTER)[0] == 0
    for who in (["--student", "large"], []):
        status, said = autograder(LOW, course, "feedback", CHAPTER, *who)
        assert status == 1
        assert f"all other pages are written, but none for large ({MEMORY})" in said
    assert (course.folder / "feedback" / "usual" / CHAPTER / f"{CHAPTER}.html").is_file()


@pytest.mark.heavy
def test_an_answer_that_the_grader_does_not_parse_keeps_its_points(graded, tmp_path, chapter):
    course = released_class(tmp_path / "class", chapter)
    hand_in(course, "chained", chained)
    assert autograder(LOW, course, "grade", CHAPTER)[0] == 0
    found = scores_of(course, chapter)["chained"]
    assert found["td_target"] == EXERCISES["td_target"].points and found["td_errors"] == 2
