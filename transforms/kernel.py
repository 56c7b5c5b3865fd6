"""Rewrite a generated function into the part of Python that numba compiles.

Loops over ``reversed(records)`` become loops over indices, ``with np.errstate`` is dropped (compiled code
never warns), containers of known form are taken apart into variables, and what the function reads
from outside that is data becomes a parameter, so that it stays live.

>>> from adjoint.rules.kinds import FLOAT, Dict
>>> from adjoint.transforms.syntax import parse, unparse
>>> tree = parse('''
... def f__value_and_grad(p):
...     trips = []
...     for w in (1.0, 2.0):
...         trips.append(w * p['a'])
...     for w in reversed(trips):
...         with np.errstate(over='ignore'):
...             p_a_bar = w * RATE
...     return w, {'a': p_a_bar}
... ''').body[0]
>>> kernel = rewrite(tree, {'p': Dict((('a', FLOAT),))}, ['RATE'])
>>> print(unparse(kernel.tree))
def f__value_and_grad(p_a, RATE):
    trips = []
    for w in (1.0, 2.0):
        trips.append(w * p_a)
    for k in range(len(trips) - 1, -1, -1):
        w = trips[k]
        p_a_bar = w * RATE
    return (w, (p_a_bar,))
>>> kernel.places, kernel.result
([('p', 'a'), ('RATE',)], (None, {'a': None}))
"""

from __future__ import annotations

import re
from ast import AST  # gast's nodes derive from it
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from adjoint.rules.kinds import Dict, Kind, Object, Tuple

from .namer import Namer
from .syntax import Node, assign, clone, expression, load, make, names_read, param, walk

#: Where a value stands in the arguments: a parameter, then keys, indices and fields.
Place = tuple[Any, ...]


@dataclass(frozen=True)
class Kernel:
    """A rewritten function, where its parameters come from, and the form of its result.

    ``result`` mirrors the result: a tuple or dict of such forms, None for a plain value; ``kinds`` are
    those of the parameters that come from the function's own.
    """

    tree: Node
    places: list[Place]
    result: Any
    kinds: Mapping[str, Kind]


def rewrite(tree: Node, kinds: Mapping[str, Kind], outside: list[str]) -> Kernel:
    """Return the kernel of a generated function.

    Args:
        tree: the definition of the function; it is changed.
        kinds: the kinds of its parameters.
        outside: the names of data that the function reads from its module or closure.

    Raises:
        NotImplementedError: a container of the arguments is used as a whole, or Python objects are.
    """
    if tree.args.vararg is not None or tree.args.kwarg is not None:
        raise NotImplementedError("variable numbers of arguments")
    unknown = {"type", "id", "vars", "locals", "globals"} & names_read(tree.body)
    if unknown:  # numba gives these another meaning
        raise NotImplementedError(f"`{min(unknown)}` asks for Python objects")
    namer = Namer({node.id for node in walk(tree) if type(node).__name__ == "Name"} | set(outside))
    taking = TakingApart(kinds, namer)
    tree.body = [taking.visit(statement) for statement in block(tree.body, namer)]
    result, tree.body[-1].value = form(tree.body[-1].value)
    read = names_read(tree.body)
    places = {name: place for place, name in taking.names.items() if name in read}
    places |= {name: (name,) for name in outside}
    tree.args = make("arguments", args=[param(name) for name in places])
    return Kernel(tree, list(places.values()), result, taking.leaves)


# -- statements ---------------------------------------------------------------------------------


def block(statements: list[Node], namer: Namer) -> list[Node]:
    """Rewrite the statements of a block."""
    result: list[Node] = []
    for node in statements:
        for field in ("body", "orelse"):
            if getattr(node, field, None):
                setattr(node, field, block(getattr(node, field), namer))
        if type(node).__name__ == "With" and is_errstate(node):
            result += node.body
        elif type(node).__name__ == "For" and is_call(node.iter, "reversed"):
            result += backwards(node, namer)
        else:
            result.append(node)
    return result


def is_errstate(node: Node) -> bool:
    """Whether a ``with`` statement only silences floating-point warnings."""
    items = [item.context_expr for item in node.items]
    return all(getattr(getattr(item, "func", None), "attr", "") == "errstate" for item in items)


def is_call(node: Node, name: str) -> bool:
    """Whether an expression calls a function of this name."""
    return type(node).__name__ == "Call" and getattr(node.func, "id", "") == name


