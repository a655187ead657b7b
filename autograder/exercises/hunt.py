"""What is graded about `solutions.hunt`. Every case shows every fault that a helper may be given with."""

import numpy as np

import solutions
from autograder.exercises._drawing import discount, every_sign, rollout, signed, whole
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator


def _batch(rng: Generator, *shape: int) -> Array:
    """Draw advantages with another level and another spread in each environment."""
    environments = np.arange(1, shape[-1] + 1)
    return 3 + environments * (2 + signed(rng, *shape))


_normalize = Exercise(
    reference=solutions.hunt_normalize_advantages,
    points=2,
    cases=(
        Case("several environments side by side", lambda rng: (_batch(rng, 5, 3),), share=2),
        Case("as many environments as steps", lambda rng: (_batch(rng, 4, 4),)),
        Case("integer advantages", lambda rng: (np.arange(1, 4) * (7 + whole(rng, 4, 3)),), edge=True),
        Case("a guard as large as the deviation", lambda rng: (_batch(rng, 3, 2), 2.0)),
        Case(
            "advantages of shape (1, 5, 1), and eps of zero",
            lambda rng: (_batch(rng, 5).reshape(1, 5, 1), 0.0),
            edge=True,
        ),
        Case(
            "returns the right value and leaves its arguments unchanged",
            lambda rng: (1e-7 * np.arange(1, 4) * every_sign(rng, 3, 3),),
            share=2,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda adv, eps=1e-8: (adv - adv.mean(axis=0)) / (adv.std(axis=0) + eps),
            "Follow two equal advantages of different environments: do they come out equal?",
        ),
        Misconception(
            lambda adv, eps=1e-8: (
                (adv - adv.mean(axis=-1, keepdims=True)) / (adv.std(axis=-1, keepdims=True) + eps)
            ),
            "Follow two equal advantages of different steps: do they come out equal?",
        ),
        Misconception(
            lambda adv, eps=1e-8: (adv - adv.mean()) / (adv.std(ddof=1) + eps),
            "Compute the deviation of the result: why is it not quite 1?",
        ),
        Misconception(
            lambda adv, eps=1e-8: adv / (adv.std() + eps),
            "Compute the mean of the result: it should be 0.",
        ),
        Misconception(
            lambda adv, eps=1e-8: adv - adv.mean(),
            "Compute the deviation of the result: it should be 1.",
        ),
        Misconception(
            lambda adv, eps=1e-8: (adv - adv.mean()) / (adv.var() + eps),
            "Check the unit of what the advantages are divided by.",
        ),
        Misconception(
            lambda adv, eps=1e-8: (adv - adv.mean()) / adv.std() + eps,
            "Read the line with the guard again: what should it keep from being 0?",
        ),
        Misconception(
            lambda adv, eps=1e-8: (adv - adv.mean()) / np.sqrt(adv.var() + eps),
            "Check where the guard stands: it is added to the deviation, not to the variance.",
        ),
        Misconception(
            lambda adv, eps=1e-8: (adv - adv.mean(axis=0)) / (adv.std() + eps),
            "The deviation belongs to the whole batch: and the mean?",
        ),
        Misconception(
            lambda adv, eps=1e-8: (adv - adv.mean()) / (adv.std(axis=0) + eps),
            "Your mean is that of the whole batch: over which elements is your deviation taken?",
        ),
    ),
    **SINGLE_PRECISION,
)


def _rollout(rng: Generator, *shape: int, lam: float, gamma: float | None = None, **integers: bool) -> tuple:
    """Draw a rollout with a termination, a time limit and an open end in every column."""
    drawn = rollout(rng, *shape, terminated=[2], truncated=[5], **integers)
    gamma = discount(rng) if gamma is None else gamma
    return drawn.rewards, drawn.next_values, drawn.terminated, drawn.truncated, gamma, lam


def _both_flags(rng: Generator) -> tuple:
    rewards, next_values, terminated, truncated, gamma, lam = _rollout(rng, 8, lam=0.7)
    terminated[[0, -1]] = truncated[2] = True
    return rewards, next_values, terminated, truncated, gamma, lam


def _one_step(rng: Generator) -> tuple:
    """Draw a rollout of one step that a time limit ends."""
    drawn = rollout(rng, 1, 1, truncated=[0])
    return drawn.rewards, *drawn[2:], discount(rng), 0.7


def _every_end(rng: Generator) -> tuple:
    """Draw a rollout that meets every end, and zeros: before one of the ends two returns are 0."""
    ends = {"terminated": [3, 7], "truncated": [0, 3, 5]}
    drawn = rollout(rng, 10, **ends, zeros=[2, 6, 7])
    return drawn.rewards, *drawn[2:], discount(rng), 0.9


def _targets(
    rewards: Array,
    next_values: Array,
    gamma: float,
    lam: float,
    bootstraps: Array,
    cut: Array,
    last: Array | None = None,
    at_the_cut: float = 1.0,
) -> Array:
    """Return λ-returns that bootstrap where `bootstraps`, and fully where `cut`; as it stands it is right."""
    targets = np.zeros(rewards.shape)
    following = next_values[-1] if last is None else last
    for t in reversed(range(len(rewards))):
        following = np.where(cut[t], at_the_cut * next_values[t], following)
        mixture = (1 - lam) * next_values[t] + lam * following
        following = targets[t] = rewards[t] + gamma * bootstraps[t] * mixture
    return targets


