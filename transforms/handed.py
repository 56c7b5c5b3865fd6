"""Nested functions that ``map`` and the like call, where what they return goes into the result.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     def square(y):
...         return y * y
...     print(list(map(square, [x])))
...     shown = list(map(square, [x, 2.0 * x]))
...     values = list(map(square, [x]))
...     print(shown)
...     return sum(values)
>>> unit = inferred(f, 3.0)
>>> len(handed_units(unit.tree.body))
1
>>> sorted(needed_names(unit.tree.body))
['list', 'map', 'square', 'sum', 'values', 'x']
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .changes import blocks_of
from .memory import kind_at
from .syntax import Node, names_read, names_written

#: The expression of a statement that computes something, by the statement's class.
PARTS = {"Assign": "value", "AnnAssign": "value", "AugAssign": "value", "Expr": "value", "For": "iter"}


def handed_units(body: list[Node]) -> list[Any]:
    """Return the units of nested functions that others call for a value which the result depends on."""
    found = [(statement, unit) for statement in own(body) for unit in below(computed(statement))]
    if not found:
        return []
    needed = needed_names(body)
    return [unit for statement, unit in found if concerned(statement) & needed or is_return(statement)]


def own(block: list[Node]) -> Iterator[Node]:
    """Yield every statement of a block and below, those of nested functions left out."""
    for statement in block:
        yield statement
        for inner in blocks_of(statement):
            yield from own(inner)


def is_return(statement: Node) -> bool:
    """Whether a statement returns."""
    return type(statement).__name__ == "Return"


def computed(statement: Node) -> Any:
    """Return what a statement computes its value from, None if there is nothing."""
    kind = type(statement).__name__
    if kind == "FunctionDef":
        return statement
    return statement.value if kind == "Return" else getattr(statement, PARTS.get(kind, ""), None)


def below(node: Any) -> Iterator[Any]:
    """Yield the units noted in an expression, except below what carries no derivative."""
    if (
        node is None
        or type(node).__name__ == "FunctionDef"
        or hasattr(node, "kind")
        and not kind_at(node).active
    ):
        return
    yield from getattr(node, "handed", ())
    for name in node._fields:
        part = getattr(node, name)
        for child in part if isinstance(part, list) else [part]:
            if hasattr(child, "_fields"):
                yield from below(child)


def concerned(statement: Node) -> set[str]:
    """Return the names that a statement gives a value, or may: a call may change all that it is given."""
    if type(statement).__name__ == "Expr":
        return set() if getattr(statement.value, "decision", None) is None else names_read(statement)
    if type(statement).__name__ == "FunctionDef":
        return {statement.name}
    stores = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    bases = (names_read(target) for target in stores if target is not None)
    return names_written(statement).union(*bases) if type(statement).__name__ in PARTS else set()


def needed_names(body: list[Node]) -> set[str]:
    """Return the names that what a function returns may depend on, wherever they are assigned."""
    pairs = [(concerned(s), names_read(value)) for s in own(body) if (value := computed(s)) is not None]
    needed: set[str] = set().union(*(names_read(s) for s in own(body) if is_return(s)))
    before: set[str] = set()
    while needed != before:
        before = set(needed)
        needed = needed.union(*(read for stored, read in pairs if stored & needed))
    return needed


__all__ = ["handed_units", "needed_names"]
