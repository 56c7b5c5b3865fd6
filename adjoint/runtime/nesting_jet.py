"""``jet`` inside a differentiated function: its pushforward and its pullback.

The coefficients of ``y(t) = f(x(t))`` depend on those of ``x`` by the coefficients of the derivative along
the curve, ``dy_k / dx_j = J_{k-j}``.  So the pullback of a jet is a jet of the pullback: with the cotangents
in reverse order, ``y_bar(t) = sum_k y_bar_{K-k} t^k``, the coefficients of ``J(t)^T y_bar(t)`` are the
cotangents ``x_bar_{K-k}``.  Reverse over Taylor is Taylor over reverse, and no code is differentiated twice.

Reference: Christianson, "Reverse accumulation and accurate rounding error estimates for Taylor series
coefficients" (Optimization Methods and Software 1, 1992).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from adjoint.compiling.mirror import conform
from adjoint.operators.jets import along_ones, jet
from adjoint.operators.taylor import Taylor
from adjoint.rules.containers import part
from adjoint.rules.forward import filled
from adjoint.rules.kinds import Opaque
from adjoint.runtime.algebra import unsupported
from adjoint.runtime.moving import moves_towers
from adjoint.runtime.nesting import captured_by, point_towers, pulled_function
from adjoint.runtime.pushing import push as plain_push
from adjoint.runtime.pushing_calls import PUSHED_CALLS
from adjoint.runtime.pushing_pushes import Lifted
from adjoint.runtime.structural import STRUCTURAL
from adjoint.runtime.towers import Tower, algebra_of, assembled, flat, height_of, over, still, value_of


def curves(primals: Any, series: Any) -> tuple[tuple[Any, ...], list[list[Any] | None], int]:
    """Return the points of a jet, the coefficients for each of them, and the order."""
    if isinstance(series, int):
        return (primals,), [along_ones(primals, series)], series
    order = max((len(s) for s in series if s is not None), default=0)
    given = []
    for x, s in zip(primals, series, strict=True):
        padded = None if s is None else [*s, *[None] * (order - len(s))]
        given.append(
            None if padded is None else [filled(conform(x, c, "series", "tangent"), x) for c in padded]
        )
    return tuple(primals), given, order


def pusher(push: Any, order: int) -> tuple[Taylor, Any]:
    """Return an algebra of series, and what carries it outside of the directions of ``push``.

    Raises:
        RuleError: ADJ119, the outermost direction is one of series already.
    """
    if algebra_of(push) is not None:
        raise unsupported(jet, "the derivative of a jet inside a jet")
    taylor = Taylor(order)
    carrying: Any = taylor.push
    for _ in range(height_of(push)):
        carrying = Lifted(carrying)
    return taylor, carrying


def pull_jet(call: Any, f: Any, primals: Any, series: Any, **kwargs: Any) -> Any:
    """Return the jet of a function and its pullback."""
    value = jet(f, primals, series, **kwargs)
    points, given, order = curves(primals, series)
    pulled = pulled_function(f, points, kwargs)
    return value, JetPullback(value, pulled, points, given, order, series, kwargs, captured_by(f))


@dataclass(eq=False)
class JetPullback(Opaque):
    """The pullback of a jet: a jet of the pullback."""

    __adjoint_dynamic__ = True  # its code is not compiled

    value: Any
    pulled: Any
    points: tuple[Any, ...]
    given: list[list[Any] | None]
    order: int
    series: Any
    kwargs: dict[str, Any]
    captured: dict[str, Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of the function, the points, the coefficients and the keyword arguments."""
        return self.__adjoint_push__(plain_push, (self, None), ((bar, None),), {})[0]

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """Push the curve and the cotangent; ``own`` has the derivatives of the curve."""
        h = height_of(push)
        bar = args[0]
        if value_of(bar, h) is None:
            return still((None, (None, None, None), {}), h)
        taylor, carrying = pusher(push, self.order)
        bars = [self.backwards(taylor, each) for each in flat(bar, h)]
        head = assembled([b[0] for b in bars]), assembled([b[1] for b in bars])
        single = isinstance(self.series, int)
        curve = over(h, lambda _: None, lambda dot: (dot[1][1], dot[1][2]), own)
        pairs = curve_towers(taylor, h, self.points, self.given, curve, single)
        point = over(h, lambda _: None, lambda dot: (dot[1][0], (), dot[2]), own)
        named = point_towers(h, point, (), self.kwargs, self.captured)[1]
        keyed = {name: (tower, None) for name, tower in named.items()}
        result = carrying(still(self.pulled.function, h + 1), head, *pairs, **keyed)
        values, rest = flat(result[0], h), flat(result[1], h)
        return assembled([self.shares(taylor, *each) for each in zip(values, rest, strict=True)])

    def backwards(self, taylor: Taylor, bar: Any) -> tuple[Any, Any]:
        """Return a cotangent of the coefficients as a series in reverse order."""
        if bar is None:
            return None, None
        y, ys = self.value
        bars = [filled(bar[0], y)]
        bars += [filled(c, x) for c, x in zip(bar[1] or [None] * self.order, ys, strict=True)]
        bars.reverse()
        return bars[0], taylor.collected(y, bars[1:]) if self.order else None

    def shares(self, taylor: Taylor, value: Any, rest: Any) -> Any:
        """Return the cotangents from a series of those of the function."""
        if value is None and rest is None:
            return None
        size = self.pulled.count + len(self.pulled.keywords)
        bars = (None,) * size if value is None else value[1]
        later = None if rest is None else rest[1]
        coefficients = [bars, *taylor.coefficients(self.form(bars), later)]
        return arranged(coefficients, self.pulled, self.captured, self.given, self.series)

    def form(self, bars: Any) -> Any:
        """Return cotangents, with the arguments themselves where there is none: they have its form."""
        named = {**self.kwargs, **self.captured}
        like = (*self.points, *(named[name] for name in self.pulled.keywords))
        return tuple(x if bar is None else bar for x, bar in zip(like, bars, strict=True))


