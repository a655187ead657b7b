"""Fetch functions that you wrote in the notebooks of earlier chapters.

    from carry_over import carry_over

    softmax, advantage = carry_over("e3_2_policy_gradient", "softmax", "advantage")

The notebook is looked for beside this one, and then in a folder of its own name beside this one's folder.
Where it has another name, as a second download has, it is known by its cells, and the name is printed.

Nothing is run but what the functions need: their own definitions, and the statements, in whatever cell, that
bind or change a name which they use. So no demonstration is run, unless a function uses a name that nothing
else binds. All of it is run as Jupyter runs it, in the order of the notebook, in the notebook's folder, and
quietly. The module needs nothing but Python and IPython and lies beside every notebook that uses it.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import contextlib
import dis
import importlib
import inspect
import io
import itertools
import json
import linecache
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from types import CodeType, ModuleType

from IPython import get_ipython
from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager
from IPython.display import display
from IPython.utils.capture import capture_output

PLACES = ("*", "../{0}/*", "../*{0}*", "../*{0}*/*", "../*{0}*/*/*")
"""Where a notebook is looked for, {0} being the chapter's name; the first place that has one counts."""
RUNS_CODE = {"time", "prun", "capture"}
"""The magics that run the code behind them and keep what it binds. All others are left out."""
BINDS_ANYTHING = {"exec", "globals", "locals", "vars"}
"""What a statement reads that may bind a name which does not stand in it as one."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)
CAN_CHANGE = (ast.Call, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
READS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
"""The instructions of Python that look up a name of the notebook."""
AGAIN = "and run this cell again"


class CarryOverError(RuntimeError):
    """A function of an earlier chapter is not there; the message says what to do."""


def carry_over(chapter: str, *names: str) -> Callable | tuple[Callable, ...]:
    """Return the functions `names` from your notebook of `chapter`: one, or a tuple in the order given.

    It never fails itself. It prints what is missing, and the function that it returns instead says so again
    when it is called.
    """
    notebook, why = _find(chapter, names)
    functions, missing = _fetch(notebook, names) if notebook else ({}, dict.fromkeys(names, why))
    for why in dict.fromkeys(missing.values()):
        print(f"{', '.join(name for name in names if missing.get(name) == why)}: {why}")
    found = tuple(functions[name] if name in functions else _missing(name, missing[name]) for name in names)
    return found[0] if len(names) == 1 else found


def _missing(name: str, why: str) -> Callable:
    def missing(*_: object, **__: object) -> None:
        raise CarryOverError(f"{name}: {why}")

    return missing


# --- Which notebook ---------------------------------------------------------------------------------------


def _find(chapter: str, names: tuple[str, ...]) -> tuple[Notebook | None, str]:
    """Return the notebook of `chapter`, or None and why there is none."""
    places = [_notebooks_in(place.format(chapter)) for place in PLACES]
    own = [file for files in places for file in files if file.stem == chapter]
    for notebook in map(_opened, own):
        if notebook and notebook.is_answered(names):
            return notebook, ""
    for files in places:
        opened = [each for each in map(_opened, files) if each and _holds(each, chapter, names)]
        answered = [notebook for notebook in opened if notebook.is_answered(names)]
        chosen = answered or [notebook for notebook in opened if notebook.path in own] or opened
        if len(chosen) == 1:
            if chosen[0].path not in own:
                print(f"{chapter}: taken from {chosen[0].path}")
            return chosen[0], ""
        if chosen:
            several = " and ".join(str(notebook.path) for notebook in chosen)
            return None, f"there are {several}; rename the one that counts to {chapter}.ipynb {AGAIN}"
    if not own:
        return None, f"there is no {chapter}.ipynb here; put your notebook of that chapter beside this one"
    readable = next(filter(None, map(_opened, own)), None)
    return readable, f"{own[0]} cannot be read as a notebook; save it again from JupyterLab"


def _notebooks_in(place: str) -> list[Path]:
    files = [Path(file) for file in sorted(glob(place))]
    return [file for file in files if file.suffix.lower() == ".ipynb" and not file.name.startswith("~")]


def _holds(notebook: Notebook, chapter: str, names: tuple[str, ...]) -> bool:
    """Tell whether a notebook is one of `chapter`: by its name, the marks of its cells, or its functions."""
    if chapter.casefold() in notebook.path.stem.casefold():
        return not notebook.bound.isdisjoint(names)
    is_later = "carry_over" in notebook.bound  # its student may have copied the functions into it
    return not notebook.marked.isdisjoint(names) or (notebook.defined.issuperset(names) and not is_later)


def _opened(path: Path) -> Notebook | None:
    """Return a notebook, or None where the file is none."""
    try:
        return Notebook(path)
    except (OSError, ValueError, TypeError, RecursionError):
        return None


# --- What stands in it ------------------------------------------------------------------------------------


@dataclass(eq=False)
class Statement:
    """One statement of a cell: where it stands, and which names it reads, binds and changes.

    `changes` are names like TABLE in `TABLE[0] = 1`; `touches` those of a call that may change what they
    stand for, like `rng.random()` or `fill(TABLE)`; `inside` what a function changes when it is called.
    """

    where: str
    node: ast.stmt
    code: CodeType
    is_aside: bool
    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    touches: set[str] = field(default_factory=set)
    inside: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Find the names: in what Python makes of the statement, where no local variable is mistaken."""
        _look_up(self.code, self, is_inside=False)
        for node in ast.walk(self.node):
            match node:
                case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                    self.changes.add(_root(node))
                case ast.Expr(value=ast.Call(func=ast.Name(id="setattr"), args=[changed, *_])):
                    self.changes.add(_root(changed))
                case ast.Expr(value=ast.Call(func=function, args=values, keywords=options)):
                    owner = [function.value] if isinstance(function, ast.Attribute) else []
                    given = [*values, *(option.value for option in options)]
                    self.touches |= {_root(each) for each in [*owner, *given]}
                case ast.arg(annotation=text) | ast.AnnAssign(annotation=text) if text:
                    self.reads |= _words(text)  # what reads hints, as dataclasses do, looks them up
                case ast.FunctionDef(returns=text) | ast.AsyncFunctionDef(returns=text) if text:
                    self.reads |= _words(text)
                case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")))):
                    self.reads |= _words(node)  # `!echo {x}`
                case ast.Call(func=ast.Attribute(value=owner)) if not isinstance(self.node, DEFINITIONS):
                    self.touches.add(_root(owner))
        self.changes &= self.reads
        self.touches &= self.reads
        if isinstance(self.node, DEFINITIONS):
            self.inside |= self.changes | self.touches
            decorators = (
                each.func if isinstance(each, ast.Call) else each for each in self.node.decorator_list
            )
            self.changes = {_root(each) for each in decorators if isinstance(each, ast.Attribute)}
            self.touches = set()
        else:
            self.binds |= self.inside  # `[last := x for x in ...]`

    def calls(self) -> set[str]:
        """Return the names that this calls at once: `set_up()`, `@register`."""
        calls = getattr(self.node, "decorator_list", [getattr(self.node, "value", None)])
        return {_root(each.func if isinstance(each, ast.Call) else each) for each in calls}

    def is_unfinished(self, name: str) -> bool:
        """Tell whether this defines the function `name` and only raises NotImplementedError."""
        if not isinstance(self.node, FUNCTIONS) or self.node.name != name:
            return False
        raised = (ast.unparse(each) for each in self.node.body if isinstance(each, ast.Raise))
        returns = any(isinstance(each, ast.Return) for each in ast.walk(self.node))
        return not returns and any("NotImplementedError" in each for each in raised)

    def binds_what_can_change(self) -> bool:
        """Tell whether this is like `TABLE = {}`, and not like `GAMMA = 0.9`, an import or a definition."""
        values = ast.walk(self.node) if isinstance(self.node, ASSIGNMENTS) else ()
        return any(isinstance(each, CAN_CHANGE) for each in values)

    def is_always_run(self) -> bool:
        """Tell whether this decides what names mean: `from helpers import *`, `sys.path.append(...)`."""
        is_star = isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"
        return is_star or (isinstance(self.node, ast.Expr) and ast.unparse(self.node).startswith("sys.path."))


