"""Kinds of expressions (the expression half of :mod:`adjoint.transforms.infer`).

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.stages import spelled
>>> def f(x, n):
...     return x[0] * n, (x.T @ x).shape, [x > 0.0]
>>> print(spelled(inferred(f, np.ones((3, 3)), 2).result))
(active float64[n], (int64, int64), [bool[n, n]])
"""

from __future__ import annotations

import operator
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from adjoint.rules.kinds import (
    BOOL,
    INT,
    Array,
    Closure,
    Dict,
    Kind,
    Known,
    List,
    Never,
    Object,
    Scalar,
    Tuple,
    Unknown,
    dict_values,
    is_literal_key,
    is_number,
    join,
    join_all,
    with_active,
)

from .classes import runtime_type
from .comparisons import FOLDABLE, compare_kind, defines
from .decide import DYNAMIC, ITEM, MISSING, PATH, UNBOUND, Decision, choose
from .indexing import index_kind, index_parts
from .infer_call import CallInference
from .syntax import Node, names_read
from .texts import is_written, marked

OPERATORS: dict[str, Any] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
    "MatMult": operator.matmul,
    "LShift": operator.lshift,
    "RShift": operator.rshift,
    "BitOr": operator.or_,
    "BitXor": operator.xor,
    "BitAnd": operator.and_,
    "USub": operator.neg,
    "UAdd": operator.pos,
    "Invert": operator.invert,
    "Not": operator.not_,
}
#: What a class may define with a result of any kind; ``in`` and ``is`` give truth values.
COMPARISONS: dict[str, Any] = {
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Eq": operator.eq,
    "NotEq": operator.ne,
}


