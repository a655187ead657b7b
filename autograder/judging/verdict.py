"""Reach the verdict on one function, in the grader's process, from the values that came back."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.exercises import EXERCISES, Case, Exercise, Misconception
from autograder.inside import kernel_side
from autograder.judging.answers import Answer, Ask, ask_here
from autograder.judging.ladder import Rung, as_numbers, climb

AT_A_GLANCE, READABLE = 24, 60
"""How many numbers the arguments of a case may hold to be read at a glance, and to be read at all."""


@dataclass(frozen=True)
class Finding:
    """What was asked in one case, what came back, and what was found: a rung, a sentence, points."""

    case: Case
    arguments: tuple
    answer: Answer
    rung: Rung
    sentence: str
    points: float
    max_points: float


@dataclass(frozen=True)
class Verdict:
    """The outcome for one exercise."""

    exercise: Exercise
    findings: tuple[Finding, ...]
    misconception: Misconception | None = None

    @property
    def max_points(self) -> float:
        """The points of the exercise."""
        return self.exercise.points

    @property
    def points(self) -> float:
        """The points earned, rounded so that a full score is exactly the points of the exercise."""
        return round(sum(finding.points for finding in self.findings), 6)

    @property
    def worst(self) -> Finding:
        """The finding to report: among the plain cases, or else the others, the first on the lowest rung."""
        return min(self.findings, key=_place)

    @property
    def second(self) -> Finding | None:
        """Another fault, if there is one: on another rung than the worst, or another error.

        Where a misconception explains all cases there is one fault, whatever it looks like in each.
        """
        faults = [found for found in self.findings if found.rung < Rung.NOT_ASKED]
        others = [found for found in faults if _fault(found) != _fault(self.worst)]
        return None if self.misconception else min(others, key=_place, default=None)


def _place(found: Finding) -> tuple:
    """Return what puts findings into the order in which a beginner should look at them.

    What was right comes last and what was not asked before it. A plain case goes before an odd one, however
    low that one is on the ladder; of two on the same rung goes the one that can be read at a glance.
    """
    size = _size(found.arguments)
    return (
        max(found.rung, Rung.CHANGED_ARGUMENTS),
        not found.case.plain or size > READABLE,
        found.rung,
        size > AT_A_GLANCE,
    )


def _fault(found: Finding) -> tuple:
    """Return what tells one fault from another; the numbers in a message differ with the arguments."""
    return found.rung, found.answer.error, re.sub(r"[\W\d]+", " ", found.answer.message)


@dataclass(frozen=True)
class _Asked:
    """One case as it is asked: arguments, the reference's value, and what each misconception answers.

    No function of `solutions` changes its arguments, and nobody else gets them but in a copy.
    """

    case: Case
    arguments: tuple
    expected: Any
    wrong: dict[Callable, Answer] = field(default_factory=dict)


@lru_cache(maxsize=1000)
def _asked(exercise: Exercise, seed: int) -> tuple[_Asked, ...]:
    """Return the cases of an exercise; the same for everybody of a round, so they are made once."""
    return tuple(_Asked(case, *exercise.question(case, seed)) for case in exercise.cases)


def judge(exercise: Exercise, seed: int, ask: Ask) -> Verdict:
    """Ask every case, whatever became of the others, and compare with the reference."""
    findings = [
        _find(exercise, asked, ask(exercise.name, asked.arguments)) for asked in _asked(exercise, seed)
    ]
    return Verdict(exercise, tuple(findings), _name_misconception(exercise, seed, findings))


def _find(exercise: Exercise, asked: _Asked, answer: Answer) -> Finding:
    case, arguments = asked.case, asked.arguments
    rung, sentence = climb(exercise, asked.expected, answer)
    if rung is Rung.WRONG_VALUE and not arguments:
        sentence = "the value is not the one asked for"  # how far off it is would be the answer
    if rung is Rung.RIGHT and case.keeps_arguments and not same_arguments(arguments, answer.arguments):
        rung, sentence = (
            Rung.CHANGED_ARGUMENTS,
            (
                "the value is right, but the function changed one of its arguments in place; "
                "work on a copy, so that the caller's data stay as they were"
            ),
        )
    earned = exercise.points_of(case) if rung is Rung.RIGHT else 0.0
    return Finding(case, arguments, answer, rung, sentence, earned, exercise.points_of(case))


def _size(argument: Any) -> int:
    """Return how many numbers an argument holds; a function counts for nothing."""
    if isinstance(argument, (list, tuple)):
        return sum(map(_size, argument))
    return 0 if isinstance(argument, kernel_side.Formula) else np.size(argument)


def same_arguments(before: tuple, after: tuple) -> bool:
    """Tell whether the arguments are still what was sent: same structure, same bits."""
    try:
        return [kernel_side.encode(each) for each in before] == [kernel_side.encode(each) for each in after]
    except RecursionError:  # what came back is nested deeper than anything that was sent
        return False


def _name_misconception(exercise: Exercise, seed: int, findings: list[Finding]) -> Misconception | None:
    """Return the misconception whose values are the student's in all cases: no coincidence names one."""
    if all(finding.rung >= Rung.CHANGED_ARGUMENTS for finding in findings):
        return None
    asked = _asked(exercise, seed)
    for misconception in exercise.misconceptions:
        if all(
            _is_value_of(misconception, exercise, each, finding.answer)
            for each, finding in zip(asked, findings, strict=True)
        ):
            return misconception
    return None


def _is_value_of(misconception: Misconception, exercise: Exercise, asked: _Asked, answer: Answer) -> bool:
    if misconception.wrong not in asked.wrong:
        with np.errstate(all="ignore"):
            asked.wrong[misconception.wrong] = ask_here(misconception.wrong)(exercise.name, asked.arguments)
    wrong = asked.wrong[misconception.wrong]
    if wrong.status != "returned" or answer.status != "returned":
        return wrong.status == answer.status and wrong.error == answer.error
    return _alike(exercise, wrong.value, answer.value)


def _alike(exercise: Exercise, one: Any, other: Any) -> bool:
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and as_numbers(one) is None:
        return len(one) == len(other) and all(map(lambda a, b: _alike(exercise, a, b), one, other))
    first, second = as_numbers(one), as_numbers(other)
    if first is None or second is None or first.shape != second.shape:
        return False
    return bool(np.allclose(first, second, exercise.rtol, exercise.atol, equal_nan=True))


def check(function: Callable, seed: int = 0) -> None:
    """Raise `AssertionError` with the findings unless `function` passes all hidden checks of its name.

    This is the call in the hidden region of nbgrader's source notebook, for an instructor who runs that
    notebook from the root of the course. A submission is never graded this way: its functions are asked in
    their own process.
    """
    verdict = judge(EXERCISES[function.__name__], seed, ask_here(function))
    wrong = [
        f"{each.case.title}: {each.sentence}" for each in verdict.findings if each.rung is not Rung.RIGHT
    ]
    if wrong:
        raise AssertionError("; ".join(wrong))
