"""What a user's function does to memory it did not make: read off its text, without its kinds.

A summary says which parameters and outside variables a function changes in place, which it keeps or
returns, and which fields it reads.  Functions that call each other are repeated until nothing changes.

>>> from adjoint.transforms.read import read
>>> def push(stack, x, y):
...     stack.append(x)
...     y[0] = 1.0
...     return stack
>>> summary = Summaries(read).of(push)
>>> sorted(summary.changes)
[('stack', 'items'), ('y', 'array'), ('y', 'items')]
>>> sorted(summary.kept), sorted(summary.returned)
(['stack', 'x'], ['stack', 'x'])
"""

from __future__ import annotations

import builtins
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from adjoint.rules.errors import SourceError
from adjoint.rules.kinds import Known
from adjoint.rules.registry import registry

from .changes import ARRAY, ITEMS, NAME, Changes, every, expressions_of, root_name, targets_of
from .memory import Memory, dotted
from .syntax import Node, clone, names_read, names_written, walk

MAX_FUNCTIONS = 300
MAX_ROUNDS = 4


@dataclass(frozen=True)
class Summary:
    """The effects of one function; names are its parameters or variables outside.

    Of the changes, those in ``own`` concern the object given as a parameter itself, not what it holds.
    """

    parameters: frozenset[str] = frozenset()
    captured: frozenset[str] = frozenset()
    changes: frozenset[tuple[str, str]] = frozenset()
    own: frozenset[tuple[str, str]] = frozenset()
    kept: frozenset[str] = frozenset()
    returned: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def stored_fields(self) -> set[str]:
        """Return the fields that the function stores into."""
        return {level.partition(":")[2] for _, level in self.changes if level.startswith("field:")}


class Summaries:
    """The summaries of all functions that a compilation meets."""

    def __init__(self, source_of: Callable[[Any], Any]) -> None:
        self.source_of = source_of
        self.known: dict[Any, Summary | None] = {}
        self.running: list[Any] = []
        self.provisional: set[Any] = set()
        self.assumed: set[Any] = set()  # whose summary was read before it was final
        self.memory = Memory(self)

    def of(self, function: Any, cls: type | None = None) -> Summary | None:
        """Return the summary of a function (as a method of ``cls``); None if there is no source."""
        key = (function, cls)
        if key not in self.known:
            if len(self.known) >= MAX_FUNCTIONS:
                return None
            try:
                tree = clone(self.source_of(function).tree)
            except SourceError:
                self.known[key] = None
                return None
            if leaves_arguments_alone(function):
                names = frozenset(arg.id for arg in tree.args.args)
                self.known[key] = Summary(parameters=names, returned=names)
                return self.known[key]
            annotate(tree, function, cls)
            return self.fixed(key, Summarizer(self.memory, tree))
        return self.reused(key)

    def changes_receiver(self, function: Any, cls: type) -> bool:
        """Whether a method stores into fields of its object."""
        if not isinstance(function, types.FunctionType):
            return False
        summary = self.of(function, cls)
        receiver = next(iter(inspect.signature(function).parameters), "")
        changes = () if summary is None else summary.changes
        return any(name == receiver and level.startswith("field") for name, level in changes)

    def of_unit(self, unit: Any) -> Summary | None:
        """Return the summary of a unit, whose tree says more than the text alone."""
        if unit not in self.known:
            return self.fixed(unit, Summarizer(self.memory, unit.tree, unit.captured))
        return self.reused(unit)

    def of_nested(self, tree: Node, unit: Any) -> Summary | None:
        """Return the summary of a function defined inside a unit, whose tree may lack kinds."""
        key = (unit, tree.lineno, tree.col_offset)
        if key not in self.known:
            plain = clone(tree)
            annotate(plain, unit.scope.function, None, unit.inference.local)
            return self.fixed(key, Summarizer(self.memory, plain))
        return self.reused(key)

    def reused(self, key: Any) -> Summary | None:
        """Return a known summary; what depends on one that is not final is not final either."""
        if key in self.running:
            self.assumed.add(key)
            self.provisional |= set(self.running[self.running.index(key) + 1 :])
        return self.known[key]

    def fixed(self, key: Any, summarizer: Summarizer) -> Summary | None:
        """Summarise until the summary that recursive calls assume is the one that results."""
        self.known[key] = Summary()
        self.running.append(key)
        for _ in range(MAX_ROUNDS):
            self.assumed.discard(key)
            summary = summarizer.run()
            stable = key not in self.assumed or summary == self.known[key]
            self.known[key] = summary
            for other in self.provisional - set(self.running):
                self.known.pop(other, None)
            if stable:
                break
        self.running.pop()
        self.provisional.discard(key)
        return summary


