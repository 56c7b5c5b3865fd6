"""What generated forward code may call besides NumPy.

The tangent of a tuple or list is one of the same length, of a dict a dict with the same keys, of an
object a dict of its fields, of a function made in generated code a dict of what it captured; ``None``
stands for a zero tangent of what has none of its own.  No function here modifies an argument.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from adjoint.rules.containers import refuse_walking
from adjoint.rules.kinds import is_code, slot_names
from adjoint.rules.runtime import add


def zero_tangent(x: Any) -> Any:
    """Return the zero tangent of any value.

    >>> zero_tangent({'w': np.ones(2), 'n': 3})
    {'w': array([0., 0.]), 'n': 0.0}
    """
    return filled(None, x)


def filled(x_dot: Any, x: Any) -> Any:
    """Return a tangent with real zeros in place of ``None``, wherever ``x`` holds a number.

    An integer has a zero, too: it may stand where a float stands at another time.

    >>> filled((None, 2.0), (1.0, 3.0))
    (0.0, 2.0)
    """
    if isinstance(x, np.ndarray):
        if x_dot is not None:
            return x_dot
        return np.zeros(x.shape, x.dtype if x.dtype.kind in "fc" else float)
    if isinstance(x, float | int | np.number) and not isinstance(x, bool):
        return 0.0 if x_dot is None else x_dot
    if isinstance(x, complex):
        return 0j if x_dot is None else x_dot
    if isinstance(x, tuple | list):
        dots = (None,) * len(x) if x_dot is None else x_dot
        items = [filled(dot, item) for dot, item in zip(dots, x, strict=True)]
        return tuple(items) if isinstance(x, tuple) else items
    if isinstance(x, dict):
        dots = {} if x_dot is None else x_dot
        return {key: filled(dots.get(key), item) for key, item in x.items()}
    if x is None or isinstance(x, bool | np.bool_ | str | type | types.ModuleType | types.FunctionType):
        return x_dot
    return filled_fields(x_dot, x)


def filled_fields(x_dot: Any, x: Any) -> Any:
    """Return the tangent of an object, with zeros for the fields that are not mentioned."""
    if moves_as_code(x):
        return x_dot
    dots, fields = {} if x_dot is None else x_dot, fields_of(x)
    return {name: filled(dots.get(name), value) for name, value in fields.items()}


def moves_as_code(x: Any) -> bool:
    """Whether the tangent of an object is not that of its fields: functions, their derivatives, pullbacks."""
    return is_code(x) or hasattr(type(x), "__adjoint_push__")


def fields_of(x: Any) -> dict[str, Any]:
    """Return the fields of an object, in slots or not."""
    slots = {name: getattr(x, name) for name in slot_names(type(x)) if hasattr(x, name)}
    return slots | dict(getattr(x, "__dict__", {}))


def spread(x_dot: Any, value: Any) -> Any:
    """Return the tangent of an elementwise result whose operand was broadcast; the dual of `unbroadcast`.

    >>> spread(1.0, np.zeros(2))
    array([1., 1.])
    """
    shape = getattr(value, "shape", ())
    if getattr(x_dot, "shape", ()) == shape:
        return x_dot
    return np.broadcast_to(x_dot, shape).copy()


def real_part(x_dot: Any, value: Any) -> Any:
    """Return the tangent of an elementwise result, which is real where the result is.

    >>> real_part(1 + 2j, 3.0), real_part(1 + 2j, 3j)
    (1.0, (1+2j))
    """
    return np.real(x_dot) if np.iscomplexobj(x_dot) and not np.iscomplexobj(value) else x_dot


def total(dots: tuple[Any, ...]) -> Any:
    """Return the sum of the contributions to a tangent; ``None`` is zero.

    >>> total((1.0, None, 2.0))
    3.0
    """
    return functools.reduce(add, dots, None)


def paired(x: Any, x_dot: Any) -> Any:
    """Return the items of ``*x`` or ``**x``, each beside its tangent.

    >>> paired((1.0, 2), (3.0, None)), paired({'a': 1.0}, None)
    ([(1.0, 3.0), (2, None)], {'a': (1.0, None)})
    """
    if isinstance(x, Mapping):
        return {key: (x[key], None if x_dot is None else x_dot.get(key)) for key in x}
    items = list(x)
    return list(zip(items, dots_of(items, x_dot), strict=True))


def dots_of(items: list[Any], x_dot: Any) -> list[Any]:
    """Return one tangent for each of some items."""
    if x_dot is None or isinstance(x_dot, dict):
        return [None] * len(items)
    return list(x_dot)


def unpacked_dots(x: Any, x_dot: Any, count: int, star: int | None) -> list[Any]:
    """Return the tangents of the names that a sequence is unpacked into.

    Args:
        x: the sequence.
        x_dot: its tangent.
        count: how many names there are.
        star: position of the starred name, which takes a list.
    """
    refuse_walking(x)
    items = list(x)
    dots = dots_of(items, x_dot)
    if star is not None:
        end = star + len(items) - (count - 1)
        middle = filled(dots[star:end], items[star:end])
        dots[star:end] = [middle]
    return dots


__all__ = ["filled", "paired", "real_part", "spread", "total", "unpacked_dots", "zero_tangent"]
