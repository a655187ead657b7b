"""The figures of E.3.3: PPO clipping, Adam and update stability."""

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np

Term = Callable[[np.ndarray | float, float, float], np.ndarray]
"""The clipped term of each sample, from ratio, advantage and clip range."""

PAIRS = (
    (0, 1, "-", "o", "C0", r"$s_1$, go"),
    (0, 0, "--", "s", "C1", r"$s_1$, stay"),
    (1, 1, "-.", "^", "C2", r"$s_2$, go"),
    (1, 0, ":", "D", "C3", r"$s_2$, stay"),
)
"""State, action, line, marker, colour and name of each pair."""


def surrogate(mixtures: np.ndarray, promised: np.ndarray, kept: np.ndarray) -> None:
    """Draw what the surrogate promises and what the objective gains, on the way to "always go"."""
    _, ax = plt.subplots()
    ax.axvspan(0, 0.05, color="0.9", label=r"ratio of go in $s_1$ at most 1.2")
    ax.plot(mixtures, promised, "--", color="C1", label=r"surrogate $L^{CPI}$")
    ax.plot(mixtures, kept, color="C0", label=r"exact gain $J(\theta)-J(\theta_{\mathrm{old}})$")
    ax.set(xlabel=r"mixture $x$ (0: old policy, 1: always go)", ylabel="gain", xlim=(0, 1), ylim=(0, 1.6))
    ax.legend(loc="lower right")
    plt.show()


def quadrants(clipped_term: Term) -> None:
    """Draw PPO's term over the ratio for a good and a bad action: solid where alive, dotted where dead."""
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.4))
    low, middle, high = (np.linspace(*ends, 50) for ends in ((0.4, 0.8), (0.8, 1.2), (1.2, 1.6)))
    for ax, a in zip(axes, (4.0, -4.0), strict=True):
        solid = np.append(low, middle) if a > 0 else np.append(middle, high)
        dead = high if a > 0 else low
        ax.axvspan(0.8, 1.2, color="0.93")
        ax.plot(dead, a * dead, "--", color="0.45", lw=1.2, label=r"unclipped $r\hat A$")
        ax.plot(solid, clipped_term(solid, a, 0.2), color="C0", label="term, alive")
        ax.plot(dead, clipped_term(dead, a, 0.2), ":", color="C1", lw=3, label="term, dead")
        ax.plot(1, a, "o", color="black")
        ax.plot(1.5, clipped_term(1.5, a, 0.2), "s", color="black")
        ax.set(xlabel="ratio $r$", title=rf"$\hat A={a:+.0f}$")
    beside = {"textcoords": "offset points", "ha": "center"}
    axes[0].annotate("4.8", (1.5, 4.8), (0, -14), **beside)
    axes[1].annotate("−6", (1.5, -6.0), (-16, -6), **beside)
    axes[0].set_ylabel("term of one sample")
    axes[0].legend(loc="upper left")
    plt.show()


def leaving(paths: Mapping[float, np.ndarray], advantages: np.ndarray, clipped_term: Term) -> None:
    """Draw the ratios of all pairs during training, one panel a learning rate; hollow where they are dead."""
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(6.8, 3.7))
    for ax, (alpha, path) in zip(axes, paths.items(), strict=True):
        ax.axhspan(0.8, 1.2, color="0.9")
        for s, a, line, marker, colour, name in PAIRS:
            r = path[:, s, a]
            dead = clipped_term(r, advantages[s, a], 0.2) != r * advantages[s, a]
            steps = np.arange(len(r))
            ax.plot(steps, r, line, color=colour, lw=1.4)
            ax.plot([], [], marker + line, color=colour, lw=1.4, label=name)
            for chosen, fill in ((~dead, colour), (dead, "#fdfdfb")):
                shown = chosen & ((steps % 5 == 0) | (steps < 3))
                ax.plot(steps[shown], r[shown], marker, color=colour, mfc=fill, ms=5)
        ax.set(title=rf"$\alpha={alpha}$", xlabel="minibatch step", ylim=(0.4, 2.5))
    axes[0].set_ylabel("ratio")
    axes[0].legend(loc="upper left", ncols=2, fontsize=8.5, handlelength=2.6)
    plt.show()


