"""Rules of scipy.interpolate: what the constructors of splines make of the data that they interpolate.

A rule gives coefficients and breakpoints, or knots, by the data; ``scipy_interpolate.py`` evaluates them.

Source of the mathematics: the reference of SciPy; F. N. Fritsch and J. Butland (1984) for pchip, H. Akima
(1970).
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.composed import constructed, refused
from adjoint.rules.scipy_interpolate import KNOTS, PIECES, de_boor, differentiated, interpolate, table

linalg: Any = importlib.import_module("scipy.linalg")


def data(x: Any, y: Any, axis: int) -> tuple[Any, Any, Any]:
    """Return abscissae, rows of ordinates, and steps with as many axes as the rows."""
    points, rows = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    steps = points[1:] - points[:-1]
    return points, rows, np.reshape(steps, (-1, *[1] * (np.ndim(rows) - 1)))


def cubics(x: Any, rows: Any, steps: Any, slopes: Any) -> tuple[Any, Any]:
    """Return coefficients and breakpoints of the cubics with given values and slopes."""
    chords = (rows[1:] - rows[:-1]) / steps
    bend = (slopes[:-1] + slopes[1:] - 2.0 * chords) / steps
    return np.stack([bend / steps, (chords - slopes[:-1]) / steps - bend, slopes[:-1], rows[:-1]]), x


@constructed(interpolate.CubicHermiteSpline, PIECES)
def hermite(x: Any, y: Any, dydx: Any, axis: Any = 0, extrapolate: Any = None) -> Any:
    """Linear in values and slopes."""
    points, rows, steps = data(x, y, axis)
    return cubics(points, rows, steps, np.moveaxis(np.asarray(dydx), axis, 0))


# -- cubic splines ------------------------------------------------------------------------------


def both_ends(bc_type: Any) -> Any:
    """Return the condition at each end: a word, or order and value of a derivative."""
    ends = [bc_type, bc_type] if isinstance(bc_type, str) else list(bc_type)
    words = {"clamped": (1, 0.0), "natural": (2, 0.0)}
    return [words.get(end, end) if isinstance(end, str) else end for end in ends]


def end_row(end: Any, h: Any, far: Any, chords: Any, sign: float) -> tuple[Any, Any, Any]:
    """Return the equation of the slope at one end: diagonal, the entry beside it, and right-hand side.

    Args:
        end: the condition.
        h: the steps, the one at this end first.
        far: the second of them for the not-a-knot condition.
        chords: the slopes of the chords in the same order.
        sign: 1 at the left end, -1 at the right one.
    """
    first = h[0]
    if isinstance(end, str):
        d = first + far
        return far, d, ((first + 2.0 * d) * far * chords[0] + first**2 * chords[1]) / d
    order, value = end
    if order == 1:
        return 1.0 + 0.0 * first, 0.0 * first, value + 0.0 * chords[0]
    return 2.0 * first, first, -0.5 * sign * value * first**2 + 3.0 * chords[0] * first


def periodic_slopes(h: Any, chords: Any) -> Any:
    """Return the slopes of the periodic cubic spline; the cyclic system is solved as a full matrix."""
    n = len(chords)
    before, there = np.roll(h, 1), np.eye(n)
    matrix = (2.0 * (before + h))[:, None] * there
    matrix = matrix + h[:, None] * np.roll(there, -1, axis=1) + before[:, None] * np.roll(there, 1, axis=1)
    wide = np.reshape(h, (-1, *[1] * (np.ndim(chords) - 1)))
    side = 3.0 * (wide * np.roll(chords, 1, axis=0) + np.roll(wide, 1, axis=0) * chords)
    slopes = np.reshape(np.linalg.solve(matrix, np.reshape(side, (n, -1))), np.shape(chords))
    return np.concatenate([slopes, slopes[:1]])


def solved_slopes(h: Any, chords: Any, left: Any, right: Any) -> Any:
    """Return the slopes of the cubic spline with a condition at each end, from a tridiagonal system.

    Args:
        h: the steps, one-dimensional.
        chords: the slopes of the chords, shape (n - 1, ...).
        left: diagonal, the entry beside it and right-hand side of the first equation; see `end_row`.
        right: those of the last one.
    """
    wide = np.reshape(h, (-1, *[1] * (np.ndim(chords) - 1)))
    zero = np.zeros(1)
    upper = np.concatenate([zero, np.reshape(left[1], 1), h[:-1]])
    middle = np.concatenate([np.reshape(left[0], 1), 2.0 * (h[:-1] + h[1:]), np.reshape(right[0], 1)])
    lower = np.concatenate([h[1:], np.reshape(right[1], 1), zero])
    inner = 3.0 * (wide[1:] * chords[:-1] + wide[:-1] * chords[1:])
    one = np.shape(chords[:1])
    side = np.concatenate([np.reshape(left[2], one), inner, np.reshape(right[2], one)])
    solution = linalg.solve_banded(
        (1, 1), np.stack([upper, middle, lower]), np.reshape(side, (len(side), -1))
    )
    return np.reshape(solution, np.shape(side))


def parabola_slopes(h: Any, chords: Any) -> Any:
    """Return the slopes at three points of the parabola through them."""
    bend = (chords[1] - chords[0]) / (h[0] + h[1])
    return np.stack([chords[0] - bend * h[0], chords[0] + bend * h[0], chords[1] + bend * h[1]])


@constructed(interpolate.CubicSpline, PIECES)
def cubic_spline(x: Any, y: Any, axis: Any = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None) -> Any:
    """Slopes from a tridiagonal system; by abscissae, ordinates and the values of end conditions."""
    points, rows, steps = data(x, y, axis)
    h, chords = points[1:] - points[:-1], (rows[1:] - rows[:-1]) / steps
    left, right = both_ends(bc_type)
    free = [isinstance(end, str) for end in (left, right)]
    if len(h) == 1:
        left = (1, chords[0]) if free[0] else left
        right = (1, chords[0]) if free[1] else right
    if len(h) > 1 and free[0] and left == "periodic":
        slopes = periodic_slopes(h, chords)
    elif len(h) == 2 and free[0] and free[1]:
        slopes = parabola_slopes(h, chords)
    else:
        far = h[1] if len(h) > 1 else h[0]
        first = end_row(left, h, far, chords, 1.0)
        far = h[-2] if len(h) > 1 else h[0]
        slopes = solved_slopes(h, chords, first, end_row(right, h[::-1], far, chords[::-1], -1.0))
    return cubics(points, rows, steps, slopes)


# -- interpolants that keep the shape of the data -------------------------------------------------


def shape_end(h: Any, m: Any) -> Any:
    """Return the slope of pchip at an end, from the two steps and chords next to it."""
    slope = ((2.0 * h[0] + h[1]) * m[0] - h[0] * m[1]) / (h[0] + h[1])
    turned = np.sign(m[0]) != np.sign(m[1])
    steep = np.where(turned & (np.abs(slope) > 3.0 * np.abs(m[0])), 3.0 * m[0], slope)
    return np.where(np.sign(slope) != np.sign(m[0]), 0.0, steep)


@constructed(interpolate.PchipInterpolator, PIECES)
def pchip(x: Any, y: Any, axis: Any = 0, extrapolate: Any = None) -> Any:
    """Weighted harmonic means of neighbouring chords, zero where they change sign."""
    points, rows, h = data(x, y, axis)
    m = (rows[1:] - rows[:-1]) / h
    if len(m) == 1:
        return cubics(points, rows, h, np.concatenate([m, m]))
    flat = (np.sign(m[1:]) != np.sign(m[:-1])) | (m[1:] == 0.0) | (m[:-1] == 0.0)
    before, after = np.where(flat, 1.0, m[:-1]), np.where(flat, 1.0, m[1:])
    w1, w2 = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
    inner = np.where(flat, 0.0, (w1 + w2) / (w1 / before + w2 / after))
    ends = [shape_end(h, m)[None], shape_end(h[::-1], m[::-1])[None]]
    return cubics(points, rows, h, np.concatenate([ends[0], inner, ends[1]]))


@constructed(interpolate.Akima1DInterpolator, PIECES, keyword_only="method extrapolate")
def akima(x: Any, y: Any, axis: Any = 0, method: Any = "akima", extrapolate: Any = None) -> Any:
    """Means of neighbouring chords, weighted by how much those beyond them differ."""
    points, rows, h = data(x, y, axis)
    m = (rows[1:] - rows[:-1]) / h
    if len(m) == 1:
        return cubics(points, rows, h, np.concatenate([m, m]))
    one, last = 2.0 * m[0] - m[1], 2.0 * m[-1] - m[-2]
    ghosts = [2.0 * one - m[0], one], [last, 2.0 * last - m[-1]]
    m = np.concatenate([np.stack(ghosts[0]), m, np.stack(ghosts[1])])
    change = np.abs(m[1:] - m[:-1])
    if method == "makima":
        change = change + 0.5 * np.abs(m[1:] + m[:-1])
    right, left = change[2:], change[:-2]
    total = right + left
    known = total > 1e-9 * np.max(total)
    share = left / np.where(known, total, 1.0)
    slopes = np.where(known, m[1:-2] + share * (m[2:-1] - m[1:-2]), 0.5 * (m[3:] + m[:-3]))
    return cubics(points, rows, h, slopes)


# -- splines of any degree ------------------------------------------------------------------------


def knots_of(x: Any, k: int, ends: Any) -> Any:
    """Return the knots that `make_interp_spline` chooses: without those next to the ends, or all."""
    if k == 0:
        return np.concatenate([x, x[-1:]])
    if k == 1 or ends != [None, None]:
        middle = x[1:-1]
    else:
        middle = x if k % 2 else 0.5 * (x[1:] + x[:-1])
        cut = (k + 1) // 2
        middle = middle[cut:-cut]
    return np.concatenate([x[:1]] * (k + 1) + [middle] + [x[-1:]] * (k + 1))


def conditions(end: Any) -> Any:
    """Return the conditions at an end: orders and values of derivatives."""
    words: Any = {None: [], "not-a-knot": [], "clamped": [(1, 0.0)], "natural": [(2, 0.0)]}
    return words[end] if end is None or isinstance(end, str) else end


def derivative_row(t: Any, k: int, order: int, x: Any) -> Any:
    """Return the derivatives of all basis splines at one point."""
    c = np.eye(len(t) - k - 1)
    for _ in range(order):
        t, c = differentiated(t, c, k)
        k = k - 1
    return de_boor(t, c, k, np.reshape(x, 1))


@constructed(interpolate.make_interp_spline, KNOTS)
def interpolating_spline(
    x: Any, y: Any, k: Any = 3, t: Any = None, bc_type: Any = None, axis: Any = 0, check_finite: Any = True
) -> Any:
    """The coefficients solve the equations of interpolation; by abscissae, ordinates and knots."""
    if isinstance(bc_type, str) and bc_type == "periodic":
        raise refused("make_interp_spline", "it is periodic.", "use CubicSpline with bc_type='periodic'")
    points, rows, _ = data(x, y, axis)
    ends = [bc_type, bc_type] if bc_type is None or isinstance(bc_type, str) else list(bc_type)
    left, right = conditions(ends[0]), conditions(ends[1])
    free = ends if left or right else [None, None]
    knots = knots_of(points, k, free) if t is None else np.asarray(t)
    if k < 2 and t is None:
        return knots, rows
    there = de_boor(knots, np.eye(len(knots) - k - 1), k, points)
    first = [derivative_row(knots, k, order, points[0]) for order, _ in left]
    last = [derivative_row(knots, k, order, points[-1]) for order, _ in right]
    values = [value + 0.0 * rows[:1] for _, value in left], [value + 0.0 * rows[:1] for _, value in right]
    matrix = np.concatenate([*first, there, *last])
    c = np.linalg.solve(matrix, table(np.concatenate([*values[0], rows, *values[1]])))
    return knots, np.reshape(c, (-1, *np.shape(rows)[1:]))
