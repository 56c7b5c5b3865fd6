"""Rules of the reductions that skip NaN; a NaN entry receives zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.extrema import picked_bar, picked_dot
from adjoint.rules.kinds import Kind, is_complex
from adjoint.rules.moments import std_bar, std_dot, var_bar, var_dot
from adjoint.rules.prods import prod_bar, prod_dot
from adjoint.rules.reductions import masked_mean_bar, spread
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit


def known(x_bar: Any, a: Any) -> Any:
    """Return a cotangent with zeros where the array is NaN."""
    return fit(np.where(np.isnan(a), 0.0, x_bar), a)


@rrule(np.nansum, fresh=True)
def nansum(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every number receives the cotangent."""
    out = np.nansum(a, axis, dtype, keepdims=keepdims)

    def nansum_pullback(out_bar: Any) -> Any:
        return known(spread(out_bar, np.shape(a), axis, keepdims), a), None, None, None

    return out, nansum_pullback


@frule(np.nansum)
def nansum_forward(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The sum of the numbers' tangents."""
    out = np.nansum(a, axis, dtype, keepdims=keepdims)

    def nansum_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any) -> Any:
        return np.sum(a_dot, axis, dtype, keepdims=keepdims, where=~np.isnan(a)), None, None, None

    return out, nansum_pushforward


@rrule(np.nanmean, fresh=True)
def nanmean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The numbers share the cotangent."""
    out = np.nanmean(a, axis, dtype, keepdims=keepdims)

    def nanmean_pullback(out_bar: Any) -> Any:
        return fit(masked_mean_bar(out_bar, a, axis, keepdims, ~np.isnan(a)), a), None, None, None

    return out, nanmean_pullback


@frule(np.nanmean)
def nanmean_forward(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The mean of the numbers' tangents."""
    out = np.nanmean(a, axis, dtype, keepdims=keepdims)

    def nanmean_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any) -> Any:
        return np.mean(a_dot, axis, dtype, keepdims=keepdims, where=~np.isnan(a)), None, None, None

    return out, nanmean_pushforward


@rrule(np.nanprod, fresh=True)
def nanprod(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The product of all other numbers."""
    out = np.nanprod(a, axis, dtype, keepdims=keepdims)

    def nanprod_pullback(out_bar: Any) -> Any:
        factors = np.where(np.isnan(a), 1.0, a)
        return known(prod_bar(out_bar, factors, axis), a), None, None, None

    return out, nanprod_pullback


@frule(np.nanprod)
def nanprod_forward(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Each number's tangent times the product of all others."""
    out = np.nanprod(a, axis, dtype, keepdims=keepdims)

    def nanprod_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any) -> Any:
        dot = np.where(np.isnan(a), 0.0, a_dot)
        return prod_dot(dot, np.where(np.isnan(a), 1.0, a), axis, keepdims, out), None, None, None

    return out, nanprod_pushforward


@rrule(np.nanvar, fresh=True)
def nanvar(a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    """The variance of the numbers."""
    out = np.nanvar(a, axis, dtype, ddof=ddof, keepdims=keepdims)

    def nanvar_pullback(out_bar: Any) -> Any:
        return var_bar(out_bar, a, axis, ddof, keepdims, ~np.isnan(a)), None, None, None, None

    return out, nanvar_pullback


@frule(np.nanvar)
def nanvar_forward(
    a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False
) -> Any:
    """As ``var`` of the numbers."""
    out = np.nanvar(a, axis, dtype, ddof=ddof, keepdims=keepdims)

    def nanvar_pushforward(
        a_dot: Any, axis_dot: Any, dtype_dot: Any, ddof_dot: Any, keepdims_dot: Any
    ) -> Any:
        return var_dot(a_dot, a, axis, ddof, keepdims, out, ~np.isnan(a)), None, None, None, None

    return out, nanvar_pushforward


@rrule(np.nanstd, fresh=True)
def nanstd(a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    """The deviation of the numbers; zero for constants."""
    out = np.nanstd(a, axis, dtype, ddof=ddof, keepdims=keepdims)

    def nanstd_pullback(out_bar: Any) -> Any:
        return std_bar(out_bar, out, a, axis, ddof, keepdims, ~np.isnan(a)), None, None, None, None

    return out, nanstd_pullback


@frule(np.nanstd)
def nanstd_forward(
    a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False
) -> Any:
    """As ``std`` of the numbers."""
    out = np.nanstd(a, axis, dtype, ddof=ddof, keepdims=keepdims)

    def nanstd_pushforward(
        a_dot: Any, axis_dot: Any, dtype_dot: Any, ddof_dot: Any, keepdims_dot: Any
    ) -> Any:
        return std_dot(a_dot, a, axis, ddof, keepdims, out, ~np.isnan(a)), None, None, None, None

    return out, nanstd_pushforward


def _ordered(a: Kind, **others: Kind) -> bool:
    return not is_complex(a)


@rrule(np.nanmax, when=_ordered, fresh=True)
def nanmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The first largest number."""
    out = np.nanmax(a, axis, keepdims=keepdims)

    def nanmax_pullback(out_bar: Any) -> Any:
        numbers = np.where(np.isnan(a), -np.inf, a)
        return known(picked_bar(out_bar, numbers, axis, np.argmax), a), None, None

    return out, nanmax_pullback


@frule(np.nanmax, when=_ordered)
def nanmax_forward(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The tangent of the first largest number."""
    out = np.nanmax(a, axis, keepdims=keepdims)

    def nanmax_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        numbers = np.where(np.isnan(a), -np.inf, a)
        return picked_dot(a_dot, numbers, axis, np.argmax, out), None, None

    return out, nanmax_pushforward


@rrule(np.nanmin, when=_ordered, fresh=True)
def nanmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The first smallest number."""
    out = np.nanmin(a, axis, keepdims=keepdims)

    def nanmin_pullback(out_bar: Any) -> Any:
        numbers = np.where(np.isnan(a), np.inf, a)
        return known(picked_bar(out_bar, numbers, axis, np.argmin), a), None, None

    return out, nanmin_pullback


@frule(np.nanmin, when=_ordered)
def nanmin_forward(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The tangent of the first smallest number."""
    out = np.nanmin(a, axis, keepdims=keepdims)

    def nanmin_pushforward(a_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        numbers = np.where(np.isnan(a), np.inf, a)
        return picked_dot(a_dot, numbers, axis, np.argmin, out), None, None

    return out, nanmin_pushforward
