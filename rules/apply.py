"""Rules in their called form: find the rule for a call with real values, run it, pull back.

Generated code pastes rules where it can.  The run-time path for what the compiler could not know,
and the checks of single rules, call them through here; both forms give the same cotangents.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.errors import RuleError, spell
from adjoint.rules.forward import filled, spread, total, zero_tangent
from adjoint.rules.kinds import Kind, Known, Tuple, Unknown, kind_of, with_active
from adjoint.rules.registry import Rule, registry
from adjoint.rules.runtime import strong_product, unbroadcast
from adjoint.rules.support import fit

Pullback = Callable[[Any], tuple[Any, ...]]

_ANYTHING = inspect.signature(lambda *args, **kwargs: None)
_EMPTY = inspect.Parameter.empty


def find_rule(
    primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any], after: Rule | None = None
) -> tuple[Rule, inspect.BoundArguments] | None:
    """Return the rule for ``primal(*args, **kwargs)`` and the bound arguments, None without one.

    The newest rule whose signature fits and whose predicate holds for the kinds of the values; with
    ``after``, the newest that is older than this one.
    """
    rules = registry.lookup(primal)
    if "out" in kwargs and kwargs["out"] is None:  # as if it had been left out
        kwargs = {name: value for name, value in kwargs.items() if name != "out"}
    start = rules.index(after) + 1 if after in rules else 0
    for rule in rules[start:]:
        if rule.form == "constant":
            return rule, _ANYTHING.bind(*args, **kwargs)
        try:
            bound = rule.signature.bind(*args, **kwargs)
        except TypeError:
            continue
        if rule.when is None or rule.when(**argument_kinds(rule, bound)):
            return rule, bound
    return None


def argument_kinds(rule: Rule, bound: inspect.BoundArguments) -> dict[str, Kind]:
    """Return the kind of every parameter of a rule at a call, defaults included."""
    return {name: _kind(rule, name, bound.arguments) for name in rule.parameters}


def _kind(rule: Rule, name: str, arguments: dict[str, Any]) -> Kind:
    parameter = rule.signature.parameters[name]
    if name in arguments:
        return value_kind(arguments[name])
    if parameter.kind is parameter.VAR_POSITIONAL:
        return Tuple(())
    return Unknown() if parameter.default is _EMPTY else value_kind(parameter.default)


def value_kind(value: Any) -> Kind:
    """Return the kind of a value, active; integers and bools, which have no tangent space, are known."""
    return Known(value) if isinstance(value, bool | int) else with_active(kind_of(value), True)


def apply_rule(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    """Run a rule on real values and return ``(value, pullback)``.

    The pullback maps the cotangent of the value to a tuple with one cotangent per parameter of the
    rule; ``None`` stands for zero and for arguments without tangent space.  A float or array
    receives a cotangent of its own shape and dtype, real if it is real.

    Args:
        rule: the rule.
        bound: the call's arguments, from `find_rule`.

    Raises:
        RuleError: the rule declined the call or returned something else than value and pullback.
    """
    if rule.form == "scalar":
        return _apply_scalar(rule, bound)
    if rule.form == "constant":
        return rule.primal(*bound.args, **bound.kwargs), lambda value_bar: ()
    return _apply_rrule(rule, bound)


def _apply_scalar(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    value = call_primal(rule.primal, bound)
    arguments = bound.arguments

    def pullback(value_bar: Any) -> tuple[Any, ...]:
        if value_bar is None:
            return (None,) * len(rule.parameters)
        partials = rule.function(value, *bound.args, **bound.kwargs)
        partials = partials if len(rule.parameters) > 1 else (partials,)
        return tuple(
            _scalar_bar(value_bar, partial, arguments.get(name), rule.singular)
            for name, partial in zip(rule.parameters, partials, strict=True)
        )

    return value, pullback


def _scalar_bar(value_bar: Any, partial: Any, x: Any, singular: bool) -> Any:
    """Return the cotangent of one argument of an elementwise function."""
    if partial is None or not has_tangent(x):
        return None
    if np.iscomplexobj(partial):
        partial = np.conj(partial)
    x_bar = strong_product(value_bar, partial) if singular else value_bar * partial
    return fit(unbroadcast(x_bar, x), x)


def _apply_rrule(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    result = rule.function(*bound.args, **bound.kwargs)
    if result is NotImplemented:
        return _apply_older(rule, bound)
    if not isinstance(result, tuple) or len(result) != 2:
        name = spell(rule.primal)
        raise RuleError("ADJ202", title=f"the rule of `{name}` did not return (value, pullback)")
    value, inner = result

    def pullback(value_bar: Any) -> tuple[Any, ...]:
        if value_bar is None:
            return (None,) * len(rule.parameters)
        bars = inner(value_bar)
        bars = bars if len(rule.parameters) > 1 else (bars,)
        return tuple(
            _fitted(bar, bound.arguments.get(name)) for name, bar in zip(rule.parameters, bars, strict=True)
        )

    return value, pullback


def _apply_older(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    """Apply the next older rule in the place of one that declined the call."""
    found = find_rule(rule.primal, bound.args, bound.kwargs, after=rule)
    if found is None:
        raise RuleError("ADJ202", title=f"every rule of `{spell(rule.primal)}` declined this call")
    older = found[0]
    value, inner = apply_rule(*found)

    def pullback(value_bar: Any) -> tuple[Any, ...]:
        bars = dict(zip(older.parameters, inner(value_bar), strict=True))
        return tuple(bars.get(name) for name in rule.parameters)

    return value, pullback


def _fitted(bar: Any, x: Any) -> Any:
    """Fit the cotangent of a number or array to it; those of containers are the rule's concern."""
    if isinstance(x, float | complex | np.ndarray | np.generic):
        return fit(bar, x) if has_tangent(x) else None
    return None if isinstance(x, int | str) else bar


