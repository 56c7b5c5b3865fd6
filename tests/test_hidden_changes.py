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


def generator_read_twice(x):
    values = (v * x for v in (1.0, 2.0))
    return sum(values) + sum(values)


def reads_twice(values):
    return sum(values) + sum(values)


def generator_passed_to_a_function(x):
    return reads_twice(v * x for v in (1.0, 2.0))


def generator_of_a_rebound_name(x):
    k = x
    values = (v * k for v in (1.0, 2.0))
    k = 3.0
    return sum(values) * x


def generator_in_a_dict(x):
    d = {"values": (v * x for v in (1.0, 2.0))}
    return sum(d["values"]) + sum(d["values"])


def map_read_twice(x):
    values = map(lambda v: v * x, (1.0, 2.0))
    return sum(values) + sum(values)


def zip_read_in_a_loop(x):
    pairs = zip((x, 2.0), (x, x))
    total = 0.0
    for i in range(2):
        for a, b in pairs:
            total += a * b
    return total


def chain_read_twice(x):
    import itertools

    values = itertools.chain([x], [2 * x])
    return sum(values) + sum(values)


@pytest.mark.parametrize(
    "f",
    [
        generator_read_twice,
        generator_passed_to_a_function,
        generator_of_a_rebound_name,
        generator_in_a_dict,
        map_read_twice,
        zip_read_in_a_loop,
        chain_read_twice,
    ],
)
def test_iterator_that_is_read_twice_or_late(f):
    check_grad(f, 0.3)


def zip_given_to_a_name(x):
    pairs = zip((x, 2.0), (x, x))
    total = 0.0
    for a, b in pairs:
        total += a * b
    return total


def iterators_consumed_at_once(x):
    a, b = (v * x for v in (1.0, 2.0))
    total = a * b + sum(map(lambda v: v * x, (1.0, 2.0)))
    for v in (w * x for w in (1.0, 2.0)):
        total += v * v
    return total + max(*(v * x for v in (1.0, 2.0)))


@pytest.mark.parametrize("f", [zip_given_to_a_name, iterators_consumed_at_once])
def test_iterator_that_is_read_once(f):
    check_grad(f, 0.3)


class Swallowing:
    """A context manager after which nobody knows which lines ran."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return error[0] is ZeroDivisionError


class Timing:
    """A context manager that lets exceptions through."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


SWALLOWING = Swallowing()


def swallowed(x):
    y = x
    with Swallowing():
        y = x * x
        y = y / 0.0
    return y * x


def swallowed_by_a_global(x):
    y = x
    with SWALLOWING:
        y = y / 0.0
    return y * x


def timed(x):
    with Timing():
        y = x * x
    return y * x


@pytest.mark.parametrize("f", [swallowed, swallowed_by_a_global])
def test_context_manager_that_swallows_exceptions_is_refused(f):
    with pytest.raises(adjoint.LanguageError, match="ADJ110"):
        adjoint.vjp(f, 0.3)


def test_context_manager_that_lets_exceptions_through():
    check_grad(timed, 0.3)


# ---- operators in place that a class defines ------------------------------------------------------


class Account:
    """An object that ``+=`` changes."""

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Account(self.value + other)

    def __iadd__(self, other):
        self.value = self.value + other
        return self


def adds_to(account, x):
    account += x


def changed_by_a_helper(x):
    account = [Account(1.0), 0][0]
    adds_to(account, x)
    return account.value * 2.0 * x


def changed_under_another_name(x):
    account = Account(1.0)
    other = account
    account += x
    return other.value * 2.0 * x


def unknown_under_another_name(x):
    account = [Account(1.0), 0][0]
    other = account
    account += x
    return other.value * 2.0


def local_class_under_another_name(x):
    class Log:
        def __init__(self):
            self.items = []

        def __iadd__(self, item):
            self.items = self.items + [item]
            return self

    log = Log()
    other = log
    log += x
    return sum(other.items)


@pytest.mark.parametrize("f", [changed_by_a_helper, changed_under_another_name])
def test_operators_in_place_of_classes(f):
    check_grad(f, 0.7)


@pytest.mark.parametrize("f", [unknown_under_another_name, local_class_under_another_name])
def test_operators_in_place_whose_result_nobody_reads(f):
    with pytest.raises(adjoint.AdjointError, match="ADJ103"):
        adjoint.grad(f)(0.7)
