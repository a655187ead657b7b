"""What every library and `solutions` are given, and how a script hands back what came out.

The scripts beside this one run in environments without this course, so this file needs nothing but Python.
In each of them a public function is a measurement; its name is that of the row in `rows.py`. It returns a
number, a list of numbers, a word, or a dictionary of these where one library has several answers.
"""

import json
import math
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

NAN = float("nan")

PAIR = [0.0, 1.0]
EQUAL = {"of 0.1": [0.1] * 7, "of $10^6+0.1$": [1e6 + 0.1] * 7}
EQUAL_IN_TRAINING = [1000.1] * 7
BROKEN = [0.0, 1.0, NAN, 1.0]
SINGLE = [5.0]
STEPS = [[0.0], [0.0, 0.0, 1.0]]
"""A group of two answers, the reward of each step: the second is longer, and right."""

EPSILON = 0.2
EDGES = [(math.log(1.2), 1.0), (math.log(0.8), -1.0)]
"""Log ratio and advantage where PPO's two products are equal; exp of it is 1.2 and 0.8 to the last bit."""
FAR = (math.log(4.0), -1.0)
"""Log ratio and advantage of a bad action that has become four times as likely."""
RATIOS, RATIO_ADVANTAGES = [0.5, 1.5], [1.0, 1.0]
"""Two samples outside of the clip range, one of them with its gradient cut."""
IGNORED_RATIO, IGNORED_CLIP = 1.15, 0.1

VALUES = [[1.0, 1.0, 1.0, 1.0], [2.0, 0.0, 0.0, 0.0]]
MASK = [[1, 1, 1, 1], [1, 0, 0, 0]]
HALF_EMPTY = [[1, 1, 1, 1], [0, 0, 0, 0]]
EMPTY = [[0, 0, 0, 0], [0, 0, 0, 0]]

LOGP, LOGP_REF = -2.0, -1.0
LOGP_LOW, LOGP_REF_FAR = -6.0, -2.0

TOOL_REWARDS, TOOL_VALUES, TOOL_MASK = [0.0, 0.0, 0.0, 1.0], [0.5] * 4, [1, 0, 0, 1]
TOOL_GAMMA = TOOL_LAM = 0.5
"""Two tokens of the model around two of a tool."""

GAMMA, LAM = 0.9, 0.8
STATES, NEXT_STATES = [0, 1, 2, 4, 5], [1, 2, 3, 5, 6]
STATE_VALUES = [0.5, 1.0, -0.5, 2.0, 1.0, 0.25, 9.0]
REWARDS = [1.0, 0.0, 2.0, 1.0, 3.0]
TERMINATED, TRUNCATED = [0, 0, 0, 0, 1], [0, 0, 1, 0, 0]
"""Two episodes: a time limit cuts the first after three steps, the second ends in state 6."""

LONG, LONG_GAMMA = 10_000, 0.999
"""So many rewards of 1."""
LONG_RETURN = math.fsum(LONG_GAMMA**t for t in range(LONG))
"""The discounted return of them all."""

DELTA = 2.0
"""Q = 0, reward 2, and the episode ends: a TD error of 2."""
ONLINE, TARGET, Q_REWARD, Q_GAMMA = [1.0, 3.0, 2.0], [2.0, 1.0, 5.0], 2.0, 0.5
TIED = [1.0, 3.0, 3.0]

ACTIONS, WEIGHTS = [0, 1, 1], [1.0, 2.0, 3.0]
"""Three steps of a uniform policy over two actions, and the return of each."""

AT_THE_NORM, HUGE, NOT_ALL_NUMBERS = [3.0], [1e20, 1e20], [[NAN], [3.0, 4.0]]
RARE = 1e-9
PERIOD = 10
TINY = 1e-8
"""Gradient and guard of one Adam step, both."""


def largest_error(returns: Any) -> float:
    """Return how far the returns of the long rewards are from the geometric sum, relative to it."""
    decay = math.log(LONG_GAMMA)  # expm1: 1 − γⁿ loses its digits near the end
    exact = (math.expm1((LONG - t) * decay) / (LONG_GAMMA - 1) for t in range(LONG))
    return max(abs(float(got) / want - 1) for got, want in zip(returns, exact, strict=True))


def several(value: Any) -> Any:
    """Return a number, or numbers, of whatever library, as Python's own; NaN and infinity as words."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, dict):
        return {name: several(each) for name, each in value.items()}
    if isinstance(value, list | tuple) or getattr(value, "ndim", 0):
        return [several(each) for each in value]
    number = float(value)
    return number if math.isfinite(number) else "NaN" if math.isnan(number) else str(number)


def report(measured: dict[str, Any], *packages: str) -> None:
    """Run the functions of a script and write, as the last line, what came out of each, with the versions."""
    wanted, values = set(sys.argv[1:]), {}
    for name, function in measured.items():
        if _is_a_measurement(function) and (not wanted or name in wanted):
            try:
                values[name] = several(function())
            except Exception:
                print(f"{name}:", traceback.format_exc(), file=sys.stderr)
    print(json.dumps({"versions": {name: version(name) for name in packages}, "values": values}))


def _is_a_measurement(candidate: Any) -> bool:
    return (
        isinstance(candidate, Callable)
        and getattr(candidate, "__module__", "") == "__main__"
        and not getattr(candidate, "__name__", "_").startswith("_")
        and not isinstance(candidate, type)
    )
