"""E.3.4: the log-derivative trick and Taylor expansions."""

import numpy as np

from solutions._arguments import arguments, floats, indices, number, one_or_two
from solutions.policy_gradient import grad_log_softmax, softmax


@arguments(logits=floats("A"), q=floats("A"))
def score_function_gradient(logits: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Compute the exact gradient of one decision's expected value.

        J(z) = Σ_a π(a) q(a),   π = softmax(z)
        ∇_z J = Σ_a q(a) ∇_z π(a) = E_{a∼π}[ q(a) ∇_z log π(a) ]

    The expectation is a sum over all A actions, nothing is sampled. Adding a
    constant to q changes nothing.

    Arguments:
        logits: (A,) floats, z
        q: (A,) floats, the value of each action, constant in z

    Returns:
        (A,) floats, ∇_z J.

    Raises (not graded):
        ValueError: an argument is not one-dimensional, or the lengths differ.

    Source: Williams 1992; Sutton & Barto 2018, section 2.8 (the
        derivation of eq. (2.12)).
    """
    policy = softmax(logits)
    return policy * (q - policy @ q)


@arguments(logits=floats("A"), actions=indices("N", below="A"), q=floats("A"))
def score_function_estimate(
    logits: np.ndarray, actions: np.ndarray, q: np.ndarray
) -> np.ndarray:
    """Estimate the gradient of a decision's expected value from sampled actions.

        ĝ = (1/N) Σ_n q(a_n) ∇_z log π(a_n),   a_n ∼ π = softmax(z)

    Its expectation is `score_function_gradient(logits, q)`; no
    baseline is subtracted.

    Arguments:
        logits: (A,) floats, z
        actions: (N,) integers from 0 to A − 1, the sampled actions a_n
        q: (A,) floats, the value of each action (not of each sample)

    Returns:
        (A,) floats, the mean over the N samples.

    Raises (not graded):
        ValueError: a wrong shape, or actions that are not integers or out of range.

    Source: Williams 1992; Sutton & Barto 2018, section 2.8, eq. (2.12)
        without the baseline.
    """
    scores = np.eye(len(logits))[actions] - softmax(logits)
    return np.mean(q[actions][:, None] * scores, axis=0)


@arguments(
    f0=number,
    gradient=floats("d"),
    hessian=floats("d d"),
    delta=floats("d"),
    order=one_or_two,
)
def taylor(
    f0: float,
    gradient: np.ndarray,
    hessian: np.ndarray,
    delta: np.ndarray,
    order: int,
) -> float:
    """Approximate f(θ + Δ) from the value, gradient and Hessian of f at θ.

        order 1:   f(θ) + ∇fᵀ Δ
        order 2:   f(θ) + ∇fᵀ Δ + ½ Δᵀ H Δ

    Arguments:
        f0: f(θ), a number
        gradient: (d,) floats, ∇f(θ); d=1 is an array of length 1
        hessian: (d, d) floats, H, symmetric (not checked); passed at order 1 too,
            and not used there
        delta: (d,) floats, Δ
        order: 1 or 2

    Returns:
        A float, the approximation.

    Raises (not graded):
        ValueError: the shapes do not fit together, or order is neither 1 nor 2.

    Source: Nocedal & Wright 2006, Numerical Optimization, theorem 2.1
        (Taylor's theorem).
    """
    first_order = f0 + gradient @ delta
    return float(
        first_order if order == 1 else first_order + delta @ hessian @ delta / 2
    )


@arguments(
    logits_old=floats("A"),
    delta=floats("A"),
    action=indices("", below="A"),
    order=one_or_two,
)
def ratio_taylor(
    logits_old: np.ndarray, delta: np.ndarray, action: int, order: int
) -> float:
    """Approximate an action's probability ratio after a small change of the logits.

    With π = softmax(z_old), e_a the one-hot vector of the action and
    r(Δ) = softmax(z_old + Δ)_a / π(a):

        order 1:   r(Δ) ≈ 1 + ∇rᵀ Δ,
                   ∇r = e_a − π
        order 2:   r(Δ) ≈ 1 + ∇rᵀ Δ + ½ Δᵀ ∇²r Δ,
                   ∇²r = (e_a − π)(e_a − π)ᵀ − (diag(π) − ππᵀ)

    Arguments:
        logits_old: (A,) floats, z_old
        delta: (A,) floats, Δ, the change of the logits
        action: the action a, an integer from 0 to A − 1
        order: 1 or 2

    Returns:
        A float, the approximate ratio.

    Raises (not graded):
        ValueError: the shapes differ, action is out of range, or order
            is neither 1 nor 2.

    Source: Taylor's theorem (Nocedal & Wright 2006, theorem 2.1) applied to the
        r_t(θ) of Schulman et al. 2017 (PPO), eq. (6).
    """
    policy = softmax(logits_old)
    gradient = grad_log_softmax(logits_old, action)
    hessian = np.outer(gradient, gradient) - (
        np.diag(policy) - np.outer(policy, policy)
    )
    return taylor(1.0, gradient, hessian, delta, order)
