"""Numbers and arrays of derived classes: right where the class leaves arithmetic alone, else by its own methods or refused."""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import decimal
import enum
import fractions
import math

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad


class Metres(float):
    unit = "m"

    def doubled(self):
        return self * 2.0

    @property
    def half(self):
        return self / 2.0


class Labelled(float):
    def __new__(cls, value, label):
        made = float.__new__(cls, value)
        made.label = label
        return made


class Bold(float):
    def __mul__(self, other):
        return 2.0 * float(self) * float(other)

    __rmul__ = __mul__


class Count(int):
    def __mul__(self, other):
        return 5.0 * other

    __rmul__ = __mul__


class Level(float, enum.Enum):
    LOW = 2.5


class Field(np.ndarray):
    def __mul__(self, other):
        return np.asarray(self) * 2.0 * np.asarray(other)

    __rmul__ = __mul__


def tells_the_class(x):
    return x * x if isinstance(x, Metres) and type(x) is Metres else x


def asks_its_methods(x):
    return x.doubled() * x.half if x.unit == "m" else x


def elementary(x):
    return math.sin(x) * np.cos(x) + abs(x) ** 2 - max(x, 1.0) + sum([x, x * x])


def held_in_lists(x):
    rows = [[x]]
    rows[0].append(x * x)
    return rows[0][0] * rows[0][1]


def slope(f, x):
    h = 1e-6
    return (f(type(x)(x + h)) - f(type(x)(x - h))) / (2 * h)


@pytest.mark.parametrize("f", [tells_the_class, asks_its_methods, elementary, held_in_lists])
def test_a_class_that_leaves_arithmetic_alone(f):
    x = Metres(3.0)
    value, pullback = adjoint.vjp(f, x)
    assert value == f(x) and type(value) is type(f(x))
    assert pullback(1.0)[0] == pytest.approx(slope(f, x), rel=1e-6)
    assert adjoint.grad(f)(x) == pullback(1.0)[0]
    assert adjoint.jvp(f, (x,), (1.0,))[1] == pytest.approx(pullback(1.0)[0], rel=1e-12)


def test_a_class_with_fields():
    f = lambda x: x * (3.0 if x.label == "a" else 4.0)
    assert adjoint.grad(f)(Labelled(2.0, "a")) == 3.0
    assert adjoint.grad(f)(Labelled(2.0, "b")) == 4.0


def test_operators_of_a_class_are_its_methods():
    """The rules of floats gave half of this, and of what ``Count`` does nothing at all."""
    value, pullback = adjoint.vjp(lambda x, y: x * y, 2.0, Bold(3.0))
    assert value == 12.0 and pullback(1.0) == (6.0, 4.0)
    assert adjoint.jvp(lambda x, y: x * y, (2.0, Bold(3.0)), (1.0, 0.5)) == (12.0, 8.0)
    assert adjoint.grad(lambda n, x: n * x, wrt=1)(Count(3), 2.0) == 5.0
    field = np.ones(3).view(Field)
    value, pullback = adjoint.vjp(lambda x: np.sum(x * field), np.arange(3.0))
    assert value == 6.0 and np.array_equal(pullback(1.0)[0], np.full(3, 2.0))
    assert adjoint.grad(lambda x: np.sum(x * np.ones(3).view(Field)))(2.0) == 6.0


def test_enumerations_of_numbers_are_constants():
    check_grad(lambda x: x * Level.LOW + Level.LOW * x * x, 0.7)


GIVEN = [
    (lambda x: np.square(x), Bold(2.0)),
    (lambda x: x + Bold(2.0), 0.7),
    (lambda x: np.sum(x - np.ones(3).view(Field)), 0.7),
    (lambda x: np.sum(np.ma.ones(3) * x), 0.7),
    (lambda x, n: x * n, 2.0, Count(3)),
]


@pytest.mark.parametrize(("f", "args"), [(f, args) for f, *args in GIVEN])
def test_rules_are_not_for_classes_with_operators(f, args):
    for derivative in (
        lambda: adjoint.vjp(f, *args)[1](1.0),
        lambda: adjoint.jvp(f, args, tuple(None if isinstance(a, int) else 1.0 for a in args)),
    ):
        with pytest.raises(adjoint.RuleError, match="a subclass of|no derivative"):
            derivative()


MADE = [
    lambda x: Metres(x) * 2.0,
    lambda x: Labelled(x, "a") * 2.0,
    lambda x: np.sum(np.array([x, x]).view(Field)),
    lambda x: held_in_lists(x) * Metres(x),
]


@pytest.mark.parametrize("f", MADE)
def test_making_a_value_of_a_derived_class_is_refused(f):
    for derivative in (adjoint.grad(f), lambda x: adjoint.jvp(f, (x,), (1.0,))):
        with pytest.raises(adjoint.AdjointError, match="ADJ201|ADJ202|ADJ121"):
            derivative(0.7)


EXACT = [
    lambda x: held_in_lists(x) * float(fractions.Fraction(x)),
    lambda x: held_in_lists(x) * float(decimal.Decimal(x)),
    lambda x: held_in_lists(x) * fractions.Fraction.from_float(x).numerator,
]


@pytest.mark.parametrize("f", EXACT)
def test_exact_numbers_among_traced_values_are_refused(f):
    """The digits of a fraction were taken for a constant."""
    for derivative in (adjoint.grad(f), lambda x: adjoint.jvp(f, (x,), (1.0,))):
        with pytest.raises(adjoint.AdjointError, match="ADJ201"):
            derivative(0.75)
