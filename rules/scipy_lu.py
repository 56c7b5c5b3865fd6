"""Rules of scipy.linalg: LU decompositions and the solver that takes one.

Rows are exchanged as they are where the rule is evaluated: at a tie of pivots that is a convention.

Source of the mathematics: F. de Hoog, R. Anderssen and M. Lukas, Differentiation of matrix functionals
using triangular factorization (2011).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, constant
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.scipy_linalg import as_columns, linalg, rhs_bar
from adjoint.rules.support import fit, hermitian, still


def lower_solve(lower: Any, rhs: Any, adjoint: bool = False) -> Any:
    """Solve with the unit lower triangle of a square matrix, or with its conjugate transpose."""
    return linalg.solve_triangular(
        lower, rhs, "C" if adjoint else "N", True, unit_diagonal=True, check_finite=False
    )


def upper_solve_right(upper: Any, rhs: Any, adjoint: bool = False) -> Any:
    """Return ``rhs inv(upper)``, or ``rhs inv(upper)^H``."""
    trans = "N" if adjoint else "C"
    return hermitian(linalg.solve_triangular(upper, hermitian(rhs), trans, check_finite=False))


def factors_bar(l_bar: Any, u_bar: Any, lower: Any, upper: Any) -> Any:
    """Return the cotangent of ``m = lower upper``, where rows have been exchanged already.

    Args:
        l_bar: shape (..., m, k).
        u_bar: shape (..., k, n).
        lower: unit lower triangular or trapezoidal, shape (..., m, k).
        upper: upper triangular or trapezoidal, shape (..., k, n).
    """
    k = lower.shape[-1]
    l_square, u_square = lower[..., :k, :], upper[..., :, :k]
    below = right = None
    l_bar, u_bar = np.tril(l_bar, -1), np.triu(u_bar)
    if lower.shape[-2] > k:
        below = upper_solve_right(u_square, l_bar[..., k:, :], adjoint=True)
        u_bar = u_bar - np.triu(hermitian(lower[..., k:, :]) @ below)
    if upper.shape[-1] > k:
        right = lower_solve(l_square, u_bar[..., :, k:], adjoint=True)
        l_bar = l_bar - np.tril(right @ hermitian(upper[..., :, k:]), -1)
    inner = np.tril(hermitian(l_square) @ l_bar[..., :k, :], -1) + np.triu(
        u_bar[..., :, :k] @ hermitian(u_square)
    )
    bar = lower_solve(l_square, upper_solve_right(u_square, inner, adjoint=True), adjoint=True)
    if below is not None:
        return np.concatenate([bar, below], axis=-2)
    return bar if right is None else np.concatenate([bar, right], axis=-1)


def factors_dot(m_dot: Any, lower: Any, upper: Any) -> tuple[Any, Any]:
    """Return the tangents of both factors of ``m = lower upper``; see `factors_bar`."""
    k = lower.shape[-1]
    l_square, u_square = lower[..., :k, :], upper[..., :, :k]
    inner = lower_solve(l_square, upper_solve_right(u_square, m_dot[..., :k, :k]))
    l_dot, u_dot = l_square @ np.tril(inner, -1), np.triu(inner) @ u_square
    if lower.shape[-2] > k:
        rest = upper_solve_right(u_square, m_dot[..., k:, :] - lower[..., k:, :] @ u_dot)
        l_dot = np.concatenate([l_dot, rest], axis=-2)
    if upper.shape[-1] > k:
        rest = lower_solve(l_square, m_dot[..., :, k:] - l_dot @ upper[..., :, k:])
        u_dot = np.concatenate([u_dot, rest], axis=-1)
    return l_dot, u_dot


# -- lu -----------------------------------------------------------------------------------------


def _separate(permute_l: Kind, p_indices: Kind, **_: Kind) -> bool:
    """Whether the permutation is returned, as a matrix."""
    return constant(permute_l) is False and constant(p_indices) is False


def _permuted(permute_l: Kind, p_indices: Kind, **_: Kind) -> bool:
    """Whether the rows of L are exchanged in place of a permutation."""
    return constant(permute_l) is True and constant(p_indices) is False


def lu_bar(l_bar: Any, u_bar: Any, p: Any, lower: Any, upper: Any, a: Any) -> Any:
    """Return the cotangent of ``a = p lower upper``; missing cotangents are zero."""
    if not np.size(a):
        return still(a)[0]
    l_bar = np.zeros_like(lower) if l_bar is None else l_bar
    u_bar = np.zeros_like(upper) if u_bar is None else u_bar
    return fit(p @ factors_bar(l_bar, u_bar, lower, upper), a)


@rrule(linalg.lu, when=_separate, fresh=True)
def lu(a: Any, permute_l: Any = False, *, check_finite: Any = True, p_indices: Any = False) -> Any:
    """Both factors; the permutation has no derivative."""
    out = linalg.lu(a, permute_l, check_finite=check_finite, p_indices=p_indices)

    def lu_pullback(out_bar: Any) -> Any:
        return lu_bar(out_bar[1], out_bar[2], out[0], out[1], out[2], a), None, None, None

    return out, lu_pullback


def lu_dots(a_dot: Any, p: Any, lower: Any, upper: Any) -> tuple[Any, Any]:
    """Return the tangents of both factors of ``a = p lower upper``."""
    if not np.size(a_dot):
        return np.zeros_like(lower), np.zeros_like(upper)
    return factors_dot(np.swapaxes(p, -1, -2) @ a_dot, lower, upper)


@frule(linalg.lu, when=_separate)
def lu_forward(a: Any, permute_l: Any = False, *, check_finite: Any = True, p_indices: Any = False) -> Any:
    """Both factors; the permutation does not move."""
    out = linalg.lu(a, permute_l, check_finite=check_finite, p_indices=p_indices)

    def lu_pushforward(a_dot: Any, permute_dot: Any, finite_dot: Any, indices_dot: Any) -> Any:
        return (np.zeros_like(out[0]), *lu_dots(a_dot, *out)), None, None, None

    return out, lu_pushforward


@rrule(linalg.lu, when=_permuted, fresh=True)
def lu_permuted(a: Any, permute_l: Any = False, *, check_finite: Any = True, p_indices: Any = False) -> Any:
    """Both factors, the rows of the first exchanged."""
    out = linalg.lu(a, permute_l, check_finite=check_finite, p_indices=p_indices)

    def lu_pullback(out_bar: Any) -> Any:
        if not np.size(a):
            return still(a)[0], None, None, None
        p, lower, upper = linalg.lu(a)
        l_bar = None if out_bar[0] is None else np.swapaxes(p, -1, -2) @ out_bar[0]
        return lu_bar(l_bar, out_bar[1], p, lower, upper, a), None, None, None

    return out, lu_pullback


@frule(linalg.lu, when=_permuted)
def lu_permuted_forward(
    a: Any, permute_l: Any = False, *, check_finite: Any = True, p_indices: Any = False
) -> Any:
    """Both factors, the rows of the first exchanged."""
    out = linalg.lu(a, permute_l, check_finite=check_finite, p_indices=p_indices)

    def lu_pushforward(a_dot: Any, permute_dot: Any, finite_dot: Any, indices_dot: Any) -> Any:
        if not np.size(a):
            return (np.zeros_like(out[0]), np.zeros_like(out[1])), None, None, None
        p, lower, upper = linalg.lu(a)
        l_dot, u_dot = lu_dots(a_dot, p, lower, upper)
        return (p.astype(l_dot.dtype) @ l_dot, u_dot), None, None, None

    return out, lu_pushforward


# -- packed factors -----------------------------------------------------------------------------


def permutation(pivots: Any, dtype: Any) -> Any:
    """Return the matrix that exchanges row ``i`` with row ``pivots[i]``, one after the other."""
    order = list(range(len(pivots)))
    for i, j in enumerate(pivots):
        order[i], order[j] = order[j], order[i]
    return np.eye(len(order), dtype=dtype)[order]


def unpacked(factors: Any) -> tuple[Any, Any]:
    """Return both factors of a square matrix, which are stored in one array."""
    return np.tril(factors, -1) + np.eye(factors.shape[-1], dtype=factors.dtype), np.triu(factors)


def _square(a: Kind, **_: Kind) -> bool:
    """Whether the argument is one matrix; that it is square is SciPy's to say."""
    return getattr(a, "ndim", None) == 2


