"""The rule registry: which derivative rule belongs to which callable.

Rules are ordinary functions.  A rule is registered under the *object* it differentiates (a
function, a ufunc, a method descriptor such as ``np.ndarray.sum``, an attribute descriptor such as
``np.ndarray.T``, or an operator from :mod:`operator`), and binds its parameters by name, with the
primal's own names and defaults.  This module knows nothing of syntax trees.

References: ChainRulesCore.jl (rrule, frule, @scalar_rule, @non_differentiable, @opt_out).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Form = Literal["scalar", "rrule", "constant", "frule", "linear"]


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule.

    ``form`` is ``scalar`` (partial derivatives of an elementwise function), ``rrule`` (value and
    pullback), ``constant`` (no derivative), ``frule`` (value and pushforward) or ``linear`` (the
    function is its own pushforward in its first parameter).  ``parameters`` names the primal's
    parameters in the order in which the pullback returns cotangents.
    """

    form: Form
    primal: Any
    function: Callable[..., Any]
    parameters: tuple[str, ...] = ()
    when: Callable[..., bool] | None = None
    singular: bool = False
    fresh: bool = False
    kind: Callable[..., Any] | None = None
    complete: bool = False
    options: frozenset[str] = field(default_factory=frozenset)

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """The signature by which a call of the primal is bound to the rule's parameters."""
        signature = inspect.signature(self.function)
        hidden = {"out"} if self.form == "scalar" else set(self.options)
        keep = [p for name, p in signature.parameters.items() if name not in hidden]
        return signature.replace(parameters=keep)

    @functools.cached_property
    def positional(self) -> tuple[int, tuple[str, ...]]:
        """How many positional arguments a call without keywords needs, and the names it can give them."""
        parameters = self.signature.parameters.values()
        plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        needed = [p for p in parameters if p.default is p.empty and p.kind is p.KEYWORD_ONLY]
        least = sum(p.default is p.empty for p in plain) if not needed else len(plain) + 1
        return least, tuple(p.name for p in plain)


class Registry:
    """A table of rules; the newest rule of a callable is tried first."""

    def __init__(self) -> None:
        self._rules: dict[Any, tuple[Rule, ...]] = {}
        self._pushforwards: dict[Any, tuple[Rule, ...]] = {}
        self.epoch = 0
        self.lazy: dict[str, str] = {}

    def add(self, rule: Rule) -> None:
        """Register a rule in front of the older ones for the same callable."""
        self._rules[rule.primal] = (rule, *self._rules.get(rule.primal, ()))
        self.epoch += 1

    def add_pushforward(self, rule: Rule) -> None:
        """Register a forward rule in front of the older ones for the same callable."""
        self._pushforwards[rule.primal] = (rule, *self._pushforwards.get(rule.primal, ()))
        self.epoch += 1

    def lookup(self, primal: Any) -> tuple[Rule, ...]:
        """Return the rules of a callable, newest first; empty if it has none."""
        home = getattr(primal, "__module__", None)
        if home in self.lazy:
            importlib.import_module(self.lazy.pop(home))
        try:
            return self._rules.get(primal, ())
        except TypeError:  # unhashable callables cannot have been registered
            return ()

    def misfit(self, primal: Any, keywords: Iterable[str]) -> str:
        """Return in words why no rule of a callable takes a call with these keyword arguments."""
        known = {name for rule in self.lookup(primal) for name in rule.parameters}
        unknown = [f"`{name}=`" for name in keywords if name not in known]
        return f"takes no {' and no '.join(unknown)}" if unknown else "does not take these arguments"

    def pushforwards(self, primal: Any) -> tuple[Rule, ...]:
        """Return the forward rules of a callable, newest first; scalar and constant rules serve both ways."""
        both = tuple(r for r in self.lookup(primal) if r.form in ("scalar", "constant"))
        try:
            return (*self._pushforwards.get(primal, ()), *both)
        except TypeError:  # unhashable callables cannot have been registered
            return ()

    def primals(self) -> list[Any]:
        """Return every callable that has a rule."""
        return list(self._rules)

    @contextlib.contextmanager
    def scope(self) -> Iterator[Registry]:
        """Forget, on exit, every rule registered inside the ``with`` block."""
        rules, pushforwards = dict(self._rules), dict(self._pushforwards)
        self.epoch += 1
        try:
            yield self
        finally:
            self._rules, self._pushforwards = rules, pushforwards
            self.epoch += 1


