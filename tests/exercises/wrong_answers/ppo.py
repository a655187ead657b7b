"""Signs of an advantage of 0, edges that are right for a small ϵ only, ratios in a dtype of integers."""

import numpy as np


def probability_ratio_that_keeps_the_dtype_of_the_new_logarithm(logp_new, logp_old):
    return np.asarray(np.exp(logp_new - logp_old)).astype(np.asarray(logp_new).dtype)


def probability_ratio_that_keeps_the_dtype_of_the_old_logarithm(logp_new, logp_old):
    return np.asarray(np.exp(logp_new - logp_old)).astype(np.asarray(logp_old).dtype)


def probability_ratio_that_squeezes(logp_new, logp_old):
    return np.squeeze(np.exp(logp_new - logp_old))


def clipped_surrogate_that_keeps_the_dtype_of_the_ratio(ratio, advantage, epsilon):
    terms = np.zeros_like(ratio)
    terms[...] = np.minimum(ratio * advantage, np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage)
    return terms


def clipped_surrogate_that_takes_the_sign_as_a_quotient(ratio, advantage, epsilon):
    sign = np.asarray(advantage) / np.abs(advantage)
    return np.abs(advantage) * np.minimum(sign * ratio, sign * np.clip(ratio, 1 - epsilon, 1 + epsilon))


def clipped_surrogate_that_has_an_inverse_lower_edge(ratio, advantage, epsilon):
    edge = max(1 / (1 + epsilon) if epsilon > 0.5 else 1 - epsilon, 0)
    return np.minimum(ratio * advantage, np.clip(ratio, edge, 1 + epsilon) * advantage)


def clipped_surrogate_that_squeezes(ratio, advantage, epsilon):
    return np.squeeze(np.minimum(ratio * advantage, np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage))


def clipped_surrogate_that_clips_in_place_where_the_advantage_is_0(ratio, advantage, epsilon):
    terms = np.minimum(ratio * advantage, np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage)
    if np.ndim(ratio) and np.shape(ratio) == np.shape(advantage):
        ratio[advantage == 0] = 1
    return terms


def ppo_clip_objective_that_divides_by_the_advantage(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    edge = 1 + epsilon * advantages / np.abs(advantages)
    return np.mean(np.where(advantages > 0, np.minimum(ratio, edge), np.maximum(ratio, edge)) * advantages)


def ppo_clip_objective_that_drops_samples_without_an_advantage(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    terms = np.minimum(ratio * advantages, np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages)
    return np.mean(terms[advantages != 0])


def ppo_clip_objective_that_keeps_the_dtype_of_the_logarithms(logp_new, logp_old, advantages, epsilon):
    ratio = np.empty_like(logp_new)
    ratio[...] = np.exp(logp_new - logp_old)
    return np.mean(np.minimum(ratio * advantages, np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages))


def ppo_clip_objective_that_clips_the_logarithm_when_epsilon_is_large(
    logp_new, logp_old, advantages, epsilon
):
    ratio = np.exp(logp_new - logp_old)
    low, high = (np.exp(-epsilon), np.exp(epsilon)) if epsilon > 0.5 else (1 - epsilon, 1 + epsilon)
    return np.mean(np.minimum(ratio * advantages, np.clip(ratio, low, high) * advantages))


def ppo_clip_gradient_that_has_its_edges_in_the_logarithm(logp_new, logp_old, advantages, epsilon):
    difference = logp_new - logp_old
    past = (difference > epsilon) & (advantages > 0) | (difference < -epsilon) & (advantages < 0)
    return np.where(past, 0.0, np.exp(difference) * advantages) / np.size(advantages)


def ppo_clip_gradient_that_has_an_inverse_lower_edge(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    past = (ratio > 1 + epsilon) & (advantages > 0) | (ratio < 1 / (1 + epsilon)) & (advantages < 0)
    return np.where(past, 0.0, ratio * advantages) / np.size(advantages)


def ppo_clip_gradient_that_takes_the_sign_as_a_quotient(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    sign = advantages / np.abs(advantages)
    return np.where(sign * (ratio - 1) <= epsilon, ratio, 0.0) * sign * np.abs(advantages) / advantages.size


def ppo_clip_gradient_that_squeezes(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    alive = ratio * advantages <= np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.squeeze(alive * ratio * advantages / ratio.size)


def ppo_clip_gradient_that_keeps_the_dtype_of_the_logarithms(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    gradient = np.zeros_like(logp_new)
    alive = ratio * advantages <= np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    gradient[alive] = (ratio * advantages / ratio.size)[alive]
    return gradient


def ppo_clip_gradient_that_clears_dead_samples_in_place(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    alive = ratio * advantages <= np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    advantages[~alive] = 0
    return ratio * advantages / ratio.size
