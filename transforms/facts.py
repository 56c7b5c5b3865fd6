"""Which values surely have the same shape, and which surely stay away from zero.

Kinds say of an axis whether its length is one; two slices ``u[1:]`` and ``u[:-1]`` have an axis of
unknown length each, but the same one.  A forward walk over lowered code gives every axis a symbol:
equal symbols are equal lengths at that moment.  The same walk keeps signs, since ``1.0 + np.exp(x)``
cannot be zero.  Only facts of one trip are compared: what a loop assigns is unknown at its head.

>>> from adjoint.transforms.syntax import parse
>>> body = parse('a = x[1:]; b = x[:-1]; c = x[0:2]; r = 2.0 * a - b').body
>>> facts = Facts()
>>> _ = facts.block(body, State({'x': (('?', 'x', 0),)}, {}))
>>> shapes = facts.after(body[-1]).shapes
>>> shapes['a'] == shapes['b'] == shapes['r'], shapes['a'] == shapes['c']
(True, False)
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known, Scalar

from .effects import Effects
from .forward import Forward
from .indexing import index_parts
from .layers import Names
from .saving import free_names
from .signs import atom, operation_sign, sign
from .syntax import Node, names_read, names_written, unparse

Axis = tuple[Any, ...]
Shape = tuple[Axis, ...] | None
ONE: Axis = ("1",)
#: Functions whose result has the shape of their first argument.
SAME = (np.roll, np.zeros_like, np.ones_like, np.copy, np.flip, np.ndarray.copy)


@dataclass(frozen=True)
class State:
    """The shapes and signs that are known of variables at one point."""

    shapes: Mapping[str, Shape]
    signs: Mapping[str, str]

    def joined(self, other: State) -> State:
        """Return what both paths agree on."""
        return State(_common(self.shapes, other.shapes), _common(self.signs, other.signs))


def without(known: Mapping[str, Any], names: Set[str]) -> dict[str, Any]:
    """Return a copy without what is known of some names."""
    rest = dict(known)
    for name in names:
        rest.pop(name, None)
    return rest


def _common(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in a.items() if name in b and b[name] == value}


class Facts(Forward[State]):
    """Walks a lowered function; ask with `same_shape` and `is_positive`."""

    def __init__(self, changing: bool = False) -> None:
        """Prepare a walk; ``changing`` says that the function changes something in place."""
        super().__init__()
        self.changing = changing
        self.effects = Effects()
        self.done: dict[int, State] = {}
        self.last: dict[int, set[str]] = {}  # what no statement behind this one reads

    def run(self, body: list[Node], parameters: Mapping[str, Kind]) -> Facts:
        """Walk a function."""
        self.last = last_reads(body, self.effects)
        shapes = {name: self.from_kind(kind, ("parameter", name)) for name, kind in parameters.items()}
        self.block(body, State(shapes, {}))
        return self

    # --- questions ---------------------------------------------------------------------------
    def after(self, statement: Node) -> State:
        """Return what is known after a statement."""
        return self.done.get(id(statement), State({}, {}))

    def same_shape(self, statement: Node, variable: str, operand: Node) -> bool:
        """Whether an operand of ``variable = operation`` surely has the shape of the result."""
        before, after = self.before.get(id(statement)), self.after(statement)
        shape, result = self.shape(operand, before) if before else None, after.shapes.get(variable)
        if shape is None or result is None or len(shape) != len(result) or not shape:
            return False
        return all(a == b or a[0] == b[0] == "n" for a, b in zip(shape, result, strict=True))

    def is_positive(self, statement: Node, node: Node, operands: Mapping[str, Node], variable: str) -> bool:
        """Whether an expression in the operands of a rule, and in its ``out``, is bounded away from zero."""
        before, after = self.before.get(id(statement)), self.after(statement)
        if before is None:
            return False
        signs = {name: sign(operand, before.signs) for name, operand in operands.items()}
        known = {**signs, "out": after.signs.get(variable)}
        return sign(node, {name: value for name, value in known.items() if value}) == "positive"

    # --- the walk ----------------------------------------------------------------------------
    def transfer(self, statement: Node, state: State) -> State:
        """Return what is known after a simple statement, or at the head of a loop."""
        kind = type(statement).__name__
        if kind == "If":
            return state
        written = names_written(statement.items) if kind == "With" else self.effects(statement).bound
        shapes, signs = without(state.shapes, written), without(state.signs, written)
        target: Any = statement.targets[0] if kind == "Assign" and len(statement.targets) == 1 else None
        if type(target).__name__ == "Name":
            shapes[target.id] = self.shape(statement.value, state, id(statement))
            value = operation_sign(statement.value, state.signs)
            if value is not None and not (self.changing and is_changeable(statement.value)):
                signs[target.id] = value
        else:
            shapes |= {name: (("later", id(statement), name),) for name in written}
        for name in self.last.get(id(statement), ()):
            shapes.pop(name, None)
            signs.pop(name, None)
        result = self.done[id(statement)] = State(shapes, signs)
        return result

    def loop(self, node: Node, start: State) -> State:
        """A loop; what it assigns has some shape afterwards."""
        return self.with_unknown(super().loop(node, start), node)

    def branch(self, node: Node, state: State) -> State | None:
        """Both arms; what they assign differently has some shape afterwards."""
        end = super().branch(node, state)
        return None if end is None else self.with_unknown(end, node)

    def with_unknown(self, state: State, node: Node) -> State:
        """Give the variables that a compound statement assigns symbols of their own, where none are left."""
        dead = self.last.get(id(node), set())
        shapes = {name: shape for name, shape in state.shapes.items() if name not in dead}
        for name in self.effects(node).bound - dead:
            shapes.setdefault(name, (("later", ("behind", id(node)), name),))
        return State(shapes, {name: value for name, value in state.signs.items() if name not in dead})

    # --- shapes ------------------------------------------------------------------------------
    def shape(self, node: Node, state: State, new: Any = None) -> Shape:
        """Return the shape of an operand, or of an operation, whose unknown axes are named ``new``."""
        node = node if new is not None else atom(node)
        method = getattr(self, f"of_{type(node).__name__}", None)
        shape = method(node, state) if method is not None else None
        return self.from_kind(getattr(node, "kind", None), new) if shape is None else shape

    def from_kind(self, kind: Kind | None, new: Any) -> Shape:
        """Return a shape with fresh symbols."""
        if isinstance(kind, Scalar) or isinstance(kind, Known) and isinstance(kind.value, int | float):
            return ()
        if new is None or not isinstance(kind, Array) or kind.dims is None:
            return None
        return tuple(ONE if dim == "1" else (dim, new, axis) for axis, dim in enumerate(kind.dims))

    def of_Name(self, node: Node, state: State) -> Shape:
        shape = state.shapes.get(node.id)
        if shape and shape[0][0] == "later":  # the kind of the read says how many axes there are
            return self.from_kind(getattr(node, "kind", None), shape[0])
        return shape

    def of_Constant(self, node: Node, state: State) -> Shape:
        return () if isinstance(node.value, int | float | complex) else None

    def of_UnaryOp(self, node: Node, state: State) -> Shape:
        return self.shape(node.operand, state)

    def of_BinOp(self, node: Node, state: State) -> Shape:
        left, right = self.shape(node.left, state), self.shape(node.right, state)
        if type(node.op).__name__ != "MatMult":
            return broadcast(left, right)
        if not left or not right or max(len(left), len(right)) > 2:
            return None
        return (*left[:-1], *(right[1:] if len(right) == 2 else ()))

    def of_Call(self, node: Node, state: State) -> Shape:
        decision = getattr(node, "decision", None)
        function = getattr(getattr(node.func, "kind", None), "value", None)
        args = [*node.args]
        if decision is not None and decision.rule is not None:
            function, args = decision.target, list(decision.operands)
        if any(type(arg).__name__ == "Starred" for arg in args) or node.keywords:
            return None
        plain = isinstance(function, np.ufunc) and function.signature is None and len(args) == function.nin
        if plain or function is np.where and len(args) == 3:
            return broadcast(*(self.shape(arg, state) for arg in args))
        return self.shape(args[0], state) if args and any(function is same for same in SAME) else None

    def of_Attribute(self, node: Node, state: State) -> Shape:
        base = self.shape(node.value, state) if node.attr == "T" else None
        return None if base is None else base[::-1]

    def of_Subscript(self, node: Node, state: State) -> Shape:
        base = self.shape(node.value, state)
        parts = index_parts(node.slice)
        if base is None or any(type(part).__name__ == "Starred" for part in parts):
            return None
        result: list[Axis] = []
        axes = iter(base)
        for part in parts:
            if getattr(part, "value", 0) is None and type(part).__name__ == "Constant":
                result.append(ONE)
                continue
            axis = next(axes, None)
            kind = getattr(part, "kind", None)
            if axis is None:
                return None
            if type(part).__name__ == "Slice":
                result.append(cut(axis, part))
            elif not _is_integer(part, kind):
                return None
        return (*result, *axes)


def is_changeable(node: Node) -> bool:
    """Whether elements of a value may be changed in place: those of arrays that carry no derivative."""
    kind = getattr(node, "kind", None)
    return not isinstance(kind, Scalar | Known) and not getattr(kind, "active", False)


def last_reads(block: list[Node], effects: Effects) -> dict[int, set[str]]:
    """Return for each statement the names that occur there, but are not read behind."""
    found: dict[int, set[str]] = {}
    _last_reads(block, Names(), found, effects)
    return found


def _last_reads(block: list[Node], live: Names, found: dict[int, set[str]], effects: Effects) -> None:
    """Add what dies in a block to ``found``, and what is read in it to ``live``."""
    for statement in reversed(block):
        kind = type(statement).__name__
        read, bound = effects(statement).read, effects(statement).bound
        found[id(statement)] = {name for name in read | bound if name not in live}
        if kind == "If":
            _last_reads(statement.body, live.layer(), found, effects)
            _last_reads(statement.orelse, live.layer(), found, effects)
        elif kind in ("For", "While"):  # the next trip may read what this one has not assigned first
            again = free_names(statement.body) | (names_read(statement.test) if kind == "While" else set())
            _last_reads(statement.body, live.layer(again), found, effects)
        live.update(read)


def _is_integer(part: Node, kind: Any) -> bool:
    value = kind.value if isinstance(kind, Known) else getattr(part, "value", None)
    if isinstance(kind, Scalar):
        return kind.dtype.kind in "iu"
    return type(value) is int


def cut(axis: Axis, part: Node) -> Axis:
    """Return the axis that a slice leaves of another; slices of equal length give equal axes."""
    bounds = [part.lower, part.upper, part.step]
    if bounds == [None, None, None]:
        return axis
    values = [0 if bound is None else _literal(bound) for bound in bounds]
    lower, upper = values[0], values[1]
    if values[2] != 0 or lower is None or upper is None or bounds[2] is not None:
        return ("?", axis, unparse(part), id(part))
    if lower >= 0 and (part.upper is None or upper < 0):
        return ("?", axis, "without", lower - upper)
    if part.upper is None or lower == 0:
        return ("?", axis, "first", upper - lower)
    return ("?", axis, unparse(part))


def _literal(node: Node) -> int | None:
    if type(node).__name__ == "UnaryOp" and type(node.op).__name__ == "USub":
        value = _literal(node.operand)
        return None if value is None else -value
    value = getattr(node, "value", None)
    return value if type(node).__name__ == "Constant" and type(value) is int else None


def broadcast(*shapes: Shape) -> Shape:
    """Return the shape of an elementwise result.

    >>> n, m = ('n', 'x', 0), ('?', 'y', 0)
    >>> broadcast((ONE, n), (m, ONE)) == (m, n), broadcast((m,), ()) == (m,)
    (True, True)
    """
    if any(shape is None for shape in shapes):
        return None
    reversed_ = [reversed(shape) for shape in shapes if shape is not None]
    columns = itertools.zip_longest(*reversed_, fillvalue=ONE)
    return tuple(reversed([_longest(column) for column in columns]))


def _longest(column: tuple[Axis, ...]) -> Axis:
    """Return the axis that the others are stretched to."""
    longer = list(dict.fromkeys(axis for axis in column if axis != ONE))
    if len(longer) < 2:
        return longer[0] if longer else ONE
    many = [axis for axis in longer if axis[0] == "n"]
    return many[0] if many else ("?", frozenset(longer))
