"""Rules of averages and order statistics: average, median, quantile, percentile, and with NaN skipped.

A quantile is a weighted mean of two neighbours in sorted order.  Which two, and the weights, NumPy
itself tells for each of its methods: the quantile of the numbers 0, 1, 2, ... is a position.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, Known
from adjoint.rules.reductions import axes_of, count, kept, rows_of, spread
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out

#: How fast the position among ``n`` sorted entries moves with ``q``: ``n`` plus this number.
POSITION_SLOPES = {
    "linear": -1.0,
    "hazen": 0.0,
    "weibull": 1.0,
    "median_unbiased": 1.0 / 3.0,
    "normal_unbiased": 0.25,
    "interpolated_inverted_cdf": 0.0,
}


# -- weighted averages --------------------------------------------------------------------------


def weights_like(a: Any, axis: Any, weights: Any) -> Any:
    """Return the weights of ``np.average`` in a shape that broadcasts against the array."""
    if np.shape(weights) == np.shape(a):
        return np.asarray(weights)
    axes = axes_of(axis, np.ndim(a))
    shape = [size if i in axes else 1 for i, size in enumerate(np.shape(a))]
    return np.transpose(weights, np.argsort(axes)).reshape(shape)


def average_bars(out_bar: Any, out: Any, a: Any, axis: Any, weights: Any, keepdims: Any) -> tuple[Any, Any]:
    """Return the cotangents of the entries and of the weights of ``np.average``.

    Args:
        out_bar: cotangent of the average.
        out: the average.
        a: entries.
        axis: None, integer or tuple.
        weights: of the shape of ``a``, or of its reduced axes; None for equal weights.
        keepdims: whether the reduced axes were kept.
    """
    if weights is None:
        return fit(spread(out_bar / count(np.shape(a), axis), np.shape(a), axis, keepdims), a), None
    wide = weights_like(a, axis, weights)
    bar = kept(out_bar, axis, keepdims)
    bar = bar / np.conj(np.sum(np.broadcast_to(wide, np.shape(a)), axis, keepdims=True))
    wide_bar = unbroadcast(bar * np.conj(a - kept(out, axis, keepdims)), wide)
    a_bar = np.broadcast_to(bar * np.conj(wide), np.shape(a))
    return fit(a_bar, a), fit(_narrow(wide_bar, a, axis, weights), weights)


def _average_only(a: Kind, axis: Kind, weights: Kind, returned: Kind, keepdims: Kind) -> bool:
    return isinstance(returned, Known) and not returned.value


@rrule(np.average, when=_average_only, fresh=True)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False
) -> Any:
    """By weight to the entries; by distance from the average to the weights."""
    out = np.average(a, axis, weights, keepdims=keepdims)

    def average_pullback(out_bar: Any) -> Any:
        a_bar, weights_bar = average_bars(out_bar, out, a, axis, weights, keepdims)
        return a_bar, None, weights_bar, None, None

    return out, average_pullback


def average_a_dot(a_dot: Any, axis: Any, weights: Any, keepdims: Any, out: Any) -> Any:
    """Return the tangent of a weighted average for that of the entries."""
    return fit_out(np.average(a_dot, axis, weights, keepdims=keepdims), out)


def average_weights_dot(dot: Any, a: Any, axis: Any, weights: Any, keepdims: Any, out: Any) -> Any:
    """Return the tangent of a weighted average for that of the weights; zero if there are none."""
    if weights is None:
        return np.zeros_like(out)
    wide = np.broadcast_to(weights_like(a, axis, weights), np.shape(a))
    dots = np.broadcast_to(weights_like(a, axis, dot), np.shape(a))
    distance = (a - kept(out, axis, keepdims)) / np.sum(wide, axis, keepdims=True)
    return fit_out(np.sum(distance * dots, axis, keepdims=keepdims), out)


@frule(np.average, when=_average_only)
def average_forward(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False
) -> Any:
    """The average of the tangents; the weights' tangents by distance from the average."""
    out = np.average(a, axis, weights, keepdims=keepdims)

    def average_pushforward(
        a_dot: Any, axis_dot: Any, weights_dot: Any, returned_dot: Any, keepdims_dot: Any
    ) -> Any:
        return (
            average_a_dot(a_dot, axis, weights, keepdims, out),
            None,
            average_weights_dot(weights_dot, a, axis, weights, keepdims, out),
            None,
            None,
        )

    return out, average_pushforward


