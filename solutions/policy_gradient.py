"""E.3.2 and the theorem of E.3.5: softmax policies, returns, advantages and the
policy gradient."""

import numpy as np

from solutions._arguments import arguments, floats, indices, unit_interval


@arguments(logits=floats("... A"))
def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn logits into probabilities along the last axis.

        π(a) = exp(z_a) / Σ_b exp(z_b)

    Adding the same number to all logits of a row changes nothing. The
    result is finite and sums to 1 for logits as large as ±1000, where exp
    alone would overflow.

    Arguments:
        logits: (…, A) floats, z; one row of A logits for each batch entry

    Returns:
        (…, A) floats, each row a probability distribution over the A actions.

    Raises (not graded):
        ValueError: logits has no axis, or an axis of length 0.

    Source: Sutton & Barto 2018, eq. (13.2).
    """
    exps = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return exps / np.sum(exps, axis=-1, keepdims=True)


@arguments(logits=floats("... A"), action=indices("...", below="A"))
def grad_log_softmax(logits: np.ndarray, action: np.ndarray | int) -> np.ndarray:
    """Differentiate a softmax policy's log-probability with respect to its logits.

        ∇_z log π(a) = onehot(a) − π,   π = softmax(z)

    This is the score of the action. Its entries sum to 0. Stable for logits
    as large as ±1000.

    Arguments:
        logits: (…, A) floats, z
        action: (…) integers from 0 to A − 1, one action for each row of logits; for
            logits of shape (A,) one integer

    Returns:
        (…, A) floats, the gradient for each row.

    Raises (not graded):
        ValueError: action has another batch shape than logits, is not of integers,
            or is out of range.

    Source: Sutton & Barto 2018, eq. (13.9) with one-hot features; the
        characteristic eligibility of Williams 1992.
    """
    onehot = np.expand_dims(action, -1) == np.arange(np.shape(logits)[-1])
    return onehot - softmax(logits)


@arguments(rewards=floats("T ..."), gamma=unit_interval)
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    """Sum the discounted rewards to come, for every time step of one episode.

        G_t = Σ_{k=0}^{T−1−t} γᵏ R_{t+k+1},
        or backwards:   G_t = R_{t+1} + γ G_{t+1},   G_T = 0

    Arguments:
        rewards: (T, …) floats, entry t is R_{t+1}, the reward that follows step t;
            time is the first axis, any further axes are independent episodes
        gamma: γ, from 0 to 1

    Returns:
        (T, …) floats, entry t is G_t.

    Raises (not graded):
        ValueError: rewards has no time axis or no entries, or gamma
            is outside [0, 1].

    Source: Sutton & Barto 2018, eqs. (3.8) and (3.9).
    """
    returns = np.zeros(np.shape(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        following = rewards[t] + gamma * following
        returns[t] = following
    return returns


@arguments(
    returns=floats("...", or_scalar=True), values=floats("...", or_scalar=True)
)
def advantage(
    returns: np.ndarray | float, values: np.ndarray | float
) -> np.ndarray | float:
    """Compare what happened with what was expected.

        Â_t = G_t − V(s_t)

    Positive means better than the critic expected of the state,
    negative means worse.

    Arguments:
        returns: floats of any shape, G_t
        values: floats of the same shape, V(s_t); either argument may
            also be one number

    Returns:
        Floats of the same shape, Â_t.

    Raises (not graded):
        ValueError: the shapes differ and neither argument is one number.

    Source: Sutton & Barto 2018, eq. (13.11), the bracket; the
        baseline of Williams 1992.
    """
    return returns - values


@arguments(
    logits=floats("S A"),
    states=indices("T", below="S"),
    actions=indices("T", below="A"),
    weights=floats("T"),
)
def policy_gradient_estimate(
    logits: np.ndarray, states: np.ndarray, actions: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Estimate the policy gradient from sampled steps, for a table of logits.

        ĝ = (1/T) Σ_t w_t ∇_z log π(a_t | s_t),   π(· | s) = softmax(z_s)

    w_t is whatever weighs step t: the return G_t (REINFORCE) or an advantage Â_t. A
    state that occurs at several time steps collects all their contributions; the
    row of a state that does not occur is 0.

    Arguments:
        logits: (S, A) floats, z; row s holds the logits of the policy in state s
        states: (T,) integers from 0 to S − 1, s_t
        actions: (T,) integers from 0 to A − 1, a_t
        weights: (T,) floats, w_t

    Returns:
        (S, A) floats, the mean over the T steps, a gradient of the
            same shape as logits.

    Raises (not graded):
        ValueError: a wrong shape, states or actions that are not integers, or
            that are out of range.

    Source: Williams 1992 (REINFORCE); Sutton & Barto 2018, eqs. (13.8) and (13.11),
        here a mean over steps and without the factor γᵗ.
    """
    gradient = np.zeros(np.shape(logits))
    np.add.at(
        gradient,
        states,
        weights[:, None] * grad_log_softmax(logits[states], actions),
    )
    return gradient / len(states)


@arguments(
    logits=floats("S A"), state_visitation=floats("S"), q_values=floats("S A")
)
def policy_gradient_theorem(
    logits: np.ndarray, state_visitation: np.ndarray, q_values: np.ndarray
) -> np.ndarray:
    """Compute the exact policy gradient of a table of logits.

        ∇_z J = Σ_s d(s) Σ_a q(s, a) ∇_z π(a | s),   π(· | s) = softmax(z_s)
              = E_{s∼d, a∼π}[ q(s, a) ∇_z log π(a | s) ]

    With d the normalised discounted visitation (it sums to 1), J is (1 − γ) times
    the expected discounted return from the start. Row s depends on no other row:
    states that d never visits have gradient 0.

    Arguments:
        logits: (S, A) floats, z; row s holds the logits of the policy in state s
        state_visitation: (S,) floats, d; sums to 1, zeros allowed
            (neither is checked)
        q_values: (S, A) floats, q_π(s, a)

    Returns:
        (S, A) floats, ∇_z J.

    Raises (not graded):
        ValueError: a wrong shape, or S or A differ between arguments.

    Source: Sutton & Barto 2018, eqs. (13.5) and (13.6), there up to
        a constant factor.
    """
    policy = softmax(logits)
    values = np.sum(policy * q_values, axis=-1, keepdims=True)
    return state_visitation[:, None] * policy * (q_values - values)
