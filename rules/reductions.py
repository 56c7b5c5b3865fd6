"""Rules of sums and means, as functions, methods and ``ufunc.reduce``, and what all reductions share.

``axis`` may be None, an integer or a tuple, negative or not.  The usual forms of ``sum`` and ``mean``
have rules of one line; the others go through `spread`, which undoes a reduction's change of shape, and
`rows_of`, which brings the reduced axes together.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known, is_inexact
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.runtime import strong_product
from adjoint.rules.support import fit, fit_out

NO_VALUE: Any = np._NoValue

SUMS = (np.sum, np.ndarray.sum, np.generic.sum)
MEANS = (np.mean, np.ndarray.mean, np.generic.mean)
PRODS = (np.prod, np.ndarray.prod, np.generic.prod)
MAXIMA = (np.max, np.amax, np.ndarray.max, np.generic.max)
MINIMA = (np.min, np.amin, np.ndarray.min, np.generic.min)
VARIANCES = (np.var, np.ndarray.var, np.generic.var)
DEVIATIONS = (np.std, np.ndarray.std, np.generic.std)
ADD_REDUCE, MULTIPLY_REDUCE = np.add.reduce, np.multiply.reduce
MAXIMUM_REDUCE, MINIMUM_REDUCE = np.maximum.reduce, np.minimum.reduce
LOGADDEXP_REDUCE = np.logaddexp.reduce


linear(np.sum, np.ndarray.sum, np.mean, np.ndarray.mean, ADD_REDUCE)


# -- shapes -------------------------------------------------------------------------------------


def kept(out_bar: Any, axis: Any, keepdims: Any = False) -> Any:
    """Return the cotangent of a reduction with the reduced axes put back, of length one.

    Args:
        out_bar: cotangent of the reduced array.
        axis: None, integer or tuple, as given to the reduction.
        keepdims: whether the axes are there already.
    """
    return out_bar if axis is None or keepdims else np.expand_dims(out_bar, axis)


def spread(out_bar: Any, shape: tuple[int, ...], axis: Any = None, keepdims: Any = False) -> Any:
    """Repeat the cotangent of a reduction along the reduced axes; the result is a read-only view.

    Args:
        out_bar: cotangent of the reduced array.
        shape: of the array that was reduced.
        axis: None, integer or tuple, as given to the reduction.
        keepdims: whether the reduction kept its axes.

    Example:
        >>> spread(np.array([1.0, 2.0]), (2, 3), axis=1)
        array([[1., 1., 1.],
               [2., 2., 2.]])
    """
    if shape == ():  # NumPy reduces a number along axis 0
        return out_bar
    return np.broadcast_to(kept(out_bar, axis, keepdims), shape)


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return the reduced axes as non-negative integers."""
    if axis is None or ndim == 0:  # NumPy reduces a number along axis 0
        return tuple(range(ndim))
    return tuple(operator.index(a) % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def count(shape: tuple[int, ...], axis: Any) -> int:
    """Return how many entries are reduced to one; at least 1, so that one may divide by it."""
    total = 1
    for a in axes_of(axis, len(shape)):
        total *= shape[a]
    return max(total, 1)


def rows_of(a: Any, axis: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Bring the reduced axes to the end, as one, and return the function that puts them back.

    Args:
        a: array or number.
        axis: None, integer or tuple.

    Returns:
        The array, of shape ``(*kept, n)``, and a function from such a shape to that of ``a``.
    """
    a = np.asarray(a)
    axes = axes_of(axis, a.ndim)
    last = tuple(range(a.ndim - len(axes), a.ndim))
    moved = np.moveaxis(a, axes, last)
    shape = moved.shape
    size = int(np.prod([a.shape[i] for i in axes], dtype=int))
    rows = moved.reshape(*shape[: a.ndim - len(axes)], size)
    return rows, lambda bar: np.moveaxis(bar.reshape(shape), last, axes)


def flat_bar(out_bar: Any, a: Any, axis: Any) -> Any:
    """Return the cotangent of a reduction in the shape ``kept`` of `rows_of`."""
    a_shape, axes = np.shape(a), axes_of(axis, np.ndim(a))
    return np.reshape(out_bar, [size for i, size in enumerate(a_shape) if i not in axes])


def reduced_dot(a_bar: Any, a_dot: Any, axis: Any, keepdims: Any, out: Any) -> Any:
    """Return the tangent of a reduction from the cotangents that ones give to the entries.

    Each entry counts in one entry of the output only, so these are its partial derivatives (conjugated,
    for holomorphic ones).  Entries of slope zero have no effect, whatever their tangent.

    Args:
        a_bar: cotangent of the array for a cotangent of ones.
        a_dot: tangent of the array.
        axis: None, integer or tuple.
        keepdims: whether the reduction kept its axes.
        out: the value.
    """
    terms = strong_product(np.conj(a_bar), a_dot)
    total = np.sum(terms if np.iscomplexobj(out) else np.real(terms), axis, keepdims=keepdims)
    return fit_out(total, out)


# -- predicates ---------------------------------------------------------------------------------


def _inexact_array(a: Kind) -> bool:
    return isinstance(a, Array) and a.dims is not None and a.dtype is not None and is_inexact(a)


def _is(kind: Kind, value: Any) -> bool:
    return isinstance(kind, Known) and kind.value is value


def _whole(a: Kind, axis: Kind, dtype: Kind, keepdims: Kind) -> bool:
    """Whether an array is reduced to one number."""
    return _inexact_array(a) and _is(axis, None) and _is(dtype, None) and _is(keepdims, False)


def one_axis(a: Kind, axis: Kind, dtype: Kind, keepdims: Kind) -> bool:
    """Whether one axis of an array is reduced."""
    given = isinstance(axis, Known) and type(axis.value) is int
    return _inexact_array(a) and given and _is(dtype, None) and _is(keepdims, False)


def _kept(a: Kind, axis: Kind, dtype: Kind, keepdims: Kind) -> bool:
    return _inexact_array(a) and _is(dtype, None) and _is(keepdims, True)


def _kept_axis(a: Kind, axis: Kind, dtype: Kind, keepdims: Kind) -> bool:
    return _kept(a, axis, dtype, keepdims) and isinstance(axis, Known) and type(axis.value) is int


# -- sum ----------------------------------------------------------------------------------------


@rrule(*SUMS, fresh=True)
def sum_masked(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    initial: Any = NO_VALUE,
    where: Any = True,
) -> Any:
    """Every entry that was counted receives the cotangent, and so does the initial value."""
    out = np.sum(a, axis, dtype, keepdims=keepdims, initial=initial, where=where)

    def sum_pullback(out_bar: Any) -> Any:
        a_bar = fit(np.where(where, spread(out_bar, np.shape(a), axis, keepdims), 0.0), a)
        return a_bar, None, None, None, initial_bar(out_bar, initial), None

    return out, sum_pullback


def initial_bar(out_bar: Any, initial: Any) -> Any:
    """Return the cotangent of the initial value of a sum; None if there is none."""
    return None if initial is NO_VALUE else fit(np.sum(out_bar), initial)


@rrule(*SUMS, fresh=True)
def sum_general(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every entry receives the cotangent."""
    out = np.sum(a, axis, dtype, keepdims=keepdims)

    def sum_pullback(out_bar: Any) -> Any:
        return fit(spread(out_bar, np.shape(a), axis, keepdims), a), None, None, None

    return out, sum_pullback


@frule(np.generic.sum)
def sum_scalar_forward(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, where: Any = True
) -> Any:
    """A number's sum is itself; the tangent may be a plain float."""
    out = np.sum(a, axis, dtype, keepdims=keepdims, where=where)

    def sum_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any, where_dot: Any) -> Any:
        return fit_out(np.sum(a_dot, where=where), out), None, None, None, None

    return out, sum_pushforward


@frule(*SUMS)
def sum_initial_forward(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, initial: Any, where: Any = True
) -> Any:
    """The sum of the tangents that were counted, and the initial value's."""
    out = np.sum(a, axis, dtype, keepdims=keepdims, initial=initial, where=where)

    def sum_pushforward(
        a_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any, initial_dot: Any, where_dot: Any
    ) -> Any:
        a_part = np.sum(a_dot, axis, dtype, keepdims=keepdims, where=where)
        return a_part, None, None, None, fit_out(initial_dot, out), None

    return out, sum_pushforward


@rrule(*SUMS, when=_kept, fresh=True)
def sum_kept(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every entry receives the cotangent."""
    out = np.sum(a, axis, keepdims=True)

    def sum_pullback(out_bar: Any) -> Any:
        return np.broadcast_to(out_bar, a.shape), None, None, None

    return out, sum_pullback


@rrule(*SUMS, when=one_axis, fresh=True)
def sum_axis(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every entry receives the cotangent."""
    out = np.sum(a, axis)

    def sum_pullback(out_bar: Any) -> Any:
        return np.broadcast_to(np.expand_dims(out_bar, axis), a.shape), None, None, None

    return out, sum_pullback


@rrule(*SUMS, when=_whole, fresh=True)
def sum_whole(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every entry receives the cotangent."""
    out = np.sum(a)

    def sum_pullback(out_bar: Any) -> Any:
        return np.broadcast_to(out_bar, a.shape), None, None, None

    return out, sum_pullback


@rrule(ADD_REDUCE, fresh=True)
def add_reduce(array: Any, axis: Any = 0, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every entry receives the cotangent."""
    out = np.add.reduce(array, axis, dtype, keepdims=keepdims)

    def add_reduce_pullback(out_bar: Any) -> Any:
        return fit(spread(out_bar, np.shape(array), axis, keepdims), array), None, None, None

    return out, add_reduce_pullback


# -- mean ---------------------------------------------------------------------------------------


@rrule(*MEANS, fresh=True)
def mean_masked(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, where: Any = True
) -> Any:
    """The entries that were counted share the cotangent."""
    out = np.mean(a, axis, dtype, keepdims=keepdims, where=where)

    def mean_pullback(out_bar: Any) -> Any:
        return fit(masked_mean_bar(out_bar, a, axis, keepdims, where), a), None, None, None, None

    return out, mean_pullback


def masked_mean_bar(out_bar: Any, a: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    """Return the cotangent of the array of a mean over the entries where ``where`` holds."""
    mask = np.broadcast_to(where, np.shape(a))
    counts = np.maximum(np.sum(mask, axis, keepdims=True), 1)
    bar = kept(out_bar, axis, keepdims) / counts
    return np.where(mask, bar, 0.0)


@rrule(*MEANS, fresh=True)
def mean_general(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The entries share the cotangent."""
    out = np.mean(a, axis, dtype, keepdims=keepdims)

    def mean_pullback(out_bar: Any) -> Any:
        a_bar = spread(out_bar / count(np.shape(a), axis), np.shape(a), axis, keepdims)
        return fit(a_bar, a), None, None, None

    return out, mean_pullback


@frule(np.generic.mean)
def mean_scalar_forward(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, where: Any = True
) -> Any:
    """A number's mean is itself; the tangent may be a plain float."""
    out = np.mean(a, axis, dtype, keepdims=keepdims, where=where)

    def mean_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any, where_dot: Any) -> Any:
        return fit_out(np.mean(a_dot, where=where), out), None, None, None, None

    return out, mean_pushforward


@rrule(*MEANS, when=_kept_axis, fresh=True)
def mean_kept_axis(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The entries share the cotangent."""
    out = np.mean(a, axis, keepdims=True)

    def mean_pullback(out_bar: Any) -> Any:
        return np.broadcast_to(out_bar / max(a.shape[axis], 1), a.shape), None, None, None

    return out, mean_pullback


@rrule(*MEANS, when=one_axis, fresh=True)
def mean_axis(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The entries share the cotangent."""
    out = np.mean(a, axis)

    def mean_pullback(out_bar: Any) -> Any:
        row_bar = np.expand_dims(out_bar / max(a.shape[axis], 1), axis)
        return np.broadcast_to(row_bar, a.shape), None, None, None

    return out, mean_pullback


@rrule(*MEANS, when=_whole, fresh=True)
def mean_whole(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The entries share the cotangent; the guard is for empty arrays."""
    out = np.mean(a)

    def mean_pullback(out_bar: Any) -> Any:
        return np.broadcast_to(out_bar / max(a.size, 1), a.shape), None, None, None

    return out, mean_pullback