def _look_up(code: CodeType, statement: Statement, *, is_inside: bool) -> None:
    """Add the names of the notebook that `code` reads and binds; what functions bind is `inside`."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in READS:
            statement.reads.add(instruction.argval)
        elif instruction.opname == "STORE_NAME" and not is_inside:
            statement.binds.add(instruction.argval)
        elif instruction.opname == "STORE_GLOBAL":
            (statement.inside if is_inside else statement.binds).add(instruction.argval)
    for part in code.co_consts:
        if isinstance(part, CodeType):
            _look_up(part, statement, is_inside=True)


def _words(node: ast.expr) -> set[str]:
    """Return the words of an expression, also those within quotes: they may be names."""
    return {*re.findall(r"[^\W\d]\w*", ast.unparse(node))}


def _root(node: ast.expr) -> str:
    """Return the name at the left of `TABLE[0].x`, and '' where there is none."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


class Notebook:
    """The statements of a notebook, and the cells that are no Python."""

    def __init__(self, path: Path) -> None:
        """Read a notebook of any format, in any encoding of JSON."""
        self.path = path
        self.statements: list[Statement] = []
        self.broken: list[tuple[str, str]] = []
        """Of each cell that is no Python its source, and a sentence that says so."""
        self.marked: set[str] = set()
        """The names that chapter and nbgrader have given to cells."""
        compiler = CachingCompiler()  # remembers each `from __future__ import`, as Jupyter does
        for number, cell in enumerate(_code_cells(_dict(json.loads(path.read_bytes()))), start=1):
            about = _dict(cell.get("metadata"))
            tags = about.get("tags") if isinstance(about.get("tags"), list) else []
            self.marked |= {str(about.get("name")), str(_dict(about.get("nbgrader")).get("grade_id"))}
            if "test" not in tags:
                self._add(compiler, f"code cell {number}", _source(cell), is_aside="demonstration" in tags)
        self.bound = {name for each in self.statements for name in each.binds}
        self.defined = {each.node.name for each in self.statements if isinstance(each.node, FUNCTIONS)}
        inside = {
            each.node.name: each.inside for each in self.statements if isinstance(each.node, DEFINITIONS)
        }
        libraries = {
            name for each in self.statements if isinstance(each.node, IMPORTS) for name in each.binds
        }
        for each in self.statements:
            for called in each.calls():
                each.changes |= inside.get(called, set()) - libraries

    def _add(self, compiler: CachingCompiler, where: str, source: str, *, is_aside: bool) -> None:
        file = f"<{self.path.name}, {where}>"
        linecache.cache[file] = (len(source), None, list(io.StringIO(source)), file)  # for tracebacks
        try:
            with warnings.catch_warnings(action="ignore"):
                body = _parsed(source, compiler, self.path.parent).body
        except Exception as error:  # a text may be wrong in many ways
            self.broken.append((source, self.stopped(where, error)))
            return
        for node in body:
            line = f"{where}, line {node.lineno}, `{ast.unparse(node).splitlines()[0][:60]}`"
            try:
                with compiler.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
                    code = compiler(ast.Module([node], []), file, "exec")
            except Exception as error:
                self.broken.append((ast.unparse(node), self.stopped(line, error)))
            else:
                self.statements.append(Statement(line, node, code, is_aside))

    def stopped(self, where: str, error: BaseException) -> str:
        """Return the sentence that tells a student what stopped which cell."""
        told = f"{error.msg} (line {error.lineno})" if isinstance(error, SyntaxError) else error
        kind = type(error).__name__
        return f"{self.path}, {where}, stopped with {kind}: {told}; mend it there, save, {AGAIN}"

    def is_answered(self, names: tuple[str, ...]) -> bool:
        """Tell whether at least one of the functions `names` is there and not unfinished."""
        return any(
            name in each.binds and not each.is_unfinished(name) for each in self.statements for name in names
        )

    def what_binds(self, name: str) -> list[Statement]:
        """Return the statements that make `name` what it is: answers before demonstrations before stubs."""
        rank = {
            each: 2 if each.is_unfinished(name) else int(each.is_aside)
            for each in self.statements
            if name in each.binds
        }
        best = min(rank.values(), default=1)
        found = [each for each in rank if rank[each] == best]
        if any(isinstance(each.node, FUNCTIONS) for each in found):
            found = [each for each in found if not isinstance(each.node, (ast.For, ast.AsyncFor))]
        is_data = any(each.binds_what_can_change() for each in found)
        is_library = all(isinstance(each.node, IMPORTS) for each in found)  # `@np.vectorize` changes none
        for each in self.statements:
            changed = each.touches if is_data else set()
            changed = changed | (set() if is_library and isinstance(each.node, DEFINITIONS) else each.changes)
            if name in changed and each not in found and each.is_aside <= best:
                found.append(each)
        if found or hasattr(builtins, name):
            return found
        return [each for each in self.statements if each.reads & BINDS_ANYTHING]

    def needed(self, names: tuple[str, ...]) -> tuple[list[Statement], set[str]]:
        """Return the statements that the functions `names` need, in order, and the names they look up."""
        chosen = {each for each in self.statements if each.is_always_run()}
        looked_up, waiting = set(), [*names, *itertools.chain(*(each.reads for each in chosen))]
        while waiting:
            name = waiting.pop()
            if name not in looked_up:
                looked_up.add(name)
                for each in self.what_binds(name):
                    chosen.add(each)
                    waiting += each.reads
        return [each for each in self.statements if each in chosen], looked_up


