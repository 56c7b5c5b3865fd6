"""The table of conventions holds in both modes, and docs/conventions.md is written from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adjoint import jvp, vjp
from tests.conventions import CONVENTIONS, SOURCES, Convention, function_of, page
from tests.tree import ROOT

PAGE = ROOT / "docs" / "conventions.md"
NAMES = [f"{each.text} at {each.point}" for each in CONVENTIONS]


def arguments(convention: Convention) -> tuple[Any, ...]:
    return tuple(np.array(x) if isinstance(x, list) else x for x in convention.point)


@pytest.mark.parametrize("convention", CONVENTIONS, ids=NAMES)
def test_in_reverse(convention: Convention) -> None:
    with np.errstate(all="ignore"):
        _, pullback = vjp(function_of(convention), *arguments(convention))
        got = pullback(1.0)
    for bar, wanted in zip(got, convention.wanted, strict=True):
        assert np.shape(bar) == np.shape(wanted)
        assert np.allclose(bar, wanted, rtol=1e-12, atol=1e-12, equal_nan=True), f"{bar}, not {wanted}"


@pytest.mark.parametrize("convention", CONVENTIONS, ids=NAMES)
def test_forward(convention: Convention) -> None:
    args = arguments(convention)
    f = function_of(convention)
    for k, (x, wanted) in enumerate(zip(args, convention.wanted, strict=True)):
        for index in np.ndindex(np.shape(x)):
            x_dot = np.zeros_like(x)
            x_dot[index] = 1.0
            dots = [
                None if i != k else x_dot if isinstance(x, np.ndarray) else type(x)(1.0)
                for i in range(len(args))
            ]
            with np.errstate(all="ignore"):
                _, y_dot = jvp(f, args, dots)
            assert np.isclose(y_dot, np.array(wanted)[index], 1e-12, 1e-12, equal_nan=True), (
                f"{y_dot} at {index}"
            )


def test_every_source_is_explained() -> None:
    assert {each.source for each in CONVENTIONS} == set(SOURCES)


def test_the_page_is_written_from_the_table(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
    message = "write it again: python -m pytest tests/test_conventions.py --update-golden"
    assert PAGE.read_text(encoding="utf-8") == page(), message
