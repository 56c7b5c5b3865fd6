"""Rules of variances, deviations, covariance, correlation and regression in Python's ``statistics``."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

from adjoint.rules.kinds import FLOAT, Kind, Scalar, Tuple
from adjoint.rules.pystatistics import centred, number_kind, sample_bar, sample_dot
from adjoint.rules.registry import frule, rrule


def spread_slopes(data: Any, mu: Any, lost: int) -> tuple[Any, float]:
    """Return the derivatives of a variance by the entries and by a mean that was given.

    Args:
        data: the sample.
        mu: the mean, or None for that of the sample.
        lost: what is subtracted from the number of entries.
    """
    distances = centred(data) if mu is None else np.asarray(data, float) - mu
    slopes = 2.0 * distances / (len(distances) - lost)
    return slopes, -float(np.sum(slopes))


@rrule(statistics.pvariance, fresh=True, kind=number_kind)
def pvariance(data: Any, mu: Any = None) -> Any:
    """Twice the distance from the mean, by the number of entries."""
    out = statistics.pvariance(data, mu)

    def pvariance_pullback(out_bar: Any) -> Any:
        by_entries, by_mean = spread_slopes(data, mu, 0)
        return sample_bar(by_entries, out_bar, data), None if mu is None else out_bar * by_mean

    return out, pvariance_pullback


@frule(statistics.pvariance)
def pvariance_forward(data: Any, mu: Any = None) -> Any:
    """Twice the distance from the mean, by the number of entries."""
    out = statistics.pvariance(data, mu)

    def pvariance_pushforward(data_dot: Any, mu_dot: Any) -> Any:
        by_entries, by_mean = spread_slopes(data, mu, 0)
        return sample_dot(by_entries, data_dot), None if mu_dot is None else by_mean * mu_dot

    return out, pvariance_pushforward


@rrule(statistics.variance, fresh=True, kind=number_kind)
def variance(data: Any, xbar: Any = None) -> Any:
    """Twice the distance from the mean, by one less than the number of entries."""
    out = statistics.variance(data, xbar)

    def variance_pullback(out_bar: Any) -> Any:
        by_entries, by_mean = spread_slopes(data, xbar, 1)
        return sample_bar(by_entries, out_bar, data), None if xbar is None else out_bar * by_mean

    return out, variance_pullback


@frule(statistics.variance)
def variance_forward(data: Any, xbar: Any = None) -> Any:
    """Twice the distance from the mean, by one less than the number of entries."""
    out = statistics.variance(data, xbar)

    def variance_pushforward(data_dot: Any, xbar_dot: Any) -> Any:
        by_entries, by_mean = spread_slopes(data, xbar, 1)
        return sample_dot(by_entries, data_dot), None if xbar_dot is None else by_mean * xbar_dot

    return out, variance_pushforward


def root_slopes(out: Any, data: Any, mu: Any, lost: int) -> tuple[Any, Any]:
    """Return the derivatives of a deviation; zero where it is zero."""
    by_entries, by_mean = spread_slopes(data, mu, lost)
    scale = 0.5 / float(out) if out else 0.0
    return scale * by_entries, scale * by_mean


@rrule(statistics.pstdev, fresh=True, kind=number_kind)
def pstdev(data: Any, mu: Any = None) -> Any:
    """Half the variance's derivative, by the deviation; zero for constants."""
    out = statistics.pstdev(data, mu)

    def pstdev_pullback(out_bar: Any) -> Any:
        by_entries, by_mean = root_slopes(out, data, mu, 0)
        return sample_bar(by_entries, out_bar, data), None if mu is None else out_bar * by_mean

    return out, pstdev_pullback


@frule(statistics.pstdev)
def pstdev_forward(data: Any, mu: Any = None) -> Any:
    """Half the variance's derivative, by the deviation; zero for constants."""
    out = statistics.pstdev(data, mu)

    def pstdev_pushforward(data_dot: Any, mu_dot: Any) -> Any:
        by_entries, by_mean = root_slopes(out, data, mu, 0)
        return sample_dot(by_entries, data_dot), None if mu_dot is None else by_mean * mu_dot

    return out, pstdev_pushforward


@rrule(statistics.stdev, fresh=True, kind=number_kind)
def stdev(data: Any, xbar: Any = None) -> Any:
    """Half the variance's derivative, by the deviation; zero for constants."""
    out = statistics.stdev(data, xbar)

    def stdev_pullback(out_bar: Any) -> Any:
        by_entries, by_mean = root_slopes(out, data, xbar, 1)
        return sample_bar(by_entries, out_bar, data), None if xbar is None else out_bar * by_mean

    return out, stdev_pullback


@frule(statistics.stdev)
def stdev_forward(data: Any, xbar: Any = None) -> Any:
    """Half the variance's derivative, by the deviation; zero for constants."""
    out = statistics.stdev(data, xbar)

    def stdev_pushforward(data_dot: Any, xbar_dot: Any) -> Any:
        by_entries, by_mean = root_slopes(out, data, xbar, 1)
        return sample_dot(by_entries, data_dot), None if xbar_dot is None else by_mean * xbar_dot

    return out, stdev_pushforward


