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


def gradient_ascent(grad, theta0, learning_rate, steps):
    # all moves are kept, and a running sum of them is the path
    moves = np.zeros((steps + 1, len(theta0)))
    moves[0] = theta0
    for k in range(steps):
        moves[k + 1] = learning_rate * np.asarray(grad(moves[: k + 1].sum(axis=0)))
    return np.cumsum(moves, axis=0)


def gradient_descent(grad, theta0, learning_rate, steps):
    # uphill on the loss turned over
    return gradient_ascent(lambda theta: np.negative(grad(theta)), theta0, learning_rate, steps)


def numerical_gradient(f, theta, h=1e-5):
    # one copy that is moved to and fro, and put back
    theta = np.array(theta, dtype=np.float64)
    slopes = []
    for i, here in enumerate(theta.copy()):
        values = []
        for there in (here + h, here - h):
            theta[i] = there
            values.append(f(theta.copy()))
        theta[i] = here
        slopes.append((values[0] - values[1]) / h / 2)
    return slopes


def chain_rule_gradient(theta, weight, target):
    # multiply out first: L = weight² θ² − 2 weight target θ + target², differentiated term by term
    return 2.0 * np.square(weight) * theta - 2.0 * np.multiply(weight, target)


def mlp_gradients(x, target, w1, w2):
    # one example at a time, outer products, and 1 − tanh² = 1 / cosh² through exponentials of −|z|
    dw1, dw2 = np.zeros(w1.shape), np.zeros(w2.shape)
    for row, wanted in zip(x, target):
        z = np.einsum("i,ij->j", row, w1)
        small = np.exp(-2 * np.abs(z))
        hidden = np.sign(z) * (1 - small) / (1 + small)
        slope = 4 * small / (1 + small) ** 2
        error = np.einsum("j,jk->k", hidden, w2) - wanted
        dw2 += np.outer(hidden, error)
        dw1 += np.outer(row, slope * np.einsum("jk,k->j", w2, error))
    return dw1 / len(x), dw2 / len(x)


def probability_ratio(logp_new, logp_old):
    # how much more probable the old policy made it, and one over that
    return 1 / np.exp(np.subtract(logp_old, logp_new))


def clipped_surrogate(ratio, advantage, epsilon):
    # what is lost by the clip, taken away from the unclipped product
    over = np.maximum(ratio - (1 + epsilon), 0.0)
    under = np.maximum((1 - epsilon) - ratio, 0.0)
    lost = np.where(np.greater(advantage, 0), over, under)
    return ratio * advantage - lost * np.abs(advantage)


def adam_step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    # the corrections put into the learning rate and the guard, as at the end of the paper's section 2
    root = np.sqrt(1 - beta2**t)
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (np.square(grad, dtype=float) - v)
    step = learning_rate * root / (1 - beta1**t)
    return theta - step * m / (np.sqrt(v) + eps * root), m, v


def clip_by_global_norm(grads, max_norm):
    # one vector: join, shorten, cut apart again
    flat = np.concatenate([np.ravel(each) for each in grads]).astype(float)
    length = np.linalg.norm(flat)
    flat = flat / max(1.0, length / max_norm)
    ends = np.cumsum([np.size(each) for each in grads])[:-1]
    return [part.reshape(np.shape(each)) for part, each in zip(np.split(flat, ends), grads)], length


def quick_ascent_step():
    # the distance to the top shrinks by the factor 1 - 2 alpha
    return 1 - (1 - 2 * 0.1) * (1 - 0)


def quick_ppo_term():
    r = np.exp(np.log(0.6) - np.log(0.4))
    return [3 * number for number in (r, np.clip(r, 0.8, 1.2))]


def quick_td_error():
    target = np.dot([2, 6], [1, 0.9])
    return target - 5


def hunt_normalize_advantages(advantages, eps=1e-8):
    # from the first two moments of the flattened batch, centred first
    flat = np.asarray(advantages, dtype=float).reshape(-1)
    centred = flat - flat.sum() / flat.size
    sigma = np.linalg.norm(centred) / flat.size**0.5
    return (centred / (sigma + eps)).reshape(np.shape(advantages))


