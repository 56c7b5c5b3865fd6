"""Rules of NumPy's elementwise functions; the arithmetic operators stand in ``operators.py``.

A partial is the derivative of the value with respect to one argument, as a textbook has it; Python
constants keep single precision single.  Functions of complex numbers that are not holomorphic stand
in ``elementwise_complex.py``, choices between arguments (where, clip, maximum) in ``selection.py``.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.rules.pybuiltins import remainder_bars, remainder_dot
from adjoint.rules.registry import frule, linear, rrule, scalar_rule
from adjoint.rules.runtime import entrywise, unbroadcast
from adjoint.rules.support import fit

LN2, LN10 = math.log(2.0), math.log(10.0)


# -- exponentials and logarithms ----------------------------------------------------------------


@scalar_rule(np.exp)
def exp(out: Any, x: Any) -> Any:
    """Its own derivative."""
    return out


@scalar_rule(np.exp2)
def exp2(out: Any, x: Any) -> Any:
    """``2 ** x log 2``."""
    return out * LN2


@scalar_rule(np.expm1)
def expm1(out: Any, x: Any) -> Any:
    """``exp(x)``, from the value that is there already."""
    return out + 1.0


@scalar_rule(np.log, singular=True)
def log(out: Any, x: Any) -> Any:
    """The reciprocal."""
    return 1.0 / x


@scalar_rule(np.log2, singular=True)
def log2(out: Any, x: Any) -> Any:
    """The reciprocal, by the base."""
    return 1.0 / (x * LN2)


@scalar_rule(np.log10, singular=True)
def log10(out: Any, x: Any) -> Any:
    """The reciprocal, by the base."""
    return 1.0 / (x * LN10)


@scalar_rule(np.log1p, singular=True)
def log1p(out: Any, x: Any) -> Any:
    """The reciprocal of ``1 + x``."""
    return 1.0 / (1.0 + x)


@entrywise
def share(x: Any, y: Any, out: Any, half: float) -> Any:
    """Return the logarithm of the share that ``exp(x)`` has in ``exp(out) = exp(x) + exp(y)``.

    Args:
        x: number or array.
        y: number or array.
        out: the logarithm of the sum.
        half: the logarithm of one half, in the base of the others; used for equal arguments.
    """
    with np.errstate(invalid="ignore"):
        return np.where(np.equal(x, y), half, np.where(np.equal(x, out), 0.0, x - out))[()]


@scalar_rule(np.logaddexp)
def logaddexp(out: Any, x: Any, y: Any) -> Any:
    """The share of each exponential in the sum."""
    return np.exp(share(x, y, out, -LN2)), np.exp(share(y, x, out, -LN2))


@scalar_rule(np.logaddexp2)
def logaddexp2(out: Any, x: Any, y: Any) -> Any:
    """The share of each power of two in the sum."""
    return np.exp2(share(x, y, out, -1.0)), np.exp2(share(y, x, out, -1.0))


# -- roots and powers ---------------------------------------------------------------------------


@scalar_rule(np.sqrt, singular=True)
def sqrt(out: Any, x: Any) -> Any:
    """Infinite at zero."""
    return 0.5 / out


@scalar_rule(np.cbrt, singular=True)
def cbrt(out: Any, x: Any) -> Any:
    """Infinite at zero."""
    return 1.0 / (3.0 * out * out)


@scalar_rule(np.square)
def square(out: Any, x: Any) -> Any:
    """Twice the argument."""
    return 2.0 * x


@scalar_rule(np.reciprocal, singular=True)
def reciprocal(out: Any, x: Any) -> Any:
    """Minus the square of the value."""
    return -out * out


# -- circular functions -------------------------------------------------------------------------


@scalar_rule(np.sin)
def sin(out: Any, x: Any) -> Any:
    """The cosine."""
    return np.cos(x)


@scalar_rule(np.cos)
def cos(out: Any, x: Any) -> Any:
    """Minus the sine."""
    return -np.sin(x)


@scalar_rule(np.tan)
def tan(out: Any, x: Any) -> Any:
    """One more than the square of the tangent."""
    return 1.0 + out * out


@scalar_rule(np.arcsin, singular=True)
def arcsin(out: Any, x: Any) -> Any:
    """Infinite at both ends; the product form keeps digits near them."""
    return 1.0 / np.sqrt((1.0 - x) * (1.0 + x))


@scalar_rule(np.arccos, singular=True)
def arccos(out: Any, x: Any) -> Any:
    """Minus that of the arcsine."""
    return -1.0 / np.sqrt((1.0 - x) * (1.0 + x))


@scalar_rule(np.arctan)
def arctan(out: Any, x: Any) -> Any:
    """``1 / (1 + x ** 2)``."""
    return 1.0 / (1.0 + x * x)


@scalar_rule(np.arctan2)
def arctan2(out: Any, y: Any, x: Any) -> Any:
    """The angle of the point ``(x, y)``; zero at the origin."""
    length = np.hypot(x, y)
    length = length + (length == 0.0)
    return x / length / length, -y / length / length


@scalar_rule(np.hypot)
def hypot(out: Any, x: Any, y: Any) -> Any:
    """The unit vector; zero at the origin."""
    length = out + (out == 0.0)
    return x / length, y / length


@scalar_rule(np.deg2rad, np.radians)
def deg2rad(out: Any, x: Any) -> Any:
    """A change of units."""
    return math.pi / 180.0


@scalar_rule(np.rad2deg, np.degrees)
def rad2deg(out: Any, x: Any) -> Any:
    """A change of units."""
    return 180.0 / math.pi


def sinc_slope(x: Any) -> Any:
    """Return the derivative of ``np.sinc``, with a series where the quotient loses its digits.

    Example:
        >>> abs(float(sinc_slope(0.0)))
        0.0
    """
    t = math.pi * np.asarray(x)
    small = np.abs(t) < 0.25
    safe = np.where(small, 1.0, t)
    quotient = (np.cos(safe) - np.sin(safe) / safe) / safe
    s = t * t
    series = -t / 3.0 + t * s * (1.0 / 30.0 - s * (1.0 / 840.0 - s * (1.0 / 45360.0 - s / 3991680.0)))
    return (math.pi * np.where(small, series, quotient))[()]


@scalar_rule(np.sinc)
def sinc(out: Any, x: Any) -> Any:
    """``(cos(pi x) - sinc(x)) / x``; zero at zero."""
    return sinc_slope(x)


# -- hyperbolic functions -----------------------------------------------------------------------


@scalar_rule(np.sinh)
def sinh(out: Any, x: Any) -> Any:
    """The hyperbolic cosine."""
    return np.cosh(x)


@scalar_rule(np.cosh)
def cosh(out: Any, x: Any) -> Any:
    """The hyperbolic sine."""
    return np.sinh(x)


@scalar_rule(np.tanh)
def tanh(out: Any, x: Any) -> Any:
    """``1 - tanh(x) ** 2``, which cannot overflow."""
    return 1.0 - out * out


@scalar_rule(np.arcsinh)
def arcsinh(out: Any, x: Any) -> Any:
    """``1 / cosh(arcsinh(x))``, without the square that overflows."""
    return 1.0 / np.cosh(out)


@scalar_rule(np.arccosh, singular=True)
def arccosh(out: Any, x: Any) -> Any:
    """Infinite at one; with two roots it holds for complex numbers as well."""
    return 1.0 / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0))


@scalar_rule(np.arctanh, singular=True)
def arctanh(out: Any, x: Any) -> Any:
    """Infinite at one and minus one."""
    return 1.0 / ((1.0 - x) * (1.0 + x))


# -- sizes, signs and remainders ----------------------------------------------------------------


@scalar_rule(np.absolute, operator.abs)
def absolute(out: Any, x: Any) -> Any:
    """The sign; zero at zero."""
    return np.sign(x)


@scalar_rule(np.fabs)
def fabs(out: Any, x: Any) -> Any:
    """The sign; zero at zero."""
    return np.sign(x)


@scalar_rule(np.copysign)
def copysign(out: Any, x: Any, y: Any) -> Any:
    """Plus or minus one; the sign of the second argument jumps."""
    return np.sign(x) * np.sign(out), 0.0


@scalar_rule(np.fmod)
def fmod(out: Any, x: Any, y: Any) -> Any:
    """``x - y * trunc(x / y)`` almost everywhere."""
    return 1.0, (out - x) / y


@scalar_rule(np.heaviside)
def heaviside(out: Any, x: Any, h0: Any) -> Any:
    """A step; its value at zero is the second argument."""
    return 0.0, np.equal(x, 0.0)


@scalar_rule(np.nextafter)
def nextafter(out: Any, x: Any, direction: Any) -> Any:
    """The neighbour moves along."""
    return 1.0, 0.0


@rrule(np.ldexp, fresh=True)
def ldexp(x: Any, exponent: Any) -> Any:
    """Scale by the same power of two."""
    out = np.ldexp(x, exponent)

    def ldexp_pullback(out_bar: Any) -> Any:
        return unbroadcast(np.ldexp(out_bar, exponent), x), None

    return out, ldexp_pullback


linear(np.ldexp)


@rrule(np.unwrap, fresh=True)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2.0 * math.pi) -> Any:
    """Whole periods were added: as many as the result differs by."""
    out = np.unwrap(p, discont, axis, period=period)

    def unwrap_pullback(out_bar: Any) -> Any:
        return out_bar, None, None, fit(np.sum(out_bar * np.round((out - p) / period)), period)

    return out, unwrap_pullback


@frule(np.unwrap)
def unwrap_forward(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2.0 * math.pi) -> Any:
    """Whole periods were added: as many as the result differs by."""
    out = np.unwrap(p, discont, axis, period=period)

    def unwrap_pushforward(p_dot: Any, discont_dot: Any, axis_dot: Any, period_dot: Any) -> Any:
        return p_dot, None, None, np.round((out - p) / period) * period_dot

    return out, unwrap_pushforward


# -- several outputs ----------------------------------------------------------------------------


@rrule(np.modf, fresh=True)
def modf(x: Any) -> Any:
    """The fractional part moves along, the integral part jumps."""
    out = np.modf(x)

    def modf_pullback(out_bar: Any) -> Any:
        return out_bar[0]

    return out, modf_pullback


@frule(np.modf)
def modf_forward(x: Any) -> Any:
    """The fractional part moves along, the integral part jumps."""
    out = np.modf(x)

    def modf_pushforward(x_dot: Any) -> Any:
        return x_dot, out[1] * 0.0

    return out, modf_pushforward


@rrule(np.frexp, fresh=True)
def frexp(x: Any) -> Any:
    """The mantissa is ``x / 2 ** exponent``."""
    out = np.frexp(x)

    def frexp_pullback(out_bar: Any) -> Any:
        return mantissa_bar(out_bar, out, x)

    return out, frexp_pullback


def mantissa_bar(out_bar: Any, out: Any, x: Any) -> Any:
    """Return the cotangent of the argument of ``np.frexp``."""
    return None if out_bar[0] is None else fit(np.ldexp(out_bar[0], -out[1]), x)


@frule(np.frexp)
def frexp_forward(x: Any) -> Any:
    """The mantissa is ``x / 2 ** exponent``."""
    out = np.frexp(x)

    def frexp_pushforward(x_dot: Any) -> Any:
        return np.ldexp(x_dot, -out[1]), None

    return out, frexp_pushforward


@rrule(np.divmod, fresh=True)
def divmod_rule(x: Any, y: Any) -> Any:
    """The quotient is a step, the remainder ``x - q y``."""
    out = np.divmod(x, y)

    def divmod_pullback(out_bar: Any) -> Any:
        x_bar, y_bar = remainder_bars(out_bar, x, y, out[0])
        return x_bar, y_bar

    return out, divmod_pullback


@frule(np.divmod)
def divmod_forward(x: Any, y: Any) -> Any:
    """The quotient does not move."""
    out = np.divmod(x, y)

    def divmod_pushforward(x_dot: Any, y_dot: Any) -> Any:
        return remainder_dot(x_dot, None, out), remainder_dot(None, y_dot, out)

    return out, divmod_pushforward