def returned_bars(out_bar: Any, out: Any, a: Any, axis: Any, weights: Any, keepdims: Any) -> tuple[Any, Any]:
    """As `average_bars`, for the pair of the average and the sum of the weights."""
    first, second = out_bar
    zero = np.zeros_like(out[0])
    a_bar, weights_bar = average_bars(zero if first is None else first, out[0], a, axis, weights, keepdims)
    if weights is None or second is None:
        return a_bar, weights_bar
    wide = weights_like(a, axis, weights)
    sums_bar = unbroadcast(spread(second, np.shape(a), axis, keepdims), wide)
    return a_bar, weights_bar + fit(_narrow(sums_bar, a, axis, weights), weights)


def _narrow(wide_bar: Any, a: Any, axis: Any, weights: Any) -> Any:
    """Undo `weights_like`."""
    if np.shape(weights) == np.shape(a):
        return wide_bar
    axes = axes_of(axis, np.ndim(a))
    ordered = wide_bar.reshape([np.shape(a)[i] for i in sorted(axes)])
    return np.transpose(ordered, np.argsort(np.argsort(axes)))


def _sum_too(a: Kind, axis: Kind, weights: Kind, returned: Kind, keepdims: Kind) -> bool:
    return isinstance(returned, Known) and bool(returned.value)


@rrule(np.average, when=_sum_too, fresh=True)
def average_returned(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False
) -> Any:
    """The pair of the average and the sum of the weights."""
    out = np.average(a, axis, weights, True, keepdims=keepdims)  # type: ignore[call-overload]

    def average_pullback(out_bar: Any) -> Any:
        a_bar, weights_bar = returned_bars(out_bar, out, a, axis, weights, keepdims)
        return a_bar, None, weights_bar, None, None

    return out, average_pullback


def weights_sum_dot(dot: Any, a: Any, axis: Any, weights: Any, keepdims: Any, out: Any) -> Any:
    """Return the tangent of the sum of weights that ``np.average`` returns."""
    if weights is None:
        return np.zeros_like(out)
    wide = np.broadcast_to(weights_like(a, axis, dot), np.shape(a))
    return fit_out(np.sum(wide, axis, keepdims=keepdims), out)


@frule(np.average, when=_sum_too)
def average_returned_forward(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False
) -> Any:
    """The pair of the average and the sum of the weights."""
    out = np.average(a, axis, weights, True, keepdims=keepdims)  # type: ignore[call-overload]

    def average_pushforward(
        a_dot: Any, axis_dot: Any, weights_dot: Any, returned_dot: Any, keepdims_dot: Any
    ) -> Any:
        return (
            (average_a_dot(a_dot, axis, weights, keepdims, out[0]), np.zeros_like(out[1])),
            None,
            (
                average_weights_dot(weights_dot, a, axis, weights, keepdims, out[0]),
                weights_sum_dot(weights_dot, a, axis, weights, keepdims, out[1]),
            ),
            None,
            None,
        )

    return out, average_pushforward


# -- order statistics ---------------------------------------------------------------------------


def position_slope(position: float, n: int, method: str) -> float:
    """Return how fast a position among ``n`` sorted entries moves with the quantile's ``q``."""
    if method not in POSITION_SLOPES or not 0.0 < position < n - 1:
        return 0.0
    return n + POSITION_SLOPES[method]


def row_bars(row: Any, bars: Any, q: Any, method: Any) -> tuple[Any, Any]:
    """Return the cotangents of one row and of all ``q``, for the quantiles of the row.

    Args:
        row: 1-d, without NaN, not empty.
        bars: 1-d, cotangents of the quantiles.
        q: 1-d, between 0 and 1.
        method: as for ``np.quantile``.
    """
    n = len(row)
    order = np.argsort(row, kind="stable")
    row_bar, q_bar = np.zeros_like(row), np.zeros(len(q))
    for k, position in enumerate(np.quantile(np.arange(float(n)), q, method=method)):
        low = min(int(position), n - 1)
        high, weight = min(low + 1, n - 1), float(position - low)
        row_bar[order[low]] += (1.0 - weight) * bars[k]
        row_bar[order[high]] += weight * bars[k]
        slope = position_slope(position, n, method)
        q_bar[k] = slope * float(row[order[high]] - row[order[low]]) * float(bars[k])
    return row_bar, q_bar


