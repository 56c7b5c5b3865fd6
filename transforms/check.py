"""The fence: collect every problem of a function and of those nested in it, then raise once.

>>> import numpy as np
>>> from adjoint.inspection import inferred
>>> from adjoint.rules.errors import MutationError
>>> def f(x):
...     def first(y):
...         y[0] = 0.0
...         return np.sum(y)
...     x[1] = 0.0
...     return sum(map(first, [x, 2.0 * x]))
>>> try:
...     check(inferred(f, np.ones(3)))
... except MutationError as error:
...     print([(p.code, p.line) for p in error.problems])
[('ADJ101', 3), ('ADJ101', 5)]
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.errors import LanguageError, Problem

from .callers import CALLERS
from .checker import Checker
from .explain import error_of
from .handed import handed_units
from .tracing import TRACEABLE


def check(unit: Any, callees: bool = True) -> None:
    """Raise one error with all problems of a function; then look at the functions it calls."""
    pending, seen = [unit], {id(unit)}
    checkers: list[Checker] = []
    while pending:
        unit = pending.pop()
        if unit.checked:
            continue
        checker = Checker(unit, not checkers)
        problems = checker.run()
        checkers.append(checker)
        new = [u for u in reversed(checker.callees) if callees and id(u) not in seen]
        seen |= {id(u) for u in new}
        pending += new
        if problems and not is_curable(problems, checker):
            problems += [p for c in checkers for p in problems_handed_on(c.unit)]
            problems += problems_of_nested(pending, seen)
        stop(problems, checker.is_final())
    for checker in checkers:
        stop(checker.overwrites() if checker.unit.strict else [], checker.is_final())
        checker.unit.checked = callees
    stop([p for checker in checkers for p in problems_handed_on(checker.unit)], final=True)


def is_curable(problems: list[Problem], checker: Checker) -> bool:
    """Whether a function with these problems can be right when it runs with traced values."""
    return {p.code for p in problems} <= TRACEABLE and not checker.is_final()


def problems_of_nested(pending: list[Any], seen: set[int]) -> list[Problem]:
    """Return the problems of the nested functions that have not been looked at yet."""
    problems: list[Problem] = []
    while pending:
        unit = pending.pop()
        if (unit.local or unit.scope.function in CALLERS.values()) and not unit.checked:
            checker = Checker(unit)
            problems += checker.run() + problems_handed_on(unit)
            new = [u for u in reversed(checker.callees) if id(u) not in seen]
            seen |= {id(u) for u in new}
            pending += new
    return problems


def problems_handed_on(unit: Any) -> list[Problem]:
    """Return the problems of nested functions that a function hands to somebody who calls them.

    One whose result carries no derivative has none, nor has one that is right with traced values.
    """
    problems: list[Problem] = []
    for inner in handed_units(unit.tree.body) if unit.hands_on else ():
        checker = Checker(inner, root=True)
        found = checker.run() if returns_active(inner) else []
        problems += [] if is_curable(found, checker) else found
        problems += problems_handed_on(inner)
    return problems


def returns_active(unit: Any) -> bool:
    """Whether what a function returns, also from statements that are only copied, carries a derivative."""
    return unit.result.active or any(getattr(node, "returns_active", False) for node in unit.tree.body)


def stop(problems: list[Problem], final: bool = False) -> None:
    """Raise an error if there are problems."""
    if problems:
        unique = dict.fromkeys(problems)
        error = error_of(sorted(unique, key=lambda p: (p.filename, p.line, p.column)))
        if isinstance(error, LanguageError):
            error.final = final
        raise error
