"""E.3.6: the three helpers of a PPO loop, as they should be."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import gae, hunt_minibatches, hunt_normalize_advantages, hunt_value_targets


def test_advantages_are_normalised_over_the_whole_batch():
    # μ = 0, σ² = (4 + 4 + 16 + 16)/4 = 10, although each column alone has another μ and σ.
    result = hunt_normalize_advantages([[2.0, 4.0], [-2.0, -4.0]], eps=0.0)
    assert_allclose(result, np.array([[2, 4], [-2, -4]]) / np.sqrt(10), rtol=1e-15)


def test_normalised_advantages_depend_on_the_elements_and_not_on_their_arrangement():
    advantages = np.random.default_rng(10).normal(3.0, 2.0, size=(6, 4))
    result = hunt_normalize_advantages(advantages)
    assert_allclose(result.ravel(), hunt_normalize_advantages(advantages.ravel()), rtol=1e-14)
    assert_array_equal(np.argsort(result, axis=None), np.argsort(advantages, axis=None))
    assert_allclose([np.mean(result), np.std(result)], [0, 1], atol=1e-8)


def test_normalisation_uses_the_population_deviation_and_adds_the_guard():
    # μ = 3, σ = 1, so ε = 1 halves.
    assert_array_equal(hunt_normalize_advantages([2.0, 4.0], eps=1.0), [-0.5, 0.5])


NO = np.zeros(3, dtype=bool)
REWARDS, NEXT_VALUES = np.array([1.0, 2.0, 3.0]), np.array([4.0, 6.0, 8.0])
MIDDLE = np.array([False, True, False])


def test_value_targets_by_hand():
    # γ = λ = ½: G₂ = 3 + ½·8 = 7, G₁ = 2 + ½(½·6 + ½·7) = 5.25, G₀ = 1 + ½(½·4 + ½·5.25) = 3.3125.
    assert_array_equal(hunt_value_targets(REWARDS, NEXT_VALUES, NO, NO, 0.5, 0.5), [3.3125, 5.25, 7])


def test_value_target_of_a_truncated_step_bootstraps_fully():
    # G₁ = 2 + ½·6 = 5 and G₀ = 1 + ½(½·4 + ½·5) = 3.25
    assert_array_equal(hunt_value_targets(REWARDS, NEXT_VALUES, NO, MIDDLE, 0.5, 0.5), [3.25, 5, 7])


@pytest.mark.parametrize("truncated", [NO, MIDDLE])
def test_value_target_of_a_terminated_step_is_its_reward(truncated):
    # G₁ = 2 and G₀ = 1 + ½(½·4 + ½·2) = 2.5
    assert_array_equal(hunt_value_targets(REWARDS, NEXT_VALUES, MIDDLE, truncated, 0.5, 0.5), [2.5, 2, 7])


def test_value_targets_at_lambda_zero_are_one_step_targets():
    assert_array_equal(hunt_value_targets(REWARDS, NEXT_VALUES, NO, MIDDLE, 0.5, 0.0), [3, 5, 7])


@pytest.mark.parametrize("lam", [0.0, 0.7, 1.0])
def test_value_targets_are_values_plus_gae_in_every_environment(lam):
    rng = np.random.default_rng(11)
    rewards, values, next_values = rng.normal(size=(3, 20, 4))
    terminated, truncated = rng.random((2, 20, 4)) < 0.2
    ended = terminated | truncated
    next_values[:-1] = np.where(ended[:-1], next_values[:-1], values[1:])
    result = hunt_value_targets(rewards, next_values, terminated, truncated, 0.9, lam)
    expected = values + gae(rewards, values, next_values, terminated, truncated, 0.9, lam)
    assert_allclose(result, expected, rtol=0, atol=1e-13)


def test_minibatches_cut_the_permutation_in_order():
    result = hunt_minibatches(np.array([3, 0, 4, 1, 2, 5]), 2)
    assert [batch.tolist() for batch in result] == [[3, 0], [4, 1], [2, 5]]


def test_last_minibatch_holds_what_is_left():
    result = hunt_minibatches(np.array([3, 0, 4, 1, 2]), 2)
    assert [batch.tolist() for batch in result] == [[3, 0], [4, 1], [2]]


@pytest.mark.parametrize("size", [5, 6, 100])
def test_minibatch_as_large_as_the_batch_holds_everything(size):
    result = hunt_minibatches(np.array([3, 0, 4, 1, 2]), size)
    assert [batch.tolist() for batch in result] == [[3, 0, 4, 1, 2]]


def test_minibatches_are_integer_arrays_that_can_index():
    (only,) = hunt_minibatches([1, 0], 2)
    assert_array_equal(np.array([10.0, 20.0])[only], [20, 10])
