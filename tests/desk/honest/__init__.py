"""Submissions of people who have done nothing wrong: what each hands in, its points, and what its page says.

All have the right `td_errors`, worth two points, and an answer in words that a person marks, unless the case
says otherwise. The right value of each is what the notebook does in Jupyter: two points for the function.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder.classroom.course import Course
from tests.classes import CHAPTER, TD_ERRORS, cell, hand_in

QUESTION = "explain_time_limits"
WORDS = "A time limit stops the clock and not the task, so its value goes on."
RIGHT: Mapping[str, float | None] = {"td_errors": 2.0, QUESTION: None}
"""What a submission earns that is right: None waits for a person. Everything else earns 0."""


@dataclass(frozen=True)
class Case:
    """What is handed in, what it earns, what its page says and does not say, and what `grade` says."""

    put: Callable[[Course, str], None]
    points: Mapping[str, float | None] = field(default_factory=lambda: RIGHT)
    page: tuple[str, ...] = ()
    never: tuple[str, ...] = ("could not be graded",)
    said: str = ""


def right(notebook: nbformat.NotebookNode) -> None:
    """Answer one exercise and the question in words."""
    cell(notebook, "td_errors").source = TD_ERRORS
    cell(notebook, QUESTION).source = WORDS


def submit(course: Course, student: str, change: Callable = lambda notebook: None) -> Path:
    """Hand in what is right, after `change(notebook)`; return the file."""

    def both(notebook: nbformat.NotebookNode) -> None:
        right(notebook)
        change(notebook)

    return hand_in(course, student, both)


def notebook(change: Callable, **expected: object) -> Case:
    """Return the case of a notebook that is changed by `change`, as nbformat has it."""
    return Case(lambda course, student: submit(course, student, change) and None, **expected)


def as_written(change: Callable[[dict], object], **expected: object) -> Case:
    """Return the case of a file whose JSON is changed by `change`, valid or not."""

    def put(course: Course, student: str) -> None:
        path = submit(course, student)
        content = json.loads(path.read_text("utf-8"))
        change(content)
        path.write_text(json.dumps(content), "utf-8")

    return Case(put, **expected)


def in_bytes(change: Callable[[bytes], bytes], **expected: object) -> Case:
    """Return the case of a file whose bytes are changed by `change`."""

    def put(course: Course, student: str) -> None:
        path = submit(course, student)
        path.write_bytes(change(path.read_bytes()))

    return Case(put, **expected)


def refused(change: Callable[[bytes], bytes], reason: str) -> Case:
    """Return the case of a file that is no notebook: it scores 0, and the page and `grade` say why."""
    return in_bytes(
        change, points={}, page=("could not be graded", reason), never=("Verdict on",), said=reason
    )


def folder(arrange: Callable[[Path], None], **expected: object) -> Case:
    """Return the case of a folder that is arranged around the right notebook."""
    return Case(lambda course, student: arrange(submit(course, student)), **expected)


def named(name: str, chapter: str = CHAPTER) -> str:
    """Return a file name in which X stands for the chapter."""
    return name.replace("X", chapter)
