"""Let array operations of generated code write into memory that is kept from call to call.

Only operations are rewritten of which the walk over forms says that they give an array of float64, or of
truth values; everything else stays as it is.  Which memory is free again is known when the code runs:
:mod:`adjoint.runtime.memory`.

>>> from adjoint import prepare
>>> def f(x, w):
...     return np.sum(np.exp(x @ w))
>>> print(prepare(f, np.ones((2, 3)), np.ones((3, 4))).source())
# reverse mode of f(x, w) with respect to x   (<doctest adjoint.transforms.retain[1]>:1)
def f__value_and_grad(x, w):
    exp_2 = memory.exp(memory.matmul(x, w))
    out = exp_2.sum()
    # <doctest adjoint.transforms.retain[1]>:2   return np.sum(np.exp(x @ w))
    x_bar = memory.matmul(exp_2, w.T)
    return out, x_bar
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules import runtime
from adjoint.rules.kinds import Known

from .facts import ONE
from .formwalk import Forms
from .loopforms import (
    FILLS,
    LIKES,
    NAMES,
    REDUCTIONS,
    Form,
    FormState,
    Items,
    fill_value,
    form_of_kind,
    literal,
    shape_owner,
)
from .pipeline import Adjoint
from .saving import free_names
from .syntax import Node, call, constant, load, make, names_written, rebuilt
from .unit import Unit

OPERATORS = {
    **{"Add": "add", "Sub": "subtract", "Mult": "multiply", "Div": "divide", "Pow": "raised"},
    **{"MatMult": "matmul", "BitAnd": "bitwise_and", "BitOr": "bitwise_or", "BitXor": "bitwise_xor"},
}
ORDERS = {
    **{"Lt": "less", "LtE": "less_equal", "Gt": "greater", "GtE": "greater_equal"},
    **{"Eq": "equal", "NotEq": "not_equal"},
}
SIGNS = {"USub": "negative", "Invert": "invert"}
#: Run-time helpers that :class:`Memory` knows, and those that take containers, too.
HELPERS = (runtime.strong_product, runtime.strong_quotient, runtime.selected)
CONTAINERS = {runtime.zeros_like: "zeros_like", runtime.add: "total"}
#: What has variables of its own; its parts are left alone.
CLOSED = ("Lambda", "ListComp", "SetComp", "DictComp", "GeneratorExp", "FunctionDef")


def retained(adjoint: Adjoint, memory: Any) -> Adjoint:
    """Return a differentiated function whose array operations use a memory.

    Args:
        adjoint: the function; its trees are not changed.
        memory: the :class:`adjoint.runtime.memory.Memory` that the generated code will see.
    """
    unit = adjoint.unit
    rewriter = Retainer(unit, adjoint, unit.helper("memory", memory))
    primal = rewriter.block(adjoint.primal)
    rewriter.reversing = True
    reverse = rewriter.block(adjoint.reverse)
    return Adjoint(
        unit,
        primal,
        reverse,
        rewriter.value(adjoint.value, rewriter.middle),
        adjoint.seed,
        [rewriter.value(result, rewriter.end) for result in adjoint.results],
        adjoint.saved,
        adjoint.unsure,
    )


class Retainer:
    """Rewrites the statements of one function."""

    def __init__(self, unit: Unit, adjoint: Adjoint, memory: str) -> None:
        self.memory = memory
        self.reversing = False
        bound = names_written([*adjoint.primal, *adjoint.reverse]) | set(unit.parameters) | {adjoint.seed}
        self.walk = Shapes(resolver(unit, bound), results(unit))
        kinds = dict(unit.parameters)
        for name in free_names([*adjoint.primal, *adjoint.reverse]) - bound - {*unit.helpers, *unit.callees}:
            kinds[name] = unit.scope.data(name)
        forms = {name: form_of_kind(kind, name) for name, kind in kinds.items()}
        start = FormState({name: form for name, form in forms.items() if form is not None})
        self.middle = self.walk.block(adjoint.primal, start) or start
        seed = form_of_kind(unit.result, adjoint.seed)
        if adjoint.seed not in self.middle.forms and isinstance(seed, Form):
            self.middle = FormState({**self.middle.forms, adjoint.seed: seed})
        self.end = self.walk.block(adjoint.reverse, self.middle) or self.middle

    def block(self, statements: list[Node]) -> list[Node]:
        """Return statements with their operations rewritten."""
        return [self.statement(statement) for statement in statements]

    def statement(self, node: Node) -> Node:
        """Return one statement; those inside it have forms of their own."""
        state = self.walk.before.get(id(node))
        if state is None or type(node).__name__ in CLOSED:
            return node
        inside = {id(child) for name in ("body", "orelse") for child in getattr(node, name, None) or ()}
        return rebuilt(node, lambda n: self.statement(n) if id(n) in inside else self.value(n, state))

    def value(self, node: Node, state: FormState) -> Node:
        """Return an expression with its operations rewritten."""
        if type(node).__name__ in CLOSED:
            return node
        found = self.operation(node, state)
        if found is not None:
            name, operands = found
            function = make("Attribute", value=load(self.memory), attr=name)
            return call(function, [self.value(operand, state) for operand in operands])
        return rebuilt(node, lambda child: self.value(child, state))

    def operation(self, node: Node, state: FormState) -> tuple[str, list[Node]] | None:
        """Return the operation that an expression is and its operands; None if it stays."""
        if type(node).__name__ == "Call" and self.walk.function(node.func) in CONTAINERS:
            return CONTAINERS[self.walk.function(node.func)], node.args
        method = getattr(self, f"of_{type(node).__name__}", None)
        form = self.walk.of(node, state) if method is not None else None
        if method is None or not isinstance(form, Form) or not form.axes or form.dtype not in ("f", "b"):
            return None
        found: tuple[str, list[Node]] | None = method(node, state)
        return found

    def of_BinOp(self, node: Node, state: FormState) -> tuple[str, list[Node]]:
        return OPERATORS[type(node.op).__name__], [node.left, node.right]

    def of_Attribute(self, node: Node, state: FormState) -> tuple[str, list[Node]] | None:
        """``(a @ b).T`` in the reverse: the product of the transposes lies in the order of C."""
        product = node.value
        if not self.reversing or node.attr != "T" or type(getattr(product, "op", None)).__name__ != "MatMult":
            return None
        factors = (product.right, product.left)
        return "matmul", [make("Attribute", value=factor, attr="T") for factor in factors]

    def of_UnaryOp(self, node: Node, state: FormState) -> tuple[str, list[Node]] | None:
        name = SIGNS.get(type(node.op).__name__)
        return None if name is None else (name, [node.operand])

    def of_Compare(self, node: Node, state: FormState) -> tuple[str, list[Node]]:
        return ORDERS[type(node.ops[0]).__name__], [node.left, node.comparators[0]]

    def of_Call(self, node: Node, state: FormState) -> tuple[str, list[Node]] | None:
        function = self.walk.function(node.func)
        reduction = self.walk.reduction(node, state)
        if reduction is not None:
            name = NAMES[REDUCTIONS.index(reduction.function)]
            options = [constant(reduction.axis), *([constant(True)] if reduction.keepdims else [])]
            return name, [reduction.argument, *options]
        if function is None:
            plain = not node.args and getattr(node.func, "attr", "") == "copy"
            return ("copy", [node.func.value]) if plain else None
        if function in FILLS or function in LIKES:
            return None if function is np.broadcast_to else self.filling(node, function)
        if function in HELPERS or getattr(function, "__name__", "") == "greater_share":
            return function.__name__, node.args
        if function is np.where or function is np.concatenate or function in (np.matmul, np.dot):
            return function.__name__, node.args
        plain = isinstance(function, np.ufunc) and function.nout == 1
        return (function.__name__, node.args) if plain else None

    def filling(self, node: Node, function: Any) -> tuple[str, list[Node]]:
        """``np.zeros(x.shape)`` and its kin."""
        shape = node.args[0]
        if function in LIKES:
            shape = make("Attribute", value=shape, attr="shape")
        return "full", [shape, fill_value(node, function)]


class Shapes(Forms):
    """Knows the shapes of more calls than loops are made of."""

    def of_Call(self, node: Node, state: FormState) -> Any:
        function = self.function(node.func)
        args = [self.of(arg, state) for arg in node.args]
        if getattr(function, "conforming", False) is True:
            return args[1]
        owner = shape_owner(node.args[1]) if function is np.broadcast_to and len(args) == 2 else None
        if owner is not None and isinstance(args[0], Form):
            whole = self.of(owner, state)
            return Form(args[0].dtype, whole.axes) if isinstance(whole, Form) else None
        sizes = args[0].parts if function is np.zeros and args and isinstance(args[0], Items) else ()
        if sizes and set(sizes) == {Form("i")}:  # a shape that has a name
            return Form("f", tuple(("zeros", id(node), k) for k in range(len(sizes))))
        if function is np.expand_dims and isinstance(args[0], Form) and type(literal(node.args[1])) is int:
            axes = list(args[0].axes)
            axes.insert(literal(node.args[1]) % (len(axes) + 1), ONE)
            return Form(args[0].dtype, tuple(axes))
        if getattr(function, "__name__", "") in ("split_like", "cut") and len(args) > 1:
            return args[1]
        if getattr(function, "__name__", "") == "lengths" and args:  # they stand for the arrays themselves
            return args[0]
        return super().of_Call(node, state)


def resolver(unit: Unit, bound: set[str]) -> Callable[[str], Any]:
    """Return what tells what a name stands for that is no variable of the function."""

    def resolve(name: str) -> Any:
        if name in bound:
            return None
        if name in unit.helpers:
            return unit.helpers[name]
        kind = unit.scope.data(name)
        return kind.value if isinstance(kind, Known) else None

    return resolve


def results(unit: Unit) -> Callable[[str], Any]:
    """Return what tells the form of the result of a compiled function that the generated code calls."""

    def result(name: str) -> Any:
        callee, part = unit.callees.get(name, (None, ""))
        if callee is None:
            return None
        if part == "primal":
            return Items((form_of_kind(callee.result, name), None))
        forms = [form_of_kind(callee.parameters[n], (name, n)) for n in callee.active]
        return forms[0] if len(forms) == 1 else Items(tuple(forms))

    return result
