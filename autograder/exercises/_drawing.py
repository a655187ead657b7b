"""What the cases of several exercises draw: signed numbers, rollouts, pairs of policies, groups of answers.

Numbers are drawn away from 0 and ratios away from the edges of the clip range, so that a wrong formula loses
the same cases at every seed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Step = int | tuple[int, ...]


class Rollout(NamedTuple):
    """The arrays of `gae`, in the order of its arguments."""

    rewards: np.ndarray
    values: np.ndarray
    next_values: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray


class Samples(NamedTuple):
    """The arrays of `ppo_clip_objective`, in the order of its arguments."""

    logp_new: np.ndarray
    logp_old: np.ndarray
    advantages: np.ndarray


class Tokens(NamedTuple):
    """The arrays of `sequence_ratio`, in the order of its arguments."""

    logp_new: np.ndarray
    logp_old: np.ndarray
    mask: np.ndarray


def signed(rng: np.random.Generator, *shape: int, low: float = 0.5, high: float = 2.0) -> np.ndarray:
    """Draw numbers of either sign whose sizes lie between `low` and `high`."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(low, high, shape)


def whole(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw an integer array of either sign, without zeros."""
    return rng.choice([-1, 1], shape) * rng.integers(1, 10, shape)


def every_sign(rng: np.random.Generator, *shape: int, integers: bool = False) -> np.ndarray:
    """Draw numbers of either sign among which there is a 0, and with three or more elements all of these."""
    count = int(np.prod(shape))
    sign = rng.permutation(np.resize([0, -1, 1, 1, -1], count))
    return (sign * np.abs((whole if integers else signed)(rng, count))).reshape(shape)


def coarse(values: np.ndarray) -> np.ndarray:
    """Round to multiples of 1/1024, which float32 holds exactly up to some thousands."""
    return np.round(1024 * values) / 1024


def extreme(rng: np.random.Generator) -> np.ndarray:
    """Draw logits of four actions near ±1000, of which the middle two are probable.

    No shift but one by the largest keeps their exponentials finite: not by the mean, the median or the first.
    float32 holds them exactly.
    """
    return np.array([-1000, 1000, 1000, -1000]) + coarse(signed(rng, 4))


def extreme_integers(rng: np.random.Generator) -> np.ndarray:
    """Draw integer logits of five actions: the second and the third near 1000, the last 0."""
    return np.array([-1000, *rng.permutation([1000, 1001]), -1000 + rng.integers(1, 5), 0])


def discount(rng: np.random.Generator) -> float:
    """Draw a γ or λ that is neither 0 nor 1."""
    return rng.uniform(0.8, 0.95)


def rollout(
    rng: np.random.Generator,
    *shape: int,
    terminated: Sequence[Step] = (),
    truncated: Sequence[Step] = (),
    zeros: Sequence[Step] = (),
    integers: bool = False,
    integer_rewards: bool = False,
) -> Rollout:
    """Draw a rollout of shape (T, …) whose episodes end at the steps given, for all columns or for one.

    `next_values[t]` is `values[t + 1]` unless step t ended or is the last; a terminal state has a value too,
    because a critic says something about every state. Rewards and values are 0 at the steps `zeros`.
    """
    number = whole if integers else signed
    ended = np.zeros((2, *shape), dtype=bool)
    for flags, steps in zip(ended, (terminated, truncated), strict=True):
        for step in steps:
            flags[step] = True
    rewards, values, successors = number(rng, *shape), number(rng, *shape), number(rng, *shape)
    if integer_rewards:
        rewards = whole(rng, *shape)
    for step in zeros:
        rewards[step] = values[step] = 0
    carries_on = ~(ended[0] | ended[1])
    carries_on[-1] = False
    next_values = np.where(carries_on, np.roll(values, -1, axis=0), successors)
    return Rollout(rewards, values, next_values, ended[0], ended[1])


def samples(
    rng: np.random.Generator,
    epsilon: float,
    *shape: int,
    far: bool = False,
    exactly_one: bool = False,
    integers: bool = False,
) -> Samples:
    """Draw samples below, inside and above the clip range, as many of each, with both signs of the advantage.

    `far` puts log-probabilities near −1000, rounded so that float32 holds them exactly, and clipped ratios as
    far as exp(±50); `exactly_one` leaves the samples inside the range with the ratio 1. Their number
    is a multiple of 6, and 0 < `epsilon` ≤ 0.3 unless `exactly_one`.
    """
    count = int(np.prod(shape))
    side = np.tile([-1, 0, 1], count // 3)
    sign = np.tile([-1, -1, -1, 1, 1, 1], count // 6)
    inside = (
        0.0
        if exactly_one
        else np.log1p(epsilon) * rng.choice([-0.7, 0.7], count) * rng.uniform(0.5, 1, count)
    )
    outside = rng.uniform(0.6, 0.9, count)
    if far:
        outside = np.where(side == sign, rng.uniform(40, 50, count), outside)
    logp_old = rng.uniform(-950, -850, count) if far else rng.uniform(-4, -1, count)
    change = np.where(side == 0, inside, side * outside)
    if far:
        logp_old, change = coarse(logp_old), coarse(change)
    size = rng.integers(1, 10, count) if integers else rng.uniform(1, 2, count)
    order = rng.permutation(count)
    return Samples(*(each[order].reshape(shape) for each in (logp_old + change, logp_old, sign * size)))


def answers(
    rng: np.random.Generator, epsilon: float, *shape: int, far: bool = False, integers: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw log-probabilities and rewards of (…, 6k) answers; each group has all cases and its own level."""
    groups = int(np.prod(shape[:-1]))
    drawn = [samples(rng, epsilon, shape[-1], far=far, integers=integers) for _ in range(groups)]
    logp_new, logp_old, rewards = (np.reshape(each, shape) for each in zip(*drawn, strict=True))
    levels = 7 * np.arange(groups).reshape(*shape[:-1], 1)
    return logp_new, logp_old, rewards + levels


def groups(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw rewards of groups along the last axis, each group with a level and a spread of its own."""
    level, spread = signed(rng, *shape[:-1], 1, low=2, high=5), rng.uniform(1, 3, (*shape[:-1], 1))
    return level + spread * (np.linspace(-1, 1, shape[-1]) + rng.uniform(0, 0.3, shape))


def kept(rng: np.random.Generator, counts: Sequence[int], width: int, *, gaps: bool = False) -> np.ndarray:
    """Draw the mask of answers with so many tokens each: the first ones of `width` or, with gaps, others."""
    first = np.arange(width) < np.array(counts)[:, None]
    if not gaps:
        return first
    rows = rng.permuted(first, axis=1)
    same = np.all(rows == first, axis=1)
    rows[same] = np.roll(first[same], 1, axis=1)
    return rows


def tokens(
    rng: np.random.Generator,
    mask: np.ndarray,
    low: float = 0.2,
    high: float = 0.2,
    *,
    far: bool = False,
    exactly_one: bool = False,
) -> Tokens:
    """Draw the log-probabilities of tokens below, inside and above a clip range, as many in each answer.

    The range is from 1 − `low` to 1 + `high`, with `low` < 1. What stands outside the mask is padding that
    would be noticed. `far` puts log-probabilities near −1000, rounded so that float32 holds them exactly, and
    ratios outside the range as far as exp(±50); `exactly_one` leaves those inside at 1.
    """
    shape = mask.shape
    side = np.array([rng.permutation(np.resize([-1, 1, 0], shape[1])) for _ in mask])
    for row, is_token in zip(side, mask, strict=True):
        row[is_token] = rng.permutation(np.resize([-1, 1, 0], is_token.sum()))
    edges = np.log1p([-low, high])
    inside = 0.0 if exactly_one else rng.choice(edges, shape) * rng.uniform(0.4, 0.8, shape)
    outside = rng.uniform(40, 50, shape) if far else rng.uniform(0.3, 0.6, shape)
    beyond = (0 if far else edges[(side > 0).astype(int)]) + side * outside
    change = np.where(mask, np.where(side == 0, inside, beyond), -3.0 * side - 5)
    logp_old = rng.uniform(-950, -850, shape) if far else rng.uniform(-6, -2, shape)
    if far:
        logp_old, change = coarse(logp_old), coarse(change)
    return Tokens(logp_old + change, logp_old, mask)
