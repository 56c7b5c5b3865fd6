"""Repeat a call with arrays without entries: every derivative has a form even where it has no numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from adjoint.compiling.leaves import duplicate, is_differentiable, leaf_at, leaves, map_leaves, replace_leaf
from adjoint.testing.differences import random_like

if TYPE_CHECKING:
    from adjoint.testing.rulecheck import RuleCheck

Call = tuple[tuple[Any, ...], dict[str, Any]]
Index = tuple[Any, ...]
#: So many numbers are compared with differences, too.
FEW = 12


def check_empty(check: RuleCheck) -> None:
    """Repeat a call with empty arrays, as far as the function takes them.

    Cotangents and tangents have the shapes and dtypes of what they belong to, and are transposes of each
    other; where few numbers are left, they agree with differences.

    Args:
        check: the rule, its call and how the call is run.

    Raises:
        AssertionError: the rule fails where the function does not, or disagrees.
    """
    for args, kwargs in empty_calls((tuple(check.args), dict(check.kwargs))):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if taken(check, args, kwargs):
                check_one(check, args, kwargs)


def check_one(check: RuleCheck, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Check one call some of whose arrays are empty."""
    shapes = [leaf.shape for _, leaf in leaves((args, kwargs)) if isinstance(leaf, np.ndarray)]
    try:
        y, pullback, _ = check.value_and_pullback(args, kwargs)
        y_bar = random_like(y, np.random.default_rng(7))
        bars = check.check_pullback(args, kwargs, pullback, y_bar)
        check.check_pushforward(args, kwargs, y, y_bar, bars)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise AssertionError(f"{check.name}: fails for arrays of shapes {shapes}: {error}") from error
    moving = sum(np.size(leaf) for _, leaf in leaves((args, kwargs)) if is_differentiable(leaf))
    if moving <= FEW and all(np.all(np.isfinite(leaf)) for _, leaf in leaves(y) if is_differentiable(leaf)):
        check.check_differences(args, kwargs, y_bar, bars)


def empty_calls(call: Call) -> Iterator[Call]:
    """Yield calls with the first, the last or all axes of all arrays cut to nothing, then of one array.

    >>> [args[0].shape for args, _ in empty_calls(((np.ones((2, 3)),), {}))]
    [(0, 3), (2, 0), (0, 0)]
    """
    arrays = [path for path, leaf in leaves(call) if isinstance(leaf, np.ndarray) and leaf.ndim]
    variants = [map_leaves(cut(index), call) for index in (first, last, every)]
    for path in arrays if len(arrays) > 1 else ():
        variants += [replace_leaf(call, path, cut(index)(leaf_at(call, path))) for index in (first, last)]
    seen = {shapes_of(call)}
    for variant in variants:
        if shapes_of(variant) not in seen:
            seen.add(shapes_of(variant))
            yield variant


def shapes_of(call: Call) -> tuple[Any, ...]:
    """Return the shapes of all arrays of a call."""
    return tuple(leaf.shape for _, leaf in leaves(call) if isinstance(leaf, np.ndarray))


def cut(index: Callable[[int], Index]) -> Callable[[Any], Any]:
    """Return a function that cuts an array by the index for its number of axes, and leaves the rest alone."""

    def cut_leaf(leaf: Any) -> Any:
        return leaf[index(leaf.ndim)].copy() if isinstance(leaf, np.ndarray) and leaf.ndim else leaf

    return cut_leaf


def first(ndim: int) -> Index:
    """Return the index that leaves nothing along the first axis."""
    return (slice(0, 0),)


def last(ndim: int) -> Index:
    """Return the index that leaves nothing along the last axis."""
    return (..., slice(0, 0))


def every(ndim: int) -> Index:
    """Return the index that leaves nothing along any axis."""
    return (slice(0, 0),) * ndim


def taken(check: RuleCheck, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the function takes a call, and gives floats for floats."""
    if check.symmetric and any(leaf.shape[-2:-1] != leaf.shape[-1:] for leaf in matrices((args, kwargs))):
        return False  # what is read of one triangle only is square
    try:
        y = check.plain(*duplicate((args, kwargs)))
    except Exception:  # whatever a function says to what it does not take
        return False
    return all(any(is_differentiable(leaf) for _, leaf in leaves(tree)) for tree in ((args, kwargs), y))


def matrices(call: Call) -> Iterator[Any]:
    """Yield the arrays of a call with more than one axis."""
    return (leaf for _, leaf in leaves(call) if isinstance(leaf, np.ndarray) and leaf.ndim > 1)


__all__ = ["check_empty"]
