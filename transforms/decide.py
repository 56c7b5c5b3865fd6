"""Decisions: how the reverse of one call, operator or access will be obtained.

A decision is made once, during inference, from the kinds of the operands; later passes only read it.

>>> from adjoint.rules.kinds import FLOAT
>>> def how(function, *kinds):
...     decision = choose(function, [None] * len(kinds), {}, kinds, {})
...     return None if decision is None else decision.how
>>> how(np.sin, FLOAT), how(np.argmax, FLOAT), how(np.sin, FLOAT, FLOAT, FLOAT), how(memoryview, FLOAT)
('rule', None, 'unbound', 'missing')
"""

from __future__ import annotations

import operator
import types
from _ctypes import CFuncPtr
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, Known, Tuple, Unknown, kind_of
from adjoint.rules.registry import Rule, registry

from .trees import walk

RULE = "rule"  # a rule of the library; pasted or called
UNIT = "unit"  # a Python function compiled for these kinds
PATH = "path"  # a constant key or field of a container: the cotangent has a place of its own
ITEM = "item"  # an element of a list
BUILD = "build"  # a named tuple or dataclass is made from its fields
DYNAMIC = "dynamic"  # decided when the program runs
MISSING = "missing"  # no rule and no source
UNBOUND = "unbound"  # the call does not fit the rule's parameters
MUTATES = "mutates"  # changes one of its operands in place
APPEND = "append"  # appends to a local list
POP = "pop"  # takes an item out of a local list
MIRROR = "mirror"  # changes its first argument in place, linearly in that and the last argument

#: Packages whose functions may be run on small arrays to see what they return.
SAFE_MODULES = ("numpy", "math", "builtins", "operator", "_operator", "cmath")


#: Builtins that a class may define for its objects, with a result of any kind.
OVERLOADED = (abs, round, divmod, pow, sum)
#: Functions that have no derivative, except where a class says what they mean.
CONSTANT_UNLESS_DEFINED = (
    round, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift, operator.invert,
)  # fmt: skip


@dataclass(eq=False)
class Decision:
    """What was decided for one node."""

    how: str
    target: Any = None
    operands: Sequence[Any] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    rule: Rule | None = None
    bound: Mapping[str, Any] = field(default_factory=dict)
    unit: Any = None
    method: str | None = None
    carried: Mapping[str, Any] = field(default_factory=dict)  # captured variables, given by keyword

    def about(self, operands: Sequence[Any], keywords: Mapping[str, Any]) -> Decision:
        """Return the same decision on a call of a library function with other operands of the same kinds."""
        if self.target is None:
            return Decision(self.how)
        keywords = {name: keywords[name] for name in self.keywords}
        bound = {} if self.rule is None else bind(self.rule, operands, keywords) or {}
        return Decision(self.how, self.target, operands, keywords, self.rule, bound)


def is_foreign(function: Any) -> bool:
    """Whether a callable is a ctypes or cffi function."""
    return isinstance(function, CFuncPtr) or type(function).__module__.startswith(("_cffi", "cffi"))


def choose(
    function: Any,
    args: Sequence[Any],
    keywords: Mapping[str, Any],
    kinds: Sequence[Kind],
    keyword_kinds: Mapping[str, Kind],
    forward: bool = False,
) -> Decision | None:
    """Choose the rule for a call with active operands; None when the result carries no derivative."""
    rules = rules_of(function, forward)
    if keyword_kinds.get("out") == Known(None):  # as if it had been left out
        keywords = {name: value for name, value in keywords.items() if name != "out"}
        keyword_kinds = {name: kind for name, kind in keyword_kinds.items() if name != "out"}
    scoped = False
    misfit = False
    for rule in rules:
        if rule.form == "constant":
            if misfit:  # it stands for other kinds of arguments, not for other arguments
                break
            return None
        bound = bind(rule, args, keywords)
        if bound is None:
            misfit = True
            continue
        bound_kinds = bind(rule, kinds, keyword_kinds) or {}
        if applies(rule, bound_kinds):
            if rule.form == "opt_out":
                return Decision(DYNAMIC, function, args, keywords)
            return Decision(RULE, function, args, keywords, rule, bound)
        scoped = True
    if scoped and isinstance(function, types.FunctionType | type):  # its source serves other kinds
        return Decision(DYNAMIC, function, args, keywords)
    return Decision(UNBOUND if rules else MISSING, function, args, keywords)


def rules_of(function: Any, forward: bool) -> tuple[Rule, ...]:
    """Return the rules of a callable; in forward mode one that has forward rules only counts, too."""
    rules = registry.lookup(function)
    if rules or not forward:
        return rules
    return tuple(rule for rule in registry.pushforwards(function) if rule.form == "frule")


