"""What is graded about `solutions.calculus`."""

from collections.abc import Callable

import numpy as np

import solutions
from autograder.exercises._drawing import every_sign, signed, whole
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception
from autograder.inside.kernel_side import Formula

Array = np.ndarray
Generator = np.random.Generator


def _bowl(rng: Generator, d: int) -> Array:
    """Draw a symmetric matrix with eigenvalues around 1 to 2, so that the curvature is never 0."""
    mixing = rng.uniform(-1, 1, (d, d)) / (2 * d)
    return np.diag(rng.uniform(1, 2, d)) + mixing + mixing.T


def _quadratic(rng: Generator, d: int) -> Formula:
    return Formula("quadratic", matrix=_bowl(rng, d), linear=signed(rng, d), constant=1.5)


def _quick_sines(rng: Generator) -> tuple:
    """Draw sines that bend so quickly that the default step shows in the result."""
    frequency = signed(rng, 4, low=40, high=50)
    return Formula("sine", amplitude=signed(rng, 4), frequency=frequency, phase=np.zeros(4)), rng.uniform(
        -0.01, 0.01, 4
    )


def _at_the_flanks(rng: Generator, theta: Array) -> tuple:
    """Draw sines that at `theta` have neither slope nor curvature near 0, and a step that shows."""
    frequency = signed(rng, len(theta), low=1, high=2)
    angle = rng.choice([0.7, -0.7, 2.4, -2.4], len(theta)) + rng.uniform(-0.1, 0.1, len(theta))
    f = Formula(
        "sine", amplitude=signed(rng, len(theta), low=1), frequency=frequency, phase=angle - frequency * theta
    )
    return f, theta, rng.uniform(0.3, 0.4)


def _leaves_a_trace(rng: Generator) -> tuple:
    """Draw a point of which some coordinate, moved up, down and up again, is not quite where it was."""
    while True:
        f, theta, h = _at_the_flanks(rng, every_sign(rng, 4))
        if np.any(theta + h - 2 * h + h != theta):
            return f, theta, h


def _differences(f: Callable, theta: Array, back: float, forth: float, width: float) -> Array:
    moves = np.eye(len(theta))
    return np.array([(f(theta + forth * move) - f(theta - back * move)) / width for move in moves])


def _left_moved(f: Callable, theta: Array, h: float) -> Array:
    """Return central differences that leave every coordinate below its place."""
    moved, gradient = theta.astype(float), np.zeros(len(theta))
    for i in range(len(theta)):
        moved[i] += h
        above = f(moved)
        moved[i] -= 2 * h
        gradient[i] = (above - f(moved)) / (2 * h)
    return gradient


def _rounded_away(f: Callable, theta: Array, h: float) -> Array:
    """Return central differences of points that keep the dtype of `theta`."""
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        above, below = theta.copy(), theta.copy()
        above[i] += h
        below[i] -= h
        gradient[i] = (f(above) - f(below)) / (2 * h)
    return gradient


