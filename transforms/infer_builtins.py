"""Kinds of the builtins that build, read and walk containers.

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.stages import spelled
>>> def f(x):
...     pairs = list(enumerate(x))
...     return sum(value for _, value in pairs)
>>> print(spelled(inferred(f, np.ones(3)).inference.kinds['pairs']))
[(int64, active float64)]
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.kinds import (
    BOOL,
    INT,
    Array,
    Dict,
    Kind,
    Known,
    List,
    Object,
    Tuple,
    Unknown,
    dict_values,
    is_scalar,
    join,
    join_all,
    with_active,
)

from .classes import runtime_type, widened
from .closures import ClosureInference
from .decide import APPEND, DYNAMIC, MIRROR, POP, Decision
from .memory import hashable
from .syntax import Node

#: What the rank of an array says about the results of functions; `np.shape` is the attribute.
OF_RANK: dict[Any, Callable[[int], Kind]] = {
    np.ndim: Known,
    np.shape: lambda rank: Tuple((INT,) * rank),
    np.iterable: lambda rank: Known(rank > 0),
}


def known_constant(function: Any, args: list[Node], keywords: Any) -> Kind | None:
    """Return the kind of a call without derivative whatever it is given; None for other calls."""
    return Unknown() if chooses_constants(function, args, keywords) else by_rank(function, args, keywords)


def by_rank(function: Any, args: list[Node], keywords: Any) -> Kind | None:
    """Return the kind of ``np.ndim(x)`` and the like for a number or an array of known rank."""
    if len(args) != 1 or keywords or not hashable(function) or function not in OF_RANK:
        return None
    kind = args[0].kind
    rank = 0 if is_scalar(kind) else kind.ndim if isinstance(kind, Array) else None
    return None if rank is None else OF_RANK[function](rank)


def chooses_constants(function: Any, args: list[Node], keywords: dict[str, Node]) -> bool:
    """Whether a call chooses among constants by asking a function: ``min(range(n), key=lambda i: x[i])``."""
    if not hashable(function) or function not in CHOOSING:
        return False
    among = args[1:] if CHOOSING[function] == 0 else args
    given = [*among, *(value for name, value in keywords.items() if name != CHOOSING[function])]
    return bool(among) and not any(value.kind.active for value in given)


#: Functions that hand out some of what they are given, and where the function stands that chooses.
CHOOSING: dict[Any, Any] = {
    **dict.fromkeys((min, max, sorted), "key"),
    **dict.fromkeys((filter, itertools.filterfalse, itertools.takewhile, itertools.dropwhile), 0),
}


class BuiltinInference(ClosureInference):
    """Decides calls of builtins; a method named ``call_NAME_`` may return None to leave it to others."""

    def call_len_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        if len(args) == 1 and isinstance(args[0].kind, Tuple):
            return Known(len(args[0].kind.items))
        return INT

    def call_isinstance_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        cls = runtime_type(args[0].kind) if len(args) == 2 else None
        classes = args[1].kind
        if cls is None or not isinstance(classes, Known):
            return BOOL
        try:
            return Known(issubclass(cls, classes.value))
        except TypeError:
            return BOOL

    def call_type_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        cls = runtime_type(args[0].kind) if len(args) == 1 else None
        return None if cls is None else Known(cls)

    def call_slice_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        parts = [arg.kind for arg in args]
        if any(kind.active for kind in parts):
            return None
        known = all(isinstance(kind, Known) for kind in parts)
        return Known(slice(*(kind.value for kind in parts))) if known else Object(slice, ())

    def call_hasattr_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        base, name = args[0].kind, args[1].kind if len(args) == 2 else None
        known = isinstance(base, Object) and isinstance(name, Known) and name.value in dict(base.fields)
        return Known(True) if known else BOOL

    def call_callable_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        kind = args[0].kind
        return Known(callable(kind.value)) if isinstance(kind, Known) else BOOL

    def call_list_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        if not args:
            return List(None)
        element = self.iteration(args[0])
        node.decision = Decision(DYNAMIC, function, args) if args[0].kind.active else None
        return List(element)

    def call_sorted_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        """The keys of a dict carry no derivative; items that are no numbers keep their kind."""
        kind = args[0].kind if args else None
        if isinstance(kind, Dict):
            return List(Unknown())
        element = kind.element if isinstance(kind, List) else None
        if kind is None or not kind.active or element is None or is_scalar(element):
            return None
        node.decision = Decision(DYNAMIC, function, args, keywords)
        return List(element)

    def call_tuple_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        if not args:
            return Tuple(())
        kind = args[0].kind
        node.decision = Decision(DYNAMIC, function, args) if kind.active else None
        return kind if isinstance(kind, Tuple) and kind.cls is None else Unknown(kind.active)

    def call_dict_(
        self, node: Node, function: Any, args: list[Node], keywords: dict[str, Node]
    ) -> Kind | None:
        base = args[0].kind if args else Dict(())
        if len(args) > 1 or not isinstance(base, Dict):
            return None
        node.decision = Decision(DYNAMIC, function, args, keywords) if self.any_active(node) else None
        named = {key: value.kind for key, value in keywords.items()}
        if base.items is None:
            return Dict(None, join_all([*dict_values(base), *named.values()]))
        return Dict(tuple((dict(base.items) | named).items()))

    def call_range_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        return Unknown()

    def call_append_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        return self.grow(node, args, args[1].kind if len(args) == 2 else None)

    def grow(self, node: Node, args: list[Node], kind: Kind | None) -> Kind | None:
        """``values.append(v)``: the list gets another element."""
        base = args[0]
        if kind is None or not isinstance(base.kind, List):
            return None
        element = kind if base.kind.element is None else join(base.kind.element, kind)
        if isinstance(kind, Known):
            element = (
                join(element, with_active(kind, False)) if base.kind.element is not None else widened(kind)
            )
        node.decision = Decision(APPEND, base, (args[1],)) if element.active else None
        if type(base).__name__ == "Name":
            self.bind_name(base.id, List(element))
            base.stored = List(element)
        return Known(None)

    def call_mirrored(self, node: Node, args: list[Node]) -> Kind:
        """A function that adds into its first argument: the tangent's buffer is changed the same way."""
        active = args[0].kind.active or args[-1].kind.active
        node.decision = Decision(MIRROR) if active else None
        if active and type(args[0]).__name__ == "Name":
            self.bind_name(args[0].id, with_active(args[0].kind, True))
        return Known(None)

    def call_pop_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        """``values.pop()`` or ``values.pop(i)``."""
        base = args[0]
        if not isinstance(base.kind, List) or type(base).__name__ != "Name":
            return None
        node.decision = Decision(POP, base, tuple(args[1:])) if base.kind.active else None
        return base.kind.element or Unknown()

    def call_get_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        base = args[0].kind
        if not isinstance(base, Dict):
            return None
        node.decision = Decision(DYNAMIC) if self.any_active(node) or base.active else None
        defaults = [arg.kind for arg in args[2:]] or [Known(None)]
        if base.items is not None and isinstance(args[1].kind, Known):
            found: Kind | None = dict(base.items).get(args[1].kind.value)
            return found if found is not None else defaults[0]
        return join_all([*dict_values(base), *defaults]) or Unknown()

    def call_copy_(self, node: Node, function: Any, args: list[Node], keywords: Any) -> Kind | None:
        base = args[0].kind
        if not isinstance(base, List | Dict):
            return None
        node.decision = Decision(DYNAMIC) if base.active else None
        return base

    # --- iteration ---------------------------------------------------------------------------
    def iteration(self, node: Node) -> Kind:
        """Return the kind of the items of an iterable expression."""
        self.visit(node)
        call = type(node).__name__ == "Call"
        if (
            call
            and type(node.func).__name__ == "Name"
            and isinstance(getattr(node.func, "kind", None), Known)
        ):
            name = getattr(node.func.kind.value, "__name__", "")
            if name == "range":
                return INT
            if name == "zip" and not any(type(a).__name__ == "Starred" for a in node.args):
                return Tuple(tuple(self.iteration(arg) for arg in node.args))
            if name == "enumerate" and node.args:
                return Tuple((INT, self.iteration(node.args[0])))
            if name == "reversed" and node.args:
                return self.iteration(node.args[0])
        if call and type(node.func).__name__ == "Attribute" and isinstance(node.func.value.kind, Dict):
            return self.dict_view(node.func.attr, node.func.value.kind)
        return self.element(node.kind)

    def dict_view(self, attr: str, base: Dict) -> Kind:
        value = join_all(dict_values(base)) or Unknown()
        return {"items": Tuple((Unknown(), value)), "values": value}.get(attr, Unknown())

    def element(self, kind: Kind) -> Kind:
        """Return the kind of the elements of a container."""
        raise NotImplementedError  # defined with the expressions
