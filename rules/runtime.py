"""What generated code and rules may call besides NumPy.

Conventions: ``None`` stands for a zero cotangent; the cotangent of a tuple is a tuple of
cotangents, of a list a list, of a dict a dict with the keys that were touched, of an object a
dict of fields.  No function here modifies an argument unless its name says ``into``.
"""

from __future__ import annotations

import collections.abc
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from adjoint.rules.boxes import Box

ARRAYS = (np.ndarray, Box)
DOUBLES = (float, np.float64)


F = TypeVar("F", bound=Callable[..., Any])


def entrywise(function: F) -> F:
    """Declare that a helper of rules computes every entry from the same entries of its arguments.

    A compiled backend may then call it entry by entry, inside a loop.

    Example:
        >>> entrywise(lambda x: 2 * x).entrywise
        True
    """
    function.entrywise = True  # type: ignore[attr-defined]
    return function


def conforming(function: F) -> F:
    """Declare that a helper returns its first argument if that has the shape and dtype of the second."""
    function.conforming = True  # type: ignore[attr-defined]
    return function


@conforming
def unbroadcast(x_bar: Any, x: Any) -> Any:
    """Sum a cotangent over the axes along which ``x`` was broadcast.

    Args:
        x_bar: cotangent of the broadcast value, any shape that ``x`` broadcasts to.
        x: the operand (array or scalar) whose shape the result takes.

    Example:
        >>> unbroadcast(np.ones((2, 3)), np.zeros(3))
        array([2., 2., 2.])
    """
    shape = getattr(x, "shape", ())
    if getattr(x_bar, "shape", ()) == shape:
        return x_bar
    x_bar = x_bar if isinstance(x_bar, Box) else np.asarray(x_bar)
    if not shape:
        return x_bar.sum()
    lead = x_bar.ndim - len(shape)
    if lead > 0:
        x_bar = x_bar.sum(axis=tuple(range(lead)))
    stretched = [axis for axis, size in enumerate(shape[max(-lead, 0) :]) if size == 1 != x_bar.shape[axis]]
    if stretched:
        x_bar = x_bar.sum(axis=tuple(stretched), keepdims=True)
    return x_bar if x_bar.shape == shape else np.broadcast_to(x_bar, shape).copy()


@entrywise
def strong_product(x_bar: Any, partial: Any) -> Any:
    """Multiply, where a zero on either side gives zero even against infinity or NaN.

    The factors broadcast; two numbers give a number.  A zero cotangent says that the value is not
    used, a zero partial that it does not move; in both cases an infinite slope elsewhere in the
    chain has no effect.

    Example:
        >>> strong_product(0.0, np.inf)
        0.0
    """
    if not isinstance(x_bar, ARRAYS) and not isinstance(partial, ARRAYS):
        if x_bar == 0.0 or partial == 0.0:
            return x_bar * 0.0 if x_bar == 0.0 else partial * 0.0
        return x_bar * partial
    with np.errstate(invalid="ignore", over="ignore"):
        product = x_bar * partial
        if is_finite(product):
            return product
    return np.where(np.equal(x_bar, 0.0) | np.equal(partial, 0.0), np.zeros((), product.dtype), product)


@entrywise
def selected(x_bar: Any, share: Any) -> Any:
    """Return a cotangent times the share that an argument has in a choice; nothing passes a zero share.

    Example:
        >>> selected(np.array([1.0, np.inf]), np.array([1.0, 0.0]))
        array([1., 0.])
    """
    return strong_product(x_bar, share)


@entrywise
def strong_quotient(x_bar: Any, y: Any) -> Any:
    """Divide, where a zero cotangent gives zero even against a zero or NaN divisor, without a warning.

    It is ``strong_product(x_bar, 1.0 / y)`` in one step.

    Example:
        >>> strong_quotient(np.array([0.0, 1.0]), np.array([0.0, 4.0]))
        array([0.  , 0.25])
    """
    if not isinstance(y, np.ndarray) and math.isfinite(abs(y)) and y:
        return x_bar / y
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quotient = np.divide(x_bar, y)
        if is_finite(quotient):
            return quotient
    return np.where(np.equal(x_bar, 0.0) | np.isinf(y), np.zeros((), quotient.dtype), quotient)[()]


def strong_dot(x_bar: Any, partial: Any) -> Any:
    """Sum the products of two real arrays of one shape, where a zero on either side gives zero.

    Example:
        >>> float(strong_dot(np.array([0.0, 2.0]), np.array([np.inf, 4.0])))
        8.0
    """
    if isinstance(x_bar, Box) or isinstance(partial, Box):
        return np.sum(strong_product(x_bar, partial))
    total = np.vdot(x_bar, partial)
    return total if math.isfinite(total) else np.sum(strong_product(x_bar, partial))


def is_finite(x: Any) -> bool:
    """Whether an array has surely neither infinities nor NaN; no answer is taken from huge ones.

    The sum of the squares is one pass of the BLAS and needs no array of its own.
    """
    if isinstance(x, Box):
        return False
    if x.dtype.kind == "f":
        return math.isfinite(np.vdot(x, x))
    return bool(np.isfinite(x).all())


def add(a: Any, b: Any) -> Any:
    """Add two cotangents of the same value; ``None`` is zero and containers add by item."""
    if a is None:
        return b
    if b is None:
        return a
    if type(a) in DOUBLES:
        return a + b
    if isinstance(a, dict):
        return {key: add(a.get(key), b.get(key)) for key in {**a, **b}}
    if isinstance(a, tuple | list):
        items = [add(x, y) for x, y in _paired(a, b)]
        return type(a)(*items) if hasattr(a, "_fields") else type(a)(items)
    return a + b


def _paired(a: Any, b: Any) -> list[tuple[Any, Any]]:
    """Pair the items of two cotangents of one sequence; a missing tail is zero."""
    if isinstance(b, dict):
        raise TypeError("a cotangent of a sequence and one of a dict cannot be added")
    size = max(len(a), len(b))
    fill = [None] * size
    return list(zip([*a, *fill][:size], [*b, *fill][:size], strict=True))


def zeros_like(x: Any) -> Any:
    """Return a real zero cotangent for a float, an array or a container of them.

    Integers and bools are given float zeros; values without a tangent space give ``None``.
    """
    if type(x) in DOUBLES:
        return 0.0
    if isinstance(x, np.ndarray):
        return np.zeros(x.shape, x.dtype if x.dtype.kind in "fc" else float)
    if isinstance(x, bool | np.bool_ | str | bytes) or x is None:
        return None
    if isinstance(x, np.inexact):
        return type(x)(0.0)
    if isinstance(x, complex):
        return 0j
    if isinstance(x, float | int | np.number):
        return 0.0
    if isinstance(x, tuple):
        return tuple(zeros_like(item) for item in x)
    if isinstance(x, list):
        return [zeros_like(item) for item in x]
    if isinstance(x, dict):
        return {key: zeros_like(item) for key, item in x.items()}
    return None


# -- what `match` asks ------------------------------------------------------------------------------
TEXT = (str, bytes, bytearray)


class _SequenceTest(type):
    """Makes ``isinstance`` and ``issubclass`` leave text out."""

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, collections.abc.Sequence) and not issubclass(other, TEXT)

    def __instancecheck__(cls, value: Any) -> bool:
        return issubclass(type(value), cls)


class Sequence(metaclass=_SequenceTest):
    """What a sequence pattern accepts: every sequence except text.

    >>> isinstance([1], Sequence), isinstance('ab', Sequence)
    (True, False)
    """
