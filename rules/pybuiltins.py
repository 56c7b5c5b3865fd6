"""Rules of Python's own functions on numbers: abs, divmod, max, min.  Those on sequences stand in
``pysequences.py``.

``max`` and ``min`` return one of their arguments, so only that one receives the cotangent: Python
picks the first of equal ones.  ``float`` and ``complex`` stand in ``conversions.py``, functions
without derivative in ``constants.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.rules.forward import filled, zero_tangent
from adjoint.rules.kinds import (
    Array,
    Kind,
    List,
    Scalar,
    Tuple,
    Unknown,
    is_scalar,
    join,
    join_all,
    maybe_complex,
    widen_known,
)
from adjoint.rules.registry import frule, rrule, scalar_rule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out, is_container


def sign(x: Any) -> Any:
    """Return the sign of a real number or array; zero at zero, in the argument's dtype.

    Example:
        >>> sign(-2.5)
        -1.0
    """
    if isinstance(x, float):
        return math.copysign(1.0, x) if x else x * 0.0
    return np.sign(x)


def _complex(x: Kind) -> bool:
    return maybe_complex(x)


@scalar_rule(abs)
def abs_rule(out: Any, x: Any) -> Any:
    """The sign; zero at zero."""
    return sign(x)


def abs_bar(out_bar: Any, x: Any, out: Any) -> Any:
    """Return the cotangent of a complex number in its absolute value: ``out_bar x / |x|``."""
    return out_bar * x / np.where(out == 0, np.ones((), np.asarray(out).dtype), out)[()]


@rrule(abs, when=_complex, fresh=True)
def abs_complex(x: Any) -> Any:
    """The direction of ``x``; zero at zero."""
    out = abs(x)

    def abs_complex_pullback(out_bar: Any) -> Any:
        return abs_bar(out_bar, x, out)

    return out, abs_complex_pullback


@frule(abs, when=_complex)
def abs_complex_forward(x: Any) -> Any:
    """The part along ``x``; zero at zero."""
    out = abs(x)

    def abs_complex_pushforward(x_dot: Any) -> Any:
        return np.real(np.conj(abs_bar(1.0, x, out)) * x_dot)

    return out, abs_complex_pushforward


def remainder_bars(out_bar: Any, x: Any, y: Any, quotient: Any) -> tuple[Any, Any]:
    """Return both cotangents of ``divmod``: the quotient is a step, the remainder ``x - q y``."""
    bar = out_bar[1]
    if bar is None:
        return None, None
    return fit(unbroadcast(bar, x), x), fit(unbroadcast(-bar * quotient, y), y)


@rrule(divmod, fresh=True)
def divmod_rule(x: Any, y: Any) -> Any:
    """The quotient has no derivative."""
    out = divmod(x, y)

    def divmod_pullback(out_bar: Any) -> Any:
        x_bar, y_bar = remainder_bars(out_bar, x, y, out[0])
        return x_bar, y_bar

    return out, divmod_pullback


def remainder_dot(x_dot: Any, y_dot: Any, out: Any) -> Any:
    """Return the tangent of ``divmod`` for that of one argument; None is zero."""
    return out[0] * 0.0, fit_out(x_dot if y_dot is None else -out[0] * y_dot, out[1])


@frule(divmod)
def divmod_forward(x: Any, y: Any) -> Any:
    """The quotient does not move."""
    out = divmod(x, y)

    def divmod_pushforward(x_dot: Any, y_dot: Any) -> Any:
        return remainder_dot(x_dot, None, out), remainder_dot(None, y_dot, out)

    return out, divmod_pushforward


# -- one of several -----------------------------------------------------------------------------


def picked_bar(out_bar: Any, values: Any, index: int) -> Any:
    """Return the cotangent of a sequence one item of which was the output.

    Args:
        out_bar: cotangent of the item.
        values: list, tuple or array.
        index: which item.
    """
    if isinstance(values, np.ndarray):
        values_bar = np.zeros(values.shape, values.dtype)
        values_bar[index] = out_bar
        return values_bar
    bars: list[Any] = [None] * len(values)
    bars[index] = out_bar
    return tuple(bars) if isinstance(values, tuple) else bars


def pick(choose: Callable[..., Any], values: Sequence[Any], key: Callable[[Any], Any] | None) -> int:
    """Return the index of the item that ``max`` or ``min`` (``choose``) returns."""
    compared = [value if key is None else key(value) for value in values]
    return int(choose(range(len(compared)), key=compared.__getitem__))


def _one_sequence(values: Kind, **others: Kind) -> bool:
    return is_container(values) or isinstance(values, Array)


def _numbers(a: Kind, b: Kind) -> bool:
    return is_scalar(a) and is_scalar(b)


def _one_of(args: Kind, **others: Kind) -> Kind:
    """Which argument is returned depends on the values, and so does its type."""
    items = args.items if isinstance(args, Tuple) else ()
    return join_all(widen_known(item) for item in items) or Unknown()


def _several(args: Kind, **others: Kind) -> bool:
    return isinstance(args, Tuple) and len(args.items) > 1


def _one_of_two(a: Kind, b: Kind) -> Kind:
    return _one_of(Tuple((a, b)))


def _item_of(values: Kind, **others: Kind) -> Kind:
    match values:
        case Tuple():
            return _one_of(values)
        case List(element) if element is not None:
            return element
        case Array(dtype, dims, active) if dtype is not None and dims is not None and len(dims) == 1:
            return Scalar(dtype, True, active)
        case _:
            return Unknown(values.active)


def _item_or(values: Kind, key: Kind, default: Kind) -> Kind:
    return join(_item_of(values), widen_known(default))


@rrule(max, fresh=False, kind=_one_of)
def max_of_several(*args: Any, key: Any = None) -> Any:
    """Only the argument that was returned receives the cotangent."""
    index = pick(max, args, key)
    out = args[index]

    def max_of_several_pullback(out_bar: Any) -> Any:
        return picked_bar(out_bar, args, index), None

    return out, max_of_several_pullback


@frule(max, when=_several)
def max_of_several_forward(*args: Any, key: Any = None) -> Any:
    """The tangent of the argument that was returned."""
    index = pick(max, args, key)
    out = args[index]

    def max_of_several_pushforward(args_dot: Any, key_dot: Any) -> Any:
        return filled(args_dot[index], out), None

    return out, max_of_several_pushforward


@rrule(min, fresh=False, kind=_one_of)
def min_of_several(*args: Any, key: Any = None) -> Any:
    """Only the argument that was returned receives the cotangent."""
    index = pick(min, args, key)
    out = args[index]

    def min_of_several_pullback(out_bar: Any) -> Any:
        return picked_bar(out_bar, args, index), None

    return out, min_of_several_pullback


@frule(min, when=_several)
def min_of_several_forward(*args: Any, key: Any = None) -> Any:
    """The tangent of the argument that was returned."""
    index = pick(min, args, key)
    out = args[index]

    def min_of_several_pushforward(args_dot: Any, key_dot: Any) -> Any:
        return filled(args_dot[index], out), None

    return out, min_of_several_pushforward


@scalar_rule(max, when=_numbers, selects=True, kind=_one_of_two)
def max_of_two(out: Any, a: Any, b: Any) -> Any:
    """Python returns the first unless the second is greater."""
    second = float(b > a)
    return 1.0 - second, second


@scalar_rule(min, when=_numbers, selects=True, kind=_one_of_two)
def min_of_two(out: Any, a: Any, b: Any) -> Any:
    """Python returns the first unless the second is less."""
    second = float(b < a)
    return 1.0 - second, second


@rrule(max, when=_one_sequence, kind=_item_of)
def max_of_sequence(values: Any, *, key: Any = None) -> Any:
    """Only the item that was returned receives the cotangent."""
    index = pick(max, values, key)
    out = values[index]

    def max_of_sequence_pullback(out_bar: Any) -> Any:
        return picked_bar(out_bar, values, index), None

    return out, max_of_sequence_pullback


@frule(max, when=_one_sequence)
def max_of_sequence_forward(values: Any, *, key: Any = None) -> Any:
    """The tangent of the item that was returned."""
    index = pick(max, values, key)
    out = values[index]

    def max_of_sequence_pushforward(values_dot: Any, key_dot: Any) -> Any:
        return filled(values_dot[index], out), None

    return out, max_of_sequence_pushforward


@frule(max, when=_numbers)
def max_of_two_forward(a: Any, b: Any) -> Any:
    """The tangent of the number that was returned."""
    out = max(a, b)

    def max_of_two_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return 0.0 if b > a else a_dot, b_dot if b > a else 0.0

    return out, max_of_two_pushforward


@rrule(min, when=_one_sequence, kind=_item_of)
def min_of_sequence(values: Any, *, key: Any = None) -> Any:
    """Only the item that was returned receives the cotangent."""
    index = pick(min, values, key)
    out = values[index]

    def min_of_sequence_pullback(out_bar: Any) -> Any:
        return picked_bar(out_bar, values, index), None

    return out, min_of_sequence_pullback


@rrule(max, when=_one_sequence, kind=_item_or)
def max_of_sequence_or(values: Any, *, key: Any = None, default: Any) -> Any:
    """Only what was returned receives the cotangent: an item, or the default if there is none."""
    index = pick(max, values, key) if len(values) else None
    out = default if index is None else values[index]

    def max_of_sequence_or_pullback(out_bar: Any) -> Any:
        if index is None:
            return None, None, out_bar
        return picked_bar(out_bar, values, index), None, None

    return out, max_of_sequence_or_pullback


@frule(max, when=_one_sequence)
def max_of_sequence_or_forward(values: Any, *, key: Any = None, default: Any) -> Any:
    """The tangent of what was returned: an item, or the default if there is none."""
    index = pick(max, values, key) if len(values) else None
    out = default if index is None else values[index]

    def max_of_sequence_or_pushforward(values_dot: Any, key_dot: Any, default_dot: Any) -> Any:
        return (
            zero_tangent(out) if index is None else filled(values_dot[index], out),
            None,
            filled(default_dot, out) if index is None else zero_tangent(out),
        )

    return out, max_of_sequence_or_pushforward


@rrule(min, when=_one_sequence, kind=_item_or)
def min_of_sequence_or(values: Any, *, key: Any = None, default: Any) -> Any:
    """Only what was returned receives the cotangent: an item, or the default if there is none."""
    index = pick(min, values, key) if len(values) else None
    out = default if index is None else values[index]

    def min_of_sequence_or_pullback(out_bar: Any) -> Any:
        if index is None:
            return None, None, out_bar
        return picked_bar(out_bar, values, index), None, None

    return out, min_of_sequence_or_pullback


@frule(min, when=_one_sequence)
def min_of_sequence_or_forward(values: Any, *, key: Any = None, default: Any) -> Any:
    """The tangent of what was returned: an item, or the default if there is none."""
    index = pick(min, values, key) if len(values) else None
    out = default if index is None else values[index]

    def min_of_sequence_or_pushforward(values_dot: Any, key_dot: Any, default_dot: Any) -> Any:
        return (
            zero_tangent(out) if index is None else filled(values_dot[index], out),
            None,
            filled(default_dot, out) if index is None else zero_tangent(out),
        )

    return out, min_of_sequence_or_pushforward


@frule(min, when=_one_sequence)
def min_of_sequence_forward(values: Any, *, key: Any = None) -> Any:
    """The tangent of the item that was returned."""
    index = pick(min, values, key)
    out = values[index]

    def min_of_sequence_pushforward(values_dot: Any, key_dot: Any) -> Any:
        return filled(values_dot[index], out), None

    return out, min_of_sequence_pushforward


@frule(min, when=_numbers)
def min_of_two_forward(a: Any, b: Any) -> Any:
    """The tangent of the number that was returned."""
    out = min(a, b)

    def min_of_two_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return 0.0 if b < a else a_dot, b_dot if b < a else 0.0

    return out, min_of_two_pushforward
