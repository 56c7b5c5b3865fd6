"""Rules that make arrays from numbers: full, arange, linspace, logspace, geomspace, vander.

What depends on no float at all (zeros, arange, eye, ...) stands in ``constants.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out


def filled_bar(out_bar: Any, fill_value: Any) -> Any:
    """Return the cotangent of the value that fills an array; None if the array holds no floats."""
    return fit(unbroadcast(out_bar, fill_value), fill_value)


@rrule(np.full, fresh=True)
def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C") -> Any:
    """Sum over all places."""
    out = np.full(shape, fill_value, dtype, order)

    def full_pullback(out_bar: Any) -> Any:
        return None, filled_bar(out_bar, fill_value), None, None

    return out, full_pullback


@frule(np.full)
def full_forward(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C") -> Any:
    """The tangent in all places."""
    out = np.full(shape, fill_value, dtype, order)

    def full_pushforward(shape_dot: Any, fill_value_dot: Any, dtype_dot: Any, order_dot: Any) -> Any:
        return None, np.full_like(out, fill_value_dot), None, None

    return out, full_pushforward


@rrule(np.full_like, fresh=True)
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None
) -> Any:
    """Sum over all places."""
    out = np.full_like(a, fill_value, dtype, order, subok, shape)

    def full_like_pullback(out_bar: Any) -> Any:
        return None, filled_bar(out_bar, fill_value), None, None, None, None

    return out, full_like_pullback


@frule(np.full_like)
def full_like_forward(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None
) -> Any:
    """The tangent in all places."""
    out = np.full_like(a, fill_value, dtype, order, subok, shape)

    def full_like_pushforward(
        a_dot: Any, fill_value_dot: Any, dtype_dot: Any, order_dot: Any, subok_dot: Any, shape_dot: Any
    ) -> Any:
        return None, np.full_like(out, fill_value_dot), None, None, None, None

    return out, full_like_pushforward


@rrule(np.arange, fresh=True)
def arange_to(stop: Any) -> Any:
    """The numbers from zero do not depend on where they stop."""
    out = np.arange(stop)

    def arange_pullback(out_bar: Any) -> Any:
        return None

    return out, arange_pullback


@frule(np.arange)
def arange_to_forward(stop: Any) -> Any:
    """The numbers from zero do not depend on where they stop."""
    out = np.arange(stop)

    def arange_pushforward(stop_dot: Any) -> Any:
        return None

    return out, arange_pushforward


@rrule(np.arange, fresh=True)
def arange(start: Any, stop: Any, step: Any = 1, dtype: Any = None) -> Any:
    """``start + k * step``; where it stops carries no derivative."""
    out = np.arange(start, stop, step, dtype=dtype)

    def arange_pullback(out_bar: Any) -> Any:
        step_bar = np.dot(out_bar, np.arange(len(out_bar), dtype=out_bar.dtype))
        return fit(np.sum(out_bar), start), None, fit(step_bar, step), None

    return out, arange_pullback


@frule(np.arange)
def arange_forward(start: Any, stop: Any, step: Any = 1, dtype: Any = None) -> Any:
    """``start + k * step``."""
    out = np.arange(start, stop, step, dtype=dtype)

    def arange_pushforward(start_dot: Any, stop_dot: Any, step_dot: Any, dtype_dot: Any) -> Any:
        return np.full_like(out, start_dot), None, step_dot * np.arange(len(out), dtype=out.dtype), None

    return out, arange_pushforward


def ramp_bars(out_bar: Any, start: Any, stop: Any, num: int, endpoint: bool, axis: int) -> tuple[Any, Any]:
    """Return the cotangents of the ends of ``np.linspace``.

    Args:
        out_bar: ``num`` points along ``axis``, then the broadcast shape of the ends.
        start: number or array.
        stop: number or array.
        num: number of points.
        endpoint: whether ``stop`` is the last point.
        axis: of the points in the output.
    """
    weights = np.linspace(0.0, 1.0, num, endpoint, dtype=np.real(out_bar).dtype)
    rows = np.moveaxis(out_bar, axis, 0)
    start_bar = np.tensordot(1 - weights, rows, 1)
    stop_bar = np.tensordot(weights, rows, 1)
    return fit(unbroadcast(start_bar, start), start), fit(unbroadcast(stop_bar, stop), stop)


def ramp(start: Any, stop: Any, num: int, endpoint: bool, axis: int, out: Any) -> Any:
    """Return ``np.linspace(start, stop)`` in the dtype of the value."""
    return np.linspace(start, stop, num, endpoint, dtype=out.dtype, axis=axis)


@rrule(np.linspace, fresh=True)
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: Any = True, *, dtype: Any = None, axis: int = 0
) -> Any:
    """Each point is a weighted mean of the two ends."""
    out = np.linspace(start, stop, num, endpoint, dtype=dtype, axis=axis)

    def linspace_pullback(out_bar: Any) -> Any:
        start_bar, stop_bar = ramp_bars(out_bar, start, stop, num, endpoint, axis)
        return start_bar, stop_bar, None, None, None, None

    return out, linspace_pullback


@frule(np.linspace)
def linspace_forward(
    start: Any, stop: Any, num: int = 50, endpoint: Any = True, *, dtype: Any = None, axis: int = 0
) -> Any:
    """The ramp from or to each tangent."""
    out = np.linspace(start, stop, num, endpoint, dtype=dtype, axis=axis)

    def linspace_pushforward(
        start_dot: Any, stop_dot: Any, num_dot: Any, endpoint_dot: Any, dtype_dot: Any, axis_dot: Any
    ) -> Any:
        return (
            ramp(start_dot, np.zeros_like(stop), num, endpoint, axis, out),
            ramp(np.zeros_like(start), stop_dot, num, endpoint, axis, out),
            None,
            None,
            None,
            None,
        )

    return out, linspace_pushforward


def logspace_bars(
    out_bar: Any, out: Any, start: Any, stop: Any, num: int, endpoint: bool, base: Any, axis: int
) -> tuple[Any, Any, Any]:
    """Return the cotangents of ``start``, ``stop`` and ``base`` of ``np.logspace``."""
    power_bar = out_bar * np.conj(out)
    start_bar, stop_bar = ramp_bars(power_bar * np.log(base), start, stop, num, endpoint, axis)
    exponent = np.linspace(start, stop, num, endpoint, axis=axis)
    base_bar = fit(unbroadcast(power_bar * exponent / base, base), base)
    return start_bar, stop_bar, base_bar


@rrule(np.logspace, fresh=True)
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: Any = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``base`` to the power of a linear ramp."""
    out = np.logspace(start, stop, num, endpoint, base, dtype, axis)

    def logspace_pullback(out_bar: Any) -> Any:
        start_bar, stop_bar, base_bar = logspace_bars(out_bar, out, start, stop, num, endpoint, base, axis)
        return start_bar, stop_bar, None, None, base_bar, None, None

    return out, logspace_pullback


