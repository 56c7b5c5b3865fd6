"""Stencils: shifted slices, in one pass or stepped in time."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def heat(u, n):
    for _ in range(n):
        u = np.concatenate((u[:1], u[1:-1] + 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2]), u[-1:]))
    return np.sum(u**2)


def heat_by_hand(u, n):
    for _ in range(n):
        u = np.concatenate((u[:1], u[1:-1] + 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2]), u[-1:]))
    value, bar = np.sum(u * u), 2.0 * u
    for _ in range(n):
        inner = bar[1:-1]
        share = 0.2 * inner
        new = bar.copy()
        new[1:-1] -= 2.0 * share
        new[2:] += share
        new[:-2] += share
        bar = new
    return value, bar


def burgers(u, n):
    for _ in range(n):
        left, right = np.roll(u, 1), np.roll(u, -1)
        u = u - 0.1 * u * (u - left) + 0.05 * (right - 2.0 * u + left)
    return np.sum(u * u)


def burgers_by_hand(u, n):
    us = []
    for _ in range(n):
        us.append(u)
        left, right = np.roll(u, 1), np.roll(u, -1)
        u = u - 0.1 * u * (u - left) + 0.05 * (right - 2.0 * u + left)
    value, bar = np.sum(u * u), 2.0 * u
    for u in reversed(us):
        left_bar = bar * (0.1 * u + 0.05)
        new = bar * (0.9 - 0.2 * u + 0.1 * np.roll(u, 1))
        new[:-1] += left_bar[1:]
        new[-1] += left_bar[0]
        bar *= 0.05
        new[1:] += bar[:-1]
        new[0] += bar[-1]
        bar = new
    return value, bar


def burgers_in_jax():
    import jax
    import jax.numpy as jnp

    def f(u, n):
        def step(_, u):
            left, right = jnp.roll(u, 1), jnp.roll(u, -1)
            return u - 0.1 * u * (u - left) + 0.05 * (right - 2.0 * u + left)

        u = jax.lax.fori_loop(0, n, step, u)
        return jnp.sum(u * u)

    return f


def roughness(u):
    dx, dy = u[1:, :] - u[:-1, :], u[:, 1:] - u[:, :-1]
    return np.sum(dx**2) + np.sum(dy**2) + 0.1 * np.sum(u**4)


def roughness_by_hand(u):
    dx, dy = u[1:, :] - u[:-1, :], u[:, 1:] - u[:, :-1]
    uu = u * u
    value = np.sum(dx * dx) + np.sum(dy * dy) + 0.1 * np.sum(uu * uu)
    bar = 0.4 * uu * u
    dx *= 2.0
    dy *= 2.0
    bar[1:, :] += dx
    bar[:-1, :] -= dx
    bar[:, 1:] += dy
    bar[:, :-1] -= dy
    return value, bar


def variation(u):
    dx, dy = u[1:, :-1] - u[:-1, :-1], u[:-1, 1:] - u[:-1, :-1]
    return np.sum(np.sqrt(dx * dx + dy * dy + 1e-4))


def variation_by_hand(u):
    dx, dy = u[1:, :-1] - u[:-1, :-1], u[:-1, 1:] - u[:-1, :-1]
    r = np.sqrt(dx * dx + dy * dy + 1e-4)
    value = np.sum(r)
    dx /= r
    dy /= r
    bar = np.zeros_like(u)
    bar[1:, :-1] = dx
    bar[:-1, 1:] += dy
    dx += dy
    bar[:-1, :-1] -= dx
    return value, bar


def convolution(kernel, x, y):
    n = x.shape[1] - kernel.shape[0] + 1
    out = np.zeros((x.shape[0], n))
    for k in range(kernel.shape[0]):
        out = out + kernel[k] * x[:, k : k + n]
    return np.mean((np.maximum(out, 0.0 * out) - y) ** 2)


def convolution_by_hand(kernel, x, y):
    n = x.shape[1] - kernel.shape[0] + 1
    out = np.zeros((x.shape[0], n))
    for k in range(kernel.shape[0]):
        out += kernel[k] * x[:, k : k + n]
    e = np.maximum(out, 0.0) - y
    bar = np.where(out > 0.0, e, 0.0) * (2.0 / e.size)
    return np.mean(e**2), np.array([np.vdot(bar, x[:, k : k + n]) for k in range(kernel.shape[0])])


def rows() -> list[Case]:
    rng = np.random.default_rng(4)
    family = "stencils"
    grid = rng.normal(size=(200, 200))
    return [
        Case("heat, n = 100, 50 steps", family, heat, (rng.normal(size=100), 50), heat_by_hand),
        Case("heat, n = 10 000, 20 steps", family, heat, (rng.normal(size=10_000), 20), heat_by_hand),
        Case("Burgers, n = 200, 50 steps", family, burgers, (0.3 * rng.normal(size=200), 50), burgers_by_hand,
             {"jax": burgers_in_jax}),
        Case("Burgers, n = 10 000, 10 steps", family, burgers, (0.3 * rng.normal(size=10_000), 10), burgers_by_hand,
             {"jax": burgers_in_jax}),
        Case("roughness, 200 x 200", family, roughness, (grid,), roughness_by_hand),
        Case("total variation, 200 x 200", family, variation, (grid,), variation_by_hand),
        Case("convolution, 64 x 128, 9 taps", family, convolution,
             (rng.normal(size=9), rng.normal(size=(64, 128)), rng.normal(size=(64, 120))), convolution_by_hand),
    ]  # fmt: skip