def curve_towers(
    taylor: Taylor, h: int, points: tuple[Any, ...], given: list[Any], moved: Tower, single: bool
) -> list[Tower]:
    """Return the arguments of a jet as towers with their series outermost.

    Args:
        taylor: the algebra of the series.
        h: the number of other directions.
        points: the arguments.
        given: the coefficients of each of them, None for a constant.
        moved: their derivatives, pairs of those of the points and of the coefficients.
        single: there is one argument, not a tuple of them, and its coefficients are constants.
    """
    towers = []
    for i, (x, coefficients) in enumerate(zip(points, given, strict=True)):

        def at(dot: Any, i: int = i) -> Any:
            return dot[0] if single else part(dot[0], i)

        def collected(coefficients: Any, x: Any = x) -> Any:
            if coefficients is None or not taylor.order:
                return None
            padded = [*coefficients, *[None] * (taylor.order - len(coefficients))]
            return taylor.collected(x, [filled(c, x) for c in padded])

        parts = [None if single or dot is None else part(dot[1], i) for dot in flat(moved, h)[1:]]
        series = [collected(coefficients), *map(collected, parts)]
        none = all(each is None for each in series)
        tower = assembled([x, *(None if dot is None else at(dot) for dot in flat(moved, h)[1:])])
        towers.append((tower, None if none else assembled(series)))
    return towers


def arranged(coefficients: list[Any], pulled: Any, captured: Any, given: Any, series: Any) -> Any:
    """Return the cotangents of the function, the points and coefficients, and the keyword arguments."""
    shares = [pulled.triple(bars, captured) for bars in reversed(coefficients)]
    f_bar, point_bars, named_bars = shares[0]
    if isinstance(series, int):
        return None, (f_bar, point_bars[0], None), named_bars
    series_bars = [
        None if s is None else [share[1][i] for share in shares[1 : 1 + len(series[i])]]
        for i, s in enumerate(given)
    ]
    like = tuple if isinstance(series, tuple) else list
    return None, (f_bar, point_bars, like(series_bars)), named_bars


