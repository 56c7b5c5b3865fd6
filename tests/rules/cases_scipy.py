"""Cases of the rules for SciPy's own array helpers."""

import scipy._lib._array_api as helpers

from adjoint.rules.support import members

from .generators import case, normal

PROMOTE = members(helpers, "xp_promote")

CASES = [
    *(case(f, normal(3, 4), xp=helpers.np_compat) for f in PROMOTE),
    *(case(f, normal(3), force_floating=True, xp=helpers.np_compat) for f in PROMOTE),
    case(helpers._asarray, normal(3, 4)),
    case(helpers._asarray, normal(3, 4), copy=True, order="F"),
]
