"""Repairs that are right on most arguments."""

import numpy as np


def hunt_normalize_advantages_that_squeezes(advantages, eps=1e-8):
    return np.squeeze((advantages - np.mean(advantages)) / (np.std(advantages) + eps))


def hunt_normalize_advantages_that_keeps_the_dtype(advantages, eps=1e-8):
    result = np.zeros_like(advantages)
    result[...] = (advantages - np.mean(advantages)) / (np.std(advantages) + eps)
    return result


def hunt_normalize_advantages_that_has_a_guard_of_its_own(advantages, eps=1e-8):
    return (advantages - np.mean(advantages)) / (np.std(advantages) + (eps or 1e-2))


def hunt_normalize_advantages_that_writes_to_what_is_below_0(advantages, eps=1e-8):
    result = (advantages - np.mean(advantages)) / (np.std(advantages) + eps)
    advantages[advantages < 0] = 0
    return result


def _targets(rewards, next_values, terminated, truncated, gamma, lam):
    targets = np.zeros(np.shape(rewards))
    following = next_values[-1]
    for t in reversed(range(len(rewards))):
        following = np.where(truncated[t], next_values[t], following)
        mixture = (1 - lam) * next_values[t] + lam * following
        targets[t] = following = rewards[t] + gamma * np.where(terminated[t], 0.0, mixture)
    return targets


def hunt_value_targets_that_clears_terminal_values_in_place(
    rewards, next_values, terminated, truncated, gamma, lam
):
    next_values[terminated] = 0
    return _targets(rewards, next_values, terminated, truncated, gamma, lam)


def hunt_value_targets_that_squeezes(rewards, next_values, terminated, truncated, gamma, lam):
    return np.squeeze(_targets(rewards, next_values, terminated, truncated, gamma, lam))


def hunt_value_targets_that_keeps_the_dtype_of_the_rewards(
    rewards, next_values, terminated, truncated, gamma, lam
):
    targets = np.zeros_like(rewards)
    targets[...] = _targets(rewards, next_values, terminated, truncated, gamma, lam)
    return targets


def hunt_value_targets_that_stops_at_a_return_of_0(rewards, next_values, terminated, truncated, gamma, lam):
    targets = _targets(rewards, next_values, terminated, truncated, gamma, lam)
    zero = np.flatnonzero(np.all(targets.reshape(len(targets), -1) == 0, axis=1))
    if len(zero):
        targets[: zero[-1]] = 0
    return targets


def hunt_value_targets_that_forgets_a_time_limit_at_the_first_step(
    rewards, next_values, terminated, truncated, gamma, lam
):
    cut = truncated.copy()
    if len(cut) > 1:
        cut[0] = False
    return _targets(rewards, next_values, terminated, cut, gamma, lam)


def hunt_minibatches_that_needs_a_second_sample(permutation, size):
    permutation[1]
    return [permutation[start : start + size] for start in range(0, len(permutation), size)]


def hunt_minibatches_that_squeezes_a_single_index(permutation, size):
    return [np.squeeze(permutation[start : start + size]) for start in range(0, len(permutation), size)]


def hunt_minibatches_that_joins_a_single_index_to_the_minibatch_before(permutation, size):
    pieces = [permutation[start : start + size] for start in range(0, len(permutation), size)]
    if len(pieces) > 1 and len(pieces[-1]) == 1:
        pieces[-2:] = [np.concatenate(pieces[-2:])]
    return pieces


def hunt_minibatches_that_sorts_what_is_left_over_in_place(permutation, size):
    pieces = [permutation[start : start + size].copy() for start in range(0, len(permutation), size)]
    permutation[size * (len(permutation) // size) :].sort()
    permutation[0] = -1
    return pieces
