"""The hidden checks notice every small change and every carelessness, unless it changes nothing.

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
from tests.exercises.careless import careless
from tests.exercises.mutants import bare, compiled, mutants

pytestmark = pytest.mark.heavy

SEEDS = (0, 1, 2**127 + 5)
"""A mutant must lose points at each of them: the seed of a class is drawn, and nobody looks at it before."""

LENGTH = "all arguments have the same length along this axis"
LAST = "the array has two axes, so axis 1 is the last one"
UNUSED = "what stands here for a group of equal rewards is not used: the outer `where` takes the 0"
CENTRED = "a group of equal rewards minus its mean is 0 up to the last digit, which divided by 1 stays so"
FLOATS_ANYWAY = "the first sum with a float makes floats of it, and values are compared as float64"
FUNCTION = "the dtype of a function is object, and objects hold the same numbers"
LAST_STEP = "after the last step nothing is known to follow, whether a time limit ended it or not"
ITSELF = "these are entries of the argument itself, which its dtype can hold"
REBOUND = "m and v are by then the new moments, which are float64"
PLANTED = "no case may ask it: without a discount, or without λ, the planted fault would show nothing"
NOT_ALIVE = "NaN is not at most NaN, so `ppo_clip_gradient` makes 0 of it, as it does of 0"
NUMBER = "there are no arguments, and the number is the same for the given ones"
COUNTED = "a number of tokens or answers is whole, and every dtype of numbers holds it"
ORDER = "np.clip takes the smaller of its last and the larger of its other two, in whatever order these come"

TOKENS = "np.maximum(np.sum(mask, axis=1), 1)"
BOOTSTRAP = "next_q_target[np.arange(len(best)), best]"
ADAM_RESULT = "theta - learning_rate * m_hat / (np.sqrt(v_hat) + eps)"
LOWEST = "np.min(rewards, axis=-1, keepdims=True)"
PPO_WEIGHTS = " * ppo_clip_gradient(log_probabilities(z), logp_old, advantages, epsilon)"

EQUIVALENT = {
    "numerical_gradient": {
        "def numerical_gradient(f, theta, h=-1e-05):": "with −h numerator and denominator both change sign",
    },
    "gradient_ascent": {
        "path = [np.array(theta0)]": FLOATS_ANYWAY,
        "return np.asarray(np.array(path)).astype(np.asarray(grad).dtype)": FUNCTION,
    },
    "gradient_descent": {
        "path = [np.array(theta0)]": FLOATS_ANYWAY,
        "return np.asarray(np.array(path)).astype(np.asarray(grad).dtype)": FUNCTION,
    },
    "mlp_gradients": {"dy = (h @ w2 - target) / len(target)": LENGTH},
    "ppo_update": {
        "z = np.array(logits)": FLOATS_ANYWAY,
        "z = np.asarray(np.array(logits, dtype=float)).astype(np.asarray(logits).dtype)": FLOATS_ANYWAY,
        "before = z; if np.array_equal(z, before):; break": (
            "an epoch depends on nothing but the logits: one that does not move them is the same for ever"
        ),
        "divides by advantages": NOT_ALIVE,
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
    "double_dqn_target": {
        "best = np.argmax(next_q_online, axis=1)": LAST,
        f"bootstrap = np.asarray({BOOTSTRAP}).astype(np.asarray(next_q_target).dtype)": ITSELF,
    },
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
    "gae": {
        "advantages = np.zeros_like(deltas)": "the TD errors of `td_errors` are float64 already",
        "takes the last entry of truncated along axis 0 for False": LAST_STEP,
        "takes the last entry of truncated along axis 0 for True": LAST_STEP,
    },
    "adam_step": {
        "v = np.asarray(beta2 * v + (1 - beta2) * grad ** 2).astype(np.asarray(m).dtype)": REBOUND,
        **{
            f"{new} = np.asarray({old}).astype(np.asarray({moment}).dtype)": REBOUND
            for new, old in (("m_hat", "m / (1 - beta1 ** t)"), ("v_hat", "v / (1 - beta2 ** t)"))
            for moment in "mv"
        },
        **{
            f"return np.asarray(({ADAM_RESULT}, m, v)).astype(np.asarray({moment}).dtype)": REBOUND
            for moment in "mv"
        },
    },
    "group_advantages": {
        "highest = np.asarray(np.max(rewards, axis=-1, keepdims=True)).astype(np.asarray(rewards).dtype)": (
            ITSELF
        ),
        f"equal = np.asarray(highest == {LOWEST}).astype(np.asarray(rewards).dtype)": (
            "1 and 0 are as true and false as True and False, in every dtype"
        ),
        "return (rewards - mean) / np.where(equal, 1.0, sigma + eps)": CENTRED,
        "return np.where(0.0, equal, (rewards - mean) / np.where(equal, 1.0, sigma + eps))": CENTRED,
        "return np.where(equal, 0.0, (rewards - mean) / (sigma + eps))": UNUSED,
        "return np.where(equal, 0.0, (rewards - mean) / np.where(equal, -1.0, sigma + eps))": UNUSED,
        "return np.where(equal, 0.0, (rewards - mean) / np.where(equal, 0.0, sigma + eps))": UNUSED,
        "return np.where(equal, 0.0, (rewards - mean) / np.where(equal, 2.0, sigma + eps))": UNUSED,
    },
    "hunt_value_targets": {
        "takes the last entry of truncated along axis 0 for False": LAST_STEP,
        "takes the last entry of truncated along axis 0 for True": LAST_STEP,
        "following = np.asarray(next_values[-1]).astype(np.asarray(next_values).dtype)": ITSELF,
        "divides by gamma": PLANTED,
        "divides by lam": PLANTED,
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
    "rloo_advantages": {
        "n = np.asarray(np.shape(rewards)[-1]).astype(np.asarray(rewards).dtype)": COUNTED,
        "needs two entries of rewards along axis 2": "a group without two answers has nobody to compare with",
    },
    "aggregate_tokens": {
        "n, length = np.asarray(np.shape(values)).astype(np.asarray(values).dtype)": COUNTED,
        "n, length = np.shape(mask)": LENGTH,
        "kept = np.asarray(np.where(mask, values, 0.0)).astype(np.asarray(values).dtype)": ITSELF,
        f"tokens = np.asarray({TOKENS}).astype(np.asarray(values).dtype)": COUNTED,
        "tokens = np.maximum(np.sum(mask, axis=-1), 1)": LAST,
        "return float(np.mean(np.sum(kept, axis=-1) / tokens))": LAST,
    },
    "decoupled_clip": {
        "clipped = np.clip(1 - epsilon_low, ratio, 1 + epsilon_high)": ORDER,
        "return np.where(advantage <= 0, np.maximum(term, dual * advantage), term)": (
            "where the advantage is 0 the term is 0 and its floor as well"
        ),
    },
    "sequence_ratio": {
        f"tokens = np.asarray({TOKENS}).astype(np.asarray(logp_new).dtype)": COUNTED,
        f"tokens = np.asarray({TOKENS}).astype(np.asarray(logp_old).dtype)": COUNTED,
        "tokens = np.maximum(np.sum(mask, axis=-1), 1)": LAST,
        "return np.exp(np.sum(log_ratio, axis=-1) / tokens)": LAST,
    },
    "cispo_gradient": {"weights = np.clip(1 - epsilon_low, ratio, 1 + epsilon_high)": ORDER},
    "rollout_weights": {
        "log_ratio = np.sum(log_ratio, axis=-1)": LAST,
        "weights = np.where(weights == np.clip(low, weights, cap), weights, 0.0)": ORDER,
    },
    "overlong_penalty": {"return np.clip(-1.0, (limit - buffer - lengths) / buffer, 0.0)": ORDER},
    "grad_log_softmax": {
        "onehot = np.asarray(np.expand_dims(action, -1) == np.arange(np.shape(logits)[-1]))"
        ".astype(np.asarray(logits).dtype)": "0 and 1 are the same in every dtype",
    },
    "policy_gradient_estimate": {
        "return gradient / len(actions)": LENGTH,
        "return gradient / len(weights)": LENGTH,
    },
    "policy_gradient_theorem": {"values = np.sum(policy * q_values, axis=1, keepdims=True)": LAST},
    "clipped_surrogate": {
        "return np.minimum(ratio * advantage, np.clip(1 - epsilon, ratio, 1 + epsilon) * advantage)": ORDER,
    },
    "ppo_clip_gradient": {
        "clipped = np.clip(1 - epsilon, ratio, 1 + epsilon) * advantages": ORDER,
        "divides by advantages": NOT_ALIVE,
    },
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
    found = found | careless(exercise)
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
