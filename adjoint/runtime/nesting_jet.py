"""``jet`` inside a differentiated function: its pushforward and its pullback.

The coefficients of ``y(t) = f(x(t))`` depend on those of ``x`` by the coefficients of the derivative along
the curve, ``dy_k / dx_j = J_{k-j}``.  So the pullback of a jet is a jet of the pullback: with the cotangents
in reverse order, ``y_bar(t) = sum_k y_bar_{K-k} t^k``, the coefficients of ``J(t)^T y_bar(t)`` are the
cotangents ``x_bar_{K-k}``.  Reverse over Taylor is Taylor over reverse, and no code is differentiated twice.

Reference: Christianson, "Reverse accumulation and accurate rounding error estimates for Taylor series
coefficients" (Optimization Methods and Software 1, 1992).
"""

from __future__ import annotations

from typing import Any

from adjoint.compiling.mirror import conform
from adjoint.operators.jets import along_ones, jet
from adjoint.operators.taylor import Taylor
from adjoint.rules.forward import filled
from adjoint.runtime.algebra import unsupported
from adjoint.runtime.moving import MOVING
from adjoint.runtime.nesting import captured_pairs, pulled_function
from adjoint.runtime.nesting_jvp import gathered, jvp_function
from adjoint.runtime.pushing import push
from adjoint.runtime.pushing_calls import PUSHED_CALLS
from adjoint.runtime.pushing_pushes import TWICE
from adjoint.runtime.structural import STRUCTURAL

Pair = tuple[Any, Any]


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


def pull_jet(call: Any, f: Any, primals: Any, series: Any, **kwargs: Any) -> Any:
    """Return the jet of a function and its pullback."""
    value = jet(f, primals, series, **kwargs)
    points, given, order = curves(primals, series)
    pulled = pulled_function(f, points, kwargs)
    captured = {name: each for name, (each, _) in captured_pairs(f, None).items()}
    taylor = Taylor(order)

    def jet_pullback(bar: Any) -> Any:
        if bar is None:
            return None, (None, None, None), {}
        y, ys = value
        y_bars = [filled(bar[0], y)]
        y_bars += [filled(c, part) for c, part in zip(bar[1] or [None] * order, ys, strict=True)]
        y_bars.reverse()
        head = (y_bars[0], taylor.collected(y, y_bars[1:]) if order else None)
        pairs = [
            (x, None if s is None else taylor.collected(x, s)) for x, s in zip(points, given, strict=True)
        ]
        named = {name: (each, None) for name, each in {**kwargs, **captured}.items()}
        (_, bars), result = taylor.push((pulled.function, None), head, *pairs, **named)
        bars_series = None if result is None else result[1]
        coefficients = [bars, *taylor.coefficients(bars, bars_series)]
        return arranged(coefficients, pulled, captured, given, series)

    return value, jet_pullback


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


def push_jet(push_: Any, f: Pair, primals: Pair, series: Pair, **kwargs: Pair) -> Pair:
    """Taylor over forward: the coefficients of the value and of its tangent."""
    if push_ is not push:
        raise unsupported(jet, "a jet inside a jet")
    points, given, order = curves(primals[0], series[0])
    single = isinstance(series[0], int)
    point_dots = (None,) * len(points) if primals[1] is None else (primals[1],) if single else primals[1]
    series_dots = (None,) * len(points) if single or series[1] is None else series[1]
    taylor = Taylor(order)
    directions: list[Any] = []
    slopes: list[Any] = []
    for x, dot, dots in zip(points, point_dots, series_dots, strict=True):
        moves = dot is not None or dots is not None
        directions.append(filled(dot, x) if moves else None)
        parts = list(dots or [])
        parts += [None] * (order - len(parts))
        slopes.append([filled(c, x) for c in parts] if moves else None)
    named = {name: value for name, (value, _) in kwargs.items()}
    held = captured_pairs(f[0], f[1])
    if any(dot is not None for _, dot in (*held.values(), *kwargs.values())):
        raise unsupported(jet, "the derivative of a jet for what its function captures, in forward mode,")
    pairs = [(x, None if s is None else taylor.collected(x, s)) for x, s in zip(points, given, strict=True)]
    compiled, active = jvp_function(f[0], points, tuple(directions), named)
    curved = [None if s is None else taylor.collected(x, s) for x, s in zip(points, slopes, strict=True)]
    seeds = [(gathered(i, directions.__getitem__), gathered(i, curved.__getitem__)) for i in active]
    keyed = {name: (value, None) for name, value in {**named, **{n: v for n, (v, _) in held.items()}}.items()}
    (y, y_dot), result = taylor.push((compiled.pushforward, None), *seeds, *pairs, **keyed)
    y_series, y_dot_series = (None, None) if result is None else result
    y_dot = filled(y_dot, y)
    return (y, taylor.coefficients(y, y_series)), (y_dot, taylor.coefficients(y_dot, y_dot_series))


def refused(*args: Any, **kwargs: Any) -> Any:
    """Refuse second derivatives of a jet."""
    raise unsupported(jet, "a second derivative of a jet")


STRUCTURAL[jet], MOVING[jet] = pull_jet, push_jet
PUSHED_CALLS[jet] = TWICE[jet] = refused
vars(jet)["__adjoint_dynamic__"] = True

__all__ = ["jet", "pull_jet", "push_jet"]
