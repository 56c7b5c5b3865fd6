"""Joined arrays and their parts, as numba compiles them; see :mod:`adjoint.backend.overloads`."""

# mypy: ignore-errors
# numba has no types, and an overload's inner functions are read by numba, not by Python.

from __future__ import annotations

from numba import types

from adjoint.backend.registered import literal, overload
from adjoint.rules import joins


def are_arrays(kinds) -> bool:
    """Whether a numba type is a tuple of arrays."""
    return isinstance(kinds, types.BaseTuple) and all(isinstance(kind, types.Array) for kind in kinds)


@overload(joins.lengths)
def lengths(arrays):
    """The lengths of a few arrays."""
    return measurers.get(len(arrays)) if are_arrays(arrays) else None


@overload(joins.cut)
def cut(out_bar, sizes):
    """The parts of the cotangent of joined arrays, by their lengths."""
    plain = isinstance(sizes, types.UniTuple) and isinstance(sizes.dtype, types.Integer)
    return cutters.get(len(sizes)) if plain else None


@overload(joins.split_like)
def split_like(out_bar, arrays, axis=0):
    """The parts of the cotangent of joined arrays."""
    if literal(axis) != 0 or not are_arrays(arrays) or len(arrays) not in cutters:
        return None
    measure, slices = joins.lengths, joins.cut
    return lambda out_bar, arrays, axis=0: slices(out_bar, measure(arrays))


def written(name, lines):
    """Return the function of a text; numba wants each item of a tuple spelled out."""
    space = {}
    exec("\n    ".join(lines), space)
    return space[name]


def measurer(count: int):
    """Return the function that tells the lengths of ``count`` arrays."""
    parts = "".join(f"len(arrays[{k}]), " for k in range(count))
    return written("lengths", ["def lengths(arrays):", f"return ({parts})"])


def cutter(count: int):
    """Return the function that cuts a cotangent into ``count`` parts."""
    ends = [f"e{k} = e{k - 1} + sizes[{k - 1}]" for k in range(1, count + 1)]
    parts = "".join(f"out_bar[e{k}:e{k + 1}], " for k in range(count))
    return written("cut", ["def cut(out_bar, sizes):", "e0 = 0", *ends, f"return ({parts})"])


measurers = {count: measurer(count) for count in range(1, 9)}
cutters = {count: cutter(count) for count in range(1, 9)}
