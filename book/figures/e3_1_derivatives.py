"""The figures of E.3.1: derivatives, gradients and the chain rule."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]
"""A function of one variable that is given many places at once."""


def secants(objective: Curve, slope: Curve) -> None:
    """Draw the hill, two secants through the point at 0.2, the tangent there, and the one at the top."""
    grid = np.linspace(-0.15, 1.6, 200)
    _, ax = plt.subplots()
    ax.plot(grid, objective(grid), color="black", label=r"$J(\theta)$")
    for h, style, colour in ((0.8, "-.", "C1"), (0.4, "--", "C2")):
        rate = (objective(0.2 + h) - objective(0.2)) / h
        x = np.array([-0.05, 0.3 + h])
        name = f"secant, $h={h}$: slope {rate:.1f}"
        ax.plot(x, objective(0.2) + rate * (x - 0.2), style, color=colour, label=name)
        ax.plot(0.2 + h, objective(0.2 + h), "s", color=colour)
    x = np.array([-0.1, 0.75])
    tangent = objective(0.2) + slope(0.2) * (x - 0.2)
    ax.plot(x, tangent, color="C0", label=f"tangent: slope {slope(0.2):.1f}")
    ax.plot([0.62, 0.98], [1, 1], ":", color="C3", label="tangent at the top: slope 0")
    ax.plot(0.2, objective(0.2), "o", color="black", ms=7, zorder=5)
    ax.set(xlabel=r"$\theta$", ylabel=r"$J(\theta)$", ylim=(0.2, 1.55))
    ax.legend(loc="upper right", fontsize=9)
    plt.show()


def climb(objective: Curve, slope: Curve, path: np.ndarray) -> None:
    """Draw a path of gradient ascent on the hill, and the slopes that it has met."""
    grid = np.linspace(0, 1.2, 100)
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.2))
    left.plot(grid, objective(grid), color="black", lw=1.2)
    left.plot(path, objective(path), "o")
    left.set(xlabel=r"$\theta$", ylabel=r"$J(\theta)$")
    right.axhline(0, color="0.4", lw=0.8)
    right.plot(grid, slope(grid), color="black", lw=1.2)
    right.plot(path, slope(path), "o")
    right.set(xlabel=r"$\theta$", ylabel=r"$J'(\theta)$")
    for k, point in enumerate(path[:2]):
        height = objective(point)
        left.annotate(f"$\\theta_{k}={point:.2f}$", (point, height), (point + 0.07, height - 0.08))
    plt.show()


def bandit(agents: np.ndarray) -> None:
    """Draw the knobs of some agents over their pulls, and the mean of all agents."""
    _, ax = plt.subplots(figsize=(6.8, 3.0))
    ax.plot(agents[:60].T, color="C0", lw=0.6, alpha=0.5)
    ax.plot(agents.mean(axis=0), "--", color="black", lw=2.2, label=f"mean of {len(agents)} agents")
    ax.set(xlabel="pull", ylabel=r"$\theta$, probability of arm 2", ylim=(0, 1))
    ax.legend(loc="lower right")
    plt.show()


def step_sizes(rates: np.ndarray, paths: list[np.ndarray]) -> None:
    """Draw the path of each of six learning rates, and the size of its error."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.9))
    marks = ("v", "o", "D", "s", "^", "x")
    styles = [{"color": f"C{i}", "marker": mark, "lw": 1.3, "ms": 4.5} for i, mark in enumerate(marks)]
    k = np.arange(31)
    for i in (1, 3, 4, 5):
        left.plot(k[:13], paths[i][:13], label=rf"$\alpha={rates[i]:g}$", **styles[i])
    left.axhline(0.8, color="black", ls=":", lw=1.2)
    left.set(xlabel="step $k$", ylabel=r"$\theta_k$", ylim=(-1.3, 3.6))
    left.set_xticks(range(0, 13, 2))
    for i, path in enumerate(paths):
        error = np.maximum(np.abs(path - 0.8), 1e-9)
        every = {2: 1, 3: (1, 4)}.get(i, (3, 4))
        right.semilogy(k, error, markevery=every, label=rf"$\alpha={rates[i]:g}$", **styles[i])
    right.set(xlabel="step $k$", ylabel=r"$|\theta_k-0.8|$", ylim=(5e-4, 300))
    for ax in (left, right):
        ax.legend(loc="upper left", ncols=2)
    plt.show()


