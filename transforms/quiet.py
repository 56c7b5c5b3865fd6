"""Silence NumPy's floating-point warnings where a singular partial meets a masked element.

The value at such an element is right (a strong zero); only evaluating the partial there would warn,
or raise under ``np.seterr(divide='raise')``.  Products and plain quotients are silent by themselves.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... y_bar = z_bar * 2.0
... x_bar = strong_product(y_bar, np.sqrt(y))
... v_bar = strong_quotient(x_bar, w)
... ''').body
>>> print(unparse(quiet(block, {'strong_product', 'strong_quotient'}, 'np')))
y_bar = z_bar * 2.0
with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
    x_bar = strong_product(y_bar, np.sqrt(y))
v_bar = strong_quotient(x_bar, w)
"""

from __future__ import annotations

from collections.abc import Set

from .syntax import Node, attribute, call, constant, make, walk


def quiet(block: list[Node], strong: Set[str], numpy: str) -> list[Node]:
    """Wrap statements that evaluate a partial for a ``strong`` function; neighbours share one ``with``."""
    result: list[Node] = []
    for statement in block:
        kind = type(statement).__name__
        if kind in ("If", "For"):
            statement.body = quiet(statement.body, strong, numpy)
            statement.orelse = quiet(getattr(statement, "orelse", []), strong, numpy)
            result.append(statement)
        elif not may_warn(statement, strong):
            result.append(statement)
        elif result and type(result[-1]).__name__ == "With":
            result[-1].body.append(statement)
        else:
            result.append(silenced(statement, numpy))
    return result


def may_warn(node: Node, strong: Set[str]) -> bool:
    """Whether an argument of a ``strong`` function divides, takes a power or calls another function."""
    return any(
        evaluates(arg, strong)
        for n in walk(node)
        if getattr(getattr(n, "func", None), "id", None) in strong
        for arg in n.args
    )


def evaluates(node: Node, strong: Set[str]) -> bool:
    """Whether evaluating an expression may warn by itself."""
    for n in walk(node):
        if type(n).__name__ == "BinOp" and type(n.op).__name__ in ("Div", "Pow"):
            return True
        if type(n).__name__ == "Call" and getattr(n.func, "id", None) not in strong:
            return True
    return False


def silenced(statement: Node, numpy: str) -> Node:
    """Return a ``with np.errstate(...)`` around a statement."""
    ignore = {name: constant("ignore") for name in ("divide", "invalid", "over")}
    item = make("withitem", context_expr=call(attribute(numpy, "errstate"), [], ignore), optional_vars=None)
    node = make("With", items=[item], body=[statement])
    node.origin = getattr(statement, "origin", None)
    return node
