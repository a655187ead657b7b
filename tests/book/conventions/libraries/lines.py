"""One line of PyTorch and one of JAX for each formula, with what they are given and where their result lies.

The lines stand on the page exactly as they are here. `on_lines_torch.py` and `on_lines_jax.py` run them, and
`solutions.py` beside the rows computes the same with the functions of the course.
"""

from dataclasses import dataclass

GIVEN = {
    "theta": [0.5, -1.0],
    "c": [1.0, 2.0],
    "x": [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [-1.0, 0.75, 0.0]],
    "target": [[1.0, 0.0], [0.5, -0.5], [0.0, 2.0]],
    "w1": [[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8], [-0.9, 1.0, 0.2, -0.4]],
    "w2": [[0.3, -0.6], [0.2, 0.5], [-0.8, 0.1], [0.7, 0.9]],
    "z": [0.2, -1.0, 0.7],
    "q": [1.0, -2.0, 0.5],
    "logits": [[0.3, -0.4, 1.1], [0.0, 2.0, -1.0]],
    "visits": [0.6, 0.4],
    "q_sa": [[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]],
    "w": [2.0, -1.0, 0.5, 1.5],
    "logp_new": [-1.0, -0.7, -2.0, -1.2, -0.3],
    "logp_old": [-1.0, -1.0, -1.5, -1.25, -0.9],
    "adv": [1.0, -2.0, 0.5, 3.0, 1.5],
    "grads": [[1.0, -2.0], [0.5, 1.0], [-3.0, 0.25]],
    "r": [[2.0, 4.0, 10.0, 4.0], [0.0, 0.0, 1.0, 0.0]],
    "d": [0.1, -0.2],
    "R": [1.0, 0.0, 2.0, -1.0],
    "V": [0.5, 1.0, -0.5, 1.0],
    "returns": [2.0, 0.5, -1.0, 3.0],
    "V_next": [1.0, -0.5, 2.0, 9.0],
    "Q": [[0.0, 1.0, 0.5], [2.0, -1.0, 0.0], [0.5, 0.25, -2.0], [1.0, 3.0, 4.0]],
    "Q_next": [[1.0, 2.0], [0.0, 3.0], [-1.0, -2.0], [5.0, 4.0]],
    "Q_target": [[2.0, 1.0], [0.5, 2.5], [-1.5, 0.0], [6.0, 7.0]],
    "y": [1.0, 2.0, -1.0, 0.5],
    "delta": [1.4, -1.45, 4.3, -2.0],
}
INTEGERS = {"a": 2, "s": [0, 1, 1, 0], "acts": [2, 0, 1, 1], "i": [0, 1, 2, 3]}
FLAGS = {"done": [False, False, False, True], "ends": [False, True, False, True]}
NUMBERS = {"gamma": 0.9, "lam": 0.8, "eps": 0.2, "T": 4}


@dataclass(frozen=True)
class Line:
    """A formula, the function of the course, and its line in each framework.

    What stands under `read` is run after the line and binds `result`: a list of arrays.
    """

    formula: str
    function: str
    torch: str
    jax: str
    read_torch: str = "result = [g]"
    read_jax: str = ""


def _same(formula: str, function: str, torch: str, jax: str, read: str) -> Line:
    return Line(formula, function, torch, jax, read, read)


