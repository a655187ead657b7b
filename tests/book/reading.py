"""Run a chapter and read named values from it, right after the cells that compute them."""

import ast
import json
import os
from collections.abc import Iterable
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient

from autograder.chapter.binding import bound_notebook
from autograder.chapter.cells import BOOK, ROOT, Chapter, cell_name

PROBE = """\
import json as _json, numpy as _np
print(_json.dumps({{k: _np.asarray(v).tolist() for k, v in {pairs}}}))"""


def values(path: Path, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], np.ndarray]:
    """Return the value of each (cell, name), read from the kernel as soon as that cell has run.

    Raises `LookupError` where the chapter has no such cell, or the cell does not compute that name.
    """
    notebook = bound_notebook(Chapter(path))
    by_cell: dict[str, list[str]] = {}
    for cell, name in wanted:
        by_cell.setdefault(cell, []).append(name)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        names = by_cell.pop(cell_name(cell), [])
        for name in names:
            if not computes(cell.source, name):
                raise LookupError(f"{path.stem}, cell {cell_name(cell)}: {name} is not computed there")
        if names:
            pairs = "[" + ", ".join(f"({name!r}, {name})" for name in names) + "]"
            probe = nbformat.v4.new_code_cell(PROBE.format(pairs=pairs))
            probe.metadata["probe"] = cell_name(cell)
            cells.append(probe)
    if by_cell:
        raise LookupError(f"{path.stem} has no cell named {', '.join(by_cell)}")
    notebook.cells = cells
    _execute(notebook)
    return {
        (cell.metadata["probe"], name): np.asarray(value)
        for cell in notebook.cells
        if "probe" in cell.metadata
        for name, value in json.loads(cell.outputs[0]["text"]).items()
    }


def _execute(notebook: nbformat.NotebookNode) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(BOOK)])}
    client = NotebookClient(notebook, kernel_name="python3", timeout=120)
    client.resources = {"metadata": {"path": str(BOOK)}}
    client.execute(env=environment)


def computes(source: str, name: str) -> bool:
    """Tell whether a cell computes `name`: it assigns it from something that is not only literals."""
    return any(
        isinstance(part, (ast.Call, ast.Name))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and any(_names(target, name) for target in node.targets)
        for part in ast.walk(node.value)
    )


def _names(target: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(target))
