"""Second derivatives of programs that call what only the running program knows, in every mixture of modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing.differences import inner, random_like, shift
from tests.zoo import making, programs, storing, values
from tests.zoo.entry import Entry


def is_scalar(row: Entry) -> bool:
    """Whether a specimen takes numbers and lists of them, and returns a number."""
    plain = all(isinstance(x, float | np.ndarray) or x == values.V for x in row.args)
    return plain and isinstance(row.f(*row.arguments()), float)


#: Refused at second order: a method wrapper that is called by its name, and functions that call each other
#: and are defined one after the other inside the function.
REFUSED = ("mcall_26", "local_mutual_24")
ROWS = [*filter(is_scalar, (*values.ZOO, *making.ZOO[::4], *programs.ZOO[::4], *storing.ZOO[::12]))]


def wanted(row: Entry, u: Any, v: Any) -> float:
    """Return ``<u, H v>`` from differences of the gradient."""
    gradient = adjoint.grad(row.f, wrt=tuple(range(len(u))))
    high, low = (inner(u, gradient(*shift(row.arguments(), v, step))) for step in (1e-5, -1e-5))
    return float((high - low) / 2e-5)


def forward_over_reverse(row: Entry, u: Any, v: Any) -> Any:
    gradient = adjoint.grad(row.f, wrt=tuple(range(len(u))))
    return inner(u, adjoint.jvp(gradient, row.arguments(), v)[1])


def reverse_over_forward(row: Entry, u: Any, v: Any) -> Any:
    return inner(u, adjoint.vjp(lambda *x: adjoint.jvp(row.f, x, v)[1], *row.arguments())[1](1.0))


def forward_over_forward(row: Entry, u: Any, v: Any) -> Any:
    return adjoint.jvp(lambda *x: adjoint.jvp(row.f, x, v)[1], row.arguments(), u)[1]


def reverse_over_reverse(row: Entry, u: Any, v: Any) -> Any:
    gradient = adjoint.grad(row.f, wrt=tuple(range(len(u))))
    return inner(v, adjoint.vjp(gradient, *row.arguments())[1](u))


MODES = (forward_over_reverse, reverse_over_forward, forward_over_forward, reverse_over_reverse)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_second_derivatives_agree_with_differences(row: Entry) -> None:
    """Two of the modes for every program, all four for some: each compiles the program anew."""
    rng = np.random.default_rng(3)
    u, v = (tuple(random_like(x, rng) for x in row.args) for _ in range(2))
    if row.name in REFUSED:
        with pytest.raises(adjoint.AdjointError, match="ADJ1"):
            forward_over_reverse(row, u, v)
        return
    right = wanted(row, u, v)
    for mode in MODES if ROWS.index(row) % 4 == 0 else MODES[::2]:
        second: Callable[..., Any] = mode
        assert second(row, u, v) == pytest.approx(right, rel=1e-5, abs=1e-6), mode.__name__
