"""Tangents and cotangents of objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from adjoint.rules.containers import copied
from adjoint.rules.kinds import slot_names
from adjoint.rules.runtime import add
from adjoint.rules.symbolic import NO_TANGENT, ZERO, AbstractZero


class Tangent(Mapping[str, Any]):
    """The tangent or cotangent of an object: one entry for each of its fields.

    Fields are read as attributes or items.  Tangents of one class add, and scale by numbers; a field
    that is not mentioned is zero.  The sum of an object and a tangent of its class is an object.

    >>> t = Tangent(object, {'w': 2.0, 'name': None})
    >>> t.w, t['name'], list(t)
    (2.0, None, ['w', 'name'])
    >>> t + 0.5 * t
    Tangent[object](w=3.0, name=None)
    """

    __array_ufunc__ = None  # NumPy's operators leave the work to this class

    def __init__(self, cls: type, fields: Mapping[str, Any]) -> None:
        self.cls = cls
        self.fields = dict(fields)

    def __getitem__(self, name: str) -> Any:
        """Return the cotangent of a field."""
        return self.fields[name]

    def __getattr__(self, name: str) -> Any:
        """Return the cotangent of a field; zero for a field of the class that is not mentioned."""
        fields, cls = self.__dict__.get("fields", {}), self.__dict__.get("cls", object)
        if name in fields:
            return fields[name]
        if name in declared(cls):
            return ZERO
        raise AttributeError(f"Tangent of {cls} has no field {name!r}")

    def __iter__(self) -> Iterator[str]:
        """Iterate over the field names."""
        return iter(self.fields)

    def __len__(self) -> int:
        """Return the number of fields."""
        return len(self.fields)

    def __repr__(self) -> str:
        """Return a readable form."""
        inner = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"Tangent[{self.cls.__name__}]({inner})"

    def __add__(self, other: Any) -> Any:
        """Add a tangent of the same class, or move an object of the class along this tangent."""
        if isinstance(other, AbstractZero):
            return self
        if isinstance(other, Tangent):
            if other.cls is not self.cls:
                raise TypeError(f"no sum of tangents of {self.cls.__name__} and {other.cls.__name__}")
            names = {**self.fields, **other.fields}
            return Tangent(self.cls, {n: add(self.fields.get(n), other.fields.get(n)) for n in names})
        return moved(other, self) if isinstance(other, self.cls) else NotImplemented

    __radd__ = __add__

    def __mul__(self, factor: Any) -> Any:
        """Scale by a number."""
        if isinstance(factor, AbstractZero):
            return factor
        if np.ndim(factor) or not isinstance(factor, int | float | complex | np.number):
            return NotImplemented
        return Tangent(self.cls, {name: scaled(value, factor) for name, value in self.fields.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Any:
        """Divide by a number."""
        return self * (1.0 / divisor)

    def __neg__(self) -> Tangent:
        """Return the opposite direction."""
        return Tangent(self.cls, {name: scaled(value, -1.0) for name, value in self.fields.items()})

    def __sub__(self, other: Any) -> Any:
        """Subtract a tangent of the same class."""
        return self if isinstance(other, AbstractZero) else self + -other

    def __rsub__(self, other: Any) -> Any:
        """Move an object against this tangent."""
        return -self + other


def declared(cls: type) -> tuple[str, ...]:
    """Return the names of the fields that a class declares: dataclass, named tuple, slots, annotations."""
    if dataclasses.is_dataclass(cls):
        return tuple(field.name for field in dataclasses.fields(cls))
    named = getattr(cls, "_fields", None)
    if isinstance(named, tuple):
        return named
    annotated = (name for base in reversed(cls.__mro__) for name in base.__dict__.get("__annotations__", {}))
    return tuple(dict.fromkeys([*slot_names(cls), *annotated]))


def canonicalize(tangent: Tangent) -> Tangent:
    """Return a tangent with an entry for every field that the class declares, in its order.

    >>> @dataclasses.dataclass
    ... class Line:
    ...     slope: float
    ...     offset: float
    >>> canonicalize(Tangent(Line, {'offset': 1.0}))
    Tangent[Line](slope=ZERO, offset=1.0)
    """
    names = dict.fromkeys([*declared(tangent.cls), *tangent.fields])
    return Tangent(tangent.cls, {name: tangent.fields.get(name, ZERO) for name in names})


def backing(tangent: Any) -> Any:
    """Return a tangent as generated code holds it: ``None`` for zero, dicts of fields for objects."""
    if tangent is None or isinstance(tangent, AbstractZero):
        return None
    if isinstance(tangent, Tangent | dict):
        return {name: backing(value) for name, value in tangent.items()}
    if type(tangent) in (tuple, list):
        return type(tangent)(backing(item) for item in tangent)
    return tangent


def scaled(value: Any, factor: Any) -> Any:
    """Return a number, an array or a container of them times a number; None stays None."""
    if value is None or value is NO_TANGENT:
        return value
    if isinstance(value, dict):
        return {key: scaled(item, factor) for key, item in value.items()}
    if isinstance(value, tuple | list):
        items = [scaled(item, factor) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value * factor


def moved(x: Any, x_dot: Any) -> Any:
    """Return ``x + x_dot`` with the containers and classes of ``x``; ``None`` moves nothing."""
    if x_dot is None or isinstance(x_dot, AbstractZero):
        return x
    if isinstance(x, dict):
        return {key: moved(item, x_dot.get(key)) for key, item in x.items()}
    if isinstance(x, tuple | list):
        items = [moved(item, part) for item, part in zip(x, x_dot, strict=True)]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if not isinstance(x_dot, Tangent):
        return x + x_dot
    made = copied(x)
    for name, part in x_dot.fields.items():
        object.__setattr__(made, name, moved(getattr(x, name), part))
    return made


__all__ = ["Tangent", "backing", "canonicalize", "declared", "moved", "scaled"]
