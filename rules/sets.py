"""Rules of the set functions union1d, intersect1d, setdiff1d, setxor1d.

Every element of a result stands somewhere in the arguments: the first such place receives its cotangent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit


def set_kind(ar1: Kind, ar2: Kind, **others: Kind) -> Kind:
    """Return the kind of a set: one-dimensional, of any size."""
    return Array(None, ("?",))


def pool_of(ar1: Any, ar2: Any) -> Any:
    """Return the elements of both arguments in one row."""
    return np.concatenate([np.ravel(ar1), np.ravel(ar2)])


def first_places(out: Any, pool: Any) -> Any:
    """Return where each element of a result stands first.

    Example:
        >>> first_places(np.array([1.0, 3.0]), np.array([3.0, 1.0, 3.0]))
        array([1, 0])
    """
    order = np.argsort(pool, kind="stable")
    return order[np.searchsorted(pool[order], out)]


def set_bars(out_bar: Any, out: Any, ar1: Any, ar2: Any) -> tuple[Any, Any]:
    """Return the cotangents of both arguments of a set function."""
    pool = pool_of(ar1, ar2)
    bar = np.zeros(pool.shape, out_bar.dtype)
    bar[first_places(out, pool)] = out_bar
    first, second = np.split(bar, [np.size(ar1)])
    return fit(np.reshape(first, np.shape(ar1)), ar1), fit(np.reshape(second, np.shape(ar2)), ar2)


def tangent_at(ar1: Any, ar2: Any, out: Any, like: tuple[Any, Any]) -> Any:
    """Return the entries of the tangents that belong to the elements of a result."""
    return pool_of(ar1, ar2)[first_places(out, pool_of(*like))].astype(out.dtype)


@rrule(np.union1d, fresh=True, kind=set_kind)
def union1d(ar1: Any, ar2: Any) -> Any:
    """To the first place of every element."""
    out = np.union1d(ar1, ar2)

    def union1d_pullback(out_bar: Any) -> Any:
        ar1_bar, ar2_bar = set_bars(out_bar, out, ar1, ar2)
        return ar1_bar, ar2_bar

    return out, union1d_pullback


@frule(np.union1d)
def union1d_forward(ar1: Any, ar2: Any) -> Any:
    """From the first place of every element."""
    out = np.union1d(ar1, ar2)

    def union1d_pushforward(ar1_dot: Any, ar2_dot: Any) -> Any:
        first = tangent_at(ar1_dot, np.zeros_like(ar2), out, (ar1, ar2))
        return first, tangent_at(np.zeros_like(ar1), ar2_dot, out, (ar1, ar2))

    return out, union1d_pushforward


@rrule(np.setxor1d, fresh=True, kind=set_kind)
def setxor1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    """To the first place of every element."""
    out = np.setxor1d(ar1, ar2, assume_unique)

    def setxor1d_pullback(out_bar: Any) -> Any:
        ar1_bar, ar2_bar = set_bars(out_bar, out, ar1, ar2)
        return ar1_bar, ar2_bar, None

    return out, setxor1d_pullback


@frule(np.setxor1d)
def setxor1d_forward(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    """From the first place of every element."""
    out = np.setxor1d(ar1, ar2, assume_unique)

    def setxor1d_pushforward(ar1_dot: Any, ar2_dot: Any, assume_unique_dot: Any) -> Any:
        first = tangent_at(ar1_dot, np.zeros_like(ar2), out, (ar1, ar2))
        return first, tangent_at(np.zeros_like(ar1), ar2_dot, out, (ar1, ar2)), None

    return out, setxor1d_pushforward


@rrule(np.setdiff1d, fresh=True, kind=set_kind)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    """To the first place of every element; what is taken away is only compared."""
    out = np.setdiff1d(ar1, ar2, assume_unique)

    def setdiff1d_pullback(out_bar: Any) -> Any:
        return set_bars(out_bar, out, ar1, np.zeros(0))[0], None, None

    return out, setdiff1d_pullback


@frule(np.setdiff1d)
def setdiff1d_forward(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    """From the first place of every element."""
    out = np.setdiff1d(ar1, ar2, assume_unique)

    def setdiff1d_pushforward(ar1_dot: Any, ar2_dot: Any, assume_unique_dot: Any) -> Any:
        return tangent_at(ar1_dot, np.zeros(0), out, (ar1, np.zeros(0))), None, None

    return out, setdiff1d_pushforward


def _values_only(ar1: Kind, ar2: Kind, assume_unique: Kind, return_indices: Kind) -> bool:
    return isinstance(return_indices, Known) and not return_indices.value


@rrule(np.intersect1d, when=_values_only, fresh=True, kind=set_kind)
def intersect1d(ar1: Any, ar2: Any, assume_unique: Any = False, return_indices: Any = False) -> Any:
    """An element of both counts as the first argument's."""
    out = np.intersect1d(ar1, ar2, assume_unique)

    def intersect1d_pullback(out_bar: Any) -> Any:
        return set_bars(out_bar, out, ar1, np.zeros(0))[0], None, None, None

    return out, intersect1d_pullback


@frule(np.intersect1d, when=_values_only)
def intersect1d_forward(ar1: Any, ar2: Any, assume_unique: Any = False, return_indices: Any = False) -> Any:
    """An element of both counts as the first argument's."""
    out = np.intersect1d(ar1, ar2, assume_unique)

    def intersect1d_pushforward(
        ar1_dot: Any, ar2_dot: Any, assume_unique_dot: Any, return_indices_dot: Any
    ) -> Any:
        return tangent_at(ar1_dot, np.zeros(0), out, (ar1, np.zeros(0))), None, None, None

    return out, intersect1d_pushforward
