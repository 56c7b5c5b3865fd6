"""What the adjoints of matrix functions call, as numba compiles it: real matrices, one at a time.

Each function computes what its namesake in :mod:`adjoint.rules` computes; the mathematics is cited there.
"""

# mypy: ignore-errors
# numba has no types, and an overload's inner functions are read by numba, not by Python.

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import register_jitable

from adjoint.backend.registered import literal, overload
from adjoint.rules import decompositions, determinants, diagonals


def is_matrix(kind) -> bool:
    """Whether a numba type is a matrix of double precision."""
    return isinstance(kind, types.Array) and kind.ndim == 2 and kind.dtype == types.float64


def is_given(kind) -> bool:
    """Whether a cotangent of this type is more than None."""
    return not isinstance(kind, types.NoneType | types.Optional)


@register_jitable
def symmetrised(x):
    """The mean of a matrix and its transpose."""
    return (x + x.T) * 0.5


@overload(diagonals.diag_bar)
def diag_bar(out_bar, v, k=0):
    """From a diagonal to a matrix, or back."""
    if is_matrix(out_bar) and v.ndim == 1:
        return lambda out_bar, v, k=0: np.diag(out_bar, k).copy()
    if not is_matrix(v) or out_bar.ndim != 1:
        return None

    def placed(out_bar, v, k=0):
        bar = np.zeros(v.shape)
        for i in range(len(out_bar)):
            bar[i + max(-k, 0), i + max(k, 0)] = out_bar[i]
        return bar

    return placed


@overload(determinants.det_bar)
def det_bar(out_bar, out, a):
    """The cofactors; of a singular matrix by its singular values."""
    if not is_matrix(a) or not isinstance(out_bar, types.Number):
        return None

    def cofactors(out_bar, out, a):
        if out != 0.0:
            return np.linalg.inv(a).T * (out * out_bar)
        u, s, vh = np.linalg.svd(a)
        others = np.ones(len(s))
        for i in range(len(s)):
            for j in range(len(s)):
                others[i] *= 1.0 if i == j else s[j]
        return (np.linalg.det(u) * np.linalg.det(vh) * out_bar) * ((u * others) @ vh)

    return cofactors


@overload(determinants.trace_bar)
def trace_bar(out_bar, a, offset, axis1, axis2):
    """One number along the diagonal."""
    if not is_matrix(a) or not isinstance(out_bar, types.Number):
        return None

    def along(out_bar, a, offset, axis1, axis2):
        if axis1 != 0 or axis2 != 1:
            raise ValueError("the trace of other axes")
        bar = np.zeros(a.shape)
        for i in range(len(a)):
            if 0 <= i + offset < a.shape[1]:
                bar[i, i + offset] = out_bar
        return bar

    return along


@overload(determinants.slogdet_bar)
def slogdet_bar(out_bar, out, inverse, a):
    """The inverse, times the cotangent of the logarithm; the sign of a real determinant does not move."""
    if not is_matrix(a):
        return None
    if isinstance(out_bar[1], types.NoneType):
        return lambda out_bar, out, inverse, a: np.zeros(a.shape)
    return (lambda out_bar, out, inverse, a: inverse.T * out_bar[1]) if is_given(out_bar[1]) else None


@overload(decompositions.cholesky_bar)
def cholesky_bar(out_bar, out, a, upper):
    """The symmetric cotangent of the matrix."""
    if not is_matrix(a) or not is_matrix(out_bar) or literal(upper) is not False:
        return None

    def bar(out_bar, out, a, upper):
        inverse = np.linalg.inv(out)
        inner = np.tril(np.ascontiguousarray(out.T) @ np.ascontiguousarray(out_bar))
        for i in range(len(inner)):
            inner[i, i] *= 0.5
        return np.ascontiguousarray(inverse.T) @ symmetrised(inner) @ np.ascontiguousarray(inverse)

    return bar


@overload(decompositions.eigh_bar)
def eigh_bar(out_bar, out, a):
    """The symmetric cotangent of the matrix; NaN where vectors have no derivative."""
    if not is_matrix(a) or any(isinstance(kind, types.Optional) for kind in out_bar):
        return None
    values_known, vectors_known = map(is_given, out_bar)

    def bar(out_bar, out, a):
        values, vectors = out[0], np.ascontiguousarray(out[1])
        values_bar = np.zeros(len(values))
        if values_known:
            values_bar[:] = out_bar[0]
        inner = np.diag(values_bar)
        if vectors_known:
            turned = np.ascontiguousarray(vectors.T) @ np.ascontiguousarray(out_bar[1])
            add_gaps(inner, values, values_bar if values_known else None, turned)
        return symmetrised(vectors @ inner @ np.ascontiguousarray(vectors.T))

    return bar


@register_jitable
def largest(x):
    """The largest absolute value, zero if there is none."""
    return np.max(np.abs(x)) if x.size else 0.0


@register_jitable
def add_gaps(inner, values, values_bar, turned):
    """Add the skew part over the gaps between eigenvalues; see ``over_gaps`` and ``undetermined``."""
    n, eps = len(values), np.finfo(np.float64).eps
    equal, small = max(10, n) * eps * largest(values), np.sqrt(eps) * largest(turned)
    for i in range(n):
        for j in range(n):
            gap, part = values[j] - values[i], (turned[i, j] - turned[j, i]) * 0.5
            if abs(gap) > equal:
                inner[i, j] += part / gap
            elif i != j:
                lost = abs(part) > small
                if values_bar is not None:
                    alike = np.sqrt(eps) * largest(values_bar)
                    lost |= abs(turned[i, j] + turned[j, i]) > small
                    lost |= abs(values_bar[j] - values_bar[i]) > alike
                if lost:
                    inner[i, j] = np.nan
