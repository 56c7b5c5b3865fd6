"""Run-time rules for what Python classes define: attributes, operators, fields.

Each takes the differentiating ``call`` first and returns the value and a pullback, or
``NotImplemented`` to decline.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import operator
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from adjoint.rules.containers import kept, part
from adjoint.rules.errors import RuleError
from adjoint.rules.kinds import own_fields
from adjoint.runtime.opaque import has_tangent_space
from adjoint.runtime.standing import METHODS, uncalled

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]
NUMBERS = (np.ndarray, np.generic, float, int, complex)


# --- attributes ----------------------------------------------------------------------------------
def getattribute(call: Any, base: Any, name: str, *default: Any) -> Any:
    """``base.name``: array attributes have rules, properties are calls, fields have a place of their own."""
    found = inspect.getattr_static(type(base), name, None)
    if isinstance(base, NUMBERS) and not isinstance(found, types.FunctionType | property):
        return array_attribute(call, base, name, *default)
    if isinstance(base, super):
        return of_super(call, base, name)
    reader = attribute_reader(type(base), found, base, name)
    if reader is not None:
        place = next(i for i, item in enumerate(reader[1:]) if item is base)
        try:
            return only_first(call(*reader), len(default), place)
        except AttributeError:
            if not default:
                raise
            return default[0], lambda bar: (None, (None, None, bar), {})
    if name == "__dict__":
        return base.__dict__, lambda bar: (None, (bar, None, *(None for _ in default)), {})
    if default and not hasattr(base, name):
        return default[0], lambda bar: (None, (None, None, bar), {})
    value = getattr(base, name)
    rest = (None,) * (1 + len(default))
    if isinstance(base, tuple) and name in getattr(base, "_fields", ()):
        index = getattr(base, "_fields", ()).index(name)
        return value, lambda bar: (None, (at_index(len(base), index, bar), *rest), {})
    if getattr(value, "__self__", None) is base:
        return value, lambda bar: (None, (bar, *rest), {})
    return value, lambda bar: (None, (None if bar is None else {name: bar}, *rest), {})


def attribute_reader(cls: type, found: Any, base: Any, name: str) -> tuple[Any, ...] | None:
    """Return the Python function that reads an attribute and its arguments, None if it is a plain field."""
    general = inspect.getattr_static(cls, "__getattribute__", None)
    if isinstance(general, types.FunctionType):
        return general, base, name
    if isinstance(found, property) and found.fget is not None:
        return found.fget, base
    if isinstance(found, functools.cached_property):
        return found.func, base
    getter = inspect.getattr_static(type(found), "__get__", None)
    first = hasattr(type(found), "__set__") or name not in own_fields(base)
    if isinstance(found, METHODS):
        raise uncalled(cls, name)
    if isinstance(getter, types.FunctionType) and first:
        return getter, found, base, cls
    last = inspect.getattr_static(cls, "__getattr__", None)
    if found is None and isinstance(last, types.FunctionType) and name not in own_fields(base):
        return last, base, name
    return None


def only_first(pulled: Pulled, more: int, place: int = 0) -> Pulled:
    """Return the attribute's value and a pullback for ``(base, name, ...)`` from those of its reader.

    Args:
        pulled: value and pullback of the reader.
        more: how many default values the attribute was read with.
        place: the position of the base among the arguments of the reader.
    """
    value, pullback = pulled
    return value, lambda bar: (None, (pullback(bar)[1][place], None, *(None,) * more), {})


def array_attribute(call: Any, base: Any, name: str, *default: Any) -> Any:
    """Attributes of arrays and numbers: those with a descriptor have rules, methods are bound."""
    rest = (None,) * (1 + len(default))
    value = getattr(base, name, *default)
    if isinstance(value, types.BuiltinFunctionType | types.MethodType | types.MethodWrapperType):
        return value, lambda bar: (None, (bar, *rest), {})
    descriptor = getattr(np.ndarray, name, None)
    if descriptor is not None and not has_tangent_space(value):  # such as the shape
        return value, lambda bar: (None, (None, *rest), {})
    if descriptor is None:
        return value, lambda bar: (None, (None, None, *(bar for _ in default)), {})
    return only_first(call(descriptor, base), len(default))


def of_super(call: Any, base: Any, name: str) -> Any:
    """``super().name``: methods are bound to the object, whose cotangent is that of the proxy."""
    cls = base.__self_class__
    following = cls.__mro__[cls.__mro__.index(base.__thisclass__) + 1 :]
    found = next((vars(other)[name] for other in following if name in vars(other)), None)
    if isinstance(found, property):
        return only_first(call(found.fget, base.__self__), 0)
    value = getattr(base, name)
    return value, lambda bar: (None, (bar, None), {})


def at_index(size: int, index: int, bar: Any) -> Any:
    """Return the cotangent of a tuple of which one item was read."""
    if bar is None:
        return None
    return tuple(bar if i == index % size else None for i in range(size))


def superclass(call: Any, cls: Any, base: Any) -> Any:
    """``super(cls, base)``: the cotangent of the proxy is that of the object."""
    return super(cls, base), lambda bar: (None, (None, bar), {})


def fields_of(call: Any, base: Any) -> Any:
    """``vars(base)``: a copy of the fields."""
    return dict(vars(base)), lambda bar: (None, (bar,), {})


# --- changed copies ------------------------------------------------------------------------------
def replaced(call: Any, base: Any, /, **changes: Any) -> Any:
    """``dataclasses.replace(base, ...)`` and ``base._replace(...)``: other fields keep their cotangents."""
    if isinstance(base, tuple):
        value: Any = base._replace(**changes)  # type: ignore[attr-defined]
        keys = {name: base._fields.index(name) for name in changes}  # type: ignore[attr-defined]
    else:
        value = dataclasses.replace(base, **changes)
        keys = {name: name for name in changes}

    def pullback(bar: Any) -> Bars:
        return None, (kept(bar, keys.values()),), {name: part(bar, key) for name, key in keys.items()}

    return value, pullback


# --- operators -----------------------------------------------------------------------------------
OPERATORS: dict[Any, str] = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "truediv",
    operator.floordiv: "floordiv",
    operator.mod: "mod",
    operator.pow: "pow",
    operator.matmul: "matmul",
    operator.and_: "and",
    operator.or_: "or",
    operator.xor: "xor",
    operator.lshift: "lshift",
    operator.rshift: "rshift",
    pow: "pow",
    divmod: "divmod",
}
#: Comparisons, and what Python asks of the other operand.
COMPARISONS: dict[Any, tuple[str, str]] = {
    operator.lt: ("__lt__", "__gt__"),
    operator.le: ("__le__", "__ge__"),
    operator.gt: ("__gt__", "__lt__"),
    operator.ge: ("__ge__", "__le__"),
    operator.eq: ("__eq__", "__eq__"),
    operator.ne: ("__ne__", "__ne__"),
}
UNARY: dict[Any, str] = {
    operator.neg: "neg",
    operator.pos: "pos",
    operator.abs: "abs",
    operator.invert: "invert",
    abs: "abs",
    round: "round",
    float: "float",
    operator.getitem: "getitem",
}


def overloaded(f: Any, args: tuple[Any, ...]) -> bool:
    """Whether an operator is defined by the Python class of an operand."""
    if f in UNARY:
        return bool(args) and in_python(args[0], f"__{UNARY[f]}__")
    if f in OPERATORS and len(args) == 2:
        name = OPERATORS[f]
        return in_python(args[0], f"__{name}__") or in_python(args[1], f"__r{name}__")
    if f in COMPARISONS and len(args) == 2:
        return any(in_python(x, name) for x, name in zip(args, COMPARISONS[f], strict=True))
    return False


def in_python(x: Any, name: str) -> bool:
    """Whether the class of a value, other than NumPy's classes of arrays, defines a method in Python."""
    if isinstance(x, np.ndarray) and type(x).__module__.partition(".")[0] == "numpy":
        return False
    return isinstance(inspect.getattr_static(type(x), name, None), types.FunctionType)


