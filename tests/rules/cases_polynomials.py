"""Cases of the rules in rules/polynomials.py, rules/zeros.py and rules/bessel.py."""

import numpy as np

from adjoint.rules.bessel import i1
from tests.rules.generators import case, cnormal, distinct, normal, positive

ZERO_FIRST = np.array([0.0, 0.0, 2.0, -1.0])
SPREAD = np.array([[4.0, 1.0, 0.5], [0.25, 2.0, -0.5], [0.5, 0.75, -1.0]])
TURNING = np.array([[1.0, -2.0, 0.5], [2.0, 1.5, 0.25], [0.5, 0.75, -1.0]])
PAIRED = np.array([1.0 + 2.0j, 1.0 - 2.0j, 0.5])

CASES = [
    case(np.polyval, normal(4), 1.5),
    case(np.polyval, normal(4), normal(2, 3)),
    case(np.polyval, normal(1), normal(3)),
    case(np.polyval, cnormal(4), normal(3)),
    case(np.polyval, normal(4), cnormal(3)),
    case(np.polyval, normal(4, 3), normal(2, 3)),
    case(np.polyval, normal(4), normal(0)),
    *(case(f, normal(3), normal(3)) for f in (np.polyadd, np.polysub, np.polymul)),
    *(case(f, normal(4), normal(2)) for f in (np.polyadd, np.polysub, np.polymul)),
    *(case(f, normal(2), cnormal(4)) for f in (np.polyadd, np.polysub, np.polymul)),
    *(
        case(np.polydiv, u, v)
        for u, v in ((normal(5), normal(3)), (normal(3), normal(3)), (normal(2), normal(4)))
    ),
    *(
        case(np.polydiv, u, v)
        for u, v in ((normal(4), 2.5), (cnormal(5), normal(2)), (normal(4), cnormal(2)))
    ),
    *(case(f, 2.5, normal(4)) for f in (np.polyadd, np.polysub, np.polymul)),
    *(case(np.polyder, normal(5), m) for m in (0, 1, 2, 4, 5)),
    case(np.polyder, cnormal(4)),
    *(case(np.polyint, normal(4), m) for m in (0, 1, 3)),
    case(np.polyint, normal(3), 2, 0.5),
    case(np.polyint, normal(3), 2, k=normal(2)),
    case(np.polyint, normal(3), 2, k=normal(3)),
    case(np.polyint, normal(3), k=0.5),
    case(np.polyint, cnormal(3)),
    case(np.polyfit, distinct(6), normal(6), 2),
    case(np.polyfit, distinct(6), normal(6, 2), 2),
    case(np.polyfit, distinct(6), normal(6), 3, w=positive(6)),
    case(np.polyfit, distinct(6), normal(6, 2), 1, None, False, positive(6)),
    case(np.polyfit, distinct(4), normal(4), 3),
    case(np.polyfit, distinct(4), normal(4), 0),
    case(np.roots, np.array([1.0, -6.5, 11.0, -5.0])),
    case(np.roots, np.array([2.0, 1.0, 3.0, -1.0])),
    case(np.roots, cnormal(4)),
    case(np.roots, normal(2)),
    case(np.poly, distinct(4)),
    case(np.poly, cnormal(3)),
    case(np.poly, normal(1)),
    case(np.poly, SPREAD),
    case(np.poly, TURNING),
    case(i1, np.array([-40.0, -2.5, 0.0, 1e-3, 0.5, 12.0, 29.0, 31.0, 45.0])),
    case(np.i0, np.array([-3.0, 0.0, 0.5, 7.0, 9.0])),
    case(np.i0, 1.5),
    case(np.kaiser, 6, 2.5),
    case(np.kaiser, 7, 0.0),
    case(np.kaiser, 1, 2.5),
]
