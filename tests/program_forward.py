"""Check forward mode, several directions at once, linear maps and second derivatives of a random program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import adjoint
from adjoint.operators.sweeps import push_chunk
from adjoint.operators.variables import Variables, lanes_at, leaves_of, variables
from adjoint.testing.differences import inner, random_like


def wrong_forward(f: Callable[..., Any], make: Callable[[], Any], y: Any, y_bar: Any, bars: Any) -> str:
    """Return what is wrong with a program's tangents, nothing if they are right.

    Args:
        f: the program.
        make: returns fresh arguments.
        y: its value.
        y_bar: a cotangent of the value.
        bars: the cotangents of the arguments for it.
    """
    rng = np.random.default_rng(5)
    dots = tuple(random_like(x, rng) for x in make())
    value, y_dot = adjoint.jvp(f, make(), dots)
    if repr(value) != repr(y):
        return f"jvp has value {value!r} instead of {y!r}"
    one, other = inner(y_bar, y_dot), inner(bars, dots)
    if abs(one - other) > 1e-8 * max(1.0, abs(one), abs(other)):
        return f"<y_bar, J x_dot> = {one!r}, <J^T y_bar, x_dot> = {other!r}"
    push = adjoint.linearize(f, *make())[1]
    again = inner(y_bar, push(*dots))
    if abs(one - again) > 1e-8 * max(1.0, abs(one)):
        return f"the linear map gives {again!r} instead of {one!r}"
    return wrong_chunk(variables(f, tuple(range(len(dots))), make(), {}), y_bar, bars)


def wrong_chunk(given: Variables, y_bar: Any, bars: Any) -> str:
    """Return what is wrong with several directions in one run."""
    count = min(given.size, 5)
    y, y_dot = push_chunk(given, 0, count)
    got = np.zeros(count)
    for out in leaves_of(y):
        bar: Any = y_bar
        for key in out.path:
            bar = bar[key]
        got += lanes_at(y_dot, out, count) @ np.ravel(bar)
    wanted = np.concatenate([lanes_at(bars, leaf, 1)[0] for leaf in given.leaves])[:count]
    if not np.allclose(got, wanted, 1e-8, 1e-8):
        return f"{count} directions in one run give {got!r} instead of {wanted!r}"
    return ""


def wrong_second(f: Callable[..., Any], make: Callable[[], Any]) -> str:
    """Return what is wrong with second derivatives: forward over reverse against reverse over forward."""
    rng = np.random.default_rng(6)
    wrt = tuple(range(len(make())))
    u, v = (tuple(random_like(x, rng) for x in make()) for _ in range(2))
    gradient = adjoint.grad(f, wrt=wrt)
    one = inner(u, adjoint.jvp(gradient, make(), v)[1])
    other = inner(v, adjoint.jvp(gradient, make(), u)[1])
    if abs(one - other) > 1e-6 * max(1.0, abs(one), abs(other)):
        return f"<u, H v> = {one!r}, <v, H u> = {other!r}"
    third = inner(u, adjoint.vjp(lambda *x: adjoint.jvp(f, x, v)[1], *make())[1](1.0))
    if abs(one - third) > 1e-6 * max(1.0, abs(one), abs(third)):
        return f"forward over reverse {one!r}, reverse over forward {third!r}"
    return ""
