"""Run-time rules for builtins that walk over their arguments: ``list``, ``zip``, ``map``, ``sorted`` ...

Each takes the differentiating ``call`` first and returns the value and a pullback.  The cotangent of
an iterator is the list of those of the items it had.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import types
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.rules.containers import add, part, unpacked
from adjoint.rules.errors import RuleError, missing_rule

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]
Walk = tuple[list[Any], Callable[[Sequence[Any]], Any]]


def walked(call: Any, x: Any) -> Walk:
    """Return the items of an iterable, and the function from their cotangents to the iterable's."""
    for name, walk in (("__iter__", by_iterator), ("__getitem__", by_index)):
        method = inspect.getattr_static(type(x), name, None)
        if isinstance(method, types.FunctionType):
            return walk(call, method, x)
    return list(x), lambda bars: regathered(x, bars)


def regathered(x: Any, bars: Sequence[Any]) -> Any:
    """Return the cotangent of a builtin iterable from those of its items."""
    if isinstance(x, dict | str | bytes) or all(bar is None for bar in bars):
        return None
    sized = hasattr(x, "__len__") and not isinstance(x, set | frozenset)
    return unpacked(x, bars, None) if sized else list(bars)


def by_iterator(call: Any, method: Any, x: Any) -> Walk:
    """Walk over an object of a class with an ``__iter__`` of its own."""
    iterator, pullback = call(method, x)

    def back(bars: Sequence[Any]) -> Any:
        if all(bar is None for bar in bars):
            return None
        if type(iterator).__module__ != "builtins":
            raise missing_rule(type(iterator))
        return pullback(list(bars))[1][0]

    return list(iterator), back


def by_index(call: Any, method: Any, x: Any) -> Walk:
    """Walk over an object that has ``__getitem__`` only: by index, until there is no such item."""
    steps: list[Pulled] = []
    while True:
        try:
            steps.append(call(method, x, len(steps)))
        except IndexError:
            break

    def back(bars: Sequence[Any]) -> Any:
        shares = [pullback(bar)[1][0] for (_, pullback), bar in zip(steps, bars, strict=True)]
        return functools.reduce(add, shares, None)

    return [value for value, _ in steps], back


def filled(bar: Any, size: int) -> list[Any]:
    """Return the cotangents of the items of a list; zeros for those it does not mention."""
    return [part(bar, i) for i in range(size)]


def sequence(make: Any) -> Any:
    """Return the rule of ``list(x)``, ``tuple(x)`` or ``iter(x)``."""

    def rule(call: Any, x: Any = ()) -> Any:
        items, back = walked(call, x)
        return make(items), lambda bar: (None, (back(filled(bar, len(items))),), {})

    return rule


def no_end() -> RuleError:
    """The error for an iterator of active values whose items cannot be collected."""
    return RuleError(
        "ADJ202",
        title="`itertools.repeat` without a count has no end",
        why="the items of an iterator are collected before they are differentiated.",
        fixes=("say how many:  itertools.repeat(x, n)", "use the value itself in the loop"),
    )


#: Iterators that have no end, or may have none.
ENDLESS = (itertools.count, itertools.cycle, itertools.repeat, types.GeneratorType)


def abreast(columns: Sequence[Any]) -> list[Any]:
    """Return iterables that are read in step; of those that may have no end as much as another is long.

    >>> abreast([[1.0, 2.0], itertools.count(5)])
    [[1.0, 2.0], [5, 6]]
    """
    sizes = [len(column) for column in columns if hasattr(column, "__len__")]
    shorten = [bool(sizes) and isinstance(column, ENDLESS) for column in columns]
    pairs = zip(columns, shorten, strict=True)
    return [list(itertools.islice(column, min(sizes))) if cut else column for column, cut in pairs]


def zipped(call: Any, *columns: Any, strict: bool = False) -> Any:
    """``zip(a, b, ...)``: a list of tuples."""
    walks = [walked(call, column) for column in (columns if strict else abreast(columns))]
    rows = list(zip(*(items for items, _ in walks), strict=strict))

    def pullback(bar: Any) -> Bars:
        shares = [
            back([part(part(bar, k), i) for k in range(len(items))]) for i, (items, back) in enumerate(walks)
        ]
        return None, tuple(shares), {}

    return rows, pullback


def enumerated(call: Any, x: Any, start: int = 0) -> Any:
    """``enumerate(x)``: a list of pairs."""
    items, back = walked(call, x)

    def pullback(bar: Any) -> Bars:
        return None, (back([part(part(bar, i), 1) for i in range(len(items))]), None), {}

    return list(enumerate(items, start)), pullback


def reversed_(call: Any, x: Any) -> Any:
    """``reversed(x)``: a list."""
    items, back = walked(call, x)
    return items[::-1], lambda bar: (None, (back(filled(bar, len(items))[::-1]),), {})


def chosen(items: list[Any], places: list[int], back: Any) -> Callable[[Any], Any]:
    """Return the function from the cotangent of the items at some places to that of the iterable."""

    def scatter(bar: Any) -> Any:
        shares: list[Any] = [None] * len(items)
        for i, place in enumerate(places):
            shares[place] = part(bar, i)
        return back(shares)

    return scatter


def sorted_(call: Any, x: Any, *, key: Any = None, reverse: bool = False) -> Any:
    """``sorted(x)``: the cotangents go back to where the items came from."""
    items, back = walked(call, x)
    keys = items if key is None else [key(item) for item in items]
    order = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
    scatter = chosen(items, order, back)
    return [items[i] for i in order], lambda bar: (None, (scatter(bar),), {})


def filtered(call: Any, f: Any, x: Any) -> Any:
    """``filter(f, x)``: a list of the items that pass."""
    items, back = walked(call, x)
    places = [i for i, item in enumerate(items) if (item if f is None else f(item))]
    scatter = chosen(items, places, back)
    return [items[i] for i in places], lambda bar: (None, (None, scatter(bar)), {})


def dict_of_pairs(call: Any, source: Any, kwargs: dict[str, Any]) -> Pulled:
    """``dict(pairs, key=value)``: of pairs with one key, the last has the cotangent."""
    items, back = walked(call, source)
    pairs = [tuple(item) for item in items]
    last = {key: i for i, (key, _) in enumerate(pairs)}

    def pullback(bar: Any) -> Bars:
        bar = {} if bar is None else bar
        shares: list[Any] = [None] * len(pairs)
        for key, i in last.items():
            if bar.get(key) is not None and key not in kwargs:
                shares[i] = (None, bar[key])
        return None, (back(shares),), {k: bar.get(k) for k in kwargs}

    return dict(pairs, **kwargs), pullback


__all__ = [
    "dict_of_pairs",
    "enumerated",
    "filtered",
    "reversed_",
    "sequence",
    "sorted_",
    "walked",
    "zipped",
]
