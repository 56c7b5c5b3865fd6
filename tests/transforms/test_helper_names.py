"""Under which names generated code sees NumPy and the modules that rules use."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from adjoint import grad, source


def angle(x: float) -> float:
    return math.asin(x)


def erf_of(x: float) -> float:
    return math.erf(x)


def with_closure(np: Any) -> Any:
    def f(x: float) -> Any:
        return np.sin(x) * x

    return f


def with_parameter(x: Any, np: Any) -> Any:
    return (x * np).sum()


def with_local(x: Any) -> Any:
    np = 2.0
    return (x * np).sum()


def test_a_rules_module_is_called_by_the_users_own_name() -> None:
    assert "math.exp(" in source(erf_of, 0.5)
    assert "math_2" not in source(erf_of, 0.5) + source(angle, 0.5)


def test_a_closure_variable_called_np_is_not_taken_for_numpy() -> None:
    f = with_closure(SimpleNamespace(sin=np.sin))
    assert grad(f)(1.0) == pytest.approx(math.cos(1.0) + math.sin(1.0))


def test_an_argument_called_np_is_not_taken_for_numpy() -> None:
    np.testing.assert_array_equal(grad(with_parameter)(np.ones(3), 2.0), np.full(3, 2.0))


def test_a_local_called_np_is_not_taken_for_numpy() -> None:
    np.testing.assert_array_equal(grad(with_local)(np.ones(3)), np.full(3, 2.0))


def test_a_closure_variable_that_hides_numpy_in_array_code() -> None:
    def outer(np: float) -> Any:
        def f(x: Any) -> Any:
            return (x[0] * np) + x.max()

        return f

    np.testing.assert_array_equal(grad(outer(2.0))(np.array([1.0, 3.0])), np.array([2.0, 1.0]))
