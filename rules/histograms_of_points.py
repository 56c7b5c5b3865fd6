"""Rules of ``np.histogram2d`` and ``np.histogramdd``: weights, densities, and the edges of the bins.

In which bin a point lies is a step function; edges that were not given lie between the smallest and the
largest coordinate, or in the given range, as for ``np.histogram``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.composed import composed
from adjoint.rules.histograms import bin_of
from adjoint.rules.kinds import Array, Kind, Tuple, Unknown


def edges_along(x: Any, bins: Any, limits: Any) -> Any:
    """Return the edges of the bins along one axis.

    Args:
        x: the coordinates of the points.
        bins: their number, or the edges.
        limits: the lowest and the highest edge; None for those of the points.
    """
    if np.ndim(bins):
        return np.asarray(bins)
    if limits is not None:
        low, high = limits[0], limits[1]
    elif len(x):
        low, high = np.min(x), np.max(x)
    else:
        low, high = 0.0, 1.0
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, int(bins) + 1)


def sums(columns: Any, bins: Any, ranges: Any, density: Any, weights: Any) -> tuple[Any, Any]:
    """Return the histogram of points in bins, and the edges along every axis.

    Args:
        columns: the coordinates of the points, one array for each axis.
        bins: number or edges for each axis.
        ranges: limits for each axis.
        density: whether the sums are divided by the volumes and by their total.
        weights: of the points, or None.
    """
    edges = [edges_along(x, b, r) for x, b, r in zip(columns, bins, ranges, strict=True)]
    shape = [len(e) - 1 for e in edges]
    places = [bin_of(x, e) for x, e in zip(columns, edges, strict=True)]
    inside = np.all(np.stack(places) >= 0, axis=0)
    cells = np.ravel_multi_index([np.where(inside, place, 0) for place in places], shape)
    shares = np.where(inside, 1.0 if weights is None else np.asarray(weights), 0.0)
    total = int(np.prod(shape))
    counts: Any = np.reshape(np.bincount(cells, shares, total), shape)
    if density:
        counts = counts / np.sum(counts)
        for k, e in enumerate(edges):
            counts = counts / np.reshape(e[1:] - e[:-1], [-1 if j == k else 1 for j in range(len(edges))])
    return counts, edges


def per_axis(bins: Any, ranges: Any, ndim: int) -> tuple[Any, Any]:
    """Return bins and ranges with one entry for every axis."""
    limits = [None] * ndim if ranges is None else list(ranges)
    if np.ndim(bins) == 0:
        return [bins] * ndim, limits
    return list(bins), limits


def unknown(**kinds: Kind) -> Kind:
    """The kind of a histogram and its edges depends on the number of axes."""
    return Unknown()


def columns_of(sample: Any) -> Any:
    """Return the coordinates of points along every axis; a list holds them already."""
    points = sample.T if isinstance(sample, np.ndarray) else [np.asarray(x) for x in sample]
    return [points] if np.ndim(points[0]) == 0 else list(points)


@composed(np.histogramdd, kind=unknown)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Each weight to its bin; the edges to where they come from."""
    columns = columns_of(sample)
    counts, edges = sums(columns, *per_axis(bins, range, len(columns)), density, weights)
    return counts, tuple(edges)


def table_and_edges(**kinds: Kind) -> Kind:
    """The kind of a table and of the edges along both of its axes."""
    return Tuple((Array(None, None), Array(None, None), Array(None, None)))


@composed(np.histogram2d, kind=table_and_edges)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Each weight to its bin; the edges to where they come from."""
    given = [bins, bins] if np.ndim(bins) == 0 or len(bins) not in (1, 2) else bins
    columns = [np.asarray(x), np.asarray(y)]
    counts, edges = sums(columns, *per_axis(given, range, 2), density, weights)
    return counts, edges[0], edges[1]
