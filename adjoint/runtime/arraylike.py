"""Lists, tuples and objects handed to functions of arrays in calls that are resolved when they run.

The run-time half of :mod:`adjoint.transforms.arraylike`: the function gets arrays, as NumPy would make them,
and the lists receive their cotangents item by item.  Objects are asked for their array (``__array__``).
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.conversions import nested_like
from adjoint.transforms.arraylike import ARITHMETIC, array_parameters

Places = tuple[int | str, ...]
Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]


def is_numeric(value: Any) -> bool:
    """Whether a value is a number, an array of them, or a nested list or tuple of them."""
    if type(value) in (list, tuple):
        return all(map(is_numeric, value))
    return isinstance(value, int | float | complex | np.number | np.ndarray)


def holds_floats(value: Any) -> bool:
    """Whether a value is a list or tuple of numbers with a float among them."""
    sequence = type(value) in (list, tuple) and is_numeric(value)
    return sequence and any(isinstance(x, FLOATS) for x in leaves(value))


FLOATS = (float, complex, np.inexact, np.ndarray)


def leaves(value: Any) -> list[Any]:
    """Return the numbers and arrays in a nested list or tuple."""
    return [x for item in value for x in (leaves(item) if type(item) in (list, tuple) else [item])]


def lists_in(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Places:
    """Return the places of lists that NumPy takes for arrays: positions and names of keywords."""
    if not any(type(value) in (list, tuple) for value in (*args, *kwargs.values())):
        return ()
    if f in ARITHMETIC:
        arrays = any(isinstance(arg, np.ndarray | np.inexact) for arg in args)
        return tuple(
            i for i, arg in enumerate(args) if arrays and type(arg) in (list, tuple) and is_numeric(arg)
        )
    names = array_parameters(f)
    places = [i for i, (arg, name) in enumerate(zip(args, names, strict=False)) if name and holds_floats(arg)]
    return *places, *(name for name, value in kwargs.items() if name in names and holds_floats(value))


def over_arrays(call: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], places: Places) -> Pulled:
    """Call a function with arrays in the place of lists; the lists receive cotangents like them."""
    arrays = tuple(np.asarray(arg) if i in places else arg for i, arg in enumerate(args))
    named = {name: np.asarray(value) if name in places else value for name, value in kwargs.items()}
    value, pullback = call(f, *arrays, **named)

    def list_pullback(bar: Any) -> Bars:
        f_bar, bars, named_bars = pullback(bar)
        back = [nested_like(b, args[i]) if i in places else b for i, b in enumerate(bars)]
        items = named_bars.items()
        return f_bar, tuple(back), {n: nested_like(b, kwargs[n]) if n in places else b for n, b in items}

    return value, list_pullback


def array_method(cls: Any) -> types.FunctionType | None:
    """Return the ``__array__`` that a class defines in Python."""
    found = inspect.getattr_static(cls, "__array__", None)
    return found if isinstance(found, types.FunctionType) else None


def objects_in(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Places:
    """Return the places of objects that NumPy asks for an array: positions and names of keywords."""
    if all(type(value) in PLAIN or array_method(type(value)) is None for value in (*args, *kwargs.values())):
        return ()
    home = getattr(f, "__module__", None) or ""
    if not (home.startswith(("numpy", "_operator")) or isinstance(f, np.ufunc)):
        return ()
    places = [i for i, arg in enumerate(args) if array_method(type(arg)) is not None]
    return *places, *(name for name, value in kwargs.items() if array_method(type(value)) is not None)


PLAIN = (float, int, np.float64, np.ndarray, list, tuple, dict, str, bool, type(None))


def over_objects(call: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], places: Places) -> Pulled:
    """Call a function with the arrays of objects; the objects receive the cotangents of ``__array__``."""
    given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
    made = {place: call(array_method(type(given[place])), given[place]) for place in places}
    arrays = {place: made[place][0] if place in made else value for place, value in given.items()}
    named = {name: arrays[name] for name in kwargs}
    value, pullback = call(f, *(arrays[i] for i in range(len(args))), **named)

    def object_pullback(bar: Any) -> Bars:
        f_bar, bars, named_bars = pullback(bar)
        shares: dict[Any, Any] = {**dict(enumerate(bars)), **named_bars}
        shares |= {place: back(shares.get(place))[1][0] for place, (_, back) in made.items()}
        return f_bar, tuple(shares[i] for i in range(len(args))), {name: shares.get(name) for name in kwargs}

    return value, object_pullback
