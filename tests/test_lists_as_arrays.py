"""Lists of active numbers handed to NumPy, which takes them for arrays."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

W = np.array([0.5, -1.5, 2.5])
FUNCTIONS: dict[str, Any] = {
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "prod": np.prod,
    "std": np.std,
    "var": np.var,
    "median": np.median,
    "norm": np.linalg.norm,
    "ptp": np.ptp,
    "dot": lambda v: np.dot(v, W),
    "dot from the left": lambda v: np.dot(W, v),
    "inner": lambda v: np.inner(v, v),
    "outer": lambda v: np.outer(v, W).sum() * v[0],
    "einsum": lambda v: np.einsum("i,i->", v, W),
    "matmul": lambda v: np.matmul(v, np.diag(W)) @ W,
    "average": lambda v: np.average(v, weights=W**2),
    "cumsum": lambda v: np.cumsum(v) @ W,
    "sort": lambda v: np.sort(v) @ W,
    "diff": lambda v: np.diff(v) @ W[1:],
    "sin": lambda v: np.sin(v) @ W,
    "product with an array": lambda v: np.sum(W * v),
    "np.multiply": lambda v: np.sum(np.multiply(v, v)),
    "maximum": lambda v: np.sum(np.maximum(v, W)),
    "where": lambda v: np.sum(np.where(W > 0, v, W)),
    "array": lambda v: np.array(v) @ W + v[1],
    "asarray": lambda v: np.asarray(v) @ W,
    "stack": lambda v: np.stack([np.array(v), W]).prod(),
    "concatenate": lambda v: np.concatenate([v, W]).prod(),
    "interp": lambda v: np.interp(1.3, [0.0, 1.0, 2.0], v),
    "reshape": lambda v: np.reshape(v, (3, 1))[2, 0] * v[0],
    "trapezoid": np.trapezoid,
    "sum and item": lambda v: np.sum(v) * v[1] + sum(v),
}


def appended(x: Any, f: Any) -> Any:
    values = []
    for k in range(3):
        values.append(x[k] * (k + 1.0))
    return f(values)


def comprehended(x: Any, f: Any) -> Any:
    return f([v * v for v in x])


def displayed(x: Any, f: Any) -> Any:
    return f([x[0], 2.0 * x[1], x[2] * x[0]])


def kept(x: Any, f: Any) -> Any:
    values = [v * v for v in x]
    total = f(values)
    for v in values:
        total = total * 0.5 + v
    return total


@pytest.mark.parametrize("make", [appended, comprehended, displayed, kept])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_list_built_in_the_function(make: Any, name: str) -> None:
    check_grad(make, np.array([0.3, -1.2, 2.1]), FUNCTIONS[name], wrt=0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_list_argument(name: str) -> None:
    check_grad(lambda v, f: f(v), [0.3, -1.2, 2.1], FUNCTIONS[name], wrt=0)


def starred(function):
    """Return a program that calls a function in a way that is resolved when it runs."""

    def run(values):
        rest = [values]
        return function(*rest)

    return run


AT_RUN_TIME = (
    np.sinc, np.sum, np.linalg.norm, np.cumprod, np.gradient, np.fft.rfft, np.exp, np.i0, np.diff,
    lambda values: np.average(V, weights=values), lambda values: np.where(*[V > 1.0], values, V),
)  # fmt: skip
V = np.array([0.5, 1.25, 2.0])


@pytest.mark.parametrize("function", AT_RUN_TIME)
def test_lists_in_calls_that_are_resolved_when_they_run(function):
    check_grad(starred(function), [0.5, 1.5, 2.25])
    check_grad(starred(function), np.array([0.5, 1.5, 2.25]))


def test_lists_that_numpy_cuts_up_as_they_are():
    with pytest.raises(adjoint.AdjointError, match="ADJ202"):
        adjoint.vjp(lambda values: np.split(values, [1])[0], [0.5, 1.5])


WEIGHTS = [3.0, 4.0]
BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.matmul,
    operator.mod,
]


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize("where", ["global", "local", "argument", "literal"])
@pytest.mark.parametrize("swapped", [False, True])
def test_an_operator_with_a_list_and_an_array(operation, where, swapped):
    """A list times an array is no repetition of the list: it had a zero derivative."""

    def with_global(x):
        return np.sum(operation(x, WEIGHTS) if swapped else operation(WEIGHTS, x))

    def with_local(x):
        weights = [3.0, 4.0]
        return np.sum(operation(x, weights) if swapped else operation(weights, x))

    def with_argument(x, weights):
        return np.sum(operation(x, weights) if swapped else operation(weights, x))

    x = np.array([1.7, 2.3])
    if where == "argument":
        check_grad(with_argument, x, [3.0, 4.0], wrt=(0, 1))
        return
    f = {"global": with_global, "local": with_local, "literal": times_literal}[where]
    check_grad(f, x)
    value, slope = adjoint.jvp(f, (x,), (np.ones(2),))
    assert value == f(x)
    assert slope == pytest.approx(np.sum(adjoint.grad(f)(x)))


def times_literal(x):
    return np.sum([3.0, 4.0] * x + x * (1.0, 2.0) - [x[0], 2.0] / x)


def test_a_list_times_a_count_is_still_repeated():
    def f(x, n):
        return sum([x, 2.0 * x] * n)

    assert adjoint.grad(f)(1.5, 3) == 9.0
    assert adjoint.grad(f)(1.5, np.int64(2)) == 6.0
