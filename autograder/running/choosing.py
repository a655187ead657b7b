"""Choose which of the files of a submission is the notebook that is graded, whatever its name has become."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from nbformat import NotebookNode

from autograder.chapter.cells import answered_name
from autograder.exercises import EXERCISES
from autograder.running.archive import unpacked
from autograder.running.code import defines
from autograder.running.printing import printable
from autograder.running.reading import UnreadableError, read_notebook
from autograder.running.released import Released, find_cells, free_own_code, is_empty, name_of
from autograder.running.submissions import is_notebook

FEW = 5
"""How many files that are no notebook of the chapter are named."""
MOST_ARCHIVES = 5
"""How many archives are opened to look for a notebook."""
A_FEW_CELLS = 1000
"""How many bytes a file has at least that was a notebook with answers before it became unreadable."""


class UndecidedError(Exception):
    """Several notebooks may be the one; the message names them, for whoever has to say which."""


@dataclass(frozen=True)
class Chosen:
    """The notebook that is graded: its path as it was handed in, and the files as they lie around it.

    `said` tells a person where it was found, if not under the chapter's name in the student's folder, and
    `unread` why another that may have been meant is not it.
    """

    path: str
    notebook: NotebookNode
    files: Mapping[str, bytes]
    said: str
    unread: str = ""


@dataclass(frozen=True)
class _Candidate:
    path: str
    notebook: NotebookNode
    answers: tuple[tuple[str, str], ...]
    code: tuple[str, ...]


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
    search = _Search(dict(files), skipped, assignment, released, limits)
    path, notebook = search.found(asked_for)
    files = search.files
    if all(cell.cell_type != "code" for cell in notebook.cells) and not find_cells(notebook, released):
        raise UnreadableError(
            f"The notebook {printable(path)} has no code cells: its code has become text, which nobody can "
            "run. Hand in the notebook as it was when its cells ran."
        )
    folder = path.rpartition("/")[0]
    around = {_inside(each, folder): content for each, content in files.items() if _is_in(each, folder)}
    unread = search.unread(path)
    said = f"from the notebook {printable(path)}" if path != f"{assignment}.ipynb" else ""
    return Chosen(path, notebook, around, "; ".join(filter(None, [said, unread])), unread)


def answered_in(limits: Mapping[str, int], file: tuple[str, bytes]) -> set[str] | str:
    """Return which functions a notebook holds, whatever its chapter, or why it cannot be read.

    `file` is its name and its content. It is a task for workers.
    """
    name, content = file
    try:
        cells = read_notebook(content, name, limits["most_cells"], limits["most_characters"]).cells
    except UnreadableError as error:
        return str(error)
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    answered = {name for cell in cells if (name := answered_name(cell))}
    return answered | {name for name in EXERCISES if any(defines(source, name) for source in code)}


def without_number(stem: str) -> str:
    """Return a notebook's name without the number of a second download, or of one of Jupyter's copies."""
    return re.sub(r"[ _-]*(\(\d+\)|Copy\d+|\d+)$", "", stem)


class _Search:
    """The search for the notebook among the files of one submission; what archives hold is looked at last."""

    def __init__(
        self,
        files: dict[str, bytes],
        skipped: Mapping[str, str],
        assignment: str,
        released: Released,
        limits: Mapping[str, int],
    ) -> None:
        self.files = files
        self._skipped, self._assignment, self._released = skipped, assignment, released
        self._bounds = limits["most_cells"], limits["most_characters"]
        self._megabytes = limits["submission_megabytes"]
        self._unreadable: dict[str, str] = {}

    def found(self, asked_for: str) -> tuple[str, NotebookNode]:
        """Return the notebook, with its path."""
        if asked_for in self.files:
            return asked_for, self._read(asked_for)
        notebooks = self._notebooks()
        named = self._named(notebooks)
        if len(notebooks) == 1 and named and not self._archives():
            return named[0], self._read(named[0])
        candidates = self._candidates(notebooks)
        if not any(each.answers for each in candidates) and self._archives():
            self._open_archives()
            candidates = self._candidates(self._notebooks())
        named = self._named(self._notebooks())
        if len(candidates) > 1:
            candidates = _those_with_answers(candidates, named)
        meant = [path for path in self._unreadable if path in named and len(self.files[path]) > A_FEW_CELLS]
        if len(candidates) > 1 or (candidates and candidates[0].answers and meant):
            paths = [*(each.path for each in candidates), *(f"{path} (unreadable)" for path in meant)]
            raise UndecidedError(", ".join(map(printable, paths)))
        if candidates:
            return candidates[0].path, candidates[0].notebook
        return self._without_candidates(named)

    def unread(self, chosen: str) -> str:
        """Return why a notebook of the chapter's name is not the one that was chosen, or ''."""
        named = self._named([*self._unreadable])
        return " ".join(self._unreadable[path] for path in named[:1] if path != chosen)

    def _without_candidates(self, named: list[str]) -> tuple[str, NotebookNode]:
        notebooks = self._notebooks()
        for path in [*named[:1], *(notebooks if len(notebooks) == 1 else [])]:
            notebook = self._read(path)  # raises where it is none
            if path in named:
                return path, notebook
        if not notebooks and len(self._archives()) == 1:
            self._open(self._archives()[0])  # raises where it cannot be opened
        raise UnreadableError(_why_none(notebooks, self.files, self._skipped, self._assignment))

    def _notebooks(self) -> list[str]:
        return sorted(filter(is_notebook, self.files), key=lambda path: (path.count("/"), path))

    def _named(self, notebooks: list[str]) -> list[str]:
        named = [path for path in notebooks if _is_named(path, self._assignment)]
        return sorted(named, key=lambda path: path != f"{self._assignment}.ipynb")

    def _read(self, path: str) -> NotebookNode:
        return read_notebook(self.files[path], printable(path), *self._bounds)

    def _candidates(self, notebooks: list[str]) -> list[_Candidate]:
        """Return the notebooks that hold graded cells of the chapter; deeper ones where none has answers."""
        found: list[_Candidate] = []
        for path in notebooks:
            is_deeper = found and path.count("/") > found[-1].path.count("/")
            if is_deeper and any(each.answers for each in found):
                break
            try:
                notebook = self._read(path)
            except UnreadableError as error:
                self._unreadable[path] = str(error)
                continue
            if _is_of_the_chapter(notebook, self._released):
                found.append(_candidate(path, notebook, self._released))
        return found

    def _archives(self) -> list[str]:
        return sorted(path for path in self.files if path.lower().endswith(".zip"))

    def _open_archives(self) -> None:
        for path in self._archives()[:MOST_ARCHIVES]:
            try:
                self._open(path)
            except UnreadableError:
                continue

    def _open(self, archive: str) -> None:
        """Put what an archive holds beside the other files, as if it were a folder."""
        room = self._megabytes - sum(map(len, self.files.values())) // 1_000_000
        inside = unpacked(self.files[archive], printable(archive), max(room, 1))
        self.files |= {f"{archive}/{path}": content for path, content in inside.items()}


