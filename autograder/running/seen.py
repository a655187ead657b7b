"""What a person who marks an answer in words sees of it, as a digest: where it changes, the mark is reopened.

The first part of a digest stands for the words in the answer's cell, as gradebooks of earlier builds hold it,
and the second for all that is seen beside them. A change in here reopens every mark of a class.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.chapter.cells import is_hunt
from autograder.running.outputs import NOTES
from autograder.running.released import Released, bare
from autograder.running.submissions import is_notebook

PART = 16
"""How many characters each part of a digest has."""
MOST_TEXT = 200_000
"""In how many characters the names of files are looked for; in more, each file counts as seen."""


def words(notebook: NotebookNode) -> dict[str, str]:
    """Return for each answer in words a digest of what stands in its cell."""
    return {c.metadata.nbgrader.grade_id: _digest(c.source) for c in notebook.cells if _is_answer(c)}


def seen(notebook: NotebookNode, released: Released, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return for each answer in words a digest of what a person sees of it.

    That is the answer with its attachments, the cells of the student's own above and below it, as far as the
    next that is graded, and those of the `files` that any of these names.
    """
    found = {}
    for name, answer in answers(notebook, released).items():
        around = [*reversed(answer.above), *answer.below]
        text = "\n".join(each.source for each in [answer.cell, *around])
        attached = [_attachments(each) for each in [answer.cell, *around]]
        attached += _attached_elsewhere(notebook, text)
        beside = [[bare(each.source) for each in around], attached, _named(files, text)]
        found[name] = _digest(answer.cell.source) + _digest(json.dumps(beside, sort_keys=True))
    return found


@dataclass(frozen=True)
class Answer:
    """An answer in words as a person sees it: its cell, and the student's own above and below it."""

    above: list[NotebookNode]
    cell: NotebookNode
    below: list[NotebookNode]


def answers(notebook: NotebookNode, released: Released) -> dict[str, Answer]:
    """Return each answer in words, with the cells beside it up to the next that is graded or answered."""
    found, cells = {}, notebook.cells
    for place, cell in enumerate(cells):
        if _is_answer(cell):
            above = list(_own(reversed(cells[:place]), released))[::-1]
            below = list(_own(cells[place + 1 :], released))
            found[cell.metadata.nbgrader.grade_id] = Answer(above, cell, below)
    return found


def is_as_seen(now: str | None, then: str | None) -> bool:
    """Tell whether two digests are of the same; one of an earlier build stands for the words alone."""
    return now == then or (now is not None and then == now[:PART])


def _is_answer(cell: NotebookNode) -> bool:
    return is_grade(cell) and is_solution(cell)


def _own(side: Iterable[NotebookNode], released: Released) -> Iterator[NotebookNode]:
    """Yield of the cells on one side the student's own, up to the next that is graded or answered."""
    for cell in side:
        if "nbgrader" in cell.metadata or is_hunt(cell):
            return
        if cell.get("id") not in NOTES and not released.has(cell):
            yield cell


def _attachments(cell: NotebookNode) -> object:
    return cell.get("attachments", {})


def _attached_elsewhere(notebook: NotebookNode, text: str) -> list[object]:
    """Return the attachments of all cells that a text shows: words may come from cells far away."""
    if "attachment:" not in text:
        return []
    return [found for cell in notebook.cells if (found := _attachments(cell))]


def _named(files: Mapping[str, bytes], text: str) -> dict[str, str]:
    """Return the digests of those files that a text names."""
    short, text = len(text) <= MOST_TEXT, text[:MOST_TEXT].casefold()
    named = {}
    for path, content in files.items():
        name = path.rpartition("/")[2]
        ways = (name, quote(name.encode("utf-8", "surrogatepass")))
        if not is_notebook(path) and (not short or any(way.casefold() in text for way in ways)):
            named[path] = sha256(content).hexdigest()
    return named


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:PART]
