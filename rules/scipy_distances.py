"""Rules of scipy.spatial.distance: distances between all pairs of points, and their condensed form.

Source of the mathematics: the definitions in the reference of SciPy.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.composed import composed, refused

distance: Any = importlib.import_module("scipy.spatial.distance")


def norms(d: Any, p: Any, w: Any) -> Any:
    """Return weighted p-norms over the last axis; zero at zero has the derivative zero."""
    if w is None:
        return np.linalg.norm(d, p, axis=-1)
    return (
        np.max(np.where(w > 0, np.abs(d), 0.0), axis=-1)
        if p == np.inf
        else np.linalg.norm(d * w ** (1.0 / p), p, axis=-1)
    )


def angles(a: Any, b: Any, w: Any) -> Any:
    """Return one minus the cosines of the angles between vectors."""
    weights = 1.0 if w is None else w / np.sum(w)
    products = np.sum(weights * a * b, axis=-1)
    return 1.0 - products / np.sqrt(np.sum(weights * a * a, axis=-1) * np.sum(weights * b * b, axis=-1))


def centred(a: Any, w: Any) -> Any:
    """Return vectors without their (weighted) means."""
    mean = (
        np.mean(a, axis=-1, keepdims=True) if w is None else np.sum(a * w, axis=-1, keepdims=True) / np.sum(w)
    )
    return a - mean


def shares_of(top: Any, bottom: Any) -> Any:
    """Return quotients, zero over zero being zero."""
    return np.where(bottom == 0.0, 0.0, top / np.where(bottom == 0.0, 1.0, bottom))


def between(metric: str, a: Any, b: Any, p: Any, w: Any, V: Any, VI: Any) -> Any:
    """Return the distances of vectors, which lie along the last axis.

    Raises:
        RuleError: ADJ202, the metric is a function, or has no derivative rule.
    """
    weights = 1.0 if w is None else w
    if metric in ("euclidean", "euclid", "l2"):
        return norms(a - b, 2, w)
    if metric in ("sqeuclidean", "sqe"):
        return np.sum(weights * (a - b) ** 2, axis=-1)
    if metric in ("cityblock", "manhattan", "l1"):
        return np.sum(weights * np.abs(a - b), axis=-1)
    if metric in ("chebyshev", "chebychev"):
        return norms(a - b, np.inf, w)
    if metric == "minkowski":
        return norms(a - b, p, w)
    if metric in ("cosine", "correlation"):
        return angles(a, b, w) if metric == "cosine" else angles(centred(a, w), centred(b, w), w)
    if metric == "canberra":
        return np.sum(weights * shares_of(np.abs(a - b), np.abs(a) + np.abs(b)), axis=-1)
    if metric == "braycurtis":
        return np.sum(weights * np.abs(a - b), axis=-1) / np.sum(weights * np.abs(a + b), axis=-1)
    if metric == "seuclidean":
        return norms((a - b) / np.sqrt(V), 2, w)
    if metric == "mahalanobis":
        return np.sqrt(np.sum(((a - b) @ VI) * (a - b), axis=-1))
    raise refused("scipy.spatial.distance", f"the metric {metric!r} has no rule.", "write it out in NumPy")


def spread(metric: Any, points: Any, V: Any, VI: Any) -> tuple[Any, Any]:
    """Return variances and the inverse covariance, by default those of the points."""
    if metric == "seuclidean" and V is None:
        V = np.var(points, axis=0, ddof=1)
    if metric == "mahalanobis" and VI is None:
        VI = np.linalg.inv(np.cov(points.T)).T
    return V, VI


def of_two_sets(XA: Any, XB: Any, metric: Any, p: Any, w: Any, V: Any, VI: Any) -> Any:
    """Return the distances of every point of one set from every point of another."""
    a, b = np.asarray(XA), np.asarray(XB)
    V, VI = spread(metric, np.concatenate([a, b]), V, VI)
    return between(metric, a[:, None, :], b[None, :, :], p, w, V, VI)


def of_one_set(X: Any, metric: Any, p: Any, w: Any, V: Any, VI: Any) -> Any:
    """Return the distances of all pairs of points, the first with the second, third, ..."""
    x = np.asarray(X)
    rows, columns = np.triu_indices(len(x), 1)
    V, VI = spread(metric, x, V, VI)
    return between(metric, x[rows], x[columns], p, w, V, VI)


# SciPy refuses what a metric does not take, even with its default: one rule for each set of keywords.


@composed(distance.cdist)
def cdist(XA: Any, XB: Any, metric: Any = "euclidean") -> Any:
    """By both sets of points; zero where two points coincide."""
    return of_two_sets(XA, XB, metric, 2.0, None, None, None)


@composed(distance.cdist, keyword_only="w", required=True)
def cdist_weighted(XA: Any, XB: Any, metric: Any = "euclidean", w: Any = None) -> Any:
    """By the weights, too."""
    return of_two_sets(XA, XB, metric, 2.0, w, None, None)


@composed(distance.cdist, keyword_only="p", required=True)
def cdist_power(XA: Any, XB: Any, metric: Any = "euclidean", p: Any = None) -> Any:
    """By the power, too."""
    return of_two_sets(XA, XB, metric, p, None, None, None)


@composed(distance.cdist, keyword_only="p w", required=True)
def cdist_weighted_power(XA: Any, XB: Any, metric: Any = "euclidean", p: Any = None, w: Any = None) -> Any:
    """By power and weights, too."""
    return of_two_sets(XA, XB, metric, p, w, None, None)


@composed(distance.cdist, keyword_only="V", required=True)
def cdist_scaled(XA: Any, XB: Any, metric: Any = "euclidean", V: Any = None) -> Any:
    """By the variances, too."""
    return of_two_sets(XA, XB, metric, 2.0, None, V, None)


@composed(distance.cdist, keyword_only="VI", required=True)
def cdist_mahalanobis(XA: Any, XB: Any, metric: Any = "euclidean", VI: Any = None) -> Any:
    """By the inverse covariance, too."""
    return of_two_sets(XA, XB, metric, 2.0, None, None, VI)


@composed(distance.pdist)
def pdist(X: Any, metric: Any = "euclidean") -> Any:
    """By the points; zero where two points coincide."""
    return of_one_set(X, metric, 2.0, None, None, None)


@composed(distance.pdist, keyword_only="w", required=True)
def pdist_weighted(X: Any, metric: Any = "euclidean", w: Any = None) -> Any:
    """By the weights, too."""
    return of_one_set(X, metric, 2.0, w, None, None)


@composed(distance.pdist, keyword_only="p", required=True)
def pdist_power(X: Any, metric: Any = "euclidean", p: Any = None) -> Any:
    """By the power, too."""
    return of_one_set(X, metric, p, None, None, None)


@composed(distance.pdist, keyword_only="p w", required=True)
def pdist_weighted_power(X: Any, metric: Any = "euclidean", p: Any = None, w: Any = None) -> Any:
    """By power and weights, too."""
    return of_one_set(X, metric, p, w, None, None)


@composed(distance.pdist, keyword_only="V", required=True)
def pdist_scaled(X: Any, metric: Any = "euclidean", V: Any = None) -> Any:
    """By the variances, too."""
    return of_one_set(X, metric, 2.0, None, V, None)


@composed(distance.pdist, keyword_only="VI", required=True)
def pdist_mahalanobis(X: Any, metric: Any = "euclidean", VI: Any = None) -> Any:
    """By the inverse covariance, too."""
    return of_one_set(X, metric, 2.0, None, None, VI)


@composed(distance.squareform)
def squareform(X: Any, force: Any = "no", checks: Any = True) -> Any:
    """Every distance to both of its places, or from its place above the diagonal."""
    x = np.asarray(X)
    if np.ndim(x) == 2:
        rows, columns = np.triu_indices(len(x), 1)
        return x[rows, columns]
    n = int(np.ceil(np.sqrt(2.0 * len(x))))
    if not len(x):
        n = 1
    place = np.full((n, n), len(x))
    rows, columns = np.triu_indices(n, 1)
    place[rows, columns] = place[columns, rows] = np.arange(len(x))
    return np.concatenate([x, np.zeros(1)])[place]
