"""Rules of scipy.optimize: roots of functions of one number, by the implicit function theorem.

At a root ``f(x, p) = 0`` the root moves with ``-(df/dp) / (df/dx)``; the bracket has no effect.  Where the
slope of the function is zero there is no derivative: the result is infinite or NaN, as the quotient is.

Reference: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), section 15.1.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import numpy as np

from adjoint.rules.both import both
from adjoint.rules.callback import Differentiator
from adjoint.rules.composed import by_position

optimize: Any = importlib.import_module("scipy.optimize")


def as_tuple(args: Any) -> tuple[Any, ...]:
    """Return extra arguments as a tuple; a single one may stand for itself."""
    return args if isinstance(args, tuple) else (args,)


def slope_bars(ad: Differentiator, f: Any, x: Any, x_bar: Any, args: Any) -> tuple[Any, Any]:
    """Return the cotangents of the function and of its extra arguments, each root by itself.

    Args:
        ad: calls back into the compiler.
        f: the function, of one number or of each entry of an array.
        x: the roots.
        x_bar: their cotangent.
        args: the extra arguments, a tuple or a single one.
    """
    _, pull = ad.vjp(f, x, *as_tuple(args))
    bars = pull(-np.divide(x_bar, pull(np.ones_like(x)[()]).args[0]))
    return bars.f, bars.args[1:] if isinstance(args, tuple) else bars.args[1]


def slope_dot(ad: Differentiator, f: Any, x: Any, f_dot: Any, args: Any, args_dot: Any) -> Any:
    """Return the tangent of roots for tangents of the function or the arguments; see `slope_bars`."""
    values, fixed = (x, *as_tuple(args)), (None,) * len(as_tuple(args))
    _, slope = ad.jvp(f, values, (np.ones_like(x)[()], *fixed))
    _, dot = ad.jvp(f, values, (None, *(fixed if args_dot is None else as_tuple(args_dot))), f_dot)
    return 0.0 * x if dot is None else -np.divide(dot, slope)


def register(primal: Any) -> None:
    """Register both rules of a function that finds roots; `full_output` is refused."""
    parameters = [p for p in inspect.signature(primal).parameters.values() if p.name != "full_output"]
    defaults = [(p.name, p.default) for p in parameters]
    place = [p.name for p in parameters].index("args")
    before, after = (None,) * (place - 1), (None,) * (len(parameters) - place - 1)

    def root(*given: Any, ad: Differentiator, **named: Any) -> Any:
        """By what the function captured and by its extra arguments; the implicit function theorem."""
        out = primal(*given, **named)
        values = by_position(given, named, defaults)
        f, args = values[0], values[place]

        def root_pullback(out_bar: Any) -> Any:
            f_bar, args_bar = slope_bars(ad, f, out, out_bar, args)
            return f_bar, *before, args_bar, *after

        def root_pushforward(*dots: Any) -> Any:
            by_f = None if dots[0] is None else slope_dot(ad, f, out, dots[0], args, None)
            by_args = None if dots[place] is None else slope_dot(ad, f, out, None, args, dots[place])
            return by_f, *before, by_args, *after

        return out, root_pullback, root_pushforward

    last = inspect.Parameter.KEYWORD_ONLY
    options = [p.replace(kind=last) if p.name == "disp" else p for p in parameters]
    own = inspect.Parameter("ad", last)
    vars(root)["__signature__"] = inspect.Signature([*options, own])
    both(primal)(root)


for _name in ("brentq", "brenth", "ridder", "bisect", "toms748", "newton"):
    register(getattr(optimize, _name))
