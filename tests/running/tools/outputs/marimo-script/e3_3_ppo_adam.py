import marimo

__generated_with = "0.25.2"
app = marimo.App()


@app.cell
def _():
    import marimo as mo

    return (mo,)


@app.cell
def _():
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
    return figures, np


@app.cell
def _(np):
    # '%matplotlib inline' command supported automatically in marimo
    import math


    def quotient(difference):
        return np.exp(difference)

    return (quotient,)


@app.cell
def _(quotient):
    # Cell tags: exercise
    def probability_ratio(logp_new, logp_old):
        return quotient(logp_new - logp_old)

    return (probability_ratio,)


@app.cell
def _(np, probability_ratio):
    # Cell tags: test
    _got = probability_ratio(np.log(0.3), np.log(0.2))
    assert np.isclose(_got, 1.5), f'0.3 / 0.2 = 1.5; got {_got}'
    same = np.log([0.5, 0.3, 0.2])
    _got = probability_ratio(same, same)
    assert np.shape(_got) == (3,), f'one ratio per sample; got shape {np.shape(_got)}'
    assert np.allclose(_got, 1), f'equal policies have ratio 1; got {_got}'
    old, new = (np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6]))
    _got = np.asarray(probability_ratio(np.log(new), np.log(old)))
    assert np.allclose(_got, [0.2, 1, 3]), f'expected [0.2, 1, 3], got {_got}'
    assert np.isclose(np.sum(old * _got), 1), 'the mean of the ratio is 1'
    with np.errstate(all='ignore'):
        _got = probability_ratio(np.array([-1000 + np.log(3)]), np.array([-1000.0]))
    assert np.isclose(_got[0], 3), f'exp(log 3) = 3; got {_got[0]}'
    _got = probability_ratio(np.log([0.2, 0.8]), np.log(0.4))
    assert np.allclose(_got, [0.5, 2]), f'expected [0.5, 2], got {_got}'
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    If you do not subtract first:
    """)
    return


@app.cell
def _(np):
    # Cell tags: exercise
    def clipped_surrogate(ratio, advantage, epsilon):
        unclipped = ratio * advantage
        clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage
        return np.minimum(unclipped, clipped)

    return (clipped_surrogate,)


@app.cell
def _(clipped_surrogate, np):
    # Cell tags: test
    _got = clipped_surrogate(1.5, 4.0, 0.2)
    assert np.isclose(_got, 4.8), f'min(1.5 * 4, 1.2 * 4) = 4.8; got {_got}'
    _ratio = np.array([1.5, 0.5, 1.5, 0.5])
    advantage = np.array([4.0, 4.0, -4.0, -4.0])
    _want = np.array([4.8, 2.0, -6.0, -3.2])
    _got = np.asarray(clipped_surrogate(_ratio, advantage, 0.2))
    assert np.shape(_got) == (4,), f'one term per sample; got shape {np.shape(_got)}'
    for r, a, term, yours in zip(_ratio, advantage, _want, _got):
        case = f'ratio {r}, advantage {a}'
        assert np.isclose(yours, term), f'{case}: expected {term}, got {yours}'
    inside = np.array([0.85, 1.0, 1.15])
    for a in (3, -3):
        _got = clipped_surrogate(inside, a, 0.2)
        assert np.allclose(_got, inside * a), f'expected {inside * a}, got {_got}'
    _rng = np.random.default_rng(0)
    _ratio, advantage = (np.exp(_rng.normal(size=(50, 2))), _rng.normal(size=(50, 2)))
    _got = np.asarray(clipped_surrogate(_ratio, advantage, 0.2))
    assert np.all(_got <= _ratio * advantage + 1e-12), 'the bound is pessimistic'
    _got = clipped_surrogate(np.array([2.0, 2.0]), np.array([1.0, -1.0]), 0.0)
    assert np.allclose(_got, [1, -2]), f'expected [1, -2], got {_got}'
    return


@app.cell
def _(clipped_surrogate, np, probability_ratio):
    # Cell tags: demonstration
    worked_ratio = probability_ratio(np.log(0.3), np.log(0.2))
    _ratio, sign = (np.array([worked_ratio, 0.5, 1.5, 0.5]), np.array([4.0, 4.0, -4.0, -4.0]))
    worked_unclipped, worked_terms = (_ratio * sign, clipped_surrogate(_ratio, sign, 0.2))
    above, below = (clipped_surrogate(_ratio + h, sign, 0.2) for h in (1e-05, -1e-05))
    worked_slopes = np.round((above - below) / 2e-05, 6)
    print('columns: advantage, ratio, unclipped, term, slope in r')
    print(np.transpose([sign, _ratio, worked_unclipped, worked_terms, worked_slopes]))
    return


@app.cell
def _(clipped_surrogate, figures):
    # Cell tags: demonstration
    figures.quadrants(clipped_surrogate)
    return


@app.cell(hide_code=True)
def _(mo):
    # Cell tags: written
    mo.md(r"""
    A sample that has gained all it may, $r_t(\theta)>1+\epsilon$ where $\hat A>0$, has *no*
    gradient. The minimum leaves those alone that have become worse. Two ways out:

    - a large step jumps over the edge,
    - living samples carry the dead ones along.
    """)
    return


@app.cell
def _(np):
    # Cell tags: exercise
    def adam_step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        m_new = beta1 * m + (1 - beta1) * grad
        v_new = beta2 * v + (1 - beta2) * grad**2
        m_hat = m_new / (1 - beta1**t)
        v_hat = v_new / (1 - beta2**t)
        theta_new = theta - learning_rate * m_hat / (np.sqrt(v_hat) + eps)
        return theta_new, m_new, v_new

    return (adam_step,)


@app.cell
def _(adam_step, np):
    # Cell tags: test
    one, zero = (np.array([1.0]), np.zeros(1))
    theta, m, v = adam_step(one, np.array([4.0]), zero, zero, 1, 0.1, eps=0.0)
    assert np.isclose(m[0], 0.4), f'm = 0.1 * 4 = 0.4, not corrected; got {m[0]}'
    assert np.isclose(v[0], 0.016), f'v = 0.001 * 16 = 0.016; got {v[0]}'
    assert np.isclose(theta[0], 0.9), f'a first step is alpha long: 0.9; got {theta[0]}'
    steady, _, _ = adam_step(theta, np.array([4.0]), m, v, 2, 0.1, eps=0.0)
    assert np.isclose(steady[0], 0.8), f'steady: again 0.1 down, 0.8; got {steady[0]}'
    flipped, _, _ = adam_step(theta, np.array([-4.0]), m, v, 2, 0.1, eps=0.0)
    _want = 0.9 + 0.1 / 19
    assert np.isclose(flipped[0], _want), f'flipped: {_want:.5f}; got {flipped[0]}'
    _got, _, _ = adam_step(zero, one, zero, zero, 1, 0.1, eps=1.0)
    assert np.isclose(_got[0], -0.05), f'-0.1 * 1 / (1 + 1) = -0.05; got {_got[0]}'
    theta, grad = (np.array([[1, 2], [3, 4]]), np.array([[5, -1], [2, -700]]))
    _got, _, _ = adam_step(theta, grad, np.zeros((2, 2)), np.zeros((2, 2)), 1, 0.5)
    _want = np.array([[0.5, 2.5], [2.5, 4.5]])
    assert np.allclose(_got, _want), f'expected\n{_want}\ngot\n{_got}'
    assert np.all(theta == [[1, 2], [3, 4]]), 'theta itself must not be changed'
    theta, m, v = (np.array([0.0]), np.zeros(1), np.zeros(1))
    for t in range(1, 2001):
        theta, m, v = adam_step(theta, theta - 3, m, v, t, 0.01)
    assert abs(theta[0] - 3) < 0.01, f'it should arrive at 3; got {theta[0]}'
    return


@app.cell
def _(np):
    # Cell tags: exercise
    def clip_by_global_norm(grads, max_norm):
        total = 0.0
        for g in grads:
            total += np.sum(g**2)
        norm = np.sqrt(total)
        if norm > max_norm:
            return [g * max_norm / norm for g in grads], norm
        return [g.copy() for g in grads], norm

    return (clip_by_global_norm,)


@app.cell
def _(clip_by_global_norm, np):
    # Cell tags: test
    grads = [np.array([3.0]), np.array([4.0])]
    clipped, norm = clip_by_global_norm(grads, 1.0)
    assert np.ndim(norm) == 0, 'two results in this order: the list of arrays, the norm'
    assert np.isclose(norm, 5), f'the norm before clipping is 5; got {norm}'
    assert np.allclose(clipped[0], 0.6), f'3 / 5 = 0.6; got {clipped[0]}'
    assert np.allclose(clipped[1], 0.8), f'4 / 5 = 0.8; got {clipped[1]}'
    assert grads[0][0] == 3 and grads[1][0] == 4, 'the arguments must stay as they were'
    clipped, norm = clip_by_global_norm(grads, 10.0)
    assert np.isclose(norm, 5), f'the norm is 5 all the same; got {norm}'
    assert np.allclose(clipped[0], 3), f'5 is below 10: unchanged; got {clipped[0]}'
    clipped, _ = clip_by_global_norm(grads, 4.0)
    _got = [float(each[0]) for each in clipped]
    assert np.allclose(_got, [2.4, 3.2]), f'4/5 of each: [2.4, 3.2]; got {_got}'
    _rng = np.random.default_rng(0)
    grads = [_rng.normal(size=(3, 4)), _rng.normal(size=4), 10 * _rng.normal(size=(2, 2))]
    clipped, norm = clip_by_global_norm(grads, 0.5)
    assert [np.shape(each) for each in clipped] == [(3, 4), (4,), (2, 2)], 'same shapes'
    before = np.concatenate([each.ravel() for each in grads])
    after = np.concatenate([np.ravel(each) for each in clipped])
    assert np.isclose(np.linalg.norm(after), 0.5), 'the new length is the limit'
    cosine = before @ after / (np.linalg.norm(before) * np.linalg.norm(after))
    assert np.isclose(cosine, 1), f'the direction must stay; cosine {cosine}'
    with np.errstate(all='ignore'):
        clipped, norm = clip_by_global_norm([np.zeros(2), np.zeros((2, 2))], 1.0)
    stays = all((np.allclose(each, 0) for each in clipped))
    assert norm == 0 and stays, f'zeros stay zeros; got {clipped}'
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    My sketch:

    ![sketch](attachment:sketch.png)
    """)
    return


@app.cell
def _(clip_by_global_norm, np):
    # magic command not supported in marimo; please file an issue to add support
    # %precision 3
    clip_by_global_norm([np.array([3.0]), np.array([4.0])], 1.0)
    return


if __name__ == "__main__":
    app.run()
