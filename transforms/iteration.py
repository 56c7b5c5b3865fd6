"""Loops over active containers become loops over an index, comprehensions become loops.

``for u, v in zip(xs, ys)`` reads ``xs[k]`` and ``ys[k]``; the reverse of such a read is the reverse
of indexing, so iteration needs no rules of its own.

>>> from adjoint import source
>>> def f(xs, ys):
...     total = sum([x * x for x in xs])
...     for x, y in zip(xs, ys):
...         total += x * y
...     return total
>>> print(source(f, [1.0, 2.0], [3.0, 4.0], wrt=(0, 1), stage='lower'))
def f(xs, ys):
    items_2 = []
    len_2 = len(xs)
    for k_2 in range(len_2):
        x_2 = xs[k_2]
        mul_2 = x_2 * x_2
        items_2.append(mul_2)
    total = sum(items_2)
    len_3 = len(xs)
    len_3_2 = len(ys)
    len_3_3 = min(len_3, len_3_2)
    for k_3 in range(len_3_3):
        item_3 = xs[k_3]
        item_3_2 = ys[k_3]
        x = item_3
        y = item_3_2
        mul_4 = x * y
        total = total + mul_4
    return total
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.rules.kinds import INT, Array, Dict, Kind, Known, List, Object, Tuple, Unknown, is_scalar

from .decide import APPEND, DYNAMIC, Decision
from .namer import Namer
from .renaming import rename_targets
from .rereads import Rereads
from .syntax import (
    Node,
    call,
    clone,
    constant,
    expression,
    load,
    make,
    names_read,
    names_written,
    walk,
)

Items = list[tuple[Node, Node]]


class IterationLowering:
    """The part of the lowering pass that deals with ``for`` and comprehensions."""

    namer: Namer
    infer: Any
    out: list[Node]
    line: int
    origin: Node
    atom: Callable[[Node], Node]
    emit: Callable[[Node], None]
    block: Callable[[list[Node]], list[Node]]
    operation: Callable[[Node], Node]
    temporary: Callable[..., Node]
    assign_to: Callable[[Node, Node], None]

    def __init__(self, namer: Namer, infer: Any, tree: Node) -> None:
        self.namer = namer
        self.infer = infer
        self.out = []
        self.rereads = Rereads()
        self.rebound: set[str] = set()  # what the body of the loop at hand assigns
        self.line = tree.lineno
        self.origin = tree

    def annotate(self, node: Node) -> Node:
        """Infer the kind of a new expression whose names are annotated."""
        self.infer.env = {
            n.id: n.kind for n in walk(node) if type(n).__name__ == "Name" and hasattr(n, "kind")
        }
        self.infer.visit(node)
        return node

    def item(self, source: Node, index: int | Node) -> Node:
        """Return the annotated expression ``source[index]``."""
        key = constant(index) if isinstance(index, int) else clone(index)
        node = make("Subscript", self.origin, value=clone(source), slice=key)
        self.infer.env = {
            n.id: n.kind for n in walk(node) if type(n).__name__ == "Name" and hasattr(n, "kind")
        }
        self.infer.visit(node)
        return node

    # --- for ---------------------------------------------------------------------------------
    def do_For(self, node: Node) -> None:
        """Keep loops over inactive values; read active ones by index."""
        where, line = node, self.line
        if node.target.stored.active:
            self.rebound = names_written(node.body) | names_written(node.target)
            length, bind = self.source(node.iter)
            index = make("Name", node, id=self.namer.fresh(f"k_{line}"), ctx=make("Store"))
            index.stored = INT
            read = load(index.id, node)
            read.kind = INT
            heads = self.heads(node.target, lambda: bind(read))
            node.target, node.iter = index, call(self.builtin_name("range"), [length])
            node.iter.kind = Unknown()
            node.body = heads + self.block(node.body)
        else:
            node.body = self.block(node.body)
        self.origin, self.line = where, line
        self.emit(node)

    def heads(self, target: Node, value: Callable[[], Node]) -> list[Node]:
        """Return the statements that bind the loop target from the indexed sources."""
        outer, self.out = self.out, []
        self.assign_to(target, value())
        result, self.out = self.out, outer
        return result

    def source(self, node: Node) -> tuple[Node, Callable[[Node], Node]]:
        """Return the length of an iterable and a function from an index to the item expression."""
        name = self.builtin(node)
        if name == "zip":
            return self.zipped(node.args)
        if name == "enumerate" and len(node.args) == 1 and not node.keywords:
            length, bind = self.source(node.args[0])
            return length, lambda k: self.pair([k, bind(k)])
        if name == "reversed":
            length, bind = self.source(node.args[0])
            last = self.inactive(expression("N - 1", N=clone(length)), "last")
            return length, lambda k: bind(
                self.inactive_now(expression("LAST - K", LAST=clone(last), K=clone(k)))
            )
        if self.is_view(node, "items"):
            return self.view(node, lambda key, value: self.pair([key, value]))
        if self.is_view(node, "values"):
            return self.view(node, lambda key, value: value)
        sequence = self.sequence(node)
        length = self.inactive(call(self.builtin_name("len"), [clone(sequence)]), "len")
        return length, lambda k: self.item(sequence, k)

    def builtin(self, node: Node) -> str:
        """Return the name of the builtin that an iterable expression calls, if any."""
        if type(node).__name__ != "Call" or type(node.func).__name__ != "Name":
            return ""
        kind = getattr(node.func, "kind", None)
        value: Any = kind.value if isinstance(kind, Known) else None
        known = value in (zip, enumerate, reversed) and not any(
            type(a).__name__ == "Starred" for a in node.args
        )
        return str(value.__name__) if known and not node.keywords else ""

    def is_view(self, node: Node, attr: str) -> bool:
        """Whether the iterable is ``d.items()`` (or ``d.values()``) of a dict."""
        method = type(node).__name__ == "Call" and type(node.func).__name__ == "Attribute"
        return method and node.func.attr == attr and isinstance(node.func.value.kind, Dict)

    def zipped(self, args: list[Node]) -> tuple[Node, Callable[[Node], Node]]:
        """Iterate in step; of what may have no end only as much is taken as the others are long."""
        endless = [not node.kind.active and self.may_be_endless(node) for node in args]
        named = [
            self.inactive(arg, "items", arg.kind) if e else arg for arg, e in zip(args, endless, strict=True)
        ]
        sources = {k: self.source(arg) for k, arg in enumerate(named) if not endless[k]}
        lengths = [clone(length) for length, _ in sources.values()]
        length = (
            lengths[0] if len(lengths) == 1 else self.inactive(call(self.builtin_name("min"), lengths), "len")
        )
        for k, arg in enumerate(named):
            if endless[k]:
                taken = expression(
                    "[item for _, item in ZIP(RANGE(N), ITEMS)]",
                    N=clone(length),
                    ITEMS=arg,
                    ZIP=load(self.builtin_name("zip")),
                    RANGE=load(self.builtin_name("range")),
                )
                sources[k] = self.source(self.inactive(taken, "items", List(Unknown())))
        if any(endless):
            length = self.inactive(
                call(self.builtin_name("min"), [clone(n) for n, _ in sources.values()]), "len"
            )
        return length, lambda k: self.pair([sources[i][1](k) for i in range(len(args))])

    def may_be_endless(self, node: Node) -> bool:
        """Whether an iterable is an iterator of unknown length."""
        if self.builtin(node):
            return any(self.may_be_endless(arg) for arg in node.args)
        if self.is_view(node, "items") or self.is_view(node, "values"):
            return False
        return not isinstance(node.kind, Array | List | Tuple | Dict)

    def view(self, node: Node, pick: Callable[[Node, Node], Node]) -> tuple[Node, Callable[[Node], Node]]:
        """Iterate a dict by the list of its keys."""
        base = self.stable(self.atom(node.func.value))
        keys = self.inactive(call(self.builtin_name("list"), [clone(base)]), "keys")
        keys.kind = List(Unknown())
        length = self.inactive(call(self.builtin_name("len"), [clone(keys)]), "len")

        def bind(k: Node) -> Node:
            key = self.item(keys, k)
            name = self.inactive_now(key, "key")
            return pick(name, self.item(base, name))

        return length, bind

    def sequence(self, node: Node) -> Node:
        """Return an atom that can be indexed."""
        if isinstance(node.kind, Array | List | Tuple) or not node.kind.active:
            if isinstance(node.kind, Array | List | Tuple):
                return self.stable(self.atom(node))
            return self.inactive(call(self.builtin_name("list"), [node]), "items", List(Unknown()))
        items = call(self.builtin_name("list"), [self.atom(node)], where=self.origin)
        items.kind, items.decision = List(self.infer.element(node.kind)), Decision(DYNAMIC)
        items.func.kind = Known(list)
        return self.temporary(items, "items")

    def whole(self, node: Node) -> Node:
        """Return an atom that can be unpacked: an object of a user's class is walked over first."""
        return self.sequence(node) if isinstance(node.kind, Object) and node.kind.active else self.atom(node)

    def stable(self, atom: Node) -> Node:
        """Return a name for what a loop runs over that its body does not assign."""
        return self.temporary(atom, "items") if names_read(atom) & self.rebound else atom

    def pair(self, items: list[Node]) -> Node:
        node = make("Tuple", self.origin, elts=[clone(item) for item in items])
        node.kind = Tuple(tuple(item.kind for item in items))
        return node

    def builtin_name(self, name: str) -> str:
        """Return the name of a builtin in generated code."""
        return str(self.infer.unit.builtin(name))

    def inactive(self, node: Node, hint: str, kind: Kind = INT) -> Node:
        """Name an inactive expression before the loop."""
        if type(node).__name__ in ("Name", "Constant"):
            return node
        node.kind = kind
        return self.temporary(node, hint)

    def inactive_now(self, node: Node, hint: str = "index") -> Node:
        """Name an inactive expression inside the loop."""
        node.kind = getattr(node, "kind", INT)
        return self.temporary(node, hint)

    # --- comprehensions ----------------------------------------------------------------------
    def lower_ListComp(self, node: Node) -> Node:
        append = expression("LIST.append(VALUE)", LIST=constant(0), VALUE=constant(0))
        return self.comprehension(node, make("List", node, elts=[], ctx=make("Load")), append)

    def lower_GeneratorExp(self, node: Node) -> Node:
        """The items are collected first; what reads them sees the same values in the same order."""
        return self.lower_ListComp(node)

    def lower_DictComp(self, node: Node) -> Node:
        return self.comprehension(node, make("Dict", node, keys=[], values=[]), None)

    def comprehension(self, node: Node, empty: Node, append: Node | None) -> Node:
        """Turn a comprehension into an empty container and a loop that fills it."""
        rename_targets(node, self.namer, self.line)
        empty.kind = node.kind
        result = self.temporary(empty, "items")
        known = {**getattr(node, "kinds_before", {}), result.id: node.kind}
        if append is not None:
            element = node.elt
            call_node = make(
                "Call", self.origin, func=make("Attribute", self.origin, value=clone(result), attr="append")
            )
            call_node.args, call_node.keywords = [element], []
            call_node.func.value.kind, call_node.kind = node.kind, Known(None)
            call_node.func.value.stored = node.kind
            call_node.decision = Decision(APPEND, call_node.func.value, (element,))
            body = [make("Expr", self.origin, value=call_node)]
        else:
            target = make("Subscript", self.origin, value=clone(result), slice=node.key, ctx=make("Store"))
            target.value.kind, target.stored = node.kind, node.value.kind
            body = [make("Assign", self.origin, targets=[target], value=node.value)]
        for generator in reversed(node.generators):
            for test in reversed(generator.ifs):
                branch = make("If", self.origin, test=test, body=body, orelse=[])
                branch.kinds_before, branch.kinds_after = known, {}
                body = [branch]
            loop = make(
                "For", self.origin, target=generator.target, iter=generator.iter, body=body, orelse=[]
            )
            loop.kinds_head = loop.kinds_after = loop.kinds_trip = known
            body = [loop]
        self.out += self.block(body)
        return result


__all__ = ["IterationLowering", "is_scalar"]