# -- two samples --------------------------------------------------------------------------------


def pair_kind(x: Kind, y: Kind) -> Kind:
    """Return the kind of a statistic of two samples."""
    return Scalar(FLOAT.dtype, None)


def covariance_slopes(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the derivatives of the covariance by both samples."""
    return centred(y) / (len(x) - 1), centred(x) / (len(x) - 1)


@rrule(statistics.covariance, fresh=True, kind=pair_kind)
def covariance(x: Any, y: Any, /) -> Any:
    """The distances of the other sample from its mean."""
    out = statistics.covariance(x, y)

    def covariance_pullback(out_bar: Any) -> Any:
        by_x, by_y = covariance_slopes(x, y)
        return sample_bar(by_x, out_bar, x), sample_bar(by_y, out_bar, y)

    return out, covariance_pullback


@frule(statistics.covariance)
def covariance_forward(x: Any, y: Any, /) -> Any:
    """The distances of the other sample from its mean."""
    out = statistics.covariance(x, y)

    def covariance_pushforward(x_dot: Any, y_dot: Any) -> Any:
        by_x, by_y = covariance_slopes(x, y)
        return sample_dot(by_x, x_dot), sample_dot(by_y, y_dot)

    return out, covariance_pushforward


def correlation_slopes(out: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the derivatives of the correlation by both samples."""
    u, v = centred(x), centred(y)
    uu, vv = np.dot(u, u), np.dot(v, v)
    root = np.sqrt(uu * vv)
    return v / root - out * u / uu, u / root - out * v / vv


@rrule(statistics.correlation, fresh=True, kind=pair_kind)
def correlation(x: Any, y: Any, /) -> Any:
    """The covariance, less what the deviations do."""
    out = statistics.correlation(x, y)

    def correlation_pullback(out_bar: Any) -> Any:
        by_x, by_y = correlation_slopes(out, x, y)
        return sample_bar(by_x, out_bar, x), sample_bar(by_y, out_bar, y)

    return out, correlation_pullback


@frule(statistics.correlation)
def correlation_forward(x: Any, y: Any, /) -> Any:
    """The covariance, less what the deviations do."""
    out = statistics.correlation(x, y)

    def correlation_pushforward(x_dot: Any, y_dot: Any) -> Any:
        by_x, by_y = correlation_slopes(out, x, y)
        return sample_dot(by_x, x_dot), sample_dot(by_y, y_dot)

    return out, correlation_pushforward


def line_kind(x: Kind, y: Kind, proportional: Kind) -> Kind:
    """Return the kind of a regression: slope and intercept."""
    return Tuple((Scalar(FLOAT.dtype, None),) * 2, statistics.LinearRegression)


def line_slopes(out: Any, x: Any, y: Any, proportional: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Return the derivatives of slope and intercept by ``x``, and by ``y``."""
    slope = float(out[0])
    u, v = np.asarray(x, float), np.asarray(y, float)
    middle = 0.0 if proportional else float(np.mean(u))
    u, v = u - middle, v - (0.0 if proportional else np.mean(v))
    uu = np.dot(u, u)
    by_x, by_y = (v - 2.0 * slope * u) / uu, u / uu
    if proportional:
        return (by_x, np.zeros_like(u)), (by_y, np.zeros_like(u))
    n = len(u)
    return (by_x, -slope / n - middle * by_x), (by_y, 1.0 / n - middle * by_y)


def line_bar(slopes: tuple[Any, Any], out_bar: Any, data: Any) -> Any:
    """Return the cotangent of one sample of a regression, None being zero."""
    first, second = (0.0 if bar is None else bar for bar in out_bar)
    return sample_bar(first * slopes[0] + second * slopes[1], 1.0, data)


@rrule(statistics.linear_regression, fresh=True, kind=line_kind)
def linear_regression(x: Any, y: Any, /, *, proportional: Any = False) -> Any:
    """The least-squares line."""
    out = statistics.linear_regression(x, y, proportional=proportional)

    def linear_regression_pullback(out_bar: Any) -> Any:
        by_x, by_y = line_slopes(out, x, y, proportional)
        return line_bar(by_x, out_bar, x), line_bar(by_y, out_bar, y), None

    return out, linear_regression_pullback


@frule(statistics.linear_regression)
def linear_regression_forward(x: Any, y: Any, /, *, proportional: Any = False) -> Any:
    """The least-squares line."""
    out = statistics.linear_regression(x, y, proportional=proportional)

    def linear_regression_pushforward(x_dot: Any, y_dot: Any, proportional_dot: Any) -> Any:
        by_x, by_y = line_slopes(out, x, y, proportional)
        x_part = None if x_dot is None else tuple(sample_dot(slopes, x_dot) for slopes in by_x)
        return x_part, None if y_dot is None else tuple(sample_dot(s, y_dot) for s in by_y), None

    return out, linear_regression_pushforward
