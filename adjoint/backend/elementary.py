"""Elementary functions without branches, which LLVM turns into vector instructions.

numba calls the C library for ``exp`` and its kin, one number at a time.  Each function here is
straight-line arithmetic on one float64: reduce the argument, evaluate a polynomial, put the exponent
back.  Zeros, infinities, NaN and subnormal numbers come out as from NumPy; the error stays below
three units in the last place (tests/test_elementary.py measures it).

References: Tang, "Table-driven implementation of the exponential function" (ACM TOMS 1989), for the
reduction; Ng, "Argument reduction for huge arguments" (SunPro 1992), and the polynomials of the
freely distributable C library of Sun Microsystems (1993); Muller, "Elementary Functions", ch. 11.
"""

# mypy: ignore-errors
# numba compiles these functions from their source; it has no types for a checker.

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload
from numba.typed.typedobjectutils import _nonoptional

compiled = njit(error_model="numpy", inline="always")

#: Beyond this, sine and cosine would need more bits of pi than three parts hold.
FAR = 1.0e6
LOG2E = 1.0 / math.log(2.0)
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: Adding this leaves the nearest integer in the low bits of the mantissa.
ROUNDER = 1.5 * 2.0**52
HALF_PI = (1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21)


def present(value):
    """Return a value that is there, though numba sees one that may be missing."""
    return value


@overload(present)
def present_value(value):
    """The value itself, by its type."""
    if isinstance(value, types.Optional):
        return lambda value: _nonoptional(value)
    return lambda value: value


@intrinsic
def bits_of(typing_context, x):
    """The 64 bits of a float as an integer."""
    return types.int64(types.float64), lambda context, builder, signature, args: builder.bitcast(
        args[0], ir.IntType(64)
    )


@intrinsic
def float_of(typing_context, bits):
    """The float with these 64 bits."""
    return types.float64(types.int64), lambda context, builder, signature, args: builder.bitcast(
        args[0], ir.DoubleType()
    )


@intrinsic
def logical_shift(typing_context, bits, count):
    """Shift right, filling with zeros."""
    return types.int64(types.int64, types.int64), lambda context, builder, signature, args: builder.lshr(
        *args
    )


@intrinsic
def add(typing_context, total, term):
    """Add a term to a sum whose terms may be added in any order."""

    def generate(context, builder, signature, args):
        return builder.fadd(*args, flags=("reassoc",))

    return types.float64(types.float64, types.float64), generate


def extreme(name):
    """Return the larger or smaller of two floats, NaN if one is."""

    def larger_or_smaller(typing_context, a, b):
        def generate(context, builder, signature, args):
            double = ir.DoubleType()
            function = builder.module.declare_intrinsic(name, [double], ir.FunctionType(double, [double] * 2))
            return builder.call(function, args)

        return types.float64(types.float64, types.float64), generate

    return intrinsic(larger_or_smaller)


maximum, minimum = extreme("llvm.maximum"), extreme("llvm.minimum")


@intrinsic
def muladd(typing_context, a, b, c):
    """``a * b + c``, rounded once where the processor can."""

    def generate(context, builder, signature, args):
        double = ir.DoubleType()
        function = builder.module.declare_intrinsic(
            "llvm.fmuladd", [double], ir.FunctionType(double, [double] * 3)
        )
        return builder.call(function, args)

    return types.float64(types.float64, types.float64, types.float64), generate


@compiled
def power_of_two(k):
    """``2.0**k`` for a whole float from -1022 to 1023."""
    return float_of(bits_of(k + (ROUNDER + 1023.0)) << 52)


@compiled
def expm1_reduced(r):
    """``exp(r) - 1`` for a small ``r``: the Taylor polynomial of degree 13."""
    p = 1.0 / 6227020800.0
    p = muladd(p, r, 1.0 / 479001600.0)
    p = muladd(p, r, 1.0 / 39916800.0)
    p = muladd(p, r, 1.0 / 3628800.0)
    p = muladd(p, r, 1.0 / 362880.0)
    p = muladd(p, r, 1.0 / 40320.0)
    p = muladd(p, r, 1.0 / 5040.0)
    p = muladd(p, r, 1.0 / 720.0)
    p = muladd(p, r, 1.0 / 120.0)
    p = muladd(p, r, 1.0 / 24.0)
    p = muladd(p, r, 1.0 / 6.0)
    p = muladd(p, r, 0.5)
    return p * r * r + r


@compiled
def exp(x):
    """The exponential."""
    x = 800.0 if x > 800.0 else x
    x = -800.0 if x < -800.0 else x
    k = (x * LOG2E + ROUNDER) - ROUNDER
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    half = (k * 0.5 + ROUNDER) - ROUNDER
    return (1.0 + expm1_reduced(r)) * power_of_two(half) * power_of_two(k - half)


