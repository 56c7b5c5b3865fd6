"""Taylor mode: the coefficients of a function's value along a curve, to any order, by one generated function.

Beside every number and array ``x`` the generated code carries ``x_series``, the coefficients ``x_1 ... x_K``
of ``x(t) = x + x_1 t + x_2 t^2 + ...``.  A function without a recurrence of its own is integrated:
``y' = P(x) x'``, where its forward rule, applied to ``x'`` and evaluated as a series of one order less,
gives the coefficients of ``y'``.

Reference: Griewank & Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), chapter 13.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.apply import forward_rules, primal_of, rule_options
from adjoint.rules.callback import ad
from adjoint.rules.containers import part
from adjoint.rules.forward import fields_of, moves_as_code, zero_tangent
from adjoint.rules.registry import Rule, registry
from adjoint.rules.runtime import add
from adjoint.rules.series import settled
from adjoint.rules.support import fit_out
from adjoint.runtime.algebra import Carrier, Pair, held_by, missing_rule, over_leaves
from adjoint.runtime.nesting import loaded
from adjoint.runtime.opaque import has_tangent_space

Series = list[Any]


class Taylor(Carrier):
    """Carries Taylor coefficients up to an order; the first argument of generated code."""

    form = "taylor"

    def __init__(self, order: int) -> None:
        self.order = order

    def __repr__(self) -> str:
        return f"Taylor({self.order})"

    # --- leaves ------------------------------------------------------------------------------
    def zero(self, x: Any) -> Series:
        """Return the coefficients of a constant."""
        return [zero_tangent(x) for _ in range(self.order)]

    def rows(self, x: Any, dot: Any) -> list[Series]:
        """Return the coefficients of each row of an array."""
        return [[c[i] for c in dot] for i in range(len(x))]

    def is_still(self, dot: Any) -> bool:
        """Whether all coefficients are zero."""
        if isinstance(dot, dict):
            return all(map(self.is_still, dot.values()))
        if isinstance(dot, tuple | list):
            return all(map(self.is_still, dot))
        return dot is None or not np.any(dot)

    def part(self, value: Any, dot: Series, name: str) -> Series:
        """Return the same attribute of each coefficient."""
        return [getattr(np.asarray(c), name)[()] for c in dot]

    def copied(self, dot: Series) -> Series:
        """Return coefficients of its own for an array that will be changed."""
        return [np.array(c) for c in dot]

    def store(self, base: Any, dot: Series, key: Any, value: Series) -> None:
        """Store the coefficients of an item into those of an array, or into a container."""
        if not isinstance(base, np.ndarray):
            dot[key] = value
            return
        for c, v in zip(dot, value, strict=True):
            c[key] = v

    def mirror(self, f: Any, dot: Series, *args: Any) -> None:
        """Do to every coefficient what a function did to a buffer, in which it is linear."""
        for c, v in zip(dot, args[-1], strict=True):
            f(c, *args[:-1], v)

    # --- whole values ------------------------------------------------------------------------
    def coefficient(self, x: Any, dot: Any, k: int) -> Any:
        """Return the ``k``-th coefficient of a value of any structure."""
        return over_leaves(x, dot, lambda leaf, c: zero_tangent(leaf) if c is None else c[k - 1], within=True)

    def coefficients(self, x: Any, dot: Any) -> list[Any]:
        """Return the coefficients of a value of any structure, from the first on."""
        return [self.coefficient(x, dot, k) for k in range(1, self.order + 1)]

    def collected(self, x: Any, coefficients: list[Any]) -> Any:
        """Return what travels beside a value, given its coefficients, of which None are zero."""
        if all(c is None for c in coefficients):
            return None
        if isinstance(x, tuple | list):
            items = [self.collected(item, [part(c, i) for c in coefficients]) for i, item in enumerate(x)]
            return tuple(items) if isinstance(x, tuple) else items
        if isinstance(x, dict):
            return {key: self.collected(x[key], [part(c, key) for c in coefficients]) for key in x}
        if is_leaf(x):
            return [zero_tangent(x) if c is None else c for c in coefficients]
        inside = held_by(x) if moves_as_code(x) else None if x is None else fields_of(x)
        if not isinstance(inside, dict):
            return None if inside is None else self.collected(inside, coefficients)
        names = dict.fromkeys(name for c in coefficients if c is not None for name in c)
        return {n: self.collected(inside.get(n), [part(c, n) for c in coefficients]) for n in names}

    # --- rules -------------------------------------------------------------------------------
    def by_rules(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Any:
        """By the recurrence of a function, else linearly, else by integration of its forward rule."""
        function = registry.series(f)
        if function is not None and all(map(is_leaf, values)) and all(d is None for _, d in kwargs.values()):
            result = self.by_recurrence(f, function, args, values, named)
            if result is not NotImplemented:
                return result
        dots = tuple(dot for _, dot in args)
        dots_named = {name: dot for name, (_, dot) in kwargs.items()}
        for rule, bound in forward_rules(f, values, named, dots, dots_named):
            if bound is None:
                return self.linear(f, args, values, named)
            series = rule.signature.bind(*dots, **dots_named).arguments
            result = self.integrated(rule, bound, series, lambda: primal_of(f, values, named))
            if result is not NotImplemented:
                return result
        return NotImplemented

    def by_recurrence(self, f: Any, function: Any, args: Any, values: Any, named: Any) -> Any:
        """Use a registered recurrence; only products take keywords."""
        fitting = inspect.signature(function).parameters.values()
        if named and not any(p.kind is p.VAR_KEYWORD for p in fitting):
            return NotImplemented
        polys = [[x] if dot is None else [x, *dot] for x, dot in args]
        most = len(polys) if any(p.kind is p.VAR_POSITIONAL for p in fitting) else len(fitting) - 1
        if len(polys) > most:
            return NotImplemented
        out = primal_of(f, values, named)
        series = function(out, *polys, **named)
        return NotImplemented if series is NotImplemented else (out, series)

    def linear(self, f: Any, args: Any, values: Any, named: Any) -> Pair:
        """A linear function acts on every coefficient."""
        out = primal_of(f, values, named)
        (x, dot), *_ = args
        wrap: Callable[[Any], Any] = operator.pos
        if isinstance(x, np.ndarray | np.generic):
            wrap = np.asarray if isinstance(x, np.ndarray) else type(x)
        given = [c if isinstance(x, tuple | list | dict) else wrap(c) for c in self.coefficients(x, dot)]
        return out, self.collected(out, [primal_of(f, (c, *values[1:]), named) for c in given])

    def integrated(
        self, rule: Rule, bound: inspect.BoundArguments, series: dict[str, Any], plain: Callable[[], Any]
    ) -> Any:
        """Integrate the derivative that a forward rule gives, itself a series of one order less."""
        bound.apply_defaults()
        values = bound.arguments
        names = getattr(getattr(rule.function, "__code__", None), "co_names", ())
        if "NotImplemented" in names:
            made = rule.function(*bound.args, **bound.kwargs, **rule_options(rule, bound))
            if made is NotImplemented:
                return NotImplemented
        out = plain()
        if not has_tangent_space(out) and not is_leaf(out):
            return out, None
        moving = [name for name in rule.parameters if name in series and is_moving(series[name])]
        total: Any = None
        for name in moving:
            share = self.share(rule, name, out, values, {n: series[n] for n in moving})
            total = share if total is None else self.sum(out, total, share)
        return out, total

    def share(self, rule: Rule, name: str, out: Any, values: dict[str, Any], series: dict[str, Any]) -> Any:
        """Return the coefficients that the motion of one parameter contributes to those of the value."""
        lower = Taylor(self.order - 1)
        x_dot = self.coefficient(values[name], series[name], 1)
        pairs = [
            (value, lower.truncated(value, series[n]) if n in series else None) for n, value in values.items()
        ]
        dots = [
            (x_dot, self.slope(values[name], series[name])) if n == name else (no_dot(values[n]), None)
            for n in rule.parameters
        ]
        slope = derivative_of(rule, rule.parameters.index(name), not is_leaf(out) or np.iscomplexobj(out))
        given = [*pairs, *dots]
        rest: list[Any] = []
        if self.order == 1:
            first = slope(*(value for value, _ in given))
        else:
            first, first_series = lower.push((slope, None), *given)
            rest = lower.coefficients(first, first_series)
        if first is None:
            return None
        parts = [over_leaves(out, c, divided_by(k), within=True) for k, c in enumerate([first, *rest], 1)]
        if rule.strength and is_leaf(out):
            parts = settled(parts, out, [values[name], *series[name]])
        elif is_leaf(out):
            parts = [fit_out(part, out) for part in parts]
        return self.collected(out, parts)

    def slope(self, x: Any, dot: Any) -> Any:
        """Return the coefficients of the derivative of a value, from the first on."""
        return over_leaves(
            x, dot, lambda leaf, c: [k * c[k - 1] for k in range(2, self.order + 1)] if c else c, within=True
        )

    def truncated(self, x: Any, dot: Any) -> Any:
        """Return the coefficients of a value to this order."""
        return over_leaves(x, dot, lambda leaf, c: None if c is None else list(c[: self.order]), within=True)

    def sum(self, out: Any, a: Any, b: Any) -> Any:
        """Return the sum of two contributions."""
        if a is None or b is None:
            return b if a is None else a
        pairs = zip(self.coefficients(out, a), self.coefficients(out, b), strict=True)
        return self.collected(out, [over_leaves(out, x, add_leaf(out, y)) for x, y in pairs])

    # --- the rest ----------------------------------------------------------------------------
    def opaque(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
        """Run code without a rule; refuse if coefficients would get lost in it."""
        value = primal_of(f, values, named)
        if not has_tangent_space(value) or all(self.is_still(dot) for _, dot in (*args, *kwargs.values())):
            return value, None
        raise missing_rule(f)


def divided_by(k: int) -> Callable[[Any, Any], Any]:
    """Return what divides the leaves of a coefficient."""
    return lambda _, leaf: None if leaf is None else leaf / k


def add_leaf(out: Any, other: Any) -> Callable[[Any, Any], Any]:
    """Return what adds the leaves of another structure, in the order in which leaves are met."""
    leaves: list[Any] = []
    over_leaves(out, other, lambda _, leaf: leaves.append(leaf))
    rest = iter(leaves)
    return lambda _, leaf: add(leaf, next(rest))


def is_leaf(x: Any) -> bool:
    """Whether a value is a number or array."""
    return isinstance(x, float | complex | int | np.number | np.ndarray)


def is_moving(dot: Any) -> bool:
    """Whether anything travels beside what is bound to a parameter."""
    return dot is not None and not (isinstance(dot, tuple) and all(part is None for part in dot))


def no_dot(x: Any) -> Any:
    """Return the zero tangent of an argument; None for what has no tangent, such as a missing one."""
    zero = zero_tangent(x)
    return None if isinstance(zero, dict) and not zero else zero


@functools.lru_cache(maxsize=2048)
def derivative_of(rule: Rule, index: int, is_complex: bool) -> Any:
    """Return, as a function of the arguments and their tangents, one contribution of a forward rule."""
    parameters = list(rule.signature.parameters.values())
    names = [p.name for p in parameters]
    given = []
    for p in parameters:
        stars = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
        given.append(f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else f"{stars}{p.name}")
    dots = [f"{name}_dot_" for name in rule.parameters]
    cells = {"rule_": rule.function, "primal_": rule.primal, "np": np, "ad_": ad}
    own = [*given, "ad=ad_"] if "ad" in rule.options else given
    pick = f"[{index}]" if len(rule.parameters) > 1 else ""
    lines = [f"def derivative({', '.join([*names, *dots])}):"]
    if rule.form == "scalar":
        lines.append(f"    out_ = primal_({', '.join(given)})")
        lines.append(f"    partials_ = rule_(out_, {', '.join(given)})")
        product = f"{dots[index]} * partials_{pick}"
        lines.append(f"    return {product if is_complex else f'np.real({product})'}")
    else:
        lines.append(f"    out_, pushforward_ = rule_({', '.join(own)})")
        lines.append(f"    return pushforward_({', '.join(dots)}){pick}")
    return loaded(lines, "derivative", cells)


__all__ = ["Series", "Taylor"]
