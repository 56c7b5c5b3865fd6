"""Calls that only the running program knows, made again: a Python function, and numbers and arrays.

The general way asks whether the function stands for another one, has a rule, takes lists for arrays and so
on, and finds the kinds of all values; none of that changes between two calls of one function with values of
the same types.  So the compiled form is kept under the function's code and the types.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.compiling import linemap
from adjoint.compiling.compiler import Compiled
from adjoint.rules.registry import registry
from adjoint.runtime.captured import owner
from adjoint.runtime.shares import complete

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]

#: Types from which the kind of a value follows.
NUMBERS = frozenset({float, int, bool, complex, np.float64, np.float32, np.complex128, np.int64})
VARIADIC = 0x04 | 0x08  # the flags of *args and **kwargs
MAX_KEPT = 512

_KEPT: dict[Any, tuple[types.CodeType, Any, Compiled]] = {}


def again(f: Any, args: tuple[Any, ...]) -> Pulled | None:
    """Call a function as it was called before, and return its value and pullback.

    Returns ``None`` if no such call was kept, or if it may mean something else by now.
    """
    key = key_of_call(f, args)
    kept = None if key is None else _KEPT.get(key)
    if kept is None:
        return None
    _, function, compiled = kept
    if function is not None and function is not f or registry.knows(f) or not compiled.valid():
        return None
    values = captured(f) if function is None else ()
    names = f.__code__.co_freevars[: len(values)]
    value, saved = compiled.primal(*args, **dict(zip(names, values, strict=True)))
    active = compiled.active

    def function_pullback(bar: Any) -> Bars:
        if bar is None or not active:
            return None, (None,) * len(args), {}
        bars = compiled.pullback(saved, complete(bar, value))
        named = dict(zip(active, bars if len(active) != 1 else (bars,), strict=True))
        f_bar = {name: named[name] for name in names if name in named} or None
        return f_bar, tuple([named.get(name) for name in f.__code__.co_varnames[: len(args)]]), {}

    return value, function_pullback


def keep(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], compiled: Compiled) -> None:
    """Remember which compiled form a call took.

    A function that generated code made belongs to its code, and gets what it captures as arguments; any other
    is one object with cells of its own.
    """
    key = None if kwargs else key_of_call(f, args)
    if key is not None and not compiled.unit.changed:
        if len(_KEPT) > MAX_KEPT:
            _KEPT.clear()
        of_code = owner(f) is not f
        if of_code or not linemap.is_registered(f.__code__.co_filename):
            _KEPT[key] = (f.__code__, None if of_code else f, compiled)


def key_of_call(f: Any, args: tuple[Any, ...]) -> Any:
    """Return what a call has in common with others that take the same compiled form, None if it is unsure.

    The function has neither attributes nor defaults; arguments and what it captures are numbers and arrays.
    """
    code = f.__code__
    if (
        f.__dict__
        or f.__defaults__
        or f.__kwdefaults__
        or code.co_argcount != len(args)
        or code.co_kwonlyargcount
        or code.co_flags & VARIADIC
    ):
        return None
    try:
        values = (*args, *captured(f))
    except ValueError:  # a cell is still empty
        return None
    tokens = [token(value) for value in values]
    return None if None in tokens else (id(code), *tokens)


def captured(f: Any) -> tuple[Any, ...]:
    """Return what the cells of a function hold."""
    return tuple([cell.cell_contents for cell in f.__closure__ or ()])


def token(x: Any) -> Any:
    """Return something from which the kind of a number or array follows, None for any other value."""
    cls = type(x)
    if cls in NUMBERS:
        return cls
    if cls is not np.ndarray or x.dtype.kind not in "fiubc":
        return None
    shape = x.shape
    return (x.dtype, *[size == 1 for size in shape]) if 1 in shape else (x.dtype, -len(shape))


__all__ = ["again", "keep"]
