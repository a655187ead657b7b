"""A student who works out no formula: hands in numbers, reads the page, and hands in better ones.

It recognises each hidden case and answers each as it likes. It knows the inputs, the shapes, and of each
number what it is at other seeds: in which range, whether always the same, whether a multiple of a half or a
tenth, whether never the same as its neighbours. It tries the likely numbers first, then from the middle of
the range outwards. Where the page reports a case, it looks for a near miss with long strides and then halves
what is left; at the same time it tries numbers in the other cases, of which it reads whether they are right.
What is found up to a factor or an amount counts as found.
"""

import math
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.exercises import Case, Exercise
from autograder.inside.kernel_side import Formula
from autograder.judging import explain
from autograder.judging.answers import Answer
from autograder.judging.ladder import MULTIPLES, NEAR
from autograder.judging.verdict import judge

ELSEWHERE = range(1000, 1030)
"""The seeds at which this student has seen the right values."""
TOO_MANY = 1000
"""How many numbers a value holds that is given to this student: it would not live to find them all."""
PARTS = (1, 2, 4, 5, 8, 10, 16, 20, 32)
"""Into how many parts a whole is cut where the multiples of one are tried instead of all numbers."""
REPORTED = re.compile(r"^In the case “(?P<title>.*)”, (?P<part>.*?) is (?P<said>.*)$", re.MULTILINE)
LISTED = re.compile(r"^  \[(ok|--)\] ", re.MULTILINE)


@dataclass
class Number:
    """One number that is to be found: what is allowed around it, what it is elsewhere, what is likely."""

    exercise: Exercise
    elsewhere: np.ndarray
    likely: list[float]
    is_known: bool = False
    value: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what costs least to try."""
        self._search, self._blindly = self._reading(), self._guesses(and_all=True)
        self.value = self._tried = next(self._search)

    @property
    def parts(self) -> int:
        """Into how many parts 1 is cut where the number is always a multiple of one; 0 where it is not."""
        whole = (n for n in PARTS if np.allclose(self.elsewhere * n, np.round(self.elsewhere * n), 0, 1e-9))
        return next(whole, 0)

    def wrong(self, is_near: bool) -> None:
        """Go on after the page has reported this number to be wrong."""
        if self.value == self._tried:
            self._tried = self._search.send(is_near)
        self.value = self._tried

    def guess(self) -> None:
        """Go on where nothing but right or wrong is heard."""
        self.value = next(self._blindly, self.value)

    def _reading(self) -> Generator[float, bool, None]:
        for guess in self._guesses():
            if (yield guess):
                yield from self._close_in(guess)
        for guess in self._outwards(NEAR):
            if (yield guess):
                yield from self._close_in(guess)
        yield from self._outwards(1)

    def _guesses(self, and_all: bool = False) -> Iterator[float]:
        middle, cut = float(np.median(self.elsewhere)), self.parts
        yield from [middle] if np.ptp(self.elsewhere) == 0 else dict.fromkeys([0.0, *self.likely])
        if cut:
            low, high = np.round(cut * np.quantile(self.elsewhere, [0, 1])).astype(int)
            yield from (n / cut for n in sorted(range(low, high + 1), key=lambda n: abs(n - cut * middle)))
        elif and_all:
            yield from self._outwards(1)

    def _close_in(self, near: float) -> Generator[float, bool, None]:
        """Halve the numbers around a near one: with what is near the middle's upper edge, and what is not."""
        low, high = (self._at_place(self._place(near) + side * NEAR * 1.02) for side in (-1, 1))
        while high - low > 1.8 * self._allowed(low):
            middle = (low + high) / 2
            is_above = yield middle + NEAR * self._allowed(middle)
            low, high = (middle, high) if is_above else (low, middle)
        for step in (0, 1, -1, 2, -2, 3, -3):
            yield (low + high) / 2 + step * self._allowed(low)

    def _outwards(self, width: float) -> Iterator[float]:
        """Yield numbers from the middle of the range outwards, one for `width` tolerances to either side."""
        low, middle, high = map(self._place, np.quantile(self.elsewhere, [0, 0.5, 1]))
        for step in range(math.ceil(max(high - middle, middle - low) / (2 * width)) + 1):
            for place in {middle + 2 * width * step, middle - 2 * width * step}:
                if low - width <= place <= high + width:
                    yield self._at_place(place)

    def _allowed(self, number: float) -> float:
        return self.exercise.atol + self.exercise.rtol * abs(number)

    def _place(self, number: float) -> float:
        """Return how many tolerances lie between 0 and a number."""
        rtol, atol = self.exercise.rtol, self.exercise.atol
        return math.copysign(math.log1p(rtol * abs(number) / atol) / rtol, number)

    def _at_place(self, place: float) -> float:
        rtol, atol = self.exercise.rtol, self.exercise.atol
        return math.copysign(atol / rtol * math.expm1(rtol * abs(place)), place)


