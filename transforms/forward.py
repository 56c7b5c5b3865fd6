"""A forward data-flow walk over structured code, to a fixed point.

References: Kildall, "A unified approach to global program optimization" (POPL 1973).

>>> from dataclasses import dataclass
>>> from adjoint.transforms.syntax import names_written, parse
>>> @dataclass
... class Assigned:
...     names: frozenset
...     def joined(self, other):
...         return Assigned(self.names & other.names)
>>> class Surely(Forward):
...     def transfer(self, statement, state):
...         return Assigned(state.names | names_written(getattr(statement, 'targets', [])))
>>> body = parse('''
... if test:
...     a = 1; b = 2
... else:
...     b = 3
... ''').body
>>> Surely().block(body, Assigned(frozenset())).names
frozenset({'b'})
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from .changes import blocks_of
from .syntax import Node

MAX_ROUNDS = 50


class State(Protocol):
    """What is known at one point of a program."""

    def joined(self: S, other: S) -> S:
        """Return what holds on both of two paths."""
        raise NotImplementedError


S = TypeVar("S", bound=State)


class Forward(Generic[S]):
    """Walks a body; ``before`` holds the state in front of every statement that can be reached."""

    def __init__(self) -> None:
        self.before: dict[int, S] = {}
        self.breaks: list[list[S]] = []
        self.settled: dict[int, tuple[S, S]] = {}  # of each loop the last state before and after it

    def transfer(self, statement: Node, state: S) -> S:
        """Return the state after a simple statement, or after the head of a compound one."""
        raise NotImplementedError

    def leave(self, statement: Node, state: S) -> S:
        """Return the state after a ``with`` block."""
        return state

    def block(self, statements: list[Node], state: S | None) -> S | None:
        """Walk statements in order; None where control does not arrive."""
        for statement in statements:
            if state is None:
                return None
            state = self.statement(statement, state)
        return state

    def statement(self, statement: Node, state: S) -> S | None:
        """Walk one statement."""
        known = self.before.get(id(statement))
        self.before[id(statement)] = state if known is None else state.joined(known)
        kind = type(statement).__name__
        if kind in ("For", "While"):
            return self.loop(statement, state)
        state = self.transfer(statement, state)
        if kind in ("Break", "Continue"):
            if self.breaks:
                self.breaks[-1].append(state)
            return None
        if kind in ("Return", "Raise"):
            return None
        if kind == "If":
            return self.branch(statement, state)
        if kind == "With":
            end = self.block(statement.body, state)
            return None if end is None else self.leave(statement, end)
        for inner in blocks_of(statement):  # `try` and `match`: every block may or may not run
            state = joined(state, self.block(inner, state)) or state
        return state

    def branch(self, node: Node, state: S) -> S | None:
        """Both arms."""
        return joined(self.block(node.body, state), self.block(node.orelse, state))

    def loop(self, node: Node, start: S) -> S:
        """A loop body, until the state at its head no longer changes.

        The loops around it walk it again, often from the same state: else the time would double with
        every level of nesting.
        """
        if id(node) in self.settled and self.settled[id(node)][0] == start:
            return self.settled[id(node)][1]
        head = start
        for _ in range(MAX_ROUNDS):
            self.breaks.append([])
            entered = self.transfer(node, head)
            end = self.block(node.body, entered)
            leaving = self.breaks.pop()
            again = head if end is None else head.joined(end)
            for state in leaving:
                again = again.joined(state)  # `continue` comes back here; for `break` this is cautious
            if again == head:
                break
            head = again
        end = entered if type(node).__name__ == "While" else head
        self.settled[id(node)] = start, end
        return end


def joined(a: S | None, b: S | None) -> S | None:
    """Join the states of two paths, one of which may not exist."""
    if a is None or b is None:
        return b if a is None else a
    return a.joined(b)
