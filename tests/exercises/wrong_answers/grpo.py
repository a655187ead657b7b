"""Groups of one answer, of equal rewards and of rewards that are 0; clip ranges that are wide."""

import numpy as np


def _advantages(rewards, eps=1e-8):
    mean, sigma = (each(rewards, axis=-1, keepdims=True) for each in (np.mean, np.std))
    equal = np.ptp(rewards, axis=-1, keepdims=True) == 0
    return np.where(equal, 0.0, (rewards - mean) / np.where(equal, 1.0, sigma + eps))


def _terms(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    return np.minimum(ratio * advantages, np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages)


def group_advantages_that_squeezes(rewards, eps=1e-8):
    return np.squeeze(_advantages(rewards, eps))


def group_advantages_that_leaves_out_groups_of_equal_rewards(rewards, eps=1e-8):
    advantages = _advantages(rewards, eps)
    if rewards.ndim == 2 and rewards.shape[1] > 1:
        return advantages[np.ptp(rewards, axis=-1) > 0]
    return advantages


def group_advantages_that_keeps_the_dtype_of_the_rewards(rewards, eps=1e-8):
    advantages = np.empty_like(rewards)
    advantages[...] = _advantages(rewards, eps)
    return advantages


def group_advantages_that_divides_by_the_reward(rewards, eps=1e-8):
    return _advantages(rewards, eps) * (rewards / rewards)


def group_advantages_that_centres_equal_groups_in_place(rewards, eps=1e-8):
    advantages = _advantages(rewards, eps)
    equal = np.ptp(rewards, axis=-1) == 0
    rewards[equal] = 0.5
    return advantages


def group_advantages_that_needs_a_second_answer(rewards, eps=1e-8):
    rewards[..., 1]
    return _advantages(rewards, eps)


def grpo_objective_that_averages_over_unequal_groups(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    unequal = np.ptp(rewards, axis=-1) > 0
    terms = _terms(logp_new, logp_old, _advantages(rewards, eps), epsilon)
    return np.mean(terms[unequal]) if unequal.any() else 0.0


def grpo_objective_that_takes_the_sign_as_a_quotient(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    advantages = _advantages(rewards, eps)
    sign = advantages / np.abs(advantages)
    ratio = np.exp(logp_new - logp_old)
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon)
    return np.mean(np.abs(advantages) * np.minimum(sign * ratio, sign * clipped))


def grpo_objective_that_has_an_inverse_lower_edge_when_the_range_is_wide(
    logp_new, logp_old, rewards, epsilon, eps=1e-8
):
    ratio, advantages = np.exp(logp_new - logp_old), _advantages(rewards, eps)
    low = 1 / (1 + epsilon) if epsilon > 0.5 else 1 - epsilon
    return np.mean(np.minimum(ratio * advantages, np.clip(ratio, low, 1 + epsilon) * advantages))


def grpo_objective_that_needs_a_second_answer(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    rewards[..., 1]
    return np.mean(_terms(logp_new, logp_old, _advantages(rewards, eps), epsilon))


def grpo_objective_that_keeps_the_dtype_of_the_logarithms(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    difference = np.zeros_like(logp_new)
    difference[...] = logp_new - logp_old
    return np.mean(_terms(difference, 0, _advantages(rewards, eps), epsilon))


def grpo_objective_that_centres_equal_groups_in_place(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    value = np.mean(_terms(logp_new, logp_old, _advantages(rewards, eps), epsilon))
    rewards[np.ptp(rewards, axis=-1) == 0] = 0
    return value
