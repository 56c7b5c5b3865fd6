"""What a statement of generated code reads and changes.

Calls are pure, except that ``pop`` and ``accumulate_into`` change their container.

>>> from adjoint.transforms.syntax import parse
>>> statement = parse('accumulate_into(x_bar, i, v_bar)').body[0]
>>> sorted(writes(statement)), sorted(reads(statement))
(['x_bar'], ['accumulate_into', 'i', 'v_bar', 'x_bar'])
"""

from __future__ import annotations

from .fields import BELOW
from .names import names_read, names_written
from .syntax import Node

Reads = set[str]
Writes = set[str]
IN_PLACE = ("pop", "put_back", "accumulate_into")
SCOPES = frozenset({"Lambda", "FunctionDef", "ListComp", "SetComp", "DictComp", "GeneratorExp", "ClassDef"})


def reads(node: Node) -> set[str]:
    """Return the names that a statement or expression reads."""
    return effects(node)[0]


def writes(node: Node) -> set[str]:
    """Return the names that a statement assigns, or whose container it changes."""
    return effects(node)[1]


def effects(node: Node) -> tuple[set[str], set[str]]:
    """Return what a statement, an expression or a list of them reads and what it changes."""
    found: tuple[set[str], set[str]] = (set(), set())
    if isinstance(node, list):
        for item in node:
            _scan(item, *found)
    else:
        _scan(node, *found)
    return found


class Effects:
    """What statements read and change, found once for each; they must not be changed meanwhile."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[Reads, Writes, Node]] = {}

    def __call__(self, statement: Node) -> tuple[Reads, Writes]:
        """Return the names that a statement reads and those that it assigns or whose container it changes."""
        found = self.known.get(id(statement))
        if found is None:
            read, written = self.of_branch(statement) if _is_branch(statement) else effects(statement)
            found = self.known[id(statement)] = (read, written, statement)  # kept alive: its id stays its own
        return found[0], found[1]

    def of_branch(self, statement: Node) -> tuple[Reads, Writes]:
        """Return the effects of a branch or loop, from those of the statements inside it."""
        heads = [getattr(statement, part) for part in ("test", "target", "iter") if hasattr(statement, part)]
        read, written = effects(heads)
        if hasattr(statement, "reverses"):  # its header, written later, gives variables back their values
            written |= statement.reverses.inner.assigned
        for inner in (*statement.body, *statement.orelse):
            below = self(inner)
            read |= below[0]
            written |= below[1]
        return read, written


def _is_branch(statement: Node) -> bool:
    return statement.__class__.__name__ in ("If", "For", "While")


def _scan(node: Node, read: set[str], written: set[str]) -> None:
    """Add what a node reads and changes; the busiest loop of the compiler, hence one flat function."""
    kind = node.__class__.__name__
    if kind == "Name":
        (read if node.ctx.__class__.__name__ == "Load" else written).add(node.id)
        return
    if kind == "Constant":
        return
    if kind in SCOPES:
        read |= names_read(node)
        written |= names_written(node)
        return
    if kind in ("Subscript", "Attribute"):
        if node.ctx.__class__.__name__ == "Store":
            written |= root(node.value)
    elif kind == "Call":
        written |= changed_by_call(node)
    elif kind == "AugAssign" and node.target.__class__.__name__ == "Name":
        read.add(node.target.id)
    fields = node.__dict__
    for field in BELOW[node.__class__]:
        value = fields.get(field)
        if value.__class__ is list:
            for item in value:
                if item is not None:
                    _scan(item, read, written)
        elif value is not None:
            _scan(value, read, written)


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
            names |= names_written(statement)
    return names
