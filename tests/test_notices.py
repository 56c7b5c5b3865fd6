"""Cached and compiled functions are differentiated as the Python functions behind them, with a notice."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import adjoint
from adjoint.transforms.unwrapping import Notice


def noticed(f: Callable[..., Any], *args: Any) -> tuple[Any, list[str]]:
    """Return a gradient and the notices given on the way, each with its line."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = adjoint.grad(f)(*args)
    found = [each for each in caught if issubclass(each.category, Notice)]
    assert all(each.filename == __file__ for each in found)
    return value, [str(each.message) for each in found]


def test_a_cached_function_is_called_anew_and_its_cache_left_alone() -> None:
    @functools.lru_cache
    def square(x: float) -> float:
        return x * x

    def cubed(x: float) -> float:
        return square(x) * x

    value, notices = noticed(cubed, 2.0)
    assert value == 12.0
    assert notices == [
        "`square` is differentiated as the Python function it was made from: "
        "its cache is neither read nor filled"
    ]
    assert square.cache_info().currsize == 0
    assert noticed(cubed, 3.0) == (27.0, [])  # once for each function


def test_a_stale_cache_is_not_read() -> None:
    scale = {"k": 2.0}

    @functools.cache
    def scaled(x: float) -> float:
        return scale["k"] * x

    assert scaled(1.5) == 3.0
    scale["k"] = 5.0
    assert noticed(lambda x: scaled(x) * 1.0, 1.5)[0] == 5.0
    assert noticed(scaled, 1.5)[0] == 5.0


def test_a_cached_function_of_constants_keeps_its_cache() -> None:
    @functools.cache
    def table(n: int) -> tuple[float, ...]:
        return tuple(1.0 / (k + 1) for k in range(n))

    value, notices = noticed(lambda x: sum(c * x for c in table(3)), 2.0)
    assert value == pytest.approx(11.0 / 6.0)
    assert notices == []
    assert table.cache_info().currsize == 1


def test_a_function_compiled_by_numba_is_differentiated_from_its_source() -> None:
    numba = pytest.importorskip("numba", reason="numba is an optional dependency")

    @numba.njit
    def cube(x: float) -> float:
        return x**3

    value, notices = noticed(lambda x: cube(x) + sum(f(x) for f in [cube]), 2.0)
    assert value == 24.0
    assert len(notices) == 1
    assert "its compiled code does not run" in notices[0]
    assert noticed(cube, 2.0)[0] == 12.0
