"""E.3.6: the update of PPO for a table of logits."""

import numpy as np

from solutions._arguments import arguments, count, floats, indices, non_negative
from solutions.policy_gradient import policy_gradient_estimate
from solutions.ppo import ppo_clip_gradient


@arguments(
    logits=floats("S A"),
    states=indices("T", below="S"),
    actions=indices("T", below="A"),
    advantages=floats("T"),
    epsilon=non_negative,
    learning_rate=non_negative,
    epochs=count,
)
def ppo_update(
    logits: np.ndarray,
    states: np.ndarray,
    actions: np.ndarray,
    advantages: np.ndarray,
    epsilon: float,
    learning_rate: float,
    epochs: int,
) -> np.ndarray:
    """Improve a table of logits by gradient ascent on PPO's clipped objective.

    π_z(· | s) = softmax(z_s); z_old are the logits given, and log π_old stays
    theirs through all epochs. Each epoch is one step with the whole batch:

        r_t = π_z(a_t | s_t) / π_{z_old}(a_t | s_t)
        L(z) = (1/T) Σ_t min( r_t Â_t, clip(r_t, 1 − ϵ, 1 + ϵ) Â_t )
        z ← z + α ∇_z L(z)

    At the edge of the clip range the gradient is alive, so the first epoch, where
    every r is 1, is a plain policy gradient step, also with ϵ = 0. Stable for
    logits as large as ±1000.

    Arguments:
        logits: (S, A) floats, z_old; row s holds the logits of the policy
            in state s
        states: (T,) integers from 0 to S − 1, s_t
        actions: (T,) integers from 0 to A − 1, a_t
        advantages: (T,) floats, Â_t, used as given (not normalised)
        epsilon: ϵ, the clip range, at least 0
        learning_rate: α, at least 0
        epochs: number of steps, an integer of at least 0

    Returns:
        (S, A) floats, the new logits, always a new array: epochs=0 gives a copy.

    Raises (not graded):
        ValueError: a wrong shape, states or actions out of range, a negative
            epsilon or learning_rate, or epochs not an integer of at least 0.

    Source: Schulman et al. 2017 (PPO), Algorithm 1 and eq. (7), with full-batch
        steps.
    """

    def log_probabilities(z: np.ndarray) -> np.ndarray:
        shifted = z - np.max(z, axis=-1, keepdims=True)
        return (shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True)))[
            states, actions
        ]

    z = np.array(logits, dtype=float)
    logp_old = log_probabilities(z)
    for _ in range(epochs):
        # The weights ∂L/∂log π_t hold the factor 1/T already; the estimate divides
        # by T once more.
        weights = len(states) * ppo_clip_gradient(
            log_probabilities(z), logp_old, advantages, epsilon
        )
        z = z + learning_rate * policy_gradient_estimate(
            z, states, actions, weights
        )
    return z
