"""What compilation assumed is checked at every call: nobody ever clears a cache by hand."""

import math
import sys
import types

import numpy as np
import pytest

import adjoint
from adjoint.rules.registry import registry

module = types.ModuleType("guarded_module")
SCALE = 2.0
TABLE = {"w": 2.0}


def helper(x):
    return x * x


def scaled(x):
    return helper(x) * SCALE


def looked_up(x):
    return TABLE["w"] * x * x


def test_rebinding_a_global_takes_effect(monkeypatch):
    gradient = adjoint.grad(scaled)
    assert gradient(3.0) == 12.0
    monkeypatch.setattr("tests.test_guards.SCALE", 3.0)
    assert gradient(3.0) == 18.0


def test_a_global_of_another_kind_takes_effect(monkeypatch):
    assert np.array_equal(adjoint.vjp(scaled, 1.0)[1](1.0), (4.0,))
    monkeypatch.setattr("tests.test_guards.SCALE", np.array([1.0, 2.0]))
    y, pullback = adjoint.vjp(scaled, 1.0)
    assert np.array_equal(y, [1.0, 2.0])
    assert pullback(np.array([1.0, 1.0])) == (6.0,)


def test_redefining_a_callee_takes_effect(monkeypatch):
    gradient = adjoint.grad(scaled)
    assert gradient(3.0) == 12.0
    monkeypatch.setattr("tests.test_guards.helper", lambda x: x * x * x)
    assert gradient(3.0) == 54.0


def test_changing_a_global_container_takes_effect(monkeypatch):
    gradient = adjoint.grad(looked_up)
    assert gradient(1.0) == 4.0
    monkeypatch.setitem(TABLE, "w", 5.0)
    assert gradient(1.0) == 10.0
    monkeypatch.setitem(TABLE, "w", np.float32(3.0))
    assert gradient(1.0) == 6.0


def test_replacing_the_code_of_a_callee_takes_effect():
    def inner(x):
        return x * x

    def outer(x):
        return inner(x) + x

    gradient = adjoint.grad(outer)
    assert gradient(2.0) == 5.0
    inner.__code__ = (lambda x: x * x * x).__code__
    assert gradient(2.0) == 13.0


def test_a_closure_cell_is_live():
    def make(c):
        def f(x):
            return c * x * x

        def change(value):
            nonlocal c
            c = value

        return f, change

    f, change = make(2.0)
    gradient = adjoint.grad(f)
    assert gradient(1.0) == 4.0
    change(5.0)
    assert gradient(1.0) == 10.0


def test_two_closures_of_one_definition_do_not_share():
    functions = [lambda x, k=k: k * x for k in (2.0, 3.0)]
    assert [adjoint.grad(f)(1.0) for f in functions] == [2.0, 3.0]


def test_registering_a_rule_takes_effect():
    def black_box(x):
        return x * 2.0

    def f(x):
        return black_box(x)

    gradient = adjoint.grad(f)
    assert gradient(1.0) == 2.0
    with registry.scope():

        @adjoint.scalar_rule(black_box)
        def _(out, x):
            return 7.0

        assert gradient(1.0) == 7.0
    assert gradient(1.0) == 2.0


def test_an_attribute_of_a_module_takes_effect(monkeypatch):
    module.factor = 2.0
    module.function = np.sin

    def g(x):
        return module.function(x) * module.factor

    gradient = adjoint.grad(g)
    assert gradient(0.5) == pytest.approx(2.0 * np.cos(0.5))
    module.factor = 3.0
    assert gradient(0.5) == pytest.approx(3.0 * np.cos(0.5))
    module.function = np.cos
    assert gradient(0.5) == pytest.approx(-3.0 * np.sin(0.5))


def test_a_method_of_a_class_takes_effect(monkeypatch):
    class Model:
        def __init__(self):
            self.w = 2.0

        def apply(self, x):
            return self.w * x

        def loss(self, x):
            return self.apply(x) ** 2

    model = Model()
    gradient = adjoint.grad(model.loss)
    assert gradient(1.0) == 8.0
    monkeypatch.setattr(Model, "apply", lambda self, x: self.w * x * x)
    assert gradient(1.0) == 16.0
    model.w = np.float32(3.0)
    assert gradient(1.0) == 36.0


def test_defaults_are_live():
    def f(x, k=2.0):
        return x * k

    gradient = adjoint.grad(f)
    assert gradient(1.0) == 2.0
    f.__defaults__ = (5.0,)
    assert gradient(1.0) == 5.0


SCALE = 2.0
WEIGHTS = np.array([1.0, 2.0])


def test_a_pullback_belongs_to_the_values_of_its_own_evaluation(monkeypatch):
    """What a name outside holds later concerns later evaluations only."""
    here = sys.modules[__name__]

    def weighted(x):
        return np.sum(SCALE * x * WEIGHTS)

    _, pullback = adjoint.vjp(weighted, np.ones(2))
    monkeypatch.setattr(here, "SCALE", 7.0)
    monkeypatch.setattr(here, "WEIGHTS", np.array([5.0, 5.0]))
    assert np.array_equal(pullback(1.0)[0], [2.0, 4.0])
    assert np.array_equal(adjoint.grad(weighted)(np.ones(2)), [35.0, 35.0])


def test_a_pullback_keeps_the_value_of_a_closure_cell():
    def make(c):
        def f(x):
            return c * x * x

        def change(value):
            nonlocal c
            c = value

        return f, change

    f, change = make(2.0)
    _, pullback = adjoint.vjp(f, 1.0)
    change(5.0)
    assert pullback(1.0) == (4.0,)
    assert adjoint.grad(f)(1.0) == 10.0


def test_a_function_of_a_library_that_is_replaced_takes_effect(monkeypatch):
    """The call sees the new function, and so does the derivative."""
    gradient = adjoint.value_and_grad(lambda x: math.exp(x) * x)
    assert gradient(0.0) == (0.0, 1.0)
    monkeypatch.setattr(math, "exp", math.cosh)
    value, slope = gradient(1.0)
    assert value == math.cosh(1.0) and np.isclose(slope, math.cosh(1.0) + math.sinh(1.0))
    monkeypatch.undo()
    assert gradient(0.0) == (0.0, 1.0)
