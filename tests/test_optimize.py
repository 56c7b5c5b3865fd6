"""The bridge to SciPy: trees to vectors and back, and minimisation through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import minimize

from adjoint.operators.optimize import flatten_like, for_scipy, unflatten_like


class Pair(NamedTuple):
    a: float
    b: np.ndarray


@dataclass
class Model:
    w: np.ndarray
    scale: float
    name: str = "model"


TREES = [
    1.5,
    np.arange(6.0).reshape(2, 3),
    np.array(2.5),
    np.zeros((0, 3)),
    {"a": 1.0, "b": [np.ones(2), 3], "c": None},
    (1.0, (2.0, "text")),
    Pair(1.0, np.arange(3.0)),
    [np.arange(3.0, dtype=np.float32), 1.0 + 2.0j, np.array([1.0j, 2.0])],
    {},
]


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_there_and_back(tree):
    x = flatten_like(tree, tree)
    assert x.dtype == np.float64
    assert x.ndim == 1
    back = unflatten_like(x, tree)
    assert repr(back) == repr(tree)
    assert type(back) is type(tree)


def test_dataclass_there_and_back():
    model = Model(np.arange(2.0), 3.0)
    back = unflatten_like(np.array([5.0, 6.0, 7.0]), model)
    assert back.w.tolist() == [5.0, 6.0]
    assert (back.scale, back.name) == (7.0, "model")
    assert model.scale == 3.0


def test_leaves_do_not_share_memory_with_the_vector():
    x = np.arange(3.0)
    tree = unflatten_like(x, np.zeros(3))
    tree[0] = 9.0
    assert x[0] == 0.0


def test_missing_cotangents_are_zero():
    assert flatten_like(None, np.ones(3)).tolist() == [0.0, 0.0, 0.0]
    assert flatten_like({"a": None, "b": 2.0}, {"a": 1.0, "b": 1.0}).tolist() == [0.0, 2.0]


def loss(x, params, y):
    return np.mean((x @ params["w"] + params["b"] - y) ** 2)


DATA = np.random.default_rng(0).normal(size=(20, 3))
TRUTH = {"w": np.array([1.0, -2.0, 0.5]), "b": 0.7}
TARGETS = DATA @ TRUTH["w"] + TRUTH["b"]


@pytest.mark.parametrize("wrt", [1, "params"])
def test_minimise_where_the_parameters_stand_second(wrt):
    if wrt == "params":

        def f(x, y, params):
            return loss(x, params, y)
    else:
        f = loss

    fun, x0, unflatten = for_scipy(f, {"w": np.zeros(3), "b": 0.0}, wrt=wrt)
    value, gradient = fun(x0, DATA, TARGETS)
    assert type(value) is float
    assert gradient.shape == x0.shape == (4,)
    found = minimize(fun, x0, args=(DATA, TARGETS), jac=True, method="L-BFGS-B", options={"gtol": 1e-10})
    best = unflatten(found.x)
    assert best["w"] == pytest.approx(TRUTH["w"], abs=1e-5)
    assert best["b"] == pytest.approx(TRUTH["b"], abs=1e-5)
