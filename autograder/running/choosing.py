"""Choose which of the files of a submission is the notebook that is graded, whatever its name has become."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from nbformat import NotebookNode

from autograder.exercises import EXERCISES
from autograder.running.archive import unpacked
from autograder.running.reading import UnreadableError, read_notebook
from autograder.running.released import Released, bare, find_cells, free_own_code, is_empty, name_of
from autograder.running.submissions import is_notebook

FEW = 5
"""How many files that are no notebook of the chapter are named."""


class UndecidedError(Exception):
    """Several notebooks may be the one; the message names them, for whoever has to say which."""


@dataclass(frozen=True)
class Chosen:
    """The notebook that is graded: its path as it was handed in, and the files as they lie around it.

    `said` tells a person where it was found, if not under the chapter's name in the student's folder.
    """

    path: str
    notebook: NotebookNode
    files: Mapping[str, bytes]
    said: str


@dataclass(frozen=True)
class _Candidate:
    path: str
    notebook: NotebookNode
    answers: tuple[tuple[str, str], ...]


def choose(
    files: Mapping[str, bytes],
    skipped: Mapping[str, str],
    assignment: str,
    released: Released,
    limits: Mapping[str, int],
    asked_for: str = "",
) -> Chosen:
    """Return the notebook among `files`; `skipped` says of other paths why they are not read.

    `asked_for` is the path that a person has named. Raises `UnreadableError` where there is none that can be
    graded, `UndecidedError` where several could be it.
    """
    files, archive = _with_archive(files, limits["submission_megabytes"])
    path, notebook = _decide(files, skipped, assignment, released, limits["most_cells"], asked_for)
    if all(cell.cell_type != "code" for cell in notebook.cells) and not find_cells(notebook, released):
        raise UnreadableError(
            f"The notebook {printable(path)} has no code cells: its code has become text, which nobody can "
            "run. Hand in the notebook as it was when its cells ran."
        )
    folder = path.rpartition("/")[0]
    around = {_inside(each, folder): content for each, content in files.items() if _is_in(each, folder)}
    said = [f"from the notebook {printable(path)}"] if path != f"{assignment}.ipynb" else []
    said += [f"in the archive {printable(archive)}"] if archive else []
    return Chosen(path, notebook, around, " ".join(said) if path != f"{assignment}.ipynb" or archive else "")


def printable(text: str) -> str:
    """Return a name that was handed in as a terminal and a page can show it."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(each if each.isprintable() else "�" for each in text)


def without_number(stem: str) -> str:
    """Return a notebook's name without the number of a second download, or of one of Jupyter's copies."""
    return re.sub(r"[ _-]*(\(\d+\)|Copy\d+|\d+)$", "", stem)


def _with_archive(files: Mapping[str, bytes], megabytes: int) -> tuple[Mapping[str, bytes], str]:
    """Return the files with what the only archive holds, where nothing else is a notebook, and its name."""
    archives = [path for path in files if path.lower().endswith(".zip")]
    if any(map(is_notebook, files)) or len(archives) != 1:
        return files, ""
    inside = unpacked(files[archives[0]], printable(archives[0]), megabytes)
    return {**files, **inside}, archives[0]


def _decide(
    files: Mapping[str, bytes],
    skipped: Mapping[str, str],
    assignment: str,
    released: Released,
    most_cells: int,
    asked_for: str,
) -> tuple[str, NotebookNode]:
    def read(path: str) -> NotebookNode:
        return read_notebook(files[path], printable(path), most_cells)

    notebooks = sorted(filter(is_notebook, files), key=lambda path: (path.count("/"), path))
    named = [path for path in notebooks if _is_named(path, assignment)]
    named.sort(key=lambda path: path != f"{assignment}.ipynb")
    if asked_for in files:
        return asked_for, read(asked_for)
    if len(notebooks) == 1 and named:
        return named[0], read(named[0])
    if f"{assignment}.ipynb" in skipped:
        named.append(f"{assignment}.ipynb")
    candidates = _candidates(notebooks, read, released)
    if len(candidates) > 1:
        candidates = _those_with_answers(candidates, named)
    if len(candidates) > 1:
        raise UndecidedError(", ".join(printable(each.path) for each in candidates))
    if candidates:
        return candidates[0].path, candidates[0].notebook
    for path in [*named[:1], *(notebooks if len(notebooks) == 1 else [])]:
        if path in files:
            notebook = read(path)  # raises where it is none
            if path in named:
                return path, notebook
    raise UnreadableError(_why_none(notebooks, files, skipped, assignment))


def _candidates(
    notebooks: list[str], read: Callable[[str], NotebookNode], released: Released
) -> list[_Candidate]:
    """Return the notebooks that hold graded cells of the chapter, those that lie deeper only if none else."""
    found: list[_Candidate] = []
    for path in notebooks:
        if found and path.count("/") > found[0].path.count("/"):
            break
        try:
            notebook = read(path)
        except UnreadableError:
            continue
        if _is_of_the_chapter(notebook, released):
            found.append(_Candidate(path, notebook, _answers(notebook, released)))
    return found


def _is_of_the_chapter(notebook: NotebookNode, released: Released) -> bool:
    names = [name_of(cell) or "" for cell in notebook.cells]
    ours = sum(name in released.graded for name in names)
    others = sum(name in EXERCISES and name not in released.graded for name in names)
    return ours > others or (not ours and not others and bool(find_cells(notebook, released)))


def _answers(notebook: NotebookNode, released: Released) -> tuple[tuple[str, str], ...]:
    """Return what a notebook answers, by name: two notebooks with the same answers are as good."""
    notebook = NotebookNode(notebook)  # whose cells are another list from here on
    free_own_code(notebook, released)
    return tuple(
        (name, bare("".join(cell.source for cell in cells)))
        for name, cells in sorted(find_cells(notebook, released).items())
        if name not in released.tests and not all(is_empty(cell, name, released) for cell in cells)
    )


def _those_with_answers(candidates: list[_Candidate], named: list[str]) -> list[_Candidate]:
    """Return those that hold answers; one alone where all of them hold the same, or none holds any."""
    made = [each for each in candidates if not each.path.lower().endswith("-checkpoint.ipynb")]
    candidates = made or candidates  # Jupyter's own copy is an older one
    answered = [each for each in candidates if each.answers]
    different = {each.answers for each in answered}
    if len(different) > 1:
        return answered
    alike = answered or candidates
    return sorted(alike, key=lambda each: named.index(each.path) if each.path in named else len(named))[:1]


def _why_none(
    notebooks: list[str], files: Mapping[str, bytes], skipped: Mapping[str, str], assignment: str
) -> str:
    name = f"{assignment}.ipynb"
    if name in skipped:
        return f"The file {name} {skipped[name]}."
    there = notebooks + sorted(filter(is_notebook, skipped))
    others = "no notebook at all" if not there else ""
    there = there or sorted(files)
    more = f" and {len(there) - FEW} more" if len(there) > FEW else ""
    others += (", but " if others and there else "") + ", ".join(map(printable, there[:FEW])) + more
    return (
        f"The file {name} is missing; what was handed in is: {others}. Hand in the notebook of this chapter, "
        "the file that Jupyter saves."
    )


def _is_named(path: str, assignment: str) -> bool:
    """Tell whether a notebook has the chapter's name, but for the case and the number of a copy."""
    stem = PurePosixPath(path).name[: -len(".ipynb")]
    return stem.lower() == assignment.lower() or without_number(stem).lower() == assignment.lower()


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _inside(path: str, folder: str) -> str:
    return path.removeprefix(f"{folder}/") if folder else path
