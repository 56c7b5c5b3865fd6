"""Write elementwise statements of a kernel as one loop.

Neighbouring statements over arrays of one shape become a function with explicit loops: every array is
read once, what nobody else needs is a number, and sums are folded in.  The loop checks the lengths it
was laid out for, and raises ``Unfused`` otherwise; the caller then takes the statements as they were.

>>> import numpy as np
>>> from adjoint.rules.kinds import Array
>>> from adjoint.transforms.syntax import parse, unparse
>>> tree = parse('''
... def f(x, y):
...     t = np.tanh(x) * y
...     return np.sum(t), 1.0 - t * t
... ''').body[0]
>>> matrix = Array(np.dtype(float), ('n', 'n'))
>>> for function in fused(tree, {'x': matrix, 'y': matrix}, {'np': np}.get):
...     print(unparse(function))
def f__loop(x, y):
    n0 = x.shape[0]
    n1 = x.shape[1]
    if y.shape != (n0, n1):
        raise Unfused
    out = np.empty((n0, n1))
    total = 0.0
    for i in range(n0):
        part = 0.0
        for j in range(n1):
            x_i = x[i, j]
            y_i = y[i, j]
            t_i = elementary.tanh(x_i) * y_i
            part = elementary.add(part, t_i)
            out_i = 1.0 - t_i * t_i
            out[i, j] = out_i
        total = elementary.add(total, part)
    return (out, total)
def f(x, y):
    out, total = f__loop(x, y)
    return (total, out)

Reference: Darte, "On the complexity of loop fusion" (Parallel Computing 2000).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adjoint.rules.kinds import Kind

from .changes import blocks_of
from .facts import ONE
from .flatten import Flattener, Piece, base_name
from .formwalk import Forms
from .loop import VECTORISED, Loop
from .loopforms import Form, FormState, form_of_kind
from .namer import Namer
from .syntax import Node, assign, call, load, make, store, walk

MAX_RANK = 3


def fused(tree: Node, kinds: Mapping[str, Kind], resolve: Callable[[str], Any]) -> list[Node]:
    """Return the loops of a kernel, and behind them the kernel that calls them.

    Args:
        tree: the definition of the kernel; it is changed where loops are found.
        kinds: the kinds of its parameters.
        resolve: what a name stands for that the kernel does not assign.
    """
    forms = {name: form_of_kind(kind, name) for name, kind in kinds.items()}
    state = FormState({name: form for name, form in forms.items() if form is not None})
    bound = {
        node.id for node in walk(tree) if type(node).__name__ == "Name" and type(node.ctx).__name__ != "Load"
    }
    walker = Forms(lambda name: None if name in bound or name in kinds else resolve(name))
    walker.block(tree.body, state)
    fuser = Fuser(tree, walker)
    tree.body = fuser.block(tree.body)
    return [*fuser.loops, tree]


@dataclass
class Group:
    """Pieces that become one loop, and what has to run before and after it."""

    shape: tuple[Any, ...] = ()
    pieces: list[Piece] = field(default_factory=list)
    inner: list[Piece] = field(default_factory=list)
    before: list[Piece] = field(default_factory=list)
    after: list[Piece] = field(default_factory=list)
    local: set[str] = field(default_factory=set)
    totals: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    origins: set[Any] = field(default_factory=set)
    read_origins: Counter[Any] = field(default_factory=Counter)

    @property
    def late(self) -> set[str]:
        """What is known only behind the loop."""
        return self.totals.union(*(piece.writes for piece in self.after))

    def take(self, piece: Piece, same: Callable[[Any], Any]) -> bool:
        """Add a piece if that keeps the meaning; say whether it did."""
        place = self.place(piece, same)
        if place is None:
            return False
        self.pieces.append(piece)
        if place != "inner":
            (self.before if place == "before" else self.after).append(piece)
            self.read_origins.update(self.arrays_read(piece) if place == "after" else ())
            return True
        self.inner.append(piece)
        self.shape = tuple(same(axis) for axis in piece.form.axes)
        if piece.role == "map":
            self.local.add(piece.target.id)
        elif piece.role == "sum":
            self.totals.add(piece.target.id)
        elif piece.role == "store" or piece.target.id not in self.local:
            name = base_name(piece.target)
            self.changed.add(name)
            self.origins.add(piece.form.origin)
        self.read_origins.update(self.arrays_read(piece))
        return True

    def arrays_read(self, piece: Piece) -> list[Any]:
        """The allocations of the arrays from outside that a piece reads, apart from what it changes."""
        names = piece.reads - self.local - piece.changes
        forms = [piece.forms.get(name) for name in sorted(names)]
        return [form.origin for form in forms if isinstance(form, Form) and form.axes]

    def place(self, piece: Piece, same: Callable[[Any], Any]) -> str | None:
        """Return where a piece may go: into the loop, before it or after it; None if nowhere."""
        if piece.role == "other":
            return self.beside(piece)
        shape = tuple(same(axis) for axis in piece.form.axes)
        if len(shape) > MAX_RANK or self.inner and shape != self.shape or piece.reads & self.late:
            return None
        return "inner" if self.may_enter(piece) else None

    def may_enter(self, piece: Piece) -> bool:
        """Whether computing entry by entry reads and changes the same values as computing in order."""
        outside = [*self.before, *self.after]
        written = piece.writes | piece.changes
        if any(written & (other.reads | other.writes) for other in outside):
            return False
        if piece.role != "update" and written & (self.changed | self.totals):
            return False
        if piece.role == "sum" and any(written & other.reads for other in (piece, *self.inner)):
            return False  # its variable still has another value in the loop
        reads = self.arrays_read(piece)
        if piece.role == "store":
            name = base_name(piece.target)
            if name in self.local or name in self.changed or any(name in other.reads for other in self.inner):
                return False
            reads += list(self.read_origins)
            return piece.form.origin is not None and not {None, piece.form.origin} & {*reads, *self.origins}
        if piece.role == "update" and piece.target.id not in self.local:
            if piece.target.id in self.changed:
                return not {None, *self.origins} & set(reads)
            reads += list(self.read_origins)
            return piece.form.origin is not None and not {None, piece.form.origin} & {*reads, *self.origins}
        return not self.changed or not {None, *self.origins} & set(reads) and not piece.reads & self.stored

    @property
    def stored(self) -> set[str]:
        """Arrays that the loop stores slices of."""
        return {base_name(piece.target) for piece in self.inner if piece.role == "store"}

    def beside(self, piece: Piece) -> str | None:
        """Whether a piece that is no part of a loop may run before or after it."""
        made = self.local | self.changed | self.late
        if not piece.pure or type(piece.statement).__name__ != "Assign":
            return None
        touched = set().union(*(other.reads | other.writes for other in self.inner)) | self.changed
        if piece.writes & (touched | set().union(*(p.reads | p.writes for p in self.after))):
            return None
        forms = [piece.forms.get(name) for name in piece.reads]
        aliased = {form.origin for form in forms if isinstance(form, Form) and form.axes}
        if self.origins and (None in aliased or aliased & self.origins) and not piece.reads & made:
            return None
        return "after" if piece.reads & made else "before"

    def worth(self, walker: Forms) -> bool:
        """Whether a loop saves anything: two operations, or a function numba does not vectorise."""
        nodes = [node for piece in self.inner for node in walk(piece.statement.value)]
        calls = [node for node in nodes if type(node).__name__ == "Call"]
        if any(walker.function(node.func) in VECTORISED for node in calls):
            return True
        operations = [node for node in nodes if type(node).__name__ in ("BinOp", "UnaryOp", "Compare")]
        changes = [piece for piece in self.inner if piece.role != "map"]
        return len(operations) + len(calls) + len(changes) >= 2


class Fuser:
    """Walks the blocks of a kernel and turns groups of pieces into loops."""

    def __init__(self, tree: Node, walker: Forms) -> None:
        self.tree = tree
        self.walker = walker
        self.namer = Namer({node.id for node in walk(tree) if type(node).__name__ == "Name"} | {tree.name})
        self.flattener = Flattener(walker, self.namer)
        self.loops: list[Node] = []
        self.twins: dict[Any, Any] = {}
        self.pieces: dict[int, Piece] = {}
        tree.body = self.flatten(tree.body)
        self.reads = reads_of(tree.body)

    def same(self, axis: Any) -> Any:
        """Return the axis that stands for all that are probably as long."""
        while axis in self.twins:
            axis = self.twins[axis]
        return axis

    def meet(self, piece: Piece) -> None:
        """The arrays that meet in one operation are probably of one shape."""
        if piece.role == "other":
            return
        for name in sorted(piece.reads):
            form = piece.forms.get(name)
            if isinstance(form, Form) and form.axes and len(form.axes) <= len(piece.form.axes):
                for own, axis in zip(reversed(form.axes), reversed(piece.form.axes), strict=False):
                    own, axis = self.same(own), self.same(axis)
                    if ONE not in (own, axis) and own != axis:
                        self.twins[own] = axis

    def flatten(self, statements: list[Node]) -> list[Node]:
        """Take every statement of a block apart."""
        result: list[Node] = []
        for statement in statements:
            state = self.walker.before.get(id(statement))
            if any(blocks_of(statement)):
                for name in ("body", "orelse"):
                    if getattr(statement, name, None):
                        setattr(statement, name, self.flatten(getattr(statement, name)))
            if state is None or any(blocks_of(statement)):
                result.append(statement)
                continue
            pieces = self.flattener.pieces(statement, state)
            self.pieces |= {id(piece.statement): piece for piece in pieces}
            result += [piece.statement for piece in pieces]
        return result

    def block(self, statements: list[Node]) -> list[Node]:
        """Return a block with its loops written."""
        result: list[Node] = []
        group = Group()
        for statement in statements:
            piece = self.pieces.get(id(statement))
            if piece is not None:
                self.meet(piece)
            if piece is not None and group.take(piece, self.same):
                continue
            result += self.close(group)
            group = Group()
            if piece is None:
                self.inside(statement)
                result.append(statement)
            elif not group.take(piece, self.same):
                result.append(statement)
        return result + self.close(group)

    def inside(self, statement: Node) -> None:
        """Rewrite the blocks of a compound statement."""
        for name in ("body", "orelse"):
            if getattr(statement, name, None):
                setattr(statement, name, self.block(getattr(statement, name)))

    def close(self, group: Group) -> list[Node]:
        """Return the statements of a group: its loop, called, where one is worth it."""
        if not group.inner or not group.worth(self.walker):
            return [piece.statement for piece in group.pieces]
        reads = reads_of([piece.statement for piece in group.inner])
        kept = {name for name in group.local if self.reads[name] > reads[name]}
        loop = Loop(f"{self.tree.name}__loop", group.inner, kept, self.walker, len(group.shape))
        prepared = [piece.statement for piece in group.before] + loop.prepared
        definition = loop.definition(self.namer)
        self.loops.append(definition)
        targets = [store(name) for name in loop.results]
        arguments = [load(name) for name in loop.arguments]
        value = call(definition.name, arguments)
        whole = targets[0] if len(targets) == 1 else make("Tuple", elts=targets, ctx=make("Store"))
        calling = assign(whole, value) if targets else make("Expr", value=value)
        calling.origin = getattr(group.inner[0].statement, "origin", None)
        return [*prepared, calling, *(piece.statement for piece in group.after)]


def reads_of(statements: list[Node]) -> Counter[str]:
    """Count how often each variable is read; what is changed in place counts as read."""
    found: Counter[str] = Counter()
    for statement in statements:
        for node in walk(statement):
            if type(node).__name__ == "Name" and type(node.ctx).__name__ == "Load":
                found[node.id] += 1
            elif type(node).__name__ == "AugAssign" and type(node.target).__name__ == "Name":
                found[node.target.id] += 1
    return found
