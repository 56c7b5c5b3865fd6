"""Run-time forward rules for builtins that move values between containers without computing anything.

Each takes the differentiating ``push`` first and then ``(value, tangent)`` pairs; it returns the value
and its tangent, or ``NotImplemented`` to decline.  What moves a value moves its tangent the same way.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.containers import build_list, build_tuple, part
from adjoint.rules.forward import dots_of, fields_of, filled
from adjoint.runtime.arranging import table
from adjoint.runtime.classes import (
    IN_PLACE,
    NUMBERS,
    attribute_reader,
    operator_methods,
)
from adjoint.runtime.iterables import abreast
from adjoint.runtime.structural import as_changed, augmented, changing_method, takes_items
from adjoint.transforms.callers import CALLERS

Pair = tuple[Any, Any]
Push = Callable[..., Pair]


# --- attributes and items ------------------------------------------------------------------------
def getattribute(push: Push, base: Pair, name: Pair, *default: Pair) -> Any:
    """``base.name``: array attributes have rules, properties are calls, fields have a place of their own."""
    x, x_dot = base
    attr = name[0]
    found = inspect.getattr_static(type(x), attr, None)
    if isinstance(x, NUMBERS) and not isinstance(found, types.FunctionType | property):
        return array_attribute(push, base, attr, *default)
    if isinstance(x, super):
        return of_super(push, base, attr)
    reader = attribute_reader(type(x), found, x, attr)
    if reader is not None:
        function, *given = reader
        try:
            return push((function, None), *(base if item is x else (item, None) for item in given))
        except AttributeError:
            if not default:
                raise
            return default[0]
    if default and not hasattr(x, attr):
        return default[0]
    value = getattr(x, attr)
    if attr == "__dict__" or getattr(value, "__self__", None) is x:
        return value, x_dot
    if isinstance(x, tuple) and attr in getattr(x, "_fields", ()):
        return value, part(x_dot, getattr(x, "_fields", ()).index(attr))
    return value, part(x_dot, attr) if isinstance(x_dot, dict) else None


def array_attribute(push: Push, base: Pair, name: str, *default: Pair) -> Any:
    """Attributes of arrays and numbers: those with a descriptor have rules, methods are bound."""
    if default and not hasattr(base[0], name):
        return default[0]
    value = getattr(base[0], name)
    if isinstance(value, types.BuiltinFunctionType | types.MethodType | types.MethodWrapperType):
        return value, base[1]
    descriptor = getattr(np.ndarray, name, None)
    if descriptor is None:
        return value, None
    if isinstance(base[0], np.ndarray):
        return push((descriptor, None), base)
    algebra = getattr(push, "__self__", None)
    return number_attribute(base, name) if algebra is None else algebra.attribute(*base, name)


def number_attribute(base: Pair, name: str) -> Pair:
    """Attributes of a number: those that are numbers of its kind move with it, all others do not."""
    x, x_dot = base
    moves = name in ("real", "imag", "T") and x_dot is not None
    return getattr(x, name), getattr(x_dot, name) if moves else None


def of_super(push: Push, base: Pair, name: str) -> Any:
    """``super().name``: methods are bound to the object, whose tangent is that of the proxy."""
    x, x_dot = base
    cls = x.__self_class__
    following = cls.__mro__[cls.__mro__.index(x.__thisclass__) + 1 :]
    found = next((vars(other)[name] for other in following if name in vars(other)), None)
    if isinstance(found, property):
        return push((found.fget, None), (x.__self__, x_dot))
    return getattr(x, name), x_dot


def getitem(push: Push, base: Pair, key: Pair) -> Any:
    """``base[key]`` for tuples, lists and dicts; arrays have a rule."""
    x, x_dot = base
    if not isinstance(x, tuple | list | dict):
        return NotImplemented
    if x_dot is None:
        return x[key[0]], None
    return x[key[0]], x_dot.get(key[0]) if isinstance(x_dot, dict) else x_dot[key[0]]


# --- sequences -----------------------------------------------------------------------------------
def concatenate(push: Push, a: Pair, b: Pair) -> Any:
    """``a + b`` for lists and tuples."""
    x: Any = a[0]
    y: Any = b[0]
    if not (isinstance(x, list) and isinstance(y, list) or isinstance(x, tuple) and isinstance(y, tuple)):
        return NotImplemented
    make = list if isinstance(x, list) else tuple
    return operator.add(x, y), make([*dots_of(list(x), a[1]), *dots_of(list(y), b[1])])


def replicate(push: Push, a: Pair, n: Pair) -> Any:
    """``items * n`` or ``n * items``."""
    (items, dots), (count, _) = (a, n) if isinstance(a[0], list | tuple) else (n, a)
    if not isinstance(items, list | tuple) or not isinstance(count, int | np.integer):
        return NotImplemented
    make = list if isinstance(items, list) else tuple
    return items * count, make(dots_of(list(items), dots) * int(count))


def walked(push: Push, x: Pair) -> list[Pair]:
    """Return the items of an iterable, each beside its tangent."""
    values, dot = x
    for name, walk in (("__iter__", by_iterator), ("__getitem__", by_index)):
        method = inspect.getattr_static(type(values), name, None)
        if isinstance(method, types.FunctionType):
            return walk(push, method, x)
    items = list(values)
    algebra = getattr(push, "__self__", None)  # carries something else than tangents: rows are asked for
    dots = dots_of(items, dot) if algebra is None else algebra.items(values, items, dot)
    return list(zip(items, dots, strict=True))


def by_iterator(push: Push, method: Any, x: Pair) -> list[Pair]:
    """Walk over an object of a class with an ``__iter__`` of its own."""
    iterator, dot = push((method, None), x)
    items = list(iterator)
    return list(zip(items, dots_of(items, dot), strict=True))


def by_index(push: Push, method: Any, x: Pair) -> list[Pair]:
    """Walk over an object that has ``__getitem__`` only: by index, until there is no such item."""
    items: list[Pair] = []
    while True:
        try:
            items.append(push((method, None), x, (len(items), None)))
        except IndexError:
            return items


def columns(pairs: list[Pair]) -> tuple[list[Any], list[Any]]:
    """Return the values and the tangents of some pairs."""
    return [value for value, _ in pairs], [dot for _, dot in pairs]


def sequence(make: Any) -> Any:
    """Return the rule of ``list(x)``, ``tuple(x)`` or ``iter(x)``; an iterator's tangent is a list."""

    def rule(push: Push, x: Pair = ((), None)) -> Pair:
        values, dots = columns(walked(push, x))
        return make(values), tuple(dots) if make is tuple else dots

    return rule


