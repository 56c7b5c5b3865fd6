"""What a function sees outside itself, and the guards on what compilation relied upon.

Globals and closure cells stay live: generated code reads them each time.  Where compilation
specialised on one (this name is *that* function, this global is a float), a guard remembers what
was assumed; a failed guard makes the caller compile another specialisation.

>>> class Model:
...     rate = 0.5
>>> def step(x):
...     return x * Model.rate
>>> scope = Scope(step)
>>> scope.attribute(Model, 'rate').dtype.name
'float64'
>>> hold = checker(scope.guards)
>>> hold()
True
>>> Model.rate = 0.25; hold()
True
>>> Model.rate = 'fast'; hold()
False
"""

from __future__ import annotations

import builtins
import contextlib
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from adjoint.rules.kinds import Kind, Known, Unknown, kind_of

from .syntax import Node

#: What reading gives where nothing is.
MISSING = object()
LIBRARIES = ("numpy", "math", "scipy", "operator", "functools", "itertools", "cmath")


@dataclass(frozen=True, eq=False)
class Guard:
    """One assumption: reading ``key`` from ``owner`` gives ``value`` (or a value of this kind)."""

    owner: Any
    key: str
    value: Any
    identical: bool

    def holds(self) -> bool:
        """Whether the assumption is still true."""
        owner = self.owner
        current = owner.get(self.key, MISSING) if owner.__class__ is dict else read(owner, self.key)
        if self.identical:
            return current is self.value
        return current is not MISSING and outside_kind(current) == self.value


def checker(guards: list[Guard]) -> Callable[[], bool]:
    """Return a function that says whether all guards hold: it runs at every call, identities first."""
    guards = list({(id(g.owner), g.key, id(g.value) if g.identical else g.value): g for g in guards}.values())
    same = [(g.owner, g.key, g.value) for g in guards if g.identical]
    names = [guard for guard in same if type(guard[0]) is dict]
    attributes = [guard for guard in same if not isinstance(guard[0], dict | types.CellType)]
    others = [g for g in guards if not g.identical or isinstance(g.owner, types.CellType)]
    others += [g for g in guards if g.identical and isinstance(g.owner, dict) and type(g.owner) is not dict]

    def hold() -> bool:
        for owner, key, value in names:
            if owner.get(key, MISSING) is not value:
                return False
        for owner, key, value in attributes:
            if getattr(owner, key, MISSING) is not value:
                return False
        return not others or all(guard.holds() for guard in others)

    return hold


def read(owner: Any, key: str) -> Any:
    """Read a global, a closure cell or an attribute."""
    if isinstance(owner, dict):
        return owner.get(key, MISSING)
    if isinstance(owner, types.CellType):
        try:
            return owner.cell_contents
        except ValueError:  # the cell is still empty
            return MISSING
    return getattr(owner, key, MISSING)


def outside_kind(value: Any) -> Kind:
    """Return the kind of a value found in a global, a cell or a module."""
    return kind_of(value)


@dataclass
class Scope:
    """The names a function can see outside itself."""

    function: Any
    guards: list[Guard] = field(default_factory=list)
    _seen: dict[tuple[int, str], Kind] = field(default_factory=dict)

    def lookup(self, name: str) -> Kind:
        """Return the kind of a free name, and guard it."""
        owner = self.owner(name)
        if owner is None:
            return Unknown()
        return self.guarded(owner, name)

    def data(self, name: str) -> Kind:
        """Return the kind of a free name; one that has no value yet counts as known."""
        owner = self.owner(name)
        return Known(None) if owner is None or read(owner, name) is MISSING else self.guarded(owner, name)

    def kind_of(self, node: Node) -> Kind:
        """Return the kind of a name, or of an attribute of one, that is seen from outside the function."""
        if type(node).__name__ == "Name":
            return self.lookup(node.id)
        base = self.kind_of(node.value) if type(node).__name__ == "Attribute" else Unknown()
        return self.attribute(base.value, node.attr) if isinstance(base, Known) else Unknown()

    def owner(self, name: str) -> Any:
        """Return the cell or dict that holds a free name, None if there is none."""
        code = self.function.__code__
        if name in code.co_freevars:
            return self.function.__closure__[code.co_freevars.index(name)]
        if name in self.function.__globals__:
            return self.function.__globals__
        return vars(builtins) if hasattr(builtins, name) else None

    def visible(self) -> Iterator[Any]:
        """Yield all that the function's module and enclosing functions hold, without a guard."""
        for cell in self.function.__closure__ or ():
            with contextlib.suppress(ValueError):  # not bound yet
                yield cell.cell_contents
        yield from list(self.function.__globals__.values())

    def guarded(self, owner: Any, key: str) -> Kind:
        """Return the kind of what ``owner`` holds under ``key``, remembering the assumption."""
        cached = self._seen.get((id(owner), key))
        if cached is not None:
            return cached
        value = read(owner, key)
        kind = Unknown() if value is MISSING else outside_kind(value)
        if owner is vars(builtins):  # a later global of the same name would hide the builtin
            self.guards.append(Guard(self.function.__globals__, key, MISSING, True))
        elif value is not MISSING:
            known = isinstance(kind, Known)
            self.guards.append(Guard(owner, key, value if known else kind, known))
        self._seen[id(owner), key] = kind
        return kind

    def library(self, module: Any, key: str) -> Kind:
        """Return the kind of what a library's module holds; guarded is this very object."""
        cached = self._seen.get((id(module), key))
        if cached is not None:
            return cached
        value = getattr(module, key, MISSING)
        if key in vars(module):  # a look into a dict costs some ten nanoseconds at every call
            self.guards.append(Guard(vars(module), key, value, True))
        kind = Unknown() if value is MISSING else outside_kind(value)
        self._seen[id(module), key] = kind
        return kind

    def attribute(self, owner: Any, key: str) -> Kind:
        """Return the kind of an attribute of a known object, remembering the assumption."""
        name = getattr(owner, "__name__", "") if isinstance(owner, types.ModuleType) else ""
        if name.partition(".")[0] in LIBRARIES:
            return self.library(owner, key)
        return self.guarded(owner, key)
