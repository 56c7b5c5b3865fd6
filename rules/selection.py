"""Rules of functions that choose between their arguments: where, clip, maximum, nan_to_num.

Conventions: at a tie the larger and the smaller of two share the cotangent half and half; a value on
a bound of ``clip`` counts as inside.  Cotangents are selected, never multiplied by a mask, so that
nothing leaks from a branch that was not taken.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import ANY, Array, Kind, Known, is_complex, is_scalar
from adjoint.rules.registry import frule, rrule, scalar_rule
from adjoint.rules.runtime import entrywise, unbroadcast
from adjoint.rules.support import fit, fit_out, is_real


@entrywise
def greater_share(x: Any, y: Any) -> Any:
    """Return 1 where ``x > y``, one half where they are equal, 0 elsewhere; broadcasts.

    Example:
        >>> greater_share(np.array([1.0, 2.0, 3.0]), 2.0)
        array([0. , 0.5, 1. ])
    """
    share = np.greater(x, y).astype(np.result_type(x, y))
    equal = np.equal(x, y)
    if not equal.any():  # as it mostly is
        return share
    return np.where(equal, share.dtype.type(0.5), share)[()]


def valid_share(x: Any, y: Any, share: Any) -> Any:
    """Return ``share`` where neither is NaN, 1 where only ``y`` is, 0 where only ``x`` is."""
    return np.where(np.isnan(y), ~np.isnan(x), share)[()].astype(share.dtype, copy=False)


def _ordered(x: Kind, y: Kind) -> bool:
    return not is_complex(x) and not is_complex(y)


@scalar_rule(np.maximum, when=_ordered, selects=True)
def maximum(out: Any, x: Any, y: Any) -> Any:
    """The larger receives the cotangent."""
    return greater_share(x, y), greater_share(y, x)


@scalar_rule(np.minimum, when=_ordered, selects=True)
def minimum(out: Any, x: Any, y: Any) -> Any:
    """The smaller receives the cotangent."""
    return greater_share(y, x), greater_share(x, y)


@scalar_rule(np.fmax, when=_ordered, selects=True)
def fmax(out: Any, x: Any, y: Any) -> Any:
    """The larger; NaN loses."""
    return valid_share(x, y, greater_share(x, y)), valid_share(y, x, greater_share(y, x))


@scalar_rule(np.fmin, when=_ordered, selects=True)
def fmin(out: Any, x: Any, y: Any) -> Any:
    """The smaller; NaN loses."""
    return valid_share(x, y, greater_share(y, x)), valid_share(y, x, greater_share(x, y))


# -- where --------------------------------------------------------------------------------------


@rrule(np.where, fresh=True)
def where_true(condition: Any) -> Any:
    """The form with one argument returns indices, which jump."""
    out = np.where(condition)

    def where_pullback(out_bar: Any) -> Any:
        return None

    return out, where_pullback


@frule(np.where)
def where_true_forward(condition: Any) -> Any:
    """The form with one argument returns indices, which jump."""
    out = np.where(condition)

    def where_pushforward(condition_dot: Any) -> Any:
        return None

    return out, where_pushforward


def _real_where(condition: Kind, x: Kind, y: Kind) -> bool:
    return is_real(x) and is_real(y)


def _same_shape(condition: Kind, x: Kind, y: Kind) -> bool:
    """Whether no active argument is broadcast."""
    arrays = [kind.dims for kind in (condition, x, y) if isinstance(kind, Array)]
    if not arrays or None in arrays or any(dims != arrays[0] or ANY in (dims or ()) for dims in arrays):
        return False
    alone = [kind for kind in (x, y) if not isinstance(kind, Array)]
    return _real_where(condition, x, y) and all(is_scalar(kind) and not kind.active for kind in alone)


@rrule(np.where, fresh=True)
def where(condition: Any, x: Any, y: Any) -> Any:
    """Each receives the cotangent where it was taken."""
    out = np.where(condition, x, y)

    def where_pullback(out_bar: Any) -> Any:
        x_bar = fit(unbroadcast(np.where(condition, out_bar, 0.0), x), x)
        y_bar = fit(unbroadcast(np.where(condition, 0.0, out_bar), y), y)
        return None, x_bar, y_bar

    return out, where_pullback


@frule(np.where)
def where_forward(condition: Any, x: Any, y: Any) -> Any:
    """The tangent of what was taken."""
    out = np.where(condition, x, y)

    def where_pushforward(condition_dot: Any, x_dot: Any, y_dot: Any) -> Any:
        return (
            None,
            fit_out(np.where(condition, x_dot, 0.0), out),
            fit_out(np.where(condition, 0.0, y_dot), out),
        )

    return out, where_pushforward


@rrule(np.where, when=_real_where, fresh=True)
def where_real(condition: Any, x: Any, y: Any) -> Any:
    """Each receives the cotangent where it was taken."""
    out = np.where(condition, x, y)

    def where_pullback(out_bar: Any) -> Any:
        x_bar = unbroadcast(np.where(condition, out_bar, 0.0), x)
        y_bar = unbroadcast(np.where(condition, 0.0, out_bar), y)
        return None, x_bar, y_bar

    return out, where_pullback


@rrule(np.where, when=_same_shape, fresh=True)
def where_same_shape(condition: Any, x: Any, y: Any) -> Any:
    """Each receives the cotangent where it was taken."""
    out = np.where(condition, x, y)

    def where_pullback(out_bar: Any) -> Any:
        return None, np.where(condition, out_bar, 0.0), np.where(condition, 0.0, out_bar)

    return out, where_pullback


@frule(np.where, when=_same_shape)
def where_same_shape_forward(condition: Any, x: Any, y: Any) -> Any:
    """The tangent of what was taken."""
    out = np.where(condition, x, y)

    def where_pushforward(condition_dot: Any, x_dot: Any, y_dot: Any) -> Any:
        return None, np.where(condition, x_dot, 0.0), np.where(condition, 0.0, y_dot)

    return out, where_pushforward


# -- clip ---------------------------------------------------------------------------------------


def clip_masks(out: Any, a: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Return where ``np.clip`` took the array, the lower and the upper bound; arguments as `clip_bars`."""
    inside = np.equal(out, a)
    top = np.False_ if high is None else ~inside & np.equal(out, high)
    bottom = np.False_ if low is None else ~inside & ~top
    return inside, bottom, top


