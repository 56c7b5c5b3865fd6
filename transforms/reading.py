"""How the reverse reads values of the primal.

>>> from adjoint import source
>>> def f(x, w):
...     y = x * w
...     w = 2.0 * w
...     return np.sum(y * w)
>>> print(source(f, np.ones(3), np.ones(3), stage='saving'))
def f(x, w):
    w_2 = w
    y = x * w
    w = 2.0 * w
    mul_4 = y * w
    out = np.sum(mul_4)
    # reverse
    x_bar = w * w_2
    result = x_bar
    return out, result
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.rules.kinds import Kind, Known, Unknown

from .bars import Bars, Key
from .facts import Facts
from .regions import Regions
from .syntax import Node, attribute, call, constant, load, make, rebuilt, subscript


class PrimalReading:
    """Reads of the primal's variables, each under the name that still holds its value."""

    bars: Bars
    regions: Regions
    facts: Facts
    session: Any
    unit: Any
    kinds: dict[str, Kind]
    place: Callable[[Node], Key | None]
    own_array: Callable[[Key, Kind, Node], None]
    zeros: Callable[[Kind, Node], Node]

    def resolve(self, item: Any) -> Any:
        """Return the atom that stands for a node of the user's expression."""
        if isinstance(item, tuple):
            return tuple(self.resolve(part) for part in item)
        if isinstance(item, dict):
            return {key: self.resolve(part) for key, part in item.items()}
        while hasattr(item, "atom"):
            item = item.atom
        return item

    def helper(self, name: str) -> str:
        """Return the name under which generated code sees a run-time helper."""
        return str(self.unit.helper(name, getattr(self.session.runtime, name)))

    def numpy(self, name: str) -> Node:
        """Return ``np.name`` as this function's module spells it."""
        return attribute(self.unit.numpy_name(), name)

    def atom_before(self, node: Node, statement: Node) -> Node:
        """Return an inactive or active operand as the reverse reads it."""
        return self.reading(self.resolve(node), statement, after=False)

    def reading(self, node: Node, statement: Node, after: bool) -> Node:
        """Copy an expression, reading every variable as it was before or after a statement."""
        if type(node).__name__ == "Name":
            kind = getattr(node, "kind", None)
            read = load(self.regions.read(node.id, statement, after, kind))
            return like(read, node) if isinstance(kind, Known) else read
        return rebuilt(node, lambda part: self.reading(part, statement, after))

    def read_name(self, test: Node, statement: Node) -> Node:
        return self.reading(test, statement, after=False)

    def place_before(self, place: Key, statement: Node) -> Node:
        return self.place_expression(place, statement, after=False)

    def place_after(self, place: Key, statement: Node) -> Node:
        return self.place_expression(place, statement, after=True)

    def place_expression(self, place: Key, statement: Node, after: bool) -> Node:
        """Return the expression that reads a place of a variable."""
        kind = self.kinds.get(place[0])
        node = load(self.regions.read(place[0], statement, after, kind))
        for part in place[1]:
            field = isinstance(part, str) and self.session.has_fields(kind)
            node = attribute(node, part) if field else subscript(node, constant(part))
            kind = self.session.child(kind, part)
        return node

    def scratch(self, wish: str) -> str:
        """Return a fresh name for a local of the reverse."""
        return str(self.bars.namer.fresh(wish))


def as_value(node: Node) -> Node:
    """Turn an index expression with slices into an expression that may stand anywhere."""
    if type(node).__name__ == "Slice":
        parts = [constant(None) if p is None else p for p in (node.lower, node.upper, node.step)]
        value = call("slice", parts)
        value.kind = Unknown(active=False)  # its ends are whole numbers
        return value
    if type(node).__name__ == "Tuple" and any(type(e).__name__ == "Slice" for e in node.elts):
        return like(make("Tuple", elts=[as_value(e) for e in node.elts]), node)
    return node


def like(new: Node, node: Node) -> Node:
    """Give an expression the kind of another, if that is known."""
    if hasattr(node, "kind"):
        new.kind = node.kind
    return new
