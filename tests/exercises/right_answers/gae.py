"""TD errors and generalised advantages, by other ways to the same numbers."""

import numpy as np


def td_errors_by_contraction(rewards, values, next_values, terminated, gamma):
    # three layers times the three coefficients 1, gamma and -1
    goes_on = 1.0 - np.asarray(terminated, dtype=float)
    layers = np.stack([rewards, goes_on * next_values, values])
    return np.tensordot([1.0, gamma, -1.0], layers, axes=1)


def td_errors_by_plain_numbers(rewards, values, next_values, terminated, gamma):
    # one step at a time; nested lists come out
    errors = []
    for reward, value, following, over in zip(
        *(np.ravel(each).tolist() for each in (rewards, values, next_values, terminated)), strict=True
    ):
        target = reward if over else reward + gamma * following
        errors.append(target - value)
    return np.reshape(errors, np.shape(rewards)).tolist()


def _columns(*arrays):
    """Return float copies of shape (T, number of columns)."""
    return [np.array(each, dtype=float).reshape(len(each), -1) for each in arrays]


def gae_by_solving_in_blocks(rewards, values, next_values, terminated, truncated, gamma, lam):
    # A[t] - decay[t] A[t + 1] = delta[t] is a linear system: solve it in blocks of 50 steps, last block first
    r, v, nv, term, trunc = _columns(rewards, values, next_values, terminated, truncated)
    delta = (r + gamma * (1 - term) * nv - v).T
    decay = (gamma * lam * (1 - term) * (1 - trunc)).T
    advantages = np.zeros(delta.shape)
    following = np.zeros(len(delta))
    for stop in range(delta.shape[1], 0, -50):
        start = max(stop - 50, 0)
        right = delta[:, start:stop].copy()
        right[:, -1] += decay[:, stop - 1] * following
        system = np.tile(np.eye(stop - start), (len(delta), 1, 1))
        step = np.arange(stop - start - 1)
        system[:, step, step + 1] = -decay[:, start : stop - 1]
        advantages[:, start:stop] = np.linalg.solve(system, right[..., None])[..., 0]
        following = advantages[:, start]
    return advantages.T.reshape(np.shape(rewards))


def gae_by_convolving_each_episode(rewards, values, next_values, terminated, truncated, gamma, lam):
    # cut each column at its episodes' ends; in one episode the sum is a convolution with powers
    r, v, nv, term, trunc = _columns(rewards, values, next_values, terminated, truncated)
    delta = r + gamma * np.where(term == 1, 0.0, nv) - v
    columns = []
    for errors, over in zip(delta.T, (term + trunc).T, strict=True):
        pieces = []
        for episode in np.split(errors, np.flatnonzero(over) + 1):
            if len(episode) > 0:
                powers = (gamma * lam) ** np.arange(len(episode))
                pieces.append(np.convolve(episode[::-1], powers)[: len(episode)][::-1])
        columns.append(np.concatenate(pieces))
    return np.stack(columns, axis=1).reshape(np.shape(rewards))


def gae_by_lambda_returns(rewards, values, next_values, terminated, truncated, gamma, lam):
    # the lambda-return, a mixture of V and of the next lambda-return, minus V; a list comes out
    over = np.logical_or(terminated, truncated)
    future = next_values[-1]
    advantages = []
    for t in reversed(range(len(rewards))):
        future = np.where(over[t], next_values[t], future)
        mixture = next_values[t] + lam * (future - next_values[t])
        future = rewards[t] + np.where(terminated[t], 0.0, gamma * mixture)
        advantages.append(future - values[t])
    return np.array(advantages[::-1]).tolist()


def gae_by_adding_forwards(rewards, values, next_values, terminated, truncated, gamma, lam):
    # all steps look one step further at a time, with weights that become 0 where an episode ends
    delta = np.subtract(rewards, values, dtype=float)
    delta += np.where(terminated, 0.0, np.multiply(gamma, next_values))
    decay = np.where(terminated, 0.0, np.where(truncated, 0.0, gamma * lam))
    advantages, weights = delta.copy(), np.ones(delta.shape)
    for ahead in range(1, len(delta)):
        weights = weights[:-1] * decay[ahead - 1 : -1]
        if not weights.any():
            break
        advantages[:-ahead] += weights * delta[ahead:]
    return advantages
