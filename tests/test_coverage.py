"""`adjoint.coverage`, and the functions that the library sets out to cover."""

from __future__ import annotations

import csv
import importlib
import inspect
import math
import types

import numpy as np
import pytest

import adjoint
from adjoint.coveragetable import CONSTANT, row_of
from adjoint.rules.registry import registry, rrule
from tests.tree import ROOT

TARGETS = ROOT / ".." / "shared" / "reference" / "rule_targets.csv"


def test_rows() -> None:
    table = adjoint.coverage(np)
    rows = {row.name: row for row in table.rows}
    assert rows["sin"].reverse == "elementwise" and rows["sin"].forward and rows["sin"].refused == ()
    assert rows["sum"].reverse == "rule" and rows["argmax"].reverse == CONSTANT
    assert rows["sum"].refused == ("out",)
    assert rows["put"].reverse == "unsupported" and "put" in table.unsupported
    assert "int" not in rows and "linalg" not in rows and "vectorize" in table.supported
    methods = adjoint.coverage(np.ndarray)
    assert methods.module == "ndarray" and {"T", "sum", "reshape"} <= set(methods.supported)
    assert "| `hypot` | elementwise | yes |" in str(adjoint.coverage(math))


def blend(x: float, y: float, weight: float = 0.5, strict: bool = False) -> float:
    return weight * x + (1.0 - weight) * y


def test_a_rule_of_ones_own_is_counted() -> None:
    module = types.SimpleNamespace(blend=blend, __name__="mine")
    (row,) = adjoint.coverage(module).rows
    assert row.reverse == "source" and row.supported
    with registry.scope():
        rrule(blend)(lambda x, y, weight=0.5: ...)
        (row,) = adjoint.coverage(module).rows
        assert row.reverse == "rule" and row.refused == ("strict",) and not row.forward


def test_the_targets() -> None:
    """Every function of the first priority is covered; the page lists what is not."""
    if not TARGETS.exists():
        pytest.skip("the table of targets lies beside the repository and is not there")
    with TARGETS.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["priority"] == "1"]
        rows = [row for row in rows if not row["function"].startswith("scipy.")]
    missing = [row["function"] for row in rows if not covered(row["function"])]
    assert not missing, f"no rule for {missing}"


def covered(name: str) -> bool:
    """Whether a dotted name of the table has a rule, or is differentiated by the compiler itself."""
    primal = resolve(name)
    if primal is None:
        return True  # this version does not have it, or it is syntax
    if not callable(primal) and not inspect.isdatadescriptor(primal):
        return True  # a constant
    return row_of("", primal).supported


def resolve(name: str) -> object:
    """Return what a dotted name means, None if there is no such thing."""
    parts = name.split(".")
    for size in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:size]))
        except ImportError:
            continue
        for part in parts[size:]:
            found = getattr(found, part, None)
        return found
    return None
