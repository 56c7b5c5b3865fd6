"""Rules of scipy.linalg: matrices built from few numbers, and Toeplitz systems.

The cotangent of an entry is the sum over the places where it stands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind
from adjoint.rules.registry import frule, rrule
from adjoint.rules.scipy_linalg import as_columns, linalg, rhs_bar
from adjoint.rules.support import fit, still


def diagonal_sums(matrix: Any, offsets: Any) -> Any:
    """Return the sums along diagonals of a matrix, or of every matrix of a stack."""
    sums = [np.trace(matrix, k, -2, -1) for k in offsets]
    return np.stack(sums, axis=-1) if sums else np.zeros((*np.shape(matrix)[:-2], 0), matrix.dtype)


# -- toeplitz, circulant, hankel ----------------------------------------------------------------


def toeplitz_bars(matrix_bar: Any, c: Any, r: Any) -> tuple[Any, Any]:
    """Return the cotangents of the first column and row; without a row, the column stands for both."""
    rows, columns = np.shape(matrix_bar)[-2:]
    c_bar = diagonal_sums(matrix_bar, [-k for k in range(rows)])
    r_bar = diagonal_sums(matrix_bar, range(columns)) * (np.arange(columns) > 0)
    if r is None:
        return fit(c_bar + np.conj(r_bar), c), None
    return fit(c_bar, c), fit(r_bar, r)


@rrule(linalg.toeplitz, fresh=True)
def toeplitz(c: Any, r: Any = None) -> Any:
    """Sums along the diagonals; the first entry of ``r`` is not read."""
    out = linalg.toeplitz(c, r)

    def toeplitz_pullback(out_bar: Any) -> Any:
        c_bar, r_bar = toeplitz_bars(out_bar, c, r)
        return c_bar, r_bar

    return out, toeplitz_pullback


def toeplitz_dot(c_dot: Any, r_dot: Any, c: Any, r: Any) -> Any:
    """Return the tangent of a Toeplitz matrix for that of its column or its row."""
    if r is None:
        return linalg.toeplitz(c_dot)
    if r_dot is None:
        return linalg.toeplitz(c_dot, np.zeros_like(r))
    return linalg.toeplitz(np.zeros_like(c), r_dot)


@frule(linalg.toeplitz)
def toeplitz_forward(c: Any, r: Any = None) -> Any:
    """Linear."""
    out = linalg.toeplitz(c, r)

    def toeplitz_pushforward(c_dot: Any, r_dot: Any) -> Any:
        return toeplitz_dot(c_dot, None, c, r), None if r_dot is None else toeplitz_dot(None, r_dot, c, r)

    return out, toeplitz_pushforward


def circulant_bar(out_bar: Any, c: Any) -> Any:
    """Return the cotangent of the first column: every entry stands on two diagonals."""
    n = np.shape(c)[-1] if np.ndim(c) else 1
    low = diagonal_sums(out_bar, [-k for k in range(n)])
    high = diagonal_sums(out_bar, [n - k for k in range(n)])
    return fit(low + high, c)


@rrule(linalg.circulant, fresh=True)
def circulant(c: Any) -> Any:
    """Sums along the wrapped diagonals."""
    out = linalg.circulant(c)

    def circulant_pullback(out_bar: Any) -> Any:
        return circulant_bar(out_bar, c)

    return out, circulant_pullback


@frule(linalg.circulant)
def circulant_forward(c: Any) -> Any:
    """Linear."""
    out = linalg.circulant(c)

    def circulant_pushforward(c_dot: Any) -> Any:
        return linalg.circulant(c_dot)

    return out, circulant_pushforward


def hankel_bars(out_bar: Any, c: Any, r: Any) -> tuple[Any, Any]:
    """Return the cotangents of the first column and the last row: sums along the antidiagonals."""
    if not np.size(out_bar):
        return still(c)[0], still(r)[0]
    rows, columns = np.shape(out_bar)[-2:]
    sums = diagonal_sums(out_bar[..., ::-1], [columns - 1 - k for k in range(rows + columns - 1)])
    c_bar = fit(sums[..., :rows], c)
    if r is None:
        return c_bar, None
    later = np.concatenate([np.zeros_like(sums[..., :1]), sums[..., rows:]], axis=-1)
    return c_bar, fit(later, r)


@rrule(linalg.hankel, fresh=True)
def hankel(c: Any, r: Any = None) -> Any:
    """Sums along the antidiagonals; the first entry of ``r`` is not read."""
    out = linalg.hankel(c, r)

    def hankel_pullback(out_bar: Any) -> Any:
        c_bar, r_bar = hankel_bars(out_bar, c, r)
        return c_bar, r_bar

    return out, hankel_pullback


@frule(linalg.hankel)
def hankel_forward(c: Any, r: Any = None) -> Any:
    """Linear."""
    out = linalg.hankel(c, r)

    def hankel_pushforward(c_dot: Any, r_dot: Any) -> Any:
        return (
            linalg.hankel(c_dot, None if r is None else np.zeros_like(r)),
            None if r_dot is None else linalg.hankel(np.zeros_like(c), r_dot),
        )

    return out, hankel_pushforward


# -- block_diag ---------------------------------------------------------------------------------


def block_bars(out_bar: Any, blocks: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the blocks of the cotangent of a block diagonal matrix."""
    bars: list[Any] = []
    row = column = 0
    for block in blocks:
        rows, columns = np.shape(np.atleast_2d(block))
        bars.append(fit(out_bar[row : row + rows, column : column + columns], block))
        row, column = row + rows, column + columns
    return tuple(bars)


