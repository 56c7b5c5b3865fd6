"""Undo A-normal form: temporaries that are used once go back into their expression.

Works on the primal, whose text becomes the user's own again, and on the reverse, where the cotangents
of temporaries are folded.  Variables of the user are never folded.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... mul_3 = a * b
... sin_3 = np.sin(mul_3)
... y = sin_3 + a
... ''').body
>>> print(unparse(regroup(block, {'mul_3', 'sin_3'}, {'mul_3': 1, 'sin_3': 1})))
y = np.sin(a * b) + a
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .effects import reads, writes
from .syntax import Node, clone, names_read, unparse, walk

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
    while index >= 0 and same_line(block[index], block[-1]):
        user, definition = block[-1], block[index]
        name = _temporary(definition, foldable, uses)
        if (
            name is not None
            and name in names_read(_head(user))
            and _may_cross(definition, block[index + 1 : -1])
        ):
            folded = _with(user, name, definition.value)
            if folded is not None:
                block[-1] = folded
                del block[index]
        elif name is None and not _transparent(definition):
            return
        index -= 1


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
    if any(type(node).__name__ == "Call" for node in walk(definition.value)):
        return False
    needed = reads(definition.value)
    return not any(writes(statement) & needed for statement in between)


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
    new = statement.__class__.__new__(statement.__class__)
    new.__dict__.update(statement.__dict__)
    field = {"If": "test", "For": "iter"}.get(type(statement).__name__)
    if field is not None:
        setattr(new, field, _replaced(getattr(statement, field), name, value))
        return new
    new = _replaced(statement, name, value)
    fits = len(unparse(value)) < 24 or len(unparse(new)) <= MAX_WIDTH or getattr(value, "from_user", False)
    return new if fits else None


def _replaced(node: Node, name: str, value: Node) -> Node:
    if type(node).__name__ == "Name":
        return clone(value) if node.id == name and type(node.ctx).__name__ == "Load" else node
    new = node.__class__.__new__(node.__class__)
    new.__dict__.update(node.__dict__)
    for field in new._fields:
        child = getattr(new, field, None)
        if isinstance(child, list):
            setattr(new, field, [_replaced(c, name, value) if hasattr(c, "_fields") else c for c in child])
        elif hasattr(child, "_fields"):
            setattr(new, field, _replaced(child, name, value))
    return new


def count_uses(*blocks: list[Node]) -> Counter[str]:
    """Count how often each name is read in some blocks; adding to a buffer reads it."""
    counter: Counter[str] = Counter()
    for block in blocks:
        for statement in block:
            for node in walk(statement):
                if type(node).__name__ == "Name" and type(node.ctx).__name__ == "Load":
                    counter[node.id] += 1
                elif type(node).__name__ == "AugAssign" and type(node.target).__name__ == "Name":
                    counter[node.target.id] += 1
    return counter
