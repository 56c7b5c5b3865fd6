"""DifferentiationInterface's scenarios: every operator for every shape, twice, with analytic references.

An operator is used directly, and prepared on other values (zeros and another size, where it has one).
Closures, constants and keywords stand for DifferentiationInterface's modifiers of the same names.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import adjoint
from tests.test_zoo import same_bits

A = np.arange(1.0, 13.0).reshape(3, 4) / 7.0
SCALE = 1.5


@dataclass(frozen=True)
class Scenario:
    """A function ``f(x, c)``, linear in the constant ``c``, and its Jacobian at ``c = 1``.

    ``hessian`` is None where the result is no number.
    """

    name: str
    f: Callable[..., Any]
    x: Any
    jacobian: Callable[[Any], Any]
    hessian: Callable[[Any], Any] | None = None
    other: Any = None  # another argument to prepare on

    def prepared_on(self) -> list[Any]:
        """Return the arguments with which operators are prepared."""
        zeros = adjoint.zero_tangent(self.x)
        return [None, zeros] if self.other is None else [None, zeros, self.other]


def eye(x: Any) -> Any:
    """Return the identity with the shape of ``x`` twice."""
    return np.eye(np.size(x)).reshape(np.shape(x) * 2)


VECTOR, MATRIX = np.array([0.3, -0.7, 1.1, 0.4]), np.arange(6.0).reshape(2, 3) / 5.0 + 0.1
SCENARIOS = [
    Scenario("number to number", lambda x, c: c * np.sin(x), 0.6, np.cos, lambda x: -np.sin(x)),
    Scenario(
        "number to vector",
        lambda x, c: c * np.array([np.sin(x), np.cos(x), x]),
        0.6,
        lambda x: np.array([np.cos(x), -np.sin(x), 1.0]),
    ),
    Scenario(
        "number to matrix",
        lambda x, c: c * np.array([[x, x**2], [x**3, 1.0]]),
        0.6,
        lambda x: np.array([[1.0, 2 * x], [3 * x**2, 0.0]]),
    ),
    Scenario(
        "vector to number",
        lambda x, c: c * np.sum(x**3),
        VECTOR,
        lambda x: 3 * x**2,
        lambda x: np.diag(6 * x),
        np.ones(7),
    ),
    Scenario(
        "matrix to number",
        lambda x, c: c * np.sum(np.exp(x)),
        MATRIX,
        np.exp,
        lambda x: eye(x) * np.exp(x),
        np.ones((3, 2)),
    ),
    Scenario("vector to vector", lambda x, c: c * (A @ x), VECTOR, lambda x: A),
    Scenario(
        "vector to vector, elementwise",
        lambda x, c: c * np.sin(x),
        VECTOR,
        lambda x: np.diag(np.cos(x)),
        None,
        np.ones(2),
    ),
    Scenario(
        "vector to matrix",
        lambda x, c: c * np.outer(x, np.ones(2)),
        VECTOR,
        lambda x: np.stack([np.eye(4)] * 2, axis=1),
        None,
        np.ones(3),
    ),
    Scenario(
        "matrix to vector",
        lambda x, c: c * x.sum(axis=0),
        MATRIX,
        lambda x: np.stack([np.eye(3)] * 2, axis=1),
    ),
    Scenario(
        "matrix to matrix",
        lambda x, c: c * x.T,
        MATRIX,
        lambda x: np.transpose(eye(x), (1, 0, 2, 3)),
    ),
    Scenario("one entry", lambda x, c: c * x**2, np.array([0.6]), lambda x: np.diag(2 * x)),
    Scenario("no entry", lambda x, c: c * x, np.zeros(0), lambda x: np.zeros((0, 0))),
    Scenario(
        "loop over entries",
        lambda x, c: c * sum(x[i] * x[i + 1] for i in range(3)),
        VECTOR,
        lambda x: np.append(x[1:], 0.0) + np.append(0.0, x[:-1]),
        lambda x: np.eye(4, k=1) + np.eye(4, k=-1),
    ),
    Scenario(
        "branch",
        lambda x, c: c * np.sum(x) if x[0] > 0.0 else c * np.sum(x**2),
        -VECTOR,
        lambda x: 2 * x,
        lambda x: 2 * np.eye(4),
    ),
    Scenario(
        "dict to number",
        lambda x, c: c * x["a"] * np.sum(x["b"] ** 2),
        {"a": 2.0, "b": np.array([0.5, 1.0])},
        lambda x: {"a": np.sum(x["b"] ** 2), "b": 2 * x["a"] * x["b"]},
        lambda x: {
            "a": {"a": 0.0, "b": 2 * x["b"]},
            "b": {"a": 2 * x["b"], "b": 2 * x["a"] * np.eye(2)},
        },
    ),
    Scenario(
        "tuple to number",
        lambda x, c: c * x[0] ** 2 * x[1],
        (2.0, 3.0),
        lambda x: (2 * x[0] * x[1], x[0] ** 2),
        lambda x: ((2 * x[1], 2 * x[0]), (2 * x[0], 0.0)),
    ),
    Scenario(
        "list to vector",
        lambda x, c: c * np.stack([x[0], x[1] * x[0]]),
        [2.0, 3.0],
        lambda x: [np.array([1.0, x[1]]), np.array([0.0, x[0]])],
    ),
    Scenario("no entry to number", lambda x, c: c * np.sum(x), np.zeros(0), np.ones_like, lambda x: eye(x)),
    Scenario(
        "banded",
        lambda x, c: c * np.diff(x) ** 2,
        VECTOR,
        lambda x: 2 * np.diff(x)[:, None] * (np.eye(3, 4, 1) - np.eye(3, 4)),
    ),
    Scenario(
        "complex number to number",
        lambda x, c: c * np.exp(x),
        0.6 + 0.2j,
        np.exp,
    ),
    Scenario(
        "complex vector to vector",
        lambda x, c: c * (A @ x**2),
        VECTOR * (1.0 + 0.5j),
        lambda x: A * 2 * x,
    ),
    Scenario(
        "vector to dict",
        lambda x, c: {"s": c * np.sum(x), "t": (c * x, 3)},
        VECTOR,
        lambda x: {"s": np.ones(4), "t": (np.eye(4), None)},
    ),
]
#: What a function is made of before it is differentiated.
MODIFIERS: dict[str, tuple[Callable[[Any], Any], tuple[Any, ...], dict[str, Any], float]] = {
    "constant": (lambda f: f, (SCALE,), {}, SCALE),
    "keyword": (lambda f: lambda x, *, c: f(x, c), (), {"c": SCALE}, SCALE),
    "closure": (lambda f: lambda x: f(x, SCALE), (), {}, SCALE),
}


def scaled(tree: Any, factor: float) -> Any:
    """Return a tree of derivatives times a number."""
    if isinstance(tree, dict):
        return {key: scaled(item, factor) for key, item in tree.items()}
    if isinstance(tree, tuple | list):
        return type(tree)(scaled(item, factor) for item in tree)
    return None if tree is None else tree * factor


def assert_equal(got: Any, wanted: Any) -> None:
    """Check two trees of derivatives."""
    if isinstance(wanted, dict):
        assert list(got) == list(wanted)
        got, wanted = list(got.values()), list(wanted.values())
    if isinstance(wanted, tuple | list):
        assert len(got) == len(wanted)
        for one, other in zip(got, wanted, strict=True):
            assert_equal(one, other)
    elif wanted is None:
        assert got is None
    else:
        assert np.shape(got) == np.shape(wanted)
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)


def direction(x: Any) -> Any:
    """Return a tangent of the form of ``x``."""
    if isinstance(x, dict):
        return {key: direction(item) for key, item in x.items()}
    if isinstance(x, tuple | list):
        return type(x)(direction(item) for item in x)
    return np.cos(np.arange(np.size(x), dtype=np.result_type(x, 1.0))).reshape(np.shape(x))[()]


def times(rows: Any, v: Any, ndim: int) -> Any:
    """Return a block of derivatives times a direction: the sum over the argument's axes."""
    if isinstance(v, dict):
        return sum(times(rows[key], v[key], ndim) for key in v)
    if isinstance(v, tuple | list):
        return sum(times(rows[i], v[i], ndim) for i in range(len(v)))
    return np.tensordot(rows, v, axes=np.ndim(v)) if np.ndim(v) else np.asarray(rows) * v


