"""The source text of the reference, made to stand alone.

A function of `solutions` is its checked arguments (a decorator), its docstring and the formula. A model
answer is the formula alone; where it calls another function of `solutions` that the notebook does not have,
that function's formula is put in front of it.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Collection

import solutions

ERRORS = "Raises (not graded):"
"""How the section of a docstring begins that says what the reference refuses."""


def solution_lines(function: Callable, available: Collection[str] = ()) -> list[str]:
    """Return the lines of the body of `function`, unindented, after the formulas it needs from elsewhere.

    `available` names the functions that stand in the same notebook.
    """
    plain = inspect.unwrap(function)
    tree = definition(plain)
    needed = [
        line for each in _needed(plain, tree, available) for line in standalone(each, available).splitlines()
    ]
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    source = inspect.getsource(plain).splitlines()
    formula = textwrap.dedent("\n".join(source[_first_line(body[0], source) - 1 :]))
    return needed + formula.splitlines()


def standalone(function: Callable, available: Collection[str] = ()) -> str:
    """Return the source of `function` without its decorators and docstring, needing NumPy alone."""
    tree = definition(function)
    tree.decorator_list = []
    tree.body = [ast.Pass()]
    signature = ast.unparse(tree).removesuffix("pass").rstrip()
    return "\n".join([signature, *("    " + line for line in solution_lines(function, available))])


def definition(function: Callable) -> ast.FunctionDef:
    """Return the parsed definition of `function`."""
    return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body[0]


def task(function: Callable) -> str:
    """Return the docstring of `function` as a chapter gives it: without its errors, which are no task."""
    sections = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(section for section in sections if not section.startswith(ERRORS))


def _first_line(statement: ast.stmt, source: list[str]) -> int:
    """Return the line on which the body starts, its leading comments included."""
    line = statement.lineno
    while source[line - 2].strip().startswith("#"):
        line -= 1
    return line


def _needed(function: Callable, tree: ast.FunctionDef, available: Collection[str]) -> list[Callable]:
    """Return the other functions of `solutions` that the body calls and the notebook does not have."""
    nodes = (node for statement in tree.body for node in ast.walk(statement))
    names = dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name))
    wanted = (name for name in names if name in solutions.__all__ and name not in available)
    return [
        getattr(solutions, name)
        for name in wanted
        if name in function.__globals__ and name != function.__name__
    ]
