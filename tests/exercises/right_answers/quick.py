"""The three short calculations, by other ways to the same numbers."""

import numpy as np


def _objective(theta):
    return -((theta - 1) ** 2) + 2


def quick_ascent_step_by_central_difference():
    # for a parabola a central difference is exact, also with a step of one
    slope = (_objective(1) - _objective(-1)) / 2
    return 0.1 * slope


def quick_ascent_step_by_complex_step():
    # the slope is the imaginary part after a tiny imaginary step
    return 0.1 * _objective(1e-30j).imag / 1e-30


def quick_ascent_step_by_polynomial():
    # multiplied out, J is 1 + 2 theta - theta ** 2
    slope = np.polynomial.Polynomial([1, 2, -1]).deriv()
    return 0 + 0.1 * slope(0)


def quick_ppo_term_by_percentages():
    # whole numbers of percent
    ratio = 100 * 60 // 40
    return [3 * percent / 100 for percent in (ratio, min(ratio, 100 + 20))]


def quick_ppo_term_by_ceiling():
    # the clipped term is the smaller one of r A and A + epsilon |A|
    old, new, advantage, epsilon = 0.4, 0.6, 3, 0.2
    unclipped = new * advantage / old
    return unclipped, min(unclipped, advantage + epsilon * abs(advantage))


def quick_ppo_term_by_sorting():
    # the clipped ratio is the middle one of three; the term is the first of two
    ratio = np.divide(0.6, 0.4)
    middle = sorted([1 - 0.2, ratio, 1 + 0.2])[1]
    products = np.sort([ratio * 3, middle * 3])
    return products[1], products[0]


def quick_td_error_by_polynomial():
    # the target is a polynomial in gamma: 2 + 6 gamma
    return np.polyval([6, 2], 0.9) - 5


def quick_td_error_by_update():
    # half a TD update moves V(s) by half the error
    value, target = 5.0, 2 + 0.9 * 6
    updated = 0.5 * value + 0.5 * target
    return (updated - value) / 0.5


def quick_td_error_by_waiting():
    # the surprise without a discount, minus what waiting one step takes from V(s')
    surprise = 2 + 6 - 5
    return surprise - (1 - 0.9) * 6
