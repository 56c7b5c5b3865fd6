"""Rules of Python's ``statistics`` module, for sequences of floats.

Every function maps a sample to a few numbers; with the slopes of a number by the entries both directions are
one product.

Source of the mathematics: the definitions in the Python reference, ``statistics``.
"""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

from adjoint.rules.kinds import FLOAT, Kind, Scalar
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit


def number_kind(data: Kind, **others: Kind) -> Kind:
    """Return the kind of a statistic: a float of Python or NumPy, as the data are."""
    return Scalar(FLOAT.dtype, None)


def sample_bar(slopes: Any, out_bar: Any, data: Any) -> Any:
    """Return the cotangent of a sample: a sequence of floats like it, or an array.

    Args:
        slopes: derivatives of the statistic by the entries, shape (n,).
        out_bar: cotangent of the statistic.
        data: the sample, a list, a tuple or a one-dimensional array.
    """
    bar = out_bar * slopes
    return fit(bar, data) if isinstance(data, np.ndarray) else type(data)(map(float, bar))


def sample_dot(slopes: Any, data_dot: Any) -> Any:
    """Return the tangent of a statistic; entries without a tangent are zero."""
    if data_dot is None:
        return None
    dots = [0.0 if dot is None else dot for dot in data_dot]
    return float(np.dot(slopes, dots))


def centred(data: Any) -> Any:
    """Return the distances from the mean."""
    x = np.asarray(data, float)
    return x - np.mean(x)


# -- means --------------------------------------------------------------------------------------


def mean_slopes(data: Any) -> Any:
    """Return the derivatives of the mean."""
    return np.full(len(data), 1.0 / len(data))


@rrule(statistics.mean, fresh=True, kind=number_kind)
def mean(data: Any) -> Any:
    """Equal shares."""
    out = statistics.mean(data)

    def mean_pullback(out_bar: Any) -> Any:
        return sample_bar(mean_slopes(data), out_bar, data)

    return out, mean_pullback


@frule(statistics.mean)
def mean_forward(data: Any) -> Any:
    """Equal shares."""
    out = statistics.mean(data)

    def mean_pushforward(data_dot: Any) -> Any:
        return sample_dot(mean_slopes(data), data_dot)

    return out, mean_pushforward


def weighted_slopes(out: Any, data: Any, weights: Any) -> tuple[Any, Any]:
    """Return the derivatives of a weighted mean by entries and weights."""
    x = np.asarray(data, float)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, float)
    return w / np.sum(w), (x - out) / np.sum(w)


@rrule(statistics.fmean, fresh=True, kind=number_kind)
def fmean(data: Any, weights: Any = None) -> Any:
    """By weight to the entries, by distance from the mean to the weights."""
    out = statistics.fmean(data, weights)

    def fmean_pullback(out_bar: Any) -> Any:
        by_entries, by_weights = weighted_slopes(out, data, weights)
        weights_bar = None if weights is None else sample_bar(by_weights, out_bar, weights)
        return sample_bar(by_entries, out_bar, data), weights_bar

    return out, fmean_pullback


@frule(statistics.fmean)
def fmean_forward(data: Any, weights: Any = None) -> Any:
    """By weight from the entries, by distance from the mean from the weights."""
    out = statistics.fmean(data, weights)

    def fmean_pushforward(data_dot: Any, weights_dot: Any) -> Any:
        by_entries, by_weights = weighted_slopes(out, data, weights)
        return sample_dot(by_entries, data_dot), sample_dot(by_weights, weights_dot)

    return out, fmean_pushforward


def geometric_slopes(out: Any, data: Any) -> Any:
    """Return the derivatives of the geometric mean."""
    return out / (len(data) * np.asarray(data, float))


@rrule(statistics.geometric_mean, fresh=True, kind=number_kind)
def geometric_mean(data: Any) -> Any:
    """The mean, by the number of entries and each entry."""
    out = statistics.geometric_mean(data)

    def geometric_mean_pullback(out_bar: Any) -> Any:
        return sample_bar(geometric_slopes(out, data), out_bar, data)

    return out, geometric_mean_pullback


