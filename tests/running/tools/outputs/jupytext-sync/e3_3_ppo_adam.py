# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% name="worked_old_policy"
import matplotlib.pyplot as plt
import numpy as np

from figures import e3_3_ppo_adam as figures
from two_state import TwoStateMDP

plt.style.use("course.mplstyle")
np.set_printoptions(precision=4, suppress=True)

mdp, start = TwoStateMDP(gamma=0.5), np.array([1.0, 0.0])
old_policy = np.array([[0.8, 0.2], [0.6, 0.4]])  # rows s1, s2; columns stay, go
values = mdp.state_values(old_policy)
advantages = mdp.action_values(old_policy) - values[:, None]
visitation = mdp.visitation(old_policy, start)
print("v =", values, "  d =", visitation)
print("advantages:\n", advantages, sep="")

# %%
# %matplotlib inline
import math


def ratio_of(difference):
    return np.exp(difference)


# %% deletable=false name="probability_ratio" nbgrader={"cell_type": "code", "checksum": "494b7c60540735645ce23a55c680de2d", "grade": false, "grade_id": "probability_ratio", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["exercise"]
def probability_ratio(logp_new, logp_old):
    return ratio_of(logp_new - logp_old)


# %% deletable=false editable=false name="test_probability_ratio" nbgrader={"cell_type": "code", "checksum": "36e921ca1d7a51d24a81a37c612cbb8d", "grade": true, "grade_id": "test_probability_ratio", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["test"]
import numpy as np

# The worked number: a probability grows from 0.2 to 0.3.
got = probability_ratio(np.log(0.3), np.log(0.2))
assert np.isclose(got, 1.5), f"0.3 / 0.2 = 1.5; got {got}"

# Nothing changed: the ratio is 1, not 0.
same = np.log([0.5, 0.3, 0.2])
got = probability_ratio(same, same)
assert np.shape(got) == (3,), f"one ratio per sample; got shape {np.shape(got)}"
assert np.allclose(got, 1), f"equal policies have ratio 1; got {got}"

# Averaged over the old policy, the ratio is 1 for any new policy.
old, new = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
got = np.asarray(probability_ratio(np.log(new), np.log(old)))
assert np.allclose(got, [0.2, 1, 3]), f"expected [0.2, 1, 3], got {got}"
assert np.isclose(np.sum(old * got), 1), "the mean of the ratio is 1"

# Two probabilities that float64 cannot hold, one three times the other.
with np.errstate(all="ignore"):
    got = probability_ratio(np.array([-1000 + np.log(3)]), np.array([-1000.0]))
assert np.isclose(got[0], 3), f"exp(log 3) = 3; got {got[0]}"

# An array against one number.
got = probability_ratio(np.log([0.2, 0.8]), np.log(0.4))
assert np.allclose(got, [0.5, 2]), f"expected [0.5, 2], got {got}"


# %% [markdown]
# If you do not subtract first:

# %% deletable=false name="clipped_surrogate" nbgrader={"cell_type": "code", "checksum": "be67608a5b21789d760ff642152c2608", "grade": false, "grade_id": "clipped_surrogate", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["exercise"]
def clipped_surrogate(ratio, advantage, epsilon):
    unclipped = ratio * advantage
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage
    return np.minimum(unclipped, clipped)


# %% deletable=false editable=false name="test_clipped_surrogate" nbgrader={"cell_type": "code", "checksum": "aa9a980f86e94ca0d48ceca08e4399f2", "grade": true, "grade_id": "test_clipped_surrogate", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["test"]
import numpy as np

# The worked number: ratio 1.5, advantage 4, range [0.8, 1.2].
got = clipped_surrogate(1.5, 4.0, 0.2)
assert np.isclose(got, 4.8), f"min(1.5 * 4, 1.2 * 4) = 4.8; got {got}"

# The four quadrants. Two terms are clipped, two are not.
ratio = np.array([1.5, 0.5, 1.5, 0.5])
advantage = np.array([4.0, 4.0, -4.0, -4.0])
want = np.array([4.8, 2.0, -6.0, -3.2])
got = np.asarray(clipped_surrogate(ratio, advantage, 0.2))
assert np.shape(got) == (4,), f"one term per sample; got shape {np.shape(got)}"
for r, a, term, yours in zip(ratio, advantage, want, got):
    case = f"ratio {r}, advantage {a}"
    assert np.isclose(yours, term), f"{case}: expected {term}, got {yours}"

# Inside the range nothing is clipped, for either sign.
inside = np.array([0.85, 1.0, 1.15])
for a in (3, -3):
    got = clipped_surrogate(inside, a, 0.2)
    assert np.allclose(got, inside * a), f"expected {inside * a}, got {got}"

