"""Run-time rules for builtins that move values between containers without computing anything.

Each takes the differentiating ``call`` first and returns the value and a pullback, or
``NotImplemented`` to decline.
"""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.compiling.linemap import in_user_code
from adjoint.rules.containers import add, build_list, build_tuple, part, unpacked
from adjoint.rules.errors import MutationError, Problem
from adjoint.runtime.arrangements import ARRANGEMENTS, summed
from adjoint.runtime.classes import IN_PLACE, fields_of, getattribute, in_place, superclass
from adjoint.runtime.iterables import (
    dict_of_pairs,
    enumerated,
    filtered,
    reversed_,
    sequence,
    sorted_,
    zipped,
)
from adjoint.runtime.opaque import opaque
from adjoint.runtime.standing import make_caller
from adjoint.transforms.callers import CALLERS

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]
CONTAINERS = (tuple, list, dict)
#: Classes that do not say in Python what ``x op= y`` is.
PLAIN = frozenset((np.ndarray, list, tuple, float, int, np.float64))


def getitem(call: Any, base: Any, key: Any) -> Any:
    """``base[key]`` for tuples, lists and dicts; arrays have a rule, other containers have none."""
    if isinstance(base, np.ndarray | np.generic):
        return NotImplemented
    if not isinstance(base, CONTAINERS):
        return opaque(type(base).__getitem__, (base, key), {})
    value = base[key]
    if isinstance(base, dict):
        return value, lambda bar: (None, (None if bar is None else {key: bar}, None), {})
    if isinstance(key, slice):
        places = range(len(base))[key]
        return value, lambda bar: (None, (spread(base, places, bar), None), {})
    return value, lambda bar: (
        None,
        (spread(base, [range(len(base))[key]], None if bar is None else [bar]), None),
        {},
    )


def spread(base: Any, places: Any, bars: Any) -> Any:
    """Return the cotangent of a sequence from those of some of its items."""
    if bars is None:
        return None
    result: list[Any] = [None] * len(base)
    for place, bar in zip(places, bars, strict=True):
        result[place] = bar
    return tuple(result) if isinstance(base, tuple) else result


def concatenate(call: Any, a: Any, b: Any) -> Any:
    """``a + b`` for lists and tuples."""
    both = isinstance(a, list) and isinstance(b, list) or isinstance(a, tuple) and isinstance(b, tuple)
    if not both:
        return NotImplemented
    count = len(a)
    return a + b, lambda bar: (None, (None, None) if bar is None else (bar[:count], bar[count:]), {})


def augmented(operation: Any, owned: bool, problems: tuple[Problem, Problem], x: Any, y: Any) -> Any:
    """Return what ``x op= y`` makes of ``x`` where nobody needs its derivative; see :func:`augment`.

    Raises:
        MutationError: a class says in Python what it does, which others may see that hold the object.
    """
    if type(x) not in PLAIN and changing_method(operation, True, problems, x) is not None:
        raise MutationError([in_user_code(problems[1])])
    return operation(x, y)


def augment(call: Any, operation: Any, owned: bool, problems: tuple[Problem, Problem], x: Any, y: Any) -> Any:
    """``x op= y`` when the kind of ``x`` was not known before: a rebinding, or a change in place.

    A class that defines the operator in Python is asked.  An array or list that nobody else can see
    is replaced by what the change would have made of it; any other is refused.
    """
    method = changing_method(operation, owned, problems, x)
    if method is not None:
        value, pullback = call(method, x, y)
        if value is not NotImplemented:
            return value, lambda bar: with_constants(pullback(bar))
    extends = takes_items(operation, x, y)
    value, pullback = call(operation, x, list(y) if extends else y)
    if extends:
        return value, lambda bar: with_constants(with_items(pullback(bar), y))
    return as_changed(operation, value, x, y), lambda bar: with_constants(pullback(bar))


