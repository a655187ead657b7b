"""Which cells of a notebook are the chapter's own: known by what they say, whatever became of their ids."""

import ast
import io
import re
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

from nbformat import NotebookNode

from autograder.chapter.cells import tags, without_magics
from autograder.running.code import parse

MOST_CODE = 20_000
"""How many characters of code are parsed to compare it; the chapters' longest cell has a seventh of it."""
LEAST_PROSE = 40
"""How many letters make a piece of prose the chapter's, where a tool has split or joined its cells."""
LEAST_SHARED = 4
"""How many words a cell has at least in common with the one that it was made from."""
TAGS = {"demonstration", "carry-over", "test", "exercise", "written"}

Text = tuple[str, str]
"""A cell's kind and its source."""


class Released:
    """The cells that a chapter was released with, now and before, by their texts."""

    def __init__(self, chapter: str, texts: Iterable[Text]) -> None:
        """Know the cells `texts` of the chapter called `chapter`."""
        self._ids = f"{chapter[-60:]}-"
        self._code = [source for kind, source in texts if kind == "code"]
        self._prose = [_letters(source) for kind, source in texts if kind != "code"]
        self._words = [(words, words.total()) for _, source in texts if (words := _words(source))]

    def holds(self, cell: NotebookNode) -> bool:
        """Tell whether a cell says what was released, but for white space, layout and Markdown's signs."""
        if not cell.source.strip():
            return True
        if cell.cell_type != "code":
            letters = _letters(cell.source)
            return letters in self._prose or (len(letters) >= LEAST_PROSE and letters in self._all_prose)
        return _lines(cell.source) in self._lines or _tree(cell.source) in self._trees

    def resembles(self, cell: NotebookNode) -> bool:
        """Tell whether a cell that was not released so was made from one that was."""
        if str(cell.get("id")).startswith(self._ids) or tags(cell) & TAGS:
            return True
        words = _words(cell.source)
        total = words.total()
        alike = (each for each, most in self._words if 0.5 * total <= most and 0.7 * most <= total)
        least = max(LEAST_SHARED, 0.5 * total)
        return any((words & each).total() >= max(least, 0.7 * each.total()) for each in alike)

    @cached_property
    def _lines(self) -> set[tuple[str, ...]]:
        return {_lines(source) for source in self._code}

    @cached_property
    def _trees(self) -> set[str]:
        return {tree for source in self._code if (tree := _tree(source))}

    @cached_property
    def _all_prose(self) -> str:
        return "".join(self._prose)


def _words(source: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", source[:MOST_CODE]))


def _letters(source: str) -> str:
    """Return what prose says, without its signs; all of it, where it is nothing but signs.

    The number of a figure is not the student's: it changes where an earlier chapter gets one more.
    """
    source = re.sub(r"\bFigure \d+", "Figure", source)
    return re.sub(r"[\W_]+", "", source).lower() or "".join(source.split())


def _lines(source: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in source.splitlines() if line.strip())


def _tree(source: str) -> str:
    """Return code so that layout makes no difference, with its comments; '' where it cannot be parsed."""
    if len(source) > MOST_CODE:
        return ""
    plain = without_magics(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = parse(plain)
        if parsed is None:
            return ""
        tree = ast.dump(parsed)
        tokens = [*tokenize.generate_tokens(io.StringIO(plain).readline)]
    except (SyntaxError, RecursionError, tokenize.TokenError):
        return ""
    comments = [each.string.strip("# ") for each in tokens if each.type == tokenize.COMMENT]
    magics = [line.strip() for line in source.splitlines() if line.startswith(("%", "!"))]
    return repr((tree, comments, magics))
