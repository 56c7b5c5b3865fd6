"""Traced values inside containers: put them in, take them out, and say where they are.

A *template* has the form of a value, with the marks of traced values in the place of numbers and arrays
and ``None`` in the place of everything else.
"""

from __future__ import annotations

import collections
import copy
import types
from collections.abc import Callable, Iterator
from typing import Any

from adjoint.rules.apply import has_tangent
from adjoint.rules.containers import copied
from adjoint.rules.forward import fields_of
from adjoint.tracing.traced import Traced

#: Classes whose values hold nothing.
LEAVES = frozenset({int, float, bool, str, type(None), complex, bytes, slice, type, types.ModuleType})
SEQUENCES = (list, collections.deque)
CODE = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)
HEAP_TYPE = 1 << 9  #: the flag of classes that a ``class`` statement made


def has_fields(x: Any) -> bool:
    """Whether a value is an object of a class written in Python, with fields of its own."""
    if isinstance(x, CODE):
        return False
    return bool(type(x).__flags__ & HEAP_TYPE) and bool(fields_of(x))


def taken_out(
    x: Any,
    found: list[tuple[Any, tuple[Any, ...]]],
    path: tuple[Any, ...] = (),
    seen: set[int] | None = None,
) -> Any:
    """Return a value without traced values; note each of them and where it was.

    Args:
        x: any value; what holds traced values is copied.
        found: receives pairs of a traced value and its path.
        path: where ``x`` itself stands.
        seen: the objects that hold ``x``, which may lead back to them, and those that hold nothing.
    """
    cls = type(x)
    if cls is Traced:
        found.append((x, path))
        return x.traced_value
    if cls in LEAVES:
        return x
    seen = set() if seen is None else seen
    if id(x) in seen:
        return x
    seen.add(id(x))
    before = len(found)
    plain = taken_out_of(x, found, path, seen)
    if len(found) > before:
        seen.discard(id(x))
    return plain


def taken_out_of(x: Any, found: list[Any], path: tuple[Any, ...], seen: set[int]) -> Any:
    """Return a container or object without traced values; see `taken_out`."""
    before = len(found)
    if isinstance(x, tuple | list | collections.deque):
        items = [taken_out(item, found, (*path, i), seen) for i, item in enumerate(x)]
        return x if len(found) == before else rebuilt(x, items)
    if isinstance(x, dict):
        pairs = {key_of(key): taken_out(item, found, (*path, key), seen) for key, item in x.items()}
        return x if len(found) == before else with_items(x, pairs)
    if isinstance(x, slice):
        return slice(*(taken_out(item, found, path, seen) for item in (x.start, x.stop, x.step)))
    if isinstance(x, set | frozenset) and any(type(item) is Traced for item in x):
        return type(x)(map(key_of, x))
    if not has_fields(x):
        return x
    fields = {name: taken_out(item, found, (*path, name), seen) for name, item in fields_of(x).items()}
    return x if len(found) == before else with_fields(copied(x), fields)


def key_of(key: Any) -> Any:
    """Return the value of a traced key."""
    return key.traced_value if type(key) is Traced else key


def rebuilt(x: Any, items: list[Any]) -> Any:
    """Return a sequence like ``x`` with other items."""
    if isinstance(x, tuple):
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if type(x) is list:
        return items
    made = copy.copy(x)
    made.clear()
    made.extend(items)
    return made


def with_items(x: dict[Any, Any], pairs: dict[Any, Any]) -> Any:
    """Return a dict like ``x`` with other items."""
    if type(x) is dict:
        return pairs
    made = copy.copy(x)
    made.clear()
    dict.update(made, pairs) if not isinstance(x, collections.OrderedDict) else made.update(pairs)
    return made


def with_fields(x: Any, fields: dict[str, Any]) -> Any:
    """Give an object the values of its fields (in place)."""
    for name, value in fields.items():
        put_field(x, name, value)
    return x


