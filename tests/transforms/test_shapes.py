"""Values of which the reverse reads only the shape: in branches, in loops, behind `break`, named twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import vjp
from adjoint.inspection import compiled_for
from adjoint.testing import check_grad

A = np.linspace(0.3, 1.7, 6).reshape(3, 2)
V = np.linspace(0.2, 1.1, 4)


def means_in_a_loop(x: Any) -> Any:
    total = 0.0
    for k in range(3):
        y = x * k
        z = np.sum(np.exp(y), axis=0)
        total = total + np.mean(z * 2.0) * np.sum(y)
    return total


def other_shape_in_each_arm(x: Any) -> Any:
    total = 0.0
    for k in range(3):
        if k == 1:
            y = x[1:]
            total = total + np.sum(y + 1)
        else:
            y = x
            total = total + np.mean(y - 1.0)
    return total


def defined_behind_break(x: Any) -> Any:
    out = 0.0
    for row in x:
        m = row.reshape(2, 1)
        out = out + m.sum() * row[0]
        if out > 0.5:
            break
        n = m + 1.0
        out = out * n.mean()
    return out


def name_used_again(x: Any) -> Any:
    y = x + 1
    z = np.mean(y)
    y = y[1:]
    return z * np.mean(y)


def stretched(x: Any, b: Any) -> Any:
    s = x + b
    q = s * 0 + 1
    return np.sum(s) + np.mean(q * b)


def grows_in_a_while(m: Any) -> Any:
    while np.sum(m + 0.0) < 50:
        m = m * 2
        k = m.T + 1
        m = m + np.mean(k)
    return np.sum(m * m)


CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (means_in_a_loop, (A,)),
    (other_shape_in_each_arm, (V,)),
    (defined_behind_break, (A,)),
    (name_used_again, (V,)),
    (stretched, (A, np.array([0.3, 0.5]))),
    (stretched, (A[:1], np.array([0.3]))),
    (stretched, (A, np.array(0.3))),
    (grows_in_a_while, (A,)),
]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_gradients(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grad(f, *args, wrt=tuple(range(len(args))))
    y, pullback = vjp(f, *args)
    assert y == f(*args)
    for first, again in zip(pullback(1.0), pullback(1.0), strict=True):
        np.testing.assert_array_equal(first, again)


def test_an_array_is_not_kept_for_its_shape() -> None:
    def f(x: Any) -> Any:
        row_sums = np.sum(x * x, axis=1)
        return np.sum(row_sums)

    _, saved = compiled_for(f, 0, "split", (A,), {}).primal(A)
    assert [value for value in saved if isinstance(value, np.ndarray) and value is not A] == []