_value_targets = Exercise(
    reference=solutions.hunt_value_targets,
    points=4,
    cases=(
        Case("a termination, a time limit and an open end", lambda rng: _rollout(rng, 9, lam=0.8), share=3),
        Case(
            "several environments side by side, and integer rewards",
            lambda rng: _rollout(rng, 8, 3, lam=0.6, integer_rewards=True),
            share=2,
        ),
        Case("both flags on one step", _both_flags, share=2),
        Case(
            "integer rewards and values, and a discount of one half",
            lambda rng: _rollout(rng, 8, lam=0.5, gamma=0.5, integers=True),
            edge=True,
        ),
        Case("a single step, arrays of shape (1, 1), that a time limit ends", _one_step, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_end,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, gamma, lam, ~(term | trunc), trunc),
            "Follow one step with a time limit: the state after it is still worth something.",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, gamma, lam, np.ones(r.shape), trunc),
            "Follow one step that terminates: what can still be earned after it?",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, gamma, lam, ~term, np.zeros(r.shape)),
            "Follow one step with a time limit: from which episode does the next return come?",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, gamma, lam, ~term, trunc, at_the_cut=0.0),
            "Follow one step with a time limit: with which weight does V of its successor come in?",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(
                r, nv, gamma, lam, ~term, trunc, last=np.zeros(r.shape[1:])
            ),
            "Follow the last step: what takes the place of a return that is not known?",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, gamma, 1 - lam, ~term, trunc),
            "Try λ of zero, which should give one-step targets.",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, lam, gamma, ~term, trunc),
            "Two symbols have changed places: try λ of zero, which should give one-step targets.",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, gamma, 1.0, ~term, trunc),
            "Change λ: does the result change?",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, gamma, 0.0, ~term, trunc),
            "These are one-step targets: when should the next return come in?",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(
                r, np.concatenate([nv[1:], nv[-1:]]), gamma, lam, ~term, trunc
            ),
            "next_values[t] already is the successor of step t: is it looked up one step too far?",
        ),
        Misconception(
            lambda r, nv, term, trunc, gamma, lam: _targets(r, nv, gamma, lam, ~term | trunc, trunc),
            "Follow a step with both flags: the state after it is terminal, whatever the clock says.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _pieces(permutation: Array, size: int) -> list[Array]:
    return [permutation[start : start + size] for start in range(0, len(permutation), size)]


_minibatches = Exercise(
    reference=solutions.hunt_minibatches,
    points=2,
    cases=(
        Case("ten samples in minibatches of four", lambda rng: (rng.permutation(10), 4), share=2),
        Case("twelve samples in minibatches of four", lambda rng: (rng.permutation(12), 4), share=2),
        Case("one sample left over", lambda rng: (rng.permutation(22), 3)),
        Case("fewer samples than the size", lambda rng: (rng.permutation(5), 8), edge=True),
        Case("a single sample", lambda rng: (np.array([0]), int(rng.integers(1, 2**20))), edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            lambda rng: (rng.permutation(21), 5),
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda permutation, size: _pieces(permutation, size)[:-1],
            "Count the samples of all minibatches together: are there N?",
        ),
        Misconception(
            lambda permutation, size: [np.sort(piece) for piece in _pieces(permutation, size)],
            "The order within a minibatch should be that of the permutation.",
        ),
        Misconception(
            lambda permutation, size: _pieces(np.arange(len(permutation)), size),
            "Shuffle differently: does the result change?",
        ),
        Misconception(
            lambda permutation, size: [permutation[k : k + size] for k in range(len(permutation) - size + 1)],
            "Count how often each sample is used: it should be once.",
        ),
        Misconception(
            lambda permutation, size: [
                permutation[k : k + size + 1] for k in range(0, len(permutation), size)
            ],
            "Count how often each sample is used: look at where one minibatch ends and the next begins.",
        ),
        Misconception(
            lambda permutation, size: [
                permutation[k : k + size - 1] for k in range(0, len(permutation), size)
            ],
            "Count how often each sample is used: is one left out at the end of a minibatch?",
        ),
        Misconception(
            lambda permutation, size: [np.resize(piece, size) for piece in _pieces(permutation, size)],
            "The last minibatch is shorter when the size does not divide N: is it filled up?",
        ),
        Misconception(
            lambda permutation, size: np.array_split(permutation, size),
            "Is `size` the number of samples in a minibatch, or the number of minibatches?",
        ),
        Misconception(
            lambda permutation, size: [permutation[k::size] for k in range(size)],
            "Minibatches are consecutive pieces of the permutation: which samples does the first one hold?",
        ),
        Misconception(
            lambda permutation, size: np.array_split(permutation, -(-len(permutation) // size)),
            "Every minibatch but the last has exactly `size` samples; yours are evened out.",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (_normalize, _value_targets, _minibatches)
