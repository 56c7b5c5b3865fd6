"""Rules of running sums and products, and of the trapezoidal rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out, members, still

CUMSUMS = (np.cumsum, np.ndarray.cumsum, np.generic.cumsum)
CUMPRODS = (np.cumprod, np.ndarray.cumprod, np.generic.cumprod)
ADD_ACCUMULATE, MULTIPLY_ACCUMULATE = np.add.accumulate, np.multiply.accumulate

#: New in NumPy 2.1.
CUMULATIVE_SUM, CUMULATIVE_PROD = members(np, "cumulative_sum"), members(np, "cumulative_prod")

linear(np.cumsum, np.ndarray.cumsum, ADD_ACCUMULATE, *CUMULATIVE_SUM)


def sums_from_end(x: Any, axis: int) -> Any:
    """Return the running sums of an array, begun at its end.

    Example:
        >>> sums_from_end(np.array([1.0, 2.0, 3.0]), 0)
        array([6., 5., 3.])
    """
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis)


def cumsum_bar(out_bar: Any, a: Any, axis: Any = None) -> Any:
    """Return the cotangent of the array of ``np.cumsum``; flattened for ``axis=None``."""
    if axis is None:
        return fit(np.reshape(sums_from_end(out_bar, 0), np.shape(a)), a)
    return fit(sums_from_end(out_bar, axis), a)


def around_zeros(a: Any, axis: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Return what running products with zeros are made of.

    Returns:
        The number of zeros so far; whether an entry is the first zero; the entries with ones for zeros;
        the running products before the first zero; those that skip the first zero, before the second.
    """
    x = np.ravel(a) if axis is None else np.asarray(a)
    along = 0 if axis is None else axis
    zeros = np.cumsum(np.equal(x, 0), along)
    first = np.equal(x, 0) & (zeros == 1)
    safe = np.where(np.equal(x, 0), np.ones((), x.dtype), x)
    until = np.where(zeros < 1, np.cumprod(safe, along), 0.0)
    skipping = np.where(zeros < 2, np.cumprod(safe, along), 0.0)
    return zeros, first, safe, until, skipping


def cumprod_bar(out_bar: Any, a: Any, axis: Any = None) -> Any:
    """Return the cotangent of the array of ``np.cumprod``, exact with zeros.

    Before the first zero the sums of ``out_bar * out`` are divided by the entry; the first zero
    itself is treated as a one; what comes after it has no effect.  (As ChainRules.jl does.)

    Args:
        out_bar: cotangent of the running products.
        a: array.
        axis: axis of the products; None for the flattened array.
    """
    along = 0 if axis is None else axis
    zeros, first, safe, until, skipping = around_zeros(a, axis)
    before = sums_from_end(out_bar * np.conj(until), along) / np.conj(safe)
    at_zero = sums_from_end(np.where(zeros == 1, out_bar, 0.0) * np.conj(skipping), along)
    bar = np.where(first, at_zero, np.where(zeros < 1, before, 0.0))
    return fit(np.reshape(bar, np.shape(a)), a)


@frule(cumprod_bar)
def cumprod_bar_forward(out_bar: Any, a: Any, axis: Any = None) -> Any:
    """Linear in the cotangent; in the array see `cumprod_bar_dot`."""
    out = cumprod_bar(out_bar, a, axis)

    def cumprod_bar_pushforward(out_bar_dot: Any, a_dot: Any, axis_dot: Any) -> Any:
        return cumprod_bar(out_bar_dot, a, axis), cumprod_bar_dot(a_dot, out_bar, a, axis), None

    return out, cumprod_bar_pushforward


def cumprod_bar_dot(a_dot: Any, out_bar: Any, a: Any, axis: Any) -> Any:
    """Return the tangent of `cumprod_bar` for a tangent of the array, exact with zeros.

    Without a division: entry k is the product of the entries before it times ``s[k]``, where
    ``s[k] = out_bar[k] + a[k + 1] * s[k + 1]``; both are recurrences that are pushed step by step.
    """
    along = 0 if axis is None else axis
    factors, moved = (np.moveaxis(np.conj(np.reshape(x, np.shape(out_bar))), along, 0) for x in (a, a_dot))
    rest, rest_dot = sums_of_products(np.moveaxis(np.asarray(out_bar), along, 0), factors, moved)
    result = np.zeros_like(rest)
    before, before_dot = np.ones_like(factors[:1]).sum(0), np.zeros_like(factors[:1]).sum(0)
    for k in range(len(factors)):
        result[k] = before_dot * rest[k] + before * rest_dot[k]
        before, before_dot = before * factors[k], before_dot * factors[k] + before * moved[k]
    return fit(np.reshape(np.moveaxis(result, 0, along), np.shape(a)), a)


