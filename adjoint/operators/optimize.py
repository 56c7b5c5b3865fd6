"""The bridge to SciPy's optimisers, which want one flat vector and one flat gradient.

The parameters of a model are a tree: a number, an array, or a dict, list, tuple, named tuple,
dataclass or object of trees.  Its floats and complex numbers are laid end to end in a float64
vector (a complex number as real part, imaginary part); everything else stays as it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.compiling.leaves import is_differentiable, leaf_at, leaves, map_leaves
from adjoint.operators import definitions
from adjoint.operators.derived import defined_by

Vector = np.ndarray[Any, np.dtype[np.float64]]


@defined_by(definitions.refusing("for_scipy"))
def for_scipy(
    f: Callable[..., Any], params: Any, wrt: int | str = 0
) -> tuple[Callable[..., tuple[float, Vector]], Vector, Callable[[Vector], Any]]:
    """Return a flat value-and-gradient function, its starting point, and the way back.

    Args:
        f: function of a tree of parameters, and of other arguments, that returns a float.
        params: the tree to start from.
        wrt: which argument of ``f`` holds the parameters: a position or a name.

    Returns:
        ``(flat_fun, x0, unflatten)``.  ``flat_fun(x, *others)`` gives the value and its gradient,
        both in float64; ``others`` are the remaining arguments of ``f``, in order
        (``minimize(..., args=others)``).  ``x0`` is the vector of shape (n,) that stands for
        ``params``.  ``unflatten(x)`` gives the tree of a vector.

    Example:
        >>> from scipy.optimize import minimize
        >>> def loss(params, target):
        ...     return np.sum((params["a"] * params["b"] - target) ** 2)
        >>> start = {"a": 1.0, "b": np.array([1.0, 1.0])}
        >>> fun, x0, unflatten = for_scipy(loss, start)
        >>> found = minimize(fun, x0, args=(np.array([2.0, 6.0]),), jac=True)
        >>> best = unflatten(found.x)
        >>> np.round(best["a"] * best["b"], 4)
        array([2., 6.])
    """
    from adjoint import value_and_grad

    value_and_gradient = value_and_grad(f, wrt=wrt)

    def flat_fun(x: Vector, *others: Any) -> tuple[float, Vector]:
        tree = unflatten(x)
        if isinstance(wrt, str):
            value, tree_bar = value_and_gradient(*others, **{wrt: tree})
        else:
            value, tree_bar = value_and_gradient(*others[:wrt], tree, *others[wrt:])
        return float(value), flatten_like(tree_bar, params)

    def unflatten(x: Vector) -> Any:
        return unflatten_like(x, params)

    return flat_fun, flatten_like(params, params), unflatten


def flatten_like(tree: Any, like: Any) -> Vector:
    """Lay the leaves of ``tree`` that are floats in ``like`` end to end, in a vector of shape (n,)."""
    parts = [_as_floats(leaf_at(tree, path), leaf) for path, leaf in leaves(like) if is_differentiable(leaf)]
    return np.concatenate([np.zeros(0), *parts])


def unflatten_like(x: Vector, like: Any) -> Any:
    """Return a tree with the structure, shapes and dtypes of ``like`` and the numbers of ``x``."""
    position = 0

    def take(leaf: Any) -> Any:
        nonlocal position
        if not is_differentiable(leaf):
            return leaf
        start, position = position, position + _as_floats(leaf, leaf).size
        return _as_leaf(np.asarray(x[start:position], dtype=np.float64), leaf)

    return map_leaves(take, like)


def _as_floats(value: Any, leaf: Any) -> Vector:
    """Return one leaf as a float64 vector; a cotangent that is missing counts as zero."""
    wide = np.complex128 if np.iscomplexobj(leaf) else np.float64
    array = np.zeros(np.shape(leaf), wide) if value is None else np.array(value, wide)
    return array.reshape(-1).view(np.float64)


def _as_leaf(part: Vector, leaf: Any) -> Any:
    """Return a stretch of the vector in the form of a leaf: its type, shape and dtype."""
    numbers = part.copy().view(np.complex128) if np.iscomplexobj(leaf) else part
    if isinstance(leaf, np.ndarray):
        return numbers.reshape(leaf.shape).astype(leaf.dtype)
    return type(leaf)(numbers[0])
