"""Rules of scipy.ndimage: Gaussian and uniform filters, one correlation after the other along the axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.scipy_ndimage import (
    WIDTH,
    along,
    constant_bar,
    correlation_bar,
    line_starts,
    ndimage,
    per_axis,
)
from adjoint.rules.support import fit


def width_bar(sigma: Any) -> Any:
    """Return the cotangent of a width, which raises where it is needed; whole numbers have none."""
    return WIDTH if np.asarray(sigma).dtype.kind == "f" else None


def gaussian_weights(sigma: Any, order: int, truncate: Any, radius: Any) -> Any:
    """Return the weights of a Gaussian filter: its response to an impulse, turned round."""
    r = int(truncate * float(sigma) + 0.5) if radius is None else int(radius)
    impulse = (np.arange(2 * r + 1) == r).astype(float)
    return ndimage.gaussian_filter1d(
        impulse, sigma, order=order, mode="constant", truncate=truncate, radius=radius
    )[::-1]


def gaussian_line_bar(
    out_bar: Any, sigma: Any, axis: int, order: int, mode: str, truncate: Any, radius: Any
) -> Any:
    """Return the cotangent of an image in a Gaussian filter along one axis."""
    weights, ndim = gaussian_weights(sigma, order, truncate, radius), np.ndim(out_bar)
    starts = line_starts(len(weights), axis, ndim, 0)
    return correlation_bar(out_bar, np.shape(out_bar), along(weights, axis, ndim), starts, [mode] * ndim)


def gaussian_bar(out_bar: Any, sigma: Any, order: Any, mode: Any, truncate: Any, radius: Any) -> Any:
    """Return the cotangent of an image in a Gaussian filter along all axes; narrow ones do nothing."""
    bar, ndim = out_bar, np.ndim(out_bar)
    values = [per_axis(value, ndim) for value in (sigma, order, mode, radius)]
    for axis, (width, n, name, r) in enumerate(zip(*values, strict=True)):
        if width > 1e-15:
            bar = gaussian_line_bar(bar, width, axis, n, name, truncate, r)
    return bar


def uniform_bar(out_bar: Any, size: Any, mode: Any, origin: Any) -> Any:
    """Return the cotangent of an image in a uniform filter along all axes."""
    bar, ndim = out_bar, np.ndim(out_bar)
    values = [per_axis(value, ndim) for value in (size, mode, origin)]
    for axis, (n, name, start) in enumerate(zip(*values, strict=True)):
        bar = uniform_line_bar(bar, int(n), axis, name, start)
    return bar


def uniform_line_bar(out_bar: Any, size: int, axis: int, mode: str, origin: int) -> Any:
    """Return the cotangent of an image in a uniform filter along one axis."""
    ndim = np.ndim(out_bar)
    weights, starts = np.full(size, 1.0 / size), line_starts(size, axis, ndim, origin)
    return correlation_bar(out_bar, np.shape(out_bar), along(weights, axis, ndim), starts, [mode] * ndim)


@rrule(ndimage.gaussian_filter, fresh=True)
def gaussian_filter(
    input: Any,
    sigma: Any,
    order: Any = 0,
    *,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    radius: Any = None,
) -> Any:
    """Every axis in turn; the width is held fixed."""
    out = ndimage.gaussian_filter(input, sigma, order, mode=mode, cval=cval, truncate=truncate, radius=radius)

    def gaussian_filter_pullback(out_bar: Any) -> Any:
        input_bar = fit(gaussian_bar(out_bar, sigma, order, mode, truncate, radius), input)
        cval_bar = constant_bar(
            out_bar,
            ndimage.gaussian_filter(
                np.zeros_like(input), sigma, order, mode=mode, cval=1.0, truncate=truncate, radius=radius
            ),
        )
        return input_bar, width_bar(sigma), None, None, fit(cval_bar, cval), None, None

    return out, gaussian_filter_pullback


@frule(ndimage.gaussian_filter)
def gaussian_filter_forward(
    input: Any,
    sigma: Any,
    order: Any = 0,
    *,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    radius: Any = None,
) -> Any:
    """Linear in the image, in the weights and in the value outside."""
    out = ndimage.gaussian_filter(input, sigma, order, mode=mode, cval=cval, truncate=truncate, radius=radius)

    def gaussian_filter_pushforward(
        input_dot: Any,
        sigma_dot: Any,
        order_dot: Any,
        mode_dot: Any,
        cval_dot: Any,
        truncate_dot: Any,
        radius_dot: Any,
    ) -> Any:
        return (
            ndimage.gaussian_filter(
                input_dot, sigma, order, mode=mode, cval=0.0, truncate=truncate, radius=radius
            ),
            None if sigma_dot is None or not np.any(sigma_dot) else WIDTH,
            None,
            None,
            cval_dot
            * ndimage.gaussian_filter(
                np.zeros_like(input), sigma, order, mode=mode, cval=1.0, truncate=truncate, radius=radius
            ),
            None,
            None,
        )

    return out, gaussian_filter_pushforward


@rrule(ndimage.gaussian_filter1d, fresh=True)
def gaussian_filter1d(
    input: Any,
    sigma: Any,
    axis: Any = -1,
    order: Any = 0,
    *,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    radius: Any = None,
) -> Any:
    """Every axis in turn; the width is held fixed."""
    out = ndimage.gaussian_filter1d(
        input, sigma, axis, order, mode=mode, cval=cval, truncate=truncate, radius=radius
    )

    def gaussian_filter1d_pullback(out_bar: Any) -> Any:
        input_bar = fit(gaussian_line_bar(out_bar, sigma, axis, order, mode, truncate, radius), input)
        cval_bar = constant_bar(
            out_bar,
            ndimage.gaussian_filter1d(
                np.zeros_like(input),
                sigma,
                axis,
                order,
                mode=mode,
                cval=1.0,
                truncate=truncate,
                radius=radius,
            ),
        )
        return input_bar, width_bar(sigma), None, None, None, fit(cval_bar, cval), None, None

    return out, gaussian_filter1d_pullback


@frule(ndimage.gaussian_filter1d)
def gaussian_filter1d_forward(
    input: Any,
    sigma: Any,
    axis: Any = -1,
    order: Any = 0,
    *,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    radius: Any = None,
) -> Any:
    """Linear in the image, in the weights and in the value outside."""
    out = ndimage.gaussian_filter1d(
        input, sigma, axis, order, mode=mode, cval=cval, truncate=truncate, radius=radius
    )

    def gaussian_filter1d_pushforward(
        input_dot: Any,
        sigma_dot: Any,
        axis_dot: Any,
        order_dot: Any,
        mode_dot: Any,
        cval_dot: Any,
        truncate_dot: Any,
        radius_dot: Any,
    ) -> Any:
        return (
            ndimage.gaussian_filter1d(
                input_dot, sigma, axis, order, mode=mode, cval=0.0, truncate=truncate, radius=radius
            ),
            None if sigma_dot is None or not np.any(sigma_dot) else WIDTH,
            None,
            None,
            None,
            cval_dot
            * ndimage.gaussian_filter1d(
                np.zeros_like(input),
                sigma,
                axis,
                order,
                mode=mode,
                cval=1.0,
                truncate=truncate,
                radius=radius,
            ),
            None,
            None,
        )

    return out, gaussian_filter1d_pushforward


@rrule(ndimage.uniform_filter, fresh=True)
def uniform_filter(
    input: Any, size: Any = 3, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Every axis in turn."""
    out = ndimage.uniform_filter(input, size, mode=mode, cval=cval, origin=origin)

    def uniform_filter_pullback(out_bar: Any) -> Any:
        input_bar = fit(uniform_bar(out_bar, size, mode, origin), input)
        cval_bar = constant_bar(
            out_bar, ndimage.uniform_filter(np.zeros_like(input), size, mode=mode, cval=1.0, origin=origin)
        )
        return input_bar, None, None, fit(cval_bar, cval), None

    return out, uniform_filter_pullback


