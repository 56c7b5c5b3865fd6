"""Gradients of loops over numbers: by forward mode where it is the same derivative, else by the reverse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp, value_and_grad, vjp
from adjoint.testing import check_grad


def times_sine(y: Any, k: Any) -> Any:
    return y * math.sin(y + k)


def calls(x: Any, n: int) -> Any:
    y = x
    for k in range(n):
        y = times_sine(y, k) + x
    return y


def leaves_and_skips(x: Any, n: int) -> Any:
    total = 0.0
    for k in range(n):
        for j in range(k):
            if (j + k) % 3 == 0:
                continue
            if total > 3:
                break
            total += x * j / (1 + x * x)
    return total


def waits(x: Any) -> Any:
    k, y = 0, x
    while y < 100 and k < 50:
        y = y * x + 1
        k += 1
    return y / k


def swaps(x: Any, n: int) -> Any:
    a, b = x, 1.0
    for _ in range(n):
        a, b = b, a * b + x
    return a - b


def ends_in_else(x: Any, values: Any) -> Any:
    s = x
    for value in values:
        s = s * x + value
    else:
        s = s * 2
    return s


def returns_early(x: Any, n: int) -> Any:
    if n == 0:
        return x
    for k in range(n):
        x = x * x
        if x > 10:
            return x * k
    return -x


def forgets(x: Any, n: int) -> Any:
    y = 1.0
    for _ in range(n):
        y *= x
    z = 3
    for k in range(n):
        z = k
    return y + z


def names_like_tangents(x: Any, n: int) -> Any:
    for _ in range(n):
        x_dot = x * 2
        x = x_dot - 1
    return x


def power(x: Any, n: int) -> Any:
    y = x
    for _ in range(n):
        y = y**1.5
    return y


FORWARD: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (calls, (0.7, 5)),
    (leaves_and_skips, (0.7, 5)),
    (waits, (1.3,)),
    (swaps, (0.4, 6)),
    (ends_in_else, (0.9, np.arange(5.0))),
    (returns_early, (2.0, 3)),
    (returns_early, (1.1, 3)),
    (returns_early, (1.1, 0)),
    (forgets, (2.0, 4)),
    (forgets, (np.float64(2.0), 4)),
    (forgets, (2.0, 0)),
    (names_like_tangents, (4.0, 2)),
    (power, (0.7, 3)),
]


@pytest.mark.parametrize(("f", "args"), FORWARD)
def test_forward_mode_gives_the_same(f: Any, args: tuple[Any, ...]) -> None:
    function = value_and_grad(f)
    results = [function(*args) for _ in range(3)]
    assert function.source().startswith("# forward mode")
    value, gradient = results[0]
    plain = f(*args)
    assert results == [results[0]] * 3
    assert type(value) is type(plain)
    assert value == plain
    y, pullback = vjp(f, *args, wrt=0)
    assert y == plain
    assert gradient == pytest.approx(pullback(1.0), rel=1e-12)
    assert type(gradient) is type(args[0])
    check_grad(f, *args, wrt=0)


def root_of_zero(x: Any, n: int) -> Any:
    y = 0.0
    for _ in range(n):
        y = math.sqrt(x) * x + y
    return y


def largest(x: Any, n: int) -> Any:
    y = x
    for k in range(n):
        y = max(y, 0.5) * x + min(x, k)
    return y


def chosen(x: Any, n: int) -> Any:
    y = x
    for _ in range(n):
        y = np.where(y > 2.0, y * x, y + x)
    return y


def listed(x: Any, n: int) -> Any:
    ys = [x]
    for _ in range(n):
        ys.append(ys[-1] * x)
    return sum(ys)


def two(x: Any, y: Any) -> Any:
    for _ in range(3):
        x = x * y
    return x


def array(x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.sin(x) * x
    return np.sum(x)


def plain_line(x: Any) -> Any:
    return math.sin(x) * x


@pytest.mark.parametrize(
    ("f", "args", "wrt"),
    [
        (root_of_zero, (0.0, 3), 0),
        (largest, (0.3, 4), 0),
        (chosen, (0.3, 4), 0),
        (listed, (0.3, 4), 0),
        (two, (0.3, 2.0), (0, 1)),
        (array, (np.array([0.3, 0.5]), 4), 0),
        (plain_line, (0.3,), 0),
    ],
)
def test_others_are_reversed(f: Any, args: tuple[Any, ...], wrt: Any) -> None:
    function = value_and_grad(f, wrt=wrt)
    value, gradient = function(*args)
    assert function.source().startswith("# reverse mode")
    assert value == f(*args)
    parts = gradient if isinstance(gradient, tuple) else (gradient,)
    assert all(np.all(np.isfinite(part)) for part in parts)


def test_an_auxiliary_result_and_second_derivatives() -> None:
    def pair(x: Any, n: int) -> Any:
        for _ in range(n):
            x = x * x
        return x, n

    assert value_and_grad(pair, has_aux=True)(1.5, 2) == ((1.5**4, 2), 4 * 1.5**3)
    check_grad(lambda x: grad(forgets)(x, 4), 2.0)
    assert grad(lambda x: grad(forgets)(x, 4))(2.0) == 48.0
    assert grad(lambda x: grad(forgets)(x, 4))(2) == 48.0
    assert jvp(lambda x: jvp(lambda x: grad(forgets)(x, 4), (x,), (1.0,))[1], (2.0,), (1.0,)) == (48.0, 48.0)
