"""Forward over the run-time path of reverse mode: ``value, pullback = call(f, ...)`` is pushed itself.

The pullback that comes out is an object that knows how to be pushed; its own derivatives are those of what it
has saved.  Operands are towers of the height of ``push`` (:mod:`adjoint.runtime.towers`).
"""

from __future__ import annotations

import functools
import inspect
import operator
import types
from typing import Any

import numpy as np

from adjoint.rules.apply import find_rule, primal_of, rule_options
from adjoint.rules.callback import Bars, Differentiator
from adjoint.rules.conversions import nested_like
from adjoint.rules.registry import registry
from adjoint.rules.signatures import own_signature
from adjoint.rules.toarrays import apply_to_arrays
from adjoint.runtime.arraylike import lists_in, objects_in
from adjoint.runtime.callables import empty
from adjoint.runtime.captured import captures
from adjoint.runtime.classes import overloaded, replaced
from adjoint.runtime.dynamic import (
    BOUND,
    call,
    call_method,
    compiled_for,
    defaults_given,
    hashable,
    is_for_classes,
    is_replace,
    keyword_bars,
    no_derivative,
    positional_bars,
)
from adjoint.runtime.linear import LinearPullback
from adjoint.runtime.moving import moves_towers
from adjoint.runtime.opaque import unsupported
from adjoint.runtime.pushing import AT_REST
from adjoint.runtime.pushing_pullbacks import PushedPullback, RulePullback
from adjoint.runtime.pushing_structural import (
    CALLING,
    call_partial,
    methodcaller,
    moved,
    no_second,
    rearranged,
    receiver,
    user_operator,
    with_pullback,
)
from adjoint.runtime.records import build_record
from adjoint.runtime.shares import shifted, without_receiver
from adjoint.runtime.standing import METHODS, meant
from adjoint.runtime.structural import STRUCTURAL
from adjoint.runtime.towers import (
    Tower,
    algebra_of,
    filled,
    height_of,
    item,
    over,
    rebased,
    still,
    value_of,
)
from adjoint.transforms.records import generating, initializer, record_fields


def push_call(push: Any, head: Tower, /, *args: Tower, **kwargs: Tower) -> Any:
    """``call(f, ...)``: value and pullback, and the derivatives of both."""
    h = height_of(push)
    f = value_of(head, h)
    values = tuple(value_of(t, h) for t in args)
    named = {name: value_of(t, h) for name, t in kwargs.items()}
    if hashable(f) and f in PUSHED_CALLS or hasattr(type(f), "__adjoint_pull__"):
        return push_derivative(push, head, args, kwargs)
    if isinstance(f, types.MethodType):
        inner = push_call(push, still(f.__func__, h), rebased(head, h, f.__self__), *args, **kwargs)
        return rearranged(h, inner, receiver)
    bound = getattr(f, "__self__", None)
    method = bound is not None and not isinstance(bound, types.ModuleType | type)
    if method and isinstance(f, BOUND) and not registry.lookup(f):
        inner = push_call_method(push, rebased(head, h, bound), still(f.__name__, h), *args, **kwargs)
        return rearranged(h, inner, receiver)
    lists = lists_in(f, values, named) if hashable(f) else ()
    if lists:
        return push_over_arrays(push, head, args, kwargs, lists)
    if objects_in(f, values, named) and not overloaded(f, values):
        raise no_second(f)
    if hashable(f):
        pushed = by_table(push, f, args, kwargs)
        if pushed is not NotImplemented:
            return pushed
    return by_type(push, head, args, kwargs)


#: Derivatives of functions: their pullbacks can be pushed, and move with what they were given.
PUSHED_CALLS: set[Any] = set()


