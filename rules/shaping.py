"""Rules of functions that give an array another shape without moving single entries about.

Permutations of axes stand in ``transposing.py``.  What repeats, moves or fills
in entries stands in ``rearranging.py``, diagonals and triangles in ``diagonals.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.forward import filled
from adjoint.rules.kinds import ANY, MANY, ONE, Array, Kind, Known, Scalar, Tuple
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, given

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


linear(np.reshape, np.ndarray.reshape, np.expand_dims, np.squeeze, np.ndarray.squeeze)
linear(np.atleast_1d, np.atleast_2d, np.atleast_3d, np.broadcast_to)


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
    out = np.reshape(a, shape, order, **given(copy=copy))

    def reshape_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape, read), None, None, None

    return out, reshape_pullback


@frule(np.reshape)
def reshape_ordered_forward(a: Any, /, shape: Any, order: Any, *, copy: Any = None) -> Any:
    """Read in the order that NumPy chose for the array itself."""
    out = np.reshape(a, shape, order, **given(copy=copy))

    def reshape_pushforward(a_dot: Any, shape_dot: Any, order_dot: Any, copy_dot: Any) -> Any:
        return np.reshape(a_dot, shape, order_of(a, order)), None, None, None

    return out, reshape_pushforward


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
    out = a.reshape(*shape, order=order, **given(copy=copy))

    def reshape_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape, read), None, None, None

    return out, reshape_pullback


@frule(np.ndarray.reshape)
def reshape_method_ordered_forward(a: Any, *shape: Any, order: Any, copy: Any = None) -> Any:
    """Read in the order that NumPy chose for the array itself."""
    out = a.reshape(*shape, order=order, **given(copy=copy))

    def reshape_pushforward(a_dot: Any, shape_dot: Any, order_dot: Any, copy_dot: Any) -> Any:
        return np.reshape(a_dot, out.shape, order_of(a, order)), None, None, None

    return out, reshape_pushforward


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


@frule(np.ravel, np.ndarray.ravel, np.ndarray.flatten, when=_not_k)
def ravel_ordered_forward(a: Any, order: Any = "C") -> Any:
    """Read in the order that NumPy chose for the array itself."""
    out = np.ravel(a, order)

    def ravel_pushforward(a_dot: Any, order_dot: Any) -> Any:
        return np.ravel(a_dot, order_of(a, order)), None

    return out, ravel_pushforward


@rrule(np.ravel, np.ndarray.ravel)
def ravel(a: Any) -> Any:
    """Back into the old shape."""
    a_shape = np.shape(a)
    out = np.ravel(a)

    def ravel_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, a_shape)

    return out, ravel_pullback


@frule(np.ravel, np.ndarray.ravel, np.ndarray.flatten)
def ravel_forward(a: Any) -> Any:
    """In one row."""
    out = np.ravel(a)

    def ravel_pushforward(a_dot: Any) -> Any:
        return np.ravel(a_dot)

    return out, ravel_pushforward


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


@frule(np.atleast_1d)
def atleast_1d_forward(*arys: Any) -> Any:
    """The same for every tangent."""
    out = np.atleast_1d(*arys)

    def atleast_1d_pushforward(arys_dot: Any) -> Any:
        return np.atleast_1d(*filled(arys_dot, arys))

    return out, atleast_1d_pushforward


@rrule(np.atleast_2d)
def atleast_2d_several(*arys: Any) -> Any:
    """Back into the old shapes."""
    out = np.atleast_2d(*arys)

    def atleast_2d_pullback(out_bar: Any) -> Any:
        return reshaped_like(out_bar, arys)

    return out, atleast_2d_pullback


@frule(np.atleast_2d)
def atleast_2d_forward(*arys: Any) -> Any:
    """The same for every tangent."""
    out = np.atleast_2d(*arys)

    def atleast_2d_pushforward(arys_dot: Any) -> Any:
        return np.atleast_2d(*filled(arys_dot, arys))

    return out, atleast_2d_pushforward


@rrule(np.atleast_3d)
def atleast_3d_several(*arys: Any) -> Any:
    """Back into the old shapes."""
    out = np.atleast_3d(*arys)

    def atleast_3d_pullback(out_bar: Any) -> Any:
        return reshaped_like(out_bar, arys)

    return out, atleast_3d_pullback


@frule(np.atleast_3d)
def atleast_3d_forward(*arys: Any) -> Any:
    """The same for every tangent."""
    out = np.atleast_3d(*arys)

    def atleast_3d_pushforward(arys_dot: Any) -> Any:
        return np.atleast_3d(*filled(arys_dot, arys))

    return out, atleast_3d_pushforward


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


def back_in_line(out_bar: Any, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the cotangents of vectors that were turned into axes."""
    bars = zip(out_bar, arrays, strict=True)
    return tuple(None if bar is None else fit(np.reshape(bar, np.shape(x)), x) for bar, x in bars)


def turned(arrays_dot: tuple[Any, ...], out: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the tangents of vectors as axes of their own."""
    dots = zip(arrays_dot, out, strict=True)
    return tuple(np.zeros(np.shape(y)) if dot is None else np.reshape(dot, np.shape(y)) for dot, y in dots)


@rrule(np.ix_)
def ix_(*args: Any) -> Any:
    """The same numbers along an axis each; conditions turn into places and carry nothing."""
    out = np.ix_(*args)

    def ix_pullback(out_bar: Any) -> Any:
        return back_in_line(out_bar, args)

    return out, ix_pullback


@frule(np.ix_)
def ix_forward(*args: Any) -> Any:
    """The same for every tangent."""
    out = np.ix_(*args)

    def ix_pushforward(args_dot: Any) -> Any:
        return turned(args_dot, out)

    return out, ix_pushforward


@rrule(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    """Sum over the copies."""
    out = np.broadcast_arrays(*args, subok=subok)

    def broadcast_arrays_pullback(out_bar: Any) -> Any:
        return unbroadcast_all(out_bar, args), None

    return out, broadcast_arrays_pullback


@frule(np.broadcast_arrays)
def broadcast_arrays_forward(*args: Any, subok: bool = False) -> Any:
    """The same for every tangent."""
    out = np.broadcast_arrays(*args, subok=subok)

    def broadcast_arrays_pushforward(args_dot: Any, subok_dot: Any) -> Any:
        return np.broadcast_arrays(*filled(args_dot, args), subok=subok), None

    return out, broadcast_arrays_pushforward
