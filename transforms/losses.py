"""Changes in place that a forward pass of library code would lose.

The functions of a rule write into buffers of their own, which is not checked as the user's code is.  Three
forms hide from the pass where a tangent must go: a write through a view of the buffer, a function that
changes its argument, and a ``try`` block.  Here they are refused instead of dropped.

>>> from adjoint.transforms.syntax import parse
>>> body = parse('''
... rows = np.moveaxis(bar, axis, 0)
... rows[0] = out_bar
... ''').body
>>> views_in(body, lambda value: 'moveaxis' in unparse(value))
{'rows'}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from adjoint.rules.errors import Problem
from adjoint.rules.kinds import Kind
from adjoint.rules.registry import registry

from .decide import is_mirrored
from .explain import problem_at
from .memory import arguments, callee, hashable
from .mutators import changed_argument
from .syntax import Node, unparse, walk


def losses(unit: Any) -> list[Problem]:
    """Return a problem for every change of an active value that forward mode cannot follow."""
    views = views_in(unit.tree.body, is_view)
    return [
        problem_at(unit, node, "ADJ110" if type(node).__name__ == "Try" else "ADJ101", spelled(node))
        for statement in unit.tree.body
        for node in walk(statement)
        if is_lost(node, views)
    ]


def is_lost(node: Node, views: set[str]) -> bool:
    """Whether a statement changes something whose tangent would not follow."""
    kind = type(node).__name__
    if kind == "Try":
        return True
    if kind == "Expr" and type(node.value).__name__ == "Call":
        function, _ = callee(node.value)
        if is_mirrored(function):
            return getattr(node.value.args[0], "id", None) is None or node.value.args[0].id in views
        appends = getattr(node.value.func, "attr", "") == "append"  # the list of tangents grows, too
        changes = not appends and hashable(function) and changed_argument(function) is not None
        return changes and any(map(is_active, arguments(node.value)))
    return kind == "Assign" and is_active(node.value) and any(target in views for target in stored(node))


def stored(node: Node) -> Iterator[str]:
    """Yield the names of the arrays that an assignment writes into."""
    for target in node.targets:
        if type(target).__name__ == "Subscript" and type(target.value).__name__ == "Name":
            yield target.value.id


def is_active(node: Node) -> bool:
    """Whether an expression may carry a derivative."""
    kind: Kind | None = getattr(node, "kind", None)
    return kind is not None and kind.active


def views_in(body: list[Node], is_view: Callable[[Node], bool]) -> set[str]:
    """Return the variables that may share memory with what another variable holds."""
    found = set()
    for statement in body:
        for node in walk(statement):
            if type(node).__name__ == "Assign" and is_view(node.value):
                found |= {target.id for target in node.targets if type(target).__name__ == "Name"}
    return found


def is_view(value: Node) -> bool:
    """Whether an expression may be a part of an array: a call whose rule promises no memory of its own."""
    kind = type(value).__name__
    if kind in ("Subscript", "Attribute"):
        return True
    function = callee(value)[0] if kind == "Call" else None
    rules = registry.lookup(function) if function is not None else ()
    return any(rule.form == "rrule" and not rule.fresh for rule in rules)


def spelled(node: Node) -> str:
    """Return the text of what is changed."""
    if type(node).__name__ == "Assign":
        return unparse(node.targets[0].value)
    return unparse(node.value.args[0]) if type(node).__name__ == "Expr" else "try"


__all__ = ["losses", "views_in"]
