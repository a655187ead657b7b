"""Masks with gaps, answers without tokens, groups of two, numbers for arrays, whole numbers for fractions."""

import numpy as np


def rloo_advantages_that_squeezes(rewards):
    n = rewards.shape[-1]
    return np.squeeze((rewards - rewards.mean(axis=-1, keepdims=True)) * n / (n - 1))


def rloo_advantages_that_keeps_the_dtype_of_the_rewards(rewards):
    n = rewards.shape[-1]
    return ((rewards - rewards.mean(axis=-1, keepdims=True)) * n / (n - 1)).astype(rewards.dtype)


def rloo_advantages_that_needs_a_third_answer(rewards):
    n = rewards.shape[-1]
    rewards[..., 2]
    return (rewards - rewards.mean(axis=-1, keepdims=True)) * n / (n - 1)


def rloo_advantages_that_leaves_its_rewards_centred(rewards):
    n = rewards.shape[-1]
    if rewards.dtype == float:
        rewards -= rewards.mean(axis=-1, keepdims=True)
        return rewards * (n / (n - 1))
    return (rewards - rewards.mean(axis=-1, keepdims=True)) * n / (n - 1)


def aggregate_tokens_that_takes_the_first_places(values, mask, mode, budget=None):
    lengths = mask.sum(axis=1)
    values = np.where(np.arange(values.shape[1]) < lengths[:, None], values, 0)
    if mode == "sequence":
        return np.mean(values.sum(axis=1) / np.maximum(lengths, 1))
    if mode == "token":
        return values.sum() / max(lengths.sum(), 1)
    return values.sum() / (len(values) * (budget or values.shape[1]))


def aggregate_tokens_that_adds_a_guard_to_the_count(values, mask, mode, budget=None):
    values = values * mask
    if mode == "sequence":
        return np.mean(values.sum(axis=1) / (mask.sum(axis=1) + 1e-8))
    if mode == "token":
        return values.sum() / (mask.sum() + 1)
    return values.sum() / (len(values) * (budget or values.shape[1]))


def aggregate_tokens_that_knows_no_default_budget(values, mask, mode, budget=None):
    values = values * mask
    if mode == "sequence":
        return np.mean(values.sum(axis=1) / np.maximum(mask.sum(axis=1), 1))
    if mode == "token":
        return values.sum() / max(mask.sum(), 1)
    return values.sum() / (len(values) * budget)


def aggregate_tokens_that_clears_padding_in_place(values, mask, mode, budget=None):
    values[~mask] = 0
    if mode == "sequence":
        return np.mean(values.sum(axis=1) / np.maximum(mask.sum(axis=1), 1))
    if mode == "token":
        return values.sum() / max(mask.sum(), 1)
    return values.sum() / (len(values) * (budget or values.shape[1]))


def aggregate_tokens_that_reads_a_budget_in_every_mode(values, mask, mode, budget=None):
    values = values * mask
    if mode == "constant" or budget is not None:
        return values.sum() / (len(values) * (budget or values.shape[1]))
    if mode == "sequence":
        return np.mean(values.sum(axis=1) / np.maximum(mask.sum(axis=1), 1))
    return values.sum() / max(mask.sum(), 1)


def aggregate_tokens_that_drops_answers_without_tokens_from_the_constant(values, mask, mode, budget=None):
    values = values * mask
    if mode == "sequence":
        return np.mean(values.sum(axis=1) / np.maximum(mask.sum(axis=1), 1))
    if mode == "token":
        return values.sum() / max(mask.sum(), 1)
    return values.sum() / (max(mask.any(axis=1).sum(), 1) * (budget or values.shape[1]))


def decoupled_clip_that_squeezes(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    term = np.minimum(ratio * advantage, np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high) * advantage)
    if dual is not None:
        term = np.where(advantage < 0, np.maximum(term, dual * advantage), term)
    return np.squeeze(term)


def decoupled_clip_that_takes_the_sign_as_a_quotient(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    sign = advantage / np.abs(advantage)
    term = np.minimum(sign * ratio, sign * np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high))
    if dual is not None:
        term = np.where(sign < 0, np.maximum(term, -dual), term)
    return np.abs(advantage) * term


def decoupled_clip_that_keeps_the_dtype_of_the_ratio(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    term = np.zeros_like(ratio)
    term[...] = np.minimum(ratio * advantage, np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high) * advantage)
    if dual is not None:
        term[...] = np.where(advantage < 0, np.maximum(term, dual * advantage), term)
    return term


