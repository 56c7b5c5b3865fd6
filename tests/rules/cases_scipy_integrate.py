"""Cases of the rules in rules/scipy_integrate.py."""

import numpy as np
import scipy.integrate as integrate

from .generators import case, cnormal, normal, positive

CUMULATIVE = integrate.cumulative_trapezoid
X = np.array([0.0, 0.4, 1.1, 1.9, 2.2, 3.0])

CASES = [
    *(case(f, normal(5)) for f in (integrate.trapezoid, CUMULATIVE)),
    *(case(f, normal(5), np.cumsum(positive(5))) for f in (integrate.trapezoid, CUMULATIVE)),
    *(case(f, normal(5, 2), normal(5, 2), axis=0) for f in (integrate.trapezoid, CUMULATIVE)),
    *(case(f, normal(2, 5), normal(5)) for f in (integrate.trapezoid, CUMULATIVE)),
    *(case(f, cnormal(2, 5), dx=0.3) for f in (integrate.trapezoid, CUMULATIVE)),
    case(CUMULATIVE, normal(4, 2), None, 0.5, 0, 0),
    *(case(integrate.simpson, normal(n)) for n in (2, 3, 4, 5, 6)),
    *(case(integrate.simpson, normal(2, n), dx=0.4) for n in (5, 6)),
    case(integrate.simpson, cnormal(5, 2), axis=0),
    case(integrate.romb, normal(5)),
    case(integrate.romb, normal(2, 9), 0.5),
    case(integrate.romb, normal(5, 2), dx=0.5, axis=0),
]
