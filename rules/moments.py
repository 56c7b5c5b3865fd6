"""Rules of the variance and the standard deviation, zero where the deviation is zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.reductions import DEVIATIONS, VARIANCES, kept, reduced_dot
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit


def var_bar(out_bar: Any, a: Any, axis: Any, ddof: Any, keepdims: Any, where: Any = True) -> Any:
    """Return the cotangent of the array of ``np.var``.

    Args:
        out_bar: real cotangent of the variance.
        a: real or complex array.
        axis: None, integer or tuple.
        ddof: what is subtracted from the number of entries.
        keepdims: whether the reduced axes were kept.
        where: mask of the entries that were counted.
    """
    mask = np.broadcast_to(where, np.shape(a))
    counts = np.sum(mask, axis, keepdims=True)
    with np.errstate(all="ignore"):
        mean = np.sum(a, axis, keepdims=True, where=mask) / np.maximum(counts, 1)
        scale = (2.0 / np.maximum(counts - ddof, 0)).astype(mean.real.dtype)
        bar = kept(out_bar, axis, keepdims) * scale
        return fit(np.where(mask, bar * (a - mean), 0.0), a)


def std_bar(out_bar: Any, out: Any, a: Any, axis: Any, ddof: Any, keepdims: Any, where: Any = True) -> Any:
    """Return the cotangent of the array of ``np.std``; zero where the deviation is zero."""
    safe = np.where(np.equal(out, 0), np.inf, 2.0 * out).astype(np.asarray(out).dtype)
    return var_bar(out_bar / safe, a, axis, ddof, keepdims, where)


def var_dot(a_dot: Any, a: Any, axis: Any, ddof: Any, keepdims: Any, out: Any, where: Any = True) -> Any:
    """Return the tangent of ``np.var``; arguments as for `var_bar`."""
    ones = np.ones(np.shape(np.sum(a, axis, keepdims=True)), np.asarray(out).dtype)
    return reduced_dot(var_bar(ones, a, axis, ddof, True, where), a_dot, axis, keepdims, out)


def std_dot(a_dot: Any, a: Any, axis: Any, ddof: Any, keepdims: Any, out: Any, where: Any = True) -> Any:
    """Return the tangent of ``np.std``; zero where the deviation is zero."""
    safe = np.where(np.equal(out, 0), np.inf, 2.0 * out).astype(np.asarray(out).dtype)
    return var_dot(a_dot, a, axis, ddof, keepdims, out, where) / safe


@rrule(*VARIANCES, fresh=True)
def var_masked(
    a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False, where: Any = True
) -> Any:
    """Twice the distance from the mean, by the number of entries."""
    out = np.var(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where)

    def var_pullback(out_bar: Any) -> Any:
        return var_bar(out_bar, a, axis, ddof, keepdims, where), None, None, None, None, None

    return out, var_pullback


@frule(*VARIANCES)
def var_forward(
    a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False, where: Any = True
) -> Any:
    """Twice the distance from the mean times the tangent, by the number of entries."""
    out = np.var(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where)

    def var_pushforward(
        a_dot: Any, axis_dot: Any, dtype_dot: Any, ddof_dot: Any, keepdims_dot: Any, where_dot: Any
    ) -> Any:
        return var_dot(a_dot, a, axis, ddof, keepdims, out, where), None, None, None, None, None

    return out, var_pushforward


@rrule(*VARIANCES, fresh=True)
def var(a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    """Twice the distance from the mean, by the number of entries."""
    out = np.var(a, axis, dtype, ddof=ddof, keepdims=keepdims)

    def var_pullback(out_bar: Any) -> Any:
        return var_bar(out_bar, a, axis, ddof, keepdims), None, None, None, None

    return out, var_pullback


@rrule(*DEVIATIONS, fresh=True)
def std_masked(
    a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False, where: Any = True
) -> Any:
    """That of the variance, by twice the deviation; zero for constants."""
    out = np.std(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where)

    def std_pullback(out_bar: Any) -> Any:
        return std_bar(out_bar, out, a, axis, ddof, keepdims, where), None, None, None, None, None

    return out, std_pullback


@frule(*DEVIATIONS)
def std_forward(
    a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False, where: Any = True
) -> Any:
    """That of the variance, by twice the deviation; zero for constants."""
    out = np.std(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where)

    def std_pushforward(
        a_dot: Any, axis_dot: Any, dtype_dot: Any, ddof_dot: Any, keepdims_dot: Any, where_dot: Any
    ) -> Any:
        return std_dot(a_dot, a, axis, ddof, keepdims, out, where), None, None, None, None, None

    return out, std_pushforward


@rrule(*DEVIATIONS, fresh=True)
def std(a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    """That of the variance, by twice the deviation; zero for constants."""
    out = np.std(a, axis, dtype, ddof=ddof, keepdims=keepdims)

    def std_pullback(out_bar: Any) -> Any:
        return std_bar(out_bar, out, a, axis, ddof, keepdims), None, None, None, None

    return out, std_pullback
