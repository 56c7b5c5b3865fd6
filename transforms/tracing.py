"""Rewrite a function so that it can run with traced values: every call asks who is called.

Operators, items and attributes ask for the class of their operand, which may define them by methods that
must be rewritten, too; see `operating`.

>>> from adjoint.transforms.syntax import parse, unparse
>>> tree = parse('''
... def f(x, rows):
...     rows.append(math.sin(x) * x[0])
...     return f'{x:.3f}', '%g' % x, super().f()
... ''').body[0]
>>> print(unparse(traceable(tree, 'apply', 'operate', frozenset({'math'}))))
def f(x, rows):
    apply(rows.append, operate('*', apply(math.sin, x), operate('[]', x, 0)))
    return (f'{x:.3f}', apply('%g'.__mod__, x), apply(super(__class__, x).f))
"""

from __future__ import annotations

import functools
import inspect
import itertools
import types
from collections.abc import Iterator
from typing import Any

from adjoint.rules.kinds import Dict, Kind, Known, List, Object, Unknown

from .desugar import explicit_super
from .operating import Operating
from .syntax import Node, attribute, call, load, names_read, names_written, walk

#: What only the compiler cannot follow: functions refused for nothing else run with traced values.
TRACEABLE = frozenset("ADJ101 ADJ102 ADJ103 ADJ104 ADJ105 ADJ111 ADJ113 ADJ115 ADJ119".split())
ARRAYS = ("ADJ101", "ADJ102", "ADJ105")
#: Modules of the standard library whose functions and classes move values around in containers.
CONTAINERS = ("_heapq", "heapq", "_bisect", "bisect", "_collections", "collections")
MOVING = (next, itertools.groupby, itertools.tee, itertools.cycle)


#: What remembers the values of a function: each is computed once, as in the plain run.
CACHES = (functools.cache, functools.lru_cache)


def is_moving(function: Any, active: bool = True) -> bool:
    """Whether a callable only moves values, in a way that has no reverse of its own.

    Args:
        function: the callable.
        active: it is given active values; a function that captures some may be given to a cache later.
    """
    module = getattr(function, "__module__", None)
    moves = active and (module in CONTAINERS or any(function is each for each in MOVING))
    return moves or any(function is each for each in CACHES)


def iterates_in_steps(nodes: list[Node], read: bool) -> Iterator[Node]:
    """Yield the objects in an expression that are iterated, and whose class does so by code of its own.

    Args:
        nodes: the expression and everything below it.
        read: it is iterated itself.
    """
    iterated = nodes[:1] if read else []
    for child in nodes:
        kind = type(child).__name__
        if kind == "comprehension":
            iterated.append(child.iter)
        elif kind == "Starred":
            iterated.append(child.value)
        elif kind == "Call" and isinstance(getattr(child.func, "kind", None), Known):
            iterated += child.args
    for child in iterated:
        held = getattr(child, "kind", None)
        if isinstance(held, Object) and held.active and steps(held.cls):
            yield child


def steps(cls: type) -> bool:
    """Whether iterating an object runs code of its class between two items."""
    method = inspect.getattr_static(cls, "__iter__", None)
    generator = isinstance(method, types.FunctionType) and bool(
        method.__code__.co_flags & inspect.CO_GENERATOR
    )
    return generator or isinstance(inspect.getattr_static(cls, "__next__", None), types.FunctionType)


def is_certain(code: str, kind: Kind | None) -> bool:
    """Whether a problem is the change of something that is an array, however the function runs."""
    return code in ARRAYS and not isinstance(kind, Unknown | List | Dict | Object)


def is_final(unit: Any, root: bool, code: str, name: str) -> bool:
    """Whether a problem is one of what a function does to others, which stays refused however it is run.

    Args:
        unit: the function.
        root: it is the one that is differentiated, not one that it calls.
        code: the code of the problem.
        name: the variable it is about.
    """
    own = names_written(unit.tree.body)
    if code in ARRAYS:
        return name not in own
    if code in ("ADJ103", "ADJ104"):
        return root and name != unit.initializes and name not in own
    if code == "ADJ113":
        declared = [n for n in walk(unit.tree.body) if type(n).__name__ == "Global"]
        declared += [n for n in unit.tree.body if root and type(n).__name__ == "Nonlocal"]
        return any(name in node.names for node in declared)
    return root and code == "ADJ111"


def traceable(tree: Node, apply: str, operate: str, modules: frozenset[str]) -> Node:
    """Return a function that passes every call and operator through another function.

    Args:
        tree: the definition of the function, which is changed.
        apply: the name of the function that takes the callee and its arguments.
        operate: the name of the function that takes the symbol of an operator and its operands.
        modules: the global variables that are modules.
    """
    for inner in [tree, *(n for n in walk(tree.body) if type(n).__name__ == "FunctionDef")]:
        explicit_super(inner)
    for node in list(walk(tree.body)):
        kind = type(node).__name__
        if kind == "Call" and getattr(node.func, "id", "") != "super":
            node.args = [node.func, *node.args]
            node.func = load(apply, node)
        elif kind == "BinOp" and type(node.op).__name__ == "Mod" and is_text(node.left):
            become_call(node, apply)
    return Operating(operate, modules - names_written([tree])).statement(tree)


def module_names(function: Any, tree: Node) -> frozenset[str]:
    """Return the variables in a function that are modules, and global."""
    read, own = names_read([tree]), function.__code__.co_freevars
    found = function.__globals__
    return frozenset(n for n in read if isinstance(found.get(n), types.ModuleType) and n not in own)


def is_text(node: Node) -> bool:
    """Whether an expression is a string that is written out."""
    return type(node).__name__ == "Constant" and isinstance(node.value, str)


def become_call(node: Node, apply: str) -> None:
    """Turn ``'%g' % x`` into a call of the string's method (in place): it takes numbers out of values."""
    made = call(apply, [attribute(node.left, "__mod__", node), node.right], where=node)
    node.__class__, node.__dict__ = made.__class__, made.__dict__


__all__ = [
    "TRACEABLE",
    "is_certain",
    "is_final",
    "is_moving",
    "iterates_in_steps",
    "module_names",
    "traceable",
]
