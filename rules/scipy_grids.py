"""Rules of scipy.interpolate for data on grids: interp1d, RegularGridInterpolator and interpn.

By the points, by the values on the grid, and by the grid itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.composed import composed, constructed, evaluated, refused
from adjoint.rules.scipy_interpolate import de_boor, interpolate, placed, table
from adjoint.rules.scipy_splines import interpolating_spline

# -- one axis -----------------------------------------------------------------------------------

DEGREES = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}


def filling(fill_value: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Return the values below and above the abscissae; None where the interpolant goes on."""
    if isinstance(fill_value, str):
        return None, None
    pair = fill_value if isinstance(fill_value, tuple) and len(fill_value) == 2 else (fill_value, fill_value)
    low, high = np.asarray(pair[0]), np.asarray(pair[1])
    low = np.broadcast_to(low, shape) if np.size(low) > 1 else low
    high = np.broadcast_to(high, shape) if np.size(high) > 1 else high
    return np.reshape(low, -1), np.reshape(high, -1)


@constructed(interpolate.interp1d, "x y _fill_value_below _fill_value_above")
def interpolator(
    x: Any, y: Any, kind: Any = "linear", axis: Any = -1, copy: Any = True, bounds_error: Any = None,
    fill_value: Any = np.nan, assume_sorted: Any = False,
) -> Any:  # fmt: skip
    """The abscissae in order, with their ordinates; and what is put outside."""
    points, values = np.asarray(x), np.asarray(y)
    if not assume_sorted:
        order = np.argsort(points, kind="mergesort")
        points, values = points[order], np.take(values, order, axis=axis)
    rows = np.moveaxis(values, axis, 0)
    low, high = filling(fill_value, np.shape(rows)[1:])
    if low is None and kind == "previous":
        high = np.reshape(rows[-1], -1)
    if low is None and kind == "next":
        low = np.reshape(rows[0], -1)
    return points, values, low, high


def samples(self: Any) -> Any:
    """Return the fields of an interp1d that may move; where it extrapolates nothing is put outside."""
    if self._extrapolate:
        return self.x, self.y, None, None
    return self.x, self.y, self._fill_value_below, self._fill_value_above


def kind_and_axis(self: Any) -> Any:
    """Return the kind, the degree of a spline, and the axis of an interp1d."""
    return self._kind, self._spline.k if self._kind == "spline" else 0, self.axis


def chord(x: Any, rows: Any, at: Any) -> Any:
    """Return the linear interpolant of the rows of a matrix at points."""
    if len(x) == 1:
        return rows[np.zeros(len(at), int)] + 0.0 * at[:, None]
    high = np.clip(np.searchsorted(x, at), 1, len(x) - 1)
    share = ((at - x[high - 1]) / (x[high] - x[high - 1]))[:, None]
    return (1.0 - share) * rows[high - 1] + share * rows[high]


def neighbour(kind: str, x: Any, at: Any) -> Any:
    """Return the index of the abscissa whose value is taken at each point."""
    last = len(x) - 1
    if kind in ("nearest", "nearest-up"):
        middles = x[1:] / 2.0 + x[:-1] / 2.0
        return np.clip(np.searchsorted(middles, at, "left" if kind == "nearest" else "right"), 0, last)
    if kind == "previous":
        return np.clip(np.searchsorted(np.nextafter(x, -np.inf), at, "left"), 1, last + 1) - 1
    return np.clip(np.searchsorted(np.nextafter(x, np.inf), at, "right"), 0, last)


@evaluated(
    interpolate.interp1d, "__call__",
    fields="x y _fill_value_below _fill_value_above", parts=samples, facts=kind_and_axis,
)  # fmt: skip
def interpolated(parts: Any, facts: Any, x: Any) -> Any:
    """Linear in the values; the nearest, previous or next one is constant between abscissae."""
    points, values, low, high = parts
    kind, degree, axis = facts
    at = np.asarray(x)
    flat = np.reshape(at, -1)
    rest = np.shape(np.moveaxis(values, axis, 0))[1:]
    rows = table(np.moveaxis(values, axis, 0))
    if kind == "spline":
        knots, c = interpolating_spline(points, rows, degree)
        out = de_boor(knots, c, degree, flat)
    elif kind == "linear":
        out = chord(points, rows, flat)
    else:
        out = rows[neighbour(kind, points, flat)]
    for limit, outside in ((low, flat < points[0]), (high, flat > points[-1])):
        if limit is not None:
            out = np.where(outside[:, None], limit, out)
    return placed(out, np.shape(at), rest, axis)


# -- several axes ---------------------------------------------------------------------------------

GRID_DEGREES = {"slinear": 1, "cubic": 3, "quintic": 5}
#: Older versions of SciPy have other names for the grid and the values on it.
OLD = "grid" in vars(interpolate.RegularGridInterpolator(([0.0, 1.0],), [0.0, 1.0]))
FIELDS = "grid values fill_value" if OLD else "_grid _values fill_value"


