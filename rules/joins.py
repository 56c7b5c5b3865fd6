"""Rules that put arrays together: concatenate, stack, block, insert, ``np.r_``.

The cotangent of a list argument is a list, of a tuple a tuple.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.forward import filled
from adjoint.rules.kinds import Array, Kind, Known, List, Scalar, Tuple
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.support import fit

#: NumPy's floats of double precision: what indexing an array of them gives.
FLOATS = tuple(Scalar(np.dtype(np.float64), True, active) for active in (True, False))

linear(np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block, np.delete)


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


def lengths(arrays: Any) -> Any:
    """Return the lengths of arrays, in the same container: all that cutting their cotangents out takes."""
    return type(arrays)(map(len, arrays))


def cut(out_bar: Any, sizes: Any) -> Any:
    """Cut the cotangent of arrays that were joined along their first axis into parts of these lengths.

    >>> cut(np.arange(5.0), (2, 3))
    (array([0., 1.]), array([2., 3., 4.]))
    """
    bars, start = [], 0
    for size in sizes:
        bars.append(out_bar[start : start + size])
        start += size
    return type(sizes)(bars)


def _doubles(arrays: Kind) -> bool:
    """Whether a kind is a list or tuple of arrays of double precision that have an axis."""
    items = arrays.items if isinstance(arrays, Tuple) and arrays.cls is None else ()
    if isinstance(arrays, List):
        items = (arrays.element,) if arrays.element is not None else ()
    return bool(items) and all(
        isinstance(item, Array) and bool(item.dims) and item.dtype == np.float64 for item in items
    )


@rrule(np.concatenate, when=_doubles, fresh=True, complete=True)
def concatenate_doubles(arrays: Any) -> Any:
    """Each array receives its part; of them all only the lengths are kept."""
    out = np.concatenate(arrays)
    sizes = lengths(arrays)

    def concatenate_pullback(out_bar: Any) -> Any:
        return cut(out_bar, sizes)

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


def _rows(arrays: Kind) -> bool:
    """Whether a kind is a list or tuple of numbers of double precision, or of arrays of them."""
    items = arrays.items if isinstance(arrays, Tuple) else (getattr(arrays, "element", None),)
    return _doubles(arrays) or all(item in FLOATS for item in items)


@rrule(np.stack, when=lambda arrays: isinstance(arrays, List) and _rows(arrays), fresh=True, complete=True)
def stack_list(arrays: Any) -> Any:
    """Each item of a list of double precision receives its row."""
    out = np.stack(arrays)

    def stack_pullback(out_bar: Any) -> Any:
        return list(out_bar)

    return out, stack_pullback


@rrule(np.stack, when=lambda arrays: isinstance(arrays, Tuple) and _rows(arrays), fresh=True, complete=True)
def stack_tuple(arrays: Any) -> Any:
    """Each item of a tuple of double precision receives its row."""
    out = np.stack(arrays)

    def stack_pullback(out_bar: Any) -> Any:
        return tuple(out_bar)

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


@frule(np.append)
def append_forward(arr: Any, values: Any, axis: Any = None) -> Any:
    """Each tangent beside zeros."""
    out = np.append(arr, values, axis)

    def append_pushforward(arr_dot: Any, values_dot: Any, axis_dot: Any) -> Any:
        return (
            np.append(arr_dot, np.zeros_like(values), axis),
            np.append(np.zeros_like(arr), filled(values_dot, values), axis),
            None,
        )

    return out, append_pushforward


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


@frule(np.insert)
def insert_forward(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Each tangent among zeros."""
    out = np.insert(arr, obj, values, axis)

    def insert_pushforward(arr_dot: Any, obj_dot: Any, values_dot: Any, axis_dot: Any) -> Any:
        return (
            np.insert(arr_dot, obj, np.zeros_like(values), axis),
            None,
            np.insert(np.zeros_like(arr), obj, filled(values_dot, values), axis),
            None,
        )

    return out, insert_pushforward


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


def moved_dot(function: Callable[[Any], Any], tree_dot: Any, tree: Any) -> Any:
    """Return the tangent of a function that only moves and copies entries, or makes up constants.

    Constants are the same with tangents and with zeros in the place of the entries.
    """
    return function(_replaced(tree, tree_dot)) - function(_replaced(tree, None))


def _replaced(tree: Any, dots: Any) -> Any:
    """Return the tree with tangents in the place of its float entries; None is zero."""
    if isinstance(tree, list | tuple):
        parts = [None] * len(tree) if dots is None else dots
        return type(tree)([_replaced(item, dot) for item, dot in zip(tree, parts, strict=True)])
    if not _moves(tree):
        return tree
    return tree * 0.0 if dots is None else dots


@frule(operator.getitem, when=_index_joins)
def index_join_forward(x: Any, index: Any) -> Any:
    """The tangents in the place of the items."""
    out = x[index]

    def index_join_pushforward(x_dot: Any, index_dot: Any) -> Any:
        return None, moved_dot(x.__getitem__, index_dot, index)

    return out, index_join_pushforward
