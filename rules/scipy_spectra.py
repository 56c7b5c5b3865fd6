"""Rules of scipy.signal: spectra of segments, analytic signals and smoothing by polynomials.

Source of the mathematics: the reference of SciPy; P. D. Welch (1967); A. Savitzky and M. Golay (1964).
"""

from __future__ import annotations

import importlib
import inspect
import math
from typing import Any

import numpy as np

from adjoint.rules.both import both
from adjoint.rules.composed import composed, nonzero, refused
from adjoint.rules.kinds import Array, Kind, Tuple
from adjoint.rules.registry import frule, rrule
from adjoint.rules.scipy_signal import signal
from adjoint.rules.symbolic import not_implemented

ndimage: Any = importlib.import_module("scipy.ndimage")


@both(signal.get_window, fresh=True)
def get_window(window: Any, Nx: Any, fftbins: Any = True) -> Any:
    """A constant; the derivative by the numbers of a window is not known."""
    out = signal.get_window(window, Nx, fftbins)

    def get_window_pullback(out_bar: Any) -> Any:
        return unknown_shape(window), None, None

    def get_window_pushforward(window_dot: Any, Nx_dot: Any, fftbins_dot: Any) -> Any:
        missing = not_implemented(f"scipy.signal.get_window by the numbers of {window!r}")
        return missing if nonzero(window_dot) else np.zeros_like(out), None, None

    return out, get_window_pullback, get_window_pushforward


def unknown_shape(window: Any) -> Any:
    """Return the cotangent of a window's description: its numbers raise where they are needed."""
    if isinstance(window, tuple | list):
        return type(window)(unknown_shape(item) for item in window)
    numbers = isinstance(window, float | np.ndarray | np.floating)
    return not_implemented(f"scipy.signal.get_window by {window!r}") if numbers else None


@composed(signal.savgol_coeffs)
def savgol_coeffs(
    window_length: Any, polyorder: Any, deriv: Any = 0, delta: Any = 1.0, pos: Any = None, use: Any = "conv"
) -> Any:
    """The shortest solution of a linear system, by the place of the value and the distance of samples."""
    place = (window_length - 1) / 2.0 if pos is None else pos
    steps = np.arange(0.0, window_length) - place
    powers = (steps[::-1] if use == "conv" else steps) ** np.arange(polyorder + 1)[:, None]
    side = math.factorial(deriv) * (np.arange(polyorder + 1) == deriv) / delta**deriv
    return np.linalg.solve(powers @ powers.T, side) @ powers


#: Windows where none is given; older versions of SciPy have other names for the periodic ones.
HANN: Any = inspect.signature(signal.welch).parameters["window"].default
TUKEY: Any = inspect.signature(signal.spectrogram).parameters["window"].default


def pair_kind(**kinds: Kind) -> Kind:
    """The kind of frequencies and a spectrum."""
    return Tuple((Array(None, None), Array(None, None)))


def triple_kind(**kinds: Kind) -> Kind:
    """The kind of frequencies, times and spectra."""
    return Tuple((Array(None, None), Array(None, None), Array(None, None)))


# -- segments -----------------------------------------------------------------------------------


def windowed(window: Any, nperseg: Any, length: int) -> tuple[Any, int]:
    """Return a window as an array, and the length of a segment."""
    if not isinstance(window, str | tuple):
        return np.asarray(window), len(window)
    n = min(256 if nperseg is None else int(nperseg), length)
    return signal.get_window(window, n), n


def starts_of(length: int, nperseg: int, step: int) -> Any:
    """Return the places of all entries of all segments, shape (segments, nperseg)."""
    return np.arange(0, length - nperseg + 1, step)[:, None] + np.arange(nperseg)


def level(segments: Any, detrend: Any) -> Any:
    """Return segments without their means or trends.

    Raises:
        RuleError: ADJ202, ``detrend`` is a function.
    """
    if detrend is False or detrend is None:
        return segments
    if detrend == "constant":
        return segments - np.mean(segments, axis=-1, keepdims=True)
    if detrend != "linear":
        raise refused("scipy.signal", "`detrend` is a function.", "subtract the trend before")
    return signal.detrend(segments, axis=-1, type="linear")


