"""Rules of matrix decompositions: cholesky, qr, eigh; and what the rules of eig and svd share.

Factors are unique only up to signs, phases and the order of equal values.  Where two eigenvalues or
singular values coincide, the term that would divide by their difference is left out where it is zero, so that
derivatives of what does not depend on the choice of vectors remain right.  Otherwise it is NaN.

Source of the mathematics: M. Giles (2008); S. Walter and L. Lehmann (2010) for QR.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, constant
from adjoint.rules.linalg import square_kind, symmetrised
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, hermitian


def columns(values: Any) -> Any:
    """Return the values as a row, to scale the columns of a matrix."""
    return np.asarray(values)[..., None, :]


def diagonal_matrix(values: Any) -> Any:
    """Return diagonal matrices of the values, shape (..., n)."""
    return columns(values) * np.eye(np.shape(values)[-1], dtype=values.dtype)


def skew_half(a: Any) -> Any:
    """Return the skew-Hermitian part of a matrix or of every matrix of a stack."""
    return (a - hermitian(a)) * 0.5


def gaps_of(values: Any) -> tuple[Any, Any]:
    """Return ``values[j] - values[i]`` at ``[i, j]``, and whether the two are apart by more than rounding.

    Args:
        values: eigenvalues, shape (..., n).
    """
    gaps = values[..., None, :] - values[..., :, None]
    scale = np.max(np.abs(values), axis=-1, initial=0.0)[..., None, None]
    return gaps, np.abs(gaps) > max(10, np.shape(values)[-1]) * np.finfo(values.dtype).eps * scale


def all_apart(apart: Any) -> bool:
    """Whether only the values on the diagonal meet themselves; see `gaps_of`."""
    return bool(np.count_nonzero(apart) == apart.size - apart[..., 0].size if apart.size else True)


def notable(part: Any, whole: Any) -> Any:
    """Return where entries of matrices are more than the rounding of matrices that they are made of."""
    size = np.max(np.abs(whole), axis=(-2, -1), keepdims=True, initial=0.0)
    return np.abs(part) > np.sqrt(np.finfo(size.dtype).eps) * size


def nan_where(mask: Any, like: Any) -> Any:
    """Return NaN where a mask is true and zero elsewhere, in the dtype of an array."""
    zero = np.zeros((), like.dtype)
    return np.where(mask, zero + np.nan, zero)


def over_gaps(part: Any, values: Any, whole: Any) -> Any:
    """Return ``part[i, j] / (values[j] - values[i])``, zero on the diagonal.

    Between equal values zero over zero is zero: what does not see which basis of their space was taken has no
    part here.  Anything else over zero is NaN: the vectors themselves have no derivative.

    Args:
        part: numerators, shape (..., n, n).
        values: eigenvalues or singular values, shape (..., n).
        whole: what the numerators are a part of; it tells zero from rounding.
    """
    gaps, apart = gaps_of(values)
    quotients = part * reciprocals(gaps, apart)
    if all_apart(apart):
        return quotients
    lost = notable(part, whole) & ~apart & ~np.eye(np.shape(values)[-1], dtype=bool)
    return quotients + nan_where(lost, part)


def undetermined(values: Any, values_bar: Any, turned: Any) -> Any:
    """Return NaN where a function uses vectors and values together, and two values are equal; else zero.

    Where a matrix is put together again as ``V f(W) V^H``, the derivative contains ``(f(w[i]) - f(w[j])) /
    (w[i] - w[j])``.  Between equal values that is the slope of ``f``, which the cotangents of the vectors and
    values do not tell.

    Args:
        values: eigenvalues or singular values, shape (..., n).
        values_bar: their cotangents; None for a function of the vectors alone.
        turned: cotangents of the vectors, seen by the vectors; shape (..., n, n).
    """
    if values_bar is None:
        return 0.0
    _, apart = gaps_of(values)
    if all_apart(apart):
        return 0.0
    bars = columns(values_bar)
    seen = notable(turned + hermitian(turned), turned) | notable(bars - np.swapaxes(bars, -1, -2), bars)
    return nan_where(seen & ~apart & ~np.eye(np.shape(values)[-1], dtype=bool), turned)


def reciprocals(values: Any, where: Any) -> Any:
    """Return ``1 / values`` where a mask is true, zero elsewhere."""
    return np.where(where, 1 / np.where(where, values, np.ones_like(values)), np.zeros_like(values))


# -- cholesky -----------------------------------------------------------------------------------


def triangular_inverse(root: Any) -> Any:
    """Return the inverse of lower triangular matrices.

    It is made by halves, two to five times as fast as by ``np.linalg.inv``, which knows nothing of the zeros.

    Args:
        root: shape (..., n, n), zero above the diagonal.
    """
    n = root.shape[-1]
    if n <= 32:
        return np.linalg.inv(root)
    half, out = n // 2, np.zeros_like(root)
    first = out[..., :half, :half] = triangular_inverse(root[..., :half, :half])
    last = out[..., half:, half:] = triangular_inverse(root[..., half:, half:])
    out[..., half:, :half] = -(last @ (root[..., half:, :half] @ first))
    return out


@frule(triangular_inverse)
def triangular_inverse_forward(root: Any) -> Any:
    """As of every inverse."""
    out = triangular_inverse(root)

    def inverse_pushforward(root_dot: Any) -> Any:
        return -(out @ (root_dot @ out))

    return out, inverse_pushforward


def cholesky_bar(out_bar: Any, out: Any, a: Any, upper: bool) -> Any:
    """Return the (symmetric) cotangent of ``a`` in its Cholesky factor ``out``.

    Args:
        out_bar: shape (..., n, n); only the triangle of the factor is read.
        out: the factor.
        a: shape (..., n, n).
        upper: whether the factor is the upper one.

    References:
        Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10.
    """
    factor, bar = (hermitian(out), hermitian(out_bar)) if upper else (out, out_bar)
    inverse = triangular_inverse(factor)
    inner = np.tril(hermitian(factor) @ bar)
    inner = np.where(np.eye(a.shape[-1], dtype=bool), inner * 0.5, inner)
    return fit(hermitian(inverse) @ symmetrised(inner) @ inverse, a)


@rrule(np.linalg.cholesky, fresh=True, kind=square_kind)
def cholesky(a: Any, /, *, upper: Any = False) -> Any:
    """The cotangent is symmetric although one triangle of ``a`` is read."""
    out = np.linalg.cholesky(a, upper=upper)

    def cholesky_pullback(out_bar: Any) -> Any:
        return cholesky_bar(out_bar, out, a, upper), None

    return out, cholesky_pullback


def cholesky_dot(a_dot: Any, out: Any, upper: bool) -> Any:
    """Return the tangent of the Cholesky factor ``out`` for the Hermitian part of a tangent.

    With ``s = inv(L) a_dot inv(L)^H`` it is L times the lower triangle of s, the diagonal halved.
    """
    factor = hermitian(out) if upper else out
    half = np.linalg.solve(factor, symmetrised(a_dot))
    s = np.linalg.solve(factor, hermitian(half))
    dot = factor @ (np.tril(s, -1) + diagonal_matrix(0.5 * np.diagonal(s, axis1=-2, axis2=-1)))
    return hermitian(dot) if upper else dot


@frule(np.linalg.cholesky)
def cholesky_forward(a: Any, /, *, upper: Any = False) -> Any:
    """The tangent counts by its Hermitian part although one triangle of ``a`` is read."""
    out = np.linalg.cholesky(a, upper=upper)

    def cholesky_pushforward(a_dot: Any, upper_dot: Any) -> Any:
        return cholesky_dot(a_dot, out, upper), None

    return out, cholesky_pushforward


# -- qr -----------------------------------------------------------------------------------------


def qr_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in its reduced QR decomposition, ``a`` of full rank.

    A wide matrix is cut in two: the square part is decomposed, the rest is ``Q^H`` times it.

    Args:
        out_bar: cotangents of Q and R; None is zero.
        out: Q of shape (..., m, k) and R of shape (..., k, n).
        a: shape (..., m, n).
    """
    q, r = out
    q_bar = np.zeros_like(q) if out_bar[0] is None else out_bar[0]
    r_bar = np.zeros_like(r) if out_bar[1] is None else out_bar[1]
    m, n = a.shape[-2:]
    if m >= n:
        return fit(_tall_qr_bar(q_bar, r_bar, q, r), a)
    rest_bar = r_bar[..., :, m:]
    q_bar = q_bar + a[..., :, m:] @ hermitian(rest_bar)
    square = _tall_qr_bar(q_bar, r_bar[..., :, :m], q, r[..., :, :m])
    return fit(np.concatenate([square, q @ rest_bar], axis=-1), a)


