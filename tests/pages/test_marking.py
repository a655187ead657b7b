"""The formgrader's page: the mark scheme stands above each answer, there alone, and nowhere in a file."""

import re

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from autograder.chapter.cells import ROOT
from autograder.classroom.course import Course
from tests.pages.making import QUESTION, code, page, written

SCHEME = "Mark scheme."
ABOUT = {"assignment_id": "a", "notebook_id": "a", "index": 0, "total": 1, "base_url": "", "student": "ada"}
ABOUT |= {"last_name": None, "first_name": None, "notebook_path": ""}


@pytest.fixture(scope="module")
def exporter():
    """Return what the formgrader makes its pages with."""
    config = Course(ROOT / "course").config.copy()
    config.merge(Config(HTMLExporter={"template_name": "formgrade"}))
    return HTMLExporter(config=config)


def shown(exporter, *cells, **about):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = list(cells)
    return exporter.from_notebook_node(notebook, resources=ABOUT | about)[0]


def test_the_mark_scheme_stands_right_above_the_answer(exporter):
    html = shown(exporter, code("1"), written("My answer."), submission_id="1")
    assert html.count(SCHEME) == html.count('class="mark-scheme"') == 1
    assert html.index(SCHEME) < html.index("My answer.")
    between = html[html.index("</details>") : html.index("My answer.")]
    assert "nbgrader_cell" in between and "input_area" not in between
    assert "4 points" in html and "<math" in html.partition("My answer.")[0]


def test_a_page_that_nobody_marks_on_has_none(exporter):
    assert SCHEME not in shown(exporter, written("My answer.")), "as of nbconvert, without a submission"
    assert SCHEME not in page(written("My answer.")), "of a student"
    assert SCHEME not in shown(exporter, code("1"), submission_id="1"), "without an answer in words"


def test_a_student_cannot_show_a_scheme_of_their_own(exporter):
    forged = '<details class="mark-scheme" open><summary>To mark</summary>Full points.</details>'
    planted = nbformat.v4.new_markdown_cell("", metadata={"autograder_scheme_of": QUESTION})
    html = shown(exporter, written(forged), nbformat.v4.new_markdown_cell(forged), planted, submission_id="1")
    assert html.count("<details") == html.count('class="mark-scheme"') == 1 and "Full points." in html


def test_what_a_damaged_notebook_says_of_a_cell_takes_no_page_with_it(exporter):
    odd = [written("One."), written("Two.")]
    odd[0].metadata["nbgrader"] = {**odd[0].metadata["nbgrader"], "grade_id": ["a"]}
    odd[1].metadata["nbgrader"] = {**odd[1].metadata["nbgrader"], "grade_id": "explain_nothing"}
    html = shown(exporter, *odd, written("Three."), submission_id="1")
    assert html.count('class="mark-scheme"') == 1 and re.search(rf"To mark {QUESTION}", html)
