"""Abstract interpretation: give every expression its kind, and every call its decision.

The tree is annotated, not changed: expressions get ``node.kind``, calls and operators get
``node.decision`` (see :mod:`adjoint.transforms.decide`), branches whose test is known get
``node.taken``, loops and branches remember the kinds of variables where control flow joins.
Loops run to a fixed point.

Reference: Cousot & Cousot, "Abstract interpretation" (POPL 1977).

>>> from adjoint import source
>>> def f(x, n):
...     y = 0
...     for k in range(n):
...         y = y + x[k]
...     mask = x > y
...     return y * mask.sum()
>>> print(source(f, np.ones(3), 2, stage='infer'))
# x: active float64[n]
# n: int64
# k: int64
# mask: bool[n]
# y: active float64
def f(x, n):
    y = 0
    for k in range(n):
        y = y + x[k]
    mask = x > y
    return y * mask.sum()
"""

from __future__ import annotations

import sys
from typing import Any

from adjoint.rules.kinds import (
    FLOAT,
    INT,
    MANY,
    ONE,
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
    is_literal_key,
    is_scalar,
    join,
    kind_of,
    with_active,
)

from .decide import DYNAMIC, UNIT
from .infer_expr import ExpressionInference
from .outdated import gathered
from .records import stores_plainly
from .rewrites import Rewrites, spliced
from .syntax import Node, clone, make, names_written, walk
from .texts import is_written

Env = dict[str, Kind]
MAX_ROUNDS = 8


