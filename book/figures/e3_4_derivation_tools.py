"""The figures of E.3.4: log-derivative trick, Taylor, group normalisation."""

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np

Ratios = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The ratio of every action, from the old policy and a change of its logits."""
RatioTaylor = Callable[[np.ndarray, np.ndarray, int, int], float]
"""The approximate ratio, from old logits, change, action and order."""
Taylor = Callable[[float, np.ndarray, np.ndarray, np.ndarray, int], float]
"""The approximate value, from value, gradient, Hessian, step and order."""


def monte_carlo(
    counts: np.ndarray,
    measured: Mapping[str, np.ndarray],
    smooth: np.ndarray,
    curves: Mapping[str, np.ndarray],
) -> None:
    """Draw the error of the score-function estimate over the number of samples.

    Arguments:
        counts: numbers of samples
        measured: worth → rows of error and half its bar, one for each number of samples
        smooth: more numbers of samples
        curves: worth → the exact errors there
    """
    _, ax = plt.subplots()
    for (name, rows), style, colour in zip(measured.items(), ("o-", "^--"), ("C0", "C1"), strict=True):
        ax.plot(smooth, curves[name], style[1:], color=colour, lw=1.2)
        ax.errorbar(counts, rows[:, 0], rows[:, 1], fmt=style[0], color=colour, label=f"worth {name}")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="number of samples $N$",
        ylabel=r"root mean square error of $\hat g$",
    )
    ax.legend(title="lines: exact")
    plt.show()


def fixed_q(kept: np.ndarray, missed: np.ndarray, share: Callable[[float], float]) -> None:
    """Draw what one state's derivation keeps and misses of two slopes, and the share missed over gamma."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.2))
    left.bar([0, 1], kept, width=0.55, color="C0", label="$q$ held fixed")
    hatched = {"color": "white", "edgecolor": "C1", "hatch": "//"}
    left.bar([0, 1], missed, width=0.55, bottom=kept, label="the rest", **hatched)
    left.set_xticks([0, 1], [r"$\theta(s_1,\mathrm{go})$", r"$\theta(s_2,\mathrm{go})$"])
    left.set_ylabel(r"slope of $v_\pi(s_1)$")
    left.legend()
    gammas = np.linspace(0, 0.99, 100)
    right.plot(gammas, [share(gamma) for gamma in gammas], color="C1")
    right.plot(0.5, share(0.5), "o", color="black")
    right.annotate("left panel", (0.5, share(0.5)), (0.55, 0.3), size=9.5)
    right.set(xlabel=r"$\gamma$", ylabel="rest / whole (lengths)", ylim=(0, 1.02))
    plt.show()


def mdp_taylor(
    objective: Callable[[np.ndarray], float],
    taylor: Taylor,
    gradient: np.ndarray,
    hessian: np.ndarray,
    steps: Mapping[str, np.ndarray],
) -> None:
    """Draw J and its expansions around the uniform policy along two directions, far out and near."""
    start = objective(np.zeros(4))
    kinds = ((hessian, 1), (hessian, 2), (np.diag(np.diag(hessian)), 2))
    _, axes = plt.subplots(2, 2, figsize=(6.8, 5.8), sharey="row")
    for (far, near), (title, step) in zip(axes.T, steps.items(), strict=True):
        for ax, end in ((far, 3), (near, 0.6)):
            ts = np.linspace(-end, end, 61)
            first, second, without = (
                np.array([taylor(start, gradient, h, t * step, order) for t in ts]) for h, order in kinds
            )
            base = first if ax is near else 0
            truth = np.array([objective(t * step) for t in ts])
            ax.plot(ts, truth - base, color="black", label="truth")
            ax.plot(ts, first - base, "C0--", label="order 1")
            ax.plot(ts, second - base, "C1-.", label="order 2")
            if ax is near:
                ax.plot(ts, without - base, "C2:", label="order 2, diagonal only")
            ax.set(xlabel="step size $t$")
        far.plot(0, start, "o", color="black")
        far.set(title=title, ylim=(-0.5, 2))
    axes[0, 0].set_ylabel(r"$J(\theta+t\Delta)$")
    axes[1, 0].set_ylabel(r"$J(\theta+t\Delta)$ minus order 1")
    axes[1, 0].legend(loc="lower center", fontsize=8.5)
    plt.show()


