"""What a student's cell has shown → safe HTML: text, figures, tables, formulas, errors."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape

from nbconvert.filters.ansi import strip_ansi
from nbformat import NotebookNode

from autograder.pages import markdown
from autograder.pages.pictures import KINDS, Pictures, content_of, data_address, shelve
from autograder.pages.safe import LeftOutError, Room, clean, note

MOST_TEXT = 20_000
"""How many characters of a plain output are shown."""
_FORMULA = re.compile(
    r"\$\$(?P<display>.+?)\$\$|\$(?P<line>.+?)\$|\\\[(?P<bracket>.+?)\\\]|\\\((?P<parenthesis>.+?)\\\)"
    r"|(?P<whole>\\begin\{(?P<name>[a-z]+\*?)\}.*?\\end\{(?P=name)\})",
    re.S,
)
_OVERWRITTEN = re.compile(r"^.*\r(?!$)", re.M)


def outputs(cell: NotebookNode, what: str, room: Room) -> list[str]:
    """Return the HTML of what a cell has shown; `what` names the cell in the text for a picture."""
    found, figures = [], 0
    for output in cell.get("outputs", []):
        try:
            shown = _output(output, f"{what}, picture {figures + 1}", room)
        except Exception:  # whatever an output holds, the others are shown
            shown = note("an output could not be shown")
        figures += "<img" in shown
        found.append(shown)
    return [each for each in found if each]


def _output(output: NotebookNode, what: str, room: Room) -> str:
    if output.output_type == "stream":
        return plain(output.text, room)
    if output.output_type == "error":
        return plain("\n".join(output.traceback) or f"{output.ename}: {output.evalue}", room)
    return _richest(output, what, room)


def plain(text: str, room: Room) -> str:
    """Return text as a terminal shows it in the end, without colours."""
    text = _OVERWRITTEN.sub("", strip_ansi(_joined(text)).replace("\r\n", "\n"))
    if not text.strip():
        return ""
    said, left_out = room.take_lines(text, MOST_TEXT)
    return markdown.as_written(said.rstrip("\n")) + (note(left_out) if left_out else "")


def _richest(output: NotebookNode, what: str, room: Room) -> str:
    """Return displayed data in the form that Jupyter prefers; where it cannot be shown, why, and the next."""
    left_out = []
    for kind, form in _forms(output, what, room):
        try:
            if shown := form(_joined(output.data[kind])):
                return "".join(left_out) + shown
        except LeftOutError as error:
            left_out.append(note(str(error)))
    return "".join(left_out)


def _forms(output: NotebookNode, what: str, room: Room) -> Iterator[tuple[str, Callable[[str], str]]]:
    about = output.get("metadata", {})
    forms = {
        "text/html": lambda value: _html(value, room),
        "text/markdown": lambda value: markdown.as_html(value, room),
        "text/latex": lambda value: _latex(value, room),
        **{kind: _picture_form(about.get(kind), what, room) for kind in KINDS},
        "text/plain": lambda value: plain(value, room),
    }
    return ((kind, form) for kind, form in forms.items() if kind in output.data)


def _picture_form(about: object, what: str, room: Room) -> Callable[[str], str]:
    return lambda value: _picture(value, about, what, room)


def _joined(value: str | list[str]) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _picture(value: str, about: object, what: str, room: Room) -> str:
    sizes = about if isinstance(about, Mapping) else {}
    size = "".join(
        f' {name}="{sizes[name]:.0f}"'
        for name in ("width", "height")
        if isinstance(sizes.get(name), (int, float)) and 0 < sizes[name] < 10_000
    )
    room.look_at_picture()
    address = data_address(content_of(value), "a picture", room)
    return f'<img alt="{escape(what)}"{size} src="{address}">'


def _html(value: str, room: Room) -> str:
    """Return HTML without what the page does not show; nothing where nothing is left."""
    attached: dict = {}
    text, left_out = room.take_text(shelve(value, attached, drawn=True))
    shown = clean(text, Pictures(attached, room))
    has_something = "<img" in shown or unescape(re.sub(r"<[^>]*>", "", shown)).strip()
    return f'<div class="shown">{shown}</div>' + (note(left_out) if left_out else "") if has_something else ""


def _latex(value: str, room: Room) -> str:
    """Return text with formulas, as `display(Latex(...))` is shown."""
    text, left_out = room.take_text(value)
    parts, end = [], 0
    for found in _FORMULA.finditer(text):
        parts.append(escape(text[end : found.start()]))
        body = next(
            found[name] for name in ("display", "line", "bracket", "parenthesis", "whole") if found[name]
        )
        is_display = not (found["line"] or found["parenthesis"])
        parts.append(markdown.formula(body, found[0], display=is_display))
        end = found.end()
    shown = clean("".join([*parts, escape(text[end:])]))
    return f'<div class="shown">{shown}</div>' + (note(left_out) if left_out else "")
