"""Run-time rules for ``itertools`` and ``sum``, which hand out, combine or add up items of iterables.

Each takes the differentiating ``call`` first and returns the value and a pullback.  A function that
only arranges items is run on their places; the cotangents go back to where each item came from.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.containers import add, part
from adjoint.runtime.iterables import no_end, walked
from adjoint.transforms.callers import added

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Place:
    """Stands for item ``index`` of the iterable that is argument ``argument``."""

    argument: int
    index: int
    value: Any


def arranged(function: Any, count: int | None = None) -> Any:
    """Return the rule of a function that arranges the items of its first ``count`` (or all) arguments."""

    def rule(call: Any, *args: Any, **kwargs: Any) -> Any:
        walks = [walked(call, arg) for arg in args[:count]]
        columns = [[Place(j, i, v) for i, v in enumerate(items)] for j, (items, _) in enumerate(walks)]
        rows = list(function(*columns, *args[len(walks) :], **kwargs))

        def pullback(bar: Any) -> Bars:
            shares: list[list[Any]] = [[None] * len(items) for items, _ in walks]
            for k, row in enumerate(rows):
                scatter(row, part(bar, k), shares)
            found = [back(share) for share, (_, back) in zip(shares, walks, strict=True)]
            return None, (*found, *(None for _ in args[len(walks) :])), {}

        return [value_of(row) for row in rows], pullback

    return rule


def value_of(row: Any, part: int | None = None) -> Any:
    """Put the items, or a part of each, where their places stand."""
    if isinstance(row, Place):
        return row.value if part is None else row.value[part]
    return tuple(value_of(place, part) for place in row) if isinstance(row, tuple) else row


def scatter(row: Any, bar: Any, shares: list[list[Any]]) -> None:
    """Add the cotangent of an arrangement to those of the items in it."""
    if bar is None:
        return
    if isinstance(row, Place):
        share = shares[row.argument]
        share[row.index] = add(share[row.index], bar)
    elif isinstance(row, tuple):
        for i, place in enumerate(row):
            scatter(place, part(bar, i), shares)


def padded(call: Any, *columns: Any, fillvalue: Any = None) -> Any:
    """``itertools.zip_longest``: the value that fills up has the sum of the cotangents of its copies."""
    walks = [walked(call, column) for column in columns]
    rows = list(itertools.zip_longest(*(items for items, _ in walks), fillvalue=fillvalue))

    def zip_longest_pullback(bar: Any) -> Bars:
        bars: list[Any] = []
        extra: Any = None
        for j, (items, back) in enumerate(walks):
            share = [part(part(bar, k), j) for k in range(len(rows))]
            bars.append(back(share[: len(items)]))
            extra = functools.reduce(add, share[len(items) :], extra)
        return None, tuple(bars), {"fillvalue": extra}

    return rows, zip_longest_pullback


def chained(call: Any, rows: Any) -> Any:
    """``itertools.chain.from_iterable(rows)``: the items of all rows."""
    items, back = walked(call, rows)
    value, pullback = arranged(itertools.chain)(call, *items)
    return value, lambda bar: (None, (back(list(pullback(bar)[1])),), {})


def selected(function: Any) -> Any:
    """Return the rule of a function that keeps the items for which a predicate says so."""

    def rule(call: Any, f: Any, x: Any) -> Any:
        test: Callable[[Any], Any] = bool if f is None else f
        value, pullback = arranged(lambda places: function(lambda place: test(place.value), places))(call, x)
        return value, lambda bar: (None, (None, *pullback(bar)[1]), {})

    return rule


def repeated(call: Any, x: Any, times: int | None = None) -> Any:
    """``itertools.repeat(x, times)``; without a count it has no end.

    Raises:
        RuleError: ADJ202, there is no count.
    """
    if times is None:
        raise no_end()

    def repeat_pullback(bar: Any) -> Bars:
        shares = [part(bar, k) for k in range(max(times, 0))]
        return None, (functools.reduce(add, shares, None), None), {}

    return [x] * times, repeat_pullback


def summed(call: Any, x: Any, /, start: Any = 0) -> Any:
    """``sum(x, start)``: of anything that can be walked over and added; numbers in containers have a rule."""
    if isinstance(x, np.ndarray) or type(x) in (list, tuple) and is_numbers(x):
        return NotImplemented
    items, back = walked(call, x)
    if is_numbers(items):
        value, pulled = call(sum, items, start)
        return value, lambda bar: with_items(pulled(bar), back)
    value, pulled = call(added, items, start)
    return value, lambda bar: with_items(pulled(bar), back)


def is_numbers(items: Any) -> bool:
    """Whether all items are numbers or arrays."""
    return all(isinstance(item, float | int | complex | np.generic | np.ndarray) for item in items)


def with_items(bars: Bars, back: Callable[[Any], Any]) -> Bars:
    """Give the cotangents of the items of a sum back to the iterable they came from."""
    shares, start_bar = bars[1]
    return None, (None if shares is None else back(list(shares)), start_bar), {"start": start_bar}


ARRANGEMENTS: dict[Any, Any] = {
    itertools.chain: arranged(itertools.chain),
    itertools.chain.from_iterable: chained,
    itertools.combinations: arranged(itertools.combinations, 1),
    itertools.combinations_with_replacement: arranged(itertools.combinations_with_replacement, 1),
    itertools.compress: arranged(itertools.compress, 1),
    itertools.dropwhile: selected(itertools.dropwhile),
    itertools.filterfalse: selected(itertools.filterfalse),
    itertools.islice: arranged(itertools.islice, 1),
    itertools.pairwise: arranged(itertools.pairwise),
    itertools.permutations: arranged(itertools.permutations, 1),
    itertools.product: arranged(itertools.product),
    itertools.repeat: repeated,
    itertools.takewhile: selected(itertools.takewhile),
    itertools.zip_longest: padded,
}
if sys.version_info >= (3, 12):
    ARRANGEMENTS[itertools.batched] = arranged(itertools.batched, 1)

__all__ = ["ARRANGEMENTS", "summed"]
