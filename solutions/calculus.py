"""E.3.1: derivatives, gradient steps, the chain rule and backpropagation."""

from collections.abc import Callable

import numpy as np

from solutions._arguments import (
    arguments,
    broadcastable,
    count,
    floats,
    function,
    non_negative,
    positive,
)


@arguments(f=function(to=""), theta=floats("d"), h=positive)
def numerical_gradient(
    f: Callable[[np.ndarray], float], theta: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """Approximate the gradient of f at theta by central differences.

    For each coordinate i, with e_i the i-th unit vector:

        ∂f/∂θ_i ≈ (f(θ + h·e_i) − f(θ − h·e_i)) / (2h)

    Each coordinate is moved by exactly h, not by a multiple of θ_i,
    while the others stay.

    Arguments:
        f: function from an array (d,) to a number
        theta: (d,) floats, the point; d=1 is an array of length 1
        h: the step, above 0

    Returns:
        (d,) floats, one approximate partial derivative per coordinate. theta
            is left unchanged.

    Raises (not graded):
        ValueError: theta is not one-dimensional, h is not above 0, or f
            returns no single number.

    Source: Nocedal & Wright 2006, Numerical Optimization, section 8.1
        (central differences).
    """
    return np.array(
        [
            (f(theta + step) - f(theta - step)) / (2 * h)
            for step in h * np.eye(len(theta))
        ]
    )


@arguments(
    grad=function(to="d"),
    theta0=floats("d"),
    learning_rate=non_negative,
    steps=count,
)
def gradient_ascent(
    grad: Callable[[np.ndarray], np.ndarray],
    theta0: np.ndarray,
    learning_rate: float,
    steps: int,
) -> np.ndarray:
    """Climb: take gradient ascent steps from theta0 and keep the whole path.

        θ_{k+1} = θ_k + α ∇J(θ_k)

    Arguments:
        grad: function from an array (d,) to the gradient there, an array (d,)
        theta0: (d,) floats, the start θ_0; d=1 is an array of length 1
        learning_rate: α, at least 0
        steps: number of steps, an integer of at least 0

    Returns:
        (steps + 1, d) floats: row k is θ_k, so row 0 is theta0. steps=0 gives
            (1, d). theta0 stays as it is.

    Raises (not graded):
        ValueError: theta0 is not one-dimensional, grad returns another shape
            than theta0's, learning_rate is negative, or steps is not an
            integer of at least 0.

    Source: Sutton & Barto 2018, eq. (13.1).
    """
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] + learning_rate * grad(path[-1]))
    return np.array(path)


@arguments(
    grad=function(to="d"),
    theta0=floats("d"),
    learning_rate=non_negative,
    steps=count,
)
def gradient_descent(
    grad: Callable[[np.ndarray], np.ndarray],
    theta0: np.ndarray,
    learning_rate: float,
    steps: int,
) -> np.ndarray:
    """Go downhill: take gradient descent steps from theta0 and keep the whole path.

        θ_{k+1} = θ_k − α ∇L(θ_k)

    Arguments:
        grad: function from an array (d,) to the gradient there, an array (d,)
        theta0: (d,) floats, the start θ_0; d=1 is an array of length 1
        learning_rate: α, at least 0
        steps: number of steps, an integer of at least 0

    Returns:
        (steps + 1, d) floats: row k is θ_k, so row 0 is theta0. steps=0 gives
            (1, d). theta0 stays as it is.

    Raises (not graded):
        ValueError: theta0 is not one-dimensional, grad returns another shape
            than theta0's, learning_rate is negative, or steps is not an
            integer of at least 0.

    Source: Nocedal & Wright 2006, Numerical Optimization, section 2.2 (the steepest
        descent direction; the fixed step is ours).
    """
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * grad(path[-1]))
    return np.array(path)


@arguments(theta=broadcastable, weight=broadcastable, target=broadcastable)
def chain_rule_gradient(
    theta: np.ndarray | float,
    weight: np.ndarray | float,
    target: np.ndarray | float,
) -> np.ndarray | float:
    """Differentiate a squared error through a multiplication, by the chain rule.

        y = weight · θ,   L = (y − target)²,   dL/dθ = dL/dy · dy/dθ

    Arguments:
        theta, weight, target: floats, numbers or arrays whose shapes broadcast

    Returns:
        dL/dθ, elementwise, in the broadcast shape (a number if all
            three are numbers).

    Raises (not graded):
        ValueError: the shapes do not broadcast.

    Source: the chain rule of calculus, (f∘g)′ = (f′∘g)·g′.
    """
    return 2 * (weight * theta - target) * weight


@arguments(
    x=floats("N I"), target=floats("N O"), w1=floats("I H"), w2=floats("H O")
)
def mlp_gradients(
    x: np.ndarray, target: np.ndarray, w1: np.ndarray, w2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Backpropagate a squared error through a network of two layers without biases.

    Each row of x is one example:

        h = tanh(x w1),   y = h w2,   L = mean over the N rows of ½ ‖y − target‖²

    The norm sums over the O outputs; only the rows are averaged. Remember
    tanh′ = 1 − tanh².

    Arguments:
        x: (N, I) floats, inputs
        target: (N, O) floats, wanted outputs
        w1: (I, H) floats, weights of the first layer
        w2: (H, O) floats, weights of the second layer

    Returns:
        (dL/dw1, dL/dw2), floats of shapes (I, H) and (H, O).

    Raises (not graded):
        ValueError: an argument is not two-dimensional, or N, I, H or O differ
            between arguments.

    Source: Rumelhart, Hinton & Williams 1986, Nature 323, eqs. (4)–(7), there with
        the logistic function.
    """
    h = np.tanh(x @ w1)
    dy = (h @ w2 - target) / len(x)
    dh = dy @ w2.T
    return x.T @ (dh * (1 - h**2)), h.T @ dy
