"""Steps that end early, moves that are rounded away, axes that disappear."""

import numpy as np


def numerical_gradient_that_scales_its_step_where_theta_is_not_0(f, theta, h=1e-5):
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        step = np.zeros(len(theta))
        step[i] = h * max(1.0, abs(theta[i]))
        gradient[i] = (f(theta + step) - f(theta - step)) / (2 * step[i])
    return gradient


def numerical_gradient_that_returns_a_number_for_one_variable(f, theta, h=1e-5):
    moves = h * np.eye(len(theta))
    return np.squeeze([(f(theta + move) - f(theta - move)) / (2 * h) for move in moves])


def numerical_gradient_that_moves_theta_itself_and_not_quite_back(f, theta, h=1e-5):
    gradient = np.zeros(len(theta))
    moved = np.asarray(theta, dtype=float)
    for i in range(len(theta)):
        moved[i] += h
        above = f(moved)
        moved[i] -= 2 * h
        gradient[i] = (above - f(moved)) / (2 * h)
        moved[i] += h
    return gradient


def gradient_ascent_that_stops_when_it_has_converged(grad, theta0, learning_rate, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        step = learning_rate * grad(path[-1])
        if np.linalg.norm(step) < 1e-8:
            break
        path.append(path[-1] + step)
    return np.array(path)


def gradient_ascent_that_flattens_the_path_of_one_variable(grad, theta0, learning_rate, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] + learning_rate * grad(path[-1]))
    return np.squeeze(np.array(path))


def gradient_ascent_that_returns_only_the_start_without_its_axis_for_no_steps(
    grad, theta0, learning_rate, steps
):
    if steps == 0:
        return np.array(theta0, dtype=float)
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] + learning_rate * grad(path[-1]))
    return np.array(path)


def gradient_descent_that_stops_when_two_points_are_close(grad, theta0, learning_rate, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * grad(path[-1]))
        if np.allclose(path[-1], path[-2]):
            break
    return np.array(path)


def gradient_descent_that_keeps_the_dtype_of_the_start(grad, theta0, learning_rate, steps):
    path = np.empty((steps + 1, len(theta0)), dtype=theta0.dtype)
    path[0] = theta0
    for k in range(steps):
        path[k + 1] = path[k] - learning_rate * grad(path[k])
    return path


def gradient_descent_that_flattens_the_path_of_one_variable(grad, theta0, learning_rate, steps):
    path = [np.array(theta0, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * grad(path[-1]))
    return np.array(path)[:, 0] if len(theta0) == 1 else np.array(path)


def gradient_descent_that_descends_in_the_start_itself_if_it_is_of_floats(grad, theta0, learning_rate, steps):
    theta = np.asarray(theta0, dtype=float)
    path = [theta.copy()]
    for _ in range(steps):
        theta -= learning_rate * grad(theta)
        path.append(theta.copy())
    return np.array(path)


def chain_rule_gradient_that_keeps_the_dtype_of_theta(theta, weight, target):
    value = 2 * (weight * theta - target) * weight
    return np.asarray(value).astype(np.asarray(theta).dtype)


def chain_rule_gradient_that_divides_by_the_weight(theta, weight, target):
    y = weight * np.asarray(theta)
    return 2 * (y - target) * (y / np.asarray(theta))


def chain_rule_gradient_that_squeezes(theta, weight, target):
    return np.squeeze(2 * (weight * np.asarray(theta) - target) * weight)


def mlp_gradients_that_squeezes_the_hidden_layer(x, target, w1, w2):
    h = np.tanh(x @ w1)
    dy = (h @ w2 - target) / len(x)
    return np.squeeze(x.T @ (dy @ w2.T * (1 - h**2))), np.squeeze(h.T @ dy)


def mlp_gradients_that_keeps_the_dtype_of_the_weights(x, target, w1, w2):
    h = np.tanh(x @ w1)
    dy = (h @ w2 - target) / len(x)
    d1, d2 = np.zeros_like(w1), np.zeros_like(w2)
    d1[:], d2[:] = x.T @ (dy @ w2.T * (1 - h**2)), h.T @ dy
    return d1, d2


def mlp_gradients_that_divides_by_the_input(x, target, w1, w2):
    h = np.tanh(x @ w1)
    dy = (h @ w2 - target) / len(x)
    return (x / x * x).T @ (dy @ w2.T * (1 - h**2)), h.T @ dy


def mlp_gradients_that_divides_by_the_slope_of_the_hidden_units(x, target, w1, w2):
    h = np.tanh(x @ w1)
    dy, slope = (h @ w2 - target) / len(x), 1 - h**2
    return x.T @ (dy @ w2.T * slope * slope / slope), h.T @ dy
