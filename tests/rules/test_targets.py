"""Every row of the target table that is NumPy's or Python's has a rule, works without one, or is refused.

The table is kept outside the repository; where it is missing the rows cannot be checked.
"""

from __future__ import annotations

import builtins
import csv
import functools
import importlib
import pathlib
import warnings
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.rules.registry import registry
from adjoint.testing import check_grad
from tests.rules.generators import since

TABLE = pathlib.Path(__file__).resolve().parents[3] / "shared" / "reference" / "rule_targets.csv"
V = np.array([0.5, -1.25, 2.0, 0.75])
M = np.array([[0.5, -1.25], [2.0, 0.75]])
PARTS = {"int": 0, "slice": slice(1, 3), "-1": -1, "reverse": slice(None, None, -1), "newaxis": None}
INDICES = {
    **PARTS, "int,int": (0, 1), "ellipsis": (..., 0), "list": [0, 0, 1], "array": np.array([1, 0, 1]),
    "boolmask": np.array([True, False]), "mixed": (slice(None), [0, 0]),
    "2-D index": np.array([[0, 1], [1, 1]]),
}  # fmt: skip


#: Rows that are not supported, and why; a derivative through them is refused.
UNSUPPORTED = {
    "numpy.apply_along_axis": "calls a function for every row",
    "numpy.vectorize": "calls a function for every entry",
    "numpy.piecewise": "calls a function for every piece",
    "numpy.ndenumerate": "hands out pairs of indices and values",
    "numpy.row_stack": "deprecated; it is vstack",
}
#: Rows without a rule of their own: a program that uses them, and the argument.
PROGRAMS = {
    "numpy.r_": (lambda v: np.r_[v, 2.0 * v[:2]], V),
    "numpy.c_": (lambda v: np.c_[v, v * v], V),
    "numpy.fromfunction": (lambda v: np.fromfunction(lambda i: v * i, (4,)), V),
    "ndarray.__iter__": (lambda m: sum(row[0] * row for row in m), M),
    "ndarray.tolist": (lambda v: v.tolist(), V),
    "operator + -": (lambda v: (v + 2.0) - (v - 0.5) - v, V),
    "operator * /": (lambda v: v * 2.0 / (v * v), V),
    "operator ** int": (lambda v: v**3, V),
    "operator ** -1": (lambda v: v**-1, V),
    "operator ** 0.5": (lambda v: (v * v) ** 0.5, V),
    "operator ** array": (lambda v: (v * v) ** v, V),
    "operator scalar **": (lambda v: 2.5**v, V),
    "operator // %": (lambda v: v // 0.3 + v % 0.3, V),
    "operator @": (lambda m: m @ m, M),
    "operator @ vec": (lambda m: m @ m[0], M),
    "operator unary": (lambda v: -v + (+v) * v, V),
    "builtin abs": (lambda v: abs(v), V),
    "builtin pow": (lambda v: pow(v, 2), V),
    "builtin divmod": (lambda v: divmod(v, 0.3)[1] * v, V),
    "builtin sum": (lambda v: sum(v, v[0]), V),
    "builtin max min": (lambda v: max(v[0], v[1]) * min(v), V),
    "builtin float": (lambda v: float(v[0]) * v, V),
    "builtin round": (lambda v: round(float(v[3])) * v, V),
    "comparison": (lambda v: (v > 0.1) * v, V),
    "comparison chained": (lambda v: v * v if -1.0 < v[0] < 1.0 else v, V),
    "logical & bar ~": (lambda v: (~((v > 0.1) & (v < 1.0) | (v < -1.0))) * v, V),
    **{
        f"ndarray.__getitem__[{name}]": (functools.partial(lambda index, m: m[index] ** 2, index), M)
        for name, index in INDICES.items()
    },
}
#: Rows that are refused, and an example of what is said.
REFUSED = {
    "numpy.put_along_axis": (lambda m: np.put_along_axis(m, np.array([[0]]), 0.0, 0), "ADJ101"),
    "numpy.random.shuffle": (lambda m: np.random.shuffle(m), "ADJ101"),
}


def rows():
    if not TABLE.exists():
        return []
    with TABLE.open() as file:
        return [row for row in csv.DictReader(file) if not row["function"].startswith("scipy")]


def found(name: str) -> Any:
    """Return the object that a row names, None for rows that name a spelling."""
    parts = (
        name.replace("ndarray.", "numpy.ndarray.", 1).split(".")
        if name.startswith("ndarray")
        else name.split(".")
    )
    for split in range(len(parts) - 1, 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:split]))
        except ImportError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for part in parts[split:]:
                value = getattr(value, part, None)
        return value
    return getattr(builtins, name, None)


#: What NumPy has since a version that is newer than the oldest supported.
NEWER = {
    "numpy.cumulative_sum": "2.1.0",
    "numpy.cumulative_prod": "2.1.0",
    "numpy.unstack": "2.1.0",
    "numpy.matvec": "2.2.0",
    "numpy.vecmat": "2.2.0",
}


@pytest.mark.skipif(not TABLE.exists(), reason="the target table is not beside this checkout")
def test_every_target():
    missing = []
    for row in rows():
        name = row["function"]
        value = found(name)
        plain = value is not None and not callable(value) and not hasattr(value, "__get__")
        error = isinstance(value, type) and issubclass(value, Exception)
        if (
            name in PROGRAMS
            or name in REFUSED
            or name in UNSUPPORTED
            or plain
            or error
            or name == "numpy.newaxis"
        ):
            continue
        if value is None and name in NEWER and not since(NEWER[name], name):
            continue
        if value is None or not registry.lookup(value):
            missing.append(f"{name} (priority {row['priority']})")
    assert not missing


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    function, argument = PROGRAMS[name]
    check_grad(function, argument)


@pytest.mark.parametrize("name", REFUSED)
def test_refusal(name):
    function, code = REFUSED[name]
    with pytest.raises(adjoint.AdjointError, match=code):
        adjoint.vjp(function, M)
