"""Which Python class the values of a kind have."""

from __future__ import annotations


import numpy as np

from adjoint.rules.kinds import Array, Dict, Kind, Known, List, Object, Scalar, Tuple


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
        case Scalar(dtype, is_numpy):
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
