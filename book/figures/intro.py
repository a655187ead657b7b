"""The figure of the introduction."""

import matplotlib.pyplot as plt


def two_state() -> None:
    """Draw the two states as circles, what leads from one to the other, and what it earns."""
    _, ax = plt.subplots(figsize=(6.4, 2.5))
    for x, name in ((0, "$s_1$"), (2, "$s_2$")):
        ax.add_patch(plt.Circle((x, 0), 0.32, fc="white", ec="C0", lw=2, zorder=3))
        ax.text(x, 0, name, ha="center", va="center", size=15, zorder=4)
    go = {"arrowstyle": "-|>", "color": "C1", "lw": 2, "mutation_scale": 16}
    bow = {**go, "connectionstyle": "arc3,rad=-0.35"}
    ax.annotate("", (1.74, 0.24), (0.26, 0.24), arrowprops=bow)
    ax.annotate("", (0.26, -0.24), (1.74, -0.24), arrowprops=bow)
    ax.text(1, 0.66, "go, reward 2", ha="center", color="C1")
    ax.text(1, -0.74, "go, reward 1", ha="center", color="C1")
    for x, side in ((0, -1), (2, 1)):
        loop = {**go, "color": "C2", "connectionstyle": f"arc3,rad={-2.2 * side}"}
        edge, label = x + 0.29 * side, x + 1.05 * side
        ax.annotate("", (edge, -0.14), (edge, 0.14), arrowprops=loop)
        ax.text(label, 0, "stay,\nreward 0", ha="center", va="center", color="C2")
    ax.set(xlim=(-1.55, 3.55), ylim=(-0.9, 0.9), aspect="equal")
    ax.axis("off")
    plt.show()
