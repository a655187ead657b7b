"""Forty right answers to `ppo_clip_objective`."""

from tests.desk.honest_answers import under_the_stub

kept = under_the_stub("ppo_clip_objective", "e3_5_complete_formulas")

ANSWERS = (
    kept("""
    ratio = np.exp(logp_new - logp_old)
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon)
    return np.mean(np.minimum(ratio * advantages, clipped * advantages))
"""),
    kept("""
    # first the difference, exp(-1000) would be 0
    r = np.exp(logp_new - logp_old)
    surr1 = r * advantages
    surr2 = np.clip(r, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(surr1, surr2))
"""),
    """\
def ppo_clip_objective(logp_new, logp_old, advantages, epsilon):
    r = np.exp(logp_new - logp_old)
    return np.mean(np.minimum(r*advantages, np.clip(r, 1-epsilon, 1+epsilon)*advantages))
""",
    kept("""
    r = np.exp(logp_new - logp_old)
    unclipped = r * advantages
    clipped = np.clip(r, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(unclipped, clipped))
"""),
    kept("""
    # subtract first, then exponentiate (log-probabilities can be -1000)
    log_ratio = logp_new - logp_old
    ratio = np.exp(log_ratio)

    # clip the ratio to [1 - eps, 1 + eps]
    ratio_clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon)

    # the two products
    product_unclipped = ratio * advantages
    product_clipped = ratio_clipped * advantages

    # the pessimistic one of both
    smaller = np.minimum(product_unclipped, product_clipped)

    # mean over all samples
    return np.mean(smaller)
"""),
    '''\
def ppo_clip_objective(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    advantages: np.ndarray,
    epsilon: float,
) -> float:
    """PPO's clipped objective (to be maximised)."""
    ratio = np.exp(logp_new - logp_old)
    clipped_ratio = np.clip(ratio, 1.0 - epsilon, 1.0 + epsilon)
    return np.minimum(ratio * advantages, clipped_ratio * advantages).mean()
''',
    kept("""
    new = logp_new.reshape(-1)
    old = logp_old.reshape(-1)
    adv = advantages.reshape(-1)
    N = len(new)
    total = 0.0
    for i in range(N):
        r = np.exp(new[i] - old[i])
        if r < 1 - epsilon:
            c = 1 - epsilon
        elif r > 1 + epsilon:
            c = 1 + epsilon
        else:
            c = r
        total += min(r * adv[i], c * adv[i])
    return total / N
"""),
    kept("""
    ratio = np.exp(logp_new - logp_old)
    bound = np.where(advantages >= 0, (1 + epsilon) * advantages, (1 - epsilon) * advantages)
    return np.mean(np.minimum(ratio * advantages, bound))
"""),
    kept("""
    # YOUR CODE HERE
    r = np.exp(logp_new - logp_old)
    unclipped = r * advantages
    clipped = np.clip(r, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(unclipped, clipped))
"""),
    """\
def ppo_clip_objective(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    advantages: np.ndarray,
    epsilon: float,
) -> float:
    verhaeltnis = np.exp(logp_new - logp_old)
    beschnitten = np.clip(verhaeltnis, 1 - epsilon, 1 + epsilon)
    terme = np.minimum(verhaeltnis * advantages, beschnitten * advantages)
    return float(terme.mean())
""",
    kept("""
    if not (np.shape(logp_new) == np.shape(logp_old) == np.shape(advantages)):
        raise ValueError("logp_new, logp_old and advantages must have the same shape")
    if epsilon < 0:
        raise ValueError("epsilon must not be negative")
    ratio = np.exp(logp_new - logp_old)
    unclipped = ratio * advantages
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return float(np.mean(np.minimum(unclipped, clipped)))
"""),
    kept("""
    # YOUR CODE HERE
    ratio = np.exp(logp_new - logp_old)
    unclipped = ratio * advantages
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(unclipped, clipped))
"""),
    kept("""
    r = np.exp(logp_new - logp_old)
    surr1 = r * advantages
    surr2 = np.clip(r, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(surr1, surr2))
"""),
    """\
def ppo_clip_objective(logp_new, logp_old, advantages, epsilon):
    ratio = np.exp(logp_new - logp_old)
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon)
    objective = np.minimum(ratio * advantages, clipped * advantages)
    return objective.mean()
""",
    kept("""
    ratio = np.exp(logp_new - logp_old)
    clipped_ratio = np.clip(ratio, 1 - epsilon, 1 + epsilon)
    # pessimistic bound
    return np.minimum(ratio * advantages, clipped_ratio * advantages).mean()
"""),
    kept("""
    import math

    L = 0
    for new, old, A in zip(logp_new.flatten(), logp_old.flatten(), advantages.flatten()):
        r = math.exp(new - old)
        clipped = max(1 - epsilon, min(r, 1 + epsilon))
        L += min(r * A, clipped * A)
    return L / logp_new.size
"""),
    kept("""
    # YOUR CODE HERE
    ratio = np.exp(logp_new - logp_old)
    unclipped = ratio * advantages
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(unclipped, clipped))
"""),
    '''\
def ppo_clip_objective(logp_new, logp_old, advantages, epsilon):
    """
    L = E[min(r * A, clip(r, 1 - eps, 1 + eps) * A)]
    """
    prob_ratio = np.exp(logp_new - logp_old)
    weighted_probs = prob_ratio * advantages
    weighted_clipped_probs = np.clip(prob_ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(weighted_probs, weighted_clipped_probs))
''',
    kept("""
    ratio = np.exp(logp_new - logp_old)
    clipped = np.minimum(np.maximum(ratio, 1 - epsilon), 1 + epsilon)
    return np.mean(np.minimum(ratio * advantages, clipped * advantages))
"""),
    kept("""
    ratio = np.exp(logp_new - logp_old)
    # positive advantage: only the upper edge matters, negative: only the lower one
    chosen = np.where(
        advantages > 0,
        np.minimum(ratio, 1 + epsilon),
        np.maximum(ratio, 1 - epsilon),
    )
    return np.mean(chosen * advantages)
"""),
    kept("""
    r = np.exp(logp_new-logp_old)
    L1 = r*advantages
    L2 = np.clip(r, 1-epsilon, 1+epsilon)*advantages
    L = np.minimum(L1, L2)
    #print("r", r)
    #print("L", L)
    return np.mean(L)
"""),
    """\
def ppo_clip_objective(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    advantages: np.ndarray,
    epsilon: float,
) -> float:
    razon = np.exp(logp_new - logp_old)
    sin_recorte = razon * advantages
    con_recorte = np.clip(razon, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(sin_recorte, con_recorte))
""",
    kept("""
    ratio = np.exp(logp_new - logp_old)
    assert ratio.shape == advantages.shape
    surrogate = ratio * advantages
    clipped_surrogate = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return float(np.mean(np.minimum(surrogate, clipped_surrogate)))
"""),
    kept("""
    # YOUR CODE HERE
    r = np.exp(logp_new - logp_old)
    unclipped = r * advantages
    clipped = np.clip(r, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(unclipped, clipped))
"""),
    kept("""
    r = np.exp(logp_new - logp_old)
    both = np.stack([r * advantages, np.clip(r, 1 - epsilon, 1 + epsilon) * advantages])
    return both.min(axis=0).mean()
"""),
    '''\
def ppo_clip_objective(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    advantages: np.ndarray,
    epsilon: float,
) -> float:
    """Compute PPO's clipped objective, the mean clipped term.

    Arguments:
        logp_new, logp_old: log-probabilities under the new and the old policy
        advantages: same shape
        epsilon: the clip range
    """
    r = np.exp(logp_new - logp_old)
    r_clipped = np.clip(r, 1 - epsilon, 1 + epsilon)
    return np.mean(np.minimum(r * advantages, r_clipped * advantages))
''',
    kept("""
    ratio = np.exp(np.subtract(logp_new, logp_old))
    plain = np.multiply(ratio, advantages)
    clipped = np.multiply(np.clip(ratio, 1 - epsilon, 1 + epsilon), advantages)
    return np.mean(np.minimum(plain, clipped))
"""),
    kept("""
    values = []
    for lp_new, lp_old, a in zip(np.ravel(logp_new), np.ravel(logp_old), np.ravel(advantages)):
        ratio = np.exp(lp_new - lp_old)
        if a >= 0:
            values.append(min(ratio, 1 + epsilon) * a)
        else:
            values.append(max(ratio, 1 - epsilon) * a)
    return np.mean(values)
"""),
    kept("""
    r = np.exp(logp_new - logp_old)
    surr1 = r * advantages
    surr2 = np.clip(r, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(surr1, surr2))
"""),
    """\
def ppo_clip_objective(logp_new: np.ndarray, logp_old: np.ndarray,
                       advantages: np.ndarray, epsilon: float) -> float:
    eps = epsilon
    A = advantages
    r = np.exp(logp_new - logp_old)
    return np.minimum(r * A, np.clip(r, 1 - eps, 1 + eps) * A).mean()
""",
    kept("""
    ratio = np.exp(logp_new - logp_old)
    unclipped = ratio * advantages
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(unclipped, clipped))
"""),
    kept("""
    ratios = np.exp(logp_new - logp_old)
    unclipped = ratios * advantages
    clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon) * advantages
    # average over the batch
    return float(np.mean(np.minimum(unclipped, clipped)))
"""),
    kept("""
    r = np.exp(logp_new - logp_old)
    a = r * advantages
    b = np.clip(r, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.where(a < b, a, b))
"""),
    '''\
def ppo_clip_objective(
    logp_new: np.ndarray,
    logp_old: np.ndarray,
    advantages: np.ndarray,
    epsilon: float,
) -> float:
    """Objectif PPO avec ratio borne entre 1 - epsilon et 1 + epsilon."""
    rapport = np.exp(logp_new - logp_old)
    rapport_borne = np.clip(rapport, 1 - epsilon, 1 + epsilon)
    return np.mean(np.minimum(rapport * advantages, rapport_borne * advantages))
''',
    kept("""
    # YOUR CODE HERE
    ratio = np.exp(logp_new - logp_old)
    unclipped = ratio * advantages
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(unclipped, clipped))
"""),
    kept("""
    ratio = np.exp(logp_new - logp_old)
    surr1 = ratio * advantages
    surr2 = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(surr1, surr2))
"""),
    kept("""
    # YOUR CODE HERE
    ratio = np.exp(logp_new - logp_old)
    surr1 = ratio * advantages
    surr2 = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.minimum(surr1, surr2).mean()
"""),
    """\
def ppo_clip_objective(logp_new, logp_old, advantages, epsilon):
    def clip(x):
        return np.clip(x, 1 - epsilon, 1 + epsilon)

    r = np.exp(logp_new - logp_old)
    return float(np.mean(np.minimum(r * advantages, clip(r) * advantages)))
""",
    kept("""
    r = np.exp(logp_new - logp_old)
    unclipped = r * advantages
    clipped = np.clip(r, 1 - epsilon, 1 + epsilon) * advantages
    return np.mean(np.minimum(unclipped, clipped))
"""),
    kept("""
    # r is 1 where both policies agree
    r = np.exp(logp_new - logp_old)
    too_high = (advantages > 0) & (r > 1 + epsilon)
    too_low = (advantages < 0) & (r < 1 - epsilon)
    r[too_high] = 1 + epsilon
    r[too_low] = 1 - epsilon
    return np.mean(r * advantages)
"""),
)
