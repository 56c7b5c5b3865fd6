"""What generated code calls, as numba compiles it; imported only when the numba backend is used.

Each overload decides by types what the Python function decides when it runs.
"""

# mypy: ignore-errors
# numba has no types, and an overload's inner functions are read by numba, not by Python.

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import register_jitable
from numba.typed.typedobjectutils import _nonoptional

from adjoint.backend.registered import literal, overload
from adjoint.rules import (
    containers,
    elementwise,
    extrema,
    indexing,
    joins,
    pysequences,
    reductions,
    runtime,
    selection,
    support,
)


def is_array(kind) -> bool:
    """Whether a numba type is an array."""
    return isinstance(kind, types.Array)


@overload(runtime.unbroadcast)
def unbroadcast(x_bar, x):
    """Sum over the axes along which ``x`` was broadcast; the ranks are known."""
    if isinstance(x_bar, types.Optional | types.NoneType):
        return None
    if not is_array(x_bar):
        return (lambda x_bar, x: x_bar) if not is_array(x) else (lambda x_bar, x: np.full(x.shape, x_bar))
    if not is_array(x):
        return lambda x_bar, x: x_bar.sum()
    if x_bar.ndim < x.ndim:
        return lambda x_bar, x: np.broadcast_to(x_bar, x.shape).copy()
    lead, ndim = x_bar.ndim - x.ndim, x.ndim
    if ndim == 0:
        return lambda x_bar, x: np.full((), x_bar.sum())

    accumulate = accumulators.get((lead, ndim))

    def summed(x_bar, x):
        out = np.zeros(x.shape, x_bar.dtype)
        for index in np.ndindex(x_bar.shape):
            accumulate(out, x_bar, index)
        return out

    def summed_if_stretched(x_bar, x):
        if x_bar.shape == x.shape:
            return x_bar.copy()
        out = np.zeros(x.shape, x_bar.dtype)
        for index in np.ndindex(x_bar.shape):
            accumulate(out, x_bar, index)
        return out

    if accumulate is None:
        return None
    return summed if lead else summed_if_stretched


def accumulator(lead: int, ndim: int):
    """Return the function that adds one entry of a cotangent to the entry of ``x`` it belongs to."""
    parts = [f"(index[{lead + i}] if out.shape[{i}] != 1 else 0)" for i in range(ndim)]
    text = f"def add(out, x_bar, index):\n    out[{', '.join(parts)}] += x_bar[index]\n"
    space = {}
    exec(text, space)
    return register_jitable(space["add"])


accumulators = {(lead, ndim): accumulator(lead, ndim) for lead in range(3) for ndim in range(1, 4)}


@overload(runtime.strong_product)
def strong_product(x_bar, partial):
    """Multiply, a zero on either side being stronger than infinity or NaN."""
    if is_array(x_bar) or is_array(partial):

        def product(x_bar, partial):
            return strong_each(x_bar, partial)

        return product
    return lambda x_bar, partial: 0.0 if x_bar == 0.0 or partial == 0.0 else x_bar * partial


@overload(runtime.strong_quotient)
def strong_quotient(x_bar, divisor):
    """Divide, a zero numerator being stronger than a zero divisor."""
    if is_array(x_bar) or is_array(divisor):
        return lambda x_bar, divisor: np.where(x_bar == 0.0, 0.0 * x_bar, x_bar / divisor)
    return lambda x_bar, divisor: 0.0 if x_bar == 0.0 else x_bar / divisor


@register_jitable
def strong_each(x_bar, partial):
    """Elementwise product of broadcasting factors with strong zeros."""
    product = x_bar * partial
    return np.where((x_bar == 0.0) | (partial == 0.0), 0.0 * (x_bar == partial), product)


@overload(runtime.zeros_like)
def zeros_like(x):
    """A zero cotangent."""
    if is_array(x):
        return lambda x: np.zeros_like(x)
    if isinstance(x, types.Float | types.Integer):
        return lambda x: 0.0
    if isinstance(x, types.List) and isinstance(x.dtype, types.Float):
        return lambda x: [0.0] * len(x)
    if isinstance(x, types.List) and is_array(x.dtype):
        return lambda x: [np.zeros_like(item) for item in x]
    return None


@overload(runtime.add)
def add(a, b):
    """Add two cotangents of the same value."""
    if isinstance(a, types.NoneType):
        return lambda a, b: b
    if isinstance(b, types.NoneType):
        return lambda a, b: a
    if isinstance(a, types.Optional):
        return lambda a, b: b if a is None else sum_of(_nonoptional(a), b)
    if isinstance(b, types.Optional):
        return lambda a, b: a if b is None else sum_of(a, _nonoptional(b))
    return lambda a, b: a + b


@register_jitable
def sum_of(a, b):
    """Call the overload of ``add``."""
    return runtime.add(a, b)


@overload(containers.owned)
def owned(bar, zero):
    """A copy of a container's cotangent that may be changed."""
    if is_array(bar):
        return lambda bar, zero: bar.copy()
    if isinstance(bar, types.List):
        return lambda bar, zero: [item for item in bar]
    return None


