"""What travels beside the values of a function, and a pass that writes it.

Forward mode carries a tangent beside every value.  The same walk over the program carries anything else
that every operation maps to its like: the Taylor coefficients of the value along a curve, or the sets of
the inputs on which its entries depend.  What an operation does to them is asked of an *algebra*, an object
that is the first parameter of the generated function; operations with a recurrence of their own, and linear
ones, are written out.

>>> import adjoint, numpy as np
>>> def f(x):
...     return np.sin(x) + 1.0
>>> print(adjoint.source(f, 2.0, mode='jet'))  # doctest: +ELLIPSIS
# taylor mode of f(x) with respect to x   (...)
def f__jet(taylor, x_series, x):
    # ...   return np.sin(x) + 1.0
    sin_2 = np.sin(x)
    sin_2_series = sin_series(sin_2, [x, *x_series])
    out = sin_2 + 1.0
    out_series = add_series(out, [sin_2, *sin_2_series], [1.0])
    return out, out_series
<BLANKLINE>
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adjoint.rules.kinds import Array, Dict, Kind, List, Object, Scalar, Tuple, is_complex, is_scalar
from adjoint.rules.registry import registry

from .atoms import is_atom
from .decide import Decision
from .dots import is_full
from .pushforward import Pushforward
from .reading import as_value
from .regions import Regions
from .syntax import Node, assign, attribute, call, clone, load, make, store


@dataclass(frozen=True)
class Algebra:
    """One thing to carry along.

    ``part`` ends the names of the generated functions, ``suffix`` those of what travels beside a
    variable, ``parameter`` is the name of the object that is asked.
    """

    form: str
    part: str
    suffix: str
    parameter: str


ALGEBRAS = {
    "taylor": Algebra("taylor", "jet", "series", "taylor"),
    "sparsity": Algebra("sparsity", "pattern", "deps", "sparsity"),
}
#: The name of the generated function by form, and the form by that name.
PARTS = {"forward": "pushforward"} | {form: algebra.part for form, algebra in ALGEBRAS.items()}
FORMS = {part: form for form, part in PARTS.items()}
#: Run-time helpers that an algebra has a version of.
ASKED = frozenset({"filled", "paired", "push", "push_method", "unpacked_dots", "zero_tangent"})


class AlgebraPush(Pushforward):
    """Writes a function together with what travels beside its values."""

    def __init__(self, session: Any, unit: Any, regions: Regions, algebra: Algebra) -> None:
        super().__init__(session, unit, regions)
        self.algebra = algebra
        self.suffix, self.part = algebra.suffix, algebra.part
        self.parameter = self.namer.fresh(algebra.parameter)

    def helper(self, name: str) -> Any:
        """Return what generated code calls for a run-time helper."""
        if name not in ASKED:
            return super().helper(name)
        return attribute(load(self.parameter), name)

    def ask(self, name: str, *args: Node) -> Node:
        """Return the request of a method of the algebra."""
        return call(attribute(load(self.parameter), name), list(args))

    def zero(self, kind: Kind, value: Node) -> Node:
        """Return what travels beside a value that does not move."""
        if isinstance(kind, Scalar | Array):
            return self.ask("zero_tangent", value)
        zero = super().zero(kind, value)
        return self.ask("zero_tangent", value) if is_scalar(kind) else zero

    def owned_dot(self, variable: str, value: Node, dot: Node) -> Node:
        """Copy what travels beside a new array that will be changed in place."""
        return self.ask("copied", dot) if variable in self.changed else dot

    def unit_dots(self, dots: list[Node]) -> list[Node]:
        """The algebra comes first."""
        return [load(self.parameter), *dots]

    # --- operations --------------------------------------------------------------------------
    def by_rule(self, node: Node, variable: str, value: Node) -> None:
        """Write a linear operation or one with a recurrence; ask the algebra for any other."""
        if self.algebra.form == "taylor":
            decision: Decision = value.decision
            if self.is_plain_linear(value, decision):
                return self.written(node, variable, value, lambda out: self.per_entry(value, decision), [])
            function = self.recurrence(decision)
            if function is not None:
                name = self.unit.helper(function.__name__, function)
                operands = [self.polynomial(operand) for operand in decision.operands]
                return self.written(node, variable, value, lambda out: call(name, [load(out), *operands]), [])
        return self.by_call(node, variable, value)

    def is_plain_linear(self, value: Node, decision: Decision) -> bool:
        """Whether an operation maps an array to an array and is its own derivative."""
        found = self.forward_rule(decision)
        if found is None or found[0].form != "linear":
            return False
        arrays = isinstance(self.resolve(decision.operands[0]).kind, Array) and isinstance(
            value.kind, Array | Scalar
        )
        return arrays and is_full(self.resolve(decision.operands[0]).kind)

    def per_entry(self, value: Node, decision: Decision) -> Node:
        """Return ``[operation(c) for c in x_series]``."""
        dot = self.dot(decision.operands[0])
        name = self.namer.fresh("c")
        generator = make("comprehension", target=store(name), iter=dot, ifs=[], is_async=0)
        return make("ListComp", elt=self.with_first(value, decision, load(name)), generators=[generator])

    def recurrence(self, decision: Decision) -> Any:
        """Return the recurrence of an operation, if it takes the call for certain."""
        function = registry.series(decision.target)
        operands = [self.resolve(operand) for operand in decision.operands]
        if function is None or decision.keywords or not all(map(is_atom, operands)):
            return None
        name = getattr(function, "__name__", "")
        if name not in PASTED or len(operands) > 1 and name == "log_series" or len(operands) > 2:
            return None
        if name in REAL and any(is_complex(operand.kind) for operand in operands):
            return None
        numbers = all(isinstance(o.kind, Array | Scalar) or is_scalar(o.kind) for o in operands)
        moving = [operand.kind.active for operand in operands]
        return function if numbers and (moving == [True, False] or name != "pow_series") else None

    def polynomial(self, operand: Any) -> Node:
        """Return ``[x, *x_series]``; a constant is a polynomial of one coefficient."""
        atom = self.resolve(operand)
        dot = self.dot(atom)
        rest = [] if dot is None else [make("Starred", value=dot, ctx=make("Load"))]
        return make("List", elts=[as_value(clone(atom)), *rest], ctx=make("Load"))

    # --- changes in place --------------------------------------------------------------------
    def stored(self, node: Node, target: Node) -> None:
        """``base[key] = value``: stores into an array go through the algebra."""
        base = target.value
        if type(target).__name__ != "Subscript" or isinstance(base.kind, List | Dict | Tuple | Object):
            return super().stored(node, target)
        self.primal(node)
        dot = self.place_dot(base)
        if dot is not None:
            given = self.dot(node.value) or self.ask("zero_tangent", clone(node.value))
            request = self.ask("store", clone(base), dot, key_of(target.slice), given)
            self.emit(make("Expr", value=request))
        return None

    def mirrored(self, node: Node, value: Node) -> None:
        """A call that changes its first argument in place and is linear in it and in its last."""
        self.primal(node)
        buffer, share = value.args[0], value.args[-1]
        dot, share_dot = self.place_dot(buffer), self.share_dot(value, share)
        if dot is not None and share_dot is not None:
            args = [clone(value.func), dot, *(clone(arg) for arg in value.args[1:-1]), share_dot]
            self.emit(make("Expr", value=self.ask("mirror", *args)))


#: Recurrences that take every call of numbers and arrays of the right form.
PASTED = frozenset(
    f"{name}_series"
    for name in (
        "add", "sub", "neg", "pos", "mul", "square", "div", "reciprocal", "exp", "expm1", "exp2", "log2",
        "log10", "log1p", "sqrt", "cbrt", "hypot", "sin", "cos", "sinh", "cosh", "tan", "tanh", "arctan",
        "arctanh", "arcsin", "arccos", "arcsinh", "arccosh", "arctan2", "matmul", "pow", "log", "abs", "sinc",
    )
)  # fmt: skip
#: Those of them that are for real numbers.
REAL = frozenset({"abs_series", "sinc_series"})


def key_of(key: Node) -> Node:
    """Return an index as an expression; slices are spelled out."""
    return as_value(clone(key))


__all__ = ["ALGEBRAS", "FORMS", "PARTS", "Algebra", "AlgebraPush", "assign"]