def decoupled_clip_that_has_an_inverse_lower_edge(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    term = np.minimum(ratio * advantage, np.clip(ratio, 1 / (1 + epsilon_low), 1 + epsilon_high) * advantage)
    if dual is not None:
        term = np.where(np.less(advantage, 0), np.maximum(term, dual * advantage), term)
    return term


def decoupled_clip_that_returns_the_shape_of_the_ratio(
    ratio, advantage, epsilon_low, epsilon_high, dual=None
):
    advantage = np.broadcast_to(advantage, np.shape(ratio))
    term = np.minimum(ratio * advantage, np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high) * advantage)
    return term if dual is None else np.where(advantage < 0, np.maximum(term, dual * advantage), term)


def decoupled_clip_that_bounds_the_ratio_by_dual(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    ratio = ratio if dual is None else np.minimum(ratio, dual)
    return np.minimum(ratio * advantage, np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high) * advantage)


def sequence_ratio_that_takes_the_first_places(logp_new, logp_old, mask):
    lengths = mask.sum(axis=1)
    change = np.where(np.arange(mask.shape[1]) < lengths[:, None], logp_new - logp_old, 0)
    return np.exp(change.sum(axis=1) / np.maximum(lengths, 1))


def sequence_ratio_that_squeezes(logp_new, logp_old, mask):
    lengths = np.maximum(mask.sum(axis=1), 1)
    return np.squeeze(np.exp(((logp_new - logp_old) * mask).sum(axis=1) / lengths))


def sequence_ratio_that_keeps_the_dtype_of_the_new_logarithms(logp_new, logp_old, mask):
    change = np.zeros_like(logp_new)
    change[mask] = (logp_new - logp_old)[mask]
    return np.exp(change.sum(axis=1) / np.maximum(mask.sum(axis=1), 1))


def sequence_ratio_that_drops_answers_without_tokens(logp_new, logp_old, mask):
    lengths = mask.sum(axis=1)
    change = ((logp_new - logp_old) * mask).sum(axis=1)
    return np.exp(change[lengths > 0] / lengths[lengths > 0])


def cispo_gradient_that_takes_the_first_places(
    logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high
):
    first = np.arange(mask.shape[1]) < mask.sum(axis=1)[:, None]
    weights = np.clip(np.exp(logp_new - logp_old), 1 - epsilon_low, 1 + epsilon_high)
    return weights * advantages[:, None] * first / max(mask.sum(), 1)


def cispo_gradient_that_squeezes(logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high):
    weights = np.clip(np.exp(logp_new - logp_old), 1 - epsilon_low, 1 + epsilon_high)
    return np.squeeze(weights * advantages[:, None] * mask / max(mask.sum(), 1))


def cispo_gradient_that_keeps_the_dtype_of_the_logarithms(
    logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high
):
    gradient = np.zeros_like(logp_new)
    weights = np.clip(np.exp(logp_new - logp_old), 1 - epsilon_low, 1 + epsilon_high)
    gradient[mask] = (weights * advantages[:, None] / max(mask.sum(), 1))[mask]
    return gradient


def cispo_gradient_that_clears_padding_in_place(
    logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high
):
    weights = np.clip(np.exp(logp_new - logp_old), 1 - epsilon_low, 1 + epsilon_high)
    logp_new[~mask] = 0
    return weights * advantages[:, None] * mask / max(mask.sum(), 1)


def kl_estimates_that_squeezes(logp, logp_ref):
    x = logp - logp_ref
    return [np.squeeze(each) for each in (x, x**2 / 2, np.exp(-x) - 1 + x)]


def kl_estimates_that_keeps_the_dtype_of_the_policy(logp, logp_ref):
    x = np.asarray(logp - logp_ref).astype(np.asarray(logp).dtype)
    return x, x**2 / 2, np.exp(-x) - 1 + x


def kl_estimates_that_clamps_the_exponent(logp, logp_ref):
    x = logp - logp_ref
    return x, x**2 / 2, np.exp(np.clip(-x, -20, 20)) - 1 + x


def kl_estimates_that_needs_arrays(logp, logp_ref):
    x = logp[...] - logp_ref[...]
    return x, x**2 / 2, np.exp(-x) - 1 + x


def kl_estimates_that_returns_the_shape_of_the_policy(logp, logp_ref):
    x = logp - np.broadcast_to(logp_ref, np.shape(logp))
    return x, x**2 / 2, np.exp(-x) - 1 + x


def kl_estimate_gradients_that_squeezes(logp, logp_ref):
    x = logp - logp_ref
    return [np.squeeze(each) for each in (np.ones_like(x, dtype=float), x, 1 - np.exp(-x))]


def kl_estimate_gradients_that_keeps_the_dtype_of_the_policy(logp, logp_ref):
    x = np.asarray(logp - logp_ref)
    slope = np.zeros_like(np.asarray(logp))
    slope[...] = 1 - np.exp(-x)
    return np.ones(x.shape), x, slope


