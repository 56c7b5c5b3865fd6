"""Recurrences for the Taylor coefficients of elementary functions, used by `adjoint.jet`.

A polynomial is the list of the Taylor coefficients of a value along a curve, ``x[k] = x^(k)(0) / k!``; that
of a constant has one entry.  Each rule takes the value ``out`` and the polynomials of the arguments and
returns the coefficients of the value from the first on.  A function without a recurrence here is served by
its first-order rule: ``y' = f'(x) x'`` is itself evaluated as a series.

References: Griewank & Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), chapter 13; Knuth, "The Art of
Computer Programming" vol. 2, section 4.7 (powers).
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.rules.elementwise import share
from adjoint.rules.registry import series_rule
from adjoint.rules.support import fit_out, members

Poly = list[Any]


# --- arithmetic of polynomials -------------------------------------------------------------------
def order_of(*polys: Poly) -> int:
    """Return the order to which polynomials are known; constants do not count."""
    return max(map(len, polys)) - 1


def cauchy(x: Poly, y: Poly, k: int, first: int = 0, end: int | None = None) -> Any:
    """Return the sum of ``x[j] y[k - j]`` for ``first <= j <= end``, entries beyond the lists being zero.

    >>> cauchy([1.0, 2.0], [3.0, 4.0], 1)
    10.0
    """
    last = min(k if end is None else end, len(x) - 1)
    start = max(first, k - len(y) + 1)
    total: Any = 0.0
    for j in range(start, last + 1):
        term = x[j] * y[k - j]
        total = term if j == start else total + term
    return total


def weighted(x: Poly, y: Poly, k: int, end: int | None = None) -> Any:
    """Return the sum of ``j x[j] y[k - j]`` for ``1 <= j <= end``: the ``k``-th coefficient of ``t x' y``."""
    last = min(k if end is None else end, len(x) - 1)
    start = max(1, k - len(y) + 1)
    total: Any = 0.0
    for j in range(start, last + 1):
        term = j * x[j] * y[k - j]
        total = term if j == start else total + term
    return total


def times(x: Poly, y: Poly) -> Poly:
    """Return the product of two polynomials, to the order to which they are known."""
    return [cauchy(x, y, k) for k in range(order_of(x, y) + 1)]


def over(a: Any, b: Any) -> Any:
    """Return ``a / b`` without a warning or an exception for zeros."""
    if isinstance(b, int | float | complex) and not isinstance(b, np.generic) and b != 0:
        return a / b
    with np.errstate(all="ignore"):
        return np.divide(a, b)


def settled(parts: Poly, out: Any, *polys: Poly) -> Poly:
    """Return coefficients with zeros where no argument moves, even against an infinite slope.

    Args:
        parts: the coefficients of the value, from the first on.
        out: the value.
        polys: the polynomials of the arguments.
    """
    still: Any = True
    fixed: Poly = []
    for k, part in enumerate(parts, start=1):
        part = fit_out(part, out)
        for poly in polys:
            if k < len(poly):
                still = still & np.equal(poly[k], 0)
        if not np.all(np.isfinite(part)):
            part = fit_out(np.where(still, 0.0, part)[()], out)
        fixed.append(part)
    return fixed


def integrated(slope: Poly, x: Poly) -> Poly:
    """Return the coefficients of ``y`` from the first on, where ``y' = slope x'``."""
    return [weighted(x, slope, k) / k for k in range(1, order_of(x) + 1)]


def divided(x: Poly, w: Poly) -> Poly:
    """Return the coefficients of ``y`` from the first on, where ``y' w = x'``."""
    y: Poly = [0.0]
    for k in range(1, order_of(x) + 1):
        y.append(over((x[k] if k < len(x) else 0.0) - weighted(y, w, k, k - 1) / k, w[0]))
    return y[1:]


def root(w: Poly, out: Any) -> Poly:
    """Return the polynomial of the square root of ``w``, whose value is ``out``."""
    y = [out]
    with np.errstate(all="ignore"):
        for k in range(1, order_of(w) + 1):
            y.append(over(w[k] - cauchy(y, y, k, 1, k - 1), 2 * out))
    return y


# --- sums, products, quotients -------------------------------------------------------------------
@series_rule(operator.add, np.add)
def add_series(out: Any, x: Poly, y: Poly) -> Poly:
    """Coefficient by coefficient."""
    return [fit_out(part(x, k) + part(y, k), out) for k in range(1, order_of(x, y) + 1)]


@series_rule(operator.sub, np.subtract)
def sub_series(out: Any, x: Poly, y: Poly) -> Poly:
    """Coefficient by coefficient."""
    return [fit_out(part(x, k) - part(y, k), out) for k in range(1, order_of(x, y) + 1)]


def part(x: Poly, k: int) -> Any:
    """Return a coefficient; zero beyond the end."""
    return x[k] if k < len(x) else 0.0


