"""What is graded about `solutions.ppo`."""

import numpy as np

import solutions
from autograder.exercises._drawing import Samples, samples
from autograder.exercises._formulas import clip_terms, wrong_ratios
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator


def _two_policies(rng: Generator) -> tuple:
    return samples(rng, 0.2, 6)[:2]


def _underflowing(rng: Generator) -> tuple:
    return samples(rng, 0.2, 2, 3, far=True)[:2]


def _two_numbers(rng: Generator) -> tuple:
    return rng.uniform(-3, -2), rng.uniform(-5, -4)


def _one_old_number(rng: Generator) -> tuple:
    return rng.integers(-4, 0, 4), rng.uniform(-1.5, -1)


def _one_old_integer(rng: Generator) -> tuple:
    return rng.uniform(-2, -1, (1, 1)), rng.integers(-4, -2, (1, 1))


def _every_sample(rng: Generator, epsilon: float, *shape: int) -> Samples:
    """Draw samples on all sides of the clip range, far ones among them, and everything that may be 0.

    Of the samples inside the range, which have the ratio 1, one has log-probabilities of 0, and so have two
    others an advantage of 0, of which one lies outside.
    """
    drawn = samples(rng, epsilon, *shape, far=True, exactly_one=True)
    new, old, advantages = (each.ravel() for each in drawn)
    inside = np.flatnonzero(new == old)
    new[inside[0]] = old[inside[0]] = 0.0
    advantages[[inside[1], np.flatnonzero(new > old)[0]]] = 0.0
    return drawn


def _every_ratio(rng: Generator) -> tuple:
    return _every_sample(rng, 0.2, 4, 3)[:2]


