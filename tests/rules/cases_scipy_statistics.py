"""Cases of the rules in rules/scipy_statistics.py and rules/scipy_distances.py."""

import numpy as np
import scipy.spatial.distance as distance
from scipy import stats

from .generators import case, normal, positive, uniform

METRICS = "sqeuclidean cityblock chebyshev cosine correlation canberra braycurtis seuclidean".split()
W = np.array([0.5, 2.0, 1.0])

CASES = [
    case(stats.zscore, normal(5)),
    case(stats.zscore, normal(4, 3), axis=1, ddof=1),
    case(stats.zscore, normal(4, 3), axis=None),
    case(stats.zmap, normal(4), normal(5), ddof=1),
    case(stats.gzscore, positive(5)),
    case(stats.sem, normal(5)),
    case(stats.sem, normal(4, 3), axis=None, ddof=0, keepdims=True),
    case(stats.moment, normal(5), 3),
    case(stats.moment, normal(4, 3), 2, axis=1, center=0.3, keepdims=True),
    case(stats.skew, normal(5)),
    case(stats.skew, normal(4, 3), axis=1, bias=False),
    case(stats.kurtosis, normal(5)),
    case(stats.kurtosis, normal(3, 5), axis=1, fisher=False, bias=False, keepdims=True),
    case(stats.variation, positive(5), ddof=1),
    case(stats.variation, positive(4, 3), axis=None),
    case(stats.gmean, positive(5)),
    case(stats.gmean, positive(4, 3), axis=1, weights=W).given(empty=False),
    case(stats.hmean, positive(5)),
    case(stats.hmean, positive(4, 3), axis=1, weights=W).given(empty=False),
    case(stats.pmean, positive(5), 1.5),
    case(stats.pmean, positive(4, 3), 0, axis=None, keepdims=True),
    case(stats.entropy, positive(5)),
    case(stats.entropy, positive(4, 3), positive(4, 3), base=2.0, axis=1),
    case(stats.trim_mean, normal(9), 0.2),
    case(stats.trim_mean, normal(3, 5), 0.25, axis=1, keepdims=True),
    case(stats.circmean, uniform(0.5, 2.5, 5)),
    case(stats.circmean, uniform(0.5, 2.5, 4, 3), high=4.0, low=-1.0, axis=1),
    case(stats.circvar, uniform(0.5, 2.5, 4, 3), axis=0),
    case(stats.circstd, uniform(0.5, 2.5, 5)),
    case(stats.circstd, uniform(0.5, 2.5, 5), normalize=True, keepdims=True),
    case(distance.cdist, normal(4, 3), normal(2, 3)),
    *(case(distance.cdist, normal(4, 3), normal(2, 3), metric) for metric in METRICS),
    *(
        case(distance.cdist, normal(4, 3), normal(2, 3), metric, w=W).given(empty=False)
        for metric in METRICS[:-1]
    ),
    case(distance.cdist, normal(4, 3), normal(2, 3), "minkowski", p=3.0, w=W).given(empty=False),
    case(distance.cdist, normal(4, 3), normal(2, 3), "minkowski", p=3.0),
    case(distance.cdist, normal(4, 3), normal(2, 3), "mahalanobis"),
    case(distance.cdist, normal(4, 3), normal(2, 3), "mahalanobis", VI=np.diag(W)).given(empty=False),
    case(distance.cdist, normal(4, 3), normal(2, 3), "seuclidean", V=W).given(empty=False),
    case(distance.pdist, normal(4, 3)),
    *(case(distance.pdist, normal(5, 3), metric) for metric in (*METRICS, "mahalanobis")),
    case(distance.pdist, normal(4, 3), "minkowski", p=1.5),
    case(distance.pdist, normal(4, 3), "minkowski", p=1.5, w=W).given(empty=False),
    case(distance.pdist, normal(4, 3), "cityblock", w=W).given(empty=False),
    case(distance.pdist, normal(4, 3), "seuclidean", V=W).given(empty=False),
    case(distance.pdist, normal(4, 3), "mahalanobis", VI=np.diag(W)).given(empty=False),
    case(distance.squareform, positive(6)),
    case(distance.squareform, np.array([[0.0, 1.5, 2.0], [1.5, 0.0, 0.7], [2.0, 0.7, 0.0]]), checks=False),
]
