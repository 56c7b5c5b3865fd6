"""Joined arrays: their pullback keeps lengths, not the arrays."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint import prepare, source, value_and_grad


def parts(x):
    return np.sum(np.concatenate((x[:1], x * x, x[2:] * 3.0)) ** 2)


def listed(x):
    ys = []
    for k in range(3):
        ys.append(x * float(k + 1))
    y = np.concatenate(ys)
    return np.sum(y * y * y)


def with_constants(x):
    y = np.concatenate([x, np.ones(2), x[::-1]])
    return np.sum(y * y * np.arange(len(y)))


def rows(x):
    y = np.concatenate((np.stack([x, x * x]), np.outer(x, x)))
    return np.sum(np.sin(y) * y)


def in_a_loop(x):
    y = x
    for _ in range(3):
        y = np.concatenate((y[1:], y[:1] * y[1:2]))
    return np.sum(y * x)


def used_elsewhere(x):
    pair = (x, x * 2.0)
    y = np.concatenate(pair)
    return np.sum(y * y) + np.sum(pair[0]) * pair[1][0]


def of_nothing(x):
    return np.sum(np.concatenate((x[:0], x)) ** 2)


def along_axes(x):
    return np.sum(np.concatenate((x[None], x[None]), axis=1) ** 2) + np.sum(np.concatenate((x, x), 0) ** 3)


PROGRAMS = [parts, listed, with_constants, rows, in_a_loop, used_elsewhere, of_nothing, along_axes]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_each_array_receives_its_part(f) -> None:
    x = np.array([0.7, 1.3, -0.4])
    value, x_bar = value_and_grad(f)(x)
    assert value == f(x) and type(value) is type(f(x))
    slopes = [(f(x + step) - f(x - step)) / 2e-6 for step in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(x_bar, slopes, rtol=1e-6, atol=1e-7)
    _, pullback = adjoint.vjp(f, x)
    for _ in range(2):
        np.testing.assert_allclose(pullback(1.0)[0], x_bar, rtol=1e-12)
    np.testing.assert_allclose(prepare(f, x)(x), x_bar, rtol=1e-12)
    bends = [(adjoint.grad(f)(x + step) - adjoint.grad(f)(x - step)) / 2e-5 for step in 1e-5 * np.eye(3)]
    np.testing.assert_allclose(adjoint.hessian(f)(x), bends, rtol=1e-5, atol=1e-6)


def test_single_precision_stays() -> None:
    def f(x, y):
        return np.sum(np.concatenate((x, y)) ** 2)

    x, y = np.ones(2, np.float32), np.ones(3)
    bars = value_and_grad(f, wrt=(0, 1))(x, y)[1]
    assert [bar.dtype for bar in bars] == [np.float32, np.float64]


def test_the_pullback_keeps_lengths() -> None:
    text = source(in_a_loop, np.ones(3))
    assert "lengths(" in text and "split_like" not in text
