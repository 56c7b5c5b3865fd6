"""Rules of functions that call a function they are given: ``np.vectorize``, ``np.apply_along_axis``,
``np.fromfunction``, ``np.piecewise``.

They call back into the compiler, so that the function may be a lambda with captured variables; its
cotangent is that of what it captured.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from adjoint.rules.accumulate import add_into
from adjoint.rules.callback import Bars, Differentiator
from adjoint.rules.errors import RuleError
from adjoint.rules.registry import rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit


def sum_of(cotangents: Iterable[Any]) -> Any:
    """Return the sum of cotangents; ``None`` is zero."""
    total: Any = None
    for bar in cotangents:
        total = add_into(total, bar)
    return total


@rrule(np.vectorize)
def vectorize_object(
    pyfunc: Any,
    otypes: Any = None,
    doc: Any = None,
    excluded: Any = None,
    cache: Any = False,
    signature: Any = None,
) -> Any:
    """The object holds the function; what the function captured may carry a derivative."""
    out = np.vectorize(pyfunc, otypes, doc, excluded, cache, signature)

    def vectorize_object_pullback(out_bar: Any) -> Any:
        return out_bar.get("pyfunc"), None, None, None, None, None

    return out, vectorize_object_pullback


@rrule(np.vectorize.__call__)
def vectorize(self: Any, *args: Any, ad: Differentiator) -> Any:
    """Broadcast the arguments and differentiate the Python function entry by entry."""
    if self.signature is not None or self.excluded or not args:
        raise refused("np.vectorize", "a signature, excluded or no arguments")
    out = self(*args)
    arrays = np.broadcast_arrays(*args)
    cells = [tuple(array[index] for array in arrays) for index in np.ndindex(arrays[0].shape)]
    pulls = [ad.vjp(self.pyfunc, *(cell.item() for cell in row))[1] for row in cells]

    def vectorize_pullback(out_bar: Any) -> Any:
        columns = [entries(bar, len(pulls)) for bar in (out_bar if isinstance(out, tuple) else (out_bar,))]
        rows = list(zip(*columns, strict=True)) if isinstance(out, tuple) else columns[0]
        found = [pull(bar) for pull, bar in zip(pulls, rows, strict=True)]
        bars = tuple(gathered(found, i, arrays[0].shape, x) for i, x in enumerate(args))
        return {"pyfunc": sum_of(bars.f for bars in found)}, bars

    return out, vectorize_pullback


def entries(bar: Any, count: int) -> list[Any]:
    """Return the entries of a cotangent as Python numbers; ``None`` for each if there is none."""
    return [None] * count if bar is None else np.asarray(bar).ravel().tolist()


def gathered(found: list[Bars], i: int, shape: tuple[int, ...], x: Any) -> Any:
    """Return the cotangent of one broadcast argument from those of its entries."""
    values = np.array([0.0 if bars.args[i] is None else bars.args[i] for bars in found])
    return fit(unbroadcast(values.reshape(shape), x), x)


@rrule(np.apply_along_axis)
def apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, ad: Differentiator, **kwargs: Any) -> Any:
    """Differentiate the function for each one-dimensional slice."""
    arr = np.asanyarray(arr)
    out = np.apply_along_axis(func1d, axis, arr, *args, **kwargs)
    lanes = np.moveaxis(arr, axis, -1)
    places = list(np.ndindex(lanes.shape[:-1]))
    pulls = [ad.vjp(func1d, lanes[place], *args, **kwargs) for place in places]
    rank = np.ndim(pulls[0][0])

    def apply_along_axis_pullback(out_bar: Any) -> Any:
        start = axis % arr.ndim
        bars = np.moveaxis(out_bar, range(start, start + rank), range(-rank, 0)) if rank else out_bar
        found = [pull(bars[place]) for place, (_, pull) in zip(places, pulls, strict=True)]
        arr_bar = np.zeros(lanes.shape, arr.dtype if arr.dtype.kind in "fc" else float)
        for place, bar in zip(places, found, strict=True):
            if bar.args[0] is not None:
                arr_bar[place] = bar.args[0]
        extra = tuple(sum_of(bar.args[i] for bar in found) for i in range(1, 1 + len(args)))
        named = {name: sum_of(bar.kwargs.get(name) for bar in found) for name in kwargs}
        return sum_of(bar.f for bar in found), None, np.moveaxis(arr_bar, -1, axis), extra, named

    return out, apply_along_axis_pullback


@rrule(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, ad: Differentiator, **kw: Any) -> Any:
    """Differentiate each function on the entries for which its condition holds, the last one that does."""
    out = np.piecewise(x, condlist, funclist, *args, **kw)
    masks = piece_masks(x, condlist, funclist)
    pulls = [
        ad.vjp(f, np.asarray(x)[mask], *args, **kw) if callable(f) else None
        for f, mask in zip(funclist, masks, strict=True)
    ]

    def piecewise_pullback(out_bar: Any) -> Any:
        x_bar = np.zeros(np.shape(x), np.asarray(out_bar).dtype)
        bars: list[Any] = []
        for mask, pull in zip(masks, pulls, strict=True):
            if pull is None:
                bars.append(np.sum(np.asarray(out_bar)[mask]))
                continue
            bar = pull[1](unbroadcast(np.asarray(out_bar)[mask], pull[0]))
            if bar.args[0] is not None:
                x_bar[mask] += bar.args[0]
            bars.append(bar)
        called = [bar for bar in bars if isinstance(bar, Bars)]
        functions = [bar.f if isinstance(bar, Bars) else bar for bar in bars]
        extra = tuple(sum_of(bar.args[i] for bar in called) for i in range(1, 1 + len(args)))
        named = {name: sum_of(bar.kwargs.get(name) for bar in called) for name in kw}
        return fit(x_bar, x), None, functions, extra, named

    return out, piecewise_pullback


def piece_masks(x: Any, condlist: Any, funclist: Any) -> list[Any]:
    """Return for every function of ``np.piecewise`` where its value stands."""
    conditions = np.asarray(condlist, bool)
    conditions = conditions[None] if conditions.ndim == np.ndim(x) else conditions
    if len(funclist) == len(conditions) + 1:
        conditions = np.concatenate([conditions, ~np.any(conditions, axis=0, keepdims=True)])
    return [c & ~np.any(conditions[k + 1 :], axis=0) for k, c in enumerate(conditions)]


def refused(name: str, what: str) -> RuleError:
    """Return the error for a form of a call that the rule does not cover."""
    return RuleError(
        "ADJ202",
        title=f"`{name}` with {what} has no derivative rule",
        why="the rule covers functions of numbers that are applied entry by entry.",
        fixes=("write the loop or the array expression out", "register a rule of your own"),
    )
