"""When is a value of the primal still there when the reverse wants it?

A *region* is a function body or one trip of a loop body; its reverse runs when it has ended.  A
variable that the region assigns again after a point is overwritten by then: the reverse reads a
*snapshot* taken at that point instead.  Everything else is read under the user's own name.

>>> from adjoint.transforms.syntax import parse
>>> tree = parse('''
... y = x * x
... z = y * 2.0
... y = z + w
... ''')
>>> regions = Regions(tree, Namer({'w', 'x', 'y', 'z'}), {'w', 'x'})
>>> [regions.read(name, tree.body[1]) for name in ('x', 'y', 'w')]
['x', 'y_3', 'w']
>>> regions.read('y', tree.body[2], after=True)
'y'
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Any

from adjoint.rules.kinds import Dict, Kind, List, Object

from .effects import accesses, root
from .namer import Namer
from .syntax import Node, assign, call, load, names_written

#: Which variables surely have a value (or may have lost it) behind a statement; of others nothing changes.
Bindings = dict[str, bool]
#: What a compound statement evaluates or assigns itself.
HEADS = ("test", "target", "iter", "items")


@dataclass(eq=False)
class Region:
    """A function body or loop body: what it assigns, and the statement it belongs to."""

    loop: Node | None = None
    parent: Region | None = None
    assigned: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)  # containers that later trips go on changing


@dataclass(eq=False)
class Block:
    """A list of statements: where it assigns variables, and where they surely have a value."""

    owner: Node | None  # the compound statement it is part of
    writers: dict[str, list[int]] = field(default_factory=dict)
    bound: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)
    ends: bool = True  # control may arrive at its end

    def note(self, names: set[str], position: int) -> None:
        """Note what the statement at a position assigns."""
        for name in names:
            self.writers.setdefault(name, []).append(position)

    def bind(self, bindings: Bindings | None, position: int) -> None:
        """Note which variables have, or no longer have, a value behind a position."""
        self.ends = self.ends and bindings is not None
        for name, bound in (bindings or {}).items():
            changes = self.bound.setdefault(name, [])
            if not changes or changes[-1][1] is not bound:
                changes.append((position, bound))

    def outcome(self) -> Bindings:
        """Return which variables have, or no longer have, a value at the end."""
        return {name: changes[-1][1] for name, changes in self.bound.items()}


@dataclass(eq=False)
class Snapshot:
    """A copy ``name = variable`` taken before or after a statement."""

    name: str
    variable: str
    statement: Node
    after: bool
    kind: Kind | None

    def node(self, helper: Callable[[str], str], builtin: Callable[[str], str]) -> Node:
        """Return the statement that takes the snapshot; containers are copied."""
        value = load(self.variable)
        if isinstance(self.kind, List):
            value = call(builtin("list"), [value])
        elif isinstance(self.kind, Dict):
            value = call(builtin("dict"), [value])
        elif isinstance(self.kind, Object):
            value = call(helper("copied"), [value])
        return assign(self.name, value, self.statement)


class Regions:
    """The regions of one lowered function, and the reads of primal values by its reverse."""

    def __init__(
        self,
        tree: Node,
        namer: Namer,
        parameters: set[str],
        shared: Set[str] = frozenset(),
        volatile: Set[str] = frozenset(),
    ) -> None:
        """Find the regions.

        Args:
            tree: the lowered function.
            namer: gives names to snapshots.
            parameters: the function's parameters.
            shared: variables whose objects the caller may change when the function has returned.
            volatile: variables that any call may assign.
        """
        self.namer = namer
        self.parameters = frozenset(parameters)
        self.shared, self.volatile = shared, volatile
        self.root = Region(assigned=set(parameters))
        self.snapshots: dict[tuple[int, str, int], Snapshot] = {}
        self.copies: dict[str, str] = {}  # the variable of each snapshot
        self._at: dict[int, list[Snapshot]] = {}
        self.local = set(parameters)
        self.marked: list[Node] = []
        self._mark(tree.body, self.root, None, frozenset())
        self.local |= self.root.assigned

    def _mark(self, statements: list[Node], region: Region, owner: Node, start: Set[str]) -> Block:
        """Give every statement its region, its block and what it assigns; ``start`` has a value before."""
        block = Block(owner)
        block.bind(dict.fromkeys(start, True), -1)
        for position, statement in enumerate(statements):
            statement.region, statement.block, statement.position = region, block, position
            self.marked.append(statement)
            kind = type(statement).__name__
            if kind in ("If", "With", "For", "While"):
                statement.owns, bindings = self._mark_compound(statement, kind, region)
            else:
                names = accesses(statement).bound
                statement.owns, bindings = names | mutated(statement), simple_bindings(statement, kind, names)
            block.note(statement.owns, position)
            block.bind(bindings, position)
            region.assigned |= statement.owns
        return block

    def release(self) -> None:
        """Take the marks off again: statements, blocks and regions refer to each other in circles."""
        for statement in self.marked:
            del statement.region, statement.block
            statement.__dict__.pop("inner", None)

    def _mark_compound(self, statement: Node, kind: str, region: Region) -> tuple[set[str], Bindings | None]:
        """Mark the blocks of a branch, loop or ``with``; return what it assigns and leaves bound."""
        loop = kind in ("For", "While")
        inner = Region(statement, region) if loop else region
        head = names_written([getattr(statement, part) for part in HEADS if hasattr(statement, part)])
        body = self._mark(statement.body, inner, statement, head)
        orelse = self._mark(getattr(statement, "orelse", []), inner, statement, set())
        owns = head.union(body.writers, orelse.writers)
        if loop:
            inner.assigned |= head
            inner.filled = filled(statement.body)
            statement.inner = inner
            self.local |= inner.assigned
        return owns, compound_bindings(kind, body, orelse)

    def read(self, name: str, statement: Node, after: bool = False, kind: Kind | None = None) -> str:
        """Return the name under which the reverse reads a variable's value before or after a statement."""
        if name not in self.local:
            return name
        if name in self.volatile:
            return self._snapshot(name, statement, after, kind).name
        region = statement.region
        while region.parent is not None and name not in region.assigned:
            statement, after, region = region.loop, False, region.parent
        overwritten = (not after and name in statement.owns) or self.assigned_later(name, statement)
        if not overwritten and name not in region.filled:
            return name
        return self._snapshot(name, statement, after, kind).name

    def survives(self, name: str, statement: Node, after: bool = False) -> bool:
        """Whether the reverse of a statement's own region reads a variable's value under its own name."""
        if name not in self.local:
            return name not in self.volatile
        region = statement.region
        overwritten = (not after and name in statement.owns) or self.assigned_later(name, statement)
        return not (overwritten or name in region.filled or name in self.volatile)

    def assigned_later(self, name: str, statement: Node) -> bool:
        """Whether the region of a statement assigns a variable again behind the statement."""
        region = statement.region
        while True:
            places = statement.block.writers.get(name)
            if places and places[-1] > statement.position:
                return True
            owner = statement.block.owner
            if owner is None:
                return name in self.shared
            if owner.region is not region:
                return False
            statement = owner

    def is_bound(self, name: str, statement: Node) -> bool:
        """Whether a variable surely has a value before a statement."""
        while True:
            block = statement.block
            changes: list[tuple[int, bool]] = block.bound.get(name, [])
            earlier = [bound for position, bound in changes if position < statement.position]
            if earlier:
                return earlier[-1]
            if block.owner is None:
                return name in self.parameters
            statement = block.owner

    def _snapshot(self, name: str, statement: Node, after: bool, kind: Kind | None) -> Snapshot:
        key = (id(statement.block), name, self.version(name, statement, after))
        if key not in self.snapshots:
            fresh = self.namer.fresh(f"{name}_{statement.lineno}")
            snapshot = self.snapshots[key] = Snapshot(fresh, name, statement, after, kind)
            self.copies[fresh] = name
            self._at.setdefault(id(statement), []).append(snapshot)
            statement.region.assigned.add(fresh)
            self.local.add(fresh)
        return self.snapshots[key]

    def snapshots_at(self, statement: Node) -> list[Snapshot]:
        """Return the snapshots taken directly before or after a statement."""
        return self._at.get(id(statement), [])

    def version(self, name: str, statement: Node, after: bool) -> int:
        """Return how often the block has assigned a variable by then: equal numbers, equal values."""
        if name in self.volatile:
            return int(statement.position + after)
        places = statement.block.writers.get(name, ())
        return bisect.bisect_left(places, statement.position + after)

    def define(self, name: str, statement: Node) -> None:
        """Note a name that the compiler adds to the region of a statement."""
        statement.region.assigned.add(name)
        self.local.add(name)


