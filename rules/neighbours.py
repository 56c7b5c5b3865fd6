"""Rules of functions of neighbouring entries: diff, ediff1d, interp."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, constant
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out
from adjoint.rules.support import still as unmoved

NO_VALUE = np._NoValue


def diff_bar(out_bar: Any, n: int, axis: int, size: int) -> Any:
    """Return the cotangent of ``a`` in ``np.diff(a, n, axis)``: negated, padded differences.

    Args:
        out_bar: cotangent of the differences.
        n: how often they were taken.
        axis: along which.
        size: of ``a`` along the axis; where nothing is left, there is nothing to take differences of.
    """
    for _ in range(min(n, size)):
        edge = list(np.shape(out_bar))
        edge[axis] = 1
        zero = np.zeros(edge, out_bar.dtype)
        out_bar = -np.diff(np.concatenate([zero, out_bar, zero], axis), axis=axis)
    return out_bar


@rrule(np.diff)
def diff_extended(a: Any, n: int = 1, axis: int = -1, prepend: Any = NO_VALUE, append: Any = NO_VALUE) -> Any:
    """Differences of the array with something put before and after it."""
    out = np.diff(a, n, axis, prepend, append)

    def diff_extended_pullback(out_bar: Any) -> Any:
        size = _extent(prepend, axis) + np.shape(a)[axis] + _extent(append, axis)
        bar = diff_bar(out_bar, n, axis, size)
        a_bar, prepend_bar, append_bar = extended_bars(bar, a, axis, prepend, append)
        return a_bar, None, None, prepend_bar, append_bar

    return out, diff_extended_pullback


def extended_bars(bar: Any, a: Any, axis: int, prepend: Any, append: Any) -> tuple[Any, Any, Any]:
    """Cut the cotangent of ``prepend, a, append`` joined along an axis into its three parts."""
    bar = np.moveaxis(bar, axis, 0)
    start = _extent(prepend, axis)
    parts = bar[:start], bar[start : start + a.shape[axis]], bar[start + a.shape[axis] :]
    before, middle, after = (np.moveaxis(part, 0, axis) for part in parts)
    return fit(middle, a), _edge_bar(before, prepend), _edge_bar(after, append)


def _extent(edge: Any, axis: int) -> int:
    """Return how many entries an edge takes along the axis."""
    if edge is NO_VALUE:
        return 0
    return int(np.shape(edge)[axis]) if np.ndim(edge) else 1


def _edge_bar(bar: Any, edge: Any) -> Any:
    return None if edge is NO_VALUE else fit(unbroadcast(bar, edge), edge)


def still(edge: Any) -> Any:
    """Return the tangent of an edge that does not move, which may have been left out."""
    return edge if edge is NO_VALUE or edge is None else np.zeros_like(edge)


def edge_diff(a: Any, n: int, axis: int, prepend: Any, append: Any) -> Any:
    """Return the part of the tangent of ``np.diff`` that comes from the edges; None is no edge."""
    before = NO_VALUE if prepend is None else prepend
    after = NO_VALUE if append is None else append
    return np.diff(np.zeros_like(a), n, axis, before, after)


@frule(np.diff)
def diff_extended_forward(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = NO_VALUE, append: Any = NO_VALUE
) -> Any:
    """Differences of what was put together."""
    out = np.diff(a, n, axis, prepend, append)

    def diff_pushforward(a_dot: Any, n_dot: Any, axis_dot: Any, prepend_dot: Any, append_dot: Any) -> Any:
        return (
            np.diff(a_dot, n, axis, still(prepend), still(append)),
            None,
            None,
            edge_diff(a, n, axis, prepend_dot, still(append)),
            edge_diff(a, n, axis, still(prepend), append_dot),
        )

    return out, diff_pushforward


def _moves_on(a: Kind, n: Kind | None = None, axis: Kind | None = None) -> bool:
    # With n = 0 the output is the argument itself.
    return n is None or constant(n) not in (0, NotImplemented)


@rrule(np.diff, when=_moves_on, fresh=True)
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Negated, padded differences of the cotangent."""
    out = np.diff(a, n, axis)

    def diff_pullback(out_bar: Any) -> Any:
        return diff_bar(out_bar, n, axis, np.shape(a)[axis]), None, None

    return out, diff_pullback


