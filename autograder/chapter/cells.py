"""The cell conventions: the one module that knows how a chapter marks what is an exercise and what grades it.

A chapter is a MyST notebook. A code cell with the tag `exercise` and the name `gae` holds the unfinished
function `gae`; the cell with the tag `test` and the name `test_gae` holds its visible checks. With the tag
`hunt` besides, an exercise holds working code with a fault in it. A Markdown cell with the tag `written` is
answered in words. A code cell with the tag `carry-over` fetches functions of earlier chapters. Every other
code cell behind the first has the tag `demonstration`: it only shows something, and is not run while grading.
With `optional: true` in the YAML at its top, a chapter is released only where it is named.
What a student must not see is put in by the modules beside this one: by `binding` the reference, when a
chapter is executed; by `source` the solution, the model answer and the hidden checks, when it is released.
"""

import ast
import re
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import yaml
from myst_nb.core.read import (
    MystMetadataParsingError,
    is_myst_markdown_notebook,
    read_myst_markdown_notebook,
)
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode

from autograder import CourseError
from autograder.exercises import EXERCISES

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"
"""The unfinished body, as nbgrader writes it."""
ANSWER_STUB = "YOUR ANSWER HERE"
"""The unfinished answer in words, as nbgrader writes it."""

MAGICS = ("%", "!")
"""How the lines begin that only IPython understands."""


class ChapterError(CourseError):
    """A chapter breaks a convention; the message names chapter, cell and remedy."""


@dataclass(frozen=True)
class Chapter:
    """A chapter of the book: its file and its text."""

    path: Path

    @property
    def name(self) -> str:
        """The file's stem, which is also the name of the assignment and of its notebook."""
        return self.path.stem

    @property
    def text(self) -> str:
        """The MyST text as it is written."""
        return self.path.read_text("utf-8")

    @property
    def is_optional(self) -> bool:
        """Whether it is released only where it is named: its front matter says `optional: true`."""
        said = self.notebook().metadata.get("optional", False)
        if not isinstance(said, bool):
            at = f"{shown_path(self.path)}, the YAML at its top"
            raise ChapterError(f"{at}: optional is {said!r} and must be true or false")
        return said

    def notebook(self) -> NotebookNode:
        """Return the chapter as a notebook, exactly as it is written."""
        return read(self.text, self.path)


def pages() -> list[Chapter]:
    """Return every page of the book, in the order of the table of contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [entry["file"] for part in toc.get("parts", [toc]) for entry in part["chapters"]]
    return [Chapter(ROOT / f"{file}.md") for file in [toc["root"], *files]]


def chapters() -> list[Chapter]:
    """Return the chapters that have exercises, in the order of the table of contents."""
    return [chapter for chapter in pages() if exercise_names(chapter.notebook())]


def find_chapter(name: str) -> Chapter:
    """Return the chapter called `name`; raise `ChapterError` if there is none with exercises."""
    page = next((page for page in pages() if page.name == name), None)
    if page is None or not exercise_names(page.notebook()):
        known = ", ".join(chapter.name for chapter in chapters())
        raise ChapterError(f"there is no chapter {name!r} with exercises; choose from: {known}")
    refuse_broken_code(page, page.notebook())
    return page


def where(chapter: Chapter, notebook: NotebookNode, cell: NotebookNode) -> str:
    """Return how a sentence names a cell of a chapter: file, line, and the cell's name or beginning."""
    line = _first_line(chapter, notebook, cell)
    name = cell_name(cell) or cell.source.strip().partition("\n")[0]
    return f"{shown_path(chapter.path)}, line {line}, cell {name}"


def shown_path(path: Path) -> str:
    """Return how a sentence names a file of the course."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def _first_line(chapter: Chapter, notebook: NotebookNode, cell: NotebookNode) -> int:
    """Return the line of the chapter's file in which the source of a cell begins; they count from 1."""
    place = next(number for number, each in enumerate(notebook.cells) if each is cell)
    begin = notebook.metadata.source_map[place]
    lines, first = chapter.text.splitlines(), cell.source.partition("\n")[0]
    return next((number for number in range(begin, len(lines)) if lines[number] == first), begin) + 1


