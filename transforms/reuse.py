"""Read what the primal has computed already instead of computing it again in the reverse.

The partial of a sine is a cosine, that of a determinant an inverse: where the function itself computes that
of the same values in the same trip, the reverse reads its variable.  Only calls count, whose results depend
on nothing but their arguments; an addition costs less than keeping its result.

>>> from adjoint import source
>>> def f(angle):
...     c = np.cos(angle)
...     return c * np.sin(angle)
>>> for stage in ('reverse', 'reuse'):
...     print(source(f, stage=stage).split('# reverse')[1].rstrip())
<BLANKLINE>
    out_bar = 1.0
    c_bar = out_bar * sin_3
    sin_3_bar = out_bar * c
    angle_bar = sin_3_bar * np.cos(angle)
    angle_bar = angle_bar - c_bar * np.sin(angle)
    result = angle_bar
    return out, result
<BLANKLINE>
    out_bar = 1.0
    c_bar = out_bar * sin_3
    sin_3_bar = out_bar * c
    angle_bar = sin_3_bar * c
    angle_bar = angle_bar - c_bar * sin_3
    result = angle_bar
    return out, result
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from .changes import every
from .effects import holds
from .regions import Regions
from .syntax import Node, load, revised, unparse

#: Functions whose results are worth keeping, besides ufuncs and the functions of ``math``.
DEAR = (np.linalg.inv, np.linalg.pinv, np.linalg.det, np.linalg.cholesky)
EXITS = ("Break", "Continue", "Return", "Raise")
ATOMS = ("Name", "Constant")
Known = Mapping[str, str]


def reused(reverse: list[Node], primal: list[Node], regions: Regions) -> list[Node]:
    """Return the reverse of a function with calls replaced by variables that hold their results.

    Args:
        reverse: the statements of the reverse.
        primal: the lowered function, whose statements know their regions.
        regions: tell which values are still there.
    """
    return in_region(reverse, computed(primal, regions), regions)


def in_region(block: list[Node], known: Known, regions: Regions) -> list[Node]:
    """Replace calls in a block of one region; a loop has calls of its own."""
    result = []
    for statement in block:
        kind = type(statement).__name__
        if kind == "For" and hasattr(statement, "reverses"):
            inner = computed(statement.reverses.body, regions)
            statement.body = in_region(statement.body, inner, regions)
        elif kind == "If":
            statement.body = in_region(statement.body, known, regions)
            statement.orelse = in_region(statement.orelse, known, regions)
        elif known and kind != "For" and holds(statement, "Call"):
            statement = replaced(statement, known)
        result.append(statement)
    return result


def replaced(node: Node, known: Known) -> Any:
    """Return a statement or expression in which known calls are variables."""
    if type(node).__name__ == "Call" and is_plain(node):
        name = known.get(unparse(node))
        if name is not None:
            return load(name)
    return revised(node, lambda part: replaced(part, known))


def computed(block: list[Node], regions: Regions) -> dict[str, str]:
    """Return which variables hold the results of calls at the end of a trip, by the calls' texts.

    Statements behind one that may leave the trip do not count: they may not have run.
    """
    found: dict[str, str] = {}
    for statement in block:
        if type(statement).__name__ == "Assign" and is_dear(statement.value):
            target = statement.targets[0]
            names = [arg.id for arg in statement.value.args if type(arg).__name__ == "Name"]
            if (
                type(target).__name__ == "Name"
                and regions.survives(target.id, statement, after=True)
                and all(regions.survives(name, statement) for name in names)
            ):
                found.setdefault(unparse(statement.value), target.id)
        if type(statement).__name__ != "Assign" and any(
            type(s).__name__ in EXITS for s in every([statement])
        ):
            break
    return found


def is_dear(node: Node) -> bool:
    """Whether an expression is a call whose result is worth keeping."""
    if type(node).__name__ != "Call" or not is_plain(node):
        return False
    function = getattr(getattr(node.func, "kind", None), "value", None)
    if isinstance(function, np.ufunc):
        return True
    builtin = isinstance(function, types.BuiltinFunctionType) and function.__module__ == "math"
    return builtin or any(function is each for each in DEAR)


def is_plain(node: Node) -> bool:
    """Whether a call takes variables and constants, by position."""
    return not node.keywords and all(type(arg).__name__ in ATOMS for arg in node.args)


__all__ = ["reused"]
