"""Builtins that ask the classes of what they are given: ``sum``, ``max``, ``sorted``, ``next``, ``abs``, ...

Compiled code would call the methods of a class as they are; here they are rewritten first.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

from adjoint.runtime.classes import OPERATORS, UNARY, in_python
from adjoint.tracing.applying import SPECIAL, apply, called, step
from adjoint.tracing.operating import PLAIN, by_class, iterated, operate
from adjoint.tracing.traced import Traced


def is_written(x: Any, name: str) -> bool:
    """Whether the class of a value, which is none of ours, defines a method in Python."""
    return type(x) is not Traced and in_python(x, name)


def take_sum(items: Any, /, start: Any = 0) -> Any:
    """``sum``: numbers are summed in one step, as Python sums them in a way of its own."""
    items = list(iterated(items))
    if all(isinstance(item, int | float | complex) for item in items):
        return step(sum, (items, start), {})
    return functools.reduce(functools.partial(operate, "+"), items, start)


def take_extremum(function: Any, symbol: str) -> Any:
    """Return ``max`` or ``min``: of numbers one step, of other things by their comparison."""

    def extremum(*args: Any, **kwargs: Any) -> Any:
        items = list(iterated(args[0])) if len(args) == 1 else list(args)
        numbers = all(isinstance(item, int | float) for item in items)
        if numbers and not kwargs and items:
            return step(function, (items,) if len(args) == 1 else tuple(items), {})
        return function(items, **{**kwargs, **comparing(items, kwargs.get("key"), symbol)})

    return extremum


def comparing(items: list[Any], key: Any, symbol: str) -> dict[str, Any]:
    """Return the key by which compiled code compares some items as their classes say."""
    if key is not None:
        return {"key": called(key)}
    if not any(is_written(item, name) for item in items for name in ("__lt__", "__gt__")):
        return {}

    def compare(a: Any, b: Any) -> int:
        return (-1 if symbol == "<" else 1) if operate(symbol, a, b) else 0

    return {"key": functools.cmp_to_key(compare)}


def take_sorted(items: Any, /, *, key: Any = None, reverse: bool = False) -> list[Any]:
    """``sorted``."""
    items = list(iterated(items))
    return sorted(items, **comparing(items, key, "<"), reverse=reverse)


def take_type_test(x: Any, classes: Any) -> bool:
    """``isinstance``, which looks at the class that a traced value says it has."""
    return isinstance(x.traced_value if type(x) is Traced else x, classes)


def take_next(items: Any, /, *default: Any) -> Any:
    """``next``."""
    if not is_written(items, "__next__"):
        return next(items, *default)
    try:
        return apply(type(items).__next__, items)
    except StopIteration:
        if not default:
            raise
        return default[0]


def take_iterator(items: Any, /, *sentinel: Any) -> Any:
    """``iter``."""
    if sentinel:
        return iter(called(items), *sentinel)
    return apply(type(items).__iter__, items) if is_written(items, "__iter__") else iter(items)


def take_items(cls: Any) -> Any:
    """Return ``list`` or ``tuple``, which read what they are given."""
    return lambda *items: cls(*map(iterated, items))


def take_number(x: Any = 0.0, /) -> Any:
    """``float``."""
    return apply(type(x).__float__, x) if is_written(x, "__float__") else step(float, (x,), {})


def take_operator(function: Any) -> Any:
    """Return a function for which classes have a method."""

    def asked(*operands: Any, **kwargs: Any) -> Any:
        plain = kwargs or type(operands[0]) in PLAIN and type(operands[-1]) in PLAIN
        return function(*operands, **kwargs) if plain else by_class(function, operands)

    return asked


SPECIAL |= {f: take_operator(f) for f in (*UNARY, *OPERATORS) if not isinstance(f, type)}
SPECIAL |= {
    sum: take_sum,
    max: take_extremum(max, ">"),
    min: take_extremum(min, "<"),
    sorted: take_sorted,
    isinstance: take_type_test,
    next: take_next,
    iter: take_iterator,
    float: take_number,
    list: take_items(list),
    tuple: take_items(tuple),
    itertools.tee: itertools.tee,
}
__all__: list[str] = []