def _code_cells(notebook: dict) -> list[dict]:
    """Return the code cells; up to format 3 they lie in worksheets."""
    parts = [notebook, *map(_dict, notebook.get("worksheets") or [])]
    if not any("cells" in part for part in parts):
        raise ValueError("there are no cells")
    cells = (_dict(cell) for part in parts for cell in part.get("cells", []))
    return [cell for cell in cells if cell.get("cell_type") == "code"]


def _source(cell: dict) -> str:
    """Return the code of a cell; up to format 3 it has other names."""
    source = next((cell[key] for key in ("source", "input", "code") if key in cell), None)
    lines = [source] if isinstance(source, str) else source or []
    return "".join(line for line in lines if isinstance(line, str))


def _dict(value: object) -> dict:
    return value if isinstance(value, dict) else {}


# --- What Jupyter makes of a cell -------------------------------------------------------------------------


def _parsed(source: str, compiler: CachingCompiler, folder: Path) -> ast.Module:
    """Return a cell as IPython reads it, with what only IPython can do left out, or made plain Python."""
    tree = compiler.ast_parse(TransformerManager().transform_cell(source))
    blank = len(source) - len(source.lstrip())
    ast.increment_lineno(tree, source[:blank].count("\n"))  # IPython drops empty lines at the top
    return ast.fix_missing_locations(_Plain(compiler, folder).visit(tree))


