"""Second derivatives of functions with rules of the user that have no forward rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint import MissingRuleError, MutationError, rrule
from adjoint.rules.registry import registry


def damped(x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.sin(x)
    return x


def by_branch(x: Any, n: int) -> Any:
    first = np.cos(x) if n else 1.0
    second = np.cos(np.sin(x)) if n > 1 else 1.0

    def damped_pullback(out_bar: Any) -> Any:
        return out_bar * first * second, None

    return np.sin(np.sin(x)), damped_pullback


def by_loop(x: Any, n: int) -> Any:
    def damped_pullback(out_bar: Any) -> Any:
        value, slope = x, 1.0
        for _ in range(n):
            slope = slope * np.cos(value)
            value = np.sin(value)
        return out_bar * slope, None

    return np.sin(np.sin(x)), damped_pullback


def by_itself(x: Any, n: int) -> Any:
    def damped_pullback(out_bar: Any) -> Any:
        return out_bar * np.cos(x) * np.cos(np.sin(x)) if n else out_bar, None

    return damped(x, n), damped_pullback


def by_list(x: Any, n: int) -> Any:
    values = [x]
    for _ in range(n):
        values = [*values, np.sin(values[-1])]

    def damped_pullback(out_bar: Any) -> Any:
        for value in values[-2::-1]:
            out_bar = out_bar * np.cos(value)
        return out_bar, None

    return values[-1], damped_pullback


def by_append(x: Any, n: int) -> Any:
    values: list[Any] = []
    for _ in range(n):
        values.append(x)
        x = np.sin(x)

    def damped_pullback(out_bar: Any) -> Any:
        for value in reversed(values):
            out_bar = out_bar * np.cos(value)
        return out_bar, None

    return x, damped_pullback


@pytest.mark.parametrize("rule", [by_branch, by_loop, by_list], ids=lambda rule: rule.__name__)
def test_forward_mode_goes_through_the_rule_itself(rule: Any) -> None:
    def f(x: Any) -> Any:
        return damped(x, 2) * x

    with registry.scope():
        plain = adjoint.grad(adjoint.grad(lambda x: np.sin(np.sin(x)) * x))(0.7)
        rrule(damped)(rule)
        assert adjoint.grad(adjoint.grad(f))(0.7) == pytest.approx(plain, rel=1e-12)
        assert adjoint.hessian(f)(0.7) == pytest.approx(plain, rel=1e-12)
        x = np.array([0.7, -0.3])
        expected = adjoint.hvp(lambda x: np.sum(np.sin(np.sin(x)) * x))(x, np.ones(2))
        found = adjoint.hvp(lambda x: np.sum(f(x)))(x, np.ones(2))
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_rule_that_cannot_be_pushed_is_refused_at_its_own_line() -> None:
    with registry.scope():
        rrule(damped)(by_append)
        assert adjoint.grad(lambda x: damped(x, 2))(0.7) == pytest.approx(np.cos(np.sin(0.7)) * np.cos(0.7))
        with pytest.raises(MutationError, match="values.append") as caught:
            adjoint.grad(adjoint.grad(lambda x: damped(x, 2)))(0.7)
        assert "test_user_rules_twice.py" in str(caught.value)


def test_the_forward_rule_that_is_missing_is_asked_for() -> None:
    """What the function does inside may have another derivative than its rule says, on purpose."""
    with registry.scope():
        rrule(damped)(by_itself)
        with pytest.raises(MissingRuleError, match=r"@adjoint.frule") as caught:
            adjoint.grad(adjoint.grad(lambda x: damped(x, 2)))(0.7)
        assert "test_user_rules_twice.py" in str(caught.value)
