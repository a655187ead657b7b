"""E.3.3: Adam and gradient clipping."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import adam_step, clip_by_global_norm


def run_adam(grads, theta=0.0, **settings):
    """Feed the gradients one after the other; return every θ, the start included."""
    path, m, v = [np.array([theta])], np.zeros(1), np.zeros(1)
    for t, grad in enumerate(grads, start=1):
        theta, m, v = adam_step(path[-1], np.array([grad]), m, v, t, **settings)
        path.append(theta)
    return np.array(path)[:, 0]


@pytest.mark.parametrize("grad", [1e-3, 3.0, -500.0])
def test_first_step_is_the_learning_rate_against_the_sign_of_the_gradient(grad):
    # Bias correction makes m̂ = g and v̂ = g², so without a guard the step is α g / |g|.
    theta, _, _ = adam_step([1.0], [grad], [0.0], [0.0], 1, learning_rate=0.125, eps=0.0)
    assert_allclose(theta, [1 - 0.125 * np.sign(grad)], rtol=1e-14)


def test_two_steps_by_hand():
    # β₁ = ½, β₂ = ¾, α = 1, ε = 0.
    # g = 4:  m = 2, v = 4; m̂ = 2/½ = 4, v̂ = 4/¼ = 16; step 4/4 = 1.
    # g = −8: m = 1 − 4 = −3, v = 3 + 16 = 19; m̂ = −3/¾ = −4, v̂ = 19/(7/16) = 304/7; step −4/√(304/7).
    settings = {"learning_rate": 1.0, "beta1": 0.5, "beta2": 0.75, "eps": 0.0}
    theta, m, v = adam_step([0.0], [4.0], [0.0], [0.0], 1, **settings)
    assert_array_equal([*theta, *m, *v], [-1, 2, 4])
    theta, m, v = adam_step(theta, [-8.0], m, v, 2, **settings)
    assert_array_equal([*m, *v], [-3, 19])
    assert_allclose(theta, [-1 + 4 / np.sqrt(304 / 7)], rtol=1e-15)


def test_guard_stands_outside_the_root():
    # m̂ = √v̂ = 3, so the step is 3/(3 + 1) and not 3/√(9 + 1).
    theta, _, _ = adam_step([0.0], [3.0], [0.0], [0.0], 1, learning_rate=1.0, eps=1.0)
    assert_allclose(theta, [-3 / 4], rtol=1e-14)


def test_moments_are_exponentially_weighted_sums_of_the_past():
    grads = np.random.default_rng(2).normal(size=20)
    m, v, theta = np.zeros(1), np.zeros(1), np.zeros(1)
    for t, grad in enumerate(grads, start=1):
        theta, m, v = adam_step(theta, [grad], m, v, t)
    ages = np.arange(19, -1, -1)
    assert_allclose(m, [0.1 * np.sum(0.9**ages * grads)], rtol=1e-12)
    assert_allclose(v, [0.001 * np.sum(0.999**ages * grads**2)], rtol=1e-12)


def test_steady_gradient_gives_steps_of_the_learning_rate():
    path = run_adam([7.0] * 100, learning_rate=0.01)
    assert_allclose(np.diff(path), -0.01, rtol=1e-6)


def test_sign_flipping_gradient_nearly_cancels():
    path = run_adam([(-1.0) ** t for t in range(1000)], learning_rate=0.01)
    # The moving mean of ±1 settles at ±(1 − β₁)/(1 + β₁) = ±1/19, its sign flipping with the gradient's.
    assert_allclose(np.abs(np.diff(path))[-100:], 0.01 / 19, rtol=1e-6)
    assert abs(path[-1] - path[0]) < 0.02


def test_zero_gradient_and_zero_moments_change_nothing():
    theta, m, v = adam_step([2.0, 3.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], 1)
    assert_array_equal([theta, m, v], [[2, 3], [0, 0], [0, 0]])


def test_coordinates_are_treated_one_by_one_in_any_shape():
    rng = np.random.default_rng(3)
    theta, grad, m = rng.normal(size=(3, 2, 3, 4))
    v = rng.uniform(size=(2, 3, 4))
    result = adam_step(theta, grad, m, v, 5)
    for i in np.ndindex(2, 3, 4):
        alone = adam_step(theta[i], grad[i], m[i], v[i], 5)
        assert_allclose([each[i] for each in result], alone, rtol=1e-14)


def test_defaults_are_those_of_the_paper():
    arguments = [1.0], [2.0], [0.5], [0.25], 3
    expected = adam_step(*arguments, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8)
    assert_array_equal(adam_step(*arguments), expected)


def test_global_norm_counts_all_arrays_together():
    # √(3² + 4²) = 5, so a longest norm of 2.5 halves everything; each array alone would need less.
    clipped, norm = clip_by_global_norm([np.array([3.0, 0.0]), np.array([[4.0]])], 2.5)
    assert norm == 5
    assert isinstance(norm, float)
    assert_array_equal(clipped[0], [1.5, 0])
    assert_array_equal(clipped[1], [[2]])


@pytest.mark.parametrize("max_norm", [5.0, 6.0, 1e9])
def test_gradient_within_the_norm_is_left_as_it_is(max_norm):
    grads = [np.array([3.0]), np.array([4.0])]
    clipped, norm = clip_by_global_norm(grads, max_norm)
    assert norm == 5
    assert_array_equal(clipped, grads)
    assert not any(np.shares_memory(a, b) for a, b in zip(clipped, grads, strict=True))


def test_zero_gradient_stays_zero():
    clipped, norm = clip_by_global_norm([np.zeros(3)], 1.0)
    assert norm == 0
    assert_array_equal(clipped[0], np.zeros(3))


def test_nothing_to_clip_gives_an_empty_list():
    assert clip_by_global_norm([], 1.0) == ([], 0.0)


def test_formula_alone_does_not_overflow_when_it_squares_small_integers():
    _, norm = inspect.unwrap(clip_by_global_norm)([np.array([100, 100], dtype=np.int8)], 1.0)
    assert_allclose(norm, 100 * np.sqrt(2), rtol=1e-15)
