"""Iterators that are consumed where they stand, and others.

A generator expression, ``zip``, ``map`` and the like are differentiated as the list of their items.  That is
the same only if they are read once: a second reading finds nothing.  A generator expression must be read
at once, too, for a late reading sees later values of its variables.

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.syntax import unparse
>>> def f(xs):
...     once = sum(2.0 * x for x in xs)
...     kept = (x * x for x in xs)
...     return sum(kept) + sum(kept) + once
>>> for statement in inferred(f, [1.0, 2.0]).tree.body[:2]:
...     print([unparse(node) for node in kept_iterators(list(walk(statement.value)), False, False)])
[]
['(x * x for x in xs)']
"""

from __future__ import annotations

import types
from ast import AST  # gast's nodes derive from it
from collections.abc import Iterator

import numpy as np

from adjoint.rules.kinds import Array, Known, is_number

from .memory import kind_at
from .syntax import Node, free_names, names_read, names_written, walk

COMPREHENSIONS = ("ListComp", "SetComp", "DictComp", "GeneratorExp")
#: Modules of functions written in Python that read an iterable once and do not keep it.
READING = ("functools", "itertools", "statistics", "numpy", "math", "builtins")
#: Builtins whose result is itself read later.
LAZY = (zip, enumerate, map, filter, reversed)
#: Where the truth of a value is asked for.
TESTED = {"If": "test", "While": "test", "IfExp": "test", "BoolOp": "values", "UnaryOp": "operand"}
#: What runs several times, or later; of a comprehension everything, to be safe.
REPEATED = {
    "For": ("target", "body"),
    "comprehension": ("target", "iter", "ifs"),
    "ListComp": ("elt",),
    "SetComp": ("elt",),
    "GeneratorExp": ("elt",),
    "DictComp": ("key", "value"),
    "Lambda": ("body",),
    "FunctionDef": ("body",),
}


def kept_iterators(nodes: list[Node], read: bool, once: bool) -> Iterator[Node]:
    """Yield the iterators of active values in an expression that are not consumed where they stand.

    Args:
        nodes: the expression and everything below it.
        read: the value of the expression itself is iterated once and forgotten.
        once: the value of the expression itself is given to a variable that is read once.
    """
    found = [n for n in nodes if is_iterator(n) and getattr(getattr(n, "kind", None), "active", False)]
    if not found:
        return
    consumed = {id(part) for part in lazily_read(nodes[0])} if read else set()
    for child in nodes:
        kind = type(child).__name__
        if kind == "Call" and reads_once(child):
            consumed |= {id(part) for arg in child.args for part in lazily_read(arg)}
        elif kind == "Starred":
            consumed |= {id(part) for part in lazily_read(child.value)}
        elif kind == "comprehension":
            consumed |= {id(part) for part in lazily_read(child.iter)}
        elif kind in ("Subscript", "Attribute"):  # of ``x.flat``
            consumed.add(id(child.value))
    for child in found:
        if has_places(child) or id(child) not in consumed and not (once and child is nodes[0]):
            yield child


def given_once(tree: Node, statement: Node) -> bool:
    """Whether ``name = iterator`` gives an iterator to a variable that is read once, and soon enough."""
    target = statement.targets[0] if type(statement).__name__ == "Assign" else statement.target
    if type(target).__name__ != "Name" or not read_once(tree, target.id):
        return False
    return is_lazy(statement.value) or target.id in names_read(following(tree, statement))


def read_by_several(tree: Node, statement: Node) -> bool:
    """Whether ``name = iter(values)`` gives an iterator of active values to a variable that is read twice."""
    value, target = statement.value, getattr(statement, "targets", [None])[0]
    if type(value).__name__ != "Call" or getattr(value.func, "kind", None) != Known(iter):
        return False
    return kind_at(value).active and type(target).__name__ == "Name" and not read_once(tree, target.id)


def following(tree: Node, statement: Node) -> list[Node]:
    """Return the statement behind another one in its block, if there is one."""
    for node in [tree, *walk(tree.body)]:
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list) and any(each is statement for each in block):
                place = next(i for i, each in enumerate(block) if each is statement)
                return block[place + 1 : place + 2]
    return []


def is_iterator(node: Node) -> bool:
    """Whether an expression makes an iterator that is differentiated as a list, or cannot be."""
    return type(node).__name__ == "GeneratorExp" or is_lazy(node) or has_places(node)


def has_places(node: Node) -> bool:
    """Whether an expression is a call of ``np.nditer``, which hands out views and knows where it is."""
    kind = getattr(getattr(node, "func", None), "kind", None)
    return isinstance(kind, Known) and kind.value is np.nditer


def is_lazy(node: Node) -> bool:
    """Whether an expression makes an iterator: ``zip(...)``, ``itertools.chain(...)``, ``x.flat``."""
    if type(node).__name__ == "Attribute":
        return bool(node.attr == "flat") and isinstance(kind_at(node.value), Array)
    kind = getattr(getattr(node, "func", None), "kind", None)
    if type(node).__name__ != "Call" or not isinstance(kind, Known):
        return False
    return kind.value in LAZY or getattr(kind.value, "__module__", "") == "itertools"


def read_once(tree: Node, name: str) -> bool:
    """Whether a function assigns a variable once and reads it once, in the same loops.

    A test does not read it: an iterator is true, with items or without.
    """
    found: dict[str, list[tuple[int, ...]]] = {"Load": [], "Store": []}

    def visit(node: Node, loops: tuple[int, ...]) -> None:
        kind = type(node).__name__
        if kind == "Name" and node.id == name:
            found.setdefault(type(node.ctx).__name__, []).append(loops)
        for field in node._fields:
            value = getattr(node, field, None)
            repeated = field in REPEATED.get(kind, ()) or kind == "While"
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, AST):
                    tested = TESTED.get(kind) == field and type(child).__name__ == "Name"
                    visit(child, (*loops, id(node)) if repeated or tested else loops)

    for statement in tree.body:
        visit(statement, ())
    return len(found["Load"]) == 1 == len(found["Store"]) and found["Load"] == found["Store"]


def lazily_read(node: Node) -> Iterator[Node]:
    """Yield an iterable that is read once, and what ``zip`` and the like read with it."""
    yield node
    if is_lazy(node):
        for arg in getattr(node, "args", ()):
            yield from lazily_read(arg)


def reads_once(node: Node) -> bool:
    """Whether a call reads its iterable arguments once, before it returns."""
    kind = getattr(node.func, "kind", None)
    if not isinstance(kind, Known) or is_lazy(node):
        return False
    if isinstance(kind.value, types.FunctionType):
        return (kind.value.__module__ or "").partition(".")[0] in READING
    return True


def comprehension_problems(node: Node) -> Iterator[tuple[Node, str, str]]:
    """Yield the places, codes and names of what cannot be differentiated in a comprehension.

    All trips share one variable: a function that outlives its trip sees the value of the last one.
    """
    if type(node).__name__ == "comprehension":
        if any(type(n).__name__ in ("Subscript", "Attribute") for n in walk(node.target)):
            yield node.target, "ADJ119", "storing into an array or object while walking"
        return
    walked = [g.target for g in node.generators if kind_at(g.iter).active]
    active = set().union(*map(names_written, walked))
    results = [getattr(node, name) for name in ("elt", "key", "value") if hasattr(node, name)]
    if active and not all(is_number(kind_at(result)) for result in results[-1:]):
        for function in (n for result in results for n in walk(result) if type(n).__name__ == "Lambda"):
            for name in sorted(free_names(function) & active):
                yield function, "ADJ115", name
