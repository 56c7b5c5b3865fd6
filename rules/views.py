"""Rules of ``ndarray.view``, ``np.trim_zeros`` and ``np.sort_complex``."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known, is_complex
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit


def _same_class(a: Kind, dtype: Kind) -> bool:
    """Whether the view has the array's own class: no dtype, or one that is not a class of arrays."""
    return not isinstance(dtype, Known) or not isinstance(dtype.value, type) or _is_dtype(dtype.value)


def _is_dtype(cls: type) -> bool:
    return not issubclass(cls, np.ndarray)


def viewed(x: Any, out: Any, a: Any) -> Any:
    """Return a tangent of an array as the view shows it; bits that are no floats have none.

    Raises:
        TypeError: the view splits or joins the bits of floats.
    """
    if out.dtype.kind not in "fc":
        return None
    if out.real.dtype != a.real.dtype:
        raise TypeError(f"a view of {a.dtype} as {out.dtype} has no derivative: it takes numbers apart")
    return x.view(out.dtype)


@rrule(np.ndarray.view, when=_same_class)
def view(a: Any, dtype: Any = None) -> Any:
    """The same numbers: real and imaginary parts, or pairs of them."""
    out = a.view() if dtype is None else a.view(dtype)

    def view_pullback(out_bar: Any) -> Any:
        return viewed(np.ascontiguousarray(out_bar), a, out), None

    return out, view_pullback


@frule(np.ndarray.view, when=_same_class)
def view_forward(a: Any, dtype: Any = None) -> Any:
    """The same numbers: real and imaginary parts, or pairs of them."""
    out = a.view() if dtype is None else a.view(dtype)

    def view_pushforward(a_dot: Any, dtype_dot: Any) -> Any:
        return viewed(a_dot, out, a), None

    return out, view_pushforward


# -- zeros at the ends --------------------------------------------------------------------------


def array_kind(filt: Kind, **others: Kind) -> Kind:
    """Return the kind of an array of the same rank, its sizes unknown."""
    if not isinstance(filt, Array) or filt.dims is None:
        return Array(None, None)
    return Array(filt.dtype, ("?",) * len(filt.dims))


def kept_part(filt: Any, out: Any, trim: str) -> tuple[slice, ...]:
    """Return where in an array the part lies that ``np.trim_zeros`` kept."""
    places = np.argwhere(filt)
    first = places.min(axis=0) if len(places) else np.zeros(np.ndim(filt), int)
    starts = [int(k) if "f" in trim.lower() and size < whole else 0 for k, size, whole in zip(
        first, out.shape, filt.shape, strict=True
    )]  # fmt: skip
    return tuple(slice(start, start + size) for start, size in zip(starts, out.shape, strict=True))


def trimmed_bar(out_bar: Any, out: Any, filt: Any, trim: str) -> Any:
    """Return the cotangent of an array from that of the part that was kept."""
    bar = np.zeros(filt.shape, out_bar.dtype)
    bar[kept_part(filt, out, trim)] = out_bar
    return fit(bar, filt)


def _array(filt: Kind, trim: Kind) -> bool:
    return isinstance(filt, Array) and filt.ndim == 1


@rrule(np.trim_zeros, when=_array, kind=array_kind)
def trim_zeros(filt: Any, trim: Any = "fb") -> Any:
    """What was kept receives the cotangent."""
    out = np.trim_zeros(filt, trim)

    def trim_zeros_pullback(out_bar: Any) -> Any:
        return trimmed_bar(out_bar, out, filt, trim), None

    return out, trim_zeros_pullback


@frule(np.trim_zeros, when=_array)
def trim_zeros_forward(filt: Any, trim: Any = "fb") -> Any:
    """The tangent of what was kept."""
    out = np.trim_zeros(filt, trim)

    def trim_zeros_pushforward(filt_dot: Any, trim_dot: Any) -> Any:
        return filt_dot[kept_part(filt, out, trim)], None

    return out, trim_zeros_pushforward


# -- complex order ------------------------------------------------------------------------------


def complex_kind(a: Kind) -> Kind:
    """Return the kind of sorted complex numbers."""
    if not isinstance(a, Array):
        return Array(None, None)
    return Array(a.dtype if is_complex(a) else None, a.dims)


@rrule(np.sort_complex, fresh=True, kind=complex_kind)
def sort_complex(a: Any) -> Any:
    """Each entry to where it came from."""
    out = np.sort_complex(a)

    def sort_complex_pullback(out_bar: Any) -> Any:
        back = np.argsort(np.argsort(a, axis=-1, kind="stable"), axis=-1)
        return fit(np.take_along_axis(out_bar, back, -1), a)

    return out, sort_complex_pullback


@frule(np.sort_complex)
def sort_complex_forward(a: Any) -> Any:
    """The tangents in the same order."""
    out = np.sort_complex(a)

    def sort_complex_pushforward(a_dot: Any) -> Any:
        order = np.argsort(a, axis=-1, kind="stable")
        return np.take_along_axis(a_dot, order, -1).astype(out.dtype)

    return out, sort_complex_pushforward