def backwards(node: Node, namer: Namer) -> list[Node]:
    """``for target in reversed(values)``: count the index down."""
    values, index = node.iter.args[0], namer.fresh("k")
    read = item_of(values, index)
    node.iter = expression("range(len(VALUES) - 1, -1, -1)", VALUES=values)
    node.body = [assign(node.target, read, node), *node.body]
    node.body[0].origin = getattr(node, "origin", None)
    node.target = make("Name", id=index, ctx=make("Store"))
    return [node]


def item_of(values: Node, index: str) -> Node:
    """Return ``values[index]``; numba cannot index a range."""
    if not is_call(values, "range"):
        return make("Subscript", value=clone(values), slice=load(index), ctx=make("Load"))
    if len(values.args) == 1:
        return load(index)
    texts = {2: "START + INDEX", 3: "START + INDEX * STEP"}
    parts = {"START": clone(values.args[0]), "INDEX": load(index)}
    if len(values.args) == 3:
        parts["STEP"] = clone(values.args[2])
    return expression(texts[len(values.args)], **parts)


# -- reductions ---------------------------------------------------------------------------------


#: Methods of arrays that numba knows without arguments only; their functions have overloads.
METHODS = frozenset(("var", "std", "prod", "cumsum", "max", "min"))


def with_known_reductions(node: Node, modules: Set[str] = frozenset(("np",))) -> Node:
    """Write ``np.sum(x, axis=1, keepdims=True)`` and ``x.var(axis=1)`` everywhere in words that numba knows.

    Args:
        node: changed in place.
        modules: the names that stand for modules.
    """
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            items = [with_known_reductions(v, modules) if isinstance(v, AST) else v for v in value]
            setattr(node, field, items)
        elif isinstance(value, AST):
            setattr(node, field, with_known_reductions(value, modules))
    return plain(reduced(node, modules)) if type(node).__name__ == "Call" else node


def plain(node: Node) -> Node:
    """``float(a < b)``, and ``tuple`` of the rows of a new array, without the calls numba does not know."""
    builtin = getattr(node.func, "id", "") if type(node).__name__ == "Call" and len(node.args) == 1 else ""
    inside = type(node.args[0]).__name__ if builtin else ""
    if builtin == "float" and inside == "Compare":
        return expression("1.0 if TEST else 0.0", TEST=node.args[0])
    return node.args[0] if builtin == "tuple" and inside == "BinOp" else node


def reduced(node: Node, modules: Set[str]) -> Node:
    """``np.sum(x, axis=1, keepdims=True)`` and ``x.var(axis=1)`` in words that numba knows."""
    owner: Any = getattr(node.func, "value", None)
    if getattr(node.func, "attr", "") == "norm" and len(node.args) == 1 and not node.keywords:
        # numba reads an array whose entries lie backwards from the wrong end
        node.args = [expression("np.ascontiguousarray(ARRAY)", ARRAY=node.args[0])]
    method = owner is not None and getattr(owner, "id", "") not in modules
    if method and node.func.attr in METHODS and (node.args or node.keywords):
        node.args, node.func.value = [owner, *node.args], load("np")
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    if getattr(node.func, "attr", "") != "sum" or owner is None or set(named) != {"axis", "keepdims"}:
        return node
    axis = named["axis"]
    if getattr(named["keepdims"], "value", None) is not True or type(axis).__name__ not in (
        "Constant",
        "UnaryOp",
    ):
        return node
    array = node.args[0] if node.args else owner
    return expression("np.expand_dims(ARRAY.sum(AXIS), AXIS)", ARRAY=array, AXIS=axis)


# -- values that are not there on every path ----------------------------------------------------


def with_values(tree: Node) -> Node:
    """Read a variable of the compiler that starts as None, where an operation needs its value, as a value.

    The reverse of a branch reads only what that branch has assigned; numba sees a value that may be missing.

    >>> from adjoint.transforms.syntax import parse, unparse
    >>> tree = parse('''
    ... def f(x, c):
    ...     sin_3 = None
    ...     if c:
    ...         sin_3 = np.sin(x)
    ...     trips.append((sin_3, c))
    ...     if c:
    ...         x = np.where(sin_3 > 0.0, sin_3, x)
    ...     return x
    ... ''').body[0]
    >>> print(unparse(with_values(tree)).split('c))')[1])
    <BLANKLINE>
        if c:
            x = np.where(elementary.present(sin_3) > 0.0, elementary.present(sin_3), x)
        return x
    """
    names = {
        node.targets[0].id
        for node in walk(tree)
        if type(node).__name__ == "Assign" and getattr(node.value, "value", node) is None and is_own(node)
    }
    return valued(tree, names) if names else tree


