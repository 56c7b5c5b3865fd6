"""Compilation of one function together with the functions it calls.

A session holds the units (one for each function and set of kinds) and resolves recursion: the result
of a function whose inference is still running is what is known of it so far, and inference is
repeated until that no longer changes.

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.stages import spelled
>>> def power(x, n):
...     return 1.0 if n == 0 else x * power(x, n - 1)
>>> def f(x):
...     return power(x, 3) + power(np.ones(2) * x, 2)
>>> session = inferred(f, 2.0).inference.session
>>> for unit in session.units.values():
...     print(unit.name, spelled(unit.result))
f active float64[...]
power active float64
power_2 active float64
power_3 active float64[...]
power_4 active float64[...]
"""

from __future__ import annotations

import operator
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from adjoint.rules.errors import LanguageError, SourceError
from adjoint.rules.kinds import Dict, Kind, Known, Never, Object, Tuple, Unknown, join, kind_of, widen_known
from adjoint.rules.signatures import own_signature

from .attempts import ALLOWED, plain_attempts
from .bars import at
from .classes import outward
from .closures import LocalFunction, escaping
from .desugar import SUGAR, desugar, explicit_super
from .explain import problem_at
from .infer import Inference
from .matching import branches
from .namer import Namer
from .names import SPECIAL
from .normalize import normalize
from .read import read
from .renaming import rename
from .scope import Scope
from .stages import Stages
from .summaries import Summaries
from .syntax import Node, clone, free_names, load, make, names_written, walk
from .unit import Unit, default_guards

MAX_DEPTH = 40
MAX_UNITS = 24
MAX_ROUNDS = 6


