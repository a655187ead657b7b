"""Statistics of a class: numbers in, numbers out; who they are about is for the report to say."""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

FEWEST = 3
"""How many students a correlation needs: two points always lie on a line."""
FALL = 0.2
"""By how much the share of points falls from the first chapter to the last for somebody to need a word."""
BINS = 10
"""How many bars the histogram of points has."""
DAY = timedelta(days=1)
MOST_DAYS = 30
"""After how many days hand-ins stand in one last bar."""

Scores = Mapping[str, Mapping[str, float | None]]
"""Student → exercise → points, None where a person has still to give them."""


@dataclass(frozen=True)
class Item:
    """One exercise in the class.

    `marked` students have points for it and `waiting` wait for a person; `mean` is of those marked, `in_full`
    the share of them with all points, `discrimination` the correlation with the rest of the total. What
    cannot be said is None.
    """

    name: str
    most: float
    marked: int
    waiting: int
    mean: float | None
    in_full: float | None
    discrimination: float | None

    @property
    def share(self) -> float | None:
        """The mean as a share of the points there are."""
        return None if self.mean is None or not self.most else self.mean / self.most


def items(scores: Scores, most: Mapping[str, float]) -> list[Item]:
    """Return what the class made of each exercise, in the order of `most`."""
    return [_item(name, scores, most) for name in most]


def _item(name: str, scores: Scores, most: Mapping[str, float]) -> Item:
    marked = {who: theirs for who, theirs in scores.items() if theirs.get(name) is not None}
    points = [float(theirs[name]) for theirs in marked.values()]
    waiting = sum(name in theirs for theirs in scores.values()) - len(marked)
    full = sum(each >= most[name] for each in points) / len(points) if points else None
    mean = statistics.fmean(points) if points else None
    return Item(
        name, most[name], len(points), waiting, mean, full, correlation(points, rests(name, marked, most))
    )


def rests(name: str, marked: Scores, most: Mapping[str, float]) -> list[float]:
    """Return for each student the points without those of one exercise.

    An exercise in which one of them waits for a mark is left out for all, so that the rests can be compared.
    """
    others = [each for each in most if each != name]
    known = [each for each in others if all(theirs.get(each) is not None for theirs in marked.values())]
    return [sum(float(theirs[each]) for each in known) for theirs in marked.values()]


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Pearson's correlation, None where it is not defined: too few values, or all alike."""
    if len(one) < FEWEST or len({*one}) < 2 or len({*other}) < 2:
        return None
    return statistics.correlation(one, other)


def histogram(values: Sequence[float], most: float) -> list[tuple[float, float, int]]:
    """Return equal parts from 0 to `most` with how many values lie in each: from, to, count.

    A value between two parts counts in the upper one; `most`, and what lies above it, in the last.
    """
    counts = [0] * BINS
    for value in values:
        place = math.floor(round(BINS * value / most, 9)) if most else 0
        counts[min(max(place, 0), BINS - 1)] += 1
    return [(most * place / BINS, most * (place + 1) / BINS, count) for place, count in enumerate(counts)]


def case_shares(results: Sequence[Sequence[tuple[str, bool]]]) -> dict[str, tuple[int, int]]:
    """Return for each case how many had it right, and of how many."""
    found: dict[str, tuple[int, int]] = {}
    for cases in results:
        for title, is_right in cases:
            right, asked = found.get(title, (0, 0))
            found[title] = right + is_right, asked + 1
    return found


def falls(shares: Sequence[float]) -> bool:
    """Tell whether each of at least two shares is below the one before, and the last far below the first."""
    goes_down = all(after < before for before, after in itertools.pairwise(shares))
    return len(shares) > 1 and goes_down and round(shares[0] - shares[-1], 9) >= FALL


def days(waits: Sequence[timedelta]) -> list[tuple[int, int]]:
    """Return for each day since the release how many handed in, up to the last on which anybody did.

    What came after `MOST_DAYS` days is counted together, as one day more.
    """
    found = [min(wait // DAY, MOST_DAYS) for wait in waits]
    return [(day, found.count(day)) for day in range(max(found) + 1)] if found else []


def middle(values: Sequence[float]) -> float | None:
    """Return the median, None of nothing."""
    return statistics.median(values) if values else None


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, None of nothing."""
    return statistics.fmean(values) if values else None
