"""Reading elements, gathering, building lists, recurrences over data."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.case import Case


def neighbours(x):
    total = 0.0
    for i in range(len(x) - 1):
        total = total + x[i] * x[i + 1]
    return total


def neighbours_by_hand(x):
    xs = x.tolist()
    total = 0.0
    for i in range(len(xs) - 1):
        total = total + xs[i] * xs[i + 1]
    x_bar = np.zeros_like(x)
    x_bar[:-1] = x[1:]
    x_bar[1:] += x[:-1]
    return total, x_bar


def neighbours_in_jax():
    import jax

    return lambda x: jax.lax.fori_loop(0, len(x) - 1, lambda i, total: total + x[i] * x[i + 1], 0.0)


def polynomial(x, n):
    total = 0.0
    for i in range(n):
        total = total + math.sin(x[i]) * x[i]
    return total


def polynomial_by_hand(x, n):
    total, x_bar = 0.0, np.zeros_like(x)
    for i in range(n):
        v = x[i]
        s = math.sin(v)
        total = total + s * v
        x_bar[i] += s + v * math.cos(v)
    return total, x_bar


def polynomial_in_jax():
    import jax
    import jax.numpy as jnp

    return lambda x, n: jax.lax.fori_loop(0, n, lambda i, total: total + jnp.sin(x[i]) * x[i], 0.0)


def gathered(table, index, weights):
    return np.sum(table[index] ** 2 * weights)


def gathered_by_hand(table, index, weights):
    rows = table[index]
    weighted = rows * weights
    table_bar = np.zeros_like(table)
    np.add.at(table_bar, index, 2.0 * weighted)
    return np.sum(rows * weighted), table_bar


def embedding(params, tokens, y):
    table, w = params
    h = np.mean(table[tokens], axis=1)
    return np.mean((h @ w - y) ** 2)


def embedding_by_hand(params, tokens, y):
    table, w = params
    h = np.mean(table[tokens], axis=1)
    e = h @ w - y
    e_bar = e * (2.0 / e.size)
    h_bar = np.outer(e_bar, w / tokens.shape[1])
    table_bar = np.zeros_like(table)
    np.add.at(table_bar, tokens, h_bar[:, None, :])
    return np.mean(e * e), (table_bar, h.T @ e_bar)


def listed(x, n):
    ys = []
    y = x
    for _ in range(n):
        y = 0.9 * math.sin(y) + 0.1 * x
        ys.append(y * y)
    return sum(ys)


def listed_by_hand(x, n):
    y, trips, total = x, [], 0.0
    for _ in range(n):
        old = y
        y = 0.9 * math.sin(y) + 0.1 * x
        trips.append((old, y))
        total = total + y * y
    y_bar, x_bar = 0.0, 0.0
    for old, new in reversed(trips):
        y_bar = y_bar + 2.0 * new
        x_bar = x_bar + 0.1 * y_bar
        y_bar = y_bar * 0.9 * math.cos(old)
    return total, x_bar + y_bar


def listed_in_jax():
    import jax
    import jax.numpy as jnp

    def f(x, n):
        def step(_, state):
            y, total = state
            y = 0.9 * jnp.sin(y) + 0.1 * x
            return y, total + y * y

        return jax.lax.fori_loop(0, n, step, (x, 0.0))[1]

    return f


def smoothing(a, x):
    level = x[0]
    loss = 0.0
    for t in range(1, len(x)):
        loss = loss + (x[t] - level) ** 2
        level = a * x[t] + (1.0 - a) * level
    return loss


def smoothing_by_hand(a, x):
    xs = x.tolist()
    level, loss, trips, b = xs[0], 0.0, [], 1.0 - a
    for v in xs[1:]:
        gap = v - level
        trips.append(gap)
        loss = loss + gap * gap
        level = a * v + b * level
    level_bar, a_bar = 0.0, 0.0
    for gap in reversed(trips):
        a_bar += level_bar * gap
        level_bar = level_bar * b - 2.0 * gap
    return loss, a_bar


def smoothing_in_jax():
    import jax
    import jax.numpy as jnp

    def f(a, x):
        def step(state, v):
            level, loss = state
            return (a * v + (1.0 - a) * level, loss + (v - level) ** 2), None

        return jax.lax.scan(step, (x[0], jnp.zeros(())), x[1:])[0][1]

    return f


def tridiagonal(diagonal, side, right):
    n = len(diagonal)
    c, d = [side / diagonal[0]], [right[0] / diagonal[0]]
    for i in range(1, n):
        m = diagonal[i] - side * c[i - 1]
        c.append(side / m)
        d.append((right[i] - side * d[i - 1]) / m)
    x = d[n - 1]
    total = x * x
    for i in range(n - 2, -1, -1):
        x = d[i] - c[i] * x
        total = total + x * x
    return total


def tridiagonal_by_hand(diagonal, side, right):
    def solve(b, c, pivots):  # forward and back substitution with the factors that are there
        d = [b[0] / pivots[0]]
        for i in range(1, len(b)):
            d.append((b[i] - side * d[-1]) / pivots[i])
        x = [d[-1]]
        for i in range(len(b) - 2, -1, -1):
            x.append(d[i] - c[i] * x[-1])
        return x[::-1]

    diag = diagonal.tolist()
    pivots, c = [diag[0]], [side / diag[0]]
    for i in range(1, len(diag)):
        pivots.append(diag[i] - side * c[-1])
        c.append(side / pivots[-1])
    x = np.array(solve(right.tolist(), c, pivots))
    y = np.array(solve((2.0 * x).tolist(), c, pivots))  # the matrix is symmetric
    return np.sum(x * x), -x * y


def tridiagonal_in_jax():
    import jax

    def f(diagonal, side, right):
        def down(state, each):
            c, d = state
            m = each[0] - side * c
            state = side / m, (each[1] - side * d) / m
            return state, state

        def up(x, each):
            x = each[1] - each[0] * x
            return x, x * x

        cs, ds = jax.lax.scan(down, (0.0, 0.0), (diagonal, right))[1]
        squares = jax.lax.scan(up, 0.0, (cs, ds), reverse=True)[1]
        return squares.sum()

    return f


def columns(x, n):
    ys = []
    row = x
    for k in range(n):
        row = np.tanh(row) * (1.0 + 0.01 * k)
        ys.append(row)
    return np.sum(np.stack(ys) ** 2)


def columns_by_hand(x, n):
    row, ts, total = x, [], 0.0
    for k in range(n):
        t = np.tanh(row)
        ts.append(t)
        row = t * (1.0 + 0.01 * k)
        total += row @ row
    bar = np.zeros_like(x)
    for k in range(n - 1, -1, -1):
        t, scale = ts[k], 1.0 + 0.01 * k
        bar = (bar + (2.0 * scale) * t) * (scale * (1.0 - t * t))
    return total, bar


def rows() -> list[Case]:
    rng = np.random.default_rng(5)
    family = "indexing"
    tokens = rng.integers(0, 500, size=(64, 12))
    words = (rng.normal(size=(500, 16)), rng.normal(size=16))
    return [
        Case("x[i] * x[i + 1], n = 1000", family, neighbours, (rng.normal(size=1000),), neighbours_by_hand,
             {"jax": neighbours_in_jax}),
        Case("sin(x[i]) * x[i], n = 1000", family, polynomial, (rng.normal(size=1000), 1000), polynomial_by_hand,
             {"jax": polynomial_in_jax}),
        Case("gather, 10 000 of 1000", family, gathered,
             (rng.normal(size=1000), rng.integers(0, 1000, size=10_000), rng.random(10_000)), gathered_by_hand),
        Case("embedding, 64 x 12 of 500", family, embedding, (words, tokens, rng.normal(size=64)),
             embedding_by_hand),
        Case("list of floats, 1000 trips", "lists", listed, (0.7, 1000), listed_by_hand, {"jax": listed_in_jax}),
        Case("list of rows stacked, 30 x 50", "lists", columns, (rng.normal(size=50), 30), columns_by_hand),
        Case("exponential smoothing, n = 1000", "recurrences", smoothing, (0.3, rng.normal(size=1000)),
             smoothing_by_hand, {"jax": smoothing_in_jax}),
        Case("tridiagonal solve, n = 200", "recurrences", tridiagonal,
             (3.0 + rng.random(200), -1.0, rng.normal(size=200)), tridiagonal_by_hand,
             {"jax": tridiagonal_in_jax}),
    ]  # fmt: skip
