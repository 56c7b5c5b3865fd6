"""Rules of functions that turn, shift, repeat and pad the entries of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.conversions import nested_like
from adjoint.rules.forward import filled
from adjoint.rules.kinds import ANY, Array, Kind, Known, Scalar, is_scalar
from adjoint.rules.registry import frule, linear, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.shaping import array_kind, dims_of_shape
from adjoint.rules.support import fit

linear(np.flip, np.flipud, np.fliplr, np.rot90, np.roll)
linear(np.tile, np.repeat, np.ndarray.repeat, np.resize)


# -- turning and shifting -----------------------------------------------------------------------


@rrule(np.flip)
def flip(m: Any, axis: Any = None) -> Any:
    """Flipped back."""
    out = np.flip(m, axis)

    def flip_pullback(out_bar: Any) -> Any:
        return np.flip(out_bar, axis), None

    return out, flip_pullback


@rrule(np.flipud)
def flipud(m: Any) -> Any:
    """Flipped back."""
    out = np.flipud(m)

    def flipud_pullback(out_bar: Any) -> Any:
        return np.flipud(out_bar)

    return out, flipud_pullback


@rrule(np.fliplr)
def fliplr(m: Any) -> Any:
    """Flipped back."""
    out = np.fliplr(m)

    def fliplr_pullback(out_bar: Any) -> Any:
        return np.fliplr(out_bar)

    return out, fliplr_pullback


@rrule(np.rot90)
def rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    """Turned back."""
    out = np.rot90(m, k, axes)

    def rot90_pullback(out_bar: Any) -> Any:
        return np.rot90(out_bar, -k, axes), None, None

    return out, rot90_pullback


@rrule(np.roll, fresh=True)
def roll_several(a: Any, shift: Any, axis: Any = None) -> Any:
    """Rolled back."""
    out = np.roll(a, shift, axis)

    def roll_pullback(out_bar: Any) -> Any:
        return np.roll(out_bar, tuple(-np.ravel(shift)), axis), None, None

    return out, roll_pullback


@rrule(np.roll, when=lambda a, shift, axis: is_scalar(shift), fresh=True)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Rolled back."""
    out = np.roll(a, shift, axis)

    def roll_pullback(out_bar: Any) -> Any:
        return np.roll(out_bar, -shift, axis), None, None

    return out, roll_pullback


def _by_one(place: int) -> Callable[[Kind, Kind], bool]:
    """Return the predicate of a vector that is rolled by one place."""
    return lambda a, shift: (
        isinstance(a, Array) and a.ndim == 1 and isinstance(shift, Known) and shift.value == place
    )


@rrule(np.roll, when=_by_one(1), fresh=True)
def roll_up(a: Any, shift: Any) -> Any:
    """A vector, by one place: two slices are joined, which costs a seventh of ``np.roll``."""
    out = np.roll(a, shift)

    def roll_pullback(out_bar: Any) -> Any:
        return np.concatenate((out_bar[1:], out_bar[:1])), None

    return out, roll_pullback


@rrule(np.roll, when=_by_one(-1), fresh=True)
def roll_down(a: Any, shift: Any) -> Any:
    """A vector, by one place the other way."""
    out = np.roll(a, shift)

    def roll_pullback(out_bar: Any) -> Any:
        return np.concatenate((out_bar[-1:], out_bar[:-1])), None

    return out, roll_pullback


# -- repeating ----------------------------------------------------------------------------------


def tile_bar(out_bar: Any, A: Any, reps: Any) -> Any:
    """Return the cotangent of the array of ``np.tile``: the sum over its copies."""
    shape, counts = np.shape(A), tuple(int(r) for r in np.ravel(reps))
    ndim = max(len(shape), len(counts))
    sizes = (1,) * (ndim - len(shape)) + shape
    counts = (1,) * (ndim - len(counts)) + counts
    pairs = [n for pair in zip(counts, sizes, strict=True) for n in pair]
    return np.reshape(np.sum(np.reshape(out_bar, pairs), axis=tuple(range(0, 2 * ndim, 2))), shape)


def _tiled(A: Kind, reps: Kind) -> Kind | None:
    length = 1
    if isinstance(reps, Known) and isinstance(reps.value, tuple | list):
        length = len(reps.value)
    elif not isinstance(reps, Known | Scalar):
        items = getattr(reps, "items", None)
        if not isinstance(items, tuple):
            return array_kind(A, None)
        length = len(items)
    ndim = A.ndim if isinstance(A, Array) else 0
    return array_kind(A, None if ndim is None else (ANY,) * max(ndim, length))


@rrule(np.tile, fresh=True, kind=_tiled)
def tile(A: Any, reps: Any) -> Any:
    """Sum over the copies."""
    out = np.tile(A, reps)

    def tile_pullback(out_bar: Any) -> Any:
        return tile_bar(out_bar, A, reps), None

    return out, tile_pullback


