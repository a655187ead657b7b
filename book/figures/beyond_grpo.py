"""The figures of the page on what came after GRPO."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

Term = Callable[[np.ndarray, float], np.ndarray]
"""A function of ratios and of one advantage."""

STYLES = {
    "GRPO": ("C0", "-"),
    "GSPO": ("C4", (0, (5, 1))),
    "DAPO": ("C2", "-."),
    "Dr. GRPO": ("C1", "--"),
    "RLOO": ("C3", ":"),
}
"""How each method is drawn, wherever it is."""


def silent_groups(shares: np.ndarray, silent: dict[int, np.ndarray]) -> None:
    """Draw how often a group says nothing, against the share of right answers."""
    _, ax = plt.subplots(figsize=(6.8, 3.2))
    for (n, chance), style in zip(silent.items(), ("-", "--", "-.", ":"), strict=False):
        ax.plot(shares, chance, style, label=f"$n={n}$")
    ax.set(xlabel="chance $p$ of a right answer", ylabel="chance of a silent group", xlim=(0, 1), ylim=(0, 1))
    ax.legend(loc="upper center")
    plt.show()


def token_weights(lengths: np.ndarray, weights: dict[str, np.ndarray]) -> None:
    """Draw what a token weighs and what its whole answer weighs, against the answer's length."""
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.4))
    names = {"sequence": "GRPO", "token": "DAPO", "constant": "Dr. GRPO"}
    for mode, weight in weights.items():
        colour, style = STYLES[names[mode]]
        label = f'"{mode}" ({names[mode]})'
        axes[0].plot(lengths, weight, linestyle=style, color=colour, label=label)
        axes[1].plot(lengths, weight * lengths, linestyle=style, color=colour)
    axes[0].set(xlabel=r"tokens of the answer", ylabel="weight of one of its tokens", ylim=(0, 0.15))
    axes[1].set(xlabel=r"tokens of the answer", ylabel="weight of the whole answer", ylim=(0, 1))
    axes[0].legend(loc="upper right", fontsize=9)
    plt.show()


def overlong(lengths: np.ndarray, penalty: np.ndarray, limit: int, buffer: int) -> None:
    """Draw the reward of a right and of a wrong answer with the penalty, against the length."""
    _, ax = plt.subplots(figsize=(6.8, 3.0))
    ax.axvspan(limit - buffer, limit, color="0.9", zorder=0)
    ax.text(limit - buffer / 2, 0, "buffer", ha="center", va="center")
    ax.plot(lengths, 1 + penalty, "-", label="right answer")
    ax.plot(lengths, penalty, "--", label="wrong answer")
    ax.set(xlabel=r"tokens of the answer, $|o|$", ylabel="reward", ylim=(-1.1, 1.1))
    ax.legend(loc="lower left")
    plt.show()


def bounds(ratios: np.ndarray, terms: dict[str, Term]) -> None:
    """Draw a term against the ratio, for a good and for a bad answer."""
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.4))
    styles = (("C0", "-", 2.0), ("C2", "--", 2.0), ("C1", ":", 2.6))
    for ax, advantage in zip(axes, (1.0, -1.0), strict=True):
        for (name, term), (colour, style, width) in zip(terms.items(), styles, strict=True):
            ax.plot(ratios, term(ratios, advantage), linestyle=style, color=colour, lw=width, label=name)
        ax.axvline(1, color="0.6", lw=0.8)
        ax.set(xlabel="ratio $r$", title=rf"$\hat A={advantage:+.0f}$")
    axes[0].set(ylabel="term", xlim=(0, 2), ylim=(0, 1.6))
    axes[1].set(xlim=(0, ratios[-1]))
    axes[0].legend(loc="lower right", fontsize=9)
    plt.show()


def sequence_spread(lengths: np.ndarray, product: np.ndarray, mean: np.ndarray, clip: float) -> None:
    """Draw how far the product and the geometric mean of an answer's ratios spread, against its length."""
    _, ax = plt.subplots(figsize=(6.8, 3.4))
    ax.loglog(lengths, product, "o", color="C1", label="product, measured")
    ax.loglog(lengths, product[0] * np.sqrt(lengths / lengths[0]), "--", color="C1", lw=1.2)
    ax.loglog(lengths, mean, "s", color="C0", label="geometric mean, measured")
    ax.loglog(lengths, mean[0] * np.sqrt(lengths[0] / lengths), "--", color="C0", lw=1.2)
    ax.axhline(clip, color="black", ls=":", lw=1.4, label=f"a clip range of {clip:g}")
    ax.set(xlabel="tokens of the answer", ylabel="spread of the log ratio")
    ax.legend(loc="upper left", fontsize=9)
    plt.show()


