"""Which answers are alike beyond chance: their code without names, comments and layout, and how rare it is.

An answer becomes a row of tokens. Comments, docstrings, annotations, printing and layout are gone, all names
of the student's own are one token, parameters are numbered, and a comprehension reads as the loop that does
the same. Every run of `RUN` tokens is a fingerprint. What many answers of the class share, or one of the
course's own, is how the formula is written; what few share is counted.
"""

import ast
import builtins
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from io import StringIO
from itertools import combinations
from tokenize import ENDMARKER, NEWLINE, NL, TokenError, generate_tokens

import numpy as np
from copydetect.utils import find_fingerprint_overlap, get_copied_slices, get_document_fingerprints

from autograder.running.code import parsed

RUN = 8
"""How many tokens in a row are a fingerprint."""
FEW, FEWEST, MOST = 0.1, 3, 10
"""Which share of the class may hold a fingerprint for it to be rare; so many always may, and no more."""
OWN = "v"
"""What stands for each name of the student's own."""


@dataclass(frozen=True)
class Line:
    """A part of an answer as it is compared, and the line of the student's code that it comes from."""

    tokens: tuple[str, ...]
    number: int


@dataclass(frozen=True)
class Likeness:
    """What two answers share.

    `share` is how much of the shorter answer the other one holds too, `tokens` counts of that what few others
    have, `lines` are the lines, in each one's code, that hold some of these, and `as_alike` is the share of
    all pairs of the class that have as many of them.
    """

    tokens: int
    share: float
    lines: tuple[frozenset[int], frozenset[int]]
    as_alike: float = 0.0


class Answers:
    """The answers of one class to one exercise, ready to be compared."""

    def __init__(self, name: str, sources: Mapping[str, str], common: Sequence[str] = ()) -> None:
        """Read each student's code of the function `name`; what is in `common` counts as everybody's."""
        self._codes: dict[str, str] = {}
        self.documents = {student: self._document(name, source) for student, source in sources.items()}
        everybody = [self._document(name, source) for source in common]
        self._known = {each for document in everybody for each in document.fingerprints}
        self._holders = Counter(
            each for document in self.documents.values() for each in document.fingerprints
        )
        self._few = min(max(FEWEST, int(FEW * len(sources))), MOST)

    def _document(self, name: str, source: str) -> "_Document":
        return _Document(tuple(lines_of(name, source)), self._codes)

    def compare(self) -> dict[tuple[str, str], Likeness]:
        """Return what each pair shares, for the pairs that share anything rare."""
        rare = {
            student: {each for each in document.fingerprints if self._is_rare(each)}
            for student, document in self.documents.items()
        }
        holders: dict[int, list[str]] = {}
        for student in sorted(rare):
            for each in rare[student]:
                holders.setdefault(each, []).append(student)
        pairs = {pair for students in holders.values() for pair in combinations(students, 2)}
        found = {pair: self._likeness(pair, rare) for pair in sorted(pairs)}
        in_order = sorted(likeness.tokens for likeness in found.values())
        all_pairs = len(self.documents) * (len(self.documents) - 1) / 2
        as_many = {tokens: len(found) - bisect_left(in_order, tokens) for tokens in in_order}
        return {
            pair: replace(each, as_alike=as_many[each.tokens] / all_pairs) for pair, each in found.items()
        }

    def own_tokens(self, student: str) -> int:
        """Return how many tokens of an answer few would have, if one more student had it."""
        document = self.documents[student]
        rare = [each for each in document.fingerprints if self._is_rare(each, 1)]
        return len(document.covered(np.array([p for each in rare for p in document.fingerprints[each]], int)))

    def _is_rare(self, fingerprint: int, more: int = 0) -> bool:
        """Tell whether few hold a fingerprint, were there as many `more`."""
        return fingerprint not in self._known and self._holders[fingerprint] + more <= self._few

    def _likeness(self, pair: tuple[str, str], rare: Mapping[str, set[int]]) -> Likeness:
        documents = [self.documents[student] for student in pair]
        found = [rare[student] for student in pair]
        few = _shared(documents, *found)
        everything = _shared(documents, *(set(document.fingerprints) for document in documents))
        shorter = min(len(document.text) for document in documents)
        lines = tuple(document.lines_at(where) for document, where in zip(documents, few, strict=True))
        return Likeness(min(map(len, few)), min(map(len, everything)) / shorter, lines)


def _shared(documents: Sequence["_Document"], one: set[int], other: set[int]) -> list[set[int]]:
    """Return the places in each document of what the fingerprints in both hold."""
    in_both = find_fingerprint_overlap(one, other, *(document.fingerprints for document in documents))
    return [document.covered(where) for document, where in zip(documents, in_both, strict=True)]


