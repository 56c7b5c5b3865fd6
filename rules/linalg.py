"""Rules of numpy.linalg for single matrices and stacks: inverses, solves, least squares.

Determinants stand in ``determinants.py``, decompositions in ``decompositions.py``, norms in ``norms.py``.
``h`` is the conjugate transpose.

Source of the mathematics: M. Giles, An extended collection of matrix derivative results for
forward and reverse mode algorithmic differentiation (2008); G. Golub and V. Pereyra (1973) for the
pseudoinverse.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Scalar
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, hermitian, real_array, real_pair


def _real_matrix(a: Kind) -> bool:
    return real_array(a, 2)


def _real_system(a: Kind, b: Kind) -> bool:
    return real_pair(a, 2, b, 2)


def _real_vector_system(a: Kind, b: Kind) -> bool:
    return real_pair(a, 2, b, 1)


def square_kind(a: Kind, **others: Kind) -> Kind:
    """Return the kind of a matrix function whose output is like its first argument, in floats."""
    return Array(_float_dtype(a), a.dims) if isinstance(a, Array) else Array(None, None)


def given_matrix(**kinds: Kind) -> bool:
    """Whether the first argument may be a matrix; SciPy takes a number for one with a single entry."""
    first = next(iter(kinds.values()))
    return not isinstance(first, Scalar) and (not isinstance(first, Array) or first.ndim not in (0, 1))


def solution_kind(a: Kind, b: Kind) -> Kind:
    """Return the kind of the solution of a linear system."""
    if not isinstance(a, Array) or not isinstance(b, Array) or b.dims is None:
        return Array(None, None)
    first, second = _float_dtype(a), _float_dtype(b)
    dtype = None if first is None or second is None else np.result_type(first, second)
    return Array(dtype, b.dims if a.ndim == 2 else None)


def _float_dtype(kind: Array) -> np.dtype[Any] | None:
    """Return the dtype in which LAPACK works on an array of this kind."""
    if kind.dtype is None or kind.dtype.kind in "fc":
        return kind.dtype
    return np.dtype(float)


# -- inverse and solve --------------------------------------------------------------------------


def inv_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in ``out = inv(a)``: ``-out^H out_bar out^H``."""
    h = hermitian(out)
    return fit(-(h @ out_bar @ h), a)


@rrule(np.linalg.inv, fresh=True, kind=square_kind)
def inv(a: Any) -> Any:
    """Stacks and complex matrices."""
    out = np.linalg.inv(a)

    def inv_pullback(out_bar: Any) -> Any:
        return inv_bar(out_bar, out, a)

    return out, inv_pullback


@frule(np.linalg.inv)
def inv_forward(a: Any) -> Any:
    """``-out a_dot out``."""
    out = np.linalg.inv(a)

    def inv_pushforward(a_dot: Any) -> Any:
        return -(out @ a_dot @ out)

    return out, inv_pushforward


@rrule(np.linalg.inv, when=_real_matrix, fresh=True, kind=square_kind)
def inv_matrix(a: Any) -> Any:
    """One real matrix."""
    out = np.linalg.inv(a)

    def inv_pullback(out_bar: Any) -> Any:
        return -(out.T @ out_bar @ out.T)

    return out, inv_pullback


