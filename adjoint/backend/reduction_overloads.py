"""Reductions and scans along an axis, and their adjoints, as numba compiles them: up to two dimensions.

Each works on lanes: the rows of a matrix (of its transpose for axis 0), or the whole array as one row.
"""

# mypy: ignore-errors
# numba has no types, and an overload's inner functions are read by numba, not by Python.

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import register_jitable

from adjoint.backend.registered import literal, overload
from adjoint.rules import moments, neighbours, norms, prods, scans, sorting

#: Where the lanes of an array are.
WHOLE, ROWS, COLUMNS = "whole", "rows", "columns"


def lanes_of(a, axis):
    """Return where the lanes of a reduction are, None where these overloads do not reach."""
    if not isinstance(a, types.Array) or not isinstance(a.dtype, types.Float):
        return None
    axis = None if isinstance(axis, types.NoneType | types.Omitted) else literal(axis)
    if axis is None or a.ndim == 1 and axis in (0, -1):
        return WHOLE
    if a.ndim != 2 or not isinstance(axis, int) or not -2 <= axis <= 1:
        return None
    return ROWS if axis in (1, -1) else COLUMNS


@register_jitable
def one_row(a):
    """A whole array as a matrix of one row."""
    return np.ascontiguousarray(a).reshape(1, a.size)


@register_jitable
def listed(out_bar):
    """The cotangents of the lanes, one after the other."""
    return np.ascontiguousarray(out_bar).ravel()


def along_lanes(lane):
    """Return the overload of a reduction that numba knows of whole arrays only."""

    def overloaded(a, axis):
        def whole(a, axis):
            return lane(one_row(a)[0])

        def rows(a, axis):
            return np.array([lane(a[i]) for i in range(len(a))])

        def columns(a, axis):
            return np.array([lane(a[:, j].copy()) for j in range(a.shape[1])])

        return {WHOLE: whole, ROWS: rows, COLUMNS: columns}.get(lanes_of(a, axis))

    return overloaded


for whole_reduction in (np.var, np.std, np.prod, np.max, np.min, np.amax, np.amin):
    overload(whole_reduction)(along_lanes(whole_reduction))


def spread_back(fill, a, axis):
    """Return a function that gives an array its cotangent, lane by lane.

    Args:
        fill: writes the cotangent of each row, ``fill(out, rows, bars, extra)``.
        a: type of the array.
        axis: type of the axis.
    """
    where = lanes_of(a, axis)

    def whole(a, bars, extra):
        out = np.empty(a.shape)
        fill(out.reshape(1, a.size), one_row(a), listed(bars), listed(extra))
        return out

    def rows(a, bars, extra):
        out = np.empty(a.shape)
        fill(out, a, listed(bars), listed(extra))
        return out

    def columns(a, bars, extra):
        out = np.empty(a.shape)
        fill(out.T, a.T, listed(bars), listed(extra))
        return out

    found = {WHOLE: whole, ROWS: rows, COLUMNS: columns}.get(where)
    return None if found is None else register_jitable(found)


# -- variances ----------------------------------------------------------------------------------


@overload(moments.var_bar)
def var_bar(out_bar, a, axis, ddof, keepdims, where=True):
    """Twice the distance from the mean, by the number of entries."""
    back = spread_back(distances, a, axis) if is_default(where, True) else None
    return back and (lambda out_bar, a, axis, ddof, keepdims, where=True: back(a, out_bar, ddof))


@overload(moments.std_bar)
def std_bar(out_bar, out, a, axis, ddof, keepdims, where=True):
    """The cotangent of the variance by twice the deviation; zero where that is zero."""
    back = spread_back(distances, a, axis) if is_default(where, True) else None

    def bar(out_bar, out, a, axis, ddof, keepdims, where=True):
        safe = listed(2.0 * out)
        safe = np.where(safe == 0.0, np.inf, safe)
        return back(a, listed(out_bar) / safe, ddof)

    return back and bar


@register_jitable
def distances(out, rows, bars, extra):
    """Write the distances from the mean."""
    for i in range(len(rows)):
        mean = rows[i].sum() / max(rows.shape[1], 1)
        scale = 2.0 / max(rows.shape[1] - extra[0], 0) * bars[i]
        for j in range(rows.shape[1]):
            out[i, j] = scale * (rows[i, j] - mean)


def is_default(kind, value):
    """Whether a parameter was left out, or given its default."""
    none = value is None and isinstance(kind, types.NoneType)
    return none or isinstance(kind, types.Omitted) or literal(kind) is value


# -- products -----------------------------------------------------------------------------------


@overload(prods.prod_bar)
def prod_bar(out_bar, a, axis=None):
    """The products of all other entries."""
    back = spread_back(other_products, a, axis)
    return back and (lambda out_bar, a, axis=None: back(a, out_bar, 0))


@register_jitable
def other_products(out, rows, bars, extra):
    """Write the products of all other entries of each row: those before times those behind."""
    for i in range(len(rows)):
        before = bars[i]
        for j in range(rows.shape[1]):
            out[i, j] = before
            before *= rows[i, j]
        behind = 1.0
        for j in range(rows.shape[1] - 1, -1, -1):
            out[i, j] *= behind
            behind *= rows[i, j]


