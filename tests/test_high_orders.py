"""Orders three and four, and jets of gradients, of programs whose calls only the running program knows."""

from __future__ import annotations

import collections
import functools
import itertools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jet, jvp

Function = Callable[[Any], Any]


class Polynomial:
    """Coefficients in a list that is changed, operators, and a loop of unknown length."""

    def __init__(self, coefficients: Any) -> None:
        self.coefficients = list(coefficients)

    def __call__(self, t: Any) -> Any:
        total = 0.0
        for each in reversed(self.coefficients):
            total = total * t + each
        return total

    def __mul__(self, other: Polynomial) -> Polynomial:
        found = [0.0] * (len(self.coefficients) + len(other.coefficients) - 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(other.coefficients):
                found[i + j] = found[i + j] + a * b
        return Polynomial(found)


@dataclass
class State:
    p: Any
    q: Any

    def step(self, h: Any, force: Any) -> State:
        p = self.p - h * force(self.q)
        return State(p, self.q + h * p)


def product(x: Any) -> Any:
    return (Polynomial([x, 1.0, x * x]) * Polynomial([2.0, x]))(x)


def pipeline(x: Any) -> Any:
    return functools.reduce(lambda value, f: f(value), [np.sin, lambda t: t**2 * x, np.exp, np.sqrt], x)


def orbit(x: Any) -> Any:
    state = State(x, 1.0)
    for _ in range(2):
        state = state.step(0.1 * x, [lambda q: q**3 + x * q, 0][0])
    return state.p * state.q


def sums(x: Any) -> Any:
    multiples = (x * k for k in range(1, 4))
    return sum(map(operator.mul, multiples, itertools.accumulate([x, x * x, 2.0], operator.mul)))


def matrices(x: Any) -> Any:
    m = np.array([[x, 1.0], [2.0, x * x]])
    return np.trace(np.linalg.inv(m) @ m.T)


class Spring:
    def __init__(self, stiffness: Any) -> None:
        self.stiffness = stiffness

    def energy(self, q: Any) -> Any:
        return self.stiffness * q**2 + np.sin(q)


def entries(x: Any) -> Any:
    held = np.vectorize(functools.partial(lambda a, t, out: np.exp(a * t) * out, x))
    return np.sum(held(np.array([x, 0.5]), x)) * np.sum(
        np.vectorize(Spring(x).energy)(np.array([x * x, 1.0]))
    )


def lanes(x: Any) -> Any:
    rows = np.apply_along_axis(lambda v: v * np.sum(v * v) * x, 0, np.outer(np.arange(1.0, 3.0), [x, 1.0]))
    return np.sum(np.piecewise(rows, [np.eye(2) > 0.0], [lambda t: t**3 * x, lambda t: np.sin(x * t)]))


def totals(x: Any) -> Any:
    found = dict.fromkeys("ab", 0.0)
    for i, key in enumerate("aba"):
        found[key] = found[key] + x ** (i + 1)
        found.setdefault("c", np.sin(x))
    return sum(value * value for value in found.values())


def queue(x: Any) -> Any:
    waiting = collections.deque([x, x * x, np.array([x, 2.0]) @ np.array([x, x])])
    total = 0.0
    while len(waiting) > 1:
        first, second = waiting.popleft(), waiting.pop()
        total = total + np.sin(first * second)
        waiting.rotate(1)
        waiting.appendleft(first * second)
    return total


PROGRAMS: list[Function] = [product, pipeline, orbit, sums, matrices, entries, lanes, totals, queue]


def forward(f: Function) -> Function:
    """Return the derivative by forward mode."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


def at_order(f: Function, x: float, order: int) -> float:
    """Return a derivative by the residue of a small circle around the point (64 points)."""
    angles = 2.0 * np.pi * np.arange(64) / 64
    values = np.array([f(x + 0.1 * np.exp(1j * angle)) for angle in angles])
    return float(math.factorial(order) * np.mean(values * np.exp(-1j * order * angles)).real / 0.1**order)


@pytest.mark.parametrize("word", ["rfr", "frrr", "rfff"])
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_high_orders(f: Function, word: str) -> None:
    derivative = f
    for mode in word:
        derivative = forward(derivative) if mode == "f" else grad(derivative)
    assert derivative(0.8) == pytest.approx(at_order(f, 0.8, len(word)), rel=1e-8)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_jets_of_gradients_and_gradients_of_jets(f: Function) -> None:
    third = at_order(f, 0.8, 3)
    assert jet(grad(f), 0.8, 2)[1][1] == pytest.approx(third / 2.0, rel=1e-8)
    assert jet(forward(f), 0.8, 2)[1][1] == pytest.approx(third / 2.0, rel=1e-8)
    assert grad(lambda x: jet(f, x, 2)[1][1])(0.8) == pytest.approx(third / 2.0, rel=1e-8)
    assert forward(lambda x: jet(f, x, 2)[1][1])(0.8) == pytest.approx(third / 2.0, rel=1e-8)
