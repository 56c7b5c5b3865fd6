"""Rules that select and gather: ``x[i]``, take, compress, choose, select.

The cotangent of a selection is a scatter: zeros of the argument's shape, with the output's
cotangent added where it was read, so repeated indices accumulate.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.rules.forward import filled
from adjoint.rules.kinds import ANY, Array, Kind, Unknown
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out

linear(operator.getitem, np.ndarray.__getitem__)
linear(np.take, np.ndarray.take, np.take_along_axis, np.ndarray.compress)


def is_basic(index: Any) -> bool:
    """Return whether an index makes a view: integers, slices, None and Ellipsis."""
    if isinstance(index, tuple):
        return all(is_basic(item) for item in index)
    if isinstance(index, bool | np.bool_):
        return False
    return isinstance(index, int | slice | np.integer) or index is None or index is ...


def accumulate_into(x_bar: Any, index: Any, value_bar: Any) -> None:
    """Add ``value_bar`` to ``x_bar[index]`` in place; every repetition of an index counts.

    Args:
        x_bar: a buffer that the caller owns.
        index: whatever NumPy accepts between brackets.
        value_bar: broadcasts to the shape of ``x_bar[index]``; None is zero.
    """
    if value_bar is None:
        return
    if is_basic(index) or (isinstance(index, np.ndarray) and index.dtype == bool):
        x_bar[index] += value_bar
    else:
        np.add.at(x_bar, index, value_bar)


def scatter(x: Any, index: Any, value_bar: Any) -> Any:
    """Return the cotangent of ``x`` given that of ``x[index]``.

    Args:
        x: the array (or list, tuple, dict) that was read.
        index: the index or key.
        value_bar: cotangent of ``x[index]``.
    """
    if isinstance(x, np.ndarray):
        x_bar = np.zeros(x.shape, x.dtype if x.dtype.kind in "fc" else float)
        accumulate_into(x_bar, index, value_bar)
        return x_bar
    if isinstance(x, np.generic):
        return scatter(np.asarray(x), index, value_bar)[()]
    return scatter_item(x, index, value_bar)


def scatter_item(x: Any, index: Any, value_bar: Any) -> Any:
    """Return the cotangent of a list, tuple or dict given that of one item or slice."""
    if isinstance(x, dict):
        return {index: value_bar}
    bars: list[Any] = [None] * len(x)
    bars[index] = value_bar
    return tuple(bars) if isinstance(x, tuple) else bars


@rrule(operator.getitem, np.ndarray.__getitem__)
def getitem(x: Any, index: Any) -> Any:
    """Scatter: ``x_bar[index] += out_bar``."""
    out = x[index]

    def getitem_pullback(out_bar: Any) -> Any:
        return scatter(x, index, out_bar), None

    return out, getitem_pullback


def _vector(x: Kind) -> Kind:
    return Array(x.dtype, (ANY,)) if isinstance(x, Array) else Unknown()


@rrule(np.ndarray.flat, kind=_vector)
def flat(x: Any) -> Any:
    """A vector in the place of the iterator: it has the same items, and a tangent."""
    x_shape = np.shape(x)
    out = np.ravel(x)

    def flat_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, x_shape)

    return out, flat_pullback


@frule(np.ndarray.flat, kind=_vector)
def flat_forward(x: Any) -> Any:
    """The tangents of the items."""
    out = np.ravel(x)

    def flat_pushforward(x_dot: Any) -> Any:
        return np.ravel(x_dot)

    return out, flat_pushforward


def take_bar(out_bar: Any, a: Any, indices: Any, axis: int | None, mode: str = "raise") -> Any:
    """Return the cotangent of ``a`` in ``np.take(a, indices, axis, mode=mode)``.

    Args:
        out_bar: shape of ``a`` with ``axis`` replaced by the shape of ``indices``.
        a: the array (any shape) that was read.
        indices: integers of any shape.
        axis: None reads the flattened array.
        mode: treatment of indices outside the range.
    """
    a = np.asarray(a)
    if not np.size(out_bar):
        return np.zeros(a.shape, a.dtype)
    size = a.size if axis is None else a.shape[axis]
    indices = np.asarray(indices, dtype=np.intp)
    if mode == "clip":
        indices = np.clip(indices, 0, size - 1)
    elif mode == "wrap":
        indices = indices % size
    if axis is None:
        flat_bar = np.zeros(a.size, a.dtype)
        np.add.at(flat_bar, indices, out_bar)
        return flat_bar.reshape(a.shape)
    a_bar = np.zeros(a.shape, a.dtype)
    np.add.at(a_bar, (slice(None),) * (axis % a.ndim) + (indices,), out_bar)
    return a_bar


@rrule(np.take, np.ndarray.take, fresh=True)
def take(a: Any, indices: Any, axis: Any = None, *, mode: Any = "raise") -> Any:
    """Scatter along the axis; repeated indices accumulate."""
    out = np.take(a, indices, axis, mode=mode)

    def take_pullback(out_bar: Any) -> Any:
        return take_bar(out_bar, a, indices, axis, mode), None, None, None

    return out, take_pullback


def take_along_axis_bar(out_bar: Any, arr: Any, indices: Any, axis: int | None) -> Any:
    """Return the cotangent of ``arr`` in ``np.take_along_axis(arr, indices, axis)``."""
    if axis is None:
        return take_bar(out_bar, arr, indices, None)
    index = list(np.ix_(*(np.arange(size) for size in arr.shape)))
    index[axis] = indices
    arr_bar = np.zeros(arr.shape, arr.dtype)
    np.add.at(arr_bar, tuple(index), out_bar)
    return arr_bar


@rrule(np.take_along_axis, fresh=True)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """Scatter along the axis; repeated indices accumulate."""
    out = np.take_along_axis(arr, indices, axis)

    def take_along_axis_pullback(out_bar: Any) -> Any:
        return take_along_axis_bar(out_bar, arr, indices, axis), None, None

    return out, take_along_axis_pullback


@rrule(np.compress, fresh=True)
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """Scatter to where the condition holds."""
    out = np.compress(condition, a, axis)

    def compress_pullback(out_bar: Any) -> Any:
        return None, take_bar(out_bar, a, np.flatnonzero(condition), axis), None

    return out, compress_pullback


@frule(np.compress)
def compress_forward(condition: Any, a: Any, axis: Any = None) -> Any:
    """Where the condition holds."""
    out = np.compress(condition, a, axis)

    def compress_pushforward(condition_dot: Any, a_dot: Any, axis_dot: Any) -> Any:
        return None, np.compress(condition, a_dot, axis), None

    return out, compress_pushforward


@rrule(np.ndarray.compress, fresh=True)
def compress_method(a: Any, condition: Any, axis: Any = None) -> Any:
    """Scatter to where the condition holds."""
    out = a.compress(condition, axis)

    def compress_pullback(out_bar: Any) -> Any:
        return take_bar(out_bar, a, np.flatnonzero(condition), axis), None, None

    return out, compress_pullback


@rrule(np.extract, fresh=True)
def extract(condition: Any, arr: Any) -> Any:
    """Scatter to where the condition holds."""
    out = np.extract(condition, arr)

    def extract_pullback(out_bar: Any) -> Any:
        return None, take_bar(out_bar, arr, np.flatnonzero(condition), None)

    return out, extract_pullback


@frule(np.extract)
def extract_forward(condition: Any, arr: Any) -> Any:
    """Where the condition holds."""
    out = np.extract(condition, arr)

    def extract_pushforward(condition_dot: Any, arr_dot: Any) -> Any:
        return None, np.extract(condition, arr_dot)

    return out, extract_pushforward


def choice_bars(out_bar: Any, masks: list[Any], choices: Any) -> Any:
    """Return one cotangent per choice: the output's where its mask holds, else zero.

    Args:
        out_bar: cotangent of the merged array.
        masks: one boolean array per choice, of the shape of ``out_bar``.
        choices: list or tuple of arrays or numbers that broadcast to it, or an array of them.
    """
    zero = np.zeros((), np.asarray(out_bar).dtype)
    pairs = zip(masks, choices, strict=True)
    bars = [fit(unbroadcast(np.where(mask, out_bar, zero), choice), choice) for mask, choice in pairs]
    if isinstance(choices, np.ndarray):
        return np.stack(bars)
    return tuple(bars) if isinstance(choices, tuple) else bars


def choose_masks(a: Any, out_shape: tuple[int, ...], count: int, mode: str) -> list[Any]:
    """Return, for each of ``count`` choices, where ``np.choose`` took it."""
    a = np.asarray(a)
    index = np.clip(a, 0, count - 1) if mode == "clip" else a % count if mode == "wrap" else a
    return [np.broadcast_to(index == k, out_shape) for k in range(count)]


@rrule(np.choose, np.ndarray.choose, fresh=True)
def choose(a: Any, choices: Any, *, mode: Any = "raise") -> Any:
    """Each choice receives the cotangent where it was taken."""
    out = np.choose(a, choices, mode=mode)

    def choose_pullback(out_bar: Any) -> Any:
        masks = choose_masks(a, np.shape(out_bar), len(choices), mode)
        return None, choice_bars(out_bar, masks, choices), None

    return out, choose_pullback


@frule(np.choose, np.ndarray.choose)
def choose_forward(a: Any, choices: Any, *, mode: Any = "raise") -> Any:
    """The tangent of what was taken."""
    out = np.choose(a, choices, mode=mode)

    def choose_pushforward(a_dot: Any, choices_dot: Any, mode_dot: Any) -> Any:
        return None, fit_out(np.choose(a, filled(choices_dot, choices), mode=mode), out), None

    return out, choose_pushforward


def first_true(conditions: Any, shape: tuple[int, ...]) -> list[Any]:
    """Return the masks where each condition is the first that holds, then where none does."""
    masks = []
    rest = np.ones(shape, bool)
    for condition in conditions:
        masks.append(rest & condition)
        rest = rest & ~np.asarray(condition)
    return [*masks, rest]


@rrule(np.select, fresh=True)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Each choice receives the cotangent where its condition is the first that holds."""
    out = np.select(condlist, choicelist, default)

    def select_pullback(out_bar: Any) -> Any:
        masks = first_true(condlist, np.shape(out_bar))
        default_bar = choice_bars(out_bar, masks[-1:], [default])[0]
        return None, choice_bars(out_bar, masks[:-1], choicelist), default_bar

    return out, select_pullback


def select_dot(conditions: Any, choices_dot: Any, choices: Any, default_dot: Any, out: Any) -> Any:
    """Return the tangent of ``np.select`` from those of the choices and of the default; None is zero."""
    choices_dot = choices if choices_dot is None else filled(choices_dot, choices)
    if default_dot is not None:
        choices_dot = [np.zeros_like(choice) for choice in choices]
    return fit_out(np.select(conditions, choices_dot, 0.0 if default_dot is None else default_dot), out)


@frule(np.select)
def select_forward(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """The tangent of what was taken."""
    out = np.select(condlist, choicelist, default)

    def select_pushforward(condlist_dot: Any, choicelist_dot: Any, default_dot: Any) -> Any:
        return (
            None,
            select_dot(condlist, choicelist_dot, choicelist, None, out),
            select_dot(condlist, None, choicelist, default_dot, out),
        )

    return out, select_pushforward