def hunt_value_targets(rewards, next_values, terminated, truncated, gamma, lam):
    # forward: the discounted sum of each step, up to the end of its episode
    ends = np.array(terminated, dtype=bool)
    stops = ends | np.array(truncated, dtype=bool)
    stops[-1] = True
    targets = np.zeros(np.shape(rewards))
    for t in range(len(rewards)):
        weight = np.ones(np.shape(rewards)[1:])
        for k in range(t, len(rewards)):
            share = np.where(stops[k], 1.0, 1 - lam) * np.where(ends[k], 0.0, gamma)
            targets[t] += weight * (rewards[k] + share * next_values[k])
            weight = weight * np.where(stops[k], 0.0, gamma * lam)
    return targets


def hunt_minibatches(permutation, size):
    return np.split(permutation, range(size, len(permutation), size))


def ppo_update(logits, states, actions, advantages, epsilon, learning_rate, epochs):
    # one matrix that sums the samples into the rows; the clip as a bound on the ratio
    from scipy.special import log_softmax, softmax

    z = 1.0 * np.asarray(logits)
    rows = np.eye(len(z))[:, states]
    taken = np.eye(z.shape[1])[actions]
    old = np.sum(taken * log_softmax(z, axis=1)[states], axis=1)
    limit = np.where(advantages > 0, 1 + epsilon, 1 - epsilon)
    for _ in range(epochs):
        r = np.exp(np.sum(taken * log_softmax(z, axis=1)[states], axis=1) - old)
        alive = np.where(advantages > 0, r <= limit, r >= limit)
        weight = alive * r * advantages / len(states)
        z = z + learning_rate * rows @ (weight[:, None] * (taken - softmax(z, axis=1)[states]))
    return z


def score_function_gradient(logits, q):
    # the first form: the Jacobian of the softmax, times q
    from scipy.special import softmax

    pi = softmax(logits)
    jacobian = np.diag(pi) - np.outer(pi, pi)
    return jacobian @ q


def score_function_estimate(logits, actions, q):
    # how often was each action drawn? the samples of one action are all alike
    from scipy.special import logsumexp

    shares = np.bincount(actions, minlength=len(q)) / len(actions)
    pi = np.exp(logits - logsumexp(logits))
    weights = shares * q
    return weights - np.sum(weights) * pi


def taylor(f0, gradient, hessian, delta, order):
    # every term of both sums, one by one
    value = float(f0)
    for i in range(len(delta)):
        value += gradient[i] * delta[i]
        if order > 1:
            for j in range(i):
                value += hessian[i, j] * delta[i] * delta[j]
            value += hessian[i, i] * delta[i] ** 2 / 2
    return value


def ratio_taylor(logits_old, delta, action, order):
    # 1 + x + (x^2 - variance) / 2, where x is the change of the action's logit beyond the mean change
    from scipy.special import softmax

    pi = softmax(logits_old)
    centred = delta - np.sum(pi * delta)
    ratio = 1 + centred[action]
    if order == 2:
        ratio += (centred[action] ** 2 - np.sum(pi * centred**2)) / 2
    return ratio


def softmax(logits):
    # through the log-probabilities
    from scipy.special import logsumexp

    return np.exp(logits - logsumexp(logits, axis=-1, keepdims=True))


def grad_log_softmax(logits, action):
    # minus the probabilities, with 1 added in the place of the action
    score = -softmax(logits)
    place = np.expand_dims(np.asarray(action), -1)
    taken = np.take_along_axis(score, place, axis=-1)
    np.put_along_axis(score, place, 1 + taken, axis=-1)
    return score


def discounted_returns(rewards, gamma):
    # a doubling scan: after round k every entry holds the sum of its next 2^k rewards
    total = np.array(rewards, dtype=float)
    reach, factor = 1, gamma
    while reach < len(total):
        total[:-reach] = total[:-reach] + factor * total[reach:]
        reach, factor = 2 * reach, factor**2
    return total


