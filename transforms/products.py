"""Products of a cotangent with a partial derivative, written as a person would.

>>> from adjoint.transforms.syntax import parse_expression, unparse
>>> def shown(partial):
...     return unparse(scaled(parse_expression('y_bar'), parse_expression(partial), None, True, str)[0])
>>> shown('1.0'), shown('-1.0'), shown('1.0 / x'), shown('-x'), shown('2.0 * x')
('y_bar', '-y_bar', 'y_bar / x', '-(y_bar * x)', 'y_bar * 2.0 * x')

A partial that may be infinite is multiplied such that a zero cotangent wins:

>>> def strong(partial):
...     bar, partial = parse_expression('y_bar'), parse_expression(partial)
...     return unparse(scaled(bar, partial, 'singular', False, str)[0])
>>> strong('0.5 / y'), strong('-y / x')
('strong_quotient(y_bar * 0.5, y)', '-strong_product(strong_quotient(y_bar, x), y)')
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .atoms import is_constant
from .syntax import Node, call, clone, constant, make, same, walk

#: How a product treats zeros: of the cotangent if the partial is singular, of the partial if it selects.
Strong = Literal["singular", "selects"] | None


#: Types of the constants that products are folded with.
NUMBERS = (int, float)


def number(node: Node) -> float | None:
    """Return the value of a numeric literal, signs included; None for anything else."""
    kind = node.__class__.__name__
    if kind == "UnaryOp" and type(node.op).__name__ == "USub":
        value = number(node.operand)
        return None if value is None else -value
    if kind != "Constant" or not isinstance(node.value, NUMBERS) or isinstance(node.value, bool):
        return None
    return node.value


def binary(op: str, left: Node, right: Node) -> Node:
    """Return ``left op right``."""
    return make("BinOp", left=left, op=make(op), right=right)


def negated(node: Node) -> Node:
    """Return ``-node``."""
    if type(node).__name__ == "UnaryOp" and type(node.op).__name__ == "USub":
        return node.operand
    return make("UnaryOp", op=make("USub"), operand=node)


def times(left: Node, right: Node) -> Node:
    """Return ``left * right`` without factors of one, associated to the left."""
    value = number(right)
    if value == 1.0:
        return left
    if value == -1.0:
        return negated(left)
    if type(right).__name__ == "UnaryOp" and type(right.op).__name__ == "USub":
        return negated(times(left, right.operand))
    if type(right).__name__ == "BinOp":
        op = type(right.op).__name__
        if op == "Div" and number(right.left) is None:  # the same quotient as that of the other operand
            return times(binary("Div", left, right.right), right.left)
        if op == "Div" or op == "Mult" and not is_scale(right):
            return binary(op, times(left, right.left), right.right)
    return binary("Mult", left, right)


def is_scale(node: Node) -> bool:
    """Whether an expression is a constant such as ``2.0 * np.pi``, which is one factor and not two."""
    return is_constant(node) and any(type(part).__name__ in ("Attribute", "Call") for part in walk(node))


def scaled(
    bar: Node, partial: Node, strength: Strong, scalar: bool, helper: Callable[[str], str]
) -> tuple[Node, bool]:
    """Return the product of a cotangent and a partial, and whether it is a new value.

    For a singular partial a zero cotangent wins against infinity and NaN; where a partial selects
    an operand, its zeros win.
    """
    value = number(partial)
    if strength is None or value is not None:
        product = times(clone(bar), partial)
        return product, value != 1.0
    if strength == "selects":
        return call(helper("selected"), [clone(bar), partial]), True
    if scalar:
        chosen = make("IfExp", test=clone(bar), body=times(clone(bar), partial), orelse=constant(0.0))
        return chosen, True
    return strong(clone(bar), partial, helper), True


def strong(bar: Node, partial: Node, helper: Callable[[str], str]) -> Node:
    """Return the product of a cotangent and a singular partial; quotients are divided at once."""
    if type(partial).__name__ == "UnaryOp" and type(partial.op).__name__ == "USub":
        return negated(strong(bar, partial.operand, helper))
    if type(partial).__name__ != "BinOp" or type(partial.op).__name__ != "Div":
        return call(helper("strong_product"), [bar, partial])
    above, below = partial.left, partial.right
    value = number(above)
    if value is not None and value < 0.0:
        return negated(strong(bar, binary("Div", constant(-value), below), helper))
    if value is not None:
        return call(helper("strong_quotient"), [times(bar, constant(value)), below])
    quotient = call(helper("strong_quotient"), [bar, below])
    return strong(quotient, above, helper)


def dotted(
    bar: Node, partial: Node, singular: bool, scalar: Node, vdot: Node, helper: Callable[[str], str]
) -> Node:
    """Return the sum over all elements of a cotangent times a partial, for a number that was broadcast.

    Division by that number itself, ``scalar``, is done once, outside of the sum.
    """
    if type(partial).__name__ == "UnaryOp" and type(partial.op).__name__ == "USub":
        return negated(dotted(bar, partial.operand, singular, scalar, vdot, helper))
    quotient = type(partial).__name__ == "BinOp" and type(partial.op).__name__ == "Div"
    if quotient and same(partial.right, scalar):
        total = dotted(bar, partial.left, singular, scalar, vdot, helper)
        reciprocal = binary("Div", constant(1.0), partial.right)
        return strong(total, reciprocal, helper) if singular else times(total, reciprocal)
    return call(helper("strong_dot"), [bar, partial]) if singular else call(vdot, [bar, partial])
