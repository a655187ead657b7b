"""Wrong answers that are right on most arguments earn something, and never everything."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

from autograder.exercises import EXERCISES
from autograder.judging.answers import ask_here
from autograder.judging.verdict import judge
from tests.exercises import wrong_answers

SEEDS = (0, 1, 2, 2**127 + 5)
MODULES = [
    importlib.import_module(f"{wrong_answers.__name__}.{found.name}")
    for found in pkgutil.iter_modules(wrong_answers.__path__)
]
ANSWERS = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if "_that_" in name and inspect.isfunction(function) and function.__module__ == module.__name__
}
NO_ARGUMENTS = {"quick_ascent_step", "quick_ppo_term", "quick_td_error"}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_wrong_answer_that_is_mostly_right_earns_something_and_not_everything(name):
    exercise = EXERCISES[name.split("_that_")[0]]
    with np.errstate(all="ignore"):
        points = [judge(exercise, seed, ask_here(ANSWERS[name])).points for seed in SEEDS]
    assert all(0 < each < exercise.points for each in points), points


def test_each_exercise_with_arguments_has_at_least_three():
    exercises = [name.split("_that_")[0] for name in ANSWERS]
    assert {name for name in EXERCISES if exercises.count(name) < 3} == NO_ARGUMENTS


SHOWN_ELSEWHERE = {
    "numerical_gradient": ["is it back in its place", "At a point of integers"],
    "gradient_ascent": ["From a start at integers"],
    "gradient_descent": ["From a start at integers"],
    "dqn_gradient": ["With integer Q-values"],
    "discounted_returns": ["Dividing by γᵗ fails when γ is 0"],
    "taylor": ["At order 1"],
    "ratio_taylor": ["At order 1"],
    "clip_by_global_norm": ["one that is short enough"],
    "group_advantages": ["With eps of zero", "may be a rounding error"],
    "aggregate_tokens": ["In the mode “token”", "In the mode “constant”"],
    "cispo_gradient": ["If the batch has no token"],
    "rollout_weights": ["answer", "Without low"],
}
"""The misconceptions that show only with integers, or with another setting than the one of that case.

It has floats, because only of these `np.asarray(x, dtype=float)` is the caller's own array. (A sum of sines,
with which the step h shows, does not tell whether other coordinates are in their place.)
"""


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_a_known_wrong_formula_gets_no_share_for_leaving_its_arguments_alone(exercise):
    elsewhere = SHOWN_ELSEWHERE.get(exercise.name, [])
    for misconception in exercise.misconceptions:
        for seed in SEEDS:
            with np.errstate(all="ignore"):
                findings = judge(exercise, seed, ask_here(misconception.wrong)).findings
            kept = any(found.points for found in findings if found.case.keeps_arguments)
            assert kept == any(part in misconception.sentence for part in elsewhere), misconception.sentence
