"""Rules that convert numbers and nested sequences: float64(), float(), complex(), array(), asarray()."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.support import fit, is_container, is_numeric
from adjoint.rules.symbolic import NotImplementedTangent

linear(np.float64, np.float32, np.float16, np.longdouble, np.complex128, np.complex64, float, complex)
linear(np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)


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


@frule(complex, when=_numbers)
def complex_pair_forward(real: Any, imag: Any) -> Any:
    """``real + 1j * imag``."""
    out = complex(real, imag)

    def complex_pushforward(real_dot: Any, imag_dot: Any) -> Any:
        return complex(real_dot), complex(0.0, imag_dot)

    return out, complex_pushforward


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
    if isinstance(out_bar, NotImplementedTangent):
        return out_bar
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
