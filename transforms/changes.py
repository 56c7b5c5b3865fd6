"""What a simple statement changes in place, and what it hands to somebody who may keep it.

A change is named by the variables that reach the changed memory and by its *level*: the elements of
an array, the items of a container, a field of an object, or the binding of a name.

>>> from adjoint.transforms.memory import Memory
>>> from adjoint.transforms.syntax import parse
>>> changes = Changes(Memory())
>>> [(sorted(c.roots), c.levels) for c in changes.of(parse('w[1:] = 0').body[0])]
[(['w'], ('array', 'items'))]
>>> [(sorted(c.roots), c.levels) for c in changes.of(parse('model.t = 1').body[0])]
[(['model'], ('field:t',))]
>>> [(sorted(c.roots), c.levels) for c in changes.of(parse('model.t += 1').body[0])]
[(['model'], ('array', 'items')), (['model'], ('field:t',))]
"""

from __future__ import annotations

import inspect
import random
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Closure, Dict, Known, List, Object, Unknown

from .decide import UNIT
from .memory import Memory, arguments, callee, hashable, immutable, library
from .mutators import ARRAY_METHODS, BOTH_METHODS, FIELD_WRITERS, ITEM_METHODS, changed_argument
from .syntax import Node, names_written, walk

ARRAY, ITEMS, NAME, ALL_FIELDS = "array", "items", "name", "fields"


@dataclass(frozen=True)
class Change:
    """One change: where it stands, what it reaches, at which levels, and by which variable's name.

    A ``deep`` change may be anywhere inside what it reaches; one of the variable ``own`` is of what that
    variable refers to, and of nothing inside.
    """

    node: Node
    roots: frozenset[Any]
    levels: tuple[str, ...]
    via: str = ""
    deep: bool = False
    own: str = ""


