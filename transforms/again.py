"""Read elements again in the reverse of a loop, where its trips then need no record.

What a trip has read of an array that nobody changes is there still when the reverse runs, and the index is
that of the trip.  Only where *all* that the reverse wants of a trip can be had so, and in functions that
change nothing in place, the loop runs backwards over its indices instead of over records.

>>> from adjoint import source
>>> def f(x, n):
...     total = 0.0
...     for i in range(n):
...         total = total + x[i] * x[i + 1]
...     return total
>>> print(source(f, np.ones(3), 2))
# reverse mode of f(x, n) with respect to x   (<doctest adjoint.transforms.again[1]>:1)
def f__value_and_grad(x, n):
    total = 0.0
    for i in range(n):
        total = total + x[i] * x[i + 1]
    # <doctest adjoint.transforms.again[1]>:3   for i in range(n):
    x_bar = np.zeros(x.shape)
    for i in reversed(range(n)):
        # <doctest adjoint.transforms.again[1]>:4   total = total + x[i] * x[i + 1]
        add_4_2 = i + 1
        item_4_2_2 = x[add_4_2]
        x_bar[add_4_2] += x[i]
        x_bar[i] += item_4_2_2
    return total, x_bar
<BLANKLINE>
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Scalar

from .changes import every
from .syntax import Node, clone, names_written, walk

#: What a function may consist of; anything else could change an array.
STATEMENTS = ("Assign", "If", "For", "Return")
HARMLESS = tuple(getattr(builtins, name) for name in ("range", "len", "abs", "float", "int"))
ARITHMETIC = ("Add", "Sub", "Mult")


def untouched(primal: list[Node], parameters: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the parameters that a function neither assigns nor can change in place, with their kinds."""
    if not changes_nothing(primal):
        return {}
    written = names_written(primal)
    return {name: kind for name, kind in parameters.items() if name not in written}


def read_again(loop: Node, wanted: list[str], fixed: Mapping[str, Kind]) -> list[Node] | None:
    """Return the statements that compute variables of a trip again; None if one of them needs a record.

    Args:
        loop: the loop over a range.
        wanted: the variables.
        fixed: parameters that nobody changes.
    """
    exits = {"Break", "Continue", "Return"}
    if not fixed or any(type(statement).__name__ in exits for statement in every(loop.body)):
        return None
    finder = Finder(loop, fixed)
    return finder.lines if all(finder.available(name) for name in wanted) else None


class Finder:
    """Collects the assignments of a trip that can be made again, each after those it depends on."""

    def __init__(self, loop: Node, fixed: Mapping[str, Kind]) -> None:
        self.index, self.fixed = loop.target.id, fixed
        names = [name for statement in every(loop.body) for name in written_here(statement)]
        self.definitions = {
            statement.targets[0].id: statement
            for statement in loop.body
            if type(statement).__name__ == "Assign" and type(statement.targets[0]).__name__ == "Name"
            if names.count(statement.targets[0].id) == 1
        }
        self.lines: list[Node] = []
        self.done: set[str] = set()

    def available(self, name: str) -> bool:
        """Whether a variable can be had again; its assignment is among the lines then."""
        if name == self.index or name in self.done:
            return True
        statement = self.definitions.get(name)
        if statement is None or not self.simple(statement.value):
            return False
        self.done.add(name)
        self.lines.append(clone(statement))
        return True

    def simple(self, node: Node) -> bool:
        """Whether an expression is an element of an untouched array, or an index computed from the trip's."""
        kind = type(node).__name__
        if kind == "Subscript":
            array = self.fixed.get(getattr(node.value, "id", ""))
            element = isinstance(array, Array) and isinstance(getattr(node, "kind", None), Scalar)
            return element and self.is_index(node.slice)
        return self.is_index(node)

    def is_index(self, node: Node) -> bool:
        """Whether an expression is an integer that follows from the trip's index."""
        kind = type(node).__name__
        if kind == "Constant":
            return type(node.value) is int
        if kind == "Tuple":
            return all(self.is_index(item) for item in node.elts)
        if kind == "Name":
            given = self.fixed.get(node.id)
            return is_integer(given) or (is_integer(getattr(node, "kind", None)) and self.available(node.id))
        if kind == "BinOp" and type(node.op).__name__ in ARITHMETIC:
            return self.is_index(node.left) and self.is_index(node.right)
        return False


def is_integer(kind: Kind | None) -> bool:
    """Whether a kind is an integer."""
    return isinstance(kind, Scalar) and kind.dtype.kind == "i"


def written_here(statement: Node) -> set[str]:
    """Return the names that a statement itself assigns."""
    field = {"Assign": "targets", "For": "target"}.get(type(statement).__name__)
    return names_written(getattr(statement, field)) if field else set()


def changes_nothing(primal: list[Node]) -> bool:
    """Whether a function surely changes no array: it assigns variables and calls what only computes."""
    for statement in every(primal):
        if type(statement).__name__ not in STATEMENTS:
            return False
        targets = getattr(statement, "targets", [])
        if any(type(node).__name__ in ("Subscript", "Attribute") for node in walk(targets)):
            return False
    return all(is_harmless(node) for node in walk(primal) if type(node).__name__ == "Call")


def is_harmless(node: Node) -> bool:
    """Whether a call only computes."""
    function: Any = getattr(getattr(node.func, "kind", None), "value", None)
    if isinstance(function, np.ufunc):
        return len(node.args) == function.nin and not node.keywords
    known = any(function is each for each in HARMLESS)
    return known or getattr(function, "__module__", None) == math.__name__


__all__ = ["read_again", "untouched"]
