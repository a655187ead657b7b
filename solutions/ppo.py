"""E.3.3 and E.3.5: the probability ratio and PPO's clipped objective."""

import numpy as np

from solutions._arguments import arguments, floats, non_negative


@arguments(
    logp_new=floats("...", or_scalar=True), logp_old=floats("...", or_scalar=True)
)
def probability_ratio(
    logp_new: np.ndarray | float, logp_old: np.ndarray | float
) -> np.ndarray | float:
    """Compute how much more probable the new policy makes an action.

        r = π_new(a | s) / π_old(a | s) = exp(log π_new − log π_old)

    Log-probabilities may be as low as −1000, where the probabilities themselves are
    0 in floating point.

    Arguments:
        logp_new: floats of any shape, log π_new(a | s)
        logp_old: floats of the same shape, log π_old(a | s); either argument may
            also be one number

    Returns:
        Floats of the same shape, r.

    Raises (not graded):
        ValueError: the shapes differ and neither argument is one number.

    Source: Schulman et al. 2017 (PPO), section 3, the r_t(θ) of eq. (6).
    """
    return np.exp(logp_new - logp_old)


@arguments(
    ratio=floats("...", or_scalar=True),
    advantage=floats("...", or_scalar=True),
    epsilon=non_negative,
)
def clipped_surrogate(
    ratio: np.ndarray | float, advantage: np.ndarray | float, epsilon: float
) -> np.ndarray | float:
    """Compute PPO's clipped term for each sample, without the mean.

        min( r Â, clip(r, 1 − ϵ, 1 + ϵ) Â )

    The ratio is clipped before it meets the advantage, and the smaller of the two
    products is taken whatever the sign of Â.

    Arguments:
        ratio: floats of any shape, r
        advantage: floats of the same shape, Â; ratio or advantage may
            also be one number
        epsilon: ϵ, the clip range, at least 0

    Returns:
        Floats of the same shape, one term per sample.

    Raises (not graded):
        ValueError: the shapes differ and neither is one number, or
            epsilon is negative.

    Source: Schulman et al. 2017 (PPO), eq. (7), inside the expectation.
    """
    return np.minimum(
        ratio * advantage, np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage
    )


@arguments(
    logp_new=floats("..."),
    logp_old=floats("..."),
    advantages=floats("..."),
    epsilon=non_negative,
)
def ppo_clip_objective(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    advantages: np.ndarray,
    epsilon: float,
) -> float:
    """Compute PPO's clipped objective, the mean clipped term (to be maximised).

        L = (1/N) Σ_i min( r_i Â_i, clip(r_i, 1 − ϵ, 1 + ϵ) Â_i ),
        r_i = exp(log π_new,i − log π_old,i)

    Arguments:
        logp_new: floats of any shape with N elements, log π_new(a_i | s_i)
        logp_old: floats of the same shape, log π_old(a_i | s_i)
        advantages: floats of the same shape, Â_i, used as given
        epsilon: ϵ, the clip range, at least 0

    Returns:
        A float, L.

    Raises (not graded):
        ValueError: the shapes differ, or epsilon is negative.

    Source: Schulman et al. 2017 (PPO), eq. (7).
    """
    return float(
        np.mean(
            clipped_surrogate(
                probability_ratio(logp_new, logp_old), advantages, epsilon
            )
        )
    )


@arguments(
    logp_new=floats("..."),
    logp_old=floats("..."),
    advantages=floats("..."),
    epsilon=non_negative,
)
def ppo_clip_gradient(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    advantages: np.ndarray,
    epsilon: float,
) -> np.ndarray:
    """Differentiate PPO's clipped objective with respect to the log-probabilities.

        ∂L/∂(log π_new,i) = r_i Â_i / N
            where r_i Â_i ≤ clip(r_i, 1 − ϵ, 1 + ϵ) Â_i,   and 0 elsewhere

    (Because dr/d(log π_new) = r.) Exactly at the edge, where the two products are
    equal, the gradient is alive. It is alive, too, wherever clipping would raise
    the term: Â < 0 with r > 1 + ϵ, and Â > 0 with r < 1 − ϵ.

    Arguments:
        logp_new: floats of any shape with N elements, log π_new(a_i | s_i)
        logp_old: floats of the same shape, log π_old(a_i | s_i)
        advantages: floats of the same shape, Â_i, used as given
        epsilon: ϵ, the clip range, at least 0

    Returns:
        Floats of the same shape: the gradient of the mean, so it has the
            factor 1/N.

    Raises (not graded):
        ValueError: the shapes differ, or epsilon is negative.

    Source: the derivative of Schulman et al. 2017 (PPO), eq. (7).
    """
    ratio = probability_ratio(logp_new, logp_old)
    unclipped = ratio * advantages
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.where(unclipped <= clipped, unclipped, 0.0) / np.size(ratio)
