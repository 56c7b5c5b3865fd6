"""Rules in their called form: find the rule for a call with real values, run it, pull back.

Generated code pastes rules where it can.  The run-time path for what the compiler could not know,
and the checks of single rules, call them through here; both forms give the same cotangents.
"""

from __future__ import annotations

import copy
import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.rules.boxes import each, tried
from adjoint.rules.callback import ad
from adjoint.rules.errors import RuleError, missing_rule, spell
from adjoint.rules.forward import filled, total, zero_tangent
from adjoint.rules.kinds import Kind, Known, Tuple, Unknown, kind_of, with_active
from adjoint.rules.project import ProjectTo
from adjoint.rules.registry import Rule, registry
from adjoint.rules.runtime import strong_product, unbroadcast
from adjoint.rules.subclasses import plain_value, refuse_subclasses
from adjoint.rules.support import fit, fit_out
from adjoint.rules.symbolic import AbstractZero
from adjoint.rules.tangents import Tangent, backing
from adjoint.rules.watch import check_bars, check_value, whereabouts

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
    misfit = False
    for rule in rules[start:]:
        if rule.form == "constant":
            if misfit:  # it stands for other kinds of arguments, not for other arguments
                return None
            return rule, _ANYTHING.bind(*args, **kwargs)
        try:
            bound = rule.signature.bind(*args, **kwargs)
        except TypeError:
            misfit = True
            continue
        if rule.when is None or rule.when(**argument_kinds(rule, bound)):
            return None if rule.form == "opt_out" else (rule, bound)
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
    return Known(value) if isinstance(value, bool | int) else with_active(kind_of(plain_value(value)), True)


