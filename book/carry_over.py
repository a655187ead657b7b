"""Fetch functions that you wrote in the notebooks of earlier chapters.

    from carry_over import carry_over

    softmax, advantage = carry_over("e3_2_policy_gradient", "softmax", "advantage")

The notebook is looked for beside this one, and then in a folder of its own name beside this one's folder.
None of its demonstrations are run: only its imports, its functions and classes, and the cells of the
functions asked for. The module needs nothing but Python and lies beside every notebook that uses it.
"""

from __future__ import annotations

import ast
import json
import linecache
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


class CarryOverError(RuntimeError):
    """A function of an earlier chapter is not there; the message says what to do."""


def carry_over(chapter: str, *names: str) -> Callable | tuple[Callable, ...]:
    """Return the functions `names` from your notebook of `chapter`: one, or a tuple in the order given.

    It never fails itself. It prints what is missing, and the function that it returns instead says so again
    when it is called.
    """
    notebook, functions = _find(chapter), dict[str, Callable | None]()
    if notebook is None:
        why = f"there is no {chapter}.ipynb here; put your notebook of that chapter beside this one"
    else:
        why = f"{notebook} does not define it; finish that exercise there, save, and run this cell again"
        try:
            functions = _functions(notebook, names)
        except (ValueError, KeyError, TypeError):
            why = f"{notebook} cannot be read as a notebook; save it again from JupyterLab"
    missing = [name for name in names if functions.get(name) is None]
    if missing:
        print(f"{', '.join(missing)}: {why}")
    found = tuple(functions.get(name) or _missing(name, why) for name in names)
    return found[0] if len(names) == 1 else found


def _find(chapter: str) -> Path | None:
    places = (Path(f"{chapter}.ipynb"), Path("..", chapter, f"{chapter}.ipynb"))
    return next((place for place in places if place.is_file()), None)


def _functions(notebook: Path, names: tuple[str, ...]) -> dict[str, Callable | None]:
    """Run what the functions need, each cell for itself, so that one that fails costs no other."""
    module = ModuleType(notebook.stem)
    for number, (source, is_wanted) in enumerate(_sources(notebook, names)):
        name = f"<{notebook.name}, piece {number}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)  # for a short traceback
        try:
            exec(compile(source, name, "exec"), module.__dict__)
        except Exception as error:  # a student's cell may raise anything
            if is_wanted:  # a demonstration's helper may lack the data of its demonstration
                print(f"{notebook}: a cell was left out, it raises {type(error).__name__}: {error}")
    found = {name: getattr(module, name, None) for name in names}
    return {name: function if callable(function) else None for name, function in found.items()}


def _sources(notebook: Path, names: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield the code to run: whole cells that define one of `names`, definitions alone of all the others."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code" or "test" in cell["metadata"].get("tags", []):
            continue
        lines = "".join(cell["source"]).splitlines()
        source = "\n".join("" if line.startswith(("%", "!")) else line for line in lines)
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        is_wanted = not defined.isdisjoint(names)
        for function in sorted(defined & set(names)):
            if "raise NotImplementedError()" in source:
                print(f"{function}: it is not finished yet in {notebook}")
        if not is_wanted:
            tree.body = [node for node in tree.body if isinstance(node, DEFINITIONS)]
        yield ast.unparse(tree), is_wanted


def _missing(name: str, why: str) -> Callable:
    def missing(*_: object, **__: object) -> None:
        raise CarryOverError(f"{name}: {why}")

    return missing