_probability_ratio = Exercise(
    reference=solutions.probability_ratio,
    points=1,
    cases=(
        Case("log-probabilities of six samples", _two_policies, share=4),
        Case("log-probabilities near −1000", _underflowing, share=2),
        Case("two numbers", _two_numbers),
        Case("an array of integers and one number", _one_old_number, edge=True),
        Case("arrays of shape (1, 1), the old one of integers", _one_old_integer, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged", _every_ratio, keeps_arguments=True
        ),
    ),
    misconceptions=(
        Misconception(
            lambda new, old: new / old,
            "These are logarithms: dividing them does not divide the probabilities.",
        ),
        Misconception(
            lambda new, old: new - old,
            "This is the logarithm of the ratio; one step is missing to the ratio itself.",
        ),
        Misconception(
            lambda new, old: np.exp(old - new),
            "A ratio above 1 should mean that the new policy makes the action more probable.",
        ),
        Misconception(
            lambda new, old: np.exp(new) / np.exp(old),
            "Try log-probabilities of −1000: each probability alone is 0 in floating point, "
            "their ratio is not.",
        ),
        Misconception(
            lambda new, old: np.exp(new) - np.exp(old),
            "This is how much the probability has grown, but a ratio asks how many times it has grown.",
        ),
        Misconception(
            lambda new, old: 1 + new - old,
            "This is the first order of the ratio around 1, which holds for small changes only.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _ratios(rng: Generator, epsilon: float, *shape: int, exactly_one: bool = False) -> tuple[Array, Array]:
    drawn = samples(rng, epsilon, *shape, exactly_one=exactly_one)
    ratio = np.where(drawn.logp_new == drawn.logp_old, 1.0, np.exp(drawn.logp_new - drawn.logp_old))
    return ratio, drawn.advantages


def _positive(rng: Generator) -> tuple:
    ratio, advantages = _ratios(rng, 0.2, 6)
    return ratio, np.abs(advantages) / 4, 0.2


def _negative(rng: Generator) -> tuple:
    ratio, _ = _ratios(rng, 0.2, 6)
    return ratio, -rng.uniform(1, 2), 0.2


def _all_quadrants(rng: Generator) -> tuple:
    """Draw terms in all quadrants, and ratios and advantages of 0."""
    ratio, advantages = _ratios(rng, 0.3, 3, 4)
    ratio.flat[0] = advantages.flat[1] = 0.0
    return ratio, advantages, 0.3


def _wide(rng: Generator) -> tuple:
    return rng.permutation([0, 1, 2, 3, 0, 3]), np.repeat([1, -1], 3) * rng.uniform(1, 2, 6), 0.9


def _one_term(rng: Generator) -> tuple:
    return rng.uniform(1.5, 2, (1, 1)), rng.uniform(1, 3, (1, 1)), 0.2


def _no_room(rng: Generator) -> tuple:
    return *_ratios(rng, 0.0, 6, exactly_one=True), 0.0


def _numbers(rng: Generator) -> tuple:
    return rng.uniform(1.5, 2), rng.uniform(1, 3), 0.1


def _whole_advantages(rng: Generator) -> tuple:
    ratio, advantages = _ratios(rng, 0.2, 6)
    return ratio, (np.sign(advantages) * rng.integers(1, 9, 6)).astype(int), 0.2


_clipped_surrogate = Exercise(
    reference=solutions.clipped_surrogate,
    points=3,
    cases=(
        Case("positive advantages on both sides of the clip range", _positive, share=2),
        Case("one negative advantage, ratios on both sides of the clip range", _negative, share=2),
        Case("a clip range of zero, some ratios exactly one", _no_room, edge=True),
        Case("two numbers", _numbers),
        Case("integer advantages", _whole_advantages, edge=True),
        Case("integer ratios, and a wide clip range", _wide, edge=True),
        Case("arrays of shape (1, 1)", _one_term, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged", _all_quadrants, keeps_arguments=True
        ),
    ),
    misconceptions=(
        Misconception(
            lambda ratio, adv, eps: clip_terms(ratio, adv, eps, np.maximum),
            "PPO is pessimistic: of the two products, which one should it believe?",
        ),
        Misconception(
            lambda ratio, adv, eps: np.clip(ratio, 1 - eps, 1 + eps) * adv,
            "You clip always; look at the quadrants in which the unclipped product is the smaller one.",
        ),
        Misconception(
            lambda ratio, adv, eps: np.clip(ratio * adv, 1 - eps, 1 + eps),
            "The range around 1 is a range for the ratio, not for its product with the advantage.",
        ),
        Misconception(
            lambda ratio, adv, eps: np.minimum(ratio * adv, np.clip(ratio * adv, 1 - eps, 1 + eps)),
            "You take the smaller of two, but clip the product: the range around 1 is a range for the ratio.",
        ),
        Misconception(
            lambda ratio, adv, eps: ratio * adv,
            "Nothing is clipped: what takes away the incentive to go further than the clip range?",
        ),
        Misconception(
            lambda ratio, adv, eps: np.minimum(ratio, 1 + eps) * adv,
            "Only the upper side is clipped: compare with the formula where the advantage is negative.",
        ),
        Misconception(
            lambda ratio, adv, eps: np.minimum(ratio * adv, np.clip(ratio, -eps, eps) * adv),
            "Where nothing has changed the ratio is 1: is that the middle of your clip range?",
        ),
        Misconception(
            lambda ratio, adv, eps: -clip_terms(ratio, adv, eps),
            "This is the loss that a library minimises; the formula asked for is maximised.",
        ),
        Misconception(
            lambda ratio, adv, eps: np.mean(clip_terms(ratio, adv, eps)),
            "One term for each sample is asked for here; the mean over the samples comes later.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _four_quadrants(rng: Generator) -> tuple:
    return *samples(rng, 0.2, 6), 0.2


def _very_improbable(rng: Generator) -> tuple:
    return *samples(rng, 0.25, 6, far=True), 0.25


def _exactly_one(rng: Generator) -> tuple:
    return *samples(rng, 0.0, 6, exactly_one=True), 0.0


def _batch_of_integers(rng: Generator) -> tuple:
    return *samples(rng, 0.3, 4, 3, integers=True), 0.3


def _wide_range(rng: Generator) -> tuple:
    """Draw ratios close to the edges 0.2 and 1.8 on both sides, and advantages of both signs.

    Those between 0.2 and 0.5 or between 1.8 and 2.2 are wrong where an edge is 1/(1 + ϵ) or exp(±ϵ).
    """
    ratio = np.repeat([0.15, 0.25, 0.4, 1.75, 1.85, 2.1], 2) * rng.uniform(0.99, 1.01, 12)
    old, order = rng.uniform(-4, -2, 12), rng.permutation(12)
    new = old + np.log(ratio)
    return new[order], old[order], (np.tile([1, -1], 6) * rng.uniform(1, 2, 12))[order], 0.8


def _one_sample(rng: Generator) -> tuple:
    return np.array([[[-2]]]), np.array([[[-1]]]), rng.uniform(1, 1.2, (1, 1, 1)), 0.2


def _everything(rng: Generator) -> tuple:
    return *_every_sample(rng, 0.1, 2, 3, 2), 0.1


_CASES = (
    Case("both signs of the advantage, below, inside and above the clip range", _four_quadrants, share=2),
    Case("log-probabilities near −1000, ratios as far as exp(±50)", _very_improbable),
    Case("a clip range of zero, some ratios exactly one", _exactly_one, edge=True),
    Case("a batch of rollouts with integer advantages", _batch_of_integers, share=2),
    Case("a wide clip range, and ratios close to its edges", _wide_range),
    Case("a single sample, arrays of shape (1, 1, 1)", _one_sample, edge=True),
    Case(
        "returns the right value and leaves its arguments unchanged",
        _everything,
        share=2,
        keeps_arguments=True,
    ),
)


def _objective(ratio: Array, advantages: Array, epsilon: float) -> float:
    return np.mean(clip_terms(ratio, advantages, epsilon))


_ppo_clip_objective = Exercise(
    reference=solutions.ppo_clip_objective,
    points=4,
    cases=_CASES,
    misconceptions=(
        Misconception(
            lambda new, old, adv, eps: np.mean(clip_terms(np.exp(new - old), adv, eps, np.maximum)),
            "PPO is pessimistic: of the two products, which one should it believe?",
        ),
        Misconception(
            lambda new, old, adv, eps: np.mean(np.clip(np.exp(new - old), 1 - eps, 1 + eps) * adv),
            "You clip always; look at the quadrants in which the unclipped product is the smaller one.",
        ),
        Misconception(
            lambda new, old, adv, eps: np.mean(np.clip(np.exp(new - old) * adv, 1 - eps, 1 + eps)),
            "The range around 1 is a range for the ratio, not for its product with the advantage.",
        ),
        Misconception(
            lambda new, old, adv, eps: np.mean(
                np.minimum(np.exp(new - old) * adv, np.clip(np.exp(new - old) * adv, 1 - eps, 1 + eps))
            ),
            "You take the smaller of two, but clip the product: the range around 1 is a range for the ratio.",
        ),
        *wrong_ratios(_objective, "action"),
        Misconception(
            lambda new, old, adv, eps: np.sum(clip_terms(np.exp(new - old), adv, eps)),
            "Your objective grows with the number of samples: sum or mean?",
        ),
        Misconception(
            lambda new, old, adv, eps: -_objective(np.exp(new - old), adv, eps),
            "This is the loss that a library minimises; the formula asked for is maximised.",
        ),
        Misconception(
            lambda new, old, adv, eps: np.mean(np.exp(new - old) * adv),
            "Nothing is clipped: what takes away the incentive to go further than the clip range?",
        ),
        Misconception(
            lambda new, old, adv, eps: np.mean(np.minimum(np.exp(new - old), 1 + eps) * adv),
            "Only the upper side is clipped: compare with the formula where the advantage is negative.",
        ),
        Misconception(
            lambda new, old, adv, eps: _objective(
                np.exp(new - old), (adv - np.mean(adv)) / (np.std(adv) + 1e-8), eps
            ),
            "Many programs normalise the advantages first; the formula takes them as they are.",
        ),
        Misconception(
            lambda new, old, adv, eps: np.mean(clip_terms(np.exp(new - old), adv, eps), axis=0),
            "With more than one axis your result is an array: the mean is taken over all samples.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _alive(ratio: Array, advantages: Array, epsilon: float) -> Array:
    return ratio * advantages <= np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages


def _gradient(ratio: Array, advantages: Array, epsilon: float) -> Array:
    return _alive(ratio, advantages, epsilon) * ratio * advantages / ratio.size


_ppo_clip_gradient = Exercise(
    reference=solutions.ppo_clip_gradient,
    points=5,
    cases=_CASES,
    misconceptions=(
        Misconception(
            lambda new, old, adv, eps: (
                (np.abs(np.exp(new - old) - 1) <= eps) * np.exp(new - old) * adv / adv.size
            ),
            "Outside the clip range the gradient is not always zero: "
            "look at the samples that went the wrong way.",
        ),
        Misconception(
            lambda new, old, adv, eps: np.exp(new - old) * adv / adv.size,
            "Your gradient is alive everywhere: for which samples does moving further not change the "
            "objective?",
        ),
        Misconception(
            lambda new, old, adv, eps: _alive(np.exp(new - old), adv, eps) * adv / adv.size,
            "This is the derivative in the ratio; how does the ratio itself change with log π_new?",
        ),
        Misconception(
            lambda new, old, adv, eps: _gradient(np.exp(new - old), adv, eps) * adv.size,
            "The objective is a mean: what does that do to the derivative in one entry?",
        ),
        Misconception(
            lambda new, old, adv, eps: -_gradient(np.exp(new - old), adv, eps),
            "This is the gradient of the loss that a library minimises; the objective here is maximised.",
        ),
        Misconception(
            lambda new, old, adv, eps: (
                ~_alive(np.exp(new - old), adv, eps) * np.exp(new - old) * adv / adv.size
            ),
            "The gradient lives in the quadrants where yours is zero: "
            "which of the two products does the min take?",
        ),
        Misconception(
            lambda new, old, adv, eps: (
                (np.exp(new - old) * adv < np.clip(np.exp(new - old), 1 - eps, 1 + eps) * adv)
                * np.exp(new - old)
                * adv
                / adv.size
            ),
            "Inside the clip range the two products are equal, and the gradient is alive there.",
        ),
        Misconception(
            lambda new, old, adv, eps: np.clip(np.exp(new - old), 1 - eps, 1 + eps) * adv / adv.size,
            "These are the terms of the objective, not their slopes: a clipped ratio is a constant.",
        ),
        Misconception(
            lambda new, old, adv, eps: clip_terms(np.exp(new - old), adv, eps) / adv.size,
            "These are the terms of the objective itself: "
            "what is the slope of one that does not move any more?",
        ),
        Misconception(
            lambda new, old, adv, eps: (np.exp(new - old) <= 1 + eps) * np.exp(new - old) * adv / adv.size,
            "Your test looks at one side of the clip range for either sign of the advantage: "
            "draw the four quadrants.",
        ),
        *wrong_ratios(_gradient, "action"),
        Misconception(
            lambda new, old, adv, eps: (
                _alive(np.exp(new - old), adv, eps) * np.exp(new - old) * adv / len(adv)
            ),
            "With more than one axis the mean is over all elements; "
            "you divide by the length of the first axis.",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (_probability_ratio, _clipped_surrogate, _ppo_clip_objective, _ppo_clip_gradient)