def repeat_bar(out_bar: Any, a: Any, repeats: Any, axis: Any = None) -> Any:
    """Return the cotangent of the array of ``np.repeat``: the sum over the copies of each entry.

    Args:
        out_bar: cotangent of the repeated array.
        a: array or number.
        repeats: one number, or one for every entry along ``axis``.
        axis: None for the flattened array.
    """
    shape = np.shape(a) if axis is not None else (np.size(a),)
    along = 0 if axis is None else axis % len(shape)
    rows = np.moveaxis(out_bar, along, 0)
    where = np.repeat(np.arange(shape[along]), repeats)
    bar = np.zeros((shape[along], *rows.shape[1:]), rows.dtype)
    np.add.at(bar, where, rows)
    return np.reshape(np.moveaxis(bar, 0, along), np.shape(a))


def _repeated(a: Kind, repeats: Kind, axis: Kind) -> Kind | None:
    if isinstance(axis, Known) and axis.value is None:
        return array_kind(a, (ANY,))
    ndim = a.ndim if isinstance(a, Array) else 0
    return array_kind(a, None if ndim is None else (ANY,) * ndim)


@rrule(np.repeat, np.ndarray.repeat, fresh=True, kind=_repeated)
def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    """Sum over the copies."""
    out = np.repeat(a, repeats, axis)

    def repeat_pullback(out_bar: Any) -> Any:
        return repeat_bar(out_bar, a, repeats, axis), None, None

    return out, repeat_pullback


def resize_bar(out_bar: Any, a: Any) -> Any:
    """Return the cotangent of the array of ``np.resize``, which is read again from its start."""
    bar = np.zeros(np.size(a), np.asarray(out_bar).dtype)
    if bar.size:
        np.add.at(bar, np.arange(np.size(out_bar)) % bar.size, np.ravel(out_bar))
    return np.reshape(bar, np.shape(a))


def _sized(a: Kind, new_shape: Kind) -> Kind | None:

    return array_kind(a, dims_of_shape(new_shape))


@rrule(np.resize, fresh=True, kind=_sized)
def resize(a: Any, new_shape: Any) -> Any:
    """Sum over the copies."""
    out = np.resize(a, new_shape)

    def resize_pullback(out_bar: Any) -> Any:
        return resize_bar(out_bar, a), None

    return out, resize_pullback


# -- padding ------------------------------------------------------------------------------------

COPYING = ("edge", "reflect", "symmetric", "wrap", "empty")


def _padded(array: Kind, pad_width: Kind, **others: Kind) -> Kind | None:
    ndim = array.ndim if isinstance(array, Array) else 0
    return array_kind(array, None if ndim is None else (ANY,) * ndim)


def _constant_mode(array: Kind, pad_width: Kind, mode: Kind, **others: Kind) -> bool:
    return isinstance(mode, Known) and mode.value == "constant"


def _copying_mode(array: Kind, pad_width: Kind, mode: Kind) -> bool:
    return isinstance(mode, Known) and mode.value in COPYING


def _linear_mode(array: Kind, pad_width: Kind, mode: Kind, **options: Kind) -> bool:
    return isinstance(mode, Known) and mode.value in (*COPYING, "mean", "linear_ramp")


def inner(out_bar: Any, array: Any, pad_width: Any) -> Any:
    """Return the part of a padded array that is the array itself.

    Args:
        out_bar: padded array.
        array: what was padded.
        pad_width: as for ``np.pad``; a dict names axes.
    """
    widths = pad_widths(pad_width, np.ndim(array))
    starts = [before for before, _ in widths]
    index = tuple(slice(s, s + n) for s, n in zip(starts, np.shape(array), strict=True))
    return out_bar[index]


def pad_widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """Return the widths before and after, for every axis."""
    if isinstance(pad_width, dict):
        widths = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            before, after = np.broadcast_to(width, 2)
            widths[axis] = (int(before), int(after))
        return widths
    return [(int(before), int(after)) for before, after in np.broadcast_to(pad_width, (ndim, 2))]


def constant_bar(out_bar: Any, array: Any, pad_width: Any, constant_values: Any) -> Any:
    """Return the cotangent of the values that ``np.pad`` fills in; the last axis wins in corners."""
    ndim = np.ndim(array)
    numbers = np.arange(1, 2 * ndim + 1).reshape(ndim, 2)
    widths = pad_widths(pad_width, ndim)
    places = np.pad(np.zeros(np.shape(array), int), widths, constant_values=numbers)
    sums = [np.sum(out_bar, where=places == number) for number in numbers.flat]
    return nested_like(unbroadcast(np.reshape(sums, (ndim, 2)), np.asarray(constant_values)), constant_values)


