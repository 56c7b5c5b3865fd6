"""Calls of the primal that are written more directly give the same bits, types and errors."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint import source, value_and_grad

NAMES = ("sum", "prod", "mean", "max", "min", "cumsum")


def reductions(x):
    rows = np.sum(x, axis=1, keepdims=True) + np.mean(x, 0) * np.max(x, axis=-1, keepdims=True)
    return np.sum(rows * np.min(x)) + np.prod(x[0]) + np.trace(x) + np.sum(np.cumsum(x, 1) * x)


def rolled(x):
    return np.sum(np.roll(x, 1) * x * x + np.roll(x, -1) * np.sin(x))


def stacked(x):
    y = np.stack([x[0] * x[1], x[1], x[2] * 3.0])
    z = np.stack((x[0], x[2]))
    return np.sum(y * y) + np.sum(z * z * z)


def of_a_list(x):
    return np.sum([x[0], x[1] * x[0]]) + np.max([x[0], x[2]])


def one_by_one(x):
    parts = [x[0] * x[1]]
    parts.append(x[2])
    return np.sum(np.stack(parts) ** 2)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("f", [rolled, stacked, of_a_list, one_by_one])
@pytest.mark.parametrize("n", [3, 4])
def test_vectors(f, n, dtype) -> None:
    x = np.linspace(0.3, 1.9, n).astype(dtype)
    same_bits(f, x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_matrices(dtype) -> None:
    same_bits(reductions, np.random.default_rng(3).normal(size=(4, 4)).astype(dtype))
    same_bits(reductions, np.asfortranarray(np.random.default_rng(4).normal(size=(3, 3))))


def same_bits(f, x) -> None:
    """Compare value, type and gradient with the plain call and with differences."""
    value, x_bar = value_and_grad(f)(x)
    plain = f(x)
    assert type(value) is type(plain) and value.tobytes() == plain.tobytes()
    wide = x.astype(float)
    steps = 1e-6 * np.eye(wide.size).reshape(wide.size, *wide.shape)
    slopes = np.array([(f(wide + step) - f(wide - step)) / 2e-6 for step in steps]).reshape(wide.shape)
    np.testing.assert_allclose(x_bar, slopes, rtol=1e-4, atol=1e-6 if x.dtype == np.float64 else 1e-4)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_vectors_roll(n) -> None:
    x = np.arange(1.0, n + 1.0)
    value, x_bar = value_and_grad(rolled)(x)
    assert value == rolled(x)
    pushed = [adjoint.jvp(rolled, (x,), (unit,))[1] for unit in np.eye(n)]
    np.testing.assert_allclose(x_bar, np.array(pushed), rtol=1e-12)


def test_only_what_is_known_is_rewritten() -> None:
    assert generated(stacked, np.ones(3)).count("np.array") == 2
    assert "np.stack(parts)" in generated(one_by_one, np.ones(3))  # a list that could be empty
    assert not any(f"np.{name}" in generated(reductions, np.ones((3, 3))) for name in NAMES)


def generated(f, x) -> str:
    """Return the generated lines without the comments, which quote the user's."""
    return "\n".join(line for line in source(f, x).splitlines() if "#" not in line)


def test_errors_stay() -> None:
    def empty(x):
        return np.sum(np.stack([x[i] for i in range(0)])) + x[0]

    with pytest.raises(ValueError, match="at least one array"):
        value_and_grad(empty)(np.ones(2))
