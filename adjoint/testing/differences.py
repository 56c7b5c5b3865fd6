"""Numerical derivatives of functions of nested containers: the referee of the tests.

Only floats and complex numbers move; everything else is held fixed.  Cotangents follow the
convention ``u_x + i u_y``, so the pairing is the real inner product of R^n.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.compiling.leaves import (
    Path,
    child_at,
    children,
    is_differentiable,
    leaf_at,
    leaves,
    map_leaves,
    rebuild,
    replace_leaf,
)


def random_like(tree: Any, rng: np.random.Generator) -> Any:
    """Return a tree of random numbers in the place of the differentiable leaves, None elsewhere.

    Arrays keep dtype and shape; a number gives a number of the same type.
    """
    return map_leaves(lambda leaf: _random_leaf(leaf, rng), tree)


def _random_leaf(leaf: Any, rng: np.random.Generator) -> Any:
    if not is_differentiable(leaf):
        return None
    draw: Any = rng.normal(size=np.shape(leaf))
    if np.iscomplexobj(leaf):
        draw = draw + 1j * rng.normal(size=np.shape(leaf))
    if isinstance(leaf, np.ndarray):
        return np.asarray(draw, dtype=leaf.dtype)
    return type(leaf)(draw)


def inner(y_bar: Any, y: Any) -> float:
    """Return the real inner product of a cotangent and a value; None counts as zero."""
    total = 0.0
    for path, leaf in leaves(y):
        bar = leaf_at(y_bar, path)
        if bar is not None and is_differentiable(leaf):
            total += float(np.sum(np.real(np.conj(bar) * leaf)))
    return total


def shift(x: Any, x_dot: Any, step: float) -> Any:
    """Return ``x + step * x_dot``, keeping dtypes, containers and memory order."""
    pairs = children(x)
    if pairs is not None:
        return rebuild(x, [shift(child, child_at(x_dot, key), step) for key, child in pairs])
    if x_dot is None or not is_differentiable(x):
        return x
    moved: Any = np.asarray(x + step * np.asarray(x_dot))
    if isinstance(x, np.ndarray):
        return moved.astype(x.dtype)
    return type(x)(moved)


def difference(f: Callable[[Any], Any], x: Any, x_dot: Any, y_bar: Any, step: float = 1e-4) -> float:
    """Return the derivative of ``<y_bar, f(x + t x_dot)>`` at ``t = 0`` from four points.

    Args:
        f: a function of one tree, giving a tree.
        x: where; any tree.
        x_dot: the direction, a tree like ``x`` with None for what stays fixed.
        y_bar: the weights of the output.
        step: spacing of the points; the error is of fourth order in it.
    """
    low2, low1, high1, high2 = (inner(y_bar, f(shift(x, x_dot, k * step))) for k in (-2, -1, 1, 2))
    return (8.0 * (high1 - low1) - (high2 - low2)) / (12.0 * step)


def numerical_cotangent(f: Callable[[Any], Any], x: Any, path: Path, y_bar: Any, step: float = 1e-4) -> Any:
    """Return the cotangent of the leaf at ``path`` of ``x``, entry by entry, from differences.

    Args:
        f: a function of one tree, giving a tree.
        x: where; any tree.
        path: the keys that lead to a differentiable leaf of ``x``.
        y_bar: cotangent of the output.
        step: spacing of the four points.
    """
    leaf = leaf_at(x, path)
    result = np.zeros(np.shape(leaf), complex if np.iscomplexobj(leaf) else float)
    for index in np.ndindex(result.shape):
        for unit in (1.0, 1j) if np.iscomplexobj(leaf) else (1.0,):
            direction = np.zeros_like(result)
            direction[index] = unit

            def moved(t: float, direction: Any = direction) -> float:
                return inner(y_bar, f(replace_leaf(x, path, shift(leaf, direction, t * step))))

            slope = (8.0 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12.0 * step)
            result[index] += unit * slope
    return result
