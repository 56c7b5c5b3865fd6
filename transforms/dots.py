"""Tangent variables: their names, their zeros, and what is known of them.

The tangent of variable ``x`` is ``x_dot``; it is assigned wherever ``x`` is.  The tangent of a number or
array is a number or array of its shape, that of a container a container of the same form (an object's
a dict of its fields), with ``None`` for what carries no derivative.  Where only the running program
knows what a value is, ``None`` stands for a zero tangent.

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.syntax import unparse
>>> def f(x, n):
...     return x * n
>>> unit = inferred(f, np.ones(3), 2)
>>> from adjoint.transforms.session import Session
>>> dots, product = Dots(Session(None, f), unit), unit.tree.body[0].value
>>> print(unparse(dots.dot(product.left)), dots.dot(product.right))
x_dot None
>>> print(unparse(dots.zero(product.left.kind, product.left)))
np.zeros_like(x)
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.kinds import (
    Array,
    Closure,
    Dict,
    Kind,
    Known,
    List,
    Object,
    Scalar,
    Tuple,
    Unknown,
    is_scalar,
)

from .closures import defaults_of
from .decide import PATH
from .namer import Namer
from .syntax import Node, assign, attribute, call, clone, constant, load, make, subscript


class Dots:
    """The tangents of one function, and the list of statements that is being written."""

    session: Any
    unit: Any
    namer: Namer
    kinds: dict[str, Kind]
    #: How what travels beside the values is called, and the generated function that carries it.
    suffix, part = "dot", "pushforward"

    def __init__(self, session: Any, unit: Any) -> None:
        self.session = session
        self.unit = unit
        self.namer = unit.namer
        self.kinds = unit.inference.kinds
        self.names: dict[str, str] = {}
        self.out: list[Node] = []
        self.origin: Node = None
        self.foldable: set[str] = set()
        self.mutable: set[str] = set()  # variables whose value some statement changes in place
        self.changed: set[str] = set()  # those of them that are arrays

    # --- names -------------------------------------------------------------------------------
    def has_dot(self, variable: str) -> bool:
        """Whether a variable has a tangent anywhere in the function."""
        return variable in self.kinds and self.kinds[variable].active

    def name(self, variable: str) -> str:
        """Return the name of a tangent variable."""
        if variable not in self.names:
            self.names[variable] = self.namer.fresh(f"{variable}_{self.suffix}")
        return self.names[variable]

    def scratch(self, wish: str) -> str:
        """Return a fresh name for a local that may be folded into its use."""
        name = self.namer.fresh(wish)
        self.foldable.add(name)
        return name

    def helper(self, name: str) -> Any:
        """Return the name under which generated code sees a run-time helper."""
        return str(self.unit.helper(name, getattr(self.session.runtime, name)))

    def numpy(self, name: str) -> Node:
        """Return ``np.name`` as this function's module spells it."""
        return attribute(self.tangent_numpy(), name)

    def tangent_numpy(self) -> str:
        """Return the name of NumPy in expressions of tangents."""
        return self.helper("boxed_numpy") if self.session.boxed else str(self.unit.numpy_name())

    def emit(self, statement: Node) -> None:
        """Append a statement."""
        statement.origin = self.origin
        self.out.append(statement)

    def set(self, variable: str, value: Node) -> None:
        """Emit ``x_dot = value``."""
        boxed = self.session.boxed and variable in self.changed
        self.emit(assign(self.name(variable), call(self.helper("owned_box"), [value]) if boxed else value))

    # --- values ------------------------------------------------------------------------------
    def resolve(self, item: Any) -> Any:
        """Return the atom that stands for a node of the user's expression."""
        if isinstance(item, tuple):
            return tuple(self.resolve(part) for part in item)
        if isinstance(item, dict):
            return {key: self.resolve(part) for key, part in item.items()}
        while hasattr(item, "atom"):
            item = item.atom
        return item

    def dot(self, node: Node) -> Node | None:
        """Return the tangent of an atom; None where it is zero."""
        return self.dot_of(self.resolve(node))

    def dot_of(self, node: Node) -> Node | None:
        """Return the tangent of a name or of a place inside a container."""
        kind = getattr(node, "kind", None)
        if kind is None or not kind.active:
            return None
        match type(node).__name__:
            case "Name":
                # A field may carry a derivative in one object and none in the value stored here.
                return load(self.name(node.id)) if self.has_dot(node.id) else None
            case "Subscript" | "Attribute":
                base = self.dot(node.value)
                assert node.decision.how == PATH and base is not None
                return subscript(base, constant(node.decision.target))
            case "Lambda":
                return self.closure_dot(node.definition)
        raise AssertionError(f"{type(node).__name__} is no atom")

    def closure_dot(self, definition: Node, own: str = "") -> Node:
        """Return the tangent of a function defined here: those of what it captures and of its defaults.

        That of the function's ``own`` variable is not there yet.
        """
        captured = self.session.local_function_of(definition).captured
        dots = {name: load(self.name(name)) for name in captured if name != own and self.has_dot(name)}
        for name, default in defaults_of(definition.args).items():
            dots[name] = self.dot(default) or constant(None)
        return make("Dict", keys=[constant(name) for name in dots], values=list(dots.values()))

    def dot_as(self, node: Node, wanted: Kind) -> Node:
        """Return the tangent of an atom as a value of a kind, zeros where the atom has none."""
        return self.completed(self.dot(node), self.resolve(node), wanted)

    def completed(self, dot: Node | None, node: Node, wanted: Kind) -> Node:
        """Return the tangent of an expression as a value of a kind."""
        if not wanted.active:
            return constant(None)
        if dot is None:
            return self.zero(node.kind, clone(node))
        if covers(node.kind, wanted):
            return dot
        return call(self.helper("filled"), [dot, clone(node)])

    def zero(self, kind: Kind, value: Node) -> Node:
        """Return the zero tangent of a value."""
        if is_scalar(kind):
            return constant(0.0)
        if isinstance(kind, Known) and not isinstance(kind.value, tuple):
            return constant(None)
        if isinstance(kind, List) and kind.element is None and type(value).__name__ == "List":
            return make("List", elts=[], ctx=make("Load"))
        if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind in "fc" and kind.dims:
            return call(self.numpy("zeros_like"), [value])
        return call(self.helper("zero_tangent"), [value])


