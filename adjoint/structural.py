"""Run-time rules for builtins that move values between containers without computing anything.

Each takes the differentiating ``call`` first and returns the value and a pullback, or
``NotImplemented`` to decline.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.containers import add, part, unpacked
from adjoint.rules.indexing import scatter
from adjoint.rules.containers import build_list, build_tuple

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]
CONTAINERS = (tuple, list, dict)


def getattribute(call: Any, base: Any, name: str, *default: Any) -> Any:
    """``base.name``: array attributes have rules, fields have a place in the object's cotangent."""
    if isinstance(base, np.ndarray | np.generic | float | int | complex):
        descriptor = getattr(np.ndarray, name, None)
        value, pullback = call(descriptor, base) if descriptor is not None else (getattr(base, name), None)
        if callable(value) or pullback is None:
            return getattr(base, name), lambda bar: (None, (None, None), {})
        return value, lambda bar: (None, (pullback(bar)[1][0], None), {})
    found = inspect.getattr_static(type(base), name, None)
    if isinstance(found, property) and found.fget is not None:
        value, pullback = call(found.fget, base)
        return value, lambda bar: (None, (pullback(bar)[1][0], None), {})
    value = getattr(base, name, *default)
    if isinstance(base, tuple) and name in getattr(base, "_fields", ()):
        return value, lambda bar: (None, (at_index(len(base), base._fields.index(name), bar), None), {})
    if getattr(value, "__self__", None) is base:
        return value, lambda bar: (None, (bar, None), {})
    return value, lambda bar: (None, (None if bar is None else {name: bar}, None), {})


def at_index(size: int, index: int, bar: Any) -> Any:
    """Return the cotangent of a tuple of which one item was read."""
    if bar is None:
        return None
    return tuple(bar if i == index % size else None for i in range(size))


def getitem(call: Any, base: Any, key: Any) -> Any:
    """``base[key]`` for tuples, lists and dicts."""
    if not isinstance(base, CONTAINERS):
        return NotImplemented
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


def sequence(make: Any) -> Any:
    """Return the rule of ``list(x)`` or ``tuple(x)``."""

    def rule(call: Any, x: Any = ()) -> Any:
        if isinstance(x, dict) or not hasattr(x, "__len__"):
            items = list(x)
            sources = getattr(x, "__adjoint_sources__", None)
            return (make(items), no_bars) if sources is None else NotImplemented
        value = make(x)
        return value, lambda bar: (None, (None if bar is None else unpacked(x, bar, None),), {})

    return rule


def no_bars(bar: Any) -> Bars:
    """Return the pullback's result for a value without derivative."""
    return None, (None,), {}


def concatenate(call: Any, a: Any, b: Any) -> Any:
    """``a + b`` for lists and tuples."""
    if not (isinstance(a, list | tuple) and type(a) is type(b)):
        return NotImplemented
    count = len(a)
    return a + b, lambda bar: (None, (None, None) if bar is None else (bar[:count], bar[count:]), {})


def replicate(call: Any, a: Any, n: Any) -> Any:
    """``items * n``."""
    if not isinstance(a, list | tuple) or not isinstance(n, int):
        return NotImplemented
    size = len(a)

    def pullback(bar: Any) -> Bars:
        if bar is None:
            return None, (None, None), {}
        total = None
        for start in range(0, size * n, size or 1):
            total = add(total, bar[start : start + size])
        return None, (total, None), {}

    return a * n, pullback


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
    """``dict(other, key=value)``."""
    value = dict(*args, **kwargs)
    if args and not isinstance(args[0], dict):
        return NotImplemented

    def pullback(bar: Any) -> Bars:
        bar = {} if bar is None else bar
        base = ({k: v for k, v in bar.items() if k not in kwargs},) if args else ()
        return None, base, {k: bar.get(k) for k in kwargs}

    return value, pullback


def items_of(x: Any) -> list[Any]:
    """Return the items of an iterable."""
    return list(x)


def zipped(call: Any, *columns: Any, strict: bool = False) -> Any:
    """``zip(a, b, ...)``: a list of tuples."""
    lists = [items_of(c) for c in columns]
    value = list(zip(*lists, strict=strict))

    def pullback(bar: Any) -> Bars:
        if bar is None:
            return None, (None,) * len(columns), {}
        shares = [
            [part(item, i) for item in bar] + [None] * (len(lists[i]) - len(bar)) for i in range(len(columns))
        ]
        return None, tuple(unpacked(c, s, None) for c, s in zip(columns, shares, strict=True)), {}

    return value, pullback


def enumerated(call: Any, x: Any, start: int = 0) -> Any:
    """``enumerate(x)``: a list of pairs."""
    items = items_of(x)

    def pullback(bar: Any) -> Bars:
        share = None if bar is None else unpacked(x, [part(item, 1) for item in bar], None)
        return None, (share, None), {}

    return list(enumerate(items, start)), pullback


def reversed_(call: Any, x: Any) -> Any:
    """``reversed(x)``: a list."""
    items = items_of(x)[::-1]
    return items, lambda bar: (None, (None if bar is None else unpacked(x, list(bar)[::-1], None),), {})


