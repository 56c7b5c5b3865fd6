"""The generic run-time path of forward mode: push tangents through a call the compiler could not resolve.

Generated code writes ``value, value_dot = push((f, f_dot), (x, x_dot), ...)``; ``None`` is zero.  The twin
of :mod:`adjoint.runtime.dynamic`.
"""

from __future__ import annotations

import copy
import functools
import inspect
import operator
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from adjoint.compiling import linemap
from adjoint.compiling.compiler import Compiled, compile_function, runtime
from adjoint.rules import boxes, forward
from adjoint.rules.apply import find_rule, primal_of, push_rule
from adjoint.rules.boxes import Box
from adjoint.rules.callback import ad
from adjoint.rules.containers import build_list, build_tuple, owned, owned_like, put_back
from adjoint.rules.errors import missing_rule
from adjoint.rules.forward import filled, zero_tangent
from adjoint.rules.indexing import accumulate_into
from adjoint.rules.kinds import Dict, Kind, Tuple
from adjoint.rules.registry import registry
from adjoint.rules.runtime import zeros_like
from adjoint.rules.signatures import own_signature
from adjoint.runtime.arraylike import Places, array_method, objects_in
from adjoint.runtime.captured import active_kind, captures, owner, still_kind
from adjoint.runtime.classes import in_python, overloaded
from adjoint.runtime.dynamic import (
    BOUND,
    STATELESS,
    call,
    call_method,
    hashable,
    is_for_classes,
    is_replace,
)
from adjoint.runtime.linear import LinearPullback, is_pullback
from adjoint.runtime.lists import LIST_CHANGES, changed_list
from adjoint.runtime.moving import MOVING, replaced, user_operator
from adjoint.runtime.opaque import (
    IN_PLACE,
    has_tangent_space,
    is_known,
    misfits,
    refuse_change,
    unfit,
    unsupported,
)
from adjoint.runtime.overwriting import run_watched
from adjoint.runtime.records import started
from adjoint.runtime.standing import call_named, held, meant, method_meant
from adjoint.runtime.structural import augmented
from adjoint.runtime.towers import Tower, algebra_of, height_of, still, value_of
from adjoint.transforms.records import generating, initializer, record_fields, starts_empty

Pair = tuple[Any, Any]


def push(head: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
    """Call a function and return its value and the tangent of its value.

    Args:
        head: the function and its tangent.
        args: each positional argument and its tangent.
        kwargs: each keyword argument and its tangent.
    """
    f, f_dot = head
    values = tuple(value for value, _ in args)
    named = {name: value for name, (value, _) in kwargs.items()}
    if f_dot is None and all(dot is None for _, dot in (*args, *kwargs.values())):
        return standing_still(f, primal_of(f, values, named), zero_tangent)
    pushed = getattr(type(f), "__adjoint_push__", None)
    if pushed is not None:
        return pushed(f, push, head, args, kwargs)  # type: ignore[no-any-return]
    if isinstance(f, types.MethodType):
        return push((f.__func__, None), (f.__self__, f_dot), *args, **kwargs)
    receiver = getattr(f, "__self__", None)
    bound = receiver is not None and not isinstance(receiver, types.ModuleType | type)
    if bound and isinstance(f, BOUND) and not registry.lookup(f):
        # Reading ``x.sum`` reads ``x_dot.sum`` as well: the receiver's tangent is what that is bound to.
        return push_method((receiver, getattr(f_dot, "__self__", f_dot)), f.__name__, *args, **kwargs)
    if hashable(f):
        refuse_change(f, values, named)
        result = by_table(f, args, kwargs, values, named)
        if result is not NotImplemented:
            return result  # type: ignore[no-any-return]
    if isinstance(f, STATELESS) and not has_tangent_space((values, named)):
        return f(*values, **named), None
    return by_type(head, args, kwargs, values, named)


def standing_still(f: Any, value: Any, zero: Callable[[Any], Any]) -> Pair:
    """Return the value of a function that was given nothing that moves, and what travels beside it."""
    if hashable(f) and f in AT_REST:
        return AT_REST[f](value), None
    return value, zero(value) if hashable(f) and f in BUFFERS else None


#: What becomes of the value of a helper of reverse mode at a point that does not move.
AT_REST: dict[Any, Any] = {}
#: What makes buffers that generated code changes in place: their tangents change as well, and are not None.
BUFFERS: dict[Any, Any] = {
    owned: lambda push, bar, zero: buffer(push, bar, owned(bar[0], zero[0])),
    owned_like: lambda push, bar, x: buffer(push, bar, owned_like(bar[0], x[0])),
    zeros_like: lambda push, x: buffer(push, (None, None), zeros_like(x[0])),
}


def buffer(push: Any, bar: Pair, made: Any) -> Pair:
    """Return a buffer and its tangent, which is one as well."""
    algebra = algebra_of(push)
    if algebra is not None:
        return made, algebra.filled(copy.deepcopy(bar[1]), made)
    return made, zero_tangent(made) if bar[1] is None else owned_like(bar[1], made)


MOVING.update(BUFFERS)


def by_table(f: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair], values: Any, named: Any) -> Any:
    """Operators of users' classes, builtins that move values, and functions with rules."""
    if overloaded(f, values) and not has_own_rule(f, values, named):
        result = user_operator(push, f, *args)
        if result is not NotImplemented:
            return result
        objects = objects_in(f, values, named)
        return with_arrays(f, args, kwargs, objects) if objects else opaque(f, args, kwargs)
    objects = objects_in(f, values, named)
    if objects:
        return with_arrays(f, args, kwargs, objects)
    moving = replaced if is_replace(f, values) else MOVING.get(f)
    result = NotImplemented if moving is None else moving(push, *args, **kwargs)
    if result is not NotImplemented:
        return result
    if any(rule.form == "constant" for rule in registry.lookup(f)[:1]):
        return primal_of(f, values, named), None
    dots = {name: dot for name, (_, dot) in kwargs.items()}
    return push_rule(f, values, named, tuple(dot for _, dot in args), dots)


