"""What is graded about `solutions.grpo`."""

import numpy as np

import solutions
from autograder.exercises._drawing import answers, groups, signed
from autograder.exercises._formulas import clip_terms, wrong_ratios
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator


def _one_group(rng: Generator) -> tuple:
    return (groups(rng, 5),)


def _integer_rewards(rng: Generator) -> tuple:
    return (rng.permuted(np.arange(24).reshape(2, 3, 4) ** 2, axis=-1) - rng.integers(20),)


def _square(rng: Generator) -> tuple:
    return (groups(rng, 4, 4),)


def _an_equal_group(rng: Generator) -> tuple:
    rewards = groups(rng, 3, 4)
    rewards[1] = 0.1
    return (rewards,)


def _equal_without_guard(rng: Generator) -> tuple:
    """Three times 0.1 has a mean that is not quite 0.1; three times 2 has not even a rounding error."""
    rewards = groups(rng, 3, 3)
    rewards[0], rewards[2] = 0.1, 2.0
    return rewards, 0.0


def _single_answers(rng: Generator) -> tuple:
    return (signed(rng, 1, 3, 1),)


def _hardly_different(rng: Generator) -> tuple:
    return 1e-3 * groups(rng, 2, 5), 1e-3


def _several_groups(rng: Generator) -> tuple:
    """Draw five groups: in one the rewards are so close that the guard shows, in two they are equal."""
    rewards = groups(rng, 5, 5) * [[1], [1e-7], [1], [1], [1]]
    rewards[0, :3], rewards[2], rewards[3] = [0.0, -1.5, 2.5], 0.1, 0.0
    return (rewards,)


def _centred(rewards: Array) -> Array:
    return rewards - np.mean(rewards, axis=-1, keepdims=True)


def _unequal(rewards: Array) -> Array:
    return np.ptp(rewards, axis=-1, keepdims=True) > 0


def _deviation(rewards: Array, ddof: int = 0) -> Array:
    squares = np.sum(_centred(rewards) ** 2, axis=-1, keepdims=True)
    return np.sqrt(squares / (rewards.shape[-1] - ddof))


def _normalised(rewards: Array, eps: float, ddof: int = 0) -> Array:
    """Return the right advantages, or those with the sample deviation."""
    return np.where(_unequal(rewards), _centred(rewards) / (_deviation(rewards, ddof) + eps), 0.0)


def _over_batch(rewards: Array, eps: float) -> Array:
    return (rewards - np.mean(rewards)) / (np.std(rewards) + eps)


def _leave_one_out(rewards: Array) -> Array:
    n = rewards.shape[-1]
    return _centred(rewards) * n / (n - 1)


def _unless_zero(sigma: Array, advantages: Array) -> Array:
    return np.where(sigma == 0, 0.0, advantages)


_SAMPLE = "Your σ treats the group as a sample of a larger one: which divisor does the formula have?"

