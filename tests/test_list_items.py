"""Items of lists that are read: their cotangents are added up in the list's."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint import value_and_grad


def grown_by_its_items(x):
    c = [x[0], x[1] * 2.0]
    s = 0.0
    for i in range(2, 6):
        c.append(c[i - 1] * c[i - 2])
        s = s + c[-1] + c[-2] * c[0]
    return s


def stored_into(x):
    c = [0.0] * 4
    c[1] = x[0] * x[1]
    c[2] = c[1] * c[1] + c[0]
    return c[2] * c[-2] + c[1]


def sums_of_items(x):
    ys = [v * v for v in x]
    zs = ys[1:] + ys[:1]
    return sum(ys) * zs[0] + zs[-1] * ys[0] * ys[0]


def handed_on(x):
    ys = [x[0], x[1]]

    def g(v):
        return v[0] * v[1] + v[-1]

    return g(ys) * ys[0] + g(ys[::-1])


def taken_off_again(x):
    ys = [x[0] * 3.0]
    for i in range(3):
        if ys[i] > 0:
            ys.append(ys[i] * x[1])
        else:
            ys.append(-ys[i])
    v = ys.pop()
    return v * ys[0] + ys[-1]


def with_an_integer(x):
    ys = [x[0], 2, x[1]]
    return ys[0] * ys[1] + ys[2] * ys[0] * ys[1]


def nested(x):
    ys = [[x[0], x[1]], [x[2], x[0]]]
    s = 0.0
    for i in range(2):
        for j in range(2):
            s = s + ys[i][j] * ys[j][i]
    return s


def overwritten(x):
    best = [x[0]]
    for i in range(1, 3):
        best[0] = best[0] * x[i]
        best.append(best[0] + best[i - 1])
    return best[2] * best[1]


def repeated(x):
    ys = [x[0]] * 3
    ys[1] = ys[1] * x[1]
    return ys[0] * ys[1] * ys[2]


PROGRAMS = [
    grown_by_its_items,
    stored_into,
    sums_of_items,
    handed_on,
    taken_off_again,
    with_an_integer,
    nested,
    overwritten,
    repeated,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_items_add_up(f) -> None:
    x = np.array([0.7, 1.3, -0.4])
    value, x_bar = value_and_grad(f)(x)
    assert value == f(x) and type(value) is type(f(x))
    slopes = [(f(x + step) - f(x - step)) / 2e-6 for step in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(x_bar, slopes, rtol=1e-6, atol=1e-7)
    _, pullback = adjoint.vjp(f, x)
    for _ in range(2):
        np.testing.assert_allclose(pullback(1.0)[0], x_bar, rtol=1e-12)


def test_none_is_zero_in_the_cotangent_of_a_list() -> None:
    def squares(x):
        ys = []
        for v in x:
            ys.append(v * v * x[0])
        return ys

    _, pullback = adjoint.vjp(squares, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(pullback([1.0, None, 2.0])[0], pullback([1.0, 0.0, 2.0])[0])
