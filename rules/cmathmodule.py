"""Rules of Python's ``cmath`` module, which works on single complex numbers.

The functions are holomorphic and their derivatives those of the real functions, with the square roots
written so that the branches are those of the functions.  A slope that is infinite where the value is finite
is written as a conditional expression: no partial raises where the primal did not.
"""

from __future__ import annotations

import cmath
import math
from typing import Any

from adjoint.rules.elementwise_complex import angle_bar, direction
from adjoint.rules.registry import frule, non_differentiable, rrule, scalar_rule
from adjoint.rules.support import fit

LN10 = math.log(10.0)

non_differentiable(cmath.isclose, cmath.isfinite, cmath.isinf, cmath.isnan)


def inverse(z: Any) -> Any:
    """Return ``1 / z``, infinite at zero."""
    return 1.0 / z if z else math.inf


@scalar_rule(cmath.exp)
def exp(out: Any, z: Any) -> Any:
    """Its own derivative."""
    return out


@scalar_rule(cmath.log)
def log(out: Any, z: Any) -> Any:
    """The reciprocal."""
    return 1.0 / z


@scalar_rule(cmath.log)
def log_to_base(out: Any, z: Any, base: Any) -> Any:
    """``log(z) / log(base)``."""
    return 1.0 / (z * cmath.log(base)), -out / (base * cmath.log(base))


@scalar_rule(cmath.log10)
def log10(out: Any, z: Any) -> Any:
    """The reciprocal, by the base."""
    return 1.0 / (z * LN10)


@scalar_rule(cmath.sqrt, singular=True)
def sqrt(out: Any, z: Any) -> Any:
    """Infinite at zero."""
    return inverse(2.0 * out)


@scalar_rule(cmath.sin)
def sin(out: Any, z: Any) -> Any:
    """The cosine."""
    return cmath.cos(z)


@scalar_rule(cmath.cos)
def cos(out: Any, z: Any) -> Any:
    """Minus the sine."""
    return -cmath.sin(z)


@scalar_rule(cmath.tan)
def tan(out: Any, z: Any) -> Any:
    """One more than the square of the tangent."""
    return 1.0 + out * out


@scalar_rule(cmath.asin, singular=True)
def asin(out: Any, z: Any) -> Any:
    """Infinite at one and minus one."""
    return inverse(cmath.sqrt(1.0 - z) * cmath.sqrt(1.0 + z))


@scalar_rule(cmath.acos, singular=True)
def acos(out: Any, z: Any) -> Any:
    """Minus that of the arcsine."""
    return -inverse(cmath.sqrt(1.0 - z) * cmath.sqrt(1.0 + z))


@scalar_rule(cmath.atan)
def atan(out: Any, z: Any) -> Any:
    """``1 / (1 + z ** 2)``."""
    return 1.0 / (1.0 + z * z)


@scalar_rule(cmath.sinh)
def sinh(out: Any, z: Any) -> Any:
    """The hyperbolic cosine."""
    return cmath.cosh(z)


@scalar_rule(cmath.cosh)
def cosh(out: Any, z: Any) -> Any:
    """The hyperbolic sine."""
    return cmath.sinh(z)


@scalar_rule(cmath.tanh)
def tanh(out: Any, z: Any) -> Any:
    """One less the square of the hyperbolic tangent."""
    return 1.0 - out * out


@scalar_rule(cmath.asinh, singular=True)
def asinh(out: Any, z: Any) -> Any:
    """Infinite at the imaginary unit and its conjugate."""
    return inverse(cmath.sqrt(1.0 + 1j * z) * cmath.sqrt(1.0 - 1j * z))


@scalar_rule(cmath.acosh, singular=True)
def acosh(out: Any, z: Any) -> Any:
    """Infinite at one and minus one."""
    return inverse(cmath.sqrt(z - 1.0) * cmath.sqrt(z + 1.0))


@scalar_rule(cmath.atanh)
def atanh(out: Any, z: Any) -> Any:
    """``1 / (1 - z ** 2)``."""
    return 1.0 / ((1.0 - z) * (1.0 + z))


# -- polar coordinates --------------------------------------------------------------------------


def angle_dot(z_dot: Any, z: Any) -> Any:
    """Return how fast the angle of a number turns; zero at zero."""
    return (z_dot * (1.0 + 0j) / z).imag if z else 0.0


@rrule(cmath.phase, fresh=True)
def phase(z: Any) -> Any:
    """At right angles to ``z``, by its length; zero at zero."""
    out = cmath.phase(z)

    def phase_pullback(out_bar: Any) -> Any:
        return fit(angle_bar(out_bar, z), z)

    return out, phase_pullback


@frule(cmath.phase)
def phase_forward(z: Any) -> Any:
    """The imaginary part of the relative change; zero at zero."""
    out = cmath.phase(z)

    def phase_pushforward(z_dot: Any) -> Any:
        return angle_dot(z_dot, z)

    return out, phase_pushforward


def polar_bar(out_bar: Any, z: Any) -> Any:
    """Return the cotangent of a number in its length and angle, None being zero."""
    length_bar, turn_bar = (0.0 if bar is None else bar for bar in out_bar)
    return fit(length_bar * direction(z) + angle_bar(turn_bar, z), z)


@rrule(cmath.polar, fresh=True)
def polar(z: Any) -> Any:
    """Along ``z`` for the length, at right angles for the angle."""
    out = cmath.polar(z)

    def polar_pullback(out_bar: Any) -> Any:
        return polar_bar(out_bar, z)

    return out, polar_pullback


@frule(cmath.polar)
def polar_forward(z: Any) -> Any:
    """The part along ``z`` for the length, that at right angles for the angle."""
    out = cmath.polar(z)

    def polar_pushforward(z_dot: Any) -> Any:
        return (direction(z).conjugate() * z_dot).real, angle_dot(z_dot, z)

    return out, polar_pushforward


@rrule(cmath.rect, fresh=True)
def rect(r: Any, phi: Any) -> Any:
    """``r exp(i phi)``."""
    out = cmath.rect(r, phi)

    def rect_pullback(out_bar: Any) -> Any:
        r_bar = (cmath.rect(1.0, -phi) * out_bar).real
        return r_bar, (out.conjugate() * out_bar).imag

    return out, rect_pullback


@frule(cmath.rect)
def rect_forward(r: Any, phi: Any) -> Any:
    """``r exp(i phi)``."""
    out = cmath.rect(r, phi)

    def rect_pushforward(r_dot: Any, phi_dot: Any) -> Any:
        return cmath.rect(1.0, phi) * r_dot, 1j * out * phi_dot

    return out, rect_pushforward
