"""Cases of the rules in rules/emath.py."""

import numpy as np

from tests.rules.generators import case, cnormal

SIGNED = np.array([-2.5, 0.5, 1.5, -0.25])
ROOTS = (
    np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10, np.emath.arcsin, np.emath.arccos,
    np.emath.arctanh,
)  # fmt: skip

CASES = [
    *(case(f, SIGNED) for f in ROOTS),
    *(case(f, SIGNED[1:2] / 2.0) for f in ROOTS),
    *(case(f, cnormal(3)) for f in ROOTS),
    *(case(f, -0.5) for f in ROOTS),
    # NumPy makes arrays of the numbers, which widen single precision.
    case(np.emath.logn, 2.5, SIGNED).given(sweep=False),
    case(np.emath.logn, 2.5, 0.7),
    case(np.emath.power, SIGNED, 0.5).given(sweep=False),
    case(np.emath.power, SIGNED, 1.5 + np.abs(SIGNED)),
    case(np.emath.power, SIGNED[1:3], SIGNED[1:3]),
    case(np.emath.power, cnormal(3), 2.0).given(sweep=False),
]
