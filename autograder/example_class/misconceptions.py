"""The answers of a student who gets each formula wrong in a way that many people do."""
# ruff: noqa: ANN001, ANN201, D103 (students do not write like that)

import numpy as np


def policy_gradient_theorem(logits, state_visitation, q_values):
    # forgets that each action counts with its probability
    z = logits - np.max(logits, axis=1, keepdims=True)
    pi = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    gradient = np.zeros(np.shape(logits))
    for s in range(len(gradient)):
        for a in range(gradient.shape[1]):
            onehot = np.zeros(gradient.shape[1])
            onehot[a] = 1
            gradient[s] += state_visitation[s] * q_values[s, a] * (onehot - pi[s])
    return gradient


def td_target(rewards, next_q, terminated, gamma):
    # bootstraps through termination
    return rewards + gamma * np.max(next_q, axis=1)


def double_dqn_target(rewards, next_q_online, next_q_target, terminated, gamma):
    # the networks in each other's role
    a = np.argmax(next_q_target, axis=1)
    return rewards + gamma * (1 - terminated) * next_q_online[np.arange(len(a)), a]


def dqn_loss(q, actions, targets):
    # no one half
    error = targets - q[np.arange(len(q)), actions]
    return (error**2).mean()


def dqn_gradient(q, actions, targets):
    # the sign of the TD error instead of that of the loss
    i = np.arange(len(q))
    g = np.zeros_like(q, dtype=float)
    g[i, actions] = (targets - q[i, actions]) / len(q)
    return g


def td_errors(rewards, values, next_values, terminated, gamma):
    # bootstraps through termination
    return rewards + gamma * next_values - values


def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    # treats a time limit as a termination
    done = terminated | truncated
    adv = np.zeros(rewards.shape)
    last = np.zeros(rewards.shape[1:])
    for t in reversed(range(len(rewards))):
        not_done = 1.0 - done[t]
        delta = rewards[t] + gamma * next_values[t] * not_done - values[t]
        last = delta + gamma * lam * not_done * last
        adv[t] = last
    return adv


def ppo_clip_objective(logp_new, logp_old, advantages, epsilon):
    # max for min
    r = np.exp(logp_new - logp_old)
    clipped = np.clip(r, 1 - epsilon, 1 + epsilon)
    return np.maximum(r * advantages, clipped * advantages).mean()


def ppo_clip_gradient(logp_new, logp_old, advantages, epsilon):
    # no gradient anywhere outside the clip range
    r = np.exp(logp_new - logp_old)
    inside = (r >= 1 - epsilon) & (r <= 1 + epsilon)
    return inside * r * advantages / r.size


def group_advantages(rewards, eps=1e-8):
    # sample deviation instead of the group's own
    mean = np.mean(rewards, axis=-1, keepdims=True)
    std = np.std(rewards, axis=-1, ddof=1, keepdims=True)
    return (rewards - mean) / (std + eps)


def grpo_objective(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    # mean and deviation of the whole batch
    adv = (rewards - np.mean(rewards)) / (np.std(rewards) + eps)
    r = np.exp(logp_new - logp_old)
    return np.mean(np.minimum(r * adv, np.clip(r, 1 - epsilon, 1 + epsilon) * adv))


def gradient_ascent(grad, theta0, learning_rate, steps):
    # descends
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * grad(path[-1]))
    return np.array(path)


def gradient_descent(grad, theta0, learning_rate, steps):
    # one array that goes on changing, stored again and again
    theta = np.array(theta0, dtype=float)
    path = [theta]
    for _ in range(steps):
        theta -= learning_rate * grad(theta)
        path.append(theta)
    return np.array(path)


def numerical_gradient(f, theta, h=1e-5):
    # looks to one side only
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        e = np.zeros(len(theta))
        e[i] = h
        gradient[i] = (f(theta + e) - f(theta)) / h
    return gradient


def chain_rule_gradient(theta, weight, target):
    # no inner derivative
    return 2 * (weight * theta - target)


def mlp_gradients(x, target, w1, w2):
    # forgets that the error passes the tanh on its way back
    h = np.tanh(x @ w1)
    dy = (h @ w2 - target) / len(x)
    return x.T @ (dy @ w2.T), h.T @ dy


def probability_ratio(logp_new, logp_old):
    # divides the logarithms
    return logp_new / logp_old


def clipped_surrogate(ratio, advantage, epsilon):
    # clips the product, not the ratio
    return np.clip(ratio * advantage, 1 - epsilon, 1 + epsilon)


def adam_step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    # no bias correction
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - learning_rate * m / (np.sqrt(v) + eps), m, v


def clip_by_global_norm(grads, max_norm):
    # each array by its own norm
    clipped = []
    for g in grads:
        length = np.sqrt(np.sum(g**2))
        clipped.append(g * max_norm / length if length > max_norm else g * 1.0)
    return clipped, np.sqrt(sum(np.sum(g**2) for g in grads))


def quick_ascent_step():
    # descent
    return 0 - 0.1 * 2


def quick_ppo_term():
    # the ratio is outside of the range, and nothing was clipped
    return 4.5, 4.5


def quick_td_error():
    # the next value is not discounted
    return 2 + 6 - 5


def hunt_normalize_advantages(advantages, eps=1e-8):
    # the mean is repaired, the deviation is not
    return (advantages - np.mean(advantages)) / (np.std(advantages, axis=0) + eps)


def hunt_value_targets(rewards, next_values, terminated, truncated, gamma, lam):
    # takes the time limit for an end
    targets = np.zeros(np.shape(rewards))
    following = next_values[-1]
    for t in reversed(range(len(rewards))):
        mixture = (1 - lam) * next_values[t] + lam * following
        over = np.logical_or(terminated[t], truncated[t])
        following = rewards[t] + gamma * np.where(over, 0.0, mixture)
        targets[t] = following
    return targets


