"""The sheet of one question in words: all answers without names, model answer and mark scheme beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from nbformat import NotebookNode

from autograder.pages import markdown, shown
from autograder.pages.marking import guide
from autograder.pages.page import code
from autograder.pages.safe import Room, note
from autograder.running.seen import Answer
from autograder.written import QUESTIONS

Pictures = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Marked:
    """What was given before for an answer that waits once more, or that is marked."""

    points: float
    comment: str = ""
    has_changed: bool = False


@dataclass(frozen=True)
class Entry:
    """One answer on the sheet: the id that stands for it, what a person sees of it as HTML, and its mark."""

    id: str
    parts: list[str]
    marked: Marked | None = None


def parts(answer: Answer, beside: Pictures) -> list[str]:
    """Return the HTML of an answer, with the student's own cells above and below; nothing in it runs.

    `beside` holds the pictures that lie beside the notebook as attachments are held: path → kind → content.
    """
    room = Room()
    own = [html for cell in answer.above for html in _safe(cell, beside, room)]
    own += _safe(answer.cell, beside, room)
    return own + [html for cell in answer.below for html in _safe(cell, beside, room)]


def _safe(cell: NotebookNode, beside: Pictures, room: Room) -> list[str]:
    try:
        return list(_cell(cell, beside, room))
    except Exception:  # whatever a cell holds, the others are shown
        return [note("a cell could not be shown")]


def _cell(cell: NotebookNode, beside: Pictures, room: Room) -> Iterator[str]:
    if cell.cell_type == "markdown":
        own = cell.get("attachments")
        yield markdown.as_html(cell.source, room, {**beside, **(own if isinstance(own, Mapping) else {})})
    elif cell.cell_type == "code":
        yield code(cell.source, room)
        yield from shown.outputs(cell, "a cell of this answer", room)
    else:
        yield shown.plain(cell.source, room)


def sheet(title: str, name: str, prompt: str, entries: Sequence[Entry]) -> str:
    """Return the page on which the answers to one question are read; `prompt` is the question as Markdown."""
    loader = PackageLoader("autograder.pages")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("marking.html.j2").render(
        title=title,
        name=name,
        points=f"{QUESTIONS[name].points:g}",
        prompt=Markup(markdown.as_html(prompt, Room())),
        guide=Markup(guide(name)),
        entries=[(each, [Markup(part) for part in each.parts], _comment(each)) for each in entries],
    )


def _comment(entry: Entry) -> Markup:
    said = entry.marked.comment if entry.marked else ""
    return Markup(markdown.as_html(said, Room())) if said else Markup("")
