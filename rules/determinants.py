"""Rules of determinants and traces.

Source of the mathematics: M. Giles (2008).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.diagonals import on_diagonal
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.support import fit, hermitian


def cofactors(a: Any, det: Any) -> Any:
    """Return the matrix of derivatives of ``det(a)``, exact for singular matrices too.

    Args:
        a: shape (..., n, n).
        det: its determinants, shape (...).
    """
    if np.all(det != 0):  # no pivot of the elimination that both functions make is zero
        return np.swapaxes(np.linalg.inv(a), -1, -2) * np.asarray(det)[..., None, None]
    return _cofactors_by_svd(a)


@frule(cofactors)
def cofactors_forward(a: Any, det: Any) -> Any:
    """The tangent of the determinant is that of the matrix, in which it is contained."""
    return cofactors(a, det), lambda a_dot, det_dot: (cofactors_dot(a_dot, a), None)


def cofactors_dot(a_dot: Any, a: Any) -> Any:
    """Return the tangent of the matrix of cofactors, exact for singular matrices too.

    With ``a = u diag(s) vh`` and ``m = u^H a_dot v`` the adjugate of the diagonal matrix moves by
    ``m[j, j]`` times the product of the ``s`` that are neither i nor j, summed over j, at ``[i, i]`` and
    by ``-m[i, j]`` times that product at ``[i, j]``.
    """
    u, s, vh = np.linalg.svd(a)
    n = s.shape[-1]
    eye = np.eye(n, dtype=bool)
    left_out = eye[:, None, :] | eye[None, :, :]
    pairs = np.where(left_out, np.ones((), s.dtype), s[..., None, None, :]).prod(axis=-1)
    pairs = np.where(eye, np.zeros((), s.dtype), pairs)
    m = hermitian(u) @ a_dot @ hermitian(vh)
    along = np.sum(pairs * np.diagonal(m, axis1=-2, axis2=-1)[..., None, :], axis=-1)
    inner = np.where(eye, along[..., None, :], -m * pairs)
    phase = np.linalg.det(u) * np.linalg.det(vh)
    return phase[..., None, None] * np.swapaxes(hermitian(vh) @ inner @ hermitian(u), -1, -2)


def _cofactors_by_svd(a: Any) -> Any:
    """Return ``det(u) det(vh)`` times ``conj(u) diag(products of the others) conj(vh)``."""
    u, s, vh = np.linalg.svd(a)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), np.ones((), s.dtype), s[..., None, :]).prod(axis=-1)
    phase = np.linalg.det(u) * np.linalg.det(vh)
    return phase[..., None, None] * np.conj((u * others[..., None, :]) @ vh)


def det_bar(out_bar: Any, out: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in ``out = det(a)``; right for singular matrices."""
    return fit(np.asarray(out_bar)[..., None, None] * np.conj(cofactors(a, out)), a)


@rrule(np.linalg.det, fresh=True)
def det(a: Any) -> Any:
    """The matrix of cofactors."""
    out = np.linalg.det(a)

    def det_pullback(out_bar: Any) -> Any:
        return det_bar(out_bar, out, a)

    return out, det_pullback


@frule(np.linalg.det)
def det_forward(a: Any) -> Any:
    """The tangent against the cofactors; right for singular matrices."""
    out = np.linalg.det(a)

    def det_pushforward(a_dot: Any) -> Any:
        return np.sum(cofactors(a, out) * a_dot, axis=(-2, -1))

    return out, det_pushforward


def slogdet_bar(out_bar: Any, out: Any, inverse: Any, a: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.slogdet``.

    With ``t = tr(inv(a) da)`` the logarithm moves by Re t, a complex sign turns by Im t.

    Args:
        out_bar: cotangents of sign and logarithm; None is zero.
        out: the sign and the logarithm.
        inverse: that of ``a``.
        a: shape (..., n, n).
    """
    sign_bar, log_bar = out_bar
    weight: Any = 0.0 if log_bar is None else np.asarray(log_bar)
    if sign_bar is not None and np.iscomplexobj(a):
        weight = weight + 1j * np.imag(np.conj(out[0]) * sign_bar)
    return fit(np.asarray(weight)[..., None, None] * hermitian(inverse), a)


@rrule(np.linalg.slogdet, fresh=True)
def slogdet(a: Any) -> Any:
    """The inverse for the logarithm; the sign of a real determinant has no derivative."""
    out = np.linalg.slogdet(a)

    def slogdet_pullback(out_bar: Any) -> Any:
        return slogdet_bar(out_bar, out, np.linalg.inv(a), a)

    return out, slogdet_pullback


def slogdet_dot(a_dot: Any, out: Any, a: Any) -> Any:
    """Return the tangents of sign and logarithm: ``t = tr(inv(a) a_dot)``, see `slogdet_bar`."""
    t = np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)
    if not np.iscomplexobj(a):
        return np.zeros_like(out[0]), t
    return 1j * np.imag(t) * out[0], np.real(t)


@frule(np.linalg.slogdet)
def slogdet_forward(a: Any) -> Any:
    """The sign of a real determinant does not move, that of a complex one turns."""
    out = np.linalg.slogdet(a)

    def slogdet_pushforward(a_dot: Any) -> Any:
        return slogdet_dot(a_dot, out, a)

    return out, slogdet_pushforward


def trace_bar(out_bar: Any, a: Any, offset: int, axis1: int, axis2: int) -> Any:
    """Return the cotangent of ``a`` in ``np.trace``: the output's, along the diagonal."""
    if np.ndim(a) == 2 and axis1 == 0 and axis2 == 1:
        rows, columns = np.shape(a)
        return fit(out_bar * np.eye(rows, columns, offset), a)
    shape = np.diagonal(a, offset, axis1, axis2).shape
    along = np.broadcast_to(np.asarray(out_bar)[..., None], shape)
    return fit(on_diagonal(along, np.shape(a), offset, axis1, axis2), a)


linear(np.trace, np.ndarray.trace, np.linalg.trace)


@rrule(np.trace, np.ndarray.trace, fresh=True)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """Ones along the diagonal."""
    out = np.trace(a, offset, axis1, axis2, dtype)

    def trace_pullback(out_bar: Any) -> Any:
        return trace_bar(out_bar, a, offset, axis1, axis2), None, None, None, None

    return out, trace_pullback


@rrule(np.linalg.trace, fresh=True)
def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """Ones along the diagonal of the last two axes."""
    out = np.linalg.trace(x, offset=offset, dtype=dtype)

    def trace_pullback(out_bar: Any) -> Any:
        return trace_bar(out_bar, x, offset, -2, -1), None, None

    return out, trace_pullback
