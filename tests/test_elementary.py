"""The vector forms of elementary functions against NumPy: last places, zeros, infinities, NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from adjoint.backend import elementary  # noqa: E402 - needs numba

ORDINARY = {
    "exp": 100.0,
    "expm1": 5.0,
    "tanh": 3.0,
    "log": 100.0,
    "log1p": 20.0,
    "sin": 1000.0,
    "cos": 1000.0,
}
SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-310, -1e-310, 1e-300, 1e-20, -1e-20, 1.0, -1.0, -0.9999999]
    + [709.7, 709.8, 710.0, -708.5, -745.1, -746.0, 1e308, -1e308, 37.0, -37.0, 0.5, np.pi, 1e6]
)


@pytest.fixture(scope="module")
def everywhere() -> Any:
    """All functions, each applied to every entry of an array, compiled at once."""

    @numba.njit(error_model="numpy")
    def apply(x: Any) -> Any:
        out = np.empty((7, x.size))
        for i in range(x.size):
            out[0, i] = elementary.exp(x[i])
            out[1, i] = elementary.expm1(x[i])
            out[2, i] = elementary.tanh(x[i])
            out[3, i] = elementary.log(x[i])
            out[4, i] = elementary.log1p(x[i])
            out[5, i] = elementary.sin(x[i])
            out[6, i] = elementary.cos(x[i])
        return out

    return lambda name, x: apply(x)[list(ORDINARY).index(name)]


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_numbers_agree_to_three_last_places(everywhere: Any, name: str) -> None:
    x = np.random.default_rng(0).normal(size=20_000) * ORDINARY[name]
    x = np.exp(x) if name == "log" else np.expm1(np.abs(x)) if name == "log1p" else x
    expected = getattr(np, name)(x)
    assert np.all(np.abs(everywhere(name, x) - expected) <= 3 * np.spacing(np.abs(expected)))


@pytest.mark.parametrize("name", ORDINARY)
def test_special_numbers(everywhere: Any, name: str) -> None:
    x = SPECIAL[np.abs(SPECIAL) <= elementary.FAR] if name in ("sin", "cos") else SPECIAL
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    result = everywhere(name, x)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(result[~finite], expected[~finite])
    error = np.abs(result[finite] - expected[finite])
    assert np.all(error <= 3 * np.spacing(np.abs(expected[finite])))
    np.testing.assert_array_equal(np.signbit(result[expected == 0]), np.signbit(expected[expected == 0]))


def test_angles_that_are_too_large_are_told() -> None:
    assert [elementary.is_far(x) for x in (1e5, -1e5, 2e6, np.inf, np.nan)] == [0, 0, 1, 1, 1]


def test_extremes_keep_nan() -> None:
    @numba.njit
    def both(a: float, b: float) -> Any:
        return elementary.maximum(a, b), elementary.minimum(a, b)

    assert both(1.0, 2.0) == (2.0, 1.0)
    assert np.isnan(both(1.0, np.nan)).all() and np.isnan(both(np.nan, 1.0)).all()