_group_advantages = Exercise(
    reference=solutions.group_advantages,
    points=4,
    cases=(
        Case("one group", _one_group),
        Case("integer rewards, groups along several axes", _integer_rewards, edge=True),
        Case("as many groups as answers in a group", _square),
        Case("equal rewards in one of the groups", _an_equal_group),
        Case("equal rewards in some groups, and eps of zero", _equal_without_guard, edge=True),
        Case("a single answer in each group, rewards of shape (1, 3, 1)", _single_answers, edge=True),
        Case("rewards that differ no more than eps", _hardly_different, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _several_groups,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(lambda r, eps=1e-8: _normalised(r, eps, ddof=1), _SAMPLE),
        Misconception(
            lambda r, eps=1e-8: _centred(r) / (_deviation(r, ddof=1) + eps),
            "Two things differ: the divisor in your σ, and what a group of equal rewards should give.",
        ),
        Misconception(
            lambda r, eps=1e-8: _centred(r),
            "You answer whether an answer beats its group, but the questions are not comparable yet.",
        ),
        Misconception(
            lambda r, eps=1e-8: _over_batch(r, eps),
            "An answer competes with the answers to its own question, not with the whole batch.",
        ),
        Misconception(
            lambda r, eps=1e-8: _centred(r) / (np.std(r) + eps),
            "Your mean belongs to the group, but your σ to the whole batch.",
        ),
        Misconception(
            lambda r, eps=1e-8: (r - np.mean(r)) / (np.std(r, axis=-1, keepdims=True) + eps),
            "Your σ belongs to the group, but your mean to the whole batch.",
        ),
        Misconception(
            lambda r, eps=1e-8: _centred(r) / (_deviation(r) ** 2 + eps),
            "Check the unit of what you divide by: it should be that of a reward, not of its square.",
        ),
        Misconception(
            lambda r, eps=1e-8: _centred(r) / np.std(r, axis=-1, keepdims=True),
            "What do you divide by when all rewards of a group are equal?",
        ),
        Misconception(
            lambda r, eps=1e-8: _centred(r) / np.sqrt(_deviation(r) ** 2 + eps),
            "Check where the guard stands: it is added to the deviation, not to the variance.",
        ),
        Misconception(
            lambda r, eps=1e-8: _centred(r) / (_deviation(r) + eps),
            "With eps of zero a group of equal rewards still has to give exact zeros.",
        ),
        Misconception(
            lambda r, eps=1e-8: _unless_zero(_deviation(r), _centred(r) / (_deviation(r) + eps)),
            "The σ of equal rewards may be a rounding error instead of 0: "
            "what else tells you that they are equal?",
        ),
        Misconception(
            lambda r, eps=1e-8: (r - np.mean(r, axis=0)) / (np.std(r, axis=0) + eps),
            "Check along which axis the answers of one group lie.",
        ),
        Misconception(
            lambda r, eps=1e-8: -_normalised(r, eps),
            "The sign is turned round: an answer better than its group has a positive advantage.",
        ),
        Misconception(
            lambda r, eps=1e-8: _centred(r) / (np.ptp(r, axis=-1, keepdims=True) + eps),
            "The range from the smallest to the largest reward is not their standard deviation.",
        ),
        Misconception(
            lambda r, eps=1e-8: _leave_one_out(r),
            "Comparing with the mean of the others is another baseline: "
            "here the answer itself is in the mean.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _one_question(rng: Generator) -> tuple:
    return *answers(rng, 0.2, 6), 0.2


def _integers_along_axes(rng: Generator) -> tuple:
    return *answers(rng, 0.3, 2, 1, 6, integers=True), 0.3


def _one_equal_group(rng: Generator) -> tuple:
    logp_new, logp_old, rewards = answers(rng, 0.2, 3, 6)
    rewards[1] = 0.1
    shift = np.round(logp_new) - logp_new  # both together, so that the ratios stay as they were
    return (logp_new + shift).astype(int), logp_old + shift, rewards, 0.2, 0.0


def _very_improbable(rng: Generator) -> tuple:
    logp_new, logp_old, rewards = answers(rng, 0.25, 2, 6, far=True)
    rewards[1] *= 1e-7  # so close to each other that the default guard shows
    return logp_new, logp_old, rewards, 0.25


def _square_batch(rng: Generator) -> tuple:
    return *answers(rng, 0.1, 6, 6), 0.1, 0.2


def _wide_range(rng: Generator) -> tuple:
    """Draw ratios close to the edges 0.2 and 1.8 on both sides, of answers above and below their group."""
    ratio = np.array([[0.15, 0.4, 1.85, 0.25, 2.1, 0.3], [0.4, 2.1, 0.15, 1.85, 0.3, 1.75]])
    old = rng.integers(-4, -1, (2, 6))
    rewards = np.array([1, 1, 1, -1, -1, -1]) * rng.uniform(1, 2, (2, 6))
    return old + np.log(ratio * rng.uniform(0.99, 1.01, (2, 6))), old, rewards, 0.8


def _one_answer(rng: Generator) -> tuple:
    return signed(rng, 1, 1, 1, low=1) - 3, signed(rng, 1, 1, 1, low=1) - 3, signed(rng, 1, 1, 1), 0.0


def _every_group(rng: Generator) -> tuple:
    """Draw three groups of answers: far ones, one of equal rewards, and one of usual size with zeros."""
    far, near = answers(rng, 0.25, 2, 6, far=True), answers(rng, 0.25, 1, 6)
    logp_new, logp_old, rewards = (np.vstack(each) for each in zip(far, near, strict=True))
    inside = np.flatnonzero(np.abs(logp_new[2] - logp_old[2]) < 0.25)[0]
    logp_new[2, inside] = logp_old[2, inside] = 0.0
    rewards[1], rewards[2, inside - 1] = 0.1, 0.0
    return logp_new, logp_old, rewards - 4 * (np.arange(3) == 0)[:, None], 0.25, 0.05


def _objective(ratio: Array, advantages: Array, epsilon: float) -> float:
    return np.mean(clip_terms(ratio, advantages, epsilon))


_grpo_objective = Exercise(
    reference=solutions.grpo_objective,
    points=4,
    cases=(
        Case("one group, below, inside and above the clip range", _one_question, share=2),
        Case("integer rewards, groups along several axes", _integers_along_axes, edge=True),
        Case("as many groups as answers in a group", _square_batch),
        Case("equal rewards in one of the groups, and eps of zero", _one_equal_group),
        Case("log-probabilities near −1000, ratios as far as exp(±50)", _very_improbable),
        Case("a wide clip range, and ratios close to its edges", _wide_range),
        Case("a single answer, and a clip range of zero", _one_answer, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_group,
            share=2,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: _objective(
                np.exp(new - old), _over_batch(r, eps), epsilon
            ),
            "An answer competes with the answers to its own question, not with the whole batch.",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: _objective(np.exp(new - old), r, epsilon),
            "The rewards go in as they are: what makes them advantages?",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: _objective(
                np.exp(new - old), _normalised(r, eps, ddof=1), epsilon
            ),
            _SAMPLE,
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: _objective(np.exp(new - old), _centred(r), epsilon),
            "You answer whether an answer beats its group, but the questions are not comparable yet.",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: np.mean(np.exp(new - old) * _normalised(r, eps)),
            "Nothing is clipped: what takes away the incentive to go further than the clip range?",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: np.mean(
                np.clip(np.exp(new - old), 1 - epsilon, 1 + epsilon) * _normalised(r, eps)
            ),
            "You clip always; look at the quadrants in which the unclipped product is the smaller one.",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: np.mean(
                clip_terms(np.exp(new - old), _normalised(r, eps), epsilon, np.maximum)
            ),
            "The objective is pessimistic: of the two products, which one should it believe?",
        ),
        *wrong_ratios(
            lambda ratio, r, epsilon, eps=1e-8: _objective(ratio, _normalised(r, eps), epsilon), "answer"
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: np.sum(
                clip_terms(np.exp(new - old), _normalised(r, eps), epsilon)
            ),
            "Your objective grows with the number of answers: sum or mean?",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: (
                -_objective(np.exp(new - old), _normalised(r, eps), epsilon)
            ),
            "This is the loss that a library minimises; the formula asked for is maximised.",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: _objective(
                np.exp(new - old), (r - np.mean(r, axis=0)) / (np.std(r, axis=0) + eps), epsilon
            ),
            "Check along which axis the answers of one group lie.",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: _objective(
                np.exp(new - old), _centred(r) / np.std(r, axis=-1, keepdims=True), epsilon
            ),
            "What do you divide by when all rewards of a group are equal?",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: (
                np.sum(clip_terms(np.exp(new - old), _normalised(r, eps), epsilon))
                / (np.sum(_unequal(r)) * r.shape[-1])
            ),
            "A group of equal rewards adds nothing to the sum, but its answers still count in the mean.",
        ),
        Misconception(
            lambda new, old, r, epsilon, eps=1e-8: np.sum(
                np.mean(clip_terms(np.exp(new - old), _normalised(r, eps), epsilon), axis=-1)
            ),
            "You add up the groups after the mean over each: the mean runs over all answers.",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (_group_advantages, _grpo_objective)
