"""Forty right answers to `softmax`."""

from tests.desk.honest_answers import under_the_stub

kept = under_the_stub("softmax", "e3_2_policy_gradient")

ANSWERS = (
    kept("""
    z = logits - np.max(logits, axis=-1, keepdims=True)
    e = np.exp(z)
    return e / np.sum(e, axis=-1, keepdims=True)
"""),
    kept("""
    # YOUR CODE HERE
    shifted = logits - logits.max(axis=-1, keepdims=True)
    exps = np.exp(shifted)
    return exps / exps.sum(axis=-1, keepdims=True)
"""),
    """\
def softmax(logits):
    e = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
""",
    '''\
def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn logits into probabilities along the last axis."""
    from scipy.special import softmax as scipy_softmax

    return scipy_softmax(logits, axis=-1)
''',
    kept("""
    max_logits = np.max(logits, axis=-1, keepdims=True)
    exp_logits = np.exp(logits - max_logits)
    sum_exp = np.sum(exp_logits, axis=-1, keepdims=True)
    return exp_logits / sum_exp
"""),
    kept("""
    # shift every row so that the largest logit is 0 (changes nothing)
    m = np.max(logits, axis=-1, keepdims=True)
    z = logits - m
    # now exp can not overflow
    numerator = np.exp(z)
    # normalise
    Z = np.sum(numerator, axis=-1, keepdims=True)
    pi = numerator / Z
    return pi
"""),
    kept("""
    logits = np.asarray(logits, dtype=float)
    if logits.ndim == 0 or logits.shape[-1] == 0:
        raise ValueError("logits must have a last axis with at least one action")
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    e = np.exp(shifted)
    return e / np.sum(e, axis=-1, keepdims=True)
"""),
    """\
def softmax(logits: np.ndarray) -> np.ndarray:
    # groesster Logit jeder Zeile
    groesster = logits.max(axis=-1, keepdims=True)
    zaehler = np.exp(logits - groesster)
    nenner = zaehler.sum(axis=-1, keepdims=True)
    return zaehler / nenner
""",
    kept("""
    shape = logits.shape
    A = shape[-1]
    rows = logits.reshape(-1, A)
    result = np.zeros(rows.shape)
    for i in range(len(rows)):
        biggest = rows[i][0]
        for a in range(A):
            if rows[i][a] > biggest:
                biggest = rows[i][a]
        total = 0.0
        for a in range(A):
            result[i][a] = np.exp(rows[i][a] - biggest)
            total = total + result[i][a]
        for a in range(A):
            result[i][a] = result[i][a] / total
    return result.reshape(shape)
"""),
    kept("""
    z = logits - logits.max(axis=-1)[..., None]
    p = np.exp(z)
    return p / p.sum(axis=-1)[..., None]
"""),
    kept("""
    z = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return z / np.sum(z, axis=-1, keepdims=True)
"""),
    '''\
from scipy.special import logsumexp

def softmax(logits: np.ndarray) -> np.ndarray:
    """pi(a) = exp(z_a - log sum exp z)"""
    return np.exp(logits - logsumexp(logits, axis=-1, keepdims=True))
''',
    kept("""
    logits_max = np.max(logits, axis=-1, keepdims=True)
    logits_stable = logits - logits_max
    exp_logits = np.exp(logits_stable)
    probabilities = exp_logits / np.sum(exp_logits, axis=-1, keepdims=True)
    # print(probabilities.sum(axis=-1))
    return probabilities
"""),
    kept("""
    def one_row(z):
        e = np.exp(z - np.max(z))
        return e / np.sum(e)

    return np.apply_along_axis(one_row, -1, logits)
"""),
    """\
def softmax(logits: np.ndarray) -> np.ndarray:
    z = logits - np.max(logits, axis=-1, keepdims=True)
    return np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)
""",
    kept("""
    c = logits.max(axis=-1, keepdims=True)
    e = np.exp(logits - c)
    Z = e.sum(axis=-1, keepdims=True)
    return e / Z
"""),
    kept("""
    x = np.asarray(logits, dtype=np.float64)
    x = x - x.max(axis=-1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis=-1, keepdims=True)
    return x
"""),
    """\
def softmax(logits):
    maximo = np.max(logits, axis=-1, keepdims=True)
    exponenciales = np.exp(logits - maximo)
    suma = np.sum(exponenciales, axis=-1, keepdims=True)
    return exponenciales / suma
""",
    kept("""
    # YOUR CODE HERE
    e_x = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return e_x / e_x.sum(axis=-1, keepdims=True)
"""),
    kept("""
    z = logits - np.expand_dims(np.max(logits, axis=-1), axis=-1)
    e = np.exp(z)
    return e / np.expand_dims(np.sum(e, axis=-1), axis=-1)
"""),
    kept("""
    pi = np.zeros(logits.shape)
    for index in np.ndindex(logits.shape[:-1]):
        row = logits[index]
        e = np.exp(row - row.max())
        pi[index] = e / e.sum()
    return pi
"""),
    '''\
def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis.

    The maximum of each row is subtracted first, so exp cannot overflow.
    """
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    exp_shifted = np.exp(shifted)
    return exp_shifted / np.sum(exp_shifted, axis=-1, keepdims=True)
''',
    kept("""
    theta = logits
    theta_max = np.max(theta, axis=-1, keepdims=True)
    e_theta = np.exp(theta - theta_max)
    Z = np.sum(e_theta, axis=-1, keepdims=True)
    pi = e_theta / Z
    return pi
"""),
    kept("""
    largest = np.amax(logits, axis=-1, keepdims=True)
    weights = np.exp(logits - largest)
    return weights / np.sum(weights, axis=-1, keepdims=True)
"""),
    kept("""
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    exps = np.exp(shifted)
    probs = exps / np.sum(exps, axis=-1, keepdims=True)

    assert probs.shape == logits.shape
    assert np.allclose(np.sum(probs, axis=-1), 1)
    return probs
"""),
    """\
def softmax(logits: np.ndarray) -> np.ndarray:
    if logits.ndim == 1:
        e = np.exp(logits - np.max(logits))
        return e / np.sum(e)
    return np.array([softmax(row) for row in logits])
""",
    kept("""
    log_z = np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return np.exp(logits - log_z)
"""),
    kept("""
    stable = logits - np.max(logits, axis=-1, keepdims=True)
    exp = np.exp(stable)
    norm = np.sum(exp, axis=-1, keepdims=True)
    return exp / norm
"""),
    """\
def softmax(logits: np.ndarray) -> np.ndarray:
    z = logits
    z = z - z.max(axis=-1, keepdims=True)
    ez = np.exp(z)
    return ez / ez.sum(axis=-1, keepdims=True)
""",
    kept("""
    # the biggest logit becomes 0
    k = logits.max(-1, keepdims=True)
    exp = np.exp(logits - k)
    return exp / exp.sum(-1, keepdims=True)
"""),
    kept("""
    z = np.array(logits, dtype=float)
    z = z - np.max(z, axis=-1, keepdims=True)
    p = np.exp(z)
    p = p / np.sum(p, axis=-1, keepdims=True)
    return p
"""),
    kept("""
    m = logits.max(axis=-1)[..., np.newaxis]
    numerators = np.exp(logits - m)
    denominators = numerators.sum(axis=-1)[..., np.newaxis]
    return numerators / denominators
"""),
    """\
def softmax(logits):
    z=logits-np.max(logits,axis=-1,keepdims=True)
    e=np.exp(z)
    return e/np.sum(e,axis=-1,keepdims=True)
""",
    kept("""
    # We use the shift invariance: softmax(z) = softmax(z - max(z)).
    z_max = np.max(logits, axis=-1, keepdims=True)
    exp_z = np.exp(logits - z_max)
    sum_exp_z = np.sum(exp_z, axis=-1, keepdims=True)
    return exp_z / sum_exp_z
"""),
    kept("""
    num_actions = logits.shape[-1]
    flat = logits.reshape(-1, num_actions)
    probs = []
    for row in flat:
        e = np.exp(row - max(row))
        probs.append(e / sum(e))
    return np.array(probs).reshape(logits.shape)
"""),
    kept("""
    # YOUR CODE HERE
    z = logits - np.max(logits, axis=-1, keepdims=True)
    exp_z = np.exp(z)
    return exp_z / np.sum(exp_z, axis=-1, keepdims=True)
"""),
    '''\
def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilites a partir des logits."""
    decales = logits - np.max(logits, axis=-1, keepdims=True)
    exposants = np.exp(decales)
    somme = np.sum(exposants, axis=-1, keepdims=True)
    return exposants / somme
''',
    kept("""
    x = logits - np.max(logits, axis=-1, keepdims=True)
    y = np.exp(x)
    return np.divide(y, np.sum(y, axis=-1, keepdims=True))
"""),
    kept("""
    expz = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return expz / np.sum(expz, axis=-1, keepdims=True)
"""),
    kept("""
    # move the actions to the front, then the rows broadcast by themselves
    z = np.moveaxis(logits, -1, 0)
    e = np.exp(z - z.max(axis=0))
    return np.moveaxis(e / e.sum(axis=0), 0, -1)
"""),
)
