"""E.3.1: numerical gradients, gradient paths, the chain rule, backpropagation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import (
    chain_rule_gradient,
    gradient_ascent,
    gradient_descent,
    mlp_gradients,
    numerical_gradient,
)


def objective(theta):
    """J(θ) = −(θ − 0.8)² + 1 as a function of an array of length 1."""
    return float(1 - (theta[0] - 0.8) ** 2)


def slope(theta):
    return -2 * (theta - 0.8)


@pytest.mark.parametrize(("theta", "expected"), [(0.2, 1.2), (0.32, 0.96), (0.8, 0.0), (1.0, -0.4)])
def test_numerical_gradient_finds_the_slopes_of_the_parabola(theta, expected):
    assert_allclose(numerical_gradient(objective, np.array([theta])), [expected], rtol=0, atol=1e-9)


def test_numerical_gradient_of_two_variables_points_to_the_peak():
    def hill(theta):
        return -((theta[0] - 1) ** 2) - (theta[1] - 2) ** 2 + 5

    assert_allclose(numerical_gradient(hill, np.zeros(2)), [2, 4], rtol=0, atol=1e-9)


def test_numerical_gradient_uses_central_differences():
    # ((x+h)³ − (x−h)³) / 2h = 3x² + h², so at x = 2 with h = ½ the answer is 12.25, and not 12.
    assert_array_equal(numerical_gradient(lambda x: x[0] ** 3, np.array([2.0]), h=0.5), [12.25])


def test_numerical_gradient_moves_one_coordinate_at_a_time_by_exactly_h():
    visited = []

    def record(theta):
        visited.append(tuple(theta))
        return 0.0

    numerical_gradient(record, np.array([1000.0, -3.0]), h=0.25)
    expected = {(1000.25, -3.0), (999.75, -3.0), (1000.0, -2.75), (1000.0, -3.25)}
    assert set(visited) == expected
    assert len(visited) == 4


def test_gradient_ascent_follows_the_worked_path():
    # The distance to 0.8 shrinks by 1 − 2α = 0.8 a step: θ_k = 0.8 − 0.6·0.8ᵏ.
    path = gradient_ascent(slope, np.array([0.2]), 0.1, 50)
    assert path.shape == (51, 1)
    assert_allclose(path[:3, 0], [0.2, 0.32, 0.416], rtol=1e-14)
    assert_allclose(path[:, 0], 0.8 - 0.6 * 0.8 ** np.arange(51), rtol=1e-13)


def test_gradient_ascent_oscillates_at_one_and_diverges_beyond():
    assert_allclose(
        gradient_ascent(slope, np.array([0.2]), 1.0, 4)[:, 0], [0.2, 1.4, 0.2, 1.4, 0.2], rtol=1e-14
    )
    distance = np.abs(gradient_ascent(slope, np.array([0.2]), 1.1, 5)[:, 0] - 0.8)
    assert_allclose(distance[1:] / distance[:-1], 1.2, rtol=1e-12)


def test_gradient_ascent_takes_one_step_in_two_variables():
    path = gradient_ascent(lambda theta: -2 * (theta - [1, 2]), np.zeros(2), 0.1, 1)
    assert_allclose(path, [[0, 0], [0.2, 0.4]], rtol=1e-15)


def test_gradient_descent_on_the_loss_is_ascent_on_the_objective():
    start = np.array([0.2])
    down = gradient_descent(lambda theta: -slope(theta), start, 0.3, 7)
    assert_array_equal(down, gradient_ascent(slope, start, 0.3, 7))
    assert down[-1] > down[0]


def test_gradient_descent_goes_downhill():
    # L = θ², dL/dθ = 2θ: each step of ¼ halves θ.
    assert_array_equal(
        gradient_descent(lambda x: 2 * x, np.array([8.0, -4.0]), 0.25, 2), [[8, -4], [4, -2], [2, -1]]
    )


@pytest.mark.parametrize("walk", [gradient_ascent, gradient_descent])
def test_no_steps_give_the_start_alone(walk):
    assert_array_equal(walk(slope, np.array([0.2]), 0.1, 0), [[0.2]], strict=True)


@pytest.mark.parametrize("walk", [gradient_ascent, gradient_descent])
def test_gradient_may_be_a_list(walk):
    assert_array_equal(walk(lambda theta: [1, -1], np.zeros(2), 0.0, 1), np.zeros((2, 2)))


def test_chain_rule_gives_minus_eighteen():
    result = chain_rule_gradient(1, 3, 6)
    assert result == -18
    assert np.ndim(result) == 0


def test_chain_rule_agrees_with_a_numerical_gradient_and_broadcasts():
    theta, weight, target = np.array([1.0, -0.5, 2.0]), np.array([[3.0], [-1.0]]), 0.5
    expected = np.array(
        [numerical_gradient(lambda x, w=w: float(np.sum((w * x - target) ** 2)), theta) for w in weight]
    )
    assert_allclose(chain_rule_gradient(theta, weight, target), expected, rtol=0, atol=1e-8)


def test_chain_rule_is_zero_at_the_target():
    assert_array_equal(chain_rule_gradient([2.0, 1.0], [3.0, 0.0], [6.0, 5.0]), [0, 0])


def test_mlp_gradients_of_one_neuron_by_hand():
    # x = 1, w1 = 0: h = tanh 0 = 0 and y = 0, so dL/dy = 0 − 3.
    # dL/dw2 = h·(−3) = 0 and dL/dw1 = −3·w2·(1 − h²)·x = −3·2·1·1.
    dw1, dw2 = mlp_gradients([[1.0]], [[3.0]], [[0.0]], [[2.0]])
    assert_array_equal(dw1, [[-6]])
    assert_array_equal(dw2, [[0]])


def loss(x, target, w1, w2):
    error = np.tanh(x @ w1) @ w2 - target
    return float(np.mean(np.sum(error**2, axis=1) / 2))


def network(rows=5, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in ((rows, 3), (rows, 2), (3, 4), (4, 2))]


def test_mlp_gradients_agree_with_numerical_gradients():
    x, target, w1, w2 = network()
    dw1, dw2 = mlp_gradients(x, target, w1, w2)
    by_w1 = numerical_gradient(lambda flat: loss(x, target, flat.reshape(w1.shape), w2), w1.ravel())
    by_w2 = numerical_gradient(lambda flat: loss(x, target, w1, flat.reshape(w2.shape)), w2.ravel())
    assert_allclose(dw1, by_w1.reshape(w1.shape), rtol=0, atol=1e-9)
    assert_allclose(dw2, by_w2.reshape(w2.shape), rtol=0, atol=1e-9)


def test_mlp_gradients_average_over_rows():
    x, target, w1, w2 = network()
    once = mlp_gradients(x, target, w1, w2)
    twice = mlp_gradients(np.vstack([x, x]), np.vstack([target, target]), w1, w2)
    for a, b in zip(once, twice, strict=True):
        assert_allclose(a, b, rtol=1e-13, atol=1e-15)


def test_mlp_gradients_vanish_on_a_perfect_fit():
    x, _, w1, w2 = network()
    for gradient in mlp_gradients(x, np.tanh(x @ w1) @ w2, w1, w2):
        assert_array_equal(gradient, np.zeros_like(gradient))