def quantile_bars(
    out_bar: Any, a: Any, q: Any, axis: Any, method: str, skip: bool = False
) -> tuple[Any, Any]:
    """Return the cotangents of the array and of ``q`` in ``np.quantile``.

    Args:
        out_bar: cotangent of the quantiles: the shape of ``q``, then that of the reduced array.
        a: real array.
        q: number or array between 0 and 1.
        axis: None, integer or tuple.
        method: as for ``np.quantile``.
        skip: whether NaN is left out; a row of nothing else receives zero.
    """
    rows, restore = rows_of(a, axis)
    flat = np.reshape(out_bar, (np.size(q), *rows.shape[:-1]))
    a_bar, q_bar = np.zeros(rows.shape, rows.dtype), np.zeros(np.size(q))
    for index in np.ndindex(*rows.shape[:-1]):
        keep = ~np.isnan(rows[index]) if skip else np.ones(rows.shape[-1], bool)
        if keep.any():
            bars = row_bars(rows[index][keep], flat[(slice(None), *index)], np.ravel(q), method)
            a_bar[(*index, keep)] = bars[0]
            q_bar += bars[1]
    return fit(restore(a_bar), a), np.reshape(q_bar, np.shape(q))[()]


def quantile_dot(
    a_dot: Any, q_dot: Any, a: Any, q: Any, axis: Any, method: str, out: Any, skip: bool = False
) -> Any:
    """Return the tangent of ``np.quantile`` for that of the array or, if that is None, of ``q``.

    Each quantile of each row weighs the entries that the pullback of a one would reach.

    Args:
        a_dot: tangent of the array, or None.
        q_dot: tangent of ``q``, or None.
        a: real array.
        q: number or array between 0 and 1.
        axis: None, integer or tuple.
        method: as for ``np.quantile``.
        out: the value.
        skip: whether NaN is left out.
    """
    rows, _ = rows_of(a, axis)
    moved = None if a_dot is None else rows_of(a_dot, axis)[0]
    result = np.zeros((np.size(q), *rows.shape[:-1]), np.asarray(out).dtype)
    for index in np.ndindex(*result.shape):
        row = rows[index[1:]]
        keep = ~np.isnan(row) if skip else np.ones(row.shape, bool)
        if keep.any():
            row_bar, q_bar = row_bars(row[keep], [1.0], np.ravel(q)[index[:1],], method)
            along_q = 0.0 if q_dot is None else q_bar[0] * np.ravel(q_dot)[index[0]]
            result[index] = along_q if moved is None else row_bar @ moved[index[1:]][keep]
    return fit_out(np.reshape(result, np.shape(out)), out)


@rrule(np.quantile, fresh=True)
def quantile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    """To the two neighbours in sorted order, by weight."""
    out = np.quantile(a, q, axis, method=method, keepdims=keepdims)

    def quantile_pullback(out_bar: Any) -> Any:
        a_bar, q_bar = quantile_bars(out_bar, a, q, axis, method)
        return a_bar, fit(q_bar, q), None, None, None

    return out, quantile_pullback


@frule(np.quantile)
def quantile_forward(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False
) -> Any:
    """The two neighbours' tangents, by weight; where ``q`` moves, along the line between them."""
    out = np.quantile(a, q, axis, method=method, keepdims=keepdims)

    def quantile_pushforward(
        a_dot: Any, q_dot: Any, axis_dot: Any, method_dot: Any, keepdims_dot: Any
    ) -> Any:
        return (
            quantile_dot(a_dot, None, a, q, axis, method, out),
            quantile_dot(None, q_dot, a, q, axis, method, out),
            None,
            None,
            None,
        )

    return out, quantile_pushforward


@rrule(np.percentile, fresh=True)
def percentile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    """To the two neighbours in sorted order, by weight."""
    out = np.percentile(a, q, axis, method=method, keepdims=keepdims)

    def percentile_pullback(out_bar: Any) -> Any:
        a_bar, q_bar = quantile_bars(out_bar, a, np.true_divide(q, 100.0), axis, method)
        return a_bar, fit(q_bar / 100.0, q), None, None, None

    return out, percentile_pullback


