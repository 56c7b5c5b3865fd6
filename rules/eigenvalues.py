"""Rules of eigenvalues and eigenvectors of general matrices, while the eigenvalues are distinct.

Source of the mathematics: C. Boeddeker and others, On the computation of complex-valued gradients (2017).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.accumulate import placed
from adjoint.rules.decompositions import diagonal_matrix, over_gaps, undetermined
from adjoint.rules.kinds import Array, Kind, Tuple, is_complex
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, hermitian, still


def eig_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.eig``.

    The vectors are those of LAPACK: of length one, their largest component real.

    Args:
        out_bar: cotangents of eigenvalues (..., n) and eigenvectors (..., n, n); None is zero.
        out: the eigenvalues and eigenvectors.
        a: shape (..., n, n).
    """
    if not np.size(a):
        return still(a)[0]
    values, vectors = out
    values_bar, vectors_bar = out_bar
    inner: Any = 0.0 if values_bar is None else diagonal_matrix(np.asarray(values_bar))
    if vectors_bar is not None:
        free_bar = hermitian(vectors) @ _unnormalised(vectors_bar, vectors)
        inner = inner + over_gaps(free_bar, np.conj(values), free_bar)
        inner = inner + undetermined(values, values_bar, free_bar)
    return fit(np.linalg.solve(hermitian(vectors), inner @ hermitian(vectors)), a)


def _unnormalised(vectors_bar: Any, vectors: Any) -> Any:
    """Return the cotangent of the vectors before their length and phase were fixed."""
    overlap = np.sum(np.conj(vectors_bar) * vectors, axis=-2, keepdims=True)
    result = vectors_bar - np.real(overlap) * vectors
    if np.iscomplexobj(vectors):
        largest = np.argmax(np.abs(vectors), axis=-2)[..., None, :]
        pivots = np.take_along_axis(vectors, largest, -2)
        result = result + placed(1j * np.imag(overlap) / np.real(pivots), largest, result.shape, -2)
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


def eig_dot(a_dot: Any, out: Any) -> Any:
    """Return the tangents of eigenvalues and eigenvectors; the transpose of `eig_bar`.

    A vector moves so that its length stays one and its largest component real.
    """
    values, vectors = out
    if not np.size(values):
        return np.zeros_like(values), np.zeros_like(vectors)
    inner = np.linalg.solve(vectors, a_dot @ vectors)
    free = vectors @ over_gaps(inner, values, inner)
    dot = free - vectors * np.real(np.sum(np.conj(vectors) * free, axis=-2, keepdims=True))
    if np.iscomplexobj(vectors):
        largest = np.argmax(np.abs(vectors), axis=-2)[..., None, :]
        pivots, moved = np.take_along_axis(vectors, largest, -2), np.take_along_axis(free, largest, -2)
        dot = dot - 1j * vectors * np.imag(moved) / np.real(pivots)
    return np.diagonal(inner, axis1=-2, axis2=-1), dot


@frule(np.linalg.eig)
def eig_forward(a: Any) -> Any:
    """Distinct eigenvalues, real or complex."""
    out = np.linalg.eig(a)

    def eig_pushforward(a_dot: Any) -> Any:
        return eig_dot(a_dot, out)

    return out, eig_pushforward


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
    if not np.size(a):
        return still(a)[0]
    values, vectors = np.linalg.eig(a)
    order = np.argmin(np.abs(values[..., :, None] - out[..., None, :]), axis=-1)
    return eig_bar((np.take_along_axis(np.asarray(out_bar), order, -1), None), (values, vectors), a)


def eigvals_dot(a_dot: Any, out: Any, a: Any) -> Any:
    """Return the tangent of ``out = np.linalg.eigvals(a)``, in the order of ``out``."""
    if not np.size(a):
        return np.zeros_like(out)
    values, vectors = np.linalg.eig(a)
    dots = np.diagonal(np.linalg.solve(vectors, a_dot @ vectors), axis1=-2, axis2=-1)
    order = np.argmin(np.abs(out[..., :, None] - values[..., None, :]), axis=-1)
    return np.take_along_axis(dots, order, -1)


@frule(np.linalg.eigvals)
def eigvals_forward(a: Any) -> Any:
    """The tangent seen by right and left eigenvectors."""
    out = np.linalg.eigvals(a)

    def eigvals_pushforward(a_dot: Any) -> Any:
        return eigvals_dot(a_dot, out, a)

    return out, eigvals_pushforward
