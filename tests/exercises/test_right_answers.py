"""Right answers by other algorithms than the reference's get every point, three at least for each."""

import ast
import builtins
import importlib
import inspect
import pkgutil
import textwrap

import numpy as np
import pytest

from autograder.example_class import other_algorithms
from autograder.exercises import EXERCISES
from autograder.judging.answers import ask_here
from autograder.judging.ladder import Rung
from autograder.judging.verdict import judge
from tests.exercises import right_answers

SEEDS = (0, 1, 2, 2**127 + 5)
MODULES = [
    importlib.import_module(f"{right_answers.__name__}.{found.name}")
    for found in pkgutil.iter_modules(right_answers.__path__)
]
ANSWERS = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if "_by_" in name and inspect.isfunction(function) and function.__module__ == module.__name__
}


def answers_to(exercise):
    """Return all right answers to an exercise by other algorithms than the reference's."""
    own = [function for name, function in ANSWERS.items() if name.rsplit("_by_", 1)[0] == exercise.name]
    return [*own, getattr(other_algorithms, exercise.name)]


def without_names(function):
    """Return the code of a function with its variables numbered: what a renaming leaves as it is."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body[0]
    tree.name, tree.decorator_list, tree.returns = "", [], None
    tree.body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    numbers = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.arg, node.annotation = str(numbers.setdefault(node.arg, len(numbers))), None
        elif isinstance(node, ast.Name) and node.id != "np" and not hasattr(builtins, node.id):
            node.id = str(numbers.setdefault(node.id, len(numbers)))
    return ast.dump(tree)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_answer_gets_every_point(name):
    exercise = EXERCISES[name.rsplit("_by_", 1)[0]]
    with np.errstate(all="ignore"):
        for seed in SEEDS:
            verdict = judge(exercise, seed, ask_here(ANSWERS[name]))
            assert [(f.case.title, f.sentence) for f in verdict.findings if f.rung is not Rung.RIGHT] == []
            assert verdict.points == exercise.points


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_each_exercise_has_three_right_answers_none_of_which_is_a_renaming(exercise):
    functions = [*answers_to(exercise), exercise.reference]
    assert len(functions) >= 4
    assert len(set(map(without_names, functions))) == len(functions)
