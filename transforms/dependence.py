"""Index sets that hold for every branch: what is decided by an input may turn out otherwise.

The program runs once, along one path.  Behind a branch, loop or exit whose test depends on the inputs,
everything that one of its arms assigns is made to depend on everything that any of them reads; an operation
one of whose constants depends on the inputs, as the index ``np.argmax(x)``, mixes all its operands.  Shapes
do not count.

>>> from adjoint.transforms.syntax import parse
>>> tree = parse('''
... n = len(x)
... k = np.argmax(x)
... if k > 0:
...     j = 1
... m = n + 1
... ''')
>>> sorted(decided_names(tree.body, lambda name: name == 'x'))
['j', 'k']
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .algebras import AlgebraPush
from .regions import mutated
from .syntax import Node, assign, clone, constant, load, make, names_read, names_written, walk

SHAPES = frozenset({"shape", "ndim", "size", "dtype", "zeros_like", "ones_like", "empty_like"})
KINDS = frozenset({"len", "isinstance", "type", "callable", "hasattr", "zero_tangent"})
#: Functions that are elementwise in everything that moves, whatever their constants are.
MIXED = frozenset({"where", "clip", "select"})


class DependencePush(AlgebraPush):
    """Carries index sets, and widens them where a path is decided by an input."""

    def run(self, body: list[Node]) -> list[Node]:
        """Return the statements of the pattern function."""
        self.decided = decided_names(body, self.has_dot)
        self.chosen = chosen_names(body, self.decided, self.has_dot)
        self.unsteady: set[int] = set()
        self.exits = self.find_exits(body, False, [])
        self.widened: set[str] = set()
        written = super().run(body)
        own = {self.name(parameter) for parameter in self.unit.active}
        start = [assign(name, constant(None), body[0]) for name in sorted(self.widened - own)]
        return start + written

    def depends(self, node: Node) -> bool:
        """Whether an expression depends on the inputs."""
        return depends(node, self.decided, self.has_dot)

    def find_exits(self, block: list[Node], under: bool, loops: list[Node]) -> bool:
        """Return whether a ``return`` is decided by the inputs; note the loops that are left so."""
        found = False
        for node in block:
            kind = type(node).__name__
            if kind == "Return":
                found |= under
            elif kind in ("Break", "Continue"):
                self.unsteady |= {id(loop) for loop in loops} if under else set()
            elif kind in ("If", "For", "While", "With"):
                head = getattr(node, {"If": "test", "While": "test", "For": "iter"}.get(kind, ""), None)
                inner = under or head is not None and self.depends(head)
                around = [*loops, node] if kind in ("For", "While") else loops
                found |= self.find_exits(node.body, inner, around)
                found |= self.find_exits(getattr(node, "orelse", []), inner, loops)
        return found

    # --- control flow ------------------------------------------------------------------------
    def of_If(self, node: Node) -> None:
        """A branch; behind one that is decided by an input, both arms count."""
        self.widening(node, self.depends(node.test), super().of_If)

    def of_For(self, node: Node) -> None:
        """A loop; so many trips it makes now, it may make others."""
        self.widening(node, self.depends(node.iter) or id(node) in self.unsteady, super().of_For)

    def of_While(self, node: Node) -> None:
        """A loop; so many trips it makes now, it may make others."""
        self.widening(node, self.depends(node.test) or id(node) in self.unsteady, super().of_While)

    def widening(self, node: Node, decided: bool, write: Callable[[Node], None]) -> None:
        """Write a compound statement and what must be widened behind it."""
        changed = {name for name in names_written(node) | mutated(node) if self.has_dot(name)}
        read = {name for name in names_read(node) if self.has_dot(name)}
        origin = self.origin
        write(node)
        self.origin = origin
        if decided:
            sources = [self.note(name) for name in sorted(read | changed)]
            for name in sorted(changed):
                self.set(name, self.ask("blurred", self.note(name), *map(clone, sources)))

    def note(self, name: str) -> Node:
        """Return what travels beside a variable, which may not be assigned yet."""
        self.widened.add(self.name(name))
        return load(self.name(name))

    def of_Return(self, node: Node) -> None:
        """With an exit decided by an input the result depends on everything."""
        if not self.exits or node.value is None:
            return super().of_Return(node)
        dot = self.dot(node.value) or self.ask("zero_tangent", clone(node.value))
        sources = [load(self.name(parameter)) for parameter in self.unit.active]
        blurred = self.ask("blurred", dot, *sources)
        self.emit(make("Return", node, value=make("Tuple", elts=[node.value, blurred])))
        return None

    # --- operations --------------------------------------------------------------------------
    def assigned_name(self, node: Node, variable: str) -> None:
        """An operation with a constant that depends on an input mixes its operands."""
        value = node.value
        mixes = self.mixes(value) if self.has_dot(variable) else False
        read = [name for name in sorted(names_read(value)) if self.has_dot(name) and name != variable]
        before = load(self.name(variable)) if variable in names_read(value) else None
        if mixes and before is not None:
            self.emit(assign(kept := self.namer.fresh("kept"), before))
        super().assigned_name(node, variable)
        if mixes:
            sources = [self.note(name) for name in read] + ([load(kept)] if before is not None else [])
            if self.is_chosen(value):
                sources += [load(self.name(parameter)) for parameter in self.unit.active]
            self.set(variable, self.ask("blurred", load(self.name(variable)), *sources))

    def mixes(self, value: Node) -> bool:
        """Whether an operation that is not elementwise has a constant that depends on an input."""
        if self.is_chosen(value):
            return True
        decision: Any = getattr(value, "decision", None)
        target = getattr(getattr(decision, "target", None), "__name__", "")
        elementwise = getattr(getattr(decision, "rule", None), "form", "") == "scalar" or target in MIXED
        if elementwise or type(value).__name__ in ("Name", "Constant"):
            return False
        constants = {name for name in names_read(value) if not self.has_dot(name)}
        return bool(constants & self.decided) or constant_depends(value, self.decided, self.has_dot)

    def is_chosen(self, value: Node) -> bool:
        """Whether an input decides which function is called, or with what it was made."""
        if type(value).__name__ != "Call":
            return False
        made = type(value.func).__name__ not in ("Name", "Attribute") and self.depends(value.func)
        return made or bool(names_read(value.func) & self.chosen)

    def stored(self, node: Node, target: Node) -> None:
        """A store at an index that depends on an input may mean any entry."""
        super().stored(node, target)
        base = target.value
        if type(target).__name__ == "Subscript" and self.depends(target.slice) and self.place_dot(base):
            given = self.dot(node.value) or constant(None)
            place = self.place_dot(base)
            assert place is not None
            request = self.ask("store_anywhere", clone(base), place, constant(None), given)
            self.emit(make("Expr", value=request))


def direct_parts(value: Node) -> list[Node]:
    """Return the operands of an operation."""
    names = ("args", "value", "slice", "left", "right", "operand")
    parts = [getattr(value, name, None) for name in names]
    flat = [part for item in parts for part in (item if isinstance(item, list) else [item])]
    return [part for part in flat if part is not None] + [k.value for k in getattr(value, "keywords", [])]


def depends(node: Node, decided: set[str], moves: Callable[[str], bool]) -> bool:
    """Whether an expression depends on the inputs; its shape and type do not count."""
    kind = type(node).__name__
    if kind == "Name":
        return node.id in decided or moves(node.id)
    if kind == "Attribute" and node.attr in SHAPES:
        return reads_any(node, decided)
    if kind == "Call":
        func = node.func
        name = getattr(func, "id", None) or getattr(func, "attr", None)
        if name in KINDS | SHAPES:
            return reads_any(node, decided)
    children = [child for child in shallow_children(node)]
    return any(depends(child, decided, moves) for child in children)


def reads_any(node: Node, names: set[str]) -> bool:
    """Whether an expression reads one of some names."""
    return bool(names_read(node) & names)


def shallow_children(node: Node) -> list[Node]:
    """Return the parts of an expression."""
    found: list[Node] = []
    for field in getattr(node, "_fields", ()):
        value = getattr(node, field, None)
        items = value if isinstance(value, list) else [value]
        found += [item for item in items if hasattr(item, "_fields")]
    return found


def decided_names(body: list[Node], moves: Callable[[str], bool]) -> set[str]:
    """Return the variables without sets of their own whose values depend on the inputs."""
    decided: set[str] = set()

    def counts(value: Node) -> bool:
        return depends(value, decided, moves)

    while True:
        before = len(decided)
        collect(body, False, decided, moves, counts, counts)
        if len(decided) == before:
            return decided


def chosen_names(body: list[Node], decided: set[str], moves: Callable[[str], bool]) -> set[str]:
    """Return the variables that an input decides otherwise than by moving them."""
    chosen = set(decided)

    def counts(value: Node) -> bool:
        return depends(value, chosen, lambda name: False) or constant_depends(value, decided, moves)

    while True:
        before = len(chosen)
        collect(body, False, chosen, lambda name: False, lambda node: depends(node, decided, moves), counts)
        if len(chosen) == before:
            return chosen


def constant_depends(value: Node, decided: set[str], moves: Callable[[str], bool]) -> bool:
    """Whether an operand that carries no sets of its own depends on the inputs."""
    parts = direct_parts(value)
    return any(
        depends(part, decided, moves) and not getattr(getattr(part, "kind", None), "active", True)
        for part in parts
    )


def collect(
    block: list[Node],
    under: bool,
    found: set[str],
    moves: Callable[[str], bool],
    decides: Callable[[Node], bool],
    counts: Callable[[Node], bool],
) -> None:
    """Add what the statements of a block assign.

    Args:
        block: the statements.
        under: an input decides whether they run.
        found: the names found so far (in place).
        moves: whether a name has sets of its own, and is not wanted.
        decides: whether the test of a branch or loop depends on the inputs.
        counts: whether a value does.
    """
    for node in block:
        kind = type(node).__name__
        if kind in ("If", "For", "While", "With"):
            head = getattr(node, {"If": "test", "While": "test", "For": "iter"}.get(kind, ""), None)
            inner = under or head is not None and decides(head)
            if kind == "For" and inner:
                found |= {name for name in names_written(node.target) if not moves(name)}
            collect(node.body, inner, found, moves, decides, counts)
            collect(getattr(node, "orelse", []), inner, found, moves, decides, counts)
            continue
        value = getattr(node, "value", None)
        if under or value is not None and counts(value):
            found |= {name for name in names_written(node) | mutated(node) if not moves(name)}
            found |= mutated(node) if under else set()


__all__ = ["DependencePush", "decided_names", "walk"]
