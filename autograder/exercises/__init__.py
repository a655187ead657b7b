"""What is graded: one module per module of `solutions`, each with its tuple `EXERCISES`."""

from importlib import import_module
from pkgutil import iter_modules

from autograder.exercises.base import Case, Exercise, Misconception

__all__ = ["EXERCISES", "Case", "Exercise", "Misconception"]

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for module in iter_modules(__path__)
    if module.name != "base" and not module.name.startswith("_")
    for exercise in import_module(f"{__name__}.{module.name}").EXERCISES
}
"""Every exercise by the name of its function."""
