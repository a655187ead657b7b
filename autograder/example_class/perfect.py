"""The answers of a student who follows the formulas of E.3.5 line by line."""
# ruff: noqa: ANN001, ANN201, D103 (students do not write like that)

import numpy as np


def policy_gradient_theorem(logits, state_visitation, q_values):
    logits = np.asarray(logits, dtype=float)
    shifted = logits - logits.max(axis=1, keepdims=True)
    policy = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    state_values = (policy * q_values).sum(axis=1, keepdims=True)
    return state_visitation[:, None] * policy * (q_values - state_values)


def td_target(rewards, next_q, terminated, gamma):
    best = next_q.max(axis=1)
    best = np.where(terminated, 0.0, best)
    return rewards + gamma * best


def double_dqn_target(rewards, next_q_online, next_q_target, terminated, gamma):
    actions = np.argmax(next_q_online, axis=1)
    rows = np.arange(len(actions))
    values = np.where(terminated, 0.0, next_q_target[rows, actions])
    return rewards + gamma * values


def dqn_loss(q, actions, targets):
    q_taken = q[np.arange(len(actions)), actions]
    return np.mean(0.5 * (targets - q_taken) ** 2)


def dqn_gradient(q, actions, targets):
    batch = np.arange(len(actions))
    gradient = np.zeros(q.shape)
    gradient[batch, actions] = (q[batch, actions] - targets) / len(actions)
    return gradient


def td_errors(rewards, values, next_values, terminated, gamma):
    return rewards + gamma * next_values * (1 - terminated) - values


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    goes_on = 1.0 - (terminated | truncated)
    advantages = np.zeros_like(delta, dtype=float)
    last = 0.0
    for t in range(len(rewards) - 1, -1, -1):
        last = delta[t] + gamma * lam * goes_on[t] * last
        advantages[t] = last
    return advantages


def ppo_clip_objective(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon)
    return np.mean(np.minimum(ratio * advantages, clipped * advantages))


def ppo_clip_gradient(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    unclipped = ratio * advantages
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    alive = unclipped <= clipped
    return np.where(alive, unclipped, 0.0) / ratio.size


def group_advantages(rewards, eps=1e-8):
    rewards = np.asarray(rewards, dtype=float)
    mean = rewards.mean(axis=-1, keepdims=True)
    sigma = rewards.std(axis=-1, keepdims=True)
    same = rewards.max(axis=-1, keepdims=True) == rewards.min(axis=-1, keepdims=True)
    sigma = np.where(same, 1.0, sigma)
    return np.where(same, 0.0, (rewards - mean) / (sigma + eps))


def grpo_objective(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    advantages = group_advantages(rewards, eps)
    return ppo_clip_objective(logp_new, logp_old, advantages, epsilon)


def gradient_ascent(grad, theta0, learning_rate, steps):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for _ in range(steps):
        theta = theta + learning_rate * grad(theta)
        path.append(theta)
    return np.array(path)


def gradient_descent(grad, theta0, learning_rate, steps):
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for _ in range(steps):
        theta = theta - learning_rate * grad(theta)
        path.append(theta)
    return np.array(path)


def numerical_gradient(f, theta, h=1e-5):
    theta = np.array(theta, dtype=float)
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        e = np.zeros(len(theta))
        e[i] = 1
        gradient[i] = (f(theta + h * e) - f(theta - h * e)) / (2 * h)
    return gradient


def chain_rule_gradient(theta, weight, target):
    y = weight * theta
    dL_dy = 2 * (y - target)
    dy_dtheta = weight
    return dL_dy * dy_dtheta


def mlp_gradients(x, target, w1, w2):
    n = x.shape[0]
    z = x @ w1
    h = np.tanh(z)
    y = h @ w2
    dy = (y - target) / n
    dw2 = h.T @ dy
    dh = dy @ w2.T
    dz = dh * (1 - h * h)
    dw1 = x.T @ dz
    return dw1, dw2


def probability_ratio(logp_new, logp_old):
    difference = logp_new - logp_old
    return np.exp(difference)


def clipped_surrogate(ratio, advantage, epsilon):
    unclipped = ratio * advantage
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage
    return np.minimum(unclipped, clipped)


def adam_step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m_new = beta1 * m + (1 - beta1) * grad
    v_new = beta2 * v + (1 - beta2) * grad**2
    m_hat = m_new / (1 - beta1**t)
    v_hat = v_new / (1 - beta2**t)
    theta_new = theta - learning_rate * m_hat / (np.sqrt(v_hat) + eps)
    return theta_new, m_new, v_new


def clip_by_global_norm(grads, max_norm):
    total = 0.0
    for g in grads:
        total += np.sum(g**2)
    norm = np.sqrt(total)
    if norm > max_norm:
        return [g * max_norm / norm for g in grads], norm
    return [g.copy() for g in grads], norm
