"""Changing inactive values in place: refused once a derivative has read them, untouched before.

The line that a message must name ends in the comment ``# !``.
"""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint import MutationError
from adjoint.testing import check_grad
from tests.helpers import assert_refused

V = np.array([0.3, -1.2, 2.1])
RATE = 2.0
TABLE = np.ones(3)


class Layer:
    """An object with a number, an array and a counter."""

    def __init__(self):
        self.rate, self.weights, self.mode, self.count = 2.0, np.ones(3), None, 0

    def __repr__(self):
        return f"Layer({self.rate}, {self.weights}, {self.mode}, {self.count})"

    def scaled(self, x):
        return x * self.rate

    def weighted(self, x):
        return x * self.weights

    def set_rate(self, rate):
        self.rate = rate

    def set_mode(self):
        self.mode = 1.0

    def tick(self):
        self.count += 1

    def wipe(self):
        self.weights[0] = 0.0

    def __enter__(self):
        self.wipe()

    def __exit__(self, *error):
        return None

    def __call__(self):
        self.wipe()


def wipe(w):
    w[0] = 0.0


def set_rate(rate):
    global RATE
    RATE = rate


def wipe_by_turns(w, n):
    if n == 0:
        w[0] = 0.0
    else:
        wipe_by_the_other(w, n - 1)


def wipe_by_the_other(w, n):
    wipe_by_turns(w, n)


# ---- changed after it was used ----------------------------------------------------------------------


def item(x):
    w = np.ones(3)
    y = np.sum(x * w)
    w[0] = 5.0  # !
    return y


def through_alias(x):
    w = np.ones(3)
    same = w
    y = np.sum(x * same)
    w[0] = 5.0  # !
    return y


def through_view(x):
    w = np.ones(3)
    part = w[:]
    y = np.sum(x * w)
    part[0] = 5.0  # !
    return y


def buffer_of_a_loop(x):
    total, mask = 0.0, np.zeros(3)
    for i in range(3):
        mask[i] = 2.0  # !
        total = total + np.sum(x * mask) * i
    return total


def augmented(x):
    total, w = 0.0, np.ones(3)
    for i in range(3):
        total = total + np.sum(x * w) * i
        w += 1.0  # !
    return total


def index(x):
    places = np.array([0, 1])
    y = np.sum(x[places] ** 2)
    places[0] = 2  # !
    return y


def mask(x):
    positive = x > 0.0
    y = np.sum(x[positive] ** 2)
    positive[:] = True  # !
    return y


def method(x):
    w = np.ones(3)
    y = np.sum(x * w)
    w.fill(5.0)  # !
    return y


def method_kept(x):
    w = np.ones(3)
    fill = w.fill  # !
    y = np.sum(x * w)
    fill(5.0)
    return y


def out(x):
    w = np.ones(3)
    y = np.sum(x * w)
    np.multiply(w, 3.0, out=w)  # !
    return y


def in_callee(x):
    w = np.ones(3)
    y = np.sum(x * w)
    wipe(w)  # !
    return y


def in_recursive_callee(x):
    w = np.ones(3)
    y = np.sum(x * w)
    wipe_by_turns(w, 3)  # !
    return y


def in_nested_function(x):
    w = np.ones(3)

    def change():
        w[0] = 5.0

    y = np.sum(x * w)
    change()  # !
    return y


def in_lambda(x):
    w = np.ones(3)
    change = lambda: w.fill(5.0)
    y = np.sum(x * w)
    change()  # !
    return y


def array_in_dict(x):
    d = {"w": np.ones(3)}
    y = x * d["w"]
    d["w"][0] = 5.0  # !
    return np.sum(y)


def array_in_list(x):
    ws = [np.ones(3), np.ones(3)]
    total = 0.0
    for w in ws:
        total = total + np.sum(x * w)
        w[0] = 7.0  # !
    return total


def output_of_a_rule(x):
    y = np.exp(x)
    detached = adjoint.stop_gradient(y)
    detached += 1.0  # !
    return np.sum(y)


def outside_array(x):
    y = np.sum(x * TABLE)
    TABLE[:] = 1.0  # !
    return y


def global_in_callee(x):
    y = x * RATE
    set_rate(2.0)  # !
    return np.sum(y)


def list_seen_by_callee(x):
    values = [x]
    y = squares(values)
    values.append(2.0 * x)  # !
    return y * np.sum(values[1])


def squares(values):
    return sum(np.sum(v * v) for v in values)


def alias_of_dict(x):
    d = {"n": 2.0}
    same = d
    y = np.sum(x) * d["n"]
    same["n"] = 5.0  # !
    return y


CHANGED = [
    item, through_alias, through_view, buffer_of_a_loop, augmented, index, mask, method, method_kept, out,
    in_callee, in_recursive_callee, in_nested_function, in_lambda, output_of_a_rule, outside_array, global_in_callee,
]  # fmt: skip


@pytest.mark.parametrize("f", CHANGED, ids=lambda f: f.__name__)
def test_change_after_use_is_refused(f):
    assert_refused(f, V.copy(), codes=("ADJ105",), error=MutationError)


@pytest.mark.parametrize(
    "f", [array_in_dict, array_in_list, list_seen_by_callee, alias_of_dict], ids=lambda f: f.__name__
)
def test_change_after_use_of_what_a_container_holds(f):
    check_grad(f, V.copy())


