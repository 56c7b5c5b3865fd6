"""Rules of scipy.interpolate: the values of piecewise polynomials and splines.

By the point, by the coefficients, and by the breakpoints or knots.  What the constructors make of the data
that they interpolate is in ``scipy_splines.py``.

Source of the mathematics: C. de Boor, "A Practical Guide to Splines" (1978), chapter X.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.composed import constructed, evaluated, refused

interpolate: Any = importlib.import_module("scipy.interpolate")

#: Whether interpolants hold the object that does the work, as since SciPy 1.18.
INSIDE = hasattr(interpolate.PPoly([[1.0]], [0.0, 1.0]), "_delegate_to")
#: The names under which a piecewise polynomial keeps coefficients and breakpoints.
PIECES = "_c _x" if hasattr(interpolate.PPoly, "_c") else "c x"
PIECES = "_delegate_to.c _delegate_to.x" if INSIDE else PIECES


def pieces(self: Any) -> Any:
    """Return coefficients and breakpoints."""
    return (self._c, self._x) if hasattr(self, "_c") else (self.c, self.x)


def axis_and_outside(self: Any) -> Any:
    """Return the axis of interpolation, and what happens outside of the breakpoints."""
    return self.axis, self.extrapolate


def interval(breaks: Any, x: Any) -> Any:
    """Return the interval between breakpoints, which rise or fall, in which each point lies; the first or
    last one for points outside."""
    if breaks[0] > breaks[-1]:
        found = np.searchsorted(-breaks, -x, "right")
    else:
        found = np.searchsorted(breaks, x, "right")
    return np.clip(found - 1, 0, len(breaks) - 2)


def table(c: Any) -> Any:
    """Return an array as a matrix with the same rows."""
    return np.reshape(c, (len(c), -1))


def placed(values: Any, shape: Any, rest: Any, axis: int) -> Any:
    """Return values at points, one row for each, the points' axes in place of the interpolated one.

    Args:
        values: shape (number of points, ...).
        shape: of the points.
        rest: of the value at one point.
        axis: the interpolated one.
    """
    out = np.reshape(values, (*shape, *rest))
    n = len(shape)
    axes = list(range(np.ndim(out)))
    return np.transpose(out, [*axes[n : n + axis], *axes[:n], *axes[n + axis :]])


def periodic(x: Any, low: Any, high: Any) -> Any:
    """Return points moved by whole periods into an interval."""
    return low + (x - low) % (high - low)


def blank_outside(values: Any, x: Any, low: Any, high: Any) -> Any:
    """Return rows of values, NaN where the point lies outside of an interval."""
    inside = (x >= low) & (x <= high)
    return np.where(inside[:, None], values, np.nan)


@evaluated(interpolate.PPoly, "__call__", fields=PIECES, parts=pieces, facts=axis_and_outside)
def piecewise(parts: Any, facts: Any, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
    """Powers of the distance from the breakpoint before; by points, coefficients and breakpoints."""
    c, breaks = parts
    axis, outside = facts
    outside = outside if extrapolate is None else extrapolate
    points = np.asarray(x)
    flat = np.reshape(points, -1)
    if outside == "periodic":
        flat = periodic(flat, breaks[0], breaks[-1])
    k = interval(breaks, flat)
    distance = (flat - breaks[k])[:, None]
    order = len(c)
    rows = np.reshape(c, (order, np.shape(c)[1], -1))
    out = 0.0 * (rows[0, k] * distance)
    for i in range(order - nu):
        factor = 1.0
        for power in range(order - i - nu, order - i):
            factor = factor * power
        out = out * distance + factor * rows[i, k]
    if not outside:
        out = blank_outside(out, flat, breaks[0], breaks[-1])
    return placed(out, np.shape(points), np.shape(c)[2:], axis)


def grown(c: Any, breaks: Any) -> Any:
    """Return the coefficients of the antiderivative of a piecewise polynomial that is zero at the start."""
    order, ones = len(c), [1] * (np.ndim(c) - 2)
    rows = c / np.reshape(np.arange(order, 0, -1), (-1, *[1] * (np.ndim(c) - 1)))
    steps = np.reshape(breaks[1:] - breaks[:-1], (-1, *ones))
    total = 0.0 * rows[0]
    for i in range(order):
        total = (total + rows[i]) * steps
    starts = np.concatenate([0.0 * total[:1], np.cumsum(total[:-1], axis=0)])
    return np.concatenate([rows, starts[None]])


@evaluated(
    interpolate.PPoly, "antiderivative",
    fields=PIECES, parts=pieces, facts=axis_and_outside, gives=PIECES,
)  # fmt: skip
def antiderivative(parts: Any, facts: Any, nu: Any = 1) -> Any:
    """Linear in the coefficients; by the breakpoints, too."""
    c, breaks = parts
    for _ in range(nu):
        c = grown(c, breaks)
    return c, breaks


@evaluated(interpolate.PPoly, "integrate", fields=PIECES, parts=pieces, facts=axis_and_outside)
def integral(parts: Any, facts: Any, a: Any, b: Any, extrapolate: Any = None) -> Any:
    """The difference of the antiderivative; by both ends, coefficients and breakpoints."""
    c, breaks = parts
    outside = facts[1] if extrapolate is None else extrapolate
    if outside == "periodic":
        raise refused("PPoly.integrate", "it is periodic.", "integrate whole periods apart")
    ends = piecewise((grown(c, breaks), breaks), (0, outside), np.stack([a, b]))
    return ends[1] - ends[0]


@constructed(interpolate.PPoly, PIECES)
def piecewise_polynomial(c: Any, x: Any, extrapolate: Any = None, axis: Any = 0) -> Any:
    """Coefficients and breakpoints are kept as they are."""
    rows = np.moveaxis(np.moveaxis(np.asarray(c), axis + 1, 0), axis + 1, 0)
    return rows, np.asarray(x)


# -- splines ------------------------------------------------------------------------------------


#: The names under which a spline keeps knots and coefficients.
KNOTS = "_t _c" if isinstance(vars(interpolate.BSpline).get("c"), property) else "t c"
KNOTS = "_delegate_to.t _delegate_to.c" if INSIDE else KNOTS


def knots_and_coefficients(self: Any) -> Any:
    """Return the fields of a spline that may move."""
    return (self._t, self._c) if hasattr(self, "_c") else (self.t, self.c)


def degree_and_outside(self: Any) -> Any:
    """Return the degree, the axis of interpolation, and what happens outside of the knots."""
    return self.k, self.axis, self.extrapolate


def differentiated(t: Any, c: Any, k: int) -> tuple[Any, Any]:
    """Return knots and coefficients, a matrix, of the derivative of a spline of degree ``k``."""
    n = len(t) - k - 1
    steps = t[k + 1 : k + n] - t[1:n]
    steps = np.where(steps == 0.0, 1.0, steps)
    return t[1:-1], k * (c[1:n] - c[: n - 1]) / steps[:, None]


def de_boor(t: Any, c: Any, k: int, x: Any) -> Any:
    """Return a spline of degree ``k`` at points, one row for each.

    Args:
        t: the knots.
        c: the coefficients, shape (n, m).
        k: the degree.
        x: the points, one-dimensional.
    """
    n = len(t) - k - 1
    first = np.clip(np.searchsorted(t, x, "right") - 1, k, n - 1) - k
    rows = c[first + np.arange(k + 1)[:, None]]
    for r in range(1, k + 1):
        at = first + np.arange(r, k + 1)[:, None]
        share = ((x - t[at]) / (t[at + k + 1 - r] - t[at]))[:, :, None]
        rows = (1.0 - share) * rows[:-1] + share * rows[1:]
    return rows[0]


@evaluated(
    interpolate.BSpline, "__call__", fields=KNOTS, parts=knots_and_coefficients, facts=degree_and_outside
)
def spline(parts: Any, facts: Any, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
    """De Boor's algorithm; by points, coefficients and knots."""
    t, rest = parts[0], np.shape(parts[1])[1:]
    c = table(parts[1])
    k, axis, outside = facts
    outside = outside if extrapolate is None else extrapolate
    points = np.asarray(x)
    flat = np.reshape(points, -1)
    low, high = t[k], t[len(t) - k - 1]
    if outside == "periodic":
        flat = periodic(flat, low, high)
    for _ in range(min(nu, k)):
        t, c = differentiated(t, c, k)
        k = k - 1
    out = de_boor(t, c, k, flat)
    if nu > facts[0]:
        out = 0.0 * out
    if not outside:
        out = blank_outside(out, flat, low, high)
    return placed(out, np.shape(points), rest, axis)


@evaluated(
    interpolate.BSpline, "derivative",
    fields=KNOTS, parts=knots_and_coefficients, facts=degree_and_outside, gives=KNOTS,
)  # fmt: skip
def spline_derivative(parts: Any, facts: Any, nu: Any = 1) -> Any:
    """Linear in the coefficients; by the knots, too."""
    t, rest = parts[0], np.shape(parts[1])[1:]
    c = table(parts[1])
    for order in range(nu):
        t, c = differentiated(t, c, facts[0] - order)
    whole = np.concatenate([c, np.zeros((len(t) - len(c), np.shape(c)[1]))])
    return t, np.reshape(whole, (-1, *rest))


@constructed(interpolate.BSpline, KNOTS)
def basis_spline(t: Any, c: Any, k: Any, extrapolate: Any = True, axis: Any = 0) -> Any:
    """Knots and coefficients are kept as they are."""
    return np.asarray(t), np.moveaxis(np.asarray(c), axis, 0)
