"""What a refusal tells the user to write instead fits the construct, and can be differentiated."""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad
from adjoint.transforms.advice import ARRAYS, DICTS, LISTS

V = np.array([4.0, 2.0, 3.0])
M = np.array([[4.0, 2.0], [3.0, 1.0]])
L = [4.0, 2.0, 3.0]
D = {"a": 2.0, "b": 3.0}

REFUSED = [
    (lambda x: x.sort(), V, "x = np.sort(x)"),
    (lambda x: np.ndarray.sort(x), V, "x = np.sort(x)"),
    (lambda x: x.fill(1.0), V, "x = np.full_like(x, value)"),
    (lambda x: x.partition(1), V, "x = np.partition(x, kth)"),
    (lambda x: x.setflags(write=False), V, "leave it out"),
    (lambda x: np.copyto(x, 1.0), V, "x = np.where(where, new, x)"),
    (lambda x: np.fill_diagonal(x, 1.0), M, "np.eye(len(x), dtype=bool)"),
    (lambda x: np.add.at(x, [0], 1.0), V, "np.bincount("),
    (lambda x: np.ufunc.at(np.add, x, [0], 1.0), V, "np.bincount("),
    (lambda x: np.random.shuffle(x), V, "x = x[rng.permutation(len(x))]"),
    (lambda x: np.sin(x, out=x), V, "leave `out=` out and keep the result:  x = np.sin(...)"),
    (lambda x: np.mgrid[x[0] : x[1] : 5j], V, "np.linspace(a, b, 5)"),
    (lambda x: np.ogrid[0 : x[1] : 5j], V, "np.linspace(a, b, 5)"),
    (lambda x: np.r_[x[0] : x[1] : 0.5], V, "np.arange(a, b, step)"),
    (lambda x: x.append(1.0), L, "x = [*x, item]"),
    (lambda x: x.sort(), L, "x = sorted(x)"),
    (lambda x: x.insert(0, 1.0), L, "x = [*x[:i], item, *x[i:]]"),
    (lambda x: x.reverse(), L, "x = x[::-1]"),
    (lambda x: x.pop("a"), D, "x = {k: v for k, v in x.items() if k != key}"),
    (lambda x: x.update(c=1.0), D, "x = {**x, **other}"),
    (lambda x: x.setdefault("c", 1.0), D, "x = {key: default, **x}"),
    (lambda x: x.clear(), D, "x = {}"),
]  # fmt: skip


def assigns_shape(x):
    x.shape = (3, 1)
    return np.sum(x)


def assigns_flat(x):
    x.flat[0] = 1.0
    return np.sum(x)


def stores_item(x):
    x["a"] = 2.0 * x["a"]
    return x["a"]


def deletes_item(x):
    del x["a"]
    return x["b"]


REFUSED += [
    (assigns_shape, V, "x = x.reshape(shape)"), (assigns_flat, V, "x.ravel()"),
    (stores_item, D, "x = {**x, key: value}"), (deletes_item, D, "if k != key}"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x", "advice"), REFUSED)
def test_the_first_fix_is_for_the_construct(f, x, advice):
    with pytest.raises(adjoint.AdjointError) as caught:
        adjoint.vjp(f, x)
    first = str(caught.value).partition("fix:  1. ")[2].partition("\n")[0]
    assert advice in first


#: What stands for the words in the advice.
WORDS = """
value = v = new = default = 2.0
item = 9.0
kth, i, key = 1, 1, "a"
items, other = [2.0, 5.0], {"c": 1.0}
"""
ARRAY_WORDS = """
shape, dtype = (x.size, 1), float
indices, values = np.array([0, 2]), np.array([1.0, 2.0])
mask = where = np.arange(x.size) < 1
"""


def advised(table: dict[str, str], x: str) -> list[Any]:
    return [
        pytest.param(x, text, id=f"{x}-{word}") for word, text in table.items() if "=" in text.split("`")[0]
    ]


@pytest.mark.parametrize(("x", "text"), [*advised(ARRAYS, "V"), *advised(LISTS, "L"), *advised(DICTS, "D")])
def test_the_advice_can_be_differentiated(x, text):
    if text.startswith(("{name} = new + 1j", "{name} = {name}.real")):
        result = "np.sum(np.abs(x) ** 2)"
    else:
        result = {
            "V": "np.sum(x * x)",
            "L": "sum(v * v for v in x) + y",
            "D": "sum(v * v for v in x.values()) + y",
        }[x]
    given = globals()["M" if "eye" in text else x]
    words = WORDS + (ARRAY_WORDS if x == "V" else "") + "rng = np.random.default_rng(0)\n"
    y = "" if x == "V" else "y = x[0] * x[1]\n" if x == "L" else "y = x['a'] * x['b']\n"
    body = words + y + "\n".join(text.format(name="x").split(";  ")) + f"\nreturn {result}"
    source = "def f(x):\n" + "\n".join("    " + line for line in body.split("\n") if line) + "\n"
    name = "<advice>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        namespace: dict[str, Any] = {"np": np}
        exec(compile(source, name, "exec"), namespace)
        check_grad(namespace["f"], given)
    finally:
        linecache.cache.pop(name, None)
