"""Solvers that call a function: by what it captured and by extra arguments, twice, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import integrate, optimize

import adjoint
from adjoint.testing import check_grad

P = np.array([1.4, 1.3])
START = np.array([1.0, 1.0])


def curves(p: Any) -> Any:
    return lambda u: np.array([u[0] ** 2 * p[0] - u[1], u[0] + u[1] ** 3 - p[1]])


def of_arguments(u: Any, a: Any, b: Any) -> Any:
    return [u[0] ** 2 * a - u[1], u[0] + u[1] ** 3 - b]


def with_jacobian(u: Any, a: Any) -> Any:
    return u**3 + u - a, np.diag(3.0 * u**2 + 1.0)


EQUATIONS: dict[str, Callable[[Any], Any]] = {
    "fsolve": lambda p: np.sum(np.sin(optimize.fsolve(curves(p), START, xtol=1e-13))),
    "fsolve of lists": lambda p: optimize.fsolve(of_arguments, [1.0, 1.0], (p[0], p[1]), xtol=1e-13)[0],
    "fsolve of a number": lambda p: optimize.fsolve(lambda u: u**3 + p[0] * u - p[1], 1.0, xtol=1e-13)[0],
    "root": lambda p: np.sum(np.cos(optimize.root(curves(p), START, tol=1e-13).x)),
    "root with arguments": lambda p: optimize.root(of_arguments, START, (p[0], p[1]), tol=1e-13)["x"][1],
    "root and Jacobian": lambda p: np.prod(optimize.root(with_jacobian, START, (p,), jac=True, tol=1e-13).x),
    "brentq": lambda p: optimize.brentq(lambda u: u**3 - p[0] * u - p[1], 0.5, 3.0) ** 2,
    "newton": lambda p: optimize.newton(lambda u: u**3 - p[0] * u - p[1], 2.0),
    "quad": lambda p: integrate.quad(lambda x: np.exp(-p[0] * x) * np.sin(p[1] * x), 0.0, p[0])[0],
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_first_and_second_derivatives(name: str) -> None:
    function = EQUATIONS[name]
    check_grad(function, P, rtol=1e-6)
    gradient, step = adjoint.grad(function), 1e-5
    moved = (gradient(P + step * P) - gradient(P - step * P)) / (2 * step)
    assert np.allclose(adjoint.jvp(gradient, (P,), (P,))[1], moved, rtol=1e-6, atol=1e-7)


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another output of fsolve": (
        lambda p: optimize.fsolve(curves(p), START, full_output=1)[0][0],
        "full_output",
    ),
    "another field of root": (lambda p: np.sum(optimize.root(curves(p), START).fun), "reads `fun`"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    function, word = REFUSED[name]
    with pytest.raises(adjoint.AdjointError, match=word):
        adjoint.grad(function)(P)
    with pytest.raises(adjoint.AdjointError, match=word.split()[-1]):
        adjoint.jvp(function, (P,), (P,))
