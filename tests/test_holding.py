"""Callables that hold numbers: what they hold moves with them, handed on and differentiated."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import grad, jvp, vjp

Function = Callable[[Any], Any]


class Spring:
    def __init__(self, weight: Any) -> None:
        self.weight = weight

    def energy(self, t: Any) -> Any:
        return self.weight * t * t

    def __call__(self, t: Any) -> Any:
        return self.weight * t * t


def weighted(a: Any, t: Any) -> Any:
    return a * t * t


def over_two(function: Any) -> Any:
    return lambda t: function(np.array([t, 2.0 * t])).sum()


#: Makers of functions of ``t`` that hold ``x``.
MAKERS: dict[str, Callable[[Any], Any]] = {
    "closure": lambda x: lambda t: x * t * t,
    "default": lambda x: lambda t, a=x: a * t * t,
    "partial": lambda x: functools.partial(weighted, x),
    "object": Spring,
    "method": lambda x: Spring(x).energy,
    "method of an array": lambda x: over_two(np.array([x, x * x]).dot),
    "vectorized closure": lambda x: over_two(np.vectorize(lambda a: a * a * x)),
    "vectorized partial": lambda x: over_two(np.vectorize(functools.partial(weighted, x))),
    "gradient of a partial": lambda x: grad(functools.partial(weighted, x)),
    "derivative of a partial": lambda x: adjoint.derivative(functools.partial(weighted, x)),
    "pullback": lambda x: (lambda pullback: lambda t: pullback(t)[0])(vjp(lambda t: x * t * t, x)[1]),
}


def apply(f: Any, t: Any) -> Any:
    return f(t)


#: What is done with such a function.
USES: dict[str, Callable[[Any, Any], Any]] = {
    "handed on": lambda f, x: [apply, 1][0](f, x * 1.5),
    "in a container": lambda f, x: {"k": [f]}["k"][0](x * 1.5),
    "mapped": lambda f, x: sum(map(f, [x, 2.0 * x])),
}
DERIVED: dict[str, Callable[[Any, Any], Any]] = {
    "differentiated": lambda f, x: grad(lambda t: f(t) * t)(x),
    "pushed": lambda f, x: jvp(lambda t: [f][0](t) * t, (x,), (x,))[1],
    "pulled": lambda f, x: vjp(f, x)[1](x)[0],
}


def forward(f: Function) -> Function:
    return lambda x: jvp(f, (x,), (1.0,))[1]


def slope(f: Function, x: float) -> Any:
    """Return the derivative by differences of fourth order."""
    h = 1e-3
    return (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)


@pytest.mark.parametrize("use", USES | DERIVED)
@pytest.mark.parametrize("name", MAKERS)
def test_what_a_callable_holds_moves_with_it(name: str, use: str) -> None:
    make, apply_ = MAKERS[name], (USES | DERIVED)[use]

    def f(x: Any) -> Any:
        return apply_(make(x), x)

    assert grad(f)(0.8) == pytest.approx(slope(f, 0.8), rel=1e-8)
    assert jvp(f, (0.8,), (1.0,))[1] == pytest.approx(slope(f, 0.8), rel=1e-8)
    if "vectorized" in name and use in DERIVED:  # of order three, inside
        return
    wanted = slope(grad(f), 0.8)
    assert grad(grad(f))(0.8) == pytest.approx(wanted, rel=1e-8)
    assert forward(forward(f))(0.8) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("word", ["f", "r", "ff", "fr", "rf", "rr"])
def test_a_method_caller_that_is_handed_on(word: str) -> None:
    def f(x: Any) -> Any:  # 2.25 x^3
        return [apply, 1][0](operator.methodcaller("energy", x * 1.5), Spring(x))

    for mode in word:
        f = forward(f) if mode == "f" else grad(f)  # type: ignore[assignment]
    assert f(0.8) == pytest.approx([6.75 * 0.64, 13.5 * 0.8][len(word) - 1], rel=1e-12)


def test_names_of_captured_variables_do_not_matter() -> None:
    def f(x: Any) -> Any:
        x0, f, primal, pullback, saved, value, out_bar, bars, add = (x**k for k in range(1, 10))

        def g(y: Any, *, pushed: Any) -> Any:
            return y**3 * (x0 + f + primal + pullback + saved + value + out_bar + bars + add) * pushed

        second = grad(grad(g))(x, pushed=x)
        return second + jvp(grad(g), (x,), (x,), pushed=x)[1] + vjp(grad(g), x, pushed=x)[1](x)[0]

    assert grad(f)(0.8) == pytest.approx(slope(f, 0.8), rel=1e-7)
    assert jvp(f, (0.8,), (1.0,))[1] == pytest.approx(slope(f, 0.8), rel=1e-7)
    assert grad(grad(f))(0.8) == pytest.approx(slope(grad(f), 0.8), rel=1e-7)
