"""Products and solves with constant sparse matrices, whose entries `check_rule` cannot vary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
import scipy.sparse as sparse
import scipy.sparse.linalg as solvers

import adjoint
from adjoint.testing import check_grad

DENSE = np.array([[3.0, 0.0, 0.5], [0.0, 2.0, 0.0], [-0.25, 0.0, 1.5]])
FORMATS = "csr csc coo bsr dia lil dok".split()
CLASSES = [getattr(sparse, f"{name}_{kind}") for name in FORMATS for kind in ("matrix", "array")]
V, M = np.array([0.5, -1.0, 2.0]), np.array([[0.5, 1.0], [-1.5, 2.0], [0.25, -0.75]])
FACTORS = solvers.splu(sparse.csc_matrix(DENSE))
COMPLEX = sparse.csc_matrix(DENSE * (1.0 + 0.5j))


def products(matrix: Any, wide: Any) -> dict[str, Callable[[Any], Any]]:
    return {
        "matrix @ x": lambda x: np.sum(np.sin(wide @ x)),
        "matrix.dot(x)": lambda x: np.sum(np.sin(matrix.dot(x))),
        "x @ matrix": lambda x: np.sum(np.sin(x.T @ matrix)),
        "transposed": lambda x: np.sum(np.sin(wide.T @ (wide @ x))),
    }


def check(function: Callable[[Any], Any], x: Any) -> None:
    check_grad(function, x)
    gradient, step, direction = adjoint.grad(function), 1e-5, np.cos(x)
    value, dot = adjoint.jvp(function, (x,), (direction,))
    assert value == function(x)
    assert np.allclose(dot, np.sum(gradient(x) * direction), rtol=1e-12)
    moved = (gradient(x + step * direction) - gradient(x - step * direction)) / (2 * step)
    assert np.allclose(adjoint.jvp(gradient, (x,), (direction,))[1], moved, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_transposed_products(cls: Any) -> None:
    function = products(cls(DENSE), cls(DENSE[:2]))["transposed"]
    dense = products(DENSE, DENSE[:2])["transposed"]
    for x in (V, M):
        assert np.allclose(adjoint.grad(function)(x), adjoint.grad(dense)(x), rtol=1e-13)


@pytest.mark.parametrize("name", products(DENSE, DENSE))
def test_products(name: str) -> None:
    check(products(sparse.csr_array(DENSE), sparse.csr_matrix(DENSE[:2]))[name], V)


def test_the_star_of_matrices() -> None:
    matrix = sparse.csc_matrix(DENSE)
    check(lambda x: np.sum(np.sin(matrix * x)), V)


SOLVES: dict[str, Callable[[Any], Any]] = {
    "spsolve": lambda x: np.sum(np.sin(solvers.spsolve(sparse.csc_matrix(DENSE), x))),
    "spsolve of a complex matrix": lambda x: np.sum(np.abs(solvers.spsolve(COMPLEX, x)) ** 2),
    "product with a complex matrix": lambda x: np.sum(np.abs(COMPLEX @ x) ** 2),
    "factors": lambda x: np.sum(np.sin(FACTORS.solve(x))),
    "factors transposed": lambda x: np.sum(np.sin(FACTORS.solve(x, "T"))),
}


@pytest.mark.parametrize("name", SOLVES)
def test_solves(name: str) -> None:
    check(SOLVES[name], V)


def test_float32_stays() -> None:
    x = V.astype(np.float32)
    matrix = sparse.csr_matrix(DENSE.astype(np.float32))
    assert adjoint.grad(lambda x: np.sum(matrix @ x))(x).dtype == np.float32


def test_entries_are_refused() -> None:
    places = (np.arange(3), np.arange(3))
    with pytest.raises(adjoint.AdjointError):
        adjoint.grad(lambda x: np.sum(sparse.csr_array((x, places), shape=(3, 3)) @ V))(V)
