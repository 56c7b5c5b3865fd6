"""Leave out the factor of one that the tangent of the variable is in a gradient by forward mode.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... for c in coefficients:
...     y_dot = y_dot * x + x_dot * y
...     y = y * x + c
... z_dot = -x_dot * y + x_dot
... ''').body
>>> print(unparse(without_ones(block, {'x_dot'}, {'y': FLOAT}.get)))
for c in coefficients:
    y_dot = y_dot * x + y
    y = y * x + c
z_dot = -y + x_dot
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

import numpy as np

from adjoint.rules.kinds import FLOAT, Kind, Scalar

from .syntax import Node, make, rebuilt


def without_ones(block: list[Node], ones: Set[str], kind: Callable[[str], Kind | None]) -> list[Node]:
    """Return statements without products with a one.

    Args:
        block: statements whose tangents are numbers.
        ones: the variables that are one everywhere in them.
        kind: tells what a variable is; only a float stays the same when it is multiplied with one.
    """

    def is_float(node: Node) -> bool:
        known = kind(node.id) if type(node).__name__ == "Name" else None
        return isinstance(known, Scalar) and known.dtype == np.float64

    def is_one(node: Node) -> bool:
        return type(node).__name__ == "Name" and node.id in ones

    def changed(node: Node) -> Any:
        node = rebuilt(node, changed)
        if type(node).__name__ != "BinOp" or type(node.op).__name__ != "Mult":
            return node
        left, right = node.left, node.right
        if is_one(right):
            return left if is_float(left) else node
        minus = type(left).__name__ == "UnaryOp" and type(left.op).__name__ == "USub"
        if not is_float(right) or not is_one(left.operand if minus else left):
            return node
        return make("UnaryOp", op=left.op, operand=right) if minus else right

    return [changed(statement) for statement in block]


__all__ = ["FLOAT", "without_ones"]
