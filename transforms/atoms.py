"""What lowered code is made of: atoms, active values and statements, names of temporaries.

>>> from adjoint.transforms.syntax import parse_expression
>>> [is_atom(parse_expression(text)) for text in ('x', '-2.0', 'x + 1.0', 'np.sin(x)')]
[True, True, False, False]
>>> [operation_name(parse_expression(text)) for text in ('x @ y', 'np.sin(x)', 'x[0]', '(x, y)')]
['matmul', 'sin', 'item', 'pair']
"""

from __future__ import annotations

from adjoint.rules.kinds import BOOL, Known

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
}


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
    if kind == "UnaryOp":
        return type(node.operand).__name__ == "Constant"
    return kind == "Lambda" and not active_value(node)


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
    if kind in ("BinOp", "UnaryOp"):
        return OPERATION_NAMES.get(type(node.op).__name__, "value")
    if kind == "Call":
        return call_name(node.func)
    if kind == "Attribute":
        return str(node.attr)
    if kind == "Subscript":
        return "item"
    return {"ListComp": "items", "GeneratorExp": "items", "DictComp": "items", "Tuple": "pair"}.get(
        kind, "value"
    )


def call_name(func: Node) -> str:
    """Return the last part of a callee's name."""
    return str(getattr(func, "attr", getattr(func, "id", "value")))
