"""Rules of scipy.optimize: roots of functions of one number, by the implicit function theorem.

At a root ``f(x, p) = 0`` the root moves with ``-(df/dp) / (df/dx)``; the bracket has no effect.  Where the
slope of the function is zero there is no derivative: the result is infinite or NaN, as the quotient is.

Reference: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), section 15.1.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from adjoint.rules.callback import Differentiator
from adjoint.rules.registry import frule, rrule

optimize: Any = importlib.import_module("scipy.optimize")

DEFAULTS = inspect.signature(optimize.brentq).parameters
XTOL: Any = DEFAULTS["xtol"].default
RTOL: Any = DEFAULTS["rtol"].default


def as_tuple(args: Any) -> tuple[Any, ...]:
    """Return extra arguments as a tuple; a single one may stand for itself."""
    return args if isinstance(args, tuple) else (args,)


def register(primal: Any) -> None:
    """Register both rules of a function that finds a root in a bracket."""

    @rrule(primal)
    def root(
        f: Any,
        a: Any,
        b: Any,
        args: Any = (),
        xtol: Any = XTOL,
        rtol: Any = RTOL,
        maxiter: Any = 100,
        *,
        disp: Any = True,
        ad: Differentiator,
    ) -> Any:
        """By what the function captured and by its extra arguments; the implicit function theorem."""
        out = primal(f, a, b, args, xtol, rtol, maxiter, disp=disp)
        _, pull = ad.vjp(f, out, *as_tuple(args))

        def root_pullback(out_bar: Any) -> Any:
            bars = pull(-out_bar / pull(1.0).args[0])
            args_bar = bars.args[1:] if isinstance(args, tuple) else bars.args[1]
            return bars.f, None, None, args_bar, None, None, None, None

        return out, root_pullback

    @frule(primal)
    def root_forward(
        f: Any,
        a: Any,
        b: Any,
        args: Any = (),
        xtol: Any = XTOL,
        rtol: Any = RTOL,
        maxiter: Any = 100,
        *,
        disp: Any = True,
        ad: Differentiator,
    ) -> Any:
        """By what the function captured and by its extra arguments; the implicit function theorem."""
        out = primal(f, a, b, args, xtol, rtol, maxiter, disp=disp)
        values = (out, *as_tuple(args))
        fixed = (None,) * len(as_tuple(args))

        def moved(dots: tuple[Any, ...], f_dot: Any) -> Any:
            _, slope = ad.jvp(f, values, (1.0, *fixed))
            _, dot = ad.jvp(f, values, (None, *dots), f_dot)
            return 0.0 * out if dot is None else -dot / slope

        def root_pushforward(f_dot: Any, a_dot: Any, b_dot: Any, args_dot: Any, *rest_dot: Any) -> Any:
            by_f = None if f_dot is None else moved(fixed, f_dot)
            by_args = None if args_dot is None else moved(as_tuple(args_dot), None)
            return by_f, None, None, by_args, None, None, None, None

        return out, root_pushforward


for _function in (optimize.brentq, optimize.brenth, optimize.ridder, optimize.bisect):
    register(_function)