def advantage(returns, values):
    return np.add(np.negative(values), returns, dtype=float)


def policy_gradient_estimate(logits, states, actions, weights):
    # collect the weight of each pair (s, a) first, then subtract each row's total times its policy
    collected = np.zeros(np.shape(logits))
    np.add.at(collected, (states, actions), weights)
    gradient = collected - collected.sum(axis=1, keepdims=True) * softmax(logits)
    return gradient / len(states)


def rloo_advantages(rewards):
    # the mean of all differences to the others, one difference at a time
    rewards = np.asarray(rewards, dtype=float)
    n = rewards.shape[-1]
    advantages = np.zeros(rewards.shape)
    for shift in range(1, n):
        advantages += rewards - np.roll(rewards, shift, axis=-1)
    return advantages / (n - 1)


def aggregate_tokens(values, mask, mode, budget=None):
    # every token gets its weight, and one sum does the rest
    n, length = values.shape
    weights = np.zeros(values.shape)
    for i in range(n):
        tokens = int(mask[i].sum())
        for t in range(length):
            if mask[i, t]:
                share = {"sequence": n * tokens, "token": mask.sum(), "constant": n * (budget or length)}
                weights[i, t] = 1 / share[mode]
    return float((weights * values).sum())


def decoupled_clip(ratio, advantage, epsilon_low, epsilon_high, dual=None):
    # a ceiling for good samples; for bad ones the ratio is at least this and at most that
    ratio, advantage = np.broadcast_arrays(ratio, advantage)
    highest = np.inf if dual is None else dual
    good = np.minimum(ratio, 1 + epsilon_high)
    bad = np.minimum(np.maximum(ratio, 1 - epsilon_low), highest)
    return np.where(advantage > 0, good, bad) * advantage


def sequence_ratio(logp_new, logp_old, mask):
    ratios = []
    for new, old, row in zip(logp_new, logp_old, mask):
        steps = [a - b for a, b, counts in zip(new, old, row) if counts]
        ratios.append(np.exp(sum(steps) / len(steps)) if steps else 1.0)
    return ratios


def cispo_gradient(logp_new, logp_old, advantages, mask, epsilon_low, epsilon_high):
    # only the tokens, in one long row
    gradient = np.zeros(mask.shape)
    answer, _ = np.nonzero(mask)
    weight = np.exp(np.subtract(logp_new, logp_old)[mask])
    weight = np.minimum(np.maximum(weight, 1 - epsilon_low), 1 + epsilon_high)
    gradient[mask] = weight * advantages[answer] / max(len(answer), 1)
    return gradient


def kl_estimates(logp, logp_ref):
    # k2 and k3 as what is left of the exponential behind its first terms
    x = np.subtract(logp_ref, logp, dtype=float)
    return -x, x * x / 2, np.expm1(x) - x


def kl_estimate_gradients(logp, logp_ref):
    # complex step: an imaginary step in log π and the estimates' own formulas
    h = 1e-20
    x = np.subtract(logp, logp_ref) + 1j * h
    return [part.imag / h for part in (x, x**2 / 2, np.exp(-x) - 1 + x)]


def rollout_weights(logp_train, logp_rollout, mask, cap, level, low=None):
    # bounds compared as logarithms, before anything is exponentiated
    change = np.subtract(logp_train, logp_rollout, dtype=float) * mask
    if level == "sequence":
        change, counts = change @ np.ones(mask.shape[1]), np.ones(len(mask), dtype=bool)
    else:
        counts = mask.copy()
    weights = np.exp(np.minimum(change, np.log(cap)))
    if low is not None:
        lowest = np.log(low) if low > 0 else -np.inf
        counts &= (lowest <= change) & (change <= np.log(cap))
    return np.where(counts, weights, 0.0)


def overlong_penalty(lengths, limit, buffer):
    # where the line lies between its ends, by interpolation
    return np.interp(lengths, [limit - buffer, limit], [0.0, -1.0])
