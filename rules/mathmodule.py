"""Rules of Python's ``math`` module, which works on single numbers.

Python raises where NumPy returns infinity, so a slope that is infinite where the value is finite is
written as a conditional expression: no partial ever raises where the primal did not.
"""

from __future__ import annotations

import math
from typing import Any

from adjoint.rules.forward import filled
from adjoint.rules.operators import power_base_slope, power_exponent_slope
from adjoint.rules.registry import frule, rrule, scalar_rule
from adjoint.rules.support import fit

LN2, LN10 = math.log(2.0), math.log(10.0)
TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)


def inverse(x: float) -> float:
    """Return ``1 / x``, infinite at zero.

    Example:
        >>> inverse(0.0)
        inf
    """
    return 1.0 / x if x else math.inf


def _present(*names: str) -> list[Any]:
    """Return those members of the module that this version of Python has."""
    return [getattr(math, name) for name in names if hasattr(math, name)]


# -- exponentials, logarithms, powers -----------------------------------------------------------


@scalar_rule(math.exp)
def exp(out: Any, x: Any) -> Any:
    """Its own derivative."""
    return out


@scalar_rule(math.exp2)
def exp2(out: Any, x: Any) -> Any:
    """``2 ** x log 2``."""
    return out * LN2


@scalar_rule(math.expm1)
def expm1(out: Any, x: Any) -> Any:
    """``exp(x)``, from the value that is there already."""
    return out + 1.0


@scalar_rule(math.log)
def log(out: Any, x: Any) -> Any:
    """The reciprocal."""
    return 1.0 / x


@scalar_rule(math.log)
def log_to_base(out: Any, x: Any, base: Any) -> Any:
    """``log(x) / log(base)``."""
    return 1.0 / (x * math.log(base)), -out / (base * math.log(base))


@scalar_rule(math.log2)
def log2(out: Any, x: Any) -> Any:
    """The reciprocal, by the base."""
    return 1.0 / (x * LN2)


@scalar_rule(math.log10)
def log10(out: Any, x: Any) -> Any:
    """The reciprocal, by the base."""
    return 1.0 / (x * LN10)


@scalar_rule(math.log1p)
def log1p(out: Any, x: Any) -> Any:
    """The reciprocal of ``1 + x``."""
    return 1.0 / (1.0 + x)


@scalar_rule(math.sqrt, singular=True)
def sqrt(out: Any, x: Any) -> Any:
    """Infinite at zero."""
    return 0.5 / out if out else math.inf


@scalar_rule(math.cbrt, singular=True)
def cbrt(out: Any, x: Any) -> Any:
    """Infinite at zero."""
    return inverse(3.0 * out * out)


@scalar_rule(math.pow, singular=True)
def pow_rule(out: Any, x: Any, y: Any) -> Any:
    """Both partials, with the corners of the table in ``operators.py``."""
    return power_base_slope(x, y), power_exponent_slope(out, x, y)


# -- circular functions -------------------------------------------------------------------------


@scalar_rule(math.sin)
def sin(out: Any, x: Any) -> Any:
    """The cosine."""
    return math.cos(x)


@scalar_rule(math.cos)
def cos(out: Any, x: Any) -> Any:
    """Minus the sine."""
    return -math.sin(x)


@scalar_rule(math.tan)
def tan(out: Any, x: Any) -> Any:
    """One more than the square of the tangent."""
    return 1.0 + out * out


@scalar_rule(math.asin, singular=True)
def asin(out: Any, x: Any) -> Any:
    """Infinite at both ends; the product form keeps digits near them."""
    return inverse(math.sqrt((1.0 - x) * (1.0 + x)))


@scalar_rule(math.acos, singular=True)
def acos(out: Any, x: Any) -> Any:
    """Minus that of the arcsine."""
    return -inverse(math.sqrt((1.0 - x) * (1.0 + x)))


@scalar_rule(math.atan)
def atan(out: Any, x: Any) -> Any:
    """``1 / (1 + x ** 2)``."""
    return 1.0 / (1.0 + x * x)


