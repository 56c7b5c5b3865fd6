"""Augmented assignment and changed containers: the kind and the aliases of a value decide.

The line that a message must name ends in the comment ``# !``.
"""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import random

import numpy as np
import pytest

import adjoint
from adjoint import MutationError
from tests.helpers import assert_refused, assert_right_or_refused

V = np.array([0.3, -1.2, 2.1])
M = np.array([[0.5, -1.1], [1.7, 0.2]])
HISTORY: list = []
TABLE: dict = {}


class Cell:
    """A mutable object."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Cell({self.value!r})"

    def store(self, x):
        self.value = x * 2.0  # !
        return self.value


# ---- augmented assignment: the kind and the aliases decide ------------------------------------------


def augmented_argument(x, y):
    x += y  # !
    return np.sum(x * x)


def augmented_alias(x):
    y = x * 2.0
    z = y
    z += 1.0  # !
    return np.sum(y * z)


def augmented_view(x):
    y = x * 2.0
    z = y[:2]
    z *= 3.0  # !
    return np.sum(y)


def augmented_alias_in_list(x):
    y = x * 2.0
    kept = [y]
    y -= 1.0  # !
    return np.sum(kept[0] * y)


def augmented_captured(x):
    y = x * 2.0

    def read():
        return np.sum(y)

    z = y
    z += 1.0  # !
    return read()


def augmented_attribute(cell):
    cell.value += 1.0  # !
    return np.sum(cell.value * cell.value)


def augmented_dict_entry(params):
    params["w"] *= 2.0  # !
    return np.sum(params["w"])


def augmented_row_in_loop(m):
    for row in m:
        row += 1.0  # !
    return np.sum(m * m)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        pytest.param(f, args, id=f.__name__)
        for f, *args in [
            (augmented_argument, V, V + 1.0), (augmented_alias, V), (augmented_view, V),
            (augmented_alias_in_list, V), (augmented_captured, V), (augmented_row_in_loop, M),
        ]
    ],
)  # fmt: skip
def test_augmented_assignment_to_a_shared_array_is_refused(f, args):
    assert_refused(f, *[a.copy() for a in args], codes=("ADJ102",), error=MutationError)


@pytest.mark.parametrize(("f", "arg"), [(augmented_attribute, Cell(V)), (augmented_dict_entry, {"w": V})])
def test_augmented_assignment_through_an_outside_object_is_refused(f, arg):
    assert_refused(f, arg, codes=("ADJ10",), error=MutationError)


def test_augmented_assignment_to_a_float_is_a_rebinding():
    assert adjoint.grad(augmented_argument, wrt=(0, 1))(1.5, 0.5) == (4.0, 4.0)
    assert adjoint.grad(augmented_alias)(1.5) == 4.0 * 1.5 + 4.0 * 1.5 + 2.0


def test_one_function_is_right_for_floats_and_refused_for_arrays():
    def f(x):
        y = x
        y += 1.0  # !
        return np.sum(x * y)

    assert adjoint.grad(f)(3.0) == 7.0
    assert_refused(f, V.copy(), codes=("ADJ102",), error=MutationError)


# ---- containers and objects from outside ------------------------------------------------------------


def append_to_argument(values, x):
    values.append(x)  # !
    return sum(values)


def append_to_global(x):
    HISTORY.append(x)  # !
    return x * x


def store_in_argument(params, x):
    params["w"] = x * 2.0  # !
    return params["w"]


def store_in_global(x):
    TABLE["x"] = x  # !
    return TABLE["x"] * 2.0


def update_argument(params, x):
    params.update(w=x)  # !
    return params["w"] * x


def pop_from_argument(values):
    return values.pop() * values[0]  # !


def extend_by_augmented(values, x):
    values += [x]  # !
    return sum(values)


def sort_argument_list(values):
    values.sort()  # !
    return values[0] * values[1]


def delete_item_of_list(values):
    del values[0]  # !
    return values[0] * 2.0


@pytest.mark.parametrize(
    ("f", "args"),
    [
        pytest.param(f, args, id=f.__name__)
        for f, *args in [
            (append_to_argument, [1.0, 2.0], 0.5), (append_to_global, 0.5),
            (store_in_argument, {"w": 1.0}, 0.5), (store_in_global, 0.5),
            (update_argument, {"w": 1.0}, 0.5), (pop_from_argument, [1.0, 2.0]),
            (extend_by_augmented, [1.0, 2.0], 0.5), (delete_item_of_list, [1.0, 2.0]),
            (sort_argument_list, [2.0, 1.0]),
        ]
    ],
)  # fmt: skip
def test_container_from_outside_changed_is_refused(f, args):
    assert_refused(f, *args, codes=("ADJ103",), error=MutationError)


def write_field(cell, x):
    cell.value = x * x  # !
    return cell.value * 2.0


def write_field_by_setattr(cell, x):
    setattr(cell, "value", x * x)  # !
    return cell.value * 2.0


def test_attribute_of_an_outside_object_written_is_refused():
    assert_refused(write_field, Cell(1.0), 0.5, codes=("ADJ104",), error=MutationError)
    assert_refused(write_field_by_setattr, Cell(1.0), 0.5, codes=("ADJ104",), error=MutationError)
    assert_refused(Cell(1.0).store, 0.5, codes=("ADJ104",), error=MutationError)


# ---- safe mutation: right, or refused, never wrong ---------------------------------------------------


def fresh_array_filled(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] * x[i - 1]
    return np.sum(y * y)


def fresh_array_overwritten(x):
    y = np.zeros(3)
    y[:] = x
    y[1] = y[0] * y[1]
    y[0] = 2.0
    return np.sum(y * y)


def fresh_array_augmented(x):
    y = x * 2.0
    y += x
    y *= y
    return np.sum(y)


def fresh_copy_written(x):
    y = x.copy()
    y[0] = 0.0
    return np.sum(y * y)


def fresh_accumulator(m):
    total = np.zeros(2)
    for row in m:
        total += row * row
    return total


def list_item_written(x):
    values = [x, 2.0 * x]
    values[0] = x * x
    return values[0] * values[1]


def list_popped(x):
    values = [x, 2.0 * x]
    last = values.pop()
    return last * values[0]


def list_inserted_and_sorted(x):
    values = [x]
    values.insert(0, 2.0 * x)
    values.sort()
    return values[0] * values[1] ** 2


def list_shuffled(x):
    values = [x, x * x]
    random.Random(0).shuffle(values)
    return values[0] ** 2 * values[1]


def list_aliased(x):
    values = [x]
    same = values
    same.append(x * x)
    return sum(values)


def dict_entry_overwritten(x):
    d = {"a": x}
    d["a"] = d["a"] * x
    return d["a"]


def dict_setdefault(x):
    d = {"a": x}
    return d.setdefault("b", x * x) * d["a"]


@pytest.mark.parametrize(
    ("f", "arg"),
    [
        pytest.param(f, arg, id=f.__name__)
        for f, arg in [
            (fresh_array_filled, V), (fresh_array_overwritten, V), (fresh_array_augmented, V),
            (fresh_copy_written, V), (fresh_accumulator, M), (list_item_written, 1.3), (list_popped, 1.3),
            (list_inserted_and_sorted, 1.3), (list_shuffled, 1.3), (list_aliased, 1.3),
            (dict_entry_overwritten, 1.3), (dict_setdefault, 1.3),
        ]
    ],
)  # fmt: skip
def test_mutation_of_what_was_made_here_is_right_or_refused(f, arg):
    assert_right_or_refused(f, arg)
