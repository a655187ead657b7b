"""The three things that describe what is graded: an exercise, its cases, its misconceptions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np


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

    @property
    def plain(self) -> bool:
        """Whether this is a case to look at first: no edge, and nothing but the value is asked for."""
        return not (self.edge or self.keeps_arguments)


@dataclass(frozen=True)
class Misconception:
    """A wrong formula that people write, with one sentence that tells them what to look at."""

    wrong: Callable[..., Any]
    sentence: str


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

    @cached_property
    def name(self) -> str:
        """The one name of the function, its cell, its checks and its section."""
        return self.reference.__name__

    def arguments(self, case: Case, seed: int) -> tuple:
        """Draw the arguments of `case`: the same for the same seed, whatever other cases there are."""
        return case.draw(np.random.default_rng([seed, crc32(self.name.encode()), crc32(case.title.encode())]))

    def points_of(self, case: Case) -> float:
        """Return what `case` is worth: its share of the exercise's points."""
        return self.points * case.share / sum(each.share for each in self.cases)
