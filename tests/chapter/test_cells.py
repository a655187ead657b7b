"""What the chapters hold keeps to the conventions that grading relies on."""

import ast
import inspect
import textwrap

import pytest

import solutions
from autograder.chapter import cells
from autograder.chapter.cells import exercise_name


def test_a_chapter_that_is_gone_has_no_demonstrations():
    assert cells.demonstrations("e9_none") == frozenset()


@pytest.mark.parametrize("chapter_of_book", cells.chapters(), ids=lambda chapter: chapter.name)
def test_signature_and_docstring_of_every_exercise_equal_the_references(chapter_of_book):
    for cell in chapter_of_book.notebook().cells:
        if name := exercise_name(cell):
            given = ast.parse(cell.source).body
            assert len(given) == 1, f"{name}: an exercise cell holds one function and nothing else"
            plain = textwrap.dedent(inspect.getsource(inspect.unwrap(getattr(solutions, name))))
            reference = ast.parse(plain).body[0]
            assert given[0].name == name
            assert ast.unparse(given[0].args) == ast.unparse(reference.args), name
            assert ast.unparse(given[0].returns) == ast.unparse(reference.returns), name
            sections = ast.get_docstring(reference).split("\n\n")
            asked = [each for each in sections if not each.startswith("Raises")]
            assert ast.get_docstring(given[0]) == "\n\n".join(asked), name


@pytest.mark.parametrize("chapter_of_book", cells.chapters(), ids=lambda chapter: chapter.name)
def test_no_cell_depends_on_a_cell_of_visible_checks(chapter_of_book):
    """While grading, the cells of visible checks are not run, so nothing may need them."""
    notebook = chapter_of_book.notebook()
    before, after = set(), set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            names = {
                node.id: node.ctx for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)
            }
            stored = {name for name, context in names.items() if isinstance(context, ast.Store)}
            (before if cells.tested_name(cell) else after).update(stored)
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cells.tested_name(cell):
            tree = ast.parse(cell.source)
            loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            assert not (loaded & (before - after)), cell.source
