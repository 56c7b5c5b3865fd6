"""Run-time forward rules for ``itertools`` and ``sum``: the twin of :mod:`adjoint.runtime.arrangements`."""

from __future__ import annotations

import functools
import itertools
import operator
import sys
from collections.abc import Callable
from typing import Any

from adjoint.runtime.arrangements import Place, value_of
from adjoint.runtime.iterables import no_end
from adjoint.runtime.towers import height_of, rebased, still
from adjoint.runtime.towers import value_of as tower_value
from adjoint.transforms.callers import added

Pair = tuple[Any, Any]
Push = Callable[..., Pair]
Walked = Callable[[Push, Pair], list[Pair]]


def table(walked: Walked) -> dict[Any, Any]:
    """Return the forward rules, given the function that walks over an iterable and its tangent."""
    rules: dict[Any, Any] = {
        operator.or_: united,
        functools.update_wrapper: wrapping,
        functools.wraps: wraps,
        itertools.chain: arranged(walked, itertools.chain),
        itertools.chain.from_iterable: functools.partial(chained, walked),
        itertools.combinations: arranged(walked, itertools.combinations, 1),
        itertools.combinations_with_replacement: arranged(walked, itertools.combinations_with_replacement, 1),
        itertools.compress: arranged(walked, itertools.compress, 1),
        itertools.dropwhile: selected(walked, itertools.dropwhile),
        itertools.filterfalse: selected(walked, itertools.filterfalse),
        itertools.islice: arranged(walked, itertools.islice, 1),
        itertools.pairwise: arranged(walked, itertools.pairwise),
        itertools.permutations: arranged(walked, itertools.permutations, 1),
        itertools.product: arranged(walked, itertools.product),
        itertools.repeat: repeated,
        itertools.takewhile: selected(walked, itertools.takewhile),
        itertools.zip_longest: functools.partial(padded, walked),
    }
    if sys.version_info >= (3, 12):
        rules[itertools.batched] = arranged(walked, itertools.batched, 1)
    return rules


def split(rows: list[Any]) -> Pair:
    """Return the values and the tangents of rows in which pairs stand for items."""
    return [value_of(row, 0) for row in rows], [value_of(row, 1) for row in rows]


def places(items: list[Pair], argument: int = 0) -> list[Place]:
    """Return what stands for the items of an iterable, each with its tangent."""
    return [Place(argument, i, pair) for i, pair in enumerate(items)]


def arranged(walked: Walked, function: Any, count: int | None = None) -> Any:
    """Return the rule of a function that arranges the items of its first ``count`` (or all) arguments."""

    def rule(push: Push, *args: Pair, **kwargs: Pair) -> Pair:
        columns = [places(walked(push, arg), j) for j, arg in enumerate(args[:count])]
        rest = [value for value, _ in args[len(columns) :]]
        return split(list(function(*columns, *rest, **{name: value for name, (value, _) in kwargs.items()})))

    return rule


def selected(walked: Walked, function: Any) -> Any:
    """Return the rule of a function that keeps the items for which a predicate says so."""

    def rule(push: Push, f: Pair, x: Pair) -> Pair:
        test = bool if f[0] is None else f[0]
        return split(list(function(lambda place: test(place.value[0]), places(walked(push, x)))))

    return rule


def padded(walked: Walked, push: Push, *columns: Pair, fillvalue: Pair = (None, None)) -> Pair:
    """``itertools.zip_longest``."""
    rows = [places(walked(push, column), j) for j, column in enumerate(columns)]
    return split(list(itertools.zip_longest(*rows, fillvalue=Place(-1, 0, fillvalue))))


def chained(walked: Walked, push: Push, rows: Pair) -> Pair:
    """``itertools.chain.from_iterable(rows)``."""
    return split([place for row in walked(push, rows) for place in places(walked(push, row))])


def repeated(push: Push, x: Pair, times: Pair = (None, None)) -> Pair:
    """``itertools.repeat(x, times)``; without a count it has no end.

    Raises:
        RuleError: ADJ202, there is no count.
    """
    if times[0] is None:
        raise no_end()
    return [x[0]] * times[0], [x[1]] * times[0]


def summed(walked: Walked, listed: Any, push: Push, x: Any, /, start: Any = None) -> Any:
    """``sum(x, start)``; the value is that of ``sum`` itself, which may round otherwise than additions."""
    h = height_of(push)
    items, first = walked(push, x), still(0, h) if start is None else start
    values = [tower_value(item, h) for item in items]
    total = push(still(added, h), listed(push, items), first)
    numbers = all(isinstance(value, float | int | complex) for value in values)
    return rebased(total, h, sum(values, tower_value(first, h))) if numbers else total


def united(push: Push, a: Pair, b: Pair) -> Any:
    """``a | b`` of two dicts."""
    x: Any = a[0]
    y: Any = b[0]
    if not (isinstance(x, dict) and isinstance(y, dict)):
        return NotImplemented
    left = {key: dot for key, dot in (a[1] or {}).items() if key not in y}
    return {**x, **y}, {**left, **(b[1] or {})}


def wrapping(push: Push, wrapper: Pair, wrapped: Pair, *names: Pair, **more: Pair) -> Pair:
    """``functools.update_wrapper(wrapper, wrapped)``, which returns the wrapper."""
    plain = [value for value, _ in names]
    named = {name: value for name, (value, _) in more.items()}
    return functools.update_wrapper(wrapper[0], wrapped[0], *plain, **named), wrapper[1]


def wraps(push: Push, wrapped: Pair, *names: Pair, **more: Pair) -> Pair:
    """``functools.wraps(wrapped)``: a decorator, through which no tangent of ``wrapped`` passes."""
    plain = [value for value, _ in names]
    return functools.wraps(wrapped[0], *plain, **{name: value for name, (value, _) in more.items()}), None


__all__ = ["table"]
