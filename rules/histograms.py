"""The rule of ``np.histogram``: weights, densities, and the edges of the bins.

In which bin a value lies is a step function; the weights are summed, so their derivative is exact.  Edges
that were not given are equally spaced between the smallest and the largest value, or over the given range.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.creation import ramp_bars
from adjoint.rules.registry import frule, rrule
from adjoint.rules.scans import from_pairs
from adjoint.rules.support import fit, still


def bin_of(a: Any, edges: Any) -> Any:
    """Return the bin of every value; -1 outside.  The last bin includes its upper edge."""
    a = np.ravel(a)
    if not len(edges):
        return np.full(a.shape, -1)
    place = np.searchsorted(edges, a, side="right") - 1
    place = np.where(a == edges[-1], len(edges) - 2, place)
    return np.where(place < len(edges) - 1, place, -1)


def of_bins(values: Any, place: Any) -> Any:
    """Return the values of bins at places, 0 for the place -1 outside; there may be no bins."""
    return np.where(place >= 0, values[place], 0.0) if len(values) else np.zeros(place.shape, values.dtype)


def counts_bar(hist_bar: Any, out: Any, density: Any, total: Any) -> tuple[Any, Any]:
    """Return the cotangents of the sums in the bins and of the edges in a histogram or density.

    Args:
        hist_bar: cotangent of the histogram.
        out: the histogram and the edges.
        density: whether sums were divided by widths and total.
        total: of all sums.
    """
    hist, edges = out
    if not density:
        return hist_bar, np.zeros_like(edges)
    widths = np.diff(edges)
    sums_bar = hist_bar / (widths * total) - np.sum(hist_bar * np.conj(hist)) / total
    widths_bar = -np.real(hist_bar * np.conj(hist)) / widths
    return sums_bar, from_pairs(-widths_bar, widths_bar)


def edges_to_source(edges_bar: Any, a: Any, bins: Any, limits: Any) -> tuple[Any, Any, Any]:
    """Return the cotangents of values, bins and range from that of the edges."""
    (nothing,) = still(a)
    if np.ndim(bins):
        return nothing, fit(edges_bar, bins), None if limits is None else (0.0, 0.0)
    low_bar, high_bar = ramp_bars(edges_bar, 0.0, 0.0, len(edges_bar), True, 0)
    if limits is not None:
        return nothing, None, (low_bar, high_bar)
    a_bar = np.zeros(np.size(a), edges_bar.dtype)
    if a_bar.size:
        a_bar[np.argmin(a)] += low_bar
        a_bar[np.argmax(a)] += high_bar
    return fit(np.reshape(a_bar, np.shape(a)), a), None, None


def total_of(a: Any, edges: Any, weights: Any) -> Any:
    """Return the sum of all weights inside the bins."""
    inside = bin_of(a, edges) >= 0
    return np.sum(inside) if weights is None else np.sum(np.ravel(weights)[inside])


def histogram_bars(
    out_bar: Any, out: Any, a: Any, bins: Any, limits: Any, density: Any, weights: Any
) -> tuple[Any, Any, Any, Any]:
    """Return the cotangents of values, bins, range and weights of ``np.histogram``.

    Args:
        out_bar: cotangents of histogram and edges, None being zero.
        out: histogram and edges.
        a: values.
        bins: number, name, or edges.
        limits: the range, or None.
        density: whether the histogram is a density.
        weights: of the values, or None.
    """
    hist_bar, edges_bar = out_bar
    edges_bar = np.zeros_like(out[1], np.result_type(out[1], 0.0)) if edges_bar is None else edges_bar
    if hist_bar is None:
        return *edges_to_source(edges_bar, a, bins, limits), None if weights is None else still(weights)[0]
    total = total_of(a, out[1], weights) if density else None
    sums_bar, through_widths = counts_bar(hist_bar, out, density, total)
    weights_bar = None
    if weights is not None:
        taken = of_bins(sums_bar, bin_of(a, out[1]))
        weights_bar = fit(np.reshape(taken, np.shape(weights)), weights)
    return *edges_to_source(edges_bar + through_widths, a, bins, limits), weights_bar


@rrule(np.histogram)
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """Each weight to its bin; the edges to where they come from."""
    out = np.histogram(a, bins, range, density, weights)

    def histogram_pullback(out_bar: Any) -> Any:
        a_bar, bins_bar, range_bar, weights_bar = histogram_bars(
            out_bar, out, a, bins, range, density, weights
        )
        return a_bar, bins_bar, range_bar, None, weights_bar

    return out, histogram_pullback


def edges_tangent(edges_dot: Any, out: Any, density: Any) -> Any:
    """Return the tangents of histogram and edges for a tangent of the edges."""
    hist, edges = out
    if density:
        return -hist * np.diff(edges_dot) / np.diff(edges), edges_dot.astype(edges.dtype)
    dtype = hist.dtype if hist.dtype.kind in "fc" else float
    return np.zeros(np.shape(hist), dtype), edges_dot.astype(edges.dtype)


def values_tangent(a_dot: Any, out: Any, a: Any, bins: Any, limits: Any, density: Any) -> Any:
    """Return the tangents for a tangent of the values: of the edges between smallest and largest."""
    if np.ndim(bins) or limits is not None or not np.size(a):
        return edges_tangent(np.zeros(np.shape(out[1])), out, density)
    low, high = np.ravel(a_dot)[np.argmin(a)], np.ravel(a_dot)[np.argmax(a)]
    return edges_tangent(np.linspace(low, high, len(out[1])), out, density)


def range_tangent(range_dot: Any, out: Any, bins: Any, density: Any) -> Any:
    """Return the tangents for a tangent of the range."""
    if range_dot is None or np.ndim(bins):
        return None
    low, high = (0.0 if dot is None else dot for dot in range_dot)
    return edges_tangent(np.linspace(low, high, len(out[1])), out, density)


def weights_tangent(weights_dot: Any, out: Any, a: Any, density: Any, weights: Any) -> Any:
    """Return the tangents for a tangent of the weights."""
    if weights_dot is None or weights is None:
        return None
    hist, edges = out
    sums_dot = np.histogram(a, edges, weights=weights_dot)[0]
    fixed = np.zeros(np.shape(edges), edges.dtype)
    if not density:
        return sums_dot, fixed
    total = total_of(a, edges, weights)
    return sums_dot / (np.diff(edges) * total) - hist * (np.sum(sums_dot) / total), fixed


@frule(np.histogram)
def histogram_forward(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Each weight to its bin; the edges from where they come."""
    out = np.histogram(a, bins, range, density, weights)

    def histogram_pushforward(
        a_dot: Any, bins_dot: Any, range_dot: Any, density_dot: Any, weights_dot: Any
    ) -> Any:
        a_part = None if a_dot is None else values_tangent(a_dot, out, a, bins, range, density)
        bins_part = edges_tangent(np.asarray(bins_dot), out, density) if np.ndim(bins_dot) else None
        range_part = range_tangent(range_dot, out, bins, density)
        return a_part, bins_part, range_part, None, weights_tangent(weights_dot, out, a, density, weights)

    return out, histogram_pushforward