def changing_method(
    operation: Any, owned: bool, problems: tuple[Problem, Problem], x: Any
) -> types.FunctionType | None:
    """Return the Python method that ``x op= y`` calls, None if it calls none.

    Raises:
        MutationError: ``x`` would be changed in place, and others may hold it.
    """
    method = inspect.getattr_static(type(x), f"__i{operation.__name__.strip('_')}__", None)
    if isinstance(method, types.FunctionType):
        return method
    if method is not None and not (owned and type(x) in (np.ndarray, list)):
        raise MutationError([in_user_code(problems[0] if isinstance(x, np.ndarray) else problems[1])])
    return None


def takes_items(operation: Any, x: Any, y: Any) -> bool:
    """Whether ``x op= y`` appends the items of ``y`` to a list."""
    return type(x) is list and operation is operator.add and not isinstance(y, np.ndarray | np.generic)


def as_changed(operation: Any, value: Any, x: Any, y: Any) -> Any:
    """Return the value of ``x op y`` in the form that an array has kept when it was changed in place."""
    if type(x) is not np.ndarray or same_form(value, x):
        return value
    return getattr(operator, f"i{operation.__name__.strip('_')}")(x.copy(), y)


def same_form(value: Any, x: Any) -> bool:
    """Whether a value is an array of the shape and dtype of another."""
    return type(value) is np.ndarray and value.dtype == x.dtype and value.shape == x.shape


def with_constants(bars: Bars) -> Bars:
    """Put zeros in front of the cotangents of the operands of an augmented assignment."""
    return None, (None, None, None, *bars[1]), {}


def with_items(bars: Bars, y: Any) -> Bars:
    """Give the cotangents of the items that a list has taken in back to what they came from."""
    mine, items = bars[1]
    return None, (mine, None if items is None else unpacked(y, items, None)), {}


def united(call: Any, a: Any, b: Any) -> Any:
    """``a | b`` of two dicts: the right one has the last word."""
    if not (isinstance(a, dict) and isinstance(b, dict)):
        return NotImplemented

    def pullback(bar: Any) -> Bars:
        bar = {} if bar is None else bar
        left = {key: share for key, share in bar.items() if key in a and key not in b}
        return None, (left, {key: share for key, share in bar.items() if key in b}), {}

    return a | b, pullback


def replicate(call: Any, a: Any, n: Any) -> Any:
    """``items * n`` or ``n * items``."""
    first = isinstance(a, list | tuple)
    items, count = (a, n) if first else (n, a)
    if not isinstance(items, list | tuple) or not isinstance(count, int | np.integer):
        return NotImplemented
    size = len(items)

    def pullback(bar: Any) -> Bars:
        total = None
        for start in range(0, 0 if bar is None else size * int(count), size or 1):
            total = add(total, bar[start : start + size])
        return None, (total, None) if first else (None, total), {}

    return items * int(count), pullback


def dict_get(call: Any, base: Any, key: Any, default: Any = None) -> Any:
    """``d.get(key, default)``."""
    found = key in base
    value = base[key] if found else default

    def pullback(bar: Any) -> Bars:
        share = {key: bar} if found and bar is not None else None
        return None, (share, None, None if found else bar), {}

    return value, pullback


def dict_views(name: str) -> Any:
    """Return the rule of ``d.values()`` or ``d.items()``: a list of the same items."""

    def rule(call: Any, base: Any) -> Any:
        value = list(getattr(base, name)())
        keys = list(base)

        def pullback(bar: Any) -> Bars:
            if bar is None:
                return None, (None,), {}
            shares = bar if name == "values" else [part(item, 1) for item in bar]
            return None, (dict(zip(keys, shares, strict=False)),), {}

        return value, pullback

    return rule


def make_dict(call: Any, *args: Any, **kwargs: Any) -> Any:
    """``dict(other, key=value)``, where ``other`` is a dict or an iterable of pairs."""
    if args and not isinstance(args[0], dict):
        return dict_of_pairs(call, args[0], kwargs)
    value = dict(*args, **kwargs)

    def pullback(bar: Any) -> Bars:
        bar = {} if bar is None else bar
        base = ({k: v for k, v in bar.items() if k not in kwargs},) if args else ()
        return None, base, {k: bar.get(k) for k in kwargs}

    return value, pullback