def by_table(push: Any, f: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
    """Operators of users' classes, builtins that move values, and functions with rules."""
    h = height_of(push)
    values = tuple(value_of(t, h) for t in args)
    named = {name: value_of(t, h) for name, t in kwargs.items()}
    found = find_rule(f, values, named)
    chosen = found is not None and is_for_classes(f, found[0])
    if overloaded(f, values) and not chosen:
        pushed = user_operator(push_call, push, f, args)
        if pushed is NotImplemented:
            raise no_second(f)
        return pushed
    pushed = CALLING[f](push_call, push, *args, **kwargs) if f in CALLING else NotImplemented
    if is_replace(f, values):
        pushed = moved(push, f, replaced, args, kwargs)
    elif pushed is NotImplemented and f in STRUCTURAL and not chosen:
        pushed = moved(push, f, STRUCTURAL[f], args, kwargs)
    if pushed is not NotImplemented:
        return pushed
    if found is None:
        return NotImplemented
    if found[0].form == "constant":
        return still((primal_of(f, values, named), LinearPullback(no_derivative(values, named))), h)
    return push_by_rule(push, found, args, kwargs)


def by_type(push: Any, head: Tower, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
    """Functions with source, partials, records, callable objects."""
    h = height_of(push)
    f = value_of(head, h)
    if hasattr(f, "__adjoint_function__"):
        return push_call(push, rebased(head, h, f.__adjoint_function__), *args, **kwargs)
    if isinstance(f, functools.partial):
        return call_partial(push_call, push, head, args, kwargs)
    standing = meant(f, tuple(value_of(t, h) for t in args))
    if standing is not None:
        constants = (still(constant, h) for constant in standing[1])
        inner = push_call(push, still(standing[0], h), *args, *constants, **kwargs)
        return rearranged(h, inner, lambda bars: (bars[0], bars[1][: len(args)], bars[2]))
    if isinstance(f, operator.methodcaller):
        return methodcaller(push_call, push, head, *args)
    if isinstance(f, types.FunctionType):
        return push_function(push, head, args, kwargs)
    if isinstance(f, type):
        return construction(push, f, args, kwargs)
    called = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(called, types.FunctionType):
        return rearranged(h, push_call(push, still(called, h), head, *args, **kwargs), receiver)
    raise no_second(f)


def construction(push: Any, cls: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
    """Make an object from its fields, or by its ``__init__``."""
    h = height_of(push)
    names = record_fields(cls)
    if names is not None:
        return moved(push, cls, functools.partial(recorded, cls, names), args, kwargs)
    init = initializer(cls)
    if init is None or generating(cls) is not None:
        raise no_second(cls)
    made = push_function(push, still(init, h), (empty(cls, h), *args), kwargs, initializes=True)
    return rearranged(h, made, without_receiver)


def recorded(cls: Any, names: tuple[str, ...], call: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a named tuple or dataclass from its fields."""
    return build_record(cls, names, args, kwargs)


def at_rest(pulled: Any) -> Any:
    """Return a value and its pullback, which does not move but is linear."""
    return pulled[0], LinearPullback(pulled[1])


def push_derivative(push: Any, head: Tower, args: Any, kwargs: Any) -> Any:
    """``grad(f)(...)``, ``jvp(f, ...)`` and their like: the pullback moves with the operands."""
    h = height_of(push)
    values, named = [value_of(t, h) for t in args], {n: value_of(t, h) for n, t in kwargs.items()}
    f = value_of(head, h)
    pulled = STRUCTURAL[f](call, *values, **named) if f in PUSHED_CALLS else call(f, *values, **named)
    count = len(args)

    def moved(own: Any, *dots: Any) -> Any:
        return own, dots[:count], dict(zip(kwargs, dots[count:], strict=True))

    return with_pullback(
        h, push(head, *args, **kwargs), pulled[1], over(h, moved, moved, head, *args, *kwargs.values())
    )


def push_over_arrays(push: Any, head: Tower, args: Any, kwargs: Any, places: tuple[int | str, ...]) -> Any:
    """Call a function with arrays in the place of lists; the lists receive cotangents like them."""
    h = height_of(push)
    arrays = tuple(as_array(push, t) if i in places else t for i, t in enumerate(args))
    named = {name: as_array(push, t) if name in places else t for name, t in kwargs.items()}

    def like_lists(bars: Any) -> Any:
        f_bar, given, keyed = bars
        back = [nested_like(b, value_of(args[i], h)) if i in places else b for i, b in enumerate(given)]
        lists = {n: nested_like(b, value_of(kwargs[n], h)) if n in places else b for n, b in keyed.items()}
        return f_bar, tuple(back), lists

    return rearranged(h, push_call(push, head, *arrays, **named), like_lists)


def as_array(push: Any, tower: Tower) -> Any:
    """Return a list of numbers and its derivatives as arrays."""
    h = height_of(push)
    if algebra_of(push) is not None:
        return push(still(np.asarray, h), tower)
    return over(h, np.asarray, np.asarray, filled(push, tower, value_of(tower, h)))


def push_by_rule(push: Any, found: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
    """A function with a rule: the rule's own source is pushed; if it declines, the next older one."""
    rule, bound = found
    h, names = height_of(push), tuple(kwargs)
    towers = rule.signature.bind(*args, **kwargs)
    if rule.form == "scalar":
        out = push(still(rule.primal, h), *args, **kwargs)
        partials = push(still(rule.function, h), out, *towers.args, **towers.kwargs)
        pullback = RulePullback(rule, bound, value_of(partials, h), len(args), names)
        return with_pullback(h, out, pullback, partials)
    options = {name: still(value, h) for name, value in rule_options(rule, bound).items()}
    result = push(still(rule.function, h), *towers.args, **towers.kwargs, **options)
    if value_of(result, h) is not NotImplemented:
        out, inner = item(result, h, 0), item(result, h, 1)
        pullback = RulePullback(rule, bound, value_of(inner, h), len(args), names)
        return with_pullback(h, out, pullback, inner)
    older = find_rule(rule.primal, bound.args, bound.kwargs, after=rule)
    if older is None:
        return by_type(push, still(rule.primal, h), args, kwargs)
    return push_by_rule(push, older, args, kwargs)


def push_function(
    push: Any, head: Tower, args: tuple[Tower, ...], kwargs: dict[str, Tower], initializes: bool = False
) -> Any:
    """A Python function: its compiled primal and pullback are pushed; an ``__init__`` returns its object."""
    h = height_of(push)
    f = value_of(head, h)
    values, named = [value_of(t, h) for t in args], {n: value_of(t, h) for n, t in kwargs.items()}
    bound = own_signature(f).bind(*values, **named)
    given = defaults_given(f, bound)
    captured = captures(f)
    compiled = compiled_for(f, bound, captured, initializes, nested=True)
    extra = captured | {name: bound.arguments[name] for name in given if name not in captured}
    held = {
        name: over(h, lambda _, x=x: x, lambda dot, n=name: dot.get(n), head)
        for name, x in extra.items()
        if not is_star(bound, name)
    }

    def arrange(bars: Any) -> Any:
        if bars is None or not compiled.active:
            return None, (None,) * len(args), {}
        shares = dict(zip(compiled.active, bars if len(compiled.active) != 1 else (bars,), strict=True))
        f_bar = {name: shares[name] for name in (*captured, *given) if name in shares} or None
        return f_bar, positional_bars(bound, shares, len(args)), keyword_bars(bound, shares, named)

    result = push(still(compiled.primal, h), *args, **kwargs, **held)
    value, saved = value_of(result, h)
    return rebased(result, h, (value, PushedPullback(compiled.pullback, value, saved, arrange)))


def is_star(bound: inspect.BoundArguments, name: str) -> bool:
    """Whether a name is that of ``*args`` or ``**kwargs``."""
    parameter = bound.signature.parameters.get(name)
    return parameter is not None and parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def push_call_method(push: Any, base: Tower, name: Tower, /, *args: Tower, **kwargs: Tower) -> Any:
    """``call_method(base, name, ...)``: the receiver's cotangent comes first."""
    h = height_of(push)
    x, attr = value_of(base, h), value_of(name, h)
    of_class = isinstance(inspect.getattr_static(x, attr, None), classmethod | staticmethod)
    if isinstance(x, types.ModuleType | type) or attr == "__class__" or of_class:
        pushed = push_call(push, still(getattr(x, attr), h), *args, **kwargs)
        return rearranged(h, pushed, lambda bars: shifted(bars, None))
    cls = np.ndarray if isinstance(x, np.generic) else type(x)
    found = getattr(cls, attr, None)
    made_anew = isinstance(inspect.getattr_static(cls, attr, None), METHODS)
    if found is not None and not made_anew and attr not in getattr(x, "__dict__", {}) and callable(found):
        return push_call(push, still(inspect.getattr_static(cls, attr), h), base, *args, **kwargs)
    raise unsupported(cls, f"a second derivative through the method `{attr}` at run time")


def push_apply_to_arrays(push: Any, f: Tower, args: Tower) -> Any:
    """``apply_to_arrays(f, args)``, by which elementwise functions take lists: value and pullback, pushed."""
    h = height_of(push)
    values = value_of(args, h)
    towers = tuple(item(args, h, i) for i in range(len(values)))
    places = tuple(i for i, value in enumerate(values) if isinstance(value, list | tuple))
    pushed = push_over_arrays(push, f, towers, {}, places)
    return rearranged(h, pushed, lambda bars: bars[1])


def push_vjp(push: Any, differentiator: Tower, head: Tower, /, *args: Tower, **kwargs: Tower) -> Any:
    """``ad.vjp(f, ...)``, by which rules call back: as ``call(f, ...)``, with named cotangents."""
    inner = push_call(push, head, *args, **kwargs)
    return rearranged(height_of(push), inner, lambda bars: Bars(*bars))


AT_REST[call] = AT_REST[call_method] = at_rest
vars(apply_to_arrays)["__adjoint_dynamic__"] = True
moves_towers(apply_to_arrays)(push_apply_to_arrays)
moves_towers(call)(push_call)
moves_towers(Differentiator.vjp)(push_vjp)
vars(Differentiator.vjp)["__adjoint_dynamic__"] = True
moves_towers(call_method)(push_call_method)

__all__ = ["PUSHED_CALLS", "push_call", "push_call_method"]
