"""Rules of copies, casts and of leaving NumPy: copy, astype, item, tolist.

The cotangent goes back in the dtype of the argument; an integer result carries no derivative.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.support import fit, fit_out, given

linear(np.copy, np.ndarray.copy, copy.deepcopy, copy.copy, np.ndarray.astype, np.astype, np.ndarray.tolist)


@rrule(np.copy, fresh=True)
def copy_rule(a: Any, order: str = "K", subok: bool = False) -> Any:
    """The identity."""
    out = np.copy(a, order, subok)  # type: ignore[call-overload]

    def copy_pullback(out_bar: Any) -> Any:
        return out_bar, None, None

    return out, copy_pullback


@rrule(np.ndarray.copy, fresh=True)
def copy_method(a: Any, order: str = "C") -> Any:
    """The identity."""
    out = a.copy(order)

    def copy_pullback(out_bar: Any) -> Any:
        return out_bar, None

    return out, copy_pullback


@rrule(copy.deepcopy)
def deepcopy(x: Any, memo: Any = None) -> Any:
    """The identity, also on containers."""
    out = copy.deepcopy(x, memo)

    def deepcopy_pullback(out_bar: Any) -> Any:
        return out_bar, None

    return out, deepcopy_pullback


@rrule(copy.copy)
def shallow_copy(x: Any) -> Any:
    """The identity, also on containers."""
    out = copy.copy(x)

    def copy_pullback(out_bar: Any) -> Any:
        return out_bar

    return out, copy_pullback


def cast_bar(out_bar: Any, x: Any, kind: str) -> Any:
    """Return the cotangent of an array that was cast; None if the result, of this kind, holds no floats."""
    return fit(out_bar, x) if kind in "fc" else None


@rrule(np.ndarray.astype, np.generic.astype)
def astype_method(
    a: Any, dtype: Any, order: str = "K", casting: Any = "unsafe", subok: bool = True, copy: Any = True
) -> Any:
    """Cast back."""
    out = a.astype(dtype, order, casting, subok, copy)
    kind = out.dtype.kind

    def astype_pullback(out_bar: Any) -> Any:
        return cast_bar(out_bar, a, kind), None, None, None, None, None

    return out, astype_pullback


@rrule(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: Any = True, device: Any = None) -> Any:
    """Cast back."""
    out = np.astype(x, dtype, copy=copy, **given(device=device))
    kind = out.dtype.kind

    def astype_pullback(out_bar: Any) -> Any:
        return cast_bar(out_bar, x, kind), None, None, None

    return out, astype_pullback


@frule(np.generic.astype)
def astype_scalar_forward(
    a: Any, dtype: Any, order: str = "K", casting: Any = "unsafe", subok: bool = True, copy: Any = True
) -> Any:
    """Cast; the tangent may be a plain float."""
    out = a.astype(dtype, order, casting, subok, copy)

    def astype_pushforward(
        a_dot: Any, dtype_dot: Any, order_dot: Any, casting_dot: Any, subok_dot: Any, copy_dot: Any
    ) -> Any:
        return fit_out(a_dot, out), None, None, None, None, None

    return out, astype_pushforward


def entry_bar(out_bar: Any, a: Any, args: tuple[Any, ...]) -> Any:
    """Return the cotangent of an array of which ``a.item(*args)`` read one entry."""
    bar = np.zeros(np.shape(a), np.asarray(a).dtype)
    index = args[0] if len(args) == 1 and not isinstance(args[0], tuple) else 0
    if args and (len(args) > 1 or isinstance(args[0], tuple)):
        bar[args[0] if len(args) == 1 else args] = out_bar
    else:
        bar.flat[index] = out_bar
    return bar[()]


@rrule(np.ndarray.item, np.generic.item, fresh=True)
def item(a: Any, *args: Any) -> Any:
    """To the one entry."""
    out = a.item(*args)

    def item_pullback(out_bar: Any) -> Any:
        return entry_bar(out_bar, a, args), None

    return out, item_pullback


@frule(np.ndarray.item, np.generic.item)
def item_forward(a: Any, *args: Any) -> Any:
    """The same entry."""
    out = a.item(*args)

    def item_pushforward(a_dot: Any, args_dot: Any) -> Any:
        return np.asarray(a_dot).item(*args), None

    return out, item_pushforward


def filled_in(bars: Any, zero: Any) -> Any:
    """Return the cotangent of an array from that of its list of (lists of) numbers.

    Args:
        bars: nested lists; None, for zero, may stand for a number or a list.
        zero: array of zeros of the shape that the lists spell out.
    """
    if bars is None:
        return zero
    if np.ndim(zero) == 0:
        return np.asarray(bars, zero.dtype)
    parts = [filled_in(bar, part) for bar, part in zip(bars, zero, strict=True)]
    return np.stack(parts) if parts else zero


@rrule(np.ndarray.tolist, fresh=True)
def tolist(a: Any) -> Any:
    """Every number to its entry."""
    out = a.tolist()

    def tolist_pullback(out_bar: Any) -> Any:
        return filled_in(out_bar, np.zeros(np.shape(a), a.dtype))

    return out, tolist_pullback
