"""Changes in place of what a derivative needs later.

The pullback reads values again that the primal computed.  An array that carries no derivative (a mask, an
index, a buffer) may be changed freely as long as no line that carries a derivative has read it; once
one has, a change would reach the pullback.  A forward walk follows which memory every variable may
refer to (allocation sites, the latest and the earlier ones of a loop apart) and what has been used.

Reference: Chase, Wegman and Zadeck, "Analysis of pointers and structures" (PLDI 1990).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adjoint.rules.kinds import Object

from .changes import ALL_FIELDS, ARRAY, ITEMS, NAME, Change, Changes, expressions_of, root_name, targets_of
from .decide import DYNAMIC, PATH, RULE, UNIT
from .forward import Forward
from .memory import Memory, dotted, flat, immutable, kind_at, stored_at
from .paste import parsed
from .syntax import Node, names_read, names_written, walk

Site = tuple[str, ...]
Use = tuple[Site, str, str]  # the memory, the level, and the variable by which it is read again
DEPTH = 5


@dataclass(frozen=True)
class Uses:
    """Which memory the variables refer to, and what derivatives have read so far."""

    sites: dict[str, frozenset[Site]] = field(default_factory=dict)
    used: frozenset[Use] = frozenset()

    def joined(self, other: Uses) -> Uses:
        """Return what is possible on either path."""
        sites = dict(self.sites)
        for name, found in other.sites.items():
            sites[name] = sites.get(name, frozenset()) | found
        return Uses(sites, self.used | other.used)


class Sites(Memory):
    """Answers which memory an expression refers to, in a given state."""

    state: Uses = Uses()

    def variable(self, name: str) -> set[Any]:
        """Return the sites of a variable; one that is not assigned here is its own."""
        return set(self.state.sites.get(name, {(name,)}))

    def items(self, node: Node, through: bool) -> set[Any]:
        """Return the sites inside a container."""
        return inside(self.sources(node), "[]")

    def of_Attribute(self, node: Node, through: bool) -> set[Any]:
        found = super().of_Attribute(node, through)
        decision = getattr(node, "decision", None)
        if not found or dotted(node) or not (decision is None or decision.how == PATH):
            return found
        return inside(self.sources(node.value), f".{node.attr}")


class Overwrites(Forward[Uses]):
    """Finds the changes of a unit that come after a use."""

    def __init__(self, unit: Any, summaries: Any) -> None:
        super().__init__()
        self.memory = Sites(summaries)
        self.changes = Changes(self.memory)
        self.unit = unit
        self.local = unit.inference.local
        self.lines: dict[Use, int] = {}
        self.found: dict[int, tuple[Node, str, int]] = {}
        start: dict[str, frozenset[tuple[str, ...]]] = {n: frozenset({(n,)}) for n in unit.parameters}
        self.nested = list(nested_changes(unit, summaries))
        self.block(unit.tree.body, Uses(start))

    def transfer(self, statement: Node, state: Uses) -> Uses:
        """Check the changes of a statement against the uses so far, then add its own."""
        statement = getattr(statement, "becomes", None) or statement
        self.memory.state = state
        uses = list(self.uses_of(statement))
        for change in self.changes.of(statement):
            inner = {id(n) for n in walk(change.node)}
            earlier = {
                use
                for node, use in uses
                if id(change.node) not in {id(n) for n in walk(node)} and id(node) not in inner
            }
            self.check(change, state.used | earlier)
        self.check_nested(statement, state.used)
        used = state.used | {use for _, use in uses}
        return self.bound(statement, Uses(state.sites, used))

    # --- changes -----------------------------------------------------------------------------
    def check(self, change: Change, used: frozenset[Use] | set[Use]) -> None:
        """Note a change of something that has been used."""
        for site in sorted(change.roots):
            for level in change.levels:
                for use in used:
                    if conflict(site, level, change, use) and id(change.node) not in self.found:
                        self.found[id(change.node)] = (change.node, shown(site), self.lines.get(use, 0))

    def check_nested(self, statement: Node, used: frozenset[Use]) -> None:
        """A call of a function that only the running program knows may be one of those inside this one."""
        for node in expressions_of(statement):
            if type(node).__name__ == "Call" and self.nested and not known_call(node):
                for name, level in self.nested:
                    self.check(Change(node, frozenset(self.memory.variable(name)), (level,), deep=True), used)

    # --- uses --------------------------------------------------------------------------------
    def uses_of(self, statement: Node) -> Iterator[tuple[Node, Use]]:
        """Yield what the reverse of a statement reads, and where that stands."""
        for node in expressions_of(statement):
            decision = getattr(node, "decision", None)
            if decision is not None:
                for use in self.uses_of_operation(node, decision):
                    self.lines.setdefault(use, getattr(node, "lineno", 0))
                    yield node, use
        kind = type(statement).__name__
        if kind == "For" or kind in ("If", "While") and type(statement.test).__name__ == "Name":
            head = statement.iter if kind == "For" else statement.test
            for use in {*self.reread(head), *self.names(head)}:
                self.lines.setdefault(use, statement.lineno)
                yield head, use

    def uses_of_operation(self, node: Node, decision: Any) -> Iterator[Use]:
        """Yield the uses of one differentiated operation."""
        if decision.how == RULE:
            needed = needed_parameters(decision)
            for name, item in decision.bound.items():
                for operand in flat(item):
                    yield from self.reread(operand)
                    if needed is None:
                        yield from self.opaque(self.memory.sources(operand), [])
                    elif name in needed:
                        yield from self.content(operand)
        elif decision.how == UNIT:
            summary = self.memory.summaries.of_unit(decision.unit)
            operands = [n for item in decision.bound.values() for n in flat(item)]
            captured = set().union(*(self.memory.variable(n) for n in summary.captured))
            filled = flat(decision.bound.get(copied_parameter(decision.unit), ()))
            others = self.memory.all([n for n in operands if n not in filled]) | captured
            yield from self.opaque(others, sorted(f"field:{f}" for f in summary.fields))
            yield from self.opaque(self.memory.all(filled) - others, [])
        elif decision.how == DYNAMIC:
            yield from self.opaque(self.memory.all(operands_of(node)), [ALL_FIELDS])

    def opaque(self, sites: set[Site], fields: list[str]) -> Iterator[Use]:
        """Yield that code which keeps its operands for its pullback has seen some memory."""
        for site in sites:
            yield from ((site, level, "") for level in (ARRAY, ITEMS, *fields))

    def content(self, operand: Node) -> Iterator[Use]:
        """Yield that the elements of an operand are read again."""
        via = root_name(operand)
        for site in self.memory.sources(operand):
            yield site, ARRAY, via
            yield site, ITEMS, via

    def reread(self, operand: Node) -> Iterator[Use]:
        """Yield the fields, items and outside variables that an operand is read through again."""
        for node in walk(operand):
            kind = type(node).__name__
            path = getattr(getattr(node, "decision", None), "how", None) == PATH
            if kind == "Name" and node.id not in self.local:
                yield (node.id,), NAME, node.id
            elif path and kind == "Attribute" and isinstance(kind_at(node.value), Object):
                for site in self.memory.sources(node.value):
                    yield site, f"field:{node.attr}", root_name(node)
            elif path and kind == "Subscript" and not immutable(kind_at(node.value)):
                for site in self.memory.sources(node.value):
                    yield site, ITEMS, root_name(node)

    def names(self, head: Node) -> Iterator[Use]:
        """Yield the uses of a loop's iterable or a branch's test that is evaluated again."""
        for node in walk(head):
            if type(node).__name__ == "Name" and not immutable(kind_at(node)):
                for site in self.memory.variable(node.id):
                    yield site, ITEMS, node.id
                    yield site, ARRAY, node.id

    # --- bindings ----------------------------------------------------------------------------
    def bound(self, statement: Node, state: Uses) -> Uses:
        """Return the state after the names of a statement are bound."""
        kind = type(statement).__name__
        memory = self.memory
        if kind == "FunctionDef":
            captured = set().union(*(memory.variable(n) for n in names_read(statement)))
            return bind(state, {statement.name: captured})
        if kind == "For":
            return bind(state, {t.id: memory.items(statement.iter, True) for t in names_in(statement)})
        if kind == "AugAssign":
            return self.augmented(statement, state)
        value = getattr(statement, "value", None)
        if kind in ("Assign", "AnnAssign") and value is not None:
            return self.assigned(statement, value, state)
        given = {n: memory.variable(n) for n in names_written(statement)} if kind == "With" else {}
        return self.shared(statement, bind(state, given))

    def assigned(self, statement: Node, value: Node, state: Uses) -> Uses:
        """``target = value``: a new value has a site of its own, and the site's earlier value is another."""
        found = self.memory.sources(value)
        names = names_in(statement)
        if names and not immutable(kind_at(value)) and (self.memory.is_new(value) or not found):
            site = (f"{names[0].id}:{statement.lineno}:{statement.col_offset}",)
            state = older(state, site[0])
            self.memory.state = state
            found = self.memory.sources(value) | {site}
        parts = (
            inside(found, "[]")
            if any(type(t).__name__ != "Name" for t in getattr(statement, "targets", []))
            else found
        )
        state = bind(
            state, {t.id: found if type(t).__name__ == "Name" and alone(statement) else parts for t in names}
        )
        if kind_at(value).active:
            outputs = {(site, ARRAY, "") for site in found}
            for use in outputs:
                self.lines.setdefault(use, statement.lineno)
            state = Uses(state.sites, state.used | outputs)
        return self.shared(statement, state)

    def augmented(self, statement: Node, state: Uses) -> Uses:
        """``target += value`` of what carries a derivative makes a new value."""
        target = statement.target
        if type(target).__name__ != "Name":
            return self.shared(statement, state)
        found = self.memory.sources(statement.value)
        if stored_at(target).active:
            site = (f"{target.id}:{statement.lineno}:{statement.col_offset}",)
            return bind(older(state, site[0]), {target.id: found | {site}})
        return bind(state, {target.id: self.memory.variable(target.id) | found})

    def shared(self, statement: Node, state: Uses) -> Uses:
        """Stores and calls may put one value inside another: both are then reached through either."""
        self.memory.state = state
        pairs = [
            (self.memory.sources(t), statement.value)
            for t in targets_of(statement)
            if type(t).__name__ != "Name" and hasattr(statement, "value")
        ]
        groups = [base | self.memory.sources(value) for base, value in pairs]
        for node in expressions_of(statement):
            if type(node).__name__ == "Call" and self.changes.kept(node):
                groups.append(self.memory.all(operands_of(node)))
        for group in groups:
            state = Uses(
                {n: s | group if s & roots(group) else s for n, s in state.sites.items()}, state.used
            )
        return state