def _tall_qr_bar(q_bar: Any, r_bar: Any, q: Any, r: Any) -> Any:
    """Return ``(q_bar + q copyltu(m)) r^-H`` with ``m = r r_bar^H - q_bar^H q``."""
    m = r @ hermitian(np.triu(r_bar)) - hermitian(q_bar) @ q
    low = np.tril(m, -1)
    diagonal = np.real(np.diagonal(m, axis1=-2, axis2=-1))
    b = q_bar + q @ (low + hermitian(low) + diagonal_matrix(diagonal))
    return hermitian(np.linalg.solve(r, hermitian(b)))


def _reduced(a: Kind, mode: Kind | None = None) -> bool:
    return mode is None or constant(mode) == "reduced"


def _only_r(a: Kind, mode: Kind | None = None) -> bool:
    return mode is not None and constant(mode) == "r"


@rrule(np.linalg.qr, when=_reduced, fresh=True)
def qr(a: Any, mode: Any = "reduced") -> Any:
    """Both factors of the reduced decomposition."""
    out = np.linalg.qr(a, mode)

    def qr_pullback(out_bar: Any) -> Any:
        return qr_bar(out_bar, out, a), None

    return out, qr_pullback


def qr_dot(a_dot: Any, out: Any, a: Any) -> Any:
    """Return the tangents of Q and R of the reduced decomposition, ``a`` of full rank; see `qr_bar`."""
    q, r = out
    m, n = a.shape[-2:]
    if m >= n:
        return _tall_qr_dot(a_dot, q, r)
    q_dot, square_dot = _tall_qr_dot(a_dot[..., :m], q, r[..., :m])
    rest_dot = hermitian(q_dot) @ a[..., m:] + hermitian(q) @ a_dot[..., m:]
    return q_dot, np.concatenate([square_dot, rest_dot], axis=-1)


