"""Right answers by other ways to the same numbers: loops for arrays, scans for loops, cases for a min."""
# ruff: noqa: ANN001, ANN201, B905, D103 (students do not write like that)

import numpy as np


def policy_gradient_theorem(logits, state_visitation, q_values):
    # the expectation form: every action's q times its score, weighted by d(s) π(a|s)
    from scipy.special import logsumexp

    n_states, n_actions = np.shape(logits)
    log_pi = logits - logsumexp(logits, axis=1, keepdims=True)
    gradient = np.zeros((n_states, n_actions))
    for s in range(n_states):
        for a in range(n_actions):
            score = np.eye(n_actions)[a] - np.exp(log_pi[s])
            gradient[s] += state_visitation[s] * np.exp(log_pi[s, a]) * q_values[s, a] * score
    return gradient


def td_target(rewards, next_q, terminated, gamma):
    targets = []
    for reward, row, over in zip(rewards, next_q, terminated):
        targets.append(float(reward) if over else reward + gamma * max(row))
    return targets


def double_dqn_target(rewards, next_q_online, next_q_target, terminated, gamma):
    # sort is stable, so of several best actions the first comes first
    order = np.argsort(-next_q_online, axis=1, kind="stable")
    picked = np.take_along_axis(next_q_target, order[:, :1], axis=1)[:, 0]
    targets = np.array(rewards, dtype=float)
    targets[~terminated] += gamma * picked[~terminated]
    return targets


def dqn_loss(q, actions, targets):
    mask = actions[:, None] == np.arange(q.shape[1])
    delta = targets - np.sum(q * mask, axis=1)
    return delta @ delta / (2 * len(delta))


def dqn_gradient(q, actions, targets):
    rows = np.arange(len(q))
    gradient = np.zeros(q.shape)
    np.add.at(gradient, (rows, actions), q[rows, actions] / len(q))
    np.subtract.at(gradient, (rows, actions), targets / len(q))
    return gradient


def td_errors(rewards, values, next_values, terminated, gamma):
    delta = np.subtract(rewards, values, dtype=float)
    delta[~terminated] += gamma * next_values[~terminated]
    return delta


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    # a doubling scan: after round k every entry holds the sum of its next 2^k errors
    total = td_errors(rewards, values, next_values, terminated, gamma)
    carry = np.where(np.logical_or(terminated, truncated), 0.0, gamma * lam)
    reach = 1
    while reach < len(total):
        longer = total.copy()
        longer[:-reach] += carry[:-reach] * total[reach:]
        further = np.zeros_like(carry)
        further[:-reach] = carry[:-reach] * carry[reach:]
        total, carry = longer, further
        reach *= 2
    return total


def ppo_clip_objective(logp_new, logp_old, advantages, epsilon):
    # A >= 0: the ratio counts up to 1 + epsilon; A < 0: it counts from 1 - epsilon on
    ratio = np.exp(np.subtract(logp_new, logp_old))
    capped = np.where(advantages >= 0, np.minimum(ratio, 1 + epsilon), np.maximum(ratio, 1 - epsilon))
    return float(np.average(capped * advantages))


def ppo_clip_gradient(logp_new, logp_old, advantages, epsilon):
    log_ratio = logp_new - logp_old
    gradient = np.zeros(np.shape(log_ratio))
    for i in np.ndindex(gradient.shape):
        ratio = np.exp(log_ratio[i])
        too_good = advantages[i] > 0 and ratio > 1 + epsilon
        too_bad = advantages[i] < 0 and ratio < 1 - epsilon
        if not (too_good or too_bad):
            gradient[i] = advantages[i] * ratio / gradient.size
    return gradient


def group_advantages(rewards, eps=1e-8):
    rewards = np.asarray(rewards)
    groups = rewards.reshape(-1, rewards.shape[-1])
    advantages = np.zeros(groups.shape)
    for i, group in enumerate(groups):
        if np.all(group == group[0]):
            continue
        centred = group - np.sum(group) / len(group)
        advantages[i] = centred / (np.linalg.norm(centred) / np.sqrt(len(group)) + eps)
    return advantages.reshape(rewards.shape)


def grpo_objective(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    total = 0.0
    advantages = group_advantages(rewards, eps)
    for new, old, advantage in zip(np.ravel(logp_new), np.ravel(logp_old), np.ravel(advantages)):
        ratio = np.exp(new - old)
        clipped = min(max(ratio, 1 - epsilon), 1 + epsilon)
        total += min(ratio * advantage, clipped * advantage)
    return total / np.size(advantages)
