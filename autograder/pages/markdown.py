"""Markdown with mathematics → safe HTML, read as nbconvert reads it, and with it the formgrader."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from mistune import HTMLRenderer
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.pages.mathematics import mathml
from autograder.pages.pictures import Pictures, shelve
from autograder.pages.safe import LeftOutError, Room, clean, comparisons_as_text, note

MOST_FORMULAS = 500
"""How many formulas may begin in a text: to look for the end of each takes as long as the text."""
PYTHON = {"python", "python3", "py", "ipython", "ipython3"}
"""The languages of code that is coloured; to colour some others takes hours where the text is made for it."""
MOST_COLOURED = 10_000
"""How many characters of one piece of code are coloured; the chapters' longest cell has a third of it."""
SLOW = re.compile(r"\s{200}|\*{80}|(?:\w{1,99}\.){100}")
"""What takes the library that colours the longer, squared or worse, the more there is; nobody writes it."""

_CODE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}(?P=fence)|\Z)"
    r"|(?<![\\`])(?P<ticks>`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=ticks)(?!`)",
    re.M | re.S,
)
_DOLLAR = "\ue000"
"""Stands for a dollar sign in code, which begins no formula."""
_BAR = "\ue001"
"""Stands for a bar in a formula in a table, which begins no column."""
_ROW = re.compile(r"^ {0,3}\|.*$", re.M)
_FORMULA = re.compile(r"\$[^$\n]+\$")
_BEGINNINGS = re.compile(r"\\\\[\[(]|\\begin\{")


def as_html(source: str, room: Room, attachments: Mapping[str, Any] | None = None) -> str:
    """Return Markdown as safe HTML; `attachments` are the cell's pictures. What cannot be read stays text."""
    attached = dict(attachments) if isinstance(attachments, Mapping) else {}
    source = shelve(source, attached)
    text, left_out = room.take_text(source)
    try:
        if len(_BEGINNINGS.findall(text)) > MOST_FORMULAS:
            raise LeftOutError("there are too many formulas in this text to show them")
        made = MarkdownWithMath(renderer=_Renderer()).render(_prepared(text, attached))
        shown = clean(made.replace(_DOLLAR, "$").replace(_BAR, "|"), Pictures(attached, room))
    except LeftOutError as error:
        shown = as_written(text) + note(str(error))
    except Exception:  # a reader of Markdown that fails must not take the page with it
        shown = as_written(text) + note("this text could not be read as Markdown")
    return shown + (note(left_out) if left_out else "")


def as_written(text: str) -> str:
    """Return text as it is, line by line."""
    return f"<pre>{escape(text)}</pre>"


def coloured(code: str) -> str:
    """Return Python code in colours, or as it is where these would take long."""
    if len(code) > MOST_COLOURED or SLOW.search(code):
        return as_written(code)
    return Highlight2HTML(pygments_lexer="ipython3")(code)


def formula(latex: str, written: str, *, display: bool) -> str:
    """Return the MathML of a formula; where it cannot be made, what was written, as code."""
    try:
        return mathml(latex.replace(_BAR, "|"), display=display)
    except LeftOutError:
        return f"<code>{escape(written.replace(_BAR, '|'))}</code>"


def _prepared(text: str, attached: Mapping[str, Any]) -> str:
    """Return Markdown in which pictures have addresses without spaces, and code has no dollar sign."""
    for name in attached:
        if name != quote(name):
            text = text.replace(f"](attachment:{name}", f"](attachment:{quote(name)}")
    text = _CODE.sub(lambda found: found[0].replace("$", _DOLLAR), text)
    return _ROW.sub(lambda row: _FORMULA.sub(lambda found: found[0].replace("|", _BAR), row[0]), text)


class _Renderer(IPythonRenderer):
    """HTML that the sanitizer is still to go over: formulas as MathML, headings below those of the page."""

    def __init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        """Return a heading that stands below that of its section."""
        return super().heading(text, min(level + 2, 6), **attributes)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return a picture; whether it can be shown, the sanitizer asks."""
        return HTMLRenderer.image(self, text, url, title)

    def inline_html(self, html: str) -> str:
        """Return a tag in a line; what is none is text."""
        return comparisons_as_text(super().inline_html(html))

    def block_html(self, html: str) -> str:
        """Return HTML on lines of its own; what is none in it is text."""
        return comparisons_as_text(super().block_html(html))

    def block_code(self, code: str, info: str | None = None) -> str:
        """Return code, coloured where it is Python."""
        language = (info or "").strip().partition(" ")[0].lower()
        if language in PYTHON:
            return coloured(code.replace(_DOLLAR, "$"))
        return as_written(code)

    def block_math(self, body: str) -> str:
        """Return a formula on a line of its own."""
        return formula(body, f"$${body}$$", display=True)

    def inline_math(self, body: str) -> str:
        """Return a formula in a line."""
        return formula(body, f"${body}$", display=False)

    def latex_environment(self, name: str, body: str) -> str:
        """Return a formula that is an environment by itself."""
        written = rf"\begin{{{name}}}{body}\end{{{name}}}"
        return formula(written, written, display=True)

    def task_list_item(self, text: str, checked: bool = False) -> str:
        """Return an item with its box, as a sign: a page has nothing to be clicked."""
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"
