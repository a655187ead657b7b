"""E.3.5: DQN's targets, loss and semi-gradient."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import double_dqn_target, dqn_gradient, dqn_loss, numerical_gradient, td_target

REWARDS = np.array([1.0, 2.0, -1.0])
NEXT_Q = np.array([[2.0, 4.0], [6.0, 0.0], [-8.0, -2.0]])
NEVER, ALWAYS = np.zeros(3, dtype=bool), np.ones(3, dtype=bool)


def test_target_is_reward_plus_discounted_maximum():
    # 1 + ½·4, 2 + ½·6, −1 + ½·(−2)
    assert_array_equal(td_target(REWARDS, NEXT_Q, NEVER, 0.5), [3, 5, -2])


def test_target_takes_the_maximum_over_actions_not_over_the_batch():
    square = np.array([[1.0, 2.0], [9.0, 0.0]])
    assert_array_equal(td_target([0.0, 0.0], square, [False, False], 1.0), [2, 9])


def test_target_does_not_bootstrap_after_termination():
    assert_array_equal(td_target(REWARDS, NEXT_Q, np.array([False, True, False]), 0.5), [3, 2, -2])
    assert_array_equal(td_target(REWARDS, NEXT_Q, ALWAYS, 0.9), REWARDS)


@pytest.mark.parametrize(("gamma", "expected"), [(0.0, [1, 2, -1]), (1.0, [5, 8, -3])])
def test_target_at_the_ends_of_the_discount(gamma, expected):
    assert_array_equal(td_target(REWARDS, NEXT_Q, NEVER, gamma), expected)


def test_target_of_the_quick_exercise():
    # y = 2 + 0.9·6 = 7.4, so that δ = y − 5 = 2.4
    assert_allclose(td_target([2.0], [[6.0, 1.0]], [False], 0.9), [7.4], rtol=1e-15)


def test_double_target_values_the_online_choice_with_the_target_network():
    online = np.array([[1.0, 2.0], [5.0, 3.0], [0.0, 1.0]])  # chooses 1, 0, 1
    target = np.array([[10.0, 4.0], [6.0, 20.0], [30.0, -2.0]])
    assert_array_equal(double_dqn_target(REWARDS, online, target, NEVER, 0.5), [3, 5, -2])


def test_double_target_does_not_bootstrap_after_termination():
    result = double_dqn_target(REWARDS, NEXT_Q, 10 * NEXT_Q, np.array([True, False, True]), 0.5)
    assert_array_equal(result, [1, 32, -1])


def test_double_target_breaks_ties_by_the_first_index():
    assert_array_equal(double_dqn_target([0.0], [[1.0, 3.0, 3.0]], [[5.0, 7.0, 9.0]], [False], 1.0), [7])


def test_double_target_with_one_network_is_the_plain_target():
    result = double_dqn_target(REWARDS, NEXT_Q, NEXT_Q, NEVER, 0.9)
    assert_array_equal(result, td_target(REWARDS, NEXT_Q, NEVER, 0.9))


def test_double_target_never_exceeds_the_plain_target():
    rng = np.random.default_rng(5)
    rewards, online, target = rng.normal(size=50), rng.normal(size=(50, 4)), rng.normal(size=(50, 4))
    ended = rng.random(50) < 0.3
    double = double_dqn_target(rewards, online, target, ended, 0.9)
    plain = td_target(rewards, target, ended, 0.9)
    assert np.all(double <= plain)
    assert np.any(double < plain)


Q = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_loss_by_hand():
    # The errors of the chosen actions are 5 − 2 = 3 and 2 − 3 = −1: (½·9 + ½·1)/2 = 2.5.
    result = dqn_loss(Q, [1, 0], [5.0, 2.0])
    assert result == 2.5
    assert isinstance(result, float)


def test_gradient_by_hand():
    # Minus the errors 3 and −1, over the batch of 2, in the place of the chosen action.
    assert_array_equal(dqn_gradient(Q, [1, 0], [5.0, 2.0]), [[0, -1.5], [0.5, 0]])


def test_gradient_agrees_with_a_numerical_gradient_for_constant_targets():
    rng = np.random.default_rng(6)
    q, actions, targets = rng.normal(size=(7, 3)), rng.integers(3, size=7), rng.normal(size=7)
    expected = numerical_gradient(lambda flat: dqn_loss(flat.reshape(7, 3), actions, targets), q.ravel())
    assert_allclose(dqn_gradient(q, actions, targets).ravel(), expected, rtol=0, atol=1e-9)


def test_gradient_step_moves_the_value_towards_the_target():
    stepped = Q - 0.1 * dqn_gradient(Q, [1, 0], [5.0, 2.0])
    assert dqn_loss(stepped, [1, 0], [5.0, 2.0]) < dqn_loss(Q, [1, 0], [5.0, 2.0])


def test_loss_and_gradient_vanish_at_the_target():
    assert dqn_loss(Q, [0, 1], [1.0, 4.0]) == 0
    assert_array_equal(dqn_gradient(Q, [0, 1], [1.0, 4.0]), np.zeros((2, 2)))


def test_loss_is_a_mean_over_the_batch():
    assert dqn_loss(np.tile(Q, (5, 1)), [1, 0] * 5, [5.0, 2.0] * 5) == dqn_loss(Q, [1, 0], [5.0, 2.0])
