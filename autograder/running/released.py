"""What students got, and which cells of their notebooks are it: by name, by what they hold, or by id."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.chapter.cells import ANSWER_STUB, answered_name, is_hunt
from autograder.running.code import binds, bound_names, defines, is_unfinished, parsed


@dataclass(frozen=True)
class Released:
    """A released notebook as the grader needs it, in the notebook's order.

    `graded` holds each cell that nbgrader knows, by its name: its metadata, type and source in the gradebook,
    where a cell of tests holds the hidden ones too; and, as students got them, `visible`, its `id`, and
    `before`, the source of the cell above it. `hunts` holds source and id of each bug hunt's cell. `sources`
    are those of all cells, bare of white space.
    """

    graded: Mapping[str, Mapping[str, Any]]
    hunts: Mapping[str, Mapping[str, str]]
    sources: frozenset[str]

    @cached_property
    def stubs(self) -> dict[str, str]:
        """Each function that is to be written, with what the student found in its cell."""
        written = {name: cell["source"] for name, cell in self.graded.items() if _kind(cell) == "answer"}
        return written | {name: cell["source"] for name, cell in self.hunts.items()}

    @cached_property
    def tests(self) -> list[str]:
        """The cells that are locked: those of tests, and whatever else nobody may change."""
        return [name for name, cell in self.graded.items() if _kind(cell) == "locked"]

    @cached_property
    def questions(self) -> list[str]:
        """The questions that are answered in words."""
        return [name for name, cell in self.graded.items() if _kind(cell) == "question"]

    def has(self, cell: NotebookNode) -> bool:
        """Tell whether a cell is one of the chapter's, as it was released."""
        return bare(cell.source) in self.sources


def _kind(cell: Mapping[str, Any]) -> str:
    about = cell["nbgrader"]
    if about["locked"]:
        return "locked"
    return "question" if about["grade"] else "answer"


def as_released(graded: Mapping[str, Mapping[str, Any]], notebook: NotebookNode) -> Released:
    """Return what students got: `graded` from the gradebook, the rest from the released notebook."""
    seen: dict[str, dict[str, str]] = {}
    hunts: dict[str, dict[str, str]] = {}
    before = ""
    for cell in notebook.cells:
        about = {"id": str(cell.get("id", "")), "before": bare(before), "visible": bare(cell.source)}
        if is_hunt(cell):
            hunts[cell.metadata["name"]] = {"id": about["id"], "source": cell.source}
        elif name := name_of(cell):
            seen[name] = about
        before = cell.source
    order = [*(name for name in seen if name in graded), *(name for name in graded if name not in seen)]
    empty = {"id": "", "before": "", "visible": ""}
    cells = {name: {**graded[name], **seen.get(name, empty)} for name in order}
    return Released(cells, hunts, frozenset(bare(cell.source) for cell in notebook.cells))


def name_of(cell: NotebookNode) -> str | None:
    """Return the name in a cell's nbgrader metadata: '' where there is metadata without a usable name."""
    if "nbgrader" not in cell.metadata:
        return None
    about = cell.metadata["nbgrader"]
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) else ""


def bare(source: str) -> str:
    """Return a source without white space, which tools add and take away."""
    return "".join(source.split())


def is_empty(cell: NotebookNode, name: str, released: Released) -> bool:
    """Tell whether a cell holds nothing of the student's own for the function or question `name`."""
    if name in released.stubs:
        stub = released.stubs[name]
        return bare(cell.source) == bare(stub) or is_unfinished(cell.source, name, stub)
    return bare(cell.source) in ("", bare(ANSWER_STUB), bare(released.graded[name]["source"]))


def free_own_code(nb: NotebookNode, released: Released) -> None:
    """Put what a student has written into a cell of tests, which is restored, into a cell above it."""
    cells = []
    for cell in nb.cells:
        about = released.graded[name_of(cell)] if name_of(cell) in released.tests else None
        is_changed = about and cell.cell_type == "code" and bare(cell.source) != about["visible"]
        if is_changed and bound_names(cell.source) - bound_names(about["source"]):
            own = nbformat.v4.new_code_cell(cell.source)
            own["id"] = f"{cell.get('id', '')[-56:]}-own"
            cells.append(own)
        cells.append(cell)
    nb.cells = cells