def transformed(rows: Any, win: Any, step: int, nfft: int, detrend: Any, onesided: bool) -> Any:
    """Return the Fourier transforms of the segments of rows, shape (..., segments, frequencies)."""
    segments = level(rows[..., starts_of(np.shape(rows)[-1], len(win), step)], detrend) * win
    return np.fft.rfft(segments, nfft) if onesided else np.fft.fft(segments, nfft)


def frequencies(nfft: int, fs: Any, onesided: bool) -> Any:
    """Return the frequencies of a transform."""
    return fs * (np.fft.rfftfreq(nfft) if onesided else np.fft.fftfreq(nfft))


def scale_of(win: Any, fs: Any, scaling: str) -> Any:
    """Return the factor of a power spectrum."""
    return 1.0 / (fs * np.sum(win * win)) if scaling == "density" else 1.0 / np.sum(win) ** 2


def doubled(nfft: int, onesided: bool) -> Any:
    """Return by how much a one-sided power counts at each frequency."""
    if not onesided:
        return 1.0
    factors = np.full(nfft // 2 + 1, 2.0)
    factors[0] = 1.0
    factors[-1] = 1.0 if nfft % 2 == 0 else factors[-1]
    return factors


def long_as(x: Any, length: int) -> Any:
    """Return rows with zeros after their end."""
    missing = length - np.shape(x)[-1]
    return np.concatenate([x, np.zeros((*np.shape(x)[:-1], missing))], axis=-1) if missing > 0 else x


@composed(signal.csd, kind=pair_kind)
def csd(
    x: Any, y: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = None, noverlap: Any = None,
    nfft: Any = None, detrend: Any = "constant", return_onesided: Any = True, scaling: Any = "density",
    axis: Any = -1, average: Any = "mean",
) -> Any:  # fmt: skip
    """The mean over the segments of products of transforms."""
    if average != "mean":
        raise refused("scipy.signal", f"average={average!r} is biased.", "average the spectrogram")
    a, b = np.moveaxis(np.asarray(x), axis, -1), np.moveaxis(np.asarray(y), axis, -1)
    length = max(np.shape(a)[-1], np.shape(b)[-1])
    win, n = windowed(window, nperseg, length)
    step = n - (n // 2 if noverlap is None else int(noverlap))
    size = n if nfft is None else int(nfft)
    onesided = return_onesided and not np.iscomplexobj(a) and not np.iscomplexobj(b)
    first = transformed(long_as(a, length), win, step, size, detrend, onesided)
    second = transformed(long_as(b, length), win, step, size, detrend, onesided)
    power = np.mean(np.conj(first) * second, axis=-2) * scale_of(win, fs, scaling) * doubled(size, onesided)
    return frequencies(size, fs, onesided), np.moveaxis(power, -1, axis)


@composed(signal.welch, kind=pair_kind)
def welch(
    x: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = None, noverlap: Any = None,
    nfft: Any = None, detrend: Any = "constant", return_onesided: Any = True, scaling: Any = "density",
    axis: Any = -1, average: Any = "mean",
) -> Any:  # fmt: skip
    """The mean over the segments of squared transforms."""
    f, power = csd(
        x, x, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average
    )  # fmt: skip
    return f, np.real(power)


@composed(signal.periodogram, kind=pair_kind)
def periodogram(
    x: Any, fs: Any = 1.0, window: Any = "boxcar", nfft: Any = None, detrend: Any = "constant",
    return_onesided: Any = True, scaling: Any = "density", axis: Any = -1,
) -> Any:  # fmt: skip
    """The squared transform of everything."""
    data = np.asarray(x)
    n = np.shape(data)[axis]
    if nfft is not None and nfft < n:
        data = np.take(data, np.arange(nfft), axis=axis)
    n = np.shape(data)[axis]
    named = "boxcar" if window is None else window
    win = signal.get_window(named, n) if isinstance(named, str | tuple) else named
    return welch(data, fs, win, n, 0, nfft, detrend, return_onesided, scaling, axis)


@composed(signal.coherence, kind=pair_kind)
def coherence(
    x: Any, y: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = None, noverlap: Any = None,
    nfft: Any = None, detrend: Any = "constant", axis: Any = -1,
) -> Any:  # fmt: skip
    """The squared cross spectrum by both spectra."""
    given = (fs, window, nperseg, noverlap, nfft, detrend, True, "density", axis)
    f, both = csd(x, y, *given)
    _, first = welch(x, *given)
    _, second = welch(y, *given)
    return f, np.abs(both) ** 2 / first / second


# -- transforms in time ---------------------------------------------------------------------------


def in_time(
    x: Any, fs: Any, window: Any, nperseg: Any, noverlap: Any, nfft: Any, detrend: Any, onesided: Any,
    scaling: str, axis: int, boundary: Any, padded: Any,
) -> Any:  # fmt: skip
    """Return frequencies, times and transforms of segments; the factor of the power; and the doubling."""
    if boundary not in (None, "zeros"):
        raise refused("scipy.signal.stft", f"boundary={boundary!r} has no rule.", "use boundary='zeros'")
    rows = np.moveaxis(np.asarray(x), axis, -1)
    win, n = windowed(window, nperseg, np.shape(rows)[-1])
    step = n - (n // 2 if noverlap is None else int(noverlap))
    size = n if nfft is None else int(nfft)
    if boundary is not None:
        zeros = np.zeros((*np.shape(rows)[:-1], n // 2))
        rows = np.concatenate([zeros, rows, zeros], axis=-1)
    if padded:
        rows = long_as(rows, np.shape(rows)[-1] + (-(np.shape(rows)[-1] - n) % step) % n)
    one = onesided and not np.iscomplexobj(rows)
    found = np.moveaxis(transformed(rows, win, step, size, detrend, one), -1, axis - 1 if axis < 0 else axis)
    times = np.arange(n / 2, np.shape(rows)[-1] - n / 2 + 1, step) / fs
    if boundary is not None:
        times = times - n / 2 / fs
    return frequencies(size, fs, one), times, found, scale_of(win, fs, scaling), doubled(size, one)


@composed(signal.stft, kind=triple_kind)
def stft(
    x: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = 256, noverlap: Any = None,
    nfft: Any = None, detrend: Any = False, return_onesided: Any = True, boundary: Any = "zeros",
    padded: Any = True, axis: Any = -1, scaling: Any = "spectrum",
) -> Any:  # fmt: skip
    """Linear in the signal."""
    way = "density" if scaling == "psd" else "spectrum"
    f, t, found, scale, _ = in_time(
        x, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, way, axis, boundary, padded
    )  # fmt: skip
    return f, t, found * np.sqrt(scale)


@composed(signal.spectrogram, kind=triple_kind)
def spectrogram(
    x: Any, fs: Any = 1.0, window: Any = TUKEY, nperseg: Any = None, noverlap: Any = None,
    nfft: Any = None, detrend: Any = "constant", return_onesided: Any = True, scaling: Any = "density",
    axis: Any = -1, mode: Any = "psd",
) -> Any:  # fmt: skip
    """Squared transforms of segments, or the transforms, their absolute values or angles."""
    _, n = windowed(window, nperseg, np.shape(x)[axis])
    overlap = n // 8 if noverlap is None else noverlap
    f, t, found, scale, factors = in_time(
        x, fs, window, nperseg, overlap, nfft, detrend, return_onesided, scaling, axis, None, False
    )  # fmt: skip
    if mode == "psd":
        place = axis - 1 if axis < 0 else axis
        power = np.moveaxis(np.abs(found) ** 2, place, -1) * scale * factors
        return f, t, np.moveaxis(power, -1, place)
    if mode == "phase":
        raise refused("scipy.signal.spectrogram", "mode='phase' unwraps.", "use mode='angle' and np.unwrap")
    found = found * np.sqrt(scale)
    return f, t, {"complex": found, "magnitude": np.abs(found)}.get(mode, np.angle(found))


def overlapped(frames: Any, step: int) -> Any:
    """Return the sum of frames, each ``step`` entries after the one before; shape (..., frames, n)."""
    count, n = np.shape(frames)[-2:]
    out = np.zeros((*np.shape(frames)[:-2], n + (count - 1) * step), frames.dtype)
    for k in range(count):
        out[..., k * step : k * step + n] += frames[..., k, :]
    return out


@rrule(overlapped, fresh=True)
def overlapped_reverse(frames: Any, step: int) -> Any:
    """Every frame receives its part."""
    out = overlapped(frames, step)
    place = starts_of(np.shape(out)[-1], np.shape(frames)[-1], step)

    def overlapped_pullback(out_bar: Any) -> Any:
        return out_bar[..., place], None

    return out, overlapped_pullback


@frule(overlapped)
def overlapped_forward(frames: Any, step: int) -> Any:
    """Linear in the frames."""
    out = overlapped(frames, step)

    def overlapped_pushforward(frames_dot: Any, step_dot: Any) -> Any:
        return overlapped(frames_dot, step), None

    return out, overlapped_pushforward


@composed(signal.istft, kind=pair_kind)
def istft(
    Zxx: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = None, noverlap: Any = None,
    nfft: Any = None, input_onesided: Any = True, boundary: Any = True, time_axis: Any = -1,
    freq_axis: Any = -2, scaling: Any = "spectrum",
) -> Any:  # fmt: skip
    """Linear in the transforms: segments are transformed back, weighted and added where they overlap."""
    rows = np.moveaxis(np.asarray(Zxx), (time_axis, freq_axis), (-2, -1))
    default = 2 * (np.shape(rows)[-1] - 1) if input_onesided else np.shape(rows)[-1]
    n = default if nperseg is None else int(nperseg)
    size = default if nfft is None else int(nfft)
    if nfft is None and input_onesided and n == default + 1:
        size = n
    step = n - (n // 2 if noverlap is None else int(noverlap))
    win = signal.get_window(window, n) if isinstance(window, str | tuple) else np.asarray(window)
    back: Any = np.fft.irfft(rows, size) if input_onesided else np.fft.ifft(rows, size)
    factor = np.sum(win) if scaling == "spectrum" else np.sqrt(fs * np.sum(win**2))
    x = overlapped(back[..., :n] * (factor * win), step)
    norm = overlapped(np.ones((np.shape(rows)[-2], 1)) * win**2, step)
    if boundary:
        x, norm = x[..., n // 2 : -(n // 2)], norm[n // 2 : -(n // 2)]
    x = x / np.where(norm > 1e-10, norm, 1.0)
    times = np.arange(np.shape(x)[0]) / fs
    if np.ndim(x) == 1:
        return times, x
    ndim = np.ndim(Zxx)
    place = time_axis % ndim - (1 if freq_axis % ndim < time_axis % ndim else 0)
    return times, np.moveaxis(x, -1, place)


# -- filters ------------------------------------------------------------------------------------


@composed(signal.hilbert)
def hilbert(x: Any, N: Any = None, axis: Any = -1) -> Any:
    """Linear: negative frequencies are left out."""
    data = np.asarray(x)
    n = np.shape(data)[axis] if N is None else N
    h = np.zeros(n)
    h[0] = 1.0
    h[1 : (n + 1) // 2] = 2.0
    if n % 2 == 0:
        h[n // 2] = 1.0
    return np.moveaxis(np.fft.ifft(np.moveaxis(np.fft.fft(data, n, axis=axis), axis, -1) * h), -1, axis)


def edge_matrix(n: int, places: Any, polyorder: int, deriv: int, delta: Any) -> Any:
    """Return the matrix that fits polynomials to ``n`` values and evaluates a derivative at places."""
    powers = np.arange(polyorder + 1)
    fit = np.linalg.pinv(np.vander(np.arange(float(n)), polyorder + 1, increasing=True))
    factors = np.array([math.perm(k, deriv) for k in powers.tolist()], float)
    steps = places[:, None] ** np.maximum(powers - deriv, 0)
    return (steps * factors) @ fit / delta**deriv


@composed(signal.savgol_filter)
def savgol_filter(
    x: Any, window_length: Any, polyorder: Any, deriv: Any = 0, delta: Any = 1.0, axis: Any = -1,
    mode: Any = "interp", cval: Any = 0.0,
) -> Any:  # fmt: skip
    """Linear in the signal: a convolution, and polynomials at both ends."""
    unit = signal.savgol_coeffs(window_length, polyorder, deriv=deriv) / delta**deriv
    if mode != "interp":
        return ndimage.convolve1d(x, unit, axis=axis, mode=mode, cval=cval)
    rows = np.moveaxis(np.asarray(x), axis, 0)
    half, n = window_length // 2, len(rows)
    inner = ndimage.convolve1d(rows, unit, axis=0, mode="constant")[half : n - half]
    first = edge_matrix(window_length, np.arange(0.0, half), polyorder, deriv, delta)
    places = np.arange(float(window_length - half), window_length)
    last = edge_matrix(window_length, places, polyorder, deriv, delta)
    ends = np.tensordot(first, rows[:window_length], 1), np.tensordot(last, rows[n - window_length :], 1)
    return np.moveaxis(np.concatenate([ends[0], inner, ends[1]]), 0, axis)
