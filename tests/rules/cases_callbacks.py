"""Cases of the rules in rules/callbacks.py: functions that call a function they are given."""

import numpy as np

from tests.rules.generators import case, normal, positive


def power(x, p=2.0):
    return x**p


def circle(t):
    return np.cos(t), np.sin(t)


def scaled_sum(x, factor=2.0):
    return factor * np.sum(x * x)


def table(x, factor):
    return factor * np.outer(x, x)


def growth(x, rate):
    return np.exp(rate * x)


CASES = [
    case(np.vectorize, power),
    case(np.vectorize, power, "d", "powers", {"p"}, True),
    case(np.vectorize, scaled_sum, signature="(n)->()"),
    case(np.vectorize.__call__, np.vectorize(power), positive(3)).given(sweep=False),
    case(np.vectorize.__call__, np.vectorize(power), positive(2, 1), positive(3)).given(sweep=False),
    case(np.vectorize.__call__, np.vectorize(circle), normal(2, 3)).given(sweep=False),
    case(np.apply_along_axis, scaled_sum, 0, normal(3, 2)),
    case(np.apply_along_axis, scaled_sum, -1, normal(3, 2, 2), 3.0).given(sweep=False),
    case(np.apply_along_axis, scaled_sum, 1, normal(3, 2, 2), factor=3.0).given(sweep=False),
    case(np.apply_along_axis, table, 1, normal(2, 3, 2), 0.5).given(sweep=False),
    case(np.piecewise, np.array([-1.0, 0.5, 2.0]), [np.array([True, False, False])], [np.sin, np.cos]),
    case(
        np.piecewise, np.array([-1.0, 0.5, 2.0]), [np.array([True, False, True])], [growth, growth], 0.3
    ).given(sweep=False),
    case(
        np.piecewise, np.array([-1.0, 0.5]), [np.array([True, False]), np.array([True, True])], [np.sin, 2.5]
    ),
]
