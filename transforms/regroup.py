"""Undo A-normal form: temporaries that are used once go back into their expression.

Works on the primal, whose text becomes the user's own again, and on the reverse, where the cotangents
of temporaries are folded and contributions to one cotangent are added in one expression.  Variables of
the user are never folded.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... mul_3 = a * b
... sin_3 = np.sin(mul_3)
... y = sin_3 + a
... ''').body
>>> print(unparse(regroup(block, {'mul_3', 'sin_3'}, {'mul_3': 1, 'sin_3': 1})))
y = np.sin(a * b) + a

>>> block = parse('''
... x_bar = y_bar * b
... x_bar = x_bar + y_bar
... ''').body
>>> block[1].value.accumulates = True
>>> print(unparse(regroup(block, set(), {})))
x_bar = y_bar * b + y_bar
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .effects import accesses, holds, reads, writes
from .syntax import Node, clone, revised, shallow, unparse

MAX_WIDTH = 92
BLOCKS = ("If", "For", "While", "With")


def regroup(block: list[Node], foldable: set[str], uses: Mapping[str, int]) -> list[Node]:
    """Fold single-use temporaries of a block, and of the blocks inside it, into their use."""
    result: list[Node] = []
    for statement in block:
        if type(statement).__name__ in BLOCKS:
            statement.body = regroup(statement.body, foldable, uses)
            statement.orelse = regroup(getattr(statement, "orelse", []), foldable, uses)
        result.append(statement)
        _fold_into_last(result, foldable, uses)
    return result


def _fold_into_last(block: list[Node], foldable: set[str], uses: Mapping[str, int]) -> None:
    """Fold into the last statement the temporaries before it, the nearest first."""
    index = len(block) - 2
    if index < 0 or not same_line(block[index], block[-1]):
        return
    wanted = reads(_head(block[-1])) & foldable
    while wanted and index >= 0:
        definition = block[index]
        name = _temporary(definition, foldable, uses)
        if name is None and not _transparent(definition):
            return
        if name is not None and name in wanted:
            wanted = wanted - {name}
            crosses = _may_cross(definition, block[index + 1 : -1])
            folded = _with(block[-1], name, definition.value) if crosses else None
            if folded is not None:
                block[-1] = folded
                wanted = wanted | reads(definition) & foldable
                del block[index]
        index -= 1
        if index >= 0 and not same_line(block[index], block[-1]):
            break
    if _join_last(block):
        _fold_into_last(block, foldable, uses)


def _join_last(block: list[Node]) -> bool:
    """Write ``x_bar = a + b`` for ``x_bar = a`` and, as the last statement, ``x_bar = x_bar + b``."""
    last = block[-1]
    left: Any = last.value if type(last).__name__ == "Assign" else None
    while getattr(left, "accumulates", False):
        left = left.left
    name: Any = getattr(left, "id", None)
    if name is None or left is last.value or name != getattr(last.targets[0], "id", ""):
        return False
    if name in accesses(last).repeated:
        return False
    for index in range(len(block) - 2, -1, -1):
        first = block[index]
        if not same_line(first, last) or type(first).__name__ != "Assign":
            return False
        if getattr(first.targets[0], "id", None) == name:
            joined = _with(last, name, first.value) if _may_cross(first, block[index + 1 : -1]) else None
            if joined is not None:
                block[-1] = joined
                del block[index]
            return joined is not None
        read, written = reads(first), writes(first)
        if name in read or name in written:
            return False
    return False


def same_line(a: Node, b: Node) -> bool:
    """Whether two statements come from one statement of the user (or nobody knows)."""
    origins: tuple[Any, Any] = (getattr(a, "origin", None), getattr(b, "origin", None))
    return None in origins or origins[0].lineno == origins[1].lineno


def _temporary(statement: Node, foldable: set[str], uses: Mapping[str, int]) -> str | None:
    """Return the name of a foldable temporary that a statement defines."""
    if type(statement).__name__ != "Assign" or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if type(target).__name__ != "Name" or target.id not in foldable or uses.get(target.id) != 1:
        return None
    return str(target.id)


def _transparent(statement: Node) -> bool:
    """Whether other temporaries may be moved across a statement."""
    kind = type(statement).__name__
    if kind == "Expr":
        return getattr(getattr(statement.value, "func", None), "attr", "") == "append"
    return kind == "Assign" and type(statement.targets[0]).__name__ == "Name"


def _may_cross(definition: Node, between: list[Node]) -> bool:
    """Whether a definition may move behind the statements between it and its use."""
    if not between:
        return True
    if holds(definition, "Call"):
        return False
    needed = reads(definition)
    return all(writes(statement).isdisjoint(needed) for statement in between)


def _head(statement: Node) -> Node | list[Node]:
    """Return the part of a statement that is evaluated once, when the statement starts."""
    kind = type(statement).__name__
    if kind == "If":
        return statement.test
    if kind == "For":
        return statement.iter
    if kind in ("While", "With", "FunctionDef", "Assert"):
        return []
    return statement


def _with(statement: Node, name: str, value: Node) -> Node | None:
    """Return the statement with the temporary replaced; None if it would become too long."""
    new = shallow(statement)
    field = {"If": "test", "For": "iter"}.get(type(statement).__name__)
    if field is not None:
        setattr(new, field, _replaced(getattr(statement, field), name, value))
        return new
    new = _replaced(statement, name, value)
    width = len(unparse(value))
    fits = width < 24 or width < MAX_WIDTH and len(unparse(new)) <= MAX_WIDTH
    return new if fits else None


def _replaced(node: Node, name: str, value: Node) -> Node:
    """Return a statement or expression with a variable replaced by a value."""
    if node.__class__.__name__ == "Name":
        return clone(value) if node.id == name and type(node.ctx).__name__ == "Load" else node
    return revised(node, lambda part: _replaced(part, name, value))


def count_uses(*blocks: list[Node]) -> Counter[str]:
    """Count how often each name is read in some blocks, up to twice in a statement; ``x += 1`` reads it."""
    names: list[str] = []
    pending = [statement for block in blocks for statement in block]
    while pending:
        statement = pending.pop()
        kind = type(statement).__name__
        if kind in ("If", "For", "While"):
            head = statement.iter if kind == "For" else statement.test
            pending += [head, *statement.body, *statement.orelse]
            continue
        found = accesses(statement)
        names += found.read
        names += found.repeated  # more than once: how often exactly does not matter
    return Counter(names)
