"""Take the statements of a kernel apart into pieces that a loop can be made of, and the rest.

A *map* computes an array entry by entry, an *update* changes one so, a *store* writes into a slice,
a *sum* adds one up; everything else is *other*: products of matrices, slices, numbers, control flow.

>>> import numpy as np
>>> from adjoint.transforms.namer import Namer
>>> from adjoint.transforms.syntax import parse, unparse
>>> n = ('x', 0)
>>> flattener = Flattener(Forms({'np': np}.get), Namer())
>>> statement = parse('y = np.exp(x[1:]) / np.sum(x * x)').body[0]
>>> for piece in flattener.pieces(statement, FormState({'x': Form('f', (n,), 'x')})):
...     print(f'{piece.role:6}{unparse(piece.statement)}')
other item = x[1:]
sum   total = np.sum(x * x)
map   y = np.exp(item) / total
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .formwalk import Forms
from .loopforms import FILLS, LIKES, Form, FormState, Items, is_entrywise
from .namer import Namer
from .syntax import Node, assign, clone, load, make, names_read, names_written, walk

UPDATES = frozenset("Add Sub Mult Div".split())


@dataclass
class Piece:
    """A statement, its role, the forms of the variables it reads, and the form it loops over."""

    statement: Node
    role: str
    forms: Mapping[str, Any]
    form: Any = None

    @property
    def target(self) -> Any:
        """What a map, update, store or sum assigns."""
        node = self.statement
        return node.targets[0] if type(node).__name__ == "Assign" else node.target

    @cached_property
    def reads(self) -> set[str]:
        """The variables it reads; an update reads what it changes."""
        found: set[str] = names_read(self.statement)
        if self.role in ("update", "store"):
            found |= {node.id for node in walk(self.target) if type(node).__name__ == "Name"}
        return found

    @cached_property
    def writes(self) -> set[str]:
        """The variables it assigns."""
        return set(names_written(self.statement))

    @property
    def changes(self) -> set[str]:
        """The array that an update or store changes in place."""
        return {base_name(self.target)} if self.role in ("update", "store") else set()

    @property
    def pure(self) -> bool:
        """Whether it only computes a value of known form."""
        return self.role != "other" or self.form is not None


class Opaque(Exception):
    """An expression whose form is not known."""


class Flattener:
    """Takes statements apart."""

    def __init__(self, walk: Forms, namer: Namer) -> None:
        self.walk = walk
        self.namer = namer

    def pieces(self, statement: Node, state: FormState) -> list[Piece]:
        """Return the pieces of a simple statement, in order."""
        before: list[Piece] = []
        forms = dict(state.forms)
        node = clone(statement)
        try:
            role, form = self.take_apart(node, forms, before)
        except Opaque:
            form = None
            if type(statement).__name__ == "Assign":
                form = self.walk.of(statement.value, state)
            return [Piece(statement, "other", state.forms, form)]
        return [*before, Piece(node, role, forms, form)]

    def take_apart(self, node: Node, forms: dict[str, Any], before: list[Piece]) -> tuple[str, Any]:
        """Pull out of a statement what is no part of its loop; return its role and form."""
        kind = type(node).__name__
        if kind == "Return" and node.value is not None:
            self.returned(node, forms, before)
            return "other", None
        if kind not in ("Assign", "AugAssign") or kind == "Assign" and len(node.targets) != 1:
            return "other", None
        target = node.targets[0] if kind == "Assign" else node.target
        form = self.form(node.value, forms)
        if isinstance(form, Items) and type(node.value).__name__ == "Tuple":
            node.value.elts = [self.opened(item, forms, before) for item in node.value.elts]
        if kind == "AugAssign" or type(target).__name__ == "Subscript":
            return self.changed(node, target, forms, before)
        if type(target).__name__ != "Name" or not isinstance(form, Form):
            return "other", form
        reduction = self.walk.reduction(node.value, FormState(forms))
        if reduction is not None:
            self.set_argument(node.value, self.pulled(reduction.argument, forms, before))
            return "sum", reduction.over
        if not form.axes:
            node.value = self.without_totals(node.value, forms, before)
            return "other", form
        if not self.is_elementwise(node.value, forms):
            self.open(node.value, forms, before)
            return "other", form
        node.value = self.pulled(node.value, forms, before)
        return "map", form

    def changed(
        self, node: Node, target: Node, forms: dict[str, Any], before: list[Piece]
    ) -> tuple[str, Any]:
        """Take apart a statement that changes an array."""
        whole = type(target).__name__ == "Name"
        form = self.form(load(target.id) if whole else clone_load(target), forms)
        value = self.form(node.value, forms)
        known = isinstance(form, Form) and form.axes and form.dtype == "f" and isinstance(value, Form)
        operator = type(node.op).__name__ if type(node).__name__ == "AugAssign" else "Add"
        if not known or operator not in UPDATES or value.dtype == "b" or len(value.axes) > len(form.axes):
            return "other", None
        node.value = self.pulled(node.value, forms, before)
        return ("update" if whole else "store"), form

    def returned(self, node: Node, forms: dict[str, Any], before: list[Piece]) -> None:
        """Give the arrays and sums in a result names of their own."""
        items = node.value.elts if type(node.value).__name__ == "Tuple" else None
        for k, item in enumerate(items if items is not None else [node.value]):
            form = self.form(item, forms)
            if not isinstance(form, Form) or type(item).__name__ in ("Name", "Constant"):
                continue
            if self.is_total(item, forms) or form.axes and self.is_elementwise(item, forms):
                named = self.named(
                    item, "total" if self.is_total(item, forms) else "out", forms, before, node
                )
            else:
                named = self.pulled(item, forms, before)
            if items is None:
                node.value = named
            else:
                items[k] = named

    # --- expressions -------------------------------------------------------------------------
    def form(self, node: Node, forms: Mapping[str, Any]) -> Any:
        """The form of an expression."""
        return self.walk.of(node, FormState(forms))

    def is_total(self, node: Node, forms: Mapping[str, Any]) -> bool:
        """Whether an expression is the sum, mean or extreme of all entries of an array."""
        reduction = self.walk.reduction(node, FormState(forms))
        return reduction is not None and reduction.axis is None

    def set_argument(self, node: Node, value: Node) -> None:
        """Replace what a sum adds up."""
        if self.walk.function(node.func) is None:
            node.func.value = value
        else:
            node.args[0] = value

    def is_elementwise(self, node: Node, forms: Mapping[str, Any]) -> bool:
        """Whether the entries of a result depend on the same entries of the operands only."""
        kind = type(node).__name__
        if kind == "Call":
            function = self.walk.function(node.func)
            if function is None:
                return getattr(node.func, "attr", "") == "copy"
            return (
                is_entrywise(function)
                or function in FILLS
                or function in LIKES
                or function is abs
                or getattr(function, "conforming", False) is True
            )
        if kind == "BinOp":
            return type(node.op).__name__ != "MatMult"
        return kind in ("Name", "Constant", "UnaryOp", "Compare")

    def pulled(self, node: Node, forms: dict[str, Any], before: list[Piece]) -> Node:
        """Return an expression from which everything that is not elementwise is pulled out."""
        form = self.form(node, forms)
        if not isinstance(form, Form):
            raise Opaque
        kind = type(node).__name__
        if kind in ("Name", "Constant"):
            return node
        if self.is_total(node, forms):
            return self.named(node, "total", forms, before, node)
        if form.axes and not self.is_elementwise(node, forms):
            return self.named(node, "item", forms, before, node)
        if not form.axes and kind not in ("BinOp", "UnaryOp") and not self.is_plain(node, forms):
            return self.named(node, "number", forms, before, node)
        for field in ("left", "right", "operand"):
            if hasattr(node, field) and kind != "Attribute":
                setattr(node, field, self.pulled(getattr(node, field), forms, before))
        if kind == "Compare":
            node.comparators = [self.pulled(item, forms, before) for item in node.comparators]
        if kind == "Call":
            self.pull_arguments(node, forms, before)
        return node

    def open(self, node: Node, forms: dict[str, Any], before: list[Piece]) -> None:
        """Give the elementwise operands of a product or call names of their own."""
        for name in ("left", "right"):
            if type(node).__name__ == "BinOp":
                setattr(node, name, self.opened(getattr(node, name), forms, before))
        if type(node).__name__ == "Call":
            node.args = [self.opened(arg, forms, before) for arg in node.args]
            for arg in node.args:
                if type(arg).__name__ == "Tuple":
                    arg.elts = [self.opened(item, forms, before) for item in arg.elts]

    def opened(self, node: Node, forms: dict[str, Any], before: list[Piece]) -> Node:
        """Return an operand by a name of its own if it is elementwise arithmetic."""
        form = self.form(node, forms)
        named = isinstance(form, Form) and form.axes and type(node).__name__ in ("BinOp", "UnaryOp", "Call")
        if not named or not self.is_elementwise(node, forms):
            return node
        return self.named(node, "item", forms, before, node)

    def without_totals(self, node: Node, forms: dict[str, Any], before: list[Piece]) -> Node:
        """Return an expression of numbers from which the sums over arrays are pulled out."""
        if self.is_total(node, forms):
            return self.named(node, "total", forms, before, node)
        for field in ("left", "right", "operand"):
            if type(node).__name__ in ("BinOp", "UnaryOp") and hasattr(node, field):
                setattr(node, field, self.without_totals(getattr(node, field), forms, before))
        return node

    def is_plain(self, node: Node, forms: Mapping[str, Any]) -> bool:
        """Whether an expression of numbers may be computed in a loop: also ``x.size`` and ``max``."""
        kind = type(node).__name__
        if kind == "Attribute":
            return node.attr == "size" and type(node.value).__name__ == "Name"
        if kind != "Call":
            return kind == "Compare"
        return self.walk.function(node.func) in (max, min, abs) or is_entrywise(self.walk.function(node.func))

    def pull_arguments(self, node: Node, forms: dict[str, Any], before: list[Piece]) -> None:
        """Pull out of the arguments of an elementwise call; shapes stay."""
        function = self.walk.function(node.func)
        if function is None:
            node.func.value = self.pulled(node.func.value, forms, before)
            return
        if function in FILLS or function in LIKES:
            if len(node.args) == 2:
                k = 0 if function is np.broadcast_to else 1
                node.args[k] = self.pulled(node.args[k], forms, before)
            return
        node.args = [self.pulled(arg, forms, before) for arg in node.args]

    def named(self, node: Node, wish: str, forms: dict[str, Any], before: list[Piece], where: Node) -> Node:
        """Give an expression a name: a statement of its own, in front of this one."""
        name = self.namer.fresh(wish)
        statement = assign(name, node)
        statement.origin = getattr(where, "origin", None)
        form = self.form(node, forms)
        role, over = self.take_apart(statement, forms, before)
        before.append(Piece(statement, role, dict(forms), over))
        forms[name] = form
        return load(name)


def base_name(target: Node) -> str:
    """Return the variable of an assigned name or part."""
    while type(target).__name__ != "Name":
        target = target.value
    name: str = target.id
    return name


def clone_load(target: Node) -> Node:
    """Return an assigned part as an expression that is read."""
    return make("Subscript", value=clone(target.value), slice=clone(target.slice))