@frule(np.logspace)
def logspace_forward(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: Any = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """The power times the ramp from or to each tangent; the exponent over the base."""
    out = np.logspace(start, stop, num, endpoint, base, dtype, axis)

    def logspace_pushforward(
        start_dot: Any,
        stop_dot: Any,
        num_dot: Any,
        endpoint_dot: Any,
        base_dot: Any,
        dtype_dot: Any,
        axis_dot: Any,
    ) -> Any:
        return (
            fit_out(out * np.log(base) * ramp(start_dot, np.zeros_like(stop), num, endpoint, axis, out), out),
            fit_out(out * np.log(base) * ramp(np.zeros_like(start), stop_dot, num, endpoint, axis, out), out),
            None,
            None,
            fit_out(out * ramp(start, stop, num, endpoint, axis, out) / base * base_dot, out),
            None,
            None,
        )

    return out, logspace_pushforward


def geomspace_bars(
    out_bar: Any, out: Any, start: Any, stop: Any, num: int, endpoint: bool, axis: int
) -> tuple[Any, Any]:
    """Return the cotangents of the ends of ``np.geomspace``: a linear ramp of logarithms."""
    scaled = out_bar * np.conj(out)
    shape = np.broadcast_shapes(np.shape(start), np.shape(stop))
    ends = np.zeros(shape, out.dtype)
    log_start_bar, log_stop_bar = ramp_bars(scaled, ends, ends, num, endpoint, axis)
    start_bar = fit(unbroadcast(log_start_bar / np.conj(start), start), start)
    return start_bar, fit(unbroadcast(log_stop_bar / np.conj(stop), stop), stop)


@rrule(np.geomspace, fresh=True)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: Any = True, dtype: Any = None, axis: int = 0
) -> Any:
    """The exponential of a linear ramp of logarithms."""
    out = np.geomspace(start, stop, num, endpoint, dtype, axis)

    def geomspace_pullback(out_bar: Any) -> Any:
        start_bar, stop_bar = geomspace_bars(out_bar, out, start, stop, num, endpoint, axis)
        return start_bar, stop_bar, None, None, None, None

    return out, geomspace_pullback


@frule(np.geomspace)
def geomspace_forward(
    start: Any, stop: Any, num: int = 50, endpoint: Any = True, dtype: Any = None, axis: int = 0
) -> Any:
    """The value times the ramp from or to each relative tangent."""
    out = np.geomspace(start, stop, num, endpoint, dtype, axis)

    def geomspace_pushforward(
        start_dot: Any, stop_dot: Any, num_dot: Any, endpoint_dot: Any, dtype_dot: Any, axis_dot: Any
    ) -> Any:
        return (
            out * ramp(start_dot / start, np.zeros_like(stop), num, endpoint, axis, out),
            out * ramp(np.zeros_like(start), stop_dot / stop, num, endpoint, axis, out),
            None,
            None,
            None,
            None,
        )

    return out, geomspace_pushforward


def vander_slopes(x: Any, count: int, increasing: bool) -> Any:
    """Return the derivative of every column of ``np.vander``, a power of ``x``."""
    powers = np.arange(count) if increasing else np.arange(count)[::-1]
    return powers * np.asarray(x)[:, None] ** np.maximum(powers - 1, 0)


def vander_bar(out_bar: Any, x: Any, increasing: bool) -> Any:
    """Return the cotangent of ``x`` in ``np.vander``: each column is a power of ``x``."""
    slopes = vander_slopes(x, out_bar.shape[1], increasing)
    return fit(np.sum(out_bar * np.conj(slopes), axis=1), x)


@rrule(np.vander, fresh=True)
def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    """Each column is a power of ``x``."""
    out = np.vander(x, N, increasing)

    def vander_pullback(out_bar: Any) -> Any:
        return vander_bar(out_bar, x, increasing), None, None

    return out, vander_pullback


@frule(np.vander)
def vander_forward(x: Any, N: Any = None, increasing: Any = False) -> Any:
    """Each column is a power of ``x``."""
    out = np.vander(x, N, increasing)

    def vander_pushforward(x_dot: Any, N_dot: Any, increasing_dot: Any) -> Any:
        return fit_out(vander_slopes(x, out.shape[1], increasing) * x_dot[:, None], out), None, None

    return out, vander_pushforward
