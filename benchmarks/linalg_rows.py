"""Linear algebra: LAPACK is the cost, and how often it is called."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def gaussian_process(params, x, y):
    scale, length, noise = np.exp(params[0]), np.exp(params[1]), np.exp(params[2])
    gap = x[:, None] - x[None, :]
    k = scale * np.exp(-0.5 * (gap / length) ** 2) + noise * np.eye(len(x))
    root = np.linalg.cholesky(k)
    z = np.linalg.solve(root, y)
    return 0.5 * np.sum(z**2) + np.sum(np.log(np.diag(root)))


def gaussian_process_by_hand(params, x, y):
    scale, length, noise = np.exp(params)
    gap = x[:, None] - x[None, :]
    s = (gap / length) ** 2
    bell = scale * np.exp(-0.5 * s)
    k = bell + noise * np.eye(len(x))
    root = np.linalg.cholesky(k)
    inverse = np.linalg.inv(root)
    z = inverse @ y
    alpha = inverse.T @ z
    k_bar = 0.5 * (inverse.T @ inverse - np.outer(alpha, alpha))
    weighted = k_bar * bell
    value = 0.5 * (z @ z) + np.sum(np.log(np.diag(root)))
    return value, np.array([np.sum(weighted), np.sum(weighted * s), noise * np.trace(k_bar)])


def solved(a, b):
    return np.sum(np.linalg.solve(a, b) ** 2)


def solved_by_hand(a, b):
    x = np.linalg.solve(a, b)
    return np.sum(x * x), -np.outer(np.linalg.solve(a.T, 2.0 * x), x)


def log_determinant(a, s):
    return np.linalg.slogdet(a)[1] + np.trace(np.linalg.inv(a) @ s)


def log_determinant_by_hand(a, s):
    inverse = np.linalg.inv(a)
    product = inverse @ s
    return np.linalg.slogdet(a)[1] + np.trace(product), (inverse - product @ inverse).T


def spectrum(a, v):
    values, vectors = np.linalg.eigh(a + a.T)
    return np.sum(np.exp(-values) * (vectors.T @ v) ** 2)


def spectrum_by_hand(a, v):
    values, vectors = np.linalg.eigh(a + a.T)
    e, p = np.exp(-values), vectors.T @ v
    gap = values[None, :] - values[:, None]
    np.fill_diagonal(gap, np.inf)
    inner = np.outer(p, 2.0 * e * p) / gap
    np.fill_diagonal(inner, -e * p * p)
    bar = vectors @ inner @ vectors.T
    return np.sum(e * p * p), bar + bar.T


def exponential(a, v):
    term, total = v, v
    for k in range(1, 12):
        term = (a @ term) / k
        total = total + term
    return np.sum(total**2)


def exponential_by_hand(a, v):
    terms = [v]
    for k in range(1, 12):
        terms.append((a @ terms[-1]) / k)
    total = sum(terms)
    total_bar = 2.0 * total
    term_bar, a_bar = np.zeros_like(v), np.zeros_like(a)
    for k in range(11, 0, -1):
        u_bar = (term_bar + total_bar) / k
        a_bar += np.outer(u_bar, terms[k - 1])
        term_bar = u_bar @ a
    return np.sum(total * total), a_bar


def products(a, b, c):
    return np.sum((a @ b @ c) ** 2)


def products_by_hand(a, b, c):
    d = a @ b @ c
    return np.sum(d * d), (2.0 * d @ c.T) @ b.T


def rows() -> list[Case]:
    rng = np.random.default_rng(6)
    family = "linear algebra"
    x = np.sort(rng.normal(size=100))
    square, vector = rng.normal(size=(50, 50)) + 10.0 * np.eye(50), rng.normal(size=50)
    spread = rng.normal(size=(50, 50))
    cubes = tuple(rng.normal(size=(100, 100)) for _ in range(3))
    return [
        Case("Gaussian process, n = 100", family, gaussian_process, (np.array([0.1, -0.3, -2.0]), x, np.sin(x)),
             gaussian_process_by_hand),
        Case("solve, n = 50", family, solved, (square, vector), solved_by_hand),
        Case("slogdet and inv, n = 50", family, log_determinant, (square, spread @ spread.T), log_determinant_by_hand),
        Case("eigh, n = 50", family, spectrum, (0.1 * spread, vector), spectrum_by_hand),
        Case("Taylor exponential, n = 50", family, exponential, (0.1 * spread, vector), exponential_by_hand),
        Case("product of three, n = 100", family, products, cubes, products_by_hand),
    ]  # fmt: skip
