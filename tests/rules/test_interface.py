"""What the author of a rule can rely on: registration, options, declining, all kinds of callables."""

from __future__ import annotations

import ctypes
import functools
import importlib
import math
import operator
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import (
    AdjointError,
    Tangent,
    differentiable,
    frule,
    grad,
    hessian,
    jvp,
    linear,
    non_differentiable,
    opt_out,
    rrule,
    scalar_rule,
    vjp,
)
from adjoint.rules.kinds import Array
from adjoint.rules.registry import registry
from adjoint.rules.runtime import add
from adjoint.testing import check_grad, check_rule

X = np.array([0.5, -1.25, 2.0])


@pytest.fixture(autouse=True)
def scope():
    with registry.scope():
        yield


def square(x):
    return x * x


def marked(factor):
    """Return a rule of `square` that can be told from the true derivative."""

    def rule(x):
        out = square(x)

        def square_pullback(out_bar):
            return factor * out_bar

        return out, square_pullback

    return rule


# -- where rules are found ----------------------------------------------------------------------


def test_a_rule_is_used_however_the_function_is_reached():
    rrule(square)(marked(10.0))
    table = {"f": square}
    partial = functools.partial(square)
    for f in (
        square,
        lambda x: square(x),
        lambda x: table["f"](x),
        partial,
        lambda x: list(map(square, [x]))[0],
    ):
        assert grad(f)(3.0) == 10.0
    assert vjp(square, 3.0)[1](2.0) == (20.0,)
    assert grad(square, wrt="x")(x=3.0) == 10.0


def test_a_rule_of_a_decorated_function_is_that_of_the_function():
    cube = differentiable(lambda x: x**3)
    rrule(cube)(marked(10.0))
    assert cube.grad(1.0) == grad(cube)(1.0) == grad(lambda x: cube(x))(1.0) == 10.0


def test_rules_of_methods_constructors_and_callable_objects():
    class Spring:
        def __init__(self, k):
            self.k = k

        def force(self, x, scale=1.0):
            return self.k * x * scale

        def __call__(self, x):
            return self.k * x

    @rrule(Spring)
    def spring(k):
        return Spring(k), lambda out_bar: 2.0 * out_bar.k

    @rrule(Spring.force)
    def force(self, x, scale=1.0):
        def force_pullback(out_bar):
            return Tangent(Spring, {"k": 10.0 * x * out_bar}), 3.0 * out_bar, adjoint.ZERO

        return Spring.force(self, x, scale), force_pullback

    @rrule(Spring.__call__)
    def called(self, x):
        return self.k * x, lambda out_bar: ({"k": 100.0 * out_bar}, 7.0 * out_bar)

    spring_object = Spring(2.0)
    assert grad(lambda k: Spring(k).k)(5.0) == 2.0
    assert grad(spring_object.force)(4.0) == grad(lambda x: spring_object.force(x))(4.0) == 3.0
    assert grad(spring_object.force, wrt="x")(4.0) == 3.0
    assert grad(lambda s, x: s.force(x))(spring_object, 4.0).k == 40.0
    assert grad(spring_object)(4.0) == grad(lambda x: spring_object(x))(4.0) == 7.0
    assert grad(lambda k: Spring(k)(4.0))(5.0) == 200.0
    with pytest.raises(AdjointError, match="ADJ304"):
        grad(spring_object.force, wrt="self")(4.0)


def test_rules_of_compiled_callables():
    library = ctypes.CDLL(None)
    erf = library.erf
    erf.restype, erf.argtypes = ctypes.c_double, [ctypes.c_double]
    twice = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: 2.0 * x)
    erf_ufunc = np.frompyfunc(math.erf, 1, 1)

    def slope(x):
        return 2.0 / math.sqrt(math.pi) * math.exp(-x * x)

    scalar_rule(erf, erf_ufunc)(lambda out, x: slope(x))
    rrule(twice)(lambda x: (twice(x), lambda out_bar: 2.0 * out_bar))
    for f in (erf, erf_ufunc):
        assert math.isclose(grad(lambda x, f=f: f(x) * x)(0.5), slope(0.5) * 0.5 + math.erf(0.5))
    assert grad(lambda x: twice(x * x))(3.0) == 12.0
    cbrt = library.cbrt
    cbrt.restype, cbrt.argtypes = ctypes.c_double, [ctypes.c_double]
    with pytest.raises(AdjointError, match="ADJ120"):
        grad(lambda x: cbrt(x))(0.5)