def in_step(iterables: tuple[Pair, ...]) -> list[Pair]:
    """Return iterables that are read in step, none of them endless; see `abreast`."""
    values = abreast([value for value, _ in iterables])
    return [(value, dot) for value, (_, dot) in zip(values, iterables, strict=True)]


def zipped(push: Push, *iterables: Pair, strict: Pair = (False, None)) -> Pair:
    """``zip(a, b, ...)``: a list of tuples."""
    columns = iterables if strict[0] else in_step(iterables)
    rows = list(zip(*(walked(push, each) for each in columns), strict=strict[0]))
    return [tuple(value for value, _ in row) for row in rows], [tuple(dot for _, dot in row) for row in rows]


def enumerated(push: Push, x: Pair, start: Pair = (0, None)) -> Pair:
    """``enumerate(x)``: a list of pairs."""
    values, dots = columns(walked(push, x))
    return list(enumerate(values, start[0])), [(None, dot) for dot in dots]


def reversed_(push: Push, x: Pair) -> Pair:
    """``reversed(x)``: a list."""
    return columns(walked(push, x)[::-1])


def sorted_(push: Push, x: Pair, *, key: Pair = (None, None), reverse: Pair = (False, None)) -> Pair:
    """``sorted(x)``: a tangent goes where its item goes."""
    pairs = walked(push, x)
    keys = [value if key[0] is None else key[0](value) for value, _ in pairs]
    order = sorted(range(len(pairs)), key=keys.__getitem__, reverse=reverse[0])
    return columns([pairs[i] for i in order])


def filtered(push: Push, f: Pair, x: Pair) -> Pair:
    """``filter(f, x)``: a list of the items that pass."""
    test = f[0]
    return columns([p for p in walked(push, x) if (p[0] if test is None else test(p[0]))])


# --- dicts and records ---------------------------------------------------------------------------
def make_dict(push: Push, *source: Pair, **named: Pair) -> Pair:
    """``dict(other, key=value)``."""
    values: dict[Any, Any] = {}
    dots: dict[Any, Any] = {}
    for x, x_dot in source:
        if isinstance(x, dict):
            values |= x
            dots |= {key: part(x_dot, key) for key in x}
            continue
        for item, dot in walked(push, (x, x_dot)):
            (key, value), share = item, part(dot, 1)
            values[key], dots[key] = value, share
    values |= {key: value for key, (value, _) in named.items()}
    dots |= {key: dot for key, (_, dot) in named.items()}
    return values, dots


def dict_get(push: Push, base: Pair, key: Pair, default: Pair = (None, None)) -> Pair:
    """``d.get(key, default)``."""
    return (base[0][key[0]], part(base[1], key[0])) if key[0] in base[0] else default


def dict_values(push: Push, base: Pair) -> Pair:
    """``d.values()``: a list."""
    return list(base[0].values()), [part(base[1], key) for key in base[0]]


def dict_items(push: Push, base: Pair) -> Pair:
    """``d.items()``: a list of pairs."""
    return list(base[0].items()), [(None, part(base[1], key)) for key in base[0]]


def duplicate(push: Push, base: Pair) -> Pair:
    """``base.copy()`` of a list or dict."""
    return base[0].copy(), None if base[1] is None else base[1].copy()


def from_keys(push: Push, keys: Pair, value: Pair = (None, None)) -> Pair:
    """``dict.fromkeys(keys, value)``."""
    made = dict.fromkeys(keys[0], value[0])
    return made, dict.fromkeys(made, value[1])