def pinv_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in its pseudoinverse ``out``, while the rank is constant.

    Args:
        out_bar: shape (..., n, m).
        out: shape (..., n, m).
        a: shape (..., m, n).
    """
    h, gh = hermitian(out), hermitian(out_bar)
    left = np.eye(a.shape[-2], dtype=out.dtype) - a @ out
    right = np.eye(a.shape[-1], dtype=out.dtype) - out @ a
    a_bar = -h @ out_bar @ h + left @ gh @ out @ h + h @ out @ gh @ right
    return fit(a_bar, a)


@rrule(np.linalg.pinv, fresh=True)
def pinv(a: Any, rcond: Any = None, hermitian: Any = False) -> Any:
    """The pseudoinverse, while the rank is constant."""
    out = np.linalg.pinv(a, rcond, hermitian)

    def pinv_pullback(out_bar: Any) -> Any:
        a_bar = pinv_bar(out_bar, out, a)
        return symmetrised(a_bar) if hermitian and a_bar.size else a_bar, None, None

    return out, pinv_pullback


def symmetrised(a_bar: Any) -> Any:
    """Return the Hermitian part of a matrix or of every matrix of a stack."""
    return (a_bar + np.conj(np.swapaxes(a_bar, -1, -2))) * 0.5


def pinv_dot(a_dot: Any, out: Any, a: Any) -> Any:
    """Return the tangent of the pseudoinverse ``out`` of ``a``, while the rank is constant.

    Args:
        a_dot: shape (..., m, n).
        out: shape (..., n, m).
        a: shape (..., m, n).
    """
    h, ah = hermitian(out), hermitian(a_dot)
    left = np.eye(a.shape[-2], dtype=out.dtype) - a @ out
    right = np.eye(a.shape[-1], dtype=out.dtype) - out @ a
    return -out @ a_dot @ out + out @ h @ ah @ left + right @ ah @ h @ out


@frule(np.linalg.pinv)
def pinv_forward(a: Any, rcond: Any = None, hermitian: Any = False) -> Any:
    """The pseudoinverse, while the rank is constant."""
    out = np.linalg.pinv(a, rcond, hermitian)

    def pinv_pushforward(a_dot: Any, rcond_dot: Any, hermitian_dot: Any) -> Any:
        return pinv_dot(symmetrised(a_dot) if hermitian and out.size else a_dot, out, a), None, None

    return out, pinv_pushforward


def solve_bars(out_bar: Any, out: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return both cotangents of ``out = solve(a, b)``; ``b`` is a vector only if it is 1-d.

    Args:
        out_bar: cotangent of the solution.
        out: the solution.
        a: shape (..., n, n).
        b: shape (n,) or (..., n, k).
    """
    if np.ndim(b) == 1:
        out_bar, out = out_bar[..., None], out[..., None]
    b_bar = np.linalg.solve(hermitian(a), out_bar)
    a_bar = fit(unbroadcast(-b_bar @ hermitian(out), a), a)
    b_bar = b_bar[..., 0] if np.ndim(b) == 1 else b_bar
    return a_bar, fit(unbroadcast(b_bar, b), b)


@rrule(np.linalg.solve, fresh=True, kind=solution_kind)
def solve(a: Any, b: Any) -> Any:
    """Stacks and complex systems."""
    out = np.linalg.solve(a, b)

    def solve_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = solve_bars(out_bar, out, a, b)
        return a_bar, b_bar

    return out, solve_pullback


def moved_rhs(a_dot: Any, out: Any, b: Any) -> Any:
    """Return how much ``a @ out`` moves with ``a``, in the shape of a right-hand side."""
    return (a_dot @ out[..., None])[..., 0] if np.ndim(b) == 1 else a_dot @ out


def solved(a: Any, rhs: Any, b: Any) -> Any:
    """Solve for one right-hand side for each matrix, vectors if ``b`` is one."""
    return np.linalg.solve(a, rhs[..., None])[..., 0] if np.ndim(b) == 1 else np.linalg.solve(a, rhs)


@frule(np.linalg.solve)
def solve_forward(a: Any, b: Any) -> Any:
    """Stacks and complex systems."""
    out = np.linalg.solve(a, b)

    def solve_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return -solved(a, moved_rhs(a_dot, out, b), b), np.linalg.solve(a, b_dot)

    return out, solve_pushforward


@rrule(np.linalg.solve, when=_real_system, fresh=True, kind=solution_kind)
def solve_matrix(a: Any, b: Any) -> Any:
    """One real system, several right-hand sides."""
    out = np.linalg.solve(a, b)

    def solve_pullback(out_bar: Any) -> Any:
        b_bar = np.linalg.solve(a.T, out_bar)
        return -b_bar @ out.T, b_bar

    return out, solve_pullback


@frule(np.linalg.solve, when=_real_system)
def solve_matrix_forward(a: Any, b: Any) -> Any:
    """One real system, several right-hand sides."""
    out = np.linalg.solve(a, b)

    def solve_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return -np.linalg.solve(a, a_dot @ out), np.linalg.solve(a, b_dot)

    return out, solve_pushforward


@rrule(np.linalg.solve, when=_real_vector_system, fresh=True, kind=solution_kind)
def solve_vector(a: Any, b: Any) -> Any:
    """One real system, one right-hand side."""
    out = np.linalg.solve(a, b)

    def solve_pullback(out_bar: Any) -> Any:
        b_bar = np.linalg.solve(a.T, out_bar)
        return -np.outer(b_bar, out), b_bar

    return out, solve_pullback


@frule(np.linalg.solve, when=_real_vector_system)
def solve_vector_forward(a: Any, b: Any) -> Any:
    """One real system, one right-hand side."""
    out = np.linalg.solve(a, b)

    def solve_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return -np.linalg.solve(a, a_dot @ out), np.linalg.solve(a, b_dot)

    return out, solve_pushforward


def as_columns(x: Any, b: Any) -> Any:
    """Return right-hand sides as the columns of a matrix: ``b`` is a single one if it is 1-d."""
    return x[..., None] if np.ndim(b) == 1 else x