def adam_steps(steps: Mapping[str, np.ndarray], uncorrected: np.ndarray, size: float) -> None:
    """Draw the length of Adam's steps on a steady and on a sign-flipping gradient of one size."""
    numbers = np.arange(1, len(uncorrected) + 1)
    flipping = (1 - (-0.9) ** numbers) / 19 / np.sqrt(1 - 0.999**numbers)
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(6.8, 3.4))
    for ax, name, bare in zip(axes, ("steady", "flipping"), (uncorrected, flipping), strict=True):
        ax.axhline(size, color="C2", ls=":", lw=2.4, label="gradient descent")
        ax.plot(numbers, bare, "--", color="C1", label="Adam, uncorrected")
        ax.plot(numbers, steps[name], color="C0", label="Adam")
        ax.set(title=f"{name} gradient", xlabel="step $t$", xscale="log", yscale="log")
    axes[0].set_ylabel(r"$|\theta_t-\theta_{t-1}|\,/\,\alpha$")
    axes[1].legend(loc="center right", fontsize=8.5)
    plt.show()


def norm(together: np.ndarray, alone: np.ndarray) -> None:
    """Draw the gradient (12, 5), and what is left of it when it is clipped as one and array by array."""
    _, ax = plt.subplots(figsize=(6.8, 3.3))
    arc = np.linspace(0, np.pi / 2, 60)
    ax.plot(5 * np.cos(arc), 5 * np.sin(arc), color="0.45", lw=1.2)
    ax.plot([0, 5, 5], [5, 5, 0], ":", color="0.45", lw=1.6)
    arrow = {"arrowstyle": "-|>", "mutation_scale": 15, "shrinkA": 0, "shrinkB": 0}
    for end, colour, line, width in (
        ((12, 5), "0.6", "-", 2),
        (together, "C0", "-", 3),
        (alone, "C1", "--", 2.2),
    ):
        style = {**arrow, "color": colour, "ls": line, "lw": width}
        ax.annotate("", end, (0, 0), arrowprops=style)
    ax.text(9.3, 3.2, r"gradient $g$, norm 13", color="0.35")
    ax.text(5.3, 1.5, "global norm clipped to 5", color="C0")
    ax.text(5.2, 5.1, "each array clipped to 5", color="C1")
    ax.set(xlabel="first array", ylabel="second array", xlim=(0, 13), ylim=(0, 5.8), aspect="equal")
    plt.show()


def noise(runs: Mapping[str, np.ndarray], factors: Mapping[float, np.ndarray]) -> None:
    """Draw signal over noise during training, and the noise of returns over that of advantages.

    Arguments:
        runs: label → signal over noise at each training step
        factors: discount → noise of returns over noise of advantages at each training step
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.7))
    for (label, ratio), style in zip(runs.items(), ("C0-", "C1--", "C2-."), strict=True):
        left.plot(ratio, style, label=label)
    left.set(ylabel="signal / noise of one sample", ylim=(0.003, 9))
    left.legend(loc="upper right", fontsize=8)
    for (gamma, ratio), style in zip(factors.items(), ("C3:", "C1--", "C4-"), strict=True):
        right.plot(ratio, style, label=rf"$\gamma={gamma}$")
        right.axhline(gamma / (1 - gamma), color="0.5", lw=0.8)
    right.set(ylabel="noise: returns / advantages", ylim=(0.7, 400))
    right.legend(loc="upper right", fontsize=8.5)
    _over_training(left, right)
    plt.show()


def _over_training(*axes: plt.Axes) -> None:
    for ax in axes:
        ax.set_xscale("symlog", linthresh=2)
        ax.set_xticks([0, 1, 2, 5, 20, 100], [0, 1, 2, 5, 20, 100])
        ax.minorticks_off()
        ax.set(xlabel="training step", xlim=(0, 210), yscale="log")
