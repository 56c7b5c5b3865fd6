"""Rules that select, gather and sort: ``x[i]``, take, choose, sort, diff, interp.

The cotangent of a selection is a scatter: zeros of the argument's shape, with the output's
cotangent added where it was read, so repeated indices accumulate.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, constant
from adjoint.rules.registry import rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit

NO_VALUE = np._NoValue


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
    if isinstance(x, np.flatiter):
        x_bar = np.zeros(len(x), x.base.dtype)
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


@rrule(np.ndarray.flat)
def flat(x: Any) -> Any:
    """The cotangent of the iterator is a vector."""
    out = x.flat

    def flat_pullback(out_bar: Any) -> Any:
        return np.reshape(out_bar, x.shape)

    return out, flat_pullback


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
    size = a.size if axis is None else a.shape[axis]
    indices = np.asarray(indices, dtype=np.intp)
    if mode == "clip":
        indices = np.clip(indices, 0, size - 1)
    elif mode == "wrap":
        indices = indices % size
    a_bar = np.zeros(a.shape, a.dtype)
    if axis is None:
        np.add.at(a_bar.reshape(-1), indices, out_bar)
    else:
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


def sort_bar(out_bar: Any, a: Any, out: Any, axis: int | None) -> Any:
    """Return the cotangent of ``a`` where ``out`` holds the values of ``a`` in another order.

    Equal values are matched in their order of appearance, so the result is that of a stable sort.

    Args:
        out_bar: cotangent of ``out``.
        a: array of any shape.
        out: the same values, permuted along ``axis``.
        axis: None if ``a`` was flattened first.
    """
    a = np.asarray(a)
    source = a.reshape(-1) if axis is None else a
    axis = -1 if axis is None else axis
    ranked = np.take_along_axis(out_bar, np.argsort(out, axis=axis, kind="stable"), axis)
    source_bar = np.empty(source.shape, source.dtype)
    np.put_along_axis(source_bar, np.argsort(source, axis=axis, kind="stable"), ranked, axis)
    return source_bar.reshape(a.shape)


@rrule(np.sort, fresh=True)
def sort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """Send every cotangent back to where its value came from."""
    out = np.sort(a, axis, kind, stable=stable)

    def sort_pullback(out_bar: Any) -> Any:
        return sort_bar(out_bar, a, out, axis), None, None, None

    return out, sort_pullback


@rrule(np.partition, fresh=True)
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect") -> Any:
    """Send every cotangent back to where its value came from."""
    out = np.partition(a, kth, axis, kind)

    def partition_pullback(out_bar: Any) -> Any:
        return sort_bar(out_bar, a, out, axis), None, None, None

    return out, partition_pullback


def unique_bar(out_bar: Any, ar: Any) -> Any:
    """Return the cotangent of ``ar`` in ``np.unique(ar)``; the first occurrence receives it."""
    ar = np.asarray(ar)
    _, first = np.unique(ar, return_index=True)
    return take_bar(out_bar, ar, first, None)


@rrule(np.unique, fresh=True)
def unique(ar: Any) -> Any:
    """The first occurrence of each value receives its cotangent."""
    out = np.unique(ar)

    def unique_pullback(out_bar: Any) -> Any:
        return unique_bar(out_bar, ar)

    return out, unique_pullback


@rrule(np.bincount, fresh=True)
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Each weight receives the cotangent of its bin."""
    out = np.bincount(x, weights, minlength)

    def bincount_pullback(out_bar: Any) -> Any:
        return None, fit(out_bar[np.asarray(x)], weights), None

    return out, bincount_pullback


def diff_bar(out_bar: Any, n: int, axis: int) -> Any:
    """Return the cotangent of ``a`` in ``np.diff(a, n, axis)``: negated, padded differences."""
    for _ in range(n):
        edge = list(np.shape(out_bar))
        edge[axis] = 1
        zero = np.zeros(edge, out_bar.dtype)
        out_bar = -np.diff(np.concatenate([zero, out_bar, zero], axis), axis=axis)
    return out_bar


@rrule(np.diff)
def diff_extended(a: Any, n: int = 1, axis: int = -1, prepend: Any = NO_VALUE, append: Any = NO_VALUE) -> Any:
    """Differences of the array with something put before and after it."""
    out = np.diff(a, n, axis, prepend, append)

    def diff_extended_pullback(out_bar: Any) -> Any:
        a_bar, prepend_bar, append_bar = extended_bars(diff_bar(out_bar, n, axis), a, axis, prepend, append)
        return a_bar, None, None, prepend_bar, append_bar

    return out, diff_extended_pullback


