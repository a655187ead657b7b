"""Beyond the module: what came after GRPO, one function for each change."""

import numpy as np

from solutions._arguments import (
    above_one,
    arguments,
    choice,
    flags,
    floats,
    group_of_two,
    non_negative,
    optional,
    positive,
)


@arguments(rewards=group_of_two)
def rloo_advantages(rewards: np.ndarray) -> np.ndarray:
    """Compare each answer with the mean of the other answers to the same question.

        Â_i = r_i − (1/(n−1)) Σ_{j≠i} r_j = n/(n−1) · (r_i − μ)

    The answer itself is left out of its own baseline, and nothing is divided by a
    deviation.

    Arguments:
        rewards: (…, n) floats, r; each group of n ≥ 2 answers lies along the last
            axis

    Returns:
        (…, n) floats, Â; no group sees another.

    Raises (not graded):
        ValueError: rewards has no axis, or an axis of length 0, or a group has
            fewer than two answers.

    Source: Ahmadian et al. 2024, the RLOO estimator.
    """
    n = np.shape(rewards)[-1]
    return (rewards - np.mean(rewards, axis=-1, keepdims=True)) * n / (n - 1)


@arguments(
    values=floats("n L"),
    mask=flags("n L"),
    mode=choice("sequence", "token", "constant"),
    budget=optional(positive),
)
def aggregate_tokens(
    values: np.ndarray, mask: np.ndarray, mode: str, budget: float | None = None
) -> float:
    """Make one number of the tokens of n answers, in one of three ways.

        "sequence":  (1/n) Σ_i (1/|o_i|) Σ_t x_{i,t}       GRPO
        "token":     Σ_i Σ_t x_{i,t} / Σ_i |o_i|           DAPO
        "constant":  Σ_i Σ_t x_{i,t} / (n · budget)        Dr. GRPO

    Only the tokens of the mask count, and |o_i| is how many of them answer i has.
    An answer without tokens counts as 0 and stays among the n; if no answer has
    any, the result is 0.

    Arguments:
        values: (n, L) floats, x; what stands outside the mask is padding
        mask: (n, L) bools, True where a token belongs to its answer
        mode: "sequence", "token" or "constant"
        budget: the tokens that an answer may have, above 0; None stands for L.
            Only "constant" reads it

    Returns:
        A float.

    Raises (not graded):
        ValueError: the shapes differ, mode is another word, or budget is not
            above 0.

    Source: Shao et al. 2024 (DeepSeekMath), eq. (3); Yu et al. 2025 (DAPO),
        eq. (12); Liu et al. 2025 (Dr. GRPO), whose code divides by a constant.
    """
    n, length = np.shape(values)
    kept = np.where(mask, values, 0.0)
    if mode == "sequence":
        tokens = np.maximum(np.sum(mask, axis=1), 1)
        return float(np.mean(np.sum(kept, axis=1) / tokens))
    if mode == "token":
        return float(np.sum(kept) / max(np.sum(mask), 1))
    return float(np.sum(kept) / (n * (budget or length)))


@arguments(
    ratio=floats("...", or_scalar=True),
    advantage=floats("...", or_scalar=True),
    epsilon_low=non_negative,
    epsilon_high=non_negative,
    dual=optional(above_one),
)
def decoupled_clip(
    ratio: np.ndarray | float,
    advantage: np.ndarray | float,
    epsilon_low: float,
    epsilon_high: float,
    dual: float | None = None,
) -> np.ndarray | float:
    """Compute PPO's clipped term with two bounds, and a floor for bad answers.

        x = min( r Â, clip(r, 1 − ϵ_low, 1 + ϵ_high) Â )
        with dual = c, and where Â < 0:  max( x, c Â )

    With ϵ_low = ϵ_high and without dual this is PPO's own term.

    Arguments:
        ratio: floats of any shape, r
        advantage: floats of the same shape, Â; ratio or advantage may
            also be one number
        epsilon_low: ϵ_low, how far r may fall, at least 0
        epsilon_high: ϵ_high, how far r may rise, at least 0
        dual: c, above 1; None for no floor

    Returns:
        Floats of the same shape, one term per sample.

    Raises (not graded):
        ValueError: the shapes differ and neither is one number, a bound is
            negative, or dual is not above 1.

    Source: Yu et al. 2025 (DAPO), eq. (10), inside the sums; with dual, Ye et
        al. 2020, the dual-clip objective.
    """
    clipped = np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high)
    term = np.minimum(ratio * advantage, clipped * advantage)
    if dual is None:
        return term
    return np.where(advantage < 0, np.maximum(term, dual * advantage), term)


