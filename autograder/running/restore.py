"""Put the graded cells of a submission right, whatever a student did to them, without ever refusing one.

This stands in for nbgrader's DeduplicateIds and OverwriteCells, which fail on a duplicated cell and leave a
deleted one without a score. What a cell grades, and for how many points, comes from the gradebook alone.
"""

from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.chapter.cells import ANSWER_STUB, is_hunt
from autograder.running.code import (
    WORDS_MAGIC,
    binds,
    defines,
    holds_a_sentence,
    is_prose,
    parameters,
    without_function,
)
from autograder.running.outputs import NOTES
from autograder.running.released import Released, bare, find_cells, free_own_code, is_empty, name_of

LOST_ANSWER = """\
(The cell `{name}` for this answer is missing from the notebook, or has lost its name. If there is an answer,
it stands in another cell.)"""
"""What stands in place of a lost answer in words."""
ELSEWHERE = "(This cell was left empty. What follows stands in other cells of the notebook:)"
"""What stands above the words of an answer that was typed beside its cell."""
MOST_WORDS = 20_000
"""How many characters of such words are shown to whoever marks."""
FEW = 5
"""How many cells of words, far from the place of the answer, are shown as what may be the answer."""


def restore(nb: NotebookNode, released: Released) -> None:
    """Keep one cell of each graded name, with the metadata and the locked text it was released with.

    Changes `nb`. Of several answers the last counts, and the others are marked as its copies; a copy that
    holds nothing of the student's goes, wherever it stands. What the answer is judged by stands behind it.
    """
    number = 0
    for cell in nb.cells:
        number += cell.cell_type == "code"
        cell.metadata["autograder"] = {"number": number}  # as the student counts, whatever is moved below
    free_own_code(nb, released)
    for cell in nb.cells:
        cell.metadata.setdefault("autograder", {})
    found = find_cells(nb, released)
    kept: dict[str, NotebookNode] = {}
    for name in released.tests:
        if name in found:
            kept[name] = found[name][0]
            _drop(nb, found[name][1:])
    for name in released.questions:
        if name in found:
            kept[name] = found[name][0]
            _join_words(kept[name], found[name], name, released)
            _drop(nb, found[name][1:])
    answers = {name: _choose(nb, found, name, released) for name in released.stubs if name in found}
    _mark_later_tries(nb, answers, released)
    names = {id(cell): name for name, cell in answers.items() if _is_its_own(cell, name, found)}
    kept |= {name: cell for name, cell in answers.items() if names.get(id(cell)) == name}
    for cell in nb.cells:
        if all(cell is not each for each in kept.values()):
            cell.metadata.pop("nbgrader", None)
            if is_hunt(cell):
                cell.metadata.pop("tags")
        if cell.get("id") in NOTES:
            cell["id"] = f"own-{cell['id']}"  # a note of the grader's has that id
    for name, cell in kept.items():
        _restore(cell, name, released)
    _place_locked_cells(nb, kept, answers, released)
    _find_words(nb, kept, released)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.pop("attachments", None)


def empty_notebook(released: Released) -> NotebookNode:
    """Return a notebook with the graded cells as they were released, and nothing else."""
    cells = [_new_cell(name, cell) for name, cell in released.graded.items() if cell["nbgrader"]["grade"]]
    return nbformat.v4.new_notebook(cells=cells)


def _choose(
    nb: NotebookNode, found: Mapping[str, list[NotebookNode]], name: str, released: Released
) -> NotebookNode:
    """Return the cell that is the answer: the last that defines the function, else the last with anything."""
    cells = found[name]
    real = [cell for cell in cells if not is_empty(cell, name, released)]
    defining = [cell for cell in real if binds(cell.source, name)]
    chosen = (defining or real or cells[:1])[-1]
    of_others = [each for other, some in found.items() if other != name for each in some]
    empty = [cell for cell in cells if cell is not chosen and all(cell is not each for each in real)]
    empty = [cell for cell in empty if all(cell is not each for each in of_others)]
    for cell in empty:
        cell.source = without_function(cell.source, name) if name in released.graded else ""
    _drop(nb, [cell for cell in empty if not cell.source.strip()])
    for cell in defining[:-1]:
        cell.metadata["autograder"]["copy_of"] = name
        chosen.metadata["autograder"]["copies"] = len(defining)
    return chosen


def _mark_later_tries(nb: NotebookNode, answers: Mapping[str, NotebookNode], released: Released) -> None:
    """Mark the cells behind an answer that define its function once more, as somebody does who tries again.

    What only borrows the name has other parameters.
    """
    for name, answer in answers.items():
        wanted = parameters(released.stubs[name], name)
        for cell in nb.cells[_position(nb, answer) + 1 :]:
            is_own = cell.cell_type == "code" and "nbgrader" not in cell.metadata and not released.has(cell)
            if is_own and defines(cell.source, name) and parameters(cell.source, name) == wanted:
                cell.metadata["autograder"]["again"] = name


def _is_its_own(cell: NotebookNode, name: str, found: Mapping[str, list[NotebookNode]]) -> bool:
    """Tell whether a cell is that of the name; a cell may hold several functions, and is then the first's."""
    owners = [other for other, cells in found.items() if any(cell is each for each in cells)]
    own = name_of(cell)
    return name == (own if own in owners else owners[0])