def lu_factor_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of a square ``a`` in both factors, stored in one array."""
    if out_bar[0] is None:
        return None
    if not np.size(a):
        return still(a)[0]
    p = permutation(out[1], out[0].dtype)
    return fit(p.T @ factors_bar(out_bar[0], out_bar[0], *unpacked(out[0])), a)


@rrule(linalg.lu_factor, when=_square, fresh=True)
def lu_factor(a: Any, *, check_finite: Any = True) -> Any:
    """Both factors of a square matrix in one array."""
    out = linalg.lu_factor(a, check_finite=check_finite)

    def lu_factor_pullback(out_bar: Any) -> Any:
        return lu_factor_bar(out_bar, out, a), None

    return out, lu_factor_pullback


def lu_factor_dot(a_dot: Any, out: Any) -> Any:
    """Return the tangent of the factors in one array."""
    if not np.size(a_dot):
        return np.zeros_like(out[0]), None
    p = permutation(out[1], out[0].dtype)
    l_dot, u_dot = factors_dot(p @ a_dot, *unpacked(out[0]))
    return l_dot + u_dot, None


@frule(linalg.lu_factor, when=_square)
def lu_factor_forward(a: Any, *, check_finite: Any = True) -> Any:
    """Both factors of a square matrix in one array."""
    out = linalg.lu_factor(a, check_finite=check_finite)

    def lu_factor_pushforward(a_dot: Any, finite_dot: Any) -> Any:
        return lu_factor_dot(a_dot, out), None

    return out, lu_factor_pushforward


def _one_factor(lu_and_piv: Kind, **_: Kind) -> bool:
    items: tuple[Kind, ...] = getattr(lu_and_piv, "items", ())
    return len(items) == 2 and _square(items[0])


def adjoint_lu_solve(lu_and_piv: Any, columns: Any, trans: Any) -> Any:
    """Solve the conjugate transposed system."""
    if trans != 1:  # A -> A^H, A^H -> A
        return linalg.lu_solve(lu_and_piv, columns, 2 if trans == 0 else 0, check_finite=False)
    return np.conj(linalg.lu_solve(lu_and_piv, np.conj(columns), 0, check_finite=False))


def lu_solve_bar(y: Any, x: Any, lu_and_piv: Any, trans: Any) -> Any:
    """Return the cotangent of the packed factors.

    With ``m = lower upper`` and its cotangent ``m_bar`` it is ``m_bar upper^H`` below the diagonal and
    ``lower^H m_bar`` above.
    """
    factors, pivots = lu_and_piv
    if not np.size(x):
        return still(factors)[0], None
    lower, upper = unpacked(factors)
    columns = unbroadcast(-y @ hermitian(x), factors)
    a_bar = columns if trans == 0 else columns.T if trans == 1 else hermitian(columns)
    m_bar = permutation(pivots, factors.dtype) @ a_bar
    return fit(np.tril(m_bar @ hermitian(upper), -1) + np.triu(hermitian(lower) @ m_bar), factors), None


@rrule(linalg.lu_solve, when=_one_factor, fresh=True)
def lu_solve(lu_and_piv: Any, b: Any, trans: Any = 0, *, check_finite: Any = True) -> Any:
    """Solve the transposed system."""
    out = linalg.lu_solve(lu_and_piv, b, trans, check_finite=check_finite)

    def lu_solve_pullback(out_bar: Any) -> Any:
        y = adjoint_lu_solve(lu_and_piv, as_columns(out_bar, b), trans)
        return lu_solve_bar(y, as_columns(out, b), lu_and_piv, trans), rhs_bar(y, b), None, None

    return out, lu_solve_pullback


def lu_solve_dot(factors_dot: Any, out: Any, lu_and_piv: Any, b: Any, trans: Any) -> Any:
    """Return how the solution moves with the packed factors."""
    if not np.size(out):
        return np.zeros_like(out)
    factors, pivots = lu_and_piv
    lower, upper = unpacked(factors)
    m_dot = np.tril(factors_dot, -1) @ upper + lower @ np.triu(factors_dot)
    a_dot = permutation(pivots, factors.dtype).T @ m_dot
    a_dot = a_dot if trans == 0 else a_dot.T if trans == 1 else hermitian(a_dot)
    dot = -linalg.lu_solve(lu_and_piv, a_dot @ as_columns(out, b), trans, check_finite=False)
    return dot[..., 0] if np.ndim(b) == 1 else dot


@frule(linalg.lu_solve, when=_one_factor)
def lu_solve_forward(lu_and_piv: Any, b: Any, trans: Any = 0, *, check_finite: Any = True) -> Any:
    """The same system with the tangents on the right."""
    out = linalg.lu_solve(lu_and_piv, b, trans, check_finite=check_finite)

    def lu_solve_pushforward(lu_and_piv_dot: Any, b_dot: Any, trans_dot: Any, finite_dot: Any) -> Any:
        return (
            None if lu_and_piv_dot is None else lu_solve_dot(lu_and_piv_dot[0], out, lu_and_piv, b, trans),
            None if b_dot is None else linalg.lu_solve(lu_and_piv, b_dot, trans, check_finite=False),
            None,
            None,
        )

    return out, lu_solve_pushforward
