"""Group advantages and GRPO's objective, by other ways to the same numbers."""

import math

import numpy as np


def group_advantages_by_pairwise_differences(rewards, eps=1e-8):
    # everyone against everyone: no mean is needed, and between equals every difference is exactly 0
    rewards = np.asarray(rewards, dtype=float)
    differences = rewards[..., :, None] - rewards[..., None, :]
    above = np.mean(differences, axis=-1)
    sigma = np.sqrt(np.mean(differences**2, axis=(-2, -1)) / 2)[..., None]
    return np.divide(above, sigma + eps, out=np.zeros(above.shape), where=sigma > 0)


def group_advantages_by_unit_interval(rewards, eps=1e-8):
    # each group stretched to [0, 1] first, where the two raw moments give the deviation
    rewards = np.asarray(rewards, dtype=float)
    lowest = np.min(rewards, axis=-1, keepdims=True)
    spread = np.max(rewards, axis=-1, keepdims=True) - lowest
    unequal = spread > 0
    unit = (rewards - lowest) / np.where(unequal, spread, 1.0)
    first, second = np.mean(unit, axis=-1, keepdims=True), np.mean(unit**2, axis=-1, keepdims=True)
    sigma = np.sqrt(second - first**2)
    return (unit - first) / np.where(unequal, sigma + eps / np.where(unequal, spread, 1.0), 1.0)


def group_advantages_by_streaming(rewards, eps=1e-8):
    # Welford's running mean and sum of squares, one answer of every group at a time
    answers = np.moveaxis(np.asarray(rewards, dtype=float), -1, 0)
    mean, squares = answers[0], 0 * answers[0]
    for count, answer in enumerate(answers[1:], start=2):
        off = answer - mean
        mean = mean + off / count
        squares = squares + off * (answer - mean)
    divisor = np.where(squares > 0, np.sqrt(squares / len(answers)) + eps, np.inf)
    return np.stack([(answer - mean) / divisor for answer in answers], axis=-1).tolist()


def grpo_objective_by_zero_sum(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    # the advantages of a group add up to 0, so A may be taken off every term: min((r - 1) A, epsilon |A|)
    advantages = group_advantages_by_pairwise_differences(rewards, eps)
    gained = np.expm1(np.subtract(logp_new, logp_old, dtype=float)) * advantages
    return np.mean(np.minimum(gained, epsilon * np.abs(advantages)))


def grpo_objective_by_sigma_at_the_end(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    # the term is linear in the size of A: add up a group with centred rewards, divide by sigma once
    answers = np.shape(rewards)[-1]
    groups = [np.reshape(each, (-1, answers)).tolist() for each in (logp_new, logp_old, rewards)]
    total = 0.0
    for new, old, group in zip(*groups, strict=True):
        if min(group) == max(group):
            continue
        mean = math.fsum(group) / answers
        sigma = math.dist(group, [mean] * answers) / math.sqrt(answers)
        terms = []
        for a, b, reward in zip(new, old, group, strict=True):
            ratio, lead = math.exp(a - b), reward - mean
            ratio = min(ratio, 1 + epsilon) if lead > 0 else max(ratio, 1 - epsilon)
            terms.append(ratio * lead)
        total += math.fsum(terms) / (sigma + eps)
    return total / np.size(rewards)


def grpo_objective_by_winners_and_losers(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    # winners' log-ratios have a highest value and losers' a lowest; two scalar products
    advantages = group_advantages_by_unit_interval(rewards, eps)
    change = np.subtract(logp_new, logp_old, dtype=float)
    highest = np.log1p(epsilon)
    lowest = np.log1p(-epsilon) if epsilon < 1 else -np.inf
    won = np.vdot(np.exp(np.minimum(change, highest)), np.maximum(advantages, 0))
    lost = np.vdot(np.exp(np.maximum(change, lowest)), np.minimum(advantages, 0))
    return (won + lost) / advantages.size
