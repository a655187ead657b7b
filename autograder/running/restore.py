"""Put the graded cells of a submission right, whatever a student did to them, without ever refusing one.

This stands in for nbgrader's DeduplicateIds and OverwriteCells, which fail on a duplicated cell and leave a
deleted one without a score. What a cell grades, and for how many points, comes from the gradebook alone.
"""

from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.chapter.cells import ANSWER_STUB, answered_name

LOST_ANSWER = """\
(The cell `{name}` for this answer is missing from the notebook, or has lost its name. If there is an answer,
it stands in another cell.)"""
"""What stands in place of a lost answer in words."""


def restore(nb: NotebookNode, released: dict[str, dict[str, Any]]) -> None:
    """Restore the cells of one submission, which is changed; `released` tells what was released."""
    kept = _choose(nb, released)
    copies = [cell for cell in nb.cells if _name(cell) is not None and kept.get(_name(cell)) is not cell]
    nb.cells = [cell for cell in nb.cells if not (_is_in(cell, copies) and _is_untouched(cell, released))]
    for cell in copies:
        del cell.metadata["nbgrader"]
    for name, cell in kept.items():
        _restore(cell, released[name])
    _place_locked_cells(nb, kept, released)
    _mark_lost_answers(nb, kept, released)


def empty_notebook(released: dict[str, dict[str, Any]]) -> NotebookNode:
    """Return a notebook with the graded cells as they were released, and nothing else."""
    cells = [_new_cell(name, cell) for name, cell in released.items() if cell["nbgrader"]["grade"]]
    return nbformat.v4.new_notebook(cells=cells)


def _name(cell: NotebookNode) -> str | None:
    """Return the name in a cell's nbgrader metadata: '' where there is metadata without a usable name."""
    if "nbgrader" not in cell.metadata:
        return None
    about = cell.metadata["nbgrader"]
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) else ""


def _choose(nb: NotebookNode, released: dict) -> dict[str, NotebookNode]:
    """Return the cell to keep of each released name: an answer's last edited copy, a locked cell's first."""
    kept: dict[str, NotebookNode] = {}
    for cell in nb.cells:
        name = _name(cell)
        if name not in released:
            continue
        is_answer = not released[name]["nbgrader"]["locked"]
        if name not in kept or (is_answer and not _is_untouched(cell, released)):
            kept[name] = cell
    return kept


def _is_untouched(cell: NotebookNode, released: dict) -> bool:
    """Tell whether a copy of a graded cell holds nothing of the student's: it would only undo an answer."""
    about = released.get(_name(cell))
    if about is None:
        return False
    if about["nbgrader"]["locked"]:
        return True
    as_released = NotebookNode(cell_type=about["cell_type"], source=cell.source, metadata=NotebookNode())
    as_released.metadata["nbgrader"] = NotebookNode(about["nbgrader"])
    return compute_checksum(as_released) == about["nbgrader"]["checksum"]


def _is_in(cell: NotebookNode, cells: list[NotebookNode]) -> bool:
    return any(cell is each for each in cells)


def _restore(cell: NotebookNode, released: dict) -> None:
    if cell.cell_type != released["cell_type"]:
        cell.cell_type = released["cell_type"]
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    cell.metadata["nbgrader"] = nbformat.from_dict(released["nbgrader"])
    if released["nbgrader"]["locked"]:
        cell.source = released["source"]
    elif cell.cell_type == "markdown" and not cell.source.strip():
        cell.source = ANSWER_STUB  # no answer, as nbgrader knows it


def _place_locked_cells(nb: NotebookNode, kept: dict[str, NotebookNode], released: dict) -> None:
    """Put back locked cells that are missing, and move one that grades a function to behind that function."""
    for name, cell in released.items():
        if not cell["nbgrader"]["locked"]:
            continue
        answer = _answer(nb, kept, name.removeprefix("test_"))
        place = len(nb.cells) if answer is None else _position(nb, answer) + 1
        if name not in kept:
            nb.cells.insert(place, _new_cell(name, cell))
        elif answer is not None and _position(nb, kept[name]) < place - 1:
            nb.cells.insert(place - 1, nb.cells.pop(_position(nb, kept[name])))


def _mark_lost_answers(nb: NotebookNode, kept: dict[str, NotebookNode], released: dict) -> None:
    """Put a note where a cell for an answer in words is gone: a person marks it, and may find the words."""
    for name, cell in released.items():
        about = cell["nbgrader"]
        if about["grade"] and about["solution"] and name not in kept:
            nb.cells.append(_new_cell(name, {**cell, "source": LOST_ANSWER.format(name=name)}))


def _answer(nb: NotebookNode, kept: dict[str, NotebookNode], name: str) -> NotebookNode | None:
    """Return the cell that is to hold the function `name`; nbgrader does not know that of a bug hunt."""
    hunted = (cell for cell in nb.cells if answered_name(cell) == name and "nbgrader" not in cell.metadata)
    return kept.get(name) or next(hunted, None)


def _position(nb: NotebookNode, cell: NotebookNode) -> int:
    return next(index for index, each in enumerate(nb.cells) if each is cell)


def _new_cell(name: str, released: dict) -> NotebookNode:
    make = nbformat.v4.new_code_cell if released["cell_type"] == "code" else nbformat.v4.new_markdown_cell
    cell = make(released["source"], metadata={"nbgrader": released["nbgrader"]})
    cell["id"] = f"restored-{name}"[:64]
    return cell
