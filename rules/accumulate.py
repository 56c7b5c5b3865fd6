"""Sums of cotangents that reuse the memory of their first term.

Generated code decides statically which buffers it owns and writes ``x_bar += ...`` there; `add_into`
is the same for loops inside a rule.

Reference: ChainRulesCore.jl, ``add!!`` and ``is_inplaceable_destination``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import frule
from adjoint.rules.runtime import add
from adjoint.rules.symbolic import AbstractZero


def is_inplaceable_destination(x: Any) -> bool:
    """Whether ``x += y`` would store a sum of cotangents in ``x``: a writable array of floats.

    An array that holds one number for many entries (as `np.broadcast_to` makes) is none.

    >>> is_inplaceable_destination(np.zeros(3)), is_inplaceable_destination(np.broadcast_to(0.0, 3))
    (True, False)
    """
    if type(x) is not np.ndarray or not x.flags.writeable or x.dtype.kind not in "fc":
        return False
    return all(stride != 0 or size <= 1 for stride, size in zip(x.strides, x.shape, strict=True))


def placed(values: Any, index: Any, shape: Any, axis: int) -> Any:
    """Return zeros of a shape with values placed along an axis; the opposite of ``np.take_along_axis``.

    >>> placed(np.array([[5.0], [7.0]]), np.array([[2], [0]]), (2, 3), -1)
    array([[0., 0., 5.],
           [7., 0., 0.]])
    """
    out = np.zeros(shape, np.asarray(values).dtype)
    np.put_along_axis(out, index, values, axis)
    return out


@frule(placed)
def placed_forward(values: Any, index: Any, shape: Any, axis: int) -> Any:
    """Linear in the values."""
    out = placed(values, index, shape, axis)

    def placed_pushforward(values_dot: Any, index_dot: Any, shape_dot: Any, axis_dot: Any) -> Any:
        return placed(values_dot, index, shape, axis), None, None, None

    return out, placed_pushforward


def add_into(x: Any, y: Any) -> Any:
    """Return ``x + y``, in the memory of ``x`` where that is possible; ``None`` is zero.

    The caller must own ``x``: nobody else may refer to it.  Always use the result.

    >>> total = np.zeros(2)
    >>> add_into(total, np.ones(2)) is total
    True
    >>> add_into(None, 2.0), add_into(1.0, 2.0)
    (2.0, 3.0)
    """
    if y is None or isinstance(y, AbstractZero):
        return x
    if x is None or isinstance(x, AbstractZero):
        return y.copy() if isinstance(y, np.ndarray) else y
    fits = isinstance(y, np.ndarray | np.generic | float | complex | int) and np.shape(y) == np.shape(x)
    if fits and is_inplaceable_destination(x) and np.can_cast(np.result_type(y), x.dtype, "same_kind"):
        x += y
        return x
    return add(x, y)


__all__ = ["add_into", "is_inplaceable_destination"]
