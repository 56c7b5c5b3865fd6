"""Symbolic zeros, tangents of objects, derivatives that are not implemented, projection, owned sums."""

from __future__ import annotations

import copy
import dataclasses
import operator
import pickle
import weakref
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

from adjoint import (
    NO_TANGENT,
    ZERO,
    AdjointError,
    ProjectTo,
    Tangent,
    add_into,
    canonicalize,
    grad,
    is_inplaceable_destination,
    not_implemented,
    rrule,
    scalar_rule,
    stop_gradient,
)
from adjoint.rules.registry import registry
from adjoint.rules.tangents import backing

ZEROS = [ZERO, NO_TANGENT]
VALUES = [
    2,
    2.0,
    2j,
    np.float32(2.0),
    np.float64(2.0),
    np.ones(3),
    np.ones((2, 2), np.float32),
    np.array(1.0),
]


@pytest.mark.parametrize("zero", ZEROS, ids=repr)
@pytest.mark.parametrize("x", VALUES, ids=repr)
def test_zeros_vanish_in_sums_and_absorb_products(zero, x):
    for total in (x + zero, zero + x, x - zero):
        assert type(total) is type(x) and np.array_equal(total, x)
    assert np.array_equal(zero - x, -x)
    for product in (x * zero, zero * x, zero / x):
        assert product is zero


@pytest.mark.parametrize("zero", ZEROS, ids=repr)
def test_zeros_never_make_arrays_of_objects(zero):
    a = np.ones((2, 2))
    assert a @ zero is zero and zero @ a is zero
    for ufunc in (np.add, np.multiply, np.sin):
        with pytest.raises(TypeError, match="ufunc"):
            ufunc(*[a, zero][-ufunc.nin :])
    assert np.asarray(ZERO).dtype == float and np.array([ZERO, 1.0]).dtype == float


def test_algebra_of_the_two_zeros():
    assert NO_TANGENT + ZERO is NO_TANGENT and ZERO + NO_TANGENT is NO_TANGENT
    assert NO_TANGENT * ZERO is ZERO and ZERO * NO_TANGENT is ZERO
    assert ZERO - NO_TANGENT is NO_TANGENT and NO_TANGENT - ZERO is NO_TANGENT
    assert -ZERO is ZERO and ZERO.real is ZERO and NO_TANGENT.T is NO_TANGENT and ZERO["w"] is ZERO
    assert float(ZERO) == 0.0 and complex(ZERO) == 0j and not ZERO
    with pytest.raises(TypeError, match="without tangent space"):
        float(NO_TANGENT)
    with pytest.raises(ZeroDivisionError):
        ZERO / NO_TANGENT
    with pytest.raises(TypeError, match="no items"):
        list(ZERO)


@pytest.mark.parametrize("zero", ZEROS, ids=repr)
def test_zeros_are_singletons(zero):
    assert copy.deepcopy(zero) is zero and pickle.loads(pickle.dumps(zero)) is zero


# -- not_implemented ----------------------------------------------------------------------------


def test_a_missing_derivative_survives_arithmetic_and_numpy():
    missing = not_implemented("by order")
    a = np.ones(3)
    made = [missing + 1.0, a + missing, a @ missing, 2.0 * missing, missing - a, -missing, missing / 2.0]
    made += [
        np.sum(missing),
        np.sin(missing),
        np.reshape(missing, 3),
        missing[0],
        missing + ZERO,
        ZERO + missing,
    ]
    assert all(each is missing for each in made)
    assert missing * ZERO is ZERO and ZERO * missing is ZERO


@pytest.mark.parametrize("read", [float, complex, bool, np.asarray, list, operator.attrgetter("shape")])
def test_whoever_wants_its_value_gets_the_error(read):
    with pytest.raises(AdjointError, match=r"by order \[ADJ203\]") as caught:
        read(not_implemented("by order"))
    assert "test_symbolic.py" in str(caught.value)


def decay(x, order):
    return x**-order


def pasted(x, order):
    out = decay(x, order)

    def decay_pullback(out_bar):
        return -order * out / x * out_bar, not_implemented("decay by its order")

    return out, decay_pullback


def called(x, order):
    out, pullback = pasted(x, order)
    return out, lambda out_bar: pullback(out_bar)


