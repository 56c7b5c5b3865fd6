"""Rules of numpy.fft: discrete Fourier transforms along one axis or several, and shifts.

Every transform is linear.  Its pullback is the transform back with the other normalisation, cut or
filled up with zeros where ``n`` or ``s`` did the opposite; a real array receives the real part.  The
real transforms leave out frequencies that are conjugates of others, so theirs count twice.

Source of the mathematics: the definitions in the NumPy reference, "Discrete Fourier Transform".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.second import form_only
from adjoint.rules.support import fit, members

Transform = Callable[..., Any]

#: The normalisation that makes a transform back the transpose, without a factor.
TRANSPOSED: dict[Any, Any] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def resized(x: Any, size: int, axis: int) -> Any:
    """Cut an array along an axis, or fill it up with zeros, as a transform with ``n=size`` does."""
    shape = np.shape(x)
    missing = size - shape[axis]
    if missing <= 0:
        return x if missing == 0 else np.take(x, np.arange(size), axis)
    place = axis % len(shape)
    zeros = np.zeros((*shape[:place], missing, *shape[place + 1 :]), x.dtype)
    return np.concatenate([x, zeros], axis)


def sides(size: int, factor: float, ndim: int, axis: int, dtype: Any) -> Any:
    """Return the weights of the frequencies of a real transform: ``factor`` for those that stand for two.

    Args:
        size: of the real array along the axis.
        factor: for all frequencies but zero and, where the size is even, the last.
        ndim: rank of the array that is weighted.
        axis: of the frequencies.
        dtype: real dtype of the weights.
    """
    k = np.arange(size // 2 + 1)
    weights = np.where((k == 0) | (2 * k == size), 1.0, factor).astype(dtype)
    return weights.reshape([-1 if i == axis % ndim else 1 for i in range(ndim)])


def line_bar(out_bar: Any, size: int, axis: int, norm: Any, back: Transform) -> Any:
    """Return the cotangent of the array of a complex transform along one axis.

    Args:
        out_bar: cotangent of the transform.
        size: of the array along the axis.
        axis: of the transform.
        norm: as given to the transform.
        back: the opposite transform: ``np.fft.ifft`` for ``np.fft.fft``.
    """
    return resized(back(out_bar, axis=axis, norm=TRANSPOSED[norm]), size, axis)


def real_line_bar(out_bar: Any, size: int, n: Any, axis: int, norm: Any) -> Any:
    """Return the cotangent of the real array of ``np.fft.rfft``."""
    n = size if n is None else n
    weights = sides(n, 0.5, np.ndim(out_bar), axis, np.real(out_bar).dtype)
    return resized(np.fft.irfft(out_bar * weights, n, axis, TRANSPOSED[norm]), size, axis)


def half_line_bar(out_bar: Any, size: int, axis: int, norm: Any) -> Any:
    """Return the cotangent of the frequencies of ``np.fft.irfft``; what it ignores receives zero."""
    n = out_bar.shape[axis]
    weights = sides(n, 2.0, out_bar.ndim, axis, out_bar.dtype)
    return resized(np.fft.rfft(out_bar, n, axis, TRANSPOSED[norm]) * weights, size, axis)


def axes_and_sizes(shape: tuple[int, ...], s: Any, axes: Any) -> list[tuple[int, int]]:
    """Return the axes of a transform over several, each with the size ``n`` to which it is brought."""
    if axes is None:
        axes = range(len(shape)) if s is None else range(len(shape) - len(s), len(shape))
    axes = [axis % len(shape) for axis in axes]
    sizes = [-1] * len(axes) if s is None else s
    return [(axis, shape[axis] if n == -1 else n) for axis, n in zip(axes, sizes, strict=True)]


def planes_bar(out_bar: Any, a: Any, s: Any, axes: Any, norm: Any, back: Transform) -> Any:
    """Return the cotangent of the array of a complex transform over several axes."""
    lines = axes_and_sizes(np.shape(a), s, axes)
    return fit(lines_bar(out_bar, np.shape(a), lines[::-1], norm, back), a)


def lines_bar(
    out_bar: Any, shape: Sequence[int], lines: list[tuple[int, int]], norm: Any, back: Transform
) -> Any:
    """Undo complex transforms of an array of this shape that were made in this order."""
    given, current = [], list(shape)
    for axis, n in lines:
        given.append((axis, current[axis]))
        current[axis] = n
    for axis, size in reversed(given):
        out_bar = line_bar(out_bar, size, axis, norm, back)
    return out_bar


def real_planes_bar(out_bar: Any, a: Any, s: Any, axes: Any, norm: Any) -> Any:
    """Return the cotangent of the array of ``np.fft.rfftn``: first real along the last axis, then complex."""
    *lines, (axis, n) = axes_and_sizes(np.shape(a), s, axes)
    shape = [n // 2 + 1 if i == axis else size for i, size in enumerate(np.shape(a))]
    bar = lines_bar(out_bar, shape, lines[::-1], norm, np.fft.ifft)
    return fit(real_line_bar(bar, np.shape(a)[axis], n, axis, norm), a)


def half_planes_bar(out_bar: Any, a: Any, s: Any, axes: Any, norm: Any) -> Any:
    """Return the cotangent of the frequencies of ``np.fft.irfftn``: first complex, then real."""
    *lines, (axis, _) = axes_and_sizes(np.shape(a), s, axes)
    size = dict(lines).get(axis, np.shape(a)[axis])
    bar = half_line_bar(out_bar, size, axis, norm)
    return fit(lines_bar(bar, np.shape(a), lines, norm, np.fft.fft), a)


# -- one axis -----------------------------------------------------------------------------------

linear(np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.ihfft, np.fft.hfft)


@rrule(np.fft.fft, fresh=True)
def fft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    """The transform back, in the other normalisation."""
    out = np.fft.fft(a, n, axis, norm)

    def fft_pullback(out_bar: Any) -> Any:
        return fit(line_bar(out_bar, np.shape(a)[axis], axis, norm, np.fft.ifft), a), None, None, None

    return out, fft_pullback


@rrule(np.fft.ifft, fresh=True)
def ifft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    """The transform, in the other normalisation."""
    out = np.fft.ifft(a, n, axis, norm)

    def ifft_pullback(out_bar: Any) -> Any:
        return fit(line_bar(out_bar, np.shape(a)[axis], axis, norm, np.fft.fft), a), None, None, None

    return out, ifft_pullback


@rrule(np.fft.rfft, fresh=True)
def rfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    """The transform back of the halved frequencies."""
    out = np.fft.rfft(a, n, axis, norm)

    def rfft_pullback(out_bar: Any) -> Any:
        return fit(real_line_bar(out_bar, np.shape(a)[axis], n, axis, norm), a), None, None, None

    return out, rfft_pullback


@rrule(np.fft.irfft, fresh=True)
def irfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    """The transform, frequencies counted twice that stand for two."""
    out = np.fft.irfft(a, n, axis, norm)

    def irfft_pullback(out_bar: Any) -> Any:
        return fit(half_line_bar(out_bar, np.shape(a)[axis], axis, norm), a), None, None, None

    return out, irfft_pullback


@rrule(np.fft.hfft, fresh=True)
def hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    """``irfft`` of the conjugates, in the other normalisation."""
    out = np.fft.hfft(a, n, axis, norm)

    def hfft_pullback(out_bar: Any) -> Any:
        bar = half_line_bar(out_bar, np.shape(a)[axis], axis, TRANSPOSED[norm])
        return fit(np.conj(bar), a), None, None, None

    return out, hfft_pullback


@rrule(np.fft.ihfft, fresh=True)
def ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    """The conjugate of ``rfft``, in the other normalisation."""
    out = np.fft.ihfft(a, n, axis, norm)

    def ihfft_pullback(out_bar: Any) -> Any:
        bar = real_line_bar(np.conj(out_bar), np.shape(a)[axis], n, axis, TRANSPOSED[norm])
        return fit(bar, a), None, None, None

    return out, ihfft_pullback


# -- several axes -------------------------------------------------------------------------------

linear(np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2)
linear(np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn)


@rrule(np.fft.fftn, fresh=True)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The transform back, in the other normalisation."""
    out = np.fft.fftn(a, s, axes, norm)

    def fftn_pullback(out_bar: Any) -> Any:
        return planes_bar(out_bar, a, s, axes, norm, np.fft.ifft), None, None, None

    return out, fftn_pullback