def clip_dot(dot: Any, which: int, out: Any, a: Any, low: Any, high: Any) -> Any:
    """Return the tangent of ``np.clip`` for that of array (0), lower (1) or upper bound (2)."""
    return fit_out(np.where(clip_masks(out, a, low, high)[which], 0.0 if dot is None else dot, 0.0), out)


def clip_bars(out_bar: Any, out: Any, a: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Return the cotangents of the array and of both bounds of ``np.clip``.

    Args:
        out_bar: cotangent of the result.
        out: the result.
        a: what was clipped; it counts as inside where it equals the result.
        low: lower bound or None.
        high: upper bound or None; it wins where the bounds are in the wrong order.
    """
    masks = zip((a, low, high), clip_masks(out, a, low, high), strict=True)
    a_bar, low_bar, high_bar = (
        None if x is None else fit(unbroadcast(np.where(mask, out_bar, 0.0), x), x) for x, mask in masks
    )
    return a_bar, low_bar, high_bar


def _fixed(*bounds: Kind) -> bool:
    """Whether both bounds are absent or inactive numbers."""
    return all(isinstance(b, Known) or is_scalar(b) and not b.active for b in bounds)


@rrule(np.clip, fresh=True)
def clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    """Inside passes on, outside the bound receives the cotangent."""
    out = np.clip(a, a_min, a_max)

    def clip_pullback(out_bar: Any) -> Any:
        a_bar, low_bar, high_bar = clip_bars(out_bar, out, a, a_min, a_max)
        return a_bar, low_bar, high_bar

    return out, clip_pullback


@frule(np.clip)
def clip_forward(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    """The tangent of what was taken."""
    out = np.clip(a, a_min, a_max)

    def clip_pushforward(a_dot: Any, a_min_dot: Any, a_max_dot: Any) -> Any:
        return (
            clip_dot(a_dot, 0, out, a, a_min, a_max),
            clip_dot(a_min_dot, 1, out, a, a_min, a_max),
            clip_dot(a_max_dot, 2, out, a, a_min, a_max),
        )

    return out, clip_pushforward


@rrule(np.clip, when=lambda a, a_min, a_max: is_real(a) and _fixed(a_min, a_max), fresh=True)
def clip_fixed(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    """Inside passes on."""
    out = np.clip(a, a_min, a_max)

    def clip_pullback(out_bar: Any) -> Any:
        return np.where(out == a, out_bar, 0.0), None, None

    return out, clip_pullback


@rrule(np.clip, fresh=True)
def clip_named(a: Any, *, min: Any = None, max: Any = None) -> Any:
    """Inside passes on, outside the bound receives the cotangent."""
    out = np.clip(a, min, max)

    def clip_pullback(out_bar: Any) -> Any:
        a_bar, min_bar, max_bar = clip_bars(out_bar, out, a, min, max)
        return a_bar, min_bar, max_bar

    return out, clip_pullback


@frule(np.clip)
def clip_named_forward(a: Any, *, min: Any = None, max: Any = None) -> Any:
    """The tangent of what was taken."""
    out = np.clip(a, min, max)

    def clip_pushforward(a_dot: Any, min_dot: Any, max_dot: Any) -> Any:
        return (
            clip_dot(a_dot, 0, out, a, min, max),
            clip_dot(min_dot, 1, out, a, min, max),
            clip_dot(max_dot, 2, out, a, min, max),
        )

    return out, clip_pushforward


@rrule(np.ndarray.clip, np.generic.clip, fresh=True)
def clip_method(a: Any, min: Any = None, max: Any = None) -> Any:
    """Inside passes on, outside the bound receives the cotangent."""
    out = np.clip(a, min, max)

    def clip_pullback(out_bar: Any) -> Any:
        a_bar, min_bar, max_bar = clip_bars(out_bar, out, a, min, max)
        return a_bar, min_bar, max_bar

    return out, clip_pullback


@frule(np.ndarray.clip, np.generic.clip)
def clip_method_forward(a: Any, min: Any = None, max: Any = None) -> Any:
    """The tangent of what was taken."""
    out = np.clip(a, min, max)

    def clip_pushforward(a_dot: Any, min_dot: Any, max_dot: Any) -> Any:
        return (
            clip_dot(a_dot, 0, out, a, min, max),
            clip_dot(min_dot, 1, out, a, min, max),
            clip_dot(max_dot, 2, out, a, min, max),
        )

    return out, clip_pushforward


@rrule(np.ndarray.clip, when=lambda a, min, max: is_real(a) and _fixed(min, max), fresh=True)
def clip_method_fixed(a: Any, min: Any = None, max: Any = None) -> Any:
    """Inside passes on."""
    out = np.clip(a, min, max)

    def clip_pullback(out_bar: Any) -> Any:
        return np.where(out == a, out_bar, 0.0), None, None

    return out, clip_pullback


# -- nan_to_num ---------------------------------------------------------------------------------


def finite_bar(out_bar: Any, x: Any) -> Any:
    """Return the cotangent where the argument is finite; complex numbers part by part."""
    if np.iscomplexobj(x):
        return fit(
            np.where(np.isfinite(np.real(x)), np.real(out_bar), 0.0)
            + 1j * np.where(np.isfinite(np.imag(x)), np.imag(out_bar), 0.0),
            x,
        )
    return np.where(np.isfinite(x), out_bar, 0.0)


def replaced_bar(out_bar: Any, mask: Any, value: Any) -> Any:
    """Return the cotangent of what replaced the masked entries; None if nothing was given."""
    if value is None:
        return None
    return fit(unbroadcast(np.where(mask, np.real(out_bar), 0.0), value), value)


def _copies(copy: Kind, **others: Kind) -> bool:
    return isinstance(copy, Known) and bool(copy.value)


@rrule(np.nan_to_num, when=_copies, fresh=True)
def nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """The identity where finite; each replacement receives the cotangent of its places."""
    out = np.nan_to_num(x, copy, nan, posinf, neginf)

    def nan_to_num_pullback(out_bar: Any) -> Any:
        nan_bar = replaced_bar(out_bar, np.isnan(x), nan)
        posinf_bar = replaced_bar(out_bar, np.isposinf(x), posinf)
        neginf_bar = replaced_bar(out_bar, np.isneginf(x), neginf)
        return finite_bar(out_bar, x), None, nan_bar, posinf_bar, neginf_bar

    return out, nan_to_num_pullback


def replaced_dot(dot: Any, mask: Any, out: Any) -> Any:
    """Return the tangent of an array of which only what replaced the masked entries moves."""
    return fit_out(np.where(mask, 0.0 if dot is None else dot, 0.0), out)


@frule(np.nan_to_num)
def nan_to_num_forward(
    x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """The identity where finite; each replacement moves its places."""
    out = np.nan_to_num(x, True, nan, posinf, neginf)

    def nan_to_num_pushforward(
        x_dot: Any, copy_dot: Any, nan_dot: Any, posinf_dot: Any, neginf_dot: Any
    ) -> Any:
        return (
            finite_bar(x_dot, x),
            None,
            replaced_dot(nan_dot, np.isnan(x), out),
            replaced_dot(posinf_dot, np.isposinf(x), out),
            replaced_dot(neginf_dot, np.isneginf(x), out),
        )

    return out, nan_to_num_pushforward


@rrule(np.nan_to_num, fresh=True)
def nan_to_num_plain(x: Any) -> Any:
    """The identity where finite."""
    out = np.nan_to_num(x)

    def nan_to_num_pullback(out_bar: Any) -> Any:
        return finite_bar(out_bar, x)

    return out, nan_to_num_pullback


@frule(np.nan_to_num)
def nan_to_num_plain_forward(x: Any) -> Any:
    """The identity where finite."""
    out = np.nan_to_num(x)

    def nan_to_num_pushforward(x_dot: Any) -> Any:
        return finite_bar(x_dot, x)

    return out, nan_to_num_pushforward
