"""Forty right answers to `discounted_returns`."""

from tests.desk.honest_answers import under_the_stub

kept = under_the_stub("discounted_returns", "e3_2_policy_gradient")

ANSWERS = (
    kept("""
    T = len(rewards)
    G = np.zeros(rewards.shape)
    G[-1] = rewards[-1]
    for t in range(T - 2, -1, -1):
        G[t] = rewards[t] + gamma * G[t + 1]
    return G
"""),
    kept("""
    T = len(rewards)
    G = np.zeros(rewards.shape)
    G_next = 0.0
    for t in reversed(range(T)):
        G_next = rewards[t] + gamma * G_next
        G[t] = G_next
    return G
"""),
    """\
def discounted_returns(rewards, gamma):
    G = np.zeros(rewards.shape)
    G[-1] = rewards[-1]
    for t in range(len(rewards)-2, -1, -1):
        G[t] = rewards[t] + gamma*G[t+1]
    return G
""",
    kept("""
    # YOUR CODE HERE
    T = rewards.shape[0]
    returns = np.zeros_like(rewards, dtype=float)
    running = 0
    for t in range(T - 1, -1, -1):
        running = rewards[t] + gamma * running
        returns[t] = running
    return returns
"""),
    kept("""
    result = []
    g = 0
    for r in rewards[::-1]:
        g = r + gamma * g
        result.append(g)
    result.reverse()
    return np.array(result)
"""),
    '''\
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    """Sum the discounted rewards to come, for every time step of one episode."""
    from scipy.signal import lfilter

    return lfilter([1], [1, -gamma], rewards[::-1], axis=0)[::-1]
''',
    kept("""
    out = np.zeros(rewards.shape)
    g = 0.0
    for t in range(len(rewards) - 1, -1, -1):
        g = rewards[t] + gamma * g
        out[t] = g
    return out
"""),
    kept("""
    # start at the end, G_T = 0
    G = 0
    returns = []
    # go backwards through the rewards
    for reward in reversed(rewards):
        # G_t = R_{t+1} + gamma * G_{t+1}
        G = reward + gamma * G
        # put it at the front of the list
        returns.insert(0, G)
    return np.array(returns)
"""),
    """\
def discounted_returns(rewards, gamma):
    # kopie, damit rewards nicht veraendert wird
    ertrag = np.array(rewards, dtype=float)
    anzahl = len(ertrag)
    for t in range(anzahl - 2, -1, -1):
        ertrag[t] = ertrag[t] + gamma * ertrag[t + 1]
    return ertrag
""",
    kept("""
    out = np.zeros(rewards.shape, dtype=np.float64)
    t = len(rewards) - 1
    acc = np.zeros(rewards.shape[1:])
    while t >= 0:
        acc = rewards[t] + gamma * acc
        out[t] = acc
        t -= 1
    return out
"""),
    kept("""
    rewards = np.asarray(rewards)
    if rewards.ndim == 0 or len(rewards) == 0:
        raise ValueError("rewards must have a time axis with at least one entry")
    if not 0 <= gamma <= 1:
        raise ValueError("gamma must be in [0, 1]")
    returns = np.zeros(rewards.shape, dtype=float)
    G = 0.0
    for t in reversed(range(len(rewards))):
        G = rewards[t] + gamma * G
        returns[t] = G
    return returns
"""),
    kept("""
    G = rewards.astype(float)
    for t in range(len(G) - 2, -1, -1):
        G[t] += gamma * G[t + 1]
    return G
"""),
    kept("""
    returns = np.zeros_like(rewards, dtype=float)
    G = 0
    for t in reversed(range(len(rewards))):
        G = rewards[t] + gamma * G
        returns[t] = G
    return returns
"""),
    """\
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    retornos = np.zeros(rewards.shape)
    acumulado = 0
    for t in range(len(rewards) - 1, -1, -1):
        acumulado = rewards[t] + gamma * acumulado
        retornos[t] = acumulado
    return retornos
""",
    kept("""
    returns = np.zeros(rewards.shape)
    running = 0.0
    for t in range(len(rewards) - 1, -1, -1):
        running = rewards[t] + gamma * running
        returns[t] = running
    return returns
"""),
    kept("""
    T = rewards.shape[0]
    powers = gamma ** np.arange(T)
    G = np.zeros(rewards.shape)
    for t in range(T):
        # sum over k of gamma^k R_{t+k+1}
        G[t] = np.tensordot(powers[: T - t], rewards[t:], axes=1)
    return G
"""),
    '''\
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    """
    G_t = R_{t+1} + gamma * G_{t+1}, G_T = 0
    """
    G = np.zeros(rewards.shape)
    G_t = 0
    for i in range(len(rewards)):
        t = len(rewards) - 1 - i
        G_t = rewards[t] + gamma * G_t
        G[t] = G_t
    return G
''',
    kept("""
    out = np.zeros((len(rewards) + 1, *rewards.shape[1:]))
    for t in reversed(range(len(rewards))):
        out[t] = rewards[t] + gamma * out[t + 1]
    return out[:-1]
"""),
    kept("""
    from itertools import accumulate

    backwards = accumulate(rewards[::-1], lambda g, r: r + gamma * g)
    return np.array(list(backwards))[::-1]
"""),
    kept("""
    length = rewards.shape[0]
    # one column per episode
    flat = rewards.reshape(length, -1)
    result = np.zeros(flat.shape)
    for j in range(flat.shape[1]):
        total = 0.0
        for i in range(length - 1, -1, -1):
            total = flat[i, j] + gamma * total
            result[i, j] = total
    return result.reshape(rewards.shape)
"""),
    kept("""
    T = rewards.shape[0]
    G = np.zeros((T + 1, *rewards.shape[1:]))
    for t in range(T - 1, -1, -1):
        G[t] = rewards[t] + gamma * G[t + 1]
    return G[:-1]
"""),
    """\
def discounted_returns(rewards, gamma):
    G = 0
    out = []
    for r in reversed(rewards):
        G = r + gamma*G
        out.append(G)
    return np.array(out[::-1])
""",
    kept("""
    result = np.zeros_like(rewards, dtype=float)
    running = 0.0
    for t in reversed(range(len(rewards))):
        running = gamma * running + rewards[t]
        result[t] = running
    return result
"""),
    kept("""
    # YOUR CODE HERE
    T = len(rewards)
    returns = np.zeros((T + 1, *rewards.shape[1:]))
    for t in range(T - 1, -1, -1):
        returns[t] = rewards[t] + gamma * returns[t + 1]
    return returns[:-1]
"""),
    kept("""
    from collections import deque

    returns = deque()
    g = 0.0
    for r in reversed(rewards):
        g = r + gamma * g
        returns.appendleft(g)
    return np.array(returns)
"""),
    '''\
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    """Discounted return for each time step.

    Arguments:
        rewards: (T, ...) floats, time is the first axis
        gamma: discount

    Returns:
        (T, ...) floats
    """
    returns = np.zeros(np.shape(rewards))
    g = np.zeros(np.shape(rewards)[1:])
    for t in reversed(range(len(rewards))):
        g = rewards[t] + gamma * g
        returns[t] = g
    return returns
''',
    kept("""
    returns = np.zeros((len(rewards) + 1, *rewards.shape[1:]))
    for t in reversed(range(len(rewards))):
        returns[t] = rewards[t] + gamma * returns[t + 1]
    return returns[:-1]
"""),
    kept("""
    result = np.zeros(rewards.shape)
    future = 0
    for t in range(len(rewards) - 1, -1, -1):
        future = rewards[t] + gamma * future
        result[t] = future
    return result
"""),
    """\
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    T = rewards.shape[0]
    retours = np.zeros(rewards.shape)
    retours[T - 1] = rewards[T - 1]  # le dernier retour est la derniere recompense
    for t in range(T - 2, -1, -1):
        retours[t] = rewards[t] + gamma * retours[t + 1]
    return retours
""",
    kept("""
    # YOUR CODE HERE
    returns = np.zeros((len(rewards) + 1, *rewards.shape[1:]))
    for t in range(len(rewards) - 1, -1, -1):
        returns[t] = rewards[t] + gamma * returns[t + 1]
    return returns[:-1]
"""),
    kept("""
    rev = rewards[::-1]
    out = np.zeros(rev.shape)
    out[0] = rev[0]
    for i in range(1, len(rev)):
        out[i] = rev[i] + gamma * out[i - 1]
    return out[::-1]
"""),
    kept("""
    T = rewards.shape[0]
    returns = np.zeros(rewards.shape)
    G = 0.0
    for t in reversed(range(T)):
        G = rewards[t] + gamma * G
        returns[t] = G
    return returns
"""),
    '''\
from scipy.signal import lfilter

def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    """y[n] = x[n] + gamma * y[n-1] is a first order IIR filter, applied to the reversed signal."""
    b = [1.0]
    a = [1.0, -gamma]
    return np.flip(lfilter(b, a, np.flip(rewards, axis=0), axis=0), axis=0)
''',
    kept("""
    def step(g_next, reward):
        return reward + gamma * g_next

    g = np.zeros(rewards.shape[1:])
    collected = []
    for reward in rewards[::-1]:
        g = step(g, reward)
        collected.append(g)
    return np.stack(collected[::-1])
"""),
    kept("""
    T = len(rewards)
    returns = [0.0] * T
    returns[T - 1] = rewards[T - 1]
    for t in range(T - 2, -1, -1):
        returns[t] = rewards[t] + gamma * returns[t + 1]
    return np.array(returns)
"""),
    """\
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    G = np.zeros(rewards.shape)
    G_next = 0.0
    for t in reversed(range(rewards.shape[0])):
        G[t] = rewards[t] + gamma * G_next
        G_next = G[t]
    return G
""",
    kept("""
    returns = np.copy(rewards).astype(float)
    for k in range(len(returns) - 1, 0, -1):
        returns[k - 1] += gamma * returns[k]
    return returns
"""),
    kept("""
    T = len(rewards)
    result = np.zeros_like(rewards, dtype=float)
    running = 0
    for t in range(T - 1, -1, -1):
        running = rewards[t] + gamma * running
        result[t] = running
    return result
"""),
    """\
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
  result = np.zeros(rewards.shape)
  value = 0
  for i in range(len(rewards) - 1, -1, -1):
    value = rewards[i] + gamma * value
    result[i] = value
  return result
""",
    kept("""
    T = rewards.shape[0]
    returns = np.zeros_like(rewards, dtype=float)
    running = 0
    for t in reversed(range(T)):
        running = rewards[t] + gamma * running
        returns[t] = running
    return returns
"""),
)
