"""Calls of code that nobody has seen, for what it does rather than for its value.

A bound method, a partial application or a function out of a container may store what it is given in an object
of the function.  No derivative goes through the value of such a call, so nothing would notice.

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.syntax import unparse
>>> def f(x, hooks):
...     seen = []
...     for hook in [seen.append]:
...         hook(x)
...     return seen[0]
>>> unit = inferred(f, 2.0, [])
>>> statement = unit.tree.body[1].body[0]
>>> [unparse(node) for node in calls_for_effect(statement, {'seen', 'hook'}, unit)]
['hook(x)']
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Iterator, Set
from typing import Any

import numpy as np

from adjoint.rules.kinds import Dict, Known, List

from .changes import targets_of
from .decide import DYNAMIC, POP
from .fields import BELOW
from .memory import arguments, callee, hashable, kind_at, library
from .mutators import ARRAY_METHODS, BOTH_METHODS, CONTAINERS, ITEM_METHODS, in_place_operator
from .syntax import Node, make, walk

CARRYING = ("Return", "AugAssign", "For", "With", "Delete")
MAKERS = ("__init__", "__post_init__", "__new__")
BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
#: Callables made from others, which hold some of the arguments.
BOUND = (functools.partial, operator.methodcaller, types.MethodWrapperType)


def calls_for_effect(statement: Node, read: Set[str], unit: Any) -> Iterator[Node]:
    """Yield the active calls of unseen code in a statement whose values carry no derivative on.

    An item taken from a list inside an expression without a derivative (``print(ys.pop())``) is one, too:
    such expressions are copied as they stand.

    Args:
        statement: a simple statement, or a compound one without its blocks.
        read: the variables that are read anywhere.
        unit: the function.
    """
    kind = type(statement).__name__
    names = [getattr(target, "id", None) for target in targets_of(statement)]
    carried = kind in CARRYING or any(name is None or name in read for name in names)
    pending = [(child, carried, False) for field, child in children(statement) if field not in BLOCKS]
    while pending:
        node, carried, copied = pending.pop()
        decision: Any = getattr(node, "decision", None)
        if type(node).__name__ == "Call" and decision is not None:
            unseen = not carried and (decision.how == DYNAMIC and is_unseen(node) or hands_on(node, unit))
            if unseen or copied and decision.how == POP:
                yield node
        held = getattr(node, "kind", None)
        still = held is not None and not held.active
        if type(node).__name__ != "Lambda":
            pending += [(child, carried and not still, copied or still) for _, child in children(node)]


def children(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the nodes directly below a node, each with its field."""
    for field in BELOW[node.__class__]:
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else [value]:
            if child is not None:
                yield field, child


def is_unseen(node: Node) -> bool:
    """Whether a call runs code that is not known."""
    function, _ = callee(node)
    return function is None or isinstance(function, BOUND)


def hands_on(node: Node, unit: Any) -> bool:
    """Whether a call hands a function of a library a callable that may change something."""
    function, _ = callee(node)
    if function is None or not hashable(function) or not library(function):
        return False
    return any(may_change(arg, unit) for arg in arguments(node))


def may_change(node: Node, unit: Any) -> bool:
    """Whether an argument is a callable that may change what it holds or is given."""
    kind = getattr(node, "kind", None)
    if type(node).__name__ == "Lambda":
        body = [make("Return", node, value=node.body)]
        summary = unit.summaries.of_nested(make("FunctionDef", node, args=node.args, body=body), unit)
    elif isinstance(kind, Known) and isinstance(kind.value, types.FunctionType) and not library(kind.value):
        summary = unit.summaries.of(kind.value)
    else:
        return isinstance(kind, Known) and isinstance(kind.value, BOUND)
    return summary is None or bool(summary.changes or summary.kept)


def keeps_state(definition: Node) -> bool:
    """Whether objects of a class defined in the function are changed by methods beside ``__init__``.

    The running program compiles such a method by itself, and its object came from outside then.
    """
    methods = [n for n in definition.body if type(n).__name__ == "FunctionDef" and n.name not in MAKERS]
    return any(changes_something(node) for node in walk(methods))


def changes_something(node: Node) -> bool:
    """Whether a node stores into a place, or calls a method that changes its object."""
    kind = type(node).__name__
    if kind == "Call":
        return type(node.func).__name__ == "Attribute" and node.func.attr in ITEM_METHODS
    return kind in ("Attribute", "Subscript") and type(node.ctx).__name__ != "Load"


def changes_its_owner(function: Any) -> bool:
    """Whether a callable is a method that is bound to a container or array, and changes it.

    >>> changes_its_owner([].append), changes_its_owner([].index), changes_its_owner(np.ones(2).fill)
    (True, False, True)
    """
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if not isinstance(owner, (*CONTAINERS, np.ndarray)):
        return False
    methods = ARRAY_METHODS if isinstance(owner, np.ndarray) else ITEM_METHODS
    return name in methods | BOTH_METHODS or in_place_operator(name)


def is_change_to_come(node: Node) -> bool:
    """Whether ``values.append`` is meant, uncalled, of a container that may hold active values."""
    kind = kind_at(node.value)
    items: Any = kind.items if isinstance(kind, Dict) else getattr(kind, "element", True)
    fillable = isinstance(kind, List | Dict) and (kind.active or not items)
    return fillable and node.attr in ITEM_METHODS


__all__ = ["calls_for_effect", "changes_its_owner", "is_change_to_come"]