def hunt_minibatches(permutation, size):
    # evens the pieces out
    return np.array_split(permutation, -(-len(permutation) // size))


def ppo_update(logits, states, actions, advantages, epsilon, learning_rate, epochs):
    # the old policy is refreshed in every epoch, so nothing is ever clipped
    z = np.array(logits, dtype=float)
    for _ in range(epochs):
        pi = np.exp(z - z.max(axis=1, keepdims=True))
        pi /= pi.sum(axis=1, keepdims=True)
        gradient = np.zeros(z.shape)
        for s, a, adv in zip(states, actions, advantages, strict=True):
            onehot = np.zeros(z.shape[1])
            onehot[a] = 1
            gradient[s] += adv * (onehot - pi[s]) / len(states)
        z = z + learning_rate * gradient
    return z


def score_function_gradient(logits, q):
    # forgets that each action counts with its probability
    z = logits - np.max(logits)
    pi = np.exp(z) / np.sum(np.exp(z))
    gradient = np.zeros(len(pi))
    for a in range(len(pi)):
        onehot = np.zeros(len(pi))
        onehot[a] = 1
        gradient += q[a] * (onehot - pi)
    return gradient


def score_function_estimate(logits, actions, q):
    # weighs the samples by their probability once more
    z = logits - np.max(logits)
    pi = np.exp(z) / np.sum(np.exp(z))
    scores = np.eye(len(pi))[actions] - pi
    return np.mean((pi[actions] * q[actions])[:, None] * scores, axis=0)


def taylor(f0, gradient, hessian, delta, order):
    # no one half
    value = f0 + gradient @ delta
    if order == 2:
        value += delta @ hessian @ delta
    return value


def ratio_taylor(logits_old, delta, action, order):
    # the Hessian of the log-ratio in place of the ratio's
    z = logits_old - np.max(logits_old)
    pi = np.exp(z) / np.sum(np.exp(z))
    gradient = np.eye(len(pi))[action] - pi
    ratio = 1 + gradient @ delta
    if order == 2:
        ratio -= delta @ (np.diag(pi) - np.outer(pi, pi)) @ delta / 2
    return ratio


def softmax(logits):
    # overflows at logits of 1000
    e = np.exp(logits)
    return e / np.sum(e, axis=-1, keepdims=True)


def grad_log_softmax(logits, action):
    # turned round: probabilities minus one-hot
    e = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    pi = e / np.sum(e, axis=-1, keepdims=True)
    return pi - np.eye(pi.shape[-1])[action]


def discounted_returns(rewards, gamma):
    # discounts from the start of the episode instead of from step t
    out = np.zeros(np.shape(rewards))
    later = 0
    for t in reversed(range(len(rewards))):
        later = gamma**t * rewards[t] + later
        out[t] = later
    return out


def advantage(returns, values):
    # the baseline added
    return returns + values


def policy_gradient_estimate(logits, states, actions, weights):
    # fancy indexing keeps one contribution of a state that occurs twice
    e = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    pi = e / np.sum(e, axis=-1, keepdims=True)
    gradient = np.zeros(pi.shape)
    gradient[states] += weights[:, None] * (np.eye(pi.shape[-1])[actions] - pi[states])
    return gradient / len(states)


def rloo_advantages(rewards):
    # the answer itself is in its baseline
    return rewards - rewards.mean(axis=-1, keepdims=True)


def aggregate_tokens(values, mask, mode, budget=None):
    # leaves answers without tokens out of n
    lengths = mask.sum(axis=1)
    sums = (values * mask).sum(axis=1)
    if mode == "sequence":
        return np.mean(sums[lengths > 0] / lengths[lengths > 0])
    if mode == "token":
        return sums.sum() / max(lengths.sum(), 1)
    return sums.sum() / (len(values) * (budget or values.shape[1]))


def decoupled_clip(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    # the floor under every term, also where the advantage is positive
    clipped = np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high)
    term = np.minimum(ratio * advantage, clipped * advantage)
    return term if dual is None else np.maximum(term, dual * advantage)


def sequence_ratio(logp_new, logp_old, mask):
    # the whole product, without the mean
    return np.exp(np.sum((logp_new - logp_old) * mask, axis=1))


def cispo_gradient(logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high):
    # PPO's gradient, which dies where the ratio is clipped
    ratio = np.exp(logp_new - logp_old)
    a = advantages[:, None]
    alive = ratio * a <= np.clip(ratio, 1 - epsilon_low, 1 + epsilon_high) * a
    return ratio * a * alive * mask / max(mask.sum(), 1)


def kl_estimates(logp, logp_ref):
    # k3 with its ratio turned round
    k1 = logp - logp_ref
    return k1, k1**2 / 2, np.exp(k1) - 1 - k1


def kl_estimate_gradients(logp, logp_ref):
    # k1's mean gradient in place of its gradient
    x = logp - logp_ref
    return np.zeros(np.shape(x)), x, 1 - np.exp(-x)


def rollout_weights(logp_train, logp_rollout, mask, cap, level, low=None):
    # the geometric mean for an answer's weight
    change = (logp_train - logp_rollout) * mask
    if level == "sequence":
        change = change.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
    w = np.exp(change)
    w = np.minimum(w, cap) if low is None else w * ((low <= w) & (w <= cap))
    return w if level == "sequence" else w * mask


def overlong_penalty(lengths, limit, buffer):
    # no end to the penalty beyond the limit
    return np.minimum((limit - buffer - lengths) / buffer, 0)
