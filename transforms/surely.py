"""Which variables are NumPy arrays whatever the arguments are: asked before types are known, at decoration.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     y, n = np.zeros_like(x), len(x)
...     z = np.exp(x)
...     w = np.asarray(x)
...     w = list(w)
...     for i in range(n):
...         z[i] = y
...     return z
>>> sorted(surely_arrays(inferred(f, np.ones(3)).tree.body))
['y', 'z']
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from .memory import callee, hashable
from .syntax import Node
from .trees import own_nodes

#: Functions that return an array (or, of a number, something that has no items to change) of any argument.
MAKERS = frozenset(
    getattr(np, name)
    for name in (
        "array asarray ascontiguousarray copy zeros ones empty full zeros_like ones_like empty_like "
        "full_like arange linspace eye diag where concatenate stack vstack hstack ravel reshape transpose "
        "cumsum cumprod sort outer repeat tile"
    ).split()
)


def surely_arrays(body: list[Node]) -> set[str]:
    """Return the variables of a function's own body that are bound by calls of `MAKERS` and ufuncs only."""
    bound: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for node in own_nodes(body):
        kind = type(node).__name__
        if kind == "Name" and type(node.ctx).__name__ != "Load":
            bound[node.id] += 1
        elif kind == "Assign" and len(node.targets) == 1:
            made.update(made_by(node.targets[0], node.value))
        elif kind == "AugAssign" and type(node.target).__name__ == "Name":
            made[node.target.id] += 1  # an array stays one
        elif kind in ("FunctionDef", "ClassDef"):
            bound[node.name] += 1
    return {name for name, count in made.items() if bound[name] == count}


def made_by(target: Node, value: Node) -> list[str]:
    """Return the names in a target that are bound to what a call of `MAKERS` returns."""
    if type(target).__name__ == type(value).__name__ == "Tuple" and len(target.elts) == len(value.elts):
        pairs = zip(target.elts, value.elts, strict=True)
        return [name for each, item in pairs for name in made_by(each, item)]
    if type(target).__name__ != "Name" or type(value).__name__ != "Call":
        return []
    function = callee(value)[0]
    known = hashable(function) and function in MAKERS
    return [target.id] if known or isinstance(function, np.ufunc) else []


__all__ = ["surely_arrays"]
