"""Calls of library functions: which rule they have, and the kind of what they return.

Both follow from the kinds of the operands alone, so a call like an earlier one of the same compilation is not
looked at again.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     return np.sin(x) * np.sin(x)
>>> verdicts = inferred(f, 2.0).inference.session.verdicts.values()
>>> [(function.__name__, decision and decision.how) for decision, _, function in verdicts]
[('sin', 'rule'), ('mul', 'rule')]
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.kinds import NUMERIC, Array, Kind, Known, Unknown, with_active
from adjoint.rules.registry import registry
from adjoint.rules.signatures import own_signature

from .classes import bound_kind, holds_objects, is_plain, outward
from .decide import (
    DYNAMIC,
    MISSING,
    OVERLOADED,
    RULE,
    UNBOUND,
    Decision,
    calls_back,
    certainly_missing,
    choose,
    declared_kind,
    is_user_function,
    pure,
    rules_of,
)
from .dummies import broadcast, result_kind
from .syntax import Node


class LibraryInference:
    """Decides on calls of functions with a rule, or of compiled code without one."""

    session: Any
    depth: int

    def call_library(
        self, node: Node, function: Any, args: list[Node], keywords: dict[str, Node], active: bool
    ) -> Kind:
        """Call of a function with a rule, or of compiled code without one."""
        kinds = tuple([arg.kind for arg in args])
        named = {key: value.kind for key, value in keywords.items()}
        if is_user_function(function):  # whose source may be inferred, with another result in another round
            decision, kind = self.verdict(function, kinds, named, active)
        else:
            key = (id(function), active, kinds, *named.items())
            if key not in self.session.verdicts:
                self.session.verdicts[key] = *self.verdict(function, kinds, named, active), function
            decision, kind, _ = self.session.verdicts[key]
        node.decision = decision if decision is None else decision.about(args, keywords)
        return kind

    def verdict(
        self, function: Any, kinds: tuple[Kind, ...], named: dict[str, Kind], active: bool
    ) -> tuple[Decision | None, Kind]:
        """Return the decision on a library call, with kinds for its operands, and the kind of its result."""
        plain = tuple(with_active(outward(kind), False) for kind in kinds)
        plain_named = {key: with_active(outward(kind), False) for key, kind in named.items()}
        forward = self.session.forward
        decision = choose(function, kinds, named, kinds, named, forward) if active else None
        if decision is not None and decision.how in (RULE, UNBOUND):
            decision = self.settle(decision, [*kinds, *named.values()])
        if decision is not None and decision.how == MISSING and not certainly_missing(function):
            decision = Decision(DYNAMIC)
        kind = self.library_kind(function, decision, plain, plain_named)
        if decision is None:
            return None, kind
        if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind in "OV":
            return Decision(UNBOUND, function, kinds, named), Unknown(True)
        fills = str(getattr(function, "__module__", "")).partition(".")[0] in ("numpy", "scipy")
        if fills and kind == Known(None) and decision.how in (DYNAMIC, MISSING):  # nothing but an array
            return Decision(MISSING, function, kinds, named), Unknown(True)
        objects = any(map(holds_objects, kinds)) or function in OVERLOADED and not all(map(is_plain, kinds))
        if decision.how == DYNAMIC and objects:
            return decision, Unknown(True)
        return decision, with_active(kind, True) if decision.how not in (MISSING, UNBOUND) else Unknown(True)

    def settle(self, decision: Decision, kinds: list[Kind]) -> Decision:
        """A rule for numbers is used only where the operands are numbers (or containers of them)."""
        if all(is_plain(kind) for kind in kinds) and not registry.debug:
            return decision
        return Decision(DYNAMIC, decision.target, decision.operands, decision.keywords)

    def library_kind(
        self, function: Any, decision: Decision | None, kinds: tuple[Kind, ...], named: dict[str, Kind]
    ) -> Kind:
        """Return the kind of a library call's result."""
        rules = rules_of(function, self.session.forward)
        if decision is None and not rules:
            return Unknown()
        chosen = decision
        if chosen is None or chosen.rule is None:
            chosen = choose(function, kinds, named, kinds, named, self.session.forward)
        declared = declared_kind(chosen, kinds, named) if chosen is not None else None
        if declared is not None:
            return declared
        if not pure(function) or calls_back(chosen):
            return self.source_kind(function, kinds, named)
        kind = result_kind(function, kinds, tuple(named.items()))
        if kind == NUMERIC and not rules:
            return Unknown()
        elementwise = chosen is not None and chosen.rule is not None and chosen.rule.form == "scalar"
        if elementwise and isinstance(kind, Array) and kind.dims is not None:
            return Array(kind.dtype, broadcast(*(dims_of(k) for k in kinds)), False)
        return kind

    def source_kind(self, function: Any, kinds: tuple[Kind, ...], named: dict[str, Kind]) -> Kind:
        """Return the kind that the source of a user's function with a rule says it returns."""
        if not is_user_function(function):
            return Unknown()
        try:
            bound = own_signature(function).bind(*kinds, **named).arguments
        except (TypeError, ValueError):
            return Unknown()
        given = {name: bound_kind(value) for name, value in bound.items()}
        unit = self.session.inactive_unit(function, given, self.depth)
        return Unknown() if unit is None else self.session.result_of(unit)


def dims_of(kind: Kind) -> tuple[str, ...] | None:
    """Return the dimensions of an operand of an elementwise function."""
    return kind.dims if isinstance(kind, Array) else ()


__all__ = ["LibraryInference"]
