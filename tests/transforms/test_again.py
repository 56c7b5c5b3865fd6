"""Loops whose reverse reads elements again, and loops where it must not."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adjoint
from adjoint import source, value_and_grad


def neighbours(x, n):
    total = 0.0
    for i in range(n):
        total = total + x[i] * x[i + 1]
    return total


def downwards(x, n):
    total = 1.0
    for i in range(n, 0, -1):
        v = x[i] * 2.0 - x[i - 1]
        total = total + 0.5 * v - x[-i] * x[2 * i - i]
    return total


def in_a_matrix(x, n):
    y = x * np.ones((2, 1))
    total = 0.0
    for i in range(n):
        total = total + x[i] * y[1, i]
    return total


def nested(x, n):
    total = 0.0
    for i in range(n):
        for j in range(i):
            total = total + x[i] * x[j]
    return total


def branching(x, n):
    total = 0.0
    for i in range(n):
        if x[i] > 0.0:
            total = total + x[i] * x[i]
        if x[i + 1] < 0.5:
            total = total - math.sin(x[i]) * x[0]
    return total


def rebound(x, n):
    total = 0.0
    for i in range(n):
        total = total + x[i] * x[i + 1]
        x = x * 1.1
    return total


def leaving(x, n):
    total = 0.0
    for i in range(n):
        if i > 2:
            break
        total = total + x[i] * x[i + 1]
    return total


def beside_an_array_that_changes(x, n):
    w = np.ones(n + 1)
    total = 0.0
    for i in range(n):
        total = total + x[i] * x[i + 1] * w[0]
        w[0] = w[0] * 0.5
    return total


def index_that_moves(x, n):
    total, k = 0.0, 0
    for i in range(n):
        total = total + x[i] * x[k]
        k = (k + i) % 3
    return total


PROGRAMS = [neighbours, downwards, in_a_matrix, nested, branching, rebound, leaving]
PROGRAMS += [beside_an_array_that_changes, index_that_moves]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0, 1, 4])
def test_gradients(f, n) -> None:
    x = np.array([0.7, -1.3, 0.4, 1.1, -0.6])
    before = x.copy()
    value, x_bar = value_and_grad(f)(x, n)
    assert value == f(x, n) and type(value) is type(f(x, n))
    slopes = [(f(x + step, n) - f(x - step, n)) / 2e-6 for step in 1e-6 * np.eye(5)]
    np.testing.assert_allclose(x_bar, slopes, rtol=1e-6, atol=1e-7)
    _, pullback = adjoint.vjp(f, x, n)
    for _ in range(2):
        np.testing.assert_allclose(pullback(1.0)[0], x_bar, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(x, before)


def test_where_no_record_is_needed() -> None:
    x = np.ones(5)
    assert "append" not in source(neighbours, x, 4)
    assert "append" in source(rebound, x, 4) and "append" in source(beside_an_array_that_changes, x, 4)


def test_a_pullback_of_its_own_keeps_what_was_read() -> None:
    x = np.ones(3)
    _, pullback = adjoint.vjp(neighbours, x, 2)
    x[:] = 7.0
    np.testing.assert_array_equal(pullback(1.0)[0], [1.0, 2.0, 1.0])
