"""Derivatives of derivatives: nesting and mixing of both modes, perturbation confusion, Hessians."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import (
    ArgumentError,
    derivative,
    diag_hessian,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from tests.zoo import keys, kindred

Function = Callable[[float], Any]


def sine(x: float) -> Any:
    return np.sin(x)


def fifth(x: float) -> Any:
    return x**5


def damped(x: float) -> Any:
    return x * np.exp(-x)


def loop(x: float) -> Any:
    y = x
    for _ in range(3):
        y = np.sin(y) * x
    return y


def recursion(x: float, n: int = 2) -> Any:
    return x if n == 0 else x * recursion(np.sin(x), n - 1)


def forward(f: Function) -> Function:
    """The derivative by forward mode."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


def reverse(f: Function) -> Function:
    """The derivative by reverse mode."""
    return grad(f)


#: The derivatives of orders 1 to 5 at 0.7.
KNOWN = {
    sine: [math.cos(0.7), -math.sin(0.7), -math.cos(0.7), math.sin(0.7), math.cos(0.7)],
    fifth: [5 * 0.7**4, 20 * 0.7**3, 60 * 0.7**2, 120 * 0.7, 120.0],
    damped: [(-1) ** n * (0.7 - n) * math.exp(-0.7) for n in range(1, 6)],
}


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("f", KNOWN)
def test_nested_gradients_of_any_order(f: Function, order: int) -> None:
    d: Function = f
    for _ in range(order):
        d = grad(d)
    assert d(0.7) == pytest.approx(KNOWN[f][order - 1], rel=1e-9)


MIXED = {
    "forward over reverse": (reverse, forward),
    "reverse over forward": (forward, reverse),
    "forward over forward": (forward, forward),
    "reverse over reverse": (reverse, reverse),
}


@pytest.mark.parametrize("f", [sine, fifth, damped, loop, recursion])
@pytest.mark.parametrize("way", MIXED)
def test_all_mixtures_of_modes_agree(f: Function, way: str) -> None:
    first, second = MIXED[way]
    g = grad(f)
    numerical = (g(0.7 + 1e-5) - g(0.7 - 1e-5)) / 2e-5
    assert second(first(f))(0.7) == pytest.approx(numerical, rel=1e-7)


def test_third_order_by_mixtures() -> None:
    wanted = grad(grad(grad(loop)))(0.7)
    assert forward(grad(grad(loop)))(0.7) == pytest.approx(wanted, rel=1e-9)
    assert grad(forward(grad(loop)))(0.7) == pytest.approx(wanted, rel=1e-9)
    assert grad(forward(forward(loop)))(0.7) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("way", MIXED)
def test_perturbations_are_not_confused(way: str) -> None:
    """Siskind and Pearlmutter (2005): the inner derivative is with respect to the inner variable only."""
    inner, outer = MIXED[way]
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == pytest.approx(1.0)
    assert outer(lambda x: x * inner(lambda y: x * y * y)(3.0))(2.0) == pytest.approx(24.0)


def test_a_gradient_step_is_differentiated() -> None:
    weights = np.array([[0.3, -0.2], [0.5, 0.1]])

    def loss(w: Any) -> Any:
        return np.exp(w[0] * weights[0, 0] + w[1]) + w[0] * w[1] ** 2

    def after_a_step(w: Any) -> Any:
        return loss(w - 0.1 * grad(loss)(w))

    x = np.array([0.4, 0.7])
    wanted = [(after_a_step(x + 1e-6 * e) - after_a_step(x - 1e-6 * e)) / 2e-6 for e in np.eye(2)]
    assert grad(after_a_step)(x) == pytest.approx(np.array(wanted), rel=1e-6)


def test_a_strong_zero_keeps_its_second_derivative() -> None:
    """At x = 1 the cotangent of the root is exactly zero, but its derivative is not."""
    f = lambda x: np.sqrt(x) * (x - 1.0)  # noqa: E731
    assert grad(grad(f))(1.0) == pytest.approx(1.0, rel=1e-9)


def rosenbrock(x: Any) -> Any:
    return 100.0 * (x[1] - x[0] * x[0]) ** 2 + (1.0 - x[0]) ** 2


POINT = np.array([0.5, 0.8])
WANTED = np.array([[1200 * 0.25 - 400 * 0.8 + 2, -200.0], [-200.0, 200.0]])


