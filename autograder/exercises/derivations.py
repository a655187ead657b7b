"""What is graded about `solutions.derivations`."""

import numpy as np

import solutions
from autograder.exercises._drawing import every_sign, extreme, extreme_integers, signed, whole
from autograder.exercises._formulas import UNSTABLE, onehot, softmax, unstable_softmax
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator


def _every_action_value(rng: Generator) -> tuple:
    """Draw logits near ±1000 and one of 0; the two probable actions have values of either sign."""
    return np.append(extreme(rng), 0.0), np.array([0.0, 1.0, -1.0, 2.0, -2.0]) * rng.uniform(1, 2, 5)


_score_function_gradient = Exercise(
    reference=solutions.score_function_gradient,
    points=2,
    cases=(
        Case("four actions", lambda rng: (signed(rng, 4), signed(rng, 4))),
        Case("two actions", lambda rng: (signed(rng, 2), np.array([3.0, -1.0]) * signed(rng, 1))),
        Case("logits of ±1000", lambda rng: (extreme(rng), signed(rng, 4))),
        Case("integer logits and action values", lambda rng: (rng.permutation(3), whole(rng, 3)), edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_action_value,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda z, q: q - softmax(z) * q.sum(),
            "You add up q ∇log π over the actions: in the expectation each action counts with its "
            "probability.",
        ),
        Misconception(
            lambda z, q: softmax(z) * q,
            "The gradient should add up to 0: raising one action's probability lowers the others'.",
        ),
        Misconception(
            lambda z, q: softmax(z) * (1 - softmax(z)) * q,
            "A logit moves the probabilities of all actions, not only its own: ∇π has more than a diagonal.",
        ),
        Misconception(
            lambda z, q: -softmax(z) * (q - softmax(z) @ q),
            "The sign is turned round: the logit of the best action should have a positive entry.",
        ),
        Misconception(
            lambda z, q: softmax(z) * (q - q.mean()),
            "The expected value is the mean of q under the policy, not the plain one.",
        ),
        Misconception(
            lambda z, q: (q - softmax(z) * q.sum()) / len(q),
            "You average over the actions evenly: how probable is each of them?",
        ),
        Misconception(
            lambda z, q: unstable_softmax(z) * (q - unstable_softmax(z) @ q),
            UNSTABLE,
        ),
        Misconception(
            lambda z, q: softmax(z) ** 2 * (q - softmax(z) @ q),
            "The probability of the action is in your result twice: either as ∇π, or as a weight of ∇log π.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _each_action(rng: Generator) -> tuple:
    return signed(rng, 4), rng.permutation(4), signed(rng, 4)


def _sampled(rng: Generator) -> tuple:
    return signed(rng, 3), rng.permutation([0, 0, 0, 1, 1, 2, 2, 2, 2]), signed(rng, 3)


def _extreme_sample(rng: Generator) -> tuple:
    """Draw a sample with integer logits."""
    return extreme_integers(rng), np.array([0, 2, 1, 2, 3]), signed(rng, 5)


def _one_sample(rng: Generator) -> tuple:
    return signed(rng, 3), rng.integers(2, size=1), whole(rng, 3)


def _every_sample(rng: Generator) -> tuple:
    """Draw logits near ±1000 and one of 0, and action values among which there is a 0."""
    values = np.array([-1.0, *rng.permutation([-2.0, 3.0]), 0.0, 2.0]) * rng.uniform(1, 1.5, 5)
    return np.append(extreme(rng), 0.0), np.array([2, 1, 0, 1, 3, 1]), values


def _sample_mean(z: Array, a: Array, weights: Array) -> Array:
    return np.mean(weights[:, None] * (onehot(a, len(z)) - softmax(z)), axis=0)


_score_function_estimate = Exercise(
    reference=solutions.score_function_estimate,
    points=3,
    cases=(
        Case("a sample with repeated actions", _sampled),
        Case("as many samples as actions", _each_action),
        Case("a single sample, and integer action values", _one_sample, edge=True),
        Case("logits of ±1000", _extreme_sample),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_sample,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda z, a, q: len(a) * _sample_mean(z, a, q[a]),
            "Your estimate grows with the number of samples: sum or mean?",
        ),
        Misconception(
            lambda z, a, q: -_sample_mean(z, a, q[a]),
            "The sign is turned round: an action with a positive value should become more probable.",
        ),
        Misconception(
            lambda z, a, q: _sample_mean(z, a, q[a] * softmax(z)[a]),
            "The actions were sampled from the policy already: "
            "do not weigh them by their probability once more.",
        ),
        Misconception(
            lambda z, a, q: _sample_mean(z, a, q[a] - q[a].mean()),
            "A baseline is a good idea, but here no baseline is asked for.",
        ),
        Misconception(
            lambda z, a, q: np.mean(q[a][:, None] * onehot(a, len(z)), axis=0),
            "The normaliser of the softmax depends on the logits too: where is its derivative?",
        ),
        Misconception(
            lambda z, a, q: np.mean(q * (onehot(a, len(z)) - softmax(z)), axis=0),
            "One number belongs to each sample, the value of the action that was drawn; "
            "yours differs along the row.",
        ),
        Misconception(
            lambda z, a, q: softmax(z) * (q - softmax(z) @ q),
            "This is the exact expectation; the samples have no effect on your result.",
        ),
        Misconception(
            lambda z, a, q: np.mean(q[a][:, None] * (onehot(a, len(z)) - unstable_softmax(z)), axis=0),
            UNSTABLE,
        ),
        Misconception(
            lambda z, a, q: len(a) * _sample_mean(z, a, q[a]) / len(z),
            "Count what you average over: the samples, not the actions.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _expansion(rng: Generator, d: int, order: int) -> tuple:
    half = signed(rng, d, d)
    return rng.uniform(1, 2), signed(rng, d), half + half.T + 5 * np.eye(d), signed(rng, d), order


def _one_variable_from_zero(rng: Generator) -> tuple:
    return 0, *_expansion(rng, 1, 2)[1:]


def _integer_expansion(rng: Generator) -> tuple:
    """Draw whole derivatives whose second-order term ends in one half."""
    return 2.75, whole(rng, 2), np.array([[4, 1], [1, 7]]), np.array([2, 3]) * rng.choice([-1, 1], 2), 2


def _expansion_with_zeros(rng: Generator) -> tuple:
    hessian = np.array([[3.5, 1, 0, -2], [1, 2, 1, 0], [0, 1, 5, 1], [-2, 0, 1, 4]])
    return rng.uniform(1, 2), every_sign(rng, 4), hessian, rng.permutation([0.0, 1.0, -2.5, 1.5]), 2


_taylor = Exercise(
    reference=solutions.taylor,
    points=2,
    cases=(
        Case("first order in three variables", lambda rng: _expansion(rng, 3, 1)),
        Case("second order in three variables", lambda rng: _expansion(rng, 3, 2)),
        Case("second order in one variable, from a value of 0", _one_variable_from_zero, edge=True),
        Case("second order with integer derivatives", _integer_expansion, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _expansion_with_zeros,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda f0, g, h, delta, order: f0 + g @ delta + (order - 1) * delta @ h @ delta,
            "Check the factor of the second-order term: try it on f(x) = x².",
        ),
        Misconception(
            lambda f0, g, h, delta, order: f0 + g @ delta + (order - 1) * delta**2 @ np.diag(h) / 2,
            "Two coordinates that move together also count: the Hessian has entries beside its diagonal.",
        ),
        Misconception(
            lambda f0, g, h, delta, order: f0 + g @ delta + delta @ h @ delta / 2,
            "At order 1 the curvature is left out: does `order` have an effect on your result?",
        ),
        Misconception(
            lambda f0, g, h, delta, order: f0 + g @ delta,
            "At order 2 the curvature comes in: does `order` have an effect on your result?",
        ),
        Misconception(
            lambda f0, g, h, delta, order: f0 + (g @ delta if order == 1 else delta @ h @ delta / 2),
            "The second order adds a term to the first; yours replaces it.",
        ),
        Misconception(
            lambda f0, g, h, delta, order: g @ delta + (order - 1) * delta @ h @ delta / 2,
            "This is how much the function changes; its value at the start is missing.",
        ),
        Misconception(
            lambda f0, g, h, delta, order: f0 - g @ delta + (order - 1) * delta @ h @ delta / 2,
            "Check the sign of the first-order term: a step along the gradient goes up.",
        ),
        Misconception(
            lambda f0, g, h, delta, order: f0 + g @ delta - (order - 1) * delta @ h @ delta / 2,
            "Check the sign of the second-order term: in a bowl the function lies above its tangent.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _change(rng: Generator, logits: Array, action: int) -> Array:
    """Draw a change of the logits to which the slope of the ratio says something."""
    while True:
        delta = signed(rng, len(logits))
        if abs(delta[action] - softmax(logits) @ delta) > 0.3:
            return delta


def _ratio_case(rng: Generator, actions: int, order: int) -> tuple:
    """Draw an action that is not nearly sure: no change of the logits says anything to the ratio of one."""
    logits, action = signed(rng, actions), int(rng.integers(actions))
    if softmax(logits)[action] > 0.85:
        action = int(np.argmin(logits))
    return logits, _change(rng, logits, action), action, order


def _extreme_ratio(rng: Generator) -> tuple:
    """Draw a case that asks for an action whose probability is 0 in floating point."""
    logits = extreme(rng)
    return logits, _change(rng, logits, 0), 0, 2


def _every_change(rng: Generator) -> tuple:
    """Draw logits near ±1000 and one of 0, a change of either sign and 0, and an action that is not sure."""
    logits = np.append(extreme(rng), 0.0)
    delta = np.array([0.0, 1.0, -1.0, 2.0, -2.0]) * rng.uniform(0.8, 2, 5)
    return logits, delta, 1 if logits[1] < logits[2] else 2, 2


def _integer_ratio(rng: Generator) -> tuple:
    return rng.permutation(3), rng.permutation([-2, 1, 3]), int(rng.integers(3)), 2


def _expanded(
    z: Array, delta: Array, action: int, order: int, outer: float = 1.0, fisher: float = 1.0
) -> float:
    """Return the second order with a factor before each part of the Hessian; in the right one both are 1."""
    policy = softmax(z)
    change = delta[action] - policy @ delta
    spread = policy @ delta**2 - (policy @ delta) ** 2
    return 1 + change + (order - 1) * (outer * change**2 - fisher * spread) / 2


_ratio_taylor = Exercise(
    reference=solutions.ratio_taylor,
    points=4,
    cases=(
        Case("first order with four actions", lambda rng: _ratio_case(rng, 4, 1)),
        Case("second order with four actions", lambda rng: _ratio_case(rng, 4, 2)),
        Case("logits of ±1000", _extreme_ratio),
        Case("integer logits and changes", _integer_ratio, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_change,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda z, delta, a, order: _expanded(z, delta, a, order, outer=2, fisher=2),
            "Check the factor of the second-order term: try it on f(x) = x².",
        ),
        Misconception(
            lambda z, delta, a, order: _expanded(z, delta, a, order, fisher=0),
            "Your Hessian has one part of two: how does ∇log π itself change with the logits?",
        ),
        Misconception(
            lambda z, delta, a, order: _expanded(z, delta, a, order, outer=0),
            "Your second-order term is that of log r: "
            "what is added when its exponential is differentiated twice?",
        ),
        Misconception(
            lambda z, delta, a, order: _expanded(z, delta, a, order, fisher=-1),
            "Check the sign between the two parts of the Hessian: averaged over the actions they cancel.",
        ),
        Misconception(
            lambda z, delta, a, order: _expanded(z, delta, a, order) - 1,
            "This is how much the ratio changes: what is it before any change?",
        ),
        Misconception(
            lambda z, delta, a, order: _expanded(z, -delta, a, order),
            "Check the sign of the gradient: raising the logit of the action raises its ratio.",
        ),
        Misconception(
            lambda z, delta, a, order: softmax(z + delta)[a] / softmax(z)[a],
            "This is the exact ratio; its expansion is asked for.",
        ),
        Misconception(
            lambda z, delta, a, order: _expanded(z, delta, a, 2),
            "At order 1 the curvature is left out: does `order` have an effect on your result?",
        ),
        Misconception(
            lambda z, delta, a, order: _expanded(z, delta, a, 1),
            "At order 2 the curvature comes in: does `order` have an effect on your result?",
        ),
        Misconception(
            lambda z, delta, a, order: (
                1
                + (onehot(a, len(z)) - softmax(z)) @ delta
                + (order - 1)
                * delta**2
                @ ((onehot(a, len(z)) - softmax(z)) ** 2 - softmax(z) + softmax(z) ** 2)
                / 2
            ),
            "Two logits that move together also count: the Hessian has entries beside its diagonal.",
        ),
        Misconception(
            lambda z, delta, a, order: 1 + softmax(z)[a] * (_expanded(z, delta, a, order) - 1),
            "This expands 1 plus the change of the probability: "
            "the ratio divides that by the old probability.",
        ),
        Misconception(
            lambda z, delta, a, order: (
                1
                + (onehot(a, len(z)) - unstable_softmax(z)) @ delta
                + (order - 1)
                * (
                    (delta[a] - unstable_softmax(z) @ delta) ** 2
                    - unstable_softmax(z) @ delta**2
                    + (unstable_softmax(z) @ delta) ** 2
                )
                / 2
            ),
            UNSTABLE,
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (_score_function_gradient, _score_function_estimate, _taylor, _ratio_taylor)
