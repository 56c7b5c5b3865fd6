"""Rules of scipy.linalg: triangular and banded systems, Cholesky and LU factors and their solvers.

Source of the mathematics: M. Giles (2008); I. Murray, Differentiation of the Cholesky decomposition (2016).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from adjoint.rules.decompositions import cholesky_bar, cholesky_dot
from adjoint.rules.linalg import given_matrix, solution_kind, square_kind, symmetrised
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.scipy_linalg import as_columns, linalg, rhs_bar
from adjoint.rules.support import fit, hermitian, still

# -- triangular systems -------------------------------------------------------------------------


def turned(a: Any, trans: Any) -> Any:
    """Return the matrix, its transpose or its conjugate transpose; each undoes itself."""
    if trans in (0, "N"):
        return a
    return np.swapaxes(a, -1, -2) if trans in (1, "T") else hermitian(a)


def triangle(matrix: Any, lower: Any, unit_diagonal: Any = False) -> Any:
    """Return the entries of a matrix that a triangular solver reads.

    Of a stack of matrices ``lower`` may say it for each.
    """
    below, above = np.tril(matrix, -1 if unit_diagonal else 0), np.triu(matrix, 1 if unit_diagonal else 0)
    if np.ndim(lower):
        return np.where(np.asarray(lower)[..., None, None], below, above)
    return below if lower else above


def triangular_adjoint(a: Any, columns: Any, trans: Any, lower: Any, unit_diagonal: Any) -> Any:
    """Solve the conjugate transposed triangular system."""
    flipped = not lower if trans in (0, "N") else lower
    return linalg.solve_triangular(
        hermitian(turned(a, trans)), columns, 0, flipped, unit_diagonal, check_finite=False
    )


def triangular_bar(y: Any, x: Any, a: Any, trans: Any, lower: Any, unit_diagonal: Any) -> Any:
    """Return the cotangent of the matrix, zero where it is not read: ``-y x^H``, turned."""
    product = unbroadcast(turned(-y @ hermitian(x), trans), a)
    return fit(triangle(product, lower, unit_diagonal), a)


@rrule(linalg.solve_triangular, fresh=True, kind=lambda a, b, **_: solution_kind(a, b))
def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    *,
    check_finite: Any = True,
) -> Any:
    """The cotangent of the matrix is triangular."""
    out = linalg.solve_triangular(a, b, trans, lower, unit_diagonal, check_finite=check_finite)

    def solve_triangular_pullback(out_bar: Any) -> Any:
        y = triangular_adjoint(a, as_columns(out_bar, b), trans, lower, unit_diagonal)
        a_bar = triangular_bar(y, as_columns(out, b), a, trans, lower, unit_diagonal)
        return a_bar, rhs_bar(y, b), None, None, None, None

    return out, solve_triangular_pullback


def triangular_dot(a_dot: Any, out: Any, a: Any, b: Any, trans: Any, lower: Any, unit_diagonal: Any) -> Any:
    """Return how the solution moves with the matrix."""
    moved = turned(triangle(a_dot, lower, unit_diagonal), trans) @ as_columns(out, b)
    dot = -linalg.solve_triangular(a, moved, trans, lower, unit_diagonal, check_finite=False)
    return dot[..., 0] if np.ndim(b) == 1 else dot


@frule(linalg.solve_triangular)
def solve_triangular_forward(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    *,
    check_finite: Any = True,
) -> Any:
    """The same system with the tangents on the right."""
    out = linalg.solve_triangular(a, b, trans, lower, unit_diagonal, check_finite=check_finite)

    def solve_triangular_pushforward(
        a_dot: Any, b_dot: Any, trans_dot: Any, lower_dot: Any, unit_dot: Any, finite_dot: Any
    ) -> Any:
        return (
            triangular_dot(a_dot, out, a, b, trans, lower, unit_diagonal),
            linalg.solve_triangular(a, b_dot, trans, lower, unit_diagonal, check_finite=False),
            None,
            None,
            None,
            None,
        )

    return out, solve_triangular_pushforward


# -- cholesky -----------------------------------------------------------------------------------


@rrule(linalg.cholesky, when=given_matrix, fresh=True, kind=square_kind)
def cholesky(a: Any, lower: Any = False, *, check_finite: Any = True) -> Any:
    """The cotangent is symmetric although one triangle of ``a`` is read."""
    out = linalg.cholesky(a, lower, check_finite=check_finite)

    def cholesky_pullback(out_bar: Any) -> Any:
        return cholesky_bar(out_bar, out, a, not lower), None, None

    return out, cholesky_pullback


@frule(linalg.cholesky, when=given_matrix)
def cholesky_forward(a: Any, lower: Any = False, *, check_finite: Any = True) -> Any:
    """The tangent counts by its Hermitian part although one triangle of ``a`` is read."""
    out = linalg.cholesky(a, lower, check_finite=check_finite)

    def cholesky_pushforward(a_dot: Any, lower_dot: Any, finite_dot: Any) -> Any:
        return cholesky_dot(a_dot, out, not lower), None, None

    return out, cholesky_pushforward


@functools.cache
def keeps_other_triangle() -> bool:
    """Whether a factor's unused triangle holds what the matrix held there; it is zero since SciPy 1.18."""
    return bool(linalg.cho_factor(np.array([[1.0, 0.5], [0.5, 1.0]]))[0][1, 0])


