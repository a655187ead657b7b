"""Wrong versions of a reference that are right on most arguments: what people get wrong at the margins.

Axes of length one squeezed away, a table as wide as the largest index that occurs, an entry at an end that is
left out, a loop that needs two steps, a division by 0, an argument changed in place in some of its rows.
"""

import inspect
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from autograder.exercises import Exercise

COUNTED = {
    "states": ("logits", 0),
    "action": ("logits", -1),
    "actions": ("logits", -1),
}
"""An argument of indices → which axis of which argument says how many there are; in DQN that is `q`."""
ACTION_VALUES = {"logits", "logits_old", "q", "q_values", "next_q", "next_q_online", "next_q_target"}
"""Arguments whose last axis counts actions, of which there are two at least: one leaves nothing to decide."""
NO_DIVISORS = {"learning_rate", "max_norm", "h", "t", "order", "steps", "epochs", "size", "beta1", "beta2"}
NO_DIVISORS |= {"budget", "dual", "cap", "limit", "buffer"}
"""Settings by which nobody divides; all but the learning rate and Adam's betas are above 0."""
NEVER = {
    "below 0": {"states", "action", "actions", "permutation", "v", "state_visitation", "ratio", "lengths"},
    "above 0": {"logp_new", "logp_old", "logp", "logp_ref", "logp_train", "logp_rollout"},
}
"""What entries never are: indices, mean squares, probabilities, ratios, lengths; log-probabilities."""

Change = Callable[[dict], dict]


def careless(exercise: Exercise) -> dict[str, Callable]:
    """Return the careless versions of a reference: what each does → the function."""
    plain = inspect.unwrap(exercise.reference)
    drawn = [_named(plain, exercise.arguments(case, 0)) for case in exercise.cases]
    names = max(drawn, key=len)
    arrays = {name: [each[name] for each in drawn if name in each] for name in names}
    return {
        **_of_results(plain, [exercise.reference(*each.values()) for each in drawn], arrays),
        **_of_arguments(plain, arrays),
        **_in_place(plain, arrays),
    }


def _named(plain: Callable, values: tuple) -> dict:
    return dict(zip(inspect.signature(plain).parameters, values, strict=False))


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


def _leaves(value: object, change: Callable[[np.ndarray], object]) -> object:
    """Return `value` with `change` applied to every array or number in it."""
    if isinstance(value, (list, tuple)):
        return type(value)(_leaves(each, change) for each in value)
    return change(np.asarray(value))


def _flat(value: object) -> Iterator[np.ndarray]:
    """Yield the arrays in an argument: itself, or those of a list."""
    if isinstance(value, list):
        yield from value
    elif _is_array(value):
        yield value


def _of_results(plain: Callable, results: list, arguments: dict) -> dict[str, Callable]:
    """Return versions that spoil the result where it or an index has an odd size."""
    spoilt, of_actions = {}, ACTION_VALUES & set(arguments)
    axes = max(array.ndim for result in results for array in _all(result))
    if axes > max((np.ndim(arguments[name][0]) == 1 for name in of_actions), default=0):
        spoilt["squeezes axes of length one"] = lambda *args: _leaves(plain(*args), np.squeeze)
        spoilt["squeezes a first axis of length one"] = lambda *args: _leaves(plain(*args), _squeeze_first)
    for name in set(COUNTED) & set(arguments):
        for what, wrong in (("largest", _short_of_the_last), ("different", _short_of_one)):
            spoilt[f"counts the {what} {name}"] = _refusing(plain, name, wrong)
    return spoilt


def _all(value: object) -> Iterator[np.ndarray]:
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _all(each)
    else:
        yield np.asarray(value)


def _squeeze_first(array: np.ndarray) -> np.ndarray:
    return array[0] if array.ndim and len(array) == 1 else array


def _short_of_the_last(indices: np.ndarray, count: int) -> bool:
    return np.max(indices) + 1 < count


def _short_of_one(indices: np.ndarray, count: int) -> bool:
    return len(np.unique(indices)) < count


def _refusing(plain: Callable, name: str, wrong: Callable) -> Callable:
    def refuses(*args: object) -> object:
        given = _named(plain, args)
        table, axis = COUNTED[name]
        of = given.get(table, given.get("q", given.get("logits_old")))
        if wrong(given[name], of.shape[axis]):
            raise ValueError("the shapes do not fit")
        return plain(*args)

    return refuses


