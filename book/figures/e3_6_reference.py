"""The figures of E.3.6: what a return says, the hunt, and the capstone."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

Trained = tuple[np.ndarray, np.ndarray]
"""The curves of J, a row for each seed, and the final errors of the critic, likewise."""


def lucky(returns: np.ndarray, changes: np.ndarray, first: np.ndarray, value: float) -> None:
    """Draw what the update of a single rollout does to J, against the rollout's return."""
    _, ax = plt.subplots()
    for action, marker, colour, name in ((1, "o", "C0", "go"), (0, "^", "C1", "stay")):
        shown, label = np.flatnonzero(first == action)[:150], f"first action: {name}"
        ax.plot(returns[shown], changes[shown], marker, color=colour, alpha=0.5, mec="none", label=label)
    ax.axvline(value, color="black", ls=":", lw=1.2, label=r"$v_\pi(s_1)$")
    ax.axhline(0, color="0.4", lw=0.8)
    ax.set(xlabel="return $G_0$ of the rollout", ylabel=r"change of $J$ by its update")
    ax.legend(loc="upper center")
    plt.show()


def hunt_before(curves: np.ndarray, optimum: float) -> None:
    """Draw the runs of the loop as found."""
    _, ax = plt.subplots()
    _optimum_of_hunt(ax, optimum)
    _runs(ax, curves, "C1", "as found: mean of 10 runs")
    ax.legend(loc="center right")
    plt.show()


def hunt_after(before: np.ndarray, after: np.ndarray, optimum: float) -> None:
    """Draw the runs of the loop after the repair, next to those before."""
    _, ax = plt.subplots()
    _optimum_of_hunt(ax, optimum)
    _runs(ax, after, "C0", "after the repair")
    _runs(ax, before, "C1", "before", "-.")
    ax.legend(loc="center right")
    plt.show()


def hunt_ablation(results: Sequence[Trained], optimum: float) -> None:
    """Draw J without a fault and with one, and how wrong the critic is in the end."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.6), width_ratios=(1.7, 1))
    _optimum_of_hunt(left, optimum)
    names = "none", "normalisation", "targets", "minibatches"
    for k, ((curves, critic_errors), name, style) in enumerate(
        zip(results, names, ("-", "-.", "--", ":"), strict=True)
    ):
        mean, bars = curves.mean(axis=0), _two_standard_errors(curves)
        left.plot(mean, style, color=f"C{k}", label=name)
        left.fill_between(range(len(mean)), mean - bars, mean + bars, color=f"C{k}", alpha=0.15)
        off = np.abs(critic_errors).mean(axis=1)
        right.bar(k, off.mean(), yerr=_two_standard_errors(off), color=f"C{k}", width=0.7)
    handles, labels = left.get_legend_handles_labels()
    left.legend(handles[1:], labels[1:], title="faulty", loc="lower right", fontsize=8.5)
    right.set(ylabel="critic: mean absolute error")
    right.set_xticks(range(4), ["none", "norm.", "targets", "minib."], rotation=30)
    right.grid(False, axis="x")
    plt.show()


def capstone(
    reinforce: Mapping[str, np.ndarray],
    ppo: np.ndarray,
    dqn: np.ndarray,
    grpo: np.ndarray,
    optima: tuple[float, float],
) -> None:
    """Draw the curves of the four agents, a column for each run, next to the exact optimum."""
    _, axes = plt.subplots(2, 2, figsize=(6.8, 5.4))
    panels = (
        ("REINFORCE", "update", reinforce),
        ("PPO with GAE", "update", {"": ppo}),
        ("DQN, greedy policy", "step", {"": dqn}),
        ("GRPO", "update", {"": grpo}),
    )
    for ax, (title, xlabel, curves) in zip(axes.flat, panels, strict=True):
        ax.axhline(optima[title == "GRPO"], color="black", ls="--", lw=1.2)
        for k, (label, curve) in enumerate(curves.items()):
            low, high = np.sort(curve, axis=1)[:, [1, -2]].T
            ax.fill_between(np.arange(len(curve)), low, high, color=f"C{k}", alpha=0.2, lw=0)
            ax.plot(curve.mean(axis=1), ("-", "-.")[k], color=f"C{k}", label=label)
        ax.set(title=title, xlabel=xlabel)
    axes[0, 0].legend(loc="lower right")
    for ax in axes[:, 0]:
        ax.set_ylabel(r"$J(\theta)$, exact")
    axes[1, 1].set_ylabel("expected score")
    plt.show()


def _optimum_of_hunt(ax: Axes, optimum: float) -> None:
    ax.axhline(optimum, color="black", ls="--", lw=1.2, label="exact optimum")
    ax.set(xlabel="PPO iteration", ylabel=r"$J(\theta)$, exact", ylim=(-0.02, 0.45))


def _runs(ax: Axes, curves: np.ndarray, colour: str, label: str, style: str = "-") -> None:
    ax.plot(curves.T, color=colour, lw=0.7, alpha=0.5)
    ax.plot(curves.mean(axis=0), style, color=colour, lw=2.6, label=label)


def _two_standard_errors(samples: np.ndarray) -> np.ndarray:
    return 2 * samples.std(axis=0) / np.sqrt(len(samples))
