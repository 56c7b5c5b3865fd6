"""What debug mode looks at: the value and the cotangents of every rule that is applied.

>>> import adjoint
>>> with np.errstate(divide="ignore"), adjoint.debug():
...     adjoint.grad(lambda x: np.exp(np.log(x)))(0.0)
Traceback (most recent call last):
    ...
adjoint.rules.errors.RuleError: np.log: the value is -inf although the arguments are finite [ADJ204]
...
"""

from __future__ import annotations

import contextlib
import inspect
from typing import Any

import numpy as np

from adjoint.rules.errors import RuleError, spell
from adjoint.rules.places import display_path
from adjoint.rules.registry import Rule, non_differentiable, registry
from adjoint.rules.symbolic import AbstractZero, NotImplementedTangent


def debug() -> contextlib.AbstractContextManager[None]:
    """Check every application of a rule inside the ``with`` block.

    Rules are called one by one instead of being pasted, and the first that goes wrong is named: a
    value or cotangent that is infinite or NaN although what it was computed from is finite, a
    cotangent of a shape that the argument does not have or complex for a real argument, a pullback
    that changes its cotangent, a wrong number of cotangents.  Slow; meant for looking at one call.

    Raises:
        RuleError: ADJ204, inside the block; a note names the user's line.

    Example:
        >>> import adjoint
        >>> with adjoint.debug():
        ...     adjoint.grad(lambda x: np.sin(x) * x)(2.0)
        0.0770037537313969
    """
    return registry.debugging()


def check_value(rule: Rule, bound: inspect.BoundArguments, value: Any) -> None:
    """Check that finite arguments gave a finite value.

    Raises:
        RuleError: ADJ204.
    """
    found = worst(value)
    if found is not None and worst(tuple(bound.arguments.values())) is None:
        raise fault(rule, f"the value is {found!r} although the arguments are finite")


def check_bars(rule: Rule, bound: inspect.BoundArguments, bars: tuple[Any, ...], *given: Any) -> None:
    """Check the cotangents that a pullback returned.

    Args:
        rule: the rule.
        bound: the call's arguments.
        bars: one cotangent for each parameter of the rule, as the pullback returned them.
        given: the cotangent of the value, before and after the call of the pullback.

    Raises:
        RuleError: ADJ204.
    """
    before, after = given
    if not same(before, after):
        raise fault(rule, "the pullback changes its cotangent in place")
    for name, bar in zip(rule.parameters, bars, strict=True):
        x: Any = bound.arguments.get(name)
        if bar is None or isinstance(bar, AbstractZero | NotImplementedTangent):
            continue
        number = isinstance(x, float | complex) or isinstance(x, np.ndarray) and x.dtype.kind in "fc"
        if number and np.shape(bar) != np.shape(x):
            raise fault(
                rule, f"the cotangent of {name!r} has shape {np.shape(bar)}, the argument {np.shape(x)}"
            )
        if number and np.iscomplexobj(bar) and not np.iscomplexobj(x):
            raise fault(rule, f"the cotangent of {name!r} is complex for a real argument")
        found = worst(bar)
        if found is not None and worst(before) is None and worst(tuple(bound.arguments.values())) is None:
            raise fault(rule, f"the cotangent of {name!r} is {found!r} for a finite cotangent of the value")


def worst(x: Any) -> Any:
    """Return an entry that is infinite or NaN, None if all are finite."""
    if isinstance(x, tuple | list):
        return next((found for item in x if (found := worst(item)) is not None), None)
    if isinstance(x, dict):
        return worst(list(x.values()))
    if not isinstance(x, float | complex | np.ndarray | np.generic) or np.asarray(x).dtype.kind not in "fc":
        return None
    flat = np.asarray(x).ravel()
    bad = flat[~np.isfinite(flat)]
    return bad[0].item() if bad.size else None


def same(a: Any, b: Any) -> bool:
    """Whether two cotangents of one value are equal entry by entry."""
    if isinstance(a, tuple | list):
        return all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return all(same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    return True


def fault(rule: Rule, what: str) -> RuleError:
    """Return the error for a rule that debug mode found at fault."""
    return RuleError(
        "ADJ204",
        title=f"{spell(rule.primal)}: {what}",
        why=f"debug mode checks every rule where it is applied; {whereabouts(rule)}",
        fixes=(
            "look at the arguments of this call: is it at a point where the derivative exists?",
            "check the rule:  adjoint.testing.check_rule(function, *args)",
        ),
    )


def whereabouts(rule: Rule) -> str:
    """Return where a rule is written, as a clause."""
    code = getattr(rule.function, "__code__", None)
    if code is None:
        return "the rule has no source."
    return f"the rule is at {display_path(code.co_filename)}:{code.co_firstlineno}."


non_differentiable(check_bars, check_value)  # a pullback that is differentiated itself checks nothing

__all__ = ["check_bars", "check_value", "debug", "whereabouts"]
