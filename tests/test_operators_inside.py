"""Operators inside differentiated functions: derivatives of Jacobians, Hessians and linear maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import grad, jvp, vjp

Function = Callable[[Any], Any]
MIXING = np.array([[1.0, 2.0], [3.0, 4.0]])
X, DIRECTION = np.array([0.7, -0.4]), np.array([0.3, 0.5])


def waves(y: Any) -> Any:
    return np.sin(MIXING @ y) * y


def energy(y: Any) -> Any:
    return np.sum(waves(y))


def by_name(x: Any) -> Any:
    return np.sum(adjoint.jacobian(lambda y, z: waves(y) * z * x[0], wrt="y")(x, x[1]) ** 2)


def blocks(x: Any) -> Any:
    by_y, by_z = adjoint.jacobian(lambda y, z: waves(y) * z * x[0], wrt=(0, 1))(x, x[1])
    return by_y[0, 1] * by_z[1]


def hessian_blocks(x: Any) -> Any:
    rows = adjoint.hessian(lambda y, z: energy(y) * z**2 * x[0], wrt=(0, 1))(x, x[1])
    return rows[0][1][0] * rows[1][1] + rows[0][0][0, 1]


def product_of_several(x: Any) -> Any:
    by_y, by_z = adjoint.hvp(lambda y, z: energy(y) * z**2 * x[0], wrt=(0, 1))(x, x[1], (x * x, x[0]))
    return by_y[0] * by_z


def linear_map(x: Any) -> Any:
    y, push = adjoint.linearize(lambda y: waves(y) * x[0], x)
    return np.dot(push(x), push(x * x)) + y[0]


def made_before(x: Any) -> Any:
    curvature = adjoint.hessian(lambda y: energy(y) * x[0])
    return np.linalg.det(curvature(x)) * curvature(x * x)[0, 1]


OUTSIDE = adjoint.hvp(energy)

#: Each is a function of two numbers that calls an operator.
PROGRAMS: dict[str, Function] = {
    "derivative": lambda x: adjoint.derivative(lambda t: t**3 * x[0])(x[1]),
    "jacobian": lambda x: np.trace(adjoint.jacobian(lambda y: waves(y) * x[0])(x)),
    "jacobian, forward": lambda x: np.trace(adjoint.jacobian(lambda y: waves(y) * x[0], mode="forward")(x)),
    "jacobian, reverse": lambda x: np.trace(adjoint.jacobian(lambda y: waves(y) * x[0], mode="reverse")(x)),
    "jacobian of a number": lambda x: adjoint.jacobian(lambda t: t**3 * x)(x[1])[0] * x[0],
    "jacobian by name": by_name,
    "jacobian by several": blocks,
    "hessian": lambda x: np.sum(adjoint.hessian(lambda y: energy(y) * x[0])(x)),
    "hessian by several": hessian_blocks,
    "hessian made before": made_before,
    "hvp": lambda x: np.sum(adjoint.hvp(lambda y: energy(y) * x[0])(x, x)),
    "hvp by several": product_of_several,
    "hvp made outside": lambda x: OUTSIDE(x, x * x)[0],
    "vhp": lambda x: np.sum(adjoint.vhp(lambda y: energy(y) * x[0])(x, x)),
    "diag_hessian": lambda x: np.prod(adjoint.diag_hessian(lambda y: energy(y) * x[0])(x)),
    "value_grad_hess": lambda x: np.sum(adjoint.value_grad_hess(lambda y: energy(y) * x[0])(x)[2] * x),
    "linearize": linear_map,
    "jvp of a gradient": lambda x: np.sum(jvp(grad(lambda y: energy(y) * x[0]), (X,), (DIRECTION,))[1]),
    "vjp of a gradient": lambda x: np.sum(vjp(grad(lambda y: energy(y) * x[0]), X)[1](DIRECTION)[0]),
    "jet of a gradient": lambda x: adjoint.jet(grad(lambda t: np.sin(t) * x[0]), x[1], 2)[1][1],
}


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=PROGRAMS)
def test_operators_inside_differentiated_functions(f: Function) -> None:
    slopes = [(f(X + 1e-6 * e) - f(X - 1e-6 * e)) / 2e-6 for e in np.eye(2)]
    gradient = grad(f)
    value, found = adjoint.value_and_grad(f)(X)
    np.testing.assert_allclose(value, f(X), rtol=1e-14)
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(jvp(f, (X,), (DIRECTION,))[1], slopes @ DIRECTION, rtol=1e-6)
    moved = (gradient(X + 1e-5 * DIRECTION) - gradient(X - 1e-5 * DIRECTION)) / 2e-5
    np.testing.assert_allclose(jvp(gradient, (X,), (DIRECTION,))[1], moved, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["hessian", "jacobian, reverse", "hvp", "linearize"])
def test_operators_inside_functions_differentiated_twice(name: str) -> None:
    f = PROGRAMS[name]

    def along(x: Any) -> Any:
        return jvp(f, (x,), (DIRECTION,))[1]

    wanted = jvp(grad(f), (X,), (DIRECTION,))[1]
    np.testing.assert_allclose(vjp(grad(f), X)[1](DIRECTION)[0], wanted, rtol=1e-10)
    np.testing.assert_allclose(grad(along)(X), wanted, rtol=1e-10)
    np.testing.assert_allclose(jvp(along, (X,), (DIRECTION,))[1], wanted @ DIRECTION, rtol=1e-10)


@pytest.mark.parametrize("name", ["jacobian, reverse", "hessian by several", "hvp", "vhp", "linearize"])
def test_series_of_functions_with_operators_inside(name: str) -> None:
    """What the inner function captured moves along the curve as well."""
    f = PROGRAMS[name]

    def along(x: Any) -> Any:
        return jvp(f, (x,), (DIRECTION,))[1]

    first, second = jvp(along, (X,), (DIRECTION,))
    _, series = adjoint.jet(f, (X,), ([DIRECTION, np.zeros(2)],))
    np.testing.assert_allclose(series, [first, second / 2.0], rtol=1e-10)
    _, (slope,) = adjoint.jet(grad(f), (X,), ([DIRECTION],))
    np.testing.assert_allclose(slope, jvp(grad(f), (X,), (DIRECTION,))[1], rtol=1e-10)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: adjoint.sparse_jacobian(lambda y: y**2 * x[0], x).sum(),
        lambda x: np.sum(adjoint.jacobian_operator(lambda y: waves(y) * x[0])(x) @ np.ones(2)),
        lambda x: adjoint.prepare(lambda y: energy(y) * x[0], x)(x)[1],
        lambda x: adjoint.jacobian(lambda p: p["a"] * x[0])({"a": x[0]})["a"],
        lambda x: adjoint.hessian(lambda y, *, z: energy(y) * z, wrt="z")(x, z=x[0]),
    ],
    ids=["sparse_jacobian", "jacobian_operator", "prepare", "containers", "keyword"],
)
def test_what_has_no_definition_is_refused(f: Function) -> None:
    with pytest.raises(adjoint.AdjointError, match="cannot be differentiated"):
        grad(f)(X)
    with pytest.raises(adjoint.AdjointError, match="cannot be differentiated"):
        jvp(f, (X,), (DIRECTION,))


def test_operators_of_constants_are_constants() -> None:
    def f(x: Any) -> Any:
        return x[0] * adjoint.sparse_jacobian(lambda y: y**2, np.ones(2)).sum()

    np.testing.assert_array_equal(grad(f)(X), [4.0, 0.0])
