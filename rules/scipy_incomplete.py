"""Rules of scipy.special: incomplete gamma and beta functions, and distribution functions made of them.

By the variate the derivative is a density; by the shapes it stands in ``incomplete.py``, up to the second
order.  Numbers of trials and successes are held fixed where SciPy rounds them.

Source of the mathematics: NIST Digital Library of Mathematical Functions (chapter 8).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.incomplete import (
    beta_by_a,
    beta_by_b,
    beta_by_shapes,
    gamma_by_shape,
    gamma_by_shape_twice,
    student_by_df,
    student_by_df_twice,
)
from adjoint.rules.kinds import Kind
from adjoint.rules.registry import scalar_rule
from adjoint.rules.scipy_special import special


def _but_last_fixed(**kinds: Kind) -> bool:
    """Whether all parameters but the last are inactive."""
    return not any(kind.active for kind in list(kinds.values())[:-1])


def gamma_density(a: Any, x: Any) -> Any:
    """Return the density of the gamma distribution."""
    return np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """Return the density of the beta distribution."""
    return np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b))


def student_density(df: Any, t: Any) -> Any:
    """Return Student's density."""
    half = np.float32(0.5)  # the function takes a Python number for double precision
    log = special.betaln(half, 0.5 * df) + 0.5 * np.log(df) + 0.5 * (df + 1.0) * np.log1p(t * t / df)
    return np.exp(-log)


# -- derivatives by shapes, which have derivatives again ----------------------------------------


@scalar_rule(gamma_by_shape)
def by_shape(out: Any, a: Any, x: Any) -> Any:
    """The density has the logarithm ``(a - 1) log x - x - log Gamma(a)``."""
    return gamma_by_shape_twice(a, x), gamma_density(a, x) * (np.log(x) - special.psi(a))


@scalar_rule(gamma_by_shape_twice, when=_but_last_fixed)
def by_shape_twice(out: Any, a: Any, x: Any) -> Any:
    """By the shape the source of the integral is differentiated."""
    slope = np.log(x) - special.psi(a)
    return None, gamma_density(a, x) * (slope * slope - special.zeta(2.0, a))


@scalar_rule(beta_by_a)
def by_a(out: Any, a: Any, b: Any, x: Any) -> Any:
    """The density has the logarithm ``(a - 1) log x + (b - 1) log(1 - x) - log B(a, b)``."""
    slope = np.log(x) - special.psi(a) + special.psi(a + b)
    return beta_by_shapes(a, b, x, "aa"), beta_by_shapes(a, b, x, "ab"), beta_density(a, b, x) * slope


@scalar_rule(beta_by_b)
def by_b(out: Any, a: Any, b: Any, x: Any) -> Any:
    """The density has the logarithm ``(a - 1) log x + (b - 1) log(1 - x) - log B(a, b)``."""
    slope = np.log1p(-x) - special.psi(b) + special.psi(a + b)
    return beta_by_shapes(a, b, x, "ab"), beta_by_shapes(a, b, x, "bb"), beta_density(a, b, x) * slope


@scalar_rule(student_by_df)
def by_df(out: Any, df: Any, t: Any) -> Any:
    """The derivative of the logarithm of Student's density."""
    square = t * t
    gammas = special.psi(0.5 * (df + 1.0)) - special.psi(0.5 * df) - 1.0 / df
    rest = (df + 1.0) * square / (df * (df + square)) - np.log1p(square / df)
    return student_by_df_twice(df, t), 0.5 * (gammas + rest) * student_density(df, t)


# -- incomplete gamma functions -----------------------------------------------------------------


@scalar_rule(special.gammainc)
def gammainc(out: Any, a: Any, x: Any) -> Any:
    """The density of the gamma distribution, by ``x``; by the shape an integral."""
    return gamma_by_shape(a, x), gamma_density(a, x)