def covers(have: Kind, wanted: Kind) -> bool:
    """Whether a tangent of one kind has an entry wherever a tangent of the other must have one."""
    if not wanted.active or have == wanted:
        return True
    match have, wanted:
        case Tuple(), Tuple() if len(have.items) == len(wanted.items):
            return all(covers(a, b) for a, b in zip(have.items, wanted.items, strict=True))
        case List(), List():
            return have.element is None or wanted.element is None or covers(have.element, wanted.element)
        case Dict(), Dict() if have.items is not None and wanted.items is not None:
            both = dict(wanted.items)
            return all(key not in both or covers(kind, both[key]) for key, kind in have.items)
        case Object(), Object():
            both = dict(wanted.fields)
            return all(name not in both or covers(kind, both[name]) for name, kind in have.fields)
        case ((Scalar() | Array() | Known()), _):
            return have.active  # a constant inside a container has None for tangent
        case _:
            return is_full(have)


def is_full(kind: Kind) -> bool:
    """Whether everything in a value that can carry a derivative does so."""
    match kind:
        case Tuple(items):
            return all(map(is_full, items))
        case List(element):
            return element is None or is_full(element)
        case Dict(items, element):
            values = [child for _, child in items or ()] + ([element] if element is not None else [])
            return all(map(is_full, values))
        case Object(_, fields):
            return all(is_full(child) for _, child in fields)
        case Scalar(dtype) | Array(dtype):
            return kind.active or dtype is not None and dtype.kind not in "fc"
        case Known(value):
            return not isinstance(value, float | complex | tuple)
        case Unknown() | Closure():
            return kind.active
        case _:
            return True


__all__ = ["Dots", "covers", "is_full"]