@scalar_rule(math.atan2)
def atan2(out: Any, y: Any, x: Any) -> Any:
    """The angle of the point ``(x, y)``; zero at the origin."""
    length = math.hypot(x, y) or 1.0
    return x / length / length, -y / length / length


@scalar_rule(math.degrees)
def degrees(out: Any, x: Any) -> Any:
    """A change of units."""
    return 180.0 / math.pi


@scalar_rule(math.radians)
def radians(out: Any, x: Any) -> Any:
    """A change of units."""
    return math.pi / 180.0


# -- hyperbolic functions -----------------------------------------------------------------------


@scalar_rule(math.sinh)
def sinh(out: Any, x: Any) -> Any:
    """The hyperbolic cosine."""
    return math.cosh(x)


@scalar_rule(math.cosh)
def cosh(out: Any, x: Any) -> Any:
    """The hyperbolic sine."""
    return math.sinh(x)


@scalar_rule(math.tanh)
def tanh(out: Any, x: Any) -> Any:
    """``1 - tanh(x) ** 2``, which cannot overflow."""
    return 1.0 - out * out


@scalar_rule(math.asinh)
def asinh(out: Any, x: Any) -> Any:
    """``1 / sqrt(1 + x ** 2)``, without the square that overflows."""
    return 1.0 / math.hypot(1.0, x)


@scalar_rule(math.acosh, singular=True)
def acosh(out: Any, x: Any) -> Any:
    """Infinite at one."""
    return inverse(math.sqrt(x - 1.0) * math.sqrt(x + 1.0))


@scalar_rule(math.atanh)
def atanh(out: Any, x: Any) -> Any:
    """``1 / (1 - x ** 2)``."""
    return 1.0 / ((1.0 - x) * (1.0 + x))


# -- special functions --------------------------------------------------------------------------


@scalar_rule(math.erf)
def erf(out: Any, x: Any) -> Any:
    """The bell curve."""
    return TWO_OVER_ROOT_PI * math.exp(-x * x)


@scalar_rule(math.erfc)
def erfc(out: Any, x: Any) -> Any:
    """Minus the bell curve."""
    return -TWO_OVER_ROOT_PI * math.exp(-x * x)


def digamma(x: float) -> float:
    """Return the logarithmic derivative of the gamma function.

    Reflection for negative arguments, recurrence up to 10, then the asymptotic series of Abramowitz
    and Stegun 6.3.18; NaN at the poles.

    Example:
        >>> abs(digamma(1.0) + 0.5772156649015329) < 1e-14
        True
    """
    if x <= 0.0:
        if x == math.floor(x):
            return math.nan
        return digamma(1.0 - x) - math.pi / math.tan(math.pi * math.remainder(x, 1.0))
    total = 0.0
    while x < 10.0:
        total -= 1.0 / x
        x += 1.0
    s = 1.0 / x / x
    tail = 1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * 691 / 32760))))
    return total + math.log(x) - 0.5 / x - s * tail


@scalar_rule(math.gamma)
def gamma(out: Any, x: Any) -> Any:
    """The function times its logarithmic derivative."""
    return out * digamma(x)


@scalar_rule(math.lgamma)
def lgamma(out: Any, x: Any) -> Any:
    """The digamma function."""
    return digamma(x)


# -- sizes, signs and remainders ----------------------------------------------------------------


@scalar_rule(math.fabs)
def fabs(out: Any, x: Any) -> Any:
    """The sign; zero at zero."""
    return math.copysign(1.0, x) if x else 0.0


@scalar_rule(math.copysign)
def copysign(out: Any, x: Any, y: Any) -> Any:
    """Plus or minus one, zero at zero; the sign of the second argument jumps."""
    return math.copysign(1.0, x) * math.copysign(1.0, y) if x else 0.0, 0.0


@scalar_rule(math.fmod, math.remainder)
def fmod(out: Any, x: Any, y: Any) -> Any:
    """``x - n y`` with a whole number ``n``, almost everywhere."""
    return 1.0, (out - x) / y


