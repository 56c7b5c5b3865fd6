"""Every keyword of every function with a rule is known to the rule, or refused by name: none is dropped."""

from __future__ import annotations

import inspect
import types
from typing import Any

import numpy as np
import pytest

from adjoint.compiling.leaves import duplicate
from adjoint.rules.errors import AdjointError
from adjoint.rules.registry import registry
from adjoint.runtime.dynamic import call
from adjoint.testing.differences import difference, inner, random_like
from tests.rules.generators import primal_name
from tests.rules.test_rules import CASES

UFUNC = ("out", "where", "casting", "order", "dtype", "subok")
#: What to give for a keyword; others get their default, spelled out.
VALUES: dict[str, Any] = {
    "where": np.array(True),
    "casting": "unsafe",
    "order": "C",
    "dtype": np.dtype(float),
    "subok": False,
    "keepdims": True,
    "copy": True,
    "initial": 1.0,
}


def keywords_of(primal: Any) -> dict[str, Any]:
    """Return the keywords that a function takes, with a value for each."""
    if isinstance(primal, np.ufunc):
        return {name: VALUES.get(name) for name in UFUNC}
    try:
        parameters = inspect.signature(primal).parameters.values()
    except (TypeError, ValueError):
        return {}
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return {p.name: VALUES.get(p.name, p.default) for p in named if p.default is not p.empty}


def unknown_keywords() -> list[Any]:
    """Return (case, keyword, value) for every keyword that no rule of the function has."""
    first = {}
    for case in CASES:
        first.setdefault(id(case.primal), case)
    result = []
    for case in first.values():
        rules = [rule for rule in registry.lookup(case.primal) if rule.form != "constant"]
        known = {name for rule in rules for name in rule.signature.parameters}
        open_ended = any(
            p.kind is p.VAR_KEYWORD for rule in rules for p in rule.signature.parameters.values()
        )
        if not open_ended:
            given = keywords_of(case.primal).items()
            result += [(case, name, value) for name, value in given if name not in known]
    return result


UNKNOWN = unknown_keywords()


def pulled(primal: Any, args: Any, kwargs: Any) -> Any:
    """Return the cotangents of the positional arguments."""
    out, pullback = call(primal, *duplicate(args), **duplicate(kwargs))
    return pullback(random_like(out, np.random.default_rng(0)))[1]


def assert_right(case: Any, kwargs: Any, bars: Any) -> None:
    """Without a rule the source may have been differentiated: then the gradient is right."""
    out = case.primal(*duplicate(case.args), **duplicate(kwargs))
    y_bar = random_like(out, np.random.default_rng(0))
    dots = random_like(case.args, np.random.default_rng(1))
    wanted = difference(lambda args: case.primal(*args, **duplicate(kwargs)), case.args, dots, y_bar)
    got = sum(
        inner(bar, dot) for bar, dot in zip(bars, dots, strict=True) if bar is not None and dot is not None
    )
    assert np.isclose(got, wanted, rtol=1e-5, atol=1e-6), f"{got}, not {wanted}"


def buffer_for(value: Any) -> Any:
    return np.zeros_like(value) if isinstance(value, np.ndarray) else None


NAMES = [f"{primal_name(case.primal)}-{name}" for case, name, _ in UNKNOWN]


@pytest.mark.filterwarnings("ignore:'where' used without 'out'", "ignore::DeprecationWarning")
@pytest.mark.parametrize(("case", "name", "value"), UNKNOWN, ids=NAMES)
def test_an_unknown_keyword_is_refused(case: Any, name: str, value: Any) -> None:
    args, kwargs = duplicate((case.args, dict(case.kwargs)))
    with np.errstate(all="ignore"):
        plain = case.primal(*args, **kwargs)
        if name == "out":
            value = buffer_for(plain)
            if value is None:
                return  # numbers have no memory to write into
        try:
            case.primal(*duplicate(args), **duplicate(kwargs), **{name: duplicate(value)})
        except (TypeError, ValueError) as error:
            assert str(error)
            return  # the function itself does not take it here
        try:
            bars = pulled(case.primal, args, {**kwargs, name: value})
        except AdjointError as error:
            assert (
                isinstance(case.primal, types.FunctionType)
                or name in str(error)
                or "in place" in str(error)
                or "in-place" in str(error)
            )
            return
    assert_right(case, {**kwargs, name: value}, bars)
