"""The rule of ``scipy.integrate.quad`` over a finite interval.

The integrand is differentiated under the integral sign, on the subintervals that SciPy arrived at, by the
rule of Gauss and Legendre; at the bounds the integral moves with the integrand.

Reference: R. Piessens and others, QUADPACK (1983).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.rules.callback import Differentiator
from adjoint.rules.callbacks import sum_of
from adjoint.rules.errors import RuleError
from adjoint.rules.registry import frule, non_differentiable, rrule
from adjoint.rules.scipy_integrate import integrate
from adjoint.rules.scipy_roots import as_tuple
from adjoint.rules.support import fit

NODES, WEIGHTS = np.polynomial.legendre.leggauss(21)


def points(func: Any, a: Any, b: Any, args: Any, options: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return nodes and weights, which move with the bounds; raises as `shares` does."""
    return [(a + (b - a) * node, (b - a) * weight) for node, weight in shares(func, a, b, args, options)]


def shares(func: Any, a: Any, b: Any, args: Any, options: dict[str, Any]) -> list[tuple[float, float]]:
    """Return nodes and weights on the subintervals into which SciPy cut the interval, as shares of it.

    Raises:
        RuleError: ADJ202, the interval is infinite, or SciPy's value is not the sum over the subintervals,
            as at a singularity.
    """
    if not (math.isfinite(a) and math.isfinite(b)):
        raise refused("the interval is infinite", "substitute, for example x = t / (1 - t)")
    if a == b:
        return []
    value, error, info = integrate.quad(func, a, b, as_tuple(args), full_output=1, **options)[:3]
    lows, highs = ((info[name][: info["last"]] - a) / (b - a) for name in ("alist", "blist"))
    ends = zip(lows.tolist(), highs.tolist(), strict=True)
    found = [
        (0.5 * (low + high) + 0.5 * (high - low) * node, 0.5 * (high - low) * weight)
        for low, high in ends
        for node, weight in zip(NODES.tolist(), WEIGHTS.tolist(), strict=True)
    ]
    again = (b - a) * sum(weight * func(a + (b - a) * node, *as_tuple(args)) for node, weight in found)
    if not abs(again - value) <= 10.0 * max(error, 1.5e-8, 1.5e-8 * abs(value)):
        raise refused("the integrand is not smooth between the bounds", "integrate between its singularities")
    return found


non_differentiable(shares)


def refused(why: str, fix: str) -> RuleError:
    """Return the error for an integral that cannot be differentiated under the integral sign."""
    return RuleError(
        "ADJ202",
        title="`scipy.integrate.quad` has no derivative here",
        why=f"{why}, so that the sum over nodes is not the integral.",
        fixes=(fix, "write the sum over nodes with NumPy: np.polynomial.legendre.leggauss"),
    )


@rrule(integrate.quad)
def quad(
    func: Any,
    a: Any,
    b: Any,
    args: Any = (),
    *,
    epsabs: Any = 1.49e-8,
    epsrel: Any = 1.49e-8,
    limit: Any = 50,
    ad: Differentiator,
) -> Any:
    """By bounds, extra arguments and what the integrand captured; the estimate of the error has none."""
    options = {"epsabs": epsabs, "epsrel": epsrel, "limit": limit}
    out = integrate.quad(func, a, b, args, **options)
    nodes = points(func, a, b, args, options)
    pulls = [(ad.vjp(func, x, *as_tuple(args))[1], weight) for x, weight in nodes]

    def quad_pullback(out_bar: Any) -> Any:
        if out_bar[0] is None:
            return None, None, None, None, None, None, None
        found = [pull(out_bar[0] * weight) for pull, weight in pulls]
        extra = tuple(sum_of(bars.args[i + 1] for bars in found) for i in range(len(as_tuple(args))))
        low, high = (func(end, *as_tuple(args)) * out_bar[0] for end in (a, b))
        args_bar = extra if isinstance(args, tuple) else extra[0]
        return sum_of(bars.f for bars in found), fit(-low, a), fit(high, b), args_bar, None, None, None

    return out, quad_pullback


@frule(integrate.quad)
def quad_forward(
    func: Any,
    a: Any,
    b: Any,
    args: Any = (),
    *,
    epsabs: Any = 1.49e-8,
    epsrel: Any = 1.49e-8,
    limit: Any = 50,
    ad: Differentiator,
) -> Any:
    """By bounds, extra arguments and what the integrand captured."""
    options = {"epsabs": epsabs, "epsrel": epsrel, "limit": limit}
    out = integrate.quad(func, a, b, args, **options)
    nodes = points(func, a, b, args, options)
    fixed = (None,) * len(as_tuple(args))

    def summed(dots: tuple[Any, ...], func_dot: Any) -> Any:
        values = [
            (ad.jvp(func, (x, *as_tuple(args)), (None, *dots), func_dot)[1], weight) for x, weight in nodes
        ]
        return sum(weight * dot for dot, weight in values if dot is not None), 0.0

    def quad_pushforward(func_dot: Any, a_dot: Any, b_dot: Any, args_dot: Any, *rest_dot: Any) -> Any:
        by_func = None if func_dot is None else summed(fixed, func_dot)
        by_args = None if args_dot is None else summed(as_tuple(args_dot), None)
        by_a = None if a_dot is None else (-func(a, *as_tuple(args)) * a_dot, 0.0)
        by_b = None if b_dot is None else (func(b, *as_tuple(args)) * b_dot, 0.0)
        return by_func, by_a, by_b, by_args, None, None, None

    return out, quad_pushforward
