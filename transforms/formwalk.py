"""The forms of all variables of a kernel: a forward walk over its statements.

A forward walk over a kernel.  Equal axis symbols are *probably* equal lengths: loops are laid out by
them, and check the lengths before they run.

>>> from adjoint.transforms.syntax import parse
>>> import numpy as np
>>> body = parse('y = np.exp(x) * x; s = np.sum(y, axis=1); t = y[1:] + w; k = y.size').body
>>> walk = Forms({'np': np}.get)
>>> n, m = ('x', 0), ('x', 1)
>>> state = walk.block(body, FormState({'x': Form('f', (n, m), 'x'), 'w': Form('f', (ONE, m), 'w')}))
>>> [(name, state.forms[name].dtype, len(state.forms[name].axes)) for name in 'ystk']
[('y', 'f', 2), ('s', 'f', 1), ('t', 'f', 2), ('k', 'i', 0)]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adjoint.rules.kinds import Known

from .facts import ONE, cut
from .forward import Forward
from .indexing import index_parts
from .loopforms import (
    BUILTINS,
    FILLS,
    LIKES,
    NAMES,
    ORDERS,
    REDUCTIONS,
    Fields,
    Form,
    FormState,
    Items,
    Sequence,
    called,
    elementwise,
    fill_value,
    form_of_kind,
    identity,
    join,
    literal,
    scalar_call,
    shape_owner,
)
from .syntax import Node, names_written


@dataclass(frozen=True)
class Reduction:
    """A sum, mean or extreme of an array: all of it, or along an axis."""

    function: Any
    argument: Node
    over: Form
    axis: int | None
    keepdims: bool


class Forms(Forward[FormState]):
    """Walks a kernel; ``resolve`` tells what a name that is no variable stands for."""

    def __init__(
        self, resolve: Callable[[str], Any], result: Callable[[str], Any] = lambda name: None
    ) -> None:
        """Start a walk.

        Args:
            resolve: what a name stands for that is no variable.
            result: the form of what a compiled function returns, by its name.
        """
        super().__init__()
        self.resolve = resolve
        self.result = result

    def transfer(self, statement: Node, state: FormState) -> FormState:
        """Return the forms after a simple statement, or at the head of a loop."""
        kind = type(statement).__name__
        if kind == "If":
            return state
        if kind == "AugAssign" and type(statement.target).__name__ == "Name":
            return state  # an array keeps its form; numbers of mixed dtypes are not fused
        heads = {"With": "items", "For": "target"}
        written = (
            set() if kind == "While" else names_written(getattr(statement, heads.get(kind, ""), statement))
        )
        forms = {**state.forms, **dict.fromkeys(written)}
        if kind == "Assign" and len(statement.targets) == 1:
            self.bind(statement.targets[0], self.of(statement.value, state, id(statement)), forms)
        elif kind == "For":
            self.bind(statement.target, self.item(statement.iter, state), forms)
        elif kind == "Expr" and type(statement.value).__name__ == "Call":
            self.appended(statement.value, state, forms)
        return FormState(forms)

    def item(self, node: Node, state: FormState) -> Any:
        """The form of what a loop over an expression binds."""
        if self.function(getattr(node, "func", None)) is range:
            return Form("i")
        if self.function(getattr(node, "func", None)) is reversed:
            node = node.args[0]
        form = self.of(node, state)
        if isinstance(form, Form) and form.axes:
            return Form(form.dtype, form.axes[1:], form.origin if form.axes[1:] else None)
        return form.element if isinstance(form, Sequence) else None

    def bind(self, target: Node, form: Any, forms: dict[str, Any]) -> None:
        """Give a target the form of what it is assigned."""
        kind = type(target).__name__
        if kind == "Name" and form is not None:
            forms[target.id] = form
        elif kind == "Tuple" and isinstance(form, Items) and len(form.parts) == len(target.elts):
            for item, part in zip(target.elts, form.parts, strict=True):
                self.bind(item, part, forms)

    def appended(self, call: Node, state: FormState, forms: dict[str, Any]) -> None:
        """``trips.append(value)``; any other call of a method may change a list."""
        owner = getattr(getattr(call.func, "value", None), "id", "")
        known = forms.get(owner)
        if owner in forms:
            forms[owner] = None
        if isinstance(known, Sequence) and call.func.attr == "append":
            item = self.of(call.args[0], state, id(call))
            element = (
                None if item is None else item if known.element is None else join(known.element, item, owner)
            )
            if element is not None:
                forms[owner] = Sequence(element)
        elif isinstance(known, Form):
            forms[owner] = known

    # --- expressions -------------------------------------------------------------------------
    def function(self, node: Node) -> Any:
        """Return the object that an expression like ``np.exp`` names, or None."""
        kind = type(node).__name__
        if kind == "Name":
            value = self.resolve(node.id)
            return BUILTINS.get(node.id) if value is None else value
        base = self.function(node.value) if kind == "Attribute" else None
        return getattr(base, node.attr, None) if base is np or base is math else None

    def of(self, node: Node, state: FormState, new: Any = None) -> Any:
        """Return the form of an expression; arrays it allocates belong to ``new``."""
        method = getattr(self, f"of_{type(node).__name__}", None)
        form = method(node, state) if method is not None else None
        if isinstance(form, Form) and form.axes and form.origin is None and type(node).__name__ != "Name":
            return replace(form, origin=new)
        return form

    def of_Name(self, node: Node, state: FormState) -> Any:
        return state.forms.get(node.id)

    def of_Constant(self, node: Node, state: FormState) -> Any:
        return form_of_kind(Known(node.value), None)

    def of_Tuple(self, node: Node, state: FormState) -> Any:
        return Items(tuple(self.of(item, state) for item in node.elts))

    def of_List(self, node: Node, state: FormState) -> Any:
        return Sequence(None) if not node.elts else None

    def of_UnaryOp(self, node: Node, state: FormState) -> Any:
        form = self.of(node.operand, state)
        if not isinstance(form, Form):
            return None
        operator = type(node.op).__name__
        if operator in ("Not", "Invert"):
            return Form("b", form.axes) if form.dtype == "b" else None
        return Form(form.dtype, form.axes) if form.dtype != "b" else None

    def of_BinOp(self, node: Node, state: FormState) -> Any:
        operator = type(node.op).__name__
        left, right = self.of(node.left, state), self.of(node.right, state)
        if not isinstance(left, Form) or not isinstance(right, Form):
            return None
        if operator == "MatMult":
            return self.product(left, right)
        letters = {left.dtype, right.dtype}
        if operator in ("BitAnd", "BitOr", "BitXor"):
            return elementwise("b", left, right) if letters == {"b"} else None
        if operator in ("Add", "Sub", "Mult") and letters != {"b"}:
            return elementwise("f" if "f" in letters else "i", left, right)
        if (
            operator == "Div"
            and "b" not in letters
            or operator == "Pow"
            and left.dtype == "f"
            and "b" not in letters
        ):
            return elementwise("f", left, right)
        return None

    def product(self, left: Form, right: Form) -> Any:
        """The form of a matrix product."""
        if {left.dtype, right.dtype} != {"f"} or not left.axes or not right.axes:
            return None
        if max(len(left.axes), len(right.axes)) > 2:
            return None
        return Form("f", (*left.axes[:-1], *(right.axes[1:] if len(right.axes) == 2 else ())))

    def of_Compare(self, node: Node, state: FormState) -> Any:
        forms = [self.of(item, state) for item in (node.left, *node.comparators)]
        if len(forms) != 2 or type(node.ops[0]).__name__ not in ORDERS:
            return None
        return elementwise("b", *forms)

    def of_Attribute(self, node: Node, state: FormState) -> Any:
        base = self.of(node.value, state)
        if isinstance(base, Fields):
            return dict(base.parts).get(node.attr)
        if not isinstance(base, Form) or not base.axes:
            return None
        if node.attr == "size":
            return Form("i")
        if node.attr == "shape":
            return Items((Form("i"),) * len(base.axes))
        return replace(base, axes=base.axes[::-1]) if node.attr == "T" else None

    def of_Subscript(self, node: Node, state: FormState) -> Any:
        base = self.of(node.value, state)
        if isinstance(base, Items):
            index = getattr(node.slice, "value", None)
            return (
                base.parts[index]
                if type(index) is int and -len(base.parts) <= index < len(base.parts)
                else None
            )
        if isinstance(base, Fields):
            return dict(base.parts).get(getattr(node.slice, "value", None))
        if isinstance(base, Sequence):
            return base.element if self.of(node.slice, state) == Form("i") else None
        if not isinstance(base, Form) or not base.axes:
            return None
        return self.indexed(base, index_parts(node.slice), state)

    def indexed(self, base: Form, parts: list[Node], state: FormState) -> Any:
        """The form of ``base[parts]`` for slices and whole numbers."""
        result: list[Any] = []
        axes = iter(base.axes)
        for part in parts:
            if type(part).__name__ == "Constant" and part.value is None:
                result.append(ONE)
                continue
            axis = next(axes, None)
            if axis is None:
                return None
            if type(part).__name__ == "Slice":
                result.append(cut(axis, part))
            elif (form := self.of(part, state)) is None:
                return None
            elif isinstance(form, Form) and form.dtype == "i" and len(form.axes) == 1 and len(parts) == 1:
                return Form(base.dtype, (*form.axes, *axes))  # a gather
            elif form != Form("i"):
                return None
        return replace(base, axes=(*result, *axes))

    def of_Call(self, node: Node, state: FormState) -> Any:
        function = self.function(node.func)
        if function is None and type(node.func).__name__ == "Name" and node.func.id not in state.forms:
            return self.result(node.func.id)
        if any(function is known for known in REDUCTIONS):
            return self.along(node, state)
        if node.keywords and function is not None or any(type(a).__name__ == "Starred" for a in node.args):
            return None
        if function is None:
            return self.method(node, state)
        forms = [self.of(arg, state) for arg in node.args]
        if function in FILLS or function in LIKES:
            return self.filled(node, function, state)
        if function is np.roll:
            known = forms[0] if isinstance(forms[0], Form) else None
            return None if known is None else Form(known.dtype, known.axes)
        if function is np.concatenate:
            return self.concatenated(node, state)
        if function in (len, max, min, abs, float, int):
            return scalar_call(function, forms)
        if function in (np.matmul, np.dot) and len(forms) == 2 and all(isinstance(f, Form) for f in forms):
            return self.product(*forms)
        if getattr(function, "conforming", False) is True:
            return identity(forms)
        return called(function, forms)

    def concatenated(self, node: Node, state: FormState) -> Any:
        """The form of arrays joined along the first axis, whose length is new."""
        parts = self.of(node.args[0], state)
        same = isinstance(parts, Items) and parts.parts and len(node.args) == 1
        if not same or any(not isinstance(p, Form) or p.dtype != "f" or not p.axes for p in parts.parts):
            return None
        first = max(parts.parts, key=lambda p: len(p.axes))
        return Form("f", (("joined", id(node)), *first.axes[1:]))

    def method(self, node: Node, state: FormState) -> Any:
        """A method of an array."""
        if type(node.func).__name__ != "Attribute":
            return None
        base = self.of(node.func.value, state)
        if not isinstance(base, Form) or not base.axes:
            return None
        if node.func.attr in NAMES:
            return self.along(node, state)
        if node.func.attr == "copy" and not node.args and not node.keywords:
            return Form(base.dtype, base.axes)
        return None

    def along(self, node: Node, state: FormState) -> Any:
        """A sum, mean or extreme: over everything, or along a literal axis."""
        reduced = self.reduction(node, state)
        if reduced is None:
            return None
        axes = list(reduced.over.axes)
        if reduced.axis is None:
            return Form("f")
        axes[reduced.axis : reduced.axis + 1] = [ONE] if reduced.keepdims else []
        return Form("f", tuple(axes))

    def reduction(self, node: Node, state: FormState) -> Reduction | None:
        """Read a call like ``np.sum(x, axis=1, keepdims=True)`` or ``x.sum()``; None if it is another."""
        if type(node).__name__ != "Call" or any(type(arg).__name__ == "Starred" for arg in node.args):
            return None
        function = self.function(node.func)
        args = node.args
        if function is None and type(node.func).__name__ == "Attribute" and node.func.attr in NAMES:
            function, args = getattr(np, node.func.attr), [node.func.value, *node.args]
        named = {keyword.arg: literal(keyword.value) for keyword in node.keywords}
        if (
            not any(function is known for known in REDUCTIONS)
            or not 1 <= len(args) <= 2
            or set(named) - {"axis", "keepdims"}
        ):
            return None
        if len(args) == 2:
            named["axis"] = literal(args[1])
        over = self.of(args[0], state)
        axis, keep = named.get("axis"), named.get("keepdims", False)
        if not isinstance(over, Form) or over.dtype != "f" or not over.axes:
            return None
        if not (axis is None or type(axis) is int) or not isinstance(keep, bool):
            return None
        if axis is not None and not -len(over.axes) <= axis < len(over.axes) or axis is None and keep:
            return None
        axis = None if axis is None or len(over.axes) == 1 and not keep else axis % len(over.axes)
        return Reduction(function, args[0], over, axis, keep)

    def filled(self, node: Node, function: Any, state: FormState) -> Any:
        """An array of one number, of the shape of another array."""
        shape = shape_owner(node.args[0]) if function in FILLS and function is not np.broadcast_to else None
        shape = shape_owner(node.args[1]) if function is np.broadcast_to and len(node.args) == 2 else shape
        shape = node.args[0] if function in LIKES else shape
        base = None if shape is None else self.of(shape, state)
        if not isinstance(base, Form) or not base.axes or function in LIKES and base.dtype != "f":
            return None
        value = fill_value(node, function)
        filling = None if value is None else self.of(value, state)
        return Form("f", base.axes) if filling == Form("f") else None