def sums_of_products(bars: Any, factors: Any, moved: Any) -> tuple[Any, Any]:
    """Return ``s[k] = bars[k] + factors[k + 1] * s[k + 1]`` along the first axis, and its tangent."""
    rest = np.array(np.broadcast_to(bars, np.shape(bars)), np.result_type(bars, factors))
    rest_dot = np.zeros_like(rest)
    for k in range(len(rest) - 2, -1, -1):
        rest_dot[k] = moved[k + 1] * rest[k + 1] + factors[k + 1] * rest_dot[k + 1]
        rest[k] = rest[k] + factors[k + 1] * rest[k + 1]
    return rest, rest_dot


def cumprod_dot(a_dot: Any, a: Any, axis: Any, out: Any) -> Any:
    """Return the tangent of ``np.cumprod``, exact with zeros: the transpose of `cumprod_bar`."""
    along = 0 if axis is None else axis
    dot = np.ravel(a_dot) if axis is None else np.asarray(a_dot)
    zeros, first, safe, until, skipping = around_zeros(a, axis)
    before = until * np.cumsum(np.where(zeros < 1, dot / safe, 0.0), along)
    at_zero = skipping * np.cumsum(np.where(first, dot, 0.0), along)
    return fit_out(np.where(zeros == 1, at_zero, before), out)


@frule(cumprod_dot)
def cumprod_dot_forward(a_dot: Any, a: Any, axis: Any, out: Any) -> Any:
    """Linear in the tangent; in the array see `cumprod_dot_dot`; the products give shape and dtype only."""
    dot = cumprod_dot(a_dot, a, axis, out)

    def cumprod_dot_pushforward(a_dot_dot: Any, second_dot: Any, axis_dot: Any, out_dot: Any) -> Any:
        moved = cumprod_dot_dot(a_dot, second_dot, a, axis, out)
        return cumprod_dot(a_dot_dot, a, axis, out), moved, None, None

    return dot, cumprod_dot_pushforward


def cumprod_dot_dot(a_dot: Any, second_dot: Any, a: Any, axis: Any, out: Any) -> Any:
    """Return the second derivative of ``np.cumprod`` in two directions, exact with zeros.

    The recurrence ``out[k] = out[k - 1] * a[k]`` is pushed step by step, without a division.
    """
    along, shape = 0 if axis is None else axis, np.shape(out)
    factors, first, second = (
        np.moveaxis(np.reshape(x, shape), along, 0)
        for x in (a, np.broadcast_to(a_dot, np.shape(a)), np.broadcast_to(second_dot, np.shape(a)))
    )
    result = np.zeros(factors.shape, np.result_type(factors, first, second))
    product = np.ones(factors.shape[1:], factors.dtype)
    by_first, by_second, by_both = (np.zeros(factors.shape[1:], result.dtype) for _ in range(3))
    for k in range(len(factors)):
        result[k] = by_both * factors[k] + by_first * second[k] + by_second * first[k]
        by_both = result[k]
        by_first = by_first * factors[k] + product * first[k]
        by_second = by_second * factors[k] + product * second[k]
        product = product * factors[k]
    return fit_out(np.moveaxis(result, 0, along), out)


@rrule(*CUMSUMS, fresh=True)
def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Running sums from the end."""
    out = np.cumsum(a, axis, dtype)

    def cumsum_pullback(out_bar: Any) -> Any:
        return cumsum_bar(out_bar, a, axis), None, None

    return out, cumsum_pullback


@frule(np.generic.cumsum)
def cumsum_scalar_forward(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """A number makes an array of one; the tangent may be a plain float."""
    out = np.cumsum(a, axis, dtype)

    def cumsum_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any) -> Any:
        return fit_out(a_dot, out), None, None

    return out, cumsum_pushforward


@rrule(*CUMPRODS, fresh=True)
def cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Exact with zeros."""
    out = np.cumprod(a, axis, dtype)

    def cumprod_pullback(out_bar: Any) -> Any:
        return cumprod_bar(out_bar, a, axis), None, None

    return out, cumprod_pullback


