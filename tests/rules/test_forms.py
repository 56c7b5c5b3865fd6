"""The form of a result that tiny arrays do not tell: lists of pieces, several gradients, flags."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

V = np.array([0.3, -1.2, 2.1, 0.7])
M = np.arange(16.0).reshape(4, 4) / 7.0 + np.eye(4)


def pieces_read_and_stacked(v: Any) -> Any:
    w = np.split(v, 2)
    return w[0] @ w[1] + np.stack(w).sum() * w[0][0]


def rows_read_and_stacked(m: Any) -> Any:
    w = np.vsplit(m, 2)
    u = np.hsplit(m, 2)
    return np.sum(w[0] * w[1]) + np.concatenate(u).sum() * u[1][0, 0]


def gradients_with_second_order_edges(m: Any) -> Any:
    g = np.gradient(m, edge_order=2)
    return np.sum(g[0] * g[1]) + np.stack(g).sum() * g[0][1, 1]


def gradients_at_coordinates(m: Any) -> Any:
    g = np.gradient(m, V, 2.0)
    return np.sum(g[0] * g[1]) + np.stack(g)[0, 1, 2] * g[0][1, 1]


def form_by_a_flag(m: Any, vectors: bool = False) -> Any:
    r = np.linalg.svd(m, compute_uv=vectors)
    return r[0] * 2.0 if not vectors else r[1][0]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (pieces_read_and_stacked, V),
        (rows_read_and_stacked, M),
        (gradients_with_second_order_edges, M),
        (gradients_at_coordinates, M),
        (form_by_a_flag, M),
    ],
)
def test_form_of_the_result(f: Any, x: Any) -> None:
    check_grad(f, x)


def test_form_by_a_flag_that_is_given() -> None:
    for flag in (True, False):
        check_grad(form_by_a_flag, M, flag)


def test_cotangents_that_are_handed_in_stay_as_they_are() -> None:
    def f(v: Any) -> Any:
        w = np.split(v, 2)
        return np.stack(w), w[0] @ w[1]

    bar = np.arange(4.0).reshape(2, 2)
    pullback = adjoint.vjp(f, V)[1]
    first, second = pullback((bar, 1.0)), pullback((bar, 1.0))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[0], [2.1, 1.7, 2.3, 1.8])
    assert np.array_equal(bar, np.arange(4.0).reshape(2, 2))