class Session:
    """The units of one compilation."""

    numpy = np
    operator = operator

    def __init__(
        self,
        runtime: Any,
        root: Any,
        forward: bool = False,
        nested: bool = False,
        stages: Stages | None = None,
        boxed: bool = False,
        direct: bool = True,
    ) -> None:
        """Start a compilation.

        Args:
            runtime: the namespace of run-time helpers.
            root: the function that is compiled.
            forward: tangents are wanted, not cotangents.
            nested: the generated code will itself be differentiated.
            stages: keeps the text of the first function after each pass.
            boxed: tangents are boxes that stand for several.
            direct: NumPy runs the code; numba knows its functions, but not all of the methods.
        """
        self.runtime = runtime
        self.forward, self.nested, self.boxed = forward, nested, boxed
        self.direct = direct
        self.stages = stages or Stages()
        self.package = (getattr(root, "__module__", None) or "").partition(".")[0]
        self.units: dict[Any, Unit] = {}
        self.running: list[Unit] = []
        self.depends: dict[int, set[int]] = {}
        self.locals: dict[int, LocalFunction] = {}
        self.renamings: dict[Any, int] = {}
        self.sources: dict[Any, Any] = {}
        self.verdicts: dict[Any, Any] = {}  # on library calls, by function and kinds of the operands
        self.namer = Namer()
        self.summaries = Summaries(self.source_of)

    # --- units -------------------------------------------------------------------------------
    def specialize(
        self,
        function: Any,
        kinds: Mapping[str, Kind],
        depth: int,
        captured: Mapping[str, Kind] | None = None,
        initializes: bool = False,
    ) -> Unit | None:
        """Return the unit of a Python function for these kinds; None if calls go the run-time way.

        With ``initializes`` the function is an ``__init__``, and the unit returns the object it filled.
        """
        if any(unit.scope.function is function for unit in self.running):
            kinds = {
                name: widen_known(kind) for name, kind in kinds.items()
            }  # else each depth is another kind
        kinds = {name: widen_float(kind) for name, kind in kinds.items()}
        parameters = {**complete(function, kinds), **(captured or {})}
        key = (function, tuple(parameters.items()), initializes)
        if key in self.units:
            return self.reused(self.units[key])
        same = sum(1 for other in self.units if other[0] is function)
        if depth > MAX_DEPTH or same >= MAX_UNITS:
            return None
        source = self.source_of(function)
        scope = Scope(function)
        scope.guards += default_guards(function)
        tree = with_keywords(source.tree, captured or {}) if captured or initializes else source.tree
        unit = Unit(self.namer.fresh(unit_name(function, source.name)), scope, tree, parameters, source)
        unit.captured = frozenset(captured or {})
        if initializes:
            unit.initializes = returning_self(tree)
        self.units[key] = unit
        self.infer(unit, depth, key)
        return unit

    def traced_unit(
        self, function: Any, kinds: Mapping[str, Kind], captured: Mapping[str, Kind] | None, initializes: bool
    ) -> Unit:
        """Return the unit of a function that runs with traced values: nothing is inferred."""
        source = read(function)
        scope = Scope(function)
        scope.guards += default_guards(function)
        tree = with_origins(with_keywords(source.tree, captured or {}))
        parameters = {**complete(function, kinds), **(captured or {})}
        unit = Unit(unit_name(function, source.name), scope, tree, parameters, source)
        unit.initializes = returning_self(tree) if initializes else None
        unit.namer = Namer(inventory(tree)[0] | set(parameters))
        unit.session, unit.result = self, Unknown(True)
        return unit

    def source_of(self, function: Any) -> Any:
        """Read a function's source once."""
        if function not in self.sources:
            self.sources[function] = read(function)
        return self.sources[function]

    def specialize_local(
        self,
        function: LocalFunction,
        kinds: Mapping[str, Kind],
        outside: Mapping[str, Kind],
        inference: Any,
        strict: bool = True,
    ) -> Unit | None:
        """Return the unit of a nested function; captured variables become keyword-only parameters.

        Without ``strict`` it is made to be looked at, and never generated.
        """
        parameters = {**nothing_collected(function.node.args), **kinds, **outside}
        key = ((id(function.node), strict), tuple(parameters.items()))
        if key in self.units:
            return self.reused(self.units[key])
        if inference.depth > MAX_DEPTH or sum(1 for other in self.units if other[0] == key[0]) >= MAX_UNITS:
            return None
        tree = with_keywords(function.node, outside)
        scope, text = function.scope or inference.scope, function.source or inference.unit.source
        unit = Unit(self.namer.fresh(tree.name), scope, tree, parameters, text)
        unit.local, unit.captured, unit.strict = True, frozenset(outside), strict
        self.units[key] = unit
        self.infer(unit, inference.depth + 1, key)
        return unit

    def reused(self, unit: Unit) -> Unit:
        """Return a known unit; if it is still being inferred, everything above it depends on it."""
        if unit in self.running:
            below = self.running.index(unit)
            for other in self.running[below + 1 :]:
                self.depends.setdefault(id(unit), set()).add(id(other))
        return unit

    def infer(self, unit: Unit, depth: int, key: Any) -> None:
        """Infer a unit's kinds until the result it assumed of itself is the result it has."""
        unit.summaries = self.summaries
        original = unit.original = unit.tree
        taken, unit.classes = inventory(original)
        self.stages.whole("read", unit, original)
        for _ in range(MAX_ROUNDS):
            unit.namer = Namer(taken)
            unit.tree = normalize(self.plain(clone(original), unit), unit.namer)
            self.stages.whole("normalize", unit, unit.tree)
            before = unit.result
            self.running.append(unit)
            inference = Inference(self, unit, depth)
            unit.inference = inference
            result = inference.run(unit.tree, unit.parameters)
            self.running.pop()
            unit.result = result if before is None else join(before, result)
            if unit.result == before or not self.is_recursive(unit):
                break
            self.forget_dependents(unit)
        else:
            unit.result = Unknown(True)
        unit.escaping = escaping(unit.tree, unit.parameters)
        self.stages.whole("infer", unit, unit.tree)

    def plain(self, tree: Node, unit: Unit) -> Node:
        """Put what a function is written in into plainer words (in place)."""
        if "__class__" in unit.scope.function.__code__.co_freevars and not unit.local:
            tree = explicit_super(tree)
        if unit.classes & {"Try", "TryStar", "Match"}:
            tree = plain_attempts(tree, self.allows(unit), unit.namer, unit.helper)
            tree = branches(tree, unit.namer, unit.scope.kind_of, unit.helper, unit.builtin)
        return desugar(tree, unit.namer) if unit.classes & SUGAR else tree

    def allows(self, unit: Unit) -> bool:
        """Whether ``try`` blocks are differentiated along the path without an exception."""
        return any(each.scope.function in ALLOWED for each in (unit, *self.running))

    def again(self, unit: Unit) -> Unit:
        """Return a unit's twin, inferred afresh: the passes change the tree of a unit."""
        twin = Unit(unit.name, unit.scope, unit.original, unit.parameters, unit.source)
        twin.local, twin.strict, twin.result = unit.local, unit.strict, unit.result
        twin.initializes, twin.captured = unit.initializes, unit.captured
        self.infer(twin, 0, None)
        return twin

    def release(self) -> None:
        """Take the session apart; its units keep their results, guards and text."""
        for unit in self.units.values():
            unit.release()
        vars(self.summaries).clear()
        vars(self).clear()

    def is_recursive(self, unit: Unit) -> bool:
        """Whether a unit's own result was asked for while it was being inferred."""
        return unit.rounds > 0

    def forget_dependents(self, unit: Unit) -> None:
        """Drop units whose result was computed from a result that has changed since."""
        stale = self.depends.pop(id(unit), set())
        self.units = {key: other for key, other in self.units.items() if id(other) not in stale}

    def result_of(self, unit: Unit) -> Kind:
        """Return the kind of a unit's result as far as it is known."""
        if unit in self.running:
            unit.rounds += 1
        return Never() if unit.result is None else outward(unit.result)

    def inactive_unit(self, function: Any, kinds: Mapping[str, Kind], depth: int) -> Unit | None:
        """Return the unit of a call that carries no derivative; it is inferred, never generated."""
        package = getattr(function, "__module__", None) or ""
        if depth > 6 or package.partition(".")[0] != self.package:
            return None
        try:
            return self.specialize(function, kinds, depth + 1)
        except SourceError:
            return None

    # --- nested functions --------------------------------------------------------------------
    def remember(self, node: Node, function: LocalFunction) -> int:
        """Return the key of a nested function."""
        key = id(node)
        self.locals[key] = function
        return key

    def local_function(self, key: int) -> LocalFunction:
        """Return the nested function with a key."""
        return self.locals[key]

    def renamed(self, function: LocalFunction, names: Mapping[str, str]) -> int | None:
        """Return the key of a nested function with other names for what it captures; None if they stay."""
        names = {old: new for old, new in names.items() if old in function.captured}
        if not names:
            return None
        key = (id(function.node), *sorted(names.items()))
        if key not in self.renamings:
            node = clone(function.node)
            for statement in node.body:
                rename(statement, names)
            captured = tuple(sorted(names.get(name, name) for name in function.captured))
            again = LocalFunction(node, captured, function.scope, function.source)
            self.renamings[key] = self.remember(node, again)
        return self.renamings[key]

    def local_function_of(self, node: Node) -> LocalFunction:
        """Return what is known of a nested function definition."""
        found = self.locals.get(id(node))
        if found is None:
            found = LocalFunction(node, tuple(sorted(free_names(node))))
        return found

    # --- kinds of places ---------------------------------------------------------------------
    def has_fields(self, kind: Kind | None) -> bool:
        """Whether places of a kind are attributes and not items."""
        return isinstance(kind, Object)

    def child(self, kind: Kind | None, part: Any) -> Kind | None:
        """Return the kind of a place inside a container."""
        return at(kind, (part,)) if isinstance(kind, Tuple | Dict | Object) else None

    def problem(self, node: Node, code: str, name: str, reverse: Any) -> None:
        """Raise a problem that was found while the reverse was written."""
        raise LanguageError([problem_at(reverse.unit, node, code, name)])