def test_hessian_and_its_products() -> None:
    v = np.array([1.0, -2.0])
    assert hessian(rosenbrock)(POINT) == pytest.approx(WANTED)
    assert hvp(rosenbrock)(POINT, v) == pytest.approx(WANTED @ v)
    assert diag_hessian(rosenbrock)(POINT) == pytest.approx(np.diag(WANTED))
    assert vjp(grad(rosenbrock), POINT)[1](v)[0] == pytest.approx(WANTED @ v)
    assert jacobian(grad(rosenbrock), mode="reverse")(POINT) == pytest.approx(WANTED)


def test_value_and_gradient_are_pushed_together() -> None:
    (y, g), (y_dot, g_dot) = jvp(value_and_grad(rosenbrock), (POINT,), (np.array([1.0, 0.0]),))
    assert y == rosenbrock(POINT) and y_dot == pytest.approx(g[0])
    assert g_dot == pytest.approx(WANTED[0])


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobians(mode: str) -> None:
    def f(x: Any, k: float = 2.0) -> Any:
        return np.array([x[0] * x[1], k * x[0], np.sin(x[1])])

    wanted = np.array([[0.8, 0.5], [3.0, 0.0], [0.0, np.cos(0.8)]])
    assert jacobian(f, mode=mode)(POINT, k=3.0) == pytest.approx(wanted)
    assert jacobian(fifth, mode=mode)(2.0) == pytest.approx(80.0)


def test_derivative_of_a_number() -> None:
    assert derivative(lambda t: {"a": t * t})(3.0) == {"a": 6.0}
    with pytest.raises(ArgumentError, match="ADJ303"):
        derivative(lambda t: t)(np.ones(2))


#: Functions whose pullbacks write into a buffer of their own: through a view, or by a function.
BUFFERED: dict[str, Function] = {
    "max": lambda m: np.sin(np.max(m, axis=0)) @ W3,
    "min of all": lambda m: np.sin(np.min(m)),
    "sort": lambda m: np.sin(np.sort(m, axis=0)[1]) @ W3,
    "partition": lambda m: np.sin(np.partition(m[0], 1)) @ W3,
    "ptp": lambda m: np.sin(np.ptp(m, axis=1)) @ W3,
    "logarithm of the diagonal": lambda m: np.sum(np.log(np.diag(m @ m.T))),
    "diagonal": lambda m: np.sin(np.diagonal(m, 1)) @ W3[:2],
    "trace": lambda m: np.sin(np.trace(m)),
    "det": lambda m: np.sin(np.linalg.det(np.stack([m, m.T]))) @ W3[:2],
    "prod": lambda m: np.sin(np.prod(m, axis=0)) @ W3,
    "compress": lambda m: np.sin(np.compress([False, True, True], m[0])) @ W3[:2],
    "norm": lambda m: np.linalg.norm(m),
    "singular values": lambda m: np.linalg.svd(m)[1] @ W3,
}
W3 = np.array([1.0, -0.5, 2.0])
M3 = np.array([[2.0, 0.3, -0.4], [0.1, 1.5, 0.6], [-0.2, 0.7, 1.1]])


