"""Copying, rebuilding, walking and comparing trees.

Used through :mod:`adjoint.transforms.syntax`; works on gast nodes, knows them by their fields.

>>> from adjoint.transforms.syntax import parse_expression
>>> tree = parse_expression('x * np.sin(x)')
>>> [type(node).__name__ for node in walk(tree)]
['BinOp', 'Name', 'Call', 'Attribute', 'Name', 'Name']
>>> same(tree, clone(tree)), same(tree, tree.right), clone(tree) is tree
(True, False, False)
"""

from __future__ import annotations

from ast import AST  # gast's nodes derive from it
from collections.abc import Callable, Iterator
from operator import is_
from typing import Any, TypeAlias

from .fields import BELOW

Node: TypeAlias = Any


def shallow(node: Node) -> Node:
    """Copy a node, but nothing below it, and not what a statement remembers of the names in it."""
    new = node.__class__.__new__(node.__class__)
    new.__dict__.update(node.__dict__)
    new.__dict__.pop("accesses", None)
    return new


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """Copy a node with every node directly below it replaced by what ``change`` makes of it."""
    new = shallow(node)
    fields = new.__dict__
    for field in BELOW[new.__class__]:
        value = fields.get(field)
        if value.__class__ is list:
            fields[field] = [item if item is None else change(item) for item in value]
        elif value is not None:
            fields[field] = change(value)
    return new


def revised(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return what `rebuilt` returns, but the node itself if ``change`` keeps everything below it."""
    new, fields = node, node.__dict__
    for field in BELOW[node.__class__]:
        value = fields.get(field)
        if value is None:
            continue
        if value.__class__ is list:
            part: Any = [item if item is None else change(item) for item in value]
            same = all(map(is_, part, value))
        else:
            part = change(value)
            same = part is value
        if not same:
            new = shallow(node) if new is node else new
            new.__dict__[field] = part
    return new


def updated(node: Node, **fields: Any) -> Node:
    """Copy a node with some fields replaced; return the node itself if it has them already."""
    if all(node.__dict__[field] is value for field, value in fields.items()):
        return node
    new = shallow(node)
    new.__dict__.update(fields)
    return new


def clone(node: Node) -> Node:
    """Copy a node, or a list of nodes, with everything below it.

    Attributes that are not fields are shared, as are contexts and operators, which nobody changes.
    """
    if node.__class__ is list:
        return [clone(item) if isinstance(item, AST) else item for item in node]
    cls = node.__class__
    if not cls._fields:
        return node
    new = cls.__new__(cls)
    into = new.__dict__
    into.update(node.__dict__)
    into.pop("accesses", None)
    for field in BELOW[cls]:
        value = into.get(field)
        if value is not None:
            into[field] = clone(value)
    return new


def walk(node: Node) -> Iterator[Node]:
    """Yield a node, or each of a list, and everything below it: parents first, as written.

    Contexts and operators are not nodes of their own here: they hold nothing.
    """
    pending = node[::-1] if isinstance(node, list) else [node]
    while pending:
        current = pending.pop()
        if current is None:  # in a list: a parameter without default, ``**more`` in a dict
            continue
        yield current
        fields = current.__dict__
        for field in BELOW[current.__class__]:
            value = fields.get(field)
            if value.__class__ is list:
                pending += value[::-1]
            elif value is not None:
                pending.append(value)


def reached(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it but the operands that inference found are never evaluated."""
    pending = [node]
    while pending:
        current = pending.pop()
        if current is None:
            continue
        yield current
        fields = current.__dict__
        if fields.get("taken") is not None:  # a conditional expression
            pending += [current.body if current.taken else current.orelse, current.test]
        elif "evaluated" in fields:  # ``and`` or ``or``
            pending += reversed(current.values[: current.evaluated])
        else:
            for field in reversed(BELOW[current.__class__]):
                value = fields.get(field)
                if value.__class__ is list:
                    pending += value[::-1]
                else:
                    pending.append(value)


def same(a: Any, b: Any) -> bool:
    """Whether two trees are the same program text; locations do not count."""
    if isinstance(a, AST):
        return a.__class__ is b.__class__ and all(
            same(getattr(a, field, None), getattr(b, field, None)) for field in a._fields
        )
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


#: Nodes with statements of their own scope.
SCOPES = ("FunctionDef", "AsyncFunctionDef", "Lambda", "ClassDef")


def own_nodes(block: list[Node]) -> Iterator[Node]:
    """Yield the nodes of a function's own body, without those of functions inside it."""
    pending = list(reversed(block))
    while pending:
        node = pending.pop()
        yield node
        if type(node).__name__ in SCOPES:
            continue
        for name in BELOW[node.__class__]:
            value = getattr(node, name, None)
            pending += [
                child for child in (value if isinstance(value, list) else [value]) if child is not None
            ]
