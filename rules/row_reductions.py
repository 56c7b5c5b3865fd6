"""Sums and means over the last of several axes: ``bar[..., None]`` is cheaper than ``np.expand_dims``."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known
from adjoint.rules.reductions import MEANS, SUMS, one_axis
from adjoint.rules.registry import rrule


def _last_axis(a: Kind, axis: Kind, dtype: Kind, keepdims: Kind) -> bool:
    """Whether the last of several axes is reduced."""
    rank = a.ndim or 0 if isinstance(a, Array) else 0
    last = isinstance(axis, Known) and axis.value in (-1, rank - 1)
    return rank > 1 and last and one_axis(a, axis, dtype, keepdims)


@rrule(*SUMS, when=_last_axis, fresh=True)
def sum_last(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every entry receives the cotangent."""
    out = np.sum(a, axis)

    def sum_pullback(out_bar: Any) -> Any:
        return np.broadcast_to(out_bar[..., None], a.shape), None, None, None

    return out, sum_pullback


@rrule(*MEANS, when=_last_axis, fresh=True)
def mean_last(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The entries share the cotangent."""
    out = np.mean(a, axis)

    def mean_pullback(out_bar: Any) -> Any:
        row_bar = out_bar / max(a.shape[-1], 1)
        return np.broadcast_to(row_bar[..., None], a.shape), None, None, None

    return out, mean_pullback
