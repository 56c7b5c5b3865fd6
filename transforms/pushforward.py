"""The pushforward of a lowered function: every statement is followed by that of its tangent.

Statements keep their order, so values are read under the user's own names, and a change in place is
mirrored by the same change of the tangent.

Reference: Griewank & Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), section 3.1.

>>> from adjoint import source
>>> def f(x, n):
...     for _ in range(n):
...         if x > 1.0:
...             x = x * x
...     return x
>>> print(source(f, 2.0, 3, mode='forward', stage='pushforward'))
def f(x_dot, x, n):
    for _ in range(n):
        if_3 = x > 1.0
        if if_3:
            x_dot = 2.0 * x_dot * x
            x = x * x
    return x, x_dot
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.kinds import Array, Closure, Dict, Kind, Known, List, Object, Tuple, Unknown, is_number

from .atoms import is_active_statement, is_atom
from .decide import BUILD, DYNAMIC, ITEM, MIRROR, MISSING, PATH, POP, RULE, UNBOUND, UNIT
from .dots import covers, is_full
from .explain import problem_at
from .memory import flat, kind_at
from .push_calls import CallPush
from .regions import Regions, mutated
from .syntax import (
    Node,
    assign,
    attribute,
    call,
    clone,
    constant,
    load,
    make,
    names_written,
    store,
    subscript,
    unparse,
    walk,
)


class Pushforward(CallPush):
    """Writes the pushforward of one function; see the module docstring."""

    def __init__(self, session: Any, unit: Any, regions: Regions) -> None:
        super().__init__(session, unit)
        self.regions = regions
        self.problems = []
        self.current: Node = None
        self.late: dict[str, list[Any]] = {}  # what to report if a function's tangent is needed

    def run(self, body: list[Node]) -> list[Node]:
        """Return the statements of the pushforward."""
        self.mutable = stored_into(body)
        self.changed = {name for name in self.mutable if isinstance(self.kinds.get(name), Array)}
        zeros = []
        for name, kind in self.unit.parameters.items():
            if self.has_dot(name) and name not in self.unit.active and not isinstance(kind, Closure):
                zeros.append(assign(self.name(name), self.zero(kind, load(name)), body[0]))
            elif name in self.unit.active and not covers(kind, self.kinds[name]):
                room = call(self.helper("filled"), [load(self.name(name)), load(name)])
                zeros.append(assign(self.name(name), room, body[0]))
        return zeros + self.block(body)

    def block(self, statements: list[Node]) -> list[Node]:
        """Push a block of statements."""
        outer, self.out = self.out, []
        for statement in statements:
            self.origin, self.current = getattr(statement, "origin", statement), statement
            getattr(self, f"of_{type(statement).__name__}", self.copied)(statement)
        result, self.out = self.out, outer
        return result

    def copied(self, node: Node) -> None:
        """Keep an inactive statement; the variables it assigns have zero tangents."""
        self.primal(node)
        if type(node).__name__ == "Delete" and all(type(t).__name__ == "Name" for t in node.targets):
            return
        for name in sorted(names_written(node) | (mutated(node) - active_roots(node))):
            if self.has_dot(name):
                self.set(name, call(self.helper("zero_tangent"), [load(name)]))

    # --- control flow ------------------------------------------------------------------------
    def of_If(self, node: Node) -> None:
        origin = self.origin
        node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        self.origin = origin
        self.emit(node)

    def of_For(self, node: Node) -> None:
        origin = self.origin
        zeros = [
            assign(self.name(name), call(self.helper("zero_tangent"), [load(name)]))
            for name in sorted(names_written(node.target))
            if self.has_dot(name)
        ]
        node.body = zeros + self.block(node.body)
        self.origin = origin
        self.emit(node)

    def of_While(self, node: Node) -> None:
        origin = self.origin
        node.body = self.block(node.body)
        self.origin = origin
        self.emit(node)

    def of_With(self, node: Node) -> None:
        origin = self.origin
        inner = self.block(node.body)
        zeros = [
            assign(self.name(name), constant(None))
            for item in node.items
            if item.optional_vars is not None
            for name in sorted(names_written(item.optional_vars))
            if self.has_dot(name)
        ]
        node.body = zeros + inner
        self.origin = origin
        self.emit(node)

    def of_FunctionDef(self, node: Node) -> None:
        self.primal(node)
        if self.has_dot(node.name):
            self.defined(node.name, node)

    def defined(self, variable: str, definition: Node) -> None:
        """Bind the tangent of a function that has just been made."""
        self.note_late(variable, definition)
        self.set(variable, self.closure_dot(definition, variable))
        if variable in self.session.local_function_of(definition).captured:
            own = self.name(variable)  # a recursive function captures itself: so does its tangent
            place = make("Subscript", value=load(own), slice=constant(variable), ctx=make("Store"))
            self.emit(make("Assign", targets=[place], value=load(own)))

    def note_late(self, variable: str, definition: Node) -> None:
        """Note variables that a function captures and that are assigned again behind its definition."""
        for name in self.session.local_function_of(definition).captured:
            if self.has_dot(name) and self.regions.assigned_later(name, self.current):
                problem = problem_at(self.unit, definition, "ADJ115", name)
                self.late.setdefault(self.name(variable), []).append(problem)

    # --- assignments -------------------------------------------------------------------------
    def of_Assign(self, node: Node) -> None:
        target = node.targets[0]
        kind = type(target).__name__
        if len(node.targets) > 1:
            self.copied(node)
        elif kind == "Name":
            self.assigned_name(node, target.id)
        elif kind in ("Tuple", "List"):
            self.unpacked(node, target)
        else:
            self.stored(node, target)

    def assigned_name(self, node: Node, variable: str) -> None:
        """Push ``v = operation``."""
        value = node.value
        decision = getattr(value, "decision", None)
        how = getattr(decision, "how", None)
        if how == POP:
            self.taken_out(node, variable, value)
        elif how == UNIT and self.pushes_unit(value):
            self.by_unit(node, variable, value)
        elif not self.has_dot(variable):
            self.primal(node)
        elif not value.kind.active:
            self.inactive(node, variable, value)
        elif how == RULE:
            self.by_rule(node, variable, value)
        elif type(value).__name__ == "Call" and how is None:
            self.unresolved(node, value)
        elif how in (DYNAMIC, MISSING, UNBOUND):  # the last two are refused when the program runs
            self.by_call(node, variable, value)
        elif type(value).__name__ == "Lambda":
            self.primal(node)
            self.defined(variable, value.definition)
        else:
            self.written(node, variable, value, lambda out: self.structure(value, self.kinds[variable]), [])

    def pushes_unit(self, value: Node) -> bool:
        """Whether a compiled function returns a tangent, or may change what its active arguments hold."""
        decision = value.decision
        given = [*decision.operands, *(node for item in decision.bound.values() for node in flat(item))]
        held = all(is_atom(self.resolve(operand)) for operand in given if hasattr(operand, "kind"))
        holds = any(kind.active and not is_number(kind) for kind in decision.unit.parameters.values())
        return bool(decision.unit.active) and (value.kind.active or held and holds)

    def unresolved(self, node: Node, value: Node) -> None:
        """Refuse a call in code that was not checked: no rule takes it."""
        name = unparse(getattr(value, "func", value))
        self.problems.append(problem_at(self.unit, node, "ADJ201", name, skeleton="", nearest=""))

    def inactive(self, node: Node, variable: str, value: Node) -> None:
        """``v = constant``: the tangent is zero."""
        self.primal(node)
        self.set(variable, self.zero_of(value, load(variable), self.kinds[variable]))

    def zero_of(self, value: Node, read: Node, wanted: Kind) -> Node:
        """Return the zero tangent of a new value; that of an empty container is another one."""
        kind = type(value).__name__
        if kind in ("List", "Dict") and not (getattr(value, "elts", None) or getattr(value, "values", None)):
            return clone(value)
        return self.zero(value.kind, read)

    def structure(self, value: Node, wanted: Kind) -> Node:
        """Return the tangent of an expression that only moves values."""
        kind, decision = type(value).__name__, getattr(value, "decision", None)
        how = getattr(decision, "how", None)
        if how == BUILD:
            return self.built(value, wanted)
        if how == ITEM:
            dot = subscript(self.needed_dot(value.value), clone(value.slice))
            dot = (
                dot
                if items_cover(value.value.kind, value.kind)
                else call(self.helper("filled"), [dot, clone(value)])
            )
            return self.completed(dot, value, wanted)
        if kind == "Dict":
            return self.dict_display(value, wanted)
        if kind in ("Tuple", "List"):
            wants = [item_kind(wanted, i) for i in range(len(value.elts))]
            elts = [self.dot_as(item, want) for item, want in zip(value.elts, wants, strict=True)]
            return make(kind, elts=elts, ctx=make("Load"))
        return self.completed(self.dot_of(value), value, wanted)

    def needed_dot(self, node: Node) -> Node:
        """Return the tangent of an active atom."""
        dot = self.dot(node)
        assert dot is not None
        return dot

    def dict_display(self, value: Node, wanted: Kind) -> Node:
        """Return the tangent of a dict display."""
        keys: list[Node | None] = []
        values: list[Node] = []
        for key, item in zip(value.keys, value.values, strict=True):
            keys.append(None if key is None else clone(key))
            if key is None:
                values.append(self.dot_as(item, wanted if self.dot(item) is None else item.kind))
            else:
                values.append(self.dot_as(item, item_kind(wanted, getattr(key, "value", None))))
        return make("Dict", keys=keys, values=values)

    def built(self, value: Node, wanted: Kind) -> Node:
        """Return the tangent of a named tuple (a tuple) or of a record (a dict of its fields)."""
        bound = {name: self.resolve(item) for name, item in value.decision.bound.items()}
        original = bound.pop(None, None)
        if isinstance(value.kind, Tuple):
            names = getattr(value.kind.cls, "_fields", ())
            elts = []
            for i, name in enumerate(names):
                want = item_kind(wanted, i)
                if name in bound:
                    elts.append(self.dot_as(bound[name], want))
                elif original is not None and self.dot(original) is not None:
                    elts.append(subscript(self.needed_dot(original), constant(i)))
                else:
                    elts.append(constant(None))
            return make("Tuple", elts=elts)
        keys: list[Node | None] = [constant(name) for name in bound]
        values = [self.dot_as(item, item_kind(wanted, name)) for name, item in bound.items()]
        if original is not None:
            keys, values = [None, *keys], [self.dot(original) or make("Dict"), *values]
        return make("Dict", keys=keys, values=values)

    def taken_out(self, node: Node, variable: str, value: Node) -> None:
        """``v = values.pop(i)``: the same for the tangents."""
        self.primal(node)
        dot = call(attribute(self.needed_dot(value.func.value), "pop"), [clone(arg) for arg in value.args])
        if self.has_dot(variable):
            self.set(variable, dot)
        else:
            self.emit(make("Expr", value=dot))

    # --- unpacking ---------------------------------------------------------------------------
    def unpacked(self, node: Node, target: Node) -> None:
        """``a, b = value``."""
        kind, dot = node.value.kind, self.dot(node.value) if node.value.kind.active else None
        if dot is None:
            return self.copied(node)
        star = next((i for i, each in enumerate(target.elts) if type(each).__name__ == "Starred"), None)
        fits = isinstance(kind, Tuple) and len(kind.items) == len(target.elts)
        rows = isinstance(kind, Array) and self.part == "pushforward"
        plain = star is None and (fits or rows or isinstance(kind, List))
        names = [(each.value if type(each).__name__ == "Starred" else each).id for each in target.elts]
        stores = [store(self.name(name)) if self.has_dot(name) else store("_") for name in names]
        if not plain:
            args = [clone(node.value), dot, constant(len(names)), constant(star)]
            dot = call(self.helper("unpacked_dots"), args)
        pair = make("Tuple", elts=stores, ctx=make("Store"))
        overwrites = type(node.value).__name__ == "Name" and node.value.id in names
        if not overwrites:
            self.primal(node)
        self.emit(make("Assign", targets=[pair], value=dot))
        if overwrites:
            self.primal(node)
        for i, name in enumerate(names):
            have = item_at(kind, i, len(names), star)
            lacks = have is not None and not covers(have, self.kinds[name])
            if self.has_dot(name) and (lacks or not plain and name in self.mutable):
                self.set(name, call(self.helper("filled"), [load(self.name(name)), load(name)]))
        return None

    # --- stores ------------------------------------------------------------------------------
    def stored(self, node: Node, target: Node) -> None:
        """``base[key] = value``, ``base.field = value``: the same store into the tangent."""
        base = target.value
        self.primal(node)
        dot = self.place_dot(base)
        if dot is None:
            return
        key = clone(target.slice) if type(target).__name__ == "Subscript" else constant(target.attr)
        wanted = item_kind(self.wanted_kind(base), getattr(key, "value", None))
        if isinstance(base.kind, Array | Unknown):
            value = self.dot(node.value) or constant(0.0)
            if not is_number(node.value.kind):  # whose tangent may be None, which an array takes for NaN
                value = call(self.helper("filled"), [value, clone(self.resolve(node.value))])
        else:
            value = self.dot_as(node.value, wanted)
        place = make("Subscript", value=dot, slice=key, ctx=make("Store"))
        self.emit(make("Assign", targets=[place], value=value))

    def place_dot(self, base: Node) -> Node | None:
        """Return the tangent of what is stored into, if its variable has one anywhere."""
        if type(base).__name__ == "Name":
            return load(self.name(base.id)) if self.has_dot(base.id) else None
        return self.dot(base)

    def wanted_kind(self, base: Node) -> Kind:
        """Return the kind by which a container's tangent was made."""
        known = self.kinds.get(base.id) if type(base).__name__ == "Name" else None
        found: Kind = base.kind if known is None else known
        return found

    def of_Expr(self, node: Node) -> None:
        """``values.append(v)`` and functions that add into a buffer; other calls change no tangent."""
        value = node.value
        decision = getattr(value, "decision", None)
        if getattr(decision, "how", None) == MIRROR:
            return self.mirrored(node, value)
        func: Any = getattr(value, "func", None)
        if getattr(func, "attr", None) == "append" and hasattr(getattr(func, "value", None), "kind"):
            return self.appended(node, value, func.value)
        if is_active_statement(node) or getattr(value, "tainted", None):
            return self.primal(node)
        return self.copied(node)

    def appended(self, node: Node, value: Node, base: Node) -> None:
        """``values.append(v)``: the tangent's list grows, too."""
        self.primal(node)
        dot = self.place_dot(base) if is_atom(base) else None
        if dot is not None and len(value.args) == 1:
            item = self.dot_as(value.args[0], item_kind(self.wanted_kind(base), None))
            self.emit(make("Expr", value=call(attribute(dot, "append"), [item])))

    def mirrored(self, node: Node, value: Node) -> None:
        """A call that changes its first argument in place and is linear in it and in its last."""
        self.primal(node)
        buffer, share = value.args[0], value.args[-1]
        dot, share_dot = self.place_dot(buffer), self.share_dot(value, share)
        if dot is not None and share_dot is not None:
            args = [dot, *(clone(arg) for arg in value.args[1:-1]), share_dot]
            self.emit(make("Expr", value=call(clone(value.func), args)))

    def share_dot(self, value: Node, share: Node) -> Node | None:
        """Return the tangent of what a mirrored call puts into its buffer; None where it adds nothing."""
        dot, callee = self.dot(share), getattr(value, "callee", None)
        inserts = isinstance(callee, Known) and getattr(callee.value, "__adjoint_mirrored__", "") == "inserts"
        return self.zero(share.kind, clone(share)) if dot is None and inserts else dot

    def of_AugAssign(self, node: Node) -> None:
        """``x += y`` without active operands."""
        self.copied(node)

    def of_Return(self, node: Node) -> None:
        dot = self.dot(node.value) if node.value is not None else None
        value = node.value if node.value is not None else constant(None)
        self.emit(make("Return", node, value=make("Tuple", elts=[value, dot or constant(None)])))


