"""Cases of the rules in rules/scipy_multivariate.py."""

import numpy as np
import scipy.stats as stats

from .generators import case, normal, positive, spd

NORMAL, DIRICHLET = stats.multivariate_normal, stats.dirichlet
LOG, DENSITY = type(NORMAL).logpdf, type(NORMAL).pdf
SHARES = np.array([[0.2, 0.3], [0.5, 0.1]])

CASES = [
    *(case(f, NORMAL, normal(3), normal(3), spd(3)).given(symmetric=True) for f in (LOG, DENSITY)),
    *(case(f, NORMAL, normal(3), cov=spd(3)).given(symmetric=True) for f in (LOG, DENSITY)),
    *(case(f, NORMAL, normal(2, 3), normal(3), positive(3)) for f in (LOG, DENSITY)),
    *(case(f, NORMAL, normal(3), normal(3), 1.5) for f in (LOG, DENSITY)),
    *(case(f, NORMAL, normal(4), normal(1), 1.5) for f in (LOG, DENSITY)),
    *(case(f, NORMAL, normal(1, 3), normal(3)) for f in (LOG, DENSITY)),
    *(case(f, NORMAL, normal(4)) for f in (LOG, DENSITY)),
    *(case(f, DIRICHLET, SHARES[:, 0], positive(3)) for f in (type(DIRICHLET).logpdf, type(DIRICHLET).pdf)),
    *(case(f, DIRICHLET, SHARES, positive(3)) for f in (type(DIRICHLET).logpdf, type(DIRICHLET).pdf)),
]
CASES = [each.given(sweep=False) for each in CASES]
