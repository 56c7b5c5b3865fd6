"""Cases of the rules in rules/scipy_special.py and scipy_softmax.py."""

import scipy.special as special

from .generators import case, normal, positive, uniform

SMOOTH = (
    special.erf, special.erfc, special.erfcx, special.erfi, special.ndtr, special.log_ndtr, special.dawsn,
    special.expit, special.log_expit, special.exp10, special.exp2, special.expm1, special.j0, special.j1,
    special.i0, special.i1, special.i0e, special.i1e,
)  # fmt: skip
POSITIVE = (
    special.gamma, special.gammaln, special.loggamma, special.psi, special.log1p, special.cbrt, special.exp1,
    special.expi, special.entr, special.y0, special.y1, special.k0, special.k1,
)  # fmt: skip
BETWEEN = (special.logit, special.ndtri, special.erfinv, special.erfcinv)
ORDERS = (special.jv, special.yv, special.iv, special.ive, special.kv)

CASES = [
    *(case(f, normal(2, 3)) for f in SMOOTH),
    *(case(f, positive(2, 3)) for f in POSITIVE),
    *(case(f, uniform(0.2, 0.8, 4)) for f in BETWEEN),
    *(case(f, 2, positive(3)) for f in ORDERS),
    *(case(f, 2, positive(3)).given(sweep=False) for f in (special.yn, special.kn)),
    *(case(f, positive(2, 3), positive(3)) for f in (special.beta, special.betaln)),
    *(case(f, positive(3), positive(3)) for f in (special.xlogy, special.xlog1py)),
    *(case(f, positive(3), positive(2, 3)) for f in (special.rel_entr, special.kl_div)),
    case(special.zeta, 3, positive(3)),
    case(special.polygamma, 1, positive(3)).given(sweep=False),
    case(special.multigammaln, positive(3) + 2.0, 3).given(sweep=False),
    case(special.huber, 1.0, normal(5) * 3.0),
    case(special.boxcox, positive(3), 2),
    case(special.boxcox1p, positive(3), 2),
    case(special.logsumexp, normal(2, 3)),
    case(special.logsumexp, normal(2, 3), axis=1),
    case(special.logsumexp, normal(2, 3), axis=0, keepdims=True),
    case(special.logsumexp, normal(2, 3), 1, positive(2, 3)),
    case(special.softmax, normal(2, 3)),
    case(special.softmax, normal(2, 3), axis=-1),
    case(special.log_softmax, normal(2, 3)),
    case(special.log_softmax, normal(2, 3), axis=0),
]