def _plain_blocks(arrs: Kind) -> bool:
    """Whether no block is a stack of matrices."""
    kinds: tuple[Kind, ...] = getattr(arrs, "items", ())
    return not any(isinstance(kind, Array) and (kind.ndim is None or kind.ndim > 2) for kind in kinds)


@rrule(linalg.block_diag, when=_plain_blocks, fresh=True)
def block_diag(*arrs: Any) -> Any:
    """Every block receives its part."""
    out = linalg.block_diag(*arrs)

    def block_diag_pullback(out_bar: Any) -> Any:
        return block_bars(out_bar, arrs)

    return out, block_diag_pullback


def block_dot(dots: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
    """Return the tangent of a block diagonal matrix; None is zero."""
    parts = [np.zeros(np.shape(x)) if dot is None else dot for dot, x in zip(dots, blocks, strict=True)]
    return linalg.block_diag(*parts)


@frule(linalg.block_diag, when=_plain_blocks)
def block_diag_forward(*arrs: Any) -> Any:
    """Linear."""
    out = linalg.block_diag(*arrs)

    def block_diag_pushforward(arrs_dot: Any) -> Any:
        return block_dot(arrs_dot, arrs).astype(out.dtype)

    return out, block_diag_pushforward


# -- Toeplitz systems ---------------------------------------------------------------------------


def _flat_system(c_or_cr: Kind, b: Kind, **_: Kind) -> bool:
    """Whether the matrix is given by one column, or by a column and a row, of rank one."""
    parts: tuple[Kind, ...] = getattr(c_or_cr, "items", (c_or_cr,))
    return all(isinstance(part, Array) and part.ndim == 1 for part in parts)


def column_and_row(c_or_cr: Any) -> tuple[Any, Any]:
    """Return the first column and the first row of a Toeplitz matrix."""
    return c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, np.conj(c_or_cr))


def toeplitz_still(c_or_cr: Any) -> Any:
    """Return the cotangent of what a Toeplitz matrix is built from where nothing moves."""
    return still(*c_or_cr) if isinstance(c_or_cr, tuple) else still(c_or_cr)[0]


def toeplitz_system_bar(y: Any, x: Any, c_or_cr: Any) -> Any:
    """Return the cotangent of what a Toeplitz matrix is built from: sums along diagonals of ``-y x^H``."""
    matrix_bar = -y @ np.conj(np.swapaxes(x, -1, -2))
    if isinstance(c_or_cr, tuple):
        return toeplitz_bars(matrix_bar, *c_or_cr)
    return toeplitz_bars(matrix_bar, c_or_cr, None)[0]


@rrule(linalg.solve_toeplitz, when=_flat_system, fresh=True)
def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: Any = True) -> Any:
    """Solve the transposed system."""
    out = linalg.solve_toeplitz(c_or_cr, b, check_finite)

    def solve_toeplitz_pullback(out_bar: Any) -> Any:
        if not np.size(out):
            return toeplitz_still(c_or_cr), still(b)[0], None
        c, r = column_and_row(c_or_cr)
        start = np.concatenate([np.conj(c[:1]), np.conj(r[1:])])
        y = linalg.solve_toeplitz((start, np.conj(c)), as_columns(out_bar, b), False)
        return toeplitz_system_bar(y, as_columns(out, b), c_or_cr), rhs_bar(y, b), None

    return out, solve_toeplitz_pullback


def toeplitz_system_dot(dots: Any, out: Any, c_or_cr: Any, b: Any) -> Any:
    """Return how the solution moves with the matrix."""
    if not np.size(out):
        return np.zeros_like(out)
    if isinstance(c_or_cr, tuple):
        c_dot, r_dot = (
            np.zeros_like(x) if dot is None else dot for dot, x in zip(dots, c_or_cr, strict=True)
        )
        moved = linalg.toeplitz(c_dot, r_dot) @ out
    else:
        moved = linalg.toeplitz(dots) @ out
    return -linalg.solve_toeplitz(c_or_cr, moved, False)


@frule(linalg.solve_toeplitz, when=_flat_system)
def solve_toeplitz_forward(c_or_cr: Any, b: Any, check_finite: Any = True) -> Any:
    """The same system with the tangents on the right."""
    out = linalg.solve_toeplitz(c_or_cr, b, check_finite)

    def solve_toeplitz_pushforward(c_or_cr_dot: Any, b_dot: Any, finite_dot: Any) -> Any:
        return (
            None if c_or_cr_dot is None else toeplitz_system_dot(c_or_cr_dot, out, c_or_cr, b),
            None if b_dot is None else linalg.solve_toeplitz(c_or_cr, b_dot, False),
            None,
        )

    return out, solve_toeplitz_pushforward
