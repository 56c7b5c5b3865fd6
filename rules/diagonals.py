"""Rules of diagonals and triangles: diag, diagflat, diagonal, triu, tril."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.runtime import unbroadcast

linear(np.diag, np.diagflat, np.diagonal, np.ndarray.diagonal, np.linalg.diagonal, np.triu, np.tril)


def on_diagonal(out_bar: Any, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return zeros of a shape with values placed on a diagonal.

    Args:
        out_bar: values, the diagonal along the last axis, as ``np.diagonal`` returns them.
        shape: of the result.
        offset: of the diagonal.
        axis1: first axis of the matrices.
        axis2: second axis of the matrices.
    """
    bar = np.zeros(shape, np.asarray(out_bar).dtype)
    matrices = np.moveaxis(bar, (axis1, axis2), (-2, -1))
    i = np.arange(np.shape(out_bar)[-1])
    matrices[..., i + max(-offset, 0), i + max(offset, 0)] = out_bar
    return bar


@frule(on_diagonal)
def on_diagonal_forward(
    out_bar: Any, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Any:
    """Linear in the values."""
    out = on_diagonal(out_bar, shape, offset, axis1, axis2)

    def on_diagonal_pushforward(
        out_bar_dot: Any, shape_dot: Any, offset_dot: Any, axis1_dot: Any, axis2_dot: Any
    ) -> Any:
        return on_diagonal(out_bar_dot, shape, offset, axis1, axis2), None, None, None, None

    return out, on_diagonal_pushforward


def diag_bar(out_bar: Any, v: Any, k: Any = 0) -> Any:
    """Return the cotangent of the argument of ``np.diag``, a vector or a matrix."""
    return np.diagonal(out_bar, k) if np.ndim(v) == 1 else on_diagonal(out_bar, np.shape(v), k)


def _vector(v: Kind, **others: Kind) -> bool:
    return isinstance(v, Array) and v.ndim == 1


def _matrices(m: Kind, **others: Kind) -> bool:
    return isinstance(m, Array) and m.ndim is not None and m.ndim >= 2


@rrule(np.diag)
def diag(v: Any, k: Any = 0) -> Any:
    """Place on the diagonal, or read from it."""
    out = np.diag(v, k)

    def diag_pullback(out_bar: Any) -> Any:
        return diag_bar(out_bar, v, k), None

    return out, diag_pullback


@rrule(np.diag, when=_vector, fresh=True)
def diag_of_vector(v: Any, k: Any = 0) -> Any:
    """Read from the diagonal."""
    out = np.diag(v, k)

    def diag_pullback(out_bar: Any) -> Any:
        return np.diag(out_bar, k), None

    return out, diag_pullback


@rrule(np.diagflat, fresh=True)
def diagflat(v: Any, k: Any = 0) -> Any:
    """Read from the diagonal."""
    v_shape = np.shape(v)
    out = np.diagflat(v, k)

    def diagflat_pullback(out_bar: Any) -> Any:
        return np.reshape(np.diag(out_bar, k), v_shape), None

    return out, diagflat_pullback


@rrule(np.diagonal, np.ndarray.diagonal)
def diagonal(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """Place on the diagonal."""
    a_shape = np.shape(a)
    out = np.diagonal(a, offset, axis1, axis2)

    def diagonal_pullback(out_bar: Any) -> Any:
        return on_diagonal(out_bar, a_shape, offset, axis1, axis2), None, None, None

    return out, diagonal_pullback


@rrule(np.linalg.diagonal)
def linalg_diagonal(x: Any, /, *, offset: Any = 0) -> Any:
    """Place on the diagonal."""
    x_shape = np.shape(x)
    out = np.linalg.diagonal(x, offset=offset)

    def diagonal_pullback(out_bar: Any) -> Any:
        return on_diagonal(out_bar, x_shape, offset, -2, -1), None

    return out, diagonal_pullback


@rrule(np.triu, fresh=True)
def triu_of_any(m: Any, k: Any = 0) -> Any:
    """The same triangle; a vector was repeated to a matrix."""
    out = np.triu(m, k)

    def triu_pullback(out_bar: Any) -> Any:
        return unbroadcast(np.triu(out_bar, k), m), None

    return out, triu_pullback


@rrule(np.tril, fresh=True)
def tril_of_any(m: Any, k: Any = 0) -> Any:
    """The same triangle; a vector was repeated to a matrix."""
    out = np.tril(m, k)

    def tril_pullback(out_bar: Any) -> Any:
        return unbroadcast(np.tril(out_bar, k), m), None

    return out, tril_pullback


@rrule(np.triu, when=_matrices, fresh=True)
def triu(m: Any, k: Any = 0) -> Any:
    """The same triangle."""
    out = np.triu(m, k)

    def triu_pullback(out_bar: Any) -> Any:
        return np.triu(out_bar, k), None

    return out, triu_pullback


@rrule(np.tril, when=_matrices, fresh=True)
def tril(m: Any, k: Any = 0) -> Any:
    """The same triangle."""
    out = np.tril(m, k)

    def tril_pullback(out_bar: Any) -> Any:
        return np.tril(out_bar, k), None

    return out, tril_pullback
