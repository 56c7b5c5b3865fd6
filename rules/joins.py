"""Rules that put arrays together and take them apart: concatenate, stack, block, insert, split.

The cotangent of a list argument is a list, of a tuple a tuple.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known
from adjoint.rules.registry import rrule
from adjoint.rules.support import fit, members


def like_sequence(bars: list[Any], arrays: Any) -> Any:
    """Return cotangents in the container of the arguments: tuple, list or array."""
    if isinstance(arrays, tuple):
        return tuple(bars)
    return np.stack(bars) if isinstance(arrays, np.ndarray) else bars


def split_like(out_bar: Any, arrays: Any, axis: int | None = 0) -> Any:
    """Cut the cotangent of ``np.concatenate(arrays, axis)`` into those of the arrays.

    Args:
        out_bar: cotangent of the joined array.
        arrays: list or tuple of arrays, or one array whose rows were joined.
        axis: where they were joined; None if they were flattened.
    """
    bars, start = [], 0
    for array in arrays:
        if axis == 0 and isinstance(array, np.ndarray):
            share = out_bar[start : (start := start + len(array))]
            bars.append(share if share.dtype == array.dtype else fit(share, array))
            continue
        size = np.size(array) if axis is None else np.shape(array)[axis]
        index = (slice(start, start + size),)
        index = index if axis is None else (slice(None),) * (axis % np.ndim(array)) + index
        bars.append(fit(out_bar[index], array))
        start += size
    return like_sequence(bars, arrays)


@rrule(np.concatenate, fresh=True, complete=True)
def concatenate(arrays: Any, axis: Any = 0, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Each array receives its part."""
    out = np.concatenate(arrays, axis, dtype=dtype, casting=casting)

    def concatenate_pullback(out_bar: Any) -> Any:
        return split_like(out_bar, arrays, axis), None, None, None

    return out, concatenate_pullback


@rrule(np.concatenate, fresh=True, complete=True)
def concatenate_plain(arrays: Any, axis: Any = 0) -> Any:
    """Each array receives its part."""
    out = np.concatenate(arrays, axis)

    def concatenate_pullback(out_bar: Any) -> Any:
        return split_like(out_bar, arrays, axis), None

    return out, concatenate_pullback


def unstack_like(out_bar: Any, arrays: Any, axis: int = 0) -> Any:
    """Cut the cotangent of ``np.stack(arrays, axis)`` into those of the arrays."""
    rows = out_bar if axis == 0 else np.moveaxis(out_bar, axis, 0)
    return like_sequence([fit(row, array) for row, array in zip(rows, arrays, strict=True)], arrays)


@rrule(np.stack, fresh=True, complete=True)
def stack(arrays: Any, axis: Any = 0) -> Any:
    """Each array receives its slice."""
    out = np.stack(arrays, axis)

    def stack_pullback(out_bar: Any) -> Any:
        return unstack_like(out_bar, arrays, axis), None

    return out, stack_pullback


def vsplit_like(out_bar: Any, tup: Any) -> Any:
    """Cut the cotangent of ``np.vstack(tup)`` into those of the arrays, rows of 1-d ones."""
    bars, start = [], 0
    for array in tup:
        size = np.shape(array)[0] if np.ndim(array) > 1 else 1
        bars.append(fit(out_bar[start : start + size], array))
        start += size
    return like_sequence(bars, tup)


@rrule(np.vstack, fresh=True)
def vstack(tup: Any) -> Any:
    """Each array receives its rows."""
    out = np.vstack(tup)

    def vstack_pullback(out_bar: Any) -> Any:
        return vsplit_like(out_bar, tup)

    return out, vstack_pullback


def hsplit_like(out_bar: Any, tup: Any) -> Any:
    """Cut the cotangent of ``np.hstack(tup)`` into those of the arrays."""
    axis = 0 if np.ndim(tup[0]) < 2 else 1
    bars, start = [], 0
    for array in tup:
        size = np.shape(array)[axis] if np.ndim(array) else 1
        bars.append(fit(out_bar[(slice(None),) * axis + (slice(start, start + size),)], array))
        start += size
    return like_sequence(bars, tup)


@rrule(np.hstack, fresh=True)
def hstack(tup: Any) -> Any:
    """Each array receives its columns (its entries, if 1-d)."""
    out = np.hstack(tup)

    def hstack_pullback(out_bar: Any) -> Any:
        return hsplit_like(out_bar, tup)

    return out, hstack_pullback


