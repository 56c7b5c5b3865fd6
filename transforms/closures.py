"""Kinds of functions defined inside the function (nested ``def`` and ``lambda``).

A local function that is called where its captured variables are in sight is compiled with those
variables as additional parameters (lambda lifting; Johnsson 1985).  One that escapes (it is stored,
passed on or returned) is an ordinary function object at run time, and its calls go the run-time way.

>>> from adjoint import source
>>> def f(x, y):
...     def scaled(t):
...         return t * y
...     return scaled(x) + scaled(1.0)
>>> print(source(f, 2.0, 3.0, wrt=(0, 1), stage='saving'))
def f(x, y):
    def scaled(t):
        return t * y
    scaled_4, saved_4_2 = scaled__primal(x, y=y)
    scaled_4_2, saved_4 = scaled_2__primal(1.0, y=y)
    out = scaled_4 + scaled_4_2
    # reverse
    y_bar = scaled_2__pullback(saved_4, 1.0)
    t_bar_4, y_bar_4 = scaled__pullback(saved_4_2, 1.0)
    y_bar = y_bar + y_bar_4
    result = t_bar_4
    result_2 = y_bar
    return out, (result, result_2)
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.kinds import Closure, Kind, Known, Unknown

from .atoms import has_stars
from .classes import argument_kind, outward
from .decide import DYNAMIC, UNIT, Decision
from .scope import Scope
from .syntax import Node, clone, free_names, load, make, names_written, walk


@dataclass(eq=False)
class LocalFunction:
    """A nested function: its definition, the variables it captures from the function around it, and that."""

    node: Node
    captured: tuple[str, ...]
    scope: Any = None
    source: Any = None


class ClosureInference:
    """Knows the functions defined inside the function being compiled."""

    scope: Scope
    session: Any
    unit: Any
    env: Any
    local: set[str]
    depth: int
    breaks: list[list[Any]]

    def __init__(self, session: Any, unit: Any, depth: int) -> None:
        self.session = session
        self.unit = unit
        self.scope = unit.scope
        self.depth = depth
        self.env = {}
        self.kinds: dict[str, Kind] = {}
        self.local = set()
        self.breaks = []

    def closure(self, node: Node) -> Kind:
        """Return the kind of a nested function."""
        captured = tuple(sorted(n for n in free_names(node) if n in self.local))
        defaults = [self.visit(default) for default in defaults_of(node.args).values()]
        active = any(k.active for k in [*defaults, *(self.env[n] for n in captured if n in self.env)])
        walked = [n for n in free_names(node) if n in self.env and n not in self.local]  # of a comprehension
        if walked or not liftable(node):
            return Unknown(active or any(self.env[n].active for n in walked))
        key = self.session.remember(node, LocalFunction(node, captured, self.scope, self.unit.source))
        return Closure(key, active)

    def visit_Lambda(self, node: Node) -> Kind:
        """A lambda is a nested function without a name."""
        if not hasattr(node, "definition"):
            body = [make("Return", node, value=node.body)]
            node.definition = make(
                "FunctionDef", node, name=f"lambda_{node.lineno}", args=node.args, body=body
            )
        return self.closure(node.definition)

    def captured_names(self, function: LocalFunction, seen: tuple[int, ...] = ()) -> list[str]:
        """Return the variables a local function needs, those of local functions it calls included."""
        names: list[str] = []
        for name in function.captured:
            kind = self.env.get(name)
            if not isinstance(kind, Closure):
                names.append(name)
            else:
                names.append(name)
                if kind.key not in seen:
                    inner = self.session.local_function(kind.key)
                    names += self.captured_names(inner, (*seen, kind.key))
        return sorted(set(names))

    def passed_on(self, bound: Mapping[str, Any], tree: Node) -> tuple[dict[str, Kind], dict[str, Node]]:
        """Return the kinds of the arguments of a call, and what functions among them capture, by keyword.

        The callee is given captured variables beside the functions, under names it does not use itself.  A
        function of which one cannot be passed on is known at run time only.

        Args:
            bound: the arguments by parameter.
            tree: the definition of the function that is called.
        """
        kinds = {name: argument_kind(value) for name, value in bound.items()}
        functions = {
            n: self.session.local_function(k.key) for n, k in kinds.items() if isinstance(k, Closure)
        }
        outside = {name: outward(kind) for name, kind in kinds.items()}
        captured = sorted({name for function in functions.values() for name in self.captured_names(function)})
        used = used_names(tree) if captured else set()
        clash = {name: unused(name, used, functions.values()) for name in captured if name in used}
        inner = any(isinstance(self.env.get(name), Closure) for name in captured)
        if any(name not in self.env for name in captured) or clash and inner:
            return outside, {}
        for name, function in functions.items():
            key = self.session.renamed(function, clash)
            outside[name] = kinds[name] if key is None else Closure(key, kinds[name].active)
        return outside, {clash.get(name, name): self.read(name) for name in captured}

    def read(self, name: str) -> Node:
        """Return a variable as it is read here."""
        node = load(name)
        node.kind = self.env[name]
        return node

    def call_closure(self, node: Node, target: Closure, args: list[Node], keywords: dict[str, Node]) -> Kind:
        """Call of a local function whose captured variables are in sight."""
        function = self.session.local_function(target.key)
        signature = signature_of(function.node.args)
        try:
            bound = signature.bind(*args, **keywords).arguments
        except TypeError:
            return self.dynamic_closure(node)
        for name, parameter in signature.parameters.items():
            if name not in bound and parameter.default is not parameter.empty:
                bound[name] = clone(parameter.default)
                self.visit(bound[name])
        captured = self.captured_names(function, (target.key,))
        own = set(signature.parameters) | names_written(function.node.body)
        if any(name not in self.env or name in own for name in captured):
            return self.dynamic_closure(node)  # a function that it calls sees another variable of that name
        kinds, carried = self.passed_on(bound, function.node)
        given = {name: self.read(name) for name in captured} | carried
        outside = {name: node.kind for name, node in given.items()}
        active = any(k.active for k in [*kinds.values(), *outside.values()])
        unit = self.session.specialize_local(function, kinds, outside, self)
        node.inner = None if active else unit
        if not active:
            return Unknown() if unit is None else self.session.result_of(unit)
        if unit is None:
            return self.dynamic_closure(node)
        self.unit.units.append(unit)
        node.decision = Decision(UNIT, None, bound=dict(bound), unit=unit, carried=given)
        result: Kind = self.session.result_of(unit)
        return result

    def handed_on(self, node: Node) -> Any:
        """Return the unit of a local function that a call hands to somebody who calls it with active values.

        The running program compiles it for what it is called with; here its own problems are found before.
        """
        made = node.func if type(node.func).__name__ == "Call" else node
        target = getattr(made, "callee", None)
        taker: Any = target.value if isinstance(target, Known) else None
        if not made.args or not isinstance(made.args[0].kind, Closure) or has_stars(node) or has_stars(made):
            return None
        if made is not node and taker is functools.partial:
            given, named = [*made.args[1:], *node.args], [*made.keywords, *node.keywords]
        elif made is not node and taker is np.vectorize:
            given, named = node.args, node.keywords
        elif made is node and taker is np.apply_along_axis:
            given, named = node.args[2:], node.keywords
        else:
            return None
        plain = taker is functools.partial
        kinds = [outward(arg.kind) if plain else Unknown(arg.kind.active) for arg in given]
        return self.called_with(made.args[0].kind, kinds, {k.arg: outward(k.value.kind) for k in named})

    def called_with(self, target: Closure, kinds: list[Kind], named: dict[str, Kind]) -> Any:
        """Return the unit of a local function that somebody else calls; None if it cannot be had."""
        function = self.session.local_function(target.key)
        try:
            bound = signature_of(function.node.args).bind(*kinds, **named)
        except TypeError:  # the call itself will say so
            return None
        captured = self.captured_names(function, (target.key,))
        complete = len(bound.arguments) == len(bound.signature.parameters) and not function.node.args.vararg
        if not complete or any(name not in self.env for name in captured):
            return None
        outside = {name: self.env[name] for name in captured}
        return self.session.specialize_local(function, dict(bound.arguments), outside, self, strict=False)

    def dynamic_closure(self, node: Node) -> Kind:
        node.decision = Decision(DYNAMIC)
        return Unknown(True)

    def visit(self, node: Node) -> Kind:
        """Infer an expression's kind."""
        raise NotImplementedError  # defined with the expressions

    def any_active(self, node: Node) -> bool:
        """Whether an argument of a call is active."""
        raise NotImplementedError  # defined with the calls

    def bind(self, target: Node, kind: Kind) -> None:
        """Assign a kind to a target."""
        raise NotImplementedError  # defined with the statements

    def bind_name(self, name: str, kind: Kind) -> None:
        """Assign a kind to a name."""
        raise NotImplementedError  # defined with the statements


