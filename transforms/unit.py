"""One function compiled for one set of kinds, and what its generated code refers to.

>>> from adjoint.inspection import inferred
>>> def f(x, n):
...     return np.sin(x) * n
>>> unit = inferred(f, 2.0, 3)
>>> unit.name, unit.active, unit.result.dtype.name
('f', ['x'], 'float64')
>>> sine, double = unit.helper('sin', np.sin), unit.helper('x', 2.0)
>>> sine, double, unit.numpy_name()
('sin', 'x_2', 'np')
"""

from __future__ import annotations

import builtins
import functools
import types
from typing import Any

import numpy as np

from adjoint.rules.kinds import Closure, Kind, Known

from .changes import every
from .namer import Namer
from .scope import Guard, Scope
from .syntax import Node, names_written


class Unit:
    """A specialisation: a function, the kinds of its parameters, the kind of its result.

    ``helpers`` maps the names that generated code uses for rules and run-time functions to the
    objects; ``callees`` maps names to (unit, "primal", "pullback" or "pushforward").
    """

    def __init__(self, name: str, scope: Scope, tree: Node, parameters: dict[str, Kind], source: Any) -> None:
        self.name = name
        self.scope = scope
        self.tree = tree
        self.original = tree
        self.parameters = parameters
        self.source = source
        self.namer = Namer()
        self.result: Kind | None = None
        self.helpers: dict[str, Any] = {}
        self.callees: dict[str, tuple[Unit, str]] = {}
        self.inference: Any = None
        self.forms: dict[str, Any] = {}
        self.units: list[Unit] = []
        self.rounds = 0
        self.strict = True
        self.checked = False
        self.trusted = is_ours(scope.function)
        self.changed: frozenset[str] = frozenset()
        self.changing = True  # something may be changed in place
        self.summaries: Any = None
        self.session: Any = None
        self.classes: frozenset[str] = frozenset()  # of the nodes of the definition, as written
        self.local = False
        self.parses = False  # reads a number from a text that was made of an active value
        self.captured: frozenset[str] = frozenset()
        self.escaping: frozenset[str] = frozenset()  # functions given to it that it does not only call
        self.initializes: str | None = None

    @property
    def active(self) -> list[str]:
        """The parameters that carry a derivative, in order.

        A function of which only calls are compiled hands its derivative on by what it captures.
        """
        return [
            n
            for n, kind in self.parameters.items()
            if kind.active and (n in self.escaping or not isinstance(kind, Closure))
        ]

    # --- names used by generated code --------------------------------------------------------
    def helper(self, wish: str, value: Any) -> str:
        """Return the name under which generated code sees a helper, the user's own if there is one."""
        if self.sees(wish, value):
            return wish
        for name, known in self.helpers.items():
            if known is value and (name == wish or name.startswith(wish + "_")):
                return name
        name = self.namer.fresh(wish)
        self.helpers[name] = value
        return name

    def builtin(self, name: str) -> str:
        """Return the name under which generated code sees a builtin: not its own if that is taken.

        Functions name parameters and variables like builtins (``range``, ``list``), and modules import
        NumPy's functions of the same name (``from numpy import *``).
        """
        return self.helper(name, getattr(builtins, name)) if name in self.shadowed else name

    @functools.cached_property
    def shadowed(self) -> frozenset[str]:
        """The names of builtins that mean something else in the function."""
        function = self.scope.function
        code = function.__code__
        own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars, *self.parameters}
        own |= names_written((self.original or self.tree).body) | function.__globals__.keys()
        return frozenset(name for name in vars(builtins).keys() & own if not name.startswith("__"))

    def numpy_name(self) -> str:
        """Return the name by which the function's module knows NumPy, or a helper's."""
        return "numpy" if not self.sees("np", np) and self.sees("numpy", np) else self.helper("np", np)

    def sees(self, name: str, value: Any) -> bool:
        """Whether the function's own code knows a value by this global name; guard that it stays so."""
        function = self.scope.function
        local = self.inference.local if self.inference is not None else set()
        if function.__globals__.get(name, self) is not value:
            return False
        if name in local or name in self.parameters or name in function.__code__.co_freevars:
            return False
        if name in self.namer.taken and name not in function.__code__.co_names:
            return False  # a variable of generated code has that name
        self.scope.guarded(function.__globals__, name)
        return True

    def calls(self, callee: Unit) -> tuple[str, str]:
        """Return the names of a callee's primal and pullback."""
        return self.calls_part(callee, "primal"), self.calls_part(callee, "pullback")

    def calls_part(self, callee: Unit, part: str) -> str:
        """Return the name of a callee's primal, pullback or pushforward."""
        found = [n for n, known in self.callees.items() if known == (callee, part)]
        name = found[0] if found else self.namer.fresh(f"{callee.name}__{part}")
        self.callees[name] = (callee, part)
        return name

    # --- changes to the primal ---------------------------------------------------------------
    def insert(self, statement: Node, new: Node, after: bool) -> None:
        """Put a line of a rule before or after a statement of the primal."""
        where = "inserted_after" if after else "inserted_before"
        if not hasattr(statement, where):
            setattr(statement, where, [])
        new.origin = getattr(statement, "origin", statement)
        getattr(statement, where).append(new)

    def replace(self, statement: Node, new: Node) -> None:
        """Replace a statement of the primal by one that also keeps a pullback."""
        new.origin = getattr(statement, "origin", statement)
        statement.replacement = new

    def release(self) -> None:
        """Drop what only the passes need: its parts refer to each other, and would wait for the collector."""
        roots = [tree for tree in (self.tree, self.original) if vars(tree)]  # else taken apart with another
        for statement in list(every(roots)):
            vars(statement).clear()
        vars(self.inference).clear()
        self.tree = self.original = self.inference = self.summaries = None

    def guards(self) -> list[Guard]:
        """Return what this unit and the functions it calls assume about the outside."""
        found: dict[int, Guard] = {}
        pending, seen = [self], {id(self)}
        while pending:
            unit = pending.pop()
            for guard in unit.scope.guards:
                found[id(guard)] = guard
            for other in unit.units:
                if id(other) not in seen:
                    seen.add(id(other))
                    pending.append(other)
        return list(found.values())


def is_ours(function: Any) -> bool:
    """Whether a function is generated code or belongs to a rule: it changes only buffers of its own."""
    module = getattr(function, "__module__", None) or ""
    return hasattr(function, "__adjoint_text__") or module.startswith("adjoint.rules.")


def default_guards(function: Any) -> list[Guard]:
    """Return guards that a function keeps its code and its defaults."""
    if not isinstance(function, types.FunctionType):
        return []
    values = ("__code__", "__defaults__", "__kwdefaults__")
    return [Guard(function, name, getattr(function, name), True) for name in values]


__all__ = ["Known", "Unit", "default_guards"]