def other_triangle(a: Any, lower: Any) -> Any:
    """Return the part of a matrix that reaches the unused triangle of its factor."""
    if not keeps_other_triangle():
        return np.zeros_like(a)
    return np.triu(a, 1) if lower else np.tril(a, -1)


def cho_factor_bar(out_bar: Any, out: Any, a: Any, lower: Any) -> Any:
    """Return the symmetric cotangent of ``a`` in the factor that `scipy.linalg.cho_factor` gives."""
    if out_bar[0] is None:
        return None
    factor = triangle(out[0], lower)
    bar = cholesky_bar(triangle(out_bar[0], lower), factor, a, not lower)
    return fit(bar + symmetrised(other_triangle(out_bar[0], lower)), a)


@rrule(linalg.cho_factor, when=given_matrix, fresh=True)
def cho_factor(a: Any, lower: Any = False, *, check_finite: Any = True) -> Any:
    """As `cholesky`; the other triangle of the factor is that of ``a``."""
    out = linalg.cho_factor(a, lower, check_finite=check_finite)

    def cho_factor_pullback(out_bar: Any) -> Any:
        return cho_factor_bar(out_bar, out, a, lower), None, None

    return out, cho_factor_pullback


def cho_factor_dot(a_dot: Any, out: Any, lower: Any) -> Any:
    """Return the tangent of the factor."""
    moved = cholesky_dot(a_dot, triangle(out[0], lower), not lower)
    return moved + other_triangle(symmetrised(a_dot), lower), None


@frule(linalg.cho_factor, when=given_matrix)
def cho_factor_forward(a: Any, lower: Any = False, *, check_finite: Any = True) -> Any:
    """As `cholesky`; the other triangle of the factor is that of ``a``."""
    out = linalg.cho_factor(a, lower, check_finite=check_finite)

    def cho_factor_pushforward(a_dot: Any, lower_dot: Any, finite_dot: Any) -> Any:
        return cho_factor_dot(a_dot, out, lower), None, None

    return out, cho_factor_pushforward


def flipped(matrix: Any, lower: Any) -> Any:
    """Return a lower triangular matrix as it is, an upper one conjugate transposed; done twice, nothing."""
    return np.where(np.asarray(lower, bool)[..., None, None], matrix, hermitian(matrix))


