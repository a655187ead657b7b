"""The ladder of findings: from an answer that is not there to one that is right, a sentence for each rung.

In the order in which they are reported: not attempted, raised an error, did not return, returned nothing,
wrong type, wrong shape, not finite, wrong value, changed its arguments, not asked.
"""

from enum import IntEnum
from typing import Any

import numpy as np

from autograder.exercises import Exercise
from autograder.judging.answers import Answer

NEAR = 50
"""How many times the tolerance a value may be off for the tolerance to be worth a word."""
MULTIPLES = {
    -1: "the right one with the sign turned round",
    2: "twice the right one",
    0.5: "half the right one",
}
"""The multiples of the right value that are called by their names, also where it is a single number."""
SEVERAL = 3
"""How many different numbers a right value has to hold, so that no other is that times a factor by chance."""


class Rung(IntEnum):
    """How far an answer came up the ladder; a lower rung is reported first."""

    NOT_ATTEMPTED = 0
    RAISED = 1
    DID_NOT_RETURN = 2
    RETURNED_NOTHING = 3
    WRONG_TYPE = 4
    WRONG_SHAPE = 5
    NOT_FINITE = 6
    WRONG_VALUE = 7
    CHANGED_ARGUMENTS = 8
    NOT_ASKED = 9
    RIGHT = 10


def climb(exercise: Exercise, expected: Any, answer: Answer) -> tuple[Rung, str]:
    """Return how far an answer comes up the ladder, and the sentence that says so."""
    rung, sentence = _climb_to_a_value(answer)
    if rung is not Rung.RIGHT:
        return rung, sentence
    return _compare(exercise, expected, answer.value)


def _climb_to_a_value(answer: Answer) -> tuple[Rung, str]:
    match answer.status:
        case "missing":
            return Rung.NOT_ATTEMPTED, "the function is not defined"
        case "raised" if answer.error == "CarryOverError":
            return Rung.RAISED, (
                "it called a function of another notebook, which is not there when this one is graded; "
                "write what it needs in this notebook"
            )
        case "raised" if answer.error == "NotImplementedError" and answer.called:
            return Rung.RAISED, f"it called `{answer.called}`, which still raises NotImplementedError"
        case "raised" if answer.error == "NotImplementedError":
            return (
                Rung.NOT_ATTEMPTED,
                "not attempted: the function still raises NotImplementedError; "
                "if your code is there, delete the line that raises it",
            )
        case "raised":
            error = f"{answer.error}: {answer.message.strip()}" if answer.message else answer.error
            where = f", in the line `{answer.line}`" if answer.line else ""
            return Rung.RAISED, f"it raised {error}{where}"
        case "did_not_return":
            return Rung.DID_NOT_RETURN, answer.message
        case "not_asked":
            return Rung.NOT_ASKED, answer.message
        case "unsupported":
            return Rung.WRONG_TYPE, f"what it returned cannot be read as numbers ({answer.message})"
        case "unreadable":
            return Rung.WRONG_TYPE, (
                f"what came back cannot be read ({answer.message}); "
                "does a cell of the notebook change how IPython or Python itself works?"
            )
        case "returned" if answer.value is None:
            return Rung.RETURNED_NOTHING, "it returned nothing (None); is the `return` missing?"
        case "returned":
            return Rung.RIGHT, ""
        case _:
            return Rung.WRONG_TYPE, "what it returned could not be read"


def _compare(exercise: Exercise, expected: Any, value: Any, which: str = "the value") -> tuple[Rung, str]:
    """Compare a value with the expected one, part by part where several values are expected."""
    if not isinstance(expected, (list, tuple)):
        return _compare_numbers(exercise, expected, value, which)
    if isinstance(value, np.ndarray) and value.ndim and len(value) == len(expected):
        value = list(value)  # its rows are as good as a list of them
    if not isinstance(value, (list, tuple)) and not (isinstance(value, np.ndarray) and value.ndim):
        return Rung.WRONG_TYPE, f"{which} should be {len(expected)} values, as a tuple or a list"
    if len(value) != len(expected):
        return Rung.WRONG_TYPE, f"it returned {len(value)} values, but {len(expected)} are asked for"
    inside = "" if which == "the value" else f" in {which}"
    compared = [
        _compare(exercise, part, given, f"value {index} of {len(expected)}{inside}")
        for index, (part, given) in enumerate(zip(expected, value, strict=True), start=1)
    ]
    return min(compared, key=lambda found: found[0])


def _compare_numbers(exercise: Exercise, expected: Any, value: Any, which: str) -> tuple[Rung, str]:
    numbers = as_numbers(value)
    if numbers is None:
        return Rung.WRONG_TYPE, f"{which} should be real numbers, but is {_kind_of(value)}"
    right = np.asarray(expected, dtype=float)
    if numbers.shape != right.shape:
        given, wanted = (shape if shape else "of a single number" for shape in (numbers.shape, right.shape))
        return Rung.WRONG_SHAPE, f"{which} has the shape {given}, but should have the shape {wanted}"
    if not np.all(np.isfinite(numbers)):
        where = _at(~np.isfinite(numbers), "first")
        return Rung.NOT_FINITE, f"{which} holds infinity or NaN where the answer is finite{where}"
    wrong = np.abs(numbers - right) > _allowed(exercise, right)
    if not wrong.any():
        return Rung.RIGHT, ""
    return Rung.WRONG_VALUE, f"{which} is {_how_wrong(exercise, numbers, right, _at(wrong, 'first'))}"


def _allowed(exercise: Exercise, right: np.ndarray) -> np.ndarray:
    return exercise.atol + exercise.rtol * np.abs(right)


def _how_wrong(exercise: Exercise, numbers: np.ndarray, right: np.ndarray, where: str) -> str:
    """Return what a wrong value has in common with the right one, or where it is wrong first.

    Nobody meets one of these likenesses without being almost there. It is never said whether a value is
    larger or farther than another: whoever hands in again and again would close in on the right one.
    """
    if _is_right(exercise, numbers, right, NEAR):
        most = f"{exercise.atol:g} + {exercise.rtol:g} × |right value|"
        return f"off by a little{where}; differences of at most {most} count as right"
    for factor, words in MULTIPLES.items():
        if _is_right(exercise, numbers / factor, right):
            return words
    if np.unique(right).size >= SEVERAL:
        with np.errstate(all="ignore"):  # numbers that overflow or vanish have nothing in common with it
            factor, amount = np.sum(numbers * right) / np.sum(right**2), np.mean(numbers - right)
            if _is_right(exercise, numbers / factor, right):
                return "the right one times a factor, which is the same at every index"
            if _is_right(exercise, numbers - amount, right):
                return "the right one plus an amount, which is the same at every index"
    return f"wrong{where}"


def _is_right(exercise: Exercise, numbers: np.ndarray, right: np.ndarray, times: float = 1) -> bool:
    return bool(np.all(np.abs(numbers - right) <= times * _allowed(exercise, right)))


def _at(found: np.ndarray, which: str) -> str:
    """Return where in an array something was found, and nothing for a single number."""
    if found.size <= 1:
        return ""
    index = np.unravel_index(found.argmax(), found.shape)
    return f", {which} at index [{', '.join(map(str, index))}]"


def as_numbers(value: Any) -> np.ndarray | None:
    """Return `value` as a float64 array, or None where it is not made of real numbers."""
    try:
        array = np.asarray(value)
        return array.astype(float) if array.dtype.kind in "biuf" else None
    except (ValueError, TypeError):
        return None


def _kind_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype.name}"
    return f"a {type(value).__name__}"
