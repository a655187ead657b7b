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