class Inference(ExpressionInference):
    """Runs a function body on kinds instead of values."""

    def run(self, tree: Node, parameters: Env) -> Kind:
        """Annotate a normalised function and return the kind of its result."""
        self.local = names_written(tree.body) | set(parameters)
        self.start(tree)
        self.env = dict(parameters)
        self.kinds = dict(parameters)
        self.rewrites = Rewrites(self.unit.namer.fresh, self.visit)
        self.copied: Kind = Never()  # what statements that are only copied return
        self.block(tree.body)
        return join(self.final(tree), self.copied)

    def final(self, tree: Node) -> Kind:
        """Return the kind of what the last statement returns."""
        result = tree.body[-1]
        tree.body = spliced(tree.body)
        if self.env is None:  # every path raises
            if tree.body[-1:] != [result]:
                tree.body.append(result)
            result.value.kind = Known(None)
            return Known(None)
        return self.env.get("return", Unknown()) if type(result).__name__ == "Return" else Known(None)

    def block(self, statements: list[Node]) -> None:
        """Interpret statements in order; what comes after control has left is marked as never reached."""
        for statement in statements:
            statement.reached = self.env is not None
            if statement.reached:
                getattr(self, f"do_{type(statement).__name__}", self.do_other)(statement)

    # --- simple statements -------------------------------------------------------------------
    def do_Assign(self, node: Node) -> None:
        node.becomes = self.rewrites.of_pop(node, self.env.get)
        if node.becomes is not None:
            self.block(node.becomes)
            return
        kind = self.visit(node.value)
        for target in node.targets:
            self.bind(target, kind)

    def do_AnnAssign(self, node: Node) -> None:
        if node.value is not None:
            self.bind(node.target, self.visit(node.value))

    def do_AugAssign(self, node: Node) -> None:
        """``x += y``: the result is a rebinding or a mutation, the kind of ``x`` decides."""
        target = node.target
        old = self.visit_target(target)
        value = self.visit(node.value)
        kind = self.binary(node, node.op, old, value, target, node.value)
        node.exact = keeps_form(old, value, kind, node.op)
        before = getattr(node, "changes_object", False)  # in an earlier trip of a loop
        node.changes_object = before or self.changes_object(node.op, old)
        if isinstance(old, Array) and old.dims is not None and old.dtype is not None:
            kind = with_active(old, kind.active)
        if isinstance(old, List) and isinstance(value, List | Tuple) and type(node.op).__name__ == "Add":
            kind = List(self.join_elements(old, value))
        self.bind(target, kind, augmented=True)

    def visit_target(self, target: Node) -> Kind:
        """Visit a store target as if it were read."""
        if type(target).__name__ == "Name":
            return self.visit_Name(target)
        return self.visit(target)

    def do_Expr(self, node: Node) -> None:
        """A call may change its receiver; what is an assignment in disguise becomes one."""
        node.value.is_statement = True
        method: Any = getattr(node.value, "func", None)
        base: Any = method.value if type(method).__name__ == "Attribute" else None
        kind = self.env.get(base.id) if type(base).__name__ == "Name" else None
        node.becomes = self.rewrites.of_setattr(node) if kind is None else self.rewrites.of_call(node, kind)
        if node.becomes is not None:
            self.block(node.becomes)
            return
        self.visit(node.value)
        rebinds = getattr(node.value, "rebinds", None)
        if rebinds is not None:
            self.bind_name(rebinds[0].id, rebinds[1])
        if rebinds is not None and node.value.decision is not None and node.value.decision.how == UNIT:
            target = make("Name", node, id=rebinds[0].id, ctx=make("Store"))
            target.stored = node.value.kind = rebinds[1]
            node.becomes = [make("Assign", node, targets=[target], value=node.value)]
        self.taint(node.value)

    def taint(self, call: Node) -> None:
        """What a call of unknown code has been given together with active values may hold them."""
        how = getattr(getattr(call, "decision", None), "how", None)
        if type(call).__name__ != "Call" or how != DYNAMIC or not self.any_active(call):
            return
        call.tainted = set()
        for node in [getattr(call.func, "value", None), *call.args, *(k.value for k in call.keywords)]:
            while type(node).__name__ in ("Attribute", "Subscript", "Starred"):
                node = node.value
            if type(node).__name__ == "Name" and isinstance(node.kind, Unknown):
                call.tainted.add(node.id)
                self.bind_name(node.id, Unknown(True))

    def do_Return(self, node: Node) -> None:
        self.env["return"] = self.visit(node.value)

    def do_Assert(self, node: Node) -> None:
        self.visit(node.test)
        if node.msg is not None:
            self.visit(node.msg)

    def do_Raise(self, node: Node) -> None:
        if node.exc is not None:
            self.visit(node.exc)
        self.env = None

    def do_Break(self, node: Node) -> None:
        self.breaks[-1].append(self.env)
        self.env = None

    def do_Pass(self, node: Node) -> None:
        """Nothing happens."""

    def do_Global(self, node: Node) -> None:
        """Declared names live outside."""
        self.local -= set(node.names)

    def do_Nonlocal(self, node: Node) -> None:
        """As ``global``: the name is not a local of this function."""
        self.local -= set(node.names)

    def do_Delete(self, node: Node) -> None:
        node.becomes = self.rewrites.of_delete(node, self.env.get)
        if node.becomes is not None:
            self.block(node.becomes)
            return
        for target in node.targets:
            if type(target).__name__ == "Name":
                self.env.pop(target.id, None)
            else:
                self.visit(target.value)
                self.visit(target.slice) if hasattr(target, "slice") else None

    def do_FunctionDef(self, node: Node) -> None:
        self.bind_name(node.name, self.closure(node))

    def do_With(self, node: Node) -> None:
        for item in node.items:
            kind = self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, Unknown(kind.active))
        self.block(node.body)

    def do_Import(self, node: Node) -> None:
        """A module imported inside the function is known if it is loaded already."""
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            module = sys.modules.get(name)
            self.bind_name(alias.asname or name, Unknown() if module is None else Known(module))

    def do_ImportFrom(self, node: Node) -> None:
        """``from module import name``."""
        module = sys.modules.get(node.module or "") if not node.level else None
        for alias in node.names:
            known = module is not None and hasattr(module, alias.name)
            kind = kind_of(getattr(module, alias.name)) if known else Unknown()
            self.bind_name(alias.asname or alias.name, kind)

    def do_other(self, node: Node) -> None:
        """A statement that is only ever copied: whatever it assigns becomes unknown."""
        node.env_before = dict(self.env)
        read = self.names_read_active(node)
        for name in names_written(node):
            self.bind_name(name, Unknown(read))
        returned = [n.value for n in walk(node) if type(n).__name__ == "Return" and n.value is not None]
        for value in returned:
            kind = self.visit(clone(value))
            self.copied = join(self.copied, Unknown(kind.active, is_written(kind)))

    # --- control flow ------------------------------------------------------------------------
    def do_If(self, node: Node) -> None:
        test = self.truth(self.visit(node.test))
        node.taken = test
        before = dict(self.env)
        node.kinds_before = before
        arms: list[Env | None] = []
        for arm, wanted in ((node.body, True), (node.orelse, False)):
            self.env = dict(before)
            if test is None or test is wanted:
                self.block(arm)
                arms.append(self.env)
        self.env = self.join_envs(arms)
        node.kinds_after = None if self.env is None else dict(self.env)

    def do_For(self, node: Node) -> None:
        element = self.iteration(node.iter)
        self.loop(node, lambda: self.bind(node.target, element))

    def do_While(self, node: Node) -> None:
        self.loop(node, lambda: self.visit(node.test))

    def loop(self, node: Node, head: Any) -> None:
        """Interpret a loop to a fixed point of the kinds at its head."""
        start = dict(self.env)
        node.kinds_before = start
        for round_ in range(MAX_ROUNDS):
            self.env = dict(start)
            self.breaks.append([])
            head()
            at_head = dict(self.env)
            self.block(node.body)
            leaving = self.breaks.pop()
            merged = self.join_envs([start, self.env])
            if merged == start or merged is None:
                break
            start = merged if round_ < MAX_ROUNDS - 2 else widen(start, merged)
        node.kinds_head = start
        node.kinds_trip = at_head
        self.env = self.join_envs([at_head if type(node).__name__ == "While" else start, *leaving])
        node.kinds_after = None if self.env is None else dict(self.env)

    def join_envs(self, envs: list[Env | None]) -> Env | None:
        """Join the variables of the paths that meet; a variable may be missing on some."""
        alive = [env for env in envs if env is not None]
        if not alive:
            return None
        result = dict(alive[0])
        for env in alive[1:]:
            for name, kind in env.items():
                result[name] = join(result[name], kind) if name in result else kind
        return result

    # --- binding -----------------------------------------------------------------------------
    def bind_name(self, name: str, kind: Kind) -> None:
        """Give a variable a kind."""
        kind = Unknown(kind.active) if name in self.volatile else kind
        self.env[name] = kind
        known = self.kinds.get(name)
        self.kinds[name] = kind if known is None else gathered(known, kind)

    def bind(self, target: Node, kind: Kind, augmented: bool = False) -> None:
        """Bind any assignment target."""
        target.stored = kind
        match type(target).__name__:
            case "Name":
                self.bind_name(target.id, kind)
            case "Tuple" | "List":
                self.unpack(target.elts, kind)
            case "Starred":
                self.bind(target.value, List(self.element(kind)))
            case "Subscript":
                self.store_item(target, kind)
            case "Attribute":
                self.store_attribute(target, kind)

    def unpack(self, targets: list[Node], kind: Kind) -> None:
        """Bind the targets of ``a, *b, c = value``."""
        starred = [i for i, target in enumerate(targets) if type(target).__name__ == "Starred"]
        if isinstance(kind, Tuple) and not starred and len(kind.items) == len(targets):
            kinds: list[Kind] = list(kind.items)
        elif isinstance(kind, Tuple) and starred and len(kind.items) >= len(targets) - 1:
            first, after = starred[0], len(targets) - starred[0] - 1
            middle = kind.items[first : len(kind.items) - after]
            packed = Tuple(tuple(middle))
            kinds = [*kind.items[:first], packed, *kind.items[len(kind.items) - after :]]
        else:
            item = self.element(kind)
            kinds = [List(item) if i in starred else item for i in range(len(targets))]
        for target, each in zip(targets, kinds, strict=True):
            self.bind(target, each)

    def store_item(self, target: Node, kind: Kind) -> None:
        """``c[k] = value``: a local list or dict gets a new element kind."""
        base, key = self.visit(target.value), self.visit(target.slice)
        if type(target.value).__name__ != "Name":
            return
        name = target.value.id
        if isinstance(base, Array | Unknown) and self.session.forward and kind.active:
            self.bind_name(name, with_active(base, True))
        elif isinstance(base, Dict):
            self.bind_name(name, set_item(base, key, kind))
        elif isinstance(base, List):
            self.bind_name(name, List(kind if base.element is None else join(base.element, kind)))

    def store_attribute(self, target: Node, kind: Kind) -> None:
        """``obj.field = value`` on an object of known class."""
        base = self.visit(target.value)
        plain = isinstance(base, Object) and stores_plainly(base.cls, target.attr)
        self.stored_field(base, target.attr, kind)
        if isinstance(base, Unknown) and self.session.forward and kind.active:
            self.bind_name(target.value.id, Unknown(True)) if type(target.value).__name__ == "Name" else None
        if isinstance(base, Object) and plain and type(target.value).__name__ == "Name":
            fields = dict(base.fields) | {target.attr: kind}
            self.bind_name(target.value.id, Object(base.cls, tuple(fields.items())))