class Asked:
    """One hidden case as this student sees it; the right value tells its shapes, and widens the ranges."""

    def __init__(self, exercise: Exercise, case: Case, seed: int) -> None:
        """Look at the inputs, and at the values of other seeds."""
        self.title, self.arguments = case.title, exercise.arguments(case, seed)
        self._like = exercise.reference(*self.arguments)
        self._right = leaves(self._like)
        self.is_given = any(leaf.size >= TOO_MANY for leaf in self._right)
        seeds = () if self.is_given else ELSEWHERE
        elsewhere = [leaves(exercise.reference(*exercise.arguments(case, each))) for each in seeds]
        together = [
            np.stack([leaf.ravel() for leaf in each]) for each in zip(self._right, *elsewhere, strict=True)
        ]
        inputs = [leaf.ravel() for leaf in leaves(self.arguments)]
        self._numbers = [
            [
                Number(
                    exercise,
                    seen,
                    [float(s * x[i]) for x in inputs if x.size == len(leaf.T) for s in (1, -1)],
                )
                for i, seen in enumerate(leaf.T)
            ]
            for leaf in together
        ]
        rows = np.concatenate(together, axis=1)
        self._all_differ = rows.shape[1] > 2 and all(np.unique(row).size == row.size for row in rows)

    def value(self) -> Any:
        """Return what is handed in now."""
        if self.is_given:
            return self._like
        flat = ([each.value for each in part] for part in self._numbers)
        shaped = [np.reshape(each, leaf.shape) for each, leaf in zip(flat, self._right, strict=True)]
        return rebuilt(self._like, iter(shaped))

    def hears(self, part: str, said: str) -> bool:
        """Take in what the page says; tell whether this is as good as found."""
        if "the same at every index" in said:
            return True
        index = names(self._like).index(part)
        numbers = self._numbers[index]
        for factor, words in MULTIPLES.items():
            if said.startswith(words):
                for each in numbers:
                    each.value /= factor
                return False
        place = re.search(r"first at index \[(.*?)\]", said)
        at = tuple(map(int, place[1].split(", "))) if place else (0,) * self._right[index].ndim
        first = int(np.ravel_multi_index(at, self._right[index].shape)) if at else 0
        for each in [*(each for part in self._numbers[:index] for each in part), *numbers[:first]]:
            each.is_known = True
        numbers[first].wrong(said.startswith("off by a little"))
        while self._all_differ and numbers[first].value in self._known():
            numbers[first].wrong(False)
        return False

    def guesses(self) -> None:
        """Try another number, where one alone is wanting."""
        unknown = [each for part in self._numbers for each in part if not each.is_known]
        if len(unknown) == 1:
            unknown[0].guess()

    def _known(self) -> set[float]:
        return {each.value for part in self._numbers for each in part if each.is_known}


def leaves(value: Any) -> list[np.ndarray]:
    """Return the arrays in a value, one after the other."""
    if isinstance(value, (list, tuple)):
        return [leaf for each in value for leaf in leaves(each)]
    return [] if isinstance(value, (Formula, str)) else [np.asarray(value, dtype=float)]


def rebuilt(like: Any, arrays: Iterator[np.ndarray]) -> Any:
    """Return a value of the same structure with other arrays in it."""
    if isinstance(like, (list, tuple)):
        return [rebuilt(each, arrays) for each in like]
    return next(arrays)


def names(value: Any, name: str = "the value") -> list[str]:
    """Return what the page calls each array of a value."""
    if not isinstance(value, (list, tuple)):
        return [name]
    inside = "" if name == "the value" else f" in {name}"
    numbered = ((each, f"value {n} of {len(value)}{inside}") for n, each in enumerate(value, start=1))
    return [found for each, called in numbered for found in names(each, called)]


def page(exercise: Exercise, seed: int, values: Iterable[Any], arguments: Iterable[tuple]) -> str:
    """Return what the page says of a function that returns these values, one for each case."""
    answers = (Answer("returned", *each) for each in zip(values, arguments, strict=True))
    return explain.as_text(judge(exercise, seed, lambda *_: next(answers)))


def rounds(exercise: Exercise, seed: int, most: int) -> int | None:
    """Return in which round this student has full points; None where `most` rounds are not enough."""
    cases = [Asked(exercise, case, seed) for case in exercise.cases]
    for number in range(1, most + 1):
        said = page(exercise, seed, [each.value() for each in cases], [each.arguments for each in cases])
        marks, reported = LISTED.findall(said), REPORTED.search(said)
        if "--" not in marks:
            return number
        for case, mark in zip(cases, marks, strict=True):
            if case.title == reported["title"]:
                if case.hears(reported["part"], reported["said"]):
                    return number
            elif mark == "--":
                case.guesses()
    return None