def widen_float(kind: Kind) -> Kind:
    """Forget the value of a known float: nothing is specialised on it."""
    return widen_known(kind) if isinstance(kind, Known) and isinstance(kind.value, float) else kind


def with_keywords(tree: Node, names: Mapping[str, Kind]) -> Node:
    """Return a copy of a function definition with further keyword-only parameters."""
    tree = clone(tree)
    for name in names:
        tree.args.kwonlyargs.append(make("Name", tree, id=name, ctx=make("Param")))
        tree.args.kw_defaults.append(None)
    return tree


def with_origins(tree: Node) -> Node:
    """Let every statement know which one of the user's it is (in place)."""
    for node in walk(tree.body):
        if hasattr(node, "lineno"):
            node.origin = node
    return tree


def unit_name(function: Any, name: str) -> str:
    """Return a readable name for a unit: ``__init__`` is named after its class."""
    owner = function.__qualname__.split(".")[-2:-1]
    return f"{owner[0]}_init" if name == "__init__" and owner else name


def returning_self(tree: Node) -> str:
    """Let an ``__init__`` return the object it fills (in place); return the object's name."""
    name: str = [*tree.args.posonlyargs, *tree.args.args][0].id
    for node in own_statements(tree.body):
        if type(node).__name__ == "Return":
            node.value = load(name, node)
    if type(tree.body[-1]).__name__ != "Return":
        tree.body.append(make("Return", tree.body[-1], value=load(name, tree.body[-1])))
    return name


