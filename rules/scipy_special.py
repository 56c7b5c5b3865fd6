"""Rules of scipy.special; loaded once SciPy's module is imported and a function is looked up.

Where a parameter has no derivative rule (the order of a Bessel function, the shape of an incomplete
gamma function) the rule holds only while that parameter is inactive.

Source of the mathematics: NIST Digital Library of Mathematical Functions (chapters 5 to 8, 10, 25);
Abramowitz and Stegun (1964).
"""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind
from adjoint.rules.registry import frule, rrule, scalar_rule
from adjoint.rules.support import fit, fit_out, is_real

special: Any = importlib.import_module("scipy.special")

TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)


def elementwise(slope: Any, *functions: Any, singular: bool = False) -> None:
    """Register the partial derivatives of elementwise functions of one argument, ``slope(out, x)``."""
    scalar_rule(*functions, singular=singular)(slope)


def _first_fixed(**kinds: Kind) -> bool:
    """Whether the first parameter is inactive."""
    return not next(iter(kinds.values())).active


# -- gamma functions ----------------------------------------------------------------------------

elementwise(lambda out, x: out * special.psi(x), special.gamma)
elementwise(lambda out, x: special.psi(x), special.gammaln, special.loggamma)
elementwise(lambda out, x: special.zeta(2.0, x), special.psi)


@scalar_rule(special.beta)
def beta(out: Any, a: Any, b: Any) -> Any:
    """The value times the logarithmic derivative."""
    both = special.psi(a + b)
    return out * (special.psi(a) - both), out * (special.psi(b) - both)


@scalar_rule(special.betaln)
def betaln(out: Any, a: Any, b: Any) -> Any:
    """Differences of digamma functions."""
    both = special.psi(a + b)
    return special.psi(a) - both, special.psi(b) - both


@scalar_rule(special.zeta, when=_first_fixed)
def zeta(out: Any, x: Any, q: Any) -> Any:
    """The Hurwitz zeta function of the next order; the order is held fixed."""
    return None, -x * special.zeta(x + 1.0, q)


@rrule(special.polygamma, when=_first_fixed, fresh=True)
def polygamma(n: Any, x: Any) -> Any:
    """The polygamma function of the next order."""
    out = special.polygamma(n, x)

    def polygamma_pullback(out_bar: Any) -> Any:
        return None, fit(out_bar * special.polygamma(n + 1, x), x)

    return out, polygamma_pullback


@frule(special.polygamma, when=_first_fixed)
def polygamma_forward(n: Any, x: Any) -> Any:
    """The polygamma function of the next order."""
    out = special.polygamma(n, x)

    def polygamma_pushforward(n_dot: Any, x_dot: Any) -> Any:
        return None, fit_out(special.polygamma(n + 1, x) * x_dot, out)

    return out, polygamma_pushforward


def multigammaln_slope(a: Any, d: int) -> Any:
    """Return the derivative of the logarithm of the multivariate gamma function."""
    return np.sum(special.psi(np.asarray(a)[..., None] - np.arange(d) / 2.0), axis=-1)


@rrule(special.multigammaln, fresh=True)
def multigammaln(a: Any, d: Any) -> Any:
    """A sum of digamma functions."""
    out = special.multigammaln(a, d)

    def multigammaln_pullback(out_bar: Any) -> Any:
        return fit(out_bar * multigammaln_slope(a, d), a), None

    return out, multigammaln_pullback


@frule(special.multigammaln)
def multigammaln_forward(a: Any, d: Any) -> Any:
    """A sum of digamma functions."""
    out = special.multigammaln(a, d)

    def multigammaln_pushforward(a_dot: Any, d_dot: Any) -> Any:
        return fit_out(multigammaln_slope(a, d) * a_dot, out), None

    return out, multigammaln_pushforward


# -- error functions and the normal distribution ------------------------------------------------

elementwise(lambda out, x: TWO_OVER_ROOT_PI * np.exp(-x * x), special.erf)
elementwise(lambda out, x: -TWO_OVER_ROOT_PI * np.exp(-x * x), special.erfc)
elementwise(lambda out, x: 2.0 * x * out - TWO_OVER_ROOT_PI, special.erfcx)
elementwise(lambda out, x: TWO_OVER_ROOT_PI * np.exp(x * x), special.erfi)
elementwise(lambda out, x: np.exp(out * out) / TWO_OVER_ROOT_PI, special.erfinv)
elementwise(lambda out, x: -np.exp(out * out) / TWO_OVER_ROOT_PI, special.erfcinv)
elementwise(lambda out, x: np.exp(-0.5 * x * x) / ROOT_TWO_PI, special.ndtr)
elementwise(lambda out, x: np.exp(-0.5 * x * x - out) / ROOT_TWO_PI, special.log_ndtr)
elementwise(lambda out, x: ROOT_TWO_PI * np.exp(0.5 * out * out), special.ndtri)
elementwise(lambda out, x: 1.0 - 2.0 * x * out, special.dawsn)


# -- exponentials, logarithms and entropies -----------------------------------------------------

