"""Reach the verdict on one function, in the grader's process, from the values that came back.

The ladder of findings, in the order in which they are reported: not attempted, raised an error, did not
return, returned nothing, wrong type, wrong shape, not finite, wrong value, changed its arguments, not asked.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.exercises import EXERCISES, Case, Exercise, Misconception
from autograder.inside import kernel_side

READABLE = (24, 60)
"""How many numbers the arguments of a case may hold to be read at a glance, and to be read at all."""
NEAR = 50
"""How many times the tolerance a value may be off for the tolerance to be worth a word."""


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


@dataclass(frozen=True)
class Answer:
    """What the student's process sent back to one question.

    `status` is returned, raised, missing, unsupported (the value's type cannot travel) or unreadable;
    or, said by the grader, did_not_return or not_asked.
    """

    status: str
    value: Any = None
    arguments: tuple = ()
    error: str = ""
    message: str = ""
    line: str = ""
    called: str = ""


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
        """The finding to report: the lowest rung and, on it, the first case that a person can read."""
        return min(
            self.findings,
            key=lambda found: (
                found.rung,
                found.case.keeps_arguments,
                sum(_size(found.arguments) > most for most in READABLE),
            ),
        )


Ask = Callable[[str, tuple], Answer]
"""Put a function's name and arguments to the student's process and return its answer."""


def pack_question(name: str, arguments: tuple) -> str:
    """Return the text that asks the student's process for `name(*arguments)`."""
    return json.dumps({"function": name, "arguments": [kernel_side.encode(each) for each in arguments]})


def unpack_answer(text: str) -> Answer:
    """Read what came back. Nothing in it is executed; what cannot be read is an answer of its own kind."""
    if len(text) > kernel_side.MAX_TEXT:
        return Answer("unreadable", message="it is too large")
    try:
        data = json.loads(text)
        if data["status"] != "returned":
            told = {key: str(data.get(key, ""))[:500] for key in ("error", "message", "line", "called")}
            return Answer(str(data["status"])[:500], **told)
        arguments = tuple(kernel_side.decode(each) for each in data["arguments"])
        return Answer("returned", kernel_side.decode(data["value"]), arguments)
    except Exception as error:  # hostile text can make json and NumPy's file reader raise almost anything
        return Answer("unreadable", message=type(error).__name__)


def ask_here(function: Callable) -> Ask:
    """Return an `Ask` that calls `function` in this process through the wire format. Trusted code only."""

    def ask(name: str, arguments: tuple) -> Answer:
        return unpack_answer(kernel_side.answer(pack_question(name, arguments), {name: function}))

    return ask


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
    drawn = [(case, exercise.arguments(case, seed)) for case in exercise.cases]
    return tuple(_Asked(case, arguments, exercise.reference(*arguments)) for case, arguments in drawn)


def judge(exercise: Exercise, seed: int, ask: Ask) -> Verdict:
    """Ask every case and compare with the reference. After a call that did not return no more are made."""
    findings = []
    for asked in _asked(exercise, seed):
        if findings and findings[-1].rung in (Rung.DID_NOT_RETURN, Rung.NOT_ASKED):
            answer = Answer("not_asked", message="it was not asked, because another case did not return")
        else:
            answer = ask(exercise.name, asked.arguments)
        findings.append(_find(exercise, asked, answer))
    return Verdict(exercise, tuple(findings), _name_misconception(exercise, seed, findings))


def _find(exercise: Exercise, asked: _Asked, answer: Answer) -> Finding:
    case, arguments = asked.case, asked.arguments
    rung, sentence = _climb(exercise, asked.expected, answer)
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


def _climb(exercise: Exercise, expected: Any, answer: Answer) -> tuple[Rung, str]:
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
            return Rung.NOT_ATTEMPTED, "not attempted: the function still raises NotImplementedError"
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
        where = _at(numbers, ~np.isfinite(numbers), "first")
        return Rung.NOT_FINITE, f"{which} holds infinity or NaN where the answer is finite{where}"
    distance = np.abs(numbers - right)
    allowed = exercise.atol + exercise.rtol * np.abs(right)
    if np.all(distance <= allowed):
        return Rung.RIGHT, ""
    up_to = "up to " if distance.size > 1 else ""
    where = _at(numbers, distance, "farthest")
    return (
        Rung.WRONG_VALUE,
        f"{which} is off by {up_to}{distance.max():.3g}{where}{_near(exercise, distance, allowed)}",
    )


def _at(numbers: np.ndarray, score: np.ndarray, which: str) -> str:
    """Return where in an array the score is largest, and nothing for a single number."""
    if numbers.size <= 1:
        return ""
    index = np.unravel_index(score.argmax(), score.shape)
    return f", {which} at index [{', '.join(map(str, index))}]"


def _near(exercise: Exercise, distance: np.ndarray, allowed: np.ndarray) -> str:
    """Return for a near miss what would have counted as right."""
    if np.any(distance > NEAR * allowed):
        return ""
    return f"; differences of at most {exercise.atol:g} + {exercise.rtol:g} × |right value| count as right"


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