@frule(statistics.geometric_mean)
def geometric_mean_forward(data: Any) -> Any:
    """The mean, by the number of entries and each entry."""
    out = statistics.geometric_mean(data)

    def geometric_mean_pushforward(data_dot: Any) -> Any:
        return sample_dot(geometric_slopes(out, data), data_dot)

    return out, geometric_mean_pushforward


def harmonic_slopes(out: Any, data: Any, weights: Any) -> tuple[Any, Any]:
    """Return the derivatives of the harmonic mean by entries and weights; zero where it is zero."""
    x = np.asarray(data, float)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, float)
    if out == 0:
        return np.zeros_like(x), np.zeros_like(x)
    total = np.sum(w)
    return w * (out / x) ** 2 / total, (1.0 - out / x) * out / total


@rrule(statistics.harmonic_mean, fresh=True, kind=number_kind)
def harmonic_mean(data: Any, weights: Any = None) -> Any:
    """The square of the mean by each entry."""
    out = statistics.harmonic_mean(data, weights)

    def harmonic_mean_pullback(out_bar: Any) -> Any:
        by_entries, by_weights = harmonic_slopes(out, data, weights)
        weights_bar = None if weights is None else sample_bar(by_weights, out_bar, weights)
        return sample_bar(by_entries, out_bar, data), weights_bar

    return out, harmonic_mean_pullback


@frule(statistics.harmonic_mean)
def harmonic_mean_forward(data: Any, weights: Any = None) -> Any:
    """The square of the mean by each entry."""
    out = statistics.harmonic_mean(data, weights)

    def harmonic_mean_pushforward(data_dot: Any, weights_dot: Any) -> Any:
        by_entries, by_weights = harmonic_slopes(out, data, weights)
        return sample_dot(by_entries, data_dot), sample_dot(by_weights, weights_dot)

    return out, harmonic_mean_pushforward


# -- order --------------------------------------------------------------------------------------


def middle_slopes(data: Any, low: bool, high: bool) -> Any:
    """Return the derivatives of a median: to the lower, the higher or half to both middle entries."""
    n = len(data)
    order = np.argsort(np.asarray(data, float), kind="stable")
    slopes = np.zeros(n)
    for place in ([(n - 1) // 2] if low else []) + ([n // 2] if high else []):
        slopes[order[place]] += 1.0 / (low + high)
    return slopes


@rrule(statistics.median, fresh=True, kind=number_kind)
def median(data: Any) -> Any:
    """To the middle entry, or half and half to the two in the middle."""
    out = statistics.median(data)

    def median_pullback(out_bar: Any) -> Any:
        return sample_bar(middle_slopes(data, True, True), out_bar, data)

    return out, median_pullback


@frule(statistics.median)
def median_forward(data: Any) -> Any:
    """From the middle entry, or half and half from the two in the middle."""
    out = statistics.median(data)

    def median_pushforward(data_dot: Any) -> Any:
        return sample_dot(middle_slopes(data, True, True), data_dot)

    return out, median_pushforward


@rrule(statistics.median_low, fresh=True, kind=number_kind)
def median_low(data: Any) -> Any:
    """To the lower entry in the middle."""
    out = statistics.median_low(data)

    def median_low_pullback(out_bar: Any) -> Any:
        return sample_bar(middle_slopes(data, True, False), out_bar, data)

    return out, median_low_pullback


@frule(statistics.median_low)
def median_low_forward(data: Any) -> Any:
    """From the lower entry in the middle."""
    out = statistics.median_low(data)

    def median_low_pushforward(data_dot: Any) -> Any:
        return sample_dot(middle_slopes(data, True, False), data_dot)

    return out, median_low_pushforward


@rrule(statistics.median_high, fresh=True, kind=number_kind)
def median_high(data: Any) -> Any:
    """To the higher entry in the middle."""
    out = statistics.median_high(data)

    def median_high_pullback(out_bar: Any) -> Any:
        return sample_bar(middle_slopes(data, False, True), out_bar, data)

    return out, median_high_pullback


@frule(statistics.median_high)
def median_high_forward(data: Any) -> Any:
    """From the higher entry in the middle."""
    out = statistics.median_high(data)

    def median_high_pushforward(data_dot: Any) -> Any:
        return sample_dot(middle_slopes(data, False, True), data_dot)

    return out, median_high_pushforward
