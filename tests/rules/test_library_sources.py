"""Functions of libraries without a rule: their source is differentiated, or refused at the user's line."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.transforms.decide import pure

pytest.importorskip("scipy")
import scipy.interpolate
import scipy.linalg
from scipy.optimize._lsq.givens_elimination import givens_elimination

M = np.array([[1.3, 0.4, 0.2], [0.3, 1.1, 0.7], [0.5, 0.2, 1.6]])
X = np.arange(3.0)

REFUSED: dict[str, Callable[[Any], Any]] = {
    "a matrix equation": lambda m: scipy.linalg.solve_continuous_are(m, m, np.eye(3), np.eye(3))[0, 0],
    "an inner option": lambda m: scipy.linalg.null_space(m[:2])[0, 0],
    "compiled code inside": lambda m: scipy.linalg.rq(m)[0][0, 0],
    "an object": lambda m: scipy.interpolate.KroghInterpolator(X, m[0]).derivative(0.5),
    "an object of another basis": lambda m: scipy.interpolate.BPoly(m, np.arange(4.0))(0.5),
    "places of an object of another basis": lambda m: scipy.interpolate.BPoly(M, np.arange(4.0))(m[0])[0],
    "splines of two variables": lambda m: scipy.interpolate.RectBivariateSpline(X, X, m, kx=2, ky=2).ev(
        0.3, 0.2
    ),
    "curves": lambda m: scipy.interpolate.splev(0.3, scipy.interpolate.splrep(X, m[0], k=2)),
}


@pytest.mark.parametrize("forward", [False, True], ids=["reverse", "forward"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused_at_the_users_line(name: str, forward: bool) -> None:
    """Whatever fails inside, the error names the line that called the library."""
    function = REFUSED[name]
    with pytest.raises(adjoint.AdjointError) as caught:
        adjoint.jvp(function, (M,), (M,)) if forward else adjoint.grad(function)(M)
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
    assert "test_library_sources.py" in text, text


def test_what_helps_is_said_once() -> None:
    with pytest.raises(adjoint.AdjointError) as caught:
        adjoint.grad(REFUSED["a matrix equation"])(M)
    assert sum("docs/coverage.md" in note for note in caught.value.__notes__) == 1


def test_inner_compiled_functions_do_not_run_on_dummies() -> None:
    """This one writes beyond the end of arrays that do not fit together."""
    assert not pure(givens_elimination)
    assert pure(scipy.linalg.solve_triangular)


class Starred:
    """Its initializer does not name the object."""

    def __init__(*args: Any) -> None:
        args[0].x = args[1] * 2.0


class Partial:
    """Its initializer is not a function."""

    def start(self, k: float, x: Any) -> None:
        self.x = x * k

    __init__ = functools.partialmethod(start, 2.0)


@pytest.mark.parametrize("cls", [Starred, Partial])
@pytest.mark.parametrize("found", [True, False], ids=["known", "found at run time"])
def test_initializers_that_are_not_followed(cls: Any, found: bool) -> None:
    """Found at run time, such an object was taken for a constant."""
    function = (lambda v: cls(v).x) if found else (lambda v: [cls][int(v)](v).x)
    for derivative in (adjoint.grad(function), lambda v: adjoint.jvp(function, (v,), (1.0,))):
        with pytest.raises(adjoint.AdjointError, match=cls.__name__):
            derivative(0.5)