def slopes(ratios: np.ndarray, by_method: dict[str, dict[float, np.ndarray]]) -> None:
    """Draw what is left of a token's gradient, against its ratio, for a good and for a bad answer."""
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.4), sharey=True)
    looks = (("C0", "-"), ("C2", "--"), ("C1", "-."), ("C3", ":"))
    for ax, advantage in zip(axes, (1.0, -1.0), strict=True):
        for (name, values), (colour, style) in zip(by_method.items(), looks, strict=True):
            ax.plot(ratios, values[advantage], linestyle=style, color=colour, label=name)
        ax.axvline(1, color="0.6", lw=0.8)
        ax.set(xlabel="ratio $r$", title=rf"$\hat A={advantage:+.0f}$", xlim=(0, ratios[-1]))
    axes[0].set(ylabel=r"slope, divided by $\hat A$", ylim=(-0.05, 2.6))
    axes[1].legend(loc="upper left", fontsize=9)
    plt.show()


def divergences(tokens: np.ndarray, reference: np.ndarray, fitted: dict[str, np.ndarray]) -> None:
    """Draw a reference with two humps and what descending each estimate makes of a policy with one."""
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.4), sharey=True)
    looks = {"k1": ("C3", ":"), "k2": ("C0", "-"), "k3": ("C1", "--"), "r k3": ("C2", "-")}
    for ax, kind in zip(axes, ("on", "off"), strict=True):
        ax.fill_between(tokens, reference, step="mid", color="0.85", label="reference")
        for (where, name), policy in fitted.items():
            if where == kind:
                colour, style = looks[name]
                label = "$" + name.replace("k", "k_") + "$"
                ax.plot(tokens, policy, linestyle=style, color=colour, label=label)
        ax.set(xlabel="token", title=f"{kind} policy")
        ax.legend(loc="upper right", fontsize=9)
    axes[0].set(ylabel="probability", ylim=(0, None))
    plt.show()


def effective_share(lengths: np.ndarray, shares: dict[str, np.ndarray]) -> None:
    """Draw which share of a batch its importance weights leave, against the length of the answers."""
    _, ax = plt.subplots(figsize=(6.8, 3.2))
    for (name, share), style in zip(shares.items(), ("-", "--", "-.", ":"), strict=False):
        ax.semilogx(lengths, share, style, label=name)
    ax.set(xlabel="tokens of an answer", ylabel="effective share of the batch", ylim=(0, 1.03))
    ax.legend(loc="lower left", fontsize=9)
    plt.show()


def hardware_noise(by_logp: dict[str, list[dict]], by_length: list[dict]) -> None:
    """Draw the noise of the ratio against how sure the policy was, and of the product against the length."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.5))
    for (name, bins), style in zip(by_logp.items(), ("o-", "s--", "^:"), strict=True):
        places = range(len(bins))
        left.semilogy(places, [each["mean_abs_log_ratio"] for each in bins], style, label=name)
    edges = [each["to"] for each in bins]
    left.set_xticks(range(len(bins)), [f"{edge:g}" if edge < 0 else "0" for edge in edges], rotation=45)
    left.set(xlabel=r"$\log\pi$ of the token, up to", ylabel=r"mean $|\log r|$", ylim=(3e-9, 3e-1))
    left.legend(loc="lower left", fontsize=9)
    lengths = np.array([each["tokens"] for each in by_length])
    spread = np.array([each["std_log_product"] for each in by_length])
    right.loglog(lengths, spread, "o", color="C0", label="bfloat16, measured")
    grid = np.array([3.0, 600.0])
    line = spread[-1] * np.sqrt(grid / lengths[-1])
    right.loglog(grid, line, "--", color="black", lw=1.2, label=r"grows as $\sqrt{|o|}$")
    right.set(xlabel="tokens of the answer, $|o|$", ylabel="spread of the log product")
    right.set_xticks([4, 16, 64, 256], ["4", "16", "64", "256"])
    right.legend(loc="upper left", fontsize=9)
    plt.show()


def hardware_steps(real_steps: list[dict], noise: float, lost: list[dict], expected: np.ndarray) -> None:
    """Draw how far real steps move the log-probabilities, and which share of a step 16-bit weights keep."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.5))
    steps = [each["steps"] for each in real_steps]
    moved = [each["true_change_mean_abs"] for each in real_steps]
    left.loglog(steps, moved, "o-", base=2, label="moved by the steps")
    left.axhline(noise, color="C1", ls="--", label="noise of bfloat16")
    left.set(xlabel="steps of Adam", ylabel=r"mean $|\log r|$", yscale="log")
    left.set_xticks(steps, [str(each) for each in steps])
    left.legend(loc="upper left", fontsize=9)
    rates = [each["learning_rate"] for each in lost]
    changed = [100 * each["share_changed_by_one_step"] for each in lost]
    right.semilogx(rates, changed, "o", color="C0", label="measured")
    right.semilogx(rates, 100 * expected, "--", color="C1", label="computed")
    right.set(xlabel="size of the step", ylabel="weights that change, in %", ylim=(0, 105))
    right.legend(loc="upper left", fontsize=9)
    plt.show()


