"""Right answers to the exercises of `solutions.policy_gradient`."""

import numpy as np
from scipy import special


def softmax_by_pairwise_differences(logits):
    # 1 / sum_b exp(z_b - z_a): there is no largest logit to look for, only a bound against overflow
    z = np.asarray(logits, dtype=float)
    differences = z[..., None, :] - z[..., :, None]
    return 1 / np.exp(np.minimum(differences, 600)).sum(axis=-1)


def softmax_by_repeated_squaring(logits):
    # the policy of z / 1024, which cannot overflow; squared and normalised ten times, its logits are z
    policy = np.exp(np.asarray(logits, dtype=float) / 1024)
    for _ in range(10):
        policy = policy / policy.sum(axis=-1, keepdims=True)
        policy = policy**2
    return policy / policy.sum(axis=-1, keepdims=True)


def softmax_by_one_pass(logits):
    # the largest logit so far and the sum up to there, which shrinks when a larger one comes
    z = np.asarray(logits, dtype=float)
    largest, total = np.full(z.shape[:-1], -np.inf), np.zeros(z.shape[:-1])
    for column in np.moveaxis(z, -1, 0):
        larger = np.maximum(largest, column)
        total = total * np.exp(largest - larger) + np.exp(column - larger)
        largest = larger
    return np.exp(z - largest[..., None]) / total[..., None]


def softmax_by_powers_of_two(logits):
    # exp(z) = 2^(z / ln 2), in single precision after the shift
    z = np.asarray(logits, dtype=float)
    binary = (z - z.max(axis=-1, keepdims=True)) / np.log(2)
    powers = np.exp2(binary.astype(np.float32))
    return powers / powers.sum(axis=-1, keepdims=True)


def _policy(logits):
    return special.softmax(np.asarray(logits, dtype=float), axis=-1)


def _log_policy(logits):
    """Return log softmax of logits that may have a tiny imaginary part."""
    shifted = logits - np.real(logits).max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def grad_log_softmax_by_complex_step(logits, action):
    # log pi itself, with the logit of one column after the other moved by a tiny imaginary step
    place = np.expand_dims(action, -1)
    slopes = []
    for direction in np.eye(np.shape(logits)[-1]):
        log_pi = np.take_along_axis(_log_policy(logits + 1e-20j * direction), place, axis=-1)
        slopes.append(log_pi[..., 0].imag / 1e-20)
    return np.stack(slopes, axis=-1)


def grad_log_softmax_by_balance(logits, action):
    # the others get minus their probabilities, and the action what brings the sum to 0
    policy = _policy(logits)
    taken = np.arange(policy.shape[-1]) == np.expand_dims(action, -1)
    others = np.where(taken, 0, policy)
    return np.where(taken, others.sum(axis=-1, keepdims=True), -others)


def grad_log_softmax_by_table_of_scores(logits, action):
    # the scores of all actions as rows of a matrix, from which one row is taken
    policy = _policy(logits)
    table = np.eye(policy.shape[-1]) - policy[..., None, :]
    rows = np.expand_dims(action, (-2, -1))
    return np.take_along_axis(table, rows, axis=-2)[..., 0, :]


def discounted_returns_by_convolution(rewards, gamma):
    # seen from the end, the returns are the rewards convolved with the powers of gamma
    steps = len(rewards)
    powers = float(gamma) ** np.arange(steps)
    columns = np.reshape(rewards[::-1], (steps, -1)).T
    returns = [np.convolve(column, powers)[:steps] for column in columns]
    return np.transpose(returns)[::-1].reshape(np.shape(rewards))


def discounted_returns_by_blocks(rewards, gamma):
    # a matrix of powers for a hundred steps at a time; the return after the block is one more reward
    steps = len(rewards)
    columns = np.reshape(rewards, (steps, -1))
    distance = np.arange(101) - np.arange(100)[:, None]
    powers = np.where(distance >= 0, float(gamma) ** np.abs(distance), 0.0)
    returns = np.zeros((steps + 1, columns.shape[1]))
    for start in reversed(range(0, steps, 100)):
        end = min(start + 100, steps)
        block = np.vstack([columns[start:end], returns[end]])
        returns[start:end] = powers[: end - start, : end - start + 1] @ block
    return returns[:-1].reshape(np.shape(rewards))


