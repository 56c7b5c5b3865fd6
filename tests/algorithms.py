"""Numerical programs as people write them: plain functions, no derivative in sight."""

from __future__ import annotations

import math

import numpy as np


def logistic_loss(w, b, x, y, decay=0.01):
    """Mean negative log-likelihood of labels in {-1, 1}; ``x`` has shape (n, d)."""
    margins = y * (x @ w + b)
    return np.mean(np.logaddexp(0.0, -margins)) + 0.5 * decay * np.sum(w**2)


def mlp(params, x):
    for k in range(1, 4):
        x = x @ params[f"w{k}"] + params[f"b{k}"]
        if k < 3:
            x = np.tanh(x) if k == 1 else np.maximum(x, 0.0)
    return x


def mlp_loss(params, x, labels):
    scores = mlp(params, x)
    scores = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -np.mean(log_probabilities[np.arange(len(labels)), labels])


def rnn_loss(params, inputs, targets):
    """Squared error of a vanilla recurrent network; ``inputs`` has shape (time, d)."""
    h = np.zeros(params["wh"].shape[0])
    loss = 0.0
    for x, y in zip(inputs, targets, strict=True):
        h = np.tanh(params["wx"] @ x + params["wh"] @ h + params["b"])
        loss = loss + np.sum((params["wo"] @ h - y) ** 2)
    return loss / len(inputs)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_cell(w, x, state):
    h, c = state
    gates = w @ np.concatenate([x, h, np.ones(1)])
    i, f, o, g = np.split(gates, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def lstm_loss(w, inputs, target):
    size = w.shape[0] // 4
    state = (np.zeros(size), np.zeros(size))
    for x in inputs:
        state = lstm_cell(w, x, state)
    return np.sum((state[0] - target) ** 2)


def kalman_loss(log_q, log_r, f, observations):
    """Negative log-likelihood of a constant-velocity model, by the Kalman filter."""
    x, p = np.zeros(2), np.eye(2)
    q, r = np.exp(log_q) * np.eye(2), np.exp(log_r)
    h = np.array([1.0, 0.0])
    loss = 0.0
    for z in observations:
        x = f @ x
        p = f @ p @ f.T + q
        innovation = z - h @ x
        s = h @ p @ h + r
        gain = p @ h / s
        x = x + gain * innovation
        p = p - np.outer(gain, h @ p)
        loss = loss + 0.5 * (np.log(2.0 * np.pi * s) + innovation * innovation / s)
    return loss


def newton_root(a, b):
    """The real root of ``t**3 + a*t - b``, by Newton's method to convergence."""
    t = 1.0
    for _ in range(100):
        step = (t**3 + a * t - b) / (3.0 * t**2 + a)
        t = t - step
        if abs(step) < 1e-14:
            break
    return t


def newton_while(a, tolerance=1e-13):
    t, error = a, 1.0
    while error > tolerance:
        new = 0.5 * (t + a / t)
        error = abs(new - t)
        t = new
    return t


def fixed_point(x, rate):
    y = 0.0
    while True:
        new = math.cos(rate * y) * x
        if abs(new - y) < 1e-15:
            return new
        y = new


def lotka_volterra(state, rates):
    x, y = state
    a, b, c, d = rates
    return np.array([a * x - b * x * y, c * x * y - d * y])


def rk4(f, state, rates, step, steps):
    for _ in range(steps):
        k1 = f(state, rates)
        k2 = f(state + 0.5 * step * k1, rates)
        k3 = f(state + 0.5 * step * k2, rates)
        k4 = f(state + step * k3, rates)
        state = state + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return state


def populations_after(state, rates):
    return rk4(lotka_volterra, state, rates, 0.05, 40)


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def black_scholes(spot, strike, years, rate, volatility):
    """Value of a European call."""
    spread = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / spread
    d2 = d1 - spread
    return spot * normal_cdf(d1) - strike * math.exp(-rate * years) * normal_cdf(d2)


def binomial_option(spot, strike, volatility, steps=20):
    """Value of an American put on a binomial tree."""
    dt = 1.0 / steps
    up = np.exp(volatility * np.sqrt(dt))
    chance = (np.exp(0.03 * dt) - 1.0 / up) / (up - 1.0 / up)
    prices = spot * up ** np.arange(-steps, steps + 1, 2)
    values = np.maximum(strike - prices, 0.0)
    for _ in range(steps):
        prices = prices[1:] / up
        held = np.exp(-0.03 * dt) * (chance * values[1:] + (1.0 - chance) * values[:-1])
        values = np.maximum(held, strike - prices)
    return values[0]


def mixture_log_likelihood(logits, means, log_scales, x):
    """Of a Gaussian mixture in one dimension; ``x`` has shape (n,), the rest (k,)."""
    log_weights = logits - np.log(np.sum(np.exp(logits)))
    z = (x[:, None] - means) / np.exp(log_scales)
    parts = log_weights - log_scales - 0.5 * z * z - 0.5 * np.log(2.0 * np.pi)
    top = np.max(parts, axis=1, keepdims=True)
    return np.sum(top[:, 0] + np.log(np.sum(np.exp(parts - top), axis=1)))


def soft_alignment(a, b, gap):
    """Needleman-Wunsch with a soft maximum, row by row, without writing into a table."""
    row = [-gap * j for j in range(len(b) + 1)]
    for i in range(len(a)):
        new = [-gap * (i + 1)]
        for j in range(len(b)):
            match = row[j] - (a[i] - b[j]) ** 2
            skip = row[j + 1] - gap
            insert = new[j] - gap
            top = max(match, skip, insert)
            new.append(top + np.log(np.exp(match - top) + np.exp(skip - top) + np.exp(insert - top)))
        row = new
    return row[-1]


def viterbi_like(scores, transitions):
    """Best path score; ``scores`` has shape (time, k)."""
    best = scores[0]
    for t in range(1, len(scores)):
        best = np.max(best[:, None] + transitions, axis=0) + scores[t]
    return best.max()


def cosine_transform(x):
    """Type II discrete cosine transform, by its definition."""
    n = len(x)
    result = []
    for k in range(n):
        total = 0.0
        for i in range(n):
            total += x[i] * math.cos(math.pi * k * (2 * i + 1) / (2 * n))
        result.append(total)
    return np.array(result)


def cholesky(a):
    """The lower factor of a positive definite matrix, entry by entry, in lists."""
    rows = []
    for i in range(len(a)):
        row = []
        for j in range(i + 1):
            rest = a[i, j] - sum(row[k] * (rows[j][k] if j < i else row[k]) for k in range(j))
            row.append(math.sqrt(rest) if i == j else rest / rows[j][j])
        rows.append(row)
    return rows


def log_determinant(a):
    return 2.0 * sum(math.log(row[-1]) for row in cholesky(a))


def power_iteration(a, steps=60):
    v = np.ones(a.shape[0])
    for _ in range(steps):
        v = a @ v
        v = v / np.sqrt(v @ v)
    return v @ a @ v


def conjugate_gradients(a, b):
    """Solve ``a @ x == b`` for a positive definite matrix."""
    x = np.zeros_like(b)
    r = b - a @ x
    p = r
    for _ in range(len(b)):
        if r @ r < 1e-24:
            break
        ap = a @ p
        step = (r @ r) / (p @ ap)
        x = x + step * p
        new = r - step * ap
        p = new + (new @ new) / (r @ r) * p
        r = new
    return x


def heat(u, conductivity, steps=30):
    """Explicit steps of the heat equation on a ring."""
    for _ in range(steps):
        u = u + conductivity * (np.roll(u, 1) - 2.0 * u + np.roll(u, -1))
    return u


def gauss_legendre(f_scale, a, b):
    """The integral of ``exp(-scale * t * t)`` from a to b by a five point rule."""
    nodes, weights = np.polynomial.legendre.leggauss(5)
    total = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        t = 0.5 * (b - a) * node + 0.5 * (a + b)
        total += weight * math.exp(-f_scale * t * t)
    return 0.5 * (b - a) * total


def simpson(f, a, b, tolerance=1e-6):
    """Adaptive quadrature by recursion."""
    middle = 0.5 * (a + b)
    whole = (b - a) / 6.0 * (f(a) + 4.0 * f(middle) + f(b))
    left = (middle - a) / 6.0 * (f(a) + 4.0 * f(0.5 * (a + middle)) + f(middle))
    right = (b - middle) / 6.0 * (f(middle) + 4.0 * f(0.5 * (middle + b)) + f(b))
    if abs(left + right - whole) < 15.0 * tolerance:
        return left + right
    return simpson(f, a, middle, 0.5 * tolerance) + simpson(f, middle, b, 0.5 * tolerance)


def area_under(scale, b):
    return simpson(lambda t: math.sin(scale * t) * t, 0.0, b)


def lennard_jones(positions):
    """Energy of particles in space; ``positions`` has shape (n, 3)."""
    energy = 0.0
    for i in range(len(positions)):
        for j in range(i):
            d = positions[i] - positions[j]
            inverse6 = 1.0 / (d @ d) ** 3
            energy += 4.0 * (inverse6 * inverse6 - inverse6)
    return energy


def gaussian_process_nll(log_length, log_noise, x, y):
    distance = (x[:, None] - x[None, :]) ** 2
    k = np.exp(-0.5 * distance / np.exp(log_length) ** 2) + np.exp(log_noise) * np.eye(len(x))
    _, log_det = np.linalg.slogdet(k)
    return 0.5 * y @ np.linalg.solve(k, y) + 0.5 * log_det


def attention(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (weights / weights.sum(axis=-1, keepdims=True)) @ v


class Dense:
    """One layer of a network."""

    def __init__(self, w, b, activation=None):
        self.w, self.b, self.activation = w, b, activation

    def __call__(self, x):
        y = x @ self.w + self.b
        return y if self.activation is None else self.activation(y)


class Regressor:
    """A class-based model: layers, a forward pass, a loss with weight decay."""

    decay = 0.01

    def __init__(self, *layers):
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x[:, 0]

    def penalty(self):
        return self.decay * sum(np.sum(layer.w**2) for layer in self.layers)

    def loss(self, x, y):
        return np.mean((self.forward(x) - y) ** 2) + self.penalty()
