"""Turn the body of a rule into statements of the generated code.

A rule is *pasteable* when it is straight-line: a scalar rule is assignments and a final ``return``
of the partials; an rrule is assignments, a named inner pullback of the same form, and
``return value, pullback``; an frule likewise with a pushforward.  Anything else is called.

>>> import numpy as np
>>> from adjoint.rules.registry import Rule
>>> def tanh(out, x):
...     return 1.0 - out * out
>>> body = parsed(Rule('scalar', np.tanh, tanh, ('x',)))
>>> from adjoint.transforms.syntax import unparse
>>> unparse(body.results[0])
'1.0 - out * out'
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adjoint.rules.errors import SourceError
from adjoint.rules.registry import Rule
from adjoint.rules.symbolic import AbstractZero

from .read import read
from .syntax import Node, clone, constant, names_read, names_written, rebuilt


@dataclass(frozen=True, eq=False)
class Body:
    """The parts of a pasteable rule.

    ``setup`` runs with the primal, ``value`` is the name of the primal's output in the rule,
    ``seeds`` are the parameters of the inner function (the cotangent of the output, or the tangents of
    the parameters); ``steps`` and ``results`` are its body.  For a scalar rule ``results`` are the
    partials.
    """

    setup: tuple[Node, ...]
    value: str
    seeds: tuple[str, ...]
    steps: tuple[Node, ...]
    results: tuple[Node, ...]


@functools.lru_cache(maxsize=4096)
def parsed(rule: Rule) -> Body | None:
    """Return the parts of a rule, or None if it must be called."""
    if rule.options or hasattr(rule.function, "__signature__"):  # made by other code
        return None
    try:
        tree = read(rule.function).tree
    except SourceError:
        return None
    body = [s for s in tree.body if not is_docstring(s)]
    return _scalar(body, rule) if rule.form == "scalar" else _two_parts(body, rule)


def is_docstring(statement: Node) -> bool:
    """Whether a statement is a string that stands alone."""
    return type(statement).__name__ == "Expr" and isinstance(getattr(statement.value, "value", None), str)


def _plain(statements: list[Node]) -> bool:
    """Whether all statements assign single names."""
    return all(
        type(s).__name__ == "Assign" and len(s.targets) == 1 and type(s.targets[0]).__name__ == "Name"
        for s in statements
    )


def _results(statement: Node, count: int) -> tuple[Node, ...] | None:
    """Return the expressions of a ``return``, one per parameter."""
    if type(statement).__name__ != "Return" or statement.value is None:
        return None
    if count == 1:
        return (statement.value,)
    elts = getattr(statement.value, "elts", None)
    return tuple(elts) if elts is not None and len(elts) == count else None


def _scalar(body: list[Node], rule: Rule) -> Body | None:
    results = _results(body[-1], len(rule.parameters)) if body else None
    if results is None or not _plain(body[:-1]):
        return None
    return Body((), "out", (), tuple(body[:-1]), results)


def _two_parts(body: list[Node], rule: Rule) -> Body | None:
    """Take apart a rule that returns its value and an inner function."""
    if len(body) < 3 or type(body[-2]).__name__ != "FunctionDef" or type(body[-1]).__name__ != "Return":
        return None
    setup, function, final = body[:-2], body[-2], body[-1].value
    names = [getattr(e, "id", None) for e in getattr(final, "elts", [])]
    if len(names) != 2 or names[1] != function.name or names[0] is None or not _plain(setup):
        return None
    inner = [s for s in function.body if not is_docstring(s)]
    results = _results(inner[-1], len(rule.parameters))
    value, seeds = names[0], tuple(arg.id for arg in function.args.args)
    assigned = [s for s in setup if s.targets[0].id == value]
    count = 1 if rule.form == "rrule" else len(rule.parameters)
    if results is None or not _plain(inner[:-1]) or len(assigned) != 1 or len(seeds) != count:
        return None
    rest = tuple(s for s in setup if s is not assigned[0])
    return Body(rest, value, seeds, tuple(inner[:-1]), results)


def substitute(node: Node, names: Mapping[str, Node], outside: Callable[[str], str]) -> Node:
    """Return a copy with the rule's names replaced; other names go through ``outside``."""
    if type(node).__name__ == "Name":
        if node.id in names:
            return clone(names[node.id])
        new = clone(node)
        new.id = outside(node.id)
        return new
    return decided(rebuilt(node, lambda part: substitute(part, names, outside)))


def decided(node: Node) -> Node:
    """Decide ``1 is not None`` and conditional expressions whose test is a literal."""
    kind = type(node).__name__
    if kind == "Compare" and len(node.ops) == 1 and type(node.ops[0]).__name__ in ("Is", "IsNot"):
        sides = (node.left, node.comparators[0])
        if all(type(side).__name__ in ("Constant", "Tuple", "List") for side in sides):
            same = all(getattr(side, "value", ...) is None for side in sides)
            return constant(same is (type(node.ops[0]).__name__ == "Is"))
    if kind == "IfExp" and type(node.test).__name__ == "Constant":
        return node.body if node.test.value else node.orelse
    return node


@functools.lru_cache(maxsize=4096)
def needed(body: Body, indices: tuple[int, ...]) -> tuple[list[Node], frozenset[str]]:
    """Return the steps that some results of a rule depend on, and the names they all read."""
    results = [body.results[i] for i in indices]
    steps = needed_steps(body.steps, results)
    read = names_read([*results, *(step.value for step in steps)])
    return steps, frozenset(read)


def needed_steps(steps: tuple[Node, ...], results: list[Node]) -> list[Node]:
    """Return the assignments that the results depend on."""
    wanted = set().union(*(names_read(result) for result in results)) if results else set()
    kept: list[Node] = []
    for step in reversed(steps):
        if names_written(step) & wanted:
            wanted |= names_read(step.value)
            kept.append(step)
    return kept[::-1]


@functools.lru_cache(maxsize=4096)
def varying(rule: Rule, body: Body) -> tuple[tuple[int, str], ...]:
    """Return the parameters of a scalar rule whose partial is not said to be zero, with their places."""
    return tuple((i, name) for i, name in enumerate(rule.parameters) if not is_zero(body.results[i], rule))


def outer_value(rule: Rule, name: str) -> Any:
    """Return what a free name of a rule means where the rule was written; ``...`` for builtins."""
    code = rule.function.__code__
    if name in code.co_freevars and rule.function.__closure__:
        return rule.function.__closure__[code.co_freevars.index(name)].cell_contents
    return rule.function.__globals__.get(name, ...)


def is_zero(result: Node, rule: Rule) -> bool:
    """Whether a rule says in its text that a result is zero."""
    if type(result).__name__ == "Name":
        return isinstance(outer_value(rule, result.id), AbstractZero | None)
    return getattr(result, "value", ...) is None
