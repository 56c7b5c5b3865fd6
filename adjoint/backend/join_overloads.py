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
    if not are_arrays(arrays) or len(arrays) not in cutters:
        return None
    measure, slices = joins.lengths, joins.cut
    if literal(axis) in (0, -arrays[0].ndim):
        return lambda out_bar, arrays, axis=0: slices(out_bar, measure(arrays))
    if arrays[0].ndim == 2 and literal(axis) in (1, -1):
        return side_cutters[len(arrays)]
    return None


@overload(joins.hsplit_like)
def hsplit_like(out_bar, tup):
    """The parts beside each other: of rows one behind the other, of matrices by columns."""
    if not are_arrays(tup) or len(tup) not in cutters or not 1 <= tup[0].ndim <= 2:
        return None
    cut = joins.split_like
    if tup[0].ndim == 1:
        return lambda out_bar, tup: cut(out_bar, tup, 0)
    return lambda out_bar, tup: cut(out_bar, tup, 1)


@overload(joins.vsplit_like)
def vsplit_like(out_bar, tup):
    """The parts below each other: rows, or matrices by their rows."""
    if not are_arrays(tup) or len(tup) not in cutters or not 1 <= tup[0].ndim <= 2:
        return None
    if tup[0].ndim == 1:
        parts = "".join(f"out_bar[{k}], " for k in range(len(tup)))
        return written("rows", ["def rows(out_bar, tup):", f"return ({parts})"])
    cut = joins.split_like
    return lambda out_bar, tup: cut(out_bar, tup, 0)


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


def side_cutter(count: int):
    """Return the function that cuts the cotangent of ``count`` matrices beside each other."""
    ends = [f"e{k} = e{k - 1} + arrays[{k - 1}].shape[1]" for k in range(1, count + 1)]
    parts = "".join(f"out_bar[:, e{k}:e{k + 1}], " for k in range(count))
    return written("beside", ["def beside(out_bar, arrays, axis=0):", "e0 = 0", *ends, f"return ({parts})"])


measurers = {count: measurer(count) for count in range(1, 9)}
cutters = {count: cutter(count) for count in range(1, 9)}
side_cutters = {count: side_cutter(count) for count in range(1, 9)}
