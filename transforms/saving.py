"""Decide what the primal keeps for its pullback, and add the records of loops.

A loop keeps one record per trip of just the values its reverse reads; a loop whose reverse reads
nothing of a trip is repeated as often.  Values that only some paths assign start as ``None``.

Reference: Griewank & Walther (2008), section 3.2 ("to be recorded" analysis).

>>> from adjoint import source
>>> def f(x, n):
...     for _ in range(n):
...         x = np.sin(x)
...     return x
>>> print(source(f, 2.0, 3, stage='saving'))
def f(x, n):
    trips_2 = []
    for _ in range(n):
        trips_2.append(x)
        x = np.sin(x)
    # reverse
    x_bar = 1.0
    for x_3 in reversed(trips_2):
        x_bar = x_bar * np.cos(x_3)
    result = x_bar
    return x, result
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from adjoint.rules.kinds import Dict, List

from .again import read_again, untouched
from .effects import certain, reads, writes
from .layers import Names
from .options import is_on
from .placing import place
from .regions import Region
from .renaming import rename
from .syntax import Node, assign, call, clone, constant, expression, load, make, names_written, store


class Saving:
    """Adds records and snapshots to the primal of one unit and completes its reverse loops."""

    def __init__(self, unit: Any, reverse: Any, fused: bool = False) -> None:
        self.unit = unit
        self.fused = fused  # nobody but this function runs between primal and reverse
        self.primal: list[Node] = []
        self.again: set[str] = set()  # what the reverse computes again
        self.regions = reverse.regions
        self.reading = reverse.reading
        self.helper = reverse.helper
        self.namer = unit.namer
        self.starts: dict[str, Node] = {}  # variables that get a value when the function starts

    @functools.cached_property
    def users(self) -> set[str]:
        """The parameters and the variables that the user assigns."""
        written: set[str] = names_written(self.unit.original.body)
        return written | set(self.unit.parameters)

    @functools.cached_property
    def untouched(self) -> dict[str, Any]:
        """The parameters that the function does not change."""
        return untouched(self.primal, self.unit.parameters)

    def run(self, primal: list[Node], reverse: list[Node]) -> tuple[list[Node], list[Node]]:
        """Return the completed primal and reverse."""
        self.primal = primal
        reverse = self.loops(reverse)
        wanted = free_names(reverse)
        primal = self.assemble(primal, wanted)
        return [assign(name, value) for name, value in sorted(self.starts.items())] + primal, reverse

    # --- loops -------------------------------------------------------------------------------
    def loops(self, block: list[Node]) -> list[Node]:
        """Write the headers of the reverse loops, innermost first."""
        for statement in block:
            kind = type(statement).__name__
            if kind in ("If", "For"):
                statement.body = self.loops(statement.body)
            if kind == "If":
                statement.orelse = self.loops(statement.orelse)
            if kind == "For" and hasattr(statement, "reverses"):
                self.header(statement, statement.reverses)
        return block

    def header(self, loop: Node, forward: Node) -> None:
        """Choose what the reverse loop runs over."""
        region: Region = forward.inner
        wanted = free_names(loop.body)
        names = [
            name for name in ordered(forward, self.regions) if name in wanted and name in region.assigned
        ]
        counted = is_range(forward) and not has_break(forward.body)
        if not names and counted:
            loop.target = store(self.namer.fresh("_"))
            loop.iter = self.reading(clone(forward.iter), forward, after=False)
        elif counted and names == [forward.target.id]:
            loop.target = store(names[0])
            loop.iter = call(
                self.unit.builtin("reversed"), [self.reading(clone(forward.iter), forward, after=False)]
            )
        elif not names:
            self.count(loop, forward)
        elif counted and (lines := self.read_again(forward, names)) is not None:
            loop.target = store(forward.target.id)
            loop.iter = call(
                self.unit.builtin("reversed"), [self.reading(clone(forward.iter), forward, after=False)]
            )
            loop.body = self.renamed(lines + [clone(statement) for statement in loop.body], lines)
        else:
            self.record(loop, forward, names)

    def read_again(self, forward: Node, names: list[str]) -> list[Node] | None:
        """Return the lines that compute again what a trip has read, if nothing can have changed."""
        if not self.fused or not is_on("again"):
            return None
        return read_again(forward, names, self.untouched)

    def renamed(self, block: list[Node], lines: list[Node]) -> list[Node]:
        """Give what is computed again names of its own, so that both can go back into expressions."""
        renamed = {line.targets[0].id: self.namer.fresh(line.targets[0].id) for line in lines}
        self.again |= set(renamed.values())
        for statement in block:
            rename(statement, renamed)
        return block

    def count(self, loop: Node, forward: Node) -> None:
        """Count the trips of a loop whose reverse reads nothing of them."""
        name = self.record_name(forward)
        forward.records = assign(name, constant(0))
        forward.each_trip = make("AugAssign", target=store(name), op=make("Add"), value=constant(1))
        loop.target = store(self.namer.fresh("_"))
        trips = load(self.regions.read(name, forward, after=True))
        loop.iter = call(self.unit.builtin("range"), [trips])

    def record(self, loop: Node, forward: Node, names: list[str]) -> None:
        """Keep one record per trip."""
        name = self.record_name(forward)
        value = load(names[0]) if len(names) == 1 else make("Tuple", elts=[load(n) for n in names])
        forward.records = assign(name, make("List", elts=[]))
        forward.each_trip = make("Expr", value=expression("L.append(V)", L=load(name), V=value))
        forward.recorded = names
        if len(names) == 1:
            loop.target = store(names[0])
        else:
            loop.target = make("Tuple", elts=[store(n) for n in names], ctx=make("Store"))
        loop.iter = call(self.unit.builtin("reversed"), [load(self.regions.read(name, forward, after=True))])

    def record_name(self, forward: Node) -> str:
        name: str = self.namer.fresh(f"trips_{forward.lineno}")
        self.regions.define(name, forward)
        return name

    # --- the primal --------------------------------------------------------------------------
    def assemble(self, block: list[Node], wanted: set[str]) -> list[Node]:
        """Insert snapshots, records and the rules' own lines where they are needed."""
        snapshots: dict[tuple[int, bool], list[Node]] = {}
        recorded = wanted | self.all_recorded(block)
        for snapshot in dict.fromkeys(self.regions.snapshots.values()):
            if snapshot.name in recorded:
                node = snapshot.node(self.helper, self.unit.builtin)
                node.origin = getattr(snapshot.statement, "origin", snapshot.statement)
                node.snapshot = snapshot
                snapshots.setdefault((id(snapshot.statement), snapshot.after), []).append(node)
        return self.assembled(block, snapshots, recorded, Names(self.unit.parameters))

    def all_recorded(self, block: list[Node]) -> set[str]:
        """Return every name that some loop records."""
        names: set[str] = set()
        for statement in block:
            names |= set(getattr(statement, "recorded", ()))
            for inner in (getattr(statement, "body", []), getattr(statement, "orelse", [])):
                names |= self.all_recorded(inner)
        return names

    def assembled(self, block: list[Node], snapshots: Any, wanted: set[str], defined: Names) -> list[Node]:
        """Return a block with everything inserted; ``defined`` becomes what is surely assigned behind it."""
        result: list[Node] = []
        for statement in block:
            before = self.inserted(statement, "inserted_before", wanted)
            before += snapshots.get((id(statement), False), ())
            after = [*snapshots.get((id(statement), True), ())]
            after += self.inserted(statement, "inserted_after", wanted)
            kind = type(statement).__name__
            sure: set[str] | None = None
            if kind in ("If", "With"):
                arms = [
                    (statement.body, defined.layer()),
                    (getattr(statement, "orelse", []), defined.layer()),
                ]
                statement.body, statement.orelse = [
                    self.assembled(arm, snapshots, wanted, inside) for arm, inside in arms
                ]
                both = [set(inside.changed) for _, inside in arms]
                sure = both[0] & both[1] if kind == "If" else both[0]
            elif kind in ("For", "While"):
                target = names_written(statement.target) if kind == "For" else ()
                statement.body = self.assembled(statement.body, snapshots, wanted, defined.layer(target))
                placed = self.placed(statement)
                before += [statement.records] if placed else self.loop_records(statement, defined)
                if not placed and hasattr(statement, "each_trip"):
                    statement.body = with_record(statement.body, statement.each_trip)
            final = getattr(statement, "replacement", statement)
            self.start(before, defined)
            defined.update(certain([final]) if sure is None or final is not statement else sure)
            if before or after:
                self.start(after, defined)
                defined.update(certain([*before, *after]))
            result += [*before, final, *after]
        return result

    def start(self, lines: list[Node], defined: Names) -> None:
        """Give a variable a value at the start of the function if a snapshot may find it without one."""
        for snapshot in [line.snapshot for line in lines if hasattr(line, "snapshot")]:
            if snapshot.variable not in defined and not self.is_outside(snapshot.variable):
                empty = {List: make("List", elts=[]), Dict: make("Dict", keys=[], values=[])}
                self.starts[snapshot.variable] = empty.get(type(snapshot.kind), constant(None))

    def is_outside(self, name: str) -> bool:
        """Whether a name is a global or a variable of a function around this one."""
        unit = self.unit
        return name not in unit.inference.local and unit.scope.owner(name) is not None

    def placed(self, forward: Node) -> bool:
        """Try to make the record before values are overwritten, so that no snapshot is needed."""
        if not hasattr(forward, "recorded") or has_break(forward.body):
            return False
        names, copies = forward.recorded, self.regions.copies
        record = forward.records.targets[0].id
        added = {n for n in names if n in copies or n not in self.users} - self.sure(forward)
        unsure = set(names) - certain(forward.body) - added
        result = None if unsure - self.sure(forward) else place(forward.body, record, names, copies, added)
        if result is None:
            return False
        forward.body = result
        return True

    def sure(self, forward: Node) -> set[str]:
        """Return the names that surely have a value when a loop starts a trip."""
        target = names_written(forward.target) if type(forward).__name__ == "For" else set()
        return target | set(self.unit.parameters)

    def inserted(self, statement: Node, where: str, wanted: set[str]) -> list[Node]:
        """Return the rule lines at a statement that somebody reads."""
        lines: list[Node] = []
        needed: set[str] = set()  # besides what is wanted
        for line in reversed(getattr(statement, where, ())):
            if not names_written(line).isdisjoint(wanted | needed if needed else wanted):
                needed |= reads(line.value)
                lines.append(line)
        return lines[::-1]

    def loop_records(self, loop: Node, defined: Names) -> list[Node]:
        """Start the records of a loop; names that a trip may leave unassigned start as None."""
        if not hasattr(loop, "records"):
            return []
        inside = certain(loop.body) | (names_written(loop.target) if type(loop).__name__ == "For" else set())
        inside |= {snapshot.name for t in loop.body for snapshot in self.regions.snapshots_at(t)}
        inside |= {n for t in loop.body for n in certain([getattr(t, "replacement", t)])}
        inside |= {
            n
            for t in loop.body
            for line in (*getattr(t, "inserted_before", []), *getattr(t, "inserted_after", []))
            for n in names_written(line)
        }
        inside |= {n for t in loop.body if hasattr(t, "records") for n in names_written(t.records)}
        unsure = [
            name for name in getattr(loop, "recorded", []) if name not in inside and name not in defined
        ]
        users = [name for name in unsure if name in self.unit.inference.local]  # may hold a value already
        self.starts |= {name: constant(None) for name in users if name not in self.starts}
        return [*(assign(name, constant(None)) for name in unsure if name not in users), loop.records]