def number(scenario: Scenario) -> bool:
    """Whether the result is one number."""
    return np.ndim(scenario.f(scenario.x, 1.0)) == 0 and not isinstance(scenario.f(scenario.x, 1.0), dict)


def operators(scenario: Scenario) -> dict[str, tuple[Callable[[Any], Any], Any]]:
    """Return the operators that make sense for a scenario, and what each should give at ``c = 1``."""
    wanted, x = scenario.jacobian(scenario.x), scenario.x
    found: dict[str, tuple[Callable[[Any], Any], Any]] = {
        f"jacobian {mode}": (lambda f, mode=mode: adjoint.jacobian(f, mode=mode), wanted)  # type: ignore[misc]
        for mode in ("auto", "forward", "reverse")
    }
    found["chunks of two"] = (lambda f: adjoint.jacobian(f, mode="forward", chunk=2), wanted)
    if not isinstance(scenario.f(x, 1.0), dict):
        v = direction(x)
        pushed = times(wanted, v, np.ndim(scenario.f(x, 1.0)))
        found["pushforward"] = (lambda f: lambda x, *a, **k: push(f, x, a, k), pushed)
        found["linear map"] = (lambda f: lambda x, *a, **k: linear(f, x, a, k), pushed)
    if isinstance(x, float | complex):
        found["derivative"] = (lambda f: adjoint.derivative(f), wanted)
    if isinstance(x, np.ndarray) and x.ndim == 1 and x.size and x.dtype.kind == "f":
        if np.ndim(wanted) == 2:
            found["sparse jacobian"] = (lambda f: lambda *a, **k: dense("jacobian", f, a, k), wanted)
        if scenario.hessian is not None:
            found["sparse hessian"] = (
                lambda f: lambda *a, **k: dense("hessian", f, a, k),
                scenario.hessian(x),
            )
    if number(scenario) and not np.iscomplexobj(x):
        found["gradient"] = (lambda f: adjoint.grad(f), wanted)
        found["value and gradient"] = (lambda f: second_of(adjoint.value_and_grad(f)), wanted)
    if scenario.hessian is not None:
        curved = scenario.hessian(x)
        found["hessian"] = (lambda f: adjoint.hessian(f), curved)
        found["value, gradient and hessian"] = (lambda f: last_of(adjoint.value_grad_hess(f)), curved)
        found["second derivative by nesting"] = (lambda f: adjoint.jacobian(adjoint.grad(f)), curved)
    return found


