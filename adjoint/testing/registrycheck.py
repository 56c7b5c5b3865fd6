"""Look over the registered rules without running them; see `check_registry`."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.rules.errors import spell
from adjoint.rules.places import display_path
from adjoint.rules.registry import Rule, registry

DIFFERENTIABLE = ("scalar", "rrule")


def check_registry(package: str | None = None, forward: bool = False) -> None:
    """Check that the rules of a package can be found, fit their functions and do not hide each other.

    Args:
        package: only rules written in this package; all of them if None.
        forward: whether every differentiable function must have a forward rule, too.

    Raises:
        AssertionError: with one line for each finding.

    Example:
        >>> check_registry('a_package_without_rules')
    """
    found = [
        f"{spell(primal)}: {text}"
        for primal in registry.primals()
        for text in findings(primal, package, forward)
    ]
    assert not found, "\n".join(["rules with faults:", *found])


def findings(primal: Any, package: str | None, forward: bool) -> Iterator[str]:
    """Yield what is wrong with the rules of one function."""
    every = registry.lookup(primal)
    rules = [rule for rule in every if package is None or belongs(rule, package)]
    for rule in rules:
        if rule.form in DIFFERENTIABLE:
            yield from misnamed(rule)
    yield from unreachable(rules)
    if isinstance(primal, types.MethodType) and isinstance(primal.__func__, types.FunctionType):
        yield "the rule belongs to a bound method; register it under the function in the class"
    if not callable(primal) and not inspect.isdatadescriptor(primal):
        yield "it is neither a function nor an attribute of a class, so no call will find the rule"
    needed = forward and any(rule.form in DIFFERENTIABLE for rule in rules)
    if needed and not registry.pushforwards(primal):
        yield "there is no forward rule"


def belongs(rule: Rule, package: str) -> bool:
    """Whether a rule was written in a package or module."""
    home = rule.home or str(getattr(rule.function, "__module__", ""))
    return home == package or home.startswith(f"{package}.")


def unreachable(rules: list[Rule]) -> Iterator[str]:
    """Yield the rules that a newer one without a condition hides; declining ones hide nothing."""
    for i, newer in enumerate(rules):
        code = getattr(newer.function, "__code__", None)
        declines = newer.form == "rrule" and code is not None and "NotImplemented" in code.co_names
        if newer.when is not None or declines or newer.form == "opt_out":
            continue
        for older in rules[i + 1 :]:
            if accepts_all_of(newer, older):
                yield f"the rule at {where(older)} is never used: the one at {where(newer)} is newer"
        return


def accepts_all_of(newer: Rule, older: Rule) -> bool:
    """Whether every call that fits the older rule fits the newer one."""
    if older.form == "constant":  # declared for calls that the newer one cannot take
        return False
    if newer.form == "constant":
        return True
    extra = [newer.signature.parameters[name] for name in newer.parameters if name not in older.parameters]
    optional = all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in extra)
    return optional and set(older.parameters) <= set(newer.parameters)


def misnamed(rule: Rule) -> Iterator[str]:
    """Yield where a rule's parameters differ from those of its function."""
    primal = known_parameters(rule.primal)
    if primal is None:
        return
    starred = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in primal.values())
    place = where(rule)
    named = [n for n, p in primal.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    mine = [n for n, p in rule.signature.parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    for name, parameter in rule.signature.parameters.items():
        bare = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if bare or name in primal and same_default(parameter, primal[name]):
            continue
        if name in primal:
            default = repr(parameter.default)
            yield f"the default of `{name}` in the rule at {place} is {default}, not that of the function"
        elif not starred and not any(p.kind is p.POSITIONAL_ONLY for p in primal.values()):
            yield f"the rule at {place} has a parameter `{name}` that the function has not"
    shared = [n for n in mine if n in named]
    if shared != [n for n in named if n in shared]:
        yield f"the rule at {place} has its parameters in another order: {mine}, not {named}"


def same_default(mine: inspect.Parameter, its: inspect.Parameter) -> bool:
    """Whether a parameter of a rule can be left out where that of the function can, with the same effect."""
    sentinel = not isinstance(its.default, bool | int | float | str | tuple | type(None))
    if its.default is its.empty or mine.default is mine.empty or sentinel:
        return True
    integers = isinstance(mine.default, int) and isinstance(its.default, int)  # False or 0, by version
    alike = integers or type(mine.default) is type(its.default)
    return mine.default is its.default or alike and bool(mine.default == its.default)


def known_parameters(primal: Any) -> Any:
    """Return the parameters of a function, None for compiled code, which is called by position."""
    if isinstance(primal, types.BuiltinFunctionType | np.ufunc):
        return None
    try:
        return inspect.signature(primal).parameters
    except (TypeError, ValueError):
        return None


def where(rule: Rule) -> str:
    """Return the file and line of a rule."""
    code = getattr(rule.function, "__code__", None)
    return "?" if code is None else f"{display_path(code.co_filename)}:{code.co_firstlineno}"


__all__ = ["check_registry"]
