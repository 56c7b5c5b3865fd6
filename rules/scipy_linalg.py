"""Rules of scipy.linalg: systems, inverses, determinants, least squares, norms.

Loaded once SciPy's module is imported and a function is looked up.  Where ``assume_a`` promises a symmetric
matrix, its cotangent is symmetric although one triangle is read; entries that a structure leaves out have
none.  Permission to overwrite an argument is refused: a rule must leave arguments as they are.

Source of the mathematics: M. Giles, An extended collection of matrix derivative results for forward and
reverse mode algorithmic differentiation (2008).
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import numpy as np

from adjoint.rules.determinants import cofactors, det_bar
from adjoint.rules.kinds import Kind
from adjoint.rules.linalg import as_columns as as_columns
from adjoint.rules.linalg import (
    inv_bar,
    lstsq_bars,
    lstsq_dot,
    pinv_bar,
    pinv_dot,
    solution_kind,
    square_kind,
    symmetrised,
)
from adjoint.rules.norms import norm_bar, norm_dot, order_bar, order_dot, reduced_axes
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out, hermitian, still

linalg: Any = importlib.import_module("scipy.linalg")

#: What a solver assumes of the transposed matrix, where it is not the same.
FLIPPED = {"upper triangular": "lower triangular", "lower triangular": "upper triangular"}
HERMITIAN = ("pos", "positive definite", "her", "hermitian")
#: SciPy's default has changed: older versions solve every system as a general one.
ASSUMED: Any = inspect.signature(linalg.solve).parameters["assume_a"].default


def structured(matrix: Any, assume_a: Any) -> Any:
    """Return the part of a matrix that a structure leaves free, of a symmetric one the symmetric part.

    Args:
        matrix: shape (..., n, n).
        assume_a: as for `scipy.linalg.solve`.
    """
    if assume_a in HERMITIAN:
        return symmetrised(matrix)
    if assume_a in ("sym", "symmetric"):
        return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))
    if assume_a == "upper triangular":
        return np.triu(matrix)
    if assume_a == "lower triangular":
        return np.tril(matrix)
    if assume_a in ("diagonal", "tridiagonal"):
        width = 0 if assume_a == "diagonal" else 1
        return np.tril(np.triu(matrix, -width), width)
    return matrix


# -- systems ------------------------------------------------------------------------------------


def rhs_bar(y: Any, b: Any) -> Any:
    """Return the cotangent of ``b`` from that of its columns."""
    return fit(unbroadcast(y[..., 0] if np.ndim(b) == 1 else y, b), b)


def adjoint_solve(a: Any, columns: Any, lower: Any, assume_a: Any, transposed: Any) -> Any:
    """Solve the conjugate transposed system."""
    if transposed:  # real matrices only
        return linalg.solve(a, columns, lower, check_finite=False, assume_a=assume_a)
    flipped = FLIPPED.get(assume_a, assume_a)
    return linalg.solve(hermitian(np.atleast_2d(a)), columns, not lower, check_finite=False, assume_a=flipped)


def system_bar(y: Any, x: Any, a: Any, assume_a: Any, transposed: Any) -> Any:
    """Return the cotangent ``-y x^H`` of the matrix of a system.

    Args:
        y: solution of the adjoint system, shape (..., n, k).
        x: solution of the system, shape (..., n, k).
        a: the matrix, shape (..., n, n); a single number may stand for any multiple of the identity.
        assume_a: as for `scipy.linalg.solve`.
        transposed: as for `scipy.linalg.solve`.
    """
    product = -y * np.conj(x) if np.size(a) == 1 else -y @ hermitian(x)
    if np.size(a) == 1:
        return fit(np.sum(product), a)
    turned = np.swapaxes(product, -1, -2) if transposed else product
    return fit(structured(unbroadcast(turned, a), assume_a), a)


@rrule(linalg.solve, fresh=True, kind=lambda a, b, **_: solution_kind(a, b))
def solve(
    a: Any,
    b: Any,
    lower: Any = False,
    *,
    check_finite: Any = True,
    assume_a: Any = ASSUMED,
    transposed: Any = False,
) -> Any:
    """Solve the transposed system; of a structured matrix only the entries read have a cotangent."""
    out = linalg.solve(a, b, lower, check_finite=check_finite, assume_a=assume_a, transposed=transposed)

    def solve_pullback(out_bar: Any) -> Any:
        y = adjoint_solve(a, as_columns(out_bar, b), lower, assume_a, transposed)
        a_bar = system_bar(y, as_columns(out, b), a, assume_a, transposed)
        return a_bar, rhs_bar(y, b), None, None, None, None

    return out, solve_pullback


def system_dot(a_dot: Any, out: Any, a: Any, b: Any, lower: Any, assume_a: Any, transposed: Any) -> Any:
    """Return how the solution moves with the matrix."""
    part = structured(a_dot, assume_a)
    part = np.swapaxes(part, -1, -2) if transposed else part
    columns = as_columns(out, b)
    moved = part * columns if np.size(a) == 1 else part @ columns
    dot = -linalg.solve(a, moved, lower, check_finite=False, assume_a=assume_a, transposed=transposed)
    return dot[..., 0] if np.ndim(b) == 1 else dot


@frule(linalg.solve)
def solve_forward(
    a: Any,
    b: Any,
    lower: Any = False,
    *,
    check_finite: Any = True,
    assume_a: Any = ASSUMED,
    transposed: Any = False,
) -> Any:
    """The same system with the tangents on the right."""
    out = linalg.solve(a, b, lower, check_finite=check_finite, assume_a=assume_a, transposed=transposed)

    def solve_pushforward(
        a_dot: Any, b_dot: Any, lower_dot: Any, finite_dot: Any, assume_dot: Any, transposed_dot: Any
    ) -> Any:
        return (
            system_dot(a_dot, out, a, b, lower, assume_a, transposed),
            linalg.solve(a, b_dot, lower, check_finite=False, assume_a=assume_a, transposed=transposed),
            None,
            None,
            None,
            None,
        )

    return out, solve_pushforward


# -- inverse and determinant --------------------------------------------------------------------


@rrule(linalg.inv, fresh=True, kind=square_kind)
def inv(a: Any, *, check_finite: Any = True) -> Any:
    """``-out^H out_bar out^H``."""
    out = linalg.inv(a, check_finite=check_finite)

    def inv_pullback(out_bar: Any) -> Any:
        return inv_bar(out_bar, out, a), None

    return out, inv_pullback


@frule(linalg.inv)
def inv_forward(a: Any, *, check_finite: Any = True) -> Any:
    """``-out a_dot out``."""
    out = linalg.inv(a, check_finite=check_finite)

    def inv_pushforward(a_dot: Any, finite_dot: Any) -> Any:
        return -(out @ a_dot @ out), None

    return out, inv_pushforward


@rrule(linalg.det, fresh=True)
def det(a: Any, *, check_finite: Any = True) -> Any:
    """The matrix of cofactors; right for singular matrices."""
    out = linalg.det(a, check_finite=check_finite)

    def det_pullback(out_bar: Any) -> Any:
        return det_bar(out_bar, out, a), None

    return out, det_pullback


@frule(linalg.det)
def det_forward(a: Any, *, check_finite: Any = True) -> Any:
    """The tangent against the cofactors; right for singular matrices."""
    out = linalg.det(a, check_finite=check_finite)

    def det_pushforward(a_dot: Any, finite_dot: Any) -> Any:
        return fit_out(np.sum(cofactors(a, out) * a_dot, axis=(-2, -1)), out), None

    return out, det_pushforward


# -- pseudoinverse and least squares ------------------------------------------------------------


@rrule(linalg.pinv, fresh=True)
def pinv(a: Any, *, atol: Any = None, rtol: Any = None, check_finite: Any = True) -> Any:
    """The pseudoinverse, while the rank is constant."""
    out = linalg.pinv(a, atol=atol, rtol=rtol, check_finite=check_finite)

    def pinv_pullback(out_bar: Any) -> Any:
        return pinv_bar(out_bar, out, a), None, None, None

    return out, pinv_pullback


@frule(linalg.pinv)
def pinv_forward(a: Any, *, atol: Any = None, rtol: Any = None, check_finite: Any = True) -> Any:
    """The pseudoinverse, while the rank is constant."""
    out = linalg.pinv(a, atol=atol, rtol=rtol, check_finite=check_finite)

    def pinv_pushforward(a_dot: Any, atol_dot: Any, rtol_dot: Any, finite_dot: Any) -> Any:
        return pinv_dot(a_dot, out, a), None, None, None

    return out, pinv_pushforward


def from_triangle(a: Any, lower: Any) -> Any:
    """Return the Hermitian matrices of which one triangle is given."""
    return np.tril(a) + hermitian(np.tril(a, -1)) if lower else np.triu(a) + hermitian(np.triu(a, 1))


@rrule(linalg.pinvh, fresh=True)
def pinvh(a: Any, atol: Any = None, rtol: Any = None, lower: Any = True, *, check_finite: Any = True) -> Any:
    """The cotangent is symmetric although one triangle of ``a`` is read."""
    out = linalg.pinvh(a, atol, rtol, lower, check_finite=check_finite)

    def pinvh_pullback(out_bar: Any) -> Any:
        return symmetrised(pinv_bar(out_bar, out, from_triangle(a, lower))), None, None, None, None

    return out, pinvh_pullback


@frule(linalg.pinvh)
def pinvh_forward(
    a: Any, atol: Any = None, rtol: Any = None, lower: Any = True, *, check_finite: Any = True
) -> Any:
    """The tangent counts by its Hermitian part although one triangle of ``a`` is read."""
    out = linalg.pinvh(a, atol, rtol, lower, check_finite=check_finite)

    def pinvh_pushforward(a_dot: Any, atol_dot: Any, rtol_dot: Any, lower_dot: Any, finite_dot: Any) -> Any:
        return pinv_dot(symmetrised(a_dot), out, from_triangle(a, lower)), None, None, None, None

    return out, pinvh_pushforward


def _single_matrix(a: Kind, **_: Kind) -> bool:
    """Whether the first argument is one matrix, not a stack."""
    return getattr(a, "ndim", None) == 2


@rrule(linalg.lstsq, when=_single_matrix, fresh=True)
def lstsq(a: Any, b: Any, cond: Any = None, *, check_finite: Any = True, lapack_driver: Any = None) -> Any:
    """Solution, residuals and singular values, for a matrix of full rank."""
    out = linalg.lstsq(a, b, cond, check_finite=check_finite, lapack_driver=lapack_driver)

    def lstsq_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = lstsq_bars(out_bar, out, a, b) if len(a) == len(b) else still(a, b)
        return a_bar, b_bar, None, None, None

    return out, lstsq_pullback


def lstsq_dots(a_dot: Any, b_dot: Any, out: Any, a: Any, b: Any) -> Any:
    """Return the tangent of `scipy.linalg.lstsq` for that of one argument; None is zero.

    Since 1.18 SciPy takes an empty matrix with right-hand sides of any length; then nothing moves.
    """
    if len(a) != len(b):
        x_dot, squares_dot = still(out[0], out[1])
        return x_dot, squares_dot, None, None if out[3] is None else still(out[3])[0]
    values = np.zeros(0) if out[3] is None else out[3]
    x_dot, squares_dot, _, values_dot = lstsq_dot(a_dot, b_dot, (*out[:3], values), a, b)
    squares_dot = fit_out(np.reshape(squares_dot, np.shape(out[1])), out[1])
    return x_dot, squares_dot, None, None if out[3] is None else values_dot


@frule(linalg.lstsq, when=_single_matrix)
def lstsq_forward(
    a: Any, b: Any, cond: Any = None, *, check_finite: Any = True, lapack_driver: Any = None
) -> Any:
    """Solution, residuals and singular values, for a matrix of full rank."""
    out = linalg.lstsq(a, b, cond, check_finite=check_finite, lapack_driver=lapack_driver)

    def lstsq_pushforward(a_dot: Any, b_dot: Any, cond_dot: Any, finite_dot: Any, driver_dot: Any) -> Any:
        return lstsq_dots(a_dot, None, out, a, b), lstsq_dots(None, b_dot, out, a, b), None, None, None

    return out, lstsq_pushforward


# -- norms and products -------------------------------------------------------------------------


@rrule(linalg.norm, fresh=True)
def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, check_finite: Any = True) -> Any:
    """Vector and matrix norms of every order; zero at zero."""
    out = linalg.norm(a, ord, axis, keepdims, check_finite)

    def norm_pullback(out_bar: Any) -> Any:
        ord_bar = None if len(reduced_axes(a, axis)) == 2 else order_bar(out_bar, out, a, ord, axis, keepdims)
        return norm_bar(out_bar, out, a, ord, axis, keepdims), ord_bar, None, None, None

    return out, norm_pullback


@frule(linalg.norm)
def norm_forward(
    a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, check_finite: Any = True
) -> Any:
    """Vector and matrix norms of every order; zero at zero."""
    out = linalg.norm(a, ord, axis, keepdims, check_finite)

    def norm_pushforward(a_dot: Any, ord_dot: Any, axis_dot: Any, keepdims_dot: Any, finite_dot: Any) -> Any:
        return (
            norm_dot(a_dot, out, a, ord, axis, keepdims) * np.ones_like(out),
            order_dot(ord_dot, out, a, ord, axis, keepdims),
            None,
            None,
            None,
        )

    return out, norm_pushforward


def khatri_rao_bar(out_bar: Any, a: Any, other: Any, axis: int) -> Any:
    """Return the cotangent of one factor of a column-wise Kronecker product.

    Args:
        out_bar: shape (n * m, k).
        a: the factor, shape (n, k) or (m, k).
        other: the other factor.
        axis: 0 for the first factor, 1 for the second.
    """
    rows = (len(a), len(other)) if axis == 0 else (len(other), len(a))
    cube = np.reshape(out_bar, (*rows, np.shape(out_bar)[-1]))
    weights = np.conj(other)[None] if axis == 0 else np.conj(other)[:, None]
    return fit(np.sum(cube * weights, axis=1 - axis), a)


def _two_matrices(a: Kind, b: Kind) -> bool:
    return _single_matrix(a) and _single_matrix(b)


@rrule(linalg.khatri_rao, when=_two_matrices, fresh=True)
def khatri_rao(a: Any, b: Any) -> Any:
    """Column by column a Kronecker product of vectors."""
    out = linalg.khatri_rao(a, b)

    def khatri_rao_pullback(out_bar: Any) -> Any:
        return khatri_rao_bar(out_bar, a, b, 0), khatri_rao_bar(out_bar, b, a, 1)

    return out, khatri_rao_pullback


@frule(linalg.khatri_rao)
def khatri_rao_forward(a: Any, b: Any) -> Any:
    """Linear in each factor."""
    out = linalg.khatri_rao(a, b)

    def khatri_rao_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return linalg.khatri_rao(a_dot, b), linalg.khatri_rao(a, b_dot)

    return out, khatri_rao_pushforward
