"""What a statement of generated code reads and changes.

Calls are pure, except that ``pop`` and ``accumulate_into`` change their container.

>>> from adjoint.transforms.syntax import parse
>>> statement = parse('accumulate_into(x_bar, i, v_bar)').body[0]
>>> sorted(writes(statement)), sorted(reads(statement))
(['x_bar'], ['accumulate_into', 'i', 'v_bar', 'x_bar'])
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from .fields import BELOW
from .names import SPECIAL, names_read, names_written
from .syntax import Node, load, walk

IN_PLACE = ("pop", "put_back", "accumulate_into")
#: Statements that no pass behind the lowering changes in place: new ones take their places.
STRAIGHT = frozenset({"Assign", "AugAssign", "AnnAssign", "Expr", "Return"})


class Accesses(NamedTuple):
    """The names that a piece of a program reads and changes."""

    read: frozenset[str]
    written: frozenset[str]  # assigned, or the variable of a container that is changed
    bound: frozenset[str]  # assigned
    repeated: frozenset[str]  # read more than once
    parts: frozenset[str]  # "Call" if there is a call, and the attributes: ``.shape``


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
    try:
        found: Accesses = node.accesses
    except AttributeError:
        found = scanned(node)
        if node.__class__.__name__ in STRAIGHT:
            node.accesses = found
    return found


def heads(statement: Node) -> list[Node]:
    """Return what of a statement is not in the blocks inside it: of a simple one, itself."""
    kind = statement.__class__.__name__
    if kind == "For":
        return [statement.target, statement.iter]
    if kind == "With":
        return list(statement.items)
    return [statement.test] if kind in ("If", "While") else [statement]


def holds(statement: Node, *parts: str) -> bool:
    """Whether a call (``"Call"``) or one of some attributes (``".shape"``) is in a statement."""
    kind = statement.__class__.__name__
    if kind not in ("If", "For", "While"):
        return not accesses(statement).parts.isdisjoint(parts)
    return any(holds(part, *parts) for part in (*heads(statement), *statement.body, *statement.orelse))


def scanned(node: Node) -> Accesses:
    """Return what a statement, an expression or a list of them reads and changes; it may change later."""
    found = Found(set(), set(), set(), set(), set())
    read, bound = found.read, found.bound
    pending = [*node] if node.__class__ is list else [node]
    while pending:  # a busy loop, hence a flat one
        current = pending.pop()
        cls = current.__class__
        kind = cls.__name__
        if kind == "Name":
            name = current.id
            if current.ctx.__class__.__name__ != "Load":
                bound.add(name)
            elif name in read:
                found.repeated.add(name)
            else:
                read.add(name)
        elif current is not None and kind != "Constant":
            if kind in UNUSUAL:
                pending += UNUSUAL[kind](current, found)
                continue
            fields = current.__dict__
            for field in BELOW[cls]:
                value = fields.get(field)
                if value.__class__ is list:
                    pending += value
                else:
                    pending.append(value)
    return Accesses(*map(frozenset, (read, found.changed | bound, bound, found.repeated, found.parts)))


class Found(NamedTuple):
    """What `scanned` collects."""

    read: set[str]
    changed: set[str]
    bound: set[str]
    repeated: set[str]
    parts: set[str]


def _of_attribute(node: Node, found: Found) -> list[Node]:
    """A field, of an object that changes if it is assigned."""
    found.parts.add("." + node.attr)
    if node.ctx.__class__.__name__ == "Store":
        found.changed.update(root(node.value))
    return [node.value]


def _of_subscript(node: Node, found: Found) -> list[Node]:
    """An element, of a container that changes if it is assigned."""
    if node.ctx.__class__.__name__ == "Store":
        found.changed.update(root(node.value))
    return [node.value, node.slice]


def _of_call(node: Node, found: Found) -> list[Node]:
    """A call, which may change its receiver or its first argument."""
    found.parts.add("Call")
    found.changed.update(changed_by_call(node))
    return [node.func, *node.args, *node.keywords]


def _of_augmented(node: Node, found: Found) -> list[Node]:
    """``x += y``, which reads its target."""
    again = [load(node.target.id)] if node.target.__class__.__name__ == "Name" else []
    return [node.target, node.value, *again]


def _of_scope(node: Node, found: Found) -> list[Node]:
    """What has a scope of its own, or names variables without name nodes."""
    inside = [*walk(node)]
    counts = Counter(part.id for part in inside if part.__class__.__name__ == "Name")
    found.repeated.update(name for name, count in counts.items() if name in found.read or count > 1)
    found.parts.update({"Call"} if any(part.__class__.__name__ == "Call" for part in inside) else ())
    found.parts.update("." + part.attr for part in inside if part.__class__.__name__ == "Attribute")
    found.read.update(names_read(node))
    found.bound.update(names_written(node))
    return []


#: Nodes of which not just the nodes below are looked at: what returns those that are.
UNUSUAL = {
    **dict.fromkeys(SPECIAL, _of_scope),
    **{"Subscript": _of_subscript, "Attribute": _of_attribute, "Call": _of_call, "AugAssign": _of_augmented},
}


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
        parts = [scanned(heads(statement)), *map(self, statement.body), *map(self, statement.orelse)]
        whole = Accesses(*(frozenset().union(*names) for names in zip(*parts, strict=True)))
        if hasattr(statement, "reverses"):  # its header, written later, gives variables back their values
            return whole._replace(written=whole.written | statement.reverses.inner.assigned)
        return whole


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
