"""Which Python class the values of a kind have, and what is known of values that are passed on.

>>> from adjoint.rules.kinds import FLOAT
>>> runtime_type(FLOAT), runtime_type(Tuple((FLOAT,))), runtime_type(Unknown())
(<class 'float'>, <class 'tuple'>, None)
>>> widened(Known(1.5))
Scalar(dtype=dtype('float64'), numpy=False, active=False)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import (
    Array,
    Closure,
    Dict,
    Kind,
    Known,
    List,
    Object,
    Scalar,
    Tuple,
    Unknown,
    map_children,
)


def widened(kind: Known) -> Kind:
    """Return the kind of a list whose first element is this constant."""
    number = isinstance(kind.value, bool | int | float | complex)
    return Scalar(np.dtype(type(kind.value))) if number else kind


def container_type(kind: Kind) -> type:
    """Return the Python class of a container kind."""
    match kind:
        case List():
            return list
        case Dict():
            return dict
        case Tuple(_, cls):
            return cls or tuple
        case _:
            return object


def runtime_type(kind: Kind) -> type | None:
    """Return the class that values of a kind certainly have, None if it is not certain."""
    match kind:
        case Scalar(dtype, bool() as is_numpy):
            return dtype.type if is_numpy else type(dtype.type().item())
        case Array(_, tuple()):
            return np.ndarray
        case Object(cls):
            return cls
        case List() | Dict() | Tuple():
            return container_type(kind)
        case Known(value):
            return type(value)
        case _:
            return None


def outward(kind: Kind) -> Kind:
    """Forget local functions: another function cannot see their captured variables by name."""
    if isinstance(kind, Closure):
        return Unknown(kind.active)
    return map_children(kind, outward)


def bound_kind(value: Any) -> Kind:
    """Return the kind of a bound parameter from a kind, a tuple of kinds (``*args``) or a dict of them."""
    if isinstance(value, tuple):
        return Tuple(value)
    return Dict(tuple(value.items())) if isinstance(value, dict) else value


def argument_kind(value: Any) -> Kind:
    """Return the kind of a bound argument, which may be a tuple (``*args``) or dict (``**kwargs``)."""
    if isinstance(value, tuple):
        return Tuple(tuple(item.kind for item in value))
    if isinstance(value, dict):
        return Dict(tuple((key, item.kind) for key, item in value.items()))
    kind: Kind = value.kind
    return kind


def is_plain(kind: Kind) -> bool:
    """Whether a rule written for numbers can take values of this kind."""
    match kind:
        case Unknown() | Object() | Closure():
            return False
        case Tuple(items):
            return all(is_plain(item) for item in items)
        case List(element):
            return element is None or is_plain(element)
        case _:
            return True


def holds_objects(kind: Kind) -> bool:
    """Whether values of a kind are, or contain, objects: their classes may say what a function returns."""
    match kind:
        case Object():
            return True
        case Tuple(items):
            return any(map(holds_objects, items))
        case List(element):
            return element is not None and holds_objects(element)
        case _:
            return False