def own_statements(block: list[Node]) -> Iterator[Node]:
    """Yield every statement of a function that is not part of a function or class inside it."""
    for node in block:
        yield node
        if type(node).__name__ not in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
            parts = [getattr(node, field, None) or [] for field in ("body", "orelse", "finalbody")]
            parts += [
                part.body for field in ("handlers", "cases") for part in getattr(node, field, None) or []
            ]
            for part in parts:
                yield from own_statements(part)


def inventory(tree: Node) -> tuple[set[str], frozenset[str]]:
    """Return every identifier that occurs in a function, and the classes of the nodes inside it."""
    names: set[str] = set()
    classes: set[str] = set()
    for node in walk(tree):
        kind = type(node).__name__
        if node is not tree:
            classes.add(kind)
        if kind == "Name":
            names.add(node.id)
        elif kind == "FunctionDef":
            names.add(node.name)
            classes |= {"decorator"} if node.decorator_list else set()
    bound = set() if classes.isdisjoint(SPECIAL) else names_written(tree.body)
    return names | bound, frozenset(classes)


def complete(function: types.FunctionType, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the kinds of all parameters in order; missing ones have their default's kind."""
    result: dict[str, Kind] = {}
    for name, parameter in own_signature(function).parameters.items():
        if name in kinds:
            result[name] = kinds[name]
        elif parameter.kind is parameter.VAR_POSITIONAL:
            result[name] = Tuple(())
        elif parameter.kind is parameter.VAR_KEYWORD:
            result[name] = Dict(())
        else:
            result[name] = default_kind(parameter.default)
    return result


def nothing_collected(args: Node) -> dict[str, Kind]:
    """Return the kinds of ``*args`` and ``**kwargs`` if a call gives nothing to them."""
    found = ((args.vararg, Tuple(())), (args.kwarg, Dict(())))
    return {parameter.id: kind for parameter, kind in found if parameter is not None}


def default_kind(value: Any) -> Kind:
    """Return the kind of a default value; literals are known."""
    return Known(value) if isinstance(value, bool | int | float | str | None) else kind_of(value)
