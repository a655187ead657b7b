"""The figures of E.3.2: policy gradient and advantage."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np


def softmax_curves(softmax: Callable[[np.ndarray], np.ndarray], worked: np.ndarray) -> None:
    """Draw a softmax of two logits over their difference, and that of three rows of logits."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.2))
    difference = np.linspace(-6, 6, 121)
    left.plot(difference, softmax(np.stack([np.zeros(121), difference], axis=1))[:, 1])
    left.plot(-np.log(4), worked[1], "o", color="C1", ms=8)
    left.annotate(
        "lead of left: $\\log4$\n$π(\\mathrm{right})=0.2$",
        (-np.log(4), 0.2),
        (-5.9, 0.5),
        arrowprops={"arrowstyle": "-", "color": "0.5"},
    )
    left.set(xlabel=r"$\theta(\mathrm{right})-\theta(\mathrm{left})$", ylabel=r"$\pi_\theta(\mathrm{right})$")
    probabilities = softmax(np.array([[1.0, 0.0, -1.0], [6.0, 5.0, 4.0], [3.0, 0.0, -3.0]]))
    for a, hatch in enumerate(("", "//", "..")):
        look = {"color": f"C{a}", "hatch": hatch, "edgecolor": "white", "label": f"action {a}"}
        right.bar(np.arange(3) + 0.27 * (a - 1), probabilities[:, a], 0.25, **look)
    right.set_xticks(range(3), ["1, 0, −1", "6, 5, 4\n(shifted)", "3, 0, −3\n(stretched)"])
    right.set(xlabel="logits", ylabel=r"$\pi_\theta(a)$", ylim=(0, 1.3))
    right.grid(axis="x", visible=False)
    right.legend(ncols=3, loc="upper center", fontsize=8, columnspacing=0.8)
    plt.show()


def scores(table: np.ndarray) -> None:
    """Draw the scores of three actions, a row of the table for each that was taken."""
    _, axes = plt.subplots(1, 3, sharey=True, figsize=(6.8, 3.0))
    for taken, (ax, row) in enumerate(zip(axes, table, strict=True)):
        colours = ["C1" if c == taken else "C0" for c in range(3)]
        hatches = ["//" if c == taken else "" for c in range(3)]
        bars = ax.bar(range(3), row, 0.6, color=colours, hatch=hatches, edgecolor="white")
        ax.bar_label(bars, fmt="%+.1f", padding=2)
        ax.axhline(0, color="0.4", lw=0.8)
        ax.set_xticks(range(3), [f"$θ({c})$" for c in range(3)])
        ax.set(title=f"action {taken} taken, $π={1 - row[taken]:.1f}$", ylim=(-0.85, 1.1))
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel(r"$\partial\log\pi_\theta(a)\,/\,\partial\theta(c)$")
    plt.show()


def returns(states: np.ndarray, rewards: np.ndarray, later: np.ndarray) -> None:
    """Draw the rewards of a rollout and its returns, the last five of them as cut short."""
    _, ax = plt.subplots(figsize=(6.8, 3.2))
    times = np.arange(len(rewards))
    ax.bar(times, rewards, 0.5, color="C5", hatch="//", edgecolor="white", label="$R_{t+1}$")
    ax.plot(times, later, "o-", color="C0", label="$G_t$")
    ax.plot(times[-5:], later[-5:], "o", color="C0", mfc="white")
    for t, state in zip(times, states, strict=True):
        ax.text(t, -0.32, f"$s_{state + 1}$", ha="center", size=8.5)
    ax.set(xlabel="step $t$", ylabel="reward and return", ylim=(-0.5, 3.6))
    ax.legend(ncols=2, loc="upper right")
    plt.show()


def step(grid: np.ndarray, after: Sequence[np.ndarray], worked: tuple[float, float, float]) -> None:
    """Draw the probability of right after one step over its return, for two learning rates."""
    down, up, bold = worked
    _, ax = plt.subplots(figsize=(6.4, 3.2))
    for curve, rate, style in zip(after, (0.01, 0.1), ("-", "--"), strict=True):
        ax.plot(grid, curve, style, label=rf"$\alpha={rate}$")
    ax.plot([-10, 10], [down, up], "o", color="C0")
    ax.plot(10, bold, "s", color="C1")
    ax.axhline(0.2, color="0.4", ls=":", lw=1.2, label="before the step")
    ax.set(xlabel="return $G$", ylabel=r"$\pi_\theta(\mathrm{right})$ after the step")
    ax.legend()
    plt.show()


def lock_in(paths: dict[str, np.ndarray]) -> None:
    """Draw the probability of right of many agents over their steps, a panel for each kind of weight."""
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(6.8, 3.3))
    for ax, (name, runs), colour in zip(axes, paths.items(), ("C1", "C0"), strict=True):
        ax.plot(runs[:40].T, color=colour, lw=0.7, alpha=0.55)
        ax.plot(runs.mean(axis=0), "k--", lw=2.2, label=f"mean of {len(runs)} agents")
        ax.axhline(0.5, color="0.4", ls=":", lw=1)
        ax.set(title=name, xlabel="step", ylim=(-0.02, 1.02))
    axes[0].set_ylabel(r"$\pi_\theta(\mathrm{right})$")
    axes[1].legend(loc="lower right")
    plt.show()