def from_keys(call: Any, keys: Any, value: Any = None) -> Any:
    """``dict.fromkeys(keys, value)``: the value has the sum of the cotangents."""

    def pullback(bar: Any) -> Bars:
        shares = [] if bar is None else bar.values()
        return None, (None, functools.reduce(add, shares, None)), {}

    return dict.fromkeys(keys, value), pullback


def make_partial(call: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
    """``functools.partial(f, ...)``; one of another one holds what that holds, and not that itself."""
    value = functools.partial(f, *args, **kwargs)
    inner = f if value.func is not f else functools.partial(f)
    count = len(inner.args)

    def pullback(bar: Any) -> Bars:
        bar = {} if bar is None else bar
        bars = bar.get("args") or ()
        own = (*bars, *(None,) * (len(value.args) - len(bars)))
        named = bar.get("keywords") or {}
        f_bar = bar.get("func")
        if inner is f:
            held = {name: named.get(name) for name in inner.keywords if name not in kwargs}
            f_bar = {"func": f_bar, "args": own[:count], "keywords": held}
        return None, (f_bar, *own[count:]), {name: named.get(name) for name in kwargs}

    return value, pullback


def collect(make: Any) -> Any:
    """Return the rule of a display with starred items."""

    def rule(call: Any, *items: Any) -> Any:
        return make(items), lambda bar: (None, tuple(part(bar, i) for i in range(len(items))), {})

    return rule


def namespace(call: Any, /, **fields: Any) -> Any:
    """``types.SimpleNamespace(name=value)``."""
    return types.SimpleNamespace(**fields), lambda bar: (None, (), {name: part(bar, name) for name in fields})


def wrapping(call: Any, wrapper: Any, wrapped: Any, *names: Any, **more: Any) -> Any:
    """``functools.update_wrapper(wrapper, wrapped)``, which returns the wrapper."""
    value = functools.update_wrapper(wrapper, wrapped, *names, **more)
    return value, lambda bar: (None, (bar, None, *(None for _ in names)), {})


def wraps(call: Any, wrapped: Any, *names: Any, **more: Any) -> Any:
    """``functools.wraps(wrapped)``: a decorator, through which no derivative of ``wrapped`` passes."""
    value = functools.wraps(wrapped, *names, **more)
    return value, lambda bar: (None, (None, *(None for _ in names)), {})


def duplicate(call: Any, base: Any) -> Any:
    """``base.copy()`` of a list or dict."""
    return base.copy(), lambda bar: (None, (bar,), {})


def by_definition(function: Any) -> Any:
    """Return the rule of a builtin for which a Python function stands."""
    return lambda call, *args, **kwargs: call(function, *args, **kwargs)


STRUCTURAL: dict[Any, Any] = {
    getattr: getattribute,
    super: superclass,
    vars: fields_of,
    operator.getitem: getitem,
    operator.add: concatenate,
    operator.or_: united,
    operator.mul: replicate,
    **{changing: in_place(f) for changing, f in IN_PLACE.items()},
    list: sequence(list),
    iter: sequence(iter),
    tuple: sequence(tuple),
    dict: make_dict,
    dict.get: dict_get,
    dict.values: dict_views("values"),
    dict.items: dict_views("items"),
    dict.copy: duplicate,
    list.copy: duplicate,
    dict.fromkeys: from_keys,
    zip: zipped,
    enumerate: enumerated,
    reversed: reversed_,
    sum: summed,
    **ARRANGEMENTS,
    **{builtin: by_definition(function) for builtin, function in CALLERS.items()},
    sorted: sorted_,
    filter: filtered,
    functools.partial: make_partial,
    operator.methodcaller: make_caller,
    functools.update_wrapper: wrapping,
    functools.wraps: wraps,
    augmented: augment,
    build_list: collect(list),
    build_tuple: collect(tuple),
    types.SimpleNamespace: namespace,
}

__all__ = ["STRUCTURAL", "as_changed", "augmented", "changing_method", "takes_items"]
