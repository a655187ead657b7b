"""The faulty functions of a bug hunt run, earn nothing as they stand, and fail their visible checks."""

import numpy as np
import pytest

from autograder.chapter import cells
from autograder.chapter.cells import chapters, exercise_name, is_hunt
from autograder.exercises import EXERCISES
from autograder.judging.answers import ask_here
from autograder.judging.verdict import judge

CELLS = [cell for chapter in chapters() for cell in chapter.notebook().cells]
HUNTS = {exercise_name(cell): cell.source for cell in CELLS if is_hunt(cell)}
VISIBLE = {name: cell.source for cell in CELLS if (name := cells.tested_name(cell))}
INPUTS = {
    "hunt_normalize_advantages": (np.array([[1.0, 2.0], [4.0, 8.0]]),),
    "hunt_value_targets": (
        np.ones(3),
        np.ones(3),
        np.zeros(3, bool),
        np.array([False, True, False]),
        0.9,
        0.5,
    ),
    "hunt_minibatches": (np.array([2, 0, 1, 3]), 3),
}


def planted(name):
    namespace = {"np": np}
    exec(HUNTS[name], namespace)
    return namespace


def test_there_are_three():
    assert set(HUNTS) == set(INPUTS)


@pytest.mark.parametrize("name", INPUTS)
def test_the_function_as_found_runs_without_an_error(name):
    planted(name)[name](*INPUTS[name])


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", INPUTS)
def test_the_function_as_found_earns_nothing(name, seed):
    assert judge(EXERCISES[name], seed, ask_here(planted(name)[name])).points == 0


@pytest.mark.parametrize("name", INPUTS)
def test_the_visible_checks_catch_the_fault(name):
    with pytest.raises(AssertionError):
        exec(VISIBLE[name], planted(name))
