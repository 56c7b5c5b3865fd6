"""Rules of the largest and smallest entry along axes: the first of equal ones receives the cotangent.

That is the entry ``np.argmax`` finds, so ``np.max(x)`` and ``x[np.argmax(x)]`` have one gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.accumulate import placed
from adjoint.rules.kinds import Kind, is_complex
from adjoint.rules.reductions import (
    LOGADDEXP_REDUCE,
    MAXIMA,
    MAXIMUM_REDUCE,
    MINIMA,
    MINIMUM_REDUCE,
    NO_VALUE,
    flat_bar,
    kept,
    reduced_dot,
    rows_of,
)
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out


def picked_bar(out_bar: Any, a: Any, axis: Any, pick: Any) -> Any:
    """Return the cotangent of an array from which one entry per row was taken.

    Args:
        out_bar: cotangent of the entries, reduced axes kept or not.
        a: array or number.
        axis: None, integer or tuple.
        pick: ``np.argmax`` or ``np.argmin``.
    """
    if isinstance(a, np.ndarray) and isinstance(axis, int):  # nothing needs to be moved
        index = pick(a, axis=axis, keepdims=True)
        return fit(placed(np.reshape(out_bar, index.shape), index, a.shape, axis), a)
    rows, restore = rows_of(a, axis)
    index = pick(rows, axis=-1)[..., np.newaxis]
    bar = placed(flat_bar(out_bar, a, axis)[..., np.newaxis], index, rows.shape, -1)
    return fit(restore(bar), a)


def max_bar(out_bar: Any, a: Any, axis: Any = None) -> Any:
    """Return the cotangent of the array of ``np.max``: to the first largest entry."""
    return picked_bar(out_bar, a, axis, np.argmax)


def min_bar(out_bar: Any, a: Any, axis: Any = None) -> Any:
    """Return the cotangent of the array of ``np.min``: to the first smallest entry."""
    return picked_bar(out_bar, a, axis, np.argmin)


def picked_dot(a_dot: Any, a: Any, axis: Any, pick: Any, out: Any) -> Any:
    """Return the tangent of the entries that were taken, one per row; ``pick`` is as in `picked_bar`."""
    rows, _ = rows_of(a, axis)
    moved, _ = rows_of(a_dot, axis)
    taken = np.take_along_axis(moved, pick(rows, axis=-1)[..., np.newaxis], -1)
    return fit_out(np.reshape(taken, np.shape(out)), out)


def max_dot(a_dot: Any, a: Any, axis: Any, out: Any) -> Any:
    """Return the tangent of ``np.max``: that of the first largest entry."""
    return picked_dot(a_dot, a, axis, np.argmax, out)


def min_dot(a_dot: Any, a: Any, axis: Any, out: Any) -> Any:
    """Return the tangent of ``np.min``: that of the first smallest entry."""
    return picked_dot(a_dot, a, axis, np.argmin, out)


def bounded_bars(
    out_bar: Any, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any, pick: Any
) -> tuple[Any, Any]:
    """Return the cotangents of array and initial value of an extremum over masked entries.

    The initial value counts where it beats every entry.
    """
    beaten, masked = beaten_by(initial, a, axis, True, where, pick)
    bar = kept(out_bar, axis, keepdims)
    initial_bar = None if initial is NO_VALUE else fit(np.sum(np.where(beaten, bar, 0.0)), initial)
    if np.size(a) == 0:
        return np.zeros_like(a), initial_bar
    a_bar = picked_bar(np.where(beaten, 0.0, bar), masked, axis, pick)
    return fit(np.where(where, a_bar, 0.0), a), initial_bar


def beaten_by(initial: Any, a: Any, axis: Any, keepdims: Any, where: Any, pick: Any) -> Any:
    """Return where the initial value of an extremum beats every entry, and the entries with a mask."""
    worst = -np.inf if pick is np.argmax else np.inf
    masked = np.where(where, a, worst)
    best = (np.max if pick is np.argmax else np.min)(masked, axis, keepdims=keepdims, initial=worst)
    if initial is NO_VALUE:
        return np.False_, masked
    return best < initial if pick is np.argmax else best > initial, masked


def bounded_dot(
    a_dot: Any, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any, pick: Any, out: Any
) -> Any:
    """Return the tangent of an extremum over masked entries, for a tangent of the array."""
    beaten, masked = beaten_by(initial, a, axis, keepdims, where, pick)
    if np.size(a) == 0:
        return np.zeros_like(out)
    return fit_out(np.where(beaten, 0.0, picked_dot(a_dot, masked, axis, pick, out)), out)


def initial_dot(
    dot: Any, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any, pick: Any, out: Any
) -> Any:
    """Return the tangent of an extremum over masked entries, for a tangent of the initial value."""
    beaten, _ = beaten_by(initial, a, axis, keepdims, where, pick)
    return fit_out(np.where(beaten, dot, 0.0), out)


def _ordered(a: Kind, **others: Kind) -> bool:
    return not is_complex(a)


@rrule(*MAXIMA, when=_ordered, fresh=True)
def max_masked(
    a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = NO_VALUE, where: Any = True
) -> Any:
    """The largest entry, or the initial value where that is larger."""
    out = np.max(a, axis, keepdims=keepdims, initial=initial, where=where)

    def max_pullback(out_bar: Any) -> Any:
        a_bar, initial_bar = bounded_bars(out_bar, a, axis, keepdims, initial, where, np.argmax)
        return a_bar, None, None, initial_bar, None

    return out, max_pullback


@frule(*MAXIMA, when=_ordered)
def max_masked_forward(
    a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = NO_VALUE, where: Any = True
) -> Any:
    """The tangent of the largest entry, or of the initial value."""
    out = np.max(a, axis, keepdims=keepdims, initial=initial, where=where)

    def max_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any, dot: Any, where_dot: Any) -> Any:
        return (
            bounded_dot(a_dot, a, axis, keepdims, initial, where, np.argmax, out),
            None,
            None,
            initial_dot(dot, a, axis, keepdims, initial, where, np.argmax, out),
            None,
        )

    return out, max_pushforward


@rrule(*MINIMA, when=_ordered, fresh=True)
def min_masked(
    a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = NO_VALUE, where: Any = True
) -> Any:
    """The smallest entry, or the initial value where that is smaller."""
    out = np.min(a, axis, keepdims=keepdims, initial=initial, where=where)

    def min_pullback(out_bar: Any) -> Any:
        a_bar, initial_bar = bounded_bars(out_bar, a, axis, keepdims, initial, where, np.argmin)
        return a_bar, None, None, initial_bar, None

    return out, min_pullback


@frule(*MINIMA, when=_ordered)
def min_masked_forward(
    a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = NO_VALUE, where: Any = True
) -> Any:
    """The tangent of the smallest entry, or of the initial value."""
    out = np.min(a, axis, keepdims=keepdims, initial=initial, where=where)

    def min_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any, dot: Any, where_dot: Any) -> Any:
        return (
            bounded_dot(a_dot, a, axis, keepdims, initial, where, np.argmin, out),
            None,
            None,
            initial_dot(dot, a, axis, keepdims, initial, where, np.argmin, out),
            None,
        )

    return out, min_pushforward


@rrule(*MAXIMA, when=_ordered, fresh=True)
def max_rule(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The first largest entry."""
    out = np.max(a, axis, keepdims=keepdims)

    def max_pullback(out_bar: Any) -> Any:
        return max_bar(out_bar, a, axis), None, None

    return out, max_pullback


