"""Rules of matrix decompositions: cholesky, qr, eigh, eig, svd.

Factors are unique only up to signs, phases and the order of equal values.  Where two eigenvalues or
singular values coincide, the term that would divide by their difference is left out: derivatives of
everything that does not depend on the choice of vectors remain right.

Source of the mathematics: M. Giles (2008); S. Walter and L. Lehmann (2010) for QR; C. Boeddeker and
others (2017) for complex eigenvectors; Z.-Q. Wan and S.-X. Zhang (2019) for the complex SVD.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Tuple, constant, is_complex
from adjoint.rules.linalg import square_kind, symmetrised
from adjoint.rules.registry import rrule
from adjoint.rules.support import fit, hermitian


def _columns(values: Any) -> Any:
    """Return the values as a row, to scale the columns of a matrix."""
    return np.asarray(values)[..., None, :]


def _diagonal_matrix(values: Any) -> Any:
    return _columns(values) * np.eye(np.shape(values)[-1], dtype=values.dtype)


def inverse_gaps(values: Any) -> Any:
    """Return ``1 / (values[j] - values[i])`` at ``[i, j]``, zero where the two coincide.

    Args:
        values: eigenvalues, shape (..., n).
    """
    gaps = values[..., None, :] - values[..., :, None]
    scale = np.max(np.abs(values), axis=-1, initial=0.0)[..., None, None]
    apart = np.abs(gaps) > 10 * np.finfo(values.dtype).eps * scale
    return np.divide(1, gaps, out=np.zeros_like(gaps), where=apart)


# -- cholesky -----------------------------------------------------------------------------------


def cholesky_bar(out_bar: Any, out: Any, a: Any, upper: bool) -> Any:
    """Return the (symmetric) cotangent of ``a`` in its Cholesky factor ``out``.

    Args:
        out_bar: shape (..., n, n); only the triangle of the factor is read.
        out: the factor.
        a: shape (..., n, n).
        upper: whether the factor is the upper one.
    """
    factor, bar = (hermitian(out), hermitian(out_bar)) if upper else (out, out_bar)
    h = hermitian(factor)
    inner = np.tril(h @ bar)
    half = np.eye(a.shape[-1], dtype=bool)
    inner = np.where(half, inner * 0.5, inner)
    left = np.linalg.solve(h, inner)
    return fit(symmetrised(hermitian(np.linalg.solve(h, hermitian(left)))), a)


@rrule(np.linalg.cholesky, fresh=True, kind=square_kind)
def cholesky(a: Any, /, *, upper: Any = False) -> Any:
    """The cotangent is symmetric although one triangle of ``a`` is read."""
    out = np.linalg.cholesky(a, upper=upper)

    def cholesky_pullback(out_bar: Any) -> Any:
        return cholesky_bar(out_bar, out, a, upper), None

    return out, cholesky_pullback


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
    b = q_bar + q @ (low + hermitian(low) + _diagonal_matrix(diagonal))
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
    inner = 0.0 if values_bar is None else _diagonal_matrix(np.asarray(values_bar))
    if vectors_bar is not None:
        inner = inner + inverse_gaps(values) * (hermitian(vectors) @ vectors_bar)
    return fit(symmetrised(vectors @ inner @ hermitian(vectors)), a)


@rrule(np.linalg.eigh, fresh=True)
def eigh(a: Any, UPLO: Any = "L") -> Any:
    """The cotangent is symmetric although one triangle of ``a`` is read."""
    out = np.linalg.eigh(a, UPLO)

    def eigh_pullback(out_bar: Any) -> Any:
        return eigh_bar(out_bar, out, a), None

    return out, eigh_pullback


@rrule(np.linalg.eigvalsh, fresh=True)
def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    """Outer products of the eigenvectors; right for equal eigenvalues if their cotangents agree."""
    out = np.linalg.eigvalsh(a, UPLO)

    def eigvalsh_pullback(out_bar: Any) -> Any:
        return eigh_bar((out_bar, None), np.linalg.eigh(a, UPLO), a), None

    return out, eigvalsh_pullback


# -- eigenvalues of general matrices ------------------------------------------------------------


def eig_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.eig``.

    The vectors are those of LAPACK: of length one, their largest component real.

    Args:
        out_bar: cotangents of eigenvalues (..., n) and eigenvectors (..., n, n); None is zero.
        out: the eigenvalues and eigenvectors.
        a: shape (..., n, n).
    """
    values, vectors = out
    values_bar, vectors_bar = out_bar
    inner: Any = 0.0 if values_bar is None else _diagonal_matrix(np.asarray(values_bar))
    if vectors_bar is not None:
        free_bar = hermitian(vectors) @ _unnormalised(vectors_bar, vectors)
        inner = inner + np.conj(inverse_gaps(values)) * free_bar
    return fit(np.linalg.solve(hermitian(vectors), inner @ hermitian(vectors)), a)


def _unnormalised(vectors_bar: Any, vectors: Any) -> Any:
    """Return the cotangent of the vectors before their length and phase were fixed."""
    overlap = np.sum(np.conj(vectors_bar) * vectors, axis=-2, keepdims=True)
    result = vectors_bar - np.real(overlap) * vectors
    if np.iscomplexobj(vectors):
        largest = np.argmax(np.abs(vectors), axis=-2)[..., None, :]
        pivots = np.take_along_axis(vectors, largest, -2)
        turn = np.zeros_like(result)
        np.put_along_axis(turn, largest, 1j * np.imag(overlap) / np.real(pivots), -2)
        result = result + turn
    return result