@moves_towers(jet)
def push_jet(push: Any, f: Tower, primals: Tower, series: Tower, **kwargs: Tower) -> Any:
    """Taylor over forward: the coefficients of the value and of its derivatives."""
    h = height_of(push)
    points, given, order = curves(value_of(primals, h), value_of(series, h))
    if algebra_of(push) is not None:
        return push_jet_inside(push, f, primals, series, kwargs)
    taylor, carrying = pusher(push, order)
    single = isinstance(value_of(series, h), int)
    moved = over(h, lambda *_: None, lambda *dots: dots, primals, series)
    pairs = curve_towers(taylor, h, points, given, moved, single)
    keyed = {name: (tower, None) for name, tower in kwargs.items()}
    result = carrying((f, None), *pairs, **keyed)
    values, rest = flat(result[0], h), flat(result[1], h)
    y = values[0]

    def listed(value: Any, later: Any) -> Any:
        if value is None and later is None:
            return None
        return filled(value, y), taylor.coefficients(y, later)

    return assembled([listed(*each) for each in zip(values, rest, strict=True)])


#: The highest order of a jet inside a jet, whose cost doubles with each.
MAX_INSIDE = 8


def push_jet_inside(push: Any, f: Tower, primals: Tower, series: Tower, kwargs: dict[str, Tower]) -> Any:
    """A jet inside a jet: the inner one by derivatives along its curve, one direction for each order.

    With all directions alike, a part of the tower of ``x`` with ``j`` of them is the ``j``-th derivative of
    ``x(t)``, and so it is for the value.

    Raises:
        RuleError: ADJ119, the order of the inner jet is more than 8.
    """
    h = height_of(push)
    points, given, order = curves(value_of(primals, h), value_of(series, h))
    if order > MAX_INSIDE:
        raise unsupported(jet, f"a jet of order {order} inside a jet")
    carrying = push
    for _ in range(order):
        carrying = Lifted(carrying)
    single = isinstance(value_of(series, h), int)
    rows = list(zip(flat(primals, h), flat(series, h), strict=True))
    towers = []
    for i, (x, coefficients) in enumerate(zip(points, given, strict=True)):
        parts: list[Any] = []
        for place, (point, later) in enumerate(rows):
            at = x if place == 0 else point if single else part(point, i)
            known = (coefficients if place == 0 else None if single else part(later, i)) or []
            derivatives = [at, *(scaled(c, math.factorial(k)) for k, c in enumerate(known, 1))]
            derivatives += [None] * (order + 1 - len(derivatives))
            parts += [derivatives[m.bit_count()] for m in range(2**order)]
        towers.append(assembled(parts))

    def constant(tower: Tower) -> Any:
        return assembled([None if m else each for each in flat(tower, h) for m in range(2**order)])

    named = {name: constant(tower) for name, tower in kwargs.items()}
    result = flat(carrying(constant(f), *towers, **named), h + order)
    blocks = [result[i : i + 2**order] for i in range(0, len(result), 2**order)]
    y = blocks[0][0]

    def listed(block: list[Any]) -> Any:
        if all(each is None for each in block):
            return None
        return block[0], [scaled(block[2**k - 1], 1.0 / math.factorial(k)) for k in range(1, order + 1)]

    value = filled([c for c in listed(blocks[0])[1]], [y] * order)
    return assembled([(y, value), *map(listed, blocks[1:])])


def scaled(tree: Any, factor: float) -> Any:
    """Return a tangent, or the coefficients of one, times a number."""
    if isinstance(tree, tuple | list):
        items = [scaled(each, factor) for each in tree]
        return tuple(items) if isinstance(tree, tuple) else items
    if isinstance(tree, dict):
        return {key: scaled(each, factor) for key, each in tree.items()}
    return None if tree is None else tree * factor


PUSHED_CALLS.add(jet)
STRUCTURAL[jet] = pull_jet
vars(jet)["__adjoint_dynamic__"] = True

__all__ = ["jet", "pull_jet", "push_jet"]
