"""The figures of E.3.5: policy gradient theorem, DQN, GAE, PPO and GRPO."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

OfLogits = Callable[[np.ndarray, np.ndarray], float | np.ndarray]
"""A function of the logits, (2, 2), and the distribution of the first state."""

OfSamples = Callable[[np.ndarray, np.ndarray, np.ndarray, float], float | np.ndarray]
"""A function of the new and the old log-probabilities, the advantages and the clip range."""

Estimates = Sequence[tuple[float, float]]
"""A mean and half the length of its error bar, for each number of actions."""


def pg_landscape(objective: OfLogits, gradient: OfLogits, start: np.ndarray) -> None:
    """Draw J as a map over the two logits of going, and its gradient as arrows on it."""
    grid, coarse = np.linspace(-4, 4, 61), np.linspace(-3.5, 3.5, 8)
    heights = [[objective(np.array([[0, x], [0, y]]), start) for x in grid] for y in grid]
    arrows = np.array([[gradient(np.array([[0, x], [0, y]]), start)[:, 1] for x in coarse] for y in coarse])
    fig, ax = plt.subplots(figsize=(6.2, 4.6))
    levels = np.linspace(0, 1.7, 18)
    filled = ax.contourf(grid, grid, heights, levels=levels)
    ax.contour(grid, grid, heights, levels=levels, colors="white", linewidths=0.4, alpha=0.6)
    outline = {"color": "white", "width": 0.006, "edgecolor": "black", "linewidth": 0.5}
    ax.quiver(coarse, coarse, *np.moveaxis(arrows, -1, 0), angles="xy", scale=5.5, **outline)
    ax.set(xlabel=r"$\theta(s_1,\mathrm{go})$", ylabel=r"$\theta(s_2,\mathrm{go})$", aspect="equal")
    ax.grid(False)
    fig.colorbar(filled, ax=ax, label=r"$J(\theta)$", ticks=[0, 0.5, 1, 1.5])
    plt.show()


def dropped_discount(
    with_factor: np.ndarray, without: np.ndarray, gradient: np.ndarray, usual: np.ndarray
) -> None:
    """Draw two clouds of estimates, and the two directions that they scatter around."""
    _, ax = plt.subplots(figsize=(6.8, 3.9))
    weighted, plain = r"100 rollouts, weights $(1-\gamma)\gamma^t$", "same rollouts, plain mean"
    ax.plot(*with_factor, "o", color="C0", alpha=0.45, mec="none", label=weighted)
    ax.plot(*without, "^", color="C1", alpha=0.45, mec="none", label=plain)
    for vector, colour in ((gradient, "C0"), (usual, "C1")):
        line = {"arrowstyle": "-|>", "lw": 2.5, "shrinkA": 0, "shrinkB": 0, "color": colour}
        ax.annotate("", vector, (0, 0), arrowprops=line)
    ax.text(0.17, 0.026, r"$\nabla J$, exact", color="C0", size=12)
    ax.text(0.185, 0.112, "usual estimator,\nlong-run mean", color="C1", va="center")
    ax.set(xlabel=r"component along $\theta(s_1,\mathrm{go})$", ylabel=r"along $\theta(s_2,\mathrm{go})$")
    ax.set(xlim=(0, 0.45), ylim=(0, 0.2), aspect="equal")
    ax.legend(loc="upper left", ncols=2)
    plt.show()


def overestimation(counts: np.ndarray, bias: Mapping[float, Estimates], exact: float) -> None:
    """Draw the mean double target against the number of actions, worth nothing, for each correlation."""
    _, ax = plt.subplots()
    for (rho, found), style in zip(bias.items(), ("o-", "s--", "^:"), strict=True):
        means, bars = np.transpose(found)
        label = "plain target" if rho == 1 else rf"double, $\rho={rho:g}$"
        ax.errorbar(counts, means, bars, fmt=style, label=label)
    ax.plot(2, exact, "*", color="black", ms=13, zorder=5, label=r"exact: $1/\sqrt{\pi}$")
    ax.set_xscale("log", base=2)
    ax.set_xticks(counts, counts)
    ax.set(xlabel="number of actions $A$", ylabel="mean target (truth: 0)")
    ax.legend()
    plt.show()


def residual_gradient(paths: Mapping[str, np.ndarray], truth: Sequence[float]) -> None:
    """Draw the values of A, B and C, a panel for each kind of gradient, and the true ones dotted."""
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(6.8, 3.2))
    for ax, (name, path) in zip(axes, paths.items(), strict=True):
        for k, (state, style) in enumerate(zip("ABC", ("-", "--", "-."), strict=True)):
            ax.axhline(truth[k], color=f"C{k}", ls=":", lw=1.2)
            ax.plot(path[:81, k], color=f"C{k}", ls=style, label=f"$V({state})$")
        ax.set(title=name, xlabel="descent step")
    axes[0].set_ylabel("value")
    axes[0].legend(loc="center", bbox_to_anchor=(0.75, 0.72))
    plt.show()


def truncation(limit: int, as_end: np.ndarray, after_reset: np.ndarray, right: np.ndarray) -> None:
    """Draw three estimates of the advantages of a strip that a time limit cuts every `limit` steps."""
    _, ax = plt.subplots()
    strips = np.arange(len(right)).reshape(-1, limit)
    for strip in strips:
        ax.axvline(strip[-1] + 0.5, color="0.55", ls=":", lw=1.2)
    for estimate, style, colour, name in (
        (as_end, "s--", "C1", "cut taken for a termination"),
        (after_reset, "^-.", "C2", "bootstrap from values[t + 1]"),
        (right, "o-", "C0", "right: truncation"),
    ):
        for k, strip in enumerate(strips):
            label = None if k else name
            ax.plot(strip, estimate[strip], style, lw=1, color=colour, label=label)
    ax.set(xlabel="step $t$ (dotted: the time limit cuts)", ylabel=r"$\hat A_t$", ylim=(-1.5, 0.75))
    ax.legend(loc="upper center", ncols=3, fontsize=8.5)
    plt.show()


def time_limit(limits: np.ndarray, learned: np.ndarray, exact: np.ndarray) -> None:
    """Draw what a critic learns that takes a time limit for an end, against the limit."""
    _, ax = plt.subplots()
    for s, (style, colour) in enumerate((("o-", "C0"), ("s-", "C1"))):
        label = f"$V(s_{s + 1})$, cut taken for an end"
        ax.axhline(exact[s], color=colour, ls="--", lw=1.2, label=f"$v(s_{s + 1})$, exact")
        ax.plot(limits, learned[:, s], style, color=colour, ms=3, lw=1, label=label)
    ax.set(xlabel="time limit $L$, in steps", ylabel="value", ylim=(0, 16.5))
    ax.legend(loc="lower right")
    plt.show()


def scan(lengths: np.ndarray, loop_ms: Sequence[float], scan_ms: Sequence[float]) -> None:
    """Draw the time of two ways to compute GAE against the length of the rollout."""
    _, ax = plt.subplots(figsize=(6.2, 3.4))
    ax.loglog(lengths, loop_ms, "o-", color="C0", label="loop over the steps")
    ax.loglog(lengths, scan_ms, "s--", color="C1", label="scan by doubling")
    ax.set(xlabel="number of steps $T$ (8 environments)", ylabel="milliseconds")
    ax.legend()
    plt.show()


def bias_and_variance(
    lambdas: np.ndarray,
    gaps: np.ndarray,
    gap_errors: np.ndarray,
    exact_gaps: np.ndarray,
    true_gap: float,
    spreads: np.ndarray,
    pairs: int = 10,
) -> None:
    """Draw the estimated gap over λ, and the error that `pairs` rollouts of each action leave."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.5))
    left.axhline(true_gap, color="black", ls="--", lw=1.2, label="truth")
    left.plot(lambdas, exact_gaps, color="C0", label="exact mean")
    left.errorbar(lambdas, gaps, 2 * gap_errors, fmt="o", color="C1", label="measured")
    left.set(xlabel=r"$\lambda$", ylabel=r"$\hat A(s_1,\mathrm{go})-\hat A(s_1,\mathrm{stay})$")
    left.legend(loc="lower right")
    bias, noise = np.abs(exact_gaps - true_gap), spreads / np.sqrt(pairs)
    label = f"standard error, {pairs} rollouts an action"
    right.plot(lambdas, bias, "-.", color="C0", label="|bias|")
    right.plot(lambdas, noise, "--", color="C1", label=label)
    right.plot(lambdas, np.sqrt(bias**2 + noise**2), color="C2", label="root mean square error")
    right.set(xlabel=r"$\lambda$", ylabel="error of the gap", ylim=(0, 4))
    right.legend(loc="upper right", fontsize=8.5)
    plt.show()