def escaping(tree: Node, parameters: Mapping[str, Kind]) -> frozenset[str]:
    """Return the parameters that are functions of which an inferred function does not only compile calls."""
    functions = {name for name, kind in parameters.items() if isinstance(kind, Closure)}
    if not functions:
        return frozenset()
    resolved: set[int] = set()
    for node in walk(tree.body):
        decision = getattr(node, "decision", None)
        if type(node).__name__ == "Call" and decision is not None and decision.how == UNIT:
            given = [value for name, value in decision.bound.items() if name not in decision.unit.active]
            resolved |= {id(value) for value in (node.func, *given)}
    return frozenset(n.id for n in walk(tree.body) if is_one_of(n, functions) and id(n) not in resolved)


def is_one_of(node: Node, names: set[str]) -> bool:
    """Whether a node is one of some variables."""
    return type(node).__name__ == "Name" and node.id in names


def unused(name: str, used: set[str], functions: Iterable[LocalFunction]) -> str:
    """Return another name for a variable, which neither a function nor those given to it use."""
    taken = used.union(*(used_names(function.node) for function in functions))
    return next(new for i in itertools.count(2) if (new := f"{name}_{i}") not in taken)


def used_names(tree: Node) -> set[str]:
    """Return every name that occurs in a function."""
    return {node.id for node in walk(tree) if type(node).__name__ == "Name"} | names_written(tree.body)


