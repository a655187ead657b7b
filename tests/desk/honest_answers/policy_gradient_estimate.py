"""Forty right answers to `policy_gradient_estimate`; most call the student's own functions before it."""

from tests.desk.honest_answers import under_the_stub

kept = under_the_stub("policy_gradient_estimate", "e3_2_policy_gradient")

ANSWERS = (
    kept("""
    scores = grad_log_softmax(logits[states], actions)
    gradient = np.zeros(logits.shape)
    np.add.at(gradient, states, weights[:, None] * scores)
    return gradient / len(states)
"""),
    kept("""
    T = len(states)
    g = np.zeros(logits.shape)
    for s, a, w in zip(states, actions, weights):
        g[s] += w * grad_log_softmax(logits[s], a)
    return g / T
"""),
    """\
def policy_gradient_estimate(logits, states, actions, weights):
    g = np.zeros(logits.shape)
    for s, a, w in zip(states, actions, weights):
        g[s] += w * grad_log_softmax(logits[s], a)
    return g / len(states)
""",
    kept("""
    T = len(states)
    score = grad_log_softmax(logits[states], actions)
    gradient = np.zeros(logits.shape, dtype=float)
    np.add.at(gradient, states, weights[:, None] * score)
    return gradient / T
"""),
    kept("""
    g = np.zeros(logits.shape)
    for t in range(len(states)):
        s, a = states[t], actions[t]
        g[s] += weights[t] * grad_log_softmax(logits[s], a)
    return g / len(states)
"""),
    '''\
def policy_gradient_estimate(
    logits: np.ndarray, states: np.ndarray, actions: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Mean of w_t * grad log pi(a_t | s_t) over the steps of a rollout."""
    S, A = logits.shape
    pi = softmax(logits)
    gradient = np.zeros((S, A))
    for s, a, w in zip(states, actions, weights):
        one_hot = np.zeros(A)
        one_hot[a] = 1
        gradient[s] += w * (one_hot - pi[s])
    return gradient / len(states)
''',
    kept("""
    probabilities = softmax(logits)
    gradient = np.zeros(logits.shape)
    n_steps = len(states)
    for t in range(n_steps):
        state = states[t]
        action = actions[t]
        weight = weights[t]
        # d log pi(a|s) / d z_c = 1[c == a] - pi(c|s)
        for c in range(logits.shape[1]):
            if c == action:
                gradient[state, c] += weight * (1 - probabilities[state, c])
            else:
                gradient[state, c] += weight * (0 - probabilities[state, c])
    gradient = gradient / n_steps
    return gradient
"""),
    kept("""
    T = len(states)
    S = logits.shape[0]
    scores = grad_log_softmax(logits[states], actions)
    visits = np.eye(S)[states]
    return visits.T @ (weights[:, None] * scores) / T
"""),
    kept("""
    gradient = np.zeros(logits.shape)
    for s, a, w in zip(states, actions, weights):
        gradient[s] += w * grad_log_softmax(logits[s], a)
    return gradient / len(states)
"""),
    """\
def policy_gradient_estimate(logits, states, actions, weights):
    # z.B. REINFORCE, wenn die Gewichte die Ertraege sind
    gradient = np.zeros(logits.shape)
    anzahl = len(states)
    for zustand, aktion, gewicht in zip(states, actions, weights):
        gradient[zustand] += gewicht * grad_log_softmax(logits[zustand], aktion)
    return gradient / anzahl
""",
    kept("""
    scores = grad_log_softmax(logits[states], actions)
    gradient = np.zeros(logits.shape)
    np.add.at(gradient, states, weights[:, None] * scores)
    return gradient / len(states)
"""),
    kept("""
    logits = np.asarray(logits, dtype=float)
    states, actions, weights = np.asarray(states), np.asarray(actions), np.asarray(weights)
    if logits.ndim != 2 or states.ndim != 1 or not states.shape == actions.shape == weights.shape:
        raise ValueError("logits must be (S, A); states, actions and weights must be (T,)")
    if states.dtype.kind not in "iu" or actions.dtype.kind not in "iu":
        raise ValueError("states and actions must be integers")
    if states.min() < 0 or states.max() >= logits.shape[0]:
        raise ValueError("a state is out of range")
    if actions.min() < 0 or actions.max() >= logits.shape[1]:
        raise ValueError("an action is out of range")
    gradient = np.zeros(logits.shape)
    np.add.at(gradient, states, weights[:, None] * grad_log_softmax(logits[states], actions))
    return gradient / len(states)
"""),
    kept("""
    T = len(states)
    scores = grad_log_softmax(logits[states], actions)
    grad = np.zeros(logits.shape)
    np.add.at(grad, states, weights[:, None] * scores)
    return grad / T
"""),
    """\
def policy_gradient_estimate(
    logits: np.ndarray, states: np.ndarray, actions: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    T = len(states)
    pi = softmax(logits)
    grad = np.zeros(logits.shape)
    for t in range(T):
        s = states[t]
        grad[s] -= weights[t] * pi[s]
        grad[s, actions[t]] += weights[t]
    return grad / T
""",
    kept("""
    S, A = logits.shape
    T = len(states)
    pi = softmax(logits)
    # how much weight each (state, action) pair has got
    W = np.zeros((S, A))
    np.add.at(W, (states, actions), weights)
    # and each state
    w_state = W.sum(axis=1, keepdims=True)
    return (W - w_state * pi) / T
"""),
    kept("""
    T = len(states)
    rows = logits[states]
    z = rows - rows.max(axis=1, keepdims=True)
    p = np.exp(z)
    p = p / p.sum(axis=1, keepdims=True)
    score = -p
    score[np.arange(T), actions] += 1
    grad = np.zeros(logits.shape)
    np.add.at(grad, states, weights[:, None] * score)
    return grad / T
"""),
    '''\
def policy_gradient_estimate(
    logits: np.ndarray, states: np.ndarray, actions: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """g = 1/T sum_t w_t grad log pi(a_t | s_t)"""
    g = np.zeros(logits.shape)
    T = len(states)
    for t in range(T):
        score = grad_log_softmax(logits[states[t]], actions[t])
        g[states[t]] = g[states[t]] + weights[t] * score
    return g / T
''',
    kept("""
    gradient = np.zeros(logits.shape, dtype=float)
    for t in range(len(states)):
        gradient[states[t]] += weights[t] * grad_log_softmax(logits[states[t]], actions[t])
    return gradient / len(states)
"""),
    kept("""
    T = len(states)
    g = np.zeros(logits.shape, dtype=float)
    for t in range(T):
        g[states[t]] += weights[t] * grad_log_softmax(logits[states[t]], actions[t])
    return g / T
"""),
    """\
def policy_gradient_estimate(logits, states, actions, weights):
    T = len(states)
    grad = np.zeros(logits.shape)
    for s in range(logits.shape[0]):
        here = states == s
        if np.any(here):
            scores = grad_log_softmax(logits[states[here]], actions[here])
            grad[s] = np.sum(weights[here][:, None] * scores, axis=0) / T
    return grad
""",
    kept("""
    T = len(states)
    A = logits.shape[1]
    pi = softmax(logits)[states]
    one_hot = np.eye(A)[actions]
    scores = one_hot - pi
    gradient = np.zeros(logits.shape)
    np.add.at(gradient, states, weights[:, None] * scores)
    return gradient / T
"""),
    kept("""
    gradiente = np.zeros(logits.shape)
    pasos = len(states)
    for t in range(pasos):
        s = states[t]
        a = actions[t]
        gradiente[s] += weights[t] * grad_log_softmax(logits[s], a)
    return gradiente / pasos
"""),
    kept("""
    per_step = []
    for s, a, w in zip(states, actions, weights):
        g = np.zeros(logits.shape)
        g[s] = w * grad_log_softmax(logits[s], a)
        per_step.append(g)
    return np.mean(per_step, axis=0)
"""),
    kept("""
    # YOUR CODE HERE
    g = np.zeros(logits.shape)
    for t in range(len(states)):
        s, a = states[t], actions[t]
        g[s] += weights[t] * grad_log_softmax(logits[s], a)
    return g / len(states)
"""),
    """\
def policy_gradient_estimate(logits: np.ndarray, states: np.ndarray,
                             actions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    scores = grad_log_softmax(logits[states], actions)
    out = np.zeros(logits.shape)
    np.add.at(out, states, weights[:, np.newaxis] * scores)
    return out / len(states)
""",
    kept("""
    S, A = logits.shape
    scores = grad_log_softmax(logits[states], actions)
    visited = np.eye(S)[states]
    return np.einsum("t,ts,ta->sa", weights, visited, scores) / len(states)
"""),
    kept("""
    T = len(states)
    assert states.shape == actions.shape == weights.shape == (T,)
    scores = grad_log_softmax(logits[states], actions)
    assert scores.shape == (T, logits.shape[1])
    gradient = np.zeros(logits.shape)
    np.add.at(gradient, states, weights[:, None] * scores)
    return gradient / T
"""),
    kept("""
    num_steps = len(states)
    num_states, num_actions = logits.shape
    grad = np.zeros((num_states, num_actions))
    for t in range(num_steps):
        probs = softmax(logits[states[t]])
        onehot = np.zeros(num_actions)
        onehot[actions[t]] = 1.0
        grad[states[t]] += weights[t] * (onehot - probs)
    return grad / num_steps
"""),
    '''\
def policy_gradient_estimate(logits, states, actions, weights):
    """Estimation du gradient de la politique."""
    gradient = np.zeros(logits.shape)
    for etat, action, poids in zip(states, actions, weights):
        gradient[etat] += poids * grad_log_softmax(logits[etat], action)
    return gradient / len(states)
''',
    kept("""
    g = np.zeros(logits.shape)
    for s, a, w in zip(states, actions, weights):
        g[s] += w * grad_log_softmax(logits[s], a)
    return g / len(states)
"""),
    kept("""
    # YOUR CODE HERE
    T = len(states)
    gradient = np.zeros(logits.shape)
    for t in range(T):
        s, a = states[t], actions[t]
        gradient[s] += weights[t] * grad_log_softmax(logits[s], a)
    return gradient / T
"""),
    kept("""
    gradient = np.zeros(logits.shape, dtype=float)
    for s, a, w in zip(states, actions, weights):
        gradient[s] += w * grad_log_softmax(logits[s], a)
    # divide by T
    return gradient / len(states)
"""),
    """\
def policy_gradient_estimate(logits, states, actions, weights):
    grad = np.zeros(logits.shape)
    T = len(states)
    t = 0
    while t < T:
        score = grad_log_softmax(logits[states[t]], actions[t])
        for k in range(len(score)):
            grad[states[t]][k] += weights[t] * score[k]
        t += 1
    return grad / T
""",
    kept("""
    # YOUR CODE HERE
    gradient = np.zeros(logits.shape, dtype=float)
    for t in range(len(states)):
        gradient[states[t]] += weights[t] * grad_log_softmax(logits[states[t]], actions[t])
    return gradient / len(states)
"""),
    kept("""
    T = len(states)
    scores = grad_log_softmax(logits[states], actions)
    grad = np.zeros(logits.shape)
    np.add.at(grad, states, weights[:, None] * scores)
    return grad / T
"""),
    kept("""
    scores = weights[:, None] * grad_log_softmax(logits[states], actions)
    columns = [np.bincount(states, scores[:, a], minlength=len(logits)) for a in range(logits.shape[1])]
    return np.stack(columns, axis=1) / len(states)
"""),
    '''\
def policy_gradient_estimate(
    logits: np.ndarray, states: np.ndarray, actions: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Estimate the policy gradient from sampled steps, for a table of logits.

    Returns:
        (S, A) floats, the mean over the T steps.
    """
    T = len(states)
    gradient = np.zeros(logits.shape)
    for t in range(T):
        s = states[t]
        gradient[s] += weights[t] * grad_log_softmax(logits[s], actions[t])
    return gradient / T
''',
    kept("""
    T = len(states)
    scores = grad_log_softmax(logits[states], actions)
    g = np.zeros(logits.shape)
    # += would count a repeated state only once
    np.add.at(g, states, weights[:, None] * scores)
    return g / T
"""),
    kept("""
    T = len(states)
    gradient = np.zeros(logits.shape)
    pi = softmax(logits)
    for t in range(T):
        delta = -pi[states[t]]
        delta[actions[t]] = delta[actions[t]] + 1
        gradient[states[t]] += weights[t] * delta
    return gradient / T
"""),
    """\
def policy_gradient_estimate(
    logits: np.ndarray, states: np.ndarray, actions: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    g = np.zeros(logits.shape)
    np.add.at(g, states, weights[:, None] * grad_log_softmax(logits[states], actions))
    return g / len(states)
""",
)
