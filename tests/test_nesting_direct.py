"""Forward mode of gradients by one compiled function: what is known beforehand is not looked up again."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import grad, jvp, value_and_grad
from adjoint.compiling.specialize import Specializer

X, V = np.array([0.5, -1.0]), np.array([1.0, 2.0])
POWER = 3.0


def cube(x: Any) -> Any:
    return np.sum(x**POWER)


def mixed(a: Any, x: Any, b: Any = 2.0) -> Any:
    return a * np.sum(np.sin(x)) * b**2


def test_nothing_is_looked_up_when_the_program_runs() -> None:
    for d in (grad(cube), value_and_grad(cube)):
        compiled = Specializer(d, 0).plan("forward", (X,), {}).compiled
        assert "push(" not in compiled.source
        assert compiled.active == ["x0"]


def test_values_and_their_types_are_those_of_the_gradient() -> None:
    for x, v in ((2.0, 1.0), (np.float64(2.0), 1.0), (X, V), (X.astype(np.float32), V.astype(np.float32))):
        d = grad(lambda x: np.sum(x**3))
        y, y_dot = jvp(d, (x,), (v,))
        assert type(y) is type(d(x)) and np.asarray(y).dtype == np.asarray(d(x)).dtype
        np.testing.assert_array_equal(y, d(x))
        np.testing.assert_allclose(y_dot, 6.0 * x * v, rtol=1e-6)


@pytest.mark.parametrize("wrt", [0, 1, (0, 1), (1, 0), "x", -1, (1, 2), "b"])
@pytest.mark.parametrize("make", [grad, value_and_grad], ids=["grad", "value_and_grad"])
def test_any_argument_moves(make: Any, wrt: Any) -> None:
    """The same as of a function that calls the gradient, where only the running program knows what it is."""
    d = make(mixed, (0, 1, 2))
    found = adjoint.jacobian(d, wrt, mode="forward")(1.5, X, 0.7)
    wanted = adjoint.jacobian(lambda a, x, b: [d][0](a, x, b), wrt, mode="forward")(1.5, X, 0.7)
    for one, other in zip(leaves(found), leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def leaves(tree: Any) -> list[Any]:
    return [leaf for item in tree for leaf in leaves(item)] if isinstance(tree, tuple) else [tree]


def test_what_was_assumed_is_checked() -> None:
    space: dict[str, Any] = {"np": np, "POWER": 3.0}
    f = types.FunctionType(cube.__code__, space)
    product = adjoint.hvp(f)
    np.testing.assert_allclose(product(X, V), 6.0 * X * V)
    space["POWER"] = 2.0
    np.testing.assert_allclose(product(X, V), 2.0 * V)
    space["POWER"] = 4
    np.testing.assert_allclose(product(X, V), 12.0 * X**2 * V)


def test_gradients_that_are_refused_stay_refused() -> None:
    with pytest.raises(adjoint.DifferentiationError, match="ADJ301"):
        jvp(grad(lambda x: x * 2.0), (X,), (V,))
    with pytest.raises(adjoint.DifferentiationError, match="ADJ301"):
        jvp(grad(lambda x: np.sum(x) * 1j), (X,), (V,))
    with pytest.raises(adjoint.ArgumentError, match="ADJ303"):
        jvp(grad(lambda x: (np.sum(x), 1), has_aux=True), (X,), (V,))


def test_integers_stand_for_real_numbers() -> None:
    assert jvp(grad(lambda x: x**3), (2,), (1.0,)) == (12.0, 12.0)
    assert adjoint.hvp(lambda x, n: x**n)(2.0, 3, 1.0) == 12.0
