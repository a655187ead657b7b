"""A chapter as it is executed: the reference bound after each exercise, in cells that never reach a page."""

from hashlib import sha256
from pathlib import Path

from markdown_it.renderer import RendererHTML
from myst_parser.parsers.mdit import create_md_parser
from nbformat import NotebookNode

from autograder.chapter.cells import (
    ROOT,
    Chapter,
    carried_over,
    exercise_name,
    exercise_names,
    helper_files,
    is_hunt,
    markdown_config,
    read,
    tags,
    tested_name,
)


def bind(text: str, path: Path) -> str:
    """Return the text with the reference bound after each exercise, in cells that never reach a page.

    A function with a fault to be found stays as it is up to its visible checks, so that the chapter can show
    what the fault does. The first hidden cell holds a digest of what the chapter depends on beside its own
    cells, so that an execution cache, which knows only cells, runs the chapter again when one of those files
    was edited.
    """
    notebook = read(text, path)
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    hunted = {exercise_name(cell) for cell in code_cells if is_hunt(cell)}
    lines = text.splitlines()
    fences = _code_fences(text)
    for cell, (start, end) in reversed(list(zip(code_cells, fences, strict=True))):
        if (name := tested_name(cell)) in hunted:
            lines[start:start] = _hidden_cell(f"from solutions import {name}")
        elif names := _bound_after(cell):
            lines[end:end] = _hidden_cell(f"from solutions import {', '.join(names)}")
    if fences:
        start = fences[0][0]
        lines[start:start] = _hidden_cell(f"# depends on {digest(notebook)}")
    return "\n".join(lines) + "\n"


def _bound_after(cell: NotebookNode) -> list[str]:
    """Return the functions whose references are bound as soon as this cell has run."""
    if "carry-over" in tags(cell):
        return carried_over(cell)
    name = exercise_name(cell)
    return [name] if name and not is_hunt(cell) else []


def bound_notebook(chapter: Chapter) -> NotebookNode:
    """Return the chapter as it is executed: the reference bound after each exercise."""
    return read(bind(chapter.text, chapter.path), chapter.path)


def _code_fences(text: str) -> list[tuple[int, int]]:
    """Return (first line, line after the last) of each code cell, as the notebook reader finds them."""
    tokens = create_md_parser(markdown_config(), RendererHTML).parse(text + "\n")
    return [
        tuple(token.map)
        for token in tokens
        if token.type == "fence" and token.level == 0 and token.info.startswith("{code-cell}")
    ]


def _hidden_cell(source: str) -> list[str]:
    return ["", "```{code-cell} ipython3", ":tags: [remove-cell]", source, "```", ""]


def dependencies(notebook: NotebookNode) -> list[Path]:
    """Return the files beside its cells that the outputs of a chapter depend on."""
    files = list(helper_files(notebook))
    if exercise_names(notebook):
        files += sorted((ROOT / "solutions").glob("*.py"))
    return files


def digest(notebook: NotebookNode) -> str:
    """Return a digest of the contents of `dependencies`."""
    contents = sha256()
    for file in dependencies(notebook):
        contents.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return contents.hexdigest()[:16]
