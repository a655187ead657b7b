"""Pages for tests: a graded notebook with these cells in it, as the feedback verb would write it."""

import base64
import io
import json
import re
from functools import cache
from html import unescape

import nbformat
from matplotlib.figure import Figure

from autograder.chapter.cells import ROOT
from autograder.classroom.course import Course
from autograder.desk.feedback import _settings
from autograder.pages.page import Layout, Result, Unwritten, make_page
from tests.classes import CHAPTER

QUESTION = "explain_time_limits"
ABOUT = {"schema_version": 3, "grade_id": QUESTION, "grade": True, "solution": True, "locked": False}


def written(source, attachments=None):
    """Return the cell of an answer in words, with attachments of whatever type."""
    cell = nbformat.v4.new_markdown_cell(source)
    if attachments is not None:
        cell["attachments"] = attachments
    cell.metadata["nbgrader"] = ABOUT | {"task": False, "points": 4}
    return cell


def code(source, *outputs):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs))


def displayed(data, kind="display_data", **more):
    return nbformat.v4.new_output(kind, data=data, **more)


def page(*cells, comment=None, released=(), handed_in=None, graded=None, **about):
    """Return the page of a notebook that holds these cells and nothing else."""
    notebook = nbformat.v4.new_notebook(metadata={"autograder": graded or {}})
    notebook.cells = list(cells)
    answer = {"score": 3.0, "points": 4.0, "waiting": False, "comment": comment} | about
    result = Result({QUESTION: answer}, 3.0, 42.0, 0.0, handed_in)
    content = json.dumps(notebook).encode()  # nbformat itself would refuse some
    return make_page(Layout(CHAPTER, settings(), released), Unwritten("ann", content, result))


@cache
def settings():
    return _settings(Course(ROOT / "course"))


def body(html):
    """Return the sections of a page."""
    return html.partition("<section")[2]


def words(html):
    """Return what is to be read of HTML."""
    return " ".join(
        unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.S))).split()
    )


def headings(html):
    return [words(each) for each in re.findall(r"<h2>(.*?)</h2>", html, re.S)]


def picture(kind="png", **how):
    """Return the bytes of a small figure."""
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 3, 2])
    content = io.BytesIO()
    figure.savefig(content, format=kind, **how)
    return content.getvalue()


def base64_of(content):
    return base64.b64encode(content).decode()


def pictures_in(html):
    """Return each picture of a page: its kind and its bytes."""
    found = re.findall(r'<img\b[^>]*?src="data:([\w/+]+);base64,([^"]*)"', html)
    return [(kind, base64.b64decode(content)) for kind, content in found]