@dataclass(frozen=True)
class _Document:
    """An answer in which each token is one character; `codes` says which, the same for a whole class."""

    lines: tuple[Line, ...]
    codes: dict[str, str]

    @cached_property
    def text(self) -> str:
        tokens = (token for line in self.lines for token in line.tokens)
        return "".join(self.codes.setdefault(token, chr(0x100 + len(self.codes))) for token in tokens)

    @cached_property
    def fingerprints(self) -> dict[int, list[int]]:
        """Each fingerprint with the places where it begins.

        All are kept: what a window would leave out depends on Python's hash of a text, which differs from one
        start of the program to the next, and a suspicion must not.
        """
        if len(self.text) < RUN:
            return {}
        return get_document_fingerprints(self.text, RUN, 1)[1]

    def covered(self, places: np.ndarray) -> set[int]:
        """Return the places of the tokens that fingerprints beginning at `places` hold."""
        slices = get_copied_slices(places, RUN).astype(int)
        return {place for start, end in slices.T for place in range(start, end)}

    def lines_at(self, places: set[int]) -> frozenset[int]:
        """Return the lines of the student's code to which these tokens belong."""
        numbers = [line.number for line in self.lines for _ in line.tokens]
        return frozenset(numbers[place] for place in places)


def lines_of(name: str, source: str) -> Iterator[Line]:
    """Yield the code of a cell as it is compared; nothing where Python cannot read it."""
    tree = parsed(source)
    if tree is None:
        return
    try:
        yield from _Plain(name, tree).lines(tree.body)
    except RecursionError:
        return


class _Plain:
    """Writes code without what a copyist changes first."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._graded, self._parameters = name, _parameters(name, tree)
        self._modules = _modules(tree)

    def lines(self, statements: Sequence[ast.stmt]) -> Iterator[Line]:
        for statement in statements:
            yield from self._statement(statement)

    def _statement(self, statement: ast.stmt) -> Iterator[Line]:
        match statement:
            case ast.Assert() | ast.Expr(value=ast.Constant() | ast.Call(func=ast.Name(id="print"))):
                return
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name != self._graded:
                yield Line(("def",), statement.lineno)
            case ast.For(target=target, iter=over):
                yield from self._loop(target, over, statement.lineno)
            case ast.If(test=test) | ast.While(test=test):
                yield from self._expression(test, "if ", statement.lineno)
            case _ if not _is_empty_list(statement):
                yield from self._simple(statement)
        for part in ("body", "handlers", "orelse", "finalbody", "cases"):
            yield from self.lines(getattr(statement, part, []))

    def _simple(self, statement: ast.stmt) -> Iterator[Line]:
        """Yield what one statement computes, and into what it puts it."""
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[value])):
                before = "item "
            case ast.Assign(targets=targets, value=value):
                before = "".join(f"{self._text(each)} = " for each in targets)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                before = f"{self._text(target)} = "
            case ast.AugAssign(target=target, op=operator, value=right):
                value, before = ast.BinOp(target, operator, right), f"{self._text(target)} = "
            case ast.Return(value=ast.expr() as value):
                before = "return "
            case ast.Expr(value=value):
                before = ""
            case _:
                return
        yield from self._expression(value, before, statement.lineno)

    def _loop(self, target: ast.expr, over: ast.expr, number: int) -> Iterator[Line]:
        yield from self._expression(over, f"for {self._text(target)} in ", number)

    def _expression(self, value: ast.expr, before: str, number: int) -> Iterator[Line]:
        """Yield an expression, and before it its comprehensions as the loops that do the same."""
        taken = _TakeOut()
        rest = taken.visit(_copy(value))
        for comprehension in taken.found:
            for each in comprehension.generators:
                yield from self._loop(each.target, each.iter, number)
                for test in each.ifs:
                    yield from self._expression(test, "if ", number)
            item = comprehension.value if isinstance(comprehension, ast.DictComp) else comprehension.elt
            yield from self._expression(item, "item ", number)
        if not (isinstance(rest, ast.Name) and taken.found):
            yield Line(tuple(self._tokens(before + self._text(rest))), number)

    def _text(self, node: ast.expr) -> str:
        return ast.unparse(_Renamed(self._name).visit(_copy(node)))

    def _name(self, name: str) -> str:
        if name in self._parameters:
            return f"p{self._parameters.index(name)}"
        if name in self._modules:
            return self._modules[name]
        return name if hasattr(builtins, name) else OWN

    def _tokens(self, text: str) -> Iterator[str]:
        try:
            for token in generate_tokens(StringIO(text).readline):
                if token.type not in (NEWLINE, NL, ENDMARKER) and token.string not in "()":
                    yield token.string
        except (TokenError, SyntaxError):
            return


class _Renamed(ast.NodeTransformer):
    def __init__(self, name: object) -> None:
        self._new = name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._new(node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self._new(node.arg))


class _TakeOut(ast.NodeTransformer):
    """Takes comprehensions out of an expression; a name stands in their place."""

    def __init__(self) -> None:
        self.found: list[ast.ListComp] = []

    def _take(self, node: ast.ListComp) -> ast.Name:
        self.found.append(node)
        return ast.Name(OWN, ast.Load())

    visit_ListComp = visit_GeneratorExp = visit_SetComp = visit_DictComp = _take


def _is_empty_list(statement: ast.stmt) -> bool:
    """Tell whether a statement begins a list, as a loop needs it and a comprehension does not."""
    match statement:
        case ast.Assign(value=ast.List(elts=[]) | ast.Call(func=ast.Name(id="list"), args=[])):
            return True
    return False


def _copy(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


def _parameters(name: str, tree: ast.Module) -> list[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return []


def _modules(tree: ast.Module) -> dict[str, str]:
    """Return the names under which a cell knows modules, each with the name that all are called by."""
    known = {"np": "np", "numpy": "np", "math": "np", "scipy": "scipy"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                known[alias.asname or top] = known.get(top, top)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = alias.name
    return known
