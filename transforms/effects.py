"""What a statement of generated code reads and changes.

Calls are pure, except that ``pop`` and ``accumulate_into`` change their container.

>>> from adjoint.transforms.syntax import parse
>>> statement = parse('accumulate_into(x_bar, i, v_bar)').body[0]
>>> sorted(writes(statement)), sorted(reads(statement))
(['x_bar'], ['accumulate_into', 'i', 'v_bar', 'x_bar'])
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .fields import BELOW
from .names import SPECIAL, names_read, names_written
from .syntax import Node, walk

IN_PLACE = ("pop", "put_back", "accumulate_into")
#: Statements that no pass behind the lowering changes in place: new ones take their places.
STRAIGHT = frozenset({"Assign", "AugAssign", "AnnAssign", "Expr", "Return"})


class Accesses(NamedTuple):
    """The names that a piece of a program reads and changes."""

    read: frozenset[str]
    written: frozenset[str]  # assigned, or the variable of a container that is changed
    bound: frozenset[str]  # assigned
    repeated: frozenset[str]  # read more than once


def reads(node: Node) -> frozenset[str]:
    """Return the names that a statement or expression reads."""
    return accesses(node).read


def writes(node: Node) -> frozenset[str]:
    """Return the names that a statement assigns, or whose container it changes."""
    return accesses(node).written


def accesses(node: Node) -> Accesses:
    """Return what a statement, an expression or a list of them reads and changes.

    Simple statements of lowered or generated code remember it; they must not be changed afterwards.
    """
    if node.__class__.__name__ not in STRAIGHT:
        return scanned(node)
    known: Any = node.__dict__.get("accesses")
    if known is None or known[0] != id(node):  # a copy carries along what its original remembered
        known = node.accesses = (id(node), scanned(node))
    found: Accesses = known[1]
    return found


def scanned(node: Node) -> Accesses:
    """Return what a statement, an expression or a list of them reads and changes; it may change later."""
    found: Found = (set(), set(), set(), set())
    for item in node if node.__class__ is list else (node,):
        _scan(item, found)
    read, changed, bound, repeated = map(frozenset, found)
    return Accesses(read, changed | bound if changed else bound, bound, repeated)


class Effects:
    """What statements read and change, found once for each: branches must not be changed meanwhile."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[Accesses, Node]] = {}

    def __call__(self, statement: Node) -> Accesses:
        """Return what a statement reads and changes."""
        if statement.__class__.__name__ not in ("If", "For", "While"):
            return accesses(statement)
        found = self.known.get(id(statement))
        if found is None:
            found = self.known[id(statement)] = (self.of_branch(statement), statement)
        return found[0]  # the statement is kept alive: its id stays its own

    def of_branch(self, statement: Node) -> Accesses:
        """Return what a branch or loop reads and changes, from what the statements inside it do."""
        heads = [getattr(statement, part) for part in ("test", "target", "iter") if hasattr(statement, part)]
        parts = [scanned(heads), *map(self, statement.body), *map(self, statement.orelse)]
        read, written, bound, _ = (frozenset().union(*names) for names in zip(*parts, strict=True))
        if hasattr(statement, "reverses"):  # its header, written later, gives variables back their values
            written |= statement.reverses.inner.assigned
        return Accesses(read, written, bound, frozenset())


Found = tuple[set[str], set[str], set[str], set[str]]


def _scan(node: Node, found: Found) -> None:
    """Add what a node reads, changes, binds and reads again; a busy loop, hence one flat function."""
    kind = node.__class__.__name__
    if kind == "Name":
        place = 0 if node.ctx.__class__.__name__ == "Load" else 2
        found[3 if place == 0 and node.id in found[0] else place].add(node.id)
        return
    if kind == "Constant":
        return
    if kind in SPECIAL:
        _scan_special(node, kind, found)
        return
    if kind in ("Subscript", "Attribute"):
        if node.ctx.__class__.__name__ == "Store":
            found[1].update(root(node.value))
    elif kind == "Call":
        found[1].update(changed_by_call(node))
    fields = node.__dict__
    for field in BELOW[node.__class__]:
        value = fields.get(field)
        if value.__class__ is list:
            for item in value:
                if item is not None:
                    _scan(item, found)
        elif value is not None:
            _scan(value, found)


def _scan_special(node: Node, kind: str, found: Found) -> None:
    """Add what a node does that has a scope of its own, or names variables without name nodes."""
    if kind == "AugAssign":
        _scan(node.value, found)
        _scan(node.target, found)
        if node.target.__class__.__name__ == "Name":
            found[3 if node.target.id in found[0] else 0].add(node.target.id)
        return
    inside = [part.id for part in walk(node) if part.__class__.__name__ == "Name"]
    found[3].update(name for name in inside if name in found[0] or inside.count(name) > 1)
    found[0].update(names_read(node))
    found[2].update(names_written(node))


def changed_by_call(node: Node) -> set[str]:
    """Return the name of the container that a call changes in place, if any."""
    func = node.func
    kind = func.__class__.__name__
    if kind == "Attribute" and func.attr in ("pop", "append"):
        return root(func.value)
    if kind == "Attribute" and func.attr == "at" and node.args:
        return root(node.args[0])
    if kind == "Name" and node.args and func.id.rstrip("_0123456789") in IN_PLACE:
        return root(node.args[0])
    return set()


def root(node: Node) -> set[str]:
    """Return the variable that an access path starts from."""
    while node.__class__.__name__ in ("Subscript", "Attribute"):
        node = node.value
    return {node.id} if node.__class__.__name__ == "Name" else set()


def certain(block: list[Node]) -> set[str]:
    """Return the names that a block assigns on every path."""
    names: set[str] = set()
    for statement in block:
        kind = type(statement).__name__
        if kind == "If":
            arms = [certain(statement.body), certain(statement.orelse)]
            names |= arms[0] & arms[1]
        elif kind == "With":
            names |= certain(statement.body)
        elif kind not in ("For", "While", "Try", "Match"):
            names |= accesses(statement).bound
    return names