def find_cells(nb: NotebookNode, released: Released) -> dict[str, list[NotebookNode]]:
    """Return for each graded name the cells that are it, in the order of the notebook.

    A function counts where it is defined, also in a cell without its name, unless a cell of its name has it.
    """
    found: dict[str, list[NotebookNode]] = {}
    for cell in nb.cells:
        hunt = answered_name(cell) if is_hunt(cell) else None
        name = hunt if hunt in released.hunts else name_of(cell)
        if name in released.graded or name in released.hunts:
            found.setdefault(name, []).append(cell)
    claimed = {id(cell) for cells in found.values() for cell in cells}
    for name in released.stubs:
        own = found.get(name, [])
        is_answered = not all(is_empty(cell, name, released) for cell in own)
        more = _definitions(nb, name, own, released)
        _add(found, name, [c for c in more if not is_answered or is_empty(c, name, released)], claimed)
    for name in released.tests:
        if name not in found:
            visible = released.graded[name]["visible"]
            _add(found, name, [c for c in nb.cells if visible and bare(c.source) == visible], claimed)
    for name in released.questions:
        if name not in found:
            _add(found, name, _below(nb, released.graded[name]["before"], released), claimed)
    for name, cell in {**released.graded, **released.hunts}.items():
        if name not in found and name not in released.tests:
            same = [c for c in nb.cells if c.get("id") == cell["id"] and id(c) not in claimed]
            _add(found, name, [c for c in same if _may_be(c, name, released)], claimed)
    return {name: sorted(cells, key=lambda c: _position(nb, c)) for name, cells in found.items()}


def _add(
    found: dict[str, list[NotebookNode]], name: str, cells: Iterable[NotebookNode], claimed: set[int]
) -> None:
    for cell in cells:
        claimed.add(id(cell))
        found.setdefault(name, []).append(cell)


def _definitions(
    nb: NotebookNode, name: str, own: list[NotebookNode], released: Released
) -> list[NotebookNode]:
    """Return the code cells, other than those of the name, that define a function of the name."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    cells = [c for c in nb.cells if c.cell_type == "code" and word.search(c.source)]
    cells = [c for c in cells if name_of(c) not in released.tests and all(c is not each for each in own)]
    ways: list[Callable[[str], bool]] = [
        lambda source: defines(source, name),
        lambda source: binds(source, name),
        lambda source: parsed(source) is None and re.search(rf"^def {name}\s*\(", source, re.M) is not None,
    ]
    return next((some for way in ways if (some := [c for c in cells if way(c.source)])), [])


def _below(nb: NotebookNode, before: str, released: Released) -> list[NotebookNode]:
    """Return the cell of text below the one with the source `before`, where it is not the chapter's own."""
    pairs = zip(nb.cells, nb.cells[1:], strict=False)
    below = [cell for above, cell in pairs if before and bare(above.source) == before]
    return [cell for cell in below if _may_be_words(cell, released)][:1]


def _may_be(cell: NotebookNode, name: str, released: Released) -> bool:
    """Tell whether a cell with the id of a graded one can be it: the chapter may have changed since."""
    if name in released.questions:
        return _may_be_words(cell, released)
    others = (each for each in released.stubs if each != name and each in cell.source)
    return cell.cell_type == "code" and not any(defines(cell.source, each) for each in others)


def _may_be_words(cell: NotebookNode, released: Released) -> bool:
    own = not released.has(cell) or bare(cell.source) == bare(ANSWER_STUB)
    return cell.cell_type != "code" and own


def _position(nb: NotebookNode, cell: NotebookNode) -> int:
    return next(index for index, each in enumerate(nb.cells) if each is cell)
