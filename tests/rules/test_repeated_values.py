"""Repeated eigenvalues and singular values: what has a derivative is right, what has none is NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

RNG = np.random.default_rng(3)
Q, R = (np.linalg.qr(RNG.normal(size=(4, 4)))[0] for _ in range(2))
W = RNG.normal(size=(4, 4))
X = np.eye(4) + 0.3 * W


def symmetric(a: Any) -> Any:
    return 0.5 * (a + a.T)


#: Repeated up to rounding, and exactly.
REPEATED = {"turned": symmetric((Q * [1.0, 1.0, 2.0, 3.0]) @ Q.T), "diagonal": np.diag([2.0, 1.0, 1.0, 3.0])}


def spectral(a: Any) -> Any:
    values, vectors = np.linalg.eigh(symmetric(a))
    return np.sum(W * ((vectors * np.sqrt(values)) @ vectors.T))


def spectral_of_any(a: Any) -> Any:
    values, vectors = np.linalg.eig(a)
    return np.sum(np.real(W * ((vectors * np.exp(values)) @ np.linalg.inv(vectors))))


def rebuilt(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a)
    return np.sum(W * ((u * s) @ vh))


def single_vector(a: Any) -> Any:
    return np.sum(np.linalg.eigh(a)[1][:, 0])


LOST: dict[str, Callable[[Any], Any]] = {
    "eigh": spectral, "eig": spectral_of_any, "svd": rebuilt, "a vector": single_vector,
}  # fmt: skip


@pytest.mark.parametrize("a", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("name", LOST)
def test_what_is_not_determined_is_nan(name: str, a: Any) -> None:
    function = LOST[name]
    if name != "a vector":
        check_grad(function, symmetric(W @ W.T + np.diag([1.0, 2.0, 4.0, 8.0])))
    assert np.all(np.isnan(adjoint.grad(function)(a)))
    assert np.isnan(adjoint.jvp(function, (a,), (symmetric(W),))[1])


def projection(a: Any) -> Any:
    basis = np.linalg.eigh(a)[1][:, :2]
    return np.sum(W * (basis @ basis.T))


def entropy(a: Any) -> Any:
    values = np.linalg.eigh(symmetric(a))[0]
    return np.sum(values * np.log(values))


def unitary_factor(a: Any) -> Any:
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.sum((u @ vh) * W[: a.shape[0], : a.shape[1]])


def best_of_rank_one(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a)
    return np.sum(W * (s[0] * np.outer(u[:, 0], vh[0])))


@pytest.mark.parametrize("values", [[1.0, 1.0, 2.0, 3.0], [1.0, 1.0, 2.0, 2.0]])
def test_projections_onto_whole_spaces(values: Any) -> None:
    a = symmetric((Q * values) @ Q.T)
    check_grad(lambda m: projection(symmetric(m)), a)


@pytest.mark.parametrize("a", REPEATED.values(), ids=REPEATED)
def test_functions_of_the_values(a: Any) -> None:
    check_grad(entropy, a)
    wanted = np.eye(4) + (Q * np.log([1.0, 1.0, 2.0, 3.0])) @ Q.T
    found = adjoint.grad(entropy)(REPEATED["turned"])
    assert np.allclose(found, wanted)
    _, dot = adjoint.jvp(entropy, (REPEATED["turned"],), (W,))
    assert np.isclose(dot, np.sum(wanted * W))


@pytest.mark.parametrize(
    "a", [np.eye(3), Q, 2.0 * Q[:, :3], np.diag([1.0, 1.0, 2.0])], ids=["unit", "turned", "tall", "diagonal"]
)
def test_the_unitary_factor(a: Any) -> None:
    check_grad(unitary_factor, a)


@pytest.mark.parametrize("a", [np.eye(3), Q, 2.0 * Q[:, :3]], ids=["unit", "turned", "tall"])
def test_polar_factors(a: Any) -> None:
    """Forward mode, too: no singular vectors are needed."""
    linalg = pytest.importorskip("scipy.linalg")

    def factors(a: Any) -> Any:
        unitary, stretch = linalg.polar(a)
        return np.sum(np.sin(unitary)) + np.sum(stretch**3)

    check_grad(factors, a)
    direction = W[: a.shape[0], : a.shape[1]]
    _, dot = adjoint.jvp(factors, (a,), (direction,))
    assert np.isclose(dot, np.sum(adjoint.grad(factors)(a) * direction), rtol=1e-9)


def test_what_is_cut_off_may_repeat() -> None:
    a = 3.0 * np.outer(Q[:, 0], R[:, 0])
    gradient = adjoint.grad(best_of_rank_one)(a)
    direction = np.outer(Q[:, 0], R[:, 1])
    step = 1e-6
    moved = best_of_rank_one(a + step * direction) - best_of_rank_one(a - step * direction)
    assert np.isclose(np.sum(gradient * direction), moved / (2.0 * step), rtol=1e-6)
    assert np.all(np.isnan(adjoint.grad(rebuilt)(a)))


def test_zero_singular_values_of_a_tall_matrix() -> None:
    def tall(a: Any) -> Any:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return np.sum(W[:, :2] * ((u * s) @ vh))

    check_grad(tall, W[:, :2])
    assert np.all(np.isnan(adjoint.grad(tall)(np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]))))


def test_a_stack_loses_one_matrix_only() -> None:
    def total(stack: Any) -> Any:
        values, vectors = np.linalg.eigh(stack)
        return np.sum(W * ((vectors * np.sqrt(values)[:, None, :]) @ np.swapaxes(vectors, -1, -2)))

    regular = symmetric(W @ W.T + np.diag([1.0, 2.0, 4.0, 8.0]))
    found = adjoint.grad(total)(np.stack([REPEATED["diagonal"], regular]))
    assert np.all(np.isnan(found[0]))
    assert np.allclose(found[1], adjoint.grad(spectral)(regular))


def test_generalised_problems() -> None:
    linalg = pytest.importorskip("scipy.linalg")
    root = np.linalg.cholesky(X @ X.T)
    a = symmetric((root @ Q * [1.0, 1.0, 2.0, 3.0]) @ Q.T @ root.T)

    def projected(a: Any, b: Any) -> Any:
        basis = linalg.eigh(symmetric(a), symmetric(b))[1][:, :2]
        return np.sum(W * (basis @ basis.T))

    check_grad(projected, a, symmetric(root @ root.T), rtol=1e-5)


@pytest.mark.parametrize("name", ["expm", "sqrtm", "logm", "cosm", "signm"])
def test_functions_of_a_matrix_whose_eigenvalues_repeat(name: str) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    function = getattr(linalg, name)
    if name == "signm":
        with pytest.raises(adjoint.AdjointError, match="Schur"):
            adjoint.grad(lambda a: np.sum(function(a)))(np.eye(3))
        return
    for a in (2.0 * np.eye(3), REPEATED["diagonal"]):
        check_grad(lambda m: np.sum(W[: len(m), : len(m)] * function(m)), a)