def is_own(node: Node) -> bool:
    """Whether an assignment is to a variable that the compiler has named: ``sin_3``."""
    return re.search(r"_\d+(_\d+)?$", getattr(node.targets[0], "id", "")) is not None


def valued(node: Node, names: Set[str]) -> Node:
    """Return an expression or statement in which some variables are read as values."""
    kind = type(node).__name__
    if kind == "Name":
        read = node.id in names and type(node.ctx).__name__ == "Load"
        return expression("elementary.present(NAME)", NAME=node) if read else node
    if (
        kind == "Call"
        and getattr(node.func, "attr", "") == "append"
        or kind == "Return"
        or is_handed_on(node)
    ):
        return node
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            setattr(node, field, [valued(v, names) if isinstance(v, AST) else v for v in value])
        elif isinstance(value, AST):
            setattr(node, field, valued(value, names))
    return node


def is_handed_on(node: Node) -> bool:
    """Whether a node reads a variable without needing its value: a copy, a store into it, ``x is None``."""
    kind = type(node).__name__
    if kind == "Assign":
        return type(node.value).__name__ == "Name"
    if kind == "Compare":
        return type(node.ops[0]).__name__ in ("Is", "IsNot")
    return kind == "Subscript" and type(node.ctx).__name__ != "Load"


# -- containers ---------------------------------------------------------------------------------


class TakingApart:
    """Replaces ``p['a']`` by a parameter of its own where ``p`` is a container of known form."""

    def __init__(self, kinds: Mapping[str, Kind], namer: Namer) -> None:
        self.kinds = kinds
        self.namer = namer
        self.names: dict[Place, str] = {(name,): name for name, kind in kinds.items() if not children(kind)}
        self.leaves = {name: kind for name, kind in kinds.items() if not children(kind)}

    def visit(self, node: Node) -> Node:
        """Rewrite a tree in place and return what stands for it."""
        found = self.place(node)
        if found is not None:
            place, kind = found
            if children(kind):
                raise NotImplementedError(f"`{place[0]}` is used as a whole")
            if place not in self.names:
                self.names[place] = self.namer.fresh("_".join(str(part) for part in place))
                self.leaves[self.names[place]] = kind
            return make("Name", id=self.names[place], ctx=node.ctx)
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                setattr(node, field, [self.visit(v) if isinstance(v, AST) else v for v in value])
            elif isinstance(value, AST):
                setattr(node, field, self.visit(value))
        return node

    def place(self, node: Node) -> tuple[Place, Kind] | None:
        """Return the place of a container parameter that an expression reads, and its kind."""
        kind = type(node).__name__
        if kind == "Name":
            found = self.kinds.get(node.id)
            return None if found is None else ((node.id,), found)
        base = self.place(node.value) if kind in ("Subscript", "Attribute") else None
        if base is None:
            return None
        key = node.attr if kind == "Attribute" else getattr(node.slice, "value", None)
        child = children(base[1]).get(key)
        return None if child is None else ((*base[0], key), child)


def children(kind: Kind) -> dict[Any, Kind]:
    """Return the kinds of the parts of a container of known form; nothing for other kinds."""
    match kind:
        case Tuple(items) if any(map(children, items)):  # numba knows tuples
            return dict(enumerate(items))
        case Dict(items) if items is not None:
            return dict(items)
        case Object(_, fields):
            return dict(fields)
        case _:
            return {}


def form(node: Node) -> tuple[Any, Node]:
    """Return the form of a result and the expression with tuples in place of other displays."""
    kind = type(node).__name__
    if kind == "Dict":
        keys = [key.value for key in node.keys]
        parts = [form(value) for value in node.values]
        return {key: f for key, (f, _) in zip(keys, parts, strict=True)}, make(
            "Tuple", elts=[v for _, v in parts]
        )
    if kind in ("Tuple", "List"):
        parts = [form(value) for value in node.elts]
        forms = [f for f, _ in parts]
        return tuple(forms) if kind == "Tuple" else forms, make("Tuple", elts=[v for _, v in parts])
    return None, node


def restored(value: Any, form: Any) -> Any:
    """Give the result of a kernel the form of the function's own result.

    >>> restored((1.0, (2.0,)), (None, {'a': None}))
    (1.0, {'a': 2.0})
    """
    if isinstance(form, dict):
        return {key: restored(item, f) for (key, f), item in zip(form.items(), value, strict=True)}
    if isinstance(form, tuple | list):
        return type(form)(restored(item, f) for item, f in zip(value, form, strict=True))
    return value
