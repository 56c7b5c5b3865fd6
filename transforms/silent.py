"""Calls whose values carry no derivative any further: ``print(report(x))``, ``if failed(x):``.

Such a call is copied as it stands, so it does not matter whether there is a derivative of what it computes.
What it changes or keeps matters as ever.

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.syntax import unparse, walk
>>> def size(x):
...     return abs(x)
>>> def f(x):
...     print(size(x), f'{size(2.0 * x)}')
...     if size(3.0 * x) > 2.0:
...         x = size(4.0 * x)
...     return x
>>> [unparse(child) for node in inferred(f, 2.0).tree.body
...  for child, silent in with_silence(node) if silent and type(child).__name__ == 'Call']
['size(x)', 'size(2.0 * x)', 'size(3.0 * x)']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adjoint.rules.errors import Problem
from adjoint.rules.kinds import Unknown
from adjoint.rules.registry import registry

from .memory import arguments, callee, hashable, immutable, kind_at
from .syntax import Node, reached, walk

#: Problems that only concern the derivative of a value.
OF_VALUES = frozenset(("ADJ110", "ADJ120", "ADJ201", "ADJ202"))


def with_silence(node: Node) -> Iterator[tuple[Node, bool]]:
    """Yield the nodes that are reached, and whether their values go no further."""
    silent: set[int] = set()
    for child in reached(node):
        if id(child) not in silent and ends_here(child):
            silent |= {id(inner) for inner in walk(child)} - {id(child)}
        yield child, id(child) in silent


def ends_here(node: Node) -> bool:
    """Whether the operands of an expression have no share in its value, and nobody keeps them."""
    kind = type(node).__name__
    if kind in ("Compare", "JoinedStr"):
        return not kind_at(node).active
    if kind != "Call" or kind_at(node).active:
        return False
    function = callee(node)[0]
    return hashable(function) and any(rule.form == "constant" for rule in registry.lookup(function)[:1])


def effects(problems: Iterable[Problem], lasting: Iterable[Problem] = ()) -> list[Problem]:
    """Return the problems of a function that matter where its value goes no further.

    Args:
        problems: all problems.
        lasting: those that matter whatever they are; see `may_fill`.
    """
    kept = list(lasting)
    return [problem for problem in problems if problem.code not in OF_VALUES or problem in kept]


def may_fill(node: Node, strict: bool) -> bool:
    """Whether code that nobody has seen is given something that it may write into, or keep.

    What compiled code does to an array goes further than the value that it returns.

    Args:
        node: a call; operators of what may be an object of the user have problems of their own.
        strict: the kinds of the arguments are known, unlike at decoration.
    """
    given = [kind_at(arg) for arg in arguments(node)] if type(node).__name__ == "Call" else []
    return not all(immutable(kind) or isinstance(kind, Unknown) and not strict for kind in given)


__all__ = ["effects", "may_fill", "with_silence"]
