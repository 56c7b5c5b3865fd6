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
from adjoint.rules.places import from_user, is_library

from .callers import CALLERS
from .checker import Checker
from .explain import error_of
from .syntax import walk
from .tracing import TRACEABLE


def check(unit: Any, callees: bool = True) -> None:
    """Raise one error with all problems of a function; then look at the functions it calls."""
    pending, seen, strict = [(unit, False)], {(id(unit), False)}, unit.strict
    callers: dict[int, Any] = {}
    checkers: list[Checker] = []
    while pending:
        unit, silent = pending.pop()
        if unit.checked:
            continue
        checker = Checker(unit, not checkers, silent, strict)
        problems = checker.run()
        checkers.append(checker)
        pending += found(checker, seen) if callees else []
        callers |= {id(callee): unit for callee, _ in checker.callees if id(callee) not in callers}
        if problems and not is_curable(problems, checker):
            problems += problems_of_nested(pending, seen)
        stop(problems, checker.is_final(), call_of_library(unit, callers))
    for checker in checkers:
        overwrites = checker.overwrites() if checker.unit.strict else []
        stop(overwrites, checker.is_final(), call_of_library(checker.unit, callers))
        checker.unit.checked = callees and not checker.silent


def is_curable(problems: list[Problem], checker: Checker) -> bool:
    """Whether a function with these problems can be right when it runs with traced values."""
    return {p.code for p in problems} <= TRACEABLE and not checker.is_final()


def found(checker: Checker, seen: set[tuple[int, bool]]) -> list[tuple[Any, bool]]:
    """Return the callees of a function that have not been seen, the last first, and note them."""
    new = [(unit, silent) for unit, silent in reversed(checker.callees) if (id(unit), silent) not in seen]
    seen |= {(id(unit), silent) for unit, silent in new}
    return new


def problems_of_nested(pending: list[tuple[Any, bool]], seen: set[tuple[int, bool]]) -> list[Problem]:
    """Return the problems of the nested functions that have not been looked at yet."""
    problems: list[Problem] = []
    while pending:
        unit, silent = pending.pop()
        if (unit.local or unit.scope.function in CALLERS.values()) and not unit.checked:
            checker = Checker(unit, silent=silent)
            problems += checker.run()
            pending += found(checker, seen)
    return problems


def call_of_library(unit: Any, callers: dict[int, Any]) -> str:
    """Return the note of an error in the source of a library: the call in the user's code that led there."""
    while is_library(unit.source.filename) and id(unit) in callers:
        unit, callee = callers[id(unit)], unit
        for node in walk(unit.tree) if not is_library(unit.source.filename) else ():
            if getattr(getattr(node, "decision", None), "unit", None) is callee and hasattr(node, "lineno"):
                text = unit.source.lines[node.lineno - 1].strip()
                return from_user(f"in `{text}`", unit.source.filename, node.lineno)
    return ""


def stop(problems: list[Problem], final: bool = False, note: str = "") -> None:
    """Raise an error if there are problems."""
    if problems:
        unique = dict.fromkeys(problems)
        error = error_of(sorted(unique, key=lambda p: (p.filename, p.line, p.column)))
        if isinstance(error, LanguageError):
            error.final = final
        if note:
            error.add_note(note)
        raise error