def apply_rule(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    """Run a rule on real values and return ``(value, pullback)``.

    The pullback maps the cotangent of the value to a tuple with one cotangent per parameter of the
    rule; ``None`` stands for zero and for arguments without tangent space.  A float or array
    receives a cotangent of its own shape and dtype, real if it is real.

    Args:
        rule: the rule.
        bound: the call's arguments, from `find_rule`.

    Raises:
        RuleError: the rule declined the call or returned something else than value and pullback, or the
            library's rules do not know the class of an argument.
    """
    if rule.form == "constant":
        return rule.primal(*bound.args, **bound.kwargs), lambda value_bar: ()
    if rule.built_in:
        refuse_subclasses(rule.primal, bound.arguments.values())
    value, pullback = (_apply_scalar if rule.form == "scalar" else _apply_rrule)(rule, bound)
    if registry.debug:
        check_value(rule, bound, value)
    return value, pullback


def _apply_scalar(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    value = call_primal(rule.primal, bound)
    arguments = bound.arguments

    def pullback(value_bar: Any) -> tuple[Any, ...]:
        if value_bar is None:
            return (None,) * len(rule.parameters)
        partials = rule.function(value, *bound.args, **bound.kwargs)
        partials = partials if len(rule.parameters) > 1 else (partials,)
        bars = tuple(
            scalar_bar(value_bar, partial, arguments.get(name), rule.singular or rule.selects)
            for name, partial in zip(rule.parameters, partials, strict=True)
        )
        if registry.debug:
            check_bars(rule, bound, bars, value_bar, value_bar)
        return bars

    return value, pullback


def scalar_bar(value_bar: Any, partial: Any, x: Any, singular: bool) -> Any:
    """Return the cotangent of one argument of an elementwise function."""
    if partial is None or isinstance(partial, AbstractZero) or not has_tangent(x):
        return None
    if np.iscomplexobj(partial):
        partial = np.conj(partial)
    x_bar = strong_product(value_bar, partial) if singular else value_bar * partial
    return fit(unbroadcast(x_bar, x), x)


def _apply_rrule(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    result = rule.function(*bound.args, **bound.kwargs, **rule_options(rule, bound))
    if result is NotImplemented:
        return _apply_older(rule, bound)
    value, inner = _pair(rule, result)
    spaces, cls = [ProjectTo(bound.arguments.get(name)) for name in rule.parameters], type(value)

    def pullback(value_bar: Any) -> tuple[Any, ...]:
        if value_bar is None:
            return (None,) * len(spaces)
        given = copy.deepcopy(value_bar) if registry.debug else value_bar
        bars = _all_bars(rule, inner(_given(cls, value_bar)))
        if registry.debug:
            check_bars(rule, bound, bars, given, value_bar)
        return tuple(space.fitted(bar) for space, bar in zip(spaces, bars, strict=True))

    return value, pullback


def rule_options(rule: Rule, bound: inspect.BoundArguments) -> dict[str, Any]:
    """Return the values of a rule's own keyword-only parameters."""
    options: dict[str, Any] = {}
    if "ad" in rule.options:
        options["ad"] = ad
    if "needs" in rule.options:
        options["needs"] = tuple(name for name in bound.arguments if wanted(bound.arguments[name]))
    return options


def wanted(x: Any) -> bool:
    """Return whether a value, or anything in a tuple, list or dict, may have a cotangent."""
    if isinstance(x, tuple | list):
        return any(map(wanted, x))
    if isinstance(x, dict):
        return any(map(wanted, x.values()))
    return has_tangent(x) or not isinstance(
        x, int | str | bytes | slice | type(None) | types.EllipsisType | np.ndarray | np.generic
    )


def _pair(rule: Rule, result: Any) -> tuple[Any, Any]:
    """Return the value and the pullback that a rule gave."""
    if isinstance(result, tuple) and len(result) == 2 and callable(result[1]):
        return result
    raise RuleError(
        "ADJ202",
        title=f"the rule of `{spell(rule.primal)}` did not return (value, pullback)",
        why=f"it returned {type(result).__name__}; {whereabouts(rule)}",
        fixes=("end it with:  return out, pullback",),
    )


def _all_bars(rule: Rule, bars: Any) -> tuple[Any, ...]:
    """Return what a pullback gave as a tuple with one cotangent per parameter."""
    count = len(rule.parameters)
    if count == 1:
        return (bars,)
    if isinstance(bars, tuple | list) and len(bars) == count:
        return tuple(bars)
    found = len(bars) if isinstance(bars, tuple | list) else type(bars).__name__
    raise RuleError(
        "ADJ202",
        title=f"the pullback of `{spell(rule.primal)}` returned {found} for {count} parameters",
        why=f"it returns one cotangent per parameter of the rule, {rule.parameters}; {whereabouts(rule)}",
        fixes=("return None for a parameter without a derivative",),
    )


def _given(cls: type, value_bar: Any) -> Any:
    """Return a cotangent as a rule sees it: that of an object of a class is a `Tangent`."""
    if isinstance(value_bar, dict) and not issubclass(cls, dict):
        return Tangent(cls, value_bar)
    return value_bar


def _apply_older(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    """Apply the next older rule in the place of one that declined the call, in the end the source."""
    found = find_rule(rule.primal, bound.args, bound.kwargs, after=rule)
    if found is None:
        return _decompose(rule, bound)
    older = found[0]
    value, inner = apply_rule(*found)

    def pullback(value_bar: Any) -> tuple[Any, ...]:
        bars = dict(zip(older.parameters, inner(value_bar), strict=True))
        return tuple(bars.get(name) for name in rule.parameters)

    return value, pullback


def _decompose(rule: Rule, bound: inspect.BoundArguments) -> tuple[Any, Pullback]:
    """Differentiate the source of a function all of whose rules declined."""
    if ad.decompose is None or not isinstance(rule.primal, types.FunctionType | type):
        raise RuleError("ADJ202", title=f"every rule of `{spell(rule.primal)}` declined this call")
    value, inner = ad.decompose(rule.primal, bound.args, bound.kwargs)

    def pullback(value_bar: Any) -> tuple[Any, ...]:
        _, args, kwargs = inner(value_bar)
        bars = rule.signature.bind(*args, **kwargs).arguments
        return tuple(bars.get(name) for name in rule.parameters)

    return value, pullback


@functools.lru_cache(maxsize=4096)
def called(rule: Rule, active: tuple[str, ...]) -> Callable[..., tuple[Any, Any]]:
    """Return a rule in the form in which generated code calls it.

    A rule of the library is called as it stands.  Any other may return symbolic zeros, tangents of
    objects and wider dtypes; here its cotangents are put into the spaces of its arguments.

    Args:
        rule: a rule of form ``rrule``.
        active: the parameters whose cotangent is read.
    """
    if rule.built_in:
        return rule.function
    single = len(rule.parameters) == 1

    @functools.wraps(rule.function)
    def rule_called(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        options = {name: kwargs.pop(name) for name in rule.options if name in kwargs}
        bound = rule.signature.bind(*args, **kwargs)
        result = rule.function(*bound.args, **bound.kwargs, **options)
        if result is NotImplemented:
            value, older = _apply_older(rule, bound)
            return value, lambda value_bar: older(value_bar)[0] if single else older(value_bar)
        value, inner = _pair(rule, result)
        spaces = {name: ProjectTo(bound.arguments.get(name)) for name in active}
        cls = type(value)

        def pullback(value_bar: Any) -> Any:
            bars = zip(rule.parameters, _all_bars(rule, inner(_given(cls, value_bar))), strict=True)
            real = tuple(spaces[name].real(bar) if name in spaces else None for name, bar in bars)
            return real[0] if single else real

        return value, pullback

    return rule_called


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
    dots = tuple(dot if wanted(x) else None for x, dot in zip(args, dots, strict=True))
    named = {name: dot if wanted(kwargs[name]) else None for name, dot in named.items()}
    for rule, bound in forward_rules(primal, args, kwargs, dots, named):
        if bound is None:
            moved = (filled(dots[0], args[0]), *args[1:])
            return primal_of(primal, args, kwargs), each(primal_of, primal, moved, kwargs)
        if rule.built_in:
            refuse_subclasses(primal, bound.arguments.values())
        tangents = rule.signature.bind(*dots, **named).arguments
        result = (_push_scalar if rule.form == "scalar" else _push_frule)(rule, bound, tangents)
        if result is not NotImplemented:
            return result
    return NotImplemented


def forward_rules(
    primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any], dots: tuple[Any, ...], named: dict[str, Any]
) -> Iterator[tuple[Rule, inspect.BoundArguments | None]]:
    """Yield the forward rules that take a call, each with its bound arguments; a linear one has none.

    Raises:
        MissingRuleError: ADJ201, none did, and the reverse rule is not of the library.
    """
    found = find_rule(primal, args, kwargs)
    if found is None and any(rule.form == "opt_out" for rule in registry.lookup(primal)):
        return
    chosen = None if found is None else found[0]
    for rule in registry.pushforwards(primal, beside=chosen):
        if rule.form == "constant" or rule.form == "scalar" and (found is None or rule is not found[0]):
            continue  # another rule was chosen for these kinds
        if rule.form == "linear":
            if dots and dots[0] is not None and all(d is None for d in (*dots[1:], *named.values())):
                yield rule, None
            continue
        try:
            bound = rule.signature.bind(*args, **kwargs)
        except TypeError:
            continue
        if rule.when is None or rule.when(**argument_kinds(rule, bound)):
            yield rule, bound
    if chosen is not None and not chosen.built_in:
        raise missing_rule(primal, "frule")


def primal_of(primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function; an attribute descriptor, that of arrays for NumPy's numbers too, is read."""
    owner = getattr(primal, "__objclass__", None)
    if owner is np.ndarray and inspect.ismethoddescriptor(primal) and not isinstance(args[0], np.ndarray):
        return getattr(args[0], primal.__name__)(*args[1:], **kwargs)
    if inspect.isgetsetdescriptor(primal) or inspect.ismemberdescriptor(primal):
        own = isinstance(args[0], primal.__objclass__)
        return primal.__get__(*args) if own else getattr(args[0], primal.__name__)
    return primal(*args, **kwargs)


def _push_scalar(rule: Rule, bound: inspect.BoundArguments, dots: dict[str, Any]) -> Any:
    value = call_primal(rule.primal, bound)
    partials = rule.function(value, *bound.args, **bound.kwargs)
    partials = partials if len(rule.parameters) > 1 else (partials,)
    value_dot: Any = None
    for name, partial in zip(rule.parameters, partials, strict=True):
        dot = dots.get(name)
        if dot is not None and partial is not None and not isinstance(partial, AbstractZero):
            share = strong_product(dot, partial) if rule.singular else dot * partial
            value_dot = share if value_dot is None else value_dot + share
    if value_dot is None:
        return value, None
    return value, fit_out(np.real(value_dot) if not np.iscomplexobj(value) else value_dot, value)


def _push_frule(rule: Rule, bound: inspect.BoundArguments, dots: dict[str, Any]) -> Any:
    result = rule.function(*bound.args, **bound.kwargs, **rule_options(rule, bound))
    if result is NotImplemented:
        return NotImplemented
    value, pushforward = result
    given = [name for name in rule.parameters if is_given(dots.get(name))]
    bound.apply_defaults()
    tangents = [dots[name] if name in given else _no_dot(bound.arguments[name]) for name in rule.parameters]
    parts = tried(pushforward, *tangents)
    parts = parts if len(rule.parameters) > 1 else (parts,)
    shares = [backing(part) for name, part in zip(rule.parameters, parts, strict=True) if name in given]
    return value, total(tuple(shares))


def _no_dot(x: Any) -> Any:
    """Return the zero tangent of an argument; None for what has no tangent, such as a missing one."""
    zero = zero_tangent(x)
    return None if isinstance(zero, dict) and not zero else zero


def is_given(dot: Any) -> bool:
    """Whether the tangent of a parameter is more than nothing; those of ``*args`` come as a tuple."""
    return dot is not None and not (isinstance(dot, tuple) and all(part is None for part in dot))
