"""Memory for the arrays of a generated function that is kept from one call to the next.

A fresh array of more than some kilobytes costs more than filling it: the system hands out its pages one
by one.  A :class:`Memory` keeps the arrays it has handed out.  One that nobody refers to any more (no
variable, no record of a loop, no view, no result that the caller holds) is handed out again; CPython
counts references, so this is known exactly, through branches and loops, and no array is overwritten
that somebody can still read.

>>> memory, x = Memory(), np.ones(1000)
>>> first = memory.add(x, x)
>>> second = memory.multiply(first, 3.0)
>>> place = first.ctypes.data
>>> del first
>>> third = memory.exp(second)
>>> third.ctypes.data == place
True
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from sys import getrefcount
from typing import Any

import numpy as np

from adjoint.rules import runtime

#: Smaller arrays come from NumPy, which keeps some of that size itself.
SMALL = 512
DOUBLE, TRUTH = np.dtype(float), np.dtype(bool)
LOGICAL = frozenset(
    "less less_equal greater greater_equal equal not_equal logical_and logical_or logical_not logical_xor "
    "bitwise_and bitwise_or bitwise_xor invert isnan isinf isfinite signbit".split()
)
#: What the operator ``**`` computes for these exponents, bit for bit.
POWERS = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal, 1: np.positive}


class Shelf:
    """All arrays of one shape and dtype."""

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = shape, dtype
        self.arrays: list[Any] = []
        self.idle: list[Any] = []

    def take(self) -> Any:
        """Return an array that nobody refers to.

        All arrays are looked through only when none is known to be idle, and then at least a quarter of
        them is, or is made: the time for each array handed out is constant.
        """
        if not self.idle:
            self.idle = idle(self.arrays)
            missing = len(self.arrays) // 4 + 1 - len(self.idle)
            if missing > 0:
                new = [np.empty(self.shape, self.dtype) for _ in range(missing)]
                self.arrays += new
                self.idle += new
        return self.idle.pop()


def idle(arrays: list[Any]) -> list[Any]:
    """Return the arrays to which only their list refers."""
    return [array for array in arrays if getrefcount(array) <= UNUSED]


def references_of_unused() -> int:
    """Return how many references `idle` sees of an array that only its list refers to."""
    return [getrefcount(array) for array in [np.empty(0)]][0]


UNUSED = references_of_unused()


class Memory:
    """Operations of NumPy whose results lie in arrays that are used again.

    ``memory.exp(x)`` is ``np.exp(x)``, and so with every function of NumPy that computes entry by entry.
    The operands are arrays and numbers of double precision (truth values, for logical operations).
    A memory must not be used by two threads at once.
    """

    def __init__(self) -> None:
        self.shelves: dict[Any, Shelf] = {}

    def empty(self, shape: tuple[int, ...], dtype: Any = DOUBLE) -> Any:
        """Return an idle array in the order of C, whose entries are arbitrary."""
        shelf = self.shelves.get((shape, dtype))
        if shelf is None:
            shelf = self.shelves[shape, dtype] = Shelf(shape, dtype)
        return shelf.take()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        ufunc = getattr(np, name)
        operation = self.entrywise(ufunc, TRUTH if name in LOGICAL else DOUBLE)
        self.__dict__[name] = operation  # found there next time
        return operation

    def entrywise(self, ufunc: Any, dtype: Any) -> Callable[..., Any]:
        """Return a function of NumPy that writes its result into this memory."""

        def operation(*operands: Any) -> Any:
            out = self.room(operands, dtype)
            return ufunc(*operands) if out is None else ufunc(*operands, out=out)

        return operation

    def room(self, operands: tuple[Any, ...], dtype: Any) -> Any:
        """Return an array for an elementwise result, in the order NumPy gives it; None if it is small."""
        shape, order = (), ""
        for operand in operands:
            if type(operand) is np.ndarray and operand.ndim:
                own = operand.shape
                shape = own if not shape or shape == own else broadcast(shape, own)
                found = order_of(operand)
                if found != order and order and found:
                    return None
                order = found or order
        if order == "other" or not large(shape):
            return None
        return self.empty(shape[::-1], dtype).T if order == "F" else self.empty(shape, dtype)

    def raised(self, x: Any, exponent: Any) -> Any:
        """Return ``x ** exponent``."""
        if type(exponent) in (int, float):
            if exponent in POWERS:
                return getattr(self, POWERS[exponent].__name__)(x)
            if exponent:
                return self.power(x, exponent)
        elif type(exponent) is np.ndarray and exponent.ndim:
            return self.power(x, exponent)
        return x**exponent  # NumPy has ways of its own for some numbers

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        """Return ``np.where(condition, x, y)``."""
        out = self.room((condition, x, y), DOUBLE)
        if out is None:
            return np.where(condition, x, y)
        np.copyto(out, y)
        np.copyto(out, x, where=condition)
        return out

    def full(self, shape: tuple[int, ...], value: Any) -> Any:
        """Return ``np.full(shape, value)`` in double precision."""
        if not large(shape):
            return np.full(shape, value, DOUBLE)
        out = self.empty(shape)
        out.fill(value)
        return out

    def copy(self, x: Any) -> Any:
        """Return ``x.copy()``."""
        if not large(x.shape) or x.dtype is not DOUBLE:
            return x.copy()
        out = self.empty(x.shape)
        np.copyto(out, x)
        return out

    def matmul(self, a: Any, b: Any) -> Any:
        """Return ``a @ b`` of matrices and vectors."""
        shape = a.shape[:-1] + b.shape[1:]
        a, b = self.solid(a), self.solid(b)
        return np.matmul(a, b, out=self.empty(shape)) if large(shape) else a @ b

    def solid(self, x: Any) -> Any:
        """Return a factor with entries of its own; the BLAS cannot read a number that is only repeated."""
        return self.copy(x) if 0 in x.strides and large(x.shape) else x

    def dot(self, a: Any, b: Any) -> Any:
        """Return ``np.dot(a, b)`` of matrices and vectors."""
        shape = a.shape[:-1] + b.shape[1:]
        return np.dot(a, b, out=self.empty(shape)) if large(shape) else np.dot(a, b)

    def along(self, reduction: Any, x: Any, axis: int, keepdims: bool) -> Any:
        """Return a reduction along one axis."""
        axis %= x.ndim
        shape = x.shape[:axis] + (1,) * keepdims + x.shape[axis + 1 :]
        if not large(shape) or order_of(x) not in "C":
            return reduction(x, axis=axis, keepdims=keepdims)
        return reduction(x, axis=axis, keepdims=keepdims, out=self.empty(shape))

    def sum(self, x: Any, axis: int, keepdims: bool = False) -> Any:
        """Return ``np.sum(x, axis, keepdims=keepdims)``."""
        return self.along(np.sum, x, axis, keepdims)

    def mean(self, x: Any, axis: int, keepdims: bool = False) -> Any:
        """Return ``np.mean(x, axis, keepdims=keepdims)``."""
        return self.along(np.mean, x, axis, keepdims)

    def max(self, x: Any, axis: int, keepdims: bool = False) -> Any:
        """Return ``np.max(x, axis, keepdims=keepdims)``."""
        return self.along(np.max, x, axis, keepdims)

    def min(self, x: Any, axis: int, keepdims: bool = False) -> Any:
        """Return ``np.min(x, axis, keepdims=keepdims)``."""
        return self.along(np.min, x, axis, keepdims)

    def strong_product(self, x_bar: Any, partial: Any) -> Any:
        """Return :func:`adjoint.rules.runtime.strong_product` of the two."""
        with np.errstate(invalid="ignore", over="ignore"):
            product = self.multiply(x_bar, partial)
        if runtime.is_finite(product):
            return product
        return self.cleared(product, self.logical_or(self.equal(x_bar, 0.0), self.equal(partial, 0.0)))

    selected = strong_product

    def strong_quotient(self, x_bar: Any, y: Any) -> Any:
        """Return :func:`adjoint.rules.runtime.strong_quotient` of the two."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            quotient = self.divide(x_bar, y)
        if runtime.is_finite(quotient):
            return quotient
        return self.cleared(quotient, self.logical_or(self.equal(x_bar, 0.0), self.isinf(y)))

    def cleared(self, x: Any, mask: Any) -> Any:
        """Return an array of this memory with zeros where a mask is true."""
        np.copyto(x, 0.0, where=mask)
        return x

    def greater_share(self, x: Any, y: Any) -> Any:
        """Return 1 where ``x > y``, one half where they are equal, 0 elsewhere."""
        larger = self.greater(x, y)
        out = self.full(larger.shape, 0.0)
        np.copyto(out, 0.5, where=self.greater_equal(x, y))
        np.copyto(out, 1.0, where=larger)
        return out

    def zeros_like(self, x: Any) -> Any:
        """Return a real zero cotangent for a float, an array or a container of them."""
        if type(x) in (tuple, list):
            return type(x)(map(self.zeros_like, x))
        if type(x) is dict:
            return {key: self.zeros_like(item) for key, item in x.items()}
        return self.full(x.shape, 0.0) if is_double(x) else runtime.zeros_like(x)

    def total(self, a: Any, b: Any) -> Any:
        """Return the sum of two cotangents of one value; ``None`` is zero, containers add by item."""
        if type(a) in (tuple, list) and type(a) is type(b) and len(a) == len(b):
            return type(a)(map(self.total, a, b))
        if is_double(a) and is_double(b):
            return self.add(a, b)
        return runtime.add(a, b)

    def concatenate(self, arrays: tuple[Any, ...]) -> Any:
        """Return ``np.concatenate(arrays)``, along the first axis."""
        first = arrays[0].shape
        shape = (sum(len(array) for array in arrays), *first[1:])
        if not large(shape) or any(order_of(array) not in "C" for array in arrays):
            return np.concatenate(arrays)
        return np.concatenate(arrays, out=self.empty(shape))


def is_double(x: Any) -> bool:
    """Whether a value is an array of double precision."""
    return type(x) is np.ndarray and x.dtype is DOUBLE


broadcast = functools.lru_cache(np.broadcast_shapes)


def large(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape is worth keeping."""
    size = 1
    for length in shape:
        size *= length
    return size > SMALL


def order_of(x: Any) -> str:
    """Return in which order an array lies in memory: ``"C"``, ``"F"`` (its transpose does), or another one.

    NumPy lays a result out as its operands are, and adds up in the order of memory.  It is the empty
    string where only one axis is laid out at all.
    """
    if x.ndim == 1:
        return ""
    if x.flags.c_contiguous and 1 not in x.shape:
        return "C"
    strides = [abs(stride) for stride, length in zip(x.strides, x.shape, strict=True) if length != 1]
    strides = [stride for stride in strides if stride]
    if len(strides) < 2:
        return ""
    ascending = sorted(strides)
    return "F" if strides == ascending else "C" if strides == ascending[::-1] else "other"
