"""Who else can see an array or container?  A forward walk over names.

A name is *owned* if its value was made in this function and no other name, container, closure or
call can refer to it; then ``x += y`` may become ``x = x + y``.
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.kinds import Array, Known, List, Object

from .decide import RULE, UNIT
from .syntax import Node, names_read, names_written, walk

FRESH_DISPLAYS = ("List", "Dict", "ListComp", "DictComp", "Tuple")
FRESH_CALLS = frozenset(
    {
        "zeros",
        "ones",
        "empty",
        "full",
        "zeros_like",
        "ones_like",
        "empty_like",
        "full_like",
        "copy",
        "array",
        "arange",
        "linspace",
        "eye",
        "list",
        "dict",
        "sorted",
        "flatten",
    }
)


class Aliases:
    """Tracks which names own their value at the current point of a walk."""

    def __init__(self, unit: Any) -> None:
        self.unit = unit
        self.fresh: set[str] = set()
        self.arrays: set[str] = set()
        self.parameters = set(unit.parameters)
        self.assigned: set[str] = set()
        self.loop_shared = shared_in_loops(unit.tree.body)
        if unit.initializes is not None:  # the object that `__init__` fills was made for it
            self.fresh.add(unit.initializes)
            self.assigned.add(unit.initializes)

    def owned(self, node: Node) -> bool:
        """Whether nobody else can see the value of a name."""
        return type(node).__name__ == "Name" and node.id in self.fresh and node.id not in self.loop_shared

    def foreign(self, node: Node) -> bool:
        """Whether a name still holds what the caller passed in (or lives outside)."""
        while type(node).__name__ in ("Attribute", "Subscript"):
            node = node.value
        if type(node).__name__ != "Name":
            return False
        return node.id not in self.assigned

    def is_array(self, node: Node) -> bool:
        """Whether a name was surely assigned an array made here."""
        return type(node).__name__ == "Name" and node.id in self.arrays

    def after(self, statement: Node) -> None:
        """Update what is owned after a statement."""
        kind = type(statement).__name__
        written = names_written(statement)
        self.assigned |= written
        if kind in ("If", "For", "While", "With"):
            return
        if kind == "AugAssign":
            self.escape(statement.value)
            return
        value = getattr(statement, "value", None)
        if value is not None:
            self.escape(value)
        self.fresh -= written
        self.arrays -= written
        targets = getattr(statement, "targets", [])
        if kind == "Assign" and len(targets) == 1 and type(targets[0]).__name__ == "Name":
            if is_fresh(value):
                self.fresh.add(targets[0].id)
            if made_array(value):
                self.arrays.add(targets[0].id)
        elif kind == "FunctionDef":
            self.fresh -= names_read(statement)

    def escape(self, value: Node) -> None:
        """Names that an expression stores, passes on or returns as they are can be seen by others."""
        self.fresh -= escaping(value)


def escaping(value: Node) -> set[str]:
    """Return the names whose very value may live on in the value of an expression."""
    kind = type(value).__name__
    if kind == "Name":
        return {value.id}
    if kind in ("BinOp", "Compare", "UnaryOp", "JoinedStr", "Constant"):
        return set()
    if kind == "Call":
        decision = getattr(value, "decision", None)
        if decision is not None and decision.how == RULE and decision.rule.fresh:
            return set()
        func = value.func
        if isinstance(getattr(func, "kind", None), Known) and getattr(
            func.kind.value, "__name__", ""
        ) in FRESH_CALLS | {"len", "sum", "print", "float", "int"}:
            return set()
        if type(func).__name__ == "Attribute" and func.attr in ("append", "copy", "sum", "mean", "dot"):
            return {n for a in value.args for n in escaping(a)}
        names = {n for a in value.args for n in escaping(a)} | {
            n for k in value.keywords for n in escaping(k.value)
        }
        return names | (escaping(func.value) if type(func).__name__ == "Attribute" else set())
    if kind in ("Subscript", "Attribute"):
        return escaping(value.value) if not isinstance(getattr(value.value, "kind", None), List) else set()
    return {n.id for n in walk(value) if type(n).__name__ == "Name"}


def is_fresh(value: Node) -> bool:
    """Whether an expression makes a value that nobody else can see."""
    kind = type(value).__name__
    if kind in ("BinOp", "UnaryOp", *FRESH_DISPLAYS) or makes_object(value):
        return True
    decision = getattr(value, "decision", None)
    if decision is not None and decision.how == RULE:
        return bool(decision.rule.fresh) or call_name(value) in FRESH_CALLS
    return kind == "Call" and call_name(value) in FRESH_CALLS


def makes_object(value: Node) -> bool:
    """Whether an expression is the construction of an object whose class keeps no list of its objects."""
    callee = getattr(getattr(value, "callee", None), "value", None)
    decision = getattr(value, "decision", None)
    if decision is not None and decision.how == UNIT:
        return decision.unit.initializes is not None
    return isinstance(callee, type) and isinstance(getattr(value, "kind", None), Object)


def made_array(value: Node) -> bool:
    """Whether an expression surely makes an array."""
    return isinstance(getattr(value, "kind", None), Array)


def call_name(value: Node) -> str:
    """Return the name of the function that a call calls."""
    func = getattr(value, "func", None)
    return str(getattr(func, "attr", getattr(func, "id", "")))


def shared_in_loops(block: list[Node]) -> set[str]:
    """Return the names that some loop body passes on after the place where it may change them."""
    names: set[str] = set()
    for statement in block:
        for child in walk(statement):
            if type(child).__name__ in ("For", "While"):
                for inner in walk(child.body):
                    if type(inner).__name__ == "Assign":
                        names |= escaping(inner.value)
                    elif type(inner).__name__ == "Expr" and call_name(inner.value) == "append":
                        names |= {n for a in inner.value.args for n in escaping(a)}
    return names