@overload(containers.pop)
def pop(bar, index=-1):
    """Take an item off a list of cotangents."""
    return lambda bar, index=-1: bar.pop(index)


@overload(support.fit)
def fit(x_bar, x):
    """Give a cotangent the dtype of its primal."""
    dtype = x.dtype if is_array(x) else None
    if dtype is None or not is_array(x_bar) or x_bar.dtype == dtype:
        return lambda x_bar, x: x_bar
    return lambda x_bar, x: x_bar.astype(x.dtype)


@overload(reductions.spread)
def spread(out_bar, shape, axis=None, keepdims=False):
    """Repeat the cotangent of a full reduction."""
    if isinstance(axis, types.NoneType | types.Omitted) and not is_array(out_bar):
        return lambda out_bar, shape, axis=None, keepdims=False: np.full(shape, out_bar)
    return None


@overload(containers.part)
def part(bar, key):
    """One item of a tuple or list of cotangents."""
    return lambda bar, key: bar[key]


@overload(containers.instantiate)
def instantiate(bar, x):
    """A cotangent that is there."""
    if isinstance(bar, types.NoneType):
        return lambda bar, x: zeros_of(x)
    if isinstance(bar, types.Optional):
        return lambda bar, x: zeros_of(x) if bar is None else _nonoptional(bar)
    return lambda bar, x: bar


@register_jitable
def zeros_of(x):
    """Call the overload of ``zeros_like``."""
    return runtime.zeros_like(x)


@overload(indexing.is_basic)
def is_basic(index):
    """Whether an index makes a view: its type says."""
    parts = list(index) if isinstance(index, types.BaseTuple) else [index]
    basic = all(isinstance(part, types.Integer | types.SliceType | types.NoneType) for part in parts)
    return (lambda index: True) if basic else (lambda index: False)


@overload(pysequences.spread_bar)
def spread_bar(out_bar, values):
    """The cotangent of a sum, once for each item."""
    if isinstance(values, types.List) and isinstance(values.dtype, types.Float):
        return lambda out_bar, values: [out_bar] * len(values)
    return None


@overload(joins.unstack_like)
def unstack_like(out_bar, arrays, axis=0):
    """The rows of the cotangent of a stack of numbers."""
    if not isinstance(arrays, types.List) or literal(axis) != 0:
        return None
    if is_array(arrays.dtype) and out_bar.ndim == arrays.dtype.ndim + 1 or out_bar.ndim == 1:
        return lambda out_bar, arrays, axis=0: [row for row in out_bar]
    return None


@overload(np.stack)
def stack(arrays, axis=0):
    """NumPy also stacks numbers."""
    if isinstance(arrays, types.List) and isinstance(arrays.dtype, types.Float):
        return lambda arrays, axis=0: np.array(arrays)
    if not isinstance(arrays, types.List) or not is_array(arrays.dtype) or literal(axis) != 0:
        return None
    dtype = arrays.dtype.dtype

    def rows(arrays, axis=0):
        out = np.empty((len(arrays), *arrays[0].shape), dtype)
        for k in range(len(arrays)):
            check_equal(arrays[k].shape == arrays[0].shape)
            out[k] = arrays[k]
        return out

    return rows


@overload(np.mean)
def mean(a, axis):
    """The mean along one axis."""
    if is_array(a) and isinstance(axis, types.Integer | types.IntegerLiteral):
        return lambda a, axis: np.sum(a, axis) / a.shape[axis]
    return None


@overload(np.vdot)
def vdot(a, b):
    """The inner product of real arrays of more than one dimension."""
    if is_array(a) and is_array(b) and a.ndim > 1 and isinstance(a.dtype, types.Float):
        return lambda a, b: (a * b).sum()
    return None


@overload(runtime.strong_dot)
def strong_dot(x_bar, partial):
    """The inner product, where a zero on either side gives zero."""
    if is_array(x_bar) and isinstance(partial, types.Number):
        return lambda x_bar, partial: strong_each(x_bar, partial).sum()
    if is_array(x_bar) and is_array(partial) and isinstance(x_bar.dtype, types.Float):

        def dot(x_bar, partial):
            total = (x_bar * partial).sum()
            return total if np.isfinite(total) else strong_each(x_bar, partial).sum()

        return dot
    return None


@overload(runtime.selected)
def selected(x_bar, share):
    """A cotangent times a share."""
    return lambda x_bar, share: runtime.strong_product(x_bar, share)


@overload(selection.greater_share)
def greater_share(x, y):
    """One where the first is larger, one half where they are equal."""
    if is_array(x) or is_array(y):
        return lambda x, y: np.where(x > y, 1.0, np.where(x == y, 0.5, 0.0))
    return lambda x, y: 1.0 if x > y else (0.5 if x == y else 0.0)


@overload(elementwise.share)
def share(x, y, out, half):
    """The logarithm of the share of one exponential in a sum of two."""
    if is_array(x) and is_array(out):
        return lambda x, y, out, half: np.where(x == y, half, np.where(x == out, 0.0, x - out))
    if not is_array(x) and not is_array(y):
        return lambda x, y, out, half: half if x == y else (0.0 if x == out else x - out)
    return None


