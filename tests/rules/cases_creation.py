"""Cases of the rules in rules/creation.py."""

import numpy as np

from tests.rules.generators import case, cnormal, normal, positive

CASES = [
    case(np.full, (2, 3), 1.5),
    case(np.full, 3, normal(3)),
    case(np.full, (2, 3), normal(2, 1)),
    case(np.full, 2, 1.5 + 2j),
    case(np.full_like, normal(2, 3), 1.5),
    case(np.full_like, normal(2, 3), fill_value=normal(3)),
    case(np.linspace, 0.5, 2.5, 5),
    case(np.linspace, 0.5, 2.5, num=4, endpoint=False),
    case(np.linspace, normal(3), 2.5, 5),
    case(np.linspace, normal(3), normal(2, 1), 4, axis=-1),
    case(np.linspace, 0.5, 2.5, 1),
    case(np.linspace, 0.5, 2.5),
    case(np.logspace, 0.5, 1.5, 4),
    case(np.logspace, normal(2), 1.5, 4, base=2.5),
    case(np.geomspace, 0.5, 2.5, 4),
    case(np.geomspace, positive(2), 2.5, 4, endpoint=False),
    case(np.vander, normal(3)),
    case(np.vander, normal(3), 4, increasing=True),
    case(np.arange, 4.5),
    case(np.arange, 0.5, 4.25),
    case(np.arange, 0.5, 4.0, 0.75),
    case(np.float64, 1.5),
    case(np.float64, normal(2)),
    case(np.float32, 1.5).given(rtol=1e-3, atol=1e-3, step=1e-2, sweep=False),
    case(np.float16, 1.5).given(rtol=1e-2, atol=1e-2, step=1e-1, sweep=False),
    case(np.longdouble, 1.5),
    case(np.complex128, 1.5),
    case(np.complex128, 1.5 + 0.5j),
    case(np.complex64, 1.5).given(rtol=1e-3, atol=1e-3, step=1e-2, sweep=False),
    case(float, 1.5),
    case(float, normal()),
    case(float, np.float32(1.5)).given(step=1e-2, rtol=1e-3, atol=1e-3, sweep=False),
    case(complex, 1.5),
    case(complex, 1.5, 2.5),
    case(complex, 1.5 + 1j),
    case(complex, cnormal()),
]
