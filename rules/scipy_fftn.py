"""Rules of scipy.fft: discrete Fourier transforms along several axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.fft import TRANSPOSED, half_planes_bar, planes_bar, real_planes_bar
from adjoint.rules.registry import frule, rrule
from adjoint.rules.scipy_fft import transforms
from adjoint.rules.support import fit


@rrule(transforms.fftn, fresh=True)
def fftn(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform back, in the other normalisation."""
    out = transforms.fftn(x, s, axes, norm, workers=workers)

    def fftn_pullback(out_bar: Any) -> Any:
        x_bar = planes_bar(out_bar, x, s, axes, norm, np.fft.ifft)
        return x_bar, None, None, None, None

    return out, fftn_pullback


@frule(transforms.fftn)
def fftn_forward(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform of the tangent."""
    out = transforms.fftn(x, s, axes, norm, workers=workers)

    def fftn_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.fftn(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, fftn_pushforward


@rrule(transforms.ifftn, fresh=True)
def ifftn(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform, in the other normalisation."""
    out = transforms.ifftn(x, s, axes, norm, workers=workers)

    def ifftn_pullback(out_bar: Any) -> Any:
        x_bar = planes_bar(out_bar, x, s, axes, norm, np.fft.fft)
        return x_bar, None, None, None, None

    return out, ifftn_pullback


@frule(transforms.ifftn)
def ifftn_forward(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform of the tangent."""
    out = transforms.ifftn(x, s, axes, norm, workers=workers)

    def ifftn_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.ifftn(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, ifftn_pushforward


@rrule(transforms.rfftn, fresh=True)
def rfftn(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """As ``rfft`` along the last axis, as ``fft`` along the others."""
    out = transforms.rfftn(x, s, axes, norm, workers=workers)

    def rfftn_pullback(out_bar: Any) -> Any:
        x_bar = real_planes_bar(out_bar, x, s, axes, norm)
        return x_bar, None, None, None, None

    return out, rfftn_pullback


@frule(transforms.rfftn)
def rfftn_forward(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform of the tangent."""
    out = transforms.rfftn(x, s, axes, norm, workers=workers)

    def rfftn_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.rfftn(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, rfftn_pushforward


@rrule(transforms.irfftn, fresh=True)
def irfftn(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """As ``irfft`` along the last axis, as ``ifft`` along the others."""
    out = transforms.irfftn(x, s, axes, norm, workers=workers)

    def irfftn_pullback(out_bar: Any) -> Any:
        x_bar = half_planes_bar(out_bar, x, s, axes, norm)
        return x_bar, None, None, None, None

    return out, irfftn_pullback


@frule(transforms.irfftn)
def irfftn_forward(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform of the tangent."""
    out = transforms.irfftn(x, s, axes, norm, workers=workers)

    def irfftn_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.irfftn(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, irfftn_pushforward


@rrule(transforms.hfftn, fresh=True)
def hfftn(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """``irfftn`` of the conjugates, in the other normalisation."""
    out = transforms.hfftn(x, s, axes, norm, workers=workers)

    def hfftn_pullback(out_bar: Any) -> Any:
        x_bar = fit(np.conj(half_planes_bar(out_bar, x, s, axes, TRANSPOSED[norm])), x)
        return x_bar, None, None, None, None

    return out, hfftn_pullback


@frule(transforms.hfftn)
def hfftn_forward(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform of the tangent."""
    out = transforms.hfftn(x, s, axes, norm, workers=workers)

    def hfftn_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.hfftn(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, hfftn_pushforward


@rrule(transforms.ihfftn, fresh=True)
def ihfftn(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The conjugate of ``rfftn``, in the other normalisation."""
    out = transforms.ihfftn(x, s, axes, norm, workers=workers)

    def ihfftn_pullback(out_bar: Any) -> Any:
        x_bar = real_planes_bar(np.conj(out_bar), x, s, axes, TRANSPOSED[norm])
        return x_bar, None, None, None, None

    return out, ihfftn_pullback


@frule(transforms.ihfftn)
def ihfftn_forward(x: Any, s: Any = None, axes: Any = None, norm: Any = None, *, workers: Any = None) -> Any:
    """The transform of the tangent."""
    out = transforms.ihfftn(x, s, axes, norm, workers=workers)

    def ihfftn_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.ihfftn(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, ihfftn_pushforward


@rrule(transforms.fft2, fresh=True)
def fft2(x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None) -> Any:
    """The transform back, in the other normalisation."""
    out = transforms.fft2(x, s, axes, norm, workers=workers)

    def fft2_pullback(out_bar: Any) -> Any:
        x_bar = planes_bar(out_bar, x, s, axes, norm, np.fft.ifft)
        return x_bar, None, None, None, None

    return out, fft2_pullback


@frule(transforms.fft2)
def fft2_forward(
    x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None
) -> Any:
    """The transform of the tangent."""
    out = transforms.fft2(x, s, axes, norm, workers=workers)

    def fft2_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.fft2(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, fft2_pushforward


@rrule(transforms.ifft2, fresh=True)
def ifft2(x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None) -> Any:
    """The transform, in the other normalisation."""
    out = transforms.ifft2(x, s, axes, norm, workers=workers)

    def ifft2_pullback(out_bar: Any) -> Any:
        x_bar = planes_bar(out_bar, x, s, axes, norm, np.fft.fft)
        return x_bar, None, None, None, None

    return out, ifft2_pullback


@frule(transforms.ifft2)
def ifft2_forward(
    x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None
) -> Any:
    """The transform of the tangent."""
    out = transforms.ifft2(x, s, axes, norm, workers=workers)

    def ifft2_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.ifft2(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, ifft2_pushforward


@rrule(transforms.rfft2, fresh=True)
def rfft2(x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None) -> Any:
    """As ``rfft`` along the last axis, as ``fft`` along the others."""
    out = transforms.rfft2(x, s, axes, norm, workers=workers)

    def rfft2_pullback(out_bar: Any) -> Any:
        x_bar = real_planes_bar(out_bar, x, s, axes, norm)
        return x_bar, None, None, None, None

    return out, rfft2_pullback


@frule(transforms.rfft2)
def rfft2_forward(
    x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None
) -> Any:
    """The transform of the tangent."""
    out = transforms.rfft2(x, s, axes, norm, workers=workers)

    def rfft2_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.rfft2(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, rfft2_pushforward


@rrule(transforms.irfft2, fresh=True)
def irfft2(x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None) -> Any:
    """As ``irfft`` along the last axis, as ``ifft`` along the others."""
    out = transforms.irfft2(x, s, axes, norm, workers=workers)

    def irfft2_pullback(out_bar: Any) -> Any:
        x_bar = half_planes_bar(out_bar, x, s, axes, norm)
        return x_bar, None, None, None, None

    return out, irfft2_pullback


@frule(transforms.irfft2)
def irfft2_forward(
    x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None
) -> Any:
    """The transform of the tangent."""
    out = transforms.irfft2(x, s, axes, norm, workers=workers)

    def irfft2_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.irfft2(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, irfft2_pushforward


@rrule(transforms.hfft2, fresh=True)
def hfft2(x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None) -> Any:
    """``irfftn`` of the conjugates, in the other normalisation."""
    out = transforms.hfft2(x, s, axes, norm, workers=workers)

    def hfft2_pullback(out_bar: Any) -> Any:
        x_bar = fit(np.conj(half_planes_bar(out_bar, x, s, axes, TRANSPOSED[norm])), x)
        return x_bar, None, None, None, None

    return out, hfft2_pullback


@frule(transforms.hfft2)
def hfft2_forward(
    x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None
) -> Any:
    """The transform of the tangent."""
    out = transforms.hfft2(x, s, axes, norm, workers=workers)

    def hfft2_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.hfft2(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, hfft2_pushforward


@rrule(transforms.ihfft2, fresh=True)
def ihfft2(x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None) -> Any:
    """The conjugate of ``rfftn``, in the other normalisation."""
    out = transforms.ihfft2(x, s, axes, norm, workers=workers)

    def ihfft2_pullback(out_bar: Any) -> Any:
        x_bar = real_planes_bar(np.conj(out_bar), x, s, axes, TRANSPOSED[norm])
        return x_bar, None, None, None, None

    return out, ihfft2_pullback


@frule(transforms.ihfft2)
def ihfft2_forward(
    x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, *, workers: Any = None
) -> Any:
    """The transform of the tangent."""
    out = transforms.ihfft2(x, s, axes, norm, workers=workers)

    def ihfft2_pushforward(x_dot: Any, s_dot: Any, axes_dot: Any, norm_dot: Any, workers_dot: Any) -> Any:
        out_dot = transforms.ihfft2(x_dot, s, axes, norm, workers=workers)
        return out_dot, None, None, None, None

    return out, ihfft2_pushforward