@frule(*CUMPRODS)
def cumprod_forward(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Exact with zeros."""
    out = np.cumprod(a, axis, dtype)

    def cumprod_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any) -> Any:
        return cumprod_dot(a_dot, a, axis, out), None, None

    return out, cumprod_pushforward


@rrule(ADD_ACCUMULATE, fresh=True)
def add_accumulate(array: Any, axis: Any = 0, dtype: Any = None) -> Any:
    """Running sums from the end."""
    out = np.add.accumulate(array, axis, dtype)

    def add_accumulate_pullback(out_bar: Any) -> Any:
        return cumsum_bar(out_bar, array, axis), None, None

    return out, add_accumulate_pullback


@rrule(MULTIPLY_ACCUMULATE, fresh=True)
def multiply_accumulate(array: Any, axis: Any = 0, dtype: Any = None) -> Any:
    """Exact with zeros."""
    out = np.multiply.accumulate(array, axis, dtype)

    def multiply_accumulate_pullback(out_bar: Any) -> Any:
        return cumprod_bar(out_bar, array, axis), None, None

    return out, multiply_accumulate_pullback


@frule(MULTIPLY_ACCUMULATE)
def multiply_accumulate_forward(array: Any, axis: Any = 0, dtype: Any = None) -> Any:
    """Exact with zeros."""
    out = np.multiply.accumulate(array, axis, dtype)

    def multiply_accumulate_pushforward(array_dot: Any, axis_dot: Any, dtype_dot: Any) -> Any:
        return cumprod_dot(array_dot, array, axis, out), None, None

    return out, multiply_accumulate_pushforward


def without_initial(out_bar: Any, axis: Any, include_initial: Any) -> Any:
    """Return the cotangent of a scan without its constant first entry."""
    if not include_initial:
        return out_bar
    along = 0 if axis is None else axis
    return np.delete(out_bar, 0, along)


@rrule(*CUMULATIVE_SUM, fresh=True)
def cumulative_sum(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: Any = False) -> Any:
    """Running sums from the end."""
    out = np.cumulative_sum(x, axis=axis, dtype=dtype, include_initial=include_initial)

    def cumulative_sum_pullback(out_bar: Any) -> Any:
        bar = without_initial(out_bar, axis, include_initial)
        return cumsum_bar(bar, x, axis), None, None, None

    return out, cumulative_sum_pullback


@rrule(*CUMULATIVE_PROD, fresh=True)
def cumulative_prod(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: Any = False) -> Any:
    """Exact with zeros."""
    out = np.cumulative_prod(x, axis=axis, dtype=dtype, include_initial=include_initial)

    def cumulative_prod_pullback(out_bar: Any) -> Any:
        bar = without_initial(out_bar, axis, include_initial)
        return cumprod_bar(bar, x, axis), None, None, None

    return out, cumulative_prod_pullback


def with_initial(dot: Any, axis: Any, include_initial: Any) -> Any:
    """Return the tangent of a scan with that of its constant first entry: zero."""
    if not include_initial:
        return dot
    along = 0 if axis is None else axis
    return np.insert(dot, 0, 0.0, along)


@frule(*CUMULATIVE_PROD)
def cumulative_prod_forward(
    x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: Any = False
) -> Any:
    """Exact with zeros."""
    out = np.cumulative_prod(x, axis=axis, dtype=dtype, include_initial=include_initial)

    def cumulative_prod_pushforward(x_dot: Any, axis_dot: Any, dtype_dot: Any, initial_dot: Any) -> Any:
        products = without_initial(out, axis, include_initial)
        dot = with_initial(cumprod_dot(x_dot, x, axis, products), axis, include_initial)
        return dot, None, None, None

    return out, cumulative_prod_pushforward


# -- running sums and products that skip NaN ----------------------------------------------------


@rrule(np.nancumsum, fresh=True)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """NaN counts as zero and receives nothing."""
    out = np.nancumsum(a, axis, dtype)

    def nancumsum_pullback(out_bar: Any) -> Any:
        return np.where(np.isnan(a), 0.0, cumsum_bar(out_bar, a, axis))[()], None, None

    return out, nancumsum_pullback


@frule(np.nancumsum)
def nancumsum_forward(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Running sums of the numbers' tangents."""
    out = np.nancumsum(a, axis, dtype)

    def nancumsum_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any) -> Any:
        return np.cumsum(np.where(np.isnan(a), 0.0, a_dot), axis, dtype), None, None

    return out, nancumsum_pushforward