@arguments(logp_new=floats("n L"), logp_old=floats("n L"), mask=flags("n L"))
def sequence_ratio(
    logp_new: np.ndarray, logp_old: np.ndarray, mask: np.ndarray
) -> np.ndarray:
    """Compute GSPO's ratio of each answer, the geometric mean of its tokens'.

        s_i = exp( (1/|o_i|) Σ_t (log π_new,i,t − log π_old,i,t) )

    The sum runs over the tokens of the mask, |o_i| of them. An answer without
    tokens has the ratio 1.

    Arguments:
        logp_new: (n, L) floats, log π_new of each token
        logp_old: (n, L) floats, log π_old of each token
        mask: (n, L) bools, True where a token belongs to its answer; what stands
            elsewhere is padding

    Returns:
        (n,) floats, s.

    Raises (not graded):
        ValueError: the shapes differ.

    Source: Zheng et al. 2025 (GSPO), eq. (7).
    """
    log_ratio = np.where(mask, logp_new - logp_old, 0.0)
    tokens = np.maximum(np.sum(mask, axis=1), 1)
    return np.exp(np.sum(log_ratio, axis=1) / tokens)


@arguments(
    logp_new=floats("n L"),
    logp_old=floats("n L"),
    advantages=floats("n"),
    mask=flags("n L"),
    epsilon_low=non_negative,
    epsilon_high=non_negative,
)
def cispo_gradient(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    advantages: np.ndarray,
    mask: np.ndarray,
    epsilon_low: float,
    epsilon_high: float,
) -> np.ndarray:
    """Differentiate CISPO's objective with respect to the new log-probabilities.

        L = Σ_i Σ_t sg( clip(r_{i,t}, 1 − ϵ_low, 1 + ϵ_high) ) Â_i log π_new,i,t
            / Σ_i |o_i|,      r_{i,t} = exp(log π_new,i,t − log π_old,i,t)

    sg, the stop-gradient, holds the clipped ratio constant. So it is a weight:
    bounded, and no token's gradient dies. All sums run over the tokens of the mask.

    Arguments:
        logp_new: (n, L) floats, log π_new of each token
        logp_old: (n, L) floats, log π_old of each token
        advantages: (n,) floats, Â of each answer
        mask: (n, L) bools, True where a token belongs to its answer; what stands
            elsewhere is padding
        epsilon_low: ϵ_low, at least 0; above 1 it bounds nothing
        epsilon_high: ϵ_high, at least 0

    Returns:
        (n, L) floats, ∂L/∂(log π_new,i,t), 0 outside the mask.

    Raises (not graded):
        ValueError: the shapes differ, or a bound is negative.

    Source: MiniMax 2025 (MiniMax-M1, CISPO), eq. (4) and (5).
    """
    ratio = np.exp(logp_new - logp_old)
    weights = np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high)
    terms = np.where(mask, weights * advantages[:, None], 0.0)
    return terms / max(np.sum(mask), 1)


@arguments(
    logp=floats("...", or_scalar=True), logp_ref=floats("...", or_scalar=True)
)
def kl_estimates(
    logp: np.ndarray | float, logp_ref: np.ndarray | float
) -> tuple[np.ndarray | float, np.ndarray | float, np.ndarray | float]:
    """Estimate KL(π ‖ π_ref) from single samples, in three ways.

        k1 = log(π/π_ref)
        k2 = ½ (log(π/π_ref))²
        k3 = π_ref/π − 1 + log(π/π_ref)

    Log-probabilities may be as low as −1000, where the probabilities themselves are
    0 in floating point.

    Arguments:
        logp: floats of any shape, log π of what was sampled
        logp_ref: floats of the same shape, log π_ref of the same; either argument
            may also be one number

    Returns:
        (k1, k2, k3): floats of the same shape each.

    Raises (not graded):
        ValueError: the shapes differ and neither argument is one number.

    Source: Schulman 2020 (Approximating KL divergence).
    """
    log_ratio = logp - logp_ref
    return log_ratio, log_ratio**2 / 2, np.expm1(-log_ratio) + log_ratio