def defaults_of(args: Node) -> dict[str, Node]:
    """Return the default expressions of a function definition by parameter."""
    positional = [*args.posonlyargs, *args.args]
    pairs = [
        *zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ]
    return {parameter.id: default for parameter, default in pairs if default is not None}


def liftable(node: Node) -> bool:
    """Whether a nested function can be compiled with its captured variables as parameters."""
    constant_defaults = all(type(d).__name__ == "Constant" for d in defaults_of(node.args).values())
    kinds = {type(child).__name__ for child in walk(node.body)}
    return (
        constant_defaults
        and not node.decorator_list
        and not kinds & {"Nonlocal", "Global", "Yield", "YieldFrom", "Await"}
    )


def signature_of(args: Node) -> inspect.Signature:
    """Return the signature of a function definition; the defaults are syntax trees."""
    positional = [*args.posonlyargs, *args.args]
    defaults = [inspect.Parameter.empty] * (len(positional) - len(args.defaults)) + list(args.defaults)
    parameters = []
    for node, default in zip(positional, defaults, strict=True):
        only = node in args.posonlyargs
        how = inspect.Parameter.POSITIONAL_ONLY if only else inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters.append(inspect.Parameter(node.id, how, default=default))
    if args.vararg is not None:
        parameters.append(inspect.Parameter(args.vararg.id, inspect.Parameter.VAR_POSITIONAL))
    for node, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        value = inspect.Parameter.empty if default is None else default
        parameters.append(inspect.Parameter(node.id, inspect.Parameter.KEYWORD_ONLY, default=value))
    if args.kwarg is not None:
        parameters.append(inspect.Parameter(args.kwarg.id, inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters)


__all__ = ["ClosureInference", "LocalFunction", "names_written"]
