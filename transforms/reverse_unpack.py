"""The reverse of ``a, b = value``: every name's cotangent goes to its item.

>>> from adjoint import source
>>> def f(pair):
...     a, b = pair
...     return a * b
>>> print(source(f, (2.0, 3.0), stage='reverse'))
def f(pair):
    a, b = pair
    out = a * b
    # reverse
    out_bar = 1.0
    a_bar = out_bar * b
    b_bar = out_bar * a
    pair_0_bar = a_bar
    pair_1_bar = b_bar
    result = (pair_0_bar, pair_1_bar)
    return out, result
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.kinds import Array, Kind, Tuple, Unknown, is_number

from .bars import OPTIONAL, Key, at
from .reverse_control import ControlReverse
from .syntax import Node, assign, call, constant, make, names_read, subscript


class UnpackReverse(ControlReverse):
    """The part of the reverse pass that deals with unpacking."""

    def unpacked(self, node: Node, target: Node) -> None:
        """Reverse of ``a, b = value``."""
        kind = node.value.kind
        source = self.place(node.value)
        names = [t.value if type(t).__name__ == "Starred" else t for t in target.elts]
        last_wins = [(i, name.id, self.bars.take(name.id)) for i, name in reversed(list(enumerate(names)))]
        taken = [(i, self.aside(n, paths, node.value), paths) for i, n, paths in last_wins[::-1] if paths]
        if source is None or not taken or not kind.active:
            return
        star = next((i for i, t in enumerate(target.elts) if type(t).__name__ == "Starred"), None)
        if isinstance(kind, Tuple):
            self.unpacked_tuple(source, kind, taken, star, len(names))
        elif isinstance(kind, Array) and star is None and kind.dims is not None:
            self.own_array(source, kind, node)
            for i, name, paths in taken:
                share = self.bars.load((name, ()))
                if paths[()] == OPTIONAL:
                    item = subscript(self.place_before(source, node), constant(i))
                    share = call(self.helper("instantiate"), [share, item])
                self.bars.emit(add_at(self.bars.load(source), constant(i), share))
        else:
            kinds = [getattr(name, "stored", Unknown()) for name in names]
            self.unpacked_other(node, source, kinds, taken, star)

    def unpacked_tuple(self, source: Key, kind: Tuple, taken: Any, star: int | None, count: int) -> None:
        extra = len(kind.items) - count
        for i, name, paths in taken:
            for path, state in paths.items():
                if i == star and not path:
                    parts = [
                        (i + j, call(self.helper("part"), [self.bars.load((name, ())), constant(j)]))
                        for j in range(extra + 1)
                    ]
                    for index, share in parts:
                        self.bars.contribute(
                            (source[0], (*source[1], index)), share, kind.items[index], optional=True
                        )
                    continue
                if i == star:
                    full: Any = (i + path[0], *path[1:])
                else:
                    full = (i if star is None or i < star else i + extra, *path)
                key = (source[0], (*source[1], *full))
                self.bars.contribute(
                    key, self.bars.load((name, path)), at(kind, full), optional=state == OPTIONAL
                )

    def unpacked_other(
        self, node: Node, source: Key, kinds: list[Kind], taken: Any, star: int | None
    ) -> None:
        """The container's structure is known only at run time; ``kinds`` are those of the names."""
        kind = node.value.kind
        bars: list[Node] = [constant(None)] * len(kinds)
        for i, name, paths in taken:
            for path, state in paths.items():
                self.bars.state[name, path] = state
            collapsed = self.bars.collapse(name, kinds[i])
            self.bars.take(name)
            bars[i] = collapsed[0] if collapsed else constant(None)
        primal = self.atom_before(node.value, node)
        args = [primal, make("Tuple", elts=bars), constant(star)]
        self.bars.contribute(source, call(self.helper("unpacked"), args), kind, optional=not is_number(kind))

    def aside(self, variable: str, taken: dict[Any, str], value: Node) -> str:
        """Move away the cotangents of a new value whose parts are read from the old one: ``x = (x, y)``."""
        if variable not in names_read(value):
            return variable
        name = self.scratch(variable)
        for path in taken:
            moved = assign(self.bars.name((name, path)), self.bars.load((variable, path)))
            self.bars.emit(moved)
        return name


def add_at(bar: Node, index: Node, value: Node) -> Node:
    """Return ``bar[index] += value``."""
    target = make("Subscript", value=bar, slice=index, ctx=make("Store"))
    return make("AugAssign", target=target, op=make("Add"), value=value)
