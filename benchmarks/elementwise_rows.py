"""Elementwise chains and reductions: memory traffic and transcendental functions."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


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


def gelu(x):
    return np.sum(0.5 * x * (1.0 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))))


def gelu_by_hand(x):
    xx = x * x
    t = np.tanh(0.7978845608 * (x + 0.044715 * (xx * x)))
    half = 0.5 * (1.0 + t)
    return np.sum(x * half), half + (0.3989422804 * x) * (1.0 - t * t) * (1.0 + 0.134145 * xx)


def huber(x, y):
    e = x - y
    small = np.abs(e) < 1.0
    return np.sum(np.where(small, 0.5 * e**2, np.abs(e) - 0.5))


def huber_by_hand(x, y):
    e = x - y
    size = np.abs(e)
    small = size < 1.0
    return np.sum(np.where(small, 0.5 * e * e, size - 0.5)), np.where(small, e, np.sign(e))


def softplus(x):
    return np.mean(np.log(1.0 + np.exp(x)))


def softplus_by_hand(x):
    e = np.exp(x)
    u = 1.0 + e
    return np.mean(np.log(u)), e / (u * x.size)


def prices(spot, strike, sigma):
    root = sigma * np.sqrt(0.5)
    d1 = (np.log(spot / strike) + (0.02 + 0.5 * sigma**2) * 0.5) / root
    d2 = d1 - root
    n1 = 1.0 / (1.0 + np.exp(-1.702 * d1))
    n2 = 1.0 / (1.0 + np.exp(-1.702 * d2))
    return np.sum(spot * n1 - strike * np.exp(-0.01) * n2)


def prices_by_hand(spot, strike, sigma):
    root = sigma * np.sqrt(0.5)
    d1 = (np.log(spot / strike) + (0.02 + 0.5 * sigma * sigma) * 0.5) / root
    d2 = d1 - root
    n1 = 1.0 / (1.0 + np.exp(-1.702 * d1))
    n2 = 1.0 / (1.0 + np.exp(-1.702 * d2))
    paid = strike * np.exp(-0.01)
    bar = 1.702 * (spot * n1 * (1.0 - n1) - paid * n2 * (1.0 - n2)) / (root * spot)
    return np.sum(spot * n1 - paid * n2), n1 + bar


def prices_in_torch():
    import torch

    def f(spot, strike, sigma):
        root = sigma * 0.5**0.5
        d1 = (torch.log(spot / strike) + (0.02 + 0.5 * sigma**2) * 0.5) / root
        d2 = d1 - root
        n1 = 1.0 / (1.0 + torch.exp(-1.702 * d1))
        n2 = 1.0 / (1.0 + torch.exp(-1.702 * d2))
        return torch.sum(spot * n1 - strike * 0.990049833749168 * n2)

    return f


def distances(x, y):
    r = np.sqrt(x**2 + y**2 + 1e-3)
    return np.sum(np.exp(-r) / r)


def distances_by_hand(x, y):
    r = np.sqrt(x * x + y * y + 1e-3)
    q = np.exp(-r) / r
    return np.sum(q), -q * (1.0 + 1.0 / r) / r * x


def log_sum_exp(x):
    top = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - top), axis=1)) + top[:, 0])


def log_sum_exp_by_hand(x):
    top = np.max(x, axis=1, keepdims=True)
    e = np.exp(x - top)
    s = np.sum(e, axis=1)
    e /= s[:, None]
    return np.sum(np.log(s) + top[:, 0]), e


def log_sum_exp_in_torch():
    import torch

    def f(x):
        top = torch.amax(x, dim=1, keepdim=True)
        return torch.sum(torch.log(torch.sum(torch.exp(x - top), dim=1)) + top[:, 0])

    return f


def layer_norm(x, scale, target):
    mean = np.mean(x, axis=1, keepdims=True)
    gap = x - mean
    variance = np.mean(gap**2, axis=1, keepdims=True)
    out = gap / np.sqrt(variance + 1e-5) * scale
    return np.mean((out - target) ** 2)


def layer_norm_by_hand(x, scale, target):
    n = x.shape[1]
    gap = x - np.mean(x, axis=1, keepdims=True)
    inverse = 1.0 / np.sqrt(np.mean(gap * gap, axis=1, keepdims=True) + 1e-5)
    unit = gap * inverse
    e = unit * scale - target
    u_bar = e * (scale * (2.0 / e.size))
    mean_bar = np.sum(u_bar, axis=1, keepdims=True) / n
    along = np.sum(u_bar * unit, axis=1, keepdims=True) / n
    return np.mean(e * e), (u_bar - mean_bar - unit * along) * inverse


def rows() -> list[Case]:
    rng = np.random.default_rng(2)
    family = "elementwise"
    spot, strike = 100.0 + 10.0 * rng.random(10_000), 95.0 + 10.0 * rng.random(10_000)
    sigma = 0.2 + 0.1 * rng.random(10_000)
    x, y = rng.normal(size=10_000), rng.normal(size=10_000)
    wide = rng.normal(size=(256, 64))
    return [
        Case("chain, n = 100", family, chain, (rng.normal(size=100),), chain_by_hand),
        Case("chain, n = 10 000", family, chain, (x,), chain_by_hand),
        Case("chain, n = 1 000 000", family, chain, (rng.normal(size=10**6),), chain_by_hand),
        Case("Rosenbrock, n = 10", family, rosenbrock, (rng.normal(size=10),), rosenbrock_by_hand),
        Case("Rosenbrock, n = 100 000", family, rosenbrock, (rng.normal(size=10**5),), rosenbrock_by_hand),
        Case("GELU, n = 10 000", family, gelu, (x,), gelu_by_hand),
        Case("Huber, n = 10 000", family, huber, (2.0 * x, y), huber_by_hand),
        Case("softplus, n = 1000", family, softplus, (rng.normal(size=1000),), softplus_by_hand),
        Case("option prices, n = 10 000", family, prices, (spot, strike, sigma), prices_by_hand,
             {"torch": prices_in_torch}),
        Case("screened distances, n = 10 000", family, distances, (x, y), distances_by_hand),
        Case("log-sum-exp, 256 x 64", "reductions", log_sum_exp, (wide,), log_sum_exp_by_hand,
             {"torch": log_sum_exp_in_torch}),
        Case("layer norm, 256 x 64", "reductions", layer_norm, (wide, 1.0 + 0.1 * rng.normal(size=64),
             rng.normal(size=(256, 64))), layer_norm_by_hand),
    ]  # fmt: skip