def leaves_arguments_alone(function: Any) -> bool:
    """Whether a function is a transform of ours, such as `jvp`, or one that the library has a rule for.

    A forward rule alone says so only beside the transforms: helpers of generated code may change containers.
    """
    ruled = any(rule.built_in and rule.form != "constant" for rule in registry.lookup(function))
    ruled = ruled or any(rule.owner == "adjoint" for rule in registry.pushforwards(function))
    return ruled or getattr(function, "__adjoint_dynamic__", False)


class Summarizer:
    """Summarises one function without regard to the order of its statements."""

    def __init__(self, memory: Memory, tree: Node, captured: frozenset[str] = frozenset()) -> None:
        self.memory = memory
        self.changes = Changes(memory)
        self.tree = tree
        args = tree.args
        named = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        self.fresh = {a.id for a in (args.vararg, args.kwarg) if a is not None}
        self.captured = captured
        self.parameters = [a.id for a in named] + sorted(self.fresh)
        self.local = names_written(tree.body) | set(self.parameters)
        self.declared = declared_names(tree)
        self.classes = Classes()

    def run(self) -> Summary:
        """Return the summary."""
        statements = list(every(self.tree.body))
        for statement in statements:
            self.classes.join_statement(self.memory, statement)
        found = [change for s in statements for change in self.changes.of(s)]
        own = [change for change in found if self.is_own(change)]
        changed = {(n, level) for c in found if c not in own for n in c.roots for level in c.levels}
        itself = {(c.own, level) for c in own for level in c.levels}
        changed |= {
            (name, NAME) for name in self.declared & names_written(self.tree.body) | self.written_by_nested()
        }
        kept = set().union(*(self.handed_on(s) for s in statements))
        seen = {name for s in statements if type(s).__name__ == "FunctionDef" for name in names_read(s)}
        seen |= {n for t in walk(self.tree.body) if type(t).__name__ == "Lambda" for n in names_read(t)}
        seen |= {
            n
            for s in statements
            for t in targets_of(s)
            if getattr(t, "id", "") in self.declared
            for n in self.values(s)
        }
        returned = set().union(
            *(
                self.memory.sources(s.value)
                for s in statements
                if type(s).__name__ == "Return" and s.value is not None
            )
        )
        spread = set(self.spread(changed))
        return Summary(
            parameters=frozenset(self.parameters),
            captured=self.captured,
            changes=frozenset(spread | itself),
            own=frozenset(itself - spread),
            kept=frozenset(kept | self.outside(seen)),
            returned=frozenset(self.outside(returned)),
            fields=frozenset(
                n.attr for n in walk(self.tree.body) if type(n).__name__ == "Attribute" and not dotted(n)
            ),
        )

    def is_own(self, change: Any) -> bool:
        """Whether a change concerns the very object that the caller gave as a parameter."""
        given = change.own in self.parameters and change.own not in names_written(self.tree.body)
        return given and ARRAY not in change.levels

    def handed_on(self, statement: Node) -> set[str]:
        """Return what a statement hands to somebody; what it stores into is not handed on itself."""
        leaks = self.changes.leaks(statement)
        into = {root_name(t) for t in targets_of(statement) if type(t).__name__ != "Name"}
        return self.outside(leaks) - (into - leaks)

    def values(self, statement: Node) -> set[str]:
        """Return the sources of what a statement assigns."""
        value = getattr(statement, "value", None)
        return set() if value is None else self.memory.sources(value)

    def written_by_nested(self) -> set[str]:
        """Return the outside variables that functions inside this one declare and assign."""
        inner = [n for n in walk(self.tree.body) if type(n).__name__ == "FunctionDef"]
        return {n for f in inner for n in self.declared & names_written(f.body)}

    def outside(self, names: set[str]) -> set[str]:
        """Return the parameters and outside variables that share memory with any of the names."""
        mine = self.classes.closure(names)
        return {n for n in mine if n in self.parameters or n not in self.local or n in self.declared}

    def spread(self, changed: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield changes under names that a caller knows; ``*args`` and ``**kwargs`` are new containers."""
        for name, level in changed:
            for other in {name} if level == NAME else self.outside({name}):
                if level != ITEMS or other not in self.fresh:
                    yield other, level


class Classes:
    """Variables grouped by whether they may share memory (union-find)."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, name: str) -> str:
        """Return the representative of a variable's group."""
        while (up := self.parent.get(name, name)) != name:
            name = up
        return name

    def join(self, names: set[str]) -> None:
        """Put variables into one group."""
        first, *rest = [self.find(n) for n in sorted(names)] or [""]
        for other in rest:
            if other != first:
                self.parent[other] = first

    def closure(self, names: set[str]) -> set[str]:
        """Return the variables in the groups of the given ones."""
        wanted = {self.find(n) for n in names}
        return names | {n for n in self.parent if self.find(n) in wanted} | wanted

    def join_statement(self, memory: Memory, statement: Node) -> None:
        """Note what a statement makes share memory."""
        kind = type(statement).__name__
        if kind == "FunctionDef":
            return self.join({statement.name} | names_read(statement))
        values = {"For": ["iter"], "AugAssign": ["value"]}.get(kind, ["value"])
        sources = memory.all([getattr(statement, v, None) for v in values] if kind != "Return" else [])
        if kind == "With":
            sources = memory.all([item.context_expr for item in statement.items])
        for target in targets_of(statement):
            reached = memory.sources(without_kind(target))
            if sources and reached:
                self.join(sources | reached)
        for child in expressions_of(statement):
            self.join_expression(memory, child)
        return None

    def join_expression(self, memory: Memory, node: Node) -> None:
        """Comprehension targets share with what they walk over, receivers with what they are given."""
        kind = type(node).__name__
        if kind == "comprehension":
            self.join(memory.sources(node.iter) | names_written(node.target))
        elif kind == "NamedExpr":
            self.join(memory.sources(node))
        elif kind == "Call" and type(node.func).__name__ == "Attribute":
            given = memory.all(node.args)
            receiver = memory.sources(node.func.value)
            if given and receiver and not isinstance(getattr(node.func.value, "kind", None), Known):
                self.join(given | receiver)


def without_kind(target: Node) -> Node:
    """Return an assignment target as an expression whose kind is open: it is about to change."""
    if type(target).__name__ != "Name" or not hasattr(target, "kind"):
        return target
    new = clone(target)
    del new.kind
    return new


def declared_names(tree: Node) -> set[str]:
    """Return the names that a function, or one inside it, declares global or nonlocal."""
    declarations = [n for n in walk(tree.body) if type(n).__name__ in ("Global", "Nonlocal")]
    return {name for node in declarations for name in node.names}


def annotate(
    tree: Node, function: Any, cls: type | None, around: set[str] | frozenset[str] = frozenset()
) -> None:
    """Mark what the names and calls of a plain tree stand for, where that is certain.

    Args:
        tree: the function's definition.
        function: whose globals and cells it sees.
        cls: the class of its first argument, if it is a method.
        around: the variables of the function around it.
    """
    args = [*tree.args.posonlyargs, *tree.args.args]
    parameters = {a.id for a in walk(tree.args) if type(a).__name__ == "Name"}
    local = (names_written(tree.body) | parameters | around) - (declared_names(tree) - around)
    receiver = args[0].id if cls is not None and args else None
    outside = Outside(function)
    for node in reversed(list(walk(tree.body))):
        kind = type(node).__name__
        if kind == "Name" and node.id not in local:
            value = outside.get(node.id)
            if callable(value) or isinstance(value, types.ModuleType | int | float | str):
                node.kind = Known(value)
        elif kind == "Attribute":
            annotate_attribute(node, receiver, cls)
        elif kind == "Call":
            known = getattr(node.func, "kind", None)
            if isinstance(known, Known):
                node.callee, node.receiver = known, getattr(node.func, "receiver", None)


def annotate_attribute(node: Node, receiver: str | None, cls: type | None) -> None:
    """``module.name``, and the methods of the object the function belongs to."""
    base = getattr(node.value, "kind", None)
    if isinstance(base, Known) and isinstance(base.value, types.ModuleType | type):
        value = getattr(base.value, node.attr, None)
        if callable(value) or isinstance(value, types.ModuleType | int | float):
            node.kind = Known(value)
    elif cls is not None and getattr(node.value, "id", None) == receiver:
        found = inspect.getattr_static(cls, node.attr, None)
        if isinstance(found, types.FunctionType):
            node.kind, node.receiver = Known(found), node.value


class Outside:
    """The values of a function's free variables, as they are now."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def get(self, name: str) -> Any:
        """Return the value of a free variable, None if it has none."""
        code = self.function.__code__
        if name in code.co_freevars and self.function.__closure__:
            cell = self.function.__closure__[code.co_freevars.index(name)]
            try:
                return cell.cell_contents
            except ValueError:  # not assigned yet
                return None
        space = self.function.__globals__
        return space[name] if name in space else getattr(builtins, name, None)


__all__ = ["Classes", "Summaries", "Summary", "replace"]