class Changes:
    """Finds the changes and the leaks of simple statements."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def of(self, statement: Node, nodes: Iterable[Node] = ()) -> Iterator[Change]:
        """Yield the changes that a simple statement, or the head of a compound one, makes.

        Args:
            statement: the statement.
            nodes: its `expressions_of`, if they are at hand.
        """
        kind = type(statement).__name__
        if kind == "AugAssign":
            yield from self.augmented(statement)
        for target in targets_of(statement):
            yield from self.stored(target)
        for child in nodes or expressions_of(statement):
            if type(child).__name__ == "Call":
                yield from self.call(child)
            elif is_call(child):
                yield from self.user_function(child, None, None)
        if type(statement).__name__ == "With":
            yield from self.entered(statement)

    def entered(self, statement: Node) -> Iterator[Change]:
        """What the context managers of a ``with`` block change of themselves."""
        for item in statement.items:
            kind = getattr(item.context_expr, "kind", None)
            if not isinstance(kind, Object):
                continue
            for name in ("__enter__", "__exit__"):
                function = inspect.getattr_static(kind.cls, name, None)
                if isinstance(function, types.FunctionType) and self.memory.summaries is not None:
                    summary = self.memory.summaries.of(function, kind.cls)
                    levels = (
                        tuple(sorted({level for _, level in summary.changes})) if summary is not None else ()
                    )
                    roots = frozenset(self.memory.sources(item.context_expr))
                    yield Change(item.context_expr, roots, levels, deep=True)

    def change(self, node: Node, base: Node, levels: tuple[str, ...]) -> Iterator[Change]:
        """Yield a change of the memory that an expression reaches."""
        roots = self.memory.sources(base)
        if roots:
            name = getattr(
                base, "id", ""
            )  # a snapshot is a copy of what the variable holds, not of what that holds
            yield Change(node, frozenset(roots), levels, name, own=name)

    def stored(self, target: Node) -> Iterator[Change]:
        """A target that is a place inside something."""
        kind = type(target).__name__
        if kind == "Subscript" and getattr(target.value, "attr", "") == "__dict__":
            yield from self.change(target, target.value.value, (ALL_FIELDS,))
        elif kind == "Subscript":
            yield from self.change(target, target.value, levels_of(target.value))
        elif kind == "Attribute":
            array = isinstance(getattr(target.value, "kind", None), Array)
            yield from self.change(target, target.value, (ARRAY,) if array else (f"field:{target.attr}",))

    def augmented(self, statement: Node) -> Iterator[Change]:
        """``x += y``, unless it is a rebinding."""
        target = statement.target
        if not rebinds(target, statement):
            yield from self.change(statement, target, levels_of(target))

    def call(self, node: Node) -> Iterator[Change]:
        """A call that changes its receiver or an argument."""
        function, receiver = callee(node)
        if receiver is not None and type(node.func).__name__ == "Attribute":
            yield from self.method(node, receiver, node.func.attr)
        for target in written_arguments(function, node):
            yield from self.change(node, target, (ARRAY, ITEMS))
        if function in FIELD_WRITERS and node.args:
            name = getattr(node.args[1], "value", None) if len(node.args) > 1 else None
            level = f"field:{name}" if isinstance(name, str) else ALL_FIELDS
            yield from self.change(node, node.args[0], (level,))
        yield from self.user_function(node, function, receiver)

    def method(self, node: Node, receiver: Node, name: str) -> Iterator[Change]:
        """``values.sort()``, ``counts.fill(0)``, ``y.__iadd__(1)``, ``rng.shuffle(values)``."""
        if isinstance(getattr(receiver, "kind", None), Known | Object):
            return
        if getattr(receiver, "attr", "") == "__dict__" and name in ITEM_METHODS:
            yield from self.change(node, receiver.value, (ALL_FIELDS,))
        if name in ARRAY_METHODS:
            yield from self.change(node, receiver, (ARRAY,))
        elif name in ITEM_METHODS and not isinstance(getattr(receiver, "kind", None), Array):
            yield from self.change(node, receiver, (ITEMS,))
        elif name in BOTH_METHODS or name.startswith("__i"):
            yield from self.change(node, receiver, (ARRAY, ITEMS))

    def user_function(self, node: Node, function: Any, receiver: Node | None) -> Iterator[Change]:
        """What a user's function is known to change of its arguments and of variables outside."""
        summary, bound = self.memory.effects(node, function, receiver)
        if summary is None:
            return
        for name, level in sorted(summary.changes):
            if bound is None and name in summary.parameters:
                roots = self.memory.all([*arguments(node), receiver])
            else:
                roots = self.memory.argument(name, summary, bound or {})
            if roots:
                given = (bound or {}).get(name, [])
                variable = given[0].id if len(given) == 1 and type(given[0]).__name__ == "Name" else ""
                own = variable if (name, level) in summary.own else ""
                via = own if getattr(node, "rebinds", None) is not None else ""
                yield Change(node, frozenset(roots), (level,), via, deep=not own, own=own)

    # --- leaks -------------------------------------------------------------------------------
    def leaks(self, statement: Node) -> set[Any]:
        """Return the variables whose value a statement hands to somebody who may keep it."""
        found: set[Any] = set()
        memory = self.memory
        if any(type(t).__name__ in ("Subscript", "Attribute") for t in targets_of(statement)):
            found |= (
                memory.sources(statement.value, False)
                if getattr(statement, "value", None) is not None
                else set()
            )
        for child in expressions_of(statement):
            kind = type(child).__name__
            if kind == "Call":
                found |= self.kept(child)
            elif kind in ("NamedExpr", "Await", "Yield", "YieldFrom") and child.value is not None:
                found |= memory.sources(child.value, False)
        return found

    def kept(self, node: Node) -> set[Any]:
        """Return the variables that a call may keep."""
        function, receiver = callee(node)
        memory, args = self.memory, arguments(node)
        if receiver is not None and isinstance(getattr(receiver, "kind", None), List | Dict):
            return memory.all(args, False)
        summary, bound = memory.effects(node, function, receiver)
        if summary is not None and bound is not None:
            return set().union(*(memory.all(bound.get(name, ()), False) for name in summary.kept))
        harmless = (
            function is not None and hashable(function) and library(function) and function is not setattr
        )
        if harmless and not any(is_code(a) for a in args):
            return set()
        return memory.all([*args, receiver, memory.called(node)], False)


def is_fields(node: Node) -> bool:
    """Whether an expression is the dict of an object's fields: ``obj.__dict__`` or ``vars(obj)``."""
    called = type(node).__name__ == "Call" and bool(node.args) and callee(node)[0] is vars
    return called or type(node).__name__ == "Attribute" and node.attr == "__dict__"


def is_call(node: Node) -> bool:
    """Whether an operator, an access or an attribute is a call of a user's function."""
    decision = getattr(node, "decision", None)
    return decision is not None and decision.how == UNIT or getattr(node, "unit", None) is not None