_numerical_gradient = Exercise(
    reference=solutions.numerical_gradient,
    points=3,
    cases=(
        Case("a quadratic function of three variables", lambda rng: (_quadratic(rng, 3), signed(rng, 3))),
        Case("a sum of sines that bend quickly", _quick_sines),
        Case("one variable", lambda rng: (_quadratic(rng, 1), signed(rng, 1)), edge=True),
        Case("a large step h", lambda rng: _at_the_flanks(rng, signed(rng, 3))),
        Case("a point of integers", lambda rng: (_quadratic(rng, 3), whole(rng, 3)), edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _leaves_a_trace,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda f, theta, h=1e-5: _differences(f, theta, 0, h, h),
            "You look to one side only; a central difference looks equally far to both sides.",
        ),
        Misconception(
            lambda f, theta, h=1e-5: _differences(f, theta, h, 0, h),
            "You look back only; a central difference looks equally far to both sides.",
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
            lambda f, theta, h=1e-5: _rounded_away(f, theta, h),
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


def _slope(rng: Generator, d: int, uphill: bool) -> Formula:
    """Draw the gradient of a hill (or of a bowl), which vanishes at a point near 3."""
    matrix = -_bowl(rng, d) if uphill else _bowl(rng, d)
    return Formula("affine", matrix=matrix, offset=-matrix @ rng.uniform(2.5, 3.5, d))


def _one_step_is_enough(rng: Generator, uphill: bool) -> tuple:
    """Draw a parabola and a learning rate with which the first step ends exactly where the slope is 0."""
    curvature, goal = rng.choice([2.0, 4.0]), rng.integers(10, 14) / 4
    matrix = np.array([[-curvature if uphill else curvature]])
    return (
        Formula("affine", matrix=matrix, offset=-matrix @ [goal]),
        whole(rng, 1) / 4,
        float(1 / curvature),
        4,
    )


def _cases_of_steps(uphill: bool) -> tuple[Case, ...]:
    return (
        Case(
            "a few steps in two variables",
            lambda rng: (_slope(rng, 2, uphill), signed(rng, 2), rng.uniform(0.1, 0.2), 5),
            share=2,
        ),
        Case(
            "one variable, a learning rate that overshoots",
            lambda rng: (_slope(rng, 1, uphill), signed(rng, 1), rng.uniform(1, 1.2), 6),
        ),
        Case(
            "one variable, a learning rate with which the first step ends where the slope is zero",
            lambda rng: _one_step_is_enough(rng, uphill),
            edge=True,
        ),
        Case("no steps", lambda rng: (_slope(rng, 3, uphill), signed(rng, 3), 0.1, 0), edge=True),
        Case(
            "a start at integers",
            lambda rng: (_slope(rng, 2, uphill), -np.abs(whole(rng, 2)), rng.uniform(0.1, 0.2), 4),
            edge=True,
        ),
        Case(
            "returns the right value and leaves its arguments unchanged",
            lambda rng: (_slope(rng, 3, uphill), every_sign(rng, 3), rng.uniform(0.1, 0.2), 3),
            share=2,
            keeps_arguments=True,
        ),
    )


def _path(grad: Callable, theta: Array, rate: float, steps: int) -> Array:
    path = [np.asarray(theta, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] + rate * grad(path[-1]))
    return np.array(path)


def _one_array(grad: Callable, theta: Array, rate: float, steps: int) -> Array:
    """Return a path in which every row is the same array, changed in place."""
    theta = np.array(theta, dtype=float)
    path = [theta]
    for _ in range(steps):
        theta += rate * grad(theta)
        path.append(theta)
    return np.array(path)


def _whole_path(grad: Callable, theta: Array, rate: float, steps: int) -> Array:
    """Return a path that is stored with the dtype of the start."""
    path = np.zeros((steps + 1, len(theta)), dtype=theta.dtype)
    path[0] = theta
    for k in range(steps):
        path[k + 1] = path[k] + rate * grad(path[k])
    return path


def _misconceptions_of_steps(sign: int, wrong_way: str) -> tuple[Misconception, ...]:
    return (
        Misconception(lambda grad, theta, rate, steps: _path(grad, theta, -sign * rate, steps), wrong_way),
        Misconception(
            lambda grad, theta, rate, steps: _path(grad, theta, sign * rate, steps)[1:],
            "The path starts at theta0 itself, before any step: count its rows.",
        ),
        Misconception(
            lambda grad, theta, rate, steps: _path(grad, theta, sign * rate, steps)[:-1],
            "After `steps` steps the path has one point more than steps: the last one is missing.",
        ),
        Misconception(
            lambda grad, theta, rate, steps: _path(grad, theta, sign * rate, steps)[-1],
            "This is the end of the path; every point on the way is asked for too.",
        ),
        Misconception(
            lambda grad, theta, rate, steps: _one_array(grad, theta, sign * rate, steps),
            "All rows of your path are the same: does the list hold copies, "
            "or one array that goes on changing?",
        ),
        Misconception(
            lambda grad, theta, rate, steps: _whole_path(grad, theta, sign * rate, steps),
            "From a start at integers your steps are rounded away: which dtype does your path have?",
        ),
        Misconception(
            lambda grad, theta, rate, steps: _path(lambda _: grad(theta), theta, sign * rate, steps),
            "All your steps are equal: where on the path is the gradient taken?",
        ),
        Misconception(
            lambda grad, theta, rate, steps: _path(
                lambda at: grad(at) / (np.linalg.norm(grad(at)) + 1e-12), theta, sign * rate, steps
            ),
            "All your steps are equally long: near the top or the bottom they should shrink with the "
            "gradient.",
        ),
    )


_gradient_ascent = Exercise(
    reference=solutions.gradient_ascent,
    points=2,
    cases=_cases_of_steps(uphill=True),
    misconceptions=_misconceptions_of_steps(
        1, "Your path goes down: with which sign does a step up follow the gradient?"
    ),
    **SINGLE_PRECISION,
)

_gradient_descent = Exercise(
    reference=solutions.gradient_descent,
    points=2,
    cases=_cases_of_steps(uphill=False),
    misconceptions=_misconceptions_of_steps(
        -1, "Your path goes up: with which sign does a step down follow the gradient?"
    ),
    **SINGLE_PRECISION,
)

_chain_rule_gradient = Exercise(
    reference=solutions.chain_rule_gradient,
    points=2,
    cases=(
        Case("three numbers", lambda rng: (rng.uniform(1, 2), rng.uniform(3, 4), rng.uniform(8, 9))),
        Case("an array of θ, one weight and one target", lambda rng: (signed(rng, 5), 2.5, -1.5), share=2),
        Case("integer arrays", lambda rng: (whole(rng, 6), whole(rng, 6), 50 + whole(rng, 6)), edge=True),
        Case("integer θ alone", lambda rng: (whole(rng, 5), signed(rng, 5), signed(rng, 5)), edge=True),
        Case(
            "shapes that broadcast, and integer weights",
            lambda rng: (signed(rng, 3, 1), whole(rng, 4), signed(rng, 3, 4)),
            edge=True,
        ),
        Case(
            "arrays of shape (1, 1), and an integer target",
            lambda rng: (signed(rng, 1, 1), signed(rng, 1, 1), 19 + whole(rng, 1, 1)),
            edge=True,
        ),
        Case(
            "returns the right value and leaves its arguments unchanged",
            lambda rng: (every_sign(rng, 5), np.resize([1.5, 0.0, -2.5], 5) + 0.0, every_sign(rng, 5)),
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda theta, w, target: 2 * (w * theta - target),
            "This is dL/dy; a factor is missing: how does y change with θ?",
        ),
        Misconception(
            lambda theta, w, target: (w * theta - target) * w,
            "What does the square leave in front when you differentiate it?",
        ),
        Misconception(
            lambda theta, w, target: 2 * (target - w * theta) * w,
            "The sign is turned round: when y is above the target, a larger y makes the loss larger.",
        ),
        Misconception(
            lambda theta, w, target: 2 * (w * theta - target) * theta,
            "This is the derivative in the weight; the one in θ is asked for.",
        ),
        Misconception(
            lambda theta, w, target: (w * theta - target) ** 2,
            "This is the loss itself; its derivative is asked for.",
        ),
        Misconception(
            lambda theta, w, target: 2 * (theta - target) * w,
            "The outer derivative is taken at y, not at θ.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _network(rng: Generator, rows: int, inputs: int, hidden: int, outputs: int) -> tuple:
    x, target = signed(rng, rows, inputs), signed(rng, rows, outputs, low=1, high=3)
    return x, target, signed(rng, inputs, hidden) / 2, signed(rng, hidden, outputs)


def _saturated(rng: Generator) -> tuple:
    """Draw a network in which one of the hidden units is at ±1 in every row."""
    x, target, w1, w2 = _network(rng, 4, 2, 3, 2)
    x[:, 0], w1[0, 1], w1[1, 1] = 1.0, 400.0, 0.0
    return x, target, w1, w2


def _one_integer_example(rng: Generator) -> tuple:
    """Draw one example and a network, of whole numbers but for the second weights."""
    w1 = rng.permuted([[1, 0, -1], [-1, 1, 1]], axis=1)
    return np.sign(whole(rng, 1, 2)), whole(rng, 1, 2), w1, signed(rng, 3, 2)


def _network_with_zeros(rng: Generator) -> tuple:
    x, target, w1, w2 = (every_sign(rng, *shape) for shape in ((5, 2), (5, 2), (2, 2), (2, 2)))
    return x, 2 * target, w1 / 2, w2


def _one_unit(rng: Generator) -> tuple:
    x, target, w1, w2 = _network(rng, 3, 1, 1, 1)
    return x, target, w1, 2 * np.sign(w2).astype(int)


def _forward(x: Array, target: Array, w1: Array, w2: Array) -> tuple[Array, Array]:
    h = np.tanh(x @ w1)
    return h, (h @ w2 - target) / len(x)


def _backward(x: Array, h: Array, dy: Array, w2: Array, slope: Array | float) -> tuple[Array, Array]:
    return x.T @ (dy @ w2.T * slope), h.T @ dy


def _scaled_gradients(x: Array, target: Array, w1: Array, w2: Array, factor: float) -> tuple[Array, Array]:
    h, dy = _forward(x, target, w1, w2)
    return _backward(x, h, factor * dy, w2, 1 - h**2)


def _with_slope(x: Array, target: Array, w1: Array, w2: Array, slope: Callable) -> tuple[Array, Array]:
    h, dy = _forward(x, target, w1, w2)
    return _backward(x, h, dy, w2, slope(h, x @ w1))


_mlp_gradients = Exercise(
    reference=solutions.mlp_gradients,
    points=5,
    cases=(
        Case("a batch of examples", lambda rng: _network(rng, 6, 3, 4, 2), share=3),
        Case("a single example of integers", _one_integer_example, edge=True),
        Case(
            "as many examples as inputs, hidden units and outputs",
            lambda rng: _network(rng, 3, 3, 3, 3),
            share=2,
        ),
        Case("a hidden unit that is saturated", _saturated, edge=True),
        Case("one input, one hidden unit, one output, and an integer weight", _one_unit, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _network_with_zeros,
            share=2,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda x, target, w1, w2: _with_slope(x, target, w1, w2, lambda h, z: 1.0),
            "On the way back to w1 the error passes the tanh: "
            "by what factor does the tanh scale a small change of its input?",
        ),
        Misconception(
            lambda x, target, w1, w2: _with_slope(x, target, w1, w2, lambda h, z: 1 - z**2),
            "In 1 − tanh² it is the output of the tanh that is squared, not its input.",
        ),
        Misconception(
            lambda x, target, w1, w2: _with_slope(x, target, w1, w2, lambda h, z: 1 - np.tanh(h) ** 2),
            "The tanh is applied twice in your derivative: which of your arrays has passed it already?",
        ),
        Misconception(
            lambda x, target, w1, w2: _with_slope(x, target, w1, w2, lambda h, z: h * (1 - h)),
            "This is the derivative of the logistic function; the hidden layer here is a tanh.",
        ),
        Misconception(
            lambda x, target, w1, w2: _scaled_gradients(x, target, w1, w2, len(x)),
            "The loss is a mean over the rows: what does that do to its gradients?",
        ),
        Misconception(
            lambda x, target, w1, w2: _scaled_gradients(x, target, w1, w2, 2.0),
            "Your gradients are twice too long: what does the factor in front of the square do?",
        ),
        Misconception(
            lambda x, target, w1, w2: _scaled_gradients(x, target, w1, w2, 1 / target.shape[1]),
            "Count what the loss averages over: rows, not entries of the target.",
        ),
        Misconception(
            lambda x, target, w1, w2: _scaled_gradients(x, target, w1, w2, -1.0),
            "The sign is turned round: when y is above the target, a larger y makes the loss larger.",
        ),
        Misconception(
            lambda x, target, w1, w2: _scaled_gradients(x, target, w1, w2, 1.0)[::-1],
            "Both gradients are there, but in the other order.",
        ),
        Misconception(
            lambda x, target, w1, w2: tuple(d.T for d in _scaled_gradients(x, target, w1, w2, 1.0)),
            "A gradient has the shape of what it belongs to, and yours are transposed.",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (
    _numerical_gradient,
    _gradient_ascent,
    _gradient_descent,
    _chain_rule_gradient,
    _mlp_gradients,
)
