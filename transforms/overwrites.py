"""Changes in place of what a derivative needs later.

The pullback reads values again that the primal computed.  An array that carries no derivative (a mask, an
index, a buffer) may be changed freely as long as no line that carries a derivative has read it; once
one has, a change would reach the pullback.  A forward walk follows which memory every variable may
refer to (:mod:`adjoint.transforms.sites`) and what has been used.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     w = np.arange(3.0)
...     w[0] = 1.0
...     y = x * w
...     w[1] = 2.0
...     return np.sum(y)
>>> unit = inferred(f, np.ones(3))
>>> [(node.lineno, name, line) for node, name, line in Overwrites(unit, unit.summaries).found.values()]
[(5, 'w', 4)]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adjoint.rules.kinds import Known, Object, Scalar

from .changes import (
    ALL_FIELDS,
    ARRAY,
    ITEMS,
    NAME,
    Change,
    Changes,
    every,
    expressions_of,
    root_name,
    targets_of,
)
from .decide import APPEND, DYNAMIC, PATH, RULE, UNIT
from .forward import Forward
from .memory import arguments, callee, flat, immutable, kind_at, stored_at
from .mutators import ARRAY_METHODS, BOTH_METHODS, ITEM_METHODS
from .paste import parsed
from .sites import Site, Sites, Use, Uses, by_root, conflict, older, site_of
from .syntax import Node, names_read, names_written, walk

REVERSED = (APPEND,)


class Overwrites(Forward[Uses]):
    """Finds the changes of a unit that come after a use."""

    def __init__(self, unit: Any, summaries: Any) -> None:
        super().__init__()
        self.memory = Sites(summaries)
        self.changes = Changes(self.memory)
        self.local = unit.inference.local
        self.lines: dict[Use, int] = {}
        self.found: dict[int, tuple[Node, str, int]] = {}
        self.loose: list[Change] = []
        self.made: set[str] = set()
        self.parameters = set(unit.parameters)
        self.parameters_changed: set[str] = set()
        self.body = unit.tree.body
        self.kinds = unit.inference.kinds
        self.copied = unit.inference.volatile  # the lowering keeps what these variables held
        nested = unit.classes & {"FunctionDef", "Lambda"}
        self.nested = list(nested_changes(unit, summaries)) if nested else []
        self.changing = bool(self.nested) or any(map(self.may_change, every(self.body)))
        if self.changing:
            self.block(self.body, Uses({name: frozenset({(name,)}) for name in unit.parameters}))

    def may_change(self, statement: Node) -> bool:
        """Whether a statement changes anything in place, or reads a method that does."""
        nodes = list(expressions_of(statement))
        changing = any(type(node).__name__ == "Attribute" and changes_its_object(node) for node in nodes)
        return changing or any(True for _ in self.changes.of(statement, nodes))

    def transfer(self, statement: Node, state: Uses) -> Uses:
        """Check the changes of a statement against the uses so far, then add its own."""
        self.memory.state = state
        self.hold(statement)
        uses = list(self.uses_of(statement))
        for change in self.changes.of(statement):
            earlier = {use for node, use in uses if all(n is not change.node for n in walk(node))}
            self.check(change, state.using(earlier).used)
        self.check_nested(statement, state.used)
        return self.shared(statement, self.bound(statement, state.using(use for _, use in uses)))

    def leave(self, statement: Node, state: Uses) -> Uses:
        """A context manager may change something when the block ends."""
        self.memory.state = state
        for change in self.changes.entered(statement):
            self.check(change, state.used)
        return state

    def block(self, statements: list[Node], state: Uses | None) -> Uses | None:
        """Walk a block; at the end of the function, look at what may have happened at any time."""
        state = super().block(statements, state)
        if statements is self.body:
            for change in self.loose:
                self.check(change, by_root(self.lines))
        return state

    def hold(self, statement: Node) -> None:
        """Note methods that change their object and are read, not called: nobody knows when they are."""
        called = {id(n.func) for n in expressions_of(statement) if type(n).__name__ == "Call"}
        for node in expressions_of(statement):
            if type(node).__name__ == "Attribute" and id(node) not in called and changes_its_object(node):
                self.loose.append(
                    Change(node, frozenset(self.memory.sources(node.value)), (ARRAY, ITEMS), deep=True)
                )

    # --- changes -----------------------------------------------------------------------------
    def check(self, change: Change, used: Mapping[str, frozenset[Use]]) -> None:
        """Note a change of something that has been used."""
        if change.levels == (NAME,) and all(site[0] in self.copied for site in change.roots):
            return
        if ARRAY in change.levels:
            self.parameters_changed |= {site[0] for site in change.roots if site[0] in self.parameters}
        if id(change.node) in self.found:
            return
        for site in sorted(self.memory.reach(change.roots) if change.deep else change.roots, key=repr):
            if NAME not in change.levels and isinstance(self.kinds.get(site[0]), Scalar):
                continue  # nobody changes a number
            hurt = [
                use
                for use in used.get(site[0], ())
                if any(conflict(site, level, change, use) for level in change.levels)
            ]
            if hurt:
                line = self.lines.get(min(hurt, key=repr), 0)
                self.found[id(change.node)] = (change.node, shown(site), line)
                return

    def check_nested(self, statement: Node, used: Mapping[str, frozenset[Use]]) -> None:
        """A call of a function that only the running program knows may be one of those inside this one."""
        for node in expressions_of(statement):
            if type(node).__name__ == "Call" and self.nested and not known_call(node):
                for name, level in self.nested:
                    roots = frozenset(self.memory.variable(name))
                    self.check(Change(node, roots, (level,), deep=level != NAME), used)

    # --- uses --------------------------------------------------------------------------------
    def uses_of(self, statement: Node) -> Iterator[tuple[Node, Use]]:
        """Yield what the reverse of a statement reads, and where that stands."""
        for node in expressions_of(statement) if is_reversed(statement) else ():
            decision = getattr(node, "decision", None)
            if decision is not None:
                yield from self.noted(node, self.uses_of_operation(node, decision))
        kind = type(statement).__name__
        if kind == "For" or kind in ("If", "While") and type(statement.test).__name__ == "Name":
            head = statement.iter if kind == "For" else statement.test
            yield from self.noted(head, [*self.reread(head), *self.names(head)])

    def noted(self, node: Node, uses: Iterable[Use]) -> Iterator[tuple[Node, Use]]:
        """Remember the lines of uses."""
        for use in uses:
            self.lines.setdefault(use, getattr(node, "lineno", 0))
            yield node, use

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
        for site in self.memory.reach(sites):
            yield from ((site, level, "") for level in (ARRAY, ITEMS, *fields))

    def content(self, operand: Node) -> Iterator[Use]:
        """Yield that the elements of an operand are read again."""
        sites = self.memory.sources(operand)
        for site in self.memory.reach(sites):
            yield site, ARRAY, root_name(operand)
        for site in sites:
            yield site, ITEMS, root_name(operand)

    def reread(self, operand: Node) -> Iterator[Use]:
        """Yield the fields, items and outside variables that an operand is read through again."""
        for node in walk(operand):
            kind = type(node).__name__
            path = getattr(getattr(node, "decision", None), "how", None) == PATH
            if kind == "Name" and (node.id not in self.local or (node.id, NAME) in self.nested):
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
        value = getattr(statement, "value", None)
        if kind == "FunctionDef":
            captured = set().union(*(memory.variable(n) for n in names_read(statement)))
            return state.bound({statement.name: captured})
        if kind == "For":
            items = memory.items(statement.iter, True)
            return state.bound({t.id: items for t in names_in(statement)})
        if kind == "AugAssign":
            return self.augmented(statement, state)
        if kind in ("Assign", "AnnAssign") and value is not None:
            return self.assigned(statement, value, state)
        return state

    def assigned(self, statement: Node, value: Node, state: Uses) -> Uses:
        """``target = value``; ``a, b = x, y`` is two assignments unless one reads what the other assigns."""
        targets = statement.targets if type(statement).__name__ == "Assign" else [statement.target]
        left, right = getattr(targets[0], "elts", []), getattr(value, "elts", [])
        if left and len(targets) == 1 and len(left) == len(right):
            starred = any(type(n).__name__ == "Starred" for n in (*left, *right))
            if not starred and not names_read(value) & names_written(targets):
                for target, item in zip(left, right, strict=True):
                    state = self.given([target], item, state)
                return state
        return self.given(targets, value, state)

    def given(self, targets: list[Node], value: Node, state: Uses) -> Uses:
        """A new value has a site of its own, apart from what the line made earlier."""
        memory = self.memory
        memory.state = state
        found = memory.sources(value)
        stores = [n for t in targets for n in walk(t) if type(getattr(n, "ctx", None)).__name__ == "Store"]
        names = [n for n in stores if type(n).__name__ == "Name"]
        plain = immutable(kind_at(value))
        if names and not plain and (memory.is_new(value) or not found):
            site = (site_of(names[0], value),)
            state = memory.state = self.remade(state, site[0])
            state = memory.state = state.holding([site], memory.sources(value))
            found = {site}
        whole = all(type(t).__name__ == "Name" for t in targets)
        parts = found if whole else memory.inside(found, "[]")
        state = state.bound({t.id: parts for t in names})
        outputs = [(site, ARRAY, "") for site in found] if kind_at(value).active and not plain else []
        return state.using(use for _, use in self.noted(value, outputs))

    def remade(self, state: Uses, site: str) -> Uses:
        """Return the state before a line makes something; what it made before is something else."""
        if site in self.made:
            return older(state, site)
        self.made.add(site)  # for the first time: no state can know it
        return state

    def augmented(self, statement: Node, state: Uses) -> Uses:
        """``target += value`` of what carries a derivative makes a new value."""
        target = statement.target
        if type(target).__name__ != "Name":
            return state
        old, given = self.memory.variable(target.id), self.memory.sources(statement.value)
        if not stored_at(target).active:
            return state.bound({target.id: old}).holding(old, given)
        name = site_of(target, statement)
        state = self.remade(state, name)
        return state.bound({target.id: {(name,)}}).holding([(name,)], old | given)

    def shared(self, statement: Node, state: Uses) -> Uses:
        """Stores and calls may put one value inside another."""
        self.memory.state = state
        value = getattr(statement, "value", None)
        for target in targets_of(statement):
            if type(target).__name__ != "Name" and value is not None:
                state = state.holding(self.memory.sources(target.value), self.memory.sources(value))
        for node in expressions_of(statement):
            if type(node).__name__ == "Call" and self.changes.kept(node):
                state = state.holding(*self.put(node))
        return state

    def put(self, node: Node) -> tuple[set[Site], set[Site]]:
        """Return what a call may put values into, and the values."""
        _, receiver = callee(node)
        known = (
            receiver is not None
            and getattr(node.func, "attr", "") in ITEM_METHODS
            and not isinstance(kind_at(receiver), Object)
        )
        everything = self.memory.all(operands_of(node))
        return (
            (self.memory.sources(receiver), self.memory.all(arguments(node)))
            if known
            else (everything, everything)
        )


def copied_parameter(unit: Any) -> str:
    """Return the object that a unit fills if its pullback reads copies of it only, else nothing."""
    name: str = unit.initializes or ""
    for node in walk(unit.tree.body):
        decision = getattr(node, "decision", None)
        if decision is None or decision.how not in (UNIT, DYNAMIC):
            continue
        if getattr(node, "rebinds", None) is not None:
            passed_on = decision.how == DYNAMIC or not copied_parameter(decision.unit)
        else:
            operands = (*operands_of(node), *flat(tuple(decision.operands)))
            passed_on = any(getattr(n, "id", n) == name for n in operands)
        if passed_on:
            return ""
    return name


def changes_its_object(node: Node) -> bool:
    """Whether an attribute is a method that changes an array or container."""
    kind = kind_at(node.value)
    known = isinstance(kind, Known | Object) or immutable(kind)
    name = node.attr
    return not known and (name in ARRAY_METHODS | ITEM_METHODS | BOTH_METHODS or name.startswith("__i"))


def is_reversed(statement: Node) -> bool:
    """Whether a simple statement, or the head of a loop, carries a derivative."""
    kind = type(statement).__name__
    if kind == "Expr":
        return getattr(getattr(statement.value, "decision", None), "how", None) in REVERSED
    if kind in ("Assign", "AnnAssign", "Return", "AugAssign"):
        value = statement.value
        return (
            value is not None
            and kind_at(value).active
            or any(stored_at(t).active for t in targets_of(statement))
        )
    return kind == "For"


def needed_parameters(decision: Any) -> set[str] | None:
    """Return the parameters of a rule whose values its pullback reads; None if it keeps its own."""
    body = parsed(decision.rule)
    if body is None:
        return None
    names = set().union(*(names_read(part) for part in (*body.setup, *body.steps, *body.results)))
    return names & set(decision.bound)


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


def nested_changes(unit: Any, summaries: Any) -> Iterator[tuple[str, str]]:
    """Yield what functions inside a function change of its variables and of those outside."""
    for node in walk(unit.tree.body):
        node = getattr(node, "definition", node)
        if type(node).__name__ == "FunctionDef":
            summary = summaries.of_nested(node, unit)
            yield from ((n, level) for n, level in sorted(summary.changes) if n not in summary.parameters)


def shown(site: Site) -> str:
    """Return a site as the user's variable."""
    return site[0].partition(":")[0].removesuffix(" before")


__all__ = ["Overwrites"]