def test_the_users_rule_comes_before_the_librarys():
    scalar_rule(np.sin)(lambda out, x: 10.0)
    scalar_rule(operator.mul)(lambda out, a, b: (100.0, 100.0))
    assert grad(np.sin)(1.0) == 10.0
    assert grad(lambda x: x * 3.0)(1.0) == 100.0
    assert np.array_equal(grad(lambda x: np.sum(np.sin(x)))(X), np.full(3, 10.0))


def test_rules_come_and_go():
    g = grad(square)
    assert g(3.0) == 6.0
    with registry.scope():
        rrule(square)(marked(10.0))
        assert g(3.0) == 10.0
        with registry.scope():
            rrule(square)(marked(20.0))
            assert g(3.0) == 20.0
        assert g(3.0) == 10.0
        non_differentiable(square)
        assert g(3.0) == 0.0
    assert g(3.0) == 6.0


# -- declining ----------------------------------------------------------------------------------


def test_a_rule_declines_to_the_next_older_one_and_then_to_the_source():
    rrule(square)(lambda x: NotImplemented if x > 5.0 else marked(10.0)(x))
    rrule(square)(lambda x: NotImplemented if x > 1.0 else marked(20.0)(x))
    g = grad(lambda x: square(x) + 0.0)
    assert [g(0.5), g(3.0), g(7.0)] == [20.0, 10.0, 14.0]


def test_a_rule_that_declines_through_a_helper():
    def helper(x):
        return NotImplemented

    rrule(square)(marked(10.0))
    rrule(square)(lambda x: helper(x))
    assert grad(lambda x: square(x))(3.0) == 10.0


def test_when_every_rule_of_compiled_code_declines():
    compiled = np.frompyfunc(math.gamma, 1, 1)
    rrule(compiled)(lambda x: NotImplemented)
    with pytest.raises(AdjointError, match="every rule of .* declined this call .ADJ202"):
        grad(lambda x: compiled(x))(0.5)


def test_a_rule_for_some_kinds_only():
    rrule(square, when=lambda x: isinstance(x, Array))(marked(10.0))
    assert np.array_equal(grad(lambda x: np.sum(square(x)))(X), np.full(3, 10.0))


def test_opting_out_for_good_and_for_some_kinds():
    rrule(square)(marked(10.0))
    assert opt_out(square) is square
    assert grad(square)(3.0) == grad(lambda x: square(x))(3.0) == 6.0
    rrule(square)(marked(10.0))
    opt_out(square, when=lambda x: isinstance(x, Array))
    assert grad(lambda x: square(x))(3.0) == 10.0
    assert np.array_equal(grad(lambda x: np.sum(square(x)))(X), 2.0 * X)


# -- keywords, several outputs, needs -----------------------------------------------------------


def scaled(x, *terms, gain=1.0, **extra):
    return gain * x + sum(terms) + extra.get("shift", 0.0)


def test_keyword_arguments_carry_derivatives():
    @rrule(scaled)
    def scaled_rule(x, *terms, gain=1.0, **extra):
        out = scaled(x, *terms, gain=gain, **extra)

        def scaled_pullback(out_bar):
            return gain * out_bar, (out_bar,) * len(terms), x * out_bar, dict.fromkeys(extra, out_bar)

        return out, scaled_pullback

    assert grad(lambda x: scaled(x, gain=x, shift=x))(3.0) == 7.0
    assert grad(lambda x: scaled(2.0, x, x, gain=x * x))(3.0) == 14.0
    assert grad(lambda x, o: scaled(x, **o), wrt=1)(3.0, {"gain": 2.0, "shift": 1.0}) == {
        "gain": 3.0,
        "shift": 1.0,
    }
    check_rule(scaled, 2.0, 3.0, gain=0.5, shift=1.0)