def free_names(block: list[Node]) -> set[str]:
    """Return the names that a block of reverse code reads before it assigns them."""
    return _exposed(block, Names())


def _exposed(block: list[Node], defined: Names) -> set[str]:
    """Return the names read while not yet defined; add to ``defined`` what is surely assigned."""
    found: set[str] = set()
    for statement in block:
        kind = type(statement).__name__
        if kind == "If":
            found.update(name for name in reads(statement.test) if name not in defined)
            arms = [defined.layer(), defined.layer()]
            found |= _exposed(statement.body, arms[0]) | _exposed(statement.orelse, arms[1])
            defined.update(name for name in arms[0].changed if name in arms[1])
        elif kind == "For":
            inner = defined.layer(names_written(statement.target))
            found.update(name for name in reads(statement.iter) if name not in defined)
            found |= _exposed(statement.body, inner)
        else:
            found.update(name for name in reads(statement) if name not in defined)
            defined.update(writes(statement))  # what is changed in place is read as well
    return found


def ordered(forward: Node, regions: Any) -> list[str]:
    """Return the names of a loop's region in the order in which a trip assigns them."""
    target = sorted(names_written(forward.target)) if type(forward).__name__ == "For" else []
    return list(dict.fromkeys([*target, *assigned(forward.body, regions), *sorted(forward.inner.assigned)]))


