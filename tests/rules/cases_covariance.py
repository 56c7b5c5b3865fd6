"""Cases of the rules in rules/covariance.py and rules/finite_differences.py."""

import numpy as np

from tests.rules.generators import case, cnormal, normal, positive

REPEATS = np.array([1, 3, 2, 1, 2])
POINTS = np.array([0.0, 0.7, 1.1, 2.3, 2.9])

CASES = [
    case(np.cov, normal(5)),
    case(np.cov, normal(3, 5)),
    case(np.cov, normal(5, 3), rowvar=False),
    case(np.cov, normal(5, 1), rowvar=False),
    case(np.cov, normal(5), normal(5)),
    case(np.cov, normal(2, 5), normal(5)),
    case(np.cov, normal(5, 2), normal(1, 5), False),
    case(np.cov, normal(5, 2), normal(5, 3), False),
    case(np.cov, normal(5), normal(5), rowvar=False),
    case(np.cov, normal(3, 5), bias=True),
    case(np.cov, normal(3, 5), None, True, False, 0),
    case(np.cov, normal(3, 5), ddof=2),
    case(np.cov, normal(3, 5), fweights=REPEATS),
    case(np.cov, normal(3, 5), aweights=positive(5)),
    case(np.cov, normal(3, 5), aweights=positive(5), ddof=0),
    case(np.cov, normal(3, 5), normal(5), fweights=REPEATS, aweights=positive(5), ddof=2),
    case(np.cov, normal(5, 3), rowvar=False, fweights=REPEATS, aweights=positive(5), bias=True),
    case(np.cov, cnormal(3, 5)),
    case(np.cov, cnormal(3, 5), aweights=positive(5)),
    case(np.cov, normal(2, 5), cnormal(5)),
    case(np.cov, normal(3, 5), dtype=np.complex128),
    case(np.corrcoef, normal(5)),
    case(np.corrcoef, normal(3, 5)),
    case(np.corrcoef, normal(5, 3), rowvar=False),
    case(np.corrcoef, normal(2, 5), normal(5)),
    case(np.corrcoef, cnormal(3, 5)),
    *(case(np.gradient, normal(5), edge_order=order) for order in (1, 2)),
    *(case(np.gradient, normal(5), 0.5, edge_order=order) for order in (1, 2)),
    *(case(np.gradient, normal(5), POINTS, edge_order=order) for order in (1, 2)),
    *(case(np.gradient, normal(5), np.arange(5.0), edge_order=order) for order in (1, 2)),
    case(np.gradient, normal(2)),
    case(np.gradient, normal(2), POINTS[1:3]),
    case(np.gradient, normal(3), POINTS[:3], edge_order=2),
    case(np.gradient, cnormal(5), POINTS),
    case(np.gradient, cnormal(4, 5), 0.5, POINTS, edge_order=2),
    case(np.gradient, normal(3, 4)),
    case(np.gradient, normal(3, 4), 0.5),
    case(np.gradient, normal(3, 4), 0.5, 0.25, edge_order=2),
    case(np.gradient, normal(3, 5), 0.5, POINTS),
    case(np.gradient, normal(3, 5, 2), POINTS, axis=1),
    case(np.gradient, normal(3, 5, 2), POINTS, POINTS[:3], axis=(1, 0)),
    case(np.gradient, normal(3, 5, 2), 0.5, axis=(-1, 0)),
    case(np.gradient, normal(3, 5), axis=-1),
]
