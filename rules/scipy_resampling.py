"""Rules of scipy.ndimage: images between their pixels, by splines of every order.

An image is filtered so that the splines of its coefficients interpolate it; a value is the sum over the
coefficients around a point.  Images are differentiated for every order, coordinates from order one on.

Source of the mathematics: M. Unser, "Splines: a perfect fit for signal and image processing" (1999).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.rules.composed import composed, refused
from adjoint.rules.registry import non_differentiable
from adjoint.rules.scipy_ndimage import ndimage

#: Entries that SciPy puts around an image where the filter has no exact condition at its ends.
PADDING = 12


def filtered(image: Any, order: int, mode: str) -> Any:
    """Return the coefficients of splines that interpolate an image; the filter of every axis is a matrix."""
    if order < 2:
        return image
    for axis in range(np.ndim(image)):
        matrix = ndimage.spline_filter1d(np.eye(np.shape(image)[axis]), order, axis=0, mode=mode)
        image = np.moveaxis(np.tensordot(matrix, image, (1, axis)), 0, axis)
    return image


def prepared(image: Any, order: int, mode: str, cval: Any, prefilter: Any) -> tuple[Any, int]:
    """Return coefficients, and how far they reach beyond the image."""
    if not prefilter or order < 2:
        return image, 0
    if mode == "nearest":
        return filtered(np.pad(image, PADDING, "edge"), order, mode), PADDING
    if mode == "grid-constant":
        return filtered(np.pad(image, PADDING, constant_values=cval), order, mode), PADDING
    return filtered(image, order, mode), 0


def folded_back(index: Any, n: int, mode: str) -> Any:
    """Return places on an axis of length ``n`` for places that may lie outside, by the way it continues."""
    if n == 1:
        return np.zeros_like(index)
    if mode == "nearest":
        return np.clip(index, 0, n - 1)
    if mode == "grid-wrap":
        return index % n
    if mode == "reflect":
        place = index % (2 * n)
        return np.minimum(place, 2 * n - 1 - place)
    place = index % (2 * n - 2)
    return np.minimum(place, 2 * n - 2 - place)


def weights_of(order: int, t: Any) -> list[Any]:
    """Return the values of the ``order + 1`` splines that are not zero at ``t`` of the way between knots."""
    weights = [1.0 + 0.0 * t]
    for r in range(1, order + 1):
        parts = [weight / r for weight in weights]
        right = [(j + 1.0 - t) * parts[j] for j in range(r)]
        left = [(t + (r - 1.0 - j)) * parts[j] for j in range(r)]
        weights = [right[0], *[left[j - 1] + right[j] for j in range(1, r)], left[r - 1]]
    return weights


def taps(at: Any, n: int, order: int, mode: str) -> tuple[Any, Any, Any]:
    """Return places, weights and what lies outside for the coefficients around points of one axis.

    Args:
        at: coordinates, one-dimensional.
        n: the number of coefficients.
        order: of the splines.
        mode: as for `scipy.ndimage.map_coordinates`.
    """
    outside = np.zeros(np.shape(at), bool)
    if mode == "constant":
        outside = (at < 0) | (at > n - 1)
        at = np.where(outside, 0.0, at)
    elif mode == "wrap":
        beyond = (at < 0) | (at > n - 1)
        at = np.where(beyond, at % max(n - 1, 1), at)
    lowest = np.floor(at + 0.5 * (1 - order % 2))
    weights = weights_of(order, at + 0.5 * (1 - order % 2) - lowest)
    start = lowest.astype(int) - order // 2
    places = [start + j for j in range(order + 1)]
    return places, weights, outside


def sampled(image: Any, points: Any, order: int, mode: str, cval: Any, prefilter: Any) -> Any:
    """Return the values of an image at points.

    Args:
        image: the pixels.
        points: their coordinates, shape (number of axes, number of points).
        order: of the splines, 0 to 5.
        mode: how the image is continued.
        cval: the value outside, for modes that are constant there.
        prefilter: whether the pixels are values, not coefficients.
    """
    coefficients, reach = prepared(image, order, mode, cval, prefilter)
    blank: Any = False
    places: Any = [()]
    weights: Any = [1.0]
    lost: Any = [False]
    for axis, n in enumerate(np.shape(coefficients)):
        found, shares, outside = taps(points[axis] + reach, n, order, mode)
        blank = blank | outside
        cut = [((place < 0) | (place >= n)) & (mode == "grid-constant") for place in found]
        here = [folded_back(place, n, mode) for place in found]
        places = [(*before, place) for before in places for place in here]
        weights = [weight * share for weight in weights for share in shares]
        lost = [before | beyond for before in lost for beyond in cut]
    out: Any = 0.0
    for k in range(len(places)):
        out = out + weights[k] * np.where(lost[k], cval, coefficients[places[k]])
    return np.where(blank, cval, out)


def plain(output: Any, name: str) -> None:
    """Refuse an array or a dtype for the output.

    Raises:
        RuleError: ADJ202, one is given.
    """
    if output is not None:
        raise refused(f"scipy.ndimage.{name}", "it writes into `output`.", "leave `output` out")


@composed(ndimage.map_coordinates)
def map_coordinates(
    input: Any, coordinates: Any, output: Any = None, order: Any = 3, mode: Any = "constant", cval: Any = 0.0,
    prefilter: Any = True,
) -> Any:  # fmt: skip
    """By pixels, coordinates and the value outside."""
    plain(output, "map_coordinates")
    points = np.asarray(coordinates)
    flat = np.reshape(points, (len(points), -1))
    return np.reshape(sampled(np.asarray(input), flat, order, mode, cval, prefilter), np.shape(points)[1:])


def grid(shape: Any) -> Any:
    """Return the coordinates of all pixels of an image, shape (number of axes, number of pixels)."""
    return np.reshape(np.indices(shape), (len(shape), -1))


@composed(ndimage.affine_transform)
def affine_transform(
    input: Any, matrix: Any, offset: Any = 0.0, output_shape: Any = None, output: Any = None, order: Any = 3,
    mode: Any = "constant", cval: Any = 0.0, prefilter: Any = True,
) -> Any:  # fmt: skip
    """By pixels, matrix and offset."""
    plain(output, "affine_transform")
    image, turn = np.asarray(input), np.asarray(matrix)
    shape = np.shape(image) if output_shape is None else tuple(output_shape)
    ndim = np.ndim(image)
    start = np.zeros(ndim) + np.asarray(offset)
    if np.ndim(turn) == 1:
        points = turn[:, None] * grid(shape) + start[:, None]
    elif np.shape(turn)[1] == ndim + 1:
        points = turn[:ndim, :ndim] @ grid(shape) + turn[:ndim, ndim:]
    else:
        points = turn @ grid(shape) + start[:, None]
    return np.reshape(sampled(image, points, order, mode, cval, prefilter), shape)


@composed(ndimage.shift)
def shift(
    input: Any, shift: Any, output: Any = None, order: Any = 3, mode: Any = "constant", cval: Any = 0.0,
    prefilter: Any = True,
) -> Any:  # fmt: skip
    """By pixels and the shift."""
    plain(output, "shift")
    image = np.asarray(input)
    points = grid(np.shape(image)) - (np.zeros(np.ndim(image)) + np.asarray(shift))[:, None]
    return np.reshape(sampled(image, points, order, mode, cval, prefilter), np.shape(image))


@composed(ndimage.zoom, keyword_only="grid_mode")
def zoom(
    input: Any, zoom: Any, output: Any = None, order: Any = 3, mode: Any = "constant", cval: Any = 0.0,
    prefilter: Any = True, grid_mode: Any = False,
) -> Any:  # fmt: skip
    """By the pixels; the zoom counts by the number of pixels alone."""
    plain(output, "zoom")
    image = np.asarray(input)
    old = np.array(np.shape(image))
    new = np.round(old * np.asarray(zoom)).astype(int)
    above, below = (old, new) if grid_mode else (old - 1, new - 1)
    ratio = np.where(below == 0, 1.0, above / np.where(below == 0, 1, below))
    middle = 0.5 if grid_mode else 0.0
    points = (grid(new.tolist()) + middle) * ratio[:, None] - middle
    return np.reshape(sampled(image, points, order, mode, cval, prefilter), new.tolist())


@non_differentiable
def rotated_shape(shape: Any, angle: float) -> tuple[int, int]:
    """Return the shape of the smallest image that holds a rotated one."""
    h, w = shape
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    bounds = np.array([[c, s], [-s, c]]) @ np.array([[0, 0, h, h], [0, w, 0, w]])
    rows, columns = (np.ptp(bounds, axis=1) + 0.5).astype(int).tolist()
    return rows, columns


@composed(ndimage.rotate)
def rotate(
    input: Any, angle: Any, axes: Any = (1, 0), reshape: Any = True, output: Any = None, order: Any = 3,
    mode: Any = "constant", cval: Any = 0.0, prefilter: Any = True,
) -> Any:  # fmt: skip
    """By pixels and angle."""
    plain(output, "rotate")
    image = np.asarray(input)
    first, second = sorted(axis % np.ndim(image) for axis in axes)
    planes = np.moveaxis(image, (first, second), (-2, -1))
    old = np.shape(planes)[-2:]
    turn = np.pi / 180.0 * np.asarray(angle)
    c, s = np.cos(turn), np.sin(turn)
    new = rotated_shape(old, float(angle)) if reshape else old
    y, x = grid(new)
    y, x = y - (new[0] - 1) / 2, x - (new[1] - 1) / 2
    points = np.stack([c * y + s * x + (old[0] - 1) / 2, c * x - s * y + (old[1] - 1) / 2])
    rows = np.reshape(planes, (-1, *old))
    turned = np.stack([sampled(row, points, order, mode, cval, prefilter) for row in rows])
    whole = np.reshape(turned, (*np.shape(planes)[:-2], *new))
    return np.moveaxis(whole, (-2, -1), (first, second))


@composed(ndimage.spline_filter)
def spline_filter(input: Any, order: Any = 3, output: Any = np.float64, mode: Any = "mirror") -> Any:
    """Linear: the filter of every axis is a matrix."""
    return filtered(np.asarray(input), order, mode)
