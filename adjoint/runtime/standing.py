"""Callables that stand for others: cached and dispatching functions, getters of ``operator``, ``Box[float]``.

Each is called by calling what it stands for, with a few constants behind its own arguments.
"""

from __future__ import annotations

import functools
import operator
import types
import typing
from collections.abc import Callable
from typing import Any

from adjoint.rules.errors import RuleError
from adjoint.transforms.infer_call import DISPATCHING
from adjoint.transforms.unwrapping import behind, notice

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]

ALIASES: tuple[Any, ...] = (types.GenericAlias, type(typing.List[int]))  # noqa: UP006 - the class of typing's own
#: Methods that are made anew each time they are read.
METHODS = (functools.partialmethod, functools.singledispatchmethod)


def meant(f: Any, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]] | None:
    """Return what a callable stands for and the constants that follow its arguments; None for others.

    >>> function, constants = meant(operator.itemgetter(1), ([5, 6],))
    >>> function([5, 6], *constants)
    6
    """
    inner = behind(f)
    if inner is not None:
        notice(f, *whereabouts(inner))
        return inner, ()
    if isinstance(f, ALIASES):
        return f.__origin__, ()
    if args and getattr(f, "__code__", None) is DISPATCHING:
        return f.dispatch(type(args[0])), ()
    if isinstance(f, operator.itemgetter | operator.attrgetter):
        names: tuple[Any, ...] = f.__reduce__()[1]  # type: ignore[assignment]
        one, several = GETTERS[type(f)]
        return (one, names) if len(names) == 1 else (several, (names,))
    return None


def whereabouts(function: Any) -> tuple[str, int]:
    """Return the file and line at which a function is defined."""
    code = getattr(function, "__code__", None)
    return ("<unknown>", 1) if code is None else (code.co_filename, code.co_firstlineno)


def method_meant(found: Any, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], dict[str, Any]] | None:
    """Return the function behind a dispatching or partial method, and what precedes its arguments.

    Args:
        found: what the class holds under the method's name.
        args: the arguments of the call, without the receiver.
    """
    if isinstance(found, functools.singledispatchmethod) and args:
        function, before, named = found.dispatcher.dispatch(type(args[0])), (), {}
    elif isinstance(found, functools.partialmethod):
        function, before, named = found.func, found.args, found.keywords
    else:
        return None
    return (function, before, named) if isinstance(function, types.FunctionType) else None


def uncalled(cls: type, name: str) -> RuleError:
    """Return the error for a method that is read and not called, and of which nobody knows what it holds."""
    return RuleError(
        "ADJ119",
        title=f"`{cls.__name__}.{name}` is read without being called, which cannot be differentiated",
        why="it is made anew each time by its class, and hides the object it belongs to.",
        fixes=(f"hand on a function:  lambda *args: obj.{name}(*args)",),
    )


def item(x: Any, key: Any) -> Any:
    """``operator.itemgetter(key)(x)``."""
    return x[key]


def items(x: Any, keys: tuple[Any, ...]) -> Any:
    """``operator.itemgetter(*keys)(x)``."""
    return tuple([x[key] for key in keys])


def attribute(x: Any, path: str) -> Any:
    """``operator.attrgetter('a.b')(x)``."""
    for name in path.split("."):
        x = getattr(x, name)
    return x


def attributes(x: Any, paths: tuple[str, ...]) -> Any:
    """``operator.attrgetter('a.b', 'c')(x)``."""
    return tuple([attribute(x, path) for path in paths])


GETTERS: dict[Any, tuple[Any, Any]] = {
    operator.itemgetter: (item, items),
    operator.attrgetter: (attribute, attributes),
}


# --- methodcaller --------------------------------------------------------------------------------
def call_named(x: Any, name: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """``operator.methodcaller(name, *args, **keywords)(x)``."""
    return getattr(x, name)(*args, **keywords)


def held(f: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """Return the name and the arguments that a ``methodcaller`` holds.

    >>> held(operator.methodcaller('split', ',', maxsplit=1))
    ('split', (',',), {'maxsplit': 1})
    """
    made, args = f.__reduce__()[:2]
    if isinstance(made, functools.partial):
        return made.args[0], tuple(args), dict(made.keywords)
    return args[0], tuple(args[1:]), {}


def make_caller(call: Any, name: str, *args: Any, **kwargs: Any) -> Pulled:
    """``operator.methodcaller(name, ...)``: its cotangent is that of what it holds."""
    value = operator.methodcaller(name, *args, **kwargs)

    def pullback(bar: Any) -> Bars:
        shares: dict[str, Any] = {} if bar is None else bar
        bars = shares.get("args") or (None,) * len(args)
        named = shares.get("keywords") or {}
        return None, (None, *bars), {name: named.get(name) for name in kwargs}

    return value, pullback


def call_caller(call: Any, f: Any, x: Any) -> Pulled:
    """Call a ``methodcaller``."""
    value, pullback = call(call_named, x, *held(f))

    def caller_pullback(bar: Any) -> Bars:
        x_bar, _, args_bar, keywords_bar = pullback(bar)[1]
        empty = args_bar is None and keywords_bar is None
        return None if empty else {"args": args_bar, "keywords": keywords_bar}, (x_bar,), {}

    return value, caller_pullback


__all__ = [
    "DISPATCHING",
    "call_caller",
    "call_named",
    "held",
    "make_caller",
    "meant",
    "method_meant",
    "uncalled",
]
