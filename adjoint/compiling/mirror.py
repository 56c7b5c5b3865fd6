"""Give gradients the shape of the arguments: same containers, shapes and float dtypes."""

from __future__ import annotations

import dataclasses
import inspect
import threading
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.boxes import Box
from adjoint.rules.errors import ArgumentError, DifferentiationError
from adjoint.rules.kinds import Known, kind_of, own_fields, slot_names
from adjoint.rules.runtime import zeros_like
from adjoint.rules.tangents import Tangent


def mirror(x: Any, x_bar: Any) -> Any:
    """Return the gradient with respect to ``x`` in the form of ``x``.

    Arrays keep shape and float dtype, floats are floats, containers have the same keys; what has
    no tangent space (integers, bools, strings, ``None``) gives ``None``; a zero cotangent gives
    real zeros.  The result shares no memory with anything else.
    """
    convert = CONVERTERS.get(type(x))
    return convert(x, x_bar) if convert is not None else other(x, x_bar)


def real(x_bar: Any) -> Any:
    """Return the cotangent of a real argument.

    Raises:
        DifferentiationError: ADJ305, it is complex; somewhere on the way a value was complex that
            should have been real, and then its partials were not conjugated.
    """
    if not np.iscomplexobj(x_bar):
        return x_bar
    raise DifferentiationError(
        "ADJ305",
        title="a real argument received a complex cotangent",
        why="a value became complex that was taken for real, or a rule returned a complex cotangent.",
        fixes=(
            "make it complex on purpose:  complex(x) ** 0.5",
            "in a rule, return the real part for a parameter that is real:  np.real(x_bar)",
        ),
    )


def zero_tangent(x: Any) -> Any:
    """Return the zero of the tangent space of a value: real zeros in the value's own structure.

    ``None`` stands where there is no tangent space.

    >>> zero_tangent({'w': np.ones(2), 'n': 3})
    {'w': array([0., 0.]), 'n': None}
    """
    return mirror(x, None)


def of_float(x: float, x_bar: Any) -> Any:
    """Return the cotangent of a float as a float."""
    if type(x_bar) is float:
        return x_bar
    if x_bar is None:
        return 0.0
    return real(x_bar) if isinstance(x_bar, Box) else float(real(x_bar))


def of_array(x: Any, x_bar: Any) -> Any:
    """Return the cotangent of an array as a new array of its shape and float dtype."""
    if x.dtype.kind not in "fc":
        return None
    if type(x_bar) is np.ndarray and x_bar.dtype is x.dtype and x_bar.shape == x.shape:
        return x_bar.copy()
    if x_bar is None:
        return np.zeros(x.shape, x.dtype)
    if isinstance(x_bar, Box):
        return of_boxed_array(x, x_bar)
    x_bar = np.asarray(x_bar)
    if x.dtype.kind == "f":
        x_bar = real(x_bar)
    result = np.empty(x.shape, x.dtype)
    result[...] = x_bar
    return result


def of_boxed_array(x: Any, x_bar: Box) -> Any:
    """Return several cotangents of an array, each in its shape and dtype."""
    x_bar = real(x_bar) if x.dtype.kind == "f" else x_bar
    return np.broadcast_to(x_bar, x.shape).astype(x.dtype)


def of_tuple(x: Any, x_bar: Any) -> Any:
    """Return the cotangents of a tuple or named tuple."""
    if type(x) is tuple and type(x_bar) is tuple and len(x) == len(x_bar):
        return tuple(map(mirror, x, x_bar))
    bars = (None,) * len(x) if x_bar is None else x_bar
    items = [mirror(item, bar) for item, bar in zip(x, [*bars, *(None,) * (len(x) - len(bars))], strict=True)]
    if type(x) is tuple:
        return tuple(items)
    return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)


def of_list(x: Any, x_bar: Any) -> Any:
    """Return the cotangents of a list."""
    return list(of_tuple(tuple(x), x_bar))


