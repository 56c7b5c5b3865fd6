"""Rules of scipy.optimize: roots of systems of equations, by the implicit function theorem.

At a root ``F(x, p) = 0`` the root moves with ``-(dF/dx)^-1 dF/dp``; the first guess, the method and its
tolerances have no effect.  Where the Jacobian is singular there is no derivative, and NumPy says so.

Reference: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), section 15.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules import composed
from adjoint.rules.both import both
from adjoint.rules.callback import Differentiator
from adjoint.rules.errors import RuleError
from adjoint.rules.kinds import own_fields
from adjoint.rules.scipy_roots import as_tuple, optimize
from adjoint.rules.symbolic import not_implemented


def residuals(f: Any, pair: Any, shape: tuple[int, ...], x: Any, *args: Any) -> Any:
    """Return the equations' values as a vector; ``pair`` says that the function returns its Jacobian, too."""
    found = f(np.reshape(x, shape), *args)
    return np.ravel(np.asarray(found[0] if pair else found))


def root_bars(ad: Differentiator, f: Any, pair: Any, x: Any, x_bar: Any, args: Any) -> tuple[Any, Any]:
    """Return the cotangents of the function and of the extra arguments.

    Args:
        ad: calls back into the compiler.
        f: the equations.
        pair: whether the function returns its Jacobian, too.
        x: the root, any shape.
        x_bar: its cotangent.
        args: the extra arguments, a tuple or a single one.
    """
    flat = np.ravel(x)
    _, pull = ad.vjp(residuals, f, pair, np.shape(x), flat, *as_tuple(args))
    jacobian = np.stack([pull(row).args[3] for row in np.eye(np.size(flat))])
    bars = pull(-np.linalg.solve(np.transpose(jacobian), np.ravel(x_bar)))
    return bars.args[0], bars.args[4:] if isinstance(args, tuple) else bars.args[4]


def root_dot(ad: Differentiator, f: Any, pair: Any, x: Any, f_dot: Any, args: Any, args_dot: Any) -> Any:
    """Return the tangent of a root for tangents of the function or the arguments; see `root_bars`."""
    values = (f, pair, np.shape(x), np.ravel(x), *as_tuple(args))
    fixed = (None,) * len(as_tuple(args))
    rows = np.eye(np.size(x))
    columns = [ad.jvp(residuals, values, (None, None, None, row, *fixed))[1] for row in rows]
    extra = fixed if args_dot is None else as_tuple(args_dot)
    _, dot = ad.jvp(residuals, values, (f_dot, None, None, None, *extra))
    return (
        np.zeros(np.shape(x))
        if dot is None
        else -np.reshape(np.linalg.solve(np.stack(columns, 1), dot), np.shape(x))
    )


def refused(name: str, why: str, fix: str) -> RuleError:
    """Return the error for a call of a solver that has no derivative."""
    return composed.refused(f"scipy.optimize.{name}", why, fix)


