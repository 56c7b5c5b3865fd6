"""Incomplete gamma and beta functions and Student's distribution, by their shapes: values of derivatives.

In the logarithm of the variate (for the beta distribution in the logarithm of its odds) the density is
log-concave and smooth.  Its derivative by a shape is a smooth factor times the density, and is integrated
from the point of evaluation towards the tail, away from the mode, so that nothing cancels; a shape below one,
whose tail is long, is first raised by one with the recurrence of the function.

Source of the mathematics: NIST Digital Library of Mathematical Functions, 8.8.5, 8.17.20 and 8.17.21;
R. Boik and J. Robison-Cox, Derivatives of the incomplete beta function (1998).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

special: Any = importlib.import_module("scipy.special")

#: The density falls by this much, as a logarithm, before the integral is cut off.
DROP = 42.0
NODES, WEIGHTS = (0.5 * part for part in np.polynomial.legendre.leggauss(64))

Fall = Callable[[Any], Any]


def reach(fall: Fall, shape: tuple[int, ...]) -> Any:
    """Return how far the integral has to go until the logarithm of the density has fallen by `DROP`."""
    found = np.full(shape, 2.0**-40)
    for _ in range(64):
        short = fall(found) > -DROP
        if not np.any(short):
            break
        found = np.where(short, 2.0 * found, found)
    return found


def tail(fall: Fall, factor: Fall, shape: tuple[int, ...]) -> Any:
    """Return the integral of ``factor * exp(fall)`` from zero, by the rule of Gauss and Legendre."""
    length = reach(fall, shape)
    total = np.zeros(shape)
    for node, weight in zip(NODES.tolist(), WEIGHTS.tolist(), strict=True):
        w = length * (node + 0.5)
        total += weight * factor(w) * np.exp(fall(w))
    return length * total


def entries(*values: Any) -> tuple[Any, ...]:
    """Return the arguments as arrays of doubles of one shape, and the dtype of what is computed of them."""
    dtype = np.result_type(*values, 1.0)
    return *np.broadcast_arrays(*[np.asarray(value, float) for value in values]), dtype


# -- the incomplete gamma function --------------------------------------------------------------


def gamma_moment(a: Any, x: Any, order: int) -> Any:
    """Return a derivative of ``P(a, x)`` by ``a``, for positive arguments."""
    raised = (a < 1.0) & (x < 1.0)
    shape = np.where(raised, a + 1.0, a)
    log_x = np.log(x)
    sign = np.where(log_x < np.log(np.maximum(shape, 1.0)), -1.0, 1.0)

    def factor(by_a: Any, shape: Any) -> Any:
        return by_a if order == 1 else by_a * by_a - special.polygamma(1, shape)

    def fall(w: Any) -> Any:
        return shape * sign * w - x * np.expm1(sign * w)

    center = log_x - special.psi(shape)
    found = tail(fall, lambda w: factor(center + sign * w, shape), a.shape)
    density = np.exp(shape * log_x - x - special.gammaln(shape))
    step = np.exp(a * log_x - x - special.gammaln(a + 1.0))
    return (
        np.where(raised, step * factor(log_x - special.psi(a + 1.0), a + 1.0), 0.0) - sign * density * found
    )


def gamma_derivative(a: Any, x: Any, order: int) -> Any:
    """Return a derivative of ``P(a, x)`` by ``a``; zero at the ends, NaN where the function is."""
    a, x, dtype = entries(a, x)
    inside = (a > 0.0) & (x > 0.0) & np.isfinite(a) & np.isfinite(x)
    with np.errstate(all="ignore"):
        found = gamma_moment(np.where(inside, a, 1.0), np.where(inside, x, 1.0), order)
    outside = np.where(np.isnan(special.gammainc(a, x)), np.nan, 0.0)
    return np.where(inside, found, outside).astype(dtype)[()]


def gamma_by_shape(a: Any, x: Any) -> Any:
    """Return the derivative of the regularised incomplete gamma function ``P(a, x)`` by ``a``."""
    return gamma_derivative(a, x, 1)


def gamma_by_shape_twice(a: Any, x: Any) -> Any:
    """Return the second derivative of the regularised incomplete gamma function ``P(a, x)`` by ``a``."""
    return gamma_derivative(a, x, 2)


# -- the incomplete beta function ---------------------------------------------------------------


def beta_factor(log_x: Any, log_y: Any, a: Any, b: Any, total: Any, by: str) -> Callable[..., Any]:
    """Return what the density is multiplied by in a derivative: a function of changes of the logarithms."""
    both, spread = special.psi(total), special.polygamma(1, total)
    of_a, of_b = log_x - special.psi(a) + both, log_y - special.psi(b) + both
    if by == "a":
        return lambda more_x, more_y: of_a + more_x
    if by == "b":
        return lambda more_x, more_y: of_b + more_y
    if by == "ab":
        return lambda more_x, more_y: (of_a + more_x) * (of_b + more_y) + spread
    if by == "aa":
        return lambda more_x, more_y: (of_a + more_x) ** 2 - special.polygamma(1, a) + spread
    return lambda more_x, more_y: (of_b + more_y) ** 2 - special.polygamma(1, b) + spread


def beta_moment(a: Any, b: Any, x: Any, y: Any, by: str) -> Any:
    """Return a derivative of ``I_x(a, b)`` by shapes, for ``0 < x < 1`` and ``y = 1 - x``."""
    log_x = np.where(x < 0.5, np.log(x), np.log1p(-y))
    log_y = np.where(y < 0.5, np.log(y), np.log1p(-x))
    left = log_x - log_y < np.log(np.maximum(a, 1.0)) - np.log(np.maximum(b, 1.0))
    sign = np.where(left, -1.0, 1.0)
    raised = np.where(left, a, b) < 1.0
    p, q = np.where(raised & left, a + 1.0, a), np.where(raised & ~left, b + 1.0, b)

    def more(w: Any) -> tuple[Any, Any]:
        return -np.log1p(y * np.expm1(-sign * w)), -np.log1p(x * np.expm1(sign * w))

    def fall(w: Any) -> Any:
        more_x, more_y = more(w)
        return p * more_x + q * more_y

    factor = beta_factor(log_x, log_y, p, q, p + q, by)
    found = tail(fall, lambda w: factor(*more(w)), a.shape)
    density = np.exp(p * log_x + q * log_y - special.betaln(p, q))
    at_step = beta_factor(log_x, log_y, p, q, a + b, by)(0.0, 0.0)
    step = np.exp(a * log_x + b * log_y - special.betaln(a, b)) / np.where(left, a, b)
    return -sign * (np.where(raised, step * at_step, 0.0) + density * found)


def beta_derivative(a: Any, b: Any, x: Any, y: Any, by: str) -> Any:
    """Return a derivative of ``I_x(a, b)``; zero at the ends, NaN where the function is."""
    a, b, x, y, dtype = entries(a, b, x, y)
    inside = (a > 0.0) & (b > 0.0) & (x > 0.0) & (y > 0.0) & np.isfinite(a + b)
    p, q = np.where(inside, a, 1.0), np.where(inside, b, 1.0)
    low, high = np.where(inside, x, 0.5), np.where(inside, y, 0.5)
    with np.errstate(all="ignore"):
        found = beta_moment(p, q, low, high, by)
    outside = np.where(np.isnan(special.betainc(a, b, x)), np.nan, 0.0)
    return np.where(inside, found, outside).astype(dtype)[()]


def beta_by_a(a: Any, b: Any, x: Any) -> Any:
    """Return the derivative of the regularised incomplete beta function ``I_x(a, b)`` by ``a``."""
    return beta_derivative(a, b, x, 1.0 - x, "a")


def beta_by_b(a: Any, b: Any, x: Any) -> Any:
    """Return the derivative of the regularised incomplete beta function ``I_x(a, b)`` by ``b``."""
    return beta_derivative(a, b, x, 1.0 - x, "b")


def beta_by_shapes(a: Any, b: Any, x: Any, by: str) -> Any:
    """Return a second derivative of ``I_x(a, b)``: ``by`` is ``"aa"``, ``"ab"`` or ``"bb"``."""
    return beta_derivative(a, b, x, 1.0 - x, by)


# -- Student's distribution ---------------------------------------------------------------------


def student_parts(df: Any, t: Any) -> tuple[Any, Any, Any, Any]:
    """Return the beta distribution's variate, its complement, its flow, and the flow's logarithmic slope.

    The variate ``df / (df + t * t)`` moves with ``df``; the flow is the density there times that slope.
    """
    square = t * t
    whole = df + square
    x, y = df / whole, square / whole
    a = 0.5 * df
    flow = np.exp(a * np.log(x) + 0.5 * np.log(y) - special.betaln(a, 0.5)) / df
    slope = 0.5 * (np.log(x) - special.psi(a) + special.psi(a + 0.5) + y) - 0.5 / whole - 1.0 / df
    return x, y, flow, slope


def student_derivative(df: Any, t: Any, order: int) -> Any:
    """Return a derivative of Student's distribution function by ``df``, zero at the ends and at zero."""
    df, t, dtype = entries(df, t)
    inside = (df > 0.0) & (t != 0.0) & np.isfinite(df) & np.isfinite(t)
    outside = np.where(np.isnan(special.stdtr(df, t)), np.nan, 0.0)
    df, t = np.where(inside, df, 1.0), np.where(inside, t, 1.0)
    with np.errstate(all="ignore"):
        x, y, flow, slope = student_parts(df, t)
        if order == 1:
            found = 0.5 * beta_derivative(0.5 * df, 0.5, x, y, "a") + flow
        else:
            by_x = 0.5 * (np.log(x) - special.psi(0.5 * df) + special.psi(0.5 * df + 0.5))
            found = 0.25 * beta_derivative(0.5 * df, 0.5, x, y, "aa") + flow * (slope + by_x)
    return np.where(inside, -0.5 * np.sign(t) * found, outside).astype(dtype)[()]


def student_by_df(df: Any, t: Any) -> Any:
    """Return the derivative of Student's distribution function by its degrees of freedom."""
    return student_derivative(df, t, 1)


def student_by_df_twice(df: Any, t: Any) -> Any:
    """Return the second derivative of Student's distribution function by its degrees of freedom."""
    return student_derivative(df, t, 2)
