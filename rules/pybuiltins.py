"""Rules of Python's own functions on numbers: abs, pow, divmod, max, min, sum, sorted, math.prod.

``max`` and ``min`` return one of their arguments, so only that one receives the cotangent: Python
picks the first of equal ones.  ``float`` and ``complex`` stand in ``creation.py``, functions
without derivative in ``constants.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

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
from adjoint.rules.registry import rrule, scalar_rule
from adjoint.rules.runtime import DOUBLES, unbroadcast
from adjoint.rules.support import fit, is_container


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


@rrule(min, fresh=False, kind=_one_of)
def min_of_several(*args: Any, key: Any = None) -> Any:
    """Only the argument that was returned receives the cotangent."""
    index = pick(min, args, key)
    out = args[index]

    def min_of_several_pullback(out_bar: Any) -> Any:
        return picked_bar(out_bar, args, index), None

    return out, min_of_several_pullback


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


# -- sums and products --------------------------------------------------------------------------


def spread_bar(out_bar: Any, values: Any) -> Any:
    """Return the cotangent of a sequence whose items were added: the output's, for every item."""
    if isinstance(values, np.ndarray):
        return np.broadcast_to(out_bar, values.shape).astype(values.dtype)
    plain = type(out_bar) in DOUBLES
    bars = [
        out_bar if plain and type(value) in DOUBLES else fit(unbroadcast(out_bar, value), value)
        for value in values
    ]
    return tuple(bars) if isinstance(values, tuple) else bars


def _summable(iterable: Kind, **others: Kind) -> bool:
    return is_container(iterable) or isinstance(iterable, Array)


def _total(iterable: Kind, start: Kind) -> Kind | None:
    """The sum of a list that may be empty is the start, an integer unless something else is given."""
    if isinstance(iterable, List) and isinstance(iterable.element, Scalar):
        return join(iterable.element, widen_known(start))
    return None


@rrule(sum, when=_summable, kind=_total)
def sum_rule(iterable: Any, /, start: Any = 0) -> Any:
    """Every item receives the cotangent."""
    out = sum(iterable, start)

    def sum_pullback(out_bar: Any) -> Any:
        return spread_bar(out_bar, iterable), fit(unbroadcast(out_bar, start), start)

    return out, sum_pullback


def _one_summable(seq: Kind) -> bool:
    return _summable(seq)


@rrule(math.fsum, when=_one_summable, fresh=True)
def fsum(seq: Any) -> Any:
    """Every item receives the cotangent."""
    out = math.fsum(seq)

    def fsum_pullback(out_bar: Any) -> Any:
        return spread_bar(out_bar, seq)

    return out, fsum_pullback


def factor_bars(out_bar: Any, factors: Any, start: Any) -> tuple[Any, Any]:
    """Return the cotangents of the factors and the start of a product, exact with zeros.

    The product of all others is that of those before times that of those after.
    """
    after = [1.0]
    for factor in reversed(factors):
        after.append(after[-1] * factor)
    bars, before = [], start
    for factor, rest in zip(factors, reversed(after[:-1]), strict=True):
        bars.append(fit(unbroadcast(out_bar * np.conj(before * rest), factor), factor))
        before = before * factor
    start_bar = fit(unbroadcast(out_bar * np.conj(after[-1]), start), start)
    if isinstance(factors, np.ndarray):
        return np.asarray(bars, factors.dtype).reshape(factors.shape), start_bar
    return (tuple(bars) if isinstance(factors, tuple) else bars), start_bar


@rrule(math.prod, when=_summable)
def prod(iterable: Any, /, *, start: Any = 1) -> Any:
    """Every item receives the cotangent times the product of all others."""
    out = math.prod(iterable, start=start)

    def prod_pullback(out_bar: Any) -> Any:
        iterable_bar, start_bar = factor_bars(out_bar, iterable, start)
        return iterable_bar, start_bar

    return out, prod_pullback


def dist_bars(out_bar: Any, p: Any, q: Any, out: Any) -> tuple[Any, Any]:
    """Return both cotangents of the distance of two points; zero where they coincide."""
    scale = out_bar / out if out else 0.0
    bars = [(a - b) * scale for a, b in zip(p, q, strict=True)]
    return _like(bars, p), _like([-bar for bar in bars], q)


def _like(bars: list[Any], values: Any) -> Any:
    """Return cotangents in the container of the values."""
    if isinstance(values, np.ndarray):
        return np.asarray(bars, values.dtype)
    bars = [fit(bar, value) for bar, value in zip(bars, values, strict=True)]
    return tuple(bars) if isinstance(values, tuple) else bars


@rrule(math.dist, fresh=True)
def dist(p: Any, q: Any) -> Any:
    """The unit vector between the points; zero where they coincide."""
    out = math.dist(p, q)

    def dist_pullback(out_bar: Any) -> Any:
        p_bar, q_bar = dist_bars(out_bar, p, q, out)
        return p_bar, q_bar

    return out, dist_pullback


def sorted_bar(out_bar: Any, iterable: Any, key: Any, reverse: bool) -> Any:
    """Return the cotangent of a sequence given that of its sorted list."""
    compared = [value if key is None else key(value) for value in iterable]
    order = sorted(range(len(compared)), key=compared.__getitem__, reverse=reverse)
    bars: list[Any] = [None] * len(order)
    for bar, index in zip(out_bar, order, strict=True):
        bars[index] = bar
    if isinstance(iterable, np.ndarray):
        zero = np.zeros(iterable.shape[1:], iterable.dtype)
        return np.asarray([zero if bar is None else bar for bar in bars], iterable.dtype)
    return tuple(bars) if isinstance(iterable, tuple) else bars


@rrule(sorted, when=_summable)
def sorted_rule(iterable: Any, /, *, key: Any = None, reverse: bool = False) -> Any:
    """Send every cotangent back to where its value came from."""
    out = sorted(iterable, key=key, reverse=reverse)

    def sorted_pullback(out_bar: Any) -> Any:
        return sorted_bar(out_bar, iterable, key, reverse), None, None

    return out, sorted_pullback
