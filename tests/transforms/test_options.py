"""Passes that only improve the code can be switched off; the derivatives stay."""

from __future__ import annotations

import types

import numpy as np
import pytest

import adjoint
from adjoint.transforms.options import PASSES, is_on, without
from benchmarks.cases import cases
from benchmarks.engines import disagreement

NAMES = (
    "chain, n = 100",
    "x[i] * x[i + 1], n = 1000",
    "heat, n = 100, 50 steps",
    "layer norm, 256 x 64",
    "rotations of a 3-vector, 50 angles",
)
CASES = [case for case in cases() if case.name in NAMES]


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_derivatives_do_not_need_the_pass(case, name) -> None:
    anew = types.FunctionType(case.f.__code__, case.f.__globals__)
    with without(name):
        compiled = adjoint.value_and_grad(anew)
        assert disagreement(case, lambda: compiled(*case.args)) < 1e-12


@pytest.mark.parametrize("name", [name for name in PASSES if name != "fuse"])
def test_every_pass_changes_some_program(name) -> None:
    usual = [adjoint.source(case.f, *case.args, wrt=0) for case in CASES]
    with without(name):
        assert usual != [adjoint.source(case.f, *case.args, wrt=0) for case in CASES]


def test_without_fuse_numba_gets_no_loops() -> None:
    pytest.importorskip("numba")
    case = next(case for case in CASES if case.name == "chain, n = 100")
    for switched, loops in (((), True), (("fuse",), False)):
        anew = types.FunctionType(case.f.__code__, case.f.__globals__)
        with without(*switched):
            compiled = adjoint.value_and_grad(anew, backend="numba")
            compiled(*case.args)
            assert ("__loop(" in adjoint.source(compiled)) == loops


def test_switches_come_back_on_and_must_exist() -> None:
    with pytest.raises(ZeroDivisionError), without("fold"):
        assert not is_on("fold")
        1 / np.int64(0).item()
    assert is_on("fold")
    with pytest.raises(ValueError, match="no such pass: folds"), without("folds"):
        pass