def gae_times(times: list[dict]) -> None:
    """Draw the milliseconds that four ways of computing GAE take."""
    _, ax = plt.subplots(figsize=(6.8, 3.4))
    kinds = {
        "loop": "loop of GPU operations",
        "numpy_loop": "loop in NumPy, processor",
        "scan": "scan on the GPU",
        "compiled_scan": "scan, compiled",
    }
    places = np.arange(len(times))
    for i, ((kind, label), hatch) in enumerate(zip(kinds.items(), ("", "//", "..", "xx"), strict=True)):
        height = [each[kind] for each in times]
        ax.bar(places + 0.2 * (i - 1.5), height, 0.2, label=label, hatch=hatch, edgecolor="white")
    ax.set_xticks(places, [f"$T={each['T']}$\n{each['N']} environments" for each in times])
    ax.set(ylabel="milliseconds", yscale="log", ylim=(0.1, 2e4))
    ax.grid(visible=False, axis="x")
    ax.legend(loc="upper left", fontsize=8.5, ncols=2)
    plt.show()


def _bands(ax: Axes, runs: dict[str, np.ndarray], **options: object) -> None:
    """Draw the mean over the seeds of each method, with two standard errors on either side."""
    for name, values in runs.items():
        colour, style = STYLES[name]
        mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
        ax.plot(mean, linestyle=style, color=colour, label=name)
        ax.fill_between(range(len(mean)), mean - 2 * error, mean + 2 * error, color=colour, alpha=0.2, lw=0)
    ax.set(xlabel="rollouts", **options)


def learning(success: dict[str, np.ndarray], entropy: dict[str, np.ndarray]) -> None:
    """Draw success and entropy against the rollouts, and against one another."""
    _, axes = plt.subplots(1, 3, figsize=(7.2, 3.2))
    _bands(axes[0], success, ylabel="right answers", ylim=(0, 1.02))
    _bands(axes[1], entropy, ylabel="entropy of a token", ylim=(0, 1.15))
    for name in success:
        colour, style = STYLES[name]
        axes[2].plot(success[name].mean(1), entropy[name].mean(1), linestyle=style, color=colour)
    axes[2].set(xlabel="right answers", xlim=(0, 1.02), ylim=(0, 1.15))
    axes[0].legend(loc="lower right", fontsize=8)
    plt.show()


def lost_answers(ending: dict[str, np.ndarray], wrong: dict[str, np.ndarray], unbiased: float) -> None:
    """Draw how a lost answer goes on: its chance to end with each token, and the length of wrong answers."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.5))
    left.axhline(unbiased, color="black", lw=1, ls=(0, (1, 3)))
    _bands(left, ending, ylabel="chance that a lost answer ends", ylim=(0, 0.42))
    _bands(right, wrong, ylabel="tokens of a wrong answer", ylim=(2, 6))
    left.legend(loc="lower left", fontsize=8.5, ncols=2)
    plt.show()


def voices(all_wrong: dict[str, np.ndarray], all_right: dict[str, np.ndarray], example: str) -> None:
    """Draw the groups of one method by what they say, and the silent groups of all methods."""
    _, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.4), sharey=True)
    wrong, good = all_wrong[example].mean(1), all_right[example].mean(1)
    shares = {"all wrong": wrong, "mixed": 1 - wrong - good, "all right": good}
    left.stackplot(
        range(len(wrong)), *shares.values(), labels=list(shares), colors=["0.55", "C4", "0.85"], lw=0
    )
    left.legend(loc="center right", fontsize=9)
    left.set(xlabel="rollouts", ylabel="share of the groups", title=example, xlim=(0, len(wrong) - 1))
    silent = {name: all_wrong[name] + all_right[name] for name in all_wrong}
    _bands(right, silent, title="silent groups", ylim=(0, 1.02))
    right.legend(loc="lower right", fontsize=8)
    plt.show()
