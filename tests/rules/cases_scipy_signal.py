"""Cases of the rules in rules/scipy_signal.py and scipy_filters.py."""

import numpy as np
import scipy.signal as signal

from .generators import case, cnormal, normal, since

MODES = ("full", "same", "valid")
CONVOLUTIONS = (signal.convolve, signal.correlate, signal.fftconvolve, signal.oaconvolve)
PLANES = (signal.convolve2d, signal.correlate2d)
FIRST = np.array([2.0, 0.0, 0.0])

CASES = [
    *(case(f, normal(5), normal(m), mode) for f in CONVOLUTIONS for mode in MODES for m in (2, 3)),
    *(case(f, normal(3), normal(6), mode) for f in CONVOLUTIONS for mode in MODES),
    *(case(f, normal(4, 3), normal(2, 2), mode) for f in CONVOLUTIONS + PLANES for mode in MODES),
    *(case(f, cnormal(4), cnormal(3), mode) for f in CONVOLUTIONS for mode in MODES),
    *(case(f, normal(4), cnormal(3)) for f in CONVOLUTIONS),
    *(case(f, normal(5), normal(3), method=m) for f in CONVOLUTIONS[:2] for m in ("direct", "fft")),
    *(case(f, normal(3, 5), normal(3, 2), mode, 1) for f in CONVOLUTIONS[2:] for mode in MODES),
    case(signal.fftconvolve, normal(3, 5), normal(1, 2), axes=[-1]),
    *(case(f, cnormal(3, 3), cnormal(2, 3), "same", boundary="fill") for f in PLANES),
    case(signal.lfilter, normal(3), normal(3) + FIRST, normal(6)),
    case(signal.lfilter, normal(4), normal(1) + 2.0, normal(3)),
    case(signal.lfilter, normal(2), normal(3) + FIRST, normal(4, 2), 0),
    case(signal.lfilter_zi, normal(3), normal(4) + np.array([4.0, 0.0, 0.0, 0.0])).given(empty=False),
    case(signal.lfilter_zi, normal(4), normal(2) + np.array([4.0, 0.0])).given(empty=False),
    *since("2.1.0", case(signal.lfilter, cnormal(2), cnormal(3) + 2 * FIRST, cnormal(2, 5), zi=None)),
    *(case(signal.detrend, normal(2, 6), type=t) for t in ("linear", "constant")),
    case(signal.detrend, normal(6, 2), 0, bp=[0, 3]),
]
