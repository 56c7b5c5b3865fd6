"""Cholesky factors of matrices that are large enough for their inverse to be made by halves."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.rules.decompositions import triangular_inverse

RNG = np.random.default_rng(0)


def positive(n: int, complex_: bool = False) -> np.ndarray:
    a = RNG.normal(size=(n, n)) + (1j * RNG.normal(size=(n, n)) if complex_ else 0.0)
    return a @ a.conj().T + n * np.eye(n)


@pytest.mark.parametrize("n", [0, 1, 32, 33, 70])
@pytest.mark.parametrize("complex_", [False, True])
def test_inverse_of_triangular_matrices(n, complex_) -> None:
    root = np.linalg.cholesky(np.stack([positive(n, complex_), positive(n, complex_)]))
    before = root.copy()
    inverse = triangular_inverse(root)
    np.testing.assert_allclose(inverse @ root, np.broadcast_to(np.eye(n), root.shape), atol=1e-14)
    np.testing.assert_array_equal(inverse, np.tril(inverse))
    np.testing.assert_array_equal(root, before)


@pytest.mark.parametrize("upper", [False, True])
def test_derivatives(upper) -> None:
    n = 40
    a, w, direction = positive(n), RNG.normal(size=(n, n)), RNG.normal(size=(n, n))
    direction = direction + direction.T

    def f(a):
        return np.sum(np.sin(np.linalg.cholesky(a, upper=upper)) * w)

    slope = adjoint.grad(f)
    _, a_dot = adjoint.jvp(f, (a,), (direction,))
    np.testing.assert_allclose(np.sum(slope(a) * direction), a_dot, rtol=1e-12)
    step = 1e-5 * direction
    np.testing.assert_allclose(a_dot, (f(a + step) - f(a - step)) / 2e-5, rtol=1e-7)
    bent = (slope(a + step) - slope(a - step)) / 2e-5
    np.testing.assert_allclose(adjoint.hvp(f)(a, direction), bent, rtol=1e-5, atol=1e-7)