@overload(indexing.accumulate_into, jit_options={"boundscheck": True})
def accumulate_into(x_bar, index, value_bar):
    """Add to entries, every repetition of an index counting."""
    if isinstance(index, types.Integer | types.SliceType):
        return lambda x_bar, index, value_bar: add_at(x_bar, index, value_bar)
    if is_array(index) and isinstance(index.dtype, types.Boolean) and is_array(x_bar) and is_array(value_bar):
        return masked if x_bar.ndim == index.ndim == value_bar.ndim == 1 else None
    if not is_array(index) or not isinstance(index.dtype, types.Integer) or not is_array(x_bar):
        return None
    if x_bar.ndim == 1 and is_array(value_bar) and value_bar.ndim == index.ndim:

        def numbers(x_bar, index, value_bar):
            check_equal(index.shape == value_bar.shape)
            for k, value in zip(index.flat, value_bar.flat):  # noqa: B905 - numba knows no strict
                x_bar[k] += value

        return numbers
    if x_bar.ndim == 2 and index.ndim == 1 and is_array(value_bar) and value_bar.ndim == 2:

        def rows(x_bar, index, value_bar):
            check_equal(len(index) == len(value_bar) and x_bar.shape[1] == value_bar.shape[1])
            for k in range(len(index)):
                for j in range(x_bar.shape[1]):
                    x_bar[index[k], j] += value_bar[k, j]

        return rows
    if x_bar.ndim == 2 and index.ndim == 2 and is_array(value_bar) and value_bar.ndim == 3:

        def tables(x_bar, index, value_bar):
            check_equal(index.shape == value_bar.shape[:2] and x_bar.shape[1] == value_bar.shape[2])
            for i in range(index.shape[0]):
                for k in range(index.shape[1]):
                    for j in range(x_bar.shape[1]):
                        x_bar[index[i, k], j] += value_bar[i, k, j]

        return tables
    return None


def masked(x_bar, index, value_bar):
    """Add the cotangents of the entries that a mask has chosen."""
    check_equal(len(index) == len(x_bar) and np.sum(index) == len(value_bar))
    taken = 0
    for k in range(len(index)):
        if index[k]:
            x_bar[k] += value_bar[taken]
            taken += 1


@register_jitable
def add_at(x_bar, index, value_bar):
    """Add to an entry or a slice."""
    x_bar[index] += value_bar


@register_jitable
def check_equal(equal):
    """Cotangents have the shape of what was read."""
    if not equal:
        raise ValueError("the cotangent does not have the shape of what was read")


@overload(containers.owned_like)
def owned_like(bar, x):
    """A copy of a list of cotangents that may be changed."""
    if isinstance(bar, types.List):
        return lambda bar, x: [item for item in bar]
    return None


@overload(np.roll)
def roll(a, shift, axis):
    """NumPy takes an axis, too; None is the flattened array."""
    number = getattr(axis, "literal_value", axis)
    if not is_array(a) or not isinstance(shift, types.Integer):
        return None
    if isinstance(axis, types.NoneType) or number in (0, -1) and a.ndim == 1:
        return lambda a, shift, axis: np.roll(a, shift)
    if a.ndim != 2 or number not in (0, 1, -1, -2):
        return None

    def rows(a, shift, axis):
        out = np.empty(a.shape, a.dtype)
        for i in range(len(a)):
            out[(i + shift) % len(a)] = a[i]
        return out

    def columns(a, shift, axis):
        out = np.empty(a.shape, a.dtype)
        for i in range(len(a)):
            out[i] = np.roll(a[i], shift)
        return out

    return rows if number in (0, -2) else columns


def picked(function):
    """Return the overload of the cotangent of an extreme: it goes to the entry that was taken."""

    def overloaded(out_bar, a, axis=None):
        whole = isinstance(axis, types.NoneType | types.Omitted) or axis is None
        axis = getattr(axis, "literal_value", None)
        if not is_array(a) or a.ndim > 2 or a.ndim == 2 and axis not in (0, 1, -1, -2) and not whole:
            return None
        if a.ndim == 1 or whole:

            def one(out_bar, a, axis=None):
                a_bar = np.zeros(a.size)
                a_bar[function(a)] = total_of(out_bar)
                return a_bar.reshape(a.shape)

            return one
        return rows if axis in (1, -1) else columns

    def rows(out_bar, a, axis=None):
        a_bar = np.zeros(a.shape)
        bars = out_bar.ravel()
        for i in range(a.shape[0]):
            a_bar[i, function(a[i])] = bars[i]
        return a_bar

    def columns(out_bar, a, axis=None):
        a_bar = np.zeros(a.shape)
        bars = out_bar.ravel()
        for j in range(a.shape[1]):
            a_bar[function(a[:, j]), j] = bars[j]
        return a_bar

    return overloaded


@register_jitable
def total_of(out_bar):
    """The only entry of a cotangent."""
    return np.sum(np.asarray(out_bar))


overload(extrema.max_bar)(picked(np.argmax))
overload(extrema.min_bar)(picked(np.argmin))