def extended_bars(bar: Any, a: Any, axis: int, prepend: Any, append: Any) -> tuple[Any, Any, Any]:
    """Cut the cotangent of ``prepend, a, append`` joined along an axis into its three parts."""
    bar = np.moveaxis(bar, axis, 0)
    start = _extent(prepend, axis)
    parts = bar[:start], bar[start : start + a.shape[axis]], bar[start + a.shape[axis] :]
    before, middle, after = (np.moveaxis(part, 0, axis) for part in parts)
    return fit(middle, a), _edge_bar(before, prepend), _edge_bar(after, append)


def _extent(edge: Any, axis: int) -> int:
    """Return how many entries an edge takes along the axis."""
    if edge is NO_VALUE:
        return 0
    return int(np.shape(edge)[axis]) if np.ndim(edge) else 1


def _edge_bar(bar: Any, edge: Any) -> Any:
    return None if edge is NO_VALUE else fit(unbroadcast(bar, edge), edge)


def _moves_on(a: Kind, n: Kind | None = None, axis: Kind | None = None) -> bool:
    # With n = 0 the output is the argument itself.
    return n is None or constant(n) not in (0, NotImplemented)


@rrule(np.diff, when=_moves_on, fresh=True)
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Negated, padded differences of the cotangent."""
    out = np.diff(a, n, axis)

    def diff_pullback(out_bar: Any) -> Any:
        return diff_bar(out_bar, n, axis), None, None

    return out, diff_pullback


def ediff1d_bars(out_bar: Any, ary: Any, to_end: Any, to_begin: Any) -> tuple[Any, Any, Any]:
    """Return the cotangents of the three arguments of ``np.ediff1d``."""
    start = 0 if to_begin is None else np.size(to_begin)
    stop = np.size(out_bar) - (0 if to_end is None else np.size(to_end))
    ary_bar = np.reshape(diff_bar(out_bar[start:stop], 1, 0), np.shape(ary))
    end_bar = None if to_end is None else fit(out_bar[stop:], to_end)
    begin_bar = None if to_begin is None else fit(out_bar[:start], to_begin)
    return ary_bar, end_bar, begin_bar


@rrule(np.ediff1d, fresh=True)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Negated, padded differences; the ends receive their own part."""
    out = np.ediff1d(ary, to_end, to_begin)

    def ediff1d_pullback(out_bar: Any) -> Any:
        ary_bar, end_bar, begin_bar = ediff1d_bars(out_bar, ary, to_end, to_begin)
        return ary_bar, end_bar, begin_bar

    return out, ediff1d_pullback


def interp_bars(out_bar: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any) -> tuple[Any, ...]:
    """Return the cotangents of all arguments of ``np.interp`` (without ``period``).

    With the segment j of a point and t its position in it, ``out = (1 - t) fp[j] + t fp[j+1]``.
    Outside the table the output is an end value of ``fp``, or ``left`` / ``right`` if given.

    Args:
        out_bar: shape of ``x``.
        x: points, any shape.
        xp: increasing abscissae, shape (n,).
        fp: ordinates, shape (n,), real or complex.
        left: value below the table or None.
        right: value above the table or None.
    """
    xs, knots, values = np.ravel(x), np.asarray(xp), np.asarray(fp)
    bar = np.ravel(out_bar)
    below, above = xs < knots[0], xs > knots[-1]
    inside = ~(below | above)
    j = np.clip(np.searchsorted(knots, xs, side="right") - 1, 0, max(len(knots) - 2, 0))
    k = np.minimum(j + 1, len(knots) - 1)
    width = np.where(k > j, knots[k] - knots[j], np.ones((), knots.dtype))
    t = np.where(
        above, np.ones((), xs.dtype), np.where(below, np.zeros((), xs.dtype), (xs - knots[j]) / width)
    )
    slope = (values[k] - values[j]) / width
    slide = np.where(inside, np.real(np.conj(slope) * bar), np.zeros((), xs.dtype))
    kept = np.where(
        (below & (left is not None)) | (above & (right is not None)), np.zeros((), bar.dtype), bar
    )
    xp_bar, fp_bar = np.zeros(knots.shape, knots.dtype), np.zeros(values.shape, bar.dtype)
    np.add.at(fp_bar, j, (1 - t) * kept)
    np.add.at(fp_bar, k, t * kept)
    np.add.at(xp_bar, j, -(1 - t) * slide)
    np.add.at(xp_bar, k, -t * slide)
    left_bar = None if left is None else fit(np.sum(bar[below]), left)
    right_bar = None if right is None else fit(np.sum(bar[above]), right)
    return fit(slide, x), fit(xp_bar, xp), fit(fp_bar, fp), left_bar, right_bar


@rrule(np.interp, fresh=True)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Piecewise linear in the points, the abscissae and the ordinates."""
    out = np.interp(x, xp, fp, left, right)

    def interp_pullback(out_bar: Any) -> Any:
        x_bar, xp_bar, fp_bar, left_bar, right_bar = interp_bars(out_bar, x, xp, fp, left, right)
        return x_bar, xp_bar, fp_bar, left_bar, right_bar

    return out, interp_pullback
