"""Rules of ``np.r_[...]`` and ``np.c_[...]``, which join arrays by being indexed.

Where an entry of the result comes from is found by joining arrays of running numbers in the same way.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.rules import indexing
from adjoint.rules.kinds import Kind, Known, Object
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit

#: Its rules of ``a[index]`` are for arrays; the one here is newer.
OLDER = (indexing,)

CONCATENATOR = type(np.r_).__mro__[1]


def _concatenator(a: Kind, index: Kind) -> bool:
    if isinstance(a, Object):
        return issubclass(a.cls, CONCATENATOR)
    return isinstance(a, Known) and isinstance(a.value, CONCATENATOR)


def items_of(index: Any) -> tuple[Any, ...]:
    """Return the items between the brackets."""
    return index if isinstance(index, tuple) else (index,)


def carries(item: Any) -> bool:
    """Return whether an item holds floats, other than a slice or a directive."""
    return not isinstance(item, slice | str) and np.asarray(item).dtype.kind in "fc"


def numbered(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the items with running numbers in place of floats, and -1 for everything else."""
    labels: list[Any] = []
    start = 0
    for item in items:
        size = np.size(item) if carries(item) else 0
        if isinstance(item, str):
            labels.append(item)
        elif isinstance(item, slice):
            labels.append(np.full(len(np.r_[item]), -1))
        elif carries(item):
            labels.append(np.arange(start, start + size).reshape(np.shape(item))[()])
        else:
            labels.append(np.full(np.shape(item), -1)[()])
        start += size
    return tuple(labels)


def joined_bars(out_bar: Any, a: Any, index: Any) -> Any:
    """Return the cotangents of the items that were joined."""
    items = items_of(index)
    places = np.asarray(a[numbered(items)])
    flat = np.zeros(sum(np.size(item) for item in items if carries(item)), out_bar.dtype)
    flat[places[places >= 0]] = out_bar[places >= 0]
    bars: list[Any] = []
    start = 0
    for item in items:
        size = np.size(item) if carries(item) else 0
        bars.append(fit(flat[start : start + size].reshape(np.shape(item)), item) if carries(item) else None)
        start += size
    return tuple(bars) if isinstance(index, tuple) else bars[0]


@rrule(operator.getitem, when=_concatenator)
def joined(a: Any, index: Any) -> Any:
    """Each item receives its part."""
    out = a[index]

    def joined_pullback(out_bar: Any) -> Any:
        return None, joined_bars(out_bar, a, index)

    return out, joined_pullback


def joined_tangent(index_dot: Any, a: Any, index: Any, out: Any) -> Any:
    """Return the items' tangents joined in the same way; items without one are zero."""
    dots = items_of(index_dot) if isinstance(index, tuple) else (index_dot,)
    items: list[Any] = []
    for item, dot in zip(items_of(index), dots, strict=True):
        size = len(np.r_[item]) if isinstance(item, slice) else np.shape(item)
        items.append(item if isinstance(item, str) else np.zeros(size) if dot is None else dot)
    return a[tuple(items)].astype(out.dtype)


@frule(operator.getitem, when=_concatenator)
def joined_forward(a: Any, index: Any) -> Any:
    """The tangents are joined in the same way."""
    out = a[index]

    def joined_pushforward(a_dot: Any, index_dot: Any) -> Any:
        return None, joined_tangent(index_dot, a, index, out)

    return out, joined_pushforward