def _of_arguments(plain: Callable, arguments: dict) -> dict[str, Callable]:
    """Return versions that read an argument wrongly at an end of an axis, where it is 0 or too short."""
    wrong, flags = {}, _flags(arguments)
    for name, values in arguments.items():
        if any(map(_is_array, values)):
            for axis, end in product(_ends_of(values), (0, -1)):
                where = f"the {'last' if end else 'first'} entry of {name} along axis {axis}"
                for blank in (False, True) if name in flags else (0,):
                    wrong[f"takes {where} for {blank}"] = _with(plain, name, _blanked(axis, end, blank))
            for axis in _ends_of(values)[: -1 if _counts_actions(name, arguments) else None]:
                wrong[f"needs two entries of {name} along axis {axis}"] = _with(plain, name, _needs_two(axis))
        if name not in NO_DIVISORS | set(COUNTED) and any(_has_numbers(each) for each in values):
            wrong[f"divides by {name}"] = _with(plain, name, _over_itself)
    return wrong


def _counts_actions(name: str, arguments: dict) -> bool:
    return name in ACTION_VALUES or (name == "delta" and "logits_old" in arguments)


def _is_flag(value: object) -> bool:
    return _is_array(value) and value.dtype.kind == "b"


def _flags(arguments: dict) -> list[str]:
    return [name for name, values in arguments.items() if _is_flag(values[0])]


def _ends_of(values: list) -> list[int]:
    """Return the first and the last axis that an argument has in any case."""
    axes = max(np.ndim(each) for each in values)
    return sorted({0, axes - 1}) if axes else []


def _has_numbers(value: object) -> bool:
    parts = value if isinstance(value, list) else [value]
    return any(np.asarray(each).dtype.kind in "if" for each in parts)


def _with(plain: Callable, name: str, change: Callable) -> Callable:
    def changed(*args: object) -> object:
        given = _named(plain, args)
        if name in given:
            given[name] = change(given[name])
        return plain(*given.values())

    return changed


def _blanked(axis: int, end: int, blank: object) -> Callable:
    def change(value: object) -> object:
        if np.ndim(value) <= axis:
            return value
        value = value.copy()
        np.moveaxis(value, axis, 0)[end] = blank
        return value

    return change


def _needs_two(axis: int) -> Callable:
    def change(value: object) -> object:
        if np.ndim(value) > axis and np.shape(value)[axis] == 1:
            raise IndexError("index 1 is out of bounds")
        return value

    return change


def _over_itself(value: object) -> object:
    """Return `value`, and NaN where it is 0."""
    if isinstance(value, list):
        return [_over_itself(each) for each in value]
    if not _has_numbers(value):
        return value
    return value * np.divide(value, value)


def _in_place(plain: Callable, arguments: dict) -> dict[str, Callable]:
    """Return versions that give the right value and change an argument in place, in some of its entries."""
    versions, flags = {}, _flags(arguments)
    for name, values in arguments.items():
        if not any(True for each in values for _ in _flat(each)):
            continue
        is_flag = name in flags
        own = {"True": np.copy, "False": np.logical_not} if is_flag else _SIGNS | _PLACES
        for what, where in own.items():
            if name in NEVER.get(what, ()):
                continue
            versions[f"changes {name} in place where it is {what}"] = _changing(plain, name, where)
        if not is_flag and name not in {*COUNTED, "permutation"}:
            versions[f"changes {name} in place if it is of floats"] = _changing(plain, name, _if_floats)
        for flag, state in product(flags, (True, False)):
            if flag != name:
                where = f"where {flag} is {state}"
                rows = _rows_where(flag, state)
                versions[f"changes {name} in place {where}"] = _changing(plain, name, rows=rows)
    return versions


_SIGNS = {"above 0": lambda x: x > 0, "below 0": lambda x: x < 0, "0": lambda x: x == 0}
_PLACES = {
    "the first": lambda x: np.arange(x.size).reshape(x.shape) == 0,
    "the last": lambda x: np.arange(x.size).reshape(x.shape) == x.size - 1,
}


def _if_floats(array: np.ndarray) -> np.ndarray:
    """Return where `np.asarray(array, dtype=float)` is the array itself and not a copy."""
    return np.full(array.shape, array.dtype == float)


def _rows_where(flag: str, state: bool) -> Callable:
    return lambda given: given[flag] == state


def _changing(
    plain: Callable, name: str, where: Callable | None = None, rows: Callable | None = None
) -> Callable:
    def changes(*args: object) -> object:
        value = plain(*args)
        given = _named(plain, args)
        for array in _flat(given[name]):
            chosen = where(array) if where else rows(given)
            array[chosen] = ~array[chosen] if array.dtype == bool else array[chosen] + 1
        return value

    return changes
