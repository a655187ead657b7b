"""E.3.5: TD errors and generalised advantage estimation."""

import numpy as np

from solutions._arguments import arguments, flags, floats, unit_interval


@arguments(
    rewards=floats("T ..."),
    values=floats("T ..."),
    next_values=floats("T ..."),
    terminated=flags("T ..."),
    gamma=unit_interval,
)
def td_errors(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    gamma: float,
) -> np.ndarray:
    """Compute the TD error of every step.

        δ_t = R_{t+1} + γ V(s_{t+1}) − V(s_t),
              with V(s_{t+1}) counted as 0 where step t terminated

    A step that is only truncated (a time limit) is not terminated: it
    bootstraps like any other.

    Arguments:
        rewards: (T, …) floats, entry t is R_{t+1}; time first,
            further axes independent
        values: (T, …) floats, entry t is V(s_t)
        next_values: (T, …) floats, entry t is V of the true successor of
            step t, before any reset
        terminated: (T, …) bool, True where the successor of step t is terminal
            (integers 0 and 1 are accepted too)
        gamma: γ, from 0 to 1

    Returns:
        (T, …) floats, entry t is δ_t.

    Raises (not graded):
        ValueError: the shapes differ, flags other than 0 and 1, or
            gamma outside [0, 1].

    Source: Sutton & Barto 2018, eq. (6.5); the δ_t^V of Schulman et al.
        2016 (GAE), section 3.
    """
    return rewards + gamma * np.where(terminated, 0.0, next_values) - values


@arguments(
    rewards=floats("T ..."),
    values=floats("T ..."),
    next_values=floats("T ..."),
    terminated=flags("T ..."),
    truncated=flags("T ..."),
    gamma=unit_interval,
    lam=unit_interval,
)
def gae(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    gamma: float,
    lam: float,
) -> np.ndarray:
    """Compute generalised advantages of a rollout that may hold several episodes.

        δ_t = R_{t+1} + γ V(s_{t+1}) − V(s_t),
              with V(s_{t+1}) counted as 0 where step t terminated
        Â_t = Σ_l (γλ)ˡ δ_{t+l},
              the sum running to the end of the episode or of the rollout;
        backwards:   Â_t = δ_t + γλ Â_{t+1},
              with Â_{t+1} counted as 0 where step t ended or is the last

    Termination stops the bootstrap and the sum. Truncation (a time limit)
    stops the sum only: δ_t still bootstraps from the true successor. Where
    both flags are set, termination wins. The last step of a rollout that was
    merely cut bootstraps too.

    Arguments:
        rewards: (T, …) floats, entry t is R_{t+1}; time first,
            further axes independent
        values: (T, …) floats, entry t is V(s_t)
        next_values: (T, …) floats, entry t is V of the true successor of step t,
            before any reset; it equals values[t + 1] unless step t ended
        terminated: (T, …) bool, True where the successor of step t is terminal
            (integers 0 and 1 are accepted too)
        truncated: (T, …) bool, True where a time limit ended the episode after
            step t (integers 0 and 1 are accepted too)
        gamma: γ, from 0 to 1
        lam: λ, from 0 to 1; λ=0 gives the TD errors, λ=1 the discounted return,
            bootstrapped at a cut, minus V

    Returns:
        (T, …) floats, entry t is Â_t.

    Raises (not graded):
        ValueError: the shapes differ, flags other than 0 and 1, or gamma or
            lam outside [0, 1].

    Source: Schulman et al. 2016 (GAE), eq. (16), with the limits (17) and (18);
        Schulman et al. 2017 (PPO), eqs. (11) and (12).
    """
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    decay = np.where(np.logical_or(terminated, truncated), 0.0, gamma * lam)
    advantages = np.zeros(np.shape(deltas))
    following = 0.0
    for t in reversed(range(len(deltas))):
        following = deltas[t] + decay[t] * following
        advantages[t] = following
    return advantages
