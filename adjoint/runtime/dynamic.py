"""The generic run-time path: differentiate a call that the compiler could not resolve.

Generated code writes ``value, pullback = call(f, *args, **kwargs)``.  The pullback returns
``(f_bar, args_bars, kwargs_bars)``; ``None`` is zero.  Slower than compiled code, never less right.
"""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from adjoint.compiling import linemap
from adjoint.compiling.compiler import Compiled, compile_function, runtime
from adjoint.rules import containers
from adjoint.rules.apply import apply_rule, find_rule
from adjoint.rules.callback import ad
from adjoint.rules.indexing import accumulate_into
from adjoint.rules.kinds import own_fields
from adjoint.rules.registry import Rule, registry
from adjoint.rules.runtime import (
    selected,
    strong_dot,
    strong_product,
    strong_quotient,
    unbroadcast,
    zeros_like,
)
from adjoint.rules.signatures import own_signature
from adjoint.rules.support import fit
from adjoint.rules.symbolic import NotImplementedTangent
from adjoint.runtime.arraylike import lists_in, objects_in, over_arrays, over_objects
from adjoint.runtime.captured import active_kind, captures, owner
from adjoint.runtime.classes import NUMBERS, getattribute, in_python, overloaded, replaced, user_operator
from adjoint.runtime.opaque import (
    has_tangent_space,
    misfits,
    opaque,
    opaque_method,
    refuse_change,
    refuse_objects,
)
from adjoint.runtime.records import build_in_steps, build_record
from adjoint.runtime.repeated import again, keep
from adjoint.runtime.shares import complete, in_place_of, shifted, without_middle, without_receiver
from adjoint.runtime.standing import call_caller, meant, method_meant
from adjoint.runtime.structural import STRUCTURAL, augmented
from adjoint.transforms.callers import WALKERS
from adjoint.transforms.records import generating, initializer, record_fields, replaces_fields, starts_empty

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]


def call(f: Any, /, *args: Any, **kwargs: Any) -> Pulled:
    """Call a function and return its value and a pullback."""
    if type(f) is types.FunctionType and not kwargs:
        known = again(f, args)
        if known is not None:
            return known
    pulled = getattr(type(f), "__adjoint_pull__", None)
    if pulled is not None:
        return pulled(f, args, kwargs)  # type: ignore[no-any-return]
    if isinstance(f, types.MethodType):
        return bound_method(f.__func__, f.__self__, args, kwargs)
    receiver = getattr(f, "__self__", None)
    bound = receiver is not None and not isinstance(receiver, types.ModuleType | type)
    if bound and isinstance(f, BOUND) and not registry.lookup(f):
        return bound_builtin(f, receiver, args, kwargs)
    lists = lists_in(f, args, kwargs) if hashable(f) else ()
    if lists:
        return over_arrays(call, f, args, kwargs, lists)
    objects = objects_in(f, args, kwargs)
    if objects and not overloaded(f, args):
        return over_objects(call, f, args, kwargs, objects)
    if hashable(f):
        refuse_change(f, args, kwargs)
    found = find_rule(f, args, kwargs)
    chosen = found is not None and is_for_classes(f, found[0]) and overloaded(f, args)
    result = by_structure(f, args, kwargs) if hashable(f) and not chosen else NotImplemented
    if result is not NotImplemented:
        return result  # type: ignore[no-any-return]
    if found is not None and found[0].form == "constant":
        attribute = isinstance(f, types.GetSetDescriptorType)  # such as ndarray.shape, of numbers, too
        value = getattr(args[0], f.__name__) if attribute else f(*args, **kwargs)
        return value, no_derivative(args, kwargs)
    if found is not None:
        return by_rule(f, found, args, kwargs)
    stateless = isinstance(f, STATELESS)
    if stateless and not has_tangent_space((args, kwargs)):
        return f(*args, **kwargs), no_derivative(args, kwargs)
    return by_type(f, args, kwargs)


