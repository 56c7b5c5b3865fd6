"""Variables that a function captures and that may carry a derivative."""

from __future__ import annotations

import dis
import functools
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from adjoint.compiling import linemap
from adjoint.rules.kinds import Kind, Unknown, kind_of, with_active
from adjoint.runtime.opaque import holds_values


def captures(f: Any) -> dict[str, Any]:
    """Return the captured variables of a function that may carry a derivative.

    These are all those of a function that was made inside generated code, except what it assigns itself;
    of another function, those that hold such a function.
    """
    if hasattr(f, "__adjoint_text__"):  # generated code itself: its cells hold rules and callees
        return {}
    cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
    values = {name: cell.cell_contents for name, cell in cells.items() if not empty(cell)}
    if not linemap.is_registered(f.__code__.co_filename):
        return {name: value for name, value in values.items() if holds_closure(value)}
    own = assigned_outside(f.__code__)
    return {name: value for name, value in values.items() if name not in own}


@functools.lru_cache(maxsize=1024)
def assigned_outside(code: types.CodeType) -> frozenset[str]:
    """Return the variables of the functions around it that a function, or one in it, assigns."""
    stores = {i.argval for i in dis.get_instructions(code) if i.opname in ("STORE_DEREF", "DELETE_DEREF")}
    inner = (assigned_outside(each) for each in code.co_consts if isinstance(each, types.CodeType))
    return frozenset(stores.union(*inner)) & frozenset(code.co_freevars)


def empty(cell: types.CellType) -> bool:
    """Whether a cell has no content yet."""
    try:
        cell.cell_contents  # noqa: B018 - reading is the test
    except ValueError:
        return True
    return False


class Code:
    """The code of a function as a key: another one of the same text, in another module, is not it."""

    __slots__ = ("code",)

    def __init__(self, code: types.CodeType) -> None:
        self.code = code

    def __hash__(self) -> int:
        return id(self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Code) and self.code is other.code


def owner(f: Any) -> Any:
    """Return what a compiled form belongs to: a function, or its `Code` if generated code made it.

    What such a function captures is passed to the compiled form, except variables that it assigns: those
    are cells of this very function.
    """
    generated = linemap.is_registered(f.__code__.co_filename) and not hasattr(f, "__adjoint_text__")
    return Code(f.__code__) if generated and not assigned_outside(f.__code__) else f


#: What may hold functions.
HOLDERS = (tuple, list, dict, functools.partial, np.vectorize)


def holds_closure(value: Any) -> bool:
    """Whether a value is, or a container or callable holds, a function made while generated code ran."""
    pending, seen = [value], set()
    while pending:
        each = pending.pop()
        if isinstance(each, types.FunctionType):
            if linemap.is_registered(each.__code__.co_filename) and not hasattr(each, "__adjoint_text__"):
                return True
        elif isinstance(each, HOLDERS) and id(each) not in seen:
            seen.add(id(each))  # the tangent of a function that calls itself holds itself
            pending += parts_of(each)
        elif hasattr(type(each), "__adjoint_pull__"):  # `grad(f)`, or a pullback of `f`
            pending.append(each.f)
    return False


def parts_of(value: Any) -> Iterable[Any]:
    """Return what a container, a partial or a vectorised function holds."""
    if isinstance(value, functools.partial):
        return value.func, value.args, value.keywords
    if isinstance(value, np.vectorize):
        return (value.pyfunc,)
    return value.values() if isinstance(value, dict) else value


def active_kind(value: Any) -> Kind:
    """Return the kind of a value that may carry a derivative; functions made in generated code may."""
    if holds_closure(value) or holds_values(value):
        return Unknown(True)
    return with_active(kind_of(value), True)


def still_kind(value: Any) -> Kind:
    """Return the kind of a value that carries no derivative now; another time a closure may."""
    return Unknown() if holds_closure(value) else kind_of(value)


__all__ = ["active_kind", "assigned_outside", "captures", "holds_closure", "owner", "still_kind"]
