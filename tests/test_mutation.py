"""Mutation is refused before it runs, at its line; the kind and the aliases of a value decide.

The line that a message must name ends in the comment ``# !``.
"""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import random

import numpy as np
import pytest

from adjoint import MutationError
from tests.helpers import assert_refused

V = np.array([0.3, -1.2, 2.1])
M = np.array([[0.5, -1.1], [1.7, 0.2]])


class Cell:
    """A mutable object."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Cell({self.value!r})"


# ---- arrays written in place ------------------------------------------------------------------------


def item_of_argument(x):
    x[0] = 2.0 * x[1]  # !
    return np.sum(x)


def item_augmented(x):
    x[0] += 1.0  # !
    return np.sum(x * x)


def slice_of_argument(x):
    x[1:] = 0.0  # !
    return np.sum(x)


def slice_augmented(x):
    x[:2] *= x[1:]  # !
    return np.sum(x)


def whole_by_ellipsis(x):
    x[...] = 2.0 * x  # !
    return x


def whole_by_colon(x):
    x[:] = 2.0 * x  # !
    return x


def mask_of_argument(x):
    x[x < 0.0] = 0.0  # !
    return np.sum(x * x)


def item_of_view(x):
    y = x[1:]
    y[0] = 5.0  # !
    return np.sum(x * x)


def item_of_reshaped(m):
    m.reshape(-1)[0] = 3.0  # !
    return np.sum(m * m)


def item_of_alias(x):
    y = x
    y[0] = x[1]  # !
    return np.sum(y)


def item_in_unpacking(x):
    x[0], x[1] = x[1], x[0]  # !
    return x[0] * x[2]


def item_in_loop_target(x):
    for x[0] in range(3):  # !
        pass
    return np.sum(x)


def flat_item(m):
    m.flat[0] = 3.0  # !
    return np.sum(m)


def transposed_item(m):
    m.T[0, 1] = m[0, 0]  # !
    return np.sum(m * m)


def out_keyword(x):
    np.multiply(x, 2.0, out=x)  # !
    return np.sum(x)


def out_positional(x):
    np.exp(x, x)  # !
    return np.sum(x)


def out_of_reduction(x, buffer):
    np.sum(x, axis=0, out=buffer)  # !
    return buffer[0] * 2.0


def method_sort(x):
    x.sort()  # !
    return x[0] * 2.0


def method_fill(x):
    x.fill(x[0])  # !
    return np.sum(x)


def method_put(x):
    x.put([0, 1], x[2])  # !
    return np.sum(x)


def method_resize(x):
    x.resize((2,))  # !
    return np.sum(x)


def method_partition(x):
    x.partition(1)  # !
    return x[1]


def method_itemset_by_setfield(x):
    x.setfield(1.0, np.float64)  # !
    return np.sum(x)


def np_copyto(x, y):
    np.copyto(x, y * 2.0)  # !
    return np.sum(x)


def np_put(x):
    np.put(x, [0], x[1])  # !
    return np.sum(x)


def np_place(x):
    np.place(x, x > 0.0, x[:1])  # !
    return np.sum(x)


def np_putmask(x):
    np.putmask(x, x > 0.0, x * x)  # !
    return np.sum(x)


def np_fill_diagonal(m):
    np.fill_diagonal(m, m[0, 1])  # !
    return np.sum(m * m)


def np_put_along_axis(x):
    np.put_along_axis(x, np.array([0]), x[1:2], 0)  # !
    return np.sum(x)


def ufunc_at(x):
    np.add.at(x, [0, 0], x[1])  # !
    return np.sum(x)


def random_shuffle(x):
    random.shuffle(x)  # !
    return x[0]


def generator_shuffle(x):
    np.random.default_rng(0).shuffle(x)  # !
    return x[0]


def in_callee(x):
    return item_of_argument(x) * 2.0


def in_nested_function(x):
    def write(y):
        y[0] = x[1]  # !
        return y

    return np.sum(write(x))


def through_attribute(cell):
    cell.value[0] = 2.0  # !
    return np.sum(cell.value)


def through_dict(params):
    params["w"][0] = 2.0  # !
    return np.sum(params["w"])


MUTATIONS = [
    (item_of_argument, V), (item_augmented, V), (slice_of_argument, V), (slice_augmented, V),
    (whole_by_ellipsis, V), (whole_by_colon, V), (mask_of_argument, V), (item_of_view, V),
    (item_of_reshaped, M), (item_of_alias, V), (item_in_unpacking, V), (item_in_loop_target, V),
    (flat_item, M), (transposed_item, M), (out_keyword, V), (out_positional, V),
    (out_of_reduction, M, np.zeros(2)), (method_sort, V), (method_fill, V), (method_put, V),
    (method_resize, V), (method_partition, V), (method_itemset_by_setfield, V), (np_copyto, V, V + 1.0),
    (np_put, V), (np_place, V), (np_putmask, V), (np_fill_diagonal, M), (np_put_along_axis, V),
    (ufunc_at, V), (random_shuffle, V), (generator_shuffle, V),
    (in_nested_function, V), (through_attribute, Cell(V)), (through_dict, {"w": V}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args"), [pytest.param(f, args, id=f.__name__) for f, *args in MUTATIONS])
def test_array_written_in_place_is_refused(f, args):
    assert_refused(f, *[_copied(a) for a in args], codes=("ADJ101",), error=MutationError)


def test_mutation_in_a_callee_names_the_line_of_the_callee():
    assert_refused(in_callee, V.copy(), codes=("ADJ101",), error=MutationError, where=(item_of_argument,))


def _copied(value):
    return value.copy() if isinstance(value, np.ndarray) else value
