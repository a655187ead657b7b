"""What is graded: one module per module of `solutions`, each with its tuple `EXERCISES`."""

import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from autograder.exercises.base import Case, Exercise, ExerciseError, Misconception, place, told

__all__ = ["EXERCISES", "Case", "Exercise", "ExerciseError", "Misconception"]


def load(package: str, folders: Iterable[str]) -> dict[str, Exercise]:
    """Return the exercises of all modules of a package, by the names of their functions.

    Raises `ExerciseError` with file and line where a module cannot be read or does not say what it should.
    """
    found: dict[str, tuple[Exercise, ModuleType]] = {}
    for info in iter_modules(folders):
        if info.name == "base" or info.name.startswith("_"):
            continue
        module = _imported(f"{package}.{info.name}", Path(info.module_finder.path, f"{info.name}.py"))
        for exercise in _described(module):
            if exercise.name in found:
                other = found[exercise.name][1]
                first, second = (_line(each, rf"reference=.*\b{exercise.name}\b") for each in (other, module))
                raise ExerciseError(f"{second}: {exercise.name} is described a second time; first in {first}")
            found[exercise.name] = exercise, module
    return {name: exercise for name, (exercise, _) in found.items()}


def _imported(name: str, file: Path) -> ModuleType:
    try:
        return import_module(name)
    except ExerciseError:
        raise
    except SyntaxError as error:
        raise ExerciseError(f"{place(error.filename, error.lineno)}: {error.msg}") from None
    except Exception as error:  # whatever a module does while it is imported
        raise ExerciseError(told(error, file)) from None


def _described(module: ModuleType) -> tuple[Exercise, ...]:
    exercises = getattr(module, "EXERCISES", None)
    if isinstance(exercises, (tuple, list)) and all(isinstance(each, Exercise) for each in exercises):
        return tuple(exercises)
    raise ExerciseError(f"{_line(module, 'EXERCISES')}: EXERCISES must be a tuple of this module's exercises")


def _line(module: ModuleType, pattern: str) -> str:
    """Return the place of the first line that a pattern is found in, or the last line."""
    lines = Path(module.__file__).read_text("utf-8").splitlines()
    found = (number for number, line in enumerate(lines, 1) if re.search(pattern, line))
    return place(module.__file__, next(found, len(lines)))


EXERCISES: dict[str, Exercise] = load(__name__, __path__)
"""Every exercise by the name of its function."""
