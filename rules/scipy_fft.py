"""Rules of scipy.fft: discrete Fourier transforms along one axis, and shifts.

All are linear.  What ``fft.py`` says of numpy.fft holds here, too.

Source of the mathematics: the definitions in the SciPy reference, "Fourier Transforms".
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.fft import (
    TRANSPOSED,
    half_line_bar,
    line_bar,
    real_line_bar,
)
from adjoint.rules.registry import linear, rrule
from adjoint.rules.support import fit

transforms: Any = importlib.import_module("scipy.fft")

# -- one axis -----------------------------------------------------------------------------------


linear(transforms.fft, transforms.ifft, transforms.rfft, transforms.irfft, transforms.hfft, transforms.ihfft)


@rrule(transforms.fft, fresh=True)
def fft(x: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform back, in the other normalisation."""
    out = transforms.fft(x, n, axis, norm, workers=workers)

    def fft_pullback(out_bar: Any) -> Any:
        x_bar = fit(line_bar(out_bar, np.shape(x)[axis], axis, norm, np.fft.ifft), x)
        return x_bar, None, None, None, None

    return out, fft_pullback


@rrule(transforms.ifft, fresh=True)
def ifft(x: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform, in the other normalisation."""
    out = transforms.ifft(x, n, axis, norm, workers=workers)

    def ifft_pullback(out_bar: Any) -> Any:
        x_bar = fit(line_bar(out_bar, np.shape(x)[axis], axis, norm, np.fft.fft), x)
        return x_bar, None, None, None, None

    return out, ifft_pullback


@rrule(transforms.rfft, fresh=True)
def rfft(x: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform back of the halved frequencies."""
    out = transforms.rfft(x, n, axis, norm, workers=workers)

    def rfft_pullback(out_bar: Any) -> Any:
        x_bar = fit(real_line_bar(out_bar, np.shape(x)[axis], n, axis, norm), x)
        return x_bar, None, None, None, None

    return out, rfft_pullback


@rrule(transforms.irfft, fresh=True)
def irfft(x: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform, frequencies counted twice that stand for two."""
    out = transforms.irfft(x, n, axis, norm, workers=workers)

    def irfft_pullback(out_bar: Any) -> Any:
        x_bar = fit(half_line_bar(out_bar, np.shape(x)[axis], axis, norm), x)
        return x_bar, None, None, None, None

    return out, irfft_pullback


@rrule(transforms.hfft, fresh=True)
def hfft(x: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, workers: Any = None) -> Any:
    """``irfft`` of the conjugates, in the other normalisation."""
    out = transforms.hfft(x, n, axis, norm, workers=workers)

    def hfft_pullback(out_bar: Any) -> Any:
        x_bar = fit(np.conj(half_line_bar(out_bar, np.shape(x)[axis], axis, TRANSPOSED[norm])), x)
        return x_bar, None, None, None, None

    return out, hfft_pullback


@rrule(transforms.ihfft, fresh=True)
def ihfft(x: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, workers: Any = None) -> Any:
    """The conjugate of ``rfft``, in the other normalisation."""
    out = transforms.ihfft(x, n, axis, norm, workers=workers)

    def ihfft_pullback(out_bar: Any) -> Any:
        x_bar = fit(real_line_bar(np.conj(out_bar), np.shape(x)[axis], n, axis, TRANSPOSED[norm]), x)
        return x_bar, None, None, None, None

    return out, ihfft_pullback


# -- shifts -------------------------------------------------------------------------------------

linear(transforms.fftshift, transforms.ifftshift)


@rrule(transforms.fftshift, fresh=True)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Shifted back."""
    out = transforms.fftshift(x, axes)

    def fftshift_pullback(out_bar: Any) -> Any:
        return transforms.ifftshift(out_bar, axes), None

    return out, fftshift_pullback


@rrule(transforms.ifftshift, fresh=True)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """Shifted again."""
    out = transforms.ifftshift(x, axes)

    def ifftshift_pullback(out_bar: Any) -> Any:
        return transforms.fftshift(out_bar, axes), None

    return out, ifftshift_pullback
