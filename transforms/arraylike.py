"""Lists and tuples of numbers that are handed to functions of arrays: ``np.matmul(values, m)``.

NumPy makes an array of such an argument before it does anything else.  The inference writes that down, so
that the rule sees an array and the list receives its cotangent item by item.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, Known, List, Tuple, is_number
from adjoint.rules.registry import registry

from .syntax import Node, attribute, call, copy_location

#: Parameters of NumPy's functions that are sequences of arrays, and stay what they are.
SEQUENCES = frozenset(
    "arrays tup iterable object seq seq_of_zeros values condlist choicelist choices arys xi operands".split()
)
MAKERS = (np.asarray, np.array, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite)


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


def write_arrays(unit: Any, node: Node, function: Any) -> list[Node]:
    """Put ``np.asarray(...)`` around the arguments of a call that NumPy takes for arrays (in place).

    Returns:
        The new nodes, which have no kinds yet.
    """
    home = getattr(function, "__module__", None) or ""
    rules = registry.lookup(function) if home.startswith("numpy") or isinstance(function, np.ufunc) else ()
    spread = any(type(arg).__name__ == "Starred" for arg in node.args)
    if not rules or function in MAKERS or spread or not any(is_arraylike(arg.kind) for arg in node.args):
        return []
    names = [p.name for p in rules[0].signature.parameters.values() if p.kind is not p.VAR_POSITIONAL]
    made = []
    for i, (arg, name) in enumerate(zip(node.args, names, strict=False)):
        if is_arraylike(arg.kind) and name not in SEQUENCES:
            numpy = attribute(unit.numpy_name(), "asarray", arg)
            numpy.value.meant = Known(np)
            node.args[i] = copy_location(call(numpy, [arg]), arg)
            made.append(node.args[i])
    return made
