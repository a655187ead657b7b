"""What a class was ever given: the cells of each release of a chapter, so that its own are known later."""

import json
from pathlib import Path

import nbformat

from autograder.chapter.cells import BOOK, Chapter
from autograder.chapter.student_markdown import plain_markdown
from autograder.pages.own import Text


def texts(folder: Path, assignment: str) -> tuple[Text, ...]:
    """Return the cells of all releases of a chapter into the class folder `folder`, and of the book's own."""
    found = [*_released(folder, assignment), *_earlier(folder, assignment), *_book(assignment)]
    return tuple(dict.fromkeys(found))


def remember(folder: Path, assignment: str) -> None:
    """Note the cells of the release that is in the folder now, before another takes its place."""
    found = list(dict.fromkeys([*_earlier(folder, assignment), *_released(folder, assignment)]))
    if found:
        path = _history(folder, assignment)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, ensure_ascii=False, indent=0), "utf-8")


def _history(folder: Path, assignment: str) -> Path:
    return folder / "releases" / f"{assignment}.json"


def _earlier(folder: Path, assignment: str) -> list[Text]:
    path = _history(folder, assignment)
    return [(kind, source) for kind, source in json.loads(path.read_text("utf-8"))] if path.is_file() else []


def _released(folder: Path, assignment: str) -> list[Text]:
    path = folder / "release" / assignment / f"{assignment}.ipynb"
    return _cells(nbformat.read(path, as_version=4)) if path.is_file() else []


def _book(assignment: str) -> list[Text]:
    path = BOOK / f"{assignment}.md"
    return _cells(plain_markdown(Chapter(path).notebook())) if path.is_file() else []


def _cells(notebook: nbformat.NotebookNode) -> list[Text]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]
