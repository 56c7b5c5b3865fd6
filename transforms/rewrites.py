"""Statements that change a local list or dict, in other words.

``ys.extend(zs)`` is a loop of ``ys.append``, ``ys.reverse()`` an assignment, and so on.  A list that
nobody else can see may be replaced instead of changed; the check makes sure that nobody can.

>>> from adjoint import source
>>> def f(x):
...     values = [x]
...     values.extend([2.0 * x, x * x])
...     values.reverse()
...     del values[0]
...     return values[0]
>>> print(source(f, stage='infer'))
# x: active float64
# item_3: active float64
# values: [active float64]
def f(x):
    values = [x]
    for item_3 in [2.0 * x, x * x]:
        values.append(item_3)
    values = values[::-1]
    values.pop(0)
    return values[0]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from keyword import iskeyword
from typing import Any

import numpy as np

from adjoint.rules.kinds import Dict, Kind, Known, List

from .classes import runtime_type
from .syntax import Node, clone, constant, copy_location, expression, make, names_read, store, template, walk

#: What a statement ``LIST.method(A, B)`` means, as an assignment to ``LIST``.
ASSIGNMENTS: dict[tuple[str, int], str] = {
    ("reverse", 0): "LIST[::-1]",
    ("clear", 0): "[]",
    ("insert", 2): "LIST[:A] + [B] + LIST[A:]",
}


#: Functions that only look at what they are given.
QUIET: tuple[Any, ...] = (
    isinstance,
    issubclass,
    hasattr,
    callable,
    len,
    type,
    np.ndim,
    np.shape,
    np.size,
    np.isscalar,
)
QUIET += (np.iscomplexobj, np.isrealobj, np.issubdtype)


class Rewrites:
    """Puts changes of containers into other words, for one function."""

    def __init__(self, fresh: Callable[[str], str], kind_of: Callable[[Node], Kind]) -> None:
        self.fresh = fresh
        self.kind_of = kind_of
        self.names: dict[int, str] = {}

    def name(self, node: Node, wish: str) -> str:
        """Return a name for a new variable of a statement, the same one each time."""
        if id(node) not in self.names:
            self.names[id(node)] = self.fresh(f"{wish}_{node.lineno}")
        return self.names[id(node)]

    def of_call(self, node: Node, kind: Kind) -> list[Node] | None:
        """Return statements that mean ``node``, a call of a method of a list or dict; None for other calls.

        Args:
            node: a statement ``base.method(...)`` where ``base`` is a name.
            kind: the kind of the base.
        """
        call = node.value
        active = kind.active or any([self.kind_of(value).active for value in operands(call)])
        if not active:
            return None
        if isinstance(kind, Dict):
            return self.of_dict(node, call)
        return self.of_list(node, call) if isinstance(kind, List) else None

    def of_setattr(self, node: Node) -> list[Node] | None:
        """``setattr(obj, 'name', value)`` is ``obj.name = value``; None for other statements."""
        call = node.value
        if type(call).__name__ != "Call" or getattr(call.func, "id", "") != "setattr":
            return None
        name = getattr(call.args[1], "value", None) if len(call.args) == 3 else None
        plain = isinstance(name, str) and name.isidentifier() and not iskeyword(name)
        if not plain or call.keywords or self.kind_of(call.func) != Known(setattr):
            return None
        target = make("Attribute", call, value=call.args[0], attr=name, ctx=make("Store"))
        return [located(make("Assign", targets=[target], value=call.args[2]), node)]

    def of_list(self, node: Node, call: Node) -> list[Node] | None:
        """Return the meaning of ``base.method(...)`` for a list."""
        base, method, args = call.func.value, call.func.attr, call.args
        if any(type(arg).__name__ == "Starred" for arg in args):
            return None
        if method == "extend" and len(args) == 1 and not call.keywords:
            return self.grown(node, base, args[0])
        if method == "sort" and not args:
            value = expression("sorted(LIST)", LIST=clone(base))
            value.keywords = call.keywords
            return [changed(node, base, value)]
        if call.keywords or (method, len(args)) not in ASSIGNMENTS:
            return None
        before, names = [], {}
        for letter, arg in zip("AB", args, strict=False):
            names[letter] = arg
            if letter == "A" and type(arg).__name__ not in ("Name", "Constant"):
                names[letter] = self.name(node, "at")
                before.append(assignment(node, names[letter], arg))
        text = ASSIGNMENTS[method, len(args)]
        if "LIST" in text:
            names["LIST"] = base
        return [*before, changed(node, base, expression(text, **names))]

    def grown(self, node: Node, base: Node, source: Node) -> list[Node] | None:
        """``base.extend(source)``: append item by item."""
        if base.id in names_read(source):
            return None
        item = self.name(node, "item")
        loop = template("for ITEM in SOURCE:\n    LIST.append(ITEM)", ITEM=item, SOURCE=source, LIST=base)[0]
        return [located(loop, node)]

    def of_dict(self, node: Node, call: Node) -> list[Node] | None:
        """``base.update(other, key=value)``: a new dict with the items of both; ``base.setdefault(k, v)``."""
        base, args = call.func.value, call.args
        if call.func.attr == "setdefault" and len(args) == 2 and is_plain(args[0]):
            text = "if KEY not in DICT:\n    DICT[KEY] = VALUE"
            return [located(n, node) for n in template(text, KEY=args[0], DICT=base, VALUE=args[1])]
        plain = all(isinstance(self.kind_of(arg), Dict) for arg in args) and len(args) < 2
        if call.func.attr != "update" or not plain:
            return None
        keys = [None, *(None for _ in args), *(k.arg and constant(k.arg) for k in call.keywords)]
        values = [clone(base), *args, *(keyword.value for keyword in call.keywords)]
        return [changed(node, base, make("Dict", node, keys=keys, values=values))]

    def of_pop(self, node: Node, kinds: Callable[[str], Kind | None]) -> list[Node] | None:
        """``value = base.pop(key)`` of an active dict with known keys: read the item, and do without it."""
        call, func = node.value, getattr(node.value, "func", None)
        base: Any = getattr(func, "value", None)
        if (
            type(call).__name__ != "Call"
            or getattr(func, "attr", "") != "pop"
            or type(base).__name__ != "Name"
        ):
            return None
        kind = kinds(base.id)
        if not isinstance(kind, Dict) or not kind.active or call.keywords or len(call.args) not in (1, 2):
            return None
        rest = self.without(base, kind, call.args[0])
        if rest is None:
            return None
        item = make("Subscript", node, value=clone(base), slice=call.args[0], ctx=make("Load"))
        read = located(make("Assign", node, targets=node.targets, value=item), node)
        return [read, changed(node, base, rest)]

    def without(self, base: Node, kind: Dict, key: Node) -> Node | None:
        """Return a display of a dict without one of its keys, None if the keys are not known."""
        known = self.kind_of(key)
        names = [name for name, _ in kind.items or ()]
        if not isinstance(known, Known) or known.value not in names:
            return None
        if not all(isinstance(name, str | int) for name in names):
            return None
        kept = [name for name in names if name != known.value]
        values = [expression("DICT[KEY]", DICT=clone(base), KEY=constant(name)) for name in kept]
        return make("Dict", base, keys=[constant(name) for name in kept], values=values)

    def of_delete(self, node: Node, kinds: Callable[[str], Kind | None]) -> list[Node] | None:
        """``del base[i]``: of a list ``base.pop(i)``, of a dict with known keys one without the key."""
        target = node.targets[0]
        if len(node.targets) != 1 or type(target).__name__ != "Subscript":
            return None
        kind = kinds(target.value.id) if type(target.value).__name__ == "Name" else None
        if isinstance(kind, Dict) and kind.active:
            rest = self.without(target.value, kind, target.slice)
            return None if rest is None else [changed(node, target.value, rest)]
        if not isinstance(kind, List) or not kind.active or self.cuts(target.slice):
            return None
        call = expression("LIST.pop(A)", LIST=target.value, A=target.slice)
        return [located(make("Expr", node, value=call), node)]

    def cuts(self, index: Node) -> bool:
        """Whether an index is a slice, not the place of one item."""
        kind = None if type(index).__name__ == "Slice" else self.kind_of(index)
        return kind is None or runtime_type(kind) is slice


def is_plain(node: Node) -> bool:
    """Whether an expression may be written twice."""
    return type(node).__name__ in ("Name", "Constant")


def operands(call: Node) -> Iterator[Node]:
    """Yield the argument expressions of a call."""
    for arg in call.args:
        yield arg.value if type(arg).__name__ == "Starred" else arg
    for keyword in call.keywords:
        yield keyword.value


def changed(node: Node, base: Node, value: Node) -> Node:
    """Return ``base = value``, marked as a change of the value that ``base`` had."""
    statement = assignment(node, base.id, value)
    statement.changes = base
    return statement


def assignment(node: Node, name: str, value: Node) -> Node:
    """Return ``name = value``, located where a statement stands."""
    return located(make("Assign", node, targets=[store(name)], value=value), node)


def located(new: Node, where: Node) -> Node:
    """Give every new node the place of a statement."""
    for child in walk(new):
        if not hasattr(child, "lineno") and child._fields:
            copy_location(child, where)
    return new


def spliced(block: list[Node]) -> list[Node]:
    """Return statements with those that were put into other words replaced.

    What is never reached is left out, and a branch whose test is known is the arm it takes; the test stays
    if it may do more than give its value.
    """
    result: list[Node] = []
    for node in block:
        if not getattr(node, "reached", True):
            continue
        taken = getattr(node, "taken", None) if type(node).__name__ == "If" else None
        if taken is not None:
            result += [make("Expr", node, value=node.test)] if runs_code(node.test) else []
            result += spliced(node.body if taken else node.orelse)
            continue
        for field in ("body", "orelse"):
            if type(node).__name__ in ("If", "For", "While", "With") and getattr(node, field, None):
                setattr(node, field, spliced(getattr(node, field)))
        becomes: Any = getattr(node, "becomes", None)
        result += [node] if becomes is None else spliced(becomes)
    return result


def runs_code(test: Node) -> bool:
    """Whether an expression calls what may change or print something."""
    functions = [getattr(node.func, "kind", None) for node in walk(test) if type(node).__name__ == "Call"]
    return any(
        not isinstance(kind, Known) or not any(kind.value is quiet for quiet in QUIET) for kind in functions
    )


__all__ = ["Rewrites", "runs_code", "spliced"]
