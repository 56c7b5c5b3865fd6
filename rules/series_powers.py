"""Recurrences for Taylor coefficients: powers, and functions of one number with corners or gaps.

See :mod:`adjoint.rules.series` for the form of a series rule.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.rules.registry import series_rule
from adjoint.rules.series import Poly, divided, grown, order_of, over, part, reciprocal_series, settled, times
from adjoint.rules.support import fit_out, members


# --- powers --------------------------------------------------------------------------------------
def powered(out: Any, x: Poly, p: Any) -> Poly:
    """Return the coefficients of ``x ** p`` for a constant ``p`` where ``x[0]`` is not zero."""
    y = [out]
    with np.errstate(all="ignore"):
        for k in range(1, order_of(x) + 1):
            total: Any = 0.0
            for j in range(1, k + 1):
                total = total + (p * j - (k - j)) * part(x, j) * y[k - j]
            y.append(over(total, k * x[0]))
    return y[1:]


def whole(x: Poly, n: int) -> Poly:
    """Return the polynomial of ``x ** n`` by repeated squaring, for a whole number ``n >= 1``."""
    result: Poly | None = None
    while n:
        if n & 1:
            result = x if result is None else times(result, x)
        n >>= 1
        if n:
            x = times(x, x)
    assert result is not None
    return result


@series_rule(operator.pow, pow, np.power, math.pow)
def pow_series(out: Any, x: Poly, y: Poly, *modulus: Poly) -> Any:
    """A constant exponent; a moving one where the base is positive.

    A whole exponent is a product, so that a base of zero needs no division.
    """
    if modulus:
        return NotImplemented
    if len(y) > 1:
        return moving_power(out, x, y)
    p = y[0]
    if np.ndim(p) == 0 and np.isreal(p) and float(p).is_integer() and abs(p) <= 64:
        if p == 0:
            return [out * 0.0 for _ in x[1:]]
        if p > 0:
            return [fit_out(c, out) for c in whole(x, int(p))[1:]]
        return reciprocal_series(out, whole(x, -int(p)))
    parts = powered(out, x, p)
    zero = np.equal(x[0], 0)
    if np.any(zero):
        corner = at_zero(x, p, len(parts))
        parts = [np.where(zero, c, part)[()] for c, part in zip(corner, parts, strict=True)]
    return settled(parts, out, x)


def moving_power(out: Any, x: Poly, y: Poly) -> Any:
    """``exp(y log x)``."""
    if np.iscomplexobj(x[0]) or np.iscomplexobj(y[0]) or not np.all(np.greater(x[0], 0)):
        return NotImplemented
    log = [np.log(x[0]), *divided(x, x)]
    return [fit_out(c, out) for c in grown(out, times(y, log))[1:]]


def at_zero(x: Poly, p: Any, order: int) -> Poly:
    """Return the coefficients of ``x ** p`` where the base is zero: zero below the power, infinite above.

    A whole power is the product; of another, the ``k``-th coefficient is the singular
    ``binomial(p, k) 0 ** (p - k) x_1 ** k``.
    """
    result: Poly = []
    binomial: Any = 1.0
    for k in range(1, order + 1):
        binomial = binomial * (p - (k - 1)) / k
        with np.errstate(all="ignore"):
            slope = np.where(np.equal(x[1], 0), 0.0, binomial * np.power(0.0, p - k) * np.power(x[1], k))
        result.append(np.where(np.equal(binomial, 0), 0.0, slope)[()])
    for n in {int(q) for q in np.unique(p) if float(q).is_integer() and q > 0}:
        product = whole(x, n)
        result = [np.where(np.equal(p, n), product[k], c)[()] for k, c in enumerate(result, start=1)]
    return result


# --- other functions of one number ---------------------------------------------------------------
@series_rule(np.absolute, operator.abs, np.fabs, math.fabs)
def abs_series(out: Any, x: Poly) -> Any:
    """The sign times each; zero at zero."""
    if np.iscomplexobj(x[0]):
        return NotImplemented
    sign = np.sign(x[0])
    return [fit_out(sign * c, out) for c in x[1:]]


@series_rule(np.sinc)
def sinc_series(out: Any, x: Poly) -> Any:
    """The function's own Taylor coefficients, composed with the polynomial by Horner's scheme."""
    if np.iscomplexobj(x[0]):
        return NotImplemented
    order = order_of(x)
    own = [c * math.pi**n for n, c in enumerate(sinc_coefficients(math.pi * np.asarray(x[0], float), order))]
    step: Poly = [0.0, *x[1:]]
    result: Poly = [own[order]]
    for c in reversed(own[:order]):
        result = times(result, step) if len(result) > 1 else [result[0] * s for s in step]
        result[0] = result[0] + c
    return [fit_out(c, out) for c in result[1:]]


def sinc_coefficients(t: Any, order: int) -> Poly:
    """Return the Taylor coefficients of ``sin(t) / t``: by its series near zero, else by recurrence."""
    near = np.abs(t) < 6.0
    small, large = np.where(near, t, 0.0), np.where(near, 1.0, t)
    coefficients: Poly = []
    quotient = np.sin(large) / large
    for n in range(order + 1):
        if n:
            wave = np.sin(large + n * (math.pi / 2.0)) / math.factorial(n)
            quotient = (wave - quotient) / large
        total: Any = 0.0
        for m in range((n + 1) // 2, n + 24):
            total = total + (-1) ** m * small ** (2 * m - n) * (
                math.comb(2 * m, n) / math.factorial(2 * m + 1)
            )
        coefficients.append(np.where(near, total, quotient))
    return coefficients


@series_rule(np.cbrt, *members(math, "cbrt"))
def cbrt_series(out: Any, x: Poly) -> Poly:
    """The power one third."""
    return settled(powered(out, x, 1.0 / 3.0), out, x)
