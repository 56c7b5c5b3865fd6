"""Cases of the rules in rules/scipy_incomplete.py; test_incomplete.py compares with exact values."""

import scipy.special as special

from adjoint.rules import incomplete

from .generators import case, integers, normal, positive, uniform

QUANTILES = (special.gammaincinv, special.gammainccinv)
BETA_QUANTILES = (special.betaincinv, special.betainccinv, special.fdtri)
GAMMA = (special.gammainc, special.gammaincc, special.chdtr, special.chdtrc, incomplete.gamma_by_shape)
STUDENT = (special.stdtr, incomplete.student_by_df)

CASES = [
    *(case(f, positive(2, 3), positive(3)) for f in GAMMA),
    *(case(f, positive(2, 3), uniform(0.2, 0.8, 3)) for f in (*QUANTILES, special.chdtri, special.stdtrit)),
    case(incomplete.gamma_by_shape_twice, 2, positive(3)).given(sweep=False),
    *(case(f, positive(3), positive(3), positive(2, 1)) for f in (special.gdtr, special.gdtrc)),
    *(case(f, integers(5, 3), positive(3)).given(sweep=False) for f in (special.pdtr, special.pdtrc)),
    *(
        case(f, positive(2, 3), positive(3), uniform(0.2, 0.8, 3))
        for f in (special.betainc, special.betaincc, incomplete.beta_by_a, incomplete.beta_by_b)
    ),
    *(case(f, positive(3), positive(3), uniform(0.2, 0.8, 3)) for f in BETA_QUANTILES),
    *(
        case(f, integers(5, 3), 6, uniform(0.2, 0.8, 3)).given(sweep=False)
        for f in (special.bdtr, special.bdtrc, special.nbdtr, special.nbdtrc)
    ),
    *(case(f, positive(2, 3), normal(3)) for f in STUDENT),
    *(case(f, positive(3), positive(3), positive(2, 3)) for f in (special.fdtr, special.fdtrc)),
]
