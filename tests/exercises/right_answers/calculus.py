"""Right answers to the exercises of `solutions.calculus`."""

from itertools import accumulate, islice

import numpy as np
from numpy.polynomial import Polynomial
from scipy.special import expit


def numerical_gradient_by_parabolas(f, theta, h=1e-5):
    # for each coordinate the parabola through three points, and its slope in the middle one
    theta = np.asarray(theta, dtype=float)
    places = np.array([-1.0, 0.0, 1.0])
    values = [[f(theta + place * h * axis) for axis in np.eye(len(theta))] for place in places]
    _, slopes, _ = np.linalg.solve(np.vander(places, increasing=True), values)
    return slopes / h


def numerical_gradient_by_least_squares(f, theta, h=1e-5):
    # the plane that fits all 2d points around theta best
    axes = np.eye(len(theta))
    moves = np.concatenate([axes, -axes])
    values = np.apply_along_axis(f, 1, theta + h * moves)
    slopes, *_ = np.linalg.lstsq(moves, values - np.mean(values))
    return slopes / h


def numerical_gradient_by_two_chords(f, theta, h=1e-5):
    # midway between the forward and the backward difference
    here = f(np.array(theta, dtype=float))
    gradient = []
    for i in range(len(theta)):
        forth, back = np.array(theta, dtype=float), np.array(theta, dtype=float)
        forth[i] += h
        back[i] -= h
        gradient.append(((f(forth) - here) / h + (here - f(back)) / h) / 2)
    return gradient


def gradient_ascent_by_plain_lists(grad, theta0, learning_rate, steps):
    # lists of Python numbers, one coordinate at a time
    path = [[float(x) for x in theta0]]
    for k in range(steps):
        slopes = grad(np.array(path[k]))
        path.append([x + learning_rate * float(slope) for x, slope in zip(path[k], slopes, strict=True)])
    return path


def gradient_ascent_by_running_total(grad, theta0, learning_rate, steps):
    # theta_k is the start plus alpha times the sum of all gradients up to there
    start = np.array(theta0, dtype=float)
    path = np.tile(start, (steps + 1, 1))
    total = np.zeros(len(start))
    for row in path[1:]:
        total += grad(start + learning_rate * total)
        row += learning_rate * total
    return path


def gradient_ascent_by_accumulate(grad, theta0, learning_rate, steps):
    # no loop and no table: the step is a function, and itertools applies it over and over
    def step(theta, _):
        return theta + learning_rate * np.asarray(grad(theta))

    return list(accumulate(range(steps), step, initial=np.array(theta0, dtype=float)))


def _downhill(grad, theta, learning_rate):
    while True:
        yield theta.tolist()
        theta = theta - learning_rate * np.asarray(grad(theta))


def gradient_descent_by_endless_walk(grad, theta0, learning_rate, steps):
    # a generator that walks for ever, of which only the beginning is taken
    walk = _downhill(grad, np.array(theta0, dtype=float), learning_rate)
    return list(islice(walk, steps + 1))


def gradient_descent_by_weighted_average(grad, theta0, learning_rate, steps):
    # each point lies between the last one (1 - alpha) and one that is a whole gradient lower (alpha)
    path = np.empty((steps + 1, len(theta0)))
    path[0] = theta0
    for k in range(steps):
        lower = path[k] - grad(path[k].copy())
        path[k + 1] = np.average([path[k], lower], axis=0, weights=[1 - learning_rate, learning_rate])
    return path


def gradient_descent_by_translation_matrices(grad, theta0, learning_rate, steps):
    # a point is (theta, 1), and a step is a matrix that translates it
    path = [np.append(theta0, 1.0)]
    for _ in range(steps):
        translation = np.eye(len(path[0]))
        translation[:-1, -1] -= learning_rate * np.asarray(grad(path[-1][:-1].copy()))
        path.append(translation @ path[-1])
    return np.array(path)[:, :-1]


def chain_rule_gradient_by_complex_step(theta, weight, target):
    # a tiny step in the imaginary direction, in which nothing cancels
    h = 1e-20
    error = weight * (np.asarray(theta) + 1j * h) - target
    return np.imag(error * error) / h


def _product_rule(one, other):
    return one[0] * other[0], one[0] * other[1] + one[1] * other[0]


def chain_rule_gradient_by_dual_numbers(theta, weight, target):
    # forwards instead of backwards: every number has its derivative in theta with it
    value, slope = _product_rule((np.asarray(weight, dtype=float), 0.0), (np.asarray(theta), 1.0))
    error = value - target, slope
    _, gradient = _product_rule(error, error)
    return gradient


def chain_rule_gradient_by_polynomials(theta, weight, target):
    # for each entry the loss as a polynomial in theta, which NumPy differentiates
    def slope(at, factor, wanted):
        loss = Polynomial([-wanted, factor]) ** 2
        return loss.deriv()(at)

    return np.vectorize(slope, otypes=[float])(*(np.asarray(each) * 1.0 for each in (theta, weight, target)))


def _loss(x, target, w1, w2):
    error = np.tanh(x @ w1) @ w2 - target
    return np.sum(error**2) / (2 * len(x))


def mlp_gradients_by_complex_step(x, target, w1, w2):
    # the loss alone, with one weight after the other moved by a tiny imaginary step
    weights = [np.array(w1, dtype=complex), np.array(w2, dtype=complex)]
    gradients = [np.empty(np.shape(w1)), np.empty(np.shape(w2))]
    for layer, gradient in zip(weights, gradients, strict=True):
        for place in np.ndindex(layer.shape):
            layer[place] += 1e-20j
            gradient[place] = _loss(x, target, *weights).imag / 1e-20
            layer[place] -= 1e-20j
    return gradients


def mlp_gradients_by_jacobians(x, target, w1, w2):
    # the Jacobian of all outputs in all weights of a layer, times the errors
    hidden = np.tanh(np.matmul(x, w1, dtype=float))
    errors = np.ravel(hidden @ w2 - target) / len(x)
    in_w1 = np.einsum("ni,nh,ho->noih", x, 1 - hidden**2, w2).reshape(len(errors), -1)
    in_w2 = np.kron(hidden, np.eye(w2.shape[1]))
    return (errors @ in_w1).reshape(w1.shape), (errors @ in_w2).reshape(w2.shape)


def mlp_gradients_by_hidden_units(x, target, w1, w2):
    # one hidden unit at a time, and tanh(z) = 2 sigmoid(2z) - 1 with its slope 4 sigmoid(2z) sigmoid(-2z)
    columns = np.matmul(x, w1, dtype=float).T
    units = [2 * expit(2 * z) - 1 for z in columns]
    error = sum(map(np.outer, units, w2)) - target
    dw1, dw2 = np.zeros(w1.shape), np.zeros(w2.shape)
    for j, (z, unit) in enumerate(zip(columns, units, strict=True)):
        slope = 4 * expit(2 * z) * expit(-2 * z)
        dw1[:, j] = (slope * (error @ w2[j])) @ x / len(x)
        dw2[j] = unit @ error / len(x)
    return dw1, dw2