@rrule(np.nancumprod, fresh=True)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """NaN counts as one and receives nothing."""
    out = np.nancumprod(a, axis, dtype)

    def nancumprod_pullback(out_bar: Any) -> Any:
        known = np.where(np.isnan(a), 1.0, a)
        return np.where(np.isnan(a), 0.0, cumprod_bar(out_bar, known, axis))[()], None, None

    return out, nancumprod_pullback


@frule(np.nancumprod)
def nancumprod_forward(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """NaN counts as one and does not move."""
    out = np.nancumprod(a, axis, dtype)

    def nancumprod_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any) -> Any:
        dot = np.where(np.isnan(a), 0.0, a_dot)
        return cumprod_dot(dot, np.where(np.isnan(a), 1.0, a), axis, out), None, None

    return out, nancumprod_pushforward


# -- trapezoidal rule ---------------------------------------------------------------------------


def trapezoid_bars(out_bar: Any, y: Any, x: Any, dx: Any, axis: int) -> tuple[Any, Any, Any]:
    """Return the cotangents of ``y``, ``x`` and ``dx`` in ``np.trapezoid``.

    Args:
        out_bar: cotangent of the integral.
        y: heights.
        x: abscissae, 1-d or of the shape of ``y``, or None for equal steps.
        dx: the step, if ``x`` is None.
        axis: along which was integrated.
    """
    if not np.size(y):
        y_bar, x_bar, dx_bar = still(y, x, dx)
        return y_bar, x_bar, dx_bar
    rows = np.moveaxis(np.asarray(y), axis, -1)
    points = None if x is None else x if np.ndim(x) == 1 else np.moveaxis(np.asarray(x), axis, -1)
    steps = dx if points is None else np.diff(points)
    bar = np.asarray(out_bar)[..., np.newaxis]
    heights = 0.5 * (rows[..., 1:] + rows[..., :-1])
    means_bar = np.broadcast_to(bar * np.conj(steps), heights.shape)
    y_bar = fit(np.moveaxis(0.5 * from_pairs(means_bar, means_bar), -1, axis), y)
    steps_bar = np.broadcast_to(bar * np.conj(heights), heights.shape)
    if points is None:
        return y_bar, None, fit(unbroadcast(steps_bar, dx), dx)
    x_bar = unbroadcast(from_pairs(-steps_bar, steps_bar), points)
    return y_bar, fit(x_bar if np.ndim(x) == 1 else np.moveaxis(x_bar, -1, axis), x), None


def from_pairs(left: Any, right: Any) -> Any:
    """Return the cotangent of points from those of the left and the right ends of their intervals."""
    bar = np.zeros((*left.shape[:-1], left.shape[-1] + 1), left.dtype)
    bar[..., :-1] += left
    bar[..., 1:] += right
    return bar


@rrule(np.trapezoid, fresh=True)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Half of every interval to each of its ends."""
    out = np.trapezoid(y, x, dx, axis)

    def trapezoid_pullback(out_bar: Any) -> Any:
        y_bar, x_bar, dx_bar = trapezoid_bars(out_bar, y, x, dx, axis)
        return y_bar, x_bar, dx_bar, None

    return out, trapezoid_pullback


def steps_dot(y: Any, x: Any, x_dot: Any, dx_dot: Any, axis: int) -> Any:
    """Return the tangent of ``np.trapezoid`` for that of its abscissae, or of its step if it has none.

    The integral is linear in either; the step counts only if there are no abscissae.
    """
    if dx_dot is not None:
        return np.trapezoid(y, None, dx_dot if x is None else 0.0, axis)
    return None if x is None else np.trapezoid(y, x_dot, axis=axis)


@frule(np.trapezoid)
def trapezoid_forward(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Linear in the heights and in the abscissae."""
    out = np.trapezoid(y, x, dx, axis)

    def trapezoid_pushforward(y_dot: Any, x_dot: Any, dx_dot: Any, axis_dot: Any) -> Any:
        return (
            np.trapezoid(y_dot, x, dx, axis),
            steps_dot(y, x, x_dot, None, axis),
            steps_dot(y, x, None, dx_dot, axis),
            None,
        )

    return out, trapezoid_pushforward