class ExpressionInference(CallInference):
    """Visits expressions; each visit returns the kind and stores it on the node."""

    def visit(self, node: Node) -> Kind:
        """Infer an expression's kind."""
        method = getattr(self, f"visit_{type(node).__name__}", self.visit_other)
        node.decision = None
        kind: Kind = marked(node, method(node))
        self.unit.parses |= getattr(node, "parses", False)
        node.kind = kind
        return kind

    def visit_other(self, node: Node) -> Kind:
        """Visit the parts of an expression whose value is unknown."""
        return Unknown(any([self.visit(child).active for child in expressions(node)]))

    def visit_Constant(self, node: Node) -> Kind:
        return Known(node.value)

    def visit_Name(self, node: Node) -> Kind:
        name = node.id
        if hasattr(node, "meant"):  # written by a pass, whatever the user's names mean
            kind: Kind = node.meant
        elif name in self.env:
            kind = self.env[name]
        elif name in self.local:
            kind = Unknown()
        elif name in self.unit.helpers:
            kind = Known(self.unit.helpers[name])
        else:
            kind = self.outside(name, self.scope.lookup(name))
        node.kind = kind
        return kind

    def visit_NamedExpr(self, node: Node) -> Kind:
        kind = self.visit(node.value)
        self.bind(node.target, kind)
        return kind

    def visit_JoinedStr(self, node: Node) -> Kind:
        for value in node.values:
            if type(value).__name__ == "FormattedValue":
                self.visit(value.value)
        return Unknown()

    def visit_Starred(self, node: Node) -> Kind:
        return self.visit(node.value)

    # --- operators ---------------------------------------------------------------------------
    def visit_BinOp(self, node: Node) -> Kind:
        return self.binary(
            node, node.op, self.visit(node.left), self.visit(node.right), node.left, node.right
        )

    def visit_UnaryOp(self, node: Node) -> Kind:
        kind = self.visit(node.operand)
        function = OPERATORS[type(node.op).__name__]
        if function is operator.not_:
            test = self.truth(kind)
            return BOOL if test is None else Known(not test)
        if isinstance(kind, Known):
            return self.fold(function, kind)
        if is_number(kind):
            return self.by_rule(node, function, (node.operand,), {}, (kind,), {})
        return self.by_class(node, function, [node.operand])

    def binary(self, node: Node, op: Node, a: Kind, b: Kind, left: Node, right: Node) -> Kind:
        """Infer ``left op right``."""
        function = OPERATORS[type(op).__name__]
        if isinstance(a, Never) or isinstance(b, Never):
            return Never()
        if isinstance(a, Known) and isinstance(b, Known):
            return self.fold(function, a, b)
        if is_number(a) and is_number(b):
            return self.by_rule(node, function, (left, right), {}, (a, b), {})
        sequence = sequence_operator(function, a, b)
        if sequence is None:
            return self.by_class(node, function, [left, right])
        node.decision = Decision(DYNAMIC, function, (left, right)) if a.active or b.active else None
        return sequence

    def fold(self, function: Any, *kinds: Known) -> Kind:
        """Evaluate an operator on constants."""
        values = [kind.value for kind in kinds]
        if not all(isinstance(value, FOLDABLE) for value in values):
            return Unknown()
        try:
            value = function(*values)
        except Exception:  # raises at run time too: then no kind is needed
            return Unknown()
        small = isinstance(value, FOLDABLE) and (not isinstance(value, str | tuple) or len(value) < 256)
        return Known(value) if small else Unknown()

    def visit_Compare(self, node: Node) -> Kind:
        kinds = [self.visit(child) for child in (node.left, *node.comparators)]
        function = COMPARISONS.get(type(node.ops[0]).__name__)
        if len(kinds) == 2 and function is not None and any(defines(kind, function) for kind in kinds):
            kind = self.by_class(node, function, [node.left, node.comparators[0]])
            node.decision = node.decision if kind.active else None
            return kind
        if len(kinds) == 2:
            return compare_kind(type(node.ops[0]).__name__, kinds[0], kinds[1])
        return BOOL if all(isinstance(k, Scalar | Known) for k in kinds) else Unknown()

    def visit_BoolOp(self, node: Node) -> Kind:
        stops = type(node.op).__name__ == "Or"
        result: list[Kind] = []
        node.evaluated = len(node.values)
        for i, value in enumerate(node.values):
            kind = self.visit(value)
            test = self.truth(kind)
            if test is stops:
                result.append(kind)
                node.evaluated = i + 1
                break
            if test is None or value is node.values[-1]:
                result.append(kind)
        for value in node.values:  # what was not reached still wants an annotation
            if not hasattr(value, "kind"):
                self.visit(value)
        return join_all(result) or Unknown()

    def visit_IfExp(self, node: Node) -> Kind:
        test = self.truth(self.visit(node.test))
        node.taken = test
        body, orelse = self.visit(node.body), self.visit(node.orelse)
        if test is None:
            return join(body, orelse)
        return body if test else orelse

    def truth(self, kind: Kind) -> bool | None:
        """Return the truth value of a kind if it is known."""
        if isinstance(kind, Known) and isinstance(kind.value, bool | int | float | str | type(None)):
            return bool(kind.value)
        if isinstance(kind, Tuple):
            return len(kind.items) > 0
        return None

    # --- containers --------------------------------------------------------------------------
    def visit_Tuple(self, node: Node) -> Kind:
        kinds = [self.visit(item) for item in node.elts]
        if any(type(item).__name__ == "Starred" for item in node.elts):
            flat: list[Kind] = []
            for item, kind in zip(node.elts, kinds, strict=True):
                if type(item).__name__ != "Starred":
                    flat.append(kind)
                elif isinstance(kind, Tuple):
                    flat += kind.items
                else:
                    return Unknown(any(kind.active for kind in kinds))
            return Tuple(tuple(flat))
        if kinds and all(
            isinstance(kind, Known) and isinstance(kind.value, int | str | slice | type(None) | type(...))
            for kind in kinds
        ):
            return Known(tuple(kind.value for kind in kinds))  # type: ignore[union-attr]
        return Tuple(tuple(kinds))

    def visit_List(self, node: Node) -> Kind:
        kinds = []
        for item in node.elts:
            kind = self.visit(item)
            kinds.append(self.element(kind) if type(item).__name__ == "Starred" else as_element(kind))
        return List(join_all(kinds))

    def visit_Set(self, node: Node) -> Kind:
        return Unknown(any([self.visit(item).active for item in node.elts]))

    def visit_Dict(self, node: Node) -> Kind:
        values = [self.visit(value) for value in node.values]
        keys = [None if key is None else self.visit(key) for key in node.keys]
        items: dict[Any, Kind] = {}
        for key, value in zip(keys, values, strict=True):
            if key is None and isinstance(value, Dict) and value.items is not None:
                items |= dict(value.items)
            elif isinstance(key, Known) and is_literal_key(key.value):
                items[key.value] = value
            else:
                return Dict(None, join_all(as_element(v) for v in values))
        return Dict(tuple(items.items()))

    def visit_Slice(self, node: Node) -> Kind:
        parts = [part for part in (node.lower, node.upper, node.step) if part is not None]
        kinds = [self.visit(part) for part in parts]
        if all(isinstance(kind, Known) for kind in kinds):
            values = {id(part): kind.value for part, kind in zip(parts, kinds, strict=True)}  # type: ignore[union-attr]
            return Known(slice(*(values.get(id(part)) for part in (node.lower, node.upper, node.step))))
        return Unknown(True) if any(kind.active for kind in kinds) else Object(slice, ())

    def visit_Subscript(self, node: Node) -> Kind:
        base = self.visit(node.value)
        index = self.visit(node.slice)
        if isinstance(base, Known) and not (index.active and computes(base.value)):
            return self.fold_item(base, index)
        if isinstance(base, Object) and type(node.slice).__name__ not in ("Slice", "Tuple"):
            return self.by_class(node, operator.getitem, [node.value, node.slice])
        if isinstance(base, Tuple | Dict | Object):
            return self.item_of_container(node, base, index)
        if isinstance(base, List):
            cuts, unsure = runtime_type(index) is slice, isinstance(index, Unknown)
            if base.active:
                either = Decision(DYNAMIC, operator.getitem, (node.value, node.slice))
                node.decision = either if cuts or unsure else Decision(ITEM)
            return base if cuts else Unknown(base.active) if unsure else base.element or Unknown()
        if isinstance(base, Array) and base.active and isinstance(getattr(index, "value", None), str):
            node.decision = Decision(UNBOUND, operator.getitem, (node.value, node.slice))  # a field
            return Unknown(True)
        if isinstance(base, Array):
            kind = with_active(index_kind(base, node.slice), base.active)
            operands = (node.value, node.slice)
            if base.active and index.active and self.session.forward:  # the running program sees an integer
                node.decision = Decision(DYNAMIC, operator.getitem, operands)
            else:
                node.decision = (
                    choose(operator.getitem, operands, {}, (base, index), {}) if base.active else None
                )
            return kind
        if any(type(part).__name__ == "Slice" and part.kind.active for part in index_parts(node.slice)):
            node.decision = Decision(MISSING, slice, (node.slice,))
            return Unknown(True)
        active = base.active or index.active
        node.decision = Decision(DYNAMIC, operator.getitem, (node.value, node.slice)) if active else None
        return Unknown(active)

    def fold_item(self, base: Known, index: Kind) -> Kind:
        if isinstance(index, Known):
            try:
                return Known(base.value[index.value])
            except (KeyError, IndexError, TypeError):
                return Unknown()
        if isinstance(base.value, tuple):
            return join_all(Known(item) for item in base.value) or Unknown()
        return Unknown()

    def item_of_container(self, node: Node, base: Tuple | Dict | Object, index: Kind) -> Kind:
        """``t[1]`` and ``d["key"]`` are paths; for other keys the running program has the item."""
        if isinstance(base, Tuple) and isinstance(index, Known):
            if isinstance(index.value, int) and -len(base.items) <= index.value < len(base.items):
                node.decision = Decision(PATH, index.value % len(base.items))
                return base.items[index.value]
            if isinstance(index.value, slice):
                node.decision = (
                    Decision(DYNAMIC, operator.getitem, (node.value, node.slice)) if base.active else None
                )
                return Tuple(base.items[index.value])
        if isinstance(base, Dict) and base.items is not None and isinstance(index, Known):
            for key, kind in base.items:
                if key == index.value and type(key) is type(index.value):
                    node.decision = Decision(PATH, key)
                    return kind
        by_key = isinstance(base, Dict) or isinstance(base, Tuple) and index == INT
        if base.active and by_key:
            node.decision = Decision(ITEM)
        elif base.active:
            node.decision = Decision(DYNAMIC, operator.getitem, (node.value, node.slice))
        may_cut = isinstance(base, Tuple) and (isinstance(index, Unknown) or runtime_type(index) is slice)
        return Unknown(base.active) if may_cut else self.element_by_key(base)

    def element_by_key(self, base: Tuple | Dict | Object) -> Kind:
        if isinstance(base, Object):
            return Unknown(base.active)
        children = base.items if isinstance(base, Tuple) else dict_values(base)
        return join_all(children or ()) or Unknown()

    # --- comprehensions ----------------------------------------------------------------------
    def visit_ListComp(self, node: Node) -> Kind:
        return List(as_element(self.comprehension(node, node.elt)))

    def visit_GeneratorExp(self, node: Node) -> Kind:
        return List(as_element(self.comprehension(node, node.elt)))

    def visit_SetComp(self, node: Node) -> Kind:
        return Unknown(self.comprehension(node, node.elt).active)

    def visit_DictComp(self, node: Node) -> Kind:
        self.comprehension(node, node.key, node.value)
        return Dict(None, as_element(node.value.kind))

    def comprehension(self, node: Node, *results: Node) -> Kind:
        """Visit a comprehension in its own scope and return the kind of its first result."""
        outer, locals_ = self.env, self.local
        self.env = dict(outer)
        node.kinds_before = dict(outer)
        for generator in node.generators:
            element = self.iteration(generator.iter)
            self.bind(generator.target, element)
            for test in generator.ifs:
                self.visit(test)
        kinds = [self.visit(result) for result in results]
        self.env, self.local = outer, locals_
        return kinds[0]

    # --- iteration ---------------------------------------------------------------------------
    def element(self, kind: Kind) -> Kind:
        """Return the kind of the items that iteration over a value yields."""
        match kind:
            case List(element):
                return element or Unknown()
            case Tuple(items):
                return join_all(items) or Unknown()
            case Array(dtype, dims, active) if dtype is not None and dims:
                return Array(dtype, dims[1:], active) if len(dims) > 1 else Scalar(dtype, True, active)
            case Array(_, _, active):
                return Array(None, None, active)
            case Known(tuple() as items):
                return join_all(Known(item) for item in items) or Unknown()
            case Known(range()):
                return INT
            case _:
                return Unknown(kind.active and not isinstance(kind, Dict), is_written(kind))

    def join_elements(self, a: Kind, b: Kind) -> Kind | None:
        """Return the common kind of the elements of two sequences."""
        return join_all(e for k in (a, b) if (e := self.element(k)) != Unknown() or k != List(None))

    def names_read_active(self, node: Node) -> bool:
        """Whether a statement reads any active variable."""
        return any(self.env[name].active for name in names_read(node) if name in self.env)


