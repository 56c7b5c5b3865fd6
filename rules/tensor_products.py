"""Rules of products over chosen axes: vecdot, tensordot."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit


def vecdot_bars(out_bar: Any, x1: Any, x2: Any, axis: int) -> tuple[Any, Any]:
    """Return both cotangents of ``np.vecdot(x1, x2, axis=axis)``, which conjugates ``x1``."""
    spread = np.expand_dims(out_bar, -1)
    last1, last2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    x1_bar = np.moveaxis(unbroadcast(np.conj(spread) * last2, last1), -1, axis)
    x2_bar = np.moveaxis(unbroadcast(spread * last1, last2), -1, axis)
    return fit(x1_bar, x1), fit(x2_bar, x2)


@rrule(np.vecdot, np.linalg.vecdot, fresh=True)
def vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    """Inner products of the vectors of two stacks."""
    out = np.vecdot(x1, x2, axis=axis)  # type: ignore[call-overload]

    def vecdot_pullback(out_bar: Any) -> Any:
        x1_bar, x2_bar = vecdot_bars(out_bar, x1, x2, axis)
        return x1_bar, x2_bar, None

    return out, vecdot_pullback


@frule(np.vecdot, np.linalg.vecdot)
def vecdot_forward(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    """The product rule."""
    out = np.vecdot(x1, x2, axis=axis)  # type: ignore[call-overload]

    def vecdot_pushforward(x1_dot: Any, x2_dot: Any, axis_dot: Any) -> Any:
        x1_part = np.vecdot(x1_dot, x2, axis=axis)  # type: ignore[call-overload]
        x2_part = np.vecdot(x1, x2_dot, axis=axis)  # type: ignore[call-overload]
        return x1_part, x2_part, None

    return out, vecdot_pushforward


# -- tensordot ----------------------------------------------------------------------------------


def tensordot_axes(a: Any, b: Any, axes: Any) -> tuple[list[int], list[int]]:
    """Return the summed axes of both arrays as lists of non-negative integers."""
    if isinstance(axes, int | np.integer):
        count = int(axes)
        return list(range(np.ndim(a) - count, np.ndim(a))), list(range(count))
    first, second = (list(pair) if np.ndim(pair) else [pair] for pair in axes)
    return [int(k) % np.ndim(a) for k in first], [int(k) % np.ndim(b) for k in second]


def tensordot_bars(out_bar: Any, a: Any, b: Any, axes: Any) -> tuple[Any, Any]:
    """Return both cotangents of ``np.tensordot(a, b, axes)``.

    Args:
        out_bar: the free axes of ``a``, then the free axes of ``b``.
        a: array of any shape.
        b: array of any shape.
        axes: as for ``np.tensordot``.
    """
    summed_a, summed_b = tensordot_axes(a, b, axes)
    free_a = [k for k in range(np.ndim(a)) if k not in summed_a]
    free_b = [k for k in range(np.ndim(b)) if k not in summed_b]
    lead = list(range(len(free_a)))
    tail = list(range(len(free_a), len(free_a) + len(free_b)))
    left = np.tensordot(out_bar, np.conj(b), (tail, free_b))
    right = np.tensordot(np.conj(a), out_bar, (free_a, lead))
    # tensordot leaves the summed axes in the order of the array they came from.
    order_a = free_a + [summed_a[i] for i in np.argsort(summed_b)]
    order_b = [summed_b[i] for i in np.argsort(summed_a)] + free_b
    return fit(np.transpose(left, np.argsort(order_a)), a), fit(np.transpose(right, np.argsort(order_b)), b)


@rrule(np.tensordot, fresh=True)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Contract the cotangent with the other factor over its free axes."""
    out = np.tensordot(a, b, axes)

    def tensordot_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = tensordot_bars(out_bar, a, b, axes)
        return a_bar, b_bar, None

    return out, tensordot_pullback


@frule(np.tensordot)
def tensordot_forward(a: Any, b: Any, axes: Any = 2) -> Any:
    """The product rule."""
    out = np.tensordot(a, b, axes)

    def tensordot_pushforward(a_dot: Any, b_dot: Any, axes_dot: Any) -> Any:
        return np.tensordot(a_dot, b, axes), np.tensordot(a, b_dot, axes), None

    return out, tensordot_pushforward


@rrule(np.linalg.tensordot, fresh=True)
def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Contract the cotangent with the other factor over its free axes."""
    out = np.tensordot(x1, x2, axes)

    def tensordot_pullback(out_bar: Any) -> Any:
        x1_bar, x2_bar = tensordot_bars(out_bar, x1, x2, axes)
        return x1_bar, x2_bar, None

    return out, tensordot_pullback


@frule(np.linalg.tensordot)
def linalg_tensordot_forward(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """The product rule."""
    out = np.tensordot(x1, x2, axes)

    def linalg_tensordot_pushforward(x1_dot: Any, x2_dot: Any, axes_dot: Any) -> Any:
        return np.tensordot(x1_dot, x2, axes), np.tensordot(x1, x2_dot, axes), None

    return out, linalg_tensordot_pushforward
