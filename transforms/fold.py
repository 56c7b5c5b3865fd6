"""Multiply constants in the reverse once, when compiling, and write small powers as products.

Only cotangents are computed here, so a product may be associated otherwise; a pass over an array
for each constant, or a call of ``pow`` for each element, is what it saves.

>>> from adjoint.transforms.syntax import parse, unparse
>>> def shown(text):
...     return unparse(fold(parse(text).body))
>>> shown('x_bar = y_bar * 0.5 * (1.0 - y * y) * 4.0')
'x_bar = y_bar * 2.0 * (1.0 - y * y)'
>>> shown('x_bar = 1.0 / n * 2.0 * e')
'x_bar = 2.0 / n * e'
>>> shown('x_bar = 0.4 * x ** (4 - 1)')
'x_bar = 0.4 * (x * x ** 2)'
>>> shown('x_bar = y_bar * 1.0 / x')
'x_bar = y_bar / x'
>>> shown('x_bar = np.broadcast_to(s, x.shape) * (1.0 / x)')
'x_bar = s * (1.0 / x)'
>>> shown('x_bar = --y / x'), shown('x_bar = -(y * 0.5)'), shown('x_bar += -y / x')
('x_bar = y / x', 'x_bar = y * -0.5', 'x_bar -= y / x')
"""

from __future__ import annotations

from typing import Any

from .products import binary, negated, number
from .syntax import Node, clone, constant, make, revised, same, updated

MAX_POWER = 8


def fold(block: list[Node]) -> list[Node]:
    """Return statements whose expressions are folded."""
    return [folded(statement) for statement in block]


def folded(node: Node) -> Any:
    """Return a statement or expression with constants folded, inner expressions first."""
    kind = node.__class__.__name__
    if kind in ("Name", "Constant"):
        return node
    new = revised(node, folded)
    if kind == "UnaryOp" and type(new.op).__name__ == "USub":
        return _negation(new)
    if kind == "AugAssign" and type(new.op).__name__ in ("Add", "Sub"):
        op, value = _added(new.op, new.value)
        return updated(new, op=op, value=unspread(value))
    return _binary(new) if kind == "BinOp" else new


def _negation(node: Node) -> Node:
    """Move a minus into a constant of a product, or let it meet another."""
    negative, rest = _unsigned(node.operand)
    if negative:
        return rest
    scaled = _scaled(node.operand, -1.0) if type(node.operand).__name__ == "BinOp" else None
    return node if scaled is None else scaled


def _unsigned(node: Node) -> tuple[bool, Node]:
    """Take the minus off the first factor of a product."""
    kind = type(node).__name__
    if kind == "UnaryOp" and type(node.op).__name__ == "USub":
        return True, node.operand
    if kind == "BinOp" and type(node.op).__name__ in ("Mult", "Div"):
        negative, left = _unsigned(node.left)
        return negative, binary(type(node.op).__name__, left, node.right) if negative else node
    return False, node


def _added(op: Node, value: Node) -> tuple[Node, Node]:
    """Subtract instead of adding what has a minus, and the other way round."""
    negative, rest = _unsigned(value)
    if not negative:
        return op, value
    return make("Sub" if type(op).__name__ == "Add" else "Add"), rest


def _binary(node: Node) -> Node:
    op = type(node.op).__name__
    left, right = number(node.left), number(node.right)
    if op in ("Add", "Sub"):
        if type(left) is int and type(right) is int:
            return constant(left + right if op == "Add" else left - right)
        sign, term = _added(node.op, node.right)
        spread = getattr(node, "accumulates", False) and unspread(node.left) is node.left
        node = updated(node, op=sign, right=unspread(term) if spread else term)
    if op in ("Mult", "Div") and is_product_with_one(node.left):
        node = updated(node, left=node.left.left)
        left = number(node.left)
    if op == "Pow" and type(node.left).__name__ == "Name" and type(right) is int and 2 < right <= MAX_POWER:
        return power(node.left, right)
    if op != "Mult":
        return node
    if has_shape_of(node.left, node.right):
        return binary("Mult", unspread(node.left), node.right)
    if right is not None:
        return _scaled(node.left, right) or node
    value, rest = _leading(node.right)
    scaled = None if value is None else _scaled(node.left, value)
    return node if scaled is None else binary("Mult", scaled, rest)


def is_product_with_one(node: Node) -> bool:
    """Whether an expression is ``x * 1.0``."""
    return type(node).__name__ == "BinOp" and type(node.op).__name__ == "Mult" and number(node.right) == 1.0


def unspread(node: Node) -> Node:
    """Return ``s`` for ``np.broadcast_to(s, shape)``, for use beside what has that shape."""
    return node.args[0] if is_spread(node) else node


def is_spread(node: Node) -> bool:
    """Whether an expression is ``np.broadcast_to(s, x.shape)``."""
    if type(node).__name__ != "Call" or getattr(node.func, "attr", "") != "broadcast_to":
        return False
    return len(node.args) == 2 and shaped(node.args[1]) is not None


def shaped(shape: Node) -> Node | None:
    """Return the value of which an expression is the shape; None if it is something else."""
    if getattr(shape, "attr", "") == "shape":
        return shape.value
    return getattr(shape, "shape_of", None)


def has_shape_of(spread: Node, node: Node) -> bool:
    """Whether ``np.broadcast_to(s, x.shape)`` stands beside ``x``, or a product or quotient with it."""
    if not is_spread(spread):
        return False
    pending = [node]
    while pending:
        part = pending.pop()
        if same(part, shaped(spread.args[1])):
            return True
        if type(part).__name__ == "BinOp" and type(part.op).__name__ != "MatMult":
            pending += [part.left, part.right]
    return False


def _leading(node: Node) -> tuple[float | None, Node]:
    """Split ``c * rest`` into the constant and the rest."""
    plain = type(node).__name__ == "BinOp" and type(node.op).__name__ == "Mult"
    return (number(node.left), node.right) if plain else (None, node)


def _scaled(node: Node, factor: float) -> Node | None:
    """Return a product with a factor multiplied into a constant that it has already; None if it has none."""
    value = number(node)
    if value is not None:
        product = value * factor
        return constant(product) if 1e-200 < abs(product) < 1e200 else None
    if type(node).__name__ == "UnaryOp" and type(node.op).__name__ == "USub":
        inner = _scaled(node.operand, factor)
        return None if inner is None else negated(inner)
    if type(node).__name__ != "BinOp" or type(node.op).__name__ not in ("Mult", "Div"):
        return None
    op = type(node.op).__name__
    left = _scaled(node.left, factor)
    if left is not None:
        if op == "Div":
            return binary(op, left.left if is_product_with_one(left) else left, node.right)
        return _product(left, node.right)
    right = _scaled(node.right, factor) if op == "Mult" else None
    return None if right is None else _product(node.left, right)


def _product(left: Node, right: Node) -> Node:
    """Return a product; a factor of one goes if what is left is a new value all the same."""
    for factor, other in ((left, right), (right, left)):
        if number(factor) in (1.0, -1.0) and type(other).__name__ == "BinOp":
            return other if number(factor) == 1.0 else negated(other)
    return binary("Mult", left, right)


def power(base: Node, exponent: int) -> Node:
    """Return a positive power as squares and products."""
    if exponent == 1:
        return clone(base)
    if exponent == 2:
        return binary("Pow", clone(base), constant(2))
    if exponent % 2 == 0:
        return binary("Pow", power(base, exponent // 2), constant(2))
    return binary("Mult", clone(base), power(base, exponent - 1))