def with_arrays(f: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair], places: Places) -> Pair:
    """Call a function with the arrays of objects."""
    given: dict[Any, Pair] = {**dict(enumerate(args)), **kwargs}
    given |= {place: push((array_method(type(given[place][0])), None), given[place]) for place in places}
    return push((f, None), *(given[i] for i in range(len(args))), **{name: given[name] for name in kwargs})


def has_own_rule(f: Any, values: Any, named: Any) -> bool:
    """Whether a rule was made for just these kinds of operands, such as that of ``np.r_[...]``."""
    found = find_rule(f, values, named)
    return found is not None and is_for_classes(f, found[0])


def push_method(base: Pair, name: str, /, *args: Pair, **kwargs: Pair) -> Pair:
    """Call ``base.name(...)`` and return its value and tangent."""
    result = called_method(push, base, name, args, kwargs)
    if result is NotImplemented:
        return opaque_method(getattr(base[0], name), base, args, kwargs)
    return result  # type: ignore[no-any-return]


def called_method(push: Any, base: Tower, name: str, args: tuple[Tower, ...], kwargs: Any) -> Any:
    """Call ``base.name(...)`` by what calls functions on towers; ``NotImplemented`` for compiled methods."""
    h = height_of(push)
    x = value_of(base, h)
    if isinstance(x, types.ModuleType | type):
        return push(still(getattr(x, name), h), *args, **kwargs)
    cls = type(x)
    if isinstance(x, np.generic):
        cls = np.generic if registry.lookup(getattr(np.generic, name, None)) else np.ndarray
    found = inspect.getattr_static(cls, name, None)
    in_class = name not in getattr(x, "__dict__", {}) and not in_python(x, "__getattribute__")
    if in_class and isinstance(found, types.FunctionType):
        return push(still(found, h), base, *args, **kwargs)
    behind = method_meant(found, tuple(value_of(t, h) for t in args)) if in_class else None
    if behind is not None:
        function, before, named = behind
        constants = {key: still(value, h) for key, value in named.items()}
        first = [still(value, h) for value in before]
        return push(still(function, h), base, *first, *args, **{**constants, **kwargs})
    usable = in_class and hashable(found) and getattr(cls, name, None) is found
    if usable and (registry.lookup(found) or found in MOVING):
        return push(still(found, h), base, *args, **kwargs)
    if in_class and isinstance(found, types.WrapperDescriptorType) and hasattr(operator, name):
        return push(still(getattr(operator, name), h), base, *args, **kwargs)
    method = MOVING[getattr](push, base, still(name, h))
    bound = value_of(method, h)
    if isinstance(bound, BOUND) and bound.__self__ is x:
        return NotImplemented
    return push(method, *args, **kwargs)


def by_type(head: Pair, args: tuple[Pair, ...], kwargs: dict[str, Pair], values: Any, named: Any) -> Pair:
    """Functions with source, partials, records, callable objects, and the rest."""
    f, f_dot = head
    if hasattr(f, "__adjoint_function__"):
        return push((f.__adjoint_function__, f_dot), *args, **kwargs)
    if isinstance(f, functools.partial):
        return partial(head, args, kwargs)
    standing = meant(f, values)
    if standing is not None:
        return push((standing[0], None), *args, *((constant, None) for constant in standing[1]), **kwargs)
    if isinstance(f, operator.methodcaller):
        dots = {} if f_dot is None else f_dot
        name, given, named_args = held(f)
        pairs = ((name, None), (given, dots.get("args")), (named_args, dots.get("keywords")))
        return push((call_named, None), *args, *pairs)
    if misfits(f, values, named):
        return opaque(f, args, kwargs)
    if is_pullback(f):
        return push((LinearPullback(f), f_dot), *args)
    if isinstance(f, types.FunctionType):
        return function(head, args, kwargs)
    if isinstance(f, type):
        return construction(f, args, kwargs)
    called = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(called, types.FunctionType):
        return push((called, None), head, *args, **kwargs)
    return opaque(f, args, kwargs)