elementwise(lambda out, x: out * special.expit(-x), special.expit)
elementwise(lambda out, x: special.expit(-x), special.log_expit)
elementwise(lambda out, x: 1.0 / (x * (1.0 - x)), special.logit)
elementwise(lambda out, x: 1.0 / (3.0 * out * out), special.cbrt, singular=True)
elementwise(lambda out, x: out * math.log(10.0), special.exp10)
elementwise(lambda out, x: out * math.log(2.0), special.exp2)
elementwise(lambda out, x: out + 1.0, special.expm1)
elementwise(lambda out, x: 1.0 / (1.0 + x), special.log1p)
elementwise(lambda out, x: -np.exp(-x) / x, special.exp1)
elementwise(lambda out, x: np.exp(x) / x, special.expi)
elementwise(lambda out, x: -np.log(x) - 1.0, special.entr, singular=True)


@scalar_rule(special.xlogy, singular=True)
def xlogy(out: Any, x: Any, y: Any) -> Any:
    """``log(y)`` and ``x / y``, zero where ``x`` is zero."""
    return np.log(y), np.where(np.equal(x, 0.0), 0.0 * x, x / y)[()]


@scalar_rule(special.xlog1py, singular=True)
def xlog1py(out: Any, x: Any, y: Any) -> Any:
    """``log(1 + y)`` and ``x / (1 + y)``, zero where ``x`` is zero."""
    return np.log1p(y), np.where(np.equal(x, 0.0), 0.0 * x, x / (1.0 + y))[()]


@scalar_rule(special.rel_entr, singular=True)
def rel_entr(out: Any, x: Any, y: Any) -> Any:
    """Of ``x log(x / y)``."""
    return np.log(x / y) + 1.0, -x / y


@scalar_rule(special.kl_div, singular=True)
def kl_div(out: Any, x: Any, y: Any) -> Any:
    """Of ``x log(x / y) - x + y``."""
    return np.log(x / y), 1.0 - x / y


@scalar_rule(special.huber)
def huber(out: Any, delta: Any, r: Any) -> Any:
    """The residual cut off at ``delta``; what was cut off."""
    return np.maximum(np.abs(r) - delta, 0.0), np.clip(r, -delta, delta)


@scalar_rule(special.boxcox, when=lambda x, lmbda: not lmbda.active)
def boxcox(out: Any, x: Any, lmbda: Any) -> Any:
    """``x ** (lmbda - 1)``; the exponent is held fixed."""
    return np.power(x, lmbda - 1.0), None


@scalar_rule(special.boxcox1p, when=lambda x, lmbda: not lmbda.active)
def boxcox1p(out: Any, x: Any, lmbda: Any) -> Any:
    """``(1 + x) ** (lmbda - 1)``; the exponent is held fixed."""
    return np.power(1.0 + x, lmbda - 1.0), None


# -- Bessel functions ---------------------------------------------------------------------------

elementwise(lambda out, x: -special.j1(x), special.j0)
elementwise(lambda out, x: 0.5 * (special.j0(x) - special.jv(2, x)), special.j1)
elementwise(lambda out, x: -special.y1(x), special.y0)
elementwise(lambda out, x: 0.5 * (special.y0(x) - special.yv(2, x)), special.y1)
elementwise(lambda out, x: special.i1(x), special.i0)
elementwise(lambda out, x: 0.5 * (special.i0(x) + special.iv(2, x)), special.i1)
elementwise(lambda out, x: special.i1e(x) - np.sign(x) * out, special.i0e)
elementwise(lambda out, x: 0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * out, special.i1e)
elementwise(lambda out, x: -special.k1(x), special.k0)
elementwise(lambda out, x: -0.5 * (special.k0(x) + special.kv(2, x)), special.k1)


@scalar_rule(special.jv, when=_first_fixed)
def jv(out: Any, v: Any, z: Any) -> Any:
    """Half the difference of the neighbours; the order is held fixed."""
    return None, 0.5 * (special.jv(v - 1, z) - special.jv(v + 1, z))


@scalar_rule(special.yn, when=_first_fixed)
def yn(out: Any, n: Any, x: Any) -> Any:
    """Half the difference of the neighbours; the order is held fixed, and cut to an integer as SciPy does."""
    return None, 0.5 * (special.yv(np.trunc(n) - 1, x) - special.yv(np.trunc(n) + 1, x))


@scalar_rule(special.yv, when=_first_fixed)
def yv(out: Any, v: Any, z: Any) -> Any:
    """Half the difference of the neighbours; the order is held fixed."""
    return None, 0.5 * (special.yv(v - 1, z) - special.yv(v + 1, z))


@scalar_rule(special.iv, when=_first_fixed)
def iv(out: Any, v: Any, z: Any) -> Any:
    """The mean of the neighbours; the order is held fixed."""
    return None, 0.5 * (special.iv(v - 1, z) + special.iv(v + 1, z))


@scalar_rule(special.ive, when=lambda v, z: not v.active and is_real(z))
def ive(out: Any, v: Any, z: Any) -> Any:
    """The mean of the neighbours, less the scaling's part; the order is held fixed."""
    return None, 0.5 * (special.ive(v - 1, z) + special.ive(v + 1, z)) - np.sign(z) * out


@scalar_rule(special.kn, when=_first_fixed)
def kn(out: Any, n: Any, x: Any) -> Any:
    """The negative mean of the neighbours; the order is held fixed, and cut to an integer as SciPy does."""
    return None, -0.5 * (special.kv(np.trunc(n) - 1, x) + special.kv(np.trunc(n) + 1, x))


@scalar_rule(special.kv, when=_first_fixed)
def kv(out: Any, v: Any, z: Any) -> Any:
    """The negative mean of the neighbours; the order is held fixed."""
    return None, -0.5 * (special.kv(v - 1, z) + special.kv(v + 1, z))