def assigned(block: list[Node], regions: Any) -> Iterator[str]:
    """Yield what a block assigns in its order, lines of rules, snapshots and records included."""
    for statement in block:
        for line in getattr(statement, "inserted_before", []):
            yield from sorted(names_written(line))
        for snapshot in regions.snapshots_at(statement):
            yield snapshot.name
        if type(statement).__name__ in ("If", "With"):
            yield from assigned(statement.body, regions)
            yield from assigned(getattr(statement, "orelse", []), regions)
        yield from sorted(statement.owns)
        later = [getattr(statement, "records", None), getattr(statement, "replacement", None)]
        for line in [*later, *getattr(statement, "inserted_after", [])]:
            if line is not None:
                yield from sorted(names_written(line))


def is_range(forward: Node) -> bool:
    """Whether a loop runs over ``range(...)`` with a plain target."""
    return (
        type(forward).__name__ == "For"
        and type(forward.target).__name__ == "Name"
        and type(forward.iter).__name__ == "Call"
        and getattr(forward.iter.func, "id", "") == "range"
        and forward.target.id not in names_written(forward.body)
    )


def has_break(block: list[Node]) -> bool:
    """Whether a loop body may leave its loop."""
    for statement in block:
        kind = type(statement).__name__
        if kind == "Break":
            return True
        if kind in ("If", "With") and (
            has_break(statement.body) or has_break(getattr(statement, "orelse", []))
        ):
            return True
    return False


def with_record(block: list[Node], record: Node) -> list[Node]:
    """Put the record at every end of a loop body: before each ``break``, and at the bottom."""
    if not block:
        return [clone(record)]
    last = block[-1]
    kind = type(last).__name__
    if kind == "Break":
        return [*block[:-1], clone(record), last]
    if kind == "Raise":
        return block
    if kind == "If" and has_break([last]) and not writes(last) & reads(record):
        return [*block[:-1], clone(record), last]
    if kind == "If" and has_break([last]):
        last.body = with_record(last.body, record)
        last.orelse = with_record(last.orelse, record)
        return block
    if kind == "With" and has_break([last]):
        last.body = with_record(last.body, record)
        return block
    return [*block, clone(record)]