@pytest.mark.parametrize("rule", [pasted, called])
def test_a_missing_derivative_raises_only_if_it_reaches_the_user(rule):
    with registry.scope():
        rrule(decay)(rule)
        assert grad(lambda x: decay(x, 3.0))(2.0) == -3.0 / 16.0
        assert grad(lambda x: decay(x, stop_gradient(x)))(2.0) == -0.25
        for wrong in (
            lambda x: decay(2.0, x),
            lambda x: decay(x, x * x),
            lambda x: decay(np.sum(x), np.sum(x)),
        ):
            with pytest.raises(AdjointError, match="ADJ203") as caught:
                grad(wrong)(np.ones(3) if "sum" in wrong.__code__.co_names else 2.0)
            assert "reached in the pullback of" in str(caught.value)
            assert "test_symbolic.py" in str(caught.value)


def test_a_missing_derivative_is_never_zero_in_a_container():
    with registry.scope():
        rrule(decay)(called)
        with pytest.raises(AdjointError, match="ADJ203"):
            grad(lambda p: decay(p["x"], p["order"]))({"x": 2.0, "order": 3.0})


# -- what rules may return ----------------------------------------------------------------------


def gain(x, k, label="none"):
    return k * x


@pytest.mark.parametrize("zero", [None, ZERO, NO_TANGENT], ids=repr)
def test_zeros_in_pasted_and_called_rules(zero):
    def rule(x, k, label="none"):
        out = gain(x, k, label)

        def gain_pullback(out_bar):
            return k * out_bar, zero, NO_TANGENT

        return out, gain_pullback

    def called_rule(x, k, label="none"):
        return gain(x, k, label), lambda out_bar: (k * out_bar, zero, NO_TANGENT)

    for each in (rule, called_rule):
        for x in (2.0, np.ones(3)):
            with registry.scope():
                rrule(gain)(each)
                assert np.array_equal(grad(lambda x: np.sum(gain(x, 3.0) + x))(x), 4.0 * np.ones(np.shape(x)))
                sines = grad(lambda x: np.sum(gain(x, np.sin(x))))(x)
                assert np.allclose(sines, np.sin(x))
                only = grad(lambda x: np.sum(gain(2.0, np.sin(x))))(x)
                assert np.array_equal(only, np.zeros(np.shape(x))) and np.shape(only) == np.shape(x)


@pytest.mark.parametrize("zero", [None, ZERO, NO_TANGENT], ids=repr)
def test_zero_partials_of_a_scalar_rule(zero):
    with registry.scope():

        @scalar_rule(gain)
        def gain_rule(out, x, k, label="none"):
            return k, zero, zero

        assert grad(lambda x: gain(x, x))(3.0) == 3.0


# -- tangents of objects ------------------------------------------------------------------------


@dataclasses.dataclass
class Line:
    slope: float
    offset: Any = 0.0


class Slotted:
    __slots__ = ("w",)


Pair = namedtuple("Pair", "a b")


def test_tangents_add_and_scale():
    t, u = Tangent(Line, {"slope": 2.0}), Tangent(Line, {"slope": 1.0, "offset": np.ones(2)})
    total = t + 2.0 * u
    assert total.slope == 4.0 and np.array_equal(total.offset, [2.0, 2.0])
    assert t.offset is ZERO and (t * 0.5).slope == 1.0 and (-t).slope == -2.0 and (t / 2.0).slope == 1.0
    assert (t - u).slope == 1.0 and t + ZERO is t and ZERO + t is t and t * ZERO is ZERO
    with pytest.raises(TypeError, match="no sum of tangents of Line and Pair"):
        t + Tangent(Pair, {"a": 1.0})
    with pytest.raises(AttributeError, match="no field 'width'"):
        _ = t.width


def test_an_object_moves_along_its_tangent():
    line = Line(1.0, {"w": np.zeros(2), "n": 3})
    step = Tangent(Line, {"slope": 2.0, "offset": {"w": np.ones(2), "n": None}})
    moved = line + -0.5 * step
    assert type(moved) is Line and moved.slope == 0.0 and moved.offset["n"] == 3
    assert np.array_equal(moved.offset["w"], [-0.5, -0.5]) and np.array_equal(line.offset["w"], [0.0, 0.0])
    assert (line - step).slope == -1.0


