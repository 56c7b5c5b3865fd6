"""Objects whose fields change, or that their class computes: right, or refused before they run."""

from __future__ import annotations

import functools
import operator

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad
from tests.helpers import assert_right_or_refused

V = np.array([0.3, -1.2, 2.1, 0.7])


class Statistics:
    def __init__(self):
        self.n, self.mean, self.square = 0, 0.0, 0.0

    def push(self, x):
        self.n += 1
        d = x - self.mean
        self.mean += d / self.n
        self.square += d * (x - self.mean)


def running_statistics(values):
    s = Statistics()
    for x in values:
        s.push(x)
    return s.square * s.mean


def test_counting_in_a_field_leaves_the_tangents_of_other_fields():
    """``self.n += 1`` gave the whole object a zero tangent."""
    value, gradient = adjoint.value_and_grad(running_statistics)(V)
    for i, direction in enumerate(np.eye(4)):
        out, slope = adjoint.jvp(running_statistics, (V,), (direction,))
        assert out == value
        assert slope == pytest.approx(gradient[i], rel=1e-12)


class Stepper:
    def __init__(self, p):
        self.p = p

    def step(self, g):
        self.p = self.p - g


def steps_by_its_own_field(p):
    s = Stepper(p)
    for _ in range(3):
        s.step(np.sin(s.p))
    return np.sum(s.p**2)


def test_a_field_may_be_read_for_the_call_that_changes_it():
    check_grad(steps_by_its_own_field, V)


class ByUpdate:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class ByVars:
    def __init__(self, **fields):
        vars(self).update(fields)


class ByAlias:
    def __init__(self, **fields):
        own = self.__dict__
        own.update(fields)


class ByItem:
    def __init__(self, u, v):
        self.__dict__["u"] = u
        self.__dict__["v"] = v


class ByLoop:
    def __init__(self, **fields):
        for name, value in fields.items():
            setattr(self, name, value)


@pytest.mark.parametrize("cls", [ByUpdate, ByVars, ByAlias, ByItem, ByLoop], ids=lambda cls: cls.__name__)
def test_fields_written_past_the_attributes(cls):
    """The derivative of such fields was zero."""

    def product(x):
        made = cls(u=x, v=x * x)
        return made.u * made.v

    assert_right_or_refused(product, 0.4)


class Sized:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return 2

    def __getitem__(self, k):
        return (self.x, self.y)[k]


def test_an_object_that_numpy_walks_over_is_refused():
    def total(x):
        return np.sum(Sized(x, x * x))

    with pytest.raises(adjoint.RuleError, match=r"was given an object of class `Sized`"):
        adjoint.grad(total)(0.4)


class Dispatching:
    def __init__(self, k):
        self.k = k

    @functools.singledispatchmethod
    def scaled(self, v):
        return v

    @scaled.register
    def _(self, v: float):
        return v * self.k

    def general(self, a, x):
        return self.k * a * x

    doubled = functools.partialmethod(general, 2.0)


@pytest.mark.parametrize("name", ["scaled", "doubled"])
def test_a_method_made_anew_each_time_is_refused_unless_it_is_called(name):
    """What it is bound to would have had a zero derivative."""

    def read(x):
        method = getattr(Dispatching(x), name)
        return method(x)

    with pytest.raises(adjoint.AdjointError, match="without being called"):
        adjoint.vjp(read, 0.4)


class Both(Sized):
    def __array__(self, dtype=None, copy=None):
        return np.array([self.x, self.y])

    def scaled(self, k):
        return self.x * self.y * k


@pytest.mark.parametrize(
    "f",
    [
        lambda x: operator.methodcaller("scaled", x)(Both(x, x * x)),
        lambda x: np.sum(np.asarray(Both(x, x * x)) ** 2),
        lambda x: Dispatching(x).scaled(x),
    ],
    ids=["methodcaller", "array", "dispatch"],
)
def test_second_derivatives_of_what_only_the_run_knows_are_right_or_refused(f):
    """That of a methodcaller was zero."""
    gradient = adjoint.grad(f)
    slope = (gradient(0.4 + 1e-5) - gradient(0.4 - 1e-5)) / 2e-5
    try:
        found = adjoint.hessian(f)(0.4)
    except adjoint.AdjointError:
        return
    assert found == pytest.approx(slope, rel=1e-6)
