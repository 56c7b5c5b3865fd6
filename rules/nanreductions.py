"""Rules of the reductions that skip NaN; a NaN entry receives zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.extrema import picked_bar
from adjoint.rules.kinds import Kind, is_complex
from adjoint.rules.reductions import masked_mean_bar, prod_bar, spread, std_bar, var_bar
from adjoint.rules.registry import rrule
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


@rrule(np.nanmean, fresh=True)
def nanmean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The numbers share the cotangent."""
    out = np.nanmean(a, axis, dtype, keepdims=keepdims)

    def nanmean_pullback(out_bar: Any) -> Any:
        return fit(masked_mean_bar(out_bar, a, axis, keepdims, ~np.isnan(a)), a), None, None, None

    return out, nanmean_pullback


@rrule(np.nanprod, fresh=True)
def nanprod(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The product of all other numbers."""
    out = np.nanprod(a, axis, dtype, keepdims=keepdims)

    def nanprod_pullback(out_bar: Any) -> Any:
        factors = np.where(np.isnan(a), 1.0, a)
        return known(prod_bar(out_bar, factors, axis), a), None, None, None

    return out, nanprod_pullback


@rrule(np.nanvar, fresh=True)
def nanvar(a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    """The variance of the numbers."""
    out = np.nanvar(a, axis, dtype, ddof=ddof, keepdims=keepdims)

    def nanvar_pullback(out_bar: Any) -> Any:
        return var_bar(out_bar, a, axis, ddof, keepdims, ~np.isnan(a)), None, None, None, None

    return out, nanvar_pullback


@rrule(np.nanstd, fresh=True)
def nanstd(a: Any, axis: Any = None, dtype: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    """The deviation of the numbers; zero for constants."""
    out = np.nanstd(a, axis, dtype, ddof=ddof, keepdims=keepdims)

    def nanstd_pullback(out_bar: Any) -> Any:
        return std_bar(out_bar, out, a, axis, ddof, keepdims, ~np.isnan(a)), None, None, None, None

    return out, nanstd_pullback


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


@rrule(np.nanmin, when=_ordered, fresh=True)
def nanmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The first smallest number."""
    out = np.nanmin(a, axis, keepdims=keepdims)

    def nanmin_pullback(out_bar: Any) -> Any:
        numbers = np.where(np.isnan(a), np.inf, a)
        return known(picked_bar(out_bar, numbers, axis, np.argmin), a), None, None

    return out, nanmin_pullback
