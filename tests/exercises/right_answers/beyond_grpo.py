"""What came after GRPO, by other ways to the same numbers."""

import itertools
import math

import numpy as np


def rloo_advantages_by_removal(rewards):
    # each answer taken out of its group in turn
    rewards = np.asarray(rewards, dtype=float)
    others = [np.delete(rewards, i, axis=-1).mean(axis=-1) for i in range(rewards.shape[-1])]
    return rewards - np.stack(others, axis=-1)


def rloo_advantages_by_a_matrix(rewards):
    # one linear map for every group: 1 on its diagonal, −1/(n−1) elsewhere
    n = np.shape(rewards)[-1]
    return rewards @ ((np.eye(n) * n - 1) / (n - 1))


def rloo_advantages_by_plain_numbers(rewards):
    # groups as lists, whatever the axes before them
    shape = np.shape(rewards)
    found = []
    for group in np.reshape(rewards, (-1, shape[-1])).tolist():
        total = math.fsum(group)
        found += [reward - (total - reward) / (len(group) - 1) for reward in group]
    return np.reshape(found, shape).tolist()


def aggregate_tokens_by_rows(values, mask, mode, budget=None):
    # the tokens of each answer as a short array of its own
    answers = [row[chosen] for row, chosen in zip(values, mask, strict=True)]
    if mode == "sequence":
        return sum(answer.mean() if answer.size else 0.0 for answer in answers) / len(answers)
    total, count = sum(answer.sum() for answer in answers), sum(map(len, answers))
    if mode == "token":
        return total / count if count else 0.0
    return total / (values.shape[1] if budget is None else budget) / len(answers)


def aggregate_tokens_by_weighted_average(values, mask, mode, budget=None):
    # np.average over answers, over tokens, or the mean of rows filled up to the budget
    weights = mask.astype(float)
    if not weights.any():
        return 0.0
    if mode == "token":
        return np.average(values, weights=weights)
    if mode == "constant":
        return np.mean(np.einsum("it,it->i", values, weights)) / (budget or mask.shape[-1])
    some = weights.any(axis=1)
    return np.average(values[some], axis=1, weights=weights[some]).sum() / len(some)


def aggregate_tokens_by_exact_sums(values, mask, mode, budget=None):
    # plain numbers and sums without rounding
    rows = [
        [x for x, is_token in zip(*pair, strict=True) if is_token] for pair in zip(values, mask, strict=True)
    ]
    match mode:
        case "sequence":
            return math.fsum(math.fsum(row) / len(row) for row in rows if row) / len(rows)
        case "token":
            tokens = [*itertools.chain.from_iterable(rows)]
            return math.fsum(tokens) / max(len(tokens), 1)
        case _:
            return math.fsum(itertools.chain.from_iterable(rows)) / (len(rows) * (budget or len(values[0])))


