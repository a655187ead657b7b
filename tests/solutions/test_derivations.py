"""E.3.4: the score-function gradient and Taylor expansions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import (
    numerical_gradient,
    ratio_taylor,
    score_function_estimate,
    score_function_gradient,
    softmax,
    taylor,
)

LOGITS = np.array([0.3, -1.2, 2.0, 0.0])
Q = np.array([1.0, -2.0, 0.5, 4.0])


def test_score_function_gradient_by_hand():
    # Uniform: J = ½·4 + ½·0 = 2, and the gradient is π (q − J) = (½·2, ½·(−2)).
    assert_array_equal(score_function_gradient([0.0, 0.0], [4.0, 0.0]), [1, -1])


def test_score_function_gradient_agrees_with_a_numerical_gradient():
    expected = numerical_gradient(lambda z: float(softmax(z) @ Q), LOGITS)
    assert_allclose(score_function_gradient(LOGITS, Q), expected, rtol=0, atol=1e-9)


def test_score_function_gradient_ignores_a_constant_in_q():
    assert_allclose(score_function_gradient(LOGITS, Q + 100), score_function_gradient(LOGITS, Q), atol=1e-13)


def test_score_function_gradient_is_stable_at_extreme_logits():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert_array_equal(score_function_gradient([1000.0, -1000.0], [2.0, 5.0]), [0, 0])


def test_score_function_estimate_by_hand():
    # Uniform, samples 0, 0, 1: (4·(½, −½) + 4·(½, −½) + 2·(−½, ½)) / 3 = (3, −3)/3.
    assert_array_equal(score_function_estimate([0.0, 0.0], [0, 0, 1], [4.0, 2.0]), [1, -1])


def test_score_function_estimate_is_exact_when_frequencies_equal_probabilities():
    logits, q = np.log([0.25, 0.75]), np.array([8.0, -4.0])
    expected = score_function_gradient(logits, q)
    assert_allclose(score_function_estimate(logits, [1, 0, 1, 1], q), expected, rtol=1e-14)


def test_score_function_estimate_has_the_exact_gradient_as_its_mean():
    samples = np.random.default_rng(4).choice(4, size=200_000, p=softmax(LOGITS))
    exact = score_function_gradient(LOGITS, Q)
    scores = np.eye(4)[samples] - softmax(LOGITS)
    standard_error = np.std(Q[samples][:, None] * scores, axis=0) / np.sqrt(len(samples))
    assert np.all(np.abs(score_function_estimate(LOGITS, samples, Q) - exact) < 4 * standard_error)


def test_taylor_of_the_square_by_hand():
    # f(x) = x² at 3 with Δ = 0.1: 9 + 6·0.1 = 9.6, and + ½·2·0.01 = 9.61, which is exact.
    assert_allclose(taylor(9.0, [6.0], [[2.0]], [0.1], 1), 9.60, rtol=1e-15)
    assert_allclose(taylor(9.0, [6.0], [[2.0]], [0.1], 2), 9.61, rtol=1e-15)


def test_taylor_uses_the_whole_hessian():
    # f = θ₁θ₂ at (2, 3): ∇f = (3, 2), H = [[0, 1], [1, 0]]. Δ = (1, 2): 6 + 7 = 13, then + 2 = 15 = 3·5.
    arguments = 6.0, [3.0, 2.0], [[0.0, 1.0], [1.0, 0.0]], [1.0, 2.0]
    assert taylor(*arguments, 1) == 13
    assert taylor(*arguments, 2) == 15
    assert isinstance(taylor(*arguments, 1), float)


@pytest.mark.parametrize("order", [1, 2])
def test_taylor_without_a_step_is_the_value_itself(order):
    assert taylor(7.0, [1.0, 2.0], np.eye(2), [0.0, 0.0], order) == 7


def test_ratio_taylor_by_hand():
    # π = (½, ¼, ¼), a = 1: ∇r = (−½, ¾, −¼). Δ = (0, 1, 0): 1 + ¾, then + ½ (9/16 − (¼ − 1/16)) = 3/16.
    logits = np.log([2.0, 1.0, 1.0])
    assert_allclose(ratio_taylor(logits, [0.0, 1.0, 0.0], 1, 1), 1.75, rtol=1e-14)
    assert_allclose(ratio_taylor(logits, [0.0, 1.0, 0.0], 1, 2), 1.9375, rtol=1e-14)


@pytest.mark.parametrize("action", range(4))
@pytest.mark.parametrize("order", [1, 2])
def test_ratio_taylor_has_an_error_of_the_next_order(action, order):
    direction = np.array([0.5, -1.0, 0.7, 0.2])

    def error(size):
        delta = size * direction
        ratio = softmax(LOGITS + delta)[action] / softmax(LOGITS)[action]
        return abs(ratio_taylor(LOGITS, delta, action, order) - ratio)

    # Halving Δ divides the error by 2^(order + 1).
    assert_allclose(error(2e-3) / error(1e-3), 2 ** (order + 1), rtol=0.05)


@pytest.mark.parametrize("order", [1, 2])
def test_ratio_taylor_averages_to_one_under_the_old_policy(order):
    delta = np.array([0.5, -1.0, 0.7, 0.2])
    ratios = [ratio_taylor(LOGITS, delta, action, order) for action in range(4)]
    assert_allclose(softmax(LOGITS) @ ratios, 1, rtol=1e-14)
    assert np.std(ratios) > 0.1


@pytest.mark.parametrize("order", [1, 2])
def test_ratio_taylor_ignores_a_common_shift_of_the_logits(order):
    assert_allclose(ratio_taylor(LOGITS, np.full(4, 3.0), 2, order), 1, rtol=1e-14)


def test_ratio_taylor_is_stable_at_extreme_logits():
    # π = (1, 0): for a = 1, ∇r = (−1, 1) and ∇²r = (−1, 1)(−1, 1)ᵀ; with Δ = (0, 1) that is 1 + 1 + ½.
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert ratio_taylor([1000.0, -1000.0], [0.0, 1.0], 1, 2) == 2.5
