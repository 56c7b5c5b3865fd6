"""Rules that put entries in order or in bins: sort, partition, unique, bincount."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.accumulate import placed
from adjoint.rules.indexing import take_bar
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out


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
    source_bar = placed(ranked, np.argsort(source, axis=axis, kind="stable"), source.shape, axis)
    return fit(source_bar.reshape(a.shape), a)


def sort_dot(a_dot: Any, a: Any, out: Any, axis: int | None) -> Any:
    """Return the tangent of ``out``, which holds the values of ``a`` in another order; as `sort_bar`."""
    source, moved = (np.ravel(a), np.ravel(a_dot)) if axis is None else (np.asarray(a), a_dot)
    axis = -1 if axis is None else axis
    ranked = np.take_along_axis(moved, np.argsort(source, axis=axis, kind="stable"), axis)
    return fit_out(placed(ranked, np.argsort(out, axis=axis, kind="stable"), out.shape, axis), out)


@rrule(np.sort, fresh=True)
def sort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """Send every cotangent back to where its value came from."""
    out = np.sort(a, axis, kind, stable=stable)

    def sort_pullback(out_bar: Any) -> Any:
        return sort_bar(out_bar, a, out, axis), None, None, None

    return out, sort_pullback


@frule(np.sort)
def sort_forward(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """Every tangent follows its value."""
    out = np.sort(a, axis, kind, stable=stable)

    def sort_pushforward(a_dot: Any, axis_dot: Any, kind_dot: Any, stable_dot: Any) -> Any:
        return sort_dot(a_dot, a, out, axis), None, None, None

    return out, sort_pushforward


@rrule(np.partition, fresh=True)
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect") -> Any:
    """Send every cotangent back to where its value came from."""
    out = np.partition(a, kth, axis, kind)

    def partition_pullback(out_bar: Any) -> Any:
        return sort_bar(out_bar, a, out, axis), None, None, None

    return out, partition_pullback


@frule(np.partition)
def partition_forward(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect") -> Any:
    """Every tangent follows its value."""
    out = np.partition(a, kth, axis, kind)

    def partition_pushforward(a_dot: Any, kth_dot: Any, axis_dot: Any, kind_dot: Any) -> Any:
        return sort_dot(a_dot, a, out, axis), None, None, None

    return out, partition_pushforward


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


@frule(np.unique)
def unique_forward(ar: Any) -> Any:
    """The tangent of the first occurrence of each value."""
    out = np.unique(ar)

    def unique_pushforward(ar_dot: Any) -> Any:
        return np.take(ar_dot, np.unique(ar, return_index=True)[1])

    return out, unique_pushforward


@rrule(np.bincount, fresh=True)
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Each weight receives the cotangent of its bin."""
    out = np.bincount(x, weights, minlength)

    def bincount_pullback(out_bar: Any) -> Any:
        return None, fit(out_bar[np.asarray(x)], weights), None

    return out, bincount_pullback


@frule(np.bincount)
def bincount_forward(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Sums of the weights' tangents."""
    out = np.bincount(x, weights, minlength)

    def bincount_pushforward(x_dot: Any, weights_dot: Any, minlength_dot: Any) -> Any:
        return None, np.bincount(x, weights_dot, minlength), None

    return out, bincount_pushforward
