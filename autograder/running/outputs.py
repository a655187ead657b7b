"""What a cell has shown, read from a process that nobody trusts; and the verdict in the place of outputs."""

from collections.abc import Callable, Mapping, Sequence

import nbformat
from nbformat import NotebookNode

from autograder.judging import explain
from autograder.judging.verdict import Verdict

MOST_LINES = 500
"""How many lines of one output are kept."""
MOST_OUTPUTS = 1000
"""How many outputs of one cell are kept."""


def write_verdict(cell: NotebookNode, verdict: Verdict, wrong_helpers: Sequence[str] = ()) -> None:
    """Make the verdict the cell's outputs: words for the student, then the points as nbgrader reads them.

    The outputs remember the case that the words are about, for the feedback that may show its expected value.
    """
    words = {
        "text/plain": explain.as_text(verdict, wrong_helpers),
        "text/html": explain.as_html(verdict, wrong_helpers),
    }
    about = {"autograder": {"case": verdict.worst.case.title}}
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
    return NotebookNode(output_type="stream", name=name, text=_first_lines(str(shown["text"])))


def _data(shown: Mapping) -> NotebookNode:
    data = {
        str(kind): value if isinstance(value, str) else str(value) for kind, value in shown["data"].items()
    }
    return NotebookNode(output_type="display_data", data=NotebookNode(data), metadata=_sizes(shown))


def _sizes(shown: Mapping) -> NotebookNode:
    """Return how large each picture is to be shown; a sharp one has twice the dots."""
    about = shown.get("metadata")
    sizes = {
        str(kind): NotebookNode({n: each[n] for n in ("width", "height") if isinstance(each.get(n), int)})
        for kind, each in (about.items() if isinstance(about, Mapping) else ())
        if str(kind).startswith("image/") and isinstance(each, Mapping)
    }
    return NotebookNode(sizes)


def _result(shown: Mapping) -> NotebookNode:
    number = int(shown["execution_count"])
    return NotebookNode(_data(shown), output_type="execute_result", execution_count=number)


def _error(shown: Mapping) -> NotebookNode:
    lines = _first_lines("\n".join(str(line).rstrip("\n") for line in shown["traceback"])).split("\n")
    told = {"ename": str(shown["ename"]), "evalue": str(shown["evalue"]), "traceback": lines}
    return NotebookNode(output_type="error", **told)


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


def error_output(name: str, message: str) -> NotebookNode:
    """Return an output that says what went wrong."""
    told = {"ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
    return NotebookNode(output_type="error", **told)
