"""Deliberately broken forward rules and second derivatives: `check_rule` must catch every one of them.

The reverse rules beside them are right, and so are the forward rules in which no mistake was made.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import stop_gradient
from adjoint.rules.registry import frule, linear, non_differentiable, registry, rrule
from adjoint.testing import check_rule

X = np.array([0.5, -1.25, 2.0])
A = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
B = np.array([[1.0, 0.5], [-0.5, 2.0], [0.75, -1.5]])
Z = np.array([1.0 + 2.0j, -0.5 + 0.25j])
CALLS: list[Any] = []


def scaled_cube(x, scale):
    return scale * x**3


def scaled_cube_rule(x, scale):
    return scale * x**3, lambda bar: (3.0 * scale * x**2 * bar, np.sum(x**3 * bar))


def times(a, b):
    return a @ b


def times_rule(a, b):
    return a @ b, lambda bar: (bar @ b.T, a.T @ bar)


def polar(r, t):
    return r * np.cos(t), r * np.sin(t)


def polar_rule(r, t):
    c, s = np.cos(t), np.sin(t)

    def pullback(bars):
        x_bar, y_bar = (0.0 if bar is None else bar for bar in bars)
        return c * x_bar + s * y_bar, r * (c * y_bar - s * x_bar)

    return (r * c, r * s), pullback


def rotated(z):
    return 1j * z


def rotated_rule(z):
    return 1j * z, lambda bar: -1j * bar


def tail(x):
    return x[1:]


def tail_rule(x):
    return x[1:], lambda bar: np.concatenate([np.zeros(1, bar.dtype), bar])[: len(x)]


RULES = {
    scaled_cube: scaled_cube_rule,
    times: times_rule,
    polar: polar_rule,
    rotated: rotated_rule,
    tail: tail_rule,
}
RIGHT: list[Any] = []
BROKEN: list[Any] = []


def right(primal, *args):
    return lambda rule: RIGHT.append((primal, rule, args))


def broken(primal, *args, because):
    return lambda rule: BROKEN.append((primal, rule, args, because))


@right(scaled_cube, X, 2.0)
def cube_forward(x, scale):
    return scale * x**3, lambda x_dot, s_dot: (3.0 * scale * x**2 * x_dot, x**3 * s_dot)


@right(times, A, B)
def times_forward(a, b):
    return a @ b, lambda a_dot, b_dot: (a_dot @ b, a @ b_dot)


@right(polar, 2.0, 0.5)
def polar_forward(r, t):
    out = polar(r, t)
    return out, lambda r_dot, t_dot: (
        (np.cos(t) * r_dot, np.sin(t) * r_dot),
        (-out[1] * t_dot, out[0] * t_dot),
    )


@right(rotated, Z)
def rotated_forward(z):
    return 1j * z, lambda z_dot: 1j * z_dot


@right(tail, X)
def tail_forward(x):
    return x[1:], lambda x_dot: x_dot[1:]


@broken(scaled_cube, X, 2.0, because="disagree for all arguments")
def sign(x, scale):
    return scale * x**3, lambda x_dot, s_dot: (-3.0 * scale * x**2 * x_dot, x**3 * s_dot)


@broken(scaled_cube, X, 2.0, because="disagree")
def factor(x, scale):
    return scale * x**3, lambda x_dot, s_dot: (scale * x**2 * x_dot, x**3 * s_dot)


@broken(scaled_cube, X, 2.0, because="disagree")
def argument_forgotten(x, scale):
    return scale * x**3, lambda x_dot, s_dot: (3.0 * scale * x**2 * x_dot, None)


@broken(scaled_cube, X, 2.0, because="disagree for argument 0|sum of the tangents")
def contributions_exchanged(x, scale):
    return scale * x**3, lambda x_dot, s_dot: (x**3 * s_dot, 3.0 * scale * x**2 * x_dot)


@broken(scaled_cube, X, 2.0, because="value of the forward rule")
def value(x, scale):
    return scale * x**3 + 1e-12, lambda x_dot, s_dot: (3.0 * scale * x**2 * x_dot, x**3 * s_dot)


@broken(scaled_cube, X, 2.0, because="linearity|disagree")
def not_linear(x, scale):
    return scale * x**3, lambda x_dot, s_dot: (3.0 * scale * x**2 * np.abs(x_dot), x**3 * s_dot)


@broken(scaled_cube, X, 2.0, because="dtype float64, not float32")
def widens(x, scale):
    return scale * x**3, lambda x_dot, s_dot: (3.0 * scale * x**2 * x_dot.astype(float), x**3 * s_dot)


@broken(scaled_cube, X, 2.0, because="writes into an argument")
def writes_into_a_tangent(x, scale):
    def pushforward(x_dot, s_dot):
        x_dot *= 3.0 * scale * x**2
        return x_dot, x**3 * s_dot

    return scale * x**3, pushforward


@broken(scaled_cube, X, 2.0, because="writes into an argument")
def writes_into_an_argument(x, scale):
    x *= 1.0
    return scale * x**3, lambda x_dot, s_dot: (3.0 * scale * x**2 * x_dot, x**3 * s_dot)


@broken(times, A, B, because="shape|disagree|fails")
def transposed(a, b):
    return a @ b, lambda a_dot, b_dot: ((a_dot @ b).T, a @ b_dot)


@broken(times, A, B, because="disagree")
def own_value_in_the_tangent(a, b):
    return a @ b, lambda a_dot, b_dot: (a_dot @ b + a @ b, a @ b_dot)


@broken(polar, 2.0, 0.5, because="disagree")
def one_output_forgotten(r, t):
    out = polar(r, t)
    return out, lambda r_dot, t_dot: ((np.cos(t) * r_dot, None), (-out[1] * t_dot, None))


@broken(rotated, Z, because="disagree")
def conjugated(z):
    return 1j * z, lambda z_dot: -1j * z_dot


@broken(tail, X, because="shape")
def whole_tangent(x):
    return x[1:], lambda x_dot: x_dot


@pytest.mark.parametrize(("primal", "rule", "args"), RIGHT, ids=[case[1].__name__ for case in RIGHT])
def test_the_right_rules_pass(primal, rule, args):
    with registry.scope():
        rrule(primal)(RULES[primal])
        frule(primal)(rule)
        check_rule(primal, *args)


@pytest.mark.parametrize(
    ("primal", "rule", "args", "because"), BROKEN, ids=[case[1].__name__ for case in BROKEN]
)
def test_a_broken_forward_rule_is_caught(primal, rule, args, because):
    with registry.scope():
        rrule(primal)(RULES[primal])
        frule(primal)(rule)
        with pytest.raises(AssertionError, match=because):
            check_rule(primal, *args)


def test_a_function_that_is_not_linear_is_not_declared_so():
    def square(x):
        return x * x

    with registry.scope():
        rrule(square)(lambda x: (x * x, lambda bar: 2.0 * x * bar))
        linear(square)
        with pytest.raises(AssertionError, match="linearity|disagree"):
            check_rule(square, X)


# --- second derivatives --------------------------------------------------------------------------
def held_fixed(x):
    return x**3, lambda bar: 3.0 * stop_gradient(x) ** 2 * bar


def as_text(x):
    kept = x.tolist()
    return x**3, lambda bar: 3.0 * np.array([float(str(each)) for each in kept], x.dtype) ** 2 * bar


def slope(x):
    return 3.0 * x**2


def by_a_helper(x):
    return x**3, lambda bar: slope(x) * bar


def cube(x):
    return x**3


def test_a_wrong_second_derivative_is_caught():
    with registry.scope():
        rrule(cube)(held_fixed)
        with pytest.raises(AssertionError, match="second derivative"):
            check_rule(cube, X)


def test_a_rule_that_reads_texts_back_has_no_second_derivative():
    with registry.scope():
        rrule(cube)(as_text)
        with pytest.raises(adjoint.AdjointError):
            adjoint.hessian(lambda x: cube(x).sum())(X)


def test_a_wrong_rule_of_a_helper_is_caught_by_the_second_derivative():
    with registry.scope():
        rrule(cube)(by_a_helper)
        check_rule(cube, X)
        frule(slope)(lambda x: (slope(x), lambda x_dot: 3.0 * x * x_dot))
        with pytest.raises(AssertionError, match="second derivative, the tangent of"):
            check_rule(cube, X)
        non_differentiable(slope)
        with pytest.raises(AssertionError, match="second derivative"):
            check_rule(cube, X)