def dsplit_like(out_bar: Any, tup: Any) -> Any:
    """Cut the cotangent of ``np.dstack(tup)`` into those of the arrays."""
    bars, start = [], 0
    for array in tup:
        size = np.shape(array)[2] if np.ndim(array) > 2 else 1
        bars.append(fit(out_bar[:, :, start : start + size], array))
        start += size
    return like_sequence(bars, tup)


@rrule(np.dstack, fresh=True)
def dstack(tup: Any) -> Any:
    """Each array receives its layers."""
    out = np.dstack(tup)

    def dstack_pullback(out_bar: Any) -> Any:
        return dsplit_like(out_bar, tup)

    return out, dstack_pullback


def columns_like(out_bar: Any, tup: Any) -> Any:
    """Cut the cotangent of ``np.column_stack(tup)`` into those of the arrays."""
    bars, start = [], 0
    for array in tup:
        size = np.shape(array)[1] if np.ndim(array) > 1 else 1
        bars.append(fit(out_bar[:, start : start + size], array))
        start += size
    return like_sequence(bars, tup)


@rrule(np.column_stack, fresh=True)
def column_stack(tup: Any) -> Any:
    """Each array receives its columns."""
    out = np.column_stack(tup)

    def column_stack_pullback(out_bar: Any) -> Any:
        return columns_like(out_bar, tup)

    return out, column_stack_pullback


@rrule(np.append, fresh=True)
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """Each of the two receives its part."""
    out = np.append(arr, values, axis)

    def append_pullback(out_bar: Any) -> Any:
        arr_bar, values_bar = split_like(out_bar, (arr, values), axis)
        return arr_bar, values_bar, None

    return out, append_pullback


def moved_bars(function: Callable[[Any], Any], out_bar: Any, tree: Any) -> Any:
    """Return the cotangent of the argument of a function that only moves and copies entries.

    The function is run on numbered entries, which says where each output entry came from; run
    again with all numbers raised, it tells them from entries that the function makes up itself.

    Args:
        function: maps ``tree`` to an array, whose entries are entries of the tree or constants.
        out_bar: cotangent of its output.
        tree: number, array, or nested list or tuple of them; other items are held fixed.
    """
    total = _count(tree)
    numbers = np.real(np.asarray(function(_numbered(tree, 0)[0])))
    moved = np.real(np.asarray(function(_numbered(tree, total)[0]))) != numbers
    flat = np.zeros(total, np.asarray(out_bar).dtype)
    np.add.at(flat, numbers[moved].astype(int), out_bar[moved])
    return _cut(tree, flat, 0)[0]


def _moves(leaf: Any) -> bool:
    return (
        isinstance(leaf, float | complex)
        or isinstance(leaf, np.ndarray | np.generic)
        and leaf.dtype.kind in "fc"
    )


def _count(tree: Any) -> int:
    """Return the number of float entries in a tree."""
    if isinstance(tree, list | tuple):
        return sum(_count(item) for item in tree)
    return int(np.size(tree)) if _moves(tree) else 0


def _numbered(tree: Any, start: int) -> tuple[Any, int]:
    """Return the tree with its float entries numbered from ``start``, and the next number."""
    if isinstance(tree, list | tuple):
        items = []
        for item in tree:
            numbered, start = _numbered(item, start)
            items.append(numbered)
        return type(tree)(items), start
    if not _moves(tree):
        return tree, start
    stop = start + int(np.size(tree))
    numbers = np.arange(start, stop, dtype=float).reshape(np.shape(tree))
    return (numbers if isinstance(tree, np.ndarray) else float(start)), stop


def _cut(tree: Any, flat: Any, start: int) -> tuple[Any, int]:
    """Return the cotangents of a tree out of the flat vector of all of them."""
    if isinstance(tree, list | tuple):
        items = []
        for item in tree:
            bar, start = _cut(item, flat, start)
            items.append(bar)
        return type(tree)(items), start
    if not _moves(tree):
        return None, start
    stop = start + int(np.size(tree))
    return fit(flat[start:stop], tree), stop


@rrule(np.block, fresh=True)
def block(arrays: Any) -> Any:
    """Each block receives its part."""
    out = np.block(arrays)

    def block_pullback(out_bar: Any) -> Any:
        return moved_bars(np.block, out_bar, arrays)

    return out, block_pullback


def insert_bars(out_bar: Any, arr: Any, obj: Any, values: Any, axis: int | None) -> tuple[Any, Any]:
    """Return the cotangents of the array and of the inserted values in ``np.insert``."""

    def join(pair: tuple[Any, Any]) -> Any:
        return np.insert(pair[0], obj, pair[1], axis)

    arr_bar, values_bar = moved_bars(join, out_bar, (arr, values))
    return arr_bar, values_bar