def keeps_form(old: Kind, value: Kind, result: Kind, op: Node) -> bool:
    """Whether ``old op value`` surely has the dtype and shape that ``old op= value`` would keep."""
    if isinstance(old, List):
        return isinstance(value, List) and type(op).__name__ == "Add"
    if (
        not isinstance(old, Array)
        or not isinstance(result, Array)
        or not old.dims
        or old.dtype != result.dtype
    ):
        return False
    dims = value.dims if isinstance(value, Array) else () if is_scalar(value) else None
    if dims is None or len(dims) > len(old.dims) or type(op).__name__ == "MatMult":
        return False
    pairs = zip(reversed(old.dims), reversed(dims), strict=False)
    return old.dtype is not None and all(theirs == ONE or mine == MANY for mine, theirs in pairs)


def set_item(base: Dict, key: Kind, kind: Kind) -> Dict:
    """Return the kind of a dict after ``d[key] = value``."""
    if base.items is not None and isinstance(key, Known) and is_literal_key(key.value):
        items = dict(base.items) | {key.value: kind}
        return Dict(tuple(items.items()))
    values = [child for _, child in base.items or ()] + ([base.element] if base.element is not None else [])
    joined = kind
    for child in values:
        joined = join(joined, child)
    return Dict(None, joined)


def widen(old: Env, new: Env) -> Env:
    """Force a fixed point: a variable whose kind still changes becomes unknown."""
    return {name: kind if old.get(name) == kind else Unknown(kind.active) for name, kind in new.items()}


__all__ = ["FLOAT", "INT", "Closure", "Inference", "Scalar", "with_active"]