def operator_methods(f: Any, args: tuple[Any, ...]) -> Iterator[tuple[types.FunctionType, bool, bool]]:
    """Yield the Python methods that an operator tries, until one does not return ``NotImplemented``.

    Yields:
        the method, whether it takes the operands exchanged, and whether the left one, a NumPy scalar, is
        handed to it as a Python number.  Nothing more where an operand's compiled code is in charge.
    """
    if f in UNARY:
        yield inspect.getattr_static(type(args[0]), f"__{UNARY[f]}__"), False, False
        return
    names = COMPARISONS.get(f) or (f"__{OPERATORS[f]}__", f"__r{OPERATORS[f]}__")
    for name, left, right, exchanged in attempts(*names, *args):
        found = inspect.getattr_static(type(left), name, None)
        if isinstance(found, types.FunctionType):
            yield found, exchanged, False
        elif found is not None:
            plain = getattr(type(left), name)(left, right)
            if plain is NotImplemented:
                continue
            asked = asked_by_numpy(plain, names[1], left, right)
            if asked is not None:
                yield asked, True, True
            return


def user_operator(call: Any, f: Any, args: tuple[Any, ...]) -> Any:
    """Operators that a user's class defines: the method, or the reflected one of the other operand.

    Returns:
        the value and a pullback, or ``NotImplemented`` if an operand's compiled code is in charge.
    """
    for method, exchanged, as_number in operator_methods(f, args):
        operands = args[::-1] if exchanged else args
        if as_number:
            operands = (operands[0], operands[1].item())
        value, pullback = call(method, *operands)
        if value is not NotImplemented:
            return value, exchange(pullback) if exchanged else pullback
    return NotImplemented