def cho_solve_bar(y: Any, x: Any, c_and_lower: Any) -> Any:
    """Return the cotangent of the factor in the solution of ``A x = b``, ``A = L L^H``.

    With ``A_bar = -y x^H`` it is ``(A_bar + A_bar^H) L``.
    """
    c, lower = c_and_lower
    a_bar = -y @ hermitian(x)
    both = unbroadcast(a_bar + hermitian(a_bar), c)
    product = both @ flipped(triangle(c, lower), lower)
    return fit(triangle(flipped(product, lower), lower), c), None


@rrule(linalg.cho_solve, fresh=True)
def cho_solve(c_and_lower: Any, b: Any, *, check_finite: Any = True) -> Any:
    """Solve again; the cotangent of the factor is triangular."""
    out = linalg.cho_solve(c_and_lower, b, check_finite=check_finite)

    def cho_solve_pullback(out_bar: Any) -> Any:
        y = linalg.cho_solve(c_and_lower, as_columns(out_bar, b), check_finite=False)
        return cho_solve_bar(y, as_columns(out, b), c_and_lower), rhs_bar(y, b), None

    return out, cho_solve_pullback


def cho_solve_dot(c_dot: Any, out: Any, c_and_lower: Any, b: Any) -> Any:
    """Return how the solution moves with the factor."""
    c, lower = c_and_lower
    half = flipped(triangle(c_dot, lower), lower) @ hermitian(flipped(triangle(c, lower), lower))
    moved = (half + hermitian(half)) @ as_columns(out, b)
    dot = -linalg.cho_solve(c_and_lower, moved, check_finite=False)
    return dot[..., 0] if np.ndim(b) == 1 else dot


@frule(linalg.cho_solve)
def cho_solve_forward(c_and_lower: Any, b: Any, *, check_finite: Any = True) -> Any:
    """The same system with the tangents on the right."""
    out = linalg.cho_solve(c_and_lower, b, check_finite=check_finite)

    def cho_solve_pushforward(c_and_lower_dot: Any, b_dot: Any, finite_dot: Any) -> Any:
        return (
            None if c_and_lower_dot is None else cho_solve_dot(c_and_lower_dot[0], out, c_and_lower, b),
            None if b_dot is None else linalg.cho_solve(c_and_lower, b_dot, check_finite=False),
            None,
        )

    return out, cho_solve_pushforward


# -- banded systems -----------------------------------------------------------------------------


def shifted(x: Any, by: int) -> Any:
    """Return the array whose row ``j`` is row ``j + by`` of the first; zero outside."""
    n = len(x)
    size = min(abs(by), n)
    zeros = np.zeros((size, *np.shape(x)[1:]), x.dtype)
    return np.concatenate([x[size:], zeros]) if by >= 0 else np.concatenate([zeros, x[: n - size]])


def transposed_bands(l_and_u: Any, ab: Any) -> Any:
    """Return the conjugate transpose of a banded matrix, stored by bands."""
    lower, upper = l_and_u
    bands = [shifted(np.conj(ab[upper + lower - d]), d - lower) for d in range(lower + upper + 1)]
    return np.stack(bands)


def bands_bar(y: Any, x: Any, l_and_u: Any, ab: Any) -> Any:
    """Return the cotangent ``-y x^H`` of a banded matrix, stored by bands; unused corners have zero."""
    lower, upper = l_and_u
    rows = [-np.sum(shifted(y, d - upper) * np.conj(x), axis=-1) for d in range(lower + upper + 1)]
    return fit(np.stack(rows), ab)


def bands_times(l_and_u: Any, ab: Any, x: Any) -> Any:
    """Return the product of a banded matrix with columns."""
    lower, upper = l_and_u
    return sum(shifted(ab[d][:, None] * x, upper - d) for d in range(lower + upper + 1))


