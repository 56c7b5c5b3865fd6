"""Which compiled functions and methods change something in place.

>>> changed_argument(np.copyto), changed_argument(np.ndarray.fill), changed_argument(np.ufunc.at)
(0, 0, 1)
>>> changed_argument(np.add.at), changed_argument(np.sum)
(0, None)
"""

from __future__ import annotations

import bisect
import collections
import heapq
import operator
import random
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

ARRAY_METHODS = frozenset("fill put partition resize itemset setfield byteswap".split())
ITEM_METHODS = frozenset(
    "append extend insert pop remove clear reverse update setdefault popitem add discard appendleft popleft "
    "extendleft rotate".split()
)
CONTAINERS = (list, dict, set, bytearray, collections.deque)
FIELD_WRITERS = (setattr, delattr, object.__setattr__, object.__delattr__)
BOTH_METHODS = frozenset(("sort", "__setitem__", "__delitem__"))
#: Functions that change one argument in place, and which one.
FUNCTIONS: dict[Any, int] = dict.fromkeys(
    (np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, random.shuffle)
    + (heapq.heappush, heapq.heappop, heapq.heapify, heapq.heapreplace, heapq.heappushpop)
    + (bisect.insort, bisect.insort_left, bisect.insort_right, operator.setitem, operator.delitem)
    + tuple(
        getattr(operator, name)
        for name in dir(operator)
        if name.startswith("i") and hasattr(operator, f"__{name}__")
    ),
    0,
)


def changed_argument(function: Any) -> int | None:
    """Return which argument a compiled function changes in place, None if it changes none of them."""
    if function in FUNCTIONS:
        return FUNCTIONS[function]
    name, owner = getattr(function, "__name__", ""), getattr(function, "__objclass__", None)
    if name == "at":  # of a ufunc, or of their class
        return (
            1
            if owner is np.ufunc
            else 0
            if isinstance(getattr(function, "__self__", None), np.ufunc)
            else None
        )
    if isinstance(owner, type) and issubclass(owner, np.ndarray | np.generic):
        return 0 if name in ARRAY_METHODS | BOTH_METHODS or in_place_operator(name) else None
    if isinstance(owner, type) and issubclass(owner, CONTAINERS):
        return 0 if name in ITEM_METHODS | BOTH_METHODS or in_place_operator(name) else None
    return None


def in_place_operator(attr: str) -> bool:
    """Whether a method's name is that of an operator which changes its receiver."""
    return (
        attr == "__setitem__"
        or attr.startswith("__i")
        and attr not in ("__invert__", "__init__", "__iter__", "__int__", "__index__")
    )


def written_values(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
    """Return the values that a call of a compiled function writes into, while the program runs."""
    stored = not has_source(function) and kwargs.get("out") is not None
    written = [kwargs["out"]] if stored else []
    place = changed_argument(function)
    if place is not None:
        written += args[place:][:1]
    elif isinstance(function, np.ufunc):
        written += [each for each in args[function.nin :] if each is not None]
    return written


def has_source(function: Any) -> bool:
    """Whether a function is Python code outside of the libraries: its text tells what it does."""
    home = str(getattr(function, "__module__", "")).partition(".")[0]
    return isinstance(function, types.FunctionType) and home not in ("numpy", "scipy")


__all__ = ["changed_argument", "in_place_operator", "written_values"]
