"""How objects of a class are made.

Records (named tuples, and dataclasses whose ``__init__`` is the generated one) are made from their
fields and nothing else; objects of other plain classes by an ``__init__`` written in Python.

>>> @dataclasses.dataclass(frozen=True)
... class Point:
...     x: float
...     y: float
>>> class Spring:
...     def __init__(self, k):
...         self.k = k
>>> record_fields(Point), record_fields(Spring)
(('x', 'y'), None)
>>> initializer(Point), initializer(Spring).__qualname__
(None, 'Spring.__init__')
"""

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
import inspect
import sys
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, Known, kind_of

#: The class whose special methods are the plain ones; untyped, as they are compared by identity.
OBJECT: Any = object


def record_fields(cls: type) -> tuple[str, ...] | None:
    """Return the field names of a record class, None for any other class."""
    if issubclass(cls, tuple) and hasattr(cls, "_fields") and cls.__new__.__module__.startswith("namedtuple"):
        return tuple(cls._fields)
    if generating(cls) is None or hasattr(cls, "__post_init__"):
        return None
    return tuple(field.name for field in dataclasses.fields(cls))


def replaces_fields(function: Any, cls: type) -> bool:
    """Whether ``function(record, field=value)`` makes a changed copy of a record, and does nothing else.

    ``copy.replace`` (new in Python 3.13) calls the class's ``__replace__``, which is generated or the user's.
    """
    if issubclass(cls, tuple):
        generated = getattr(cls, "_replace", None)
        return function is generated or is_copy_replace(function, cls, generated)
    generated = getattr(dataclasses, "_replace", None)
    return function is dataclasses.replace or is_copy_replace(function, cls, generated)


def is_copy_replace(function: Any, cls: type, generated: Any) -> bool:
    """Whether a function is ``copy.replace``, and the class has the generated method for it."""
    known = function is getattr(copy, "replace", None) is not None
    return known and generated is not None and getattr(cls, "__replace__", None) is generated


def generating(cls: type) -> type | None:
    """Return the dataclass whose generated ``__init__`` fills the objects of a class, None if none does."""
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    params = vars(owner).get("__dataclass_params__")
    if params is None or not makes_plainly(cls) or not is_generated(vars(owner)["__init__"]):
        return None
    names = [field.name for field in dataclasses.fields(owner)]
    return owner if params.frozen or all(stores_plainly(cls, name) for name in names) else None


def is_generated(init: Any) -> bool:
    """Whether an ``__init__`` was written by the dataclass decorator."""
    return isinstance(init, types.FunctionType) and init.__code__.co_filename == "<string>"


def initializer(cls: type) -> types.FunctionType | None:
    """Return the Python ``__init__`` that alone makes the objects of a class, None for other classes."""
    init = inspect.getattr_static(cls, "__init__", None)
    written = isinstance(init, types.FunctionType) and not is_generated(init)
    return init if written and names_receiver(init) and makes_plainly(cls) else None


def names_receiver(init: Any) -> bool:
    """Whether the object that an ``__init__`` fills has a name there; a wrapper may take ``*args`` alone."""
    return bool(init.__code__.co_argcount)


def starts_empty(cls: type) -> bool:
    """Whether ``cls()`` has no fields yet: nothing of the class fills them."""
    return makes_plainly(cls) and inspect.getattr_static(cls, "__init__", None) is OBJECT.__init__


def makes_plainly(cls: type) -> bool:
    """Whether ``cls(...)`` is ``object.__new__(cls)`` followed by ``__init__``."""
    called = inspect.getattr_static(type(cls), "__call__", None)
    return called is vars(type)["__call__"] and cls.__new__ is OBJECT.__new__


def made_by_steps(cls: type) -> bool:
    """Whether code of a user's class makes its objects: ``__new__``, a metaclass, or that of a container."""
    library = cls.__module__.partition(".")[0] in (*sys.stdlib_module_names, "numpy", "scipy")
    numbers = issubclass(cls, float | int | complex | str | bytes | np.ndarray | BaseException | enum.Enum)
    return not (library or numbers or makes_plainly(cls) or record_fields(cls))


def stores_plainly(cls: type, name: str) -> bool:
    """Whether ``obj.name = value`` does nothing but store the value in the object."""
    return cls.__setattr__ is OBJECT.__setattr__ and is_plain(cls, name)


def reads_plainly(cls: type, name: str) -> bool:
    """Whether ``obj.name`` does nothing but read a field that the object has."""
    return cls.__getattribute__ is OBJECT.__getattribute__ and is_plain(cls, name)


def is_plain(cls: type, name: str) -> bool:
    """Whether no descriptor of the class stands in front of a field."""
    found = inspect.getattr_static(cls, name, None)
    if isinstance(found, functools.cached_property):
        return False
    return isinstance(found, types.MemberDescriptorType) or not hasattr(type(found), "__set__")


def builds_fields(cls: type, names: tuple[str, ...], kinds: Mapping[str, Kind]) -> dict[str, Kind] | None:
    """Return the kind of every field, defaults included; None if a factory of the user makes one."""
    fields: dict[str, Kind] = {}
    for name in names:
        if name in kinds:
            fields[name] = kinds[name]
        else:
            default = _default(cls, name)
            if default is dataclasses.MISSING:
                return None
            fields[name] = (
                Known(default) if isinstance(default, bool | int | float | str | None) else kind_of(default)
            )
    return fields


def _default(cls: Any, name: str) -> Any:
    if issubclass(cls, tuple):
        return cls._field_defaults.get(name, dataclasses.MISSING)
    field = cls.__dataclass_fields__[name]
    if field.default_factory in (list, dict):
        return field.default_factory()
    return field.default if field.init else dataclasses.MISSING
