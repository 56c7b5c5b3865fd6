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

from .check_programs import check_program

Program = Callable[..., Any]

P = np.array([1.4, 1.3])
START = np.array([1.0, 1.0])


def curves(p: Any) -> Any:
    return lambda u: np.array([u[0] ** 2 * p[0] - u[1], u[0] + u[1] ** 3 - p[1]])


def of_arguments(u: Any, a: Any, b: Any) -> Any:
    return [u[0] ** 2 * a - u[1], u[0] + u[1] ** 3 - b]


def with_jacobian(u: Any, a: Any) -> Any:
    return u**3 + u - a, np.diag(3.0 * u**2 + 1.0)


def with_slope(u: Any, a: Any) -> Any:
    return u**3 + u - a, 3.0 * u**2 + 1.0


EQUATIONS: dict[str, Callable[[Any], Any]] = {
    "fsolve": lambda p: np.sum(np.sin(optimize.fsolve(curves(p), START, xtol=1e-13))),
    "fsolve of lists": lambda p: optimize.fsolve(of_arguments, [1.0, 1.0], (p[0], p[1]), xtol=1e-13)[0],
    "fsolve of a number": lambda p: optimize.fsolve(lambda u: u**3 + p[0] * u - p[1], 1.0, xtol=1e-13)[0],
    "root": lambda p: np.sum(np.cos(optimize.root(curves(p), START, tol=1e-13).x)),
    "root with arguments": lambda p: optimize.root(of_arguments, START, (p[0], p[1]), tol=1e-13)["x"][1],
    "root and Jacobian": lambda p: np.prod(optimize.root(with_jacobian, START, (p,), jac=True, tol=1e-13).x),
    "brentq": lambda p: optimize.brentq(lambda u: u**3 - p[0] * u - p[1], 0.5, 3.0) ** 2,
    "root_scalar": lambda p: (
        optimize.root_scalar(lambda u: u**3 - p[0] * u - p[1], bracket=(0.5, 3.0), xtol=1e-14).root ** 2
    ),
    "root_scalar with arguments": lambda p: (
        optimize.root_scalar(
            lambda u, a, b: u**3 - a * u - b, (p[0], p[1]), "secant", x0=2.0, x1=2.1, xtol=1e-13
        ).root
    ),
    "root_scalar and slope": lambda p: (
        optimize.root_scalar(with_slope, (p[0],), "newton", x0=1.0, fprime=True, xtol=1e-13).root * p[1]
    ),
    "newton": lambda p: optimize.newton(lambda u: u**3 - p[0] * u - p[1], 2.0),
    "newton with arguments": lambda p: optimize.newton(
        lambda u, a, b: u**3 - a * u - b, 2.0, lambda u, a, b: 3.0 * u**2 - a, (p[0], p[1]), tol=1e-13
    ),
    "newton of each entry": lambda p: np.prod(
        optimize.newton(lambda u: u**3 - p * u - 1.0, np.array([2.0, 2.0]), tol=1e-13)
    ),
    "toms748": lambda p: optimize.toms748(lambda u, a: u**3 - a * u - p[1], 0.5, 3.0, p[0], disp=True),
    "fixed_point": lambda p: optimize.fixed_point(lambda u: 0.5 * np.cos(u * p[0]) * p[1], 0.5, xtol=1e-13),
    "fixed_point of a vector": lambda p: np.prod(
        optimize.fixed_point(
            lambda u, a: 0.3 * np.cos(u[::-1] * a), np.array([0.4, 0.5]), (p,), 1e-13, 500, "iteration"
        )
    ),
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
    "covariance of a fit": (
        lambda p: optimize.curve_fit(lambda x, a: a * x * p[0], np.arange(3.0), np.ones(3))[1][0, 0],
        "covariance",
    ),
    "another output of fsolve": (
        lambda p: optimize.fsolve(curves(p), START, full_output=1)[0][0],
        "full_output",
    ),
    "another output of brentq": (
        lambda p: optimize.brentq(lambda u: u**3 - p[0], 0.1, 2.0, full_output=True)[0],
        "full_output",
    ),
    "another field of a linear fit": (
        lambda p: optimize.lsq_linear(TALL, SIDE * p[0]).fun[0],
        "`fun`",
    ),
    "solution without bounds": (
        lambda p: optimize.lsq_linear(TALL, SIDE * p[0]).unbounded_sol[0][0],
        "`unbounded_sol`",
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


def test_a_root_of_slope_zero_has_no_derivative() -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isinf(adjoint.grad(lambda p: optimize.brentq(lambda u: u**3 - p, -1.0, 1.0))(0.0))


TALL = np.array([[2.5, 0.1, -0.6], [0.1, 1.5, 0.4], [1.3, 0.9, 1.3], [0.3, -0.7, 0.2]])
SIDE = TALL @ np.array([0.4, -0.3, 0.7]) + np.array([0.1, 0.05, -0.1, 0.2])
LINEAR_FITS: dict[str, Program] = {
    "lsq_linear": lambda a, b: np.sin(optimize.lsq_linear(a, b).x),
    "cost": lambda a, b: optimize.lsq_linear(a, b).cost,
    "in a box": lambda a, b: optimize.lsq_linear(a, b, bounds=(-0.1, 0.5), method="bvls").x,
    "nnls": lambda a, b: optimize.nnls(a, b)[0] * optimize.nnls(a, b)[1],
}


@pytest.mark.parametrize("name", LINEAR_FITS)
def test_linear_fits(name: str) -> None:
    check_program(LINEAR_FITS[name], TALL, SIDE)


def bowl(u: Any, a: Any, b: Any) -> Any:
    return (u[0] - a) ** 4 + (u[0] - a) ** 2 + (u[1] * b - u[0]) ** 2 + np.exp(0.1 * u[1])


def distances(u: Any, a: Any, b: Any) -> Any:
    return np.array([u[0] - a, u[1] * u[0] - b, u[1] - 2.0])


def with_gradient(u: Any, p: Any) -> Any:
    weights = np.array([1.0, 3.0])
    return np.sum(weights * (u - p) ** 2), 2.0 * weights * (u - p)


TIGHT = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}
BOX = [(0.0, 0.5), (None, None)]
ABSCISSAE = np.linspace(0.0, 2.0, 9)
ORDINATES = 2.0 * np.exp(-1.1 * ABSCISSAE) + 0.05 * np.cos(9.0 * ABSCISSAE)


def decay(x: Any, a: Any, b: Any) -> Any:
    return a * np.exp(-b * x)


MINIMA: dict[str, Callable[[Any], Any]] = {
    "curve_fit": lambda p: optimize.curve_fit(decay, ABSCISSAE * p[1], ORDINATES * p[0], (1.5, 1.0))[0][1],
    "curve_fit with errors": lambda p: np.prod(
        optimize.curve_fit(decay, ABSCISSAE, ORDINATES, (1.5, 1.0), 1.0 + ABSCISSAE * p[0] + p[1])[0]
    ),
    "curve_fit of a closure": lambda p: np.sum(
        optimize.curve_fit(
            lambda x, a, b: decay(x, a, b) + p[0] * x * p[1], ABSCISSAE, ORDINATES, (1.5, 1.0), **TIGHT
        )[0]
    ),
    "curve_fit in a box": lambda p: optimize.curve_fit(
        decay, ABSCISSAE, ORDINATES * p[0] * p[1], (1.5, 1.0), bounds=(0.0, [1.8, 3.0])
    )[0][1],
    "minimize": lambda p: np.sum(np.sin(optimize.minimize(lambda u: bowl(u, p[0], p[1]), START, tol=1e-9).x)),
    "with arguments": lambda p: optimize.minimize(bowl, START, (p[0], p[1]), tol=1e-9)["x"][1],
    "value and point": lambda p: (lambda r: r.fun * r.x[0])(optimize.minimize(bowl, START, (p[0], p[1]))),
    "with its gradient": lambda p: np.prod(optimize.minimize(with_gradient, START, (p,), jac=True).x),
    "at a bound": lambda p: optimize.minimize(bowl, START, (p[0], p[1]), bounds=BOX, tol=1e-12).x[1],
    "of one number": lambda p: optimize.minimize_scalar(lambda u: (u - p[0]) ** 4 + (u - p[1]) ** 2).x,
    "on an interval": lambda p: (
        optimize.minimize_scalar(
            lambda u, a: np.cosh(u - a), bounds=(0.0, 3.0), args=(p[0],), method="bounded"
        ).x
    ),
    "least_squares": lambda p: np.prod(
        optimize.least_squares(distances, START, args=(p[0], p[1]), **TIGHT).x
    ),
    "cost": lambda p: optimize.least_squares(lambda u: distances(u, p[0], p[1]), START, **TIGHT).cost,
    "in a box": lambda p: optimize.least_squares(distances, 0.5 * START, args=(p[0], p[1]), bounds=(0, 1)).x[
        1
    ],
}


@pytest.mark.parametrize("name", MINIMA)
def test_minima(name: str) -> None:
    function, step = MINIMA[name], 1e-3
    gradient = adjoint.grad(function)(P)
    moved = [(function(P + step * e) - function(P - step * e)) / (2.0 * step) for e in np.eye(2)]
    assert np.allclose(gradient, moved, rtol=2e-3, atol=2e-5)
    value, dot = adjoint.jvp(function, (P,), (P,))
    assert value == function(P)
    assert np.isclose(dot, gradient @ P, rtol=1e-10)


@pytest.mark.parametrize(
    "name", ["minimize", "value and point", "at a bound", "of one number", "least_squares"]
)
def test_second_derivatives_of_minima(name: str) -> None:
    gradient, step = adjoint.grad(MINIMA[name]), 1e-3 * P
    moved = (gradient(P + step) - gradient(P - step)) / 2e-3
    assert np.allclose(adjoint.jvp(gradient, (P,), (P,))[1], moved, rtol=1e-3, atol=1e-6)
    assert np.allclose(adjoint.vjp(gradient, P)[1](P)[0], moved, rtol=1e-3, atol=1e-6)


def test_a_minimum_that_is_known() -> None:
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])

    def solved(p: Any) -> Any:
        return optimize.minimize(lambda u: 0.5 * u @ matrix @ u - p @ u, START, tol=1e-10).x

    inverse = np.linalg.inv(matrix)
    assert np.allclose(adjoint.jacobian(solved, mode="reverse")(P), inverse, atol=1e-9)
    assert np.allclose(adjoint.jacobian(solved, mode="forward")(P), inverse, atol=1e-9)


NO_MINIMA: dict[str, tuple[Callable[[Any], Any], str]] = {
    "moving bound": (
        lambda p: optimize.minimize(bowl, START, (p[0], p[1]), bounds=[(0.0, 0.2 * p[0]), (None, None)]).x[0],
        "bound at which it lies",
    ),
    "constraint": (
        lambda p: optimize.minimize(bowl, START, (p[0], 1.0), constraints=[{"type": "eq", "fun": np.sum}]).x[
            0
        ],
        "constraints",
    ),
    "another field": (lambda p: np.sum(optimize.minimize(bowl, START, (p[0], p[1])).hess_inv), "hess_inv"),
    "another loss": (
        lambda p: optimize.least_squares(distances, START, args=(p[0], p[1]), loss="huber").x[0],
        "loss",
    ),
}


@pytest.mark.parametrize("name", NO_MINIMA)
def test_minima_that_are_refused(name: str) -> None:
    function, word = NO_MINIMA[name]
    with pytest.raises(adjoint.AdjointError, match=word):
        adjoint.grad(function)(P)
    with pytest.raises(adjoint.AdjointError, match=word):
        adjoint.jvp(function, (P,), (P,))
