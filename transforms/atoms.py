"""What lowered code is made of: atoms, active values and statements, names of temporaries.

>>> from adjoint.transforms.syntax import parse_expression
>>> [is_atom(parse_expression(text)) for text in ('x', '-2.0', 'x + 1.0', 'np.sin(x)')]
[True, True, False, False]
>>> [operation_name(parse_expression(text)) for text in ('x @ y', 'np.sin(x)', 'x[0]', 'x > y')]
['matmul', 'sin', 'item', 'greater']
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.rules.kinds import BOOL, Known, Scalar

from .decide import APPEND, PATH
from .syntax import Node, make

OPERATION_NAMES = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "div",
    "Pow": "pow",
    "MatMult": "matmul",
    "USub": "neg",
    "Mod": "mod",
    "FloorDiv": "floordiv",
    "BitAnd": "both",
    "BitOr": "either",
    "Invert": "inverse",
    "Not": "inverse",
    "And": "both",
    "Or": "either",
    "Lt": "less",
    "LtE": "less_equal",
    "Gt": "greater",
    "GtE": "greater_equal",
    "Eq": "equal",
    "NotEq": "not_equal",
}
DISPLAY_NAMES = {
    "ListComp": "items",
    "GeneratorExp": "items",
    "DictComp": "items",
    "Tuple": "pair",
    "List": "list",
    "Dict": "dict",
    "JoinedStr": "text",
}
#: Operators whose result on numbers is a number, and not a large one.
ARITHMETIC = ("Add", "Sub", "Mult", "Div")


def active_value(node: Node) -> bool:
    """Whether an expression carries a derivative."""
    kind = getattr(node, "kind", None)
    return kind is not None and kind.active


def active_target(node: Node) -> bool:
    """Whether an assignment target is a place inside an active container."""
    return type(node).__name__ in ("Subscript", "Attribute") and active_value(node.value)


def is_atom(node: Node) -> bool:
    """Whether an expression may stay an operand."""
    kind = type(node).__name__
    if kind in ("Name", "Constant"):
        return True
    if kind == "Attribute" and isinstance(getattr(node, "kind", None), Known) and not active_value(node):
        return is_atom(node.value)
    decision = getattr(node, "decision", None)
    if kind in ("Subscript", "Attribute") and decision is not None and decision.how == PATH:
        return is_atom(node.value) and (kind == "Attribute" or type(node.slice).__name__ == "Constant")
    if kind in ("UnaryOp", "BinOp", "Call"):
        return is_constant(node)
    return kind == "Lambda" and not active_value(node)


def is_constant(node: Node) -> bool:
    """Whether an expression is a number that is written down, such as ``2 * np.pi`` or ``math.sqrt(2.0)``.

    It is cheaper and plainer to compute it again than to keep it.
    """
    match type(node).__name__:
        case "Constant":
            return isinstance(node.value, int | float | complex)
        case "UnaryOp":
            return is_constant(node.operand)
        case "BinOp":
            return type(node.op).__name__ in ARITHMETIC and is_constant(node.left) and is_constant(node.right)
        case "Attribute":
            return is_known(node.value, np, math) and isinstance(getattr(node, "kind", None), Scalar)
        case "Call":
            function = getattr(getattr(node.func, "kind", None), "value", None)
            plain = getattr(function, "__module__", "") == "math" and not node.keywords
            return plain and all(map(is_constant, node.args))
    return False


def is_known(node: Node, *values: Any) -> bool:
    """Whether an expression surely is one of some objects."""
    kind = getattr(node, "kind", None)
    return isinstance(kind, Known) and any(kind.value is value for value in values)


def is_negated_name(test: Node) -> bool:
    """Whether a test is ``not name``."""
    plain = type(test).__name__ == "UnaryOp" and type(test.op).__name__ == "Not"
    return plain and type(test.operand).__name__ == "Name"


def needs_copy(node: Node) -> bool:
    """Whether a right-hand side must be read before the targets are assigned (``a, b = b, a``)."""
    return type(node).__name__ != "Constant"


def has_star(node: Node) -> bool:
    """Whether a display or target list has a starred item."""
    return any(type(item).__name__ == "Starred" for item in node.elts)


def has_stars(node: Node) -> bool:
    """Whether a call has ``*args`` or ``**kwargs``."""
    starred = any(type(arg).__name__ == "Starred" for arg in node.args)
    return starred or any(keyword.arg is None for keyword in node.keywords)


def is_active_block(statements: list[Node]) -> bool:
    """Whether any statement of a block carries a derivative."""
    return any(is_active_statement(statement) for statement in statements)


def is_active_statement(statement: Node) -> bool:
    """Whether a lowered statement carries a derivative."""
    kind = type(statement).__name__
    if kind == "Assign":
        return active_value(statement.value) or any(_stores_active(t) for t in statement.targets)
    if kind == "Expr":
        decision = getattr(statement.value, "decision", None)
        return decision is not None and decision.how == APPEND
    if hasattr(statement, "carries"):  # a branch, whose arms have been looked at
        return bool(statement.carries)
    if kind in ("If", "For", "While", "With"):
        return is_active_block(statement.body) or is_active_block(getattr(statement, "orelse", []))
    return kind == "Break"


def _stores_active(target: Node) -> bool:
    return getattr(target, "stored", BOOL).active or active_target(target)


def as_read(target: Node) -> Node:
    """Return a read of an assignment target."""
    read = make(
        type(target).__name__, target, **{f: getattr(target, f) for f in target._fields if f != "ctx"}
    )
    for attr in ("kind", "decision"):
        if hasattr(target, attr):
            setattr(read, attr, getattr(target, attr))
    return read


def operation_name(node: Node) -> str:
    """Return a human name for the result of an operation."""
    kind = type(node).__name__
    if kind in ("BinOp", "UnaryOp", "BoolOp"):
        return OPERATION_NAMES.get(type(node.op).__name__, "value")
    if kind == "Compare" and len(node.ops) == 1:
        return OPERATION_NAMES.get(type(node.ops[0]).__name__, "value")
    if kind == "Call":
        return call_name(node.func)
    if kind == "Attribute":
        return str(node.attr)
    if kind == "Subscript":
        return "item"
    return DISPLAY_NAMES.get(kind, "value")


def call_name(func: Node) -> str:
    """Return the last part of a callee's name."""
    return str(getattr(func, "attr", getattr(func, "id", "value")))


def undecided(test: Node) -> Node:
    """Return a test without the questions of type that are known to be answered with yes."""
    if type(test).__name__ != "BoolOp" or type(test.op).__name__ != "And":
        return test
    asks = (Known(isinstance), Known(hasattr))
    left = [
        value
        for value in test.values
        if not (value.kind == Known(True) and type(value).__name__ == "Call" and value.func.kind in asks)
    ]
    return left[0] if len(left) == 1 else make("BoolOp", test, op=test.op, values=left or test.values)