def active_roots(statement: Node) -> set[str]:
    """Return the variables that are active where an inactive statement may change something in them."""
    active = (n.id for n in walk(statement) if type(n).__name__ == "Name" and kind_at(n).active)
    return set(active)


def items_cover(kind: Kind, wanted: Kind) -> bool:
    """Whether every item of a container has a tangent that serves where one of a kind is wanted."""
    if isinstance(kind, Tuple):
        return all(covers(item, wanted) for item in kind.items)
    if isinstance(kind, Dict) and kind.items is not None:
        return all(covers(item, wanted) for _, item in kind.items)
    return isinstance(kind, List) or is_full(kind)


def item_kind(kind: Kind, key: Any) -> Kind:
    """Return the kind of an item of a container as far as it is known."""
    if isinstance(kind, Tuple) and isinstance(key, int) and key < len(kind.items):
        return kind.items[key]
    if isinstance(kind, List) or isinstance(kind, Dict) and kind.items is None:
        return kind if kind.element is None else kind.element
    known: dict[Any, Kind] = {}
    if isinstance(kind, Dict | Object):
        known = dict((kind.fields if isinstance(kind, Object) else kind.items) or ())
    return known.get(key, kind)


def stored_into(body: list[Node]) -> set[str]:
    """Return the variables whose arrays and lists some statement changes in place."""
    names: set[str] = set()
    for node in walk(body):
        target: Any = None
        decision = getattr(getattr(node, "value", None), "decision", None)
        if type(node).__name__ in ("Assign", "AugAssign"):
            target = node.targets[0] if type(node).__name__ == "Assign" else node.target
        elif type(node).__name__ == "Expr" and getattr(decision, "how", "") == MIRROR:
            target = make("Subscript", value=node.value.args[0])
        elif type(node).__name__ == "Call" and getattr(node.func, "attr", "") in (
            "append",
            "extend",
            "insert",
            "pop",
        ):
            target = node.func
        if type(target).__name__ in ("Subscript", "Attribute") and type(target.value).__name__ == "Name":
            names.add(target.value.id)
    return names


def item_at(kind: Kind, i: int, count: int, star: int | None) -> Kind | None:
    """Return the kind of the item of a tuple that the i-th of some names receives; None if it is starred."""
    if not isinstance(kind, Tuple) or i == star:
        return None
    return kind.items[i if star is None or i < star else i - count]


__all__ = ["PATH", "Pushforward", "load"]
