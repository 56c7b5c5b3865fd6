"""Cotangents of containers, as generated code handles them at run time.

``None`` is zero; the cotangent of a tuple is a tuple, of a list a list, of a dict or an object a
dict with the keys that were touched.  Only ``pop`` changes its argument.
"""

from __future__ import annotations

import inspect
import types
from typing import Any

import numpy as np

from adjoint.rules.errors import RuleError
from adjoint.rules.kinds import slot_names
from adjoint.rules.runtime import add, zeros_like


def part(bar: Any, key: Any) -> Any:
    """Return the share of one key, index or field in a container's cotangent.

    >>> part({'w': 1.0}, 'b'), part((1.0, 2.0), 1), part(None, 0)
    (None, 2.0, None)
    """
    if bar is None:
        return None
    if isinstance(bar, dict):
        return bar.get(key)
    return bar[key] if isinstance(key, slice) or -len(bar) <= key < len(bar) else None


def kept(bar: Any, keys: Any) -> Any:
    """Return a container's cotangent with some of its items set to zero.

    >>> kept({'a': 1.0, 'b': 2.0}, ['a']), kept((1.0, 2.0), [1])
    ({'b': 2.0}, (1.0, None))
    """
    if bar is None:
        return None
    if isinstance(bar, dict):
        return {key: share for key, share in bar.items() if key not in keys}
    return type(bar)(None if i in keys else share for i, share in enumerate(bar))


def pop(bar: list[Any] | None, index: int = -1) -> Any:
    """Remove and return the cotangent of an item of a list, the last one's; zero if there is none."""
    return bar.pop(index) if bar else None


def put_back(bar: list[Any], index: int, share: Any) -> None:
    """Insert a cotangent where ``pop(index)`` took an item out of a list.

    >>> bar = [1.0, 3.0]
    >>> put_back(bar, -2, 2.0)
    >>> bar
    [1.0, 2.0, 3.0]
    """
    bar.insert(index if index >= 0 else len(bar) + 1 + index, share)


def copied(x: Any) -> Any:
    """Return an object with the same fields as ``x``, without calling any code of its class."""
    made = object.__new__(type(x))
    for name in slot_names(type(x)):
        if hasattr(x, name):
            object.__setattr__(made, name, getattr(x, name))
    made.__dict__.update(x.__dict__) if hasattr(x, "__dict__") else None
    return made


def settled(bar: Any, name: str) -> Any:
    """Return the cotangent of a function that has captured itself: what its own calls say of it is added.

    >>> settled({'x': 1.0, 'f': {'x': 2.0, 'f': {'x': 4.0}}}, 'f')
    {'x': 7.0}
    """
    total = None
    while bar is not None:
        total = add(total, {key: share for key, share in bar.items() if key != name})
        bar = bar.get(name)
    return total


def without(bar: Any, key: Any) -> tuple[Any, Any]:
    """Return a container's cotangent with one item set to zero, and that item's share.

    >>> without({'a': 1.0, 'b': 2.0}, 'a')
    ({'b': 2.0}, 1.0)
    """
    share = part(bar, key)
    if bar is None:
        return None, None
    if isinstance(bar, dict):
        found = {key: None}  # found by hash: NumPy compares its numbers with tuples entry by entry
        return {k: v for k, v in bar.items() if k not in found}, share
    rest = list(bar)
    rest[key] = None
    return (rest if isinstance(bar, list) else tuple(rest)), share


def owned(bar: Any, zero: Any) -> Any:
    """Return a copy of a container's cotangent that may be changed, or the given zero for ``None``.

    A list may have grown since; its zero then has more items than the cotangent.
    """
    if bar is None:
        return zero
    if isinstance(zero, list):  # the cotangent may be an array, where the list was passed as one
        return [z if b is None else b for b, z in zip(bar, zero, strict=False)]
    if isinstance(bar, np.ndarray):
        return bar.copy()
    return dict(bar) if isinstance(bar, dict) else list(bar)


def owned_like(bar: Any, x: Any) -> Any:
    """Return a copy of a container's cotangent that may be changed; zeros like ``x`` replace ``None``.

    >>> owned_like([1.0, None], [5.0, 6.0]), owned_like(None, [5.0])
    ([1.0, 0.0], [0.0])
    """
    if isinstance(x, list) and bar is not None:
        if type(None) not in map(type, bar):
            return list(bar)
        return [instantiate(b, item) for b, item in zip(bar, x, strict=False)]
    return owned(bar, zeros_like(x) if bar is None else None)


def instantiate(bar: Any, x: Any) -> Any:
    """Return a cotangent, with a real zero like ``x`` in place of ``None``."""
    return zeros_like(x) if bar is None else bar


def unpacked(x: Any, bars: Any, star: int | None) -> Any:
    """Return the cotangent of a sequence from those of the names it was unpacked into.

    Args:
        x: the sequence: tuple, list, array, or any iterable.
        bars: one cotangent for each name.
        star: position of the starred name, whose cotangent is itself a sequence.
    """
    bars = list(bars)
    if star is not None:
        middle = bars[star]
        count = len(x) - (len(bars) - 1)
        bars[star : star + 1] = [part(middle, i) for i in range(count)]
    if isinstance(x, np.ndarray):  # zeros rather than None: nobody asks whether an array has a cotangent
        return np.stack([np.asarray(instantiate(bar, item)) for bar, item in zip(bars, x, strict=True)])
    if all(bar is None for bar in bars):
        return None
    if isinstance(x, dict):
        return None
    refuse_walking(x)
    return tuple(bars) if isinstance(x, tuple) else bars


def refuse_walking(x: Any) -> None:
    """Refuse an object whose class says in Python what its items are: nobody asked it for derivatives.

    Raises:
        RuleError: ADJ119.
    """
    if isinstance(x, tuple | list):
        return
    cls = type(x)
    for name in ("__iter__", "__getitem__"):
        if isinstance(inspect.getattr_static(cls, name, None), types.FunctionType):
            raise RuleError(
                "ADJ119",
                title=f"unpacking a `{cls.__name__}`, which was not known when the function was compiled",
                why=f"its items are what `{cls.__name__}.{name}` makes of its fields.",
                fixes=("walk over it first:  a, b = list(obj)",),
            )


def restricted(bars: dict[str, Any], x: Any) -> Any:
    """Return from the cotangents of keyword arguments those that came from ``**x``."""
    return {key: bars.get(key) for key in x}


def merged(bar: Any, x: dict[Any, Any], replaced: Any = ()) -> Any:
    """Return the share of ``x`` in the cotangent of ``{**x, ...}`` without the keys replaced later."""
    if bar is None:
        return None
    later = set(replaced)
    return {key: bar[key] for key in x if key in bar and key not in later}


def unmerged(bar: Any, x: dict[Any, Any]) -> Any:
    """Return the cotangent of the dict that ``**x`` was merged into: without the keys of ``x``.

    >>> unmerged({'a': 1.0, 'b': 2.0}, {'b': 3.0})
    {'a': 1.0}
    """
    return None if bar is None else {key: value for key, value in bar.items() if key not in x}


def build_list(*items: Any) -> list[Any]:
    """Return ``[*items]``."""
    return list(items)


def build_tuple(*items: Any) -> tuple[Any, ...]:
    """Return ``(*items,)``."""
    return items


__all__ = [
    "add",
    "build_list",
    "build_tuple",
    "copied",
    "instantiate",
    "kept",
    "merged",
    "owned",
    "owned_like",
    "part",
    "pop",
    "put_back",
    "restricted",
    "settled",
    "unpacked",
    "unmerged",
    "without",
]