# Pessimistic: never above the unclipped product.
rng = np.random.default_rng(0)
ratio, advantage = np.exp(rng.normal(size=(50, 2))), rng.normal(size=(50, 2))
got = np.asarray(clipped_surrogate(ratio, advantage, 0.2))
assert np.all(got <= ratio * advantage + 1e-12), "the bound is pessimistic"

# A range of zero: a good action cannot gain, a bad one can still lose.
got = clipped_surrogate(np.array([2.0, 2.0]), np.array([1.0, -1.0]), 0.0)
assert np.allclose(got, [1, -2]), f"expected [1, -2], got {got}"

# %% name="worked_quadrants" tags=["demonstration"]
worked_ratio = probability_ratio(np.log(0.3), np.log(0.2))
ratio, sign = np.array([worked_ratio, 0.5, 1.5, 0.5]), np.array([4.0, 4.0, -4.0, -4.0])
worked_unclipped, worked_terms = ratio * sign, clipped_surrogate(ratio, sign, 0.2)
above, below = (clipped_surrogate(ratio + h, sign, 0.2) for h in (1e-5, -1e-5))
worked_slopes = np.round((above - below) / 2e-5, 6)
print("columns: advantage, ratio, unclipped, term, slope in r")
print(np.transpose([sign, ratio, worked_unclipped, worked_terms, worked_slopes]))

# %% mystnb={"figure": {"caption": "PPO's term for $\\hat A=\\pm4$ and $\\epsilon=0.2$: solid where the sample is alive, dotted where it is dead.\nDashed: unclipped. Circles: the start, $r=1$. Squares: $r=1.5$.\n", "name": "fig-clip-quadrants"}, "image": {"alt": "Two panels over the ratio, the range 0.8 to 1.2 shaded. Left, advantage plus four: a solid line rises to 4.8 at 1.2, then dotted and level. Right, minus four: dotted and level at minus 3.2 up to 0.8, then solid and falling."}} tags=["demonstration"]
figures.quadrants(clipped_surrogate)


# %% [markdown] deletable=false name="explain_clipping" nbgrader={"cell_type": "markdown", "checksum": "c89433af9e9acaee0abbd1a9ffc57c4c", "grade": true, "grade_id": "explain_clipping", "locked": false, "points": 4.0, "schema_version": 3, "solution": true, "task": false} tags=["written"]
# A sample that has gained all it may, $r_t(\theta)>1+\epsilon$ where $\hat A>0$, has *no*
# gradient. The minimum leaves those alone that have become worse. Two ways out:
#
# - a large step jumps over the edge,
# - living samples carry the dead ones along.

# %% deletable=false name="adam_step" nbgrader={"cell_type": "code", "checksum": "893b9d3ed51ba07203f28965078ec865", "grade": false, "grade_id": "adam_step", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["exercise"]
def adam_step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m_new = beta1 * m + (1 - beta1) * grad
    v_new = beta2 * v + (1 - beta2) * grad**2
    m_hat = m_new / (1 - beta1**t)
    v_hat = v_new / (1 - beta2**t)
    theta_new = theta - learning_rate * m_hat / (np.sqrt(v_hat) + eps)
    return theta_new, m_new, v_new


# %% deletable=false editable=false name="test_adam_step" nbgrader={"cell_type": "code", "checksum": "cde834c64addb2fb68208fd0e1dcf54e", "grade": true, "grade_id": "test_adam_step", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false} tags=["test"]
import numpy as np

# The first step by hand: gradient 4, learning rate 0.1, moments from zero.
one, zero = np.array([1.0]), np.zeros(1)
theta, m, v = adam_step(one, np.array([4.0]), zero, zero, 1, 0.1, eps=0.0)
assert np.isclose(m[0], 0.4), f"m = 0.1 * 4 = 0.4, not corrected; got {m[0]}"
assert np.isclose(v[0], 0.016), f"v = 0.001 * 16 = 0.016; got {v[0]}"
assert np.isclose(theta[0], 0.9), f"a first step is alpha long: 0.9; got {theta[0]}"

# The second step: the same gradient again, or the opposite one.
steady, _, _ = adam_step(theta, np.array([4.0]), m, v, 2, 0.1, eps=0.0)
assert np.isclose(steady[0], 0.8), f"steady: again 0.1 down, 0.8; got {steady[0]}"
flipped, _, _ = adam_step(theta, np.array([-4.0]), m, v, 2, 0.1, eps=0.0)
want = 0.9 + 0.1 / 19
assert np.isclose(flipped[0], want), f"flipped: {want:.5f}; got {flipped[0]}"