def root_name(node: Node) -> str:
    """Return the variable that an access path starts from, nothing for other expressions."""
    while type(node).__name__ in ("Attribute", "Subscript"):
        node = node.value
    return str(getattr(node, "id", ""))


def rebinds(target: Node, statement: Node) -> bool:
    """Whether an augmented assignment is a rebinding: of a number, or (differentiated) of anything."""
    kind = getattr(target, "kind", None)
    if kind is not None and immutable(kind):
        return True
    stored = getattr(target, "stored", None)
    return stored is not None and stored.active and type(target).__name__ == "Name"


def levels_of(base: Node) -> tuple[str, ...]:
    """Return the levels at which storing into an expression's value changes it."""
    kind = getattr(base, "kind", None)
    if isinstance(kind, Array):
        return (ARRAY,)
    return (ITEMS,) if isinstance(kind, List | Dict) else (ARRAY, ITEMS)


def written_arguments(function: Any, node: Node) -> list[Node]:
    """Return the arguments that a library function writes into."""
    written = [k.value for k in node.keywords if k.arg == "out"]
    if type(node.func).__name__ == "Attribute" and node.func.attr == "shuffle" or function is random.shuffle:
        written += node.args[:1]
    elif function is not None and hashable(function):
        place = changed_argument(function)
        method = hasattr(function, "__objclass__") and getattr(node, "receiver", None) is not None
        if place is not None:
            written += node.args[place - method :][:1] if place >= method else []
        elif isinstance(function, np.ufunc):
            written += node.args[function.nin :]
        else:
            written += positional_out(function, node)
    return written


def positional_out(function: Any, node: Node) -> list[Node]:
    """Return the argument that binds to a parameter ``out`` of a library function."""
    if len(node.args) < 2 or not library(function):
        return []
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    place = names.index("out") if "out" in names else len(node.args)
    return list(node.args[place : place + 1])


def targets_of(statement: Node) -> list[Node]:
    """Return the places that a statement stores into or deletes, tuples spelled out."""
    kind = type(statement).__name__
    if kind in ("Assign", "Delete"):
        targets = list(statement.targets)
    elif kind in ("AnnAssign", "AugAssign", "For"):
        targets = [statement.target]
    elif kind == "With":
        targets = [item.optional_vars for item in statement.items if item.optional_vars is not None]
    else:
        targets = []
    flat: list[Node] = []
    while targets:
        target = targets.pop(0)
        below = getattr(target, "elts", None) or (
            [target.value] if type(target).__name__ == "Starred" else None
        )
        targets[:0] = below or []
        flat += [] if below else [target]
    return flat


def expressions_of(statement: Node) -> Iterator[Node]:
    """Yield every expression node of a simple statement, or of the head of a compound one."""
    kind = type(statement).__name__
    if kind in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
        heads: list[Node] = []
    elif kind in ("If", "While"):
        heads = [statement.test]
    elif kind == "For":
        heads = [statement.iter]
    elif kind == "With":
        heads = [item.context_expr for item in statement.items]
    elif kind == "Try":
        heads = []
    elif kind == "Match":
        heads = [statement.subject]
    else:
        heads = [statement]
    for head in heads:
        yield from walk(head)


def every(block: list[Node]) -> Iterator[Node]:
    """Yield every statement of a block and below, those of nested functions included."""
    pending = block[::-1]
    while pending:
        statement = pending.pop()
        yield statement
        kind = statement.__class__.__name__
        if kind in ("Assign", "AugAssign", "Expr"):
            continue
        if kind == "FunctionDef":
            pending += statement.body[::-1]
        for inner in reversed(blocks_of(statement)):
            pending += inner[::-1]


def blocks_of(statement: Node) -> list[list[Node]]:
    """Return the blocks of statements inside a compound statement."""
    kind = type(statement).__name__
    if kind in ("If", "For", "While", "With", "AsyncFor", "AsyncWith"):
        return [statement.body, getattr(statement, "orelse", [])]
    if kind == "Try":
        return [statement.body, *(h.body for h in statement.handlers), statement.orelse, statement.finalbody]
    return [case.body for case in statement.cases] if kind == "Match" else []


def is_code(node: Node) -> bool:
    """Whether an argument may be a function, which may keep what it is given."""
    kind = getattr(node, "kind", None)
    if isinstance(kind, Known):
        return callable(kind.value) and not library(kind.value)
    return isinstance(kind, Closure | Object) or type(node).__name__ == "Lambda"


__all__ = ["Change", "Changes", "Unknown", "names_written"]
