"""Functions of NumPy under numba: value and gradient are those of the NumPy output, also at edges."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import value_and_grad

pytest.importorskip("numba")
pytest.importorskip("scipy")  # whose BLAS numba calls
pytestmark = pytest.mark.slow


def variances(x: Any, w: Any, a: Any) -> Any:
    return (
        np.var(x) + np.sum(np.var(w, axis=1) * a) + np.sum(w.var(axis=0) ** 2) + np.sum(np.var(w[0], axis=0))
    )


def deviations(x: Any, w: Any, a: Any) -> Any:
    return np.std(x) * a + np.sum(np.std(w, axis=1) ** 2) + np.sum(w.std(axis=0))


def products(x: Any, w: Any, a: Any) -> Any:
    return np.prod(x) * a + np.sum(np.prod(w, axis=1)) + np.sum(w.prod(axis=0) ** 2)


def running_sums(x: Any, w: Any, a: Any) -> Any:
    flat = np.sum(np.cumsum(x) ** 2) + np.sum(np.cumsum(w) ** 2)
    return flat + np.sum(np.cumsum(w, axis=1) ** 2) + a * np.sum(w.cumsum(axis=0) ** 3)


def norms(x: Any, w: Any, a: Any) -> Any:
    whole = np.linalg.norm(x[::-1]) * a + np.linalg.norm(w)
    return whole + np.sum(np.linalg.norm(w, axis=1) ** 2) + np.sum(np.linalg.norm(w, axis=0))


def length(v: Any) -> Any:
    return np.linalg.norm(v[::-1])


def norms_inside(x: Any, w: Any, a: Any) -> Any:
    return length(x) * a


def differences(x: Any, w: Any, a: Any) -> Any:
    return np.sum(np.diff(x) ** 2) * a + np.sum(np.diff(w, axis=1) ** 2) + np.sum(np.diff(w, axis=0) ** 3)


def sorted_rows(x: Any, w: Any, a: Any) -> Any:
    return np.sum(np.sort(x) * np.arange(5.0)) * a


def sincs(x: Any, w: Any, a: Any) -> Any:
    return np.sum(np.sinc(x)) + np.sinc(a) + np.sum(np.sinc(0.1 * w) ** 2)


def clips(x: Any, w: Any, a: Any) -> Any:
    return np.sum(np.clip(x, -0.5, 0.7) * 2.0) + np.clip(a, 0.1, 0.9) ** 2 + np.sum(np.clip(w, -1, 1) ** 2)


def log_sums(x: Any, w: Any, a: Any) -> Any:
    numbers = np.sum(np.logaddexp(x, 0.2)) + np.logaddexp(a, 0.3)
    return numbers + np.sum(np.logaddexp(x, a)) + np.sum(np.logaddexp(w, x))


def largest(x: Any, w: Any, a: Any) -> Any:
    return max(a, 0.2) * min(a, x[0]) + max(x[0], x[1], a) + min(x[2], a, x[3]) ** 2


def valid(x: Any, w: Any, a: Any) -> Any:
    return np.sum(np.fmax(x, 0.1)) + np.sum(np.fmin(w, x)) * a


def powers(x: Any, w: Any, a: Any) -> Any:
    return np.sum(np.abs(x) ** a) + np.sum((x * x + 1.0) ** -1.5) + abs(x[0]) ** (a + 1.0) + np.sum(2.0**x)


def joined(x: Any, w: Any, a: Any) -> Any:
    rows = np.sum(np.hstack((x, a * x)) ** 3) + np.sum(np.vstack((x, x)) ** 3)
    return rows + np.sum(np.concatenate((w, w**2), axis=1) ** 2) + np.sum(np.hstack((w, w)) * 2.0)


def stacked(x: Any, w: Any, a: Any) -> Any:
    return np.sum(np.stack((x, x * 2.0)) ** 2) + np.sum(np.array([a, a * a, x[0]]) ** 2)


def chosen(x: Any, w: Any, a: Any) -> Any:
    return np.sum(x[np.array([0, 2, 2])] ** 2) + np.sum(x[x > 0] ** 3) * a


def rearranged(x: Any, w: Any, a: Any) -> Any:
    copies = np.sum(np.repeat(x, 2) ** 2) + np.sum(np.tile(x, 3) ** 3)
    turned = np.sum(np.flip(x) * np.arange(5.0)) + np.sum(np.fliplr(w) * w) + np.sum(np.flip(w, 0) * w)
    return copies + turned * a + np.inner(x, x)


def determinant(x: Any, w: Any, a: Any) -> Any:
    return np.linalg.det(w[:, :3]) * a


def magnitudes(x: Any, w: Any, a: Any) -> Any:
    return np.sum(np.abs(np.exp(1j * x)) ** 2 * a) + np.sum(np.abs(x * 1j))


def rebound_sum(x: Any, w: Any, a: Any) -> Any:
    a = np.where(x > 0.0, a, 1.0).sum()
    return np.sum(np.tanh(x)) + a


def rebound_sums(x: Any, w: Any, a: Any) -> Any:
    total = 0.0
    for _ in range(3):
        total = np.sum(np.exp(-x * x) * total + x * a)
        a = np.mean(np.tanh(x) * a + total)
        x = np.tanh(x) + 0.1 * x
    x = np.sum(x * total) * x
    return total * a + np.sum(x)


def extremes(x: Any, w: Any, a: Any) -> Any:
    for i in range(3):
        x = np.max(w * x, axis=0) + x
        if x[i] > 0.3:
            a = a + np.sum(np.amin(w, axis=1) ** 2) * np.sum(np.where(x > a, x, 0.0))
    return a + np.sum(x) + np.sum(w.min(axis=1) ** 2) * a


RNG = np.random.default_rng(3)
PLAIN = (RNG.normal(size=5), RNG.normal(size=(3, 5)), 0.7)
ZEROS = (np.zeros(5), np.zeros((3, 5)), 0.0)
ONE_ZERO = (np.array([0.0, 1.0, -0.5, 0.7, 2.0]), np.where(np.eye(3, 5) > 0.0, 0.0, PLAIN[1]), 0.1)
EQUAL = (np.full(5, 0.7), np.full((3, 5), 1.0), 0.7)
UNKNOWN = (np.array([0.3, np.nan, 1.0, -1.0, 0.2]), PLAIN[1], 0.7)
BACKWARDS = (PLAIN[0][::-1], np.asfortranarray(PLAIN[1]), 0.7)

FUNCTIONS = (
    *(variances, deviations, products, running_sums, norms, differences, sorted_rows, sincs, clips, log_sums),
    *(largest, valid, powers, joined, stacked, chosen, rearranged, determinant, magnitudes),
    *(rebound_sum, rebound_sums, extremes),
)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_value_and_gradient_are_those_of_numpy(f: Callable[..., Any]) -> None:
    everything = (0, 1, 2)
    compiled, plain = (value_and_grad(f, wrt=everything, backend=name) for name in ("numba", "numpy"))
    for point in (PLAIN, ZEROS, ONE_ZERO, EQUAL, UNKNOWN, BACKWARDS):
        if f is sorted_rows and point is UNKNOWN:
            continue  # numba sorts NaN to another place
        with np.errstate(all="ignore"):
            value, bars = compiled(*point)
            expected, expected_bars = plain(*point)
        np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-14)
        for bar, known in zip(bars, expected_bars, strict=True):
            assert type(bar) is type(known) and np.shape(bar) == np.shape(known)
            np.testing.assert_allclose(bar, known, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", [norms_inside, lambda x, w, a: NORM(x[::-1]) * a])
def test_norms_that_numba_gets_wrong_are_left_to_numpy(f: Callable[..., Any]) -> None:
    value, bars = value_and_grad(f, wrt=(0, 2), backend="auto")(*PLAIN)
    assert value == f(*PLAIN)
    np.testing.assert_allclose(bars[0], 0.7 * PLAIN[0] / np.linalg.norm(PLAIN[0]), rtol=1e-12)


NORM = np.linalg.norm


def test_a_name_of_a_builtin_that_means_something_else_is_left_to_numpy() -> None:
    def own(float: Callable[..., Any], x: Any) -> Any:
        return float(x < 2.0) * x

    value, gradient = value_and_grad(own, wrt="x", backend="auto")(lambda test: 3.0, 1.5)
    assert (value, gradient) == (4.5, 3.0)
    assert math.isfinite(gradient)