def kl_estimate_gradients_that_clamps_the_exponent(logp, logp_ref):
    x = logp - logp_ref
    return np.ones_like(x, dtype=float), x, 1 - np.exp(np.clip(-x, -20, 20))


def kl_estimate_gradients_that_needs_arrays(logp, logp_ref):
    x = logp[...] - logp_ref[...]
    return np.ones(x.shape), x, 1 - np.exp(-x)


def kl_estimate_gradients_that_counts_the_entries_of_the_policy(logp, logp_ref):
    x = logp - logp_ref
    return np.ones_like(logp, dtype=float), x, 1 - np.exp(-x)


def rollout_weights_that_takes_the_first_places(logp_train, logp_rollout, mask, cap, level, low=None):
    first = np.arange(mask.shape[1]) < mask.sum(axis=1)[:, None]
    change = np.where(first, logp_train - logp_rollout, 0)
    w = np.exp(change.sum(axis=1) if level == "sequence" else change)
    w = np.minimum(w, cap) if low is None else np.where((w >= low) & (w <= cap), w, 0.0)
    return w if level == "sequence" else w * first


def rollout_weights_that_squeezes(logp_train, logp_rollout, mask, cap, level, low=None):
    change = np.where(mask, logp_train - logp_rollout, 0)
    w = np.exp(change.sum(axis=1) if level == "sequence" else change)
    w = np.minimum(w, cap) if low is None else np.where((w >= low) & (w <= cap), w, 0.0)
    return np.squeeze(w if level == "sequence" else w * mask)


def rollout_weights_that_takes_low_of_zero_for_none(logp_train, logp_rollout, mask, cap, level, low=None):
    change = np.where(mask, logp_train - logp_rollout, 0)
    w = np.exp(change.sum(axis=1) if level == "sequence" else change)
    w = np.where((w >= low) & (w <= cap), w, 0.0) if low else np.minimum(w, cap)
    return w if level == "sequence" else w * mask


def rollout_weights_that_keeps_the_dtype_of_the_trained(logp_train, logp_rollout, mask, cap, level, low=None):
    change = np.zeros_like(logp_train)
    change[mask] = (logp_train - logp_rollout)[mask]
    w = np.exp(change.sum(axis=1) if level == "sequence" else change)
    w = np.minimum(w, cap) if low is None else np.where((w >= low) & (w <= cap), w, 0.0)
    return w if level == "sequence" else w * mask


def rollout_weights_that_leaves_out_what_is_low_itself(logp_train, logp_rollout, mask, cap, level, low=None):
    change = np.where(mask, logp_train - logp_rollout, 0)
    w = np.exp(change.sum(axis=1) if level == "sequence" else change)
    w = np.minimum(w, cap) if low is None else np.where((w > low) & (w <= cap), w, 0.0)
    return w if level == "sequence" else w * mask


def rollout_weights_that_leaves_out_what_is_cap_itself(logp_train, logp_rollout, mask, cap, level, low=None):
    change = np.where(mask, logp_train - logp_rollout, 0)
    w = np.exp(change.sum(axis=1) if level == "sequence" else change)
    w = np.minimum(w, cap) if low is None else np.where((w >= low) & (w < cap), w, 0.0)
    return w if level == "sequence" else w * mask


def rollout_weights_that_bounds_no_empty_product(logp_train, logp_rollout, mask, cap, level, low=None):
    change = np.where(mask, logp_train - logp_rollout, 0)
    w = np.exp(change.sum(axis=1) if level == "sequence" else change)
    w = np.minimum(w, cap) if low is None else np.where((w >= low) & (w <= cap), w, 0.0)
    return np.where(mask.any(axis=1), w, 1.0) if level == "sequence" else w * mask


def overlong_penalty_that_squeezes(lengths, limit, buffer):
    return np.squeeze(np.clip((limit - buffer - lengths) / buffer, -1, 0))


def overlong_penalty_that_keeps_the_dtype_of_the_lengths(lengths, limit, buffer):
    return np.clip((limit - buffer - lengths) / buffer, -1, 0).astype(np.asarray(lengths).dtype)


def overlong_penalty_that_counts_in_whole_tokens(lengths, limit, buffer):
    return np.clip((limit - buffer - np.floor(lengths)) / np.floor(buffer), -1, 0)


def overlong_penalty_that_is_off_by_one_token(lengths, limit, buffer):
    inside = np.clip((limit - buffer - lengths) / buffer, -1, 0)
    return np.where(
        np.greater_equal(lengths, limit), -1.0, np.where(inside < -1 / buffer - 1e-9, inside, 0.0)
    )
