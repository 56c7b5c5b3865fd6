"""Statistics: statsmodels, robust norms, link functions, families and measures, as objects and functions."""

import numpy as np
from statsmodels.genmod.families import family, links, varfuncs
from statsmodels.robust import norms
from statsmodels.tools import eval_measures as measures

from tests.thirdparty.judging import FILLS, case, known

Z = np.array([0.3, -1.2, 2.1, -0.4, 3.7])
MU = np.array([0.2, 0.4, 0.7, 0.55, 0.9])
Y = np.array([0.25, 0.3, 0.8, 0.5, 0.95])

NORMS = (norms.LeastSquares, norms.RamsayE, norms.TukeyBiweight)
LINKS = (links.Logit, links.Log, links.CLogLog, links.InversePower, links.Sqrt, links.Identity, links.LogLog,
         links.LogC, links.InverseSquared)  # fmt: skip

CASES = [
    *(case(norm().rho, Z) for norm in (*NORMS, norms.HuberT, norms.AndrewWave, norms.TrimmedMean)),
    *(case(norm().psi, Z) for norm in (*NORMS, norms.HuberT, norms.AndrewWave, norms.TrimmedMean)),
    *(case(norm().weights, Z) for norm in NORMS),
    known(FILLS, norms.Hampel().rho, Z),
    known(FILLS, norms.Hampel().psi, Z),
    known(FILLS, norms.Hampel().weights, Z),
    known(FILLS, norms.HuberT().weights, Z),
    known(FILLS, norms.AndrewWave().weights, Z),
    *(case(link().__call__, MU) for link in LINKS),
    *(case(link().inverse, MU) for link in LINKS),
    *(case(link().deriv, MU) for link in LINKS),
    case(varfuncs.mu.__call__, MU),
    case(varfuncs.binary.__call__, MU),
    case(family.Gaussian().deviance, Y, MU),
    case(family.Poisson().deviance, Y, MU),
    case(family.Gamma().deviance, Y, MU),
    case(family.Binomial().deviance, Y, MU),
    case(family.InverseGaussian().deviance, Y, MU),
    case(measures.mse, Y, MU),
    case(measures.rmse, Y, MU),
    known(FILLS, measures.rmspe, Y, MU),
    known("a kink there", measures.maxabs, Y, MU),
    case(measures.meanabs, Y, MU),
    case(measures.bias, Y, MU),
    case(measures.vare, Y, MU),
    case(measures.stde, Y, MU),
    known("a kink there", measures.medianabs, Y, MU),
    case(measures.aic, -12.3, 50.0, 3.0),
    case(measures.aicc, -12.3, 50.0, 3.0),
    case(measures.bic, -12.3, 50.0, 3.0),
    case(measures.hqic, -12.3, 50.0, 3.0),
]
