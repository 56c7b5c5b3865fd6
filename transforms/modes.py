"""Which mode gives the gradient: a loop over numbers that all follow from one number needs no record.

The reverse of a loop reads what every trip has computed; the tangent of one number can travel along instead.
It is chosen where it is the same derivative at less cost: one argument that is a number, loops, nothing but
numbers that depend on it, and partials that are finite wherever the value is (in the reverse a zero cotangent
wins against an infinite partial, which a tangent that comes first cannot know).

>>> from adjoint import value_and_grad
>>> def f(x, n):
...     for _ in range(n):
...         x = np.sin(x)
...     return x
>>> function = value_and_grad(f)
>>> function(0.0, 3)
(np.float64(0.0), 1.0)
>>> print(function.source())
# forward mode of f(x, n) with respect to x   (<doctest adjoint.transforms.modes[1]>:1)
def f__value_and_grad(x, n):
    x_dot = 1.0
    # <doctest adjoint.transforms.modes[1]>:2   for _ in range(n):
    for _ in range(n):
        # <doctest adjoint.transforms.modes[1]>:3   x = np.sin(x)
        x_dot = x_dot * np.cos(x)
        x = np.sin(x)
    # <doctest adjoint.transforms.modes[1]>:4   return x
    return x, x_dot
<BLANKLINE>
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, Scalar
from adjoint.rules.registry import Rule

from .changes import every
from .decide import RULE, UNIT, Decision
from .syntax import Node, walk
from .unit import Unit

#: Where the partial of a quotient is infinite, so is the quotient, or Python has raised an exception.
QUOTIENTS: tuple[Any, ...] = (operator.truediv, np.divide)
LOOPS = ("For", "While")


def runs_forward(unit: Unit) -> bool:
    """Whether the gradient of an inferred function is better computed by forward mode."""
    if len(unit.active) != 1 or unit.changed or not is_number(unit.result):
        return False
    if not unit.units and not has_loop(unit):
        return False
    units: dict[int, Unit] = {}
    return collected(unit, units) and any(has_loop(each) for each in units.values())


def collected(unit: Unit, units: dict[int, Unit]) -> bool:
    """Add a unit and those it calls to ``units``; whether only numbers depend on their arguments."""
    if id(unit) in units:
        return True
    units[id(unit)] = unit
    if not all(is_number(kind) for kind in unit.parameters.values() if kind.active):
        return False
    return all(is_simple(node, units) for statement in unit.tree.body for node in walk(statement))


def is_simple(node: Node, units: dict[int, Unit]) -> bool:
    """Whether a node is no part of the derivative, or a number with a plain rule."""
    kind, decision = getattr(node, "kind", None), getattr(node, "decision", None)
    if kind is None or not kind.active:
        return True
    if type(node).__name__ == "Tuple" and decision is None:  # its items are looked at by themselves
        return True
    if not is_number(kind):
        return False
    if decision is None:
        return type(node).__name__ in ("Name", "Constant")
    if decision.how == UNIT:
        return decision.unit is not None and not decision.carried and collected(decision.unit, units)
    return decision.how == RULE and is_plain(decision, decision.rule)


def is_plain(decision: Decision, rule: Rule | None) -> bool:
    """Whether the partials of a rule are finite wherever its value is, and select nothing."""
    if rule is None or rule.form != "scalar" or rule.selects:
        return False
    return not rule.singular or any(decision.target is each for each in QUOTIENTS)


def is_number(kind: Kind | None) -> bool:
    """Whether a kind is a real number in double precision."""
    return isinstance(kind, Scalar) and kind.dtype == np.float64


def has_loop(unit: Unit) -> bool:
    """Whether a function has a loop."""
    return any(type(statement).__name__ in LOOPS for statement in every(unit.tree.body))


__all__ = ["runs_forward"]