@rrule(np.fft.ifftn, fresh=True)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """The transform, in the other normalisation."""
    out = np.fft.ifftn(a, s, axes, norm)

    def ifftn_pullback(out_bar: Any) -> Any:
        return planes_bar(out_bar, a, s, axes, norm, np.fft.fft), None, None, None

    return out, ifftn_pullback


@rrule(np.fft.rfftn, fresh=True)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """As ``rfft`` along the last axis, as ``fft`` along the others."""
    out = np.fft.rfftn(a, s, axes, norm)

    def rfftn_pullback(out_bar: Any) -> Any:
        return real_planes_bar(out_bar, a, s, axes, norm), None, None, None

    return out, rfftn_pullback


@rrule(np.fft.irfftn, fresh=True)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """As ``irfft`` along the last axis, as ``ifft`` along the others."""
    out = np.fft.irfftn(a, s, axes, norm)

    def irfftn_pullback(out_bar: Any) -> Any:
        return half_planes_bar(out_bar, a, s, axes, norm), None, None, None

    return out, irfftn_pullback


@rrule(np.fft.fft2, fresh=True)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """``fftn`` over two axes."""
    out = np.fft.fft2(a, s, axes, norm)

    def fft2_pullback(out_bar: Any) -> Any:
        return planes_bar(out_bar, a, s, axes, norm, np.fft.ifft), None, None, None

    return out, fft2_pullback


