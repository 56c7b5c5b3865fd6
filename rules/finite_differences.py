"""The rule of ``np.gradient``: second order differences on equal or unequal steps.

With the slopes ``s`` of neighbouring intervals and the share ``w`` that the first of two intervals has in
their length, the difference in the middle is ``(1 - w) s[k] + w s[k + 1]``.  At the ends it is the nearest
slope (``edge_order=1``), or the same formula carried on beyond the middle (``edge_order=2``).

Source of the mathematics: the NumPy reference, "gradient", after Quarteroni, Sacco and Saleri (2007).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known, Tuple, Unknown
from adjoint.rules.reductions import axes_of
from adjoint.rules.registry import frule, rrule
from adjoint.rules.scans import from_pairs
from adjoint.rules.support import fit

Lines = list[tuple[int, Any]]


def lines_of(f: Any, varargs: tuple[Any, ...], axis: Any) -> Lines:
    """Return the axes of ``np.gradient`` in order, each with its spacing: a number or the coordinates."""
    axes = axes_of(axis, np.ndim(f))
    spacings = varargs or (1.0,)
    return list(zip(axes, spacings if len(spacings) > 1 else spacings * len(axes), strict=True))


def steps_of(spacing: Any, size: int) -> Any:
    """Return the lengths of the intervals between the points along one axis."""
    return np.diff(spacing) if np.ndim(spacing) else np.full(size - 1, spacing)


def shares(steps: Any) -> Any:
    """Return the share of the first of two neighbouring intervals in their length."""
    return steps[:-1] / (steps[:-1] + steps[1:])


def steps_bar(dw: Any, steps: Any) -> Any:
    """Return the cotangent of the steps from that of their `shares`."""
    scaled = dw / (steps[:-1] + steps[1:]) ** 2
    return from_pairs(scaled * steps[1:], -scaled * steps[:-1])


def line_bars(bar: Any, rows: Any, steps: Any, edge_order: Any) -> tuple[Any, Any]:
    """Return the cotangents of the values and of the steps in differences along the last axis.

    Args:
        bar: cotangent of the differences, shape (..., n).
        rows: values, shape (..., n).
        steps: shape (n - 1,).
        edge_order: 1 or 2.
    """
    w = shares(steps)
    slopes = np.diff(rows) / steps
    first, middle, last = bar[..., :1], bar[..., 1:-1], bar[..., -1:]
    slopes_bar = from_pairs((1.0 - w) * middle, w * middle)
    w_bar = middle
    if edge_order == 1:
        slopes_bar[..., :1] += first
        slopes_bar[..., -1:] += last
    else:
        slopes_bar[..., :2] += np.concatenate([first * (1.0 + w[0]), -first * w[0]], -1)
        slopes_bar[..., -2:] += np.concatenate([-last * (1.0 - w[-1]), last * (2.0 - w[-1])], -1)
        w_bar = np.concatenate([middle[..., :1] - first, middle[..., 1:]], -1)
        w_bar = np.concatenate([w_bar[..., :-1], w_bar[..., -1:] - last], -1)
    rows_bar = from_pairs(-slopes_bar / steps, slopes_bar / steps)
    lead = tuple(range(np.ndim(rows) - 1))
    w_bar = np.sum(np.real(w_bar * np.conj(np.diff(slopes))), lead)
    through_slopes = np.sum(np.real(slopes_bar * np.conj(slopes)), lead) / steps
    return rows_bar, steps_bar(w_bar, steps) - through_slopes


def line_tangent(rows: Any, steps: Any, steps_dot: Any, edge_order: Any) -> Any:
    """Return the tangent of the differences along the last axis for a tangent of the steps."""
    w, slopes = shares(steps), np.diff(rows) / steps
    w_dot = (steps_dot[:-1] * steps[1:] - steps[:-1] * steps_dot[1:]) / (steps[:-1] + steps[1:]) ** 2
    slopes_dot = -slopes * steps_dot / steps
    turn = w_dot * np.diff(slopes)
    middle = (1.0 - w) * slopes_dot[..., :-1] + w * slopes_dot[..., 1:] + turn
    first, last = slopes_dot[..., :1], slopes_dot[..., -1:]
    if edge_order == 2:
        first = (1.0 + w[0]) * first - w[0] * slopes_dot[..., 1:2] - turn[..., :1]
        last = (2.0 - w[-1]) * last - (1.0 - w[-1]) * slopes_dot[..., -2:-1] - turn[..., -1:]
    return np.concatenate([first, middle, last], -1)


def gradient_bars(out_bar: Any, f: Any, varargs: Any, axis: Any, edge_order: Any) -> tuple[Any, Any]:
    """Return the cotangents of the values and of the spacings of ``np.gradient``.

    Args:
        out_bar: cotangent of the differences, or a sequence of them, None being zero.
        f: values.
        varargs: spacings, as given.
        axis: None, integer or tuple.
        edge_order: 1 or 2.
    """
    lines = lines_of(f, varargs, axis)
    bars = out_bar if isinstance(out_bar, tuple | list) else (out_bar,)
    f_bar: Any = np.zeros_like(f)
    spacings_bar: list[Any] = []
    for bar, (along, spacing) in zip(bars, lines, strict=True):
        if bar is None:
            spacings_bar.append(np.zeros(np.shape(spacing)))
            continue
        rows = np.moveaxis(np.asarray(f), along, -1)
        steps = steps_of(spacing, rows.shape[-1])
        rows_bar, bar_of_steps = line_bars(np.moveaxis(bar, along, -1), rows, steps, edge_order)
        f_bar = f_bar + np.moveaxis(rows_bar, -1, along)
        equal = np.ndim(spacing) == 0
        spacings_bar.append(np.sum(bar_of_steps) if equal else from_pairs(-bar_of_steps, bar_of_steps))
    if len(varargs) < len(spacings_bar):
        spacings_bar = [sum(spacings_bar)] * len(varargs)
    return fit(f_bar, f), tuple(map(fit, spacings_bar, varargs))


def values_tangent(f_dot: Any, varargs: Any, axis: Any, edge_order: Any) -> Any:
    """Return the differences of a tangent; None is zero."""
    return None if f_dot is None else np.gradient(f_dot, *varargs, axis=axis, edge_order=edge_order)


def spacings_tangent(varargs_dot: Any, f: Any, varargs: Any, axis: Any, edge_order: Any) -> Any:
    """Return the tangent of ``np.gradient`` for tangents of the spacings, None being zero."""
    if not varargs or varargs_dot is None:
        return None
    dots = varargs_dot if len(varargs) > 1 else tuple(varargs_dot) * len(lines_of(f, varargs, axis))
    tangents: list[Any] = []
    for dot, (along, spacing) in zip(dots, lines_of(f, varargs, axis), strict=True):
        rows = np.moveaxis(np.asarray(f), along, -1)
        size = rows.shape[-1]
        dot = np.zeros(np.shape(spacing)) if dot is None else dot
        tangent = line_tangent(rows, steps_of(spacing, size), steps_of(dot, size), edge_order)
        tangents.append(fit(np.moveaxis(tangent, -1, along), f))
    return tangents[0] if len(tangents) == 1 else tuple(tangents)


def _gradient_kind(varargs: Kind, edge_order: Kind, **others: Kind) -> Kind | None:
    """Tiny arrays do not tell of coordinates, as many as the entries, or of edges of the second order."""
    given = varargs.items if isinstance(varargs, Tuple) else ()
    coordinates = any(isinstance(kind, Array) and kind.ndim for kind in given)
    return Unknown() if coordinates or edge_order != Known(1) else None


@rrule(np.gradient, fresh=True, kind=_gradient_kind)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    """Differences by all values, and by the spacings."""
    out = np.gradient(f, *varargs, axis=axis, edge_order=edge_order)

    def gradient_pullback(out_bar: Any) -> Any:
        f_bar, varargs_bar = gradient_bars(out_bar, f, varargs, axis, edge_order)
        return f_bar, varargs_bar, None, None

    return out, gradient_pullback


@frule(np.gradient)
def gradient_forward(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    """Differences of the tangent, and what the spacings do."""
    out = np.gradient(f, *varargs, axis=axis, edge_order=edge_order)

    def gradient_pushforward(f_dot: Any, varargs_dot: Any, axis_dot: Any, edge_order_dot: Any) -> Any:
        values_part = values_tangent(f_dot, varargs, axis, edge_order)
        spacings_part = spacings_tangent(varargs_dot, f, varargs, axis, edge_order)
        return values_part, spacings_part, None, None

    return out, gradient_pushforward