def simple_bindings(statement: Node, kind: str, names: Set[str]) -> Bindings | None:
    """Return which variables have or lack a value behind a simple statement; None if nothing runs there."""
    if kind in ("Break", "Raise", "Return"):
        return None
    if kind == "Delete":
        return {target.id: False for target in statement.targets if type(target).__name__ == "Name"}
    return {} if kind in ("Try", "Match") else dict.fromkeys(names, True)


def compound_bindings(kind: str, body: Block, orelse: Block) -> Bindings | None:
    """Return which variables have or lack a value behind a branch, loop or ``with``."""
    if kind in ("For", "While"):  # no trip may have been made
        return {name: False for name, bound in body.outcome().items() if not bound}
    if kind == "With":
        return body.outcome() if body.ends else None
    arms = [arm.outcome() for arm in (body, orelse) if arm.ends]
    if len(arms) < 2:
        return arms[0] if arms else None
    both = {name: bound for name, bound in arms[0].items() if arms[1].get(name) is bound}
    lost = {name: False for arm in arms for name, bound in arm.items() if not bound}
    return both | lost


def filled(body: list[Node]) -> set[str]:
    """Return the containers that a trip changes without having made them itself."""
    found: set[str] = set()
    made: set[str] = set()
    for statement in body:
        found |= mutated(statement) - made
        if type(statement).__name__ == "Assign":
            made |= names_written(statement)
    return found


