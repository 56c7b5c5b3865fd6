"""Changes in place that no assignment shows: unbound methods, operators as functions, mutators passed on."""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import copy
import functools
import operator

import numpy as np
import pytest

import adjoint

V = np.array([4.0, 2.0, 3.0])
L = [4.0, 2.0, 3.0]

ARRAYS = [
    lambda x: operator.setitem(x, 0, 1.0),
    lambda x: operator.iadd(x, 1.0),
    lambda x: operator.delitem(x, 0),
    lambda x: x.__setitem__(0, 1.0),
    lambda x: x.__iadd__(1.0),
    lambda x: np.ndarray.__setitem__(x, 0, 1.0),
    lambda x: np.ndarray.__imul__(x, 2.0),
    lambda x: np.ndarray.sort(x),
    lambda x: np.ndarray.fill(x, 1.0),
    lambda x: np.ndarray.setfield(x, 1.0, float),
    lambda x: type(x).__setitem__(x, 0, 1.0),
    lambda x: getattr(x, "fill")(1.0),
    lambda x: np.add.at(x, [0], 1.0),
    lambda x: np.ufunc.at(np.add, x, [0], 1.0),
    lambda x: functools.partial(np.add.at, x)([0], 1.0),
    lambda x: vars(np)["copyto"](x, 1.0),
    lambda x: vars(np)["add"](x, 1.0, x),
    lambda x: vars(np)["add"](x, 1.0, out=x),
    lambda x: list(map(operator.setitem, [x], [0], [5.0])),
    lambda x: list(map(x.__setitem__, [0, 1], [5.0, 6.0])),
]
LISTS = [
    lambda x: list.append(x, 1.0),
    lambda x: list.__setitem__(x, 0, 1.0),
    lambda x: list.sort(x, reverse=True),
    lambda x: operator.setitem(x, 0, 1.0),
    lambda x: operator.iadd(x, [1.0]),
    lambda x: type(x).append(x, 1.0),
    lambda x: list(map(x.append, [1.0, 2.0])),
    lambda x: x.__iadd__([1.0]),
]


def changing(change):
    """A function that changes its argument before it computes with it."""

    def f(x):
        change(x)
        return np.sum(x)

    return f


@pytest.mark.parametrize("change", ARRAYS)
def test_an_array_changed_in_place_is_refused(change):
    refused(change, V)


@pytest.mark.parametrize("change", LISTS)
def test_a_list_changed_in_place_is_refused(change):
    refused(change, L)


def refused(change, x):
    given = copy.deepcopy(x)
    plain = copy.deepcopy(x)
    try:
        change(plain)
    except (ValueError, TypeError):  # such as deleting items of an array
        pass
    else:
        assert repr(plain) != repr(x), "the specimen changes nothing"
    direction = [1.0] * len(x) if isinstance(x, list) else np.ones_like(x)
    for run in (adjoint.grad(changing(change)), lambda v: adjoint.jvp(changing(change), (v,), (direction,))):
        with pytest.raises(adjoint.AdjointError, match="ADJ1|ADJ201"):
            run(given)
        assert repr(given) == repr(x), "a refused call changed its argument"


def test_a_local_container_may_be_changed_by_functions():
    def f(x):
        values = [x, x * x]
        operator.setitem(values, 0, 3.0 * x)
        list.append(values, x**3)
        return values[0] * values[1] + values[2]

    assert adjoint.grad(f)(2.0) == pytest.approx(48.0)
