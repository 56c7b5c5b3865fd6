"""Cases of the rules in rules/pystatistics.py and rules/pydispersion.py."""

import statistics

import numpy as np

from tests.rules.generators import case, distinct, positive

SAMPLE = [1.5, 2.75, 0.5, 4.0, 2.0]
OTHER = [0.5, -1.0, 2.5, 1.0, 0.25]
WEIGHTS = [1.0, 2.0, 0.5, 1.5, 1.0]
OF_ONE = (
    statistics.mean, statistics.fmean, statistics.geometric_mean, statistics.harmonic_mean, statistics.median,
    statistics.median_low, statistics.median_high, statistics.pvariance, statistics.variance,
    statistics.pstdev, statistics.stdev,
)  # fmt: skip
AROUND_A_MEAN = (statistics.pvariance, statistics.variance, statistics.pstdev, statistics.stdev)
OF_TWO = (statistics.covariance, statistics.correlation, statistics.linear_regression)

CASES = [
    *(case(f, SAMPLE) for f in OF_ONE),
    *(case(f, tuple(SAMPLE[:4])) for f in OF_ONE),
    *(case(f, positive(5)).given(sweep=False) for f in OF_ONE),
    *(case(f, SAMPLE, 2.0) for f in AROUND_A_MEAN),
    *(case(f, SAMPLE, weights=WEIGHTS) for f in (statistics.fmean, statistics.harmonic_mean)),
    *(case(f, SAMPLE, OTHER) for f in OF_TWO),
    *(case(f, np.array(SAMPLE), distinct(5)).given(sweep=False) for f in OF_TWO),
    case(statistics.linear_regression, SAMPLE, OTHER, proportional=True),
]
