"""Rules of ``np.lib.stride_tricks``: entries of an array that are seen in several places."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from adjoint.rules.errors import RuleError
from adjoint.rules.kinds import Array, Kind
from adjoint.rules.registry import frule, linear, rrule


def windows_added(out_bar: Any, shape: tuple[int, ...], window_shape: Any, axis: Any = None) -> Any:
    """Return the cotangent of an array of which windows were taken: each entry adds up those of its windows.

    Args:
        out_bar: cotangents of the windows, whose axes are the last.
        shape: of the array.
        window_shape: as `sliding_window_view` takes it.
        axis: as `sliding_window_view` takes it.

    >>> windows_added(np.ones((3, 2)), (4,), 2)
    array([1., 2., 2., 1.])
    """
    sizes = np.atleast_1d(window_shape)
    axes = np.arange(len(shape))[np.arange(len(shape)) if axis is None else np.atleast_1d(axis)]
    x_bar = np.zeros(shape, np.asarray(out_bar).dtype)
    counts = np.shape(out_bar)[: len(shape)]
    for offsets in np.ndindex(*sizes):
        starts = np.zeros(len(shape), int)
        np.add.at(starts, axes, offsets)  # an axis may be given several times
        place = tuple(slice(start, start + count) for start, count in zip(starts, counts, strict=True))
        x_bar[place] += out_bar[(..., *offsets)]
    return x_bar


linear(sliding_window_view)


@frule(windows_added)
def windows_added_forward(out_bar: Any, shape: tuple[int, ...], window_shape: Any, axis: Any = None) -> Any:
    """Linear in the cotangents."""
    out = windows_added(out_bar, shape, window_shape, axis)

    def windows_added_pushforward(out_bar_dot: Any, shape_dot: Any, window_dot: Any, axis_dot: Any) -> Any:
        return windows_added(out_bar_dot, shape, window_shape, axis), None, None, None

    return out, windows_added_pushforward


@rrule(sliding_window_view)
def windows(
    x: Any, window_shape: Any, axis: Any = None, *, subok: Any = False, writeable: Any = False
) -> Any:
    """Each entry adds up the cotangents of the windows that it lies in."""
    x_shape = np.shape(x)
    out = sliding_window_view(x, window_shape, axis, subok=subok, writeable=writeable)

    def windows_pullback(out_bar: Any) -> Any:
        return windows_added(out_bar, x_shape, window_shape, axis), None, None, None, None

    return out, windows_pullback


# -- strides given by hand ----------------------------------------------------------------------


def offsets_of(shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """Return where the entries of an array lie, in bytes from the first, in the array's shape."""
    along = [np.arange(n) * step for n, step in zip(shape, strides, strict=True)]
    return sum(np.meshgrid(*along, indexing="ij"), np.zeros(shape, int))


def entries_seen(x_shape: Any, x_strides: Any, shape: Any, strides: Any) -> Any:
    """Return the number of the entry of ``x`` at each place of ``as_strided(x, shape, strides)``.

    Args:
        x_shape: of ``x``.
        x_strides: of ``x``, in bytes.
        shape: None for that of ``x``.
        strides: None for those of ``x``.

    Raises:
        RuleError: a place lies outside of ``x`` (ADJ203).
    """
    shape = x_shape if shape is None else tuple(np.atleast_1d(shape))
    strides = x_strides if strides is None else tuple(np.atleast_1d(strides))
    own, seen = offsets_of(x_shape, x_strides).ravel(), offsets_of(shape, strides)
    order = np.argsort(own)
    found = np.minimum(np.searchsorted(own[order], seen), max(own.size - 1, 0))
    numbers = order[found] if own.size else np.zeros(shape, int)
    if seen.size and not (own.size and np.array_equal(own[numbers], seen)):
        raise RuleError(
            "ADJ203",
            title="`as_strided` reads what is no entry of its array",
            why="a derivative by memory beside the array, or by parts of its numbers, has no meaning.",
            fixes=("np.lib.stride_tricks.sliding_window_view, which looks after the strides",),
        )
    return numbers


def entries_added(out_bar: Any, numbers: Any, shape: tuple[int, ...]) -> Any:
    """Return zeros of a shape, with values added to the entries that have these numbers."""
    bar = np.zeros(shape, np.asarray(out_bar).dtype)
    np.add.at(bar.reshape(-1), numbers, out_bar)
    return bar


@frule(entries_added)
def entries_added_forward(out_bar: Any, numbers: Any, shape: tuple[int, ...]) -> Any:
    """Linear in the values."""
    out = entries_added(out_bar, numbers, shape)

    def entries_added_pushforward(out_bar_dot: Any, numbers_dot: Any, shape_dot: Any) -> Any:
        return entries_added(out_bar_dot, numbers, shape), None, None

    return out, entries_added_pushforward


def _array(x: Kind, **others: Kind) -> bool:
    return isinstance(x, Array)


@rrule(as_strided, when=_array)
def strided(x: Any, shape: Any = None, strides: Any = None, subok: Any = False, writeable: Any = True) -> Any:
    """Each entry adds up the cotangents of the places at which it is seen."""
    x_shape = x.shape
    numbers = entries_seen(x.shape, x.strides, shape, strides)
    out = as_strided(x, shape, strides, subok, writeable)

    def strided_pullback(out_bar: Any) -> Any:
        return entries_added(out_bar, numbers, x_shape), None, None, None, None

    return out, strided_pullback


@frule(as_strided, when=_array)
def strided_forward(
    x: Any, shape: Any = None, strides: Any = None, subok: Any = False, writeable: Any = True
) -> Any:
    """The tangents of the entries that are seen; they need not have the strides of the array."""
    numbers = entries_seen(x.shape, x.strides, shape, strides)
    out = as_strided(x, shape, strides, subok, writeable)

    def strided_pushforward(
        x_dot: Any, shape_dot: Any, strides_dot: Any, subok_dot: Any, writeable_dot: Any
    ) -> Any:
        return np.ravel(x_dot)[numbers], None, None, None, None

    return out, strided_pushforward
