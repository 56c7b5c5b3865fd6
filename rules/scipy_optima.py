"""Rules of scipy.optimize: minima, by the implicit function theorem for the equations ``grad f = 0``.

At a minimum the point moves with ``-H^-1 d(grad f)/dp``, where H is the matrix of second derivatives; it is
computed column by column, forward over reverse.  Coordinates at their bounds stay there.  The derivative is
that of the exact minimum, and as accurate as the point which the solver found.

Reference: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), section 15.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.accumulate import add_into
from adjoint.rules.callback import ad
from adjoint.rules.scipy_roots import as_tuple

Parts = tuple[Any, ...]


def objective(x: Any, fun: Any, pair: Any, *args: Any) -> Any:
    """Return what `minimize` makes small; ``pair`` says that the function returns its gradient, too."""
    found = fun(x, *args)
    return np.sum(found[0] if pair else found)


def objective_of_number(x: Any, fun: Any, pair: Any, *args: Any) -> Any:
    """Return what `minimize_scalar` makes small."""
    return fun(x[0], *args)


def half_square(x: Any, fun: Any, pair: Any, *args: Any) -> Any:
    """Return what `least_squares` makes small."""
    return 0.5 * np.sum(np.asarray(fun(x, *args)) ** 2)


def slopes(f: Any, x: Any, *parts: Any) -> Parts:
    """Return the derivatives of a function by the point and by everything else."""
    _, pull = ad.vjp(f, x, *parts)
    return pull(1.0).args


def moved_slopes(f: Any, x: Any, x_dot: Any, parts: Parts, parts_dot: Parts) -> Parts:
    """Return the tangent of the derivatives; those that do not move are zero."""
    _, dots = ad.jvp(slopes, (f, x, *parts), (None, x_dot, *parts_dot))
    return (None,) * (1 + len(parts)) if dots is None else dots


def solved(f: Any, x: Any, parts: Parts, side: Any, free: Any) -> Any:
    """Return ``-H^-1 side`` among the coordinates that are free, zero for the others."""
    fixed = (None,) * len(parts)
    columns = [moved_slopes(f, x, row, parts, fixed)[0] for row in np.eye(np.size(x))]
    hessian = np.stack([np.zeros_like(x) if column is None else column for column in columns])
    out = np.zeros_like(x)
    out[free] = -np.linalg.solve(hessian[np.ix_(free, free)], np.asarray(side)[free])
    return out


def optimum_bars(f: Any, x: Any, x_bar: Any, parts: Parts, free: Any) -> Parts:
    """Return the cotangents of what a minimum depends on.

    Args:
        f: the objective, called with the point and the parts.
        x: the minimum, one-dimensional.
        x_bar: its cotangent.
        parts: what else the objective is given.
        free: which coordinates may move, a mask.
    """
    weights = solved(f, x, parts, x_bar, free)
    return moved_slopes(f, x, weights, parts, (None,) * len(parts))[1:]


def optimum_dot(f: Any, x: Any, parts: Parts, parts_dot: Parts, free: Any) -> Any:
    """Return the tangent of a minimum; see `optimum_bars`."""
    side = moved_slopes(f, x, None, parts, parts_dot)[0]
    return np.zeros_like(x) if side is None else solved(f, x, parts, side, free)


def result_bars(f: Any, x: Any, x_bar: Any, value_bar: Any, parts: Parts, free: Any) -> Parts:
    """Return the cotangents of the parts from those of the minimum and of the value there; None is zero."""
    found: Parts = (None,) * len(parts)
    if x_bar is not None:
        found = optimum_bars(f, x, x_bar, parts, free)
    if value_bar is None:
        return found
    direct = ad.vjp(f, x, *parts)[1](value_bar).args[1:]  # the point moves, but the value does not see it
    return tuple(add_into(bar, more) for bar, more in zip(found, direct, strict=True))


def result_dots(f: Any, x: Any, parts: Parts, parts_dot: Parts, free: Any) -> tuple[Any, Any]:
    """Return the tangents of the minimum and of the value there."""
    _, value_dot = ad.jvp(f, (x, *parts), (None, *parts_dot))
    return optimum_dot(f, x, parts, parts_dot, free), value_dot


def parts_of(fun: Any, pair: Any, args: Any) -> Parts:
    """Return what an objective is given besides the point."""
    return fun, pair, *as_tuple(args)


def parts_dot_of(fun_dot: Any, args: Any, args_dot: Any) -> Parts:
    """Return the tangents of the parts."""
    extra = (None,) * len(as_tuple(args)) if args_dot is None else as_tuple(args_dot)
    return fun_dot, None, *extra


def args_bar_of(args: Any, bars: Parts) -> Any:
    """Return the cotangent of the extra arguments in their form, from those of the parts."""
    return bars[2:] if isinstance(args, tuple) else bars[2]


def inside(x: Any, bounds: Any) -> Any:
    """Return which coordinates are not at a bound.

    Args:
        x: the minimum, one-dimensional.
        bounds: None, pairs for each coordinate, or an object with ``lb`` and ``ub``.
    """
    if bounds is None:
        return np.ones(np.shape(x), bool)
    if hasattr(bounds, "lb"):
        low, high = bounds.lb, bounds.ub
    else:
        low = [-np.inf if pair[0] is None else pair[0] for pair in bounds]
        high = [np.inf if pair[1] is None else pair[1] for pair in bounds]
    room = 1e-10 * (1.0 + np.abs(x))
    return (x - np.asarray(low, float) > room) & (np.asarray(high, float) - x > room)
