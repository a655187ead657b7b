"""E.3.2 and the theorem of E.3.5: softmax, score, returns, advantages, the policy gradient."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from solutions import (
    advantage,
    discounted_returns,
    grad_log_softmax,
    numerical_gradient,
    policy_gradient_estimate,
    policy_gradient_theorem,
    score_function_gradient,
    softmax,
)

LOGITS = np.array([[0.3, -1.2, 2.0], [0.0, 0.5, -0.5]])


def test_softmax_inverts_the_logarithm_of_probabilities():
    policy = np.array([[0.2, 0.3, 0.5], [0.8, 0.1, 0.1]])
    assert_allclose(softmax(np.log(policy)), policy, rtol=1e-15)


def test_softmax_of_equal_logits_is_uniform():
    assert_array_equal(softmax([7.0, 7.0, 7.0, 7.0]), [0.25] * 4)


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([1000, 0, -1000], [1, 0, 0]),
        ([1000, 1000], [1 / 2, 1 / 2]),
        ([-1000, -1000, -1000], [1 / 3] * 3),
        ([-1000 + np.log(3), -1000], [3 / 4, 1 / 4]),
    ],
)
def test_softmax_is_stable_at_extreme_logits(logits, expected):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert_allclose(softmax(np.array(logits)), expected, rtol=1e-12)


def test_softmax_works_along_the_last_axis_of_a_batch():
    batch = np.arange(24.0).reshape(2, 3, 4) ** 1.5
    result = softmax(batch)
    for i, j in np.ndindex(2, 3):
        assert_array_equal(result[i, j], softmax(batch[i, j]))


def test_softmax_of_one_action_is_certain():
    assert_array_equal(softmax([[5.0], [-3.0]]), [[1], [1]])


def test_score_is_one_hot_minus_policy():
    # π = (½, ¼, ¼)
    logits = np.log([2.0, 1.0, 1.0])
    assert_allclose(grad_log_softmax(logits, 0), [1 / 2, -1 / 4, -1 / 4], rtol=1e-15)
    assert_allclose(grad_log_softmax(logits, 2), [-1 / 2, -1 / 4, 3 / 4], rtol=1e-15)


@pytest.mark.parametrize("action", [0, 1, 2])
def test_score_agrees_with_a_numerical_gradient(action):
    expected = numerical_gradient(lambda z: np.log(softmax(z)[action]), LOGITS[0])
    assert_allclose(grad_log_softmax(LOGITS[0], action), expected, rtol=0, atol=1e-9)


def test_score_has_expectation_zero_and_entries_that_sum_to_zero():
    policy = softmax(LOGITS[0])
    scores = np.array([grad_log_softmax(LOGITS[0], action) for action in range(3)])
    assert_allclose(policy @ scores, np.zeros(3), atol=1e-16)
    assert_allclose(scores.sum(axis=1), np.zeros(3), atol=1e-15)


def test_score_takes_one_action_for_each_row_of_a_batch():
    batch = np.broadcast_to(LOGITS, (4, 2, 3))
    actions = np.arange(8).reshape(4, 2) % 3
    result = grad_log_softmax(batch, actions)
    for i, j in np.ndindex(4, 2):
        assert_array_equal(result[i, j], grad_log_softmax(LOGITS[j], actions[i, j]))


def test_score_is_stable_at_extreme_logits():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert_array_equal(grad_log_softmax([1000.0, -1000.0], 1), [-1, 1])
        assert_array_equal(grad_log_softmax([1000.0, -1000.0], 0), [0, 0])


@pytest.mark.parametrize(("weight", "direction"), [(10.0, 1), (-10.0, -1)])
def test_step_along_the_weighted_score_moves_the_probability_with_the_sign_of_the_return(weight, direction):
    logits = np.log([0.8, 0.2])
    stepped = logits + 0.01 * weight * grad_log_softmax(logits, 1)
    assert np.sign(softmax(stepped)[1] - 0.2) == direction


def test_returns_by_hand():
    # Backwards with γ = ½: G₂ = 2, G₁ = 1 + ½·2 = 2, G₀ = 2 + ½·2 = 3.
    assert_array_equal(discounted_returns([2.0, 1.0, 2.0], 0.5), [3, 2, 2])


def test_returns_equal_the_brute_force_sum():
    rewards = np.array([1.0, -2.0, 0.5, 4.0, -1.0])
    expected = [sum(0.9**k * rewards[t + k] for k in range(5 - t)) for t in range(5)]
    assert_allclose(discounted_returns(rewards, 0.9), expected, rtol=1e-14)


def test_returns_without_discount_are_sums_to_the_end():
    assert_array_equal(discounted_returns(np.arange(6.0), 1.0), np.arange(6.0)[::-1].cumsum()[::-1])


def test_returns_at_gamma_zero_are_the_rewards():
    assert_array_equal(discounted_returns([3.0, 1.0, 2.0], 0.0), [3, 1, 2])


def test_returns_of_one_step_are_its_reward():
    assert_array_equal(discounted_returns([3.0], 0.9), [3])


def test_returns_treat_further_axes_as_independent_episodes():
    rewards = np.arange(24.0).reshape(4, 3, 2) % 5
    result = discounted_returns(rewards, 0.7)
    for i, j in np.ndindex(3, 2):
        assert_array_equal(result[:, i, j], discounted_returns(rewards[:, i, j], 0.7))


def test_returns_of_always_going_reach_the_state_values():
    # v₁ = 2 + v₂/2 and v₂ = 1 + v₁/2 give v₁ = 10/3, v₂ = 8/3; after 100 steps γᵗ has vanished.
    rewards = np.tile([2.0, 1.0], 50)
    assert_allclose(discounted_returns(rewards, 0.5)[:2], [10 / 3, 8 / 3], rtol=1e-15)


def test_returns_work_for_ten_thousand_steps():
    assert_array_equal(discounted_returns(np.ones(10_000), 1.0), np.arange(10_000, 0, -1))


def test_advantage_is_return_minus_value():
    assert_array_equal(advantage(np.array([10.0, 6.0]), np.array([8.0, 8.0])), [2, -2])
    assert_array_equal(advantage(np.array([10.0, 6.0]), 8.0), [2, -2])
    assert advantage(10, 8) == 2


def test_policy_gradient_estimate_by_hand():
    # Uniform policy: the score is ±½. State 0: (4·(½, −½) + 2·(−½, ½))/3; state 1: 6·(−½, ½)/3.
    result = policy_gradient_estimate(np.zeros((3, 2)), [0, 0, 1], [0, 1, 1], [4.0, 2.0, 6.0])
    assert_allclose(result, [[1 / 3, -1 / 3], [-1, 1], [0, 0]], rtol=1e-15)


def test_policy_gradient_estimate_agrees_with_a_numerical_gradient():
    states, actions, weights = (
        np.array([0, 1, 1, 0, 1]),
        np.array([2, 0, 1, 2, 1]),
        np.array([1.0, -2, 3, 0.5, 4]),
    )

    def objective(flat):
        return float(np.mean(weights * np.log(softmax(flat.reshape(2, 3)))[states, actions]))

    expected = numerical_gradient(objective, LOGITS.ravel()).reshape(2, 3)
    assert_allclose(policy_gradient_estimate(LOGITS, states, actions, weights), expected, rtol=0, atol=1e-9)


def test_policy_gradient_estimate_is_a_mean_over_steps():
    states, actions, weights = np.array([0, 1, 1]), np.array([2, 0, 1]), np.array([1.0, -2.0, 3.0])
    once = policy_gradient_estimate(LOGITS, states, actions, weights)
    twice = policy_gradient_estimate(LOGITS, np.tile(states, 2), np.tile(actions, 2), np.tile(weights, 2))
    assert_allclose(once, twice, rtol=1e-14)


def test_policy_gradient_estimate_of_all_actions_weighed_by_probability_is_exact():
    q = np.array([1.0, -3.0, 2.0])
    weights = 3 * softmax(LOGITS[0]) * q  # a mean over three steps, so each counts three times
    result = policy_gradient_estimate(LOGITS[:1], [0, 0, 0], [0, 1, 2], weights)
    assert_allclose(result[0], score_function_gradient(LOGITS[0], q), rtol=1e-13)


def two_states(logits, gamma, start):
    """Solve the two-state MDP: (normalised J, d, q) of the softmax policy; action 0 stays, action 1 goes."""
    policy = softmax(logits)
    step = np.array([[policy[0, 0], policy[0, 1]], [policy[1, 1], policy[1, 0]]])
    rewards = np.array([[0.0, 2.0], [0.0, 1.0]])
    system = np.eye(2) - gamma * step
    values = np.linalg.solve(system, np.sum(policy * rewards, axis=1))
    visitation = (1 - gamma) * np.linalg.solve(system.T, start)
    q_values = rewards + gamma * np.array([[values[0], values[1]], [values[1], values[0]]])
    return (1 - gamma) * start @ values, visitation, q_values


@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("start", [(1.0, 0.0), (0.3, 0.7)])
@pytest.mark.parametrize("logits", [((0.0, 0.0), (0.0, 0.0)), ((0.4, -0.3), (-1.0, 1.5))])
def test_theorem_is_the_gradient_of_the_exact_objective(gamma, start, logits):
    logits, start = np.array(logits), np.array(start)
    _, visitation, q_values = two_states(logits, gamma, start)
    expected = numerical_gradient(
        lambda flat: two_states(flat.reshape(2, 2), gamma, start)[0], logits.ravel()
    )
    result = policy_gradient_theorem(logits, visitation, q_values)
    assert_allclose(result.ravel(), expected, rtol=0, atol=1e-8)
    assert_allclose(visitation.sum(), 1, rtol=1e-14)


def test_theorem_equals_the_expectation_of_the_weighted_score():
    visitation, q_values = np.array([0.25, 0.75]), np.array([[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]])
    expected = np.zeros((2, 3))
    for s, a in np.ndindex(2, 3):
        expected[s] += visitation[s] * softmax(LOGITS)[s, a] * q_values[s, a] * grad_log_softmax(LOGITS[s], a)
    assert_allclose(policy_gradient_theorem(LOGITS, visitation, q_values), expected, rtol=1e-13)


def test_theorem_ignores_a_baseline_of_the_state():
    visitation, q_values = np.array([0.25, 0.75]), np.array([[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]])
    plain = policy_gradient_theorem(LOGITS, visitation, q_values)
    shifted = policy_gradient_theorem(LOGITS, visitation, q_values - np.array([[10.0], [-20.0]]))
    assert_allclose(shifted, plain, atol=1e-14)


def test_theorem_gives_zero_in_states_never_visited():
    result = policy_gradient_theorem(LOGITS, [0.0, 1.0], [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    assert_array_equal(result[0], np.zeros(3))
    assert result[1].any()


def test_theorem_is_stable_at_extreme_logits():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result = policy_gradient_theorem([[1000.0, -1000.0]], [1.0], [[2.0, 5.0]])
    assert_array_equal(result, [[0, 0]])
