"""Loops of the numba backend: the same value and gradient as the statements they replace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import source, value_and_grad

numba = pytest.importorskip("numba")
rng = np.random.default_rng(3)


def chain(x: Any, y: Any) -> Any:
    z = np.tanh(x) * y + np.exp(-x * x)
    return np.sum(z / (1.0 + z * z)) + np.mean(z)


def softmax(x: Any, y: Any) -> Any:
    top = np.max(x, axis=1, keepdims=True)
    e = np.exp(x - top)
    return np.sum(e / np.sum(e, axis=1, keepdims=True) * y)


def columns(x: Any, y: Any) -> Any:
    gap = x - np.mean(x, axis=0)
    scale = np.sqrt(np.mean(gap**2, axis=0) + 0.1)
    return np.sum(np.log1p(gap**2) / scale * y) + np.max(x) - np.min(y)


def masked(x: Any, y: Any) -> Any:
    e = x - y
    small = np.abs(e) < 1.0
    return np.sum(np.where(small & ~(e > 0.5), 0.5 * e**2, np.maximum(np.abs(e) - 0.5, y)))


def stencil(u: Any) -> Any:
    for _ in range(3):
        u = np.concatenate((u[:1], u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2]), u[-1:]))
    return np.sum(np.sin(u) ** 2) + np.sum((u[1:] - u[:-1]) ** 2)


def shifted(u: Any) -> Any:
    v = u
    for k in range(3):
        v = v - 0.1 * v * (v - np.roll(v, 1)) + 0.01 * k
    w = v[::-1] * u
    return np.sum(w * np.roll(w, -2))


def accumulated(u: Any) -> Any:
    a = u[1:] - u[:-1] ** 2
    b = 1.0 - u[:-1]
    return np.sum(100.0 * a * a + b * b) + np.sum(u[2:] * a[1:] * b[:-1])


def reassigned(u: Any) -> Any:
    total = 0.0
    v = u * 2.0
    for _ in range(3):
        w = v
        v = np.cos(v) + u
        total = total + np.sum(v * w)
        v = v * 0.5
    return total + np.sum(v)


def network(p: Any, x: Any) -> Any:
    h = np.tanh(x @ p["w"] + p["b"])
    return np.mean((h @ p["v"] - 1.0) ** 2) + 0.1 * np.sum(p["w"] ** 2)


def index_names(i: Any, n0: Any, j: Any) -> Any:
    far = i * np.sin(n0)
    part = far + j
    return np.sum(part * far + np.exp(i))


def stretched(x: Any, y: Any) -> Any:
    return np.sum(np.exp(x[1:] * y) + x[1:])


u = rng.normal(size=9)
m, k = rng.normal(size=(2, 4, 5))
p = {"w": rng.normal(size=(5, 3)), "b": rng.normal(size=3), "v": rng.normal(size=3)}
CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (chain, (m, k)),
    (softmax, (m, k)),
    (columns, (m, k)),
    (masked, (m, k)),
    (stencil, (u,)),
    (shifted, (u,)),
    (accumulated, (u,)),
    (reassigned, (u,)),
    (network, (p, m)),
    (index_names, (u, u[::-1].copy(), u**2)),
]


def leaves(x: Any) -> list[Any]:
    items = x.values() if isinstance(x, dict) else x if isinstance(x, tuple) else None
    return [np.asarray(x)] if items is None else [leaf for item in items for leaf in leaves(item)]


def compare(f: Any, args: tuple[Any, ...]) -> Any:
    """Check the gradients of both backends against each other; return the compiled function."""
    wrt = tuple(range(len(args)))
    compiled = value_and_grad(f, wrt=wrt, backend="numba")
    with np.errstate(all="ignore"):
        expected = value_and_grad(f, wrt=wrt)(*args)
    for a, b in zip(leaves(compiled(*args)), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
        assert a.shape == b.shape and a.dtype == b.dtype
    return compiled


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_loops_give_the_gradient_of_the_statements(f: Any, args: tuple[Any, ...]) -> None:
    kept = [leaf.copy() for leaf in leaves(args)]
    compiled = compare(f, args)
    assert "__loop(" in source(compiled)
    assert all(np.array_equal(a, b) for a, b in zip(leaves(args), kept, strict=True))


def test_layouts() -> None:
    backwards = m[::-1, ::-1]
    compiled = value_and_grad(chain, backend="numba")
    for x in (m, np.asfortranarray(m), backwards, np.repeat(m, 2, axis=1)[:, ::2]):
        value, x_bar = compiled(x, k)
        expected, expected_bar = value_and_grad(chain)(x, k)
        np.testing.assert_allclose(value, expected)
        np.testing.assert_allclose(x_bar, expected_bar)


def test_nan_infinity_and_huge_angles() -> None:
    odd = u.copy()
    odd[:3] = np.nan, np.inf, 1e300
    compiled = compare(reassigned, (u,))
    with np.errstate(all="ignore"):
        expected = value_and_grad(reassigned)(odd)
    for a, b in zip(compiled(odd), (expected[0], (expected[1],)), strict=True):
        np.testing.assert_allclose(a, b)


def test_a_slice_of_length_one_is_stretched() -> None:
    compiled = compare(stretched, (rng.normal(size=4), rng.normal(size=3)))
    args = rng.normal(size=2), rng.normal(size=3)  # x[1:] has one entry now
    expected = value_and_grad(stretched, wrt=(0, 1))(*args)
    for a, b in zip(leaves(compiled(*args)), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b)


def test_shapes_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"broadcast|shape"):
        value_and_grad(chain, backend="numba")(m, k[:, :3])


def test_empty_arrays() -> None:
    nothing = np.zeros(2)  # no inner points
    expected = value_and_grad(stencil)(nothing)
    for a, b in zip(value_and_grad(stencil, backend="numba")(nothing), expected, strict=True):
        np.testing.assert_array_equal(a, b)
    value, bar = value_and_grad(accumulated, backend="numba")(np.zeros(1))
    assert value == 0.0 and bar.shape == (1,)


def test_single_precision_is_left_to_statements() -> None:
    value, bar = value_and_grad(chain, backend="numba")(m.astype(np.float32), k.astype(np.float32))
    assert bar.dtype == np.float32 and np.isfinite(value)


def test_results_belong_to_the_caller() -> None:
    compiled = value_and_grad(chain, backend="numba")
    first = compiled(m, k)[1]
    kept = first.copy()
    compiled(k, m)
    np.testing.assert_array_equal(first, kept)
