"""Further entries of the tables of ``scipy_densities.py``: distribution functions by shapes that are
integrals, and more distributions.

Source of the mathematics: N. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions
(1994, 1995); the densities as the SciPy reference defines them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.rules.incomplete import beta_by_a, beta_by_b, gamma_by_shape, student_by_df
from adjoint.rules.scipy_densities import (
    CDF_SLOPES,
    LOG_PMF_SLOPES,
    LOG_SLOPES,
    ROOT_TWO_PI,
    SHAPE_SLOPES,
    special,
    stats,
)
from adjoint.rules.scipy_incomplete import beta_density, gamma_density


def f_slopes(y: Any, dfn: Any, dfd: Any) -> tuple[Any, ...]:
    """Of ``(dfn/2 - 1) log y - (dfn + dfd)/2 log(dfd + dfn y)`` and the constant."""
    whole, both = dfd + dfn * y, special.psi(0.5 * (dfn + dfd))
    common, ratio = both + 1.0 - np.log(whole), (dfn + dfd) / whole
    by_dfn = common + np.log(dfn) + np.log(y) - ratio * y - special.psi(0.5 * dfn)
    by_dfd = common + np.log(dfd) - ratio - special.psi(0.5 * dfd)
    return (0.5 * dfn - 1.0) / y - 0.5 * ratio * dfn, 0.5 * by_dfn, 0.5 * by_dfd


def betaprime_slopes(y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Of ``(a - 1) log y - (a + b) log(1 + y) - log B(a, b)``."""
    common = special.psi(a + b) - np.log1p(y)
    by_y = (a - 1.0) / y - (a + b) / (1.0 + y)
    return by_y, common + np.log(y) - special.psi(a), common - special.psi(b)


def bend(z: Any) -> Any:
    """Return ``(log(1 + z) - z / (1 + z)) / z^2``, the derivative of ``-log(1 + c y) / c`` divided by y^2."""
    small = np.abs(z) < 1e-3
    safe = np.where(small, 1.0, z)
    near = 0.5 + z * (-2.0 / 3.0 + z * (0.75 + z * (-0.8 + z * (5.0 / 6.0))))
    return np.where(small, near, (np.log1p(safe) - safe / (1.0 + safe)) / (safe * safe))


def decay(y: Any, c: Any) -> Any:
    """Return ``log(1 + c y) / c``, which is y for c = 0, by a series there."""
    z = c * y
    small = np.abs(z) < 1e-3
    safe = np.where(small, 1.0, z)
    near = 1.0 + z * (-0.5 + z * (1.0 / 3.0 + z * (-0.25 + z * (0.2 - z / 6.0))))
    return y * np.where(small, near, np.log1p(safe) / safe)


def genpareto_slopes(y: Any, c: Any) -> tuple[Any, ...]:
    """Of ``-(1 + 1 / c) log(1 + c y)``."""
    return -(c + 1.0) / (1.0 + c * y), y * y * bend(c * y) - y / (1.0 + c * y)


def genextreme_slopes(y: Any, c: Any) -> tuple[Any, ...]:
    """Of ``log t - t - log(1 - c y)``, where ``log t`` is ``log(1 - c y) / c``."""
    below, t = 1.0 - c * y, np.exp(-decay(y, -c))
    return (t - 1.0 + c) / below, (t - 1.0) * y * y * bend(-c * y) + y / below


def mills(z: Any) -> Any:
    """Return the normal density divided by the normal distribution function."""
    return np.exp(-0.5 * z * z - special.log_ndtr(z)) / ROOT_TWO_PI


def exponnorm_slopes(y: Any, K: Any) -> tuple[Any, ...]:
    """Of ``1 / (2 K^2) - y / K - log K`` and the logarithm of the normal distribution function."""
    ratio = mills(y - 1.0 / K)
    return ratio - 1.0 / K, (y + ratio - 1.0 / K) / (K * K) - 1.0 / K


def burr12_slopes(y: Any, c: Any, d: Any) -> tuple[Any, ...]:
    """Of ``log(c d) + (c - 1) log y - (d + 1) log(1 + y^c)``."""
    share = special.expit(c * np.log(y))
    by_c = 1.0 / c + np.log(y) * (1.0 - (d + 1.0) * share)
    return (c - 1.0 - (d + 1.0) * c * share) / y, by_c, 1.0 / d - np.log1p(y**c)