@rrule(np.insert, fresh=True)
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """The array and the inserted values receive their parts."""
    out = np.insert(arr, obj, values, axis)

    def insert_pullback(out_bar: Any) -> Any:
        arr_bar, values_bar = insert_bars(out_bar, arr, obj, values, axis)
        return arr_bar, None, values_bar, None

    return out, insert_pullback


def delete_bar(out_bar: Any, arr: Any, obj: Any, axis: int | None) -> Any:
    """Return the cotangent of the array in ``np.delete``; zero for what was deleted."""

    def rest(arr: Any) -> Any:
        return np.delete(arr, obj, axis)

    return moved_bars(rest, out_bar, arr)


@rrule(np.delete, fresh=True)
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """What was kept receives its part, what was deleted zero."""
    out = np.delete(arr, obj, axis)

    def delete_pullback(out_bar: Any) -> Any:
        return delete_bar(out_bar, arr, obj, axis), None, None

    return out, delete_pullback


def _index_joins(x: Kind, index: Kind) -> bool:
    return isinstance(x, Known) and type(x.value) in (type(np.r_), type(np.c_))


@rrule(operator.getitem, when=_index_joins, fresh=True)
def index_join(x: Any, index: Any) -> Any:
    """``np.r_[a, b]`` and ``np.c_[a, b]``: each item receives its part."""
    out = x[index]

    def index_join_pullback(out_bar: Any) -> Any:
        return None, moved_bars(x.__getitem__, out_bar, index)

    return out, index_join_pullback


def split_bar(out_bar: Any, ary: Any, indices_or_sections: Any, axis: int) -> Any:
    """Return the cotangent of ``ary`` in ``np.array_split(ary, indices_or_sections, axis)``.

    Args:
        out_bar: one cotangent or None per piece.
        ary: the array that was split.
        indices_or_sections: where; pieces may overlap.
        axis: the axis along which it was split.
    """
    ary_bar = np.zeros(ary.shape, ary.dtype)
    # Splitting the buffer gives views of it, so the pieces can be added in place.
    for piece, bar in zip(np.array_split(ary_bar, indices_or_sections, axis), out_bar, strict=True):
        if bar is not None:
            piece += bar
    return ary_bar


def _array(ary: Kind, **others: Kind) -> bool:
    """NumPy cuts up a list as it is."""
    return isinstance(ary, Array)


@rrule(np.split, when=_array)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.split(ary, indices_or_sections, axis)

    def split_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, axis), None, None

    return out, split_pullback


@rrule(np.array_split, when=_array)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.array_split(ary, indices_or_sections, axis)

    def array_split_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, axis), None, None

    return out, array_split_pullback


@rrule(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.vsplit(ary, indices_or_sections)

    def vsplit_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, 0), None

    return out, vsplit_pullback


@rrule(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.hsplit(ary, indices_or_sections)

    def hsplit_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, min(ary.ndim - 1, 1)), None

    return out, hsplit_pullback


@rrule(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.dsplit(ary, indices_or_sections)

    def dsplit_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, 2), None

    return out, dsplit_pullback


def restack(out_bar: Any, pieces: Any, axis: int) -> Any:
    """Stack the cotangents of the slices of an array; a missing one is zero."""
    pairs = zip(out_bar, pieces, strict=True)
    return np.stack([np.zeros_like(piece) if bar is None else bar for bar, piece in pairs], axis)


@rrule(*members(np, "unstack"))  # NumPy 2.1
def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """The cotangents of the slices are stacked."""
    out = np.unstack(x, axis=axis)

    def unstack_pullback(out_bar: Any) -> Any:
        return restack(out_bar, out, axis), None

    return out, unstack_pullback


def meshgrid_bars(out_bar: Any, xi: tuple[Any, ...], indexing: str) -> tuple[Any, ...]:
    """Return the cotangent of every axis of ``np.meshgrid``: sums over the other axes."""
    bars: list[Any] = []
    for i, (bar, x) in enumerate(zip(out_bar, xi, strict=True)):
        axis = 1 - i if indexing == "xy" and i < 2 and len(xi) > 1 else i
        others = tuple(k for k in range(len(xi)) if k != axis)
        bars.append(None if bar is None else fit(np.sum(bar, axis=others), x))
    return tuple(bars)


@rrule(np.meshgrid)
def meshgrid(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Any:
    """Each axis receives the sum over the others."""
    out = np.meshgrid(*xi, copy=copy, sparse=sparse, indexing=indexing)

    def meshgrid_pullback(out_bar: Any) -> Any:
        return meshgrid_bars(out_bar, xi, indexing), None, None, None

    return out, meshgrid_pullback