def push(f: Any, x: Any, args: Any, kwargs: Any) -> Any:
    return adjoint.jvp(f, (x, *args), (direction(x), *(None for _ in args)), **kwargs)[1]


def linear(f: Any, x: Any, args: Any, kwargs: Any) -> Any:
    return adjoint.linearize(f, x, *args, **kwargs)[1](direction(x), *(None for _ in args))


def dense(name: str, f: Any, args: Any, kwargs: Any) -> Any:
    return getattr(adjoint, f"sparse_{name}")(f, *args, **kwargs).toarray()


def second_of(made: Any) -> Any:
    return lambda *args, **kwargs: made(*args, **kwargs)[1]


def last_of(made: Any) -> Any:
    return lambda *args, **kwargs: made(*args, **kwargs)[2]


ROWS = [
    pytest.param(scenario, operator, modifier, id=f"{scenario.name}-{operator}-{modifier}")
    for scenario in SCENARIOS
    for operator in operators(scenario)
    for modifier in MODIFIERS
]


@pytest.mark.parametrize(("scenario", "operator", "modifier"), ROWS)
def test_di_1_scenario(scenario: Scenario, operator: str, modifier: str) -> None:
    make, wanted = operators(scenario)[operator]
    change, args, kwargs, factor = MODIFIERS[modifier]
    x = copy.deepcopy(scenario.x)
    for other in scenario.prepared_on():
        run = make(change(scenario.f))
        if other is not None:
            run(other, *args, **kwargs)
        for _ in range(2):
            assert_equal(run(x, *args, **kwargs), scaled(wanted, factor))
            assert same_bits(x, scenario.x)


def test_di_1_there_are_as_many_scenarios_as_in_the_table() -> None:
    assert len(ROWS) > 350
