"""What is drawn stands in `book/figures/`: a module for each page, a public function for each figure."""

import ast
import re

import nbformat
import pytest

from autograder.chapter import cells
from autograder.chapter.cells import BOOK, Chapter, ChapterError, helper_files, pages

MODULES = [file for file in sorted((BOOK / "figures").glob("*.py")) if file.name != "__init__.py"]
CALL = re.compile(r"\bfigures\.(\w+)\(")

each_module = pytest.mark.parametrize("file", MODULES, ids=lambda file: file.stem)


def functions(file):
    return [node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]


def code_cells(page):
    return [cell for cell in page.notebook().cells if cell.cell_type == "code"]


def page_of(file):
    return next(page for page in pages() if page.name == file.stem)


def test_each_module_is_named_as_a_page():
    assert {file.stem for file in MODULES} <= {page.name for page in pages()}


@each_module
def test_a_module_only_defines_what_draws(file):
    for node in ast.parse(file.read_text("utf-8")).body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        kinds = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef)
        assert is_text or isinstance(node, kinds), ast.unparse(node)
    for function in functions(file):
        if not function.name.startswith("_"):
            assert ast.get_docstring(function) and ast.unparse(function.body[-1]) == "plt.show()", (
                function.name
            )


@each_module
def test_its_page_draws_each_of_its_figures_once_and_says_what_is_to_be_seen(file):
    called = []
    for cell in code_cells(page_of(file)):
        if names := CALL.findall(cell.source):
            assert "figure" in cell.metadata.get("mystnb", {}), cell.source
            called += names
    public = [each.name for each in functions(file) if not each.name.startswith("_")]
    assert sorted(called) == sorted(public)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_knows_the_figures_of_no_other(page):
    imported = {
        name
        for cell in code_cells(page)
        for name in re.findall(r"^(?:from figures import|import figures\.) *(.+)$", cell.source, re.M)
    }
    own = f"{page.name} as figures"
    assert imported <= {own}
    assert (own in imported) == bool(CALL.search("".join(cell.source for cell in code_cells(page))))


@each_module
def test_a_module_travels_with_its_page_alone(file):
    for page in pages():
        travelling = helper_files(page.notebook())
        assert (file in travelling) == (page.name == file.stem)
        assert (BOOK / "figures" / "__init__.py" in travelling) == any(m in travelling for m in MODULES)


def test_what_a_helper_imports_or_names_travels_too_and_keeps_its_place(tmp_path, monkeypatch):
    for name, text in {
        "book/figures/__init__.py": "",
        "book/figures/page.py": "from world import World\nfrom . import axes\nDATA = 'data/ratio.json'",
        "book/figures/axes.py": "from .colours import RED",
        "book/figures/colours.py": "",
        "book/figures/other.py": "",
        "book/world.py": "",
        "book/alone.py": "",
        "book/data/ratio.json": "{}",
        "book/data/more.json": "{}",
        "book/page.md": "---\njupytext:\n  text_representation:\n    format_name: myst\n"
        "kernelspec:\n  name: python3\n---\n\n"
        "```{code-cell} ipython3\nfrom figures import page as figures\n```\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setattr(cells, "BOOK", tmp_path / "book")
    cells.put_helper_files(Chapter(tmp_path / "book" / "page.md").notebook(), tmp_path / "packed")
    packed = {file.relative_to(tmp_path / "packed") for file in (tmp_path / "packed").rglob("*.*")}
    assert {file.as_posix() for file in packed} == {
        "figures/__init__.py",
        "figures/page.py",
        "figures/axes.py",
        "figures/colours.py",
        "world.py",
        "data/ratio.json",
    }


@pytest.mark.parametrize("content", [b"x = 1\ndef (:\n", b"\xff\n"], ids=["a mistake", "no UTF-8"])
def test_a_helper_that_is_no_python_is_named_with_its_file(tmp_path, monkeypatch, content):
    (tmp_path / "world.py").write_bytes(content)
    monkeypatch.setattr(cells, "BOOK", tmp_path)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import world")])
    with pytest.raises(ChapterError, match=r"^world\.py(, line 2)?: it is no Python \("):
        helper_files(notebook)