class _Plain(ast.NodeTransformer):
    """Turns `%time f()` into `f()`, the file of `%run file.py` into its code, other magics into nothing."""

    def __init__(self, compiler: CachingCompiler, folder: Path) -> None:
        self.compiler, self.folder = compiler, folder

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        code = self._code_of_magic(node.value)
        if code is None:
            return self.generic_visit(node)
        nothing, is_cell_magic = ast.copy_location(ast.Pass(), node), node.value.func.attr == "run_cell_magic"
        try:
            tree = _parsed(code, self.compiler, self.folder)
        except SyntaxError:
            if is_cell_magic:
                raise
            return nothing  # such a line, or its options, is its own misfortune
        ast.increment_lineno(tree, node.lineno - 1 + is_cell_magic)
        return tree.body or nothing

    def visit_Call(self, node: ast.Call) -> ast.AST:
        code = self._code_of_magic(node)
        return self.generic_visit(node) if not code else ast.parse(code, mode="eval").body

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """In a notebook, `__name__` is "__main__"."""
        is_main = node.id == "__name__" and isinstance(node.ctx, ast.Load)
        return ast.copy_location(ast.Constant("__main__"), node) if is_main else node

    def _code_of_magic(self, node: ast.expr) -> str | None:
        """Return the code that a call of IPython runs here, '' for none, None where it is no such call."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=does),
                args=[ast.Constant(value=str(magic)), *_, ast.Constant(value=str(code))],
            ) if does in ("run_line_magic", "run_cell_magic"):
                code = re.sub(r"^(\s*--?[a-zA-Z]\S*(\s+|$))+", "", code)
                if magic == "run" and code:
                    file = self.folder / code.split()[0]
                    file = file if file.suffix else file.with_suffix(".py")
                    return file.read_text("utf-8") if file.suffix == ".py" and file.is_file() else ""
                return code if magic in RUNS_CODE else ""
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")))):
                return ""
        return None


# --- Running what is needed -------------------------------------------------------------------------------


def _fetch(notebook: Notebook, names: tuple[str, ...]) -> tuple[dict[str, Callable], dict[str, str]]:
    """Return the functions, and for each that is missing why; print what else went wrong."""
    statements, looked_up = notebook.needed(names)
    for name in sorted(looked_up):
        if any(name in each.binds and each.is_unfinished(name) for each in statements):
            print(f"{name}: it is not finished yet in {notebook.path}")
    module = _new_module(notebook.path.stem)
    with _alone_in(notebook.path.parent.resolve()):
        functions, stopped = _run(statements, module, names)
    module.__dict__.update(functions)  # a name given to something else later is still the function
    lost = {name for name in looked_up if not hasattr(module, name) and not hasattr(builtins, name)}
    why = _what_stopped(notebook, stopped, looked_up - functions.keys(), lost)
    unknown = f"{notebook.path} does not define it; finish that exercise there, save, {AGAIN}"
    missing = {name: why.get(name, unknown) for name in names if name not in functions}
    for sentence in dict.fromkeys(why.values()):
        if sentence not in missing.values():
            needed = ", ".join(name for name in sorted(why) if why[name] == sentence)
            print(f"{needed}, which your functions need: {sentence}")
    return {name: functions[name] for name in names if name in functions}, missing


def _what_stopped(
    notebook: Notebook, stopped: list[tuple[Statement, BaseException]], looked_up: set[str], lost: set[str]
) -> dict[str, str]:
    """Return for each name that was looked up, and is not as it should be, the sentence that says why."""
    why: dict[str, str] = {}
    for each, error in stopped:  # the first to fail is what the others fail for
        concerned = lost if each.is_always_run() else each.binds | each.changes | each.touches
        why = dict.fromkeys(concerned & looked_up, notebook.stopped(each.where, error)) | why
    for source, sentence in notebook.broken:
        why = dict.fromkeys((name for name in lost if re.search(rf"\b{name}\b", source)), sentence) | why
    return why


def _new_module(chapter: str) -> ModuleType:
    """Return a module that Python can look up by its name, as dataclasses and pickle do."""
    name = f"carried_over_{chapter}"
    while name in sys.modules:
        name += "_"
    module = sys.modules[name] = ModuleType(name)
    module.__dict__.update(get_ipython=get_ipython, display=display)
    with contextlib.suppress(ImportError):
        module.np = importlib.import_module("numpy")  # the cell that imports it may have been deleted
    return module


def _run(
    statements: list[Statement], module: ModuleType, names: tuple[str, ...]
) -> tuple[dict[str, Callable], list[tuple[Statement, BaseException]]]:
    """Run each statement for itself; return the functions, and what was stopped by which error."""
    functions: dict[str, Callable] = {}
    stopped: list[tuple[Statement, BaseException]] = []

    async def run() -> None:
        for statement in statements:
            try:
                result = eval(statement.code, module.__dict__)
                if inspect.isawaitable(result):
                    await result
            except (Exception, SystemExit) as error:  # a student's code may raise anything
                stopped.append((statement, error))
            for name in statement.binds:
                value = getattr(module, name, None)
                if inspect.isfunction(value) or (name in names and callable(value)):
                    functions[name] = value
                elif callable(value):
                    functions.pop(name, None)

    if any(statement.code.co_flags & inspect.CO_COROUTINE for statement in statements):
        with ThreadPoolExecutor(1) as thread:  # this notebook's own loop is busy with this very cell
            thread.submit(asyncio.run, run()).result()
    else:
        with contextlib.suppress(StopIteration):
            run().send(None)
    return functions, stopped


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Work in `folder` as a notebook there would, and show nothing: no text, no picture."""
    here, figures = Path.cwd(), _figures()
    aside = _modules_in(here) if folder != here else {}  # each chapter may have a helpers.py of its own
    for name in aside:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        with contextlib.chdir(folder), capture_output():
            yield
    finally:
        sys.path.remove(str(folder))
        if folder != here:
            for name in _modules_in(folder):
                del sys.modules[name]
            sys.modules.update(aside)
            if str(folder) not in sys.path:
                sys.path.append(str(folder))  # for what a function imports when it is called
        for number in _figures() - figures:
            sys.modules["matplotlib.pyplot"].close(number)


def _modules_in(folder: Path) -> dict[str, ModuleType]:
    """Return the modules that are files in `folder`, and those inside packages there."""
    files = {name: Path(getattr(sys.modules[name], "__file__", None) or "/") for name in [*sys.modules]}
    tops = {name for name, file in files.items() if folder in (file.parent, _package(file).parent)}
    return {name: sys.modules[name] for name in files if name.split(".")[0] in tops}


def _package(file: Path) -> Path:
    return file.parent if file.name == "__init__.py" else file


def _figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()