def ppo_gradient(gradient: OfSamples) -> None:
    """Draw the gradient of PPO's term against the ratio, where it lives and where not."""
    ratios, zero = np.linspace(0.4, 1.6, 241), np.zeros(1)
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.0))
    for ax, a, dead in zip(axes, (1.0, -1.0), ((1.2, 1.6), (0.4, 0.8)), strict=True):
        slopes = np.array([gradient(np.log([r]), zero, np.array([a]), 0.2)[0] for r in ratios])
        alive = slopes != 0
        ax.axvspan(*dead, color="0.9")
        ax.plot(ratios, np.where(alive, slopes, np.nan), color="C0", label="alive")
        ax.plot(ratios, np.where(alive, np.nan, slopes), color="C1", lw=3, label="zero")
        ax.set(xlabel=r"$r_t(\theta)$", title=rf"$\hat A={a:+.0f}$", xlim=(0.4, 1.6))
    axes[0].set_ylabel(r"$\partial L^{CLIP}/\partial\log\pi_\theta(a_t\mid s_t)$")
    axes[0].legend(loc="upper left")
    plt.show()


def grpo_difficulty(ways: Mapping[str, Callable[[np.ndarray], np.ndarray]]) -> None:
    """Draw the advantage of a right answer against the share of right ones, for each way to normalise."""
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.5), sharey=True)
    labels = r"$(r-\mu)/\sigma$, population", r"$(r-\mu)/\sigma$, sample", r"$r-\mu$"
    for ax, n in zip(axes, (4, 16), strict=True):
        right = np.arange(1, n)
        groups = (np.arange(n) < right[:, None]).astype(float)
        for way, label, style in zip(ways.values(), labels, ("o-", "^:", "s--"), strict=True):
            ax.plot(right / n, way(groups)[:, 0], style, label=label)
        ax.set(xlabel="share $p$ of right answers", title=f"$n={n}$", xlim=(0, 1))
    axes[0].set(ylabel=r"$\hat A_i$ of a right answer", ylim=(0, 4.2))
    axes[1].legend(loc="upper right")
    plt.show()