@frule(np.diff)
def diff_forward(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences of the tangent."""
    out = np.diff(a, n, axis)

    def diff_pushforward(a_dot: Any, n_dot: Any, axis_dot: Any) -> Any:
        return np.diff(a_dot, n, axis), None, None

    return out, diff_pushforward


def ediff1d_bars(out_bar: Any, ary: Any, to_end: Any, to_begin: Any) -> tuple[Any, Any, Any]:
    """Return the cotangents of the three arguments of ``np.ediff1d``."""
    start = 0 if to_begin is None else np.size(to_begin)
    stop = np.size(out_bar) - (0 if to_end is None else np.size(to_end))
    ary_bar = np.reshape(diff_bar(out_bar[start:stop], 1, 0, np.size(ary)), np.shape(ary))
    end_bar = None if to_end is None else fit(out_bar[stop:], to_end)
    begin_bar = None if to_begin is None else fit(out_bar[:start], to_begin)
    return ary_bar, end_bar, begin_bar


@rrule(np.ediff1d, fresh=True)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Negated, padded differences; the ends receive their own part."""
    out = np.ediff1d(ary, to_end, to_begin)

    def ediff1d_pullback(out_bar: Any) -> Any:
        ary_bar, end_bar, begin_bar = ediff1d_bars(out_bar, ary, to_end, to_begin)
        return ary_bar, end_bar, begin_bar

    return out, ediff1d_pullback


@frule(np.ediff1d)
def ediff1d_forward(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of the tangent, and the ends' own tangents."""
    out = np.ediff1d(ary, to_end, to_begin)

    def ediff1d_pushforward(ary_dot: Any, to_end_dot: Any, to_begin_dot: Any) -> Any:
        return (
            np.ediff1d(ary_dot, still(to_end), still(to_begin)),
            np.ediff1d(np.zeros_like(ary), to_end_dot, still(to_begin)),
            np.ediff1d(np.zeros_like(ary), still(to_end), to_begin_dot),
        )

    return out, ediff1d_pushforward


def segments(xs: Any, knots: Any, values: Any) -> tuple[Any, Any, Any, Any]:
    """Return the ends of every point's segment, its position in it (0 to 1) and the segment's slope.

    Args:
        xs: points, any shape.
        knots: increasing abscissae, shape (n,).
        values: ordinates, shape (n,).
    """
    below, above = xs < knots[0], xs > knots[-1]
    j = np.clip(np.searchsorted(knots, xs, side="right") - 1, 0, max(len(knots) - 2, 0))
    k = np.minimum(j + 1, len(knots) - 1)
    width = np.where(k > j, knots[k] - knots[j], np.ones((), knots.dtype))
    t = np.where(
        above, np.ones((), xs.dtype), np.where(below, np.zeros((), xs.dtype), (xs - knots[j]) / width)
    )
    return j, k, t, (values[k] - values[j]) / width


def interp_bars(out_bar: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any) -> tuple[Any, ...]:
    """Return the cotangents of all arguments of ``np.interp`` (without ``period``).

    With the segment j of a point and t its position in it, ``out = (1 - t) fp[j] + t fp[j+1]``.
    Outside the table the output is an end value of ``fp``, or ``left`` / ``right`` if given.

    Args:
        out_bar: shape of ``x``.
        x: points, any shape.
        xp: increasing abscissae, shape (n,).
        fp: ordinates, shape (n,), real or complex.
        left: value below the table or None.
        right: value above the table or None.
    """
    xs, knots, values = np.ravel(x), np.asarray(xp), np.asarray(fp)
    bar = np.ravel(out_bar)
    if not knots.size:  # an empty table, which NumPy takes since 2.5, for no points at all
        return unmoved(x, xp, fp, left, right)
    below, above = xs < knots[0], xs > knots[-1]
    inside = ~(below | above)
    j, k, t, slope = segments(xs, knots, values)
    slide = np.where(inside, np.real(np.conj(slope) * bar), np.zeros((), xs.dtype))
    kept = np.where(
        (below & (left is not None)) | (above & (right is not None)), np.zeros((), bar.dtype), bar
    )
    xp_bar, fp_bar = np.zeros(knots.shape, knots.dtype), np.zeros(values.shape, bar.dtype)
    np.add.at(fp_bar, j, (1 - t) * kept)
    np.add.at(fp_bar, k, t * kept)
    np.add.at(xp_bar, j, -(1 - t) * slide)
    np.add.at(xp_bar, k, -t * slide)
    left_bar = None if left is None else fit(np.sum(bar[below]), left)
    right_bar = None if right is None else fit(np.sum(bar[above]), right)
    return fit(slide, x), fit(xp_bar, xp), fit(fp_bar, fp), left_bar, right_bar


@rrule(np.interp, fresh=True)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Piecewise linear in the points, the abscissae and the ordinates."""
    out = np.interp(x, xp, fp, left, right)

    def interp_pullback(out_bar: Any) -> Any:
        x_bar, xp_bar, fp_bar, left_bar, right_bar = interp_bars(out_bar, x, xp, fp, left, right)
        return x_bar, xp_bar, fp_bar, left_bar, right_bar

    return out, interp_pullback


def interp_slides(x: Any, xp: Any, fp: Any, x_dot: Any, xp_dot: Any, out: Any) -> Any:
    """Return the tangent of ``np.interp`` where points or abscissae slide along the segments.

    Args:
        x: points, any shape.
        xp: increasing abscissae, shape (n,).
        fp: ordinates, shape (n,).
        x_dot: tangent of ``x``, or zero.
        xp_dot: tangent of ``xp``, or None for zero.
        out: the value.
    """
    x, xp = np.asarray(x), np.asarray(xp)
    if not xp.size:
        return unmoved(out)[0]
    j, k, t, slope = segments(x, xp, np.asarray(fp))
    slide = x_dot if xp_dot is None else -((1 - t) * xp_dot[j] + t * xp_dot[k])
    return fit_out(np.where((x < xp[0]) | (x > xp[-1]), 0.0, slope * slide), out)


@frule(np.interp)
def interp_forward(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Linear in the ordinates; points and abscissae slide along the segments."""
    out = np.interp(x, xp, fp, left, right)

    def interp_pushforward(x_dot: Any, xp_dot: Any, fp_dot: Any, left_dot: Any, right_dot: Any) -> Any:
        return (
            interp_slides(x, xp, fp, x_dot, None, out),
            interp_slides(x, xp, fp, 0.0, xp_dot, out),
            np.interp(x, xp, fp_dot, still(left), still(right)),
            np.where(np.less(x, xp[:1]), left_dot, 0.0)[()],
            np.where(np.greater(x, xp[-1:]), right_dot, 0.0)[()],
        )

    return out, interp_pushforward
