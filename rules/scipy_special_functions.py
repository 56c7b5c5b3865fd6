"""Rules of scipy.special beyond ``scipy_special.py``: hypergeometric, elliptic, integral functions, inverses.

As there, a parameter without a derivative rule has to be inactive.

Source of the mathematics: NIST Digital Library of Mathematical Functions (chapters 4 to 9, 13 to 15, 19, 25);
D. Owen (1956) for the T function.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.rules.both import both
from adjoint.rules.composed import composed, refused
from adjoint.rules.kinds import Kind, Known
from adjoint.rules.registry import frule, non_differentiable, rrule, scalar_rule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.scipy_special import elementwise, special
from adjoint.rules.support import fit, fit_out, members


def _but_last_fixed(**kinds: Kind) -> bool:
    """Whether all parameters but the last are inactive."""
    return not any(kind.active for kind in list(kinds.values())[:-1])


# -- gamma functions and factorials -------------------------------------------------------------

non_differentiable(special.gammasgn)
elementwise(lambda out, x: -out * special.psi(x), special.rgamma)


@scalar_rule(special.poch)
def poch(out: Any, z: Any, m: Any) -> Any:
    """Differences of digamma functions."""
    end = special.psi(z + m)
    return out * (end - special.psi(z)), out * end


@scalar_rule(special.binom)
def binom(out: Any, x: Any, y: Any) -> Any:
    """Differences of digamma functions."""
    rest = special.psi(x - y + 1.0)
    return out * (special.psi(x + 1.0) - rest), out * (rest - special.psi(y + 1.0))


@composed(special.comb, keyword_only="exact repetition")
def comb(N: Any, k: Any, exact: Any = False, repetition: Any = False) -> Any:
    """The binomial coefficient; exact ones are integers."""
    if exact:
        raise refused("scipy.special.comb", "with exact=True it counts.", "leave `exact` out")
    n = N + k - 1 if repetition else N
    inside = (np.asarray(k) <= n) & (np.asarray(N) >= 0) & (np.asarray(k) >= 0)
    return np.where(inside, special.binom(n, k), 0.0)


@composed(special.perm)
def perm(N: Any, k: Any, exact: Any = False) -> Any:
    """A product of falling factors; exact ones are integers."""
    if exact:
        raise refused("scipy.special.perm", "with exact=True it counts.", "leave `exact` out")
    inside = (np.asarray(k) <= N) & (np.asarray(N) >= 0) & (np.asarray(k) >= 0)
    return np.where(inside, special.poch(N - k + 1.0, k), 0.0)


@composed(special.factorial)
def factorial(n: Any, exact: Any = False, extend: Any = "zero") -> Any:
    """The gamma function one further on; zero for negative arguments."""
    if exact or extend != "zero":
        raise refused("scipy.special.factorial", "it is exact or complex.", "use scipy.special.gamma(n + 1)")
    return np.where(np.asarray(n) < 0.0, 0.0, special.gamma(np.asarray(n) + 1.0))


@scalar_rule(*members(special, "sph_harm_y"))
def sph_harm_y(out: Any, n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """Neighbouring orders, which hold at the poles, too; degree and order are integers.

    Beyond the poles SciPy mirrors the polar angle.
    """
    up = np.sqrt((n - m) * (n + m + 1.0)) * np.exp(-1j * phi) * special.sph_harm_y(n, m + 1, theta, phi)
    down = np.sqrt((n + m) * (n - m + 1.0)) * np.exp(1j * phi) * special.sph_harm_y(n, m - 1, theta, phi)
    side = np.where(np.sin(theta) < 0.0, -0.5, 0.5)
    return 0.0, 0.0, side * (up - down), 1j * m * out


def _harmonics(self: Kind, **_: Kind) -> bool:
    """Whether the object of SciPy's class for several ufuncs is that of the spherical harmonics."""
    return isinstance(self, Known) and self.value is special.sph_harm_y


