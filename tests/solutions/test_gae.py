"""E.3.5: TD errors and generalised advantage estimation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import discounted_returns, gae, td_errors

NO = np.zeros(3, dtype=bool)
REWARDS, VALUES, NEXT_VALUES = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]), np.array([4.0, 6.0, 8.0])
# With γ = ½: δ = 1 + 2 − 2, 2 + 3 − 4, 3 + 4 − 6 = 1, 1, 1.


def at(*steps, length=3):
    flags = np.zeros(length, dtype=bool)
    flags[list(steps)] = True
    return flags


def rollout(length=12, seed=0, shape=()):
    """Make a random rollout with terminations, truncations, and both flags at once."""
    rng = np.random.default_rng(seed)
    rewards, values, successors = rng.normal(size=(3, length, *shape))
    terminated, truncated = rng.random((2, length, *shape)) < 0.25
    ended = terminated | truncated
    next_values = successors
    next_values[:-1] = np.where(ended[:-1], successors[:-1], values[1:])
    return rewards, values, next_values, terminated, truncated


def brute_force(rewards, values, next_values, terminated, truncated, gamma, lam):
    """Sum (γλ)ˡ δ_{t+l} forwards until the episode ends, for one environment."""
    result = np.zeros(len(rewards))
    for t in range(len(rewards)):
        weight = 1.0
        for k in range(t, len(rewards)):
            bootstrap = 0.0 if terminated[k] else gamma * next_values[k]
            result[t] += weight * (rewards[k] + bootstrap - values[k])
            weight *= gamma * lam
            if terminated[k] or truncated[k]:
                break
    return result


def test_td_error_of_the_quick_exercise():
    # 2 + 0.9·6 − 5 = 2.4
    assert_allclose(td_errors([2.0], [5.0], [6.0], [False], 0.9), [2.4], rtol=1e-15)


def test_td_errors_by_hand():
    assert_array_equal(td_errors(REWARDS, VALUES, NEXT_VALUES, NO, 0.5), [1, 1, 1])


def test_td_error_does_not_bootstrap_after_termination():
    # The last one is 3 − 6.
    assert_array_equal(td_errors(REWARDS, VALUES, NEXT_VALUES, at(2), 0.5), [1, 1, -3])


@pytest.mark.parametrize(("gamma", "expected"), [(0.0, [-1, -2, -3]), (1.0, [3, 4, 5])])
def test_td_errors_at_the_ends_of_the_discount(gamma, expected):
    assert_array_equal(td_errors(REWARDS, VALUES, NEXT_VALUES, NO, gamma), expected)


def test_td_errors_of_the_true_values_of_always_going_are_zero():
    v1, v2 = 10 / 3, 8 / 3
    assert_allclose(td_errors([2.0, 1.0], [v1, v2], [v2, v1], [False, False], 0.5), [0, 0], atol=1e-15)


def test_gae_by_hand():
    # γλ = ¼ and every δ = 1: Â₂ = 1, Â₁ = 1 + ¼, Â₀ = 1 + ¼·5/4.
    assert_array_equal(gae(REWARDS, VALUES, NEXT_VALUES, NO, NO, 0.5, 0.5), [1.3125, 1.25, 1])


def test_termination_stops_the_bootstrap_and_the_sum():
    # δ₁ = 2 − 4 = −2 without V(s₂); Â₁ = δ₁ does not see Â₂ = 1; Â₀ = 1 + ¼·(−2).
    assert_array_equal(gae(REWARDS, VALUES, NEXT_VALUES, at(1), NO, 0.5, 0.5), [0.5, -2, 1])


def test_truncation_bootstraps_but_stops_the_sum():
    # δ₁ = 2 + ½·6 − 4 = 1 keeps its bootstrap; Â₁ = δ₁ does not see Â₂; Â₀ = 1 + ¼·1.
    assert_array_equal(gae(REWARDS, VALUES, NEXT_VALUES, NO, at(1), 0.5, 0.5), [1.25, 1, 1])


def test_truncation_bootstraps_from_the_true_successor_not_from_the_next_row():
    # The episode ended at value 10 and the next one starts at value 6: δ₁ = 2 + ½·10 − 4 = 3.
    next_values = np.array([4.0, 10.0, 8.0])
    assert_array_equal(gae(REWARDS, VALUES, next_values, NO, at(1), 0.5, 0.5), [1.75, 3, 1])


def test_termination_wins_where_both_flags_are_set():
    both = gae(REWARDS, VALUES, NEXT_VALUES, at(1), at(1), 0.5, 0.5)
    assert_array_equal(both, gae(REWARDS, VALUES, NEXT_VALUES, at(1), NO, 0.5, 0.5))


def test_cut_rollout_bootstraps_its_last_step():
    assert_array_equal(gae([3.0], [6.0], [8.0], [False], [False], 0.5, 0.9), [1])
    assert_array_equal(gae([3.0], [6.0], [8.0], [False], [True], 0.5, 0.9), [1])
    assert_array_equal(gae([3.0], [6.0], [8.0], [True], [False], 0.5, 0.9), [-3])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("gamma", "lam"), [(0.9, 0.8), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.5, 1.0)])
def test_gae_equals_the_brute_force_sum(seed, gamma, lam):
    steps = rollout(seed=seed)
    assert_allclose(gae(*steps, gamma, lam), brute_force(*steps, gamma, lam), rtol=0, atol=1e-13)


def test_gae_at_lambda_zero_is_the_td_error():
    steps = rollout()
    assert_array_equal(gae(*steps, 0.9, 0.0), td_errors(*steps[:4], 0.9))


def test_gae_at_lambda_one_is_the_return_minus_the_value():
    # One episode that terminates at its end: nothing is bootstrapped, the values telescope away.
    rewards, values = np.array([1.0, -2.0, 3.0, 0.5]), np.array([0.3, 1.0, -1.0, 2.0])
    flags = np.zeros(4, dtype=bool)
    result = gae(rewards, values, [1.0, -1.0, 2.0, 99.0], at(3, length=4), flags, 0.9, 1.0)
    assert_allclose(result, discounted_returns(rewards, 0.9) - values, rtol=0, atol=1e-14)


def test_gae_at_lambda_one_bootstraps_a_cut_rollout():
    # The value 7 of the last successor counts like one more reward after the last step.
    rewards, values = np.array([1.0, -2.0, 3.0, 0.5]), np.array([0.3, 1.0, -1.0, 2.0])
    flags = np.zeros(4, dtype=bool)
    expected = discounted_returns([1.0, -2.0, 3.0, 0.5, 7.0], 0.9)[:-1] - values
    for truncated in (flags, at(3, length=4)):
        result = gae(rewards, values, [1.0, -1.0, 2.0, 7.0], flags, truncated, 0.9, 1.0)
        assert_allclose(result, expected, rtol=0, atol=1e-14)


def test_gae_where_every_step_terminates_is_reward_minus_value():
    always = np.ones(3, dtype=bool)
    assert_array_equal(gae(REWARDS, VALUES, NEXT_VALUES, always, NO, 0.9, 0.9), REWARDS - VALUES)


def test_gae_where_every_step_is_truncated_is_the_td_error():
    always = np.ones(3, dtype=bool)
    result = gae(REWARDS, VALUES, NEXT_VALUES, NO, always, 0.5, 0.9)
    assert_array_equal(result, [1, 1, 1])


def test_gae_treats_environments_independently():
    steps = rollout(shape=(3, 2))
    result = gae(*steps, 0.9, 0.8)
    for i, j in np.ndindex(3, 2):
        assert_array_equal(result[:, i, j], gae(*(each[:, i, j] for each in steps), 0.9, 0.8))


def test_gae_does_not_leak_across_episodes():
    steps = rollout(length=8)
    steps[3][:], steps[4][:] = False, False
    for flag in (3, 4):
        steps[flag][3] = True
        changed = [each.copy() for each in steps]
        for each in changed[:3]:
            each[4:] += 100.0
        assert_array_equal(gae(*changed, 0.9, 0.8)[:4], gae(*steps, 0.9, 0.8)[:4])
        steps[flag][3] = False


def test_gae_works_for_ten_thousand_steps():
    # Every δ = 1: Â_t = Σ (γλ)ˡ over what is left, which is (1 − (γλ)ⁿ)/(1 − γλ) for n steps to go.
    ones, zeros, flags = np.ones(10_000), np.zeros(10_000), np.zeros(10_000, dtype=bool)
    result = gae(ones, zeros, zeros, flags, flags, 0.99, 0.95)
    decay = 0.99 * 0.95
    left = np.arange(10_000, 0, -1)
    assert_allclose(result, (1 - decay**left) / (1 - decay), rtol=1e-12)