def _tall_qr_dot(a_dot: Any, q: Any, r: Any) -> Any:
    """Return the tangents of Q and R: ``Q^H Q_dot`` is skew, and R keeps a real diagonal."""
    scaled = hermitian(np.linalg.solve(hermitian(r), hermitian(a_dot)))
    inner = hermitian(q) @ scaled
    low = np.tril(inner, -1)
    skew = low - hermitian(low)
    if np.iscomplexobj(inner):
        skew = skew + diagonal_matrix(1j * np.imag(np.diagonal(inner, axis1=-2, axis2=-1)))
    return scaled - q @ (inner - skew), (inner - skew) @ r


@frule(np.linalg.qr, when=_reduced)
def qr_forward(a: Any, mode: Any = "reduced") -> Any:
    """Both factors of the reduced decomposition."""
    out = np.linalg.qr(a, mode)

    def qr_pushforward(a_dot: Any, mode_dot: Any) -> Any:
        return qr_dot(a_dot, out, a), None

    return out, qr_pushforward


@frule(np.linalg.qr, when=_only_r)
def qr_r_forward(a: Any, mode: Any) -> Any:
    """The triangular factor alone."""
    out = np.linalg.qr(a, mode)

    def qr_pushforward(a_dot: Any, mode_dot: Any) -> Any:
        return qr_dot(a_dot, np.linalg.qr(a), a)[1], None

    return out, qr_pushforward


@rrule(np.linalg.qr, when=_only_r, fresh=True)
def qr_r(a: Any, mode: Any) -> Any:
    """The triangular factor alone."""
    out = np.linalg.qr(a, mode)

    def qr_pullback(out_bar: Any) -> Any:
        return qr_bar((None, out_bar), np.linalg.qr(a), a), None

    return out, qr_pullback


# -- eigenvalues of Hermitian matrices ----------------------------------------------------------


def eigh_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the (Hermitian) cotangent of ``a`` in ``np.linalg.eigh``.

    Args:
        out_bar: cotangents of eigenvalues (..., n) and eigenvectors (..., n, n); None is zero.
        out: the eigenvalues and eigenvectors.
        a: shape (..., n, n).
    """
    values, vectors = out
    values_bar, vectors_bar = out_bar
    inner = 0.0 if values_bar is None else diagonal_matrix(np.asarray(values_bar))
    if vectors_bar is not None:
        turned = hermitian(vectors) @ vectors_bar
        inner = inner + over_gaps(skew_half(turned), values, turned)
        inner = inner + undetermined(values, values_bar, turned)
    return fit(symmetrised(vectors @ inner @ hermitian(vectors)), a)


@rrule(np.linalg.eigh, fresh=True)
def eigh(a: Any, UPLO: Any = "L") -> Any:
    """The cotangent is symmetric although one triangle of ``a`` is read."""
    out = np.linalg.eigh(a, UPLO)

    def eigh_pullback(out_bar: Any) -> Any:
        return eigh_bar(out_bar, out, a), None

    return out, eigh_pullback


def eigh_dot(a_dot: Any, out: Any) -> Any:
    """Return the tangents of eigenvalues and eigenvectors for the Hermitian part of a tangent."""
    values, vectors = out
    inner = hermitian(vectors) @ symmetrised(a_dot) @ vectors
    return np.real(np.diagonal(inner, axis1=-2, axis2=-1)), vectors @ over_gaps(inner, values, inner)


@frule(np.linalg.eigh)
def eigh_forward(a: Any, UPLO: Any = "L") -> Any:
    """The tangent counts by its Hermitian part although one triangle of ``a`` is read."""
    out = np.linalg.eigh(a, UPLO)

    def eigh_pushforward(a_dot: Any, UPLO_dot: Any) -> Any:
        return eigh_dot(a_dot, out), None

    return out, eigh_pushforward


@rrule(np.linalg.eigvalsh, fresh=True)
def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    """Outer products of the eigenvectors; right for equal eigenvalues if their cotangents agree."""
    out = np.linalg.eigvalsh(a, UPLO)

    def eigvalsh_pullback(out_bar: Any) -> Any:
        return eigh_bar((out_bar, None), np.linalg.eigh(a, UPLO), a), None

    return out, eigvalsh_pullback


@frule(np.linalg.eigvalsh)
def eigvalsh_forward(a: Any, UPLO: Any = "L") -> Any:
    """The tangent seen by the eigenvectors."""
    out = np.linalg.eigvalsh(a, UPLO)

    def eigvalsh_pushforward(a_dot: Any, UPLO_dot: Any) -> Any:
        return eigh_dot(a_dot, np.linalg.eigh(a, UPLO))[0], None

    return out, eigvalsh_pushforward