def refuse_broken_code(chapter: Chapter, notebook: NotebookNode) -> None:
    """Raise `ChapterError` where a code cell is no Python."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        lines = ["" if line.startswith(MAGICS) else line for line in cell.source.splitlines()]
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            line = _first_line(chapter, notebook, cell) + (error.lineno or 1) - 1
            raise ChapterError(f"{shown_path(chapter.path)}, line {line}: {error.msg}") from None


def title_of(name: str) -> str:
    """Return the heading of the chapter called `name`, or the name where that chapter is gone."""
    path = BOOK / f"{name}.md"
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return next((line[2:] for line in lines if line.startswith("# ")), name)


@cache
def library_imports(name: str) -> str:
    """Return the lines of the chapter called `name` that import NumPy or Python's own modules.

    A graded function may use what they bind, and a student who deletes the cell has deleted no answer.
    """
    path = BOOK / f"{name}.md"
    if not path.is_file():
        return ""
    cells = [cell.source for cell in Chapter(path).notebook().cells if cell.cell_type == "code"]
    statements = ast.parse(without_magics(cells[0])).body if cells else []
    return "\n".join(ast.unparse(each) for each in statements if _imports_a_library(each))


def _imports_a_library(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import(names=[alias]):
            module = alias.name
        case ast.ImportFrom(module=str(module)):
            pass
        case _:
            return False
    return module.split(".")[0] in {"numpy", *sys.stdlib_module_names}


@cache
def demonstrations(name: str) -> frozenset[str]:
    """Return the sources of the cells of the chapter called `name` that only show something, stripped.

    They are known by their sources and not by their tags: a student may write a helper into such a cell, and
    then it is no longer the chapter's demonstration, and is run.
    """
    path = BOOK / f"{name}.md"
    if not path.is_file():
        return frozenset()
    cells = [cell for cell in Chapter(path).notebook().cells if cell.cell_type == "code"]
    return frozenset(cell.source.strip() for cell in cells if "demonstration" in tags(cell))


def read(text: str, path: Path) -> NotebookNode:
    """Read MyST text with the reader that the site uses. Cell ids come from the chapter and the position."""
    if not is_myst_markdown_notebook(text):
        if re.search(r"^```\{code-cell\}", text, re.M):
            raise ChapterError(
                f"{shown_path(path)}, line 1: it has code cells, so it must begin with YAML between two "
                "lines of ---, which says format_name: myst; copy that of another chapter"
            )
        return nbformat.v4.new_notebook()
    try:
        notebook = read_myst_markdown_notebook(text, config=markdown_config(), add_source_map=True, path=path)
    except MystMetadataParsingError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = f", line {found[1]}" if found else ""
        raise ChapterError(
            f"{shown_path(path)}{line}: the cell's name and tags cannot be read; write them as the README "
            "says, each bracket and quotation mark closed"
        ) from None
    for position, cell in enumerate(notebook.cells):
        cell["id"] = f"{path.stem}-{position:03d}"[-64:]
    return notebook


@cache
def markdown_config() -> MdParserConfig:
    """Return how the site reads Markdown."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    return MdParserConfig(enable_extensions=settings["parse"]["myst_enable_extensions"])


def cell_name(cell: NotebookNode) -> str | None:
    """Return the name that the chapter gives to this cell, if any."""
    return cell.metadata.get("name")


def exercise_name(cell: NotebookNode) -> str | None:
    """Return the name of the function if `cell` is an exercise."""
    return cell_name(cell) if "exercise" in tags(cell) else None


def is_hunt(cell: NotebookNode) -> bool:
    """Tell whether `cell` is an exercise that holds working code with a fault in it."""
    return {"exercise", "hunt"} <= tags(cell)