def namespace(push: Push, **fields: Pair) -> Pair:
    """``types.SimpleNamespace(name=value)``."""
    made = types.SimpleNamespace(**{name: value for name, (value, _) in fields.items()})
    return made, {name: dot for name, (_, dot) in fields.items()}


def fields(push: Push, base: Pair) -> Pair:
    """``vars(base)``: the fields and their tangents."""
    return dict(vars(base[0])), None if base[1] is None else dict(base[1])


def superclass(push: Push, cls: Pair, base: Pair) -> Pair:
    """``super(cls, base)``: the tangent of the proxy is that of the object."""
    return super(cls[0], base[0]), base[1]


def replaced(push: Push, base: Pair, **changes: Pair) -> Pair:
    """``dataclasses.replace(base, ...)`` and ``base._replace(...)``."""
    x, x_dot = base
    values = {name: value for name, (value, _) in changes.items()}
    if isinstance(x, tuple):
        dots = dots_of(list(x), x_dot)
        for name, (_, dot) in changes.items():
            dots[x._fields.index(name)] = dot  # type: ignore[attr-defined]
        return x._replace(**values), tuple(dots)  # type: ignore[attr-defined]
    kept = {name: part(x_dot, name) for name in fields_of(x)}
    return dataclasses.replace(x, **values), kept | {name: dot for name, (_, dot) in changes.items()}


def collect(make: Any) -> Any:
    """Return the rule of a display."""

    def rule(push: Push, *items: Pair) -> Pair:
        return make(value for value, _ in items), make(dot for _, dot in items)

    return rule


def make_partial(push: Push, f: Pair, *args: Pair, **kwargs: Pair) -> Pair:
    """``functools.partial(f, ...)``: its tangent is that of what it holds."""
    values, dots = columns(list(args))
    made = functools.partial(f[0], *values, **{name: value for name, (value, _) in kwargs.items()})
    return made, {"func": f[1], "args": tuple(dots), "keywords": {n: dot for n, (_, dot) in kwargs.items()}}


def make_caller(push: Push, name: Pair, *args: Pair, **kwargs: Pair) -> Pair:
    """``operator.methodcaller(name, ...)``: its tangent is that of what it holds."""
    values, dots = columns(list(args))
    made = operator.methodcaller(name[0], *values, **{n: value for n, (value, _) in kwargs.items()})
    return made, {"args": tuple(dots), "keywords": {n: dot for n, (_, dot) in kwargs.items()}}


# --- operators -----------------------------------------------------------------------------------
def user_operator(push: Push, f: Any, *operands: Pair) -> Any:
    """Operators that a user's class defines: the method, or the reflected one of the other operand."""
    for method, exchanged, as_number in operator_methods(f, tuple(value for value, _ in operands)):
        first, *others = operands[::-1] if exchanged else operands
        if as_number:
            others = [(value.item(), dot) for value, dot in others]
        result = push((method, None), first, *others)
        if result[0] is not NotImplemented:
            return result
    return NotImplemented


def augment(push: Push, operation: Pair, owned: Pair, problems: Pair, x: Pair, y: Pair) -> Pair:
    """``x op= y`` when the kind of ``x`` was not known before: a rebinding, or a change in place."""
    function = operation[0]
    method = changing_method(function, owned[0], problems[0], x[0])
    if method is not None:
        result = push((method, None), x, y)
        if result[0] is not NotImplemented:
            return result
    given = columns(walked(push, y)) if takes_items(function, x[0], y[0]) else y
    value, dot = push((function, None), x, given)
    return as_changed(function, value, x[0], given[0]), dot


def in_place(f: Any) -> Any:
    """Return the rule of ``operator.iadd`` and its like: those of the operator."""
    return lambda push, x, y: push((f, None), x, y)


def by_definition(function: Any) -> Any:
    """Return the rule of a builtin for which a Python function stands."""
    return lambda push, *args, **kwargs: push((function, None), *args, **kwargs)


MOVING: dict[Any, Any] = {
    getattr: getattribute,
    super: superclass,
    vars: fields,
    operator.getitem: getitem,
    operator.add: concatenate,
    operator.mul: replicate,
    **{changing: in_place(f) for changing, f in IN_PLACE.items()},
    list: sequence(list),
    iter: sequence(iter),
    tuple: sequence(tuple),
    dict: make_dict,
    dict.get: dict_get,
    dict.values: dict_values,
    dict.items: dict_items,
    dict.copy: duplicate,
    list.copy: duplicate,
    dict.fromkeys: from_keys,
    zip: zipped,
    enumerate: enumerated,
    reversed: reversed_,
    sorted: sorted_,
    filter: filtered,
    functools.partial: make_partial,
    operator.methodcaller: make_caller,
    augmented: augment,
    build_list: collect(list),
    build_tuple: collect(tuple),
    types.SimpleNamespace: namespace,
    **table(walked),
    **{builtin: by_definition(function) for builtin, function in CALLERS.items()},
}

__all__ = ["MOVING", "filled", "replaced", "user_operator"]
