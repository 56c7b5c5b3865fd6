"""Objects that are made from their fields, while the program runs."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from adjoint.rules.containers import part

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]


def build_record(cls: type, names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Make a named tuple or dataclass from its fields."""
    value = cls(*args, **kwargs)
    bound = inspect.signature(cls).bind(*args, **kwargs).arguments

    def pullback(bar: Any) -> Bars:
        if bar is None:
            return None, (None,) * len(args), {}
        shares = {n: part(bar, names.index(n) if isinstance(value, tuple) else n) for n in bound}
        in_order = list(bound)[: len(args)]
        return None, tuple(shares[n] for n in in_order), {n: shares[n] for n in kwargs}

    return value, pullback


def build_in_steps(cls: Any, fill: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Make a dataclass with a ``__post_init__``: store the fields, then let the method change the object.

    Args:
        cls: the class.
        fill: runs an initialiser on an object; its pullback returns the object's cotangent before.
        args: the arguments of the construction.
        kwargs: its keyword arguments.
    """
    given = inspect.signature(cls).bind(*args, **kwargs).arguments
    made, extra = started(cls, args, kwargs)
    values = tuple(given.get(name, default) for name, default in extra.items())
    value, pullback = fill(cls.__post_init__, made, values, {})

    def record_pullback(bar: Any) -> Bars:
        _, (made_bar, *extra_bars), _ = pullback(bar)
        shares = {
            **{name: part(made_bar, name) for name in given},
            **dict(zip(extra, extra_bars, strict=True)),
        }
        return None, tuple(shares[n] for n in list(given)[: len(args)]), {n: shares[n] for n in kwargs}

    return value, record_pullback


def started(cls: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return an object with the fields it is given, and the defaults of what only ``__post_init__`` is given.

    Args:
        cls: a dataclass with a ``__post_init__``.
        args: the arguments of the construction.
        kwargs: its keyword arguments.
    """
    given = inspect.signature(cls).bind(*args, **kwargs).arguments
    made = object.__new__(cls)
    names = {field.name for field in dataclasses.fields(cls)}
    for field in dataclasses.fields(cls):
        if field.name in given:
            object.__setattr__(made, field.name, given[field.name])
        elif field.default_factory is not dataclasses.MISSING:
            object.__setattr__(made, field.name, field.default_factory())
        elif field.init:
            object.__setattr__(made, field.name, field.default)
    parameters = inspect.signature(cls).parameters.items()
    return made, {name: parameter.default for name, parameter in parameters if name not in names}


__all__ = ["build_in_steps", "build_record", "started"]
