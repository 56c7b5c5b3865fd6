"""Run-time forward rules for builtins that move values between containers without computing anything.

Each takes the differentiating ``push`` first and then ``(value, tangent)`` pairs; it returns the value
and its tangent, or ``NotImplemented`` to decline.  What moves a value moves its tangent the same way.
Rules that may call a function take towers of the height of ``push`` (:mod:`adjoint.runtime.towers`).
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
from adjoint.runtime.arranging import summed, table
from adjoint.runtime.classes import (
    IN_PLACE,
    NUMBERS,
    attribute_reader,
    operator_methods,
)
from adjoint.runtime.iterables import abreast
from adjoint.runtime.structural import as_changed, augmented, changing_method, takes_items
from adjoint.runtime.towers import (
    Tower,
    algebra_of,
    assembled,
    flat,
    height_of,
    items_of,
    over,
    rebased,
    still,
    value_of,
)
from adjoint.transforms.callers import CALLERS

Pair = tuple[Any, Any]
Push = Callable[..., Any]


# --- attributes and items ------------------------------------------------------------------------
def getattribute(push: Push, base: Tower, name: Tower, *default: Tower) -> Any:
    """``base.name``: array attributes have rules, properties are calls, fields have a place of their own."""
    h = height_of(push)
    x, attr = value_of(base, h), value_of(name, h)
    found = inspect.getattr_static(type(x), attr, None)
    if isinstance(x, NUMBERS) and not isinstance(found, types.FunctionType | property):
        return array_attribute(push, base, attr, *default)
    if isinstance(x, super):
        return of_super(push, base, attr)
    reader = attribute_reader(type(x), found, x, attr)
    if reader is not None:
        function, *given = reader
        try:
            return push(still(function, h), *(base if item is x else still(item, h) for item in given))
        except AttributeError:
            if not default:
                raise
            return default[0]
    if default and not hasattr(x, attr):
        return default[0]
    value = getattr(x, attr)
    if attr == "__dict__" or getattr(value, "__self__", None) is x:
        return rebased(base, h, value)
    if isinstance(x, tuple) and attr in getattr(x, "_fields", ()):
        place = getattr(x, "_fields", ()).index(attr)
        return over(h, lambda _: value, lambda dot: part(dot, place), base)
    return over(h, lambda _: value, lambda dot: part(dot, attr) if isinstance(dot, dict) else None, base)


def array_attribute(push: Push, base: Tower, name: str, *default: Tower) -> Any:
    """Attributes of arrays and numbers: those with a descriptor have rules, methods are bound."""
    h = height_of(push)
    x = value_of(base, h)
    if default and not hasattr(x, name):
        return default[0]
    value = getattr(x, name)
    if isinstance(value, types.BuiltinFunctionType | types.MethodType | types.MethodWrapperType):
        return rebased(base, h, value)
    descriptor = getattr(np.ndarray, name, None)
    if descriptor is None:
        return still(value, h)
    return (
        push(still(descriptor, h), base) if isinstance(x, np.ndarray) else number_attribute(push, base, name)
    )


def number_attribute(push: Push, base: Tower, name: str) -> Any:
    """Attributes of a number: those that are numbers of its kind move with it, all others do not."""
    h, algebra = height_of(push), algebra_of(push)
    x, *dots = flat(base, h)
    moves = name in ("real", "imag", "T")
    middle = len(dots) if algebra is None else len(dots) // 2
    parts = [None if dot is None or not moves else getattr(dot, name) for dot in dots[:middle]]
    parts += [algebra.attribute(x, dot, name)[1] for dot in dots[middle:]]
    return assembled([getattr(x, name), *parts])


def of_super(push: Push, base: Tower, name: str) -> Any:
    """``super().name``: methods are bound to the object, whose tangent is that of the proxy."""
    h = height_of(push)
    x = value_of(base, h)
    cls = x.__self_class__
    following = cls.__mro__[cls.__mro__.index(x.__thisclass__) + 1 :]
    found = next((vars(other)[name] for other in following if name in vars(other)), None)
    if isinstance(found, property):
        return push(still(found.fget, h), rebased(base, h, x.__self__))
    return rebased(base, h, getattr(x, name))


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


def walked(push: Push, x: Tower) -> list[Tower]:
    """Return the items of an iterable, each beside its tangent (or on a tower of derivatives)."""
    h = height_of(push)
    values = value_of(x, h)
    for name, walk in (("__iter__", by_iterator), ("__getitem__", by_index)):
        method = inspect.getattr_static(type(values), name, None)
        if isinstance(method, types.FunctionType):
            return walk(push, method, x)
    return beside_items(push, values, list(values), x)


def beside_items(push: Push, values: Any, items: list[Any], x: Tower) -> list[Tower]:
    """Return the items of a sequence, each with its derivatives."""
    rows = items_of(push, values, items, x)[1:]
    return [assembled([item, *dots]) for item, *dots in zip(items, *rows, strict=True)]


def by_iterator(push: Push, method: Any, x: Tower) -> list[Tower]:
    """Walk over an object of a class with an ``__iter__`` of its own."""
    h = height_of(push)
    iterator = push(still(method, h), x)
    items = list(value_of(iterator, h))
    return beside_items(push, items, items, iterator)


def by_index(push: Push, method: Any, x: Tower) -> list[Tower]:
    """Walk over an object that has ``__getitem__`` only: by index, until there is no such item."""
    items: list[Tower] = []
    h = height_of(push)
    while True:
        try:
            items.append(push(still(method, h), x, still(len(items), h)))
        except IndexError:
            return items


def columns(pairs: list[Pair]) -> tuple[list[Any], list[Any]]:
    """Return the values and the tangents of some pairs."""
    return [value for value, _ in pairs], [dot for _, dot in pairs]


def listed(push: Push, items: list[Tower], make: Any = list) -> Any:
    """Return the tower of what ``make`` makes of a list of towers; a tangent is a list, or a tuple."""
    if not items:
        return still(make([]), height_of(push))
    like = tuple if make is tuple else list
    return over(height_of(push), lambda *x: make(list(x)), lambda *dots: like(dots), *items)


def sequence(make: Any) -> Any:
    """Return the rule of ``list(x)``, ``tuple(x)`` or ``iter(x)``; an iterator's tangent is a list."""

    def rule(push: Push, *x: Tower) -> Any:
        return listed(push, walked(push, x[0]) if x else [], make)

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
    """``functools.partial(f, ...)``: its tangent is that of what it holds; see the rule of reverse mode."""
    values, dots = columns(list(args))
    made = functools.partial(f[0], *values, **{name: value for name, (value, _) in kwargs.items()})
    first, f_dot = (None,) * (len(made.args) - len(dots)), f[1]
    named: dict[str, Any] = {}
    if made.func is not f[0] and f_dot is not None:
        first, named, f_dot = f_dot.get("args") or first, f_dot.get("keywords") or {}, f_dot.get("func")
    named = {**named, **{name: dot for name, (_, dot) in kwargs.items()}}
    return made, {"func": f_dot, "args": (*first, *dots), "keywords": named}


