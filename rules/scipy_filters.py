"""Rules of scipy.signal: recursive filters and detrending.

A filter run backwards in time is the transpose of the filter.  With ``a * y = b * x`` and the cotangent s of
``b * x`` the coefficients receive correlations, ``sum s[n] x[n - k]`` and ``-sum s[n] y[n - k]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.composed import composed
from adjoint.rules.kinds import Kind, constant
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.scipy_signal import signal
from adjoint.rules.support import fit, still


def backwards_filter(b: Any, a: Any, bar: Any, axis: int) -> Any:
    """Filter from the end to the beginning with conjugate coefficients."""
    return np.flip(signal.lfilter(np.conj(b), np.conj(a), np.flip(bar, axis), axis), axis)


def lags(s: Any, x: Any, count: int, axis: int) -> Any:
    """Return ``sum s[n] conj(x[n - k])`` for the first lags k, over all positions and the other axes."""
    s, x = np.moveaxis(s, axis, -1), np.conj(np.moveaxis(x, axis, -1))
    n = np.shape(s)[-1]
    sums = [np.sum(s[..., k:] * x[..., : n - k]) if k < n else np.zeros((), s.dtype) for k in range(count)]
    return np.stack(sums)


def lfilter_bars(out_bar: Any, out: Any, b: Any, a: Any, x: Any, axis: int) -> tuple[Any, Any, Any]:
    """Return the cotangents of both coefficients and the signal."""
    if not (np.size(out) and np.size(b) and np.size(a)):
        b_bar, a_bar, x_bar = still(b, a, x)
        return b_bar, a_bar, x_bar
    one = np.ones(1, out.dtype)
    s = backwards_filter(one, a, out_bar, axis)
    x_bar = backwards_filter(b, one, s, axis)
    b_bar = lags(s, x, np.size(b), axis)
    a_bar = -lags(s, out, np.size(a), axis)
    return fit(b_bar, b), fit(a_bar, a), fit(x_bar, x)


def _at_rest(zi: Kind, **_: Kind) -> bool:
    return zi is None or constant(zi) is None


@rrule(signal.lfilter, when=_at_rest, fresh=True)
def lfilter(b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """The filter run backwards; correlations for the coefficients.  Without an initial state."""
    out = signal.lfilter(b, a, x, axis)

    def lfilter_pullback(out_bar: Any) -> Any:
        b_bar, a_bar, x_bar = lfilter_bars(out_bar, out, b, a, x, axis)
        return b_bar, a_bar, x_bar, None, None

    return out, lfilter_pullback


@frule(signal.lfilter, when=_at_rest)
def lfilter_forward(b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """The tangents of the coefficients filter signal and output."""
    out = signal.lfilter(b, a, x, axis)

    def lfilter_pushforward(b_dot: Any, a_dot: Any, x_dot: Any, axis_dot: Any, zi_dot: Any) -> Any:
        if not (np.size(out) and np.size(b) and np.size(a)):
            nothing = 0.0 * out
            return nothing, nothing, nothing, None, None
        one = np.ones(1, out.dtype)
        return (
            signal.lfilter(b_dot, a, x, axis),
            -signal.lfilter(one, a, signal.lfilter(a_dot, one, out, axis), axis),
            signal.lfilter(b, a, x_dot, axis),
            None,
            None,
        )

    return out, lfilter_pushforward


linear(signal.detrend)


@rrule(signal.detrend, fresh=True)
def detrend(data: Any, axis: Any = -1, type: Any = "linear", bp: Any = 0) -> Any:
    """A projection, so its own transpose."""
    out = signal.detrend(data, axis, type, bp)

    def detrend_pullback(out_bar: Any) -> Any:
        return fit(signal.detrend(out_bar, axis, type, bp), data), None, None, None

    return out, detrend_pullback


@composed(signal.lfilter_zi)
def lfilter_zi(b: Any, a: Any) -> Any:
    """The state of a filter at rest: the solution of a linear system of its coefficients."""
    ahead, back = np.atleast_1d(b), np.atleast_1d(a)
    back = back[np.argmax(back != 0.0) :]
    n = max(len(ahead), len(back))
    zeros = np.concatenate([ahead, np.zeros(n - len(ahead))]) / back[0]
    poles = np.concatenate([back, np.zeros(n - len(back))]) / back[0]
    first = np.eye(1, n - 1)
    matrix = np.eye(n - 1) - np.eye(n - 1, k=1) + poles[1:, None] * first
    return np.linalg.solve(matrix, zeros[1:] - poles[1:] * zeros[0])