def ratio_orders(ratio: Callable[..., float], sizes: np.ndarray, errors: np.ndarray) -> None:
    """Draw one action's ratio with its expansions, and the errors of orders 0, 1 and 2 over the step."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.4))
    ts = np.linspace(-2, 2, 121)
    left.plot(ts, [ratio(t) for t in ts], color="black", label="exact")
    for order, (line, marker) in enumerate((("C2:", "s"), ("C0--", "o"), ("C1-.", "^"))):
        label = f"order {order}"
        left.plot(ts, [ratio(t, order) for t in ts], line, label=label)
        right.loglog(sizes, errors[order], line + marker, lw=1.2, label=label)
    left.set(xlabel="step size $t$", ylabel=r"$r_a(t\Delta)$", ylim=(-0.1, 2.1))
    left.legend(loc="lower right", fontsize=8.5)
    right.set(xlabel="step size $t$", ylabel="error")
    plt.show()


def mean_ratio(along: np.ndarray, curves: np.ndarray, mean: np.ndarray) -> None:
    """Draw the ratios of three actions as the logit of the rare one rises, and their mean."""
    _, ax = plt.subplots()
    ax.axhspan(0.8, 1.2, color="0.9", label=r"clip range $1\pm0.2$")
    ax.axhline(20, color="0.4", ls=":", lw=1.2)
    ax.text(0.1, 21, r"$1/\pi_{\mathrm{old}}(0)=20$", va="bottom", size=9.5)
    ax.plot(along, curves[:, 0], "C1-", label=r"action 0, $\pi_{\mathrm{old}}=0.05$")
    wide = {"lw": 6, "alpha": 0.35, "solid_capstyle": "butt"}
    ax.plot(along, curves[:, 1], "C0-", **wide, label="action 1, 0.35")
    ax.plot(along, curves[:, 2], "C2-.", label="action 2, 0.60: the same")
    ax.plot(along, mean, "k--", label="mean over the old policy")
    ax.set(xlabel="$t$", ylabel=r"$r_a(t\Delta)$", yscale="log", ylim=(0.05, 40))
    ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    ax.legend(loc="lower left", fontsize=8.5)
    plt.show()


def two_curvatures(
    policy: np.ndarray, fisher: np.ndarray, exact_ratios: Ratios, ratio_taylor: RatioTaylor
) -> None:
    """Draw the divergence and the second-order terms of the ratios along one direction."""
    direction, ts, logits = np.array([1.0, -1.0, 0.0]), np.linspace(-1, 1, 81), np.log(policy)
    terms = np.array(
        [
            [
                ratio_taylor(logits, t * direction, a, 2) - ratio_taylor(logits, t * direction, a, 1)
                for t in ts
            ]
            for a in range(3)
        ]
    )
    divergence = [-np.sum(policy * np.log(exact_ratios(policy, t * direction))) for t in ts]
    parabola = ts**2 * (direction @ fisher @ direction) / 2
    _, ax = plt.subplots(figsize=(6.8, 3.7))
    ax.plot(ts, divergence, color="k", label="KL, exact")
    ax.plot(ts, parabola, "--", color="C4", label=r"$\frac{1}{2}t^2\Delta^\top F\Delta$")
    for a, style in enumerate(("C1-.", "C0-", "C2--")):
        ax.plot(ts, terms[a], style, lw=1.4, label=f"ratio of action {a}, order 2")
    ax.plot(ts, policy @ terms, "k:", label="mean over the old policy")
    ax.set(xlabel="step size $t$", ylabel="second-order term", ylim=(-0.2, 0.82))
    ax.legend(ncols=2, loc="upper center", fontsize=8.5)
    plt.show()


def groups(names: list[str], raw: np.ndarray, normalised: np.ndarray) -> None:
    """Draw the rewards of four questions, a column each, before and after normalisation."""
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.5))
    sideways = np.linspace(-0.25, 0.25, raw.shape[1])
    for ax, rows in zip(axes, (raw, normalised), strict=True):
        for k, (row, marker) in enumerate(zip(rows, "osD^", strict=True)):
            ax.plot(k + sideways, row, f"C{k}{marker}", mec="white", mew=0.5, ms=7)
        ax.set_xticks(range(len(names)), names)
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("reward $r_i$")
    axes[1].axhline(0, color="0.4", lw=0.8)
    axes[1].set_ylabel(r"$\hat A_i=(r_i-\mu)/\sigma$")
    plt.show()
