"""Rules of scipy.signal: cascades of recursive filters, filters that run both ways, and other sampling rates.

A filter that starts as if its input had always been the first value is the filter at rest for what differs
from that value, and the constant times its gain.

Source of the mathematics: the reference of SciPy; F. Gustafsson (1996).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.composed import composed, refused
from adjoint.rules.scipy_signal import signal


def settled(b: Any, a: Any, x: Any) -> Any:
    """Return the output of a filter along the last axis, in the steady state of its first value."""
    level = x[..., :1]
    return signal.lfilter(b, a, x - level) + np.sum(b) / np.sum(a) * level


def cascaded(sos: Any, x: Any) -> Any:
    """Return the output of a cascade along the last axis, in the steady state of its first value."""
    level, out = x[..., :1], x
    for k in range(np.shape(sos)[0]):
        b, a = sos[k, :3], sos[k, 3:]
        after = np.sum(b) / np.sum(a) * level
        out = signal.lfilter(b, a, out - level) + after
        level = after
    return out


def extended(x: Any, padtype: Any, edge: int) -> Any:
    """Return rows continued at both ends: entries of the rows, or twice the end less these entries."""
    n = np.shape(x)[-1]
    before, after = np.arange(edge, 0, -1), np.arange(n - 2, n - 2 - edge, -1)
    if padtype == "constant":
        before, after = 0 * before, 0 * after + n - 1
    place = np.concatenate([before, np.arange(n), after])
    if padtype != "odd":
        return x[..., place]
    sign = np.where((np.arange(n + 2 * edge) < edge) | (np.arange(n + 2 * edge) >= n + edge), -1.0, 1.0)
    ends = np.concatenate([0 * before, np.arange(n), 0 * after + n - 1])
    return x[..., place] * sign + x[..., ends] * (1.0 - sign)


def inner(rows: Any, edge: int, axis: int) -> Any:
    """Return rows without what continued them, with the axis where it was."""
    return np.moveaxis(rows[..., edge : np.shape(rows)[-1] - edge], -1, axis)


@composed(signal.filtfilt)
def filtfilt(
    b: Any, a: Any, x: Any, axis: Any = -1, padtype: Any = "odd", padlen: Any = None, method: Any = "pad",
    irlen: Any = None,
) -> Any:  # fmt: skip
    """By the signal and both coefficients."""
    if method != "pad":
        raise refused("scipy.signal.filtfilt", f"method={method!r} has no rule.", "use method='pad'")
    top, bottom = np.atleast_1d(np.asarray(b)), np.atleast_1d(np.asarray(a))
    edge = 3 * max(len(top), len(bottom)) if padlen is None else padlen
    width = 0 if padtype is None else edge
    there = settled(top, bottom, extended(np.moveaxis(np.asarray(x), axis, -1), padtype, width))
    return inner(np.flip(settled(top, bottom, np.flip(there, -1)), -1), width, axis)


@composed(signal.sosfilt)
def sosfilt(sos: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """One section after the other; without an initial state."""
    if zi is not None:
        raise refused("scipy.signal.sosfilt", "it starts in a state.", "filter what differs from that state")
    out, sections = np.asarray(x), np.atleast_2d(sos)
    for k in range(np.shape(sections)[0]):
        out = signal.lfilter(sections[k, :3], sections[k, 3:], out, axis)
    return out


def edge_of(sos: Any) -> int:
    """Return by how much `sosfiltfilt` continues a signal."""
    values = np.asarray(sos)
    unused = min(np.count_nonzero(values[:, 2] == 0), np.count_nonzero(values[:, 5] == 0))
    return 3 * (2 * len(values) + 1 - int(unused))


@composed(signal.sosfiltfilt)
def sosfiltfilt(sos: Any, x: Any, axis: Any = -1, padtype: Any = "odd", padlen: Any = None) -> Any:
    """By the signal and the sections."""
    sections = np.atleast_2d(sos)
    width = 0 if padtype is None else edge_of(sos) if padlen is None else padlen
    there = cascaded(sections, extended(np.moveaxis(np.asarray(x), axis, -1), padtype, width))
    return inner(np.flip(cascaded(sections, np.flip(there, -1)), -1), width, axis)


@composed(signal.decimate)
def decimate(
    x: Any, q: Any, n: Any = None, ftype: Any = "iir", axis: Any = -1, zero_phase: Any = True
) -> Any:
    """Linear: a filter, and every q-th value."""
    if not isinstance(ftype, str) or ftype != "iir":
        raise refused("scipy.signal.decimate", f"ftype={ftype!r} has no rule.", "use ftype='iir'")
    sos = signal.cheby1(8 if n is None else n, 0.05, 0.8 / q, output="sos")
    out = sosfiltfilt(sos, x, axis) if zero_phase else sosfilt(sos, x, axis)
    return np.take(out, np.arange(0, np.shape(out)[axis], q), axis=axis)


@composed(signal.resample)
def resample(x: Any, num: Any, t: Any = None, axis: Any = 0, window: Any = None, domain: Any = "time") -> Any:
    """Linear: the transform is cut or continued by zeros."""
    if t is not None or window is not None or domain != "time" or np.iscomplexobj(x):
        raise refused("scipy.signal.resample", "only real samples have a rule.", "leave `t`, `window` out")
    rows = np.moveaxis(np.asarray(x), axis, -1)
    length = np.shape(rows)[-1]
    least = min(num, length)
    spectrum = np.fft.rfft(rows)[..., : least // 2 + 1]
    if least % 2 == 0 and num != length:
        factors = np.ones(least // 2 + 1)
        factors[-1] = 2.0 if num < length else 0.5
        spectrum = spectrum * factors
    return np.moveaxis(np.fft.irfft(spectrum, num) * (num / length), -1, axis)
