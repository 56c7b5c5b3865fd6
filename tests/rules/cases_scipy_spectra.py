"""Cases of the rules in rules/scipy_spectra.py."""

import numpy as np
import scipy.signal as signal

from adjoint.rules.scipy_spectra import overlapped

from .generators import case, cnormal, normal, positive

WINDOW = np.array([0.25, 0.75, 1.0, 0.75, 0.25])

CASES = [
    *(case(f, normal(24), nperseg=8).given(empty=False) for f in (signal.welch, signal.stft)),
    *(case(f, normal(24), normal(24), nperseg=8).given(empty=False) for f in (signal.csd, signal.coherence)),
    case(signal.welch, normal(24, 2), 2.0, WINDOW, noverlap=2, nfft=8, scaling="spectrum", axis=0).given(
        empty=False
    ),
    case(signal.welch, cnormal(24), nperseg=7, detrend=False).given(empty=False),
    case(signal.csd, normal(24), normal(20), nperseg=7, return_onesided=False).given(empty=False),
    case(signal.periodogram, normal(9)).given(empty=False),
    case(signal.periodogram, normal(2, 8), 2.0, "hann", 6, "linear").given(empty=False),
    case(signal.periodogram, normal(8), nfft=12, return_onesided=False, scaling="spectrum").given(
        empty=False
    ),
    case(signal.stft, normal(2, 20), 2.0, "hamming", 8, 5, 10, "constant", False, None, False).given(
        empty=False
    ),
    case(signal.stft, normal(20, 2), nperseg=6, axis=0, scaling="psd").given(empty=False),
    case(signal.spectrogram, normal(24), nperseg=8).given(empty=False),
    *(
        case(signal.spectrogram, normal(24), nperseg=8, noverlap=3, mode=mode).given(empty=False)
        for mode in ("complex", "magnitude")
    ),
    case(signal.istft, cnormal(5, 4)).given(empty=False),
    case(signal.istft, cnormal(4, 6), 2.0, WINDOW, 5, 3, 6, False, False, 0, 1, "psd").given(empty=False),
    case(overlapped, normal(2, 3, 4), 2).given(empty=False),
    case(signal.savgol_coeffs, 5, 3, 1, 0.5).given(sweep=False),
    case(signal.savgol_coeffs, 6, 2, deriv=2, delta=0.7, pos=1.5, use="dot").given(sweep=False),
    case(signal.hilbert, normal(6)).given(empty=False),
    case(signal.hilbert, normal(5, 2), N=7, axis=0).given(empty=False),
    case(signal.savgol_filter, normal(9), 5, 2).given(empty=False),
    case(signal.savgol_filter, normal(2, 8), 5, 3, 1, 0.5, mode="nearest").given(empty=False),
    case(signal.savgol_filter, normal(8, 2), 5, 3, deriv=2, delta=0.5, axis=0).given(empty=False),
    case(signal.savgol_filter, normal(8), 5, 2, mode="constant", cval=0.7).given(empty=False),
    case(signal.savgol_filter, positive(8), 3, 1, mode="wrap").given(empty=False),
]
