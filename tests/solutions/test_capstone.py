"""E.3.6: PPO's update of a table of logits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import numerical_gradient, policy_gradient_estimate, ppo_clip_objective, ppo_update, softmax

LOGITS = np.array([[0.3, -1.2, 2.0], [0.0, 0.5, -0.5]])
STATES, ACTIONS = np.array([0, 1, 1, 0, 1]), np.array([2, 0, 1, 2, 1])
ADVANTAGES = np.array([1.0, -2.0, 3.0, 0.5, 4.0])


def objective(logits):
    logp = [np.log(softmax(z))[STATES, ACTIONS] for z in (logits, LOGITS)]
    return ppo_clip_objective(*logp, ADVANTAGES, 0.2)


def test_one_epoch_is_the_policy_gradient_step():
    # At r = 1 the gradient of the clip objective is that of the mean of Â log π.
    expected = LOGITS + 0.5 * policy_gradient_estimate(LOGITS, STATES, ACTIONS, ADVANTAGES)
    assert_allclose(ppo_update(LOGITS, STATES, ACTIONS, ADVANTAGES, 0.2, 0.5, 1), expected, rtol=1e-14)


def test_one_epoch_by_hand():
    # Uniform policy, a = 1, Â = 4, α = ¼: logits 0 + ¼·4·(−½, ½).
    result = ppo_update([[0.0, 0.0]], [0], [1], [4.0], 0.2, 0.25, 1)
    assert_array_equal(result, [[-0.5, 0.5]])


def test_epochs_climb_the_objective_with_the_first_policy_as_the_old_one():
    logits = LOGITS
    for epochs in range(1, 6):
        gradient = numerical_gradient(lambda flat: objective(flat.reshape(2, 3)), logits.ravel())
        expected = logits + 0.1 * gradient.reshape(2, 3)
        logits = ppo_update(LOGITS, STATES, ACTIONS, ADVANTAGES, 0.2, 0.1, epochs)
        assert_allclose(logits, expected, rtol=0, atol=1e-9)
    assert objective(logits) > objective(LOGITS)


def test_epochs_stop_moving_once_every_sample_is_clipped():
    # One sample with Â > 0: the first step takes r beyond 1 + ε, where nothing pulls any more.
    first = ppo_update([[0.0, 0.0]], [0], [1], [4.0], 0.2, 1.0, 1)
    assert softmax(first)[0, 1] / 0.5 > 1.2
    assert_array_equal(ppo_update([[0.0, 0.0]], [0], [1], [4.0], 0.2, 1.0, 10), first)


def test_ratio_may_leave_the_range():
    logits = ppo_update([[0.0, 0.0]], [0], [1], [-4.0], 0.2, 1.0, 1)
    assert softmax(logits)[0, 1] / 0.5 < 0.8


def test_no_epochs_give_a_copy():
    result = ppo_update(LOGITS, STATES, ACTIONS, ADVANTAGES, 0.2, 0.5, 0)
    assert_array_equal(result, LOGITS, strict=True)
    result += 1
    assert LOGITS[0, 0] == 0.3


def test_state_without_samples_keeps_its_logits():
    result = ppo_update(LOGITS, [1, 1], [0, 1], [1.0, 2.0], 0.2, 0.5, 3)
    assert_array_equal(result[0], LOGITS[0])
    assert np.all(result[1] != LOGITS[1])


@pytest.mark.parametrize("epsilon", [0.0, 0.2])
def test_first_epoch_moves_at_any_clip_range(epsilon):
    assert np.any(ppo_update(LOGITS, STATES, ACTIONS, ADVANTAGES, epsilon, 0.5, 1) != LOGITS)


def test_advantages_are_used_as_given():
    once = ppo_update(LOGITS, STATES, ACTIONS, ADVANTAGES, 0.2, 0.5, 1) - LOGITS
    doubled = ppo_update(LOGITS, STATES, ACTIONS, 2 * ADVANTAGES, 0.2, 0.5, 1) - LOGITS
    assert_allclose(doubled, 2 * once, rtol=1e-12)


def test_update_is_stable_at_extreme_logits():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result = ppo_update([[1000.0, -1000.0]], [0, 0], [1, 0], [1.0, 1.0], 0.2, 0.5, 4)
    assert np.isfinite(result).all()
    # Only the impossible action has a score, (−1, 1); its step of ½·½ leaves π at (1, 0) and r at e^½ > 1.2.
    assert_array_equal(result, [[999.75, -999.75]])


def test_update_finds_the_best_arm():
    logits = np.zeros((1, 3))
    rewards = np.array([0.0, 1.0, 0.5])
    for _ in range(100):
        logits = ppo_update(logits, [0, 0, 0], [0, 1, 2], rewards - rewards.mean(), 0.2, 1.0, 4)
    assert softmax(logits)[0, 1] > 0.95
