"""The ratio, the clipped term, its mean and its gradient, by other ways to the same numbers."""

import math

import numpy as np


def probability_ratio_by_scaling_and_squaring(logp_new, logp_old):
    # exp(x) = exp(x / 1024) ** 1024: the small exponential is a short Taylor sum, then square ten times
    x = np.subtract(logp_new, logp_old, dtype=float) / 1024
    power = 1.0
    for k in range(9, 0, -1):
        power = 1 + x * power / k
    for _ in range(10):
        power = power * power
    return power


def probability_ratio_by_plain_numbers(logp_new, logp_old):
    # one number at a time with the math module; nested lists come out
    new, old = np.broadcast_arrays(logp_new, logp_old)
    ratios = [math.exp(a - b) for a, b in zip(new.ravel().tolist(), old.ravel().tolist(), strict=True)]
    return np.reshape(ratios, new.shape).tolist()


def probability_ratio_by_powers_of_two(logp_new, logp_old):
    # to the base 2 and in single precision, but not before the difference is taken
    bits = np.subtract(logp_new, logp_old, dtype=float) / np.log(2)
    return np.exp2(bits.astype(np.float32))


def clipped_surrogate_by_ceiling(ratio, advantage, epsilon):
    # both clipped quadrants have the same ceiling, A + epsilon |A|, and the others never reach it
    advantage = np.asarray(advantage, dtype=float)
    return np.minimum(ratio * advantage, advantage + epsilon * np.abs(advantage))


def clipped_surrogate_by_sorting(ratio, advantage, epsilon):
    # the clipped ratio is the middle one of three numbers, and the term is the first of two
    ratio, advantage = np.broadcast_arrays(ratio, advantage)
    low, high = np.full(ratio.shape, 1.0 - epsilon), np.full(ratio.shape, 1.0 + epsilon)
    middle = np.sort([low, ratio, high], axis=0)[1]
    return np.sort([ratio * advantage, middle * advantage], axis=0)[0]


def clipped_surrogate_by_quadrants(ratio, advantage, epsilon):
    # the two quadrants in which the ratio has gone far enough, and everything else
    ratio, advantage = np.broadcast_arrays(ratio, advantage)
    far_up = (advantage > 0) & (ratio > 1 + epsilon)
    far_down = (advantage < 0) & (ratio < 1 - epsilon)
    counted = np.select([far_up, far_down], [1.0 + epsilon, 1.0 - epsilon], default=ratio)
    return (counted * advantage).tolist()


def ppo_clip_objective_by_clipping_logarithms(logp_new, logp_old, advantages, epsilon):
    # gains and losses apart, and the log-ratios are clipped before they are exponentiated
    change = np.ravel(np.subtract(logp_new, logp_old, dtype=float))
    advantages = np.ravel(advantages)
    highest = np.log1p(epsilon)
    lowest = np.log1p(-epsilon) if epsilon < 1 else -np.inf
    gain, loss = advantages > 0, advantages < 0
    gains = np.exp(np.minimum(change[gain], highest)) @ advantages[gain]
    losses = np.exp(np.maximum(change[loss], lowest)) @ advantages[loss]
    return (gains + losses) / len(advantages)


def ppo_clip_objective_by_exact_sum(logp_new, logp_old, advantages, epsilon):
    # turn the losing samples over: |A| min(s r, s + epsilon) for the sign s; the sum without rounding
    samples = [np.ravel(each).tolist() for each in (logp_new, logp_old, advantages)]
    terms = []
    for new, old, advantage in zip(*samples, strict=True):
        sign = math.copysign(1, advantage)
        terms.append(abs(advantage) * min(sign * math.exp(new - old), sign + epsilon))
    return math.fsum(terms) / len(terms)


def ppo_clip_objective_by_ranking(logp_new, logp_old, advantages, epsilon):
    # rank by ratio: of the gains the end of the ranking is clipped, of the losses its start
    ratio = np.exp(np.ravel(np.subtract(logp_new, logp_old, dtype=float)))
    advantages = np.ravel(advantages)
    order = np.argsort(ratio)
    ratio, advantages = ratio[order], advantages[order]
    r, a = ratio[advantages > 0], advantages[advantages > 0]
    top = np.searchsorted(r, 1 + epsilon)
    total = r[:top] @ a[:top] + (1 + epsilon) * np.sum(a[top:])
    r, a = ratio[advantages < 0], advantages[advantages < 0]
    bottom = np.searchsorted(r, 1 - epsilon)
    total += (1 - epsilon) * np.sum(a[:bottom]) + r[bottom:] @ a[bottom:]
    return total / len(ratio)


def ppo_clip_gradient_by_complex_step(logp_new, logp_old, advantages, epsilon):
    # an imaginary step in every log-probability at once: each moves its own term only
    h = 1e-30
    advantages = np.asarray(advantages, dtype=float)
    product = np.exp(np.subtract(logp_new, logp_old) + 1j * h) * advantages
    ceiling = advantages + epsilon * np.abs(advantages)
    term = np.where(product.real > ceiling, ceiling, product)
    return term.imag / h / term.size


def ppo_clip_gradient_by_ranking(logp_new, logp_old, advantages, epsilon):
    # rank the ratios; the living samples of each sign are a slice of the ranking
    ratio = np.exp(np.ravel(np.subtract(logp_new, logp_old, dtype=float)))
    advantage = np.ravel(advantages)
    order = np.argsort(ratio)
    low = np.searchsorted(ratio, 1 - epsilon, side="left", sorter=order)
    high = np.searchsorted(ratio, 1 + epsilon, side="right", sorter=order)
    not_high, not_low = order[:high], order[low:]
    gradient = np.zeros(len(ratio))
    gradient[not_high] += ratio[not_high] * np.maximum(advantage[not_high], 0)
    gradient[not_low] += ratio[not_low] * np.minimum(advantage[not_low], 0)
    return np.reshape(gradient / len(ratio), np.shape(advantages))


def ppo_clip_gradient_by_step_function(logp_new, logp_old, advantages, epsilon):
    # room left before the edge in the direction of the advantage, a step function of it that is 1 at 0,
    # and the product in single precision
    ratio = np.exp(np.subtract(logp_new, logp_old, dtype=float))
    alive = np.heaviside(epsilon - np.sign(advantages) * (ratio - 1), 1.0)
    factors = [np.asarray(each, dtype=np.float32) for each in (alive, ratio, advantages)]
    return np.prod(factors, axis=0) / np.float32(ratio.size)
