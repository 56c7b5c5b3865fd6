"""Cases of the rules in rules/scipy_special_functions.py."""

import scipy.special as special

from .generators import case, cnormal, normal, positive, uniform

SEVERAL = "rules of several outputs bind their arguments when they are called"

CASES = [
    case(special.comb, uniform(4.0, 7.0, 3), 2),
    case(special.comb, uniform(4.0, 7.0, 3), uniform(1.0, 2.0, 3), repetition=True),
    case(special.perm, uniform(4.0, 7.0, 3), 2),
    case(special.factorial, uniform(1.0, 4.0, 3)),
    # A ufunc inside a class of SciPy's own: the compiler sees the class, not the function that has the rule.
    *(
        case(special.sph_harm_y, n, m, uniform(0.5, 2.0, 3), uniform(0.0, 3.0, 3)).given(second=False)
        for n, m in ((0, 0), (2, 1), (3, -2), (3, 3))
        if hasattr(special, "sph_harm_y")
    ),
    *(case(f, positive(2, 3)) for f in (special.rgamma, special.spence, special.k0e, special.k1e)),
    *(case(f, normal(4)) for f in (special.exprel,)),
    *(case(f, normal(4)).given(refusal=SEVERAL) for f in (special.fresnel, special.airy)),
    *(case(f, positive(3)).given(refusal=SEVERAL) for f in (special.sici, special.shichi)),
    case(special.lambertw, positive(3)),
    *(case(f, cnormal(3)) for f in (special.wofz, special.lambertw)),
    *(case(f, positive(2, 3), positive(3)) for f in (special.poch, special.owens_t)),
    case(special.binom, positive(3) + 3.0, positive(3)),
    *(case(f, 3, positive(3)) for f in (special.hyp0f1,)),
    *(case(f, 3, positive(3)) for f in (special.kve, special.expn)),
    *(case(f, 3, uniform(0.2, 0.8, 3)) for f in (special.eval_legendre,)),
    case(special.hyp1f1, 2, 3, normal(3)),
    case(special.hyp2f1, 2, 3, 4, uniform(-0.5, 0.5, 3)),
    *(case(f, uniform(-0.5, 0.8, 4)) for f in (special.ellipk, special.ellipe)),
    *(case(f, positive(3), 2) for f in (special.inv_boxcox, special.inv_boxcox1p)),
]
CASES = [each.given(sweep=False) for each in CASES]
