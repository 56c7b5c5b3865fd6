"""Rules that take arrays apart, and of ``np.meshgrid``: several outputs, each with a cotangent or None."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.forward import filled
from adjoint.rules.indexing import accumulate_into
from adjoint.rules.kinds import ANY, Array, Kind, List, Unknown
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.support import fit, members

linear(np.split, np.array_split, np.vsplit, np.hsplit, np.dsplit, *members(np, "unstack"))


def split_bar(out_bar: Any, ary: Any, indices_or_sections: Any, axis: int) -> Any:
    """Return the cotangent of ``ary`` in ``np.array_split(ary, indices_or_sections, axis)``.

    Args:
        out_bar: one cotangent or None per piece.
        ary: the array that was split.
        indices_or_sections: where; pieces may overlap.
        axis: the axis along which it was split.
    """
    ary_bar = np.zeros(ary.shape, ary.dtype)
    # By index and not through views, so that second derivatives see what goes into the buffer.
    places = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    before = (slice(None),) * (axis % ary.ndim)
    for place, bar in zip(places, out_bar, strict=True):
        if bar is not None and place.size:
            accumulate_into(ary_bar, (*before, slice(place[0], place[-1] + 1)), bar)
    return ary_bar


def _array(ary: Kind, **others: Kind) -> bool:
    """NumPy cuts up a list as it is."""
    return isinstance(ary, Array)


def _pieces(ary: Kind, **others: Kind) -> Kind:
    """A list of arrays: of one that cannot be cut into equal pieces nothing would be known."""
    if not isinstance(ary, Array) or ary.ndim is None:
        return Unknown()
    return List(Array(ary.dtype, (ANY,) * ary.ndim))


@rrule(np.split, when=_array, kind=_pieces)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.split(ary, indices_or_sections, axis)

    def split_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, axis), None, None

    return out, split_pullback


@rrule(np.array_split, when=_array)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.array_split(ary, indices_or_sections, axis)

    def array_split_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, axis), None, None

    return out, array_split_pullback


@rrule(np.vsplit, kind=_pieces)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.vsplit(ary, indices_or_sections)

    def vsplit_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, 0), None

    return out, vsplit_pullback


@rrule(np.hsplit, kind=_pieces)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.hsplit(ary, indices_or_sections)

    def hsplit_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, min(ary.ndim - 1, 1)), None

    return out, hsplit_pullback


@rrule(np.dsplit, kind=_pieces)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """The cotangents of the pieces are added where they lay."""
    out = np.dsplit(ary, indices_or_sections)

    def dsplit_pullback(out_bar: Any) -> Any:
        return split_bar(out_bar, ary, indices_or_sections, 2), None

    return out, dsplit_pullback


def restack(out_bar: Any, pieces: Any, axis: int) -> Any:
    """Stack the cotangents of the slices of an array; a missing one is zero."""
    pairs = zip(out_bar, pieces, strict=True)
    return np.stack([np.zeros_like(piece) if bar is None else bar for bar, piece in pairs], axis)


@rrule(*members(np, "unstack"))  # NumPy 2.1
def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """The cotangents of the slices are stacked."""
    out = np.unstack(x, axis=axis)

    def unstack_pullback(out_bar: Any) -> Any:
        return restack(out_bar, out, axis), None

    return out, unstack_pullback


def meshgrid_bars(out_bar: Any, xi: tuple[Any, ...], indexing: str) -> tuple[Any, ...]:
    """Return the cotangent of every axis of ``np.meshgrid``: sums over the other axes."""
    bars: list[Any] = []
    for i, (bar, x) in enumerate(zip(out_bar, xi, strict=True)):
        axis = 1 - i if indexing == "xy" and i < 2 and len(xi) > 1 else i
        others = tuple(k for k in range(len(xi)) if k != axis)
        bars.append(None if bar is None else fit(np.sum(bar, axis=others), x))
    return tuple(bars)


@rrule(np.meshgrid)
def meshgrid(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Any:
    """Each axis receives the sum over the others."""
    out = np.meshgrid(*xi, copy=copy, sparse=sparse, indexing=indexing)

    def meshgrid_pullback(out_bar: Any) -> Any:
        return meshgrid_bars(out_bar, xi, indexing), None, None, None

    return out, meshgrid_pullback


@frule(np.meshgrid)
def meshgrid_forward(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Any:
    """The grids of the tangents."""
    out = np.meshgrid(*xi, copy=copy, sparse=sparse, indexing=indexing)

    def meshgrid_pushforward(xi_dot: Any, copy_dot: Any, sparse_dot: Any, indexing_dot: Any) -> Any:
        grids = np.meshgrid(*filled(xi_dot, xi), copy=copy, sparse=sparse, indexing=indexing)
        return grids, None, None, None

    return out, meshgrid_pushforward