@series_rule(operator.neg, np.negative)
def neg_series(out: Any, x: Poly) -> Poly:
    """The opposite of each."""
    return [-c for c in x[1:]]


@series_rule(operator.pos, np.positive)
def pos_series(out: Any, x: Poly) -> Poly:
    """The same."""
    return x[1:]


@series_rule(operator.mul, np.multiply)
def mul_series(out: Any, x: Poly, y: Poly) -> Poly:
    """Cauchy's product."""
    return [fit_out(cauchy(x, y, k), out) for k in range(1, order_of(x, y) + 1)]


@series_rule(np.square)
def square_series(out: Any, x: Poly) -> Poly:
    """Cauchy's product."""
    return times(x, x)[1:]


@series_rule(operator.truediv, np.divide)
def div_series(out: Any, x: Poly, y: Poly) -> Poly:
    """``y z = x``, solved for the coefficients of ``z``."""
    z = [out]
    with np.errstate(all="ignore"):
        for k in range(1, order_of(x, y) + 1):
            z.append(over(part(x, k) - cauchy(y, z, k, 1), y[0]))
    return settled(z[1:], out, x, y)


@series_rule(np.reciprocal)
def reciprocal_series(out: Any, x: Poly) -> Poly:
    """One, divided."""
    return div_series(out, [1.0], x)


# --- exponentials and logarithms -----------------------------------------------------------------
@series_rule(np.exp, math.exp)
def exp_series(out: Any, x: Poly) -> Poly:
    """``y' = y x'``."""
    return grown(out, x)[1:]


def grown(out: Any, x: Poly) -> Poly:
    """Return the polynomial with ``y' = y x'`` and the value ``out``."""
    y = [out]
    for k in range(1, order_of(x) + 1):
        y.append(weighted(x, y, k) / k)
    return y


@series_rule(np.expm1, math.expm1)
def expm1_series(out: Any, x: Poly) -> Poly:
    """The exponential, from the value that is there already."""
    return grown(out + 1.0, x)[1:]


@series_rule(np.exp2, *members(math, "exp2"))
def exp2_series(out: Any, x: Poly) -> Poly:
    """The exponential in another base."""
    return grown(out, [c * math.log(2.0) for c in x])[1:]


@series_rule(np.log, math.log)
def log_series(out: Any, x: Poly, *base: Poly) -> Any:
    """``y' x = x'``."""
    return NotImplemented if base else settled(divided(x, x), out, x)


@series_rule(np.log2, math.log2)
def log2_series(out: Any, x: Poly) -> Poly:
    """The logarithm in another base."""
    return settled([c / math.log(2.0) for c in divided(x, x)], out, x)


@series_rule(np.log10, math.log10)
def log10_series(out: Any, x: Poly) -> Poly:
    """The logarithm in another base."""
    return settled([c / math.log(10.0) for c in divided(x, x)], out, x)


@series_rule(np.log1p, math.log1p)
def log1p_series(out: Any, x: Poly) -> Poly:
    """``y' (1 + x) = x'``."""
    return settled(divided(x, [1.0 + x[0], *x[1:]]), out, x)


def mixed(out: Any, x: Poly, y: Poly, half: float, base: float) -> Poly:
    """Return the polynomial of ``log(base**x + base**y) / log(base)``; the shares are those of the rule.

    With ``u`` and ``v`` the exponentials, divided by their sum at the start, ``out' (u + v) = (u + v)'``.
    """
    order, scale = order_of(x, y), math.log(base)
    u = grown(np.exp(scale * share(x[0], y[0], out, half)), [c * scale for c in x])
    v = grown(np.exp(scale * share(y[0], x[0], out, half)), [c * scale for c in y])
    both = [part(u, k) + part(v, k) for k in range(order + 1)]
    return [fit_out(c / scale, out) for c in divided(both, both)]


@series_rule(np.logaddexp)
def logaddexp_series(out: Any, x: Poly, y: Poly) -> Poly:
    """The logarithm of a sum of exponentials."""
    return mixed(out, x, y, -math.log(2.0), math.e)


@series_rule(np.logaddexp2)
def logaddexp2_series(out: Any, x: Poly, y: Poly) -> Poly:
    """The same with powers of two."""
    return mixed(out, x, y, -1.0, 2.0)


# --- roots ---------------------------------------------------------------------------------------
@series_rule(np.sqrt, math.sqrt)
def sqrt_series(out: Any, x: Poly) -> Poly:
    """``y y = x``, solved for the coefficients of ``y``."""
    return settled(root(x, out)[1:], out, x)


@series_rule(np.hypot)
def hypot_series(out: Any, x: Poly, y: Poly) -> Poly:
    """The root of the sum of squares; zero at the origin, as its gradient is there."""
    squares = [cauchy(x, x, k) + cauchy(y, y, k) for k in range(order_of(x, y) + 1)]
    length = out + np.equal(out, 0)
    return [fit_out(np.where(np.equal(out, 0), 0.0, c)[()], out) for c in root(squares, length)[1:]]


