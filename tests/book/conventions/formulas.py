"""What the functions of the course give for the lines of `libraries/lines.py`."""

from collections.abc import Callable, Iterable

import numpy as np

import solutions
from tests.book.conventions.libraries import lines


def answers() -> dict[str, list]:
    """Return the results of the course for each line, as lists of numbers, in the order of the line's own."""
    return {
        name: [np.asarray(each).tolist() for each in function(_Given())] for name, function in OURS.items()
    }


def deviation(expected: list, found: list) -> float:
    """Return the largest difference between results, relative to numbers above 1 in size.

    Raises `ValueError` where their shapes differ.
    """
    largest = 0.0
    for want, got in zip(expected, found, strict=True):
        want, got = np.asarray(want, float), np.asarray(got, float)
        if want.shape != got.shape:
            raise ValueError(f"shapes {want.shape} and {got.shape}")
        largest = max(largest, float(np.max(np.abs(want - got) / np.maximum(1, np.abs(want)))))
    return largest


class _Given:
    """What the lines are given, as attributes; arrays of NumPy."""

    def __init__(self) -> None:
        arrays = lines.GIVEN | lines.INTEGERS | lines.FLAGS
        self.__dict__.update({name: np.array(value) for name, value in arrays.items()} | lines.NUMBERS)

    def slope(self, theta: np.ndarray) -> np.ndarray:
        """The gradient of J = −‖θ − c‖² + θ₁θ₂², by hand."""
        return -2 * (theta - self.c) + np.array([theta[1] ** 2, 2 * theta[0] * theta[1]])

    def objective(self, theta: np.ndarray) -> float:
        return float(-np.sum((theta - self.c) ** 2) + theta[0] * theta[1] ** 2)

    def curvature(self) -> np.ndarray:
        first, second = self.theta
        return np.array([[-2.0, 2 * second], [2 * second, 2 * first - 2]])


def _adam(given: _Given) -> Iterable[np.ndarray]:
    theta, m, v = given.theta, np.zeros(2), np.zeros(2)
    for t, gradient in enumerate(given.grads, start=1):
        theta, m, v = solutions.adam_step(theta, -gradient, m, v, t, 0.01, eps=1e-5)
    yield theta


def _clipped(given: _Given) -> list[np.ndarray]:
    gradients = solutions.mlp_gradients(given.x, given.target, given.w1, given.w2)
    return solutions.clip_by_global_norm(list(gradients), 0.5)[0]


def _gae(given: _Given) -> Iterable[np.ndarray]:
    """With V = 0 and no bootstrap the rewards are the TD errors."""
    zeros = np.zeros(given.T)
    yield solutions.gae(given.delta, zeros, zeros, given.ends, given.ends, given.gamma, given.lam)


def _ppo(given: _Given) -> Iterable[np.ndarray]:
    batch = given.logp_new, given.logp_old, given.adv, given.eps
    return solutions.ppo_clip_objective(*batch), solutions.ppo_clip_gradient(*batch)


OURS: dict[str, Callable[[_Given], Iterable]] = {
    "gradient": lambda g: [solutions.numerical_gradient(g.objective, g.theta)],
    "chain_rule": lambda g: [solutions.chain_rule_gradient(g.theta[0], 3.0, 6.0)],
    "backpropagation": lambda g: solutions.mlp_gradients(g.x, g.target, g.w1, g.w2),
    "ascent": lambda g: [solutions.gradient_ascent(g.slope, g.theta, 0.1, 1)[-1]],
    "taylor": lambda g: [solutions.taylor(g.objective(g.theta), g.slope(g.theta), g.curvature(), g.d, 2)],
    "softmax": lambda g: [solutions.softmax(g.logits)],
    "log_probability": lambda g: [np.log(solutions.softmax(g.z))[g.a]],
    "score": lambda g: [solutions.grad_log_softmax(g.z, g.a)],
    "score_function": lambda g: [solutions.score_function_gradient(g.z, g.q)],
    "policy_gradient": lambda g: [solutions.policy_gradient_estimate(g.logits, g.s, g.acts, g.w)],
    "theorem": lambda g: [solutions.policy_gradient_theorem(g.logits, g.visits, g.q_sa)],
    "advantage": lambda g: [solutions.advantage(g.returns, g.V)],
    "returns": lambda g: [solutions.discounted_returns(g.R, g.gamma)],
    "td_error": lambda g: [solutions.td_errors(g.R, g.V, g.V_next, g.done, g.gamma)],
    "gae": _gae,
    "dqn_target": lambda g: [solutions.td_target(g.R, g.Q_target, g.done, g.gamma)],
    "double_dqn_target": lambda g: [solutions.double_dqn_target(g.R, g.Q_next, g.Q_target, g.done, g.gamma)],
    "dqn_loss": lambda g: [solutions.dqn_loss(g.Q, g.acts, g.y), solutions.dqn_gradient(g.Q, g.acts, g.y)],
    "ratio": lambda g: [solutions.probability_ratio(g.logp_new, g.logp_old)],
    "ppo": _ppo,
    "group_advantages": lambda g: [solutions.group_advantages(g.r)],
    "clipped_norm": _clipped,
    "adam": _adam,
}