def bind(state: Uses, names: dict[str, set[Site]]) -> Uses:
    """Return a state with variables bound to sites."""
    return Uses({**state.sites, **{n: frozenset(s) for n, s in names.items()}}, state.used)


def older(state: Uses, root: str) -> Uses:
    """Return a state in which what a site made before is apart from what it is about to make."""

    def renamed(site: Site) -> Site:
        return (f"{root} before", *site[1:]) if site[0] == root else site

    sites = {n: frozenset(map(renamed, found)) for n, found in state.sites.items()}
    return Uses(sites, frozenset((renamed(site), level, via) for site, level, via in state.used))


def inside(sites: set[Site], part: str) -> set[Site]:
    """Return the sites one step inside others."""
    return {(*site, part) if len(site) < DEPTH else site for site in sites}


def roots(sites: set[Site]) -> set[Site]:
    """Return sites and everything they are inside of."""
    return {site[: i + 1] for site in sites for i in range(len(site))}


def conflict(site: Site, level: str, change: Change, use: Use) -> bool:
    """Whether a change of memory reaches what was used.

    The fields and the items that a variable is read through are kept for the reverse when they are
    changed through the same variable.  Changing what a container holds leaves alone what it held.
    """
    place, used, via = use
    size = min(len(site), len(place))
    if site[:size] != place[:size] or via and via == change.via and ARRAY not in (level, used):
        return False
    if len(place) > len(site) and level != ARRAY and not change.deep:
        return False
    fields = ALL_FIELDS in (level, used) and level.startswith("field") and used.startswith("field")
    return level == used or fields


