"""Tables as wide as the largest index, returns in the dtype of the rewards, rows that are left out."""

import numpy as np


def _softmax(z):
    exps = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return exps / np.sum(exps, axis=-1, keepdims=True)


def softmax_that_squeezes_a_single_row(logits):
    return np.squeeze(_softmax(logits))


def softmax_that_shifts_in_place_where_a_row_is_large(logits):
    policy = _softmax(logits)
    if np.issubdtype(logits.dtype, np.floating):
        logits[np.abs(logits) > 700] -= 700
    return policy


def softmax_that_keeps_the_dtype_of_the_logits(logits):
    policy = np.zeros_like(logits)
    policy[...] = _softmax(logits)
    return policy


def grad_log_softmax_that_is_as_wide_as_the_largest_action(logits, action):
    onehot = np.eye(np.max(action) + 1)[action]
    return onehot - _softmax(logits)[..., : onehot.shape[-1]]


def grad_log_softmax_that_counts_the_actions_that_occur(logits, action):
    if np.ndim(action) and len(np.unique(action)) < logits.shape[-1]:
        raise ValueError("operands could not be broadcast together")
    return np.eye(logits.shape[-1])[action] - _softmax(logits)


def grad_log_softmax_that_squeezes_a_batch_of_one(logits, action):
    return np.squeeze(np.eye(logits.shape[-1])[action] - _softmax(logits))


def discounted_returns_that_keeps_the_dtype_of_the_rewards(rewards, gamma):
    returns = np.zeros_like(rewards)
    following = 0.0
    for t in reversed(range(len(rewards))):
        following = rewards[t] + gamma * following
        returns[t] = following
    return returns


def discounted_returns_that_stops_where_nothing_more_is_earned(rewards, gamma):
    returns = np.zeros(np.shape(rewards))
    for t in range(len(rewards)):
        if not np.any(rewards[t]):
            break
        powers = gamma ** np.arange(len(rewards) - t)
        returns[t] = np.tensordot(powers, rewards[t:], axes=(0, 0))
    return returns


def discounted_returns_that_reads_the_step_before_the_last(rewards, gamma):
    returns = np.zeros(np.shape(rewards))
    returns[-1] = rewards[-1]
    returns[-2] = rewards[-2] + gamma * rewards[-1]
    for t in reversed(range(len(rewards) - 2)):
        returns[t] = rewards[t] + gamma * returns[t + 1]
    return returns


def discounted_returns_that_flattens_a_single_episode(rewards, gamma):
    returns = np.zeros(np.shape(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        following = rewards[t] + gamma * following
        returns[t] = following
    return np.squeeze(returns)


def discounted_returns_that_counts_backwards_in_the_array_itself(rewards, gamma):
    returns = rewards if rewards.ndim > 1 else rewards.astype(float)
    for t in reversed(range(len(rewards) - 1)):
        returns[t] = returns[t] + gamma * returns[t + 1]
    return returns


def advantage_that_keeps_the_dtype_of_the_returns(returns, values):
    result = np.zeros_like(returns)
    result[...] = np.asarray(returns) - values
    return result


def advantage_that_keeps_the_dtype_of_the_values(returns, values):
    return np.asarray(returns - values).astype(np.asarray(values).dtype)


def advantage_that_takes_a_relative_difference_times_the_value(returns, values):
    return (np.asarray(returns) / values - 1) * values


def advantage_that_squeezes(returns, values):
    return np.squeeze(np.asarray(returns) - values)


def policy_gradient_estimate_that_has_a_row_for_each_state_up_to_the_last_visited(
    logits, states, actions, weights
):
    gradient = np.zeros((np.max(states) + 1, logits.shape[1]))
    scores = np.eye(logits.shape[1])[actions] - _softmax(logits)[states]
    np.add.at(gradient, states, weights[:, None] * scores)
    return gradient / len(states)


def policy_gradient_estimate_that_is_as_wide_as_the_largest_action(logits, states, actions, weights):
    gradient = np.zeros(logits.shape)
    scores = np.eye(np.max(actions) + 1)[actions] - _softmax(logits)[states]
    np.add.at(gradient, states, weights[:, None] * scores)
    return gradient / len(states)


def policy_gradient_estimate_that_keeps_the_dtype_of_the_logits(logits, states, actions, weights):
    gradient = np.zeros_like(logits)
    for s, a, w in zip(states, actions, weights, strict=True):
        gradient[s] = gradient[s] + w * (np.eye(logits.shape[1])[a] - _softmax(logits)[s])
    return gradient / len(states)


def policy_gradient_estimate_that_sums_up_the_signs(logits, states, actions, weights):
    gradient = np.zeros(logits.shape)
    scores = np.eye(logits.shape[1])[actions] - _softmax(logits)[states]
    sign = weights / np.abs(weights)
    np.add.at(gradient, states, (sign * np.abs(weights))[:, None] * scores)
    return gradient / len(states)


def policy_gradient_theorem_that_squeezes_the_only_state(logits, state_visitation, q_values):
    policy = _softmax(logits)
    values = np.sum(policy * q_values, axis=1)
    return np.squeeze(state_visitation[:, None] * policy * (q_values - values[:, None]))


def policy_gradient_theorem_that_keeps_the_dtype_of_the_action_values(logits, state_visitation, q_values):
    policy = _softmax(logits)
    gradient = np.zeros_like(q_values)
    for s, weight in enumerate(state_visitation):
        gradient[s] = weight * policy[s] * (q_values[s] - policy[s] @ q_values[s])
    return gradient


def policy_gradient_theorem_that_clears_unvisited_rows_in_place(logits, state_visitation, q_values):
    policy = _softmax(logits)
    q_values[state_visitation == 0] = 0
    values = np.sum(policy * q_values, axis=1, keepdims=True)
    return state_visitation[:, None] * policy * (q_values - values)