def estimates(cloud: np.ndarray, exact: np.ndarray) -> None:
    """Draw the estimates of single rollouts around their exact mean, and their running average."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.3))
    left.plot(*cloud[:500].T, "o", ms=3, alpha=0.3, mec="none")
    left.plot(*exact, "X", color="black", ms=10, label="exact mean")
    left.set(xlabel=r"$\hat g(s_1,\mathrm{go})$, one rollout", ylabel=r"$\hat g(s_2,\mathrm{go})$")
    left.legend(loc="upper left")
    numbers = np.arange(1, len(cloud) + 1)
    band = 2 * cloud[:, 0].std() / np.sqrt(numbers)
    shade = {"color": "C4", "alpha": 0.35, "lw": 0, "label": "±2 s.e."}
    right.fill_between(numbers, exact[0] - band, exact[0] + band, **shade)
    right.plot(numbers, np.cumsum(cloud[:, 0]) / numbers, label="running average")
    right.axhline(exact[0], color="black", ls="--", lw=1.3, label="exact mean")
    right.set(xscale="log", xlabel="rollouts", ylabel=r"$\hat g(s_1,\mathrm{go})$", ylim=(-0.15, 0.3))
    right.legend(fontsize=8.5)
    plt.show()


def baselines(
    tried: np.ndarray,
    samples: np.ndarray,
    exact_mean: float,
    exact_variance: Callable[[np.ndarray], float],
    marked: dict[str, float],
) -> None:
    """Draw mean and variance of the gradient over the baseline, measured and exact, and some baselines.

    `samples` has an axis for the rollouts, one for the baselines tried, and one for the two entries.
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.5))
    errors = 2 / np.sqrt(len(samples))
    measured = {"fmt": "o", "color": "C1", "label": "measured"}
    left.axhline(exact_mean, color="C0", label="exact mean")
    entry = samples[:, :, 1]
    left.errorbar(tried, entry.mean(axis=0), errors * entry.std(axis=0), **measured)
    left.set(
        xlabel="baseline $b$", ylabel=r"mean gradient, entry $\theta(s_1,\mathrm{go})$", ylim=(0.1, 0.32)
    )
    left.legend(loc="upper center", ncols=2, fontsize=8.5)
    fine = np.linspace(-0.6, 3.2, 100)
    right.plot(fine, [exact_variance(b) for b in fine], color="C0", label="exact")
    squares = np.sum((samples - samples.mean(axis=0)) ** 2, axis=2)
    right.errorbar(tried, squares.mean(axis=0), errors * squares.std(axis=0), **measured)
    for (name, b), marker, shift in zip(
        marked.items(), ("s", "^", "D"), ((8, 4), (10, -7), (-5, 12)), strict=True
    ):
        right.plot(b, exact_variance(b), marker, color="black", ms=8, zorder=5)
        right.annotate(name, (b, exact_variance(b)), shift, textcoords="offset points", size=11)
    right.set(xlabel="baseline $b$", ylabel="variance of one sample", ylim=(0, None))
    right.legend(loc="upper center", fontsize=8.5)
    plt.show()


def four_baselines(variance_of: dict[tuple[str, str], tuple[float, float]]) -> None:
    """Draw the variance and its error for each setting and baseline."""
    settings = list(dict.fromkeys(setting for setting, _ in variance_of))
    choices = list(dict.fromkeys(choice for _, choice in variance_of))
    _, axes = plt.subplots(1, len(settings), figsize=(6.8, 3.1))
    for ax, setting, colour in zip(axes, settings, ("C0", "C2", "C4"), strict=True):
        heights, bars = np.array([variance_of[setting, choice] for choice in choices]).T
        ax.bar(range(len(choices)), heights, 0.6, yerr=bars, color=colour, ecolor="0.2")
        ax.set_xticks(range(len(choices)), choices, fontsize=8.5)
        ax.set_title(setting, fontsize=10)
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel(r"variance of $\hat g$, one rollout")
    plt.show()


def reinforce(curves: dict[tuple[float, bool], np.ndarray], best: float) -> None:
    """Draw the learning curves with and without baseline, a panel for each level of the rewards."""
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(6.8, 3.5))
    for ax, bonus in zip(axes, (0.0, 5.0), strict=True):
        for on, name, colour, style in (
            (False, "no baseline", "C1", "--"),
            (True, "baseline $V(s)$", "C0", "-"),
        ):
            runs = curves[bonus, on]
            low, high = np.quantile(runs, [0.1, 0.9], axis=0)
            ax.fill_between(range(runs.shape[1]), low, high, color=colour, alpha=0.2, lw=0)
            ax.plot(runs.mean(axis=0), style, color=colour, label=name)
        ax.axhline(best, color="0.3", ls=":", lw=1.3, label="always go")
        ax.set(title="every reward 5 higher" if bonus else "rewards as they are", xlabel="update")
    axes[0].set_ylabel(r"$J(\theta)=v_\pi(s_1)$")
    axes[0].legend(loc="lower right", fontsize=8.5)
    plt.show()