def computes(value: Any) -> bool:
    """Whether indexing an object computes something (``np.r_``) instead of looking something up."""
    return not isinstance(value, tuple | str | bytes | range | type | types.GenericAlias)


def as_element(kind: Kind) -> Kind:
    """Forget which constant a list element is: the next one will be another."""
    if isinstance(kind, Known) and isinstance(kind.value, bool | int | float | complex):
        return Scalar(np.dtype(type(kind.value)))
    return kind


def sequence_operator(function: Any, a: Kind, b: Kind) -> Kind | None:
    """Return the kind of ``list + list``, ``tuple + tuple``, ``list * n``; None for anything else."""
    if function is operator.add and isinstance(a, List) and isinstance(b, List):
        return List(join_all(e for e in (a.element, b.element) if e is not None))
    if function is operator.add and isinstance(a, Tuple) and isinstance(b, Tuple):
        return Tuple(a.items + b.items)
    if function is operator.mul and isinstance(a, List):
        return a if is_count(b) else None
    if (
        function is operator.mul
        and isinstance(a, Tuple)
        and isinstance(b, Known)
        and isinstance(b.value, int)
    ):
        return Tuple(a.items * b.value) if b.value < 100 else None
    return None


def is_count(kind: Kind) -> bool:
    """Whether a kind is an integer: a list times an array is an array, as NumPy makes one of the list."""
    known = isinstance(kind, Known) and isinstance(kind.value, int)
    return known or isinstance(kind, Scalar) and kind.dtype.kind in "iub"


def expressions(node: Node) -> Iterable[Node]:
    """Return the direct child expressions of a node."""
    for field in node._fields:
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else [value]:
            if hasattr(child, "_fields") and hasattr(child, "lineno"):
                yield child


__all__ = ["Closure", "ExpressionInference", "Unknown"]