def decoupled_clip_by_sorting(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    # the middle of three numbers, then the first of two, then the last of two
    ratio, advantage = np.broadcast_arrays(ratio, advantage)
    low, high = np.full(ratio.shape, 1.0 - epsilon_low), np.full(ratio.shape, 1.0 + epsilon_high)
    middle = np.sort([low, ratio, high], axis=0)[1]
    term = np.sort([ratio * advantage, middle * advantage], axis=0)[0]
    if dual is None:
        return term
    return np.where(np.signbit(advantage), np.sort([term, dual * advantage], axis=0)[1], term)


def decoupled_clip_by_quadrants(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    # three quadrants in which a ratio has gone far enough, and everything else
    ratio, advantage = np.broadcast_arrays(ratio, advantage)
    far_up = (advantage > 0) & (ratio > 1 + epsilon_high)
    far_down = (advantage < 0) & (ratio < 1 - epsilon_low)
    too_bad = (advantage < 0) & (ratio > (math.inf if dual is None else dual))
    counted = np.select(
        [far_up, far_down, too_bad], [1.0 + epsilon_high, 1.0 - epsilon_low, dual or 0.0], default=ratio
    )
    return (counted * advantage).tolist()


def decoupled_clip_by_plain_numbers(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    # one sample at a time, with Python's own min and max
    ratio, advantage = np.broadcast_arrays(ratio, advantage)
    terms = []
    for r, a in zip(ratio.ravel().tolist(), advantage.ravel().tolist(), strict=True):
        term = min(r * a, min(max(r, 1 - epsilon_low), 1 + epsilon_high) * a)
        terms.append(max(term, dual * a) if dual is not None and a < 0 else term)
    return np.reshape(terms, ratio.shape)


def sequence_ratio_by_geometric_mean(logp_new, logp_old, mask):
    # the root of a product, taken token by token so that nothing overflows
    change = np.subtract(logp_new, logp_old, dtype=float)
    roots = change / np.fmax(mask.sum(axis=1, keepdims=True), 1)
    return np.prod(np.exp(roots), axis=1, where=mask)


def sequence_ratio_by_running_mean(logp_new, logp_old, mask):
    # one place of every answer at a time; the mean moves by its share
    mean, count = np.zeros(len(mask)), np.zeros(len(mask))
    for new, old, is_token in zip(np.transpose(logp_new), np.transpose(logp_old), mask.T, strict=True):
        count = count + is_token
        mean = mean + np.where(is_token, (new - old - mean) / np.maximum(count, 1), 0)
    return np.exp(mean).tolist()


def sequence_ratio_by_two_means(logp_new, logp_old, mask):
    # the mean log-probability under each policy (perplexities), and then their quotient
    means = [
        [row[is_token].mean() if is_token.any() else 0.0 for row, is_token in zip(logp, mask, strict=True)]
        for logp in (np.asarray(logp_new, dtype=float), np.asarray(logp_old, dtype=float))
    ]
    return np.exp(np.subtract(*means))


def cispo_gradient_by_complex_step(logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high):
    # an imaginary step in every log-probability at once; the weights are made from the real part
    h = 1e-30
    moved = np.asarray(logp_new) + 1j * h
    weight = np.clip(np.exp((moved - logp_old).real), 1 - epsilon_low, 1 + epsilon_high)
    terms = weight * np.reshape(advantages, (-1, 1)) * moved
    return np.where(mask, terms.imag / h, 0.0) / max(int(mask.sum()), 1)


def cispo_gradient_by_plain_numbers(logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high):
    # one token at a time
    gradient = [[0.0] * mask.shape[1] for _ in mask]
    places = np.argwhere(mask).tolist()
    for i, t in places:
        ratio = math.exp(logp_new[i, t] - logp_old[i, t])
        gradient[i][t] = advantages[i] * min(max(ratio, 1 - epsilon_low), 1 + epsilon_high) / len(places)
    return gradient


def cispo_gradient_by_clipped_logarithms(logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high):
    # the log-ratios are clipped before they are exponentiated, and one sum adds up two halves
    lowest = np.log1p(-epsilon_low) if epsilon_low < 1 else -np.inf
    change = np.fmin(np.fmax(np.subtract(logp_new, logp_old, dtype=float), lowest), np.log1p(epsilon_high))
    weights = np.exp(change) * mask
    good, bad = np.fmax(advantages, 0)[:, None], np.fmin(advantages, 0)[:, None]
    return (weights * good + weights * bad) / np.fmax(np.count_nonzero(mask), 1)


def kl_estimates_by_plain_numbers(logp, logp_ref):
    # one sample at a time with the math module; nested lists come out
    policy, reference = np.broadcast_arrays(logp, logp_ref)
    pairs = list(zip(policy.ravel().tolist(), reference.ravel().tolist(), strict=True))
    estimates = (
        [p - q for p, q in pairs],
        [math.pow(p - q, 2) / 2 for p, q in pairs],
        [math.expm1(q - p) + (p - q) for p, q in pairs],
    )
    return [np.reshape(each, policy.shape).tolist() for each in estimates]


def kl_estimates_by_bregman_divergence(logp, logp_ref):
    # k3 is how far exp lies above its tangent at 0; k2 is how far a parabola lies above its own
    def above_tangent(f, slope, x):
        return f(x) - f(0) - slope * x

    x = np.asarray(logp_ref, dtype=float) - logp
    return -x, above_tangent(lambda y: y**2 / 2 + 7 * y, 7, x), above_tangent(np.exp, 1, x)


def kl_estimates_by_integration(logp, logp_ref):
    # k3 is the integral of k1-like slopes: ∫ (1 − e^(−s)) ds from 0 to x, by Gauss-Legendre on short pieces
    x = np.asarray(np.subtract(logp, logp_ref), dtype=float)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    pieces = 8
    starts = np.arange(pieces) / pieces
    at = (starts[:, None] + (nodes + 1) / (2 * pieces)).ravel()
    share = np.tile(weights, pieces) / (2 * pieces)
    slopes = -np.expm1(-x[..., None] * at)
    return x, np.sum(x[..., None] ** 2 * at * share, axis=-1), x * np.sum(slopes * share, axis=-1)


def kl_estimate_gradients_by_plain_numbers(logp, logp_ref):
    # one sample at a time with the math module
    policy, reference = np.broadcast_arrays(logp, logp_ref)
    slopes = [
        (1.0, p - q, 1 - math.exp(q - p))
        for p, q in zip(policy.ravel().tolist(), reference.ravel().tolist(), strict=True)
    ]
    return [np.reshape(each, policy.shape) for each in zip(*slopes, strict=True)]


def kl_estimate_gradients_by_dual_numbers(logp, logp_ref):
    # value and derivative travel together through sum, product and exponential
    def times(a, b):
        return a[0] * b[0], a[0] * b[1] + a[1] * b[0]

    value = np.asarray(np.subtract(logp, logp_ref), dtype=float)
    k1 = value, value * 0 + 1
    k2 = times((0.5, 0.0), times(k1, k1))
    inverse = np.exp(-k1[0]), -np.exp(-k1[0]) * k1[1]
    return k1[1], k2[1], inverse[1] + k1[1]


def kl_estimate_gradients_by_hyperbolic_functions(logp, logp_ref):
    # 1 − exp(−x) = 2 exp(−x/2) sinh(x/2)
    x = np.asarray(logp, dtype=float) - logp_ref
    return [np.full(np.shape(x), 1), x, 2 * np.exp(-x / 2) * np.sinh(x / 2)]


def rollout_weights_by_plain_numbers(logp_train, logp_rollout, mask, cap, level, low=None):
    # one token at a time, one answer at a time
    def bounded(weight):
        if low is None:
            return min(weight, cap)
        return weight if low <= weight <= cap else 0.0

    change = np.subtract(logp_train, logp_rollout, dtype=float).tolist()
    rows = [list(zip(*pair, strict=True)) for pair in zip(change, mask.tolist(), strict=True)]
    if level == "token":
        return [[bounded(math.exp(x)) if is_token else 0.0 for x, is_token in row] for row in rows]
    return [bounded(math.exp(math.fsum(x for x, is_token in row if is_token))) for row in rows]


def rollout_weights_by_cumulative_products(logp_train, logp_rollout, mask, cap, level, low=None):
    # the product as the last of running ones; what is left out is found by sorting into three bins
    ratios = np.exp(np.subtract(logp_train, logp_rollout, dtype=float), where=mask, out=np.ones(mask.shape))
    weights = np.cumprod(ratios, axis=1)[:, -1] if level == "sequence" else ratios
    if low is None:
        bounded = np.where(weights > cap, cap, weights)
    else:
        outside = np.select([weights < low, weights > cap], [True, True], default=False)
        bounded = np.where(outside, 0.0, weights)
    return bounded if level == "sequence" else np.where(mask, bounded, 0.0)


def rollout_weights_by_grouped_sums(logp_train, logp_rollout, mask, cap, level, low=None):
    # the tokens in one long row; those of an answer are added up by its number
    answer = np.nonzero(mask)[0]
    change = np.subtract(logp_train, logp_rollout, dtype=float)[mask]
    if level == "sequence":
        change = np.bincount(answer, weights=change, minlength=len(mask))
    weights = np.exp(change)
    floor = -1.0 if low is None else low
    weights[weights < floor] = 0.0
    weights[weights > cap] = cap if low is None else 0.0
    if level == "sequence":
        return weights
    placed = np.zeros(mask.shape)
    placed[mask] = weights
    return placed


def overlong_penalty_by_cases(lengths, limit, buffer):
    # the three lines of the paper
    lengths = np.asarray(lengths, dtype=float)
    start = limit - buffer
    return np.piecewise(
        lengths, [lengths <= start, lengths > limit], [0.0, -1.0, lambda n: (start - n) / buffer]
    )


def overlong_penalty_by_plain_numbers(lengths, limit, buffer):
    # one answer at a time: how many tokens of the buffer it has used up
    used = [min(max(n - limit + buffer, 0), buffer) for n in np.ravel(lengths).tolist()]
    return np.reshape([-n / buffer for n in used], np.shape(lengths)).tolist()


def overlong_penalty_by_two_ramps(lengths, limit, buffer):
    # a ramp that begins with the buffer, less another that begins at the limit
    past_start = np.abs(lengths - limit + buffer) + (lengths - limit + buffer)
    past_limit = np.abs(np.subtract(lengths, limit)) + np.subtract(lengths, limit)
    return (past_limit - past_start) / (2 * buffer)