def discounted_returns_by_accumulate(rewards, gamma):
    # a ufunc of our own, whose running result over the reversed rewards is the return
    discount = np.frompyfunc(lambda following, reward: reward + gamma * following, 2, 1)
    backwards = np.asarray(rewards, dtype=object)[::-1]
    return discount.accumulate(backwards)[::-1].astype(float)


def advantage_by_differences_of_a_stack(returns, values):
    # the values below, the returns on top, and the difference between the layers
    pair = np.stack(np.broadcast_arrays(values, returns)).astype(float)
    return np.diff(pair, axis=0)[0]


def advantage_by_matrix_product(returns, values):
    # each pair (G, V) times the vector (1, -1)
    pairs = np.stack(np.broadcast_arrays(returns, values), axis=-1)
    return pairs @ np.array([1.0, -1.0])


def _subtract(one, other):
    if isinstance(one, list) and isinstance(other, list):
        return [_subtract(a, b) for a, b in zip(one, other, strict=True)]
    if isinstance(one, list):
        return [_subtract(a, other) for a in one]
    if isinstance(other, list):
        return [_subtract(one, b) for b in other]
    return float(one) - float(other)


def advantage_by_nested_lists(returns, values):
    # down through the axes, to Python numbers
    return _subtract(np.asarray(returns).tolist(), np.asarray(values).tolist())


def policy_gradient_estimate_by_sorting(logits, states, actions, weights):
    # the steps of one state side by side, and each stretch added up
    order = np.argsort(states)
    states, actions, weights = states[order], actions[order], weights[order]
    pulls = weights[:, None] * -_policy(logits)[states]
    pulls[np.arange(len(states)), actions] += weights
    visited, first = np.unique(states, return_index=True)
    gradient = np.zeros(np.shape(logits))
    gradient[visited] = np.add.reduceat(pulls, first, axis=0) / len(states)
    return gradient


def policy_gradient_estimate_by_columns(logits, states, actions, weights):
    # one action at a time: a histogram of the states with signed weights
    policy = _policy(logits)
    columns = []
    for a in range(policy.shape[1]):
        pull = weights * np.where(actions == a, 1 - policy[states, a], -policy[states, a])
        columns.append(np.bincount(states.astype(int), pull, minlength=len(policy)) / len(states))
    return np.array(columns).T


def policy_gradient_estimate_by_complex_step(logits, states, actions, weights):
    # the weighted mean of log pi, of which this is the gradient, with tiny imaginary steps
    gradient = np.zeros(np.shape(logits))
    for place in np.ndindex(gradient.shape):
        moved = np.array(logits, dtype=complex)
        moved[place] += 1e-20j
        gradient[place] = np.mean(weights * _log_policy(moved)[states, actions]).imag / 1e-20
    return gradient


def policy_gradient_theorem_by_jacobian(logits, state_visitation, q_values):
    # the form with the gradient of pi: the Jacobian of each state's softmax
    policy = _policy(logits)
    jacobian = policy[:, :, None] * (np.eye(policy.shape[1]) - policy[:, None, :])
    return np.einsum("s,sa,sab->sb", state_visitation, q_values, jacobian)


def policy_gradient_theorem_by_pairs(logits, state_visitation, q_values):
    # how much better each action is than each other one, weighed by the probabilities of both
    policy = _policy(logits)
    q = np.asarray(q_values, dtype=float)
    gradient = np.zeros(policy.shape)
    for a in range(policy.shape[1]):
        for b in range(a):
            flow = state_visitation * policy[:, a] * policy[:, b] * (q[:, a] - q[:, b])
            gradient[:, a] += flow
            gradient[:, b] -= flow
    return gradient


def policy_gradient_theorem_by_complex_step(logits, state_visitation, q_values):
    # the mean of q under d and pi, with q held fixed, and tiny imaginary steps of the logits
    gradient = []
    for z, d, q in zip(logits, state_visitation, q_values, strict=True):
        moved = z + 1e-20j * np.eye(len(z))
        gradient.append(d * (np.exp(_log_policy(moved)) @ q).imag / 1e-20)
    return gradient
