"""E.3.5: targets, loss and gradient of deep Q-learning."""

import numpy as np

from solutions._arguments import arguments, flags, floats, indices, unit_interval


@arguments(
    rewards=floats("B"),
    next_q=floats("B A"),
    terminated=flags("B"),
    gamma=unit_interval,
)
def td_target(
    rewards: np.ndarray, next_q: np.ndarray, terminated: np.ndarray, gamma: float
) -> np.ndarray:
    """Compute the DQN target of each transition in a batch.

        y = R_{t+1} + γ max_{a′} Q_{θ⁻}(s_{t+1}, a′),
            and y = R_{t+1} where step t terminated

    Arguments:
        rewards: (B,) floats, R_{t+1}
        next_q: (B, A) floats, Q_{θ⁻}(s_{t+1}, ·), of the target
            network; finite everywhere
        terminated: (B,) bool, True where s_{t+1} is terminal
            (integers 0 and 1 are accepted too)
        gamma: γ, from 0 to 1

    Returns:
        (B,) floats, y.

    Raises (not graded):
        ValueError: a wrong shape, flags other than 0 and 1, or gamma outside
            [0, 1].

    Source: Mnih et al. 2015, Algorithm 1 (the y_j); Mnih et al. 2013, eq. (2).
    """
    return rewards + gamma * np.where(terminated, 0.0, np.max(next_q, axis=-1))


@arguments(
    rewards=floats("B"),
    next_q_online=floats("B A"),
    next_q_target=floats("B A"),
    terminated=flags("B"),
    gamma=unit_interval,
)
def double_dqn_target(
    rewards: np.ndarray,
    next_q_online: np.ndarray,
    next_q_target: np.ndarray,
    terminated: np.ndarray,
    gamma: float,
) -> np.ndarray:
    """Compute the double DQN target.

    The online network chooses the action, the target network values it:

        a* = argmax_{a′} Q_θ(s_{t+1}, a′)
        y = R_{t+1} + γ Q_{θ⁻}(s_{t+1}, a*),
            and y = R_{t+1} where step t terminated

    The first index wins a tie in the argmax.

    Arguments:
        rewards: (B,) floats, R_{t+1}
        next_q_online: (B, A) floats, Q_θ(s_{t+1}, ·), of the online network
        next_q_target: (B, A) floats, Q_{θ⁻}(s_{t+1}, ·), of the target
            network; finite everywhere
        terminated: (B,) bool, True where s_{t+1} is terminal
            (integers 0 and 1 are accepted too)
        gamma: γ, from 0 to 1

    Returns:
        (B,) floats, y.

    Raises (not graded):
        ValueError: a wrong shape, flags other than 0 and 1, or gamma outside
            [0, 1].

    Source: van Hasselt, Guez & Silver 2016, section Double DQN, the Y_t^DoubleDQN.
    """
    best = np.argmax(next_q_online, axis=-1)
    bootstrap = next_q_target[np.arange(len(best)), best]
    return rewards + gamma * np.where(terminated, 0.0, bootstrap)


@arguments(q=floats("B A"), actions=indices("B", below="A"), targets=floats("B"))
def dqn_loss(q: np.ndarray, actions: np.ndarray, targets: np.ndarray) -> float:
    """Compute the squared error of the action values that were used.

        L = (1/B) Σ_i ½ δ_i²,   δ_i = y_i − Q_θ(s_i, a_i)

    Arguments:
        q: (B, A) floats, Q_θ(s_i, ·)
        actions: (B,) integers from 0 to A − 1, a_i
        targets: (B,) floats, y_i

    Returns:
        A float, the mean over the batch (to be minimised).

    Raises (not graded):
        ValueError: a wrong shape, or actions that are not integers or out of range.

    Source: Mnih et al. 2013, eq. (2), here with the factor ½.
    """
    return float(np.mean((targets - q[np.arange(len(q)), actions]) ** 2) / 2)


@arguments(q=floats("B A"), actions=indices("B", below="A"), targets=floats("B"))
def dqn_gradient(
    q: np.ndarray, actions: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Differentiate `dqn_loss` with respect to the action values, targets constant.

        ∂L/∂Q(s_i, a) = (Q_θ(s_i, a_i) − y_i) / B   for a = a_i,
                        and 0 for every other action

    This is a semi-gradient: y depends on parameters too, and that is ignored on
    purpose. Mind the sign: the gradient points along −δ.

    Arguments:
        q: (B, A) floats, Q_θ(s_i, ·)
        actions: (B,) integers from 0 to A − 1, a_i
        targets: (B,) floats, y_i

    Returns:
        (B, A) floats: the gradient of the mean, so it has the factor 1/B.

    Raises (not graded):
        ValueError: a wrong shape, or actions that are not integers or out of range.

    Source: Mnih et al. 2013, eq. (3), here with respect to the
        outputs of the network.
    """
    rows = np.arange(len(q))
    gradient = np.zeros(np.shape(q))
    gradient[rows, actions] = (q[rows, actions] - targets) / len(q)
    return gradient
