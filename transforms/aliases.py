"""Who else can see an array or container?

A variable is *owned* if its value was made in this function and no other variable, container, closure
or callee can refer to it; then ``x += y`` may become ``x = x + y``, and ``x.append(y)`` concerns
nobody else.  In doubt a variable is not owned.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     y = np.sin(x)
...     z = x[1:]
...     pair = [y, z]
...     return y
>>> unit = inferred(f, np.ones(3))
>>> aliases = Aliases(unit, unit.summaries.memory)
>>> aliases.run()
>>> for statement in unit.tree.body:
...     print(sorted(aliases.before[id(statement)].names))
[]
['y']
['y']
['pair']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adjoint.rules.kinds import List, Tuple

from .changes import Changes, every, targets_of
from .forward import Forward
from .memory import Memory, immutable, is_arithmetic, kind_at
from .syntax import Node, names_read, names_written, walk


@dataclass(frozen=True)
class Owned:
    """The variables that are owned at one point."""

    names: frozenset[str]

    def joined(self, other: Owned) -> Owned:
        """Return what is owned on both paths."""
        return Owned(self.names & other.names)


class Aliases(Forward[Owned]):
    """Finds out what is owned in front of every statement of a unit."""

    def __init__(self, unit: Any, memory: Memory) -> None:
        super().__init__()
        self.memory = memory
        self.changes = Changes(memory)
        self.unit = unit
        self.captured: set[str] = set()
        self.here: Node = None

    def state(self, names: set[str] | frozenset[str]) -> Owned:
        """Return a state; what nested functions can see is never owned."""
        return Owned(frozenset(names) - self.captured)

    def at(self, statement: Node) -> None:
        """Answer questions for the point in front of a statement."""
        self.here = statement

    def owned(self, node: Node) -> bool:
        """Whether nobody else can see the value of a variable."""
        if not self.before:
            self.run()
        here = self.before.get(id(self.here))
        return here is not None and type(node).__name__ == "Name" and node.id in here.names

    def changed(self, node: Node) -> bool:
        """Whether some statement changes in place what a variable refers to."""
        changes = (change for s in every(self.unit.tree.body) for change in self.changes.of(s))
        return any(getattr(node, "id", None) in change.roots for change in changes)

    def run(self) -> None:
        """Walk the function; most functions never ask."""
        unit = self.unit
        self.captured = captured_names(unit.tree)
        args = unit.tree.args
        made = {a.id for a in (args.vararg, args.kwarg) if a is not None}
        made |= {n for n, kind in unit.parameters.items() if immutable(kind)}
        if unit.initializes:
            made.add(unit.initializes)
        self.block(unit.tree.body, self.state(made))

    # --- the walk ----------------------------------------------------------------------------
    def transfer(self, statement: Node, state: Owned) -> Owned:
        """Take away what a statement shares, add what it makes."""
        kind = type(statement).__name__
        names = set(state.names) - self.changes.leaks(statement)
        if kind in ("FunctionDef", "ClassDef", "Try", "Match", "AsyncFor", "AsyncWith"):
            names -= names_read(statement) | names_written(statement)
        elif kind == "For":
            names -= self.memory.items(statement.iter, False) | self.walked(statement)
        elif kind == "With":
            names -= self.memory.all([item.context_expr for item in statement.items], False)
        elif kind == "AugAssign":
            return self.augmented(statement, names)
        elif kind in ("Assign", "AnnAssign") and statement.value is not None:
            return self.assigned(statement, names)
        return self.state(
            names - names_written([t for t in targets_of(statement) if type(t).__name__ == "Name"])
        )

    def walked(self, loop: Node) -> set[str]:
        """A container that a loop walks over, if the loop changes it."""
        name: Any = getattr(loop.iter, "id", None)
        return {name} & set().union(*(c.roots for s in every(loop.body) for c in self.changes.of(s)), set())

    def assigned(self, statement: Node, names: set[str]) -> Owned:
        """``target = value``."""
        value = statement.value
        targets = statement.targets if type(statement).__name__ == "Assign" else [statement.target]
        names -= self.memory.sources(value, False)
        for target in targets:
            names -= names_written(target)
        for target in targets:
            names |= self.made(target, value, len(targets) == 1)
        return self.state(names)

    def made(self, target: Node, value: Node, alone: bool) -> set[str]:
        """Return the variables that own their value after ``target = value``."""
        kind = type(target).__name__
        if kind == "Name":
            plain = immutable(getattr(target, "stored", None) or kind_at(value))
            return {target.id} if plain or alone and self.memory.is_new(value) else set()
        if kind not in ("Tuple", "List"):
            return set()
        if type(value).__name__ in ("Tuple", "List") and len(value.elts) == len(target.elts):
            pairs = zip(target.elts, value.elts, strict=True)
            return set().union(*(self.made(t, v, alone) for t, v in pairs))
        flat = [t for t in walk(target) if type(t).__name__ == "Name" and hasattr(t, "stored")]
        return {t.id for t in flat if immutable(t.stored)}

    def augmented(self, statement: Node, names: set[str]) -> Owned:
        """``target += value``: an array keeps its owner, a list takes in what it is given."""
        target = statement.target
        if type(target).__name__ != "Name":
            return self.state(names - self.memory.sources(statement.value, False))
        arrays = is_arithmetic(target) and is_arithmetic(statement.value)
        if not arrays:
            names -= self.memory.sources(statement.value, False)
        kept = target.id in names and (arrays or isinstance(getattr(target, "kind", None), List | Tuple))
        return self.state(names | {target.id} if kept else names - {target.id})


def captured_names(tree: Node) -> set[str]:
    """Return the variables that functions inside a function can see."""
    names: set[str] = set()
    for node in walk(tree.body):
        if type(node).__name__ in ("FunctionDef", "AsyncFunctionDef", "Lambda", "ClassDef"):
            names |= names_read(node)
    return names


__all__ = ["Aliases", "Owned"]
