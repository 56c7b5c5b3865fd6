"""What a user hands in to be differentiated: functions, methods, callables, partials."""

from __future__ import annotations

import functools
import inspect
import types
from dataclasses import dataclass, replace
from typing import Any

from adjoint.rules.errors import ArgumentError, spell
from adjoint.rules.kinds import ANY, Dict, Kind, Tuple, kind_of, with_active
from adjoint.rules.places import display_path
from adjoint.rules.registry import registry
from adjoint.rules.signatures import own_signature
from adjoint.runtime.standing import whereabouts
from adjoint.transforms.read import unwrap
from adjoint.transforms.session import default_kind
from adjoint.transforms.unwrapping import behind, notice

Slot = tuple[str, Any]


@dataclass(frozen=True)
class Target:
    """A plain function together with the arguments that are already bound to it.

    ``forwards`` is the user's function that has a rule and is called by ``function``.
    """

    function: Any
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()
    names: tuple[str, ...] = ()  # of the parameters of a function that is only called
    forwards: Any = None

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """The signature of the plain function."""
        return own_signature(self.function)


def target_of(f: Any) -> Target:
    """Return the plain function behind a callable, and the arguments bound to it.

    Raises:
        ArgumentError: ADJ303, the value cannot be called.
    """
    if not callable(f):
        raise ArgumentError(
            "ADJ303",
            title=f"{type(f).__name__} cannot be called",
            why="adjoint differentiates functions, methods and callable objects.",
            fixes=("pass the function itself, not its result: grad(f), not grad(f(x))",),
        )
    if registry.lookup(f) or registry.pushforwards(f):
        return by_rule(f)
    if hasattr(f, "__adjoint_function__"):
        return target_of(f.__adjoint_function__)
    if isinstance(f, functools.partial):
        inner = target_of(f.func)
        held = (*inner.kwargs, *f.keywords.items())
        return replace(inner, args=(*inner.args, *f.args), kwargs=held)
    if isinstance(f, types.MethodType):
        inner = target_of(f.__func__)
        return replace(inner, args=(*inner.args, f.__self__))
    if hasattr(type(f), "__adjoint_pull__"):
        return Target(forwarding(f), names=parameter_names(f))
    inner = behind(f)
    if inner is not None:
        notice(f, *whereabouts(inner))
        return target_of(inner)
    plain = unwrap(f)
    if isinstance(plain, types.FunctionType):
        return Target(plain)
    called = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(called, types.FunctionType):
        return replace(target_of(called), args=(f,))
    return by_rule(f)


def spoken(f: Any) -> str:
    """Return a callable's name and its signature, as far as it tells it."""
    while isinstance(f, functools.partial) or hasattr(f, "__adjoint_function__"):
        f = getattr(f, "__adjoint_function__", None) or f.func
    try:
        return f"{spell(f)}{inspect.signature(f)}"
    except (TypeError, ValueError):  # compiled code need not tell
        return spell(f)


def placed(f: Any) -> str:
    """Return a callable's name in quotes and, for a Python function, where it stands."""
    while isinstance(f, functools.partial) or hasattr(f, "__adjoint_function__"):
        f = getattr(f, "__adjoint_function__", None) or f.func
    code = getattr(f, "__code__", None)
    place = f" ({display_path(code.co_filename)}:{code.co_firstlineno})" if code is not None else ""
    return f"`{spell(f)}`{place}"


def by_rule(f: Any) -> Target:
    """Return the target for a function whose body, if it has one, is not looked at."""
    own = f if isinstance(f, types.FunctionType) else None
    return Target(forwarding(f), names=parameter_names(f), forwards=own)


def parameter_names(f: Any) -> tuple[str, ...]:
    """Return the names of a callable's parameters, as far as it tells them."""
    try:
        return tuple(inspect.signature(f).parameters)
    except (TypeError, ValueError):  # compiled code need not tell
        return ()


