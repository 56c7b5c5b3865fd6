"""Turn assignment expressions, comprehensions that stand as statements and decorators into plain statements.

What a statement evaluates before them is evaluated before them still: it gets a name where its value
could change.  ``and``, ``or``, the conditional expression and comparison chains become branches where
an assignment is evaluated only sometimes; a ``while`` whose test assigns becomes ``while True``.

>>> from adjoint.transforms.syntax import parse, unparse
>>> tree = parse('''
... def f(x):
...     while (x := 0.5 * x) > 1.0:
...         x = x + (y := x * x) * y
...     return x
... ''').body[0]
>>> print(unparse(desugar(tree, Namer({'f', 'x', 'y'}))))
def f(x):
    while True:
        x = 0.5 * x
        if not x > 1.0:
            break
        y = x * x
        x = x + y * y
    return x
"""

from __future__ import annotations

from ast import AST  # gast's nodes derive from it
from collections.abc import Callable
from typing import Any, TypeAlias

from .namer import Namer
from .renaming import rename_targets
from .syntax import (
    Node,
    assign,
    clone,
    constant,
    copy_location,
    expression,
    iter_child_nodes,
    load,
    make,
    names_read,
    names_written,
    template,
    walk,
)

#: An expression node or list of them, and the field or index in it.
Place: TypeAlias = tuple[Any, str | int]

SCOPES = frozenset({"FunctionDef", "AsyncFunctionDef", "Lambda", "ClassDef"})
#: Operators and contexts are no operands.
CONTEXTS = frozenset("Load Store Del And Or".split()) | frozenset(
    "Add Sub Mult Div Mod Pow FloorDiv MatMult LShift RShift BitOr BitXor BitAnd".split()
    + "Not Invert UAdd USub Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn".split()
)
#: The one expression of a statement that is evaluated first.
FIRST = {
    "Assign": "value",
    "AnnAssign": "value",
    "AugAssign": "value",
    "Return": "value",
    "Expr": "value",
    "If": "test",
    "Assert": "test",
    "For": "iter",
    "Match": "subject",
    "Raise": "exc",
}


#: The classes of the nodes that are rewritten; "decorator" stands for a definition that has one.
SUGAR = frozenset({"NamedExpr", "ListComp", "SetComp", "decorator"})


def desugar(tree: Node, namer: Namer) -> Node:
    """Return a function definition without assignment expressions, as far as they can be moved (in place)."""
    if any(type(n).__name__ == "NamedExpr" or is_loop(n) or is_decorated(n) for n in walk(tree.body)):
        tree.body = Desugaring(namer).block(tree.body)
    return tree


def explicit_super(tree: Node) -> Node:
    """Spell ``super()`` as ``super(__class__, self)``: generated functions have others (in place)."""
    parameters = [*tree.args.posonlyargs, *tree.args.args]
    pending = list(tree.body) if parameters else []
    while pending:
        node = pending.pop()
        if type(node).__name__ in SCOPES:
            continue
        if type(node).__name__ == "Call" and getattr(node.func, "id", "") == "super" and not node.args:
            node.args = [load("__class__", node), load(parameters[0].id, node)]
        pending += iter_child_nodes(node)
    return tree


def is_loop(node: Node) -> bool:
    """Whether a statement is a comprehension whose items nobody reads."""
    return type(node).__name__ == "Expr" and type(node.value).__name__ in ("ListComp", "SetComp")


def is_decorated(node: Node) -> bool:
    """Whether a statement is a function definition with decorators."""
    return type(node).__name__ == "FunctionDef" and bool(node.decorator_list)


