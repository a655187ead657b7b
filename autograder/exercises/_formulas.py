"""Right pieces inside wrong formulas, and wrong pieces that several formulas share."""

from collections.abc import Callable

import numpy as np

from autograder.exercises.base import Misconception

UNSTABLE = (
    "Far from 0 exp is infinite or 0 in floating point: "
    "what may you do to all logits of a row without changing π?"
)


def softmax(logits: np.ndarray, axis: int | None = -1) -> np.ndarray:
    """Return the probabilities of `logits` along `axis`."""
    exps = np.exp(logits - np.max(logits, axis=axis, keepdims=True))
    return exps / np.sum(exps, axis=axis, keepdims=True)


def unstable_softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of `logits`, unless an exponential overflows or all of a row vanish."""
    exps = np.exp(logits)
    return exps / np.sum(exps, axis=-1, keepdims=True)


def onehot(actions: np.ndarray, count: int) -> np.ndarray:
    """Return rows of zeros with a one at each action."""
    return np.eye(count)[actions]


def backwards(terms: np.ndarray, decay: np.ndarray | float) -> np.ndarray:
    """Return x with x[t] = terms[t] + decay[t] x[t + 1], and 0 after the last step."""
    result = np.zeros(np.shape(terms))
    decay = np.broadcast_to(decay, np.shape(terms))
    following = np.zeros(np.shape(terms)[1:])
    for t in reversed(range(len(terms))):
        following = terms[t] + decay[t] * following
        result[t] = following
    return result


def clip_terms(
    ratio: np.ndarray, advantage: np.ndarray, epsilon: float, choose: Callable = np.minimum
) -> np.ndarray:
    """Return PPO's term of each sample, with `choose` between the two products."""
    return choose(ratio * advantage, np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage)


def wrong_ratios(formula: Callable, what: str) -> tuple[Misconception, ...]:
    """Return the misconceptions of `formula(ratio, ...)` that get the ratio wrong; `what` has the ratio."""
    return (
        Misconception(
            lambda new, old, *rest: formula(new / old, *rest),
            "The ratio is one of probabilities: dividing their logarithms is something else.",
        ),
        Misconception(
            lambda new, old, *rest: formula(new - old, *rest),
            "What you clip is the logarithm of the ratio: it is 0, not 1, where nothing has changed.",
        ),
        Misconception(
            lambda new, old, *rest: formula(np.exp(old - new), *rest),
            f"A ratio above 1 should mean that the new policy makes the {what} more probable.",
        ),
        Misconception(
            lambda new, old, *rest: formula(np.exp(new) / np.exp(old), *rest),
            "Try log-probabilities of −1000: each probability alone is 0 in floating point, "
            "their ratio is not.",
        ),
    )
