"""Forward mode: the zoo against reverse mode, kinds of functions and arguments, errors."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing.differences import inner, random_like
from tests.test_zoo import ZOO, same_bits
from tests.zoo.entry import Entry


@pytest.mark.parametrize("row", ZOO)
def test_forward_is_the_transpose_of_reverse(row: Entry) -> None:
    """``<y_bar, J x_dot> == <J^T y_bar, x_dot>``, value bit for bit, arguments unharmed."""
    rng = np.random.default_rng(3)
    arguments, untouched = row.arguments(), row.arguments()
    y, pullback = adjoint.vjp(row.f, *row.arguments())
    y_bar = random_like(y, rng)
    tangents = tuple(random_like(argument, rng) for argument in arguments)
    value, y_dot = adjoint.jvp(row.f, arguments, tangents)
    assert same_bits(value, y)
    assert same_bits(list(arguments), list(untouched))
    forward, reverse = inner(y_bar, y_dot), inner(pullback(y_bar), tangents)
    rtol = 1e-5 if "float32" in row.name else 1e-10
    assert forward == pytest.approx(reverse, rel=rtol, abs=rtol)


def cubic(x: float, k: float = 2.0) -> float:
    return k * x**3


def test_none_is_a_zero_tangent() -> None:
    y, y_dot = adjoint.jvp(lambda a, b: a * b, (2.0, 3.0), (None, 1.0))
    assert (y, y_dot) == (6.0, 2.0)
    assert adjoint.jvp(lambda a, b: a * b, (2.0, 3.0), (None, None)) == (6.0, 0.0)


def test_keyword_arguments_are_constants() -> None:
    assert adjoint.jvp(cubic, (2.0,), (1.0,), k=1.0) == (8.0, 12.0)


def test_defaults_are_those_of_the_function() -> None:
    assert adjoint.jvp(cubic, (2.0,), (1.0,)) == (16.0, 24.0)


def test_integers_with_a_tangent_count_as_real_numbers() -> None:
    assert adjoint.jvp(cubic, (2,), (1.0,)) == (16.0, 24.0)


def test_methods_partials_and_callable_objects() -> None:
    @dataclass
    class Line:
        slope: float

        def __call__(self, x: float) -> float:
            return self.slope * x

        def at(self, x: float) -> float:
            return self.slope * x * x

    assert adjoint.jvp(Line(3.0), (2.0,), (1.0,)) == (6.0, 3.0)
    assert adjoint.jvp(Line(3.0).at, (2.0,), (1.0,)) == (12.0, 12.0)
    assert adjoint.jvp(functools.partial(cubic, k=1.0), (2.0,), (1.0,)) == (8.0, 12.0)


def test_star_arguments() -> None:
    def total(*values: float, **named: float) -> float:
        return values[0] * values[1] + named["c"]

    assert adjoint.jvp(total, (2.0, 3.0), (1.0, None), c=1.0) == (7.0, 3.0)


def test_results_mirror_the_value() -> None:
    y, y_dot = adjoint.jvp(lambda x: {"a": x * x, "n": 3, "t": (x, "s")}, (2.0,), (1.0,))
    assert y_dot == {"a": 4.0, "n": None, "t": (1.0, None)}


def test_partial_containers() -> None:
    y, y_dot = adjoint.jvp(lambda p: p["a"] * p["b"], ({"a": 2.0, "b": 3.0},), ({"a": 1.0},))
    assert (y, y_dot) == (6.0, 3.0)


def test_a_tangent_that_does_not_fit_is_refused() -> None:
    with pytest.raises(adjoint.ArgumentError, match="ADJ302") as caught:
        adjoint.jvp(lambda x: x * 2.0, (np.ones(3),), (np.ones(2),))
    assert "tangent of `x`" in str(caught.value)
    with pytest.raises(adjoint.ArgumentError, match="ADJ302"):
        adjoint.jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))


def test_a_function_without_forward_rule_is_named_with_its_line() -> None:
    with adjoint.registry.scope():

        def half(x: float) -> float:
            return float(str(x / 2.0))

        @adjoint.rrule(half)
        def half_rule(x: float) -> Any:
            return half(x), lambda out_bar: out_bar / 2.0

        def user(x: float) -> float:
            return half(x) * x

        with pytest.raises(adjoint.MissingRuleError) as caught:
            adjoint.jvp(user, (2.0,), (1.0,))
    text = str(caught.value)
    assert "test_forward.py" in text and "half(x) * x" in text and "@adjoint.frule(" in text


def test_a_rule_of_ones_own() -> None:
    with adjoint.registry.scope():

        def scaled(x: float, k: float) -> float:
            raise AssertionError("the rule is used instead")

        @adjoint.frule(scaled)
        def scaled_rule(x: float, k: float) -> Any:
            out = x * k

            def scaled_pushforward(x_dot: float, k_dot: float) -> Any:
                return x_dot * k, x * k_dot

            return out, scaled_pushforward

        y_dot = adjoint.jvp(lambda x: scaled_rule(x, 3.0)[0] * x, (2.0,), (1.0,))[1]
    assert y_dot == pytest.approx(12.0)


def test_changes_of_an_owned_array_through_a_tangent_do_not_reach_another() -> None:
    def f(x: Any) -> Any:
        y = x + 1.0
        ys = [y]
        ys.append(y * 2.0)
        return ys[0] * ys[1]

    x = np.array([1.0, 2.0])
    x_dot = np.array([1.0, 1.0])
    assert adjoint.jvp(f, (x,), (x_dot,))[1] == pytest.approx(4.0 * (x + 1.0))
    assert x_dot.tolist() == [1.0, 1.0]


def test_broadcast_operands_give_tangents_of_the_full_shape() -> None:
    y, y_dot = adjoint.jvp(lambda x, b: b + x, (2.0, np.zeros((2, 3))), (1.0, None))
    assert y_dot.shape == (2, 3) and np.all(y_dot == 1.0)


def test_decorated_functions_have_jvp_and_forward_source() -> None:
    square = adjoint.differentiable(lambda x: x * x)
    assert square.jvp((3.0,), (1.0,)) == (9.0, 6.0)
    text = adjoint.source(cubic, mode="forward")
    assert "cubic__pushforward(x_dot, x, k=" in text and "x_dot" in text


def test_a_captured_variable_that_changes_later() -> None:
    def f(x: float) -> Any:
        k = x * 2.0
        g = lambda y: k * y  # noqa: E731
        parts = list(map(g, [x]))
        k = x
        return parts[0] * g(k)

    assert adjoint.jvp(f, (2.0,), (1.0,)) == (32.0, 64.0)


def test_a_counter_outside_of_a_local_function_starts_afresh_with_each_call() -> None:
    def counted(x: float) -> float:
        calls = 0

        def square(t: float) -> float:
            nonlocal calls
            calls += 1
            return t * t * x

        return square(x) * square(2 * x) * calls

    for _ in range(2):
        assert adjoint.jvp(counted, (0.5,), (1.0,))[1] == pytest.approx(48 * 0.5**5)
        assert adjoint.grad(adjoint.grad(counted))(0.5) == pytest.approx(240 * 0.5**4)
