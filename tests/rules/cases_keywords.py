"""Cases of keyword arguments that change the dtype, the layout or the way of computing."""

import numpy as np

from adjoint.rules import reductions, scans
from adjoint.rules.support import members
from tests.rules.generators import case, cnormal, distinct, normal, positive, since, spd

MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, False]])
NAN = np.array([[0.5, np.nan, 2.0], [np.nan, 1.5, -0.4]])
NUMBER = np.float64(1.5)
SUMMING = (
    np.prod, np.var, np.std, np.cumsum, np.cumprod, np.nansum, np.nanmean, np.nanprod, np.nancumsum,
    np.nancumprod, *members(np, "cumulative_sum cumulative_prod"),
)  # fmt: skip
METHODS = (
    np.ndarray.sum, np.ndarray.mean, np.ndarray.prod, np.ndarray.var, np.ndarray.std, np.ndarray.cumsum,
    np.ndarray.cumprod,
)  # fmt: skip
SCALAR_METHODS = (
    np.generic.sum, np.generic.mean, np.generic.prod, np.generic.var, np.generic.std, np.generic.cumsum,
    np.generic.cumprod,
)  # fmt: skip
UFUNC_METHODS = (
    reductions.ADD_REDUCE, reductions.MULTIPLY_REDUCE, scans.ADD_ACCUMULATE, scans.MULTIPLY_ACCUMULATE,
)  # fmt: skip

CASES = [
    *(case(f, normal(3), dtype=np.complex128) for f in (*SUMMING, *METHODS, *UFUNC_METHODS)),
    *(case(f, NUMBER, dtype=np.complex128).given(sweep=False) for f in SCALAR_METHODS),
    *(case(f, NUMBER, axis=0).given(sweep=False) for f in (np.generic.sum, np.generic.prod)),
    *(case(f, NUMBER, axis=0).given(sweep=False) for f in (np.generic.cumsum, np.generic.cumprod)),
    *(case(f, NUMBER, axis=()).given(sweep=False) for f in SCALAR_METHODS[:5]),
    *(case(f, normal(3), dtype=np.float64) for f in (np.nanvar, np.nanstd)),
    *(case(f, NUMBER, keepdims=True, where=np.True_).given(sweep=False) for f in SCALAR_METHODS[:5]),
    *(case(f, NUMBER, ddof=False).given(sweep=False) for f in (np.generic.var, np.generic.std)),
    *(case(f, normal(3, 4), where=MASK, axis=1) for f in METHODS[:5]),
    *(case(f, normal(3, 4), ddof=1) for f in (np.ndarray.var, np.ndarray.std)),
    *(case(f, normal(3, 4), initial=1.5) for f in (np.ndarray.sum, np.ndarray.prod)),
    *(case(f, distinct(3, 4), initial=0.1, where=MASK, axis=1) for f in (np.ndarray.max, np.ndarray.min)),
    *(case(f, NUMBER, axis=0, keepdims=True) for f in (np.generic.max, np.generic.min)),
    *(case(f, NUMBER, initial=0.5, where=True) for f in (np.generic.max, np.generic.min, np.generic.sum)),
    case(np.generic.prod, NUMBER, initial=0.5),
    case(np.unwrap, np.array([0.3, 2.5, 6.0, 3.0]), 2.0, period=4.0),
    case(np.real_if_close, cnormal(3), 10),
    case(np.cross, normal(3, 2), normal(3, 4).T[:2], axisa=0, axisb=1),
    case(np.cross, normal(2, 3), normal(3, 2), axisb=0),
    case(np.linalg.cross, normal(3, 2), normal(3, 2), axis=0),
    case(np.linalg.vecdot, cnormal(3, 2), cnormal(3, 2), axis=0),
    case(np.copy, normal(2, 3), order="F", subok=True),
    case(np.ndarray.copy, normal(2, 3), order="F"),
    case(np.ndarray.astype, normal(2, 3), np.complex128, order="F", casting="safe", subok=False, copy=False),
    case(np.generic.astype, NUMBER, np.float64, order="C", casting="safe", subok=False, copy=False),
    case(np.astype, normal(2, 3), np.complex128, copy=False),
    *since("2.1.0", case(np.astype, normal(2, 3), np.complex128, device="cpu")),
    case(np.corrcoef, normal(2, 4), dtype=np.complex128),
    case(np.full, (2, 3), 1.5, np.complex128, order="F"),
    case(np.full_like, normal(2), 1.5, dtype=np.complex128, order="F", subok=False, shape=(2, 3)),
    case(np.arange, 0.5, 3.0, 0.7, dtype=np.complex128),
    case(np.linspace, 0.5, 2.0, 4, dtype=np.complex128),
    case(np.logspace, normal(2), normal(2), 4, endpoint=False, dtype=np.complex128, axis=1),
    case(np.geomspace, positive(2), positive(2), 4, dtype=np.complex128, axis=-1),
    case(np.array, normal(2, 3), copy=None, order="F", subok=True),
    case(np.asarray, normal(2, 3), np.complex128, order="F", copy=True),
    case(np.asanyarray, normal(2, 3), np.complex128, order="F"),
    case(np.ascontiguousarray, normal(2, 3), np.complex128),
    case(np.asfortranarray, normal(2, 3), np.complex128),
    case(np.linalg.pinv, spd(3), hermitian=True).given(symmetric=True),
    case(np.linalg.pinv, normal(4, 3), rcond=1e-10),
    case(np.linalg.lstsq, normal(5, 3), normal(5), rcond=1e-10),
    case(np.trace, normal(3, 3), dtype=np.complex128),
    case(np.ndarray.trace, normal(2, 3, 4), 1, axis1=2, axis2=0, dtype=np.complex128),
    case(np.linalg.trace, normal(3, 3), dtype=np.complex128),
    case(np.ndarray.take, normal(4), np.array([1, 5, -7]), mode="wrap"),
    case(np.ndarray.choose, np.array([0, 3, 1]), [normal(3), normal(3)], mode="clip"),
    case(np.partition, distinct(5), 2, kind="introselect"),
    case(np.concatenate, (normal(2), cnormal(2)), casting="safe"),
    case(np.polyfit, distinct(5), normal(5), 2, rcond=1e-12, full=False, cov=False),
    *since("2.1.0", case(np.reshape, normal(2, 3), (3, 2), copy=True)),
    *since("2.1.0", case(np.ndarray.reshape, normal(2, 3), (3, 2), copy=True)),
    case(np.broadcast_to, normal(3), (2, 3), subok=True),
    case(np.broadcast_arrays, normal(3), normal(2, 1), subok=True),
    case(np.nan_to_num, NAN, copy=True),
    case(np.percentile, distinct(3, 4), 35.0, axis=1, method="hazen", keepdims=True),
    case(np.nanquantile, NAN, 0.3, axis=0, method="weibull", keepdims=True),
    case(np.nanpercentile, NAN, 30.0, method="lower"),
    case(np.intersect1d, np.array([0.5, 1.5]), np.array([7, 8]), True, return_indices=False),
    case(np.trim_zeros, normal(4), "f"),
]
