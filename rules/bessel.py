"""Rules of ``np.i0`` and of the Kaiser window, with the modified Bessel function of first order.

Source of the mathematics: Abramowitz and Stegun 9.6.10 (power series), 9.6.27-28 (derivatives), 9.7.1
(asymptotic series).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule, scalar_rule
from adjoint.rules.support import fit

#: Beyond this the asymptotic series is as exact as double precision.
LARGE = 30.0
#: Coefficients of ``i1(x) / (x / 2)`` in ``(x / 2) ** 2``.
POWER_SERIES = [1.0 / (math.factorial(k) * math.factorial(k + 1)) for k in range(70)]
#: Coefficients of ``i1(x) sqrt(2 pi x) / exp(x)`` in ``1 / x``.
ASYMPTOTIC_SERIES = [
    math.prod((2 * j - 1) ** 2 - 4 for j in range(1, k + 1)) / (math.factorial(k) * 8.0**k) for k in range(25)
]


def series(coefficients: list[float], t: Any) -> Any:
    """Return the value of a power series, in the precision of its argument (Horner's scheme)."""
    value = 0.0 * t
    for coefficient in reversed(coefficients):
        value = value * t + coefficient
    return value


def i1(x: Any) -> Any:
    """Return the modified Bessel function of the first kind and first order.

    Args:
        x: real number or array.

    Example:
        >>> round(float(i1(1.0)), 12)
        0.565159103992
    """
    size = np.abs(x)
    half = np.minimum(size, LARGE) / 2.0
    near = half * series(POWER_SERIES, half * half)
    large = np.maximum(size, LARGE)
    far = np.exp(large) / np.sqrt(2.0 * math.pi * large) * series(ASYMPTOTIC_SERIES, 1.0 / large)
    return np.sign(x) * np.where(size <= LARGE, near, far)


@scalar_rule(i1)
def i1_rule(out: Any, x: Any) -> Any:
    """``i0(x) - i1(x) / x``; one half at zero."""
    zero = np.equal(x, 0.0)
    return np.where(zero, 0.5, np.i0(x) - out / (x + zero))


@scalar_rule(np.i0)
def i0(out: Any, x: Any) -> Any:
    """The function of first order."""
    return i1(x)


def kaiser_slopes(out: Any, M: Any, beta: Any) -> Any:
    """Return the derivatives of the Kaiser window ``i0(beta r) / i0(beta)`` by its shape ``beta``."""
    if M == 1:
        return np.zeros_like(out)
    half = (M - 1) / 2.0
    r = np.sqrt(1.0 - ((np.arange(M) - half) / half) ** 2)
    return (r * i1(beta * r) - out * i1(beta)) / np.i0(beta)


@rrule(np.kaiser, fresh=True)
def kaiser(M: Any, beta: Any) -> Any:
    """A quotient of Bessel functions."""
    out = np.kaiser(M, beta)

    def kaiser_pullback(out_bar: Any) -> Any:
        return None, fit(np.dot(out_bar, kaiser_slopes(out, M, beta)), beta)

    return out, kaiser_pullback


@frule(np.kaiser)
def kaiser_forward(M: Any, beta: Any) -> Any:
    """A quotient of Bessel functions."""
    out = np.kaiser(M, beta)

    def kaiser_pushforward(M_dot: Any, beta_dot: Any) -> Any:
        return None, kaiser_slopes(out, M, beta) * beta_dot

    return out, kaiser_pushforward