# -- running sums -------------------------------------------------------------------------------


@overload(np.cumsum)
def cumsum(a, axis):
    """Running sums along an axis."""
    where = lanes_of(a, axis)
    if where == WHOLE:
        return lambda a, axis: np.cumsum(a)

    def rows(a, axis):
        out = a.copy()
        for j in range(1, a.shape[1]):
            out[:, j] += out[:, j - 1]
        return out

    def columns(a, axis):
        out = a.copy()
        for i in range(1, len(a)):
            out[i] += out[i - 1]
        return out

    return {ROWS: rows, COLUMNS: columns}.get(where)


@overload(scans.cumsum_bar)
def cumsum_bar(out_bar, a, axis=None):
    """Running sums from the end."""
    where = lanes_of(a, axis)

    def whole(out_bar, a, axis=None):
        bars = listed(out_bar).copy()
        for j in range(len(bars) - 2, -1, -1):
            bars[j] += bars[j + 1]
        return bars.reshape(a.shape)

    def rows(out_bar, a, axis=None):
        bars = np.ascontiguousarray(out_bar).copy()
        for j in range(a.shape[1] - 2, -1, -1):
            bars[:, j] += bars[:, j + 1]
        return bars

    def columns(out_bar, a, axis=None):
        bars = np.ascontiguousarray(out_bar).copy()
        for i in range(len(a) - 2, -1, -1):
            bars[i] += bars[i + 1]
        return bars

    return {WHOLE: whole, ROWS: rows, COLUMNS: columns}.get(where)


# -- norms --------------------------------------------------------------------------------------


@overload(np.linalg.norm)
def norm(x, ord=None, axis=None):
    """The Euclidean norm along an axis."""
    if not is_default(ord, None):
        return None
    where = lanes_of(x, axis)

    def rows(x, ord=None, axis=None):
        return np.sqrt((x * x).sum(1))

    def columns(x, ord=None, axis=None):
        return np.sqrt((x * x).sum(0))

    return {ROWS: rows, COLUMNS: columns}.get(where)


@overload(norms.norm_bar)
def norm_bar(out_bar, out, x, ord, axis, keepdims):
    """The direction; zero where the norm is zero."""
    if not is_default(ord, None):
        return None
    back = spread_back(directions, x, axis)
    return back and (lambda out_bar, out, x, ord, axis, keepdims: back(x, out_bar, out))


@overload(norms.norm2_bar)
def norm2_bar(out_bar, out, x):
    """The direction of the whole array."""
    if not isinstance(x, types.Array) or not isinstance(x.dtype, types.Float):
        return None
    return lambda out_bar, out, x: x * (0.0 if out == 0.0 else out_bar / out)


@register_jitable
def directions(out, rows, bars, extra):
    """Write each row by its norm."""
    for i in range(len(rows)):
        scale = 0.0 if extra[i] == 0.0 else bars[i] / extra[i]
        for j in range(rows.shape[1]):
            out[i, j] = rows[i, j] * scale


# -- order --------------------------------------------------------------------------------------


@overload(sorting.sort_bar)
def sort_bar(out_bar, a, out, axis):
    """Every cotangent goes back to where its entry stood; equal ones in their order."""
    back = spread_back(unsorted, a, axis)
    return back and (lambda out_bar, a, out, axis: back(a, out_bar, 0))


@register_jitable
def unsorted(out, rows, bars, extra):
    """Write the cotangents of sorted rows back in the order of the rows."""
    length = rows.shape[1]
    for i in range(len(rows)):
        order = np.argsort(rows[i].copy(), kind="mergesort")
        for j in range(length):
            out[i, order[j]] = bars[i * length + j]


@overload(neighbours.diff_bar)
def diff_bar(out_bar, n, axis, size):
    """Differences of the cotangent, with zeros on both sides."""
    if literal(n) != 1 or not isinstance(out_bar, types.Array):
        return None
    where = lanes_of(out_bar, axis)

    def whole(out_bar, n, axis, size):
        bar = np.zeros(size)
        bar[:-1] -= out_bar
        bar[1:] += out_bar
        return bar

    def rows(out_bar, n, axis, size):
        bar = np.zeros((len(out_bar), size))
        bar[:, :-1] -= out_bar
        bar[:, 1:] += out_bar
        return bar

    def columns(out_bar, n, axis, size):
        bar = np.zeros((size, out_bar.shape[1]))
        bar[:-1] -= out_bar
        bar[1:] += out_bar
        return bar

    return {WHOLE: whole, ROWS: rows, COLUMNS: columns}.get(where)


@overload(np.diff)
def diff(a, n=1, axis=-1):
    """Differences along an axis."""
    if literal(n) != 1:
        return None

    def first(a, n=1, axis=-1):
        return a[1:] - a[:-1]

    def along(a, n=1, axis=-1):
        return a[:, 1:] - a[:, :-1]

    return {WHOLE: first, COLUMNS: first, ROWS: along}.get(lanes_of(a, axis))