# The guard is added to the root: with gradient 1 and eps = 1 the step is halved.
got, _, _ = adam_step(zero, one, zero, zero, 1, 0.1, eps=1.0)
assert np.isclose(got[0], -0.05), f"-0.1 * 1 / (1 + 1) = -0.05; got {got[0]}"

# Each parameter for itself: all first steps are alpha long, against the sign.
theta, grad = np.array([[1, 2], [3, 4]]), np.array([[5, -1], [2, -700]])
got, _, _ = adam_step(theta, grad, np.zeros((2, 2)), np.zeros((2, 2)), 1, 0.5)
want = np.array([[0.5, 2.5], [2.5, 4.5]])
assert np.allclose(got, want), f"expected\n{want}\ngot\n{got}"
assert np.all(theta == [[1, 2], [3, 4]]), "theta itself must not be changed"

# Downhill: 2000 steps on the loss (theta - 3)^2 / 2, whose gradient is theta - 3.
theta, m, v = np.array([0.0]), np.zeros(1), np.zeros(1)
for t in range(1, 2001):
    theta, m, v = adam_step(theta, theta - 3, m, v, t, 0.01)
assert abs(theta[0] - 3) < 0.01, f"it should arrive at 3; got {theta[0]}"


# %% deletable=false name="clip_by_global_norm" nbgrader={"cell_type": "code", "checksum": "7e3906fd460f6ea832c83272d66c0d12", "grade": false, "grade_id": "clip_by_global_norm", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["exercise"]
def clip_by_global_norm(grads, max_norm):
    total = 0.0
    for g in grads:
        total += np.sum(g**2)
    norm = np.sqrt(total)
    if norm > max_norm:
        return [g * max_norm / norm for g in grads], norm
    return [g.copy() for g in grads], norm


# %% deletable=false editable=false name="test_clip_by_global_norm" nbgrader={"cell_type": "code", "checksum": "14a959d9b7c166568489dbeff9813dfb", "grade": true, "grade_id": "test_clip_by_global_norm", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["test"]
import numpy as np

# 3, 4, 5: two arrays of one entry each.
grads = [np.array([3.0]), np.array([4.0])]
clipped, norm = clip_by_global_norm(grads, 1.0)
assert np.ndim(norm) == 0, "two results in this order: the list of arrays, the norm"
assert np.isclose(norm, 5), f"the norm before clipping is 5; got {norm}"
assert np.allclose(clipped[0], 0.6), f"3 / 5 = 0.6; got {clipped[0]}"
assert np.allclose(clipped[1], 0.8), f"4 / 5 = 0.8; got {clipped[1]}"
assert grads[0][0] == 3 and grads[1][0] == 4, "the arguments must stay as they were"

# Short enough: the values come back unchanged, not stretched to the limit.
clipped, norm = clip_by_global_norm(grads, 10.0)
assert np.isclose(norm, 5), f"the norm is 5 all the same; got {norm}"
assert np.allclose(clipped[0], 3), f"5 is below 10: unchanged; got {clipped[0]}"

# Each array alone is within the limit of 4, all together (norm 5) are not.
clipped, _ = clip_by_global_norm(grads, 4.0)
got = [float(each[0]) for each in clipped]
assert np.allclose(got, [2.4, 3.2]), f"4/5 of each: [2.4, 3.2]; got {got}"

# Any shapes: the direction stays, the length becomes the limit.
rng = np.random.default_rng(0)
grads = [rng.normal(size=(3, 4)), rng.normal(size=4), 10 * rng.normal(size=(2, 2))]
clipped, norm = clip_by_global_norm(grads, 0.5)
assert [np.shape(each) for each in clipped] == [(3, 4), (4,), (2, 2)], "same shapes"
before = np.concatenate([each.ravel() for each in grads])
after = np.concatenate([np.ravel(each) for each in clipped])
assert np.isclose(np.linalg.norm(after), 0.5), "the new length is the limit"
cosine = before @ after / (np.linalg.norm(before) * np.linalg.norm(after))
assert np.isclose(cosine, 1), f"the direction must stay; cosine {cosine}"

# A gradient of zeros has no direction and needs no shortening.
with np.errstate(all="ignore"):
    clipped, norm = clip_by_global_norm([np.zeros(2), np.zeros((2, 2))], 1.0)
stays = all(np.allclose(each, 0) for each in clipped)
assert norm == 0 and stays, f"zeros stay zeros; got {clipped}"

# %% [markdown]
# My sketch:
#
# ![sketch](attachment:sketch.png)

# %%
# %precision 3
clip_by_global_norm([np.array([3.0]), np.array([4.0])], 1.0)
