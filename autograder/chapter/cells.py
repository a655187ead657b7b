"""The cell conventions: the one module that knows how a chapter marks what is an exercise and what grades it.

A chapter is a MyST notebook. A code cell with the tag `exercise` and the name `gae` holds the unfinished
function `gae`; the cell with the tag `test` and the name `test_gae` holds its visible checks. With the tag
`hunt` besides, an exercise holds working code with a fault in it. A Markdown cell with the tag `written` is
answered in words. A code cell with the tag `carry-over` fetches functions of earlier chapters. Every other
code cell behind the first has the tag `demonstration`: it only shows something, and is not run while grading.
Everything that a student must not see is put in here: the binding of the reference when a chapter is
executed, the solution region, the model answer and the call of the hidden checks when it is released.
"""

import ast
import sys
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import nbformat
import yaml
from markdown_it.renderer import RendererHTML
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from nbformat import NotebookNode

import solutions
from autograder import CourseError
from autograder.chapter.reference import definition, solution_lines
from autograder.exercises import EXERCISES
from autograder.written import QUESTIONS, Question

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"
"""The unfinished body, as nbgrader writes it."""
ANSWER_STUB = "YOUR ANSWER HERE"
"""The unfinished answer in words, as nbgrader writes it."""


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
    return page


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
    statements = ast.parse(_without_magics(cells[0])).body if cells else []
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
    return frozenset(cell.source.strip() for cell in cells if "demonstration" in _tags(cell))


def read(text: str, path: Path) -> NotebookNode:
    """Read MyST text with the reader that the site uses. Cell ids come from the chapter and the position."""
    if not is_myst_markdown_notebook(text):
        return nbformat.v4.new_notebook()
    notebook = read_myst_markdown_notebook(text, config=_markdown_config(), add_source_map=True, path=path)
    for position, cell in enumerate(notebook.cells):
        cell["id"] = f"{path.stem}-{position:03d}"[-64:]
    return notebook


@cache
def _markdown_config() -> MdParserConfig:
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    return MdParserConfig(enable_extensions=settings["parse"]["myst_enable_extensions"])


def cell_name(cell: NotebookNode) -> str | None:
    """Return the name that the chapter gives to this cell, if any."""
    return cell.metadata.get("name")


def exercise_name(cell: NotebookNode) -> str | None:
    """Return the name of the function if `cell` is an exercise."""
    return cell_name(cell) if "exercise" in _tags(cell) else None


def is_hunt(cell: NotebookNode) -> bool:
    """Tell whether `cell` is an exercise that holds working code with a fault in it."""
    return {"exercise", "hunt"} <= _tags(cell)


def written_name(cell: NotebookNode) -> str | None:
    """Return the name of the question if `cell` is to be answered in words."""
    return cell_name(cell) if "written" in _tags(cell) else None


def _tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def exercise_names(notebook: NotebookNode) -> list[str]:
    """Return the names of the exercises of a chapter, in order."""
    return [name for cell in notebook.cells if (name := exercise_name(cell))]


def written_names(notebook: NotebookNode) -> list[str]:
    """Return the names of the questions of a chapter that are answered in words, in order."""
    return [name for cell in notebook.cells if (name := written_name(cell))]


def tested_name(cell: NotebookNode) -> str | None:
    """Return the name of the function if `cell` holds its visible checks."""
    return str(cell_name(cell)).removeprefix("test_") if "test" in _tags(cell) else None


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
    if "carry-over" in _tags(cell):
        return carried_over(cell)
    name = exercise_name(cell)
    return [name] if name and not is_hunt(cell) else []


def carried_over(cell: NotebookNode) -> list[str]:
    """Return the functions of earlier chapters that the calls of `carry_over` in this cell ask for."""
    return [
        argument.value
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "carry_over"
        for argument in node.args[1:]
    ]


def bound_notebook(chapter: Chapter) -> NotebookNode:
    """Return the chapter as it is executed: the reference bound after each exercise."""
    return read(bind(chapter.text, chapter.path), chapter.path)


def _code_fences(text: str) -> list[tuple[int, int]]:
    """Return (first line, line after the last) of each code cell, as the notebook reader finds them."""
    tokens = create_md_parser(_markdown_config(), RendererHTML).parse(text + "\n")
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


def helper_files(notebook: NotebookNode) -> list[Path]:
    """Return the files of the book that the code of a chapter imports or names; they travel with it."""
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(_without_magics(source)))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    beside = [
        file for file in sorted(BOOK.iterdir()) if file.is_file() and file.suffix not in (".md", ".bib")
    ]
    return [
        file for file in beside if file.name in source or (file.suffix == ".py" and file.stem in imported)
    ]


def _without_magics(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))


