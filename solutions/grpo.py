"""E.3.5: group-relative advantages and the one-token GRPO objective."""

import numpy as np

from solutions._arguments import arguments, floats, non_negative
from solutions.ppo import ppo_clip_objective


@arguments(rewards=floats("... n"), eps=non_negative)
def group_advantages(rewards: np.ndarray, eps: float = 1e-8) -> np.ndarray:
    """Compare each answer with the other answers to the same question.

        Â_i = (r_i − μ) / (σ + ε),
        μ = (1/n) Σ_i r_i,   σ = √( (1/n) Σ_i (r_i − μ)² )

    σ is the population deviation, with n and not n − 1. A group whose rewards
    are all equal (max = min) teaches nothing and gets exact zeros, also with
    ε = 0 and for n = 1.

    Arguments:
        rewards: (…, n) floats, r; each group of n answers lies along the last axis
        eps: ε, the numerical guard, at least 0, added to σ

    Returns:
        (…, n) floats, Â; every group is normalised by itself.

    Raises (not graded):
        ValueError: rewards has no axis, or an axis of length 0, or eps is negative.

    Source: Shao et al. 2024 (DeepSeekMath), section 4.1.2, outcome supervision;
        the guard ε is ours.
    """
    mean = np.mean(rewards, axis=-1, keepdims=True)
    sigma = np.std(rewards, axis=-1, keepdims=True)
    # The mean of equal numbers can miss them by a rounding error, which a tiny
    # σ + ε would blow up.
    highest = np.max(rewards, axis=-1, keepdims=True)
    equal = highest == np.min(rewards, axis=-1, keepdims=True)
    return np.where(
        equal, 0.0, (rewards - mean) / np.where(equal, 1.0, sigma + eps)
    )


@arguments(
    logp_new=floats("... n"),
    logp_old=floats("... n"),
    rewards=floats("... n"),
    epsilon=non_negative,
    eps=non_negative,
)
def grpo_objective(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    rewards: np.ndarray,
    epsilon: float,
    eps: float = 1e-8,
) -> float:
    """Compute GRPO's objective for one-token answers, no KL term (to be maximised).

        L = mean over all answers of
            min( ratio_i Â_i, clip(ratio_i, 1 − ϵ, 1 + ϵ) Â_i )
        ratio_i = exp(log π_new,i − log π_old,i),
        Â_i = (reward_i − μ) / (σ + ε) within the answer's group

    Arguments:
        logp_new: (…, n) floats, log π_new of each answer; groups of n answers lie
            along the last axis
        logp_old: (…, n) floats, log π_old of each answer
        rewards: (…, n) floats, the reward of each answer
        epsilon: ϵ, the clip range, at least 0
        eps: ε, added to the population deviation σ, at least 0; a group with
            equal rewards has Â = 0

    Returns:
        A float, L.

    Raises (not graded):
        ValueError: the shapes differ, or epsilon or eps is negative.

    Source: Shao et al. 2024 (DeepSeekMath), eq. (3), with |o_i| = 1 and β = 0.
    """
    return ppo_clip_objective(
        logp_new, logp_old, group_advantages(rewards, eps), epsilon
    )