def is_mirrored(function: Any) -> bool:
    """Whether a function changes its first argument in place, linearly in that and in the last."""
    ufunc = getattr(function, "__self__", None)
    adds = ufunc in (np.add, np.subtract) if isinstance(ufunc, np.ufunc) else False
    return getattr(function, "__adjoint_mirrored__", False) or adds and function.__name__ == "at"


def bind(rule: Rule, args: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any] | None:
    """Bind a call to the rule's parameters by name; None if it does not fit."""
    least, names = rule.positional
    if not keywords and least <= len(args) <= len(names):
        return dict(zip(names, args, strict=False))
    try:
        return dict(rule.signature.bind(*args, **keywords).arguments)
    except TypeError:
        return None


def applies(rule: Rule, bound_kinds: Mapping[str, Any]) -> bool:
    """Whether the rule's predicate holds for these kinds."""
    if rule.when is None:
        return True
    return bool(rule.when(**{name: _kind(rule, name, bound_kinds) for name in rule.parameters}))


def all_kinds(rule: Rule, bound_kinds: Mapping[str, Any]) -> dict[str, Kind]:
    """Return the kind of every parameter, defaults included."""
    return {name: _kind(rule, name, bound_kinds) for name in rule.parameters}


def declared_kind(decision: Decision, kinds: Any, named: Any) -> Kind | None:
    """Return the kind that the chosen rule declares for its result, None if it declares none."""
    rule = decision.rule
    if rule is None or rule.kind is None:
        return None
    bound = bind(rule, kinds, named)
    if bound is None:
        return None
    kind: Kind | None = rule.kind(**all_kinds(rule, bound))
    return kind


def _kind(rule: Rule, name: str, bound_kinds: Mapping[str, Any]) -> Kind:
    if name in bound_kinds:
        kind = bound_kinds[name]
        return Tuple(kind) if isinstance(kind, tuple) else Unknown() if isinstance(kind, dict) else kind
    parameter = rule.signature.parameters.get(name)
    if parameter is None or parameter.default is parameter.empty:
        return (
            Tuple(()) if parameter is not None and parameter.kind is parameter.VAR_POSITIONAL else Unknown()
        )
    default = parameter.default
    scalar = default is None or isinstance(default, bool | int | float | str | tuple)
    return Known(default) if scalar else kind_of(default)


def certainly_missing(function: Any) -> bool:
    """Whether a callable has neither a rule nor source."""
    if getattr(function, "__objclass__", None) in (list, dict, tuple, str, set, frozenset):
        return False
    if is_foreign(function):
        return True
    if isinstance(function, operator.itemgetter | operator.attrgetter | operator.methodcaller):
        return False
    if isinstance(function, types.BuiltinFunctionType):
        return getattr(function, "__module__", "") not in (
            "builtins",
            "_functools",
            "itertools",
            "_operator",
            None,
        )
    return isinstance(function, np.ufunc | types.MethodDescriptorType) or not hasattr(function, "__dict__")


def is_user_function(function: Any) -> bool:
    """Whether a callable is a Python function (its source is looked for when it is compiled)."""
    return isinstance(function, types.FunctionType)


def calls_back(decision: Decision | None) -> bool:
    """Whether a rule was chosen of a function that calls functions it is given: they are not run early."""
    return decision is not None and decision.rule is not None and "ad" in decision.rule.options


def pure(function: Any) -> bool:
    """Whether a library function may be run at compile time on dummy values.

    Of SciPy only functions with rules: its inner compiled ones trust the shapes that they are given, and
    write beyond the ends of dummies that do not fit together.
    """
    module = (
        getattr(function, "__module__", None)
        or getattr(getattr(function, "__objclass__", None), "__module__", "")
        or "numpy"
    )
    package = module.partition(".")[0]
    if package == "scipy":
        return isinstance(function, np.ufunc) or bool(registry.lookup(function))
    unsafe = "random" in module or function in (print, input, open, exec, eval)
    return package in SAFE_MODULES and not unsafe


def asks(decision: Decision, seen: frozenset[int] = frozenset()) -> bool:
    """Whether only the running program knows what a call does: it calls something unknown, here or below."""
    if decision.how != UNIT or id(decision.unit) in seen:
        return decision.how == DYNAMIC
    seen |= {id(decision.unit)}
    found = (getattr(n, "decision", None) for n in walk(decision.unit.tree) if type(n).__name__ == "Call")
    return any(asks(each, seen) for each in found if each is not None)
