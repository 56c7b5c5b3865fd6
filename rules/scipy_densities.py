"""Derivatives of the logarithms of standard densities and of distribution functions, for ``scipy_stats.py``.

``LOG_SLOPES`` gives for a continuous distribution in standard form (location 0, scale 1) the derivatives of
the logarithm of the density by the variate and by each shape; ``SHAPE_SLOPES`` those of the distribution
function by each shape, where they are elementary.  ``LOG_PMF_SLOPES`` and ``CDF_SLOPES`` are the like for
counts, which have no derivative by the variate.

Source of the mathematics: N. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions
(1994); the densities as the SciPy reference defines them.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

stats: Any = importlib.import_module("scipy.stats")
special: Any = importlib.import_module("scipy.special")

Slopes = dict[type, Callable[..., tuple[Any, ...]]]
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)


def bell(y: Any) -> Any:
    """Return the standard normal density."""
    return np.exp(-0.5 * y * y) / ROOT_TWO_PI


def beta_slopes(y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Of ``(a - 1) log y + (b - 1) log(1 - y) - log B(a, b)``."""
    both = special.psi(a + b)
    by_y = (a - 1.0) / y - (b - 1.0) / (1.0 - y)
    return by_y, np.log(y) - special.psi(a) + both, np.log1p(-y) - special.psi(b) + both


def t_slopes(y: Any, df: Any) -> tuple[Any, ...]:
    """Of Student's density."""
    square = y * y
    gammas = special.psi(0.5 * (df + 1.0)) - special.psi(0.5 * df) - 1.0 / df
    rest = (df + 1.0) * square / (df * (df + square)) - np.log1p(square / df)
    return -(df + 1.0) * y / (df + square), 0.5 * (gammas + rest)


def gennorm_slopes(y: Any, beta: Any) -> tuple[Any, ...]:
    """Of ``log beta - log Gamma(1 / beta) - |y| ** beta``."""
    size = np.abs(y)
    by_y = -beta * size ** (beta - 1.0) * np.sign(y)
    return by_y, (1.0 + special.psi(1.0 / beta) / beta) / beta - special.xlogy(size**beta, size)


def truncnorm_slopes(y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Of the normal density divided by its mass between the bounds."""
    mass = special.ndtr(b) - special.ndtr(a)
    return -y, bell(a) / mass, -bell(b) / mass


def wrapcauchy_slopes(y: Any, c: Any) -> tuple[Any, ...]:
    """Of ``log(1 - c^2) - log(1 + c^2 - 2 c cos y)``."""
    cosine = np.cos(y)
    below = 1.0 + c * c - 2.0 * c * cosine
    return -2.0 * c * np.sin(y) / below, -2.0 * c / (1.0 - c * c) - 2.0 * (c - cosine) / below


LOG_SLOPES: Slopes = {
    type(stats.norm): lambda y: (-y,),
    type(stats.expon): lambda y: (-np.ones_like(y),),
    type(stats.uniform): lambda y: (np.zeros_like(y),),
    type(stats.laplace): lambda y: (-np.sign(y),),
    type(stats.cauchy): lambda y: (-2.0 * y / (1.0 + y * y),),
    type(stats.halfcauchy): lambda y: (-2.0 * y / (1.0 + y * y),),
    type(stats.logistic): lambda y: (-np.tanh(0.5 * y),),
    type(stats.halfnorm): lambda y: (-y,),
    type(stats.rayleigh): lambda y: (1.0 / y - y,),
    type(stats.gumbel_r): lambda y: (np.exp(-y) - 1.0,),
    type(stats.gumbel_l): lambda y: (1.0 - np.exp(y),),
    type(stats.gamma): lambda y, a: ((a - 1.0) / y - 1.0, np.log(y) - special.psi(a)),
    type(stats.invgamma): lambda y, a: (1.0 / (y * y) - (a + 1.0) / y, -np.log(y) - special.psi(a)),
    type(stats.loggamma): lambda y, c: (c - np.exp(y), y - special.psi(c)),
    type(stats.beta): beta_slopes,
    type(stats.t): t_slopes,
    type(stats.chi2): lambda y, df: (
        (0.5 * df - 1.0) / y - 0.5,
        0.5 * (np.log(0.5 * y) - special.psi(0.5 * df)),
    ),
    type(stats.lognorm): lambda y, s: (
        -(1.0 + np.log(y) / (s * s)) / y,
        ((np.log(y) / s) ** 2 - 1.0) / s,
    ),
    type(stats.weibull_min): lambda y, c: (
        (c - 1.0 - c * y**c) / y,
        1.0 / c + np.log(y) * (1.0 - y**c),
    ),
    type(stats.pareto): lambda y, b: (-(b + 1.0) / y, 1.0 / b - np.log(y)),
    type(stats.powerlaw): lambda y, a: ((a - 1.0) / y, 1.0 / a + np.log(y)),
    type(stats.gennorm): gennorm_slopes,
    type(stats.vonmises): lambda y, kappa: (
        -kappa * np.sin(y),
        np.cos(y) - special.i1e(kappa) / special.i0e(kappa),
    ),
    type(stats.truncnorm): truncnorm_slopes,
    type(stats.wrapcauchy): wrapcauchy_slopes,
}


def truncnorm_shape_slopes(y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Of ``(Phi(y) - Phi(a)) / (Phi(b) - Phi(a))``."""
    mass = special.ndtr(b) - special.ndtr(a)
    share = (special.ndtr(y) - special.ndtr(a)) / mass
    return -bell(a) * (1.0 - share) / mass, -bell(b) * share / mass


SHAPE_SLOPES: Slopes = {
    type(stats.lognorm): lambda y, s: (-bell(np.log(y) / s) * np.log(y) / (s * s),),
    type(stats.weibull_min): lambda y, c: (np.exp(-(y**c)) * y**c * np.log(y),),
    type(stats.pareto): lambda y, b: (y**-b * np.log(y),),
    type(stats.powerlaw): lambda y, a: (y**a * np.log(y),),
    type(stats.truncnorm): truncnorm_shape_slopes,
}


def betabinom_slopes(k: Any, n: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Of ``log B(k + a, n - k + b) - log B(a, b)``."""
    common = special.psi(a + b) - special.psi(n + a + b)
    by_a = special.psi(k + a) - special.psi(a) + common
    return None, by_a, special.psi(n - k + b) - special.psi(b) + common


LOG_PMF_SLOPES: Slopes = {
    type(stats.poisson): lambda k, mu: (k / mu - 1.0,),
    type(stats.bernoulli): lambda k, p: (k / p - (1.0 - k) / (1.0 - p),),
    type(stats.binom): lambda k, n, p: (None, k / p - (n - k) / (1.0 - p)),
    type(stats.nbinom): lambda k, n, p: (
        special.psi(k + n) - special.psi(n) + np.log(p),
        n / p - k / (1.0 - p),
    ),
    type(stats.geom): lambda k, p: (1.0 / p - (k - 1.0) / (1.0 - p),),
    type(stats.betabinom): betabinom_slopes,
}

CDF_SLOPES: Slopes = {
    type(stats.poisson): lambda k, mu: (-stats.poisson.pmf(np.floor(k), mu),),
    type(stats.binom): lambda k, n, p: (None, -n * stats.binom.pmf(np.floor(k), n - 1, p)),
    type(stats.geom): lambda k, p: (np.floor(k) * (1.0 - p) ** (np.floor(k) - 1.0),),
}