registry = Registry()
#: Rules of optional packages are loaded when a function of that module is first looked up.
for _module in ("scipy._lib._array_api", "scipy._lib._array_api_override"):
    registry.lazy[_module] = "adjoint.rules.scipy_arrays"


def scalar_rule(
    *primals: Any,
    when: Callable[..., bool] | None = None,
    singular: bool = False,
    kind: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Register the partial derivatives of an elementwise function.

    The decorated function takes the primal's output ``out`` first, then the primal's arguments,
    and returns the partial derivative of ``out`` for each argument (a tuple when there are
    several).  Derivatives of complex functions are the holomorphic ones; the compiler conjugates.

    Args:
        primals: the functions the rule belongs to.
        when: predicate on the kinds of the arguments (keyword-called by parameter name); the rule
            is used only where it holds.
        singular: the partial can be infinite or NaN where the value is finite; the product with
            an exactly zero cotangent is then zero (a strong zero).
        kind: the kind of the output, from the kinds of the arguments, where it depends on values.

    Example:
        >>> from adjoint.rules.registry import registry
        >>> with registry.scope():
        ...     def softplus(x): ...
        ...     @scalar_rule(softplus)
        ...     def _(out, x):
        ...         return 1.0 / (1.0 + np.exp(-x))
    """

    def register(function: F) -> F:
        parameters = tuple(inspect.signature(function).parameters)[1:]
        for primal in primals:
            registry.add(Rule("scalar", primal, function, parameters, when, singular, fresh=True, kind=kind))
        return function

    return register


def rrule(
    *primals: Any,
    when: Callable[..., bool] | None = None,
    fresh: bool = False,
    kind: Callable[..., Any] | None = None,
    complete: bool = False,
) -> Callable[[F], F]:
    """Register a rule in ChainRules form: ``rule(*args) -> (out, pullback)``.

    The pullback takes the cotangent of ``out`` and returns one cotangent per parameter of the
    rule, in order (a bare value when there is one parameter); ``None`` stands for zero.  A rule
    may return ``NotImplemented`` to decline a call.

    Args:
        primals: the functions the rule belongs to.
        when: predicate on the kinds of the arguments; the rule is used only where it holds.
        fresh: the output never shares memory with an argument.
        kind: function from the arguments' kinds to the output's kind, for functions that cannot
            be run on small dummy arrays.
        complete: the cotangent of a list or tuple has an array or number for each of its items, never
            ``None``.
    """

    def register(function: F) -> F:
        parameters = tuple(inspect.signature(function).parameters)
        for primal in primals:
            registry.add(Rule("rrule", primal, function, parameters, when, False, fresh, kind, complete))
        return function

    return register


def frule(
    *primals: Any,
    when: Callable[..., bool] | None = None,
    kind: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Register a forward rule, the dual of `rrule`: ``rule(*args) -> (out, pushforward)``.

    The pushforward takes one tangent per parameter of the rule and returns one contribution per
    parameter (a bare value when there is one parameter), ``None`` where a parameter has no
    tangent; the tangent of ``out`` is their sum.  Every contribution depends on its own tangent
    alone, so those of inactive arguments are never computed.

    Args:
        primals: the functions the rule belongs to.
        when: predicate on the kinds of the arguments; the rule is used only where it holds.
        kind: the kind of the output, from the kinds of the arguments, for functions without an rrule.
    """

    def register(function: F) -> F:
        parameters = tuple(inspect.signature(function).parameters)
        for primal in primals:
            registry.add_pushforward(Rule("frule", primal, function, parameters, when, kind=kind))
        return function

    return register


def linear(*primals: Any, when: Callable[..., bool] | None = None) -> Any:
    """Declare that functions are linear in their first argument, all others being constants.

    The tangent of the output is the same call with the first argument's tangent in its place.
    """
    for primal in primals:
        registry.add_pushforward(Rule("linear", primal, primal, (), when))
    return primals[0] if len(primals) == 1 else None


def non_differentiable(*primals: Any) -> Any:
    """Declare that the outputs of these functions carry no derivative; usable as a decorator."""
    for primal in primals:
        registry.add(Rule("constant", primal, primal))
    return primals[0] if len(primals) == 1 else None