def field_seen_by_method(x, layer):
    y = layer.scaled(x)
    layer.rate = 9.0  # !
    return np.sum(y)


def field_set_by_method(x, layer):
    y = x * layer.rate
    layer.set_rate(9.0)  # !
    return np.sum(y)


def field_set_between_calls(x, layer):
    y = layer.scaled(x)
    layer.set_rate(9.0)  # !
    return np.sum(layer.scaled(y))


def array_of_object(x, layer):
    y = layer.weighted(x)
    layer.wipe()  # !
    return np.sum(y)


def by_context_manager(x, layer):
    y = x * layer.weights
    with layer:  # !
        pass
    return np.sum(y)


def by_callable_object(x, layer):
    y = x * layer.weights
    layer()  # !
    return np.sum(y)


OBJECTS = [
    field_seen_by_method, field_set_by_method, field_set_between_calls, array_of_object, by_context_manager,
    by_callable_object,
]  # fmt: skip


@pytest.mark.parametrize("f", OBJECTS, ids=lambda f: f.__name__)
def test_change_of_an_object_after_use_is_refused(f):
    layer = Layer()
    with pytest.raises(MutationError, match="ADJ105"):
        adjoint.vjp(f, V.copy(), layer, wrt=0)
    assert repr(layer) == repr(Layer())


# ---- changed before it is used, or made anew --------------------------------------------------------


def built_first(x):
    a = np.zeros((3, 3))
    for i in range(3):
        a[i, i] = i + 1.0
    return np.sum(a @ x)


def built_by_out(x):
    w = np.empty(3)
    np.add(1.0, np.ones(3), out=w)
    return np.sum(w * x)


def new_in_each_trip(x):
    total = 0.0
    for i in range(3):
        mask = np.zeros((2, 3))
        row = mask[0]
        row[i] = 2.0
        total = total + np.sum(x * mask) * i
    return total


def made_by_nested_function(x):
    def unit(i):
        e = np.zeros(3)
        e[i] = 2.0
        return e

    return sum(np.sum(x * unit(i)) * i for i in range(3))


def random_numbers(x):
    rng = np.random.default_rng(0)
    return sum(np.sum(x * rng.normal(size=3)) for _ in range(3))


def bookkeeping(x):
    history, seen = [], set()
    for i in range(3):
        x = x * 2.0
        history.append(float(np.sum(x)))
        seen.add(i)
    return np.sum(x) * len(history) * len(seen)


def consumed_list(x):
    todo, total = [1.0, 2.0, 3.0], 0.0
    while todo:
        total = total + np.sum(x * x) * todo.pop()
    return total


def items_replaced(x):
    c, d = [1.0, 2.0], {"a": 2.0}
    y = x * c[0] * d["a"]
    c[0], d["a"] = 7.0, 9.0
    return np.sum(y) * c[0] * d["a"]


def nonlocal_rate(x):
    rate = 2.0

    def change():
        nonlocal rate
        rate = 9.0

    y = x * rate
    change()
    return np.sum(y)


UNCHANGED = [
    built_first, built_by_out, new_in_each_trip, made_by_nested_function, random_numbers, bookkeeping,
    consumed_list, items_replaced, nonlocal_rate,
]  # fmt: skip


@pytest.mark.parametrize("f", UNCHANGED, ids=lambda f: f.__name__)
def test_change_that_reaches_no_derivative_is_right(f):
    check_grad(f, V)


def test_counter_of_an_object_is_no_change_of_its_arrays():
    layer = Layer()

    def f(x, layer):
        y = layer.scaled(x)
        layer.tick()
        z = layer.weighted(y)
        layer.tick()
        return np.sum(z * z)

    assert np.allclose(adjoint.grad(f)(V, layer), 8.0 * V)
    assert layer.count == 2


# ---- what inference must not remember ---------------------------------------------------------------


def mode_set_by_method(x, layer):
    layer.set_mode()
    return np.sum(x) if layer.mode is None else np.sum(x * x)


def mode_set_through_alias(x, layer):
    same = layer
    same.mode = 3.0
    return np.sum(x) if layer.mode is None else np.sum(x * x)


def flag_set_by_nested_function(x):
    done = False

    def finish():
        nonlocal done
        done = True

    finish()
    return np.sum(x * x) if done else np.sum(x)


def test_fields_and_variables_that_other_code_sets_are_read_anew():
    assert np.array_equal(adjoint.grad(mode_set_by_method)(V, Layer()), 2.0 * V)
    assert np.array_equal(adjoint.grad(mode_set_through_alias)(V, Layer()), 2.0 * V)
    assert np.array_equal(adjoint.grad(flag_set_by_nested_function)(V), 2.0 * V)


def test_arguments_that_share_memory_with_a_changed_one_are_refused():
    def f(x, w, counts):
        y = np.sum(x * w)
        counts[0] = 9.0
        return y

    w = np.ones(3)
    with pytest.raises(MutationError, match="ADJ105"):
        adjoint.grad(f)(V, w, w)
    with pytest.raises(MutationError, match="ADJ105"):
        adjoint.grad(f)(V, w, w[::-1])
    assert np.array_equal(w, np.ones(3))
    assert np.array_equal(adjoint.grad(f)(V, w, w.copy()), w)