def put_in(x: Any, enter: Callable[[Any], Any], copies: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Return a value with traced values in place of its numbers and arrays, and its template.

    Args:
        x: a number, array, container or object; it is not changed.
        enter: returns the traced value of a number or array.
        copies: receives every container that was copied, with its items.
    """
    if has_tangent(x):
        traced = enter(x)
        return traced, traced.traced_mark
    if type(x) in LEAVES:
        return x, None
    if isinstance(x, tuple | list | collections.deque):
        pairs = [put_in(item, enter, copies) for item in x]
        made = rebuilt(x, [value for value, _ in pairs])
        noted(made, copies)
        return made, [mark for _, mark in pairs] if not isinstance(x, tuple) else tuple(m for _, m in pairs)
    if isinstance(x, dict):
        entries = {key: put_in(item, enter, copies) for key, item in x.items()}
        made = with_items(x, {key: value for key, (value, _) in entries.items()})
        noted(made, copies)
        return made, {key: mark for key, (_, mark) in entries.items()}
    if not has_fields(x):
        return x, None
    entries = {name: put_in(item, enter, copies) for name, item in fields_of(x).items()}
    made = with_fields(copied(x), {name: value for name, (value, _) in entries.items()})
    noted(made, copies)
    return made, {name: mark for name, (_, mark) in entries.items()}


def noted(x: Any, copies: list[tuple[Any, Any]]) -> None:
    """Remember what a copy of an argument held."""
    if not isinstance(x, tuple):
        copies.append((x, contents(x)))


def contents(x: Any) -> list[Any]:
    """Return everything that a container holds, in order."""
    if isinstance(x, dict):
        return [*x, *x.values()]
    return list(x) if isinstance(x, SEQUENCES) else [*fields_of(x), *fields_of(x).values()]


def changed(x: Any, before: list[Any]) -> bool:
    """Whether a container holds anything else than before."""
    now = contents(x)
    return len(now) != len(before) or any(a is not b for a, b in zip(now, before, strict=True))


def released(x: Any, seen: dict[int, tuple[Any, Any, Any]]) -> tuple[Any, Any]:
    """Return a result without traced values, and its template; mutable containers are changed in place.

    Args:
        x: what a function returned.
        seen: what has been released already, by identity: the value, its result and its template.
    """
    if type(x) is Traced:
        return x.traced_value, x.traced_mark
    if type(x) in LEAVES:
        return x, None
    if id(x) in seen:
        return seen[id(x)][1:]
    if isinstance(x, tuple):
        pairs = [released(item, seen) for item in x]
        moved = any(value is not item for (value, _), item in zip(pairs, x, strict=True))
        result = rebuilt(x, [value for value, _ in pairs]) if moved else x, tuple(m for _, m in pairs)
        seen[id(x)] = (x, *result)
        return result
    return released_in_place(x, seen)


def released_in_place(x: Any, seen: dict[int, tuple[Any, Any, Any]]) -> tuple[Any, Any]:
    """Take the traced values out of a container or object that can be changed."""
    template: Any = [] if isinstance(x, SEQUENCES) else {}
    seen[id(x)] = x, x, template
    if isinstance(x, SEQUENCES):
        for i, item in enumerate(list(x)):
            value, mark = released(item, seen)
            template.append(mark)
            if value is not item:
                x[i] = value
    elif isinstance(x, dict):
        traced_keys = any(type(key) is Traced for key in x)
        pairs = {key_of(key): released(item, seen) for key, item in x.items()}
        template.update((key, mark) for key, (_, mark) in pairs.items())
        if traced_keys:
            x.clear()
        for key, (value, _) in pairs.items():
            if traced_keys or dict.__getitem__(x, key) is not value:
                x[key] = value
    elif isinstance(x, set) and any(type(item) is Traced for item in x):
        items = [key_of(item) for item in x]
        x.clear()
        x.update(items)
    elif not isinstance(x, set) and has_fields(x):
        for name, item in fields_of(x).items():
            value, template[name] = released(item, seen)
            if value is not item:
                put_field(x, name, value)
    return x, template if template else None


def put_field(x: Any, name: str, value: Any) -> None:
    """Store a field where it is kept, whatever the class says of attributes of that name."""
    fields = getattr(x, "__dict__", {})
    if name in fields:
        fields[name] = value
    else:
        object.__setattr__(x, name, value)


def leaves_of(template: Any, bar: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the marks in a template with their parts of a cotangent or tangent of that form."""
    if template is None or bar is None:
        return
    if type(template) is dict:
        for key, inner in template.items():
            yield from leaves_of(inner, bar.get(key) if isinstance(bar, dict) else getattr(bar, key, None))
    elif type(template) in (list, tuple):
        for inner, part in zip(template, bar, strict=False):
            yield from leaves_of(inner, part)
    else:
        yield template, bar


def gathered(template: Any, value_of: Callable[[Any], Any]) -> Any:
    """Return what belongs to the marks of a template, in its form; ``None`` if there is nothing."""
    if template is None:
        return None
    if type(template) is dict:
        parts = {key: gathered(inner, value_of) for key, inner in template.items()}
        return {key: part for key, part in parts.items() if part is not None} or None
    if type(template) in (list, tuple):
        items = [gathered(inner, value_of) for inner in template]
        return None if all(item is None for item in items) else type(template)(items)
    return value_of(template)
