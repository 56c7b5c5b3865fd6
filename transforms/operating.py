"""Let a function that runs with traced values say its operators, items and attributes as calls.

Classes define what these mean, by methods that must be rewritten as any other function is.  Text that
nobody's class can change is left as it stands: literals, slices, and attributes of modules.

>>> from adjoint.transforms.syntax import parse, unparse
>>> tree = parse('''
... def f(x, rows):
...     rows[0] = x.size * math.pi
...     x += -rows[1:2]
...     for row in rows:
...         first, *others = row
...     return x < first
... ''').body[0]
>>> print(unparse(Operating('operate', frozenset({'math'})).statement(tree)))
def f(x, rows):
    operate('[]=', operate('*', operate('.size', x), math.pi), rows, 0)
    x = operate('+=', x, operate('-', rows[1:2]))
    for row in operate('iter', rows):
        first, *others = operate('iter', row)
    return operate('<', x, first)
"""

from __future__ import annotations

from collections.abc import Sequence

from .syntax import Node, assign, call, constant, load, make, rebuilt, walk

BINARY = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "MatMult": "@", "BitAnd": "&", "BitOr": "|", "BitXor": "^", "LShift": "<<", "RShift": ">>",
}  # fmt: skip
UNARY = {"USub": "-", "UAdd": "+", "Invert": "~"}
COMPARED = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!=", "In": "in"}
#: What Python's grammar reads as a pattern or type, not as an expression.
LITERAL = ("MatchValue", "MatchClass", "MatchMapping", "Constant")


class Operating:
    """Rewrites one function."""

    def __init__(self, operate: str, modules: frozenset[str]) -> None:
        """Keep the name of the function that operates, and the variables that are modules."""
        self.operate = operate
        self.modules = modules

    def statement(self, node: Node) -> Node:
        """Return a statement, or a function, with everything below it rewritten."""
        return getattr(self, f"on_{type(node).__name__}", self.below)(node)

    expression = statement

    def below(self, node: Node) -> Node:
        """Return a node that stands for nothing itself."""
        return node if type(node).__name__ in LITERAL else rebuilt(node, self.statement)

    def said(self, symbol: str, operands: Sequence[Node], where: Node) -> Node:
        """Return the call that stands for an operator."""
        return call(self.operate, [constant(symbol, where), *operands], where=where)

    # --- statements ----------------------------------------------------------------------------
    def on_Assign(self, node: Node) -> Node:
        """``x[i] = value`` and ``x.field = value`` alone are calls; items that are unpacked are asked for."""
        new = self.below(node)
        target = node.targets[0]
        kind = type(target).__name__
        if len(node.targets) == 1 and kind == "Attribute":
            return self.stored(f".{target.attr}=", [new.value, new.targets[0].value], node)
        if len(node.targets) == 1 and kind == "Subscript" and not has_slice(target):
            return self.stored("[]=", [new.value, new.targets[0].value, new.targets[0].slice], node)
        if any(type(t).__name__ in ("Tuple", "List") for t in node.targets):
            new.value = self.iterated(new.value)
        return new

    def stored(self, symbol: str, operands: Sequence[Node], where: Node) -> Node:
        """Return the statement that stores a value."""
        return make("Expr", where, value=self.said(symbol, operands, where))

    def on_AugAssign(self, node: Node) -> Node:
        """``x += y`` of a variable."""
        new = self.below(node)
        if type(node.target).__name__ != "Name":
            return new
        symbol = BINARY[type(node.op).__name__] + "="
        value = self.said(symbol, [load(node.target.id, node), new.value], node)
        return assign(node.target, value, node)

    def on_AnnAssign(self, node: Node) -> Node:
        """What a variable is said to be is left alone."""
        new = self.below(node)
        new.annotation = node.annotation
        return new

    def on_FunctionDef(self, node: Node) -> Node:
        """So is what a function is said to take and return."""
        new = self.below(node)
        new.returns = node.returns
        return new

    def on_Name(self, node: Node) -> Node:
        """A variable, or a parameter with what it is said to be."""
        return node

    def on_For(self, node: Node) -> Node:
        """A loop."""
        new = self.below(node)
        new.iter = self.iterated(new.iter)
        return new

    on_comprehension = on_For

    def iterated(self, value: Node) -> Node:
        """Return a value as it is iterated."""
        written = type(value).__name__ in ("Tuple", "List", "ListComp", "GeneratorExp")
        return value if written else self.said("iter", [value], value)

    # --- expressions ---------------------------------------------------------------------------
    def on_BinOp(self, node: Node) -> Node:
        """``x + y``."""
        new = self.below(node)
        return self.said(BINARY[type(node.op).__name__], [new.left, new.right], node)

    def on_UnaryOp(self, node: Node) -> Node:
        """``-x``; a negative number is a literal."""
        new, name = self.below(node), type(node.op).__name__
        plain = name not in UNARY or type(node.operand).__name__ == "Constant"
        return new if plain else self.said(UNARY[name], [new.operand], node)

    def on_Compare(self, node: Node) -> Node:
        """``x < y``; a chain evaluates as it stands."""
        new, name = self.below(node), type(node.ops[0]).__name__
        if len(node.ops) > 1 or name not in COMPARED:
            return new
        return self.said(COMPARED[name], [new.left, new.comparators[0]], node)

    def on_Subscript(self, node: Node) -> Node:
        """``x[i]``, where it is read."""
        new = self.below(node)
        if type(node.ctx).__name__ != "Load" or has_slice(node):
            return new
        return self.said("[]", [new.value, new.slice], node)

    def on_Attribute(self, node: Node) -> Node:
        """``x.field``, where it is read."""
        new = self.below(node)
        if type(node.ctx).__name__ != "Load" or self.is_module(node.value):
            return new
        return self.said(f".{node.attr}", [new.value], node)

    def on_Call(self, node: Node) -> Node:
        """The method of ``apply(x.method, ...)`` is read as it stands."""
        new = self.below(node)
        method = node.args[0] if node.args else None
        if type(method).__name__ == "Attribute":
            new.args[0] = rebuilt(method, self.expression)
        return new

    def on_Starred(self, node: Node) -> Node:
        """``*values``."""
        new = self.below(node)
        if type(node.ctx).__name__ == "Load":
            new.value = self.iterated(new.value)
        return new

    def is_module(self, node: Node) -> bool:
        """Whether an expression is a module, or an attribute of one."""
        while type(node).__name__ == "Attribute":
            node = node.value
        return getattr(node, "id", None) in self.modules or is_super(node)


def is_super(node: Node) -> bool:
    """Whether an expression is ``super()``."""
    return type(node).__name__ == "Call" and getattr(node.func, "id", "") == "super"


def has_slice(node: Node) -> bool:
    """Whether an index holds a slice or a starred part, which no call can be given."""
    return any(type(part).__name__ in ("Slice", "Starred") for part in walk(node.slice))


__all__ = ["Operating"]
