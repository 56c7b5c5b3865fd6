"""Compute a quotient or a strong product once where the reverse has it several times.

>>> from adjoint.transforms.syntax import parse, unparse
>>> names = iter(['share', 'share_2'])
>>> block = parse('''
... x_bar = z_bar / y
... y_bar = -(z_bar / y * z)
... z_bar = 2.0
... v_bar = z_bar / y
... x_bar += y_bar
... ''').body
>>> print(unparse(shared(block, lambda wish: next(names), {'x_bar'})))
share = z_bar / y
x_bar = 1.0 * share
y_bar = -(share * z)
z_bar = 2.0
v_bar = z_bar / y
x_bar += y_bar

A buffer that is added to in place gets a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from .effects import reads, writes
from .fields import BELOW
from .products import binary, number
from .syntax import Node, assign, constant, load, revised, updated

OPAQUE = ("Lambda", "IfExp", "ListComp", "GeneratorExp", "DictComp", "Name", "Constant")
STRONG = ("strong_quotient", "strong_product")
CANDIDATES = ("BinOp", "Call")
Fresh = Callable[[str], str]
Key = Any


def shared(block: list[Node], fresh: Fresh, buffers: Set[str]) -> list[Node]:
    """Return a block, with its inner blocks, in which repeated quotients have a name."""
    result: list[Node] = []
    run: list[Node] = []
    for statement in block:
        if type(statement).__name__ not in ("If", "For"):
            run.append(statement)
            continue
        result += straight(run, fresh, buffers)
        run = []
        statement.body = shared(statement.body, fresh, buffers)
        statement.orelse = shared(getattr(statement, "orelse", []), fresh, buffers)
        result.append(statement)
    return result + straight(run, fresh, buffers)


def straight(block: list[Node], fresh: Fresh, buffers: Set[str]) -> list[Node]:
    """The same for statements that follow each other."""
    seen: dict[Key, int] = {}  # the first statement that has it
    readers: dict[str, set[Key]] = {}  # the expressions that read a name
    again: dict[tuple[int, Key], tuple[Node, set[int]]] = {}
    for index, statement in enumerate(block):
        repeated, new = found(getattr(statement, "value", None), seen)
        for text, node in new.items():
            seen[text] = index
            for read in reads(node):
                readers.setdefault(read, set()).add(text)
        for text, node in repeated:
            again.setdefault((seen[text], text), (node, {seen[text]}))[1].add(index)
        for written in writes(statement) if seen else ():
            for text in readers.pop(written, ()):
                seen.pop(text, None)
    result: list[list[Node]] = [[statement] for statement in block]
    for (first, text), (node, places) in again.items():
        name = named(block, first, max(places), text, buffers)
        if name is None:
            definition = assign(fresh("share"), node)
            definition.origin = getattr(block[first], "origin", None)
            result[first].insert(len(result[first]) - 1, definition)
        for index in places if name is None else places - {first}:
            new = replaced(result[index][-1], text, name or definition.targets[0].id)
            if type(new.value).__name__ == "Name" and writes(new) & buffers:
                new = updated(new, value=binary("Mult", constant(1.0), new.value))
            result[index][-1] = new
    return [statement for lines in result for statement in lines]


def named(block: list[Node], first: int, last: int, text: Key, buffers: Set[str]) -> str | None:
    """Return the variable that is assigned an expression, if it keeps that value to the last use."""
    statement = block[first]
    target: Any = statement.targets[0] if type(statement).__name__ == "Assign" else None
    if type(target).__name__ != "Name" or key(statement.value) != text or target.id in buffers:
        return None
    kept = not any(target.id in writes(block[index]) for index in range(first + 1, last))
    return str(target.id) if kept else None


def found(node: Any, seen: Set[Key] | dict[Key, int]) -> tuple[list[tuple[Key, Node]], dict[Key, Node]]:
    """Return the expressions that were seen before, outermost first, and those that were not."""
    repeated: list[tuple[Key, Node]] = []
    new: dict[Key, Node] = {}
    pending = [node]
    while pending:
        node = pending.pop()
        kind = node.__class__.__name__
        if kind in OPAQUE or node is None:
            continue
        if kind in CANDIDATES and is_candidate(node, kind):
            text = key(node)
            if text in seen or text in new:
                repeated.append((text, node))
                continue
            new[text] = node
        for field in BELOW[node.__class__]:
            value = getattr(node, field, None)
            if value.__class__ is list:
                pending += value[::-1]
            else:
                pending.append(value)
    return repeated, new


def is_candidate(node: Node, kind: str) -> bool:
    """Whether an expression is a quotient of variables or a strong product."""
    if kind == "Call":
        return getattr(node.func, "id", "").rstrip("_0123456789") in STRONG
    division = kind == "BinOp" and type(node.op).__name__ == "Div"
    return division and number(node.left) is None and number(node.right) is None


def key(node: Any) -> Key:
    """Return something that equal expressions have in common."""
    if isinstance(node, list):
        return tuple(map(key, node))
    if not hasattr(node, "_fields"):
        return repr(node)
    return (
        type(node).__name__,
        *(key(getattr(node, field, None)) for field in node._fields if field != "ctx"),
    )


def replaced(node: Node, text: Key, name: str) -> Node:
    """Return a copy in which an expression is read by name."""
    if is_candidate(node, type(node).__name__) and key(node) == text:
        return load(name)
    return revised(node, lambda part: replaced(part, text, name))
