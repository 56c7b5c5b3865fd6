"""Functions of NumPy that take several directions in one call; all others get one after the other.

>>> np.cumsum(Directions(np.array([[1.0, 2.0], [3.0, 4.0]]))).lanes
array([[1., 3.],
       [3., 7.]])
"""

from __future__ import annotations

import inspect
import operator
from typing import Any

import numpy as np

from adjoint.rules.boxes import Box, Unboxable, boxes_in, method
from adjoint.rules.directions import TOGETHER, Directions, elementwise, lifted


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
    picked = rows_of(a, b)
    if picked is not None:
        return picked
    if isinstance(a, Directions):
        if a.ndim == 2 and np.ndim(b) <= 2:
            shape = a.lanes.shape
            product = a.lanes.reshape(shape[0] * shape[1], shape[2]) @ b
            return Directions(product.reshape(shape[:2] + product.shape[1:]))
        return Directions(a.lanes @ b) if a.ndim == 1 and np.ndim(b) <= 2 else NotImplemented
    if b.ndim == 1 and np.ndim(a) <= 2:
        return Directions(b.lanes @ np.transpose(a))
    return Directions(np.matmul(a, b.lanes)) if b.ndim == 2 and np.ndim(a) == 2 else vector_times(a, b)


def rows_of(a: Any, b: Any) -> Any:
    """Return ``a @ b`` where one is unit vectors: rows of the other; None if it is anything else.

    >>> matmul(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), Directions(np.eye(3)[1:], 1)).lanes
    array([[2., 5.],
           [3., 6.]])
    """
    units, other = (a, b) if isinstance(a, Directions) else (b, np.transpose(a))
    if units.unit is None or not isinstance(other, np.ndarray) or not 0 < other.ndim <= 2:
        return None
    if len(other) != units.size:
        return None
    rows = other[units.unit : units.unit + len(units.lanes)]
    return Directions(np.array(rows, np.result_type(other, units.lanes), order="C"))


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


def outer(a: Any, b: Any, out: Any = None) -> Any:
    """``np.outer``."""
    if out is not None:
        return NotImplemented
    column, row = (x if isinstance(x, Directions) else np.ravel(x) for x in (a, b))
    column = reshape(column, (-1, 1)) if isinstance(column, Directions) else column.reshape(-1, 1)
    return column * (ravel(row) if isinstance(row, Directions) else row)


def solve(a: Any, b: Any) -> Any:
    """``np.linalg.solve`` of one matrix and many right-hand sides: one factorisation."""
    if isinstance(a, Directions) or np.ndim(a) != 2 or b.ndim not in (1, 2):
        return NotImplemented
    columns = np.moveaxis(b.lanes, 0, -1)
    solved = np.linalg.solve(a, columns.reshape(len(columns), -1)).reshape(columns.shape)
    return Directions(np.ascontiguousarray(np.moveaxis(solved, -1, 0)))


def along(function: Any) -> Any:
    """Return a function that works along one axis of every direction."""
    parameters = inspect.signature(function)

    def work(*args: Any, **kwargs: Any) -> Any:
        given = parameters.bind(*args, **kwargs)
        given.apply_defaults()
        (name, x), *others = given.arguments.items()
        axis = given.arguments["axis"]
        if not isinstance(x, Directions) or not isinstance(axis, int | np.integer):
            return NotImplemented
        if (
            any(True for _ in boxes_in([value for _, value in others]))
            or "prepend" in kwargs
            or "append" in kwargs
        ):
            return NotImplemented
        given.arguments |= {name: x.lanes, "axis": int(axis) % x.ndim + 1}
        return Directions(function(*given.args, **given.kwargs))

    return work


def diff(x: Any, n: Any = 1, axis: Any = -1, *ends: Any, **named: Any) -> Any:
    """``np.diff`` without ends of its own."""
    if ends or named or not x.ndim:
        return NotImplemented
    return Directions(np.diff(x.lanes, n, int(axis) % x.ndim + 1))


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


_TABLE: dict[Any, Any] = {
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
    np.diff: diff,
    np.outer: outer,
    np.linalg.solve: solve,
    **{function: along(function) for function in (np.cumsum, np.flip, np.roll, np.take, np.repeat)},
    method("astype"): cast,
    method("copy"): lanewise(np.copy),
}
TOGETHER.update(_TABLE)

__all__: list[str] = []