def test_keywords_that_are_not_given():
    @rrule(scaled)
    def scaled_rule(x, *terms, gain=1.0, **extra):
        out = scaled(x, *terms, gain=gain, **extra)

        def scaled_pullback(out_bar):
            shift = 0.0 * extra.get("shift", 0.0)
            return gain * out_bar + shift, (out_bar,) * len(terms), x * out_bar, dict.fromkeys(extra, out_bar)

        return out, scaled_pullback

    @frule(scaled)
    def scaled_forward(x, *terms, gain=1.0, **extra):
        out = scaled(x, *terms, gain=gain, **extra)

        def scaled_pushforward(x_dot, terms_dot, gain_dot, extra_dot):
            shift = 0.0 * extra.get("shift", 0.0)
            return gain * x_dot + shift, None, x * gain_dot, None

        return out, scaled_pushforward

    assert grad(lambda x: scaled(x))(3.0) == 1.0
    assert jvp(lambda x: scaled(x, gain=2.0), (3.0,), (1.0,)) == (6.0, 2.0)


# -- linear functions ---------------------------------------------------------------------------


def running(x, scale=1.0):
    return eval("np.cumsum(x) * scale")


def test_a_linear_function_is_differentiated_by_itself():
    linear(running)
    weights = np.array([1.0, 10.0, 100.0])
    check_rule(running, X)
    check_rule(running, X + 2j * X, 3)
    assert np.array_equal(grad(lambda x: running(x, 2) @ weights)(X), [222.0, 220.0, 200.0])
    assert np.array_equal(jvp(running, (X,), (np.ones(3),))[1], [1.0, 2.0, 3.0])
    second = hessian(lambda x: np.sum(running(x) ** 2))(X)
    assert np.allclose(second, [[6.0, 4.0, 2.0], [4.0, 4.0, 2.0], [2.0, 2.0, 2.0]])


def test_a_linear_function_of_compiled_code():
    double = np.frompyfunc(lambda x: 2.0 * x, 1, 1)
    linear(double)
    assert grad(lambda x: double(x) * x)(3.0) == 12.0
    assert jvp(lambda x: double(x) * x, (3.0,), (1.0,)) == (18.0, 12.0)


def test_linear_in_the_first_argument_only():
    linear(running)
    with pytest.raises(AdjointError, match="by another argument than the first"):
        grad(lambda s: np.sum(running(X, s)))(2.0)
    with pytest.raises(AdjointError, match="no rule"):
        jvp(lambda s: running(X, s), (2.0,), (1.0,))


def test_a_reverse_rule_displaces_what_follows_from_linearity():
    rrule(running)(lambda x, scale=1.0: (running(x, scale), lambda out_bar: (7.0 * out_bar, None)))
    linear(running)
    assert np.array_equal(grad(lambda x: np.sum(running(x)))(X), [7.0, 7.0, 7.0])


def polar(r, t=0.5):
    return r * np.cos(t), r * np.sin(t)


@pytest.mark.parametrize("singular", [False, True])
def test_several_outputs_with_a_shared_setup(singular):
    @scalar_rule(polar, outputs=2, singular=singular)
    def polar_rule(out, r, t=0.5):
        x, y = out
        cosine, sine = x / r, y / r
        return (cosine, -y), (sine, x)

    for r, t in ((2.0, 0.7), (np.array([1.0, 2.0]), 0.7), (np.ones((2, 1)), np.array([0.1, 0.2]))):
        check_rule(polar, r, t)
        check_grad(polar, r, t)
        check_grad(lambda r, t: polar(r, t)[1] * r, r, t)
    check_grad(polar, 2.0)
    f = grad(lambda r: polar(r, 0.1)[0])
    f(2.0)
    assert "call(" not in f.source()
    (forward,) = registry.pushforwards(polar)
    out, pushforward = forward.function(2.0, 0.7)
    r_share, t_share = pushforward(1.0, 2.0)
    assert np.allclose(r_share, (np.cos(0.7), np.sin(0.7))) and np.allclose(
        t_share, (-2.0 * out[1], 2.0 * out[0])
    )


def test_one_parameter_and_several_outputs():
    def sincos(x):
        return np.sin(x), np.cos(x)

    scalar_rule(sincos, outputs=2)(lambda out, x: (out[1], -out[0]))
    check_rule(sincos, X)
    check_grad(sincos, 0.3)
    assert grad(lambda x: sincos(x)[1])(0.3) == -np.sin(0.3)


def test_a_table_of_partials_of_the_wrong_form():
    scalar_rule(polar, outputs=2)(lambda out, r, t=0.5: (1.0, 2.0, 3.0))
    with pytest.raises((ValueError, TypeError)):
        grad(lambda r: polar(r)[0])(1.0)


def product(a, b):
    return a * b


