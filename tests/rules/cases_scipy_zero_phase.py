"""Cases of the rules in rules/scipy_zero_phase.py."""

from typing import Any

import numpy as np
import scipy.signal as signal

from .generators import Case, case, normal

WAYS = ("even", "constant", None)
B, A = signal.butter(2, 0.4)


def given(*args: Any, **kwargs: Any) -> Case:
    """Return a case without empty signals, which SciPy refuses to continue at their ends."""
    return case(*args, **kwargs).given(empty=False)


CASES = [
    given(signal.filtfilt, B, A, normal(14)),
    *(
        given(signal.filtfilt, B, A, normal(2, 9), padtype=way, padlen=4)
        for way in ("even", "constant", None)
    ),
    given(signal.filtfilt, np.array([0.5, 0.25]), 2.0, normal(9, 2), axis=0),
    given(signal.decimate, normal(40), 2),
    given(signal.decimate, normal(12, 2), 3, 4, axis=0, zero_phase=False),
    *(given(signal.resample, normal(n), num) for n, num in ((8, 5), (8, 6), (7, 4), (6, 9), (7, 10), (8, 8))),
    given(signal.resample, normal(2, 8), 12, axis=1),
]
