"""The functions whose generated source is kept in tests/golden, one or two per area of the language.

A change of this file changes the line numbers in the texts: rewrite them with
``python -m pytest tests/test_golden.py --update-golden`` and read the difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


def damped(x, n):
    y = x
    for k in range(n):
        if y > 1.0:
            y = np.sin(y) * x
        else:
            y = y * 1.5
    return y


def mlp_loss(params, x, y):
    w1, b1, w2, b2 = params
    h = np.tanh(x @ w1 + b1)
    r = h @ w2 + b2 - y
    return np.mean(r**2)


def logistic(w, b, x, y):
    z = x @ w + b
    loss = np.mean(np.logaddexp(0.0, z) - y * z)
    return loss + 0.1 * np.sum(w * w)


def network(params, images, targets):
    hidden = np.maximum(images @ params["w1"] + params["b1"], 0.0)
    logits = hidden @ params["w2"] + params["b2"]
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(np.sum(targets * (shifted - log_total), axis=1))


def horner(c, t):
    total = 0.0
    for i in range(len(c)):
        total = total * t + c[i]
    return total


def newton(a, x):
    steps = 0
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
        steps += 1
        if steps > 50:
            break
    return x


def first_above(x, limit):
    total = 0.0
    for v in x:
        total = total + v * v
        if total > limit:
            return total * limit
    return total


def rollout(state, steps):
    path = []
    for _ in range(steps):
        state = np.tanh(1.1 * state)
        path.append(state)
    return np.sum(np.stack(path) ** 2)


def gain(u, rate):
    return u * np.exp(-rate * u)


def cascade(u, rate):
    first = gain(u, rate)
    return first + gain(first, 2.0 * rate)


@dataclass
class Spring:
    stiffness: float
    damping: float

    def force(self, position, velocity):
        return -self.stiffness * position - self.damping * velocity


def work(spring, x, v):
    f = spring.force(x, v)
    return f * v


def shifted_sum(x, shift):
    def moved(v):
        return v * shift

    return moved(x[0]) + moved(x[1])


def mixture(weights, means, t):
    parts = [w * np.exp(-0.5 * (t - m) ** 2) for w, m in zip(weights, means, strict=True)]
    return sum(parts)


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def embedding(table, ids, w):
    rows = table[ids]
    return np.sum(np.tanh(rows) @ w)


def rayleigh(a, v):
    av = a @ v
    return v @ av / (v @ v)


def call_price(spot, strike, rate, vol, t):
    d1 = (math.log(spot / strike) + (rate + 0.5 * vol**2) * t) / (vol * math.sqrt(t))
    d2 = d1 - vol * math.sqrt(t)
    cdf1 = 0.5 * (1.0 + math.erf(d1 / math.sqrt(2.0)))
    cdf2 = 0.5 * (1.0 + math.erf(d2 / math.sqrt(2.0)))
    return spot * cdf1 - strike * math.exp(-rate * t) * cdf2


@dataclass(frozen=True)
class Sample:
    """A function, arguments for it, and what is differentiated."""

    f: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: Any = 0


_rng = np.random.default_rng(7)


def _normal(*shape: int) -> Any:
    return _rng.standard_normal(shape)


def _network() -> dict[str, Any]:
    return {"w1": _normal(4, 6), "b1": _normal(6), "w2": _normal(6, 3), "b2": _normal(3)}


SAMPLES = [
    Sample(damped, (0.7, 5)),
    Sample(mlp_loss, ((_normal(4, 6), _normal(6), _normal(6, 3), _normal(3)), _normal(5, 4), _normal(5, 3))),
    Sample(logistic, (_normal(4), 0.3, _normal(9, 4), (_normal(9) > 0.0).astype(float)), (0, 1)),
    Sample(network, (_network(), _normal(5, 4), np.eye(3)[[0, 2, 1, 1, 0]])),
    Sample(horner, (_normal(4), 0.8), (0, 1)),
    Sample(newton, (2.0, 1.0)),
    Sample(first_above, (np.array([0.5, 1.5, 2.5]), 2.0)),
    Sample(rollout, (_normal(3), 4)),
    Sample(cascade, (0.7, 0.4), (0, 1)),
    Sample(work, (Spring(2.0, 0.5), 0.3, -0.4), (0, 1, 2)),
    Sample(shifted_sum, (_normal(2), 1.5), (0, 1)),
    Sample(mixture, ([0.4, 0.6], [-1.0, 1.0], 0.3), (0, 1, 2)),
    Sample(power, (1.3, 3)),
    Sample(embedding, (_normal(6, 2), np.array([1, 4, 1]), _normal(2)), (0, 2)),
    Sample(rayleigh, (_normal(3, 3), _normal(3)), (0, 1)),
    Sample(call_price, (100.0, 95.0, 0.03, 0.2, 0.5), (0, 3)),
]
