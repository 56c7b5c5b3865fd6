"""The reverse of a lowered function: the statements that carry cotangents from result to arguments.

Statements are reversed in opposite order.  The user's names stay; a value that was overwritten is
read from its snapshot (:mod:`adjoint.transforms.regions`).  Code whose cotangent is zero is not
written at all, so what does not influence the result costs nothing.

Reference: Griewank & Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), chapters 3 and 5.

>>> from adjoint import source
>>> def f(p):
...     unused = np.exp(p['b'])
...     y = p['a'] * p['a']
...     y = np.sin(y)
...     return y
>>> print(source(f, {'a': 1.0, 'b': 2.0}, stage='reverse'))
def f(p):
    unused = np.exp(p['b'])
    y = p['a'] * p['a']
    y = np.sin(y)
    # reverse
    y_bar = 1.0
    y_bar = y_bar * np.cos(y_4)
    p_a_bar = 2.0 * y_bar * p['a']
    result = {'a': p_a_bar}
    return y, result
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Dict, Kind, List, Object, Scalar, Tuple, is_inexact, is_number

from .atoms import is_active_statement
from .bars import BORROWED, OPTIONAL, Key, at, signed
from .closures import defaults_of
from .decide import APPEND, BUILD, DYNAMIC, ITEM, PATH, POP, RULE, UNIT
from .reverse_dicts import MERGED, DictReverse, is_tree, keys_of, known_key
from .syntax import Node, attribute, call, clone, constant, load, make, store, subscript

STRUCTURE = ("Tuple", "List", "Dict")


class Reverse(DictReverse):
    """Writes the reverse of one function; see the module docstring."""

    def statement(self, node: Node) -> None:
        """Reverse one statement."""
        if not is_active_statement(node) and not self.kills(node):
            return
        self.bars.origin = getattr(node, "origin", node)
        method = getattr(self, f"of_{type(node).__name__}", None)
        if method is not None:
            method(node)

    def kills(self, node: Node) -> bool:
        """Whether an inactive statement overwrites a variable that has a cotangent."""
        return any(self.bars.keys(name) for name in node.owns)

    # --- assignments -------------------------------------------------------------------------
    def of_Assign(self, node: Node) -> None:
        target = node.targets[0]
        kind = type(target).__name__
        inactive = kind in ("Tuple", "List") and not node.value.kind.active
        if len(node.targets) > 1 or kind == "Starred" or inactive:
            for name in node.owns:
                self.bars.take(name)
        elif kind == "Name":
            self.assigned_name(node, target)
        elif kind in ("Tuple", "List"):
            self.unpacked(node, target)
        elif kind == "Subscript":
            self.stored_item(node, target)
        elif kind == "Attribute":
            self.stored_place(node, target, target.attr)

    def assigned_name(self, node: Node, target: Node) -> None:
        """Reverse ``v = operation``."""
        taken = self.bars.take(target.id)
        value = node.value
        if getattr(getattr(value, "decision", None), "how", None) == POP:
            return self.popped(node, target.id, taken, value)
        if not taken and getattr(node, "effect", False):
            return self.run_only(node, value)
        if not taken or not value.kind.active:
            return self.at_once(node, value)
        place = self.place(value)
        if place is not None:
            return self.moved(node, self.aside(target.id, taken, value), taken, place)
        if type(value).__name__ in STRUCTURE and getattr(value, "decision", None) is None:
            return self.display(node, self.aside(target.id, taken, value), taken, value)
        if type(value).__name__ == "Lambda":
            return self.made_closure(node, self.aside(target.id, taken, value), taken, value.definition)
        decision = value.decision
        if decision.how == BUILD:
            return self.built(node, self.aside(target.id, taken, value), taken, decision, value.kind)
        if decision.how == ITEM:
            return self.list_item(node, self.aside(target.id, taken, value), taken, value)
        for path, state in taken.items():
            self.bars.state[target.id, path] = state
        whole = self.whole(target.id, value.kind, node, instantiate=decision.how in (RULE, UNIT))
        if whole is None:
            return None
        {RULE: self.by_rule, UNIT: self.by_unit, DYNAMIC: self.by_call}[decision.how](
            node, target.id, value, whole
        )
        return None

    def whole(self, variable: str, kind: Kind, node: Node, instantiate: bool) -> Node | None:
        """Gather the cotangent of a variable into one name, and forget it."""
        collapsed = self.bars.collapse(variable, kind)
        if collapsed is None:
            return None
        value, optional = collapsed
        self.bars.take(variable)
        if optional and instantiate and (is_number(kind) or isinstance(kind, List)):
            value = self.instantiated(value, variable, kind, node)
        if type(value).__name__ == "Name":
            return value
        name = self.bars.name((variable, ()))
        self.bars.emit(make("Assign", targets=[make("Name", id=name, ctx=make("Store"))], value=value))
        return load(name)

    def instantiated(self, value: Node, variable: str, kind: Kind, node: Node) -> Node:
        """Replace a ``None`` cotangent of a number by a real zero, also inside a list."""
        read = load(self.regions.read(variable, node, after=True, kind=kind))
        return call(self.helper("instantiate" if is_number(kind) else "complete"), [value, read])

    def place(self, value: Node) -> Key | None:
        """Return the variable and path that an expression names, None if it computes something."""
        kind = type(value).__name__
        if kind == "Name":
            return (value.id, ())
        decision = getattr(value, "decision", None)
        if kind in ("Subscript", "Attribute") and decision is not None and decision.how == PATH:
            base = self.place(value.value)
            return None if base is None else (base[0], (*base[1], decision.target))
        return None

    def moved(self, node: Node, variable: str, taken: dict[Any, str], source: Key) -> None:
        """Reverse of a copy or of reading a place: every cotangent moves along."""
        for path, state in taken.items():
            key = (source[0], (*source[1], *path))
            value = self.bars.load((variable, path))
            kind = at(node.value.kind, path)
            if key in self.bars.state or state == OPTIONAL:
                self.bars.contribute(key, value, kind, optional=state == OPTIONAL)
            else:
                self.bars.set(key, value, state)

    def display(self, node: Node, variable: str, taken: dict[Any, str], value: Node) -> None:
        """Reverse of building a tuple, list or dict from atoms."""
        if type(value).__name__ == "Dict":
            self.dict_display(node, variable, taken, value)
        else:
            self.spread(node, variable, taken, list(enumerate(value.elts)), value)

    def spread(self, node: Node, variable: str, taken: dict[Any, str], parts: list[Any], value: Node) -> None:
        """Give each part of a container its share of the container's cotangent."""
        optional_items = not (
            isinstance(value.kind, List) and value.kind.element is not None and is_number(value.kind.element)
        )
        for key, item in parts:
            if not item.kind.active:
                continue
            if key is MERGED:
                self.spread_merged(node, variable, taken, parts, item)
                continue
            for path, state in taken.items():
                if path and path[0] == key and type(key) is type(path[0]):
                    self.give(
                        node, item, self.bars.load((variable, path)), at(value.kind, path), path[1:], state
                    )
            if () in taken and (variable, ()) in self.bars.complete and is_inexact(item.kind):
                self.give(
                    node,
                    item,
                    subscript(self.bars.load((variable, ())), self.key_before(key, node)),
                    item.kind,
                    (),
                    BORROWED,
                )
            elif () in taken:
                share = self.share(self.bars.load((variable, ())), key, taken[()], node)
                self.give(
                    node,
                    item,
                    share,
                    item.kind,
                    (),
                    OPTIONAL if optional_items or taken[()] == OPTIONAL else BORROWED,
                )

    def spread_merged(
        self, node: Node, variable: str, taken: dict[Any, str], parts: list[Any], item: Node
    ) -> None:
        """Give ``**item`` in a display, or the original of a changed copy, what no later key has replaced."""
        position = next(i for i, (_, other) in enumerate(parts) if other is item)
        later = [each for key, other in parts[position + 1 :] for each in keys_of(key, other) or ()]
        kind = item.kind
        for path, state in taken.items():
            if path and path[0] not in later and path[0] in places_of(kind):
                self.give(node, item, self.bars.load((variable, path)), at(kind, path), path, state)
        if () in taken:
            keys = make("List", elts=[self.key_before(key, node) for key in later])
            whole = self.bars.load((variable, ()))
            if isinstance(kind, Dict):
                share = call(self.helper("merged"), [whole, self.atom_before(item, node), keys])
            else:
                share = call(self.helper("kept"), [whole, keys])
            self.give(node, item, share, kind, (), OPTIONAL)

    def share(self, whole: Node, key: Any, state: str, node: Node) -> Node:
        """Return the part of a container's cotangent that belongs to one key."""
        if is_tree(key):
            return call(self.helper("part"), [whole, self.key_before(key, node)])
        if state == OPTIONAL or isinstance(key, str | int) and not isinstance(key, bool):
            return call(self.helper("part"), [whole, constant(key)])
        return subscript(whole, constant(key))

    def give(self, node: Node, item: Node, value: Node, kind: Kind, path: Any, state: str) -> None:
        """Contribute to the place that an atom names."""
        place = self.place(item)
        if place is not None:
            key = (place[0], (*place[1], *path))
            self.bars.contribute(key, value, kind, fresh=False, optional=state == OPTIONAL)

    def built(self, node: Node, variable: str, taken: dict[Any, str], decision: Any, kind: Any) -> None:
        """Reverse of making a named tuple or dataclass."""
        names = list(getattr(kind.cls, "_fields", ())) if isinstance(kind, Tuple) else []
        parts = [
            (MERGED if name is None else names.index(name) if name in names else name, self.resolve(item))
            for name, item in decision.bound.items()
        ]
        self.spread(node, variable, taken, parts, node.value)

    def made_closure(self, node: Node, variable: str, taken: dict[Any, str], definition: Node) -> None:
        """Reverse of defining a function that escapes: its cotangent holds those of captures and defaults."""
        function = self.session.local_function_of(definition)
        whole = self.bars.load((variable, ()))
        if variable in function.captured:
            bar = call(self.helper("settled"), [whole, constant(variable)])
            self.bars.emit(make("Assign", targets=[store(whole.id)], value=bar))
        for name, default in defaults_of(definition.args).items():
            place = self.place(default)
            if place is not None and default.kind.active:
                share = call(self.helper("part"), [whole, constant(name)])
                self.bars.contribute(place, share, default.kind, optional=True)
        for name in function.captured:
            kind = self.kind_before(name, node)
            if name == variable or kind is None or not kind.active:
                continue
            if self.regions.assigned_later(name, node):
                self.session.problem(node, "ADJ115", name, self)
            share = call(self.helper("part"), [whole, constant(name)])
            self.bars.contribute((name, ()), share, kind, optional=True)

    def of_FunctionDef(self, node: Node) -> None:
        taken = self.bars.take(node.name)
        if taken:
            self.made_closure(node, node.name, taken, node)

    # --- stores ------------------------------------------------------------------------------
    def stored_item(self, node: Node, target: Node) -> None:
        """Reverse of ``container[key] = value`` for a local list or dict."""
        key = known_key(target.slice)
        if not is_tree(key) and isinstance(target.value.kind, Dict | Tuple):
            held = (each for each in places_of(target.value.kind) if each == key)  # True finds 1
            return self.stored_place(node, target, next(held, key))
        base = self.place(target.value)
        if base is None or not self.bars.keys(base[0]):
            return None
        whole = self.whole(base[0], target.value.kind, node, instantiate=False)
        if whole is None:
            return None
        key = (base[0], ())
        name = self.bars.name(key)
        self.bars.state[key] = OPTIONAL
        pair = make(
            "Tuple",
            elts=[
                make("Name", id=name, ctx=make("Store")),
                make("Name", id=self.scratch("item_bar"), ctx=make("Store")),
            ],
            ctx=make("Store"),
        )
        taken = call(self.helper("without"), [whole, self.atom_before(target.slice, node)])
        self.bars.emit(make("Assign", targets=[pair], value=taken))
        if node.value.kind.active:
            self.give(node, node.value, load(pair.elts[1].id), node.value.kind, (), OPTIONAL)
        return None

    def stored_place(self, node: Node, target: Node, key: Any) -> None:
        """Reverse of a store to a constant key or field: the place's cotangent goes to the value."""
        base = self.place(target.value)
        if base is None:
            return
        prefix = (*base[1], key)
        whole = (base[0], base[1])
        if whole in self.bars.state:
            share = self.share(self.bars.load(whole), key, OPTIONAL, node)
            self.give(node, node.value, share, node.value.kind, (), OPTIONAL)
            without = call(self.helper("without"), [self.bars.load(whole), constant(key)])
            self.bars.set(whole, subscript(without, constant(0)), OPTIONAL)
        for bar in self.bars.keys(base[0]):
            if bar[1][: len(prefix)] == prefix:
                state = self.bars.state.pop(bar)
                path = bar[1][len(prefix) :]
                self.give(node, node.value, self.bars.load(bar), at(node.value.kind, path), path, state)

    def of_Expr(self, node: Node) -> None:
        """Reverse of ``values.append(v)``: the last cotangent of the list belongs to ``v``."""
        decision = getattr(node.value, "decision", None)
        for name in sorted(getattr(node.value, "tainted", ())):
            if self.bars.keys(name):
                what = f"a call that may change `{name}`, which is used later,"
                self.session.problem(node, "ADJ119", what, self)
        if decision is None or decision.how != APPEND:
            return
        place = self.place(node.value.func.value)
        if place is None or place not in self.bars.state:
            return
        kind, item = node.value.func.value.kind, node.value.args[0]
        optional = (
            self.bars.state[place] == OPTIONAL or not is_number(item.kind) or not isinstance(kind, List)
        )
        self.own_container(place, kind, self.place_after(place, node))
        popped = (
            call(self.helper("pop"), [self.bars.load(place)])
            if optional
            else call(make("Attribute", value=self.bars.load(place), attr="pop"))
        )
        if self.place(item) is None or not item.kind.active:
            self.bars.emit(make("Expr", value=popped))
            return
        self.give(node, item, popped, item.kind, (), OPTIONAL if optional else BORROWED)

    def list_item(self, node: Node, variable: str, taken: dict[Any, str], value: Node) -> None:
        """Reverse of ``v = values[key]``."""
        for path, state in taken.items():
            self.bars.state[variable, path] = state
        kind = value.value.kind
        numbers = isinstance(kind, List) and isinstance(kind.element, Scalar) and is_number(value.kind)
        whole = self.whole(variable, value.kind, node, instantiate=numbers)
        place = self.place(value.value)
        if whole is None or place is None:
            return
        self.own_container(place, kind, self.place_before(place, node))
        index = self.atom_before(value.slice, node)
        bar, item = self.bars.load(place), subscript(self.bars.load(place), index)
        if numbers:  # whose cotangents are numbers, too, never None
            item.ctx = make("Store")
            op, share = signed(whole)
            self.bars.emit(make("AugAssign", target=item, op=make(op), value=share))
            return
        old = call(make("Attribute", value=bar, attr="get"), [index]) if isinstance(kind, Dict) else item
        total = call(self.helper("add"), [clone(old), whole])
        item.ctx = make("Store")
        self.bars.emit(make("Assign", targets=[item], value=total))

    def popped(self, node: Node, variable: str, taken: dict[Any, str], value: Node) -> None:
        """Reverse of ``v = values.pop()``: the cotangent of ``v`` goes back into the list's."""
        place = self.place(value.func.value)
        if place is None or not taken and place not in self.bars.state:
            return
        for path, state in taken.items():
            self.bars.state[variable, path] = state
        share = self.whole(variable, value.kind, node, instantiate=True)
        if share is None:
            number = is_number(value.kind)
            read = load(self.regions.read(variable, node, after=True, kind=value.kind))
            share = self.zeros(value.kind, read) if number else constant(None)
        self.own_container(place, value.func.value.kind, self.place_after(place, node))
        bar = self.bars.load(place)
        if value.args:
            index = self.atom_before(value.args[0], node)
            statement = call(self.helper("put_back"), [bar, index, share])
        else:
            statement = call(make("Attribute", value=bar, attr="append"), [share])
        self.bars.emit(make("Expr", value=statement))

    def own_container(self, place: Key, kind: Kind, primal: Node) -> None:
        """Make sure that the cotangent of a list, tuple or dict may be changed."""
        fresh = self.bars.state.get(place) in (None, OPTIONAL)
        self.bars.own(place, kind, self.empty(kind, primal) if fresh else constant(None))

    def own_array(self, place: Key, kind: Kind, node: Node) -> None:
        """Make sure that the cotangent of an array is a buffer that may be added to."""
        state = self.bars.state.get(place)
        zero = constant(None)
        if state in (None, OPTIONAL):
            zero = self.zeros(kind, self.place_before(place, node))
        self.bars.own(place, kind, zero)

    def zeros(self, kind: Kind, primal: Node) -> Node:
        """Return the zero cotangent of a value of this kind."""
        if isinstance(kind, Scalar):
            return constant(0.0)
        if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind in "fc" and kind.dims:
            if kind.dtype == np.float64:
                return call(self.numpy("zeros"), [attribute(primal, "shape")])
            return call(self.numpy("zeros_like"), [primal])
        return call(self.helper("zeros_like"), [primal])


def places_of(kind: Kind) -> set[Any]:
    """Return the keys, indices or fields of a container whose form is known."""
    if isinstance(kind, Tuple):
        return set(range(len(kind.items)))
    return set(dict((kind.fields if isinstance(kind, Object) else getattr(kind, "items", None)) or ()))
