"""Rules of scipy.ndimage: linear filters of any rank, with every way of continuing an image.

A filter pads the image and correlates.  Its pullback correlates back to the padded image, and folds what lies
outside onto the entries that it was copied from.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit
from adjoint.rules.symbolic import not_implemented

ndimage: Any = importlib.import_module("scipy.ndimage")

#: NumPy's names of the ways to continue an array.
PAD_MODES = {
    "reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect", "nearest": "edge",
    "wrap": "wrap", "grid-wrap": "wrap", "constant": "constant", "grid-constant": "constant",
}  # fmt: skip
#: The derivative by the width of a Gaussian.
WIDTH = not_implemented("a Gaussian filter by its width `sigma`")


def folded(bar: Any, before: int, size: int, axis: int, mode: str) -> Any:
    """Return the cotangent of an array along one axis from that of the padded array.

    Args:
        bar: cotangent of the padded array.
        before: number of entries put before the first one.
        size: of the array along the axis.
        axis: the padded axis.
        mode: as for `scipy.ndimage`.
    """
    after = np.shape(bar)[axis] - before - size
    rows = np.moveaxis(bar, axis, 0)
    if PAD_MODES[mode] == "constant":
        return np.moveaxis(rows[before : before + size], 0, axis)
    name: Any = PAD_MODES[mode]
    source = np.pad(np.arange(size), (before, after), name)
    result = np.zeros((size, *np.shape(rows)[1:]), rows.dtype)
    np.add.at(result, source, rows)
    return np.moveaxis(result, 0, axis)


def correlation_bar(out_bar: Any, shape: tuple[int, ...], weights: Any, starts: Any, modes: Any) -> Any:
    """Return the cotangent of an image in its correlation with weights of the same rank.

    Args:
        out_bar: cotangent of the filtered image.
        shape: of the image.
        weights: array with as many axes, real.
        starts: for every axis, how many entries of the weights lie before the centre.
        modes: for every axis, how the image is continued.
    """
    if not np.size(out_bar):
        return np.zeros(shape, out_bar.dtype)
    total: Any = 0.0
    for index in np.ndindex(weights.shape):
        widths = [(k, size - 1 - k) for k, size in zip(index, weights.shape, strict=True)]
        total = total + weights[index] * np.pad(out_bar, widths)
    for axis, (size, start, mode) in enumerate(zip(shape, starts, modes, strict=True)):
        total = folded(total, start, size, axis, mode)
    return total


def weights_bar(out_bar: Any, image: Any, weights: Any, starts: Any, modes: Any, cval: Any) -> Any:
    """Return the cotangent of the weights of a correlation; see `correlation_bar`."""
    if not np.size(out_bar):
        return np.zeros(weights.shape, out_bar.dtype)
    padded = image
    for axis, (size, start, mode) in enumerate(zip(weights.shape, starts, modes, strict=True)):
        widths = [(0, 0)] * np.ndim(image)
        widths[axis] = (start, size - 1 - start)
        name: Any = PAD_MODES[mode]
        padded = (
            np.pad(padded, widths, constant_values=cval)
            if name == "constant"
            else np.pad(padded, widths, name)
        )
    sums = [
        np.sum(out_bar * padded[tuple(slice(k, k + n) for k, n in zip(index, np.shape(image), strict=True))])
        for index in np.ndindex(weights.shape)
    ]
    return np.reshape(np.stack(sums), weights.shape)


def per_axis(value: Any, ndim: int) -> list[Any]:
    """Return one value for every axis."""
    return list(value) if isinstance(value, list | tuple) else [value] * ndim


def along(weights: Any, axis: int, ndim: int) -> Any:
    """Return weights of one axis with as many axes as the image."""
    return np.reshape(weights, [-1 if k == axis % ndim else 1 for k in range(ndim)])


def line_starts(size: int, axis: int, ndim: int, origin: int) -> list[int]:
    """Return how many entries of the weights of one axis lie before the centre, for every axis."""
    return [size // 2 + origin if k == axis % ndim else 0 for k in range(ndim)]


def constant_bar(out_bar: Any, response: Any) -> Any:
    """Return the cotangent of the value outside: the sum over what an image of zeros would give."""
    return np.sum(out_bar * response)


# -- correlations and convolutions --------------------------------------------------------------


def line_bars(
    out_bar: Any, x: Any, weights: Any, axis: int, mode: str, cval: Any, origin: int
) -> tuple[Any, Any]:
    """Return the cotangents of image and weights in `scipy.ndimage.correlate1d`."""
    ndim = np.ndim(x)
    kernel, starts = along(weights, axis, ndim), line_starts(np.size(weights), axis, ndim, origin)
    x_bar = correlation_bar(out_bar, np.shape(x), kernel, starts, [mode] * ndim)
    w_bar = weights_bar(out_bar, x, kernel, starts, [mode] * ndim, cval)
    return fit(x_bar, x), fit(w_bar, weights)


def flipped_origin(size: int, origin: int) -> int:
    """Return the origin of the correlation that equals a convolution."""
    return -origin - (1 if size % 2 == 0 else 0)


def image_bars(
    out_bar: Any, x: Any, weights: Any, mode: Any, cval: Any, origin: Any, convolved: bool
) -> tuple[Any, Any]:
    """Return the cotangents of image and weights in `scipy.ndimage.correlate` or ``convolve``."""
    ndim = np.ndim(x)
    origins = per_axis(origin, ndim)
    if convolved:
        origins = [flipped_origin(n, k) for n, k in zip(np.shape(weights), origins, strict=True)]
    starts = [n // 2 + k for n, k in zip(np.shape(weights), origins, strict=True)]
    kernel, modes = np.flip(weights) if convolved else weights, per_axis(mode, ndim)
    x_bar = correlation_bar(out_bar, np.shape(x), kernel, starts, modes)
    w_bar = weights_bar(out_bar, x, kernel, starts, modes, cval)
    return fit(x_bar, x), fit(np.flip(w_bar) if convolved else w_bar, weights)


@rrule(ndimage.correlate1d, fresh=True)
def correlate1d(
    input: Any, weights: Any, axis: Any = -1, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Correlate back and fold."""
    out = ndimage.correlate1d(input, weights, axis, mode=mode, cval=cval, origin=origin)

    def correlate1d_pullback(out_bar: Any) -> Any:
        input_bar, weights_bar = line_bars(out_bar, input, weights, axis, mode, cval, origin)
        cval_bar = constant_bar(
            out_bar,
            ndimage.correlate1d(np.zeros_like(input), weights, axis, mode=mode, cval=1.0, origin=origin),
        )
        return input_bar, weights_bar, None, None, fit(cval_bar, cval), None

    return out, correlate1d_pullback