@arguments(
    logp=floats("...", or_scalar=True), logp_ref=floats("...", or_scalar=True)
)
def kl_estimate_gradients(
    logp: np.ndarray | float, logp_ref: np.ndarray | float
) -> tuple[np.ndarray | float, np.ndarray | float, np.ndarray | float]:
    """Differentiate the three KL estimates with respect to log π.

        dk1/d(log π) = 1
        dk2/d(log π) = log(π/π_ref)
        dk3/d(log π) = 1 − π_ref/π

    Each estimate is differentiated as it stands, for one sample; the reference is
    constant.

    Arguments:
        logp: floats of any shape, log π of what was sampled
        logp_ref: floats of the same shape, log π_ref of the same; either argument
            may also be one number

    Returns:
        (dk1, dk2, dk3): floats of the same shape each, the constant 1 too.

    Raises (not graded):
        ValueError: the shapes differ and neither argument is one number.

    Source: the derivatives of Schulman 2020 (Approximating KL divergence).
    """
    log_ratio = logp - logp_ref
    return np.ones_like(log_ratio), log_ratio, -np.expm1(-log_ratio)


@arguments(
    logp_train=floats("n L"),
    logp_rollout=floats("n L"),
    mask=flags("n L"),
    cap=positive,
    level=choice("token", "sequence"),
    low=optional(non_negative),
)
def rollout_weights(
    logp_train: np.ndarray,
    logp_rollout: np.ndarray,
    mask: np.ndarray,
    cap: float,
    level: str,
    low: float | None = None,
) -> np.ndarray:
    """Weight samples for which another engine than the trained one was asked.

        "token":     w_{i,t} = π_train,i,t / π_rollout,i,t
        "sequence":  w_i = Π_t π_train,i,t / π_rollout,i,t
        without low: min(w, cap)
        with low:    w where low ≤ w ≤ cap, and 0 elsewhere

    The product runs over the tokens of the mask; that of an answer without tokens
    is 1.

    Arguments:
        logp_train: (n, L) floats, log π of each token by the engine that trains
        logp_rollout: (n, L) floats, log π of each token by the engine that sampled
        mask: (n, L) bools, True where a token belongs to its answer; what stands
            elsewhere is padding
        cap: the largest weight, above 0
        level: "token" or "sequence"
        low: the smallest weight that counts, at least 0; None for truncation
            alone

    Returns:
        (n, L) floats, 0 outside the mask, for "token"; (n,) floats for
            "sequence".

    Raises (not graded):
        ValueError: the shapes differ, level is another word, cap is not above 0,
            or low is negative.

    Source: Yao et al. 2025 (truncated importance sampling); with low, Ling Team
        2025 (IcePop).
    """
    log_ratio = np.where(mask, logp_train - logp_rollout, 0.0)
    if level == "sequence":
        log_ratio = np.sum(log_ratio, axis=1)
    weights = np.exp(log_ratio)
    if low is None:
        weights = np.minimum(weights, cap)
    else:
        weights = np.where(weights == np.clip(weights, low, cap), weights, 0.0)
    return weights if level == "sequence" else np.where(mask, weights, 0.0)


@arguments(lengths=floats("...", or_scalar=True), limit=positive, buffer=positive)
def overlong_penalty(
    lengths: np.ndarray | float, limit: float, buffer: float
) -> np.ndarray | float:
    """Punish an answer by how far it runs into the buffer before a limit.

        0                            where |o| ≤ limit − buffer
        (limit − buffer − |o|) / buffer      up to |o| = limit
        −1                           where |o| > limit

    Arguments:
        lengths: floats of any shape or one number, |o|, the tokens of each answer
        limit: the tokens that an answer may have, above 0
        buffer: the last tokens before the limit, which cost already, above 0

    Returns:
        Floats of the same shape, from −1 to 0, to be added to the rewards.

    Raises (not graded):
        ValueError: limit or buffer is not above 0.

    Source: Yu et al. 2025 (DAPO), eq. (13).
    """
    return np.clip((limit - buffer - lengths) / buffer, -1.0, 0.0)
