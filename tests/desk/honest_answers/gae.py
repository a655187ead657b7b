"""Forty right answers to `gae`."""

from tests.desk.honest_answers import under_the_stub

kept = under_the_stub("gae", "e3_5_complete_formulas")

ANSWERS = (
    kept("""
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    done = terminated | truncated
    A = np.zeros(rewards.shape)
    A_next = 0
    for t in range(len(rewards) - 1, -1, -1):
        A_next = delta[t] + gamma * lam * (1 - done[t]) * A_next
        A[t] = A_next
    return A
"""),
    kept("""
    A = np.zeros(rewards.shape)
    running = 0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
        done = terminated[t] | truncated[t]
        running = delta + gamma * lam * (1 - done) * running
        A[t] = running
    return A
"""),
    """\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    delta = rewards + gamma*np.where(terminated, 0, next_values) - values
    ended = np.logical_or(terminated, truncated)
    A = np.zeros(delta.shape)
    A[-1] = delta[-1]
    for t in range(len(delta)-2, -1, -1):
        A[t] = delta[t] + gamma*lam*np.where(ended[t], 0, A[t+1])
    return A
""",
    kept("""
    delta = rewards + gamma * next_values * (1 - terminated) - values
    ended = np.logical_or(terminated, truncated)
    advantages = np.zeros_like(rewards, dtype=float)
    A_next = np.zeros(rewards.shape[1:])
    for t in range(len(rewards) - 1, -1, -1):
        A_next = delta[t] + gamma * lam * A_next * (1 - ended[t])
        advantages[t] = A_next
    return advantages
"""),
    kept("""
    # 1. the TD errors: no bootstrap where the episode terminated
    not_terminated = 1 - np.asarray(terminated, dtype=float)
    deltas = rewards + gamma * next_values * not_terminated - values

    # 2. the sum stops at both kinds of end
    not_done = not_terminated * (1 - np.asarray(truncated, dtype=float))

    # 3. backwards through the rollout
    advantages = np.zeros_like(deltas)
    running = np.zeros_like(deltas[0])
    for t in reversed(range(len(deltas))):
        running = deltas[t] + gamma * lam * not_done[t] * running
        advantages[t] = running
    return advantages
"""),
    '''\
def gae(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    gamma: float,
    lam: float,
) -> np.ndarray:
    """Generalised advantage estimation (Schulman et al. 2016)."""
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    stop = np.logical_or(terminated, truncated)
    adv = np.zeros(delta.shape)
    gae_t = 0.0
    for t in reversed(range(len(delta))):
        gae_t = delta[t] + gamma * lam * gae_t * (1.0 - stop[t])
        adv[t] = gae_t
    return adv
''',
    kept("""
    T = rewards.shape[0]
    r = rewards.reshape(T, -1)
    v = values.reshape(T, -1)
    nv = next_values.reshape(T, -1)
    term = terminated.reshape(T, -1)
    trunc = truncated.reshape(T, -1)
    adv = np.zeros(r.shape)
    for n in range(r.shape[1]):
        a = 0.0
        for t in range(T - 1, -1, -1):
            if term[t, n]:
                delta = r[t, n] - v[t, n]
                a = delta
            elif trunc[t, n]:
                delta = r[t, n] + gamma * nv[t, n] - v[t, n]
                a = delta
            else:
                delta = r[t, n] + gamma * nv[t, n] - v[t, n]
                a = delta + gamma * lam * a
            adv[t, n] = a
    return adv.reshape(rewards.shape)
"""),
    kept("""
    T = len(rewards)
    deltas = rewards + gamma * np.where(terminated, 0, next_values) - values
    advantages = np.zeros(rewards.shape)
    running = 0
    for t in reversed(range(T)):
        done = terminated[t] | truncated[t]
        running = deltas[t] + gamma * lam * (1 - done) * running
        advantages[t] = running
    return advantages
"""),
    """\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    # vorteile rueckwaerts berechnen
    anzahl = len(rewards)
    fehler = rewards + gamma * next_values * (1 - terminated) - values
    ende = np.logical_or(terminated, truncated)
    vorteile = np.zeros(rewards.shape)
    naechster = 0
    for t in range(anzahl - 1, -1, -1):
        naechster = fehler[t] + gamma * lam * (1 - ende[t]) * naechster
        vorteile[t] = naechster
    return vorteile
""",
    kept("""
    delta = rewards + gamma * next_values * (1 - terminated) - values
    decay = gamma * lam * (1 - terminated) * (1 - truncated)
    A = np.zeros(delta.shape)
    carry = np.zeros(delta.shape[1:])
    for t in range(len(delta))[::-1]:
        carry = delta[t] + decay[t] * carry
        A[t] = carry
    return A
"""),
    kept("""
    rewards, values, next_values = (np.asarray(x, dtype=float) for x in (rewards, values, next_values))
    terminated, truncated = np.asarray(terminated), np.asarray(truncated)
    if not rewards.shape == values.shape == next_values.shape == terminated.shape == truncated.shape:
        raise ValueError("all arrays must have the same shape")
    if not np.all(np.isin(terminated, [0, 1])) or not np.all(np.isin(truncated, [0, 1])):
        raise ValueError("flags must be 0 or 1")
    if not (0 <= gamma <= 1 and 0 <= lam <= 1):
        raise ValueError("gamma and lam must be in [0, 1]")

    delta = rewards + gamma * np.where(terminated, 0.0, next_values) - values
    ended = np.logical_or(terminated, truncated)
    advantages = np.zeros_like(delta)
    following = np.zeros(delta.shape[1:])
    for t in reversed(range(len(delta))):
        following = delta[t] + gamma * lam * np.where(ended[t], 0.0, following)
        advantages[t] = following
    return advantages
"""),
    kept("""
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    # end of the episode, for whatever reason
    done = np.logical_or(terminated, truncated)
    advantages = np.zeros_like(rewards, dtype=float)
    gae_t = 0.0
    for t in reversed(range(len(rewards))):
        gae_t = delta[t] + gamma * lam * gae_t * (1 - done[t])
        advantages[t] = gae_t
    return advantages
"""),
    kept("""
    δ = td_errors(rewards, values, next_values, terminated, gamma)
    Â = np.zeros(δ.shape)
    Â_next = 0
    for t in range(len(δ) - 1, -1, -1):
        ended = np.logical_or(terminated[t], truncated[t])
        Â[t] = δ[t] + gamma * lam * np.where(ended, 0, Â_next)
        Â_next = Â[t]
    return Â
"""),
    """\
def gae(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    gamma: float,
    lam: float,
) -> np.ndarray:
    ventajas = np.zeros(rewards.shape)
    siguiente = 0
    for t in range(len(rewards) - 1, -1, -1):
        delta = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
        fin = np.logical_or(terminated[t], truncated[t])
        siguiente = delta + gamma * lam * (1 - fin) * siguiente
        ventajas[t] = siguiente
    return ventajas
""",
    kept("""
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    done = terminated | truncated
    A = np.zeros(rewards.shape)
    next_advantage = 0.0
    # last step first
    for t in reversed(range(len(rewards))):
        next_advantage = delta[t] + gamma * lam * (1 - done[t]) * next_advantage
        A[t] = next_advantage
    return A
"""),
    kept("""
    T = len(rewards)
    advantages = np.zeros(rewards.shape)
    lastgaelam = 0
    for t in reversed(range(T)):
        nonterminal = 1.0 - terminated[t]
        nextnotdone = 1.0 - np.logical_or(terminated[t], truncated[t])
        delta = rewards[t] + gamma * next_values[t] * nonterminal - values[t]
        advantages[t] = lastgaelam = delta + gamma * lam * nextnotdone * lastgaelam
    return advantages
"""),
    kept("""
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    advantages = np.zeros_like(rewards, dtype=float)
    A_next = 0.0
    for t in range(len(rewards) - 1, -1, -1):
        done = np.logical_or(terminated[t], truncated[t])
        A_next = delta[t] + gamma * lam * A_next * (1 - done)
        advantages[t] = A_next
    return advantages
"""),
    '''\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    """
    delta_t = R_{t+1} + gamma V(s_{t+1}) - V(s_t)
    A_t = delta_t + gamma lam A_{t+1}
    """
    bootstrap = gamma * next_values * (1 - terminated)
    delta = rewards + bootstrap - values
    cont = 1 - np.maximum(terminated, truncated)
    A = np.zeros(rewards.shape)
    A_next = np.zeros(rewards.shape[1:])
    for t in reversed(range(len(rewards))):
        A_next = delta[t] + gamma * lam * cont[t] * A_next
        A[t] = A_next
    return A
''',
    kept("""
    delta = rewards + gamma * next_values * ~terminated - values
    going_on = ~(terminated | truncated)
    advantages = np.zeros(delta.shape)
    advantage = 0
    for t in reversed(range(len(delta))):
        advantage = delta[t] + gamma * lam * going_on[t] * advantage
        advantages[t] = advantage
    return advantages
"""),
    kept("""
    T = rewards.shape[0]
    delta = rewards + gamma * next_values * (1 - terminated) - values
    ended = np.logical_or(terminated, truncated)
    advantages = np.zeros_like(rewards, dtype=float)
    gae_t = 0.0
    for t in reversed(range(T)):
        gae_t = delta[t] + gamma * lam * (1 - ended[t]) * gae_t
        advantages[t] = gae_t
    return advantages
"""),
    kept("""
    A = np.zeros_like(rewards, dtype=float)
    A_next = 0.0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
        # no A_{t+1} from another episode
        done = np.logical_or(terminated[t], truncated[t])
        A_next = delta + gamma * lam * (1 - done) * A_next
        A[t] = A_next
    return A
"""),
    """\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    T = len(rewards)
    out = np.zeros(rewards.shape)
    acc = np.zeros(rewards.shape[1:])
    t = T - 1
    while t >= 0:
        d = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
        go = (1 - terminated[t]) * (1 - truncated[t])
        acc = d + gamma * lam * go * acc
        out[t] = acc
        t -= 1
    return out
""",
    kept("""
    # YOUR CODE HERE
    advantages = np.zeros_like(rewards, dtype=float)
    A_next = 0
    for t in range(len(rewards) - 1, -1, -1):
        delta = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
        done = np.logical_or(terminated[t], truncated[t])
        A_next = delta + gamma * lam * np.where(done, 0, A_next)
        advantages[t] = A_next
    return advantages
"""),
    kept("""
    T = len(rewards)
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    stop = terminated | truncated
    A = np.zeros(rewards.shape)
    next_advantage = 0
    for t in range(T - 1, -1, -1):
        next_advantage = deltas[t] + gamma * lam * np.where(stop[t], 0, next_advantage)
        A[t] = next_advantage
    return A
"""),
    kept("""
    next_v = next_values.astype(float)
    next_v[np.asarray(terminated, dtype=bool)] = 0
    delta = rewards + gamma * next_v - values

    stop = np.asarray(terminated, dtype=bool) | np.asarray(truncated, dtype=bool)
    factor = np.full(delta.shape, gamma * lam)
    factor[stop] = 0

    A = np.zeros(delta.shape)
    A[-1] = delta[-1]
    for t in range(len(delta) - 2, -1, -1):
        A[t] = delta[t] + factor[t] * A[t + 1]
    return A
"""),
    '''\
def gae(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    gamma: float,
    lam: float,
) -> np.ndarray:
    """Compute generalised advantages of a rollout that may hold several episodes.

    Termination stops the bootstrap and the sum, truncation the sum only.
    """
    delta = rewards + gamma * (1 - terminated) * next_values - values
    done = np.logical_or(terminated, truncated)
    advantages = np.zeros_like(delta)
    advantage = 0.0
    for t in reversed(range(len(rewards))):
        advantage = delta[t] + gamma * lam * (1 - done[t]) * advantage
        advantages[t] = advantage
    return advantages
''',
    kept("""
    from collections import deque

    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    dones = np.logical_or(terminated, truncated)
    advantages = deque()
    a = 0.0
    for delta, done in zip(deltas[::-1], dones[::-1]):
        a = delta + gamma * lam * (1 - done) * a
        advantages.appendleft(a)
    return np.array(advantages)
"""),
    kept("""
    # YOUR CODE HERE
    advantages = np.zeros_like(rewards, dtype=float)
    running = np.zeros(rewards.shape[1:])
    for t in range(len(rewards) - 1, -1, -1):
        delta = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
        done = np.logical_or(terminated[t], truncated[t])
        running = delta + gamma * lam * (1 - done) * running
        advantages[t] = running
    return advantages
"""),
    """\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    erreurs = rewards + gamma * np.where(terminated, 0, next_values) - values
    fini = np.logical_or(terminated, truncated)
    avantages = np.zeros(erreurs.shape)
    suivant = np.zeros(erreurs.shape[1:])
    for t in reversed(range(len(erreurs))):
        suivant = erreurs[t] + gamma * lam * np.where(fini[t], 0, suivant)
        avantages[t] = suivant
    return avantages
""",
    kept("""
    advantages = np.zeros_like(values, dtype=float)
    gae_value = 0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
        gae_value = delta + gamma * lam * (1 - terminated[t]) * (1 - truncated[t]) * gae_value
        advantages[t] = gae_value
    return advantages
"""),
    kept("""
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    ended = np.logical_or(terminated, truncated)
    A = np.zeros(rewards.shape)
    gae_t = 0
    for t in reversed(range(len(rewards))):
        gae_t = deltas[t] + gamma * lam * np.where(ended[t], 0, gae_t)
        A[t] = gae_t
    return A
"""),
    kept("""
    from itertools import accumulate

    delta = td_errors(rewards, values, next_values, terminated, gamma)
    keep = gamma * lam * (1 - np.logical_or(terminated, truncated))
    steps = zip(delta[::-1], keep[::-1])
    start = np.zeros(delta.shape[1:])
    backwards = accumulate(steps, lambda a, step: step[0] + step[1] * a, initial=start)
    return np.array(list(backwards)[:0:-1])
"""),
    """\
def gae(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    gamma: float,
    lam: float,
) -> np.ndarray:
  not_term = 1 - terminated
  not_trunc = 1 - truncated
  deltas = rewards + gamma * next_values * not_term - values
  result = np.zeros(deltas.shape)
  value = 0
  for i in range(len(deltas) - 1, -1, -1):
    value = deltas[i] + gamma * lam * not_term[i] * not_trunc[i] * value
    result[i] = value
  return result
""",
    kept("""
    deltas = td_errors(rewards, values, next_values, terminated, gamma)
    done = terminated | truncated
    advantages = np.zeros(rewards.shape)
    A_next = 0
    # iterate backwards
    for t in reversed(range(len(rewards))):
        A_next = deltas[t] + gamma * lam * np.where(done[t], 0, A_next)
        advantages[t] = A_next
    return advantages
"""),
    kept("""
    # YOUR CODE HERE
    T = len(rewards)
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    ended = np.logical_or(terminated, truncated)
    advantages = np.zeros_like(rewards, dtype=float)
    next_advantage = np.zeros(rewards.shape[1:])
    for t in reversed(range(T)):
        next_advantage = delta[t] + gamma * lam * (1 - ended[t]) * next_advantage
        advantages[t] = next_advantage
    return advantages
"""),
    '''\
def gae(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    gamma: float,
    lam: float,
) -> np.ndarray:
    """GAE, backwards: A_t = delta_t + gamma lambda A_{t+1}"""
    ended = np.logical_or(terminated, truncated)
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    adv = np.zeros_like(delta)
    adv[-1] = delta[-1]
    for t in reversed(range(len(rewards) - 1)):
        adv[t] = delta[t] + gamma * lam * adv[t + 1] * (1 - ended[t])
    return adv
''',
    kept("""
    terminated = np.asarray(terminated).astype(bool)
    truncated = np.asarray(truncated).astype(bool)
    deltas = rewards + gamma * next_values * ~terminated - values
    ends = terminated | truncated

    advantages = np.zeros(deltas.shape)
    running = np.zeros(deltas.shape[1:])
    for t in reversed(range(len(deltas))):
        running = running * ~ends[t]
        running = deltas[t] + gamma * lam * running
        advantages[t] = running
    return advantages
"""),
    kept("""
    # YOUR CODE HERE
    T = len(rewards)
    deltas = np.zeros(rewards.shape)
    for t in range(T):
        deltas[t] = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
    advantages = np.zeros(rewards.shape)
    advantages[T - 1] = deltas[T - 1]
    for t in range(T - 2, -1, -1):
        done = np.logical_or(terminated[t], truncated[t])
        advantages[t] = deltas[t] + gamma * lam * (1 - done) * advantages[t + 1]
    return advantages
"""),
    kept("""
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    ended = np.logical_or(terminated, truncated)
    advantages = np.zeros(rewards.shape)
    A_next = 0.0
    for t in reversed(range(len(rewards))):
        A_next = delta[t] + gamma * lam * (1 - ended[t]) * A_next
        advantages[t] = A_next
    return advantages
"""),
    """\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    d = td_errors(rewards, values, next_values, terminated, gamma)
    A = np.zeros_like(d)
    nxt = 0
    for t in reversed(range(len(d))):
        A[t] = d[t] + gamma*lam*nxt*(1 - (terminated[t] | truncated[t]))
        nxt = A[t]
    return A
""",
)