@frule(ndimage.correlate1d)
def correlate1d_forward(
    input: Any, weights: Any, axis: Any = -1, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Linear in the image, in the weights and in the value outside."""
    out = ndimage.correlate1d(input, weights, axis, mode=mode, cval=cval, origin=origin)

    def correlate1d_pushforward(
        input_dot: Any, weights_dot: Any, axis_dot: Any, mode_dot: Any, cval_dot: Any, origin_dot: Any
    ) -> Any:
        return (
            ndimage.correlate1d(input_dot, weights, axis, mode=mode, cval=0.0, origin=origin),
            ndimage.correlate1d(input, weights_dot, axis, mode=mode, cval=cval, origin=origin),
            None,
            None,
            cval_dot
            * ndimage.correlate1d(np.zeros_like(input), weights, axis, mode=mode, cval=1.0, origin=origin),
            None,
        )

    return out, correlate1d_pushforward


@rrule(ndimage.convolve1d, fresh=True)
def convolve1d(
    input: Any, weights: Any, axis: Any = -1, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """As the correlation with the weights turned round."""
    out = ndimage.convolve1d(input, weights, axis, mode=mode, cval=cval, origin=origin)

    def convolve1d_pullback(out_bar: Any) -> Any:
        flipped = flipped_origin(len(weights), origin)
        input_bar, turned_bar = line_bars(out_bar, input, weights[::-1], axis, mode, cval, flipped)
        cval_bar = constant_bar(
            out_bar,
            ndimage.convolve1d(np.zeros_like(input), weights, axis, mode=mode, cval=1.0, origin=origin),
        )
        return input_bar, turned_bar[::-1], None, None, fit(cval_bar, cval), None

    return out, convolve1d_pullback


@frule(ndimage.convolve1d)
def convolve1d_forward(
    input: Any, weights: Any, axis: Any = -1, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Linear in the image, in the weights and in the value outside."""
    out = ndimage.convolve1d(input, weights, axis, mode=mode, cval=cval, origin=origin)

    def convolve1d_pushforward(
        input_dot: Any, weights_dot: Any, axis_dot: Any, mode_dot: Any, cval_dot: Any, origin_dot: Any
    ) -> Any:
        return (
            ndimage.convolve1d(input_dot, weights, axis, mode=mode, cval=0.0, origin=origin),
            ndimage.convolve1d(input, weights_dot, axis, mode=mode, cval=cval, origin=origin),
            None,
            None,
            cval_dot
            * ndimage.convolve1d(np.zeros_like(input), weights, axis, mode=mode, cval=1.0, origin=origin),
            None,
        )

    return out, convolve1d_pushforward


@rrule(ndimage.correlate, fresh=True)
def correlate(input: Any, weights: Any, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0) -> Any:
    """Correlate back and fold."""
    out = ndimage.correlate(input, weights, mode=mode, cval=cval, origin=origin)

    def correlate_pullback(out_bar: Any) -> Any:
        input_bar, weights_bar = image_bars(out_bar, input, weights, mode, cval, origin, False)
        cval_bar = constant_bar(
            out_bar, ndimage.correlate(np.zeros_like(input), weights, mode=mode, cval=1.0, origin=origin)
        )
        return input_bar, weights_bar, None, fit(cval_bar, cval), None

    return out, correlate_pullback


@frule(ndimage.correlate)
def correlate_forward(
    input: Any, weights: Any, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Linear in the image, in the weights and in the value outside."""
    out = ndimage.correlate(input, weights, mode=mode, cval=cval, origin=origin)

    def correlate_pushforward(
        input_dot: Any, weights_dot: Any, mode_dot: Any, cval_dot: Any, origin_dot: Any
    ) -> Any:
        return (
            ndimage.correlate(input_dot, weights, mode=mode, cval=0.0, origin=origin),
            ndimage.correlate(input, weights_dot, mode=mode, cval=cval, origin=origin),
            None,
            cval_dot * ndimage.correlate(np.zeros_like(input), weights, mode=mode, cval=1.0, origin=origin),
            None,
        )

    return out, correlate_pushforward


@rrule(ndimage.convolve, fresh=True)
def convolve(input: Any, weights: Any, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0) -> Any:
    """Correlate back and fold."""
    out = ndimage.convolve(input, weights, mode=mode, cval=cval, origin=origin)

    def convolve_pullback(out_bar: Any) -> Any:
        input_bar, weights_bar = image_bars(out_bar, input, weights, mode, cval, origin, True)
        cval_bar = constant_bar(
            out_bar, ndimage.convolve(np.zeros_like(input), weights, mode=mode, cval=1.0, origin=origin)
        )
        return input_bar, weights_bar, None, fit(cval_bar, cval), None

    return out, convolve_pullback


@frule(ndimage.convolve)
def convolve_forward(
    input: Any, weights: Any, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Linear in the image, in the weights and in the value outside."""
    out = ndimage.convolve(input, weights, mode=mode, cval=cval, origin=origin)

    def convolve_pushforward(
        input_dot: Any, weights_dot: Any, mode_dot: Any, cval_dot: Any, origin_dot: Any
    ) -> Any:
        return (
            ndimage.convolve(input_dot, weights, mode=mode, cval=0.0, origin=origin),
            ndimage.convolve(input, weights_dot, mode=mode, cval=cval, origin=origin),
            None,
            cval_dot * ndimage.convolve(np.zeros_like(input), weights, mode=mode, cval=1.0, origin=origin),
            None,
        )

    return out, convolve_pushforward
