"""Which expressions are surely not negative, or at least some positive constant.

``positive`` means bounded away from zero (or NaN), so that dividing by it can do no harm; ``nonnegative``
is what a sum of squares is.

>>> from adjoint.rules.kinds import FLOAT
>>> from adjoint.transforms.syntax import parse_expression, walk
>>> def shown(text):
...     tree = parse_expression(text)
...     for node in walk(tree):
...         node.kind = FLOAT
...     return sign(tree, {'s': 'nonnegative', 'p': 'positive'})
>>> shown('1.0 + s'), shown('x ** 2 + s'), shown('p + x * x'), shown('x * y')
('positive', 'nonnegative', 'positive', None)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Known, Scalar

from .products import number
from .syntax import Node, same

SMALLEST = 1e-30  # the smallest constant that counts, also in single precision
NEVER_NEGATIVE = (np.exp, np.exp2, np.abs, np.fabs, np.square, math.exp, math.fabs, abs)
KEEPING = (np.sqrt, math.sqrt, np.max, np.min, np.mean)


def sign(node: Node, signs: Mapping[str, str]) -> str | None:
    """Return the sign of an operand: ``positive``, ``nonnegative`` or None."""
    return operation_sign(atom(node), signs)


def atom(node: Node) -> Node:
    """Return what stands for an expression after lowering."""
    while hasattr(node, "atom"):
        node = node.atom
    return node


def operation_sign(node: Node, signs: Mapping[str, str]) -> str | None:
    """Return the sign of an expression, from what is known of the variables."""
    kind = getattr(node, "kind", None)
    value = kind.value if isinstance(kind, Known) else number(node)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "positive" if value > SMALLEST else "nonnegative" if value >= 0.0 else None
    name = type(node).__name__
    if name == "Name":
        return signs.get(node.id)
    if name == "BinOp":
        return _binary(node, signs)
    return _call(node, signs) if name == "Call" else None


def _binary(node: Node, signs: Mapping[str, str]) -> str | None:
    op = type(node.op).__name__
    dtype = getattr(getattr(node, "kind", None), "dtype", None)
    if dtype not in (np.float64, np.float32):
        return None
    if op == "Pow":
        exponent = number(node.right)
        return "nonnegative" if isinstance(exponent, int) and exponent % 2 == 0 else None
    if op == "Mult" and same(node.left, node.right):
        return "nonnegative"
    both = {sign(node.left, signs), sign(node.right, signs)}
    if op not in ("Add", "Mult") or None in both:
        return None
    return "positive" if op == "Add" and "positive" in both else "nonnegative"


def _call(node: Node, signs: Mapping[str, str]) -> str | None:
    function: Any = getattr(getattr(node.func, "kind", None), "value", None)
    kind = getattr(node, "kind", None)
    if not isinstance(kind, Scalar | Array) or kind.dtype not in (np.float64, np.float32) or not node.args:
        return None
    if any(function is known for known in NEVER_NEGATIVE):
        return "nonnegative"
    first = sign(node.args[0], signs)
    if function is np.sum and first is not None:
        return "nonnegative"
    return first if any(function is known for known in KEEPING) else None
