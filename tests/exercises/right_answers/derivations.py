"""Right answers to the exercises of `solutions.derivations`."""

import math

import numpy as np
from scipy import special


def _policy(logits):
    return special.softmax(np.asarray(logits, dtype=float))


def score_function_gradient_by_covariance(logits, q):
    # E[q (onehot - pi)] is the covariance of q and the one-hot vector of the action
    policy = _policy(logits)
    return np.cov(np.eye(len(policy)), q, aweights=policy, ddof=0)[-1, :-1]


def score_function_gradient_by_tilted_policy(logits, q):
    # towards the policy that draws in proportion to pi q, with q made positive, which changes nothing
    positive = np.subtract(q, np.min(q), dtype=float) + 1
    tilted = _policy(logits + np.log(positive))
    policy = _policy(logits)
    return np.dot(policy, positive) * (tilted - policy)


def score_function_gradient_by_pairs(logits, q):
    # every action against every other one, in Python numbers
    policy = [float(p) for p in _policy(logits)]
    values = [float(value) for value in q]
    actions = range(len(policy))
    return [policy[a] * math.fsum(policy[b] * (values[a] - values[b]) for b in actions) for a in actions]


def score_function_estimate_by_running_mean(logits, actions, q):
    # each sample moves the mean by its share; no sum is kept
    policy = _policy(logits)
    mean = np.zeros(len(policy))
    for n, action in enumerate(actions, start=1):
        sample = q[action] * -policy
        sample[action] += q[action]
        mean += (sample - mean) / n
    return mean


def score_function_estimate_by_complex_step(logits, actions, q):
    # the sample mean of q log pi, with one logit after the other moved by a tiny imaginary step
    moved = np.subtract(logits, np.max(logits), dtype=float) + 1e-20j * np.eye(len(logits))
    log_pi = moved - np.log(np.exp(moved).sum(axis=1, keepdims=True))
    return [np.mean(row[actions] * q[actions]).imag / 1e-20 for row in log_pi]


def score_function_estimate_by_sorted_sample(logits, actions, q):
    # in the sorted sample an action's count is the distance between its edges; then counts times all scores
    edges = np.searchsorted(np.sort(actions), np.arange(len(q) + 1))
    scores = np.eye(len(q)) - _policy(logits)
    return (np.diff(edges) * q / len(actions)) @ scores


def taylor_by_eigenvectors(f0, gradient, hessian, delta, order):
    # along the eigenvectors of the Hessian every term stands alone
    eigenvalues, vectors = np.linalg.eigh(hessian)
    along = vectors.T @ delta
    curvature = eigenvalues if order == 2 else 0 * eigenvalues
    return f0 + np.sum(vectors.T @ gradient * along + curvature * along**2 / 2)


def taylor_by_one_quadratic_form(f0, gradient, hessian, delta, order):
    # (1, delta) times one symmetric matrix times (1, delta)
    slope = np.reshape(gradient, (-1, 1)) / 2
    corner = np.asarray(hessian) / 2 if order == 2 else np.zeros(np.shape(hessian))
    form = np.block([[np.reshape(f0, (1, 1)), slope.T], [slope, corner]])
    move = np.append(1.0, delta)
    return np.einsum("i,ij,j", move, form, move)


def taylor_by_mean_slope(f0, gradient, hessian, delta, order):
    # the move times the mean of the slopes at its two ends; at order 1 they are alike
    at_the_end = gradient + np.matmul(hessian, delta) if order == 2 else gradient
    mean = np.mean([gradient, at_the_end], axis=0)
    return float(f0 + np.inner(mean, delta))


def ratio_taylor_by_power_series(logits_old, delta, action, order):
    # along t delta the ratio is 1 / E[exp(t x)], with x measured from the action: divide the power series
    x = np.asarray(delta, dtype=float) - delta[action]
    moments = [np.sum(_policy(logits_old) * x**k) / math.factorial(k) for k in range(3)]
    ratio = [1.0]
    for k in range(1, order + 1):
        ratio.append(-sum(moments[k - j] * ratio[j] for j in range(k)))
    return math.fsum(ratio)


def ratio_taylor_by_pairs(logits_old, delta, action, order):
    # the variance from the distances between all pairs of changes, in Python numbers
    policy = [float(p) for p in _policy(logits_old)]
    change = [float(x) for x in delta]
    beyond = math.fsum(p * (change[action] - x) for p, x in zip(policy, change, strict=True))
    if order == 1:
        return 1 + beyond
    variance = math.fsum(
        policy[a] * policy[b] * (change[a] - change[b]) ** 2 for a in range(len(policy)) for b in range(a)
    )
    return 1 + beyond + (beyond**2 - variance) / 2


def ratio_taylor_by_hessian_vector_product(logits_old, delta, action, order):
    # the Hessian is never formed, only its product with delta
    policy = _policy(logits_old)
    slope = -policy
    slope[action] += 1
    if order == 2:
        product = slope * np.dot(slope, delta) - policy * (delta - np.dot(policy, delta))
        slope = slope + product / 2
    return 1 + np.dot(slope, delta)
