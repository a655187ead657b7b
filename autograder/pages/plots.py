"""Plots as pictures inside a page: SVG that Matplotlib draws, in the page's own colours and fonts."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

INK, BAR = "#010203", "#040506"
"""Colours that stand in a drawing for those of the page, which may be light or dark."""
COLOURS = {INK: "currentColor", BAR: "var(--bar)"}
INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
SETTINGS = {"svg.fonttype": "none", "font.size": 10, "text.parse_math": False} | dict.fromkeys(INKED, INK)


@dataclass(frozen=True)
class Plot:
    """What is drawn: a bar for each label.

    `title` and `text` are what is read out in place of the picture; `key` tells its parts from those of the
    page's other plots. `most` is where the scale ends, where that is known.
    """

    key: str
    title: str
    text: str
    labels: Sequence[str]
    values: Sequence[float]
    what: str
    per: str
    most: float | None = None


def columns(plot: Plot) -> str:
    """Return upright bars, as for a histogram, whose values are counts."""
    figure = Figure(figsize=(10, 3), layout="constrained")
    with matplotlib.rc_context(SETTINGS):
        axes = figure.add_subplot()
        axes.bar(range(len(plot.values)), plot.values, width=0.9, color=BAR)
        step = max(1, len(plot.labels) // 12)
        axes.set_xticks(range(0, len(plot.labels), step), plot.labels[::step])
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel=plot.per, ylabel=plot.what)
        return _drawn(figure, plot)


def rows(plot: Plot) -> str:
    """Return bars that lie below each other, in the order of the labels."""
    figure = Figure(figsize=(8, 0.8 + 0.28 * len(plot.values)), layout="constrained")
    with matplotlib.rc_context(SETTINGS):
        axes = figure.add_subplot()
        axes.barh(range(len(plot.values)), plot.values, height=0.75, color=BAR)
        axes.set_yticks(range(len(plot.labels)), plot.labels)
        axes.set(xlabel=plot.what, ylabel=plot.per, xlim=(0, plot.most))
        axes.invert_yaxis()
        return _drawn(figure, plot)


def _drawn(figure: Figure, plot: Plot) -> str:
    """Return a figure as an element of a page: no declaration, no origin, and names of its own."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.patch.set_visible(False)
    text = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    for colour, ours in COLOURS.items():
        svg = svg.replace(colour, ours)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{plot.key}-", svg)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: system-ui, sans-serif", svg)
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.S)  # it would hold for the whole page
    names = f'role="img" aria-labelledby="{plot.key}-title {plot.key}-desc"'
    said = f'<title id="{plot.key}-title">{escape(plot.title)}</title>'
    said += f'<desc id="{plot.key}-desc">{escape(plot.text)}</desc>'
    begin, rest = svg.split(">", 1)
    return f"{begin} {names}>{said}{rest}"
