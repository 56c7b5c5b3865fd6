"""The programs that are timed: each with its arguments and the adjoint a person would write for it.

A program is plain NumPy.  Other engines run the same text with ``np`` and ``math`` standing for
their own namespace; where an engine needs another form (JAX wants its own loops), the case says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One row: a scalar function of its first argument, and the hand-written value and gradient."""

    name: str
    family: str
    f: Callable[..., Any]
    args: tuple[Any, ...]
    hand: Callable[..., tuple[Any, Any]]
    variants: dict[str, Callable[[], Callable[..., Any]]] = field(default_factory=dict)


def square(x):
    return x * x


def square_by_hand(x):
    return x * x, x + x


def damped(x, n):
    y = x
    for _ in range(n):
        if y > 1.0:  # noqa: SIM108, a branch is what this row measures
            y = math.sin(y) * x
        else:
            y = y * 1.5
    return y


def damped_by_hand(x, n):
    y, trips = x, []
    for _ in range(n):
        if y > 1.0:
            s = math.sin(y)
            trips.append((y, s))
            y = s * x
        else:
            trips.append(None)
            y = y * 1.5
    y_bar, x_bar = 1.0, 0.0
    for trip in reversed(trips):
        if trip is None:
            y_bar = y_bar * 1.5
        else:
            old, s = trip
            x_bar = x_bar + y_bar * s
            y_bar = y_bar * x * math.cos(old)
    return y, x_bar + y_bar


def damped_in_jax():
    import jax

    def step(x):
        def body(_, y):
            return jax.lax.cond(y > 1.0, lambda t: jax.numpy.sin(t) * x, lambda t: t * 1.5, y)

        return body

    return lambda x, n: jax.lax.fori_loop(0, n, step(x), x)


def recurrence(x, n):
    y = x
    for k in range(n):
        y = y + 0.01 * math.sin(y) * x - 0.001 * k
    return y


def recurrence_by_hand(x, n):
    y, trips = x, []
    for k in range(n):
        trips.append(y)
        y = y + 0.01 * math.sin(y) * x - 0.001 * k
    y_bar, x_bar = 1.0, 0.0
    for y_old in reversed(trips):
        x_bar += y_bar * 0.01 * math.sin(y_old)
        y_bar += y_bar * 0.01 * math.cos(y_old) * x
    return y, x_bar + y_bar


def recurrence_in_jax():
    import jax

    def step(x):
        return lambda k, y: y + 0.01 * jax.numpy.sin(y) * x - 0.001 * k

    return lambda x, n: jax.lax.fori_loop(0, n, step(x), x)


def mlp_loss(params, x, y):
    w1, b1, w2, b2 = params
    h = np.tanh(x @ w1 + b1)
    r = h @ w2 + b2 - y
    return np.mean(r**2)


def mlp_loss_by_hand(params, x, y):
    w1, b1, w2, b2 = params
    h = np.tanh(x @ w1 + b1)
    r = h @ w2 + b2 - y
    r_bar = r * (2.0 / r.size)
    a_bar = (r_bar @ w2.T) * (1.0 - h * h)
    return np.mean(r**2), (x.T @ a_bar, a_bar.sum(0), h.T @ r_bar, r_bar.sum(0))


def chain(x):
    y = np.sin(x) * x + np.exp(-x * x)
    z = np.tanh(y) / (1.0 + y * y)
    return np.sum(z * x)


def chain_by_hand(x):
    s, e = np.sin(x), np.exp(-x * x)
    y = s * x + e
    t, d = np.tanh(y), 1.0 + y * y
    z = t / d
    z_bar = x
    y_bar = z_bar * ((1.0 - t * t) - z * 2.0 * y) / d
    return np.sum(z * x), z + y_bar * (np.cos(x) * x + s - 2.0 * x * e)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_by_hand(x):
    head = x[:-1]
    a, b = x[1:] - head**2, 1.0 - head
    x_bar = np.zeros_like(x)
    x_bar[1:] = 200.0 * a
    x_bar[:-1] -= 400.0 * a * head + 2.0 * b
    return np.sum(100.0 * a * a + b * b), x_bar


def logistic(w, x, y):
    margins = y * (x @ w)
    return np.sum(np.logaddexp(0.0 * margins, -margins)) + 0.05 * np.sum(w * w)


def logistic_by_hand(w, x, y):
    margins = y * (x @ w)
    chance = 1.0 / (1.0 + np.exp(margins))
    value = np.sum(np.logaddexp(0.0, -margins)) + 0.05 * np.sum(w * w)
    return value, 0.1 * w - x.T @ (chance * y)


def cases() -> list[Case]:
    """Return the rows, with arguments that are the same in every run."""
    rng = np.random.default_rng(0)

    def params(d, h, k):
        return (0.3 * rng.normal(size=(d, h)), np.zeros(h), 0.3 * rng.normal(size=(h, k)), np.zeros(k))

    small, wide = rng.normal(size=(32, 8)), rng.normal(size=(256, 64))
    table, labels = rng.normal(size=(500, 20)), np.where(rng.random(500) > 0.5, 1.0, -1.0)
    mlp_small = (params(8, 16, 2), small, small[:, :2])
    mlp_wide = (params(64, 128, 10), wide, wide[:, :10])
    rows: list[tuple[Any, ...]] = [
        ("x * x", "call overhead", square, (1.3,), square_by_hand),
        ("damped loop, 100 trips", "scalar loop", damped, (1.1, 100), damped_by_hand, damped_in_jax),
        ("recurrence, 1000 trips", "scalar loop", recurrence, (1.1, 1000), recurrence_by_hand,
         recurrence_in_jax),
        ("MLP 8-16-2, batch 32", "dense learning", mlp_loss, mlp_small, mlp_loss_by_hand),
        ("MLP 64-128-10, batch 256", "dense learning", mlp_loss, mlp_wide, mlp_loss_by_hand),
        ("chain, n = 100", "elementwise", chain, (rng.normal(size=100),), chain_by_hand),
        ("chain, n = 1 000 000", "elementwise", chain, (rng.normal(size=10**6),), chain_by_hand),
        ("Rosenbrock, n = 10", "elementwise", rosenbrock, (rng.normal(size=10),), rosenbrock_by_hand),
        ("Rosenbrock, n = 100 000", "elementwise", rosenbrock, (rng.normal(size=10**5),), rosenbrock_by_hand),
        ("logistic, 500 x 20", "dense learning", logistic, (table[0] / 9.0, table, labels), logistic_by_hand),
    ]  # fmt: skip
    return [Case(*row[:5], {"jax": row[5]} if len(row) > 5 else {}) for row in rows]
