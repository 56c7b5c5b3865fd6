"""Draws through which a derivative is asked: reparametrised, or refused with advice."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.rules.apply import apply_rule, find_rule
from adjoint.rules.distributions import REFUSED
from adjoint.rules.errors import RuleError
from adjoint.rules.registry import registry

RNG = np.random.default_rng(5)
V = np.array([0.5, -1.25, 2.0])


@pytest.mark.parametrize("primal", REFUSED, ids=lambda primal: getattr(primal, "__qualname__", str(primal)))
def test_refused(primal):
    found = find_rule(primal, (1.5,), {})
    with pytest.raises(RuleError, match="ADJ203"):
        apply_rule(*found)
    (forward, *_) = registry.pushforwards(primal)
    with pytest.raises(RuleError, match="ADJ203"):
        forward.function(np.ones(2))


def test_the_advice_is_to_reparametrise():
    with pytest.raises(adjoint.AdjointError, match="reparametrise"):
        adjoint.grad(lambda rate: RNG.poisson(rate) * rate)(2.0)
    with pytest.raises(adjoint.AdjointError, match=r"mean \+ np.linalg.cholesky\(cov\) @ rng"):
        adjoint.grad(lambda mean: np.sum(RNG.multivariate_normal(mean, np.eye(3))))(V)
    with pytest.raises(adjoint.AdjointError, match=r"scale \* rng.standard_gamma"):
        adjoint.grad(lambda scale: RNG.gamma(2.0, scale))(1.5)
    with pytest.raises(adjoint.AdjointError, match=r"draw indices and use them:  x\[rng.choice"):
        adjoint.vjp(lambda v: RNG.permutation(v), V)


def test_draws_with_fixed_parameters_are_constants():
    def f(v):
        order = RNG.permutation(3)
        return np.sum(v[order] * RNG.poisson(2, 3))

    gradient = adjoint.grad(f)(V)
    assert np.all(gradient == np.round(gradient))


def test_states_of_the_older_kind():
    def f(mean, deviation):
        return np.sum(np.random.RandomState(7).normal(mean, deviation, 4))

    assert adjoint.grad(f)(1.0, 2.0) == 4.0