def has_tangent(x: Any) -> bool:
    """Return whether a value can carry a derivative by itself: a float, or an array of floats."""
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype):
        return dtype.kind in "fc"
    return isinstance(x, float | complex)


def call_primal(primal: Any, bound: inspect.BoundArguments) -> Any:
    """Call a function; an attribute descriptor such as ``np.ndarray.T`` is read from its object."""
    if inspect.isgetsetdescriptor(primal) or inspect.ismemberdescriptor(primal):
        return primal.__get__(*bound.args)
    return primal(*bound.args, **bound.kwargs)


# --- forward ----------------------------------------------------------------------------------------
def push_rule(
    primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any], dots: tuple[Any, ...], named: dict[str, Any]
) -> Any:
    """Run a function on real values and return ``(value, tangent)`` by its forward rule.

    Args:
        primal: the function.
        args: its arguments.
        kwargs: its keyword arguments.
        dots: the tangents of the arguments; ``None`` is zero.
        named: the tangents of the keyword arguments.

    Returns:
        Value and tangent, or ``NotImplemented`` if no forward rule takes the call.
    """
    found = find_rule(primal, args, kwargs)
    for rule in registry.pushforwards(primal):
        if rule.form == "constant" or rule.form == "scalar" and (found is None or rule is not found[0]):
            continue  # another rule was chosen for these kinds
        if rule.form == "linear":
            if dots and dots[0] is not None and all(d is None for d in (*dots[1:], *named.values())):
                return primal_of(primal, args, kwargs), primal_of(
                    primal, (filled(dots[0], args[0]), *args[1:]), kwargs
                )
            continue
        try:
            bound = rule.signature.bind(*args, **kwargs)
        except TypeError:
            continue
        if rule.when is not None and not rule.when(**argument_kinds(rule, bound)):
            continue
        tangents = rule.signature.bind(*dots, **named).arguments
        result = (_push_scalar if rule.form == "scalar" else _push_frule)(rule, bound, tangents)
        if result is not NotImplemented:
            return result
    return NotImplemented


def primal_of(primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function; an attribute descriptor is read from its object."""
    if inspect.isgetsetdescriptor(primal) or inspect.ismemberdescriptor(primal):
        return primal.__get__(*args)
    return primal(*args, **kwargs)


def _push_scalar(rule: Rule, bound: inspect.BoundArguments, dots: dict[str, Any]) -> Any:
    value = call_primal(rule.primal, bound)
    partials = rule.function(value, *bound.args, **bound.kwargs)
    partials = partials if len(rule.parameters) > 1 else (partials,)
    value_dot: Any = None
    for name, partial in zip(rule.parameters, partials, strict=True):
        dot = dots.get(name)
        if dot is not None and partial is not None:
            share = strong_product(dot, partial) if rule.singular else dot * partial
            value_dot = share if value_dot is None else value_dot + share
    if value_dot is None:
        return value, None
    return value, spread(np.real(value_dot) if not np.iscomplexobj(value) else value_dot, value)


def _push_frule(rule: Rule, bound: inspect.BoundArguments, dots: dict[str, Any]) -> Any:
    result = rule.function(*bound.args, **bound.kwargs)
    if result is NotImplemented:
        return NotImplemented
    value, pushforward = result
    given = [name for name in rule.parameters if is_given(dots.get(name))]
    tangents = [
        dots[name] if name in given else zero_tangent(bound.arguments.get(name)) for name in rule.parameters
    ]
    parts = pushforward(*tangents)
    parts = parts if len(rule.parameters) > 1 else (parts,)
    shares = [part for name, part in zip(rule.parameters, parts, strict=True) if name in given]
    return value, total(tuple(shares))


def is_given(dot: Any) -> bool:
    """Whether the tangent of a parameter is more than nothing; those of ``*args`` come as a tuple."""
    return dot is not None and not (isinstance(dot, tuple) and all(part is None for part in dot))