BOUND = (types.BuiltinFunctionType, types.MethodWrapperType)
DESCRIPTORS = (types.MethodDescriptorType, types.WrapperDescriptorType)
STATELESS = (type, np.ufunc, types.BuiltinFunctionType, *DESCRIPTORS)


def is_for_classes(f: Any, rule: Rule) -> bool:
    """Whether a rule may have been written for the operands' classes, which define the operator themselves.

    Those of the library are for numbers, except that of ``np.r_[...]``.
    """
    return rule.when is not None and (not rule.built_in or f is operator.getitem)


def by_structure(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Operators of users' classes and builtins that only move values, ``NotImplemented`` for others."""
    if overloaded(f, args):
        result = user_operator(call, f, args)
        if result is not NotImplemented:
            return result
        objects = objects_in(f, args, kwargs)
        if objects:
            return over_objects(call, f, args, kwargs, objects)
        if not all(isinstance(arg, NUMBERS) for arg in args):
            return opaque(f, args, kwargs)
    structural = replaced if is_replace(f, args) else STRUCTURAL.get(f)
    result = NotImplemented if structural is None else structural(call, *args, **kwargs)
    if result is NotImplemented:
        return NotImplemented
    value, pullback = result
    return value, lambda bar: in_place_of(args, pullback(bar))


def is_replace(f: Any, args: tuple[Any, ...]) -> bool:
    """Whether a callable only makes a changed copy of its first argument, a named tuple or a record."""
    if not args or getattr(f, "__name__", "") not in ("_replace", "replace"):
        return False
    return record_fields(type(args[0])) is not None and replaces_fields(f, type(args[0]))


def bound_builtin(f: Any, receiver: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Call a method of a builtin class; the cotangent of the method object is that of its receiver."""
    value, pullback = call_method(receiver, f.__name__, *args, **kwargs)

    def method_pullback(bar: Any) -> Bars:
        _, args_bars, kwargs_bars = pullback(bar)
        return args_bars[0], args_bars[1:], kwargs_bars

    return value, method_pullback


def by_type(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Functions with source, partials, records, callable objects, and the rest."""
    if hasattr(f, "__adjoint_function__"):
        return call(f.__adjoint_function__, *args, **kwargs)
    if isinstance(f, functools.partial):
        return partial(f, args, kwargs)
    if len(args) == 1 and not kwargs and hashable(f) and f in WALKERS:
        return call(WALKERS[f], *args)
    standing = meant(f, args)
    if standing is not None:
        value, pullback = call(standing[0], *args, *standing[1], **kwargs)
        return value, lambda bar: in_place_of(args, pullback(bar))
    if isinstance(f, operator.methodcaller):
        return call_caller(call, f, *args)
    if misfits(f, args, kwargs):
        return opaque(f, args, kwargs)
    if isinstance(f, types.FunctionType):
        return function(f, args, kwargs, kept=True)
    if isinstance(f, type):
        return construction(f, args, kwargs)
    called = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(called, types.FunctionType):
        return bound_method(called, f, args, kwargs)
    return opaque(f, args, kwargs)


def hashable(f: Any) -> bool:
    """Whether a callable can be looked up in a table."""
    try:
        hash(f)
    except TypeError:
        return False
    return True


def call_method(base: Any, name: str, /, *args: Any, **kwargs: Any) -> Pulled:
    """Call ``base.name(...)``; the pullback returns ``(None, (base_bar, *args_bars), kwargs_bars)``."""
    if isinstance(base, types.ModuleType | type):
        value, pullback = call(getattr(base, name), *args, **kwargs)
        return value, lambda bar: shifted(pullback(bar), None)
    cls = np.ndarray if isinstance(base, np.generic) else type(base)
    found = inspect.getattr_static(cls, name, None)
    in_class = name not in own_fields(base) and not in_python(base, "__getattribute__")
    if in_class and isinstance(found, types.FunctionType):
        return call(found, base, *args, **kwargs)
    behind = method_meant(found, args) if in_class else None
    if behind is not None:
        function, before, named = behind
        value, pullback = call(function, base, *before, *args, **{**named, **kwargs})
        return value, lambda bar: without_middle(pullback(bar), len(before), len(args))
    usable = in_class and hashable(found) and getattr(cls, name, None) is found
    if usable and (registry.lookup(found) or found in STRUCTURAL):
        return call(found, base, *args, **kwargs)
    if in_class and isinstance(found, types.WrapperDescriptorType) and hasattr(operator, name):
        return call(getattr(operator, name), base, *args, **kwargs)
    method, read = getattribute(call, base, name)
    if isinstance(method, BOUND) and method.__self__ is base:
        return opaque_method(method, base, args, kwargs)
    value, pullback = call(method, *args, **kwargs)

    def method_pullback(bar: Any) -> Bars:
        f_bar, args_bars, kwargs_bars = pullback(bar)
        return None, (read(f_bar)[1][0], *args_bars), kwargs_bars

    return value, method_pullback


def bound_method(f: Any, receiver: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Call a method; the cotangent of the method object is that of its receiver."""
    value, pullback = call(f, receiver, *args, **kwargs)

    def method_pullback(bar: Any) -> Bars:
        _, args_bars, kwargs_bars = pullback(bar)
        return args_bars[0], args_bars[1:], kwargs_bars

    return value, method_pullback


def no_derivative(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[Any], Bars]:
    """Return the pullback of a function whose value is a constant."""
    nothing: Bars = (None, (None,) * len(args), {})
    return lambda bar: nothing


def by_rule(f: Any, found: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Apply a rule of the library."""
    rule, bound = found
    value, pullback = apply_rule(rule, bound)

    def rule_pullback(bar: Any) -> Bars:
        if bar is None:
            return None, (None,) * len(args), {}
        bars = dict(zip(rule.parameters, pullback(bar), strict=True))
        if rule.built_in:
            refuse_objects(f, bound.arguments, bars)
        return None, positional_bars(bound, bars, len(args)), keyword_bars(bound, bars, kwargs)

    return value, rule_pullback


def positional_bars(bound: inspect.BoundArguments, bars: dict[str, Any], count: int) -> tuple[Any, ...]:
    """Return the cotangents of the positional arguments of a call."""
    result: list[Any] = []
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            extra = bound.arguments.get(name, ())
            share = bars.get(name)
            result = [*result, *([None] * len(extra) if share is None else list(share))]
        elif parameter.kind is not parameter.KEYWORD_ONLY and parameter.kind is not parameter.VAR_KEYWORD:
            result = [*result, bars.get(name)]
    return tuple([*result, *[None] * count][:count])


# --- Python functions ----------------------------------------------------------------------------
_COMPILED: dict[Any, Compiled] = {}


def function(
    f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], initializes: bool = False, kept: bool = False
) -> Pulled:
    """Compile a Python function for the kinds of these values, and run it.

    With ``initializes`` the function is an ``__init__``; the value is the object that it filled.
    With ``kept`` only the types of the values led here, and calls like this one are found again.
    """
    captured = captures(f)
    bound = signature(f).bind(*args, **kwargs)
    given = defaults_given(f, bound)
    compiled = compiled_for(f, bound, captured, initializes)
    if kept:
        keep(f, args, kwargs, compiled)
    value, saved = compiled.primal(*bound.args, **bound.kwargs, **captured)

    def function_pullback(bar: Any) -> Bars:
        if bar is None or not compiled.active:
            return None, (None,) * len(args), {}
        bars = compiled.pullback(saved, complete(bar, value))
        named = dict(zip(compiled.active, bars if len(compiled.active) != 1 else (bars,), strict=True))
        f_bar = {name: named[name] for name in (*captured, *given) if name in named} or None
        return f_bar, positional_bars(bound, named, len(args)), keyword_bars(bound, named, kwargs)

    return value, function_pullback


_SIGNATURES: dict[types.CodeType, inspect.Signature] = {}


def signature(f: Any) -> inspect.Signature:
    """Return the signature of a function; without defaults it depends on the code alone, and is kept."""
    if f.__defaults__ or f.__kwdefaults__ or "__signature__" in f.__dict__:
        return own_signature(f)
    found = _SIGNATURES.get(f.__code__)
    if found is None:
        if len(_SIGNATURES) > 512:
            _SIGNATURES.clear()
        found = _SIGNATURES[f.__code__] = own_signature(f)
    return found


def defaults_given(f: Any, bound: inspect.BoundArguments) -> tuple[str, ...]:
    """Fill in the defaults of a function that was made inside generated code: they may carry a derivative."""
    if not linemap.is_registered(f.__code__.co_filename) or hasattr(f, "__adjoint_text__"):
        return ()
    before = set(bound.arguments)
    bound.apply_defaults()
    return tuple(name for name in bound.arguments if name not in before)


def keyword_bars(
    bound: inspect.BoundArguments, named: dict[str, Any], kwargs: Iterable[str]
) -> dict[str, Any]:
    """Return the cotangents of the keyword arguments of a call."""
    extra: dict[str, Any] = {}
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = named.get(name) or {}
    return {name: named.get(name, extra.get(name)) for name in kwargs}


def compiled_for(
    f: Any,
    bound: inspect.BoundArguments,
    captured: dict[str, Any],
    initializes: bool,
    nested: bool = False,
) -> Compiled:
    """Return a valid compiled form of a function for these values."""
    kinds = {name: active_kind(value) for name, value in bound.arguments.items()}
    outside = {name: active_kind(value) for name, value in captured.items()}
    key = (owner(f), initializes, nested, *kinds.items(), *outside.items())
    compiled = _COMPILED.get(key)
    if compiled is None or not compiled.valid():
        if len(_COMPILED) > 512:
            _COMPILED.clear()
        compiled = _COMPILED[key] = compile_function(
            f, kinds, "split", captured=outside, initializes=initializes, nested=nested
        )
    return compiled


def partial(f: functools.partial[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Call a ``functools.partial``; its cotangent is that of what it holds."""
    value, pullback = call(f.func, *f.args, *args, **{**f.keywords, **kwargs})
    count = len(f.args)

    def partial_pullback(bar: Any) -> Bars:
        f_bar, args_bars, kwargs_bars = pullback(bar)
        held = {name: kwargs_bars.get(name) for name in f.keywords if name not in kwargs}
        own = {"func": f_bar, "args": args_bars[:count], "keywords": held}
        return own, args_bars[count:], {name: kwargs_bars.get(name) for name in kwargs}

    return value, partial_pullback


def construction(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Make an object: from its fields, by its ``__init__``, or by code that cannot be differentiated."""
    names = record_fields(cls)
    if names is not None:
        return build_record(cls, names, args, kwargs)
    if generating(cls) is not None:
        return build_in_steps(cls, fill, args, kwargs)
    init = initializer(cls)
    if init is not None:
        value, pullback = fill(init, object.__new__(cls), args, kwargs)
        return value, lambda bar: without_receiver(pullback(bar))
    if starts_empty(cls):  # the object has no fields yet
        return cls(*args, **kwargs), no_derivative(args, kwargs)
    return opaque(cls, args, kwargs)


def fill(init: Any, made: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Run an ``__init__`` on an object that nobody else can see."""
    return function(init, (made, *args), kwargs, initializes=True)


for _function in (
    augmented,
    complete,
    call,
    call_method,
    accumulate_into,
    strong_dot,
    strong_product,
    strong_quotient,
    selected,
    unbroadcast,
    containers.add,
    containers.build_list,
    containers.build_tuple,
    containers.copied,
    containers.instantiate,
    containers.kept,
    containers.merged,
    containers.owned,
    containers.owned_like,
    containers.part,
    containers.pop,
    containers.put_back,
    containers.restricted,
    containers.settled,
    containers.unmerged,
    containers.unpacked,
    containers.without,
    fit,
    zeros_like,
):
    setattr(runtime, _function.__name__, _function)
ad.call, ad.decompose = call, by_type
NotImplementedTangent.locate = staticmethod(linemap.user_line)

__all__ = ["call", "call_method"]
