"""Put one question to the student's function. The text of this file runs in the student's kernel.

It imports nothing of ours and holds no secret: the arguments of one case go in, the returned value comes
out. The grader imports the same file to pack arguments and to unpack values, so there is one wire format:
JSON, in which an array is an `.npy` file (pickle off) in base64.
"""

import base64
import io
import json
import random
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_BYTES = 16_000_000
"""The largest array that is sent back, in bytes."""
MAX_ITEMS = 200_000
"""The longest list that is sent back."""
MAX_WORD = 100
"""The longest word, in characters: an argument may be the name of a way to do something."""
MAX_TEXT = 3 * MAX_BYTES
"""The longest answer, in characters; the grader reads no longer one."""


def _quadratic(matrix: np.ndarray, linear: np.ndarray, constant: float) -> Callable:
    return lambda theta: float(0.5 * theta @ matrix @ theta + linear @ theta + constant)


def _sine(amplitude: np.ndarray, frequency: np.ndarray, phase: np.ndarray) -> Callable:
    return lambda theta: float(np.sum(amplitude * np.sin(frequency * theta + phase)))


def _affine(matrix: np.ndarray, offset: np.ndarray) -> Callable:
    return lambda theta: matrix @ theta + offset


FORMULAS = {"quadratic": _quadratic, "sine": _sine, "affine": _affine}
"""Functions that a case can pass as an argument: kind and coefficients travel, the function is built here."""


class Formula:
    """A function given by its kind and coefficients, so that it can travel as data."""

    def __init__(self, kind: str, **coefficients: Any) -> None:
        """Build the function `kind` (a key of `FORMULAS`) with these coefficients."""
        self.kind, self.coefficients = kind, coefficients
        self._function = FORMULAS[kind](**coefficients)

    def __call__(self, theta: np.ndarray) -> Any:
        """Return the value of the function at `theta`."""
        return self._function(theta)


class CannotTravelError(TypeError):
    """A value is of no kind that is sent, or too large; the message says of which, or how large."""


def encode(value: Any) -> Any:
    """Return `value` as JSON-ready data. Raises `CannotTravelError`."""
    if value is None or type(value) in (bool, float):
        return {"plain": value}
    if type(value) is int:
        return {"plain": value} if abs(value) < 2**53 else {"plain": float(value)}
    if type(value) is str and len(value) <= MAX_WORD:
        return {"word": value}
    if isinstance(value, (list, tuple)):
        if len(value) > MAX_ITEMS:
            raise CannotTravelError(f"{len(value):,} values, more than the limit of {MAX_ITEMS:,}")
        return {"list" if isinstance(value, list) else "tuple": [encode(item) for item in value]}
    if isinstance(value, Formula):
        return {"formula": value.kind, "coefficients": {k: encode(v) for k, v in value.coefficients.items()}}
    if isinstance(value, (np.ndarray, np.generic)):
        return _encode_array(value)
    raise CannotTravelError(type(value).__name__)


def _encode_array(value: Any) -> Any:
    if np.ma.is_masked(value):
        raise CannotTravelError("a masked array, some of whose entries are masked")
    array = np.asarray(value)
    if array.nbytes > MAX_BYTES:
        raise CannotTravelError(f"array of {array.nbytes:,} bytes, more than the limit of {MAX_BYTES:,}")
    if array.dtype.kind == "O":  # Python's own numbers in an array are as good as in a list
        return encode(array.tolist())
    if array.dtype.kind not in "biufc":
        raise CannotTravelError(f"array of {array.dtype.name}")
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return {"npy": base64.b64encode(buffer.getvalue()).decode("ascii")}


def decode(data: Any) -> Any:
    """Return the value that `encode` packed. Raises `ValueError`, `KeyError` or `TypeError` on other data."""
    ((kind, content), *rest) = data.items()
    if kind == "plain" and (content is None or type(content) in (bool, int, float)):
        return content
    if kind == "word" and type(content) is str and len(content) <= MAX_WORD:
        return content
    if kind in ("list", "tuple"):
        items = [decode(item) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "npy":
        array = np.lib.format.read_array(io.BytesIO(base64.b64decode(content)), allow_pickle=False)
        if array.dtype.kind not in "biufc":  # `encode` sends no others
            raise ValueError(f"an array of {array.dtype.name}")
        return array
    if kind == "formula":
        return Formula(content, **{k: decode(v) for k, v in dict(rest)["coefficients"].items()})
    raise ValueError(f"unknown kind {kind!r}")


def answer(question: str, namespace: dict) -> str:
    """Call the function that `question` names with the arguments it carries; return the packed outcome."""
    asked = json.loads(question)
    function = namespace.get(asked["function"])
    if not callable(function):
        return json.dumps({"status": "missing"})
    arguments = [decode(argument) for argument in asked["arguments"]]
    try:
        random.seed(0)  # a function that draws without a seed of its own does the same on every run
        np.random.seed(0)
        packed = encode(function(*arguments))
    except CannotTravelError as error:
        return json.dumps({"status": "unsupported", "message": str(error)})
    except BaseException as error:  # the student's code may raise anything, KeyboardInterrupt included
        return json.dumps({"status": "raised", **_describe(error, function)})
    text = json.dumps({"status": "returned", "value": packed, "arguments": [*map(_left, arguments)]})
    too_long = {"status": "unsupported", "message": f"more than {MAX_TEXT:,} characters"}
    return text if len(text) <= MAX_TEXT else json.dumps(too_long)


def _left(argument: Any) -> Any:
    """Return what has become of an argument; no argument is None, so None says that it was changed."""
    try:
        return encode(argument)
    except (CannotTravelError, RecursionError):
        return {"plain": None}


def _describe(error: BaseException, function: Callable) -> dict:
    """Return what was raised, by which line of the student's function, and in which function it called."""
    code = getattr(function, "__code__", None)
    frames = traceback.extract_tb(sys.exc_info()[2])
    own = [frame for frame in frames if frame.filename == getattr(code, "co_filename", None)]
    line = own[-1].line if own else ""
    deepest = frames[-1].name
    called = "" if deepest == getattr(code, "co_name", None) else deepest
    told = {"error": type(error).__name__, "message": str(error), "line": line or "", "called": called}
    return {key: text[:500] for key, text in told.items()}