class Desugaring:
    """Moves the assignment expressions of one function."""

    def __init__(self, namer: Namer) -> None:
        self.namer = namer
        self.out: list[Node] = []
        self.where: Node = None
        self.unstable: set[str] = set()

    @property
    def line(self) -> int:
        """The user's line that is being rewritten."""
        return int(getattr(self.where, "lineno", 0))

    # --- statements --------------------------------------------------------------------------
    def block(self, statements: list[Node]) -> list[Node]:
        """Rewrite a block of statements."""
        outer, self.out = self.out, []
        for statement in statements:
            self.statement(statement)
        result, self.out = self.out, outer
        return result

    def statement(self, node: Node) -> None:
        kind = type(node).__name__
        if kind not in SCOPES:
            for field in ("body", "orelse", "finalbody"):
                if getattr(node, field, None):
                    setattr(node, field, self.block(getattr(node, field)))
            for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                part.body = self.block(part.body)
        self.where = node
        if is_decorated(node):
            return self.decorated(node)
        if is_loop(node):
            rename_targets(node.value, self.namer, self.line)
            return self.nest(node.value, [make("Expr", node, value=node.value.elt)])
        if kind == "While" and assigns(node.test):
            node = self.endless(node)
        elif kind in FIRST and assigns(getattr(node, FIRST[kind])):
            self.first(node, FIRST[kind])
        elif kind == "With" and node.items and assigns(node.items[0].context_expr):
            self.first(node.items[0], "context_expr")
        self.out.append(node)

    def decorated(self, node: Node) -> None:
        """``@d def f(...)`` is ``def f(...)`` and ``f = d(f)``."""
        decorators, node.decorator_list = node.decorator_list, []
        value = load(node.name, node)
        for decorator in reversed(decorators):
            value = make("Call", decorator, func=decorator, args=[value], keywords=[])
        self.out.append(node)
        self.emit(node.name, value)

    def first(self, node: Node, field: str) -> None:
        """Rewrite the expression that a statement evaluates first."""
        value = getattr(node, field)
        written = names_written(value)
        target = getattr(getattr(node, "target", None), "id", None)
        if type(node).__name__ == "AugAssign" and (target is None or target in written):
            return  # the target is read before the value: refused later if it carries a derivative
        count = [n.target.id for n in walk(value) if type(n).__name__ == "NamedExpr"]
        read = {n.id for n in walk(value) if type(n).__name__ == "Name" and type(n.ctx).__name__ == "Load"}
        self.unstable = {name for name in count if count.count(name) > 1 or name in read}
        setattr(node, field, self.expression(value))

    def endless(self, node: Node) -> Node:
        """``while test: body`` becomes ``while True: if not test: break; body``."""
        if node.orelse and any(type(n).__name__ in ("Break", "Continue") for n in walk(node.orelse)):
            return node  # those belong to a loop around this one
        leave = [*node.orelse, make("Break", node)]
        test = make("UnaryOp", node, op=make("Not"), operand=node.test)
        body = self.block([make("If", node, test=test, body=leave, orelse=[])])
        return make("While", node, test=constant(True), body=[*body, *node.body], orelse=[])

    # --- expressions -------------------------------------------------------------------------
    def expression(self, node: Node) -> Node:
        """Return an expression with the same value; its assignments are emitted before."""
        if not assigns(node):
            return node
        special: Callable[[Node], Node] | None = getattr(self, f"of_{type(node).__name__}", None)
        if special is not None:
            return special(node)
        # A generator runs only as far as it is asked: what it assigns stays where it is.
        return node if type(node).__name__ == "GeneratorExp" else self.strict(node)

    def strict(self, node: Node) -> Node:
        """An expression that evaluates all its parts, in the order in which they are written."""
        places = [(owner, at) for owner, at in operands(node)]
        last = max(i for i, (owner, at) in enumerate(places) if assigns(item(owner, at)))
        for owner, at in places[: last + 1]:
            part = item(owner, at)
            moved = self.expression(part)
            put(owner, at, moved if (owner, at) == places[last] else self.kept(moved))
        return node

    def kept(self, node: Node) -> Node:
        """Return what an expression is worth now, whatever is assigned later in the statement."""
        kind = type(node).__name__
        if kind in ("Starred", "Slice") or kind == "Tuple" and type(node.ctx).__name__ == "Load":
            for owner, at in operands(node):
                put(owner, at, self.kept(item(owner, at)))
            return node
        if kind in ("Constant", "Lambda") or is_path(node) and not names_read(node) & self.unstable:
            return node
        return load(self.stored(node))

    def stored(self, node: Node) -> str:
        """Give a value a name of its own."""
        name = self.namer.fresh(f"value_{self.line}")
        self.emit(name, node)
        return name

    def emit(self, name: str, value: Node) -> None:
        statement = assign(name, value, self.where)
        self.out.append(statement)

    def of_NamedExpr(self, node: Node) -> Node:
        self.emit(node.target.id, self.expression(node.value))
        return load(node.target.id)

    def of_BoolOp(self, node: Node) -> Node:
        if not any(map(assigns, node.values[1:])):
            node.values[0] = self.expression(node.values[0])
            return node
        name = self.stored(self.expression(node.values[0]))
        rest = (
            node.values[1:]
            if len(node.values) == 2
            else [make("BoolOp", node, op=node.op, values=node.values[1:])]
        )
        test = (
            load(name)
            if type(node.op).__name__ == "And"
            else make("UnaryOp", node, op=make("Not"), operand=load(name))
        )
        self.branch(test, name, rest[0], None)
        return load(name)

    def of_IfExp(self, node: Node) -> Node:
        test = self.expression(node.test)
        if not assigns(node.body) and not assigns(node.orelse):
            node.test = test
            return node
        name = self.namer.fresh(f"value_{self.line}")
        self.branch(test, name, node.body, node.orelse)
        return load(name)

    def branch(self, test: Node, name: str, yes: Node, no: Node | None) -> None:
        """Emit ``if test: name = yes`` with its ``else``."""
        outer = self.out
        blocks = []
        for value in (yes, no):
            self.out = []
            if value is not None:
                self.emit(name, self.expression(value))
            blocks.append(self.out)
        self.out = outer
        self.out.append(make("If", self.where, test=test, body=blocks[0], orelse=blocks[1]))

    def of_Compare(self, node: Node) -> Node:
        """``a < b < c`` evaluates ``c`` only if ``a < b``."""
        if not any(map(assigns, node.comparators[1:])):
            return self.strict(node)
        node.left = self.kept(self.expression(node.left))
        middle = load(self.stored(self.expression(node.comparators[0])))
        first = make("Compare", node, left=node.left, ops=node.ops[:1], comparators=[middle])
        rest = make("Compare", node, left=clone(middle), ops=node.ops[1:], comparators=node.comparators[1:])
        return self.of_BoolOp(make("BoolOp", node, op=make("And"), values=[first, rest]))

    def loop(self, node: Node) -> Node:
        """A comprehension whose conditions or items assign becomes a loop."""
        kind = type(node).__name__
        rename_targets(node, self.namer, self.line)
        name = self.namer.fresh(f"items_{self.line}")
        empty = {"ListComp": "[]", "SetComp": "set()", "DictComp": "{}"}[kind]
        self.emit(name, expression(empty))
        if kind == "DictComp":
            key = self.namer.fresh(f"key_{self.line}")
            text = "NAME = KEY\nITEMS[NAME] = VALUE"
            body = template(text, NAME=key, KEY=node.key, ITEMS=name, VALUE=node.value)
        else:
            add = "append" if kind == "ListComp" else "add"
            body = template(f"ITEMS.{add}(ITEM)", ITEMS=name, ITEM=node.elt)
        self.nest(node, body)
        return load(name)

    def nest(self, node: Node, body: list[Node]) -> None:
        """Emit the loops and conditions of a comprehension around statements."""
        where, unstable = self.where, self.unstable
        for part in reversed(node.generators):
            for test in reversed(part.ifs):
                body = [make("If", where, test=test, body=body, orelse=[])]
            body = [make("For", where, target=part.target, iter=part.iter, body=body, orelse=[])]
        for inner in walk(body):
            if not hasattr(inner, "lineno"):
                copy_location(inner, where)
        self.out += self.block(body)
        self.where, self.unstable = where, unstable

    of_ListComp = of_SetComp = of_DictComp = loop


