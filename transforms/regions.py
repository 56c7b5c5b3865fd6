"""When is a value of the primal still there when the reverse wants it?

A *region* is a function body or one trip of a loop body; its reverse runs when it has ended.  A
variable that the region assigns again after a point is overwritten by then: the reverse reads a
*snapshot* taken at that point instead.  Everything else is read under the user's own name.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Any

from adjoint.rules.kinds import Dict, Kind, List, Object

from .effects import root
from .namer import Namer
from .syntax import Node, assign, call, load, names_written


@dataclass(eq=False)
class Region:
    """A function body or loop body: what it assigns, and the statement it belongs to."""

    loop: Node | None = None
    parent: Region | None = None
    assigned: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)  # containers that later trips go on changing


@dataclass(eq=False)
class Snapshot:
    """A copy ``name = variable`` taken before or after a statement."""

    name: str
    variable: str
    statement: Node
    after: bool
    kind: Kind | None

    def node(self, helper: Callable[[str], str]) -> Node:
        """Return the statement that takes the snapshot; containers are copied."""
        value = load(self.variable)
        if isinstance(self.kind, List):
            value = call("list", [value])
        elif isinstance(self.kind, Dict):
            value = call("dict", [value])
        elif isinstance(self.kind, Object):
            value = call(helper("copied"), [value])
        return assign(self.name, value, self.statement)


class Regions:
    """The regions of one lowered function, and the reads of primal values by its reverse."""

    def __init__(
        self, tree: Node, namer: Namer, parameters: set[str], shared: Set[str] = frozenset()
    ) -> None:
        """Find the regions.

        Args:
            tree: the lowered function.
            namer: gives names to snapshots.
            parameters: the function's parameters.
            shared: variables whose objects the caller may change when the function has returned.
        """
        self.namer = namer
        self.root = Region(assigned=set(parameters))
        self.snapshots: dict[tuple[int, str, int], Snapshot] = {}
        self.writers: dict[tuple[int, str], list[int]] = {}
        self.local = set(parameters)
        self._mark(tree.body, self.root, set(shared))
        mark_bound(tree.body, frozenset(parameters))
        self.local |= self.root.assigned

    def _mark(self, block: list[Node], region: Region, later: set[str]) -> set[str]:
        """Give every statement its region and the names assigned after it; return all assigned."""
        for position, statement in reversed(list(enumerate(block))):
            statement.region, statement.later = region, later
            statement.block, statement.position = block, position
            statement.owns = defined(statement)
            kind = type(statement).__name__
            if kind == "If":
                self._mark(statement.body, region, later)
                self._mark(statement.orelse, region, later)
            elif kind == "With":
                self._mark(statement.body, region, later)
            elif kind in ("For", "While"):
                inner = Region(statement, region)
                self._mark(statement.body, inner, set())
                inner.assigned |= names_written(statement.target) if kind == "For" else set()
                inner.filled = filled(statement.body)
                statement.inner = inner
                self.local |= inner.assigned
            region.assigned |= statement.owns
            later = later | statement.owns
        return later

    def read(self, name: str, statement: Node, after: bool = False, kind: Kind | None = None) -> str:
        """Return the name under which the reverse reads a variable's value before or after a statement."""
        if name not in self.local:
            return name
        region = statement.region
        while region.parent is not None and name not in region.assigned:
            statement, after, region = region.loop, False, region.parent
        overwritten = name in statement.later or (not after and name in statement.owns)
        if not overwritten and name not in region.filled:
            return name
        return self._snapshot(name, statement, after, kind).name

    def _snapshot(self, name: str, statement: Node, after: bool, kind: Kind | None) -> Snapshot:
        key = (id(statement.block), name, self.version(name, statement, after))
        if key not in self.snapshots:
            fresh = self.namer.fresh(f"{name}_{statement.lineno}")
            self.snapshots[key] = Snapshot(fresh, name, statement, after, kind)
            statement.region.assigned.add(fresh)
            self.local.add(fresh)
        return self.snapshots[key]

    def version(self, name: str, statement: Node, after: bool) -> int:
        """Return how often the block has assigned a variable by then: equal numbers, equal values."""
        key = (id(statement.block), name)
        if key not in self.writers:
            self.writers[key] = [at for at, each in enumerate(statement.block) if name in each.owns]
        return bisect.bisect_left(self.writers[key], statement.position + after)

    def define(self, name: str, statement: Node) -> None:
        """Note a name that the compiler adds to the region of a statement."""
        statement.region.assigned.add(name)
        self.local.add(name)


def mark_bound(block: list[Node], bound: frozenset[str] | None) -> frozenset[str] | None:
    """Note before every statement which variables surely have a value; None where nothing runs."""
    for statement in block:
        statement.bound = bound or frozenset()
        kind = type(statement).__name__
        if kind == "If":
            arms = [mark_bound(arm, bound) for arm in (statement.body, statement.orelse)]
            alive = [arm for arm in arms if arm is not None]
            bound = frozenset.intersection(*alive) if alive else None
        elif kind == "With":
            bound = mark_bound(statement.body, bound)
        elif kind in ("For", "While"):
            target = names_written(statement.target) if kind == "For" else set()
            mark_bound(statement.body, statement.bound | target)
        elif kind in ("Break", "Raise", "Return"):
            bound = None
        elif kind == "Delete":
            bound = statement.bound - {t.id for t in statement.targets if type(t).__name__ == "Name"}
        elif bound is not None and kind not in ("Try", "Match"):
            bound |= names_written(statement)
    return bound


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
