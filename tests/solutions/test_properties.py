"""Facts about the formulas that hold for every input, not only for the worked ones."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal

from solutions import (
    adam_step,
    clip_by_global_norm,
    clipped_surrogate,
    discounted_returns,
    double_dqn_target,
    dqn_gradient,
    dqn_loss,
    gae,
    grad_log_softmax,
    gradient_ascent,
    group_advantages,
    hunt_minibatches,
    hunt_normalize_advantages,
    hunt_value_targets,
    mlp_gradients,
    numerical_gradient,
    policy_gradient_estimate,
    policy_gradient_theorem,
    ppo_clip_gradient,
    ppo_clip_objective,
    ppo_update,
    probability_ratio,
    ratio_taylor,
    score_function_estimate,
    score_function_gradient,
    softmax,
    taylor,
    td_errors,
    td_target,
)

unit = st.floats(0, 1)
seeds = st.integers(0, 2**32 - 1)


def numbers(shape, bound=10.0):
    """Arrays of numbers of ordinary size: rounding stays far below the tolerances of these tests."""
    return arrays(np.float64, shape, elements=st.floats(-bound, bound).map(lambda x: round(x, 3)))


@st.composite
def rollouts(draw, max_length=15):
    """Make (rewards, values, next_values, terminated, truncated) of several episodes one after the other."""
    shape = (draw(st.integers(1, max_length)), *draw(st.sampled_from([(), (1,), (3,), (2, 2)])))
    rewards, values, next_values = (draw(numbers(shape)) for _ in range(3))
    terminated, truncated = (draw(arrays(np.bool_, shape)) for _ in range(2))
    ended = (terminated | truncated)[:-1]
    next_values[:-1] = np.where(ended, next_values[:-1], values[1:])
    return rewards, values, next_values, terminated, truncated


# softmax and the score


@given(numbers(array_shapes(min_dims=1, max_dims=3, max_side=5), bound=1000.0))
def test_softmax_is_a_distribution_at_any_logits(logits):
    policy = softmax(logits)
    assert np.all(policy >= 0)
    assert_allclose(policy.sum(axis=-1), 1, rtol=1e-14)


@given(numbers((4,), bound=1000.0), st.floats(-1000, 1000))
def test_softmax_ignores_a_common_shift(logits, shift):
    assert_allclose(softmax(logits + shift), softmax(logits), rtol=0, atol=1e-12)


@given(numbers((5,), bound=1000.0), st.permutations(range(5)))
def test_softmax_follows_a_reordering_of_the_actions(logits, order):
    assert_allclose(softmax(logits[order]), softmax(logits)[order], rtol=1e-14)


@given(numbers((4,), bound=1000.0))
def test_expected_score_is_zero(logits):
    scores = grad_log_softmax(np.tile(logits, (4, 1)), np.arange(4))
    assert_allclose(softmax(logits) @ scores, np.zeros(4), atol=1e-14)


# returns and advantages


@given(numbers((6, 2)), unit)
def test_returns_satisfy_their_recursion(rewards, gamma):
    returns = discounted_returns(rewards, gamma)
    assert_allclose(returns[:-1], rewards[:-1] + gamma * returns[1:], rtol=0, atol=1e-12)
    assert_array_equal(returns[-1], rewards[-1])


@given(rollouts(), unit, unit)
def test_gae_satisfies_its_definition(rollout, gamma, lam):
    deltas = td_errors(*rollout[:4], gamma)
    goes_on = ~(rollout[3] | rollout[4])
    expected = np.zeros_like(deltas)
    for t in range(len(deltas)):
        weight = np.ones_like(deltas[0])
        for k in range(t, len(deltas)):
            expected[t] += weight * deltas[k]
            weight = weight * gamma * lam * goes_on[k]
    assert_allclose(gae(*rollout, gamma, lam), expected, rtol=0, atol=1e-11)


@given(rollouts(), unit)
def test_gae_at_lambda_zero_is_the_td_error(rollout, gamma):
    assert_array_equal(gae(*rollout, gamma, 0.0), td_errors(*rollout[:4], gamma))


@given(rollouts(), unit)
def test_gae_at_lambda_one_is_the_bootstrapped_return_minus_the_value(rollout, gamma):
    rewards, values, next_values, terminated, truncated = rollout
    returns = np.zeros_like(rewards)
    following = next_values[-1]
    for t in reversed(range(len(rewards))):
        following = np.where(truncated[t], next_values[t], following)
        following = rewards[t] + gamma * np.where(terminated[t], 0.0, following)
        returns[t] = following
    assert_allclose(gae(*rollout, gamma, 1.0), returns - values, rtol=0, atol=1e-10)


@given(rollouts(max_length=6), rollouts(max_length=6), unit, unit, st.booleans())
def test_gae_of_two_episodes_is_that_of_each_alone(first, second, gamma, lam, by_time_limit):
    first, second = ([each.reshape(len(each), -1)[:, 0] for each in rollout] for rollout in (first, second))
    first[4][-1] |= by_time_limit
    first[3][-1] |= not by_time_limit
    joined = [np.concatenate(pair) for pair in zip(first, second, strict=True)]
    expected = np.concatenate([gae(*first, gamma, lam), gae(*second, gamma, lam)])
    assert_array_equal(gae(*joined, gamma, lam), expected)


@given(rollouts(), unit, unit)
def test_value_targets_are_values_plus_gae(rollout, gamma, lam):
    rewards, values, next_values, terminated, truncated = rollout
    targets = hunt_value_targets(rewards, next_values, terminated, truncated, gamma, lam)
    assert_allclose(targets, values + gae(*rollout, gamma, lam), rtol=0, atol=1e-10)


# policy gradients


@st.composite
def mdps(draw):
    """(rewards, transitions, gamma, start, logits) of a random MDP with 3 states and 2 actions."""
    rng = np.random.default_rng(draw(seeds))
    transitions = rng.dirichlet(np.ones(3), size=(3, 2))
    logits = draw(numbers((3, 2), bound=3.0))
    return rng.normal(size=(3, 2)), transitions, draw(st.floats(0, 0.95)), rng.dirichlet(np.ones(3)), logits


@given(mdps())
def test_policy_gradient_theorem_is_the_gradient_of_the_exact_objective(mdp):
    rewards, transitions, gamma, start, logits = mdp

    def solve(logits):
        policy = softmax(logits)
        system = np.eye(3) - gamma * np.einsum("sa,saz->sz", policy, transitions)
        values = np.linalg.solve(system, np.sum(policy * rewards, axis=1))
        return system, values

    system, values = solve(logits)
    visitation = (1 - gamma) * np.linalg.solve(system.T, start)
    result = policy_gradient_theorem(logits, visitation, rewards + gamma * transitions @ values)
    expected = numerical_gradient(
        lambda flat: (1 - gamma) * start @ solve(flat.reshape(3, 2))[1], logits.ravel()
    )
    assert_allclose(result.ravel(), expected, rtol=0, atol=1e-8)


@given(numbers((3, 4)), numbers((3, 4)), seeds)
def test_theorem_is_the_estimate_over_every_state_and_action_weighed_by_probability(logits, q_values, seed):
    visitation = np.random.default_rng(seed).dirichlet(np.ones(3))
    states, actions = np.divmod(np.arange(12), 4)
    weights = 12 * (visitation[:, None] * softmax(logits) * q_values).ravel()
    estimate = policy_gradient_estimate(logits, states, actions, weights)
    assert_allclose(policy_gradient_theorem(logits, visitation, q_values), estimate, rtol=0, atol=1e-11)


@given(numbers((5,)), numbers((5,)), st.floats(-100, 100))
def test_score_function_gradient_sums_to_zero_and_ignores_a_baseline(logits, q, baseline):
    gradient = score_function_gradient(logits, q)
    assert_allclose(gradient.sum(), 0, atol=1e-13)
    assert_allclose(score_function_gradient(logits, q - baseline), gradient, rtol=0, atol=1e-12)


@given(numbers((4,)), numbers((4,)), arrays(np.int64, st.integers(1, 20), elements=st.integers(0, 3)))
def test_score_function_estimate_is_the_mean_of_single_samples(logits, q, actions):
    singles = [q[action] * grad_log_softmax(logits, action) for action in actions]
    assert_allclose(score_function_estimate(logits, actions, q), np.mean(singles, axis=0), rtol=0, atol=1e-12)


# PPO


@given(numbers((4,)), numbers((4,)))
def test_ratio_averages_to_one_under_the_old_policy(old_logits, new_logits):
    old, new = softmax(old_logits), softmax(new_logits)
    assert_allclose(old @ probability_ratio(np.log(new), np.log(old)), 1, rtol=1e-12)


@given(numbers((6,), bound=3.0), numbers((6,)), st.floats(0, 2))
def test_clipped_term_is_a_pessimistic_bound(log_ratio, advantages, epsilon):
    ratio = np.exp(log_ratio)
    term = clipped_surrogate(ratio, advantages, epsilon)
    clipped = np.minimum(np.maximum(ratio, 1 - epsilon), 1 + epsilon) * advantages
    assert np.all(term <= ratio * advantages)
    assert np.all(term <= clipped)
    assert np.all((term == ratio * advantages) | (term == clipped))


@given(numbers((5,), bound=2.0), numbers((5,), bound=2.0), numbers((5,)), st.sampled_from([0.1, 0.2, 0.5]))
def test_ppo_gradient_agrees_with_a_numerical_gradient_off_the_edges(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    assume(np.all(np.abs(np.abs(ratio - 1) - epsilon) > 1e-3))
    expected = numerical_gradient(
        lambda logp: ppo_clip_objective(logp, logp_old, advantages, epsilon), logp_new, h=1e-6
    )
    result = ppo_clip_gradient(logp_new, logp_old, advantages, epsilon)
    assert_allclose(result, expected, rtol=0, atol=1e-6)


@given(numbers((5,)), numbers((5,)), st.floats(0, 1))
def test_ppo_gradient_at_the_old_policy_is_the_advantage_over_n(logp, advantages, epsilon):
    assert_allclose(ppo_clip_gradient(logp, logp, advantages, epsilon), advantages / 5, rtol=1e-15)


@given(numbers((2, 3), bound=3.0), seeds)
def test_small_ppo_update_does_not_lower_the_objective(logits, seed):
    rng = np.random.default_rng(seed)
    states, actions, advantages = rng.integers(2, size=8), rng.integers(3, size=8), rng.normal(size=8)
    new = ppo_update(logits, states, actions, advantages, 0.2, 1e-3, 5)
    logp_old, logp_new = (np.log(softmax(z))[states, actions] for z in (logits, new))
    before = ppo_clip_objective(logp_old, logp_old, advantages, 0.2)
    assert ppo_clip_objective(logp_new, logp_old, advantages, 0.2) >= before - 1e-12


# groups and batches

groups = numbers((3, 5)).filter(lambda rewards: np.all(np.ptp(rewards, axis=-1) > 0.01))


@given(groups, st.floats(-100, 100), st.floats(0.01, 100))
def test_group_advantages_ignore_shift_and_scale(rewards, shift, scale):
    expected = group_advantages(rewards, eps=0.0)
    assert_allclose(group_advantages(scale * rewards + shift, eps=0.0), expected, rtol=0, atol=1e-7)


@given(groups)
def test_group_advantages_have_mean_zero_deviation_one_and_keep_the_order(rewards):
    result = group_advantages(rewards, eps=0.0)
    assert_allclose(result.mean(axis=-1), 0, atol=1e-11)
    assert_allclose(result.std(axis=-1), 1, rtol=1e-11)
    for advantages, group in zip(result, rewards, strict=True):
        assert np.all(np.diff(advantages[np.argsort(group)]) >= 0)


@given(st.floats(-1e9, 1e9), st.integers(1, 40), st.sampled_from([0.0, 1e-8]))
def test_group_of_equal_rewards_has_exactly_no_advantage(reward, size, eps):
    assert_array_equal(group_advantages(np.full(size, reward), eps), np.zeros(size))


@given(groups, st.floats(-100, 100), st.floats(0.01, 100))
def test_normalised_advantages_ignore_shift_and_scale(advantages, shift, scale):
    expected = hunt_normalize_advantages(advantages, eps=0.0)
    result = hunt_normalize_advantages(scale * advantages + shift, eps=0.0)
    assert_allclose(result, expected, rtol=0, atol=1e-7)


@given(st.permutations(range(12)), st.integers(1, 15))
def test_minibatches_hold_every_sample_exactly_once(order, size):
    batches = hunt_minibatches(np.array(order), size)
    assert np.concatenate(batches).tolist() == order
    assert all(len(batch) == size for batch in batches[:-1])
    assert 1 <= len(batches[-1]) <= size


# DQN


@given(numbers((6,)), numbers((6, 3)), numbers((6, 3)), arrays(np.bool_, 6), unit)
def test_double_target_lies_between_the_smallest_and_the_largest_bootstrap(
    rewards, online, target, terminated, gamma
):
    double = double_dqn_target(rewards, online, target, terminated, gamma)
    assert np.all(double <= td_target(rewards, target, terminated, gamma))
    assert np.all(double >= -td_target(-rewards, -target, terminated, gamma))
    assert_array_equal(double[terminated], rewards[terminated])


@given(numbers((5, 3)), numbers((5,)), arrays(np.int64, 5, elements=st.integers(0, 2)), st.floats(0.01, 1))
def test_dqn_gradient_step_shrinks_every_error_by_the_same_factor(q, targets, actions, step):
    stepped = q - 5 * step * dqn_gradient(q, actions, targets)
    expected = (1 - step) ** 2 * dqn_loss(q, actions, targets)
    assert_allclose(dqn_loss(stepped, actions, targets), expected, rtol=0, atol=1e-11)
    untouched = np.ones((5, 3), dtype=bool)
    untouched[np.arange(5), actions] = False
    assert_array_equal(stepped[untouched], q[untouched])


# optimisers and expansions


@given(numbers((4,)), st.floats(1e-3, 1e3))
def test_adam_step_ignores_the_scale_of_all_gradients_without_a_guard(grad, scale):
    assume(np.all(np.abs(grad) >= 0.001))
    paths = []
    for factor in (1.0, scale):
        theta, m, v = np.zeros(4), np.zeros(4), np.zeros(4)
        for t in (1, 2, 3):
            theta, m, v = adam_step(theta, factor * grad * (-1) ** t, m, v, t, eps=0.0)
        paths.append(theta)
    assert_allclose(paths[1], paths[0], rtol=1e-10, atol=1e-15)


@given(st.lists(numbers(array_shapes(max_dims=2, max_side=4)), min_size=1, max_size=4), st.floats(0.01, 50))
def test_clipped_gradient_keeps_its_direction_and_never_exceeds_the_norm(grads, max_norm):
    clipped, norm = clip_by_global_norm(grads, max_norm)
    before, after = (np.concatenate([each.ravel() for each in arrays]) for arrays in (grads, clipped))
    assert_allclose(norm, np.linalg.norm(before), rtol=1e-13)
    assert_allclose(np.linalg.norm(after), min(norm, max_norm), rtol=1e-13)
    assert_allclose(after * norm, before * np.linalg.norm(after), rtol=0, atol=1e-9)
    assert [each.shape for each in clipped] == [each.shape for each in grads]


@given(numbers((3, 3)), numbers((3,)), numbers((3,)), numbers((3,)), st.floats(-10, 10))
def test_second_order_taylor_is_exact_for_a_quadratic(matrix, linear, point, delta, constant):
    hessian = matrix + matrix.T

    def quadratic(x):
        return constant + linear @ x + x @ hessian @ x / 2

    result = taylor(quadratic(point), linear + hessian @ point, hessian, delta, 2)
    assert_allclose(result, quadratic(point + delta), rtol=0, atol=1e-9)


@given(numbers((4,)), numbers((4,)), st.sampled_from([1, 2]))
def test_ratio_taylor_averages_to_one_under_the_old_policy(logits, delta, order):
    ratios = np.array([ratio_taylor(logits, delta, action, order) for action in range(4)])
    assert_allclose(softmax(logits) @ ratios, 1, rtol=0, atol=1e-11)


@given(numbers((3,)), numbers((3,)), st.floats(0.01, 0.99))
def test_ascent_on_a_bowl_shrinks_the_distance_by_one_minus_twice_the_rate(start, peak, rate):
    path = gradient_ascent(lambda theta: -2 * (theta - peak), start, rate, 5)
    expected = peak + (1 - 2 * rate) ** np.arange(6)[:, None] * (start - peak)
    assert_allclose(path, expected, rtol=0, atol=1e-12)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), seeds)
def test_mlp_gradients_agree_with_numerical_gradients_at_any_size(rows, inputs, outputs, hidden, seed):
    rng = np.random.default_rng(seed)
    x, target = rng.normal(size=(rows, inputs)), rng.normal(size=(rows, outputs))
    w1, w2 = rng.normal(size=(inputs, hidden)), rng.normal(size=(hidden, outputs))

    def loss(flat):
        first, second = flat[: w1.size].reshape(w1.shape), flat[w1.size :].reshape(w2.shape)
        return float(np.sum((np.tanh(x @ first) @ second - target) ** 2) / (2 * rows))

    expected = numerical_gradient(loss, np.concatenate([w1.ravel(), w2.ravel()]))
    result = np.concatenate([each.ravel() for each in mlp_gradients(x, target, w1, w2)])
    assert_allclose(result, expected, rtol=0, atol=1e-8)