@rrule(np.pad, when=_linear_mode, fresh=True, kind=_padded)
def pad_linear(
    array: Any, pad_width: Any, mode: Any = "constant", *, stat_length: Any = None, reflect_type: str = "even"
) -> Any:
    """A linear map along each axis, applied transposed."""
    options = {"stat_length": stat_length} if stat_length is not None else {}
    options = {"reflect_type": reflect_type} if reflect_type != "even" else options
    out = np.pad(array, pad_width, mode, **options)

    def pad_pullback(out_bar: Any) -> Any:
        return linear_pad_bar(out_bar, array, pad_width, mode, options), None, None, None, None

    return out, pad_pullback


def linear_pad_bar(out_bar: Any, array: Any, pad_width: Any, mode: str, options: dict[str, Any]) -> Any:
    """Return the cotangent of a padded array by the matrix of the padding along each axis."""
    widths = pad_widths(pad_width, np.ndim(array))
    for axis, (width, size) in enumerate(zip(widths, np.shape(array), strict=True)):
        if width != (0, 0):
            matrix = np.pad(np.eye(size), (width, (0, 0)), mode, **options)  # type: ignore[call-overload]
            out_bar = np.moveaxis(np.tensordot(matrix, out_bar, (0, axis)), 0, axis)
    return fit(out_bar, array)


def linear_pad(array_dot: Any, pad_width: Any, mode: str, options: dict[str, Any]) -> Any:
    """Return the tangent of an array padded in a mode that is linear; what is left empty does not move."""
    if mode == "empty":
        return np.pad(array_dot, pad_width)
    return np.pad(array_dot, pad_width, mode, **options)  # type: ignore[call-overload]


@frule(np.pad, when=_linear_mode)
def pad_linear_forward(
    array: Any, pad_width: Any, mode: Any = "constant", *, stat_length: Any = None, reflect_type: str = "even"
) -> Any:
    """The padding of the tangent."""
    options = {"stat_length": stat_length} if stat_length is not None else {}
    options = {"reflect_type": reflect_type} if reflect_type != "even" else options
    out = np.pad(array, pad_width, mode, **options)

    def pad_pushforward(array_dot: Any, width_dot: Any, mode_dot: Any, length_dot: Any, type_dot: Any) -> Any:
        return linear_pad(array_dot, pad_width, mode, options), None, None, None, None

    return out, pad_pushforward


def copied_pad_bar(out_bar: Any, array: Any, pad_width: Any, mode: Any) -> Any:
    """Return the cotangent of a padded array whose padding are copies of its entries."""
    if mode == "empty":
        return inner(out_bar, array, pad_width)
    numbers = np.arange(np.size(array)).reshape(np.shape(array))
    bar = np.zeros(np.size(array), out_bar.dtype)
    np.add.at(bar, np.pad(numbers, pad_width, mode), out_bar)
    return bar.reshape(np.shape(array))


@rrule(np.pad, when=_copying_mode, fresh=True, kind=_padded)
def pad_copies(array: Any, pad_width: Any, mode: Any = "constant") -> Any:
    """Sum over the copies."""
    out = np.pad(array, pad_width, mode)

    def pad_pullback(out_bar: Any) -> Any:
        return copied_pad_bar(out_bar, array, pad_width, mode), None, None

    return out, pad_pullback


def values_pad(values_dot: Any, array: Any, pad_width: Any, values: Any) -> Any:
    """Return the tangent of a padded array in which only what was filled in moves."""
    zeros = np.zeros_like(array)
    return np.pad(zeros, pad_width, constant_values=filled(values_dot, values))


@frule(np.pad, when=_constant_mode)
def pad_values_forward(
    array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0
) -> Any:
    """Zeros around the tangent, and the tangents of what was filled in around zeros."""
    out = np.pad(array, pad_width, mode, constant_values=constant_values)

    def pad_pushforward(array_dot: Any, width_dot: Any, mode_dot: Any, values_dot: Any) -> Any:
        return (
            np.pad(array_dot, pad_width),
            None,
            None,
            values_pad(values_dot, array, pad_width, constant_values),
        )

    return out, pad_pushforward


@rrule(np.pad, when=_constant_mode, fresh=True, kind=_padded)
def pad_values(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    """The inner part, and the sums over what was filled in."""
    out = np.pad(array, pad_width, mode, constant_values=constant_values)

    def pad_pullback(out_bar: Any) -> Any:
        values_bar = constant_bar(out_bar, array, pad_width, constant_values)
        return inner(out_bar, array, pad_width), None, None, values_bar

    return out, pad_pullback


@rrule(np.pad, when=_constant_mode, fresh=True, kind=_padded)
def pad(array: Any, pad_width: Any, mode: Any = "constant") -> Any:
    """The inner part."""
    out = np.pad(array, pad_width, mode)

    def pad_pullback(out_bar: Any) -> Any:
        return inner(out_bar, array, pad_width), None, None

    return out, pad_pullback
