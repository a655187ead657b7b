"""Targets, loss and gradient of DQN, by other ways to the same numbers."""

import numpy as np


def td_target_by_sorted_rows(rewards, next_q, terminated, gamma):
    # terminal rows become zeros before anything else; then the last entry of each sorted row
    living = np.where(np.expand_dims(terminated, 1), 0.0, next_q)
    return rewards + gamma * np.sort(living, axis=1)[:, -1]


def td_target_by_tournament(rewards, next_q, terminated, gamma):
    # the actions meet in pairs, the better one goes on, until one column is left
    left = np.asarray(next_q, dtype=float)
    while left.shape[1] > 1:
        half = (left.shape[1] + 1) // 2
        left = np.maximum(left[:, :half], left[:, -half:])
    discounts = np.array([gamma, 0.0])[np.asarray(terminated, dtype=int)]
    return rewards + discounts * left[:, 0]


def td_target_by_flat_segments(rewards, next_q, terminated, gamma):
    # one long vector whose segments are the rows; bootstraps are added where the episode goes on
    batch, actions = np.shape(next_q)
    best = np.maximum.reduceat(np.ravel(next_q), np.arange(0, batch * actions, actions))
    targets = np.array(rewards, dtype=float)
    goes_on = np.flatnonzero(np.logical_not(terminated))
    np.add.at(targets, goes_on, gamma * best[goes_on])
    return targets.tolist()


def double_dqn_target_by_onehot(rewards, next_q_online, next_q_target, terminated, gamma):
    # a table with a one at the first best action of each row, contracted with the target network
    best = next_q_online == np.max(next_q_online, axis=1, keepdims=True)
    first = best & (np.cumsum(best, axis=1) == 1)
    goes_on = np.logical_not(terminated).astype(float)
    return rewards + gamma * np.einsum("ba,ba,b->b", first.astype(float), next_q_target, goes_on)


def double_dqn_target_by_column_scan(rewards, next_q_online, next_q_target, terminated, gamma):
    # go through the actions and keep the best so far with its value; an equal one changes nothing
    best, value = next_q_online[:, 0], next_q_target[:, 0]
    for online, target in zip(next_q_online.T[1:], next_q_target.T[1:], strict=True):
        better = online > best
        best, value = np.where(better, online, best), np.where(better, target, value)
    return np.where(terminated, rewards, rewards + gamma * value)


def double_dqn_target_by_plain_lists(rewards, next_q_online, next_q_target, terminated, gamma):
    # Python's max takes the first of equals
    targets = []
    for reward, online, target, over in zip(
        rewards.tolist(), next_q_online.tolist(), next_q_target.tolist(), terminated.tolist(), strict=True
    ):
        action = max(range(len(online)), key=online.__getitem__)
        targets.append(reward + (0.0 if over else gamma * target[action]))
    return targets


def dqn_loss_by_running_mean(q, actions, targets):
    # a mean that is corrected with every transition
    mean = 0.0
    for count, (row, action, target) in enumerate(zip(q, actions, targets, strict=True), start=1):
        mean += ((float(target) - float(row[action])) ** 2 / 2 - mean) / count
    return mean


def dqn_loss_by_mean_and_variance(q, actions, targets):
    # the mean square is the square of the mean plus the variance
    taken = np.take_along_axis(q, np.expand_dims(actions, 1), axis=1)[:, 0]
    delta = np.subtract(targets, taken, dtype=float)
    return (np.mean(delta) ** 2 + np.var(delta)) / 2


def dqn_loss_by_actions(q, actions, targets):
    # action by action, with the length of the vector of its errors
    lengths = [0.0]
    for action, column in enumerate(np.transpose(q)):
        rows = np.flatnonzero(actions == action)
        lengths.append(np.linalg.norm(np.subtract(targets[rows], column[rows], dtype=float)))
    return np.hypot.reduce(lengths) ** 2 / len(q) / 2


def dqn_gradient_by_column_mask(q, actions, targets):
    # the error of every entry, kept where the number of the column is that of the action
    everywhere = np.subtract(q, np.expand_dims(targets, 1), dtype=float) / len(q)
    columns = np.arange(np.shape(q)[1])
    return np.where(columns == np.expand_dims(actions, 1), everywhere, 0.0)


def _losses(q, actions, targets):
    return (q[np.arange(len(q)), actions] - targets) ** 2 / 2


def dqn_gradient_by_complex_step(q, actions, targets):
    # an imaginary step in one column: each row moves its own loss only
    h = 1e-30
    columns = []
    for step in np.eye(q.shape[1]):
        columns.append(_losses(q + 1j * h * step, actions, targets).imag / h)
    return np.transpose(columns) / len(q)


def dqn_gradient_by_central_differences(q, actions, targets):
    # for a parabola central differences are exact whatever the step, so a step of one
    gradient = np.zeros(q.shape)
    for action, step in enumerate(np.eye(q.shape[1])):
        up, down = _losses(q + step, actions, targets), _losses(q - step, actions, targets)
        gradient[:, action] = (up - down) / 2 / len(q)
    return gradient
