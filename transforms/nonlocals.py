"""Which variables outside itself a nested function assigns values that may carry a derivative.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     count, total = 0, 0.0
...     def add(t):
...         nonlocal count, total
...         count += 1
...         total += t
...     add(x)
...     return total
>>> unit = inferred(f, 2.0)
>>> [name for _, name in written_outside(unit, unit.tree.body[1])]
['total']
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .changes import every, targets_of
from .syntax import Node, names_read, names_written, walk


def written_outside(unit: Any, function: Node) -> Iterator[tuple[Node, str]]:
    """Yield the targets in a nested function that are ``global`` or ``nonlocal`` and may be active."""
    declared = {
        n for node in walk(function.body) if type(node).__name__ in ("Global", "Nonlocal") for n in node.names
    }
    if not declared:
        return
    suspects = suspicious(unit, function, declared)
    for where, name, bound in bindings(function):
        if name in declared and (name in suspects or names_read(bound) & suspects):
            yield where, name


def bindings(function: Node) -> Iterator[tuple[Node, str, Any]]:
    """Yield the names that a function, or one inside it, binds: where, and to what."""
    for statement in every(function.body):
        for target in targets_of(statement):
            if type(target).__name__ == "Name":
                yield target, target.id, source(statement)
        if type(statement).__name__ in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
            yield statement, statement.name, statement
    for node in walk(function.body):
        if type(node).__name__ == "NamedExpr":
            yield node.target, node.target.id, node.value
        elif type(node).__name__ == "comprehension":
            yield from ((node.target, name, node.iter) for name in sorted(names_written(node.target)))


def suspicious(unit: Any, function: Node, declared: set[str]) -> set[str]:
    """Return the names that may hold active values inside a nested function."""
    kinds = unit.inference.kinds
    suspects = {n for n in names_read(function) | declared if n in kinds and kinds[n].active}
    if suspects or may_be_given_active(unit, function.name):
        inner = [
            n for n in walk(function) if type(n).__name__ in ("FunctionDef", "AsyncFunctionDef", "Lambda")
        ]
        suspects |= {a.id for each in inner for a in walk(each.args) if type(a).__name__ == "Name"}
    before: set[str] = set()
    while suspects != before:
        before = set(suspects)
        suspects |= {name for _, name, bound in bindings(function) if names_read(bound) & suspects}
    return suspects


def source(statement: Node) -> Any:
    """Return the expression that a statement binds."""
    value = getattr(statement, "iter", None) or getattr(statement, "value", None)
    return [] if value is None else value


def may_be_given_active(unit: Any, name: str) -> bool:
    """Whether a nested function is called with active values, or is handed to somebody who may do so."""
    called: set[int] = set()
    for node in walk(unit.tree.body):
        if type(node).__name__ == "Call" and getattr(node.func, "id", None) == name:
            called.add(id(node.func))
            values = [*node.args, *(k.value for k in node.keywords)]
            if any(not hasattr(v, "kind") or v.kind.active for v in values):
                return True
    names = [n for n in walk(unit.tree.body) if type(n).__name__ == "Name" and n.id == name]
    return any(id(n) not in called and type(n.ctx).__name__ == "Load" for n in names)


__all__ = ["written_outside"]
