"""Every row of the target table that is SciPy's has a rule, a program that runs without one, or a reason.

The table is kept outside the repository; where it is missing the rows cannot be checked.
"""

from __future__ import annotations

import csv
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
import scipy.sparse
from scipy import linalg, stats

import adjoint
import adjoint.rules
from adjoint.rules.registry import registry
from tests.rules.check_programs import check_program
from tests.rules.test_targets import TABLE, found

for _module in pkgutil.iter_modules(adjoint.rules.__path__):
    importlib.import_module(f"adjoint.rules.{_module.name}")

M = np.array([[1.5, 0.25, -0.5], [0.75, 2.0, 0.25], [-0.5, 1.0, 1.75]])
MATRIX = scipy.sparse.csr_matrix(M)

#: Rows without a rule of their own: a program that uses them.
PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "scipy.stats.multivariate_normal.entropy": lambda m: stats.multivariate_normal.entropy(cov=m @ m.T),
    "scipy.sparse.csr_matrix @": lambda m: MATRIX @ m,
    "scipy.linalg.polar": lambda m: linalg.polar(m)[0],
}
#: Rows that no derivative can pass, and why.
NOTHING_TO_DO = {
    "scipy.special.bernoulli": "takes an integer",
    "scipy.special.bessel_jn": "a name of JAX; SciPy calls it jv",
}


def rows() -> list[dict[str, str]]:
    if not TABLE.exists():
        return []
    with TABLE.open() as file:
        return [row for row in csv.DictReader(file) if row["function"].startswith("scipy")]


def rules_of(name: str) -> Any:
    """Return the rules of what a row names; brackets name one of its arguments."""
    value = found(name.partition("[")[0])
    return registry.lookup(getattr(value, "__func__", value)) if value is not None else ()


def is_refused(rule: Any) -> bool:
    return hasattr(rule.function, "refusal")


@pytest.mark.skipif(not TABLE.exists(), reason="the target table is not beside this checkout")
def test_every_target() -> None:
    missing, refused = [], []
    for row in rows():
        name = row["function"]
        rules = () if name in PROGRAMS or name in NOTHING_TO_DO else rules_of(name)
        if not rules and name not in PROGRAMS and name not in NOTHING_TO_DO:
            missing.append(name)
        if rules and is_refused(rules[0]):
            refused.append((name, row["priority"]))
    assert missing == []
    assert sorted(refused) == [(f"scipy.linalg.{name}", "3") for name in ("funm", "hessenberg", "schur")]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    check_program(PROGRAMS[name], M)


#: Shapes of distributions by their names, and of those for which these are outside.
SHAPES = {
    "a": 2.3, "b": 3.1, "df": 4.5, "c": 1.7, "s": 0.8, "kappa": 1.4, "beta": 1.6, "mu": 2.2, "p": 0.4, "n": 6,
}  # fmt: skip
OWN_SHAPES = {"truncnorm": (-1.2, 1.9), "wrapcauchy": (0.4,)}
SEVERAL = ("dirichlet", "multivariate_normal", "multinomial", "gaussian_kde")
METHODS = [
    name
    for name in (row["function"] for row in rows())
    if name.startswith("scipy.stats.") and name.count(".") == 3 and name.split(".")[2] not in SEVERAL
]


def shapes_of(distribution: Any) -> list[Any]:
    names = (distribution.shapes or "").replace(",", " ").split()
    return list(OWN_SHAPES.get(distribution.name, [SHAPES[name] for name in names]))


@pytest.mark.parametrize("name", METHODS)
def test_a_distribution(name: str) -> None:
    distribution = getattr(stats, name.split(".")[2])
    method, shapes = getattr(distribution, name.split(".")[3]), shapes_of(distribution)
    if hasattr(distribution, "logpmf"):
        index = next(i for i, shape in enumerate(shapes) if isinstance(shape, float))
        x = 1.0

        def function(z: Any) -> Any:
            return method(x, *shapes[:index], z, *shapes[index + 1 :])

        point = shapes[index]
    else:
        point = 1.35 if distribution.name == "pareto" else 0.35

        def function(z: Any) -> Any:
            return method(z, *shapes)

    wanted = (function(point + 1e-6) - function(point - 1e-6)) / 2e-6
    assert np.isclose(adjoint.grad(function)(point), wanted, rtol=1e-5, atol=1e-8)
    assert np.isclose(adjoint.jvp(function, (point,), (1.0,))[1], wanted, rtol=1e-5, atol=1e-8)