def of_dict(x: Any, x_bar: Any) -> Any:
    """Return the cotangents of a dict, with all its keys in their order."""
    bars = {} if x_bar is None else x_bar
    return {key: mirror(item, bars.get(key)) for key, item in x.items()}


def of_none(x: Any, x_bar: Any) -> Any:
    """Return ``None``: the value has no tangent space."""
    return None


def other(x: Any, x_bar: Any) -> Any:
    """Return the cotangent of a NumPy scalar, a record or an object."""
    if isinstance(x, types.ModuleType | types.FunctionType | types.BuiltinFunctionType | type | np.ufunc):
        return None
    if isinstance(x, np.generic):
        return of_scalar(x, x_bar)
    if isinstance(x, np.ndarray):
        return of_array(x, x_bar)
    if isinstance(x, tuple):
        return of_tuple(x, x_bar)
    if isinstance(x, complex):
        return x_bar if isinstance(x_bar, Box) else complex(0.0 if x_bar is None else x_bar)
    if isinstance(x, float):
        return of_float(x, x_bar)
    if isinstance(x, dict):
        return of_dict(x, x_bar)
    return of_list(x, x_bar) if isinstance(x, list) else of_object(x, x_bar)


def of_scalar(x: Any, x_bar: Any) -> Any:
    """Return the cotangent of a NumPy scalar with its dtype."""
    if x.dtype.kind not in "fc":
        return None
    if isinstance(x_bar, Box):
        return of_boxed_array(x, x_bar)
    value = 0.0 if x_bar is None else x_bar
    return x.dtype.type(real(value) if x.dtype.kind == "f" else value)


def of_object(x: Any, x_bar: Any) -> Any:
    """Return the cotangents of an object's fields: the same dataclass, or a ``Tangent``."""
    fields = fields_of(x)
    if not isinstance(x_bar, dict | None):
        raise untouched(x)
    bars = x_bar or {}
    if id(x) in _open.objects:  # an object that holds itself: only what was asked for
        return (
            Tangent(type(x), {n: mirror(fields[n], b) for n, b in bars.items() if n in fields})
            if bars
            else None
        )
    if not fields or callable(x) and not has_floats(fields):
        return None
    _open.objects.add(id(x))
    try:
        mirrored = {name: mirror(value, bars.get(name)) for name, value in fields.items()}
    finally:
        _open.objects.remove(id(x))
    if dataclasses.is_dataclass(x) and {f.name for f in dataclasses.fields(x) if f.init} == set(mirrored):
        made = object.__new__(type(x))
        for name, value in mirrored.items():
            object.__setattr__(made, name, value)
        return made
    return Tangent(type(x), mirrored)


def untouched(x: Any) -> ArgumentError:
    """Return the error for an argument whose class has no cotangents."""
    return ArgumentError(
        "ADJ303",
        title=f"an argument of class {type(x).__name__} cannot be differentiated",
        why="only numbers, arrays, lists, tuples, dicts and objects with fields have cotangents.",
        fixes=("pass its items as a list or a dict",),
    )


class Open(threading.local):
    """The objects being mirrored: one that holds itself has no second cotangent."""

    def __init__(self) -> None:
        self.objects: set[int] = set()


_open = Open()


def fields_of(x: Any) -> dict[str, Any]:
    """Return the fields of an object, in slots or not."""
    slots = {name: getattr(x, name) for name in slot_names(type(x)) if hasattr(x, name)}
    return slots | own_fields(x)


def has_floats(fields: dict[str, Any]) -> bool:
    """Whether any field may carry a derivative."""
    return any(isinstance(value, float | np.ndarray | list | dict | tuple) for value in fields.values())


CONVERTERS: dict[type, Callable[[Any, Any], Any]] = {
    float: of_float,
    np.ndarray: of_array,
    tuple: of_tuple,
    list: of_list,
    dict: of_dict,
    int: of_none,
    bool: of_none,
    str: of_none,
    type(None): of_none,
}


