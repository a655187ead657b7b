"""The two-state MDP, the running example of the course.

States: s1 is state 0, s2 is state 1. Actions: *stay* is action 0, *go* is action 1.

    go   from s1: reward 2, next state s2        stay in s1: reward 0, next state s1
    go   from s2: reward 1, next state s1        stay in s2: reward 0, next state s2

It has no secret and no randomness of its own: all chance comes from the policy. So every quantity that
reinforcement learning usually estimates can be computed here exactly, by a linear solve with two unknowns.
The module needs NumPy only and lies beside every notebook that uses it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

STAY, GO = 0, 1
"""The two actions, by name."""

Array = NDArray[np.float64]


class TwoStateMDP:
    """The two-state Markov decision process with discount ``gamma``.

    A *policy* is an array of shape (2, 2): ``policy[s, a]`` is the probability of action a in state s, and
    each row sums to 1. No method changes its arguments.

    Attributes:
        gamma: the discount, 0 <= gamma < 1.
        transitions: (2, 2, 2), ``transitions[s, a, z]`` is the probability p(z | s, a) of landing in z.
        rewards: (2, 2), ``rewards[s, a]`` is the reward R(s, a) for action a in state s.
    """

    def __init__(self, gamma: float = 0.5) -> None:
        """Set the discount; ``ValueError`` unless 0 <= gamma < 1 (so that all sums converge)."""
        if not 0 <= gamma < 1:
            raise ValueError(f"gamma must satisfy 0 <= gamma < 1, got {gamma!r}")
        self.gamma = float(gamma)
        self.transitions: Array = np.zeros((2, 2, 2))
        for state in (0, 1):
            self.transitions[state, STAY, state] = 1.0
            self.transitions[state, GO, 1 - state] = 1.0
        self.rewards: Array = np.array([[0.0, 2.0], [0.0, 1.0]])

    def __repr__(self) -> str:
        """Name the class and its discount."""
        return f"TwoStateMDP(gamma={self.gamma})"

    def state_values(self, policy: ArrayLike) -> Array:
        """Return the state values v_pi, shape (2,).

        They solve Bellman's equation, v(s) = sum_a policy[s, a] (R(s, a) + gamma sum_z p(z | s, a) v(z)),
        which in matrices is (I - gamma P) v = R, with P and R averaged over the policy's actions.
        """
        policy = _distributions("policy", policy, (2, 2))
        step = np.einsum("sa,saz->sz", policy, self.transitions)
        reward = np.sum(policy * self.rewards, axis=1)
        return np.linalg.solve(np.eye(2) - self.gamma * step, reward)

    def action_values(self, policy: ArrayLike) -> Array:
        """Return the action values q_pi, shape (2, 2): q(s, a) = R(s, a) + gamma sum_z p(z | s, a) v(z)."""
        return self.rewards + self.gamma * self.transitions @ self.state_values(policy)

    def visitation(self, policy: ArrayLike, start: ArrayLike) -> Array:
        """Return the normalised discounted state visitation d_pi, shape (2,); it sums to 1.

        d(s) = (1 - gamma) sum_{t >= 0} gamma^t Pr(S_t = s), with S_0 drawn from ``start``, shape (2,). In
        matrices: d^T = (1 - gamma) start^T (I - gamma P)^{-1}.
        """
        policy = _distributions("policy", policy, (2, 2))
        start = _distributions("start", start, (2,))
        step = np.einsum("sa,saz->sz", policy, self.transitions)
        return (1 - self.gamma) * np.linalg.solve(np.eye(2) - self.gamma * step.T, start)

    def step(self, state: int, action: int) -> tuple[int, float]:
        """Take ``action`` in ``state``; return the pair (next state, reward)."""
        for name, index in (("state", state), ("action", action)):
            if index not in (0, 1):
                raise ValueError(f"{name} must be 0 or 1, got {index!r}")
        return int(np.argmax(self.transitions[state, action])), float(self.rewards[state, action])


def _distributions(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return ``values`` as float64, or raise ``ValueError`` unless its last axis holds probabilities."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    if not np.all(array >= 0) or not np.allclose(array.sum(axis=-1), 1, rtol=0, atol=1e-9):
        raise ValueError(f"{name} must be probabilities that sum to 1 on the last axis, got {array.tolist()}")
    return array
