"""Compiled code that writes what is active into an array: refused wherever it is called, never zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import ndimage
from scipy.ndimage import _nd_image as nd_image

import adjoint

V = np.array([0.5, 1.25, 2.0, 0.75, 0.3, 1.1])


def largest(v: Any) -> Any:
    out = np.zeros(6)
    nd_image.min_or_max_filter1d(v, 3, 0, out, 0, 0.0, 0, 0)
    return out


def fill(v: Any, out: Any) -> None:
    nd_image.min_or_max_filter1d(v, 3, 0, out, 0, 0.0, 0, 0)


class Buffer:
    def __init__(self) -> None:
        self.out = np.zeros(6)

    def fill(self, v: Any) -> None:
        nd_image.min_or_max_filter1d(v, 3, 0, self.out, 0, 0.0, 0, 0)


def in_a_helper(v: Any) -> Any:
    return np.sum(largest(v))


def in_an_argument(v: Any) -> Any:
    out = np.zeros(6)
    fill(v, out)
    return np.sum(out)


def in_a_field(v: Any) -> Any:
    buffer = Buffer()
    buffer.fill(v)
    return np.sum(buffer.out)


def in_a_library(v: Any) -> Any:
    return np.sum(ndimage.maximum_filter1d(v, 3))


def in_a_view(v: Any) -> Any:
    def filled(v: Any) -> Any:
        out = np.zeros((2, 3))
        nd_image.min_or_max_filter1d(v, 3, 0, out.reshape(6), 0, 0.0, 0, 0)
        return out

    return np.sum(filled(v))


def in_an_assignment(v: Any) -> Any:
    def filled(v: Any) -> Any:
        out = np.zeros(6)
        status = [nd_image.min_or_max_filter1d(v, 3, 0, out, 0, 0.0, 0, 0)]
        return out if status else v

    return np.sum(filled(v))


def in_items(v: Any) -> Any:
    def fill_all(v: Any, outs: Any) -> None:
        for out in outs:
            nd_image.min_or_max_filter1d(v, 3, 0, out, 0, 0.0, 0, 0)

    outs = [np.zeros(6), np.zeros(6)]
    fill_all(v, outs)
    return np.sum(outs[1])


def in_a_captured_array(v: Any) -> Any:
    out = np.zeros(6)

    def fill_it(w: Any) -> None:
        nd_image.min_or_max_filter1d(w, 3, 0, out, 0, 0.0, 0, 0)

    fill_it(v)
    return np.sum(out)


def in_a_test(v: Any) -> Any:
    out = np.zeros(6)
    if nd_image.min_or_max_filter1d(v, 3, 0, out, 0, 0.0, 0, 0) is None:
        return np.sum(out)
    return 0.0


def in_a_text(v: Any) -> Any:
    out = np.zeros(6)
    text = f"{nd_image.min_or_max_filter1d(v, 3, 0, out, 0, 0.0, 0, 0)}"
    return np.sum(out) if text else 0.0


def in_print(v: Any) -> Any:
    out = np.zeros(6)
    print(nd_image.min_or_max_filter1d(v, 3, 0, out, 0, 0.0, 0, 0))
    return np.sum(out)


PROGRAMS: list[Callable[[Any], Any]] = [
    in_a_helper, in_an_argument, in_a_field, in_a_library, in_a_view, in_an_assignment, in_items,
    in_a_captured_array, in_a_test, in_a_text, in_print,
]  # fmt: skip


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_the_derivative_is_refused(function: Callable[[Any], Any]) -> None:
    assert function(V) > np.sum(V)
    with pytest.raises(adjoint.AdjointError):
        adjoint.grad(function)(V)
    with pytest.raises(adjoint.AdjointError):
        adjoint.jvp(function, (V,), (V,))


def test_what_is_thrown_away_is_not_looked_at() -> None:
    def shown(v: Any) -> Any:
        print(len(largest(np.array([1.0] * 6))), v[0] > 0.0)
        return np.sum(v * v)

    assert np.array_equal(adjoint.grad(shown)(V), 2.0 * V)