def defined(statement: Node) -> set[str]:
    """Return the names a statement assigns, lists that it appends to or changes included."""
    names: set[str] = names_written(statement)
    return names | mutated(statement)


def mutated(statement: Node) -> set[str]:
    """Return the names of the containers that a statement changes."""
    kind = type(statement).__name__
    if kind == "Expr":
        rebinds = getattr(statement.value, "rebinds", None)
        tainted: set[str] = getattr(statement.value, "tainted", set())
        return receiver(statement.value) | tainted | ({rebinds[0].id} if rebinds else set())
    if kind == "Assign":
        popped = receiver(statement.value) if is_pop(statement.value) else set()
        return popped.union(*map(written_into, statement.targets))
    if kind == "AugAssign":
        return written_into(statement.target)
    if kind == "Delete":
        return set().union(*map(written_into, statement.targets))
    if kind in ("If", "For", "While", "With"):
        blocks = [statement.body, getattr(statement, "orelse", [])]
        return {name for block in blocks for inner in block for name in mutated(inner)}
    return set()


def receiver(node: Node) -> set[str]:
    """Return the variable whose method a call calls."""
    func: Any = getattr(node, "func", None)
    return root(func.value) if type(func).__name__ == "Attribute" else set()


def is_pop(node: Node) -> bool:
    """Whether an expression takes an item out of a list or dict."""
    return getattr(getattr(node, "func", None), "attr", "") in ("pop", "popitem", "popleft")


def written_into(target: Node) -> set[str]:
    """Return the variables whose containers an assignment target writes into."""
    kind = type(target).__name__
    if kind in ("Tuple", "List"):
        return set().union(*map(written_into, target.elts))
    return root(target) if kind in ("Attribute", "Subscript") else set()
