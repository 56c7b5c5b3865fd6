"""Records: classes whose objects are made from their fields and nothing else.

Named tuples, and dataclasses whose ``__init__`` is the generated one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from adjoint.rules.kinds import Kind, Known, kind_of


def record_fields(cls: type) -> tuple[str, ...] | None:
    """Return the field names of a record class, None for any other class."""
    if issubclass(cls, tuple) and hasattr(cls, "_fields") and cls.__new__.__module__.startswith("namedtuple"):
        return tuple(cls._fields)
    if dataclasses.is_dataclass(cls) and "__init__" in vars(cls) and _generated(cls):
        return tuple(field.name for field in dataclasses.fields(cls))
    return None


def _generated(cls: type) -> bool:
    init: Any = vars(cls)["__init__"]
    params = getattr(cls, "__dataclass_params__", None)
    generated = params is not None and params.init and init.__code__.co_filename == "<string>"
    return generated and not hasattr(cls, "__post_init__")


def builds_fields(cls: type, names: tuple[str, ...], kinds: Mapping[str, Kind]) -> dict[str, Kind] | None:
    """Return the kind of every field, defaults included; None if a default is made by a factory."""
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
    return field.default if field.init else dataclasses.MISSING
