"""Rules of singular values and vectors.

Source of the mathematics: M. Giles (2008); Z.-Q. Wan and S.-X. Zhang (2019) for complex matrices.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.decompositions import (
    columns,
    diagonal_matrix,
    nan_where,
    notable,
    over_gaps,
    reciprocals,
    skew_half,
    undetermined,
)
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
    a_bar: Any = 0.0
    turned_u: Any = 0.0
    turned_v: Any = 0.0
    if u_bar is not None:
        turned_u = hermitian(u) @ u_bar
        a_bar = a_bar + over_values(u_bar - u @ turned_u, s, s_bar, u_bar) @ vh
    if vh_bar is not None:
        v_bar = hermitian(vh_bar)
        turned_v = vh @ v_bar
        a_bar = a_bar + u @ hermitian(over_values(v_bar - hermitian(vh) @ turned_v, s, s_bar, v_bar))
    if u_bar is not None or vh_bar is not None:
        together, apart = turned_u + turned_v, turned_u - turned_v
        inner = inner + over_gaps(skew_half(together), s, together) + undetermined(s, s_bar, together)
        inner = inner + over_sums(skew_half(apart), s, apart)
    return fit(u @ inner @ vh + a_bar, a)


def over_sums(part: Any, s: Any, whole: Any) -> Any:
    """Return ``part[i, j] / (s[i] + s[j])``; over zero, zero is zero and the rest is NaN.

    Vectors of equal singular values may turn together, which has no derivative; that they turn against each
    other has one, and this part of it.
    """
    sums = s[..., None, :] + s[..., :, None]
    return part * reciprocals(sums, sums > 0) + nan_where(notable(part, whole) & (sums == 0), part)


def over_values(part: Any, s: Any, s_bar: Any, whole: Any) -> Any:
    """Return what turns the vectors out of their space, divided by the singular values.

    At a singular value of zero they would leave it in no certain direction: NaN, if that matters.

    Args:
        part: orthogonal to the vectors, shape (..., m, k); rounding alone if m = k.
        s: shape (..., k).
        s_bar: cotangents of the values; None if there are none.
        whole: what ``part`` was taken from.
    """
    if part.shape[-2] == part.shape[-1]:
        return part * 0.0
    used = np.any(notable(part, whole), axis=-2)
    used = used if s_bar is None else used | (np.asarray(s_bar) != 0)
    return part * columns(reciprocals(s, s > 0)) + columns(nan_where(used & (s == 0), part))


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
    moved_v, moved_u = a_dot @ hermitian(vh), hermitian(a_dot) @ u
    inner = hermitian(u) @ moved_v
    together = over_gaps(0.5 * (inner + hermitian(inner)), s, inner)
    apart = over_sums(skew_half(inner), s, inner)
    turn_u, turn_v = together + apart, together - apart
    v = hermitian(vh)
    u_dot = u @ turn_u + over_values(moved_v - u @ inner, s, None, moved_v)
    v_dot = v @ turn_v + over_values(moved_u - v @ hermitian(inner), s, None, moved_u)
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