def only(name: str, out_bar: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the cotangents of the fields of a result.

    Raises:
        RuleError: ADJ202, another field of the result has a cotangent.
    """
    others = [field for field, bar in out_bar.items() if bar is not None and field not in fields]
    if others:
        raise refused(
            name,
            f"the derivative reads `{others[0]}` of the result; only {' and '.join(fields)} have one.",
            f"compute it again from `{fields[0]}`",
        )
    return dict(out_bar)


def lost(value: Any, what: str) -> Any:
    """Return the tangent of what a solver returned besides: every number raises where it is read."""
    if isinstance(value, tuple | list):
        return type(value)(lost(item, what) for item in value)
    if isinstance(value, float | complex | np.ndarray | np.inexact):
        return not_implemented(what) if np.asarray(value).dtype.kind in "fc" else None
    fields = own_fields(value)
    return {name: lost(item, what) for name, item in fields.items()} if fields else None


def tangents(name: str, out: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Return the tangents of the fields of a result; those that are not found raise where they are read."""
    missing = {
        field: lost(value, f"scipy.optimize.{name} by way of `{field}`") for field, value in out.items()
    }
    return {**missing, **found}


# -- fsolve -------------------------------------------------------------------------------------


@both(optimize.fsolve, fresh=True)
def fsolve(
    func: Any,
    x0: Any,
    args: Any = (),
    fprime: Any = None,
    *,
    col_deriv: Any = 0,
    xtol: Any = 1.49012e-08,
    maxfev: Any = 0,
    band: Any = None,
    epsfcn: Any = None,
    factor: Any = 100,
    diag: Any = None,
    ad: Differentiator,
) -> Any:
    """By what the function captured and by its extra arguments; the implicit function theorem."""
    out = optimize.fsolve(
        func, x0, args, fprime, col_deriv=col_deriv, xtol=xtol, maxfev=maxfev, band=band, epsfcn=epsfcn,
        factor=factor, diag=diag,
    )  # fmt: skip

    def fsolve_pullback(out_bar: Any) -> Any:
        func_bar, args_bar = root_bars(ad, func, False, out, out_bar, args)
        return func_bar, None, args_bar, *(None,) * 8

    def fsolve_pushforward(func_dot: Any, x0_dot: Any, args_dot: Any, *rest_dot: Any) -> Any:
        by_func = None if func_dot is None else root_dot(ad, func, False, out, func_dot, args, None)
        by_args = None if args_dot is None else root_dot(ad, func, False, out, None, args, args_dot)
        return by_func, None, by_args, *(None,) * 8

    return out, fsolve_pullback, fsolve_pushforward


# -- root ---------------------------------------------------------------------------------------


@both(optimize.root)
def root(
    fun: Any,
    x0: Any,
    args: Any = (),
    method: Any = "hybr",
    jac: Any = None,
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
    *,
    ad: Differentiator,
) -> Any:
    """The field ``x`` of the result, by what the function captured and by its extra arguments."""
    out = optimize.root(fun, x0, args, method, jac, tol, callback, options)

    def root_pullback(out_bar: Any) -> Any:
        bars = only("root", out_bar, ("x",))
        fun_bar, args_bar = root_bars(ad, fun, jac is True, out.x, bars["x"], args)
        return fun_bar, None, args_bar, None, None, None, None, None

    def moved(fun_dot: Any, args_dot: Any) -> Any:
        x_dot = root_dot(ad, fun, jac is True, out.x, fun_dot, args, args_dot)
        return tangents("root", out, {"x": x_dot})

    def root_pushforward(fun_dot: Any, x0_dot: Any, args_dot: Any, *rest_dot: Any) -> Any:
        by_fun = None if fun_dot is None else moved(fun_dot, None)
        by_args = None if args_dot is None else moved(None, args_dot)
        return by_fun, None, by_args, None, None, None, None, None

    return out, root_pullback, root_pushforward


# -- fixed points -------------------------------------------------------------------------------


def gap(x: Any, func: Any, *args: Any) -> Any:
    """Return how far a function moves a point; zero at a fixed point."""
    return func(x, *args) - x


@both(optimize.fixed_point)
def fixed_point(
    func: Any, x0: Any, args: Any = (), xtol: Any = 1e-08, maxiter: Any = 500, method: Any = "del2", *,
    ad: Differentiator,
) -> Any:  # fmt: skip
    """A root of ``func(x) - x``, by what the function captured and by its extra arguments."""
    out = optimize.fixed_point(func, x0, args, xtol, maxiter, method)
    parts = (func, *as_tuple(args))

    def fixed_point_pullback(out_bar: Any) -> Any:
        _, bars = root_bars(ad, gap, False, out, out_bar, parts)
        return bars[0], None, bars[1:] if isinstance(args, tuple) else bars[1], None, None, None

    def moved(*dots: Any) -> Any:
        return root_dot(ad, gap, False, out, None, parts, dots)

    def fixed_point_pushforward(func_dot: Any, x0_dot: Any, args_dot: Any, *rest_dot: Any) -> Any:
        by_func = None if func_dot is None else moved(func_dot, *(None,) * (len(parts) - 1))
        by_args = None if args_dot is None else moved(None, *as_tuple(args_dot))
        return by_func, None, by_args, None, None, None

    return out, fixed_point_pullback, fixed_point_pushforward
