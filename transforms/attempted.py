"""Whether a ``try`` block only computes a value, whatever happens in it: ``try: return float(text)``.

Where that value goes no further, it does not matter which of the lines ran.  A block that stores, takes items
from an iterator or calls what may do so has effects that last, and which of them took place nobody knows.

>>> from adjoint.inspection import inferred
>>> def f(x, seen):
...     try:
...         size = float(x)
...     except TypeError:
...         size = 0.0
...     try:
...         seen.append(x)
...     except AttributeError:
...         size += 1.0
...     return size
>>> unit = inferred(f, 2.0, [])
>>> [only_computes(node, unit) for node in unit.tree.body if type(node).__name__ == 'Try']
[True, False]
"""

from __future__ import annotations

import ctypes
import types
from typing import Any

from adjoint.rules.kinds import Kind, Known, Object, Unknown
from adjoint.rules.registry import registry

from .changes import written_arguments
from .memory import immutable
from .syntax import Node, names_written, walk
from .tracing import is_moving

#: What a block that only computes is made of; a target is a plain name.
PLAIN = frozenset(
    "Try ExceptHandler Return Expr Assign If Pass Raise Name Constant UnaryOp BinOp BoolOp Compare IfExp "
    "Call keyword Attribute Subscript Slice Tuple List Dict JoinedStr FormattedValue".split()
)


def only_computes(node: Node, unit: Any, strict: bool = True) -> bool:
    """Whether a ``try`` statement of a function has no effect but the values of local variables.

    Args:
        node: the statement.
        unit: the function; objects among its parameters have operators and fields that may do anything.
        strict: the kinds of the parameters are known; at decoration few are, and the call asks again.
    """
    doubtful = Object | Unknown if strict else Object
    if any(isinstance(kind, doubtful) for kind in unit.parameters.values()):
        return False
    inside = list(walk(node))
    if any(type(each).__name__ in ("Global", "Nonlocal") for each in walk(unit.tree.body)):
        return False
    targets = [target for each in inside if type(each).__name__ == "Assign" for target in each.targets]
    return (
        all(type(each).__name__ in PLAIN for each in inside)
        and all(type(target).__name__ == "Name" for target in targets)
        and all(is_pure(each, unit, strict) for each in inside if type(each).__name__ == "Call")
    )


def is_pure(call: Node, unit: Any, strict: bool) -> bool:
    """Whether a call gives a value and does nothing else."""
    function = seen_from_outside(call.func, unit)
    if function is None or is_moving(function) or written_arguments(function, call):
        return False
    if registry.lookup(function):
        return True
    compiled = not isinstance(function, types.FunctionType | types.MethodType | type)
    return compiled and not is_bound(function) and all(keeps_still(arg, unit, strict) for arg in call.args)


def seen_from_outside(node: Node, unit: Any) -> Any:
    """Return what a name, or an attribute of a module or a foreign library, stands for, if that is known."""
    if type(node).__name__ == "Name":
        own = node.id in names_written(unit.tree.body) | unit.parameters.keys()
        kind = Unknown() if own else unit.scope.kind_of(node)
        owner = None if own else unit.scope.owner(node.id)
        if isinstance(owner, dict) and isinstance(owner.get(node.id), ctypes.CDLL):
            return owner[node.id]
        return kind.value if isinstance(kind, Known) else None
    base = seen_from_outside(node.value, unit) if type(node).__name__ == "Attribute" else None
    return vars(base).get(node.attr) if isinstance(base, types.ModuleType | ctypes.CDLL) else None


def is_bound(function: Any) -> bool:
    """Whether compiled code belongs to an object that it may change: ``seen.append``."""
    return not isinstance(getattr(function, "__self__", None), types.ModuleType | None)


def keeps_still(node: Node, unit: Any, strict: bool) -> bool:
    """Whether an expression is a number or text, which nobody can change."""
    if type(node).__name__ == "Name":
        kind: Kind = unit.parameters.get(node.id, Unknown())
        return immutable(kind) or isinstance(kind, Unknown) and not strict
    operands = {"BinOp": ("left", "right"), "UnaryOp": ("operand",)}.get(type(node).__name__)
    if operands is None:
        return type(node).__name__ == "Constant"
    return all(keeps_still(getattr(node, field), unit, strict) for field in operands)


__all__ = ["only_computes"]
