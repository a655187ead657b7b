"""Cells that stopped before their end: which, where and why, and the names that they had still to define.

A function that misses one of these names fails for a cell that may stand far from it; the verdict says which.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from autograder.running.code import MOST_SOURCE, PYTHON_MAGIC, parse
from autograder.running.outputs import without_paths

MOST_CAUSES = 3
"""How many cells are named where one stopped because another had."""
BEGINNING = 50
"""How many characters of a cell's first line are shown, so that it is found."""
MAGIC = re.compile(r"^([ \t]*)(?:(\w[\w, ]*=[ \t]*)?[%!].*|\?.*|[\w.]+\?{1,2}[ \t]*)$", re.M)
"""A line that only IPython understands: magics, shell lines, questions for help."""
NOT_RUN = {"SyntaxError", "IndentationError", "TabError"}
"""Errors for which not even the first line of a cell is run."""
DEFINES = re.compile(r"^(?:async +def|def|class|import) +(\w+)|^(\w+)[ \t]*=(?!=)", re.M)
"""What binds a name in code that cannot be parsed."""


@dataclass(frozen=True)
class Stop:
    """A cell that stopped: what its number among the code cells is, what happened, and what it left undone.

    `missed` is the name that it failed for want of, or '', `names` are those that it had still to define, and
    `lacks_a_module` tells whether something was to be imported, or asked of a module, that is not there.
    """

    number: int
    source: str
    happened: str
    names: frozenset[str]
    missed: str = ""
    lacks_a_module: bool = False

    def why_not(self, name: str) -> str:
        """Return the sentence that tells why `name` is not defined."""
        first = next((line.strip() for line in self.source.splitlines() if line.strip()), "")
        begins = first if len(first) <= BEGINNING else first[:BEGINNING] + " …"
        return (
            f"Code cell {self.number} from the top (`{begins}`) {self.happened} before it defined `{name}`."
        )


def stop(number: int, source: str, told: Mapping[str, Any] | None, happened: str = "") -> Stop:
    """Return the stop of a cell, from what its process has told of it, if anything, or from what `happened`.

    Raises whatever comes of it where the process has told no such thing.
    """
    told = told or {"lines": [], "error": "", "message": ""}
    line = _line(source, [int(line) for line in told["lines"][:2]])
    error, message = str(told["error"])[:100], without_paths(" ".join(str(told["message"]).split())[:300])
    what = f"stopped at line {line}" if line else "stopped"
    happened = happened or f"{what} with {error}" + (f": {message}" if message else "")
    return Stop(
        number,
        source,
        happened,
        names_defined(source, 1 if error in NOT_RUN else line or 1),
        missing_name(message) if error == "NameError" else "",
        lacks_a_module(error, message),
    )


def missing_name(message: str) -> str:
    """Return the name that a NameError tells of, or ''."""
    found = re.match(r"name '(\w+)' is not defined", message)
    return found[1] if found else ""


def lacks_a_module(error: str, message: str) -> bool:
    """Tell whether an error says that a module, or something that it had in other versions, is not there."""
    of_a_module = message.startswith("module '") or "was removed in" in message
    return error in ("ImportError", "ModuleNotFoundError") or (error == "AttributeError" and of_a_module)


def _line(source: str, lines: Sequence[int]) -> int | None:
    """Return the line as a person counts it in the cell; IPython does not count empty ones at the top."""
    above = source[: len(source) - len(source.lstrip())].count("\n")
    if PYTHON_MAGIC.match(source):
        return lines[1] + above + 1 if len(lines) > 1 else None
    return lines[0] + above if lines else None


def names_defined(source: str, line: int = 1) -> frozenset[str]:
    """Return the names that a cell defines, as far as that stands on this line or below."""
    is_other = source.lstrip().startswith("%%") and not PYTHON_MAGIC.match(source)
    if is_other or len(source) > MOST_SOURCE:
        return frozenset()
    code = MAGIC.sub(lambda found: found[1] + (f"{found[2]}0" if found[2] else "pass"), _python(source))
    if (tree := parse(code)) is None:
        rest = "\n".join(source.splitlines()[line - 1 :])
        return frozenset(name for names in DEFINES.findall(rest) for name in names if name)
    below = (each for each in tree.body if (each.end_lineno or 0) >= line)
    return frozenset(name for each in below for name in _bound_by(each))


def _python(source: str) -> str:
    """Return a cell without the magic at its top, if the rest is Python; each line keeps its number."""
    found = PYTHON_MAGIC.match(source)
    return "\n" * found[0].count("\n") + source[found.end() :] if found else source


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds where it stands, and not inside a function or class."""
    nodes: list[ast.AST] = [statement]
    while nodes:
        node = nodes.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=name, asname=short):
                yield (short or name).split(".")[0]
        nodes += ast.iter_child_nodes(node)


@cache
def names_bound_by(sources: frozenset[str]) -> frozenset[str]:
    """Return the names that cells bind."""
    return frozenset().union(*map(names_defined, sources))


def stops_behind(names: Iterable[str], stops: Sequence[Stop]) -> dict[str, Stop]:
    """Return for each of these names that a cell had still to define that cell; and why that one stopped."""
    found: dict[str, Stop] = {}
    wanted = list(names)
    while wanted and len(found) < MOST_CAUSES:
        name = wanted.pop(0)
        last = next((each for each in reversed(stops) if name in each.names), None)
        if last is not None and name not in found:
            found[name] = last
            wanted.append(last.missed)
    return found