def make_caller(push: Push, name: Pair, *args: Pair, **kwargs: Pair) -> Pair:
    """``operator.methodcaller(name, ...)``: its tangent is that of what it holds."""
    values, dots = columns(list(args))
    made = operator.methodcaller(name[0], *values, **{n: value for n, (value, _) in kwargs.items()})
    return made, {"args": tuple(dots), "keywords": {n: dot for n, (_, dot) in kwargs.items()}}


# --- operators -----------------------------------------------------------------------------------
def user_operator(push: Push, f: Any, *operands: Tower) -> Any:
    """Operators that a user's class defines: the method, or the reflected one of the other operand."""
    h = height_of(push)
    for method, exchanged, as_number in operator_methods(f, tuple(value_of(t, h) for t in operands)):
        first, *others = operands[::-1] if exchanged else operands
        if as_number:
            others = [rebased(t, h, value_of(t, h).item()) for t in others]
        result = push(still(method, h), first, *others)
        if value_of(result, h) is not NotImplemented:
            return result
    return NotImplemented


def augment(push: Push, operation: Tower, owned: Tower, problems: Tower, x: Tower, y: Tower) -> Any:
    """``x op= y`` when the kind of ``x`` was not known before: a rebinding, or a change in place."""
    h = height_of(push)
    function, value = value_of(operation, h), value_of(x, h)
    method = changing_method(function, value_of(owned, h), value_of(problems, h), value)
    if method is not None:
        result = push(still(method, h), x, y)
        if value_of(result, h) is not NotImplemented:
            return result
    given = listed(push, walked(push, y)) if takes_items(function, value, value_of(y, h)) else y
    result = push(still(function, h), x, given)
    return rebased(result, h, as_changed(function, value_of(result, h), value, value_of(given, h)))


def calling(function: Any) -> Any:
    """Return the rule of a builtin for which another function stands."""
    return lambda push, *args, **kwargs: push(still(function, height_of(push)), *args, **kwargs)


#: Rules that may call a function; they take towers of the height of ``push``.
TOWERS: dict[Any, Any] = {
    getattr: getattribute,
    list: sequence(list),
    iter: sequence(iter),
    tuple: sequence(tuple),
    sum: functools.partial(summed, walked, listed),
    augmented: augment,
    **{changing: calling(f) for changing, f in IN_PLACE.items()},
    **{builtin: calling(function) for builtin, function in CALLERS.items()},
}
#: All rules; those that are not in `TOWERS` take pairs.
MOVING: dict[Any, Any] = {
    **table(walked),
    **TOWERS,
    super: superclass,
    vars: fields,
    operator.getitem: getitem,
    operator.add: concatenate,
    operator.mul: replicate,
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
    build_list: collect(list),
    build_tuple: collect(tuple),
    types.SimpleNamespace: namespace,
}


def moves_towers(f: Any) -> Callable[[Any], Any]:
    """Return a decorator that registers a rule which takes towers of the height of ``push``."""

    def register(rule: Any) -> Any:
        MOVING[f] = TOWERS[f] = rule
        return rule

    return register


__all__ = ["MOVING", "TOWERS", "filled", "moves_towers", "replaced", "user_operator"]
