"""One-hot rows that are too short, halves that are rounded away, terms that divide by an entry of 0."""

import numpy as np


def _softmax(z):
    exps = np.exp(z - np.max(z))
    return exps / np.sum(exps)


def score_function_gradient_that_divides_by_the_action_value(logits, q):
    policy = _softmax(logits)
    return policy * (1 - policy @ q / q) * q


def score_function_gradient_that_divides_by_the_probability(logits, q):
    policy = _softmax(logits)
    return (policy * q - policy * (policy @ q)) / policy * policy


def score_function_gradient_that_keeps_the_dtype_of_the_action_values(logits, q):
    policy = _softmax(logits)
    gradient = np.zeros_like(q)
    gradient[:] = policy * (q - policy @ q)
    return gradient


def score_function_estimate_that_is_as_wide_as_the_largest_action(logits, actions, q):
    scores = np.eye(np.max(actions) + 1)[actions] - _softmax(logits)
    return np.mean(q[actions][:, None] * scores, axis=0)


def score_function_estimate_that_counts_the_actions_that_occur(logits, actions, q):
    counts = np.unique(actions, return_counts=True)[1] / len(actions)
    policy = _softmax(logits)
    return counts * q - policy * np.sum(counts * q)


def score_function_estimate_that_squeezes_a_single_sample(logits, actions, q):
    scores = np.squeeze(np.eye(len(logits))[actions]) - _softmax(logits)
    return np.mean(np.squeeze(q[actions])[..., None] * scores, axis=0)


def score_function_estimate_that_keeps_the_dtype_of_the_action_values(logits, actions, q):
    total = np.zeros_like(q)
    for action in actions:
        total = (total + q[action] * (np.eye(len(logits))[action] - _softmax(logits))).astype(q.dtype)
    return total / len(actions)


def taylor_that_divides_whole_numbers(f0, gradient, hessian, delta, order):
    second = delta @ hessian @ delta
    half = second // 2 if isinstance(second, np.integer) else second / 2
    return f0 + gradient @ delta + (half if order == 2 else 0)


def taylor_that_keeps_the_dtype_of_the_value(f0, gradient, hessian, delta, order):
    value = type(f0)(f0 + gradient @ delta)
    return value + delta @ hessian @ delta / 2 if order == 2 else value


def taylor_that_keeps_the_dtype_of_the_change(f0, gradient, hessian, delta, order):
    total = np.zeros_like(delta)
    total[...] = gradient * delta + (hessian @ delta * delta / 2 if order == 2 else 0)
    return f0 + np.sum(total)


def taylor_that_needs_a_second_variable(f0, gradient, hessian, delta, order):
    mixed = hessian[0, 1] * delta[0] * delta[1]
    rest = delta @ hessian @ delta / 2 - mixed
    return f0 + gradient @ delta + (mixed + rest if order == 2 else 0)


def taylor_that_counts_relative_to_the_value(f0, gradient, hessian, delta, order):
    change = gradient @ delta + (delta @ hessian @ delta / 2 if order == 2 else 0)
    return f0 * (1 + np.divide(change, f0))


def ratio_taylor_that_divides_by_the_change(logits_old, delta, action, order):
    policy = _softmax(logits_old)
    slope = np.eye(len(policy))[action] - policy
    hessian = np.outer(slope, slope) - np.diag(policy) + np.outer(policy, policy)
    value = 1 + np.sum(slope * delta * (delta / delta))
    return value + (delta @ hessian @ delta / 2 if order == 2 else 0)


def ratio_taylor_that_keeps_the_dtype_of_the_change(logits_old, delta, action, order):
    policy = _softmax(logits_old)
    slope = np.zeros_like(delta)
    slope[:] = np.eye(len(policy))[action] - policy
    hessian = np.outer(slope, slope) - np.diag(policy) + np.outer(policy, policy)
    return 1 + slope @ delta + (delta @ hessian @ delta / 2 if order == 2 else 0)


def ratio_taylor_that_shifts_in_place_where_a_logit_is_below_0(logits_old, delta, action, order):
    policy = _softmax(logits_old)
    slope = np.eye(len(policy))[action] - policy
    hessian = np.outer(slope, slope) - np.diag(policy) + np.outer(policy, policy)
    logits_old[logits_old < 0] += 1
    return 1 + slope @ delta + (delta @ hessian @ delta / 2 if order == 2 else 0)