@both(*(type(each).__call__ for each in members(special, "sph_harm_y")), when=_harmonics)
def harmonics(self: Any, n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """The same, called as a method of the object."""
    out = self(n, m, theta, phi)

    def harmonics_pullback(out_bar: Any) -> Any:
        _, _, by_theta, by_phi = sph_harm_y(out, n, m, theta, phi)
        theta_bar = fit(unbroadcast(out_bar * np.conj(by_theta), theta), theta)
        return None, None, None, theta_bar, fit(unbroadcast(out_bar * np.conj(by_phi), phi), phi)

    def harmonics_pushforward(self_dot: Any, n_dot: Any, m_dot: Any, theta_dot: Any, phi_dot: Any) -> Any:
        _, _, by_theta, by_phi = sph_harm_y(out, n, m, theta, phi)
        by_theta = None if theta_dot is None else fit_out(by_theta * theta_dot, out)
        return None, None, None, by_theta, None if phi_dot is None else fit_out(by_phi * phi_dot, out)

    return out, harmonics_pullback, harmonics_pushforward


# -- distribution functions ---------------------------------------------------------------------


@scalar_rule(special.owens_t)
def owens_t(out: Any, h: Any, a: Any) -> Any:
    """Of Owen's T function."""
    square = 1.0 + a * a
    by_h = -np.exp(-0.5 * h * h) * special.erf(a * h / math.sqrt(2.0)) / (2.0 * math.sqrt(2.0 * math.pi))
    return by_h, np.exp(-0.5 * h * h * square) / (2.0 * math.pi * square)


# -- integrals ----------------------------------------------------------------------------------

elementwise(lambda out, z: 2j / math.sqrt(math.pi) - 2.0 * z * out, special.wofz)


@scalar_rule(special.spence)
def spence(out: Any, z: Any) -> Any:
    """``log(z) / (1 - z)``, minus one at one."""
    one = np.equal(z, 1.0)
    return np.where(one, -1.0, np.log(z) / (1.0 - z + one))[()]


@scalar_rule(special.exprel)
def exprel(out: Any, x: Any) -> Any:
    """Of ``(exp(x) - 1) / x``; one half at zero."""
    zero = np.abs(x) < 1e-5
    return np.where(zero, 0.5 + x / 3.0, (np.exp(x) - out) / (x + zero))[()]


@scalar_rule(special.expn, when=_but_last_fixed)
def expn(out: Any, n: Any, x: Any) -> Any:
    """The negative function of the order before; SciPy cuts orders to integers, and has none below zero."""
    last = (1.0 + x) * np.exp(-x) / (x * x)
    return None, -np.where(np.trunc(n) == 0, last, special.expn(np.maximum(np.trunc(n) - 1, 0), x))


@scalar_rule(special.fresnel, outputs=2)
def fresnel(out: Any, z: Any) -> Any:
    """Sine and cosine of ``pi z^2 / 2``."""
    angle = 0.5 * math.pi * z * z
    return np.sin(angle), np.cos(angle)


@scalar_rule(special.sici, outputs=2)
def sici(out: Any, x: Any) -> Any:
    """``sin(x) / x`` and ``cos(x) / x``."""
    return np.sinc(x / math.pi), np.cos(x) / x


@scalar_rule(special.shichi, outputs=2)
def shichi(out: Any, x: Any) -> Any:
    """``sinh(x) / x`` and ``cosh(x) / x``."""
    return np.sinh(x) / x, np.cosh(x) / x


# -- hypergeometric, elliptic, Airy and Bessel functions ----------------------------------------


@scalar_rule(special.hyp1f1, when=_but_last_fixed)
def hyp1f1(out: Any, a: Any, b: Any, x: Any) -> Any:
    """The function of neighbouring parameters, which are held fixed."""
    return None, None, a / b * special.hyp1f1(a + 1, b + 1, x)


@scalar_rule(special.hyp2f1, when=_but_last_fixed)
def hyp2f1(out: Any, a: Any, b: Any, c: Any, z: Any) -> Any:
    """The function of neighbouring parameters, which are held fixed."""
    return None, None, None, a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z)


