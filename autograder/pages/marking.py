"""A graded notebook as nbgrader's formgrader shows it: nbgrader's page, and nothing in it that runs.

What changes is the copy that becomes the page; the notebook on the disk stays as the student wrote it. Where
a person marks, the mark scheme stands above each answer in words, on that page and nowhere else.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output, new_raw_cell
from nbgrader.utils import is_grade, is_solution

from autograder.pages import markdown, shown
from autograder.pages.page import code
from autograder.pages.safe import MOST_TEXT, Room, note
from autograder.written import QUESTIONS

ROOM, BESIDE = "autograder_room", "autograder_beside"
"""Where the filters find what the page may still hold, and the pictures beside the notebook."""
KINDS = ("code", "markdown")
SCHEME_OF = "autograder_scheme_of"
"""Which question's mark scheme stands in the place of a cell of ours."""
SCHEME = (
    '<details class="mark-scheme" open style="border: 2px solid #286090; margin: 1em 0; padding: 0 1em">'
    '<summary style="display: list-item; margin: .5em 0"><b>To mark {name}</b>: model answer and '
    "mark scheme, {points:g} points</summary>{guide}</details>"
)


@cache
def guide(name: str) -> str:
    """Return the model answer and the mark scheme of a question in words as HTML."""
    return markdown.as_html(QUESTIONS[name].marking, Room())


def make_safe(
    nb: NotebookNode, resources: dict, beside: Mapping[str, Mapping[str, str]], *, schemes: bool = False
) -> None:
    """Change a notebook, and what the page says about it, so that nbgrader's templates can show both.

    `beside` holds the pictures that lie beside the notebook as attachments are held: path → kind → content.
    With `schemes`, the mark scheme stands above each answer in words.
    """
    for key, value in resources.items():
        if isinstance(value, str):
            resources[key] = escape(value)
    resources[ROOM], resources[BESIDE] = Room(), beside
    nb.metadata = NotebookNode()  # whatever a widget remembers, and a title
    nb.cells = [
        each
        for number, cell in enumerate(nb.cells, start=1)
        for each in (*(_scheme(cell) if schemes else ()), _safe(cell, number, resources[ROOM]))
    ]


def _scheme(cell: NotebookNode) -> Iterator[NotebookNode]:
    """Yield what stands above a cell: where it is an answer in words, how it is marked."""
    about = cell.metadata.get("nbgrader")
    name = about.get("grade_id") if isinstance(about, Mapping) else None
    if isinstance(name, str) and name in QUESTIONS and is_grade(cell) and is_solution(cell):
        yield new_markdown_cell(metadata={SCHEME_OF: name})


def _safe(cell: NotebookNode, number: int, room: Room) -> NotebookNode:
    try:
        about = cell.metadata.get("nbgrader")
        cell.metadata = NotebookNode()
        if isinstance(about, Mapping):
            cell.metadata.nbgrader = _escaped(about)
        if cell.cell_type not in KINDS:
            return new_raw_cell(shown.plain(cell.source, room))
        if cell.cell_type == "code":
            _make_code_safe(cell, number, room)
    except Exception:  # whatever a cell holds, the others are shown
        return new_raw_cell(note(f"cell {number} could not be shown"))
    return cell


def _escaped(about: Mapping[str, Any]) -> NotebookNode:
    return NotebookNode({key: escape(each) if isinstance(each, str) else each for key, each in about.items()})


def _make_code_safe(cell: NotebookNode, number: int, room: Room) -> None:
    """Leave of what a cell has shown one piece of HTML, made of all."""
    made = "".join(shown.outputs(cell, f"cell {number}", room))
    cell.outputs = [new_output("display_data", data={"text/html": made})] if made else []


@pass_context
def markdown_filter(context: Context, source: str) -> str:
    """Return a cell's Markdown as safe HTML, or a mark scheme: nbconvert's filter `markdown2html`."""
    resources, cell = context["resources"], context.get("cell", {})
    if name := cell.get("metadata", {}).get(SCHEME_OF):  # of a student's own cells no such word is left
        return SCHEME.format(name=escape(name), points=QUESTIONS[name].points, guide=guide(name))
    room = resources.get(ROOM) or Room()
    if "metadata" in cell and is_grade(cell):
        room.text = max(room.text, MOST_TEXT)  # an answer is shown whatever stands before it
    attached = cell.get("attachments")
    own = attached if isinstance(attached, Mapping) else {}
    return markdown.as_html(source, room, {**resources.get(BESIDE, {}), **own})


@pass_context
def code_filter(context: Context, source: str, language: str = "", metadata: object = None) -> str:
    """Return a cell's code, in colours as long as that does not take long: the filter `highlight_code`."""
    return code(source, context["resources"].get(ROOM) or Room())
