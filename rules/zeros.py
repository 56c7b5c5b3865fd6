"""Rules of ``np.roots`` and ``np.poly``: from the coefficients of a polynomial to its zeros, and back.

A simple zero z of p moves by ``-dp(z) / p'(z)`` (implicit function theorem).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.eigenvalues import eigvals_bar
from adjoint.rules.kinds import Array, Kind
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out, hermitian


def roots_kind(p: Kind) -> Kind:
    """Return the kind of zeros: real or complex, which only the values tell."""
    return Array(None, ("?",))


def zero_slopes(p: Any, zeros: Any) -> Any:
    """Return the derivatives of the zeros by the coefficients, shape (zeros, coefficients)."""
    p = np.atleast_1d(p)
    slopes = np.polyval(np.polyder(p), zeros)
    return -np.vander(zeros, len(p)) / slopes[:, None]


@rrule(np.roots, fresh=True, kind=roots_kind)
def roots(p: Any) -> Any:
    """Powers of each zero, by the slope there."""
    out = np.roots(p)

    def roots_pullback(out_bar: Any) -> Any:
        return fit(hermitian(zero_slopes(p, out)) @ out_bar, p)

    return out, roots_pullback


@frule(np.roots)
def roots_forward(p: Any) -> Any:
    """Powers of each zero, by the slope there."""
    out = np.roots(p)

    def roots_pushforward(p_dot: Any) -> Any:
        return fit_out(zero_slopes(p, out) @ np.atleast_1d(p_dot), out)

    return out, roots_pushforward


def quotients(zeros: Any) -> Any:
    """Return, row by row, the polynomial that lacks one of the zeros."""
    rows = [np.atleast_1d(np.poly(np.delete(zeros, k))) for k in range(len(zeros))]
    return np.reshape(rows, (len(zeros), len(zeros)))


def factors_slopes(zeros: Any) -> Any:
    """Return the derivatives of the coefficients of ``np.poly`` by the zeros, shape (coefficients, zeros)."""
    return np.concatenate([np.zeros((1, len(zeros)), zeros.dtype), -quotients(zeros).T])


def poly_bar(out_bar: Any, seq_of_zeros: Any) -> Any:
    """Return the cotangent of the zeros, or of the matrix whose eigenvalues they are, in ``np.poly``."""
    given = np.asarray(seq_of_zeros)
    zeros = np.linalg.eigvals(given) if given.ndim == 2 else np.atleast_1d(given)
    if len(zeros) == 0:
        return np.zeros_like(given)
    zeros_bar = hermitian(factors_slopes(zeros)) @ out_bar
    bar = eigvals_bar(zeros_bar, zeros, given) if given.ndim == 2 else zeros_bar
    return fit(bar, given)


def poly_kind(seq_of_zeros: Kind) -> Kind:
    """Return the kind of the coefficients: of complex zeros they may be real."""
    return Array(None, None)


@rrule(np.poly, fresh=True, kind=poly_kind)
def poly(seq_of_zeros: Any) -> Any:
    """The polynomials that lack one of the zeros."""
    out = np.poly(seq_of_zeros)

    def poly_pullback(out_bar: Any) -> Any:
        return poly_bar(out_bar, seq_of_zeros)

    return out, poly_pullback


def poly_tangent(seq_dot: Any, out: Any, seq_of_zeros: Any) -> Any:
    """Return the tangent of the coefficients; real where they are."""
    given = np.asarray(seq_of_zeros)
    zeros, zeros_dot = np.atleast_1d(given), np.atleast_1d(seq_dot)
    if given.ndim == 2:
        zeros, vectors = np.linalg.eig(given)
        zeros_dot = np.diagonal(np.linalg.solve(vectors, seq_dot @ vectors))
    if len(zeros) == 0:
        return 0.0
    tangent = factors_slopes(zeros) @ zeros_dot
    return tangent if np.iscomplexobj(out) else np.real(tangent)


@frule(np.poly)
def poly_forward(seq_of_zeros: Any) -> Any:
    """The polynomials that lack one of the zeros."""
    out = np.poly(seq_of_zeros)

    def poly_pushforward(seq_of_zeros_dot: Any) -> Any:
        return fit_out(poly_tangent(seq_of_zeros_dot, out, seq_of_zeros), out)

    return out, poly_pushforward
