"""The reverse of an elementwise operation: the cotangent times the partial of each operand.

>>> from adjoint import source
>>> def f(x, b):
...     return np.sum(x * b)
>>> print(source(f, np.ones((3, 2)), np.ones(2), wrt=(0, 1), stage='reverse'))
def f(x, b):
    mul_2 = x * b
    out = np.sum(mul_2)
    # reverse
    out_bar = 1.0
    mul_2_bar = np.broadcast_to(out_bar, mul_2.shape)
    x_bar = mul_2_bar * b
    b_bar = (mul_2_bar * x).sum(axis=0)
    result = x_bar
    result_2 = b_bar
    return out, (result, result_2)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Scalar, is_complex, is_scalar, maybe_complex
from adjoint.rules.registry import Rule

from .bars import Key
from .effects import writes
from .paste import Body, needed, substitute, varying
from .products import Strong, dotted, negated, number, scaled, times
from .reading import PrimalReading
from .syntax import (
    Node,
    attribute,
    call,
    clone,
    constant,
    load,
    names_read,
    names_written,
    same,
    walk,
)

Contribution = tuple[Key, Node, Kind, bool, bool]


class PartialReverse(PrimalReading):
    """Reverses operations that have a scalar rule."""

    operands: Callable[[Node, Rule, dict[str, Any]], dict[str, Node]]
    outside: Callable[[Rule], Callable[[str], str]]
    paste: Callable[[list[Node], dict[str, Node], Callable[[str], str], Node], None]

    def scalar(
        self, node: Node, variable: str, value: Node, rule: Rule, body: Body, bound: dict[str, Any], bar: Node
    ) -> list[Contribution]:
        """Multiply the cotangent with the partials of an elementwise function."""
        names = self.operands(node, rule, bound)
        wanted = [(i, n) for i, n in varying(rule, body) if n in bound and bound[n].kind.active]
        results = [body.results[i] for i, _ in wanted]
        steps, read = needed(body, tuple(i for i, _ in wanted))
        if "out" in read:
            names["out"] = load(self.regions.read(variable, node, after=True, kind=value.kind))
        self.paste(steps, names, self.outside(rule), node)
        made: list[Contribution] = []
        for (_, name), result in zip(wanted, results, strict=True):
            harmless = rule.singular and self.is_harmless(node, result, bound, variable)
            strong = None if harmless else rule.strength
            partial = substitute(result, names, self.outside(rule))
            others = [item for other, item in bound.items() if other != name]
            whole: list[Node] = []
            alone = all(is_scalar(item.kind) for item in others)
            fits = alone and isinstance(bound[name].kind, Array)
            if not is_scalar(value.kind):  # a number has no shape that others could have
                fits = fits or self.fits(node, variable, bound[name], value.kind, alone)
                whole = self.whole_operands(node, variable, bound, names, value.kind)
                whole += [names[name]] if fits else []
            narrow = may_narrow(bound[name].kind, value.kind, [item.kind for item in others])
            made += self.partial(
                bound[name], partial, value.kind, strong, bar, names[name], fits, whole, narrow
            )
        return made

    def whole_operands(
        self, node: Node, variable: str, bound: dict[str, Any], names: dict[str, Node], kind: Kind
    ) -> list[Node]:
        """Return what surely has the shape of the result: operands, and the result itself."""
        whole = [
            names[name]
            for name, item in bound.items()
            if name in names and self.fits(node, variable, item, kind, False)
        ]
        return whole + [names["out"]] if "out" in names and "out" not in bound else whole

    def fits(self, node: Node, variable: str, item: Node, kind: Kind, alone: bool) -> bool:
        """Whether an operand surely has the shape of the result."""
        if is_scalar(kind) or is_scalar(item.kind):
            return False
        return same_shape(item.kind, kind, alone) or self.facts.same_shape(node, variable, item)

    def is_harmless(self, node: Node, partial: Node, bound: dict[str, Any], variable: str) -> bool:
        """Whether a singular partial is a quotient whose divisor cannot be zero."""
        plain = type(partial).__name__ == "BinOp" and type(partial.op).__name__ == "Div"
        return plain and self.facts.is_positive(node, partial.right, bound, variable)

    def partial(
        self,
        operand: Node,
        partial: Node,
        kind: Kind,
        strong: Strong,
        bar: Node,
        primal: Node,
        fits: bool,
        whole: list[Node],
        narrow: bool,
    ) -> list[Contribution]:
        """Return the contribution of one partial to one operand.

        ``fits`` says that the operand has the shape of the result, ``whole`` are expressions that have it,
        ``narrow`` that the operand may be real where the result is complex.
        """
        place = self.place(operand)
        if place is None or number(partial) == 0.0:
            return []
        if maybe_complex(kind) or maybe_complex(operand.kind):
            partial = conjugated(partial, self.numpy("conj"))
        same_size = whole and self.is_elementwise(partial)
        covers = same_size and any(same(part, w) for part in walk(partial) for w in whole)
        spread = self.uniform(bar) if fits else None
        if spread is not None and number(partial) is not None and not narrow:
            product = call(clone(spread.func), [times(clone(spread.args[0]), partial), clone(spread.args[1])])
            return [(place, product, operand.kind, False, False)]
        if spread is not None and covers:
            bar = spread.args[0]
        if covers and is_double(operand.kind, Scalar) and is_double(kind, Array):
            total = dotted(clone(bar), partial, strong is not None, primal, self.numpy("vdot"), self.helper)
            return [(place, total, operand.kind, True, False)]
        branch = is_scalar(kind) and not self.session.nested
        product, fresh = scaled(bar, partial, strong, branch, self.helper)
        if narrow and not maybe_complex(operand.kind):
            product = attribute(product, "real")
        if not fits and may_broadcast(operand.kind, kind):
            summed = summed_axes(operand.kind, kind)
            if isinstance(operand.kind, Scalar) and isinstance(kind, Array) and kind.dims:
                product, fresh = summed_over(product, None), True
            elif summed is None:
                product = call(self.helper("unbroadcast"), [product, clone(primal)])
                fresh = False
            else:
                product, fresh = summed_over(product, *summed), True
        if narrow and maybe_complex(operand.kind):
            product = call(self.helper("fit"), [product, clone(primal)])
            fresh = False
        return [(place, product, operand.kind, fresh, False)]

    def uniform(self, bar: Node) -> Node | None:
        """Return the ``np.broadcast_to(s, shape)`` that a cotangent was set to last, if that still holds."""
        for place, statement in enumerate(reversed(self.bars.out)):
            if bar.id in writes(statement):
                value = getattr(statement, "value", None)
                func = getattr(value, "func", None)
                plain = type(statement).__name__ == "Assign" and getattr(func, "attr", "") == "broadcast_to"
                since = self.bars.out[len(self.bars.out) - place :] if plain else []
                return value if plain and not names_read(value) & names_written(since) else None
        return None

    def is_elementwise(self, node: Node) -> bool:
        """Whether an expression combines its operands element by element."""
        kind = type(node).__name__
        if kind == "Call":
            ufunc = getattr(self.session.numpy, getattr(node.func, "attr", ""), None)
            helper = self.unit.helpers.get(getattr(node.func, "id", ""))
            known = isinstance(ufunc, np.ufunc) or getattr(helper, "entrywise", False)
            return known and not node.keywords and all(self.is_elementwise(arg) for arg in node.args)
        if kind == "BinOp":
            plain = type(node.op).__name__ != "MatMult"
            return plain and self.is_elementwise(node.left) and self.is_elementwise(node.right)
        leaf = kind in ("Name", "Constant", "Subscript", "Attribute")
        return leaf or kind == "UnaryOp" and self.is_elementwise(node.operand)


def conjugated(partial: Node, conj: Node) -> Node:
    """Return the complex conjugate of a partial (numbers are their own)."""
    if type(partial).__name__ == "Constant" and not isinstance(partial.value, complex):
        return partial
    return call(conj, [partial])


def same_shape(operand: Kind, out: Kind, alone: bool) -> bool:
    """Whether an operand surely has the shape of an elementwise result."""
    if not isinstance(operand, Array) or not isinstance(out, Array) or not operand.dims:
        return False
    return operand.dims == out.dims and (alone or set(operand.dims) == {"n"})


def is_double(kind: Kind, cls: type) -> bool:
    """Whether a value is a number, or an array of known rank, in double precision."""
    ranked = not isinstance(kind, Array) or bool(kind.dims)
    return isinstance(kind, cls) and getattr(kind, "dtype", None) == np.float64 and ranked


def may_narrow(operand: Kind, out: Kind, others: list[Kind]) -> bool:
    """Whether a real operand may stand in a complex result, so that it receives the real part only."""
    if not maybe_complex(operand):
        return maybe_complex(out)
    return not is_complex(operand) and (is_complex(out) or any(map(maybe_complex, others)))


def may_broadcast(operand: Kind, out: Kind) -> bool:
    """Whether the operand's shape may differ from the result's."""
    if is_scalar(out):
        return False
    if not isinstance(operand, Array) or not isinstance(out, Array):
        return True
    if operand.dims is None or out.dims is None or len(operand.dims) != len(out.dims):
        return True
    return any(a != b or a == "?" for a, b in zip(operand.dims, out.dims, strict=True)) and operand.dims != (
        "n",
    ) * len(operand.dims)


def summed_axes(operand: Kind, out: Kind) -> tuple[tuple[int, ...], bool] | None:
    """Return the axes along which an operand was stretched, and whether it has them; None if not known."""
    if not isinstance(operand, Array) or not isinstance(out, Array) or not operand.dims or not out.dims:
        return None
    lead = len(out.dims) - len(operand.dims)
    pairs = list(zip(operand.dims, out.dims[lead:], strict=True))
    stretched = tuple(lead + axis for axis, pair in enumerate(pairs) if pair == ("1", "n"))
    known = all(pair == ("1", "n") or pair[0] == pair[1] != "?" for pair in pairs)
    if not known or lead and stretched:
        return None
    return (tuple(range(lead)), False) if lead else (stretched, True)


def summed_over(product: Node, axes: tuple[int, ...] | None, keepdims: bool = False) -> Node:
    """Return ``product.sum(axis=axes)``, or ``product.sum()``, the minus of a negated product outside."""
    if type(product).__name__ == "UnaryOp":
        return negated(summed_over(product.operand, axes, keepdims))
    keywords = {} if axes is None else {"axis": constant(axes[0] if len(axes) == 1 else axes)}
    return call(attribute(product, "sum"), [], keywords | ({"keepdims": constant(True)} if keepdims else {}))