def test_needs_names_what_is_wanted():
    seen: list[Any] = []

    @rrule(product)
    def product_rule(a, b, *, needs):
        seen.append(needs)

        def product_pullback(out_bar):
            return (b * out_bar if "a" in needs else None), (a * out_bar if "b" in needs else None)

        return product(a, b), product_pullback

    assert grad(lambda x: product(x, 3.0))(2.0) == 3.0
    assert grad(lambda x: product(3.0, x))(2.0) == 3.0
    assert grad(lambda x: product(x, x))(2.0) == 4.0
    assert seen == [("a",), ("b",), ("a", "b")]
    f = grad(lambda x: product(x, 3.0))
    f(2.0)
    assert "product_rule(x, 3.0, needs=('a',))" in f.source()
    check_rule(product, 2.0, 3.0)


# -- rules that call back -----------------------------------------------------------------------


def fixed_point(f, x):
    for _ in range(60):
        x = f(x)
    return x


def fixed_point_rule(f, x, *, ad):
    out = fixed_point(f, x)
    _, step = ad.vjp(f, out)

    def fixed_point_pullback(out_bar):
        total = out_bar
        for _ in range(60):
            total = out_bar + step(total).args[0]
        return step(total).f, 0.0 * out_bar

    return out, fixed_point_pullback


def halve(y):
    return 0.5 * np.cos(y)


def test_a_solver_differentiates_the_function_that_it_is_given():
    rrule(fixed_point)(fixed_point_rule)

    def root(a):
        return fixed_point(lambda y: a * np.cos(y), 0.5)

    y = root(0.7)
    assert math.isclose(grad(root)(0.7), math.cos(y) / (1.0 + 0.7 * math.sin(y)))
    check_grad(root, 0.7)
    assert grad(lambda a: a * fixed_point(halve, a))(0.3) == fixed_point(halve, 0.3)


def test_forward_rules_call_back_and_may_return_zeros():
    def twice(f, x, label):
        return f(f(x))

    @frule(twice)
    def twice_forward(f, x, label, *, ad):
        def twice_pushforward(f_dot, x_dot, label_dot):
            y, along = ad.jvp(f, (x,), (x_dot,))
            by_x = ad.jvp(f, (y,), (along,))[1]
            y, moved = ad.jvp(f, (x,), (None,), f_dot)
            by_f = ad.jvp(f, (y,), (moved,), f_dot)[1]
            return by_f, by_x, adjoint.ZERO

        return f(f(x)), twice_pushforward

    with registry.scope():
        rrule(twice)(lambda f, x, label, *, ad: NotImplemented)
        value, along = adjoint.jvp(lambda a, x: twice(lambda t: a * t * t, x, "no"), (0.7, 1.3), (1.0, 0.5))
    a, x = 0.7, 1.3
    assert math.isclose(value, a**3 * x**4)
    assert math.isclose(along, 3.0 * a**2 * x**4 + 0.5 * 4.0 * a**3 * x**3)


def test_opting_out_holds_for_forward_rules():
    frule(square)(lambda x: (square(x), lambda x_dot: 10.0 * x_dot))
    assert adjoint.jvp(square, (3.0,), (1.0,)) == (9.0, 10.0)
    opt_out(square)
    assert adjoint.jvp(square, (3.0,), (1.0,)) == (9.0, 6.0)


def test_the_library_calls_back():
    check_grad(lambda x, a: np.vectorize(lambda t: a * t * t)(x), X, 3.0)
    check_grad(lambda x, a: np.vectorize(lambda t, s: t * s)(x, a), np.ones((2, 3)), X)
    check_grad(lambda x, a: np.apply_along_axis(lambda t: a * np.cumsum(t), 0, x), np.ones((3, 2)), 2.0)
    check_grad(lambda x, a: functools.reduce(lambda u, v: a * u * v, list(x), a), X, 2.0)
    check_grad(lambda x, a: sum(map(lambda t: a * t * t, x)), X, 2.0)
    check_grad(lambda x, a: np.piecewise(x, [x < 0.0], [lambda t: a * t, lambda t: t * t]), X, 2.0)
    with pytest.raises(AdjointError, match="ADJ202"):
        grad(lambda x: np.sum(np.vectorize(np.dot, signature="(n),(n)->()")(x, x)))(X)


