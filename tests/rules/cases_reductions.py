"""Cases of the rules in rules/reductions.py, extrema.py, nanreductions.py, scans.py and statistics.py."""

import numpy as np

from adjoint.rules import extrema, reductions, scans
from adjoint.rules.support import members
from tests.rules.generators import case, cnormal, distinct, normal, positive, uniform

MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, False]])
AXES = ({}, {"axis": None}, {"axis": 0}, {"axis": -1}, {"axis": (0, 2)}, {"axis": ()}, {"keepdims": True})
MORE = ({"axis": 1, "keepdims": True}, {"axis": (-1, 0), "keepdims": True})
SMOOTH = (np.sum, np.mean, np.prod, np.var, np.std)
EXTREMA = (np.max, np.amax, np.min, np.amin)
METHODS = (
    np.ndarray.sum, np.ndarray.mean, np.ndarray.prod, np.ndarray.var, np.ndarray.std, np.ndarray.max,
    np.ndarray.min,
)  # fmt: skip
SCALAR_METHODS = (
    np.generic.sum, np.generic.mean, np.generic.prod, np.generic.max, np.generic.min,
    np.generic.cumsum, np.generic.cumprod,
)  # fmt: skip
REDUCE = (
    reductions.ADD_REDUCE, reductions.MULTIPLY_REDUCE, reductions.MAXIMUM_REDUCE, reductions.MINIMUM_REDUCE,
    reductions.LOGADDEXP_REDUCE,
)  # fmt: skip
ACCUMULATE = (scans.ADD_ACCUMULATE, scans.MULTIPLY_ACCUMULATE)
CUMULATIVE = members(np, "cumulative_sum cumulative_prod")
NAN = np.array([[0.5, np.nan, 2.0, -1.0], [np.nan, 1.5, -0.4, 0.1], [0.3, 0.2, np.nan, 0.9]])
NAN_FUNCTIONS = (
    np.nansum, np.nanmean, np.nanprod, np.nanvar, np.nanstd, np.nanmax, np.nanmin, np.nanmedian,
)  # fmt: skip
ZEROS = np.array([[1.0, 0.0, 2.0, 0.0], [3.0, 0.0, 2.0, 1.5], [1.0, 2.0, 3.0, 4.0]])

