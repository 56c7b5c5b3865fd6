"""Elements and slices that are read again although nothing has changed: ``x[i] * np.sin(x[i])``.

The second read gives the same numbers, so the lowered code reads once; its cotangent is added to the
array once, too.  What is remembered ends with the block, and with any assignment to a name that it reads.

>>> rereads, out = Rereads(), []
>>> rereads.remember(out, 'x[i]', {'x', 'i'}, 'item_3')
>>> rereads.find(out, 'x[i]'), rereads.find([], 'x[i]')
('item_3', None)
>>> rereads.remember(out, 'x[i]', {'x', 'i'}, 'item_3')
>>> rereads.forget({'i'})
>>> rereads.find(out, 'x[i]')
"""

from __future__ import annotations

from collections.abc import Set

from adjoint.rules.kinds import Array, Kind, Unknown, is_scalar

from .decide import RULE
from .effects import reads
from .options import is_on
from .syntax import Node, unparse

SIMPLE = ("Constant", "Slice", "Tuple", "UnaryOp", "USub", "Load")


class Rereads:
    """The temporaries of the block being written that hold an element or slice."""

    def __init__(self) -> None:
        self.out: list[Node] | None = None
        self.known: dict[str, tuple[str, Set[str]]] = {}

    def find(self, out: list[Node], text: str) -> str | None:
        """Return the temporary of this block that holds a value, given by its text."""
        if self.out is not out:  # another path of the program, or the same one behind it
            self.out, self.known = out, {}
        found = self.known.get(text)
        return None if found is None else found[0]

    def remember(self, out: list[Node], text: str, names: Set[str], temporary: str) -> None:
        """Note which temporary holds a value."""
        self.find(out, text)
        self.known[text] = (temporary, names)

    def forget(self, written: Set[str]) -> None:
        """Forget what is read from names that are assigned."""
        if self.known and written:
            kept = {text: found for text, found in self.known.items() if not found[1] & written}
            self.known = kept


def reread(node: Node) -> tuple[str, Set[str]] | None:
    """Return the text and the names of an array read that may be shared; None for anything else."""
    decision = getattr(node, "decision", None) if is_on("rereads") else None
    if type(node).__name__ != "Subscript" or decision is None or decision.how != RULE:
        return None
    kind: Kind | None = getattr(node.value, "kind", None)
    if type(node.value).__name__ != "Name" or not isinstance(kind, Array) or not is_simple(node.slice):
        return None
    return unparse(node), reads(node)


def is_simple(index: Node) -> bool:
    """Whether an index consists of integers and slices; arrays of indices may be changed in place."""
    if type(index).__name__ == "Name":
        return is_scalar(getattr(index, "kind", Unknown()))
    if type(index).__name__ not in SIMPLE:
        return False
    fields = (getattr(index, field, None) for field in index._fields)
    children = [c for each in fields for c in (each if isinstance(each, list) else [each])]
    return all(is_simple(child) for child in children if hasattr(child, "_fields"))
