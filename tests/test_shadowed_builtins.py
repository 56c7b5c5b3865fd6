"""Functions whose variables, parameters or module use the names of builtins that generated code needs."""

from __future__ import annotations

import types

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

X = np.array([0.5, 1.5, 2.2])


def loop(x, range):
    s = 0.0
    for v in x:
        s = s + v * v * range
    return s


def records(x, len, reversed):
    s = 0.0
    for i in range(3):
        s = np.sin(s) + x[i] ** 2 * len * reversed
    return s


def display(x, list, dict):
    values = [x[0], x[1] * 2, x[2]]
    table = {"a": values[0] * list}
    table["a"] = table["a"] * dict
    values[0] = table["a"]
    s = 0.0
    for v in values:
        s = s + v**2
    return s


def reductions(x, abs, max):
    return np.sum(np.abs(x) * abs) + np.mean(x) * max + np.std(x)


def several(x, map, sorted, sum, min):
    d = {k: v * map for k, v in zip("abc", x, strict=True)}
    t = 0.0
    for _, v in d.items():
        t = t + v * v * sum + min * sorted
    return t


def counted(x, range):
    r = 0.0
    while r < 10:
        r = r + x[0] * range + x[1] ** 2
    return r


def local(x):
    range, zip, min = 2.0, 3.0, 4.0
    s = 0.0
    for v in x:
        s = s + v * v * range * zip
    return s * min


def local_function(x):
    def len(a):
        return 3.0

    values = [x[0]]
    values.append(x[1])
    values.append(x[2] ** 2)
    return sum(v * len(v) for v in values)


def matched(x, isinstance, len):
    match (x[0], x[1]):
        case (a, b):
            return a * b * isinstance * len
    return 0.0


PROGRAMS = [
    (loop, 2.0), (records, 2.0, 3.0), (display, 2.0, 3.0), (reductions, 2.0, 3.0),
    (several, 2.0, 3.0, 4.0, 5.0), (counted, 2.0), (local,), (local_function,), (matched, 2.0, 3.0),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args"), [(f, args) for f, *args in PROGRAMS])
def test_parameters_and_variables(f, args):
    check_grad(f, X, *args, wrt=0)
    assert adjoint.value_and_grad(f)(X, *args)[0] == f(X, *args)


def test_names_imported_from_numpy(tmp_path, monkeypatch):
    """``from numpy import *`` gives a module other functions named max, min, sum, abs and round."""
    (tmp_path / "starred.py").write_text(
        "from numpy import *\n"
        "def f(x):\n"
        "    t = 0.0\n"
        "    for v in x:\n"
        "        t = t + v * v\n"
        "    return mean(x**2) + sum(x) * max(x) + abs(x[0]) + std(x) + t * min(x)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    module = __import__("starred")
    assert isinstance(module, types.ModuleType)
    check_grad(module.f, X, wrt=0)