def asked_by_numpy(plain: Any, swapped: str, left: Any, right: Any) -> types.FunctionType | None:
    """Return the reflected method that NumPy has called with a Python number, None if it has not.

    Args:
        plain: what the operator of a NumPy scalar returned.
        swapped: the name of the reflected method.
        left: the left operand.
        right: the right operand, of which NumPy made an array if it could.
    """
    found = inspect.getattr_static(type(right), swapped, None)
    scalar = isinstance(left, np.generic) and not isinstance(plain, np.generic | np.ndarray)
    return found if scalar and isinstance(found, types.FunctionType) else None


def attempts(name: str, swapped: str, a: Any, b: Any) -> Iterable[tuple[str, Any, Any, bool]]:
    """Return the methods that Python tries for ``a op b``, in its order."""
    forward, reflected = (name, a, b, False), (swapped, b, a, True)
    if type(a) is type(b):
        return (forward,) if swapped.startswith("__r") else (forward, reflected)
    own = inspect.getattr_static(type(b), swapped, None)
    refined = own is not None and own is not inspect.getattr_static(type(a), swapped, None)
    return (reflected, forward) if issubclass(type(b), type(a)) and refined else (forward, reflected)


def exchange(pullback: Callable[[Any], Bars]) -> Callable[[Any], Bars]:
    """Return a pullback that exchanges the cotangents of two arguments."""
    return lambda bar: swapped(pullback(bar))


def swapped(bars: Bars) -> Bars:
    """Exchange the cotangents of two arguments."""
    f_bar, (first, second), named = bars
    return f_bar, (second, first), named


IN_PLACE = {
    getattr(operator, f"i{name}"): f
    for f, name in OPERATORS.items()
    if f.__module__ == operator.add.__module__
}


def in_place(f: Any) -> Any:
    """Return the rule of ``x += y`` for a value of unknown class: a rebinding, if it cannot be a mutation."""
    name = f"__i{OPERATORS[f]}__"

    def rule(call: Any, x: Any, y: Any) -> Any:
        if hasattr(type(x), name) and not isinstance(x, np.generic):
            raise RuleError(
                "ADJ102",
                title=f"`{type(x).__name__}` is changed in place by an augmented assignment",
                why="other names may refer to the value; changing it would change what the pullback reads.",
                fixes=("write it as an assignment:  x = x + y",),
            )
        return call(f, x, y)

    return rule


__all__ = [
    "IN_PLACE",
    "NUMBERS",
    "attribute_reader",
    "at_index",
    "fields_of",
    "getattribute",
    "in_place",
    "in_python",
    "operator_methods",
    "overloaded",
    "replaced",
    "superclass",
    "swapped",
    "user_operator",
]
