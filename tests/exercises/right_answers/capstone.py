"""PPO's update of a table of logits, by other ways to the same numbers."""

import math

import numpy as np
from scipy.special import log_softmax


def ppo_update_by_tallies(logits, states, actions, advantages, epsilon, learning_rate, epochs):
    # a ratio belongs to a pair (s, a): add up the gains and the losses of each pair once, drop the samples
    z = np.array(logits, dtype=float)
    gains, losses = np.zeros(z.shape), np.zeros(z.shape)
    np.add.at(gains, (states, actions), np.maximum(advantages, 0) / len(states))
    np.add.at(losses, (states, actions), np.minimum(advantages, 0) / len(states))
    used = (gains > 0) | (losses < 0)
    old = log_softmax(z, axis=1)
    for _ in range(epochs):
        now = log_softmax(z, axis=1)
        ratio = np.exp(now - old, where=used, out=np.zeros(z.shape))
        pull = ratio * ((ratio <= 1 + epsilon) * gains + (ratio >= 1 - epsilon) * losses)
        z += learning_rate * (pull - np.exp(now) * pull.sum(axis=1, keepdims=True))
    return z


def _log_policy(z):
    """Return the log-probabilities of a table that may be complex."""
    z = z - np.max(z.real, axis=1, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))


def ppo_update_by_complex_step(logits, states, actions, advantages, epsilon, learning_rate, epochs):
    # nothing is differentiated by hand: an imaginary step in each logit gives the slope of the objective
    h = 1e-30
    z = np.array(logits, dtype=complex)
    old = _log_policy(z)[states, actions].real
    ceiling = advantages + epsilon * np.abs(advantages)

    def objective(table):
        products = np.exp(_log_policy(table)[states, actions] - old) * advantages
        return np.mean(np.where(products.real <= ceiling, products, ceiling))

    for _ in range(epochs):
        gradient = np.zeros(z.shape)
        for place in np.ndindex(z.shape):
            moved = z.copy()
            moved[place] += 1j * h
            gradient[place] = objective(moved).imag / h
        z = z + learning_rate * gradient
    return z.real


def _log_probabilities(row):
    top = max(row)
    log_sum = math.log(math.fsum(math.exp(each - top) for each in row))
    return [each - top - log_sum for each in row]


def ppo_update_by_plain_lists(logits, states, actions, advantages, epsilon, learning_rate, epochs):
    # sample by sample with lists and the math module; lists come out
    table = np.asarray(logits, dtype=float).tolist()
    samples = list(zip(states.tolist(), actions.tolist(), advantages.tolist(), strict=True))
    old = [_log_probabilities(row) for row in table]
    for _ in range(epochs):
        new = [_log_probabilities(row) for row in table]
        step = [[0.0] * len(row) for row in table]
        for s, a, advantage in samples:
            ratio = math.exp(new[s][a] - old[s][a])
            if (advantage > 0 and ratio > 1 + epsilon) or (advantage < 0 and ratio < 1 - epsilon):
                continue
            size = learning_rate * ratio * advantage / len(samples)
            for b, logp in enumerate(new[s]):
                step[s][b] += size * ((a == b) - math.exp(logp))
        table = [[x + dx for x, dx in zip(*rows, strict=True)] for rows in zip(table, step, strict=True)]
    return table