@frule(*MAXIMA, when=_ordered)
def max_forward(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The tangent of the first largest entry."""
    out = np.max(a, axis, keepdims=keepdims)

    def max_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        return max_dot(a_dot, a, axis, out), None, None

    return out, max_pushforward


@rrule(*MINIMA, when=_ordered, fresh=True)
def min_rule(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The first smallest entry."""
    out = np.min(a, axis, keepdims=keepdims)

    def min_pullback(out_bar: Any) -> Any:
        return min_bar(out_bar, a, axis), None, None

    return out, min_pullback


@frule(*MINIMA, when=_ordered)
def min_forward(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The tangent of the first smallest entry."""
    out = np.min(a, axis, keepdims=keepdims)

    def min_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        return min_dot(a_dot, a, axis, out), None, None

    return out, min_pushforward


@rrule(MAXIMUM_REDUCE, when=lambda array, axis, keepdims: not is_complex(array), fresh=True)
def maximum_reduce(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    """The first largest entry."""
    out = np.maximum.reduce(array, axis, keepdims=keepdims)

    def maximum_reduce_pullback(out_bar: Any) -> Any:
        return max_bar(out_bar, array, axis), None, None

    return out, maximum_reduce_pullback


@frule(MAXIMUM_REDUCE, when=lambda array, axis, keepdims: not is_complex(array))
def maximum_reduce_forward(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    """The tangent of the first largest entry."""
    out = np.maximum.reduce(array, axis, keepdims=keepdims)

    def maximum_reduce_pushforward(array_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        return max_dot(array_dot, array, axis, out), None, None

    return out, maximum_reduce_pushforward


@rrule(MINIMUM_REDUCE, when=lambda array, axis, keepdims: not is_complex(array), fresh=True)
def minimum_reduce(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    """The first smallest entry."""
    out = np.minimum.reduce(array, axis, keepdims=keepdims)

    def minimum_reduce_pullback(out_bar: Any) -> Any:
        return min_bar(out_bar, array, axis), None, None

    return out, minimum_reduce_pullback


@frule(MINIMUM_REDUCE, when=lambda array, axis, keepdims: not is_complex(array))
def minimum_reduce_forward(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    """The tangent of the first smallest entry."""
    out = np.minimum.reduce(array, axis, keepdims=keepdims)

    def minimum_reduce_pushforward(array_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        return min_dot(array_dot, array, axis, out), None, None

    return out, minimum_reduce_pushforward


@rrule(np.ptp, when=_ordered, fresh=True)
def ptp(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """To the largest entry, and negative to the smallest."""
    out = np.ptp(a, axis, keepdims=keepdims)

    def ptp_pullback(out_bar: Any) -> Any:
        return max_bar(out_bar, a, axis) - min_bar(out_bar, a, axis), None, None

    return out, ptp_pullback


@frule(np.ptp, when=_ordered)
def ptp_forward(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The tangent of the largest entry less that of the smallest."""
    out = np.ptp(a, axis, keepdims=keepdims)

    def ptp_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        return max_dot(a_dot, a, axis, out) - min_dot(a_dot, a, axis, out), None, None

    return out, ptp_pushforward


def softmax_bar(out_bar: Any, out: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """Return the cotangent of an array in the logarithm of the sum of its exponentials."""
    out, bar = kept(out, axis, keepdims), kept(out_bar, axis, keepdims)
    with np.errstate(invalid="ignore"):
        return bar * np.exp(np.where(np.equal(a, out), 0.0, a - out))


@rrule(LOGADDEXP_REDUCE, fresh=True)
def logaddexp_reduce(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    """The share of each exponential in the sum."""
    out = np.logaddexp.reduce(array, axis, keepdims=keepdims)

    def logaddexp_reduce_pullback(out_bar: Any) -> Any:
        return softmax_bar(out_bar, out, array, axis, keepdims), None, None

    return out, logaddexp_reduce_pullback


@frule(LOGADDEXP_REDUCE)
def logaddexp_reduce_forward(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    """The mean of the tangents, by the share of each exponential in the sum."""
    out = np.logaddexp.reduce(array, axis, keepdims=keepdims)

    def logaddexp_reduce_pushforward(array_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        shares = softmax_bar(np.ones_like(out), out, array, axis, keepdims)
        return reduced_dot(shares, array_dot, axis, keepdims, out), None, None

    return out, logaddexp_reduce_pushforward
