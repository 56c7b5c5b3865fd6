"""Rules of scipy.interpolate: piecewise polynomials and splines, by the point where they are evaluated.

The coefficients are held fixed: a derivative by them, or by the values that were interpolated, raises where
it is needed.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out
from adjoint.rules.symbolic import not_implemented

interpolate: Any = importlib.import_module("scipy.interpolate")

#: The derivative by the coefficients of a spline, which raises where it is needed.
COEFFICIENTS = not_implemented("a spline by its coefficients or by the values it interpolates")


def by_point(product: Any, x: Any, axis: int) -> Any:
    """Sum over the values at each point; the points' axes stand at ``axis`` of the product."""
    ndim = np.ndim(x)
    rows = np.moveaxis(product, range(axis, axis + ndim), range(ndim))
    return np.sum(rows, axis=tuple(range(ndim, np.ndim(rows))))


def spread(x_dot: Any, slopes: Any, axis: int) -> Any:
    """Return the tangents of the points in the form of the values; see `by_point`."""
    after = np.ndim(slopes) - axis - np.ndim(x_dot)
    return np.reshape(x_dot, (*np.shape(x_dot), *[1] * after))


@rrule(interpolate.PPoly.__call__, interpolate.BSpline.__call__, fresh=True)
def evaluated(self: Any, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
    """The next derivative of the spline."""
    out = self(x, nu, extrapolate)

    def evaluated_pullback(out_bar: Any) -> Any:
        slopes = self(x, nu + 1, extrapolate)
        return COEFFICIENTS, fit(by_point(np.asarray(out_bar) * slopes, x, self.axis), x), None, None

    return out, evaluated_pullback


@frule(interpolate.PPoly.__call__, interpolate.BSpline.__call__)
def evaluated_forward(self: Any, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
    """The next derivative of the spline."""
    out = self(x, nu, extrapolate)

    def evaluated_pushforward(self_dot: Any, x_dot: Any, nu_dot: Any, extrapolate_dot: Any) -> Any:
        slopes = self(x, nu + 1, extrapolate)
        dot = fit_out(spread(x_dot, slopes, self.axis) * slopes, out)
        return None if self_dot is None else COEFFICIENTS, dot, None, None

    return out, evaluated_pushforward
