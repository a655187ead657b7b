"""What a cell's code says, read without running it. What cannot be read, or is too long, says nothing."""

import ast
import re
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager

MOST_SOURCE = 100_000
"""How many characters of code the grader itself reads: to parse a million takes it a gigabyte."""
MOST_KEPT = 300_000
"""How many characters of code may have their trees in memory, which take some hundred bytes for each."""
MOST_NAMES = 300
"""How many names may stand behind each other with dots: Python puts those of an import together one by one,
which for a hundred thousand characters takes a gigabyte."""

MOST_READING = 2_000_000
"""How many characters are read, all times together, for the magics of one cell: about a second's work."""


ESCAPES = re.compile(r"[%!?]|^[ \t]*[,;/]", re.M)
"""What IPython may take for one of its own ways to call something."""
PYTHON_MAGIC = re.compile(r"\s*%%(?:time|timeit|capture|prun)\b.*\n?")
"""The first line of a cell whose other lines are Python all the same."""
WORDS_MAGIC = re.compile(r"\s*%%(?:markdown|html|latex)\b.*\n?", re.I)
"""The first line of a cell that shows its other lines as text."""
A_SENTENCE = 6
"""How many words a text in code has at least to be taken for an answer in words."""


def parse(source: str) -> ast.Module | None:
    """Return code as Python reads it; None where it cannot, or where that would take too much."""
    if len(source) > MOST_SOURCE or _has_long_chains(source):
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _has_long_chains(source: str) -> bool:
    """Tell whether more names stand behind each other with dots than anybody writes."""
    if source.count(".") < MOST_NAMES:
        return False
    chains = re.split(r"[^\w.]+", re.sub(r"[\s\\]+", "", source))
    return any(sum(map(bool, chain.split("."))) > MOST_NAMES for chain in chains)


class _Trees:
    """What has been parsed last, as long as it is not too much to be kept."""

    def __init__(self) -> None:
        self._kept: dict[str, ast.Module | None] = {}
        self._length = 0

    def __call__(self, source: str) -> ast.Module | None:
        """Return the tree of a cell."""
        if source not in self._kept:
            if self._length + len(source) > MOST_KEPT:
                self._kept, self._length = {}, 0
            self._kept[source] = _parsed(source)
            self._length += len(source)
        return self._kept[source]


_trees = _Trees()


def parsed(source: str) -> ast.Module | None:
    """Return the code of a cell as Python reads it, its magics as IPython does; None where neither can."""
    return None if len(source) > MOST_SOURCE else _trees(source)


def _parsed(source: str) -> ast.Module | None:
    source = PYTHON_MAGIC.sub("", source, count=1) if PYTHON_MAGIC.match(source) else source
    tree = parse(source)
    return parse(_as_ipython_reads(source)) if tree is None else tree


def _as_ipython_reads(source: str) -> str:
    """Return code in which magics are calls; IPython reads a cell anew for each of them."""
    if len(ESCAPES.findall(source)) * len(source) > MOST_READING or _has_long_chains(source):
        return source
    try:
        return TransformerManager().transform_cell(source)
    except (SyntaxError, ValueError, RuntimeError, MemoryError):  # the third also where there is no end to it
        return source


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


def binds(source: str, name: str) -> bool:
    """Tell whether the code of a cell makes `name` something, and not out of what `name` was before."""
    return any(_is_definition(each, name) or _is_given(each, name) for each in _statements(source))


def parameters(source: str, name: str) -> list[str]:
    """Return the names of the parameters of the last function `name` that a cell defines, or none."""
    found = [each for each in _statements(source) if _is_definition(each, name)]
    functions = [each for each in found if not isinstance(each, ast.ClassDef)]
    arguments = functions[-1].args if functions else ast.arguments([], [], None, [], [], None, [])
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _is_given(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
            return name in [alias.asname or alias.name for alias in aliases]
        case ast.Assign(targets=targets, value=value):
            pass
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            targets = [target]
        case _:
            return False
    given = [each.id for target in targets for each in _names(target)]
    return name in given and name not in [each.id for each in _names(value)]


def without_function(source: str, name: str) -> str:
    """Return what a cell holds beside its functions called `name`; '' where that is nothing but words."""
    lines = source.splitlines()
    statements = (parsed(source) or ast.Module([], [])).body
    rest = [each for each in statements if not (isinstance(each, ast.Expr) and _is_text(each.value))]
    own = [each for each in rest if _is_definition(each, name)]
    if len(own) == len(rest):
        return ""
    for each in sorted(own, key=lambda function: -function.lineno):
        first = min([each.lineno, *(decorator.lineno for decorator in each.decorator_list)])
        lines[first - 1 : each.end_lineno] = []
    return "\n".join(lines)


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def is_unfinished(source: str, name: str, stub: str) -> bool:
    """Tell whether code holds no answer: nothing, or the stub but for white space and comments, or a function
    `name` of which every call ends in NotImplementedError."""
    tree = parsed(source)
    if not source.strip():
        return True
    if tree is None:
        return _bare(source) == _bare(stub)
    stub_tree = parsed(stub)
    if not tree.body or (stub_tree is not None and _is_same(tree, stub_tree)):
        return True
    found = [statement for statement in _statements(source) if _is_definition(statement, name)]
    is_given = any(_is_given(statement, name) for statement in _statements(source))
    return bool(found) and not is_given and _does_nothing(found[-1])


def _is_same(tree: ast.Module, other: ast.Module) -> bool:
    try:
        return ast.dump(tree) == ast.dump(other)
    except RecursionError:  # deeper than a stub
        return False


def is_prose(source: str) -> bool:
    """Tell whether the text of a code cell is no code: words, comments alone, or a text in quotes."""
    tree = parsed(source)
    if WORDS_MAGIC.match(source):
        return True
    if tree is None:
        return len(source.split()) > 2
    return all(isinstance(each, ast.Expr) and _is_text(each.value) for each in tree.body)


def holds_a_sentence(source: str) -> bool:
    """Tell whether code holds a text of some words, as one that prints an answer does."""
    texts = [node.value for node in ast.walk(parsed(source) or ast.Module([], [])) if _is_text(node)]
    return any(len(text.split()) >= A_SENTENCE for text in texts)


def _statements(source: str) -> Iterator[ast.stmt]:
    """Yield the statements of a cell, also those inside of `if`, `try`, `with`, `match` and loops."""
    tree = parsed(source)
    waiting = list(tree.body) if tree else []
    while waiting:
        statement = waiting.pop(0)
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            parts = [getattr(statement, part, []) for part in ("body", "orelse", "finalbody")]
            parts += [each.body for kind in ("handlers", "cases") for each in getattr(statement, kind, [])]
            waiting[:0] = [inner for part in parts for inner in part]


def _is_definition(statement: ast.stmt, name: str) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(statement, kinds) and statement.name == name


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Name))


def _does_nothing(function: ast.stmt) -> bool:
    """Tell whether a function comes to `raise NotImplementedError` before it returns, or has no body."""
    if isinstance(function, ast.ClassDef):
        return False
    if all(_is_idle(statement) for statement in function.body):
        return True
    for statement in function.body:
        if isinstance(statement, ast.Raise):
            raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
            return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
        if _returns(statement):
            return False
    return False


def _is_idle(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None | ast.Constant(value=None)):
            return True
    return False


def _returns(statement: ast.stmt) -> bool:
    """Tell whether a statement may end the function that it stands in; what stands in others does not."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return False


def _bare(source: str) -> str:
    return "".join(source.split())
