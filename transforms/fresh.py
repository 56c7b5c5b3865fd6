"""Which results of generated code are arrays that nobody else has, so that the caller need not copy them.

A sum or product of arrays is a new array, a name, a view or what a helper returns may not be.  Asked for
each result alone: of two results that are one array only one is new, and the other is copied.

>>> from adjoint.transforms.syntax import parse, parse_expression
>>> block = parse('''
... x_bar = y_bar * 2.0
... x_bar[1:] += z_bar
... for k in trips:
...     w_bar = np.zeros(3)
... v_bar = x_bar.T
... ''').body
>>> fresh_results(block, [parse_expression(text) for text in ('x_bar', '(w_bar, v_bar)', '-x_bar', 'x')])
(True, (True, False), True, False)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .effects import STRAIGHT, accesses
from .syntax import Node, names_written, walk

#: Functions of NumPy that are no ufuncs and make a new array, and methods that do.
MAKERS = frozenset("zeros zeros_like ones ones_like outer where concatenate stack roll".split())
METHODS = frozenset({"sum", "copy"})


def fresh_results(block: list[Node], results: list[Node]) -> tuple[Any, ...]:
    """Return for each result whether it is a new array; of a tuple, for each of its items.

    Args:
        block: the statements of the reverse.
        results: what the generated function returns as cotangents.
    """
    read = accesses(results).read
    made: dict[str, bool] = {}
    for node in walk([s for s in block if type(s).__name__ not in STRAIGHT or accesses(s).bound & read]):
        kind = type(node).__name__
        if kind == "Assign" and len(node.targets) == 1 and type(node.targets[0]).__name__ == "Name":
            name = node.targets[0].id
            made[name] = made.get(name, True) and is_fresh(node.value, made={})
        elif kind in ("Assign", "For", "FunctionDef", "With", "NamedExpr", "comprehension"):
            heads = getattr(node, "targets", None) or [getattr(node, "target", None)]
            for head in filter(None, heads):
                if type(head).__name__ in ("Name", "Tuple", "List", "Starred"):
                    made |= dict.fromkeys(names_written(head), False)
    return tuple(parts(result, made) for result in results)


def parts(result: Node, made: dict[str, bool]) -> Any:
    """Return whether a result is fresh, or the same for the items of a tuple."""
    if type(result).__name__ == "Tuple":
        return tuple(parts(item, made) for item in result.elts)
    return is_fresh(result, made)


def is_fresh(node: Node, made: dict[str, bool]) -> bool:
    """Whether the value of an expression, if it is an array, is a new one.

    Args:
        node: the expression.
        made: the variables that surely hold new arrays.
    """
    kind = type(node).__name__
    if kind == "Name":
        return made.get(node.id, False)
    if kind == "IfExp":
        return is_fresh(node.body, made) and is_fresh(node.orelse, made)
    if kind != "Call" or type(node.func).__name__ != "Attribute":
        return kind in ("BinOp", "UnaryOp")
    if any(keyword.arg in ("out", None) for keyword in node.keywords):
        return False
    if type(node.func.value).__name__ == "Name" and node.func.value.id in ("np", "numpy"):
        name = node.func.attr
        return name in MAKERS or isinstance(getattr(np, name, None), np.ufunc) and len(node.args) == 1
    return node.func.attr in METHODS and not node.args


__all__ = ["fresh_results", "is_fresh"]
