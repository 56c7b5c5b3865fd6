"""Rules of ``matvec``, ``vecmat`` and ``tensorsolve``: stacks of vectors, and systems of tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.linalg import solve_bars
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, hermitian, members

MATVECS, VECMATS = members(np, "matvec"), members(np, "vecmat")


@rrule(*MATVECS, fresh=True)
def matvec(x1: Any, x2: Any) -> Any:
    """Outer products to the matrices, the adjoint matrices to the vectors."""
    out = np.matvec(x1, x2)

    def matvec_pullback(out_bar: Any) -> Any:
        x1_bar = fit(unbroadcast(out_bar[..., :, None] * np.conj(x2)[..., None, :], x1), x1)
        x2_bar = fit(unbroadcast(np.matvec(hermitian(x1), out_bar), x2), x2)
        return x1_bar, x2_bar

    return out, matvec_pullback


@frule(*MATVECS)
def matvec_forward(x1: Any, x2: Any) -> Any:
    """Products with the other factor."""
    out = np.matvec(x1, x2)

    def matvec_pushforward(x1_dot: Any, x2_dot: Any) -> Any:
        return np.matvec(x1_dot, x2), np.matvec(x1, x2_dot)

    return out, matvec_pushforward


@rrule(*VECMATS, fresh=True)
def vecmat(x1: Any, x2: Any) -> Any:
    """The vectors count conjugated: ``conj(x1) @ x2``."""
    out = np.vecmat(x1, x2)

    def vecmat_pullback(out_bar: Any) -> Any:
        x1_bar = fit(unbroadcast(np.matvec(x2, np.conj(out_bar)), x1), x1)
        x2_bar = fit(unbroadcast(x1[..., :, None] * out_bar[..., None, :], x2), x2)
        return x1_bar, x2_bar

    return out, vecmat_pullback


@frule(*VECMATS)
def vecmat_forward(x1: Any, x2: Any) -> Any:
    """Products with the other factor."""
    out = np.vecmat(x1, x2)

    def vecmat_pushforward(x1_dot: Any, x2_dot: Any) -> Any:
        return np.vecmat(x1_dot, x2), np.vecmat(x1, x2_dot)

    return out, vecmat_pushforward


# -- systems of tensors -------------------------------------------------------------------------


def axes_in_order(ndim: int, axes: Any) -> list[int]:
    """Return the axes of the left-hand side with ``axes`` moved to the end."""
    moved = tuple(axes or ())
    return [k for k in range(ndim) if k not in moved] + list(moved)


def as_matrix(a: Any, size: int, axes: Any) -> Any:
    """Return the left-hand side of a system of tensors as a square matrix."""
    return np.reshape(np.transpose(a, axes_in_order(np.ndim(a), axes)), (size, size))


def tensorsolve_bars(out_bar: Any, out: Any, a: Any, b: Any, axes: Any) -> tuple[Any, Any]:
    """Return the cotangents of both sides of ``np.linalg.tensorsolve``.

    Args:
        out_bar: cotangent of the solution.
        out: the solution.
        a: left-hand side, as many entries as the square of those of ``b``.
        b: right-hand side, any shape.
        axes: those of ``a`` that are moved to the end first, or None.
    """
    size = np.size(b)
    matrix = as_matrix(a, size, axes)
    matrix_bar, b_bar = solve_bars(np.ravel(out_bar), np.ravel(out), matrix, np.ravel(b))
    order = axes_in_order(np.ndim(a), axes)
    moved = np.reshape(matrix_bar, [np.shape(a)[k] for k in order])
    return fit(np.transpose(moved, np.argsort(order)), a), fit(np.reshape(b_bar, np.shape(b)), b)


@rrule(np.linalg.tensorsolve, fresh=True)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """As ``solve``, for the matrix that the left-hand side is read as."""
    out = np.linalg.tensorsolve(a, b, axes)

    def tensorsolve_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = tensorsolve_bars(out_bar, out, a, b, axes)
        return a_bar, b_bar, None

    return out, tensorsolve_pullback


def right_hand_side(a_dot: Any, out: Any, b: Any, axes: Any) -> Any:
    """Return what a tangent of the left-hand side takes from the right-hand side."""
    return np.reshape(as_matrix(a_dot, np.size(b), axes) @ np.ravel(out), np.shape(b))


@frule(np.linalg.tensorsolve)
def tensorsolve_forward(a: Any, b: Any, axes: Any = None) -> Any:
    """The same system with another right-hand side."""
    out = np.linalg.tensorsolve(a, b, axes)

    def tensorsolve_pushforward(a_dot: Any, b_dot: Any, axes_dot: Any) -> Any:
        a_part = -np.linalg.tensorsolve(a, right_hand_side(a_dot, out, b, axes), axes)
        return a_part, np.linalg.tensorsolve(a, b_dot, axes), None

    return out, tensorsolve_pushforward
