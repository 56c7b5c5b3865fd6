"""Rules of NumPy's functions of polynomials: coefficients from the highest power down.

The derivatives by coefficients are powers, those of zeros follow from the implicit function theorem.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.contractions import convolve_bars
from adjoint.rules.creation import vander_bar
from adjoint.rules.kinds import Kind, Known
from adjoint.rules.linalg import pinv_bar
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out, hermitian, still


def is_plain(**kinds: Kind) -> bool:
    """Whether no argument is a polynomial object, whose class would be lost."""
    return not any(isinstance(kind, Known) and isinstance(kind.value, np.poly1d) for kind in kinds.values())


# -- values -------------------------------------------------------------------------------------


def slopes_of(p: Any) -> Any:
    """Return the coefficients of the derivative; a list of arrays counts as one of coefficients."""
    p = np.asarray(p)
    powers = np.arange(len(p) - 1, 0, -1).astype(p.real.dtype)
    return p[:-1] * powers.reshape(-1, *[1] * (p.ndim - 1))


def coefficients_bar(out_bar: Any, p: Any, x: Any) -> Any:
    """Return the cotangent of the coefficients in the values of a polynomial: powers of ``x``."""
    first, bar, bars = np.asarray(p), out_bar, []
    for coefficient in first:
        bars.append(unbroadcast(bar, coefficient))
        bar = bar * np.conj(x)
    return fit(np.reshape(np.stack(bars[::-1]), first.shape), p) if bars else fit(np.zeros(first.shape), p)


@rrule(np.polyval, when=is_plain, fresh=True)
def polyval(p: Any, x: Any) -> Any:
    """Powers of ``x`` to the coefficients, the value of the derivative to ``x``."""
    out = np.polyval(p, x)

    def polyval_pullback(out_bar: Any) -> Any:
        x_bar = fit(unbroadcast(out_bar * np.conj(np.polyval(slopes_of(p), x)), x), x)
        return coefficients_bar(out_bar, p, x), x_bar

    return out, polyval_pullback


@frule(np.polyval, when=is_plain)
def polyval_forward(p: Any, x: Any) -> Any:
    """The polynomial of the tangent, and the value of the derivative."""
    out = np.polyval(p, x)

    def polyval_pushforward(p_dot: Any, x_dot: Any) -> Any:
        return np.polyval(p_dot, x), np.polyval(slopes_of(p), x) * x_dot

    return out, polyval_pushforward


# -- arithmetic ---------------------------------------------------------------------------------


def tail(bar: Any, a: Any) -> Any:
    """Return the part of a cotangent that belongs to the coefficients of the shorter polynomial."""
    return fit(bar[len(bar) - np.size(a) :], a)


def padded(a: Any, size: int) -> Any:
    """Return coefficients with zeros in front."""
    a = np.atleast_1d(a)
    return np.concatenate([np.zeros(size - len(a), a.dtype), a])


@rrule(np.polyadd, when=is_plain, fresh=True)
def polyadd(a1: Any, a2: Any) -> Any:
    """The cotangent to both, as far as they reach."""
    out = np.polyadd(a1, a2)

    def polyadd_pullback(out_bar: Any) -> Any:
        return tail(out_bar, a1), tail(out_bar, a2)

    return out, polyadd_pullback


@frule(np.polyadd, when=is_plain)
def polyadd_forward(a1: Any, a2: Any) -> Any:
    """The sum of the tangents."""
    out = np.polyadd(a1, a2)

    def polyadd_pushforward(a1_dot: Any, a2_dot: Any) -> Any:
        return fit_out(padded(a1_dot, len(out)), out), fit_out(padded(a2_dot, len(out)), out)

    return out, polyadd_pushforward


@rrule(np.polysub, when=is_plain, fresh=True)
def polysub(a1: Any, a2: Any) -> Any:
    """The cotangent to the first and negative to the second, as far as they reach."""
    out = np.polysub(a1, a2)

    def polysub_pullback(out_bar: Any) -> Any:
        return tail(out_bar, a1), tail(-out_bar, a2)

    return out, polysub_pullback


@frule(np.polysub, when=is_plain)
def polysub_forward(a1: Any, a2: Any) -> Any:
    """The difference of the tangents."""
    out = np.polysub(a1, a2)

    def polysub_pushforward(a1_dot: Any, a2_dot: Any) -> Any:
        return fit_out(padded(a1_dot, len(out)), out), fit_out(-padded(a2_dot, len(out)), out)

    return out, polysub_pushforward


def trimmed(a: Any) -> Any:
    """Return coefficients without the zeros in front, as ``np.poly1d`` does."""
    a = np.trim_zeros(np.atleast_1d(a), "f")
    return a if len(a) else np.zeros(1, a.dtype)


def polymul_bars(out_bar: Any, a1: Any, a2: Any) -> tuple[Any, Any]:
    """Return both cotangents of ``np.polymul``; zeros in front have no part in the product."""
    first, second = trimmed(a1), trimmed(a2)
    bars = zip(convolve_bars(out_bar, first, second), (a1, a2), strict=True)
    return tuple(fit(padded(bar, np.size(a)), a) if np.size(a) else still(a)[0] for bar, a in bars)


@rrule(np.polymul, when=is_plain, fresh=True)
def polymul(a1: Any, a2: Any) -> Any:
    """Correlations with the other factor."""
    out = np.polymul(a1, a2)

    def polymul_pullback(out_bar: Any) -> Any:
        a1_bar, a2_bar = polymul_bars(out_bar, a1, a2)
        return a1_bar, a2_bar

    return out, polymul_pullback


def product_with(a_dot: Any, a: Any, other: Any) -> Any:
    """Return the product of a tangent, cut as ``a`` is, and the other factor."""
    lost = np.size(a) - len(trimmed(a))
    kept = np.atleast_1d(a_dot)[lost:] if np.size(a) else np.zeros_like(trimmed(a))
    return np.convolve(kept, trimmed(other))


@frule(np.polymul, when=is_plain)
def polymul_forward(a1: Any, a2: Any) -> Any:
    """Products with the other factor."""
    out = np.polymul(a1, a2)

    def polymul_pushforward(a1_dot: Any, a2_dot: Any) -> Any:
        return product_with(a1_dot, a1, a2), product_with(a2_dot, a2, a1)

    return out, polymul_pushforward


# -- derivatives and integrals ------------------------------------------------------------------


def derived_bar(out_bar: Any, p: Any, m: int) -> Any:
    """Return the cotangent of the coefficients of which the ``m``-th derivative was taken."""
    size, lost = np.size(p), np.size(p) - len(out_bar)
    factors = np.ones(len(out_bar), np.real(out_bar).dtype)
    for k in range(m):
        factors = factors * (np.arange(size - 1, lost - 1, -1) - k)[: len(out_bar)]
    return fit(np.concatenate([out_bar * factors, np.zeros(lost, out_bar.dtype)]), p)


linear(np.polyder)


@rrule(np.polyder, when=is_plain)
def polyder(p: Any, m: Any = 1) -> Any:
    """The falling factorials of the powers."""
    out = np.polyder(p, m)

    def polyder_pullback(out_bar: Any) -> Any:
        return derived_bar(out_bar, p, m), None

    return out, polyder_pullback


def integrated_bars(out_bar: Any, p: Any, m: int, k: Any) -> tuple[Any, Any]:
    """Return the cotangents of the coefficients and of the constants of ``m`` integrations."""
    bar, constants_bar = out_bar, []
    for _ in range(m):
        constants_bar.append(bar[-1])
        bar = bar[:-1] / np.arange(len(bar) - 1, 0, -1).astype(np.real(bar).dtype)
    p_bar = fit(bar, p)
    if k is None or not m:
        return p_bar, None if k is None else fit(np.zeros(np.shape(k)), k)
    constants = np.stack(constants_bar[::-1])
    if np.size(k) == 1:
        return p_bar, fit(np.reshape(np.sum(constants), np.shape(k)), k)
    return p_bar, fit(np.concatenate([constants, np.zeros(len(k) - m)]), k)


@rrule(np.polyint, when=is_plain)
def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    """Divided by the powers; the constants are the last coefficients."""
    out = np.polyint(p, m, k)

    def polyint_pullback(out_bar: Any) -> Any:
        p_bar, k_bar = integrated_bars(out_bar, p, m, k)
        return p_bar, None, k_bar

    return out, polyint_pullback


@frule(np.polyint, when=is_plain)
def polyint_forward(p: Any, m: Any = 1, k: Any = None) -> Any:
    """The integral of the tangent; that of zero with the tangents of the constants."""
    out = np.polyint(p, m, k)

    def polyint_pushforward(p_dot: Any, m_dot: Any, k_dot: Any) -> Any:
        return np.polyint(p_dot, m), None, np.polyint(np.zeros_like(p), m, k_dot)

    return out, polyint_pushforward


# -- least squares ------------------------------------------------------------------------------


def _coefficients_only(full: Kind, cov: Kind, **others: Kind) -> bool:
    return all(isinstance(kind, Known) and not kind.value for kind in (full, cov))


def fit_system(x: Any, deg: int, w: Any) -> tuple[Any, Any, Any]:
    """Return powers, weighted and scaled powers as in ``np.polyfit``, and their scale."""
    powers = np.vander(x, deg + 1)
    weighted = powers if w is None else powers * np.asarray(w)[:, None]
    scale = np.sqrt(np.sum(weighted * weighted, axis=0))
    return powers, weighted / scale, scale


def weigh(values: Any, w: Any) -> Any:
    """Return one column of values for every data set, times the weights."""
    columns = np.reshape(values, (len(values), -1))
    return columns if w is None else columns * np.asarray(w)[:, None]


def polyfit_bars(out_bar: Any, out: Any, x: Any, y: Any, deg: int, w: Any) -> tuple[Any, Any, Any]:
    """Return the cotangents of ``x``, ``y`` and ``w`` in ``np.polyfit``.

    Args:
        out_bar: shape (deg + 1,) or (deg + 1, k).
        out: the coefficients.
        x: shape (m,).
        y: shape (m,) or (m, k).
        deg: degree of the polynomial.
        w: weights of shape (m,), or None.
    """
    powers, scaled, scale = fit_system(x, deg, w)
    bar = np.reshape(out_bar, (deg + 1, -1)) / scale[:, None]
    inverse = np.linalg.pinv(scaled)
    rhs_bar = hermitian(inverse) @ bar
    scaled_bar = pinv_bar(bar @ hermitian(weigh(y, w)), inverse, scaled)
    weighted_bar = scaled_bar / scale
    y_bar = fit(np.reshape(weigh(rhs_bar, w), np.shape(y)), y)
    x_bar = vander_bar(weigh(weighted_bar, w), x, False)
    if w is None:
        return x_bar, y_bar, None
    columns = np.reshape(y, (len(x), -1))
    w_bar = np.sum(weighted_bar * np.conj(powers), axis=1) + np.sum(rhs_bar * np.conj(columns), axis=1)
    return x_bar, y_bar, fit(w_bar, w)


@rrule(np.polyfit, when=_coefficients_only, fresh=True)
def polyfit(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None, cov: Any = False
) -> Any:
    """The least-squares solution, for points that determine it."""
    out = np.polyfit(x, y, deg, rcond, full, w, cov)

    def polyfit_pullback(out_bar: Any) -> Any:
        x_bar, y_bar, w_bar = polyfit_bars(out_bar, out, x, y, deg, w)
        return x_bar, y_bar, None, None, None, w_bar, None

    return out, polyfit_pullback


def polyfit_tangent(dots: tuple[Any, Any, Any], out: Any, x: Any, y: Any, deg: int, w: Any) -> Any:
    """Return the tangent of ``np.polyfit`` for tangents of ``x``, ``y`` and ``w``, None being zero."""
    x_dot, y_dot, w_dot = (
        np.zeros_like(value) if dot is None else dot for dot, value in zip(dots, (x, y, w), strict=True)
    )
    powers, scaled, scale = fit_system(x, deg, w)
    columns = np.reshape(y, (len(x), -1))
    solution = np.reshape(out, (deg + 1, -1)) * scale[:, None]
    slopes = np.vander(x, deg + 1)[:, 1:] * np.arange(deg, 0, -1)
    powers_dot = np.concatenate([slopes * np.asarray(x_dot)[:, None], np.zeros((len(x), 1))], axis=1)
    matrix_dot, rhs_dot = weigh(powers_dot, w), weigh(y_dot, w)
    if w is not None:
        matrix_dot = matrix_dot + powers * np.asarray(w_dot)[:, None]
        rhs_dot = rhs_dot + columns * np.asarray(w_dot)[:, None]
    matrix_dot = matrix_dot / scale
    inverse = np.linalg.pinv(scaled)
    residual = weigh(y, w) - scaled @ solution
    moved = inverse @ (rhs_dot - matrix_dot @ solution)
    moved = moved + inverse @ hermitian(inverse) @ hermitian(matrix_dot) @ residual
    return np.reshape(moved / scale[:, None], np.shape(out)).astype(out.dtype)


@frule(np.polyfit, when=_coefficients_only)
def polyfit_forward(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None, cov: Any = False
) -> Any:
    """The least-squares solution, for points that determine it."""
    out = np.polyfit(x, y, deg, rcond, full, w, cov)

    def polyfit_pushforward(
        x_dot: Any, y_dot: Any, deg_dot: Any, rcond_dot: Any, full_dot: Any, w_dot: Any, cov_dot: Any
    ) -> Any:
        x_part = polyfit_tangent((x_dot, None, None), out, x, y, deg, w)
        y_part = polyfit_tangent((None, y_dot, None), out, x, y, deg, w)
        w_part = None if w is None else polyfit_tangent((None, None, w_dot), out, x, y, deg, w)
        return x_part, y_part, None, None, None, w_part, None

    return out, polyfit_pushforward
