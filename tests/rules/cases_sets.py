"""Cases of the rules in rules/sets.py, histograms.py, concatenators.py and views.py."""

import operator

import numpy as np

from tests.rules.generators import case, cnormal, distinct, normal, positive, since

HALVES = np.array([0.5, 1.5, 0.25, 2.5])
THIRDS = np.array([[3.0, 1.25], [0.75, 2.0]])
EDGES = np.array([-2.5, -1.0, 0.1, 0.4, 1.8])

CASES = [
    *(case(f, HALVES, THIRDS) for f in (np.union1d, np.setxor1d, np.setdiff1d)),
    case(np.setdiff1d, HALVES, THIRDS, assume_unique=True),
    *since("2.1.0", case(np.setxor1d, HALVES, THIRDS, assume_unique=True)),
    case(np.union1d, cnormal(3), cnormal(2)),
    case(np.intersect1d, HALVES, np.array([7, 8, 9])),
    case(np.histogram, normal(9)),
    case(np.histogram, normal(9), 4, weights=normal(9)),
    case(np.histogram, normal(3, 3), 4, weights=normal(3, 3)),
    case(np.histogram, normal(9), 3, (-1.7, 1.6), weights=normal(9)),
    case(np.histogram, normal(9), EDGES, weights=cnormal(9)),
    case(np.histogram, normal(9), "sturges", weights=None),
    case(np.histogram, normal(9), 3, density=True),
    case(np.histogram, normal(9), 3, (-1.7, 1.6), True, positive(9)),
    case(np.histogram, normal(9), EDGES, None, True, positive(9)),
    case(np.histogram, np.zeros(0), 3),
    case(np.histogram2d, normal(12), normal(12), 3, weights=positive(12)),
    case(np.histogram2d, normal(12), normal(12), [2, 3], [[-1.0, 1.0], [-2.0, 2.0]], True, positive(12)),
    case(np.histogramdd, normal(12, 3), 2, weights=positive(12)).given(empty=False),
    case(np.histogramdd, normal(12, 2), (2, 3), ((-1.0, 1.0), (-2.0, 2.0)), True, positive(12)).given(
        empty=False
    ),
    case(np.histogramdd, [normal(12), normal(12)], [EDGES, EDGES], weights=positive(12)),
    case(np.histogramdd, (normal(12), normal(12)), 3, density=True),
    case(operator.getitem, np.r_, (normal(3), 2.0 * normal(2), 1.5, slice(1, 4), 3)),
    case(operator.getitem, np.r_, (normal(3),)),
    case(operator.getitem, np.r_, ("0", normal(2, 3), cnormal(1, 3))),
    case(operator.getitem, np.r_, ("-1", normal(2, 3), normal(2, 1))),
    case(operator.getitem, np.c_, (normal(3), normal(3), normal(3, 2))),
    case(np.ndarray.view, normal(2, 3)),
    case(np.ndarray.view, cnormal(2, 3), np.float64).given(sweep=False),
    case(np.ndarray.view, normal(2, 4), "complex128").given(sweep=False),
    case(np.trim_zeros, normal(4)),
    case(np.sort_complex, distinct(5)),
    case(np.sort_complex, cnormal(2, 3)),
]
