"""Rules that make arrays and numbers: full, linspace, geomspace, float64(), float(), array().

What depends on no float at all (zeros, arange, eye, ...) stands in ``constants.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind
from adjoint.rules.registry import rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, is_container, is_numeric


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


@rrule(np.full_like, fresh=True)
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None
) -> Any:
    """Sum over all places."""
    out = np.full_like(a, fill_value, dtype, order, subok, shape)

    def full_like_pullback(out_bar: Any) -> Any:
        return None, filled_bar(out_bar, fill_value), None, None, None, None

    return out, full_like_pullback


@rrule(np.arange, fresh=True)
def arange_to(stop: Any) -> Any:
    """The numbers from zero do not depend on where they stop."""
    out = np.arange(stop)

    def arange_pullback(out_bar: Any) -> Any:
        return None

    return out, arange_pullback


@rrule(np.arange, fresh=True)
def arange(start: Any, stop: Any, step: Any = 1, dtype: Any = None) -> Any:
    """``start + k * step``; where it stops carries no derivative."""
    out = np.arange(start, stop, step, dtype=dtype)

    def arange_pullback(out_bar: Any) -> Any:
        step_bar = np.dot(out_bar, np.arange(len(out_bar), dtype=out_bar.dtype))
        return fit(np.sum(out_bar), start), None, fit(step_bar, step), None

    return out, arange_pullback


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


def vander_bar(out_bar: Any, x: Any, increasing: bool) -> Any:
    """Return the cotangent of ``x`` in ``np.vander``: each column is a power of ``x``."""
    count = out_bar.shape[1]
    powers = np.arange(count) if increasing else np.arange(count)[::-1]
    slopes = powers * np.asarray(x)[:, None] ** np.maximum(powers - 1, 0)
    return fit(np.sum(out_bar * np.conj(slopes), axis=1), x)


@rrule(np.vander, fresh=True)
def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    """Each column is a power of ``x``."""
    out = np.vander(x, N, increasing)

    def vander_pullback(out_bar: Any) -> Any:
        return vander_bar(out_bar, x, increasing), None, None

    return out, vander_pullback


def _number(x: Kind) -> bool:
    return is_numeric(x)


@rrule(np.float64, when=_number)
def float64(x: Any, /) -> Any:
    """A conversion hands the cotangent on."""
    out = np.float64(x)

    def float64_pullback(out_bar: Any) -> Any:
        return fit(out_bar, x)

    return out, float64_pullback


@rrule(np.float32, when=_number)
def float32(x: Any, /) -> Any:
    """A conversion hands the cotangent on."""
    out = np.float32(x)

    def float32_pullback(out_bar: Any) -> Any:
        return fit(out_bar, x)

    return out, float32_pullback


@rrule(np.float16, when=_number)
def float16(x: Any, /) -> Any:
    """A conversion hands the cotangent on."""
    out = np.float16(x)

    def float16_pullback(out_bar: Any) -> Any:
        return fit(out_bar, x)

    return out, float16_pullback


@rrule(np.longdouble, when=_number)
def longdouble(x: Any, /) -> Any:
    """A conversion hands the cotangent on."""
    out = np.longdouble(x)

    def longdouble_pullback(out_bar: Any) -> Any:
        return fit(out_bar, x)

    return out, longdouble_pullback


@rrule(np.complex128, when=_number)
def complex128(x: Any, /) -> Any:
    """A conversion hands the cotangent on; a real number receives the real part."""
    out = np.complex128(x)

    def complex128_pullback(out_bar: Any) -> Any:
        return fit(out_bar, x)

    return out, complex128_pullback


@rrule(np.complex64, when=_number)
def complex64(x: Any, /) -> Any:
    """A conversion hands the cotangent on; a real number receives the real part."""
    out = np.complex64(x)

    def complex64_pullback(out_bar: Any) -> Any:
        return fit(out_bar, x)

    return out, complex64_pullback


@rrule(float, when=_number)
def float_(x: Any, /) -> Any:
    """A conversion hands the cotangent on, in the shape and dtype of the argument."""
    out = float(x)

    def float_pullback(out_bar: Any) -> Any:
        return fit(out_bar, x)

    return out, float_pullback


def _numbers(real: Kind, imag: Kind) -> bool:
    return is_numeric(real) and is_numeric(imag)


def _one_number(real: Kind) -> bool:
    return is_numeric(real)


@rrule(complex, when=_numbers)
def complex_pair(real: Any, imag: Any) -> Any:
    """``real + 1j * imag``."""
    out = complex(real, imag)

    def complex_pullback(out_bar: Any) -> Any:
        return fit(out_bar, real), fit(-1j * out_bar, imag)

    return out, complex_pullback


@rrule(complex, when=_one_number)
def complex_single(real: Any) -> Any:
    """A conversion hands the cotangent on; a real number receives the real part."""
    out = complex(real)

    def complex_pullback(out_bar: Any) -> Any:
        return fit(out_bar, real)

    return out, complex_pullback


# -- arrays of nested sequences -----------------------------------------------------------------


def nested_like(out_bar: Any, value: Any) -> Any:
    """Cut the cotangent of ``np.array(value)`` into that of the nested sequence ``value``.

    Args:
        out_bar: cotangent of the array; None if it holds no floats.
        value: a number, an array, or a nested list or tuple of them.
    """
    if out_bar is None or np.asarray(out_bar).dtype.kind not in "iufc":
        return None
    if isinstance(value, list | tuple):
        lead = np.ndim(out_bar) - len(_nested_shape(value))
        rows = np.reshape(out_bar, np.shape(out_bar)[lead:]) if lead > 0 else out_bar
        return type(value)([nested_like(row, item) for row, item in zip(rows, value, strict=True)])
    return fit(out_bar, value)


def _nested_shape(value: Any) -> tuple[int, ...]:
    """Return the shape that the first items of a nested sequence imply."""
    if isinstance(value, list | tuple):
        return (len(value), *(_nested_shape(value[0]) if value else ()))
    return np.shape(value)


def _from_container(object: Kind, **others: Kind) -> bool:
    return is_container(object)


def _from_array(object: Kind, **others: Kind) -> bool:
    return is_numeric(object)


@rrule(np.array)
def array_full(
    object: Any, dtype: Any = None, *, copy: Any = True, order: Any = "K", subok: Any = False, ndmin: int = 0
) -> Any:
    """Each item of the nested sequence receives its entry."""
    out = np.array(object, dtype, copy=copy, order=order, subok=subok, ndmin=ndmin)

    def array_full_pullback(out_bar: Any) -> Any:
        return nested_like(out_bar, object), None, None, None, None, None

    return out, array_full_pullback


@rrule(np.array, when=_from_container, fresh=True)
def array(object: Any, dtype: Any = None) -> Any:
    """Each item of the nested sequence receives its entry."""
    out = np.array(object, dtype)

    def array_pullback(out_bar: Any) -> Any:
        return nested_like(out_bar, object), None

    return out, array_pullback


@rrule(np.array, when=_from_array, fresh=True)
def array_of_array(object: Any, dtype: Any = None) -> Any:
    """A copy: the cotangent is handed on."""
    out = np.array(object, dtype)

    def array_pullback(out_bar: Any) -> Any:
        return fit(out_bar, object), None

    return out, array_pullback


@rrule(np.asarray)
def asarray(a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None) -> Any:
    """Each item of the nested sequence receives its entry."""
    out = np.asarray(a, dtype, order, copy=copy)

    def asarray_pullback(out_bar: Any) -> Any:
        return nested_like(out_bar, a), None, None, None

    return out, asarray_pullback


@rrule(np.asanyarray)
def asanyarray(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """Each item of the nested sequence receives its entry."""
    out = np.asanyarray(a, dtype, order)

    def asanyarray_pullback(out_bar: Any) -> Any:
        return nested_like(out_bar, a), None, None

    return out, asanyarray_pullback


@rrule(np.ascontiguousarray)
def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    """Each item of the nested sequence receives its entry."""
    out = np.ascontiguousarray(a, dtype)

    def ascontiguousarray_pullback(out_bar: Any) -> Any:
        return nested_like(out_bar, a), None

    return out, ascontiguousarray_pullback


@rrule(np.asfortranarray)
def asfortranarray(a: Any, dtype: Any = None) -> Any:
    """Each item of the nested sequence receives its entry."""
    out = np.asfortranarray(a, dtype)

    def asfortranarray_pullback(out_bar: Any) -> Any:
        return nested_like(out_bar, a), None

    return out, asfortranarray_pullback
