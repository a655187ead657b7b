"""Right answers to the exercises of `solutions.optim`."""

import math
from functools import reduce

import numpy as np
from scipy.special import xlogy


def adam_step_by_hypot(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    # the root of the second moment is the hypotenuse of the old root and the new gradient
    root = np.hypot(math.sqrt(beta2) * np.sqrt(v), math.sqrt(1 - beta2) * grad)
    m = grad + beta1 * np.subtract(m, grad, dtype=float)
    pace = learning_rate / (1 - beta1**t)
    return theta - pace * m / (root / math.sqrt(1 - beta2**t) + eps), m, root**2


def _one_parameter(x, g, m, v, corrections, learning_rate, beta1, beta2, eps):
    m = math.fsum([beta1 * m, g, -beta1 * g])
    v = math.fsum([beta2 * v, g * g, -beta2 * g * g])
    step = (m / corrections[0]) / (math.sqrt(v / corrections[1]) + eps)
    return x - learning_rate * step, m, v


def adam_step_by_single_parameters(
    theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8
):
    # Python numbers, one parameter at a time, and 1 - beta^t without cancellation
    corrections = [-math.expm1(xlogy(t, beta)) for beta in (beta1, beta2)]
    settings = corrections, learning_rate, beta1, beta2, eps
    columns = [np.ravel(each).astype(float).tolist() for each in (theta, grad, m, v)]
    stepped = [_one_parameter(*numbers, *settings) for numbers in zip(*columns, strict=True)]
    return [np.reshape(each, np.shape(theta)) for each in zip(*stepped, strict=True)]


def adam_step_by_logarithms(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    # the size of the step as a sum of logarithms
    theta, grad, m, v = (np.asarray(each, dtype=float) for each in (theta, grad, m, v))
    m = np.tensordot([beta1, 1 - beta1], np.stack([m, grad]), axes=1)
    with np.errstate(divide="ignore"):
        log_v = np.logaddexp(np.log(beta2) + np.log(v), np.log1p(-beta2) + 2 * np.log(np.abs(grad)))
        log_root = (log_v - np.log1p(-(beta2**t))) / 2
        log_size = np.log(np.abs(m)) - np.log1p(-(beta1**t)) - np.logaddexp(log_root, np.log(eps))
    return theta - learning_rate * np.sign(m) * np.exp(log_size), m, np.exp(log_v)


def clip_by_global_norm_by_hypot(grads, max_norm):
    # the norm grows by one entry after the other, and no entry is squared
    norm = reduce(math.hypot, (float(entry) for grad in grads for entry in np.ravel(grad)), 0.0)
    share = min(1.0, max_norm / norm) if norm else 1.0
    return tuple(np.multiply(grad, share) for grad in grads), norm


def clip_by_global_norm_by_largest_entry(grads, max_norm):
    # in units of the largest entry, so that single precision is enough for the norm
    largest = max((np.linalg.norm(np.ravel(grad), np.inf) for grad in grads), default=0.0)
    if largest == 0:
        return [np.zeros(np.shape(grad)) for grad in grads], 0.0
    parts = [np.float32(grad / largest) for grad in grads]
    length = math.sqrt(sum(float(np.vdot(part, part)) for part in parts))
    unit = min(largest, max_norm / length)
    return [np.multiply(part, unit, dtype=float) for part in parts], largest * length


def clip_by_global_norm_by_norm_of_norms(grads, max_norm):
    # the norms of the arrays as the entries of one vector
    norm = np.linalg.norm([np.linalg.norm(grad) for grad in grads])
    limit = np.minimum(norm, max_norm)
    return [(limit * (grad / norm) if norm > 0 else 0.0 * grad).tolist() for grad in grads], norm
