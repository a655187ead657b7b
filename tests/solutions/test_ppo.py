"""E.3.3 and E.3.5: the ratio, the clipped term, its mean and the gradient of that."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import (
    clipped_surrogate,
    numerical_gradient,
    ppo_clip_gradient,
    ppo_clip_objective,
    probability_ratio,
    softmax,
)


def test_ratio_of_the_worked_example():
    assert_allclose(probability_ratio(np.log(0.3), np.log(0.2)), 1.5, rtol=1e-15)
    assert_allclose(probability_ratio(np.log([0.3, 0.6]), np.log([0.2, 0.4])), [1.5, 1.5], rtol=1e-15)


def test_ratio_subtracts_before_it_exponentiates():
    assert_array_equal(
        probability_ratio([-1000.0, -999.0, -1000.0], [-1000.0, -1000.0, -950.0])[:2], [1, np.e]
    )
    assert_allclose(probability_ratio(-1000.0, -950.0), np.exp(-50), rtol=1e-15)


def test_ratio_takes_one_number_for_an_array():
    assert_allclose(probability_ratio(np.log([0.2, 0.4]), np.log(0.2)), [1, 2], rtol=1e-15)


def test_ratio_averages_to_one_under_the_old_policy():
    old, new = softmax([0.3, -1.0, 2.0]), softmax([1.0, 0.5, -2.0])
    assert_allclose(old @ probability_ratio(np.log(new), np.log(old)), 1, rtol=1e-15)


def test_clipped_term_of_the_worked_example():
    assert_allclose(clipped_surrogate(1.5, 4.0, 0.2), 4.8, rtol=1e-15)
    assert 1.5 * 4.0 == 6.0


@pytest.mark.parametrize(
    ("ratio", "advantage", "expected"),
    [
        (1.5, 4.0, 5.0),  # Â > 0 and r above the range: clipped to 1.25·4
        (0.5, 4.0, 2.0),  # Â > 0 and r below: the unclipped term is the smaller one
        (1.5, -4.0, -6.0),  # Â < 0 and r above: unclipped
        (0.5, -4.0, -3.0),  # Â < 0 and r below: clipped to 0.75·(−4)
        (1.125, 4.0, 4.5),  # inside the range nothing happens
        (1.125, -4.0, -4.5),
        (1.25, 4.0, 5.0),  # at both edges the two products agree
        (0.75, -4.0, -3.0),
        (1.5, 0.0, 0.0),
        (0.0, -4.0, -3.0),
    ],
)
def test_clipped_term_in_every_quadrant(ratio, advantage, expected):
    assert clipped_surrogate(ratio, advantage, 0.25) == expected


def test_clipped_term_with_zero_range_never_exceeds_the_advantage():
    assert_array_equal(clipped_surrogate([0.5, 1.0, 2.0], 2.0, 0.0), [1, 2, 2])


def test_clipped_term_with_a_huge_range_is_the_unclipped_one():
    assert_array_equal(clipped_surrogate([0.5, 3.0], [2.0, 2.0], 10.0), [1, 6])


def test_objective_is_the_mean_of_the_clipped_terms():
    # Terms as in the quadrants above: 5, 2, −6, −3; their mean is −½.
    logp_old = np.log([0.2, 0.4, 0.2, 0.4])
    logp_new = np.log([0.3, 0.2, 0.3, 0.2])
    advantages = np.array([4.0, 4.0, -4.0, -4.0])
    result = ppo_clip_objective(logp_new, logp_old, advantages, 0.25)
    assert isinstance(result, float)
    assert_allclose(result, -0.5, rtol=1e-14)
    square = [each.reshape(2, 2) for each in (logp_new, logp_old, advantages)]
    assert ppo_clip_objective(*square, 0.25) == result


def test_objective_at_the_old_policy_is_the_mean_advantage():
    logp = np.log([0.2, 0.5, 0.7, 0.1])
    assert ppo_clip_objective(logp, logp, [1.0, -2.0, 4.0, 5.0], 0.2) == 2.0


def test_gradient_at_the_old_policy_is_the_advantage_over_n():
    logp = np.array([-0.1, -3.0, -1000.0, -2.0])
    for epsilon in (0.0, 0.2):  # with ε = 0, r = 1 lies on both edges
        assert_array_equal(ppo_clip_gradient(logp, logp, [1.0, -2.0, 4.0, 0.0], epsilon), [0.25, -0.5, 1, 0])


def test_gradient_is_zero_only_where_clipping_lowers_the_term():
    logp_old = np.log([0.2, 0.4, 0.2, 0.4])
    logp_new = np.log([0.3, 0.2, 0.3, 0.2])  # r = 1.5, 0.5, 1.5, 0.5
    result = ppo_clip_gradient(logp_new, logp_old, [4.0, 4.0, -4.0, -4.0], 0.25)
    assert_allclose(result, [0, 2 / 4, -6 / 4, 0], rtol=1e-14)


def test_gradient_agrees_with_a_numerical_gradient():
    rng = np.random.default_rng(1)
    logp_old = -rng.uniform(0.1, 3, size=(6, 4))
    # Ratios on a grid that stays clear of the edges 0.8 and 1.2.
    logp_new = logp_old + np.log(rng.choice([0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 2.0], size=(6, 4)))
    advantages = rng.normal(size=(6, 4))
    result = ppo_clip_gradient(logp_new, logp_old, advantages, 0.2)
    expected = numerical_gradient(
        lambda flat: ppo_clip_objective(flat.reshape(6, 4), logp_old, advantages, 0.2), logp_new.ravel()
    )
    assert_allclose(result.ravel(), expected, rtol=0, atol=1e-9)
    assert (result == 0).any() and (result != 0).any()


@pytest.mark.parametrize(("shift", "advantage"), [(0.25, 4.0), (-0.25, -4.0)])
def test_gradient_is_alive_exactly_at_the_edge(shift, advantage):
    ratio = np.exp(shift)
    epsilon = abs(ratio - 1)  # exact in floating point, and so is 1 ± ε = r
    assert ratio in (1 + epsilon, 1 - epsilon)
    assert_array_equal(ppo_clip_gradient([shift], [0.0], [advantage], epsilon), [ratio * advantage])


@pytest.mark.parametrize(("shift", "advantage"), [(0.25, 4.0), (-0.25, -4.0)])
def test_gradient_is_dead_just_beyond_the_edge(shift, advantage):
    epsilon = abs(np.exp(shift) - 1)
    assert_array_equal(ppo_clip_gradient([shift * (1 + 1e-12)], [0.0], [advantage], epsilon), [0])


def test_gradient_divides_by_the_number_of_all_elements():
    logp = np.zeros((2, 3, 4))
    assert_array_equal(ppo_clip_gradient(logp, logp, np.full((2, 3, 4), 24.0), 0.2), np.ones((2, 3, 4)))


def test_gradient_is_finite_for_very_improbable_actions():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result = ppo_clip_gradient([-1000.0, -950.0], [-1000.0, -1000.0], [1.0, -1.0], 0.2)
    assert_allclose(result, [1 / 2, -np.exp(50) / 2], rtol=1e-15)
