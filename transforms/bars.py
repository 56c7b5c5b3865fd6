"""Cotangent variables: which exist at a point of the reverse, and how contributions are added.

The cotangent of variable ``x`` is ``x_bar``; a place inside a container, such as ``params["w"]``,
has a cotangent of its own, ``params_w_bar``.  At each point a cotangent is absent (zero: no code),
*owned* (a buffer nobody else refers to: contributions are added in place), *borrowed* (it may be
somebody else's array) or *optional* (``None``, meaning zero, or a value).

>>> from adjoint.rules.kinds import Array
>>> from adjoint.transforms.syntax import parse_expression, unparse
>>> bars, vector = Bars(Namer({'x', 'y'}), str), Array(np.dtype(float), ('n',))
>>> for key in (('x', ()), ('params', ('w',))):
...     bars.contribute(key, load('y_bar'), vector)
...     bars.contribute(key, parse_expression('y * 2.0'), vector)
...     bars.contribute(key, parse_expression('-z'), vector)
>>> print(unparse(bars.out))
x_bar = y_bar
x_bar = x_bar + y * 2.0
x_bar -= z
params_w_bar = y_bar
params_w_bar = params_w_bar + y * 2.0
params_w_bar -= z
>>> bars.state
{('x', ()): 'owned', ('params', ('w',)): 'owned'}
"""

from __future__ import annotations

import re
from typing import Any

from adjoint.rules.kinds import Array, Dict, Kind, List, Object, Scalar, Tuple, is_scalar

from .namer import Namer
from .syntax import Node, assign, call, constant, load, make, store

Path = tuple[Any, ...]
Key = tuple[str, Path]
OWNED, BORROWED, OPTIONAL = "owned", "borrowed", "optional"


