"""``np.nditer`` over arrays that carry derivatives: order, places, several arrays, writing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

M = np.arange(12.0).reshape(3, 4) / 7.0 + 0.1


def entries(m: Any) -> Any:
    total = 0.0
    for u in np.nditer(m):
        total = total * 0.5 + np.sin(u) * u
    return total


def fortran_order(m: Any) -> Any:
    total = 0.0
    for u in np.nditer(m.T, order="C"):
        total = total * 0.5 + float(u)
    return total


def places(m: Any) -> Any:
    total = 0.0
    it = np.nditer(m, flags=["multi_index"])
    for u in it:
        total += u * it.multi_index[0] * (1 + it.multi_index[1])
    return total


def by_hand(m: Any) -> Any:
    it = np.nditer(m, flags=["c_index"])
    total = it[0] * 3.0
    while not it.finished:
        total += it[0] ** 2 * it.index
        it.iternext()
    return total


def in_step(m: Any) -> Any:
    total = 0.0
    for a, b, k in np.nditer([m, m[:1], [[1.0], [2.0], [3.0]]]):
        total = total + a * b * k
    return total


def written(m: Any) -> Any:
    out = np.zeros_like(m)
    x = m.copy()
    with np.nditer([m, out], op_flags=[["readonly"], ["writeonly"]]) as it:
        for a, b in it:
            b[...] = a * a
    with np.nditer(x, op_flags=["readwrite"]) as it:
        for u in it:
            u[...] = u * u + 1.0
    return np.sum(x * m) + out.sum() * out[1, 2]


def given_to_builtins(m: Any) -> Any:
    return sum(np.nditer(m)) * sum([u * u for u in np.nditer(m[0])])


FUNCTIONS = [entries, fortran_order, places, by_hand, in_step, written, given_to_builtins]


@pytest.mark.parametrize("f", FUNCTIONS, ids=[f.__name__ for f in FUNCTIONS])
def test_nditer(f: Any) -> None:
    check_grad(f, M)
    gradient, h, v = adjoint.grad(f), 1e-6, np.cos(np.arange(12.0)).reshape(3, 4)
    assert adjoint.jvp(f, (M,), (v,))[1] == pytest.approx(np.sum(gradient(M) * v), rel=1e-12)
    wanted = (gradient(M + h * v) - gradient(M - h * v)) / (2.0 * h)
    np.testing.assert_allclose(adjoint.jvp(gradient, (M,), (v,))[1], wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    "f",
    [
        lambda m: sum(np.sum(part**2) for part in np.nditer(m, flags=["external_loop"])),
        lambda m: sum(a * m[0, 0] for a, b in np.nditer([m, None])),
    ],
)
def test_what_an_iterator_copies_or_makes_is_refused(f: Any) -> None:
    with pytest.raises(adjoint.AdjointError, match="np.nditer"):
        adjoint.grad(f)(M)


def test_inactive_arrays_are_walked_over_as_they_are() -> None:
    def f(x: Any) -> Any:
        parts = np.nditer(np.arange(6.0).reshape(2, 3)[:, ::2], flags=["external_loop"])
        return sum(float(np.sum(part)) for part in parts) * x

    assert adjoint.grad(f)(2.0) == 10.0
