"""What the functions of ``solutions`` accept, so that each body is only its
formula.

``@arguments(rewards=floats("T ..."), gamma=unit_interval)`` converts and checks the
arguments of a function before its body runs. A shape is written as its axes' names:
a name stands for the same length wherever it occurs in one signature, and ``...``,
first or last, for the same batch axes. Whatever does not fit is a ``ValueError``
that names the argument. Conversion never writes to an argument, and the body must
not either: it may get the caller's own array.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

# axis name -> (its length, the argument that fixed it)
Sizes = dict[str, tuple[Any, str]]
Parser = Callable[[str, Any, Sizes], Any]
# NumPy's kinds of dtype: bool counts as a number, not as an index
NUMBERS, INTEGERS = "biuf", "iu"


def arguments(**parsers: Parser) -> Callable:
    """Make a decorator that passes every argument through its parser, in the
    order written here."""

    def decorate(function: Callable) -> Callable:
        signature = inspect.signature(function)
        if set(parsers) != set(signature.parameters):
            raise TypeError(
                f"{function.__name__}: the parsers do not match the signature "
                f"{signature}"
            )

        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            sizes: Sizes = {}
            for name, parse in parsers.items():
                bound.arguments[name] = parse(name, bound.arguments[name], sizes)
            return function(*bound.args, **bound.kwargs)

        return checked

    return decorate


def floats(axes: str, or_scalar: bool = False) -> Parser:
    """Real numbers of the shape ``axes``, as float64; with ``or_scalar``, a single
    number fits any shape."""

    def parse(name: str, value: Any, sizes: Sizes) -> np.ndarray:
        array = _array(name, value, NUMBERS, "real numbers").astype(
            np.float64, copy=False
        )
        if not (or_scalar and array.ndim == 0):
            _fit(name, array.shape, axes, sizes)
        return array

    return parse


def flags(axes: str) -> Parser:
    """Booleans of the shape ``axes``; numbers are taken too when each of
    them is 0 or 1."""

    def parse(name: str, value: Any, sizes: Sizes) -> np.ndarray:
        array = _array(name, value, NUMBERS, "booleans")
        _fit(name, array.shape, axes, sizes)
        if not np.isin(array, (0, 1)).all():
            raise ValueError(
                f"{name}: expected booleans, got other numbers than 0 and 1"
            )
        return array.astype(bool)

    return parse


def indices(axes: str, below: str) -> Parser:
    """Integers of the shape ``axes``, from 0 to one less than the length of the
    axis ``below``."""

    def parse(name: str, value: Any, sizes: Sizes) -> np.ndarray:
        array = _array(name, value, INTEGERS, "integers")
        _fit(name, array.shape, axes, sizes)
        length, owner = sizes[below]
        if (array < 0).any() or (array >= length).any():
            raise ValueError(
                f"{name}: expected integers from 0 to {length - 1} "
                f"({below} of {owner} is {length})"
            )
        return array

    return parse


def shuffled_indices(name: str, value: Any, sizes: Sizes) -> np.ndarray:
    """The integers 0 … N−1, each once, in any order."""
    array = _array(name, value, INTEGERS, "integers")
    _fit(name, array.shape, "N", sizes)
    if not np.array_equal(np.sort(array), np.arange(len(array))):
        raise ValueError(
            f"{name}: expected each of 0 to {len(array) - 1} exactly once"
        )
    return array


def broadcastable(name: str, value: Any, sizes: Sizes) -> np.ndarray:
    """Real numbers as float64, of any shape that broadcasts with the other
    broadcastable arguments."""
    array = floats("...", or_scalar=True)(name, value, {})
    so_far, owner = sizes.get("broadcast", ((), name))
    try:
        sizes["broadcast"] = np.broadcast_shapes(so_far, array.shape), name
    except ValueError:
        raise ValueError(
            f"{name}: expected a shape that broadcasts with {so_far} of {owner}, "
            f"got {array.shape}"
        ) from None
    return array


def array_list(name: str, value: Any, sizes: Sizes) -> list[np.ndarray]:
    """A list or tuple of arrays of real numbers, each of any shape, as float64."""
    if not isinstance(value, list | tuple):
        raise ValueError(
            f"{name}: expected a list of arrays, got {type(value).__name__}"
        )
    return [floats("...")(f"{name}[{i}]", item, {}) for i, item in enumerate(value)]


def function(to: str) -> Parser:
    """A function, whose every result is checked against the shape ``to`` (``""`` is
    a single number)."""

    def parse(name: str, value: Any, sizes: Sizes) -> Callable:
        if not callable(value):
            raise ValueError(
                f"{name}: expected a function, got {type(value).__name__}"
            )
        return lambda *args: floats(to)(f"result of {name}", value(*args), sizes)

    return parse


def _scalar(
    kinds: str, convert: type, expected: str, holds: Callable[[Any], bool]
) -> Parser:
    def parse(name: str, value: Any, sizes: Sizes) -> Any:
        array = _array(name, value, kinds, expected)
        if array.ndim or not holds(convert(array)):
            raise ValueError(f"{name}: expected {expected}, got {value}")
        return convert(array)

    return parse


number = _scalar(NUMBERS, float, "a number", lambda x: True)
positive = _scalar(NUMBERS, float, "a number above 0", lambda x: x > 0)
non_negative = _scalar(NUMBERS, float, "a number of at least 0", lambda x: x >= 0)
unit_interval = _scalar(
    NUMBERS, float, "a number from 0 to 1", lambda x: 0 <= x <= 1
)
below_one = _scalar(
    NUMBERS, float, "a number of at least 0 and below 1", lambda x: 0 <= x < 1
)
count = _scalar(INTEGERS, int, "an integer of at least 0", lambda n: n >= 0)
count_from_one = _scalar(
    INTEGERS, int, "an integer of at least 1", lambda n: n >= 1
)
one_or_two = _scalar(INTEGERS, int, "1 or 2", lambda n: n in (1, 2))
above_one = _scalar(NUMBERS, float, "a number above 1", lambda x: x > 1)


def optional(parser: Parser) -> Parser:
    """What ``parser`` takes, or None, which stays None."""

    def parse(name: str, value: Any, sizes: Sizes) -> Any:
        return None if value is None else parser(name, value, sizes)

    return parse


def choice(*words: str) -> Parser:
    """One of the ``words``."""

    def parse(name: str, value: Any, sizes: Sizes) -> str:
        if not (isinstance(value, str) and value in words):
            known = ", ".join(map(repr, words))
            raise ValueError(f"{name}: expected one of {known}, got {value!r}")
        return value

    return parse


def group_of_two(name: str, value: Any, sizes: Sizes) -> np.ndarray:
    """Real numbers of the shape ``(…, n)`` with n ≥ 2, as float64."""
    array = floats("... n")(name, value, sizes)
    if array.shape[-1] < 2:
        raise ValueError(
            f"{name}: expected at least two along the last axis, got {array.shape}"
        )
    return array


def _array(name: str, value: Any, kinds: str, expected: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected {expected}, got rows of different lengths"
        ) from None
    if array.dtype.kind not in kinds:
        raise ValueError(
            f"{name}: expected {expected}, got values of dtype {array.dtype}"
        )
    return array


def _fit(name: str, shape: tuple[int, ...], axes: str, sizes: Sizes) -> None:
    """Read ``shape`` by the axes' names; each name must have the length
    that it had before."""
    names = axes.split()
    named = [axis for axis in names if axis != "..."]
    batch = len(shape) - len(named)
    if batch < 0 or (batch > 0 and "..." not in names):
        raise ValueError(f"{name}: expected shape {_shape(names)}, got {shape}")
    if 0 in shape:
        raise ValueError(
            f"{name}: expected at least one element along every axis, got {shape}"
        )
    at = names.index("...") if "..." in names else len(names)
    lengths = (
        [*shape[:at], shape[at : at + batch], *shape[at + batch :]]
        if "..." in names
        else list(shape)
    )
    for axis, length in zip(names, lengths, strict=True):
        known, owner = sizes.setdefault(axis, (length, name))
        if known != length:
            axis = "batch axes" if axis == "..." else axis
            raise ValueError(
                f"{name}: expected shape {_shape(names)} "
                f"with {axis} = {known} as in {owner}, got {shape}"
            )


def _shape(names: list[str]) -> str:
    comma = "," if len(names) == 1 else ""
    return "(" + ", ".join(names).replace("...", "…") + comma + ")"
