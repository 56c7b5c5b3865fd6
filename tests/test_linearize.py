"""Linear maps and operators: against jvp and dense Jacobians, and how often the function runs for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import hessian, hessian_operator, jacobian, jacobian_operator, linearize
from tests.test_jacobians import Counted, Model, of_model


def test_the_function_runs_once() -> None:
    counted = Counted(4)
    x = np.linspace(0.1, 0.9, 3)
    y, push = linearize(counted.function(), x)
    columns = np.stack([push(e) for e in np.eye(3)], axis=1)
    assert counted.calls == 1
    np.testing.assert_allclose(columns, jacobian(Counted(4).function())(x))
    assert y.shape == (4,)


def test_changing_the_arguments_later_changes_nothing() -> None:
    x = np.array([1.0, 2.0])
    for f in (lambda x: x * x, lambda x: np.array([complex(t, t).real for t in x]) * x):
        x[:] = [1.0, 2.0]
        push = linearize(f, x)[1]
        x[:] = 100.0
        np.testing.assert_allclose(push(np.ones(2)), [2.0, 4.0])


def test_nothing_given_is_zero_and_misfits_are_refused() -> None:
    y, push = linearize(lambda p, n, x: p["a"] * x * n, {"a": 2.0, "b": "s"}, 3, np.ones(2))
    assert push(None, None, None).tolist() == [0.0, 0.0]
    assert push({"a": 1.0}, None, None).tolist() == [3.0, 3.0]
    with pytest.raises(adjoint.ArgumentError, match="ADJ302"):
        push(1.0)
    with pytest.raises(adjoint.ArgumentError, match="ADJ302"):
        push(None, None, np.ones(3))
    with pytest.raises(adjoint.ArgumentError, match="ADJ303"):
        linearize(lambda n: n, 3)


def test_a_failing_function_fails_with_its_own_error() -> None:
    def f(x: Any) -> Any:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        linearize(f, 1.0)


def test_operators_equal_dense_matrices() -> None:
    counted = Counted(5)
    f, x = counted.function(), np.linspace(0.1, 0.9, 3)
    J = jacobian_operator(f)(x)
    dense = jacobian(Counted(5).function())(x)
    rng = np.random.default_rng(0)
    for _ in range(3):
        v, u = rng.normal(size=3), rng.normal(size=5)
        np.testing.assert_allclose(J @ v, dense @ v)
        np.testing.assert_allclose(J.T @ u, dense.T @ u)
        np.testing.assert_allclose(J.H @ u, dense.T @ u)
    block = rng.normal(size=(3, 4))
    np.testing.assert_allclose(J @ block, dense @ block)
    assert counted.calls == 2  # one for products from the left, one for those from the right


def test_operators_of_containers() -> None:
    w, x = np.arange(6.0).reshape(2, 3), np.array([1.0, -2.0, 0.5])
    J = jacobian_operator(of_model, wrt=(0, "x"))(Model(w, 0.3), x)
    assert J.shape == (3, 10)
    wanted = np.zeros((3, 10))
    wanted[:2, :6] = np.kron(np.eye(2), x)
    wanted[:2, 6], wanted[:2, 7:], wanted[2, :6] = 1.0, w, 2.0 * w.ravel()
    np.testing.assert_allclose(J @ np.eye(10), wanted)
    np.testing.assert_allclose(J.T @ np.eye(3), wanted.T)


def test_the_hessian_operator_runs_the_function_once() -> None:
    counted = Counted(1)
    f, x = counted.function(), np.linspace(0.1, 0.9, 6)
    H = hessian_operator(lambda x: f(x)[0] ** 2)(x)
    dense = hessian(lambda x: np.sum(np.sin(x) * x) ** 2)(x)
    np.testing.assert_allclose(H @ np.eye(6), dense, rtol=1e-12)
    np.testing.assert_allclose(H.T @ x, dense @ x, rtol=1e-12)
    assert counted.calls == 1


def test_solvers_take_the_operators() -> None:
    from scipy.sparse.linalg import cg, lsqr

    A = np.array([[4.0, 1.0], [1.0, 3.0]])
    H = hessian_operator(lambda x: 0.5 * x @ A @ x)(np.zeros(2))
    solution, failed = cg(H, np.array([1.0, 2.0]), rtol=1e-12)
    assert failed == 0
    np.testing.assert_allclose(solution, np.linalg.solve(A, [1.0, 2.0]))
    J = jacobian_operator(lambda x: np.append(A @ x, x[0] ** 2))(np.ones(2))
    np.testing.assert_allclose(lsqr(J, J @ np.array([1.0, -1.0]))[0], [1.0, -1.0], rtol=1e-6)
