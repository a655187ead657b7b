"""The three helpers of a PPO loop, by other ways to the same numbers."""

import numpy as np


def hunt_normalize_advantages_by_total_variance(advantages, eps=1e-8):
    # the variance of the batch: the mean of the columns' variances plus the variance of their means
    columns = np.reshape(advantages, (len(advantages), -1))
    means = columns.mean(axis=0)
    variance = np.mean(columns.var(axis=0)) + np.mean((means - means.mean()) ** 2)
    return np.subtract(advantages, means.mean()) / (np.sqrt(variance) + eps)


def hunt_normalize_advantages_by_streaming(advantages, eps=1e-8):
    # Welford: one number after the other corrects the mean and the sum of squares
    mean = squares = 0.0
    for count, each in enumerate(np.ravel(advantages).tolist(), start=1):
        off = each - mean
        mean += off / count
        squares += off * (each - mean)
    scale = 1 / ((squares / np.size(advantages)) ** 0.5 + eps)
    return (scale * np.asarray(advantages) - scale * mean).tolist()


def hunt_normalize_advantages_by_unit_interval(advantages, eps=1e-8):
    # stretched to [0, 1] first, where the two raw moments give the deviation
    lowest, highest = np.min(advantages), np.max(advantages)
    spread = float(highest) - float(lowest)
    unit = np.subtract(advantages, lowest, dtype=float) / spread
    sigma = (np.mean(unit**2) - np.mean(unit) ** 2) ** 0.5
    return (unit - np.mean(unit)) / (sigma + eps / spread)


def _ends(terminated, truncated):
    """Return where nothing or another episode follows, the end of the rollout included."""
    ends = np.logical_or(terminated, truncated)
    ends[-1] = True
    return ends


def hunt_value_targets_by_doubling(rewards, next_values, terminated, truncated, gamma, lam):
    # G[t] = known[t] + carry[t] G[t + 1], composed with itself: each round looks twice as far
    ends = _ends(terminated, truncated)
    share = np.where(terminated, 0.0, np.where(ends, gamma, gamma * (1 - lam)))
    known, carry = rewards + share * next_values, np.where(ends, 0.0, gamma * lam)
    reach = 1
    while reach < len(known):
        none = np.zeros(known[:reach].shape)
        known = known + carry * np.concatenate([known[reach:], none])
        carry = carry * np.concatenate([carry[reach:], none])
        reach *= 2
    return known


def hunt_value_targets_by_correcting_values(rewards, next_values, terminated, truncated, gamma, lam):
    # V(s[t]) is next_values[t - 1], and unknown, so 0, at a start: G is V plus the sum of later TD errors
    ends = _ends(terminated, truncated)
    values = np.zeros(np.shape(rewards))
    values[1:] = np.where(ends[:-1], 0.0, next_values[:-1])
    targets = []
    correction = 0.0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + np.where(terminated[t], 0.0, gamma * next_values[t]) - values[t]
        correction = delta + np.where(ends[t], 0.0, gamma * lam * correction)
        targets.append(values[t] + correction)
    return targets[::-1]


def hunt_value_targets_by_mixing_returns(rewards, next_values, terminated, truncated, gamma, lam):
    # the definition: returns of 1, 2, 3, ... steps, weighted with (1 - lam) lam ** n and the rest at the end
    ends = _ends(terminated, truncated)
    bootstrap = np.where(terminated, 0.0, np.multiply(gamma, next_values))
    share, onward = np.where(ends, 1.0, 1 - lam), np.where(ends, 0.0, lam)
    collected, targets = np.zeros(np.shape(rewards)), np.zeros(np.shape(rewards))
    weight = np.ones(np.shape(rewards))
    for n in range(len(rewards)):
        collected = collected[: len(weight)] + gamma**n * rewards[n:]
        n_step = collected + gamma**n * bootstrap[n:]
        targets[: len(weight)] += weight * share[n:] * n_step
        weight = (weight * onward[n:])[:-1]
        if not weight.any():
            break
    return targets


def hunt_minibatches_by_filling(permutation, size):
    # one index after the other; a full minibatch is put down and a new one begun
    batches = []
    for place, index in enumerate(permutation.tolist()):
        if place % size == 0:
            batches.append([])
        batches[-1].append(index)
    return batches


def hunt_minibatches_by_reshaping(permutation, size):
    # the full minibatches are the rows of a matrix, then comes what is left over
    full = len(permutation) // size
    rows = list(permutation[: full * size].reshape(full, size))
    rest = permutation[full * size :]
    return [*rows, rest] if len(rest) else rows


def hunt_minibatches_by_numbering(permutation, size):
    # every place gets the number of its minibatch
    number = np.arange(len(permutation)) // size
    return tuple(permutation[number == each] for each in np.unique(number))