def conform(y: Any, y_bar: Any, name: str, word: str = "cotangent") -> Any:
    """Check that a cotangent (or tangent, then ``word`` says so) fits the value it belongs to, and return it.

    Raises:
        ArgumentError: ADJ302, wrong shape or structure.
    """
    if y_bar is None:
        return None
    if isinstance(y, tuple | list):
        if not isinstance(y_bar, tuple | list) or len(y_bar) != len(y):
            raise misfit(name, f"a sequence of {len(y)} {word}s", y_bar, word)
        pairs = enumerate(zip(y, y_bar, strict=True))
        parts = [conform(item, bar, f"{name}[{i}]", word) for i, (item, bar) in pairs]
        return list(map(filled, parts, y)) if isinstance(y, list) else tuple(parts)
    if isinstance(y, dict):
        if not isinstance(y_bar, dict) or not set(y_bar) <= set(y):
            raise misfit(name, f"a dict with the keys {list(y)}", y_bar, word)
        return {key: conform(y[key], bar, f"{name}[{key!r}]", word) for key, bar in y_bar.items()}
    if isinstance(y, np.ndarray | np.generic | float | complex):
        return fitting(y, y_bar, name, word)
    if isinstance(kind_of(y, 1), Known):
        return None
    fields = fields_of(y)
    return conform_fields(y, fields, y_bar, name, word) if fields and not inspect.isroutine(y) else y_bar


def filled(y_bar: Any, y: Any) -> Any:
    """Return the cotangent of an item of a list, zeros for ``None``: generated code takes it for a number."""
    number = isinstance(y, float | complex | np.inexact) or isinstance(y, np.ndarray) and y.dtype.kind in "fc"
    return zeros_like(y) if y_bar is None and number else y_bar


def conform_fields(y: Any, fields: dict[str, Any], y_bar: Any, name: str, word: str) -> Any:
    """Check the cotangent of an object: a ``Tangent``, a dict of fields, or an object of the same class."""
    bars = (
        y_bar if isinstance(y_bar, dict | Tangent) else fields_of(y_bar) if type(y_bar) is type(y) else None
    )
    if bars is None or not set(bars) <= set(fields):
        raise misfit(name, f"a Tangent with the fields {list(fields)}", y_bar, word)
    return {key: conform(fields[key], bar, f"{name}.{key}", word) for key, bar in bars.items()}


def fitting(y: Any, y_bar: Any, name: str, word: str) -> Any:
    """Check the cotangent of a number or array."""
    if isinstance(y_bar, tuple | list | dict):
        raise misfit(name, f"shape {np.shape(y)}", y_bar, word)
    shape, found = np.shape(y), np.shape(y_bar)
    if shape == found and np.asarray(y).dtype.kind == "b":
        return None
    if shape != found or not np.issubdtype(np.asarray(y_bar).dtype, np.number):
        raise misfit(name, f"shape {shape}", y_bar, word)
    if np.iscomplexobj(y_bar) and not np.iscomplexobj(y):
        raise misfit(name, f"a real {word}", y_bar, word)
    if isinstance(y, np.ndarray):
        wide = np.asarray(y_bar)
        return wide if wide.dtype.kind in "fc" else wide.astype(float)
    if isinstance(y_bar, np.ndarray):
        return y_bar[()]
    return float(y_bar) if isinstance(y_bar, int) else y_bar


def misfit(name: str, expected: str, found: Any, word: str) -> ArgumentError:
    """Return the error for a cotangent or tangent that does not fit."""
    kind = f"shape {np.shape(found)}" if isinstance(found, np.ndarray | float | int) else type(found).__name__
    return ArgumentError(
        "ADJ302",
        title=f"the {word} of {name} does not fit: expected {expected}, got {kind}",
        why=f"a {word} has the shape and structure of the value it belongs to.",
        fixes=(f"pass a {word} like the value, for example np.ones_like(y)",),
    )
