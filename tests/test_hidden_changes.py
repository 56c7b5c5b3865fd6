"""Changes of containers by way of something else than a plain statement: right, or refused, never lost."""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import pytest

import adjoint
from adjoint.testing import check_grad


class Holder:
    """An object that starts without fields."""


class Scaled:
    """An object that changes itself."""

    def __init__(self):
        self.value = 1.0

    def step(self, x):
        self.value = self.value * x


class Shifted(Scaled):
    def step(self, x):
        self.value = self.value + x


def comprehension_as_statement(x):
    out = []
    [out.append(x * v) for v in (1.0, 2.0)]
    return sum(out) * x


def nested_comprehension_as_statement(x):
    out = []
    [out.append(x * v * w) for v in (1.0, 2.0) for w in (3.0, 4.0) if v < w - 1]
    return sum(out) * out[1]


@pytest.mark.parametrize("f", [comprehension_as_statement, nested_comprehension_as_statement])
def test_comprehension_as_a_statement_is_a_loop(f):
    check_grad(f, 0.3)


def method_under_another_name(x):
    out = []
    add = out.append
    add(x * x)
    return out[0] * x


def method_passed_on(x):
    out = []
    list(map(out.append, [x, x * x]))
    return out[0] * out[1]


def append_in_a_condition(x):
    out = []
    y = out.append(x * x) or x
    return out[0] * y


def append_in_a_comprehension(x):
    out = []
    values = [out.append(x * v) or v for v in (1.0, 2.0)]
    return out[1] * values[0]


def update_of_fields(x):
    holder = Holder()
    vars(holder).update(a=x * x)
    return holder.a * x


def default_item(x):
    d = {}
    d.setdefault("a", []).append(x * x)
    return d["a"][0] * x


def steps_of_mixed_objects(x):
    objects = [Scaled(), Shifted()]
    for item in objects:
        item.step(x)
    return objects[0].value * x


def slice_of_a_list(x):
    out = [0.0, 0.0, 0.0]
    out[:2] = [x, x * x]
    return out[0] * out[1]


@pytest.mark.parametrize(
    "f",
    [
        method_under_another_name,
        method_passed_on,
        append_in_a_condition,
        append_in_a_comprehension,
        update_of_fields,
        default_item,
        steps_of_mixed_objects,
        slice_of_a_list,
    ],
)
def test_hidden_change_is_right_or_refused(f):
    try:
        _, pullback = adjoint.vjp(f, 0.3)
    except adjoint.AdjointError:
        return
    step = 1e-6
    slope = (f(0.3 + step) - f(0.3 - step)) / (2 * step)
    assert pullback(1.0)[0] == pytest.approx(slope, rel=1e-5)
