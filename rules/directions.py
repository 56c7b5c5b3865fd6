"""Several directions at once: tangents with a leading axis, of which the rules see one each.

Reference: Revels, Lubin & Papamarkou, "Forward-mode automatic differentiation in Julia" (2016), for chunks.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.boxes import Box, Unboxable, boxes_in, map_boxes, method, stores_into

#: The most memory that the directions of one intermediate value may take, in bytes.
LIMIT = 2**26


class TooWide(Exception):
    """So many directions at once need too much memory."""


class Directions(Box):
    """K tangents of one form; ``lanes`` has them along its first axis.

    >>> x_dot = Directions(np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> (np.array([3.0, 4.0]) * x_dot).lanes
    array([[3., 0.],
           [0., 4.]])
    >>> x_dot.shape, np.sum(x_dot).lanes
    ((2,), array([1., 1.]))
    """

    __slots__ = ("lanes",)

    def __init__(self, lanes: Any) -> None:
        self.lanes = lanes
        if lanes.nbytes > LIMIT and len(lanes) > 1:
            raise TooWide

    @property
    def sample(self) -> Any:
        """The first direction."""
        return self.lanes[0]

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
    count = next(len(x.lanes) for x in args if isinstance(x, Directions))
    ndim = max(x.ndim if isinstance(x, Directions) else np.ndim(x) for x in args)
    result = function(*[lifted(x, count, ndim) for x in args], **kwargs)
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


# --- functions that take all directions in one call -----------------------------------------------
def axes_behind(axis: Any, ndim: int) -> Any:
    """Return axes of one direction as axes of all.

    >>> axes_behind(None, 2), axes_behind(0, 2), axes_behind((-1, 0), 2)
    ((1, 2), 1, (2, 1))
    """
    if axis is None:
        return tuple(range(1, ndim + 1))
    if isinstance(axis, tuple | list):
        return tuple(axes_behind(each, ndim) for each in axis)
    return int(operator.index(axis)) % ndim + 1 if ndim else NotImplemented


def reduction(function: Any) -> Any:
    """Return a sum or mean over axes of every direction."""

    def reduce_all(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, **kwargs: Any) -> Any:
        if not isinstance(x, Directions) or out is not None or not set(kwargs) <= {"keepdims"}:
            return NotImplemented
        if not x.ndim:
            return NotImplemented
        behind = axes_behind(axis, x.ndim)
        return Directions(np.asarray(function(x.lanes, axis=behind, dtype=dtype, **kwargs)))

    return reduce_all


def item(x: Any, key: Any) -> Any:
    """``x[key]``."""
    if not isinstance(x, Directions) or not plain_key(key):
        return NotImplemented
    return Directions(x.lanes[behind_lanes(key)])


def store_item(x: Any, key: Any, value: Any) -> Any:
    """``x[key] = value``."""
    if not isinstance(x, Directions):
        raise Unboxable("a direction would be stored in a plain array")
    if not plain_key(key):
        return NotImplemented
    place = behind_lanes(key)
    if isinstance(value, Directions):
        value = lifted(value, len(x.lanes), x.lanes[place].ndim - 1)
    x.lanes[place] = value
    return None


def behind_lanes(key: Any) -> Any:
    """Return an index of one direction as an index of all."""
    return (slice(None), *key) if isinstance(key, tuple) else (slice(None), key)


def plain_key(key: Any) -> bool:
    """Whether an index keeps its meaning behind another axis.

    Arrays (and numbers beside them) with a slice between them move their axes to the front.
    """
    parts = key if isinstance(key, tuple) else (key,)
    if any(isinstance(part, bool | np.bool_ | Box) for part in parts):
        return False
    if not any(isinstance(part, np.ndarray | list) for part in parts):
        return True
    places = [i for i, part in enumerate(parts) if isinstance(part, np.ndarray | list | int | np.integer)]
    return places[-1] - places[0] == len(places) - 1


def matmul(a: Any, b: Any) -> Any:
    """``a @ b`` with directions on one side."""
    if isinstance(a, Directions) and isinstance(b, Directions):
        return NotImplemented
    if isinstance(a, Directions):
        if a.ndim == 2 and np.ndim(b) <= 2:
            shape = a.lanes.shape
            product = a.lanes.reshape(shape[0] * shape[1], shape[2]) @ b
            return Directions(product.reshape(shape[:2] + product.shape[1:]))
        return Directions(a.lanes @ b) if a.ndim == 1 and np.ndim(b) <= 2 else NotImplemented
    if b.ndim == 1 and np.ndim(a) <= 2:
        return Directions(b.lanes @ np.transpose(a))
    return Directions(np.matmul(a, b.lanes)) if b.ndim == 2 and np.ndim(a) == 2 else vector_times(a, b)


def vector_times(a: Any, b: Directions) -> Any:
    """``a @ b`` for one vector and many matrices."""
    if b.ndim != 2 or np.ndim(a) != 1:
        return NotImplemented
    return Directions(np.matmul(a, b.lanes))


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """``np.dot`` of vectors and matrices."""
    if out is not None or not all(0 < np.ndim(x) <= 2 for x in (a, b)):
        return NotImplemented
    return matmul(a, b)


def reshape(x: Any, shape: Any, order: Any = "C") -> Any:
    """``np.reshape``."""
    if order != "C" or not isinstance(x, Directions):
        return NotImplemented
    wanted = (shape,) if np.ndim(shape) == 0 else tuple(shape)
    if -1 in wanted:
        known = -int(np.prod(wanted))
        if not known:
            return NotImplemented
        wanted = tuple(x.size // known if size == -1 else size for size in wanted)
    return Directions(x.lanes.reshape((len(x.lanes), *wanted)))


def ravel(x: Any, order: Any = "C") -> Any:
    """``np.ravel``."""
    return reshape(x, x.size, order)


def transpose(x: Any, axes: Any = None) -> Any:
    """``np.transpose``."""
    order = range(x.ndim - 1, -1, -1) if axes is None else axes
    return Directions(x.lanes.transpose((0, *(int(axis) % x.ndim + 1 for axis in order))))


def expand_dims(x: Any, axis: Any) -> Any:
    """``np.expand_dims``."""
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    ndim = x.ndim + len(axes)
    return Directions(np.expand_dims(x.lanes, tuple(int(each) % ndim + 1 for each in axes)))


def squeeze(x: Any, axis: Any = None) -> Any:
    """``np.squeeze``."""
    axes = tuple(i for i, size in enumerate(x.shape) if size == 1) if axis is None else axis
    return Directions(np.squeeze(x.lanes, axes_behind(axes, x.ndim))) if x.ndim else x


def swapaxes(x: Any, axis1: Any, axis2: Any) -> Any:
    """``np.swapaxes``."""
    return Directions(np.swapaxes(x.lanes, int(axis1) % x.ndim + 1, int(axis2) % x.ndim + 1))


def broadcast_to(x: Any, shape: Any, subok: bool = False) -> Any:
    """``np.broadcast_to``."""
    wanted = (shape,) if np.ndim(shape) == 0 else tuple(shape)
    return Directions(np.broadcast_to(lifted(x, len(x.lanes), len(wanted)), (len(x.lanes), *wanted)))


def joining(function: Any) -> Any:
    """Return ``np.concatenate`` or ``np.stack`` for directions and plain arrays."""

    def join(arrays: Any, axis: Any = 0, out: Any = None, **kwargs: Any) -> Any:
        if out is not None or kwargs or axis is None or isinstance(arrays, Box):
            return NotImplemented
        parts = list(arrays)
        count = next(len(part.lanes) for part in parts if isinstance(part, Directions))
        ndim = np.ndim(parts[0]) + (function is np.stack)
        wide = [
            part.lanes
            if isinstance(part, Directions)
            else np.broadcast_to(np.asarray(part), (count, *np.shape(part)))
            for part in parts
        ]
        return Directions(function(wide, axis=axes_behind(axis, ndim)))

    return join


def where(condition: Any, *choices: Any) -> Any:
    """``np.where`` with two choices."""
    return elementwise(np.where, (condition, *choices), {}) if choices else NotImplemented


def einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    """``np.einsum`` with directions in one operand and an explicit result."""
    places = [i for i, x in enumerate(operands) if isinstance(x, Directions)]
    if not isinstance(subscripts, str) or "->" not in subscripts or len(places) != 1 or kwargs.get("out"):
        return NotImplemented
    inputs, result = subscripts.replace(" ", "").split("->")
    free = next((c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in subscripts), None)
    terms = inputs.split(",")
    if free is None or len(terms) != len(operands):
        return NotImplemented
    terms[places[0]] = free + terms[places[0]]
    arrays = [x.lanes if isinstance(x, Directions) else x for x in operands]
    return Directions(np.einsum(f"{','.join(terms)}->{free}{result}", *arrays, **kwargs))


def cast(x: Any, dtype: Any, *args: Any, **kwargs: Any) -> Any:
    """``x.astype(dtype)``."""
    return Directions(x.lanes.astype(dtype, *args, **kwargs))


def lanewise(function: Any) -> Any:
    """Return a function of one array that acts on every entry by itself."""

    def act(x: Any, *args: Any, **kwargs: Any) -> Any:
        return NotImplemented if args or kwargs else Directions(function(x.lanes))

    return act


def made_array(x: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """``np.array(x)`` of directions or of a list of them."""
    if isinstance(x, Directions):
        return Directions(np.array(x.lanes, dtype)) if not kwargs else NotImplemented
    if not isinstance(x, tuple | list) or kwargs:
        return NotImplemented
    parts = [made_array(part) if isinstance(part, tuple | list) else part for part in x]
    if any(part is NotImplemented for part in parts):
        return NotImplemented
    if not any(isinstance(part, Directions) for part in parts):
        return np.array(parts, dtype)
    made = TOGETHER[np.stack](parts)
    return made if dtype is None else cast(made, dtype)


TOGETHER: dict[Any, Any] = {
    np.sum: reduction(np.sum),
    np.mean: reduction(np.mean),
    operator.getitem: item,
    operator.setitem: store_item,
    np.matmul: matmul,
    np.dot: dot,
    np.reshape: reshape,
    np.ravel: ravel,
    np.transpose: transpose,
    np.expand_dims: expand_dims,
    np.squeeze: squeeze,
    np.swapaxes: swapaxes,
    np.broadcast_to: broadcast_to,
    np.concatenate: joining(np.concatenate),
    np.stack: joining(np.stack),
    np.where: where,
    np.einsum: einsum,
    np.real: lanewise(np.real),
    np.imag: lanewise(np.imag),
    np.copy: lanewise(np.copy),
    np.zeros_like: lanewise(np.zeros_like),
    np.empty_like: lanewise(np.empty_like),
    np.array: made_array,
    np.asarray: made_array,
    method("astype"): cast,
    method("copy"): lanewise(np.copy),
}
__all__ = ["Directions", "TooWide", "repeated"]
