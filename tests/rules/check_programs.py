"""What the tests of SciPy's objects and solvers check of a whole program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import adjoint
from adjoint.testing import check_grad


def check_program(f: Callable[..., Any], *args: Any, rtol: float = 1e-6) -> None:
    """Compare reverse with differences, forward with reverse, and second derivatives with differences.

    Args:
        f: returns a real number or array.
        args: numbers and arrays.
        rtol: relative tolerance of the differences.
    """
    check_grad(f, *args, rtol=rtol, atol=1e-7)
    plain = f(*args)
    dots = tuple(np.cos(3.0 * np.asarray(x) + 1.0) for x in args)
    weights = np.cos(np.arange(np.size(plain)) + 0.5).reshape(np.shape(plain))[()]
    value, dot = adjoint.jvp(f, args, dots)
    assert np.array_equal(value, plain)
    bars = adjoint.vjp(f, *args)[1](weights)
    pulled = sum(np.sum(bar * x_dot) for bar, x_dot in zip(bars, dots, strict=True) if bar is not None)
    assert np.isclose(pulled, np.sum(weights * (0.0 if dot is None else dot)), rtol=1e-9, atol=1e-11)
    check_second(f, args, dots)


def check_second(f: Callable[..., Any], args: Any, dots: Any) -> None:
    """Compare the tangent of the gradient of a nonlinear function of the program with differences."""
    gradient = adjoint.grad(lambda *values: np.sum(np.sin(f(*values))), wrt=tuple(range(len(args))))
    step = 1e-5
    after = gradient(*[x + step * dot for x, dot in zip(args, dots, strict=True)])
    before = gradient(*[x - step * dot for x, dot in zip(args, dots, strict=True)])
    _, pushed = adjoint.jvp(gradient, args, dots)
    for high, low, dot in zip(after, before, pushed, strict=True):
        wanted = (high - low) / (2.0 * step)
        assert np.allclose(
            0.0 if dot is None else dot, wanted, rtol=1e-5, atol=1e-6 * (1.0 + np.max(np.abs(wanted)))
        )
