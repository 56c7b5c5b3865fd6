"""Rules of scipy.optimize's minimize, minimize_scalar and least_squares; see ``scipy_optima.py``."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np

from adjoint.rules.both import both
from adjoint.rules.scipy_equations import only, refused, tangents
from adjoint.rules.scipy_optima import (
    args_bar_of,
    half_square,
    inside,
    objective,
    objective_of_number,
    parts_dot_of,
    parts_of,
    result_bars,
    result_dots,
)
from adjoint.rules.scipy_roots import optimize
from adjoint.rules.symbolic import not_implemented

BOUNDS = not_implemented("a minimum by a bound at which it lies")


def bounds_bar(free: Any) -> Any:
    """Return the cotangent of the bounds: none while the minimum is inside."""
    return None if np.all(free) else BOUNDS


def bounds_dot(dot: Any, free: Any) -> Any:
    """Return the tangent of a result for that of the bounds."""
    return None if dot is None or np.all(free) else {"x": BOUNDS}


# -- minimize -----------------------------------------------------------------------------------


def unconstrained(constraints: Any) -> None:
    """Refuse constraints.

    Raises:
        RuleError: ADJ202, there are constraints.
    """
    if not isinstance(constraints, tuple | list) or len(constraints):
        raise refused(
            "minimize", "the minimum lies under constraints.", "put the constraints into the objective"
        )


@both(optimize.minimize)
def minimize(
    fun: Any,
    x0: Any,
    args: Any = (),
    method: Any = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """The fields ``x`` and ``fun``, by what the function captured and by its extra arguments."""
    unconstrained(constraints)
    out = optimize.minimize(
        fun, x0, args, method, jac, hess, hessp, bounds, constraints, tol, callback, options
    )

    def minimize_pullback(out_bar: Any) -> Any:
        bars, free = only("minimize", out_bar, ("x", "fun")), inside(out.x, bounds)
        x_bar = bars.get("x")
        parts = parts_of(fun, jac is True, args)
        found = result_bars(objective, out.x, x_bar, bars.get("fun"), parts, free)
        return found[0], None, args_bar_of(args, found), *(None,) * 4, bounds_bar(free), *(None,) * 4

    def moved(fun_dot: Any, args_dot: Any) -> Any:
        parts, parts_dot = parts_of(fun, jac is True, args), parts_dot_of(fun_dot, args, args_dot)
        x_dot, value_dot = result_dots(objective, out.x, parts, parts_dot, inside(out.x, bounds))
        return tangents("minimize", out, {"x": x_dot, "fun": value_dot})

    def minimize_pushforward(*dots: Any) -> Any:
        by_fun = None if dots[0] is None else moved(dots[0], None)
        by_args = None if dots[2] is None else moved(None, dots[2])
        at_bound = bounds_dot(dots[7], inside(out.x, bounds))
        return by_fun, None, by_args, *(None,) * 4, at_bound, *(None,) * 4

    return out, minimize_pullback, minimize_pushforward


# -- minimize_scalar ----------------------------------------------------------------------------


def inside_interval(x: Any, bounds: Any) -> Any:
    """Return whether a number is not at an end of an interval, as a mask."""
    return inside(np.array([x]), None if bounds is None else [bounds])


@both(optimize.minimize_scalar)
def minimize_scalar(
    fun: Any,
    bracket: Any = None,
    bounds: Any = None,
    args: Any = (),
    method: Any = None,
    tol: Any = None,
    options: Any = None,
) -> Any:
    """The fields ``x`` and ``fun``, by what the function captured and by its extra arguments."""
    out = optimize.minimize_scalar(fun, bracket, bounds, args, method, tol, options)

    def minimize_scalar_pullback(out_bar: Any) -> Any:
        bars, free = only("minimize_scalar", out_bar, ("x", "fun")), inside_interval(out.x, bounds)
        x_bar = None if bars.get("x") is None else np.reshape(bars["x"], 1)
        parts = parts_of(fun, False, args)
        found = result_bars(
            objective_of_number, np.array([float(out.x)]), x_bar, bars.get("fun"), parts, free
        )
        return found[0], None, bounds_bar(free), args_bar_of(args, found), None, None, None

    def moved(fun_dot: Any, args_dot: Any) -> Any:
        parts, parts_dot = parts_of(fun, False, args), parts_dot_of(fun_dot, args, args_dot)
        x_dot, value_dot = result_dots(
            objective_of_number, np.array([float(out.x)]), parts, parts_dot, inside_interval(out.x, bounds)
        )
        return tangents("minimize_scalar", out, {"x": x_dot[0], "fun": value_dot})

    def minimize_scalar_pushforward(*dots: Any) -> Any:
        by_fun = None if dots[0] is None else moved(dots[0], None)
        by_args = None if dots[3] is None else moved(None, dots[3])
        at_bound = bounds_dot(dots[2], inside_interval(out.x, bounds))
        return by_fun, None, at_bound, by_args, None, None, None

    return out, minimize_scalar_pullback, minimize_scalar_pushforward


# -- least squares ------------------------------------------------------------------------------

X_SCALE: Any = inspect.signature(optimize.least_squares).parameters["x_scale"].default


def inside_box(x: Any, bounds: Any) -> Any:
    """Return which coordinates are not at a bound; the bounds are two arrays or numbers, or an object."""
    if hasattr(bounds, "lb"):
        return inside(x, bounds)
    low, high = (np.broadcast_to(np.asarray(end, float), np.shape(x)).tolist() for end in bounds)
    return inside(x, list(zip(low, high, strict=True)))


def squares_only(loss: Any) -> None:
    """Refuse sums of other functions of the residuals.

    Raises:
        RuleError: ADJ202, the loss is not linear.
    """
    if not isinstance(loss, str) or loss != "linear":
        raise refused("least_squares", f"the loss is {loss!r}.", "write it out for scipy.optimize.minimize")


@both(optimize.least_squares)
def least_squares(
    fun: Any,
    x0: Any,
    jac: Any = "2-point",
    bounds: Any = (-math.inf, math.inf),
    method: Any = "trf",
    ftol: Any = 1e-8,
    xtol: Any = 1e-8,
    gtol: Any = 1e-8,
    x_scale: Any = X_SCALE,
    loss: Any = "linear",
    *,
    max_nfev: Any = None,
    args: Any = (),
) -> Any:
    """The fields ``x`` and ``cost``, by what the function captured and by its extra arguments."""
    squares_only(loss)
    out = optimize.least_squares(
        fun, x0, jac, bounds, method, ftol, xtol, gtol, x_scale, loss, max_nfev=max_nfev, args=args
    )

    def least_squares_pullback(out_bar: Any) -> Any:
        bars, free = only("least_squares", out_bar, ("x", "cost")), inside_box(out.x, bounds)
        x_bar = bars.get("x")
        parts = parts_of(fun, False, args)
        found = result_bars(half_square, out.x, x_bar, bars.get("cost"), parts, free)
        return found[0], None, None, bounds_bar(free), *(None,) * 7, args_bar_of(args, found)

    def moved(fun_dot: Any, args_dot: Any) -> Any:
        parts, parts_dot = parts_of(fun, False, args), parts_dot_of(fun_dot, args, args_dot)
        x_dot, value_dot = result_dots(half_square, out.x, parts, parts_dot, inside_box(out.x, bounds))
        return tangents("least_squares", out, {"x": x_dot, "cost": value_dot})

    def least_squares_pushforward(*dots: Any) -> Any:
        by_fun = None if dots[0] is None else moved(dots[0], None)
        by_args = None if dots[11] is None else moved(None, dots[11])
        at_bound = bounds_dot(dots[3], inside_box(out.x, bounds))
        return by_fun, None, None, at_bound, *(None,) * 7, by_args

    return out, least_squares_pullback, least_squares_pushforward
