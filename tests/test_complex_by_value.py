"""Values that are real or complex depending on other values: eigenvalues, zeros, branches."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint.testing import check_grad

P = np.array([1.0, 2.0, 3.0])
W = np.array([1.0, 2.0])


def turning(p):
    return np.array([[p[0], -p[1]], [p[2], p[0]]])


def stretching(p):
    return np.array([[p[0], p[1]], [p[2], p[0]]])


def squares_of_eigenvalues(p, matrix=turning):
    return np.sum(np.abs(np.linalg.eigvals(matrix(p)) ** 2 * W))


def squares_of_real_eigenvalues(p):
    return squares_of_eigenvalues(p, stretching)


def cubes_of_imaginary_parts(p):
    values, _ = np.linalg.eig(turning(p))
    return np.sum(np.imag(values**3 * W))


def eigenvalues_times_real_numbers(p):
    return np.sum(np.imag(np.linalg.eigvals(turning(p)) * np.sum(p) * p[:2]))


def zeros_times_real_numbers(p):
    return np.sum(np.abs(np.roots(p) * p[:2] + p[0]))


def angles_of_zeros(p):
    return np.sum(np.angle(np.roots(p) * W))


def real_in_one_branch(p):
    y = p if p[0] > 5.0 else p * 1j
    z = y * y * p
    return np.sum(np.abs(z))


def complex_in_no_branch(p):
    y = p if p[0] > 0.0 else p * 1j
    z = y * y * p
    return np.sum(np.abs(z))


def real_array_times_complex(p):
    q = p * 2.0
    s = np.sum(q * np.array([1j, 2.0, 3j])).real
    return s * np.sum(q**3)


def roots_of_negative_numbers(p):
    return np.sum(np.abs(np.emath.sqrt(p - 2.5) ** 3))


PROGRAMS = (
    squares_of_eigenvalues, squares_of_real_eigenvalues, cubes_of_imaginary_parts,
    eigenvalues_times_real_numbers, zeros_times_real_numbers, angles_of_zeros, real_in_one_branch,
    complex_in_no_branch, real_array_times_complex, roots_of_negative_numbers,
)  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_gradient(f):
    check_grad(f, P, wrt=0)