@scalar_rule(special.gammaincc)
def gammaincc(out: Any, a: Any, x: Any) -> Any:
    """The negative density of the gamma distribution, by ``x``; by the shape an integral."""
    return -gamma_by_shape(a, x), -gamma_density(a, x)


@scalar_rule(special.gammaincinv)
def gammaincinv(out: Any, a: Any, y: Any) -> Any:
    """One over the density of the gamma distribution, by ``y``; the shape moves the quantile."""
    density = gamma_density(a, out)
    return -gamma_by_shape(a, out) / density, 1.0 / density


@scalar_rule(special.gammainccinv)
def gammainccinv(out: Any, a: Any, y: Any) -> Any:
    """Minus one over the density of the gamma distribution, by ``y``; the shape moves the quantile."""
    density = gamma_density(a, out)
    return -gamma_by_shape(a, out) / density, -1.0 / density


@scalar_rule(special.chdtr)
def chdtr(out: Any, v: Any, x: Any) -> Any:
    """The density of chi-squared, by ``x``; by the degrees of freedom an integral."""
    return 0.5 * gamma_by_shape(0.5 * v, 0.5 * x), 0.5 * gamma_density(0.5 * v, 0.5 * x)


@scalar_rule(special.chdtrc)
def chdtrc(out: Any, v: Any, x: Any) -> Any:
    """The negative density of chi-squared, by ``x``; by the degrees of freedom an integral."""
    return -0.5 * gamma_by_shape(0.5 * v, 0.5 * x), -0.5 * gamma_density(0.5 * v, 0.5 * x)


@scalar_rule(special.chdtri)
def chdtri(out: Any, v: Any, p: Any) -> Any:
    """Minus one over the density of chi-squared, by ``p``; the degrees of freedom move the quantile."""
    density = gamma_density(0.5 * v, 0.5 * out)
    return -gamma_by_shape(0.5 * v, 0.5 * out) / density, -2.0 / density


@scalar_rule(special.gdtr)
def gdtr(out: Any, a: Any, b: Any, x: Any) -> Any:
    """The gamma distribution with rate ``a`` and shape ``b``."""
    density = gamma_density(b, a * x)
    return density * x, gamma_by_shape(b, a * x), density * a


@scalar_rule(special.gdtrc)
def gdtrc(out: Any, a: Any, b: Any, x: Any) -> Any:
    """The gamma distribution with rate ``a`` and shape ``b``."""
    density = gamma_density(b, a * x)
    return -density * x, -gamma_by_shape(b, a * x), -density * a


@scalar_rule(special.pdtr, when=_but_last_fixed)
def pdtr(out: Any, k: Any, m: Any) -> Any:
    """The negative probability of ``k`` events."""
    return None, -gamma_density(np.floor(k) + 1.0, m)


@scalar_rule(special.pdtrc, when=_but_last_fixed)
def pdtrc(out: Any, k: Any, m: Any) -> Any:
    """The probability of ``k`` events."""
    return None, gamma_density(np.floor(k) + 1.0, m)


# -- incomplete beta functions ------------------------------------------------------------------


@scalar_rule(special.betainc)
def betainc(out: Any, a: Any, b: Any, x: Any) -> Any:
    """The density of the beta distribution, by ``x``; by the shapes integrals."""
    return beta_by_a(a, b, x), beta_by_b(a, b, x), beta_density(a, b, x)


@scalar_rule(special.betaincc)
def betaincc(out: Any, a: Any, b: Any, x: Any) -> Any:
    """The negative density of the beta distribution, by ``x``; by the shapes integrals."""
    return -beta_by_a(a, b, x), -beta_by_b(a, b, x), -beta_density(a, b, x)


@scalar_rule(special.betaincinv)
def betaincinv(out: Any, a: Any, b: Any, y: Any) -> Any:
    """One over the density of the beta distribution, by ``y``; the shapes move the quantile."""
    density = beta_density(a, b, out)
    return -beta_by_a(a, b, out) / density, -beta_by_b(a, b, out) / density, 1.0 / density