# --- circular and hyperbolic functions -----------------------------------------------------------
def waves(x: Poly, sine: Any, cosine: Any, sign: float) -> tuple[Poly, Poly]:
    """Return the polynomials of sine and cosine (``sign`` -1) or of the hyperbolic ones (1)."""
    s, c = [sine], [cosine]
    for k in range(1, order_of(x) + 1):
        s_k, c_k = weighted(x, c, k) / k, sign * weighted(x, s, k) / k
        s.append(s_k)
        c.append(c_k)
    return s, c


@series_rule(np.sin, math.sin)
def sin_series(out: Any, x: Poly) -> Poly:
    """Together with the cosine."""
    return waves(x, out, np.cos(x[0]), -1.0)[0][1:]


@series_rule(np.cos, math.cos)
def cos_series(out: Any, x: Poly) -> Poly:
    """Together with the sine."""
    return waves(x, np.sin(x[0]), out, -1.0)[1][1:]


@series_rule(np.sinh, math.sinh)
def sinh_series(out: Any, x: Poly) -> Poly:
    """Together with the hyperbolic cosine."""
    return waves(x, out, np.cosh(x[0]), 1.0)[0][1:]


@series_rule(np.cosh, math.cosh)
def cosh_series(out: Any, x: Poly) -> Poly:
    """Together with the hyperbolic sine."""
    return waves(x, np.sinh(x[0]), out, 1.0)[1][1:]


def riccati(out: Any, x: Poly, sign: float) -> Poly:
    """Return the coefficients of ``y`` with ``y' = (1 + sign y^2) x'``."""
    y, w = [out], [1.0 + sign * out * out]
    for k in range(1, order_of(x) + 1):
        y.append(weighted(x, w, k) / k)
        w.append(sign * cauchy(y, y, k))
    return y[1:]


@series_rule(np.tan, math.tan)
def tan_series(out: Any, x: Poly) -> Poly:
    """``y' = (1 + y^2) x'``."""
    return riccati(out, x, 1.0)


@series_rule(np.tanh, math.tanh)
def tanh_series(out: Any, x: Poly) -> Poly:
    """``y' = (1 - y^2) x'``."""
    return riccati(out, x, -1.0)


def quadratic(x: Poly, constant: float, sign: float) -> Poly:
    """Return the polynomial of ``constant + sign x^2``."""
    squares = times(x, x)
    return [constant + sign * squares[0], *(sign * c for c in squares[1:])]


@series_rule(np.arctan, math.atan)
def arctan_series(out: Any, x: Poly) -> Poly:
    """``y' (1 + x^2) = x'``."""
    return divided(x, quadratic(x, 1.0, 1.0))


@series_rule(np.arctanh, math.atanh)
def arctanh_series(out: Any, x: Poly) -> Poly:
    """``y' (1 - x^2) = x'``."""
    w = quadratic(x, 1.0, -1.0)
    return settled(divided(x, [(1.0 - x[0]) * (1.0 + x[0]), *w[1:]]), out, x)


@series_rule(np.arcsin, math.asin)
def arcsin_series(out: Any, x: Poly) -> Poly:
    """``y' sqrt(1 - x^2) = x'``."""
    w = quadratic(x, 1.0, -1.0)
    return settled(divided(x, root(w, np.sqrt((1.0 - x[0]) * (1.0 + x[0])))), out, x)


@series_rule(np.arccos, math.acos)
def arccos_series(out: Any, x: Poly) -> Poly:
    """Minus that of the arcsine."""
    return [-c for c in arcsin_series(out, x)]


@series_rule(np.arcsinh, math.asinh)
def arcsinh_series(out: Any, x: Poly) -> Poly:
    """``y' sqrt(1 + x^2) = x'``."""
    return divided(x, root(quadratic(x, 1.0, 1.0), np.cosh(out)))


@series_rule(np.arccosh, math.acosh)
def arccosh_series(out: Any, x: Poly) -> Poly:
    """``y' sqrt(x^2 - 1) = x'``."""
    w = quadratic(x, -1.0, 1.0)
    return settled(divided(x, root(w, np.sqrt(x[0] - 1.0) * np.sqrt(x[0] + 1.0))), out, x)


@series_rule(np.arctan2, math.atan2)
def arctan2_series(out: Any, y: Poly, x: Poly) -> Poly:
    """``out' (x^2 + y^2) = x y' - y x'``; zero at the origin, as its gradient is there."""
    order = order_of(x, y)
    w = [cauchy(x, x, k) + cauchy(y, y, k) for k in range(order + 1)]
    origin = np.equal(w[0], 0)
    w[0] = w[0] + origin
    z: Poly = [0.0]
    for k in range(1, order + 1):
        turned = weighted(y, x, k) - weighted(x, y, k)
        z.append((turned / k - weighted(z, w, k, k - 1) / k) / w[0])
    return [fit_out(np.where(origin, 0.0, c)[()], out) for c in z[1:]]
