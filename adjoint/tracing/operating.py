"""Operators, items and attributes in functions that run with traced values.

``operate('+', x, y)`` is ``x + y``.  What the class of an operand says about it is rewritten before it runs.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.runtime.classes import COMPARISONS, OPERATORS, overloaded, user_operator
from adjoint.tracing.applying import apply
from adjoint.tracing.traced import Traced, TracedFlat

#: Classes that define nothing in Python.
PLAIN = frozenset(
    {
        Traced,
        TracedFlat,
        float,
        int,
        bool,
        str,
        np.ndarray,
        np.float64,
        np.int64,
        np.bool_,
        list,
        tuple,
        dict,
        type(None),
    }
    | {complex, range, set, type, types.ModuleType, types.FunctionType, types.MethodType, types.GeneratorType}
    | {zip, map, enumerate, reversed}
)
SYMBOLS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "@": operator.matmul,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
    "!=": operator.ne, "[]": operator.getitem, "in": lambda x, items: x in items,
}  # fmt: skip
UNARY = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
IN_PLACE = {
    f"{symbol}=": getattr(operator, f"i{OPERATORS[f]}") for symbol, f in SYMBOLS.items() if f in OPERATORS
}


def operate(symbol: str, /, *operands: Any) -> Any:
    """Compute an operator, read or store an item or attribute, or return what is iterated.

    Args:
        symbol: the operator; ``"[]"``, ``"[]="``, ``".name"``, ``".name="`` or ``"iter"``.
        operands: as they are written, a stored value first.
    """
    plain = type(operands[0]) in PLAIN
    if symbol[0] == ".":
        if symbol[-1] == "=":
            return store_attribute(symbol[1:-1], *operands)
        name = symbol[1:]
        return getattr(operands[0], name) if plain else attribute(operands[0], name)
    if len(operands) == 1:
        if symbol == "iter":
            return iterated(operands[0])
        function: Any = UNARY[symbol]
        return function(operands[0]) if plain else by_class(function, operands)
    if symbol == "[]=":
        return store_item(*operands)
    plain = plain and type(operands[1]) in PLAIN
    if symbol in IN_PLACE:
        return IN_PLACE[symbol](*operands) if plain else in_place(symbol, *operands)
    function = SYMBOLS[symbol]
    if plain:
        return function(*operands)
    return contains(*operands) if symbol == "in" else by_class(function, operands)


def by_class(function: Any, operands: tuple[Any, ...]) -> Any:
    """An operator of objects: the method that their classes have for it."""
    if overloaded(function, operands):
        result = user_operator(paired, function, operands)
        if result is not NotImplemented:
            if result[0] is NotImplemented and function in OPERATORS | COMPARISONS:
                return function(*operands)
            return result[0]
    return function(*operands)


def paired(f: Any, *args: Any) -> tuple[Any, Any]:
    """Return the value of a call in the place of value and pullback."""
    return apply(f, *args), None


def in_place(symbol: str, x: Any, y: Any) -> Any:
    """``x += y`` of objects."""
    function = IN_PLACE[symbol]
    method = found(type(x), f"__{function.__name__}__")
    if isinstance(method, types.FunctionType):
        result = apply(method, x, y)
        return by_class(SYMBOLS[symbol[:-1]], (x, y)) if result is NotImplemented else result
    return function(x, y) if method is not None else by_class(SYMBOLS[symbol[:-1]], (x, y))


def contains(x: Any, items: Any) -> bool:
    """``x in items``."""
    method = found(type(items), "__contains__")
    return bool(apply(method, items, x)) if isinstance(method, types.FunctionType) else x in items


def store_item(value: Any, x: Any, key: Any) -> None:
    """``x[key] = value``."""
    method = None if type(x) in PLAIN else found(type(x), "__setitem__")
    if isinstance(method, types.FunctionType):
        apply(method, x, key, value)
    else:
        x[key] = value


# --- attributes ----------------------------------------------------------------------------------
def found(cls: type, name: str) -> Any:
    """Return what a class has under a name, without asking descriptors."""
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def attribute(x: Any, name: str) -> Any:
    """``x.name`` of an object: properties and other descriptors, and ``__getattr__``, are functions."""
    cls = type(x)
    if isinstance(x, type):
        return getattr(x, name)
    general = found(cls, "__getattribute__")
    if isinstance(general, types.FunctionType):
        return apply(general, x, name)
    member = found(cls, name)
    if isinstance(member, property) and member.fget is not None:
        return apply(member.fget, x)
    fields = getattr(x, "__dict__", {})
    if isinstance(member, functools.cached_property) and name not in fields:
        fields[name] = apply(member.func, x)
    getter = None if member is None else found(type(member), "__get__")
    written = isinstance(getter, types.FunctionType) and not isinstance(member, functools.cached_property)
    if written and (name not in fields or found(type(member), "__set__") is not None):
        return apply(getter, member, x, cls)
    last = found(cls, "__getattr__")
    if isinstance(last, types.FunctionType):
        try:
            return object.__getattribute__(x, name)
        except AttributeError:
            return apply(last, x, name)
    return getattr(x, name)


def store_attribute(name: str, value: Any, x: Any) -> None:
    """``x.name = value``."""
    cls = type(x)
    general = None if cls in PLAIN or isinstance(x, type) else found(cls, "__setattr__")
    member = found(cls, name)
    setter = None if member is None else found(type(member), "__set__")
    if isinstance(general, types.FunctionType):
        apply(general, x, name, value)
    elif isinstance(member, property) and member.fset is not None:
        apply(member.fset, x, value)
    elif isinstance(setter, types.FunctionType):
        apply(setter, member, x, value)
    else:
        setattr(x, name, value)


# --- iteration -----------------------------------------------------------------------------------
def iterated(x: Any) -> Any:
    """Return what hands out the items of an object."""
    if type(x) in PLAIN:
        return x
    method = found(type(x), "__iter__")
    items = apply(method, x) if isinstance(method, types.FunctionType) else x
    step = found(type(items), "__next__")
    return stepping(step, items) if isinstance(step, types.FunctionType) else items


def stepping(step: Any, items: Any) -> Iterator[Any]:
    """Yield the items that a method hands out one at a time."""
    while True:
        try:
            item = apply(step, items)
        except StopIteration:
            return
        yield item


__all__ = ["operate"]
