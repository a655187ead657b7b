"""What is graded about `solutions.calculus`."""

from collections.abc import Callable

import numpy as np

import solutions
from autograder.exercises._drawing import signed, whole
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception
from autograder.kernel_side import Formula

Array = np.ndarray
Generator = np.random.Generator


def _bowl(rng: Generator, d: int) -> Array:
    """Draw a symmetric matrix with eigenvalues around 1 to 2, so that the curvature is never 0."""
    mixing = rng.uniform(-1, 1, (d, d)) / (2 * d)
    return np.diag(rng.uniform(1, 2, d)) + mixing + mixing.T


def _quadratic(rng: Generator, d: int) -> Formula:
    return Formula("quadratic", matrix=_bowl(rng, d), linear=signed(rng, d), constant=1.5)


def _sines(rng: Generator, d: int) -> Formula:
    frequency = signed(rng, d, low=1, high=2)
    return Formula("sine", amplitude=signed(rng, d, low=1), frequency=frequency, phase=signed(rng, d))


def _at_the_flanks(rng: Generator) -> tuple:
    """Draw sines at points where neither slope nor curvature is near 0, and a step that shows in the result."""
    f = _sines(rng, 3)
    angle = rng.choice([0.7, -0.7, 2.4, -2.4], 3) + rng.uniform(-0.1, 0.1, 3)
    return f, (angle - f.coefficients["phase"]) / f.coefficients["frequency"], rng.uniform(0.3, 0.4)


def _differences(f: Callable, theta: Array, back: float, forth: float, width: float) -> Array:
    moves = np.eye(len(theta))
    return np.array([(f(theta + forth * move) - f(theta - back * move)) / width for move in moves])


def _left_moved(f: Callable, theta: Array, h: float) -> Array:
    moved, gradient = theta.astype(float), np.zeros(len(theta))
    for i in range(len(theta)):
        moved[i] += h
        above = f(moved)
        moved[i] -= 2 * h
        gradient[i] = (above - f(moved)) / (2 * h)
    return gradient


def _truncated(f: Callable, theta: Array, h: float) -> Array:
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        above, below = theta.copy(), theta.copy()
        above[i] += h if theta.dtype == float else 0
        below[i] = below[i] - h
        gradient[i] = (f(above) - f(below)) / (2 * h)
    return gradient


_numerical_gradient = Exercise(
    reference=solutions.numerical_gradient,
    points=3,
    cases=(
        Case("a quadratic function of three variables", lambda rng: (_quadratic(rng, 3), signed(rng, 3))),
        Case("a sum of sines", lambda rng: (_sines(rng, 4), signed(rng, 4))),
        Case("one variable", lambda rng: (_quadratic(rng, 1), signed(rng, 1))),
        Case("a large step h", _at_the_flanks),
        Case("a point of integers", lambda rng: (_quadratic(rng, 3), whole(rng, 3))),
        Case(
            "leaves its arguments unchanged",
            lambda rng: (_sines(rng, 2), signed(rng, 2), 1e-4),
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda f, theta, h=1e-5: _differences(f, theta, 0, h, h),
            "You look to one side only; a central difference looks the same distance to both.",
        ),
        Misconception(
            lambda f, theta, h=1e-5: _differences(f, theta, h, 0, h),
            "You look back only; a central difference looks the same distance to both sides.",
        ),
        Misconception(
            lambda f, theta, h=1e-5: _differences(f, theta, h, h, h),
            "Your slopes are twice too steep: how far apart are the two points that you compare?",
        ),
        Misconception(
            lambda f, theta, h=1e-5: _differences(f, theta, h, h, -2 * h),
            "The sign is turned round: what does a function that grows to the right have for a slope?",
        ),
        Misconception(
            lambda f, theta, h=1e-5: np.full(len(theta), (f(theta + h) - f(theta - h)) / (2 * h)),
            "You move all coordinates at once: a partial derivative turns one knob and holds the others.",
        ),
        Misconception(
            lambda f, theta, h=1e-5: _left_moved(f, theta, h),
            "After one coordinate has been moved, is it back in its place before the next one moves?",
        ),
        Misconception(
            lambda f, theta, h=1e-5: _differences(f, theta, 1e-5, 1e-5, 2e-5),
            "The step h that is passed has no effect on your result.",
        ),
        Misconception(
            lambda f, theta, h=1e-5: np.array(
                [
                    (f(theta + h * t * move) - f(theta - h * t * move)) / (2 * h * t)
                    for t, move in zip(theta, np.eye(len(theta)), strict=True)
                ]
            ),
            "Your step grows with the coordinate; each is moved by exactly h.",
        ),
        Misconception(
            _truncated_default := lambda f, theta, h=1e-5: _with_the_dtype_of_theta(f, theta, h),
            "At a point of integers your moves are rounded away: which dtype does your copy of theta have?",
        ),
    ),
    rtol=1e-7,
    atol=1e-8,
    tolerance_reason=(
        "a difference of two values of f loses about 1e-16/h = 1e-11 of them, which depends on the order of "
        "operations; a forward difference is off by 5e-6 times the curvature"
    ),
)
