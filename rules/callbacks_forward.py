"""Forward rules of functions that call a function they are given; see ``callbacks.py``."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.callback import Differentiator
from adjoint.rules.callbacks import piece_masks, refused
from adjoint.rules.registry import frule
from adjoint.rules.support import fit_out


@frule(np.vectorize)
def vectorize_object_forward(
    pyfunc: Any,
    otypes: Any = None,
    doc: Any = None,
    excluded: Any = None,
    cache: Any = False,
    signature: Any = None,
) -> Any:
    """The object holds the function; what the function captured may move."""
    out = np.vectorize(pyfunc, otypes, doc, excluded, cache, signature)

    def vectorize_object_pushforward(pyfunc_dot: Any, *rest_dot: Any) -> Any:
        return None if pyfunc_dot is None else {"pyfunc": pyfunc_dot}, None, None, None, None, None

    return out, vectorize_object_pushforward


def entry_dots(self: Any, args: tuple[Any, ...], dots: Any, f_dot: Any, out: Any, ad: Differentiator) -> Any:
    """Return the tangent of a vectorised function: that of the Python function, entry by entry."""
    arrays = np.broadcast_arrays(*args)
    shape = arrays[0].shape
    moved = [None if dot is None else np.broadcast_to(dot, shape) for dot in dots]
    found = []
    for index in np.ndindex(shape):
        values = tuple(array[index].item() for array in arrays)
        tangents = tuple(None if dot is None else dot[index].item() for dot in moved)
        found.append(ad.jvp(self.pyfunc, values, tangents, f_dot)[1])
    if isinstance(out, tuple):
        return tuple(entries_like([row and row[k] for row in found], y) for k, y in enumerate(out))
    return entries_like(found, out)


def entries_like(dots: list[Any], out: Any) -> Any:
    """Return tangents of entries, None for zero, in the form of the value."""
    values = np.array([0.0 if dot is None else dot for dot in dots])
    return fit_out(np.reshape(values, np.shape(out)), out)


@frule(np.vectorize.__call__)
def vectorize_forward(self: Any, *args: Any, ad: Differentiator) -> Any:
    """Push the Python function forward entry by entry."""
    if self.signature is not None or self.excluded or not args:
        raise refused("np.vectorize", "a signature, excluded or no arguments")
    out = self(*args)

    def vectorize_pushforward(self_dot: Any, args_dot: Any) -> Any:
        f_dot = self_dot.get("pyfunc") if isinstance(self_dot, dict) else None
        by_f = None if f_dot is None else entry_dots(self, args, (None,) * len(args), f_dot, out, ad)
        by_args = None if args_dot is None else entry_dots(self, args, args_dot, None, out, ad)
        return by_f, by_args

    return out, vectorize_pushforward


def lane_dots(
    func1d: tuple[Any, Any],
    axis: int,
    arr: Any,
    args: tuple[Any, ...],
    dots: tuple[Any, ...],
    named: dict[str, tuple[Any, Any]],
    ad: Any,
) -> Any:
    """Return the tangent of ``np.apply_along_axis``; the first tangent is that of the array.

    The function and the named arguments are pairs of a value and its tangent; None is zero.
    """
    lanes = np.moveaxis(arr, axis, -1)
    moved = None if dots[0] is None else np.moveaxis(np.asarray(dots[0]), axis, -1)
    places = list(np.ndindex(lanes.shape[:-1]))
    found = []
    for place in places:
        tangents = (None if moved is None else moved[place], *dots[1:])
        value, dot = ad.push(func1d, *zip((lanes[place], *args), tangents, strict=True), **named)
        found.append(np.zeros(np.shape(value)) if dot is None else np.asarray(dot))
    rank, start = found[0].ndim, axis % arr.ndim
    stacked = np.reshape(np.stack(found), (*lanes.shape[:-1], *found[0].shape))
    return np.moveaxis(stacked, range(-rank, 0), range(start, start + rank)) if rank else stacked


@frule(np.apply_along_axis)
def apply_along_axis_forward(
    func1d: Any, axis: Any, arr: Any, *args: Any, ad: Differentiator, **kwargs: Any
) -> Any:
    """Push the function forward for each one-dimensional slice."""
    array = np.asanyarray(arr)
    out = np.apply_along_axis(func1d, axis, array, *args, **kwargs)
    none = (None,) * len(args)

    def apply_along_axis_pushforward(
        func1d_dot: Any, axis_dot: Any, arr_dot: Any, args_dot: Any, kwargs_dot: Any
    ) -> Any:
        def part(dots: tuple[Any, ...], f_dot: Any = None, named_dot: Any = None) -> Any:
            named = {name: (value, (named_dot or {}).get(name)) for name, value in kwargs.items()}
            return fit_out(lane_dots((func1d, f_dot), axis, array, args, dots, named, ad), out)

        return (
            None if func1d_dot is None else part((None, *none), func1d_dot),
            None,
            None if arr_dot is None else part((arr_dot, *none)),
            None if args_dot is None else part((None, *args_dot)),
            None if not kwargs_dot else part((None, *none), None, kwargs_dot),
        )

    return out, apply_along_axis_pushforward


@frule(np.piecewise)
def piecewise_forward(x: Any, condlist: Any, funclist: Any, *args: Any, ad: Differentiator, **kw: Any) -> Any:
    """Push each function forward on the entries for which its condition holds, the last one that does."""
    out = np.piecewise(x, condlist, funclist, *args, **kw)
    masks = piece_masks(x, condlist, funclist)

    def pushed(dots: tuple[Any, ...], functions_dot: Any, named_dot: Any) -> Any:
        out_dot = np.zeros(np.shape(out), out.dtype)
        for k, (function, mask) in enumerate(zip(funclist, masks, strict=True)):
            f_dot = None if functions_dot is None else functions_dot[k]
            if callable(function):
                first = None if dots[0] is None else np.asarray(dots[0])[mask]
                pairs = zip((np.asarray(x)[mask], *args), (first, *dots[1:]), strict=True)
                named = {name: (value, (named_dot or {}).get(name)) for name, value in kw.items()}
                push: Any = ad.push
                f_dot = push((function, f_dot), *pairs, **named)[1]
            if f_dot is not None:
                out_dot[mask] = f_dot
        return out_dot

    none = (None,) * len(args)

    def piecewise_pushforward(
        x_dot: Any, condlist_dot: Any, funclist_dot: Any, args_dot: Any, kw_dot: Any
    ) -> Any:
        return (
            None if x_dot is None else pushed((x_dot, *none), None, None),
            None,
            None if funclist_dot is None else pushed((None, *none), funclist_dot, None),
            None if args_dot is None else pushed((None, *args_dot), None, None),
            None if not kw_dot else pushed((None, *none), None, kw_dot),
        )

    return out, piecewise_pushforward