def test_the_cotangent_of_a_function_adds_up():
    def twice(f, x):
        return f(f(x))

    @rrule(twice)
    def twice_rule(f, x, *, ad):
        y, first = ad.vjp(f, x)
        z, second = ad.vjp(f, y)

        def twice_pullback(z_bar):
            above = second(z_bar)
            below = first(above.args[0])
            return add(above.f, below.f), below.args[0]

        return z, twice_pullback

    check_grad(lambda a, x: twice(lambda t: a * t * t, x), 0.7, 1.3)


# -- hooks and debug mode -----------------------------------------------------------------------


def test_hooks_see_old_and_new_rules():
    seen: list[Any] = []
    hook = registry.on_new_rule(lambda rule: seen.append((rule.form, rule.primal)))
    assert callable(hook) and ("scalar", np.tanh) in seen
    assert any(form == "frule" for form, _ in seen) and any(form == "constant" for form, _ in seen)
    before = len(seen)
    rrule(square)(marked(1.0))
    frule(square)(lambda x: (x * x, lambda x_dot: 2.0 * x * x_dot))
    linear(product)
    own = [("rrule", square), ("frule", square)]
    assert seen[before:] == [*own, ("rrule", product), ("linear", product)]
    registry.clear_new_rule_hooks()
    rrule(square)(marked(1.0))
    assert len(seen) == before + 4


def test_refresh_loads_what_waits_for_a_first_use():
    seen: list[Any] = []
    registry.on_new_rule(lambda rule: seen.append(rule.primal))
    saved = dict(registry.lazy)
    try:
        registry.lazy["no_such_package.sub"] = ("adjoint.rules.no_such_file",)
        registry.lazy["math"] = ("tests.rules.late_rules",)
        registry.refresh_rules()
        late = importlib.import_module("tests.rules.late_rules")
        assert registry.lazy == {} and late.late in seen
    finally:
        registry.lazy.update(saved)
        registry.clear_new_rule_hooks()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            lambda x: (square(x), lambda b: np.ones(2)),
            "the cotangent of 'x' has shape \\(2,\\), the argument \\(3,\\)",
        ),
        (lambda x: (square(x), lambda b: 1j * b), "complex for a real argument"),
        (lambda x: (square(x), lambda b: b / np.zeros(3)), "is (inf|nan|-inf) for a finite cotangent"),
        (lambda x: (square(x), lambda b: np.multiply(b, 2.0, out=b)), "changes its cotangent in place"),
        (lambda x: (x / 0.0, lambda b: b), "the value is (inf|-inf) although the arguments are finite"),
        (lambda x: (square(x), lambda b: (b, b, b)), "ADJ20"),
        (lambda x: square(x), "did not return \\(value, pullback\\)"),
    ],
)
def test_debug_mode_names_the_rule_at_fault(rule, message):
    rrule(square)(rule)
    with np.errstate(all="ignore"), adjoint.debug(), pytest.raises(AdjointError, match=message) as caught:
        grad(lambda x: np.sum(2.0 * square(x)))(X.copy())
    assert "test_interface.py" in str(caught.value)


def test_debug_mode_changes_no_gradient_and_ends():
    def f(x, w):
        y = np.tanh(w @ x) + x[0] * x
        return np.sum(y * y) / (1.0 + y[0] ** 2)

    w = np.arange(9.0).reshape(3, 3) / 9.0
    g = grad(f, wrt=(0, 1))
    plain = g(X, w)
    with adjoint.debug():
        watched = g(X, w)
        assert "call(" in g.source()
    assert all(np.allclose(a, b, rtol=1e-14) for a, b in zip(plain, watched, strict=True))
    assert (
        all(np.array_equal(a, b) for a, b in zip(plain, g(X, w), strict=True)) and "call(" not in g.source()
    )


# -- messages -----------------------------------------------------------------------------------


def test_a_wrong_number_of_cotangents_is_told_in_words():
    rrule(product)(lambda a, b: (a * b, lambda out_bar: (out_bar,)))
    with pytest.raises(AdjointError, match="returned 1 for 2 parameters .ADJ202") as caught:
        grad(lambda x: product(x, x))(2.0)
    assert "test_interface.py" in str(caught.value)


def test_a_missing_rule_shows_a_skeleton_and_three_names():
    compiled = np.frompyfunc(math.lgamma, 1, 1)
    with pytest.raises(AdjointError, match="ADJ201") as caught:
        grad(lambda x: x * compiled(x))(0.5)
    text = str(caught.value)
    assert "@adjoint.rrule(" in text and "def " in text and "out_bar" in text