def assigns(node: Node) -> bool:
    """Whether an expression assigns to a variable of the scope it stands in."""
    if node is None or type(node).__name__ == "NamedExpr":
        return node is not None
    return type(node).__name__ not in SCOPES and any(map(assigns, iter_child_nodes(node)))


def operands(node: Node) -> list[Place]:
    """Return where the operands of an expression stand, in the order of their evaluation."""
    if type(node).__name__ == "Dict":
        return [
            (part, i)
            for i in range(len(node.values))
            for part in (node.keys, node.values)
            if part[i] is not None
        ]
    places: list[Place] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            for i, part in enumerate(value):
                wrapped = type(part).__name__ in ("keyword", "FormattedValue")
                places.append((part, "value") if wrapped else (value, i))
        else:
            places.append((node, field))
    return [p for p in places if isinstance(item(*p), AST) and type(item(*p)).__name__ not in CONTEXTS]


def item(owner: Any, at: str | int) -> Any:
    """Return the operand that stands at a place."""
    return owner[at] if isinstance(at, int) else getattr(owner, at)


def put(owner: Any, at: str | int, value: Node) -> None:
    """Replace the operand that stands at a place."""
    if isinstance(at, int):
        owner[at] = value
    else:
        setattr(owner, at, value)


def is_path(node: Node) -> bool:
    """Whether an expression is a name, or an attribute of one."""
    return type(node).__name__ == "Name" or type(node).__name__ == "Attribute" and is_path(node.value)