@pytest.mark.parametrize("name", BUFFERED)
def test_second_derivatives_of_functions_whose_pullbacks_fill_buffers(name: str) -> None:
    gradient = grad(BUFFERED[name])
    direction, step = np.cos(np.arange(9.0)).reshape(3, 3), 1e-5
    moved = (gradient(M3 + step * direction) - gradient(M3 - step * direction)) / (2 * step)
    _, pushed = jvp(gradient, (M3,), (direction,))
    assert np.allclose(pushed, moved, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("x", [2.0, np.float64(2.0), np.array(2.0)])
def test_second_derivative_of_a_sum_over_one_number(x: Any) -> None:
    assert np.isclose(hvp(lambda v: np.sum(np.sin(v) + 1.0))(x, 1.0), -np.sin(2.0))


def local_recursion(x: float) -> Any:
    def power(n: int) -> Any:
        return x if n == 0 else x * power(n - 1)

    return power(3)


def branching_recursion(x: float) -> Any:
    def product(n: int) -> Any:
        return x if n < 2 else product(n - 1) * product(n - 2)

    return product(4)


def passed_recursion(x: float) -> Any:
    def power(n: int) -> Any:
        return x if n == 0 else x * power(n - 1)

    return (lambda f, n: f(n) * f(n))(power, 2)


@pytest.mark.parametrize(
    ("f", "degree"), [(local_recursion, 4), (branching_recursion, 5), (passed_recursion, 6)]
)
def test_second_derivative_of_a_local_function_that_calls_itself(f: Function, degree: int) -> None:
    x = 1.3
    assert f(x) == pytest.approx(x**degree)
    for way in (hessian(f), grad(grad(f)), forward(forward(f)), grad(forward(f))):
        assert way(x) == pytest.approx(degree * (degree - 1) * x ** (degree - 2))


def tree_recursion(x: float) -> Any:
    def walk(tree: Any) -> Any:
        return sum(walk(each) for each in tree) ** 2 if isinstance(tree, list) else x * tree

    return walk([1.0, [2.0, [3.0]]])


def test_second_derivative_of_a_recursion_over_a_tree() -> None:
    # (x + (2 x + 9 x^2)^2)^2
    x = 1.3
    inner, slope = 2.0 * x + 9.0 * x * x, 2.0 + 18.0 * x
    base, first, second = x + inner**2, 1.0 + 2.0 * inner * slope, 2.0 * slope**2 + 36.0 * inner
    for way in (hessian(tree_recursion), grad(forward(tree_recursion)), forward(forward(tree_recursion))):
        assert way(x) == pytest.approx(2.0 * first**2 + 2.0 * base * second)


@pytest.mark.parametrize("f", [*kindred.FUNCTIONS, *keys.SCALAR], ids=lambda f: f.__name__)
def test_second_derivatives_of_objects_and_containers(f: Function) -> None:
    step = 1e-5
    moved = (grad(f)(1.3 + step) - grad(f)(1.3 - step)) / (2 * step)
    for way in (grad(grad(f)), grad(forward(f)), forward(forward(f))):
        assert way(1.3) == pytest.approx(moved, rel=1e-7)


class Spring:
    """An object with a method that is differentiated while the object moves."""

    def __init__(self, stiffness: Any) -> None:
        self.stiffness = stiffness

    def energy(self, y: Any) -> Any:
        return self.stiffness * y * y


def held_by_a_closure(x: Any) -> Any:
    slope = grad(lambda y: x * y * y)
    return jvp(lambda z: slope(z) * z * x, (1.4,), (1.0,))[1]  # 4 x**2 z


def held_by_a_closure_in_reverse(x: Any) -> Any:
    slope = grad(lambda y: x * y * y)
    return grad(lambda z: slope(z) * z * x)(1.4)


def held_by_a_method(x: Any) -> Any:
    return grad(Spring(x * x).energy)(1.4)


def held_by_a_partial(x: Any) -> Any:
    return jvp(functools.partial(lambda a, y: a * a * y * y, x), (1.4,), (1.0,))[1]


def held_by_an_array(x: Any) -> Any:
    weighted = np.array([x, x * x]).dot
    return grad(lambda y: weighted(np.array([y, y * y])))(1.4)


@pytest.mark.parametrize(
    "f",
    [
        held_by_a_closure,
        held_by_a_closure_in_reverse,
        held_by_a_method,
        held_by_a_partial,
        held_by_an_array,
    ],
)
def test_what_a_differentiated_callable_holds_moves_too(f: Any) -> None:
    slope = (f(0.7 + 1e-6) - f(0.7 - 1e-6)) / 2e-6
    assert grad(f)(0.7) == pytest.approx(slope, rel=1e-7)
    assert jvp(f, (0.7,), (1.0,))[1] == pytest.approx(slope, rel=1e-7)


def apply_to_all(f: Any, items: list[Any]) -> Any:
    return sum(map(f, items))


OPERATIONS = [np.sin, np.exp]

#: Functions whose calls only the running program knows, and their derivatives of orders 1 to 3 at 0.7.
AT_RUN_TIME: dict[str, tuple[Function, list[float]]] = {
    "map": (lambda x: sum(map(lambda t: t * t * x, [x, x * x])), [1.47 + 5 * 0.7**4, 4.2 + 6.86, 35.4]),
    "map, passed": (
        lambda x: apply_to_all(lambda t: t**3, [x, x * x]),
        [1.47 + 6 * 0.7**5, 4.2 + 7.203, 47.16],
    ),
    "reduce": (lambda x: functools.reduce(lambda a, b: a * b, [x, x * x, x]), [1.372, 5.88, 16.8]),
    "partial": (lambda x: functools.partial(lambda a, b: a * a * b, x)(x), [1.47, 4.2, 6.0]),
    "sorted": (lambda x: sorted([x**3, x], key=lambda t: -t)[1], [1.47, 4.2, 6.0]),
    "table": (
        lambda x: OPERATIONS[int(x > 0)](x) * x,
        [(k + 0.7) * math.exp(0.7) for k in (1, 2, 3)],
    ),
}


@pytest.mark.parametrize("word", ["f", "r", "ff", "fr", "rf", "rr", "fff", "frf", "rfr", "rrr"])
@pytest.mark.parametrize("name", AT_RUN_TIME)
def test_derivatives_of_calls_that_only_the_running_program_knows(name: str, word: str) -> None:
    f, wanted = AT_RUN_TIME[name]
    for mode in word:
        f = forward(f) if mode == "f" else grad(f)
    assert f(0.7) == pytest.approx(wanted[len(word) - 1], rel=1e-9)


def gradients_in_a_loop(x: float) -> Any:
    """Three times x cos(x^2): derivatives in lambdas in a loop."""
    total = 0.0
    for k in range(3):
        total = total + grad(lambda y, k=k: np.sin(y * x) * k)(x)
    return total


@pytest.mark.parametrize("word", ["f", "r", "ff", "fr", "rf", "rr"])
def test_gradients_of_lambdas_in_loops(word: str) -> None:
    f: Function = gradients_in_a_loop
    for mode in word:
        f = forward(f) if mode == "f" else grad(f)
    s, c = math.sin(0.49), math.cos(0.49)
    wanted = [3 * (c - 2 * 0.49 * s), 3 * (-6 * 0.7 * s - 4 * 0.7**3 * c)]
    assert f(0.7) == pytest.approx(wanted[len(word) - 1], rel=1e-9)


@pytest.mark.parametrize("word", ["ff", "fr", "rf", "rr"])
@pytest.mark.parametrize("outer", [forward, reverse])
def test_closures_over_outer_derivatives(word: str, outer: Any) -> None:
    """The gradient captures a variable of the outer function, which moves in two directions."""

    def f(x: float) -> Any:
        slope = grad(lambda y: x * y * y)
        return outer(lambda z: slope(z) * z * x)(x)

    for mode in word:
        f = forward(f) if mode == "f" else grad(f)  # type: ignore[assignment]
    assert f(0.7) == pytest.approx(24 * 0.7)  # of 4 x^3


class Quadratic:
    def __init__(self, weight: Any) -> None:
        self.weight = weight

    def value(self, z: Any) -> Any:
        return self.weight * z * z

    def __call__(self, z: Any) -> Any:
        return self.weight * z * z


def by_bound_dot(x: float) -> Any:
    product = np.array([x, x]).dot
    return lambda z: product(np.array([z * z, 0.0]))


#: Makers of ``z -> x z^2`` that hold ``x`` in some way; a function that is differentiated captures them.
HOLDING: dict[str, Callable[[float], Any]] = {
    "closure": lambda x: lambda z: x * z * z,
    "gradient of a closure": lambda x: grad(lambda z: x * z * z * z / 3),
    "partial": lambda x: functools.partial(lambda a, z: a * z * z, x),
    "bound method": lambda x: Quadratic(x).value,
    "object": Quadratic,
    "bound method of an array": by_bound_dot,
    "gradient of a bound method": lambda x: lambda z: grad(Quadratic(x).value)(z) * z / 2,
    "gradient of an object": lambda x: lambda z: grad(Quadratic(x))(z) * z / 2,
    "gradient of a partial": lambda x: (
        lambda z: grad(functools.partial(lambda a, z: a * z * z, x))(z) * z / 2
    ),
    "jvp of a bound method": lambda x: lambda z: jvp(Quadratic(x).value, (z,), (1.0,))[1] * z / 2,
    "jvp of a partial": lambda x: (
        lambda z: jvp(functools.partial(lambda z, a: a * z * z, a=x), (z,), (z,))[1] / 2
    ),
}


@pytest.mark.parametrize("word", ["f", "r", "ff", "rr"])
@pytest.mark.parametrize("outer", [forward, reverse])
@pytest.mark.parametrize("name", HOLDING)
def test_what_a_differentiated_function_captures_holds_values(name: str, outer: Any, word: str) -> None:
    make = HOLDING[name]

    def f(x: float) -> Any:  # of x^2 z^3 by z, at x: 3 x^4
        held = make(x)
        return outer(lambda z: held(z) * z * x)(x)

    for mode in word:
        f = forward(f) if mode == "f" else grad(f)  # type: ignore[assignment]
    assert f(0.7) == pytest.approx([12 * 0.7**3, 36 * 0.7**2][len(word) - 1])


def test_partials_with_other_values_are_other_functions() -> None:
    for weight in (2.0, 3.0):
        held = functools.partial(lambda z, a: a * z * z * z, a=weight)
        assert grad(lambda x, held=held: grad(held)(x))(1.0) == pytest.approx(6.0 * weight)
