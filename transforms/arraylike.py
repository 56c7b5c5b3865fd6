"""Lists and tuples of numbers that are handed to functions of arrays: ``np.matmul(values, m)``.

NumPy makes an array of such an argument before it does anything else.  The inference writes that down, so
that the rule sees an array and the list receives its cotangent item by item.

>>> from adjoint import source
>>> def f(x, m):
...     return np.sum(np.matmul([x, 2.0 * x], m))
>>> print(source(f, 3.0, np.eye(2), stage='lower'))
def f(x, m):
    mul_2 = 2.0 * x
    list_2 = [x, mul_2]
    asarray_2 = np.asarray(list_2)
    matmul_2 = np.matmul(asarray_2, m)
    out = np.sum(matmul_2)
    return out
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known, List, Tuple, is_number
from adjoint.rules.registry import registry

from .syntax import Node, attribute, call, copy_location

#: Parameters of NumPy's functions that are sequences of arrays, and stay what they are.
SEQUENCES = frozenset(
    "arrays tup iterable object seq seq_of_zeros values condlist choicelist choices arys xi operands"
    " c_and_lower lu_and_piv l_and_u c_or_cr args points fill_value bc_type sample".split()
)
#: Functions that take no list, or hand it back.
AS_THEY_ARE = (np.split, np.trim_zeros)
MAKERS = (np.asarray, np.array, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite)
#: Operators for which NumPy makes an array of a list, if the other operand is an array.
ARITHMETIC = (
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod),
    *(operator.pow, operator.matmul),
)


def is_arraylike(kind: Kind) -> bool:
    """Whether a kind is a list or tuple of active numbers, nested or not."""
    match kind:
        case List(element) if element is not None:
            parts: tuple[Kind, ...] = (element,)
        case Tuple(items, None) if items:
            parts = items
        case _:
            return False
    return kind.active and all(is_number(part) or is_arraylike(part) for part in parts)


def array_parameters(function: Any) -> list[str]:
    """Return the parameters of a function of NumPy or SciPy, "" for those that are sequences of arrays.

    Of other functions, and of those that keep a list a list, nothing is returned.
    """
    home = getattr(function, "__module__", None) or ""
    known = home.startswith(("numpy", "scipy")) or isinstance(function, np.ufunc)
    rules = registry.lookup(function) if known else ()
    if not rules or rules[0].form == "constant" or function in (*MAKERS, *AS_THEY_ARE):
        return []
    parameters = rules[0].signature.parameters.values()
    named = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return ["" if name in SEQUENCES else name for name in named]


def write_arrays(unit: Any, node: Node, function: Any) -> list[Node]:
    """Put ``np.asarray(...)`` around the arguments of a call that NumPy takes for arrays (in place).

    Returns:
        The new nodes, which have no kinds yet.
    """
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    spread = any(type(arg).__name__ == "Starred" for arg in node.args)
    if spread or not any(is_arraylike(value.kind) for value in values):
        return []
    binary = function in ARITHMETIC and any(isinstance(value.kind, Array) for value in values)
    names = ["a", "b"] if binary else array_parameters(function)
    made = []

    def as_array(value: Node) -> Node:
        numpy = attribute(unit.numpy_name(), "asarray", value)
        numpy.value.meant = Known(np)
        made.append(copy_location(call(numpy, [value]), value))
        return made[-1]

    for i, (arg, name) in enumerate(zip(node.args, names, strict=False)):
        if name and is_arraylike(arg.kind):
            node.args[i] = as_array(arg)
    for keyword in node.keywords:
        if keyword.arg in names and is_arraylike(keyword.value.kind):
            keyword.value = as_array(keyword.value)
    return made
