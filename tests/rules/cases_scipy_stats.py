"""Cases of the rules in rules/scipy_stats.py, which serve the distributions of rules/scipy_densities.py."""

import numpy as np
import scipy.stats as stats

from .generators import case, integers, normal, positive, uniform

METHODS = [getattr(stats.rv_continuous, name) for name in "pdf logpdf cdf logcdf sf logsf".split()]
DENSITIES = METHODS[:2]
QUANTILES = [stats.rv_continuous.ppf, stats.rv_continuous.isf]
COUNT_METHODS = [getattr(stats.rv_discrete, name) for name in "pmf logpmf cdf logcdf sf logsf".split()]

REAL = (stats.norm, stats.laplace, stats.cauchy, stats.logistic, stats.gumbel_r, stats.gumbel_l)
HALF = (stats.expon, stats.halfnorm, stats.rayleigh, stats.halfcauchy)
ELEMENTARY = (stats.lognorm, stats.weibull_min)
SHAPED = (stats.gamma, stats.invgamma, stats.chi2, *ELEMENTARY)
INTEGRALS = METHODS[2:]
ONE_SHAPE = (stats.invgauss, stats.invweibull, stats.fisk, stats.gompertz, stats.lomax)
REAL_SHAPE = (stats.skewnorm, stats.exponnorm)
TWO_SHAPES = (stats.betaprime, stats.burr12)