def _drop(nb: NotebookNode, cells: list[NotebookNode]) -> None:
    nb.cells = [cell for cell in nb.cells if all(cell is not each for each in cells)]


def _join_words(cell: NotebookNode, copies: list[NotebookNode], name: str, released: Released) -> None:
    """Make one answer of the parts that a person has split it into."""
    parts = [each for each in copies if not is_empty(each, name, released)]
    if parts:
        cell.source = "\n\n".join(dict.fromkeys(_as_markdown(each) for each in parts))
    attached = {file: content for each in parts for file, content in each.get("attachments", {}).items()}
    if attached:
        cell["attachments"] = nbformat.from_dict(attached)


def _as_markdown(cell: NotebookNode) -> str:
    if cell.cell_type == "code" and not is_prose(cell.source):
        return f"```python\n{cell.source}\n```"
    return cell.source


def _restore(cell: NotebookNode, name: str, released: Released) -> None:
    if name in released.hunts:
        cell.metadata.pop("nbgrader", None)
        cell.metadata.update(name=name, tags=["exercise", "hunt"])
        return
    about = released.graded[name]
    if cell.cell_type != about["cell_type"]:
        cell.cell_type = about["cell_type"]
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    cell.metadata["nbgrader"] = nbformat.from_dict(about["nbgrader"])
    if about["nbgrader"]["locked"]:
        cell.source = about["source"]
    elif cell.cell_type == "markdown" and is_empty(cell, name, released):
        cell.source = ANSWER_STUB  # no answer, as nbgrader knows it


def _place_locked_cells(
    nb: NotebookNode, kept: dict[str, NotebookNode], answers: dict[str, NotebookNode], released: Released
) -> None:
    """Put back locked cells that are missing, and move one that grades a function to behind that function."""
    for name in released.tests:
        answer = answers.get(name.removeprefix("test_"))
        place = len(nb.cells) if answer is None else _position(nb, answer) + 1
        if name not in kept:
            kept[name] = _new_cell(name, released.graded[name])
            nb.cells.insert(place, kept[name])
        elif answer is not None and _position(nb, kept[name]) < place - 1:
            nb.cells.insert(place - 1, nb.cells.pop(_position(nb, kept[name])))


def _find_words(nb: NotebookNode, kept: dict[str, NotebookNode], released: Released) -> None:
    """Call a person for an answer in words whose cell is gone, or is empty while words stand elsewhere."""
    for name in released.questions:
        about = released.graded[name]
        if name not in kept:
            above = [at for at, cell in enumerate(nb.cells) if bare(cell.source) == about["before"] != ""]
            found = _words_elsewhere(nb, above[0] + 1 if above else len(nb.cells), released)
            kept[name] = _new_cell(name, {**about, "source": LOST_ANSWER.format(name=name)})
            nb.cells.append(kept[name])
            _show_words(kept[name], found)
        elif is_empty(kept[name], name, released) and (
            found := _words_elsewhere(nb, _position(nb, kept[name]), released)
        ):
            kept[name].source = ELSEWHERE
            _show_words(kept[name], found)


def _show_words(cell: NotebookNode, found: list[NotebookNode]) -> None:
    """Put what other cells say below what a cell says, with the pictures that were pasted there."""
    room = MOST_WORDS
    for each in found:
        text = WORDS_MAGIC.sub("", each.source) if each.cell_type == "code" else each.source
        if each.cell_type == "code" and not is_prose(each.source):
            text = f"```python\n{text}\n```"
        if room > 0:
            cell.source += "\n\n" + text[:room]
        room -= len(text)
    attached = {file: content for each in found for file, content in each.get("attachments", {}).items()}
    if attached:
        cell["attachments"] = nbformat.from_dict(attached)


def _words_elsewhere(nb: NotebookNode, place: int, released: Released) -> list[NotebookNode]:
    """Return the cells in which a student has written words near a place, else the nearest of all."""
    near, far = [], []
    for position, cell in enumerate(nb.cells):
        is_own = "nbgrader" not in cell.metadata and bare(cell.source) and not released.has(cell)
        between = nb.cells[min(position, place) + 1 : max(position, place)]
        is_near = all(each.cell_type != "code" for each in between)
        is_code = cell.cell_type == "code" and not is_prose(cell.source)
        if not is_own or (is_code and not (is_near and holds_a_sentence(cell.source))):
            continue
        (near if is_near else far).append((abs(position - place), position, cell))
    nearest = sorted(near or sorted(far, key=lambda each: each[:2])[:FEW], key=lambda each: each[1])
    return [cell for *_, cell in nearest]


def _position(nb: NotebookNode, cell: NotebookNode) -> int:
    return next(index for index, each in enumerate(nb.cells) if each is cell)


def _new_cell(name: str, about: Mapping[str, Any]) -> NotebookNode:
    make = nbformat.v4.new_code_cell if about["cell_type"] == "code" else nbformat.v4.new_markdown_cell
    cell = make(about["source"], metadata={"nbgrader": about["nbgrader"]})
    cell["id"] = f"restored-{name}"[:64]
    return cell
