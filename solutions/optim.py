"""E.3.3: Adam and gradient clipping."""

import numpy as np

from solutions._arguments import (
    arguments,
    array_list,
    below_one,
    count_from_one,
    floats,
    non_negative,
    positive,
)


@arguments(
    theta=floats("..."),
    grad=floats("..."),
    m=floats("..."),
    v=floats("..."),
    t=count_from_one,
    learning_rate=non_negative,
    beta1=below_one,
    beta2=below_one,
    eps=non_negative,
)
def adam_step(
    theta: np.ndarray,
    grad: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    t: int,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take one Adam step downhill.

        m_t = β₁ m_{t−1} + (1 − β₁) g
              first moment, the running mean of g
        v_t = β₂ v_{t−1} + (1 − β₂) g²
              second moment, the running mean of g² (elementwise)
        m̂ = m_t / (1 − β₁ᵗ),   v̂ = v_t / (1 − β₂ᵗ)
              bias correction
        θ_t = θ_{t−1} − α m̂ / (√v̂ + ε)

    Arguments:
        theta: floats of any shape, θ_{t−1}
        grad: floats of the same shape, g, the gradient of the loss at θ_{t−1}
        m, v: floats of the same shape, m_{t−1} and v_{t−1}; zeros
            before the first step
        t: the number of this step, counted from 1
        learning_rate: α, at least 0
        beta1, beta2: decay rates, at least 0 and below 1
        eps: ε, the numerical guard, at least 0, added to the root and not inside it

    Returns:
        (θ_t, m_t, v_t), three new arrays of the shape of theta. The moments are
            not bias-corrected.

    Raises (not graded):
        ValueError: the shapes differ, t is not an integer of at least 1, beta1 or
            beta2 is outside [0, 1), or learning_rate or eps is negative.

    Source: Kingma & Ba 2015, Algorithm 1.
    """
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - learning_rate * m_hat / (np.sqrt(v_hat) + eps), m, v


@arguments(grads=array_list, max_norm=positive)
def clip_by_global_norm(
    grads: list[np.ndarray], max_norm: float
) -> tuple[list[np.ndarray], float]:
    """Shorten a gradient that is too long, keeping its direction.

    The gradient of a network comes as several arrays; its norm is that of all
    their entries together:

        ‖g‖ = √( Σ_i Σ_j g_{i,j}² ),
        g_i ← g_i · max_norm / ‖g‖   for every array, only if ‖g‖ > max_norm

    Arguments:
        grads: list of float arrays g_i, of any shapes
        max_norm: the longest norm allowed, above 0

    Returns:
        (list of new arrays of the same shapes in the same order, ‖g‖ before
            clipping as a float).

    Raises (not graded):
        ValueError: grads is not a list of arrays, or max_norm is not above 0.

    Source: Pascanu, Mikolov & Bengio 2013, Algorithm 1.
    """
    norm = float(
        np.sqrt(sum(np.sum(np.square(grad, dtype=float)) for grad in grads))
    )
    scale = max_norm / norm if norm > max_norm else 1.0
    return [scale * grad for grad in grads], norm