def source_notebook(chapter: Chapter) -> NotebookNode:
    """Return nbgrader's source notebook: the reference in solution regions, the hidden checks called.

    Raises `ChapterError` where the chapter breaks a convention.
    """
    notebook = chapter.notebook()
    names = exercise_names(notebook)
    _check_pairs(chapter, notebook, names)
    _check_kinds(chapter, notebook)
    for cell in notebook.cells:
        if name := exercise_name(cell):
            _check_head(chapter, cell.source, name)
            if not is_hunt(cell):  # nbgrader would empty the cell of a solution
                cell.source = _with_solution(chapter, cell.source, name, names)
                cell.metadata["nbgrader"] = _nbgrader(name, solution=True)
        elif name := written_name(cell):
            question = _question(chapter, cell, name)
            cell.source = question.marking
            cell.metadata["nbgrader"] = _nbgrader(name, grade=True, solution=True, points=question.points)
        elif cell.cell_type == "markdown" and ANSWER_STUB in cell.source:
            raise ChapterError(
                f"{chapter.name}: a cell says {ANSWER_STUB!r} and is no question; it needs a line above it "
                'like +++ {"name": "explain_it", "tags": ["written"]}, and a line +++ below it'
            )
        elif name := tested_name(cell):
            cell.source = _with_hidden_checks(cell.source, name)
            cell.metadata["nbgrader"] = _nbgrader(f"test_{name}", grade=True, points=EXERCISES[name].points)
    del notebook.metadata["source_map"]
    notebook.metadata["kernelspec"]["language"] = "python"
    return notebook


def _check_pairs(chapter: Chapter, notebook: NotebookNode, names: list[str]) -> None:
    tested = [name for cell in notebook.cells if (name := tested_name(cell))]
    if names != tested or len(set(names)) != len(names):
        odd = sorted(set(names) ^ set(tested)) or "the same names, but in another order or twice"
        raise ChapterError(
            f"{chapter.name}: each exercise cell needs one test cell, in the same order; look at: {odd}"
        )
    for name in names:
        if name not in solutions.__all__:
            raise ChapterError(f"{chapter.name}: {name} has no reference that solutions/__init__.py exports")
        if name not in EXERCISES:
            raise ChapterError(
                f"{chapter.name}: {name} is in no EXERCISES of a module in autograder/exercises"
            )


def _check_kinds(chapter: Chapter, notebook: NotebookNode) -> None:
    """Whether a code cell is run while grading must be said, and said once."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for position, cell in enumerate(code_cells):
        name = cell_name(cell) or cell.source.strip().partition("\n")[0]
        kinds = _tags(cell) & {"exercise", "test", "carry-over", "demonstration"}
        if position > 0 and not kinds:
            raise ChapterError(
                f"{chapter.name}, cell {name}: no tag says what kind of cell it is; "
                "one that only shows something needs the line :tags: [demonstration]"
            )
        if "demonstration" in kinds and len(kinds) > 1:
            raise ChapterError(
                f"{chapter.name}, cell {name}: a demonstration is nothing else; "
                f"leave one of these tags: {', '.join(sorted(kinds))}"
            )


def _check_head(chapter: Chapter, source: str, name: str) -> None:
    """What a student is told and what the reference does must not drift apart."""
    cell, reference = ast.parse(source).body, definition(getattr(solutions, name))
    same = (
        len(cell) == 1
        and isinstance(cell[0], ast.FunctionDef)
        and (cell[0].name, ast.get_docstring(cell[0])) == (name, ast.get_docstring(reference))
        and ast.unparse(cell[0].args) == ast.unparse(reference.args)
        and ast.unparse(cell[0].returns or ast.Pass()) == ast.unparse(reference.returns or ast.Pass())
    )
    if not same:
        raise ChapterError(
            f"{chapter.name}, cell {name}: it must hold one function, with the signature and the docstring "
            "of the reference in solutions; copy them from there"
        )


def _with_solution(chapter: Chapter, source: str, name: str, names: list[str]) -> str:
    if source.count(STUB) != 1:
        raise ChapterError(f"{chapter.name}, cell {name}: the unfinished body must be exactly\n{STUB}")
    body = [f"    {line}".rstrip() for line in solution_lines(getattr(solutions, name), names)]
    region = "\n".join(["    ### BEGIN SOLUTION", *body, "    ### END SOLUTION"])
    return source.replace(STUB, region)


def _question(chapter: Chapter, cell: NotebookNode, name: str) -> Question:
    if cell.cell_type != "markdown" or cell.source.strip() != ANSWER_STUB:
        raise ChapterError(
            f"{chapter.name}, cell {name}: the answer cell must be Markdown between two lines of +++, "
            f"and hold nothing but {ANSWER_STUB!r}"
        )
    if name not in QUESTIONS:
        raise ChapterError(f"{chapter.name}: {name} has no marking guide {name}.md in autograder/written")
    return QUESTIONS[name]


def _with_hidden_checks(source: str, name: str) -> str:
    call = ["from autograder.judging.verdict import check", f"check({name})"]
    return "\n".join([source, "### BEGIN HIDDEN TESTS", *call, "### END HIDDEN TESTS"])


def _nbgrader(
    grade_id: str, *, grade: bool = False, solution: bool = False, points: float = 0
) -> NotebookNode:
    about = {"schema_version": 3, "grade_id": grade_id, "grade": grade, "solution": solution}
    about |= {"locked": grade and not solution, "task": False} | ({"points": points} if grade else {})
    return nbformat.from_dict(about)
