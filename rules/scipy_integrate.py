"""Rules of scipy.integrate: integrals and running integrals of samples.

All are linear in the heights; in the spacing only the trapezoidal rules are differentiated.

Source of the mathematics: the composite rules as the SciPy reference defines them.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.scans import from_pairs, steps_dot, trapezoid_bars
from adjoint.rules.support import fit, fit_out, ratio

integrate: Any = importlib.import_module("scipy.integrate")

# -- trapezoidal rules --------------------------------------------------------------------------


@rrule(integrate.trapezoid, fresh=True)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Half of every interval to each of its ends."""
    out = integrate.trapezoid(y, x, dx, axis)

    def trapezoid_pullback(out_bar: Any) -> Any:
        y_bar, x_bar, dx_bar = trapezoid_bars(out_bar, y, x, dx, axis)
        return y_bar, x_bar, dx_bar, None

    return out, trapezoid_pullback


@frule(integrate.trapezoid)
def trapezoid_forward(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Linear in the heights and in the abscissae."""
    out = integrate.trapezoid(y, x, dx, axis)

    def trapezoid_pushforward(y_dot: Any, x_dot: Any, dx_dot: Any, axis_dot: Any) -> Any:
        return (
            integrate.trapezoid(y_dot, x, dx, axis),
            steps_dot(y, x, x_dot, None, axis),
            fit_out(steps_dot(y, x, None, dx_dot, axis), out),
            None,
        )

    return out, trapezoid_pushforward


def running_bars(out_bar: Any, y: Any, x: Any, dx: Any, axis: int, initial: Any) -> tuple[Any, Any, Any]:
    """Return the cotangents of ``y``, ``x`` and ``dx`` in `scipy.integrate.cumulative_trapezoid`.

    Args:
        out_bar: cotangent of the running integral.
        y: heights.
        x: abscissae, 1-d or of the shape of ``y``, or None for equal steps.
        dx: the step, if ``x`` is None.
        axis: along which was integrated.
        initial: None, or 0 for a first entry of zero.
    """
    rows, bar = np.moveaxis(np.asarray(y), axis, -1), np.moveaxis(out_bar, axis, -1)
    bar = bar if initial is None else bar[..., 1:]
    later = np.cumsum(bar[..., ::-1], axis=-1)[..., ::-1]
    points = None if x is None else x if np.ndim(x) == 1 else np.moveaxis(np.asarray(x), axis, -1)
    steps = dx if points is None else np.diff(points)
    half = 0.5 * later * np.conj(steps)
    y_bar = fit(np.moveaxis(from_pairs(half, half), -1, axis), y)
    steps_bar = later * np.conj(0.5 * (rows[..., 1:] + rows[..., :-1]))
    if points is None:
        return y_bar, None, fit(unbroadcast(steps_bar, dx), dx)
    x_bar = unbroadcast(from_pairs(-steps_bar, steps_bar), points)
    return y_bar, fit(x_bar if np.ndim(x) == 1 else np.moveaxis(x_bar, -1, axis), x), None


@rrule(integrate.cumulative_trapezoid, fresh=True)
def cumulative_trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None) -> Any:
    """Sums from the end, half of every interval to each of its ends."""
    out = integrate.cumulative_trapezoid(y, x, dx, axis, initial)

    def cumulative_trapezoid_pullback(out_bar: Any) -> Any:
        y_bar, x_bar, dx_bar = running_bars(out_bar, y, x, dx, axis, initial)
        return y_bar, x_bar, dx_bar, None, None

    return out, cumulative_trapezoid_pullback


def running_dot(y: Any, x: Any, x_dot: Any, dx_dot: Any, axis: int, initial: Any) -> Any:
    """Return the tangent of the running integral for that of its abscissae, or of its step."""
    if dx_dot is not None:
        return integrate.cumulative_trapezoid(y, None, dx_dot if x is None else 0.0, axis, initial)
    return None if x is None else integrate.cumulative_trapezoid(y, x_dot, 1.0, axis, initial)


@frule(integrate.cumulative_trapezoid)
def cumulative_trapezoid_forward(
    y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None
) -> Any:
    """Linear in the heights and in the abscissae."""
    out = integrate.cumulative_trapezoid(y, x, dx, axis, initial)

    def cumulative_trapezoid_pushforward(
        y_dot: Any, x_dot: Any, dx_dot: Any, axis_dot: Any, initial_dot: Any
    ) -> Any:
        return (
            integrate.cumulative_trapezoid(y_dot, x, dx, axis, initial),
            running_dot(y, x, x_dot, None, axis, initial),
            fit_out(running_dot(y, x, None, dx_dot, axis, initial), out),
            None,
            None,
        )

    return out, cumulative_trapezoid_pushforward


# -- Simpson's rule and Romberg's ---------------------------------------------------------------


def _fixed_abscissae(x: Kind, **_: Kind) -> bool:
    return not x.active


def simpson_weights(steps: Any) -> Any:
    """Return the weight of every height in Simpson's rule.

    Two intervals share a parabola; a last single one uses the parabola through the last three points.

    Args:
        steps: lengths of the intervals, shape (..., n - 1).
    """
    n = np.shape(steps)[-1] + 1
    weights = np.zeros((*np.shape(steps)[:-1], n))
    if n == 2:
        return weights + 0.5 * steps
    first, second = steps[..., 0 : n - 2 : 2], steps[..., 1 : n - 1 : 2]
    both = first + second
    end = n if n % 2 else n - 1
    weights[..., 0 : end - 2 : 2] += both / 6.0 * (2.0 - ratio(second, first))
    weights[..., 1 : end - 1 : 2] += both / 6.0 * both * ratio(both, first * second)
    weights[..., 2:end:2] += both / 6.0 * (2.0 - ratio(first, second))
    if n % 2 == 0:
        h, last = steps[..., -2], steps[..., -1]
        weights[..., -1] += ratio(2.0 * last**2 + 3.0 * h * last, 6.0 * (h + last))
        weights[..., -2] += ratio(last**2 + 3.0 * h * last, 6.0 * h)
        weights[..., -3] -= ratio(last**3, 6.0 * h * (h + last))
    return weights


def steps_of(y: Any, x: Any, axis: int) -> Any:
    """Return the lengths of the intervals between samples, the axis last; one without abscissae."""
    if x is None:
        return np.ones(np.shape(y)[axis] - 1)
    return np.diff(x if np.ndim(x) == 1 else np.moveaxis(np.asarray(x), axis, -1))


@rrule(integrate.simpson, when=_fixed_abscissae, fresh=True)
def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: Any = -1) -> Any:
    """The weights times the cotangent; the abscissae are held fixed."""
    out = integrate.simpson(y, x, dx=dx, axis=axis)

    def simpson_pullback(out_bar: Any) -> Any:
        weights = (dx if x is None else 1.0) * simpson_weights(steps_of(y, x, axis))
        bar = np.asarray(out_bar)[..., None] * weights
        unit = integrate.simpson(y, dx=1.0, axis=axis)
        dx_bar = None if x is not None else fit(np.sum(out_bar * np.conj(unit)), dx)
        return fit(np.moveaxis(bar, -1, axis), y), None, dx_bar, None

    return out, simpson_pullback


@frule(integrate.simpson, when=_fixed_abscissae)
def simpson_forward(y: Any, x: Any = None, *, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Linear in the heights; the abscissae are held fixed."""
    out = integrate.simpson(y, x, dx=dx, axis=axis)

    def simpson_pushforward(y_dot: Any, x_dot: Any, dx_dot: Any, axis_dot: Any) -> Any:
        unit = integrate.simpson(y, dx=1.0, axis=axis) if x is None else np.zeros_like(out)
        return integrate.simpson(y_dot, x, dx=dx, axis=axis), None, fit_out(dx_dot * unit, out), None

    return out, simpson_pushforward


def romberg_weights(n: int) -> Any:
    """Return the weight of every height in Romberg's rule for steps of one.

    It depends on how often the index can be halved; both ends have one of their own.
    """
    index = np.arange(n)
    halvings = np.where(index % (n - 1) == 0, 0, index & -index)
    weights = np.zeros(n)
    for count in np.unique(halvings):
        alike = halvings == count
        weights = weights + alike * (integrate.romb(alike.astype(float)) / np.sum(alike))
    return weights


@rrule(integrate.romb, fresh=True)
def romb(y: Any, dx: Any = 1.0, axis: Any = -1) -> Any:
    """The weights times the cotangent."""
    out = integrate.romb(y, dx, axis)

    def romb_pullback(out_bar: Any) -> Any:
        weights = dx * romberg_weights(np.shape(y)[axis])
        unit = integrate.romb(y, 1.0, axis)
        y_bar = np.moveaxis(np.asarray(out_bar)[..., None] * weights, -1, axis)
        return fit(y_bar, y), fit(np.sum(out_bar * np.conj(unit)), dx), None

    return out, romb_pullback


@frule(integrate.romb)
def romb_forward(y: Any, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Linear in the heights and in the step."""
    out = integrate.romb(y, dx, axis)

    def romb_pushforward(y_dot: Any, dx_dot: Any, axis_dot: Any) -> Any:
        unit = integrate.romb(y, 1.0, axis)
        return integrate.romb(y_dot, dx, axis), fit_out(dx_dot * unit, out), None

    return out, romb_pushforward
