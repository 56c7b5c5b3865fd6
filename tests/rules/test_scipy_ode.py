"""Differential equations: by right hand side, initial state, times and arguments, in both modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import integrate

import adjoint

P = np.array([1.4, 1.3])
TIMES = np.linspace(0.0, 1.5, 4)
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


def pendulum(u: Any, t: Any, a: Any) -> Any:
    return [u[1], -a * np.sin(u[0])]


EQUATIONS: dict[str, Callable[[Any], Any]] = {
    "pendulum": lambda p: np.sum(np.sin(integrate.odeint(pendulum, [p[1], 0.0], TIMES, (p[0],), **TIGHT))),
    "backwards": lambda p: (
        integrate.solve_ivp(lambda t, u: -t * p[0] * u, (1.0, -0.5), [p[1]], t_eval=[0.5, -0.5], **TIGHT).y[0]
        @ np.array([1.0, 2.0])
    ),
    "moving times": lambda p: integrate.odeint(lambda u, t: -p[1] * u, 1.0, p[0] * TIMES, **TIGHT)[2, 0],
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_against_differences(name: str) -> None:
    function, step = EQUATIONS[name], 1e-4
    gradient = adjoint.grad(function)(P)
    moved = [(function(P + step * e) - function(P - step * e)) / (2.0 * step) for e in np.eye(2)]
    assert np.allclose(gradient, moved, rtol=1e-6, atol=1e-7)
    value, dot = adjoint.jvp(function, (P,), (P,))
    assert value == function(P)
    assert np.isclose(dot, gradient @ P, rtol=1e-10)


def decayed(rate: Any, start: Any, end: Any) -> Any:
    return integrate.solve_ivp(lambda t, u: -rate * u, (0.0, end), [start]).y[0, -1]


@pytest.mark.parametrize("name", ["pendulum", "backwards"])
def test_second_derivatives(name: str) -> None:
    gradient, step = adjoint.grad(EQUATIONS[name]), 1e-5
    moved = (gradient(P + step * P) - gradient(P - step * P)) / (2.0 * step)
    assert np.allclose(adjoint.jvp(gradient, (P,), (P,))[1], moved, rtol=1e-6, atol=1e-7)


def test_a_solution_that_is_known() -> None:
    rate, start, end = 0.7, 1.5, 2.0
    exact = start * np.exp(-rate * end)
    wanted = [-end * exact, exact / start, -rate * exact]
    found = adjoint.grad(decayed, wrt=(0, 1, 2))(rate, start, end)
    assert np.allclose(found[:2], wanted[:2], rtol=1e-9)
    assert np.isclose(found[2], -rate * decayed(rate, start, end), rtol=1e-9)
    _, dot = adjoint.jvp(decayed, (rate, start, end), (1.0, 1.0, 0.0))
    assert np.isclose(dot, wanted[0] + wanted[1], rtol=1e-9)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "sol": lambda p: integrate.solve_ivp(lambda t, u: -p[0] * u, (0, 2), [1.0], dense_output=True).sol(0.5)[
        0
    ],
    "events": lambda p: integrate.solve_ivp(
        lambda t, u: -p[0] * u, (0, 2), [1.0], events=lambda t, u: u[0] - 0.5
    ).t_events[0][0],
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(adjoint.AdjointError):
        adjoint.grad(REFUSED[name])(P)
    with pytest.raises(adjoint.AdjointError):
        adjoint.jvp(REFUSED[name], (P,), (P,))
