"""What a cell's code says, read without running it. What cannot be read, or is too long, says nothing."""

import ast
from collections.abc import Iterator
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager

MOST_SOURCE = 100_000
"""How many characters of code the grader itself reads: to parse a million takes it a gigabyte."""


MOST_READING = 2_000_000
"""How many characters are read, all times together, for the magics of one cell: about a second's work."""


@lru_cache(maxsize=200)
def parsed(source: str) -> ast.Module | None:
    """Return the code of a cell as Python reads it, its magics as IPython does; None where neither can."""
    if len(source) > MOST_SOURCE:
        return None
    for text in (lambda: source, lambda: _as_ipython_reads(source)):
        try:
            return ast.parse(text())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _as_ipython_reads(source: str) -> str:
    """Return code in which magics are calls; IPython reads a cell anew for each of them."""
    magics = sum(source.count(mark) for mark in ("%", "!", "?"))
    if magics * len(source) > MOST_READING:
        raise ValueError("too many magics")
    return TransformerManager().transform_cell(source)


def called_names(source: str) -> list[str]:
    """Return the names that a piece of code calls."""
    nodes = ast.walk(parsed(source) or ast.Module([], []))
    calls = (node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return list(dict.fromkeys(calls))


def bound_names(source: str) -> set[str]:
    """Return the names that a piece of code binds, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(parsed(source) or ast.Module([], [])):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                found.add(name)
            case ast.alias(name=name, asname=short):
                found.add((short or name).split(".")[0])
    return found


def defines(source: str, name: str) -> bool:
    """Tell whether the code of a cell defines `name` as a function or a class, as it stands in the cell."""
    return any(_is_definition(statement, name) for statement in _statements(source))


def assigns(source: str, name: str) -> bool:
    """Tell whether the code of a cell gives `name` a value that is not made from `name` itself."""
    return any(
        isinstance(statement, ast.Assign)
        and name in [each.id for target in statement.targets for each in _names(target)]
        and name not in [each.id for each in _names(statement.value)]
        for statement in _statements(source)
    )


def is_unfinished(source: str, name: str, stub: str) -> bool:
    """Tell whether code holds no answer: nothing, or the stub but for white space and comments, or a function
    `name` of which every call ends in NotImplementedError."""
    tree = parsed(source)
    if not source.strip():
        return True
    if tree is None:
        return _bare(source) == _bare(stub)
    stub_tree = parsed(stub)
    if not tree.body or (stub_tree is not None and ast.dump(tree) == ast.dump(stub_tree)):
        return True
    found = [statement for statement in _statements(source) if _is_definition(statement, name)]
    return bool(found) and not assigns(source, name) and _only_raises(found[-1])


def is_prose(source: str) -> bool:
    """Tell whether the text of a code cell is no code: words, comments alone, or a text in quotes."""
    tree = parsed(source)
    if tree is None:
        return len(source.split()) > 2
    values = [each.value for each in tree.body if isinstance(each, ast.Expr)]
    texts = [each for each in values if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return len(texts) == len(tree.body)


def _statements(source: str) -> Iterator[ast.stmt]:
    """Yield the statements of a cell, also those inside of `if`, `try`, `with` and loops."""
    tree = parsed(source)
    waiting = list(tree.body) if tree else []
    while waiting:
        statement = waiting.pop(0)
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            parts = [getattr(statement, part, []) for part in ("body", "orelse", "finalbody")]
            parts += [handler.body for handler in getattr(statement, "handlers", [])]
            waiting[:0] = [inner for part in parts for inner in part]


def _is_definition(statement: ast.stmt, name: str) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(statement, kinds) and statement.name == name


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Name))


def _only_raises(function: ast.stmt) -> bool:
    """Tell whether a function comes to `raise NotImplementedError` before it can return anything."""
    for statement in function.body:
        if isinstance(statement, ast.Raise):
            raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
            return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
        if any(isinstance(each, (ast.Return, ast.Yield, ast.YieldFrom)) for each in ast.walk(statement)):
            return False
    return False


def _bare(source: str) -> str:
    return "".join(source.split())