def contours(straight: np.ndarray, slow: np.ndarray, fast: np.ndarray) -> None:
    """Draw one path on a round hill, and a slow and a fast one on a hill with a ridge."""
    x, y = np.meshgrid(np.linspace(-1, 2.2, 161), np.linspace(-0.3, 3.3, 181))
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(6.8, 4.3))
    for ax, curvature in zip(axes, (1, 4), strict=True):
        height = -((x - 1) ** 2) - curvature * (y - 2) ** 2 + 5
        levels = [-12, -8, -4, -1, 1, 2, 3, 4, 4.7]
        ax.contour(x, y, height, levels=levels, colors="0.6", linestyles="-", linewidths=1)
        ax.plot(1, 2, "*", color="black", ms=12, zorder=5)
        ax.set(xlabel=r"$\theta_1$", aspect="equal")
        ax.grid(False)
    axes[0].plot(*straight.T, "o-", lw=1.2, label=r"$\alpha=0.1$")
    axes[1].plot(*slow.T, "o-", ms=3, lw=1.2, label=r"$\alpha=0.02$")
    axes[1].plot(*fast.T, "s--", ms=4.5, lw=1.2, color="C1", label=r"$\alpha=0.22$")
    axes[0].set(ylabel=r"$\theta_2$", title="round hill")
    axes[1].set(title="ridge")
    for ax in axes:
        ax.legend(loc="lower right")
    plt.show()


def difference_errors(widths: np.ndarray, forward: np.ndarray, central: np.ndarray) -> None:
    """Draw the errors of forward and central differences over their step, with what theory says."""
    machine_epsilon = np.finfo(np.float64).eps
    cube_root = np.cbrt(machine_epsilon)
    _, ax = plt.subplots(figsize=(6.8, 4.0))
    dots = {"ls": "none", "ms": 3.5}
    ax.loglog(widths, forward, "^", color="C1", label="forward", **dots)
    ax.loglog(widths, central, "o", color="C0", label="central", **dots)
    guide = {"color": "black", "lw": 1.2}
    ax.loglog(widths, 6 * widths, "-.", label="$6h$", **guide)
    ax.loglog(widths, 4 * widths**2, "--", label="$4h^2$", **guide)
    ax.loglog(widths, machine_epsilon / widths, ":", label=r"$\varepsilon_{\mathrm{machine}}/h$", **guide)
    ax.axvline(cube_root, color="C2", lw=1.5)
    ax.text(cube_root * 1.4, 2e-14, r"$\sqrt[3]{\varepsilon_{\mathrm{machine}}}$", color="C2")
    ax.set(xlabel="step $h$", ylabel="error of the slope", ylim=(5e-15, 2e3))
    ax.legend(loc="upper center", ncols=5, columnspacing=1.2)
    plt.show()


def plateau_climbs(
    mean_reward: Callable[[np.ndarray], float],
    climbs: list[np.ndarray],
    rewards: list[list[float]],
    optimum: float,
) -> None:
    """Draw three climbs on the objective of the two-state MDP, over the knob and over the steps."""
    knobs = np.linspace(-7, 7, 141)
    _, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(6.8, 3.5))
    left.plot(knobs, [mean_reward(np.array([t])) for t in knobs], color="black", lw=1.2)
    for climb, reward, mark, line in zip(climbs, rewards, "o^s", ("-", "--", "-."), strict=True):
        name = rf"$\theta_0={climb[0, 0]:.0f}$"
        left.plot(climb[::20, 0], reward[::20], mark, ms=4.5, label=name)
        right.plot(reward, line, label=name)
    for ax in (left, right):
        ax.axhline(optimum, color="black", ls=":", lw=1.2)
    left.set(xlabel=r"$\theta$  (a marker every 20 steps)", ylabel="$J$", ylim=(-0.1, 1.85))
    left.set_xticks(range(-6, 7, 3))
    right.set(xlabel="step")
    left.legend(loc="upper left", bbox_to_anchor=(0, 0.93))
    right.legend(loc="center right")
    plt.show()


