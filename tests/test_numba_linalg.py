"""Adjoints of matrix functions as numba compiles them: those of NumPy, NaN included."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import value_and_grad

pytest.importorskip("numba")
pytest.importorskip("scipy")  # whose BLAS numba calls
pytestmark = pytest.mark.slow


def gaussian(a, y):
    k = a @ a.T + 3.0 * np.eye(len(y))
    root = np.linalg.cholesky(k)
    z = np.linalg.solve(root, y)
    return 0.5 * np.sum(z**2) + np.sum(np.log(np.diag(root))) * np.sum(np.diag(z))


def determinants(a, y):
    k = a @ a.T + 3.0 * np.eye(len(y))
    return np.linalg.slogdet(k)[1] + np.trace(np.linalg.inv(k) * y)


def together(a, y):
    values, vectors = np.linalg.eigh(a + a.T)
    return np.sum(np.exp(-values) * (vectors.T @ y) ** 2)


def values_alone(a, y):
    values, vectors = np.linalg.eigh(a + a.T)
    return np.sum(np.exp(-values) * y)


MATRIX = np.random.default_rng(5).normal(size=(4, 4))
EQUAL = np.diag([1.0, 1.0, 2.0, 3.0])
MATRICES = (MATRIX, EQUAL, np.eye(4), np.zeros((0, 0)))


@pytest.mark.parametrize("f", [gaussian, determinants, together, values_alone], ids=lambda f: f.__name__)
def test_matrix_functions(f) -> None:
    compiled = value_and_grad(f, backend="numba")
    for a in MATRICES:
        y = np.array([0.5, -1.0, 2.0, 0.25])[: len(a)]
        value, a_bar = compiled(a, y)
        expected, expected_bar = value_and_grad(f)(a, y)
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        np.testing.assert_allclose(a_bar, expected_bar, rtol=1e-10, atol=1e-12)


def test_where_vectors_have_no_derivative_it_is_nan() -> None:
    assert np.isnan(value_and_grad(together)(EQUAL, np.arange(4.0))[1]).any()


def averages(table, index):
    return np.sum(np.mean(table[index], axis=1) ** 2)


def test_functions_along_an_axis_stay_functions() -> None:
    args = (np.arange(12.0).reshape(4, 3), np.array([[0, 1, 1], [3, 0, 2]]))
    value, table_bar = value_and_grad(averages, backend="numba")(*args)
    expected, expected_bar = value_and_grad(averages)(*args)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(table_bar, expected_bar, rtol=1e-12)
