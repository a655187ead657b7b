"""What a cell has shown, read from a process that nobody trusts; and the verdict in the place of outputs."""

import os
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.judging import explain
from autograder.judging.verdict import Verdict
from autograder.running.verdicts import as_metadata, results_of

UNGRADED, TAKEN, LEFT_OUT_ID, NOT_READ_ID = NOTES = ("ungraded", "taken", "left-out", "not-read")
"""The ids of the cells in which the grader says why there are no verdicts, which file was taken, which files
were not used, and which were not read."""
MOST_LINES = 500
"""How many lines of one output are kept."""
BETWEEN_LINES = 12
"""How many bytes a notebook's file needs for the end of a line."""
MOST_COUNTED = 10**6
"""The highest number of a cell that is kept, and the most dots that a picture is said to be wide or high."""
MOST_OUTPUTS = 1000
"""How many outputs of one cell are kept."""


SYSTEM = {"/", "/usr", "/usr/local"}
"""Folders that are the same on every machine, so that they say nothing about this one."""


def _names_of_folders() -> dict[str, str]:
    """Return this machine's folders that may show up in what a submission shows: path → name instead."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    here = Path(__file__).parents[1]
    named = {
        sysconfig.get_path("purelib"): "site-packages",
        sysconfig.get_path("platlib"): "site-packages",
        sysconfig.get_path("stdlib"): version,
        sysconfig.get_path("platstdlib"): version,
        sys.prefix: "python",
        sys.base_prefix: "python",
        str(here / "inside"): "grading",
        str(here.parent): "course",
    }
    real = {os.path.realpath(path): name for path, name in named.items()}
    return {path: name for path, name in (named | real).items() if path not in SYSTEM}


FOLDERS = _names_of_folders()
_FOLDER = re.compile("|".join(re.escape(path) for path in sorted(FOLDERS, key=len, reverse=True)))


def without_paths(text: str) -> str:
    """Return a text in which this machine's folders have the names that they would have anywhere."""
    return _FOLDER.sub(lambda found: FOLDERS[found[0]], text)


def write_verdict(
    cell: NotebookNode, verdict: Verdict, wrong_helpers: Sequence[str] = (), reasons: Sequence[str] = ()
) -> None:
    """Make the verdict the cell's outputs: words for the student, then the points as nbgrader reads them.

    The outputs remember the case that the words are about, for the feedback that may show its expected value,
    and what became of all cases, for the report on the class.
    """
    words = {
        "text/plain": explain.as_text(verdict, wrong_helpers, reasons),
        "text/html": explain.as_html(verdict, wrong_helpers, reasons),
    }
    about = {"autograder": {"case": verdict.worst.case.title, **as_metadata(results_of(verdict))}}
    points = {"text/plain": repr(float(verdict.points))}
    cell.execution_count = None
    cell.outputs = [
        nbformat.from_dict({"output_type": "display_data", "data": words, "metadata": about}),
        nbformat.from_dict(
            {"output_type": "execute_result", "data": points, "metadata": {}, "execution_count": None}
        ),
    ]


def _stream(shown: Mapping) -> NotebookNode:
    name = "stderr" if shown["name"] == "stderr" else "stdout"
    return NotebookNode(output_type="stream", name=name, text=without_paths(_first_lines(str(shown["text"]))))


def _data(shown: Mapping) -> NotebookNode:
    data = {str(kind): _text(str(kind), str(value)) for kind, value in shown["data"].items()}
    return NotebookNode(output_type="display_data", data=NotebookNode(data), metadata=_sizes(shown))


def _sizes(shown: Mapping) -> NotebookNode:
    """Return how large each picture is to be shown; a sharp one has twice the dots."""
    about = shown.get("metadata")
    sizes = {
        str(kind): NotebookNode({n: each[n] for n in ("width", "height") if _is_size(each.get(n))})
        for kind, each in (about.items() if isinstance(about, Mapping) else ())
        if str(kind).startswith("image/") and isinstance(each, Mapping)
    }
    return NotebookNode(sizes)


def _is_size(told: Any) -> bool:
    return isinstance(told, int) and 0 < told <= MOST_COUNTED


def number_of(told: Any) -> int | None:
    """Return the number that a cell or its value has been given, None for one that no notebook can hold."""
    number = int(told)
    return number if 0 <= number <= MOST_COUNTED else None


def _text(kind: str, value: str) -> str:
    return without_paths(value) if kind.startswith("text/") else value


def _result(shown: Mapping) -> NotebookNode:
    number = number_of(shown["execution_count"])
    return NotebookNode(_data(shown), output_type="execute_result", execution_count=number)


def _error(shown: Mapping) -> NotebookNode:
    lines = _first_lines("\n".join(str(line).rstrip("\n") for line in shown["traceback"])).split("\n")
    told = {"ename": str(shown["ename"]), "evalue": without_paths(str(shown["evalue"]))}
    return NotebookNode(output_type="error", traceback=[*map(without_paths, lines)], **told)


def _first_lines(text: str) -> str:
    """Return the lines of an output that a person may want to see."""
    lines = text.split("\n", MOST_LINES)
    return (
        text if len(lines) <= MOST_LINES else "\n".join([*lines[:MOST_LINES], "... the rest is left out ..."])
    )


_READERS: dict[str, Callable[[Mapping], NotebookNode]] = {
    "stream": _stream,
    "display_data": _data,
    "execute_result": _result,
    "error": _error,
}


def read_output(shown: Mapping) -> NotebookNode:
    """Return what a cell has shown as a notebook's output, whatever the student's process has made of it."""
    return _READERS[shown["output_type"]](shown)


def written_size(output: NotebookNode) -> int:
    """Return about how many bytes a notebook needs for an output: each line of it stands on its own."""
    text = str(output)
    return len(text) + BETWEEN_LINES * text.count("\\n")


def error_output(name: str, message: str) -> NotebookNode:
    """Return an output that says what went wrong."""
    told = {"ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
    return NotebookNode(output_type="error", **told)
