"""Variations of one call, on which a rule must be right too: missing cotangents, keywords, other dtypes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from adjoint.compiling.leaves import duplicate, is_differentiable, leaf_at, leaves, map_leaves
from adjoint.rules.apply import find_rule
from adjoint.testing.comparing import assert_close, spoken, times_zero

if TYPE_CHECKING:
    from adjoint.testing.rulecheck import RuleCheck

Call = tuple[tuple[Any, ...], dict[str, Any]]


def check_missing_cotangents(check: RuleCheck, y: Any, pullback: Callable[[Any], Any], y_bar: Any) -> None:
    """Leave out the cotangent of each output of several: the same as a zero there.

    Args:
        check: the rule and its name.
        y: the value of the call.
        pullback: of the call.
        y_bar: cotangent of the value.
    """
    if type(y) not in (tuple, list) or len(y) < 2:
        return
    for i, item in enumerate(y):
        if not any(is_differentiable(leaf) for _, leaf in leaves(item)):
            continue
        zero = [map_leaves(times_zero, bar) if k == i else bar for k, bar in enumerate(y_bar)]
        none = [None if k == i else bar for k, bar in enumerate(y_bar)]
        wanted = duplicate(pullback(type(y)(zero)))
        try:
            got = pullback(type(y)(none))
        except (TypeError, AttributeError, ValueError) as error:
            raise AssertionError(f"{check.name}: fails without a cotangent of output {i}: {error}") from error
        for path, leaf in leaves(wanted):
            bar = leaf_at(got, path)
            if leaf is not None and (bar is not None or np.any(leaf)):
                bar = np.zeros(np.shape(leaf)) if bar is None else bar
                message = f"{check.name}: cotangent of {spoken(path)} without a cotangent of output {i}"
                assert_close(bar, leaf, 1e-9, 1e-10, message)


def check_keywords(check: RuleCheck) -> None:
    """Repeat the call with the default of every float parameter given, and differentiate by it."""
    found = find_rule(check.primal, tuple(check.args), dict(check.kwargs))
    if found is None or found[0].form == "constant":
        return
    rule, bound = found
    extra = {
        name: parameter.default
        for name, parameter in rule.signature.parameters.items()
        if type(parameter.default) is float and name not in bound.arguments and np.isfinite(parameter.default)
    }
    for name, default in extra.items():
        kwargs = {**check.kwargs, name: default}
        dataclasses.replace(check, kwargs=kwargs, sweep=False, second=False).run()


def check_integers(check: RuleCheck) -> None:
    """Repeat an elementwise call with integer arrays: they have no cotangent, the others keep theirs."""
    args, kwargs = tuple(check.args), dict(check.kwargs)
    for i, arg in enumerate(args):
        if not isinstance(arg, np.ndarray) or not is_differentiable(arg) or arg.dtype.kind == "c":
            continue
        whole = (*args[:i], np.ones(arg.shape, int), *args[i + 1 :])
        if not elementwise(check.primal, whole, kwargs) or not accepted(check.primal, whole, kwargs):
            continue
        with np.errstate(all="ignore"):
            y, pullback, _ = check.value_and_pullback(whole, kwargs)
            if any(is_differentiable(leaf) for _, leaf in leaves(y)):
                y_bar = map_leaves(ones_like, y)
                bars = check.check_pullback(whole, kwargs, pullback, y_bar)
                bar = bars.get(("arg", i))
                assert bar is None, f"{check.name}: cotangent {bar!r} for the integers of argument {i}"


def check_complex(check: RuleCheck) -> None:
    """Repeat an elementwise call of one float array with complex numbers, where the function takes them."""
    args, kwargs = tuple(check.args), dict(check.kwargs)
    floats = [i for i, arg in enumerate(args) if is_differentiable(arg)]
    if len(floats) != 1 or not isinstance(args[floats[0]], np.ndarray) or args[floats[0]].dtype != float:
        return
    moved = tuple(arg + 0.25j if i == floats[0] else arg for i, arg in enumerate(args))
    if elementwise(check.primal, moved, kwargs) and accepted(check.primal, moved, kwargs):
        try:
            y, pullback, _ = check.value_and_pullback(moved, kwargs)
            pullback(map_leaves(ones_like, y))
        except TypeError:  # the derivative needs a function that takes real numbers only: refused
            return
        dataclasses.replace(check, args=moved, sweep=False, second=False).run()


def elementwise(primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether an elementwise rule is responsible for a call."""
    found = find_rule(primal, args, kwargs)
    return found is not None and found[0].form == "scalar"


def accepted(primal: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a function takes these arguments at all."""
    try:
        with np.errstate(all="ignore"):
            primal(*duplicate(args), **kwargs)
    except (TypeError, ValueError):
        return False
    return True


def ones_like(leaf: Any) -> Any:
    """Return ones in the form of a number or array."""
    if not is_differentiable(leaf):
        return None
    return np.ones_like(leaf) if isinstance(leaf, np.ndarray) else type(leaf)(1.0)


__all__ = ["check_complex", "check_integers", "check_keywords", "check_missing_cotangents"]
