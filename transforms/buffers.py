"""Start a cotangent with its first contribution instead of with zeros or a copy.

What is added to in place must be an array that nobody else has, so it began as one of these.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... x_bar = np.zeros_like(x)
... x_bar[1:] += a
... x_bar[:-1] += b
... y_bar = 1.0 * z
... w_bar = y * 2.0
... y_bar -= a
... ''').body
>>> print(unparse(started(block)))
x_bar = np.zeros_like(x)
x_bar[1:] = a
x_bar[:-1] += b
w_bar = y * 2.0
y_bar = z - a
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from .effects import reads, writes
from .products import negated, number
from .syntax import Node, assign, make

ZEROS = ("zeros", "zeros_like")


def started(block: list[Node]) -> list[Node]:
    """Return a block, with its inner blocks, in which first contributions are assigned."""
    result = list(block)
    for index in range(len(result) - 1, -1, -1):
        statement = result[index]
        if type(statement).__name__ in ("If", "For"):
            statement.body = started(statement.body)
            statement.orelse = started(getattr(statement, "orelse", []))
        name, original = start_of(statement)
        if name is None:
            continue
        position = next_use(result, index, name, set() if original is None else reads(original))
        new = None if position is None else merged(result[position], name, original)
        if new is None or position is None:
            continue
        result[position] = new
        if original is not None:
            del result[index]
    return result


def start_of(statement: Node) -> tuple[str | None, Node | None]:
    """Return the name that ``x = zeros(...)`` or a copy assigns, and what is copied."""
    target: Any = statement.targets[0] if type(statement).__name__ == "Assign" else None
    if type(target).__name__ != "Name":
        return None, None
    value = statement.value
    kind = type(value).__name__
    if kind == "Call" and getattr(value.func, "attr", "") in ZEROS:
        return target.id, None
    if kind == "Call" and getattr(value.func, "attr", "") == "copy" and not value.args:
        return target.id, value.func.value
    if kind == "BinOp" and type(value.op).__name__ == "Mult" and number(value.left) == 1.0:
        bare = type(value.right).__name__ in ("Name", "Attribute", "Subscript")
        return (target.id, value.right) if bare else (None, None)
    return None, None


def next_use(block: list[Node], index: int, name: str, original: Set[str]) -> int | None:
    """Return where a name occurs next, unless what was copied has changed by then."""
    for position in range(index + 1, len(block)):
        statement = block[position]
        if name in reads(statement) | writes(statement):
            return position
        if writes(statement) & original:
            return None
    return None


def merged(statement: Node, name: str, original: Node | None) -> Node | None:
    """Return ``x += value`` or ``x[i] += value`` as an assignment; None if it is something else."""
    if type(statement).__name__ != "AugAssign" or type(statement.op).__name__ not in ("Add", "Sub"):
        return None
    target = statement.target
    inner = set(reads(statement.value))
    if type(target).__name__ == "Subscript":
        inner |= reads(target.slice)
        plain = original is None and getattr(target.value, "id", None) == name and name not in inner
        if not plain:
            return None
        value = negated(statement.value) if type(statement.op).__name__ == "Sub" else statement.value
        new = make("Assign", targets=[target], value=value)
    elif original is None or target.id != name or name in inner:
        return None
    else:
        total = make("BinOp", left=original, op=statement.op, right=statement.value)
        total.accumulates = True
        new = assign(name, total)
    new.origin = getattr(statement, "origin", None)
    return new
