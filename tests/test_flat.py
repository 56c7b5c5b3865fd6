"""``x.flat``: read in loops, indexed, kept and read again, at first and second order."""
# The specimens are odd on purpose.
# ruff: noqa: B905, E701

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

M = np.arange(4.0).reshape(2, 2) / 7.0 + 0.1


def loop(m: Any) -> Any:
    total = 0.0
    for u in m.flat:
        for w in m.T.flat:
            total = total + u * w * w
    return total


def items(m: Any) -> Any:
    return m.flat[2] * m.flat[1] * m.flat[-1] + m.flat[1:3].sum()


def given_to_builtins(m: Any) -> Any:
    return max(m.flat) * list(m.flat)[1] + sorted(m.T.flat)[0] * sum(m.flat)


def given_to_numpy(m: Any) -> Any:
    return np.sum(np.array(m.flat) ** 2) + np.dot(m.flat, m.T.flat)


def in_step(m: Any) -> Any:
    return sum([i * a * b for i, (a, b) in enumerate(zip(m.flat, m.T.flat))])


def unpacked(m: Any) -> Any:
    a, b, *c = m.flat
    return a * b + c[0]


def head(x: Any) -> Any:
    return x.flat[0] * x.flat[1] + sum(u * u for u in x.flat)


def known_at_run_time(m: Any) -> Any:
    rows = [m, [m]]
    return head(rows[1][0]) + head(rows[0])


def read_on(m: Any) -> Any:
    it = m.flat
    total = next(it) * 2.0
    for u in it:
        total += u * u
        if total > 0.4:
            break
    for u in it:
        total += 3.0 * u
    return total * (1.0 + sum(it))


def one_iterator_twice(m: Any) -> Any:
    it = {"a": m.flat}
    return sum(a * b for a, b in zip(it["a"], it["a"]))


def place_of_the_iterator(m: Any) -> Any:
    it = m.flat
    total = len(it) * it[1] * np.sum(it)
    for u in it:
        total += u * it.index * (1.0 + it.coords[0])
    return total


def written_while_it_is_read(m: Any) -> Any:
    rows = [[m[0, 0]]]
    rows[0].append(m[1, 1])
    x = m.copy()
    it = x.flat
    x[0, 1] = 7.0 * rows[0][1]
    it[2] = rows[0][0] * it[1]
    return sum(u * u for u in it) + it.copy()[1]


FUNCTIONS = [loop, items, given_to_builtins, given_to_numpy, in_step, unpacked, known_at_run_time,
             read_on, one_iterator_twice, place_of_the_iterator, written_while_it_is_read]  # fmt: skip


@pytest.mark.parametrize("f", FUNCTIONS, ids=[f.__name__ for f in FUNCTIONS])
def test_flat(f: Any) -> None:
    check_grad(f, M)
    gradient, h, v = adjoint.grad(f), 1e-6, np.cos(np.arange(4.0)).reshape(2, 2)
    assert adjoint.jvp(f, (M,), (v,))[1] == pytest.approx(np.sum(gradient(M) * v), rel=1e-12)
    wanted = (gradient(M + h * v) - gradient(M - h * v)) / (2.0 * h)
    np.testing.assert_allclose(adjoint.jvp(gradient, (M,), (v,))[1], wanted, rtol=1e-6, atol=1e-7)


def test_loops_over_flat_compile() -> None:
    assert "call(" not in adjoint.source(loop, M) + adjoint.source(items, M)
