"""Two tables made from `conventions.json`: what libraries were measured to do, and lines of two frameworks.

The file is written by a command of the course, `make conventions`, which asks each library anew.
"""

import json
from pathlib import Path
from typing import Any

from IPython.display import Markdown

KEPT = json.loads(Path(__file__).with_name("conventions.json").read_text("utf-8"))


def in_the_wild() -> Markdown:
    """Return the table of conventions: what is asked, what this course answers, which release gave what."""
    entries = [each for row in KEPT["rows"] for each in row["elsewhere"]]
    newest = max(each["date"] for each in entries)
    texts = [f"Measured on {newest}; a number that is older has its date. {_beside(entries)}"]
    for part in dict.fromkeys(row["part"] for row in KEPT["rows"]):
        texts.append(f"**{part}**")
        rows = [row for row in KEPT["rows"] if row["part"] == part]
        cells = [(row["asked"], _shown(row["here"], row["digits"]), _elsewhere(row, newest)) for row in rows]
        texts.append(_table(("what is asked", "this course", "which release gives what"), cells))
    return Markdown("\n\n".join(texts))


def frameworks() -> Markdown:
    """Return the table of lines: a formula, and how PyTorch and JAX write it."""
    rows = [
        (f"{line['formula']}<br>`{line['function']}`", f"`{line['torch']}`<br>`{line['jax']}`")
        for line in KEPT["lines"]
    ]
    return Markdown(_table(("formula and function", "PyTorch, and below it JAX"), rows))


def deviations() -> dict[str, tuple[float, float]]:
    """Return for each line how far PyTorch and JAX were from the functions of this course, in float64."""
    return {line["name"]: tuple(line["deviation"].values()) for line in KEPT["lines"]}


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _beside(entries: list[dict]) -> str:
    """Return which libraries ran on which PyTorch: some numbers are in truth its own."""
    who: dict[str, set[str]] = {}
    for each in entries:
        if torch := each["with"].get("torch"):
            who.setdefault(_release(torch), set()).add(each["library"])
    return " ".join(
        f"{', '.join(sorted(names, key=str.lower))} ran on PyTorch {torch}."
        for torch, names in sorted(who.items())
    )


def _release(version: str) -> str:
    return version.partition("+")[0]


def _elsewhere(row: dict, newest: str) -> str:
    """Return who gives what; those who give the same stand together."""
    who: dict[str, list[str]] = {}
    for each in row["elsewhere"]:
        date = f" ({each['date']})" if each["date"] < newest else ""
        name = f"{each['library']} {_release(each['version'])}{date}"
        who.setdefault(_shown(each["value"], row["digits"]), []).append(name)
    return "<br>".join(f"{', '.join(names)}: {value}" for value, names in who.items())


def _shown(value: Any, digits: int) -> str:
    """Return a value as it is written in a table, with so many digits, or with three where it is tiny."""
    if value is None:
        return "–"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(each, digits)}" for name, each in value.items())
    if isinstance(value, list):
        return f"({', '.join(_shown(each, digits) for each in value)})"
    if isinstance(value, str):
        return value
    text = f"{value:.2e}" if 0 < abs(value) < 1e-3 else f"{round(value, 9) + 0:.{digits}g}"
    return text.replace("-", "−")
