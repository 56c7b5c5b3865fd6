"""Rules of Python's functions on all items of a sequence: sum, math.prod, math.dist, math.sumprod, sorted."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from adjoint.rules.forward import filled
from adjoint.rules.kinds import Array, Kind, List, Scalar, join, widen_known
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import DOUBLES, unbroadcast
from adjoint.rules.support import fit, fit_out, is_container


def spread_bar(out_bar: Any, values: Any) -> Any:
    """Return the cotangent of a sequence whose items were added: the output's, for every item."""
    if isinstance(values, np.ndarray):
        return np.broadcast_to(out_bar, values.shape).astype(values.dtype)
    plain = type(out_bar) in DOUBLES
    if plain and isinstance(values, list) and set(map(type, values)) <= {*DOUBLES}:
        return [out_bar] * len(values)
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


@frule(sum, when=_summable)
def sum_forward(iterable: Any, /, start: Any = 0) -> Any:
    """The sum of the tangents."""
    out = sum(iterable, start)

    def sum_pushforward(iterable_dot: Any, start_dot: Any) -> Any:
        return fit_out(sum(filled(iterable_dot, iterable)), out), fit_out(start_dot, out)

    return out, sum_pushforward


def _one_summable(seq: Kind) -> bool:
    return _summable(seq)


@rrule(math.fsum, when=_one_summable, fresh=True)
def fsum(seq: Any) -> Any:
    """Every item receives the cotangent."""
    out = math.fsum(seq)

    def fsum_pullback(out_bar: Any) -> Any:
        return spread_bar(out_bar, seq)

    return out, fsum_pullback


@frule(math.fsum, when=_one_summable)
def fsum_forward(seq: Any) -> Any:
    """The sum of the tangents."""
    out = math.fsum(seq)

    def fsum_pushforward(seq_dot: Any) -> Any:
        return math.fsum(filled(seq_dot, seq))

    return out, fsum_pushforward


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


def product_dot(factors_dot: Any, factors: Any, start: Any, out: Any) -> Any:
    """Return the tangent of a product by the product rule, factor by factor."""
    value, dot = start, 0.0
    for factor, factor_dot in zip(factors, filled(factors_dot, factors), strict=True):
        value, dot = value * factor, dot * factor + value * factor_dot
    return fit_out(dot, out)


@frule(math.prod, when=_summable)
def prod_forward(iterable: Any, /, *, start: Any = 1) -> Any:
    """Every tangent times the product of all others."""
    out = math.prod(iterable, start=start)

    def prod_pushforward(iterable_dot: Any, start_dot: Any) -> Any:
        return product_dot(iterable_dot, iterable, start, out), fit_out(start_dot * math.prod(iterable), out)

    return out, prod_pushforward


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


def dist_dot(p_dot: Any, p: Any, q: Any, out: float) -> float:
    """Return the tangent of the distance of two points if the first moves; zero where they coincide."""
    scale = 1.0 / out if out else 0.0
    return math.fsum((a - b) * scale * dot for a, b, dot in zip(p, q, filled(p_dot, p), strict=True))


@frule(math.dist)
def dist_forward(p: Any, q: Any) -> Any:
    """The unit vector between the points times the tangent; zero where they coincide."""
    out = math.dist(p, q)

    def dist_pushforward(p_dot: Any, q_dot: Any) -> Any:
        return dist_dot(p_dot, p, q, out), dist_dot(q_dot, q, p, out)

    return out, dist_pushforward


def weighted_bar(out_bar: Any, values: Any, others: Any) -> Any:
    """Return the cotangent of one sequence of a sum of products: every item receives its partner."""
    return _like(
        [unbroadcast(out_bar * np.conj(other), value) for value, other in zip(values, others, strict=True)],
        values,
    )


if sys.version_info >= (3, 12):

    def _summable_pair(p: Kind, q: Kind) -> bool:
        return _summable(p) and _summable(q)

    @rrule(math.sumprod, when=_summable_pair, fresh=True)
    def sumprod(p: Any, q: Any, /) -> Any:
        """Each sequence receives the other."""
        out = math.sumprod(p, q)

        def sumprod_pullback(out_bar: Any) -> Any:
            return weighted_bar(out_bar, p, q), weighted_bar(out_bar, q, p)

        return out, sumprod_pullback

    @frule(math.sumprod, when=_summable_pair)
    def sumprod_forward(p: Any, q: Any, /) -> Any:
        """The product rule."""
        out = math.sumprod(p, q)

        def sumprod_pushforward(p_dot: Any, q_dot: Any) -> Any:
            return math.sumprod(filled(p_dot, p), q), math.sumprod(p, filled(q_dot, q))

        return out, sumprod_pushforward


def sorting_order(iterable: Any, key: Any, reverse: bool) -> list[int]:
    """Return the indices of a sequence's items in sorted order."""
    compared = [value if key is None else key(value) for value in iterable]
    return sorted(range(len(compared)), key=compared.__getitem__, reverse=reverse)


def sorted_bar(out_bar: Any, iterable: Any, key: Any, reverse: bool) -> Any:
    """Return the cotangent of a sequence given that of its sorted list."""
    order = sorting_order(iterable, key, reverse)
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


def sorted_dot(iterable_dot: Any, iterable: Any, key: Any, reverse: bool) -> list[Any]:
    """Return the tangent of the sorted list: that of every item, where it went."""
    dots = filled(iterable_dot, iterable)
    return [dots[index] for index in sorting_order(iterable, key, reverse)]


@frule(sorted, when=_summable)
def sorted_forward(iterable: Any, /, *, key: Any = None, reverse: bool = False) -> Any:
    """Every tangent follows its value."""
    out = sorted(iterable, key=key, reverse=reverse)

    def sorted_pushforward(iterable_dot: Any, key_dot: Any, reverse_dot: Any) -> Any:
        return sorted_dot(iterable_dot, iterable, key, reverse), None, None

    return out, sorted_pushforward