def scaled(x: float, i: int) -> float:
    """Return ``x * 2 ** i``, infinite where `math.ldexp` raises."""
    return math.ldexp(x, i) if i + math.frexp(x)[1] <= 1024 else math.copysign(math.inf, x)


@scalar_rule(math.ldexp, singular=True)
def ldexp(out: Any, x: Any, i: Any) -> Any:
    """A power of two times the first argument."""
    return scaled(1.0, i), 0.0


@scalar_rule(math.nextafter)
def nextafter(out: Any, x: Any, y: Any) -> Any:
    """The neighbour moves along."""
    return 1.0, 0.0


def hypot_bars(out_bar: Any, out: Any, coordinates: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the cotangents of the coordinates of a length: the unit vector, zero at the origin."""
    length = out or 1.0
    return tuple(out_bar * x / length for x in coordinates)


@rrule(math.hypot, fresh=True)
def hypot(*coordinates: Any) -> Any:
    """The unit vector; zero at the origin."""
    out = math.hypot(*coordinates)

    def hypot_pullback(out_bar: Any) -> Any:
        return hypot_bars(out_bar, out, coordinates)

    return out, hypot_pullback


def hypot_dot(dots: Any, coordinates: tuple[float, ...], out: float) -> float:
    """Return the tangent of a length: the part along the unit vector, zero at the origin."""
    length = out or 1.0
    return math.fsum(x / length * dot for x, dot in zip(coordinates, filled(dots, coordinates), strict=True))


@frule(math.hypot)
def hypot_forward(*coordinates: Any) -> Any:
    """The part along the unit vector; zero at the origin."""
    out = math.hypot(*coordinates)

    def hypot_pushforward(coordinates_dot: Any) -> Any:
        return hypot_dot(coordinates_dot, coordinates, out)

    return out, hypot_pushforward


@scalar_rule(math.hypot)
def hypot_of_two(out: Any, x: Any, y: Any) -> Any:
    """The unit vector; zero at the origin."""
    length = out or 1.0
    return x / length, y / length


@frule(math.hypot)
def hypot_of_two_forward(x: Any, y: Any) -> Any:
    """The part along the unit vector; zero at the origin."""
    out = math.hypot(x, y)

    def hypot_pushforward(x_dot: Any, y_dot: Any) -> Any:
        return x / (out or 1.0) * x_dot, y / (out or 1.0) * y_dot

    return out, hypot_pushforward


@scalar_rule(*_present("fma"))
def fma(out: Any, x: Any, y: Any, z: Any) -> Any:
    """``x y + z``."""
    return y, x, 1.0


# -- several outputs ----------------------------------------------------------------------------


@rrule(math.modf, fresh=True)
def modf(x: Any) -> Any:
    """The fractional part moves along, the integral part jumps."""
    out = math.modf(x)

    def modf_pullback(out_bar: Any) -> Any:
        return out_bar[0]

    return out, modf_pullback


@frule(math.modf)
def modf_forward(x: Any) -> Any:
    """The fractional part moves along, the integral part jumps."""
    out = math.modf(x)

    def modf_pushforward(x_dot: Any) -> Any:
        return x_dot, out[1] * 0.0

    return out, modf_pushforward


def mantissa_bar(out_bar: Any, out: Any, x: Any) -> Any:
    """Return the cotangent of the argument of ``math.frexp``."""
    return None if out_bar[0] is None else fit(scaled(out_bar[0], -out[1]), x)


@rrule(math.frexp, fresh=True)
def frexp(x: Any) -> Any:
    """The mantissa is ``x / 2 ** exponent``."""
    out = math.frexp(x)

    def frexp_pullback(out_bar: Any) -> Any:
        return mantissa_bar(out_bar, out, x)

    return out, frexp_pullback


@frule(math.frexp)
def frexp_forward(x: Any) -> Any:
    """The mantissa is ``x / 2 ** exponent``."""
    out = math.frexp(x)

    def frexp_pushforward(x_dot: Any) -> Any:
        return scaled(x_dot, -out[1]), None

    return out, frexp_pushforward
