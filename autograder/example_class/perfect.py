"""The answers of a student who follows the formulas line by line."""
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


def quick_ascent_step():
    slope = -2 * (0 - 1)
    return 0 + 0.1 * slope


def quick_ppo_term():
    return 1.5 * 3, 1.2 * 3


def quick_td_error():
    return 2 + 0.9 * 6 - 5


def hunt_normalize_advantages(advantages, eps=1e-8):
    mean = np.mean(advantages)
    deviation = np.std(advantages)
    return (advantages - mean) / (deviation + eps)


def hunt_value_targets(rewards, next_values, terminated, truncated, gamma, lam):
    targets = np.zeros(np.shape(rewards))
    following = next_values[-1]
    for t in reversed(range(len(rewards))):
        following = np.where(truncated[t], next_values[t], following)
        mixture = (1 - lam) * next_values[t] + lam * following
        following = rewards[t] + gamma * np.where(terminated[t], 0.0, mixture)
        targets[t] = following
    return targets


def hunt_minibatches(permutation, size):
    starts = range(0, len(permutation), size)
    return [permutation[start : start + size].copy() for start in starts]


def ppo_update(logits, states, actions, advantages, epsilon, learning_rate, epochs):
    z = np.array(logits, dtype=float)
    logp_old = None
    for _ in range(epochs):
        table = z - z.max(axis=1, keepdims=True)
        table = table - np.log(np.exp(table).sum(axis=1, keepdims=True))
        logp = table[states, actions]
        if logp_old is None:
            logp_old = logp
        ratio = np.exp(logp - logp_old)
        unclipped = ratio * advantages
        clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
        pull = np.where(unclipped <= clipped, unclipped, 0) / len(states)
        score = -np.exp(table[states])
        score[np.arange(len(states)), actions] += 1
        gradient = np.zeros(z.shape)
        np.add.at(gradient, states, pull[:, None] * score)
        z = z + learning_rate * gradient
    return z


def score_function_gradient(logits, q):
    weights = np.exp(logits - np.max(logits))
    policy = weights / weights.sum()
    average = np.sum(policy * q)
    return policy * (q - average)


def score_function_estimate(logits, actions, q):
    weights = np.exp(logits - np.max(logits))
    policy = weights / weights.sum()
    estimate = np.zeros(len(logits))
    for action in actions:
        onehot = np.zeros(len(logits))
        onehot[action] = 1
        estimate += q[action] * (onehot - policy)
    return estimate / len(actions)


def taylor(f0, gradient, hessian, delta, order):
    value = f0 + np.dot(gradient, delta)
    if order == 2:
        value = value + 0.5 * np.dot(delta, np.dot(hessian, delta))
    return value


def ratio_taylor(logits_old, delta, action, order):
    weights = np.exp(logits_old - np.max(logits_old))
    policy = weights / weights.sum()
    onehot = np.zeros(len(policy))
    onehot[action] = 1
    gradient = onehot - policy
    fisher = np.diag(policy) - np.outer(policy, policy)
    hessian = np.outer(gradient, gradient) - fisher
    return taylor(1.0, gradient, hessian, delta, order)


def softmax(logits):
    logits = np.asarray(logits, dtype=float)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    weights = np.exp(shifted)
    return weights / weights.sum(axis=-1, keepdims=True)


def grad_log_softmax(logits, action):
    pi = softmax(logits)
    onehot = np.eye(pi.shape[-1])[action]
    return onehot - pi


def discounted_returns(rewards, gamma):
    returns = np.zeros(np.shape(rewards))
    following = 0.0
    for t in range(len(rewards) - 1, -1, -1):
        following = rewards[t] + gamma * following
        returns[t] = following
    return returns


def advantage(returns, values):
    return returns - values


def policy_gradient_estimate(logits, states, actions, weights):
    gradient = np.zeros(np.shape(logits))
    for s, a, w in zip(states, actions, weights, strict=True):
        gradient[s] += w * grad_log_softmax(logits[s], a)
    return gradient / len(states)


def rloo_advantages(rewards):
    n = rewards.shape[-1]
    total = np.sum(rewards, axis=-1, keepdims=True)
    return rewards - (total - rewards) / (n - 1)


def aggregate_tokens(values, mask, mode, budget=None):
    n, length = values.shape
    sums = np.sum(np.where(mask, values, 0), axis=1)
    lengths = np.sum(mask, axis=1)
    if mode == "sequence":
        return np.mean(sums / np.maximum(lengths, 1))
    if mode == "token":
        return np.sum(sums) / np.maximum(np.sum(lengths), 1)
    if budget is None:
        budget = length
    return np.sum(sums) / (n * budget)


def decoupled_clip(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    clipped = np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high)
    term = np.minimum(ratio * advantage, clipped * advantage)
    if dual is not None:
        floor = dual * np.asarray(advantage)
        term = np.where(floor < 0, np.maximum(term, floor), term)
    return term


def sequence_ratio(logp_new, logp_old, mask):
    log_ratio = np.where(mask, logp_new - logp_old, 0)
    lengths = np.maximum(mask.sum(axis=1), 1)
    return np.exp(log_ratio.sum(axis=1) / lengths)


def cispo_gradient(logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high):
    ratio = np.exp(logp_new - logp_old)
    weight = np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high)
    gradient = weight * advantages[:, None] * mask
    return gradient / max(mask.sum(), 1)


def kl_estimates(logp, logp_ref):
    k1 = logp - logp_ref
    k2 = 0.5 * k1**2
    k3 = np.exp(-k1) - 1 + k1
    return k1, k2, k3


def kl_estimate_gradients(logp, logp_ref):
    log_ratio = logp - logp_ref
    return np.ones(np.shape(log_ratio)), log_ratio, 1 - np.exp(-log_ratio)


def rollout_weights(logp_train, logp_rollout, mask, cap, level, low=None):
    weight = np.where(mask, logp_train - logp_rollout, 0)
    if level == "sequence":
        weight = weight.sum(axis=1)
    weight = np.exp(weight)
    if low is not None:
        weight[(weight < low) | (weight > cap)] = 0
    weight = np.minimum(weight, cap)
    if level == "token":
        weight = weight * mask
    return weight


def overlong_penalty(lengths, limit, buffer):
    expected = limit - buffer
    return np.clip((expected - lengths) / buffer, -1, 0)