class Bars:
    """The table of cotangents and the list of reverse statements that is being written."""

    def __init__(self, namer: Namer, helper: Any) -> None:
        self.namer = namer
        self.helper = helper
        self.state: dict[Key, str] = {}
        self.names: dict[Key, str] = {}
        self.wanted: set[Key] = set()
        self.complete: set[Key] = set()  # containers whose cotangent has one, not None, for each item
        self.out: list[Node] = []
        self.origin: Node = None

    # --- names and states --------------------------------------------------------------------
    def name(self, key: Key) -> str:
        """Return the name of a cotangent variable."""
        if key not in self.names:
            path = "".join(["_" + re.sub(r"\W", "_", str(part)) for part in key[1]])
            self.names[key] = self.namer.fresh(f"{key[0]}{path}_bar")
        return self.names[key]

    def load(self, key: Key) -> Node:
        """Return a read of a cotangent variable."""
        return load(self.name(key))

    def keys(self, variable: str) -> list[Key]:
        """Return the places of a variable whose cotangent is not absent, the whole first."""
        found = [key for key in self.state if key[0] == variable]
        return sorted(found, key=lambda key: (len(key[1]), repr(key[1]))) if len(found) > 1 else found

    def take(self, variable: str) -> dict[Path, str]:
        """Remove the cotangents of a variable that is being assigned, and return them."""
        return {key[1]: self.state.pop(key) for key in self.keys(variable)}

    def emit(self, statement: Node) -> None:
        """Append a statement to the reverse."""
        statement.origin = self.origin
        self.out.append(statement)

    def set(self, key: Key, value: Node, state: str) -> None:
        """Emit ``x_bar = value``."""
        if getattr(value, "id", None) != self.name(key):
            self.emit(assign(self.name(key), value))
        self.complete.discard(key)
        self.state[key] = state

    # --- contributions -----------------------------------------------------------------------
    def contribute(
        self, key: Key, value: Node, kind: Kind, fresh: bool = False, optional: bool = False
    ) -> None:
        """Add a contribution to a cotangent; the first one assigns."""
        state = self.state.get(key)
        if state is None:
            self.set(key, value, OPTIONAL if optional else OWNED if fresh else BORROWED)
        elif optional or state == OPTIONAL or not isinstance(kind, Scalar | Array):
            both = optional and state == OPTIONAL
            self.set(key, call(self.helper("add"), [self.load(key), value]), OPTIONAL if both else BORROWED)
        elif state == OWNED and isinstance(kind, Array) and kind.dims:
            op, value = signed(value)
            self.emit(make("AugAssign", target=store(self.name(key)), op=make(op), value=value))
        else:
            op, value = signed(value)
            total = make("BinOp", left=self.load(key), op=make(op), right=value)
            total.accumulates = True
            self.set(key, total, OWNED)

    def own(self, key: Key, kind: Kind, zero: Node) -> None:
        """Make sure that the cotangent is a container that may be changed in place."""
        state = self.state.get(key)
        if state == OWNED:
            return
        self.wanted.add(key)
        if state is None:
            self.set(key, zero, OWNED)
        elif state == OPTIONAL:
            name = "owned"
            self.set(key, call(self.helper(name), [self.load(key), zero]), OWNED)
        else:
            self.set(key, copied(self.load(key), kind), OWNED)

    def collapse(self, variable: str, kind: Kind) -> tuple[Node, bool] | None:
        """Return the whole cotangent of a variable as an expression, and whether it may be ``None``."""
        keys = self.keys(variable)
        if not keys:
            return None
        whole = (variable, ())
        places = [key for key in keys if key[1]]
        if not places:
            return self.load(whole), self.state[whole] == OPTIONAL
        literal = self.literal(variable, (), kind)
        if whole not in self.state:
            return literal, False
        return call(self.helper("add"), [self.load(whole), literal]), False

    def literal(self, variable: str, path: Path, kind: Kind) -> Node:
        """Return the display that holds the cotangents of the places below a path."""
        key = (variable, path)
        below = [k for k in self.keys(variable) if len(k[1]) > len(path) and k[1][: len(path)] == path]
        if not below or (path and key in self.state):
            own = self.load(key) if key in self.state else constant(None)
            if not below:
                return own
            return call(self.helper("add"), [own, self._display(variable, path, kind)])
        return self._display(variable, path, kind)

    def _display(self, variable: str, path: Path, kind: Kind) -> Node:
        match kind:
            case Tuple(items):
                elts = [self.literal(variable, (*path, i), item) for i, item in enumerate(items)]
                return make("Tuple", elts=elts)
            case Dict(items) if items is not None:
                pairs = items
            case Object(_, fields):
                pairs = fields
            case _:
                pairs = tuple((p[1][len(path)], kind) for p in self.keys(variable) if len(p[1]) > len(path))
        present = {
            k[1][len(path)]
            for k in self.keys(variable)
            if len(k[1]) > len(path) and k[1][: len(path)] == path
        }
        chosen = [(key, child) for key, child in pairs if key in present]
        values = [self.literal(variable, (*path, key), child) for key, child in chosen]
        return make("Dict", keys=[constant(key) for key, _ in chosen], values=values)


def signed(value: Node) -> tuple[str, Node]:
    """Return how a contribution is added: a negated one is subtracted."""
    if type(value).__name__ == "UnaryOp" and type(value.op).__name__ == "USub":
        return "Sub", value.operand
    return "Add", value


def copied(value: Node, kind: Kind) -> Node:
    """Return an expression that copies a cotangent."""
    if isinstance(kind, Array):
        return call(make("Attribute", value=value, attr="copy"))
    if isinstance(kind, List | Tuple):
        return make("List", elts=[make("Starred", value=value, ctx=make("Load"))], ctx=make("Load"))
    return make("Dict", keys=[None], values=[value])


def at(kind: Kind, path: Path) -> Kind:
    """Return the kind of a place inside a container."""
    for part in path:
        match kind:
            case Tuple(items):
                kind = items[part]
            case Dict(items) if items is not None:
                kind = dict(items)[part]
            case Object(_, fields):
                kind = dict(fields)[part]
    return kind


__all__ = ["Bars", "Key", "Path", "at", "is_scalar"]
