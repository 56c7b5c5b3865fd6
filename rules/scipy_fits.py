"""Rules of scipy.optimize's root_scalar and curve_fit, by the implicit function theorem.

A root moves as in ``scipy_equations.py``, fitted parameters as a minimum does; see ``scipy_optima.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.both import both
from adjoint.rules.callback import Differentiator
from adjoint.rules.kinds import Array, Kind, Tuple
from adjoint.rules.scipy_equations import only, refused, root_bars, root_dot, tangents
from adjoint.rules.scipy_minimize import bounds_bar, bounds_dot, inside_box
from adjoint.rules.scipy_optima import result_bars, result_dots
from adjoint.rules.scipy_roots import optimize
from adjoint.rules.symbolic import not_implemented


def pair_of(fprime: Any) -> bool:
    """Whether the function returns its slope, too."""
    return bool(fprime) and not callable(fprime)


@both(optimize.root_scalar)
def root_scalar(
    f: Any, args: Any = (), method: Any = None, bracket: Any = None, fprime: Any = None, fprime2: Any = None,
    x0: Any = None, x1: Any = None, xtol: Any = None, rtol: Any = None, maxiter: Any = None,
    options: Any = None, *, ad: Differentiator,
) -> Any:  # fmt: skip
    """The field ``root`` of the result, by what the function captured and by its extra arguments."""
    out = optimize.root_scalar(
        f, args, method, bracket, fprime, fprime2, x0, x1, xtol, rtol, maxiter, options
    )  # fmt: skip

    def root_scalar_pullback(out_bar: Any) -> Any:
        bars = only("root_scalar", out_bar, ("root",))
        f_bar, args_bar = root_bars(ad, f, pair_of(fprime), out.root, bars["root"], args)
        return f_bar, args_bar, *(None,) * 10

    def moved(f_dot: Any, args_dot: Any) -> Any:
        root_moves = root_dot(ad, f, pair_of(fprime), out.root, f_dot, args, args_dot)
        return tangents("root_scalar", out, {"root": np.reshape(root_moves, ())[()]})

    def root_scalar_pushforward(f_dot: Any, args_dot: Any, *rest_dot: Any) -> Any:
        by_f = None if f_dot is None else moved(f_dot, None)
        by_args = None if args_dot is None else moved(None, args_dot)
        return by_f, by_args, *(None,) * 10

    return out, root_scalar_pullback, root_scalar_pushforward


# -- fits -----------------------------------------------------------------------------------------

COVARIANCE = not_implemented("scipy.optimize.curve_fit by way of the covariance of the parameters")


def misfit(p: Any, f: Any, xdata: Any, ydata: Any, sigma: Any) -> Any:
    """Return half the sum of squares that `curve_fit` makes small."""
    distances = f(xdata, *[p[k] for k in range(np.shape(p)[0])]) - np.asarray(ydata)
    if sigma is None:
        return 0.5 * np.sum(distances**2)
    scale = np.asarray(sigma)
    if np.ndim(scale) == 2:
        return 0.5 * np.sum(distances * np.linalg.solve(scale, distances))
    return 0.5 * np.sum((distances / scale) ** 2)


def free_of(p: Any, bounds: Any) -> Any:
    """Return which parameters do not lie at their bounds."""
    if hasattr(bounds, "lb"):
        low, high = bounds.lb, bounds.ub
    else:
        low, high = bounds
    room = 1e-8 * (1.0 + np.abs(p))
    return (p - np.asarray(low, float) > room) & (np.asarray(high, float) - p > room)


def pair_kind(**kinds: Kind) -> Kind:
    """The kind of the parameters and their covariance."""
    return Tuple((Array(None, None), Array(None, None)))


def short(full_output: Any) -> None:
    """Refuse the long form of the result.

    Raises:
        RuleError: ADJ202, more is returned than parameters and covariance.
    """
    if full_output:
        raise refused("curve_fit", "full_output returns the solver's state.", "leave `full_output` out")


@both(optimize.curve_fit, kind=pair_kind)
def curve_fit(
    f: Any, xdata: Any, ydata: Any, p0: Any = None, sigma: Any = None, absolute_sigma: Any = False,
    check_finite: Any = None, bounds: Any = (-np.inf, np.inf), method: Any = None, jac: Any = None, *,
    full_output: Any = False, nan_policy: Any = None, **kwargs: Any,
) -> Any:  # fmt: skip
    """The parameters, by the data, their errors and what the function captured."""
    short(full_output)
    out = optimize.curve_fit(
        f, xdata, ydata, p0, sigma, absolute_sigma, check_finite, bounds, method, jac, nan_policy=nan_policy,
        **kwargs,
    )  # fmt: skip

    def curve_fit_pullback(out_bar: Any) -> Any:
        p_bar, covariance_bar = out_bar
        if p_bar is None:
            return (COVARIANCE, *(None,) * 12)
        parts = f, xdata, ydata, sigma
        f_bar, x_bar, y_bar, sigma_bar = result_bars(
            misfit, out[0], p_bar, None, parts, free_of(out[0], bounds)
        )
        lost = COVARIANCE if covariance_bar is not None and np.any(covariance_bar) else y_bar
        return f_bar, x_bar, lost, None, sigma_bar, *(None,) * 8

    def moved(*dots: Any) -> Any:
        parts = f, xdata, ydata, sigma
        return result_dots(misfit, out[0], parts, dots, free_of(out[0], bounds))[0], COVARIANCE

    def by_errors(sigma_dot: Any) -> Any:
        """Return the tangent by the errors: products with the cotangents of one parameter at a time."""
        parts, free = (f, xdata, ydata, sigma), free_of(out[0], bounds)
        rows = [result_bars(misfit, out[0], row, None, parts, free)[3] for row in np.eye(len(out[0]))]
        return np.array([np.sum(row * sigma_dot) for row in rows])

    def curve_fit_pushforward(
        f_dot: Any, xdata_dot: Any, ydata_dot: Any, p0_dot: Any, sigma_dot: Any, *rest_dot: Any
    ) -> Any:
        by_f = None if f_dot is None else moved(f_dot, None, None, None)
        by_x = None if xdata_dot is None else moved(None, xdata_dot, None, None)
        by_y = None if ydata_dot is None else moved(None, None, ydata_dot, None)
        by_sigma = None if sigma_dot is None else (by_errors(sigma_dot), COVARIANCE)
        return by_f, by_x, by_y, None, by_sigma, *(None,) * 8

    return out, curve_fit_pullback, curve_fit_pushforward


# -- linear fits ----------------------------------------------------------------------------------


def linear_misfit(x: Any, A: Any, b: Any) -> Any:
    """Return half the sum of squares that `lsq_linear` and `nnls` make small."""
    return 0.5 * np.sum((A @ x - b) ** 2)


@both(optimize.lsq_linear)
def lsq_linear(
    A: Any, b: Any, bounds: Any = (-np.inf, np.inf), method: Any = "trf", tol: Any = 1e-10,
    lsq_solver: Any = None, lsmr_tol: Any = None, max_iter: Any = None, verbose: Any = 0, *,
    lsmr_maxiter: Any = None,
) -> Any:  # fmt: skip
    """The fields ``x`` and ``cost``, by matrix and right-hand side; coordinates at bounds stay there."""
    out = optimize.lsq_linear(
        A, b, bounds, method, tol, lsq_solver, lsmr_tol, max_iter, verbose, lsmr_maxiter=lsmr_maxiter
    )

    def lsq_linear_pullback(out_bar: Any) -> Any:
        bars, free = only("lsq_linear", out_bar, ("x", "cost")), inside_box(out.x, bounds)
        A_bar, b_bar = result_bars(linear_misfit, out.x, bars.get("x"), bars.get("cost"), (A, b), free)
        return A_bar, b_bar, bounds_bar(free), *(None,) * 7

    def moved(A_dot: Any, b_dot: Any) -> Any:
        x_dot, cost_dot = result_dots(linear_misfit, out.x, (A, b), (A_dot, b_dot), inside_box(out.x, bounds))
        return tangents("lsq_linear", out, {"x": x_dot, "cost": cost_dot})

    def lsq_linear_pushforward(A_dot: Any, b_dot: Any, bounds_moved: Any, *rest_dot: Any) -> Any:
        by_A = None if A_dot is None else moved(A_dot, None)
        by_b = None if b_dot is None else moved(None, b_dot)
        return by_A, by_b, bounds_dot(bounds_moved, inside_box(out.x, bounds)), *(None,) * 7

    return out, lsq_linear_pullback, lsq_linear_pushforward


def residual_norm_bar(norm_bar: Any, norm: Any) -> Any:
    """Return the cotangent of half the square of a norm; zero at norm zero, where there is none."""
    return None if norm_bar is None else norm_bar / (norm + (norm == 0.0)) * (norm != 0.0)


@both(optimize.nnls, kind=pair_kind)
def nnls(A: Any, b: Any, *, maxiter: Any = None) -> Any:
    """The solution and the norm of what is left; coordinates that are zero stay there."""
    out = optimize.nnls(A, b, maxiter=maxiter)
    x, norm = out
    free = x > 0.0

    def nnls_pullback(out_bar: Any) -> Any:
        x_bar, norm_bar = out_bar
        A_bar, b_bar = result_bars(linear_misfit, x, x_bar, residual_norm_bar(norm_bar, norm), (A, b), free)
        return A_bar, b_bar, None

    def moved(A_dot: Any, b_dot: Any) -> Any:
        x_dot, cost_dot = result_dots(linear_misfit, x, (A, b), (A_dot, b_dot), free)
        return x_dot, residual_norm_bar(cost_dot, norm)

    def nnls_pushforward(A_dot: Any, b_dot: Any, maxiter_dot: Any) -> Any:
        return (
            None if A_dot is None else moved(A_dot, None),
            None if b_dot is None else moved(None, b_dot),
            None,
        )

    return out, nnls_pullback, nnls_pushforward