def written_name(cell: NotebookNode) -> str | None:
    """Return the name of the question if `cell` is to be answered in words."""
    return cell_name(cell) if "written" in tags(cell) else None


def tags(cell: NotebookNode) -> set[str]:
    """Return the tags of a cell."""
    return set(cell.metadata.get("tags", []))


def exercise_names(notebook: NotebookNode) -> list[str]:
    """Return the names of the exercises of a chapter, in order."""
    return [name for cell in notebook.cells if (name := exercise_name(cell))]


def written_names(notebook: NotebookNode) -> list[str]:
    """Return the names of the questions of a chapter that are answered in words, in order."""
    return [name for cell in notebook.cells if (name := written_name(cell))]


def tested_name(cell: NotebookNode) -> str | None:
    """Return the name of the function if `cell` holds its visible checks."""
    return str(cell_name(cell)).removeprefix("test_") if "test" in tags(cell) else None


def graded_name(cell: NotebookNode) -> str | None:
    """Return the name of the function that this cell of a released notebook grades, if any."""
    about = cell.metadata.get("nbgrader", {})
    name = str(about.get("grade_id", "")).removeprefix("test_")
    return name if about.get("grade") and not about.get("solution") and name in EXERCISES else None


def answered_name(cell: NotebookNode) -> str | None:
    """Return the name of the function that this cell of a released notebook is to hold, if any."""
    if cell.cell_type != "code":
        return None
    if is_hunt(cell):
        return cell_name(cell)
    about = cell.metadata.get("nbgrader", {})
    return about.get("grade_id") if about.get("solution") else None


def carried_over(cell: NotebookNode) -> list[str]:
    """Return the functions of earlier chapters that the calls of `carry_over` in this cell ask for."""
    return [
        argument.value
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "carry_over"
        for argument in node.args[1:]
    ]


def helper_files(notebook: NotebookNode) -> list[Path]:
    """Return the files of the book that a chapter's code imports or names, and those that they do in turn.

    They travel with it, each at its place below `book`; from there its name or its import is read.
    """
    sources = [("", cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    beside, found = _beside(), set[Path]()
    while sources:
        package, source = sources.pop()
        imported = _imported(ast.parse(without_magics(source)), package)
        new = {file for file in beside if _place(file) in source or _module(file) in imported} - found
        found |= new
        sources += [(_place(file.parent), _python(file)) for file in new if file.suffix == ".py"]
    return sorted(found)


def _python(file: Path) -> str:
    """Return the source of a file of the book; raise `ChapterError` where it is no Python."""
    try:
        source = file.read_text("utf-8")
        ast.parse(source)
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise ChapterError(f"{shown_path(file)}{line}: it is no Python ({error})") from None
    return source


def put_helper_files(notebook: NotebookNode, folder: Path) -> None:
    """Copy the helper files of a chapter into `folder`, in which its notebook lies."""
    for file in helper_files(notebook):
        target = folder / _place(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def _beside() -> list[Path]:
    return [file for file in BOOK.rglob("*") if file.is_file() and file.suffix not in (".md", ".bib", ".pyc")]


def _place(file: Path) -> str:
    return file.relative_to(BOOK).as_posix()


def _module(file: Path) -> str:
    """Return the name by which a file of the book is imported, '' if it is no Python."""
    name = _place(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return name if file.suffix == ".py" else ""


def _imported(tree: ast.Module, folder: str) -> set[str]:
    """Return what code in `folder` imports; a package is named beside its module, that beside its member."""
    names = set()
    packages = [each for each in folder.split("/") if each not in ("", ".")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = packages[: len(packages) + 1 - node.level] if node.level else []
            module = [*above, node.module] if node.module else above
            names |= {".".join([*module, alias.name]) for alias in node.names}
    return {
        ".".join(parts[:n]) for parts in (name.split(".") for name in names) for n in range(1, len(parts) + 1)
    }


def without_magics(source: str) -> str:
    """Return code without the lines that only IPython understands."""
    return "\n".join(line for line in source.splitlines() if not line.startswith(MAGICS))
