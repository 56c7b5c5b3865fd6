"""What inference must forget when code it does not follow stores into fields or rebinds variables.

>>> from adjoint.rules.kinds import FLOAT
>>> class Spring:
...     pass
>>> spring = Object(Spring, (('k', FLOAT), ('rest', FLOAT)))
>>> [type(kind).__name__ for _, kind in weakened(spring, {'k'}).fields]
['Unknown', 'Scalar']
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping
from typing import Any

from adjoint.rules.kinds import Closure, Kind, Known, Object, Tuple, Unknown, join, map_children

from .changes import NAME
from .memory import callee, class_of, library
from .syntax import Node, names_written, walk

Env = dict[str, Kind]


class Outdating:
    """The part of inference that keeps what is known of objects and outside variables true."""

    session: Any
    unit: Any
    env: Any
    kinds: dict[str, Kind]
    local: set[str]

    def start(self, tree: Node) -> None:
        """Find the variables that functions inside this one rebind: nothing is ever known of them."""
        self.rebound: set[str] = set()
        self.stored_fields: set[str] = set()
        self.volatile: set[str] = set()
        if "Nonlocal" in self.unit.classes:
            found = (node.names for node in walk(tree.body) if type(node).__name__ == "Nonlocal")
            self.volatile = self.local.intersection(name for names in found for name in names)

    def forget(self, node: Node) -> None:
        """Forget what a called function is known to store and to rebind."""
        unit = self.finished(node)
        summary = self.summary_of(node) if unit is None else self.session.summaries.of_unit(unit)
        if summary is None or self.env is None:
            return
        self.rebound |= {name for name, level in summary.changes if level == NAME and name not in self.local}
        kept = {name: kind for name, kind in self.env.items() if name not in self.rebound}
        made = first_parameter(node)
        fields = {level for name, level in summary.changes if level.startswith("field:") and name != made}
        for field in sorted(level.removeprefix("field:") for level in fields):
            self.stored_fields.add(field)
            final = None if unit is None else final_kinds(unit, summary, field)
            for name, kind in kept.items():
                if final is None:
                    kept[name] = weakened(kind, {field})
                for cls, value in final or ():
                    kept[name] = stored(kept[name], cls, field, value)
        self.widen(kept)
        self.env = kept

    def widen(self, kinds: Mapping[str, Kind]) -> None:
        """Note that variables may hold more from here on: their tangents are made with room for it."""
        for name, kind in kinds.items():
            if name in self.kinds and kind is not self.env.get(name):
                self.kinds[name] = gathered(self.kinds[name], kind)

    def finished(self, node: Node) -> Any:
        """Return the unit of a call if its inference is complete."""
        decision = getattr(node, "decision", None)
        unit = getattr(node, "unit", None) if decision is None else decision.unit
        return None if unit is None or unit in self.session.running else unit

    def summary_of(self, node: Node) -> Any:
        """Return what is known of the effects of a call."""
        target = getattr(node, "callee", None)
        if isinstance(target, Closure):
            return self.session.summaries.of_nested(self.session.local_function(target.key).node, self.unit)
        function, receiver = callee(node)
        cls = class_of(receiver)
        if isinstance(function, type):
            function, cls = inspect.getattr_static(function, "__init__", None), function
        if not isinstance(function, types.FunctionType) or library(function):
            return None
        return self.session.summaries.of(function, cls)

    def outside(self, name: str, kind: Kind) -> Kind:
        """Return what is still known of a variable outside."""
        if name in self.rebound:
            return Unknown()
        return weakened(kind, self.stored_fields) if self.stored_fields else kind

    def stored_field(self, base: Kind, attr: str, kind: Kind) -> None:
        """Other variables may refer to the object that a field is stored into."""
        self.stored_fields.add(attr)
        after = {
            name: stored(known, base.cls, attr, kind) if isinstance(base, Object) else weakened(known, {attr})
            for name, known in self.env.items()
        }
        self.widen(after)
        self.env.update(after)


def first_parameter(node: Node) -> str:
    """Return the name under which a call fills an object that nobody else has seen, nothing for other calls.

    Those are constructors of classes, and in generated code ``__init__`` applied to ``object.__new__(cls)``.
    """
    function, _ = callee(node)
    if isinstance(function, type):
        function = inspect.getattr_static(function, "__init__", None)
    elif not node.args or getattr(node.args[0], "callee", None) != Known(object.__new__):
        return ""
    return function.__code__.co_varnames[0] if isinstance(function, types.FunctionType) else ""


def final_kinds(unit: Any, summary: Any, field: str) -> list[tuple[type, Kind]] | None:
    """Return what a function leaves in a field of its arguments; None if that is not known."""
    env, found = unit.inference.env, []
    written = names_written(unit.tree.body)
    for name, level in sorted(summary.changes):
        if level != f"field:{field}":
            continue
        kind = None if env is None or name in written else env.get(name)
        fields = dict(kind.fields) if isinstance(kind, Object) else {}
        if name not in unit.parameters or field not in fields or not isinstance(kind, Object):
            return None
        found.append((kind.cls, fields[field]))
    return found


def gathered(a: Kind, b: Kind) -> Kind:
    """Join the kinds that a variable has at different places; an object has the fields of both."""
    if isinstance(a, Object) and isinstance(b, Object) and a.cls is b.cls:
        fields = dict(a.fields)
        for name, kind in b.fields:
            fields[name] = gathered(fields[name], kind) if name in fields else kind
        return Object(a.cls, tuple(fields.items()))
    return join(a, b)


def weakened(kind: Kind, fields: set[str]) -> Kind:
    """Return a kind in which nothing is known of some fields."""
    if isinstance(kind, Object):
        pairs = tuple((n, Unknown(k.active) if n in fields else weakened(k, fields)) for n, k in kind.fields)
        present = {n for n, _ in pairs}
        extra = tuple((n, Unknown()) for n in sorted(fields - present) if has_attribute(kind.cls, n))
        return Object(kind.cls, pairs + extra)
    return map_children(kind, lambda child: weakened(child, fields))


def stored(kind: Kind, cls: type, attr: str, value: Kind) -> Kind:
    """Return a kind in which objects of a class may hold another value in a field."""
    if isinstance(kind, Object):
        pairs = tuple((n, stored(k, cls, attr, value)) for n, k in kind.fields)
        fields: Mapping[str, Kind] = dict(pairs)
        if kind.cls is cls and attr in fields:
            return Object(cls, tuple((n, join(k, value) if n == attr else k) for n, k in pairs))
        extra = ((attr, Unknown(value.active)),) if kind.cls is cls else ()
        return Object(kind.cls, pairs + extra)
    if isinstance(kind, Tuple) and not any(isinstance(item, Object | Tuple) for item in kind.items):
        return kind
    return map_children(kind, lambda child: stored(child, cls, attr, value))


def has_attribute(cls: type, name: str) -> bool:
    """Whether a class has a default for a field, which an object's own field would hide."""
    found = inspect.getattr_static(cls, name, None)
    return found is not None and not hasattr(found, "__get__")