@scalar_rule(special.hyp0f1, when=_but_last_fixed)
def hyp0f1(out: Any, v: Any, z: Any) -> Any:
    """The function of the next parameter, which is held fixed."""
    return None, special.hyp0f1(v + 1, z) / v


@scalar_rule(special.ellipk)
def ellipk(out: Any, m: Any) -> Any:
    """``(E / (1 - m) - K) / (2 m)``; pi / 8 at zero."""
    zero = np.equal(m, 0.0)
    slope = (special.ellipe(m) / (1.0 - m) - out) / (2.0 * (m + zero))
    return np.where(zero, math.pi / 8.0, slope)[()]


@scalar_rule(special.ellipe)
def ellipe(out: Any, m: Any) -> Any:
    """``(E - K) / (2 m)``; -pi / 8 at zero."""
    zero = np.equal(m, 0.0)
    return np.where(zero, -math.pi / 8.0, (out - special.ellipk(m)) / (2.0 * (m + zero)))[()]


@scalar_rule(special.airy, outputs=4)
def airy(out: Any, z: Any) -> Any:
    """``Ai'' = z Ai`` and ``Bi'' = z Bi``."""
    return out[1], z * out[0], out[3], z * out[2]


elementwise(lambda out, x: out - special.k1e(x), special.k0e)
elementwise(lambda out, x: out - special.k0e(x) - out / x, special.k1e)


@scalar_rule(special.kve, when=_but_last_fixed)
def kve(out: Any, v: Any, z: Any) -> Any:
    """The negative mean of the neighbours and the scaling's part; the order is held fixed."""
    return None, out - 0.5 * (special.kve(v - 1, z) + special.kve(v + 1, z))


@scalar_rule(special.eval_legendre, when=_but_last_fixed)
def eval_legendre(out: Any, n: Any, x: Any) -> Any:
    """Of the recurrence of Legendre polynomials; ``n (n + 1) / 2`` in size at the ends."""
    end = np.equal(np.abs(x), 1.0)
    slope = n * (x * out - special.eval_legendre(n - 1, x)) / (x * x - 1.0 + end)
    return None, np.where(end, 0.5 * n * (n + 1) * out * x, slope)[()]


# -- inverses -----------------------------------------------------------------------------------


@scalar_rule(special.inv_boxcox, when=lambda y, lmbda: not lmbda.active)
def inv_boxcox(out: Any, y: Any, lmbda: Any) -> Any:
    """``out ** (1 - lmbda)``; the exponent is held fixed."""
    return out ** (1.0 - lmbda), None


@scalar_rule(special.inv_boxcox1p, when=lambda y, lmbda: not lmbda.active)
def inv_boxcox1p(out: Any, y: Any, lmbda: Any) -> Any:
    """``(1 + out) ** (1 - lmbda)``; the exponent is held fixed."""
    return (1.0 + out) ** (1.0 - lmbda), None


def lambert_slope(out: Any) -> Any:
    """Return the derivative of the inverse of ``w exp(w)``."""
    return np.exp(-out) / (1.0 + out)


@rrule(special.lambertw, fresh=True)
def lambertw(z: Any, k: Any = 0, tol: Any = 1e-8) -> Any:
    """One over the derivative of ``w exp(w)``."""
    out = special.lambertw(z, k, tol)

    def lambertw_pullback(out_bar: Any) -> Any:
        return fit(unbroadcast(out_bar * np.conj(lambert_slope(out)), z), z), None, None

    return out, lambertw_pullback


@frule(special.lambertw)
def lambertw_forward(z: Any, k: Any = 0, tol: Any = 1e-8) -> Any:
    """One over the derivative of ``w exp(w)``."""
    out = special.lambertw(z, k, tol)

    def lambertw_pushforward(z_dot: Any, k_dot: Any, tol_dot: Any) -> Any:
        return fit_out(lambert_slope(out) * z_dot, out), None, None

    return out, lambertw_pushforward