@frule(ndimage.uniform_filter)
def uniform_filter_forward(
    input: Any, size: Any = 3, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Linear in the image, in the weights and in the value outside."""
    out = ndimage.uniform_filter(input, size, mode=mode, cval=cval, origin=origin)

    def uniform_filter_pushforward(
        input_dot: Any, size_dot: Any, mode_dot: Any, cval_dot: Any, origin_dot: Any
    ) -> Any:
        return (
            ndimage.uniform_filter(input_dot, size, mode=mode, cval=0.0, origin=origin),
            None,
            None,
            cval_dot * ndimage.uniform_filter(np.zeros_like(input), size, mode=mode, cval=1.0, origin=origin),
            None,
        )

    return out, uniform_filter_pushforward


@rrule(ndimage.uniform_filter1d, fresh=True)
def uniform_filter1d(
    input: Any, size: Any, axis: Any = -1, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Every axis in turn."""
    out = ndimage.uniform_filter1d(input, size, axis, mode=mode, cval=cval, origin=origin)

    def uniform_filter1d_pullback(out_bar: Any) -> Any:
        input_bar = fit(uniform_line_bar(out_bar, size, axis, mode, origin), input)
        cval_bar = constant_bar(
            out_bar,
            ndimage.uniform_filter1d(np.zeros_like(input), size, axis, mode=mode, cval=1.0, origin=origin),
        )
        return input_bar, None, None, None, fit(cval_bar, cval), None

    return out, uniform_filter1d_pullback


@frule(ndimage.uniform_filter1d)
def uniform_filter1d_forward(
    input: Any, size: Any, axis: Any = -1, *, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Linear in the image, in the weights and in the value outside."""
    out = ndimage.uniform_filter1d(input, size, axis, mode=mode, cval=cval, origin=origin)

    def uniform_filter1d_pushforward(
        input_dot: Any, size_dot: Any, axis_dot: Any, mode_dot: Any, cval_dot: Any, origin_dot: Any
    ) -> Any:
        return (
            ndimage.uniform_filter1d(input_dot, size, axis, mode=mode, cval=0.0, origin=origin),
            None,
            None,
            None,
            cval_dot
            * ndimage.uniform_filter1d(np.zeros_like(input), size, axis, mode=mode, cval=1.0, origin=origin),
            None,
        )

    return out, uniform_filter1d_pushforward