@frule(np.percentile)
def percentile_forward(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False
) -> Any:
    """The two neighbours' tangents, by weight; where ``q`` moves, along the line between them."""
    out = np.percentile(a, q, axis, method=method, keepdims=keepdims)

    def percentile_pushforward(
        a_dot: Any, q_dot: Any, axis_dot: Any, method_dot: Any, keepdims_dot: Any
    ) -> Any:
        return (
            quantile_dot(a_dot, None, a, np.true_divide(q, 100.0), axis, method, out),
            quantile_dot(None, np.true_divide(q_dot, 100.0), a, np.true_divide(q, 100.0), axis, method, out),
            None,
            None,
            None,
        )

    return out, percentile_pushforward


@rrule(np.median, fresh=True)
def median(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """To the middle entry, or half and half to the two in the middle."""
    out = np.median(a, axis, keepdims=keepdims)

    def median_pullback(out_bar: Any) -> Any:
        return quantile_bars(out_bar, a, 0.5, axis, "linear")[0], None, None

    return out, median_pullback


@frule(np.median)
def median_forward(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The tangent of the middle entry, or the mean of the two in the middle."""
    out = np.median(a, axis, keepdims=keepdims)

    def median_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        return quantile_dot(a_dot, None, a, 0.5, axis, "linear", out), None, None

    return out, median_pushforward


@rrule(np.nanquantile, fresh=True)
def nanquantile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    """As `quantile`; NaN receives nothing."""
    out = np.nanquantile(a, q, axis, method=method, keepdims=keepdims)

    def nanquantile_pullback(out_bar: Any) -> Any:
        a_bar, q_bar = quantile_bars(out_bar, a, q, axis, method, True)
        return a_bar, fit(q_bar, q), None, None, None

    return out, nanquantile_pullback


@frule(np.nanquantile)
def nanquantile_forward(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False
) -> Any:
    """The two neighbours' tangents, by weight; where ``q`` moves, along the line between them."""
    out = np.nanquantile(a, q, axis, method=method, keepdims=keepdims)

    def nanquantile_pushforward(
        a_dot: Any, q_dot: Any, axis_dot: Any, method_dot: Any, keepdims_dot: Any
    ) -> Any:
        return (
            quantile_dot(a_dot, None, a, q, axis, method, out, True),
            quantile_dot(None, q_dot, a, q, axis, method, out, True),
            None,
            None,
            None,
        )

    return out, nanquantile_pushforward


@rrule(np.nanpercentile, fresh=True)
def nanpercentile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    """As `percentile`; NaN receives nothing."""
    out = np.nanpercentile(a, q, axis, method=method, keepdims=keepdims)

    def nanpercentile_pullback(out_bar: Any) -> Any:
        a_bar, q_bar = quantile_bars(out_bar, a, np.true_divide(q, 100.0), axis, method, True)
        return a_bar, fit(q_bar / 100.0, q), None, None, None

    return out, nanpercentile_pullback


@frule(np.nanpercentile)
def nanpercentile_forward(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False
) -> Any:
    """The two neighbours' tangents, by weight; where ``q`` moves, along the line between them."""
    out = np.nanpercentile(a, q, axis, method=method, keepdims=keepdims)

    def nanpercentile_pushforward(
        a_dot: Any, q_dot: Any, axis_dot: Any, method_dot: Any, keepdims_dot: Any
    ) -> Any:
        return (
            quantile_dot(a_dot, None, a, np.true_divide(q, 100.0), axis, method, out, True),
            quantile_dot(
                None, np.true_divide(q_dot, 100.0), a, np.true_divide(q, 100.0), axis, method, out, True
            ),
            None,
            None,
            None,
        )

    return out, nanpercentile_pushforward


@rrule(np.nanmedian, fresh=True)
def nanmedian(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """As `median`; NaN receives nothing."""
    out = np.nanmedian(a, axis, keepdims=keepdims)

    def nanmedian_pullback(out_bar: Any) -> Any:
        return quantile_bars(out_bar, a, 0.5, axis, "linear", True)[0], None, None

    return out, nanmedian_pullback


@frule(np.nanmedian)
def nanmedian_forward(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The tangent of the middle entry, or the mean of the two in the middle."""
    out = np.nanmedian(a, axis, keepdims=keepdims)

    def nanmedian_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        return quantile_dot(a_dot, None, a, 0.5, axis, "linear", out, True), None, None

    return out, nanmedian_pushforward
