"""E.3.4 and E.3.5: group-relative advantages and GRPO's objective."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import group_advantages, grpo_objective, ppo_clip_objective


def test_group_of_four_by_hand():
    # μ = 5, σ² = (9 + 1 + 1 + 9)/4 = 5: Â = (−3, −1, 1, 3)/√5.
    expected = np.array([-3, -1, 1, 3]) / np.sqrt(5)
    assert_allclose(group_advantages([2.0, 4.0, 6.0, 8.0], eps=0.0), expected, rtol=1e-15)
    assert_allclose(group_advantages([2.0, 4.0, 6.0, 8.0]), expected, rtol=1e-8)


def test_group_of_three_by_hand():
    # μ = 16/3, deviations (−10, −4, 14)/3, σ² = (100 + 16 + 196)/27 = 104/9: Â = (−10, −4, 14)/√104.
    result = group_advantages([2.0, 4.0, 10.0], eps=0.0)
    assert_allclose(result, np.array([-10, -4, 14]) / np.sqrt(104), rtol=1e-14)
    assert result[2] > 0 > result[0]


def test_group_of_two_is_plus_and_minus_one():
    assert_array_equal(group_advantages([1.0, 5.0], eps=0.0), [-1, 1])


def test_guard_is_added_to_the_deviation():
    # σ = 1, ε = 1: half of ±1.
    assert_array_equal(group_advantages([1.0, 3.0], eps=1.0), [-0.5, 0.5])


EQUAL = [
    np.full(7, 0.1),
    np.full(7, 1e6 + 0.1, dtype=np.float32),
    np.full(5, -3.0),
    np.zeros(4),
    np.array([2.5]),
    np.full((2, 3), 1 / 3),
]


@pytest.mark.parametrize("eps", [0.0, 1e-8])
@pytest.mark.parametrize(
    "rewards", EQUAL, ids=["tenths", "float32", "minus-three", "zeros", "one", "two-groups"]
)
def test_equal_rewards_give_exact_zeros(rewards, eps):
    with np.errstate(invalid="raise", divide="raise"):
        assert_array_equal(group_advantages(rewards, eps), np.zeros(rewards.shape), strict=True)


def test_every_group_is_normalised_by_itself():
    rewards = np.random.default_rng(7).normal(size=(3, 2, 5)) * np.array([1.0, 100.0, 1e-3])[:, None, None]
    rewards[1, 1] = 4.0
    result = group_advantages(rewards)
    for i, j in np.ndindex(3, 2):
        assert_array_equal(result[i, j], group_advantages(rewards[i, j]))
    assert_array_equal(result[1, 1], np.zeros(5))


def test_advantages_ignore_shift_and_scale_without_a_guard():
    rewards = np.array([2.0, 4.0, 10.0, -1.0])
    expected = group_advantages(rewards, eps=0.0)
    assert_allclose(group_advantages(rewards + 1000, eps=0.0), expected, rtol=1e-12)
    assert_allclose(group_advantages(rewards * 1e-6, eps=0.0), expected, rtol=1e-12)
    assert_allclose(group_advantages(-rewards, eps=0.0), -expected, rtol=1e-12)


def test_advantages_have_mean_zero_and_population_deviation_one():
    result = group_advantages([2.0, 4.0, 10.0, -1.0, 3.0], eps=0.0)
    assert_allclose([np.mean(result), np.mean(result**2)], [0, 1], atol=1e-15)


def test_objective_by_hand():
    # Rewards (1, 5) give Â = (−1, 1). Ratios (½, 2), ε = ¼: min(−½, −¾) = −¾ and min(2, 1¼) = 1¼; mean ¼.
    logp_old = np.log([0.4, 0.2])
    logp_new = np.log([0.2, 0.4])
    result = grpo_objective(logp_new, logp_old, [1.0, 5.0], 0.25, eps=0.0)
    assert_allclose(result, 0.25, rtol=1e-14)
    assert isinstance(result, float)


def test_objective_is_the_ppo_objective_with_group_advantages():
    rng = np.random.default_rng(8)
    logp_old, rewards = -rng.uniform(0.1, 3, size=(4, 6)), rng.normal(size=(4, 6))
    logp_new = logp_old + rng.normal(size=(4, 6))
    advantages = (rewards - rewards.mean(axis=1)[:, None]) / (rewards.std(axis=1)[:, None] + 0.5)
    expected = ppo_clip_objective(logp_new, logp_old, advantages, 0.2)
    assert_allclose(grpo_objective(logp_new, logp_old, rewards, 0.2, eps=0.5), expected, rtol=1e-13)


def test_objective_of_groups_of_one_size_is_the_mean_over_groups():
    rng = np.random.default_rng(9)
    logp_old, rewards = -rng.uniform(0.1, 3, size=(3, 5)), rng.normal(size=(3, 5))
    logp_new = logp_old + rng.normal(size=(3, 5))
    alone = [grpo_objective(*group, 0.2) for group in zip(logp_new, logp_old, rewards, strict=True)]
    assert_allclose(grpo_objective(logp_new, logp_old, rewards, 0.2), np.mean(alone), rtol=1e-13)


def test_objective_is_zero_when_all_rewards_are_equal():
    assert grpo_objective([-1.0, -2.0], [-2.0, -1.0], [0.1, 0.1], 0.2, eps=0.0) == 0


def test_objective_is_zero_at_the_old_policy():
    logp = np.array([-1.0, -2.0, -3.0])
    assert_allclose(grpo_objective(logp, logp, [2.0, 4.0, 10.0], 0.2), 0, atol=1e-15)