def needed_parameters(decision: Any) -> set[str] | None:
    """Return the parameters of a rule whose values its pullback reads; None if it keeps its own."""
    body = parsed(decision.rule)
    if body is None:
        return None
    names = set().union(*(names_read(part) for part in (*body.setup, *body.steps, *body.results)))
    return names & set(decision.bound)


def copied_parameter(unit: Any) -> str:
    """Return the object that an ``__init__`` fills if its pullback reads copies of it only, else nothing."""
    name = unit.initializes or ""
    for node in walk(unit.tree.body):
        decision = getattr(node, "decision", None)
        if decision is None or decision.how not in (UNIT, DYNAMIC) or getattr(node, "rebinds", None):
            if decision is not None and decision.how == UNIT and not copied_parameter(decision.unit):
                return ""
        elif any(getattr(n, "id", "") == name for n in (*operands_of(node), *flat(tuple(decision.operands)))):
            return ""
    return name


def operands_of(node: Node) -> list[Node]:
    """Return the operand expressions of a node."""
    if type(node).__name__ == "Call":
        args = [a.value if type(a).__name__ == "Starred" else a for a in node.args]
        return [getattr(node.func, "value", node.func), *args, *(k.value for k in node.keywords)]
    return [
        getattr(node, f) for f in ("left", "right", "operand", "value", "slice", "target") if hasattr(node, f)
    ]


def known_call(node: Node) -> bool:
    """Whether it is known what a call calls, and that it is no function inside this one."""
    target = getattr(node, "callee", None)
    return target is not None and hasattr(target, "value")


def names_in(statement: Node) -> list[Node]:
    """Return the names among the targets of a statement."""
    return [t for t in targets_of(statement) if type(t).__name__ == "Name"]


def alone(statement: Node) -> bool:
    """Whether every target of an assignment is a name."""
    targets = getattr(statement, "targets", None) or [statement.target]
    return all(type(t).__name__ == "Name" for t in targets)


def nested_changes(unit: Any, summaries: Any) -> Iterator[tuple[str, str]]:
    """Yield what functions inside a function change of its variables and of those outside."""
    for node in walk(unit.tree.body):
        if type(node).__name__ == "FunctionDef":
            summary = summaries.of_nested(node)
            yield from ((n, level) for n, level in sorted(summary.changes) if n not in summary.parameters)


def shown(site: Site) -> str:
    """Return a site as the user's variable."""
    return site[0].partition(":")[0].removesuffix(" before")


__all__ = ["Overwrites"]
