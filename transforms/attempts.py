"""Treat ``try`` as a plain block where a handler cannot let the function go on.

A handler that ends in ``raise`` leaves the function, and with it the derivative: the lines that are
reversed are those of the body.  Such a block is carried through the passes as a ``with`` without
context managers, and printed as ``try`` again.  ``finally`` becomes statements after the block and,
in a handler of its own, before the exception goes on.

>>> from adjoint.transforms.syntax import parse
>>> tree = parse('''
... def f(x):
...     try:
...         y = x / 2
...     except TypeError as error:
...         raise ValueError('no number') from error
...     finally:
...         print('done')
...     return y
... ''').body[0]
>>> from adjoint.transforms.emit import Writer
>>> writer = Writer('demo.py', [], comments=False)
>>> tree = plain_attempts(tree, False, Namer({'f', 'x', 'y'}), lambda name, value: name)
>>> writer.block(tree.body, 0)
>>> print(chr(10).join(writer.lines))
try:
    try:
        y = x / 2
    except TypeError as error:
        raise ValueError('no number') from error
except BaseException:
    print('done')
    raise
print('done')
return y
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

from adjoint.rules.errors import DifferentiationError

from .namer import Namer
from .normalize import JUMPS, exits
from .syntax import Node, assign, call, clone, constant, load, make, walk

BLOCKS = ("body", "orelse", "finalbody")
SCOPES = ("FunctionDef", "AsyncFunctionDef", "Lambda", "ClassDef")
Helper = Callable[[str, Any], str]

#: Functions whose ``try`` blocks are differentiated along the path without an exception.
ALLOWED: weakref.WeakSet[Any] = weakref.WeakSet()


def plain_attempts(tree: Node, allowed: bool, namer: Namer, helper: Helper) -> Node:
    """Return a function definition with the ``try`` blocks that can be plain blocks (in place).

    Args:
        tree: a function definition.
        allowed: handlers that would let the function go on raise an error instead.
        namer: hands out names for values that are returned.
        helper: registers an object and returns the name under which the function sees it.
    """
    if any(type(node).__name__ == "Try" for node in walk(tree.body)):
        tree.body = Attempts(allowed, namer, helper).block(tree.body)
    return tree


class Attempts:
    """Rewrites the ``try`` statements of one function."""

    def __init__(self, allowed: bool, namer: Namer, helper: Helper) -> None:
        self.allowed = allowed
        self.namer = namer
        self.helper = helper

    def block(self, statements: list[Node]) -> list[Node]:
        """Rewrite a block of statements, innermost first."""
        result: list[Node] = []
        for node in statements:
            kind = type(node).__name__
            if kind not in SCOPES:
                for name in BLOCKS:
                    if getattr(node, name, None):
                        setattr(node, name, self.block(getattr(node, name)))
                for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                    part.body = self.block(part.body)
            result += self.rewritten(node) if kind == "Try" else [node]
        return result

    def rewritten(self, node: Node) -> list[Node]:
        """Return the statements that mean a ``try`` statement; itself if that is not possible."""
        going_on = [handler for handler in node.handlers if exits(handler.body) != {"raise"}]
        if going_on and not self.allowed or exits(node.finalbody) != {"fall"}:
            return [node]
        body = [attempt(node, node.body, node.handlers), *node.orelse] if node.handlers else node.body
        final: list[Node] = []
        if node.finalbody:
            name = self.namer.fresh("out") if "return" in exits(body) else ""
            body, returned = without_return(body, name)
            if exits(body) & JUMPS:
                return [node]
            leaving = make("Raise", node.finalbody[-1], exc=None, cause=None)
            caught = make("Name", node, id="BaseException", ctx=make("Load"))
            copy = [*clone(node.finalbody), leaving]
            body = [attempt(node, body, [make("ExceptHandler", node, type=caught, name=None, body=copy)])]
            final = [*node.finalbody, *([make("Return", node, value=load(name, node))] if returned else [])]
        for handler in going_on:
            self.refuse(handler)
        return [*body, *final]

    def refuse(self, handler: Node) -> None:
        """Let a handler raise the error that says that it ran."""
        error = functools.partial(handled, handler.lineno)
        name = self.helper(f"handled_{handler.lineno}", error)
        handler.body = [make("Raise", handler, exc=call(load(name), []), cause=None)]


def without_return(body: list[Node], name: str) -> tuple[list[Node], bool]:
    """Let a block that ends in ``return value`` assign the value; say whether it did."""
    last: Any = body[-1] if body else None
    kind = type(last).__name__
    if kind == "Return":
        value = constant(None) if last.value is None else last.value
        return [*body[:-1], assign(name, value, last)], True
    if kind == "With":
        last.body, returned = without_return(last.body, name)
        return body, returned
    return body, False


def attempt(node: Node, body: list[Node], handlers: list[Node]) -> Node:
    """Return a block that is printed as ``try`` with handlers, all of which raise."""
    made = make("With", node, items=[], body=body)
    made.handlers = handlers
    return made


def handled(line: int) -> DifferentiationError:
    """Return the error for an exception that a ``try`` block of a differentiated function caught."""
    return DifferentiationError(
        "ADJ306",
        title=f"the `except` block at line {line} ran",
        why="with allow_try=True the path without exceptions is differentiated; this call took another.",
        fixes=(
            "call the derivative only where no exception is raised",
            "test for the condition before, instead of catching the exception",
        ),
    )


__all__ = ["ALLOWED", "handled", "plain_attempts"]
