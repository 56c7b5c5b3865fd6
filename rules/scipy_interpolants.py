"""Rules of scipy.interpolate: the polynomial through all points, in either of the forms that SciPy has.

Barycentric and divided differences are the same polynomial; it is differentiated by Neville's algorithm,
which divides by differences of abscissae only and so is smooth at the abscissae, too.

Source of the mathematics: J. Stoer and R. Bulirsch, "Introduction to Numerical Analysis" (3rd ed., 2002),
section 2.1.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.composed import composed, constructed, evaluated, refused
from adjoint.rules.scipy_interpolate import interpolate, placed, table

POINTS = "xi yi"


def neville(x: Any, rows: Any, at: Any) -> Any:
    """Return the values at points of the polynomial through the rows of a matrix, shape (points, columns)."""
    place = at[:, None, None]
    here = np.reshape(x, (-1, 1))
    out = np.broadcast_to(rows, (len(at), *np.shape(rows)))
    for k in range(1, len(rows)):
        low, high = here[:-k], here[k:]
        out = ((place - high) * out[:, :-1] - (place - low) * out[:, 1:]) / (low - high)
    return out[:, 0]


def through(x: Any, y: Any, axis: int) -> tuple[Any, Any]:
    """Return abscissae and the matrix of ordinates of a polynomial.

    Raises:
        RuleError: ADJ202, there are no ordinates, or abscissae come twice.
    """
    if y is None:
        raise refused("scipy.interpolate", "the ordinates are given later.", "give them to the constructor")
    if len(np.unique(np.asarray(x))) < len(x):
        raise refused(
            "scipy.interpolate", "repeated abscissae give derivatives.", "use CubicHermiteSpline or BPoly"
        )
    return np.asarray(x), table(np.moveaxis(np.asarray(y), axis, 0))


@constructed(interpolate.KroghInterpolator, POINTS)
def krogh(xi: Any, yi: Any, axis: Any = 0) -> Any:
    """The points themselves."""
    return through(xi, yi, axis)


@constructed(interpolate.BarycentricInterpolator, POINTS, keyword_only="wi rng")
def barycentric(xi: Any, yi: Any = None, axis: Any = 0, wi: Any = None, rng: Any = None) -> Any:
    """The points themselves; weights only change the last digits."""
    return through(xi, yi, axis)


def points_of(self: Any) -> Any:
    """Return abscissae and ordinates of an interpolant."""
    return self.xi, self.yi


def form_of(self: Any) -> Any:
    """Return the shape of one value and the interpolated axis."""
    return self._y_extra_shape, self._y_axis


@evaluated(interpolate.KroghInterpolator, "__call__", fields=POINTS, parts=points_of, facts=form_of)
def krogh_at(parts: Any, facts: Any, x: Any) -> Any:
    """By points, abscissae and ordinates."""
    rest, axis = facts
    return placed(neville(parts[0], parts[1], np.reshape(x, -1)), np.shape(x), rest, axis)


@evaluated(
    interpolate.BarycentricInterpolator,
    "__call__",
    fields=POINTS,
    parts=points_of,
    facts=form_of,
)
def barycentric_at(parts: Any, facts: Any, x: Any) -> Any:
    """By points, abscissae and ordinates."""
    return krogh_at(parts, facts, x)


def at_once(xi: Any, yi: Any, x: Any, axis: int, der: Any) -> Any:
    """Return the values at points of the polynomial through others.

    Raises:
        RuleError: ADJ202, a derivative of the polynomial is asked for.
    """
    if not isinstance(der, int) or der:
        raise refused(
            "scipy.interpolate",
            f"`der` is {der!r}.",
            "differentiate the interpolant",
        )
    points, rows = through(xi, yi, axis)
    whole = np.moveaxis(np.asarray(yi), axis, 0)
    facts = np.shape(whole)[1:], axis % np.ndim(whole)
    return krogh_at((points, rows), facts, x)


@composed(interpolate.krogh_interpolate)
def krogh_interpolate(xi: Any, yi: Any, x: Any, der: Any = 0, axis: Any = 0) -> Any:
    """The polynomial itself."""
    return at_once(xi, yi, x, axis, der)


@composed(interpolate.barycentric_interpolate, keyword_only="der rng")
def barycentric_interpolate(xi: Any, yi: Any, x: Any, axis: Any = 0, der: Any = 0, rng: Any = None) -> Any:
    """The polynomial itself."""
    return at_once(xi, yi, x, axis, der)
