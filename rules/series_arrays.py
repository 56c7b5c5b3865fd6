"""Recurrences for Taylor coefficients: products of arrays, products along an axis, determinants.

See :mod:`adjoint.rules.series` for the form of a series rule.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.registry import series_rule
from adjoint.rules.runtime import strong_dot, strong_product
from adjoint.rules.series import Poly, order_of, part, times
from adjoint.rules.support import fit_out, members


# --- products along an axis, determinants ---------------------------------------------------------
def along(x: Poly, axis: int) -> list[Poly]:
    """Return the polynomials of the slices of an array along an axis."""
    moved = [np.moveaxis(c, axis, 0) for c in x]
    return [[c[i] for c in moved] for i in range(moved[0].shape[0])]


@series_rule(np.prod, np.ndarray.prod)
def prod_series(out: Any, x: Poly, *rest: Poly, **named: Any) -> Any:
    """One factor after the other: exact where some are zero."""
    axis = rest[0][0] if rest else named.pop("axis", None)
    keepdims = named.pop("keepdims", False)
    if named or len(rest) > 1 or isinstance(axis, tuple) or not np.size(x[0]):
        return NotImplemented
    if axis is None:
        x, axis = [np.ravel(c) for c in x], 0
    parts = running(along(x, axis))[-1][1:]
    if keepdims:
        parts = [np.reshape(c, np.shape(out)) for c in parts]
    return [fit_out(c, out) for c in parts]


@series_rule(np.cumprod, np.ndarray.cumprod)
def cumprod_series(out: Any, x: Poly, *rest: Poly, **named: Any) -> Any:
    """One factor after the other: exact where some are zero."""
    axis = rest[0][0] if rest else named.pop("axis", None)
    if named or len(rest) > 1 or not np.size(x[0]):
        return NotImplemented
    if axis is None:
        x, axis = [np.ravel(c) for c in x], 0
    products = running(along(x, axis))
    return [fit_out(np.stack([p[k] for p in products], axis), out) for k in range(1, len(x))]


def running(factors: list[Poly]) -> list[Poly]:
    """Return the products of the first factors, one for each of them."""
    products = [factors[0]]
    for factor in factors[1:]:
        products.append(times(products[-1], factor))
    return products


@series_rule(np.linalg.det)
def det_series(out: Any, x: Poly) -> Any:
    """By the traces of powers where the matrix is singular (Faddeev and Le Verrier); else integrated."""
    n = x[0].shape[-1]
    if not n or np.all(np.linalg.cond(x[0]) < 1e6):
        return NotImplemented
    one = np.eye(n)
    power: Poly = [np.zeros_like(c) for c in x]
    trace: Poly = [1.0]
    for k in range(1, n + 1):
        power = [p + np.asarray(part(trace, j))[..., None, None] * one for j, p in enumerate(power)]
        power = [sum(x[i] @ power[j - i] for i in range(j + 1)) for j in range(len(x))]
        trace = [np.trace(p, axis1=-2, axis2=-1) / -k for p in power]
    return [fit_out((-1) ** n * c, out) for c in trace[1:]]


# --- products of arrays --------------------------------------------------------------------------
def bilinear(f: Callable[..., Any]) -> Callable[..., Poly]:
    """Return the series rule of a function that is linear in its first and in its second argument."""

    def product_series(out: Any, x: Poly, y: Poly, *rest: Poly, **named: Any) -> Poly:
        given = [poly[0] for poly in rest]

        def coefficient(k: int) -> Any:
            terms = [
                f(x[j], y[k - j], *given, **named)
                for j in range(max(0, k - len(y) + 1), min(k, len(x) - 1) + 1)
            ]
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            return total

        return [coefficient(k) for k in range(1, order_of(x, y) + 1)]

    return product_series


matmul_series = bilinear(operator.matmul)
matmul_series.__name__ = "matmul_series"
series_rule(operator.matmul, np.matmul)(matmul_series)
for _f in (
    strong_product, strong_dot,
    np.dot, np.inner, np.outer, np.vdot, np.kron, np.tensordot, np.convolve, np.cross, np.linalg.outer,
    np.ndarray.dot, *members(np, "vecdot matvec vecmat"),
    *members(np.linalg, "matmul vecdot tensordot cross"),
):  # fmt: skip
    series_rule(_f)(bilinear(_f))