def sorted_(call: Any, x: Any, *, key: Any = None, reverse: bool = False) -> Any:
    """``sorted(x)``: the cotangents go back to where the items came from."""
    items = items_of(x)
    order = sorted(
        range(len(items)), key=lambda i: items[i] if key is None else key(items[i]), reverse=reverse
    )

    def pullback(bar: Any) -> Bars:
        if bar is None:
            return None, (None,), {}
        back: list[Any] = [None] * len(items)
        for place, share in zip(order, bar, strict=True):
            back[place] = share
        return None, (unpacked(x, back, None),), {}

    return [items[i] for i in order], pullback


def mapped(call: Any, f: Any, *columns: Any) -> Any:
    """``map(f, a, b)``: a list of results, differentiated one by one."""
    lists = [items_of(c) for c in columns]
    results = [call(f, *row) for row in zip(*lists, strict=False)]

    def pullback(bar: Any) -> Bars:
        if bar is None:
            return None, (None,) * (1 + len(columns)), {}
        f_bar: Any = None
        rows: list[tuple[Any, ...]] = []
        for (_, each), share in reversed(list(zip(results, bar, strict=True))):
            own, args, _ = each(share)
            f_bar = add(f_bar, own)
            rows.insert(0, args)
        shares = [
            [row[i] for row in rows] + [None] * (len(lists[i]) - len(rows)) for i in range(len(columns))
        ]
        return None, (f_bar, *(unpacked(c, s, None) for c, s in zip(columns, shares, strict=True))), {}

    return [value for value, _ in results], pullback


def filtered(call: Any, f: Any, x: Any) -> Any:
    """``filter(f, x)``: a list of the items that pass."""
    items = items_of(x)
    places = [i for i, item in enumerate(items) if (item if f is None else f(item))]

    def pullback(bar: Any) -> Bars:
        if bar is None:
            return None, (None, None), {}
        back: list[Any] = [None] * len(items)
        for place, share in zip(places, bar, strict=True):
            back[place] = share
        return None, (None, unpacked(x, back, None)), {}

    return [items[i] for i in places], pullback


def reduced(call: Any, f: Any, x: Any, *initial: Any) -> Any:
    """``functools.reduce(f, x, initial)``."""
    items = items_of(x)
    start = list(initial) or items[:1]
    steps: list[Any] = []
    value = start[0]
    for item in items if initial else items[1:]:
        value, pullback = call(f, value, item)
        steps.append(pullback)

    def reduce_pullback(bar: Any) -> Bars:
        f_bar: Any = None
        shares: list[Any] = []
        for pullback in reversed(steps):
            own, (bar, share), _ = pullback(bar)
            f_bar = add(f_bar, own)
            shares.insert(0, share)
        if not initial:
            shares.insert(0, bar)
        args = (f_bar, unpacked(x, shares, None))
        return None, (*args, bar) if initial else args, {}

    return value, reduce_pullback


def make_partial(call: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
    """``functools.partial(f, ...)``."""
    value = functools.partial(f, *args, **kwargs)

    def pullback(bar: Any) -> Bars:
        bar = {} if bar is None else bar
        bars = bar.get("args") or ()
        own = (bar.get("func"), *bars, *(None,) * (len(args) - len(bars)))
        named = bar.get("keywords") or {}
        return None, own, {name: named.get(name) for name in kwargs}

    return value, pullback


def collect(make: Any) -> Any:
    """Return the rule of a display with starred items."""

    def rule(call: Any, *items: Any) -> Any:
        return make(items), lambda bar: (None, tuple(part(bar, i) for i in range(len(items))), {})

    return rule


def build_record(cls: type, names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Make a named tuple or dataclass from its fields."""
    value = cls(*args, **kwargs)
    bound = inspect.signature(cls).bind(*args, **kwargs).arguments

    def pullback(bar: Any) -> Bars:
        if bar is None:
            return None, (None,) * len(args), {}
        shares = {n: part(bar, names.index(n) if isinstance(value, tuple) else n) for n in bound}
        in_order = list(bound)[: len(args)]
        return None, tuple(shares[n] for n in in_order), {n: shares[n] for n in kwargs}

    return value, pullback


def key_of(x: Any) -> Any:
    """Return what identifies a value in a table."""
    return id(x)


STRUCTURAL: dict[Any, Any] = {
    getattr: getattribute,
    operator.getitem: getitem,
    operator.add: concatenate,
    operator.mul: replicate,
    list: sequence(list),
    tuple: sequence(tuple),
    dict: make_dict,
    dict.get: dict_get,
    dict.values: dict_views("values"),
    dict.items: dict_views("items"),
    dict.copy: lambda call, base: (base.copy(), lambda bar: (None, (bar,), {})),
    list.copy: lambda call, base: (base.copy(), lambda bar: (None, (bar,), {})),
    zip: zipped,
    enumerate: enumerated,
    reversed: reversed_,
    sorted: sorted_,
    map: mapped,
    filter: filtered,
    functools.reduce: reduced,
    functools.partial: make_partial,
    build_list: collect(list),
    build_tuple: collect(tuple),
}

__all__ = ["STRUCTURAL", "build_record", "key_of", "scatter"]