@compiled
def expm1(x):
    """``exp(x) - 1``, exact to the last places near zero."""
    y = 800.0 if x > 800.0 else x
    y = -100.0 if y < -100.0 else y
    k = (y * LOG2E + ROUNDER) - ROUNDER
    r = (y - k * LN2_HIGH) - k * LN2_LOW
    half = (k * 0.5 + ROUNDER) - ROUNDER
    low, high = power_of_two(half), power_of_two(k - half)
    inner = expm1_reduced(r) * low + (low - 1.0 / high)
    return x if x == 0.0 else inner * high


@compiled
def tanh(x):
    """The hyperbolic tangent."""
    t = expm1(-2.0 * abs(x))
    return math.copysign(-t / (t + 2.0), x)


@compiled
def log(x):
    """The natural logarithm."""
    tiny = x < 2.2250738585072014e-308
    y = x * 18014398509481984.0 if tiny else x
    bits = bits_of(y) + 0x00095F619980C433  # puts the mantissa between sqrt(1/2) and sqrt(2)
    biased = float_of(logical_shift(bits, 52) | 0x4330000000000000)
    e = biased - (4503599627370496.0 + 1023.0)
    e = e - 54.0 if tiny else e
    m = float_of((bits & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E667F3BCD)
    result = log_reduced(m - 1.0, e)
    result = x if x == np.inf else result
    result = -np.inf if x == 0.0 else result
    return np.nan if x < 0.0 or x != x else result


@compiled
def log_reduced(f, e):
    """``log(1 + f) + e log(2)`` for ``1 + f`` between sqrt(1/2) and sqrt(2)."""
    s = f / (2.0 + f)
    z = s * s
    p = 1.479819860511658591e-01
    p = muladd(p, z, 1.531383769920937332e-01)
    p = muladd(p, z, 1.818357216161805012e-01)
    p = muladd(p, z, 2.222219843214978396e-01)
    p = muladd(p, z, 2.857142874366239149e-01)
    p = muladd(p, z, 3.999999999940941908e-01)
    p = muladd(p, z, 6.666666666666735130e-01)
    half = 0.5 * f * f
    return e * LN2_HIGH - ((half - (s * (half + p * z) + e * LN2_LOW)) - f)


@compiled
def log1p(x):
    """``log(1 + x)``, exact to the last places near zero."""
    u = 1.0 + x
    lost = (x - (u - 1.0)) / u if abs(x) < 1e15 and u != 0.0 else 0.0  # what rounding to u left out
    return x if x == 0.0 else log(u) + lost


@compiled
def reduce(x):
    """Return ``x - k pi / 2`` between -pi/4 and pi/4, and ``k``."""
    k = (x * (2.0 / math.pi) + ROUNDER) - ROUNDER
    return ((x - k * HALF_PI[0]) - k * HALF_PI[1]) - k * HALF_PI[2], bits_of(k + ROUNDER)


@compiled
def sin_reduced(r):
    """Sine between -pi/4 and pi/4."""
    z = r * r
    p = 1.58969099521155010221e-10
    p = muladd(p, z, -2.50507602534068634195e-08)
    p = muladd(p, z, 2.75573137070700676789e-06)
    p = muladd(p, z, -1.98412698298579493134e-04)
    p = muladd(p, z, 8.33333333332248946124e-03)
    p = muladd(p, z, -1.66666666666666324348e-01)
    return r if r == 0.0 else r + r * z * p  # minus zero stays


@compiled
def cos_reduced(r):
    """Cosine between -pi/4 and pi/4."""
    z = r * r
    p = -1.13596475577881948265e-11
    p = muladd(p, z, 2.08757232129817482790e-09)
    p = muladd(p, z, -2.75573143513906633035e-07)
    p = muladd(p, z, 2.48015872894767294178e-05)
    p = muladd(p, z, -1.38888888888741095749e-03)
    p = muladd(p, z, 4.16666666666666019037e-02)
    w = 1.0 - 0.5 * z
    return w + (((1.0 - w) - 0.5 * z) + z * z * p)


@compiled
def is_far(x):
    """One where an angle is too large, or no number; else zero."""
    return 0.0 if abs(x) <= FAR else 1.0


@compiled
def sin(x):
    """The sine of an angle up to `FAR` in size."""
    r, k = reduce(x)
    s, c = sin_reduced(r), cos_reduced(r)
    value = c if k & 1 else s
    return -value if k & 2 else value


@compiled
def cos(x):
    """The cosine of an angle up to `FAR` in size."""
    r, k = reduce(x)
    s, c = sin_reduced(r), cos_reduced(r)
    value = s if k & 1 else c
    return -value if (k + 1) & 2 else value
