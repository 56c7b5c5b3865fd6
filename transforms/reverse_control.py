"""The reverse of branches and loops.

A branch is reversed by the same branch, its test read again.  A loop is reversed by a loop over the
records of its trips, last trip first; which cotangents are alive at its head is found by reversing
the body until nothing changes.

>>> from adjoint import source
>>> def f(x, n):
...     y = 1.0
...     for k in range(n):
...         if k > 0:
...             y = y * x
...     return y
>>> print(source(f, 2.0, 3, stage='saving'))
def f(x, n):
    y = 1.0
    trips_3 = []
    for k in range(n):
        if_4 = k > 0
        if if_4:
            trips_3.append((if_4, y))
            y = y * x
        else:
            trips_3.append((if_4, None))
    # reverse
    y_bar = 1.0
    x_bar = 0.0
    for if_4, y_5 in reversed(trips_3):
        if if_4:
            x_bar = x_bar + y_bar * y_5
            y_bar = y_bar * x
    result = x_bar
    return y, result
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.kinds import Dict, Kind, List, Object, Scalar, Tuple, is_number, join

from .bars import BORROWED, OPTIONAL, OWNED, Bars, Key, at
from .calls import CallReverse
from .regions import Regions
from .syntax import Node, assign, call, constant, make

State = dict[Key, str]


class ControlReverse(CallReverse):
    """The part of the reverse pass that deals with control flow."""

    bars: Bars
    regions: Regions

    def block(self, statements: list[Node]) -> None:
        """Reverse a block, last statement first."""
        for statement in reversed(statements):
            self.statement(statement)

    def statement(self, node: Node) -> None:
        """Reverse one statement."""
        raise NotImplementedError  # defined by the pass

    def of_With(self, node: Node) -> None:
        self.block(node.body)

    # --- branches ----------------------------------------------------------------------------
    def of_If(self, node: Node) -> None:
        entry = dict(self.bars.state)
        arms = [self.arm(node.body, entry), self.arm(node.orelse, entry)]
        self.meet(node, arms)
        self.bars.state = arms[0][1]
        if any(statements for statements, _ in arms):
            test = self.read_name(node.test, node)
            self.bars.origin = getattr(node, "origin", node)
            branch = make("If", test=test, body=arms[0][0], orelse=arms[1][0])
            self.bars.emit(branch)

    def arm(self, block: list[Node], entry: State) -> tuple[list[Node], State]:
        """Reverse one arm from the given state."""
        outer, self.bars.out = self.bars.out, []
        self.bars.state = dict(entry)
        self.bars.complete = set()
        self.block(block)
        self.bars.complete = set()  # the other path may leave None
        result, self.bars.out = self.bars.out, outer
        return result, self.bars.state

    def meet(self, node: Node, arms: list[tuple[list[Node], State]]) -> None:
        """Make both arms leave with the same cotangents."""
        for key in sorted({*arms[0][1], *arms[1][1]}, key=repr):
            states = [state.get(key) for _, state in arms]
            if states[0] == states[1]:
                continue
            if self.unborn(key[0], node):
                for _, state in arms:
                    state.pop(key, None)
                continue
            kind = self.kind_of_key(key, node)
            assert kind is not None, f"nothing is known of {key}: its cotangent would be lost"
            filled = [each or self.zero_state(key, kind, node) for each in states]
            joined = weakest(*filled)
            for (statements, state), old in zip(arms, states, strict=True):
                if old is None:
                    statements.append(self.zero_of(key, kind, node, before=True))
                state[key] = joined

    def zero_state(self, key: Key, kind: Kind, node: Node) -> str:
        """Return the state of a cotangent that was just set to zero; it may have no value to be like."""
        known = isinstance(kind, Scalar) or (is_number(kind) and self.regions.is_bound(key[0], node))
        return OWNED if known else OPTIONAL

    def zero_of(self, key: Key, kind: Kind, node: Node, before: bool) -> Node:
        """Return the statement that sets a cotangent to zero."""
        value = constant(None)
        if isinstance(kind, Scalar):
            value = constant(0.0)
        elif self.zero_state(key, kind, node) == OWNED:
            primal = self.place_before(key, node) if before else self.place_after(key, node)
            value = self.zeros(kind, primal)
        statement = assign(self.bars.name(key), value)
        statement.origin = getattr(node, "origin", node)
        return statement

    def kind_of_key(self, key: Key, node: Node) -> Kind | None:
        """Return the kind of a variable's place before a statement; None if it has no value there."""
        kind = self.kind_before(key[0], node)
        if kind is None:
            return None
        try:
            return at(kind, key[1])
        except (KeyError, IndexError):
            return None

    def kind_before(self, name: str, node: Node) -> Kind | None:
        """Return the kind of a variable before a statement."""
        kinds = getattr(node, "kinds_before", None)
        if kinds is not None and name in kinds:
            kind: Kind | None = kinds[name]
            return kind
        return self.kinds.get(name)

    def unborn(self, name: str, node: Node) -> bool:
        """Whether a variable has no value before a branch: then nobody reads its cotangent there."""
        kinds = getattr(node, "kinds_before", None)
        return kinds is not None and name not in kinds and name in self.unit.inference.local

    # --- loops -------------------------------------------------------------------------------
    def of_For(self, node: Node) -> None:
        self.loop(node)

    def of_While(self, node: Node) -> None:
        self.loop(node)

    def loop(self, node: Node) -> None:
        """Reverse a loop: find the state at its head, then write it."""
        entry = dict(self.bars.state)
        head = dict(entry)
        raised: set[Key] = set()
        while True:
            body, leaving, wanted = self.trial(node, head)
            new = self.head_state(node, head, leaving, wanted - raised)
            raised |= wanted
            if new == head:
                break
            head = new
        self.before_loop(node, entry, head)
        self.bars.state = dict(head)
        if body or any(leaving.get(key) != state for key, state in head.items()):
            for key in sorted(head, key=repr):
                if key not in leaving:
                    body.append(self.reset(key, node))
            loop = make("For", target=constant(None), iter=constant(None), body=body)
            loop.reverses = node
            self.bars.origin = getattr(node, "origin", node)
            self.bars.emit(loop)

    def trial(self, node: Node, head: State) -> tuple[list[Node], State, set[Key]]:
        """Reverse the body of a loop from a supposed state at its head."""
        outer, self.bars.out = self.bars.out, []
        wanted, self.bars.wanted = self.bars.wanted, set()
        self.bars.state = dict(head)
        self.bars.complete = set()
        self.block(node.body)
        self.bars.complete = set()
        target = node.target if type(node).__name__ == "For" else None
        for name in names_of(target):
            self.bars.take(name)
        body, self.bars.out = self.bars.out, outer
        found, self.bars.wanted = self.bars.wanted, wanted | self.bars.wanted
        return body, self.bars.state, found

    def head_state(self, node: Node, head: State, leaving: State, wanted: set[Key]) -> State:
        """Return the state at the loop's head that entering and repeating the loop have in common."""
        result: State = {}
        for key in sorted({*head, *leaving}, key=repr):
            kind = self.loop_kind(key, node)
            assert kind is not None, f"nothing is known of {key}: its cotangent would be lost"
            container = isinstance(kind, List | Tuple | Dict) and key in wanted
            zero = OWNED if container else self.zero_state(key, kind, node)
            old, new = head.get(key), leaving.get(key)
            if old is not None and new is None and not isinstance(kind, Scalar):
                result[key] = OPTIONAL  # every trip uses it up; how large the next one is nobody knows
            elif key in wanted and (old is not None or self.regions.is_bound(key[0], node)):
                result[key] = OWNED
            else:
                result[key] = zero if old is None else weakest(old, new or zero)
        return result

    def loop_kind(self, key: Key, node: Node) -> Kind | None:
        """Return the kind of a variable's place at the head of a loop."""
        kinds = getattr(node, "kinds_head", {})
        kind = kinds.get(key[0]) or self.kinds.get(key[0])
        after = getattr(node, "kinds_after", None) or {}
        if key[0] in after and kind is not None:
            kind = join(kind, after[key[0]])
        if kind is None:
            return None
        try:
            return at(kind, key[1])
        except (KeyError, IndexError):
            return None

    def before_loop(self, node: Node, entry: State, head: State) -> None:
        """Create before the reverse loop the cotangents that its trips add to."""
        self.bars.origin = getattr(node, "origin", node)
        for key, state in sorted(head.items(), key=repr):
            kind = self.loop_kind(key, node)
            old = entry.get(key)
            if kind is None or old == state:
                continue
            if old is None:
                self.bars.emit(self.first_zero(key, kind, state, node))
            elif state == OWNED or state == BORROWED and old == OPTIONAL:  # it must be something then
                self.bars.state[key] = old
                self.owned_before(key, kind, node)

    def first_zero(self, key: Key, kind: Kind, state: str, node: Node) -> Node:
        if isinstance(kind, List | Tuple | Dict) and state != OPTIONAL:
            return assign(self.bars.name(key), self.empty(kind, self.place_after(key, node)))
        return self.zero_of(key, kind, node, before=False)

    def owned_before(self, key: Key, kind: Kind, node: Node) -> None:
        if self.bars.state.get(key) == OPTIONAL and isinstance(kind, List):
            copy = call(self.helper("owned_like"), [self.bars.load(key), self.place_after(key, node)])
            self.bars.wanted.add(key)
            self.bars.set(key, copy, OWNED)
            return
        zero = constant(None)
        if self.bars.state.get(key) == OPTIONAL:
            zero = self.empty(kind, self.place_after(key, node))
        self.bars.own(key, kind, zero)

    def empty(self, kind: Kind, primal: Node) -> Node:
        """Return the zero cotangent of a list, tuple, dict or array, to be filled."""
        if isinstance(kind, Dict):
            return make("Dict", keys=[], values=[])
        if isinstance(kind, Tuple):
            nothing = make("List", elts=[constant(None)], ctx=make("Load"))
            return make(
                "BinOp", left=nothing, op=make("Mult"), right=call(self.unit.builtin("len"), [primal])
            )
        return call(self.helper("zeros_like"), [primal])

    def reset(self, key: Key, node: Node) -> Node:
        """Set a cotangent to zero at the end of a trip that has used it up."""
        number = isinstance(self.loop_kind(key, node), Scalar)
        return assign(self.bars.name(key), constant(0.0 if number else None))


def weakest(*states: str) -> str:
    """Return what is certain of a cotangent that is in one of several states."""
    if OPTIONAL in states:
        return OPTIONAL
    return BORROWED if BORROWED in states else OWNED


def names_of(target: Any) -> set[str]:
    """Return the names that a loop target binds."""
    if target is None:
        return set()
    if type(target).__name__ == "Name":
        return {target.id}
    return {name for item in getattr(target, "elts", []) for name in names_of(item)}


__all__ = ["ControlReverse", "Object", "Tuple"]