def bends(rate: Callable[[float], float]) -> None:
    """Draw the slope at 0 of a to the x over a, and tanh and the logistic function with their derivatives."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.5))
    bases = np.linspace(1, 4, 61)
    left.plot(bases, [rate(base) for base in bases])
    left.axhline(1, color="black", ls=":", lw=1.2)
    left.plot(np.e, 1, "o", color="black")
    left.annotate("$a=e$", (np.e, 1), (2.75, 0.78))
    left.set(xlabel="base $a$", ylabel="$c(a)$")
    z = np.linspace(-4, 4, 201)
    sigma, tanh = 1 / (1 + np.exp(-z)), np.tanh(z)
    right.plot(z, tanh, color="C0", label=r"$\tanh z$")
    right.plot(z, 1 - tanh**2, "--", color="C0", label=r"$1-\tanh^2z$")
    right.plot(z, sigma, color="C1", lw=1.3, label=r"$\sigma(z)$")
    right.plot(z, sigma * (1 - sigma), "--", color="C1", lw=1.3, label=r"$\sigma(1-\sigma)$")
    right.set(xlabel="$z$", ylim=(-1.1, 1.9))
    right.legend(loc="upper left", ncols=2, columnspacing=1)
    plt.show()


def plateau(thetas: np.ndarray, slopes: np.ndarray, referees: np.ndarray) -> None:
    """Draw the two links of a chain and their product, with measured gradients on it."""
    outer, inner, product = slopes
    _, ax = plt.subplots(figsize=(6.8, 3.2))
    ax.plot(thetas, outer, "--", color="C1", label="$dJ/dp$")
    ax.plot(thetas, inner, "-.", color="C2", label=r"$dp/d\theta=p(1-p)$")
    ax.plot(thetas, product, color="C0", label=r"$dJ/d\theta$, their product")
    ax.plot(thetas[::3], referees[::3], "o", color="black", ms=4, label=r"$dJ/d\theta$, referee")
    ax.set(xlabel=r"$\theta$", ylabel="slope", ylim=(-0.1, 2.2))
    ax.legend(loc="center right", bbox_to_anchor=(1, 0.47))
    plt.show()


def computation_graph(values: tuple[float, float, float], slopes: tuple[float, float, float]) -> None:
    """Draw the graph of y = 3θ, L = (y − 6)², with the value and the slope of L at each node."""
    _, ax = plt.subplots(figsize=(6.8, 2.5))
    places, names = (0, 2.4, 4.8), (r"\theta", "y", "L")
    for x, name, value, backward in zip(places, names, values, slopes, strict=True):
        ax.add_patch(plt.Circle((x, 0), 0.42, fc="white", ec="black", lw=1.5, zorder=3))
        ax.text(x, 0.13, f"${name}$", ha="center", va="center", size=14, zorder=4)
        ax.text(x, -0.2, f"{value:g}", ha="center", va="center", color="C0", zorder=4)
        text = rf"$\frac{{dL}}{{d{name}}}={backward:g}$"
        ax.text(x, -0.85, text, ha="center", va="center", color="C1", size=14)
    arrow = {"arrowstyle": "-|>", "lw": 1.8, "mutation_scale": 15}
    forward, back = {**arrow, "color": "C0"}, {**arrow, "color": "C1", "ls": "--"}
    for x, there, slope in ((0, r"$\times3$", r"$\times\,3$"), (2.4, "$(y-6)^2$", r"$\times\,2(y-6)$")):
        ax.annotate("", (x + 1.95, 0.14), (x + 0.45, 0.14), arrowprops=forward)
        ax.annotate("", (x + 0.45, -0.14), (x + 1.95, -0.14), arrowprops=back)
        ax.text(x + 1.2, 0.32, there, ha="center", color="C0")
        ax.text(x + 1.2, -0.46, slope, ha="center", color="C1")
    ax.set(xlim=(-0.9, 5.6), ylim=(-1.15, 0.65), aspect="equal")
    ax.axis("off")
    plt.show()


def network() -> None:
    """Draw the two walks through a network of two layers, with what each link does."""
    _, ax = plt.subplots(figsize=(6.8, 3.3))
    boxes = (
        (0, "x", "N,I"),
        (2, "z", "N,H"),
        (4, "h", "N,H"),
        (6, "y", "N,O"),
        (8, "L", ""),
    )
    frame = {"fc": "white", "ec": "black", "lw": 1.3, "zorder": 3}
    for x, name, shape in boxes:
        ax.add_patch(plt.Rectangle((x - 0.42, -0.4), 0.84, 0.8, **frame))
        ax.text(
            x,
            0.1 if shape else 0,
            f"${name}$",
            ha="center",
            va="center",
            size=13,
            zorder=4,
        )
        ax.text(
            x,
            -0.22,
            f"$({shape})$" if shape else "",
            ha="center",
            va="center",
            size=8,
            zorder=4,
        )
    arrow = {"arrowstyle": "-|>", "lw": 1.6, "mutation_scale": 13}
    for x, label in (
        (0, r"$\times w_1$"),
        (2, r"$\tanh$"),
        (4, r"$\times w_2$"),
        (6, "loss"),
    ):
        ax.annotate("", (x + 1.57, 0.15), (x + 0.43, 0.15), arrowprops={**arrow, "color": "C0"})
        ax.text(x + 1, 0.32, label, ha="center", color="C0")
    back = {**arrow, "color": "C1", "ls": "--"}
    for x, label in (
        (2, r"$\odot(1-h\odot h)$"),
        (4, r"$\times w_2^{\mathsf{T}}$"),
        (6, r"$\frac{1}{N}(y-t)$"),
    ):
        ax.annotate("", (x + 0.43, -0.15), (x + 1.57, -0.15), arrowprops=back)
        ax.text(x + 1, -0.62, label, ha="center", color="C1", size=9.5)
    for x, label in (
        (2, r"$\bar w_1=x^{\mathsf{T}}\bar z$"),
        (6, r"$\bar w_2=h^{\mathsf{T}}\bar y$"),
    ):
        ax.annotate("", (x, -1.35), (x, -0.43), arrowprops=back)
        ax.text(x, -1.6, label, ha="center", va="center", color="C1", size=12)
    for x, label in ((2, r"$\bar z$"), (4, r"$\bar h$"), (6, r"$\bar y$")):
        ax.text(x + 0.16, -0.9 if x != 4 else -0.68, label, color="C1", size=12)
    ax.set(xlim=(-0.6, 8.6), ylim=(-1.9, 0.75), aspect="equal")
    ax.axis("off")
    plt.show()


def training(
    losses: dict[float, list[float]],
    knobs: np.ndarray,
    values: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
) -> None:
    """Draw the losses of four learning rates, and what the network predicts before and after training."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.5))
    for rate, style in zip(losses, (":", "--", "-", "x-."), strict=True):
        shown = np.arange(1, len(losses[rate]) + 1)
        left.loglog(shown, losses[rate], style, label=rf"$\alpha={rate:g}$")
    left.set(xlabel="step + 1", ylabel="loss $L$", ylim=(3e-5, 1e3))
    left.legend(loc="upper right")
    right.plot(knobs, values[:, 0], "o", color="black", ms=4, label="$J$, exact")
    right.plot(knobs, before[:, 0], "--", color="C1", label="before")
    right.plot(knobs, after[:, 0], color="C2", label="after")
    right.set(xlabel=r"$\theta$", ylabel="output $y$")
    right.set_xticks(range(-6, 7, 3))
    right.legend(loc="upper left")
    plt.show()
