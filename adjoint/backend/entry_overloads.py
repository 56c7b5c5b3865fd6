"""Functions of single entries, and of rearranged arrays, as numba compiles them.

Each computes what its namesake in :mod:`adjoint.rules` computes; the mathematics is cited there.
"""

# mypy: ignore-errors
# numba has no types, and an overload's inner functions are read by numba, not by Python.

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import register_jitable

from adjoint.backend.join_overloads import written
from adjoint.backend.registered import literal, overload
from adjoint.rules import (
    conversions,
    elementwise,
    elementwise_complex,
    operators,
    pybuiltins,
    rearranging,
    selection,
)


def is_array(kind) -> bool:
    """Whether a numba type is an array."""
    return isinstance(kind, types.Array)


def is_real(*kinds) -> bool:
    """Whether numba types are real numbers or arrays of them."""
    dtypes = [getattr(kind, "dtype", kind) for kind in kinds]
    return all(isinstance(dtype, types.Float | types.Integer | types.Boolean) for dtype in dtypes)


# -- elementwise --------------------------------------------------------------------------------


@overload(elementwise.sinc_slope)
def sinc_slope(x):
    """The derivative of ``sin(pi x) / (pi x)``; a series near zero."""
    if is_array(x) or not is_real(x):
        return (lambda x: each_sinc_slope(x)) if is_array(x) else None
    return lambda x: one_sinc_slope(x)


@register_jitable
def one_sinc_slope(x):
    """The slope at one number."""
    t = math.pi * x
    if abs(t) < 0.25:
        s = t * t
        return math.pi * (
            -t / 3.0 + t * s * (1.0 / 30.0 - s * (1.0 / 840.0 - s * (1.0 / 45360.0 - s / 3991680.0)))
        )
    return math.pi * ((math.cos(t) - math.sin(t) / t) / t)


@register_jitable
def each_sinc_slope(x):
    """The slope at every entry."""
    out = np.empty(x.shape)
    for k, value in enumerate(x.flat):
        out.flat[k] = one_sinc_slope(value)
    return out


@overload(elementwise.share)
def share(x, y, out, half):
    """The logarithm of the share of one exponential in a sum of two; one operand is a number."""
    if is_array(x) or not is_array(y):
        return None
    return lambda x, y, out, half: np.where(x == y, half, np.where(x == out, 0.0, x - out))


@overload(np.clip)
def clip(a, a_min, a_max):
    """A number between two others; NaN stays."""
    if any(is_array(kind) or not isinstance(kind, types.Number) for kind in (a, a_min, a_max)):
        return None
    return lambda a, a_min, a_max: a if math.isnan(a) else min(max(a, a_min * 1.0), a_max * 1.0)


@overload(selection.valid_share)
def valid_share(x, y, share):
    """The whole share beside a NaN."""
    if is_array(x) or is_array(y):
        return lambda x, y, share: np.where(np.isnan(y), np.where(np.isnan(x), 0.0, 1.0), share)
    return lambda x, y, share: (0.0 if np.isnan(x) else 1.0) if np.isnan(y) else share


@overload(operators.power_base_slope)
def power_base_slope(x, y):
    """``y x^(y - 1)``; zero where ``y`` is zero."""
    if not is_real(x, y):
        return None
    if is_array(y):
        return lambda x, y: y * np.power(x, np.where(y == 0.0, 1.0, y - 1.0))
    return lambda x, y: y * np.power(x, 1.0 if y == 0.0 else y - 1.0)


@overload(operators.power_exponent_slope)
def power_exponent_slope(out, x, y):
    """``x^y log x``; where ``x`` is zero, zero for a positive power, else NaN."""
    if not is_real(out, x, y):
        return None
    if not is_array(out):
        return lambda out, x, y: (0.0 if y > 0.0 else np.nan) if x == 0.0 else out * math.log(abs(x))

    def slope(out, x, y):
        zero = x + 0.0 * y == 0.0
        known = out * np.log(np.where(zero, 1.0, np.abs(x + 0.0 * y)))
        return np.where(zero, np.where(y + 0.0 * x > 0.0, 0.0, np.nan), known)

    return slope


@overload(elementwise_complex.direction)
def direction(z):
    """``z / |z|``, zero at zero."""
    return lambda z: z / (np.abs(z) + (np.abs(z) == 0.0))


# -- the largest of several numbers -------------------------------------------------------------


@overload(pybuiltins.pick)
def pick(choose, values, key):
    """Which of a few numbers ``max`` or ``min`` returns: the first of equal ones."""
    largest = {max: True, min: False}.get(getattr(choose, "typing_key", None))
    numbers = isinstance(values, types.UniTuple) and isinstance(values.dtype, types.Float)
    if largest is None or not numbers or not isinstance(key, types.NoneType):
        return None

    def first(choose, values, key):
        best = 0
        for k in range(1, len(values)):
            if values[k] > values[best] if largest else values[k] < values[best]:
                best = k
        return best

    return first


@overload(pybuiltins.picked_bar)
def picked_bar(out_bar, values, index):
    """The cotangent at one place, zeros elsewhere."""
    if not isinstance(values, types.UniTuple) or not isinstance(values.dtype, types.Float):
        return None
    parts = "".join(f"out_bar if index == {k} else 0.0, " for k in range(len(values)))
    return written("picked", ["def picked(out_bar, values, index):", f"return ({parts})"])


# -- arrays and lists ---------------------------------------------------------------------------


@overload(conversions.nested_like)
def nested_like(out_bar, value):
    """The entries of the cotangent of a list of numbers."""
    if not isinstance(value, types.List) or not isinstance(value.dtype, types.Float):
        return None
    return lambda out_bar, value: [bar for bar in out_bar]


@overload(np.flip)
def flip(m, axis):
    """The entries from the last to the first, along an axis of a matrix or in all."""
    if isinstance(axis, types.NoneType) or is_array(m) and m.ndim == 1 and literal(axis) in (0, -1):
        return lambda m, axis: np.flip(m)
    if not is_array(m) or m.ndim != 2:
        return None
    first, last = (lambda m, axis: np.flipud(m)), (lambda m, axis: np.fliplr(m))
    return {0: first, -2: first, 1: last, -1: last}.get(literal(axis))


@overload(np.tile)
def tile(A, reps):
    """A row repeated."""
    if not is_array(A) or A.ndim != 1 or not isinstance(reps, types.Integer):
        return None

    def tiled(A, reps):
        out = np.empty(len(A) * reps, A.dtype)
        for k in range(reps):
            out[k * len(A) : (k + 1) * len(A)] = A
        return out

    return tiled


@overload(rearranging.tile_bar)
def tile_bar(out_bar, A, reps):
    """The sum of the cotangents of all copies."""
    if not is_array(A) or A.ndim != 1 or not isinstance(reps, types.Integer):
        return None
    return lambda out_bar, A, reps: np.ascontiguousarray(out_bar).reshape(reps, len(A)).sum(0)


@overload(rearranging.repeat_bar)
def repeat_bar(out_bar, a, repeats, axis=None):
    """The sum over the copies of every entry."""
    row = is_array(a) and a.ndim == 1 and isinstance(repeats, types.Integer)
    if not row or not isinstance(axis, types.NoneType | types.Omitted):
        return None
    return lambda out_bar, a, repeats, axis=None: (
        np.ascontiguousarray(out_bar).reshape(len(a), repeats).sum(1)
    )


@overload(np.inner)
def inner(a, b):
    """The inner product of two rows."""
    if is_array(a) and is_array(b) and a.ndim == b.ndim == 1:
        return lambda a, b: np.dot(a, b)
    return None
