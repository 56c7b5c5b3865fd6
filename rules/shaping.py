"""Rules of functions that give an array another shape without moving single entries about.

Reshaping is undone by reshaping, a permutation of axes by its inverse.  What repeats, moves or fills
in entries stands in ``rearranging.py``, diagonals and triangles in ``diagonals.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import ANY, MANY, ONE, Array, Kind, Known, Scalar, Tuple
from adjoint.rules.registry import rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit

# -- kinds of results ---------------------------------------------------------------------------


def _dim(item: Kind) -> str:
    """Return what is known of a dimension of this size."""
    if isinstance(item, Known) and isinstance(item.value, int) and item.value >= 0:
        return ONE if item.value == 1 else MANY
    return ANY


def dims_of_shape(shape: Kind) -> tuple[str, ...] | None:
    """Return the dimensions that a shape argument asks for; None if even their number is unknown."""
    if isinstance(shape, Known) and isinstance(shape.value, tuple | list):
        return tuple(_dim(Known(item)) for item in shape.value)
    if isinstance(shape, Tuple):
        return tuple(_dim(item) for item in shape.items)
    if isinstance(shape, Known | Scalar):
        return (_dim(shape),)
    return None


def array_kind(a: Kind, dims: tuple[str, ...] | None) -> Kind | None:
    """Return the kind of an array with the dtype of ``a``; None if ``a`` is no number or array."""
    if isinstance(a, Array | Scalar):
        return Array(a.dtype, dims)
    return None


def _shaped(a: Kind, shape: Kind, **others: Kind) -> Kind | None:
    return array_kind(a, dims_of_shape(shape))


def _shaped_method(a: Kind, shape: Kind, **others: Kind) -> Kind | None:
    items = shape.items if isinstance(shape, Tuple) else ()
    first = items[0] if len(items) == 1 else shape
    return array_kind(a, dims_of_shape(first))


# -- reshape ------------------------------------------------------------------------------------


def order_of(a: Any, order: Any) -> Any:
    """Return the reading order, "C" or "F", that NumPy chooses for this array."""
    fortran = order in ("A", "K") and np.isfortran(np.asarray(a))
    return "F" if order == "F" or fortran else "C"


def _not_k(a: Kind, order: Kind, **others: Kind) -> bool:
    return isinstance(order, Known) and order.value in ("C", "F", "A")


@rrule(np.reshape, kind=_shaped)
def reshape_ordered(a: Any, /, shape: Any, order: Any = "C", *, copy: Any = None) -> Any:
    """Back into the old shape, in the same order."""
    a_shape = np.shape(a)
    read = order_of(a, order)
    out = np.reshape(a, shape, order, copy=copy)

    def reshape_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape, read), None, None, None

    return out, reshape_pullback


@rrule(np.reshape, kind=_shaped)
def reshape(a: Any, /, shape: Any) -> Any:
    """Back into the old shape."""
    a_shape = np.shape(a)
    out = np.reshape(a, shape)

    def reshape_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape), None

    return out, reshape_pullback


@rrule(np.ndarray.reshape, kind=_shaped_method)
def reshape_method_ordered(a: Any, *shape: Any, order: Any = "C", copy: Any = None) -> Any:
    """Back into the old shape, in the same order."""
    a_shape = np.shape(a)
    read = order_of(a, order)
    out = a.reshape(*shape, order=order, copy=copy)

    def reshape_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape, read), None, None, None

    return out, reshape_pullback


@rrule(np.ndarray.reshape, kind=_shaped_method)
def reshape_method(a: Any, *shape: Any) -> Any:
    """Back into the old shape."""
    a_shape = np.shape(a)
    out = a.reshape(*shape)

    def reshape_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape), None

    return out, reshape_pullback


@rrule(np.ravel, np.ndarray.ravel, np.ndarray.flatten, when=_not_k)
def ravel_ordered(a: Any, order: Any = "C") -> Any:
    """Back into the old shape, in the same order."""
    a_shape = np.shape(a)
    read = order_of(a, order)
    out = np.ravel(a, order)

    def ravel_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape, read), None

    return out, ravel_pullback


@rrule(np.ravel, np.ndarray.ravel)
def ravel(a: Any) -> Any:
    """Back into the old shape."""
    a_shape = np.shape(a)
    out = np.ravel(a)

    def ravel_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape)

    return out, ravel_pullback


@rrule(np.ndarray.flatten, fresh=True)
def flatten(a: Any) -> Any:
    """Back into the old shape."""
    a_shape = np.shape(a)
    out = a.flatten()

    def flatten_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape)

    return out, flatten_pullback


@rrule(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Any:
    """Back into the old shape."""
    a_shape = np.shape(a)
    out = np.expand_dims(a, axis)

    def expand_dims_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape), None

    return out, expand_dims_pullback


@rrule(np.squeeze, np.ndarray.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    """Back into the old shape."""
    a_shape = np.shape(a)
    out = np.squeeze(a, axis)

    def squeeze_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape), None

    return out, squeeze_pullback


def reshaped_like(out_bar: Any, arrays: Any) -> Any:
    """Return the cotangents of several arrays that were given more axes."""
    bars = zip(out_bar, arrays, strict=True)
    return tuple(None if bar is None else fit(bar, array) for bar, array in bars)


@rrule(np.atleast_1d)
def atleast_1d_several(*arys: Any) -> Any:
    """Back into the old shapes."""
    out = np.atleast_1d(*arys)

    def atleast_1d_pullback(out_bar: Any) -> Any:
        return reshaped_like(out_bar, arys)

    return out, atleast_1d_pullback


@rrule(np.atleast_2d)
def atleast_2d_several(*arys: Any) -> Any:
    """Back into the old shapes."""
    out = np.atleast_2d(*arys)

    def atleast_2d_pullback(out_bar: Any) -> Any:
        return reshaped_like(out_bar, arys)

    return out, atleast_2d_pullback


@rrule(np.atleast_3d)
def atleast_3d_several(*arys: Any) -> Any:
    """Back into the old shapes."""
    out = np.atleast_3d(*arys)

    def atleast_3d_pullback(out_bar: Any) -> Any:
        return reshaped_like(out_bar, arys)

    return out, atleast_3d_pullback


@rrule(np.atleast_1d)
def atleast_1d(ary: Any, /) -> Any:
    """Back into the old shape."""
    ary_shape = np.shape(ary)
    out = np.atleast_1d(ary)

    def atleast_1d_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, ary_shape)

    return out, atleast_1d_pullback


@rrule(np.atleast_2d)
def atleast_2d(ary: Any, /) -> Any:
    """Back into the old shape."""
    ary_shape = np.shape(ary)
    out = np.atleast_2d(ary)

    def atleast_2d_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, ary_shape)

    return out, atleast_2d_pullback


@rrule(np.atleast_3d)
def atleast_3d(ary: Any, /) -> Any:
    """Back into the old shape."""
    ary_shape = np.shape(ary)
    out = np.atleast_3d(ary)

    def atleast_3d_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, ary_shape)

    return out, atleast_3d_pullback


# -- permutations of axes -----------------------------------------------------------------------


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


# -- broadcasting -------------------------------------------------------------


@rrule(np.broadcast_to, kind=lambda array, shape, subok: array_kind(array, dims_of_shape(shape)))
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """Sum over the copies."""
    out = np.broadcast_to(array, shape, subok)

    def broadcast_to_pullback(out_bar: Any) -> Any:
        return unbroadcast(out_bar, array), None, None

    return out, broadcast_to_pullback


def unbroadcast_all(out_bar: Any, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the cotangents of several arrays that were broadcast to one shape."""
    bars = zip(out_bar, arrays, strict=True)
    return tuple(None if bar is None else fit(unbroadcast(bar, array), array) for bar, array in bars)


@rrule(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    """Sum over the copies."""
    out = np.broadcast_arrays(*args, subok=subok)

    def broadcast_arrays_pullback(out_bar: Any) -> Any:
        return unbroadcast_all(out_bar, args), None

    return out, broadcast_arrays_pullback
