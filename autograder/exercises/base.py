"""The three things that describe what is graded: an exercise, its cases, its misconceptions."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from traceback import extract_tb
from typing import Any
from zlib import crc32

import numpy as np

from autograder import CourseError

ROOT = Path(__file__).parents[2]


class ExerciseError(CourseError, ImportError):
    """A mistake in the description of an exercise; the message names file and line.

    It is an `ImportError`, so that processes that import in advance leave it to the one that speaks.
    """


class DescriptionError(ValueError):
    """A part of an exercise is not what it should be; the message says what it must be."""


def place(file: str | Path, line: int | None) -> str:
    """Return a line of a file as a sentence names it, from the root of the course."""
    path = Path(file)
    path = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{path}, line {line}" if line else str(path)


def told(error: BaseException, file: Path) -> str:
    """Return in one line where an error has come from and what it says.

    The place is the last one in `file`, or else in a file beside it or in the reference.
    """
    frames = [each for each in extract_tb(error.__traceback__) if each.filename != __file__]
    ours = [each for each in frames if Path(each.filename).parent in (file.parent, ROOT / "solutions")]
    chosen = [each for each in frames if Path(each.filename) == file] or ours
    where = place(chosen[-1].filename, chosen[-1].lineno) if chosen else place(file, None)
    text = " ".join(str(error).split())
    return f"{where}: {text if isinstance(error, DescriptionError) else f'{type(error).__name__}: {text}'}"


def _require(what: str, value: Any, is_right: bool, right: str) -> None:
    if not is_right:
        raise DescriptionError(f"{what} is {repr(value)[:60]} and must be {right}")


def _is_number(value: Any, least: float) -> bool:
    is_real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_real and math.isfinite(value) and value >= least


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _all_are(kind: type, values: Any) -> bool:
    return isinstance(values, Sequence) and all(isinstance(each, kind) for each in values)


@dataclass(frozen=True)
class Case:
    """One hidden question, named in words that a student may read.

    `draw` makes the positional arguments from a generator. A case with `keeps_arguments` is passed only if
    the value is right and no argument was changed in place; its arguments hold all that a function may treat
    in a way of its own. An `edge` is an odd shape, dtype or setting: a beginner looks at it after the rest.
    """

    title: str
    draw: Callable[[np.random.Generator], tuple]
    share: float = 1.0
    keeps_arguments: bool = False
    edge: bool = False

    def __post_init__(self) -> None:
        """Raise `DescriptionError` where a part is not what it should be."""
        _require("a case's title", self.title, _is_text(self.title), "a text")
        _require(f"draw of the case “{self.title}”", self.draw, callable(self.draw), "a function of rng")
        is_share = _is_number(self.share, 0) and self.share > 0
        _require(f"share of the case “{self.title}”", self.share, is_share, "a number above 0")

    @property
    def plain(self) -> bool:
        """Whether this is a case to look at first: no edge, and nothing but the value is asked for."""
        return not (self.edge or self.keeps_arguments)


@dataclass(frozen=True)
class Misconception:
    """A wrong formula that people write, with one sentence that tells them what to look at."""

    wrong: Callable[..., Any]
    sentence: str

    def __post_init__(self) -> None:
        """Raise `DescriptionError` where a part is not what it should be."""
        _require("the sentence of a misconception", self.sentence, _is_text(self.sentence), "a text")
        _require("the wrong formula of a misconception", self.wrong, callable(self.wrong), "a function")


@dataclass(frozen=True)
class Exercise:
    """What is graded about one function: `|value - expected| <= atol + rtol * |expected|` in every case."""

    reference: Callable[..., Any]
    points: float
    cases: tuple[Case, ...]
    misconceptions: tuple[Misconception, ...]
    rtol: float = 1e-9
    atol: float = 1e-10
    tolerance_reason: str = (
        "float64 carries 16 digits; another order of summation or float64 through other operations "
        "loses at most a few of them"
    )

    def __post_init__(self) -> None:
        """Raise `DescriptionError` where a part is not what it should be."""
        _require("reference", self.reference, hasattr(self.reference, "__code__"), "a function of solutions")
        is_positive = _is_number(self.points, 0) and self.points > 0
        _require(f"points of {self.name}", self.points, is_positive, "a number above 0")
        has_cases = bool(self.cases) and _all_are(Case, self.cases)
        _require(f"cases of {self.name}", self.cases, has_cases, "a tuple of one Case or more")
        are_misconceptions = _all_are(Misconception, self.misconceptions)
        _require(
            f"misconceptions of {self.name}",
            self.misconceptions,
            are_misconceptions,
            "a tuple of Misconception",
        )
        for name in ("rtol", "atol"):
            value = getattr(self, name)
            _require(f"{name} of {self.name}", value, _is_number(value, 0), "a number, 0 or more")
        titles = [case.title for case in self.cases]
        twice = next((each for each in titles if titles.count(each) > 1), None)
        if twice is not None:
            raise DescriptionError(
                f"{self.name} has two cases with the title “{twice}”, and no two may share one"
            )

    @cached_property
    def name(self) -> str:
        """The one name of the function, its cell, its checks and its section."""
        return self.reference.__name__

    def arguments(self, case: Case, seed: int) -> tuple:
        """Draw the arguments of `case`: the same for the same seed, whatever other cases there are."""
        return case.draw(np.random.default_rng([seed, crc32(self.name.encode()), crc32(case.title.encode())]))

    def question(self, case: Case, seed: int) -> tuple[tuple, Any]:
        """Return the arguments of `case` and the reference's value.

        Raises `ExerciseError` where the one cannot be drawn or the other not be computed: that is a mistake
        of the exercise and of no submission.
        """
        try:
            arguments = self.arguments(case, seed)
            return arguments, self.reference(*arguments)
        except Exception as error:  # whatever a drawing or a reference with a mistake in it raises
            file = Path(case.draw.__code__.co_filename) if hasattr(case.draw, "__code__") else Path(__file__)
            said = told(error, file)
        raise ExerciseError(f"{said} (in the case “{case.title}” of {self.name})")

    def points_of(self, case: Case) -> float:
        """Return what `case` is worth: its share of the exercise's points."""
        return self.points * case.share / sum(each.share for each in self.cases)