@rrule(linalg.solve_banded, fresh=True)
def solve_banded(l_and_u: Any, ab: Any, b: Any, *, check_finite: Any = True) -> Any:
    """Solve the transposed system; the cotangent of the matrix is stored by bands, too."""
    out = linalg.solve_banded(l_and_u, ab, b, check_finite=check_finite)

    def solve_banded_pullback(out_bar: Any) -> Any:
        y = linalg.solve_banded(
            l_and_u[::-1], transposed_bands(l_and_u, ab), as_columns(out_bar, b), check_finite=False
        )
        return None, bands_bar(y, as_columns(out, b), l_and_u, ab), rhs_bar(y, b), None

    return out, solve_banded_pullback


@frule(linalg.solve_banded)
def solve_banded_forward(l_and_u: Any, ab: Any, b: Any, *, check_finite: Any = True) -> Any:
    """The same system with the tangents on the right."""
    out = linalg.solve_banded(l_and_u, ab, b, check_finite=check_finite)

    def solve_banded_pushforward(l_and_u_dot: Any, ab_dot: Any, b_dot: Any, finite_dot: Any) -> Any:
        moved = np.reshape(bands_times(l_and_u, ab_dot, as_columns(out, b)), np.shape(out))
        return (
            None,
            -linalg.solve_banded(l_and_u, ab, moved, check_finite=False),
            linalg.solve_banded(l_and_u, ab, b_dot, check_finite=False),
            None,
        )

    return out, solve_banded_pushforward


def half_bands_bar(y: Any, x: Any, ab: Any, lower: Any) -> Any:
    """Return the cotangent of the stored half of a Hermitian banded matrix: every entry counts twice."""
    if not np.size(ab):
        return still(ab)[0]
    size = len(ab)
    rows = []
    for d in range(size):
        by = d if lower else d - size + 1
        once = np.sum(shifted(y, by) * np.conj(x), axis=-1)
        twice = np.sum(shifted(x, by) * np.conj(y), axis=-1)
        rows.append(-once if by == 0 else -once - twice)
    bar = np.stack(rows)
    if np.iscomplexobj(bar):  # only the real part of the diagonal is read
        bar = np.where(np.arange(size)[:, None] == (0 if lower else size - 1), np.real(bar) + 0j, bar)
    return fit(bar, ab)


def half_bands_times(ab: Any, x: Any, lower: Any) -> Any:
    """Return the product of a Hermitian banded matrix, half of which is stored, with columns."""
    size = len(ab)
    total: Any = np.zeros_like(x)
    for d in range(size):
        by = d if lower else d - size + 1
        band = np.real(ab[d])[:, None] if by == 0 else ab[d][:, None]
        total = total + shifted(band * x, -by)
        if by:
            total = total + np.conj(band) * shifted(x, by)
    return total


@rrule(linalg.solveh_banded, when=given_matrix, fresh=True)
def solveh_banded(ab: Any, b: Any, *, lower: Any = False, check_finite: Any = True) -> Any:
    """Solve again; the stored half of the matrix stands for both."""
    out = linalg.solveh_banded(ab, b, lower=lower, check_finite=check_finite)

    def solveh_banded_pullback(out_bar: Any) -> Any:
        y = linalg.solveh_banded(ab, as_columns(out_bar, b), lower=lower, check_finite=False)
        return half_bands_bar(y, as_columns(out, b), ab, lower), rhs_bar(y, b), None, None

    return out, solveh_banded_pullback


@frule(linalg.solveh_banded, when=given_matrix)
def solveh_banded_forward(ab: Any, b: Any, *, lower: Any = False, check_finite: Any = True) -> Any:
    """The same system with the tangents on the right."""
    out = linalg.solveh_banded(ab, b, lower=lower, check_finite=check_finite)

    def solveh_banded_pushforward(ab_dot: Any, b_dot: Any, lower_dot: Any, finite_dot: Any) -> Any:
        moved = np.reshape(half_bands_times(ab_dot, as_columns(out, b), lower), np.shape(out))
        return (
            -linalg.solveh_banded(ab, moved, lower=lower, check_finite=False),
            linalg.solveh_banded(ab, b_dot, lower=lower, check_finite=False),
            None,
            None,
        )

    return out, solveh_banded_pushforward