@pytest.mark.parametrize(
    ("cls", "names"),
    [(Line, ["slope", "offset"]), (Slotted, ["w"]), (Pair, ["a", "b"])],
    ids=lambda x: str(x),
)
def test_canonicalize_names_every_field(cls, names):
    full = canonicalize(Tangent(cls, {}))
    assert list(full) == names and all(full[name] is ZERO for name in names)


def test_backing_is_what_generated_code_holds():
    assert backing(Tangent(Line, {"slope": ZERO, "offset": (1.0, NO_TANGENT)})) == {
        "slope": None,
        "offset": (1.0, None),
    }


# -- projection ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "x_bar", "wanted"),
    [
        (1.0, 2, 2.0),
        (1.0, 2.0 + 3j, 2.0),
        (1.0, np.array([[2.0]]), 2.0),
        (1j, 2.0, 2.0 + 0j),
        (np.float32(1.0), np.float64(2.0), np.float32(2.0)),
        (np.ones(2, np.float32), np.ones(2), np.ones(2, np.float32)),
        (np.ones(2), np.array([1j, 1.0 + 1j]), np.array([0.0, 1.0])),
        (np.ones((2, 1)), np.ones(2), np.ones((2, 1))),
        (np.array(1.0), 2.0, np.array(2.0)),
        (np.ones(2, complex), np.ones(2), np.ones(2, complex)),
        (3, 1.0, NO_TANGENT),
        (True, 1.0, NO_TANGENT),
        ("text", 1.0, NO_TANGENT),
        (None, 1.0, NO_TANGENT),
        (np.arange(3), np.ones(3), NO_TANGENT),
        (1.0, ZERO, ZERO),
        (1.0, None, ZERO),
        (np.ones(2), NO_TANGENT, NO_TANGENT),
        ((1.0, 2), [1, 1.0], (1.0, NO_TANGENT)),
        ([np.float32(1.0)], (2.0,), [np.float32(2.0)]),
        (Pair(1.0, 2.0), (1, None), Pair(1.0, ZERO)),
        ({"a": 1.0, "b": 2.0}, {"a": 1 + 1j}, {"a": 1.0}),
    ],
)
def test_projection(x, x_bar, wanted):
    got = ProjectTo(x)(x_bar)
    assert type(got) is type(wanted) and getattr(got, "dtype", None) == getattr(wanted, "dtype", None)
    assert np.array_equal(got, wanted) if isinstance(wanted, np.ndarray) else got == wanted


@pytest.mark.parametrize(
    ("x", "x_bar"),
    [
        (np.ones(2), np.ones(3)),
        (1.0, np.ones(2)),
        ((1.0,), (1.0, 2.0)),
        ({"a": 1.0}, {"b": 1.0}),
        ([1.0], 2.0),
    ],
)
def test_projection_refuses_other_shapes(x, x_bar):
    with pytest.raises(AdjointError, match="ADJ202"):
        ProjectTo(x)(x_bar)


def test_projection_keeps_the_missing_derivative():
    missing = not_implemented("x")
    assert ProjectTo(1.0)(missing) is missing and ProjectTo([1.0])([missing])[0] is missing


def test_projection_does_not_keep_the_value_alive():
    x = np.ones(3)
    watch = weakref.ref(x)
    project = ProjectTo([x])
    del x
    assert watch() is None and np.array_equal(project([np.ones(3)])[0], np.ones(3))


# -- owned sums ---------------------------------------------------------------------------------


def test_sums_in_place_only_where_that_is_right():
    total = np.zeros(2)
    assert add_into(total, np.ones(2)) is total and np.array_equal(total, [1.0, 1.0])
    frozen, spread = np.zeros(2), np.broadcast_to(0.0, 2)
    frozen.setflags(write=False)
    for x in (frozen, spread, np.zeros(2, int), np.float64(0.0), [1.0]):
        assert not is_inplaceable_destination(x)
    assert np.array_equal(add_into(frozen, np.ones(2)), [1.0, 1.0]) and not frozen.any()
    assert np.array_equal(add_into(np.zeros(2), np.array([1j, 0.0])), [1j, 0.0])
    first = np.ones(2)
    copied = add_into(None, first)
    assert copied is not first and add_into(copied, ZERO) is copied and add_into(ZERO, 2.0) == 2.0
    assert add_into([1.0, None], [1.0, 2.0]) == [2.0, 2.0]
