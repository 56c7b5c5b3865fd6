"""Several directions at once: tangents with a leading axis, of which the rules see one each.

Reference: Revels, Lubin & Papamarkou, "Forward-mode automatic differentiation in Julia" (2016), for chunks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.boxes import Box, TooWide, Unboxable, boxes_in, map_boxes, stores_into

#: The most memory that the directions of one intermediate value may take, in bytes.
LIMIT = 2**24


class Directions(Box):
    """K tangents of one form; ``lanes`` has them along its first axis.

    >>> x_dot = Directions(np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> (np.array([3.0, 4.0]) * x_dot).lanes
    array([[3., 0.],
           [0., 4.]])
    >>> x_dot.shape, np.sum(x_dot).lanes
    ((2,), array([1., 1.]))
    """

    __slots__ = ("lanes", "unit")

    def __init__(self, lanes: Any, unit: int | None = None) -> None:
        self.lanes = lanes
        #: Where the directions are unit vectors, the number of the first of them: products pick rows.
        self.unit = unit
        if unit is not None:
            lanes.flags.writeable = False
        if lanes.nbytes > LIMIT and len(lanes) > 1:
            raise TooWide

    @property
    def sample(self) -> Any:
        """The first direction."""
        return self.lanes[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one direction."""
        return self.lanes.shape[1:]  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of dimensions of one direction."""
        return self.lanes.ndim - 1  # type: ignore[no-any-return]

    @property
    def dtype(self) -> Any:
        """The dtype."""
        return self.lanes.dtype

    def apply(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply a function to all directions, in one call if that is known, else one after the other."""
        if type(function) is np.ufunc and function.signature is None:
            return elementwise(function, args, kwargs)
        together = TOGETHER.get(function)
        if together is not None:
            result = together(*args, **kwargs)
            if result is not NotImplemented:
                return result
        return one_by_one(function, args, kwargs)

    def copy(self) -> Directions:
        """Return directions that share no memory with these."""
        return Directions(self.lanes.copy())

    def changed(self, ufunc: Any, other: Any) -> Directions:
        """Change the directions in place; those of a number are not: a number is no memory of others."""
        if not self.ndim:
            raise Unboxable("a number cannot be changed in place")
        count, ndim = len(self.lanes), self.ndim
        ufunc(self.lanes, lifted(other, count, ndim), out=self.lanes)
        return self

    def __iadd__(self, other: Any) -> Directions:
        """Add in place."""
        return self.changed(np.add, other)

    def __isub__(self, other: Any) -> Directions:
        """Subtract in place."""
        return self.changed(np.subtract, other)

    def __imul__(self, other: Any) -> Directions:
        """Multiply in place."""
        return self.changed(np.multiply, other)

    def __itruediv__(self, other: Any) -> Directions:
        """Divide in place."""
        return self.changed(np.true_divide, other)

    def __repr__(self) -> str:
        """Return a readable form."""
        return f"Directions({self.lanes!r})"


def repeated(x: Any, count: int) -> Directions:
    """Return a plain tangent as one that is the same in every direction and may be changed.

    >>> repeated(np.zeros(2), 3).lanes.shape
    (3, 2)
    """
    return Directions(np.repeat(np.asarray(x)[None], count, axis=0))


def lifted(x: Any, count: int, ndim: int) -> Any:
    """Return an operand such that its axes broadcast against those of directions of ``ndim`` dimensions."""
    if not isinstance(x, Directions):
        if np.ndim(x) > ndim:
            raise Unboxable("an operand has more dimensions than the tangent it is stored in")
        return x
    if len(x.lanes) != count:
        raise Unboxable("different numbers of directions")
    if x.ndim > ndim:
        raise Unboxable("a tangent has more dimensions than the one it is stored in")
    return x.lanes.reshape((count, *(1,) * (ndim - x.ndim), *x.lanes.shape[1:])) if x.ndim < ndim else x.lanes


def elementwise(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a function that broadcasts its arguments."""
    if kwargs and (kwargs.get("out") is not None or isinstance(kwargs.get("where"), Directions)):
        raise Unboxable("a result is stored elsewhere")
    boxes = [x for x in args if isinstance(x, Directions)]
    count, ndim = (
        len(boxes[0].lanes),
        max([x.ndim if isinstance(x, Directions) else np.ndim(x) for x in args]),
    )
    result = function(*[lifted(x, count, ndim) if isinstance(x, Directions) else x for x in args], **kwargs)
    return tuple(map(Directions, result)) if isinstance(result, tuple) else Directions(result)


def one_by_one(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a function to one direction after the other.

    A function that changes its first argument in place changes each direction in place.

    Raises:
        Unboxable: the function stores into a plain array; the last direction would win.
    """
    boxes = list(boxes_in((args, kwargs)))
    count = len(boxes[0].lanes)
    if any(len(box.lanes) != count for box in boxes):
        raise Unboxable("different numbers of directions")
    if stores_into(function, args, kwargs):
        raise Unboxable("a direction would be stored in a plain array")

    def at(k: int) -> Callable[[Any], Any]:
        return lambda box: box.lanes[k]

    results = [function(*map_boxes(at(k), args), **map_boxes(at(k), kwargs)) for k in range(count)]
    return stacked(results)


def stacked(results: list[Any]) -> Any:
    """Return the results of all directions as one, with a leading axis where they are arrays."""
    first = results[0]
    if first is None:
        return None
    if isinstance(first, tuple | list):
        if any(len(each) != len(first) for each in results):
            raise Unboxable("results of different lengths")
        items = [stacked(list(column)) for column in zip(*results, strict=True)]
        return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
    if isinstance(first, dict):
        return {key: stacked([each[key] for each in results]) for key in first}
    if isinstance(first, str | type | np.dtype):
        if any(each != first for each in results):
            raise Unboxable("directions of different form")
        return first
    if not isinstance(first, np.ndarray | np.generic | float | complex | int):
        raise Unboxable(f"a result of type {type(first).__name__}")
    if any(np.shape(each) != np.shape(first) for each in results):
        raise Unboxable("results of different shapes")
    return Directions(np.stack(results))


#: Functions that take all directions in one call; filled by :mod:`adjoint.rules.together`.
TOGETHER: dict[Any, Any] = {}

__all__ = ["TOGETHER", "Directions", "elementwise", "lifted", "repeated"]
