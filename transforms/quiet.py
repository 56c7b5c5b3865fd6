"""Silence NumPy's floating-point warnings where a singular partial meets a masked element.

The value at such an element is right (a strong zero); only evaluating the partial there would warn,
or raise under ``np.seterr(divide='raise')``.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... y_bar = z_bar * 2.0
... x_bar = strong_product(y_bar, 0.5 / y)
... ''').body
>>> print(unparse(quiet(block, 'strong_product', 'np')))
y_bar = z_bar * 2.0
with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
    x_bar = strong_product(y_bar, 0.5 / y)
"""

from __future__ import annotations

from .effects import reads
from .syntax import Node, attribute, call, constant, make


def quiet(block: list[Node], product: str, numpy: str) -> list[Node]:
    """Wrap the statements that call ``product``; neighbours share one ``with``."""
    result: list[Node] = []
    for statement in block:
        kind = type(statement).__name__
        if kind in ("If", "For"):
            statement.body = quiet(statement.body, product, numpy)
            statement.orelse = quiet(getattr(statement, "orelse", []), product, numpy)
            result.append(statement)
        elif product not in reads(statement):
            result.append(statement)
        elif result and type(result[-1]).__name__ == "With":
            result[-1].body.append(statement)
        else:
            result.append(silenced(statement, numpy))
    return result


def silenced(statement: Node, numpy: str) -> Node:
    """Return a ``with np.errstate(...)`` around a statement."""
    ignore = {name: constant("ignore") for name in ("divide", "invalid", "over")}
    item = make("withitem", context_expr=call(attribute(numpy, "errstate"), [], ignore), optional_vars=None)
    node = make("With", items=[item], body=[statement])
    node.origin = getattr(statement, "origin", None)
    return node