CASES = [
    *(case(f, stats.norm, normal(2, 3), normal(3), positive(2, 1)) for f in METHODS),
    *(case(f, d, normal(3), 0.1, positive(3)) for f in DENSITIES for d in REAL),
    *(case(METHODS[5], d, normal(3), 0.1, positive(3)) for d in REAL),
    *(case(METHODS[1], d, positive(4), scale=1.5) for d in HALF),
    *(case(METHODS[1], d, positive(3), positive(3), 0.1, 1.5) for d in SHAPED),
    *(case(f, d, positive(3), positive(3), loc=0.1, scale=1.5) for f in METHODS for d in ELEMENTARY),
    *(case(f, stats.pareto, positive(3) + 3.0, positive(3), 0.1, scale=1.5) for f in METHODS[1:3]),
    *(case(f, stats.powerlaw, uniform(0.2, 0.7, 3), positive(3)) for f in METHODS[1:3]),
    *(case(f, stats.truncnorm, uniform(-0.5, 0.5, 3), -1.25, positive(3)) for f in METHODS[1:3]),
    *(case(f, stats.uniform, uniform(0.2, 0.8, 3), loc=0.1, scale=2.0) for f in METHODS[1:3]),
    *(
        case(f, d, positive(3), 3)
        for f in METHODS
        for d in (stats.gamma, stats.chi2, stats.t, stats.invgamma)
    ),
    case(METHODS[2], stats.beta, uniform(0.2, 0.8, 3), 2, 3),
    *(case(f, stats.beta, uniform(0.2, 0.8, 3), positive(3), positive(3)) for f in DENSITIES),
    *(
        case(f, d, normal(3), positive(3))
        for f in DENSITIES
        for d in (stats.t, stats.gennorm, stats.loggamma)
    ),
    *(case(f, stats.vonmises, normal(3), positive(3)) for f in DENSITIES),
    *(case(f, stats.wrapcauchy, uniform(1.0, 3.0, 3), uniform(0.2, 0.8, 3)) for f in DENSITIES),
    *(case(f, stats.expon, np.array([-1.0, 0.5]), scale=2.0) for f in (METHODS[0], METHODS[2])),
    *(case(f, d, uniform(0.2, 0.8, 3), 0.3, 1.5) for f in QUANTILES for d in (stats.norm, stats.expon)),
    *(case(f, d, uniform(0.2, 0.8, 3), positive(3), scale=1.5) for f in QUANTILES for d in ELEMENTARY),
    *(case(f, stats.gamma, uniform(0.2, 0.8, 3), 2) for f in QUANTILES),
    *(case(f, stats.poisson, integers(5, 3), positive(3)) for f in COUNT_METHODS),
    *(case(f, stats.bernoulli, np.array([0, 1, 1]), uniform(0.2, 0.8, 3)) for f in COUNT_METHODS[:2]),
    *(case(f, stats.binom, integers(5, 3), 6, uniform(0.2, 0.8, 3)) for f in COUNT_METHODS),
    *(case(f, stats.nbinom, integers(5, 3), positive(3), uniform(0.2, 0.8, 3)) for f in COUNT_METHODS[:2]),
    *(case(f, stats.geom, integers(5, 3) + 1, uniform(0.2, 0.8, 3)) for f in COUNT_METHODS),
    *(case(f, stats.betabinom, integers(5, 3), 6, positive(3), positive(3)) for f in COUNT_METHODS[:2]),
    *(
        case(f, d, positive(3), positive(3), 0.1, 1.5)
        for f in INTEGRALS
        for d in (stats.gamma, stats.invgamma)
    ),
    *(
        case(f, d, positive(3), positive(3))
        for f in INTEGRALS[:2]
        for d in (stats.chi2, stats.chi, stats.nakagami)
    ),
    *(case(f, d, normal(3), positive(3)) for f in INTEGRALS for d in (stats.t, stats.gennorm)),
    *(case(f, stats.beta, uniform(0.2, 0.8, 3), positive(3), positive(3)) for f in INTEGRALS),
    *(case(f, stats.f, positive(3), positive(3), positive(2, 1), 0.1) for f in METHODS),
    *(case(METHODS[2], d, normal(3), positive(3)) for d in (stats.loggamma, stats.dgamma)),
    *(
        case(f, d, uniform(0.2, 0.8, 3), positive(3), 0.3, 1.5)
        for f in QUANTILES
        for d in (stats.gamma, stats.t)
    ),
    *(case(f, stats.beta, uniform(0.2, 0.8, 3), positive(3), positive(3)) for f in QUANTILES),
    *(case(f, d, positive(3), positive(3), 0.1, 1.5) for f in (METHODS[1], METHODS[2]) for d in ONE_SHAPE),
    *(case(f, d, normal(3), positive(3), 0.1, 1.5) for f in (METHODS[1], METHODS[2]) for d in REAL_SHAPE),
    *(
        case(f, d, positive(3), positive(3), positive(3))
        for f in (METHODS[1], METHODS[2])
        for d in TWO_SHAPES
    ),
    *(case(f, stats.weibull_max, -positive(3), positive(3)) for f in (METHODS[1], METHODS[2])),
    *(case(f, stats.genextreme, normal(3), uniform(-0.2, 0.2, 3)) for f in (METHODS[1], METHODS[2])),
    *(case(f, stats.genpareto, positive(3), np.array([0.0, 1e-4, 0.3])) for f in (METHODS[1], METHODS[2])),
    *(case(f, stats.triang, np.array([0.2, 0.7]), 0.4, scale=1.2) for f in (METHODS[1], METHODS[2])),
    *(case(f, stats.loguniform, uniform(1.0, 2.0, 3), 0.5, 3.5) for f in (METHODS[1], METHODS[2])),
    *(case(f, stats.truncexpon, uniform(0.2, 0.8, 3), positive(3)) for f in (METHODS[1], METHODS[2])),
    *(case(METHODS[1], d, positive(3), 0.1, 1.5) for d in (stats.maxwell, stats.levy, stats.halflogistic)),
    *(case(METHODS[1], d, normal(3), 0.1, 1.5) for d in (stats.hypsecant, stats.moyal)),
    case(METHODS[1], stats.arcsine, uniform(0.2, 0.8, 3)),
    *(case(f, stats.nbinom, integers(5, 3), positive(3), uniform(0.2, 0.8, 3)) for f in COUNT_METHODS[2:]),
    *(case(f, stats.bernoulli, np.array([0, 1, 0]), uniform(0.2, 0.8, 3)) for f in COUNT_METHODS[2:4]),
    *(case(f, stats.logser, integers(5, 3) + 1, uniform(0.2, 0.8, 3)) for f in COUNT_METHODS[:2]),
    *(case(f, stats.dlaplace, integers(5, 3), positive(3)) for f in COUNT_METHODS[:2]),
    *(case(f, stats.norm, np.array([-45.0, -38.0, 3.0]), 0.1, 1.5) for f in (METHODS[3],)),
]
CASES = [each.given(sweep=False) for each in CASES]

#: Rules of functions that return an object; tests/rules/test_scipy_programs.py has programs.
PROGRAMS = (stats.rv_continuous.freeze, stats.rv_continuous.__call__)