def forwarding(f: Any) -> Any:
    """Return a Python function that calls one that has a rule or no source."""

    def forward(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    return forward


def bind(target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments:
    """Bind a call.

    Raises:
        TypeError: the call does not fit, in Python's words and with the function's signature.
    """
    args, kwargs = (*target.args, *args), {**dict(target.kwargs), **kwargs}
    try:
        if target.forwards is not None:
            given = inspect.signature(target.forwards).bind(*args, **kwargs)
            given.apply_defaults()
            args, kwargs = given.args, given.kwargs
        return target.signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{spoken(target.forwards or target.function)}: {error}") from None


def slots(target: Target, bound: inspect.BoundArguments, wrt: Any) -> list[Slot]:
    """Return where the variables named by ``wrt`` stand among the bound arguments.

    Args:
        target: the function.
        bound: its bound arguments.
        wrt: an index, a name, or a tuple of those.

    Raises:
        ArgumentError: ADJ304, ``wrt`` names nothing.
    """
    names = wrt if isinstance(wrt, tuple) else (wrt,)
    if not names:
        raise no_such(target, wrt)
    places = [slot(target, bound, name) for name in names]
    if len(set(places)) < len(places):
        raise named_twice(wrt)
    return places


def slot(target: Target, bound: inspect.BoundArguments, name: Any) -> Slot:
    """Return where a variable stands: (parameter, None), or (parameter, index or key) in ``*`` and ``**``."""
    parameters = target.signature.parameters
    if target.forwards is not None and isinstance(name, str):
        name = forwarded_place(target, name)
    elif name in target.names and target.names.index(name) < len(bound.arguments.get("args", ())):
        return positional(target, bound, target.names.index(name))
    if isinstance(name, str):
        if name in parameters and parameters[name].kind not in (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        ):
            return name, None
        for each in parameters.values():
            if each.kind is each.VAR_KEYWORD and name in bound.arguments.get(each.name, {}):
                return each.name, name
            if each.name == name and each.kind is each.VAR_POSITIONAL:
                return name, None
        raise no_such(target, name)
    if not isinstance(name, int) or isinstance(name, bool):
        raise no_such(target, name)
    return positional(target, bound, name)


def forwarded_place(target: Target, name: str) -> Any:
    """Return the index of a positional parameter of the function with a rule, other names as they are."""
    parameters = inspect.signature(target.forwards).parameters
    positional = [n for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    free = positional[len(target.args) :]
    return free.index(name) if name in free else name


def positional(target: Target, bound: inspect.BoundArguments, index: int) -> Slot:
    """Return where the argument with an index stands; bound arguments of methods do not count."""
    places: list[Slot] = []
    for parameter in target.signature.parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            places += [(parameter.name, i) for i in range(len(bound.arguments.get(parameter.name, ())))]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            places.append((parameter.name, None))
    places = places[len(target.args) :]
    if not -len(places) <= index < len(places):
        raise no_such(target, index)
    return places[index]


def no_such(target: Target, name: Any) -> ArgumentError:
    """Return the error for a ``wrt`` that names nothing."""
    function = target.forwards or target.function
    signature = own_signature(function)
    known = list(target.names or signature.parameters)[len(target.args) :]
    return ArgumentError(
        "ADJ304",
        title=f"wrt={name!r} names no argument of {function.__name__}{signature}",
        why="wrt is the index or the name of an argument, or a tuple of those.",
        fixes=(f"use one of {', '.join(map(repr, known))}" if known else "the function has no arguments",),
    )


def named_twice(wrt: Any) -> ArgumentError:
    """Return the error for a ``wrt`` that names an argument twice."""
    return ArgumentError(
        "ADJ304",
        title=f"wrt={wrt!r} names an argument twice",
        why="every argument has one gradient.",
        fixes=("name each argument once",),
    )


def value_at(bound: inspect.BoundArguments, place: Slot, signature: inspect.Signature) -> Any:
    """Return the argument at a slot, its default if it was left out."""
    name, part = place
    if name not in bound.arguments:
        return signature.parameters[name].default
    return bound.arguments[name] if part is None else bound.arguments[name][part]


def argument_kinds(target: Target, bound: inspect.BoundArguments, active: list[Slot]) -> dict[str, Kind]:
    """Return the kinds of all parameters, active at the slots."""
    kinds: dict[str, Kind] = {}
    for name, parameter in target.signature.parameters.items():
        if name in bound.arguments:
            kinds[name] = kind_of(bound.arguments[name])
        elif parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            kinds[name] = default_kind(parameter.default)
    for name, part in active:
        if name in kinds:
            kinds[name] = activated(kinds[name], part)
    return kinds


def activated(kind: Kind, part: Any) -> Kind:
    """Return a kind with all of it, or one item of it, active."""
    if part is None:
        return with_active(kind, True)
    if isinstance(kind, Tuple):
        items = [with_active(item, True) if i == part else item for i, item in enumerate(kind.items)]
        return Tuple(tuple(items), kind.cls)
    if not isinstance(kind, Dict) or kind.items is None:
        return with_active(kind, True)
    named = [(key, with_active(child, True) if key == part else child) for key, child in kind.items]
    return Dict(tuple(named))


__all__ = ["ANY", "Target", "argument_kinds", "bind", "slots", "target_of"]
