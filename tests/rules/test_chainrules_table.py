"""docs/chainrules.md: every row is exercised, and every name of ChainRulesCore's API page has one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import (
    NO_TANGENT,
    ZERO,
    AdjointError,
    ProjectTo,
    Tangent,
    add_into,
    canonicalize,
    frule,
    grad,
    is_inplaceable_destination,
    non_differentiable,
    not_implemented,
    opt_out,
    registry,
    rrule,
    scalar_rule,
    stop_gradient,
    vjp,
    zero_tangent,
)
from adjoint.rules.kinds import Array
from adjoint.testing import check_registry, check_rule
from tests.tree import ROOT

PAGE = (ROOT / "docs" / "chainrules.md").read_text(encoding="utf-8")
ROWS = [re.split(r"(?<!\\)\|", line)[1].strip() for line in PAGE.splitlines() if line.startswith("| ")][1:]

#: The names that the API page of ChainRulesCore explains.
NAMES = """frule rrule @non_differentiable @scalar_rule @setup DoesNotExist Zero One NO_FIELDS Composite
canonicalize InplaceableThunk Thunk @thunk unthunk extern @not_implemented add!! is_inplaceable_destination
on_new_rule refresh_rules debug_mode clear_new_rule_hooks!""".split()

CHECKS: dict[str, Callable[[], None]] = {}


def row(first: str) -> Any:
    """Register the check of the rows whose first cell begins like this."""

    def add(check: Callable[[], None]) -> Callable[[], None]:
        CHECKS[first] = check
        return check

    return add


def f(x):
    return x * x


def constant_rule(factor):
    return lambda x: (f(x), lambda out_bar: factor * out_bar)


@row("`rrule(f, x...)`")
def _():
    rrule(f)(constant_rule(5.0))
    assert grad(f)(1.0) == 5.0 and vjp(f, 1.0)[1](2.0) == (10.0,)


@row("`frule((df, dx...), f, x...)`")
def _():
    frule(f)(lambda x: (x * x, lambda x_dot: 2.0 * x * x_dot))
    (rule,) = registry.pushforwards(f)
    value, pushforward = rule.function(3.0)
    assert (value, pushforward(1.0)) == (9.0, 6.0)


@row('`nothing` for "no rule"')
def _():
    rrule(f)(lambda x: NotImplemented)
    assert grad(f)(3.0) == 6.0


@row("`@scalar_rule`")
def _():
    scalar_rule(f)(lambda out, x: 2.0 * x)
    check_rule(f, np.ones(3))


@row("`@setup`")
def _():
    @scalar_rule(np.hypot)
    def hypot(out, x, y):
        inverse = 1.0 / out
        return x * inverse, y * inverse

    check_rule(np.hypot, np.ones(2), np.array([2.0, 3.0]))
    g = grad(lambda x: np.hypot(x, 2.0 * x))
    assert np.isclose(g(1.0), np.sqrt(5.0)) and len(re.findall(r"1\.0 / out", g.source())) == 1


@row("several outputs of `@scalar_rule`")
def _():
    def sincos(x):
        return np.sin(x), np.cos(x)

    scalar_rule(sincos, outputs=2)(lambda out, x: (out[1], -out[0]))
    check_rule(sincos, 0.5)


@row("`@non_differentiable`")
def _():
    non_differentiable(f)
    assert grad(lambda x: f(x) + x)(3.0) == 1.0


@row("type constraints in a signature")
def _():
    rrule(f, when=lambda x: isinstance(x, Array))(constant_rule(7.0))
    assert grad(f)(3.0) == 6.0 and grad(lambda x: np.sum(f(x)))(np.ones(1)) == [7.0]


@row("(`@opt_out`)")
def _():
    rrule(f)(constant_rule(5.0))
    opt_out(f)
    assert grad(f)(3.0) == 6.0


@row("`Zero()` (`ZeroTangent`)")
def _():
    assert (np.ones(2) + ZERO).dtype == float and ZERO * 2.0 is ZERO
    rrule(f)(lambda x: (f(x), lambda out_bar: ZERO))
    assert grad(f)(3.0) == 0.0


@row("`DoesNotExist()` (`NoTangent`)")
def _():
    assert NO_TANGENT + ZERO is NO_TANGENT and NO_TANGENT * ZERO is ZERO
    rrule(f)(lambda x: (f(x), lambda out_bar: NO_TANGENT))
    assert grad(f)(3.0) == 0.0


@row("`One()`")
def _():
    assert vjp(f, 3.0)[1](1.0) == (6.0,)


@row("`NO_FIELDS`")
def _():
    assert ProjectTo(f)(NO_TANGENT) is NO_TANGENT


@dataclasses.dataclass
class Line:
    slope: float
    offset: float


@row("`Composite{P}` (`Tangent{P}`)")
def _():
    t = Tangent(Line, {"slope": 2.0})
    assert (t + t).slope == 4.0 and t.offset is ZERO and (Line(1.0, 1.0) + t).slope == 3.0


@row("`canonicalize`")
def _():
    assert dict(canonicalize(Tangent(Line, {"slope": 2.0}))) == {"slope": 2.0, "offset": ZERO}


@row("`@not_implemented`")
def _():
    rrule(f)(lambda x: (f(x), lambda out_bar: not_implemented("f")))
    with pytest.raises(AdjointError, match="ADJ203"):
        grad(f)(3.0)


@row("`@thunk`, `Thunk`, `unthunk`, `extern`")
def _():
    asked = []

    def both(x, y):
        return x * y

    @rrule(both)
    def both_rule(x, y, *, needs):
        asked.append(needs)
        return x * y, lambda out_bar: (y * out_bar if "x" in needs else None, x * out_bar)

    assert grad(lambda y: both(2.0, y))(3.0) == 2.0 and asked == [("y",)]
    pasted = grad(lambda x: np.sum(x @ np.ones((2, 2))))
    pasted(np.ones(2))
    assert pasted.source().count("_bar =") <= 2  # nothing for the constant matrix


@row("`InplaceableThunk`")
def _():
    g = grad(lambda x: sum(x[i] * x[i + 1] for i in range(2)))
    assert np.array_equal(g(np.array([1.0, 2.0, 3.0])), [2.0, 4.0, 2.0]) and "x_bar[" in g.source()


@row("`add!!`")
def _():
    total = np.zeros(2)
    assert add_into(total, np.ones(2)) is total


@row("`is_inplaceable_destination`")
def _():
    assert is_inplaceable_destination(np.zeros(2)) and not is_inplaceable_destination(2.0)


@row("(`ProjectTo`)")
def _():
    assert ProjectTo(np.float32(1.0))(2.0 + 1j).dtype == np.float32
    rrule(f)(lambda x: (f(x), lambda out_bar: np.complex128(2.0 + 1j)))
    assert grad(f)(np.float32(3.0)) == 2.0


@row("(`RuleConfig`, `rrule_via_ad`)")
def _():
    def apply(g, x):
        return g(x)

    @rrule(apply)
    def apply_rule(g, x, *, ad):
        value, pullback = ad.vjp(g, x)
        return value, lambda out_bar: (pullback(out_bar).f, pullback(out_bar).args[0])

    assert grad(lambda a: apply(lambda t: a * t, 3.0))(2.0) == 3.0 and grad(apply, wrt=1)(f, 3.0) == 6.0


@row("`on_new_rule(hook, rrule)`")
def _():
    forms = []
    registry.on_new_rule(lambda rule: forms.append(rule.form))
    count = len(forms)
    rrule(f)(constant_rule(1.0))
    frule(f)(lambda x: ...)
    assert forms[count:] == ["rrule", "frule"] and {"scalar", "constant"} <= set(forms[:count])


@row("`refresh_rules`")
def _():
    waiting = dict(registry.lazy)
    try:
        registry.refresh_rules()
        assert registry.lazy == {}
    finally:
        registry.lazy.update(waiting)


@row("`clear_new_rule_hooks!`")
def _():
    forms: list[Any] = []
    registry.on_new_rule(lambda rule: forms.append(rule.form))
    registry.clear_new_rule_hooks()
    count = len(forms)
    rrule(f)(constant_rule(1.0))
    assert len(forms) == count


@row("`debug_mode()`")
def _():
    rrule(f)(lambda x: (f(x), lambda out_bar: np.nan))
    assert np.isnan(grad(f)(3.0))
    with adjoint.debug(), pytest.raises(AdjointError, match="ADJ204"):
        grad(f)(3.0)


@row("`zero(x)`, (`zero_tangent`)")
def _():
    assert zero_tangent({"a": 2.0, "n": 3}) == {"a": 0.0, "n": None}


@row("(`ignore_derivatives`)")
def _():
    assert grad(lambda x: x * stop_gradient(x))(3.0) == 3.0


@row("(`rrule` tests of ChainRulesTestUtils)")
def _():
    rrule(f)(constant_rule(5.0))
    with pytest.raises(AssertionError, match="differs"):
        check_rule(f, 3.0)


@row("(`test_method_tables`)")
def _():
    rrule(f)(lambda y: ...)
    with pytest.raises(AssertionError, match="parameter `y`"):
        check_registry(__name__)


@pytest.mark.parametrize("first", ROWS)
def test_row(first):
    try:
        with registry.scope():
            CHECKS[first]()
    finally:
        registry.clear_new_rule_hooks()


def test_no_check_without_a_row():
    assert sorted(CHECKS) == sorted(ROWS)


def test_every_name_of_the_api_page_has_a_row():
    cells = " ".join(ROWS)
    assert [name for name in NAMES if name.rstrip("!") not in cells and name not in cells] == []