@scalar_rule(special.betainccinv)
def betainccinv(out: Any, a: Any, b: Any, y: Any) -> Any:
    """Minus one over the density of the beta distribution, by ``y``; the shapes move the quantile."""
    density = beta_density(a, b, out)
    return -beta_by_a(a, b, out) / density, -beta_by_b(a, b, out) / density, -1.0 / density


@scalar_rule(special.bdtr, when=_but_last_fixed)
def bdtr(out: Any, k: Any, n: Any, p: Any) -> Any:
    """The negative density of the beta distribution."""
    return None, None, -beta_density(np.floor(k) + 1.0, n - np.floor(k), p)


@scalar_rule(special.bdtrc, when=_but_last_fixed)
def bdtrc(out: Any, k: Any, n: Any, p: Any) -> Any:
    """The density of the beta distribution."""
    return None, None, beta_density(np.floor(k) + 1.0, n - np.floor(k), p)


@scalar_rule(special.nbdtr, when=_but_last_fixed)
def nbdtr(out: Any, k: Any, n: Any, p: Any) -> Any:
    """The density of the beta distribution."""
    return None, None, beta_density(n, np.floor(k) + 1.0, p)


@scalar_rule(special.nbdtrc, when=_but_last_fixed)
def nbdtrc(out: Any, k: Any, n: Any, p: Any) -> Any:
    """The negative density of the beta distribution."""
    return None, None, -beta_density(n, np.floor(k) + 1.0, p)


# -- the distributions of Student and Fisher ----------------------------------------------------


@scalar_rule(special.stdtr)
def stdtr(out: Any, df: Any, t: Any) -> Any:
    """Student's density, by ``t``; by the degrees of freedom an integral."""
    return student_by_df(df, t), student_density(df, t)


@scalar_rule(special.stdtrit)
def stdtrit(out: Any, df: Any, p: Any) -> Any:
    """One over Student's density, by ``p``; the degrees of freedom move the quantile."""
    density = student_density(df, out)
    return -student_by_df(df, out) / density, 1.0 / density


@scalar_rule(special.fdtr)
def fdtr(out: Any, dfn: Any, dfd: Any, x: Any) -> Any:
    """A beta distribution at ``dfn x / (dfn x + dfd)``."""
    whole = dfn * x + dfd
    a, b, z = 0.5 * dfn, 0.5 * dfd, dfn * x / whole
    density = beta_density(a, b, z) / (whole * whole)
    by_dfn = 0.5 * beta_by_a(a, b, z) + density * x * dfd
    return by_dfn, 0.5 * beta_by_b(a, b, z) - density * x * dfn, density * dfn * dfd


@scalar_rule(special.fdtrc)
def fdtrc(out: Any, dfn: Any, dfd: Any, x: Any) -> Any:
    """A beta distribution at ``dfn x / (dfn x + dfd)``, from the other end."""
    whole = dfn * x + dfd
    a, b, z = 0.5 * dfn, 0.5 * dfd, dfn * x / whole
    density = beta_density(a, b, z) / (whole * whole)
    by_dfn = 0.5 * beta_by_a(a, b, z) + density * x * dfd
    return -by_dfn, density * x * dfn - 0.5 * beta_by_b(a, b, z), -density * dfn * dfd


@scalar_rule(special.fdtri)
def fdtri(out: Any, dfn: Any, dfd: Any, p: Any) -> Any:
    """One over Fisher's density, by ``p``; the degrees of freedom move the quantile."""
    whole = dfn * out + dfd
    a, b, z = 0.5 * dfn, 0.5 * dfd, dfn * out / whole
    density = beta_density(a, b, z) * dfn * dfd / (whole * whole)
    by_dfn = 0.5 * beta_by_a(a, b, z) / density + out / dfn
    return -by_dfn, out / dfd - 0.5 * beta_by_b(a, b, z) / density, 1.0 / density
