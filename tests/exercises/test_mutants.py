"""The hidden checks notice every small change of every reference, unless it changes nothing.

`EQUIVALENT` holds the mutants that no check can tell from the reference, each with the proof in one line.
"""

import ast
import inspect
from dataclasses import replace

import numpy as np
import pytest

from autograder.exercises import EXERCISES
from autograder.judging.answers import ask_here
from autograder.judging.verdict import judge
from tests.exercises.mutants import bare, compiled, mutants

SEEDS = (0, 1, 2**127 + 5)
"""A mutant must lose points at each of them: the seed of a class is drawn, and nobody looks at it before."""

LENGTH = "all arguments have the same length along this axis"
LAST = "the array has two axes, so axis 1 is the last one"
CLIP = "np.clip takes the smaller of 1 + ε and the larger of the other two, in whatever order these come"
UNUSED = "what stands here for a group of equal rewards is not used: the outer `where` takes the 0"
CENTRED = "a group of equal rewards minus its mean is 0 up to the last digit, which divided by 1 stays so"
FLOATS_ANYWAY = "the first sum with a float makes floats of it, and values are compared as float64"
NUMBER = "there are no arguments, and the number is the same for the given ones"

PPO_WEIGHTS = " * ppo_clip_gradient(log_probabilities(z), logp_old, advantages, epsilon)"

EQUIVALENT = {
    "numerical_gradient": {
        "def numerical_gradient(f, theta, h=-1e-05):": "with −h numerator and denominator both change sign",
    },
    "gradient_ascent": {"path = [np.array(theta0)]": FLOATS_ANYWAY},
    "gradient_descent": {"path = [np.array(theta0)]": FLOATS_ANYWAY},
    "mlp_gradients": {"dy = (h @ w2 - target) / len(target)": LENGTH},
    "ppo_update": {
        "z = np.array(logits)": FLOATS_ANYWAY,
        "shifted = z - np.max(z, axis=1, keepdims=True)": LAST,
        "return (shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True)))[states, actions]": LAST,
        "return (shifted - np.log(np.mean(np.exp(shifted), axis=-1, keepdims=True)))[states, actions]": (
            "log A is added to the new and to the old log-probability, and only their difference counts"
        ),
        "weights = len(actions)" + PPO_WEIGHTS: LENGTH,
        "weights = len(advantages)" + PPO_WEIGHTS: LENGTH,
    },
    "score_function_estimate": {"scores = np.eye(len(q))[actions] - softmax(logits)": LENGTH},
    "td_target": {
        "return rewards + gamma * np.where(terminated, 0.0, np.max(next_q, axis=1))": LAST,
    },
    "double_dqn_target": {"best = np.argmax(next_q_online, axis=1)": LAST},
    "dqn_loss": {
        "return float(np.mean((targets - q[np.arange(len(actions)), actions]) ** 2) / 2)": LENGTH,
        "return float(np.mean((targets - q[np.arange(len(targets)), actions]) ** 2) / 2)": LENGTH,
    },
    "dqn_gradient": {
        "rows = np.arange(len(actions))": LENGTH,
        "rows = np.arange(len(targets))": LENGTH,
        "gradient[rows, actions] = (q[rows, actions] - targets) / len(actions)": LENGTH,
        "gradient[rows, actions] = (q[rows, actions] - targets) / len(targets)": LENGTH,
    },
    "gae": {"advantages = np.zeros_like(deltas)": "the TD errors of `td_errors` are float64 already"},
    "group_advantages": {
        "return (rewards - mean) / np.where(equal, 1.0, sigma + eps)": CENTRED,
        "return np.where(0.0, equal, (rewards - mean) / np.where(equal, 1.0, sigma + eps))": CENTRED,
        "return np.where(equal, 0.0, (rewards - mean) / (sigma + eps))": UNUSED,
        "return np.where(equal, 0.0, (rewards - mean) / np.where(equal, -1.0, sigma + eps))": UNUSED,
        "return np.where(equal, 0.0, (rewards - mean) / np.where(equal, 0.0, sigma + eps))": UNUSED,
        "return np.where(equal, 0.0, (rewards - mean) / np.where(equal, 2.0, sigma + eps))": UNUSED,
    },
    "hunt_value_targets": {
        "targets = np.zeros(np.shape(next_values))": LENGTH,
        "targets = np.zeros(np.shape(terminated))": LENGTH,
        "targets = np.zeros(np.shape(truncated))": LENGTH,
        "for t in reversed(range(len(next_values))):": LENGTH,
        "for t in reversed(range(len(terminated))):": LENGTH,
        "for t in reversed(range(len(truncated))):": LENGTH,
    },
    "clip_by_global_norm": {
        "scale = max_norm / norm if norm >= max_norm else 1.0": "at norm = max_norm the quotient is 1 too",
        "norm = float(np.sqrt(sum((np.sum(np.square(grad)) for grad in grads))))": (
            "the square of a whole number below 3·10⁹ fits into 64 bits, so it is the same number"
        ),
    },
    "policy_gradient_estimate": {
        "return gradient / len(actions)": LENGTH,
        "return gradient / len(weights)": LENGTH,
    },
    "policy_gradient_theorem": {"values = np.sum(policy * q_values, axis=1, keepdims=True)": LAST},
    "clipped_surrogate": {
        "return np.minimum(ratio * advantage, np.clip(1 - epsilon, ratio, 1 + epsilon) * advantage)": CLIP,
    },
    "ppo_clip_gradient": {"clipped = np.clip(1 - epsilon, ratio, 1 + epsilon) * advantages": CLIP},
    "quick_ascent_step": {
        "return learning_rate * -2 * (theta - 1)": NUMBER,
        "return theta + learning_rate * -2 / (theta - 1)": NUMBER,
    },
    "quick_ppo_term": {
        "unclipped = ratio + advantage": NUMBER,
        **{
            f"return (unclipped, min(unclipped, min(max(ratio, {low}), 1 + epsilon) * advantage))": NUMBER
            for low in ("1 + epsilon", "1", "epsilon", "-1 - epsilon", "0 - epsilon", "2 - epsilon")
        },
    },
}

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def gets_every_point(exercise, function, seed):
    """Judge without the misconceptions, which name a wrong answer and change no points."""
    with np.errstate(all="ignore"):
        return judge(replace(exercise, misconceptions=()), seed, ask_here(function)).points == exercise.points


@every_exercise
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_only_mutants_that_are_proved_equivalent_get_every_point_at_any_seed(exercise):
    found = mutants(exercise.reference)
    assert found, "a reference without a place to change"
    survivors = {
        change
        for change, mutant in found.items()
        if any(gets_every_point(exercise, mutant, seed) for seed in SEEDS)
    }
    assert survivors == set(EQUIVALENT.get(exercise.name, {}))


@every_exercise
def test_the_reference_without_a_change_gets_every_point(exercise):
    plain = inspect.unwrap(exercise.reference)
    assert gets_every_point(exercise, compiled(ast.unparse(bare(plain)), plain), seed=0)


def test_at_most_one_mutant_in_twenty_is_equivalent():
    made = sum(len(mutants(exercise.reference)) for exercise in EXERCISES.values())
    assert made > 1000
    assert sum(map(len, EQUIVALENT.values())) <= made / 20
