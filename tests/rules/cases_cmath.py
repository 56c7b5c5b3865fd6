"""Cases of the rules in rules/cmathmodule.py and rules/tensors.py."""

import cmath

import numpy as np

from adjoint.rules.tensors import MATVECS, VECMATS
from tests.rules.generators import case, cnormal, normal

ANYWHERE = (
    cmath.exp, cmath.log, cmath.log10, cmath.sqrt, cmath.sin, cmath.cos, cmath.tan, cmath.asin, cmath.acos,
    cmath.atan, cmath.sinh, cmath.cosh, cmath.tanh, cmath.asinh, cmath.acosh, cmath.atanh, cmath.phase,
    cmath.polar,
)  # fmt: skip

CASES = [
    *(case(f, z) for f in ANYWHERE for z in (0.5 + 0.25j, -1.5 - 0.75j, -0.3 + 2.0j, 0.4)),
    case(cmath.log, 0.5 + 0.25j, 3.0),
    case(cmath.log, 2.5, 1.0 - 2.0j),
    case(cmath.rect, 1.5, 0.7),
    *(case(f, normal(3, 4), normal(4)) for f in MATVECS),
    *(case(f, normal(2, 3, 4), normal(4)) for f in MATVECS),
    *(case(f, normal(3, 4), normal(2, 4)) for f in MATVECS),
    *(case(f, cnormal(2, 3, 4), cnormal(1, 4)) for f in MATVECS),
    *(case(f, normal(3, 4), cnormal(4)) for f in MATVECS),
    *(case(f, normal(3), normal(3, 4)) for f in VECMATS),
    *(case(f, normal(3), normal(2, 3, 4)) for f in VECMATS),
    *(case(f, cnormal(1, 3), cnormal(2, 3, 4)) for f in VECMATS),
    *(case(f, cnormal(3), normal(3, 4)) for f in VECMATS),
    case(np.linalg.tensorsolve, normal(2, 3, 6), normal(2, 3)),
    case(np.linalg.tensorsolve, normal(2, 3, 2, 3), cnormal(2, 3)),
    case(np.linalg.tensorsolve, normal(6, 2, 3), normal(2, 3), axes=(0,)),
    case(np.linalg.tensorsolve, normal(2, 6, 3), normal(3, 2), axes=(0, 1)),
]
