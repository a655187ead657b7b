"""E.3.6: three helpers of a PPO training loop."""

import numpy as np

from solutions._arguments import (
    arguments,
    count_from_one,
    flags,
    floats,
    non_negative,
    shuffled_indices,
    unit_interval,
)


@arguments(advantages=floats("..."), eps=non_negative)
def hunt_normalize_advantages(
    advantages: np.ndarray, eps: float = 1e-8
) -> np.ndarray:
    """Normalise the advantages of a whole batch to mean 0 and deviation 1.

        Â ← (Â − μ) / (σ + ε)

    μ and σ (the population deviation) are two numbers for the whole batch, taken
    over all its elements: all time steps and all environments together. So the
    order of two elements never changes.

    Arguments:
        advantages: floats of any shape, for example (T,) or (T, N) for N
            environments side by side; not all equal
        eps: ε, the numerical guard, at least 0, added to σ

    Returns:
        Floats of the same shape.

    Raises (not graded):
        ValueError: advantages has no elements, or eps is negative.

    Source: Andrychowicz et al. 2021 (What Matters for On-Policy Deep
        Actor-Critic Methods), where it is one of PPO's implementation choices,
        made there per minibatch.
    """
    return (advantages - np.mean(advantages)) / (np.std(advantages) + eps)


@arguments(
    rewards=floats("T ..."),
    next_values=floats("T ..."),
    terminated=flags("T ..."),
    truncated=flags("T ..."),
    gamma=unit_interval,
    lam=unit_interval,
)
def hunt_value_targets(
    rewards: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    gamma: float,
    lam: float,
) -> np.ndarray:
    """Compute the λ-returns that the critic is trained towards.

        G_t = R_{t+1} + γ ( (1 − λ) V(s_{t+1}) + λ G_{t+1} )

    Where step t terminated, nothing follows: G_t = R_{t+1}. Where step t was
    truncated (a time limit), and at the last step of the rollout, G_{t+1} is not
    known and V(s_{t+1}) takes its place: G_t = R_{t+1} + γ V(s_{t+1}). Where both
    flags are set, termination wins. G_t equals V(s_t) plus the generalised
    advantage estimate of step t.

    Arguments:
        rewards: (T, …) floats, entry t is R_{t+1}; time first,
            further axes independent
        next_values: (T, …) floats, entry t is V of the true successor of
            step t, before any reset
        terminated: (T, …) bool, True where the successor of step t is terminal
            (integers 0 and 1 are accepted too)
        truncated: (T, …) bool, True where a time limit ended the episode after
            step t (integers 0 and 1 are accepted too)
        gamma: γ, from 0 to 1
        lam: λ, from 0 to 1

    Returns:
        (T, …) floats, entry t is G_t.

    Raises (not graded):
        ValueError: the shapes differ, flags other than 0 and 1, or gamma or
            lam outside [0, 1].

    Source: Sutton & Barto 2018, eq. (12.18), with constant γ and λ.
    """
    targets = np.zeros(np.shape(rewards))
    following = next_values[-1]
    for t in reversed(range(len(rewards))):
        following = np.where(truncated[t], next_values[t], following)
        mixture = (1 - lam) * next_values[t] + lam * following
        following = rewards[t] + gamma * np.where(terminated[t], 0.0, mixture)
        targets[t] = following
    return targets


@arguments(permutation=shuffled_indices, size=count_from_one)
def hunt_minibatches(permutation: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut a shuffled rollout into minibatches.

    The minibatches are consecutive pieces of the permutation, in its order. Each
    has `size` indices; the last one has fewer when `size` does not divide N.
    Together they hold each of the N samples exactly once.

    Arguments:
        permutation: (N,) integers, 0 … N − 1 each once, the order in which
            the samples are used
        size: number of samples per minibatch, an integer of at least 1, may exceed
            N

    Returns:
        A list of integer arrays, the indices of each minibatch, in order.

    Raises (not graded):
        ValueError: permutation is not a permutation of 0 … N − 1, or size is
            no integer above 0.

    Source: Schulman et al. 2017 (PPO), Algorithm 1 (K epochs of minibatches).
    """
    return [
        permutation[start : start + size].copy()
        for start in range(0, len(permutation), size)
    ]