def values_kind(a: Kind) -> Kind:
    """Return the kind of the eigenvalues; those of a real matrix may be real or complex."""
    if not isinstance(a, Array):
        return Array(None, None)
    dtype = a.dtype if is_complex(a) else None
    return Array(dtype, None if a.dims is None else a.dims[:-1])


def eig_kind(a: Kind) -> Kind:
    """Return the kind of eigenvalues and eigenvectors."""
    values = values_kind(a)
    assert isinstance(values, Array)
    vectors = Array(values.dtype, a.dims if isinstance(a, Array) else None)
    return Tuple((values, vectors), type(np.linalg.eig(np.eye(1))))


@rrule(np.linalg.eig, fresh=True, kind=eig_kind)
def eig(a: Any) -> Any:
    """Distinct eigenvalues, real or complex."""
    out = np.linalg.eig(a)

    def eig_pullback(out_bar: Any) -> Any:
        return eig_bar(out_bar, out, a)

    return out, eig_pullback


@rrule(np.linalg.eigvals, fresh=True, kind=values_kind)
def eigvals(a: Any) -> Any:
    """Outer products of the right and left eigenvectors."""
    out = np.linalg.eigvals(a)

    def eigvals_pullback(out_bar: Any) -> Any:
        return eigvals_bar(out_bar, out, a)

    return out, eigvals_pullback


def eigvals_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in ``out = np.linalg.eigvals(a)``.

    The vectors are computed now; their eigenvalues may come in another order than ``out``'s.
    """
    values, vectors = np.linalg.eig(a)
    order = np.argmin(np.abs(values[..., :, None] - out[..., None, :]), axis=-1)
    return eig_bar((np.take_along_axis(np.asarray(out_bar), order, -1), None), (values, vectors), a)


# -- singular values ----------------------------------------------------------------------------


def svd_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.svd``, thin or full.

    The extra columns of a full decomposition are an arbitrary basis: they have no derivative.

    Args:
        out_bar: cotangents of U (..., m, k), S (..., k) and V^H (..., k, n), None is zero; or that
            of the values alone.
        out: U, S and V^H, or the values alone.
        a: shape (..., m, n).

    Raises:
        ValueError: a cotangent of the extra columns is not zero.
    """
    if isinstance(out, np.ndarray):
        return svdvals_bar(out_bar, a)
    u, s, vh = out
    k = s.shape[-1]
    u_bar, s_bar, vh_bar = out_bar
    u_bar = _thin(u_bar, (..., slice(0, k)), (..., slice(k, None)))
    vh_bar = _thin(vh_bar, (..., slice(0, k), slice(None)), (..., slice(k, None), slice(None)))
    u, vh = u[..., :k], vh[..., :k, :]
    inner: Any = 0.0 if s_bar is None else _diagonal_matrix(np.asarray(s_bar))
    gaps = inverse_gaps(s * s)
    inverse = np.divide(1, s, out=np.zeros_like(s), where=s > 0)
    a_bar: Any = 0.0
    if u_bar is not None:
        uh_ubar = hermitian(u) @ u_bar
        inner = inner + gaps * (uh_ubar - hermitian(uh_ubar)) * _columns(s)
        a_bar = a_bar + ((u_bar - u @ uh_ubar) * _columns(inverse)) @ vh
        if np.iscomplexobj(u):
            phase = 1j * np.imag(np.diagonal(uh_ubar, axis1=-2, axis2=-1)) * inverse
            inner = inner + _diagonal_matrix(phase)
    if vh_bar is not None:
        v_bar = hermitian(vh_bar)
        vh_vbar = vh @ v_bar
        inner = inner + s[..., :, None] * gaps * (vh_vbar - hermitian(vh_vbar))
        a_bar = a_bar + (u * _columns(inverse)) @ hermitian(v_bar - hermitian(vh) @ vh_vbar)
    return fit(u @ inner @ vh + a_bar, a)


def _thin(bar: Any, kept: Any, extra: Any) -> Any:
    """Return the part of a factor's cotangent that has a meaning."""
    if bar is None:
        return None
    if np.any(bar[extra]):
        raise ValueError(
            "the extra singular vectors of np.linalg.svd(full_matrices=True) are an arbitrary basis and have "
            "no derivative; use full_matrices=False"
        )
    return bar[kept]


@rrule(np.linalg.svd, fresh=True)
def svd(a: Any, full_matrices: Any = True, compute_uv: Any = True) -> Any:
    """Factors and singular values, or the values alone."""
    out = np.linalg.svd(a, full_matrices, compute_uv)

    def svd_pullback(out_bar: Any) -> Any:
        return svd_bar(out_bar, out, a), None, None

    return out, svd_pullback


def svdvals_bar(out_bar: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in its singular values: outer products of the vectors."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return fit((u * _columns(out_bar)) @ vh, a)


@rrule(np.linalg.svdvals, fresh=True)
def svdvals(x: Any, /) -> Any:
    """Outer products of the singular vectors."""
    out = np.linalg.svdvals(x)

    def svdvals_pullback(out_bar: Any) -> Any:
        return svdvals_bar(out_bar, x)

    return out, svdvals_pullback