def partial(head: Pair, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """Call a ``functools.partial``."""
    f, f_dot = head
    held = {} if f_dot is None else f_dot
    dots = held.get("args") or (None,) * len(f.args)
    first = tuple(zip(f.args, dots, strict=True))
    keywords = {name: (value, (held.get("keywords") or {}).get(name)) for name, value in f.keywords.items()}
    return push((f.func, held.get("func")), *first, *args, **{**keywords, **kwargs})


# --- Python functions ----------------------------------------------------------------------------
_COMPILED: dict[Any, Compiled] = {}


def function(head: Pair, args: tuple[Pair, ...], kwargs: dict[str, Pair], initializes: bool = False) -> Pair:
    """Compile a Python function for the kinds of these values, and run it."""
    compiled, bound, captured = prepared(head, args, kwargs, initializes)
    values = tuple(value for value, _ in bound.args)
    named = {name: value for name, (value, _) in {**bound.kwargs, **captured}.items()}
    dots = tangents_for(compiled, bound, captured)
    return compiled.pushforward(*dots, *values, **named)  # type: ignore[no-any-return]


def prepared(
    head: Pair, args: Iterable[Pair], kwargs: dict[str, Pair], initializes: bool = False
) -> tuple[Compiled, inspect.BoundArguments, dict[str, Pair]]:
    """Return the compiled form of a Python function, its bound arguments and its captured variables."""
    f, f_dot = head
    bound, captured = bound_pairs(head, args, kwargs)
    parameters = bound.signature.parameters
    kinds = {name: parameter_kind(parameters[name], pair) for name, pair in bound.arguments.items()}
    outside = {name: pushed_kind(pair) for name, pair in captured.items()}
    boxed = boxes.running.wrap is not None
    key = (owner(f), initializes, boxed, *kinds.items(), *outside.items())
    compiled = _COMPILED.get(key)
    if compiled is None or not compiled.valid():
        if len(_COMPILED) > 512:
            _COMPILED.clear()
        compiled = _COMPILED[key] = compile_function(
            f, kinds, "boxed" if boxed else "forward", captured=outside, initializes=initializes, nested=True
        )
    return compiled, bound, captured


def bound_pairs(
    head: Pair, args: Iterable[Pair], kwargs: dict[str, Pair]
) -> tuple[inspect.BoundArguments, dict[str, Pair]]:
    """Return the bound arguments of a call and the captured variables, each beside its tangent."""
    f, f_dot = head
    if f_dot is not None and not isinstance(f_dot, dict):
        raise unsupported(f, f"what `{f.__name__}` captured")
    bound = own_signature(f).bind(*args, **kwargs)
    if is_made(f):
        add_defaults(bound, f_dot)
    return bound, {
        name: (value, None if f_dot is None else f_dot.get(name)) for name, value in captures(f).items()
    }


def is_made(f: Any) -> bool:
    """Whether a function was made while generated code ran: then another one may have the same code."""
    return linemap.is_registered(f.__code__.co_filename) and not hasattr(f, "__adjoint_text__")


def tangents_for(
    compiled: Compiled, bound: inspect.BoundArguments, captured: dict[str, Pair], fill: Any = filled
) -> list[Any]:
    """Return the tangents of the active parameters of a compiled function, completed by ``fill``."""
    return [
        fill(captured[name][1], captured[name][0])
        if name in captured
        else argument_dot(bound.signature.parameters[name], bound.arguments.get(name), fill)
        for name in compiled.active
    ]


def add_defaults(bound: inspect.BoundArguments, f_dot: Any) -> None:
    """Fill in the defaults of a function that was made inside generated code, with their tangents."""
    for name, parameter in bound.signature.parameters.items():
        if name not in bound.arguments and parameter.default is not parameter.empty:
            bound.arguments[name] = (parameter.default, None if f_dot is None else f_dot.get(name))
    order = list(bound.signature.parameters)
    bound.arguments = dict(sorted(bound.arguments.items(), key=lambda item: order.index(item[0])))


def pushed_kind(pair: Pair) -> Kind:
    """Return the kind of an argument: active if it has a tangent."""
    return still_kind(pair[0]) if pair[1] is None else active_kind(pair[0])


def parameter_kind(parameter: inspect.Parameter, pairs: Any) -> Kind:
    """Return the kind of what is bound to a parameter; ``*args`` and ``**kwargs`` hold several arguments."""
    if parameter.kind is parameter.VAR_POSITIONAL:
        return Tuple(tuple(map(pushed_kind, pairs)))
    if parameter.kind is parameter.VAR_KEYWORD:
        return Dict(tuple((name, pushed_kind(pair)) for name, pair in pairs.items()))
    return pushed_kind(pairs)


def argument_dot(parameter: inspect.Parameter, pair: Any, fill: Any = filled) -> Any:
    """Return the tangent of what is bound to a parameter, complete where the kind is known."""
    if pair is None:
        return None
    if parameter.kind is parameter.VAR_POSITIONAL:
        return tuple(None if dot is None else fill(dot, value) for value, dot in pair)
    if parameter.kind is parameter.VAR_KEYWORD:
        return {name: None if dot is None else fill(dot, value) for name, (value, dot) in pair.items()}
    return fill(pair[1], pair[0])


# --- objects -------------------------------------------------------------------------------------
def construction(cls: type, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """Make an object: from its fields, by its ``__init__``, or by code that cannot be differentiated."""
    values, named = [value for value, _ in args], {name: value for name, (value, _) in kwargs.items()}
    names = record_fields(cls)
    if names is not None:
        made = cls(*values, **named)
        given = inspect.signature(cls).bind(*args, **kwargs).arguments
        dots = {name: given[name][1] if name in given else None for name in names}
        return made, tuple(dots.values()) if isinstance(made, tuple) else dots
    if generating(cls) is not None:
        return in_steps(cls, args, kwargs)
    init = initializer(cls)
    if init is not None:
        return function((init, None), ((object.__new__(cls), {}), *args), kwargs, initializes=True)
    if starts_empty(cls):
        return cls(*values, **named), None
    return opaque(cls, args, kwargs)


def in_steps(cls: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """Make a dataclass with a ``__post_init__``: store the fields, then let the method change the object."""
    values, named = [value for value, _ in args], {name: value for name, (value, _) in kwargs.items()}
    made, extra = started(cls, values, named)
    given = inspect.signature(cls).bind(*args, **kwargs).arguments
    dots = {name: dot for name, (_, dot) in given.items() if name not in extra}
    pairs = [given.get(name, (default, None)) for name, default in extra.items()]
    return function((cls.__post_init__, None), ((made, dots), *pairs), {}, initializes=True)


# --- compiled code -------------------------------------------------------------------------------
def opaque(f: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """Run code without a rule; refuse if a derivative would get lost in it."""
    named = {name: value for name, (value, _) in kwargs.items()}
    value = run_watched(f, tuple(value for value, _ in args), named)
    if not has_tangent_space(value) or all(is_zero(dot) for _, dot in (*args, *kwargs.values())):
        return value, None
    raise unfit(f, kwargs) if is_known(f) else missing_rule(f)


def is_zero(dot: Any) -> bool:
    """Whether a tangent is surely zero."""
    if isinstance(dot, tuple | list):
        return all(map(is_zero, dot))
    if isinstance(dot, dict):
        return all(map(is_zero, dot.values()))
    return dot is None or not isinstance(dot, Box) and not np.any(dot)


def opaque_method(method: Any, base: Pair, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """Run a compiled method without a rule; one that changes a container of active values is mirrored."""
    name = method.__name__
    if name in LIST_CHANGES and isinstance(base[0], list):
        return changed_list(push, base, name, args)  # type: ignore[no-any-return]
    if name in IN_PLACE and has_tangent_space((base[0], args, kwargs)):
        raise unsupported(method, f"`.{name}()`, which changes a value in place,")
    value = method(*(value for value, _ in args), **{key: value for key, (value, _) in kwargs.items()})
    if has_tangent_space(value) and not all(is_zero(dot) for _, dot in (base, *args, *kwargs.values())):
        raise missing_rule(method)
    return value, None


for _function in (
    boxes.each,
    boxes.owned_box,
    boxes.tried,
    push,
    push_method,
    forward.filled,
    forward.paired,
    forward.real_part,
    forward.spread,
    forward.total,
    forward.unpacked_dots,
    forward.zero_tangent,
):
    setattr(runtime, _function.__name__, _function)
runtime.boxed_numpy, runtime.taking_boxes = boxes.boxed_numpy, boxes.taking_boxes
ad.push = push

#: Run-time helpers whose calls are never compiled: they are asked when the program runs.
for _dynamic in (call, call_method, push, push_method, build_list, build_tuple, augmented):
    vars(_dynamic)["__adjoint_dynamic__"] = True
#: Run-time helpers that change their first argument in place.
vars(accumulate_into)["__adjoint_mirrored__"] = "adds"
vars(put_back)["__adjoint_mirrored__"] = "inserts"

__all__ = ["push", "push_method"]