def lstsq_bars(out_bar: Any, out: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return both cotangents of ``np.linalg.lstsq(a, b)`` for a matrix of full rank.

    The solution is ``pinv(a) @ b``; the residuals are orthogonal to the columns of ``a``.

    Args:
        out_bar: cotangents of solution, residuals, rank and singular values; None is zero.
        out: what ``lstsq`` returned.
        a: shape (m, n).
        b: shape (m,) or (m, k).
    """
    x, rhs = as_columns(out[0], b), as_columns(np.asarray(b), b)
    a_bar, b_bar = np.zeros(a.shape, x.dtype), np.zeros(rhs.shape, x.dtype)
    if out_bar[0] is not None:
        x_bar = np.reshape(out_bar[0], x.shape)
        inverse = np.linalg.pinv(a)
        a_bar = a_bar + pinv_bar(x_bar @ hermitian(rhs), inverse, a)
        b_bar = b_bar + hermitian(inverse) @ x_bar
    if out_bar[1] is not None and np.size(out[1]):
        pull = 2 * (rhs - a @ x) * np.reshape(np.real(out_bar[1]), (1, -1))
        a_bar, b_bar = a_bar - pull @ hermitian(x), b_bar + pull
    if out_bar[3] is not None:
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        a_bar = a_bar + (u * out_bar[3]) @ vh
    return fit(a_bar, a), fit(b_bar, b)


@rrule(np.linalg.lstsq, fresh=True)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Solution, residuals and singular values, for a matrix of full rank."""
    out = np.linalg.lstsq(a, b, rcond)

    def lstsq_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = lstsq_bars(out_bar, out, a, b)
        return a_bar, b_bar, None

    return out, lstsq_pullback


def lstsq_dot(a_dot: Any, b_dot: Any, out: Any, a: Any, b: Any) -> Any:
    """Return the tangent of ``np.linalg.lstsq`` for that of one argument; None is zero.

    With the residual r the sum of squares moves by ``2 Re r^H (b_dot - a_dot x)``.
    """
    x, rhs = as_columns(out[0], b), as_columns(np.asarray(b), b)
    inverse = np.linalg.pinv(a)
    values_dot = np.zeros_like(out[3])
    if a_dot is None:
        moved = np.reshape(b_dot, rhs.shape)
        x_dot = inverse @ moved
    else:
        moved = -a_dot @ x
        x_dot = pinv_dot(a_dot, inverse, a) @ rhs
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        values_dot = np.real(np.sum(np.conj(u) * (a_dot @ hermitian(vh)), axis=0))
    squares_dot = np.sum(np.real(np.conj(2 * (rhs - a @ x)) * moved), axis=0)
    squares_dot = squares_dot if np.size(out[1]) else np.zeros_like(out[1])
    return np.reshape(x_dot, out[0].shape), squares_dot, None, values_dot


@frule(np.linalg.lstsq)
def lstsq_forward(a: Any, b: Any, rcond: Any = None) -> Any:
    """Solution, residuals and singular values, for a matrix of full rank."""
    out = np.linalg.lstsq(a, b, rcond)

    def lstsq_pushforward(a_dot: Any, b_dot: Any, rcond_dot: Any) -> Any:
        return lstsq_dot(a_dot, None, out, a, b), lstsq_dot(None, b_dot, out, a, b), None

    return out, lstsq_pushforward


@rrule(np.linalg.tensorinv, fresh=True)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of ``a`` read as a matrix with the first ``ind`` axes as rows."""
    out = np.linalg.tensorinv(a, ind)

    def tensorinv_pullback(out_bar: Any) -> Any:
        return tensorinv_bar(out_bar, out, a, ind), None

    return out, tensorinv_pullback


def tensorinv_dot(a_dot: Any, out: Any, ind: int) -> Any:
    """Return the tangent of ``out = tensorinv(a, ind)``: that of the inverse matrix, reshaped."""
    size = int(np.prod(np.shape(a_dot)[ind:]))
    inverse = np.reshape(out, (size, -1))
    return np.reshape(-inverse @ np.reshape(a_dot, (-1, size)) @ inverse, out.shape)


@frule(np.linalg.tensorinv)
def tensorinv_forward(a: Any, ind: int = 2) -> Any:
    """The inverse of ``a`` read as a matrix with the first ``ind`` axes as rows."""
    out = np.linalg.tensorinv(a, ind)

    def tensorinv_pushforward(a_dot: Any, ind_dot: Any) -> Any:
        return tensorinv_dot(a_dot, out, ind), None

    return out, tensorinv_pushforward


def tensorinv_bar(out_bar: Any, out: Any, a: Any, ind: int) -> Any:
    """Return the cotangent of ``a`` in ``out = tensorinv(a, ind)``."""
    rows = int(np.prod(a.shape[:ind]))
    flat = np.reshape(a, (rows, -1))
    return fit(inv_bar(np.reshape(out_bar, (rows, -1)), np.reshape(out, (rows, -1)), flat), a)
