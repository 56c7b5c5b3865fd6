"""``as_strided`` beyond its array, second derivatives of windows, attributes of arrays that have no rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import adjoint

V = np.array([0.3, -1.2, 2.1, 0.7, 1.1, 0.9])


def windowed(v: Any) -> Any:
    return np.sum(sliding_window_view(v, 3).mean(axis=-1) ** 3)


def strided(v: Any) -> Any:
    return np.sum(as_strided(v, (4, 3), (8, 8)) ** 3)


def strided_view(v: Any) -> Any:
    w = np.reshape(v, (2, 3))[:, ::2]
    return np.sum(as_strided(w, (2, 2, 3), (*w.strides, 0)) ** 3)


@pytest.mark.parametrize("f", [windowed, strided, strided_view])
def test_second_derivatives_of_windows(f: Any) -> None:
    gradient, h = adjoint.grad(f), 1e-6
    direction = np.cos(np.arange(6.0))
    wanted = (gradient(V + h * direction) - gradient(V - h * direction)) / (2.0 * h)
    np.testing.assert_allclose(adjoint.jvp(gradient, (V,), (direction,))[1], wanted, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(
    "f",
    [
        lambda v: np.sum(as_strided(v[:3], (4,), (8,))),
        lambda v: np.sum(as_strided(v[1:], (2, 2), (8, -8))),
        lambda v: np.sum(as_strided(v, (2,), (4,)) > 0.0) + as_strided(v, (3,), (4,))[0],
    ],
)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_strides_that_leave_the_array_are_refused(f: Any, mode: str) -> None:
    with pytest.raises(adjoint.AdjointError, match="ADJ203"):
        adjoint.grad(f)(V) if mode == "reverse" else adjoint.jvp(f, (V,), (V,))


def test_attributes_without_a_rule_are_refused_or_silent() -> None:
    with pytest.raises(adjoint.RuleError, match="ADJ201"):
        adjoint.grad(lambda v: np.sum(v) + v.__array_interface__["data"][0])(V)
    assert np.array_equal(adjoint.grad(lambda v: np.sum(v) if str(v.ctypes) else 0.0)(V), np.ones(6))