@rrule(np.fft.ifft2, fresh=True)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """``ifftn`` over two axes."""
    out = np.fft.ifft2(a, s, axes, norm)

    def ifft2_pullback(out_bar: Any) -> Any:
        return planes_bar(out_bar, a, s, axes, norm, np.fft.fft), None, None, None

    return out, ifft2_pullback


@rrule(np.fft.rfft2, fresh=True)
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """``rfftn`` over two axes."""
    out = np.fft.rfft2(a, s, axes, norm)

    def rfft2_pullback(out_bar: Any) -> Any:
        return real_planes_bar(out_bar, a, s, axes, norm), None, None, None

    return out, rfft2_pullback


@rrule(np.fft.irfft2, fresh=True)
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """``irfftn`` over two axes."""
    out = np.fft.irfft2(a, s, axes, norm)

    def irfft2_pullback(out_bar: Any) -> Any:
        return half_planes_bar(out_bar, a, s, axes, norm), None, None, None

    return out, irfft2_pullback


# -- shifts -------------------------------------------------------------------------------------

linear(np.fft.fftshift, np.fft.ifftshift)


@rrule(np.fft.fftshift, fresh=True)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Shifted back."""
    out = np.fft.fftshift(x, axes)

    def fftshift_pullback(out_bar: Any) -> Any:
        return np.fft.ifftshift(out_bar, axes), None

    return out, fftshift_pullback


@rrule(np.fft.ifftshift, fresh=True)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """Shifted again."""
    out = np.fft.ifftshift(x, axes)

    def ifftshift_pullback(out_bar: Any) -> Any:
        return np.fft.fftshift(out_bar, axes), None

    return out, ifftshift_pullback


# -- what pullbacks call, and frequencies -------------------------------------------------------

form_only(planes_bar, real_planes_bar, half_planes_bar, template=1)
form_only(half_line_bar, line_bar, real_line_bar)


def register_frequencies(primal: Any) -> None:
    """Register both rules of a function that returns frequencies: multiples of one by the spacing."""

    @rrule(primal, fresh=True)
    def frequencies(n: Any, d: Any = 1.0, device: Any = None) -> Any:
        """Inversely proportional to the spacing."""
        out = primal(n, d)

        def frequencies_pullback(out_bar: Any) -> Any:
            return None, -np.sum(out_bar * out) / d, None

        return out, frequencies_pullback

    @frule(primal)
    def frequencies_forward(n: Any, d: Any = 1.0, device: Any = None) -> Any:
        """Inversely proportional to the spacing."""
        out = primal(n, d)

        def frequencies_pushforward(n_dot: Any, d_dot: Any, device_dot: Any) -> Any:
            return None, -out * d_dot / d, None

        return out, frequencies_pushforward


for _function in members(np.fft, "fftfreq rfftfreq"):
    register_frequencies(_function)