CASES = [
    *(case(f, normal(2, 3, 4), **options) for f in SMOOTH for options in (*AXES[:5], *AXES[6:], *MORE)),
    *(case(f, distinct(2, 3, 4), **options) for f in EXTREMA for options in (*AXES[:5], *AXES[6:], *MORE)),
    *(case(f, normal(2, 3), axis=()) for f in (np.sum, np.mean, np.prod)),
    *(
        case(f, distinct(2, 3), **options)
        for f in METHODS
        for options in ({}, {"axis": 1}, {"keepdims": True})
    ),
    *(case(f, distinct(2, 3), 1) for f in METHODS),
    *(case(f, np.float64(1.5)) for f in SCALAR_METHODS),
    *(case(f, np.float64(1.5)).given(sweep=False) for f in (np.generic.var, np.generic.std)),
    *(case(f, 1.5) for f in (np.sum, np.mean, np.prod, np.max, np.min)),
    *(
        case(f, distinct(3, 4), **options)
        for f in REDUCE
        for options in ({}, {"axis": 1}, {"keepdims": True})
    ),
    *(case(f, cnormal(3, 4), axis=1) for f in SMOOTH),
    *(case(f, cnormal(3, 4)) for f in SMOOTH),
    *(case(f, normal(3, 4), where=MASK) for f in SMOOTH),
    *(case(f, normal(3, 4), where=MASK, axis=1) for f in SMOOTH),
    *(case(f, normal(3, 4), where=MASK[:, :1], axis=0, keepdims=True) for f in SMOOTH),
    case(np.sum, normal(3, 4), initial=2.5),
    case(np.sum, normal(3, 4), axis=1, initial=2.5, where=MASK),
    case(np.prod, normal(3, 4), initial=2.5),
    case(np.prod, normal(3, 4), axis=1, initial=2.5, where=MASK),
    *(case(f, distinct(3, 4), initial=0.1) for f in EXTREMA),
    *(case(f, distinct(3, 4), axis=1, initial=1.1, where=MASK) for f in EXTREMA),
    case(np.sum, normal(3, 4), dtype=np.complex128),
    case(np.mean, normal(3, 4), axis=0, dtype=np.complex128),
    *(case(f, normal(3, 4), ddof=1) for f in (np.var, np.std)),
    *(case(f, normal(3, 4), axis=0, ddof=1, keepdims=True) for f in (np.var, np.std)),
    *(case(f, normal(0, 3)) for f in (np.sum, np.prod)),
    *(case(f, normal(0, 3), axis=0) for f in (np.sum, np.prod)),
    *(case(f, normal(3, 0), axis=0) for f in (np.sum, np.mean, np.max)),
    *(case(f, ZEROS, axis=axis) for f in (np.prod, np.cumprod) for axis in (None, 0, 1)),
    *(
        case(np.ptp, distinct(3, 4), **options)
        for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True})
    ),
    # running sums and products
    *(case(f, normal(3, 4), axis=axis) for f in (np.cumsum, np.cumprod) for axis in (None, 0, -1)),
    *(case(f, cnormal(4)) for f in (np.cumsum, np.cumprod)),
    *(case(f, normal(3, 4), 1) for f in (np.ndarray.cumsum, np.ndarray.cumprod)),
    *(case(f, normal(3, 4), axis=1) for f in ACCUMULATE),
    *(case(f, normal(3, 4), axis=1) for f in CUMULATIVE),
    *(case(f, normal(3, 4), axis=0, include_initial=True) for f in CUMULATIVE),
    *(case(f, normal(4), include_initial=True) for f in members(np, "cumulative_sum")),
    *(case(np.trapezoid, normal(3, 4), **options) for options in ({}, {"dx": 0.5}, {"axis": 0, "dx": 0.5})),
    case(np.trapezoid, normal(3, 4), normal(4)),
    case(np.trapezoid, normal(3, 4), normal(3), axis=0),
    case(np.trapezoid, normal(3, 4), normal(3, 4)),
    case(np.trapezoid, normal(5), normal(5)),
    # with NaN
    *(
        case(f, NAN, **options)
        for f in NAN_FUNCTIONS
        for options in ({}, {"axis": 1}, {"axis": 0, "keepdims": True})
    ),
    *(case(f, NAN, axis=1, ddof=1) for f in (np.nanvar, np.nanstd)),
    *(case(f, NAN, axis=axis) for f in (np.nancumsum, np.nancumprod) for axis in (None, 1)),
    case(np.nanquantile, NAN, 0.3, axis=1),
    case(np.nanpercentile, NAN, 30.0, axis=1, keepdims=True),
    # averages and order statistics
    *(
        case(np.average, normal(3, 4), **options)
        for options in ({}, {"axis": 1}, {"axis": 0, "keepdims": True})
    ),
    case(np.average, normal(3, 4), weights=positive(3, 4)),
    case(np.average, normal(3, 4), axis=1, weights=positive(3, 4)),
    case(np.average, normal(3, 4), 1, positive(4)),
    case(np.average, normal(3, 4, 2), axis=(2, 0), weights=positive(2, 3), keepdims=True),
    case(np.average, cnormal(3, 4), axis=0, weights=positive(3)),
    case(np.average, normal(3, 4), axis=0, weights=positive(3), returned=True),
    *(
        case(np.median, distinct(3, 4), **options)
        for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True})
    ),
    case(np.median, distinct(2, 3, 4), axis=(0, 2)),
    case(np.quantile, distinct(3, 4), 0.3),
    case(np.quantile, distinct(3, 4), np.array([0.2, 0.75]), axis=1, keepdims=True),
    case(np.quantile, distinct(3, 4), uniform(0.1, 0.9, 2, 2), axis=0),
    *(
        case(np.quantile, distinct(7), 0.33, method=method)
        for method in (
            "hazen",
            "weibull",
            "median_unbiased",
            "normal_unbiased",
            "lower",
            "higher",
            "midpoint",
        )
    ),
    *(
        case(np.quantile, distinct(7), 0.33, method=method)
        for method in ("nearest", "inverted_cdf", "interpolated_inverted_cdf", "averaged_inverted_cdf")
    ),
    case(np.percentile, distinct(3, 4), 35.0),
    case(np.percentile, distinct(3, 4), np.array([20.0, 75.0]), axis=0),
]

assert extrema
