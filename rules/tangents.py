"""Cotangents of objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Tangent(Mapping[str, Any]):
    """The cotangent (or tangent) of an object: one entry for each of its fields.

    Fields are read as attributes or items.

    >>> t = Tangent(object, {'w': 2.0, 'name': None})
    >>> t.w, t['name'], list(t)
    (2.0, None, ['w', 'name'])
    """

    def __init__(self, cls: type, fields: Mapping[str, Any]) -> None:
        self.cls = cls
        self.fields = dict(fields)

    def __getitem__(self, name: str) -> Any:
        """Return the cotangent of a field."""
        return self.fields[name]

    def __getattr__(self, name: str) -> Any:
        """Return the cotangent of a field."""
        fields = self.__dict__.get("fields", {})
        if name in fields:
            return fields[name]
        raise AttributeError(f"Tangent of {self.__dict__.get('cls')} has no field {name!r}")

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