def loguniform_slopes(y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Of ``-log y - log log(b / a)``."""
    width = np.log(b / a)
    return -1.0 / y, 1.0 / (a * width), -1.0 / (b * width)


LOG_SLOPES |= {
    type(stats.f): f_slopes,
    type(stats.betaprime): betaprime_slopes,
    type(stats.erlang): lambda y, a: ((a - 1.0) / y - 1.0, np.log(y) - special.psi(a)),
    type(stats.chi): lambda y, df: (
        (df - 1.0) / y - y,
        np.log(y) - 0.5 * (math.log(2.0) + special.psi(0.5 * df)),
    ),
    type(stats.maxwell): lambda y: (2.0 / y - y,),
    type(stats.nakagami): lambda y, nu: (
        (2.0 * nu - 1.0) / y - 2.0 * nu * y,
        np.log(nu) + 1.0 - special.psi(nu) + 2.0 * np.log(y) - y * y,
    ),
    type(stats.dgamma): lambda y, a: (
        ((a - 1.0) / np.abs(y) - 1.0) * np.sign(y),
        np.log(np.abs(y)) - special.psi(a),
    ),
    type(stats.genpareto): genpareto_slopes,
    type(stats.genextreme): genextreme_slopes,
    type(stats.invgauss): lambda y, mu: (
        -1.5 / y - 0.5 / (mu * mu) + 0.5 / (y * y),
        (y / mu - 1.0) / (mu * mu),
    ),
    type(stats.triang): lambda y, c: (
        np.where(y < c, 1.0 / y, -1.0 / (1.0 - y)),
        np.where(y < c, -1.0 / c, 1.0 / (1.0 - c)),
    ),
    type(stats.weibull_max): lambda y, c: (
        (c - 1.0 - c * (-y) ** c) / y,
        1.0 / c + np.log(-y) * (1.0 - (-y) ** c),
    ),
    type(stats.invweibull): lambda y, c: (
        (c * y**-c - c - 1.0) / y,
        1.0 / c + np.log(y) * (y**-c - 1.0),
    ),
    type(stats.fisk): lambda y, c: (
        (2.0 * c * special.expit(-c * np.log(y)) - c - 1.0) / y,
        1.0 / c + np.log(y) * (2.0 * special.expit(-c * np.log(y)) - 1.0),
    ),
    type(stats.gompertz): lambda y, c: (1.0 - c * np.exp(y), 1.0 / c - np.expm1(y)),
    type(stats.lomax): lambda y, c: (-(c + 1.0) / (1.0 + y), 1.0 / c - np.log1p(y)),
    type(stats.burr12): burr12_slopes,
    type(stats.skewnorm): lambda y, a: (a * mills(a * y) - y, y * mills(a * y)),
    type(stats.exponnorm): exponnorm_slopes,
    type(stats.loguniform): loguniform_slopes,
    type(stats.truncexpon): lambda y, b: (-np.ones_like(y), -1.0 / np.expm1(b)),
    type(stats.levy): lambda y: (0.5 / (y * y) - 1.5 / y,),
    type(stats.hypsecant): lambda y: (-np.tanh(y),),
    type(stats.halflogistic): lambda y: (-np.tanh(0.5 * y),),
    type(stats.moyal): lambda y: (0.5 * np.expm1(-y),),
    type(stats.arcsine): lambda y: (0.5 / (1.0 - y) - 0.5 / y,),
}


def f_shape_slopes(y: Any, dfn: Any, dfd: Any) -> tuple[Any, ...]:
    """Of the beta distribution at ``dfn y / (dfn y + dfd)``."""
    whole = dfn * y + dfd
    a, b, z = 0.5 * dfn, 0.5 * dfd, dfn * y / whole
    flow = beta_density(a, b, z) * y / (whole * whole)
    return 0.5 * beta_by_a(a, b, z) + flow * dfd, 0.5 * beta_by_b(a, b, z) - flow * dfn


def nakagami_shape_slopes(y: Any, nu: Any) -> tuple[Any, ...]:
    """Of ``P(nu, nu y^2)``."""
    return (gamma_by_shape(nu, nu * y * y) + gamma_density(nu, nu * y * y) * y * y,)


def gennorm_shape_slopes(y: Any, beta: Any) -> tuple[Any, ...]:
    """Of half of ``P(1 / beta, |y|^beta)`` to both sides."""
    power, shape = np.abs(y) ** beta, 1.0 / beta
    moved = gamma_density(shape, power) * special.xlogy(power, np.abs(y))
    return (0.5 * np.sign(y) * (moved - gamma_by_shape(shape, power) * shape * shape),)


def exponnorm_shape_slopes(y: Any, K: Any) -> tuple[Any, ...]:
    """Of the normal distribution function less a shifted one, which has a weight."""
    shifted = y - 1.0 / K
    weight = np.exp(0.5 / (K * K) - y / K + special.log_ndtr(shifted)) / (K * K)
    return (-weight * (shifted + mills(shifted)),)


def burr12_shape_slopes(y: Any, c: Any, d: Any) -> tuple[Any, ...]:
    """Of ``1 - (1 + y^c)^-d``."""
    survival = (1.0 + y**c) ** -d
    return d * survival * special.expit(c * np.log(y)) * np.log(y), survival * np.log1p(y**c)


def loguniform_shape_slopes(y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Of ``log(y / a) / log(b / a)``."""
    width = np.log(b / a)
    share = np.log(y / a) / width
    return (share - 1.0) / (a * width), -share / (b * width)


SHAPE_SLOPES |= {
    type(stats.gamma): lambda y, a: (gamma_by_shape(a, y),),
    type(stats.erlang): lambda y, a: (gamma_by_shape(a, y),),
    type(stats.chi2): lambda y, df: (0.5 * gamma_by_shape(0.5 * df, 0.5 * y),),
    type(stats.chi): lambda y, df: (0.5 * gamma_by_shape(0.5 * df, 0.5 * y * y),),
    type(stats.invgamma): lambda y, a: (-gamma_by_shape(a, 1.0 / y),),
    type(stats.loggamma): lambda y, c: (gamma_by_shape(c, np.exp(y)),),
    type(stats.dgamma): lambda y, a: (0.5 * np.sign(y) * gamma_by_shape(a, np.abs(y)),),
    type(stats.nakagami): nakagami_shape_slopes,
    type(stats.gennorm): gennorm_shape_slopes,
    type(stats.beta): lambda y, a, b: (beta_by_a(a, b, y), beta_by_b(a, b, y)),
    type(stats.betaprime): lambda y, a, b: (beta_by_a(a, b, y / (1.0 + y)), beta_by_b(a, b, y / (1.0 + y))),
    type(stats.f): f_shape_slopes,
    type(stats.t): lambda y, df: (student_by_df(df, y),),
    type(stats.genpareto): lambda y, c: (-np.exp(-decay(y, c)) * y * y * bend(c * y),),
    type(stats.genextreme): lambda y, c: (
        np.exp(-decay(y, -c) - np.exp(-decay(y, -c))) * y * y * bend(-c * y),
    ),
    type(stats.invgauss): lambda y, mu: (
        -2.0 / (mu * mu) * np.exp(2.0 / mu + special.log_ndtr(-(y / mu + 1.0) / np.sqrt(y))),
    ),
    type(stats.triang): lambda y, c: (-np.where(y < c, (y / c) ** 2, ((1.0 - y) / (1.0 - c)) ** 2),),
    type(stats.weibull_max): lambda y, c: (-np.exp(-((-y) ** c)) * (-y) ** c * np.log(-y),),
    type(stats.invweibull): lambda y, c: (np.exp(-(y**-c)) * y**-c * np.log(y),),
    type(stats.fisk): lambda y, c: (
        special.expit(c * np.log(y)) * special.expit(-c * np.log(y)) * np.log(y),
    ),
    type(stats.gompertz): lambda y, c: (np.exp(-c * np.expm1(y)) * np.expm1(y),),
    type(stats.lomax): lambda y, c: ((1.0 + y) ** -c * np.log1p(y),),
    type(stats.burr12): burr12_shape_slopes,
    type(stats.skewnorm): lambda y, a: (-np.exp(-0.5 * y * y * (1.0 + a * a)) / (math.pi * (1.0 + a * a)),),
    type(stats.exponnorm): exponnorm_shape_slopes,
    type(stats.loguniform): loguniform_shape_slopes,
    type(stats.truncexpon): lambda y, b: (np.expm1(-y) / (4.0 * np.sinh(0.5 * b) ** 2),),
}


LOG_PMF_SLOPES |= {
    type(stats.logser): lambda k, p: (k / p + 1.0 / ((1.0 - p) * np.log1p(-p)),),
    type(stats.dlaplace): lambda k, a: (1.0 / np.sinh(a) - np.abs(k),),
}

CDF_SLOPES |= {
    type(stats.nbinom): lambda k, n, p: (
        beta_by_a(n, np.floor(k) + 1.0, p),
        beta_density(n, np.floor(k) + 1.0, p),
    ),
    type(stats.bernoulli): lambda k, p: (-((np.floor(k) == 0.0) + 0.0 * p),),
}
