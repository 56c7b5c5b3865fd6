"""Pullbacks inside differentiated functions: ``vjp`` is differentiated in all modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jacobian, jvp, value_and_grad, vjp

Function = Callable[[Any], Any]


def forward(f: Function) -> Function:
    """Return the derivative by forward mode."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


MIXING = np.array([[1.0, 2.0], [3.0, 4.0]])


def waves(y: Any) -> Any:
    return np.sin(MIXING @ y) * y


def pullback_of_a_closure(x: Any) -> Any:
    return np.sum(vjp(lambda y: waves(y) * x[0], x)[1](x)[0])


def pullback_kept_and_called_twice(x: Any) -> Any:
    value, pullback = vjp(lambda y: waves(y) * x[0], x)
    return pullback(x)[0][0] * pullback(x * x)[0][1] + value[1]


def pullback_by_name(x: Any) -> Any:
    return np.sum(vjp(lambda y, z: waves(y) * x[0] * z, x, x[1], wrt="z")[1](x))


def pullback_of_a_keyword(x: Any) -> Any:
    return vjp(lambda y, *, z: y[0] * x[0] * z**2, x, z=x[1], wrt="z")[1](x[0])


def pullback_of_several(x: Any) -> Any:
    by_z, by_y = vjp(lambda y, z: waves(y) * x[0] * z, x, x[1], wrt=(1, 0))[1](x)
    return by_y[1] * by_z


def pullback_of_containers(x: Any) -> Any:
    def parts(p: Any) -> Any:
        return {"a": p["u"] * x[0], "b": p["v"][0] ** 2}

    (bars,) = vjp(parts, {"u": x[0], "v": [x[1], 2.0]})[1]({"a": x[1], "b": x[0]})
    return bars["v"][0] * bars["u"]


def pullback_of_a_gradient(x: Any) -> Any:
    return vjp(grad(lambda y: np.sum(waves(y)) * y[0]), x)[1](x)[0][1]


def pullback_handed_on(x: Any) -> Any:
    def applied(pullback: Any) -> Any:
        return pullback(x * x)[0]

    return applied(vjp(waves, x)[1])[0] * x[1]


def pullback_of_a_pullback(x: Any) -> Any:
    return vjp(lambda u: vjp(waves, x)[1](u)[0], x * x)[1](x)[0][1]


PULLBACKS: list[Function] = [
    pullback_of_a_closure,
    pullback_kept_and_called_twice,
    pullback_by_name,
    pullback_of_a_keyword,
    pullback_of_several,
    pullback_of_containers,
    pullback_of_a_gradient,
    pullback_handed_on,
    pullback_of_a_pullback,
]


@pytest.mark.parametrize("f", PULLBACKS, ids=lambda f: f.__name__)
def test_pullbacks_inside_differentiated_functions(f: Function) -> None:
    x, direction = np.array([0.7, -0.4]), np.array([0.3, 0.5])
    slopes = [(f(x + 1e-6 * e) - f(x - 1e-6 * e)) / 2e-6 for e in np.eye(2)]
    gradient = grad(f)
    value, found = value_and_grad(f)(x)
    assert value == f(x)
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(jvp(f, (x,), (direction,))[1], slopes @ direction, rtol=1e-6)
    moved = (gradient(x + 1e-5 * direction) - gradient(x - 1e-5 * direction)) / 2e-5
    np.testing.assert_allclose(jvp(gradient, (x,), (direction,))[1], moved, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(vjp(gradient, x)[1](direction)[0], moved, rtol=1e-6, atol=1e-7)

    def along(x: Any) -> Any:
        return jvp(f, (x,), (direction,))[1]

    np.testing.assert_allclose(grad(along)(x), moved, rtol=1e-6, atol=1e-7)


def test_a_pullback_made_outside_is_linear() -> None:
    x = np.array([0.7, -0.4])
    _, pullback = vjp(waves, x)
    slopes = jacobian(lambda u: pullback(u)[0])(x)
    np.testing.assert_allclose(slopes, jacobian(waves)(x).T, rtol=1e-12)
    np.testing.assert_allclose(grad(lambda u: pullback(u * u)[0][0])(x), slopes[0] * 2 * x, rtol=1e-12)


@pytest.mark.parametrize("word", ["f", "r", "ff", "fr", "rf", "rr", "rfr", "frf"])
def test_orders_through_a_pullback(word: str) -> None:
    def f(x: float) -> Any:  # 3 x^4
        return vjp(lambda y: x * y**3, x)[1](x)[0]

    for mode in word:
        f = forward(f) if mode == "f" else grad(f)  # type: ignore[assignment]
    assert f(1.3) == pytest.approx([12 * 1.3**3, 36 * 1.3**2, 72 * 1.3][len(word) - 1], rel=1e-12)
