"""The answers of a class that has copied nothing are right, so that they can stand for such a class."""

import importlib

import numpy as np
import pytest

import solutions
from autograder.exercises import EXERCISES
from autograder.judging.answers import ask_here
from autograder.judging.verdict import judge
from tests.desk import honest_answers

SEED = 3
NAMES = (
    "discounted_returns",
    "gae",
    "softmax",
    "policy_gradient_estimate",
    "ppo_clip_objective",
    "dqn_loss",
)
EARLIER = ("softmax", "grad_log_softmax", "td_errors")
"""Functions of the notebook that later answers call."""


def answers(name):
    return importlib.import_module(f"{honest_answers.__name__}.{name}").ANSWERS


def run(name, text):
    """Return the function that a cell defines, in a notebook that has NumPy and the functions before it."""
    namespace = {"np": np} | {each: getattr(solutions, each) for each in EARLIER}
    exec(text, namespace)
    return namespace[name]


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name in NAMES for place in range(len(answers(name)))]
)
def test_an_honest_answer_gets_every_point(name, place):
    exercise = EXERCISES[name]
    with np.errstate(all="ignore"):
        verdict = judge(exercise, SEED, ask_here(run(name, answers(name)[place])))
    assert verdict.points == exercise.points


@pytest.mark.parametrize("name", NAMES)
def test_forty_have_answered(name):
    assert len(answers(name)) == 40