@constructed(interpolate.RegularGridInterpolator, FIELDS, keyword_only="solver solver_args")
def grid_interpolator(
    points: Any, values: Any, method: Any = "linear", bounds_error: Any = True, fill_value: Any = np.nan,
    solver: Any = None, solver_args: Any = None,
) -> Any:  # fmt: skip
    """The axes of the grid in rising order, with their values."""
    grid = [np.asarray(axis) for axis in points]
    rows = np.asarray(values)
    for k, axis in enumerate(grid):
        if len(axis) > 1 and axis[0] > axis[-1]:
            rows = np.flip(rows, k)
    return tuple(np.flip(a) if len(a) > 1 and a[0] > a[-1] else a for a in grid), rows, fill_value


def table_of(self: Any) -> Any:
    """Return the fields of a RegularGridInterpolator that may move."""
    return self.grid, self.values, self.fill_value


def method_and_bounds(self: Any) -> Any:
    """Return the method, and whether points outside are errors."""
    return self.method, self.bounds_error


def shares(nearest: bool, axis: Any, at: Any) -> list[tuple[Any, Any]]:
    """Return which entries along an axis a point is interpolated from, and by how much of each.

    Args:
        nearest: whether the nearer neighbour is taken instead of both.
        axis: the coordinates of the grid, shape (n,).
        at: one coordinate of every point, shape (N,).
    """
    if len(axis) == 1:
        return [(np.zeros(np.shape(at), int), 1.0 + 0.0 * at)]
    low = np.clip(np.searchsorted(axis, at) - 1, 0, len(axis) - 2)
    share = (at - axis[low]) / (axis[low + 1] - axis[low])
    if nearest:
        return [(np.where(share <= 0.5, low, low + 1), 1.0 + 0.0 * at)]
    return [(low, 1.0 - share), (low + 1, share)]


def by_corners(nearest: bool, grid: Any, values: Any, at: Any) -> Any:
    """Return the sums of the values at the corners around points, by their weights; see `shares`."""
    found: Any = [((), 1.0)]
    for k, axis in enumerate(grid):
        ways = shares(nearest, axis, at[:, k])
        found = [((*index, i), weight * w) for index, weight in found for i, w in ways]
    rest = [1] * (np.ndim(values) - len(grid))
    return sum(values[index] * np.reshape(weight, (-1, *rest)) for index, weight in found)


def by_splines(degree: int, grid: Any, values: Any, at: Any) -> Any:
    """Return the values at points of a product of splines, one for each axis."""
    out: Any = None
    for k, axis in enumerate(grid):
        knots, c = interpolating_spline(axis, np.eye(len(axis)), degree)
        weights = de_boor(knots, c, degree, at[:, k])
        if out is None:
            out = np.tensordot(weights, values, 1)
        else:
            out = np.sum(np.reshape(weights, (*np.shape(weights), *[1] * (np.ndim(out) - 2))) * out, axis=1)
    return out


def coordinates(xi: Any, ndim: int) -> Any:
    """Return points as an array whose last axis has one entry for every axis of the grid."""
    if isinstance(xi, tuple):
        return np.stack(np.broadcast_arrays(*[np.asarray(x) for x in xi]), axis=-1)
    points = np.asarray(xi)
    if np.ndim(points) == 1:
        return np.reshape(points, (-1, 1) if ndim == 1 else (1, -1))
    return points


@evaluated(
    interpolate.RegularGridInterpolator, "__call__",
    fields=FIELDS, parts=table_of, facts=method_and_bounds, keyword_only="nu",
)  # fmt: skip
def on_grid(parts: Any, facts: Any, xi: Any, method: Any = None, nu: Any = None) -> Any:
    """Weighted sums of the values at the corners around a point; splines use all of them."""
    grid, values, fill = parts
    way = facts[0] if method is None else method
    if way == "pchip":
        raise refused(
            "RegularGridInterpolator",
            "the slopes of `pchip` depend on the values.",
            "use 'linear' or 'cubic'",
        )
    if nu is not None:
        raise refused("RegularGridInterpolator", "it gives derivatives (`nu`).", "use jvp of its values")
    ndim = len(grid)
    points = coordinates(xi, ndim)
    at = np.reshape(points, (-1, ndim))
    rest = [1] * (np.ndim(values) - ndim)
    if way in GRID_DEGREES:
        out = by_splines(GRID_DEGREES[way], grid, values, at)
    else:
        out = by_corners(way == "nearest", grid, values, at)
    blank = np.any(np.isnan(at), axis=-1)
    if not facts[1] and fill is not None:
        beyond = [(at[:, k] < axis[0]) | (at[:, k] > axis[-1]) for k, axis in enumerate(grid)]
        out = np.where(np.reshape(np.any(np.stack(beyond), axis=0), (-1, *rest)), fill, out)
    out = np.where(np.reshape(blank, (-1, *rest)), np.nan, out)
    return np.reshape(out, (*np.shape(points)[:-1], *np.shape(values)[ndim:]))


@composed(interpolate.interpn)
def interpn(
    points: Any,
    values: Any,
    xi: Any,
    method: Any = "linear",
    bounds_error: Any = True,
    fill_value: Any = np.nan,
) -> Any:
    """As RegularGridInterpolator."""
    if method == "splinef2d":
        raise refused("interpn", "splines by FITPACK have no rule.", "use method='cubic'")
    parts = grid_interpolator(points, values, method, bounds_error, fill_value)
    return on_grid(parts, (method, bounds_error), xi)