VALUE_AND_SLOPE = "result = [L.detach(), torch.autograd.grad(L, {})[0]]"
LINES = {
    "gradient": _same(
        r"$\nabla J(\theta)$",
        "numerical_gradient",
        "g = torch.func.grad(J)(theta)",
        "g = jax.grad(J)(theta)",
        "result = [g]",
    ),
    "chain_rule": _same(
        r"$\dfrac{dL}{d\theta}=\dfrac{dL}{dy}\dfrac{dy}{d\theta}$",
        "chain_rule_gradient",
        "g = torch.func.grad(lambda t: (3 * t - 6) ** 2)(theta[0])",
        "g = jax.grad(lambda t: (3 * t - 6) ** 2)(theta[0])",
        "result = [g]",
    ),
    "backpropagation": _same(
        r"$\partial L/\partial W_1,\ \partial L/\partial W_2$",
        "mlp_gradients",
        "g1, g2 = torch.autograd.grad(L(w1, w2), (w1, w2))",
        "g1, g2 = jax.grad(L, (0, 1))(w1, w2)",
        "result = [g1, g2]",
    ),
    "ascent": Line(
        r"$\theta\leftarrow\theta+\alpha\nabla J$",
        "gradient_ascent",
        "torch.optim.SGD([theta], lr=0.1, maximize=True).step()",
        "theta = theta + 0.1 * jax.grad(J)(theta)",
        "result = [theta]",
        "result = [theta]",
    ),
    "taylor": _same(
        r"$J+\nabla J^\top\Delta+\tfrac12\Delta^\top H\Delta$",
        "taylor",
        "f = J(theta) + g @ d + d @ torch.func.hessian(J)(theta) @ d / 2",
        "f = J(theta) + g @ d + d @ jax.hessian(J)(theta) @ d / 2",
        "result = [f]",
    ),
    "softmax": _same(
        r"$\pi_\theta(\cdot\mid s)$",
        "softmax",
        "pi = torch.softmax(logits, -1)",
        "pi = jax.nn.softmax(logits)",
        "result = [pi]",
    ),
    "log_probability": _same(
        r"$\log\pi_\theta(a\mid s)$",
        "softmax",
        "logp = torch.log_softmax(z, -1)[a]",
        "logp = jax.nn.log_softmax(z)[a]",
        "result = [logp]",
    ),
    "score": _same(
        r"$\nabla\log\pi_\theta(a\mid s)$",
        "grad_log_softmax",
        "g = torch.func.grad(lambda z: torch.log_softmax(z, -1)[a])(z)",
        "g = jax.grad(lambda z: jax.nn.log_softmax(z)[a])(z)",
        "result = [g]",
    ),
    "score_function": _same(
        r"$\nabla\sum_a\pi_\theta(a)\,q(a)$",
        "score_function_gradient",
        "g = torch.func.grad(lambda z: torch.softmax(z, -1) @ q)(z)",
        "g = jax.grad(lambda z: jax.nn.softmax(z) @ q)(z)",
        "result = [g]",
    ),
    "policy_gradient": Line(
        r"$\tfrac1T\sum_tw_t\nabla\log\pi_\theta(a_t\mid s_t)$",
        "policy_gradient_estimate",
        "loss = -(w.detach() * torch.log_softmax(logits, -1)[s, acts]).mean()",
        "loss = lambda z: -(jax.lax.stop_gradient(w) * jax.nn.log_softmax(z)[s, acts]).mean()",
        "result = [-torch.autograd.grad(loss, logits)[0]]",
        "result = [-jax.grad(loss)(logits)]",
    ),
    "theorem": _same(
        r"$\sum_sd^\pi(s)\sum_aq_\pi(s,a)\nabla\pi_\theta(a\mid s)$",
        "policy_gradient_theorem",
        "g = torch.func.grad(lambda z: visits @ (torch.softmax(z, -1) * q_sa).sum(-1))(logits)",
        "g = jax.grad(lambda z: visits @ (jax.nn.softmax(z) * q_sa).sum(-1))(logits)",
        "result = [g]",
    ),
    "advantage": _same(
        r"$\hat A_t=G_t-V(s_t)$, constant",
        "advantage",
        "adv = (returns - V).detach()",
        "adv = jax.lax.stop_gradient(returns - V)",
        "result = [adv]",
    ),
    "returns": Line(
        r"$G_t=R_{t+1}+\gamma G_{t+1}$",
        "discounted_returns",
        "for t in reversed(range(T)): G[t] = R[t] + gamma * G[t + 1]",
        "_, G = jax.lax.scan(lambda G, R: (R + gamma * G,) * 2, 0.0, R, reverse=True)",
        "result = [G[:T]]",
        "result = [G]",
    ),
    "td_error": _same(
        r"$\delta_t=R_{t+1}+\gamma V(s_{t+1})-V(s_t)$",
        "td_errors",
        "delta = R + gamma * V_next.masked_fill(done, 0) - V",
        "delta = R + gamma * jnp.where(done, 0, V_next) - V",
        "result = [delta]",
    ),
    "gae": Line(
        r"$\hat A_t=\delta_t+\gamma\lambda\hat A_{t+1}$",
        "gae",
        "for t in reversed(range(T)): A[t] = delta[t] + (0 if ends[t] else gamma * lam * A[t + 1])",
        "_, A = jax.lax.scan("
        "lambda A, x: (x[0] + x[1] * A,) * 2, 0.0, (delta, gamma * lam * ~ends), reverse=True)",
        "result = [A[:T]]",
        "result = [A]",
    ),
    "dqn_target": _same(
        r"$y_t=R_{t+1}+\gamma\max_{a'}Q_{\theta^-}$, constant",
        "td_target",
        "y = (R + gamma * Q_target.max(-1).values.masked_fill(done, 0)).detach()",
        "y = jax.lax.stop_gradient(R + gamma * jnp.where(done, 0, Q_target.max(-1)))",
        "result = [y]",
    ),
    "double_dqn_target": _same(
        r"the same, action chosen by $Q_\theta$",
        "double_dqn_target",
        "y = (R + gamma * Q_target[i, Q_next.argmax(-1)].masked_fill(done, 0)).detach()",
        "y = jax.lax.stop_gradient(R + gamma * jnp.where(done, 0, Q_target[i, Q_next.argmax(-1)]))",
        "result = [y]",
    ),
    "dqn_loss": Line(
        r"$\tfrac12(Q_\theta(s_t,a_t)-y_t)^2$",
        "dqn_loss, dqn_gradient",
        "L = 0.5 * torch.nn.functional.mse_loss(Q[i, acts], y.detach())",
        "L = lambda Q: optax.l2_loss(Q[i, acts], jax.lax.stop_gradient(y)).mean()",
        VALUE_AND_SLOPE.format("Q"),
        "result = jax.value_and_grad(L)(Q)",
    ),
    "ratio": _same(
        r"$r_t(\theta)$",
        "probability_ratio",
        "ratio = torch.exp(logp_new - logp_old.detach())",
        "ratio = jnp.exp(logp_new - jax.lax.stop_gradient(logp_old))",
        "result = [ratio]",
    ),
    "ppo": Line(
        r"$\min(r\hat A,\ \mathrm{clip}(r,1-\epsilon,1+\epsilon)\hat A)$",
        "ppo_clip_objective, ppo_clip_gradient",
        "L = torch.min(ratio * adv, ratio.clamp(1 - eps, 1 + eps) * adv).mean()",
        "L = jnp.minimum(ratio * adv, ratio.clip(1 - eps, 1 + eps) * adv).mean()",
        VALUE_AND_SLOPE.format("logp_new"),
        "result = [L, jax.grad(objective)(logp_new)]",
    ),
    "group_advantages": _same(
        r"$(r_i-\mu)/(\sigma+\varepsilon)$",
        "group_advantages",
        "adv = (r - r.mean(-1, keepdim=True)) / (r.std(-1, correction=0, keepdim=True) + 1e-8)",
        "adv = (r - r.mean(-1, keepdims=True)) / (r.std(-1, keepdims=True) + 1e-8)",
        "result = [adv]",
    ),
    "clipped_norm": Line(
        r"$g\cdot\min(1,\ c/\lVert g\rVert)$",
        "clip_by_global_norm",
        "norm = torch.nn.utils.clip_grad_norm_([w1, w2], 0.5)",
        "g, _ = optax.clip_by_global_norm(0.5).update(g, None)",
        "result = [w1.grad, w2.grad]",
        "result = g",
    ),
    "adam": Line(
        r"Adam, uphill, $\varepsilon=10^{-5}$",
        "adam_step",
        "adam = torch.optim.Adam([theta], lr=0.01, eps=1e-5, maximize=True)",
        "adam = optax.chain(optax.scale(-1.0), optax.adam(0.01, eps=1e-5))",
        "for g in grads: theta.grad = g.clone(); adam.step()\nresult = [theta]",
        "state = adam.init(theta)\n"
        "for g in grads: step, state = adam.update(g, state); theta = theta + step\n"
        "result = [theta]",
    ),
}
