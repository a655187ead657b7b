"""The task that makes a feedback page: graded notebook and points in, HTML out; no disk, no database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config

from autograder.chapter.cells import answered_name, graded_name, title_of
from autograder.exercises import EXERCISES
from autograder.judging import explain
from autograder.running.task import UNGRADED


@dataclass(frozen=True)
class Result:
    """What the gradebook says of one submission.

    `cells` holds by name points, most points, comment, and whether a person has still to mark the cell.
    """

    cells: Mapping[str, Mapping[str, Any]]
    score: float
    max_score: float
    late_penalty: float


@dataclass(frozen=True)
class Unwritten:
    """A page that is to be made; `seed` is there where expected values are shown."""

    student: str
    notebook: bytes
    result: Result
    seed: int | None = None


@dataclass(frozen=True)
class Layout:
    """What is the same for all pages of an assignment: its name, and the exporter's settings as JSON."""

    assignment: str
    settings: str


def make_page(layout: Layout, unwritten: Unwritten) -> str:
    """Return the feedback page of one submission."""
    notebook = nbformat.reads(unwritten.notebook.decode("utf-8"), as_version=4)
    result = unwritten.result
    for cell in notebook.cells:
        if is_grade(cell) or is_solution(cell):
            cell.metadata.nbgrader.update(result.cells.get(cell.metadata.nbgrader.grade_id, {}))
    about = {"notebook": layout.assignment, "assignment": layout.assignment, "student": unwritten.student}
    about |= {"score": result.score, "max_score": result.max_score, "late_penalty": result.late_penalty}
    resources = {"nbgrader": about, "unique_key": layout.assignment}
    keep_what_is_about_the_student(notebook, resources, unwritten.seed)
    return _exporter(layout.settings).from_notebook_node(notebook, resources)[0]


@lru_cache(maxsize=4)
def _exporter(settings: str) -> HTMLExporter:
    return HTMLExporter(config=Config(json.loads(settings)))


def keep_what_is_about_the_student(nb: NotebookNode, resources: dict, seed: int | None) -> None:
    """Drop the chapter's own prose and demonstrations, which the student has on the site."""
    if seed is not None:
        _show_expected(nb, seed)
    resources["nbgrader"]["title"] = title_of(resources["nbgrader"]["notebook"])
    resources["nbgrader"]["round"] = nb.metadata.get("autograder", {}).get("round")
    _put_verdicts_behind_their_answers(nb)
    ungraded = [cell for cell in nb.cells if cell.get("id") == UNGRADED]
    prefix = resources["nbgrader"]["notebook"][-60:]
    nb.cells = ungraded or [
        cell
        for cell in nb.cells
        if "nbgrader" in cell.metadata or answered_name(cell) or not str(cell.get("id")).startswith(prefix)
    ]


def _put_verdicts_behind_their_answers(nb: NotebookNode) -> None:
    """Move each answer to where it is judged: a bug hunt shows all faulty functions before the first test."""
    answers = {name: cell for cell in nb.cells if (name := answered_name(cell))}
    judged = {name for cell in nb.cells if (name := graded_name(cell)) in answers}
    nb.cells = [
        each
        for cell in nb.cells
        if answered_name(cell) not in judged
        for each in ([answers[graded_name(cell)], cell] if graded_name(cell) in judged else [cell])
    ]


def _show_expected(nb: NotebookNode, seed: int) -> None:
    """Add to each verdict what the reference returns in the case that the verdict is about."""
    for cell in nb.cells:
        name = graded_name(cell)
        said = cell.outputs[0] if name and cell.outputs else {}
        title = said.get("metadata", {}).get("autograder", {}).get("case")
        case = next((each for each in EXERCISES[name].cases if each.title == title), None) if title else None
        if case:  # behind what was returned; where nothing is shown of the case, there is no such place
            line = escape(explain.expected(EXERCISES[name], case, seed))
            said["data"]["text/html"] = said["data"]["text/html"].replace("</pre>", f"\n{line}</pre>", 1)
