"""Keyword arguments that a rule does not know are refused by name; ``out=None`` is none at all."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

V = np.array([0.5, -1.25, 2.0])
MASK = np.array([True, False, True])
HELD = {"function": np.exp, "options": {"dtype": np.float32}}


def exponential_where(v):
    return np.exp(v, where=MASK)


def exponential_in_single_precision(v):
    return np.exp(v, dtype=np.float32)


def sum_that_casts(v):
    return np.add(v, v, casting="unsafe")


def at_run_time(v):
    return HELD["function"](v, **HELD["options"])


@pytest.mark.parametrize(
    ("f", "keyword"),
    [
        (exponential_where, "where="),
        (exponential_in_single_precision, "dtype="),
        (sum_that_casts, "casting="),
        (at_run_time, "dtype="),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_unknown_keyword_is_named(f, keyword):
    with pytest.raises(adjoint.AdjointError, match=f"takes no `{keyword}`"):
        adjoint.vjp(f, V)[1](np.ones(3))


@pytest.mark.parametrize("function", [np.sum, np.cumsum, np.mean, np.exp, np.negative, np.ptp])
def test_no_output_array(function):
    check_grad(lambda v: function(v, out=None), V)
    held = [function]
    check_grad(lambda v: held[0](v, out=None), V)


def test_an_output_array_is_refused():
    with pytest.raises(adjoint.AdjointError, match="ADJ101"):
        adjoint.vjp(lambda v: np.exp(v, out=v), V)
