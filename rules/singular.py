"""Rules of singular values and vectors.

Source of the mathematics: M. Giles (2008); Z.-Q. Wan and S.-X. Zhang (2019) for complex matrices.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.decompositions import columns, diagonal_matrix, inverse_gaps, reciprocals
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, hermitian, still


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
    if not np.size(a):
        return still(a)[0]
    if isinstance(out, np.ndarray):
        return svdvals_bar(out_bar, a)
    u, s, vh = out
    k = s.shape[-1]
    u_bar, s_bar, vh_bar = out_bar
    u_bar = _thin(u_bar, (..., slice(0, k)), (..., slice(k, None)))
    vh_bar = _thin(vh_bar, (..., slice(0, k), slice(None)), (..., slice(k, None), slice(None)))
    u, vh = u[..., :k], vh[..., :k, :]
    inner: Any = 0.0 if s_bar is None else diagonal_matrix(np.asarray(s_bar))
    inverse = reciprocals(s, s > 0)
    a_bar: Any = 0.0
    turned_u: Any = 0.0
    turned_v: Any = 0.0
    if u_bar is not None:
        turned_u = hermitian(u) @ u_bar
        a_bar = a_bar + ((u_bar - u @ turned_u) * columns(inverse)) @ vh
    if vh_bar is not None:
        v_bar = hermitian(vh_bar)
        turned_v = vh @ v_bar
        a_bar = a_bar + (u * columns(inverse)) @ hermitian(v_bar - hermitian(vh) @ turned_v)
    if u_bar is not None or vh_bar is not None:
        together, apart = turned_u + turned_v, turned_u - turned_v
        inner = inner + 0.5 * inverse_gaps(s) * (together - hermitian(together))
        inner = inner + 0.5 * inverse_sums(s) * (apart - hermitian(apart))
    return fit(u @ inner @ vh + a_bar, a)


def inverse_sums(s: Any) -> Any:
    """Return ``1 / (s[i] + s[j])`` at ``[i, j]``, zero where both are zero.

    Vectors of equal singular values may turn together, which has no derivative; that they turn against each
    other has one, and this part of it.
    """
    sums = s[..., None, :] + s[..., :, None]
    return reciprocals(sums, sums > 0)


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


def svd_dot(a_dot: Any, out: Any, a: Any) -> Any:
    """Return the tangent of ``np.linalg.svd``, thin or full.

    The extra columns of a full decomposition are an arbitrary basis; they are moved as little as keeps
    them orthogonal to the others, which is right for everything that does not depend on the choice.

    Args:
        a_dot: shape (..., m, n).
        out: U (..., m, k), S (..., k) and V^H (..., k, n), or the values alone.
        a: shape (..., m, n).
    """
    if isinstance(out, np.ndarray):
        return svdvals_dot(a_dot, a)
    s = out[1]
    k = s.shape[-1]
    u, vh = out[0][..., :k], out[2][..., :k, :]
    inverse = reciprocals(s, s > 0)
    moved_v, moved_u = a_dot @ hermitian(vh), hermitian(a_dot) @ u
    inner = hermitian(u) @ moved_v
    together = 0.5 * inverse_gaps(s) * (inner + hermitian(inner))
    apart = 0.5 * inverse_sums(s) * (inner - hermitian(inner))
    turn_u, turn_v = together + apart, together - apart
    v = hermitian(vh)
    u_dot = u @ turn_u + (moved_v - u @ inner) * columns(inverse)
    v_dot = v @ turn_v + (moved_u - v @ hermitian(inner)) * columns(inverse)
    u_dot = _with_extra(u_dot, out[0], k)
    vh_dot = hermitian(_with_extra(v_dot, hermitian(out[2]), k))
    return u_dot, np.real(np.diagonal(inner, axis1=-2, axis2=-1)), vh_dot


def _with_extra(dot: Any, full: Any, k: int) -> Any:
    """Return the tangent of all columns of a unitary matrix from that of its first k."""
    extra = full[..., k:]
    return np.concatenate([dot, -full[..., :k] @ (hermitian(dot) @ extra)], axis=-1)


@frule(np.linalg.svd)
def svd_forward(a: Any, full_matrices: Any = True, compute_uv: Any = True) -> Any:
    """Factors and singular values, or the values alone."""
    out = np.linalg.svd(a, full_matrices, compute_uv)

    def svd_pushforward(a_dot: Any, full_matrices_dot: Any, compute_uv_dot: Any) -> Any:
        return svd_dot(a_dot, out, a), None, None

    return out, svd_pushforward


def svdvals_bar(out_bar: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in its singular values: outer products of the vectors."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return fit((u * columns(out_bar)) @ vh, a)


def svdvals_dot(a_dot: Any, a: Any) -> Any:
    """Return the tangent of the singular values of ``a``: the tangent seen by the vectors."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.real(np.sum(np.conj(u) * (a_dot @ hermitian(vh)), axis=-2))


@rrule(np.linalg.svdvals, fresh=True)
def svdvals(x: Any, /) -> Any:
    """Outer products of the singular vectors."""
    out = np.linalg.svdvals(x)

    def svdvals_pullback(out_bar: Any) -> Any:
        return svdvals_bar(out_bar, x)

    return out, svdvals_pullback


@frule(np.linalg.svdvals)
def svdvals_forward(x: Any, /) -> Any:
    """The tangent seen by the singular vectors."""
    out = np.linalg.svdvals(x)

    def svdvals_pushforward(x_dot: Any) -> Any:
        return svdvals_dot(x_dot, x)

    return out, svdvals_pushforward
