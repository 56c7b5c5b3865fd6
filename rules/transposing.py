"""Rules of permutations of axes: each is undone by its inverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import linear, rrule

linear(np.ndarray.T, np.ndarray.mT, np.matrix_transpose, np.linalg.matrix_transpose)
linear(np.transpose, np.ndarray.transpose, np.swapaxes, np.ndarray.swapaxes, np.moveaxis, np.rollaxis)


@rrule(np.ndarray.T)
def T(a: Any) -> Any:
    """Transposed back."""
    out = a.T

    def transpose_pullback(out_bar: Any) -> Any:
        return out_bar.T

    return out, transpose_pullback


@rrule(np.ndarray.mT, np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Any) -> Any:
    """Transposed back."""
    out = np.swapaxes(x, -1, -2)

    def matrix_transpose_pullback(out_bar: Any) -> Any:
        return np.swapaxes(out_bar, -1, -2)

    return out, matrix_transpose_pullback


def permuted_back(out_bar: Any, axes: Any) -> Any:
    """Return the cotangent of an array whose axes were permuted.

    Args:
        out_bar: cotangent of the permuted array.
        axes: None for reversed axes, or the permutation; ``(axes,)`` as in ``a.transpose(axes)``.
    """
    if isinstance(axes, tuple) and len(axes) == 1 and (axes[0] is None or np.ndim(axes[0])):
        axes = axes[0]
    if axes is None or len(axes) == 0:
        return np.transpose(out_bar)
    ndim = len(axes)
    return np.transpose(out_bar, np.argsort([axis % ndim for axis in axes]))


@rrule(np.transpose)
def transpose_axes(a: Any, axes: Any = None) -> Any:
    """The inverse permutation."""
    out = np.transpose(a, axes)

    def transpose_pullback(out_bar: Any) -> Any:
        return permuted_back(out_bar, axes), None

    return out, transpose_pullback


@rrule(np.transpose)
def transpose(a: Any) -> Any:
    """Transposed back."""
    out = np.transpose(a)

    def transpose_pullback(out_bar: Any) -> Any:
        return np.transpose(out_bar)

    return out, transpose_pullback


@rrule(np.ndarray.transpose)
def transpose_method(a: Any, *axes: Any) -> Any:
    """The inverse permutation."""
    out = a.transpose(*axes)

    def transpose_pullback(out_bar: Any) -> Any:
        return permuted_back(out_bar, axes), None

    return out, transpose_pullback


@rrule(np.ndarray.transpose)
def transpose_method_plain(a: Any) -> Any:
    """Transposed back."""
    out = a.transpose()

    def transpose_pullback(out_bar: Any) -> Any:
        return np.transpose(out_bar)

    return out, transpose_pullback


@rrule(np.swapaxes, np.ndarray.swapaxes)
def swapaxes(a: Any, axis1: Any, axis2: Any) -> Any:
    """Swapped back."""
    out = np.swapaxes(a, axis1, axis2)

    def swapaxes_pullback(out_bar: Any) -> Any:
        return np.swapaxes(out_bar, axis1, axis2), None, None

    return out, swapaxes_pullback


@rrule(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Moved back."""
    out = np.moveaxis(a, source, destination)

    def moveaxis_pullback(out_bar: Any) -> Any:
        return np.moveaxis(out_bar, destination, source), None, None

    return out, moveaxis_pullback


def rolled_back(out_bar: Any, axis: int, start: int) -> Any:
    """Return the cotangent of the array of ``np.rollaxis``."""
    order = list(range(np.ndim(out_bar)))
    ndim = len(order)
    axis, start = axis % ndim, start + ndim if start < 0 else start
    order.insert(start - (start > axis), order.pop(axis))
    return permuted_back(out_bar, order)


@rrule(np.rollaxis)
def rollaxis(a: Any, axis: Any, start: Any = 0) -> Any:
    """Rolled back."""
    out = np.rollaxis(a, axis, start)

    def rollaxis_pullback(out_bar: Any) -> Any:
        return rolled_back(out_bar, axis, start), None, None

    return out, rollaxis_pullback
