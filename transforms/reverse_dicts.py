"""The reverse of ``{'a': x, **more, key: y}``: items receive their shares unless later ones replace them.

Which item is the last of its key is known where all keys are; otherwise the shares are taken out of the
cotangent one after the other, the last item first, as if the display were a series of stores.

>>> from adjoint import source
>>> def f(x, keys):
...     d = {keys[0]: x, keys[1]: 2.0}
...     return d['a']
>>> print(source(f, 2.0, ['a', 'b'], stage='reverse'))
def f(x, keys):
    item_2 = keys[0]
    item_2_2 = keys[1]
    d = {item_2: x, item_2_2: 2.0}
    out = d['a']
    # reverse
    out_bar = 1.0
    d_bar = {}
    d_bar['a'] = add(d_bar.get('a'), out_bar)
    d_bar, item_bar = without(d_bar, item_2_2)
    d_bar, item_bar_2 = without(d_bar, item_2)
    x_bar = item_bar_2
    result = instantiate(x_bar, x)
    return out, result
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.kinds import Dict, Kind, Known, is_literal_key

from .bars import OPTIONAL
from .reverse_unpack import UnpackReverse
from .syntax import Node, call, constant, load, make

#: In the place of a key: ``**item``, or the original of a changed copy.
MERGED: Any = object()
Parts = list[tuple[Any, Node]]


class DictReverse(UnpackReverse):
    """The part of the reverse pass that deals with displays of dicts."""

    spread: Any
    whole: Any
    give: Any

    def key_before(self, key: Any, node: Node) -> Node:
        """Return a key, given as a value or as a syntax tree, as it was before a statement."""
        return self.atom_before(key, node) if is_tree(key) else constant(key)

    def dict_display(self, node: Node, variable: str, taken: dict[Any, str], value: Node) -> None:
        """Reverse of a dict display; ``taken`` holds the cotangents of the variable it is assigned to."""
        parts = [(known_key(key), item) for key, item in zip(value.keys, value.values, strict=True)]
        if may_replace(parts):
            for path, state in taken.items():
                self.bars.state[variable, path] = state
            self.last_item_first(node, variable, parts, value.kind)
        else:
            self.spread(node, variable, taken, surviving(parts), value)

    def last_item_first(self, node: Node, variable: str, parts: Parts, kind: Kind) -> None:
        """Take the share of every item out of the dict's cotangent, which then is that of the dict before."""
        whole = self.whole(variable, kind, node, instantiate=False)
        if whole is None:
            return
        for key, item in reversed(parts):
            if key is MERGED:
                before = self.atom_before(item, node)
                self.give(node, item, call(self.helper("merged"), [whole, before]), item.kind, (), OPTIONAL)
                rest = call(self.helper("unmerged"), [whole, self.atom_before(item, node)])
                self.bars.emit(make("Assign", targets=[stored(whole.id)], value=rest))
            else:
                share = self.scratch("item_bar")
                pair = make("Tuple", elts=[stored(whole.id), stored(share)], ctx=make("Store"))
                taken = call(self.helper("without"), [whole, self.key_before(key, node)])
                self.bars.emit(make("Assign", targets=[pair], value=taken))
                self.give(node, item, load(share), item.kind, (), OPTIONAL)


def stored(name: str) -> Node:
    """Return a name as a target."""
    return make("Name", id=name, ctx=make("Store"))


def known_key(key: Node) -> Any:
    """Return the value of a key that is known when compiling, the syntax tree of another."""
    if key is None:
        return MERGED
    kind = getattr(key, "kind", None)
    if type(key).__name__ == "Constant":
        return key.value
    return kind.value if isinstance(kind, Known) and is_literal_key(kind.value) else key


def is_tree(key: Any) -> bool:
    """Whether a key is known to the running program only."""
    return hasattr(key, "_fields") and not isinstance(key, tuple)


def keys_of(key: Any, item: Node) -> list[Any] | None:
    """Return the keys that a part of a display sets; None if only the running program knows them."""
    if key is not MERGED:
        return None if is_tree(key) else [key]
    kind = item.kind
    return [k for k, _ in kind.items] if isinstance(kind, Dict) and kind.items is not None else None


def may_replace(parts: Parts) -> bool:
    """Whether only the running program knows which items of a display later ones replace."""
    unknown = [i for i, (key, item) in enumerate(parts) if keys_of(key, item) is None]
    first_is_merged = unknown == [0] and parts[0][0] is MERGED
    return len(parts) > 1 and bool(unknown) and not first_is_merged


def surviving(parts: Parts) -> Parts:
    """Return the parts of a display that no later one replaces, under the key that the dict keeps.

    >>> from adjoint.transforms.syntax import load
    >>> [(key, item.id) for key, item in surviving([(1, load('x')), ('a', load('y')), (True, load('z'))])]
    [('a', 'y'), (1, 'z')]
    """
    first: dict[Any, Any] = {}
    last: dict[Any, int] = {}
    for i, (key, item) in enumerate(parts):
        for each in keys_of(key, item) or ():
            first.setdefault(each, each)
            last[each] = i
    return [(first.get(key, key), item) for i, (key, item) in enumerate(parts) if last.get(key, i) == i]
