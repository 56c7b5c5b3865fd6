"""Cases of the rules for SciPy's own array helpers."""

import scipy._lib._array_api as helpers

from .generators import case, normal

CASES = [
    case(helpers.xp_promote, normal(3, 4), xp=helpers.np_compat),
    case(helpers.xp_promote, normal(3), force_floating=True, xp=helpers.np_compat),
    case(helpers._asarray, normal(3, 4)),
    case(helpers._asarray, normal(3, 4), copy=True, order="F"),
]
