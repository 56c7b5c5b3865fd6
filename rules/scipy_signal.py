"""Rules of scipy.signal: convolutions and correlations of any rank.

The part of the full convolution that ``mode`` keeps receives the cotangent, the rest zero; each factor then
receives the correlation with the other.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, constant
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, still

signal: Any = importlib.import_module("scipy.signal")

Shape = tuple[int, ...]


def backwards(x: Any, axes: Any = None) -> Any:
    """Return the conjugate of an array, turned round along all axes or some."""
    return np.conj(np.flip(x, axes))


def convolved_axes(ndim: int, axes: Any) -> Shape:
    """Return the axes of a convolution as a tuple of non-negative integers."""
    return tuple(range(ndim)) if axes is None else tuple(int(k) % ndim for k in np.atleast_1d(axes))


def full_bar(out_bar: Any, first: Shape, second: Shape, mode: str, axes: Shape, centre: int = 0) -> Any:
    """Return the cotangent of the full convolution of arrays of two shapes.

    Where the middle lies between two entries, ``centre`` is 0 for the left and 1 for the right one.
    """
    widths = [(0, 0)] * len(first)
    for k in axes:
        full = first[k] + second[k] - 1
        start = 0 if mode == "full" else (full - out_bar.shape[k] + centre) // 2
        widths[k] = (start, full - start - out_bar.shape[k])
    return np.pad(out_bar, widths)


def factor_bar(bar: Any, x: Any, other: Any, axes: Shape) -> Any:
    """Return the cotangent of one factor of the full convolution."""
    return fit(unbroadcast(signal.fftconvolve(bar, backwards(other, axes), "valid", axes), x), x)


def convolution_bars(
    out_bar: Any, in1: Any, in2: Any, mode: str, axes: Any = None, centre: int = 0
) -> tuple[Any, Any]:
    """Return the cotangents of both factors of a convolution.

    Args:
        out_bar: cotangent of the part that ``mode`` keeps.
        in1: first factor, any rank.
        in2: second factor, of the same rank.
        mode: ``full``, ``same`` or ``valid``.
        axes: along which they are convolved, None for all.
        centre: as for `full_bar`.
    """
    if np.ndim(in1) == 0:
        return fit(out_bar * np.conj(in2), in1), fit(out_bar * np.conj(in1), in2)
    if not (np.size(in1) and np.size(in2)):
        in1_bar, in2_bar = still(in1, in2)
        return in1_bar, in2_bar
    along = convolved_axes(np.ndim(in1), axes)
    bar = full_bar(out_bar, np.shape(in1), np.shape(in2), mode, along, centre)
    return factor_bar(bar, in1, in2, along), factor_bar(bar, in2, in1, along)


def correlation_bars(out_bar: Any, in1: Any, in2: Any, mode: str, centre: int = 0) -> tuple[Any, Any]:
    """Return the cotangents of both factors of a correlation: a convolution with one turned round."""
    in1_bar, turned_bar = convolution_bars(out_bar, in1, backwards(in2), mode, None, centre)
    return in1_bar, fit(backwards(turned_bar), in2)


# -- any rank -----------------------------------------------------------------------------------


@rrule(signal.convolve, fresh=True)
def convolve(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """Correlate the cotangent with the other factor."""
    out = signal.convolve(in1, in2, mode, method)

    def convolve_pullback(out_bar: Any) -> Any:
        in1_bar, in2_bar = convolution_bars(out_bar, in1, in2, mode)
        return in1_bar, in2_bar, None, None

    return out, convolve_pullback


@frule(signal.convolve)
def convolve_forward(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """Linear in each factor."""
    out = signal.convolve(in1, in2, mode, method)

    def convolve_pushforward(in1_dot: Any, in2_dot: Any, mode_dot: Any, method_dot: Any) -> Any:
        return (
            signal.convolve(in1_dot, in2, mode, method),
            signal.convolve(in1, in2_dot, mode, method),
            None,
            None,
        )

    return out, convolve_pushforward


@rrule(signal.correlate, fresh=True)
def correlate(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """Convolve the cotangent with the second factor, correlate it with the first."""
    out = signal.correlate(in1, in2, mode, method)

    def correlate_pullback(out_bar: Any) -> Any:
        in1_bar, in2_bar = correlation_bars(out_bar, in1, in2, mode)
        return in1_bar, in2_bar, None, None

    return out, correlate_pullback


@frule(signal.correlate)
def correlate_forward(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """Linear in each factor."""
    out = signal.correlate(in1, in2, mode, method)

    def correlate_pushforward(in1_dot: Any, in2_dot: Any, mode_dot: Any, method_dot: Any) -> Any:
        return (
            signal.correlate(in1_dot, in2, mode, method),
            signal.correlate(in1, in2_dot, mode, method),
            None,
            None,
        )

    return out, correlate_pushforward


@rrule(signal.fftconvolve, fresh=True)
def fftconvolve(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
    """Correlate the cotangent with the other factor."""
    out = signal.fftconvolve(in1, in2, mode, axes)

    def fftconvolve_pullback(out_bar: Any) -> Any:
        in1_bar, in2_bar = convolution_bars(out_bar, in1, in2, mode, axes)
        return in1_bar, in2_bar, None, None

    return out, fftconvolve_pullback


@frule(signal.fftconvolve)
def fftconvolve_forward(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
    """Linear in each factor."""
    out = signal.fftconvolve(in1, in2, mode, axes)

    def fftconvolve_pushforward(in1_dot: Any, in2_dot: Any, mode_dot: Any, axes_dot: Any) -> Any:
        return (
            signal.fftconvolve(in1_dot, in2, mode, axes),
            signal.fftconvolve(in1, in2_dot, mode, axes),
            None,
            None,
        )

    return out, fftconvolve_pushforward


@rrule(signal.oaconvolve, fresh=True)
def oaconvolve(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
    """Correlate the cotangent with the other factor."""
    out = signal.oaconvolve(in1, in2, mode, axes)

    def oaconvolve_pullback(out_bar: Any) -> Any:
        in1_bar, in2_bar = convolution_bars(out_bar, in1, in2, mode, axes)
        return in1_bar, in2_bar, None, None

    return out, oaconvolve_pullback


@frule(signal.oaconvolve)
def oaconvolve_forward(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
    """Linear in each factor."""
    out = signal.oaconvolve(in1, in2, mode, axes)

    def oaconvolve_pushforward(in1_dot: Any, in2_dot: Any, mode_dot: Any, axes_dot: Any) -> Any:
        return (
            signal.oaconvolve(in1_dot, in2, mode, axes),
            signal.oaconvolve(in1, in2_dot, mode, axes),
            None,
            None,
        )

    return out, oaconvolve_pushforward


# -- two axes -----------------------------------------------------------------------------------


def _zero_outside(boundary: Kind, fillvalue: Kind, **_: Kind) -> bool:
    """Whether both arrays are continued by zeros."""
    return constant(boundary) in ("fill", "pad") and constant(fillvalue) == 0


@rrule(signal.convolve2d, when=_zero_outside, fresh=True)
def convolve2d(in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0) -> Any:
    """Correlate the cotangent with the other factor; outside of the arrays there are zeros."""
    out = signal.convolve2d(in1, in2, mode, boundary, fillvalue)

    def convolve2d_pullback(out_bar: Any) -> Any:
        in1_bar, in2_bar = convolution_bars(out_bar, in1, in2, mode)
        return in1_bar, in2_bar, None, None, None

    return out, convolve2d_pullback


@frule(signal.convolve2d, when=_zero_outside)
def convolve2d_forward(
    in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0
) -> Any:
    """Linear in each factor."""
    out = signal.convolve2d(in1, in2, mode, boundary, fillvalue)

    def convolve2d_pushforward(
        in1_dot: Any, in2_dot: Any, mode_dot: Any, boundary_dot: Any, fill_dot: Any
    ) -> Any:
        return signal.convolve2d(in1_dot, in2, mode), signal.convolve2d(in1, in2_dot, mode), None, None, None

    return out, convolve2d_pushforward


@rrule(signal.correlate2d, when=_zero_outside, fresh=True)
def correlate2d(in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0) -> Any:
    """Convolve the cotangent with the second factor, correlate it with the first."""
    out = signal.correlate2d(in1, in2, mode, boundary, fillvalue)

    def correlate2d_pullback(out_bar: Any) -> Any:
        in1_bar, in2_bar = correlation_bars(out_bar, in1, in2, mode, 1)
        return in1_bar, in2_bar, None, None, None

    return out, correlate2d_pullback


@frule(signal.correlate2d, when=_zero_outside)
def correlate2d_forward(
    in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0
) -> Any:
    """Linear in each factor."""
    out = signal.correlate2d(in1, in2, mode, boundary, fillvalue)

    def correlate2d_pushforward(
        in1_dot: Any, in2_dot: Any, mode_dot: Any, boundary_dot: Any, fill_dot: Any
    ) -> Any:
        return (
            signal.correlate2d(in1_dot, in2, mode),
            signal.correlate2d(in1, in2_dot, mode),
            None,
            None,
            None,
        )

    return out, correlate2d_pushforward
