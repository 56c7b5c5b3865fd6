"""What the primal has computed is read by the reverse, where it surely is the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adjoint import source
from adjoint.testing import check_grad
from adjoint.transforms.options import without


def both(x: Any) -> Any:
    return np.sum(np.cos(x) * np.sin(x))


def rebound(x: Any) -> Any:
    c = np.cos(x)
    y = np.sin(x) * c
    x = x * 2.0
    return np.sum(y * np.sin(x))


def overwritten(x: Any) -> Any:
    c = np.cos(x)
    y = np.sin(x) * c
    c = 5.0
    return np.sum(y * c)


def in_a_branch(x: Any) -> Any:
    y = np.sin(x)
    if np.sum(x) > 100.0:
        c = np.cos(x)
        y = y * c
    return np.sum(y)


def behind_an_exit(x: Any, n: int) -> Any:
    y = x
    for k in range(n):
        s = math.sin(y)
        if k == 2:
            y = s * 3.0
            break
        c = math.cos(y)
        y = s * c + x
    return y


def of_another_trip(x: Any, n: int) -> Any:
    c = 0.25
    y = x
    for _ in range(n):
        y = math.sin(y) * c + x
        c = math.cos(y)
    return y


def in_every_trip(x: Any, n: int) -> Any:
    y = x
    for k in range(n):
        y = [math.sin(y), math.cos(y)][0] + math.sin(y) * math.cos(y) * k
    return y


def before_the_loop(x: Any, n: int) -> Any:
    c = math.cos(x)
    y = 0.0
    for _ in range(n):
        y = y + math.sin(x) * c
        x = x * 1.5
    return y


def inverse(a: Any) -> Any:
    return np.linalg.slogdet(a)[1] + np.sum(np.linalg.inv(a) ** 2)


VECTOR = np.array([0.3, 1.2, -0.7])


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (both, (VECTOR,)),
        (rebound, (VECTOR,)),
        (overwritten, (VECTOR,)),
        (in_a_branch, (VECTOR,)),
        (in_a_branch, (VECTOR + 50.0,)),
        (behind_an_exit, (0.7, 2)),
        (behind_an_exit, (0.7, 5)),
        (of_another_trip, (0.7, 4)),
        (in_every_trip, (0.7, 4)),
        (before_the_loop, (0.7, 4)),
        (inverse, (np.eye(3) + np.arange(9.0).reshape(3, 3) / 10.0,)),
    ],
)
def test_gradients_stay(f: Any, args: tuple[Any, ...]) -> None:
    check_grad(f, *args, wrt=0)
    with without("reuse"):
        check_grad(f, *args, wrt=0)


def test_it_is_read_where_it_may_be() -> None:
    assert source(both, VECTOR).count("np.cos(x)") == 2  # in the code, and in the user's line above it
    assert source(inverse, np.eye(3)).count("np.linalg.inv(") == 2
    with without("reuse"):
        assert source(both, VECTOR).count("np.cos(x)") == 3
