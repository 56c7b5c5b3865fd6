"""Builtins that call a function for every item, and walks over arrays, as Python functions that do the same.

These are compiled like a user's code, so they need no rules: every mode and every order follows.

>>> CALLERS[map](abs, [-1.0, 2.0]), CALLERS[functools.reduce](max, [2.0, 3.0])
([1.0, 2.0], 3.0)

Reference: "Built-in Functions" and "itertools" in the Python Standard Library, where they are described so.
"""

from __future__ import annotations

import functools
import itertools
import types
from typing import Any

import numpy as np

from .memory import hashable


def mapped(f: Any, first: Any, *others: Any) -> Any:
    """``map(f, first, *others)``, with all results at once.

    >>> mapped(pow, [1, 2, 3], [4, 5])
    [1, 32]
    """
    if len(others) == 0:
        return [f(item) for item in first]
    return [f(*row) for row in zip(first, *others)]  # noqa: B905 - `map` stops at the shortest


def starred(f: Any, rows: Any) -> Any:
    """``itertools.starmap(f, rows)``, with all results at once.

    >>> starred(pow, [(2, 5), (3, 2)])
    [32, 9]
    """
    return [f(*row) for row in rows]


def reduced(f: Any, items: Any, *initial: Any) -> Any:
    """``functools.reduce(f, items, initial)``.

    >>> reduced(pow, [2, 3], 4)
    4096
    """
    if len(initial) == 0:
        values = list(items)
        if len(values) == 0:
            raise TypeError("reduce() of empty iterable with no initial value")
        total = values[0]
        for value in values[1:]:
            total = f(total, value)
        return total
    total = initial[0]
    for value in items:
        total = f(total, value)
    return total


def accumulated(items: Any, func: Any = None, *, initial: Any = None) -> Any:
    """``itertools.accumulate(items, func)``, with all results at once.

    >>> accumulated([1, 2, 3], initial=10)
    [10, 11, 13, 16]
    """
    values = list(items) if initial is None else [initial, *items]
    if len(values) == 0:
        return []
    total = values[0]
    totals = [total]
    for value in values[1:]:
        total = total + value if func is None else func(total, value)
        totals.append(total)
    return totals


def enumerated(arr: Any) -> Any:
    """``np.ndenumerate(arr)``, with all pairs at once.

    >>> enumerated([[1, 2]]) == list(np.ndenumerate([[1, 2]]))
    True
    """
    array = np.asarray(arr)
    return [(index, array[index]) for index in np.ndindex(array.shape)]


def added(items: Any, start: Any) -> Any:
    """``sum(items, start)`` of whatever can be added; of numbers ``sum`` itself rounds otherwise.

    >>> added([[1], [2]], [0])
    [0, 1, 2]
    """
    total = start
    for item in items:
        total = total + item
    return total


def standing_for(function: Any) -> Any:
    """Return the Python function that stands for a builtin which calls functions, None for others.

    >>> standing_for(map) is mapped, standing_for(len)
    (True, None)
    """
    builtin = isinstance(function, type | types.BuiltinFunctionType) and hashable(function)
    return CALLERS.get(function) if builtin else None


#: What hands out the entries of an array, and nothing else.
WALKERS: dict[Any, Any] = {np.ndenumerate: enumerated}
#: Each builtin beside the function that stands for it.
CALLERS: dict[Any, Any] = {
    map: mapped,
    functools.reduce: reduced,
    itertools.starmap: starred,
    itertools.accumulate: accumulated,
    **WALKERS,
}

__all__ = ["CALLERS", "WALKERS", "added", "standing_for"]
