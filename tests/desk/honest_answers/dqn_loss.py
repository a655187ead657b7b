"""Forty right answers to `dqn_loss`."""

from tests.desk.honest_answers import under_the_stub

kept = under_the_stub("dqn_loss", "e3_5_complete_formulas")

ANSWERS = (
    kept("""
    # Q(s_i, a_i)
    q_selected = q[np.arange(len(q)), actions]
    td_error = targets - q_selected
    return 0.5 * np.mean(td_error**2)
"""),
    kept("""
    q_taken = q[np.arange(len(q)), actions]
    delta = targets - q_taken
    return 0.5 * np.mean(delta**2)
"""),
    """\
def dqn_loss(q, actions, targets):
    return np.mean(0.5*(targets - q[np.arange(len(q)), actions])**2)
""",
    kept("""
    delta = targets - q[np.arange(len(actions)), actions]
    loss = 0.5 * np.mean(delta**2)
    return loss
"""),
    kept("""
    total = 0
    for i in range(len(actions)):
        # error of the action that was taken
        delta = targets[i] - q[i][actions[i]]
        total = total + 0.5 * delta**2
    return total / len(actions)
"""),
    '''\
def dqn_loss(q: np.ndarray, actions: np.ndarray, targets: np.ndarray) -> float:
    """Compute the squared error of the action values that were used."""
    batch = np.arange(q.shape[0])
    chosen = q[batch, actions]
    errors = targets - chosen
    return float(np.mean(errors**2) / 2)
''',
    kept("""
    q_sa = np.take_along_axis(q, actions[:, None], axis=1)[:, 0]
    delta = targets - q_sa
    return float(np.mean(0.5 * delta**2))
"""),
    kept("""
    B = q.shape[0]
    # only the action we took
    q_selected = q[np.arange(B), actions]
    delta = targets - q_selected
    return np.mean(0.5 * delta**2)
"""),
    kept("""
    batch_size = len(actions)
    # pick the Q value of the action that was actually taken
    q_taken = q[np.arange(batch_size), actions]
    # TD error
    delta = targets - q_taken
    # half of the squared error
    losses = 0.5 * delta ** 2
    # mean over the batch
    return losses.mean()
"""),
    """\
def dqn_loss(q: np.ndarray, actions: np.ndarray, targets: np.ndarray) -> float:
    n = len(q)
    fehler = targets - q[np.arange(n), actions]
    verlust = 0.5 * np.mean(fehler**2)
    return verlust
""",
    kept("""
    B, A = q.shape
    one_hot = np.eye(A)[actions]
    q_taken = np.sum(q * one_hot, axis=1)
    return np.mean(0.5 * (targets - q_taken) ** 2)
"""),
    kept("""
    chosen = q[np.arange(len(q)), actions]
    delta = targets - chosen
    return np.mean(delta**2) / 2
"""),
    kept("""
    q = np.asarray(q)
    actions = np.asarray(actions)
    targets = np.asarray(targets)
    if q.ndim != 2 or actions.shape != (len(q),) or targets.shape != (len(q),):
        raise ValueError("q must be (B, A), actions and targets must be (B,)")
    if actions.dtype.kind not in "iu":
        raise ValueError("actions must be integers")
    if np.any(actions < 0) or np.any(actions >= q.shape[1]):
        raise ValueError("actions must be from 0 to A - 1")
    delta = targets - q[np.arange(len(q)), actions]
    return float(np.mean(0.5 * delta**2))
"""),
    """\
def dqn_loss(q, actions, targets):
    s = 0.0
    n = len(targets)
    for i in range(n):
        d = targets[i] - q[i, actions[i]]
        s += 0.5 * d * d
    return s / n
""",
    kept("""
    delta = targets - q[np.arange(len(actions)), actions]
    return 0.5 * np.mean(delta**2)
"""),
    kept("""
    losses = []
    for q_row, a, y in zip(q, actions, targets):
        delta = y - q_row[a]
        losses.append(0.5 * delta**2)
    return np.mean(losses)
"""),
    kept("""
    q_sa = q[np.arange(len(actions)), actions]
    delta = targets - q_sa
    return 0.5 * np.mean(delta**2)
"""),
    """\
def dqn_loss(q: np.ndarray, actions: np.ndarray, targets: np.ndarray) -> float:
    rows = np.arange(len(q))
    delta = targets - q[rows, actions]
    return np.mean(delta**2) / 2
""",
    kept("""
    delta = targets - q[np.arange(len(q)), actions]
    return np.dot(delta, delta) / (2 * len(delta))
"""),
    kept("""
    q_taken = q[np.arange(len(q)), actions]
    delta = targets - q_taken
    print(q_taken, delta)
    loss = np.mean(0.5 * delta**2)
    return loss
"""),
    kept("""
    q_sa = q[np.arange(len(q)), actions]
    delta = targets - q_sa
    return float(np.mean(delta**2) / 2)
"""),
    '''\
def dqn_loss(q: np.ndarray, actions: np.ndarray, targets: np.ndarray) -> float:
    """L = (1/B) sum_i 1/2 delta_i^2,   delta_i = y_i - Q(s_i, a_i)"""
    B = q.shape[0]
    delta = targets - q[np.arange(B), actions]
    return 0.5 * np.sum(delta**2) / B
''',
    kept("""
    return np.mean((targets - q[np.arange(q.shape[0]), actions]) ** 2) / 2
"""),
    kept("""
    return np.mean([0.5 * (targets[i] - q[i, actions[i]])**2 for i in range(len(q))])
"""),
    kept("""
    q_chosen = np.take_along_axis(q, np.expand_dims(actions, 1), axis=1).squeeze(1)
    return np.mean(0.5 * np.square(targets - q_chosen))
"""),
    """\
def dqn_loss(q: np.ndarray, actions: np.ndarray, targets: np.ndarray) -> float:
    lote = q.shape[0]
    q_elegida = q[np.arange(lote), actions]
    diferencia = targets - q_elegida
    return np.mean(0.5 * diferencia**2)
""",
    kept("""
    # YOUR CODE HERE
    q_taken = q[np.arange(len(actions)), actions]
    delta = targets - q_taken
    return float(0.5 * np.mean(delta**2))
"""),
    kept("""
    q_selected = q[np.arange(len(q)), actions]
    return np.mean(0.5 * (targets - q_selected) ** 2)
"""),
    kept("""
    n = len(actions)
    q_used = np.zeros(n)
    for i in range(n):
        q_used[i] = q[i, actions[i]]
    delta = targets - q_used
    return np.mean(0.5 * delta**2)
"""),
    """\
def dqn_loss(q, actions, targets):
    delta = targets - q[np.arange(len(actions)), actions]
    return np.mean(0.5 * delta**2)
""",
    kept("""
    td_errors = targets - q[np.arange(len(actions)), actions]
    return 0.5 * (td_errors**2).mean()
"""),
    kept("""
    # YOUR CODE HERE
    delta = targets - q[np.arange(len(q)), actions]
    return 0.5 * np.mean(delta**2)
"""),
    kept("""
    mask = np.zeros(q.shape)
    mask[np.arange(len(actions)), actions] = 1
    taken = (q * mask).sum(axis=1)
    delta = targets - taken
    return (0.5 * delta**2).mean()
"""),
    kept("""
    delta = targets - q[np.arange(len(q)), actions]
    return 0.5 * np.mean(delta**2)
"""),
    '''\
def dqn_loss(q: np.ndarray, actions: np.ndarray, targets: np.ndarray) -> float:
    """Mean of half the squared TD errors of a batch.

    Only the action that was taken counts.
    """
    picked = q[np.arange(len(q)), actions]
    return float(np.mean(0.5 * (targets - picked) ** 2))
''',
    kept("""
    δ = targets - q[np.arange(len(q)), actions]
    return np.mean(δ**2 / 2)
"""),
    kept("""
    q_sa = q[np.arange(len(actions)), actions]
    delta = targets - q_sa
    return np.mean(0.5 * delta**2)
"""),
    """\
def dqn_loss(q: np.ndarray, actions: np.ndarray, targets: np.ndarray) -> float:
    erreur = targets - q[np.arange(len(q)), actions]
    return np.mean(erreur**2) * 0.5
""",
    kept("""
    chosen = q[np.arange(q.shape[0]), actions]
    delta = targets - chosen
    return 0.5 * np.mean(delta**2)
"""),
    kept("""
    delta = targets - np.array([row[a] for row, a in zip(q, actions)])
    return float(np.mean(0.5 * delta**2))
"""),
)
