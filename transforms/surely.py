"""Which variables are NumPy arrays whatever the arguments are: asked before types are known, at decoration.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     y, n = np.zeros_like(x), len(x)
...     z = np.exp(x)
...     w = np.asarray(x)
...     w = list(w)
...     v = 2.0 * x
...     u = x.copy()
...     n = u.shape
...     for i in range(n):
...         z[i] = y
...     return z
>>> sorted(surely_arrays(inferred(f, np.ones(3))))
['u', 'v', 'y', 'z']
"""

from __future__ import annotations

import collections
import types
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from .memory import callee, hashable
from .syntax import Node
from .trees import own_nodes

#: Functions that return an array (or, of a number, something that has no items to change) of any argument.
MAKERS = frozenset(
    getattr(np, name)
    for name in (
        "array asarray ascontiguousarray copy zeros ones empty full zeros_like ones_like empty_like "
        "full_like arange linspace eye diag where concatenate stack vstack hstack ravel reshape transpose "
        "cumsum cumprod sort outer repeat tile"
    ).split()
)

#: Operators that lists, texts and dicts do not have, and those that they have, though not with a float.
NUMERIC = frozenset(("Sub", "Div", "Pow", "MatMult", "FloorDiv"))
SHARED = frozenset(("Add", "Mult"))
#: Methods by which a class of the user takes part in arithmetic.
OPERATORS = tuple(
    f"__{side}{name}__" for name in ("add", "sub", "mul", "truediv", "pow", "matmul") for side in ("", "r")
)
#: Attributes that tell an array from a list, a dict and a text.
OF_ARRAYS = frozenset(dir(np.ndarray)) - frozenset(
    (*dir(collections.UserList), *dir(dict), *dir(str), "data")
)
#: Questions after which a variable may be one thing here and another there.
QUESTIONS = frozenset(("isinstance", "issubclass", "type", "hasattr", "getattr", "callable"))


def surely_arrays(unit: Any) -> set[str]:
    """Return the variables of a function's own body that hold an array, or something without items."""
    arithmetic, body = not has_own_items(unit.scope.visible()), unit.tree.body
    bound: Counter[str] = Counter()
    bindings: list[tuple[str, Node]] = []
    made: Counter[str] = Counter()
    for node in own_nodes(body):
        kind = type(node).__name__
        if kind == "Name" and type(node.ctx).__name__ != "Load":
            bound[node.id] += 1
        elif kind == "Assign" and len(node.targets) == 1:
            bindings += pairs(node.targets[0], node.value)
        elif kind == "AugAssign" and type(node.target).__name__ == "Name":
            made[node.target.id] += 1  # an array stays one
        elif kind in ("FunctionDef", "ClassDef"):
            bound[node.name] += 1
    numeric = numeric_names(body) if arithmetic else set()
    for name, value in bindings:
        made[name] += is_made(value) or arithmetic and is_numeric(value, numeric, name)
    return {name for name, count in made.items() if count and bound[name] == count}


def pairs(target: Node, value: Node) -> list[tuple[str, Node]]:
    """Return the names in a target, each with the expression that it is bound to."""
    if type(target).__name__ == type(value).__name__ == "Tuple" and len(target.elts) == len(value.elts):
        return [
            pair for each, item in zip(target.elts, value.elts, strict=True) for pair in pairs(each, item)
        ]
    return [(target.id, value)] if type(target).__name__ == "Name" else []


def is_made(value: Node) -> bool:
    """Whether an expression is a call of one of `MAKERS` or of a ufunc."""
    if type(value).__name__ != "Call":
        return False
    function = callee(value)[0]
    return hashable(function) and function in MAKERS or isinstance(function, np.ufunc)


def is_numeric(value: Node, numeric: set[str], name: str) -> bool:
    """Whether an expression is arithmetic that no container knows, or copies what is used like an array."""
    kind = type(value).__name__
    if kind == "BinOp":
        operator, operands = type(value.op).__name__, (value.left, value.right)
        return (
            operator in NUMERIC
            or operator in SHARED
            and any(is_float(each) or is_made(each) or is_numeric(each, numeric, name) for each in operands)
        )
    if kind == "Call" and type(value.func).__name__ == "Attribute" and value.func.attr == "copy":
        return is_numeric(value.func.value, numeric, name) or name in numeric
    return kind == "UnaryOp" and type(value.op).__name__ == "USub" or kind == "Name" and value.id in numeric


def numeric_names(body: list[Node]) -> set[str]:
    """Return the variables used as no list, dict or text can be; none if anything is asked what it is."""
    used: set[str] = set()
    for node in own_nodes(body):
        kind = type(node).__name__
        if kind == "Match" or kind == "Call" and name_of(node.func) & QUESTIONS:
            return set()
        if kind == "Attribute" and node.attr in OF_ARRAYS:
            used |= name_of(node.value)
        elif kind == "BinOp" and type(node.op).__name__ in NUMERIC | SHARED:
            used |= name_of(node.left) if is_float(node.right) else set()
            used |= name_of(node.right) if is_float(node.left) else set()
    return used


def name_of(node: Node) -> set[str]:
    """Return the name that an expression is, if it is one."""
    return {node.id} if type(node).__name__ == "Name" else set()


def is_float(node: Node) -> bool:
    """Whether an expression is a float literal."""
    return type(node).__name__ == "Constant" and isinstance(node.value, float)


def has_own_items(namespace: Iterable[Any]) -> bool:
    """Whether one of some objects is a class written in Python with operators and with items to assign.

    Where a function sees such a class, what an operator returns may be an object that takes items.

    >>> class Polynomial:
    ...     def __mul__(self, other): return self
    ...     def __setitem__(self, power, coefficient): self.coefficient = coefficient
    >>> has_own_items([np.ndarray, list, 1.0]), has_own_items([Polynomial])
    (False, True)
    """
    classes = [each for each in namespace if isinstance(each, type)]
    return any(
        is_written(cls, "__setitem__") and any(is_written(cls, name) for name in OPERATORS) for cls in classes
    )


def is_written(cls: type, name: str) -> bool:
    """Whether a method of a class is written in Python."""
    return isinstance(getattr(cls, name, None), types.FunctionType)


__all__ = ["has_own_items", "surely_arrays"]
