"""One picture of what was measured."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.benchmark.engines import Measured, Ours, Plain
from tests.benchmark.summary import GROWTH, is_grading, ratio

OF_PLAIN, OF_OURS = "0.55", "C0"
TITLES = {
    ("mixed", True): "grading, right and wrong mixed",
    ("endless", True): "grading, endless loops among them",
    ("workers", True): "grading, by number of workers",
    ("mixed", False): "feedback",
    ("workers", False): "feedback, by number of workers",
}


def draw(found: list[Measured], path: Path) -> None:
    """Draw the submissions a minute, the processor time, and the memory by the size of the class."""
    groups = [
        ([each for each in found if each.part == part and is_grading(each) == grading], title)
        for (part, grading), title in TITLES.items()
    ]
    bars = [(each, title) for group, title in groups for each in group]
    figure = Figure(figsize=(16, 1.8 + 0.42 * max(len(bars), 6)), layout="constrained")
    axes = figure.subplots(1, 3)
    _bars(axes[0], bars, [each.rate for each, _ in bars], "submissions a minute")
    _bars(axes[1], bars, [each.cpu for each, _ in bars], "processor seconds a submission")
    axes[1].set_yticklabels([])
    _memory(axes[2], [each for each in found if each.part == "memory"])
    times, size = ratio(found, "mixed"), max((each.submissions for each, _ in bars), default=0)
    said = f", {size} submissions" if size else ""
    said += f": {times:.1f} times as many a minute as plain nbgrader" if times else ""
    figure.suptitle(f"Benchmark{said}", fontsize=14)
    figure.savefig(path, dpi=120)


def _bars(axes: Axes, bars: Sequence[tuple[Measured, str]], values: list[float], what: str) -> None:
    colours = [OF_PLAIN if each.engine == Plain.name else OF_OURS for each, _ in bars]
    drawn = axes.barh(range(len(bars)), values, color=colours)
    axes.bar_label(drawn, [f"{value:.3g}" for value in values], padding=3)
    axes.set_yticks(range(len(bars)), [f"{title}\n{_who(each)}" for each, title in bars], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_title(what)
    axes.spines[["top", "right"]].set_visible(False)


def _who(measured: Measured) -> str:
    by = f", {measured.workers} worker{'s' * (measured.workers > 1)}" if measured.engine == Ours.name else ""
    return f"{measured.engine}{by}"


def _memory(axes: Axes, found: list[Measured]) -> None:
    axes.set_title("peak memory by the size of the class, MB")
    if not found:
        axes.text(0.5, 0.5, "not measured", ha="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    for verb, colour in ((Ours.grading, OF_OURS), (Ours.writing, "C1")):
        points = sorted((each.submissions, each.memory) for each in found if each.verb == verb)
        sizes, megabytes = zip(*points, strict=True)
        axes.plot(sizes, megabytes, "o-", color=colour, label=verb)
        for size, value in points:
            axes.annotate(f"{value:,.0f}", (size, value), (0, 7), textcoords="offset points", ha="center")
        axes.plot(sizes[:: len(sizes) - 1 or 1], [GROWTH * megabytes[0]] * 2, ":", color=colour)
    axes.set(xscale="log", xlabel="submissions (dotted: 20 % more than for the smallest class)")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(0)
    axes.margins(x=0.15)
    axes.legend(loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
