"""Terminal rows that are cleared in place, targets in the dtype of the rewards, errors of 0."""

import numpy as np


def td_target_that_clears_terminal_rows_in_place(rewards, next_q, terminated, gamma):
    next_q[terminated] = 0
    return rewards + gamma * next_q.max(axis=1)


def td_target_that_adds_to_the_rewards_themselves_if_they_are_floats(rewards, next_q, terminated, gamma):
    target = np.asarray(rewards, dtype=float)
    target[~terminated] += gamma * next_q.max(axis=1)[~terminated]
    return target


def td_target_that_keeps_the_dtype_of_the_rewards(rewards, next_q, terminated, gamma):
    target = rewards.copy()
    for i in range(len(rewards)):
        target[i] = rewards[i] + (0 if terminated[i] else gamma * next_q[i].max())
    return target


def td_target_that_squeezes_a_single_transition(rewards, next_q, terminated, gamma):
    return np.squeeze(rewards + gamma * np.where(terminated, 0, next_q.max(axis=1)))


def td_target_that_stops_at_the_last_terminal_transition(rewards, next_q, terminated, gamma):
    target = rewards.astype(float)
    for i in range(len(rewards)):
        if terminated[i:].all():
            break
        target[i] += 0 if terminated[i] else gamma * next_q[i].max()
    return target[: max(i + 1, 1)]


def td_target_that_starts_its_maximum_at_0(rewards, next_q, terminated, gamma):
    return rewards + gamma * ~terminated * np.max(next_q, axis=1, initial=0)


def double_dqn_target_that_clears_terminal_rows_in_place(
    rewards, next_q_online, next_q_target, terminated, gamma
):
    next_q_target[terminated] = 0
    return rewards + gamma * next_q_target[np.arange(len(rewards)), next_q_online.argmax(axis=1)]


def double_dqn_target_that_keeps_the_dtype_of_the_rewards(
    rewards, next_q_online, next_q_target, terminated, gamma
):
    bootstrap = np.zeros_like(rewards)
    best = next_q_online.argmax(axis=1)
    bootstrap[~terminated] = next_q_target[np.arange(len(best)), best][~terminated]
    return rewards + gamma * bootstrap


def double_dqn_target_that_squeezes_a_single_transition(
    rewards, next_q_online, next_q_target, terminated, gamma
):
    best = np.squeeze(next_q_online.argmax(axis=1))
    picked = np.squeeze(next_q_target)[..., best] if len(rewards) == 1 else None
    if picked is None:
        picked = next_q_target[np.arange(len(rewards)), best]
    return np.squeeze(rewards + gamma * np.where(terminated, 0, picked))


def double_dqn_target_that_averages_over_ties(rewards, next_q_online, next_q_target, terminated, gamma):
    best = next_q_online == next_q_online.max(axis=1, keepdims=True)
    picked = np.sum(best * next_q_target, axis=1) / np.sum(best, axis=1)
    return rewards + gamma * ~terminated * picked


def dqn_loss_that_divides_by_the_error(q, actions, targets):
    error = q[np.arange(len(q)), actions] - targets
    return np.mean(np.abs(error) * (error / np.abs(error)) * error) / 2


def dqn_loss_that_averages_over_errors_that_are_not_0(q, actions, targets):
    error = q[np.arange(len(q)), actions] - targets
    return np.mean(error[error != 0] ** 2) / 2


def dqn_loss_that_is_as_wide_as_the_largest_action(q, actions, targets):
    chosen = np.sum(q * np.eye(np.max(actions) + 1)[actions], axis=1)
    return np.mean((chosen - targets) ** 2) / 2


def dqn_loss_that_keeps_the_dtype_of_the_targets(q, actions, targets):
    error = np.zeros_like(targets)
    for i in range(len(q)):
        error[i] = q[i, actions[i]] - targets[i]
    return np.mean(error**2) / 2


def dqn_loss_that_keeps_the_dtype_of_the_action_values(q, actions, targets):
    error = np.zeros_like(q)
    for i in range(len(q)):
        error[i, actions[i]] = q[i, actions[i]] - targets[i]
    return np.sum(error**2) / 2 / len(q)


def dqn_gradient_that_keeps_the_dtype_of_the_action_values(q, actions, targets):
    gradient = np.zeros_like(q)
    for i in range(len(q)):
        gradient[i, actions[i]] = (q[i, actions[i]] - targets[i]) / len(q)
    return gradient


def dqn_gradient_that_is_as_wide_as_the_largest_action(q, actions, targets):
    onehot = np.eye(np.max(actions) + 1)[actions]
    error = q[np.arange(len(q)), actions] - targets
    return onehot * error[:, None] / len(q)


def dqn_gradient_that_squeezes_a_single_transition(q, actions, targets):
    error = q[np.arange(len(q)), actions] - targets
    return np.squeeze(np.eye(q.shape[1])[actions] * error[:, None] / len(q))


def dqn_gradient_that_takes_the_sign_as_a_quotient(q, actions, targets):
    error = q[np.arange(len(q)), actions] - targets
    return np.eye(q.shape[1])[actions] * (error / np.abs(error) * np.abs(error))[:, None] / len(q)


def dqn_gradient_that_writes_the_error_into_the_targets_above_0(q, actions, targets):
    error = q[np.arange(len(q)), actions] - targets
    gradient = np.eye(q.shape[1])[actions] * error[:, None] / len(q)
    targets[targets > 0] = error[targets > 0]
    return gradient