def _is_of_the_chapter(notebook: NotebookNode, released: Released) -> bool:
    names = [name_of(cell) or "" for cell in notebook.cells]
    ours = sum(name in released.graded for name in names)
    others = sum(name in EXERCISES and name not in released.graded for name in names)
    return ours > others or (not ours and not others and bool(find_cells(notebook, released)))


def _candidate(path: str, notebook: NotebookNode, released: Released) -> _Candidate:
    """Return a notebook with what tells it from others: two with the same answers and code are as good."""
    apart = NotebookNode(notebook)  # whose cells are another list from here on
    free_own_code(apart, released)
    found = find_cells(apart, released)
    answers = tuple(
        (name, _lines("\n".join(cell.source for cell in cells)))
        for name, cells in sorted(found.items())
        if name not in released.tests and not all(is_empty(cell, name, released) for cell in cells)
    )
    tests = [cell for name in released.tests for cell in found.get(name, [])]
    code = [cell for cell in apart.cells if cell.cell_type == "code" and not released.has(cell)]
    own = tuple(_lines(cell.source) for cell in code if all(cell is not each for each in tests))
    return _Candidate(path, notebook, answers, own)


def _lines(source: str) -> str:
    """Return code as Python reads it, but for the space behind its lines and between them."""
    return "\n".join(line.rstrip() for line in source.splitlines() if line.strip())


def _those_with_answers(candidates: list[_Candidate], named: list[str]) -> list[_Candidate]:
    """Return those that hold answers; one alone where all of them hold the same, or none holds any."""
    answered = [each for each in candidates if each.answers]
    made = [each for each in answered if not each.path.lower().endswith("-checkpoint.ipynb")]
    answered = made or answered  # Jupyter's own copy is an older one
    if len({(each.answers, each.code) for each in answered}) > 1:
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
