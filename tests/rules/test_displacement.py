"""A rule for one mode displaces those of another package for both: the modes never differ."""

import numpy as np
import pytest

from adjoint import grad, jvp, opt_out
from adjoint.rules.errors import MissingRuleError
from adjoint.rules.registry import (
    Registry,
    Rule,
    frule,
    non_differentiable,
    registry,
    rrule,
    scalar_rule,
)

X = np.array([2.0, 0.5, 1.0])
ONES = np.ones(3)


def by_scalar(x):
    return np.sum(np.tanh(x))


def by_rule(x):
    return np.sum(np.sort(x))


def at_run_time(x):
    return [f(x) for f in {"sort": np.sort}.values()][0] @ np.ones(3)


def cubed(x):
    return x**3


def by_source(x):
    return np.sum(cubed(x))


def reverse(f):
    return grad(f)(X)


def forward(f):
    return jvp(f, (X,), (ONES,))[1]


def ten_times_sort(a, axis=-1, kind=None, *, stable=None):
    return np.sort(a), lambda bar: (10.0 * bar, None, None, None)


def ten_times_sort_forward(a, axis=-1, kind=None, *, stable=None):
    return np.sort(a), lambda a_dot, *others: (10.0 * a_dot, None, None, None)


def ten_times(f):
    return lambda x: (f(x), lambda moved: 10.0 * moved)


@pytest.mark.parametrize("f", [by_rule, at_run_time])
def test_a_reverse_rule_displaces_the_forward_rule_of_the_library(f):
    before = forward(f)
    with registry.scope():
        rrule(np.sort)(ten_times_sort)
        assert np.array_equal(reverse(f), [10.0, 10.0, 10.0])
        with pytest.raises(MissingRuleError, match="frule"):
            forward(f)
        frule(np.sort)(ten_times_sort_forward)
        assert forward(f) == 30.0
    assert forward(f) == before == 3.0
    assert np.array_equal(reverse(f), ONES)


@pytest.mark.parametrize("f", [by_rule, at_run_time])
def test_a_forward_rule_displaces_the_reverse_rule_of_the_library(f):
    with registry.scope():
        frule(np.sort)(ten_times_sort_forward)
        assert forward(f) == 30.0
        with pytest.raises(MissingRuleError, match="rrule"):
            reverse(f)
        rrule(np.sort)(ten_times_sort)
        assert np.array_equal(reverse(f), [10.0, 10.0, 10.0])
    assert np.array_equal(reverse(f), ONES)


def test_either_rule_displaces_partial_derivatives():
    value = reverse(by_scalar)
    with registry.scope():
        rrule(np.tanh)(ten_times(np.tanh))
        assert np.array_equal(reverse(by_scalar), 10.0 * ONES)
        with pytest.raises(MissingRuleError):
            forward(by_scalar)
    with registry.scope():
        frule(np.tanh)(ten_times(np.tanh))
        assert forward(by_scalar) == 30.0
        with pytest.raises(MissingRuleError):
            reverse(by_scalar)
    assert np.array_equal(reverse(by_scalar), value)


def test_partial_derivatives_displace_both():
    with registry.scope():
        scalar_rule(np.sort)(lambda out, a: 10.0 + 0.0 * a)
        assert np.array_equal(reverse(by_rule), 10.0 * ONES)
        assert forward(by_rule) == forward(at_run_time) == 30.0


def test_a_declaration_displaces_both():
    with registry.scope():
        non_differentiable(np.sort)
        assert not np.any(reverse(by_rule))
        assert forward(by_rule) == 0.0


def test_a_rule_for_some_kinds_displaces_for_those():
    def matrices(x):
        return np.sum(np.sort(np.outer(x, x)))

    with registry.scope():
        rrule(np.sort, when=lambda a, **others: a.ndim == 1)(ten_times_sort)
        with pytest.raises(MissingRuleError):
            forward(by_rule)
        assert np.isclose(forward(matrices), reverse(matrices) @ ONES)


def test_without_a_reverse_rule_the_source_counts_and_opting_out_lifts_an_override():
    with registry.scope():
        frule(cubed)(ten_times(cubed))
        assert forward(by_source) == 30.0
        assert np.allclose(reverse(by_source), 3.0 * X**2)
    with registry.scope():
        rrule(cubed)(ten_times(cubed))
        with pytest.raises(MissingRuleError, match="frule"):
            forward(by_source)
        opt_out(cubed)
        assert np.allclose(reverse(by_source), 3.0 * X**2)
        assert np.isclose(forward(by_source), np.sum(3.0 * X**2))


def test_rules_of_one_package_stand_beside_each_other_in_any_order():
    table = Registry()
    reverse_rule, other = (
        Rule("rrule", cubed, ten_times, home="a.one"),
        Rule("rrule", cubed, ten_times, home="b"),
    )
    table.add_pushforward(Rule("frule", cubed, ten_times, home="a.two"))
    table.add(reverse_rule)
    [first] = table.lookup(cubed)
    assert len(table.pushforwards(cubed, beside=first)) == 1
    table.add(other)
    assert table.pushforwards(cubed, beside=table.lookup(cubed)[0]) == ()
    assert len(table.lookup(cubed)) == 2
    table.add_pushforward(Rule("frule", cubed, ten_times, home="c"))
    assert table.lookup(cubed) == ()
