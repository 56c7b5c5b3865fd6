"""Compiled code without a rule that writes into an array is refused in both modes."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint

lu_dispatcher = pytest.importorskip("scipy.linalg._decomp_lu_cython").lu_dispatcher


def filled_by_compiled_code(a):
    b = a.copy()
    lu_dispatcher(b, np.zeros((3, 3)), np.empty(3, dtype=np.int32), False)
    return np.sum(b)


def filled_at_run_time(a):
    b = a.copy()
    for fill in {"lu": lu_dispatcher}.values():
        fill(b, np.zeros((3, 3)), np.empty(3, dtype=np.int32), False)
    return np.sum(b)


def shuffled_at_run_time(a):
    b = a * 1.0
    for shuffle in {"rows": np.random.RandomState(1).shuffle}.values():
        shuffle(b)
    return np.sum(b[0])


@pytest.mark.parametrize("f", [filled_by_compiled_code, filled_at_run_time, shuffled_at_run_time])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_compiled_code_that_changes_an_array_in_place_is_refused(f):
    """Its gradient was that of the array before: nothing said that the function writes into it."""
    a = np.eye(3) + 0.1
    with pytest.raises(adjoint.AdjointError, match="ADJ[12]"):
        adjoint.grad(f)(a)
    with pytest.raises(adjoint.AdjointError, match="ADJ[12]"):
        adjoint.jvp(f, (a,), (a,))
